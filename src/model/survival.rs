//! Survival: what must still hold after hosts are lost.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{ContainerIndex, HostIndex, HostState, Lab, Layout, Placement, Reach};
use crate::diagnostic::{Place, quoted};

/// After the loss of any so many hosts, or of all hosts with any one value of a label, what they held can be placed again
/// on the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survive {
    /// How many hosts may be lost at once; 0 where it speaks of labels alone.
    pub hosts: usize,
    /// Labels: all hosts with one value of it, or all without the label, may be lost at once. In their order, each once.
    pub labels: Vec<String>,
    /// Containers that may stop when their host is lost, ascending.
    pub except: Vec<ContainerIndex>,
    /// What `except` says of startups whatever they are called.
    pub reach: Arc<[Reach]>,
    /// Whether what was not lost may move to make room; else it stands still.
    pub moves: bool,
    /// Where the document says so; `None` where the command line does.
    pub at: Option<Place>,
}

/// More hosts than these of a value of a label that is lost are only counted.
const NAMED: usize = 4;

impl Layout {
    /// Hosts that are lost, in words: `nuc`, `nuc and pi`; ``all of zone `b` (c and d)`` where that is the loss to survive.
    pub fn lost(&self, lost: &[HostIndex]) -> String {
        let names = |hosts: &[HostIndex]| {
            let names: Vec<&str> = hosts.iter().map(|&host| self.lab.hosts[host].name.as_str()).collect();
            match names.split_last() {
                Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
                _ => names.concat(),
            }
        };
        let Some((label, value)) = self.survive.as_ref().and_then(|survive| survive.domain(&self.lab, lost)) else {
            return names(lost);
        };
        let whole = match value {
            Some(value) => format!("all of {label} {}", quoted(value)),
            None => format!("all without {}", quoted(label)),
        };
        match lost.len() {
            ..=NAMED => format!("{whole} ({})", names(lost)),
            many => format!("{whole} ({many} hosts)"),
        }
    }
}

/// Where everything is after a loss.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failover {
    /// The hosts lost, ascending.
    pub lost: Vec<HostIndex>,
    /// Where everything is then; what stops has no place.
    pub placement: Placement,
}

/// More sets of lost hosts than these are not looked through.
const MOST_LOSSES: u128 = 10_000;

/// Every loss has its placement of all containers: beyond so many entries in all they are not looked through.
const MOST_PLACES: u128 = 4_000_000;

impl Survive {
    /// Whether these losses leave hosts in `lab`, and can all be looked through for so many containers. Hosts that are only
    /// planned count as there.
    ///
    /// # Errors
    /// What is wrong with it, and what helps.
    pub fn possible(&self, lab: &Lab, containers: usize) -> Result<(), (String, String)> {
        let (lost, there) = (self.hosts, lab.hosts.len());
        if lost >= there {
            let hosts =
                if there == 1 { "the lab has one host".to_owned() } else { format!("the lab has {there} hosts") };
            let planned = lab.hosts.iter().any(|host| host.state == HostState::Planned);
            let counted = if planned { ", with those that are planned" } else { "" };
            let message = format!("`survive: {lost}` leaves no host: {hosts}{counted}");
            let help = match there {
                0 | 1 => "add a host, or leave `survive` out".to_owned(),
                more => format!("the most is {}", more - 1),
            };
            return Err((message, help));
        }
        for label in &self.labels {
            let mut values = lab.hosts.iter().map(|host| host.labels.get(label));
            let first = values.next().flatten();
            if values.all(|value| value == first) {
                let all = if first.is_some() { "one and the same" } else { "no" };
                let message = format!("`survive: {{any: {label}}}` leaves no host: all have {all} `{label}`");
                return Err((message, format!("give hosts another `{label}`, or leave it out")));
            }
        }
        let sets = self.count(there);
        if sets > MOST_LOSSES {
            let message = format!("{lost} of {there} hosts can be lost in more than {MOST_LOSSES} ways, the limit");
            return Err((message, "ask for fewer".to_owned()));
        }
        let all: Vec<HostIndex> = lab.indices().collect();
        let sets = sets + self.domains(lab, &all).len() as u128;
        if sets.saturating_mul(containers as u128) > MOST_PLACES {
            let message = format!("{sets} losses of {containers} containers are more than are looked through");
            return Err((message, "ask for fewer hosts, or leave `survive` out".to_owned()));
        }
        Ok(())
    }

    /// The same with these containers among those that may stop.
    pub fn with_all_except(&self, containers: &[ContainerIndex]) -> Survive {
        let except: BTreeSet<ContainerIndex> = self.except.iter().chain(containers).copied().collect();
        Survive { except: except.into_iter().collect(), ..self.clone() }
    }

    /// Whether `container` may stop when its host is lost.
    pub fn may_stop(&self, container: ContainerIndex) -> bool {
        self.except.binary_search(&container).is_ok()
    }

