//! Which containers of a layout other tools speak of: by the names that import gives, and never by a guess.

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use crate::document::names::help_with;
use crate::import::spelled;
use crate::model::{ContainerIndex, HostIndex, Layout, ServiceIndex, StartupIndex};

/// Who is meant by a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Whom {
    /// This container.
    Container(ContainerIndex),
    /// One of the replicas of a service, or its agent on some host: which is not said.
    Service(ServiceIndex),
}

/// Why nobody is meant by a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NoMatch {
    /// Nothing of the document goes by it.
    Unknown,
    /// Several things do, and which is meant is not known: their ids.
    Several(Vec<String>),
}

/// So many of several are named.
const NAMED: usize = 5;
/// The letters of a Swarm task's id.
const TASK_ID: usize = 25;

/// A service that goes by a name, and whether that name says its startup, too.
type Named = (ServiceIndex, bool);

/// The names by which the containers of a layout go.
pub struct Names<'a> {
    layout: &'a Layout,
    /// What the user says that a name means.
    said: &'a BTreeMap<String, String>,
    /// The startup that all of it is of, where the user says so.
    startup: Option<&'a str>,
    startups: HashMap<String, BTreeSet<StartupIndex>>,
    /// Names and titles as they are written, alone and behind those of their startup.
    written: HashMap<String, BTreeSet<Named>>,
    /// The same as import would spell them.
    spelled: HashMap<String, BTreeSet<Named>>,
    ids: HashMap<String, ServiceIndex>,
}

