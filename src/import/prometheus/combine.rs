//! Series become what each container took, and what each machine has.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::super::found::{Container, Figure, Figures, Found, Machine, Measured, Note, Project};
use super::series::{Kind, Metrics, Sample, Series};
use super::who::{Subject, Who, host, who};
use crate::diagnostic::{Place, plain, quoted};
use crate::quantity::{LARGEST_AMOUNT, Resource};

/// Adds what the series say to what was found. `files` are the names of the files.
pub fn combine(metrics: &Metrics, files: &[&str], found: &mut Found) {
    let machines = machines(metrics, files, found);
    containers(metrics, &machines, found);
    if let Some(at) = metrics.first_not_number {
        let message = format!("{} values are no numbers, and left out: nothing was measured then", metrics.not_numbers);
        found.note(message, at);
    }
}

/// Values by when they were taken.
type Course = BTreeMap<u64, f64>;

/// What is known of a container, or of one of a pod.
#[derive(Default)]
struct Part {
    /// For each series but for what it is split by: the course of each share.
    memory: BTreeMap<String, Course>,
    cpu: BTreeMap<String, BTreeMap<String, Course>>,
    limit: Option<f64>,
    quota: Option<f64>,
    period: Option<f64>,
}

/// What is known of a container or pod.
struct Body {
    at: Place,
    on: Option<String>,
    image: Option<String>,
    parts: BTreeMap<String, Part>,
    whole: Part,
}

fn containers(metrics: &Metrics, machines: &BTreeMap<u32, String>, found: &mut Found) {
    let mut bodies: Vec<(Subject, Body)> = Vec::new();
    let mut index: HashMap<Subject, usize> = HashMap::new();
    let mut counters: Option<(Place, usize, bool)> = None;
    let (mut nobody, mut unnamed): (BTreeMap<&str, Place>, Option<(Place, usize)>) = (BTreeMap::new(), None);
    let of_containers = [Kind::Memory, Kind::Cpu, Kind::CpuCounter, Kind::MemoryLimit, Kind::Quota, Kind::Period];
    for series in metrics.series.iter().filter(|series| of_containers.contains(&series.kind)) {
        let (subject, part) = match who(&series.labels) {
            Who::Part(subject, part) => (subject, Some(part)),
            Who::Whole(subject) => (subject, None),
            Who::Nobody => {
                nobody.entry(series.labels.get("id").map_or("", String::as_str)).or_insert(series.at);
                continue;
            }
            Who::Unnamed => {
                unnamed = Some(unnamed.map_or((series.at, 1), |(at, count)| (at, count + 1)));
                continue;
            }
        };
        let position = *index.entry(subject).or_insert_with_key(|subject| {
            let on = host(&series.labels).map(str::to_owned).or_else(|| machines.get(&series.at.file).cloned());
            let image = None;
            let body = Body { at: series.at, on, image, parts: BTreeMap::new(), whole: Part::default() };
            bodies.push((subject.clone(), body));
            bodies.len() - 1
        });
        let Some((subject, body)) = bodies.get_mut(position) else { continue };
        // A pod has no image, its containers have.
        if body.image.is_none() && !subject.is_pod {
            body.image = series.labels.get("image").cloned();
        }
        let part = match part {
            Some(part) => body.parts.entry(part).or_default(),
            None => &mut body.whole,
        };
        if !part.add(series) {
            let has_times = series.samples.iter().all(|sample| sample.time.is_some());
            let (at, count, timed) = counters.unwrap_or((series.at, 0, true));
            counters = Some((at, count + 1, timed && has_times));
        }
    }
    let mut names: HashMap<String, usize> = HashMap::new();
    bodies.iter().for_each(|(subject, _)| *names.entry(subject.name.clone()).or_default() += 1);
    let mut projects = HashMap::new();
    let hosts: BTreeSet<&str> = found.hosts.iter().map(|host| host.name.as_str()).collect();
    let elsewhere = bodies.iter().filter_map(|(subject, body)| Some((subject, body.on.as_deref()?, body.at)));
    let mut elsewhere = elsewhere.filter(|(_, on, _)| !hosts.is_empty() && !hosts.contains(on));
    if let Some((subject, on, at)) = elsewhere.next() {
        let others = match elsewhere.count() {
            0 => String::new(),
            more => format!(", and so on for {more} more"),
        };
        let [name, on] = [&subject.name, on].map(quoted);
        found.notes.push(Note {
            message: format!(
                "{name} was seen on {on}, which is no host of the files{others}: where it runs is left out"
            ),
            at,
        });
    }
    for (subject, body) in bodies {
        let repeats = names.get(&subject.name).is_some_and(|count| *count > 1);
        let within = if subject.is_grouped || repeats { subject.within.as_str() } else { "" };
        measured(&subject, within, body, &mut projects, found);
    }
    if let Some((at, count, timed)) = counters {
        let reason = match timed {
            true => {
                "is a counter, and one look at it says no rate: import two scrapes in their order, or what `rate(..)` says"
            }
            false => "is a counter without times, which says no rate: import what `rate(..)` says",
        };
        found.refuse("container_cpu_usage_seconds_total", format!("{reason} ({count} series)"), at);
    }
    if let Some(at) = nobody.values().min() {
        let message = format!("{} groups of processes are no containers, and left out", nobody.len());
        found.note(message, *at);
    }
    if let Some((at, count)) = unnamed {
        let reason = "no label says of which container: group by `name`, `container` or `pod`";
        found.refuse(format!("{count} series"), reason, at);
    }
}

