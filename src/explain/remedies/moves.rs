//! Where what runs was to stay: the moves that make room.

use super::probe::{Prober, yes};
use super::{Kind, Remedy};
use crate::document::Overlay;
use crate::model::Goal;
use crate::solve::{Scope, solve};

/// So many moves are named.
const NAMED: usize = 3;

/// The fewest moves after which everything fits, where what runs was to stay.
pub fn moves(prober: &Prober) -> Option<Remedy> {
    let layout = prober.question.layout;
    let standing = layout.placement.as_ref().filter(|_| prober.question.keep)?;
    let included = prober.included(layout);
    let scope = Scope { included: Some(&included), ..Scope::ALL };
    let answer = solve(layout, &[Goal::FewestMoves], scope, prober.options);
    let placement = answer.placement?;
    let moved: Vec<_> = standing.moves_to(&placement).collect();
    let named = moved.iter().take(NAMED).map(|&(container, from, to)| {
        let hosts = &layout.lab.hosts;
        format!("`{}` from {} to {}", layout.container_id(container), hosts[from].name, hosts[to].name)
    });
    let more = match moved.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let text = format!("move {}{more}", named.collect::<Vec<_>>().join(", "));
    let document = prober.question.document.overlaid(prober.question.arrivals).ok()?;
    let change = Overlay::EMPTY.with(&["placement"], document.placement_change(layout, &placement));
    let least = answer.goals.first().is_some_and(|goal| goal.proven);
    let fits = yes(prober.fits_keeping(&change, true));
    fits.then(|| Remedy { kind: Kind::Moves, text, change: prober.whole(&change), least })
}
