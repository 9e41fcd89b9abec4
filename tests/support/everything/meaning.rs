//! What a document means, worked out from docs/document.md without the program's reader.

use std::collections::BTreeMap;

use super::amount::Amount;
use super::spec::{Each, Kept, Kind, Kinds, Part, Prefer, RESOURCES, Reach, Span, Spec, Startup};
use super::world::{
    Asks, Container, Goal, Host, Kind as RuleKind, NO_BUDGET, NO_LIMIT, Over, Pool, Rule, Service, Startup as Named,
    State, Survive, Wanted, Wish, World,
};

/// How a document is asked about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct View {
    /// Where it has phases: which of them, the first unless said.
    pub phase: Option<usize>,
    /// Planned hosts count as there.
    pub planned: bool,
    /// What was observed gates.
    pub observed: bool,
    /// All phases together are asked about: what was measured in any of them was.
    pub road: bool,
}

impl Spec {
    /// What a startup is made of: its stack as it changes it, and what it adds.
    pub fn parts(&self, startup: &Startup) -> Vec<Part> {
        let stack = startup.stack.map_or(&[][..], |stack| &self.stacks[stack].1);
        let mut parts: Vec<Part> = stack.iter().filter(|part| !startup.deleted.contains(&part.name)).cloned().collect();
        for own in &startup.own {
            match parts.iter_mut().find(|part| part.name == own.name) {
                Some(part) => {
                    for (resource, amount) in part.asks.iter_mut().enumerate() {
                        if own.asks[resource].is_some() {
                            part.later[resource].clone_from(&own.later[resource]);
                        }
                        *amount = own.asks[resource].clone().or(amount.take());
                    }
                    part.limit = own.limit.clone().or(part.limit.take());
                }
                None => parts.push(own.clone()),
            }
        }
        parts
    }

    /// The same with so many startups more of a stack of that name, or like the startup of that name, and what these are
    /// called.
    pub fn with_more(&self, of: &str, count: u64) -> (Spec, Vec<String>) {
        let mut more = self.clone();
        let stack = self.stacks.iter().position(|stack| stack.0 == of);
        let like = self.startups.iter().find(|startup| startup.name == of);
        let names: Vec<String> = (1..=count).map(|number| format!("{of}-new-{number}")).collect();
        for name in &names {
            more.startups.push(match (stack, like) {
                (None, Some(like)) => Startup { name: name.clone(), ..like.clone() },
                (stack, _) => Startup {
                    name: name.clone(),
                    stack: Some(stack.expect("it is a stack or a startup")),
                    own: Vec::new(),
                    deleted: Vec::new(),
                    priority: None,
                    together: None,
                    span: Span::ALWAYS,
                },
            });
        }
        (more, names)
    }

    /// The startup, container and replica of every container, all phases together.
    pub fn places(&self) -> Vec<(usize, &'static str, Option<usize>)> {
        let mut places = Vec::new();
        for (number, startup) in self.startups.iter().enumerate() {
            for part in self.parts(startup) {
                match part.replicas {
                    None if part.every.is_some() => {}
                    None => places.push((number, part.name, None)),
                    Some(many) => places.extend((1..=many).map(|replica| (number, part.name, Some(replica)))),
                }
            }
        }
        places
    }

    /// The ids of all containers, all phases together.
    pub fn all_containers(&self) -> Vec<String> {
        let id = |(startup, name, replica): (usize, &str, Option<usize>)| {
            let id = format!("{}/{name}", self.startups[startup].name);
            replica.map_or_else(|| id.clone(), |replica| format!("{id}.{replica}"))
        };
        self.places().into_iter().map(id).collect()
    }

    /// Whether a pattern stands for the container of this position in [`Spec::all_containers`].
    pub fn matches(&self, pattern: &str, container: usize) -> bool {
        let (startup, name, replica) = self.places()[container];
        self.stands_for(pattern, &self.startups[startup].name, name, replica)
    }

