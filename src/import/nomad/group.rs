//! A group of a job becomes a container: what its tasks ask for together, how many there are, and where they may run.

use super::super::found::{Container, Count, Figure, Found};
use super::super::names::spelled;
use super::clock::Clock;
use super::place;
use super::tree::Tree;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::{LARGEST_AMOUNT, Resource};

/// What a task asks for where it does not say, by Nomad's own defaults.
const CPU_MHZ: u64 = 100;
const MEMORY_MIB: u64 = 300;
const DISK_MIB: u64 = 300;
/// What the proxy beside a service of Consul Connect asks for.
const PROXY_MHZ: u64 = 250;
const PROXY_MIB: u64 = 128;

type Wrong = (String, Place);

/// What runs at the same time.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    mhz: u64,
    mib: u64,
    /// The most memory, in MiB.
    most_mib: u64,
}

impl Sum {
    fn add(&mut self, other: Sum) {
        self.mhz = self.mhz.saturating_add(other.mhz);
        self.mib = self.mib.saturating_add(other.mib);
        self.most_mib = self.most_mib.saturating_add(other.most_mib);
    }

    fn largest(self, other: Sum) -> Sum {
        Sum { mhz: self.mhz.max(other.mhz), mib: self.mib.max(other.mib), most_mib: self.most_mib.max(other.most_mib) }
    }
}

/// When a task runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Before the others, until it is done.
    Before,
    /// From before the others to the end.
    Beside,
    /// With the others.
    Main,
    /// Behind the others.
    After,
}

/// The tasks of a group so far.
#[derive(Debug, Default)]
struct Tasks {
    before: Sum,
    beside: Sum,
    main: Sum,
    after: Sum,
    cores: u64,
    has_most: bool,
}

impl Tasks {
    fn add(&mut self, phase: Phase, sum: Sum) {
        match phase {
            Phase::Before => self.before.add(sum),
            Phase::Beside => self.beside.add(sum),
            Phase::Main => self.main.add(sum),
            Phase::After => self.after.add(sum),
        }
    }

    /// The largest of its phases, and what runs in all of them.
    fn total(&self) -> Sum {
        let mut total = self.before.largest(self.main).largest(self.after);
        total.add(self.beside);
        total
    }
}

/// Reads a group; else why nothing of it is imported, and where that stands.
pub fn read(
    tree: &Tree,
    job: &Node,
    group: &Node,
    job_name: &str,
    clock: &mut Clock,
    found: &mut Found,
) -> Result<Container, Wrong> {
    let name = tree.text(group, &["Name"]).and_then(Result::ok).map_or(job_name, |(name, _)| name).to_owned();
    let what = format!("{job_name}/{name}");
    let mut container = Container::new(name, group.at);
    container.count = count(tree, job, group)?;
    let tasks = tree.list(group, &["task", "Tasks"]);
    if tasks.is_empty() {
        return Err(("has no tasks".to_owned(), group.at));
    }
    let mut all = Tasks::default();
    let mut at = group.at;
    let mut levels: Vec<&Node> = vec![job, group];
    for (number, task) in tasks.iter().enumerate() {
        let phase = phase(tree, task)?;
        let resources = tree.one(task, &["resources", "Resources"]);
        let sum = sum(tree, resources, (CPU_MHZ, MEMORY_MIB), &mut all)?;
        all.add(phase, sum);
        if number == 0 {
            at = resources.map_or(task.at, |resources| resources.at);
        }
        if phase == Phase::Main && container.image.is_none() {
            let config = tree.one(task, &["config", "Config"]);
            let image = config.and_then(|config| tree.text(config, &["image"])).and_then(Result::ok);
            container.image = image.map(|(image, _)| image.to_owned());
        }
        if let Some(resources) = resources {
            devices(tree, resources, &what, &mut container, found)?;
        }
        levels.push(task);
    }
    proxies(tree, group, &tasks, &mut all)?;
    let total = all.total();
    let bytes = |mib: u64| mib.checked_mul(1 << 20).filter(|bytes| *bytes <= LARGEST_AMOUNT);
    let too_large = || ("it asks for more than is counted exactly".to_owned(), at);
    let reserved = all.cores.checked_mul(1000).filter(|cores| *cores <= LARGEST_AMOUNT).ok_or_else(too_large)?;
    let cpu = if total.mhz > 0 { clock.millicores(total.mhz) } else { 0 }.checked_add(reserved);
    let figure = |value: u64| Figure { value, at };
    container.request.insert(Resource::Cpu, figure(cpu.filter(|cpu| *cpu <= LARGEST_AMOUNT).ok_or_else(too_large)?));
    container.request.insert(Resource::Memory, figure(bytes(total.mib).ok_or_else(too_large)?));
    if all.has_most {
        container.limit.insert(Resource::Memory, figure(bytes(total.most_mib).ok_or_else(too_large)?));
    }
    let disk = tree.one(group, &["ephemeral_disk", "EphemeralDisk"]);
    let disk = match disk.and_then(|disk| tree.number(disk, &["size", "SizeMB"])) {
        Some(size) => size.map_err(|(why, at)| (format!("the size of its disk is not known: {why}"), at))?,
        None => (DISK_MIB, group.at),
    };
    let value = bytes(disk.0).ok_or_else(too_large)?;
    container.request.insert(Resource::Disk, Figure { value, at: disk.1 });
    for (kind, why, at) in levels.iter().flat_map(|level| tree.unmade(level)) {
        match kind {
            "task" | "resources" | "group" => return Err((why, at)),
            "constraint" | "affinity" | "spread" | "network" | "port" | "volume" => {
                found.refuse(format!("{what}: {kind}"), why, at);
            }
            // Nothing else is read of a job.
            _ => {}
        }
    }
    place::read(tree, &levels, &what, &mut container, found);
    place::datacenters(tree, job, &what, &mut container, found);
    pool(tree, job, &mut container);
    ports(tree, group, &tasks, &what, &mut container, found);
    volumes(tree, group, &what, found);
    if tasks.len() > 1 {
        let message = format!("{} is one container of {} tasks, which share a host", quoted(&what), tasks.len());
        found.note(message, group.at);
    }
    Ok(container)
}

