//! The language of Nomad's job files, HCL 2 and what people still write of HCL 1, as a tree like that of JSON: a block is a
//! list of maps under its name, with its label as `Name`. What must be worked out first (conditions, functions, templates)
//! is kept as it stands, and known to be so.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Place, plain};
use crate::document::tree::{Entry, Interner, MOST_BYTES, MOST_LEVELS, Node, Value};
use crate::quantity::shorten;

/// Why it cannot be read on.
pub type Stop = Box<Diagnostic>;

/// What a value is that no plain text is.
#[derive(Clone, Debug)]
pub enum Expr {
    /// A text or number as it stands.
    Text(String),
    /// A text in quotes, with what is to be put in: what stands between `${` and `}`.
    Template(Vec<Part>),
    /// `var.count`, `local.image`.
    Name(String),
    /// `null`.
    Null,
    List(Vec<(Expr, usize)>),
    Map(Vec<(String, usize, Expr, usize)>),
    /// What must be worked out.
    Other(String),
}

#[derive(Clone, Debug)]
pub enum Part {
    Text(String),
    Put(String),
}

/// What stands between two braces.
#[derive(Clone, Debug, Default)]
pub struct Body {
    /// `key = value`, with the places of both.
    values: Vec<(String, usize, Expr, usize)>,
    blocks: Vec<Block>,
}

#[derive(Clone, Debug)]
struct Block {
    kind: String,
    labels: Vec<String>,
    at: usize,
    body: Body,
}

/// Values by `var.NAME` and `local.NAME`: texts, and lists and maps of these.
pub type Known = BTreeMap<String, Result<Expr, String>>;

/// A file that was read.
pub struct Read {
    /// What is in it.
    pub body: Body,
    lines: Vec<usize>,
    file: u32,
}

/// A file as a tree.
#[derive(Clone, Debug)]
pub struct Tree {
    /// The map of all that stands in it.
    pub root: Node,
    /// What is not known, by the place of its value: why.
    pub unknown: HashMap<Place, String>,
    /// The dynamic blocks of which nothing could be made, by their places: why.
    pub unmade: HashMap<Place, String>,
}

/// Reads a text.
///
/// # Errors
/// What is none.
pub fn read(text: &str, file: u32) -> Result<Read, Stop> {
    let lines: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
    let mut reader = Reader { text, at: 0, levels: 0, lines, file };
    if text.len() > MOST_BYTES {
        return Err(reader.wrong("fewer bytes"));
    }
    let body = reader.body(false)?;
    Ok(Read { body, lines: reader.lines, file })
}

struct Reader<'a> {
    text: &'a str,
    at: usize,
    levels: usize,
    lines: Vec<usize>,
    file: u32,
}

/// The place of a byte of the text.
fn place(at: usize, lines: &[usize], file: u32, text: &str) -> Place {
    let line = lines.partition_point(|start| *start <= at).max(1);
    let start = lines.get(line - 1).copied().unwrap_or(0);
    // Characters are counted, bytes in lines that nobody reads.
    const LONGEST: usize = 4096;
    let before = text.get(start..at).filter(|before| before.len() <= LONGEST);
    let column = before.map_or(at.saturating_sub(start), |before| before.chars().count());
    let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place { file, line: small(line), column: small(column + 1), length: 0 }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_' || c == '-'
}

