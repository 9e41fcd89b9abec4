//! On which hosts a pod may run, and had better: from labels, affinity and taints to what a document says.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::rc::Rc;

use super::demand::{Demand, Expression, Operator, Subject, term};
use super::fields::{at, list, text};
use super::nodes::Nodes;
use super::words::Labels;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::Node;
use crate::import::found::{Found, Where, Wish, Wished};

/// How much a taint that only discourages weighs, and a spread that is not required. Kubernetes weighs what is preferred
/// with 1 to 100; these count fully in its sum.
pub const FULLY: u64 = 100;

/// So many hosts are named one by one; more get a label that says it.
const MOST_NAMED: usize = 4;

/// The value of the labels that hosts get.
const YES: &str = "yes";

/// Says where pods may run.
pub struct Placer<'a> {
    /// The hosts.
    pub nodes: &'a mut Nodes,
    /// The names of labels.
    pub labels: &'a mut Labels,
    /// What is found.
    pub found: &'a mut Found,
    /// The labels that hosts got for being among some.
    given: HashMap<Rc<BTreeSet<usize>>, String>,
    untainted: Rc<BTreeSet<usize>>,
    /// The hosts that have a label with a value.
    having: HashMap<BTreeMap<String, String>, Rc<BTreeSet<usize>>>,
}

/// A set of hosts as a document says it.
enum Said {
    Labels(BTreeMap<String, String>),
    Hosts(Vec<String>),
}

/// What labels, and what hosts by name, a demand comes to.
#[derive(Default)]
struct Plain {
    labels: BTreeMap<String, String>,
    hosts: Option<Vec<String>>,
}

