//! The claims of a certificate as Markdown.

use super::cells::{sentence, table};
use super::plan::title;
use crate::check::proof::{Finding, Judgement, Outcome};
use crate::model::Layout;
use crate::report::{summary, text};

/// The whole answer.
pub fn proof(layout: &Layout, judgement: &Judgement) -> String {
    let row = |finding: &Finding| {
        let why = match &finding.outcome {
            Outcome::Fails(why) => sentence(why),
            Outcome::Holds | Outcome::Undecided => String::new(),
        };
        let by = finding.by.map_or_else(String::new, |method| method.name().to_owned());
        vec![finding.outcome_name().to_owned(), sentence(&finding.message()), by, why]
    };
    let rows: Vec<Vec<String>> = judgement.findings.iter().map(row).collect();
    let verdict = text::sentence(&summary::judgement(judgement));
    let claims = table(&["outcome", "claim", "by", "why"], &[false; 4], &rows);
    [title(layout, "Proof"), format!("**{verdict}**\n"), claims].join("\n")
}