impl<'a> Reader<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn skip(&mut self, c: char) -> bool {
        let is_there = self.peek() == Some(c);
        if is_there {
            self.at += c.len_utf8();
        }
        is_there
    }

    fn wrong(&self, expected: &str) -> Stop {
        let at = place(self.at, &self.lines, self.file, self.text);
        let line = self.lines.partition_point(|start| *start <= self.at).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or(0);
        let line = self.text.get(start..).unwrap_or("").lines().next().unwrap_or("");
        let there = match self.peek() {
            None => "the file ends".to_owned(),
            Some('\n') => "the line ends".to_owned(),
            Some(c) => format!("this is `{}`", plain(&c.to_string())),
        };
        let is_template = ["[[", "{{", "{%", "<%"].iter().any(|open| line.contains(open));
        let help = match is_template {
            true => "this is a template: render it first, and import what comes of it",
            false => "this is to be a job file of Nomad: `nomad job validate` says more",
        };
        Box::new(Diagnostic::new(Code::Syntax, at, format!("expected {expected}; {there}")).help(help))
    }

    /// Goes past blanks and comments, and past the ends of lines where these mean nothing.
    fn blanks(&mut self, lines: bool) -> Result<(), Stop> {
        loop {
            let rest = self.rest();
            let trimmed =
                rest.trim_start_matches(|c: char| matches!(c, ' ' | '\t' | '\r' | '\u{feff}') || lines && c == '\n');
            self.at += rest.len() - trimmed.len();
            if trimmed.starts_with('#') || trimmed.starts_with("//") {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            } else if trimmed.starts_with("/*") {
                match trimmed.find("*/") {
                    Some(end) => self.at += end + 2,
                    None => return Err(self.wrong("the end of the comment")),
                }
            } else {
                return Ok(());
            }
        }
    }

    fn word(&mut self) -> String {
        let rest = self.rest();
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("").to_owned();
        self.at += end;
        word
    }

    fn deeper(&mut self) -> Result<(), Stop> {
        self.levels += 1;
        if self.levels <= MOST_LEVELS {
            return Ok(());
        }
        let at = place(self.at, &self.lines, self.file, self.text);
        let message = format!("blocks and lists stand more than {MOST_LEVELS} levels deep in each other, the limit");
        Err(Box::new(Diagnostic::new(Code::TooDeep, at, message).help("nothing in a job stands so deep")))
    }

    /// All up to the closing brace, or to the end of the file.
    fn body(&mut self, is_block: bool) -> Result<Body, Stop> {
        self.deeper()?;
        let mut body = Body::default();
        loop {
            self.blanks(true)?;
            match self.peek() {
                None if is_block => return Err(self.wrong("`}`")),
                None => break,
                Some('}') if is_block => {
                    self.skip('}');
                    break;
                }
                Some(',' | ';') => self.at += 1,
                Some(c) if c == '"' || is_word(c) => self.entry(&mut body)?,
                Some(_) => return Err(self.wrong("the name of a value or a block")),
            }
        }
        self.levels -= 1;
        Ok(body)
    }

    fn entry(&mut self, body: &mut Body) -> Result<(), Stop> {
        let at = self.at;
        let key = self.label()?;
        let mut labels = Vec::new();
        loop {
            self.blanks(false)?;
            match self.peek() {
                // Of a file itself only YAML and its kin write `:`.
                Some(c) if labels.is_empty() && (c == '=' || c == ':' && self.levels > 1) => {
                    self.at += 1;
                    self.blanks(true)?;
                    let from = self.at;
                    let value = self.value()?;
                    body.values.push((key, at, value, from));
                    return Ok(());
                }
                Some('{') => {
                    self.skip('{');
                    let inner = self.body(true)?;
                    body.blocks.push(Block { kind: key, labels, at, body: inner });
                    return Ok(());
                }
                Some(c) if c == '"' || is_word(c) => labels.push(self.label()?),
                _ if labels.is_empty() => return Err(self.wrong("`=` or `{`")),
                _ => return Err(self.wrong("`{`")),
            }
        }
    }

    /// A word, or a text in quotes.
    fn label(&mut self) -> Result<String, Stop> {
        if self.peek() == Some('"') {
            let parts = self.quoted()?;
            return Ok(parts
                .into_iter()
                .map(|part| match part {
                    Part::Text(text) => text,
                    Part::Put(text) => format!("${{{text}}}"),
                })
                .collect());
        }
        Ok(self.word())
    }

    fn value(&mut self) -> Result<Expr, Stop> {
        let (from, levels) = (self.at, self.levels);
        let value = self.term();
        if let Ok(Some(value)) = value {
            self.blanks(false)?;
            let ends = match self.peek() {
                None | Some('\n' | ',' | ';' | ']' | '}' | ')') => true,
                // Another value on the same line.
                Some(c) => c.is_alphabetic() || c == '_' || c == '"',
            };
            if ends {
                return Ok(value);
            }
        } else if let Err(stop) = value
            && stop.code == Code::TooDeep
        {
            return Err(stop);
        }
        (self.at, self.levels) = (from, levels);
        self.other()
    }

    /// A plain value; `None` where it is something else.
    fn term(&mut self) -> Result<Option<Expr>, Stop> {
        match self.peek() {
            Some('"') => {
                let parts = self.quoted()?;
                Ok(Some(Expr::Template(parts)))
            }
            Some('<') if self.rest().starts_with("<<") => self.heredoc().map(Some),
            Some('[') if !self.rest().starts_with("[[") => {
                self.deeper()?;
                self.skip('[');
                let mut items = Vec::new();
                loop {
                    self.blanks(true)?;
                    if self.skip(']') {
                        break;
                    }
                    let from = self.at;
                    if self.rest().starts_with("for ") {
                        return Err(self.wrong("a plain value"));
                    }
                    items.push((self.value()?, from));
                    self.blanks(true)?;
                    if !self.skip(',') && self.peek() != Some(']') {
                        return Err(self.wrong("`,` or `]`"));
                    }
                }
                self.levels -= 1;
                Ok(Some(Expr::List(items)))
            }
            Some('{') => {
                self.deeper()?;
                self.skip('{');
                let mut entries = Vec::new();
                loop {
                    self.blanks(true)?;
                    if self.skip('}') {
                        break;
                    }
                    let at = self.at;
                    let key = self.label()?;
                    self.blanks(false)?;
                    if key.is_empty() || !(self.skip('=') || self.skip(':')) {
                        return Err(self.wrong("`=`"));
                    }
                    self.blanks(true)?;
                    let from = self.at;
                    entries.push((key, at, self.value()?, from));
                    self.blanks(false)?;
                    self.skip(',');
                }
                self.levels -= 1;
                Ok(Some(Expr::Map(entries)))
            }
            Some('-') | Some('0'..='9') => {
                let rest = self.rest();
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
                let number = rest.get(..end).unwrap_or("").to_owned();
                self.at += end;
                Ok(number.parse::<f64>().is_ok().then_some(Expr::Text(number)))
            }
            Some(c) if c.is_alphabetic() || c == '_' => {
                let mut name = self.word();
                while self.rest().starts_with('.') && self.rest().chars().nth(1).is_some_and(is_word) {
                    self.at += 1;
                    name = format!("{name}.{}", self.word());
                }
                Ok(match name.as_str() {
                    "true" | "false" => Some(Expr::Text(name)),
                    "null" => Some(Expr::Null),
                    _ if name.contains('.') => Some(Expr::Name(name)),
                    // The type of a variable: `string`, `number`.
                    _ => Some(Expr::Other(name)),
                })
            }
            _ => Ok(None),
        }
    }

    /// What must be worked out: all up to the end of the line or of what is around it.
    fn other(&mut self) -> Result<Expr, Stop> {
        let from = self.at;
        let mut depth = 0_usize;
        loop {
            match self.peek() {
                None => break,
                Some('"') => {
                    self.quoted()?;
                }
                Some('<') if self.rest().starts_with("<<") => {
                    self.heredoc()?;
                }
                Some('\n') if depth == 0 => break,
                Some(',' | ']' | '}' | ')') if depth == 0 => break,
                Some('#') => self.blanks(false)?,
                Some('/') if self.rest().starts_with("//") || self.rest().starts_with("/*") => self.blanks(false)?,
                Some(c) => {
                    match c {
                        '[' | '{' | '(' => depth += 1,
                        ']' | '}' | ')' => depth -= 1,
                        _ => {}
                    }
                    self.at += c.len_utf8();
                }
            }
        }
        let text = self.text.get(from..self.at).unwrap_or("").trim();
        match text.is_empty() {
            true => Err(self.wrong("a value")),
            false => Ok(Expr::Other(text.to_owned())),
        }
    }

    /// A text in quotes.
    fn quoted(&mut self) -> Result<Vec<Part>, Stop> {
        let start = self.at;
        self.skip('"');
        let mut parts = Vec::new();
        let mut text = String::new();
        loop {
            let Some(c) = self.peek() else {
                self.at = start;
                return Err(self.wrong("the quote that ends this text"));
            };
            self.at += c.len_utf8();
            match c {
                '"' => break,
                '\n' => {
                    self.at = start;
                    return Err(self.wrong("the quote that ends this text on its line"));
                }
                '\\' => {
                    let Some(c) = self.peek() else { continue };
                    self.at += c.len_utf8();
                    match c {
                        'n' => text.push('\n'),
                        'r' => text.push('\r'),
                        't' => text.push('\t'),
                        'u' | 'U' => {
                            let length = if c == 'u' { 4 } else { 8 };
                            let digits = self.rest().get(..length).unwrap_or("").to_owned();
                            let code = u32::from_str_radix(&digits, 16).ok().and_then(char::from_u32);
                            let Some(code) = code else { return Err(self.wrong("the number of a character")) };
                            text.push(code);
                            self.at += length;
                        }
                        c => text.push(c),
                    }
                }
                '$' | '%' if self.rest().starts_with('{') => {
                    // Doubled it stands for itself.
                    if text.ends_with(c) {
                        self.skip('{');
                        text.push('{');
                        continue;
                    }
                    let inner = self.braces(start)?;
                    parts.push(Part::Text(std::mem::take(&mut text)));
                    parts.push(if c == '$' { Part::Put(inner) } else { Part::Put(format!("%{inner}")) });
                }
                c => text.push(c),
            }
        }
        parts.push(Part::Text(text));
        Ok(parts)
    }

    /// What stands between two braces, with texts that have such themselves.
    fn braces(&mut self, start: usize) -> Result<String, Stop> {
        #[derive(PartialEq)]
        enum Within {
            Braces,
            Quotes,
        }
        let from = self.at + 1;
        self.skip('{');
        let mut stack = vec![Within::Braces];
        while let Some(within) = stack.last() {
            let Some(c) = self.peek() else {
                self.at = start;
                return Err(self.wrong("`}` behind `${`"));
            };
            self.at += c.len_utf8();
            match (within, c) {
                (Within::Quotes, '"') | (Within::Braces, '}') => drop(stack.pop()),
                (Within::Braces, '"') => stack.push(Within::Quotes),
                (Within::Braces, '{') => stack.push(Within::Braces),
                (Within::Quotes, '\\') => self.at += self.peek().map_or(0, char::len_utf8),
                (Within::Quotes, '$' | '%') if self.rest().starts_with('{') => {
                    self.at += 1;
                    stack.push(Within::Braces);
                }
                _ => {}
            }
        }
        Ok(self.text.get(from..self.at - 1).unwrap_or("").trim().to_owned())
    }

    /// `<<EOF`, lines, `EOF`.
    fn heredoc(&mut self) -> Result<Expr, Stop> {
        let start = self.at;
        self.at += 2;
        self.skip('-');
        let word = self.word();
        let Some(end) = self.rest().find('\n').filter(|_| !word.is_empty()) else {
            self.at = start;
            return Err(self.wrong("a value"));
        };
        self.at += end + 1;
        let from = self.at;
        loop {
            let rest = self.rest();
            let line = rest.split('\n').next().unwrap_or("");
            if line.trim() == word {
                let text = self.text.get(from..self.at).unwrap_or("").to_owned();
                self.at += line.trim_end_matches('\r').len();
                return Ok(Expr::Text(text));
            }
            if line.len() == rest.len() {
                self.at = start;
                return Err(self.wrong(&format!("a line `{}` that ends this text", shorten(&plain(&word)))));
            }
            self.at += line.len() + 1;
        }
    }
}