    /// Whether all of `hosts` may be lost at once.
    pub fn may_lose(&self, lab: &Lab, hosts: &[HostIndex]) -> bool {
        let share = |label: &String| {
            let mut values = hosts.iter().map(|&host| lab.hosts[host].labels.get(label));
            let first = values.next();
            values.all(|value| Some(value) == first)
        };
        hosts.len() <= self.hosts || self.labels.iter().any(share)
    }

    /// Every set of the hosts of `lab` that are there, ascending, whose loss must be survived, each once: those with one
    /// value of a label first; then one host at a time, then two at a time, and so on. Where fewer hosts are there, all of
    /// them at the most.
    pub fn losses(&self, lab: &Lab) -> Vec<Vec<HostIndex>> {
        let there = lab.there();
        let mut losses = self.domains(lab, &there);
        let known: BTreeSet<Vec<HostIndex>> = losses.iter().filter(|it| it.len() <= self.hosts).cloned().collect();
        let mut latest: Vec<Vec<HostIndex>> = vec![Vec::new()];
        for _ in 0..self.hosts.min(there.len()) {
            let larger = |loss: &Vec<HostIndex>| {
                let after = loss.last().map_or(HostIndex(0), |last| last.next());
                let loss = loss.clone();
                there.iter().filter(move |&&host| host >= after).map(move |&host| [loss.as_slice(), &[host]].concat())
            };
            latest = latest.iter().flat_map(larger).collect();
            losses.extend(latest.iter().filter(|loss| !known.contains(*loss)).cloned());
        }
        losses
    }

    /// The sets of hosts of those that are `there` which share a value of one of the labels, or lack it, each once.
    fn domains(&self, lab: &Lab, there: &[HostIndex]) -> Vec<Vec<HostIndex>> {
        let mut domains: Vec<Vec<HostIndex>> = Vec::new();
        let mut known = BTreeSet::new();
        for label in &self.labels {
            let mut number_of = BTreeMap::new();
            let mut of_label: Vec<Vec<HostIndex>> = Vec::new();
            for &host in there {
                let number = *number_of.entry(lab.hosts[host].labels.get(label)).or_insert(of_label.len());
                of_label.resize_with(of_label.len().max(number + 1), Vec::new);
                of_label[number].push(host);
            }
            domains.extend(of_label.into_iter().filter(|domain| known.insert(domain.clone())));
        }
        domains
    }

    /// The label of which the hosts `lost` are all that have one value, and that value, `None` where they lack it; of a
    /// single host nothing.
    pub fn domain<'l>(&self, lab: &'l Lab, lost: &[HostIndex]) -> Option<(&str, Option<&'l String>)> {
        let &[first, _, ..] = lost else { return None };
        let value = |label: &String, host: HostIndex| lab.hosts[host].labels.get(label);
        let is_whole = |label: &&String| {
            let of_value = lab.there().into_iter().filter(|&host| value(label, host) == value(label, first));
            of_value.eq(lost.iter().copied())
        };
        let label = self.labels.iter().find(is_whole)?;
        Some((label, value(label, first)))
    }

    /// What is asked, as documents say it: `1`, `{any: zone}`, `[1, {any: zone}]`.
    pub fn written(&self) -> String {
        let hosts = (self.hosts > 0).then(|| self.hosts.to_string());
        let parts: Vec<String> =
            hosts.into_iter().chain(self.labels.iter().map(|label| format!("{{any: {label}}}"))).collect();
        if let [one] = &parts[..] { one.clone() } else { format!("[{}]", parts.join(", ")) }
    }

    /// What may be lost, in words: `any one host`, ``any one `zone` ``, ``any 2 hosts or any one `zone` ``.
    pub fn words(&self) -> String {
        let hosts = match self.hosts {
            0 => None,
            1 => Some("any one host".to_owned()),
            many => Some(format!("any {many} hosts")),
        };
        let labels = self.labels.iter().map(|label| format!("any one {}", quoted(label)));
        hosts.into_iter().chain(labels).collect::<Vec<_>>().join(" or ")
    }

    /// How many sets of up to [`Survive::hosts`] hosts there are among `hosts` hosts.
    fn count(&self, hosts: usize) -> u128 {
        let (mut sets, mut all) = (1_u128, 0_u128);
        for lost in 1..=self.hosts.min(hosts) {
            sets = sets.saturating_mul((hosts - lost + 1) as u128) / lost as u128;
            all = all.saturating_add(sets);
            if all > u128::from(u64::MAX) {
                break;
            }
        }
        all
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_of_hosts_are_counted() {
        let survive =
            |hosts| Survive { hosts, labels: Vec::new(), except: Vec::new(), reach: [].into(), moves: false, at: None };
        for (hosts, sets) in [(0, 0), (1, 3), (2, 6), (3, 7), (4, 7)] {
            assert_eq!(survive(hosts).count(3), sets);
        }
    }
}
