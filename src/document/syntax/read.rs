//! Reads a document and all that it extends, and merges them.

use std::collections::BTreeMap;

use super::findings::Findings;
use super::keys::DOCUMENT;
use super::merge::{Level, merge, spell_out};
use super::shape;
use super::tree::{self, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::{Document, Files, Problems, Source};
use crate::quantity::shorten;

/// How many files one document may extend in all. People have three or four; lists of lists of files could otherwise
/// spell out any number.
const MOST_FILES: usize = 256;

/// What editors of Windows begin a file with.
pub const MARK: &str = "\u{feff}";

/// Reads the document `name`, whose bytes are given or else read like those of any other file.
pub fn read(name: &str, bytes: Option<&[u8]>, files: &dyn Files) -> Result<Document, Problems> {
    let mut reader = Reader {
        files,
        sources: Vec::new(),
        trees: BTreeMap::new(),
        open: Vec::new(),
        merged: 0,
        found: Findings::default(),
        inherited: Vec::new(),
    };
    let bytes = match bytes {
        Some(bytes) => Ok(bytes.to_vec()),
        None => files.read(name),
    };
    let has_mark = bytes.as_ref().is_ok_and(|bytes| bytes.starts_with(MARK.as_bytes()));
    let tree = match bytes {
        Ok(bytes) => reader.file(name, &bytes),
        Err(reason) => return Err(Problems::unreadable(name, &reason)),
    };
    match tree {
        Some(tree) => Ok(Document {
            sources: reader.sources,
            tree,
            found: reader.found,
            inherited_placement: reader.inherited,
            newcomers: std::collections::BTreeSet::new(),
            tree_before: None,
            phase: None,
            has_mark,
        }),
        None => Err(Problems { diagnostics: reader.found.into_sorted(), sources: reader.sources }),
    }
}

/// Adds a file's text to `sources` and reads it alone: parsed, checked for its shape, spelled out.
pub fn one_file(name: &str, bytes: &[u8], sources: &mut Vec<Source>, found: &mut Findings) -> Option<Node> {
    let (file, text) = text_of(name, bytes, sources, found)?;
    let tree = tree::parse(name, text, file, found)?;
    shape::check(&tree, &DOCUMENT, found);
    if !matches!(tree.value, Value::Map(_)) {
        return None;
    }
    spell_out(&tree, found)
}

/// Adds a file's text to `sources`; `None` where it is none. Gives its number and the text.
pub fn text_of<'a>(
    name: &str,
    bytes: &'a [u8],
    sources: &mut Vec<Source>,
    found: &mut Findings,
) -> Option<(u32, &'a str)> {
    let file = u32::try_from(sources.len()).unwrap_or(u32::MAX);
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => {
            let (valid, _) = bytes.split_at(error.valid_up_to());
            let valid = String::from_utf8_lossy(valid).into_owned();
            let line = valid.split('\n').count();
            let column = valid.rsplit('\n').next().unwrap_or("").chars().count() + 1;
            let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            let at = Place { file, line: small(line), column: small(column), length: 1 };
            let is_utf16 = bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff");
            let (message, help) = match is_utf16 {
                true => ("the file is UTF-16", "save it as UTF-8: in PowerShell, `... | Out-File -Encoding utf8 FILE`"),
                false => ("the file is not UTF-8 from here on", "save it as UTF-8"),
            };
            found.push(Diagnostic::new(Code::InvalidUtf8, at, message).help(help));
            // What is UTF-16 is not shown, for it would be seen as what it is not.
            let text = if is_utf16 { String::new() } else { String::from_utf8_lossy(bytes).into_owned() };
            sources.push(Source { name: name.to_owned(), text });
            return None;
        }
    };
    // Windows editors write this mark; it says nothing.
    let text = text.strip_prefix(MARK).unwrap_or(text);
    sources.push(Source { name: name.to_owned(), text: text.to_owned() });
    Some((file, text))
}

struct Reader<'a> {
    files: &'a dyn Files,
    sources: Vec<Source>,
    /// What was read before, by normal path: `None` where it could not be.
    trees: BTreeMap<String, Option<Node>>,
    /// The files that are being read, each extending the next: name and normal path.
    open: Vec<(String, String)>,
    merged: usize,
    found: Findings,
    /// The hosts that the inherited `placement:` names.
    inherited: Vec<String>,
}

