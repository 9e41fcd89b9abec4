//! Which storage is a host's disk, and which is a pool that hosts share.

use std::collections::{BTreeMap, BTreeSet};

use super::super::found::{Figure, Found, Pool};
use super::Disk;
use crate::diagnostic::{Place, quoted};
use crate::quantity::{LARGEST_AMOUNT, shorten};

/// A storage as one node has it.
pub struct Storage {
    pub(super) name: String,
    pub(super) node: String,
    pub(super) at: Place,
    /// Whether every node that has it has the same.
    pub(super) is_shared: bool,
    /// Whether disks of guests may lie there.
    pub(super) holds_guests: bool,
    pub(super) size: Option<Figure>,
    /// How many bytes of it are used.
    pub(super) used: u64,
}

/// All storage on which guests may have disks.
pub struct Stores {
    /// What each node has by itself.
    local: BTreeMap<String, Figure>,
    /// What nodes share, by name, with the nodes that reach it.
    pools: BTreeMap<String, (Pool, BTreeSet<String>)>,
    /// The pools that each node reaches.
    reached: BTreeMap<String, BTreeSet<String>>,
}

/// Where a disk lies: how large it is, and in which pool, where it is in one.
type Lies = (Option<Figure>, Option<(String, Place)>);

impl Stores {
    /// Those of these rows.
    pub fn of(rows: &[Storage], found: &mut Found) -> Stores {
        // By node, and by the room that is left: what has the same is one file system, or one ZFS pool, under two names.
        let mut by_node: BTreeMap<&str, BTreeMap<u64, (&Storage, Figure)>> = BTreeMap::new();
        let mut pools: BTreeMap<String, (Pool, BTreeSet<String>)> = BTreeMap::new();
        let mut reached: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
        let mut seen = BTreeSet::new();
        for row in rows.iter().filter(|row| row.holds_guests) {
            if !seen.insert((&row.node, &row.name)) {
                let reason = "the storage stands twice: the first is taken";
                found.refuse(format!("{} on {}", row.name, row.node), reason, row.at);
                continue;
            }
            let Some(size) = row.size else {
                let reason = "the storage does not say how large it is";
                found.refuse(format!("{} on {}", row.name, row.node), reason, row.at);
                continue;
            };
            if row.is_shared {
                let new =
                    || (Pool { name: row.name.clone(), at: row.at, disk: size, hosts: Vec::new() }, BTreeSet::new());
                let (pool, hosts) = pools.entry(row.name.clone()).or_insert_with(new);
                // What is measured twice may differ by a little.
                pool.disk.value = pool.disk.value.min(size.value);
                hosts.insert(row.node.clone());
                reached.entry(row.node.clone()).or_default().insert(row.name.clone());
                continue;
            }
            let there = by_node.entry(&row.node).or_default();
            match there.get_mut(&size.value.saturating_sub(row.used)) {
                Some(same) => {
                    let message = format!(
                        "{} and {} on {} have the same room: it is counted once",
                        quoted(&shorten(&same.0.name)),
                        quoted(&shorten(&row.name)),
                        quoted(&shorten(&row.node))
                    );
                    found.note(message, row.at);
                    if size.value > same.1.value {
                        *same = (row, size);
                    }
                }
                None => drop(there.insert(size.value.saturating_sub(row.used), (row, size))),
            }
        }
        let sum = |list: &BTreeMap<u64, (&Storage, Figure)>| {
            let value = list.values().fold(0, |sum: u64, (_, size)| sum.saturating_add(size.value)).min(LARGEST_AMOUNT);
            let at = list.values().map(|(_, size)| size.at).min()?;
            Some(Figure { value, at })
        };
        let local = by_node.iter().filter_map(|(node, list)| Some(((*node).to_owned(), sum(list)?))).collect();
        Stores { local, pools, reached }
    }

    /// What a node has by itself.
    pub fn local(&self, node: &str) -> Option<Figure> {
        self.local.get(node).copied()
    }

    /// What nodes share, and the nodes.
    pub fn pools(&self) -> impl Iterator<Item = &(Pool, BTreeSet<String>)> {
        self.pools.values()
    }

    /// Where the disk of a guest lies: as its configuration says, else where it alone can lie.
    ///
    /// # Errors
    /// Why that is not known, or cannot be said.
    pub fn lies(
        &self,
        node: Option<&str>,
        disks: Option<&[Disk]>,
        whole: Option<Figure>,
    ) -> Result<Lies, (String, Place)> {
        let Some(disks) = disks else { return self.guessed(node, whole) };
        let Some(first) = disks.first() else { return Ok((None, None)) };
        let of = |disk: &Disk| self.pools.contains_key(&disk.storage).then(|| disk.storage.clone());
        let pool = of(first);
        if let Some(other) = disks.iter().find(|disk| of(disk) != pool) {
            let [a, b] = [first, other].map(|disk| quoted(&shorten(&disk.storage)));
            let reason = format!("lies on {a} and on {b}, and a container has its disk in one pool, or on its host");
            return Err((reason, other.size.at));
        }
        let value = disks.iter().fold(0, |sum: u64, disk| sum.saturating_add(disk.size.value)).min(LARGEST_AMOUNT);
        let at = first.size.at;
        Ok((Some(Figure { value, at }), pool.map(|pool| (pool, at))))
    }

    /// Where a disk lies of which only the size is said.
    fn guessed(&self, node: Option<&str>, whole: Option<Figure>) -> Result<Lies, (String, Place)> {
        let Some(disk) = whole else { return Ok((None, None)) };
        let reached: Vec<&str> = match node {
            Some(node) => self.reached.get(node).into_iter().flatten().map(String::as_str).collect(),
            None => self.pools.keys().map(String::as_str).collect(),
        };
        let has_local = match node {
            Some(node) => self.local.contains_key(node),
            None => !self.local.is_empty(),
        };
        match (reached.as_slice(), has_local) {
            ([], _) => Ok((Some(disk), None)),
            ([pool], false) => Ok((Some(disk), Some(((*pool).to_owned(), disk.at)))),
            ([pool, ..], _) => {
                let reason = format!(
                    "whether it lies on {} or elsewhere is not said: give its `qm config` or `pct config` besides",
                    quoted(&shorten(pool))
                );
                Err((reason, disk.at))
            }
        }
    }
}
