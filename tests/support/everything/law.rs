//! All that is asked about one document, and whether each answer is as it should be.

use bayplan::document::Supposed;
use bayplan::model::Placement;
use fastrand::Rng;
use serde_json::{Value, json};

use super::amount::Amount;
use super::asked::{self, Answer, Ask, CHANGED, Command, Files};
use super::judge::{self, Verdict, ensure};
use super::meaning::View;
use super::spec::{Kinds, Part, RESOURCES, Spec, one_in, pick, rearranged, spec};
use super::text::NAME;
use super::truth::Truth;
use super::world::{Host, State, World};
use super::{arrivals, compared, road, supposed};

/// The file of the document where other things run.
const OTHER: &str = "other.yaml";

/// Whether the document of this number is read as what it means, whichever way it is looked at.
pub fn reads(seed: u64) -> Verdict {
    let spec = spec(seed);
    let files: Files = spec.files().into_iter().collect();
    for view in views(&spec) {
        let read = ask(&spec, Command::Roadmap, view).layout(&files);
        let read = read.map_err(|problems| format!("{}\n{}", problems.render(false), spec.shown()))?;
        let (read, meant) = (World::read(&read), spec.world(view));
        ensure(read == meant, || format!("{view:?}\nread  {read:#?}\nmeant {meant:#?}\n{}", spec.shown()))?;
    }
    Ok(())
}

/// What is wrong with any answer about the document of this number, with all that repeats it. With `some` every fourth
/// of the questions is asked.
pub fn answers(seed: u64, some: bool) -> Verdict {
    let spec = spec(seed);
    let files = files(&spec);
    for (number, (command, view)) in questions(&spec, seed).into_iter().enumerate() {
        if some && !(number as u64 + seed).is_multiple_of(4) {
            continue;
        }
        let ask = ask(&spec, command, view);
        let answer = ask.library(&files, seed.is_multiple_of(16));
        let verdict = judged(&spec, &ask, &answer).and_then(|()| followed(&spec, &ask, &answer, &files, some));
        let verdict = verdict.and_then(|()| if seed % 64 == 1 { same(&ask, &answer, &files) } else { Ok(()) });
        verdict.map_err(|why| format!("{}: {why}\n{}", ask.shown(), spec.shown()))?;
    }
    Ok(())
}

/// How many remedies there are, and what was asked, of each question about what comes or is supposed whose answer is no.
pub fn remedies(seed: u64) -> Vec<(usize, String)> {
    let spec = spec(seed);
    let files = files(&spec);
    let impossible = |(command, view): (Command, View)| {
        let comes = matches!(command, Command::FitStartup(_) | Command::FitStack(..));
        if !comes && !matches!(command, Command::WhatIf(_)) {
            return None;
        }
        let ask = ask(&spec, command, view);
        let answer = ask.library(&files, false);
        let sentence = answer.json["proof"]["sentence"].as_str().unwrap_or("");
        // Of what does not fit before anybody comes `plan` says what helps.
        let before = sentence.starts_with("The startups of the document do not fit by themselves");
        (answer.code == 1 && !before).then(|| (answer.remedies.len(), format!("{}\n{}", ask.shown(), spec.shown())))
    };
    questions(&spec, seed).into_iter().filter_map(impossible).collect()
}

/// Whether all commands say of a document that is made wrong that it is, and why.
pub fn refuses(seed: u64) -> Verdict {
    let (before, added, code) = WRONG[seed as usize % WRONG.len()];
    let spec = spec(seed);
    let mut files = files(&spec);
    for (name, text) in &mut files {
        if !name.starts_with("other") {
            *text = match before {
                "" => format!("{text}{added}"),
                before => text.replacen(before, &format!("{before}{added}"), 1),
            };
        }
    }
    for (command, view) in questions(&spec, seed) {
        let ask = ask(&spec, command, view);
        let answer = ask.library(&files, false);
        let shown = || format!("{}: {} is due, said {}\n{files:#?}", ask.shown(), code, answer.json);
        ensure(answer.code == 2, shown)?;
        let errors = answer.json["diagnostics"].as_array().into_iter().flatten().filter(|it| it["severity"] == "error");
        let codes: Vec<&str> = errors.filter_map(|it| it["code"].as_str()).collect();
        ensure(!codes.is_empty() && codes.iter().all(|it| *it == code), shown)?;
    }
    Ok(())
}

