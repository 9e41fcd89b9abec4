//! Files of variables (`.env`): a line `NAME=value` each, with quotes, comments, and variables of the lines before.

use std::collections::BTreeMap;

use super::interpolate::interpolate;

/// Adds the variables of a file; what is known already stays where `keep` says so. Gives the lines that are none, with
/// what is wrong.
pub fn read(text: &str, variables: &mut BTreeMap<String, String>, keep: bool) -> Vec<(u32, String)> {
    let before: Vec<String> = if keep { variables.keys().cloned().collect() } else { Vec::new() };
    let mut wrong = Vec::new();
    let mut rest = text;
    let mut line = 1;
    while !rest.is_empty() {
        let at = line;
        let (statement, after) = statement(rest);
        line += u32::try_from(statement.matches('\n').count()).unwrap_or(0) + 1;
        rest = after;
        match variable(statement, variables) {
            Ok(Some((name, value))) => {
                if before.binary_search(&name).is_err() {
                    variables.insert(name, value);
                }
            }
            Ok(None) => {}
            Err(reason) => wrong.push((at, reason)),
        }
    }
    wrong
}

/// The text up to the end of its line, or of the quotes that it opens, and what follows.
fn statement(text: &str) -> (&str, &str) {
    let line = text.find('\n').unwrap_or(text.len());
    let first = text.get(..line).unwrap_or(text);
    let value = first.split_once('=').map(|(_, value)| value.trim_start());
    let is_comment = first.trim_start().starts_with('#');
    let mut end = line;
    if let Some(quote) = value.and_then(|value| value.chars().next()).filter(|c| matches!(c, '"' | '\'') && !is_comment)
    {
        let open = first.find('=').and_then(|at| Some(at + first.get(at..)?.find(quote)?)).unwrap_or(0);
        if let Some(close) = closing(text.get(open + 1..).unwrap_or(""), quote) {
            let behind = open + 1 + close;
            end = text.get(behind..).and_then(|rest| rest.find('\n')).map_or(text.len(), |next| behind + next);
        }
    }
    (text.get(..end).unwrap_or(text), text.get(end + 1..).unwrap_or(""))
}

/// Where the quotes close that stand open.
fn closing(text: &str, quote: char) -> Option<usize> {
    let mut escaped = false;
    for (at, c) in text.char_indices() {
        match c {
            '\\' if quote == '"' && !escaped => escaped = true,
            c if c == quote && !escaped => return Some(at),
            _ => escaped = false,
        }
    }
    None
}

/// The variable of a statement; `None` where it is empty or a comment.
fn variable(statement: &str, known: &BTreeMap<String, String>) -> Result<Option<(String, String)>, String> {
    let statement = statement.trim();
    let statement = statement.strip_prefix("export ").map_or(statement, str::trim_start);
    if statement.is_empty() || statement.starts_with('#') {
        return Ok(None);
    }
    let Some((name, value)) = statement.split_once('=') else {
        // A name alone takes its value from the environment, which is not read.
        return Err("is no `NAME=value`".to_owned());
    };
    let (name, value) = (name.trim(), value.trim());
    let is_name = |name: &str| name.chars().all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
    if name.is_empty() || !is_name(name) {
        return Err("has no name of a variable before its `=`".to_owned());
    }
    let look = |name: &str| known.get(name).map(String::as_str);
    let put = |text: &str| interpolate(text, &look).map(|put| put.text);
    let value = match value.chars().next() {
        Some('\'') => {
            let inner = value.get(1..).unwrap_or("");
            let end = closing(inner, '\'').ok_or("has quotes that do not close")?;
            inner.get(..end).unwrap_or("").to_owned()
        }
        Some('"') => {
            let inner = value.get(1..).unwrap_or("");
            let end = closing(inner, '"').ok_or("has quotes that do not close")?;
            put(&unescaped(inner.get(..end).unwrap_or("")))?
        }
        _ => put(value.split(" #").next().unwrap_or("").trim_end())?,
    };
    Ok(Some((name.to_owned(), value)))
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (c, if c == '\\' { characters.next() } else { None }) {
            ('\\', Some('n')) => out.push('\n'),
            ('\\', Some('t')) => out.push('\t'),
            ('\\', Some('r')) => out.push('\r'),
            // The sign itself, which the variables are not to see.
            ('\\', Some('$')) => out.push_str("$$"),
            ('\\', Some(other)) => out.push(other),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_of_all_kinds_are_read() {
        let text = "# a comment\nA=1\nexport B = two words # not this\nC='$A # x'\nD=\"$A-${N:-n}\\n\\$A\"\nE=\nF=\"two\nlines\"\nG=a#b\n\
                    nothing\n=x\nH=${A}${A\nA=3";
        let mut variables = BTreeMap::new();
        let wrong = read(text, &mut variables, false);
        let all: Vec<(&str, &str)> = variables.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(
            all,
            [
                ("A", "3"),
                ("B", "two words"),
                ("C", "$A # x"),
                ("D", "1-n\n$A"),
                ("E", ""),
                ("F", "two\nlines"),
                ("G", "a#b")
            ]
        );
        assert_eq!(wrong.iter().map(|(line, _)| *line).collect::<Vec<_>>(), [10, 11, 12]);
        read("A=9\nZ=1", &mut variables, true);
        assert_eq!((variables["A"].as_str(), variables["Z"].as_str()), ("3", "1"));
    }
}