impl Read {
    /// Whether it has a block of this name.
    pub fn has(&self, kind: &str) -> bool {
        self.body.blocks.iter().any(|block| block.kind == kind)
    }

    /// Whether there are but values in it, as in a file of variables.
    pub fn are_values(&self) -> bool {
        self.body.blocks.is_empty() && !self.body.values.is_empty()
    }

    /// The values of variables and locals that the file has: what files of variables say wins over defaults.
    pub fn known(&self, given: &Known) -> Known {
        let mut known = Known::new();
        // Locals may name variables that stand behind them.
        let (variables, others): (Vec<&Block>, Vec<&Block>) =
            self.body.blocks.iter().partition(|block| block.kind == "variable");
        for block in variables.into_iter().chain(others) {
            match (block.kind.as_str(), block.labels.first()) {
                ("variable", Some(name)) => {
                    let name = format!("var.{name}");
                    let default = block.body.values.iter().find(|(key, ..)| key == "default");
                    let value = match (given.get(&name), default) {
                        (Some(given), _) => given.clone(),
                        (None, Some((_, _, value, _))) => worked_out(value, &known),
                        (None, None) => Err(format!("`{}` has no default", plain(&name))),
                    };
                    known.insert(name, value);
                }
                ("locals", _) => {
                    for (key, _, value, _) in &block.body.values {
                        let value = worked_out(value, &known);
                        known.insert(format!("local.{key}"), value);
                    }
                }
                _ => {}
            }
        }
        known
    }