impl Reader<'_> {
    fn file(&mut self, name: &str, bytes: &[u8]) -> Option<Node> {
        let tree = one_file(name, bytes, &mut self.sources, &mut self.found);
        self.trees.insert(normal(name), tree.clone());
        self.extended(name, &tree?)
    }

    /// The tree of a file merged onto all that it extends.
    fn extended(&mut self, name: &str, tree: &Node) -> Option<Node> {
        self.open.push((name.to_owned(), normal(name)));
        let mut base: Option<Node> = None;
        let mut complete = true;
        for path in extends(tree) {
            match self.follow(name, path) {
                Some(next) => base = Some(merge(base.as_ref(), &next, Level::Document, &mut self.found)),
                None => complete = false,
            }
        }
        self.open.pop();
        if self.open.is_empty() {
            self.inherited = placement_hosts(base.as_ref());
        }
        complete.then(|| merge(base.as_ref(), &without_extends(tree), Level::Document, &mut self.found))
    }

    fn follow(&mut self, from: &str, path: &Node) -> Option<Node> {
        // The shape of the file says where this is no text, or an empty one.
        let Value::Text(text) = &path.value else { return None };
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        self.merged += 1;
        if self.merged > MOST_FILES {
            let message = format!("the document extends more than {MOST_FILES} files, the limit");
            self.found.add(Code::TooLarge, path.at, message, "merge some of them into one file");
            return None;
        }
        let name = join(from, text);
        let key = normal(&name);
        if let Some(start) = self.open.iter().position(|(_, open)| *open == key) {
            let circle = self.open.iter().skip(start).map(|(name, _)| name.as_str()).chain([name.as_str()]);
            let circle = circle.map(|name| format!("`{}`", shorten(name))).collect::<Vec<_>>().join(" extends ");
            let diagnostic = Diagnostic::new(Code::ExtendsCycle, path.at, circle);
            self.found.push(diagnostic.help("take one of these `extends` out"));
            return None;
        }
        if let Some(known) = self.trees.get(&key).cloned() {
            return self.extended(&name, &known?);
        }
        match self.files.read(&name) {
            Ok(bytes) => self.file(&name, &bytes),
            Err(reason) => {
                let message = format!("cannot read `{}`: {reason}", shorten(&name));
                let help = format!("paths are relative to the file that says `extends`, `{}`", shorten(from));
                self.found.push(Diagnostic::new(Code::UnreadableFile, path.at, message).help(help));
                None
            }
        }
    }
}

/// The paths that a file extends, in order.
pub fn extends(tree: &Node) -> &[Node] {
    match tree.get("extends").map(|entry| &entry.value) {
        Some(Node { value: Value::List(paths), .. }) => paths,
        Some(node @ Node { value: Value::Text(_), .. }) => std::slice::from_ref(node),
        _ => &[],
    }
}

/// `extends` speaks of one file only and is not inherited.
fn without_extends(tree: &Node) -> Node {
    match &tree.value {
        Value::Map(entries) => {
            let rest = entries.iter().filter(|entry| &*entry.key != "extends").cloned().collect();
            Node { at: tree.at, value: Value::Map(std::sync::Arc::new(rest)) }
        }
        _ => tree.clone(),
    }
}

fn placement_hosts(base: Option<&Node>) -> Vec<String> {
    match base.and_then(|base| base.get("placement")).map(|entry| &entry.value.value) {
        Some(Value::Map(hosts)) => hosts.iter().map(|host| host.key.to_string()).collect(),
        _ => Vec::new(),
    }
}

/// `path` as seen from the file `from`.
pub fn join(from: &str, path: &str) -> String {
    match from.rsplit_once('/') {
        _ if std::path::Path::new(path).is_absolute() => path.to_owned(),
        Some((folder, _)) => format!("{folder}/{path}"),
        None => path.to_owned(),
    }
}

/// The path without `.` and without folders that `..` leaves again: the same for all spellings of one path.
pub fn normal(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match (part, parts.last()) {
            ("." | "", _) => {}
            ("..", Some(last)) if *last != ".." => {
                parts.pop();
            }
            _ => parts.push(part),
        }
    }
    let root = if path.starts_with('/') { "/" } else { "" };
    format!("{root}{}", parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_relative_to_the_file_that_names_them() {
        assert_eq!(join("a.yaml", "lab.yaml"), "lab.yaml");
        assert_eq!(join("x/a.yaml", "../lab.yaml"), "x/../lab.yaml");
        assert_eq!(join("x/a.yaml", "/srv/lab.yaml"), "/srv/lab.yaml");
        assert_eq!(join("/x/a.yaml", "lab.yaml"), "/x/lab.yaml");
    }

    #[test]
    fn one_path_has_one_normal_spelling() {
        for (path, same) in
            [("./a", "a"), ("x/../a", "a"), ("../../a", "../../a"), ("/x//y/./a", "/x/y/a"), ("a/..", "")]
        {
            assert_eq!(normal(path), same, "{path}");
        }
    }
}
