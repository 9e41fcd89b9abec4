//! What would be, for people: what is supposed, the plan and the way to it, and now and then side by side.

use crate::document::Supposed;
use crate::report::supposed;
use crate::report::table::compare::figures;
use crate::report::table::plan::plan;
use crate::report::table::style::Style;
use crate::what_if::WhatIf;

/// The whole answer.
pub fn what_if(supposed: &[Supposed], what_if: &WhatIf, style: &Style) -> String {
    let mut out = style.wrap(&supposed::heading(supposed), 0) + "\n" + &plan(&what_if.layout, &what_if.plan, style);
    if let Some(comparison) = &what_if.comparison {
        out += "\n";
        out += &figures(comparison, style);
    }
    out
}
