//! Packing instances: kinds of hosts, containers with whole amounts, no rules. Read from JSON, written as documents.

use std::cmp::Reverse;
use std::fmt::Write;

use bayplan::model::Ratio;
use serde::{Deserialize, Serialize};

/// Minimise the cost of the hosts that hold anything; every container placed once, no host over any resource.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Packing {
    /// What it is called.
    pub name: String,
    /// The names of the resources.
    pub dims: Vec<String>,
    /// The kinds of hosts.
    pub bins: Vec<Bin>,
    /// The kinds of containers.
    pub items: Vec<Item>,
    /// What is known of its best value.
    #[serde(default)]
    pub known: Known,
}

/// A kind of host.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Bin {
    /// Its name.
    pub id: String,
    /// What it gives of each resource.
    pub cap: Vec<u64>,
    /// How many there are; as many as wanted where that is not said.
    pub count: Option<u64>,
    /// What one costs that holds anything.
    pub cost: u64,
}

/// A kind of container.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Item {
    /// Its name.
    pub id: String,
    /// What it asks of each resource.
    pub size: Vec<u64>,
    /// How many there are.
    pub count: u64,
}

/// What is known of an instance's best value, from wherever it comes.
#[derive(Clone, Copy, Debug, Default, Deserialize, Serialize)]
pub struct Known {
    /// No packing is better.
    pub lb: Option<u64>,
    /// The best there is.
    pub opt: Option<u64>,
    /// The best that was found.
    pub best_known: Option<u64>,
}

impl Packing {
    /// The instance as a document: a container `c` in a startup for each item, hosts of a kind counted. Where their
    /// number is not limited, there are as many as first-fit-decreasing uses.
    pub fn document(&self) -> String {
        let priced = self.bins.iter().any(|bin| bin.cost != 1);
        let goal = if priced { "cheapest" } else { "fewest-hosts" };
        let mut out = format!("name: {}\ngoals: [{goal}]\nhosts:\n", self.name);
        for bin in &self.bins {
            let count = bin.count.unwrap_or_else(|| self.first_fit_decreasing());
            let price = if priced { format!(", price: {}", bin.cost) } else { String::new() };
            let _ = writeln!(out, "  {}: {{{}, count: {count}{price}}}", bin.id, self.amounts(&bin.cap));
        }
        out += "startups:\n";
        for item in &self.items {
            let amounts = self.amounts(&item.size);
            let _ = writeln!(out, "  {}: {{containers: {{c: {{{amounts}, replicas: {}}}}}}}", item.id, item.count);
        }
        out
    }

    fn amounts(&self, values: &[u64]) -> String {
        let mut own = Vec::new();
        let mut named = Vec::new();
        for (dim, value) in self.dims.iter().zip(values) {
            match dim.as_str() {
                "cpu_milli" => own.push(format!("cpu: {value}m")),
                "memory_mib" => own.push(format!("memory: {value}MiB")),
                // These have units of their own in a document; the figures here have none.
                "cpu" | "memory" | "disk" => named.push(format!("{dim}-units: {value}")),
                _ => named.push(format!("{}: {value}", dim.replace('_', "-"))),
            }
        }
        if !named.is_empty() {
            own.push(format!("resources: {{{}}}", named.join(", ")));
        }
        own.join(", ")
    }

    /// How many hosts of the first kind first-fit-decreasing fills, large containers first by their largest share.
    fn first_fit_decreasing(&self) -> u64 {
        let cap = &self.bins[0].cap;
        let share = |item: &Item| {
            let shares = item.size.iter().zip(cap).filter(|(_, cap)| **cap > 0);
            shares.map(|(&part, &whole)| Ratio { part, whole }).max().unwrap_or(Ratio::ZERO)
        };
        let mut order: Vec<&Item> = self.items.iter().collect();
        order.sort_by_key(|item| Reverse(share(item)));
        let mut free: Vec<Vec<u64>> = Vec::new();
        for item in order {
            for _ in 0..item.count {
                let fits = |host: &Vec<u64>| item.size.iter().zip(host).all(|(size, free)| size <= free);
                let at = free.iter().position(fits).unwrap_or_else(|| {
                    free.push(cap.clone());
                    free.len() - 1
                });
                free[at].iter_mut().zip(&item.size).for_each(|(free, size)| *free = free.saturating_sub(*size));
            }
        }
        free.len() as u64
    }
}
