//! What was measured: `docker stats`, `podman stats`, Prometheus.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use bayplan::import::{Format, Import, Origin, import};
use bayplan::quantity::Resource;
use fastrand::Rng;

use super::{Disk, asked, is_accepted, mutilated, samples};
use crate::support::cases;

fn imported(format: Format, name: &str, text: &str) -> Import {
    import(&asked(format, &[(name, text.as_bytes())], None), &Disk)
        .unwrap_or_else(|problems| panic!("{text}\n{}", problems.render(false)))
}

/// The value behind a key of a flat object on one line, by nothing but its quotes.
fn naive<'a>(line: &'a str, key: &str) -> &'a str {
    let (_, rest) = line.split_once(&format!("\"{key}\":\"")).expect("the key");
    rest.split('"').next().expect("a value")
}

#[test]
fn real_stats_are_what_stands_in_them() {
    let Some(folder) = samples("docker-stats") else { return };
    let text = fs::read_to_string(folder.join("docker-stats.jsonl")).expect("a text");
    let import = imported(Format::DockerStats, "docker-stats.jsonl", &text);
    is_accepted(&import, "docker-stats.jsonl");
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let names: Vec<&str> = lines.iter().map(|line| naive(line, "Name")).collect();
    assert_eq!(import.report.imported.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), names);
    for (line, one) in lines.iter().zip(&import.report.imported) {
        let percent: f64 = naive(line, "CPUPerc").trim_end_matches('%').parse().expect("a number");
        let used = naive(line, "MemUsage").split(" / ").next().expect("an amount");
        let mib: f64 = used.trim_end_matches("MiB").parse().expect("an amount of MiB");
        // As much as was seen, and 15 % more of memory.
        let (cpu, memory) = (one.request[&Resource::Cpu], one.request[&Resource::Memory]);
        assert_eq!((cpu.1, memory.1), (Origin::Measured, Origin::Measured));
        assert_eq!(cpu.0, ((percent * 10.0).ceil() as u64).max(1), "{line}");
        assert_eq!(memory.0, (mib * 1.15).ceil() as u64 * (1 << 20), "{line}");
    }
}

#[test]
fn real_metrics_are_what_stands_in_them() {
    let Some(folder) = samples("prometheus") else { return };
    let read = |name: &str| fs::read_to_string(folder.join(name)).expect("a text");
    let value = |text: &str, metric: &str| -> Option<f64> {
        let line =
            text.lines().find(|line| line.strip_prefix(metric).is_some_and(|rest| rest.starts_with(['{', ' '])))?;
        line.rsplit('}').next()?.trim_start_matches(metric).split_ascii_whitespace().next()?.parse().ok()
    };
    let text = read("cadvisor.prom");
    let import = imported(Format::Prometheus, "cadvisor.prom", &text);
    is_accepted(&import, "cadvisor.prom");
    let [one] = &import.report.imported[..] else { panic!("{:?}", import.report.imported) };
    assert_eq!(one.name, "testcontaineralias");
    let bytes = value(&text, "container_memory_working_set_bytes").expect("it is there");
    assert_eq!(one.request[&Resource::Memory], ((bytes * 1.15 / 1048576.0).ceil() as u64 * 1048576, Origin::Measured));
    let (quota, period) = ("container_spec_cpu_quota", "container_spec_cpu_period");
    let limit = value(&text, quota).expect("it is there") / value(&text, period).expect("it is there");
    assert_eq!(one.limit[&Resource::Cpu], (limit * 1000.0).round() as u64);
    // A counter is refused, for it says no rate.
    assert!(import.report.refused.iter().any(|it| it.what == "container_cpu_usage_seconds_total"));

    for (name, cores, memory) in [
        ("cadvisor-machine.prom", "machine_cpu_cores", "machine_memory_bytes"),
        ("node_exporter-linux-subset.prom", "", "node_memory_MemTotal_bytes"),
    ] {
        let text = read(name);
        let import = imported(Format::Prometheus, name, &text);
        let [host] = &import.report.hosts[..] else { panic!("{name}: {:?}", import.report.hosts) };
        let threads: BTreeSet<&str> = text
            .lines()
            .filter_map(|line| line.strip_prefix("node_cpu_seconds_total{cpu=\"")?.split('"').next())
            .collect();
        let cores = value(&text, cores).unwrap_or(threads.len() as f64);
        assert_eq!(host.capacity[&Resource::Cpu], (cores * 1000.0) as u64, "{name}");
        assert_eq!(host.capacity[&Resource::Memory], value(&text, memory).expect("it is there") as u64, "{name}");
    }
}

/// A reply with random containers, and what each took: all values that are numbers, in millicores or bytes.
fn random(rng: &mut Rng, is_cpu: bool) -> (String, BTreeMap<String, Vec<u64>>) {
    let mut taken: BTreeMap<String, Vec<u64>> = BTreeMap::new();
    let mut series = Vec::new();
    for number in 0..rng.usize(1..12) {
        let name = format!("c{number}");
        let mut values = Vec::new();
        for minute in 0..rng.usize(1..30) {
            let (text, amount) = match rng.u8(..8) {
                0 => ("NaN".to_owned(), None),
                1 => ("+Inf".to_owned(), None),
                _ => {
                    let amount = rng.u64(1..5_000_000);
                    // In thousandths of a core, written as cores.
                    let text =
                        if is_cpu { format!("{}.{:03}", amount / 1000, amount % 1000) } else { amount.to_string() };
                    (text, Some(amount))
                }
            };
            taken.entry(name.clone()).or_default().extend(amount);
            values.push(format!("[{}.5,\"{text}\"]", 1_767_225_600 + 60 * minute));
        }
        series.push(format!("{{\"metric\":{{\"name\":\"{name}\\u0085\"}},\"values\":[{}]}}", values.join(",")));
    }
    let result = series.join(",");
    let text = format!("{{\"status\":\"success\",\"data\":{{\"resultType\":\"matrix\",\"result\":[{result}]}}}}");
    (text, taken)
}

