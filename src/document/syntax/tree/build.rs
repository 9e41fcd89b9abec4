//! Parser events become a tree: anchors followed, keys unique, limits kept.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_yaml::granit_parser::{ErrorKind, Event, Options, Parser, ScalarStyle, ScanError, Span, Tag};

use super::{Entry, Foreign, Interner, MOST_ALIASED_NODES, MOST_BYTES, MOST_LEVELS, MOST_NODES, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::foreign;
use crate::quantity::shorten;

/// The tree of the text of the file `name`; `None` where it cannot be built. What is wrong is added to `found`: all of
/// it, except that text which is no YAML ends the search.
pub fn parse(name: &str, text: &str, file: u32, found: &mut Findings) -> Option<Node> {
    let mut builder = Builder::new(text, file, found)?;
    if let Some(diagnostic) = foreign::text(text, name, file) {
        builder.found.push(diagnostic);
        return None;
    }
    let built = builder.build();
    let root = builder.roots.pop();
    if let Some(diagnostic) = root.as_ref().and_then(|root| foreign::file(root, name)) {
        found.push(diagnostic);
        return None;
    }
    if let Err(diagnostic) = built {
        found.push(*diagnostic);
        return None;
    }
    match root {
        Some(Node { value: Value::Null, .. }) | None => {
            let message = "the document is empty";
            let at = Place { file, line: 1, column: 1, length: 0 };
            found.push(
                Diagnostic::new(Code::EmptyDocument, at, message).help("`bayplan init` writes one to start from"),
            );
            None
        }
        root => root,
    }
}

/// The text of a file that another tool wrote: it may hold several documents, or none, and tags.
pub fn parse_foreign(text: &str, file: u32, found: &mut Findings) -> Option<Foreign> {
    let mut builder = Builder::new(text, file, found)?;
    builder.tags = Some(HashMap::new());
    let built = builder.build();
    let foreign = Foreign { roots: std::mem::take(&mut builder.roots), tags: builder.tags.take().unwrap_or_default() };
    match built {
        Ok(()) => Some(foreign),
        Err(diagnostic) => {
            found.push(*diagnostic);
            None
        }
    }
}

/// A whole number that begins with a zero, as the readers of YAML in Go have it, with which Docker, Kubernetes, Incus and
/// LXD are written: `010` is eight, as in YAML 1.1, `0x10` sixteen.
fn go_number(text: &str) -> Option<String> {
    let (sign, digits) = match text.strip_prefix(['-', '+']) {
        Some(digits) => (if text.starts_with('-') { "-" } else { "" }, digits),
        None => ("", text),
    };
    let bare = digits.strip_prefix('0')?.replace('_', "");
    let (radix, bare) = match bare.chars().next()? {
        'x' | 'X' => (16, bare.get(1..)?),
        'b' | 'B' => (2, bare.get(1..)?),
        'o' | 'O' => (8, bare.get(1..)?),
        _ => (8, bare.as_str()),
    };
    let is_number = !bare.is_empty() && bare.chars().all(|c| c.is_digit(radix));
    i64::from_str_radix(bare, radix).ok().filter(|_| is_number).map(|number| format!("{sign}{number}"))
}

/// A list or map whose end has not come yet.
struct Open {
    at: Place,
    anchor: usize,
    nodes_before: usize,
    /// How deep its content is so far.
    levels: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Entries, key: Option<(Arc<str>, Place)>, merged: Vec<Node> },
}

/// The entries of a map in the making. Those of a large one are indexed, so that equal keys are found in time.
#[derive(Default)]
struct Entries {
    list: Vec<Entry>,
    index: HashMap<Arc<str>, usize>,
}

impl Entries {
    const SMALL: usize = 16;

    fn get(&self, key: &str) -> Option<&Entry> {
        if self.list.len() <= Self::SMALL {
            self.list.iter().find(|entry| &*entry.key == key)
        } else {
            self.index.get(key).and_then(|position| self.list.get(*position))
        }
    }

    fn push(&mut self, entry: Entry) {
        self.list.push(entry);
        if self.list.len() > Self::SMALL {
            for (position, entry) in self.list.iter().enumerate().skip(self.index.len()) {
                self.index.insert(entry.key.clone(), position);
            }
        }
    }
}

