//! Whether an answer is true, and all that should be in it is.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};

use super::asked::Answer;
use super::truth::{
    self, ROUNDING, TOLERANCE, Truth, Violation, Worth, counting, largest_priority, losses, may_join, spare, survives,
    violations,
};
use super::way::{Way, fewest, may_step};
use super::world::{At, Goal, Kind, NO_BUDGET, NO_LIMIT, Service, State, World};

/// What is wrong with an answer.
pub type Verdict = Result<(), String>;

/// The same lab with so many more startups of a stack or like a startup, and the containers of these, which come last.
pub type More<'a> = dyn Fn(&str, u64) -> (World, Vec<usize>) + 'a;

pub fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Verdict {
    if holds { Ok(()) } else { Err(otherwise()) }
}

pub fn list<'a>(of: &'a Value, key: &str) -> &'a [Value] {
    of[key].as_array().map_or(&[], Vec::as_slice)
}

pub fn names(of: &Value, key: &str) -> Vec<String> {
    list(of, key).iter().map(|name| name.as_str().expect("a name").to_owned()).collect()
}

pub fn word<'a>(of: &'a Value, key: &str) -> &'a str {
    of[key].as_str().unwrap_or("")
}

pub fn number(of: &Value, key: &str) -> u64 {
    of[key].as_u64().unwrap_or_else(|| panic!("`{key}` is no number in {of}"))
}

pub fn containers(world: &World, of: &Value, key: &str) -> Vec<usize> {
    let mut all: Vec<usize> = names(of, key).iter().map(|id| world.container(id)).collect();
    all.sort();
    all
}

/// Where everything is by the list of hosts, whose sums must be right.
pub fn placed(world: &World, of: &Value) -> Result<At, String> {
    let mut at: At = vec![None; world.containers.len()];
    let hosts = list(of, "hosts");
    ensure(hosts.len() == world.hosts.len(), || format!("{} hosts are said of {}", hosts.len(), world.hosts.len()))?;
    for said in hosts {
        let host = world.host(word(said, "name"));
        let here = containers(world, said, "containers");
        for &container in &here {
            ensure(at[container].is_none(), || format!("{} is in two places", world.containers[container].id))?;
            at[container] = Some(host);
        }
    }
    for said in hosts {
        let host = world.host(word(said, "name"));
        let here = containers(world, said, "containers");
        let id = |&it: &usize| {
            let service = &world.services[it];
            format!("{}/{}@{}", world.startups[service.startup].name, service.name, world.hosts[host].name)
        };
        let mut agents: Vec<String> = world.agents(&at, host).iter().map(id).collect();
        agents.sort();
        ensure(names(said, "agents") == agents, || format!("agents {agents:?}, said {}", said["agents"]))?;
        for (resource, name) in world.resources.iter().enumerate() {
            let used: u64 = here.iter().map(|&it| world.asks(it)[resource]).sum();
            let used = used + world.agents_ask(&at, host, resource);
            let give = world.hosts[host].give[resource];
            let said = (said["used"][name].as_u64(), said["allocatable"][name].as_u64(), said["free"][name].as_i64());
            if name == "containers" && give == NO_BUDGET || name.ends_with(" limits") && give == NO_LIMIT {
                ensure(said == (None, None, None), || {
                    format!("{} has no budget of {name}: {said:?}", world.hosts[host].name)
                })?;
                continue;
            }
            ensure(said == (Some(used), Some(give), Some(give as i64 - used as i64)), || {
                format!("{name} of {}: said {said:?}, used {used} of {give}", world.hosts[host].name)
            })?;
        }
        let state = match world.hosts[host].state {
            State::Up => "up",
            State::Drain | State::Vacated => "drain",
            State::Absent => "planned",
        };
        ensure(word(said, "state") == state, || {
            format!("{} is {state}, said {}", world.hosts[host].name, said["state"])
        })?;
    }
    let drawn = world.drawn(&at);
    let pools: Vec<(u64, u64)> = world.pool.iter().map(|pool| (drawn, pool.give)).collect();
    let told =
        list(of, "pools").iter().map(|pool| (number(&pool["used"], "disk"), number(&pool["allocatable"], "disk")));
    let told: Vec<(u64, u64)> = told.collect();
    ensure(told == pools, || format!("of pools is said {told:?}, really {pools:?}"))?;
    Ok(at)
}

