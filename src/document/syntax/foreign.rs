//! What other tools call it: files of theirs given as a document, and keys that people bring along.

use super::keys::Table;
use super::tree::{Entry, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Place, plain};

/// What people write, the key that is meant, and what to do. Said only where the map has that key; an empty one is said
/// everywhere.
const KEYS: &[(&[&str], &str, &str)] = &[
    (&["mem", "ram", "maxmem"], "memory", "write `memory`, with its unit: `memory: 2GiB`"),
    (&["mem-limit", "memory-limit"], "limit", "write `limit: {memory: 2GiB}`; `memory` is what it asks for"),
    (&["mem-reservation", "memory-reservation"], "memory", "write `memory`, with its unit: `memory: 2GiB`"),
    (&["cpus", "cores", "core", "vcpu", "vcpus", "threads"], "cpu", "write `cpu`, as in `cpu: 2` or `cpu: 500m`"),
    (&["storage", "hdd", "ssd", "rootfs"], "disk", "write `disk`, with its unit: `disk: 100GB`"),
    (&["nvme"], "disk", "write `disk`, or beside it `resources: {nvme: 2TB}`, at the containers, too"),
    (&["gpu", "gpus", "devices"], "resources", "write it under `resources`, at the hosts, too: `resources: {gpu: 1}`"),
    (&["requests"], "memory", "write the amounts at the container itself: `memory: 2GiB`"),
    (&["limits"], "limit", "write `limit`"),
    (&["depends-on", "requires"], "needs", "write `needs`"),
    (&["node", "host", "target-node", "node-selector"], "on", "write `on`"),
    (&["affinity", "anti-affinity"], "apart", "write `apart` or `together` under `rules`"),
    (&["daemonset", "daemon-set", "global"], "every", "write `every: host`, for one on each host"),
    (&["scale", "instances", "deploy"], "replicas", "write `replicas`, as in `replicas: 2`"),
    // Last of these: of other maps they are, or mean, keys of their own.
    (
        &[
            "cpu",
            "memory",
            "disk",
            "resources",
            "size",
            "replicas",
            "apart",
            "on",
            "needs",
            "limit",
            "observed",
            "mem",
            "ram",
            "cpus",
            "cores",
            "storage",
            "gpu",
            "gpus",
        ],
        "containers",
        "write it at a container: `containers: {app: {memory: 2GiB}}`",
    ),
    (&["quantity", "number"], "count", "write `count`, as in `count: 3`"),
    (&["cost"], "price", "write `price`"),
    (&["power", "watt"], "watts", "write `watts`"),
    (&["nodes", "machines", "servers"], "hosts", "write `hosts`"),
    (&["services", "containers", "apps"], "startups", "write `startups`, each with `containers`"),
    (
        &[
            "image",
            "build",
            "command",
            "entrypoint",
            "environment",
            "env",
            "env-file",
            "ports",
            "volumes",
            "networks",
            "restart",
            "healthcheck",
            "container-name",
            "hostname",
            "privileged",
            "ostype",
            "user",
        ],
        "replicas",
        "leave it out: this says where containers go, not how they are run",
    ),
];

/// What to do about a key of other tools.
pub fn key(key: &str, table: &Table) -> Option<&'static str> {
    let key = key.to_ascii_lowercase().replace('_', "-");
    let has = |name: &str| table.keys.iter().any(|known| known.name == name);
    KEYS.iter().find(|(names, meant, _)| names.contains(&&*key) && has(meant)).map(|(_, _, help)| *help)
}

/// A format of another tool, as far as a file says by itself which one it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A Compose file.
    Compose,
    /// Kubernetes manifests.
    Kubernetes,
    /// The configuration of a Proxmox VE guest.
    ProxmoxGuest,
    /// What `docker stats` prints.
    DockerStats,
    /// What `podman stats` prints.
    PodmanStats,
    /// Metrics of Prometheus.
    Prometheus,
    /// Jobs or nodes of Nomad.
    Nomad,
    /// The resources of a Proxmox VE cluster.
    ProxmoxCluster,
    /// Instances or members of Incus or LXD.
    Incus,
    /// Nodes, services or tasks of a swarm.
    Swarm,
}

