//! What every format says alike of what gates, of room to grow, and of what startups take and cost.

use crate::model::{Basis, GoalValue, Layout};
use crate::plan::{Cost, Costs, Growth, MOST_PERCENT, Percent};
use crate::report::summary::goal_value;
use crate::report::text::{self, count_of};

/// Under the answer: up to which growth it holds.
pub fn growth(layout: &Layout, growth: &Growth) -> String {
    let Percent { percent, ends } = growth.all;
    let Some((host, resource)) = ends else {
        return format!("room to grow: all containers may ask for {MOST_PERCENT} % more where they are");
    };
    let host = &layout.lab.hosts[host].name;
    let resource = layout.lab.resources[resource].name();
    match percent {
        0 => format!("room to grow: none; with 1 % more {host} is short of {resource}"),
        _ => format!(
            "room to grow: all containers may ask for {percent} % more where they are; with {} % more {host} is short of \
             {resource}",
            percent + 1
        ),
    }
}

/// The containers that belong to no category of a toolbox which says what others beside them are for.
pub fn uncategorised(layout: &Layout) -> Option<String> {
    const A_FEW: usize = 8;
    let services = layout.toolbox.uncategorised(&layout.demand);
    let shown: Vec<String> = services.iter().take(A_FEW).map(|&it| format!("`{}`", layout.service_id(it))).collect();
    let (are, them) = if services.len() == 1 { ("is", "it") } else { ("are", "them") };
    let more = match services.len().saturating_sub(A_FEW) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    let said = format!("{}{more} {are} in no category of the toolbox: name {them} under `runs`", shown.join(", "));
    (!services.is_empty()).then_some(said)
}

/// What gates, where that is not what is asked.
pub fn gate(layout: &Layout) -> Option<String> {
    let Basis::Observed { unmeasured } = layout.demand.basis else { return None };
    let all = layout.demand.containers.len();
    Some(match unmeasured {
        0 => "what was observed gates: all containers were measured".to_owned(),
        _ => format!(
            "what was observed gates; not measured in full, and counted with what they ask for: {unmeasured} of {}",
            count_of(all, "container")
        ),
    })
}

/// Startups that take and cost the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `s01..s18`.
    pub startups: String,
    /// How many they are.
    pub count: usize,
    /// What each takes of the scarcest resource.
    pub taken: String,
    /// That of what there is.
    pub share: String,
    /// Its part of the price; empty where nothing has one.
    pub price: String,
    /// Its part of the watts; likewise.
    pub watts: String,
}

/// The startups, the one that takes most first, those alike in one row.
pub fn rows(layout: &Layout, costs: &Costs) -> Vec<Row> {
    let priced = costs.startups.iter().any(|it| it.price > 0);
    let powered = costs.startups.iter().any(|it| it.watts > 0);
    let mut rows: Vec<(Cost, Vec<&str>)> = Vec::new();
    for cost in &costs.startups {
        let name = layout.demand.startups[cost.startup].name.as_str();
        let shown =
            Cost { startup: 0, taken: cost.taken, price: hundredths(cost.price), watts: hundredths(cost.watts) };
        match rows.iter_mut().rev().take_while(|row| row.0.taken == cost.taken).find(|row| row.0 == shown) {
            Some((_, names)) => names.push(name),
            None => rows.push((shown, vec![name])),
        }
    }
    let words = |any: bool, amount: u64| if any { goal_value(GoalValue::Thousandths(amount)) } else { String::new() };
    let row = |(Cost { startup: _, taken, price, watts }, names): (Cost, Vec<&str>)| Row {
        startups: text::ranges(&names),
        count: names.len(),
        taken: costs.resource.map_or_else(String::new, |resource| layout.lab.resources[resource].show(taken)),
        share: text::percent(taken, costs.there),
        price: words(priced, price),
        watts: words(powered, watts),
    };
    rows.into_iter().map(row).collect()
}

/// Thousandths to the next hundredth: what rounding left over to one of several alike is not worth a row.
fn hundredths(thousandths: u64) -> u64 {
    thousandths.saturating_add(5) / 10 * 10
}

/// The columns of [`rows`]; those that are empty throughout are left out.
pub fn header(layout: &Layout, costs: &Costs) -> [String; 6] {
    let resource = costs.resource.map_or("", |resource| layout.lab.resources[resource].name());
    ["startups", "how many", resource, "of all", "price", "watts"].map(str::to_owned)
}

/// The cells of [`header`] and [`rows`] without the columns in which no row says anything.
pub fn table(layout: &Layout, costs: &Costs) -> Vec<Vec<String>> {
    let rows = rows(layout, costs);
    let cells = rows.into_iter().map(|Row { startups, count, taken, share, price, watts }| {
        vec![startups, count.to_string(), taken, share, price, watts]
    });
    let cells: Vec<Vec<String>> = std::iter::once(header(layout, costs).to_vec()).chain(cells).collect();
    let said = |column: &usize| cells.iter().skip(1).any(|row| !row[*column].is_empty());
    let columns: Vec<usize> = (0..6).filter(said).collect();
    cells.iter().map(|row| columns.iter().map(|&column| row[column].clone()).collect()).collect()
}
