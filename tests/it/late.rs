//! Time and memory stay within their limits, however heavy a document is.

#![cfg(target_os = "linux")]

use std::fs;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::anytime::hangups_are_ignored;
use crate::support::heavy::{self, Heavy};
use crate::support::program::Folder;

/// What heavy documents are divided by in the everyday test: `BAYPLAN_PART=1` has them in full size.
const PART: usize = 25;
/// The limit of the everyday test; `BAYPLAN_LIMIT=5` has it in seconds.
const LIMIT: f64 = 0.25;
/// How much later than the limit an answer may come, in seconds of work: a tenth of it, or this. What is built for tests
/// takes longer from one look at the clock to the next.
const LATE: f64 = if cfg!(debug_assertions) { 1.5 } else { 0.5 };
/// Ctrl-C is obeyed within so many seconds of work.
const OBEYS: f64 = if cfg!(debug_assertions) { 2.0 } else { 1.0 };
/// When the everyday test interrupts, in seconds; `BAYPLAN_PATIENCE=2` has it later.
const PATIENCE: f64 = 0.3;
/// The most memory that an answer may take, in MB.
const MEMORY: f64 = 1_000.0;
/// Whoever takes so many times as long as it may hangs.
const HANGS: f64 = 10.0;

/// What a command took: seconds by the clock on the wall, seconds of work, and MB of memory at the most.
struct Taken {
    code: Option<i32>,
    wall: f64,
    work: f64,
    memory: f64,
    /// Seconds of work after it was interrupted, where it was.
    after: Option<f64>,
}

/// Waits for `child`, interrupts it after `patience` where there is one, and kills it after `longest`.
fn taken(mut child: Child, patience: Option<Duration>, longest: Duration) -> Taken {
    let start = Instant::now();
    let (mut memory, mut interrupted) = (0.0, None);
    loop {
        // A child that ended keeps its figures until it is waited for, but for those of its memory.
        let stat = fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
        let ticks = |field: usize| fields[field].parse::<f64>().unwrap();
        let (wall, work) = (start.elapsed().as_secs_f64(), (ticks(11) + ticks(12)) / 100.0);
        if fields[0] == "Z" {
            let after = interrupted.map(|(then, done): (f64, f64)| (wall - then).min(work - done));
            return Taken { code: child.wait().unwrap().code(), wall, work, memory, after };
        }
        if interrupted.is_none() && patience.is_some_and(|patience| start.elapsed() > patience) {
            interrupted = Some((wall, work));
            let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
            assert!(sent.success());
        }
        let status = fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap_or_default();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")?.split_whitespace().next()?.parse().ok());
        memory = peak.map_or(memory, |kib: f64| kib * 1_024.0 / 1e6);
        if start.elapsed() > longest {
            child.kill().unwrap();
        }
        sleep(Duration::from_millis(2));
    }
}

/// Asks everything about a document, and says what is late or large.
#[expect(clippy::print_stdout, reason = "figures are for whoever asks for them")]
fn faults(heavy: &Heavy, limit: f64) -> Vec<String> {
    let folder = Folder::with(&[("d.yaml", &heavy.document)]);
    heavy.other.iter().for_each(|other| fs::write(folder.path("e.yaml"), other).unwrap());
    let mut faults = Vec::new();
    for asked in &heavy.asked {
        let milliseconds = format!("{}ms", (limit * 1_000.0) as u64);
        let mut args: Vec<&str> = asked.split(' ').collect();
        args.extend(["--time-limit", &milliseconds, "--threads", "1", "--quiet", "--force", "-o", "answer"]);
        let (out, err) = (Stdio::null(), Stdio::null());
        let child = folder.bayplan(&args).stdin(Stdio::null()).stdout(out).stderr(err).spawn().unwrap();
        let Taken { code, wall, work, memory, .. } =
            taken(child, None, Duration::from_secs_f64((limit + LATE) * HANGS));
        // On a busy machine a child waits, too: by then nothing of it is late.
        let late = (wall - limit) * (work / wall).min(1.0);
        let mut fault = String::new();
        if late > LATE.max(limit / 10.0) {
            fault += &format!(" {late:.2} s late");
        }
        if memory > MEMORY {
            fault += " too large";
        }
        if !matches!(code, Some(0 | 1 | 3)) {
            fault += &format!(" exit code {code:?}");
        }
        let said = format!("{:14} {asked:40} {wall:6.2} s {work:6.2} s of work {memory:5.0} MB{fault}", heavy.name);
        println!("{said}");
        if !fault.is_empty() {
            faults.push(said);
        }
    }
    faults
}

/// Interrupts what is asked about a document, and says what goes on for too long afterwards.
#[expect(clippy::print_stdout, reason = "figures are for whoever asks for them")]
fn deaf(heavy: &Heavy, asked: &str, patience: f64) -> Option<String> {
    let folder = Folder::with(&[("d.yaml", &heavy.document)]);
    heavy.other.iter().for_each(|other| fs::write(folder.path("e.yaml"), other).unwrap());
    let mut args: Vec<&str> = asked.split(' ').collect();
    args.extend(["--time-limit", "60s", "--threads", "1", "--quiet", "--force", "-o", "answer"]);
    let (out, err) = (Stdio::null(), Stdio::null());
    let child = folder.bayplan(&args).stdin(Stdio::null()).stdout(out).stderr(err).spawn().unwrap();
    let after = taken(child, Some(Duration::from_secs_f64(patience)), Duration::from_secs(40)).after?;
    let said = format!("{:14} {asked:40} {after:6.2} s of work after Ctrl-C", heavy.name);
    println!("{said}");
    (after > OBEYS).then_some(said)
}

