//! What lies in a carrier asks for no more than it has; how large a carrier is of which nobody says that, its content says.

use std::collections::BTreeMap;

use super::super::report::Origin;
use super::nest::{Carrier, Lies, Position};
use super::{Scene, Settling, Startup};
use crate::diagnostic::quoted;
use crate::quantity::{Resource, shorten};

impl Scene<'_> {
    /// Makes carriers as large as what they hold where nobody says how large they are, and everything in them no larger
    /// than they are.
    pub(super) fn fit_in(&mut self, startups: &mut [Startup], lies: &mut Lies) {
        let mut positions: Vec<(usize, Position)> = lies.0.keys().map(|&at| (depth(at, lies), at)).collect();
        // What lies deepest first: its carrier asks for it, too.
        positions.sort_unstable_by_key(|(depth, at)| (std::cmp::Reverse(*depth), *at));
        for (_, at) in positions {
            let Some(one) = of(startups, at) else { continue };
            let (foreign, place) = (one.foreign.clone(), one.at);
            let asked: Vec<(Resource, u64, Origin)> =
                one.sized.request.iter().map(|(resource, (amount, from))| (resource.clone(), *amount, *from)).collect();
            let held: Vec<Resource> = one.content.iter().cloned().collect();
            let (name, offers) = match lies.0.get(&at) {
                Some(Carrier::New(there)) => {
                    let Some(carrier) = of(startups, *there) else { continue };
                    (carrier.foreign.clone(), said(carrier))
                }
                Some(Carrier::There(id)) => (id.clone(), self.offers(id, &asked)),
                None => continue,
            };
            let over =
                |(resource, amount, _): &&(Resource, u64, Origin)| offers.get(resource).is_some_and(|it| it < amount);
            let name = quoted(&shorten(&name));
            if let Some((resource, amount, _)) = asked.iter().filter(|it| it.2 == Origin::File).find(over) {
                let [amount, have] =
                    [*amount, offers.get(resource).copied().unwrap_or(0)].map(|amount| resource.show(amount));
                let reason = format!("asks for {amount} of {}, and {name} has {have}", resource.name());
                self.refuse(format!("{foreign}: inside"), reason, place);
                lies.0.remove(&at);
                continue;
            }
            for (resource, ..) in asked.iter().filter(over) {
                let Some(have) = offers.get(resource) else { continue };
                let what =
                    format!("of {} {} is taken to ask for all that {name} has", resource.name(), quoted(&foreign));
                self.note(what, place);
                if let Some(one) = of_mut(startups, at) {
                    one.sized.request.insert(resource.clone(), (*have, Origin::File));
                }
            }
            if let Some(Carrier::New(there)) = lies.0.get(&at)
                && let Some(carrier) = of_mut(startups, *there)
            {
                grow(carrier, &asked, &held);
                // A pool gives so much and no more.
                if carrier.content.contains(&Resource::Disk) && carrier.pool.take().is_some() {
                    let (what, at) = (format!("{}: pool", carrier.foreign), carrier.at);
                    self.refuse(what, "how much its content takes of it is not said".to_owned(), at);
                }
            }
        }
    }

    /// What a carrier of the document offers of each resource, as far as that is a number.
    fn offers(&self, id: &str, asked: &[(Resource, u64, Origin)]) -> BTreeMap<Resource, u64> {
        let Some(layout) = &self.known.layout else { return BTreeMap::new() };
        let is = |service: &&crate::model::Service| {
            id.strip_suffix(&service.name)
                .is_some_and(|rest| rest.strip_suffix('/') == Some(&layout.demand.startups[service.startup].name))
        };
        let Some(service) = layout.demand.services.iter().find(is) else { return BTreeMap::new() };
        let Some(carries) = &service.carries else { return BTreeMap::new() };
        // What the document has had nowhere so far it has none of.
        let is_new = |resource: &Resource| layout.lab.resource_index(resource).is_none();
        let new = asked.iter().map(|it| &it.0).filter(|resource| is_new(resource));
        let mut offers: BTreeMap<Resource, u64> = new.map(|resource| (resource.clone(), 0)).collect();
        for (at, (counted, amount)) in layout.lab.resources.iter().zip(&service.request).enumerate() {
            let is_content = carries.content.get(at).copied().unwrap_or(false);
            let is_promised = carries.overcommit.get(at).is_some_and(Option::is_some);
            if !is_content && !is_promised {
                let kept = carries.reserve.get(at).copied().unwrap_or(0);
                offers.insert(counted.resource.clone(), amount.value.saturating_sub(kept));
            }
        }
        offers
    }
}

/// What is said that a carrier has of each resource.
fn said(carrier: &Settling) -> BTreeMap<Resource, u64> {
    let said = carrier.sized.request.iter().filter(|(_, (_, from))| *from != Origin::Default);
    said.map(|(resource, (amount, _))| (resource.clone(), *amount)).collect()
}

/// Of what nobody says how much a carrier has, and its content asks for, it has as much as that.
fn grow(carrier: &mut Settling, asked: &[(Resource, u64, Origin)], held: &[Resource]) {
    for resource in asked.iter().filter(|it| it.1 > 0).map(|it| &it.0).chain(held) {
        let said = carrier.sized.request.get(resource);
        if said.is_none_or(|(_, from)| *from == Origin::Default) {
            carrier.sized.request.remove(resource);
            carrier.content.insert(resource.clone());
        }
    }
}

/// In how many carriers something lies.
fn depth(mut at: Position, lies: &Lies) -> usize {
    let mut depth = 0;
    while let Some(Carrier::New(up)) = lies.0.get(&at) {
        (at, depth) = (*up, depth + 1);
    }
    depth
}

fn of(startups: &[Startup], at: Position) -> Option<&Settling> {
    startups.get(at.0)?.containers.get(at.1)
}

fn of_mut(startups: &mut [Startup], at: Position) -> Option<&mut Settling> {
    startups.get_mut(at.0)?.containers.get_mut(at.1)
}