/// What is placed breaks no rule; with `before` what ran where.
pub fn breaks_nothing(world: &World, before: &[Option<usize>], at: &[Option<usize>]) -> Verdict {
    let found = violations(world, before, at);
    ensure(found.is_empty(), || format!("{at:?} breaks {found:?}"))
}

pub fn exits(answer: &Answer, code: i32) -> Verdict {
    ensure(answer.code == code, || format!("exit code {} where {code} is due", answer.code))
}

/// `check`.
pub fn check(world: &World, answer: &Answer) -> Verdict {
    let (said, at) = (&answer.json, world.standing());
    let shown = placed(world, said)?;
    ensure(shown == at, || format!("stands as {at:?}, said {shown:?}"))?;
    let mut found: BTreeSet<Violation> = BTreeSet::new();
    let (mut unplaced, mut unsurvived) = (BTreeSet::new(), 0);
    for one in list(said, "violations") {
        let who = containers(world, one, "containers");
        let host = one["host"].as_str().map(|name| world.host(name));
        match word(one, "code") {
            "unplaced" => unplaced.extend(who),
            "not-survived" => unsurvived += 1,
            "not-allowed" => found.extend(who.iter().map(|&it| ("not-allowed", host, vec![it], None))),
            "pool-out-of-reach" => found.extend(who.iter().map(|&it| ("pool-out-of-reach", host, vec![it], None))),
            "pool-over-capacity" => {
                let volume = Some((world.resources.len(), number(one, "requested"), number(one, "allocatable")));
                found.extend([("pool-over-capacity", None, who, volume)]);
            }
            code @ ("over-capacity" | "agents") => {
                let code = if code == "agents" { "agents" } else { "over-capacity" };
                let resource = world.resources.iter().position(|it| it == word(one, "resource")).expect("a resource");
                let volume = Some((resource, number(one, "requested"), number(one, "allocatable")));
                found.extend([(code, host, who, volume)]);
            }
            "apart" => found.extend([("apart", host, who, None)]),
            "apart-by-label" => found.extend([("apart-by-label", None, who, None)]),
            "together" => found.extend([("together", None, who, None)]),
            "at-most" => found.extend([("at-most", None, who, None)]),
            "spread" => found.extend([("spread", None, who, None)]),
            "planned-host" => found.extend(who.iter().map(|&it| ("planned-host", host, vec![it], None))),
            code => return Err(format!("`{code}` of a placement that is judged by itself")),
        }
    }
    let broken = violations(world, &at, &at);
    ensure(found == broken, || format!("said {found:?}, really {broken:?}"))?;
    let missing: BTreeSet<usize> = (0..at.len()).filter(|&it| at[it].is_none()).collect();
    ensure(unplaced == missing, || format!("without a place are {missing:?}, said {unplaced:?}"))?;
    ensure(containers(world, said, "unplaced") == Vec::from_iter(missing.clone()), || "unplaced".to_owned())?;
    wished(world, said, &at)?;
    aimed(world, said, &at)?;
    let lost = survival(world, &said["survival"], &at, broken.is_empty())?;
    ensure(unsurvived == lost, || format!("{unsurvived} violations of {lost} losses that are not survived"))?;
    let valid = broken.is_empty() && missing.is_empty() && lost == 0;
    ensure(said["valid"] == valid, || format!("valid: {valid}"))?;
    exits(answer, i32::from(!valid))?;
    if broken.is_empty() { growth(world, &said["growth"], &at) } else { Ok(()) }
}

