//! The road ahead, phase after phase.

use super::{compare, titled, why};
use crate::check::{above, count_unmet, passed, unmet, weight};
use crate::model::{Begins, GoalValue, HostState, Phase, ResourceIndex, Spot};
use crate::report::content::{self, names};
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::summary::{self, goal_value};
use crate::report::text::{amount_of, count, count_of, few, first, list, plain};
use crate::roadmap::{Change, Needed, Roadmap, Stage};
use crate::solve::Status;

/// So many containers are named.
const NAMED: usize = 12;
/// So many places are said where hosts are above targets, and where wishes are not met.
const PLACES: usize = 3;

/// The whole answer.
pub fn roadmap(roadmap: &Roadmap) -> Page {
    let tone = match roadmap.status() {
        Status::Feasible | Status::Optimal => Tone::Good,
        Status::Infeasible => Tone::Bad,
        Status::Unknown => Tone::Warn,
    };
    let mut page = titled(&roadmap.whole, "Roadmap");
    page.verdict(tone, &headline(roadmap));
    if let Some(runs) = runs(roadmap) {
        page.only(Only::Terminal, Says::new(runs, 0));
    }
    let columns = ["phase", "begins", "there", "comes", "goes", "becomes", "moves", "targets", "wishes", "left"];
    let columns = columns.into_iter().filter(|column| is_said(roadmap, column)).map(Column::words).collect::<Vec<_>>();
    let (mut table, mut stages) = (Table::new(0, columns), Page::default());
    roadmap.stages.iter().for_each(|it| stage(roadmap, it, &mut table, &mut stages));
    page.only(Only::Markdown, table).join(stages);
    if let Some(said) = summary::grounds(&roadmap.whole) {
        page.gap().add(Says::new(said, 2));
    }
    page
}

/// Whether anything is to be said of this in any phase.
fn is_said(roadmap: &Roadmap, what: &str) -> bool {
    match what {
        "becomes" => varies(roadmap),
        "targets" => roadmap.stages.iter().any(|stage| stage.layout.has_targets()),
        "wishes" => roadmap.stages.iter().any(|stage| !stage.layout.all_wishes().is_empty()),
        _ => true,
    }
}

/// By how much hosts are above their targets in a phase that fits, and which.
fn targets(stage: &Stage) -> Vec<String> {
    if !fits(stage) || !stage.layout.has_targets() {
        return Vec::new();
    }
    let found = passed(&stage.layout, &stage.placement);
    if found.is_empty() {
        return vec!["no host is above".to_owned()];
    }
    let above = goal_value(GoalValue::Above(above(&found)));
    said(format!("{above} of a host above"), found.iter().map(|one| one.message(&stage.layout)))
}

/// What is found in a phase, and where: of many places the first.
fn said(what: String, places: impl ExactSizeIterator<Item = String>) -> Vec<String> {
    std::iter::once(what).chain(first(places, PLACES)).collect()
}

fn fits(stage: &Stage) -> bool {
    stage.refused.is_none() && matches!(stage.status, Status::Feasible | Status::Optimal)
}

/// How many wishes are not met in a phase that fits, what they weigh, and which.
fn wishes(stage: &Stage) -> Vec<String> {
    let all = stage.layout.all_wishes().len();
    if all == 0 || !fits(stage) {
        return Vec::new();
    }
    let found = unmet(&stage.layout, &stage.placement);
    match count_unmet(&found) {
        0 => vec![format!("all {all} met")],
        some => {
            let what = format!("{some} of {all} not met, weight {}", weight(&found));
            said(what, found.iter().map(|one| one.message(&stage.layout)))
        }
    }
}

