//! Compose files.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use bayplan::diagnostic::is_unseen;
use bayplan::document::{Destination, Document, Problems};
use bayplan::import::{Asked, Format, Import, Origin, import};
use fastrand::Rng;
use serde_json::Value;

use super::{Bytes, Disk, is_accepted, resolved};
use crate::support::cases;
use crate::support::program::{Folder, bayplan_in, piped, ran};

const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/import/compose");

/// What is run on the fixtures, and the file beside them that has the answer.
const TRANSCRIPTS: &[(&str, &[&str])] = &[
    ("full.out", &["import", "full.yml"]),
    ("stack.out", &["import", "compose", "full.yml", "--stack", "shop", "--startup", "s01..s03", "--profile", "full"]),
    ("merge.out", &["import", "merge/compose.yml", "merge/empty.yml", "merge/override.yml"]),
    ("include.out", &["import", "compose", "include/compose.yml"]),
    ("env.out", &["import", "env/compose.yml"]),
    ("env-other.out", &["import", "env/compose.yml", "--env-file", "env/other.env", "--profile", "*"]),
    ("into.out", &["import", "full.yml", "--into", "lab.yaml", "--startup", "shop"]),
];

/// `BAYPLAN_BLESS=1 cargo test --test it import::` writes the answers anew.
#[test]
fn every_fixture_becomes_what_is_written_beside_it() {
    let mut wrong = Vec::new();
    for (file, args) in TRANSCRIPTS {
        let answer = ran(bayplan_in(Path::new(FIXTURES), args).output().expect("it runs"));
        let found = format!(
            "$ bayplan {}\n{}\nexit code {}, and on standard error:\n\n{}",
            args.join(" "),
            answer.out,
            answer.code,
            answer.err
        );
        let path = Path::new(FIXTURES).join(file);
        if std::env::var_os("BAYPLAN_BLESS").is_some() {
            fs::write(&path, &found).expect("the answer can be written");
        } else if fs::read_to_string(&path).unwrap_or_default() != found {
            wrong.push(format!("{file}: expected what stands there, found\n{found}"));
        }
    }
    assert!(wrong.is_empty(), "{}\nBAYPLAN_BLESS=1 accepts what was found", wrong.join("\n"));
}

/// Imports texts, the first with others beside it.
fn imported(texts: &[(&str, &str)], into: Option<&Document>) -> Result<Import, Problems> {
    let files: BTreeMap<String, String> =
        texts.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
    let (name, text) = texts.first().expect("a file");
    import(&asked(name, text.as_bytes(), into), &files)
}

fn asked<'a>(name: &str, bytes: &[u8], into: Option<&'a Document>) -> Asked<'a> {
    super::asked(Format::Compose, &[(name, bytes)], into)
}

/// What a reader sees who knows nothing of YAML but indentation: the services of a plainly written file, with the profiles
/// and replicas that they say.
fn naive(text: &str) -> BTreeMap<String, (u64, bool)> {
    let mut services: BTreeMap<String, (u64, bool)> = BTreeMap::new();
    let (mut inside, mut depth, mut current) = (false, None, String::new());
    for line in text.lines() {
        let content = line.split(" #").next().unwrap_or("").trim_end();
        let indent = content.len() - content.trim_start().len();
        if content.trim().is_empty() || content.trim_start().starts_with('#') {
            continue;
        }
        if indent == 0 {
            (inside, depth) = (content == "services:", None);
            continue;
        }
        if !inside {
            continue;
        }
        let depth = *depth.get_or_insert(indent);
        let key = content.trim();
        if indent == depth && key.ends_with(':') {
            current = key.trim_end_matches(':').trim_matches(['"', '\'']).to_owned();
            services.insert(current.clone(), (1, false));
        } else if let Some(service) = services.get_mut(&current) {
            if let Some(replicas) = key.strip_prefix("replicas:") {
                service.0 = replicas.trim().parse().unwrap_or(0);
            }
            service.1 |= key.starts_with("profiles:");
        }
    }
    services
}

