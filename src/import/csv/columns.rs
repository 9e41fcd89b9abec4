//! What the columns of a spreadsheet mean: by the usual words above them, in any order, or as `--columns` says.

use std::collections::{BTreeMap, BTreeSet};

use super::rows::Cell;
use crate::diagnostic::{Code, Diagnostic, Place, quoted};

/// What a column has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// The name of a container.
    Container,
    /// The name of a host; of a sheet of containers, the one on which it runs.
    Host,
    /// A name, of whatever it is.
    Name,
    /// The startup of a container.
    Startup,
    /// Its image.
    Image,
    /// How many alike.
    Count,
    /// Processors.
    Cpu,
    /// Memory.
    Memory,
    /// Disk.
    Disk,
    /// The most processors.
    CpuLimit,
    /// The most memory.
    MemoryLimit,
    /// Graphics processors.
    Gpu,
    /// What it needs.
    Needs,
}

/// The roles, as `--columns` calls them, and the words that stand above such columns, without blanks and signs.
const ROLES: &[(Role, &str, &[&str])] = &[
    (
        Role::Container,
        "container",
        &["container", "containername", "service", "servicename", "app", "application", "workload", "task", "pod"],
    ),
    (
        Role::Host,
        "host",
        &["host", "hostname", "server", "servername", "machine", "node", "nodename", "runson", "rechner", "hypervisor"],
    ),
    (Role::Name, "name", &["name", "vm", "vmname", "guest", "title"]),
    (
        Role::Startup,
        "startup",
        &["startup", "project", "stack", "customer", "tenant", "namespace", "group", "projekt", "kunde"],
    ),
    (Role::Image, "image", &["image", "dockerimage", "containerimage"]),
    (
        Role::Count,
        "count",
        &["count", "replicas", "replica", "instances", "number", "quantity", "qty", "scale", "anzahl"],
    ),
    (Role::CpuLimit, "cpu-limit", &["cpulimit", "limitcpu", "limitscpu", "maxcpu", "cpumax", "cpuslimit"]),
    (
        Role::MemoryLimit,
        "memory-limit",
        &[
            "memorylimit",
            "memlimit",
            "ramlimit",
            "limitmemory",
            "limitsmemory",
            "maxmemory",
            "maxmem",
            "maxram",
            "memorymax",
        ],
    ),
    (
        Role::Cpu,
        "cpu",
        &[
            "cpu",
            "cpus",
            "core",
            "cores",
            "vcpu",
            "vcpus",
            "cpucores",
            "cpurequest",
            "requestscpu",
            "processors",
            "threads",
            "millicores",
            "kerne",
        ],
    ),
    (
        Role::Memory,
        "memory",
        &["memory", "mem", "ram", "memoryrequest", "memrequest", "requestsmemory", "arbeitsspeicher", "speicher"],
    ),
    (Role::Disk, "disk", &["disk", "disksize", "diskspace", "storage", "hdd", "ssd", "rootfs", "festplatte"]),
    (Role::Gpu, "gpu", &["gpu", "gpus"]),
    (Role::Needs, "needs", &["needs", "dependson", "dependencies", "requires"]),
];

/// A column that is read.
#[derive(Clone, Debug)]
pub struct Column {
    /// Its position.
    pub position: usize,
    /// The unit that stands above it: `GiB` of `RAM (GiB)`.
    pub unit: Option<String>,
    /// Where its name stands.
    pub at: Place,
}

/// The columns that are read, and the names of those that are not.
#[derive(Clone, Debug, Default)]
pub struct Columns {
    /// By what they have.
    pub by_role: BTreeMap<Role, Column>,
    /// The others that are called anything.
    pub others: Vec<(usize, Cell)>,
    /// What `--columns` says of this sheet.
    pub said: BTreeSet<Role>,
}

/// Whether a column is called so.
pub fn is_called(cell: &Cell, name: &str) -> bool {
    cell.text.to_lowercase() == name.trim().to_lowercase()
}

