//! What was measured of which container: by its own name, or by the names that Docker, Swarm and Kubernetes make of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::found::{Found, Measured, Refused};
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
    /// By the name of its project, its own, and a number.
    OfProject,
    /// By its own name and a number.
    Numbered,
    /// By the name of some project, its own, and a number.
    OfSome,
}

/// Finds the container of everything that was measured.
pub fn assign(found: &Found, sources: &[Source]) -> Assigned {
    let mut assigned = Assigned::default();
    if found.measured.is_empty() {
        return assigned;
    }
    let names = Names::of(found);
    let hosts: BTreeSet<&str> = found.hosts.iter().map(|host| host.name.as_str()).collect();
    let mut of: BTreeMap<Position, BTreeMap<(Sure, String), Vec<Measured>>> = BTreeMap::new();
    for one in pods_as_one(&found.measured) {
        if hosts.contains(one.name.as_str()) {
            continue;
        }
        let (positions, sure, prefix) = names.find(&one.name);
        match positions.as_slice() {
            [position] => of.entry(*position).or_default().entry((sure, prefix)).or_default().push(one),
            [] => {
                let message =
                    format!("{} was measured, and nothing of that name is imported", quoted(&shorten(&one.name)));
                assigned.notes.push((message, one.at));
            }
            several => {
                let reason = format!("may be any of {} containers that are called so", several.len());
                assigned.refused.push(Refused { what: format!("{}: measured", one.name), reason, at: one.at });
            }
        }
    }
    let mut snapshots: BTreeSet<u32> = BTreeSet::new();
    for (position, ways) in of {
        let Some(((sure, _), _)) = ways.first_key_value() else { continue };
        let surest = *sure;
        let mut kept: Vec<(&String, &Vec<Measured>)> = Vec::new();
        for ((sure, prefix), series) in &ways {
            let is_kept = *sure == surest;
            if is_kept {
                kept.push((prefix, series));
            } else if let Some(one) = series.first() {
                let message = format!("{} is taken for another container", quoted(&shorten(&one.name)));
                assigned.notes.push((message, one.at));
            }
        }
        if let ([(first, _), (second, series), ..], Some(one)) =
            (kept.as_slice(), kept.get(1).and_then(|it| it.1.first()))
        {
            let _ = series;
            let reason =
                format!("may be of the project {} or of {}", quoted(&shorten(first)), quoted(&shorten(second)));
            assigned.refused.push(Refused { what: format!("{}: measured", one.name), reason, at: one.at });
            continue;
        }
        let Some((_, series)) = kept.first() else { continue };
        let seen = seen(series, sources);
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
}

impl Names {
    fn of(found: &Found) -> Names {
        let mut names = Names { own: HashMap::new(), of_project: HashMap::new() };
        let mut put = |to: bool, name: String, at: Position| {
            let map = if to { &mut names.own } else { &mut names.of_project };
            let all = map.entry(name).or_default();
            if all.last() != Some(&at) {
                all.push(at);
            }
        };
        for (project_at, project) in found.projects.iter().enumerate() {
            for (at, container) in project.containers.iter().enumerate() {
                let at = (project_at, at);
                put(true, container.name.clone(), at);
                if let Some(name) = &container.running_as {
                    put(true, name.clone(), at);
                }
                let Some((project, _)) = &project.name else { continue };
                // As Docker spells the names of projects.
                let kept = |c: &char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_');
                let spelled: String = project.to_ascii_lowercase().chars().filter(kept).collect();
                for project in BTreeSet::from([project.as_str(), spelled.as_str()]) {
                    for between in ["-", "_", "/"] {
                        put(false, format!("{project}{between}{}", container.name), at);
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
        for name in &shorter {
            if let Some(all) = known(&self.of_project, name) {
                return (all, Sure::OfProject, String::new());
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
        let assigned = assign(&found(containers, measured), &[]);
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
            let assigned = assign(&found, &names.map(source));
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
        let assigned = assign(&found(&[("", &["db"])], &[("db", &cpu, &[100 << 20, 200 << 20])]), &[]);
        let seen = assigned.seen.values().next().expect("one").clone();
        assert_eq!((seen.cpu, seen.memory, seen.is_snapshot), (Some(95), Some(200 << 20), false));
        assert_eq!((seen.request(&Resource::Cpu), seen.request(&Resource::Memory)), (Some(95), Some(230 << 20)));
        assert_eq!(seen.request(&Resource::Disk), None);
    }
}
