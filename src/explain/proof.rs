//! What is proven and why, in sentences: the answer's evidence put into words.

use super::named;
use crate::model::{ContainerIndex, Goal, GoalValue, HostIndex, HostState, Layout, Placement};
use crate::quantity::Resource;
use crate::solve::{Contradiction, GoalResult, Method, Proof, Refutation, Solution, Status};

/// The proof of `answer`; `placement` is its placement, or the evidence where it has none.
pub fn proof(layout: &Layout, answer: &Solution, placement: &Placement) -> Proof {
    match (answer.status, &answer.refutation) {
        (Status::Infeasible, Some(refutation)) => {
            Proof { kind: refutation_method(refutation).name(), sentence: refuted(layout, refutation) }
        }
        (Status::Infeasible | Status::Unknown, _) => Proof {
            kind: Method::None.name(),
            sentence: "Nothing was found and nothing proven before the limit.".to_owned(),
        },
        (Status::Optimal | Status::Feasible, _) => reached(layout, answer, placement, Method::Rules, ""),
    }
}

/// The proof of a partial plan: why not `all` can be placed, where that is known, and what is proven of what is. `by`
/// is what shows that no more priority can be placed.
pub fn partly(layout: &Layout, all: &Solution, placed: &Solution, by: Method, placement: &Placement) -> Proof {
    let placed = reached(layout, placed, placement, by, "What is placed is");
    match &all.refutation {
        None => placed,
        Some(refutation) => {
            let why = refuted(layout, refutation);
            let why = why.strip_prefix("Proven: ").map_or(why.clone(), |why| format!("Not all can be placed: {why}"));
            Proof { kind: placed.kind, sentence: format!("{why} {}", placed.sentence) }
        }
    }
}

fn refutation_method(refutation: &Refutation) -> Method {
    match refutation {
        Refutation::Contradiction(Contradiction::TooLarge(_) | Contradiction::PoolTooSmall { .. })
        | Refutation::Volume { .. } => Method::Volume,
        Refutation::Contradiction(_) => Method::Rules,
        Refutation::By(claim) => claim.proof.method(),
        Refutation::Loss { why, .. } => refutation_method(why),
        Refutation::Survival => Method::Search,
        Refutation::Carried(why) => refutation_method(why),
        Refutation::Arranged => Method::Cases,
    }
}

/// Why there is no placement, in a sentence that begins with `Proven`.
pub fn refuted(layout: &Layout, refutation: &Refutation) -> String {
    refuted_without(layout, &[], refutation)
}

/// [`refuted`], with these hosts lost.
fn refuted_without(layout: &Layout, gone: &[HostIndex], refutation: &Refutation) -> String {
    let id = |container: ContainerIndex| format!("`{}`", layout.container_id(container));
    let ids = |containers: &[ContainerIndex]| named(layout, containers, 4);
    match refutation {
        Refutation::Volume { resource, asked, there } => {
            let resource = &layout.lab.resources[*resource];
            let [asked, there] = resource.both(*asked, *there);
            if *resource == Resource::Containers {
                return format!("Proven: {asked} containers would run where there may be {there}.");
            }
            if resource.is_limits() {
                return format!("Proven: the {} are {asked}, and may add up to {there}.", resource.name());
            }
            format!("Proven: {asked} of {} would be asked of {there}.", resource.name())
        }
        Refutation::Contradiction(contradiction) => match contradiction {
            Contradiction::TogetherAndApart(a, b) => {
                format!("Proven: {} and {} must be together and apart.", id(*a), id(*b))
            }
            Contradiction::NoCommonHost(containers) if containers.len() == 1 => {
                format!("Proven: no host may take {}.", ids(containers))
            }
            Contradiction::NoCommonHost(containers) => {
                format!("Proven: {} must stay together, and no host may take them all.", ids(containers))
            }
            Contradiction::TooLarge(containers) if containers.len() == 1 => match device(layout, gone, containers[0]) {
                Some(device) => format!("Proven: no host that may take {} has a `{device}` for it.", ids(containers)),
                None => format!("Proven: no host that may take {} is large enough.", ids(containers)),
            },
            Contradiction::TooLarge(containers) => {
                format!(
                    "Proven: {} must stay together, and no host that may take them is large enough.",
                    ids(containers)
                )
            }
            Contradiction::KeptApart(a, b) => {
                format!("Proven: {} and {} must be together but are kept where they are.", id(*a), id(*b))
            }
            Contradiction::PoolTooSmall { pooled, drawn, allocatable } => {
                // Of several phases together each pool stands once for each of them.
                let all = layout.lab.pooled();
                let of = &layout.lab.resources[all.start + pooled % all.len().max(1)];
                let [drawn, allocatable] = of.both(*drawn, *allocatable);
                format!("Proven: {drawn} of {} would be asked of {allocatable}.", of.name())
            }
            Contradiction::Agents { host, resource, .. } => {
                let crowded = layout.crowded_by_agents(|_| true);
                match crowded.iter().find(|it| it.host == *host) {
                    Some(crowded) => format!("Proven: {}.", super::agents_need(layout, crowded)),
                    None => {
                        let (host, resource) = (&layout.lab.hosts[*host].name, layout.lab.resources[*resource].name());
                        format!("Proven: the agents on {host} need more {resource} than it has.")
                    }
                }
            }
            Contradiction::TooCrowded { rule, containers, placeable } => format!(
                "Proven: {}, and of {} containers ({}) only {placeable} may be.",
                layout.rules[*rule].kind.words(),
                containers.len(),
                ids(containers),
            ),
            Contradiction::TooFewDomains { containers, placeable } => format!(
                "Proven: of the {} containers that must stay apart ({}), only {placeable} have a place apart.",
                containers.len(),
                ids(containers)
            ),
        },
        Refutation::Loss { lost, why } => {
            let why = refuted_without(layout, lost, why);
            let why = match why.strip_prefix("Proven: ") {
                Some(why) => why.to_owned(),
                None => format!("not all of it fits on the others. {why}"),
            };
            format!("Proven: with {} lost, {why}", layout.lost(lost))
        }
        Refutation::Survival => {
            let survive = layout.survive.as_ref();
            let of = match survive {
                Some(survive) if !survive.labels.is_empty() => format!("the loss of {}", survive.words()),
                Some(survive) if survive.hosts > 1 => format!("the loss of any {} hosts", survive.hosts),
                _ => "the loss of each host by itself".to_owned(),
            };
            let rest = if survive.is_some_and(|survive| survive.moves) { "" } else { " while the rest stands still" };
            format!("Proven: no arrangement survives {of}{rest}.")
        }
        Refutation::Carried(why) => in_carriers(layout, why),
        Refutation::Arranged => {
            "Proven: wherever the carriers are, something does not fit: every arrangement of them was looked at."
                .to_owned()
        }
        Refutation::By(claim) => match claim.proof.method() {
            Method::Duals => {
                "Proven: even if containers could be cut in pieces, the hosts would not hold them all.".to_owned()
            }
            _ => {
                "Proven: there is enough of every resource in all, but no arrangement of whole containers keeps every \
                  budget and rule."
                    .to_owned()
            }
        },
    }
}