    /// Whether a pattern stands for a container of this startup and name.
    pub fn stands_for(&self, pattern: &str, own: &str, name: &str, replica: Option<usize>) -> bool {
        let (of_startup, of_container) = pattern.split_once('/').expect("a pattern has a slash");
        let startup_fits = match of_startup.split_once("..") {
            Some((first, last)) => {
                let number = |name: &str| name.strip_prefix('s').and_then(|it| it.parse::<u32>().ok());
                (number(first)..=number(last)).contains(&number(own)) && number(own).is_some()
            }
            None => glob(of_startup, own),
        };
        let container_fits = match of_container.split_once('.') {
            Some((wanted, number)) => wanted == name && replica.is_some_and(|replica| replica.to_string() == number),
            None => glob(of_container, name),
        };
        startup_fits && container_fits
    }

    /// What `on` says of each service that is there, as written.
    pub fn on_texts(&self, world: &World) -> Vec<Option<String>> {
        let text = |service: &Service| {
            let name = &world.startups[service.startup].name;
            let startup = self.startups.iter().find(|startup| startup.name == *name)?;
            let part = self.parts(startup).into_iter().find(|part| part.name == service.name)?;
            part.on.or(part.every).map(|on| on.0)
        };
        world.services.iter().map(text).collect()
    }

    /// The position in `kinds` of each host.
    pub fn owners(&self) -> Vec<usize> {
        let kinds = self.kinds.iter().enumerate();
        kinds.flat_map(|(number, kind)| vec![number; kind.count.unwrap_or(1)]).collect()
    }

    pub fn host_names(&self) -> Vec<String> {
        self.kinds.iter().flat_map(Kind::names).collect()
    }

    /// Whether each container draws on the pool, all phases together.
    pub fn pooled(&self) -> Vec<bool> {
        let parts = self.startups.iter().flat_map(|startup| self.parts(startup));
        parts.flat_map(|part| std::iter::repeat_n(part.pool, part.replicas.unwrap_or(1))).collect()
    }

    /// The hosts that reach the pool.
    pub fn reached(&self) -> Vec<usize> {
        let hosts = self.kinds.iter().flat_map(|kind| kind.names().into_iter().map(move |name| (kind, name)));
        let reaches = |(kind, name): &(&Kind, String)| self.reaches(kind.name, name, &kind.labels);
        hosts.enumerate().filter(|(_, host)| reaches(host)).map(|(host, _)| host).collect()
    }

    /// Whether a host reaches the pool.
    pub fn reaches(&self, kind: &str, name: &str, labels: &[(&'static str, &'static str)]) -> bool {
        match self.pool.as_ref().and_then(|pool| pool.hosts.as_ref()) {
            None => true,
            Some(Reach::Named(names)) => names.iter().any(|it| glob(it, kind) || glob(it, name)),
            Some(Reach::Label(label, value)) => labels.contains(&(label, value)),
        }
    }

    /// The goals; that of the wishes before balance where there are any and it is not said, that of the targets before both.
    fn all_goals(&self) -> Vec<Goal> {
        let mut goals = self.goals.clone().unwrap_or_else(|| vec![Goal::Hosts, Goal::Balance]);
        let own = self.startups.iter().flat_map(|startup| &startup.own);
        let mut parts = self.stacks.iter().flat_map(|stack| &stack.1).chain(own);
        let wishes = !self.wishes.is_empty() || parts.any(|part| !part.prefers.is_empty());
        if wishes && !goals.contains(&Goal::Wishes) {
            let at = goals.iter().position(|goal| *goal == Goal::Balance).unwrap_or(goals.len());
            goals.insert(at, Goal::Wishes);
        }
        let targets = self.targets.iter().chain(self.kinds.iter().flat_map(|kind| &kind.targets)).any(Option::is_some);
        if targets && !goals.contains(&Goal::Target) {
            let later = |goal: &Goal| matches!(goal, Goal::Wishes | Goal::Balance);
            let at = goals.iter().position(later).unwrap_or(goals.len());
            goals.insert(at, Goal::Target);
        }
        goals
    }

    /// What each container asks for, all phases together.
    pub fn asked(&self) -> Vec<Each<u64>> {
        let mut asked = Vec::new();
        for startup in &self.startups {
            for part in self.parts(startup) {
                let asks = std::array::from_fn(|resource| self.amount(&part, resource).map_or(0, |amount| amount.ceil));
                let many = if part.every.is_some() { 0 } else { part.replicas.unwrap_or(1) };
                asked.extend(std::iter::repeat_n(asks, many));
            }
        }
        asked
    }

