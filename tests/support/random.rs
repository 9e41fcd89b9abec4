//! Random small documents, as text, that use every key and every rule together: the same seed gives the same document.

use std::fmt::Write;

use fastrand::Rng;

/// At most so many containers, replicas counted one by one.
const CONTAINERS: usize = 7;
/// At most so many hosts.
const HOSTS: usize = 4;

/// The document number `seed`.
pub fn document(seed: u64) -> String {
    let mut random = Rng::with_seed(seed);
    let kinds = kinds(&mut random);
    let services = services(&mut random, &kinds);
    let mut text = format!("name: random {seed}\n");
    write_hosts(&mut random, &kinds, &services, &mut text);
    write_startups(&mut random, &services, &mut text);
    write_rules(&mut random, &services, &mut text);
    write_goals(&mut random, &mut text);
    write_placement(&mut random, &kinds, &services, &mut text);
    text
}

/// A kind of host, before it has its sizes.
struct Kind {
    name: &'static str,
    count: Option<usize>,
    shelf: Option<&'static str>,
    arch: &'static str,
    has_gpu: bool,
}

impl Kind {
    fn hosts(&self) -> Vec<String> {
        match self.count {
            None => vec![self.name.to_owned()],
            Some(count) => (1..=count).map(|number| format!("{}-{number}", self.name)).collect(),
        }
    }
}

/// A container as the document writes it.
struct Service {
    startup: usize,
    name: &'static str,
    /// In quarters of a GiB.
    memory: u64,
    millicores: u64,
    gigabytes: u64,
    gpus: u64,
    replicas: Option<usize>,
    apart: Option<&'static str>,
    on: Option<String>,
    needs: Vec<String>,
}

impl Service {
    fn id(&self) -> String {
        format!("s{}/{}", self.startup + 1, self.name)
    }

    fn containers(&self) -> Vec<String> {
        match self.replicas {
            None => vec![self.id()],
            Some(count) => (1..=count).map(|number| format!("{}.{number}", self.id())).collect(),
        }
    }
}

fn kinds(random: &mut Rng) -> Vec<Kind> {
    let mut left = random.usize(1..=HOSTS);
    let mut kinds = Vec::new();
    for name in ["nuc", "pi", "rack", "box"] {
        if left == 0 {
            break;
        }
        let size = random.usize(1..=left.min(3));
        left -= size;
        let count = if size > 1 || one_in(random, 4) { Some(size) } else { None };
        let shelf = [None, Some("a"), Some("a"), Some("b")][random.usize(0..4)];
        let arch = ["amd64", "arm64"][random.usize(0..2)];
        kinds.push(Kind { name, count, shelf, arch, has_gpu: one_in(random, 3) });
    }
    kinds
}

fn services(random: &mut Rng, kinds: &[Kind]) -> Vec<Service> {
    let any_gpu = kinds.iter().any(|kind| kind.has_gpu);
    let alike = one_in(random, 2).then(|| (random.u64(1..9), 250 * random.u64(0..5)));
    let mut left = random.usize(1..=CONTAINERS);
    let mut services: Vec<Service> = Vec::new();
    let mut startup = 0;
    while left > 0 {
        let names = ["app", "db", "queue", "web"];
        for name in names.into_iter().take(random.usize(1..=names.len())) {
            if left == 0 {
                break;
            }
            let replicas = one_in(random, 4).then(|| random.usize(1..=left.min(3)));
            left -= replicas.unwrap_or(1);
            let (memory, millicores) = match alike {
                Some(alike) if !one_in(random, 4) => alike,
                _ => (random.u64(0..13), 50 * random.u64(0..30)),
            };
            let mut needs: Vec<String> =
                services.iter().filter(|_| one_in(random, 6)).map(|earlier| short_id(earlier, startup)).collect();
            needs.dedup();
            services.push(Service {
                startup,
                name,
                memory,
                millicores,
                gigabytes: random.u64(0..20),
                gpus: if any_gpu && one_in(random, 5) { 1 } else { 0 },
                replicas,
                apart: replicas.and_then(|_| [Some("host"), Some("shelf"), None][random.usize(0..3)]),
                on: one_in(random, 5).then(|| on(random, kinds)),
                needs,
            });
        }
        startup += 1;
    }
    services
}

/// `container` within its own startup, else `startup/container`.
fn short_id(service: &Service, from: usize) -> String {
    if service.startup == from { service.name.to_owned() } else { service.id() }
}

