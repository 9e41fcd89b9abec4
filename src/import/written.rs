//! What was settled, as a document says it: amounts that the file gives are written, those of the catalogue and defaults
//! are sizes, so that their origin stays known and a default can be changed in one place.

use std::collections::BTreeMap;

use super::figures::Defaults;
use super::found::{Count, Wish, Wished};
use super::report::{Host, Origin, Pool};
use super::settle::{Rule, RuleKind, Settled, Settling};
use super::{Asked, place};
use crate::diagnostic::plain;
use crate::document::catalogue::Entry;
use crate::document::{Addition, Line, Said, Source};
use crate::model::{Overlay, UNMEASURED};
use crate::quantity::Resource;

/// What the document says, or says besides.
pub fn addition(settled: &Settled, asked: &Asked, sources: &[Source]) -> Addition {
    let mut writer = Writer { asked, sources, sizes: Vec::new() };
    let (mut stacks, mut startups) = (Vec::new(), Vec::new());
    for startup in &settled.startups {
        let containers: Vec<Line> = startup.containers.iter().map(|one| writer.container(one)).collect();
        let mut lines = Vec::new();
        if let Some(title) = startup.title.as_deref().and_then(title) {
            lines.push(Line::new("title", Said::Short(Overlay::text(title))));
        }
        match &startup.stack {
            Some(stack) => {
                stacks.push(Line::new(stack, Said::Lines(containers)));
                lines.push(Line::new("stack", Said::Short(Overlay::text(stack))));
            }
            None => lines.push(Line::new("containers", Said::Lines(containers))),
        }
        startups.push(Line::new(&startup.name, Said::Lines(lines)));
    }
    let contents = asked.contents.iter().map(|content| &content.file);
    let files = asked.files.iter().chain(&asked.hosts).chain(contents).chain(&asked.measured);
    let names: Vec<String> = files.map(|file| plain(&file.name)).collect();
    let note = |it: &Host| match settled.report.placeholder {
        true => "a placeholder, as large as all of it: write down your machines".to_owned(),
        false => place(it.at, sources),
    };
    let hosts = settled.hosts.iter().map(|it| Line { note: Some(note(it)), ..host(it) }).collect();
    let of_pool = |it: &Pool| Line { note: Some(place(it.at, sources)), ..Line::new(&it.name, Said::Short(pool(it))) };
    let pools = settled.pools.iter().map(of_pool).collect();
    let placement = settled.placement.iter().map(|(at, ids)| Line::new(at, Said::Short(list(ids)))).collect();
    Addition {
        head: vec![format!("imported from {}", names.join(", "))],
        sections: vec![
            ("hosts", hosts),
            ("pools", pools),
            ("sizes", writer.sizes),
            ("stacks", stacks),
            ("startups", startups),
            ("placement", placement),
        ],
        rules: settled.rules.iter().map(rule).collect(),
    }
}

/// The size that stands for what nothing is known of, where the addition has one.
pub fn unmeasured(addition: &Addition) -> Option<String> {
    let sizes = addition.sections.iter().filter(|(name, _)| *name == "sizes").flat_map(|(_, lines)| lines);
    let mut names = sizes.map(|line| line.key.as_str()).filter(|key| key.starts_with(UNMEASURED));
    names.next().map(str::to_owned)
}

fn host(host: &Host) -> Line {
    let title = host.title.as_deref().and_then(title);
    let said = title.map_or(Overlay::EMPTY, |title| Overlay::EMPTY.with(&["title"], Overlay::text(title)));
    let mut said = amounts(said, host.capacity.iter().map(|(resource, amount)| (resource, *amount)));
    // None of it, and that in bytes.
    for resource in host.capacity.iter().filter(|it| *it.1 == 0 && matches!(it.0, Resource::Sized(_))).map(|it| it.0) {
        said = said.with(&["resources", resource.name()], Overlay::text("0B"));
    }
    if host.drained {
        said = said.with(&["state"], Overlay::text("drain"));
    }
    for (label, value) in &host.labels {
        said = said.with(&["labels", label], Overlay::text(value));
    }
    Line::new(&host.name, Said::Short(said))
}

