//! The instances: documents and packing instances of a folder, or those that are made from a seed.

use std::fs;
use std::path::{Path, PathBuf};

use crate::arguments::Arguments;
use crate::packing::{Known, Packing};
use crate::standing::{self, Event};
use crate::{classes, labs};

/// One instance.
pub struct Case {
    /// Where it stands within the folder, without its ending.
    pub name: String,
    /// What bayplan is given.
    pub document: String,
    /// Where it was no document, what it was made from.
    pub packing: Option<Packing>,
}

impl Case {
    /// What is known of its best value.
    pub fn known(&self) -> Known {
        self.packing.as_ref().map(|packing| packing.known).unwrap_or_default()
    }

    fn of(name: String, packing: Packing) -> Self {
        Self { name, document: packing.document(), packing: Some(packing) }
    }
}

impl Known {
    /// The best value that anybody reached.
    pub fn reached(&self) -> Option<u64> {
        self.opt.into_iter().chain(self.best_known).min()
    }

    /// What nobody can go below.
    pub fn bound(&self) -> Option<u64> {
        self.opt.or(self.lb)
    }
}

/// The instances that the arguments name.
///
/// # Errors
/// What cannot be read.
pub fn cases(arguments: &Arguments) -> Result<Vec<Case>, String> {
    let wanted = |name: &str| name.contains(&arguments.only);
    let Some(folder) = &arguments.folder else { return Ok(generated(wanted)) };
    let mut files = Vec::new();
    gather(folder, &mut files).map_err(|error| format!("{}: {error}", folder.display()))?;
    let mut cases = Vec::new();
    for file in files {
        let name = file.strip_prefix(folder).unwrap_or(&file).with_extension("").to_string_lossy().into_owned();
        if wanted(&name) {
            let read = || fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()));
            if file.extension().is_some_and(|ending| ending == "json") {
                let packing = serde_json::from_str(&read()?).map_err(|error| format!("{}: {error}", file.display()))?;
                cases.push(Case::of(name, packing));
            } else {
                cases.push(Case { name, document: read()?, packing: None });
            }
        }
    }
    Ok(cases)
}

/// Writes the documents to `folder`, and what they were made from beside them, for other tools.
///
/// # Errors
/// Where that cannot be written.
pub fn write(cases: &[Case], folder: &Path) -> std::io::Result<()> {
    for case in cases {
        let path = folder.join(&case.name);
        if let Some(parent) = path.parent() {
            fs::create_dir_all(parent)?;
        }
        fs::write(path.with_extension("yaml"), &case.document)?;
        if let Some(packing) = &case.packing {
            fs::write(path.with_extension("json"), serde_json::to_string(packing)?)?;
        }
    }
    Ok(())
}

/// Every instance in `folder` and the folders in it, by name.
fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> std::io::Result<()> {
    let entries = fs::read_dir(folder)?.map(|entry| entry.map(|entry| entry.path()));
    let mut paths = entries.collect::<std::io::Result<Vec<_>>>()?;
    paths.sort();
    for path in paths {
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_some_and(|ending| ending == "json" || ending == "yaml") {
            files.push(path);
        }
    }
    Ok(())
}

/// Labs that stand, of so many hosts with so many containers on each, filled to so many hundredths, and what happens.
const STANDING: [(usize, usize, u64, Event); 12] = [
    (20, 25, 97, Event::Arrival),
    (200, 25, 97, Event::Arrival),
    (20, 25, 97, Event::Lost(1)),
    (20, 25, 97, Event::Lost(2)),
    (30, 10, 97, Event::Lost(3)),
    (100, 10, 97, Event::Lost(10)),
    (100, 50, 97, Event::Lost(10)),
    (10, 10, 85, Event::Tighter(850)),
    (40, 10, 85, Event::Tighter(820)),
    (100, 10, 85, Event::Tighter(800)),
    (30, 10, 85, Event::Fewer),
    (100, 10, 85, Event::Fewer),
];

/// Equal hosts, more resources, unequal hosts, and labs with rules up to 50 000 containers on 1 000 hosts.
fn generated(wanted: impl Fn(&str) -> bool) -> Vec<Case> {
    let mut makers: Vec<(String, Box<dyn Fn() -> Case>)> = Vec::new();
    let mut add = |name: String, make: Box<dyn Fn(String) -> Case>| {
        let own = name.clone();
        makers.push((name, Box::new(move || make(own.clone()))));
    };
    for class in 1..=10 {
        for containers in [24, 51, 99, 201] {
            let make = move |name| Case::of(name, classes::equal_hosts(class, containers, 2, 0));
            add(format!("equal/class{class:02}-{containers:03}-2"), Box::new(make));
        }
    }
    for class in 1..=10 {
        for (resources, containers) in [(3, 99), (4, 99), (5, 99)] {
            let make = move |name| Case::of(name, classes::equal_hosts(class, containers, resources, 0));
            add(format!("equal/class{class:02}-{containers:03}-{resources}"), Box::new(make));
        }
    }
    for (hosts, containers, resources) in [(8, 24, 2), (20, 99, 3), (60, 400, 3), (200, 1_500, 4), (400, 1_200, 3)] {
        let make = move |name| Case::of(name, classes::unequal_hosts(hosts, containers, resources, 0));
        add(format!("unequal/{hosts:03}-{containers:04}-{resources}"), Box::new(make));
    }
    for hosts in [200, 1_000] {
        let make = move |name| Case::of(name, classes::many_sizes(hosts, 0));
        add(format!("sizes/{hosts:04}-{:04}", 6 * hosts), Box::new(make));
    }
    for (hosts, containers) in [(40, 400), (120, 3_000), (400, 12_000), (1_000, 50_000)] {
        let make = move |name| Case { name, document: labs::document(hosts, containers, 0), packing: None };
        add(format!("labs/{hosts:04}-{containers:05}"), Box::new(make));
    }
    for (hosts, each, fill, event) in STANDING {
        let make = move |name| Case { name, document: standing::document(hosts, each, fill, event, 0), packing: None };
        let what = match event {
            Event::Arrival => "arrival",
            Event::Lost(_) => "lost",
            Event::Tighter(_) => "tighter",
            Event::Fewer => "fewer",
        };
        add(format!("standing/{what}-{hosts:03}-{each:02}"), Box::new(make));
    }
    makers.into_iter().filter(|(name, _)| wanted(name)).map(|(_, make)| make()).collect()
}
