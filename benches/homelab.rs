//! What the README claims about planning homelabs: the homelab set, planned; next to it the plain assignment model
//! (one binary variable for each container and host) given to the same backend.
//!
//! `cargo bench --bench homelab` times a few documents with criterion. `cargo bench --bench homelab -- --table [N]`
//! plans the first N documents (180 unless given) and prints what was proven, in CPU seconds; `--only-bayplan` leaves
//! the plain model out, `--from N` starts at another document. `--document N` prints one. `--nested [N]` plans the first
//! N documents with carriers (60 unless given), each with 5 s, `--nested-large [N]` as many large ones (5) with 10 s.

#[allow(dead_code, reason = "each bench uses what it needs")]
#[path = "../tests/support/homelab.rs"]
mod homelab;
#[path = "../tests/support/nested_lab.rs"]
mod nested_lab;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use bayplan::document::Document;
use bayplan::model::{ContainerIndex, Goal, Layout, Numbered, RuleKind};
use bayplan::plan::{Plan, Wanted, plan};
use bayplan::question::Question;
use bayplan::solve::{Clock, Options, Status};
use criterion::Criterion;
use good_lp::solvers::SolutionStatus;
use good_lp::{Expression, ProblemVariables, Solution, SolverModel, Variable, WithTimeLimit, microlp, variable};

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let given = |flag: &str| arguments.iter().position(|argument| argument == flag);
    let number = |at: usize| arguments.get(at + 1).and_then(|number| number.parse().ok());
    if let Some(document) = given("--document").and_then(number) {
        return print(document);
    }
    if let Some(at) = given("--table") {
        let from = given("--from").and_then(number).unwrap_or(0);
        return table(from, number(at).unwrap_or(180), given("--only-bayplan").is_none());
    }
    if let Some(at) = given("--nested") {
        let from = given("--from").and_then(number).unwrap_or(0);
        return nested((from, number(at).unwrap_or(60)), nested_lab::document, 5.0);
    }
    if let Some(at) = given("--nested-large") {
        return nested((0, number(at).unwrap_or(5)), nested_lab::large, 10.0);
    }
    let mut criterion = Criterion::default().configure_from_args().sample_size(10);
    for number in [0, 1, 2, 3, 4] {
        let layout = layout(homelab::document(number));
        criterion.bench_function(&format!("homelab/{number}"), |bencher| bencher.iter(|| planned(&layout, 60.0)));
    }
    criterion.final_summary();
}

struct Until(Instant);

impl Clock for Until {
    fn left(&self) -> Duration {
        self.0.saturating_duration_since(Instant::now())
    }
}

/// So many seconds of CPU of this process, however busy the machine is.
struct Work {
    until: f64,
    /// When it was last looked at, and what had been spent by then.
    seen: Mutex<(Instant, f64)>,
}

impl Work {
    fn of(seconds: f64) -> Work {
        let now = cpu_seconds();
        Work { until: now + seconds, seen: Mutex::new((Instant::now(), now)) }
    }
}

impl Clock for Work {
    fn left(&self) -> Duration {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.0.elapsed() > Duration::from_millis(5) {
            *seen = (Instant::now(), cpu_seconds());
        }
        Duration::from_secs_f64((self.until - seen.1).max(0.0))
    }
}

fn layout(document: String) -> Layout {
    let files = BTreeMap::from([("homelab.yaml".to_owned(), document)]);
    let document = Document::read("homelab.yaml", &files).unwrap_or_else(|problems| panic!("{problems:?}"));
    document.resolve().unwrap_or_else(|problems| panic!("{problems:?}")).layout
}

fn planned(layout: &Layout, seconds: f64) -> Status {
    let clock = Until(Instant::now() + Duration::from_secs_f64(seconds));
    plan_within(layout, &clock).map_or(Status::Unknown, |plan| plan.status)
}

fn plan_within(layout: &Layout, clock: &dyn Clock) -> Option<Plan> {
    let options = Options { clock, seed: 0, threads: 1, progress: &|_| (), certify: false };
    plan(&Question::about(layout.clone()), Wanted::default(), &options).ok()
}

#[expect(clippy::print_stdout, reason = "the document is what was asked for")]
fn print(number: u64) {
    print!("{}", homelab::document(number));
}

#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn table(from: u64, many: u64, with_plain: bool) {
    let mut seconds = Vec::new();
    let (mut proven, mut plain_proven) = (0, 0);
    println!("document                          bayplan                plain model, first goal alone");
    for number in from..from + many {
        let layout = layout(homelab::document(number));
        let start = cpu_seconds();
        let status = planned(&layout, 60.0);
        let took = cpu_seconds() - start;
        let start = cpu_seconds();
        let plain = if with_plain { plain_model(&layout, 2.0) } else { "open" };
        let plain_took = cpu_seconds() - start;
        let sure = matches!(status, Status::Optimal | Status::Infeasible);
        proven += u64::from(sure && took <= 2.0);
        plain_proven += u64::from(plain != "open");
        seconds.push(took);
        let name = layout.name.as_deref().unwrap_or("");
        println!("{number:3} {name:30} {:10} {took:6.2} s   {plain:10} {plain_took:6.2} s", status.name());
    }
    seconds.sort_by(f64::total_cmp);
    let (median, worst) = (seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
    println!("bayplan: {proven} of {many} proven within 2 s of CPU (median {median:.2} s, worst {worst:.2} s)");
    if with_plain {
        println!("the plain model, its first goal alone: {plain_proven} of {many} within 2 s");
    }
}

