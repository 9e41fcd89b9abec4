//! The homelab set: documents of 3 to 8 unlike hosts and 60 to 120 containers, from a seed.
//!
//! Every second document has its sizes jittered so that few containers are alike, every second one is filled to 90 %
//! or more of its scarcest resource, and the five goals take turns as the first. Pins, spread replicas and `apart`
//! rules are in all of them; those that count moves have something running.

use std::fmt::Write;

use fastrand::Rng;

/// (name, threads, memory in MiB, disk in GB, price, watts): what people have at home.
const HOSTS: [(&str, u64, u64, u64, u64, u64); 8] = [
    ("nuc", 4, 40_960, 256, 350, 15),
    ("workstation", 12, 16_384, 1_000, 900, 65),
    ("pi", 4, 8_192, 128, 90, 6),
    ("thin", 4, 12_288, 120, 120, 10),
    ("tower", 16, 65_536, 2_000, 1_400, 120),
    ("nas", 8, 32_768, 4_000, 800, 45),
    ("laptop", 8, 24_576, 512, 500, 25),
    ("rack", 24, 98_304, 1_500, 1_900, 180),
];

/// (millicores, MiB, GB) before they are scaled to the fill: small services, databases, stacks.
const SIZES: [(u64, u64, u64); 24] = [
    (100, 64, 1),
    (100, 128, 2),
    (150, 192, 2),
    (200, 256, 2),
    (250, 256, 4),
    (250, 384, 4),
    (250, 512, 4),
    (300, 640, 6),
    (400, 768, 8),
    (500, 768, 4),
    (500, 1_024, 8),
    (500, 1_280, 10),
    (600, 1_536, 8),
    (750, 1_536, 20),
    (750, 2_048, 8),
    (1_000, 2_048, 16),
    (1_000, 2_560, 10),
    (1_000, 3_072, 20),
    (1_250, 3_072, 8),
    (1_500, 4_096, 30),
    (2_000, 4_096, 16),
    (1_500, 5_120, 20),
    (2_000, 6_144, 40),
    (1_000, 8_192, 50),
];

const GOALS: [&str; 5] = ["fewest-hosts", "cheapest", "least-power", "balance", "fewest-moves"];

/// Over which edge a lab is pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Edge {
    /// More is asked of its scarcest resource than there is.
    Volume,
    /// One large container more than there are hosts that hold one.
    Shape,
    /// More containers that must stay apart than there are hosts.
    Rule,
    /// More pinned to one host than it holds.
    Pin,
    /// One startup more than fits.
    Startup,
}

impl Edge {
    /// All of them.
    pub const ALL: [Edge; 5] = [Edge::Volume, Edge::Shape, Edge::Rule, Edge::Pin, Edge::Startup];
}

/// The document of `number` that does not fit, always the same, and what it was pushed over: the edges take turns.
pub fn overfull(number: u64) -> (Edge, String) {
    let edge = Edge::ALL[(number % 5) as usize];
    let rng = &mut Rng::with_seed(0x0F0_11AB + number);
    let hosts = hosts(rng);
    let jitter = (number / 5) % 2 == 1;
    let mut containers = containers(rng, jitter);
    let memory = |host: &Host| host.give[1];
    let largest = hosts.iter().map(memory).max().unwrap_or(0);
    let large = largest / 2 + 1 + rng.u64(..largest / 20);
    let holding = hosts.iter().filter(|host| memory(host) >= large).count() as u64;
    let fill = match edge {
        Edge::Volume => rng.u64(103..=120),
        // Of memory there stays enough in all.
        Edge::Shape => {
            let all = hosts.iter().map(memory).sum::<u64>();
            (all.saturating_sub((holding + 1) * large) * 80 / all).clamp(2, 40)
        }
        Edge::Rule | Edge::Pin => rng.u64(55..=80),
        Edge::Startup => rng.u64(88..=96),
    };
    scale(&mut containers, &hosts, fill, if jitter { [10, 1, 1] } else { [50, 32, 1] });
    if edge != Edge::Volume {
        pin(rng, &mut containers, &hosts);
    }
    let mut apart = apart(rng, &containers);
    let mut next = containers.last().map_or(0, |last| last.startup + 1);
    let mut add = |name: String, size: [u64; 3], containers: &mut Vec<Container>| {
        containers.push(Container { startup: next, name, size, replicas: 1, on: Vec::new() });
        next += 1;
    };
    match edge {
        Edge::Volume => {}
        Edge::Shape => {
            (0..=holding).for_each(|one| add(format!("large{one}"), [100, large, 1], &mut containers));
        }
        Edge::Rule => {
            let free: Vec<usize> =
                (0..containers.len()).filter(|&c| containers[c].replicas == 1 && containers[c].on.is_empty()).collect();
            apart.push(free.into_iter().take(hosts.len() + 1).collect());
        }
        Edge::Pin => {
            let smallest = (0..hosts.len()).min_by_key(|&host| memory(&hosts[host])).unwrap_or(0);
            let mut pinned = 0;
            for container in containers.iter_mut().filter(|c| c.replicas == 1) {
                if pinned <= memory(&hosts[smallest]) && (0..3).all(|r| container.size[r] <= hosts[smallest].give[r]) {
                    (pinned, container.on) = (pinned + container.size[1], vec![smallest]);
                }
            }
        }
        Edge::Startup => {
            let asked: u64 = containers.iter().map(|c| c.size[1] * c.replicas).sum();
            let free = hosts.iter().map(memory).sum::<u64>().saturating_sub(asked);
            let part = free / 3 + 1 + rng.u64(..500);
            (0..3).for_each(|part_number| {
                containers.push(Container {
                    startup: next,
                    name: format!("late{part_number}"),
                    size: [100, part, 1],
                    replicas: 1,
                    on: Vec::new(),
                });
            });
        }
    }
    (edge, write_out(number, fill, ["fewest-hosts", "balance"], &hosts, &containers, &apart, None))
}

