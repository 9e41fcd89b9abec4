//! `fit --evict`: who of lower priority stops so that those who come fit, against every choice of who could.

use bayplan::fit::{Evicted, Fits, fit};
use bayplan::model::{Change, Layout, StartupIndex};
use bayplan::question::Question;
use bayplan::solve::{NoLimit, Options};
use fastrand::Rng;

use crate::support::{ask, cases, read};

const OPTIONS: Options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };

/// A lab where startups of several priorities run, and one is to come.
fn lab(seed: u64) -> String {
    let rng = &mut Rng::with_seed(seed ^ 0xE71C);
    let (hosts, startups) = (rng.u64(1..=3), rng.u64(2..=5));
    let mut text = "hosts:\n".to_owned();
    (0..hosts).for_each(|host| text += &format!("  h{host}: {{memory: {}GiB}}\n", rng.u64(4..=9)));
    text += "startups:\n";
    let mut free: Vec<u64> = text.matches("memory: ").map(|_| 0).collect();
    for (host, line) in text.lines().skip(1).take(free.len()).enumerate() {
        free[host] = line.split("memory: ").nth(1).and_then(|it| it.split('G').next()?.parse().ok()).unwrap_or(0);
    }
    let mut placed: Vec<Vec<String>> = vec![Vec::new(); free.len()];
    for startup in 0..startups {
        let mut own = Vec::new();
        for container in 0..rng.u64(1..=2) {
            let size = rng.u64(1..=4);
            let needs = match startup > 0 && rng.u8(..6) == 0 {
                true => format!(", needs: [s{}/c0]", rng.u64(..startup)),
                false => String::new(),
            };
            own.push(format!("c{container}: {{memory: {size}GiB{needs}}}"));
            if let Some(host) = free.iter().position(|&free| free >= size) {
                free[host] -= size;
                placed[host].push(format!("s{startup}/c{container}"));
            }
        }
        text += &format!("  s{startup}: {{priority: {}, containers: {{{}}}}}\n", rng.u64(1..=3), own.join(", "));
    }
    let replicas = rng.u64(1..=2);
    let apart = if replicas > 1 { ", replicas: 2, apart: host" } else { "" };
    text += &format!("  new: {{priority: 3, containers: {{x: {{memory: {}GiB{apart}}}}}}}\n", rng.u64(2..=6));
    text += "placement:\n";
    for (host, its) in placed.iter().enumerate() {
        text += &format!("  h{host}: [{}]\n", its.join(", "));
    }
    text
}

/// The question whether `new` fits in `layout`.
fn asked(layout: Layout, evict: bool) -> Question<'static> {
    let new = layout.demand.startups.iter().position(|startup| startup.name == "new");
    let mut question = ask::arriving(layout, new.into_iter().collect(), false);
    question.arrivals.as_mut().expect("arrivals").evict = evict;
    question
}

/// The least that stops so that `new` fits: its priority and containers; by asking of every choice.
fn least(question: &Question) -> Option<(u64, usize)> {
    let (layout, demand) = (&question.layout, &question.layout.demand);
    let placement = layout.placement.as_ref().expect("a placement");
    let stands = |container| placement.host(container).is_some();
    let runs = |&startup: &StartupIndex| demand.containers_of(startup).any(stands);
    let lower: Vec<StartupIndex> =
        (0..demand.startups.len()).filter(|&startup| demand.startups[startup].priority < 3).filter(runs).collect();
    let choices = (0..1_u32 << lower.len()).filter_map(|choice| {
        let stops: Vec<StartupIndex> =
            lower.iter().enumerate().filter(|(at, _)| choice & 1 << at != 0).map(|(_, &startup)| startup).collect();
        let changes: Vec<Change> = stops.iter().copied().map(Change::StartupLeftOut).collect();
        let placed = |startup: StartupIndex| runs(&startup);
        // Who runs on does not need who stops.
        let needed = (0..demand.startups.len()).filter(|startup| !stops.contains(startup)).any(|startup| {
            let comes = demand.startups[startup].name == "new";
            let services = demand.startups[startup].services.clone();
            (comes || placed(startup))
                && services
                    .flat_map(|it| &demand.services[it].needs)
                    .any(|&need| stops.contains(&demand.services[need].startup))
        });
        let without = question.supposing(&changes).ok().filter(|_| !needed)?;
        let answer = fit(&without, &OPTIONS).ok()?.answer;
        let priority = stops.iter().map(|&startup| demand.startups[startup].priority).sum();
        let containers =
            stops.iter().flat_map(|&startup| demand.containers_of(startup)).filter(|&it| stands(it)).count();
        matches!(answer, Fits::AsIs | Fits::WithMoves).then_some((priority, containers))
    });
    choices.min()
}

#[test]
fn as_little_priority_stops_as_can_be() {
    let found = cases::each(0, 300, |seed| {
        let text = lab(seed);
        let (_, layout) = read::both(&text);
        let whole = asked(layout.clone(), true);
        let answer = fit(&whole, &OPTIONS).unwrap_or_else(|error| panic!("{error:?}\n{text}"));
        let expected = least(&asked(layout, false));
        match (&answer.evicted, expected) {
            (None, Some((0, 0))) => 0,
            (Some(Evicted::These { startups, containers, least }), Some(expected)) => {
                let priority = startups.iter().map(|(_, priority)| priority).sum::<u64>();
                assert!(*least, "not shown to be the least\n{text}");
                assert_eq!((priority, containers.len()), expected, "{startups:?}\n{text}");
                assert!(matches!(answer.answer, Fits::AsIs | Fits::WithMoves));
                1
            }
            (Some(Evicted::Nobody | Evicted::InVain), None) => 0,
            // Room there may be, and no valid steps to it.
            (Some(Evicted::Unknown), _) => 0,
            (found, expected) => panic!("{found:?}, and it is {expected:?}\n{text}"),
        }
    });
    assert!(found.iter().sum::<usize>() > 10, "hardly anybody gives way");
}