    /// The values of a file of variables.
    pub fn given(&self) -> Known {
        let none = Known::new();
        self.body.values.iter().map(|(key, _, value, _)| (format!("var.{key}"), worked_out(value, &none))).collect()
    }

    /// The whole as a tree.
    pub fn tree(&self, text: &str, known: &Known) -> Tree {
        let mut out = Out::default();
        let root = Writer { known, text, lines: &self.lines, file: self.file, out: &mut out }.map(&self.body, 0, None);
        Tree { root, unknown: out.unknown, unmade: out.unmade }
    }
}

/// A value of texts alone, or why it is not known.
fn worked_out(expr: &Expr, known: &Known) -> Result<Expr, String> {
    match expr {
        Expr::List(items) => {
            let items = items.iter().map(|(item, at)| Ok((worked_out(item, known)?, *at)));
            items.collect::<Result<_, String>>().map(Expr::List)
        }
        Expr::Map(entries) => {
            let entries =
                entries.iter().map(|(key, at, value, from)| Ok((key.clone(), *at, worked_out(value, known)?, *from)));
            entries.collect::<Result<_, String>>().map(Expr::Map)
        }
        Expr::Name(name) => known.get(name).cloned().unwrap_or_else(|| named(name, known).map(Expr::Text)),
        other => text_of(other, known).map(Expr::Text),
    }
}

