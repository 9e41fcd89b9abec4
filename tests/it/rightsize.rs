//! What should containers ask for, going by what they take? Is it what the samples say, and does the document say it then?

use std::collections::{BTreeMap, BTreeSet};

use bayplan::diagnostic::Place;
use bayplan::document::{Destination, Document};
use bayplan::import::found::Measured;
use bayplan::model::{Layout, Observed};
use bayplan::operate::names::Names;
use bayplan::operate::rightsize::{Proposed, Seen, propose, rightsize};
use bayplan::operate::usage::Reckoning;
use bayplan::quantity::Resource;
use bayplan::question::Question;
use bayplan::solve::{NoLimit, Options};
use fastrand::Rng;

use crate::support::cases;
use crate::support::program::Folder;
use crate::support::random;
use crate::support::read::{both, document, layout};

const MIB: u64 = 1 << 20;

fn options() -> Options<'static> {
    Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: false }
}

fn measured(name: &str, cpu: &[u64], memory: &[u64]) -> Measured {
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    Measured { name: name.to_owned(), at, cpu: cpu.to_vec(), memory: memory.to_vec(), ..Measured::default() }
}

/// Samples of some of the containers, by id; of each a few.
fn samples(layout: &Layout, rng: &mut Rng) -> Vec<Measured> {
    let mut all = Vec::new();
    for container in layout.demand.indices() {
        if rng.u8(..10) < 7 {
            let many = rng.usize(1..40);
            let mut some = |most: u64| (0..many).map(|_| rng.u64(1..most)).collect::<Vec<u64>>();
            let (cpu, memory) = (some(900), some(900 * MIB));
            all.push(measured(&layout.container_id(container), &cpu, &memory));
        }
    }
    all
}

/// The sample that so many hundredths are not above, counted one by one.
fn hundredth(samples: &[u64], hundredths: usize) -> u64 {
    let candidates: BTreeSet<u64> = samples.iter().copied().collect();
    let enough = |it: &&u64| samples.iter().filter(|sample| sample <= it).count() * 100 >= hundredths * samples.len();
    *candidates.iter().find(enough).expect("the largest is enough")
}

#[test]
fn what_is_proposed_is_what_the_samples_say_and_the_document_says_it_then() {
    let seen = cases::each(0, 300, |seed| {
        let text = random::spec(seed).text();
        let (document, layout) = both(&text);
        let mut rng = Rng::with_seed(seed ^ 0x51CE);
        let all = samples(&layout, &mut rng);
        let said = BTreeMap::new();
        let names = Names::new(&layout, &said, None);
        let proposal = propose(&layout, &names, &all, Reckoning::USUAL);
        assert!(proposal.strangers.is_empty(), "{:?}", proposal.strangers);
        // By the place of the container, of whatever startup or replica it is.
        let mut cpu: BTreeMap<Place, u64> = BTreeMap::new();
        let mut memory: BTreeMap<Place, u64> = BTreeMap::new();
        for one in &all {
            let container = layout.demand.indices().find(|it| layout.container_id(*it) == one.name).expect("an id");
            let at = layout.demand.service_of(container).at;
            let (most, percentile) = (one.memory.iter().max().expect("samples"), hundredth(&one.cpu, 95));
            memory.entry(at).and_modify(|it| *it = (*it).max(*most)).or_insert(*most);
            cpu.entry(at).and_modify(|it| *it = (*it).max(percentile)).or_insert(percentile);
        }
        assert_eq!(proposal.sized.iter().map(|it| it.at).collect::<Vec<_>>(), cpu.keys().copied().collect::<Vec<_>>());
        let mut proposed = 0;
        for sized in &proposal.sized {
            for figure in &sized.figures {
                let resource = &layout.lab.resources[figure.resource];
                let service = &layout.demand.services[sized.services[0]];
                let limit = service.limit[figure.resource];
                let (observed, wanted) = match resource.base() {
                    Resource::Cpu => (cpu[&sized.at], cpu[&sized.at].max(10)),
                    _ => {
                        let most = memory[&sized.at];
                        let with = most + (most * 15).div_ceil(100);
                        let step =
                            if resource.write(1_000_000_000).ends_with("GB") && resource.family.step() == 1_000_000 {
                                1_000_000
                            } else {
                                MIB
                            };
                        (most, with.div_ceil(step) * step)
                    }
                };
                assert_eq!(figure.observed, observed);
                match figure.proposed {
                    Proposed::Amount(amount) => assert_eq!(amount, wanted),
                    Proposed::Limit(amount) => assert!(Some(amount) == limit && amount < wanted),
                    Proposed::OtherTimes | Proposed::Budget | Proposed::TooMuch => {}
                    Proposed::Content => assert!(service.carries.is_some(), "{service:?}"),
                }
                proposed += usize::from(figure.change().is_some());
            }
        }
        let written = settled(&document, &layout, &proposal);
        (proposed, written)
    });
    let sum = seen.iter().fold((0, 0), |sum, it| (sum.0 + it.0, sum.1 + it.1));
    assert!(sum.0 > 300 && sum.1 > 300, "{sum:?}");
}

