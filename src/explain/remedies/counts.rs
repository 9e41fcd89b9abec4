//! What is counted: rules that allow more of what they count, and fewer replicas that must run.

use std::collections::BTreeSet;

use super::probe::{Prober, least};
use super::{Kind, Remedy};
use crate::explain::conflict::Constraint;
use crate::model::{Change, Layout, Of, RuleKind, Service, ServiceIndex};

/// At most so many rules, and so many containers with replicas, are tried.
const MOST_TRIED: usize = 24;

/// The least that each rule that counts would have to allow.
pub fn at_most(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let counting = layout.rules.iter().enumerate().filter_map(|(rule, it)| match it.kind {
        RuleKind::AtMost { count, .. } => Some((rule, count, it.containers.len() as u64)),
        _ => None,
    });
    let remedy = |(rule, count, all): (usize, u64, u64)| {
        let change = |more: u64| [Change::AtMost { rule, count: count + more }];
        let (more, is_least) = least(all.saturating_sub(count), 1, |more| prober.fits(&change(more)))?;
        let text = format!("{}: {count} -> {}", Constraint::Rule(rule).words(layout), count + more);
        prober.remedy(Kind::Rule, text, &change(more), is_least)
    };
    counting.take(MOST_TRIED).filter_map(remedy).collect()
}

/// Of each container with replicas, how many of them would have to run after a loss at the most: one in all its startups
/// where it is of a stack.
pub fn keep(prober: &Prober) -> Vec<Remedy> {
    let question = prober.question;
    let layout = &question.layout;
    if layout.survive.is_none() && !question.may_be_down {
        return Vec::new();
    }
    let mut tried: BTreeSet<Of> = BTreeSet::new();
    let services = layout.demand.services.iter().enumerate().filter(|(_, it)| must(it) > 1);
    for (service, its) in services {
        if tried.len() == MOST_TRIED {
            break;
        }
        tried.insert(said_by(layout, service, its.made.own.keep));
    }
    tried.into_iter().filter_map(|of| fewer(prober, of)).collect()
}

/// Of each container with replicas that find no place, how many fewer of them do: never fewer than must run.
pub fn replicas(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let mut tried: BTreeSet<Of> = BTreeSet::new();
    let its = prober.refused.iter().flat_map(|&startup| layout.demand.startups[startup].services.clone());
    for service in its {
        let of = &layout.demand.services[service];
        if of.counted && of.containers.len() > 1 && tried.len() < MOST_TRIED {
            let many = prober.refused.len() > 1;
            tried.insert(if many { said_by(layout, service, of.made.own.replicas) } else { Of::Service(service) });
        }
    }
    tried.into_iter().filter_map(|of| lower(prober, of)).collect()
}

fn lower(prober: &Prober, of: Of) -> Option<Remedy> {
    let (who, its) = called(&prober.question.layout, of);
    let now = its.containers.len();
    let most = now.checked_sub(its.keep.unwrap_or(1)).filter(|most| *most > 0)? as u64;
    let change = |fewer: u64| [Change::Replicas { of, replicas: now - fewer as usize }];
    let (fewer, is_least) = least(most, 1, |fewer| prober.fits(&change(fewer)))?;
    let text = format!("{who}: replicas {now} -> {}", now - fewer as usize);
    prober.remedy(Kind::Request, text, &change(fewer), is_least)
}

/// How many of its replicas must run after a loss.
fn must(service: &Service) -> usize {
    if service.counted { service.keep.unwrap_or(service.containers.len()) } else { 0 }
}

/// Who says it of a service that may say so itself: its stack, or itself.
pub(super) fn said_by(layout: &Layout, service: ServiceIndex, itself: bool) -> Of {
    let its = &layout.demand.services[service];
    let of_stack = layout.demand.startups[its.startup].stack.as_ref();
    let stack = layout.stacks.iter().position(|stack| Some(&stack.name) == of_stack);
    let of = stack.and_then(|stack| {
        let service = layout.stacks[stack].services.iter().position(|of_stack| of_stack.name == its.name)?;
        Some(Of::Stack { stack, service })
    });
    of.filter(|_| !itself).unwrap_or(Of::Service(service))
}

/// How it is called, and what it is.
pub(super) fn called(layout: &Layout, of: Of) -> (String, &Service) {
    match of {
        Of::Service(service) => (format!("`{}`", layout.service_id(service)), &layout.demand.services[service]),
        Of::Stack { stack, service } => {
            let its = &layout.stacks[stack].services[service];
            (format!("every `{}` of stack `{}`", its.name, layout.stacks[stack].name), its)
        }
    }
}

fn fewer(prober: &Prober, of: Of) -> Option<Remedy> {
    let (who, its) = called(&prober.question.layout, of);
    let now = must(its);
    let change = |fewer: u64| [Change::Keep { of, keep: now - fewer as usize }];
    let most = now.checked_sub(1).filter(|most| *most > 0)? as u64;
    let (fewer, is_least) = least(most, 1, |fewer| prober.fits(&change(fewer)))?;
    let (left, all) = (now - fewer as usize, its.containers.len());
    let text = format!("{who}: keep {now} -> {left} of {all} replicas after a loss");
    prober.remedy(Kind::Rule, text, &change(fewer), is_least)
}
