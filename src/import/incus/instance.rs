//! What an instance asks for, where it runs, and whether it does.

use std::collections::{BTreeMap, HashMap};

use super::super::amounts::{incus_bytes, number, whole};
use super::super::fields::{entries, is, items, text};
use super::super::found::{Container, Figure, Found};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::{AmountError, Decimal, LARGEST_AMOUNT, Resource, shorten};

/// The project of what is in none.
pub const DEFAULT_PROJECT: &str = "default";

/// The memory of a virtual machine that does not say it.
const USUAL_MEMORY: u64 = 1 << 30;

/// The most profiles of one instance that are looked at.
const MOST_PROFILES: usize = 100;

/// Reads an instance.
pub struct Reader<'a> {
    /// The instance.
    pub node: &'a Node,
    /// Profiles, by project and name, for where they are not expanded.
    pub profiles: &'a HashMap<(String, String), Node>,
    /// The memory of the hosts.
    pub memory: &'a HashMap<String, u64>,
    /// The one host, where there is but one.
    pub lone: Option<&'a str>,
}

/// The project of an instance.
pub fn project(node: &Node) -> &str {
    text(node, &["project"]).map_or(DEFAULT_PROJECT, |(project, _)| project)
}

impl<'a> Reader<'a> {
    /// Its project.
    pub fn project(&self) -> &'a str {
        project(self.node)
    }

    /// The member that it is on.
    pub fn location(&self) -> Option<(&'a str, Place)> {
        text(self.node, &["location"])
    }

    /// Where it says that it is stopped.
    pub fn stopped(&self) -> Option<Place> {
        let status = text(self.node, &["status"]).or_else(|| text(self.node, &["state", "status"]));
        match status {
            Some((status, at)) => status.eq_ignore_ascii_case("stopped").then_some(at),
            None => text(self.node, &["status_code"]).filter(|(code, _)| *code == "102").map(|(_, at)| at),
        }
    }

    /// Whether others can run in it.
    pub fn nests(&self) -> bool {
        self.config("security.nesting").is_some_and(|(text, _)| matches!(text, "true" | "1" | "yes" | "on"))
    }

    fn is_vm(&self) -> bool {
        is(self.node, &["type"], &["virtual-machine"])
    }

    /// A key of its configuration, its profiles included.
    fn config(&self, key: &str) -> Option<(&'a str, Place)> {
        if self.node.get("expanded_config").is_some() {
            return text(self.node, &["expanded_config", key]);
        }
        let own = text(self.node, &["config", key]);
        own.or_else(|| self.own_profiles().rev().find_map(|profile| text(profile, &["config", key])))
    }

    /// Its profiles, as far as the files have them, the last of which counts most.
    fn own_profiles(&self) -> impl DoubleEndedIterator<Item = &'a Node> {
        let names = self.node.get("profiles").map(|entry| items(&entry.value)).unwrap_or_default();
        let (project, profiles) = (self.project(), self.profiles);
        names.iter().take(MOST_PROFILES).filter_map(move |name| match &name.value {
            Value::Text(name) => profiles.get(&(project.to_owned(), name.to_string())),
            _ => None,
        })
    }

    /// Its devices by name, those of its profiles included.
    fn devices(&self) -> Vec<(&'a str, &'a Node)> {
        if let Some(expanded) = self.node.get("expanded_devices") {
            return entries(&expanded.value).iter().map(|entry| (&*entry.key, &entry.value)).collect();
        }
        let own = self.node.get("devices");
        let all = self.own_profiles().filter_map(|profile| profile.get("devices")).chain(own);
        // What is said last counts.
        let devices: BTreeMap<&str, &Node> =
            all.flat_map(|entry| entries(&entry.value)).map(|entry| (&*entry.key, &entry.value)).collect();
        devices.into_iter().collect()
    }

    /// The container that it becomes.
    pub fn container(&self, name: &str, found: &mut Found) -> Container {
        let mut container = Container::new(name, self.node.at);
        if self.node.get("expanded_config").is_none() {
            self.note_profiles(name, found);
        }
        self.cpu(&mut container, found);
        self.memory(&mut container, found);
        for (device, node) in self.devices() {
            self.device(device, node, &mut container, found);
        }
        if let Some((group, at)) = self.config("placement.group") {
            let reason = format!("what the group {} asks of its members is not in the files", quoted(&shorten(group)));
            found.refuse(format!("{name}: placement.group"), reason, at);
        }
        container
    }

    fn note_profiles(&self, name: &str, found: &mut Found) {
        let names = self.node.get("profiles").map(|entry| items(&entry.value)).unwrap_or_default();
        let unknown = names.len() - self.own_profiles().count();
        if unknown > 0 {
            let reason = "its profiles are not in the files: `list --format json` has what they say";
            found.refuse(format!("{name}: profiles"), reason, self.node.at);
        }
    }

    /// Processors: so many, some of them, or a share of time.
    fn cpu(&self, container: &mut Container, found: &mut Found) {
        let what = container.name.clone();
        let mut cpu = None;
        if let Some((text, at)) = self.config("limits.cpu") {
            match count(text) {
                Ok(count) => cpu = Some(Figure { value: count * 1000, at }),
                Err(why) => {
                    found.refuse(format!("{what}: limits.cpu"), format!("{} {why}", quoted(&shorten(text))), at)
                }
            }
            if text.contains(['-', ',']) && cpu.is_some() {
                let reason = "which processors of a host it gets is not said here, only how many";
                found.refuse(format!("{what}: limits.cpu"), reason, at);
            }
        } else if self.is_vm() {
            found.note(
                format!("{} does not say its processors: a virtual machine has one", quoted(&what)),
                self.node.at,
            );
            cpu = Some(Figure { value: 1000, at: self.node.at });
        }
        if let Some((text, at)) = self.config("limits.cpu.allowance") {
            match allowance(text) {
                Ok(Allowance::Hard(value)) => {
                    let most = cpu.map_or(value, |cpu| cpu.value.min(value));
                    cpu = Some(Figure { value: most, at });
                }
                Ok(Allowance::Soft) => {
                    let reason = "a share that counts only where processors are short is no amount";
                    found.refuse(format!("{what}: limits.cpu.allowance"), reason, at);
                }
                Err(why) => {
                    let reason = format!("{} {why}", quoted(&shorten(text)));
                    found.refuse(format!("{what}: limits.cpu.allowance"), reason, at);
                }
            }
        }
        if let Some(cpu) = cpu.filter(|cpu| cpu.value > 0) {
            container.request.insert(Resource::Cpu, cpu);
            if !self.is_vm() {
                container.limit.insert(Resource::Cpu, cpu);
            }
        }
    }

    /// Memory: an amount, or a percentage of what the host has.
    fn memory(&self, container: &mut Container, found: &mut Found) {
        let what = container.name.clone();
        let Some((text, at)) = self.config("limits.memory") else {
            if self.is_vm() {
                let size = Resource::Memory.show(USUAL_MEMORY);
                found.note(
                    format!("{} does not say its memory: a virtual machine has {size}", quoted(&what)),
                    self.node.at,
                );
                container.request.insert(Resource::Memory, Figure { value: USUAL_MEMORY, at: self.node.at });
            }
            return;
        };
        let value = match text.strip_suffix('%') {
            Some(share) => self.share(share),
            None => incus_bytes(text),
        };
        match value {
            Ok(0) => {}
            Ok(value) => {
                let figure = Figure { value, at };
                container.request.insert(Resource::Memory, figure);
                let is_soft = self.config("limits.memory.enforce").is_some_and(|(text, _)| text == "soft");
                if !self.is_vm() && !is_soft {
                    container.limit.insert(Resource::Memory, figure);
                }
            }
            Err(reason) => {
                let reason = format!("{} {reason}", quoted(&shorten(text)));
                found.refuse(format!("{what}: limits.memory"), reason, at);
            }
        }
    }

    /// So much of a hundred of the memory of its host.
    fn share(&self, percent: &str) -> Result<u64, String> {
        let above = || format!("is above the limit of {}", Resource::Memory.show(LARGEST_AMOUNT));
        let percent = Decimal::parse(percent.trim()).map_err(|error| match error {
            AmountError::TooLarge { .. } => above(),
            _ => "is no percentage".to_owned(),
        })?;
        let location = self.location().map(|(location, _)| location).filter(|it| !super::NOWHERE.contains(it));
        let host = location.or(self.lone);
        let Some(memory) = host.and_then(|host| self.memory.get(host)) else {
            return Err("is a share of its host, and how much that has is not in the files".to_owned());
        };
        match u64::try_from(percent.percent_rounded_up(*memory)) {
            Ok(value) if value <= LARGEST_AMOUNT => Ok(value),
            _ => Err(above()),
        }
    }

    /// The disk that it lies on, and what it has of its host.
    fn device(&self, name: &str, node: &Node, container: &mut Container, found: &mut Found) {
        let what = format!("{}: {name}", container.name);
        match text(node, &["type"]).map(|(kind, _)| kind) {
            Some("disk") if is(node, &["path"], &["/"]) => {
                let Some((size, at)) = text(node, &["size"]) else { return };
                match incus_bytes(size) {
                    Ok(0) => {}
                    Ok(value) => {
                        container.request.insert(Resource::Disk, Figure { value, at });
                    }
                    Err(reason) => found.refuse(what, format!("{} {reason}", quoted(&shorten(size))), at),
                }
            }
            Some("disk") => {
                let is_path = text(node, &["source"]).is_some_and(|(source, _)| source.starts_with('/'));
                if is_path && text(node, &["pool"]).is_none() {
                    found.refuse(what, "is of its host alone: say where it may run with `on`", node.at);
                }
            }
            Some("gpu") => self.gpu(&what, node, container, found),
            Some("pci") => more(container, "pci", node.at),
            Some("usb" | "unix-char" | "unix-block") => {
                found.refuse(what, "is a device of its host: say where it may run with `on`", node.at);
            }
            _ => {}
        }
    }

    fn gpu(&self, what: &str, node: &Node, container: &mut Container, found: &mut Found) {
        if let Some((kind, at)) = text(node, &["gputype"]).filter(|(kind, _)| *kind != "physical") {
            let reason = format!("a share of a GPU ({}) is no whole one", quoted(&shorten(kind)));
            return found.refuse(what, reason, at);
        }
        if ["id", "pci", "vendorid", "productid"].iter().all(|key| text(node, &[key]).is_none()) {
            found.refuse(what, "how many all are depends on the host: one is asked for", node.at);
        }
        more(container, "gpu", node.at);
    }
}

