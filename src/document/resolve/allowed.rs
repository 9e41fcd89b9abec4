//! `on:`, `every:`, and `hosts:` of a pool: the hosts that a container may run on, runs on each of, or that reach the pool.

use std::sync::Arc;

use super::lab::{Hosts, text};
use super::services::Context;
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::keys::MOST_HOSTS;
use crate::document::syntax::names::{Range, is_name};
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Host, HostIndex, Numbered, On, Positions, glob};
use crate::quantity::shorten;

/// The key of agents.
pub const EVERY: &str = "every";

/// What to do about a label that no host carries.
pub const GIVE_LABELS: &str = "give a host such a label under `labels`, or check the name";

/// How many hosts all `on:` may name together, equal ones counted once.
const MOST_ON_HOSTS: usize = 20_000_000;

/// Where a container may run.
#[derive(Clone, Debug)]
pub struct Allowed {
    /// The hosts, ascending.
    pub hosts: Arc<[HostIndex]>,
    /// What it says.
    pub said: Arc<On>,
    /// See [`crate::model::Service::on_written`].
    pub written: Arc<str>,
}

/// The hosts that `on:` or `every:` stands for, found once for each text.
pub fn allowed_hosts(entry: &Entry, context: &mut Context, found: &mut Findings) -> Option<Allowed> {
    let (of, on) = (&*entry.key, &entry.value);
    let text_of = match &on.value {
        Value::Text(name) => format!("={name}"),
        Value::List(names) => names.iter().filter_map(text).fold(String::from("["), |all, name| all + name + ","),
        Value::Map(labels) => {
            let pairs = labels.iter().filter_map(|label| Some((&label.key, text(&label.value)?)));
            pairs.fold(String::from("{"), |all, (label, value)| all + &format!("{label}={value:?},"))
        }
        Value::Null | Value::Gone => return None,
    };
    let key = format!("{of}{text_of}");
    if let Some(known) = context.on.get(&key) {
        return Some(known.clone());
    }
    // A pattern looks at every host.
    let patterns = match &on.value {
        Value::List(names) => names.iter().filter_map(text).filter(|name| name.contains('*')).count(),
        _ => usize::from(text(on).is_some_and(|name| name.contains('*'))),
    };
    context.on_hosts = context.on_hosts.saturating_add(patterns.saturating_mul(context.hosts.lab.hosts.len()));
    if context.on_hosts > MOST_ON_HOSTS {
        return too_many(of, on, found);
    }
    let allowed = match of {
        EVERY if text(on) == Some("host") => {
            let hosts = context.hosts.lab.indices().collect();
            Allowed { hosts, said: On::Any.into(), written: written_on(on).into() }
        }
        EVERY => reaching(of, on, context.hosts, found)?,
        _ => {
            let hosts = hosts_of(of, on, context.hosts, found)?;
            Allowed { hosts, said: said(on).into(), written: written_on(on).into() }
        }
    };
    context.on_hosts += allowed.hosts.len();
    if context.on_hosts > MOST_ON_HOSTS {
        return too_many(of, on, found);
    }
    context.on.insert(key, allowed.clone());
    Some(allowed)
}

/// The hosts that `hosts:` of a pool, or `every:`, stands for: as `on:` says them, with ranges of names and with `*`
/// besides.
pub fn reaching(of: &str, said: &Node, hosts: &Hosts, found: &mut Findings) -> Option<Allowed> {
    let texts = match &said.value {
        Value::Null | Value::Gone => return None,
        Value::Map(labels) => {
            let allowed = hosts_with(of, said, labels, hosts, found)?;
            return Some(Allowed { hosts: allowed, said: self::said(said).into(), written: written_on(said).into() });
        }
        Value::List(nodes) if nodes.is_empty() => {
            names_nothing(of, "host", said.at, found);
            return None;
        }
        Value::List(nodes) => nodes.as_slice(),
        Value::Text(_) => std::slice::from_ref(said),
    };
    let named: Vec<Option<(Vec<String>, Vec<HostIndex>)>> =
        texts.iter().map(|node| reaching_by(text(node)?, node.at, hosts, found)).collect();
    let (names, all): (Vec<Vec<String>>, Vec<Vec<HostIndex>>) =
        named.into_iter().collect::<Option<Vec<_>>>()?.into_iter().unzip();
    let (names, mut all) = (names.concat(), all.concat());
    all.sort_unstable();
    all.dedup();
    Some(Allowed { hosts: all.into(), said: On::Named(names).into(), written: written_on(said).into() })
}

