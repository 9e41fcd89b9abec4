//! Labels and resources of Kubernetes by the names that a document has for them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::super::names::spelled;
use crate::quantity::Resource;

/// The label by which Kubernetes names each host.
pub const HOSTNAME: &str = "kubernetes.io/hostname";

/// Labels that everybody has, in the order in which they are to count, by the names that a document has for them.
const SHORT: &[(&str, &str)] = &[
    ("topology.kubernetes.io/zone", "zone"),
    ("failure-domain.beta.kubernetes.io/zone", "zone"),
    ("topology.kubernetes.io/region", "region"),
    ("failure-domain.beta.kubernetes.io/region", "region"),
    ("kubernetes.io/arch", "arch"),
    ("beta.kubernetes.io/arch", "arch"),
    ("kubernetes.io/os", "os"),
    ("beta.kubernetes.io/os", "os"),
    ("node.kubernetes.io/instance-type", "instance-type"),
    ("beta.kubernetes.io/instance-type", "instance-type"),
];

/// The names of labels.
#[derive(Debug, Default)]
pub struct Labels {
    names: HashMap<String, String>,
    used: HashSet<String>,
    /// Labels that hosts have under a short name themselves.
    plain: BTreeSet<String>,
    /// Names that are those of the labels themselves.
    direct: HashSet<String>,
    /// The labels that containers speak of, by their names in the document.
    pub spoken: BTreeMap<String, String>,
}

impl Labels {
    /// Knowing the labels that hosts have as they are.
    pub fn new(raw: impl Iterator<Item = String>) -> Labels {
        let plain: BTreeSet<String> = raw.filter(|label| SHORT.iter().any(|(_, short)| short == label)).collect();
        // Words that mean something else where a label is named.
        let used = [crate::import::found::EACH_HOST, "host", "carrier", "lab"].map(str::to_owned);
        Labels { used: HashSet::from(used), plain, ..Labels::default() }
    }

    /// The name of a label.
    pub fn name(&mut self, raw: &str) -> String {
        if let Some(name) = self.names.get(raw) {
            return name.clone();
        }
        let is_free = |short: &str| !self.plain.contains(short) && !self.direct.contains(short);
        let short = SHORT.iter().find(|(long, short)| *long == raw && is_free(short));
        let name = match short {
            Some((_, short)) => (*short).to_owned(),
            None => {
                let role = raw.strip_prefix("node-role.kubernetes.io/").map(|role| format!("role-{role}"));
                let wanted = spelled(role.as_deref().unwrap_or(raw), "label");
                let is_short = |name: &str| SHORT.iter().any(|(_, it)| *it == name && raw != name);
                let mut candidates =
                    std::iter::once(wanted.clone()).chain((2_u64..).map(|at| format!("{wanted}-{at}")));
                let name = candidates.find(|name| !self.used.contains(name) && !is_short(name)).unwrap_or(wanted);
                if name == raw {
                    self.direct.insert(name.clone());
                }
                name
            }
        };
        self.used.insert(name.clone());
        self.names.insert(raw.to_owned(), name.clone());
        name
    }

    /// The name of a label that a container speaks of.
    pub fn spoken(&mut self, raw: &str) -> String {
        let name = self.name(raw);
        if name != raw {
            self.spoken.insert(raw.to_owned(), name.clone());
        }
        name
    }

    /// The name of a topology: hosts by themselves, or a label.
    pub fn topology(&mut self, raw: &str) -> String {
        if raw == HOSTNAME { crate::import::found::EACH_HOST.to_owned() } else { self.spoken(raw) }
    }

    /// A name that no label has.
    pub fn free(&mut self, wanted: &str) -> String {
        let taken = |name: &str| self.used.contains(name) || self.plain.contains(name);
        let mut candidates = std::iter::once(wanted.to_owned()).chain((2_u64..).map(|at| format!("{wanted}-{at}")));
        let name = candidates.find(|name| !taken(name)).unwrap_or_else(|| wanted.to_owned());
        self.used.insert(name.clone());
        name
    }
}

/// The most resources that a document gives names.
const MOST_RESOURCES: usize = 32;

/// The resources, by what Kubernetes calls them.
#[derive(Debug, Default)]
pub struct Resources {
    known: HashMap<String, Resource>,
    used: HashSet<String>,
}

impl Resources {
    /// The resource that is called so.
    ///
    /// # Errors
    /// Why a document has none.
    pub fn of(&mut self, raw: &str) -> Result<Resource, String> {
        match raw {
            "cpu" => return Ok(Resource::Cpu),
            "memory" => return Ok(Resource::Memory),
            "ephemeral-storage" => return Ok(Resource::Disk),
            "pods" => return Ok(Resource::Containers),
            _ => {}
        }
        if let Some(known) = self.known.get(raw) {
            return Ok(known.clone());
        }
        if self.known.len() >= MOST_RESOURCES {
            return Err(format!("a document gives at most {MOST_RESOURCES} resources a name"));
        }
        let wanted = spelled(raw, "resource");
        let is_taken = |name: &str| self.used.contains(name) || ["cpu", "memory", "disk", "containers"].contains(&name);
        let mut candidates = std::iter::once(wanted.clone()).chain((2_u64..).map(|at| format!("{wanted}-{at}")));
        let name = candidates.find(|name| !is_taken(name)).unwrap_or(wanted);
        self.used.insert(name.clone());
        let resource = if raw.starts_with("hugepages-") { Resource::Sized(name) } else { Resource::Named(name) };
        self.known.insert(raw.to_owned(), resource.clone());
        Ok(resource)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_keep_apart_whatever_they_are_called() {
        let mut labels = Labels::new(["region".to_owned()].into_iter());
        for (raw, name) in [
            ("topology.kubernetes.io/zone", "zone"),
            ("failure-domain.beta.kubernetes.io/zone", "zone"),
            ("zone", "zone-2"),
            ("region", "region"),
            ("topology.kubernetes.io/region", "topology-kubernetes-io-region"),
            ("arch", "arch"),
            ("kubernetes.io/arch", "kubernetes-io-arch"),
            ("OS", "os-2"),
            ("kubernetes.io/os", "os"),
            ("a.b", "a-b"),
            ("a_b", "a-b-2"),
            ("a.b", "a-b"),
            ("host", "host-2"),
            ("node-role.kubernetes.io/worker", "role-worker"),
        ] {
            assert_eq!(labels.name(raw), name, "{raw}");
        }
        assert_eq!((labels.free("zone"), labels.free("among")), ("zone-3".to_owned(), "among".to_owned()));
        assert_eq!(labels.topology(HOSTNAME), "hostname");
    }

    #[test]
    fn resources_have_names_of_their_own() {
        let mut resources = Resources::default();
        assert_eq!(resources.of("nvidia.com/gpu"), Ok(Resource::Named("nvidia-com-gpu".to_owned())));
        assert_eq!(resources.of("nvidia-com/gpu"), Ok(Resource::Named("nvidia-com-gpu-2".to_owned())));
        assert_eq!(resources.of("hugepages-2Mi"), Ok(Resource::Sized("hugepages-2mi".to_owned())));
        assert_eq!(resources.of("disk"), Ok(Resource::Named("disk-2".to_owned())));
        assert_eq!(resources.of("ephemeral-storage"), Ok(Resource::Disk));
        let wrong = (0..40).filter(|at| resources.of(&format!("example.com/{at}")).is_err()).count();
        assert_eq!(wrong, 12);
    }
}
