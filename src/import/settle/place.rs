//! Where a container may run, as far as the document can say that.

use std::collections::{BTreeMap, BTreeSet};

use super::super::found::{Avoid, Count, Where, Wish, Wished};
use super::super::hosts::is_host;
use super::{LONGEST_TEXT, MOST_CONTAINERS, MOST_WEIGHT, Scene, Settling};
use crate::diagnostic::{Place, quoted};
use crate::quantity::shorten;

/// Each host by itself, where a document says over what replicas are apart or spread.
pub const HOST: &str = "host";

/// The most hosts that are named one by one, for containers that avoid some.
const MOST_NAMED_HOSTS: usize = 1_000_000;

impl Scene<'_> {
    /// Says of the container where it may run; what cannot be said is refused.
    pub(super) fn place(&mut self, what: &str, place: &Where, replicas: u64, one: &mut Settling) {
        let what = format!("{what}: placement");
        let named = self.named(&what, place);
        let labels = self.labelled(&what, place);
        match (named, labels) {
            (Some((names, _)), None) => one.on = names,
            (None, Some((labels, at))) => {
                if self.hosts.any_has(&labels) {
                    one.on_labels = labels;
                } else {
                    let wanted = labels.iter().map(|(label, value)| format!("`{label}: {}`", shorten(value)));
                    let wanted: Vec<String> = wanted.collect();
                    self.refuse(what.clone(), format!("no host of the document has {}", wanted.join(" and ")), at);
                }
            }
            (Some((names, _)), Some((labels, at))) => {
                let (fitting, others): (Vec<String>, Vec<String>) =
                    names.into_iter().partition(|name| self.hosts.has(name, &labels));
                if fitting.is_empty() {
                    let (host, label) = (others.join("`, `"), labels.into_keys().next().unwrap_or_default());
                    let reason = format!("`on` says the host or its labels: `{host}` is said, `{label}` is not");
                    self.refuse(what.clone(), reason, at);
                    one.on = others;
                } else {
                    one.on = fitting;
                }
            }
            (None, None) => {}
        }
        self.avoid(&what, place, one);
        // One on each host is neither spread nor apart, and has no wishes.
        if one.count == Count::EveryHost {
            return;
        }
        if replicas > 1 {
            let wish = |over: String, at: Place| Wish { what: Wished::Even(over, 1), weight: 1, at };
            let spread = place.spread.iter().filter_map(|(label, at)| Some(wish(self.over(&what, label, *at)?, *at)));
            one.wishes = spread.collect();
            one.even = self.even(&what, place);
            one.apart = self.apart(&what, place);
            let most = match (one.apart.is_empty(), place.at_most) {
                (false, _) => 1,
                (true, Some((most, _))) => most.max(1),
                (true, None) => replicas,
            };
            one.hosts = replicas.div_ceil(most);
        }
        for wish in &place.wishes {
            let wished = self.wished(&what, wish, replicas);
            one.wishes.extend(wished);
        }
    }

    /// Names all hosts but those that it avoids; where none are known, that cannot be said.
    fn avoid(&mut self, what: &str, place: &Where, one: &mut Settling) {
        let Some((first, at)) = place.avoid.first() else { return };
        let mut names = BTreeSet::new();
        let mut labels: Vec<(String, String)> = Vec::new();
        for (avoid, _) in &place.avoid {
            match avoid {
                Avoid::Host(host) => names.extend(self.hosts.named(host)),
                Avoid::Label(label, value) => labels.push((self.hosts.label(label), value.clone())),
            }
        }
        let Some((kept, all)) = self.hosts.without(&one.on, &one.on_labels, &names, &labels) else {
            let said = match first {
                Avoid::Host(host) => quoted(&shorten(host)),
                Avoid::Label(label, value) => quoted(&shorten(&format!("{label}: {value}"))),
            };
            let reason = format!("it may not run on {said}, which `on` cannot say where no hosts are known");
            return self.refuse(what.to_owned(), reason, *at);
        };
        if kept.len() == all {
            // Nothing that it avoids is there.
            return;
        }
        if kept.is_empty() {
            let reason = "no host of the document is left that it does not avoid".to_owned();
            return self.refuse(what.to_owned(), reason, *at);
        }
        self.named_hosts += kept.len();
        if self.named_hosts > MOST_NAMED_HOSTS {
            let reason = format!("it would name hosts one by one, more than {MOST_NAMED_HOSTS} of them in all");
            return self.refuse(what.to_owned(), reason, *at);
        }
        (one.on, one.on_labels) = (kept, BTreeMap::new());
    }

    /// Over what its replicas are spread: a document says one such thing.
    fn even(&mut self, what: &str, place: &Where) -> Option<(String, u64)> {
        let mut even: Option<(String, u64)> = None;
        for (label, skew, at) in &place.even {
            let Some(over) = self.over(what, label, *at) else { continue };
            match &even {
                None => even = Some((over, (*skew).clamp(1, MOST_CONTAINERS))),
                Some((there, known)) if *there == over && known == skew => {}
                Some((there, _)) => {
                    let reason =
                        format!("replicas are spread over `{there}`, and over one thing only: not over `{over}`");
                    self.refuse(what.to_owned(), reason, *at);
                }
            }
        }
        even
    }

    /// A wish in the names of the document.
    fn wished(&mut self, what: &str, wish: &Wish, replicas: u64) -> Option<Wish> {
        let at = wish.at;
        let wished = match &wish.what {
            Wished::Labels(labels) => {
                let too_long = labels.values().any(|value| value.len() > LONGEST_TEXT);
                let labels: BTreeMap<String, String> =
                    labels.iter().map(|(label, value)| (self.hosts.label(label), value.clone())).collect();
                if labels.is_empty() || too_long || !self.hosts.any_has(&labels) {
                    self.refuse(
                        what.to_owned(),
                        "no host of the document has the labels that are wished".to_owned(),
                        at,
                    );
                    return None;
                }
                Wished::Labels(labels)
            }
            Wished::Hosts(hosts) => {
                let known: BTreeSet<String> = hosts.iter().filter_map(|host| self.hosts.named(host)).collect();
                if known.is_empty() || !self.hosts.is_known() {
                    self.refuse(what.to_owned(), "the document has none of the hosts that are wished".to_owned(), at);
                    return None;
                }
                Wished::Hosts(known.into_iter().collect())
            }
            // One alone is apart and spread whatever it does.
            Wished::Apart(_) | Wished::Even(..) if replicas < 2 => return None,
            Wished::Apart(label) => Wished::Apart(self.over(what, label, at)?),
            Wished::Even(label, skew) => Wished::Even(self.over(what, label, at)?, (*skew).clamp(1, MOST_CONTAINERS)),
        };
        Some(Wish { what: wished, weight: wish.weight.clamp(1, MOST_WEIGHT), at })
    }

    /// The hosts that are named, and where.
    fn named(&mut self, what: &str, place: &Where) -> Option<(Vec<String>, Place)> {
        let mut named: Option<(Vec<String>, Place)> = None;
        if let Some((host, at)) = &place.host {
            match self.hosts.named(host) {
                Some(name) => named = Some((vec![name], *at)),
                None => {
                    let reason = format!("the document has no host {}", quoted(&shorten(host)));
                    self.refuse(what.to_owned(), reason, *at);
                }
            }
        }
        let Some((hosts, at)) = &place.among else { return named };
        let (mut known, mut missing) = (Vec::new(), Vec::new());
        let mut seen = BTreeSet::new();
        for host in hosts {
            match self.hosts.named(host) {
                Some(name) if seen.insert(name.clone()) => known.push(name),
                Some(_) => {}
                None => missing.push(quoted(&shorten(host))),
            }
        }
        if known.is_empty() {
            let reason = match hosts.is_empty() {
                true => "names no host at all".to_owned(),
                false => format!("the document has no host {}", missing.join(", ")),
            };
            self.refuse(what.to_owned(), reason, *at);
            return named;
        }
        if !missing.is_empty() {
            let message = format!("{what} names hosts that the document does not have: {}", missing.join(", "));
            self.note(message, *at);
        }
        match named {
            None => Some((known, *at)),
            Some((one, host_at)) if one.iter().all(|name| seen.contains(name)) => Some((one, host_at)),
            Some((one, host_at)) => {
                self.refuse(what.to_owned(), format!("`{}` is not among the hosts it may run on", one.join("")), *at);
                Some((one, host_at))
            }
        }
    }

    /// The labels that its host must have, and where the first is said.
    fn labelled(&mut self, what: &str, place: &Where) -> Option<(BTreeMap<String, String>, Place)> {
        let mut labels = BTreeMap::new();
        let mut first = None;
        for (label, (value, at)) in &place.labels {
            if value.len() > LONGEST_TEXT {
                let reason =
                    format!("{} has a text of more than {LONGEST_TEXT} bytes, the limit", quoted(&shorten(label)));
                self.refuse(what.to_owned(), reason, *at);
                continue;
            }
            first.get_or_insert(*at);
            labels.insert(self.hosts.label(label), value.clone());
        }
        first.map(|at| (labels, at))
    }

    /// Over what no two replicas share a value: a host, or labels.
    fn apart(&mut self, what: &str, place: &Where) -> Vec<String> {
        let mut apart: Vec<String> = Vec::new();
        for (label, at) in &place.apart {
            let over = self.over(what, label, *at);
            apart.extend(over.filter(|over| !apart.contains(over)));
        }
        // Who shares no value of a label shares no host.
        if apart.iter().any(|over| over != HOST) {
            apart.retain(|over| over != HOST);
        } else if apart.is_empty() && place.at_most.is_some_and(|(most, _)| most == 1) {
            apart.push(HOST.to_owned());
        }
        apart
    }

    /// A label that some host has, or each host by itself.
    fn over(&mut self, what: &str, label: &str, at: Place) -> Option<String> {
        if is_host(label) {
            return Some(HOST.to_owned());
        }
        let name = self.hosts.label(label);
        if self.hosts.any_labelled(&name) {
            return Some(name);
        }
        self.refuse(what.to_owned(), format!("no host of the document has the label `{name}`"), at);
        None
    }
}
