//! What is asked of the text, as the command line asks it of the file.

use serde::Serialize;

use super::request::Request;
use super::session::Names;
use super::{Refused, Session, scene};
use crate::check::{Violation, check};
use crate::compare::{Side, compare, smallest_of_both};
use crate::document::{Newcomers, Supposed, suppose};
use crate::fit::{FitError, fit};
use crate::model::{Layout, Like, Placement, Spot};
use crate::plan::{Refuted, Wanted, checked, plan, room};
use crate::question::{Arrivals, Question};
use crate::report::json;
use crate::solve::Options;
use crate::what_if::{WhatIfError, from_plan, what_if};

/// The answer to a question, which changes nothing.
///
/// # Errors
/// Why there is none.
pub fn answer(session: &Session, request: Request, options: &Options) -> Result<String, Refused> {
    match request {
        Request::Spots { containers } => spots(session, &containers),
        Request::Check => judged(Question::about(session.layout().clone()), options),
        Request::Survive { hosts, labels } => survives(session, hosts, &labels, options),
        Request::Plan { keep, moves } => planned(session, keep, moves, options),
        Request::Fit { stack, count, startup } => fits(session, stack, count, startup, options),
        Request::WhatIf { lose, drain, add, grow, without } => {
            let grow = grow.into_iter().map(|(pattern, resource, by)| Supposed::Grow { pattern, resource, by });
            let lose = lose.into_iter().map(Supposed::Lose);
            let drain = drain.into_iter().map(Supposed::Drain);
            let add = add.into_iter().map(|(kind, count)| Supposed::AddHost(kind, count));
            let without = without.into_iter().map(Supposed::Without);
            let supposed: Vec<Supposed> = lose.chain(drain).chain(add).chain(grow).chain(without).collect();
            supposing(session, &supposed, options)
        }
        Request::Compare { with } => compared(session, with.as_deref(), options),
        Request::Text => Ok(text(session)),
        Request::Look => Ok(scene::look()),
        _ => Ok(scene::state(session)),
    }
}

fn refuted(refuted: &Refuted) -> Refused {
    let codes: Vec<&str> = refuted.violations.iter().map(|it| it.kind.code()).collect();
    let message = "the answer was found but is wrong: the referee refuted the solver";
    json::error(
        "refuted",
        &format!("{message}: {}\n\nhelp: this is a bug of bayplan; please report it", codes.join(", ")),
    )
}

fn judged(question: Question, options: &Options) -> Result<String, Refused> {
    let layout = &question.layout;
    let nothing = Placement::empty(layout.demand.containers.len());
    let placement = layout.placement.as_ref().unwrap_or(&nothing);
    let found = checked(layout, placement, true, options).map_err(|error| refuted(&error))?;
    Ok(json::check(layout, placement, &found.hosts, &found.violations, &found.outlook, None))
}

fn survives(session: &Session, hosts: usize, labels: &[String], options: &Options) -> Result<String, Refused> {
    let asked = Question::about(session.layout().clone()).surviving(hosts, labels);
    let said = |(message, help)| json::error("survive", &format!("{message}\n\nhelp: {help}"));
    judged(asked.map_err(said)?, options)
}

fn planned(session: &Session, keep: bool, moves: bool, options: &Options) -> Result<String, Refused> {
    let said = session.document().says();
    let mut question = Question::about(session.layout().clone()).said_by(&said);
    question.keep = keep;
    let wanted = Wanted { changes: true, steps: moves, costs: true, room: true, remedies: true };
    let plan = plan(&question, wanted, options).map_err(|error| refuted(&error))?;
    Ok(json::plan(&question.layout, &plan, None))
}

fn fits(
    session: &Session,
    stack: Option<String>,
    count: Option<u32>,
    startup: Option<String>,
    options: &Options,
) -> Result<String, Refused> {
    let alike = stack.is_some();
    let (document, names) = match (stack, startup) {
        (Some(stack), None) => {
            let newcomers = Newcomers::OfStack(stack, count.unwrap_or(1));
            session.document().with(&newcomers).map_err(|problems| json::diagnostics(&problems))?
        }
        (None, Some(startup)) => (session.document().clone(), vec![startup]),
        _ => return Err(json::error("request", "say who comes: a `stack` or a `startup`")),
    };
    let layout = document.resolve().map_err(|problems| json::diagnostics(&problems))?.layout;
    let named = |name: &String| {
        let unknown = || json::error("unknown-startup", &format!("there is no startup {name:?} in this phase"));
        layout.demand.startups.iter().position(|startup| startup.name == *name).ok_or_else(unknown)
    };
    let startups = names.iter().map(named).collect::<Result<_, _>>()?;
    let said = document.says();
    let mut question = Question::about(layout).said_by(&said);
    question.arrivals = Some(Arrivals { startups, alike, evict: false });
    let found = fit(&question, options).map_err(|error| match error {
        FitError::Refuted(error) => refuted(&error),
        FitError::AlreadyPlaced(name) => json::error("already-placed", &format!("startup `{name}` is placed already")),
        FitError::Invalid(layout, violations) => {
            json::error("invalid-placement", &format!("the placement breaks a rule: {}", first(&violations, &layout)))
        }
    })?;
    Ok(json::fit(&found, None))
}