    /// The memory limit of each container that has one, all phases together.
    pub fn memory_limits(&self) -> Vec<Option<u64>> {
        let parts = self.startups.iter().flat_map(|startup| self.parts(startup));
        let many = |part: &Part| if part.every.is_some() { 0 } else { part.replicas.unwrap_or(1) };
        parts.flat_map(|part| std::iter::repeat_n(part.limit.as_ref().map(|it| it.ceil), many(&part))).collect()
    }

    /// What the container says itself wins over its size.
    fn amount<'a>(&'a self, part: &'a Part, resource: usize) -> Option<&'a Amount> {
        let size = || {
            let size = self.sizes.iter().find(|size| Some(size.0) == part.size)?;
            size.1[resource].as_ref()
        };
        part.asks[resource].as_ref().or_else(size)
    }

    /// The phases in which a container is there.
    fn span(startup: &Startup, part: &Part) -> Span {
        let own = part.span.unwrap_or(Span::ALWAYS);
        Span { from: own.from.max(startup.span.from), until: own.until.min(startup.span.until) }
    }

    /// The lab as it is asked about.
    pub fn world(&self, view: View) -> World {
        let phase = view.phase.unwrap_or(0);
        let here = |span: Span| self.phases.is_empty() || span.has(phase);
        let listed: Vec<usize> =
            (0..RESOURCES.len()).filter(|&it| self.kinds.iter().any(|kind| kind.has[it].is_some())).collect();
        // Each container is one, and a host that does not say how many it takes has no budget of them.
        let counted = self.kinds.iter().any(|kind| kind.takes.is_some());
        // What differs by time, at each further time: which of those listed, and the time.
        let all_parts =
            self.startups.iter().flat_map(|it| it.own.iter()).chain(self.stacks.iter().flat_map(|it| &it.1));
        let all_parts: Vec<&Part> = all_parts.collect();
        let differs = |resource: usize| {
            let other = |part: &&Part| {
                let (first, later) = (part.asks[resource].as_ref()?, part.later[resource].as_ref()?);
                Some(later.iter().any(|then| then.text != first.text))
            };
            all_parts.iter().any(|part| other(part).unwrap_or(false))
        };
        let further: Vec<(usize, usize)> = (1..self.times.len())
            .flat_map(|time| (0..listed.len()).map(move |of| (of, time)))
            .filter(|(of, _)| differs(listed[*of]))
            .collect();
        // The resources of which some host counts the limits: where they stand among those listed, and which they are.
        let limited: Vec<(usize, usize)> = (listed.iter().copied().enumerate())
            .filter(|(_, resource)| self.kinds.iter().any(|kind| kind.limits[*resource].is_some()))
            .collect();
        // Which resources were measured, of anything that is there or may come.
        let mut measured: Each<bool> = Default::default();
        for part in self.stacks.iter().flat_map(|stack| &stack.1).filter(|_| view.observed) {
            mark(&mut measured, part);
        }
        let mut startups = Vec::new();
        let mut services: Vec<Service> = Vec::new();
        let mut containers = Vec::new();
        let mut needs: Vec<Vec<String>> = Vec::new();
        let (mut rules, mut wishes) = (Vec::new(), Vec::new());
        for part in self.startups.iter().flat_map(|startup| self.parts(startup)).filter(|_| view.observed && view.road)
        {
            mark(&mut measured, &part);
        }
        for startup in self.startups.iter().filter(|startup| here(startup.span)) {
            let first = services.len();
            for part in self.parts(startup).into_iter().filter(|part| here(Self::span(startup, part))) {
                let start = containers.len();
                let id = format!("{}/{}", startup.name, part.name);
                match part.replicas {
                    None if part.every.is_some() => {}
                    None => containers.push(Container { id, service: services.len() }),
                    Some(many) => containers
                        .extend((1..=many).map(|it| Container { id: format!("{id}.{it}"), service: services.len() })),
                }
                if let Some(apart) = part.apart.filter(|_| containers.len() > start + 1) {
                    let kind = if apart == "host" { RuleKind::Apart } else { RuleKind::ApartBy(apart.to_owned()) };
                    rules.push(Rule { kind, containers: (start..containers.len()).collect() });
                }
                if let Some((label, skew)) = part.spread.filter(|_| containers.len() > start + 1) {
                    let kind = RuleKind::Spread(over(label), skew.unwrap_or(1));
                    rules.push(Rule { kind, containers: (start..containers.len()).collect() });
                }
                for (wish, weight) in &part.prefers {
                    let asks = match wish {
                        Prefer::Apart("host") => Asks::Rule(RuleKind::Apart),
                        Prefer::Apart(label) => Asks::Rule(RuleKind::ApartBy((*label).to_owned())),
                        Prefer::Spread(label, skew) => Asks::Rule(RuleKind::Spread(over(label), skew.unwrap_or(1))),
                        Prefer::On(text, hosts) => Asks::On(wanted(text, hosts)),
                    };
                    let containers = (start..containers.len()).collect();
                    wishes.push(Wish { asks, weight: weight.unwrap_or(1), containers });
                }
                if view.observed {
                    mark(&mut measured, &part);
                }
                let asked = |resource: usize| {
                    let asked = self.amount(&part, resource).map_or(0, |amount| amount.ceil);
                    part.observed[resource].as_ref().filter(|_| view.observed).map_or(asked, |observed| observed.ceil)
                };
                let asks = listed.iter().map(|&it| if part.pool && it == 2 { 0 } else { asked(it) });
                let reached = self.reached();
                let reach = self.pool.as_ref().filter(|pool| part.pool && pool.hosts.is_some()).map(|_| &reached);
                let on = part.on.as_ref().map(|on| on.1.clone());
                let on = match (on, reach) {
                    (Some(on), Some(reach)) => Some(on.into_iter().filter(|host| reach.contains(host)).collect()),
                    (None, Some(reach)) => Some(reach.clone()),
                    (on, None) => on,
                };
                let mut asks: Vec<u64> = asks.chain(counted.then_some(1)).collect();
                for &(of, time) in &further {
                    let resource = listed[of];
                    let measured = part.observed[resource].as_ref().filter(|_| view.observed);
                    let then = part.later[resource].as_ref().filter(|_| measured.is_none());
                    asks.push(then.map_or(asks[of], |then| then[time - 1].ceil));
                }
                let limit = |resource: usize| part.limit.as_ref().filter(|_| resource == 1).map(|limit| limit.ceil);
                let first = listed.len() + usize::from(counted);
                let times = |of: usize| -> Vec<usize> {
                    let further = further.iter().enumerate().filter(|(_, it)| it.0 == of);
                    std::iter::once(of).chain(further.map(|(nth, _)| first + nth)).collect()
                };
                let limits = limited.iter().map(|&(of, resource)| (times(of), limit(resource))).collect();
                let mut service = Service {
                    name: part.name.to_owned(),
                    startup: startups.len(),
                    asks,
                    limits,
                    draws: part.pool.then(|| asked(2)),
                    on,
                    every: part.every.as_ref().map(|every| every.1.clone()),
                    needs: Vec::new(),
                    containers: start..containers.len(),
                    keep: part.keep,
                };
                service.asks.extend(std::iter::repeat_n(0, limited.len()));
                service.count_limits();
                services.push(service);
                let spelled = |need: &String| match need.contains('/') {
                    true => need.clone(),
                    false => format!("{}/{need}", startup.name),
                };
                needs.push(part.needs.iter().map(spelled).collect());
            }
            let by_stack = startup.stack.is_some_and(|stack| self.shared.contains(&self.stacks[stack].0));
            let all: Vec<usize> = services[first..].iter().flat_map(|service| service.containers.clone()).collect();
            if startup.together.unwrap_or(by_stack) && all.len() > 1 {
                rules.push(Rule { kind: RuleKind::Together, containers: all });
            }
            startups.push(Named {
                name: startup.name.clone(),
                priority: startup.priority.unwrap_or(1),
                stack: startup.stack.map(|stack| self.stacks[stack].0.to_owned()),
                services: first..services.len(),
            });
        }
        let ids: Vec<String> =
            services.iter().map(|service| format!("{}/{}", startups[service.startup].name, service.name)).collect();
        for (service, needs) in services.iter_mut().zip(needs) {
            service.needs = needs.iter().filter_map(|need| ids.iter().position(|id| id == need)).collect();
            service.needs.sort();
            service.needs.dedup();
        }
        let all = self.all_containers();
        // Of patterns: whom they stand for among those that are there.
        let bound = |patterns: &[String]| -> Vec<usize> {
            let stands = |container: &Container| {
                let known = all.iter().position(|id| *id == container.id).expect("it is one of all");
                patterns.iter().any(|pattern| self.matches(pattern, known))
            };
            (0..containers.len()).filter(|&it| stands(&containers[it])).collect()
        };
        let written = self.rules.iter().map(|rule| (rule, None));
        for (rule, wish) in written.chain(self.wishes.iter().map(|(rule, weight)| (rule, Some(weight.unwrap_or(1))))) {
            let kind = match rule.kind {
                Kinds::Together => RuleKind::Together,
                Kinds::Apart => RuleKind::Apart,
                Kinds::AtMost(count, per) => RuleKind::AtMost(count, over(per.unwrap_or("host"))),
            };
            let bound = bound(&rule.patterns);
            let of_one = |a: &usize, b: &usize| {
                let startup = |container: usize| services[containers[container].service].startup;
                !rule.each || startup(*a) == startup(*b)
            };
            for some in bound.chunk_by(of_one).filter(|some| some.len() > 1) {
                let (kind, containers) = (kind.clone(), some.to_vec());
                match wish {
                    None => rules.push(Rule { kind, containers }),
                    Some(weight) => wishes.push(Wish { asks: Asks::Rule(kind), weight, containers }),
                }
            }
        }
        rules.sort();
        wishes.retain(Wish::counts);
        wishes.sort();
        let names = self.host_names();
        let now = self.placement.as_ref().map(|placement| {
            let mut at = vec![None; containers.len()];
            for (host, patterns) in placement {
                let host = names.iter().position(|name| name == host);
                bound(patterns).into_iter().for_each(|container| at[container] = host);
            }
            at
        });
        let survive = self.survive.as_ref().map(|survive| Survive {
            hosts: survive.hosts,
            labels: survive.labels.iter().map(|label| (*label).to_owned()).collect(),
            moves: survive.moves.unwrap_or(false),
            except: bound(&survive.except),
        });
        let judged = |resource: &usize| match self.judges.is_empty() {
            true => *resource < 3 || listed.iter().all(|it| *it >= 3),
            false => self.judges.contains(&RESOURCES[*resource]),
        };
        let hosts = self.kinds.iter().flat_map(|kind| {
            let give = listed.iter().map(|&resource| kind.gives(resource, measured[resource]));
            let targets: Vec<Option<u64>> = (listed.iter())
                .map(|&resource| {
                    let said = kind.targets[resource].as_ref().or(self.targets[resource].as_ref())?;
                    let give = kind.gives(resource, measured[resource]);
                    Some((u128::from(give) * u128::from(said.1) / 1000) as u64)
                })
                .chain(counted.then_some(None))
                .collect();
            let at_times = further.iter().map(|(of, _)| targets[*of]).collect::<Vec<_>>();
            let targets: Vec<Option<u64>> =
                targets.into_iter().chain(at_times).chain(limited.iter().map(|_| None)).collect();
            let limits = limited.iter().map(|&(_, resource)| match &kind.limits[resource] {
                Some((_, tenths)) => (u128::from(kind.left(resource)) * u128::from(*tenths) / 1000) as u64,
                None => NO_LIMIT,
            });
            let give: Vec<u64> = give.chain(counted.then(|| kind.takes.unwrap_or(NO_BUDGET))).collect();
            let again: Vec<u64> = further.iter().map(|(of, _)| give[*of]).collect();
            let give: Vec<u64> = give.into_iter().chain(again).chain(limits).collect();
            let labels: BTreeMap<String, String> =
                kind.labels.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
            kind.names().into_iter().map(move |name| Host {
                name,
                kind: kind.name.to_owned(),
                give: give.clone(),
                targets: targets.clone(),
                labels: labels.clone(),
                price: kind.price.map_or(0, |price| price.1),
                watts: kind.watts.map_or(0, |watts| watts.1),
                state: match kind.state {
                    _ if !here(kind.span) => State::Absent,
                    Some("planned") if !view.planned => State::Absent,
                    Some("drain") => State::Drain,
                    _ => State::Up,
                },
            })
        });
        let pool = self.pool.as_ref().map(|pool| {
            let kept = pool.reserve.as_ref().map_or(0, |it| kept_of(it, pool.disk.floor));
            Pool { give: pool.disk.floor - kept, hosts: pool.hosts.as_ref().map(|_| self.reached()) }
        });
        World {
            pool,
            resources: listed
                .iter()
                .map(|&resource| RESOURCES[resource])
                .chain(counted.then_some("containers"))
                .map(str::to_owned)
                .chain(further.iter().map(|&(of, time)| format!("{} ({})", RESOURCES[listed[of]], self.times[time])))
                .chain(limited.iter().map(|&(_, resource)| format!("{} limits", RESOURCES[resource])))
                .collect(),
            hosts: hosts.collect(),
            goals: self.all_goals(),
            most_moves: None,
            judged: listed
                .iter()
                .map(judged)
                .chain(counted.then_some(false))
                .chain(further.iter().map(|(of, _)| judged(&listed[*of])))
                .chain(limited.iter().map(|_| false))
                .collect(),
            startups,
            services,
            containers,
            rules,
            wishes,
            now,
            survive,
        }
    }
}