struct Host {
    name: String,
    give: [u64; 3],
    price: u64,
    watts: u64,
    site: &'static str,
}

struct Container {
    startup: usize,
    name: String,
    size: [u64; 3],
    replicas: u64,
    /// Positions of the hosts it is pinned to; empty for none.
    on: Vec<usize>,
}

/// The document of `number`, always the same.
pub fn document(number: u64) -> String {
    let rng = &mut Rng::with_seed(0x0BA1_71A4 + number);
    let hosts = hosts(rng);
    let fill = if number.is_multiple_of(2) { rng.u64(60..90) } else { rng.u64(90..=102) };
    let jitter = (number / 2) % 2 == 1;
    let mut containers = containers(rng, jitter);
    scale(&mut containers, &hosts, fill, if jitter { [10, 1, 1] } else { [50, 32, 1] });
    pin(rng, &mut containers, &hosts);
    let apart = apart(rng, &containers);
    let first = (number % 5) as usize;
    let goals = [GOALS[first], GOALS[(first + 3) % 5]];
    let placement = goals.contains(&"fewest-moves").then(|| running(rng, &containers, &hosts, &apart));
    write_out(number, fill, goals, &hosts, &containers, &apart, placement)
}

/// The document of `number` with what real labs ask for besides: replicas spread over sites, an agent on each host, at most so
/// many of a kind together, limits that are counted, a night that differs from the day, and wishes.
pub fn ruled(number: u64) -> String {
    let rng = &mut Rng::with_seed(0x0_4E55 + number);
    let mut out = "times: [day, night]\n".to_owned();
    let agent = "  monitoring: {containers: {agent: {cpu: 50m, memory: 64MiB, disk: 1GB, every: host}}}\n";
    let mut names = Vec::new();
    let mut startup = "";
    let plain = document(number);
    let site = if plain.contains("{site: a}") { "a" } else { "b" };
    for line in plain.lines() {
        let is_host = line.contains(", price: ");
        let container = line.strip_prefix("      ").and_then(|line| line.split_once(": {"));
        if let Some(name) = line.strip_prefix("  s").and_then(|line| line.strip_suffix(':')) {
            startup = name;
        }
        match container {
            _ if is_host => {
                let _ = writeln!(out, "{}, limits: {{memory: 200%}}}}", line.strip_suffix('}').unwrap_or(line));
            }
            Some((name, rest)) => {
                let rest = rest.strip_suffix('}').unwrap_or(rest);
                let memory = rest.split_once("memory: ").and_then(|it| it.1.split_once("MiB")).map_or("0", |it| it.0);
                let memory: u64 = memory.parse().unwrap_or(0);
                let night = memory * rng.u64(2..=10) / 10;
                let mut rest = match rng.u8(..4) {
                    0 => rest.replace(
                        &format!("memory: {memory}MiB"),
                        &format!("memory: {{day: {memory}MiB, night: {night}MiB}}"),
                    ),
                    _ => rest.to_owned(),
                };
                if rng.bool() {
                    rest = rest.replace("apart: host", "spread: {over: site, skew: 2}");
                }
                if rng.u8(..3) == 0 {
                    let _ = write!(rest, ", limit: {{memory: {}MiB}}", memory * 3 / 2);
                }
                if rng.u8(..12) == 0 {
                    let _ = write!(rest, ", prefer: {{on: {{site: {}}}, weight: {}}}", site, rng.u64(1..5));
                }
                names.push(format!("s{startup}/{name}"));
                let _ = writeln!(out, "      {name}: {{{rest}}}");
            }
            None if line == "rules:" => {
                let _ = writeln!(
                    out,
                    "{agent}rules:\n  - at-most: {{count: 12, per: host, of: ['*/{}']}}",
                    names[0].split('/').next_back().unwrap_or("*")
                );
                let mut wished: Vec<&str> = (0..4).map(|_| names[rng.usize(..names.len())].as_str()).collect();
                wished.sort_unstable();
                wished.dedup();
                let _ = writeln!(out, "  - prefer: {{apart: [{}], weight: 3}}", wished.join(", "));
            }
            None => {
                let _ = writeln!(out, "{line}");
            }
        }
    }
    out
}

