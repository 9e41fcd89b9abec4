//! One run in a process of its own, with its CPU seconds and peak memory as the operating system counts them.

use std::fs;
use std::io::{self, Read};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::arguments::Arguments;
use crate::set::Case;

/// How often the child is looked at.
const TICK: Duration = Duration::from_millis(4);
/// After this and twice the time limit it hangs and is killed.
const HANGS: Duration = Duration::from_secs(30);

/// What a run was like.
pub struct Run {
    /// The exit code; `None` where a signal ended it.
    pub code: Option<i32>,
    /// The answer; null where there is none.
    pub answer: Value,
    /// What went to standard error.
    pub said: String,
    /// User and system seconds.
    pub cpu: f64,
    /// Seconds by the clock on the wall.
    pub wall: f64,
    /// Peak resident memory in MB.
    pub memory: f64,
    /// What `bayplan check` says of the plan that was saved; `None` where there was none.
    pub checked: Option<bool>,
}

/// Plans `case`, and has the plan checked.
///
/// # Errors
/// Where the program cannot be run or the files not be written.
pub fn run(case: &Case, arguments: &Arguments) -> io::Result<Run> {
    let folder = std::env::temp_dir().join(format!("bayplan-instances-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    fs::write(folder.join("document.yaml"), &case.document)?;
    let mut command = Command::new(&arguments.bayplan);
    command.current_dir(&folder).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.args(["plan", "document.yaml", "--format", "json", "--save", "planned.yaml", "--quiet"]);
    let limit = format!("{}ms", arguments.time_limit.as_millis());
    command.args(["--time-limit", &limit, "--threads", &arguments.threads]);
    let before = cpu_of_children();
    let start = Instant::now();
    let mut child = command.spawn()?;
    let (out, err) = (reader(child.stdout.take()), reader(child.stderr.take()));
    let memory = watch(&mut child, arguments.time_limit * 2 + HANGS)?;
    let status = child.wait()?;
    let (wall, cpu) = (start.elapsed().as_secs_f64(), cpu_of_children() - before);
    let planned = folder.join("planned.yaml");
    let checked = planned.is_file().then(|| {
        let check =
            Command::new(&arguments.bayplan).args(["check", "--quiet", "-o"]).arg("/dev/null").arg(&planned).status();
        check.is_ok_and(|status| status.success())
    });
    fs::remove_dir_all(&folder)?;
    let text =
        |bytes: thread::JoinHandle<Vec<u8>>| String::from_utf8_lossy(&bytes.join().unwrap_or_default()).into_owned();
    let answer = serde_json::from_str(&text(out)).unwrap_or(Value::Null);
    Ok(Run { code: status.code(), answer, said: text(err), cpu, wall, memory, checked })
}

/// Reads all of a pipe on a thread, so that the child never waits for a reader.
fn reader(pipe: Option<impl Read + Send + 'static>) -> thread::JoinHandle<Vec<u8>> {
    thread::spawn(move || {
        let mut bytes = Vec::new();
        if let Some(mut pipe) = pipe {
            let _ = pipe.read_to_end(&mut bytes);
        }
        bytes
    })
}

/// Looks at the child until it ends, and kills it after `longest`. Its peak memory in MB, 0 where the system does not
/// say.
fn watch(child: &mut Child, longest: Duration) -> io::Result<f64> {
    let start = Instant::now();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0.0;
    while child.try_wait()?.is_none() {
        let kib = fs::read_to_string(&status).ok().and_then(|text| {
            let line = text.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
            line.split_whitespace().next()?.parse::<f64>().ok()
        });
        peak = kib.map_or(peak, |kib| kib * 1024.0 / 1e6);
        if start.elapsed() > longest {
            child.kill()?;
        }
        thread::sleep(TICK);
    }
    Ok(peak)
}

/// User and system seconds of all children that have ended; 0 where the system does not say.
fn cpu_of_children() -> f64 {
    let stat = fs::read_to_string("/proc/self/stat").unwrap_or_default();
    // Fields 16 and 17, counted after the name in brackets; in hundredths of a second on Linux.
    let after_name = stat.rsplit(')').next().unwrap_or("");
    let ticks = |at: usize| after_name.split_whitespace().nth(at).and_then(|ticks| ticks.parse::<f64>().ok());
    (ticks(13).unwrap_or(0.0) + ticks(14).unwrap_or(0.0)) / 100.0
}