impl Kind {
    fn names(&self) -> Vec<String> {
        match self.count {
            None => vec![self.name.to_owned()],
            Some(many) => (1..=many).map(|number| format!("{}-{number}", self.name)).collect(),
        }
    }

    /// What it has of a resource less what it keeps.
    pub fn left(&self, resource: usize) -> u64 {
        let capacity = self.has[resource].as_ref().map_or(0, |amount| amount.floor);
        let kept = self.reserve[resource].iter().map(|it| kept_of(it, capacity));
        capacity - kept.max().unwrap_or(0)
    }

    /// What a host of the kind gives of a resource; where that was `measured` it promises nothing twice.
    fn gives(&self, resource: usize, measured: bool) -> u64 {
        let left = self.left(resource);
        let promised = self.overcommit[resource]
            .map_or(left, |(_, over, under)| (u128::from(left) * u128::from(over) / u128::from(under)) as u64);
        if measured { left } else { promised }
    }
}

/// What is measured of a container's host; what it draws from the pool is not.
fn mark(measured: &mut Each<bool>, part: &Part) {
    for (resource, any) in measured.iter_mut().enumerate().filter(|(resource, _)| !part.pool || *resource != 2) {
        *any |= part.observed[resource].is_some();
    }
}

/// What a reserve keeps of a capacity.
fn kept_of(kept: &Kept, capacity: u64) -> u64 {
    let part = |tenths: u64| (u128::from(capacity) * u128::from(tenths)).div_ceil(1000) as u64;
    match kept {
        Kept::Amount(amount) => amount.ceil,
        Kept::Percent(_, tenths) => part(*tenths),
        Kept::Sum(amount, _, tenths) => amount.ceil + part(*tenths),
    }
}

/// The hosts that a wish names, and how.
fn wanted(text: &str, hosts: &[usize]) -> Wanted {
    let inner = text.trim_matches(|c| "[]{}".contains(c));
    let mut wanted = Wanted { hosts: hosts.to_vec(), ..Wanted::default() };
    for part in inner.split(", ") {
        match part.split_once(": ") {
            Some((label, value)) => _ = wanted.labels.insert(label.to_owned(), value.to_owned()),
            None => wanted.names.push(part.to_owned()),
        }
    }
    wanted.names.sort();
    wanted
}

/// Over what a word says that something is counted.
fn over(word: &str) -> Over {
    match word {
        "host" => Over::Host,
        "lab" => Over::Lab,
        label => Over::Label(label.to_owned()),
    }
}

/// Whether a text is what a pattern with at most one `*` stands for.
fn glob(pattern: &str, text: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == text,
        Some((start, end)) => text.len() >= start.len() + end.len() && text.starts_with(start) && text.ends_with(end),
    }
}
