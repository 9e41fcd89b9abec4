//! What was measured of which container: by its own name, or by the names that Docker, Swarm and Kubernetes make of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::Asked;
use super::found::{Found, Measured, Project, Refused};
use super::reckoning::Reckoning;
use crate::diagnostic::{Place, plain, quoted};
use crate::document::Source;
use crate::quantity::{LARGEST_AMOUNT, Resource, shorten};

/// What a container was seen to take.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The 95th percentile, in millicores; of several replicas the largest.
    pub cpu: Option<u64>,
    /// The most, in bytes; of several replicas the largest.
    pub memory: Option<u64>,
    /// Whether it was looked at but once.
    pub is_snapshot: bool,
    /// The files that say so.
    pub source: String,
}

impl Seen {
    /// What was seen of a resource.
    pub fn of(&self, resource: &Resource) -> Option<u64> {
        match resource {
            Resource::Cpu => self.cpu,
            Resource::Memory => self.memory,
            _ => None,
        }
    }

    /// What that lets it ask for: of memory so much more than the most, in whole MiB; of cpu what was seen.
    pub fn request(&self, resource: &Resource) -> Option<u64> {
        const MIB: u64 = 1 << 20;
        let seen = self.of(resource)?;
        match resource {
            Resource::Memory => {
                let more = Reckoning::USUAL.with_headroom(seen).unwrap_or(u64::MAX);
                Some(more.div_ceil(MIB).saturating_mul(MIB).min(LARGEST_AMOUNT))
            }
            _ => Some(seen.max(1)),
        }
    }
}

/// Which measurements are of which container.
#[derive(Clone, Debug, Default)]
pub struct Assigned {
    /// By project and container.
    pub seen: HashMap<(usize, usize), Seen>,
    /// What may be of several containers.
    pub refused: Vec<Refused>,
    /// What is worth knowing.
    pub notes: Vec<(String, Place)>,
}

/// A container: of which project, and which of its containers.
type Position = (usize, usize);

/// How sure it is that a measurement is of a container, the surest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Sure {
    /// By its own name.
    Own,
    /// By the name of its project, its own, and a number: as the files say it, else as their folder or file is called.
    OfProject,
    /// By the name of the startup or stack that it becomes, its own, and a number.
    OfStartup,
    /// By its own name and a number.
    Numbered,
    /// By the name of some project, its own, and a number.
    OfSome,
}

/// By project and container: all that may be measurements of it, the surest first, and of which project they say they are.
type Ways = BTreeMap<Position, BTreeMap<(Sure, String), Vec<Measured>>>;

/// Finds the container of everything that was measured.
pub fn assign(found: &Found, asked: &Asked, sources: &[Source]) -> Assigned {
    let mut assigned = Assigned::default();
    if found.measured.is_empty() {
        return assigned;
    }
    let mut snapshots: BTreeSet<u32> = BTreeSet::new();
    for (position, ways) in ways(found, &Names::of(found, asked), &mut assigned) {
        let Some(series) = surest(ways, &mut assigned) else { continue };
        let seen = seen(&series, sources);
        if seen.is_snapshot
            && let Some(one) = series.first()
            && snapshots.insert(one.at.file)
        {
            let message = format!("{} is a snapshot: neither a maximum nor a percentile", quoted(&seen.source));
            assigned.notes.push((message, Place { line: 1, column: 1, length: 0, ..one.at }));
        }
        assigned.seen.insert(position, seen);
    }
    assigned
}

/// Of which container each measurement may be. What is of none, or of several, is said.
fn ways(found: &Found, names: &Names, assigned: &mut Assigned) -> Ways {
    let hosts: BTreeSet<&str> = found.hosts.iter().map(|host| host.name.as_str()).collect();
    let mut ways = Ways::new();
    for one in pods_as_one(&found.measured) {
        let (positions, sure, prefix) = names.find(&one.name);
        match positions.as_slice() {
            [position] => ways.entry(*position).or_default().entry((sure, prefix)).or_default().push(one),
            [] => {
                let name = quoted(&shorten(&one.name));
                let message = match hosts.contains(one.name.as_str()) {
                    true => format!("{name} was measured, and is a host: what hosts take is not imported"),
                    false => format!("{name} was measured, and nothing of that name is imported"),
                };
                assigned.notes.push((message, one.at));
            }
            several => {
                let reason = format!("may be any of {} containers that are called so", several.len());
                assigned.refused.push(Refused { what: format!("{}: measured", one.name), reason, at: one.at });
            }
        }
    }
    ways
}

