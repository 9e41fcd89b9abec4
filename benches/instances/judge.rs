//! Judges an answer without the solver and without its referee: sums of its own, and what was known before.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::arguments::Arguments;
use crate::packing::Packing;
use crate::run::Run;
use crate::set::Case;

/// What an answer claims, and what is wrong with it.
pub struct Verdict {
    /// `optimal`, `feasible`, `infeasible`, `unknown`, or what happened instead of an answer.
    pub status: String,
    /// The first goal's value, where there is a plan.
    pub value: Option<f64>,
    /// Its bound.
    pub bound: Option<f64>,
    /// Whether the answer is proven: of all goals, or that nothing fits.
    pub proven: bool,
    /// What must not be.
    pub flags: Vec<String>,
}

/// Seconds by which any answer may be late; else a tenth of the limit.
const LATE: f64 = 0.5;

/// Judges a run.
pub fn judge(case: &Case, run: &Run, arguments: &Arguments) -> Verdict {
    let status = match run.answer["status"].as_str() {
        Some(status) => status.to_owned(),
        None => run.code.map_or_else(|| "killed".to_owned(), |code| format!("exit code {code}")),
    };
    let goal = &run.answer["goals"][0];
    let mut verdict = Verdict {
        value: goal["value"].as_f64(),
        bound: goal["bound"].as_f64(),
        proven: matches!(status.as_str(), "optimal" | "infeasible"),
        status,
        flags: Vec::new(),
    };
    if run.answer.is_null() {
        let said = run.said.lines().next().unwrap_or("nothing");
        verdict.flags.push(format!("NO ANSWER: {said}"));
    }
    if verdict.value.is_some() && run.checked != Some(true) {
        verdict.flags.push("REFUTED by `bayplan check`".to_owned());
    }
    if let (Some(packing), Some(value)) = (&case.packing, verdict.value) {
        match cost(packing, &run.answer) {
            Err(why) => verdict.flags.push(format!("INVALID: {why}")),
            Ok(cost) if cost as f64 != value => verdict.flags.push(format!("VALUE IS {cost}, not {value}")),
            Ok(_) => {}
        }
    }
    let limit = arguments.time_limit.as_secs_f64();
    // On a busy machine it waits as well as works after its time; only the work counts.
    let late = (run.wall - limit) * (run.cpu / run.wall).min(1.0);
    if late > (limit / 10.0).max(LATE) {
        verdict.flags.push(format!("LATE by {late:.1} s"));
    }
    verdict.against_known(case);
    verdict
}

impl Verdict {
    /// What others reached and proved may be improved on, never contradicted.
    fn against_known(&mut self, case: &Case) {
        let known = case.known();
        let (reached, bound) = (known.reached().map(|it| it as f64), known.bound().map(|it| it as f64));
        if let (Some(value), Some(reached)) = (self.value, reached)
            && value > reached
        {
            self.flags.push(format!("WORSE than {reached}, which is known"));
        }
        if let (Some(value), Some(bound)) = (self.value, bound)
            && value < bound
        {
            self.flags.push(format!("BELOW {bound}, the known bound"));
        }
        let best = [self.value, reached].into_iter().flatten().reduce(f64::min);
        if let (Some(bound), Some(best)) = (self.bound, best)
            && bound > best
        {
            self.flags.push(format!("FALSE BOUND: {best} can be had"));
        }
        if self.status == "infeasible" && reached.is_some() {
            self.flags.push("FALSE PROOF: it fits".to_owned());
        }
    }
}

/// What the hosts cost that hold anything in `answer`, every container being placed once and no host overfull.
fn cost(packing: &Packing, answer: &Value) -> Result<u64, String> {
    let mut left: BTreeMap<String, &[u64]> = BTreeMap::new();
    for item in &packing.items {
        left.extend((1..=item.count).map(|number| (format!("{}/c.{number}", item.id), &item.size[..])));
    }
    let mut used: BTreeMap<&str, u64> = BTreeMap::new();
    let mut cost = 0;
    for host in answer["hosts"].as_array().map_or(&[][..], Vec::as_slice) {
        let name = host["name"].as_str().ok_or("a host has no name")?;
        let containers = host["containers"].as_array().ok_or("a host has no containers")?;
        if containers.is_empty() {
            continue;
        }
        let (kind, _) = name.rsplit_once('-').ok_or("a host of no kind")?;
        let bin = packing.bins.iter().find(|bin| bin.id == kind).ok_or("a host of an unknown kind")?;
        *used.entry(kind).or_default() += 1;
        cost += bin.cost;
        let mut sum = vec![0u64; bin.cap.len()];
        for container in containers {
            let id = container.as_str().ok_or("a container has no name")?;
            let size = left.remove(id).ok_or_else(|| format!("`{id}` is not there or placed twice"))?;
            sum.iter_mut().zip(size).for_each(|(sum, size)| *sum += size);
        }
        if sum.iter().zip(&bin.cap).any(|(sum, cap)| sum > cap) {
            return Err(format!("`{name}` is overfull"));
        }
    }
    if let Some(missing) = left.keys().next() {
        return Err(format!("`{missing}` is not placed"));
    }
    let too_many =
        |bin: &&crate::packing::Bin| bin.count.is_some_and(|count| used.get(&*bin.id).is_some_and(|&n| n > count));
    match packing.bins.iter().find(too_many) {
        Some(bin) => Err(format!("more than {} of `{}`", bin.count.unwrap_or(0), bin.id)),
        None => Ok(cost),
    }
}