/// Why what lies in carriers does not fit into them.
fn in_carriers(layout: &Layout, why: &Refutation) -> String {
    match why {
        Refutation::Volume { resource, asked, there } => {
            let resource = &layout.lab.resources[*resource];
            let [asked, there] = resource.both(*asked, *there);
            format!("Proven: {asked} of {} would be asked of the {there} that the carriers offer.", resource.name())
        }
        Refutation::Contradiction(Contradiction::TooLarge(containers)) if containers.len() == 1 => {
            format!("Proven: no carrier that may take {} is large enough.", named(layout, containers, 4))
        }
        why => refuted(layout, why).replace("host", "carrier"),
    }
}

/// The named resource that a container asks for and too few are of on every host that may take it.
fn device<'l>(layout: &'l Layout, gone: &[HostIndex], container: ContainerIndex) -> Option<&'l str> {
    let on = &layout.demand.service_of(container).on;
    let may_take = |host: &HostIndex| {
        let state = layout.lab.hosts[*host].state;
        state != HostState::Planned && !gone.contains(host) && on.as_ref().is_none_or(|on| on.contains(host))
    };
    let hosts: Vec<HostIndex> = layout.lab.indices().filter(may_take).collect();
    layout.lab.of_hosts().find_map(|resource| {
        let asked = layout.request(container, resource);
        let has = |host: &&HostIndex| layout.lab.hosts[**host].allocatable[resource] >= asked;
        match &*layout.lab.resources[resource] {
            Resource::Named(name) if asked > 0 && !hosts.iter().any(|host| has(&host)) => Some(name.as_ref()),
            _ => None,
        }
    })
}

fn reached(layout: &Layout, answer: &Solution, placement: &Placement, by: Method, subject: &str) -> Proof {
    let proven = answer.status == Status::Optimal;
    let kind = answer.goals.iter().map(|goal| goal.by).fold(by, Method::max);
    let kind = if proven { kind } else { Method::None };
    let within = match layout.most_moves {
        None => String::new(),
        Some(1) => " within one move".to_owned(),
        Some(most) => format!(" within {most} moves"),
    };
    let verdict = match (proven, answer.goals.iter().all(GoalResult::is_best)) {
        (true, true) => format!("proven best{within}."),
        (true, false) => format!("proven best{within}, but for the less full hosts."),
        (false, _) => format!("not proven best{within}."),
    };
    let verdict = if subject.is_empty() { capitalised(&verdict) } else { format!("{subject} {verdict}") };
    let mut sentences = vec![verdict];
    sentences.extend(answer.goals.iter().enumerate().map(|(nth, goal)| {
        let said = sentence(layout, goal, placement);
        // What is said of a goal holds as far as those before it are kept.
        match said.strip_prefix("No ") {
            Some(rest) if nth > 0 => format!("With that, no {rest}"),
            _ => said,
        }
    }));
    Proof { kind: kind.name(), sentence: sentences.join(" ") }
}