#[test]
fn real_files_have_the_services_that_a_plain_reading_finds() {
    let Some(folder) = super::samples("compose") else { return };
    let mut files: Vec<PathBuf> =
        fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() > 10);
    for path in files {
        let text = fs::read_to_string(&path).expect("a text");
        let name = path.file_name().expect("a name").to_string_lossy().into_owned();
        let import = imported(&[(&name, &text)], None).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        is_accepted(&import, &name);
        let expected = naive(&text);
        let found: BTreeMap<String, u64> =
            (import.report.imported.iter()).map(|one| (one.name.clone(), one.replicas.expect("a number"))).collect();
        let on: BTreeMap<String, u64> =
            expected.iter().filter(|(_, (_, off))| !off).map(|(name, (count, _))| (name.clone(), *count)).collect();
        assert_eq!(found, on, "{name}");
        assert_eq!(import.report.refused.len(), expected.len() - on.len(), "{name}: {:?}", import.report.refused);
    }
}

/// Words that mean something to a shell, a terminal, a path or YAML.
const HOSTILE: [&str; 9] =
    ["a_b", "A.B", "a-b", "../../etc/passwd", "$(reboot)", "\u{1b}[31mred", "x\ny: z", "`id`", "ü\u{202e}"];

/// A Compose file, written as JSON, with the names of its services.
fn random(rng: &mut Rng) -> (String, Vec<String>) {
    let count = rng.usize(1..8);
    let names: Vec<String> = (0..count)
        .map(
            |at| if rng.bool() { format!("s{at}") } else { format!("{}{}", rng.choice(HOSTILE).expect("one"), at / 2) },
        )
        .collect();
    let names: Vec<String> = names.iter().cloned().collect::<BTreeSet<_>>().into_iter().collect();
    let services: serde_json::Map<String, Value> =
        names.iter().map(|name| (name.clone(), random_service(rng, &names))).collect();
    (serde_json::json!({ "services": services }).to_string(), names)
}

fn random_service(rng: &mut Rng, names: &[String]) -> Value {
    let mut service = serde_json::Map::new();
    let mut deploy = serde_json::Map::new();
    let images = ["example/x:1", "redis", "ghost:5", "docker.io/library/mariadb@sha256:00", "${IMAGE:-redis}", ""];
    service.insert("image".to_owned(), rng.choice(images).expect("one").into());
    let bytes = ["1g", "64m", "0", "-1", "512Mi", "1.5gb", "8p", "9000p", "${M}", "${M:-32m}", "2097152", "1k"];
    let cpus = ["0.5", "2", "0", "-1", "500m", "0.00001", "${C:-1.5}", "9007199254740"];
    let counts = ["0", "1", "2", "3", "40", "1000000", "${N:-0}", "${N:-2}", "x"];
    for key in ["mem_limit", "mem_reservation"] {
        if rng.u8(..3) == 0 {
            service.insert(key.to_owned(), rng.choice(bytes).expect("one").into());
        }
    }
    if rng.u8(..4) == 0 {
        service.insert("cpus".to_owned(), rng.choice(cpus).expect("one").into());
    }
    if rng.u8(..4) == 0 {
        service.insert("scale".to_owned(), rng.choice(counts).expect("one").into());
    }
    if rng.u8(..4) == 0 {
        deploy.insert("replicas".to_owned(), rng.choice(counts).expect("one").into());
    }
    if rng.u8(..4) == 0 {
        deploy.insert("mode".to_owned(), rng.choice(["global", "replicated", "global-job", "x"]).expect("one").into());
    }
    if rng.u8(..3) == 0 {
        let one = |rng: &mut Rng| {
            serde_json::json!({
                "cpus": rng.choice(cpus).expect("one"), "memory": rng.choice(bytes).expect("one"),
            })
        };
        let mut resources = serde_json::json!({ "limits": one(rng), "reservations": one(rng) });
        if rng.bool() {
            let count = rng.choice(["1", "3", "all", "9007199254740993"]).expect("one");
            resources["reservations"]["devices"] = serde_json::json!([{ "count": count, "capabilities": ["gpu"] }]);
        }
        deploy.insert("resources".to_owned(), resources);
    }
    if rng.u8(..3) == 0 {
        let constraints = [
            "node.hostname == nuc",
            "node.hostname==Pi_1",
            "node.labels.zone == a",
            "node.labels.Zone==b",
            "node.role != x",
            "node.role == manager",
            "node.labels.x.y == on",
            "nonsense",
            "node.labels.zone==\u{7}",
        ];
        let some: Vec<&str> = (0..rng.usize(..3)).map(|_| rng.choice(constraints).expect("one")).collect();
        deploy.insert("placement".to_owned(), serde_json::json!({
            "constraints": some,
            "preferences": [{ "spread": rng.choice(["node.labels.zone", "node.labels.Rack_1", "x"]).expect("one") }],
            "max_replicas_per_node": rng.u8(..4),
        }));
    }
    if rng.u8(..3) == 0 {
        let others: Vec<&String> = (0..rng.usize(..3)).map(|_| rng.choice(names).expect("one")).collect();
        service.insert("depends_on".to_owned(), serde_json::json!(others));
    }
    if rng.u8(..4) == 0 {
        let other = rng.choice(names).expect("one");
        service.insert("network_mode".to_owned(), format!("service:{other}").into());
    }
    if rng.u8(..6) == 0 {
        service.insert("profiles".to_owned(), serde_json::json!(["x"]));
    }
    service.insert("deploy".to_owned(), deploy.into());
    service.into()
}