/// Documents of a nested set, each with so many seconds: what was proven of it, and where it was not how far each goal may be from the best.
#[expect(clippy::print_stdout, reason = "the table is what this is for")]
fn nested((from, many): (u64, u64), document: fn(u64) -> String, limit: f64) {
    let (mut proven, mut seconds) = (0, Vec::new());
    for number in from..from + many {
        let layout = layout(document(number));
        let start = cpu_seconds();
        let plan = plan_within(&layout, &Work::of(limit));
        let took = cpu_seconds() - start;
        let status = plan.as_ref().map_or(Status::Unknown, |plan| plan.status);
        let sure = matches!(status, Status::Optimal | Status::Infeasible);
        proven += u64::from(sure && took <= limit);
        seconds.push(took);
        let open = plan.iter().flat_map(|plan| &plan.goals).filter(|goal| !sure && !goal.proven);
        let open = open.map(|goal| format!("{} {} [{}]", goal.goal.name(), goal.value.as_f64(), goal.bound.as_f64()));
        let name = layout.name.as_deref().unwrap_or("");
        println!("{name:36} {:10} {took:6.2} s  {}", status.name(), open.collect::<Vec<_>>().join(", "));
    }
    seconds.sort_by(f64::total_cmp);
    let (median, worst) = (seconds[seconds.len() / 2], seconds[seconds.len() - 1]);
    println!("{proven} of {many} proven within {limit} s of CPU (median {median:.2} s, worst {worst:.2} s)");
}

/// One binary variable for each container and host, the first goal alone, in MiB, GB and millicores.
fn plain_model(layout: &Layout, limit: f64) -> &'static str {
    let mut variables = ProblemVariables::new();
    let (hosts, demand) = (&layout.lab.hosts, &layout.demand);
    let mut binary = || variables.add(variable().binary());
    let x: Vec<Vec<Variable>> = demand.indices().map(|_| hosts.iter().map(|_| binary()).collect()).collect();
    let y: Vec<Variable> = hosts.iter().map(|_| binary()).collect();
    let t = variables.add(variable().min(0).max(1));
    let unit = |r: usize| match layout.lab.resources[r].name() {
        "memory" => 1024.0 * 1024.0,
        "disk" => 1e9,
        _ => 1.0,
    };
    let goal = layout.goals[0];
    let mut moved = Expression::default();
    for (container, x) in x.iter().numbered::<ContainerIndex>() {
        if let Some(home) = layout.placement.as_ref().and_then(|placement| placement.host_of[container]) {
            layout.lab.indices().filter(|&host| host != home).for_each(|host| moved += x[host]);
        }
    }
    let objective: Expression = match goal {
        Goal::FewestHosts => y.iter().copied().sum(),
        Goal::Cheapest => y.iter().zip(hosts).map(|(&y, host)| y * (host.price as f64 / 1e3)).sum(),
        Goal::LeastPower => y.iter().zip(hosts).map(|(&y, host)| y * (host.watts as f64 / 1e3)).sum(),
        Goal::Balance => t.into(),
        Goal::FewestMoves => moved,
        // The documents measured wish nothing, and count what moves.
        Goal::WithinTarget | Goal::Wishes | Goal::CarrierBalance | Goal::LeastCarried(_) => Expression::default(),
    };
    let mut model = variables.minimise(objective).using(microlp).with_time_limit(limit);
    for (container, x) in x.iter().numbered() {
        model.add_constraint(x.iter().copied().sum::<Expression>().eq(1.0));
        if let Some(on) = &demand.service_of(container).on {
            for host in layout.lab.indices().filter(|host| !on.contains(host)) {
                model.add_constraint(Expression::from(x[host]).leq(0.0));
            }
        }
    }
    for (h, host) in hosts.iter().enumerate() {
        for r in 0..layout.lab.resources.len() {
            let size = |container: ContainerIndex| demand.service_of(container).request[r].value as f64 / unit(r);
            let used: Expression = x.iter().numbered().map(|(container, x)| x[h] * size(container)).sum();
            let give = host.allocatable[r] as f64 / unit(r);
            model.add_constraint(match goal {
                Goal::Balance => (used - t * give).leq(0.0),
                Goal::FewestMoves => used.leq(give),
                _ => (used - y[h] * give).leq(0.0),
            });
        }
    }
    for rule in layout.rules.iter().filter(|rule| rule.kind == RuleKind::ApartByHost) {
        for (host, _) in hosts.iter().enumerate() {
            let on_it = |&container: &ContainerIndex| x[container][host];
            model.add_constraint(rule.containers.iter().map(on_it).sum::<Expression>().leq(1.0));
        }
    }
    match model.solve() {
        Ok(solution) if matches!(solution.status(), SolutionStatus::Optimal) => "optimal",
        Err(good_lp::ResolutionError::Infeasible) => "infeasible",
        _ => "open",
    }
}

/// User and system seconds of this process so far, so that a busy machine does not count; wall seconds where the system
/// does not say.
fn cpu_seconds() -> f64 {
    let Ok(stat) = std::fs::read_to_string("/proc/self/stat") else { return wall() };
    // Fields 14 and 15, counted after the name in brackets; in hundredths of a second on Linux.
    let after_name = stat.rsplit(')').next().unwrap_or("");
    let fields: Vec<&str> = after_name.split_whitespace().collect();
    let ticks = |at: usize| fields.get(at).and_then(|ticks| ticks.parse::<f64>().ok());
    match (ticks(11), ticks(12)) {
        (Some(user), Some(system)) => (user + system) / 100.0,
        _ => wall(),
    }
}

fn wall() -> f64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(0.0, |now| now.as_secs_f64())
}
