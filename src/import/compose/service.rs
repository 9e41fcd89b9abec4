//! One service becomes a container: what it asks for, how many there are, what it needs, and where it may run.

use std::collections::HashMap;

use super::super::amounts::{docker_bytes, docker_cpus, micros, whole};
use super::super::found::{Container, Count, Figure, Figures, Named};
use super::super::names::spelled;
use super::load::Loader;
use super::placement;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Entry, Node, Value};
use crate::quantity::{LARGEST_AMOUNT, Resource, shorten};

/// What says of a service in Compose what a swarm reads under `deploy`, or does not have.
const OF_COMPOSE: [&str; 14] = [
    "cpus",
    "cpu_quota",
    "cpu_period",
    "mem_limit",
    "mem_reservation",
    "storage_opt",
    "scale",
    "gpus",
    "network_mode",
    "ipc",
    "pid",
    "uts",
    "cgroup",
    "volumes_from",
];

/// Why a service is not imported, and where that stands.
pub type Refusal = (String, Place);

/// What services are called beside their own names.
pub struct Names {
    /// The services by the names that their containers are given.
    by_container: HashMap<String, String>,
}

impl Names {
    /// Those of all services.
    pub fn of(services: &[Entry], loader: &mut Loader) -> Names {
        let mut by_container = HashMap::new();
        for service in services {
            let said = service.value.get("container_name").and_then(|name| loader.as_far_as_known(&name.value));
            if let Some(name) = said {
                by_container.insert(name, service.key.to_string());
            }
        }
        Names { by_container }
    }
}

/// The container of a service.
///
/// # Errors
/// Why it is not imported.
pub fn read(
    name: &str,
    at: Place,
    service: &Node,
    active: &[String],
    names: &Names,
    loader: &mut Loader,
) -> Result<Container, Refusal> {
    let Value::Map(_) = &service.value else {
        return Err((format!("a service is a map; this is {}", service.kind_name()), at));
    };
    let mut reader = Reader { name, service, names, loader };
    reader.is_on(active)?;
    if let Some(provider) = service.get("provider") {
        return Err(("something else than Docker provides it".to_owned(), provider.at));
    }
    if service.get("image").is_none() && service.get("build").is_none() {
        return Err(("has neither an `image` nor a `build`".to_owned(), at));
    }
    let image = service.get("image").and_then(|image| reader.loader.as_far_as_known(&image.value));
    let running_as = service.get("container_name").and_then(|name| reader.loader.as_far_as_known(&name.value));
    reader.passed_over();
    let count = reader.count()?;
    let (request, limit) = reader.amounts()?;
    let place = placement::read(name, reader.deploy("placement"), reader.loader);
    let (needs, beside) = reader.links();
    reader.remarks();
    Ok(Container { running_as, image, count, request, limit, needs, beside, place, ..Container::new(name, at) })
}

struct Reader<'r, 'l> {
    name: &'r str,
    service: &'r Node,
    names: &'r Names,
    loader: &'r mut Loader<'l>,
}

impl Reader<'_, '_> {
    fn refuse(&mut self, key: &str, reason: impl Into<String>, at: Place) {
        self.loader.report.refuse(format!("{}: {key}", self.name), reason, at);
    }

    /// The value under the keys of a path, unless it is passed over.
    fn read(&self, path: &[&str]) -> Option<Node> {
        let is_passed_over = path.first().is_some_and(|key| OF_COMPOSE.contains(key)) || path.ends_with(&["devices"]);
        if self.loader.is_stack && is_passed_over { None } else { self.at(path) }
    }

    /// The value under the keys of a path.
    fn at(&self, path: &[&str]) -> Option<Node> {
        let mut node = self.service.clone();
        for key in path {
            node = node.get(key)?.value.clone();
        }
        Some(node)
    }

    fn deploy(&self, key: &str) -> Option<Node> {
        self.at(&["deploy", key])
    }

    fn text(&mut self, path: &[&str]) -> Option<(String, Place)> {
        let node = self.read(path)?;
        let what = format!("{}: {}", self.name, path.join("."));
        Some((self.loader.text(&what, &node)?, node.at))
    }

