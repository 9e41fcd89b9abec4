//! How much of each resource is used: bars and figures, those of a whole page in columns that line up.

use super::grid;
use super::style::{Style, width_of};
use crate::report::page::{Bar, Block, Column, Page, Table, Text, Tone};
use crate::report::text;

/// The longest bar: more is not easier to read.
const LONGEST: usize = 34;
/// A bar shorter than this says nothing.
const SHORTEST: usize = 6;

/// The bars that are worth a line: not those of nothing of which nothing is used.
pub fn shown(bars: &[Bar]) -> impl Iterator<Item = &Bar> {
    bars.iter().filter(|bar| bar.used > 0 || bar.allocatable > 0)
}

/// A bar, what is used of what in which unit, and what is free.
type Shown<'a> = (&'a Bar, [String; 3], String);

/// The lines of all bars of a page, the bars as long as the screen allows.
pub fn lines(page: &Page, style: &Style) -> Vec<String> {
    let bars = page.shown(Some(style.width)).flat_map(|block| match block {
        Block::Bars(bars) => shown(bars).collect(),
        _ => Vec::new(),
    });
    let bars: Vec<Shown> = bars
        .map(|bar| {
            let (used, whole, unit) = text::share_of(&bar.resource, bar.used, bar.allocatable);
            (bar, [used, whole, unit], bar.free())
        })
        .collect();
    let widest = |of: &dyn Fn(&Shown) -> usize| bars.iter().map(of).max().unwrap_or(0);
    let [used, whole, unit] = [0, 1, 2].map(|part| widest(&|bar| width_of(&bar.1[part])));
    let fixed =
        2 + widest(&|bar| width_of(bar.0.resource.name())) + 2 + used + 4 + whole + 1 + unit + 2 + "100 %".len();
    let free = 2 + widest(&|bar| width_of(&bar.2));
    let cells = style.width.saturating_sub(fixed + free + 2).min(LONGEST);
    let with_bar = cells >= SHORTEST;
    let with_free = with_bar || fixed + free <= style.width;

    let [left, right] = [Column::words(""), Column::figures("")];
    let mut table = Table::new(2, [left.clone(), left.clone(), left, right.clone(), right]);
    for (it, shown, free) in &bars {
        let above = it.is_above().then_some(Tone::Warn);
        let tone = if it.used > it.allocatable { Some(Tone::Bad) } else { above };
        let figures = format!("{:>used$} of {:>whole$} {:<unit$}", shown[0], shown[1], shown[2]);
        let drawn = if with_bar { aimed(it, cells) } else { String::new() };
        table.row([
            Text::from(it.resource.name()),
            Text::from(drawn).toned(tone.or(Some(Tone::Good))),
            Text::from(figures).toned(tone),
            Text::from(text::percent(it.used, it.allocatable)).toned(tone),
            Text::from(if with_free { free.as_str() } else { "" }).toned(tone),
        ]);
    }
    grid::table(&table, style).split_inclusive('\n').map(str::to_owned).collect()
}

/// A bar with a mark at its target; what is used beyond is lighter.
fn aimed(of: &Bar, cells: usize) -> String {
    let drawn = bar(of.used, of.allocatable, cells);
    let Some(target) = of.target.filter(|target| *target < of.allocatable) else { return drawn };
    let at = (u128::from(target) * cells as u128 / u128::from(of.allocatable)) as usize;
    let cell = |(number, c): (usize, char)| match c {
        ' ' if number == at => '┊',
        '█' if number >= at && of.is_above() => '▓',
        c => c,
    };
    drawn.chars().enumerate().map(cell).collect()
}

/// A bar of `cells` columns filled by `part` of `whole`, to an eighth of a column. Something is never drawn as nothing,
/// and only what is full is drawn full.
fn bar(part: u64, whole: u64, cells: usize) -> String {
    const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];
    let all = cells as u128 * 8;
    let filled = match u128::from(part) * all {
        0 => 0,
        _ if part >= whole => all,
        scaled => (scaled / u128::from(whole)).clamp(1, all.saturating_sub(1).max(1)),
    };
    let (full, eighths) = ((filled / 8) as usize, (filled % 8) as usize);
    let drawn = format!("{}{}", "█".repeat(full), EIGHTHS[eighths]);
    let missing = cells.saturating_sub(width_of(&drawn));
    drawn + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_target_is_marked_and_what_is_beyond_it_is_lighter() {
        let of = |used, target| Bar {
            resource: crate::quantity::Resource::Memory.into(),
            used,
            allocatable: 10,
            target: Some(target),
            limits: None,
        };
        assert_eq!(aimed(&of(5, 8), 10), "█████   ┊ ");
        assert_eq!(aimed(&of(8, 8), 10), "████████┊ ");
        assert_eq!(aimed(&of(9, 8), 10), "████████▓ ");
        assert_eq!(aimed(&of(10, 8), 10), "████████▓▓");
        assert_eq!(aimed(&of(10, 10), 10), "██████████");
        assert_eq!(aimed(&of(0, 0), 10), "┊         ");
    }

    #[test]
    fn a_bar_is_full_only_when_all_is_used_and_empty_only_when_nothing_is() {
        assert_eq!(bar(0, 10, 4), "    ");
        assert_eq!(bar(1, 1_000_000, 4), "▏   ");
        assert_eq!(bar(5, 10, 4), "██  ");
        assert_eq!(bar(999_999, 1_000_000, 4), "███▉");
        assert_eq!(bar(10, 10, 4), "████");
        assert_eq!(bar(11, 10, 4), "████");
        assert_eq!(bar(1, 0, 2), "██");
        assert_eq!(bar(0, 0, 2), "  ");
        assert_eq!(bar(u64::MAX, u64::MAX, 1), "█");
        assert_eq!(bar(1, 2, 0), "");
    }
}
