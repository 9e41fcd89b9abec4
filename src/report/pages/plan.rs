//! A plan: what goes where, what is proven and what is left; or why there is none.

use std::collections::BTreeSet;

use super::{Details, check, costs, hosts, moves, refusals, survival, targets, titled, why, wishes};
use crate::model::{ContainerIndex, Goal, Layout, ServiceIndex, StartupIndex};
use crate::plan::{Plan, PriorityResult, Room};
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Says, Table, Text, Tone};
use crate::report::summary;
use crate::report::text::{count, count_of, plain};
use crate::solve::{GoalResult, Method, Status};

/// On a narrower screen a bound that is as good as reached goes unsaid.
const WIDE: usize = 50;

/// The whole answer, with the details that are asked for.
pub fn plan(layout: &Layout, plan: &Plan, details: Details) -> Page {
    let mut page = titled(layout, "Plan");
    page.gap().join(body(layout, plan, details, layout.totals(), Page::default()));
    if details.explain {
        page.gap().join(explained(plan));
    }
    page
}

/// How it was proven, for those who want to know.
fn explained(plan: &Plan) -> Page {
    let mut page = Page::default();
    page.section("how that was proven", "How that was proven");
    let goal = |result: &GoalResult| format!("{}: {}", result.goal.name(), method(result.by));
    let mut said: Vec<String> = plan.goals.iter().map(goal).collect();
    if said.is_empty() {
        said.push(plan.proof.kind.to_owned());
    }
    said.extend(plan.class_lp.map(|bound| {
        let percent = bound * 100.0;
        format!("of some resource at least {percent:.1} % of what there is is asked for, however containers are cut (class LP)")
    }));
    said.push("`--proof FILE` writes it down, `bayplan check --proof FILE` verifies it".to_owned());
    for line in said {
        page.add(Says::new(line, 2));
    }
    page
}

fn method(by: Method) -> &'static str {
    match by {
        Method::None => "not proven",
        Method::Rules => "by the rules alone",
        Method::Volume => "by adding up what is asked and what there is",
        Method::Duals => "by the class LP: weights of the resources, checked in whole numbers",
        Method::Patterns => "by column generation over the contents of hosts, its weights checked in whole numbers",
        Method::Cases => "by cases, each refuted by weights that were checked in whole numbers",
        Method::Search => "by search through all arrangements",
    }
}

/// All but the title; `instead` follows the answer where it is no. A terminal has the evidence, and why not all is
/// placed, below the arrangement; Markdown above.
pub(super) fn body(
    layout: &Layout,
    plan: &Plan,
    details: Details,
    totals: (Vec<u64>, Vec<u64>),
    instead: Page,
) -> Page {
    let no = plan.status == Status::Infeasible;
    let evidence = evidence(layout, plan);
    let mut refused = Page::default();
    if !plan.refusals.is_empty() {
        refused.only(Only::Markdown, Block::heading("Why not")).gap().join(refusals::refusals(layout, &plan.refusals));
    }
    let mut page = claim(layout, plan);
    page.gap().join_only(Only::Markdown, evidence.clone());
    if no {
        page.gap().join(instead).gap();
        if let Some(found) = &plan.why {
            page.add(why::blame(layout, found));
        }
        page.add(why::totals(layout, totals)).gap().join(why::remedies(&plan.remedies));
        page.gap().join_only(Only::Terminal, refused.clone());
    }
    page.gap().join_only(Only::Markdown, refused.clone());
    if plan.placement.placed().next().is_some() {
        if no {
            page.gap().only(Only::Terminal, Says::new(most_that_fits(layout, plan), 0));
        }
        page.gap().join(hosts::hosts(layout, &plan.hosts, details));
    }
    if !plan.fewer.is_empty() {
        let words = |&(service, run, of): &(ServiceIndex, usize, usize)| {
            format!("runs {run} of {of} of `{}`", layout.service_id(service))
        };
        page.gap().add(Says::new(plan.fewer.iter().map(words).collect::<Vec<_>>().join("; "), 0));
    }
    if !plan.unplaced.is_empty() && plan.status != Status::Unknown {
        page.gap().join(check::unplaced(layout, &plan.unplaced));
    }
    if !no {
        page.gap().join_only(Only::Terminal, refused);
    }
    if plan.status.fits() {
        page.gap().join_only(Only::Terminal, evidence);
    }
    if !no {
        page.gap().join(targets::targets(layout, &plan.placement));
        page.gap().join(wishes::wishes(layout, &plan.placement));
    }
    if let Some(found) = &plan.survival {
        page.gap().join(survival::survival(layout, &plan.placement, found));
    }
    if let Some(costs) = &plan.costs {
        page.gap().join(costs::costs(layout, costs));
    }
    if let Some(declined) = &plan.declined {
        page.gap().add(Says::new("nothing changes; the plan that is declined:", 0));
        page.join(moves::changes(layout, declined));
    } else if let Some(changes) = &plan.changes {
        // The steps that were asked for have the moves.
        page.gap();
        match plan.steps {
            Some(_) if (changes.moves, changes.starts, changes.stops) == (0, 0, 0) => &mut page,
            Some(_) => page.add(Says::new(moves::changed(layout, changes), 0)),
            None => page.join(moves::changes(layout, changes)),
        };
    }
    if let Some(steps) = &plan.steps {
        page.gap().join(moves::steps(layout, steps));
    }
    // A terminal has no evidence where nothing is planned.
    if let (Some(said), Status::Infeasible | Status::Unknown) = (summary::grounds(layout), plan.status) {
        page.gap().only(Only::Terminal, Says::new(said, 2));
    }
    page
}

