//! Changes of a layout as a document says them that extends the one it comes from.

use std::collections::{BTreeMap, BTreeSet};

use crate::diagnostic::Place;
use crate::document::Document;
use crate::document::resolve::patterns;
use crate::model::{
    Change, ContainerIndex, HostIndex, HostState, Layout, Like, Of, OfStartup, On, Overlay, ResourceIndex, Rule,
    RuleKind, Runner, ServiceIndex, Stack, StartupIndex, apply,
};
use crate::quantity::{Decimal, Resource};

impl Document {
    /// What a document that extends this one says to make `changes`: resolved, it is the layout that
    /// [`crate::model::apply`] gives, in all but places in files. `None` where no document says that: changes of the
    /// phase asked about, and hosts under names that a document gives to others.
    pub fn changed(&self, changes: &[Change]) -> Option<Overlay> {
        let layout = self.resolve().ok()?.layout;
        let after = apply(&layout, changes).ok()?.without_places();
        let writer = Writer { document: self, before: &layout, after: &after, changes };
        let before = self.before_arrivals();
        let said = |overlay: &Overlay| {
            let resolved = before.overlaid(overlay).ok()?.resolve().ok()?.layout;
            (resolved.without_places() == after).then(|| overlay.clone())
        };
        let plain = before.besides(self).and(&writer.plainly()?);
        said(&plain).or_else(|| said(&plain.clone().and(&writer.without(&writer.left_out())))).or_else(|| {
            let placement = after.placement.as_ref()?;
            let mut placed = Overlay::EMPTY.with(&["placement"], self.placement_change(&after, placement));
            placed = plain.and(&writer.without(&writer.left_out())).and(&placed);
            said(&placed)
        })
    }

    /// The document before those came that [`Document::with`] brought.
    fn before_arrivals(&self) -> Document {
        let mut document = self.clone();
        if let Some(tree) = &self.tree_before {
            document.tree = tree.clone();
            document.newcomers.clear();
        }
        document
    }
}

struct Writer<'a> {
    document: &'a Document,
    before: &'a Layout,
    after: &'a Layout,
    changes: &'a [Change],
}

