//! What binds pods to each other: affinity, what may not share a host, topology spread, ports of hosts.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::rc::Rc;

use super::demand::{Demand, Selector, labels_of};
use super::fields::{at, is_true, list, text, texts};
use super::nodes::Nodes;
use super::objects::Object;
use super::place::FULLY;
use super::words::Labels;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::Node;
use crate::import::found::{Bond, Bound, Count, EACH_HOST, Found, Member, Where, Wish, Wished};
use crate::quantity::shorten;

/// The most rules for the replicas of two containers, each pair by itself.
const MOST_PAIRS: u64 = 64;

/// The most rules in all.
const MOST_BONDS: usize = 20_000;

/// Pods that are alike, as far as they bind others.
#[derive(Debug)]
pub struct Pods {
    /// Which container they are.
    pub member: Member,
    /// Its name.
    pub name: String,
    /// Their namespace.
    pub namespace: String,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
    /// How many there are.
    pub count: Count,
    /// What they say.
    pub spec: Node,
    /// What they demand of their hosts.
    pub demand: Demand,
}

impl Pods {
    fn replicas(&self) -> Option<u64> {
        if let Count::Replicas(replicas) = self.count { Some(replicas) } else { None }
    }

    fn is_many(&self) -> bool {
        self.replicas().is_some_and(|replicas| replicas > 1)
    }
}

/// A term of affinity.
struct Term {
    who: usize,
    topology: String,
    set: Rc<Vec<usize>>,
    weight: Option<u64>,
    at: Place,
}

/// Binds pods.
pub struct Binder<'a> {
    pods: &'a [Pods],
    nodes: &'a mut Nodes,
    labels: &'a mut Labels,
    found: &'a mut Found,
    /// The labels of namespaces.
    namespaces: BTreeMap<String, BTreeMap<String, String>>,
    by_label: HashMap<(&'a str, &'a str, &'a str), Vec<usize>>,
    by_namespace: HashMap<&'a str, Vec<usize>>,
    selected: HashMap<(Vec<String>, Selector), Rc<Vec<usize>>>,
    /// Who has no two replicas on one host, or on hosts with one value of a label.
    lonely: HashSet<(usize, String)>,
    written: HashSet<(Bound, Vec<Member>, Option<u64>)>,
}