/// One more of a device.
fn more(container: &mut Container, device: &str, at: Place) {
    let resource = Resource::Named(device.to_owned());
    container.request.entry(resource).or_insert(Figure { value: 0, at }).value += 1;
}

/// How many processors `2`, `1,2,5` and `0-3` are; else what it is instead.
fn count(text: &str) -> Result<u64, String> {
    const MOST: u64 = 1 << 20;
    const NONE: &str = "is no number of processors, and no set of them";
    let whole = |text: &str| match whole(text.trim()) {
        Ok(count) if count <= MOST => Ok(count),
        Err(_) if !text.trim().bytes().all(|byte| byte.is_ascii_digit()) || text.trim().is_empty() => {
            Err(NONE.to_owned())
        }
        _ => Err(format!("is above the limit of {MOST} processors")),
    };
    if !text.contains(['-', ',']) {
        return whole(text);
    }
    let mut all: Vec<(u64, u64)> = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (whole(first)?, whole(last)?);
        if first > last {
            return Err(NONE.to_owned());
        }
        all.push((first, last));
    }
    // What is named twice is there once.
    all.sort_unstable();
    let (mut count, mut next) = (0, 0);
    for (first, last) in all {
        let first = first.max(next);
        if last >= first {
            count += last - first + 1;
            next = last + 1;
        }
    }
    Ok(count)
}

