//! The sentences that every format says alike: how much is placed, goals, room left.

use crate::check::Violation;
use crate::check::proof::{Judgement, Outcome};
use crate::diagnostic::Place;
use crate::fit::{Fit, Fits};
use crate::model::{ContainerIndex, GoalValue, HostState, Layout, Placement, Ratio, ResourceIndex};
use crate::plan::{PriorityResult, Room};
use crate::report::content;
use crate::report::text::{self, clean, count, count_of};

/// Whether what a certificate claims holds.
pub fn judgement(judgement: &Judgement) -> String {
    let all = judgement.findings.len();
    let failed = judgement.findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Fails(_))).count();
    match judgement.holds() {
        Some(true) => {
            let stays = if judgement.keep { " where what runs stays" } else { "" };
            format!("verified{stays}: {} of the certificate, all checked without the solver", count_of(all, "claim"))
        }
        Some(false) if failed == 1 => "not verified: a claim of the certificate does not hold".to_owned(),
        Some(false) => format!("not verified: {} of the certificate do not hold", count_of(failed, "claim")),
        None => "not decided: the certificate takes more work to verify than is allowed".to_owned(),
    }
}

/// How much of a layout a placement places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    /// Containers with a host.
    pub containers: usize,
    /// All containers.
    pub all_containers: usize,
    /// Startups of which every container has a host.
    pub startups: usize,
    /// All startups.
    pub all_startups: usize,
    /// Hosts that hold anything.
    pub hosts: usize,
    /// Hosts that are there, or hold anything.
    pub all_hosts: usize,
}

/// Counts what `placement` places.
pub fn placed(layout: &Layout, placement: &Placement) -> Placed {
    let content = placement.by_host(layout.lab.hosts.len());
    let there = layout
        .lab
        .hosts
        .iter()
        .zip(&content)
        .filter(|(host, held)| !held.is_empty() || host.state != HostState::Planned);
    let whole = (0..layout.demand.startups.len()).filter(|&startup| {
        layout
            .demand
            .containers_of(startup)
            .all(|container| placement.host_of.get(container).is_some_and(Option::is_some))
    });
    Placed {
        containers: placement.placed().count(),
        all_containers: layout.demand.containers.len(),
        startups: whole.count(),
        all_startups: layout.demand.startups.len(),
        hosts: content.iter().filter(|held| !held.is_empty()).count(),
        all_hosts: there.count(),
    }
}

impl Placed {
    /// `31 containers of 19 startups on 2 of 2 hosts`.
    pub fn on_hosts(&self) -> String {
        let (containers, startups) = (count_of(self.containers, "container"), count_of(self.startups, "startup"));
        format!("{containers} of {startups} on {} of {}", self.hosts, count_of(self.all_hosts, "host"))
    }

    /// `12 of 18 startups`.
    pub fn of_all_startups(&self) -> String {
        format!("{} of {}", self.startups, count_of(self.all_startups, "startup"))
    }

    /// `108 containers of 18 startups cannot all be placed`.
    pub fn not_all(&self) -> String {
        if self.all_containers == 1 {
            return "the one container cannot be placed".to_owned();
        }
        let containers = count_of(self.all_containers, "container");
        format!("{containers} of {} cannot all be placed", count_of(self.all_startups, "startup"))
    }
}

/// The value of a goal: `2`, `12.5`, `98.7 %`.
pub fn goal_value(value: GoalValue) -> String {
    match value {
        GoalValue::Share(ratio) => tenths(ratio, (per_mille(ratio, 1) / 2).max(u128::from(ratio.part > 0))),
        GoalValue::Count(_) | GoalValue::Thousandths(_) => value.to_string(),
    }
}

/// A bound on a goal: as its value, but never more than it is.
pub fn goal_bound(bound: GoalValue) -> String {
    match bound {
        GoalValue::Share(ratio) => tenths(ratio, per_mille(ratio, 0) / 2),
        GoalValue::Count(_) | GoalValue::Thousandths(_) => bound.to_string(),
    }
}

/// What is left between a value and its bound, as a share of the value and rounded up: `2.3 %`. `None` where there is
/// nothing left.
pub fn gap(value: GoalValue, bound: GoalValue) -> Option<String> {
    let (value, bound) = (value.as_f64(), bound.as_f64());
    let gap = (value - bound) / value;
    (gap > 0.0).then(|| format!("{:.1} %", (gap * 1000.0).ceil() / 10.0))
}

