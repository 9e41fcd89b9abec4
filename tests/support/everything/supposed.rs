//! What would be: the same lab under all that is supposed.

use bayplan::document::Supposed;

use super::meaning::View;
use super::spec::Spec;
use super::world::{Asks, Goal, Host, Service, State, World};

/// The lab then, in which as little as can be is to move. Hosts that are lost are gone.
pub fn then(spec: &Spec, view: View, supposed: &[Supposed]) -> World {
    let mut world = spec.world(view);
    let without: Vec<&String> =
        supposed.iter().filter_map(|it| if let Supposed::Without(name) = it { Some(name) } else { None }).collect();
    // Of a resource that nothing is observed of any more, hosts promise as much as they say.
    let mut left = spec.clone();
    left.startups.retain(|startup| !without.contains(&&startup.name));
    let left = left.world(view);
    // Of a resource that nothing differs by time in any more there is what there is at any.
    let place = |name: &String| {
        let own = name.split(" (").next().unwrap_or(name);
        let of = |name: &str| left.resources.iter().position(|known| known == name);
        of(name).or(of(own)).expect("hosts list it")
    };
    let places: Vec<usize> = world.resources.iter().map(place).collect();
    for (host, left) in world.hosts.iter_mut().zip(&left.hosts) {
        host.give = places.iter().map(|&it| left.give[it]).collect();
        host.targets = places.iter().map(|&it| left.targets[it]).collect();
    }
    // Kinds have their hosts before any of them is lost.
    let named = |world: &World, name: &str| -> Vec<usize> {
        let is_named = |host: &Host| match name.split_once('=') {
            Some((label, value)) => host.labels.get(label).is_some_and(|own| own == value),
            None => host.name == name || host.kind == name,
        };
        (0..world.hosts.len()).filter(|&it| is_named(&world.hosts[it])).collect()
    };
    let mut lost = Vec::new();
    let mut gone = Vec::new();
    let texts = spec.on_texts(&world);
    for one in supposed {
        match one {
            Supposed::Lose(name) => lost.extend(named(&world, name)),
            Supposed::Drain(name) => {
                named(&world, name).into_iter().for_each(|host| world.hosts[host].state = State::Vacated);
            }
            Supposed::AddHost(kind, count) => {
                for number in 1..=*count {
                    let first = named(&world, kind)[0];
                    let mut host = world.hosts[first].clone();
                    host.name = format!("{kind}-new-{number}");
                    host.state = State::Up;
                    let labels = host.labels.clone();
                    let of_kind = spec.kinds.iter().find(|it| it.name == kind).expect("a kind");
                    let reaches = spec.reaches(kind, &host.name, &of_kind.labels);
                    world.hosts.push(host);
                    let position = world.hosts.len() - 1;
                    if let (true, Some(hosts)) = (reaches, world.pool.as_mut().and_then(|pool| pool.hosts.as_mut())) {
                        hosts.push(position);
                    }
                    for wish in &mut world.wishes {
                        if let Asks::On(wanted) = &mut wish.asks
                            && wanted.means(kind, &labels)
                        {
                            wanted.hosts.push(position);
                        }
                    }
                    for (service, text) in texts.iter().enumerate() {
                        let service = &mut world.services[service];
                        if service.draws.is_some() && !reaches {
                            continue;
                        }
                        let Some(text) = text else {
                            service.on.iter_mut().for_each(|on| on.push(position));
                            continue;
                        };
                        let inner = text.trim_matches(|c| "[]{}".contains(c));
                        let mut parts = inner.split(", ");
                        let allowed = match text.starts_with('{') {
                            true => parts.all(|part| {
                                let (name, value) = part.split_once(": ").expect("a label");
                                labels.get(name).is_some_and(|known| known == value)
                            }),
                            false => parts.any(|part| part == kind),
                        };
                        let Service { on, every, .. } = service;
                        let allowed = allowed || text == "host";
                        on.iter_mut().chain(every).filter(|_| allowed).for_each(|on| on.push(position));
                    }
                }
            }
            Supposed::Grow { pattern, resource, by } => {
                let of_host = world.at_all_times(resource);
                let percent: i64 = by.trim_end_matches('%').parse().expect("percent");
                let all = spec.all_containers();
                for service in 0..world.services.len() {
                    let of = &world.services[service];
                    let matches = match of.every {
                        Some(_) => spec.stands_for(pattern, &world.startups[of.startup].name, &of.name, None),
                        None => {
                            let first = &world.containers[of.containers.start].id;
                            spec.matches(pattern, all.iter().position(|id| id == first).expect("it is one of all"))
                        }
                    };
                    if matches {
                        let service = &mut world.services[service];
                        let grown = |amount: u64| (amount * (100 + percent) as u64).div_ceil(100);
                        match &mut service.draws {
                            Some(draws) if resource == "disk" => *draws = grown(*draws),
                            _ => of_host.iter().for_each(|&it| service.asks[it] = grown(service.asks[it])),
                        }
                        service.count_limits();
                    }
                }
            }
            Supposed::Without(name) => gone.push(name.clone()),
        }
    }
    let mut world = world.without(&|it| gone.contains(&world.startups[world.startup_of(it)].name), &gone);
    let stays: Vec<usize> = (0..world.hosts.len()).filter(|host| !lost.contains(host)).collect();
    let moved = |host: usize| stays.iter().position(|&other| other == host);
    for service in &mut world.services {
        service.on = service.on.take().map(|on| on.into_iter().filter_map(moved).collect());
        service.every = service.every.take().map(|every| every.into_iter().filter_map(moved).collect());
    }
    for wish in &mut world.wishes {
        if let Asks::On(wanted) = &mut wish.asks {
            wanted.hosts = wanted.hosts.iter().copied().filter_map(moved).collect();
        }
    }
    if let Some(pool) = &mut world.pool {
        pool.hosts = pool.hosts.take().map(|hosts| hosts.into_iter().filter_map(moved).collect());
    }
    world.now = world.now.map(|now| now.into_iter().map(|host| host.and_then(moved)).collect());
    world.hosts = stays.iter().map(|&it| world.hosts[it].clone()).collect();
    world.goals.retain(|goal| *goal != Goal::Moves);
    world.goals.insert(0, Goal::Moves);
    world
}
