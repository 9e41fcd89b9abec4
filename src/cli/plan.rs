//! `bayplan plan`: where should everything go?

use std::io::{self, Write};
use std::time::Instant;

use anyhow::anyhow;
use bayplan::document::{self, Document};
use bayplan::model::Layout;
use bayplan::plan::{self, Plan, Wanted};
use bayplan::report::pages::Details;
use bayplan::report::{json, pages, text};
use bayplan::solve::{Options, Status};
use serde::Serialize;

use super::args::{self, Format};
use super::exit::Exit;
use super::output::{FileTarget, Target};
use super::screen::Screen;
use super::{apply, input, search};

/// Larger certificates are not written, in bytes.
const LARGEST_PROOF: u64 = 100_000_000;

const ANOTHER: &str = "help: name another file for one of them";

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::Plan, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let target = Target::new(&args.answering.writing, &[&args.file])?;
    let save = args.save.as_deref().map(|path| save_target(path, args, &target)).transpose()?;
    let proof = args.proof.as_deref().map(|path| proof_target(path, args, &target)).transpose()?;
    if let (Some((save, _)), Some(proof)) = (&save, &proof) {
        anyhow::ensure!(!save.is_same(proof), "`--save` and `--proof` name the same file\n\n{ANOTHER}");
    }
    let document = input::read_at(&args.file, &args.hosts, screen)?;
    let said = document.says();
    let mut question =
        input::question(&document, &args.hosts, args.gating.gate, screen)?.said_by(&said).within_moves(args.max_moves);
    (question.keep, question.partial, question.least_gain) = (args.keep, args.partial, args.min_gain);
    let layout = &question.layout;
    if args.keep && layout.placement.is_none() {
        screen.note("the document has no placement that `--keep` could keep");
    }
    if args.max_moves.is_some() && layout.placement.is_none() {
        screen.note("the document has no placement: nothing runs yet that `--max-moves` could count");
    }
    if args.min_gain.is_some() && layout.placement.is_none() {
        screen.note("the document has no placement: nothing runs yet that `--min-gain` could leave as it is");
    }
    if args.moves && layout.placement.is_none() {
        screen.note("the document has no placement: nothing runs yet that could move");
    }
    let costs = args.costs || args.answering.format != Format::Table;
    let wanted = Wanted { changes: true, steps: args.moves, costs, room: true, remedies: true };
    let planned = search::search(&args.searching, screen, start, 1, |options| {
        plan::plan(&question, wanted, &Options { certify: args.proof.is_some(), ..*options })
    });
    let plan = planned.map_err(|refuted| screen.refuted(&refuted, Some(layout)))?;

    if let Some((save, name)) = save {
        if plan.status.fits() {
            let working_directory = input::working_directory();
            let target = document::Destination { path: &name, working_directory: working_directory.as_deref() };
            let saved = document.text_with_placement(layout, &plan.placement, target);
            save.write(&read_back(saved, &name, &document, layout, &plan)?)?;
        } else {
            let name = text::plain(&name);
            screen.note(&format!("`{name}` is not written: there is no plan to save"));
        }
    }
    if let (Some(proof), Some(path)) = (&proof, &args.proof)
        && let Err(reason) = write_proof(proof, &plan)?
    {
        screen.note(&format!("`{}` is not written: {reason}", text::plain(path)));
    }
    if let Some(number) = args.apply {
        let fits = plan.status.fits();
        return apply::apply(number, &plan.remedies, fits, &document, &args.answering.writing, &target, screen);
    }
    screen.answer(
        &target,
        args.answering.format,
        || pages::plan(layout, &plan, Details { explain: args.explain, summary: args.summary }),
        || json::plan(layout, &plan, args.answering.timing(start)),
    )?;
    Ok(exit(&plan))
}

/// What is to be saved, once it was read as the document and the placement that it is to be.
fn read_back(
    saved: Option<String>,
    name: &str,
    document: &Document,
    layout: &Layout,
    plan: &Plan,
) -> anyhow::Result<String> {
    let reads = |text: &String| {
        let again = Document::from_bytes(name, text.as_bytes(), &input::Disk);
        let again = again.map(|again| document.phase().map_or_else(|| again.clone(), |phase| again.clone().at(phase)));
        again.and_then(|again| again.resolve()).is_ok_and(|again| {
            let same = again.layout.demand.containers.len() == layout.demand.containers.len();
            same && again.layout.placement.as_ref() == Some(&plan.placement)
        })
    };
    saved.filter(reads).ok_or_else(|| {
        let name = text::plain(name);
        anyhow!("`{name}` is not written: read again, it would not say the same\n\nhelp: write `placement` and `extends` plainly, without anchors and aliases")
    })
}

