//! What startups take and cost.

use crate::model::{GoalValue, Layout};
use crate::plan::{Cost, Costs};
use crate::report::page::{Block, Column, Only, Page, Says, Table, Text};
use crate::report::summary::goal_value;
use crate::report::text;

/// The startups, the one that takes most first, those alike in one row.
pub fn costs(layout: &Layout, costs: &Costs) -> Page {
    let priced = costs.startups.iter().any(|it| it.price > 0);
    let powered = costs.startups.iter().any(|it| it.watts > 0);
    let resource = costs.resource.map(|resource| &layout.lab.resources[resource]);
    let mut columns = vec![Column::words("startups"), Column::figures("how many")];
    columns.extend(resource.map(|resource| Column::figures(resource.name())));
    columns.push(Column::figures("of all"));
    columns.extend(priced.then(|| Column::figures("price")));
    columns.extend(powered.then(|| Column::figures("watts")));
    let mut table = Table::new(2, columns);
    for (Cost { startup: _, taken, price, watts }, names) in alike(layout, costs) {
        let mut row = vec![text::ranges(&names), names.len().to_string()];
        row.extend(resource.map(|resource| resource.show(taken)));
        row.push(text::percent(taken, costs.there));
        row.extend(priced.then(|| goal_value(GoalValue::Millionths(price))));
        row.extend(powered.then(|| goal_value(GoalValue::Millionths(watts))));
        table.row(row.into_iter().map(Text::from).collect::<Vec<_>>());
    }
    let mut page = Page::default();
    if !table.rows.is_empty() {
        page.section("what each startup takes", "What each startup takes").add(table);
    } else {
        // Where nothing is placed a terminal has an empty table under the heading, and Markdown one without.
        page.only(Only::Terminal, Says::new("what each startup takes", 0));
        page.only(Only::Terminal, Block::Line("  ".to_owned(), None)).only(Only::Markdown, Table::default());
    }
    page
}

/// What startups take and cost, with the names of those of which it is the same.
fn alike<'a>(layout: &'a Layout, costs: &Costs) -> Vec<(Cost, Vec<&'a str>)> {
    let mut rows: Vec<(Cost, Vec<&str>)> = Vec::new();
    for cost in &costs.startups {
        let name = layout.demand.startups[cost.startup].name.as_str();
        let shown = Cost { startup: 0, taken: cost.taken, price: rounded(cost.price), watts: rounded(cost.watts) };
        match rows.iter_mut().rev().take_while(|row| row.0.taken == cost.taken).find(|row| row.0 == shown) {
            Some((_, names)) => names.push(name),
            None => rows.push((shown, vec![name])),
        }
    }
    rows
}

/// Millionths as they are shown, to the next hundredth, or finer where they are small: what rounding left over to one of
/// several alike is not worth a row.
fn rounded(millionths: u64) -> u64 {
    let step = match millionths {
        1_000_000.. => 10_000,
        10_000.. => 100,
        _ => 1,
    };
    millionths.saturating_add(step / 2) / step * step
}