fn claim(layout: &Layout, plan: &Plan) -> Page {
    let placed = summary::placed(layout, &plan.placement);
    let rest = plan.proof.sentence.clone();
    let mut page = Page::default();
    let (tone, claim, gap) = match plan.status {
        Status::Infeasible => (Tone::Bad, format!("no: {}", placed.not_all()), ". "),
        Status::Unknown => (Tone::Warn, "unknown".to_owned(), ": "),
        Status::Optimal | Status::Feasible => {
            // A terminal has the proof below the arrangement.
            let claim = placed.on_hosts();
            page.only(
                Only::Terminal,
                match plan.unplaced.is_empty() {
                    true => Block::claim(Tone::Good, &claim),
                    false => Block::claim(Tone::Warn, &format!("{}: {claim}", placed.of_all_startups())),
                },
            );
            page.only(Only::Markdown, Block::Claim { tone: Tone::Good, claim, gap: "", rest });
            return page;
        }
    };
    page.add(Block::Claim { tone, claim, gap, rest });
    page
}

/// What is proven, how good it is in each goal, and what is left.
fn evidence(layout: &Layout, plan: &Plan) -> Page {
    let mut page = Page::default();
    page.only(Only::Terminal, Says::new(&plan.proof.sentence, 0));
    if !plan.goals.is_empty() {
        page.add(goals(layout, &plan.goals));
    }
    let priority = match plan.status {
        Status::Infeasible => Some(most_that_fits(layout, plan)),
        _ => plan.priority.map(priority),
    };
    let room = match &plan.rooms[..] {
        [] | [_] => plan.room.as_ref().map(|it| format!("room left: {}", room(it))),
        several => Some(format!(
            "room left: {}, as things stand",
            several.iter().map(kind_of_room).collect::<Vec<_>>().join(", ")
        )),
    };
    for said in [priority, room, summary::grounds(layout)].into_iter().flatten() {
        page.add(Says::new(said, 2));
    }
    page
}

