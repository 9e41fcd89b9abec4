//! The hosts with what they hold: a line with a bar for each resource, then the containers by startup.

use crate::model::{HostIndex, HostState, Layout, ResourceIndex};
use crate::plan::HostUse;
use crate::report::content::{self, Group};
use crate::report::table::strip::{Palette, strip};
use crate::report::table::style::{Align, Grid, Style, Tone, bar, width_of};
use crate::report::text;

/// The longest bar: more is not easier to read.
const LONGEST_BAR: usize = 34;
/// A bar shorter than this says nothing.
const SHORTEST_BAR: usize = 6;

/// A block for each host that holds anything, one for all together, and a line for the hosts that are empty.
pub fn hosts(layout: &Layout, uses: &[HostUse], style: &Style) -> String {
    some_hosts(layout, uses, |_| true, style) + &empty(layout, uses, style)
}

/// A block for each host that holds anything and is `wanted`, and one for all together.
pub fn some_hosts(layout: &Layout, uses: &[HostUse], wanted: impl Fn(HostIndex) -> bool, style: &Style) -> String {
    let order = content::scarcest_first(layout);
    let busy = uses.iter().filter(|held| !held.containers.is_empty() && wanted(held.host));
    let palette = Palette::of(layout);
    let block = |held: &HostUse| {
        let strip = order.first().map_or_else(String::new, |&it| strip(layout, &palette, held, it, style));
        Block { strip, ..Block::of_host(layout, held, &order) }
    };
    let mut blocks: Vec<Block> = busy.map(block).collect();
    if uses.len() > 1 {
        blocks.push(Block::of_all(layout, uses, &order));
    }
    render(blocks, style)
}

/// Groups of containers, a line each: `s01..s18  app 2 GiB each`.
pub fn groups(groups: &[Group], style: &Style, indent: usize) -> String {
    let widths = groups.iter().map(|group| width_of(&group.startups));
    let label_width = widths.filter(|&width| width <= style.width / 4).max().unwrap_or(4);
    let mut out = String::new();
    for group in groups {
        let label = " ".repeat(indent) + &group.startups;
        let items: Vec<String> = group.items.iter().map(|item| item_text(item, group.count)).collect();
        let hanging = indent + label_width + 2;
        if width_of(&group.startups) <= label_width {
            let space = " ".repeat(hanging - width_of(&label));
            out += &style.flow(&(label + &space), &items, "   ", hanging);
        } else {
            let names: Vec<String> = group.startups.split(' ').map(str::to_owned).collect();
            out += &style.flow(&" ".repeat(indent), &names, " ", indent);
            out += &style.flow(&" ".repeat(hanging), &items, "   ", hanging);
        }
    }
    out
}

fn item_text(item: &content::Item, startups: usize) -> String {
    match (item.amount.is_empty(), startups * item.count > 1) {
        (true, _) => item.name.clone(),
        (false, false) => format!("{} {}", item.name, item.amount),
        (false, true) => format!("{} {} each", item.name, item.amount),
    }
}

/// A heading, a line for each resource, and what stands under them.
struct Block {
    name: String,
    containers: usize,
    /// Its startups as coloured blocks, where the screen can show them.
    strip: String,
    rows: Vec<Row>,
    remarks: Vec<(String, Tone)>,
    groups: Vec<Group>,
}

/// One resource of a host, or of all.
struct Row {
    name: String,
    used: u64,
    allocatable: u64,
    shown: (String, String, String),
    free: String,
}

impl Block {
    fn of_host(layout: &Layout, host: &HostUse, order: &[ResourceIndex]) -> Self {
        let machine = &layout.lab.hosts[host.host];
        let state = match machine.state {
            HostState::Up => "",
            HostState::Drain => " (drain)",
            HostState::Planned => " (planned)",
        };
        let title = machine.title.as_ref().map_or_else(String::new, |title| format!("  {}", text::clean(title)));
        let rows = order.iter().map(|&r| Row::new(layout, r, host.used[r], machine.allocatable[r]));
        let mut remarks = Vec::new();
        for &resource in order {
            if let Some(limits) = host.limits[resource] {
                remarks.push(limits_text(layout, resource, limits, machine.allocatable[resource]));
            }
        }
        for &resource in order {
            if let Some(factor) = &machine.overcommit[resource] {
                let name = layout.lab.resources[resource].name();
                remarks.push((format!("{name} is promised {} times over", text::clean(factor)), Tone::Dim));
            }
        }
        Self {
            name: format!("{}{state}{title}", machine.name),
            containers: host.containers.len(),
            strip: String::new(),
            rows: rows.flatten().collect(),
            remarks,
            groups: content::groups(layout, &host.containers, order.first().copied()),
        }
    }