#[test]
fn whatever_is_imported_is_a_document_and_every_service_is_in_the_report() {
    for seed in 0..cases::count(1_500) {
        let mut rng = Rng::with_seed(seed);
        let (text, names) = random(&mut rng);
        let import = imported(&[("compose.yml", &text)], None)
            .unwrap_or_else(|problems| panic!("seed {seed}: {text}\n{}", problems.render(false)));
        is_accepted(&import, &format!("seed {seed}: {text}"));
        let ids: BTreeSet<&str> = import.report.imported.iter().map(|one| one.id.as_str()).collect();
        assert_eq!(ids.len(), import.report.imported.len(), "seed {seed}: no two are one");
        for name in names {
            let is_imported = import.report.imported.iter().any(|one| one.name == name);
            let is_refused = import.report.refused.iter().any(|one| one.what == name);
            assert!(is_imported != is_refused, "seed {seed}: {name:?} is imported or refused\n{text}");
        }
        assert!(!import.addition.document().contains(|c: char| c != '\n' && is_unseen(c)), "seed {seed}");
    }
}

/// What a second reader makes of a random service; it knows nothing of the first, and of YAML no more than JSON.
mod second {
    use std::collections::BTreeMap;

    use serde_json::Value;

    /// A service as it is to be imported: how many (`None` for one on every host), what it asks for and may take by itself.
    #[derive(Debug, PartialEq)]
    pub struct Service {
        pub replicas: Option<u64>,
        pub requests: BTreeMap<&'static str, u64>,
        pub limits: BTreeMap<&'static str, u64>,
        pub needs: Vec<String>,
    }

    /// A text of the file, its one variable replaced by its default; `None` where it has none.
    fn said(value: &Value) -> Option<String> {
        let text = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        match text.strip_prefix("${") {
            None => Some(text),
            Some(inner) => inner.trim_end_matches('}').split_once(":-").map(|(_, default)| default.to_owned()),
        }
    }

    /// Bytes: a number, a letter or two that count 1024.
    fn bytes(text: &str) -> Option<f64> {
        let lower = text.to_lowercase();
        let number: String = lower.chars().take_while(|c| c.is_ascii_digit() || "-.".contains(*c)).collect();
        let step = match lower.get(number.len()..)? {
            "" | "b" => 0,
            "k" => 1,
            "m" => 2,
            "g" | "gb" => 3,
            "p" => 5,
            _ => return None,
        };
        Some(number.parse::<f64>().ok()? * 1024_f64.powi(step))
    }

