//! Where what runs was to stay: the moves that make room.

use super::probe::{Prober, yes};
use super::{Kind, Remedy};
use crate::model::{Change, Goal};
use crate::moves::{Order, order};
use crate::solve::{Scope, solve};

/// So many moves are named.
const NAMED: usize = 3;

/// The fewest moves after which everything fits, where what runs was to stay.
pub fn moves(prober: &Prober) -> Option<Remedy> {
    let layout = &prober.question.layout;
    let standing = layout.placement.as_ref().filter(|_| prober.question.keep)?;
    let included = prober.question.included();
    let scope = Scope { included: Some(&included), ..Scope::ALL };
    let answer = solve(layout, &[Goal::FewestMoves], scope, prober.options);
    let placement = answer.placement?;
    // What no sequence of valid steps leads to is no way out.
    let Order::Moves { .. } = order(layout, standing, &placement, || prober.options.clock.left().is_zero()) else {
        return None;
    };
    let moved: Vec<_> = standing.moves_to(&placement).collect();
    let named = moved.iter().take(NAMED).map(|&(container, from, to)| {
        format!("`{}` from {} to {}", layout.container_id(container), layout.spot_name(from), layout.spot_name(to))
    });
    let more = match moved.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!("move {}{more}", named.collect::<Vec<_>>().join(", "));
    let placed = |container| Change::Placed { container, spot: placement.spot(container) };
    let changes: Vec<Change> = layout.demand.indices().map(placed).collect();
    let least = answer.goals.first().is_some_and(|goal| goal.proven);
    let fits = yes(prober.fits_keeping(&changes, true));
    fits.then(|| prober.remedy(Kind::Moves, text, &changes, least)).flatten()
}