/// A share of time on processors.
#[derive(Debug, PartialEq, Eq)]
enum Allowance {
    /// So many thousandths of one.
    Hard(u64),
    /// What counts only where there are not enough.
    Soft,
}

/// The share that a text says; else what it is instead.
fn allowance(text: &str) -> Result<Allowance, String> {
    const NONE: &str = "is neither a percentage nor a time in a time";
    if let Some(percent) = text.strip_suffix('%') {
        return whole(percent.trim()).map(|_| Allowance::Soft).map_err(|_| NONE.to_owned());
    }
    let (time, period) = text.split_once('/').ok_or(NONE)?;
    let millis = |text: &str| number(text.trim().strip_suffix("ms").ok_or(NONE)?, 1000, &Resource::Cpu);
    let (time, period) = (millis(time)?, millis(period)?);
    if period == 0 {
        return Err(NONE.to_owned());
    }
    let value = (u128::from(time) * 1000).div_ceil(u128::from(period));
    let value = u64::try_from(value).ok().filter(|value| *value <= LARGEST_AMOUNT);
    value.map(Allowance::Hard).ok_or_else(|| format!("is above the limit of {}", Resource::Cpu.show(LARGEST_AMOUNT)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processors_are_counted_however_they_are_named() {
        for (text, expected) in [
            ("2", Some(2)),
            ("0", Some(0)),
            ("1,2,5", Some(3)),
            ("0-3", Some(4)),
            ("0-3,2-5,9", Some(7)),
            ("3-3", Some(1)),
            ("3-1", None),
            ("1,,2", None),
            ("-1", None),
            ("2.5", None),
            ("0-99999999999", None),
            ("a", None),
            ("", None),
        ] {
            assert_eq!(count(text).ok(), expected, "{text}");
        }
    }

    #[test]
    fn a_share_of_time_is_an_amount_where_it_is_hard() {
        assert_eq!(allowance("25ms/100ms"), Ok(Allowance::Hard(250)));
        assert_eq!(allowance("200ms/100ms"), Ok(Allowance::Hard(2000)));
        assert_eq!(allowance("1ms/3ms"), Ok(Allowance::Hard(334)));
        assert_eq!(allowance("50%"), Ok(Allowance::Soft));
        for text in ["", "50", "x%", "1ms", "1ms/0ms", "1s/2s", "/"] {
            assert!(allowance(text).is_err(), "{text}");
        }
    }
}
