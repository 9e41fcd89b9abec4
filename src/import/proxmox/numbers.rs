//! A cluster knows its guests by number: which of them go by one.

use std::collections::{HashMap, HashSet};

use super::super::found::Found;
use super::Guest;
use crate::diagnostic::quoted;
use crate::quantity::shorten;

/// The guests by number: the nodes that they are on.
#[derive(Default)]
pub struct Numbers(HashMap<u64, HashSet<Option<String>>>);

impl Numbers {
    /// Why a guest is not the first of its number, and not imported. One on another node is of another cluster, which is
    /// said.
    pub fn refused(&mut self, guest: &Guest, found: &mut Found) -> Option<String> {
        let vmid = guest.vmid?;
        let node = guest.node.as_ref().map(|(node, _)| node.clone());
        let there = self.0.entry(vmid).or_default();
        if there.contains(&None) || there.contains(&node) || node.is_none() && !there.is_empty() {
            return Some(format!("is a second guest of the number {vmid}: the first is taken"));
        }
        if !there.is_empty() {
            let called = quoted(&shorten(&guest.called()));
            let message = format!("{called} is a second guest of the number {vmid}: taken for one of another cluster");
            found.note(message, guest.at);
        }
        there.insert(node);
        None
    }

    /// Whether a number is of one guest.
    pub fn is_one(&self, vmid: u64) -> bool {
        self.0.get(&vmid).is_some_and(|nodes| nodes.len() == 1)
    }
}