/// The document with what was observed and is proposed says that and nothing else; how many services it says it of.
fn settled(document: &Document, before: &Layout, proposal: &bayplan::operate::rightsize::Proposal) -> usize {
    let seen = Seen { tool: "docker-stats".to_owned(), date: "2026-11-30".to_owned() };
    let settings = proposal.settings(before, &seen, true);
    if settings.is_empty() {
        return 0;
    }
    let target = Destination { path: "lab.yaml", working_directory: None };
    let set = document.text_with_set(&settings, target).expect("it can be set");
    let after = layout(&set.text);
    let changed = bayplan::model::apply(before, &proposal.changes(before)).expect("it can be changed");
    let mut said = 0;
    for ((old, wanted), new) in before.demand.services.iter().zip(&changed.demand.services).zip(&after.demand.services)
    {
        let (meant, is_set) = match settings.contains_key(&old.at) && !set.left.contains(&old.at) {
            true => (wanted, true),
            false => (old, false),
        };
        let values = |service: &bayplan::model::Service| service.request.iter().map(|it| it.value).collect::<Vec<_>>();
        assert_eq!(values(meant), values(new), "{}\n{}", before.demand.startups[old.startup].name, set.text);
        if is_set {
            let Some(Observed { source, date, .. }) = &new.observed else { panic!("nothing observed\n{}", set.text) };
            assert!(source.as_deref().is_some_and(|it| it.starts_with("docker-stats, ")), "{source:?}");
            assert_eq!(date.as_deref(), Some("2026-11-30"));
            said += 1;
        }
    }
    // What is not touched is there, byte by byte, in its order.
    let lines: Vec<&str> = set.text.lines().collect();
    let mut at = 0;
    for line in document.sources()[0].text.lines().filter(|line| line.trim_start().starts_with('#')) {
        let found = lines[at..].iter().position(|it| *it == line).expect("a comment is kept");
        at += found + 1;
    }
    said
}

/// The files on disk.
struct Disk;

impl bayplan::document::Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        std::fs::read(path).map_err(|error| error.to_string())
    }
}

#[test]
fn every_layout_and_example_takes_what_was_measured_where_it_writes_it_itself() {
    let mut files = 0;
    for folder in ["layouts", "examples"] {
        let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in std::fs::read_dir(&folder).expect("the folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|it| it != "yaml") {
                continue;
            }
            let name = path.to_string_lossy().into_owned();
            let document = Document::read(&name, &Disk).expect("it reads");
            let Ok(resolved) = document.resolve() else { continue };
            let before = resolved.layout;
            let all: Vec<Measured> =
                before.demand.indices().map(|it| measured(&before.container_id(it), &[123], &[77 * MIB])).collect();
            let said = BTreeMap::new();
            let proposal = propose(&before, &Names::new(&before, &said, None), &all, Reckoning::USUAL);
            assert!(proposal.strangers.is_empty() && proposal.unmeasured.is_empty(), "{name}");
            let seen = Seen { tool: "docker-stats".to_owned(), date: "2026-11-30".to_owned() };
            let settings = proposal.settings(&before, &seen, true);
            let target = Destination { path: &name, working_directory: None };
            let set = document.text_with_set(&settings, target).unwrap_or_else(|| panic!("{name}: nothing is set"));
            let own = settings.keys().filter(|at| at.file == 0).count();
            let left = set.left.iter().filter(|at| at.file == 0).count();
            // What turns by phase or time is written as a map, which one amount cannot replace.
            assert!(left == 0 || left < own, "{name}: {left} of {own} are left");
            let after = Document::from_bytes(&name, set.text.as_bytes(), &Disk).and_then(|it| it.resolve());
            let after =
                after.unwrap_or_else(|problems| panic!("{name}\n{}\n{}", set.text, problems.render(false))).layout;
            let changed = bayplan::model::apply(&before, &proposal.changes(&before)).expect("it can be changed");
            let services = before.demand.services.iter().zip(&changed.demand.services).zip(&after.demand.services);
            for ((old, wanted), new) in services {
                let is_set = settings.contains_key(&old.at) && !set.left.contains(&old.at);
                assert!(!is_set || new.observed.is_some(), "{name}: {}", old.name);
                let values = |it: &bayplan::model::Service| it.request.iter().map(|it| it.value).collect::<Vec<_>>();
                assert_eq!(values(if is_set { wanted } else { old }), values(new), "{name}: {}", old.name);
                assert_eq!(
                    (&old.name, old.containers.len(), &old.limit),
                    (&new.name, new.containers.len(), &new.limit)
                );
            }
            assert_eq!(before.placement, after.placement, "{name}");
            files += 1;
        }
    }
    assert!(files > 40, "{files}");
}