/// The keys and values over which a dynamic block goes, or why they are not known.
fn each(expr: &Expr, known: &Known) -> Result<Vec<(String, Expr)>, String> {
    match worked_out(expr, known)? {
        Expr::List(items) => Ok(items.into_iter().zip(0..).map(|((item, _), at)| (at.to_string(), item)).collect()),
        Expr::Map(entries) => Ok(entries.into_iter().map(|(key, _, value, _)| (key, value)).collect()),
        _ => Err("`for_each` is neither a list nor a map".to_owned()),
    }
}

/// What a value is as a text, or why that is not known.
fn text_of(expr: &Expr, known: &Known) -> Result<String, String> {
    match expr {
        Expr::Text(text) => Ok(text.clone()),
        Expr::Template(parts) => {
            let mut text = String::new();
            for part in parts {
                match part {
                    Part::Text(part) => text.push_str(part),
                    Part::Put(name) if known.contains_key(name) => text.push_str(&named(name, known)?),
                    Part::Put(name) => {
                        match name.split('.').next().unwrap_or("").split(['[', '(', ' ']).next().unwrap_or("") {
                            "var" | "local" => text.push_str(&named(name, known)?),
                            // What is put in where the job runs.
                            "attr" | "node" | "meta" | "env" | "device"
                                if name.chars().all(|c| is_word(c) || "./[]\"".contains(c)) =>
                            {
                                text.push_str(&format!("${{{name}}}"));
                            }
                            _ if name.starts_with("NOMAD_") => text.push_str(&format!("${{{name}}}")),
                            _ => return Err(format!("`{}` must be worked out first", plain(&shorten(name)))),
                        }
                    }
                }
            }
            match [("[[", "]]"), ("{{", "}}"), ("{%", "%}")]
                .iter()
                .any(|(open, end)| text.contains(open) && text.contains(end))
            {
                true => Err(format!("`{}` is a template: render it first", plain(&shorten(&text)))),
                false => Ok(text),
            }
        }
        Expr::Name(name) => named(name, known),
        Expr::Other(text) if text.starts_with("length(") => {
            let of = text.strip_prefix("length(").and_then(|rest| rest.strip_suffix(')')).unwrap_or("").trim();
            match known.get(of) {
                Some(Ok(Expr::List(items))) => Ok(items.len().to_string()),
                Some(Ok(Expr::Map(entries))) => Ok(entries.len().to_string()),
                _ => Err(format!("`{}` must be worked out first", plain(&shorten(text)))),
            }
        }
        Expr::Other(text) => Err(format!("`{}` must be worked out first", plain(&shorten(text)))),
        Expr::Null | Expr::List(_) | Expr::Map(_) => Err("it is no single value".to_owned()),
    }
}

