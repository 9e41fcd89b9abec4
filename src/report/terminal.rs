//! Pages for people at a terminal: figures aligned, sentences wrapped, as wide as the screen.

mod bars;
mod grid;
mod strip;
mod style;

pub use style::Style;

use crate::report::content::{Group, Item};
use crate::report::page::{Block, Page, Says, Tone};
use crate::report::text::clean;
use style::width_of;

/// More items of a list than these are only counted.
const SHOWN: usize = 9;

/// The whole page.
pub fn render(page: &Page, style: &Style) -> String {
    let mut lines = bars::lines(page, style).into_iter();
    let (mut out, mut gap) = (String::new(), false);
    for block in page.shown(Some(style.width)) {
        let text = match block {
            Block::Bars(bars) => lines.by_ref().take(bars::shown(bars).count()).collect(),
            other => one(other, style),
        };
        if gap && !text.is_empty() && !out.is_empty() {
            out.push('\n');
        }
        gap = matches!(block, Block::Gap) || (gap && text.is_empty());
        out += &text;
    }
    out
}

fn one(block: &Block, style: &Style) -> String {
    match block {
        Block::Heading(words, remark) => style.heading(&clean(words), remark),
        Block::Claim { tone, claim, gap, rest } => painted(style, *tone, &clean(&format!("{claim}{gap}{rest}"))),
        Block::Says(said) => says(said, style),
        Block::Line(words, tone) => style.paint(*tone, &clean(words)) + "\n",
        // What ends a piece does not end the last.
        Block::Flow(start, pieces, hang) => {
            let pieces: Vec<String> = pieces.iter().map(|piece| clean(piece)).collect();
            style.flow(&clean(start), &pieces, " ", *hang).trim_end().trim_end_matches(';').to_owned() + "\n"
        }
        Block::Table(table) => grid::table(table, style),
        Block::List(items, _) => list(items, style),
        Block::Strip(parts, whole) => strip::strip(parts, *whole, style),
        Block::Groups(of, indent) => groups(of, style, *indent),
        Block::Title(_) | Block::Bars(_) | Block::Gap => String::new(),
    }
}

/// A wrapped sentence whose first word, up to a colon, carries the colour.
fn painted(style: &Style, tone: Tone, text: &str) -> String {
    let wrapped = style.wrap(text, 0);
    match wrapped.split_once(':') {
        Some((word, rest)) if !word.contains([' ', '\n']) => style.paint(tone, &format!("{word}:")) + rest,
        _ => match wrapped.split_once('\n') {
            Some((first, rest)) => format!("{}\n{rest}", style.paint(tone, first)),
            None => wrapped,
        },
    }
}

fn says(Says { words, tone, lead, hang, spare, inset }: &Says, style: &Style) -> String {
    let inner = Style { width: style.width.saturating_sub(spare + inset), ..*style };
    let text = inner.wrap(&clean(words), *hang);
    let margin = " ".repeat(*inset);
    let lines: Vec<String> = text.lines().map(|line| format!("{margin}{line}")).collect();
    format!("{}{}\n", " ".repeat(*lead), style.paint(*tone, &lines.join("\n")))
}

fn list(items: &[String], style: &Style) -> String {
    let numbered = |(number, item): (usize, &String)| {
        let text = says(&Says { inset: 5, ..Says::new(item, 0) }, style);
        format!("{:>3}. {}", number + 1, &text[5..])
    };
    let shown: String = items.iter().enumerate().take(SHOWN).map(numbered).collect();
    match items.len().saturating_sub(SHOWN) {
        0 => shown,
        more => shown + &format!("     and {more} more (`--format json` has all)\n"),
    }
}

/// Groups of containers, a line each: `s01..s18  app 2 GiB each`.
fn groups(groups: &[Group], style: &Style, indent: usize) -> String {
    let widths = groups.iter().map(|group| width_of(&group.startups));
    let label_width = widths.filter(|&width| width <= style.width / 4).max().unwrap_or(4);
    let hanging = indent + label_width + 2;
    let mut out = String::new();
    for group in groups {
        let label = " ".repeat(indent) + &group.startups;
        let items: Vec<String> = group.items.iter().map(|item| item_text(item, group.count)).collect();
        let mut start = label.clone();
        if width_of(&group.startups) > label_width {
            let names: Vec<String> = group.startups.split(' ').map(str::to_owned).collect();
            out += &style.flow(&" ".repeat(indent), &names, " ", indent);
            start.clear();
        }
        let space = " ".repeat(hanging - width_of(&start));
        out += &style.flow(&(start + &space), &items, "   ", hanging);
    }
    out
}

fn item_text(item: &Item, startups: usize) -> String {
    match (item.amount.is_empty(), startups * item.count > 1) {
        (true, _) => item.name.clone(),
        (false, false) => format!("{} {}", item.name, item.amount),
        (false, true) => format!("{} {} each", item.name, item.amount),
    }
}