/// What comes, goes, moves and is left in a phase: a row of the table, a paragraph on a terminal; and why it does not
/// fit.
fn stage(roadmap: &Roadmap, stage: &Stage, table: &mut Table, page: &mut Page) {
    let phase = &roadmap.whole.phases[stage.phase];
    let placed = summary::placed(&stage.layout, &stage.placement);
    let (there, cell) = match stage.status {
        Status::Feasible | Status::Optimal => (placed.on_hosts(), Text::from(placed.on_hosts())),
        Status::Unknown => ("unknown".to_owned(), Text::from("unknown")),
        Status::Infeasible => {
            let not = placed.not_all();
            let spans = vec![(Role::Chosen, "does not fit".to_owned()), (Role::Words, format!(": {not}"))];
            (format!("no: {not}"), Text { spans, tone: None })
        }
    };
    let left = if stage.refused.is_none() { left(stage) } else { Vec::new() };
    let because = stage.refused.iter().flat_map(|plan| plan.proof.sentence.split(' ').map(str::to_owned));
    let [comes, goes] = [&stage.comes, &stage.goes].map(|it| change(roadmap, it));
    let becomes = becomes(roadmap, stage);
    let said = [
        ("comes", comes),
        ("goes", goes),
        ("becomes", becomes),
        ("moves", moves(roadmap, stage)),
        ("targets", targets(stage)),
        ("wishes", wishes(stage)),
        ("left", left),
    ];
    let said = said.into_iter().filter(|(what, _)| is_said(roadmap, what));
    let mut row = vec![Role::Name.text(name(phase)), Text::from(begins(phase)), cell];
    row.extend(said.clone().map(|(_, parts)| Role::Name.text(parts.join("; "))));
    table.row(row);
    page.gap().only(Only::Terminal, Block::Heading(name(phase), begins(phase)));
    let all = [("there", vec![there])].into_iter().chain(said).chain([("because", because.collect())]);
    for (what, mut parts) in all.filter(|(_, parts)| !parts.is_empty()) {
        let last = parts.len() - 1;
        let gap = if what == "because" { "" } else { ";" };
        parts[..last].iter_mut().for_each(|part| part.push_str(gap));
        page.only(Only::Terminal, Block::Flow(format!("  {what:<7} "), parts, 10));
    }
    let Some(plan) = &stage.refused else { return };
    page.only(Only::Markdown, Block::heading(format!("Why {} does not fit", phase.name)));
    page.only(Only::Markdown, Block::Line(plan.proof.sentence.clone(), None));
    if let Some(found) = &plan.why {
        page.only(Only::Markdown, why::blame(&stage.layout, found));
    }
    page.join(why::remedies(&plan.remedies));
}

/// Whether anything gives, costs or asks for another amount in some phase.
fn varies(roadmap: &Roadmap) -> bool {
    roadmap.stages.iter().any(|stage| !stage.becomes.is_empty())
}

/// What gives, costs or asks for another amount than before, and by when larger hosts are needed.
fn becomes(roadmap: &Roadmap, stage: &Stage) -> Vec<String> {
    let mut said = compare::becomes(&stage.becomes);
    for upgrade in &stage.upgrades {
        let host = &roadmap.whole.lab.hosts[upgrade.kind].kind;
        said.push(match upgrade.needed {
            Needed::By(phase) if phase == stage.phase => {
                format!("without the larger `{host}` it does not fit")
            }
            Needed::By(phase) => {
                format!("the larger `{host}` can wait until {}", roadmap.whole.phases[phase].name)
            }
            Needed::Never => format!("no phase needs the larger `{host}`"),
            Needed::Unknown => continue,
        });
    }
    said
}

/// Whether all phases fit, and how much moves: `6 phases: all fit, and nothing moves from one to the next`.
fn headline(roadmap: &Roadmap) -> String {
    let all = count_of(roadmap.stages.len(), "phase");
    let name = |stage: &Stage| roadmap.whole.phases[stage.phase].name.clone();
    let fit = match (roadmap.status(), roadmap.first_misfit()) {
        (_, None) => format!("{all}: all fit"),
        (_, Some(stage)) if stage.status == Status::Infeasible => {
            let others = roadmap.stages.iter().filter(|it| it.status != Status::Feasible).count() - 1;
            let more = if others == 0 { String::new() } else { format!(", nor do {others} after it") };
            format!("no: `{}` is the first of {all} that does not fit{more}", name(stage))
        }
        (_, Some(stage)) => {
            format!("unknown: whether `{}`, one of {all}, fits was neither shown nor refuted", name(stage))
        }
    };
    format!("{fit}; {}", movement(roadmap))
}

/// How much moves, and what is proven of it.
fn movement(roadmap: &Roadmap) -> String {
    let fewest = match roadmap.bound {
        bound if bound == roadmap.moves => "no roadmap has fewer, proven".to_owned(),
        0 => "fewer are not excluded".to_owned(),
        bound => format!("fewer than {bound} will not do, proven"),
    };
    match roadmap.moves {
        0 => "nothing that runs on moves".to_owned(),
        1 => format!("one container moves in all ({fewest}){}", burden(roadmap)),
        many => format!("{many} containers move in all ({fewest}){}", burden(roadmap)),
    }
}