impl<'a> Names<'a> {
    /// Those of `layout`. `said` has ids for names that say nothing by themselves; with `startup` all is of that one.
    pub fn new(layout: &'a Layout, said: &'a BTreeMap<String, String>, startup: Option<&'a str>) -> Names<'a> {
        let mut names = Names {
            layout,
            said,
            startup,
            startups: HashMap::new(),
            written: HashMap::new(),
            spelled: HashMap::new(),
            ids: HashMap::new(),
        };
        for (index, startup) in layout.demand.startups.iter().enumerate() {
            let called: BTreeSet<&str> =
                std::iter::once(startup.name.as_str()).chain(startup.title.as_deref()).collect();
            for name in &called {
                names.startups.entry((*name).to_owned()).or_default().insert(index);
            }
            for service in startup.services.clone() {
                let of = &layout.demand.services[service];
                names.ids.insert(layout.service_id(service), service);
                for name in std::iter::once(of.name.as_str()).chain(of.title.as_deref()) {
                    let mut add = |name: String, is_whole: bool| {
                        names.spelled.entry(spelled(&name, "")).or_default().insert((service, is_whole));
                        names.written.entry(name).or_default().insert((service, is_whole));
                    };
                    add(name.to_owned(), false);
                    for startup in &called {
                        add(format!("{startup}-{name}"), true);
                        add(format!("{startup}_{name}"), true);
                    }
                }
            }
        }
        names
    }

    /// Whom a tool means that speaks of `name`, within a project where it says which.
    ///
    /// # Errors
    /// Nobody, or it is not known which of several.
    pub fn find(&self, project: Option<&str>, name: &str) -> Result<Whom, NoMatch> {
        if let Some(id) = self.said.get(name) {
            return self.by_id(id, Beyond::Nobody).ok_or(NoMatch::Unknown);
        }
        if let Some(found) = self.by_id(name, Beyond::OneMore) {
            return Ok(found);
        }
        let within = match self.startup.or(project) {
            // A project that is no startup says nothing, but nor does a name then that does not say its startup itself.
            Some(project) => self.startup_of(project).map_or(Within::Whole, Within::Startup),
            None => Within::Anything,
        };
        // What Kubernetes runs is of a namespace, and called after what it is a pod of.
        let (within, bases) = match (within, name.split_once('/')) {
            (Within::Anything, Some((namespace, pod))) => match self.startup_of(namespace) {
                Some(startup) => (Within::Startup(startup), workloads(pod)),
                None => (within, Vec::new()),
            },
            _ => (within, Vec::new()),
        };
        for lookup in [Lookup::Written, Lookup::Spelled] {
            let mut found = self.candidates(name, within, lookup);
            for base in &bases {
                found.extend(self.services(base, within, lookup).into_iter().map(|service| self.all_of(service)));
            }
            match (found.len(), found.first()) {
                (0, _) => {}
                (1, Some(one)) => return Ok(*one),
                _ => return Err(NoMatch::Several(found.iter().take(NAMED).map(|it| self.id(*it)).collect())),
            }
        }
        Err(NoMatch::Unknown)
    }

    /// The id of who is meant.
    pub fn id(&self, whom: Whom) -> String {
        match whom {
            Whom::Container(container) => self.layout.container_id(container),
            Whom::Service(service) => self.layout.service_id(service),
        }
    }

    /// Whether a startup goes by this name.
    pub fn has_startup(&self, name: &str) -> bool {
        self.startup_of(name).is_some()
    }

    fn startup_of(&self, project: &str) -> Option<StartupIndex> {
        let one = |name: &str| {
            let found = self.startups.get(name)?;
            found.first().copied().filter(|_| found.len() == 1)
        };
        one(project).or_else(|| one(&spelled(project, "")))
    }

    fn by_id(&self, id: &str, beyond: Beyond) -> Option<Whom> {
        if let Some(service) = self.ids.get(id) {
            return Some(self.all_of(*service));
        }
        let (base, number) = id.rsplit_once('.')?;
        let service = *self.ids.get(base)?;
        let counted = self.layout.demand.services[service].counted;
        self.numbered(service, number.parse().ok()?, beyond).filter(|_| counted)
    }

    /// The services that go by a name.
    fn services(&self, name: &str, within: Within, lookup: Lookup) -> BTreeSet<ServiceIndex> {
        let (map, key) = match lookup {
            Lookup::Written => (&self.written, name.to_owned()),
            Lookup::Spelled => (&self.spelled, spelled(name, "")),
        };
        let found = map.get(&key).into_iter().flatten().copied();
        let is_within = |&(service, is_whole): &Named| match within {
            Within::Anything => true,
            Within::Whole => is_whole,
            Within::Startup(startup) => self.layout.demand.services[service].startup == startup,
        };
        found.filter(is_within).map(|(service, _)| service).collect()
    }

    fn candidates(&self, name: &str, within: Within, lookup: Lookup) -> BTreeSet<Whom> {
        let of = |base: &str| self.services(base, within, lookup);
        let mut found: BTreeSet<Whom> = of(name).into_iter().map(|service| self.all_of(service)).collect();
        // What has a slash is an id or a pod, whose numbers mean something else.
        for (base, number) in numbered(name).into_iter().filter(|_| !name.contains('/')) {
            let is_sure = match within {
                Within::Anything => self.services(base, Within::Whole, lookup),
                Within::Whole | Within::Startup(_) => of(base),
            };
            found.extend(of(base).into_iter().filter_map(|service| {
                let is_sure = is_sure.contains(&service) || self.layout.demand.services[service].counted;
                self.numbered(service, number, if is_sure { Beyond::OneMore } else { Beyond::Nobody })
            }));
        }
        found
    }

    /// A service as a whole: its one container where it has no more.
    fn all_of(&self, service: ServiceIndex) -> Whom {
        let of = &self.layout.demand.services[service];
        match of.containers.clone().next() {
            Some(one) if of.containers.len() == 1 => Whom::Container(one),
            _ => Whom::Service(service),
        }
    }

    /// The replica of that number. What has no replicas is the first of its kind.
    fn numbered(&self, service: ServiceIndex, number: usize, beyond: Beyond) -> Option<Whom> {
        let of = &self.layout.demand.services[service];
        let before = number.checked_sub(1).filter(|_| of.every.is_none())?;
        match of.containers.clone().nth(before) {
            Some(container) => Some(Whom::Container(container)),
            None if beyond == Beyond::OneMore => Some(self.all_of(service)),
            None => None,
        }
    }
}

/// The hosts of a layout by their names and titles, as they are written and as import would spell them.
pub struct Hosts {
    /// Those of one name that are several are none.
    by_name: HashMap<String, Option<HostIndex>>,
}

impl Hosts {
    /// Those of a layout.
    pub fn new(layout: &Layout) -> Hosts {
        let mut by_name: HashMap<String, Option<HostIndex>> = HashMap::new();
        for host in layout.lab.indices() {
            let of = &layout.lab.hosts[host];
            let called: BTreeSet<&str> = std::iter::once(of.name.as_str()).chain(of.title.as_deref()).collect();
            for name in called {
                by_name.entry(name.to_owned()).and_modify(|known| *known = None).or_insert(Some(host));
            }
        }
        Hosts { by_name }
    }

    /// The host of that name.
    pub fn find(&self, name: &str) -> Option<HostIndex> {
        let of = |name: &str| self.by_name.get(name).copied().flatten();
        of(name).or_else(|| of(&spelled(name, "")))
    }

