//! What would be, as Markdown.

use super::cells::sentence;
use super::compare::figures;
use super::plan::{body, title};
use crate::document::Supposed;
use crate::report::{supposed, text};
use crate::what_if::WhatIf;

/// The whole answer.
pub fn what_if(supposed: &[Supposed], what_if: &WhatIf) -> String {
    let heading = sentence(&text::sentence(&supposed::heading(supposed)));
    let mut parts = vec![title(&what_if.layout, "What if"), format!("{heading}\n")];
    parts.extend(body(&what_if.layout, &what_if.plan));
    if let Some(comparison) = &what_if.comparison {
        parts.push(format!("## Now and then\n\n{}", figures(comparison)));
    }
    parts.join("\n")
}