fn named(name: &str, known: &Known) -> Result<String, String> {
    match known.get(name) {
        Some(Ok(Expr::Text(text))) => Ok(text.clone()),
        Some(Ok(_)) => Err("it is no single value".to_owned()),
        Some(Err(why)) => Err(why.clone()),
        None => Err(format!("nothing says what `{}` is", plain(&shorten(name)))),
    }
}

struct Writer<'a> {
    known: &'a Known,
    text: &'a str,
    lines: &'a [usize],
    file: u32,
    out: &'a mut Out,
}

/// What is written beside the tree.
#[derive(Default)]
struct Out {
    unknown: HashMap<Place, String>,
    unmade: HashMap<Place, String>,
    texts: Interner,
    /// How many values were copied for dynamic blocks.
    made: usize,
}

/// So many values may be copied for dynamic blocks, each of which knows all.
const MOST_MADE: usize = 1_000_000;

impl Writer<'_> {
    fn place(&self, at: usize) -> Place {
        place(at, self.lines, self.file, self.text)
    }

    fn map(&mut self, body: &Body, at: usize, label: Option<&str>) -> Node {
        let mut entries: Vec<Entry> = Vec::new();
        let mut index: HashMap<Arc<str>, usize> = HashMap::new();
        let at = self.place(at);
        if let Some(label) = label {
            let value = Node { at, value: Value::Text(self.out.texts.shared(label)) };
            // A label that is a template is not known, either.
            if let Err(why) = text_of(&Expr::Template(parts_of(label)), self.known) {
                self.out.unknown.insert(at, why);
            }
            let text = text_of(&Expr::Template(parts_of(label)), self.known).unwrap_or_else(|_| label.to_owned());
            let value = Node { value: Value::Text(self.out.texts.shared(&text)), ..value };
            entries.push(Entry { key: self.out.texts.shared("Name"), at, value });
        }
        for (key, key_at, value, from) in &body.values {
            let (key, at) = (self.out.texts.shared(key), self.place(*key_at));
            let value = self.value(value, *from);
            if index.insert(Arc::clone(&key), entries.len()).is_none() {
                entries.push(Entry { key, at, value });
            } else {
                self.out.unknown.insert(value.at, format!("`{key}` stands here a second time"));
                if let Some(there) = entries.iter_mut().find(|entry| entry.key == key) {
                    there.value = value;
                }
            }
        }
        for block in &body.blocks {
            let written = match self.dynamic(block) {
                Some(Ok(blocks)) => blocks,
                Some(Err(why)) => {
                    let value = self.map(&Body::default(), block.at, block.labels.first().map(String::as_str));
                    self.out.unmade.insert(value.at, why);
                    vec![("dynamic".to_owned(), value)]
                }
                None => {
                    let label = block.labels.first().map(String::as_str);
                    vec![(block.kind.clone(), self.map(&block.body, block.at, label))]
                }
            };
            for (key, value) in written {
                let key = self.out.texts.shared(&key);
                match index.get(&key).and_then(|&position| entries.get_mut(position)) {
                    Some(Entry { value: Node { value: Value::List(list), .. }, .. }) => Arc::make_mut(list).push(value),
                    Some(_) => {}
                    None => {
                        index.insert(Arc::clone(&key), entries.len());
                        let at = value.at;
                        entries.push(Entry { key, at, value: Node { at, value: Value::List(Arc::new(vec![value])) } });
                    }
                }
            }
        }
        Node { at, value: Value::Map(Arc::new(entries)) }
    }

    /// The blocks that a dynamic one makes, or why these are not known; `None` where it is none.
    fn dynamic(&mut self, block: &Block) -> Option<Result<Vec<(String, Node)>, String>> {
        let kind = block.labels.first().filter(|_| block.kind == "dynamic")?;
        let said = |key: &str| block.body.values.iter().find(|(name, ..)| name == key).map(|(_, _, value, _)| value);
        let content = block.body.blocks.iter().find(|block| block.kind == "content");
        let (Some(of), Some(content)) = (said("for_each"), content) else {
            return Some(Err("it has no `for_each` or no `content`".to_owned()));
        };
        let items = match each(of, self.known) {
            Ok(items) if items.len() <= (MOST_MADE - self.out.made.min(MOST_MADE)) / (self.known.len() + 1) => items,
            Ok(_) => return Some(Err("there would be too many of them".to_owned())),
            Err(why) => return Some(Err(why)),
        };
        self.out.made += items.len() * (self.known.len() + 1);
        let name = match said("iterator") {
            Some(Expr::Other(name)) => name.clone(),
            _ => kind.clone(),
        };
        let mut blocks = Vec::new();
        for (key, value) in items {
            let mut known = self.known.clone();
            if let Expr::Map(entries) = &value {
                for (field, _, value, _) in entries {
                    known.insert(format!("{name}.value.{field}"), Ok(value.clone()));
                }
            }
            known.insert(format!("{name}.key"), Ok(Expr::Text(key)));
            known.insert(format!("{name}.value"), Ok(value));
            let label = match said("labels") {
                Some(Expr::List(labels)) => labels.first().map(|(label, _)| text_of(label, &known)),
                _ => None,
            };
            let label = match label.transpose() {
                Ok(label) => label,
                Err(why) => return Some(Err(why)),
            };
            let mut inner =
                Writer { known: &known, text: self.text, lines: self.lines, file: self.file, out: self.out };
            blocks.push((kind.clone(), inner.map(&content.body, block.at, label.as_deref())));
        }
        Some(Ok(blocks))
    }

    fn value(&mut self, expr: &Expr, from: usize) -> Node {
        let at = self.place(from);
        let value = match expr {
            Expr::Null => Value::Null,
            Expr::List(items) => {
                let items = items.iter().map(|(item, from)| self.value(item, *from)).collect();
                Value::List(Arc::new(items))
            }
            Expr::Map(entries) => {
                let mut list: Vec<Entry> = Vec::new();
                let mut seen: HashSet<String> = HashSet::new();
                for (key, key_at, value, from) in entries {
                    if seen.insert(key.clone()) {
                        let (key, at) = (self.out.texts.shared(key), self.place(*key_at));
                        let value = self.value(value, *from);
                        list.push(Entry { key, at, value });
                    }
                }
                Value::Map(Arc::new(list))
            }
            other => match text_of(other, self.known) {
                Ok(text) => Value::Text(self.out.texts.shared(&text)),
                Err(why) => {
                    self.out.unknown.insert(at, why);
                    Value::Text(self.out.texts.shared(""))
                }
            },
        };
        Node { at, value }
    }
}