/// What is above its target, and by how much.
pub fn aimed(world: &World, said: &Value, at: &At) -> Verdict {
    let told = &said["target"];
    if world.hosts.iter().all(|host| host.targets.iter().all(Option::is_none)) {
        return ensure(told.is_null(), || format!("targets of nobody: {told}"));
    }
    let above = truth::above(world, at);
    let sum: u64 = above.iter().map(|one| one.3).sum();
    ensure(float(&told["above"])? == sum as f64 / 1e6, || format!("{sum} above in all, said {told}"))?;
    let listed = list(told, "list");
    let same = |(one, &(host, resource, used, parts)): (&Value, &(usize, usize, u64, u64))| {
        one["host"] == world.hosts[host].name
            && one["resource"] == world.resources[resource]
            && one["used"] == used
            && world.hosts[host].targets[resource].is_some_and(|target| one["target"] == target)
            && one["allocatable"] == world.hosts[host].give[resource]
            && one["above"].as_f64() == Some(parts as f64 / 1e6)
    };
    ensure(listed.len() == above.len() && listed.iter().zip(&above).all(same), || format!("{above:?}, listed {told}"))
}

/// What is wished, what of it is not met, and what that weighs.
pub fn wished(world: &World, said: &Value, at: &At) -> Verdict {
    let told = &said["wishes"];
    if world.wishes.is_empty() {
        return ensure(told.is_null(), || format!("wishes of nobody: {told}"));
    }
    let unmet = truth::unmet(world, at);
    ensure(told["of"] == world.wishes.len(), || format!("{} wishes, said {told}", world.wishes.len()))?;
    ensure(told["unmet"] == unmet, || format!("{unmet} is unmet, said {told}"))?;
    let cost = |one: &Value| number(one, "weight") * number(one, "count");
    let listed = list(told, "list");
    ensure(listed.iter().all(|one| one["cost"] == cost(one) && cost(one) > 0), || format!("costs: {told}"))?;
    ensure(listed.iter().map(cost).sum::<u64>() == unmet, || format!("{unmet} is unmet, listed {told}"))
}

/// What follows each loss; of a placement that is `judged`, whether that is right. So many are not survived.
pub fn survival(world: &World, said: &Value, at: &At, judged: bool) -> Result<usize, String> {
    let Some(survive) = &world.survive else {
        return ensure(said.is_null(), || format!("survival of nothing: {said}")).map(|()| 0);
    };
    let said_losses = list(said, "losses");
    let mut lost_sets: Vec<Vec<usize>> = Vec::new();
    let mut unsurvived = 0;
    for loss in said_losses {
        let mut lost: Vec<usize> = names(loss, "lost").iter().map(|name| world.host(name)).collect();
        lost.sort();
        let outcome = word(loss, "outcome");
        unsurvived += usize::from(outcome == "impossible");
        lost_sets.push(lost.clone());
        if !judged {
            continue;
        }
        let expected = if survives(world, at, &lost) { "survived" } else { "impossible" };
        ensure(outcome == expected, || format!("the loss of {lost:?} is {expected}, said {outcome}"))?;
        if outcome == "impossible" {
            continue;
        }
        // Where everything is then.
        let left: At = at.iter().map(|host| host.filter(|host| !lost.contains(host))).collect();
        let mut then = left.clone();
        for (key, of_lost) in [("goes", true), ("moves", false)] {
            for (id, host) in loss[key].as_object().expect("a map") {
                let container = world.container(id);
                let was_lost = at[container].is_some_and(|host| lost.contains(&host));
                ensure(was_lost == of_lost, || format!("{id} {key} at the loss of {lost:?}"))?;
                then[container] = Some(world.host(host.as_str().expect("a host")));
            }
        }
        ensure(survive.moves || loss["moves"].as_object().is_some_and(|moves| moves.is_empty()), || {
            format!("moves that are not allowed: {loss}")
        })?;
        let stops: Vec<usize> = (0..at.len()).filter(|&it| at[it].is_some() && then[it].is_none()).collect();
        ensure(containers(world, loss, "stops") == stops, || format!("{stops:?} stop: {loss}"))?;
        let mut fewer: Vec<Value> = Vec::new();
        for service in &world.services {
            let down =
                service.containers.clone().filter(|it| stops.contains(it) && !survive.except.contains(it)).count();
            ensure(down <= spare(world, service, at), || format!("may not stop: {loss}"))?;
            let run = |at: &At| service.containers.clone().filter(|&it| at[it].is_some()).count();
            if service.keep.is_some() && run(&then) < run(at) {
                let id = format!("{}/{}", world.startups[service.startup].name, service.name);
                fewer.push(json!({"container": id, "run": run(&then), "of": run(at)}));
            }
        }
        let said: Vec<Value> = loss["fewer"].as_array().cloned().unwrap_or_default();
        ensure(said == fewer, || format!("fewer run: {fewer:?}, said {loss}"))?;
        let mut without = world.clone();
        // Evenly is for later.
        without.rules.retain(|rule| !matches!(rule.kind, Kind::Spread(..)));
        lost.iter().for_each(|&host| without.hosts[host].state = State::Absent);
        breaks_nothing(&without, &left, &then).map_err(|why| format!("after the loss of {lost:?}: {why}"))?;
    }
    lost_sets.sort();
    let mut expected = losses(world);
    expected.sort();
    ensure(lost_sets == expected, || format!("losses {expected:?}, said {lost_sets:?}"))?;
    let holds = said["holds"].as_bool();
    // Of a placement that breaks something it may be left open.
    let open = !judged && holds.is_none() && unsurvived == 0;
    ensure(open || holds == Some(unsurvived == 0), || format!("holds: {holds:?} with {unsurvived} that are not"))?;
    Ok(unsurvived)
}

