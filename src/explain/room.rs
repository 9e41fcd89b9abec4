//! Room for those who are to come, made one valid step after another.

use super::takers;
use crate::model::{ContainerIndex, Layout, Placement};
use crate::moves::{Move, Order, Reach, moving, order, reach};
use crate::question::Question;
use crate::solve::{Effort, Options, Packed, Scope, packs};

/// The fewest valid steps are searched for so many arriving containers at the most.
const REACH_ARRIVALS: usize = 6;

/// Arrangements near the present one are so many moves away.
const FEW_MOVES: [u64; 4] = [1, 2, 4, 8];

/// One part in so many of the time is kept for the order of the moves.
pub const FOR_ORDER: u32 = 8;

/// How room is made.
pub enum Way {
    /// By the moves of the arrangement asked about.
    There {
        /// In an order in which every step is valid.
        moves: Vec<Move>,
        /// Whether fewer are proven not to do.
        fewest: bool,
    },
    /// By other moves, to another arrangement; fewer do not do.
    Elsewhere {
        /// In an order in which every step is valid.
        moves: Vec<Move>,
        /// Where all stands then, with those who come.
        after: Placement,
    },
    /// No sequence of valid steps makes room: all that can be reached was looked at.
    Never,
    /// None was found.
    Unknown,
}

/// Whether valid steps lead from what runs to `after`, which has room for those who come, or to any other arrangement
/// that has. `fewest` says that no arrangement with room for them is fewer moves away.
pub fn way(question: &Question, after: &Placement, fewest: bool, options: &Options) -> Way {
    // What moves does so before those come for whom it makes room.
    let layout = &question.before_arrivals();
    let empty = Placement::empty(layout.demand.containers.len());
    let before = layout.placement.as_ref().unwrap_or(&empty);
    let found = match order(layout, before, after, || options.clock.is_over()) {
        Order::Moves { moves, .. } => Some(moves),
        Order::Never | Order::Unknown => None,
    };
    if let Some(moves) = &found
        && fewest
        && moving(moves) == before.moves_to(after).count()
    {
        return Way::There { moves: moves.clone(), fewest };
    }
    // The best arrangement is not the one that the fewest valid steps lead to, if any do.
    match (reached(question, before, options), found) {
        (Reach::Moves(moves), _) => {
            let mut after = before.clone();
            after.go(&moves.iter().map(|step| (step.container, step.to)).collect::<Vec<_>>());
            let after = admit(question, &after).unwrap_or(after);
            Way::Elsewhere { moves, after }
        }
        (Reach::Never, _) => Way::Never,
        (Reach::Unknown, Some(moves)) => Way::There { moves, fewest: false },
        (Reach::Unknown, None) => Way::Unknown,
    }
}

/// Valid steps to an arrangement near the present one that has room for those who come, with that and what follows each
/// loss: looked for no longer than for one of many changes.
pub fn near(question: &Question, options: &Options) -> Option<(Vec<Move>, Packed)> {
    let included = question.included();
    let scope = Scope { included: Some(&included), ..Scope::ALL };
    let stands = question.before_arrivals();
    let before = stands.placement.as_ref()?;
    let steps = |packed: Packed| match order(&stands, before, packed.placement.as_ref()?, || options.clock.is_over()) {
        Order::Moves { moves, .. } => Some((moves, packed)),
        Order::Never | Order::Unknown => None,
    };
    let mut layout = question.layout.clone();
    let few = FEW_MOVES.iter().filter(|&&few| question.layout.most_moves.is_none_or(|most| few < most));
    few.copied().find_map(|few| {
        layout.most_moves = Some(few);
        steps(packs(&layout, scope, Effort::GLANCE, options))
    })
}

/// The fewest valid steps that make room for those who come; not asked of many, who find room in too many ways, nor
/// where losses are to be survived, which every placement on the way would have to be asked.
fn reached(question: &Question, before: &Placement, options: &Options) -> Reach {
    if question.arriving().count() > REACH_ARRIVALS || question.layout.survive.is_some() {
        return Reach::Unknown;
    }
    let stop = || options.clock.is_over();
    reach(&question.before_arrivals(), before, |placement| admit(question, placement).is_some(), stop)
}

/// `placement` with those who come, where they all find room as it stands: every way is tried.
fn admit(question: &Question, placement: &Placement) -> Option<Placement> {
    let mut placement = placement.clone();
    let admitted = admit_rest(&question.layout, &mut placement, &question.arriving().collect::<Vec<_>>());
    (admitted && agents_fit(&question.layout, &placement)).then_some(placement)
}

/// Whether there is room for what stands and for the agents of those who have no containers.
fn agents_fit(layout: &Layout, placement: &Placement) -> bool {
    let hosts = layout.lab.hosts.iter().zip(layout.used(placement));
    layout.agents().next().is_none()
        || hosts.into_iter().all(|(host, used)| used.iter().zip(&host.allocatable).all(|(used, give)| used <= give))
}

fn admit_rest(layout: &Layout, placement: &mut Placement, arriving: &[ContainerIndex]) -> bool {
    let Some((&first, rest)) = arriving.split_first() else { return true };
    takers(layout, placement, first).into_iter().any(|spot| {
        let before = placement.clone();
        placement.put(first, spot);
        placement.settle();
        let admitted = admit_rest(layout, placement, rest);
        if !admitted {
            *placement = before;
        }
        admitted
    })
}