/// A figure from the environment.
fn figure(name: &str, usual: f64) -> f64 {
    std::env::var(name).map_or(usual, |it| it.parse().unwrap_or_else(|_| panic!("{name} is a number: {it}")))
}

#[test]
fn heavy_documents_are_answered_in_time_and_in_little_memory() {
    let (part, limit) = (figure("BAYPLAN_PART", PART as f64) as usize, figure("BAYPLAN_LIMIT", LIMIT));
    let faults: Vec<String> = heavy::all(part).iter().flat_map(|heavy| faults(heavy, limit)).collect();
    assert!(faults.is_empty(), "\n{}", faults.join("\n"));
}

/// In parts of the full size one question about each document, in full size all.
#[test]
fn ctrl_c_is_obeyed_whatever_is_asked_of_heavy_documents() {
    if hangups_are_ignored() {
        return; // Under `nohup` bayplan leaves signals alone.
    }
    let (part, patience) = (figure("BAYPLAN_PART", PART as f64) as usize, figure("BAYPLAN_PATIENCE", PATIENCE));
    let mut deaf = Vec::new();
    for (nth, heavy) in heavy::all(part).iter().enumerate() {
        let (first, count) = if part == 1 { (0, heavy.asked.len()) } else { (nth % heavy.asked.len(), 1) };
        deaf.extend(heavy.asked[first..][..count].iter().filter_map(|asked| self::deaf(heavy, asked, patience)));
    }
    assert!(deaf.is_empty(), "\n{}", deaf.join("\n"));
}

/// `BAYPLAN_DUMP=DIR cargo test --test it heavy_documents_are_dumped` writes them, and what is asked about each.
#[test]
fn heavy_documents_are_dumped() {
    let Ok(folder) = std::env::var("BAYPLAN_DUMP") else { return };
    for heavy in heavy::all(figure("BAYPLAN_PART", 1.0) as usize) {
        let folder = std::path::Path::new(&folder).join(heavy.name);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("d.yaml"), &heavy.document).unwrap();
        heavy.other.iter().for_each(|other| fs::write(folder.join("e.yaml"), other).unwrap());
        fs::write(folder.join("asked"), heavy.asked.join("\n") + "\n").unwrap();
    }
}

/// A lab that survives each loss is asked how much each of its startups may grow, loss by loss.
#[test]
fn how_much_may_grow_is_not_asked_for_longer_than_there_is_time() {
    let (hosts, startups) = (25, 250);
    let mut text = format!("hosts:\n  h: {{count: {hosts}, memory: 64GiB}}\nstartups:\n");
    let mut placed = vec![String::new(); hosts];
    for startup in 0..startups {
        text += &format!(
            "  s{startup}: {{containers: {{a: {{memory: {}MiB}}, b: {{memory: 2GiB}}}}}}\n",
            1000 + startup * 7
        );
        placed[startup % hosts] += &format!("s{startup}/*, ");
    }
    text += "rules: [{survive: 1}]\nplacement:\n";
    for (host, its) in placed.iter().enumerate() {
        text += &format!("  h-{}: [{}]\n", host + 1, its.trim_end_matches(", "));
    }
    let folder = Folder::with(&[("lab.yaml", &text)]);
    let child = folder.bayplan(&["check", "lab.yaml", "--time-limit", "250ms"]).stdout(Stdio::null()).spawn().unwrap();
    let taken = taken(child, None, Duration::from_secs(60));
    assert_eq!(taken.code, Some(0));
    assert!(taken.work < LIMIT + 2.0 * LATE, "{:.2} s", taken.work);
}

/// A platform that survives the loss of a zone: where rules make it hard to show that one percent more is too much, what each
/// startup may grow is said nonetheless.
#[test]
fn how_much_may_grow_is_known_soon_where_that_it_is_all_is_hard_to_show() {
    let text = fs::read_to_string("layouts/platform.yaml").unwrap();
    let text = text.replacen("rules:\n", "rules:\n  - survive: {any: zone}\n", 1);
    let folder = Folder::with(&[("lab.yaml", &text)]);
    let args = ["check", "lab.yaml", "--time-limit", "60s", "--format", "json", "-o", "answer"];
    let child = folder.bayplan(&args).stdout(Stdio::null()).spawn().unwrap();
    let taken = taken(child, None, Duration::from_secs(60));
    assert_eq!(taken.code, Some(0));
    let answer: serde_json::Value = serde_json::from_str(&fs::read_to_string(folder.path("answer")).unwrap()).unwrap();
    assert_eq!(answer["growth"]["percent"], 98);
    assert_eq!(answer["growth"]["startups"].as_array().unwrap().len(), 41);
    assert!(taken.work < if cfg!(debug_assertions) { 30.0 } else { 10.0 }, "{:.2} s", taken.work);
}
