//! Which wishes a placement does not meet, and what that weighs: from what they say, as the document has it.

use std::collections::{BTreeMap, BTreeSet};

use super::case::machine;
use super::message::list;
use super::rules::spread_over;
use crate::diagnostic::{Place, quoted};
use crate::model::{Asks, ContainerIndex, Domain, HostIndex, Layout, Placement, RuleKind, Spot, Topology, Wish};

/// A wish that is not met.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmet {
    /// Which wish, by its position among all; one may be unmet in several places.
    pub wish: usize,
    /// What it asks.
    pub asks: Asks,
    /// Where: the domain that holds too many. `None` for the wishes of single containers, and of all together.
    pub place: Option<Shared>,
    /// Who is in its way, ascending; of what is to be spread evenly all.
    pub containers: Vec<ContainerIndex>,
    /// How many of them would have to stand elsewhere.
    pub count: u64,
    /// What each of these costs.
    pub weight: u64,
    /// Where the document wishes it.
    pub at: Place,
}

/// What holds too many.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shared {
    /// A host.
    Host(HostIndex),
    /// A carrier.
    Carrier(ContainerIndex),
    /// The hosts with this value of a label, or those without it.
    Label(String, Option<String>),
    /// All hosts.
    Lab,
}

impl Unmet {
    /// What it costs.
    pub fn cost(&self) -> u64 {
        self.weight.saturating_mul(self.count)
    }
}

/// What `unmet` costs in all.
pub fn weight(unmet: &[Unmet]) -> u64 {
    unmet.iter().fold(0, |sum, one| sum.saturating_add(one.cost()))
}

/// How many wishes are not met, each of them one in however many places it is not.
pub fn count_unmet(unmet: &[Unmet]) -> usize {
    unmet.iter().map(|one| one.wish).collect::<BTreeSet<usize>>().len()
}

/// The wishes that `placement` does not meet, in the order of the document. A container without a place is in nobody's way.
pub fn unmet(layout: &Layout, placement: &Placement) -> Vec<Unmet> {
    let mut unmet = Vec::new();
    let stand = Stand { layout, spots: layout.demand.indices().map(|container| placement.spot(container)).collect() };
    for (nth, wish) in layout.all_wishes().into_iter().enumerate() {
        let found = match &wish.asks {
            Asks::On(wanted) => {
                let elsewhere = |it: &ContainerIndex| {
                    stand.place(*it).is_some_and(|(_, host)| wanted.hosts.binary_search(&host).is_err())
                };
                let containers: Vec<ContainerIndex> = wish.containers.iter().copied().filter(elsewhere).collect();
                vec![(None, containers.len() as u64, containers)]
            }
            Asks::Rule(RuleKind::Together) => {
                let lie = wish.containers.iter().all(|&it| layout.demand.is_content(it));
                let groups = stand.held(&wish, if lie { &Topology::Carrier } else { &Topology::Host });
                let most = groups.values().map(Vec::len).max().unwrap_or(0);
                // Of several hosts that hold as many the first.
                let home = groups.iter().find(|(_, held)| held.len() == most).map(|(domain, _)| *domain);
                let strays = groups.iter().filter(|(domain, _)| Some(**domain) != home);
                let mut containers: Vec<ContainerIndex> = strays.flat_map(|(_, held)| held.iter().copied()).collect();
                containers.sort_unstable();
                vec![(None, containers.len() as u64, containers)]
            }
            Asks::Rule(RuleKind::ApartByHost) => stand.beyond(&wish, &Topology::Host, 1),
            Asks::Rule(RuleKind::ApartByCarrier) => stand.beyond(&wish, &Topology::Carrier, 1),
            Asks::Rule(RuleKind::ApartByLabel(label)) => stand.beyond(&wish, &Topology::Label(label.clone()), 1),
            Asks::Rule(RuleKind::AtMost { count, per }) => stand.beyond(&wish, per, *count),
            Asks::Rule(RuleKind::Spread { over, skew }) => {
                vec![(None, stand.uneven(&wish, over, *skew), wish.containers.clone())]
            }
        };
        let found = found.into_iter().filter(|(_, count, _)| *count > 0);
        unmet.extend(found.map(|(place, count, containers)| {
            let (asks, weight, at) = (wish.asks.clone(), wish.weight, wish.at);
            Unmet { wish: nth, asks, place, containers, count, weight, at }
        }));
    }
    unmet
}

/// Where everything stands that the wishes speak of.
struct Stand<'a> {
    layout: &'a Layout,
    spots: Vec<Option<Spot>>,
}

