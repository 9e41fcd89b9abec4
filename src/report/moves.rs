//! What every format says alike of the way from what runs now to a plan.

use crate::plan::{OrderVerdict, Steps};
use crate::report::text::count_of;

/// Above the steps, or instead of them.
pub fn heading(steps: &Steps) -> String {
    let Steps { verdict, moves, differing, starts, stops } = steps;
    let fewer = match verdict {
        OrderVerdict::Fewest => "fewer will not do",
        OrderVerdict::Found => "fewer may do",
        OrderVerdict::Never | OrderVerdict::Unknown => return none(*verdict, *differing),
    };
    match (moves.len(), moves.len() - (*differing).min(moves.len())) {
        (0, _) if starts.is_empty() && stops.is_empty() => "nothing moves: all is where it is to be".to_owned(),
        (0, _) => "nothing moves".to_owned(),
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
            "no order of the moves: {containers} would change hosts, and no sequence of valid steps leads there (proven \
             by search). Some would have to be stopped for a while, or exchanged at once."
        ),
        _ => format!(
            "no order of the moves was found within the limit: {containers} would change hosts. Whether there is one is \
             not known."
        ),
    }
}