fn on(random: &mut Rng, kinds: &[Kind]) -> String {
    let kind = &kinds[random.usize(0..kinds.len())];
    let hosts = kind.hosts();
    let other = &kinds[random.usize(0..kinds.len())];
    match random.usize(0..5) {
        0 => kind.name.to_owned(),
        1 => hosts[random.usize(0..hosts.len())].clone(),
        2 if other.name != kind.name => format!("[{}, {}]", hosts[0], other.name),
        3 if kind.shelf.is_some() => format!("{{arch: {}, shelf: {}}}", kind.arch, kind.shelf.unwrap_or_default()),
        _ => format!("{{arch: {}}}", kind.arch),
    }
}

/// The hosts share out what is asked, times a factor that makes some documents tight and some impossible.
fn write_hosts(random: &mut Rng, kinds: &[Kind], services: &[Service], text: &mut String) {
    let hosts: u64 = kinds.iter().map(|kind| kind.hosts().len() as u64).sum();
    let asked = |of: fn(&Service) -> u64| -> u64 {
        services.iter().map(|service| of(service) * service.containers().len() as u64).sum()
    };
    let share = |total: u64, percent: u64| (total * percent / 100).div_ceil(hosts);
    let percent = [90, 100, 110, 125, 150, 250][random.usize(0..6)];
    let memory = share(asked(|it| it.memory), percent);
    let millicores = share(asked(|it| it.millicores), percent + 20);
    let gigabytes = share(asked(|it| it.gigabytes), percent + 60);
    let lists_disk = one_in(random, 2);
    let lists_cpu = !one_in(random, 5);
    text.push_str("hosts:\n");
    for kind in kinds {
        let _ = writeln!(text, "  {}:", kind.name);
        let mut key = |line: String| {
            let _ = writeln!(text, "    {line}");
        };
        if let Some(count) = kind.count {
            key(format!("count: {count}"));
        }
        let uneven = |random: &mut Rng, amount: u64| amount * random.u64(60..=160) / 100;
        let quarters = uneven(random, memory) + random.u64(0..3);
        key(format!("memory: {}", show_memory(random, quarters)));
        let factor = ["1", "1.5", "2"][random.usize(0..3)];
        if lists_cpu {
            key(format!("cpu: {}m", uneven(random, millicores) + 100));
        }
        if lists_disk && !one_in(random, 8) {
            key(format!("disk: {}GB", uneven(random, gigabytes) + 1));
        }
        if kind.has_gpu {
            key(format!("resources: {{gpu: {}}}", random.u64(1..4)));
        }
        let mut reserve = Vec::new();
        if quarters > 1 && one_in(random, 2) {
            reserve.push(format!("memory: {}", ["5%", "256MiB", "[100MiB, 7.5%]", "[1%, 50MB]"][random.usize(0..4)]));
        }
        if lists_cpu && one_in(random, 3) {
            reserve.push("cpu: 50m".to_owned());
        }
        if !reserve.is_empty() {
            key(format!("reserve: {{{}}}", reserve.join(", ")));
        }
        if lists_cpu && factor != "1" {
            key(format!("overcommit: {{cpu: {factor}}}"));
        }
        let shelf = kind.shelf.map(|shelf| format!(", shelf: {shelf}")).unwrap_or_default();
        key(format!("labels: {{arch: {}{shelf}}}", kind.arch));
        key(format!("watts: {}", random.u64(0..4) * 5));
        key(format!("price: {}", ["0", "1", "2.5", "7"][random.usize(0..4)]));
        match random.usize(0..12) {
            0 => key("state: drain".to_owned()),
            1 => key("state: planned".to_owned()),
            _ => {}
        }
    }
}

