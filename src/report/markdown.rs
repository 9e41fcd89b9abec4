//! Pages as GitHub's Markdown: whatever a document says keeps its meaning and gets no other.

use crate::report::content::Group;
use crate::report::page::{Bar, Block, Column, Page, Role, Table, Text};
use crate::report::text::{self, clean};

/// The whole page, an empty line after each block.
pub fn render(page: &Page) -> String {
    let blocks = page.shown(None).filter(|block| !matches!(block, Block::Gap));
    blocks.map(one).collect::<Vec<_>>().join("\n")
}

fn one(block: &Block) -> String {
    match block {
        Block::Title(words) => format!("# {}\n", escape(words)),
        Block::Heading(words, _) => format!("## {}\n", escape(words)),
        Block::Claim { claim, rest, .. } if rest.is_empty() => format!("**{}**\n", said(claim)),
        Block::Claim { claim, rest, .. } => format!("**{}** {}\n", said(claim), said(rest)),
        Block::Says(says) => said(&says.words) + "\n",
        Block::Line(words, _) => sentence(words) + "\n",
        Block::Table(of) => table(of),
        Block::List(items, boxes) => list(items, if *boxes { "- [ ] " } else { "" }),
        Block::Bars(of) => bars(of),
        Block::Groups(of, _) => groups(of),
        Block::Flow(..) | Block::Strip(..) | Block::Gap => String::new(),
    }
}

fn said(words: &str) -> String {
    sentence(&text::sentence(words))
}

fn list(items: &[String], mark: &str) -> String {
    let lines = items.iter().enumerate();
    lines.map(|(number, item)| format!("{mark}{}. {}\n", number + 1, sentence(item))).collect()
}

/// A table; nothing where there are no columns.
fn table(table: &Table) -> String {
    let (columns, rows) = table.shown(None);
    if columns.is_empty() {
        return String::new();
    }
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    let head = columns.iter().map(|column| inline(&column.head)).collect();
    let rule = columns.iter().map(|column| if column.figures { "---:" } else { "---" }.to_owned()).collect();
    let rows = rows.iter().map(|row| row.iter().map(inline).collect());
    [head, rule].into_iter().chain(rows).map(line).collect()
}

fn inline(text: &Text) -> String {
    let word = |(role, words): &(Role, String)| match role {
        Role::Words => sentence(words),
        Role::Name => escape(words),
        Role::Code if words.is_empty() => String::new(),
        Role::Code => code(words),
        Role::Chosen => format!("**{}**", escape(words)),
        Role::Break => "<br>".to_owned(),
    };
    text.spans.iter().map(word).fold(String::new(), beside)
}

fn bars(bars: &[Bar]) -> String {
    let mut columns = vec![Column::words("resource")];
    columns.extend(["used", "allocatable", "share", "free"].map(Column::figures));
    // No column of nothing.
    let aimed = bars.iter().any(|bar| bar.target.is_some());
    columns.extend(aimed.then(|| Column::figures("target")));
    columns.extend(bars.iter().any(|bar| bar.limits.is_some()).then(|| Column::figures("sum of limits")));
    let mut of = Table::new(0, columns);
    for bar in bars {
        let Bar { resource, used, allocatable, target, limits } = bar;
        let share = |part| text::percent(part, *allocatable);
        let limits = limits.map_or_else(String::new, |limits| format!("{}, {}", resource.show(limits), share(limits)));
        let [used_shown, allocatable_shown] = resource.both(*used, *allocatable);
        let target = target.map_or_else(String::new, |target| resource.show(target));
        let target = if bar.is_above() { Role::Chosen.text(target) } else { Text::from(target) };
        let cells = [
            Text::from(resource.name()),
            Text::from(used_shown),
            Text::from(allocatable_shown),
            Text::from(share(*used)),
            if used > allocatable {
                Role::Chosen.text(bar.free())
            } else {
                Text::from(resource.show(allocatable - used))
            },
        ];
        let more = aimed.then_some(target).into_iter().chain([Text::from(limits)]);
        of.row(cells.into_iter().chain(more).collect::<Vec<Text>>());
    }
    table(&of)
}

/// A row for startups alike.
fn groups(groups: &[Group]) -> String {
    let mut of =
        Table::new(0, [Column::words("startups"), Column::figures("how many"), Column::words("containers of each")]);
    for Group { startups, count, items } in groups {
        let items = items.iter().map(|item| format!("`{}` {}", item.name, item.amount).trim_end().to_owned());
        of.row([startups.clone(), count.to_string(), items.collect::<Vec<_>>().join(", ")].map(Text::from));
    }
    table(&of)
}

/// Free text without a meaning in Markdown or HTML.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let text = clean(text);
    let mut rest = text.chars().peekable();
    while let Some(c) = rest.next() {
        let next = rest.peek().copied();
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            // What GitHub makes a link of without being asked to: `@who`, `#1`, and addresses by their `://` and `www.`.
            '@' => out = beside(out, code("@")),
            '#' if next.is_some_and(char::is_alphanumeric) => out = beside(out, code("#")),
            ':' if next == Some('/') => out.push_str("\\:"),
            '.' if out.to_lowercase().ends_with("www") => out.push_str("\\."),
            '\\' | '`' | '*' | '_' | '|' | '[' | ']' | '#' | '~' | '!' | '$' => out.extend(['\\', c]),
            _ => out.push(c),
        }
    }
    out
}

/// A sentence of this program: its backticks are meant, everything else is escaped.
fn sentence(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let shown = parts.iter().enumerate().map(|(i, part)| if i % 2 == 0 { escape(part) } else { code(part) });
    shown.fold(String::new(), beside)
}

/// `text` as code, between more backticks than it has side by side.
fn code(text: &str) -> String {
    let text = clean(text).replace('|', "\\|");
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    match longest {
        _ if text.trim().is_empty() => "\\`\\`".to_owned(),
        0 => format!("`{text}`"),
        _ => format!("{fence} {text} {fence}"),
    }
}

/// Both side by side: where backticks would meet there is a space between them.
fn beside(text: String, next: String) -> String {
    let gap = if text.ends_with('`') && next.starts_with('`') { " " } else { "" };
    text + gap + &next
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn free_text_cannot_break_out_of_a_cell() {
        assert_eq!(escape("a|b <img src=x> `c`\n# d"), "a\\|b &lt;img src=x&gt; \\`c\\` \\# d");
    }

    #[test]
    fn nothing_becomes_a_link_unasked() {
        assert_eq!(escape("http://x www.y a@b #1 # 1"), "http\\://x www\\.y a`@`b `#`1 \\# 1");
        assert_eq!(escape("@@"), "`@` `@`");
    }

    #[test]
    fn code_has_more_backticks_around_it_than_in_it() {
        assert_eq!(code("a``b`"), "``` a``b` ```");
        assert_eq!(sentence("by ```<img>`"), "by \\`\\` `<img>`");
        assert_eq!(sentence("`a``b`"), "`a` `b`");
    }

    #[test]
    fn a_sentence_keeps_its_code_and_nothing_else() {
        assert_eq!(sentence("`s01/app` asks *too* much"), "`s01/app` asks \\*too\\* much");
        assert_eq!(sentence("one ` alone <b>"), "one \\` alone &lt;b&gt;");
    }

    #[test]
    fn a_table_is_githubs() {
        let mut it = Table::new(0, [Column::words("x"), Column::figures("n")]);
        it.row(["a", "1"].map(Text::from));
        assert_eq!(table(&it), "| x | n |\n| --- | ---: |\n| a | 1 |\n");
    }
}