impl Format {
    /// What a file of it is, in a sentence.
    pub fn what(self) -> &'static str {
        match self {
            Format::Compose => "a Compose file",
            Format::Kubernetes => "a Kubernetes manifest",
            Format::ProxmoxGuest => "the configuration of a Proxmox VE guest",
            Format::DockerStats => "what `docker stats` prints",
            Format::PodmanStats => "what `podman stats` prints",
            Format::Prometheus => "what Prometheus or an exporter says",
            Format::Nomad => "a job or a list of nodes of Nomad",
            Format::ProxmoxCluster => "a list of the resources of a Proxmox VE cluster",
            Format::Incus => "what Incus or LXD says of itself",
            Format::Swarm => "what Docker says of a swarm",
        }
    }

    /// What `bayplan import` calls it.
    pub fn import(self) -> &'static str {
        match self {
            Format::Compose => "compose",
            Format::Kubernetes => "kubernetes",
            Format::DockerStats => "docker-stats",
            Format::PodmanStats => "podman-stats",
            Format::Prometheus => "prometheus",
            Format::Nomad => "nomad",
            Format::ProxmoxGuest | Format::ProxmoxCluster => "proxmox",
            Format::Incus => "incus",
            Format::Swarm => "swarm",
        }
    }
}

/// So many lines of a text are looked at.
const MOST_LINES: usize = 10_000;

/// What the configuration of a guest of Proxmox VE says, and nobody else does.
const OF_GUESTS: [&str; 11] =
    ["ostype", "rootfs", "scsihw", "bootdisk", "net0", "scsi0", "vmgenid", "smbios1", "unprivileged", "swap", "boot"];

/// What it says besides.
const SIZES: [&str; 6] = ["cores", "memory", "sockets", "hostname", "arch", "name"];

/// Whether a text is the configuration of a guest with snapshots, whose sections make it no YAML.
fn is_guest_with_sections(text: &str) -> bool {
    let is_section = |line: &&str| line.starts_with('[') && line.trim_end().ends_with(']') && !line.contains(',');
    let lines = || text.lines().take(MOST_LINES);
    let keys: Vec<&str> =
        lines().take_while(|line| !is_section(line)).filter_map(|line| Some(line.split_once(": ")?.0)).collect();
    let any = |names: &[&str]| names.iter().filter(|name| keys.contains(name)).count();
    lines().any(|line| is_section(&line)) && any(&OF_GUESTS) + any(&SIZES) > 1
}

