//! Where the parts of a text stand, for those who change the text and leave the rest as it is.

use serde_yaml::granit_parser::{Event, Options, Parser, ScalarStyle};

/// The parts of a text in its order, and its comments; empty where the text is no YAML.
pub fn outline(text: &str) -> Outline {
    let mut all = Outline::default();
    let mut options = Options::default();
    options.set_emit_comments(false);
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = event else { return Outline::default() };
        let (mut start, end) = (span.start.byte_offset().unwrap_or(0), span.end.byte_offset().unwrap_or(0));
        let (what, anchor) = match event {
            Event::MappingStart(_, anchor, _) => (What::Map, anchor),
            Event::SequenceStart(_, anchor, _) => (What::List, anchor),
            Event::MappingEnd | Event::SequenceEnd => (What::End, 0),
            Event::Alias(anchor) => (What::Alias(anchor), 0),
            Event::Scalar(scalar, style, anchor, _) => {
                let plain = style == ScalarStyle::Plain;
                if matches!(style, ScalarStyle::Literal | ScalarStyle::Folded) {
                    // The parser says where its lines begin; it begins with the sign before them.
                    let before = all.parts.last().map_or(0, |part| part.end);
                    let sign = text.get(before..start).and_then(|header| header.find(['|', '>']));
                    start = sign.map_or(start, |sign| before + sign);
                }
                (What::Scalar { text: scalar.into_owned(), plain }, anchor)
            }
            _ => continue,
        };
        all.parts.push(Part { what, anchor, start, end });
    }
    all.comments = comments(text, &all.parts);
    all
}

/// From each `#` at the beginning of a line or behind a space that is part of no scalar to the end of its line.
fn comments(text: &str, parts: &[Part]) -> Vec<Comment> {
    let mut scalars = parts.iter().filter(|part| matches!(part.what, What::Scalar { .. })).peekable();
    let mut comments = Vec::new();
    let mut at = 0;
    while let Some(start) = text.get(at..).and_then(|rest| rest.find('#')).map(|next| at + next) {
        while scalars.next_if(|part| part.end <= start).is_some() {}
        if let Some(around) = scalars.peek().filter(|part| part.start <= start) {
            at = around.end;
            continue;
        }
        at = start + 1;
        if text.get(..start).is_some_and(|before| before.is_empty() || before.ends_with([' ', '\t', '\n', '\r'])) {
            let rest = text.get(start..).unwrap_or("");
            let line = rest.split(['\n', '\r']).next().unwrap_or("");
            at = start + line.len().max(1);
            comments.push(Comment { start, end: start + line.trim_end().len() });
        }
    }
    comments
}

/// A text in its parts.
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// Scalars, aliases, and where lists and maps begin and end.
    pub parts: Vec<Part>,
    /// The comments, from their `#` to the end of their line.
    pub comments: Vec<Comment>,
}

/// A comment's first byte and the byte behind it.
#[derive(Clone, Copy, Debug)]
pub struct Comment {
    /// The `#`.
    pub start: usize,
    /// Behind its last character.
    pub end: usize,
}

/// One part and where it stands, in bytes.
#[derive(Clone, Debug)]
pub struct Part {
    /// What it is.
    pub what: What,
    /// The number of the anchor that names it; 0 for none.
    pub anchor: usize,
    /// Its first byte.
    pub start: usize,
    /// The byte behind it; of a list or map, behind what opens it.
    pub end: usize,
}

/// What a part is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// A map begins.
    Map,
    /// A list begins.
    List,
    /// The innermost list or map ends.
    End,
    /// A scalar, and whether it is written without quotes.
    Scalar {
        /// What it says.
        text: String,
        /// Whether it is.
        plain: bool,
    },
    /// What the anchor of this number names.
    Alias(usize),
}

/// A key of a map and its value: positions in [`Outline::parts`].
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The key.
    pub key: usize,
    /// Where the value begins.
    pub value: usize,
    /// Behind the value.
    pub behind: usize,
}

impl Outline {
    /// The keys and values of the map that begins at a part; none where it is no map.
    pub fn pairs(&self, map: usize) -> Vec<Pair> {
        let mut pairs = Vec::new();
        if self.parts.get(map).is_none_or(|part| part.what != What::Map) {
            return pairs;
        }
        let mut key = map + 1;
        while self.parts.get(key).is_some_and(|part| part.what != What::End) {
            let value = self.behind(key);
            let behind = self.behind(value);
            pairs.push(Pair { key, value, behind });
            key = behind;
        }
        pairs
    }

    /// The part behind the whole of what begins at a part.
    pub fn behind(&self, first: usize) -> usize {
        let mut depth = 0_usize;
        for (position, part) in self.parts.iter().enumerate().skip(first) {
            match part.what {
                What::Map | What::List => depth += 1,
                What::End => depth = depth.saturating_sub(1),
                What::Scalar { .. } | What::Alias(_) => {}
            }
            if depth == 0 {
                return position + 1;
            }
        }
        self.parts.len()
    }

    /// The byte behind the parts of a range. The end of a list or map without a bracket of its own stands where the next
    /// thing begins, and says nothing.
    pub fn end_of(&self, parts: std::ops::Range<usize>) -> usize {
        let parts = self.parts.get(parts).unwrap_or(&[]).iter();
        parts.filter(|part| part.start < part.end).map(|part| part.end).max().unwrap_or(0)
    }

    /// What a scalar says.
    pub fn text(&self, part: usize) -> Option<&str> {
        match &self.parts.get(part)?.what {
            What::Scalar { text, .. } => Some(text),
            _ => None,
        }
    }
}