fn count(tree: &Tree, job: &Node, group: &Node) -> Result<Count, Wrong> {
    if let Some(Ok(("system", _))) = tree.text(job, &["type", "Type"]) {
        return Ok(Count::EveryHost);
    }
    let least = || {
        let scaling = tree.one(group, &["scaling", "Scaling"])?;
        tree.number(scaling, &["min", "Min"])
    };
    let count = tree.number(group, &["count", "Count"]).or_else(least);
    match count {
        None => Ok(Count::Replicas(1)),
        Some(Ok((0, at))) => Err(("is switched off: no replicas".to_owned(), at)),
        Some(Ok((count, _))) => Ok(Count::Replicas(count)),
        Some(Err((why, at))) => Err((format!("how many there are is not known: {why}"), at)),
    }
}

fn phase(tree: &Tree, task: &Node) -> Result<Phase, Wrong> {
    let Some(lifecycle) = tree.one(task, &["lifecycle", "Lifecycle"]) else { return Ok(Phase::Main) };
    let is_sidecar = tree.text(lifecycle, &["sidecar", "Sidecar"]).transpose()?.is_some_and(|(text, _)| text == "true");
    match tree.text(lifecycle, &["hook", "Hook"]).transpose()? {
        Some(("prestart", _)) if is_sidecar => Ok(Phase::Beside),
        Some(("prestart", _)) => Ok(Phase::Before),
        Some(("poststop", _)) => Ok(Phase::After),
        Some(("poststart" | "", _)) | None => Ok(Phase::Main),
        Some((other, at)) => Err((format!("{} is no hook of a task", quoted(other)), at)),
    }
}

/// What a task asks for; its reserved cores are added at once.
fn sum(tree: &Tree, resources: Option<&Node>, usual: (u64, u64), all: &mut Tasks) -> Result<Sum, Wrong> {
    let number = |keys: &[&str]| match resources.and_then(|resources| tree.number(resources, keys)) {
        None => Ok(None),
        Some(Ok((number, _))) => Ok(Some(number)),
        Some(Err((why, at))) => Err((format!("what a task asks for is not known: {why}"), at)),
    };
    let cores = number(&["cores", "Cores"])?.unwrap_or(0);
    all.cores = all.cores.saturating_add(cores);
    // Who has cores of its own asks for no other.
    let mhz = if cores > 0 { 0 } else { number(&["cpu", "CPU"])?.unwrap_or(usual.0) };
    let mib = number(&["memory", "MemoryMB"])?.unwrap_or(usual.1);
    let most = number(&["memory_max", "MemoryMaxMB"])?.filter(|most| *most > mib);
    all.has_most |= most.is_some();
    Ok(Sum { mhz, mib, most_mib: most.unwrap_or(mib) })
}

