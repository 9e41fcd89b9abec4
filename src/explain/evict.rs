//! Who gives way: the startups of lower priority without which those who come find room.

use crate::model::{ContainerIndex, Layout, StartupIndex};
use crate::question::Question;
use crate::solve::{Options, Problem, choose_without};

/// What those of lower priority can do for those who come, moves allowed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivesWay {
    /// These stop.
    Some {
        /// Startups of the layout, ascending: of the least priority together that does, and then of the fewest containers.
        startups: Vec<StartupIndex>,
        /// Whether less is proven not to do.
        least: bool,
    },
    /// None of lower priority runs.
    Nobody,
    /// There is no room even without all of them, proven.
    Never,
    /// Neither was shown before the limit.
    Unknown,
}

/// Whose stop makes room for those who come: of those that run and have a lower priority than all who come, as little
/// priority as can be, then as few containers. None that others need stops but with these.
///
/// Sought as the choice of startups that is worth the most, where all that must run on are worth more than the others
/// together.
pub fn gives_way(question: &Question, options: &Options) -> GivesWay {
    let layout = &question.layout;
    let demand = &layout.demand;
    let coming: &[StartupIndex] = question.arrivals.as_ref().map_or(&[], |arrivals| &arrivals.startups);
    let included = question.included();
    let takes_part = |startup: StartupIndex| demand.containers_of(startup).filter(|&it| included[it]).count() as u64;
    let least = coming.iter().map(|&startup| demand.startups[startup].priority).min();
    let is_lower = |startup: StartupIndex| least.is_some_and(|least| demand.startups[startup].priority < least);
    let part: Vec<u64> = (0..demand.startups.len()).map(takes_part).collect();
    let (may_stop, must): (Vec<StartupIndex>, Vec<StartupIndex>) =
        (0..part.len()).filter(|&startup| part[startup] > 0).partition(|&startup| is_lower(startup));
    if may_stop.is_empty() {
        return GivesWay::Nobody;
    }
    let Some(worth) = worth(layout, &may_stop, &must, &part) else { return GivesWay::Unknown };
    let all: u64 = must.iter().map(|&startup| worth[startup]).sum();
    // What neither runs nor comes is not missed.
    let absent: Vec<ContainerIndex> = ContainerIndex::all(included.len()).filter(|&it| !included[it]).collect();
    let problem = Problem::from(layout).worth(&worth);
    let Some(choice) = choose_without(&problem, &absent, options) else { return GivesWay::Unknown };
    if choice.bound < all {
        return GivesWay::Never;
    }
    if !must.iter().all(|&startup| choice.chosen[startup]) {
        return GivesWay::Unknown;
    }
    let startups = may_stop.into_iter().filter(|&startup| !choice.chosen[startup]).collect();
    GivesWay::Some { startups, least: choice.placed >= choice.bound }
}

/// What each startup is worth, so that the most is worth what is asked for; `part` is how many of its containers take
/// part. `None` where the numbers are too large.
fn worth(layout: &Layout, may_stop: &[StartupIndex], must: &[StartupIndex], part: &[u64]) -> Option<Vec<u64>> {
    let containers = part.iter().sum::<u64>() + 1;
    let mut worth = vec![0; part.len()];
    let mut all: u64 = 1;
    for &startup in may_stop {
        worth[startup] =
            layout.demand.startups[startup].priority.checked_mul(containers)?.checked_add(part[startup])?;
        all = all.checked_add(worth[startup])?;
    }
    all.checked_mul(must.len() as u64 + 1)?;
    must.iter().for_each(|&startup| worth[startup] = all);
    Some(worth)
}
