//! The simplest reasons why nothing fits: an item without a host, a rule without domains enough, a resource of which more
//! is asked than there is.

use std::collections::{BTreeSet, VecDeque};

use super::problem::Apart;
use super::scene::Scene;
use super::work::{Fault, Work, broken};
use crate::certificate::Step;
use crate::model::Numbered;

/// That the rules alone leave nothing: an item that no open host may take or is large enough for, or a rule with more
/// items than domains for them; or a host for which its agents alone are too much.
///
/// # Errors
/// Where they do not, and where the work is done.
pub(super) fn rules(scene: &Scene, work: &mut Work) -> Result<(), Fault> {
    if scene.crowded {
        return Ok(());
    }
    let hosts = scene.open.len() as u64;
    let mut looked = BTreeSet::new();
    for (item, class) in scene.item_classes().into_iter().numbered() {
        if looked.insert(class) {
            work.spend(hosts)?;
            if !scene.open_hosts().any(|host| scene.may_hold(item, host)) {
                return Ok(());
            }
        }
    }
    for apart in scene.problem.aparts.iter().flatten() {
        if apart.items.windows(2).any(|pair| pair[0] == pair[1]) || !has_domains(scene, apart, work)? {
            return Ok(());
        }
    }
    broken("every item has a host, and every rule has zones enough")
}

/// Whether each item of the rule can have a domain of its own: a matching that grows by shortest augmenting paths (Berge,
/// PNAS 43, 1957).
fn has_domains(scene: &Scene, apart: &Apart, work: &mut Work) -> Result<bool, Fault> {
    let domains = apart.domain.iter().max().map_or(0, |last| last + 1);
    work.spend((apart.items.len() * scene.open.len()) as u64)?;
    let choices: Vec<Vec<usize>> = (apart.items.iter())
        .map(|&item| {
            let hosts = scene.open_hosts().filter(|&host| scene.may_hold(item, host));
            let domains: BTreeSet<usize> = hosts.map(|host| apart.domain[host]).collect();
            domains.into_iter().collect()
        })
        .collect();
    let mut taken_by: Vec<Option<usize>> = vec![None; domains];
    for start in 0..choices.len() {
        // Who came to ask for a domain, and the domain that each asker holds so far.
        let mut asked_by: Vec<Option<usize>> = vec![None; domains];
        let mut holds: Vec<Option<usize>> = vec![None; choices.len()];
        let mut waiting = VecDeque::from([start]);
        let mut free = None;
        while let (Some(who), None) = (waiting.pop_front(), free) {
            work.spend(choices[who].len() as u64 + 1)?;
            for &domain in &choices[who] {
                if asked_by[domain].is_some() {
                    continue;
                }
                asked_by[domain] = Some(who);
                match taken_by[domain] {
                    None => {
                        free = Some(domain);
                        break;
                    }
                    Some(other) => {
                        holds[other] = Some(domain);
                        waiting.push_back(other);
                    }
                }
            }
        }
        let Some(mut domain) = free else { return Ok(false) };
        while let Some(who) = asked_by[domain] {
            taken_by[domain] = Some(who);
            if who == start {
                break;
            }
            let Some(held) = holds[who] else { break };
            domain = held;
        }
    }
    Ok(true)
}

/// That more is asked of a resource than the open hosts may hold, or that the rules alone leave nothing.
///
/// # Errors
/// Where it is not so, and where the work is done.
pub(super) fn volume(scene: &Scene, work: &mut Work) -> Result<(), Fault> {
    for resource in 0..scene.problem.resources {
        if is_short(scene, Step { resource, amount: 1 }, work)? {
            return Ok(());
        }
    }
    match rules(scene, work) {
        Err(Fault::Broken(_)) => broken("of no resource is more asked than the hosts hold"),
        verdict => verdict,
    }
}

/// That more is asked of a resource than the open hosts may hold, both counted in steps and rounded down.
///
/// # Errors
/// Where it is not so or the step is malformed, and where the work is done.
pub(super) fn rounded(scene: &Scene, step: Step, work: &mut Work) -> Result<(), Fault> {
    if step.amount == 0 || step.resource >= scene.problem.resources {
        return broken("the step is malformed");
    }
    if is_short(scene, step, work)? { Ok(()) } else { broken("no more is asked than the hosts hold") }
}

fn is_short(scene: &Scene, step: Step, work: &mut Work) -> Result<bool, Fault> {
    work.spend((scene.problem.items.len() + scene.open.len()) as u64)?;
    let steps = |amounts: &[u64]| u128::from(amounts[step.resource] / step.amount);
    let asked: u128 = scene.problem.items.iter().map(|item| steps(&item.size)).sum();
    let there: u128 = scene.open_hosts().map(|host| steps(&scene.capacity[host])).sum();
    Ok(asked > there)
}
