//! Questions about layouts.

use bayplan::document::Document;
use bayplan::model::{Layout, StartupIndex};
use bayplan::plan::{self, Plan, Refuted, Wanted};
use bayplan::question::{Arrivals, Question};
use bayplan::solve::Options;

/// What of a question is not its layout.
#[derive(Clone, Copy, Debug, Default)]
pub struct Ask {
    pub keep: bool,
    pub partial: bool,
}

/// Where everything goes.
pub const EVERYTHING: Ask = Ask { keep: false, partial: false };
/// The same, what runs staying where it is.
pub const KEEP: Ask = Ask { keep: true, partial: false };

fn question(layout: &Layout, Ask { keep, partial }: Ask) -> Question<'static> {
    let mut question = Question::about(layout.clone());
    (question.keep, question.partial) = (keep, partial);
    question
}

/// A plan and nothing besides.
pub fn plan(layout: &Layout, ask: Ask, options: &Options) -> Result<Plan, Refuted> {
    plan::plan(&question(layout, ask), Wanted::default(), options)
}

/// A plan and the remedies that documents can say.
pub fn with_remedies(document: &Document, layout: &Layout, ask: Ask, options: &Options) -> Result<Plan, Refuted> {
    let say = |_: Option<&str>, changes: &[_]| document.changed(changes);
    plan::plan(&question(layout, ask).said_by(&say), Wanted { remedies: true, ..Wanted::default() }, options)
}

/// `layout`, to which startups of it are to come.
pub fn arriving(layout: Layout, startups: Vec<StartupIndex>, alike: bool) -> Question<'static> {
    let mut question = Question::about(layout);
    question.arrivals = Some(Arrivals { startups, alike, evict: false });
    question
}