/// The measurements that are the surest to be of one container, where they speak of one project; all others are said.
fn surest(ways: BTreeMap<(Sure, String), Vec<Measured>>, assigned: &mut Assigned) -> Option<Vec<Measured>> {
    let surest = ways.first_key_value()?.0.0;
    let (mut kept, others): (Vec<_>, Vec<_>) = ways.into_iter().partition(|((sure, _), _)| *sure == surest);
    for (_, series) in others {
        for (name, at) in once_each(&series) {
            assigned.notes.push((format!("{} is taken for another container", quoted(&shorten(name))), at));
        }
    }
    if kept.len() <= 1 {
        return kept.pop().map(|(_, series)| series);
    }
    const NAMED: usize = 5;
    let projects = kept.iter().take(NAMED).map(|((_, project), _)| quoted(&shorten(project)));
    let projects = projects.collect::<Vec<_>>().join(" or ");
    let reason = format!(
        "may be of another project ({projects}): the `name` in the file that is imported says which, or `--startup`"
    );
    for (_, series) in &kept {
        for (name, at) in once_each(series) {
            let what = format!("{}: measured", shorten(name));
            assigned.refused.push(Refused { what, reason: reason.clone(), at });
        }
    }
    None
}

/// Each name that was measured, and where it stands first.
fn once_each(series: &[Measured]) -> BTreeMap<&str, Place> {
    let mut names = BTreeMap::new();
    for one in series {
        names.entry(one.name.as_str()).or_insert(one.at);
    }
    names
}

/// What one took each time: of cpu, and of memory.
type Looks = (Vec<u64>, Vec<u64>);

/// What replicas were seen to take, the largest of them. What goes by one name on one host is one, whatever files it is in.
fn seen(series: &[Measured], sources: &[Source]) -> Seen {
    let mut each: BTreeMap<(&str, Option<&str>), Looks> = BTreeMap::new();
    let mut files: Vec<&str> = Vec::new();
    for one in series {
        let (cpu, memory) = each.entry((&one.name, one.on.as_deref())).or_default();
        cpu.extend(&one.cpu);
        memory.extend(&one.memory);
        let file = sources.get(one.at.file as usize).map_or("", |source| source.name.as_str());
        if !files.contains(&file) {
            files.push(file);
        }
    }
    let within = |amount: u64| amount.min(LARGEST_AMOUNT);
    Seen {
        cpu: each.values().filter_map(|(cpu, _)| Reckoning::USUAL.cpu(cpu)).max().map(within),
        memory: each.values().filter_map(|(_, memory)| memory.iter().max().copied()).max().map(within),
        is_snapshot: each.values().all(|(cpu, memory)| cpu.len() <= 1 && memory.len() <= 1),
        source: named(&files),
    }
}

/// The names of files, in no more letters than people read.
fn named(files: &[&str]) -> String {
    const LONGEST: usize = 100;
    let all = files.iter().map(|name| plain(name)).collect::<Vec<_>>().join(", ");
    match files {
        [first, rest @ ..] if !rest.is_empty() && all.chars().count() > LONGEST => {
            let first: String = plain(first).chars().take(LONGEST).collect();
            format!("{first} and {} more", rest.len())
        }
        _ => all.chars().take(LONGEST).collect(),
    }
}

/// `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT` as the pod, all containers of one pod together; everything else as it is.
fn pods_as_one(measured: &[Measured]) -> Vec<Measured> {
    let mut all: Vec<Measured> = Vec::new();
    let mut pods: HashMap<(String, u32), usize> = HashMap::new();
    for one in measured {
        let parts: Vec<&str> = one.name.split('_').collect();
        let ["k8s", _, pod, namespace, _, _] = parts.as_slice() else {
            all.push(one.clone());
            continue;
        };
        let name = format!("{namespace}/{pod}");
        match pods.get(&(name.clone(), one.at.file)).and_then(|&at| all.get_mut(at)) {
            Some(there) => {
                there.cpu = together(&there.cpu, &one.cpu);
                there.memory = together(&there.memory, &one.memory);
            }
            None => {
                pods.insert((name.clone(), one.at.file), all.len());
                all.push(Measured { name, ..one.clone() });
            }
        }
    }
    all
}

/// What two took together at each time; where they were not looked at together, what both took at the most.
fn together(a: &[u64], b: &[u64]) -> Vec<u64> {
    match (a, b) {
        ([], all) | (all, []) => all.to_vec(),
        _ if a.len() == b.len() => a.iter().zip(b).map(|(a, b)| a.saturating_add(*b)).collect(),
        _ => {
            let most = |values: &[u64]| values.iter().max().copied().unwrap_or(0);
            vec![most(a).saturating_add(most(b))]
        }
    }
}

/// The names by which containers may be measured.
struct Names {
    own: HashMap<String, Vec<Position>>,
    of_project: HashMap<String, Vec<Position>>,
    of_startup: HashMap<String, Vec<Position>>,
}

