//! What a pod demands of its host: labels, affinity, tolerations.

use std::collections::{BTreeMap, BTreeSet};

use super::fields::{at, list, pairs, text, texts};
use super::words::{HOSTNAME, Labels};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::Node;
use crate::quantity::shorten;

/// What a host must have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Demand {
    /// Labels with these values.
    pub labels: BTreeMap<String, String>,
    /// One of these, where any are said: all of its expressions.
    pub terms: Option<Vec<Vec<Expression>>>,
    /// The taints that do not matter.
    pub tolerations: Vec<Toleration>,
    /// Labels with any value.
    pub keys: BTreeSet<String>,
    /// The host by name.
    pub host: Option<String>,
}

/// A condition on hosts, or on labels of whatever.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Expression {
    /// What it is about.
    pub subject: Subject,
    /// What is compared.
    pub operator: Operator,
    /// With what.
    pub values: Vec<String>,
}

/// What a condition is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Subject {
    /// A label.
    Label(String),
    /// The host's name.
    Host,
}

/// How something is compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Operator {
    /// It is one of the values.
    In,
    /// It is none of them, or not there.
    NotIn,
    /// It is there.
    Exists,
    /// It is not.
    DoesNotExist,
    /// It is a number above the value.
    Gt,
    /// It is a number below the value.
    Lt,
}

impl Expression {
    /// Whether it holds for what has this value, or none.
    pub fn holds(&self, value: Option<&str>) -> bool {
        let number = |text: &str| text.parse::<i64>().ok();
        let first = || self.values.first().and_then(|text| number(text));
        match (self.operator, value) {
            (Operator::In, Some(value)) => self.values.iter().any(|it| it == value),
            (Operator::NotIn, Some(value)) => !self.values.iter().any(|it| it == value),
            (Operator::Exists, value) => value.is_some(),
            (Operator::DoesNotExist, value) => value.is_none(),
            (Operator::NotIn, None) => true,
            (Operator::Gt, Some(value)) => matches!((number(value), first()), (Some(a), Some(b)) if a > b),
            (Operator::Lt, Some(value)) => matches!((number(value), first()), (Some(a), Some(b)) if a < b),
            (Operator::In | Operator::Gt | Operator::Lt, None) => false,
        }
    }
}

/// An expression as written, its label called as `name` has it.
///
/// # Errors
/// Why it is none.
pub fn expression(node: &Node, mut name: impl FnMut(&str) -> Subject) -> Result<Expression, String> {
    let key = text(node, &["key"]).ok_or("has an expression without a `key`")?;
    let values = texts(node, &["values"]);
    let operator = match text(node, &["operator"]) {
        Some("In") => Operator::In,
        Some("NotIn") => Operator::NotIn,
        Some("Exists") => Operator::Exists,
        Some("DoesNotExist") => Operator::DoesNotExist,
        Some("Gt") => Operator::Gt,
        Some("Lt") => Operator::Lt,
        Some(other) => return Err(format!("has the operator {}, which is not known", quoted(&shorten(other)))),
        None => return Err("has an expression without an `operator`".to_owned()),
    };
    Ok(Expression { subject: name(key), operator, values })
}

/// A term of node affinity: expressions of labels and fields; `None` where it holds for no host.
///
/// # Errors
/// Why it is none.
pub fn term(node: &Node, labels: &mut Labels) -> Result<Option<Vec<Expression>>, String> {
    let mut all = Vec::new();
    for one in list(node, &["matchExpressions"]) {
        all.push(expression(one, |key| subject(key, labels))?);
    }
    for one in list(node, &["matchFields"]) {
        if text(one, &["key"]) != Some("metadata.name") {
            return Err("has a field that is not known".to_owned());
        }
        all.push(expression(one, |_| Subject::Host)?);
    }
    Ok(Some(all).filter(|all| !all.is_empty()))
}

fn subject(key: &str, labels: &mut Labels) -> Subject {
    if key == HOSTNAME { Subject::Host } else { Subject::Label(labels.spoken(key)) }
}

/// A taint that is tolerated.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Toleration {
    key: Option<String>,
    /// Any where it is not said.
    value: Option<String>,
    effect: Option<String>,
}

/// What a host keeps containers away by.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Taint {
    /// Its key.
    pub key: String,
    /// Its value.
    pub value: String,
    /// What it does.
    pub effect: String,
}

impl Toleration {
    /// Whether the taint does not matter.
    pub fn tolerates(&self, taint: &Taint) -> bool {
        self.effect.as_ref().is_none_or(|effect| *effect == taint.effect)
            && self.key.as_ref().is_none_or(|key| *key == taint.key)
            && self.value.as_ref().is_none_or(|value| *value == taint.value)
    }
}

/// The tolerations of a pod.
pub fn tolerations(spec: &Node) -> Vec<Toleration> {
    let mut all = Vec::new();
    for one in list(spec, &["tolerations"]) {
        let said = |key: &str| text(one, &[key]).filter(|it| !it.is_empty()).map(str::to_owned);
        let exists = text(one, &["operator"]) == Some("Exists");
        let key = said("key");
        // One without a key says `Exists`, or nothing.
        if key.is_none() && !exists {
            continue;
        }
        let value = (!exists).then(|| said("value").unwrap_or_default());
        all.push(Toleration { key, value, effect: said("effect") });
    }
    all.sort();
    all.dedup();
    all
}