fn pool(pool: &Pool) -> Overlay {
    let title = pool.title.as_deref().and_then(title);
    let said = title.map_or(Overlay::EMPTY, |title| Overlay::EMPTY.with(&["title"], Overlay::text(title)));
    let said = said.with(&["disk"], Overlay::text(Resource::Disk.write(pool.disk)));
    match pool.hosts.is_empty() {
        true => said,
        false => said.with(&["hosts"], list(&pool.hosts)),
    }
}

fn rule(rule: &Rule) -> Overlay {
    let of = list(&rule.of);
    let mut said = match &rule.kind {
        RuleKind::Together => Overlay::EMPTY.with(&["together"], of),
        RuleKind::Apart => Overlay::EMPTY.with(&["apart"], of),
        RuleKind::AtMost(count, per) => {
            let said = Overlay::EMPTY.with(&["at-most", "count"], Overlay::text(count.to_string()));
            let said = per.iter().fold(said, |said, label| said.with(&["at-most", "per"], Overlay::text(label)));
            said.with(&["at-most", "of"], of)
        }
    };
    if rule.each {
        said = said.with(&["each"], Overlay::text("startup"));
    }
    match rule.weight {
        Some(weight) => Overlay::EMPTY.with(&["prefer"], weighing(said, weight)),
        None => said,
    }
}

/// A wish in the names of the document.
fn wish(wish: &Wish) -> Overlay {
    let said = match &wish.what {
        Wished::Labels(labels) => Overlay::EMPTY.with(&["on"], mapped(labels)),
        Wished::Hosts(hosts) => match hosts.as_slice() {
            [host] => Overlay::EMPTY.with(&["on"], Overlay::text(host)),
            hosts => Overlay::EMPTY.with(&["on"], list(hosts)),
        },
        Wished::Apart(over) => Overlay::EMPTY.with(&["apart"], Overlay::text(over)),
        Wished::Even(over, skew) => Overlay::EMPTY.with(&["spread"], spread(over, *skew)),
    };
    weighing(said, wish.weight)
}

fn weighing(said: Overlay, weight: u64) -> Overlay {
    if weight == 1 { said } else { said.with(&["weight"], Overlay::text(weight.to_string())) }
}

fn spread(over: &str, skew: u64) -> Overlay {
    match skew {
        1 => Overlay::text(over),
        _ => {
            let said = Overlay::EMPTY.with(&["over"], Overlay::text(over));
            said.with(&["skew"], Overlay::text(skew.to_string()))
        }
    }
}

fn list(names: &[String]) -> Overlay {
    Overlay::List(names.iter().map(Overlay::text).collect())
}

fn mapped(labels: &BTreeMap<String, String>) -> Overlay {
    Overlay::Map(labels.iter().map(|(label, value)| (label.clone(), Overlay::text(value))).collect())
}

/// Amounts under the keys that a document has for them.
fn amounts<'a>(said: Overlay, amounts: impl Iterator<Item = (&'a Resource, u64)>) -> Overlay {
    amounts.fold(said, |said, (resource, amount)| {
        let text = Overlay::text(resource.write(amount));
        match resource.is_named() {
            true => said.with(&["resources", resource.name()], text),
            false => said.with(&[resource.name()], text),
        }
    })
}

/// A name of the file as free text, where it can be shown.
fn title(name: &str) -> Option<String> {
    const LONGEST: usize = 200;
    let shown: String = plain(name).chars().take(LONGEST).collect();
    let shown = shown.trim();
    (!shown.is_empty()).then(|| shown.to_owned())
}

struct Writer<'a> {
    asked: &'a Asked<'a>,
    sources: &'a [Source],
    sizes: Vec<Line>,
}

