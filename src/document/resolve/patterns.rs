//! Patterns that stand for containers: `s01/db`, `s01..s12/*`, `platform/proxy.1`, `*`.

use std::collections::{BTreeSet, HashMap};

use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::names::{Range, glob, is_name};
use crate::model::{ContainerIndex, Demand, Positions, Reach, Service, ServiceIndex, StartupIndex, Within};
use crate::quantity::shorten;

/// How many names and containers all patterns of a document may look at together: a hundred patterns for each of a
/// million containers. Without a limit a small file could keep the program busy for days.
pub const MOST_LOOKS: u64 = 100_000_000;

const NO_STARTUPS: &str = "write it under `startups`, or check the name";

/// A pattern, read but not yet matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pattern {
    startup: Segment,
    container: Segment,
    /// The host of an agent: `monitoring/exporter@nuc`.
    host: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Segment {
    Exact(String),
    Range(Range),
    Glob(String),
}

impl Segment {
    /// Whether it stands for this name, among others perhaps.
    fn means(&self, name: &str) -> bool {
        match self {
            Segment::Exact(exact) => exact == name,
            Segment::Range(range) => range.names().any(|one| one == name),
            Segment::Glob(star) => glob(star, name),
        }
    }
}

impl Pattern {
    /// Reads `startup/container`; `*` alone is short for `*/*`.
    ///
    /// # Errors
    /// The code and what is wrong.
    pub fn parse(text: &str) -> Result<Pattern, (Code, &'static str)> {
        if text == "*" {
            return Pattern::parse("*/*");
        }
        let (startup, container) = text.split_once('/').ok_or((Code::BadPattern, "it has no `/`"))?;
        if container.contains('/') {
            return Err((Code::BadPattern, "it has more than one `/`"));
        }
        let (container, host) = match container.split_once('@') {
            Some((agent, host)) if is_name(startup) && is_name(agent) && is_name(host) => {
                (agent, Some(host.to_owned()))
            }
            Some(_) => return Err((Code::BadPattern, "beside `@` stand the names of an agent and of a host")),
            None => (container, None),
        };
        Ok(Pattern { startup: segment(startup, is_name)?, container: segment(container, is_service)?, host })
    }
}

impl Pattern {
    /// Whether it names one container, or the replicas of one.
    pub fn is_one(&self) -> bool {
        matches!((&self.startup, &self.container, &self.host), (Segment::Exact(_), Segment::Exact(_), None))
    }
}

/// A container within its startup: its name, perhaps with the number of a replica.
fn is_service(text: &str) -> bool {
    match text.split_once('.') {
        Some((name, replica)) => is_name(name) && !replica.starts_with('0') && replica_number(replica).is_some(),
        None => is_name(text),
    }
}

fn replica_number(text: &str) -> Option<u32> {
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

/// The name of a container within its startup, and the number of a replica.
fn numbered(name: &str) -> (&str, Option<u32>) {
    match name.split_once('.') {
        Some((service, number)) => (service, replica_number(number)),
        None => (name, None),
    }
}

/// The replica of that number, where the service counts so many.
fn replica(service: &Service, number: u32) -> Option<ContainerIndex> {
    let before = (number as usize).checked_sub(1).filter(|_| service.counted)?;
    service.containers.clone().nth(before)
}

fn segment(text: &str, allowed: fn(&str) -> bool) -> Result<Segment, (Code, &'static str)> {
    if text.contains('*') {
        let plain = text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '-' | '.' | '*'));
        return match (plain, text.contains("..")) {
            (true, false) => Ok(Segment::Glob(text.to_owned())),
            (true, true) => Err((Code::BadPattern, "a range and `*` cannot stand in one segment")),
            (false, _) => Err((Code::BadPattern, "it has characters that no name has")),
        };
    }
    match Range::parse(text, allowed) {
        Some(Ok(range)) => Ok(Segment::Range(range)),
        Some(Err(error)) => Err((Code::BadRange, error.message())),
        None if allowed(text) => Ok(Segment::Exact(text.to_owned())),
        None if text.is_empty() => Err((Code::BadPattern, "a name is missing beside the `/`")),
        None => Err((Code::BadPattern, "it has characters that no name has")),
    }
}

/// What a pattern that matches something says of startups to come, where it speaks of startups whatever they are called.
pub fn reach(text: &str) -> Option<Reach> {
    let Pattern { startup: Segment::Glob(startups), container, .. } = Pattern::parse(text).ok()? else { return None };
    Some(Reach { startups, within: container.into() })
}

