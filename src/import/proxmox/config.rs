//! The configuration of a guest, as `qm config` and `pct config` print it and as it lies under `/etc/pve`.

use std::collections::HashMap;

use super::super::amounts::{number, proxmox_size};
use super::super::found::{Figure, Figures, Found};
use super::{Disk, Guest};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Entry, Value};
use crate::quantity::{Resource, shorten};

/// Keys by which a map is known as a configuration.
pub const KEYS: &[&str] = &["ostype", "rootfs", "scsihw", "bootdisk", "vmgenid", "smbios1", "unprivileged", "digest"];

/// Keys that only containers have.
const OF_CONTAINERS: &[&str] = &["rootfs", "hostname", "unprivileged", "swap", "features", "cmode", "arch"];

/// What Proxmox VE gives a guest that does not say how much memory: in MiB.
const USUAL_MEMORY: &str = "512";

/// What the live section of a configuration says.
pub type Config = HashMap<String, (String, Place)>;

/// Whether a text is the configuration of a guest.
pub fn is_config(text: &str) -> bool {
    let keys = || {
        let lines = text.lines().take_while(|line| !line.starts_with('['));
        lines.filter(|line| !line.starts_with('#')).filter_map(|line| Some(line.split_once(':')?.0))
    };
    let sized = ["cores", "memory", "sockets", "hostname", "arch", "name", "net0", "boot", "scsi0", "swap"];
    let is_one = |key: &str| KEYS.contains(&key) || sized.contains(&key);
    keys().any(|key| KEYS.contains(&key) || ["net0", "scsi0", "swap", "boot"].contains(&key))
        && keys().filter(|key| is_one(key)).count() > 2
}

/// The live section of a text: snapshots, and what is pending, follow it.
pub fn of_text(text: &str, file: u32) -> Config {
    let mut config = Config::new();
    for (number, line) in (1_u32..).zip(text.lines()) {
        if line.trim_start().starts_with('[') {
            break;
        }
        if line.starts_with('#') {
            continue;
        }
        let Some((key, value)) = line.split_once(':') else { continue };
        let key = key.trim();
        let length = u32::try_from(key.chars().count()).unwrap_or(u32::MAX);
        let at = Place { file, line: number, column: 1, length };
        // What stands twice holds as it stands last.
        config.insert(key.to_owned(), (value.trim().to_owned(), at));
    }
    config
}

/// The configuration that is a map.
pub fn of_tree(entries: &[Entry]) -> Config {
    let texts = entries.iter().filter_map(|entry| match &entry.value.value {
        Value::Text(text) => Some((entry.key.to_string(), (text.to_string(), entry.value.at))),
        _ => None,
    });
    texts.collect()
}

/// The guest of a configuration; the name of its file may say its number, and its folder the node.
pub fn guest(config: &Config, file_name: &str, file: u32, found: &mut Found) -> Guest {
    let said = |key: &str| config.get(key).filter(|(text, _)| !text.is_empty());
    let parts: Vec<&str> = file_name.rsplit('/').collect();
    let stem = parts.first().and_then(|name| name.split('.').next()).unwrap_or("");
    let folder = parts.get(1).copied().unwrap_or("");
    let first = Place { file, line: 1, column: 1, length: 0 };
    let at = config.values().map(|(_, at)| *at).min().unwrap_or(first);
    let node = match (folder, parts.get(2), parts.get(3)) {
        ("lxc" | "qemu-server", Some(node), Some(&"nodes")) => Some(((*node).to_owned(), at)),
        _ => None,
    };
    let is_vm = match folder {
        "qemu-server" => true,
        "lxc" => false,
        _ => !OF_CONTAINERS.iter().any(|key| config.contains_key(*key)),
    };
    let vmid = said("vmid").map_or(stem, |(vmid, _)| vmid.as_str());
    let mut guest = Guest {
        is_vm,
        vmid: vmid.parse().ok(),
        name: said(if is_vm { "name" } else { "hostname" }).map(|(name, _)| name.clone()),
        at,
        node,
        template: said("template").filter(|(text, _)| text == "1").map(|(_, at)| *at),
        tags: said("tags").map(|(text, _)| tags(text)).unwrap_or_default(),
        nests: said("features").is_some_and(|(text, _)| text.split(',').any(|it| it.trim() == "nesting=1")),
        ..Guest::default()
    };
    let mut reader = Reader { config, called: guest.called(), found };
    reader.cpu(&mut guest);
    reader.memory(&mut guest);
    guest.disks = Some(reader.disks(is_vm));
    let disk = guest.disks.iter().flatten().fold(0, |sum: u64, disk| sum.saturating_add(disk.size.value));
    if let Some(first) = guest.disks.iter().flatten().next() {
        let value = disk.min(crate::quantity::LARGEST_AMOUNT);
        guest.request.insert(Resource::Disk, Figure { value, at: first.size.at });
    }
    guest.devices = reader.devices();
    guest
}

/// The tags of a guest.
pub fn tags(text: &str) -> Vec<String> {
    let parts = text.split([';', ',', ' ']).map(str::trim).filter(|tag| !tag.is_empty());
    parts.map(str::to_owned).collect()
}

struct Reader<'a> {
    config: &'a Config,
    called: String,
    found: &'a mut Found,
}

