//! Reading what other tools say of what runs: through the formats of import, and nothing else.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use anyhow::{Context as _, anyhow, bail};
use bayplan::diagnostic::quoted;
use bayplan::document::Problems;
use bayplan::import::{self, Asked, Format, Given, Read};
use bayplan::model::Layout;
use bayplan::operate;
use bayplan::operate::names::Names;
use bayplan::operate::usage::Reckoning;
use bayplan::quantity::parse_millionths;
use bayplan::report::text::{count_of, plain};

use super::args::{Observing, Reading};
use super::input;
use super::screen::Screen;

/// So many things that could not be read are named.
const NAMED: usize = 5;
/// A folder of snapshots has so many files at the most.
const MOST_FILES: usize = 100_000;

/// What `files` say together.
///
/// # Errors
/// Where they cannot be read.
pub fn read(files: Vec<Given>, args: &Observing, screen: &Screen) -> anyhow::Result<Read> {
    let read = read_as(input_format(args)?, files, args).map_err(|problems| screen.problems(&problems))?;
    said_of(&read, screen);
    Ok(read)
}

/// The same of a snapshot that was kept; `None` where it is none, which is said.
///
/// # Errors
/// Where the arguments name no format.
pub fn read_kept(file: &Given, args: &Observing, screen: &Screen) -> anyhow::Result<Option<Read>> {
    match read_as(input_format(args)?, vec![file.clone()], args) {
        Ok(read) => {
            said_of(&read, screen);
            Ok(Some(read))
        }
        Err(problems) => {
            let first = problems.diagnostics.first().map_or("it cannot be read", |it| it.message.as_str());
            screen.note(&format!("{} is left out: {}", quoted(&file.name), plain(first)));
            Ok(None)
        }
    }
}

/// The format that the arguments name.
fn input_format(args: &Observing) -> anyhow::Result<Option<Format>> {
    let Some(name) = &args.input else { return Ok(None) };
    let format = Format::of_name(name)
        .ok_or_else(|| anyhow!("there is no format {}\n\nhelp: formats are {}", quoted(name), Format::names()))?;
    Ok(Some(format))
}

fn read_as(format: Option<Format>, files: Vec<Given>, args: &Observing) -> Result<Read, Problems> {
    let Reading { profile, metric, columns, mhz_per_core } = &args.reading;
    let asked = Asked {
        format,
        files,
        profiles: profile.clone(),
        metric: metric.clone(),
        columns: columns.clone(),
        mhz_per_core: *mhz_per_core,
        ..Asked::default()
    };
    import::columns_are_there(&asked)?;
    import::read(&asked, &input::Disk)
}

/// Says what could not be read.
fn said_of(Read { found, sources, .. }: &Read, screen: &Screen) {
    for refused in found.refused.iter().take(NAMED) {
        let (at, what) = (import::place(refused.at, sources), plain(&refused.what));
        screen.note(&format!("{at}: {what} is not read: {}", plain(&refused.reason)));
    }
    if let more @ 1.. = found.refused.len().saturating_sub(NAMED) {
        screen.note(&format!("{} more are not read", count_of(more, "thing")));
    }
}

/// A file with its name.
///
/// # Errors
/// Where it cannot be read.
pub fn given(path: &str, screen: &Screen) -> anyhow::Result<Given> {
    let (name, bytes) = input::named_bytes(path, screen)?;
    Ok(Given { name, bytes: bytes.into() })
}

/// Files with their names, each named once.
///
/// # Errors
/// Where one cannot be read, or is named twice.
pub fn all_given(paths: &[String], screen: &Screen) -> anyhow::Result<Vec<Given>> {
    input::each_once(paths)?;
    paths.iter().map(|path| given(path, screen)).collect()
}