fn sentence(layout: &Layout, result: &GoalResult, placement: &Placement) -> String {
    if !result.proven {
        return format!(
            "{}: {} reached, {} not excluded.",
            capitalised(result.goal.name()),
            layout.say(result.goal, result.value),
            lower_than(layout, result)
        );
    }
    match (result.goal, result.value) {
        (Goal::FewestHosts, GoalValue::Count(0)) => "Nothing is to be placed.".to_owned(),
        (Goal::FewestHosts, GoalValue::Count(1)) => "One host holds all.".to_owned(),
        (Goal::FewestHosts, GoalValue::Count(count)) => match needs_all(layout, placement, count) {
            Some(why) => why,
            None => format!("No fewer than {count} hosts do."),
        },
        (Goal::Balance, value) => {
            let rest = if result.is_best() { String::new() } else { format!("; {}", levels_proven(result)) };
            format!("No arrangement keeps the fullest host below {}{rest}.", least(value, result.bound))
        }
        (Goal::CarrierBalance, value) => {
            format!("No arrangement keeps the fullest carrier below {}.", least(value, result.bound))
        }
        (Goal::FewestMoves, GoalValue::Count(0)) => "Nothing moves.".to_owned(),
        (Goal::FewestMoves, GoalValue::Count(count)) => {
            let moved = if count == 1 { "One container moves".to_owned() } else { format!("{count} containers move") };
            format!("{moved}; fewer do not do.")
        }
        (Goal::LeastCarried(load), GoalValue::Bytes(0)) => format!("No {} is carried over.", load.name()),
        (goal @ Goal::LeastCarried(load), value) => {
            let moved = layout.placement.iter().flat_map(|before| before.moves_to(placement)).count();
            let (said, name, moves) = (layout.say(goal, value), load.name(), count_moves(moved));
            format!("{said} of {name} is carried over in {moves}; less does not do.")
        }
        (Goal::WithinTarget, GoalValue::Above(0)) => "No host is above its target.".to_owned(),
        (Goal::WithinTarget, value) => format!("No arrangement passes the targets by less than {value} of a host."),
        (Goal::Wishes, GoalValue::Count(0)) => "Every wish is met.".to_owned(),
        (Goal::Wishes, value) => format!("No arrangement leaves wishes of less weight than {value} unmet."),
        (Goal::Cheapest, value) => format!("No arrangement costs less than {value}."),
        (Goal::LeastPower, value) => format!("No arrangement draws less than {value} W."),
        (goal, value) => format!("{}: {value}.", goal.name()),
    }
}

/// How far down it is proven how full the hosts are.
fn levels_proven(result: &GoalResult) -> String {
    match result.levels_proven {
        0 | 1 => "the fullest is proven, the rest found".to_owned(),
        2 => "the two fullest are proven, the rest found".to_owned(),
        many => format!("the {many} fullest are proven, the rest found"),
    }
}

/// "Memory needs both hosts", where one resource alone asks for more than fewer hosts can give.
fn needs_all(layout: &Layout, placement: &Placement, count: u64) -> Option<String> {
    let there = layout.lab.there();
    let agents = layout.used_by_agents(placement);
    let fewer = usize::try_from(count).ok()?.checked_sub(1)?;
    let asked = layout.requested(placement.placed().map(|(container, _)| container));
    asked.into_iter().enumerate().take(layout.lab.own().len()).find_map(|(r, asked)| {
        let free = |&host: &HostIndex| layout.lab.hosts[host].allocatable[r].saturating_sub(agents[host][r]);
        let mut give: Vec<u64> = there.iter().map(free).collect();
        give.sort_unstable_by(|a, b| b.cmp(a));
        let largest: u64 = give.iter().take(fewer).sum();
        let resource = &layout.lab.resources[r];
        let hosts = match (count, there.len() as u64) {
            (2, 2) => "both hosts".to_owned(),
            (count, all) if count == all => format!("all {count} hosts"),
            _ => format!("{count} hosts"),
        };
        let on = if fewer == 1 { "the largest".to_owned() } else { format!("the {fewer} largest") };
        (asked > largest).then(|| {
            let [asked, largest] = resource.both(asked, largest);
            if *resource == Resource::Containers {
                return format!("{asked} containers need {hosts} ({largest} on {on}).");
            }
            format!("{} needs {hosts} ({asked} asked, {largest} on {on}).", capitalised(resource.name()))
        })
    })
}

/// The share that is proven to be needed, printed so that it is not above the bound.
fn least(value: GoalValue, bound: GoalValue) -> String {
    if bound == value {
        return value.to_string();
    }
    let bound = bound.as_f64().min(value.as_f64());
    format!("{:.1} %", (bound * 1000.0).floor() / 10.0)
}

/// So many moves, in words.
pub(crate) fn count_moves(count: usize) -> String {
    if count == 1 { "one move".to_owned() } else { format!("{count} moves") }
}

fn lower_than(layout: &Layout, result: &GoalResult) -> String {
    match result.bound {
        GoalValue::Share(_) => format!("{:.1} %", (result.bound.as_f64() * 1000.0).floor() / 10.0),
        bound => layout.say(result.goal, bound),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or(String::new(), |first| first.to_uppercase().chain(letters).collect())
}
