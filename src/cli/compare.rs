//! `bayplan compare`: which of two arrangements is better?

use std::path::Path;
use std::time::Instant;

use bayplan::compare::{Side, compare, smallest_of_both};
use bayplan::document::{Document, Newcomers};
use bayplan::model::{ChangeError, Like, Placement};
use bayplan::plan::{self, Plan, Room};
use bayplan::question::Question;
use bayplan::report::{json, pages, text};
use bayplan::solve::{Options, Status};

use super::args;
use super::exit::Exit;
use super::output::Target;
use super::screen::Screen;
use super::{input, search};

/// A document, what it says, and the placement to judge it by.
struct Read {
    document: Document,
    question: Question<'static>,
    placement: Placement,
}

/// Answers on standard output or in the file that the arguments name.
pub fn run(args: &args::Compare, screen: &Screen, start: Instant) -> anyhow::Result<Exit> {
    let inputs = [args.a.as_str(), args.b.as_str()];
    input::once_from_stdin(&inputs)?;
    let target = Target::new(&args.answering.writing, &inputs)?;
    let a = read(&args.a, args, screen, start)?;
    let b = read(&args.b, args, screen, start)?;

    let [a_name, b_name] = names(inputs);
    let a_side = Side { name: &a_name, layout: &a.question.layout, placement: &a.placement };
    let b_side = Side { name: &b_name, layout: &b.question.layout, placement: &b.placement };
    let smallest = smallest_of_both(&a_side, &b_side);
    let both = [&a, &b].map(|side| room(side, smallest.as_deref(), args, screen, start));
    let [a_room, b_room] = both;
    let room = [a_room?, b_room?];
    let comparison = compare(&a_side, &b_side, room);
    screen.answer(
        &target,
        args.answering.format,
        || pages::compare(&comparison),
        || json::compare(&comparison, args.answering.timing(start)),
    )?;
    Ok(Exit::from_answer(comparison.is_same()))
}

fn read(path: &str, args: &args::Compare, screen: &Screen, start: Instant) -> anyhow::Result<Read> {
    let document = input::read_at(path, &args.hosts, screen)?;
    let question = input::question(&document, &args.hosts, args.gating.gate, screen)?;
    let placement = match &question.layout.placement {
        Some(placement) => placement.clone(),
        None => {
            // What is compared and how much room is left comes after it.
            let plan = search::planned(&args.searching, screen, start, 2, &question)?;
            screen.note(&format!("`{}` has no placement; {}", text::clean(path), planned_instead(&plan)));
            plan.placement
        }
    };
    Ok(Read { document, question, placement })
}

fn planned_instead(plan: &Plan) -> String {
    match plan.status {
        Status::Optimal | Status::Feasible => "it was planned".to_owned(),
        Status::Infeasible => {
            format!("not everything fits, and {} left out", text::count_of(plan.unplaced.len(), "container"))
        }
        Status::Unknown => "and no plan was found before the time limit".to_owned(),
    }
}

/// How many more of the stack that the arguments name fit, or else like the startup that is the smallest of both.
fn room(
    side: &Read,
    smallest: Option<&str>,
    args: &args::Compare,
    screen: &Screen,
    start: Instant,
) -> anyhow::Result<Option<Room>> {
    let Read { document, question, placement } = side;
    let layout = &question.layout;
    let (newcomers, like) = match (&args.stack, smallest) {
        (Some(stack), _) => {
            let position = layout.stacks.iter().position(|known| known.name == *stack);
            (Newcomers::OfStack(stack.clone(), 1), position.map(Like::Stack))
        }
        (None, Some(startup)) => {
            let position = layout.demand.startups.iter().position(|known| known.name == startup);
            (Newcomers::Like(startup.to_owned(), 1), position.map(Like::Startup))
        }
        (None, None) => return Ok(None),
    };
    // The document knows how to say what is wrong with it.
    let wrong = |error: ChangeError| match document.with(&newcomers).and_then(|(with, _)| with.resolve()) {
        Err(problems) => screen.problems(&problems),
        Ok(_) => error.into(),
    };
    let like = like.ok_or(ChangeError::Unknown).map_err(wrong)?;
    let room = |options: &Options| plan::room(question, placement, like, options);
    search::search(&args.searching, screen, start, 2, room).map_err(wrong)
}

/// What the two are called: the files' names without folder and ending, or all of it where that is the same.
fn names(paths: [&str; 2]) -> [String; 2] {
    let stem = |path: &str| match path {
        input::STDIN => "<stdin>".to_owned(),
        path => Path::new(path).file_stem().map_or_else(|| path.to_owned(), |stem| stem.to_string_lossy().into_owned()),
    };
    let [a, b] = paths;
    if stem(a) == stem(b) { [a.to_owned(), b.to_owned()] } else { [stem(a), stem(b)] }
}

#[cfg(test)]
mod tests {
    use super::names;

    #[test]
    fn names_are_short_where_they_differ() {
        assert_eq!(names(["layouts/a.yaml", "-"]), ["a", "<stdin>"]);
        assert_eq!(names(["x/a.yaml", "y/a.yaml"]), ["x/a.yaml", "y/a.yaml"]);
        assert_eq!(names(["..", "b"]), ["..", "b"]);
    }
}
