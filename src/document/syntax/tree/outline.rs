//! Where the outermost keys of a text stand, for those who change the text and leave the rest as it is.

use serde_yaml::granit_parser::{Event, Options, Parser};

/// Where the keys of the outermost map stand in the text, in bytes; empty where the text is no YAML.
pub fn outline(text: &str) -> Vec<Outline> {
    let mut all: Vec<Outline> = Vec::new();
    let (mut depth, mut flow, mut key_is_next) = (0_usize, false, true);
    let mut options = Options::default();
    options.set_emit_comments(false);
    for event in Parser::new_from_str_with_options(text, options) {
        let Ok((event, span)) = event else { return Vec::new() };
        let (start, end) = (span.start.byte_offset().unwrap_or(0), span.end.byte_offset().unwrap_or(0));
        let (opens, closes) = match event {
            Event::MappingStart(..) | Event::SequenceStart(..) => (true, false),
            Event::MappingEnd | Event::SequenceEnd => (false, true),
            Event::Scalar(..) | Event::Alias(_) => (false, false),
            _ => continue,
        };
        depth -= usize::from(closes && depth > 0);
        if depth == 0 {
            flow |= opens && text.get(start..).is_some_and(|rest| rest.starts_with('{'));
        } else if depth == 1 && key_is_next {
            let key = if let Event::Scalar(key, ..) = &event { key.to_string() } else { String::new() };
            all.push(Outline { key, flow, key_start: start, key_end: end, start: end, end });
        } else if let Some(last) = all.last_mut() {
            if depth == 1 && !closes {
                last.start = start;
            }
            // An end without a bracket of its own stands where the next thing begins.
            if start < end {
                last.end = last.end.max(end);
            }
        }
        // A key or a value of the outermost map is complete.
        if depth == 1 && !opens {
            key_is_next = !key_is_next;
        }
        depth += usize::from(opens);
    }
    all
}

/// One key of the outermost map.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outline {
    /// The key.
    pub key: String,
    /// Whether the outermost map is written in braces.
    pub flow: bool,
    /// The first byte of the key.
    pub key_start: usize,
    /// The byte behind the key.
    pub key_end: usize,
    /// The first byte of its value.
    pub start: usize,
    /// The byte behind its value.
    pub end: usize,
}
