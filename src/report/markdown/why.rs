//! What is to blame and what would make it fit, as Markdown.

use super::cells::{code, sentence, table};
use crate::explain::conflict::Why;
use crate::explain::remedies::Remedy;
use crate::model::Layout;
use crate::report::why;

/// Who is to blame, and the totals.
pub fn blame(layout: &Layout, found: &Why) -> String {
    sentence(&why::sentence(layout, found)) + "\n"
}

/// What is requested of each resource, and what there is in all.
pub fn totals(layout: &Layout) -> String {
    let rows = why::totals(layout).into_iter().map(|total| {
        let resource = &layout.lab.resources[total.resource];
        let short = total.requested.saturating_sub(total.allocatable);
        let short = if short > 0 { resource.show(short) } else { String::new() };
        vec![code(resource.name()), resource.show(total.requested), resource.show(total.allocatable), short]
    });
    table(&["all hosts", "requested", "there is", "short"], &[false, true, true, true], &rows.collect::<Vec<_>>())
}

/// The remedies with their numbers.
pub fn remedies(remedies: &[Remedy]) -> String {
    let lines = remedies.iter().enumerate();
    let lines = lines.map(|(number, remedy)| format!("{}. {}\n", number + 1, sentence(&why::remedy(remedy))));
    format!("## It fits with any one of\n\n{}", lines.collect::<String>())
}
