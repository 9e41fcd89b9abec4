//! `bayplan rightsize`: what should containers ask for, going by what they take?

use std::path::Path;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use anyhow::{Context as _, anyhow, bail};
use bayplan::document::{Destination, Document, Settings};
use bayplan::import::{Format, Given, Read};
use bayplan::model::Layout;
use bayplan::operate::rightsize::{Proposal, Rightsize, RightsizeError, Seen, propose, rightsize};
use bayplan::report::text::{count_of, plain};
use bayplan::report::{json, pages};

use super::args::{self, Use};
use super::exit::Exit;
use super::input::{self, STDIN};
use super::observing;
use super::output::{FileTarget, Target};
use super::screen::Screen;
use super::search;

/// Answers on standard output, and writes the document where the arguments say so.
pub fn run(args: &args::Rightsize, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let mut inputs = vec![args.file.as_str()];
    inputs.extend(args.from.iter().map(String::as_str));
    input::once_from_stdin(&inputs)?;
    let writing = &args.answering.writing;
    if writing.output.as_deref() == Some(STDIN) {
        bail!("both the answer and the document would go to standard output\n\nhelp: name a file after `-o`");
    }
    let target = Target::new(writing, &inputs)?;
    let date = args.date.clone().unwrap_or_else(|| stamp().0);
    let document = input::read_at(&args.file, &args.hosts, screen)?;
    let question = input::question(&document, &args.hosts, Use::Request, screen)?;
    let from = observing::all_given(&args.from, screen)?;
    let kept = match &args.history {
        Some(folder) => observing::snapshots(folder, screen)?,
        None => Vec::new(),
    };
    let (measured, formats) = measured(args, &from, &kept, screen)?;
    let said = observing::said(&args.observing)?;
    let names = observing::names(&question.layout, &said, &args.observing)?;
    observing::are_heard(&said, &measured.iter().map(|it| &*it.name).collect())?;
    let reckoning = observing::reckoning(&args.observing, args.memory_headroom);
    let proposal = propose(&question.layout, &names, measured.iter(), reckoning);
    if proposal.sized.is_empty() {
        bail!("{}", nothing(&proposal, measured.len()));
    }
    let asked = |options: &bayplan::solve::Options| rightsize(&question, proposal.clone(), options);
    let answer = search::search(&args.searching, screen, start, 2, asked).map_err(|error| match error {
        RightsizeError::Change(error) => anyhow!(
            "what is proposed cannot be asked for: {error}\n\nhelp: check what was measured, and `--memory-headroom`"
        ),
        RightsizeError::Refuted(refuted) => screen.refuted(&refuted, None),
    })?;
    if let Target::File(file) = &target {
        let seen = Seen { tool: tools(&formats), date };
        let text = written(&document, &question.layout, &answer, &seen, args, screen)?;
        file.write(&text)?;
    }
    if let Some(folder) = &args.history {
        keep(folder, &from, &kept, screen)?;
    }
    screen.answer(
        &Target::Stdout,
        args.answering.format,
        || pages::rightsize(&question.layout, &answer),
        || json::rightsize(&question.layout, &answer, args.answering.timing(start)),
    )?;
    Ok(answer.fits().map_or(Exit::Unknown, Exit::from_answer))
}

/// All that was measured: in the files named, and in the snapshots that were kept.
fn measured(
    args: &args::Rightsize,
    from: &[Given],
    kept: &[Given],
    screen: &Screen,
) -> anyhow::Result<(Vec<bayplan::import::found::Measured>, Vec<Format>)> {
    let (mut measured, mut formats) = (Vec::new(), Vec::new());
    // What is kept already counts once.
    let is_new = |one: &&Given| from.iter().all(|given| given.bytes != one.bytes);
    // The texts are let go one after another.
    let mut add = |read: Read| {
        measured.extend(read.found.measured);
        formats.push(read.format);
    };
    for one in kept.iter().filter(is_new) {
        observing::read_kept(one, &args.observing, screen)?.into_iter().for_each(&mut add);
    }
    if !from.is_empty() {
        add(observing::read(from.to_vec(), &args.observing, screen)?);
    }
    if formats.is_empty() {
        bail!("there is nothing to read\n\nhelp: `--from FILE` names what was measured");
    }
    formats.sort_by_key(|format| format.name());
    formats.dedup();
    Ok((measured, formats))
}

/// Why nothing can be proposed.
fn nothing(proposal: &Proposal, measured: usize) -> String {
    match (measured, proposal.strangers.first()) {
        (0, _) => "nothing is measured in what was read\n\nhelp: give what `docker stats --no-stream --format json`, \
                   `podman stats` or Prometheus say"
            .to_owned(),
        (_, Some(first)) => format!(
            "none of {} means a container of the document: {} does not, say\n\nhelp: `--startup NAME` says whose they are, \
             `--match NAME=ID` who one is",
            count_of(proposal.strangers.len(), "name"),
            bayplan::diagnostic::quoted(&first.name)
        ),
        (_, None) => {
            "nothing is measured of what hosts have a budget of\n\nhelp: give hosts `cpu` and `memory`".to_owned()
        }
    }
}