impl Part {
    /// Adds a series; gives whether it says anything.
    fn add(&mut self, series: &Series) -> bool {
        // A container that was made anew has another id; the courses of both may overlap, and are not added up.
        let own = ["id", "instance", "image", "name"].map(|label| series.labels.get(label).map_or("", String::as_str));
        let own = own.join("\n");
        let last = series.samples.iter().max_by_key(|sample| sample.order).map(|sample| sample.value);
        match series.kind {
            Kind::Memory => highest(self.memory.entry(own).or_default(), &series.samples),
            Kind::Cpu | Kind::CpuCounter => {
                let split = series.labels.get("cpu").cloned().unwrap_or_default();
                let rates = if series.kind == Kind::Cpu { series.samples.clone() } else { rates(&series.samples) };
                if rates.is_empty() {
                    return series.kind == Kind::Cpu;
                }
                highest(self.cpu.entry(own).or_default().entry(split).or_default(), &rates);
            }
            Kind::MemoryLimit => self.limit = last.or(self.limit),
            Kind::Quota => self.quota = last.or(self.quota),
            Kind::Period => self.period = last.or(self.period),
            _ => {}
        }
        true
    }

    fn memory(&self) -> Course {
        let mut course = Course::new();
        self.memory.values().for_each(|one| raise(&mut course, one));
        course
    }

    fn cpu(&self) -> Course {
        let mut course = Course::new();
        for shares in self.cpu.values() {
            match shares.get("total") {
                Some(total) => raise(&mut course, total),
                None => raise(&mut course, &sum(shares.values())),
            }
        }
        course
    }

    /// The most memory. What is beyond any machine is no limit.
    fn memory_limit(&self) -> Option<f64> {
        self.limit.filter(|limit| *limit > 0.0 && *limit <= LARGEST_AMOUNT as f64)
    }

    fn cpu_limit(&self) -> Option<f64> {
        let cores = self.quota? / self.period?;
        (cores.is_finite() && cores > 0.0).then_some(cores)
    }
}

/// The larger value at each time.
fn highest(course: &mut Course, samples: &[Sample]) {
    for sample in samples {
        let there = course.entry(sample.order).or_insert(sample.value);
        *there = there.max(sample.value);
    }
}

fn raise(course: &mut Course, other: &Course) {
    for (order, value) in other {
        let there = course.entry(*order).or_insert(*value);
        *there = there.max(*value);
    }
}

