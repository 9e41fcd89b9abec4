//! Certificates: what is claimed of a document, and what proves it, in whole numbers for anyone to check.
//!
//! Every claim has one form: *nothing fits within these limits*. "Optimal" is such a claim with a limit just below the
//! value reached, "does not fit" one without limits. docs/certificate.md says what each kind of proof means and how it
//! is checked. The solver writes these values, the referee (`check`) reads them; they share nothing else.

mod digest;
mod whole;

pub use digest::digest;
pub use whole::{After, Certificate, GoalClaim, SCHEMA, Value, Verdict};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::model::{ContainerIndex, Goal, GoalValue, HostIndex, Ratio, positions};

positions! {
    /// Position of an item: the containers that `together` rules bind to one host are one item; items are numbered in
    /// the order of their first containers.
    ItemIndex
}

/// What a placement may not exceed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EpsilonConstraints {
    /// Hosts that hold anything.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<u64>,
    /// Sum of their prices, in millionths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub price: Option<u64>,
    /// Sum of their watts, in millionths.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub watts: Option<u64>,
    /// Largest share of any resource of any host: no host holds more of a resource than its allocatable amount times
    /// `part / whole`, rounded down.
    #[serde(default, skip_serializing_if = "Option::is_none", with = "share")]
    pub share: Option<Ratio>,
    /// Containers that move.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub moves: Option<u64>,
    /// What the wishes that are not met weigh. Never written: certificates do not speak of wishes, and what is claimed of
    /// placements that meet fewer holds all the more.
    #[serde(skip)]
    pub wishes: Option<u64>,
    /// By how much hosts are above their targets, in millionths. Never written, for the same reason.
    #[serde(skip)]
    pub above: Option<u64>,
    /// What may be carried over of memory and of disk, in bytes. Never written, for the same reason.
    #[serde(skip)]
    pub carried: [Option<u64>; 2],
}

impl EpsilonConstraints {
    /// What may be spent by each of the goals that count hosts, in the order of [`Goal::ALL`].
    pub fn costs(&self) -> [Option<u64>; 3] {
        [self.hosts, self.price, self.watts]
    }

    /// Fixes `goal` at `value`.
    pub fn fix(&mut self, goal: Goal, value: GoalValue) {
        match (goal, value) {
            (Goal::FewestHosts, GoalValue::Count(value)) => self.hosts = Some(value),
            (Goal::FewestMoves, GoalValue::Count(value)) => self.moves = Some(value),
            (Goal::Wishes, GoalValue::Count(value)) => self.wishes = Some(value),
            (Goal::WithinTarget, GoalValue::Above(value)) => self.above = Some(value),
            (Goal::Cheapest, GoalValue::Millionths(value)) => self.price = Some(value),
            (Goal::LeastPower, GoalValue::Millionths(value)) => self.watts = Some(value),
            (Goal::LeastCarried(load), GoalValue::Bytes(value)) => self.carried[load as usize] = Some(value),
            (Goal::Balance, GoalValue::Share(value)) => self.share = Some(value),
            _ => unreachable!("every goal has one variant of value"),
        }
    }
}

/// Nothing fits on these hosts within these limits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Claim {
    /// The only hosts that may hold anything; all that are there where it is left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hosts: Option<Vec<HostIndex>>,
    /// What a placement may not exceed.
    #[serde(default)]
    pub limits: EpsilonConstraints,
    /// Why nothing fits.
    pub proof: Proof,
}

/// Why nothing fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Proof {
    /// The rules alone: some item has no host that may take it and is large enough, or a rule needs more domains than
    /// there are.
    Rules,
    /// What runs is to stay, and breaks a rule as it stands.
    Kept,
    /// More is asked of some resource than the hosts hold in all.
    Volume,
    /// The same of a resource counted in steps.
    Rounded(Step),
    /// Duals of a linear program.
    #[serde(rename = "weights")]
    Duals(Duals),
    /// Everything was tried.
    Search(SearchLog),
    /// Cases by the hosts that hold anything.
    Hosts(HostCases),
    /// A tree of cases.
    Tree(Tree),
    /// Only few sets of items can ever share a host.
    Pool(Box<Pool>),
    /// Proven in this way, but not written out, because no certificate was asked for: never part of one.
    #[serde(skip)]
    Omitted(Method),
}