    fn millicores(text: &str) -> Option<f64> {
        let cores = text.parse::<f64>().ok().filter(|cores| *cores >= 0.0)?;
        Some((cores * 1000.0).ceil())
    }

    /// A figure said in two places: `Err` where they differ. What cannot be read, is below zero or too large says nothing.
    fn figure(both: [Option<&Value>; 2], read: fn(&str) -> Option<f64>) -> Result<Option<u64>, ()> {
        let read = |value: &Value| read(&said(value)?).filter(|it| (0.0..=9_007_199_254_740_992.0).contains(it));
        let known: Vec<u64> = both.into_iter().flatten().filter_map(read).map(|it| it as u64).collect();
        match known.as_slice() {
            [a, b] if a != b => Err(()),
            known => Ok(known.first().copied().filter(|it| *it > 0)),
        }
    }

    /// The service, or nothing where it is refused.
    pub fn service(service: &Value) -> Option<Service> {
        if service.get("profiles").is_some() {
            return None;
        }
        let at = |path: &str| service.pointer(path);
        let counts = [at("/scale"), at("/deploy/replicas")];
        let texts: Vec<Option<String>> = counts.into_iter().flatten().map(said).collect();
        if texts.iter().any(Option::is_none) {
            return None;
        }
        let replicas = match at("/deploy/mode").and_then(Value::as_str) {
            Some("global") => None,
            None | Some("replicated") => {
                let numbers: Vec<Option<u64>> = texts.iter().flatten().map(|text| text.parse().ok()).collect();
                let first = numbers.first().copied().unwrap_or(Some(1))?;
                if first == 0 || numbers.iter().any(|number| *number != Some(first)) {
                    return None;
                }
                Some(first)
            }
            Some(_) => return None,
        };
        let resources = "/deploy/resources";
        let asked = |key: &str| at(&format!("{resources}/reservations/{key}"));
        let most = |key: &str| at(&format!("{resources}/limits/{key}"));
        let (mut requests, mut limits) = (BTreeMap::new(), BTreeMap::new());
        requests.extend(figure([asked("cpus"), None], millicores).ok()?.map(|it| ("cpu", it)));
        requests.extend(figure([at("/mem_reservation"), asked("memory")], bytes).ok()?.map(|it| ("memory", it)));
        limits.extend(figure([at("/cpus"), most("cpus")], millicores).ok()?.map(|it| ("cpu", it)));
        limits.extend(figure([at("/mem_limit"), most("memory")], bytes).ok()?.map(|it| ("memory", it)));
        let devices = asked("devices").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        for device in devices {
            match device["count"].as_str().and_then(|count| count.parse::<u64>().ok()) {
                Some(count) if count > 1 << 53 => {}
                count => *requests.entry("gpu").or_insert(0) += count.unwrap_or(1),
            }
        }
        let list = |key: &str| service[key].as_array().cloned().unwrap_or_default();
        let mut needs: Vec<String> = list("depends_on").iter().filter_map(|it| Some(it.as_str()?.to_owned())).collect();
        needs.extend(service["network_mode"].as_str().and_then(|it| it.strip_prefix("service:")).map(str::to_owned));
        Some(Service { replicas, requests, limits, needs })
    }
}