impl Names {
    fn of(found: &Found, asked: &Asked) -> Names {
        let mut names = Names { own: HashMap::new(), of_project: HashMap::new(), of_startup: HashMap::new() };
        for (project_at, project) in found.projects.iter().enumerate() {
            let said = project.name.as_ref().map_or(asked.name.as_str(), |(name, _)| name);
            let of_project = spellings([said]);
            let of_startup = spellings(startups(project, asked));
            for (at, container) in project.containers.iter().enumerate() {
                let at = (project_at, at);
                put(&mut names.own, container.name.clone(), at);
                if let Some(name) = &container.running_as {
                    put(&mut names.own, name.clone(), at);
                }
                for (called, to) in [(&of_project, &mut names.of_project), (&of_startup, &mut names.of_startup)] {
                    for project in called {
                        for between in ["-", "_", "/"] {
                            put(to, format!("{project}{between}{}", container.name), at);
                        }
                    }
                }
            }
        }
        names
    }

    /// Of which containers a name may be, how sure that is, and the project that the name speaks of where nobody knows it.
    fn find(&self, name: &str) -> (Vec<Position>, Sure, String) {
        let known =
            |map: &HashMap<String, Vec<Position>>, name: &str| map.get(name).cloned().filter(|it| !it.is_empty());
        if let Some(all) = known(&self.own, name) {
            return (all, Sure::Own, String::new());
        }
        let bare = without_number(name);
        let mut shorter = vec![name, bare];
        // `NAMESPACE/NAME-5d4f8c7b9-x2x4z` is of the workload `NAME`.
        if name.contains('/') {
            let mut rest = name;
            for _ in 0..2 {
                let Some((before, _)) = rest.rsplit_once('-') else { break };
                shorter.push(before);
                rest = before;
            }
        }
        for (map, sure) in [(&self.of_project, Sure::OfProject), (&self.of_startup, Sure::OfStartup)] {
            if let Some(all) = shorter.iter().find_map(|name| known(map, name)) {
                return (all, sure, String::new());
            }
        }
        for name in &shorter {
            let name = name.rsplit_once('/').map_or(*name, |(_, name)| name);
            if let Some(all) = known(&self.own, name) {
                return (all, Sure::Numbered, String::new());
            }
        }
        // The longest name that it ends in: `my-db` before `db`.
        if bare != name {
            for (at, _) in bare.match_indices(['-', '_']) {
                if let (Some(prefix), Some(all)) =
                    (bare.get(..at), bare.get(at + 1..).and_then(|it| known(&self.own, it)))
                {
                    return (all, Sure::OfSome, prefix.to_owned());
                }
            }
        }
        (Vec::new(), Sure::OfSome, String::new())
    }
}

fn put(to: &mut HashMap<String, Vec<Position>>, name: String, at: Position) {
    let all = to.entry(name).or_default();
    if all.last() != Some(&at) {
        all.push(at);
    }
}

/// What a project is asked to become, where it is the one that is asked for by itself.
fn startups<'a>(project: &Project, asked: &'a Asked) -> impl Iterator<Item = &'a str> {
    let is_asked = !project.is_content;
    asked.startup.as_deref().into_iter().chain(asked.stack.as_deref()).filter(move |_| is_asked)
}

/// The names of projects as they are written, and as Docker spells them.
fn spellings<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
    let of = |name: &str| [name.to_owned(), name.to_ascii_lowercase().chars().filter(kept).collect()];
    names.into_iter().flat_map(of).filter(|name| !name.is_empty()).collect()
}

/// `shop-web` of `shop-web-1`, of `shop_web_1`, and of `shop_web.1.x7f...` as Swarm has it.
fn without_number(name: &str) -> &str {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let mut slots = name.splitn(3, '.');
    if let (Some(service), Some(slot), Some(_)) = (slots.next(), slots.next(), slots.next())
        && is_number(slot)
    {
        return service;
    }
    match name.rsplit_once(['-', '_', '.']) {
        Some((service, number)) if is_number(number) => service,
        _ => name,
    }
}

#[cfg(test)]
mod tests {
    use super::super::found::{Container, Project};
    use super::*;

    fn found(containers: &[(&str, &[&str])], measured: &[(&str, &[u64], &[u64])]) -> Found {
        let at = Place { file: 0, line: 1, column: 1, length: 0 };
        let project = |(name, containers): &(&str, &[&str])| Project {
            name: (!name.is_empty()).then(|| ((*name).to_owned(), at)),
            containers: containers.iter().map(|name| Container::new(*name, at)).collect(),
            ..Project::default()
        };
        let one = |(name, cpu, memory): &(&str, &[u64], &[u64])| Measured {
            name: (*name).to_owned(),
            at,
            on: None,
            cpu: cpu.to_vec(),
            memory: memory.to_vec(),
            limit: None,
        };
        Found {
            projects: containers.iter().map(project).collect(),
            measured: measured.iter().map(one).collect(),
            ..Found::default()
        }
    }

