//! The sentences that every format says alike: how much is placed, goals, room left.

use crate::check::Violation;
use crate::diagnostic::Place;
use crate::model::{Basis, GoalValue, Grounds, HostState, Layout, Placement, Ratio, UNMEASURED};
use crate::plan::{End, Growth, MOST_PERCENT};
use crate::report::text::{self, BORROWED, count_of, plain};

/// How much of a layout a placement places: containers, startups that run and hosts that hold anything, of all that are
/// there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placed {
    containers: [usize; 2],
    startups: [usize; 2],
    hosts: [usize; 2],
}

/// Counts what `placement` places.
pub fn placed(layout: &Layout, placement: &Placement) -> Placed {
    let content = placement.by_host(layout.lab.hosts.len());
    let hosts = layout.lab.hosts.iter().zip(&content);
    let there = hosts.filter(|(host, held)| !held.is_empty() || host.state != HostState::Planned);
    Placed {
        containers: [placement.placed().count(), layout.demand.containers.len()],
        startups: [layout.startups_that_run(placement), layout.demand.startups.len()],
        hosts: [content.iter().filter(|held| !held.is_empty()).count(), there.count()],
    }
}

impl Placed {
    /// `31 containers of 19 startups on 2 of 2 hosts`.
    pub fn on_hosts(&self) -> String {
        let (containers, startups) = (count_of(self.containers[0], "container"), count_of(self.startups[0], "startup"));
        format!("{containers} of {startups} on {} of {}", self.hosts[0], count_of(self.hosts[1], "host"))
    }

    /// `12 of 18 startups`.
    pub fn of_all_startups(&self) -> String {
        format!("{} of {}", self.startups[0], count_of(self.startups[1], "startup"))
    }

    /// `108 containers of 18 startups cannot all be placed`.
    pub fn not_all(&self) -> String {
        if self.containers[1] == 1 {
            return "the one container cannot be placed".to_owned();
        }
        let containers = count_of(self.containers[1], "container");
        format!("{containers} of {} cannot all be placed", count_of(self.startups[1], "startup"))
    }
}

/// The value of a goal: `2`, `12.5`, `98.7 %`.
pub fn goal_value(value: GoalValue) -> String {
    match value {
        GoalValue::Share(ratio) => tenths(ratio, (per_mille(ratio, 1) / 2).max(u128::from(ratio.part > 0))),
        GoalValue::Count(_) | GoalValue::Millionths(_) | GoalValue::Above(_) | GoalValue::Bytes(_) => value.to_string(),
    }
}