fn sum<'a>(courses: impl Iterator<Item = &'a Course>) -> Course {
    let mut all = Course::new();
    for (order, value) in courses.flatten() {
        *all.entry(*order).or_default() += value;
    }
    all
}

/// How fast a counter grew between each look and the next. One that is lower than before has begun anew.
fn rates(samples: &[Sample]) -> Vec<Sample> {
    let mut timed: Vec<(f64, &Sample)> = samples.iter().filter_map(|sample| Some((sample.time?, sample))).collect();
    timed.sort_by(|(a, _), (b, _)| a.total_cmp(b));
    let pairs = timed.iter().zip(timed.iter().skip(1));
    let rate = |((before, first), (after, second)): (&(f64, &Sample), &(f64, &Sample))| {
        let (time, growth) = (after - before, second.value - first.value);
        (time > 0.0 && growth >= 0.0).then(|| Sample { value: growth / time, ..**second })
    };
    pairs.filter_map(rate).collect()
}

/// Adds a container, in the project of its namespace, or of its host where its name repeats on others.
fn measured(subject: &Subject, within: &str, body: Body, projects: &mut HashMap<String, usize>, found: &mut Found) {
    let Body { at, on, ref parts, ref whole, .. } = body;
    let pick = |course: fn(&Part) -> Course| {
        let parts: Vec<Course> = parts.values().map(course).filter(|course| !course.is_empty()).collect();
        // What a pod takes as a whole is said besides what its containers take.
        if parts.is_empty() { course(whole) } else { sum(parts.iter()) }
    };
    let name = subject.name.clone();
    let mut amounts = |what: &str, course: Course, unit: f64| -> Vec<u64> {
        let amounts: Vec<Option<u64>> = course.values().map(|value| up(*value, unit)).collect();
        if amounts.contains(&None) {
            found.refuse(format!("{name}: {what}"), "is more than is counted exactly", at);
            return Vec::new();
        }
        amounts.into_iter().flatten().collect()
    };
    let memory = amounts("memory", pick(Part::memory), 1.0);
    let cpu = amounts("cpu", pick(Part::cpu), 1000.0);
    if memory.is_empty() && cpu.is_empty() {
        found.refuse(name, "nothing that was measured of it says what it takes", at);
        return;
    }
    let limit = |of: fn(&Part) -> Option<f64>, unit: f64| {
        let all: Option<Vec<f64>> = parts.values().map(of).collect();
        all.filter(|all| !all.is_empty()).and_then(|all| up(all.iter().sum(), unit))
    };
    let mut limits = Figures::new();
    let both = [(Resource::Memory, limit(Part::memory_limit, 1.0)), (Resource::Cpu, limit(Part::cpu_limit, 1000.0))];
    for (resource, limit) in both {
        if let Some(value) = limit {
            limits.insert(resource, Figure { value, at });
        }
    }
    // Who was scraped may be called otherwise than its host. Where the files have no hosts, others may.
    let is_host = |on: &String| found.hosts.is_empty() || found.hosts.iter().any(|host| host.name == *on);
    let runs_on = on.iter().filter(|on| is_host(on));
    let container = Container {
        image: body.image,
        runs_on: runs_on.map(|on| (on.clone(), at)).collect(),
        limit: limits,
        ..Container::new(subject.name.clone(), at)
    };
    let limit = container.limit.get(&Resource::Memory).map(|figure| figure.value);
    let name = if within.is_empty() { subject.name.clone() } else { format!("{within}/{}", subject.name) };
    found.measured.push(Measured { name, at, on, cpu, memory, limit });
    let is_own = |project: &Project| project.name.as_ref().map_or("", |(name, _)| name.as_str()) == within;
    match projects.get(within).and_then(|&position| found.projects.get_mut(position)).filter(|it| is_own(it)) {
        Some(project) => project.containers.push(container),
        None => {
            projects.insert(within.to_owned(), found.projects.len());
            let name = (!within.is_empty()).then(|| (within.to_owned(), at));
            found.projects.push(Project { name, containers: vec![container], ..Project::default() });
        }
    }
}