#[test]
fn every_container_of_a_reply_asks_for_what_it_took() {
    for seed in 0..cases::count(300) {
        let mut rng = Rng::with_seed(seed);
        let is_cpu = rng.bool();
        let (text, taken) = random(&mut rng, is_cpu);
        let name = if is_cpu { "cpu.json" } else { "memory.json" };
        let result = import(&asked(Format::Prometheus, &[(name, text.as_bytes())], None), &Disk);
        let import = result.unwrap_or_else(|problems| panic!("seed {seed}: {}", problems.render(false)));
        is_accepted(&import, &format!("seed {seed}"));
        let measured: Vec<(&String, &Vec<u64>)> = taken.iter().filter(|(_, values)| !values.is_empty()).collect();
        assert_eq!(import.report.imported.len(), measured.len(), "seed {seed}: {text}");
        assert_eq!(import.report.refused.len(), taken.len() - measured.len(), "seed {seed}: {text}");
        for (name, values) in measured {
            let one =
                import.report.imported.iter().find(|one| one.name == format!("{name}\u{85}")).expect("it is there");
            let mut sorted = values.clone();
            sorted.sort_unstable();
            let expected = match is_cpu {
                true => (Resource::Cpu, sorted[(sorted.len() * 95).div_ceil(100) - 1]),
                false => (Resource::Memory, (sorted[sorted.len() - 1] * 115).div_ceil(100).div_ceil(1 << 20) << 20),
            };
            assert_eq!(one.request[&expected.0], (expected.1, Origin::Measured), "seed {seed}: {name}");
        }
    }
}

const DOCKER: &str = "{\"Name\":\"db\",\"ID\":\"a1\",\"CPUPerc\":\"150.25%\",\"MemUsage\":\"970MiB / 1.5GiB\"}\n\
                      {\"Name\":\"--\",\"Container\":\"c3\",\"CPUPerc\":\"--\",\"MemUsage\":\"-- / --\"}\n";
const TABLE: &str = "CONTAINER ID   NAME   CPU %   MEM USAGE / LIMIT   MEM %   NET I/O   BLOCK I/O   PIDS\n\
                     ed37317fbf42   web    0.03%   2.352MiB / 982.5MiB  0.24%  539kB / 606kB  0B / 13.3kB  2\n";
const PODMAN: &str =
    "[{\"id\": \"a1\", \"name\": \"db\", \"cpu_percent\": \"3.01%\", \"mem_usage\": \"512MB / 16.7GB\"}]";
const TEXT: &str = "# HELP container_memory_working_set_bytes x\n# TYPE container_memory_working_set_bytes gauge\n\
                    container_memory_working_set_bytes{name=\"db\",id=\"/docker/1\"} 1.5e+06 1767225600000\n\
                    container_cpu_usage_seconds_total{name=\"db\",cpu=\"cpu00\"} 12.5 1767225600000\n\
                    machine_cpu_cores 4\nmachine_memory_bytes 8e9\n";

#[test]
fn mutilated_measures_are_imported_or_refused_in_time() {
    let (reply, _) = random(&mut Rng::with_seed(1), false);
    let seeds: [(Format, &str, &str); 5] = [
        (Format::DockerStats, "stats.json", DOCKER),
        (Format::DockerStats, "stats.txt", TABLE),
        (Format::PodmanStats, "podman.json", PODMAN),
        (Format::Prometheus, "metrics.prom", TEXT),
        (Format::Prometheus, "memory.json", &reply),
    ];
    for seed in 0..cases::count(3_000) {
        let mut rng = Rng::with_seed(seed);
        let (format, name, text) = *rng.choice(&seeds).expect("one");
        let bytes = mutilated(text.as_bytes(), &mut rng);
        let start = Instant::now();
        match import(&asked(format, &[(name, &bytes)], None), &Disk) {
            Ok(import) => is_accepted(&import, &format!("seed {seed}: {}", String::from_utf8_lossy(&bytes))),
            Err(problems) => assert!(!problems.diagnostics.is_empty(), "seed {seed}"),
        }
        assert!(start.elapsed() < Duration::from_secs(5), "seed {seed}");
    }
}

#[test]
fn ten_thousand_containers_are_imported_in_time() {
    let stats: String = (0..10_000)
        .map(|at| {
            format!(
                "{{\"Name\":\"c{at}\",\"ID\":\"{at}\",\"CPUPerc\":\"0.{:02}%\",\"MemUsage\":\"{}MiB / 1GiB\"}}\n",
                at % 100,
                at % 900 + 1
            )
        })
        .collect();
    let metrics: String = (0..10_000)
        .map(|at| {
            let labels =
                format!("container_label_x=\"{}\",id=\"/docker/{at}\",image=\"x\",name=\"c{at}\"", "y".repeat(200));
            format!("container_memory_working_set_bytes{{{labels}}} {at}\ncontainer_memory_cache{{{labels}}} {at}\n")
        })
        .collect();
    for (format, text) in [(Format::DockerStats, stats), (Format::Prometheus, metrics)] {
        let start = Instant::now();
        let import = imported(format, "x", &text);
        assert_eq!(import.report.imported.len(), 10_000);
        assert!(start.elapsed() < Duration::from_secs(4), "{format:?}: {:?}", start.elapsed());
    }
}
