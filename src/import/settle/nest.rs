//! What lies in what, and what runs where now.

use std::collections::{BTreeMap, HashMap};

use super::super::found::Count;
use super::{Scene, Startup, wrong};
use crate::diagnostic::{Diagnostic, Place, quoted};
use crate::quantity::shorten;

/// How deep carriers lie in carriers at the most.
const DEEPEST: usize = 4;

/// Why something cannot lie in what lies in it, or is it.
const IN_ITSELF: &str = "would lie in itself";

/// A container: which startup, and which of its containers.
pub type Position = (usize, usize);

/// The carrier that something lies in.
#[derive(Clone, Debug)]
pub enum Carrier {
    /// One that is imported.
    New(Position),
    /// One of the document, by its id.
    There(String),
}

/// What lies in what.
#[derive(Clone, Debug, Default)]
pub struct Lies(pub HashMap<Position, Carrier>);

impl Scene<'_> {
    /// Finds the carrier of everything that lies in one.
    ///
    /// # Errors
    /// Where the arguments name a carrier that is not there.
    pub(super) fn nest(&mut self, startups: &mut [Startup]) -> Result<Lies, Box<Diagnostic>> {
        let mut by_name: HashMap<String, Vec<Position>> = HashMap::new();
        for (at, startup) in startups.iter_mut().enumerate() {
            for (own, one) in startup.containers.iter_mut().enumerate() {
                if one.count == Count::EveryHost && (one.carries || one.lies_in.is_some()) {
                    let reason = "what is on every host neither carries others nor lies in them".to_owned();
                    self.refuse(format!("{}: inside", one.foreign), reason, one.at);
                    (one.carries, one.lies_in) = (false, None);
                }
                by_name.entry(one.foreign.clone()).or_default().push((at, own));
                by_name.entry(format!("{}/{}", startup.name, one.name)).or_default().push((at, own));
            }
        }
        let mut lies = Lies::default();
        for at in 0..startups.len() {
            for own in 0..startups.get(at).map_or(0, |startup| startup.containers.len()) {
                let Some(one) = startups.get(at).and_then(|startup| startup.containers.get(own)) else { continue };
                let Some((name, place)) = one.lies_in.clone() else { continue };
                let foreign = one.foreign.clone();
                let candidates = by_name.get(&name).map_or(&[][..], Vec::as_slice);
                match self.carrier((at, own), &name, candidates, startups) {
                    Ok(carrier) => drop(lies.0.insert((at, own), carrier)),
                    Err(None) if self.asked.contents.iter().any(|content| content.carrier == name) => {
                        let help = "name one that is imported, or that the document has: `--inside CARRIER=FILE`";
                        return Err(wrong(
                            format!("there is no container {} to lie in", quoted(&shorten(&name))),
                            help,
                        ));
                    }
                    Err(reason) => {
                        let reason = reason.unwrap_or_else(|| format!("{} is not imported", quoted(&shorten(&name))));
                        self.refuse(format!("{foreign}: inside"), reason, place);
                    }
                }
            }
        }
        self.unwind(startups, &mut lies);
        self.fit_in(startups, &mut lies);
        for (&(at, own), carrier) in &lies.0 {
            let inside = match carrier {
                Carrier::New((there, other)) => {
                    let startup = startups.get(*there);
                    let Some(name) = startup.and_then(|it| Some(it.containers.get(*other)?.name.clone())) else {
                        continue;
                    };
                    match startup {
                        Some(startup) if *there != at => format!("{}/{name}", startup.name),
                        _ => name,
                    }
                }
                Carrier::There(id) => id.clone(),
            };
            if let Carrier::New((there, other)) = carrier
                && let Some(carrier) = startups.get_mut(*there).and_then(|it| it.containers.get_mut(*other))
            {
                carrier.carries = true;
            }
            if let Some(one) = startups.get_mut(at).and_then(|it| it.containers.get_mut(own)) {
                one.inside = Some(inside);
            }
        }
        Ok(lies)
    }

    /// The carrier of that name: of the same startup before any other.
    ///
    /// # Errors
    /// Why it is not known which that is; nothing where there is none.
    fn carrier(
        &self,
        of: Position,
        name: &str,
        candidates: &[Position],
        startups: &[Startup],
    ) -> Result<Carrier, Option<String>> {
        // What lies in a carrier as a whole lies in none of its own containers.
        let is_content = startups.get(of.0).is_some_and(|it| it.is_content);
        let is_asked = is_content && self.asked.contents.iter().any(|content| content.carrier == name);
        let is_other = |it: &Position| *it != of && !(is_asked && it.0 == of.0);
        let is_itself = candidates.contains(&of) && !is_asked;
        let mut candidates: Vec<Position> = candidates.iter().copied().filter(is_other).collect();
        candidates.sort_unstable();
        candidates.dedup();
        let narrower = |keep: &dyn Fn(&Position) -> bool| {
            let some: Vec<Position> = candidates.iter().copied().filter(|it| keep(it)).collect();
            (!some.is_empty()).then_some(some)
        };
        let carries = |it: &Position| {
            startups.get(it.0).and_then(|startup| startup.containers.get(it.1)).is_some_and(|one| one.carries)
        };
        let narrowed = narrower(&|it| it.0 == of.0 && carries(it))
            .or_else(|| narrower(&carries))
            .or_else(|| narrower(&|it| it.0 == of.0))
            .unwrap_or_else(|| candidates.clone());
        match narrowed.as_slice() {
            [one] => {
                let is_agent = startups.get(one.0).and_then(|it| it.containers.get(one.1));
                match is_agent.is_some_and(|one| one.count == Count::EveryHost) {
                    true => Err(Some(format!("{} is on every host, and carries nothing", quoted(&shorten(name))))),
                    false => Ok(Carrier::New(*one)),
                }
            }
            [] => self.there(name).ok_or_else(|| is_itself.then(|| IN_ITSELF.to_owned())),
            several => Err(Some(format!("{} containers are called {}", several.len(), quoted(&shorten(name))))),
        }
    }

    /// The carrier of the document that goes by a name or an id.
    fn there(&self, name: &str) -> Option<Carrier> {
        let layout = self.known.layout.as_ref()?;
        let services = || layout.demand.services.iter().filter(|service| service.carries.is_some());
        let id = |service: &crate::model::Service| {
            format!("{}/{}", layout.demand.startups[service.startup].name, service.name)
        };
        if let Some(service) = services().find(|service| id(service) == name) {
            return Some(Carrier::There(id(service)));
        }
        let mut named = services().filter(|service| service.name == name);
        match (named.next(), named.next()) {
            (Some(one), None) => Some(Carrier::There(id(one))),
            _ => None,
        }
    }

    /// Refuses what would lie in itself, or too deep.
    fn unwind(&mut self, startups: &mut [Startup], lies: &mut Lies) {
        let mut positions: Vec<Position> = lies.0.keys().copied().collect();
        positions.sort_unstable();
        // All of a circle: none of these says more than the others.
        let circling: Vec<Position> = positions.iter().copied().filter(|start| is_in_itself(*start, lies)).collect();
        for start in circling {
            lies.0.remove(&start);
            self.refuse_inside(start, startups, IN_ITSELF.to_owned());
        }
        for start in positions {
            // Whoever carries it, as deep as four lie in each other at the most.
            let deep = depth(start, lies);
            if deep > DEEPEST {
                lies.0.remove(&start);
                self.refuse_inside(start, startups, format!("lies deeper than {DEEPEST} carriers, the limit"));
            }
            let one = startups.get_mut(start.0).and_then(|startup| startup.containers.get_mut(start.1));
            if let Some(one) = one.filter(|one| one.carries && deep == DEEPEST) {
                one.carries = false;
                let (what, at) = (format!("{}: carries", one.foreign), one.at);
                self.refuse(what, format!("lies in {DEEPEST} carriers, the limit, and carries nothing itself"), at);
            }
        }
    }

    fn refuse_inside(&mut self, position: Position, startups: &[Startup], reason: String) {
        let one = startups.get(position.0).and_then(|startup| startup.containers.get(position.1));
        if let Some(one) = one {
            self.refuse(format!("{}: inside", one.foreign), reason, one.at);
        }
    }

    /// What runs where now, by host or carrier: what lies in a carrier is there as long as that has a place.
    pub(super) fn placement(&mut self, startups: &[Startup], lies: &Lies) -> BTreeMap<String, Vec<String>> {
        let mut placement: BTreeMap<String, Vec<String>> = BTreeMap::new();
        self.note_without_hosts(startups, lies);
        let mut has_place: HashMap<Position, bool> = HashMap::new();
        for (at, startup) in startups.iter().enumerate() {
            for (own, one) in startup.containers.iter().enumerate() {
                let Count::Replicas(replicas) = one.count else { continue };
                if lies.0.contains_key(&(at, own)) || one.runs_on.is_empty() || !self.hosts.is_known() {
                    continue;
                }
                if startup.is_range() {
                    let place = one.runs_on.first().map_or(one.at, |(_, place)| *place);
                    let message = format!("where {} runs now is not said of a range of startups", quoted(&one.foreign));
                    self.note(message, place);
                    continue;
                }
                let id = format!("{}/{}", startup.name, one.name);
                let mut hosts: Vec<String> = Vec::new();
                for (host, place) in &one.runs_on {
                    match self.hosts.single(host).map(str::to_owned) {
                        Some(_) if hosts.len() as u64 >= replicas => {
                            let reason = format!("runs on more hosts than it has replicas: {replicas}");
                            self.refuse(format!("{}: runs on {}", one.foreign, shorten(host)), reason, *place);
                        }
                        Some(name) => hosts.push(name),
                        None => {
                            let reason = "the document has no host of that name".to_owned();
                            self.refuse(format!("{}: runs on {}", one.foreign, shorten(host)), reason, *place);
                        }
                    }
                }
                has_place.insert((at, own), hosts.len() as u64 == replicas);
                let is_one = hosts.len() as u64 == replicas && hosts.iter().all(|host| Some(host) == hosts.first());
                match hosts.first() {
                    Some(host) if is_one => placement.entry(host.clone()).or_default().push(id),
                    _ => {
                        for (number, host) in hosts.into_iter().enumerate() {
                            placement.entry(host).or_default().push(format!("{id}.{}", number + 1));
                        }
                    }
                }
            }
        }
        for (at, startup) in startups.iter().enumerate() {
            for (own, one) in startup.containers.iter().enumerate() {
                let carrier =
                    lies.0.get(&(at, own)).and_then(|carrier| self.standing(carrier, startups, lies, &has_place));
                if let Some(carrier) = carrier {
                    placement.entry(carrier).or_default().push(format!("{}/{}", startup.name, one.name));
                }
            }
        }
        placement
    }

    /// Says that where things run now is left out, where nobody says which hosts there are.
    fn note_without_hosts(&mut self, startups: &[Startup], lies: &Lies) {
        if self.hosts.is_known() {
            return;
        }
        let mut running: Vec<(&str, &str, Place)> = Vec::new();
        for (at, startup) in startups.iter().enumerate() {
            let on_hosts = startup.containers.iter().enumerate().filter(|(own, _)| !lies.0.contains_key(&(at, *own)));
            for (_, one) in on_hosts.filter(|(_, one)| one.count != Count::EveryHost) {
                let on = one.runs_on.first();
                running.extend(on.map(|(host, place)| (one.foreign.as_str(), host.as_str(), *place)));
            }
        }
        let Some((what, host, place)) = running.iter().min_by_key(|(.., place)| *place) else { return };
        let others = match running.len() {
            1 => String::new(),
            count => format!(", and where {} more do", count - 1),
        };
        let message = format!(
            "where {} runs now, {}{others}, is left out: which hosts there are is not said (`--hosts FILE` says it)",
            quoted(&shorten(what)),
            quoted(&shorten(host))
        );
        self.note(message, *place);
    }

    /// The id of a carrier that has a place, and is but one.
    fn standing(
        &self,
        carrier: &Carrier,
        startups: &[Startup],
        lies: &Lies,
        has_place: &HashMap<Position, bool>,
    ) -> Option<String> {
        match carrier {
            Carrier::New(position) => {
                let startup = startups.get(position.0)?;
                let one = startup.containers.get(position.1)?;
                let is_placed = match lies.0.get(position) {
                    Some(below) => self.standing(below, startups, lies, has_place).is_some(),
                    None => has_place.get(position).copied().unwrap_or(false),
                };
                let is_alone = one.count == Count::Replicas(1) && !startup.is_range();
                (is_placed && is_alone).then(|| format!("{}/{}", startup.name, one.name))
            }
            Carrier::There(id) => {
                let layout = self.known.layout.as_ref()?;
                let placement = layout.placement.as_ref()?;
                let at = layout.demand.services.iter().find(|service| {
                    !service.counted
                        && format!("{}/{}", layout.demand.startups[service.startup].name, service.name) == *id
                })?;
                let container = at.containers.clone().next()?;
                placement.host_of.get(container.0).copied().flatten().map(|_| id.clone())
            }
        }
    }
}

/// Whether something would lie in itself.
fn is_in_itself(start: Position, lies: &Lies) -> bool {
    let mut at = start;
    // Of what goes round in more steps each is too deep.
    for _ in 0..=8 * DEEPEST {
        match lies.0.get(&at) {
            Some(Carrier::New(up)) if *up == start => return true,
            Some(Carrier::New(up)) => at = *up,
            _ => return false,
        }
    }
    false
}

/// In how many carriers something lies that is in no circle; more than the limit are not counted on.
fn depth(mut at: Position, lies: &Lies) -> usize {
    let mut depth = 0;
    while let Some(carrier) = lies.0.get(&at) {
        depth += 1;
        match carrier {
            Carrier::New(up) if depth <= DEEPEST => at = *up,
            _ => break,
        }
    }
    depth
}
