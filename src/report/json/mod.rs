//! Answers for programs. Keys stand in a fixed order, names are sorted, amounts are whole numbers in base units
//! (millicores, bytes, units); the same answer gives the same bytes. Only `timing` knows a clock.

mod catalogue;
mod check;
mod compare;
mod diagnostics;
mod drift;
mod fit;
mod import;
pub mod parts;
mod plan;
mod proof;
mod rightsize;
mod roadmap;
mod survival;
mod toolbox;
mod what_if;
mod why;

pub use catalogue::catalogue;
pub use check::check;
pub use compare::compare;
pub use diagnostics::{diagnostics, error};
pub use drift::drift;
pub use fit::fit;
pub use import::import;
pub use plan::plan;
pub use proof::proof;
pub use rightsize::rightsize;
pub use roadmap::roadmap;
pub use toolbox::toolbox;
pub use what_if::what_if;

use serde::Serialize;

use crate::diagnostic::is_unseen;

/// What the clock showed. It is given from outside and left out with `--no-timing`.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Timing {
    /// From reading the document to the answer.
    pub wall_seconds: f64,
}

/// `answer` as text with a line break at the end.
pub fn write(answer: &impl Serialize) -> String {
    // Keys are strings and no map of ours fails to serialise; if one ever did, the answer says so in its own format.
    let text = serde_json::to_string_pretty(answer);
    seen(&text.unwrap_or_else(|error| serde_json::json!({ "error": error.to_string() }).to_string())) + "\n"
}

/// The same JSON with every character that is unseen written by its number: such stand in strings alone.
fn seen(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    for c in json.chars() {
        match is_unseen(c) && c != '\n' {
            true => c.encode_utf16(&mut [0; 2]).iter().for_each(|unit| out += &format!("\\u{unit:04x}")),
            false => out.push(c),
        }
    }
    out
}