/// The first startup is made from a stack and changes it where it can; some sizes are named.
fn write_startups(random: &mut Rng, services: &[Service], text: &mut String) {
    let startups = services.last().map_or(0, |service| service.startup + 1);
    let named_size = one_in(random, 2);
    if named_size {
        let size = show_memory(random, services[0].memory);
        let _ = writeln!(text, "sizes:\n  first: {{memory: {size}, cpu: {}m}}", services[0].millicores);
    }
    let of_stack = one_in(random, 2);
    if of_stack {
        text.push_str("stacks:\n  web:\n");
        for service in services.iter().filter(|service| service.startup == 0) {
            // The stack says something else, which the startup then overrides.
            let _ = writeln!(text, "    {}: {{memory: 100GiB}}", service.name);
        }
    }
    text.push_str("startups:\n");
    for startup in 0..startups {
        let _ = writeln!(text, "  s{}:", startup + 1);
        if one_in(random, 2) {
            let _ = writeln!(text, "    priority: {}", random.u64(0..6));
        }
        if of_stack && startup == 0 {
            text.push_str("    stack: web\n");
        }
        text.push_str("    containers:\n");
        for (index, service) in services.iter().enumerate().filter(|(_, service)| service.startup == startup) {
            // Not where a stack says 100 GiB: what a container says wins over its size.
            let size = named_size && index == 0 && !of_stack;
            let _ = writeln!(text, "      {}: {{{}}}", service.name, keys(random, service, size));
        }
    }
}

fn keys(random: &mut Rng, service: &Service, size: bool) -> String {
    let mut keys = Vec::new();
    if size {
        keys.push("size: first".to_owned());
    } else {
        keys.push(format!("memory: {}", show_memory(random, service.memory)));
        keys.push(format!("cpu: {}m", service.millicores));
    }
    keys.push(format!("disk: {}GB", service.gigabytes));
    if service.gpus > 0 {
        keys.push(format!("resources: {{gpu: {}}}", service.gpus));
    }
    keys.extend(service.replicas.map(|count| format!("replicas: {count}")));
    keys.extend(service.apart.map(|apart| format!("apart: {apart}")));
    keys.extend(service.on.as_ref().map(|on| format!("on: {on}")));
    if !service.needs.is_empty() {
        keys.push(format!("needs: [{}]", service.needs.join(", ")));
    }
    if one_in(random, 6) {
        keys.push("limit: {memory: 64GiB}".to_owned());
    }
    if one_in(random, 8) {
        keys.push("observed: {memory: 32GiB, source: docker stats, date: 2026-11-01}".to_owned());
    }
    keys.join(", ")
}

fn write_rules(random: &mut Rng, services: &[Service], text: &mut String) {
    let mut lines = Vec::new();
    for _ in 0..random.usize(0..4) {
        let mut ids: Vec<String> = services.iter().flat_map(Service::containers).collect();
        random.shuffle(&mut ids);
        ids.truncate(random.usize(2..4));
        if ids.len() >= 2 {
            let kind = if one_in(random, 2) { "apart" } else { "together" };
            lines.push(format!("  - {kind}: [{}]\n", ids.join(", ")));
        }
    }
    if !lines.is_empty() {
        let _ = write!(text, "rules:\n{}", lines.concat());
    }
}

fn write_goals(random: &mut Rng, text: &mut String) {
    let mut goals = ["fewest-hosts", "cheapest", "least-power", "balance", "fewest-moves"];
    random.shuffle(&mut goals);
    let count = random.usize(0..=goals.len());
    if count > 0 {
        let _ = writeln!(text, "goals: [{}]", goals[..count].join(", "));
    }
}

/// None, some containers, or all, on random hosts: most such placements break something.
fn write_placement(random: &mut Rng, kinds: &[Kind], services: &[Service], text: &mut String) {
    let tenths = [0, 4, 8, 10][random.usize(0..4)];
    let hosts: Vec<String> = kinds.iter().flat_map(Kind::hosts).collect();
    let mut content = vec![Vec::new(); hosts.len()];
    for id in services.iter().flat_map(Service::containers) {
        if random.usize(0..10) < tenths {
            content[random.usize(0..hosts.len())].push(id);
        }
    }
    if content.iter().all(Vec::is_empty) {
        return;
    }
    text.push_str("placement:\n");
    for (host, ids) in hosts.iter().zip(&content).filter(|(_, ids)| !ids.is_empty()) {
        let _ = writeln!(text, "  {host}: [{}]", ids.join(", "));
    }
}

/// Quarters of a GiB in one of several ways of writing them.
fn show_memory(random: &mut Rng, quarters: u64) -> String {
    match random.usize(0..4) {
        0 => format!("{}MiB", quarters * 256),
        1 => format!("{}.{:02}GiB", quarters / 4, quarters % 4 * 25),
        2 => format!("{}B", quarters << 28),
        _ => format!("{}m", quarters * 256),
    }
}

fn one_in(random: &mut Rng, number: usize) -> bool {
    random.usize(0..number) == 0
}
