//! The way from what runs now to a plan, step by step.

use crate::model::{ContainerIndex, Goal, GoalValue, Layout, Load, Spot};
use crate::moves::{Move, moving};
use crate::plan::{Changes, Gain, OrderVerdict, Pause, Steps};
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::summary;
use crate::report::text::{self, count, count_of};

/// What is known of how many moves it takes.
pub(super) const FEWEST: &str = "fewer will not do";
pub(super) const FOUND: &str = "fewer may do";
/// So many containers that stop are named.
const PAUSED: usize = 6;

/// What stops, what moves in which order, and what starts.
pub fn steps(layout: &Layout, steps: &Steps) -> Page {
    let mut page = Page::default();
    page.only(Only::Markdown, Block::heading("Moves"));
    page.join_only(Only::Terminal, by_host(layout, &steps.stops, "first stop on"));
    match steps.verdict {
        OrderVerdict::Fewest | OrderVerdict::Found => page.add(Says::new(heading(steps), 0)),
        OrderVerdict::Never | OrderVerdict::Unknown => page.verdict(Tone::Warn, &heading(steps)),
    };
    page.only(Only::Terminal, gaining(layout, &steps.moves, &steps.gains));
    page.join_only(Only::Terminal, by_host(layout, &steps.starts, "then start on"));
    if let Some(found) = &steps.pause {
        page.join(pause(layout, found));
    }
    let boxes = checklist(layout, steps);
    if !boxes.is_empty() {
        page.only(Only::Markdown, Block::List(boxes, true));
    }
    page
}

/// So many moves are listed beside what would change.
const LISTED: usize = 8;

/// What would change, how it can be reached and what is gained, in a line; below it the moves, unless they are many.
pub fn changes(layout: &Layout, changes: &Changes) -> Page {
    let mut page = Page::default();
    page.add(Says::new(changed(layout, changes), 0));
    let way = changes.way.as_ref().filter(|way| (1..=LISTED).contains(&way.moves.len()));
    if let Some(way) = way {
        page.add(gaining(layout, &way.moves, &way.gains));
    }
    let found = changes.way.as_ref().and_then(|way| way.pause.as_ref());
    if let Some(found) = found.filter(|found| found.moves.len() + found.stops.len() + found.starts.len() <= LISTED) {
        page.join(pause(layout, found));
    }
    page
}

/// `12 to move, 3 to start, 0 to stop; reachable in 14 valid steps (1.3 points of balance)`.
pub fn changed(layout: &Layout, changes: &Changes) -> String {
    let Changes { moves, starts, stops, way, gained, carried: _ } = changes;
    if (*moves, *starts, *stops) == (0, 0, 0) {
        return "nothing changes: all stays where it is".to_owned();
    }
    let reached = match way {
        _ if *moves == 0 => String::new(),
        Some(Steps { verdict: OrderVerdict::Fewest | OrderVerdict::Found, moves, .. }) => {
            // Carriers that start or stop on the way are counted with what starts and stops.
            let steps = moves.chunk_by(|one, next| one.step == next.step).filter(|step| moving(step) > 0).count();
            format!("; reachable in {}", count(steps as u64, "valid step"))
        }
        Some(Steps { pause: Some(pause), .. }) => match &pause.stopped[..] {
            [one] => format!("; not reachable without stopping `{}`", layout.container_id(*one)),
            several => format!("; not reachable without stopping {} of them", several.len()),
        },
        Some(Steps { verdict: OrderVerdict::Never, .. }) => "; not reachable without stopping some".to_owned(),
        Some(_) => "; no order of the moves was found".to_owned(),
        None => "; `--moves` looks for an order".to_owned(),
    };
    let gained = gained.map_or_else(String::new, |Gain { goal, now, then }| match (now, then) {
        (GoalValue::Share(_), GoalValue::Share(_)) => {
            let points = (now.as_f64() - then.as_f64()) * 100.0;
            format!("; gains {points:.1} points of {}", goal.name())
        }
        _ => format!("; {} {} instead of {}", goal.name(), summary::goal_value(then), summary::goal_value(now)),
    });
    let said = changes.carried.iter().map(|&(load, bytes)| (load, say(layout, load, bytes)));
    let carried = carried(said, *moves).map_or_else(String::new, |said| format!("; {said}"));
    format!("{moves} to move, {starts} to start, {stops} to stop{carried}{reached}{gained}")
}

/// `12 GiB of memory to carry over in 3 moves`; `None` where nothing moves, or no goal counts it.
pub(super) fn carried(said: impl Iterator<Item = (Load, String)>, moves: usize) -> Option<String> {
    let loads: Vec<String> = said.map(|(load, said)| format!("{said} of {}", load.name())).collect();
    let some = moves > 0 && !loads.is_empty();
    some.then(|| format!("{} to carry over in {}", text::list(&loads), count_of(moves, "move")))
}