impl Proof {
    /// Whether all of it is written out.
    pub fn is_written(&self) -> bool {
        match self {
            Proof::Omitted(_) => false,
            Proof::Hosts(cases) => {
                cases.below.iter().map(Box::as_ref).chain(&cases.cases).all(|claim| claim.proof.is_written())
            }
            Proof::Tree(tree) => tree.nodes.iter().all(|node| match node {
                Node::Leaf(proof) => proof.is_written(),
                Node::Split { .. } => true,
            }),
            Proof::Pool(pool) => pool.proof.is_written(),
            _ => true,
        }
    }

    /// The most involved method that it rests on.
    pub fn method(&self) -> Method {
        match self {
            Proof::Rules | Proof::Kept => Method::Rules,
            Proof::Volume | Proof::Rounded(_) => Method::Volume,
            Proof::Duals(duals) => match duals.groups.iter().any(|group| group.duals.is_none()) {
                true => Method::Patterns,
                false => Method::Duals,
            },
            Proof::Tree(tree) => {
                let leaves = tree.nodes.iter().filter_map(|node| match node {
                    Node::Leaf(proof) => Some(proof.method()),
                    Node::Split { .. } => None,
                });
                leaves.fold(Method::Cases, Method::max)
            }
            Proof::Pool(pool) => pool.proof.method().max(Method::Patterns),
            Proof::Search(_) => Method::Search,
            Proof::Hosts(cases) => {
                let claims = cases.below.iter().map(Box::as_ref).chain(&cases.cases);
                claims.map(|claim| claim.proof.method()).max().unwrap_or(Method::Volume)
            }
            Proof::Omitted(method) => *method,
        }
    }
}

/// Duals that not even fractions of items could meet: a solution of the dual of a linear program.
///
/// Every item *i* is worth `worth[i]`. Moving a container costs `moves`, putting an item in a domain of an `apart` rule
/// by label costs that domain's dual. What a host can hold is worth at most *V(h)* after these costs; opening it costs
/// `hosts` + `price` x its price + `watts` x its watts. Nothing fits when
///
/// `sum of worth > sum over hosts of max(0, V(h) - cost of opening h) + sum of duals x limits + sum of domains' duals`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Duals {
    /// What each item is worth, by [`ItemIndex`]. Empty: as much as the cheapest host asks for it by its duals.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub worth: Vec<Dual>,
    /// The dual of a host that holds anything, where their number is limited.
    #[serde(default, skip_serializing_if = "Dual::is_zero")]
    pub hosts: Dual,
    /// The dual of a millionth of a host's price, where the sum is limited.
    #[serde(default, skip_serializing_if = "Dual::is_zero")]
    pub price: Dual,
    /// The dual of a millionth of a watt, where the sum is limited.
    #[serde(default, skip_serializing_if = "Dual::is_zero")]
    pub watts: Dual,
    /// The dual of a container that moves, where their number is limited.
    #[serde(default, skip_serializing_if = "Dual::is_zero")]
    pub moves: Dual,
    /// Duals of domains of `apart` rules by label.
    #[serde(default, rename = "zones", skip_serializing_if = "Vec::is_empty")]
    pub domains: Vec<DomainDual>,
    /// Duals of the splits on the way from the root of a [`Tree`] to this leaf, the root's first. Where a split says
    /// that at most *k* hosts hold anything, or that at most *k* items are on some hosts, each of these costs the dual
    /// and the right side grows by *k* times the dual; where it says more, each earns the dual and the right side
    /// falls by *k + 1* times the dual. A split of a pair has no dual: 0.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<Dual>,
    /// The hosts, each in one group or none; for a host in none, as for one without duals, whoever checks must find
    /// the most valuable set of items that it can hold.
    pub groups: Vec<HostGroup>,
}

impl Duals {
    /// Duals that prove nothing.
    pub const NONE: Duals = Duals {
        worth: Vec::new(),
        hosts: Dual(0),
        price: Dual(0),
        watts: Dual(0),
        moves: Dual(0),
        domains: Vec::new(),
        splits: Vec::new(),
        groups: Vec::new(),
    };
}

/// Hosts that are valued alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostGroup {
    /// Which, ascending.
    pub hosts: Vec<HostIndex>,
    /// Duals of what the host has, which bound the worth of what it can hold. Left out: whoever checks must find the
    /// most valuable set of items that it can hold (a knapsack with several resources).
    #[serde(default, rename = "prices", skip_serializing_if = "Option::is_none")]
    pub duals: Option<HostDuals>,
}

/// What the resources of a host cost. It can hold items worth the sum of its duals at most, where every item that it
/// may hold costs at least its worth.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostDuals {
    /// Dual of a base unit, for each resource.
    pub unit: Vec<Dual>,
    /// Duals of resources counted in steps, rounded down.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<StepDual>,
    /// Duals of `apart` rules by host: the host holds at most one of the rule's items.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub aparts: Vec<RuleDual>,
}