impl<'a> Binder<'a> {
    /// One for these pods.
    pub fn new(
        pods: &'a [Pods],
        objects: &[Object],
        nodes: &'a mut Nodes,
        labels: &'a mut Labels,
        found: &'a mut Found,
    ) -> Binder<'a> {
        let (mut by_label, mut by_namespace) = (HashMap::new(), HashMap::new());
        let mut namespaces: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
        for (position, one) in pods.iter().enumerate() {
            let namespace = one.namespace.as_str();
            by_namespace.entry(namespace).or_insert_with(Vec::new).push(position);
            for (label, value) in &one.labels {
                by_label.entry((namespace, label.as_str(), value.as_str())).or_insert_with(Vec::new).push(position);
            }
            namespaces.entry(one.namespace.clone()).or_default();
        }
        for object in objects.iter().filter(|object| object.kind == "Namespace") {
            if let Some(labels) = namespaces.get_mut(&object.name) {
                *labels = labels_of(&object.node, &["metadata", "labels"]);
            }
        }
        for (name, labels) in &mut namespaces {
            labels.insert("kubernetes.io/metadata.name".to_owned(), name.clone());
        }
        Binder {
            pods,
            nodes,
            labels,
            found,
            namespaces,
            by_label,
            by_namespace,
            selected: HashMap::new(),
            lonely: HashSet::new(),
            written: HashSet::new(),
        }
    }

    /// Binds all.
    pub fn bind(&mut self) {
        let (mut apart, mut together) = (Vec::new(), Vec::new());
        for who in 0..self.pods.len() {
            self.terms(who, "podAntiAffinity", &mut apart);
            self.terms(who, "podAffinity", &mut together);
        }
        self.ports();
        for term in apart.iter().filter(|term| term.weight.is_none() && term.set.contains(&term.who)) {
            self.lonely.insert((term.who, term.topology.clone()));
        }
        self.apart(&apart);
        for term in &together {
            self.together(term);
        }
        for who in 0..self.pods.len() {
            self.spread(who);
        }
    }

    fn refuse(&mut self, who: usize, part: &str, reason: impl Into<String>, at: Place) {
        let name = self.pods.get(who).map_or("", |pods| pods.name.as_str());
        self.found.refuse(format!("{name}: {part}"), reason, at);
    }

    fn place(&mut self, who: usize) -> Option<&mut Where> {
        let member = self.pods.get(who)?.member;
        let project = self.found.projects.get_mut(member.project)?;
        Some(&mut project.containers.get_mut(member.container)?.place)
    }

    /// The terms of affinity of some pods.
    fn terms(&mut self, who: usize, key: &'static str, terms: &mut Vec<Term>) {
        let Some(pods) = self.pods.get(who) else { return };
        let path = |kind: &'static str| ["affinity", key, kind];
        let required = list(&pods.spec, &path("requiredDuringSchedulingIgnoredDuringExecution"));
        let preferred = list(&pods.spec, &path("preferredDuringSchedulingIgnoredDuringExecution"));
        let required = required.iter().map(|node| (node, Ok(None)));
        let preferred = preferred.iter().filter_map(|node| {
            let weight = text(node, &["weight"]).and_then(|text| text.parse::<u64>().ok());
            let weight = weight.filter(|weight| (1..=100).contains(weight)).ok_or("its weight is none from 1 to 100");
            Some((at(node, &["podAffinityTerm"])?, weight.map(Some)))
        });
        let all: Vec<(&Node, Result<Option<u64>, &str>)> = required.chain(preferred).collect();
        for (node, weight) in all {
            let read = weight.map_err(str::to_owned).and_then(|weight| Ok((weight, self.term(pods, node)?)));
            match read {
                Ok((weight, (topology, set))) => terms.push(Term { who, topology, set, weight, at: node.at }),
                Err(reason) => self.refuse(who, key, reason, node.at),
            }
        }
    }

    fn term(&mut self, pods: &Pods, node: &Node) -> Result<(String, Rc<Vec<usize>>), String> {
        let topology = text(node, &["topologyKey"]).ok_or("has no `topologyKey`")?;
        let topology = self.labels.topology(topology);
        let selector = self.selector(pods, node)?;
        let mut namespaces = texts(node, &["namespaces"]);
        match Selector::read(at(node, &["namespaceSelector"]))? {
            Some(selector) => {
                let fitting = self.namespaces.iter().filter(|(_, labels)| selector.selects(labels));
                namespaces.extend(fitting.map(|(name, _)| name.clone()));
            }
            None if namespaces.is_empty() => namespaces.push(pods.namespace.clone()),
            None => {}
        }
        namespaces.sort();
        namespaces.dedup();
        let set = selector.map_or_else(Rc::default, |selector| self.select(namespaces, selector));
        Ok((topology, set))
    }

    /// The selector of a term, with the labels that it takes from the pods themselves.
    fn selector(&mut self, pods: &Pods, node: &Node) -> Result<Option<Selector>, String> {
        let Some(mut selector) = Selector::read(at(node, &["labelSelector"]))? else { return Ok(None) };
        if at(node, &["mismatchLabelKeys"]).is_some() {
            return Err("has `mismatchLabelKeys`, which cannot be said".to_owned());
        }
        for key in texts(node, &["matchLabelKeys"]) {
            match pods.labels.get(&key) {
                Some(value) => selector.all.push(Selector::is(&key, value)),
                // What Kubernetes gives each version of the pods: of which there is one here.
                None if ["pod-template-hash", "controller-revision-hash"].contains(&key.as_str()) => {}
                None => {}
            }
        }
        selector.all.sort();
        selector.all.dedup();
        Ok(Some(selector))
    }

    /// The pods of these namespaces that are selected.
    fn select(&mut self, namespaces: Vec<String>, selector: Selector) -> Rc<Vec<usize>> {
        use super::demand::{Operator, Subject};
        let key = (namespaces, selector);
        if let Some(known) = self.selected.get(&key) {
            return Rc::clone(known);
        }
        let mut set = Vec::new();
        for namespace in &key.0 {
            let exact = key.1.all.iter().find_map(|one| match (&one.subject, one.operator, one.values.as_slice()) {
                (Subject::Label(label), Operator::In, [value]) => Some((label.as_str(), value.as_str())),
                _ => None,
            });
            let candidates = match exact {
                Some((label, value)) => self.by_label.get(&(namespace.as_str(), label, value)),
                None => self.by_namespace.get(namespace.as_str()),
            };
            let fits = |at: &&usize| self.pods.get(**at).is_some_and(|pods| key.1.selects(&pods.labels));
            set.extend(candidates.into_iter().flatten().filter(fits).copied());
        }
        set.sort_unstable();
        let set = Rc::new(set);
        self.selected.insert(key, Rc::clone(&set));
        set
    }

    /// What may not be on one host, or on hosts with one value of a label.
    fn apart(&mut self, terms: &[Term]) {
        // Those that all say the same of each other are bound by one rule.
        let mut saying: HashMap<(String, usize, Option<u64>), BTreeSet<usize>> = HashMap::new();
        let key = |term: &Term| (term.topology.clone(), Rc::as_ptr(&term.set) as usize, term.weight);
        for term in terms.iter().filter(|term| term.set.contains(&term.who)) {
            saying.entry(key(term)).or_default().insert(term.who);
        }
        for term in terms {
            let is_all = saying.get(&key(term)).is_some_and(|who| who.len() == term.set.len());
            let movable = term.set.iter().all(|at| self.pods.get(*at).is_some_and(|pods| pods.replicas().is_some()));
            let own = term.set.contains(&term.who);
            if term.set.is_empty() {
                let name = self.pods.get(term.who).map_or("", |pods| pods.name.as_str());
                self.found.note(format!("what {} is to stay apart from is not there", quoted(name)), term.at);
            } else if is_all && own && movable && term.set.len() > 1 {
                let of = term.set.iter().filter_map(|at| Some(self.pods.get(*at)?.member)).collect();
                self.bond(Bound::AtMost(1, term.topology.clone()), of, term.weight, term.who, term.at);
            } else {
                if own && self.pods.get(term.who).is_some_and(Pods::is_many) {
                    self.alone(term.who, &term.topology, term.weight, term.at);
                }
                for other in term.set.iter().filter(|other| **other != term.who) {
                    self.pair(term, *other);
                }
            }
        }
    }

    /// No two replicas of one container.
    fn alone(&mut self, who: usize, topology: &str, weight: Option<u64>, at: Place) {
        let Some(place) = self.place(who) else { return };
        match weight {
            Some(weight) => place.wishes.push(Wish { what: Wished::Apart(topology.to_owned()), weight, at }),
            None if place.apart.iter().any(|(label, _)| label == topology) => {}
            None => place.apart.push((topology.to_owned(), at)),
        }
    }

    /// Two containers that stay apart.
    fn pair(&mut self, term: &Term, other: usize) {
        let (Some(one), Some(two)) = (self.pods.get(term.who), self.pods.get(other)) else { return };
        let (Some(n), Some(m)) = (one.replicas(), two.replicas()) else {
            let (every, of) = if one.replicas().is_none() { (one, two) } else { (two, one) };
            let reason =
                format!("{} is on every host: {} cannot stay apart from it", quoted(&every.name), quoted(&of.name));
            return self.refuse(term.who, "podAntiAffinity", reason, term.at);
        };
        let lonely = |who: usize, count: u64| count == 1 || self.lonely.contains(&(who, term.topology.clone()));
        let bound = Bound::AtMost(1, term.topology.clone());
        if lonely(term.who, n) && lonely(other, m) {
            return self.bond(bound, vec![one.member, two.member], term.weight, term.who, term.at);
        }
        if n.saturating_mul(m) > MOST_PAIRS {
            let reason = format!(
                "each of its {n} replicas apart from each of the {m} of {} are too many rules",
                quoted(&two.name)
            );
            return self.refuse(term.who, "podAntiAffinity", reason, term.at);
        }
        for a in 1..=n {
            for b in 1..=m {
                let nth = |member: Member, count: u64, at: u64| Member { replica: (count > 1).then_some(at), ..member };
                let of = vec![nth(one.member, n, a), nth(two.member, m, b)];
                self.bond(bound.clone(), of, term.weight, term.who, term.at);
            }
        }
    }

    fn bond(&mut self, kind: Bound, mut of: Vec<Member>, weight: Option<u64>, who: usize, at: Place) {
        of.sort();
        of.dedup();
        if !self.written.insert((kind.clone(), of.clone(), weight)) {
            return;
        }
        if self.written.len() > MOST_BONDS {
            return self.refuse(who, "affinity", format!("there would be more than {MOST_BONDS} rules"), at);
        }
        self.found.bonds.push(Bond { kind, of, weight, at });
    }

    /// What is to be where others are.
    fn together(&mut self, term: &Term) {
        const PART: &str = "podAffinity";
        let Some(pods) = self.pods.get(term.who) else { return };
        let refuse = |this: &mut Self, reason: &str| this.refuse(term.who, PART, reason, term.at);
        let others: Vec<usize> = term.set.iter().copied().filter(|other| *other != term.who).collect();
        let own = others.len() < term.set.len();
        if term.set.is_empty() {
            return refuse(self, "what it is to be beside is not there");
        }
        if pods.replicas().is_none() {
            return refuse(self, "it is on every host, whoever else is there");
        }
        if term.topology != EACH_HOST {
            let allowed = self.nodes.allowed(&pods.demand);
            let values: BTreeSet<Option<&str>> =
                self.nodes.all.iter().map(|node| node.domain(&term.topology)).collect();
            // All hosts have one value of it: wherever it is, the others are.
            if !allowed.is_empty() && values.len() == 1 && !values.contains(&None) {
                return;
            }
            return refuse(self, "a document can say that containers share a host, and not that hosts are alike");
        }
        let [other] = others.as_slice() else {
            if own && others.is_empty() {
                if pods.is_many() {
                    self.bond(Bound::Together, vec![pods.member], term.weight, term.who, term.at);
                }
                return;
            }
            return refuse(self, "beside which of several is not known");
        };
        let Some(two) = self.pods.get(*other) else { return };
        match two.replicas() {
            _ if own => refuse(self, "beside which of several is not known"),
            // Wherever it is, one of these is.
            None if two.demand.labels.is_empty() && two.demand.terms.is_none() && two.demand.host.is_none() => {}
            None => refuse(self, &format!("{} is on each of some hosts", quoted(&two.name))),
            Some(1) => self.bond(Bound::Together, vec![pods.member, two.member], term.weight, term.who, term.at),
            Some(_) => refuse(self, &format!("beside which replica of {} is not known", quoted(&two.name))),
        }
    }

    /// `topologySpreadConstraints`.
    fn spread(&mut self, who: usize) {
        const PART: &str = "topologySpreadConstraints";
        let Some(pods) = self.pods.get(who) else { return };
        for node in list(&pods.spec, &[PART]) {
            let selector = self.selector(pods, node);
            let (Some(key), Ok(selector)) = (text(node, &["topologyKey"]), selector) else {
                self.refuse(who, PART, "its `topologyKey` or `labelSelector` is none", node.at);
                continue;
            };
            let skew = text(node, &["maxSkew"]).map_or(Ok(1), str::parse::<u64>);
            let required = match text(node, &["whenUnsatisfiable"]) {
                None | Some("DoNotSchedule") => true,
                Some("ScheduleAnyway") => false,
                Some(other) => {
                    self.refuse(who, PART, format!("{} is not known", quoted(&shorten(other))), node.at);
                    continue;
                }
            };
            let Some(skew) = skew.ok().filter(|skew| *skew > 0) else {
                self.refuse(who, PART, "its `maxSkew` is no number from 1", node.at);
                continue;
            };
            let topology = self.labels.topology(key);
            let set = selector.map_or_else(Rc::default, |selector| self.select(vec![pods.namespace.clone()], selector));
            if !pods.is_many() {
                continue;
            }
            if !set.contains(&who) {
                self.refuse(who, PART, "its selector does not select its own pods", node.at);
            } else if set.len() > 1 {
                let count = set.len() - 1;
                let reason =
                    format!("it counts the pods of {count} others, too: a document spreads the replicas of one");
                self.refuse(who, PART, reason, node.at);
            } else if required {
                self.even(who, &topology, skew, node);
            } else if let Some(place) = self.place(who) {
                let what = Wished::Even(topology, skew);
                place.wishes.push(Wish { what, weight: FULLY, at: node.at });
            }
        }
    }

    /// A spread that must be kept. Where hosts that it cannot use count as empty, each other takes at most so many.
    fn even(&mut self, who: usize, topology: &str, skew: u64, node: &Node) {
        let Some(pods) = self.pods.get(who) else { return };
        let least = text(node, &["minDomains"]).and_then(|text| text.parse::<usize>().ok());
        let honour = text(node, &["nodeTaintsPolicy"]) == Some("Honor");
        if text(node, &["nodeAffinityPolicy"]) == Some("Ignore") {
            let reason = "counts hosts that it may not run on (`nodeAffinityPolicy: Ignore`)";
            return self.refuse(who, "topologySpreadConstraints", reason, node.at);
        }
        let allowed = self.nodes.allowed(&pods.demand);
        let domains = |may: &dyn Fn(usize, &super::nodes::Node) -> bool| -> BTreeSet<String> {
            let fitting = self.nodes.all.iter().enumerate().filter(|(at, node)| may(*at, node));
            fitting.filter_map(|(_, node)| node.domain(topology)).map(str::to_owned).collect()
        };
        let usable = domains(&|at, _| allowed.contains(&at));
        let counted = domains(&|_, node| node.suits(&pods.demand));
        let empty = !honour && counted.len() > usable.len();
        let few = least.is_some_and(|least| usable.len() < least);
        if self.nodes.all.is_empty() && least.is_some_and(|least| least > 1) {
            let reason = "how many values of its label there are is not known: `minDomains` is not said";
            self.refuse(who, "topologySpreadConstraints", reason, node.at);
        }
        let (member, at) = (pods.member, node.at);
        if self.nodes.all.is_empty() || !(empty || few) {
            if let Some(place) = self.place(who) {
                place.even.push((topology.to_owned(), skew, at));
            }
        } else if skew == 1 {
            self.alone(who, topology, None, at);
        } else {
            self.bond(Bound::AtMost(skew, topology.to_owned()), vec![member], None, who, at);
        }
    }

    /// Ports of their hosts, which one of them has at a time.
    fn ports(&mut self) {
        type Port = (String, String, String);
        let mut by_port: BTreeMap<Port, Vec<(usize, Place)>> = BTreeMap::new();
        for (who, pods) in self.pods.iter().enumerate() {
            let hosted = is_true(&pods.spec, &["hostNetwork"]);
            let mut own: BTreeMap<Port, Place> = BTreeMap::new();
            for port in list(&pods.spec, &["containers"]).iter().flat_map(|one| list(one, &["ports"])) {
                let of = |key: &str| text(port, &[key]).filter(|it| !it.is_empty() && *it != "0" && *it != "0.0.0.0");
                let number = of("hostPort").or_else(|| of("containerPort").filter(|_| hosted));
                let Some(number) = number else { continue };
                let key = [number, of("protocol").unwrap_or("TCP"), of("hostIP").unwrap_or("")].map(str::to_owned);
                own.insert(key.into(), port.at);
            }
            for (port, at) in own {
                by_port.entry(port).or_default().push((who, at));
            }
        }
        for ((number, ..), users) in by_port {
            let many: Vec<usize> = users.iter().map(|(who, _)| *who).collect();
            let movable = |who: &usize| self.pods.get(*who).is_some_and(|pods| pods.replicas().is_some());
            let (movable, fixed): (Vec<usize>, Vec<usize>) = many.into_iter().partition(movable);
            for who in &movable {
                let at = users.iter().find(|(it, _)| it == who).map_or_else(Place::default, |(_, at)| *at);
                self.lonely.insert((*who, EACH_HOST.to_owned()));
                if movable.len() == 1 && self.pods.get(*who).is_some_and(Pods::is_many) {
                    self.alone(*who, EACH_HOST, None, at);
                }
                if let Some(every) = fixed.first().and_then(|at| self.pods.get(*at)) {
                    let reason = format!("{} may have the port {number} on each of its hosts", quoted(&every.name));
                    self.refuse(*who, "hostPort", reason, at);
                }
            }
            if let (Some((first, at)), true) = (users.first(), movable.len() > 1) {
                let of = movable.iter().filter_map(|at| Some(self.pods.get(*at)?.member)).collect();
                self.bond(Bound::AtMost(1, EACH_HOST.to_owned()), of, None, *first, *at);
            }
        }
    }
}