/// What an anchor names: the node, how many nodes that spells out, and how deep it is.
struct Anchored {
    node: Node,
    nodes: usize,
    levels: usize,
}

struct Builder<'a> {
    file: u32,
    text: &'a str,
    found: &'a mut Findings,
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchored>,
    texts: Interner,
    nodes: usize,
    aliased: usize,
    /// The documents that are complete.
    roots: Vec<Node>,
    /// The tags of a file that may have some, by the places of what bears them. Such a file may hold several documents.
    tags: Option<HashMap<Place, Arc<str>>>,
}

type Stop = Box<Diagnostic>;

impl<'a> Builder<'a> {
    /// One for this text; `None` where that is too long.
    fn new(text: &'a str, file: u32, found: &'a mut Findings) -> Option<Builder<'a>> {
        if text.len() > MOST_BYTES {
            let message = format!("the file has {} bytes; the limit is {MOST_BYTES}", text.len());
            let at = Place { file, line: 1, column: 1, length: 0 };
            found.add(Code::TooLarge, at, message, "say what repeats once, with ranges, `stacks` and `sizes`");
            return None;
        }
        Some(Builder {
            file,
            text,
            found,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            texts: Interner::up_to(12),
            nodes: 0,
            aliased: 0,
            roots: Vec::new(),
            tags: None,
        })
    }

    /// Takes the whole text.
    fn build(&mut self) -> Result<(), Stop> {
        let mut options = Options::default();
        options.set_emit_comments(false);
        options.emit_unresolved_aliases = true;
        for event in Parser::new_from_str_with_options(self.text, options) {
            let (event, span) = event.map_err(|error| self.syntax(&error))?;
            if let Some(root) = self.take(event, span)? {
                self.roots.push(root);
            }
        }
        Ok(())
    }

    /// Takes one event; gives the root once it is complete.
    fn take(&mut self, event: Event, span: Span) -> Result<Option<Node>, Stop> {
        let at = self.place(span);
        match event {
            Event::DocumentStart(..) if self.tags.is_some() => {
                // Aliases name what stands in the same document.
                self.anchors.clear();
                Ok(None)
            }
            Event::DocumentStart(..) if !self.roots.is_empty() => {
                let message = "a second document begins here";
                let stop = Diagnostic::new(Code::SeveralDocuments, at, message);
                Err(Box::new(stop.help("keep one document in a file; another file can build on it with `extends`")))
            }
            Event::Scalar(text, style, anchor, tag) => {
                self.take_tag(tag.as_deref(), at, span);
                self.count(at)?;
                let null = style == ScalarStyle::Plain && matches!(&*text, "" | "~" | "null" | "Null" | "NULL");
                let merge = style == ScalarStyle::Plain && text == "<<";
                let plain_number =
                    if style == ScalarStyle::Plain && self.is_foreign_value() { go_number(&text) } else { None };
                let value = match plain_number {
                    Some(number) => Value::Text(self.texts.shared(&number)),
                    None if null => Value::Null,
                    None => Value::Text(self.texts.shared(&text)),
                };
                let node = Node { at, value };
                self.remember(anchor, &node, 1, 0);
                self.place_node(node, 0, merge)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.take_tag(tag.as_deref(), at, span);
                self.begin(at, anchor, Content::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.take_tag(tag.as_deref(), at, span);
                self.begin(at, anchor, Content::Map { entries: Entries::default(), key: None, merged: Vec::new() })
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::UnresolvedAlias(name) => {
                let message = format!("there is no anchor `&{}` before this alias", shorten(&name));
                self.found.push(Diagnostic::new(Code::UnknownAnchor, at, message).help("quote it if it is text"));
                self.place_node(Node { at, value: Value::Null }, 0, false)
            }
            _ => Ok(None),
        }
    }

    /// Whether a value comes next, and no key, of a file of another tool.
    fn is_foreign_value(&self) -> bool {
        let is_key = |open: &Open| matches!(open.content, Content::Map { key: None, .. });
        self.tags.is_some() && !self.open.last().is_some_and(is_key)
    }

    fn begin(&mut self, at: Place, anchor: usize, content: Content) -> Result<Option<Node>, Stop> {
        self.count(at)?;
        if self.open.len() >= MOST_LEVELS {
            return Err(self.too_deep(at));
        }
        // In the place of a key: said here, for its end comes too late for a good place.
        if let Some(Open { content: Content::Map { key: None, .. }, .. }) = self.open.last() {
            let stop = Diagnostic::new(Code::WrongKind, at, "a key must be a text, not a list or a map");
            return Err(Box::new(stop.help("quote it if it is text")));
        }
        let nodes_before = self.nodes + self.aliased - 1;
        self.open.push(Open { at, anchor, nodes_before, levels: 0, content });
        Ok(None)
    }

    fn end(&mut self) -> Result<Option<Node>, Stop> {
        let Some(Open { at, anchor, nodes_before, levels, content }) = self.open.pop() else { return Ok(None) };
        let value = match content {
            Content::List(items) => Value::List(Arc::new(items)),
            Content::Map { mut entries, merged, .. } => {
                merged.iter().for_each(|node| self.merge(node, &mut entries));
                Value::Map(Arc::new(entries.list))
            }
        };
        let node = Node { at, value };
        self.remember(anchor, &node, self.nodes + self.aliased - nodes_before, levels + 1);
        self.place_node(node, levels + 1, false)
    }

    fn alias(&mut self, anchor: usize, at: Place) -> Result<Option<Node>, Stop> {
        let Some(anchored) = self.anchors.get(&anchor) else {
            let message = "the alias stands inside the very thing that it names";
            self.found.add(Code::UnknownAnchor, at, message, "name something that is complete before it");
            return self.place_node(Node { at, value: Value::Null }, 0, false);
        };
        self.aliased = self.aliased.saturating_add(anchored.nodes);
        if self.aliased > MOST_ALIASED_NODES {
            let message = format!("aliases stand for more than {MOST_ALIASED_NODES} values, the limit");
            let stop = Diagnostic::new(Code::TooLarge, at, message);
            return Err(Box::new(stop.help("say it once under `stacks` or `sizes` and name it there")));
        }
        let (node, levels) = (anchored.node.clone(), anchored.levels);
        if self.open.len() + levels > MOST_LEVELS {
            return Err(self.too_deep(at));
        }
        self.place_node(node, levels, false)
    }

    /// Whether the innermost open map is a container, of a stack or of a startup.
    fn in_container(&self) -> bool {
        let key = |open: &Open| match &open.content {
            Content::Map { key: Some((key, _)), .. } => Some(Arc::clone(key)),
            _ => None,
        };
        let Some((_, around)) = self.open.split_last() else { return false };
        let path: Option<Vec<Arc<str>>> = around.iter().map(key).collect();
        let path = path.unwrap_or_default();
        match path.iter().map(|key| &**key).collect::<Vec<_>>().as_slice() {
            [first, _, _] => *first == "stacks",
            [first, _, third, _] => *first == "startups" && *third == "containers",
            _ => false,
        }
    }

    /// Puts a complete node where it belongs: into the list or map around it, or as the root.
    fn place_node(&mut self, node: Node, levels: usize, merge: bool) -> Result<Option<Node>, Stop> {
        // Tools of YAML 1.1 write the key `on` so, having read it as yes.
        let is_on =
            matches!(&node.value, Value::Text(text) if &**text == "true") && self.tags.is_none() && self.in_container();
        let Some(open) = self.open.last_mut() else { return Ok(Some(node)) };
        open.levels = open.levels.max(levels);
        match &mut open.content {
            Content::List(items) => items.push(node),
            Content::Map { entries, key, merged } => match key.take() {
                Some((text, _)) if text.is_empty() => merged.push(node),
                Some((text, at)) => match entries.get(&text).map(|entry| entry.at) {
                    Some(first) => {
                        let message = format!("the key `{}` stands here a second time", shorten(&text));
                        let help = format!("the first is on line {}, column {}; keep one", first.line, first.column);
                        self.found.push(Diagnostic::new(Code::DuplicateKey, at, message).help(help));
                    }
                    None => entries.push(Entry { key: text, at, value: node }),
                },
                None => match node.value {
                    // The empty text stands for the merge key; a key that is empty itself is refused.
                    Value::Text(_) if merge => *key = Some((Arc::from(""), node.at)),
                    Value::Text(_) if is_on => *key = Some((Arc::from("on"), node.at)),
                    Value::Text(text) if !text.is_empty() => *key = Some((text, node.at)),
                    _ => {
                        let stop = Diagnostic::new(Code::WrongKind, node.at, "a key must be a text that is not empty");
                        return Err(Box::new(stop.help("write a name, or quote it if it is text")));
                    }
                },
            },
        }
        Ok(None)
    }

    /// `<<`: what the map does not say itself is taken from the merged maps, the first of them first.
    fn merge(&mut self, node: &Node, entries: &mut Entries) {
        match &node.value {
            Value::Map(merged) => {
                for entry in merged.iter() {
                    if entries.get(&entry.key).is_none() {
                        entries.push(entry.clone());
                    }
                }
            }
            Value::List(maps) if maps.iter().all(|map| matches!(map.value, Value::Map(_))) => {
                maps.iter().for_each(|map| self.merge(map, entries));
            }
            _ => {
                let message = format!("`<<` merges maps; this is {}", node.kind_name());
                self.found.push(Diagnostic::new(Code::MergeKey, node.at, message).help("write `<<: *name` of a map"));
            }
        }
    }

    fn remember(&mut self, anchor: usize, node: &Node, nodes: usize, levels: usize) {
        if anchor > 0 {
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, levels });
        }
    }

    fn count(&mut self, at: Place) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes <= MOST_NODES {
            return Ok(());
        }
        let message = format!("the file has more than {MOST_NODES} keys and values, the limit");
        let help = "say what repeats once, with ranges, `replicas`, `stacks` and `sizes`";
        Err(Box::new(Diagnostic::new(Code::TooLarge, at, message).help(help)))
    }

    fn too_deep(&self, at: Place) -> Stop {
        let message = format!("maps and lists stand more than {MOST_LEVELS} levels deep in each other, the limit");
        Box::new(
            Diagnostic::new(Code::TooDeep, at, message).help("nothing in a document stands deeper than eight levels"),
        )
    }

    fn take_tag(&mut self, tag: Option<&Tag>, at: Place, span: Span) {
        let Some(tag) = tag else { return };
        if let Some(tags) = &mut self.tags {
            tags.insert(at, Arc::from(tag.to_string()));
        } else {
            let at = span.tag_span().map_or_else(|| self.place(span), |tag| self.place(tag));
            let message = "a YAML tag means nothing here";
            self.found.push(Diagnostic::new(Code::Tag, at, message).help("leave it out, or quote it if it is text"));
        }
    }

    fn syntax(&self, error: &ScanError) -> Stop {
        let at = self.place(Span::empty(*error.marker()));
        // The parser reads ahead, and may meet its own limit before this file's is reached.
        if matches!(error.kind(), ErrorKind::RecursionLimitExceeded) {
            return self.too_deep(at);
        }
        let line = self.text.lines().nth((at.line as usize).saturating_sub(1)).unwrap_or("");
        let indentation = &line[..line.len() - line.trim_start().len()];
        let info = error.info();
        let mut characters = info.chars();
        let message = match characters.next() {
            Some(first) => format!("{}{}", first.to_lowercase(), characters.as_str().trim_end_matches('.')),
            None => "this is not YAML".to_owned(),
        };
        let diagnostic = Diagnostic::new(Code::Syntax, at, message);
        Box::new(if indentation.contains('\t') {
            diagnostic.help("indent with spaces: YAML allows no tabs there")
        } else {
            diagnostic.help("check the indentation, the colons and the quotes here and on the line before")
        })
    }

    fn place(&self, span: Span) -> Place {
        let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        let one_line = span.start.line() == span.end.line();
        let length = if one_line { span.end.index().saturating_sub(span.start.index()) } else { 0 };
        let (line, column) = (small(span.start.line()), small(span.start.col().saturating_add(1)));
        Place { file: self.file, line, column, length: small(length) }
    }
}