/// The proxies that Nomad puts beside services of Consul Connect, unless they stand among the tasks already.
fn proxies(tree: &Tree, group: &Node, tasks: &[&Node], all: &mut Tasks) -> Result<(), Wrong> {
    let are_there = tasks
        .iter()
        .any(|task| matches!(tree.text(task, &["kind", "Kind"]), Some(Ok((kind, _))) if kind.starts_with("connect-")));
    if are_there {
        return Ok(());
    }
    for service in tree.list(group, &["service", "Services"]) {
        let Some(connect) = tree.one(service, &["connect", "Connect"]) else { continue };
        let proxy = tree.one(connect, &["sidecar_task", "SidecarTask"]);
        let resources = proxy.and_then(|proxy| tree.one(proxy, &["resources", "Resources"]));
        if tree.one(connect, &["sidecar_service", "SidecarService"]).is_some() {
            let sum = sum(tree, resources, (PROXY_MHZ, PROXY_MIB), all)?;
            all.add(Phase::Beside, sum);
        } else if tree.one(connect, &["gateway", "Gateway"]).is_some() {
            let sum = sum(tree, resources, (PROXY_MHZ, PROXY_MIB), all)?;
            all.add(Phase::Main, sum);
        }
    }
    Ok(())
}

/// `nvidia/gpu/1080ti` is one of `gpu`.
fn devices(
    tree: &Tree,
    resources: &Node,
    what: &str,
    container: &mut Container,
    found: &mut Found,
) -> Result<(), Wrong> {
    for device in tree.list(resources, &["device", "Devices"]) {
        let (name, at) = match tree.text(device, &["Name"]) {
            Some(Ok(said)) => said,
            Some(Err(wrong)) => return Err(wrong),
            None => {
                found.refuse(format!("{what}: device"), "it has no name", device.at);
                continue;
            }
        };
        let mut parts = name.split('/');
        let kind = match (parts.next(), parts.next()) {
            (_, Some(kind)) => kind,
            (kind, None) => kind.unwrap_or(""),
        };
        let count = tree.number(device, &["count", "Count"]).unwrap_or(Ok((1, at)))?;
        let figure =
            container.request.entry(Resource::Named(spelled(kind, "device"))).or_insert(Figure { value: 0, at });
        figure.value = figure.value.saturating_add(count.0).min(LARGEST_AMOUNT);
        if name.split('/').count() > 2 {
            found.refuse(format!("{what}: device"), format!("{} is counted as any `{kind}`", quoted(name)), at);
        }
        for constraint in tree.list(device, &["constraint", "Constraints"]) {
            let why = "what a device must be cannot be said, only how many of its kind";
            found.refuse(format!("{what}: device"), why, constraint.at);
        }
    }
    Ok(())
}

fn pool(tree: &Tree, job: &Node, container: &mut Container) {
    if let Some(Ok((pool, at))) = tree.text(job, &["node_pool", "NodePool"])
        && !matches!(pool, "" | "default" | "all")
    {
        container.place.labels.insert("node-pool".to_owned(), (pool.to_owned(), at));
    }
}

/// A port of the host itself can be had once on each.
fn ports(tree: &Tree, group: &Node, tasks: &[&Node], what: &str, container: &mut Container, found: &mut Found) {
    let of_tasks = tasks.iter().filter_map(|task| tree.one(task, &["resources", "Resources"]));
    let mut networks =
        std::iter::once(group).chain(of_tasks).flat_map(|node| tree.list(node, &["network", "Networks"]));
    let port = networks.find_map(|network| {
        let mut fixed = tree.list(network, &["port"]).into_iter().chain(tree.list(network, &["ReservedPorts"]));
        fixed.find_map(|port| match tree.number(port, &["static", "Value"]) {
            Some(Ok((number, at))) if number > 0 => Some((number, at)),
            _ => None,
        })
    });
    if let (Some((port, at)), Count::Replicas(2..)) = (port, container.count)
        && container.place.at_most.is_none_or(|(most, _)| most > 1)
    {
        container.place.at_most = Some((1, at));
        found.note(format!("{} has the port {port} of its host, so each host has one at the most", quoted(what)), at);
    }
}

fn volumes(tree: &Tree, group: &Node, what: &str, found: &mut Found) {
    let mut all = tree.list(group, &["volume"]);
    if let Some(Value::Map(volumes)) = group.get("Volumes").map(|entry| &entry.value.value) {
        all.extend(volumes.iter().map(|entry| &entry.value));
    }
    for volume in all {
        if let Some(Ok(("host", at))) = tree.text(volume, &["type", "Type"]) {
            let source = tree.text(volume, &["source", "Source"]).and_then(Result::ok).map_or("", |(source, _)| source);
            let why = format!("the volume {} is on some hosts alone: say `on`", quoted(source));
            found.refuse(format!("{what}: volume"), why, at);
        }
    }
}
