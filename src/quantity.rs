//! Amounts of CPU, memory, disk and named resources: parsed from text once, printed once, whole numbers between.

/// What an amount counts. The base unit is the millicore for cpu, the byte for memory and disk, one for the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Resource {
    /// Hardware threads, in thousandths.
    Cpu,
    /// Memory in bytes.
    Memory,
    /// Disk in bytes.
    Disk,
    /// Any further countable resource.
    Named(String),
}

impl Resource {
    /// The key in documents and answers.
    pub fn name(&self) -> &str {
        match self {
            Resource::Cpu => "cpu",
            Resource::Memory => "memory",
            Resource::Disk => "disk",
            Resource::Named(name) => name,
        }
    }

    /// An amount for people: `250m`, `4`, `1.5 GiB`, `86 GB`, `3`.
    pub fn show(&self, _amount: u64) -> String {
        unimplemented!()
    }
}
