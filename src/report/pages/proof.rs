//! The claims of a certificate: the verdict, then every claim and why it does not hold.

use super::titled;
use crate::check::proof::{Judgement, Outcome};
use crate::model::Layout;
use crate::report::page::{Block, Column, Only, Page, Says, Table, Text, Tone};
use crate::report::text::count_of;

/// The whole answer.
pub fn proof(layout: &Layout, judgement: &Judgement) -> Page {
    let tone = if judgement.holds() == Some(true) { Tone::Good } else { Tone::Bad };
    let mut page = titled(layout, "Proof");
    page.add(Block::claim(tone, &verdict(judgement)));
    let mut table = Table::new(0, ["outcome", "claim", "by", "why"].map(Column::words));
    for finding in &judgement.findings {
        let message = finding.message();
        let (mark, why) = match &finding.outcome {
            Outcome::Holds => ("+", ""),
            Outcome::Fails(why) => ("-", why.as_str()),
            Outcome::Undecided => ("?", ""),
        };
        let name = finding.by.map_or("", |method| method.name());
        let by = if name.is_empty() { String::new() } else { format!(" ({name})") };
        page.only(Only::Terminal, Says::under(format!("{mark} {message}{by}"), 2, 4));
        if matches!(finding.outcome, Outcome::Fails(_)) {
            page.only(Only::Terminal, Says::under(why, 4, 4));
        }
        table.row([finding.outcome_name(), &message, name, why].map(Text::from));
    }
    page.only(Only::Markdown, table);
    page
}

/// Whether what a certificate claims holds.
fn verdict(judgement: &Judgement) -> String {
    let all = judgement.findings.len();
    let failed = judgement.findings.iter().filter(|finding| matches!(finding.outcome, Outcome::Fails(_))).count();
    match judgement.holds() {
        Some(true) => {
            let stays = if judgement.keep { " where what runs stays" } else { "" };
            format!("verified{stays}: {} of the certificate, all checked without the solver", count_of(all, "claim"))
        }
        Some(false) if failed == 1 => "not verified: a claim of the certificate does not hold".to_owned(),
        Some(false) => format!("not verified: {} of the certificate do not hold", count_of(failed, "claim")),
        None => "not decided: the certificate takes more work to verify than is allowed".to_owned(),
    }
}