fn first(violations: &[Violation], layout: &Layout) -> String {
    violations.first().map_or_else(String::new, |it| it.message(layout))
}

fn supposing(session: &Session, supposed: &[Supposed], options: &Options) -> Result<String, Refused> {
    let said = session.document().says();
    let question = Question::about(session.layout().clone()).said_by(&said);
    let question = match question.layout.placement {
        Some(_) => question,
        None => {
            let plan = plan(&question, Wanted::default(), options).map_err(|error| refuted(&error))?;
            from_plan(question, plan)
        }
    };
    suppose(&question.layout, supposed).map_err(|problems| json::diagnostics(&problems))?;
    let of_layout = |layout: &Layout| suppose(layout, supposed).ok();
    let answer = what_if(&question, &of_layout, options).map_err(|error| match error {
        WhatIfError::Change(error) => json::error("change", &error.to_string()),
        WhatIfError::Refuted(error) => refuted(&error),
    })?;
    Ok(json::what_if(supposed, &answer, None))
}

fn compared(session: &Session, with: Option<&str>, options: &Options) -> Result<String, Refused> {
    let before = session.other(with)?;
    let a = Arranged::of(before, options)?;
    let b = Arranged::of(session.layout().clone(), options)?;
    let a_side = Side { name: with.unwrap_or("saved"), layout: &a.question.layout, placement: &a.placement };
    let b_side = Side { name: "now", layout: &b.question.layout, placement: &b.placement };
    let smallest = smallest_of_both(&a_side, &b_side);
    let room = |side: &Arranged| {
        let startups = &side.question.layout.demand.startups;
        let like = smallest.as_ref().and_then(|name| startups.iter().position(|startup| startup.name == *name));
        like.and_then(|like| room(&side.question, &side.placement, Like::Startup(like), options).ok().flatten())
    };
    Ok(json::compare(&compare(&a_side, &b_side, [room(&a), room(&b)]), None))
}

/// A document with the placement that it is judged by: its own, or one that was planned.
struct Arranged {
    question: Question<'static>,
    placement: Placement,
}

impl Arranged {
    fn of(layout: Layout, options: &Options) -> Result<Arranged, Refused> {
        let question = Question::about(layout);
        let placement = match &question.layout.placement {
            Some(placement) => placement.clone(),
            None => plan(&question, Wanted::default(), options).map_err(|error| refuted(&error))?.placement,
        };
        Ok(Arranged { question, placement })
    }
}

#[derive(Serialize)]
struct Spots {
    schema: &'static str,
    spots: Vec<Fit>,
}

#[derive(Serialize)]
struct Fit {
    /// A host, or a carrier.
    on: String,
    fits: bool,
    /// What the referee objects to that it did not before.
    why: Vec<String>,
}

/// What the referee says of each host and carrier, were these containers there together.
fn spots(session: &Session, ids: &[String]) -> Result<String, Refused> {
    let (layout, placement) = (session.layout(), session.placement());
    let containers = Names::of(layout).containers(ids)?;
    let lifted = placement.only(|it| !containers.contains(&it));
    let before = messages(layout, &lifted, &placement);
    let carriers = layout.demand.carriers().filter(|it| placement.host(*it).is_some() && !containers.contains(it));
    let spots = layout.lab.indices().map(Spot::Host).chain(carriers.map(Spot::Carrier));
    let fit = |spot: Spot| {
        let mut there = placement.clone();
        containers.iter().for_each(|&container| there.put(container, spot));
        there.settle();
        let mut why = messages(layout, &there, &placement);
        why.retain(|message| !before.contains(message));
        let on = match spot {
            Spot::Host(host) => layout.lab.hosts[host].name.clone(),
            Spot::Carrier(carrier) => layout.container_id(carrier),
        };
        Fit { on, fits: why.is_empty(), why }
    };
    Ok(json::write(&Spots { schema: "bayplan/desk-spots/1", spots: spots.map(fit).collect() }))
}

/// What the referee objects to, `now` being where everything runs.
fn messages(layout: &Layout, placement: &Placement, now: &Placement) -> Vec<String> {
    check(layout, placement, Some(now)).iter().map(|violation| violation.message(layout)).collect()
}

#[derive(Serialize)]
struct Text<'a> {
    schema: &'static str,
    file: &'a str,
    text: &'a str,
    /// What saving takes out and puts in, from the first line that differs to the last.
    line: usize,
    removed: Vec<&'a str>,
    added: Vec<&'a str>,
    /// The changes that are made, to be opened with again.
    changes: Vec<&'a super::Change>,
}

fn text(session: &Session) -> String {
    let [before, after] =
        [session.on_file(), session.text()].map(|text| text.split_inclusive('\n').collect::<Vec<_>>());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let ahead = before.iter().zip(&after).take_while(same).count();
    let rest = before.len().min(after.len()) - ahead;
    let behind = before.iter().rev().zip(after.iter().rev()).take(rest).take_while(same).count();
    json::write(&Text {
        schema: "bayplan/desk-text/1",
        file: session.file(),
        text: session.text(),
        line: ahead + 1,
        removed: before[ahead..before.len() - behind].to_vec(),
        added: after[ahead..after.len() - behind].to_vec(),
        changes: session.history().made().collect(),
    })
}
