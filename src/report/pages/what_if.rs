//! What would be: what is supposed, the plan and the way to it, and now and then side by side.

use super::compare::figures;
use super::{Details, plan, titled};
use crate::document::Supposed;
use crate::model::{ContainerIndex, Survive};
use crate::report::page::{Block, Only, Page, Says};
use crate::report::text::{count_of, few, list, plain};
use crate::what_if::{Unprotected, WhatIf};

/// So many containers that must stop are named.
const NAMED: usize = 12;

/// The whole answer.
pub fn what_if(supposed: &[Supposed], what_if: &WhatIf) -> Page {
    let mut page = titled(&what_if.layout, "What if");
    let body = plan::body(&what_if.layout, &what_if.plan, Details::default(), what_if.totals.clone(), stops(what_if));
    page.add(Says::new(heading(supposed), 0)).gap();
    if let Some(Unprotected { proven, survive }) = &what_if.unprotected {
        let shown = if *proven { "no arrangement survives" } else { "no arrangement was found that survives" };
        let further = further(survive);
        page.add(Says::new(format!("until it is mended {shown} the loss of a further {further} (`survive`)"), 0)).gap();
    }
    page.join(body);
    if let Some(comparison) = &what_if.comparison {
        page.only(Only::Markdown, Block::heading("Now and then")).gap().add(figures(comparison));
    }
    page
}

/// What has to stop, and that the rest runs on.
fn stops(what_if: &WhatIf) -> Page {
    let mut page = Page::default();
    let WhatIf { layout, stops, idle, plan, .. } = what_if;
    if stops.is_empty() {
        return page;
    }
    let named = |containers: &[ContainerIndex]| {
        let ids: Vec<String> = containers.iter().map(|&it| format!("`{}`", layout.container_id(it))).collect();
        few(&ids, NAMED, list)
    };
    page.add(Says::new(format!("stops: {}", named(stops)), 0));
    if !idle.is_empty() {
        page.add(Says::new(format!("cannot run without: {}", named(idle)), 0));
    }
    let runs = count_of(plan.placement.placed().count() - idle.len(), "container");
    let spared = "no more important startup (`priority`) stops for a less important one";
    page.add(Says::new(format!("runs on: {runs}, as below; {spared}"), 0));
    page
}

/// `if nuc is lost and 2 more worker are added:`.
fn heading(supposed: &[Supposed]) -> String {
    let words: Vec<String> = supposed.iter().map(one).collect();
    format!("if {}:", list(&words))
}

/// `host`, `zone`, `host or zone`: what is to be survived.
fn further(survive: &Survive) -> String {
    let labels = survive.labels.iter().map(String::as_str);
    let host = (survive.hosts > 0).then_some("host");
    host.into_iter().chain(labels).collect::<Vec<_>>().join(" or ")
}

/// `nuc`, `all of zone a`.
fn hosts(named: &str) -> String {
    match named.split_once('=') {
        Some((label, value)) => plain(&format!("all of {label} {value}")),
        None => plain(named),
    }
}

fn one(supposed: &Supposed) -> String {
    match supposed {
        Supposed::Lose(host) => format!("{} is lost", hosts(host)),
        Supposed::Drain(host) => format!("{} is drained", hosts(host)),
        Supposed::AddHost(kind, 1) => format!("one more {} is added", plain(kind)),
        Supposed::AddHost(kind, count) => format!("{count} more {} are added", plain(kind)),
        Supposed::Grow { pattern, resource, by } => {
            format!("the {} of `{}` changes by {}", plain(resource), plain(pattern), plain(by))
        }
        Supposed::Without(startups) if startups.contains("..") || startups.contains('*') => {
            format!("{} are left out", plain(startups))
        }
        Supposed::Without(startup) => format!("{} is left out", plain(startup)),
    }
}