/// Twice the share in thousandths, with so many halves added.
fn per_mille(ratio: Ratio, halves: u128) -> u128 {
    (u128::from(ratio.part) * 2000) / u128::from(ratio.whole.max(1)) + halves
}

/// So many thousandths as percent. Only the whole is said to be 100.0 %.
fn tenths(ratio: Ratio, thousandths: u128) -> String {
    let shown = match thousandths {
        1000 if ratio.part < ratio.whole => 999,
        1000 if ratio.part > ratio.whole => 1001,
        other => other,
    };
    format!("{}.{} %", shown / 10, shown % 10)
}

/// What `--partial` reached.
pub fn priority(result: PriorityResult) -> String {
    let PriorityResult { placed, bound, total } = result;
    let proof =
        if placed >= bound { "no arrangement places more".to_owned() } else { format!("at most {bound} can be") };
    format!("priority placed: {placed} of {total}; {proof}")
}

/// Above the arrangement that shows how much fits where not all does.
pub fn most_that_fits(placed: &Placed, priority: Option<PriorityResult>) -> String {
    let startups = placed.of_all_startups();
    match priority {
        Some(PriorityResult { placed, bound, total }) if placed >= bound => {
            format!("the most that fits, proven: {startups} (priority {placed} of {total})")
        }
        Some(PriorityResult { placed, bound, total }) => {
            format!("the most found to fit: {startups} (priority {placed} of {total}, at most {bound})")
        }
        None => format!("the most found to fit: {startups}"),
    }
}

/// `; left out: s07..s18`: the startups that are not placed whole.
pub fn left_over(layout: &Layout, unplaced: &[ContainerIndex]) -> String {
    let startups: std::collections::BTreeSet<usize> = unplaced.iter().map(|&c| layout.demand.startup_of(c)).collect();
    let names: Vec<&str> = startups.iter().map(|&startup| layout.demand.startups[startup].name.as_str()).collect();
    if names.is_empty() { String::new() } else { format!("; left out: {}", text::ranges(&names)) }
}

/// The class LP's bound.
pub fn class_lp(bound: f64) -> String {
    format!("class LP: some resource is asked for at least {:.1} % of what there is", bound * 100.0)
}

/// How many more fit.
pub fn room(room: &Room) -> String {
    let of = clean(&room.of);
    let more = count(room.count, "more startup");
    match (room.count, room.proven) {
        (0, true) => format!("no further startup like `{of}` fits as things stand"),
        (0, false) => format!("no place was found for a further startup like `{of}`"),
        (_, true) => format!("{more} like `{of}` as things stand, proven"),
        (_, false) => format!("at least {more} like `{of}` as things stand"),
    }
}

/// `homelab.yaml:31:5`.
pub fn place(layout: &Layout, at: Option<Place>) -> Option<String> {
    let at = at?;
    let file = layout.files.get(at.file as usize)?;
    Some(format!("{}:{}:{}", clean(file), at.line, at.column))
}

/// A violation in a sentence, with the line that it offends where that is another than where it happens.
pub fn violation(layout: &Layout, violation: &Violation) -> String {
    let because = violation.because.filter(|_| violation.because != violation.at);
    let because = place(layout, because).map_or_else(String::new, |place| format!("; see {place}"));
    violation.message(layout) + &because
}

/// What a container asks for of the scarcest resource.
pub fn size_of(layout: &Layout, container: ContainerIndex) -> String {
    let Some(&resource) = content::scarcest_first(layout).first() else { return String::new() };
    text::amount(&layout.lab.resources[resource], layout.demand.service_of(container).request[resource].value)
}

/// Above the refusals of an answer that also considered moves.
pub const AS_THINGS_STAND: &str = "As things stand, nothing moving:";

/// The startups that come: `` `s18` ``, `` `web-new-1`..`web-new-3` ``.
pub fn arrivals(fit: &Fit) -> String {
    let names: Vec<&str> = fit.arrivals.iter().map(|&s| fit.layout.demand.startups[s].name.as_str()).collect();
    let words: Vec<String> = text::ranges(&names).split(", ").map(|name| format!("`{name}`")).collect();
    text::list(&words)
}

/// The answer in a sentence.
pub fn fit_headline(fit: &Fit) -> String {
    let (who, several) = (arrivals(fit), fit.arrivals.len() > 1);
    let (fits, does) = if several { ("fit", "do") } else { ("fits", "does") };
    match fit.answer {
        Fits::AsIs => format!("yes: {who} {fits} as things stand"),
        Fits::WithMoves => format!("yes: {who} {fits} after {}", count_of(fit.moves.len(), "move")),
        Fits::No => format!("no: {who} {does} not fit, whatever moves. {}", fit.proof.sentence),
        Fits::Unknown => {
            format!("unknown: whether {who} {fits}. {}", fit.proof.sentence)
        }
    }
}

