//! `bayplan import`: what other tools say becomes a document.

use std::path::Path;

use anyhow::{anyhow, bail};
use bayplan::document::{Addition, Destination, Document};
use bayplan::import::{self, Asked, Content, Format};
use bayplan::report::text::plain;
use bayplan::report::{json, pages};

use super::args;
use super::exit::Exit;
use super::input::{self, STDIN};
use super::observing;
use super::output::Target;
use super::screen::Screen;

/// Writes the document, and says what was imported.
pub fn run(args: &args::Import, screen: &Screen) -> anyhow::Result<Exit> {
    let (format, files) = format_and_files(args)?;
    let mut inputs: Vec<&str> = files.iter().map(String::as_str).collect();
    inputs.extend(args.into.as_deref());
    inputs.extend(args.hosts.iter().chain(&args.measured).map(String::as_str));
    inputs.extend(args.inside.iter().map(|(_, file)| file.as_str()));
    input::once_from_stdin(&inputs)?;
    let target = Target::new(&args.writing, &inputs)?;
    let report = args.report.as_deref().map(|path| Target::at(path, args.writing.force, &inputs)).transpose()?;
    if report.as_ref().is_some_and(|report| report.is_same(&target)) {
        let help = match &target {
            Target::Stdout => "`-o FILE` writes the document to a file",
            Target::File(_) => "name another file after `--report`",
        };
        bail!("the report and the document cannot both go to one place\n\nhelp: {help}");
    }
    let into = args.into.as_deref().map(|path| input::read(path, screen)).transpose()?;
    let given = |paths: &[String]| observing::all_given(paths, screen);
    let content = |(carrier, path): &(String, String)| {
        let file = observing::given(path, screen)?;
        Ok(Content { carrier: carrier.clone(), file, name: project_name(path) })
    };
    let asked = Asked {
        format,
        name: project_name(files.first().map_or("", String::as_str)),
        files: given(&files)?,
        startup: args.startup.clone(),
        stack: args.stack.clone(),
        into: into.as_ref(),
        default_cpu: args.default_cpu,
        default_memory: args.default_memory,
        env_files: args.env_file.clone(),
        profiles: args.reading.profile.clone(),
        hosts: given(&args.hosts)?,
        measured: given(&args.measured)?,
        contents: args.inside.iter().map(content).collect::<anyhow::Result<Vec<Content>>>()?,
        metric: args.reading.metric.clone(),
        columns: args.reading.columns.clone(),
        mhz_per_core: args.reading.mhz_per_core,
    };
    let imported = import::import(&asked, &input::Disk).map_err(|problems| screen.problems(&problems))?;
    let text = text(&imported.addition, into.as_ref(), args)?;
    accepted(&text, args, screen)?;
    target.write(&text)?;
    if let Some(report) = report {
        report.write(&json::import(&imported.report, &imported.sources))?;
    }
    screen.aside(|| pages::import(&imported.report, &imported.sources));
    Ok(Exit::from_answer(imported.report.refused.is_empty()))
}

/// The format, where one is said, and the files.
fn format_and_files(args: &args::Import) -> anyhow::Result<(Option<Format>, Vec<String>)> {
    let Some((first, rest)) = args.files.split_first() else {
        bail!("no file is named\n\nhelp: `bayplan import FILE`, or `-` for standard input")
    };
    match Format::of_name(first) {
        Some(format) if rest.is_empty() => {
            bail!("no file is named\n\nhelp: `bayplan import {} FILE`, or `-` for standard input", format.name())
        }
        Some(format) => Ok((Some(format), rest.to_vec())),
        // Two words of which the first is no file: a format that is not known.
        None if !rest.is_empty() && first != STDIN && !Path::new(first).exists() && !first.contains(['.', '/']) => {
            bail!("there is no format `{}`\n\nhelp: formats are {}", plain(first), Format::names())
        }
        None => Ok((None, args.files.clone())),
    }
}

/// The document's text, with what it had before where it had anything.
fn text(addition: &Addition, into: Option<&Document>, args: &args::Import) -> anyhow::Result<String> {
    let (Some(document), Some(path)) = (into, args.into.as_deref()) else { return Ok(addition.document()) };
    let working_directory = input::working_directory();
    let written = args.writing.output.as_deref().filter(|name| *name != STDIN);
    let path = written.unwrap_or(if path == STDIN { input::STDIN_NAME } else { path });
    let target = Destination { path, working_directory: working_directory.as_deref() };
    document.text_with_added(addition, target).ok_or_else(|| {
        anyhow!(
            "nothing can be added to the document as it is written\n\nhelp: write `sizes`, `stacks`, `startups` and `rules` \
             as maps and lists of their own, without anchors"
        )
    })
}

/// What is written is a document: whatever else it would be is not written.
fn accepted(text: &str, args: &args::Import, screen: &Screen) -> anyhow::Result<()> {
    let written = args.writing.output.as_deref().filter(|name| *name != STDIN);
    let name = written.or(args.into.as_deref()).filter(|name| *name != STDIN).unwrap_or("<import>");
    let read = Document::from_bytes(name, text.as_bytes(), &input::Disk);
    read.and_then(|document| document.resolve_whole()).map(drop).map_err(|problems| screen.problems(&problems))
}

/// What a project is called that does not say so: as its folder, or as its file where that has a name of its own.
fn project_name(path: &str) -> String {
    const USUAL: [&str; 6] = [
        "compose.yaml",
        "compose.yml",
        "docker-compose.yaml",
        "docker-compose.yml",
        "docker-stack.yml",
        "docker-stack.yaml",
    ];
    let text = |part: Option<&std::ffi::OsStr>| part.and_then(|part| part.to_str()).map(str::to_owned);
    let path = Path::new(path);
    let file = text(path.file_name()).unwrap_or_default();
    let folder = || text(std::fs::canonicalize(path).ok()?.parent()?.file_name());
    let named = if USUAL.contains(&file.as_str()) { folder() } else { text(path.file_stem()) };
    named.filter(|name| name != STDIN && !name.is_empty()).unwrap_or_else(|| "imported".to_owned())
}