/// Up to which growth a placement holds that breaks nothing, containers without a place aside.
fn growth(world: &World, said: &Value, at: &At) -> Verdict {
    let survived = |world: &World| {
        let all = losses(world);
        violations(world, at, at).is_empty() && all.iter().all(|lost| survives(world, at, lost))
    };
    if said.is_null() || !survived(world) {
        return Ok(());
    }
    let grown = |percent: u64, only: Option<usize>| {
        let mut grown = world.clone();
        for service in grown.services.iter_mut().filter(|service| only.is_none_or(|it| it == service.startup)) {
            service.draws = service.draws.map(|amount| (amount * (100 + percent)).div_ceil(100));
            for resource in ["cpu", "memory", "disk"].into_iter().flat_map(|name| world.at_all_times(name)) {
                service.asks[resource] = (service.asks[resource] * (100 + percent)).div_ceil(100);
            }
            service.count_limits();
        }
        survived(&grown)
    };
    let percent = number(said, "percent");
    let ends = !said["resource"].is_null() || !said["lost"].is_null();
    ensure(grown(percent, None), || format!("growth of {percent} % does not hold"))?;
    ensure(!ends || !grown(percent + 1, None), || format!("growth of {percent} % and more holds"))?;
    for one in list(said, "startups") {
        let (startup, percent) = (world.startup(word(one, "startup")), number(one, "percent"));
        ensure(grown(percent, Some(startup)), || format!("growth of {one} does not hold"))?;
        ensure(percent >= 10_000 || !grown(percent + 1, Some(startup)), || format!("growth of {one} and more holds"))?;
    }
    Ok(())
}

/// How sure an answer is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Sure {
    /// Proven, as best or as impossible.
    Proven,
    /// True as far as it goes.
    Open,
}

/// `plan`, where everything is to be placed.
pub fn plan(world: &World, answer: &Answer, keep: bool, more: &More) -> Result<Sure, String> {
    let at = placed(world, &answer.json)?;
    let sure = planned(world, answer, &answer.json, keep)?;
    if answer.code == 0 {
        room(world, &answer.json, &at, more)?;
    }
    Ok(sure)
}

/// What is `said` of a plan where everything is to be placed.
pub fn planned(world: &World, answer: &Answer, said: &Value, keep: bool) -> Result<Sure, String> {
    let truth = Truth::of_all(world, keep);
    let at = placed(world, said)?;
    match word(said, "status") {
        "infeasible" => {
            ensure(!truth.is_feasible(), || "called infeasible, but there is a placement".to_owned())?;
            exits(answer, 1)?;
            evidence(world, said, &at, keep)?;
            Ok(Sure::Proven)
        }
        status @ ("optimal" | "feasible") => {
            exits(answer, 0)?;
            ensure(list(said, "unplaced").is_empty() && at.iter().all(Option::is_some), || {
                "not all placed".to_owned()
            })?;
            whole(world, &at, keep)?;
            survived(world, said, &at)?;
            let sure = goals(world, said, &at, &truth)?;
            wished(world, said, &at)?;
            aimed(world, said, &at)?;
            ensure(status == "optimal" || world.survive.is_some(), || "not called optimal".to_owned())?;
            ensure((status == "optimal") <= (sure == Sure::Proven), || "optimal, and not all is proven".to_owned())?;
            changes(world, said, &at, keep)?;
            Ok(sure)
        }
        status => Err(format!("`{status}` without a time limit; there is a placement: {}", truth.is_feasible())),
    }
}

