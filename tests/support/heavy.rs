//! Documents that are allowed and heavy: each has very much of one thing that others have a little of. Made from a seed,
//! as large as is asked for.

use std::fmt::Write;

use fastrand::Rng;

/// A document, and what is asked about it.
pub struct Heavy {
    /// What it has very much of.
    pub name: &'static str,
    /// `d.yaml`.
    pub document: String,
    /// `e.yaml`, where two are compared.
    pub other: Option<String>,
    /// The commands, by words.
    pub asked: Vec<&'static str>,
}

/// What is asked of documents in which things run.
const RUNNING: [&str; 12] = [
    "check d.yaml",
    "check d.yaml --format json --costs",
    "plan d.yaml",
    "plan d.yaml --moves",
    "plan d.yaml --partial --keep",
    "fit d.yaml --stack web",
    "fit d.yaml --stack web --count 40",
    "what-if d.yaml --lose h-1",
    "what-if d.yaml --drain h-1 --drain h-2",
    "what-if d.yaml --grow */* memory=+10%",
    "draw d.yaml --as svg",
    "draw d.yaml --as html --links",
];
/// What is asked of documents in which nothing runs yet.
const PLANNED: [&str; 6] = [
    "check d.yaml",
    "plan d.yaml",
    "plan d.yaml --partial",
    "plan d.yaml --costs --format json",
    "fit d.yaml --stack web",
    "draw d.yaml --as svg",
];