#[test]
fn what_fits_then_and_which_hosts_are_free_is_what_two_plans_say() {
    let lab = "goals: [fewest-hosts]\nhosts: {a: {memory: 4GiB}, b: {memory: 4GiB}}\nstacks: {web: {app: {memory: 2GiB}}}\n\
               startups: {s1..s3: web, big: {containers: {db: {memory: 3GiB}}}}\n";
    let layout = layout(lab);
    let names = BTreeMap::new();
    let names = Names::new(&layout, &names, None);
    let all: Vec<Measured> = ["s1_app_1", "s2-app", "s3-app-1"].map(|name| measured(name, &[], &[100 * MIB])).to_vec();
    let proposal = propose(&layout, &names, &all, Reckoning::USUAL);
    assert!(proposal.is_snapshot());
    let answer = rightsize(&Question::about(layout.clone()), proposal, &options()).expect("it is planned");
    assert_eq!(answer.now_fit(&layout).len(), 1, "one startup found no place");
    assert_eq!(answer.fits(), Some(true));
    assert_eq!(answer.after.hosts.iter().filter(|it| !it.containers.is_empty()).count(), 1);
    assert_eq!(answer.freed().len(), 1);
    assert_eq!(answer.layout.demand.services[0].request[0].value, 115 * MIB);
    assert_eq!(answer.layout.stacks[0].services[0].request[0].value, 115 * MIB);
}

#[test]
fn who_takes_more_than_it_asks_is_said() {
    let layout =
        layout("hosts: {a: {cpu: 4, memory: 4GiB}}\nstartups: {x: {containers: {y: {cpu: 100m, memory: 100MiB}}}}\n");
    let said = BTreeMap::new();
    let names = Names::new(&layout, &said, None);
    let all = [measured("x-y-1", &[50, 200], &[MIB, 150 * MIB]), measured("else", &[1], &[1])];
    let proposal = propose(&layout, &names, &all, Reckoning::USUAL);
    let above: Vec<(u64, u64)> = proposal.above.iter().map(|it| (it.asked, it.taken)).collect();
    assert_eq!(above, [(100, 200), (100 * MIB, 150 * MIB)]);
    assert_eq!(proposal.strangers.len(), 1);
    assert!(!proposal.is_snapshot() && proposal.unmeasured.is_empty());
}

const LAB: &str = "\
# The lab.
hosts:
  nuc: {cpu: 4, memory: 16GiB}  # small
startups:
  shop:
    containers:
      web: {cpu: 500m, memory: 1GiB, replicas: 2}  # twice
      db:
        cpu: 500m
        memory: 2GiB
";

fn stats(web: &str, db: &str) -> String {
    let row = |name: &str, cpu: &str, memory: &str| {
        format!("{{\"Name\":\"{name}\",\"CPUPerc\":\"{cpu}\",\"MemUsage\":\"{memory} / 15.5GiB\"}}\n")
    };
    row("shop-web-1", "3.00%", web) + &row("shop-web-2", "1.00%", "90MiB") + &row("shop-db-1", "120.00%", db)
}