impl Reader<'_> {
    fn refuse(&mut self, key: &str, reason: impl Into<String>, at: Place) {
        self.found.refuse(format!("{}: {key}", self.called), reason, at);
    }

    /// The amount that a key has; nothing of none.
    fn amount(&mut self, key: &str, unit: u64, resource: &Resource) -> Option<Figure> {
        let (text, at) = self.config.get(key)?;
        match number(text, unit, resource) {
            Ok(0) => None,
            Ok(value) => Some(Figure { value, at: *at }),
            Err(reason) => {
                self.refuse(key, format!("{} {reason}", quoted(&shorten(text))), *at);
                None
            }
        }
    }

    /// Processors: those that a virtual machine has; of a container those that it may use, where that is said.
    fn cpu(&mut self, guest: &mut Guest) {
        let cores = self.amount("cores", 1000, &Resource::Cpu);
        let most = self.amount("cpulimit", 1000, &Resource::Cpu);
        let cpu = if guest.is_vm {
            let sockets = self.amount("sockets", 1, &Resource::Cpu);
            let product = sockets.map_or(1, |it| it.value).saturating_mul(cores.map_or(1000, |it| it.value));
            let at = cores.or(sockets).map_or(guest.at, |it| it.at);
            let all = Figure { value: product.min(crate::quantity::LARGEST_AMOUNT), at };
            Some(self.amount("vcpus", 1000, &Resource::Cpu).unwrap_or(all))
        } else {
            cores.or(most)
        };
        let Some(cpu) = cpu else {
            let message = format!("{} may use all processors of its host: none are said", quoted(&self.called));
            return self.found.note(message, guest.at);
        };
        let cpu = most.filter(|most| most.value < cpu.value).unwrap_or(cpu);
        guest.request.insert(Resource::Cpu, cpu);
        guest.limit.extend(most.map(|most| (Resource::Cpu, most)));
    }

    /// Memory, in whole MiB.
    fn memory(&mut self, guest: &mut Guest) {
        let (text, at) = match self.config.get("memory") {
            Some((text, at)) => (text.as_str(), *at),
            None => {
                let message = format!(
                    "{} does not say its memory: Proxmox VE gives such a guest {USUAL_MEMORY} MiB",
                    quoted(&self.called)
                );
                self.found.note(message, guest.at);
                (USUAL_MEMORY, guest.at)
            }
        };
        let current = text.split(',').find_map(|part| part.trim().strip_prefix("current=")).unwrap_or(text);
        match number(current, 1 << 20, &Resource::Memory) {
            Ok(0) => {}
            Ok(value) => {
                guest.request.insert(Resource::Memory, Figure { value, at });
            }
            Err(reason) => self.refuse("memory", format!("{} {reason}", quoted(&shorten(text))), at),
        }
    }

    /// The keys with a number behind this name, in their order.
    fn numbered(&self, names: &[&str]) -> Vec<(String, String, Place)> {
        let is_one = |key: &str| {
            names.iter().any(|name| {
                let number = key.strip_prefix(name);
                number.is_some_and(|it| !it.is_empty() && it.len() < 4 && it.bytes().all(|byte| byte.is_ascii_digit()))
            })
        };
        let mut all: Vec<(String, String, Place)> = self
            .config
            .iter()
            .filter(|(key, _)| is_one(key) || names.contains(&"rootfs") && *key == "rootfs")
            .map(|(key, (text, at))| (key.clone(), text.clone(), *at))
            .collect();
        all.sort_by(|a, b| (a.2, &a.0).cmp(&(b.2, &b.0)));
        all
    }

    fn disks(&mut self, is_vm: bool) -> Vec<Disk> {
        let keys: &[&str] = match is_vm {
            true => &["scsi", "virtio", "ide", "sata", "efidisk", "tpmstate"],
            false => &["rootfs", "mp"],
        };
        let mut disks = Vec::new();
        for (key, text, at) in self.numbered(keys) {
            let mut parts = text.split(',').map(str::trim);
            let volume = parts.next().unwrap_or("");
            let volume = volume.strip_prefix("file=").or_else(|| volume.strip_prefix("volume=")).unwrap_or(volume);
            let parts: Vec<&str> = parts.collect();
            if volume == "none" || volume == "cdrom" || parts.contains(&"media=cdrom") {
                continue;
            }
            if volume.starts_with('/') {
                let reason =
                    format!("{} is of its host alone: say where it may run with `on`", quoted(&shorten(volume)));
                self.refuse(&key, reason, at);
                continue;
            }
            let size = parts.iter().find_map(|part| part.strip_prefix("size="));
            match size.map(proxmox_size) {
                Some(Ok(0)) => {}
                Some(Ok(value)) => {
                    let storage = volume.split(':').next().unwrap_or("").to_owned();
                    disks.push(Disk { storage, size: Figure { value, at } });
                }
                Some(Err(reason)) => {
                    self.refuse(&key, format!("{} {reason}", quoted(&shorten(size.unwrap_or("")))), at);
                }
                None => self.refuse(&key, "the disk says no size", at),
            }
        }
        disks
    }

    /// Devices of the host that are passed through: GPUs, and others.
    fn devices(&mut self) -> Figures {
        let mut devices = Figures::new();
        for (_, text, at) in self.numbered(&["hostpci"]) {
            let is_gpu = text.split(',').map(str::trim).any(|part| part == "x-vga=1" || part.starts_with("mdev="));
            let name = if is_gpu { "gpu" } else { "pci" };
            devices.entry(Resource::Named(name.to_owned())).or_insert(Figure { value: 0, at }).value += 1;
        }
        for (key, text, at) in self.numbered(&["usb"]) {
            if text.contains("host=") || text.contains("mapping=") {
                self.refuse(&key, "is a device of its host: say where it may run with `on`", at);
            }
        }
        devices
    }
}