/// The names that one text of `hosts:` stands for, and the hosts that these mean; `None` where it is wrong.
fn reaching_by(text: &str, at: Place, hosts: &Hosts, found: &mut Findings) -> Option<(Vec<String>, Vec<HostIndex>)> {
    match Range::parse(text, is_name) {
        Some(Ok(range)) if range.count() > MOST_HOSTS => {
            let message = format!("`{}` names more than {MOST_HOSTS} hosts, the limit", shorten(text));
            found.push(Diagnostic::new(Code::BadRange, at, message).help("shorten the range"));
            None
        }
        Some(Ok(range)) => {
            let names: Vec<String> = range.names().collect();
            let mut all = Vec::new();
            for name in &names {
                all.extend(of_name(name, at, hosts, found)?);
            }
            Some((names, all))
        }
        // The shape of the file says what is wrong with it.
        Some(Err(_)) => None,
        // The same here.
        None if !is_name(&text.replace('*', "0")) => None,
        None if text.contains('*') => {
            let meant = |host: &Host| glob(text, &host.kind) || glob(text, &host.name);
            let all: Vec<HostIndex> =
                hosts.lab.hosts.iter().numbered().filter(|(_, host)| meant(host)).map(|(index, _)| index).collect();
            if all.is_empty() {
                let message = format!("no host matches `{}`", shorten(text));
                let help = "leave it out, or check the names in it";
                found.push(Diagnostic::new(Code::NoMatch, at, message).help(help));
                return None;
            }
            Some((vec![text.to_owned()], all))
        }
        None => Some((vec![text.to_owned()], of_name(text, at, hosts, found)?.collect())),
    }
}

fn too_many(of: &str, on: &Node, found: &mut Findings) -> Option<Allowed> {
    let message = format!("all `{of}` together name more than {MOST_ON_HOSTS} hosts, the limit");
    let help = "say it with labels that many containers share";
    found.push(Diagnostic::new(Code::TooLarge, on.at, message).help(help));
    None
}

fn said(on: &Node) -> On {
    let names = |nodes: &[Node]| On::Named(nodes.iter().filter_map(text).map(str::to_owned).collect());
    match &on.value {
        Value::List(nodes) => names(nodes),
        Value::Map(labels) => {
            let pairs = labels.iter().filter_map(|label| Some((label.key.to_string(), text(&label.value)?.to_owned())));
            On::Labels(pairs.collect())
        }
        _ => names(std::slice::from_ref(on)),
    }
}

/// What `on:` says, in one line and in one order.
fn written_on(on: &Node) -> String {
    let (mut parts, [open, close]): (Vec<String>, [&str; 2]) = match &on.value {
        Value::List(names) => (names.iter().filter_map(text).map(str::to_owned).collect(), ["[", "]"]),
        Value::Map(labels) => {
            let pairs = labels.iter().filter_map(|label| Some(format!("{}: {}", label.key, text(&label.value)?)));
            (pairs.collect(), ["{", "}"])
        }
        _ => return text(on).unwrap_or("").to_owned(),
    };
    parts.sort_unstable();
    parts.dedup();
    if open == "[" && parts.len() == 1 { parts.concat() } else { format!("{open}{}{close}", parts.join(", ")) }
}

/// The hosts that `on:` or `every:` stands for, ascending; `None` where none does, which `found` then says.
fn hosts_of(of: &str, on: &Node, hosts: &Hosts, found: &mut Findings) -> Option<Arc<[HostIndex]>> {
    match &on.value {
        Value::Map(labels) => hosts_with(of, on, labels, hosts, found),
        Value::List(names) if names.is_empty() => {
            names_nothing(of, "host", on.at, found);
            None
        }
        Value::List(names) => {
            let mut all: Vec<HostIndex> = names.iter().filter_map(|name| named(name, hosts, found)).flatten().collect();
            all.sort_unstable();
            all.dedup();
            Some(all.into())
        }
        _ => named(on, hosts, found).map(Arc::from_iter),
    }
}