#[test]
fn a_snapshot_is_called_one_and_several_are_kept_and_counted() {
    let folder =
        Folder::with(&[("lab.yaml", LAB), ("a.json", &stats("100MiB", "1GiB")), ("b.json", &stats("200MiB", "1GiB"))]);
    let with = |args: &[&str]| {
        folder.run(&[&["rightsize", "lab.yaml", "--date", "2026-11-30", "--input", "docker-stats"], args].concat())
    };
    let ran = with(&["--from", "a.json", "-o", "sized.yaml"]);
    assert!(ran.code == 0 && ran.out.contains("a snapshot"), "{ran:?}");
    let source = "source: \"docker-stats, a snapshot\", date: \"2026-11-30\"}";
    assert_eq!(
        folder.read("sized.yaml"),
        LAB.replace(
            "{cpu: 500m, memory: 1GiB, replicas: 2}",
            &format!("{{cpu: 30m, memory: 115MiB, replicas: 2, observed: {{cpu: 30m, memory: 100MiB, {source}}}")
        )
        .replace(
            "        cpu: 500m\n        memory: 2GiB\n",
            &format!(
                "        cpu: 1.2\n        memory: 1178MiB\n        observed: {{cpu: 1.2, memory: 1GiB, {source}\n"
            )
        )
    );
    let ran = with(&["--from", "a.json", "--history", "kept"]);
    assert!(ran.code == 0 && ran.err.contains("kept as"), "{ran:?}");
    assert_eq!(with(&["--from", "a.json", "--history", "kept"]).code, 0);
    assert_eq!(std::fs::read_dir(folder.path("kept")).expect("the folder").count(), 1, "the same is kept once");
    assert_eq!(with(&["--from", "b.json", "--history", "kept"]).code, 0);
    assert_eq!(std::fs::read_dir(folder.path("kept")).expect("the folder").count(), 2);
    let ran = with(&["--history", "kept", "--format", "json", "--no-timing"]);
    let answer: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(answer["schema"], "bayplan/rightsize/1");
    assert_eq!(answer["snapshot"], false);
    assert_eq!(answer["reckoning"], serde_json::json!({"cpu_percentile": 95, "memory_headroom": 15}));
    assert_eq!(answer["containers"][0]["samples"], 2);
    assert_eq!(answer["containers"][0]["figures"]["memory"]["observed"], 200 * MIB);
    assert_eq!(answer["above"][0]["container"], "shop/db");
    let ran = with(&["--from", "a.json", "-o", "lab.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("--force"), "{ran:?}");
    let ran = with(&["--from", "a.json", "-o", "seen.yaml", "--only-observed"]);
    assert_eq!(ran.code, 0, "{ran:?}");
    assert!(folder.read("seen.yaml").contains("{cpu: 500m, memory: 1GiB, replicas: 2, observed:"));
}

#[test]
fn names_that_mean_nobody_are_said_and_can_be_given() {
    let stats = "{\"Name\":\"x9\",\"CPUPerc\":\"3.00%\",\"MemUsage\":\"1MiB / 2GiB\"}\n";
    let folder = Folder::with(&[("lab.yaml", LAB), ("a.json", stats), ("none.json", "[]")]);
    let ran = folder.run(&["rightsize", "lab.yaml", "--from", "a.json", "--input", "docker-stats"]);
    assert!(ran.code == 2 && ran.err.contains("`x9`") && ran.err.contains("--match"), "{ran:?}");
    let ran = folder.run(&[
        "rightsize",
        "lab.yaml",
        "--from",
        "a.json",
        "--input",
        "docker-stats",
        "--match",
        "x9=shop/db",
        "--format",
        "markdown",
    ]);
    assert!(ran.code == 0 && ran.out.contains("`shop/db`"), "{ran:?}");
    let ran = folder.run(&["rightsize", "lab.yaml"]);
    assert!(ran.code == 2 && ran.err.contains("--from"), "{ran:?}");
}

#[test]
fn an_extended_document_is_left_to_itself() {
    let base = document(LAB);
    assert!(base.resolve().is_ok());
    let files = BTreeMap::from([
        ("lab.yaml".to_owned(), LAB.to_owned()),
        (
            "more.yaml".to_owned(),
            "extends: lab.yaml\nstartups:\n  blog: {containers: {app: {memory: 1GiB}}}\n".to_owned(),
        ),
    ]);
    let document = Document::read("more.yaml", &files).expect("it reads");
    let layout = document.resolve().expect("it resolves").layout;
    let said = BTreeMap::new();
    let names = Names::new(&layout, &said, None);
    let all = [measured("blog-app-1", &[], &[MIB]), measured("shop-db-1", &[], &[MIB])];
    let proposal = propose(&layout, &names, &all, Reckoning::USUAL);
    let seen = Seen { tool: "x".to_owned(), date: "2026-11-30".to_owned() };
    let settings = proposal.settings(&layout, &seen, true);
    let target = Destination { path: "out/more.yaml", working_directory: None };
    let set = document.text_with_set(&settings, target).expect("it can be set");
    assert_eq!((set.left.len(), set.left[0].file), (1, 1));
    assert!(
        set.text.starts_with("extends: ../lab.yaml\n") && set.text.contains("app: {memory: 2MiB, observed:"),
        "{}",
        set.text
    );
}

#[test]
fn a_stray_file_among_the_snapshots_is_named_and_left_out() {
    let lab = "hosts: {nuc: {cpu: 4, memory: 8GiB}}\nstartups: {shop: {containers: {web: {cpu: 1, memory: 1GiB}}}}\n";
    let stats = "{\"Name\":\"shop-web-1\",\"CPUPerc\":\"10.00%\",\"MemUsage\":\"100MiB / 8GiB\"}\n";
    let folder = Folder::with(&[("lab.yaml", lab), ("now.json", stats)]);
    std::fs::create_dir(folder.path("kept")).expect("a folder");
    std::fs::write(folder.path("kept/README.md"), "# mine\n\nnotes: [\n").expect("written");
    std::fs::write(folder.path("kept/a.json"), stats.replace("100MiB", "200MiB")).expect("written");
    let ran = folder.run(&["rightsize", "lab.yaml", "--from", "now.json", "--history", "kept"]);
    assert!(ran.code == 0 && ran.out.contains("230 MiB"), "{ran:?}");
    assert!(ran.err.contains("`kept/README.md` is left out"), "{ran:?}");
}

#[test]
fn what_does_not_fit_with_what_is_proposed_is_said_with_the_reason() {
    let lab = "hosts: {nuc: {cpu: 4, memory: 8GiB}}\nstartups:\n  shop: {containers: {web: {cpu: 1, memory: 1GiB}}}\n  \
               blog: {containers: {app: {cpu: 1, memory: 1GiB}}}\n";
    let stats = "{\"Name\":\"shop-web-1\",\"CPUPerc\":\"10.00%\",\"MemUsage\":\"7.5GiB / 8GiB\"}\n";
    let folder = Folder::with(&[("lab.yaml", lab), ("now.json", stats)]);
    let args = ["rightsize", "lab.yaml", "--from", "now.json"];
    let ran = folder.run(&args);
    assert!(ran.code == 1 && ran.out.contains("does not fit with what is proposed"), "{ran:?}");
    assert!(ran.out.contains("`shop/web`") && ran.out.contains("of memory"), "{ran:?}");
    let json = folder.run(&[&args[..], &["--format", "json", "--no-timing"]].concat()).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["after"]["refusals"][0]["resource"], "memory", "{json}");
}

#[test]
fn options_that_messages_name_are_there() {
    let lab = "hosts: {nuc: {cpu: 4, memory: 8GiB}}\nstartups: {shop: {containers: {web: {cpu: 1, memory: 1GiB}}}}\n\
               placement: {nuc: [shop/web]}\n";
    let now = "[{\"id\":\"node/nuc\",\"type\":\"node\",\"node\":\"nuc\",\"maxcpu\":4,\"maxmem\":8589934592,\"status\":\"online\"},\
               {\"type\":\"lxc\",\"vmid\":1,\"name\":\"web\",\"node\":\"nuc\",\"status\":\"stopped\",\"maxcpu\":1,\"maxmem\":1073741824}]";
    let folder = Folder::with(&[("lab.yaml", lab), ("now.json", now)]);
    let ran = folder.run(&["drift", "lab.yaml", "--actual", "now.json"]);
    assert!(ran.err.contains("--profile stopped"), "{ran:?}");
    let ran = folder.run(&["drift", "lab.yaml", "--actual", "now.json", "--profile", "stopped"]);
    assert!(ran.code == 0 && ran.out.contains("the one container runs where it is planned"), "{ran:?}");
}