/// What makes a document wrong: after which line what is added, and the code of what is wrong then.
const WRONG: [(&str, &str, &str); 27] = [
    ("hosts:\n", "  odd: {memory: 16}\n", "missing-unit"),
    ("hosts:\n", "  odd: {memory: 16gb}\n", "unknown-unit"),
    ("hosts:\n", "  odd: {memory: -1GiB}\n", "bad-amount"),
    ("hosts:\n", "  odd: {memory: 9000000TB}\n", "amount-too-large"),
    ("hosts:\n", "  odd: {memory: 1GB, reserve: {memory: 2GB}}\n", "reserve-above-capacity"),
    ("hosts:\n", "  odd: {memory: 10GB, reserve: {memory: 9GB + 11%}}\n", "reserve-above-capacity"),
    ("hosts:\n", "  odd: {memory: 10GB, reserve: {memory: 1GB + 1GB + 10%}}\n", "bad-value"),
    ("hosts:\n", "  odd: {cpu: 1, overcommit: {cpu: 0}}\n", "bad-overcommit"),
    ("hosts:\n", "  ODD: {cpu: 1}\n", "bad-name"),
    ("hosts:\n", "  odd: {cpu: 1, state: broken}\n", "bad-value"),
    ("hosts:\n", "  odd: {cpu: 1, count: 0}\n", "bad-number"),
    ("hosts:\n", "  odd: {cpu: 1, resources: {cpu: 4}}\n", "reserved-resource"),
    ("hosts:\n", "  odd: {ram: 1GiB}\n", "unknown-key"),
    ("startups:\n", "  x9: {containers: {a: {memory: 1GiB, needs: nothing}}}\n", "unknown-container"),
    ("startups:\n", "  x9: {containers: {a: {memory: 1GiB, on: nowhere}}}\n", "unknown-host"),
    ("startups:\n", "  x9: {containers: {a: {memory: 1GiB, on: {arch: riscv}}}}\n", "no-match"),
    ("startups:\n", "  x9: {containers: {a: {needs: b}, b: {needs: a}}}\n", "needs-cycle"),
    ("startups:\n", "  x9: nosuch\n", "unknown-stack"),
    ("startups:\n", "  x9: {containers: {a: {disk: 1GB, pool: nosuch}}}\n", "unknown-pool"),
    ("startups:\n", "  x9: {containers: {a: {size: nosuch}}}\n", "unknown-size"),
    ("startups:\n", "  x9: {containers: {a: {replicas: 2, apart: rack}}}\n", "unknown-label"),
    ("startups:\n", "  x9: {priority: 2}\n", "missing-key"),
    ("startups:\n", "  x9: {containers: {a: {resources: {tpu: 1}}}}\n", "unknown-resource"),
    ("startups:\n", "  x9: {containers: {a: {memory: 1GiB}}, from: never}\n", "unknown-phase"),
    ("startups:\n", "  x9..x2: {containers: {a: {memory: 1GiB}}}\n", "bad-range"),
    ("", "name: again\n", "duplicate-key"),
    ("", "x: [\n", "syntax"),
];

/// The document, and one where other things run.
fn files(spec: &Spec) -> Files {
    let other = rearranged(spec).files().into_iter().map(|(name, text)| {
        let name = if name == NAME { OTHER.to_owned() } else { format!("other-{name}") };
        (name, text.replace("extends: ", "extends: other-"))
    });
    spec.files().into_iter().chain(other).collect()
}