/// A resource counted in whole steps: sizes and capacities are divided by `amount` and rounded down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Which resource.
    pub resource: usize,
    /// How many base units make a step, above 0.
    pub amount: u64,
}

/// The dual of a step of a resource.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StepDual {
    /// The step.
    pub step: Step,
    /// What it costs.
    #[serde(rename = "price")]
    pub dual: Dual,
}

/// The dual of the one place that an `apart` rule by host leaves on a host.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RuleDual {
    /// Position in `Layout::rules`.
    pub rule: usize,
    /// What it costs.
    #[serde(rename = "price")]
    pub dual: Dual,
}

/// The dual of the one place that an `apart` rule by label leaves in a domain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DomainDual {
    /// Position in `Layout::rules`.
    pub rule: usize,
    /// A host of the domain.
    pub host: HostIndex,
    /// What it costs.
    #[serde(rename = "price")]
    pub dual: Dual,
}

/// A search that went through everything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SearchLog {
    /// The items in the order in which they were placed, item after item.
    pub order: Vec<ItemIndex>,
    /// Resources that were counted in steps beside the plain ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub steps: Vec<Step>,
    /// One letter for each state visited, depth first: `v` more is asked than there is room, `s` seen before, `b` every
    /// host was tried, `r` the same, and to be remembered.
    pub log: String,
}

/// Cases by the hosts that hold anything: every set of hosts that keeps to the limits keeps to those of `below`, too, or
/// is contained in the hosts of one of `cases`, up to interchangeable hosts. The limits of each are as wide as those of
/// the claim that the cases prove, except that `below` also limits the cost of the hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HostCases {
    /// Excludes the sets of hosts that keep to its limits on `hosts`, `price` and `watts`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub below: Option<Box<Claim>>,
    /// Nothing fits on any of these sets.
    pub cases: Vec<Claim>,
}

/// A tree of cases: nothing fits in either case of a split, so nothing fits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tree {
    /// The root first. A list, because trees may be too deep to nest.
    pub nodes: Vec<Node>,
}

/// A node of a [`Tree`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Node {
    /// Two cases that cover everything, at these later positions in the tree.
    Split {
        /// What tells them apart.
        by: Split,
        /// Where the first and the second case are.
        cases: [usize; 2],
    },
    /// Nothing fits in this case. Its proof may use what the splits above it say.
    Leaf(Proof),
}

/// What tells two cases apart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Split {
    /// First: at most `most` of these hosts hold anything. Second: more do.
    Open {
        /// Which hosts, ascending.
        hosts: Vec<HostIndex>,
        /// How many.
        most: u64,
    },
    /// First: at most `most` of these items are on these hosts. Second: more are.
    On {
        /// Which items, ascending.
        items: Vec<ItemIndex>,
        /// Which hosts, ascending.
        hosts: Vec<HostIndex>,
        /// How many.
        most: u64,
    },
    /// First: both items are on one host. Second: they are not.
    Pair {
        /// Which.
        items: [ItemIndex; 2],
    },
}

/// The sets of items that may share a host are few enough to be listed, because no solution can afford others.
///
/// The duals value what a host can hold, as a leaf does, but does not exceed the right side: by *slack* = right side -
/// sum of worth. So no host may hold a set worth less than *V(h)* - *slack*. (With equal hosts and no duals but worth:
/// every pattern used has at least that worth.) Likewise no host may leave more of a resource free than all hosts have
/// beyond what is asked, where every host must be open for the sum to be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pool {
    /// The duals.
    #[serde(rename = "weights")]
    pub duals: Duals,
    /// Why nothing fits when only such sets may be used: the most that a host can hold, in its leaves, is the most of
    /// these sets.
    pub proof: Proof,
}

/// How something was proven, the simplest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Method {
    /// It was not.
    None,
    /// The rules alone decide.
    Rules,
    /// Sums over all, or the size of one container.
    Volume,
    /// Duals of the class LP, checked in integers.
    Duals,
    /// Duals of column generation, checked in integers: whole sets of items that share a host.
    Patterns,
    /// Cases, each refuted by duals.
    Cases,
    /// Exhaustive search in integers.
    Search,
}

impl Method {
    /// The name in answers.
    pub fn name(self) -> &'static str {
        match self {
            Method::None => "none",
            Method::Rules => "rules",
            Method::Volume => "volume",
            Method::Duals => "weights",
            Method::Patterns => "patterns",
            Method::Cases => "cases",
            Method::Search => "search",
        }
    }
}

