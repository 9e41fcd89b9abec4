//! What every format says alike of what is supposed.

use crate::document::Supposed;
use crate::report::text::{clean, list};

/// `if nuc is lost and 2 more worker are added:`.
pub fn heading(supposed: &[Supposed]) -> String {
    let words: Vec<String> = supposed.iter().map(one).collect();
    format!("if {}:", list(&words))
}

fn one(supposed: &Supposed) -> String {
    match supposed {
        Supposed::Lose(host) => format!("{} is lost", clean(host)),
        Supposed::Drain(host) => format!("{} is drained", clean(host)),
        Supposed::AddHost(kind, 1) => format!("one more {} is added", clean(kind)),
        Supposed::AddHost(kind, count) => format!("{count} more {} are added", clean(kind)),
        Supposed::Grow { pattern, resource, by } => {
            format!("the {} of `{}` changes by {}", clean(resource), clean(pattern), clean(by))
        }
        Supposed::Without(startups) if startups.contains("..") || startups.contains('*') => {
            format!("{} are left out", clean(startups))
        }
        Supposed::Without(startup) => format!("{} is left out", clean(startup)),
    }
}