/// What a pattern means, one entry for each name of startups.
pub fn meant(text: &str) -> Vec<Reach> {
    let Ok(Pattern { startup, container, .. }) = Pattern::parse(text) else { return Vec::new() };
    let startups = match startup {
        Segment::Exact(name) => vec![name],
        Segment::Range(range) => range.names().collect(),
        Segment::Glob(pattern) => vec![pattern],
    };
    let within = Within::from(container);
    startups.into_iter().map(|startups| Reach { startups, within: within.clone() }).collect()
}

/// The containers of a startup that the second segment of a pattern means by itself.
pub fn within(text: &str) -> Option<Within> {
    Some(segment(text, is_service).ok()?.into())
}

impl From<Segment> for Within {
    fn from(segment: Segment) -> Within {
        match segment {
            Segment::Exact(name) => Within::Named(vec![name]),
            Segment::Range(range) => Within::Named(range.names().collect()),
            Segment::Glob(pattern) => Within::Matching(pattern),
        }
    }
}

/// Whether a pattern speaks by name of a startup that `is_one` accepts: without it the pattern is an error.
pub fn names_startup(text: &str, is_one: &dyn Fn(&str) -> bool) -> bool {
    match Pattern::parse(text) {
        Ok(Pattern { startup: Segment::Exact(name), .. }) => is_one(&name),
        Ok(Pattern { startup: Segment::Range(range), .. }) => range.names().any(|name| is_one(&name)),
        Ok(Pattern { startup: Segment::Glob(_), .. }) | Err(_) => false,
    }
}

/// Finds what patterns and names stand for.
pub struct Index<'a> {
    demand: &'a Demand,
    startups: HashMap<&'a str, StartupIndex>,
    services: HashMap<(StartupIndex, &'a str), ServiceIndex>,
    /// Startups whose containers are not known, for a reason that has been told: nothing follows from their absence.
    unknown: &'a BTreeSet<StartupIndex>,
    looks_left: u64,
}

/// Why nothing is matched: already reported, or no more may be looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unmatched {
    /// A diagnostic says why.
    Reported,
    /// The document's patterns look at more than [`MOST_LOOKS`]; a diagnostic says so.
    TooMany,
    /// Agents alone are meant, which no rule binds and no placement need name. Nothing is said yet.
    Agents,
}

impl<'a> Index<'a> {
    /// An index over `demand`; the containers of the startups `unknown` are not all there.
    pub fn new(demand: &'a Demand, unknown: &'a BTreeSet<StartupIndex>) -> Self {
        let startups = demand.startups.iter().enumerate().map(|(index, startup)| (startup.name.as_str(), index));
        let services = demand.services.iter().enumerate();
        let services = services.map(|(index, service)| ((service.startup, service.name.as_str()), index));
        Self { demand, startups: startups.collect(), services: services.collect(), unknown, looks_left: MOST_LOOKS }
    }

    /// The startup of that name, or a diagnostic.
    pub fn startup(&self, name: &str, at: Place, found: &mut Findings) -> Option<StartupIndex> {
        let startup = self.startups.get(name).copied();
        if startup.is_none() {
            let known = self.demand.startups.iter().map(|startup| startup.name.as_str());
            let message = format!("there is no startup `{}`", shorten(name));
            let help = found.help_with(name, known);
            found.add(Code::UnknownStartup, at, message, help.unwrap_or_else(|| NO_STARTUPS.to_owned()));
        }
        startup
    }

    /// The container of that name in the startup, or a diagnostic.
    pub fn service(&self, startup: StartupIndex, name: &str, at: Place, found: &mut Findings) -> Option<ServiceIndex> {
        let service = self.services.get(&(startup, name)).copied();
        if service.is_none() && !self.unknown.contains(&startup) {
            let startup = &self.demand.startups[startup];
            let known = self.demand.services[startup.services.clone()].iter().map(|service| service.name.as_str());
            let message = format!("startup `{}` has no container `{}`", startup.name, shorten(name));
            let help = found.help_with(name, known);
            found.add(Code::UnknownContainer, at, message, help.unwrap_or_else(|| "check the name".to_owned()));
        }
        service
    }

