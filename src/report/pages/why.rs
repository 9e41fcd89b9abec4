//! What is to blame, and what would make it fit.

use std::collections::BTreeSet;

use crate::explain::agents_need;
use crate::explain::conflict::{Blame, Constraint, Why};
use crate::explain::remedies::{Kind, Remedy};
use crate::model::{ContainerIndex, Layout, MOST_CONTAINERS, UNLIMITED};
use crate::quantity::{Counted, Resource};
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::text::{amount_of, clean, few, list};

/// So many containers are named.
const NAMED: usize = 6;

/// Who is to blame.
pub fn blame(layout: &Layout, why: &Why) -> Says {
    Says::new(sentence(layout, why), 0)
}

/// The changes that would make it fit; nothing where none is known.
pub fn remedies(remedies: &[Remedy]) -> Page {
    let words = |remedy: &Remedy| {
        let known = remedy.least || remedy.kind == Kind::Startup;
        clean(&remedy.text) + if known { "" } else { " (less may do)" }
    };
    let mut page = Page::default();
    if !remedies.is_empty() {
        page.section("it fits with any one of", "It fits with any one of");
        page.add(Block::List(remedies.iter().map(words).collect(), false));
    }
    page
}

/// What is requested of each resource, and what there is in all: `(requested, there)`, by resource.
pub fn totals(layout: &Layout, (requested, there): (Vec<u64>, Vec<u64>)) -> Table {
    let columns = [
        Column::words("all hosts"),
        Column::figures("requested"),
        Column::figures("there is"),
        Column::figures("").only(Only::Terminal),
        Column::figures("short").only(Only::Markdown),
    ];
    let mut table = Table::new(2, columns);
    let totals = requested.into_iter().zip(there).zip(&layout.lab.resources);
    let says = |resource: &Counted, there: u64| match **resource {
        Resource::Containers => there < MOST_CONTAINERS,
        Resource::Derived(_) if resource.is_limits() => there < UNLIMITED,
        _ => true,
    };
    for ((requested, there), resource) in totals.filter(|((asked, there), of)| *asked > 0 && says(of, *there)) {
        let (said, short, tone) = match requested.checked_sub(there) {
            None | Some(0) => (format!("{} to spare", resource.show(there - requested)), String::new(), None),
            Some(short) => (format!("{} short", resource.show(short)), resource.show(short), Some(Tone::Bad)),
        };
        let [requested, there] = resource.both(requested, there);
        let figures = [requested, there, said, short].map(Text::from);
        let cells = std::iter::once(Role::Code.text(resource.name())).chain(figures);
        table.row(cells.map(|cell| cell.toned(tone)).collect::<Vec<_>>());
    }
    table
}

/// The stable name of what is to blame.
pub fn code(blame: &Blame) -> &'static str {
    match blame {
        Blame::Volume { .. } => "volume",
        Blame::Agents { .. } => "agents",
        Blame::Shape => "shape",
        Blame::Carriers => "carriers",
        Blame::Rule => "rule",
        Blame::Standing => "standing",
        Blame::Order => "order",
        Blame::Loss { .. } => "loss",
    }
}

/// Who is to blame, in a sentence or two.
pub fn sentence(layout: &Layout, why: &Why) -> String {
    let ids: Vec<String> = why.containers.iter().map(|&it| format!("`{}`", layout.container_id(it))).collect();
    let ids = few(&ids, NAMED, list);
    let rules: Vec<String> = why.rules.iter().map(|rule| clean(&rule.words(layout))).collect();
    let any = match (why.minimal, why.containers.len() + why.rules.len()) {
        (_, 0 | 1) => "",
        (true, _) if why.enough => " Leave any one of them out and the rest go together.",
        (true, _) => " Those alone go together without any one of them; the rest of the document needs more.",
        (false, _) => " No smaller set was found.",
    };
    match &why.blame {
        Blame::Volume { resource, requested, allocatable } => {
            let of = &layout.lab.resources[*resource];
            let short = amount_of(of, requested - allocatable);
            if let Some(pool) = layout.lab.pool_of(*resource) {
                let short = format!("{} of {}", of.show(requested - allocatable), of.base().name());
                return format!("The pool `{}` is to blame: it is {short} short, whatever runs where.", pool.name);
            }
            format!("Volume is to blame: all hosts together are {short} short, however it is arranged.")
        }
        Blame::Agents { crowded } => {
            let said: Vec<String> = crowded.iter().map(|it| agents_need(layout, it)).collect();
            format!("What runs on every host is to blame: {}.", few(&said, NAMED, list))
        }
        Blame::Shape => format!(
            "The shape of the containers is to blame: there is enough of everything in all, but these do not go onto \
             the hosts, rules or no rules: {ids}.{any}"
        ),
        Blame::Carriers => format!(
            "The carriers are to blame: the hosts have the room, but these do not go into the carriers that they may \
             lie in, rules or no rules: {ids}.{any}"
        ),
        Blame::Rule => {
            // Those that a rule names are not named again.
            let all: BTreeSet<ContainerIndex> = why.containers.iter().copied().collect();
            let names_them = |it: &Constraint| match *it {
                Constraint::Rule(rule) => layout.rules[rule].containers.iter().copied().collect::<BTreeSet<_>>() == all,
                _ => false,
            };
            let named = all.is_empty() || why.rules.iter().any(names_them);
            let with = if named { String::new() } else { format!(" with {ids}") };
            let rules = few(&rules, NAMED, list);
            format!("Rules are to blame, without them everything would fit: {rules}{with}.{any}")
        }
        Blame::Loss { lost, resource, requested, allocatable } => {
            let resource = &layout.lab.resources[*resource];
            let [requested, allocatable] = resource.both(*requested, *allocatable);
            if *resource == Resource::Containers {
                return format!(
                    "{} is to blame: everything fits as long as nothing is lost. With {} lost, {requested} containers \
                     must not stop, and the other hosts take {allocatable}.",
                    list(&rules),
                    layout.lost(lost)
                );
            }
            format!(
                "{} is to blame: everything fits as long as nothing is lost. With {} lost, what must not stop requests \
                 {requested} of {}, and the other hosts have {allocatable}.",
                list(&rules),
                layout.lost(lost),
                resource.name()
            )
        }
        Blame::Order => "The order is to blame: there is room for everything, but no valid move to begin with leads \
                         there."
            .to_owned(),
        Blame::Standing => "What stays where it is is to blame: were it free to move, everything would fit.".to_owned(),
    }
}
