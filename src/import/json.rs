//! JSON with places, read from front to back: as a tree, or piece by piece where a file may be too large for one. Lines end
//! with `\n` alone: what YAML breaks lines at besides is part of a text here.

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::tree::{Entry, Interner, MOST_BYTES, MOST_LEVELS, MOST_NODES, Node, Value};
use crate::quantity::shorten;

/// Why it cannot be read on.
pub type Stop = Box<Diagnostic>;

/// A text of one JSON value or of several, one behind the other.
pub struct Json<'a> {
    text: &'a str,
    file: u32,
    /// Where the next byte is.
    at: usize,
    /// The place that was counted last: byte, line, column.
    counted: (usize, u32, u32),
    texts: Interner,
    nodes: usize,
    levels: usize,
}

impl<'a> Json<'a> {
    /// The text of a file.
    ///
    /// # Errors
    /// A text that is too long.
    pub fn new(text: &'a str, file: u32) -> Result<Json<'a>, Stop> {
        let mut json = Json { text, file, at: 0, counted: (0, 1, 1), texts: Interner::up_to(64), nodes: 0, levels: 0 };
        if text.len() > MOST_BYTES {
            let message = format!("the file has {} bytes; the limit is {MOST_BYTES}", text.len());
            return Err(json.stop(Code::TooLarge, message, "import it in parts"));
        }
        Ok(json)
    }

    /// Whether nothing but blanks follows.
    pub fn is_done(&mut self) -> bool {
        self.peek().is_none()
    }

    /// The first byte of what follows.
    pub fn peek(&mut self) -> Option<u8> {
        let rest = self.text.as_bytes().get(self.at..).unwrap_or_default();
        let blanks = rest.iter().take_while(|byte| matches!(byte, b' ' | b'\t' | b'\n' | b'\r')).count();
        self.at += blanks;
        rest.get(blanks).copied()
    }

    /// Where the next value stands. Places are to be asked for from front to back.
    pub fn place(&mut self) -> Place {
        self.peek();
        let (from, mut line, mut column) = self.counted;
        for c in self.text.get(from..self.at).unwrap_or("").chars() {
            (line, column) = if c == '\n' { (line.saturating_add(1), 1) } else { (line, column.saturating_add(1)) };
        }
        self.counted = (self.at, line, column);
        Place { file: self.file, line, column, length: 0 }
    }

    /// All values of the text as trees.
    ///
    /// # Errors
    /// What is no JSON, or beyond the limits.
    pub fn trees(&mut self) -> Result<Vec<Node>, Stop> {
        let mut all = Vec::new();
        while !self.is_done() {
            all.push(self.tree()?);
        }
        Ok(all)
    }

    /// The next value as a tree.
    ///
    /// # Errors
    /// What is no JSON, or beyond the limits.
    pub fn tree(&mut self) -> Result<Node, Stop> {
        let at = self.place();
        self.nodes += 1;
        if self.nodes > MOST_NODES {
            let message = format!("the file has more than {MOST_NODES} keys and values, the limit");
            return Err(self.stop(Code::TooLarge, message, "import it in parts"));
        }
        let value = match self.peek() {
            Some(b'{') => {
                let mut entries: Vec<Entry> = Vec::new();
                let mut keys: HashSet<Arc<str>> = HashSet::new();
                self.object(|json, key, at| {
                    let key = json.texts.shared(&key);
                    if !keys.insert(Arc::clone(&key)) {
                        let message = format!("the key `{}` stands here a second time", shorten(&key));
                        return Err(Box::new(Diagnostic::new(Code::DuplicateKey, at, message).help("keep one")));
                    }
                    let value = json.tree()?;
                    entries.push(Entry { key, at, value });
                    Ok(())
                })?;
                // Most maps are small, and grew to more room than they need.
                entries.shrink_to_fit();
                Value::Map(Arc::new(entries))
            }
            Some(b'[') => {
                let mut items = Vec::new();
                self.array(|json| {
                    items.push(json.tree()?);
                    Ok(())
                })?;
                items.shrink_to_fit();
                Value::List(Arc::new(items))
            }
            first => match self.scalar()? {
                None => Value::Null,
                Some(text) => {
                    let text = self.texts.shared(&text);
                    let at = Place { length: length(&text, first == Some(b'"')), ..at };
                    return Ok(Node { at, value: Value::Text(text) });
                }
            },
        };
        Ok(Node { at, value })
    }

    /// Goes through an object: `each` gets every key with its place and reads the value, all of it.
    ///
    /// # Errors
    /// What is no JSON, is no object, or beyond the limits.
    pub fn object(
        &mut self,
        mut each: impl FnMut(&mut Self, Cow<'a, str>, Place) -> Result<(), Stop>,
    ) -> Result<(), Stop> {
        self.open(b'{', "an object")?;
        let mut first = true;
        while !self.closes(b'}', &mut first)? {
            let at = self.place();
            if self.peek() != Some(b'"') {
                return Err(self.wrong("a key in quotes"));
            }
            let key = self.quoted()?;
            if self.peek() != Some(b':') {
                return Err(self.wrong("`:`"));
            }
            self.at += 1;
            let at = Place { length: length(&key, true), ..at };
            each(self, key, at)?;
        }
        Ok(())
    }

    /// Goes through an array: `each` reads one value of it.
    ///
    /// # Errors
    /// What is no JSON, is no array, or beyond the limits.
    pub fn array(&mut self, mut each: impl FnMut(&mut Self) -> Result<(), Stop>) -> Result<(), Stop> {
        self.open(b'[', "a list")?;
        let mut first = true;
        while !self.closes(b']', &mut first)? {
            each(self)?;
        }
        Ok(())
    }

    /// Reads a value and forgets it.
    ///
    /// # Errors
    /// What is no JSON, or beyond the limits.
    pub fn skip(&mut self) -> Result<(), Stop> {
        match self.peek() {
            Some(b'{') => self.object(|json, _, _| json.skip()),
            Some(b'[') => self.array(Self::skip),
            _ => self.scalar().map(drop),
        }
    }

    /// A text, number, `true` or `false`, as a text; `None` for `null`.
    ///
    /// # Errors
    /// What is none of these.
    pub fn scalar(&mut self) -> Result<Option<Cow<'a, str>>, Stop> {
        if self.peek() == Some(b'"') {
            return self.quoted().map(Some);
        }
        let rest = self.text.get(self.at..).unwrap_or("");
        let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c))).unwrap_or(rest.len());
        let word = rest.get(..end).unwrap_or("");
        let number = word.strip_prefix('-').unwrap_or(word).starts_with(|c: char| c.is_ascii_digit());
        if !(number && word.parse::<f64>().is_ok() || matches!(word, "null" | "true" | "false")) {
            return Err(self.wrong("a value of JSON"));
        }
        self.at += end;
        Ok((word != "null").then_some(Cow::Borrowed(word)))
    }

    fn quoted(&mut self) -> Result<Cow<'a, str>, Stop> {
        let start = self.at + 1;
        let rest = self.text.get(start..).unwrap_or("");
        let bytes = rest.as_bytes();
        let mut text: Option<String> = None;
        // What is copied so far, and where the next escape is looked for.
        let (mut copied, mut from) = (0, 0);
        loop {
            let next =
                bytes.get(from..).unwrap_or_default().iter().position(|byte| matches!(byte, b'"' | b'\\' | b'\n'));
            let end = next.map(|next| from + next);
            match end.and_then(|end| Some((end, *bytes.get(end)?))) {
                Some((end, b'"')) => {
                    self.at = start + end + 1;
                    let last = rest.get(copied..end).unwrap_or("");
                    return Ok(match text {
                        None => Cow::Borrowed(last),
                        Some(text) => Cow::Owned(text + last),
                    });
                }
                Some((end, b'\\')) => {
                    let Some((c, length)) = escape(rest.get(end + 1..).unwrap_or("")) else {
                        self.at = start + end;
                        return Err(self.wrong("an escape of JSON"));
                    };
                    let text = text.get_or_insert_default();
                    text.push_str(rest.get(copied..end).unwrap_or(""));
                    text.push(c);
                    copied = end + 1 + length;
                    from = copied;
                }
                _ => return Err(self.wrong("the quote that ends this text")),
            }
        }
    }

    fn open(&mut self, bracket: u8, what: &str) -> Result<(), Stop> {
        if self.peek() != Some(bracket) {
            return Err(self.wrong(what));
        }
        if self.levels >= MOST_LEVELS {
            let message = format!("maps and lists stand more than {MOST_LEVELS} levels deep in each other, the limit");
            return Err(self.stop(Code::TooDeep, message, "nothing that is imported stands so deep"));
        }
        self.levels += 1;
        self.at += 1;
        Ok(())
    }

    /// Whether the list ends here; else its next value follows.
    fn closes(&mut self, bracket: u8, first: &mut bool) -> Result<bool, Stop> {
        let is_first = std::mem::replace(first, false);
        match self.peek() {
            Some(byte) if byte == bracket => {
                self.levels -= 1;
                self.at += 1;
                Ok(true)
            }
            Some(b',') if !is_first => {
                self.at += 1;
                match self.peek() {
                    Some(byte) if byte == bracket => Err(self.wrong("a value after the comma")),
                    _ => Ok(false),
                }
            }
            Some(_) if is_first => Ok(false),
            _ if bracket == b'}' => Err(self.wrong("`,` or `}`")),
            _ => Err(self.wrong("`,` or `]`")),
        }
    }

    fn wrong(&mut self, expected: &str) -> Stop {
        let rest = self.text.get(self.at..).unwrap_or("");
        let there = match rest.chars().next() {
            None => "the file ends".to_owned(),
            Some(_) => {
                let word: String = rest.chars().take(20).take_while(|c| !c.is_whitespace()).collect();
                format!("this is `{}`", crate::diagnostic::plain(&word))
            }
        };
        self.stop(Code::Syntax, format!("expected {expected}; {there}"), "this is to be JSON: was it cut off?")
    }

    fn stop(&mut self, code: Code, message: String, help: &str) -> Stop {
        let at = self.place();
        Box::new(Diagnostic::new(code, at, message).help(help))
    }
}