impl Writer<'_> {
    fn container(&mut self, one: &Settling) -> Line {
        let mut said = Overlay::EMPTY;
        if one.foreign != one.name
            && let Some(title) = title(&one.foreign)
        {
            said = said.with(&["title"], Overlay::text(title));
        }
        if let Some(size) = self.size(one) {
            said = said.with(&["size"], Overlay::text(size));
        }
        let is_own = |origin: Origin| matches!(origin, Origin::File | Origin::Measured);
        let own = one.sized.request.iter().filter(|(_, (_, origin))| is_own(*origin));
        said = amounts(said, own.map(|(resource, (amount, _))| (resource, *amount)));
        for resource in &one.content {
            let held = Overlay::text("content");
            said = match resource.is_named() {
                true => said.with(&["resources", resource.name()], held),
                false => said.with(&[resource.name()], held),
            };
        }
        match one.count {
            Count::Replicas(1) => {}
            Count::Replicas(replicas) => said = said.with(&["replicas"], Overlay::text(replicas.to_string())),
            Count::EveryHost => {}
        }
        let on = match one.on.as_slice() {
            [] if one.on_labels.is_empty() => None,
            [] => Some(mapped(&one.on_labels)),
            // `host` alone would be each host.
            [host] if one.count != Count::EveryHost => Some(Overlay::text(host)),
            hosts => Some(list(hosts)),
        };
        match (one.count, on) {
            (Count::EveryHost, on) => said = said.with(&["every"], on.unwrap_or_else(|| Overlay::text("host"))),
            (_, Some(on)) => said = said.with(&["on"], on),
            (_, None) => {}
        }
        if let Some(inside) = &one.inside {
            said = said.with(&["inside"], Overlay::text(inside));
        }
        if one.carries {
            said = said.with(&["carries"], Overlay::text("yes"));
            if !one.labels.is_empty() {
                said = said.with(&["labels"], mapped(&one.labels));
            }
        }
        if let Some(apart) = one.apart.first() {
            said = said.with(&["apart"], Overlay::text(apart));
        }
        if let Some((over, skew)) = &one.even {
            said = said.with(&["spread"], spread(over, *skew));
        }
        if let Some(pool) = &one.pool {
            said = said.with(&["pool"], Overlay::text(pool));
        }
        let wishes: Vec<Overlay> = one.wishes.iter().map(wish).collect();
        match wishes.as_slice() {
            [] => {}
            [wish] => said = said.with(&["prefer"], wish.clone()),
            _ => said = said.with(&["prefer"], Overlay::List(wishes)),
        }
        if !one.needs.is_empty() {
            said = said.with(&["needs"], list(&one.needs));
        }
        let limits = one
            .limit
            .iter()
            .fold(Overlay::EMPTY, |limits, (resource, amount)| amounts(limits, std::iter::once((resource, *amount))));
        if limits != Overlay::EMPTY {
            said = said.with(&["limit"], limits);
        }
        if let Some(seen) = &one.sized.seen {
            let figures = [Resource::Cpu, Resource::Memory].into_iter().filter_map(|it| Some((seen.of(&it)?, it)));
            let figures: Vec<(u64, Resource)> = figures.collect();
            let observed = amounts(Overlay::EMPTY, figures.iter().map(|(amount, resource)| (resource, *amount)));
            if observed != Overlay::EMPTY {
                let kind = if seen.is_snapshot { ", a snapshot" } else { "" };
                let source = Overlay::text(format!("{}{kind}", seen.source));
                said = said.with(&["observed"], observed.with(&["source"], source));
            }
        }
        Line { note: Some(self.note(one)), ..Line::new(&one.name, Said::Short(said)) }
    }

    /// Where the container stands, and where its figures come from that the file does not give.
    fn note(&self, one: &Settling) -> String {
        let mut parts = vec![place(one.at, self.sources)];
        let of = |origin: Origin| {
            let names = one.sized.request.iter().filter(|(_, (_, from))| *from == origin);
            names.map(|(resource, _)| resource.name().to_owned()).collect::<Vec<_>>().join(", ")
        };
        let measured = of(Origin::Measured);
        if let (Some(seen), false) = (&one.sized.seen, measured.is_empty()) {
            parts.push(format!("{measured}: measured{}", if seen.is_snapshot { ", a snapshot" } else { "" }));
        }
        let catalogue = of(Origin::Catalogue);
        if let (Some(entry), false) = (one.sized.entry, catalogue.is_empty()) {
            parts.push(format!("{catalogue}: catalogue, {}", entry.basis.name()));
        }
        let default = of(Origin::Default);
        if !default.is_empty() {
            let whole = one
                .sized
                .whole
                .map_or_else(String::new, |entry| format!(", the catalogue has all of `{}`", entry.name));
            parts.push(format!("{default}: default{whole}"));
        }
        let capped: Vec<&str> = one.sized.capped.iter().map(Resource::name).collect();
        if !capped.is_empty() {
            parts.push(format!("{}: the limit", capped.join(", ")));
        }
        parts.join("; ")
    }

    /// The size that says what the file does not: one of the catalogue, or one of the document's own.
    fn size(&mut self, one: &Settling) -> Option<String> {
        let has = |origin: Origin| one.sized.request.values().any(|(_, from)| *from == origin);
        let taken = Defaults::of(self.asked);
        let defaults =
            amounts(Overlay::EMPTY, [(&Resource::Cpu, taken.cpu), (&Resource::Memory, taken.memory)].into_iter());
        match (one.sized.entry, has(Origin::Default)) {
            (Some(entry), false) => Some(self.of_catalogue(entry)),
            (Some(entry), true) => {
                let known = one.sized.request.iter().filter(|(_, (_, from))| *from == Origin::Catalogue);
                let said = amounts(defaults, known.map(|(resource, (amount, _))| (resource, *amount)));
                let note = format!("the rest as the catalogue has `{}`: {}", entry.name, entry.ground());
                Some(self.own(&format!("{}-{UNMEASURED}", entry.name), said, note))
            }
            // The document has it already, however it is written there.
            (None, true) if self.asked.into.and_then(Defaults::said_by) == Some(taken) => Some(UNMEASURED.to_owned()),
            (None, true) => {
                let note = "where neither the file nor the catalogue says more: change it here";
                Some(self.own(UNMEASURED, defaults, note.to_owned()))
            }
            (None, false) => None,
        }
    }

    /// The name of an entry, unless the document has a size of its own under it.
    fn of_catalogue(&mut self, entry: &'static Entry) -> String {
        let taken = self.asked.into.is_some_and(|document| document.names("sizes").contains(entry.name));
        if !taken {
            return entry.name.to_owned();
        }
        let known = [
            (Resource::Cpu, entry.cpu_millis),
            (Resource::Memory, entry.memory_bytes),
            (Resource::Disk, entry.disk_bytes),
        ];
        let known: BTreeMap<Resource, u64> = known.into_iter().filter_map(|(it, amount)| Some((it, amount?))).collect();
        let said = amounts(Overlay::EMPTY, known.iter().map(|(resource, amount)| (resource, *amount)));
        self.own(&format!("{}-catalogue", entry.name), said, format!("as the catalogue has it: {}", entry.ground()))
    }

    /// The size of that name, made where it is not there; another name where something else has it.
    fn own(&mut self, name: &str, said: Overlay, note: String) -> String {
        for number in 1_u64.. {
            let candidate = if number == 1 { name.to_owned() } else { format!("{name}-{number}") };
            let there = self.sizes.iter().find(|line| line.key == candidate).map(Line::overlay);
            let there = there.or_else(|| self.asked.into?.said(&["sizes", &candidate]));
            match there {
                Some(there) if there == said => return candidate,
                Some(_) => {}
                None => {
                    self.sizes.push(Line { note: Some(note), ..Line::new(&candidate, Said::Short(said)) });
                    return candidate;
                }
            }
        }
        name.to_owned()
    }
}