/// A placement breaks nothing, and where what runs is to stay it does.
pub fn whole(world: &World, at: &At, keep: bool) -> Verdict {
    let standing = world.standing();
    breaks_nothing(world, &standing, at)?;
    let strayed = (0..at.len()).find(|&it| standing[it].is_some() && standing[it] != at[it]);
    ensure(!keep || strayed.is_none(), || format!("{strayed:?} was to stay"))
}

fn survived(world: &World, said: &Value, at: &At) -> Verdict {
    let lost = survival(world, &said["survival"], at, true)?;
    ensure(lost == 0, || format!("{lost} losses are not survived"))
}

/// What stands beside an impossibility breaks nothing, and who is refused is refused for a cause.
pub fn evidence(world: &World, said: &Value, at: &At, keep: bool) -> Verdict {
    let standing = world.standing();
    // Of startups that are nothing but agents nothing can be left out.
    let nothing = vec![None; at.len()];
    let kept_breaks = keep && !violations(world, &standing, &standing).is_empty()
        || !violations(world, &standing, &nothing).is_empty();
    if !kept_breaks {
        breaks_nothing(world, &standing, at).map_err(|why| format!("the evidence: {why}"))?;
    }
    let missing: Vec<usize> = (0..at.len()).filter(|&it| at[it].is_none()).collect();
    ensure(containers(world, said, "unplaced") == missing, || format!("unplaced are {missing:?}"))?;
    for refusal in list(said, "refusals") {
        let (container, host) = (world.container(word(refusal, "container")), world.host(word(refusal, "host")));
        let joins = || {
            let mut then = at.clone();
            then[container] = Some(host);
            may_join(world, &standing, at, container, host) && truth::agents_fit(world, &then)
        };
        ensure(at[container].is_none() && !joins(), || format!("refused without cause: {refusal}"))?;
    }
    Ok(())
}

/// The values are those of the placement and as good as can be; the bounds are not above that.
fn goals(world: &World, said: &Value, at: &At, truth: &Truth) -> Result<Sure, String> {
    let real: Vec<Worth> = world.goals.iter().map(|&goal| truth::worth(world, goal, at)).collect();
    let results = list(said, "goals");
    let asked: Vec<&str> = world.goals.iter().map(|goal| goal.name()).collect();
    let answered: Vec<&str> = results.iter().map(|result| word(result, "name")).collect();
    ensure(asked == answered, || format!("goals {asked:?}, said {answered:?}"))?;
    // What is proven to a tolerance, and what is not proven, is held to what is reported.
    let proven = |number: usize| results[number]["proven"] == true;
    let reported: Vec<Option<Worth>> =
        (0..real.len()).map(|it| (world.goals[it] == Goal::Balance || !proven(it)).then(|| real[it].clone())).collect();
    let best = truth.best(&reported);
    ensure(best.len() == real.len(), || "there is no placement that is as good as this one".to_owned())?;
    let mut sure = Sure::Proven;
    for (it, &goal) in world.goals.iter().enumerate() {
        let result = &results[it];
        let (value, bound) = (float(&result["value"])?, float(&result["bound"])?);
        let say = |what: &str| format!("{}: {what}; said {result}, the best {:?}", goal.name(), best[it]);
        let close = |said: f64, real: f64| (said - real).abs() <= ROUNDING * real.abs().max(1.0);
        ensure(close(value, first(goal, &real[it])), || say(&format!("the placement has {:?}", real[it])))?;
        ensure(bound <= first(goal, &best[it]) + ROUNDING, || say("the bound is above the best"))?;
        ensure(bound <= value + ROUNDING, || say("the bound is above the value"))?;
        if !proven(it) {
            ensure(world.survive.is_some(), || say("not proven"))?;
            sure = Sure::Open;
        }
        let (Worth::Levels(levels), Worth::Levels(least)) = (&real[it], &best[it]) else {
            ensure(!proven(it) || real[it] == best[it], || say("called proven, and not the best"))?;
            continue;
        };
        let told: Vec<f64> = list(result, "levels").iter().map(|level| level.as_f64().unwrap_or(-1.0)).collect();
        let same = told.len() == levels.len() && told.iter().zip(levels).all(|(said, real)| close(*said, real.float()));
        ensure(same, || say(&format!("the levels are {levels:?}")))?;
        let sure_of = number(result, "levels_proven") as usize;
        if sure_of < levels.len() {
            ensure(world.survive.is_some(), || say("not all levels are proven"))?;
            sure = Sure::Open;
        }
        // The first level that is told apart from the best.
        let told = levels
            .iter()
            .zip(least)
            .position(|(level, least)| least > level || level.float() - least.float() > TOLERANCE + ROUNDING);
        let Some(told) = told.filter(|&told| least[told] < levels[told]) else { continue };
        ensure(told >= sure_of && (told > 0 || !proven(it)), || say("not the lowest levels, and called proven"))?;
    }
    Ok(sure)
}