/// The format of a file that another tool wrote, with the place that shows it; `None` where it may be a document.
pub fn format(root: &Node) -> Option<(Format, Place)> {
    let has = |key: &str| root.get(key);
    let any = |keys: &[&'static str]| keys.iter().filter(|key| root.get(key).is_some()).count();
    if has("hosts").is_some() || has("extends").is_some() || has("startups").is_some() {
        return None;
    }
    if let (Some(entry), Some(_)) = (has("apiVersion"), has("kind")) {
        return Some((Format::Kubernetes, entry.at));
    }
    if let Some(format) = of_rows(root) {
        return Some((format, root.at));
    }
    let listed = |entry: &&Entry| matches!(entry.value.value, Value::Map(_));
    let included = |entry: &&Entry| matches!(entry.value.value, Value::List(_));
    if let Some(entry) = has("services").filter(listed).or_else(|| has("include").filter(included)) {
        return Some((Format::Compose, entry.at));
    }
    if any(&OF_GUESTS) > 0 && any(&OF_GUESTS) + any(&SIZES) > 2 {
        let first = if let Value::Map(entries) = &root.value { entries.first() } else { None };
        return Some((Format::ProxmoxGuest, first?.at));
    }
    None
}

/// The format of a text that is no YAML, or says by a few words of JSON what it is; `None` where it may be a document.
pub fn of_text(text: &str) -> Option<Format> {
    let text = text.trim_start();
    if text.starts_with(['{', '[']) {
        let has = |words: &[&str]| words.iter().all(|word| text.contains(word));
        let known: [(&[&str], Format); 5] = [
            (&["\"CPUPerc\"", "\"MemUsage\""], Format::DockerStats),
            (&["\"cpu_percent\"", "\"mem_usage\""], Format::PodmanStats),
            (&["\"resultType\"", "\"status\""], Format::Prometheus),
            (&["\"TaskGroups\"", "\"Tasks\""], Format::Nomad),
            (&["\"SchedulingEligibility\"", "\"Status\""], Format::Nomad),
        ];
        let is_document = has(&["\"hosts\"", "\"startups\""]);
        return known.iter().find(|(words, _)| !is_document && has(words)).map(|(_, format)| *format);
    }
    let first = text.lines().next().unwrap_or("");
    if first.contains("CPU %") && first.contains("MEM USAGE / LIMIT") {
        let is_podman = first.contains("NET IO") || first.contains("AVG CPU");
        return Some(if is_podman { Format::PodmanStats } else { Format::DockerStats });
    }
    if ["# HELP ", "# TYPE "].iter().any(|start| first.starts_with(start)) {
        let kinds = ["counter", "gauge", "histogram", "summary", "unknown", "untyped", "info", "stateset"];
        let is_type = |line: &str| {
            line.starts_with("# TYPE ")
                && line.split_ascii_whitespace().nth(3).is_some_and(|kind| kinds.contains(&kind))
        };
        return text.lines().take(MOST_LINES).any(is_type).then_some(Format::Prometheus);
    }
    let begins_job = |line: &str| {
        let rest = line.strip_prefix("job").filter(|rest| rest.starts_with([' ', '\t']));
        rest.is_some_and(|rest| rest.trim_start().starts_with('"') && rest.trim_end().ends_with('{'))
    };
    if text.lines().take(MOST_LINES).any(begins_job) {
        return Some(Format::Nomad);
    }
    is_guest_with_sections(text).then_some(Format::ProxmoxGuest)
}

/// What is said of a text that is no YAML, or says by a few words what it is.
pub fn text(text: &str, name: &str, file: u32) -> Option<Diagnostic> {
    let at = Place { file, line: 1, column: 1, length: 0 };
    Some(said(of_text(text)?, at, name))
}

/// The format of a list of what a tool has, or of one such thing.
fn of_rows(root: &Node) -> Option<Format> {
    let wrapped = ["data", "metadata"].into_iter().find_map(|key| root.get(key)).map_or(root, |entry| &entry.value);
    let row = match &wrapped.value {
        Value::List(rows) => rows.first()?,
        _ => wrapped,
    };
    let has = |path: &[&str]| path.iter().try_fold(row, |node, key| node.get(key).map(|entry| &entry.value)).is_some();
    let all = |keys: &[&str]| keys.iter().all(|key| has(&[key]));
    let is = |key: &str, texts: &[&str]| {
        row.get(key).is_some_and(|entry| matches!(&entry.value.value, Value::Text(text) if texts.contains(&&**text)))
    };
    let resource = ["node", "qemu", "lxc", "openvz", "storage", "pool", "sdn", "network"];
    if is("type", &resource) && (all(&["vmid"]) || all(&["id"]) && (all(&["node"]) || all(&["pool"]))) {
        return Some(Format::ProxmoxCluster);
    }
    let is_state = has(&["sysinfo", "total_ram"]) || has(&["cpu", "total"]) && has(&["memory", "total"]);
    if all(&["expanded_devices"]) || all(&["server_name", "roles"]) || is_state || all(&["storage_pools", "profiles"]) {
        return Some(Format::Incus);
    }
    let is_swarm = has(&["Spec", "TaskTemplate"])
        || has(&["Description", "Hostname"])
        || all(&["ServiceID", "DesiredState"])
        || all(&["DesiredState", "CurrentState"])
        || all(&["Hostname", "Availability"])
        || all(&["Mode", "Replicas", "Image"]);
    is_swarm.then_some(Format::Swarm)
}

/// What is said of the whole file `name` that another tool wrote; `None` where it may be a document.
pub fn file(root: &Node, name: &str) -> Option<Diagnostic> {
    let (format, at) = format(root)?;
    Some(said(format, at, name))
}

fn said(format: Format, at: Place, name: &str) -> Diagnostic {
    let message = format!("this is {}, not a document of bayplan", format.what());
    let help = format!("`bayplan import {} {}` makes a document of it", format.import(), argument(name));
    Diagnostic::new(Code::ForeignFile, at, message).help(help)
}

/// A file's name as it is typed in a shell.
fn argument(name: &str) -> String {
    let harmless = |c: char| c.is_alphanumeric() || "/._-+@%=:,".contains(c);
    match name {
        // Standard input.
        "<stdin>" => "-".to_owned(),
        _ if name.chars().all(harmless) && !name.starts_with('-') && !name.is_empty() => name.to_owned(),
        _ => format!("{}'{}'", if name.starts_with('-') { "./" } else { "" }, plain(name).replace('\'', "'\\''")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::keys::{CONTAINER, DOCUMENT, HOST};
    use super::*;

    #[test]
    fn keys_of_other_tools_are_answered_where_something_is_meant() {
        for name in ["mem", "RAM", "mem_limit", "cpus", "image", "depends_on"] {
            assert!(key(name, &CONTAINER).is_some(), "{name}");
        }
        assert!(key("cores", &HOST).is_some() && key("nodes", &DOCUMENT).is_some());
        assert!(key("image", &HOST).is_none() && key("colour", &CONTAINER).is_none());
    }

    #[test]
    fn texts_that_are_no_documents_are_known_by_their_words() {
        for (text, format) in [
            ("{\"Name\":\"a\",\"CPUPerc\":\"1%\",\"MemUsage\":\"1MiB / 2MiB\"}\n{}", Some(Format::DockerStats)),
            ("[{\"cpu_percent\": \"1%\", \"mem_usage\": \"1MB / 2MB\"}]", Some(Format::PodmanStats)),
            ("CONTAINER ID   NAME   CPU %   MEM USAGE / LIMIT   NET I/O\n", Some(Format::DockerStats)),
            ("ID   NAME   CPU %   MEM USAGE / LIMIT   NET IO\n", Some(Format::PodmanStats)),
            ("# HELP up Whether.\n# TYPE up gauge\nup 1\n", Some(Format::Prometheus)),
            ("# HELP up Whether.\nhosts: {a: {cpu: 1}}\n", None),
            ("{\"status\": \"success\", \"data\": {\"resultType\": \"vector\"}}", Some(Format::Prometheus)),
            ("# x\njob \"shop\" {\n}\n", Some(Format::Nomad)),
            ("{\"Job\": {\"TaskGroups\": [{\"Tasks\": []}]}}", Some(Format::Nomad)),
            ("hosts: {a: {memory: 1GiB}}\nstartups: {job: {containers: {a: {memory: 1GiB}}}}\n", None),
            ("{\"hosts\": {}, \"startups\": {}}", None),
            ("arch: amd64\ncores: 2\nmemory: 512\n\n[snap1]\nmemory: 256\n", Some(Format::ProxmoxGuest)),
            ("name: x\nhosts: {a: {memory: 1GiB}}\n", None),
            ("hosts:\n[a]\n", None),
            ("", None),
        ] {
            assert_eq!(of_text(text), format, "{text}");
        }
    }
}