#[test]
fn what_is_imported_is_what_a_second_reader_finds() {
    let (mut imported_ones, mut refused_ones) = (0, 0);
    for seed in 100_000..100_000 + cases::count(2_000) {
        let mut rng = Rng::with_seed(seed);
        let (text, names) = random(&mut rng);
        let raw: Value = serde_json::from_str(&text).expect("JSON");
        let import = imported(&[("compose.yml", &text)], None).expect("it is imported");
        let too_much = |reason: &str| reason.starts_with("all together") || reason.starts_with("there would be more");
        for name in &names {
            let expected = second::service(&raw["services"][name]);
            let found = import.report.imported.iter().find(|one| one.name == *name);
            let refused = import.report.refused.iter().find(|one| one.what == *name);
            let is_too_much = refused.is_some_and(|one| too_much(&one.reason));
            match (expected, found) {
                (Some(expected), Some(found)) => {
                    assert_eq!(found.replicas, expected.replicas, "seed {seed}: {name:?}\n{text}");
                    let own = found.request.iter().filter(|(_, (_, from))| *from == Origin::File);
                    let own: BTreeMap<&str, u64> =
                        own.map(|(resource, (amount, _))| (resource.name(), *amount)).collect();
                    let limits: BTreeMap<&str, u64> =
                        found.limit.iter().map(|(resource, amount)| (resource.name(), *amount)).collect();
                    assert_eq!(limits, expected.limits, "seed {seed}: {name:?}\n{text}");
                    for (resource, amount) in &expected.requests {
                        assert_eq!(own.get(resource), Some(amount), "seed {seed}: {name:?} {resource}\n{text}");
                    }
                    // What else is called a figure of the file is a limit that is below what would be taken.
                    for (resource, amount) in
                        own.iter().filter(|(resource, _)| !expected.requests.contains_key(*resource))
                    {
                        assert_eq!(expected.limits.get(resource), Some(amount), "seed {seed}: {name:?}\n{text}");
                    }
                    imported_ones += 1;
                }
                (None, None) => refused_ones += 1,
                (Some(_), None) if is_too_much => refused_ones += 1,
                (expected, found) => panic!("seed {seed}: {name:?} {expected:?} {found:?}\n{text}"),
            }
        }
        needs_are_kept(&import, &raw, &names, seed);
    }
    assert!(imported_ones > 1000 && refused_ones > 1000, "{imported_ones} {refused_ones}");
}

/// Every need is in the document, unless what is needed is refused, or it would close a circle.
fn needs_are_kept(import: &Import, raw: &Value, names: &[String], seed: u64) {
    let layout = resolved("lab.yaml", &import.addition.document());
    let id = |name: &str| import.report.imported.iter().find(|one| one.name == name).map(|one| one.id.clone());
    let service = |id: &str| {
        layout
            .demand
            .services
            .iter()
            .position(|it| format!("{}/{}", layout.demand.startups[it.startup].name, it.name) == id)
    };
    for name in names {
        let (Some(own), Some(expected)) = (id(name), second::service(&raw["services"][name])) else { continue };
        let own = &layout.demand.services[service(&own).expect("a service")];
        for other in &expected.needs {
            // `$(` begins no variable: that is refused by itself.
            let Some(there) = id(other).filter(|_| !other.contains('$')) else { continue };
            let there = service(&there).expect("a service");
            let is_kept = own.needs.contains(&there);
            let is_circle = import.report.refused.iter().any(|it| it.what == format!("{name}: needs {other}"));
            assert!(is_kept != is_circle, "seed {seed}: {name:?} needs {other:?}");
        }
    }
}

/// The texts of the fixtures, by path from there.
fn fixtures() -> BTreeMap<String, Vec<u8>> {
    let mut all = BTreeMap::new();
    for path in [
        "full.yml",
        "merge/compose.yml",
        "merge/override.yml",
        "include/compose.yml",
        "include/lib/base.yml",
        "include/lib/db.yml",
        "include/lib/.env",
        "include/lib/mail.yml",
        "include/lib/mail.local.yml",
        "include/lib/mail.env",
        "env/compose.yml",
        "env/.env",
    ] {
        all.insert(path.to_owned(), fs::read(Path::new(FIXTURES).join(path)).expect("a fixture"));
    }
    all
}