/// How many characters it is long as written; nobody counts those of long texts.
fn length(text: &str, is_quoted: bool) -> u32 {
    const LONGEST: usize = 1000;
    let count = text.chars().take(LONGEST).count() + if is_quoted { 2 } else { 0 };
    u32::try_from(count).unwrap_or(0)
}

/// What stands behind a backslash, and how many bytes that are.
fn escape(rest: &str) -> Option<(char, usize)> {
    let c = match rest.as_bytes().first()? {
        b'"' => '"',
        b'\\' => '\\',
        b'/' => '/',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => {
            let unit = |text: &str| -> Option<u32> {
                let digits = text.get(..4)?;
                digits.bytes().all(|byte| byte.is_ascii_hexdigit()).then(|| u32::from_str_radix(digits, 16).ok())?
            };
            let first = unit(rest.get(1..)?)?;
            if (0xd800..0xdc00).contains(&first)
                && let Some(second) = rest.get(5..).and_then(|rest| rest.strip_prefix("\\u")).and_then(unit)
                && (0xdc00..0xe000).contains(&second)
            {
                let code = 0x10000 + ((first - 0xd800) << 10) + (second - 0xdc00);
                return Some((char::from_u32(code)?, 11));
            }
            // Half of a character stands for none.
            return Some((char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER), 5));
        }
        _ => return None,
    };
    Some((c, 1))
}