fn hosts(rng: &mut Rng) -> Vec<Host> {
    let many = rng.usize(3..=8);
    let mut kinds: Vec<usize> = (0..HOSTS.len()).collect();
    rng.shuffle(&mut kinds);
    let kinds = &kinds[..many.min(rng.usize(3..=6))];
    (0..many)
        .map(|number| {
            let (name, threads, memory, disk, price, watts) = HOSTS[kinds[number % kinds.len()]];
            // Half a thread and 1 GiB for the host itself, four vCPU promised per thread.
            let give = [(threads * 1_000 - 500) * 4, memory - 1_024, disk];
            let site = if rng.bool() { "a" } else { "b" };
            Host { name: format!("{name}{number}"), give, price, watts, site }
        })
        .collect()
}

fn containers(rng: &mut Rng, jitter: bool) -> Vec<Container> {
    let target = rng.u64(60..=120);
    let mut containers = Vec::new();
    let (mut placed, mut startup) = (0, 0);
    while placed < target {
        for part in 0..rng.usize(2..=7) {
            // Every size comes up, so that there are always 20 and more.
            let (cpu, memory, disk) =
                SIZES[if containers.len() < SIZES.len() { containers.len() } else { rng.usize(..SIZES.len()) }];
            let mut size = [cpu, memory, disk];
            if jitter {
                size.iter_mut().for_each(|amount| *amount = *amount * rng.u64(80..=120) / 100);
            }
            let replicas = if placed + 3 <= target && rng.u8(..12) == 0 { rng.u64(2..=3) } else { 1 };
            containers.push(Container { startup, name: format!("c{part}"), size, replicas, on: Vec::new() });
            placed += replicas;
            if placed >= target {
                break;
            }
        }
        startup += 1;
    }
    containers
}

/// Scales all sizes so that the scarcest resource is asked for `fill` per cent, but for rounding to `steps`: people write round numbers.
fn scale(containers: &mut [Container], hosts: &[Host], fill: u64, steps: [u64; 3]) {
    let share = |containers: &[Container], r: usize| {
        let asked: u64 = containers.iter().map(|c| c.size[r] * c.replicas).sum();
        asked as f64 / hosts.iter().map(|host| host.give[r]).sum::<u64>() as f64
    };
    let scarcest = (0..3).map(|r| share(containers, r)).fold(0.0, f64::max);
    let factor = fill as f64 / 100.0 / scarcest;
    for container in containers {
        for (amount, step) in container.size.iter_mut().zip(steps) {
            *amount = ((*amount as f64 * factor / step as f64).round() as u64).max(1) * step;
        }
    }
}

fn pin(rng: &mut Rng, containers: &mut [Container], hosts: &[Host]) {
    for container in containers.iter_mut().filter(|container| container.replicas == 1) {
        if rng.u8(..12) == 0 {
            let many = rng.usize(1..hosts.len());
            let mut on: Vec<usize> = (0..hosts.len()).collect();
            rng.shuffle(&mut on);
            on.truncate(many);
            // A pin to hosts that are all too small would decide the document at a glance.
            on.retain(|&host| (0..3).all(|r| container.size[r] * 4 <= hosts[host].give[r]));
            container.on = on;
        }
    }
}