impl Writer<'_> {
    /// Each change by itself, in their order.
    fn plainly(&self) -> Option<Overlay> {
        let hosts = &self.before.lab.hosts;
        let resource = |resource: usize| self.before.lab.resources.get(resource);
        let mut said = Overlay::EMPTY;
        let mut further: BTreeMap<&str, usize> = BTreeMap::new();
        let mut rules: Option<Vec<(Place, Overlay)>> = None;
        let written = || self.document.rules();
        for change in self.changes {
            said = match change {
                &Change::Capacity { kind, resource: of, amount } => {
                    let above = ["hosts", &hosts.get(kind.0)?.kind];
                    said.with(&below(&above, resource(of)?), Overlay::text(resource(of)?.write(amount)))
                }
                &Change::Pool { resource: of, amount } => {
                    let above = ["pools", &self.before.lab.pool_of(of)?.name];
                    said.with(&below(&above, resource(of)?), Overlay::text(resource(of)?.write(amount)))
                }
                &Change::Reach { pool, kind: _ } => {
                    let name = &self.before.lab.pools.get(pool)?.name;
                    let names = |said: &On| match said {
                        On::Named(names) => {
                            Some(Overlay::List(names.iter().map(|name| Overlay::text(name.as_str())).collect()))
                        }
                        On::Labels(_) | On::Any => None,
                    };
                    let said_of = self.after.lab.pools.get(pool)?.said.as_deref();
                    said.with(&["pools", name, "hosts"], said_of.map_or(Some(Overlay::Null), names)?)
                }
                &Change::PoolReserve { resource: of, amount } => {
                    let above = ["pools", &self.before.lab.pool_of(of)?.name, "reserve"];
                    said.with(&below(&above, resource(of)?), Overlay::text(resource(of)?.write(amount)))
                }
                &Change::Reserve { kind, resource: of, amount } => {
                    let above = ["hosts", &hosts.get(kind.0)?.kind, "reserve"];
                    said.with(&below(&above, resource(of)?), Overlay::text(resource(of)?.write(amount)))
                }
                &Change::Overcommit { kind, resource: of, tenths } => {
                    let (factor, limits) = (Decimal::tenths(tenths), resource(of)?.is_limits());
                    let above = ["hosts", &hosts.get(kind.0)?.kind, if limits { "limits" } else { "overcommit" }];
                    let text = if limits { factor.percent() } else { factor.to_string() };
                    said.with(&below(&above, resource(of)?), Overlay::text(text))
                }
                &Change::State { kind, state } => said.with(&["hosts", &hosts.get(kind.0)?.kind, "state"], word(state)),
                Change::Vacated(_) => return None,
                &Change::Forward { kind } => {
                    let kind = &hosts.get(kind.0)?.kind;
                    let phase = self.before.phase.and_then(|phase| self.before.phases.get(phase))?;
                    let said = said.with(&["hosts", kind, "from"], Overlay::text(&phase.name));
                    match self.document.said(&["hosts", kind, "state"]) {
                        Some(_) => said.with(&["hosts", kind, "state"], word(HostState::Up)),
                        None => said,
                    }
                }
                &Change::Drained(host) => {
                    said.with(&["hosts", &hosts.get(host.0)?.kind, "state"], word(HostState::Drain))
                }
                &Change::Count { kind, count } => {
                    said.with(&["hosts", &hosts.get(kind.0)?.kind, "count"], Overlay::text(count.to_string()))
                }
                Change::HostAdded { like, name: _, kind } => {
                    let count = further.entry(kind).or_insert(0);
                    *count += 1;
                    let body = alike(&self.document.said(&["hosts", &hosts.get(like.0)?.kind])?);
                    said.with(&["hosts", kind], body.with(&["count"], Overlay::text(count.to_string())))
                }
                &Change::HostLost(host) => said.with(&["hosts", &hosts.get(host.0)?.kind], Overlay::Null),
                &Change::Request { of, resource: what, amount } => {
                    let path = self.path(of)?;
                    said.with(&below(&texts(&path), resource(what)?), self.request(of, what, amount)?)
                }
                &Change::Limit { of, resource: what, amount } => {
                    let path = [self.path(of)?, vec!["limit".to_owned()]].concat();
                    let amount = amount.map(|amount| resource(what).map(|what| Overlay::text(what.write(amount))));
                    let amount = match amount {
                        Some(amount) => amount?,
                        None => Overlay::Null,
                    };
                    said.with(&below(&texts(&path), resource(what)?), amount)
                }
                Change::Pin { of, on } => {
                    let path = [self.path(*of)?, vec!["on".to_owned()]].concat();
                    let name = |host: &HostIndex| Some(Overlay::text(hosts.get(host.0)?.name.as_str()));
                    let on = on.as_ref().map(|on| on.iter().map(name).collect::<Option<Vec<_>>>());
                    let on = match on {
                        Some(names) => Overlay::List(names?),
                        None => Overlay::Null,
                    };
                    said.with(&texts(&path), on)
                }
                Change::Apart { of, kind } => {
                    let path = [self.path(*of)?, vec!["apart".to_owned()]].concat();
                    let kind = match kind {
                        Some(RuleKind::ApartByHost) => Overlay::text("host"),
                        Some(RuleKind::ApartByLabel(label)) => Overlay::text(label.as_str()),
                        Some(_) => return None,
                        None => Overlay::Null,
                    };
                    said.with(&texts(&path), kind)
                }
                Change::Spread { of, kind } => {
                    let path = [self.path(*of)?, vec!["spread".to_owned()]].concat();
                    let kind = match kind {
                        Some(RuleKind::Spread { over, skew: 1 }) => Overlay::text(over.name()),
                        Some(RuleKind::Spread { over, skew }) => Overlay::EMPTY
                            .with(&["over"], Overlay::text(over.name()))
                            .with(&["skew"], Overlay::text(skew.to_string())),
                        Some(_) => return None,
                        None => Overlay::Null,
                    };
                    said.with(&texts(&path), kind)
                }
                &Change::Keep { of, keep } => {
                    let path = [self.path(of)?, vec!["keep".to_owned()]].concat();
                    said.with(&texts(&path), Overlay::text(keep.to_string()))
                }
                &Change::Replicas { of, replicas } => {
                    let path = [self.path(of)?, vec!["replicas".to_owned()]].concat();
                    said.with(&texts(&path), Overlay::text(replicas.to_string()))
                }
                &Change::Together(OfStartup::Startup(startup)) => {
                    let name = &self.before.demand.startups.get(startup)?.name;
                    said.with(&["startups", name, "together"], Overlay::text("none"))
                }
                &Change::Together(OfStartup::Stack(stack)) => {
                    said.with(&["stacks", &self.before.stacks.get(stack)?.name, "together"], Overlay::Null)
                }
                &Change::RuleDropped(rule) => {
                    let at = self.before.rules.get(rule)?.at;
                    rules.get_or_insert_with(written).retain(|(place, _)| *place != at);
                    said
                }
                &Change::AtMost { rule, count } => {
                    let at = self.before.rules.get(rule)?.at;
                    let (_, rule) = rules.get_or_insert_with(written).iter_mut().find(|(place, _)| *place == at)?;
                    *rule = rule.clone().with(&["at-most", "count"], Overlay::text(count.to_string()));
                    said
                }
                Change::SurviveDropped => {
                    let at = self.before.survive.as_ref().and_then(|survive| survive.at);
                    rules.get_or_insert_with(written).retain(|(place, _)| Some(*place) != at);
                    said
                }
                Change::SurviveExcept(containers) => {
                    let at = self.before.survive.as_ref()?.at?;
                    let (_, survive) = rules.get_or_insert_with(written).iter_mut().find(|(place, _)| *place == at)?;
                    let mut except = match survive.get("except") {
                        Some(Overlay::List(known)) => known.clone(),
                        Some(one @ Overlay::Text(_)) => vec![one.clone()],
                        _ => Vec::new(),
                    };
                    except.extend(ids(self.before, containers.iter().copied()));
                    *survive = survive.clone().with(&["except"], Overlay::List(except));
                    said
                }
                Change::RuleAdded { kind, containers } => {
                    let ids = ids(self.before, containers.iter().copied());
                    rules.get_or_insert_with(written).push((Place::default(), rule(kind, ids)?));
                    said
                }
                Change::StartupAdded { name, like } => {
                    let body = match *like {
                        Like::Stack(stack) => {
                            Overlay::EMPTY.with(&["stack"], Overlay::text(self.before.stacks.get(stack)?.name.as_str()))
                        }
                        Like::Startup(startup) => {
                            self.document.said(&["startups", &self.before.demand.startups.get(startup)?.name])?
                        }
                    };
                    said.with(&["startups", name], body)
                }
                &Change::StartupLeftOut(startup) => {
                    said.with(&["startups", &self.before.demand.startups.get(startup)?.name], Overlay::Null)
                }
                Change::Placed { .. } => said,
                Change::Phase(_) => return None,
            };
            // What is dropped of the rules stands where the first of them was dropped.
            let speaks_of_rules = matches!(
                change,
                Change::RuleDropped(_)
                    | Change::AtMost { .. }
                    | Change::SurviveDropped
                    | Change::SurviveExcept(_)
                    | Change::RuleAdded { .. }
            );
            if let (Some(rules), true) = (&rules, speaks_of_rules) {
                said = said.with(&["rules"], Overlay::List(rules.iter().map(|(_, rule)| rule.clone()).collect()));
            }
        }
        if self.changes.iter().any(|change| matches!(change, Change::Placed { .. })) {
            let placement = self.after.placement.as_ref()?;
            said = said.with(&["placement"], self.document.placement_change(self.after, placement));
        }
        Some(said)
    }

    /// What a container asks for of a resource after all changes: one amount, or where it differs one for each time.
    fn request(&self, of: Of, resource: ResourceIndex, amount: u64) -> Option<Overlay> {
        let lab = &self.before.lab;
        let own = lab.derived().into_iter().find(|it| it.resource == resource).map_or(resource, |it| it.of);
        let service = match of {
            Of::Service(service) => self.before.demand.services.get(service)?,
            Of::Stack { stack, service } => self.before.stacks.get(stack)?.services.get(service)?,
        };
        let then = |at: ResourceIndex| {
            let changed = self.changes.iter().rev().find_map(|change| match *change {
                Change::Request { of: other, resource, amount } if other == of && resource == at => Some(amount),
                _ => None,
            });
            changed.unwrap_or(service.request[at].value)
        };
        let written = |amount: u64| Overlay::text(lab.resources[own].write(amount));
        let times: Vec<u64> = match service.pool {
            None => lab.at_all_times(own).into_iter().map(then).collect(),
            Some(_) => vec![amount],
        };
        match times.iter().all(|it| *it == times[0]) {
            true => Some(written(times[0])),
            false => {
                let each = lab.times.iter().zip(times);
                Some(each.fold(Overlay::EMPTY, |said, (time, amount)| said.with(&[time], written(amount))))
            }
        }
    }

    /// The keys under which a container stands.
    fn path(&self, of: Of) -> Option<Vec<String>> {
        let path = match of {
            Of::Service(service) => {
                let its = self.before.demand.services.get(service)?;
                let startup = &self.before.demand.startups.get(its.startup)?.name;
                ["startups", startup, "containers", &its.name].map(str::to_owned).to_vec()
            }
            Of::Stack { stack, service } => {
                let Stack { name, services, together: _ } = self.before.stacks.get(stack)?;
                ["stacks", name, &services.get(service)?.name].map(str::to_owned).to_vec()
            }
        };
        Some(path)
    }

    fn left_out(&self) -> BTreeSet<StartupIndex> {
        let startup =
            |change: &Change| if let Change::StartupLeftOut(startup) = change { Some(*startup) } else { None };
        self.changes.iter().filter_map(startup).collect()
    }

    /// Not a word of `startups` in rules, placement, needs and toolbox.
    fn without(&self, startups: &BTreeSet<StartupIndex>) -> Overlay {
        let (layout, document) = (self.before, self.document);
        let mut said = Overlay::EMPTY;
        if startups.is_empty() {
            return said;
        }
        let gone = |container: ContainerIndex| startups.contains(&layout.demand.startup_of(container));
        let kept = |containers: &[ContainerIndex]| ids(layout, containers.iter().copied().filter(|&it| !gone(it)));
        let mut rules = Vec::new();
        for (at, written) in document.rules() {
            let survive = layout.survive.as_ref().filter(|survive| survive.at == Some(at));
            let its: Vec<&Rule> = layout.rules.iter().filter(|rule| rule.at == at).collect();
            let bound: Vec<ContainerIndex> = its.iter().flat_map(|rule| rule.containers.iter().copied()).collect();
            let is_gone = |name: &str| startups.iter().any(|&startup| layout.demand.startups[startup].name == name);
            match (its.first(), survive) {
                (Some(first), _) if bound.iter().any(|&it| gone(it)) || names_any(&written, &is_gone) => {
                    let left = kept(&bound);
                    let said = rule(&first.kind, left.clone()).filter(|_| left.len() > 1);
                    let each = |said: Overlay| said.with(&["each"], Overlay::text("startup"));
                    rules.extend(if first.each { said.map(each) } else { said });
                }
                (_, Some(survive)) if survive.except.iter().any(|&container| gone(container)) => {
                    rules.push(written.with(&["except"], Overlay::List(kept(&survive.except))));
                }
                _ => rules.push(written),
            }
        }
        said = said.with(&["rules"], Overlay::List(rules));
        if let Some(placement) = &layout.placement {
            let placement = placement.only(|container| !gone(container));
            said = said.with(&["placement"], document.placement_change(layout, &placement));
        }
        let lost = |service: &ServiceIndex| startups.contains(&layout.demand.services[*service].startup);
        for service in layout.demand.services.iter().filter(|it| !startups.contains(&it.startup)) {
            if service.needs.iter().any(lost) {
                let left = service.needs.iter().filter(|service| !lost(service));
                let left = left.map(|&needed| Overlay::text(layout.service_id(needed))).collect();
                let startup = &layout.demand.startups[service.startup].name;
                said = said.with(&["startups", startup, "containers", &service.name, "needs"], Overlay::List(left));
            }
        }
        for category in &layout.toolbox.categories {
            let is_lost = |runner: &Runner| match runner {
                Runner::Startup(startup) => startups.contains(startup),
                Runner::Service(service) => lost(service),
            };
            let Some(runs) = category.runs.as_ref().filter(|runs| runs.iter().any(is_lost)) else { continue };
            let name = |runner: &Runner| match *runner {
                Runner::Startup(startup) => layout.demand.startups[startup].name.clone(),
                Runner::Service(service) => layout.service_id(service),
            };
            let left = runs.iter().filter(|runner| !is_lost(runner)).map(|runner| Overlay::text(name(runner)));
            said = said.with(&["toolbox", &category.name, "runs"], Overlay::List(left.collect()));
        }
        said
    }
}