    /// Says what `docker stack deploy` passes over, where that is what reads the file.
    fn passed_over(&mut self) {
        if !self.loader.is_stack {
            return;
        }
        let service = self.service;
        for key in OF_COMPOSE {
            if let Some(entry) = service.get(key).filter(|entry| !matches!(entry.value.value, Value::Null)) {
                self.refuse(key, "`docker stack deploy` passes it over: it reads `deploy`", entry.at);
            }
        }
        let devices = self.at(&["deploy", "resources", "reservations", "devices"]);
        if let Some(Node { value: Value::List(_), at }) = devices {
            self.refuse("devices", "`docker stack deploy` has no devices: it reads `generic_resources`", at);
        }
    }

    /// Whether one of its profiles is on, where it has any.
    fn is_on(&mut self, active: &[String]) -> Result<(), Refusal> {
        let Some(profiles) = self.at(&["profiles"]) else { return Ok(()) };
        let nodes = match &profiles.value {
            Value::List(list) => list.to_vec(),
            Value::Text(_) => vec![profiles.clone()],
            _ => return Ok(()),
        };
        let what = format!("{}: profiles", self.name);
        let own: Vec<String> = nodes.iter().filter_map(|node| self.loader.text(&what, node)).collect();
        if nodes.is_empty() || active.iter().any(|on| on == "*" || own.contains(on)) {
            return Ok(());
        }
        let named: Vec<String> =
            own.iter().filter(|profile| !profile.is_empty()).map(|profile| quoted(&shorten(profile))).collect();
        let noun = if named.len() == 1 { "its profile" } else { "none of its profiles" };
        let verb = if named.len() == 1 { "is not on" } else { "is on" };
        Err((format!("{noun} {} {verb}: `--profile` switches one on", named.join(", ")), profiles.at))
    }

    /// How many there are.
    fn count(&mut self) -> Result<Count, Refusal> {
        let before = self.loader.report.refused.len();
        let scale = self.text(&["scale"]);
        let replicas = self.text(&["deploy", "replicas"]);
        let mode = self.text(&["deploy", "mode"]);
        // How many there are decides everything else: where that is not known, nothing is.
        if let Some(refused) = self.loader.report.refused.drain(before..).next() {
            return Err((format!("how many there are is not known: {}", refused.reason), refused.at));
        }
        match mode.as_ref().map(|(mode, at)| (mode.as_str(), *at)) {
            None | Some(("replicated" | "", _)) => {}
            Some(("global", _)) => return Ok(Count::EveryHost),
            Some(("replicated-job" | "global-job", at)) => {
                return Err(("is a job, which runs and ends".to_owned(), at));
            }
            Some((mode, at)) => return Err((format!("the mode {} is not known", quoted(&shorten(mode))), at)),
        }
        let mut said: Option<(u64, Place)> = None;
        for (text, at) in [scale, replicas].into_iter().flatten().filter(|(text, _)| !text.is_empty()) {
            let count = whole(text.trim())
                .map_err(|why| (format!("how many there are is not known: {} {why}", quoted(&shorten(&text))), at))?;
            match said {
                Some((other, _)) if other != count => {
                    return Err((format!("`scale` says {other}, `deploy.replicas` {count}"), at));
                }
                _ => said = Some((count, at)),
            }
        }
        match said {
            Some((0, at)) => Err(("is switched off: no replicas".to_owned(), at)),
            Some((count, _)) => Ok(Count::Replicas(count)),
            None => Ok(Count::Replicas(1)),
        }
    }