/// A bound on a goal: as its value, but never more than it is.
pub fn goal_bound(bound: GoalValue) -> String {
    match bound {
        GoalValue::Share(ratio) => tenths(ratio, per_mille(ratio, 0) / 2),
        GoalValue::Count(_) | GoalValue::Millionths(_) | GoalValue::Above(_) | GoalValue::Bytes(_) => bound.to_string(),
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

/// `homelab.yaml:31:5`.
pub fn place(layout: &Layout, at: Option<Place>) -> Option<String> {
    let at = at?;
    let file = layout.files.get(at.file as usize)?;
    Some(format!("{}:{}:{}", plain(file), at.line, at.column))
}

/// A violation in a sentence, with the line that it offends where that is another than where it happens.
pub fn violation(layout: &Layout, violation: &Violation) -> String {
    let because = violation.because.filter(|_| violation.because != violation.at);
    let because = place(layout, because).map_or_else(String::new, |place| format!("; see {place}"));
    violation.message(layout) + &because
}

/// Under the answer: up to which growth it holds.
pub fn growth(layout: &Layout, growth: &Growth) -> String {
    let percent = growth.all.percent;
    let who = if layout.demand.has_carriers() { "all that is no carrier" } else { "all containers" };
    let end = match &growth.all.ends {
        None => return format!("room to grow: {who} may ask for {MOST_PERCENT} % more where they are"),
        Some(End::Full(host, resource)) => {
            format!("{} is short of {}", layout.lab.hosts[*host].name, layout.lab.resources[*resource].name())
        }
        Some(End::CarrierFull(carrier, resource)) => {
            format!("{} is short of {}", layout.container_id(*carrier), layout.lab.resources[*resource].name())
        }
        Some(End::PoolFull(resource)) => {
            let pool = layout.lab.pool_of(*resource).map_or("", |pool| &pool.name);
            format!("the pool {pool} is short of {}", layout.lab.resources[*resource].base().name())
        }
        Some(End::Lost(hosts)) => {
            format!("the loss of {} is not survived", layout.lost(hosts))
        }
    };
    match percent {
        0 => format!("room to grow: none; with 1 % more {end}"),
        _ => format!(
            "room to grow: {who} may ask for {percent} % more where they are; with {} % more {end}",
            percent + 1
        ),
    }
}

/// The containers that belong to no category of a toolbox which says what others beside them are for.
pub fn uncategorised(layout: &Layout) -> Option<String> {
    const A_FEW: usize = 8;
    let services = layout.toolbox.uncategorised(&layout.demand);
    let ids: Vec<String> = services.iter().map(|&it| format!("`{}`", layout.service_id(it))).collect();
    let ids = text::few(&ids, A_FEW, |ids| ids.join(", "));
    let (are, them) = if services.len() == 1 { ("is", "it") } else { ("are", "them") };
    let said = format!("{ids} {are} in no category of the toolbox: name {them} under `runs`");
    (!services.is_empty()).then_some(said)
}

/// What gates, where that is not what is asked.
pub fn gate(layout: &Layout) -> Option<String> {
    let Basis::Observed { unmeasured, .. } = layout.demand.basis else { return None };
    let all: usize = layout.demand.services.iter().map(|service| service.instances()).sum();
    let measured = match unmeasured {
        0 => "what was observed gates: all containers were measured".to_owned(),
        _ => format!(
            "what was observed gates; not measured in full, and counted with what they ask for: {unmeasured} of {}",
            count_of(all, "container")
        ),
    };
    let promised = |&resource: &usize| layout.lab.hosts.iter().any(|host| host.overcommit[resource].is_some());
    let once = (0..layout.lab.resources.len()).filter(promised).filter(|&it| !layout.demand.basis.overcommits(it));
    let once: Vec<String> = once.map(|resource| layout.lab.resources[resource].name().to_owned()).collect();
    let once = match once.as_slice() {
        [] => String::new(),
        names => format!("; overcommit is for promises, so hosts give no more {} than they have", text::list(names)),
    };
    Some(measured + &once)
}

/// How many containers rest on figures that nobody has measured here, where any do.
pub fn grounds(layout: &Layout) -> Option<String> {
    let Grounds { containers, catalogue, defaults } = layout.demand.grounds();
    let borrowed = catalogue + defaults;
    let (who, rest) = match (borrowed, containers) {
        (0, _) => return None,
        (1, 1) => ("the one container".to_owned(), "rests"),
        (1, all) => (format!("1 of {}", count_of(all, "container")), "rests"),
        (some, all) if some == all => (format!("all {}", count_of(all, "container")), "rest"),
        (some, all) => (format!("{some} of {}", count_of(all, "container")), "rest"),
    };
    let (them, they) = if borrowed == 1 { ("it", "it runs") } else { ("them", "they run") };
    let on = match (catalogue, defaults) {
        (_, 0) => format!("figures from the catalogue ({BORROWED})"),
        (0, _) => format!("defaults, size `{UNMEASURED}` ({BORROWED})"),
        _ => format!("figures of others ({BORROWED}), {catalogue} from the catalogue and {defaults} defaults"),
    };
    Some(format!("{who} {rest} on {on}: measure {them} when {they}"))
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
        assert_eq!(goal_value(GoalValue::Millionths(12_500_000)), "12.5");
        assert_eq!(goal_bound(GoalValue::Count(3)), "3");
    }
}
