//! Storage that hosts share.

use std::collections::{BTreeMap, BTreeSet};

use super::super::found::{self, Container, Count};
use super::super::names::{spelled, unique};
use super::super::report::Pool;
use super::{Scene, Settling};
use crate::diagnostic::quoted;
use crate::quantity::{LARGEST_AMOUNT, shorten};

/// The most pools: each is a budget of its own.
const MOST: usize = 16;

impl Scene<'_> {
    /// The pools that the document does not have yet.
    pub(super) fn pools(&mut self, found: &[found::Pool]) -> Vec<Pool> {
        let there: Vec<String> = match &self.known.layout {
            Some(layout) => layout.lab.pools.iter().map(|pool| pool.name.clone()).collect(),
            None => Vec::new(),
        };
        for name in &there {
            self.pools.insert(name.clone(), name.clone());
        }
        for (layout, pool) in self.known.layout.iter().flat_map(|it| it.lab.pools.iter().map(move |pool| (it, pool))) {
            if let Some(hosts) = &pool.hosts {
                let names = hosts.iter().map(|&host| layout.lab.hosts[host].name.clone()).collect();
                self.reach.insert(pool.name.clone(), names);
            }
        }
        let mut new: Vec<&found::Pool> = Vec::new();
        for pool in found {
            let meant = [pool.name.clone(), spelled(&pool.name, "pool")].into_iter().find(|name| there.contains(name));
            if self.pools.contains_key(&pool.name) || meant.is_some() {
                let message = format!("the pool {} is there already: what is said first is taken", quoted(&pool.name));
                self.note(message, pool.at);
                if let Some(name) = meant {
                    self.pools.insert(pool.name.clone(), name);
                }
            } else if pool.disk.value > LARGEST_AMOUNT {
                self.refuse(pool.name.clone(), "has more than is counted exactly".to_owned(), pool.disk.at);
            } else if there.len() + new.len() >= MOST {
                self.refuse(pool.name.clone(), format!("there would be more than {MOST} pools"), pool.at);
            } else {
                self.pools.insert(pool.name.clone(), String::new());
                new.push(pool);
            }
        }
        let taken: BTreeSet<&str> = there.iter().map(String::as_str).collect();
        let names = unique(new.iter().map(|pool| pool.name.as_str()), &taken, "pool");
        let mut pools = Vec::new();
        for (pool, name) in new.into_iter().zip(names) {
            let mut hosts: Vec<String> = Vec::new();
            let (mut seen, mut missing) = (BTreeSet::new(), Vec::new());
            for host in pool.hosts.iter().filter(|_| self.hosts.is_known()) {
                match self.hosts.named(host) {
                    Some(name) if seen.insert(name.clone()) => hosts.push(name),
                    Some(_) => {}
                    None => missing.push(quoted(&shorten(host))),
                }
            }
            if !missing.is_empty() {
                let message = format!("hosts of the pool {} are not there: {}", quoted(&pool.name), missing.join(", "));
                self.note(message, pool.at);
            }
            if hosts.is_empty() && !missing.is_empty() {
                self.pools.remove(&pool.name);
                self.refuse(pool.name.clone(), "no host reaches it".to_owned(), pool.at);
                continue;
            }
            self.pools.insert(pool.name.clone(), name.clone());
            if !hosts.is_empty() {
                let each = self.hosts.without(&hosts, &BTreeMap::new(), &BTreeSet::new(), &[]);
                self.reach.insert(name.clone(), each.into_iter().flat_map(|(names, _)| names).collect());
            }
            let title = (name != pool.name).then(|| pool.name.clone());
            pools.push(Pool { name, title, at: pool.at, disk: pool.disk.value, hosts });
        }
        pools
    }

    /// Says on which pool the disk of a container is.
    pub(super) fn draw(&mut self, container: &Container, one: &mut Settling) {
        let Some((pool, at)) = &container.pool else { return };
        let what = format!("{}: pool", container.name);
        let name = self.pools.get(pool).filter(|name| !name.is_empty());
        let may = self.hosts.without(&one.on, &one.on_labels, &BTreeSet::new(), &[]);
        let reaches = match (name.and_then(|name| self.reach.get(name)), may) {
            (Some(reach), Some((hosts, _))) => hosts.iter().any(|host| reach.contains(host)),
            _ => true,
        };
        match name {
            _ if !reaches => self.refuse(what, "no host that it may run on reaches it".to_owned(), *at),
            _ if one.count == Count::EveryHost => {
                self.refuse(what, "what is on every host has its disk there".to_owned(), *at);
            }
            Some(name) => one.pool = Some(name.clone()),
            None => self.refuse(what, format!("there is no pool {}", quoted(&shorten(pool))), *at),
        }
    }
}
