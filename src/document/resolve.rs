//! A merged tree becomes a layout, or every diagnostic at once.

use super::findings::Findings;
use super::patterns::Index;
use super::tree::Node;
use super::{Document, Problems, Resolved, demand, lab, placed, toolbox};
use crate::model::Layout;

/// Resolves a document.
pub fn resolve(document: &Document) -> Result<Resolved, Problems> {
    let mut found = document.found.clone();
    let layout = layout(document, &document.tree, &mut found);
    let errors = found.has_errors();
    let diagnostics = found.into_sorted();
    match layout {
        Some(layout) if !errors => Ok(Resolved { layout, diagnostics }),
        _ => Err(Problems { diagnostics, sources: document.sources.clone() }),
    }
}

/// The layout as far as it can be made out; `None` where a limit ends the search, which `found` then says.
fn layout(document: &Document, tree: &Node, found: &mut Findings) -> Option<Layout> {
    let hosts = lab::resolve(tree, found)?;
    let demanded = demand::resolve(tree, &hosts, found)?;
    let demand = demanded.demand;
    let newcomers = placed::startups_named(&demand, &document.newcomers);
    let mut index = Index::new(&demand, &demanded.unknown);
    let mut rules = demanded.rules;
    rules.extend(placed::rules(tree, &mut index, found)?);
    let survive = placed::survive(tree, &hosts.lab, &mut index, found)?;
    let counts = |startup| !newcomers.contains(&startup);
    let (placement, placed_at) = placed::placement(tree, &hosts, &demand, &mut index, &counts, found)?;
    let toolbox = toolbox::resolve(tree, &index, found);
    drop(index);
    Some(Layout {
        name: lab::text_at(tree, "name").map(str::to_owned),
        goals: placed::goals(tree, found),
        lab: hosts.lab,
        demand,
        rules,
        survive,
        toolbox,
        placement,
        placed_at,
        stacks: demanded.stacks,
        files: document.sources.iter().map(|source| source.name.clone()).collect(),
    })
}