    /// The containers that `text` stands for, among the startups that `counts` accepts: ascending, each once. Where it
    /// speaks of several startups, it takes those that have such a container.
    ///
    /// # Errors
    /// Where a name does not exist or nothing matches: added to `found`, except what the shape of the text already says.
    pub fn containers(
        &mut self,
        text: &str,
        at: Place,
        counts: &dyn Fn(StartupIndex) -> bool,
        found: &mut Findings,
    ) -> Result<Vec<ContainerIndex>, Unmatched> {
        let Ok(pattern) = Pattern::parse(text) else { return Err(Unmatched::Reported) };
        let startups = self.startups_of(&pattern.startup, at, counts, found)?;
        let one = matches!(pattern.startup, Segment::Exact(_));
        let named = |name: &str, index: &mut Self, found: &mut Findings| match startups.first() {
            Some(startup) if one => index.exact(*startup, name, at, found).map(Iterator::collect),
            _ => index.of_any(&startups, name, text, at, found),
        };
        let mut matched: Vec<ContainerIndex> = Vec::new();
        match &pattern.container {
            Segment::Glob(star) => {
                for startup in &startups {
                    self.matching(*startup, star, at, found, &mut matched)?;
                }
            }
            Segment::Exact(name) => matched = named(name, self, found)?,
            // The first name that nobody has ends it: a range is never longer than the document.
            Segment::Range(range) => {
                for name in range.names() {
                    matched.extend(named(&name, self, found)?);
                }
            }
        }
        if matched.is_empty() && self.means_agents(&pattern, &startups) {
            return Err(Unmatched::Agents);
        }
        if let Some(host) = &pattern.host {
            let id = text.trim_end_matches(host.as_str()).trim_end_matches('@');
            let message = format!("`{id}` does not say `every`, so there is no `{}`", shorten(text));
            found.push(Diagnostic::new(Code::UnknownContainer, at, message).help(format!("write `{id}`")));
            return Err(Unmatched::Reported);
        }
        if matched.is_empty() {
            return Err(self.no_match(&startups, text, None, at, found));
        }
        matched.sort_unstable();
        matched.dedup();
        Ok(matched)
    }

    /// The agents that a pattern means, ascending, beside whatever containers it does.
    pub fn agents(&self, text: &str) -> Vec<ServiceIndex> {
        let Ok(pattern) = Pattern::parse(text) else { return Vec::new() };
        let startup = |service: &Service| pattern.startup.means(&self.demand.startups[service.startup].name);
        let services = self.demand.services.iter().enumerate().filter(|(_, service)| service.every.is_some());
        let meant = services.filter(|(_, service)| pattern.container.means(&service.name) && startup(service));
        meant.map(|(service, _)| service).collect()
    }

    /// Whether a pattern that matches no container means agents.
    fn means_agents(&self, pattern: &Pattern, startups: &[StartupIndex]) -> bool {
        let services = startups.iter().map(|&it| self.demand.startups[it].services.clone());
        services.flat_map(|its| &self.demand.services[its]).any(|it| {
            let meant = pattern.container.means(&it.name);
            meant && it.every.is_some()
        })
    }

    /// Nothing matches; that is no news where not all containers are known.
    fn no_match(
        &self,
        startups: &[StartupIndex],
        text: &str,
        help: Option<String>,
        at: Place,
        found: &mut Findings,
    ) -> Unmatched {
        if !startups.iter().any(|startup| self.unknown.contains(startup)) {
            let message = format!("`{}` matches no container", shorten(text));
            let help = help.unwrap_or_else(|| "leave it out, or check the names in it".to_owned());
            found.add(Code::NoMatch, at, message, help);
        }
        Unmatched::Reported
    }

    fn startups_of(
        &mut self,
        segment: &Segment,
        at: Place,
        counts: &dyn Fn(StartupIndex) -> bool,
        found: &mut Findings,
    ) -> Result<Vec<StartupIndex>, Unmatched> {
        let mut named = |name: &str, index: &Self| match index.startups.get(name).copied() {
            Some(startup) if counts(startup) => Ok(startup),
            _ => {
                let all = index.demand.startups.iter().enumerate();
                let known = all.filter(|(startup, _)| counts(*startup)).map(|(_, startup)| startup.name.as_str());
                let message = format!("there is no startup `{}`", shorten(name));
                let help = found.help_with(name, known);
                found.add(Code::UnknownStartup, at, message, help.unwrap_or_else(|| NO_STARTUPS.to_owned()));
                Err(Unmatched::Reported)
            }
        };
        match segment {
            Segment::Exact(name) => Ok(vec![named(name, self)?]),
            // The first name that does not exist ends it: a range is never longer than the document.
            Segment::Range(range) => range.names().map(|name| named(&name, self)).collect(),
            Segment::Glob(pattern) => {
                self.look(self.demand.startups.len(), at, found)?;
                let all = self.demand.startups.iter().enumerate();
                Ok(all
                    .filter(|(index, one)| counts(*index) && glob(pattern, &one.name))
                    .map(|(index, _)| index)
                    .collect())
            }
        }
    }

    /// The containers of a startup that `star` matches.
    fn matching(
        &mut self,
        startup: StartupIndex,
        star: &str,
        at: Place,
        found: &mut Findings,
        matched: &mut Vec<ContainerIndex>,
    ) -> Result<(), Unmatched> {
        let demand = self.demand;
        let containers = demand.containers_of(startup);
        self.look(containers.len() + 1, at, found)?;
        if star == "*" {
            matched.extend(containers);
            return Ok(());
        }
        for service in &demand.services[demand.startups[startup].services.clone()] {
            if glob(star, &service.name) {
                matched.extend(service.containers.clone());
            } else if service.counted {
                let numbered = service.containers.clone().zip(1_u32..);
                let fits = |number: u32| glob(star, &format!("{}.{number}", service.name));
                matched.extend(numbered.filter(|(_, number)| fits(*number)).map(|(container, _)| container));
            }
        }
        Ok(())
    }

