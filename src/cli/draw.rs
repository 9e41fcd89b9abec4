//! `bayplan draw`: what does it look like?

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Instant;

use bayplan::draw::{self, Options, Subject, Theme, Together};
use bayplan::model::{Layout, Placement};
use bayplan::plan::{self, Ask};
use bayplan::report::text::clean;
use bayplan::solve;

use super::args::{self, Picture};
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
        read.push(self::read(path, args, screen, start)?);
    }
    let subjects: Vec<Subject> = inputs
        .iter()
        .zip(&read)
        .map(|(path, (layout, placement))| Subject {
            title: if *path == input::STDIN { "<stdin>".to_owned() } else { (*path).to_owned() },
            layout,
            placement,
            later: BTreeSet::new(),
        })
        .collect();
    let scene = draw::scene(&subjects, &Options { links: args.links, together: Together::SideBySide });
    let theme = match args.theme {
        args::Theme::Auto => Theme::Auto,
        args::Theme::Light => Theme::Light,
        args::Theme::Dark => Theme::Dark,
    };
    target.write(&match picture {
        Picture::Svg => draw::svg(&scene, theme),
        Picture::Html => draw::html(&scene, theme, Together::SideBySide),
        Picture::Mmd => draw::mermaid(&scene),
        Picture::Dot => draw::dot(&scene),
        Picture::Txt => draw::text(&scene),
    })?;
    Ok(Exit::from_answer(true))
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
            clean(output)
        ),
    }
}

fn read(path: &str, args: &args::Draw, screen: &Screen, start: Instant) -> anyhow::Result<(Layout, Placement)> {
    let document = input::read(path, screen)?;
    let layout = input::resolve(&document, args.hosts.planned, screen)?.layout;
    if let Some(placement) = layout.placement.clone() {
        return Ok((layout, placement));
    }
    let plan = |options: &solve::Options| plan::plan(&layout, Ask::default(), options);
    let planned = search::search(&args.searching, screen, start, plan);
    let plan = planned.map_err(|refuted| screen.refuted(&refuted, Some(&layout)))?;
    screen.note(&format!("`{}` has no placement; what `bayplan plan` finds is drawn", clean(path)));
    Ok((layout, plan.placement))
}