    /// Whether any host goes by that name, be it one of several.
    pub fn has(&self, name: &str) -> bool {
        self.by_name.contains_key(name) || self.by_name.contains_key(&spelled(name, ""))
    }
}

/// Where a name is looked for.
#[derive(Clone, Copy)]
enum Within {
    Anything,
    /// Names that say their startup.
    Whole,
    Startup(StartupIndex),
}

/// Who is meant by a number beyond those of the replicas.
#[derive(Clone, Copy, PartialEq)]
enum Beyond {
    /// One of the service, which runs once more.
    OneMore,
    Nobody,
}

#[derive(Clone, Copy)]
enum Lookup {
    Written,
    Spelled,
}

/// What a pod of Kubernetes may be of: `web-6d4b75cb6d-hx7kq` of the deployment `web`, `agent-hx7kq` of the daemon set
/// `agent`, `db-0` of the stateful set `db`.
fn workloads(pod: &str) -> Vec<&str> {
    // The letters of which Kubernetes makes such names.
    let is_made = |part: &str| part.bytes().all(|it| b"bcdfghjklmnpqrstvwxz2456789".contains(&it));
    let Some((base, last)) = pod.rsplit_once('-') else { return Vec::new() };
    let is_number = !last.is_empty() && last.bytes().all(|it| it.is_ascii_digit());
    let is_suffix = last.len() == 5 && is_made(last);
    let mut all = Vec::new();
    if is_number || is_suffix {
        all.push(base);
    }
    if let Some((base, _)) = base.rsplit_once('-').filter(|(_, hash)| is_suffix && hash.len() >= 6 && is_made(hash)) {
        all.push(base);
    }
    all
}

/// The ways to read a number off the end of a name: `shop-web-2`, `shop_web_2`, `web.2`, and of a task of a Swarm
/// `shop_web.2.x0c7jg2y6bq1mbpfsflo4ytvr`.
fn numbered(name: &str) -> Vec<(&str, usize)> {
    let without_task = match name.rsplit_once('.') {
        Some((before, id)) if id.len() == TASK_ID && id.bytes().all(|it| it.is_ascii_alphanumeric()) => before,
        _ => name,
    };
    let split = |sign: char| {
        let (base, number) = without_task.rsplit_once(sign)?;
        let is_number = !number.is_empty() && number.bytes().all(|it| it.is_ascii_digit()) && !number.starts_with('0');
        Some((base, number.parse().ok().filter(|_| is_number)?))
    };
    ['-', '_', '.'].into_iter().filter_map(split).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::Document;

    fn layout() -> Layout {
        let text = "hosts: {nuc: {memory: 64GiB}}\n\
                    stacks: {web: {app: {memory: 1GiB}, db: {memory: 1GiB}}}\n\
                    startups:\n  s01..s02: web\n  shop:\n    title: my_shop\n    containers:\n      \
                    web: {memory: 1GiB, replicas: 2}\n      my-app: {memory: 1GiB, title: my_app}\n      \
                    my-app-2: {memory: 1GiB, title: my.app}\n      cache: {memory: 1GiB}\n";
        Document::from_bytes("lab.yaml", text.as_bytes(), &BTreeMap::new())
            .and_then(|document| document.resolve())
            .expect("a document")
            .layout
    }

    #[test]
    fn names_of_other_tools_mean_what_import_made_of_them() {
        let layout = layout();
        let said = BTreeMap::from([("x7".to_owned(), "shop/web.2".to_owned())]);
        let names = Names::new(&layout, &said, None);
        let find = |project: Option<&str>, name: &str| match names.find(project, name) {
            Ok(whom) => names.id(whom),
            Err(NoMatch::Unknown) => "-".to_owned(),
            Err(NoMatch::Several(ids)) => ids.join(" or "),
        };
        for (project, name, is) in [
            (None, "s01-app-1", "s01/app"),
            (None, "s02_db_1", "s02/db"),
            (None, "s02_db", "s02/db"),
            (None, "app", "s01/app or s02/app"),
            (None, "cache", "shop/cache"),
            (None, "shop-web-2", "shop/web.2"),
            (None, "shop-web-3", "shop/web"),
            (None, "shop/web.3", "shop/web"),
            (None, "shop-web-0", "-"),
            (None, "shop-cache-2", "shop/cache"),
            (None, "cache-2", "-"),
            (None, "shop-web", "shop/web"),
            (None, "shop_web.1.x0c7jg2y6bq1mbpfsflo4ytvr", "shop/web.1"),
            (None, "my_shop_web_1", "shop/web.1"),
            (None, "my_app", "shop/my-app"),
            (None, "my.app", "shop/my-app-2"),
            (Some("s01"), "app", "s01/app"),
            (Some("my_shop"), "web", "shop/web"),
            (Some("shop"), "app", "-"),
            (Some("elsewhere"), "cache", "-"),
            (Some("elsewhere"), "shop-cache", "shop/cache"),
            (None, "shop/web.1", "shop/web.1"),
            (None, "shop/cache.1", "-"),
            (None, "x7", "shop/web.2"),
            (None, "", "-"),
            (None, "cache-01", "-"),
            (None, "shop/web-6d4b75cb6d-hx7kq", "shop/web"),
            (None, "shop/cache-0", "shop/cache"),
            (None, "shop/cache-hx7kq", "shop/cache"),
            (None, "shop/cache-aeiou", "-"),
            (None, "else/cache-0", "-"),
        ] {
            assert_eq!(find(project, name), is, "{project:?} {name}");
        }
        let within = Names::new(&layout, &said, Some("s02"));
        assert_eq!(within.find(Some("whatever"), "app").map(|it| within.id(it)), Ok("s02/app".to_owned()));
    }
}