/// So much of it, in the units of the document.
pub(super) fn say(layout: &Layout, load: Load, bytes: u64) -> String {
    layout.say(Goal::LeastCarried(load), GoalValue::Bytes(bytes))
}

/// What a step gains: `gains 1.3 points of balance`.
fn gain(layout: &Layout, gain: Gain) -> String {
    let Gain { goal, now, then } = gain;
    match (now, then) {
        (GoalValue::Share(_), GoalValue::Share(_)) => {
            let points = (now.as_f64() - then.as_f64()) * 100.0;
            let verb = if points < 0.0 { "costs" } else { "gains" };
            format!("{verb} {:.1} points of {}", points.abs(), goal.name())
        }
        (GoalValue::Count(now), GoalValue::Count(then)) if goal == Goal::FewestHosts => match now.abs_diff(then) {
            1 => format!("{} a host", if then < now { "frees" } else { "takes" }),
            many => format!("{} {many} hosts", if then < now { "frees" } else { "takes" }),
        },
        _ => {
            let worse = if then > now { "worse: " } else { "" };
            format!("{worse}{} {} instead of {}", goal.name(), layout.say(goal, then), layout.say(goal, now))
        }
    }
}

/// Numbered moves.
pub(super) fn moves(layout: &Layout, moves: &[Move]) -> Table {
    gaining(layout, moves, &[])
}

/// Numbered moves, and what each gains, where that is known.
fn gaining(layout: &Layout, moves: &[Move], gains: &[Option<Gain>]) -> Table {
    let columns = [
        Column::figures("").only(Only::Terminal),
        Column::figures("step").only(Only::Markdown),
        Column::words("container"),
        Column::figures("size"),
        Column::words("").only(Only::Terminal),
        Column::words("from").only(Only::Markdown),
        Column::words("to").only(Only::Markdown),
    ];
    let says_gains = gains.iter().any(Option::is_some);
    let mut table = Table::headless(
        2,
        columns.into_iter().chain(says_gains.then(|| Column::words("gain"))).collect::<Vec<Column>>(),
    );
    let mut before = 0;
    for (nth, step) in moves.iter().enumerate() {
        // What goes at once has one number.
        let number = if step.step == before { String::new() } else { step.step.to_string() };
        before = step.step;
        let goes = match (step.from, step.to) {
            (Some(from), Some(to)) => format!("{} -> {}", layout.spot_name(from), layout.spot_name(to)),
            (None, Some(to)) => format!("start {}", at(layout, to)),
            (Some(from), None) => format!("stop {}", at(layout, from)),
            (None, None) => String::new(),
        };
        let [from, to] = [step.from, step.to].map(|it| it.map(|spot| layout.spot_name(spot)).unwrap_or_default());
        let gained = gains.get(nth).copied().flatten().map_or_else(String::new, |it| gain(layout, it));
        let row = [
            Text::from(if number.is_empty() { String::new() } else { format!("{number}.") }),
            Text::from(number),
            Role::Code.text(layout.container_id(step.container)),
            Text::from(content::size_of(layout, layout.demand.service_of(step.container))),
            Text::from(goes),
            Text::from(from),
            Text::from(to),
        ];
        table.row(row.into_iter().chain(says_gains.then(|| Text::from(gained))).collect::<Vec<Text>>());
    }
    table
}

/// Containers under the hosts that they are on.
pub(super) fn by_host(layout: &Layout, placed: &[(ContainerIndex, Spot)], what: &str) -> Page {
    let mut page = Page::default();
    // Hosts in their order; carriers as they come, before the hosts where they do.
    let mut spots: Vec<Spot> = Vec::new();
    for (_, spot) in placed {
        if !spots.contains(spot) {
            spots.push(*spot);
        }
    }
    let carriers = matches!(spots.first(), Some(Spot::Carrier(_)));
    spots.sort_by_key(|spot| match spot {
        Spot::Host(host) => (carriers, Some(*host)),
        Spot::Carrier(_) => (!carriers, None),
    });
    for spot in spots {
        let here: Vec<ContainerIndex> = placed.iter().filter(|it| it.1 == spot).map(|it| it.0).collect();
        let name = layout.spot_name(spot);
        page.add(Says::new(format!("{what} {name}"), 2)).add(content::block(layout, &here, 2));
    }
    page
}

