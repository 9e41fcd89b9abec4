//! What is so: every placement, every loss and every way to place again what was lost is looked at.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use super::world::{Asks, At, Goal, Kind, Over, Rule, Service, Share, State, Wish, World};

/// How far from the best a host may be that counts as no fuller.
pub const TOLERANCE: f64 = 0.001;
/// What summing and dividing floats may add.
pub const ROUNDING: f64 = 1e-9;

/// What a placement is worth by a goal: less is better.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Worth {
    Count(u64),
    /// How full the hosts are, the fullest first.
    Levels(Vec<Share>),
}

impl Worth {
    /// Whether what is to be as good as `other` may be worth this: of how full the hosts are none is fuller before one is
    /// less full by more than the tolerance.
    fn keeps(&self, other: &Worth) -> bool {
        let (Worth::Levels(levels), Worth::Levels(others)) = (self, other) else { return self <= other };
        let mut both = levels.iter().zip(others);
        both.find(|(a, b)| a > b || b.float() - a.float() > TOLERANCE + ROUNDING).is_none_or(|(a, b)| a < b)
    }
}

/// A rule that a placement breaks: which, where, and who breaks it.
pub type Violation = (&'static str, Option<usize>, Vec<usize>, Option<(usize, u64, u64)>);

/// Whether `container` may stand on `host` beside all others that are placed. `before` says what ran where: that may
/// stay on a host that is being drained.
pub fn may_join(world: &World, before: &[Option<usize>], at: &[Option<usize>], container: usize, host: usize) -> bool {
    let bound = world.rules.iter().filter(|rule| rule.kind == Kind::Together && rule.containers.contains(&container));
    let mut others = bound.flat_map(|rule| &rule.containers).filter(|&&other| other != container);
    let mut then = at.to_vec();
    then[container] = Some(host);
    finds_room(world, before, at, container, host)
        && others.all(|&other| at[other].is_none_or(|there| there == host))
        && world.rules.iter().filter(|rule| rule.containers.contains(&container)).all(|rule| match &rule.kind {
            Kind::Spread(over, skew) => unevenness(world, rule, over, &then) <= *skew,
            _ => true,
        })
}

/// By how many the zones of a `spread` differ; 0 while one of the replicas has no place. Hosts count that take new
/// containers and that `on:` names.
pub fn unevenness(world: &World, rule: &Rule, over: &Over, at: &[Option<usize>]) -> u64 {
    let Some(places) = rule.containers.iter().map(|&it| at[it]).collect::<Option<Vec<usize>>>() else { return 0 };
    let on = world.services[world.containers[rule.containers[0]].service].on.as_ref();
    let counts = |host: usize| world.hosts[host].state == State::Up && on.is_none_or(|on| on.contains(&host));
    let held = |host: usize| {
        places.iter().filter(|&&it| counts(it) && over.zone(world, it) == over.zone(world, host)).count() as u64
    };
    let all: Vec<u64> = (0..world.hosts.len()).filter(|&host| counts(host)).map(held).collect();
    all.iter().max().copied().unwrap_or(0) - all.iter().min().copied().unwrap_or(0)
}

/// Whether it may stand there, but for those that it must be with and for what is to be spread evenly.
pub fn finds_room(
    world: &World,
    before: &[Option<usize>],
    at: &[Option<usize>],
    container: usize,
    host: usize,
) -> bool {
    if !may_run(world, before, container, host) {
        return false;
    }
    let mut then = at.to_vec();
    then[container] = Some(host);
    let others = || (0..at.len()).filter(|&other| other != container && at[other].is_some());
    // Where it asks for nothing it takes nothing from those who have too much already.
    let asked = (0..world.resources.len()).filter(|&resource| world.asks(container)[resource] > 0);
    let fits = { asked }.all(|resource| {
        let beside = others().filter(|&other| at[other] == Some(host)).map(|other| world.asks(other)[resource]);
        let own = world.asks(container)[resource];
        beside.sum::<u64>() + own + world.agents_ask(&then, host, resource) <= world.hosts[host].give[resource]
    });
    let draws = world.draws(container);
    let drawn: u64 = others().map(|other| world.draws(other)).sum();
    let fits = fits && (draws == 0 || world.pool.as_ref().is_none_or(|pool| drawn + draws <= pool.give));
    fits && world.rules.iter().filter(|rule| rule.containers.contains(&container)).all(|rule| {
        let mut there = others().filter(|other| rule.containers.contains(other)).filter_map(|other| at[other]);
        match &rule.kind {
            Kind::Apart => there.all(|other| other != host),
            Kind::ApartBy(label) => {
                there.all(|other| world.hosts[other].labels.get(label) != world.hosts[host].labels.get(label))
            }
            Kind::AtMost(most, over) => {
                let zone = over.zone(world, host);
                (there.filter(|&other| over.zone(world, other) == zone).count() as u64) < *most
            }
            Kind::Together | Kind::Spread(..) => true,
        }
    })
}

/// Whether the host is there, takes containers or had this one, and is one that the container may run on.
fn may_run(world: &World, before: &[Option<usize>], container: usize, host: usize) -> bool {
    let open = match world.hosts[host].state {
        State::Up => true,
        State::Drain => before[container] == Some(host),
        State::Vacated | State::Absent => false,
    };
    let on = &world.services[world.containers[container].service].on;
    open && on.as_ref().is_none_or(|on| on.contains(&host))
}

/// What a placement breaks, containers without a place left out.
pub fn violations(world: &World, before: &[Option<usize>], at: &[Option<usize>]) -> BTreeSet<Violation> {
    let mut found = BTreeSet::new();
    let on = |host: usize| (0..at.len()).filter(|&it| at[it] == Some(host)).collect::<Vec<usize>>();
    for host in 0..world.hosts.len() {
        let here = on(host);
        for resource in 0..world.resources.len() {
            let asked: u64 = here.iter().map(|&it| world.asks(it)[resource]).sum();
            let give = world.hosts[host].give[resource];
            let by_agents = world.agents_ask(at, host, resource);
            let asked = asked + by_agents;
            if by_agents > give {
                found.insert(("agents", Some(host), Vec::new(), Some((resource, by_agents, give))));
            } else if asked > give {
                let asking = here.iter().copied().filter(|&it| world.asks(it)[resource] > 0).collect();
                found.insert(("over-capacity", Some(host), asking, Some((resource, asked, give))));
            }
        }
        for &container in &here {
            let service = &world.services[world.containers[container].service];
            let hosts = world.pool.as_ref().filter(|_| service.draws.is_some()).and_then(|pool| pool.hosts.as_ref());
            let allowed = &service.on;
            if hosts.is_some_and(|hosts| !hosts.contains(&host)) {
                found.insert(("pool-out-of-reach", Some(host), vec![container], None));
            } else if allowed.as_ref().is_some_and(|allowed| !allowed.contains(&host)) {
                found.insert(("not-allowed", Some(host), vec![container], None));
            }
            if world.hosts[host].state == State::Absent {
                found.insert(("planned-host", Some(host), vec![container], None));
            }
            let comes = world.hosts[host].state == State::Drain && before[container] != Some(host);
            if comes || world.hosts[host].state == State::Vacated {
                found.insert(("drained", Some(host), vec![container], None));
            }
        }
    }
    let drawn = world.drawn(at);
    if let Some(pool) = world.pool.as_ref().filter(|pool| drawn > pool.give) {
        let drawing = (0..at.len()).filter(|&it| at[it].is_some() && world.draws(it) > 0).collect();
        found.insert(("pool-over-capacity", None, drawing, Some((world.resources.len(), drawn, pool.give))));
    }
    for rule in &world.rules {
        let placed: Vec<usize> = rule.containers.iter().copied().filter(|&it| at[it].is_some()).collect();
        match &rule.kind {
            Kind::Apart => {
                for host in 0..world.hosts.len() {
                    let here: Vec<usize> = placed.iter().copied().filter(|&it| at[it] == Some(host)).collect();
                    if here.len() > 1 {
                        found.insert(("apart", Some(host), here, None));
                    }
                }
            }
            Kind::ApartBy(label) => {
                let mut zones: BTreeMap<Option<&String>, Vec<usize>> = BTreeMap::new();
                for &container in &placed {
                    let host = at[container].expect("it is placed");
                    zones.entry(world.hosts[host].labels.get(label)).or_default().push(container);
                }
                for here in zones.into_values().filter(|here| here.len() > 1) {
                    found.insert(("apart-by-label", None, here, None));
                }
            }
            Kind::AtMost(most, over) => {
                let mut zones: BTreeMap<_, Vec<usize>> = BTreeMap::new();
                for &container in &placed {
                    let host = at[container].expect("it is placed");
                    zones.entry(over.zone(world, host)).or_default().push(container);
                }
                for here in zones.into_values().filter(|here| here.len() as u64 > *most) {
                    found.insert(("at-most", None, here, None));
                }
            }
            Kind::Spread(over, skew) => {
                if unevenness(world, rule, over, at) > *skew {
                    found.insert(("spread", None, placed, None));
                }
            }
            Kind::Together => {
                let hosts: BTreeSet<Option<usize>> = placed.iter().map(|&it| at[it]).collect();
                if hosts.len() > 1 {
                    found.insert(("together", None, placed, None));
                }
            }
        }
    }
    found
}

/// What a placement is worth by a goal, straight from its definition.
pub fn worth(world: &World, goal: Goal, at: &[Option<usize>]) -> Worth {
    let used: BTreeSet<usize> = at.iter().copied().flatten().collect();
    Worth::Count(match goal {
        Goal::Hosts => used.len() as u64,
        Goal::Price => used.iter().map(|&host| world.hosts[host].price).sum(),
        Goal::Watts => used.iter().map(|&host| world.hosts[host].watts).sum(),
        Goal::Moves => {
            let now = world.now.iter().flatten();
            now.zip(at).filter(|(now, then)| now.is_some() && then.is_some() && now != then).count() as u64
        }
        Goal::Memory | Goal::Disk => {
            let resources = world.at_all_times(if goal == Goal::Memory { "memory" } else { "disk" });
            let moves = |it: &usize| {
                let before = world.now.as_ref().and_then(|now| now[*it]);
                before.is_some() && at[*it].is_some() && before != at[*it]
            };
            let most = |it: usize| resources.iter().map(|&resource| world.asks(it)[resource]).max().unwrap_or(0);
            (0..at.len()).filter(moves).map(most).sum()
        }
        Goal::Wishes => unmet(world, at),
        Goal::Target => above(world, at).iter().map(|one| one.3).sum(),
        Goal::Balance => return Worth::Levels(levels(world, at)),
    })
}

/// Each host that holds more of a resource than it had better: how much, and by how many millionths of what it gives that is
/// too much, rounded up.
pub fn above(world: &World, at: &[Option<usize>]) -> Vec<(usize, usize, u64, u64)> {
    let mut above = Vec::new();
    for host in world.there() {
        for (resource, target) in world.hosts[host].targets.iter().enumerate() {
            let here = (0..at.len()).filter(|&it| at[it] == Some(host));
            let asked: u64 = here.map(|it| world.asks(it)[resource]).sum();
            let (asked, give) = (asked + world.agents_ask(at, host, resource), world.hosts[host].give[resource]);
            if let Some(target) = target.filter(|target| asked > *target && give > 0) {
                let too_much = (u128::from(asked - target) * 1_000_000).div_ceil(u128::from(give)) as u64;
                above.push((host, resource, asked, too_much));
            }
        }
    }
    above
}

/// What the wishes weigh that a placement does not meet.
pub fn unmet(world: &World, at: &[Option<usize>]) -> u64 {
    world.wishes.iter().map(|wish| wish.weight * astray(world, wish, at)).sum()
}

/// How many of those whom a wish speaks of would have to stand elsewhere.
fn astray(world: &World, wish: &Wish, at: &[Option<usize>]) -> u64 {
    let placed: Vec<usize> = wish.containers.iter().filter_map(|&it| at[it]).collect();
    let beyond = |over: &Over, most: u64| -> u64 {
        let zones: BTreeSet<_> = placed.iter().map(|&host| over.zone(world, host)).collect();
        let held = |zone| placed.iter().filter(|&&host| over.zone(world, host) == zone).count() as u64;
        zones.into_iter().map(|zone| held(zone).saturating_sub(most)).sum()
    };
    let kind = match &wish.asks {
        Asks::On(wanted) => return placed.iter().filter(|host| !wanted.hosts.contains(host)).count() as u64,
        Asks::Rule(kind) => kind,
    };
    match kind {
        Kind::Apart => beyond(&Over::Host, 1),
        Kind::ApartBy(label) => beyond(&Over::Label(label.clone()), 1),
        Kind::AtMost(most, over) => beyond(over, *most),
        Kind::Together => {
            let on = |host: usize| placed.iter().filter(|&&it| it == host).count();
            (placed.len() - (0..world.hosts.len()).map(on).max().unwrap_or(0)) as u64
        }
        Kind::Spread(over, skew) => {
            if placed.len() < wish.containers.len() {
                return 0;
            }
            let on = world.services[world.containers[wish.containers[0]].service].on.as_ref();
            let counts = |host: usize| world.hosts[host].state == State::Up && on.is_none_or(|on| on.contains(&host));
            let hosts: Vec<usize> = (0..world.hosts.len()).filter(|&host| counts(host)).collect();
            let zones: BTreeSet<_> = hosts.iter().map(|&host| over.zone(world, host)).collect();
            let held = |zone| placed.iter().filter(|&&it| counts(it) && over.zone(world, it) == zone).count() as u64;
            let held: Vec<u64> = zones.into_iter().map(held).collect();
            fewest_to_go(&held, &mut Vec::new(), held.iter().sum(), *skew).unwrap_or(0)
        }
    }
}

/// How many have to go elsewhere at the least for some even way to hold as many in all: every way is tried.
fn fewest_to_go(held: &[u64], wanted: &mut Vec<u64>, left: u64, skew: u64) -> Option<u64> {
    if wanted.len() == held.len() {
        let (most, least) = (wanted.iter().max().unwrap_or(&0), wanted.iter().min().unwrap_or(&0));
        let go = held.iter().zip(&*wanted).map(|(held, wanted)| held.saturating_sub(*wanted)).sum();
        return (left == 0 && most - least <= skew).then_some(go);
    }
    let mut best = None;
    for some in 0..=left {
        wanted.push(some);
        let found = fewest_to_go(held, wanted, left - some, skew);
        best = best.into_iter().chain(found).min();
        wanted.pop();
    }
    best
}

/// How full the hosts that are there are, the fullest first.
fn levels(world: &World, at: &[Option<usize>]) -> Vec<Share> {
    let mut levels: Vec<Share> = (world.there().into_iter())
        .map(|host| {
            let judged = (0..world.resources.len()).filter(|&it| world.judged[it] && world.hosts[host].give[it] > 0);
            let share = |resource: usize| {
                let here = (0..at.len()).filter(|&it| at[it] == Some(host));
                let asked: u64 = here.map(|it| world.asks(it)[resource]).sum();
                Share(asked + world.agents_ask(at, host, resource), world.hosts[host].give[resource])
            };
            judged.map(share).max().unwrap_or(Share(0, 1))
        })
        .collect();
    levels.sort_by(|a, b| b.cmp(a));
    levels
}

/// Shows every placement that breaks no rule to `visit`, until that says `false`: of those in `free` anywhere, of the
/// others as `at` has them.
pub fn every(
    world: &World,
    before: &[Option<usize>],
    at: &mut At,
    free: &[usize],
    visit: &mut dyn FnMut(&[Option<usize>]) -> bool,
) -> bool {
    let Some((&first, rest)) = free.split_first() else { return !agents_fit(world, at) || visit(at) };
    for host in 0..world.hosts.len() {
        if may_join(world, before, at, first, host) {
            at[first] = Some(host);
            let go_on = every(world, before, at, rest, visit);
            at[first] = None;
            if !go_on {
                return false;
            }
        }
    }
    true
}

/// Whether there is room for the agents, and beside them for what is placed: they come with the first of their startup, on
/// all of their hosts.
pub fn agents_fit(world: &World, at: &[Option<usize>]) -> bool {
    (0..world.hosts.len()).all(|host| {
        (0..world.resources.len()).all(|resource| {
            let by_agents = world.agents_ask(at, host, resource);
            let here = (0..at.len()).filter(|&it| at[it] == Some(host)).map(|it| world.asks(it)[resource]);
            by_agents == 0 || by_agents + here.sum::<u64>() <= world.hosts[host].give[resource]
        })
    })
}

/// Every set of hosts whose loss is to be survived.
pub fn losses(world: &World) -> Vec<Vec<usize>> {
    let there = world.there();
    let Some(survive) = &world.survive else { return Vec::new() };
    let hosts =
        |set: u32| -> Vec<usize> { (0..there.len()).filter(|it| set >> it & 1 == 1).map(|it| there[it]).collect() };
    let is_zone = |set: &[usize], label: &String| {
        let value = |host: usize| world.hosts[host].labels.get(label);
        there.iter().all(|&host| set.contains(&host) == (value(host) == value(set[0])))
    };
    let is_loss =
        |set: &Vec<usize>| set.len() <= survive.hosts || survive.labels.iter().any(|label| is_zone(set, label));
    (1_u32..1 << there.len()).map(hosts).filter(is_loss).collect()
}

/// Whether what stands as `at` says survives the loss of `lost`: every way to place again is looked at. Of a placement
/// that breaks no rule.
pub fn survives(world: &World, at: &[Option<usize>], lost: &[usize]) -> bool {
    let Some(survive) = &world.survive else { return true };
    let mut then = world.with_agents_of(at);
    // Who is lost is to run again first of all: evenly is for later.
    then.rules.retain(|rule| !matches!(rule.kind, Kind::Spread(..)));
    lost.iter().for_each(|&host| then.hosts[host].state = State::Absent);
    let is_lost = |container: usize| at[container].is_some_and(|host| lost.contains(&host));
    let mut left: At = at.iter().map(|host| host.filter(|host| !lost.contains(host))).collect();
    let before = left.clone();
    let may_go = |container: usize| {
        if is_lost(container) { !survive.except.contains(&container) } else { survive.moves && at[container].is_some() }
    };
    let free: Vec<usize> = (0..at.len()).filter(|&it| may_go(it)).collect();
    free.iter().for_each(|&container| left[container] = None);
    // Any of those that are lost may be down, as long as enough of each service run.
    let lost_ones: Vec<usize> = free.iter().copied().filter(|&it| is_lost(it)).collect();
    (0_u32..1 << lost_ones.len()).any(|set| {
        let is_down = |it: usize| lost_ones.iter().position(|&lost| lost == it).is_some_and(|bit| set >> bit & 1 == 1);
        let runs_enough = world.services.iter().all(|service| {
            let down = service.containers.clone().filter(|&it| is_down(it)).count();
            down <= spare(world, service, at)
        });
        let up: Vec<usize> = free.iter().copied().filter(|&it| !is_down(it)).collect();
        runs_enough && !every(&then, &before, &mut left.clone(), &up, &mut |_| false)
    })
}

/// How many of a service's containers, but those that may stop anyway, may be down when it stands as `at` says.
pub fn spare(world: &World, service: &Service, at: &[Option<usize>]) -> usize {
    let excepted = |it: usize| world.survive.as_ref().is_some_and(|survive| survive.except.contains(&it));
    let run = service.containers.clone().filter(|&it| at[it].is_some() && !excepted(it)).count();
    service.keep.map_or(0, |keep| run.saturating_sub(keep))
}

/// All that can be: every placement of the same containers that breaks no rule, whether it survives or not.
pub struct Truth<'a> {
    world: &'a World,
    placements: Vec<(At, Vec<Worth>)>,
    survivors: RefCell<Vec<Option<bool>>>,
}

