//! What is to blame, and what would make it fit, for people.

use crate::explain::conflict::Why;
use crate::explain::remedies::Remedy;
use crate::model::Layout;
use crate::report::table::style::{Align, Grid, Style, Tone};
use crate::report::why;

/// More remedies than these are only counted.
const SHOWN: usize = 9;

/// Who is to blame, in a sentence or two.
pub fn blame(layout: &Layout, found: &Why, style: &Style) -> String {
    style.wrap(&why::sentence(layout, found), 0)
}

/// What is requested of each resource, and what there is in all.
pub fn totals(layout: &Layout, style: &Style) -> String {
    let mut grid = Grid::new(&[Align::Left, Align::Right, Align::Right, Align::Right]);
    grid.row(["all hosts".to_owned(), "requested".to_owned(), "there is".to_owned(), String::new()]);
    for total in why::totals(layout) {
        let resource = &layout.lab.resources[total.resource];
        let (said, tone) = match total.requested > total.allocatable {
            true => (format!("{} short", resource.show(total.requested - total.allocatable)), Some(Tone::Bad)),
            false => (format!("{} to spare", resource.show(total.allocatable - total.requested)), None),
        };
        grid.painted([
            (resource.name().to_owned(), tone),
            (resource.show(total.requested), tone),
            (resource.show(total.allocatable), tone),
            (said, tone),
        ]);
    }
    grid.render(style, 2)
}

/// The remedies with their numbers.
pub fn remedies(remedies: &[Remedy], style: &Style) -> String {
    let mut out = style.wrap("it fits with any one of", 0);
    for (number, remedy) in remedies.iter().enumerate().take(SHOWN) {
        let inner = Style { width: style.width.saturating_sub(5), ..*style };
        for (line, text) in inner.wrap(&why::remedy(remedy), 0).lines().enumerate() {
            let number = if line == 0 { format!("{:>3}. ", number + 1) } else { " ".repeat(5) };
            out += &format!("{number}{text}\n");
        }
    }
    if remedies.len() > SHOWN {
        out += &format!("     and {} more (`--format json` has all)\n", remedies.len() - SHOWN);
    }
    out
}
