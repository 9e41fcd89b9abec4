//! What other tools say becomes a layout document: nothing is guessed, and nothing is silently gone.
//!
//! `files -a format-> found -settled-> ids, figures with their origin -written-> an addition to a document`. One file for
//! each format says what was found ([`found`]); all that follows is the same for all of them.

mod amounts;
mod compose;
mod csv;
mod fields;
mod figures;
pub mod found;
mod gather;
mod hosts;
mod incus;
mod json;
mod kubernetes;
mod measured;
mod names;
mod nomad;
mod prometheus;
mod proxmox;
pub mod reckoning;
mod report;
mod settle;
mod stats;
mod swarm;
mod texts;
mod written;

pub use self::csv::columns_are_there;
pub use self::found::{Found, Note, Refused};
pub(crate) use self::names::spelled;
pub use self::report::{Host, Imported, Origin, Pool, Report};

use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Place, plain};
use crate::document::findings::Findings;
use crate::document::{Addition, Document, Files, Problems, Source, foreign, reading, tree};

/// A format that can be imported.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Compose files.
    Compose,
    /// What `docker stats` prints.
    DockerStats,
    /// What `podman stats` prints.
    PodmanStats,
    /// Metrics of Prometheus: replies of its API, or what exporters print.
    Prometheus,
    /// Kubernetes manifests, and what `kubectl get` writes.
    Kubernetes,
    /// A spreadsheet of hosts or of containers.
    Csv,
    /// Job files of Nomad, and what it prints of jobs and nodes.
    Nomad,
    /// Resources of a cluster and configurations of guests of Proxmox VE.
    Proxmox,
    /// Instances and members of Incus.
    Incus,
    /// The same of LXD.
    Lxd,
    /// Nodes, services and stacks of a swarm.
    Swarm,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Format] = &[
        Format::Compose,
        Format::DockerStats,
        Format::Kubernetes,
        Format::PodmanStats,
        Format::Prometheus,
        Format::Csv,
        Format::Nomad,
        Format::Proxmox,
        Format::Incus,
        Format::Lxd,
        Format::Swarm,
    ];

    /// The name on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Format::Compose => "compose",
            Format::DockerStats => "docker-stats",
            Format::PodmanStats => "podman-stats",
            Format::Prometheus => "prometheus",
            Format::Kubernetes => "kubernetes",
            Format::Csv => "csv",
            Format::Nomad => "nomad",
            Format::Proxmox => "proxmox",
            Format::Incus => "incus",
            Format::Lxd => "lxd",
            Format::Swarm => "swarm",
        }
    }

    /// The names of all, for messages.
    pub fn names() -> String {
        Format::ALL.iter().map(|format| format!("`{}`", format.name())).collect::<Vec<_>>().join(", ")
    }

    /// The format of that name.
    pub fn of_name(name: &str) -> Option<Format> {
        Format::ALL.iter().copied().find(|format| format.name() == name)
    }
}

/// A file to import.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Its name.
    pub name: String,
    /// What is in it.
    pub bytes: Arc<[u8]>,
}

/// Files as they are read together.
pub struct Read {
    /// What they say.
    pub found: Found,
    /// What its places count.
    pub sources: Vec<Source>,
    /// Their format.
    pub format: Format,
}

/// What lies in a carrier.
#[derive(Clone, Debug, Default)]
pub struct Content {
    /// The carrier: a container of the files, or of the document that is added to; by its name or its id.
    pub carrier: String,
    /// The file that says what is in it, in any format.
    pub file: Given,
    /// What that is called where the file does not say.
    pub name: String,
}

/// What is to be imported, and as what.
#[derive(Clone, Debug, Default)]
pub struct Asked<'a> {
    /// The format, where it is said.
    pub format: Option<Format>,
    /// The files, each changing those before it where the format knows such a thing.
    pub files: Vec<Given>,
    /// What it is called where the files do not say: the name of their folder.
    pub name: String,
    /// The startup that it becomes, or a range of them.
    pub startup: Option<String>,
    /// The stack that it becomes.
    pub stack: Option<String>,
    /// The document that it is added to.
    pub into: Option<&'a Document>,
    /// What is asked for of cpu, in millicores, where nothing says; unless given, as the size `unmeasured` of the document
    /// that is added to has it, else a tenth of a core and 256 MiB.
    pub default_cpu: Option<u64>,
    /// The same of memory, in bytes.
    pub default_memory: Option<u64>,
    /// Files of variables, instead of the usual one.
    pub env_files: Vec<String>,
    /// What is switched on besides.
    pub profiles: Vec<String>,
    /// Files, in any format, of which the hosts are taken and nothing else.
    pub hosts: Vec<Given>,
    /// Files, in any format, of which what was measured is taken and nothing else.
    pub measured: Vec<Given>,
    /// What lies in carriers.
    pub contents: Vec<Content>,
    /// What metrics measure that have no name: `cpu`, `memory`, or as a metric is called.
    pub metric: Option<String>,
    /// Which column of a spreadsheet has what: what it has, and what it is called.
    pub columns: Vec<(String, String)>,
    /// How many MHz of Nomad a hardware thread has; unless given, as its nodes have it, else 2000.
    pub mhz_per_core: Option<u64>,
}

/// What became of it.
#[derive(Clone, Debug)]
pub struct Import {
    /// What the document says, or says besides.
    pub addition: Addition,
    /// What was imported, and what was not.
    pub report: Report,
    /// What `Place::file` counts.
    pub sources: Vec<Source>,
}