    /// What it asks for, and what it may take at the most.
    fn amounts(&mut self) -> Result<(Figures, Figures), Refusal> {
        let reserved = |key: &'static str| ["deploy", "resources", "reservations", key];
        let limited = |key: &'static str| ["deploy", "resources", "limits", key];
        let (mut request, mut limit) = (Figures::new(), Figures::new());
        let put = |to: &mut Figures, resource: Resource, figure: Option<Figure>| {
            // Nothing of it is none said.
            if let Some(figure) = figure.filter(|figure| figure.value > 0) {
                to.insert(resource, figure);
            }
        };
        put(&mut request, Resource::Cpu, self.one_of(&[&reserved("cpus")], cpus, &Resource::Cpu)?);
        let memory: [&[&str]; 2] = [&["mem_reservation"], &reserved("memory")];
        put(&mut request, Resource::Memory, self.one_of(&memory, bytes, &Resource::Memory)?);
        let most: [&[&str]; 2] = [&["cpus"], &limited("cpus")];
        let most = self.one_of(&most, cpus, &Resource::Cpu)?;
        put(&mut limit, Resource::Cpu, most.or(self.quota()));
        let memory: [&[&str]; 2] = [&["mem_limit"], &limited("memory")];
        put(&mut limit, Resource::Memory, self.one_of(&memory, bytes, &Resource::Memory)?);
        put(&mut limit, Resource::Disk, self.one_of(&[&["storage_opt", "size"]], bytes, &Resource::Disk)?);
        self.devices(&mut request);
        self.generic(&mut request);
        Ok((request, limit))
    }

    /// A figure that may be written in several forms, which must say the same.
    fn one_of(
        &mut self,
        paths: &[&[&str]],
        parse: fn(&str) -> Result<Option<u64>, String>,
        resource: &Resource,
    ) -> Result<Option<Figure>, Refusal> {
        let mut said: Option<(Figure, String)> = None;
        for path in paths {
            let key = path.join(".");
            let Some((text, at)) = self.text(path) else { continue };
            if text.is_empty() {
                self.loader.report.note(format!("`{key}` of {} is empty", quoted(self.name)), at);
                continue;
            }
            match parse(text.trim()) {
                Ok(None) => {}
                Ok(Some(value)) => match &said {
                    Some((other, by)) if other.value != value => {
                        let [own, other] = [value, other.value].map(|amount| resource.show(amount));
                        return Err((format!("`{by}` says {other}, `{key}` {own}"), at));
                    }
                    _ => said = Some((Figure { value, at }, key)),
                },
                Err(reason) => self.refuse(&key, format!("{} {reason}", quoted(&shorten(&text))), at),
            }
        }
        Ok(said.map(|(figure, _)| figure))
    }

    /// Processors as a share of time, which is what Docker makes of `cpus`.
    fn quota(&mut self) -> Option<Figure> {
        let (quota, at) = self.text(&["cpu_quota"])?;
        let period = self.text(&["cpu_period"]).map_or_else(|| "100000".to_owned(), |(period, _)| period);
        if quota.trim().starts_with('-') || quota.trim() == "0" {
            return None;
        }
        let value = match (micros(&quota), micros(&period)) {
            (Ok(quota), Ok(period)) if period > 0 => {
                let value = (u128::from(quota) * 1000).div_ceil(u128::from(period));
                u64::try_from(value)
                    .ok()
                    .filter(|value| *value <= LARGEST_AMOUNT)
                    .ok_or_else(|| format!("{} is above the limit of {}", quota, Resource::Cpu.show(LARGEST_AMOUNT)))
            }
            (Err(why), _) => Err(format!("{} {why}", quoted(&shorten(&quota)))),
            (_, Err(why)) => Err(format!("of `cpu_period` {} {why}", quoted(&shorten(&period)))),
            (Ok(_), Ok(_)) => Err("is a share of no time: `cpu_period` is 0".to_owned()),
        };
        value.map_err(|reason| self.refuse("cpu_quota", reason, at)).ok().map(|value| Figure { value, at })
    }