/// Positions are plain numbers in JSON.
macro_rules! plain_numbers {
    ($($name:ident)*) => {$(
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                self.0.serialize(serializer)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                usize::deserialize(deserializer).map(Self)
            }
        }
    )*};
}

plain_numbers! { ContainerIndex HostIndex ItemIndex }

/// A dual value, not negative. In JSON a number, or a string of digits where it has more than 64 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Dual(pub u128);

impl Dual {
    /// From what the solver computes in; below 0 counts as 0, which keeps every proof valid that is checked.
    pub fn new(value: i128) -> Dual {
        Dual(u128::try_from(value).unwrap_or(0))
    }

    fn is_zero(&self) -> bool {
        self.0 == 0
    }
}

impl Serialize for Dual {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match u64::try_from(self.0) {
            Ok(small) => serializer.serialize_u64(small),
            Err(_) => serializer.collect_str(&self.0),
        }
    }
}

impl<'de> Deserialize<'de> for Dual {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Dual, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Small(u64),
            Large(String),
        }
        match Written::deserialize(deserializer)? {
            Written::Small(small) => Ok(Dual(u128::from(small))),
            Written::Large(digits) => {
                let digits_only = digits.bytes().all(|byte| byte.is_ascii_digit());
                let weight = digits.parse().ok().filter(|_| digits_only);
                weight.map(Dual).ok_or_else(|| serde::de::Error::custom("a weight is a whole number"))
            }
        }
    }
}

mod share {
    //! A share as `[part, whole]`.

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use crate::model::Ratio;

    pub fn serialize<S: Serializer>(share: &Option<Ratio>, serializer: S) -> Result<S::Ok, S::Error> {
        share.map(|ratio| (ratio.part, ratio.whole)).serialize(serializer)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Ratio>, D::Error> {
        let share = Option::<(u64, u64)>::deserialize(deserializer)?;
        match share {
            Some((_, 0)) => Err(serde::de::Error::custom("a share of nothing")),
            share => Ok(share.map(|(part, whole)| Ratio { part, whole })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_weight_survives_json_however_large() {
        for weight in [0, 1, u128::from(u64::MAX), u128::from(u64::MAX) + 1, u128::MAX].map(Dual) {
            let text = serde_json::to_string(&weight).expect("it can be written");
            assert_eq!(serde_json::from_str::<Dual>(&text).expect("it can be read"), weight, "{text}");
        }
        for wrong in ["-1", "1.5", "\"+1\"", "\"\"", "\"1e3\"", "null"] {
            assert!(serde_json::from_str::<Dual>(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_claim_survives_json() {
        let share = Some(Ratio { part: 7, whole: 9 });
        let leaf = Claim {
            hosts: Some(vec![HostIndex(0), HostIndex(2)]),
            limits: EpsilonConstraints { moves: Some(3), share, ..EpsilonConstraints::default() },
            proof: Proof::Search(SearchLog {
                order: vec![ItemIndex(1), ItemIndex(0)],
                steps: Vec::new(),
                log: "bvsv".to_owned(),
            }),
        };
        let group = HostGroup { hosts: [0, 1, 2].map(HostIndex).to_vec(), duals: None };
        let duals = Duals { worth: vec![Dual(5), Dual(6)], groups: vec![group], ..Duals::default() };
        let below = Claim { hosts: None, limits: EpsilonConstraints::default(), proof: Proof::Duals(duals) };
        let cases = HostCases { below: Some(Box::new(below)), cases: vec![leaf] };
        let claim = Claim { hosts: None, limits: EpsilonConstraints::default(), proof: Proof::Hosts(cases) };
        let text = serde_json::to_string(&claim).expect("it can be written");
        assert_eq!(serde_json::from_str::<Claim>(&text).expect("it can be read"), claim);
        assert_eq!(claim.proof.method(), Method::Search);
        assert!(serde_json::to_string(&Proof::Omitted(Method::Search)).is_err());
        assert!(serde_json::from_str::<Proof>("{\"omitted\": \"search\"}").is_err());
        let split = Node::Split { by: Split::Pair { items: [0, 1].map(ItemIndex) }, cases: [1, 2] };
        let leaf = || Node::Leaf(Proof::Duals(Duals { splits: vec![Dual(0)], ..Duals::NONE }));
        let tree = Proof::Tree(Tree { nodes: vec![split, leaf(), leaf()] });
        let pool = Proof::Pool(Box::new(Pool { duals: Duals::NONE, proof: tree }));
        let text = serde_json::to_string(&pool).expect("it can be written");
        assert_eq!(serde_json::from_str::<Proof>(&text).expect("it can be read"), pool);
    }
}