#[test]
fn mutilated_files_are_imported_or_refused_in_time() {
    let fixtures = fixtures();
    let pieces: [&[u8]; 12] = [
        b"{",
        b"}",
        b"[",
        b"*limits",
        b"&a ",
        b"!reset ",
        b"${",
        b"\n",
        b"<<: ",
        b"\xff",
        b"99999999999",
        b"services: ",
    ];
    for seed in 0..cases::count(3_000) {
        let mut rng = Rng::with_seed(seed);
        let mut files = fixtures.clone();
        let main = ["full.yml", "include/compose.yml", "env/compose.yml"][rng.usize(..3)];
        for _ in 0..rng.usize(1..4) {
            let paths: Vec<String> = files.keys().cloned().collect();
            let path = if rng.bool() { main } else { rng.choice(&paths).expect("one") };
            let bytes = files.get_mut(path).expect("a file");
            let at = rng.usize(..=bytes.len());
            match rng.u8(..4) {
                0 => bytes.truncate(at),
                1 => drop(bytes.splice(at..at, rng.choice(pieces).expect("one").iter().copied())),
                2 => drop(bytes.drain(at..(at + rng.usize(..20)).min(bytes.len()))),
                _ => {
                    let piece = bytes[at..(at + rng.usize(..200)).min(bytes.len())].to_vec();
                    drop(bytes.splice(at..at, piece));
                }
            }
        }
        let bytes = files[main].clone();
        let start = Instant::now();
        match import(&asked(main, &bytes, None), &Bytes(files)) {
            Ok(import) => is_accepted(&import, &format!("seed {seed}: {}", String::from_utf8_lossy(&bytes))),
            Err(problems) => assert!(!problems.diagnostics.is_empty(), "seed {seed}"),
        }
        assert!(start.elapsed() < Duration::from_secs(5), "seed {seed}");
    }
}

#[test]
fn what_is_added_leaves_every_other_byte() {
    let mut documents = 0;
    for folder in ["layouts", "examples"] {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            if path.extension().is_none_or(|extension| extension != "yaml") {
                continue;
            }
            let name = path.to_str().expect("a path").to_owned();
            let before = fs::read(&path).expect("a document");
            let document = Document::from_bytes(&name, &before, &Disk).expect("a document");
            let mut rng = Rng::with_seed(documents);
            let (text, _) = random(&mut rng);
            let import = imported(&[("compose.yml", &text)], Some(&document)).expect("it is imported");
            let target = Destination { path: &name, working_directory: None };
            let after = document.text_with_added(&import.addition, target).unwrap_or_else(|| panic!("{name}: added"));
            let mut rest = after.chars();
            let before = String::from_utf8(before).expect("a text");
            assert!(before.chars().all(|c| rest.any(|other| other == c)), "{name}: bytes were changed\n{after}");
            let (old, new) = (resolved(&name, &before), resolved(&name, &after));
            assert_eq!(old.demand.startups.len() + import.report.startups.len(), new.demand.startups.len(), "{name}");
            assert_eq!(old.lab.hosts.len(), new.lab.hosts.len(), "{name}");
            let rules =
                |text: &str| Document::from_bytes(&name, text.as_bytes(), &Disk).expect("a document").rules().len();
            assert_eq!(rules(&before) + import.addition.rules.len(), rules(&after), "{name}");
            documents += 1;
        }
    }
    assert!(documents > 20);
}

const SERVICE: &str = "services:\n  web: {image: example/web, mem_reservation: 64m, cpus: 1}\n";

