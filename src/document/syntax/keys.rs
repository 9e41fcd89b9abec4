//! Which keys a document may have, where, and what each may hold: one [`Table`] for each kind of map.
//!
//! The reader finds unknown keys with these tables, and the JSON Schema for editors is made from them. [`DOCUMENT`] is
//! the root; every other table is reached from it through [`Kind::Map`], alone or within [`Kind::Named`],
//! [`Kind::List`] and [`Kind::Either`].

pub use crate::model::{HIGHEST_WEIGHT, MOST_CONTAINERS, MOST_HOSTS};

/// One kind of map.
#[derive(Debug)]
pub struct Table {
    /// What such a map is called, for messages: `host`, `container`.
    pub name: &'static str,
    /// One sentence on what it describes.
    pub about: &'static str,
    /// Its keys, in the order in which people write them.
    pub keys: &'static [Key],
}

/// One key of a map.
#[derive(Debug)]
pub struct Key {
    /// As documents write it.
    pub name: &'static str,
    /// One sentence on what it says.
    pub about: &'static str,
    /// What it may hold.
    pub kind: Kind,
}

/// What a value may be. Wherever a text is due, a plain number or date may stand as well: text is what YAML calls a
/// scalar, and this program reads it.
#[derive(Debug)]
pub enum Kind {
    /// Free text.
    Text,
    /// A day: `2026-11-01`.
    Date,
    /// The path of another document.
    Path,
    /// The name of something of the document (`[a-z0-9][a-z0-9-]*`): a host, a stack, a size.
    Name,
    /// Hosts: a name, with `*` for any characters, or a range of names.
    Hosts,
    /// Containers: `startup/container`, with `*` and ranges.
    Pattern,
    /// A startup or a container: `startup`, or `startup/container`.
    Runner,
    /// A whole number within limits.
    Whole {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A number of 0 or more with up to six places.
    Decimal,
    /// An amount of cpu.
    Cpu,
    /// How many there are, perhaps in each phase: a whole number from 1 on.
    Count {
        /// The largest.
        most: u64,
    },
    /// An amount of memory or disk.
    Bytes,
    /// An amount of a named resource: a whole number, or bytes with a unit.
    Amount,
    /// As much as a carrier holds: `content`.
    Content,
    /// Carriers: containers of the same startup by name, or `startup/container`, with `*` and ranges.
    Carriers,
    /// A number above 0 with any places.
    Factor,
    /// A percentage: `5%`.
    Percent,
    /// A percentage of no more than 100: `80%`.
    Target,
    /// An amount of this kind and a percentage: `4GiB + 10%`.
    Sum(&'static Kind),
    /// One of these words.
    Choice(&'static [&'static str]),
    /// A map with the keys of a table.
    Map(&'static Table),
    /// A map from names that the document chooses, ranges such as `s01..s17` included where the flag is set.
    Named {
        /// Whether a key may be a range.
        ranges: bool,
        /// What each name holds.
        kind: &'static Kind,
    },
    /// A map from hosts and carriers: a name, or the id of a container.
    Places(&'static Kind),
    /// A map with the keys of a table, and beside them names or ranges that the document chooses.
    Besides {
        /// The keys that have a meaning of their own.
        table: &'static Table,
        /// What each other name holds.
        kind: &'static Kind,
    },
    /// A map from names to free texts.
    Labels,
    /// The same, each perhaps another in each phase.
    PhasedLabels,
    /// A list.
    List(&'static Kind),
    /// Any one of several forms.
    Either(&'static [Kind]),
}

impl Kind {
    /// Whether it is an amount, or a price: what may be another in each phase.
    pub fn is_amount(&self) -> bool {
        match self {
            Kind::Cpu | Kind::Bytes | Kind::Amount | Kind::Decimal | Kind::Factor | Kind::Percent | Kind::Target => {
                true
            }
            Kind::Either(kinds) => kinds.iter().any(Kind::is_amount),
            _ => false,
        }
    }
}

impl Table {
    /// Whether the amounts in it may be a map from phases.
    pub fn varies(&self) -> bool {
        matches!(
            self.name,
            "host"
                | "reserve"
                | "overcommit"
                | "limits"
                | "target"
                | "container"
                | "size"
                | "limit"
                | "pool"
                | "pool-reserve"
        )
    }

    /// Whether they may be a map from times, within that from phases.
    pub fn is_timed(&self) -> bool {
        matches!(self.name, "container" | "size" | "observed")
    }

    /// So many maps may stand around an amount.
    pub fn maps(&self) -> usize {
        usize::from(self.varies()) + usize::from(self.is_timed())
    }
}

/// The highest priority: the sum over [`MOST_CONTAINERS`] stays exact in every JSON reader.
pub const HIGHEST_PRIORITY: u64 = 1_000_000_000;

const fn key(name: &'static str, about: &'static str, kind: Kind) -> Key {
    Key { name, about, kind }
}

/// The document itself.
pub static DOCUMENT: Table = Table {
    name: "document",
    about: "Hosts, what is to run on them, and perhaps what runs where.",
    keys: &[
        key("name", "What the document is called, in free text.", Kind::Text),
        key(
            "extends",
            "Another document that this one is merged onto; of a list, each onto those before it.",
            Kind::Either(&[Kind::Path, Kind::List(&Kind::Path)]),
        ),
        key("hosts", "The machines.", Kind::Named { ranges: true, kind: &Kind::Map(&HOST) }),
        key("target", "What had better not be passed, on hosts that do not say themselves.", Kind::Map(&TARGET)),
        key("pools", "Storage that hosts share, for `pool:`.", Kind::Named { ranges: false, kind: &Kind::Map(&POOL) }),
        key("sizes", "Named amounts, for `size:`.", Kind::Named { ranges: true, kind: &Kind::Map(&SIZE) }),
        key("stacks", "What one startup needs.", Kind::Named { ranges: true, kind: &CONTAINERS_OF_STACK }),
        key(
            "startups",
            "What is to be placed; `s01: web` is short for `s01: {stack: web}`.",
            Kind::Named { ranges: true, kind: &Kind::Either(&[Kind::Name, Kind::Map(&STARTUP)]) },
        ),
        key(
            "phases",
            "The steps of the plan, in their order: each begins on a day or with so many startups.",
            Kind::Named { ranges: false, kind: &Kind::Either(&[Kind::Text, Kind::Map(&PHASE)]) },
        ),
        key(
            "times",
            "Times of the day, or of what turns: at each of them everything must fit, and requests may be maps of them.",
            Kind::List(&Kind::Name),
        ),
        key(
            "rules",
            "Which containers may not, or must, share a host, and how many hosts may be lost.",
            Kind::List(&Kind::Map(&RULE)),
        ),
        key(
            "goals",
            "What makes one placement better than another, the most important first.",
            Kind::List(&Kind::Either(&[Kind::Choice(GOALS), Kind::Map(&GOAL)])),
        ),
        key(
            "toolbox",
            "The strategic plan: for each category the tools considered and the one chosen.",
            Kind::Named { ranges: false, kind: &Kind::Map(&CATEGORY) },
        ),
        key(
            "placement",
            "What runs where now, or is proposed: for each host, and each carrier, the containers on it.",
            Kind::Places(&PATTERNS),
        ),
    ],
};

/// The goals as documents name them where they have no more to say.
pub static GOALS: &[&str] = &[
    "fewest-hosts",
    "cheapest",
    "least-power",
    "within-target",
    "wishes",
    "balance",
    "carrier-balance",
    "fewest-moves",
];

/// A goal with more to say than its name.
pub static GOAL: Table = Table {
    name: "goal",
    about: "A goal with more to say: `balance`, and the resources by which it says how full a host is; or `fewest-moves`, and what is counted.",
    keys: &[
        key(
            "balance",
            "A resource or a list of them: cpu, memory and disk unless given.",
            Kind::Either(&[Kind::Name, Kind::List(&Kind::Name)]),
        ),
        key(
            "fewest-moves",
            "What is carried over: the memory of the containers that move, or their disk.",
            Kind::Choice(&["memory", "disk"]),
        ),
    ],
};

const PATTERNS: Kind = Kind::List(&Kind::Pattern);
const CONTAINERS_BY_NAME: Kind = Kind::Named { ranges: true, kind: &Kind::Map(&CONTAINER) };
const CONTAINERS_OF_STACK: Kind = Kind::Besides { table: &STACK, kind: &Kind::Map(&CONTAINER) };
const SHARED: Kind = Kind::Choice(&["host", "none"]);

/// What a stack says besides its containers. One of them may have the same name: it is a map.
pub static STACK: Table = Table {
    name: "stack",
    about: "The containers of one startup, by name.",
    keys: &[key(
        "together",
        "Keeps all containers of a startup on one host (`host`); a map is a container of this name.",
        Kind::Either(&[SHARED, Kind::Map(&CONTAINER)]),
    )],
};

/// One machine, or several alike.
pub static HOST: Table = Table {
    name: "host",
    about: "A machine, or with `count` several alike.",
    keys: &[
        key("title", "What people call it.", Kind::Text),
        key("count", "How many there are: `NAME-1`, `NAME-2` and so on, also for 1.", Kind::Count { most: MOST_HOSTS }),
        key("cpu", "Its hardware threads.", Kind::Cpu),
        key("memory", "Its memory.", Kind::Bytes),
        key("disk", "Its disk.", Kind::Bytes),
        key(
            "resources",
            "Further resources, in whole numbers or in bytes with a unit.",
            Kind::Named { ranges: false, kind: &Kind::Amount },
        ),
        key("containers", "How many containers it takes at the most.", Kind::Whole { least: 0, most: MOST_CONTAINERS }),
        key("reserve", "What it keeps for itself.", Kind::Map(&RESERVE)),
        key("overcommit", "How often each unit may be promised.", Kind::Map(&OVERCOMMIT)),
        key("target", "What had better not be passed, in percent of what it gives.", Kind::Map(&TARGET)),
        key("limits", "To how much of what it has the limits may add up.", Kind::Map(&LIMITS)),
        key("labels", "Free labels that `on` and `apart` speak of.", Kind::PhasedLabels),
        key("watts", "The power it draws when it holds anything.", Kind::Decimal),
        key("price", "What it costs when it holds anything.", Kind::Decimal),
        key(
            "state",
            "`drain` takes no new container, `planned` is not there unless asked for.",
            Kind::Choice(&["up", "drain", "planned"]),
        ),
        key("from", "The phase in which it comes.", Kind::Name),
        key("until", "The first phase in which it is gone.", Kind::Name),
    ],
};

const RESERVED_CPU: Kind = Kind::Either(&[
    Kind::Cpu,
    Kind::Percent,
    Kind::Sum(&Kind::Cpu),
    Kind::List(&Kind::Either(&[Kind::Cpu, Kind::Percent, Kind::Sum(&Kind::Cpu)])),
]);
const RESERVED_BYTES: Kind = Kind::Either(&[
    Kind::Bytes,
    Kind::Percent,
    Kind::Sum(&Kind::Bytes),
    Kind::List(&Kind::Either(&[Kind::Bytes, Kind::Percent, Kind::Sum(&Kind::Bytes)])),
]);
const RESERVED_AMOUNT: Kind = Kind::Either(&[
    Kind::Amount,
    Kind::Percent,
    Kind::Sum(&Kind::Amount),
    Kind::List(&Kind::Either(&[Kind::Amount, Kind::Percent, Kind::Sum(&Kind::Amount)])),
]);

/// What a host keeps for itself.
pub static RESERVE: Table = Table {
    name: "reserve",
    about: "What a host keeps for itself, as amounts, percentages or the sum of both; of a list the larger counts.",
    keys: &[
        key("cpu", "CPU that is kept.", RESERVED_CPU),
        key("memory", "Memory that is kept.", RESERVED_BYTES),
        key("disk", "Disk that is kept.", RESERVED_BYTES),
        key("resources", "Named resources that are kept.", Kind::Named { ranges: false, kind: &RESERVED_AMOUNT }),
    ],
};

/// How often each unit may be promised.
pub static OVERCOMMIT: Table = Table {
    name: "overcommit",
    about: "How often each unit may be promised, 1 unless given.",
    keys: &[
        key("cpu", "vCPU promised per thread.", Kind::Factor),
        key("memory", "Memory promised per byte; above 1 warns.", Kind::Factor),
        key("disk", "Disk promised per byte.", Kind::Factor),
        key("resources", "Named resources.", Kind::Named { ranges: false, kind: &Kind::Factor }),
    ],
};

/// What had better not be passed.
pub static TARGET: Table = Table {
    name: "target",
    about: "What had better not be passed, in percent of what a host gives, for the goal `within-target`.",
    keys: &[
        key("cpu", "Of the CPU that may be asked for.", Kind::Target),
        key("memory", "Of the memory.", Kind::Target),
        key("disk", "Of the disk.", Kind::Target),
        key("resources", "Of named resources.", Kind::Named { ranges: false, kind: &Kind::Target }),
    ],
};

/// To how much the limits may add up.
pub static LIMITS: Table = Table {
    name: "limits",
    about: "To how much of what a host has, less its reserve, the limits of what runs on it may add up.",
    keys: &[
        key("cpu", "CPU limits, as in `400%`.", Kind::Percent),
        key("memory", "Memory limits, as in `150%`.", Kind::Percent),
        key("disk", "Disk limits.", Kind::Percent),
        key("resources", "Limits of named resources.", Kind::Named { ranges: false, kind: &Kind::Percent }),
    ],
};

/// What hosts share.
pub static POOL: Table = Table {
    name: "pool",
    about: "Storage that hosts share: a budget of its own, for the containers that say `pool`.",
    keys: &[
        key("title", "What people call it.", Kind::Text),
        key("disk", "How much there is.", Kind::Bytes),
        key(
            "resources",
            "Further resources, in whole numbers or in bytes with a unit.",
            Kind::Named { ranges: false, kind: &Kind::Amount },
        ),
        key("reserve", "What is kept free.", Kind::Map(&KEPT_FREE)),
        key(
            "hosts",
            "The hosts that reach it, by name, kind, range or pattern, or the labels that they must have; all unless given.",
            Kind::Either(&[Kind::Hosts, Kind::List(&Kind::Hosts), Kind::Labels]),
        ),
    ],
};

/// What is kept free of a pool.
pub static KEPT_FREE: Table = Table {
    name: "pool-reserve",
    about: "What is kept free of a pool, as amounts or percentages; of a list the larger counts.",
    keys: &[
        key("disk", "Disk that is kept.", RESERVED_BYTES),
        key("resources", "Named resources that are kept.", Kind::Named { ranges: false, kind: &RESERVED_AMOUNT }),
    ],
};

/// Named amounts.
pub static SIZE: Table = Table {
    name: "size",
    about: "Amounts under a name.",
    keys: &[
        key("title", "What people call it.", Kind::Text),
        key("cpu", "CPU asked for.", Kind::Cpu),
        key("memory", "Memory asked for.", Kind::Bytes),
        key("disk", "Disk asked for.", Kind::Bytes),
        key("resources", "Named resources asked for.", Kind::Named { ranges: false, kind: &Kind::Amount }),
    ],
};

/// One container of a stack or startup.
pub static CONTAINER: Table = Table {
    name: "container",
    about: "One container of a startup, or with `replicas` several alike.",
    keys: &[
        key("title", "What people call it.", Kind::Text),
        key("size", "Named amounts to start from, of `sizes` or else of the built-in catalogue.", Kind::Name),
        key("cpu", "CPU asked for; `content` for as much as it carries.", Kind::Either(&[Kind::Cpu, Kind::Content])),
        key(
            "memory",
            "Memory asked for; `content` for as much as it carries.",
            Kind::Either(&[Kind::Bytes, Kind::Content]),
        ),
        key(
            "disk",
            "Disk asked for; `content` for as much as it carries.",
            Kind::Either(&[Kind::Bytes, Kind::Content]),
        ),
        key(
            "resources",
            "Named resources asked for.",
            Kind::Named { ranges: false, kind: &Kind::Either(&[Kind::Amount, Kind::Content]) },
        ),
        key("pool", "The pool that its disk is on, and what else this has, instead of its host's.", Kind::Name),
        key("limit", "A ceiling, reported but never gating.", Kind::Map(&LIMIT)),
        key("observed", "What was measured, never gating.", Kind::Map(&OBSERVED)),
        key(
            "replicas",
            "How many alike: `NAME.1`, `NAME.2` and so on, also for 1.",
            Kind::Count { most: MOST_CONTAINERS },
        ),
        key(
            "apart",
            "Keeps replicas on different hosts (`host`), values of a label, or in different carriers (`carrier`).",
            Kind::Name,
        ),
        key(
            "keep",
            "How many of its replicas must run after a loss, and on the way to a plan; all unless given.",
            Kind::Whole { least: 1, most: MOST_CONTAINERS },
        ),
        key("spread", "Has as many replicas on each host (`host`) or value of a label, give or take one.", SPREADS),
        key("on", "Where it may run: a host or kind of host, a list of them, or labels.", ALLOWED),
        key(
            "inside",
            "The carriers that it may lie in: containers of its startup by name, or `startup/container`, a list of them, or \
             the labels that they must have.",
            Kind::Either(&[Kind::Carriers, Kind::List(&Kind::Carriers), Kind::Labels]),
        ),
        key(
            "carries",
            "Makes it a carrier of others that say `inside`: `yes`, or what it keeps for itself and how it promises the rest.",
            Kind::Either(&[Kind::Choice(&["yes", "no"]), Kind::Map(&CARRIES)]),
        ),
        key("labels", "With `carries`: free labels that `inside` speaks of.", Kind::Labels),
        key(
            "prefer",
            "What it wishes, or a list of wishes: `on`, `apart` or `spread`, with a `weight`.",
            Kind::Either(&[Kind::Map(&CONTAINER_WISH), Kind::List(&Kind::Map(&CONTAINER_WISH))]),
        ),
        key(
            "every",
            "One on each host (`host`), on each of some by name or kind, or by labels; it is placed nowhere else.",
            Kind::Either(&[Kind::Hosts, Kind::List(&Kind::Hosts), Kind::Labels]),
        ),
        key(
            "needs",
            "What must run for it to run: `container` of its startup, or `startup/container`.",
            Kind::Either(&[Kind::Pattern, Kind::List(&Kind::Pattern)]),
        ),
        key("from", "The phase in which it comes.", Kind::Name),
        key("until", "The first phase in which it is gone.", Kind::Name),
    ],
};

/// How a container carries others.
pub static CARRIES: Table = Table {
    name: "carries",
    about: "What a carrier offers: what it asks for, less its reserve, times its overcommit.",
    keys: &[
        key("reserve", "What it keeps for itself.", Kind::Map(&CARRIER_AMOUNTS)),
        key("overcommit", "How often each unit may be promised, 1 unless given.", Kind::Map(&CARRIER_FACTORS)),
        key(
            "step",
            "Where it asks for `content`: multiples of which amounts are rounded up to.",
            Kind::Map(&CARRIER_AMOUNTS),
        ),
    ],
};

/// Amounts of a carrier.
pub static CARRIER_AMOUNTS: Table = Table {
    name: "carrier-amounts",
    about: "Amounts of a carrier.",
    keys: &[
        key("cpu", "CPU.", Kind::Cpu),
        key("memory", "Memory.", Kind::Bytes),
        key("disk", "Disk.", Kind::Bytes),
        key("resources", "Named resources.", Kind::Named { ranges: false, kind: &Kind::Amount }),
    ],
};

/// How often a carrier promises what it has.
pub static CARRIER_FACTORS: Table = Table {
    name: "carrier-overcommit",
    about: "How often a carrier may promise each unit that it has.",
    keys: &[
        key("cpu", "CPU.", Kind::Factor),
        key("memory", "Memory.", Kind::Factor),
        key("disk", "Disk.", Kind::Factor),
        key("resources", "Named resources.", Kind::Named { ranges: false, kind: &Kind::Factor }),
    ],
};

/// What a wish weighs.
const WEIGHT: Key = key(
    "weight",
    "What each container costs that is in its way, for the goal `wishes`; 1 unless given.",
    Kind::Whole { least: 1, most: HIGHEST_WEIGHT },
);

/// What a container wishes.
pub static CONTAINER_WISH: Table = Table {
    name: "container-wish",
    about: "What a container had better say of where it runs, where that can be: one of `on`, `apart` and `spread`.",
    keys: &[
        key("on", "Where it had better run: a host or kind of host, a list of them, or labels.", ALLOWED),
        key("apart", "Keeps replicas on different hosts (`host`) or values of a label.", Kind::Name),
        key("spread", "Has as many replicas on each host (`host`) or value of a label, give or take one.", SPREADS),
        WEIGHT,
    ],
};

/// A wish among the rules.
pub static WISH: Table = Table {
    name: "wish",
    about: "A rule that is kept where that can be: one of `apart`, `together` and `at-most`.",
    keys: &[
        key("apart", "No two of these on one host.", Kind::List(&Kind::Pattern)),
        key("together", "All of these on one host.", Kind::List(&Kind::Pattern)),
        key("at-most", "No more than so many of these on a host, a value of a label, or at all.", Kind::Map(&AT_MOST)),
        key(
            "each",
            "With `apart` or `together`: it is wished within every startup by itself (`startup`).",
            Kind::Choice(&["startup"]),
        ),
        WEIGHT,
    ],
};

/// The hosts that `on` names.
const ALLOWED: Kind = Kind::Either(&[Kind::Name, Kind::List(&Kind::Name), Kind::Labels]);
/// What replicas are spread over.
const SPREADS: Kind = Kind::Either(&[Kind::Name, Kind::Map(&SPREAD)]);

/// How replicas are spread.
pub static SPREAD: Table = Table {
    name: "spread",
    about: "Over what replicas are spread evenly.",
    keys: &[
        key("over", "Hosts (`host`), or the values of a label.", Kind::Name),
        key(
            "skew",
            "By how many two of these may differ, 1 unless given.",
            Kind::Whole { least: 1, most: MOST_CONTAINERS },
        ),
    ],
};

/// A ceiling.
pub static LIMIT: Table = Table {
    name: "limit",
    about: "A ceiling, reported but never gating.",
    keys: &[
        key("cpu", "The most CPU.", Kind::Cpu),
        key("memory", "The most memory.", Kind::Bytes),
        key("disk", "The most disk.", Kind::Bytes),
        key("resources", "The most of named resources.", Kind::Named { ranges: false, kind: &Kind::Amount }),
    ],
};

/// A measurement.
pub static OBSERVED: Table = Table {
    name: "observed",
    about: "A measurement of what a container really uses, never gating.",
    keys: &[
        key("cpu", "CPU used.", Kind::Cpu),
        key("memory", "Memory used.", Kind::Bytes),
        key("disk", "Disk used.", Kind::Bytes),
        key("resources", "Named resources used.", Kind::Named { ranges: false, kind: &Kind::Amount }),
        key("source", "How it was measured.", Kind::Text),
        key("date", "When it was measured.", Kind::Date),
    ],
};

/// One startup.
pub static STARTUP: Table = Table {
    name: "startup",
    about: "Containers that are placed together or not at all.",
    keys: &[
        key("title", "What people call it.", Kind::Text),
        key("stack", "The stack it is made from.", Kind::Name),
        key(
            "priority",
            "What `plan --partial` maximises the sum of, 1 unless given.",
            Kind::Whole { least: 0, most: HIGHEST_PRIORITY },
        ),
        key("containers", "Containers of its own, merged onto those of the stack.", CONTAINERS_BY_NAME),
        key(
            "together",
            "Keeps all of its containers on one host (`host`), or not (`none`), whatever its stack says.",
            SHARED,
        ),
        key("from", "The phase in which it comes.", Kind::Name),
        key("until", "The first phase in which it is gone.", Kind::Name),
    ],
};

/// One phase.
pub static PHASE: Table = Table {
    name: "phase",
    about: "A step of the plan; `beta: 2027-01-31` and `beta: startups >= 6` are short forms.",
    keys: &[
        key("title", "What people call it.", Kind::Text),
        key("date", "The day on which it begins.", Kind::Date),
        key("when", "What it begins with: `startups >= 6`.", Kind::Text),
    ],
};

/// One rule.
pub static RULE: Table = Table {
    name: "rule",
    about: "Which containers may not (`apart`), or must (`together`), share a host, how many may (`at-most`), or \
            which hosts may be lost (`survive`); or one of the first three as a wish (`prefer`). One of the five.",
    keys: &[
        key("apart", "No two of these on one host.", Kind::List(&Kind::Pattern)),
        key("together", "All of these on one host.", Kind::List(&Kind::Pattern)),
        key("at-most", "No more than so many of these on a host, a value of a label, or at all.", Kind::Map(&AT_MOST)),
        key(
            "each",
            "With `apart` or `together`: it holds within every startup by itself (`startup`).",
            Kind::Choice(&["startup"]),
        ),
        key("prefer", "A rule that is kept where that can be, for the goal `wishes`.", Kind::Map(&WISH)),
        key(
            "survive",
            "After the loss of any so many hosts, or of all hosts with any one value of a label (`{any: zone}`), what \
             they held finds room on the others; a list for several of these.",
            Kind::Either(&[LOST, Kind::Map(&ANY), Kind::List(&Kind::Either(&[LOST, Kind::Map(&ANY)]))]),
        ),
        key("except", "With `survive`: these may stop when their host is lost.", Kind::List(&Kind::Pattern)),
        key(
            "moves",
            "With `survive`: whether what was not lost may move to make room; `none` unless given.",
            Kind::Choice(&["allowed", "none"]),
        ),
    ],
};

/// How many hosts may be lost at once.
const LOST: Kind = Kind::Whole { least: 1, most: MOST_HOSTS };

/// Which hosts may be lost at once.
pub static ANY: Table = Table {
    name: "any",
    about: "All hosts that have one value of a label.",
    keys: &[key(
        "any",
        "A label: its hosts with any one value may be lost at once. `host` for any one host.",
        Kind::Name,
    )],
};

/// How many of some containers may share a host.
pub static AT_MOST: Table = Table {
    name: "at-most",
    about: "No more than so many of some containers on a host, a value of a label, or in the whole lab.",
    keys: &[
        key("count", "How many.", Kind::Whole { least: 1, most: MOST_CONTAINERS }),
        key("per", "On each `host`, which is meant unless given, each value of a label, or the `lab`.", Kind::Name),
        key("of", "Of which containers.", Kind::List(&Kind::Pattern)),
    ],
};

/// One category of tools.
pub static CATEGORY: Table = Table {
    name: "category",
    about: "The tools considered for one purpose, the one chosen, and what runs it.",
    keys: &[
        key("title", "What people call it.", Kind::Text),
        key("tools", "The tools considered, in free text.", Kind::List(&Kind::Text)),
        key("chosen", "The one of them that is chosen.", Kind::Text),
        key("with", "What is used along with the chosen one.", Kind::Either(&[Kind::Text, Kind::List(&Kind::Text)])),
        key(
            "status",
            "When it is to be there, `later` unless given.",
            Kind::Choice(&["now", "next", "later", "never"]),
        ),
        key(
            "runs",
            "The startup or container that runs it, or a list of them; an empty list where it runs elsewhere.",
            Kind::Either(&[Kind::Runner, Kind::List(&Kind::Runner)]),
        ),
        key("from", "The phase in which it comes.", Kind::Name),
        key("until", "The first phase in which it is gone.", Kind::Name),
    ],
};

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Goal;

    #[test]
    fn goals_are_those_of_the_model() {
        assert_eq!(GOALS, Goal::ALL.map(Goal::name).into_iter().filter(|name| !name.contains(':')).collect::<Vec<_>>());
    }
}