/// Every step, to be ticked off.
fn checklist(layout: &Layout, steps: &Steps) -> Vec<String> {
    let mut lines = lines(layout, &steps.stops, &steps.moves, &steps.starts);
    // What goes at once is on one line, and its gain with the first of it.
    let firsts = steps.moves.iter().zip(&steps.gains).enumerate();
    let firsts = firsts.filter(|(nth, (it, _))| *nth == 0 || steps.moves[nth - 1].step != it.step);
    for (line, (_, (_, gained))) in lines.iter_mut().skip(steps.stops.len()).zip(firsts) {
        if let Some(gained) = gained {
            *line += &format!("; {}", gain(layout, *gained));
        }
    }
    lines
}

/// The way on which some containers stop for a while.
pub(super) fn pause(layout: &Layout, pause: &Pause) -> Page {
    let names = pause.stopped.iter().map(|&container| format!("`{}`", layout.container_id(container)));
    let names = text::few(&names.collect::<Vec<_>>(), PAUSED, text::list);
    let mut page = Page::default();
    page.add(Says::new(format!("With {names} stopped for a while it goes:"), 0));
    page.add(Block::List(lines(layout, &pause.stops, &pause.moves, &pause.starts), false));
    page
}

/// Stops, moves and starts, in this order; what goes at once is on one line.
fn lines(
    layout: &Layout,
    stops: &[(ContainerIndex, Spot)],
    moves: &[Move],
    starts: &[(ContainerIndex, Spot)],
) -> Vec<String> {
    let what = |container: ContainerIndex| match content::size_of(layout, layout.demand.service_of(container)) {
        size if size.is_empty() => format!("`{}`", layout.container_id(container)),
        size => format!("`{}` ({size})", layout.container_id(container)),
    };
    let stop = |it: ContainerIndex, from: Spot| format!("stop {} {}", what(it), at(layout, from));
    let start = |it: ContainerIndex, to: Spot| format!("start {} {}", what(it), at(layout, to));
    let moves = moves.chunk_by(|one, next| one.step == next.step).map(|at_once| {
        let names = text::list(&at_once.iter().map(|it| what(it.container)).collect::<Vec<_>>());
        let one = at_once[0];
        let how = if at_once.len() > 1 { " at once" } else { "" };
        match (one.from, one.to) {
            (Some(from), Some(to)) => {
                format!("move {names}{how} from {} to {}", layout.spot_name(from), layout.spot_name(to))
            }
            (None, Some(to)) => start(one.container, to),
            (Some(from), None) => stop(one.container, from),
            (None, None) => String::new(),
        }
    });
    let first = stops.iter().map(|&(it, from)| stop(it, from));
    let last = starts.iter().map(|&(it, to)| start(it, to));
    first.chain(moves).chain(last).collect()
}

/// `on nuc`, `in infra/box`.
fn at(layout: &Layout, spot: Spot) -> String {
    let at = if let Spot::Host(_) = spot { "on" } else { "in" };
    format!("{at} {}", layout.spot_name(spot))
}

/// Above the steps, or instead of them.
pub fn heading(steps: &Steps) -> String {
    let Steps { verdict, moves, differing, starts, stops, pause: _, gains: _ } = steps;
    let fewer = match verdict {
        OrderVerdict::Fewest => FEWEST,
        OrderVerdict::Found => FOUND,
        OrderVerdict::Never | OrderVerdict::Unknown => return none(*verdict, *differing),
    };
    match moving(moves) {
        0 if starts.is_empty() && stops.is_empty() => "nothing moves: all stays where it is".to_owned(),
        0 => "nothing moves".to_owned(),
        many => ordered(many, many - (*differing).min(many), fewer),
    }
}

/// Above so many moves of which so many are parked.
pub(super) fn ordered(moves: usize, parked: usize, fewer: &str) -> String {
    match (moves, parked) {
        (1, _) => format!("the move ({fewer}):"),
        (_, 0) => format!("the moves, each step valid in this order ({fewer}):"),
        (_, parked) => {
            let parked = count_of(parked, "move");
            format!("the moves, each step valid in this order ({fewer}; {parked} to make room for a while):")
        }
    }
}

/// The name of what is known, for programs.
pub fn kind(verdict: OrderVerdict) -> &'static str {
    match verdict {
        OrderVerdict::Fewest => "fewest",
        OrderVerdict::Found => "found",
        OrderVerdict::Never => "never",
        OrderVerdict::Unknown => "unknown",
    }
}

fn none(verdict: OrderVerdict, differing: usize) -> String {
    let containers = count_of(differing, "container");
    match verdict {
        OrderVerdict::Never => format!(
            "no order of the moves: {containers} would change hosts, and no sequence of valid steps leads there (all \
             were looked at). Some have to be stopped for a while, or exchanged at once."
        ),
        _ => format!(
            "no order of the moves was found within the limit: {containers} would change hosts. Whether there is one is \
             not known."
        ),
    }
}