/// `docker-stats`, `docker-stats and prometheus`.
fn tools(formats: &[Format]) -> String {
    formats.iter().map(|format| format.name()).collect::<Vec<_>>().join(" and ")
}

/// The document with what was observed and what is proposed, read back.
fn written(
    document: &Document,
    layout: &Layout,
    answer: &Rightsize,
    seen: &Seen,
    args: &args::Rightsize,
    screen: &Screen,
) -> anyhow::Result<String> {
    let settings: Settings = answer.proposal.settings(layout, seen, !args.only_observed);
    let working_directory = input::working_directory();
    let path = args.answering.writing.output.as_deref().unwrap_or(input::STDIN_NAME);
    let target = Destination { path, working_directory: working_directory.as_deref() };
    let help = "help: write the containers plainly, without anchors and aliases";
    let set = document
        .text_with_set(&settings, target)
        .ok_or_else(|| anyhow!("`{}` is not written: what was measured cannot be set there\n\n{help}", plain(path)))?;
    for at in &set.left {
        let name = document.sources().get(at.file as usize).map_or("", |source| source.name.as_str());
        let why = if at.file == 0 {
            "what is written there does not take it by itself: an alias, say, or amounts by phase"
        } else {
            "it stands in a file that this one extends: rightsize that"
        };
        screen.note(&format!("{}:{} is left as it is: {why}", plain(name), at.line));
    }
    if set.left.len() == settings.len() {
        bail!("`{}` is not written: nothing could be set\n\n{help}", plain(path));
    }
    let read = Document::from_bytes(path, set.text.as_bytes(), &input::Disk);
    let read = read.and_then(|read| match document.phase() {
        Some(phase) => read.at(phase).resolve(),
        None => read.resolve(),
    });
    let read = read.map_err(|problems| screen.problems(&problems))?.layout;
    // What was set asks for what is proposed, and nothing else changed.
    let wanted = if args.only_observed { layout } else { &answer.layout };
    let same = layout.demand.services.iter().zip(&wanted.demand.services).zip(&read.demand.services).all(
        |((before, wanted), read)| {
            let meant = if set.left.contains(&before.at) { before } else { wanted };
            let values = |service: &bayplan::model::Service| -> Vec<u64> {
                service.request.iter().map(|amount| amount.value).collect()
            };
            values(meant) == values(read)
        },
    );
    if !same || read.demand.services.len() != layout.demand.services.len() {
        bail!("`{}` is not written: read again, it would ask for something else\n\n{help}", plain(path));
    }
    Ok(set.text)
}

/// Keeps what was read in a folder, under the time; what is there already is not kept twice.
fn keep(folder: &str, from: &[Given], kept: &[Given], screen: &Screen) -> anyhow::Result<()> {
    if from.is_empty() {
        return Ok(());
    }
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make the folder `{}`", plain(folder)))?;
    let (_, time) = stamp();
    for given in from.iter().filter(|given| kept.iter().all(|kept| kept.bytes != given.bytes)) {
        let ending = Path::new(&given.name).extension().and_then(|it| it.to_str());
        let ending = ending.filter(|it| it.chars().all(|c| c.is_ascii_alphanumeric())).unwrap_or("json");
        let Ok(text) = std::str::from_utf8(&given.bytes) else {
            bail!("`{}` is no text\n\nhelp: without `--history` it is not kept", plain(&given.name))
        };
        let path = (1..)
            .map(
                |number: u32| {
                    if number == 1 { format!("{time}.{ending}") } else { format!("{time}-{number}.{ending}") }
                },
            )
            .map(|name| Path::new(folder).join(name))
            .find(|path| !path.exists());
        let path = path.and_then(|path| path.to_str().map(str::to_owned));
        let path = path.ok_or_else(|| anyhow!("the folder `{}` has a name that is no text", plain(folder)))?;
        FileTarget::new(&path, false, &[])?.write(text)?;
        screen.note(&format!("kept as `{}`", plain(&path)));
    }
    Ok(())
}

/// Today, `2026-11-30`, and now, `2026-11-30T201500Z`, by the clock of this machine, in UTC.
fn stamp() -> (String, String) {
    let seconds = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs());
    let date = date(seconds / 86_400);
    let (hours, minutes, rest) = (seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    let time = format!("{date}T{hours:02}{minutes:02}{rest:02}Z");
    (date, time)
}

/// The date so many days after the first of January 1970: eras of 400 years, which begin in March.
fn date(days: u64) -> String {
    let since = days + 719_468;
    let (era, day) = (since / 146_097, since % 146_097);
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    let month = (5 * day + 2) / 153;
    let day = day - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = era * 400 + year + u64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[cfg(test)]
mod tests {
    use super::date;

    #[test]
    fn days_are_dates() {
        for (days, is) in [
            (0, "1970-01-01"),
            (58, "1970-02-28"),
            (59, "1970-03-01"),
            (789, "1972-02-29"),
            (11_016, "2000-02-29"),
            (20_787, "2026-11-30"),
            (47_540, "2100-02-28"),
            (47_541, "2100-03-01"),
        ] {
            assert_eq!(date(days), is);
        }
    }
}