impl Columns {
    /// The columns of a sheet with these names above them; `said` is what `--columns` says, a role and a name each.
    ///
    /// # Errors
    /// Two columns of one meaning, or a meaning that none has.
    pub fn of(header: &[Cell], said: &[(String, String)]) -> Result<Columns, Box<Diagnostic>> {
        let mut columns = Columns::default();
        let mut taken: Vec<usize> = Vec::new();
        for (role, name) in said {
            let at = header.first().map_or(Place::default(), |cell| cell.at);
            let Some((role, ..)) = ROLES.iter().find(|(_, known, _)| known == role) else {
                let known: Vec<String> = ROLES.iter().map(|(_, name, _)| format!("`{name}`")).collect();
                let diagnostic = Diagnostic::new(Code::BadValue, at, format!("no column has {}", quoted(role)));
                return Err(Box::new(diagnostic.help(format!("columns have {}", known.join(", ")))));
            };
            // What this sheet has not, another may have.
            let Some((position, cell)) = header.iter().enumerate().find(|(_, cell)| is_called(cell, name)) else {
                continue;
            };
            taken.push(position);
            columns.said.insert(*role);
            columns.add(*role, position, cell)?;
        }
        let said = columns.said.clone();
        let mut others = Vec::new();
        for (position, cell) in header.iter().enumerate().filter(|(position, _)| !taken.contains(position)) {
            match role(&cell.text) {
                Some(role) if !said.contains(&role) => columns.add(role, position, cell)?,
                _ if cell.text.is_empty() => {}
                _ => others.push((position, cell.clone())),
            }
        }
        columns.others = others;
        Ok(columns)
    }

    fn add(&mut self, role: Role, position: usize, cell: &Cell) -> Result<(), Box<Diagnostic>> {
        let column = Column { position, unit: unit(&cell.text), at: cell.at };
        match self.by_role.insert(role, column) {
            None => Ok(()),
            Some(before) => {
                let name = ROLES.iter().find(|(it, ..)| *it == role).map_or("", |(_, name, _)| name);
                let message = format!("{} is a second column for `{name}`", quoted(&cell.text));
                let place = format!("line {}, column {}", before.at.line, before.at.column);
                let help = format!("the first stands on {place}; say which is meant: `--columns {name}=...`");
                Err(Box::new(Diagnostic::new(Code::ConflictingKeys, cell.at, message).help(help)))
            }
        }
    }
}

/// The words above a column without its unit, in small letters and digits alone, and what stands behind as its unit.
fn parts(text: &str) -> (String, Option<String>) {
    let (name, unit) = match text.split_once(['(', '[']) {
        Some((name, unit)) => (name, Some(unit.trim_end_matches([')', ']', ' ']).trim().to_owned())),
        None => (text, None),
    };
    let mut words: Vec<String> =
        name.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    // `mem_mb`, `RAM in GB`.
    let mut unit = unit.filter(|unit| !unit.is_empty());
    if unit.is_none() && words.len() > 1 && words.last().is_some_and(|word| is_unit(word)) {
        unit = words.pop();
        if words.last().is_some_and(|word| word == "in") {
            words.pop();
        }
    }
    (words.concat(), unit)
}

fn is_unit(word: &str) -> bool {
    ["b", "kb", "mb", "gb", "tb", "kib", "mib", "gib", "tib", "bytes", "m", "millicores", "mcpu", "cores"]
        .contains(&word)
}

fn role(text: &str) -> Option<Role> {
    let (words, _) = parts(text);
    ROLES.iter().find(|(_, _, names)| names.contains(&words.as_str())).map(|(role, ..)| *role)
}

fn unit(text: &str) -> Option<String> {
    let (words, unit) = parts(text);
    // The word itself may be the unit.
    unit.or_else(|| (words == "millicores").then_some(words))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_by_the_usual_words() {
        for (text, expected, of_unit) in [
            ("RAM (GiB)", Some(Role::Memory), Some("GiB")),
            ("mem_mb", Some(Role::Memory), Some("mb")),
            ("Memory [MB]", Some(Role::Memory), Some("MB")),
            ("RAM in GB", Some(Role::Memory), Some("gb")),
            ("vCPUs", Some(Role::Cpu), None),
            ("CPU (m)", Some(Role::Cpu), Some("m")),
            ("millicores", Some(Role::Cpu), Some("millicores")),
            ("Memory Limit", Some(Role::MemoryLimit), None),
            ("Host-Name", Some(Role::Host), None),
            ("Owner", None, None),
            ("", None, None),
        ] {
            assert_eq!((role(text), unit(text).as_deref()), (expected, of_unit), "{text}");
        }
    }
}