fn float(of: &Value) -> Result<f64, String> {
    of.as_f64().ok_or_else(|| format!("{of} is no number"))
}

/// The value of a goal as it is said.
fn first(goal: Goal, worth: &Worth) -> f64 {
    match worth {
        Worth::Levels(levels) => levels.first().map_or(0.0, |level| level.float()),
        Worth::Count(count) if matches!(goal, Goal::Price | Goal::Watts | Goal::Target) => *count as f64 / 1e6,
        Worth::Count(count) => *count as f64,
    }
}

/// `plan --partial`.
pub fn partial(world: &World, answer: &Answer, keep: bool) -> Result<Sure, String> {
    let said = &answer.json;
    let Some(largest) = largest_priority(world, keep) else {
        ensure(word(said, "status") == "infeasible", || {
            format!("what is kept breaks a rule or is not survived, and the answer is {}", said["status"])
        })?;
        return exits(answer, 1).map(|()| Sure::Proven);
    };
    let status = word(said, "status");
    ensure(status == "optimal" || (status == "feasible" && world.survive.is_some()), || format!("`{status}`"))?;
    let at = placed(world, said)?;
    whole(world, &at, keep)?;
    survived(world, said, &at)?;
    exits(answer, i32::from(at.iter().any(Option::is_none)))?;
    let standing = world.standing();
    let runs = |service: &Service| service.containers.clone().filter(|&it| at[it].is_some()).count();
    let placed_whole = |&startup: &usize| {
        let mut its = world.services.iter().filter(|service| service.startup == startup);
        its.all(|service| runs(service) >= service.keep.unwrap_or(service.containers.len()))
    };
    let counts = counting(world, &(0..world.startups.len()).filter(placed_whole).collect());
    for container in (0..at.len()).filter(|&it| at[it].is_some()) {
        let kept = keep && standing[container].is_some();
        ensure(kept || counts.contains(&world.startup_of(container)), || {
            format!("{} is placed, but its startup does not count", world.containers[container].id)
        })?;
    }
    let (reached, told) = (truth::priority(world, &counts), &said["priority"]);
    let (of, bound) = (number(told, "placed"), number(told, "bound"));
    ensure(of == reached, || format!("priority {told}, of which {reached} is really placed"))?;
    ensure(bound >= largest, || format!("the bound {bound} is below what can be, {largest}"))?;
    ensure(status != "optimal" || (of == largest && bound == largest), || {
        format!("{told}, and the most is {largest}")
    })?;
    let missing: BTreeSet<usize> =
        (0..at.len()).filter(|&it| at[it].is_none() && counts.contains(&world.startup_of(it))).collect();
    let mut fewer: Vec<Value> = Vec::new();
    for service in world.services.iter().filter(|service| counts.contains(&service.startup)) {
        if runs(service) < service.containers.len() {
            let id = format!("{}/{}", world.startups[service.startup].name, service.name);
            fewer.push(json!({"container": id, "run": runs(service), "of": service.containers.len()}));
        }
    }
    let listed: Vec<Value> = said["fewer"].as_array().cloned().unwrap_or_default();
    ensure(listed == fewer, || format!("fewer run: {fewer:?}, said {listed:?}"))?;
    let sure = goals(world, said, &at, &Truth::without(world, &counts, &missing, keep))?;
    changes(world, said, &at, keep)?;
    Ok(if status == "optimal" { sure } else { Sure::Open })
}

