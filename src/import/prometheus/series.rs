//! Series of the metrics that are read: what each measures, the labels that say of whom, and its samples.

use std::collections::{BTreeMap, HashMap};

use crate::diagnostic::Place;

/// What a metric measures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// The memory of a container that cannot be given up, in bytes.
    Memory,
    /// Processors that a container takes, in cores.
    Cpu,
    /// The seconds of processors that a container has taken so far.
    CpuCounter,
    /// The most memory of a container.
    MemoryLimit,
    /// The microseconds of processors that a container may take in each period.
    Quota,
    /// How many microseconds a period has.
    Period,
    /// The memory of a machine.
    HostMemory,
    /// The hardware threads of a machine.
    HostCores,
    /// The seconds of one hardware thread of a machine, for each of them.
    HostThread,
    /// What a machine calls itself.
    HostName,
}

impl Kind {
    /// What a metric of this name measures. Rules of recording have the name behind a colon.
    pub fn of_metric(name: &str) -> Option<Kind> {
        Some(match name {
            "container_memory_working_set_bytes" => Kind::Memory,
            "container_cpu_usage_seconds_total" => Kind::CpuCounter,
            "container_spec_memory_limit_bytes" => Kind::MemoryLimit,
            "container_spec_cpu_quota" => Kind::Quota,
            "container_spec_cpu_period" => Kind::Period,
            "machine_memory_bytes"
            | "node_memory_MemTotal_bytes"
            | "node_memory_size_bytes"
            | "node_memory_total_bytes" => Kind::HostMemory,
            "machine_cpu_cores" => Kind::HostCores,
            "node_cpu_seconds_total" => Kind::HostThread,
            "node_uname_info" => Kind::HostName,
            _ if name.contains(":container_cpu_usage_seconds_total:") && name.contains("rate") => Kind::Cpu,
            _ if name.ends_with(":container_memory_working_set_bytes") => Kind::Memory,
            _ => return None,
        })
    }

    /// What is meant by `--metric`.
    pub fn said(name: &str) -> Option<Kind> {
        match name {
            "cpu" | "cores" => Some(Kind::Cpu),
            "memory" | "bytes" => Some(Kind::Memory),
            _ => Kind::of_metric(name),
        }
    }

    /// What a file of this name measures whose metrics have none: `cpu-week.json`, `memory_max.json`.
    pub fn of_file(name: &str) -> Option<Kind> {
        let name = name.rsplit(['/', '\\']).next().unwrap_or(name).to_ascii_lowercase();
        let has = |wanted: &[&str]| name.split(|c: char| !c.is_ascii_alphanumeric()).any(|word| wanted.contains(&word));
        let is_cpu = has(&["cpu", "cpus", "cores"]);
        let is_memory = has(&["memory", "mem", "ram"]);
        // The counter's own name may stand for its rate, or not.
        let is_counter = has(&["total"]) && !has(&["rate", "irate"]);
        match (is_cpu, is_memory) {
            (true, false) if !is_counter => Some(Kind::Cpu),
            (false, true) => Some(Kind::Memory),
            _ => None,
        }
    }
}

/// The labels that say of whom a metric speaks. All others are left out.
pub const LABELS: &[&str] = &[
    "container",
    "container_label_com_docker_compose_project",
    "container_label_com_docker_compose_service",
    "container_label_com_docker_swarm_service_name",
    "container_label_io_kubernetes_container_name",
    "container_label_io_kubernetes_pod_name",
    "container_label_io_kubernetes_pod_namespace",
    "container_name",
    "cpu",
    "id",
    "image",
    "instance",
    "kubernetes_io_hostname",
    "name",
    "namespace",
    "node",
    "nodename",
    "pod",
    "pod_name",
    "service",
];

/// The labels of a series, as far as they are read.
pub type Labels = BTreeMap<&'static str, String>;

/// Keeps a label where it is read. One without a value is none.
pub fn keep(labels: &mut Labels, name: &str, value: &str) {
    if let Ok(position) = LABELS.binary_search(&name)
        && let Some(&name) = LABELS.get(position)
        && !value.is_empty()
    {
        labels.insert(name, value.to_owned());
    }
}

/// One value.
#[derive(Clone, Copy, Debug)]
pub struct Sample {
    /// When it was taken, in seconds, where that is said.
    pub time: Option<f64>,
    /// What orders it among those of its kind: the time in milliseconds, or the number of the file.
    pub order: u64,
    /// The value.
    pub value: f64,
}

/// A metric with its labels.
#[derive(Clone, Debug)]
pub struct Series {
    /// What it measures.
    pub kind: Kind,
    /// Of whom.
    pub labels: Labels,
    /// Where it stands first.
    pub at: Place,
    /// Its values, file by file.
    pub samples: Vec<Sample>,
}

/// What is the same for all samples of a series. Those of machines are of their file, where no label says which it is.
type Identity = (Kind, Option<u32>, Labels);

/// All series.
#[derive(Debug, Default)]
pub struct Metrics {
    /// In the order in which they stand.
    pub series: Vec<Series>,
    index: HashMap<Identity, usize>,
    /// How many samples were added.
    added: usize,
    /// How many samples were no numbers.
    pub not_numbers: usize,
    /// Where the first of these stands.
    pub first_not_number: Option<Place>,
}

impl Metrics {
    /// How many samples there are, those that are no numbers among them.
    pub fn count(&self) -> usize {
        self.added + self.not_numbers
    }

    /// Adds samples. Those that are no numbers are counted, and left out.
    pub fn add(&mut self, kind: Kind, labels: Labels, file: Option<u32>, at: Place, samples: &[Sample]) {
        let numbers = samples.iter().filter(|sample| sample.value.is_finite() && sample.value >= 0.0);
        let numbers = numbers.copied();
        let left_out = samples.iter().filter(|sample| !sample.value.is_finite()).count();
        if left_out > 0 {
            self.not_numbers += left_out;
            self.first_not_number.get_or_insert(at);
        }
        let is_host = matches!(kind, Kind::HostMemory | Kind::HostCores | Kind::HostThread | Kind::HostName);
        let file = file.filter(|_| is_host);
        let position = *self.index.entry((kind, file, labels)).or_insert_with_key(|(_, _, labels)| {
            let labels = labels.clone();
            self.series.push(Series { kind, labels, at, samples: Vec::new() });
            self.series.len() - 1
        });
        if let Some(series) = self.series.get_mut(position) {
            let before = series.samples.len();
            series.samples.extend(numbers);
            self.added += series.samples.len() - before;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_stand_in_order_to_be_found() {
        assert!(LABELS.is_sorted());
    }

    #[test]
    fn a_file_says_what_it_measures_by_its_name_alone() {
        for (name, kind) in [
            ("out/cpu-week.json", Some(Kind::Cpu)),
            ("memory_max.json", Some(Kind::Memory)),
            ("container_memory_working_set_bytes.json", Some(Kind::Memory)),
            ("rate_container_cpu_usage_seconds_total.json", Some(Kind::Cpu)),
            ("container_cpu_usage_seconds_total.json", None),
            ("cpu-and-memory.json", None),
            ("cpu/reply.json", None),
            ("members.json", None),
        ] {
            assert_eq!(Kind::of_file(name), kind, "{name}");
        }
    }
}