    /// Devices that are reserved, as GPUs are.
    fn devices(&mut self, request: &mut Figures) {
        let mut devices = Vec::new();
        if let Some(Node { value: Value::List(list), .. }) =
            self.read(&["deploy", "resources", "reservations", "devices"])
        {
            devices.extend(list.iter().cloned());
        }
        match self.read(&["gpus"]) {
            Some(Node { value: Value::List(list), .. }) => devices.extend(list.iter().cloned()),
            Some(node) if !matches!(node.value, Value::Null) => {
                let what = format!("{}: gpus", self.name);
                if let Some(text) = self.loader.text(&what, &node) {
                    self.counted("gpu", &text, node.at, request);
                }
            }
            _ => {}
        }
        for device in devices {
            let capabilities = match device.get("capabilities").map(|entry| &entry.value.value) {
                Some(Value::List(list)) => list.iter().filter_map(|node| self.loader.as_far_as_known(node)).collect(),
                _ => vec!["gpu".to_owned()],
            };
            let is_gpu = capabilities.iter().any(|capability| capability == "gpu");
            let kind = if is_gpu { "gpu" } else { capabilities.first().map_or("device", String::as_str) };
            let ids = match device.get("device_ids").map(|entry| &entry.value.value) {
                Some(Value::List(ids)) => Some(ids.len() as u64),
                _ => None,
            };
            let what = format!("{}: devices", self.name);
            let count = device.get("count").map(|entry| entry.value.clone());
            let said = count.as_ref().and_then(|node| self.loader.text(&what, node));
            let kind = spelled(kind, "device");
            match said {
                Some(text) => self.counted(&kind, &text, device.at, request),
                None => self.device(&kind, ids, device.at, request),
            }
        }
    }

    /// So many of a device as a text says: a number, or `all`, which is also `-1`.
    fn counted(&mut self, kind: &str, text: &str, at: Place, request: &mut Figures) {
        match text.trim() {
            "all" | "-1" | "" => self.device(kind, None, at, request),
            count => match whole(count) {
                Ok(count) => self.device(kind, Some(count), at, request),
                Err(why) => self.refuse(kind, format!("{} {why}", quoted(&shorten(text))), at),
            },
        }
    }

    /// So many of a device; one where it is all that a host has.
    fn device(&mut self, kind: &str, count: Option<u64>, at: Place, request: &mut Figures) {
        let count = count.unwrap_or_else(|| {
            self.refuse(kind, "how many all are depends on the host: one is asked for", at);
            1
        });
        self.named(kind, count, at, request);
    }

    /// Generic resources of Swarm.
    fn generic(&mut self, request: &mut Figures) {
        let path = ["deploy", "resources", "reservations", "generic_resources"];
        let Some(Node { value: Value::List(list), .. }) = self.at(&path) else { return };
        for one in list.iter() {
            let Some(spec) = one.get("discrete_resource_spec").map(|entry| entry.value.clone()) else { continue };
            let of = |key: &str| spec.get(key).map(|entry| entry.value.clone());
            let what = format!("{}: generic_resources", self.name);
            let kind = of("kind").and_then(|node| self.loader.text(&what, &node));
            let value = of("value").and_then(|node| self.loader.text(&what, &node));
            match (kind, value.map(|value| (whole(value.trim()), value))) {
                (Some(kind), Some((Ok(count), _))) => self.named(&spelled(&kind, "device"), count, one.at, request),
                (_, Some((Err(why), value))) => {
                    self.refuse("generic_resources", format!("{} {why}", quoted(&shorten(&value))), one.at);
                }
                _ => self.refuse("generic_resources", "says no kind and number", one.at),
            }
        }
    }

    fn named(&mut self, name: &str, count: u64, at: Place, request: &mut Figures) {
        // Keys of their own in a document.
        let name = if ["cpu", "memory", "disk", "containers"].contains(&name) {
            format!("{name}-device")
        } else {
            name.to_owned()
        };
        if count > LARGEST_AMOUNT {
            return self.refuse(&name, format!("{count} is above the limit of {LARGEST_AMOUNT}"), at);
        }
        if count > 0 {
            let there = request.entry(Resource::Named(name)).or_insert(Figure { value: 0, at });
            there.value = there.value.saturating_add(count).min(LARGEST_AMOUNT);
        }
    }