/// All that is asked about a document.
fn questions(spec: &Spec, seed: u64) -> Vec<(Command, View)> {
    let views = views(spec);
    let view = |turn: u64| views[((seed + turn) % views.len() as u64) as usize];
    let mut random = Rng::with_seed(seed ^ 0xa5c);
    let rng = &mut random;
    let plan = |keep, partial, moves, proof| Command::Plan { keep, partial, moves, proof };
    let proof = rng.bool();
    let label = ["arch", "shelf"][seed as usize / 4 % 2].to_owned();
    let asked = match seed % 4 {
        0 | 1 => (1 + seed as usize % 2, Vec::new()),
        2 => (0, vec![label]),
        _ => (1, vec![label]),
    };
    let mut questions = vec![
        (Command::Check { survive: None }, view(0)),
        (Command::Check { survive: Some(asked) }, view(1)),
        (plan(false, false, true, proof), view(2)),
        (plan(true, false, false, !proof), view(3)),
        (plan(false, true, true, false), view(4)),
        (plan(true, true, false, false), view(5)),
        (Command::Compare(OTHER.to_owned()), view(6)),
        (Command::Roadmap, View { phase: None, ..view(9) }),
    ];
    if spec.world(view(12)).now.is_some() {
        let most = Rng::with_seed(seed ^ 0x3a4).u64(..4);
        questions.push((Command::Within(most), view(12)));
    }
    let world = spec.world(view(7));
    let unplaced = |it: &usize| world.containers_of(*it).all(|it| world.standing()[it].is_none());
    let startups: Vec<usize> = (0..world.startups.len()).collect();
    let mostly: Vec<usize> = startups.iter().copied().filter(unplaced).collect();
    let mostly = if mostly.is_empty() || one_in(rng, 8) { &startups } else { &mostly };
    if !mostly.is_empty() {
        let startup = mostly[rng.usize(..mostly.len())];
        questions.push((Command::FitStartup(world.startups[startup].name.clone()), view(7)));
    }
    if !spec.stacks.is_empty() {
        let stack = spec.stacks[rng.usize(..spec.stacks.len())].0.to_owned();
        questions.push((Command::FitStack(stack, pick(rng, &[1, 1, 2])), view(8)));
    }
    for turn in [10, 11] {
        let supposed = suppositions(rng, spec, view(turn));
        questions.extend((!supposed.is_empty()).then_some((Command::WhatIf(supposed), view(turn))));
    }
    questions
}

/// Something that may be supposed, and more besides.
fn suppositions(rng: &mut Rng, spec: &Spec, view: View) -> Vec<Supposed> {
    let world = spec.world(view);
    let mut supposed: Vec<Supposed> = Vec::new();
    let mut left: Vec<usize> = (0..world.hosts.len()).collect();
    for _ in 0..pick(rng, &[1, 1, 2, 3]) {
        match rng.usize(..5) {
            0 | 1 => {
                let host = pick(rng, &left);
                let name = if one_in(rng, 3) { &world.hosts[host].kind } else { &world.hosts[host].name };
                let gone = |it: &usize| world.hosts[*it].kind == *name || world.hosts[*it].name == *name;
                let others: Vec<usize> = left.iter().copied().filter(|it| !gone(it)).collect();
                if others.is_empty() {
                    continue;
                }
                left = others;
                supposed.push(if rng.bool() { Supposed::Lose(name.clone()) } else { Supposed::Drain(name.clone()) });
            }
            2 => {
                let up: Vec<usize> = left.iter().copied().filter(|&it| world.hosts[it].state == State::Up).collect();
                if up.is_empty() || supposed.iter().any(|it| matches!(it, Supposed::AddHost(..))) {
                    continue;
                }
                let kind = world.hosts[pick(rng, &up)].kind.clone();
                supposed.push(Supposed::AddHost(kind, 1));
            }
            3 => {
                let asking = |service: usize| {
                    let asks = world.services[service].asks.iter().enumerate();
                    asks.filter(|(resource, amount)| {
                        **amount > 0 && RESOURCES[..3].contains(&world.resources[*resource].as_str())
                    })
                    .map(move |(resource, _)| (service, resource))
                };
                let asking: Vec<(usize, usize)> = (0..world.services.len()).flat_map(asking).collect();
                if asking.is_empty() {
                    continue;
                }
                let (service, resource) = pick(rng, &asking);
                let own = &world.startups[world.services[service].startup].name;
                let of = if one_in(rng, 3) { "*" } else { own };
                let pattern = format!("{of}/{}", world.services[service].name);
                let by = pick(rng, &["+20%", "-10%", "+100%", "+7%"]).to_owned();
                supposed.push(Supposed::Grow { pattern, resource: world.resources[resource].clone(), by });
            }
            _ if world.startups.len() > 1 && !supposed.iter().any(|it| matches!(it, Supposed::Without(_))) => {
                supposed.push(Supposed::Without(pick(rng, &world.startups).name));
            }
            _ => {}
        }
    }
    labelled(&mut Rng::with_seed(spec.seed ^ 0x1abe1), &world, &mut supposed);
    // Changes are made in the order of their kinds, as the command line has them.
    let rank = |it: &Supposed| match it {
        Supposed::Lose(_) => 0,
        Supposed::Drain(_) => 1,
        Supposed::AddHost(..) => 2,
        Supposed::Grow { .. } => 3,
        Supposed::Without(_) => 4,
    };
    supposed.sort_by_key(rank);
    supposed
}