/// Which replicas that run nowhere may be down after a loss, as few as can be, where not all find a place; `None` where
/// no fewer do either.
pub fn down(world: &World) -> Option<BTreeSet<usize>> {
    let standing = world.standing();
    let homeless: Vec<usize> = (0..standing.len()).filter(|&it| standing[it].is_none()).collect();
    let may = |some: &BTreeSet<usize>| {
        world.services.iter().all(|service| {
            let runs = service.containers.clone().filter(|it| !some.contains(it)).count();
            runs >= service.keep.unwrap_or(service.containers.len())
        })
    };
    let mut all: Vec<BTreeSet<usize>> = (1_u32..1 << homeless.len())
        .map(|set| (0..homeless.len()).filter(|bit| set >> bit & 1 == 1).map(|bit| homeless[bit]).collect())
        .filter(may)
        .collect();
    all.sort_by_key(BTreeSet::len);
    let everyone = (0..world.startups.len()).collect();
    all.into_iter().find(|some| Truth::without(world, &everyone, some, false).is_feasible())
}

/// A plan in which such replicas are down.
pub fn planned_with_fewer(world: &World, answer: &Answer, said: &Value) -> Verdict {
    exits(answer, 0)?;
    let at = placed(world, said)?;
    whole(world, &at, false)?;
    let (standing, mut fewer) = (world.standing(), Vec::<Value>::new());
    let missing: BTreeSet<usize> = (0..at.len()).filter(|&it| at[it].is_none()).collect();
    ensure(missing.iter().all(|&it| standing[it].is_none()), || format!("{missing:?} ran"))?;
    for service in &world.services {
        let (all, run) =
            (service.containers.len(), service.containers.clone().filter(|it| !missing.contains(it)).count());
        ensure(run >= service.keep.unwrap_or(all), || format!("{run} of {all} of {} run", service.name))?;
        let id = format!("{}/{}", world.startups[service.startup].name, service.name);
        fewer.extend((run < all).then(|| json!({"container": id, "run": run, "of": all})));
    }
    let listed: Vec<Value> = said["fewer"].as_array().cloned().unwrap_or_default();
    ensure(listed == fewer && !fewer.is_empty(), || format!("fewer run: {fewer:?}, said {listed:?}"))?;
    let everyone: BTreeSet<usize> = (0..world.startups.len()).collect();
    for &one in &missing {
        let others = missing.iter().copied().filter(|it| *it != one).collect();
        ensure(!Truth::without(world, &everyone, &others, false).is_feasible(), || {
            format!("{} finds a place, too", world.containers[one].id)
        })?;
    }
    goals(world, said, &at, &Truth::without(world, &everyone, &missing, false))?;
    changes(world, said, &at, false)
}