/// `; 12 GiB of memory to carry over in 3 moves`, where a goal counts that.
fn burden(roadmap: &Roadmap) -> String {
    let said = roadmap.burden().into_iter().map(|(load, bytes)| (load, super::moves::say(&roadmap.whole, load, bytes)));
    let moves = roadmap.stages.iter().map(|stage| stage.moves.len()).sum();
    super::moves::carried(said, moves).map_or_else(String::new, |said| format!("; {said}"))
}

/// When a phase begins: `2027-01-31`, `with 6 startups`, `now`.
pub fn begins(phase: &Phase) -> String {
    match &phase.begins {
        Begins::Now => "now".to_owned(),
        Begins::Date(day) => day.clone(),
        Begins::Startups(many) => format!("with {}", count(*many, "startup")),
    }
}

/// The name of a phase, with its title.
pub fn name(phase: &Phase) -> String {
    match &phase.title {
        Some(title) => format!("{} ({})", phase.name, plain(title)),
        None => phase.name.clone(),
    }
}

/// What comes or goes: startups in ranges, then containers, hosts and tools.
fn change(roadmap: &Roadmap, change: &Change) -> Vec<String> {
    let whole = &roadmap.whole;
    let mut parts = Vec::new();
    if !change.startups.is_empty() {
        parts.push(names(whole, &change.startups));
    }
    if !change.containers.is_empty() {
        let ids: Vec<String> = change.containers.iter().map(|&it| whole.container_id(it)).collect();
        parts.push(few(&ids, NAMED, |ids| ids.join(", ")));
    }
    parts.extend(change.agents.iter().map(|&agent| format!("agent {}", whole.service_id(agent))));
    parts.extend(change.hosts.iter().map(|&host| format!("host {}", whole.lab.hosts[host].name)));
    for category in change.tools.iter().filter_map(|&it| whole.toolbox.categories.get(it)) {
        let tool = category.chosen_tool().unwrap_or_default();
        parts.push(format!("{} ({})", plain(tool), plain(category.label())));
    }
    parts
}

/// What moves: `s01/app from nuc to workstation`.
fn moves(roadmap: &Roadmap, stage: &Stage) -> Vec<String> {
    let spot = |spot: Spot| roadmap.whole.spot_name(spot);
    let moved = stage.moves.iter().take(NAMED);
    let mut moves: Vec<String> = moved
        .map(|&(it, from, to)| format!("{} from {} to {}", roadmap.whole.container_id(it), spot(from), spot(to)))
        .collect();
    if stage.moves.len() > NAMED {
        moves.push(format!("{} more", stage.moves.len() - NAMED));
    }
    moves
}

/// What is left free on each host, in the measure of sizes, and of what pools have: `nuc 12 GiB of memory`, `2 TB of ceph
/// disk`.
fn left(stage: &Stage) -> Vec<String> {
    let layout = &stage.layout;
    let Some(measure) = content::measure(layout) else { return Vec::new() };
    let there = stage.hosts.iter().filter(|held| layout.lab.hosts[held.host].state != HostState::Planned);
    let free = there.map(|held| {
        let host = &layout.lab.hosts[held.host];
        let free = |it: ResourceIndex| (host.allocatable[it].saturating_sub(held.used[it]), it);
        // Of what differs by time the least that is left.
        let least = layout.lab.at_all_times(measure).into_iter().map(free).min().unwrap_or((0, measure));
        format!("{} {}", host.name, amount_of(&layout.lab.resources[least.1], least.0))
    });
    let drawn = layout.requested(stage.hosts.iter().flat_map(|held| held.containers.iter().copied()));
    let of_pools = layout.lab.pools.iter().flat_map(|pool| pool.resources.clone().zip(&pool.allocatable));
    let of_pools = of_pools.map(|(it, all)| amount_of(&layout.lab.resources[it], all.saturating_sub(drawn[it])));
    free.chain(of_pools).collect()
}

/// The phases that stand as one arrangement: `now to beta`, where there are several.
fn runs(roadmap: &Roadmap) -> Option<String> {
    let name = |phase: &usize| roadmap.whole.phases[*phase].name.clone();
    let runs: Vec<String> = roadmap
        .runs
        .iter()
        .filter_map(|run| match (run.first(), run.last()) {
            (Some(first), Some(last)) if first != last => Some(format!("{} to {}", name(first), name(last))),
            _ => None,
        })
        .collect();
    (!runs.is_empty()).then(|| format!("one arrangement does from {}", list(&runs)))
}