impl<'a> Stand<'a> {
    /// What of a wish's containers each domain holds that holds any.
    fn held(&self, wish: &Wish, over: &Topology) -> BTreeMap<Domain<'a>, Vec<ContainerIndex>> {
        let mut held: BTreeMap<Domain, Vec<ContainerIndex>> = BTreeMap::new();
        for &container in &wish.containers {
            let Some((spot, host)) = self.place(container) else { continue };
            held.entry(over.domain_at(spot, host, &self.layout.lab.hosts[host])).or_default().push(container);
        }
        held
    }

    /// Where a container is, and on which host; `None` for one that has no place.
    fn place(&self, container: ContainerIndex) -> Option<(Spot, HostIndex)> {
        Some((self.spots[container]?, machine(self.layout, &self.spots, container)?))
    }

    /// Each domain that holds more than so many, by how many more, and all that it holds of them.
    fn beyond(&self, wish: &Wish, over: &Topology, most: u64) -> Vec<(Option<Shared>, u64, Vec<ContainerIndex>)> {
        let shared = |domain: Domain| match (domain, over) {
            (Domain::Host(host), _) => Shared::Host(host),
            (Domain::Label(value), Topology::Label(label)) => Shared::Label(label.clone(), value.cloned()),
            (Domain::Spot(Spot::Host(host)), _) => Shared::Host(host),
            (Domain::Spot(Spot::Carrier(carrier)), _) => Shared::Carrier(carrier),
            (Domain::Label(_) | Domain::Lab, _) => Shared::Lab,
        };
        let held = self.held(wish, over).into_iter();
        held.map(|(domain, held)| (Some(shared(domain)), (held.len() as u64).saturating_sub(most), held)).collect()
    }

    /// How many would have to go from one domain to another for any two to differ by no more than `skew`: each level is tried
    /// as the least that a domain holds. Nothing where not all have a place.
    fn uneven(&self, wish: &Wish, over: &Topology, skew: u64) -> u64 {
        let Some(held) = spread_over(self.layout, &wish.containers, over, &|it| self.spots[it]) else { return 0 };
        let all: u64 = held.values().sum();
        let domains = held.len() as u64;
        let at = |least: u64| {
            let must_go: u64 = held.values().map(|held| held.saturating_sub(least + skew)).sum();
            let must_come: u64 = held.values().map(|held| least.saturating_sub(*held)).sum();
            must_go.max(must_come)
        };
        let highest = all.checked_div(domains).unwrap_or(0);
        (0..=highest).map(at).min().unwrap_or(0)
    }
}

impl Unmet {
    /// One sentence for people: lower case, no full stop, names in backticks. `layout` is the one that was looked at.
    pub fn message(&self, layout: &Layout) -> String {
        let who = list(self.containers.iter().map(|&it| layout.container_id(it)));
        let is = if self.containers.len() == 1 { "is" } else { "are" };
        let here = match &self.place {
            Some(Shared::Host(host)) => format!("on {}", quoted(&layout.lab.hosts[*host].name)),
            Some(Shared::Carrier(carrier)) => format!("in {}", quoted(&layout.container_id(*carrier))),
            Some(Shared::Label(label, Some(value))) => format!("on {}", quoted(&format!("{label}: {value}"))),
            Some(Shared::Label(label, None)) => format!("on hosts without {}", quoted(label)),
            Some(Shared::Lab) | None => "in the lab".to_owned(),
        };
        match &self.asks {
            Asks::On(wanted) => format!("{who} {is} not on {}", quoted(&wanted.written)),
            Asks::Rule(RuleKind::Together) => format!("{who} {is} not with the others"),
            Asks::Rule(RuleKind::ApartByHost | RuleKind::ApartByLabel(_) | RuleKind::ApartByCarrier) => {
                let all = if self.containers.len() == 2 { "both" } else { "all" };
                format!("{who} are {all} {here}")
            }
            Asks::Rule(RuleKind::AtMost { count, .. }) => {
                format!("{who} are {} {here}, more than {count}", self.containers.len())
            }
            Asks::Rule(RuleKind::Spread { over, .. }) => {
                let over = match over {
                    Topology::Label(label) => quoted(label),
                    Topology::Carrier => "carriers".to_owned(),
                    Topology::Host | Topology::Lab => "hosts".to_owned(),
                };
                format!("{who} are not spread evenly over {over}: {} would have to go elsewhere", self.count)
            }
        }
    }
}