/// What a pod demands; where one runs says nothing of where it must. What cannot be read is left out, with its place and
/// why.
pub fn read(spec: &Node, runs: bool, labels: &mut Labels, wrong: &mut Vec<(String, Place)>) -> Demand {
    let mut demand = Demand { tolerations: tolerations(spec), ..Demand::default() };
    for (entry, value) in pairs(spec, &["nodeSelector"]) {
        match &*entry.key {
            HOSTNAME if demand.host.is_none() => demand.host = Some(value.to_owned()),
            key => drop(demand.labels.insert(labels.spoken(key), value.to_owned())),
        }
    }
    if let Some(name) = text(spec, &["nodeName"]).filter(|it| !it.is_empty() && !runs) {
        demand.host = Some(name.to_owned());
        // Nobody asks the scheduler.
        demand.tolerations.push(Toleration { key: None, value: None, effect: Some("NoSchedule".to_owned()) });
    }
    let required = ["affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
    if let Some(required) = at(spec, &required) {
        let terms = list(required, &["nodeSelectorTerms"]).iter().map(|node| term(node, labels));
        match terms.collect::<Result<Vec<_>, _>>() {
            Ok(terms) => demand.terms = Some(terms.into_iter().flatten().collect()),
            Err(reason) => wrong.push((reason, required.at)),
        }
    }
    demand
}

/// What a pod demands beside the host that a daemon set binds it to.
pub fn without_host(demand: &mut Demand) {
    let Some(terms) = &mut demand.terms else { return };
    for term in terms.iter_mut() {
        term.retain(|one| !(one.subject == Subject::Host && one.operator == Operator::In));
    }
    // A term of nothing else was for that host alone, and holds for any.
    if terms.iter().any(Vec::is_empty) {
        demand.terms = None;
    }
}

/// A selector of labels.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Selector {
    /// All of which must hold.
    pub all: Vec<Expression>,
}

impl Selector {
    /// A selector as written; `None` where there is none, which selects nothing.
    ///
    /// # Errors
    /// Why it is none.
    pub fn read(node: Option<&Node>) -> Result<Option<Selector>, String> {
        let Some(node) = node else { return Ok(None) };
        let mut all = Vec::new();
        for (entry, value) in pairs(node, &["matchLabels"]) {
            all.push(Selector::is(&entry.key, value));
        }
        for one in list(node, &["matchExpressions"]) {
            all.push(expression(one, |key| Subject::Label(key.to_owned()))?);
        }
        all.sort();
        all.dedup();
        Ok(Some(Selector { all }))
    }

    /// That a label has a value.
    pub fn is(label: &str, value: &str) -> Expression {
        Expression { subject: Subject::Label(label.to_owned()), operator: Operator::In, values: vec![value.to_owned()] }
    }

    /// Whether it selects what has these labels.
    pub fn selects(&self, labels: &BTreeMap<String, String>) -> bool {
        self.all.iter().all(|one| match &one.subject {
            Subject::Label(label) => one.holds(labels.get(label).map(String::as_str)),
            Subject::Host => false,
        })
    }
}

/// The labels of an object, or of what it makes.
pub fn labels_of(node: &Node, path: &[&str]) -> BTreeMap<String, String> {
    pairs(node, path).map(|(entry, value)| (entry.key.to_string(), value.to_owned())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_hold_as_the_scheduler_has_them() {
        let holds = |operator, values: &[&str], value: Option<&str>| {
            let values = values.iter().map(|it| (*it).to_owned()).collect();
            Expression { subject: Subject::Host, operator, values }.holds(value)
        };
        for (operator, values, value, expected) in [
            (Operator::In, &["a", "b"][..], Some("b"), true),
            (Operator::In, &["a"], None, false),
            (Operator::In, &[], Some("a"), false),
            (Operator::NotIn, &["a"], Some("b"), true),
            (Operator::NotIn, &["a"], None, true),
            (Operator::Exists, &[], Some(""), true),
            (Operator::DoesNotExist, &[], None, true),
            (Operator::Gt, &["3"], Some("4"), true),
            (Operator::Gt, &["3"], Some("3"), false),
            (Operator::Lt, &["3"], Some("-1"), true),
            (Operator::Lt, &["3"], Some("x"), false),
            (Operator::Gt, &[], Some("4"), false),
        ] {
            assert_eq!(holds(operator, values, value), expected, "{operator:?} {values:?} {value:?}");
        }
    }

    #[test]
    fn a_toleration_says_no_more_than_it_says() {
        let said = |key: Option<&str>, value: Option<&str>, effect: Option<&str>| Toleration {
            key: key.map(str::to_owned),
            value: value.map(str::to_owned),
            effect: effect.map(str::to_owned),
        };
        let taint = Taint { key: "k".to_owned(), value: "v".to_owned(), effect: "NoSchedule".to_owned() };
        assert!(said(None, None, None).tolerates(&taint));
        assert!(said(Some("k"), Some("v"), None).tolerates(&taint));
        assert!(!said(Some("k"), Some(""), None).tolerates(&taint));
        assert!(!said(Some("x"), None, None).tolerates(&taint));
        assert!(!said(Some("k"), None, Some("NoExecute")).tolerates(&taint));
    }
}