/// Sets of two to three containers that may not share a host.
fn apart(rng: &mut Rng, containers: &[Container]) -> Vec<Vec<usize>> {
    let single: Vec<usize> = (0..containers.len()).filter(|&c| containers[c].replicas == 1).collect();
    (0..rng.usize(2..=4))
        .map(|_| {
            let mut some = single.clone();
            rng.shuffle(&mut some);
            some.truncate(rng.usize(2..=3));
            some
        })
        .collect()
}

/// What runs now: first fit in a random order; what finds no room is not placed yet.
fn running(rng: &mut Rng, containers: &[Container], hosts: &[Host], apart: &[Vec<usize>]) -> Vec<Vec<String>> {
    let mut free: Vec<[u64; 3]> = hosts.iter().map(|host| host.give).collect();
    let mut content: Vec<Vec<String>> = vec![Vec::new(); hosts.len()];
    let mut on_host: Vec<Vec<usize>> = vec![Vec::new(); hosts.len()];
    let mut order: Vec<(usize, u64)> =
        (0..containers.len()).flat_map(|c| (1..=containers[c].replicas).map(move |replica| (c, replica))).collect();
    rng.shuffle(&mut order);
    for (c, replica) in order {
        let container = &containers[c];
        let start = rng.usize(..hosts.len());
        let host = (0..hosts.len()).map(|step| (start + step) % hosts.len()).find(|&host| {
            let clashes =
                |rule: &Vec<usize>| rule.contains(&c) && rule.iter().any(|other| on_host[host].contains(other));
            (0..3).all(|r| container.size[r] <= free[host][r])
                && (container.on.is_empty() || container.on.contains(&host))
                && !on_host[host].contains(&c)
                && !apart.iter().any(clashes)
        });
        if let Some(host) = host {
            (0..3).for_each(|r| free[host][r] -= container.size[r]);
            on_host[host].push(c);
            let id = format!("s{:02}/{}", container.startup, container.name);
            content[host].push(if container.replicas > 1 { format!("{id}.{replica}") } else { id });
        }
    }
    content
}

fn write_out(
    number: u64,
    fill: u64,
    goals: [&str; 2],
    hosts: &[Host],
    containers: &[Container],
    apart: &[Vec<usize>],
    placement: Option<Vec<Vec<String>>>,
) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "name: homelab {number}, {fill} % full\ngoals: [{}]\nhosts:", goals.join(", "));
    for host in hosts {
        let [cpu, memory, disk] = host.give;
        let _ = writeln!(
            out,
            "  {}: {{cpu: {}m, memory: {memory}MiB, disk: {disk}GB, price: {}, watts: {}, labels: {{site: {}}}}}",
            host.name, cpu, host.price, host.watts, host.site
        );
    }
    out.push_str("startups:\n");
    let mut startup = usize::MAX;
    for container in containers {
        if container.startup != startup {
            startup = container.startup;
            let _ = writeln!(out, "  s{startup:02}:\n    containers:");
        }
        let [cpu, memory, disk] = container.size;
        let _ = write!(out, "      {}: {{cpu: {cpu}m, memory: {memory}MiB, disk: {disk}GB", container.name);
        if container.replicas > 1 {
            let _ = write!(out, ", replicas: {}, apart: host", container.replicas);
        }
        if !container.on.is_empty() {
            let names: Vec<&str> = container.on.iter().map(|&host| hosts[host].name.as_str()).collect();
            let _ = write!(out, ", on: [{}]", names.join(", "));
        }
        out.push_str("}\n");
    }
    out.push_str("rules:\n");
    for rule in apart {
        let ids: Vec<String> =
            rule.iter().map(|&c| format!("s{:02}/{}", containers[c].startup, containers[c].name)).collect();
        let _ = writeln!(out, "  - apart: [{}]", ids.join(", "));
    }
    if let Some(placement) = placement {
        out.push_str("placement:\n");
        for (host, content) in hosts.iter().zip(placement) {
            let _ = writeln!(out, "  {}: [{}]", host.name, content.join(", "));
        }
    }
    out
}