/// The files of a folder of snapshots, by name; none where it is not there yet.
///
/// # Errors
/// Where it cannot be read.
pub fn snapshots(folder: &str, screen: &Screen) -> anyhow::Result<Vec<Given>> {
    let shown = plain(folder);
    if !Path::new(folder).exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(folder).with_context(|| format!("cannot read the folder `{shown}`"))?;
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.with_context(|| format!("cannot read the folder `{shown}`"))?.path();
        let is_hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
        if path.is_file() && !is_hidden {
            let Some(path) = path.to_str() else {
                bail!("a file in `{shown}` has a name that is no text\n\nhelp: call it otherwise")
            };
            paths.push(path.to_owned());
        }
        if paths.len() > MOST_FILES {
            bail!("`{shown}` has more than {MOST_FILES} files, the limit\n\nhelp: take old ones away");
        }
    }
    paths.sort();
    paths.iter().map(|path| given(path, screen)).collect()
}

/// The names by which the containers of a layout go, with what the user says of them.
///
/// # Errors
/// Where the user speaks of what the document does not have.
pub fn names<'a>(
    layout: &'a Layout,
    said: &'a BTreeMap<String, String>,
    args: &'a Observing,
) -> anyhow::Result<Names<'a>> {
    let names = Names::new(layout, said, args.startup.as_deref());
    if let Some(startup) = args.startup.as_deref().filter(|it| !names.has_startup(it)) {
        let help = unknown(startup, layout.demand.startups.iter().map(|it| it.name.clone()).collect());
        bail!("the document has no startup {}{help}", quoted(startup));
    }
    if let Some((name, id)) = said.iter().find(|(name, _)| names.find(None, name).is_err()) {
        let help = unknown(id, layout.demand.indices().map(|it| layout.container_id(it)).collect());
        bail!("`--match` says that {} is {}, which the document does not have{help}", quoted(name), quoted(id));
    }
    Ok(names)
}

/// What the user says that names mean.
///
/// # Errors
/// Where a name is said to mean two things.
pub fn said(args: &Observing) -> anyhow::Result<BTreeMap<String, String>> {
    let mut said: BTreeMap<String, String> = BTreeMap::new();
    for (name, id) in &args.matched {
        if let Some(other) = said.insert(name.clone(), id.clone()).filter(|other| other != id) {
            bail!(
                "`--match` says that {} is {}, and that it is {}\n\nhelp: say it once for each name",
                quoted(name),
                quoted(&other),
                quoted(id)
            );
        }
    }
    Ok(said)
}

/// Every name of which the user says what it means is one of `heard`, those that what was read speaks of.
///
/// # Errors
/// By the first that is not.
pub fn are_heard(said: &BTreeMap<String, String>, heard: &BTreeSet<&str>) -> anyhow::Result<()> {
    let Some((name, id)) = said.iter().find(|(name, _)| !heard.contains(name.as_str())) else { return Ok(()) };
    let help = unknown(name, heard.iter().map(|it| plain(it)).collect());
    bail!("`--match` says that {} is {}, and nothing that was read goes by that name{help}", quoted(name), quoted(id))
}

/// The help about a name that is none of those known.
fn unknown(name: &str, known: BTreeSet<String>) -> String {
    let help = operate::names::help_with(name, known.iter().map(String::as_str));
    help.map_or_else(String::new, |help| format!("\n\nhelp: {help}"))
}

/// How figures follow from samples.
pub fn reckoning(args: &Observing, headroom: u64) -> Reckoning {
    Reckoning { cpu_percentile: args.cpu_percentile, headroom }
}

/// `NAME=ID`.
pub fn named(text: &str) -> Result<(String, String), String> {
    match text.rsplit_once('=') {
        Some((name, id)) if !name.is_empty() && id.contains('/') => Ok((name.to_owned(), id.to_owned())),
        _ => Err("write it as in `web-7f9c=shop/web.1`: a name of the file, and an id of the document".to_owned()),
    }
}

/// A percentage up to a hundred, in millionths: `95`, `99.5`, `95%`.
pub fn percent(text: &str) -> Result<u64, String> {
    up_to(text, 100)
}

/// A percentage up to a thousand, in millionths.
pub fn more_percent(text: &str) -> Result<u64, String> {
    up_to(text, 1_000)
}

fn up_to(text: &str, most: u64) -> Result<u64, String> {
    parse_millionths(text.trim_end_matches('%').trim_end(), most * 1_000_000)
        .map_err(|_| format!("write a percentage, as in `95` or `99.5`: {most} at the most"))
}