    /// What it needs, and on whose host it must be.
    fn links(&mut self) -> (Vec<Named>, Vec<Named>) {
        let (mut needs, mut beside) = (Vec::new(), Vec::new());
        let named = |name: &str, at: Place| Named { name: name.to_owned(), at, optional: false };
        match self.at(&["depends_on"]).map(|node| node.value) {
            Some(Value::List(list)) => {
                for node in list.iter() {
                    let what = format!("{}: depends_on", self.name);
                    needs.extend(self.loader.text(&what, node).map(|name| named(&name, node.at)));
                }
            }
            Some(Value::Map(entries)) => {
                for entry in entries.iter() {
                    let required = entry.value.get("required").map(|entry| &entry.value.value);
                    let optional = matches!(required, Some(Value::Text(text)) if &**text == "false");
                    needs.push(Named { name: entry.key.to_string(), at: entry.at, optional });
                }
            }
            _ => {}
        }
        for (name, at) in self.list("links") {
            needs.push(named(name.split(':').next().unwrap_or(""), at));
        }
        for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
            let Some((mode, at)) = self.text(&[key]) else { continue };
            if let Some(service) = mode.strip_prefix("service:") {
                needs.push(named(service.trim(), at));
                beside.push(named(service.trim(), at));
            } else if let Some(container) = mode.strip_prefix("container:") {
                self.container(key, container.trim(), at, &mut needs, &mut beside);
            }
        }
        for (volume, at) in self.list("volumes_from") {
            if let Some(container) = volume.strip_prefix("container:") {
                let container = container.split(':').next().unwrap_or("").to_owned();
                self.container("volumes_from", &container, at, &mut needs, &mut beside);
            } else {
                let service = volume.split(':').next().unwrap_or("");
                needs.push(named(service, at));
                beside.push(named(service, at));
            }
        }
        (needs, beside)
    }

    /// The host of a container by its own name, which may be of another project.
    fn container(&mut self, key: &str, name: &str, at: Place, needs: &mut Vec<Named>, beside: &mut Vec<Named>) {
        match self.names.by_container.get(name) {
            Some(service) => {
                let named = Named { name: service.clone(), at, optional: false };
                needs.push(named.clone());
                beside.push(named);
            }
            None => {
                let reason = format!("{} is no container of this project", quoted(&shorten(name)));
                self.refuse(key, reason, at);
            }
        }
    }

    /// The texts of a list.
    fn list(&mut self, key: &str) -> Vec<(String, Place)> {
        let Some(Node { value: Value::List(list), .. }) = self.read(&[key]) else { return Vec::new() };
        let what = format!("{}: {key}", self.name);
        list.iter().filter_map(|node| Some((self.loader.text(&what, node)?, node.at))).collect()
    }

    /// What may bind it to a host and no document says.
    fn remarks(&mut self) {
        if let Some(cpus) = self.service.get("cpuset").filter(|entry| matches!(&entry.value.value, Value::Text(_))) {
            self.refuse("cpuset", "which processors of a host it gets is not said here", cpus.at);
        }
        let devices = self.service.get("devices").map(|entry| (&entry.value.value, entry.at));
        if let Some((Value::List(list), at)) = devices
            && !list.is_empty()
        {
            let message = format!("{} uses devices of its host: say `on` if not all have them", quoted(self.name));
            self.loader.report.note(message, at);
        }
        if let Some((runtime, at)) = self.text(&["runtime"])
            && runtime == "nvidia"
            && self.service.get("gpus").is_none()
            && self.at(&["deploy", "resources", "reservations", "devices"]).is_none()
        {
            self.refuse("runtime", "how many GPUs it takes is not said", at);
        }
    }
}

/// Processors; none where they are 0, which is no limit.
fn cpus(text: &str) -> Result<Option<u64>, String> {
    docker_cpus(text).map(Some)
}

/// Bytes; none where they are below zero, which is no limit.
fn bytes(text: &str) -> Result<Option<u64>, String> {
    match text.strip_prefix('-') {
        Some(below) if docker_bytes(below).is_ok() => Ok(None),
        _ => docker_bytes(text).map(Some),
    }
}