/// All of them, in parts of the full size: 1 is that of `docs/performance.md`, 10 a tenth of it.
pub fn all(part: usize) -> Vec<Heavy> {
    let of = |full: usize| (full / part).max(4);
    let heavy =
        |name, document: String, asked: &[&'static str]| Heavy { name, document, other: None, asked: asked.to_vec() };
    vec![
        Heavy {
            asked: [
                &RUNNING[..],
                &["compare d.yaml e.yaml", "compare d.yaml e.yaml --format json", "draw d.yaml e.yaml --as svg"],
            ]
            .concat(),
            other: Some(running(of(5_000), of(100_000), 1)),
            ..heavy("containers", running(of(5_000), of(100_000), 0), &[])
        },
        Heavy {
            other: Some(running(of(3_000), of(20_000), 1)),
            asked: [&RUNNING[..], &["compare d.yaml e.yaml"]].concat(),
            ..heavy("hosts", running(of(3_000), of(20_000), 0), &[])
        },
        heavy("unlike", unlike(of(2_000), of(20_000)), &RUNNING),
        heavy("sizes", sizes(of(2_000), of(100_000)), &PLANNED),
        heavy("pairs", pairs(of(2_000), of(25_000)), &PLANNED),
        heavy(
            "twins",
            twins(of(10_000), of(20_000)),
            &["plan d.yaml", "fit d.yaml --stack web", "fit d.yaml --stack web --count 100", "plan d.yaml --partial"],
        ),
        heavy("more-twins", twins(of(20_000), of(50_000)), &PLANNED),
        heavy("one-short", one_short(of(5_000)), &PLANNED),
        heavy("one-each", one_each(of(3_000)), &PLANNED),
        heavy(
            "losses",
            losses(of(1_900), of(2_000), 1),
            &[
                "check d.yaml",
                "plan d.yaml",
                "plan d.yaml --partial",
                "fit d.yaml --stack web",
                "what-if d.yaml --lose h-1",
            ],
        ),
        heavy("two-losses", losses(of(100), of(400), 2), &["check d.yaml", "plan d.yaml", "fit d.yaml --stack web"]),
        heavy(
            "startups",
            phased(6, of(200), of(6_000)),
            &[
                "roadmap d.yaml",
                "roadmap d.yaml --format json",
                "draw d.yaml --as svg",
                "draw d.yaml --as html",
                "plan d.yaml --phase p5",
                "check d.yaml --phase p5",
            ],
        ),
        heavy(
            "phases",
            phased(of(100), of(200), of(1_000)),
            &[
                "roadmap d.yaml",
                "draw d.yaml --as svg",
                "draw d.yaml --as html",
                "check d.yaml",
                "plan d.yaml --phase p2",
            ],
        ),
        heavy(
            "needs",
            needs(of(50), of(20_000)),
            &[
                "check d.yaml",
                "plan d.yaml",
                "plan d.yaml --moves",
                "plan d.yaml --partial",
                "draw d.yaml --links --as svg",
                "draw d.yaml --as dot",
                "draw d.yaml --as mmd",
                "what-if d.yaml --lose h-1",
            ],
        ),
        heavy("replicas", replicas(of(10_000), 4), &PLANNED),
        heavy("zones", zones(of(10_000), of(2_000), of(500)), &PLANNED),
        heavy("labels", labels(of(2_000), of(500), of(5_000)), &PLANNED),
        heavy("pins", pins(of(5_000), of(20_000)), &PLANNED),
        heavy("together", together(of(1_000), of(20_000)), &PLANNED),
        heavy("resources", resources(of(2_000), of(20_000)), &PLANNED),
        heavy(
            "goals",
            goals(of(1_000), of(10_000)),
            &[
                "plan d.yaml",
                "plan d.yaml --moves",
                "fit d.yaml --stack web",
                "what-if d.yaml --lose h-1",
                "what-if d.yaml --drain h-1",
            ],
        ),
        heavy("priced", priced(of(3_000), of(20_000)), &PLANNED),
        heavy("too-many", too_many(of(1_000), of(20_000)), &PLANNED),
        heavy(
            "stacks",
            stacks(of(1_000), of(5_000)),
            &["check d.yaml", "plan d.yaml", "fit d.yaml --stack web", "draw d.yaml --as svg"],
        ),
        heavy(
            "crowded",
            crowded(of(200), of(4_000)),
            &[
                "check d.yaml",
                "plan d.yaml --moves",
                "fit d.yaml --stack big",
                "what-if d.yaml --lose h-1",
                "what-if d.yaml --drain h-1",
            ],
        ),
        heavy(
            "broken",
            broken(of(20), of(20_000)),
            &[
                "check d.yaml",
                "check d.yaml --format json",
                "plan d.yaml",
                "plan d.yaml --moves",
                "what-if d.yaml --lose h-1",
                "draw d.yaml --as svg",
            ],
        ),
    ]
}

/// Startups of one stack beside others, so that all documents have one that may come.
const WEB: &str = "  web: {app: {cpu: 500m, memory: 1GiB}, db: {cpu: 250m, memory: 512MiB}}\n";

/// Containers of sixty stacks on hosts alike, about two thirds full, placed one host after another; with another `seed` some
/// stand elsewhere.
fn running(hosts: usize, containers: usize, seed: u64) -> String {
    let rng = &mut Rng::with_seed(1);
    let startups = containers / 4;
    let each = containers / hosts;
    let mut out = format!(
        "goals: [fewest-moves, fewest-hosts]\nhosts:\n  h: {{count: {hosts}, cpu: {}m, memory: {}MiB}}\nstacks:\n{WEB}",
        each * 1_250,
        each * 1_250
    );
    for stack in 0..60 {
        let _ = write!(out, "  k{stack:02}: {{");
        (0..4).for_each(|part| {
            let _ = write!(out, "c{part}: {{cpu: {}m, memory: {}MiB}}, ", rng.u32(200..900), rng.u32(200..900));
        });
        out += "}\n";
    }
    out += "startups:\n";
    (0..startups).for_each(|startup| {
        let _ = writeln!(out, "  s{startup}: k{:02}", startup % 60);
    });
    out += "placement:\n";
    let mut held = vec![Vec::new(); hosts];
    let rng = &mut Rng::with_seed(seed);
    for startup in 0..startups {
        let moved = if seed > 0 && rng.u8(..10) == 0 { rng.usize(..hosts) } else { 0 };
        held[(startup + moved) % hosts].push(startup);
    }
    for (host, startups) in held.iter().enumerate() {
        let all: Vec<String> = startups.iter().map(|startup| format!("s{startup}/*")).collect();
        let _ = writeln!(out, "  h-{}: [{}]", host + 1, all.join(", "));
    }
    out
}

/// Containers that are all different on hosts of six kinds, placed one after another.
fn unlike(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(2);
    let kinds = 6;
    let each = hosts / kinds;
    let per_host = containers / hosts + 1;
    let mut out =
        "goals: [cheapest, fewest-moves]\nhosts:\n  h: {count: 2, cpu: 8, memory: 8GiB, price: 5}\n".to_owned();
    for kind in 0..kinds {
        let size = (per_host as u64 + 2) * (700 + 100 * kind as u64);
        let _ = writeln!(out, "  k{kind}: {{count: {each}, cpu: {size}m, memory: {size}MiB, price: {}}}", 10 + kind);
    }
    let _ = write!(out, "stacks:\n{WEB}startups:\n");
    let mut place: Vec<Vec<usize>> = vec![Vec::new(); kinds * each];
    for container in 0..containers {
        add_startup(&mut out, container, rng.u32(100..700), rng.u32(100..700), "MiB");
        place[container % (kinds * each)].push(container);
    }
    out += "placement:\n";
    for (host, held) in place.iter().enumerate() {
        let all: Vec<String> = held.iter().map(|it| format!("s{it}/c")).collect();
        let _ = writeln!(out, "  k{}-{}: [{}]", host / each, host % each + 1, all.join(", "));
    }
    out
}

/// A startup of that number, with one container.
fn add_startup(out: &mut String, number: usize, millicores: u32, memory: u32, unit: &str) {
    let _ = writeln!(out, "  s{number}: {{containers: {{c: {{cpu: {millicores}m, memory: {memory}{unit}}}}}}}");
}

/// Each container asks for something that no other asks for.
fn sizes(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(3);
    let memory = containers as u64 * 500 * 5 / 4 / hosts as u64;
    let mut out =
        format!("hosts:\n  h: {{count: {hosts}, cpu: {memory}m, memory: {memory}MiB}}\nstacks:\n{WEB}startups:\n");
    for container in 0..containers {
        add_startup(&mut out, container, rng.u32(1..1_000), rng.u32(1_000..1_000_000), "KiB");
    }
    out
}

/// Rules that keep two each apart.
fn pairs(hosts: usize, rules: usize) -> String {
    let rng = &mut Rng::with_seed(4);
    let startups = rules / 2;
    let size = startups * 1_000 * 5 / 4 / hosts;
    let mut out = format!(
        "hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstacks:\n{WEB}  k: {{c: {{cpu: 500m, memory: 1000MiB}}}}\nstartups:\n"
    );
    let _ = writeln!(out, "  s1..s{startups}: k\nrules:");
    for _ in 0..rules {
        let (a, b) = (rng.usize(1..=startups), rng.usize(1..=startups));
        if a != b {
            let _ = writeln!(out, "  - apart: [s{a}/c, s{b}/c]");
        }
    }
    out
}

/// Pairs of replicas that are apart.
fn twins(hosts: usize, pairs: usize) -> String {
    format!(
        "hosts: {{h: {{count: {hosts}, memory: 8GiB}}}}\nstacks: {{web: {{app: {{memory: 1GiB, replicas: 2, apart: host}}}}}}\nstartups: {{s1..s{pairs}: web}}\n"
    )
}

/// One more that are apart than there are hosts.
fn one_short(hosts: usize) -> String {
    format!(
        "hosts: {{h: {{count: {hosts}, memory: 8GiB}}}}\nstacks:\n{WEB}  k: {{c: {{memory: 1GiB}}}}\nstartups: {{s1..s{}: k}}\nrules: [{{apart: ['*/c']}}]\n",
        hosts + 1
    )
}

/// As many that are apart as there are hosts, each with three hosts to choose from.
fn one_each(hosts: usize) -> String {
    let rng = &mut Rng::with_seed(5);
    let mut out = format!("hosts:\n  h: {{count: {hosts}, cpu: 8, memory: 8GiB}}\nstacks:\n{WEB}startups:\n");
    for container in 1..=hosts {
        let (a, b) = (rng.usize(1..=hosts), rng.usize(1..=hosts));
        let _ =
            writeln!(out, "  s{container}: {{containers: {{c: {{memory: 1GiB, on: [h-{container}, h-{a}, h-{b}]}}}}}}");
    }
    out + "rules: [{apart: ['*/c']}]\n"
}

/// Some hosts may be lost.
fn losses(hosts: usize, containers: usize, lost: usize) -> String {
    let rng = &mut Rng::with_seed(6);
    let size = containers * 500 * 5 / 3 / hosts;
    let mut out = format!("hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstacks:\n{WEB}");
    for stack in 0..20 {
        let _ = writeln!(out, "  k{stack}: {{c: {{cpu: {}m, memory: {}MiB}}}}", rng.u32(200..800), rng.u32(200..800));
    }
    out += "startups:\n";
    for startup in 0..containers {
        let _ = writeln!(out, "  s{startup}: k{}", startup % 20);
    }
    let _ = writeln!(out, "rules: [{{survive: {lost}}}]");
    out
}

/// Startups that come in some of many phases.
fn phased(phases: usize, hosts: usize, startups: usize) -> String {
    let rng = &mut Rng::with_seed(7);
    let size = startups * 1_000 * 5 / 4 / hosts;
    let mut out = String::from("phases:\n");
    for phase in 0..phases {
        let begins = if phase == 0 { String::from("{title: now}") } else { format!("startups >= {phase}") };
        let _ = writeln!(out, "  p{phase}: {begins}");
    }
    let _ = write!(
        out,
        "hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\n  late: {{count: {hosts}, cpu: {size}m, memory: {size}MiB, from: p{}}}\nstacks:\n{WEB}startups:\n",
        phases / 2
    );
    for startup in 0..startups {
        let from = rng.usize(..phases);
        let until = rng.usize(..2 * phases);
        let until = if until > from && until < phases { format!(", until: p{until}") } else { String::new() };
        let _ = writeln!(
            out,
            "  s{startup}: {{containers: {{c: {{cpu: {}m, memory: {}MiB}}}}, from: p{from}{until}}}",
            rng.u32(200..1_000),
            rng.u32(200..1_000)
        );
    }
    out
}

/// Each needs the one before it, and some others.
fn needs(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(8);
    let size = containers * 100 * 5 / 4 / hosts;
    let mut out = format!("hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstartups:\n");
    let mut placed = vec![Vec::new(); hosts];
    for container in 0..containers {
        let needs = if container == 0 {
            String::new()
        } else {
            format!(", needs: [s{}/c, s{}/c]", container - 1, rng.usize(..container))
        };
        let _ = writeln!(out, "  s{container}: {{containers: {{c: {{cpu: 100m, memory: 100MiB{needs}}}}}}}");
        placed[container % hosts].push(format!("s{container}/c"));
    }
    out += "placement:\n";
    for (host, held) in placed.iter().enumerate() {
        let _ = writeln!(out, "  h-{}: [{}]", host + 1, held.join(", "));
    }
    out
}

/// Few services of very many replicas, apart by host.
fn replicas(hosts: usize, services: usize) -> String {
    let mut out = format!("hosts:\n  h: {{count: {hosts}, cpu: 8, memory: 8GiB}}\nstacks:\n{WEB}startups:\n");
    for service in 0..services {
        let _ = writeln!(
            out,
            "  s{service}: {{containers: {{c: {{cpu: 1, memory: {}MiB, replicas: {}, apart: host}}}}}}",
            900 + service,
            hosts - service
        );
    }
    out
}

/// Replicas apart by a label of many values.
fn zones(hosts: usize, services: usize, zones: usize) -> String {
    let mut out = String::from("hosts:\n");
    for zone in 0..zones {
        let _ = writeln!(
            out,
            "  z{zone}: {{count: {}, cpu: 8, memory: 8GiB, labels: {{zone: z{zone}, row: r{}}}}}",
            hosts / zones,
            zone % 7
        );
    }
    let _ = write!(
        out,
        "stacks:\n{WEB}  k: {{c: {{cpu: 1, memory: 1GiB, replicas: {}, apart: zone}}, d: {{cpu: 1, memory: 1GiB, replicas: 5, apart: row}}}}\nstartups: {{s1..s{services}: k}}\n",
        (zones / 40).max(2)
    );
    out
}

/// Hosts with very many labels, and containers that ask for some.
fn labels(hosts: usize, labels: usize, startups: usize) -> String {
    let rng = &mut Rng::with_seed(9);
    let mut out = String::from("hosts:\n");
    for host in 0..hosts {
        let all: Vec<String> = (0..labels).map(|label| format!("l{label}: v{}", rng.u8(..4))).collect();
        let _ = writeln!(out, "  h{host}: {{cpu: 8, memory: 8GiB, labels: {{{}}}}}", all.join(", "));
    }
    let _ = write!(out, "stacks:\n{WEB}startups:\n");
    for startup in 0..startups {
        let label = rng.usize(..labels);
        let _ = writeln!(
            out,
            "  s{startup}: {{containers: {{c: {{cpu: 1, memory: 1GiB, on: {{l{label}: v{}}}}}}}}}",
            rng.u8(..4)
        );
    }
    out
}

/// Each container may run on some hosts of its own.
fn pins(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(10);
    let size = containers * 1_000 * 3 / 2 / hosts;
    let mut out =
        format!("hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstacks:\n{WEB}startups:\n");
    for container in 0..containers {
        let on: Vec<String> = (0..20)
            .map(|_| format!("h-{}", rng.usize(1..=hosts)))
            .collect::<std::collections::BTreeSet<_>>()
            .into_iter()
            .collect();
        let _ = writeln!(
            out,
            "  s{container}: {{containers: {{c: {{cpu: 1, memory: 1000MiB, on: [{}]}}}}}}",
            on.join(", ")
        );
    }
    out
}

/// Very many that must share a host.
fn together(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(11);
    let size = containers * 500 * 3 / 2 / hosts;
    let mut out =
        format!("hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstacks:\n{WEB}startups:\n");
    for container in 0..containers {
        let _ = writeln!(out, "  s{container}: {{containers: {{c: {{cpu: {}m, memory: 500MiB}}}}}}", rng.u32(200..800));
    }
    out += "rules:\n";
    for rule in 0..containers / 4 {
        let _ = writeln!(out, "  - together: [s{}/c, s{}/c, s{}/c]", rule * 4, rule * 4 + 1, rule * 4 + 2);
    }
    out
}

/// As many resources as there may be.
fn resources(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(12);
    let size = containers * 5 * 3 / 2 / hosts;
    let all = |amount: &mut dyn FnMut() -> usize| -> String {
        (0..32).map(|resource| format!("r{resource}: {}", amount())).collect::<Vec<_>>().join(", ")
    };
    let mut out = format!(
        "hosts:\n  h: {{count: {hosts}, cpu: {size}, memory: {size}GiB, resources: {{{}}}}}\nstacks:\n{WEB}startups:\n",
        all(&mut || size)
    );
    for container in 0..containers {
        let _ = writeln!(
            out,
            "  s{container}: {{containers: {{c: {{cpu: 1, memory: 1GiB, resources: {{{}}}}}}}}}",
            all(&mut || rng.usize(..10))
        );
    }
    out
}

/// All goals, one after another, from a placement.
fn goals(hosts: usize, containers: usize) -> String {
    let text = running(hosts, containers, 1);
    let text = text.replace(
        "goals: [fewest-moves, fewest-hosts]",
        "goals: [balance, cheapest, least-power, fewest-hosts, fewest-moves]",
    );
    text.replacen("count: ", "price: 3, watts: 20, count: ", 1)
}

/// Every host has a price and a size of its own.
fn priced(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(13);
    let size = (containers * 500 * 3 / 2 / hosts) as u32;
    let mut out = String::from("goals: [cheapest, least-power, balance]\nhosts:\n");
    for host in 0..hosts {
        let _ = writeln!(
            out,
            "  h{host}: {{cpu: {}m, memory: {}MiB, price: {}, watts: {}}}",
            rng.u32(size / 2..size * 2),
            rng.u32(size / 2..size * 2),
            rng.u32(10..1_000),
            rng.u32(10..1_000)
        );
    }
    let _ = write!(out, "stacks:\n{WEB}startups:\n");
    for container in 0..containers {
        add_startup(&mut out, container, rng.u32(100..900), rng.u32(100..900), "MiB");
    }
    out
}

/// More than fits, of different priorities, some needed by others.
fn too_many(hosts: usize, startups: usize) -> String {
    let rng = &mut Rng::with_seed(14);
    let size = startups * 1_000 * 2 / 3 / hosts;
    let mut out =
        format!("hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstacks:\n{WEB}startups:\n");
    for startup in 0..startups {
        let needs = if startup > 0 && rng.u8(..4) == 0 {
            format!(", needs: s{}/c", rng.usize(..startup))
        } else {
            String::new()
        };
        let _ = writeln!(
            out,
            "  s{startup}: {{priority: {}, containers: {{c: {{cpu: {}m, memory: {}MiB{needs}}}, d: {{cpu: 100m, memory: 100MiB}}}}}}",
            rng.u32(1..1_000_000),
            rng.u32(500..1_500),
            rng.u32(500..1_500)
        );
    }
    out
}

/// A stack for every startup.
fn stacks(hosts: usize, stacks: usize) -> String {
    let rng = &mut Rng::with_seed(15);
    let size = stacks * 1_000 * 3 / 2 / hosts;
    let mut out = format!("hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstacks:\n{WEB}");
    for stack in 0..stacks {
        let _ = writeln!(
            out,
            "  k{stack}: {{c: {{cpu: {}m, memory: {}MiB}}, d: {{cpu: 100m, memory: 100MiB, needs: c}}}}",
            rng.u32(100..1_000),
            rng.u32(100..1_000)
        );
    }
    out += "startups:\n";
    for stack in 0..stacks {
        let _ = writeln!(out, "  s{stack}: k{stack}");
    }
    out
}

/// Hosts that are almost full, so that room is made by many moves.
fn crowded(hosts: usize, containers: usize) -> String {
    let rng = &mut Rng::with_seed(16);
    let per = containers / hosts;
    let mut out = format!(
        "goals: [fewest-moves]\nhosts:\n  h: {{count: {hosts}, cpu: {per}, memory: {}MiB}}\nstacks:\n  big: {{c: {{cpu: 1, memory: {}MiB}}}}\nstartups:\n",
        per * 1_000,
        per * 600
    );
    let mut placed = vec![Vec::new(); hosts];
    for (host, held) in placed.iter_mut().enumerate() {
        for number in 0..per {
            let _ = writeln!(
                out,
                "  s{host}x{number}: {{containers: {{c: {{cpu: 500m, memory: {}MiB}}}}}}",
                rng.u32(800..1_000)
            );
            held.push(format!("s{host}x{number}/c"));
        }
    }
    out += "placement:\n";
    for (host, held) in placed.iter().enumerate() {
        let _ = writeln!(out, "  h-{}: [{}]", host + 1, held.join(", "));
    }
    out
}

/// A placement that breaks very many rules.
fn broken(hosts: usize, containers: usize) -> String {
    let size = containers * 100 * 2 / hosts;
    let mut out = format!(
        "hosts:\n  h: {{count: {hosts}, cpu: {size}m, memory: {size}MiB}}\nstacks:\n  k: {{c: {{cpu: 100m, memory: 100MiB}}}}\nstartups: {{s1..s{containers}: k}}\nrules:\n"
    );
    for rule in 1..=containers / 2 {
        let _ = writeln!(out, "  - apart: [s{rule}/c, s{}/c]", rule + containers / 2);
        if rule % 2 == 0 {
            let _ = writeln!(out, "  - together: [s{rule}/c, s{}/c]", rule - 1);
        }
    }
    let _ = writeln!(out, "placement:\n  h-1: ['*']");
    out
}
