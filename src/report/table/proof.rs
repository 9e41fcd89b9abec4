//! The claims of a certificate for people: the verdict, then every claim and why it does not hold.

use crate::check::proof::{Finding, Judgement, Outcome};
use crate::report::summary;
use crate::report::table::plan::painted;
use crate::report::table::style::{Style, Tone};
use crate::report::text;

/// The whole answer.
pub fn proof(judgement: &Judgement, style: &Style) -> String {
    let tone = match judgement.holds() {
        Some(true) => Tone::Good,
        Some(false) | None => Tone::Bad,
    };
    let mut out = painted(style, tone, &summary::judgement(judgement));
    for finding in &judgement.findings {
        let line = format!("{} {}", mark(finding), finding.message());
        let by = finding.by.map_or_else(String::new, |method| format!(" ({})", method.name()));
        out += &format!("  {}", style.wrap(&(line + &by), 4));
        if let Outcome::Fails(why) = &finding.outcome {
            out += &format!("    {}", style.wrap(&text::clean(why), 4));
        }
    }
    out
}

fn mark(finding: &Finding) -> &'static str {
    match finding.outcome {
        Outcome::Holds => "+",
        Outcome::Fails(_) => "-",
        Outcome::Undecided => "?",
    }
}