fn goals(layout: &Layout, goals: &[GoalResult]) -> Table {
    let columns = [
        Column::words("goal"),
        Column::figures("value"),
        Column::words("").only(Only::Wide(WIDE)),
        Column::words("").only(Only::Narrow(WIDE)),
        Column::figures("bound").only(Only::Markdown),
        Column::words("proven").only(Only::Markdown),
    ];
    let mut table = Table::headless(2, columns);
    for result in goals {
        let (value, bound) = match result.goal {
            Goal::LeastCarried(_) => (layout.say(result.goal, result.value), layout.say(result.goal, result.bound)),
            _ => (summary::goal_value(result.value), summary::goal_bound(result.bound)),
        };
        let tone = if result.proven { Tone::Good } else { Tone::Warn };
        let (wide, narrow) = match (result.proven, summary::gap(result.value, result.bound)) {
            (true, _) if result.value == result.bound => ("proven".to_owned(), "proven".to_owned()),
            (true, _) => (format!("proven, bound {bound}"), "proven".to_owned()),
            (false, None) => (format!("bound {bound}"), format!("bound {bound}")),
            (false, Some(gap)) => (format!("bound {bound}, gap {gap}"), format!("bound {bound}")),
        };
        let [wide, narrow] = [wide, narrow].map(|said| Text::from(said).toned(tone));
        let [value, bound] = [value, bound].map(Text::from);
        let proven = if result.proven { "yes" } else { "no" };
        table.row([Text::from(result.goal.name()), value, wide, narrow, bound, Text::from(proven)]);
    }
    table
}

/// What `--partial` reached.
fn priority(result: PriorityResult) -> String {
    let PriorityResult { placed, bound, total } = result;
    let proof =
        if placed >= bound { "no arrangement places more".to_owned() } else { format!("at most {bound} can be") };
    format!("priority placed: {placed} of {total}; {proof}")
}

/// Above the arrangement that shows how much fits where not all does, and which startups are not placed whole.
fn most_that_fits(layout: &Layout, plan: &Plan) -> String {
    if plan.proof.kind == "moves" {
        let before = layout.placement.iter();
        let moves = before.map(|before| before.moves_to(&plan.placement).count()).sum();
        return format!("all fit after {}:", count_of(moves, "move"));
    }
    let startups = summary::placed(layout, &plan.placement).of_all_startups();
    let most = match plan.priority {
        Some(PriorityResult { placed, bound, total }) if placed >= bound => {
            format!("the most that fits, proven: {startups} (priority {placed} of {total})")
        }
        Some(PriorityResult { placed, bound, total }) => {
            format!("the most found to fit: {startups} (priority {placed} of {total}, at most {bound})")
        }
        None => format!("the most found to fit: {startups}"),
    };
    // Where a replica of each container runs, the startup runs.
    let services = &layout.demand.services;
    let has = |service: usize| services[service].containers.clone().any(|it| plan.placement.host_of[it].is_some());
    let of = |container: &ContainerIndex| layout.demand.startup_of(*container);
    let unplaced: BTreeSet<StartupIndex> = plan.unplaced.iter().map(of).collect();
    let (thin, left): (Vec<StartupIndex>, Vec<StartupIndex>) =
        unplaced.into_iter().partition(|&startup| layout.demand.startups[startup].services.clone().all(has));
    let said = |what: &str, startups: &[StartupIndex]| match startups {
        [] => String::new(),
        some => format!("; {what}: {}", content::names(layout, some)),
    };
    most + &said("left out", &left) + &said("with fewer replicas", &thin)
}

/// `6 more like `web``, one of several kinds.
fn kind_of_room(room: &Room) -> String {
    let of = plain(&room.of);
    match (room.count, room.proven) {
        (0, true) => format!("none like `{of}`"),
        (0, false) => format!("no place found for one like `{of}`"),
        (count, true) => format!("{count} more like `{of}`"),
        (count, false) => format!("at least {count} more like `{of}`"),
    }
}

/// How many more fit.
fn room(room: &Room) -> String {
    let of = plain(&room.of);
    let more = count(room.count, "more startup");
    match (room.count, room.proven) {
        (0, true) => format!("no further startup like `{of}` fits as things stand"),
        (0, false) => format!("no place was found for a further startup like `{of}`"),
        (_, true) => format!("{more} like `{of}` as things stand, proven"),
        (_, false) => format!("at least {more} like `{of}` as things stand"),
    }
}