/// In base units, rounded up, but for what floating point adds.
fn up(value: f64, unit: f64) -> Option<u64> {
    let amount = (value * unit - 1e-6).ceil().max(0.0);
    (amount <= LARGEST_AMOUNT as f64).then_some(amount as u64)
}

/// The machines, and the names of those that a file without labels speaks of.
fn machines(metrics: &Metrics, files: &[&str], found: &mut Found) -> BTreeMap<u32, String> {
    #[derive(Default)]
    struct Parts {
        at: Place,
        name: Option<String>,
        file: Option<u32>,
        memory: Option<(f64, Place)>,
        cores: Option<(f64, Place)>,
        threads: BTreeSet<String>,
    }
    let of_machines = [Kind::HostMemory, Kind::HostCores, Kind::HostThread, Kind::HostName];
    let mut bodies: Vec<Parts> = Vec::new();
    let mut index: HashMap<(Option<u32>, String), usize> = HashMap::new();
    for series in metrics.series.iter().filter(|series| of_machines.contains(&series.kind)) {
        let mut labels = series.labels.clone();
        // Of the label that names the machine it is the host behind `instance` that says which one it is.
        if series.kind == Kind::HostName {
            labels.remove("nodename");
        }
        let host = host(&labels).unwrap_or("").to_owned();
        let file = host.is_empty().then_some(series.at.file);
        let position = *index.entry((file, host.clone())).or_insert_with(|| {
            let name = Some(host).filter(|host| !host.is_empty());
            bodies.push(Parts { at: series.at, name, file, ..Parts::default() });
            bodies.len() - 1
        });
        let Some(body) = bodies.get_mut(position) else { continue };
        let Some(last) = series.samples.iter().max_by_key(|sample| sample.order) else { continue };
        // Where it is said twice the lesser is there for certain.
        let least = |there: &mut Option<(f64, Place)>| {
            if there.is_none_or(|(there, _)| last.value < there) {
                *there = Some((last.value, series.at));
            }
        };
        match series.kind {
            Kind::HostMemory => least(&mut body.memory),
            Kind::HostCores => least(&mut body.cores),
            Kind::HostThread => body.threads.extend(series.labels.get("cpu").cloned()),
            _ => body.name = series.labels.get("nodename").cloned().or_else(|| body.name.take()),
        }
    }
    let mut names = BTreeMap::new();
    for body in bodies {
        let of_file = |file: u32| {
            let name = files.get(file as usize).map_or("", |name| name.rsplit(['/', '\\']).next().unwrap_or(name));
            plain(name.split('.').next().unwrap_or(name))
        };
        let name = body.name.clone().or_else(|| Some(of_file(body.file?))).unwrap_or_default();
        let threads = (!body.threads.is_empty()).then_some((body.threads.len() as f64, body.at));
        let mut capacity = Figures::new();
        let amounts = [(Resource::Memory, body.memory, 1.0), (Resource::Cpu, body.cores.or(threads), 1000.0)];
        for (resource, amount, unit) in amounts {
            match amount {
                Some((amount, at)) if amount > 0.0 && amount * unit <= LARGEST_AMOUNT as f64 => {
                    capacity.insert(resource, Figure { value: (amount * unit + 1e-6) as u64, at });
                }
                Some((_, at)) => found.refuse(format!("{name}: {}", resource.name()), "is no size of a machine", at),
                None if body.memory.is_none() && body.cores.is_none() && threads.is_none() => {}
                None => {
                    let reason = "is not in the file: write it down";
                    found.refuse(format!("{name}: {}", resource.name()), reason, body.at);
                }
            }
        }
        if capacity.is_empty() {
            continue;
        }
        if let Some(file) = body.file {
            names.insert(file, name.clone());
        }
        if found.hosts.iter().any(|host| host.name == name) {
            continue;
        }
        found.hosts.push(Machine { name, at: body.at, capacity, labels: BTreeMap::new(), drained: false });
    }
    names
}
