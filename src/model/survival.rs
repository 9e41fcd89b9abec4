//! Survival: what must still hold after hosts are lost.

use std::sync::Arc;

use super::{ContainerIndex, HostIndex, Lab, Placement, Reach};
use crate::diagnostic::Place;

/// After the loss of any so many hosts, what they held can be placed again on the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survive {
    /// How many hosts may be lost at once: 1 or more.
    pub hosts: usize,
    /// Containers that may stop when their host is lost, ascending.
    pub except: Vec<ContainerIndex>,
    /// What `except` says of startups whatever they are called.
    pub reach: Arc<[Reach]>,
    /// Whether what was not lost may move to make room; else it stands still.
    pub moves: bool,
    /// Where the document says so; `None` where the command line does.
    pub at: Option<Place>,
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
    /// Whether so many hosts of `lab` can be lost by so many containers, those that are only planned counted as there.
    ///
    /// # Errors
    /// What is wrong with it, and what helps.
    pub fn possible(&self, lab: &Lab, containers: usize) -> Result<(), (String, String)> {
        let (lost, there) = (self.hosts, lab.hosts.len());
        if lost >= there {
            let hosts =
                if there == 1 { "the lab has one host".to_owned() } else { format!("the lab has {there} hosts") };
            let message = format!("`survive: {lost}` leaves no host: {hosts}");
            let help = match there {
                0 | 1 => "add a host, or leave `survive` out".to_owned(),
                more => format!("the most is {}", more - 1),
            };
            return Err((message, help));
        }
        let sets = self.count(there);
        if sets > MOST_LOSSES {
            let message = format!("{lost} of {there} hosts can be lost in more than {MOST_LOSSES} ways, the limit");
            return Err((message, "ask for fewer".to_owned()));
        }
        if sets.saturating_mul(containers as u128) > MOST_PLACES {
            let message = format!("{sets} losses of {containers} containers are more than are looked through");
            return Err((message, "ask for fewer hosts, or leave `survive` out".to_owned()));
        }
        Ok(())
    }

    /// Whether `container` may stop when its host is lost.
    pub fn may_stop(&self, container: ContainerIndex) -> bool {
        self.except.binary_search(&container).is_ok()
    }

    /// Every set of the hosts that are `there`, ascending, whose loss must be survived: first one host at a time, then
    /// two at a time, and so on. Where fewer hosts are there, all of them at the most.
    pub fn losses(&self, there: &[HostIndex]) -> Vec<Vec<HostIndex>> {
        let mut losses: Vec<Vec<HostIndex>> = Vec::new();
        let mut latest: Vec<Vec<HostIndex>> = vec![Vec::new()];
        for _ in 0..self.hosts.min(there.len()) {
            let larger = |loss: &Vec<HostIndex>| {
                let after = loss.last().map_or(HostIndex(0), |last| last.next());
                let loss = loss.clone();
                there.iter().filter(move |&&host| host >= after).map(move |&host| [loss.as_slice(), &[host]].concat())
            };
            latest = latest.iter().flat_map(larger).collect();
            losses.extend(latest.iter().cloned());
        }
        losses
    }

    /// How many [`Survive::losses`] there are among `hosts` hosts.
    pub fn count(&self, hosts: usize) -> u128 {
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
    fn all_sets_of_hosts_are_listed_once_and_counted() {
        let survive = |hosts| Survive { hosts, except: Vec::new(), reach: [].into(), moves: false, at: None };
        let [a, b, c] = [0, 2, 3].map(HostIndex);
        let losses = |hosts| survive(hosts).losses(&[a, b, c]);
        assert_eq!(losses(1), [vec![a], vec![b], vec![c]]);
        assert_eq!(losses(2), [vec![a], vec![b], vec![c], vec![a, b], vec![a, c], vec![b, c]]);
        for hosts in 1..6 {
            assert_eq!(survive(hosts).count(3), losses(hosts).len() as u128);
        }
    }
}