/// The text of a value, where it is one.
pub fn text(node: &Node) -> Option<&str> {
    match &node.value {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// The text of the value of `key`.
pub fn text_of<'a>(node: &'a Node, key: &str) -> Option<&'a str> {
    node.get(key).and_then(|entry| text(&entry.value))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trees(text: &str) -> Result<Vec<Node>, Stop> {
        Json::new(text, 0).and_then(|mut json| json.trees())
    }

    /// The same by another reader.
    fn same(node: &Node, other: &serde_json::Value) -> bool {
        match (&node.value, other) {
            (Value::Null, serde_json::Value::Null) => true,
            (Value::Text(text), serde_json::Value::String(other)) => **text == **other,
            (Value::Text(text), serde_json::Value::Bool(other)) => **text == *other.to_string(),
            (Value::Text(text), serde_json::Value::Number(other)) => text.parse::<f64>().ok() == other.as_f64(),
            (Value::List(items), serde_json::Value::Array(others)) => {
                items.len() == others.len() && items.iter().zip(others).all(|(a, b)| same(a, b))
            }
            (Value::Map(entries), serde_json::Value::Object(others)) => {
                entries.len() == others.len()
                    && entries
                        .iter()
                        .all(|entry| others.get(&*entry.key).is_some_and(|other| same(&entry.value, other)))
            }
            _ => false,
        }
    }

    #[test]
    fn it_reads_what_another_reader_reads() {
        let text = "{\"a\": [1, -2.5e3, true, null, \"x\\u0085\\ud83d\\ude00\\\"\\/\u{85}y\"], \"b\":{}, \"c\" : [ ] }";
        let [node] = &trees(text).expect("it is JSON")[..] else { panic!("one value") };
        assert!(same(node, &serde_json::from_str(text).expect("it is JSON")));
        let places: Vec<_> =
            trees("{\"a\": 1}\n  {\"b\":\n 2}").expect("two").iter().map(|it| (it.at.line, it.at.column)).collect();
        assert_eq!(places, [(1, 1), (2, 3)]);
    }

    #[test]
    fn what_is_no_json_is_said_with_its_place() {
        for (text, line, column) in [
            ("{\"a\": 1", 1, 8),
            ("{\"a\" 1}", 1, 6),
            ("[1,\n 2,]", 2, 4),
            ("[1 2]", 1, 4),
            ("{\"a\": x}", 1, 7),
            ("{\"a\": \"x\n\"}", 1, 7),
            ("{\"a\": 1, \"a\": 2}", 1, 10),
            ("{\"a\": \"\\x\"}", 1, 8),
            ("[infinity]", 1, 2),
        ] {
            let at = trees(text).expect_err(text).at.expect("a place");
            assert_eq!((at.line, at.column), (line, column), "{text}");
        }
        assert!(trees(&"[".repeat(100_000)).is_err());
    }

    #[test]
    fn whatever_it_is_given_it_accepts_what_another_reader_accepts() {
        let seed = "{\"Name\": \"a\\n\\u00e9\", \"n\": [1.5, {\"x\": null}, -3], \"t\": true}";
        let mut rng = fastrand::Rng::with_seed(7);
        for _ in 0..20_000 {
            let mut bytes = seed.as_bytes().to_vec();
            for _ in 0..rng.usize(1..4) {
                let at = rng.usize(..bytes.len());
                match rng.u8(..3) {
                    0 => bytes[at] = rng.u8(32..127),
                    1 => drop(bytes.remove(at)),
                    _ => bytes.insert(at, *rng.choice(b"{}[],:\"\\0e").expect("one")),
                }
            }
            let text = String::from_utf8_lossy(&bytes).into_owned();
            let ours = Json::new(&text, 0).and_then(|mut json| Ok((json.tree()?, json.is_done())));
            // `01` and `1.` are numbers here: nobody writes them.
            match (ours, serde_json::from_str::<serde_json::Value>(&text)) {
                (Ok((node, true)), Ok(other)) => assert!(same(&node, &other), "{text}"),
                (Err(stop), Ok(_)) => assert_eq!(stop.code, Code::DuplicateKey, "{text}"),
                _ => {}
            }
        }
    }
}
