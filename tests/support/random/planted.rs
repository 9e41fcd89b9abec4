//! Larger documents, made around a placement that breaks nothing.

use super::*;

/// A larger document number `seed`, made around a placement that breaks nothing, and that placement.
pub fn document(seed: u64) -> (Spec, Vec<Option<usize>>) {
    let mut random = Rng::with_seed(seed);
    let mut kinds = kinds(&mut random, MIDDLE);
    let mut services = services(&mut random, &kinds, MIDDLE);
    for kind in &mut kinds {
        kind.state = HostState::Up;
    }
    let hosts = kinds.iter().map(Kind::number).sum();
    let containers: usize = services.iter().map(Spelled::count).sum();
    let planted: Vec<usize> = (0..containers).map(|_| random.usize(0..hosts)).collect();
    hold(&mut random, &mut kinds, &services, &planted);
    allow(&kinds, &mut services, &planted);
    agents(seed, &mut kinds, &mut services, true);
    let mut rules = rules(&mut random, containers);
    rules.retain(|(kind, bound)| {
        let places: BTreeSet<usize> = bound.iter().map(|&container| planted[container]).collect();
        match kind {
            RuleKind::Together => places.len() == 1,
            RuleKind::AtMost { count, .. } => bound.len() as u64 <= *count,
            _ => places.len() == bound.len(),
        }
    });
    let startups = services.last().map_or(0, |service| service.startup + 1);
    // Where things stand now: as planted, but for some that are elsewhere or nowhere.
    let now = placement(&mut random, containers, hosts).into_iter().zip(&planted);
    let placement = now.map(|(now, &planted)| if random.bool() { Some(planted) } else { now }).collect();
    let spec = Spec {
        seed,
        priorities: (0..startups).map(|_| None).collect(),
        rules,
        goals: goals(&mut random),
        placement,
        judges: judges(seed, &kinds),
        kinds,
        services,
    };
    (spec, planted.into_iter().map(Some).collect())
}

/// Each kind gets what its fullest host needs, and now and then some more.
fn hold(random: &mut Rng, kinds: &mut [Kind], services: &[Spelled], planted: &[usize]) {
    let mut first = 0;
    let mut counts = Rng::with_seed(services.len() as u64 ^ 0x7a4e5);
    for kind in kinds {
        let own = first..first + kind.number();
        first = own.end;
        let owner = services.iter().flat_map(|it| std::iter::repeat_n(it, it.count()));
        let mut loads: BTreeMap<usize, [u64; 4]> = BTreeMap::new();
        for (service, host) in owner.zip(planted).filter(|(_, host)| own.contains(host)) {
            let asks = [service.memory, service.millicores, service.gigabytes, service.gpus];
            loads.entry(*host).or_default().iter_mut().zip(asks).for_each(|(load, asks)| *load += asks);
        }
        let [memory, millicores, gigabytes, gpus] =
            [0, 1, 2, 3].map(|resource| loads.values().map(|load| load[resource]).max().unwrap_or(0));
        let fullest = own.clone().map(|host| planted.iter().filter(|at| **at == host).count() as u64).max();
        kind.takes = fullest.filter(|_| one_in(&mut counts, 3)).map(|most| most + counts.u64(0..3));
        kind.overcommit = 10;
        kind.memory = memory + random.u64(0..3);
        kind.millicores = Some(millicores + 50 * random.u64(0..4));
        kind.gigabytes = Some(gigabytes + random.u64(0..10));
        if gpus > 0 {
            kind.gpus = Some(gpus.max(kind.gpus.unwrap_or(0)));
        }
    }
}

/// Takes away what forbids the planted placement.
fn allow(kinds: &[Kind], services: &mut [Spelled], planted: &[usize]) {
    let shelf_of: Vec<_> = kinds.iter().flat_map(|kind| vec![kind.shelf; kind.number()]).collect();
    let arch_of: Vec<_> = kinds.iter().flat_map(|kind| vec![kind.arch; kind.number()]).collect();
    let mut first = 0;
    for service in services {
        let places = &planted[first..first + service.count()];
        first += service.count();
        if service.on.as_ref().is_some_and(|(_, hosts)| !places.iter().all(|host| hosts.contains(host))) {
            service.on = None;
        }
        service.spread = None;
        let zones = match service.apart {
            Some("shelf") => {
                places.iter().map(|&host| shelf_of[host].unwrap_or_default()).collect::<BTreeSet<_>>().len()
            }
            Some("arch") => places.iter().map(|&host| arch_of[host]).collect::<BTreeSet<_>>().len(),
            _ => places.iter().collect::<BTreeSet<_>>().len(),
        };
        if zones < places.len() {
            service.apart = None;
        }
    }
}
