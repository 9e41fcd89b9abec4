//! What is to blame and what would make it fit, in sentences that every format says alike.

use super::text::{amount_of, clean, list};
use crate::explain::conflict::{Blame, Why};
use crate::explain::remedies::Remedy;
use crate::model::{HostIndex, HostState, Layout, ResourceIndex};

/// So many containers are named.
const NAMED: usize = 6;

/// The stable name of what is to blame.
pub fn code(blame: &Blame) -> &'static str {
    match blame {
        Blame::Volume { .. } => "volume",
        Blame::Shape => "shape",
        Blame::Rule => "rule",
        Blame::Standing => "standing",
        Blame::Loss { .. } => "loss",
    }
}

/// Who is to blame, in a sentence or two.
pub fn sentence(layout: &Layout, why: &Why) -> String {
    let ids: Vec<String> =
        why.containers.iter().take(NAMED).map(|&c| format!("`{}`", layout.container_id(c))).collect();
    let ids = match why.containers.len().saturating_sub(NAMED) {
        0 => list(&ids),
        more => format!("{} and {more} more", ids.join(", ")),
    };
    let any = match (why.minimal, why.containers.len() + why.rules.len()) {
        (_, 0 | 1) => "",
        (true, _) => " Leave any one of them out and the rest go together.",
        (false, _) => " No smaller set was found.",
    };
    match &why.blame {
        Blame::Volume { resource, requested, allocatable } => {
            let short = u64::try_from(requested - allocatable).unwrap_or(u64::MAX);
            let short = amount_of(&layout.lab.resources[*resource], short);
            format!("Volume is to blame: all hosts together are {short} short, however it is arranged.")
        }
        Blame::Shape => format!(
            "The shape of the containers is to blame: there is enough of everything in all, but these do not go onto \
             the hosts, rules or no rules: {ids}.{any}"
        ),
        Blame::Rule => {
            let rules: Vec<String> = why.rules.iter().map(|rule| clean(&rule.words(layout))).collect();
            let with = if ids.is_empty() { String::new() } else { format!(" with {ids}") };
            let rules = match rules.len().saturating_sub(NAMED) {
                0 => list(&rules),
                more => format!("{} and {more} more", rules[..NAMED].join(", ")),
            };
            format!("Rules are to blame, without them everything would fit: {rules}{with}.{any}")
        }
        Blame::Loss { lost, resource, requested, allocatable } => {
            let resource = &layout.lab.resources[*resource];
            let whole = |amount: u128| u64::try_from(amount).unwrap_or(u64::MAX);
            let [requested, allocatable] = [requested, allocatable].map(|amount| resource.show(whole(*amount)));
            let rules: Vec<String> = why.rules.iter().map(|rule| clean(&rule.words(layout))).collect();
            format!(
                "{} is to blame: everything fits as long as nothing is lost. With {} lost, what must not stop requests \
                 {requested} of {}, and the other hosts have {allocatable}.",
                list(&rules),
                hosts(layout, lost),
                resource.name()
            )
        }
        Blame::Standing => "What stays where it is is to blame: were it free to move, everything would fit.".to_owned(),
    }
}

/// `nuc`, `nuc and pi`.
pub fn hosts(layout: &Layout, hosts: &[HostIndex]) -> String {
    list(&hosts.iter().map(|&host| layout.lab.hosts[host].name.clone()).collect::<Vec<_>>())
}

/// A remedy in words, with what is not known about it.
pub fn remedy(remedy: &Remedy) -> String {
    let less =
        if remedy.least || remedy.kind == crate::explain::remedies::Kind::Startup { "" } else { " (less may do)" };
    clean(&remedy.text) + less
}

/// What is requested of one resource and what all hosts can give of it.
pub struct Total {
    /// Which resource.
    pub resource: ResourceIndex,
    /// Requested in all.
    pub requested: u64,
    /// What all hosts that are there can give.
    pub allocatable: u64,
}

/// The totals of the resources that are asked for.
pub fn totals(layout: &Layout) -> Vec<Total> {
    let total = |resource: ResourceIndex| {
        let services = layout.demand.containers.iter().map(|container| &layout.demand.services[container.service]);
        let requested = services.map(|service| service.request[resource].value).fold(0, u64::saturating_add);
        let hosts = layout.lab.hosts.iter().filter(|host| host.state != HostState::Planned);
        let allocatable = hosts.map(|host| host.allocatable[resource]).fold(0, u64::saturating_add);
        Total { resource, requested, allocatable }
    };
    (0..layout.lab.resources.len()).map(total).filter(|total| total.requested > 0).collect()
}
