//! The hosts with what they hold, as Markdown.

use super::cells::{code, escape, table};
use crate::model::{ContainerIndex, HostState, Layout};
use crate::plan::HostUse;
use crate::report::content;
use crate::report::text;

/// A section for each host that holds anything, and a line for the empty ones.
pub fn hosts(layout: &Layout, uses: &[HostUse]) -> String {
    let busy = uses.iter().filter(|held| !held.containers.is_empty());
    let mut sections: Vec<String> = busy.map(|held| host(layout, held)).collect();
    for (state, word) in [(HostState::Up, "Empty"), (HostState::Drain, "Drained"), (HostState::Planned, "Planned")] {
        let empty = uses.iter().filter(|held| held.containers.is_empty()).map(|held| &layout.lab.hosts[held.host]);
        let names: Vec<&str> = empty.filter(|host| host.state == state).map(|host| host.name.as_str()).collect();
        if !names.is_empty() {
            sections.push(format!("{word}: {}\n", text::ranges(&names)));
        }
    }
    sections.join("\n")
}

fn host(layout: &Layout, held: &HostUse) -> String {
    let machine = &layout.lab.hosts[held.host];
    let title = machine.title.as_ref().map_or_else(String::new, |title| format!(": {}", escape(title)));
    let mut out = format!("## {}{title}\n\n", machine.name);
    let mut rows = Vec::new();
    let order = content::scarcest_first(layout);
    for &resource in &order {
        let (used, whole) = (held.used[resource], machine.allocatable[resource]);
        let limits = held.limits[resource].map_or_else(String::new, |limits| {
            format!("{}, {}", layout.lab.resources[resource].show(limits), text::percent(limits, whole))
        });
        let resource = &layout.lab.resources[resource];
        let free = match whole.checked_sub(used) {
            Some(free) => resource.show(free),
            None => format!("**{} over**", resource.show(used - whole)),
        };
        let percent = text::percent(used, whole).replace('<', "&lt;");
        rows.push(vec![resource.name().to_owned(), resource.show(used), resource.show(whole), percent, free, limits]);
    }
    let header = ["resource", "used", "allocatable", "share", "free", "sum of limits"];
    // No column of nothing.
    let columns = if rows.iter().all(|row| row.last().is_some_and(String::is_empty)) { 5 } else { 6 };
    rows.iter_mut().for_each(|row| row.truncate(columns));
    out += &table(&header[..columns], &[false, true, true, true, true, true][..columns], &rows);
    out + "\n" + &startups(layout, &held.containers)
}

/// The containers by startup, a row for startups alike.
pub fn startups(layout: &Layout, containers: &[ContainerIndex]) -> String {
    let amount = content::scarcest_first(layout).first().copied();
    let groups = content::groups(layout, containers, amount);
    let rows: Vec<Vec<String>> = groups
        .iter()
        .map(|group| {
            let items = group.items.iter().map(|item| format!("{} {}", code(&item.name), item.amount));
            let items: Vec<String> = items.map(|item| item.trim_end().to_owned()).collect();
            vec![group.startups.clone(), group.count.to_string(), items.join(", ")]
        })
        .collect();
    table(&["startups", "how many", "containers of each"], &[false, true, false], &rows)
}