    fn of_all(layout: &Layout, uses: &[HostUse], order: &[ResourceIndex]) -> Self {
        let counted: Vec<&HostUse> = uses
            .iter()
            .filter(|host| !host.containers.is_empty() || layout.lab.hosts[host.host].state != HostState::Planned)
            .collect();
        let rows = order.iter().map(|&resource| {
            let used = counted.iter().map(|host| host.used[resource]).fold(0, u64::saturating_add);
            let given = counted.iter().map(|host| layout.lab.hosts[host.host].allocatable[resource]);
            Row::new(layout, resource, used, given.fold(0, u64::saturating_add))
        });
        Self {
            name: "all hosts".to_owned(),
            containers: counted.iter().map(|host| host.containers.len()).sum(),
            strip: String::new(),
            rows: rows.flatten().collect(),
            remarks: Vec::new(),
            groups: Vec::new(),
        }
    }
}

impl Row {
    /// `None` for a resource of which there is nothing and nothing is used.
    fn new(layout: &Layout, resource: ResourceIndex, used: u64, allocatable: u64) -> Option<Self> {
        let resource = &layout.lab.resources[resource];
        let free = match allocatable.checked_sub(used) {
            Some(free) => format!("{} free", resource.show(free)),
            None => format!("{} over", resource.show(used - allocatable)),
        };
        let shown = text::share_of(resource, used, allocatable);
        let row = Self { name: resource.name().to_owned(), used, allocatable, shown, free };
        (used > 0 || allocatable > 0).then_some(row)
    }

    fn tone(&self) -> Option<Tone> {
        (self.used > self.allocatable).then_some(Tone::Bad)
    }
}

/// The sum of the limits: a fact, never a violation.
fn limits_text(layout: &Layout, resource: ResourceIndex, limits: u64, allocatable: u64) -> (String, Tone) {
    let resource = &layout.lab.resources[resource];
    let share = text::share(resource, limits, allocatable);
    let percent = text::percent(limits, allocatable);
    let over = limits > allocatable;
    let (word, tone) = if over { (": oversubscribed", Tone::Warn) } else { ("", Tone::Dim) };
    (format!("{} limits add up to {share}, {percent}{word}", resource.name()), tone)
}

fn render(blocks: Vec<Block>, style: &Style) -> String {
    let rows: Vec<&Row> = blocks.iter().flat_map(|block| &block.rows).collect();
    let grid = lines(&rows, style);
    let mut lines = grid.lines();
    let mut parts = Vec::new();
    for block in &blocks {
        let mut part = style.heading(&block.name, &text::count_of(block.containers, "container"));
        part += &block.strip;
        for line in lines.by_ref().take(block.rows.len()) {
            part += line;
            part.push('\n');
        }
        for (remark, tone) in &block.remarks {
            part += &format!("  {}\n", style.paint(*tone, style.wrap(remark, 4).trim_end()));
        }
        part += &groups(&block.groups, style, 4);
        parts.push(part);
    }
    parts.join("\n")
}

/// All rows as lines that line up, with bars as long as the screen allows.
fn lines(rows: &[&Row], style: &Style) -> String {
    let widest = |part: fn(&Row) -> &str| rows.iter().map(|row| width_of(part(row))).max().unwrap_or(0);
    let used = widest(|row| &row.shown.0);
    let whole = widest(|row| &row.shown.1);
    let unit = widest(|row| &row.shown.2);
    let figures = |row: &Row| format!("{:>used$} of {:>whole$} {:<unit$}", row.shown.0, row.shown.1, row.shown.2);
    let fixed = 2 + widest(|row| &row.name) + 2 + used + 4 + whole + 1 + unit + 2 + "100 %".len();
    let free = 2 + widest(|row| &row.free);
    let bar_cells = style.width.saturating_sub(fixed + free + 2).min(LONGEST_BAR);
    let with_bar = bar_cells >= SHORTEST_BAR;
    let with_free = with_bar || fixed + free <= style.width;

    let mut grid = Grid::new(&[Align::Left, Align::Left, Align::Left, Align::Right, Align::Right]);
    for row in rows {
        let tone = row.tone();
        grid.painted([
            (row.name.clone(), None),
            (
                if with_bar { bar(row.used, row.allocatable, bar_cells) } else { String::new() },
                tone.or(Some(Tone::Good)),
            ),
            (figures(row), tone),
            (text::percent(row.used, row.allocatable), tone),
            (if with_free { row.free.clone() } else { String::new() }, tone),
        ]);
    }
    grid.render(style, 2)
}

/// The hosts that hold nothing, by state.
fn empty(layout: &Layout, uses: &[HostUse], style: &Style) -> String {
    let mut out = String::new();
    for (state, word) in [(HostState::Up, "empty"), (HostState::Drain, "drained"), (HostState::Planned, "planned")] {
        let hosts = uses.iter().filter(|host| host.containers.is_empty()).map(|host| &layout.lab.hosts[host.host]);
        let names: Vec<&str> = hosts.filter(|host| host.state == state).map(|host| host.name.as_str()).collect();
        if !names.is_empty() {
            out += &style.wrap(&format!("{word}: {}", text::ranges(&names)), 2);
        }
    }
    if out.is_empty() { out } else { format!("\n{out}") }
}