#[test]
fn files_are_written_whole_and_never_over_others_unasked() {
    let folder = Folder::with(&[("shop.yml", SERVICE), ("old.yaml", "hosts: {nuc: {memory: 1GiB}}\n")]);
    let made = folder.run(&["import", "shop.yml", "-o", "lab.yaml", "--report", "report.json", "-q"]);
    assert_eq!((made.code, made.out.as_str(), made.err.as_str()), (0, "", ""));
    assert_eq!(folder.run(&["plan", "lab.yaml"]).code, 0);
    let report: Value = serde_json::from_str(&folder.read("report.json")).expect("JSON");
    assert_eq!(
        report,
        serde_json::json!({
            "schema": "bayplan/import/1",
            "imported": [{
                "id": "shop/web", "name": "web", "source": {"file": "shop.yml", "line": 2}, "replicas": 1, "startups": 1,
                "requests": {"cpu": 100, "memory": 64 << 20}, "limits": {"cpu": 1000},
                "origin": {"cpu": "default", "memory": "file"},
            }],
            "refused": [], "notes": [], "hosts": [], "pools": [], "placement": {},
            "totals": {"containers": 1, "requests": {"cpu": 100, "memory": 64 << 20}},
        })
    );
    let again = folder.run(&["import", "shop.yml", "-o", "lab.yaml"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("`--force` replaces it"), "{}", again.err);
    let into = folder.run(&["import", "shop.yml", "--into", "old.yaml", "-o", "old.yaml", "--force"]);
    assert_eq!(into.code, 0, "{}", into.err);
    assert!(folder.read("old.yaml").starts_with("hosts: {nuc: {memory: 1GiB}}\n"), "{}", folder.read("old.yaml"));
    let twice = folder.run(&["import", "shop.yml", "--into", "old.yaml"]);
    assert_eq!((twice.code, twice.out.as_str()), (2, ""));
    assert!(twice.err.contains("the document has a startup `shop` already"), "{}", twice.err);
    let stdin = piped(folder.bayplan(&["import", "compose", "-", "--startup", "x", "-q"]), SERVICE);
    assert_eq!(stdin.code, 0);
    assert!(stdin.out.contains("\n  x:\n"), "{}", stdin.out);
}

#[test]
fn what_is_not_understood_is_said() {
    let folder = Folder::with(&[("shop.yml", SERVICE), ("x.yaml", "a: b\n"), ("it's.yml", SERVICE)]);
    for (args, said) in [
        (&["import", "helm", "shop.yml"][..], "there is no format `helm`"),
        (&["import", "compose"], "no file is named"),
        (&["import", "x.yaml"], "the file does not say which format it has"),
        (&["import", "compose", "x.yaml"], "there are no `services`"),
        (&["import", "none.yml"], "cannot read `none.yml`: no such file"),
        (&["import", "shop.yml", "--startup", "No"], "`No` is no name of a startup"),
        (&["import", "shop.yml", "--stack", "No"], "`No` is no name of a stack"),
        (&["import", "shop.yml", "--env-file", "none"], "cannot read `none`: no such file"),
        (&["import", "shop.yml", "--default-memory", "12"], "`12` has no unit"),
        (&["plan", "shop.yml"], "`bayplan import compose shop.yml` makes a document of it"),
        (&["check", "it's.yml"], "`bayplan import compose 'it'\\''s.yml'` makes a document of it"),
    ] {
        let answer = folder.run(args);
        assert_eq!((answer.code, answer.out.as_str()), (2, ""), "{args:?}");
        assert!(answer.err.contains(said), "{args:?}: {}", answer.err);
    }
}

#[test]
fn many_services_are_read_in_time() {
    let service = |at: usize| {
        let reserved = format!("reservations: {{memory: {}M}}", at % 60 + 8);
        format!(
            "  svc_{at}:\n    image: example/x\n    depends_on: [svc_{}]\n    deploy: {{resources: {{{reserved}}}}}\n",
            at / 2
        )
    };
    let text: String = std::iter::once("services:\n  svc_0: {image: example/x}\n".to_owned())
        .chain((1..10_000).map(service))
        .collect();
    let start = Instant::now();
    let import = imported(&[("compose.yml", &text)], None).expect("it is imported");
    is_accepted(&import, "many");
    assert_eq!(import.report.imported.len(), 10_000);
    assert!(start.elapsed() < Duration::from_secs(20), "{:?}", start.elapsed());
}

/// What import says of texts given together, each a file of that name.
fn together(texts: &[(&str, &str)]) -> Import {
    let files: Vec<(&str, &[u8])> = texts.iter().map(|(name, text)| (*name, text.as_bytes())).collect();
    let asked = super::asked(Format::Compose, &files, None);
    import(&asked, &Bytes(BTreeMap::new())).unwrap_or_else(|problems| panic!("{}", problems.render(false)))
}

fn ids(import: &Import) -> Vec<&str> {
    import.report.imported.iter().map(|one| one.id.as_str()).collect()
}

#[test]
fn files_of_folders_or_names_of_their_own_are_projects_of_their_own() {
    let (web, db) = ("services: {web: {image: x}}\n", "services: {db: {image: y}}\n");
    let apart = together(&[("shop/compose.yml", web), ("blog/compose.yml", db)]);
    assert_eq!(ids(&apart), ["imported/web", "blog/db"]);
    assert!(apart.addition.document().contains("# blog/compose.yml:1"), "{}", apart.addition.document());
    assert_eq!(apart.report.notes.iter().filter(|it| it.message.contains("a project of its own")).count(), 2);
    let named = together(&[("a.yml", &format!("name: shop\n{web}")), ("b.yml", &format!("name: \"blog\" # x\n{db}"))]);
    assert_eq!(ids(&named), ["shop/web", "blog/db"]);
    // However the name is written.
    for (first, second) in [
        (
            "{\"name\": \"shop\", \"services\": {\"web\": {\"image\": \"x\"}}}",
            "{\"name\": \"blog\", \"services\": {\"db\": {\"image\": \"y\"}}}",
        ),
        ("{name: shop, services: {web: {image: x}}}\n", "{services: {db: {image: y}}, name: 'blog'}\n"),
        (
            "x-name: &name shop\nname: *name\nservices: {web: {image: x}}\n",
            "name: &n blog\nservices: {db: {image: y}}\n",
        ),
        ("name: >-\n  shop\nservices: {web: {image: x}}\n", "\"name\": blog\nservices: {db: {image: y}}\n"),
        (
            "name : shop\nservices: {web: {image: x}}\n",
            "---\nname: other\n---\nname: blog\nservices: {db: {image: y}}\n",
        ),
    ] {
        assert_eq!(ids(&together(&[("a.yml", first), ("b.yml", second)])), ["shop/web", "blog/db"], "{first}");
    }
    // What looks like a name within a text is none.
    let text = "x-text: |\n  a\nservices: {web: {image: x, command: \"\nname: other\n\"}}\n";
    assert_eq!(ids(&together(&[("a.yml", text), ("b.yml", &format!("name: shop\n{db}"))])).len(), 2);
    // As Compose has it: an override in another folder, and a file that adds to the one before it, which is said.
    let one = together(&[("shop/compose.yml", web), ("prod/shop.yml", "services: {web: {mem_limit: 1g}}\n")]);
    assert_eq!((ids(&one).len(), one.report.imported[0].limit.len(), one.report.notes.len()), (1, 1, 0));
    let joined = together(&[("a.yml", web), ("b.yml", db)]);
    assert_eq!(ids(&joined).len(), 2);
    assert!(joined.report.notes.iter().any(|it| it.message.contains("joins the project")), "{:?}", joined.report.notes);
}

#[test]
fn documents_of_one_file_change_each_other() {
    let text =
        "services:\n  web: {image: x, mem_limit: 1g}\n---\nservices:\n  web: {mem_limit: 2g}\n  db: {image: y}\n---\n";
    let import = together(&[("c.yml", text)]);
    let limit = |at: usize| import.report.imported[at].limit.values().copied().collect::<Vec<_>>();
    assert_eq!((ids(&import), limit(0)), (vec!["imported/web", "imported/db"], vec![2 << 30]));
}

#[test]
fn keys_that_compose_does_not_have_are_refused() {
    let text =
        "version: \"3.8\"\nx-mine: {a: 1}\nvolumes: {}\nservcies: {db: {image: y}}\nservices: {web: {image: x}}\n";
    let import = together(&[("c.yml", text)]);
    let refused: Vec<(&str, u32)> = import.report.refused.iter().map(|it| (it.what.as_str(), it.at.line)).collect();
    assert_eq!(refused, [("servcies", 4)]);
}

#[test]
fn numbers_with_a_leading_zero_are_those_of_the_readers_in_go() {
    let text = |amount: &str| format!("services: {{web: {{image: x, scale: {amount}}}}}\n");
    for (amount, is) in [("010", 8), ("0x10", 16), ("\"010\"", 10), ("0o10", 8), ("10", 10), ("08", 8)] {
        let import = together(&[("c.yml", &text(amount))]);
        assert_eq!(import.report.imported[0].replicas, Some(is), "{amount}");
    }
}
