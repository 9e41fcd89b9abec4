//! `bayplan draw`: what does it look like?

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use bayplan::document::Document;
use bayplan::draw::{self, Format, Options, Subject, Theme, Together};
use bayplan::model::{ContainerIndex, Layout, Placement};
use bayplan::report::pages::roadmap as words;
use bayplan::report::text::{list, plain};
use bayplan::roadmap::{self, RoadmapError};
use bayplan::solve;

use super::args::{self, Picture, Use};
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;
use super::{input, search};

/// Draws on standard output or in the file that the arguments name.
pub fn run(args: &args::Draw, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let inputs: Vec<&str> = std::iter::once(args.file.as_str()).chain(args.other.as_deref()).collect();
    input::once_from_stdin(&inputs)?;
    let picture = picture(args)?;
    let target = Target::new(&args.writing, &inputs)?;
    let mut read = Vec::new();
    for path in &inputs {
        read.extend(self::read(path, args, picture, screen, start)?);
    }
    let subjects: Vec<Subject> = read
        .iter()
        .map(|shown| Subject {
            title: shown.title.clone(),
            layout: &shown.layout,
            placement: &shown.placement,
            later: shown.later.clone(),
        })
        .collect();
    let together = if inputs.len() > 1 { Together::SideBySide } else { Together::InTurn };
    if let Some(label) = &args.by {
        known_label(label, &subjects)?;
    }
    if args.slide && picture != Picture::Svg {
        anyhow::bail!("a slide is an SVG\n\nhelp: write it into a file that ends in .svg, or say `--as svg`");
    }
    let format = match picture {
        Picture::Html => Format::Page,
        _ if args.slide => Format::Slide,
        _ => Format::Sheet,
    };
    let options = Options { links: args.links, together, by: args.by.clone(), width: args.width, format };
    let scene = draw::scene(&subjects, &options);
    let theme = match args.theme {
        args::Theme::Auto => Theme::Auto,
        args::Theme::Light => Theme::Light,
        args::Theme::Dark => Theme::Dark,
    };
    target.write(&match picture {
        Picture::Svg => draw::svg(&scene, theme),
        Picture::Html => draw::html(&scene, theme, &options),
        Picture::Mmd => draw::mermaid(&scene),
        Picture::Dot => draw::dot(&scene),
        Picture::Txt => draw::text(&scene),
    })?;
    Ok(Exit::from_answer(true))
}

/// A label that no host has groups nothing.
fn known_label(label: &str, subjects: &[Subject]) -> anyhow::Result<()> {
    let hosts = || subjects.iter().flat_map(|subject| &subject.layout.lab.hosts);
    if hosts().any(|host| host.labels.contains_key(label)) {
        return Ok(());
    }
    let known: BTreeSet<&str> = hosts().flat_map(|host| host.labels.keys().map(String::as_str)).collect();
    let help = match known.is_empty() {
        true => "give hosts `labels`, as in `labels: {zone: a}`".to_owned(),
        false => format!("there are {}", list(&known.iter().map(|it| format!("`{it}`")).collect::<Vec<_>>())),
    };
    anyhow::bail!("no host has a label `{}`\n\nhelp: {help}", plain(label))
}

/// As `--as` says, else by the ending of the file, else text.
fn picture(args: &args::Draw) -> anyhow::Result<Picture> {
    if let Some(picture) = args.picture {
        return Ok(picture);
    }
    let Some(output) = args.writing.output.as_deref().filter(|&path| path != input::STDIN) else {
        return Ok(Picture::Txt);
    };
    match Path::new(output).extension().and_then(|ending| ending.to_str()) {
        Some("svg") => Ok(Picture::Svg),
        Some("html" | "htm") => Ok(Picture::Html),
        Some("mmd" | "mermaid") => Ok(Picture::Mmd),
        Some("dot" | "gv") => Ok(Picture::Dot),
        Some("txt") => Ok(Picture::Txt),
        _ => anyhow::bail!(
            "the ending of `{}` names no format\n\nhelp: end it in .svg, .html, .mmd, .dot or .txt, or say `--as svg`",
            plain(output)
        ),
    }
}

/// One arrangement to draw.
struct Shown {
    title: String,
    layout: Layout,
    placement: Placement,
    /// What of it comes later.
    later: BTreeSet<ContainerIndex>,
}

/// The arrangement of a document; of one with phases each of them for a page, else the one asked about.
fn read(
    path: &str,
    args: &args::Draw,
    picture: Picture,
    screen: &Screen,
    start: Instant,
) -> anyhow::Result<Vec<Shown>> {
    let document = input::read_at(path, &args.hosts, screen)?;
    let title = if path == input::STDIN { "<stdin>".to_owned() } else { path.to_owned() };
    if args.other.is_none() && document.has_phases() {
        return phases(&document, args, picture, screen, start);
    }
    let question = input::question(&document, &args.hosts, Use::Request, screen)?;
    let shown = |layout: Layout, placement| vec![Shown { title, layout, placement, later: BTreeSet::new() }];
    if let Some(placement) = question.layout.placement.clone() {
        return Ok(shown(question.layout, placement));
    }
    let plan = search::planned(&args.searching, screen, start, 1, &question)?;
    screen.note(&format!("`{}` has no placement; what `bayplan plan` finds is drawn", plain(path)));
    Ok(shown(question.layout, plan.placement))
}

/// The phases of a document, as its roadmap plans them: all for a page, else the one asked about; what comes later is
/// there, hatched, where there is room for all of it.
fn phases(
    document: &Document,
    args: &args::Draw,
    picture: Picture,
    screen: &Screen,
    start: Instant,
) -> anyhow::Result<Vec<Shown>> {
    let whole = input::resolve_whole(document, screen)?;
    let question = input::posed(whole, args.hosts.planned, Use::Request, screen)?;
    let whole = &question.layout;
    let asked = match document.phase() {
        None => 0,
        Some(name) => match whole.phases.iter().position(|phase| phase.name == name) {
            Some(phase) => phase,
            // The document knows how to say that.
            None => {
                return Err(document.resolve().map_or_else(|it| screen.problems(&it), |_| anyhow::anyhow!("no phase")));
            }
        },
    };
    let all = picture == Picture::Html && document.phase().is_none();
    let drawn = if all { whole.phases.len() } else { 1 };
    let ask = |options: &solve::Options| roadmap::roadmap(&question, options);
    let found = search::search(&args.searching, screen, start, drawn, ask);
    let roadmap = match found {
        Ok(roadmap) => roadmap,
        Err(RoadmapError::Refuted(refuted)) => return Err(screen.refuted(&refuted, Some(whole))),
        Err(RoadmapError::NoPhases) => anyhow::bail!("there are no phases"),
    };
    let stages = roadmap.stages.iter().filter(|stage| all || stage.phase == asked);
    let shown = stages.map(|stage| {
        let phase = &roadmap.whole.phases[stage.phase];
        let begins = words::begins(phase);
        let title = words::name(phase) + &if begins == phase.name { String::new() } else { format!(": {begins}") };
        let (layout, placement, later) = roadmap.ahead(stage);
        Shown { title, layout, placement, later }
    });
    Ok(shown.collect())
}