/// Whether a rule as written names one of these startups, alone or in a range.
fn names_any(written: &Overlay, is_one: &dyn Fn(&str) -> bool) -> bool {
    let patterns = ["apart", "together"].iter().find_map(|key| written.get(key));
    let patterns = patterns.or_else(|| written.get("at-most")?.get("of"));
    let names = |pattern: &Overlay| matches!(pattern, Overlay::Text(text) if patterns::names_startup(text, is_one));
    matches!(patterns, Some(Overlay::List(patterns)) if patterns.iter().any(names))
}

fn ids(layout: &Layout, containers: impl Iterator<Item = ContainerIndex>) -> Vec<Overlay> {
    containers.map(|container| Overlay::text(layout.container_id(container))).collect()
}

fn rule(kind: &RuleKind, containers: Vec<Overlay>) -> Option<Overlay> {
    let containers = Overlay::List(containers);
    Some(match kind {
        RuleKind::ApartByHost => Overlay::EMPTY.with(&["apart"], containers),
        RuleKind::Together => Overlay::EMPTY.with(&["together"], containers),
        RuleKind::AtMost { count, per } => Overlay::EMPTY
            .with(&["at-most", "count"], Overlay::text(count.to_string()))
            .with(&["at-most", "per"], Overlay::text(per.name()))
            .with(&["at-most", "of"], containers),
        RuleKind::ApartByLabel(_) | RuleKind::ApartByCarrier | RuleKind::Spread { .. } => return None,
    })
}

fn word(state: HostState) -> Overlay {
    Overlay::text(match state {
        HostState::Up => "up",
        HostState::Drain => "drain",
        HostState::Planned => "planned",
    })
}

/// What makes another machine like this one: all but its name, number and state.
fn alike(said: &Overlay) -> Overlay {
    match said {
        Overlay::Map(keys) => {
            let own = ["title", "count", "state", "from", "until"];
            Overlay::Map(keys.iter().filter(|(key, _)| !own.contains(&key.as_str())).cloned().collect())
        }
        other => other.clone(),
    }
}

/// The path of a resource's amount below `above`.
fn below<'p>(above: &[&'p str], resource: &'p Resource) -> Vec<&'p str> {
    let mut path = above.to_vec();
    let resource = resource.base();
    if resource.is_named() {
        path.extend(["resources", resource.name()]);
    } else {
        path.push(resource.name());
    }
    path
}

fn texts(path: &[String]) -> Vec<&str> {
    path.iter().map(String::as_str).collect()
}
