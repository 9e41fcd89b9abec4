//! Large labs with rules, made from a seed: thousands of containers of mixed kinds on unequal, priced hosts.

use std::fmt::Write;

use fastrand::Rng;

/// (name, threads, memory in GiB, disk in GB, gpus, price): kinds of machines, none of which is larger in everything.
const KINDS: [(&str, u64, u64, u64, u64, u64); 10] = [
    ("mini", 8, 32, 512, 0, 40),
    ("thin", 16, 32, 1_000, 0, 65),
    ("blade", 24, 96, 960, 0, 130),
    ("fat", 32, 256, 1_920, 0, 260),
    ("store", 16, 64, 16_000, 0, 190),
    ("cpu", 64, 128, 960, 0, 270),
    ("gpu", 32, 192, 3_840, 4, 620),
    ("gpu8", 64, 512, 7_680, 8, 1_350),
    ("arm", 80, 256, 1_920, 0, 330),
    ("big", 96, 768, 3_840, 0, 720),
];
const SITES: [&str; 4] = ["a", "b", "c", "d"];
/// How full all hosts together are of cpu, memory and disk, in per cent.
const FILL: [u64; 3] = [56, 62, 44];

/// A service of a stack; (millicores, MiB, GB).
struct Service {
    size: [u64; 3],
    gpus: u64,
    replicas: u64,
    rule: String,
    /// The site it is bound to.
    site: Option<usize>,
}

struct Stack {
    services: Vec<Service>,
    startups: u64,
}

/// A document of about so many `hosts` and `containers`. A quarter of the services have replicas apart by host or by
/// site, a sixth are bound to hosts by name or label, and rules keep containers of different startups apart or together.
pub fn document(hosts: usize, containers: usize, seed: u64) -> String {
    let rng = &mut Rng::with_seed(0x001A_B000 ^ seed ^ ((hosts as u64) << 40) ^ ((containers as u64) << 16));
    let each = (hosts as u64).div_ceil((KINDS.len() * SITES.len()) as u64);
    let mut stacks = stacks(rng, containers as u64);
    scale(&mut stacks, each * SITES.len() as u64);
    let mut out = format!("name: lab of {hosts} hosts and {containers} containers, seed {seed}\n");
    out += "goals: [cheapest]\nhosts:\n";
    for (name, threads, memory, disk, gpus, price) in KINDS {
        let arch = if name == "arm" { "arm64" } else { "amd64" };
        for site in SITES {
            let (cpu, gpu) =
                (threads * 2, if gpus > 0 { format!(", resources: {{gpu: {gpus}}}") } else { String::new() });
            let _ = writeln!(
                out,
                "  {name}-{site}: {{count: {each}, cpu: {cpu}, memory: {memory}GiB, disk: {disk}GB{gpu}, price: {price}, \
                 labels: {{site: {site}, arch: {arch}}}}}"
            );
        }
    }
    out += "stacks:\n";
    for (number, stack) in stacks.iter().enumerate() {
        let _ = writeln!(out, "  k{number:02}:");
        for (part, service) in stack.services.iter().enumerate() {
            let [cpu, memory, disk] = service.size;
            let gpu = if service.gpus > 0 { ", resources: {gpu: 1}" } else { "" };
            let site = service.site.map(|site| format!(", on: {{site: {}}}", SITES[site])).unwrap_or_default();
            let rule = format!("{}{site}", service.rule);
            let replicas =
                if service.replicas > 1 { format!(", replicas: {}", service.replicas) } else { String::new() };
            let _ =
                writeln!(out, "    c{part}: {{cpu: {cpu}m, memory: {memory}MiB, disk: {disk}GB{gpu}{replicas}{rule}}}");
        }
    }
    out += "startups:\n";
    for (number, stack) in stacks.iter().enumerate() {
        let _ = writeln!(out, "  k{number:02}x0001..k{number:02}x{:04}: k{number:02}", stack.startups);
    }
    out + &rules(rng, &stacks)
}

fn stacks(rng: &mut Rng, containers: u64) -> Vec<Stack> {
    let many = (containers / 200).clamp(12, 60);
    (0..many)
        .map(|_| {
            let services: Vec<Service> = (0..rng.usize(2..=6)).map(|_| service(rng)).collect();
            let each: u64 = services.iter().map(|service| service.replicas).sum();
            Stack { services, startups: (containers / many / each).max(1) }
        })
        .collect()
}

