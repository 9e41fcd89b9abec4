//! Labs that stand, made from a seed: hosts of three kinds filled at random, and then something happens. How few
//! containers have to move is the question of each of them.

use std::fmt::Write;

use fastrand::Rng;

/// (millicores, MiB, GB): kinds of hosts, none of which is larger in everything.
const KINDS: [[u64; 3]; 3] = [[32_000, 131_072, 2_000], [64_000, 262_144, 2_000], [48_000, 98_304, 4_000]];
/// Shapes of containers.
const SHAPES: usize = 40;
/// So many draws in vain end the filling.
const IN_VAIN: usize = 60;

/// What happens to a lab.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Event {
    /// One comes that asks for 85 % of a host of the second kind.
    Arrival,
    /// So many hosts are lost, and what they held has no place.
    Lost(usize),
    /// No host is to be fuller than so many thousandths.
    Tighter(u64),
    /// Every tenth host is new and empty, and as few hosts as possible are to hold anything.
    Fewer,
}

struct Service {
    size: [u64; 3],
    /// The hosts of its replicas, which stay apart.
    on: Vec<usize>,
}

/// A document of so many hosts with about `each` containers on each of them, filled to about `fill` hundredths.
pub fn document(hosts: usize, each: usize, fill: u64, event: Event, seed: u64) -> String {
    let rng = &mut Rng::with_seed(0x57A2_D000 ^ seed ^ ((hosts as u64) << 40) ^ ((each as u64) << 16) ^ (fill << 8));
    let services = services(rng, hosts, each, fill);
    let lost = if let Event::Lost(many) = event { hosts - many } else { hosts };
    let goals = if event == Event::Fewer { "fewest-hosts, fewest-moves" } else { "fewest-moves" };
    let mut out = format!("name: {hosts} hosts of {each}, {event:?}, seed {seed}\ngoals: [{goals}]\nhosts:\n");
    let new = if event == Event::Fewer { hosts / 10 } else { 0 };
    let limit = match event {
        Event::Tighter(parts) => {
            format!(", overcommit: {{cpu: 0.{parts:03}, memory: 0.{parts:03}, disk: 0.{parts:03}}}")
        }
        _ => String::new(),
    };
    for host in (0..hosts + new).filter(|&host| host < lost || host >= hosts) {
        let [cpu, memory, disk] = KINDS[host % 3];
        let _ = writeln!(out, "  h{host:04}: {{cpu: {cpu}m, memory: {memory}MiB, disk: {disk}GB{limit}}}");
    }
    out += "startups:\n";
    for (number, Service { size: [cpu, memory, disk], on }) in services.iter().enumerate() {
        let replicas = if on.len() > 1 { format!(", replicas: {}, apart: host", on.len()) } else { String::new() };
        let _ = writeln!(
            out,
            "  s{number:05}: {{containers: {{c: {{cpu: {cpu}m, memory: {memory}MiB, disk: {disk}GB{replicas}}}}}}}"
        );
    }
    if event == Event::Arrival {
        let [cpu, memory, disk] = KINDS[1].map(|amount| amount * 85 / 100);
        let _ = writeln!(out, "  new: {{containers: {{c: {{cpu: {cpu}m, memory: {memory}MiB, disk: {disk}GB}}}}}}");
    }
    out += "placement:\n";
    for host in 0..lost {
        let mut names: Vec<String> = Vec::new();
        for (number, service) in services.iter().enumerate() {
            let replicas = service.on.iter().enumerate().filter(|(_, on)| **on == host);
            names.extend(replicas.map(|(replica, _)| match service.on.len() {
                1 => format!("s{number:05}/c"),
                _ => format!("s{number:05}/c.{}", replica + 1),
            }));
        }
        let _ = writeln!(out, "  h{host:04}: [{}]", names.join(", "));
    }
    out
}

/// Services and where they stand: each host is filled to about `fill` hundredths, a little more here and less there.
fn services(rng: &mut Rng, hosts: usize, each: usize, fill: u64) -> Vec<Service> {
    let mut free: Vec<[u64; 3]> = (0..hosts)
        .map(|host| {
            let share = fill * rng.u64(85..=115) / 100;
            KINDS[host % 3].map(|amount| amount * share.min(100) / 100)
        })
        .collect();
    let mean =
        [0, 1, 2].map(|r| (0..hosts).map(|host| KINDS[host % 3][r]).sum::<u64>() * fill / 100 / (hosts * each) as u64);
    // In thousandths of the mean.
    let shapes: Vec<[u64; 3]> = (0..SHAPES)
        .map(|_| {
            let scale = [350, 500, 700, 850, 1_000, 1_200, 1_500, 2_400][rng.usize(..8)];
            [0; 3].map(|_| rng.u64(300..=1_700) * scale / 1_000)
        })
        .collect();
    let mut services = Vec::new();
    let mut in_vain = 0;
    while in_vain < IN_VAIN {
        let shape = shapes[rng.usize(..SHAPES)];
        let size = [0, 1, 2].map(|r| (mean[r] * shape[r] / 1_000 * rng.u64(765..=935) / 1_000).max(1));
        let replicas = [1, 1, 1, 2, 3][rng.usize(..5)];
        let mut order: Vec<usize> = (0..hosts).collect();
        rng.shuffle(&mut order);
        let takes = |host: &usize| (0..3).all(|r| size[r] <= free[*host][r]);
        let on: Vec<usize> = order.into_iter().filter(takes).take(replicas).collect();
        if on.len() < replicas {
            in_vain += 1;
            continue;
        }
        on.iter().for_each(|&host| (0..3).for_each(|r| free[host][r] -= size[r]));
        services.push(Service { size, on });
    }
    services
}
