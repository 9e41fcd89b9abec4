//! What each startup takes and costs, for people.

use crate::model::Layout;
use crate::plan::Costs;
use crate::report::outlook;
use crate::report::table::style::{Align, Grid, Style};

/// A table, the startup that takes most first.
pub fn costs(layout: &Layout, costs: &Costs, style: &Style) -> String {
    let table = outlook::table(layout, costs);
    let columns = table.first().map_or(0, Vec::len);
    let aligns: Vec<Align> = (0..columns).map(|column| if column == 0 { Align::Left } else { Align::Right }).collect();
    let mut grid = Grid::new(&aligns);
    table.into_iter().for_each(|row| {
        grid.row(row);
    });
    style.wrap("what each startup takes", 0) + &grid.render(style, 2)
}