fn names_nothing(of: &str, what: &str, at: Place, found: &mut Findings) {
    let help = match of {
        EVERY => "write `every: host` for each host",
        "hosts" => "name those that reach it, or leave `hosts` out for all",
        _ => "leave it out for any host",
    };
    found.push(Diagnostic::new(Code::NoMatch, at, format!("`{of}` names no {what}")).help(help));
}

/// A host, or the hosts of a kind.
fn named(node: &Node, hosts: &Hosts, found: &mut Findings) -> Option<Positions<HostIndex>> {
    of_name(text(node)?, node.at, hosts, found)
}

/// The host of a name, or the hosts of a kind.
fn of_name(name: &str, at: Place, hosts: &Hosts, found: &mut Findings) -> Option<Positions<HostIndex>> {
    if let Some(kind) = hosts.kinds.get(name) {
        return Some(kind.clone());
    }
    if let Some(host) = hosts.names.get(name) {
        return Some(Positions { start: *host, end: host.next() });
    }
    unknown_host(name, at, hosts, found);
    None
}

/// Says that there is no such host or kind.
pub fn unknown_host(name: &str, at: Place, hosts: &Hosts, found: &mut Findings) {
    let counted =
        |kind: &&str| hosts.kinds.get(*kind).is_some_and(|range| !hosts.names.contains_key(*kind) && range.len() > 1);
    // `worker-4` of a kind that counts to 3.
    if let Some(kind) = name.rsplit_once('-').map(|(kind, _)| kind).filter(counted) {
        let count = hosts.kinds.get(kind).map_or(0, ExactSizeIterator::len);
        let message = format!("there is no host `{}`: `{kind}` has a `count` of {count}", shorten(name));
        found.push(
            Diagnostic::new(Code::UnknownHost, at, message).help(format!("there are `{kind}-1` to `{kind}-{count}`")),
        );
        return;
    }
    let kinds = hosts.kinds.keys().map(String::as_str);
    let numbered =
        hosts.lab.hosts.iter().map(|host| host.name.as_str()).filter(|name| !hosts.kinds.contains_key(*name));
    let help = found.help_with(name, kinds.chain(numbered));
    let help = help.unwrap_or_else(|| "write it under `hosts`, or check the name".to_owned());
    found.add(Code::UnknownHost, at, format!("there is no host `{}`", shorten(name)), help);
}

fn hosts_with(of: &str, on: &Node, labels: &[Entry], hosts: &Hosts, found: &mut Findings) -> Option<Arc<[HostIndex]>> {
    if labels.is_empty() {
        names_nothing(of, "label", on.at, found);
        return None;
    }
    for label in labels {
        if !hosts.labels.contains_key(&*label.key) {
            let message = format!("no host carries the label `{}`", shorten(&label.key));
            let help = found.help_with(&label.key, hosts.labels.keys().map(String::as_str));
            found.add(Code::UnknownLabel, label.at, message, help.unwrap_or_else(|| GIVE_LABELS.to_owned()));
            return None;
        }
    }
    let wanted: Vec<(&str, &str)> =
        labels.iter().filter_map(|label| Some((&*label.key, text(&label.value)?))).collect();
    // Who carries the first is known; the others are looked up.
    let others = wanted.iter().skip(1);
    let fits =
        |host: &Host| others.clone().all(|(label, value)| host.labels.get(*label).is_some_and(|known| known == value));
    let all: Arc<[HostIndex]> = match wanted.first() {
        Some((label, value)) => {
            let carriers = hosts.labels.get(*label).and_then(|values| values.get(*value));
            let carriers = carriers.into_iter().flatten().cloned().flatten();
            carriers.filter(|&host| fits(&hosts.lab.hosts[host])).collect()
        }
        None => hosts.lab.indices().collect(),
    };
    if all.is_empty() {
        let wanted = wanted.iter().map(|(label, value)| format!("`{label}: {}`", shorten(value)));
        let message = format!("no host carries {}", wanted.collect::<Vec<_>>().join(" and "));
        let at = labels.first().map_or(on.at, |label| label.value.at);
        let help = labels.first().and_then(|label| {
            let values = hosts.labels.get(&*label.key)?.keys().map(String::as_str);
            found.help_with(text(&label.value)?, values)
        });
        found.add(Code::NoMatch, at, message, help.unwrap_or_else(|| GIVE_LABELS.to_owned()));
        return None;
    }
    Some(all)
}