/// What is lost or drained alone may be all with a value of a label instead.
fn labelled(rng: &mut Rng, world: &World, supposed: &mut [Supposed]) {
    let named = |it: &&mut Supposed| matches!(it, Supposed::Lose(_) | Supposed::Drain(_));
    let mut all: Vec<&mut Supposed> = supposed.iter_mut().filter(named).collect();
    let ([Supposed::Lose(name) | Supposed::Drain(name)], true) = (&mut all[..], one_in(rng, 2)) else { return };
    let carrying = |it: &(String, String)| {
        let carries = |host: &&Host| host.labels.get(&it.0) == Some(&it.1);
        world.hosts.iter().filter(carries).count() < world.hosts.len()
    };
    let pairs = world.hosts.iter().flat_map(|host| host.labels.clone());
    let pairs: Vec<(String, String)> = pairs.filter(carrying).collect();
    if !pairs.is_empty() {
        let (label, value) = pick(rng, &pairs);
        *name = format!("{label}={value}");
    }
}

/// Whether an answer is as it should be.
fn judged(spec: &Spec, ask: &Ask, answer: &Answer) -> Verdict {
    ensure(answer.code != 70, || format!("refuted: {}", answer.json))?;
    let mut world = spec.world(ask.view);
    let more = |of: &str, count: u64| {
        let (spec, names) = spec.with_more(of, count);
        let world = spec.world(ask.view);
        let arriving = names.iter().flat_map(|name| world.containers_of(world.startup(name)));
        let arriving = arriving.collect();
        (world, arriving)
    };
    match &ask.command {
        Command::Check { survive } => {
            if let Some((hosts, labels)) = survive {
                let value = |host: usize, label: &String| world.hosts[host].labels.get(label);
                let is_one = |label: &String| (0..world.hosts.len()).all(|it| value(it, label) == value(0, label));
                if *hosts >= world.hosts.len() || labels.iter().any(is_one) {
                    return ensure(answer.code == 2, || "more are lost than there are".to_owned());
                }
                world.lose(*hosts, labels.clone());
            }
            judge::check(&world, answer)
        }
        Command::Plan { keep, partial: false, .. } => judge::plan(&world, answer, *keep, &more).map(|_| ()),
        Command::Plan { keep, partial: true, .. } => judge::partial(&world, answer, *keep).map(|_| ()),
        &Command::Within(most) => {
            world.most_moves = Some(most);
            judge::plan(&world, answer, false, &more).map(|_| ())
        }
        Command::FitStartup(name) => {
            let coming = world.startup(name);
            let arriving: Vec<usize> = world.containers_of(coming).collect();
            arrivals::fit(&world, answer, &[coming], &arriving)
        }
        Command::FitStack(stack, count) => {
            let (world, arriving) = more(stack, (*count).into());
            let coming: Vec<usize> = arriving.iter().map(|&it| world.startup_of(it)).collect();
            arrivals::fit(&world, answer, &coming, &arriving)
        }
        Command::WhatIf(supposed) => {
            let mut then = supposed::then(spec, ask.view, supposed);
            // Of what is to be survived, one has happened then: what is left of it is asked where it can be.
            let happens = |it: &Supposed| matches!(it, Supposed::Lose(_) | Supposed::Drain(_));
            let asks = then.survive.is_some() && supposed.iter().any(happens);
            if asks && !Truth::of_all(&then, false).is_feasible() {
                then.survive = None;
            }
            let aside = asks && then.survive.is_none();
            // Of what is lost as many replicas start again as must, where not all find room.
            let loses = supposed.iter().any(|it| matches!(it, Supposed::Lose(_)));
            let fewer = loses && !Truth::of_all(&then, false).is_feasible() && judge::down(&then).is_some();
            let said = &answer.json["unprotected"]["proven"];
            ensure(said == &if aside { json!(!fewer) } else { Value::Null }, || {
                format!("unprotected: {said}, not {aside}")
            })?;
            // Where the best plan needs a stop, one that moves as few and needs none.
            if answer.json["plan"]["goals"].as_array().is_some_and(|goals| goals.len() == 1) && then.goals.len() > 1 {
                let order = &answer.json["plan"]["changes"];
                ensure(order["reachable"] == true, || format!("goals are left out, and yet: {order}"))?;
                then.goals.truncate(1);
            }
            if fewer && then.now.is_some() {
                return judge::planned_with_fewer(&then, answer, &answer.json["plan"]);
            }
            if then.now.is_some() {
                return judge::planned(&then, answer, &answer.json["plan"], false).map(|_| ());
            }
            // It was planned first, and who runs where then is not known.
            let fits = Truth::of_all(&then, false).is_feasible();
            // Of whom none stands, more may be down.
            ensure(fewer || answer.code == i32::from(!fits), || format!("exit code {}; it fits: {fits}", answer.code))
        }
        Command::Roadmap => road::roadmap(spec, ask.view, answer),
        Command::Compare(_) => {
            let other = rearranged(spec).world(ask.view);
            if world.now.is_none() || other.now.is_none() {
                return ensure(answer.code < 2, || format!("exit code {}", answer.code));
            }
            compared::compare(&world, &other, answer)
        }
    }
}