impl<'a> Truth<'a> {
    /// Of all placements of the startups in `chosen`; with `keep` of those where what runs stays.
    pub fn of(world: &'a World, chosen: &BTreeSet<usize>, keep: bool) -> Truth<'a> {
        Truth::without(world, chosen, &BTreeSet::new(), keep)
    }

    /// The same without the containers that are `missing`.
    pub fn without(world: &'a World, chosen: &BTreeSet<usize>, missing: &BTreeSet<usize>, keep: bool) -> Truth<'a> {
        let standing = world.standing();
        let mut at: At = if keep { standing.clone() } else { vec![None; world.containers.len()] };
        let takes_part = |it: usize| chosen.contains(&world.startup_of(it)) && !missing.contains(&it);
        let is_free = |&it: &usize| at[it].is_none() && takes_part(it);
        let free: Vec<usize> = (0..world.containers.len()).filter(is_free).collect();
        let mut placements = Vec::new();
        if !keep || violations(world, &standing, &at).is_empty() {
            every(world, &standing, &mut at, &free, &mut |at| {
                placements.push((at.to_vec(), world.goals.iter().map(|&goal| worth(world, goal, at)).collect()));
                true
            });
        }
        if let Some(most) = world.most_moves {
            let moved = |at: &At| standing.iter().zip(at).filter(|(a, b)| a.is_some() && b.is_some() && a != b).count();
            placements.retain(|(at, _)| moved(at) as u64 <= most);
        }
        let survivors = RefCell::new(vec![None; placements.len()]);
        Truth { world, placements, survivors }
    }

    /// Of all placements of everything.
    pub fn of_all(world: &'a World, keep: bool) -> Truth<'a> {
        Truth::of(world, &(0..world.startups.len()).collect(), keep)
    }

    fn survives(&self, number: usize) -> bool {
        let known = self.survivors.borrow()[number];
        known.unwrap_or_else(|| {
            let at = &self.placements[number].0;
            let survives = losses(self.world).iter().all(|lost| survives(self.world, at, lost));
            self.survivors.borrow_mut()[number] = Some(survives);
            survives
        })
    }

    /// Whether there is a placement that breaks no rule and survives what it is to.
    pub fn is_feasible(&self) -> bool {
        (0..self.placements.len()).any(|it| self.survives(it))
    }

    /// The best of the first goal, of the second among those, and so on. Where something is `reported` of a goal (balance,
    /// which is proven only to a tolerance), "as good as that" takes the place of "best" for the goals after it.
    pub fn best(&self, reported: &[Option<Worth>]) -> Vec<Worth> {
        let mut left: Vec<usize> = (0..self.placements.len()).collect();
        let mut best = Vec::new();
        for goal in 0..self.world.goals.len() {
            left.sort_by(|&a, &b| self.placements[a].1[goal].cmp(&self.placements[b].1[goal]));
            let Some(&first) = left.iter().find(|&&it| self.survives(it)) else { break };
            let value = self.placements[first].1[goal].clone();
            let ceiling = reported.get(goal).cloned().flatten().unwrap_or_else(|| value.clone());
            left.retain(|&it| self.placements[it].1[goal].keeps(&ceiling));
            best.push(value);
        }
        best
    }
}

/// The startups of `placed` that count: those that need nothing but what counts.
pub fn counting(world: &World, placed: &BTreeSet<usize>) -> BTreeSet<usize> {
    let mut counts = placed.clone();
    loop {
        let still = counts.clone();
        counts.retain(|&startup| world.needed_by(startup).iter().all(|needed| still.contains(needed)));
        if counts == still {
            return counts;
        }
    }
}

pub fn priority(world: &World, startups: &BTreeSet<usize>) -> u64 {
    startups.iter().map(|&startup| world.startups[startup].priority).sum()
}

/// The largest sum of priorities of startups that can be placed whole, each with all that it needs, and survive what
/// is to be survived; `None` where not even leaving all out is possible.
pub fn largest_priority(world: &World, keep: bool) -> Option<u64> {
    let all = world.startups.len();
    let sets = (0_u32..1 << all).map(|set| (0..all).filter(|it| set >> it & 1 == 1).collect::<BTreeSet<usize>>());
    let mut sets: Vec<_> =
        sets.filter(|set| counting(world, set) == *set).map(|set| (priority(world, &set), set)).collect();
    sets.sort();
    let fits = |set: &BTreeSet<usize>| {
        missing(world, set, keep).iter().any(|missing| Truth::without(world, set, missing, keep).is_feasible())
    };
    sets.into_iter().rev().find(|(_, set)| fits(set)).map(|(priority, _)| priority)
}

/// Every choice of as many replicas of the startups in `chosen` as need not run, of those that must not stay.
fn missing(world: &World, chosen: &BTreeSet<usize>, keep: bool) -> Vec<BTreeSet<usize>> {
    let standing = world.standing();
    let mut choices: Vec<BTreeSet<usize>> = vec![BTreeSet::new()];
    for service in world.services.iter().filter(|service| chosen.contains(&service.startup)) {
        let spare = service.keep.map_or(0, |keep| service.containers.len().saturating_sub(keep));
        let free: Vec<usize> = service.containers.clone().filter(|&it| !keep || standing[it].is_none()).collect();
        let sets = (0_u32..1 << free.len()).filter(|set| set.count_ones() as usize == spare.min(free.len()));
        let sets: Vec<Vec<usize>> =
            sets.map(|set| (0..free.len()).filter(|bit| set >> bit & 1 == 1).map(|bit| free[bit]).collect()).collect();
        choices = choices
            .iter()
            .flat_map(|before| sets.iter().map(move |own| before.iter().chain(own).copied().collect()))
            .collect();
    }
    choices
}