/// What a plan changes of what runs, and the steps to there.
pub fn changes(world: &World, said: &Value, at: &At, keep: bool) -> Verdict {
    let Some(now) = &world.now else {
        return ensure(said["moves"].is_null() || list(said, "moves").is_empty(), || "moves from nowhere".to_owned());
    };
    let of = |was: bool, is: bool| {
        (0..at.len()).filter(|&it| now[it].is_some() == was && at[it].is_some() == is && now[it] != at[it]).count()
    };
    let (moved, started, stopped) = (of(true, true), of(false, true), of(true, false));
    let told = &said["changes"];
    if !told.is_null() {
        let same = [("move", moved), ("start", started), ("stop", stopped)];
        ensure(same.iter().all(|(key, many)| told[key] == *many), || format!("{same:?}, said {told}"))?;
    }
    let told_of_moves = !said["moves_proof"].is_null();
    if !told_of_moves && told["reachable"].is_null() {
        return Ok(());
    }
    ensure(!keep || moved == 0, || "what stays moves".to_owned())?;
    let start: At = now.iter().zip(at).map(|(now, then)| now.filter(|_| then.is_some())).collect();
    let end: At = at.iter().zip(now).map(|(then, now)| then.filter(|_| now.is_some())).collect();
    let way = fewest(world, &start, &mut |state| *state == end);
    match told["reachable"].as_bool() {
        Some(true) => ensure(way != Way::Never, || "called reachable, and no way leads there".to_owned())?,
        Some(false) => ensure(!matches!(way, Way::Fewest(_)), || format!("called unreachable: {way:?}"))?,
        None => {}
    }
    if !told_of_moves {
        return Ok(());
    }
    let steps = list(said, "moves");
    let kind = word(&said["moves_proof"], "kind");
    match (kind, way) {
        ("fewest" | "found", Way::Never) => return Err(format!("`{kind}`, and no way leads there")),
        ("never", Way::Fewest(_)) => return Err(format!("called never: {way:?}")),
        ("unknown", _) => return Err(format!("the way is not known: {way:?}")),
        ("never", _) => return Ok(()),
        _ => {}
    }
    let last = walk(world, now, steps)?;
    ensure(last == *at, || format!("the steps lead to {last:?}, not to {at:?}"))?;
    let moves = steps.iter().filter(|step| !step["from"].is_null() && !step["to"].is_null()).count();
    if let Way::Fewest(least) = way {
        ensure(moves >= least, || format!("{moves} moves, and {least} are needed"))?;
        ensure(kind != "fewest" || moves == least, || format!("`{kind}`: {moves} moves, and {least} will do"))?;
        ensure(kind == "fewest", || format!("`{kind}`: {moves} moves, of which {least} will do"))?;
    }
    Ok(())
}

/// Where steps lead, each valid when its turn comes.
pub fn walk(world: &World, from: &At, steps: &[Value]) -> Result<At, String> {
    let before = world.standing();
    let mut at = from.clone();
    let mut by_number: BTreeMap<u64, Vec<&Value>> = BTreeMap::new();
    for step in steps {
        by_number.entry(number(step, "step")).or_default().push(step);
    }
    let mut order: Vec<u64> = steps.iter().map(|step| number(step, "step")).collect();
    ensure(order.is_sorted(), || format!("out of order: {steps:?}"))?;
    order.dedup();
    for at_once in by_number.values() {
        let was = at.clone();
        let mut moved = Vec::new();
        for step in at_once {
            let container = world.container(word(step, "container"));
            let [from, to] = ["from", "to"].map(|key| step[key].as_str().map(|name| world.host(name)));
            ensure(at[container] == from && from != to, || format!("{step} starts elsewhere"))?;
            at[container] = to;
            moved.extend(to.is_some().then_some(container));
        }
        for container in moved {
            let host = at[container].expect("it goes there");
            ensure(may_step(world, &before, &was, &at, container), || {
                format!("{} may not go to {} then: {at:?}", world.containers[container].id, world.hosts[host].name)
            })?;
        }
    }
    Ok(at)
}

/// How many more of a stack, or like a startup of none, fit as things stand.
fn room(world: &World, said: &Value, at: &At, more: &More) -> Verdict {
    for told in list(said, "rooms").iter().chain([&said["room"]]).filter(|told| !told.is_null()) {
        let (of, count) = (word(told, "of"), number(told, "count"));
        // What may move after a loss as well is too much to look at.
        if count > 2 || world.survive.as_ref().is_some_and(|survive| survive.moves) {
            continue;
        }
        let fits_of = |copies: u64| {
            let (world, arriving) = more(of, copies);
            let mut then = at.clone();
            then.resize(world.containers.len(), None);
            let mut found = false;
            truth::every(&world, &world.standing(), &mut then, &arriving, &mut |then| {
                found = losses(&world).iter().all(|lost| survives(&world, then, lost));
                !found
            });
            found
        };
        ensure(count == 0 || fits_of(count), || format!("no room for {told}"))?;
        ensure(told["proven"] == false || !fits_of(count + 1), || format!("room for more than {told}"))?;
        ensure(told["proven"] == true || world.survive.is_some(), || format!("not proven: {told}"))?;
    }
    Ok(())
}
