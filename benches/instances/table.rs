//! The table: a row for each instance, and what all of them come to.

use crate::judge::Verdict;
use crate::packing::Known;
use crate::run::Run;
use crate::set::Case;

const COLUMNS: [&str; 8] = ["instance", "known", "value", "bound", "gap", "proven", "CPU s", "MB"];

/// Prints row by row, and remembers what the last line needs.
pub struct Table {
    markdown: bool,
    widths: [usize; 8],
    rows: usize,
    proven: usize,
    seconds: f64,
    slowest: f64,
    largest: f64,
    flags: Vec<String>,
}

impl Table {
    /// An empty table of `cases`.
    pub fn new(markdown: bool, cases: &[Case]) -> Self {
        let longest = cases.iter().map(|case| case.name.len()).max().unwrap_or(0).max(COLUMNS[0].len());
        let widths = [longest, 12, 12, 12, 6, 10, 8, 6];
        Self { markdown, widths, rows: 0, proven: 0, seconds: 0.0, slowest: 0.0, largest: 0.0, flags: Vec::new() }
    }

    /// The line or lines above the rows.
    pub fn head(&self) -> String {
        let head = self.line(&COLUMNS.map(str::to_owned));
        let rule = if self.markdown { "|---|---:|---:|---:|---:|---|---:|---:|\n" } else { "" };
        format!("{head}\n{rule}")
    }

    /// A run and what is to be said of it.
    pub fn row(&mut self, case: &Case, run: &Run, verdict: &Verdict) -> String {
        self.rows += 1;
        self.proven += usize::from(verdict.proven);
        self.seconds += run.cpu;
        self.slowest = self.slowest.max(run.cpu);
        self.largest = self.largest.max(run.memory);
        let number = |value: Option<f64>| value.map_or_else(|| "-".to_owned(), |value| format!("{}", round(value)));
        let value = if verdict.value.is_some() { number(verdict.value) } else { verdict.status.clone() };
        let gap = match (verdict.value, verdict.bound) {
            (Some(value), Some(bound)) if value > bound => format!("{:.2} %", 100.0 * (value - bound) / value),
            (Some(_), Some(_)) => "0".to_owned(),
            _ => "-".to_owned(),
        };
        let by = run.answer["proof"]["kind"].as_str().unwrap_or("yes");
        let proven = if verdict.proven { by.to_owned() } else { "no".to_owned() };
        let cells = [
            case.name.clone(),
            known(case.known()),
            value,
            number(verdict.bound),
            gap,
            proven,
            format!("{:.2}", run.cpu),
            format!("{:.0}", run.memory),
        ];
        let flags = verdict.flags.iter().map(|flag| format!("!!! {}: {flag}", case.name));
        let before = self.flags.len();
        self.flags.extend(flags);
        // A page's table may not be interrupted; on the screen nobody should have to wait for a flag.
        let now = if self.markdown { &[] } else { &self.flags[before..] };
        std::iter::once(&self.line(&cells)).chain(now).fold(String::new(), |text, line| text + line + "\n")
    }

    /// What comes after the rows.
    pub fn summary(&self) -> String {
        let Self { rows, proven, seconds, slowest, largest, flags, .. } = self;
        let blank = if self.markdown { "\n" } else { "" };
        let mut text = format!(
            "{blank}{proven} of {rows} proven in {seconds:.1} s of CPU together (slowest {slowest:.1} s), at most \
             {largest:.0} MB\n"
        );
        if self.markdown {
            flags.iter().for_each(|flag| text += &format!("\n{flag}\n"));
        }
        if !flags.is_empty() {
            text += &format!("{blank}{} FLAGGED\n", flags.len());
        }
        text
    }

    /// Whether anything must not be.
    pub fn has_flags(&self) -> bool {
        !self.flags.is_empty()
    }

    fn line(&self, cells: &[String; 8]) -> String {
        if self.markdown {
            return format!("| {} |", cells.join(" | "));
        }
        let pad = |(at, (cell, width)): (usize, (&String, usize))| match at {
            0 | 5 => format!("{cell:<width$}"),
            _ => format!("{cell:>width$}"),
        };
        let line: Vec<String> = cells.iter().zip(self.widths).enumerate().map(pad).collect();
        line.join("  ").trim_end().to_owned()
    }
}

/// The best there is, or between what bounds it lies.
fn known(known: Known) -> String {
    let worded = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    match (known.bound(), known.reached()) {
        (None, None) => "-".to_owned(),
        (Some(bound), Some(reached)) if bound >= reached => reached.to_string(),
        (bound, reached) => format!("{}..{}", worded(bound), worded(reached)),
    }
}

/// To four decimals: shares and prices need no more.
fn round(value: f64) -> f64 {
    (value * 1e4).round() / 1e4
}