/// Writes the certificate, or says why there is none.
fn write_proof(target: &Target, plan: &Plan) -> anyhow::Result<Result<(), String>> {
    let Some(certificate) = &plan.certificate else {
        let why = match plan.status {
            Status::Infeasible => "certificates do not speak of losses, `at-most` and `spread`; the verdict stands",
            _ => "nothing is claimed that could be proven",
        };
        return Ok(Err(why.to_owned()));
    };
    let kind = plan.proof.kind;
    let length = match length_of(certificate, LARGEST_PROOF) {
        Ok(length) => length,
        Err(error) if error.is_io() => {
            let megabytes = LARGEST_PROOF / 1_000_000;
            return Ok(Err(format!("the proof ({kind}) would take more than {megabytes} MB; the verdict stands")));
        }
        // What was proven when the time ended may not have been written down by then.
        Err(_) => return Ok(Err(format!("the time ended before the proof ({kind}) was; the verdict stands"))),
    };
    let mut text = Vec::with_capacity(usize::try_from(length).unwrap_or(0) + 1);
    serde_json::to_writer(&mut text, certificate)?;
    text.push(b'\n');
    target.write(&String::from_utf8(text)?)?;
    Ok(Ok(()))
}

/// How many bytes `value` takes in JSON, counted without keeping them.
///
/// # Errors
/// One of writing where they are more than `most`, and where it has no form in JSON.
fn length_of(value: &impl Serialize, most: u64) -> serde_json::Result<u64> {
    let mut counter = Counter { left: most };
    serde_json::to_writer(&mut counter, value).map(|()| most - counter.left)
}

/// Counts what is written, up to so many bytes.
struct Counter {
    left: u64,
}

impl Write for Counter {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let left = self.left.checked_sub(bytes.len() as u64);
        self.left = left.ok_or_else(|| io::Error::from(io::ErrorKind::FileTooLarge))?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Where the certificate goes.
fn proof_target(path: &str, args: &args::Plan, target: &Target) -> anyhow::Result<Target> {
    if path == input::STDIN {
        anyhow::ensure!(
            !target.is_stdout(),
            "both the plan and its proof would go to standard output\n\nhelp: name a file after `--proof`, or after `-o`"
        );
        return Ok(Target::Stdout);
    }
    let proof = FileTarget::new(path, args.answering.writing.force, &[&args.file])?;
    anyhow::ensure!(!proof.is_same(target), "`--proof` and `--output` name the same file\n\n{ANOTHER}");
    Ok(Target::File(proof))
}

/// The file to save to, with the name that relative paths in the document are relative to.
fn save_target(path: &str, args: &args::Plan, target: &Target) -> anyhow::Result<(FileTarget, String)> {
    anyhow::ensure!(path != input::STDIN, "`--save` writes into a file, and `-` is none\n\nhelp: name a file");
    let save = FileTarget::new(path, args.answering.writing.force, &[&args.file])?;
    anyhow::ensure!(!save.is_same(target), "`--save` and `--output` name the same file\n\n{ANOTHER}");
    Ok((save, path.to_owned()))
}

fn exit(plan: &Plan) -> Exit {
    match plan.status {
        Status::Optimal | Status::Feasible => Exit::from_answer(plan.unplaced.is_empty()),
        Status::Infeasible => Exit::No,
        Status::Unknown => Exit::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_of_what_is_too_long_is_not_counted_to_the_end() {
        struct Endless;
        impl Serialize for Endless {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_seq(std::iter::repeat("more"))
            }
        }
        assert!(length_of(&Endless, 1_000_000).is_err_and(|error| error.is_io()));
        assert!(length_of(&[10, 20], 7).is_ok_and(|length| length == 7));
        assert!(length_of(&[10, 20], 6).is_err_and(|error| error.is_io()));
    }
}