fn service(rng: &mut Rng) -> Service {
    let memory = (128 << rng.u32(0..7)) * rng.u64(75..=140) / 100;
    let size = [memory * rng.u64(20..=180) / 100, memory, (memory * rng.u64(5..=60) / 1_000).max(1)];
    let gpus = u64::from(rng.u8(..60) == 0);
    let (replicas, rule) = match rng.u8(..12) {
        0 | 1 => (rng.u64(2..=5), ", apart: host".to_owned()),
        2 => (rng.u64(2..=4), ", apart: site".to_owned()),
        3 => (rng.u64(2..=3), String::new()),
        5 => (1, ", on: {arch: amd64}".to_owned()),
        _ => (1, String::new()),
    };
    let site = (rule.is_empty() && rng.u8(..8) == 0).then(|| rng.usize(..SITES.len()));
    Service { size, gpus, replicas, rule, site }
}

/// Scales what is asked for so that the hosts, so many of each kind, are as full as [`FILL`] says; no more than half of
/// the gpus are asked for.
fn scale(stacks: &mut [Stack], each: u64) {
    let mut gpus = each * KINDS.iter().map(|kind| kind.4).sum::<u64>() / 2;
    for stack in stacks.iter_mut() {
        for service in stack.services.iter_mut().filter(|service| service.gpus > 0) {
            let asked = stack.startups * service.replicas;
            service.gpus = u64::from(asked <= gpus);
            gpus -= if asked <= gpus { asked } else { 0 };
        }
    }
    let give = |r: usize| {
        let of = |kind: &(&str, u64, u64, u64, u64, u64)| [kind.1 * 2_000, kind.2 * 1_024, kind.3][r];
        each * KINDS.iter().map(of).sum::<u64>()
    };
    for (r, fill) in FILL.into_iter().enumerate() {
        let asked = |stack: &Stack| stack.startups * stack.services.iter().map(|s| s.size[r] * s.replicas).sum::<u64>();
        let asked: u64 = stacks.iter().map(asked).sum();
        let target = give(r) * fill / 100;
        for service in stacks.iter_mut().flat_map(|stack| &mut stack.services) {
            let amount = (u128::from(service.size[r]) * u128::from(target) / u128::from(asked.max(1))) as u64;
            service.size[r] = if r == 2 { amount.max(1) } else { (amount / 10 * 10).max(10) };
        }
    }
    // No site is asked for more than a third of what it has.
    let mut bound = [[0; 3]; SITES.len()];
    for stack in stacks {
        for service in &mut stack.services {
            let Some(site) = service.site else { continue };
            let more = service.size.map(|amount| amount * service.replicas * stack.startups);
            if (0..3).all(|r| (bound[site][r] + more[r]) * 3 <= give(r) / SITES.len() as u64) {
                (0..3).for_each(|r| bound[site][r] += more[r]);
            } else {
                service.site = None;
            }
        }
    }
}

fn rules(rng: &mut Rng, stacks: &[Stack]) -> String {
    let mut out = String::from("rules:\n");
    // The first service of the first startups of a stack: front doors that must not fall together.
    for (number, stack) in stacks.iter().enumerate().step_by(4) {
        let last = stack.startups.min(8);
        let _ = writeln!(out, "  - apart: [k{number:02}x0001..k{number:02}x{last:04}/c0]");
    }
    for _ in 0..stacks.len() {
        let startup = |rng: &mut Rng| {
            let number = rng.usize(..stacks.len());
            format!("k{number:02}x{:04}/c1", rng.u64(1..=stacks[number].startups))
        };
        let (a, b) = (startup(rng), startup(rng));
        if a != b {
            let _ = writeln!(out, "  - apart: [{a}, {b}]");
        }
    }
    // Two small services of one startup that talk to each other all the time.
    for (number, stack) in stacks.iter().enumerate().skip(1).step_by(6) {
        let free = |service: &&Service| {
            service.replicas == 1 && service.rule.is_empty() && service.site.is_none() && service.gpus == 0
        };
        let parts: Vec<usize> = (0..stack.services.len()).filter(|&part| free(&&stack.services[part])).collect();
        if let [a, b, ..] = parts[..] {
            let startup = format!("k{number:02}x{:04}", rng.u64(1..=stack.startups));
            let _ = writeln!(out, "  - together: [{startup}/c{a}, {startup}/c{b}]");
        }
    }
    out
}