/// What follows from an answer: remedies help, proofs hold, and what is saved says the same.
fn followed(spec: &Spec, ask: &Ask, answer: &Answer, files: &Files, some: bool) -> Verdict {
    for (number, remedy) in answer.remedies.iter().enumerate() {
        if some && number as u64 != spec.seed % answer.remedies.len() as u64 {
            continue;
        }
        let mut changed = files.clone();
        changed.insert(CHANGED.to_owned(), remedy.clone());
        let again = Ask { file: CHANGED.to_owned(), brief: true, ..ask.clone() };
        let then = match &ask.command {
            Command::FitStack(stack, count) => {
                let names: Vec<String> = (1..=*count).map(|number| format!("{stack}-new-{number}")).collect();
                again.fit_of(&changed, &names)
            }
            Command::FitStartup(name) => {
                // That it does not come is a way, too.
                let whole =
                    again.layout(&changed).map_err(|problems| format!("{remedy}\n{}", problems.render(false)))?;
                if !whole.demand.startups.iter().any(|startup| startup.name == *name) {
                    continue;
                }
                again.library(&changed, false)
            }
            _ => again.library(&changed, false),
        };
        match &ask.command {
            Command::Roadmap => {
                let misfit = |answer: &Answer| answer.json["first_misfit"].clone();
                ensure(then.code < 2 && misfit(&then) != misfit(answer), || {
                    format!("this does not help, exit code {}:\n{remedy}", then.code)
                })?;
            }
            _ => ensure(then.code == 0, || format!("this does not help, exit code {}:\n{remedy}", then.code))?,
        }
        if let Command::Plan { keep, partial: false, .. } = ask.command {
            let world = World::read(&again.layout(&changed).map_err(|problems| problems.render(false))?);
            ensure(Truth::of_all(&world, keep).is_feasible(), || format!("this makes nothing fit:\n{remedy}"))?;
        }
    }
    if let Command::Plan { keep, proof: true, .. } = ask.command {
        let certificate = answer.certificate.as_ref();
        let Some(certificate) = certificate else {
            // Losses alone have no certificate, nor have rules that count, nor pools.
            let counts = |part: &Part| part.spread.is_some();
            let parts = spec.startups.iter().flat_map(|startup| &startup.own);
            let counted = parts.chain(spec.stacks.iter().flat_map(|stack| &stack.1)).any(counts)
                || spec.rules.iter().any(|rule| matches!(rule.kind, Kinds::AtMost(..)));
            let counted = counted || spec.pool.is_some();
            return ensure(spec.survive.is_some() || counted, || "there is no certificate".to_owned());
        };
        ensure(ask.verified(files, certificate, keep) == Some(true), || format!("does not verify: {certificate}"))?;
        ensure(ask.verified(files, certificate, !keep) != Some(true), || format!("verifies with keep {}", !keep))?;
        let mut changed = spec.clone();
        let part = changed.startups.iter_mut().flat_map(|startup| &mut startup.own).find(|part| part.asks[1].is_some());
        if let Some(part) = part {
            part.asks[1] = Some(Amount::plain(1 << 40)).map(|it| Amount { text: "1TiB".to_owned(), ..it });
            let changed = self::files(&changed);
            let differs = ask.layout(&changed).ok().map(|it| World::read(&it))
                != ask.layout(files).ok().map(|it| World::read(&it));
            let verified = differs && ask.verified(&changed, certificate, keep) == Some(true);
            ensure(!verified, || "verifies for another document".to_owned())?;
        }
    }
    if let Some(saved) = &answer.saved {
        let mut with = files.clone();
        with.insert(CHANGED.to_owned(), saved.clone());
        let again = Ask { file: CHANGED.to_owned(), ..ask.clone() };
        let read =
            World::read(&again.layout(&with).map_err(|problems| format!("{saved}\n{}", problems.render(false)))?);
        let mut meant = spec.world(ask.view);
        meant.now = Some(judge::placed(&meant, &answer.json)?);
        ensure(read == meant, || format!("saved as something else:\n{saved}"))?;
    }
    if let (Command::Check { survive: None }, Ok(layout)) = (&ask.command, ask.layout(files)) {
        let nothing = Placement::empty(layout.demand.containers.len());
        let by = ["arch", "shelf"]
            .into_iter()
            .find(|label| layout.lab.hosts.iter().any(|it| it.labels.contains_key(*label)));
        asked::drawn(&layout, layout.placement.as_ref().unwrap_or(&nothing), by);
    }
    Ok(())
}