/// The parts of a label, which was read as a text already.
fn parts_of(label: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let mut rest = label;
    while let Some((before, after)) = rest.split_once("${") {
        let Some((inner, after)) = after.split_once('}') else { break };
        parts.push(Part::Text(before.to_owned()));
        parts.push(Part::Put(inner.trim().to_owned()));
        rest = after;
    }
    parts.push(Part::Text(rest.to_owned()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(text: &str) -> Tree {
        let read = read(text, 0).unwrap_or_else(|stop| panic!("{text}: {}", stop.message));
        let known = read.known(&Known::new());
        read.tree(text, &known)
    }

    /// The tree as JSON, unknown values as `?`.
    fn json(node: &Node, unknown: &HashMap<Place, String>) -> String {
        match &node.value {
            Value::Null | Value::Gone => "null".to_owned(),
            Value::Text(_) if unknown.contains_key(&node.at) => "?".to_owned(),
            Value::Text(text) => format!("{text:?}"),
            Value::List(items) => {
                let items: Vec<String> = items.iter().map(|item| json(item, unknown)).collect();
                format!("[{}]", items.join(","))
            }
            Value::Map(entries) => {
                let entries: Vec<String> =
                    entries.iter().map(|it| format!("{}:{}", it.key, json(&it.value, unknown))).collect();
                format!("{{{}}}", entries.join(","))
            }
        }
    }

    #[test]
    fn blocks_and_values_become_a_tree() {
        for (text, expected) in [
            ("a = 1\nb = \"x\"", "{a:\"1\",b:\"x\"}"),
            (
                "job \"x\" { type = \"y\" group \"g\" {} group h { count = 2 } }",
                "{job:[{Name:\"x\",type:\"y\",group:[{Name:\"g\"},{Name:\"h\",count:\"2\"}]}]}",
            ),
            ("a = [1, \"two\", # three\n true,]", "{a:[\"1\",\"two\",\"true\"]}"),
            ("config = { a = 1, \"b\" : 2\n c = [] }", "{config:{a:\"1\",b:\"2\",c:[]}}"),
            ("a = <<EOF\n {{ x }} ${y}\n  EOF\nb = 1", "{a:\" {{ x }} ${y}\\n\",b:\"1\"}"),
            ("a = \"${attr.kernel.name}-$${x}\"", "{a:\"${attr.kernel.name}-${x}\"}"),
            (
                "variable \"n\" { default = 3 }\na = var.n\nb = \"x${var.n}\"\nc = var.m",
                "{a:\"3\",b:\"x3\",c:?,variable:[{Name:\"n\",default:\"3\"}]}",
            ),
            ("a = x ? 1 : 2\nb = max(1,\n 2)\nc = \"${upper(\"${x}\")}\"\nd = \"[[ .x ]]\"", "{a:?,b:?,c:?,d:?}"),
            ("a = [[ .count ]]\nb = {{ count }}\nc = 1", "{a:?,b:?,c:\"1\"}"),
            ("a = [for x in y : z]\nb = -1.5e3\nc = null /* d = 2 */", "{a:?,b:\"-1.5e3\",c:null}"),
            ("// x\n# y\n", "{}"),
        ] {
            let tree = tree(text);
            assert_eq!(json(&tree.root, &tree.unknown), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_job_file_is_said_with_its_place() {
        for (text, line, column) in [
            ("job \"x\" {\n a = 1\n", 3, 1),
            ("a =\n", 2, 1),
            ("a = \"x\nb = 2\n", 1, 5),
            ("job \"x\" = 2", 1, 9),
            ("é = 1\né }", 2, 3),
            ("a = <<EOF\nx\n", 1, 5),
            ("/* x", 1, 1),
        ] {
            let at = read(text, 0).map(drop).expect_err(text).at.expect("a place");
            assert_eq!((at.line, at.column), (line, column), "{text}");
        }
        for deep in [
            "a = ".to_owned() + &"[".repeat(100_000),
            "a {".repeat(100_000),
            "a = ".to_owned() + &"\"${".repeat(100_000),
            "a = ".to_owned() + &"!".repeat(100_000) + "x",
        ] {
            let _ = read(&deep, 0);
        }
    }
}