/// Imports files. Others that these name are read by `files`.
///
/// # Errors
/// What cannot be read at all. All else that cannot be carried over is in the report.
pub fn import(asked: &Asked, files: &dyn Files) -> Result<Import, Problems> {
    let (found, sources) = gather::all(asked, files)?;
    let known = settle::known(asked)?;
    let settled = settle::settle(found, asked, &known, &sources).map_err(|diagnostic| alone(*diagnostic, &sources))?;
    let addition = written::addition(&settled, asked, &sources);
    let mut report = settled.report;
    (report.pools, report.placement) = (settled.pools, settled.placement);
    report.unmeasured = written::unmeasured(&addition);
    report.refused.sort_by(|a, b| (a.at, &a.what).cmp(&(b.at, &b.what)));
    report.refused.dedup();
    report.notes.sort_by(|a, b| (a.at, &a.message).cmp(&(b.at, &b.message)));
    report.notes.dedup();
    Ok(Import { addition, report, sources })
}

/// What the files say, in their own names, with the files that were read. Others that these name are read by `files`.
///
/// # Errors
/// What cannot be read at all.
pub fn read(asked: &Asked, files: &dyn Files) -> Result<Read, Problems> {
    // A mark at the beginning says nothing.
    let is_empty = |given: &Given| {
        let said = given.bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(&given.bytes);
        said.iter().all(u8::is_ascii_whitespace)
    };
    if let Some(first) = asked.files.first().filter(|_| asked.files.iter().all(is_empty)) {
        return Err(empty(first));
    }
    let format = format(asked)?;
    let (found, sources) = match format {
        Format::Compose => compose::read(asked, files),
        Format::DockerStats | Format::PodmanStats => stats::read(asked, files),
        Format::Prometheus => prometheus::read(asked, files),
        Format::Kubernetes => kubernetes::read(asked),
        Format::Csv => csv::read(asked, files),
        Format::Nomad => nomad::read(asked, files),
        Format::Proxmox => proxmox::read(asked),
        Format::Incus | Format::Lxd => incus::read(asked),
        Format::Swarm => swarm::read(asked, files),
    }?;
    Ok(Read { found, sources, format })
}

/// The format of files: as it is said, else as the first of them says by itself.
fn format(asked: &Asked) -> Result<Format, Problems> {
    let first = asked.files.first().ok_or_else(|| Problems::unreadable("", "no file is named"))?;
    asked.format.map_or_else(|| recognised(first), Ok)
}

/// Says that there is nothing in a file.
fn empty(given: &Given) -> Problems {
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    let source = Source { name: given.name.clone(), text: String::new() };
    alone(Diagnostic::new(Code::EmptyDocument, at, "the file is empty").help("check what was to write it"), &[source])
}

fn alone(diagnostic: Diagnostic, sources: &[Source]) -> Problems {
    Problems { diagnostics: vec![diagnostic], sources: sources.to_vec() }
}

/// The format of a file.
fn recognised(given: &Given) -> Result<Format, Problems> {
    let (mut sources, mut found) = (Vec::new(), Findings::default());
    let text = reading::text_of(&given.name, &given.bytes, &mut sources, &mut found);
    let said = text.and_then(|(_, text)| foreign::of_text(text)).map(foreign::Format::import);
    if let Some(known) = said.and_then(Format::of_name) {
        return Ok(known);
    }
    if [".csv", ".tsv"].iter().any(|end| given.name.to_ascii_lowercase().ends_with(end)) {
        return Ok(Format::Csv);
    }
    // Sections make it no YAML.
    if text.is_some_and(|(_, text)| proxmox::is_text(text)) {
        return Ok(Format::Proxmox);
    }
    let tree = text.and_then(|(file, text)| texts::trees(text, file, &mut found));
    let Some(tree) = tree else {
        let marked = text.and_then(|(file, text)| kubernetes::template_at(text, file));
        let template = marked.map(|at| vec![kubernetes::template(at)]);
        return Err(Problems { diagnostics: template.unwrap_or_else(|| found.into_sorted()), sources });
    };
    let is_something = |root: &&tree::Node| !matches!(root.value, tree::Value::Null);
    if tree.roots.iter().all(|root| !is_something(&root)) && tree.tags.is_empty() {
        return Err(empty(given));
    }
    let format = tree.roots.iter().find(is_something).and_then(foreign::format).map(|(format, _)| format);
    if let Some(known) = format.map(foreign::Format::import).and_then(Format::of_name) {
        return Ok(known);
    }
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    let (message, help) = match tree.roots.first().is_some_and(is_document) {
        true => ("this is a document, and nothing to import", "name it with `--into` to add to it".to_owned()),
        false => (
            "the file does not say which format it has",
            format!("name the format before the file; formats are {}", Format::names()),
        ),
    };
    Err(alone(Diagnostic::new(Code::BadValue, at, message).help(help), &sources))
}

/// Whether a file is a document of ours.
fn is_document(root: &tree::Node) -> bool {
    ["hosts", "startups", "stacks"].iter().any(|key| root.get(key).is_some())
}

/// `docker-compose.yml:12`: where something stands, in a few words. Files of one name in several folders have these, too.
pub fn place(at: Place, sources: &[Source]) -> String {
    let whole = sources.get(at.file as usize).map_or("", |source| source.name.as_str());
    let short = |name: &str| name.rfind('/').map_or(0, |slash| slash + 1);
    let base = whole.get(short(whole)..).unwrap_or(whole);
    let is_alike = |source: &Source| source.name != whole && source.name.get(short(&source.name)..) == Some(base);
    let name = if sources.iter().any(is_alike) { whole } else { base };
    format!("{}:{}", plain(name), at.line)
}