/// The program answers the same.
fn same(ask: &Ask, answer: &Answer, files: &Files) -> Verdict {
    let ran = ask.program(files);
    ensure(ran.code == answer.code, || format!("the program ends with {}, not with {}", ran.code, answer.code))?;
    let told = answer.code == 2 || ran.json == answer.json || matches!(ask.command, Command::Compare(_));
    ensure(told, || format!("the program says\n{}\nand not\n{}", ran.json, answer.json))?;
    let proofs = [&ran.certificate, &answer.certificate].map(|proof| proof.as_ref().map(|it| it.trim().to_owned()));
    ensure(proofs[0] == proofs[1], || format!("the program proves {proofs:?}"))
}

fn ask(spec: &Spec, command: Command, view: View) -> Ask {
    Ask {
        command,
        view,
        phases: spec.phases.iter().map(|&name| name.to_owned()).collect(),
        file: NAME.to_owned(),
        brief: false,
    }
}

/// Every way to look at a document.
fn views(spec: &Spec) -> Vec<View> {
    let phases = (0..spec.phases.len()).map(Some).chain([None]);
    phases
        .flat_map(|phase| {
            [(false, false), (true, false), (false, true), (true, true)].map(|(planned, observed)| View {
                phase,
                planned,
                observed,
                road: false,
            })
        })
        .collect()
}