/// Above the moves.
pub fn moves_heading(fit: &Fit) -> String {
    let moves = if fit.moves.len() == 1 { "the move" } else { "the moves, each step valid in this order" };
    format!("{moves} ({}):", if fit.fewest_moves { "fewer will not do" } else { "fewer may do" })
}

/// How many more like the last arrival.
pub fn how_many_more(fit: &Fit) -> String {
    let last = fit.arrivals.last().map_or("it", |&startup| fit.layout.demand.startups[startup].name.as_str());
    let binds = fit.bottleneck.and_then(|resource| fit.layout.lab.resources.get(resource));
    let binds = binds.map_or_else(String::new, |resource| format!("; {} binds first", resource.name()));
    let room = match (fit.how_many_more, fit.how_many_more_proven) {
        (0, true) => format!("no other like `{last}`, whatever moves"),
        (0, false) => format!("no place was found for another like `{last}`"),
        (more, true) => format!("{more} more like `{last}` and no other, whatever moves"),
        (more, false) => format!("at least {more} more like `{last}`"),
    };
    format!("room after that: {room}{binds}")
}

/// How many of several arrivals of one stack fit, where not all do.
pub fn how_many_of_them(fit: &Fit) -> Option<String> {
    let counted = fit.how_many_more_proven || fit.how_many_more > 0;
    let several = fit.answer == Fits::No && fit.arrivals.len() > 1 && counted;
    let at_least = if fit.how_many_more_proven { "" } else { "at least " };
    several.then(|| format!("{at_least}{} of the {} would fit, moves allowed", fit.how_many_more, fit.arrivals.len()))
}

/// The startups that were not asked about.
pub fn left_out(fit: &Fit) -> String {
    let names: Vec<&str> = fit.left_out.iter().map(|&s| fit.layout.demand.startups[s].name.as_str()).collect();
    format!("left out, because not placed and not asked about: {}", text::ranges(&names))
}

/// What the arrivals ask of a resource, and what is free of it on all hosts that are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Free {
    /// Which resource.
    pub resource: ResourceIndex,
    /// What all arrivals ask for.
    pub asked: u64,
    /// The sum of what is free before they come.
    pub free: u64,
}

/// [`Free`] for each resource that the arrivals ask for, the scarcest first.
pub fn free_in_all(fit: &Fit) -> Vec<Free> {
    let layout = &fit.layout;
    let there = |&host: &usize| layout.lab.hosts[host].state == HostState::Up;
    let request = |container, resource: usize| layout.demand.service_of(container).request[resource].value;
    let content = fit.before.by_host(layout.lab.hosts.len());
    let mut sums = Vec::new();
    for resource in content::scarcest_first(layout) {
        let arriving = fit.arrivals.iter().flat_map(|&startup| layout.demand.containers_of(startup));
        let asked = arriving.map(|container| request(container, resource)).fold(0, u64::saturating_add);
        let free = (0..layout.lab.hosts.len()).filter(there).map(|host| {
            let used = content[host].iter().map(|&c| request(c, resource)).fold(0, u64::saturating_add);
            layout.lab.hosts[host].allocatable[resource].saturating_sub(used)
        });
        let free = free.fold(0, u64::saturating_add);
        if asked > 0 {
            sums.push(Free { resource, asked, free });
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded_and_bounds_cut() {
        for (part, whole, value, bound) in [
            (0, 10, "0.0 %", "0.0 %"),
            (1, 100_000, "0.1 %", "0.0 %"),
            (7, 8, "87.5 %", "87.5 %"),
            (375, 380, "98.7 %", "98.6 %"),
            (9_999, 10_000, "99.9 %", "99.9 %"),
            (10_000, 10_000, "100.0 %", "100.0 %"),
            (100_001, 100_000, "100.1 %", "100.1 %"),
            (u64::MAX, u64::MAX, "100.0 %", "100.0 %"),
        ] {
            let share = GoalValue::Share(Ratio { part, whole });
            assert_eq!((goal_value(share).as_str(), goal_bound(share).as_str()), (value, bound), "{part} of {whole}");
        }
    }

    #[test]
    fn prices_have_their_decimals() {
        assert_eq!(goal_value(GoalValue::Thousandths(12_500)), "12.5");
        assert_eq!(goal_bound(GoalValue::Count(3)), "3");
    }
}