    /// The containers of one name, or one replica, in those of the startups that have it: one at the least.
    fn of_any(
        &mut self,
        startups: &[StartupIndex],
        name: &str,
        text: &str,
        at: Place,
        found: &mut Findings,
    ) -> Result<Vec<ContainerIndex>, Unmatched> {
        self.look(startups.len(), at, found)?;
        let demand = self.demand;
        let (service_name, number) = numbered(name);
        let (mut matched, mut agents) = (Vec::new(), false);
        for startup in startups {
            let Some(service) = self.services.get(&(*startup, service_name)) else { continue };
            let service = &demand.services[*service];
            agents |= service.every.is_some();
            self.look(service.containers.len(), at, found)?;
            match number {
                None => matched.extend(service.containers.clone()),
                Some(number) => matched.extend(replica(service, number)),
            }
        }
        if matched.is_empty() && !agents {
            let services = startups.iter().flat_map(|&startup| demand.startups[startup].services.clone());
            self.look(services.clone().count(), at, found)?;
            let known: BTreeSet<&str> = services.map(|service| demand.services[service].name.as_str()).collect();
            let help = found.help_with(service_name, known.iter().copied());
            return Err(self.no_match(startups, text, help, at, found));
        }
        Ok(matched)
    }

    /// The containers of one name, or one replica.
    fn exact(
        &mut self,
        startup: StartupIndex,
        name: &str,
        at: Place,
        found: &mut Findings,
    ) -> Result<Positions<ContainerIndex>, Unmatched> {
        let (service_name, number) = numbered(name);
        let service = self.service(startup, service_name, at, found).ok_or(Unmatched::Reported)?;
        let service = &self.demand.services[service];
        self.look(service.containers.len(), at, found)?;
        let Some(number) = number else { return Ok(service.containers.clone()) };
        let id = format!("{}/{}", self.demand.startups[startup].name, service.name);
        if !service.counted {
            let message = format!("`{id}` has no replicas, so there is no `{id}.{number}`");
            found.push(Diagnostic::new(Code::UnknownContainer, at, message).help(format!("write `{id}`")));
            return Err(Unmatched::Reported);
        }
        match replica(service, number) {
            Some(replica) => Ok(Positions { start: replica, end: replica.next() }),
            None => {
                let count = service.containers.len();
                let message = format!("there is no `{id}.{number}`: `{id}` has {count} replicas");
                let help = format!("write `{id}.1` to `{id}.{count}`");
                found.push(Diagnostic::new(Code::UnknownContainer, at, message).help(help));
                Err(Unmatched::Reported)
            }
        }
    }

    /// Says that `text`, which stands where containers are bound, means agents alone.
    pub fn binds_agents(text: &str, at: Place, found: &mut Findings) {
        let message = format!("`{}` runs `every` host that it names: there is nothing to bind", shorten(text));
        let help = "leave it out: an agent comes with its host, is never moved and goes with it";
        found.push(Diagnostic::new(Code::NoMatch, at, message).help(help));
    }

    fn look(&mut self, names: usize, at: Place, found: &mut Findings) -> Result<(), Unmatched> {
        match self.looks_left.checked_sub(names as u64) {
            Some(left) => {
                self.looks_left = left;
                Ok(())
            }
            None => {
                let message = format!("the patterns match more than {MOST_LOOKS} containers in all, the limit");
                found.push(Diagnostic::new(Code::TooLarge, at, message).help("say it with fewer patterns"));
                Err(Unmatched::TooMany)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_have_two_segments_of_names_stars_or_ranges() {
        for text in
            ["s01/db", "*", "*/*", "s*/db", "s01..s12/*", "p/proxy.1", "p/proxy.*", "p/proxy.1..proxy.3", "a/b-*"]
        {
            assert!(Pattern::parse(text).is_ok(), "{text}");
        }
        for text in
            ["", "/", "s01", "s01/", "/db", "a/b/c", "S01/db", "s01/proxy.x", "s01/proxy.01", "s1..s*/db", "a/b c"]
        {
            assert_eq!(Pattern::parse(text).map_err(|(code, _)| code), Err(Code::BadPattern), "{text}");
        }
        for text in ["s09..s02/db", "s01..t02/db", "s01/proxy.3..proxy.1", "s1..s2..s3/db"] {
            assert_eq!(Pattern::parse(text).map_err(|(code, _)| code), Err(Code::BadRange), "{text}");
        }
    }
}