impl<'a> Placer<'a> {
    /// One for these hosts.
    pub fn new(nodes: &'a mut Nodes, labels: &'a mut Labels, found: &'a mut Found) -> Placer<'a> {
        let nobody = Demand::default();
        let untainted = nodes.all.iter().enumerate().filter(|(_, node)| !node.repels(&nobody)).map(|(at, _)| at);
        let untainted = Rc::new(untainted.collect());
        Placer { nodes, labels, found, given: HashMap::new(), untainted, having: HashMap::new() }
    }

    /// Where the pods of `who` may run, and had better where they are not one on each host.
    pub fn place(&mut self, (who, place): (&str, Place), spec: &Node, demand: &Demand, every: bool) -> Where {
        let mut at_ = Where::default();
        let plain = plain(&demand.labels, demand.terms.as_deref());
        if self.nodes.all.is_empty() {
            self.unknown((who, place), demand, plain, &mut at_);
        } else {
            let allowed = self.nodes.allowed(demand);
            let all = allowed.len() == self.nodes.all.len();
            let plain = plain.filter(|plain| plain.hosts.is_none() && demand.host.is_none());
            let asks = plain.as_ref().is_none_or(|plain| !plain.labels.is_empty());
            if allowed.is_empty() {
                let reason = match &demand.host {
                    Some(host) => format!("there is no host {} that it may run on", quoted(host)),
                    None => {
                        "no host has the labels that it asks for, and no taint that it does not tolerate".to_owned()
                    }
                };
                self.found.refuse(format!("{who}: placement"), reason, place);
            } else if asks || !all {
                match self.say(&allowed, plain.map(|plain| plain.labels).unwrap_or_default()) {
                    Some(Said::Labels(labels)) => {
                        at_.labels = labels.into_iter().map(|(label, value)| (label, (value, place))).collect();
                    }
                    Some(Said::Hosts(hosts)) => match hosts.as_slice() {
                        [host] => at_.host = Some((host.clone(), place)),
                        _ => at_.among = Some((hosts, place)),
                    },
                    None => {}
                }
            }
        }
        if !every {
            self.wishes(who, spec, demand, &mut at_);
        }
        at_
    }

    /// Where no hosts are known, labels are all that can be said.
    fn unknown(&mut self, (who, place): (&str, Place), demand: &Demand, plain: Option<Plain>, at_: &mut Where) {
        let Some(plain) = plain else {
            let reason = "which hosts are so is not known: import the nodes, too (`kubectl get nodes -o json`)";
            return self.found.refuse(format!("{who}: placement"), reason, place);
        };
        match (&demand.host, plain.hosts) {
            (Some(host), _) => at_.host = Some((host.clone(), place)),
            (None, Some(hosts)) if hosts.len() == 1 => at_.host = hosts.into_iter().next().map(|host| (host, place)),
            (None, Some(hosts)) => at_.among = Some((hosts, place)),
            (None, None) => {
                at_.labels = plain.labels.into_iter().map(|(label, value)| (label, (value, place))).collect();
                return;
            }
        }
        if !plain.labels.is_empty() {
            let reason = "a document says hosts or labels: the hosts are said, the labels are not";
            self.found.refuse(format!("{who}: placement"), reason, place);
        }
    }

    /// A set of hosts in words: the labels, where they mean it; a label that is given for it, where there are many.
    fn say(&mut self, set: &Rc<BTreeSet<usize>>, labels: BTreeMap<String, String>) -> Option<Said> {
        let having = self.having(&labels);
        if having == *set {
            return (!labels.is_empty()).then_some(Said::Labels(labels));
        }
        let untainted = having.intersection(&self.untainted).copied().collect::<BTreeSet<usize>>() == **set;
        let names = || set.iter().filter_map(|at| Some(self.nodes.all.get(*at)?.name.clone())).collect::<Vec<_>>();
        // The hosts of the document that is added to keep the labels that they have.
        let is_ours = self.found.hosts.len() == self.nodes.all.len();
        if set.len() <= MOST_NAMED || !is_ours {
            return Some(Said::Hosts(names()));
        }
        let (set, wanted) =
            if untainted { (Rc::clone(&self.untainted), "untainted") } else { (Rc::clone(set), "among") };
        let label = match self.given.get(&set) {
            Some(label) => label.clone(),
            None => self.give(&set, wanted),
        };
        let labels = if untainted { labels } else { BTreeMap::new() };
        Some(Said::Labels(labels.into_iter().chain([(label, YES.to_owned())]).collect()))
    }

    /// Gives hosts a label that says that they are among some.
    fn give(&mut self, set: &Rc<BTreeSet<usize>>, wanted: &str) -> String {
        let label = self.labels.free(wanted);
        for (at, host) in self.found.hosts.iter_mut().enumerate() {
            if set.contains(&at) {
                host.labels.insert(label.clone(), (YES.to_owned(), host.at));
                if let Some(node) = self.nodes.all.get_mut(at) {
                    node.labels.insert(label.clone(), YES.to_owned());
                }
            }
        }
        let first = self.found.hosts.first().map(|host| host.at).unwrap_or_default();
        let what = match wanted {
            "untainted" => "hosts without a taint that keeps anything away",
            _ => "the hosts that something may run on, as its affinity and its tolerations have it,",
        };
        self.found.note(format!("{what} have the label `{label}: {YES}`"), first);
        self.given.insert(Rc::clone(set), label.clone());
        label
    }

    fn having(&mut self, labels: &BTreeMap<String, String>) -> Rc<BTreeSet<usize>> {
        if let Some(known) = self.having.get(labels) {
            return Rc::clone(known);
        }
        let has = |node: &super::nodes::Node| labels.iter().all(|(label, value)| node.labels.get(label) == Some(value));
        let set = self.nodes.all.iter().enumerate().filter(|(_, node)| has(node)).map(|(at, _)| at).collect();
        let set = Rc::new(set);
        self.having.insert(labels.clone(), Rc::clone(&set));
        set
    }

    /// What is preferred of hosts.
    fn wishes(&mut self, who: &str, spec: &Node, demand: &Demand, at_: &mut Where) {
        let what = format!("{who}: preferred affinity");
        let allowed = self.nodes.allowed(demand);
        let preferred = ["affinity", "nodeAffinity", "preferredDuringSchedulingIgnoredDuringExecution"];
        for node in list(spec, &preferred) {
            let weight = text(node, &["weight"]).and_then(|text| text.parse::<u64>().ok());
            let Some(weight) = weight.filter(|weight| (1..=100).contains(weight)) else {
                self.found.refuse(&what, "its weight is none from 1 to 100", node.at);
                continue;
            };
            let term = match at(node, &["preference"]).map(|node| term(node, self.labels)) {
                Some(Ok(Some(term))) => term,
                Some(Ok(None)) | None => continue,
                Some(Err(reason)) => {
                    self.found.refuse(&what, reason, node.at);
                    continue;
                }
            };
            let plain = plain(&BTreeMap::new(), Some(std::slice::from_ref(&term)));
            if self.nodes.all.is_empty() {
                let wished = match plain {
                    Some(Plain { hosts: Some(hosts), labels }) if labels.is_empty() => Wished::Hosts(hosts),
                    Some(Plain { hosts: None, labels }) => Wished::Labels(labels),
                    _ => {
                        let reason = "which hosts are so is not known: import the nodes, too";
                        self.found.refuse(&what, reason, node.at);
                        continue;
                    }
                };
                at_.wishes.push(Wish { what: wished, weight, at: node.at });
                continue;
            }
            let fitting = self.nodes.all.iter().enumerate().filter(|(_, node)| node.is(&term)).map(|(at, _)| at);
            let set: Rc<BTreeSet<usize>> = Rc::new(fitting.collect());
            if set.is_disjoint(&allowed) {
                self.found.note(format!("no host that {} may run on is what it prefers", quoted(who)), node.at);
            } else if !allowed.is_subset(&set) {
                let labels = plain.filter(|plain| plain.hosts.is_none()).map(|plain| plain.labels);
                self.wish(&set, labels.unwrap_or_default(), weight, node.at, at_);
            }
        }
        let discouraged = |at: &&usize| self.nodes.all.get(**at).is_some_and(|node| !node.discourages(demand));
        let set: Rc<BTreeSet<usize>> = Rc::new(allowed.iter().filter(discouraged).copied().collect());
        if !set.is_empty() && set.len() < allowed.len() {
            self.wish(&set, BTreeMap::new(), FULLY, spec.at, at_);
        }
    }

    fn wish(
        &mut self,
        set: &Rc<BTreeSet<usize>>,
        labels: BTreeMap<String, String>,
        weight: u64,
        at: Place,
        at_: &mut Where,
    ) {
        let what = match self.say(set, labels) {
            Some(Said::Labels(labels)) => Wished::Labels(labels),
            Some(Said::Hosts(hosts)) => Wished::Hosts(hosts),
            None => return,
        };
        at_.wishes.push(Wish { what, weight, at });
    }
}

/// What a demand comes to where it is but labels with one value each, or hosts by name; `None` where it is more.
fn plain(labels: &BTreeMap<String, String>, terms: Option<&[Vec<Expression>]>) -> Option<Plain> {
    let mut plain = Plain { labels: labels.clone(), hosts: None };
    let expressions = match terms {
        None => &[][..],
        Some([term]) => term.as_slice(),
        Some(_) => return None,
    };
    for one in expressions {
        match (&one.subject, one.operator, one.values.as_slice()) {
            (Subject::Label(label), Operator::In, [value]) => {
                if plain.labels.insert(label.clone(), value.clone()).is_some_and(|there| there != *value) {
                    return None;
                }
            }
            (Subject::Host, Operator::In, hosts) if plain.hosts.is_none() && !hosts.is_empty() => {
                plain.hosts = Some(hosts.to_vec());
            }
            _ => return None,
        }
    }
    Some(plain)
}
