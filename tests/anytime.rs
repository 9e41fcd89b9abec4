//! Whoever stops a search gets what it has: after Ctrl-C as after the time limit.

#![cfg(target_os = "linux")]

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value;

/// How long a search is left alone before it is interrupted.
const AFTER: Duration = Duration::from_millis(1_500);
/// How much later than asked for an answer may come: a tenth, or this.
const LATE: Duration = Duration::from_millis(500);

/// A folder of its own for one test, gone with it.
struct Folder(PathBuf);

impl Folder {
    fn with(name: &str, document: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("bayplan-anytime-{}-{name}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("d.yaml"), document).unwrap();
        Self(folder)
    }

    fn start(&self, args: &[&str]) -> Child {
        let mut command = Command::new(assert_cmd::cargo::cargo_bin!("bayplan"));
        command.current_dir(&self.0).args(args).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command.spawn().unwrap()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Equal hosts and containers of two resources that leave little room: such documents keep a search busy.
fn long() -> String {
    let mut rng = fastrand::Rng::with_seed(9);
    let mut text =
        "goals: [fewest-hosts]\nhosts:\n  h: {count: 150, cpu: 1500m, memory: 1500MiB}\nstartups:\n".to_owned();
    for number in 0..300 {
        let (cpu, memory) = (rng.u64(200..=1_000), rng.u64(200..=1_000));
        text += &format!("  s{number}: {{containers: {{c: {{cpu: {cpu}m, memory: {memory}MiB}}}}}}\n");
    }
    text
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill").args([&format!("-{name}"), &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
}

fn hangups_are_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:")).unwrap();
    u64::from_str_radix(mask.trim(), 16).unwrap() & 1 == 1
}

#[test]
fn the_first_ctrl_c_gets_the_best_plan_so_far_with_its_gap() {
    if hangups_are_ignored() {
        return; // Under `nohup` bayplan leaves signals alone.
    }
    for name in ["INT", "TERM"] {
        let folder = Folder::with(name, &long());
        let child = folder.start(&["plan", "d.yaml", "--format", "json", "--save", "planned.yaml"]);
        sleep(AFTER);
        signal(&child, name);
        let begin = Instant::now();
        let output = child.wait_with_output().unwrap();
        let took = begin.elapsed();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(0), "{name}: {said}");
        assert!(took < LATE * 4, "{name}: {took:?} after the signal");
        let answer: Value = serde_json::from_slice(&output.stdout).unwrap();
        let goal = &answer["goals"][0];
        if answer["status"] == "feasible" {
            assert!(said.contains("note: interrupted"), "{said}");
            assert!(goal["bound"].as_f64() < goal["value"].as_f64(), "{goal}");
        }
        let checked = folder.start(&["check", "planned.yaml"]).wait_with_output().unwrap();
        assert_eq!(checked.status.code(), Some(0), "{checked:?}");
    }
}
