//! The nested homelab set: documents of 3 to 8 hosts, 6 to 20 carriers of two to four kinds and 60 to 120 containers in them,
//! 80 to 100 % full at either level, from a seed. Spread replicas, pins, labels of carriers and bare containers are in all
//! of them. Some cannot be placed.

use std::fmt::Write;

use fastrand::Rng;

/// MiB of containers in carriers: few are large.
const MEMORY: [u64; 11] = [128, 192, 256, 256, 384, 512, 512, 768, 1_024, 1_536, 2_048];
/// Millicores.
const CPU: [u64; 6] = [50, 100, 100, 200, 250, 500];
/// What a carrier keeps for itself, in MiB.
const RESERVE: u64 = 256;

struct App {
    replicas: u64,
    memory: u64,
    cpu: u64,
    spread: &'static str,
}

/// Carriers of one kind.
struct Nodes {
    count: u64,
    memory: u64,
    cpu: u64,
}

fn one<T: Copy>(rng: &mut Rng, of: &[T]) -> T {
    of[rng.usize(0..of.len())]
}

/// Eight in ten to all.
fn fullness(rng: &mut Rng) -> f64 {
    0.8 + 0.2 * rng.f64()
}

/// The document of that number.
pub fn document(number: u64) -> String {
    let rng = &mut Rng::with_seed(number);
    let size = (rng.u64(3..=8), rng.u64(6..=20), rng.u64(60..=120));
    document_of(rng, number, size)
}

/// A large one of the same make: 40 hosts, 200 carriers and 4 000 containers in them.
pub fn large(number: u64) -> String {
    document_of(&mut Rng::with_seed(number), number, (40, 200, 4_000))
}

fn document_of(rng: &mut Rng, number: u64, (hosts, carriers, most): (u64, u64, u64)) -> String {
    let apps = apps(rng, hosts, most);
    let nodes = nodes(rng, carriers, &apps);
    let bare: Vec<(u64, u64)> =
        (0..rng.u64(2..=8)).map(|_| (one(rng, &[512, 1_024, 2_048, 4_096]), one(rng, &[250, 500, 1_000]))).collect();
    let sum = |of: fn(&Nodes) -> u64| nodes.iter().map(|it| it.count * of(it)).sum::<u64>();
    let memory = sum(|it| it.memory) + bare.iter().map(|it| it.0).sum::<u64>();
    let cpu = sum(|it| it.cpu) + bare.iter().map(|it| it.1).sum::<u64>();
    let mut text = format!("name: nested {number}, {hosts} hosts, {carriers} carriers\nhosts:\n");
    hosts_of(rng, hosts, (memory, cpu), nodes.iter().map(|it| it.memory).max().unwrap_or(0), &mut text);
    text += "startups:\n  platform:\n    containers:\n";
    for (kind, Nodes { count, memory, cpu }) in nodes.iter().enumerate() {
        let _ = writeln!(
            text,
            "      node{kind}: {{memory: {memory}MiB, cpu: {cpu}m, replicas: {count}, labels: {{tier: t{}}}, carries: \
             {{reserve: {{memory: {RESERVE}MiB}}}}}}",
            kind % 2
        );
    }
    for (nth, (memory, cpu)) in bare.iter().enumerate() {
        let pin = if rng.u8(..20) < 3 { format!(", on: h{}", rng.u64(1..=hosts)) } else { String::new() };
        let _ = writeln!(text, "      bare{nth}: {{memory: {memory}MiB, cpu: {cpu}m{pin}}}");
    }
    for (nth, app) in apps.iter().enumerate() {
        let inside = match rng.u8(..20) {
            0..15 => "\"platform/node*\"".to_owned(),
            15..18 => format!("platform/node{}", rng.usize(0..nodes.len())),
            _ => "{tier: t0}".to_owned(),
        };
        let pinned = rng.u8(..100) < 8 && app.spread != ", apart: host";
        let pin = if pinned { format!(", on: {{shelf: {}}}", one(rng, &["a", "b"])) } else { String::new() };
        let replicas = if app.replicas > 1 { format!(", replicas: {}", app.replicas) } else { String::new() };
        let App { memory, cpu, spread, .. } = app;
        let _ = writeln!(
            text,
            "  a{nth:02}: {{containers: {{app: {{memory: {memory}MiB, cpu: {cpu}m{replicas}{spread}{pin}, inside: \
             {inside}}}}}}}"
        );
    }
    text
}

fn apps(rng: &mut Rng, hosts: u64, most: u64) -> Vec<App> {
    let mut apps: Vec<App> = Vec::new();
    while apps.iter().map(|app| app.replicas).sum::<u64>() < most {
        let replicas = one(rng, &[1, 1, 1, 2, 2, 3]).min(hosts);
        let spreads = [", apart: host", ", apart: host", ", spread: host", ", apart: carrier", ""];
        let spread = if replicas > 1 { one(rng, &spreads) } else { "" };
        apps.push(App { replicas, memory: one(rng, &MEMORY), cpu: one(rng, &CPU), spread });
    }
    apps
}

/// As many carriers of some kinds as hold the containers.
fn nodes(rng: &mut Rng, carriers: u64, apps: &[App]) -> Vec<Nodes> {
    let full = fullness(rng);
    let sum = |of: fn(&App) -> u64| apps.iter().map(|app| app.replicas * of(app)).sum::<u64>() as f64 / full;
    let (memory, cpu) = (sum(|app| app.memory), sum(|app| app.cpu));
    let kinds = rng.usize(2..=4);
    let mut counts = vec![1; kinds];
    (kinds as u64..carriers).for_each(|_| counts[rng.usize(0..kinds)] += 1);
    let weights: Vec<f64> = counts.iter().map(|_| one(rng, &[1.0, 1.5, 2.0, 3.0])).collect();
    let all: f64 = counts.iter().zip(&weights).map(|(&count, weight)| count as f64 * weight).sum();
    let node = |(&count, weight): (&u64, &f64)| Nodes {
        count,
        memory: ((memory * weight / all / 64.0).round() as u64 * 64).max(2_048) + RESERVE,
        cpu: (((cpu * weight / all / 50.0) as u64 + 1) * 50).max(500),
    };
    counts.iter().zip(&weights).map(node).collect()
}

fn hosts_of(rng: &mut Rng, hosts: u64, (memory, cpu): (u64, u64), largest: u64, text: &mut String) {
    let full = fullness(rng);
    let weights: Vec<f64> = (0..hosts).map(|_| one(rng, &[1.0, 1.0, 2.0, 3.0])).collect();
    let all: f64 = weights.iter().sum();
    for (nth, weight) in weights.iter().enumerate() {
        let least = if rng.u8(..5) > 0 { largest } else { 0 };
        let part = |of: u64| (of as f64 / full * weight / all) as u64;
        let shelf = ["a", "b"][nth % 2];
        let (memory, cpu) = (part(memory).max(least), part(cpu) + 500);
        let _ = writeln!(text, "  h{}: {{memory: {memory}MiB, cpu: {cpu}m, labels: {{shelf: {shelf}}}}}", nth + 1);
    }
}