    /// What was measured of the containers, as far as anything was.
    fn memory(
        containers: &[(&str, &[&str])],
        measured: &[(&str, &[u64], &[u64])],
    ) -> Vec<((usize, usize), Option<u64>)> {
        let assigned = assign(&found(containers, measured), &Asked::default(), &[]);
        let mut all: Vec<_> = assigned.seen.into_iter().map(|(at, seen)| (at, seen.memory)).collect();
        all.sort_unstable();
        all
    }

    #[test]
    fn names_are_those_that_docker_makes() {
        let shop: &[(&str, &[&str])] = &[("Shop.1", &["db", "my-db", "web"])];
        for name in ["db", "shop1-db-1", "shop1_db_1", "Shop.1-db-2", "shop1_db.1.x7fkq", "other-db-1", "db-1"] {
            assert_eq!(memory(shop, &[(name, &[], &[7])]), [((0, 0), Some(7))], "{name}");
        }
        assert_eq!(memory(shop, &[("x-my-db-1", &[], &[7])]), [((0, 1), Some(7))]);
        for name in ["db-x", "xdb-1", "shop1-db-web", "", "-", "_1", "1", "k8s_", "a/b"] {
            assert_eq!(memory(shop, &[(name, &[], &[7])]), [], "{name}");
        }
        // Replicas together; what goes by a surer name before what is alike.
        assert_eq!(memory(shop, &[("a-web-1", &[], &[7]), ("a-web-2", &[], &[9])]), [((0, 2), Some(9))]);
        assert_eq!(memory(shop, &[("a-web-1", &[], &[9]), ("shop1-web-1", &[], &[7])]), [((0, 2), Some(7))]);
        // Of two projects nobody knows which it is.
        assert_eq!(memory(shop, &[("a-web-1", &[], &[7]), ("b-web-1", &[], &[9])]), []);
        assert_eq!(memory(&[("a", &["x"]), ("b", &["x"])], &[("x", &[], &[7])]), []);
        assert_eq!(memory(&[("a", &["x"]), ("b", &["x"])], &[("b-x-1", &[], &[7])]), [((1, 0), Some(7))]);
    }

    #[test]
    fn containers_of_a_pod_are_added_up() {
        let pods: &[(&str, &[u64], &[u64])] = &[
            ("k8s_POD_web-5d4f8c7b9-x2x4z_shop_u1_0", &[1], &[1]),
            ("k8s_web_web-5d4f8c7b9-x2x4z_shop_u1_0", &[20], &[30]),
            ("k8s_web_web-5d4f8c7b9-aaaaa_shop_u2_0", &[5], &[6]),
        ];
        assert_eq!(memory(&[("shop", &["web"])], pods), [((0, 0), Some(31))]);
        assert_eq!(memory(&[("other", &["web"])], pods), [((0, 0), Some(31))]);
    }

    #[test]
    fn what_stands_in_several_files_is_seen_several_times() {
        let mut found = found(&[("", &["db"])], &[("db", &[7], &[100]), ("db", &[9], &[50])]);
        found.measured.iter_mut().zip(0..).for_each(|(one, file)| one.at.file = file);
        let source = |name: &str| Source { name: name.to_owned(), text: String::new() };
        let of = |names: [&str; 2]| {
            let assigned = assign(&found, &Asked::default(), &names.map(source));
            assigned.seen.values().next().expect("one").clone()
        };
        let seen = of(["mon.json", "tue.json"]);
        assert_eq!((seen.cpu, seen.memory, seen.is_snapshot), (Some(9), Some(100), false));
        assert_eq!(seen.source, "mon.json, tue.json");
        assert_eq!(of(["mon.json", &"x".repeat(100)]).source, "mon.json and 1 more");
    }

    #[test]
    fn figures_are_the_most_and_the_95th_percentile() {
        let cpu: Vec<u64> = (1..=100).rev().collect();
        let assigned =
            assign(&found(&[("", &["db"])], &[("db", &cpu, &[100 << 20, 200 << 20])]), &Asked::default(), &[]);
        let seen = assigned.seen.values().next().expect("one").clone();
        assert_eq!((seen.cpu, seen.memory, seen.is_snapshot), (Some(95), Some(200 << 20), false));
        assert_eq!((seen.request(&Resource::Cpu), seen.request(&Resource::Memory)), (Some(95), Some(230 << 20)));
        assert_eq!(seen.request(&Resource::Disk), None);
    }
}
