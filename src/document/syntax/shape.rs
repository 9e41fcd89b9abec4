//! The shape of one file: known keys, the right kinds of value, amounts and names that can be read. Everything that
//! needs no knowledge of the rest of the document, said once for each place in the file.

use super::findings::Findings;
use super::foreign;
use super::keys::{Kind, Table};
use super::names::{LONGEST_NAME, Range, closest, is_name, respelled};
use super::tree::{Entry, Node, Value};
use crate::diagnostic::{Code, Diagnostic, Place};
use crate::document::resolve::patterns::Pattern;
use crate::quantity::{AmountError, Decimal, LARGEST_MILLIONTHS, Resource, parse_millionths, shorten};

/// Checks a map against the table of its keys.
pub fn check(node: &Node, table: &'static Table, found: &mut Findings) {
    let Value::Map(entries) = &node.value else {
        let message = format!("{} is a map of keys and values; this is {}", one(table.name), node.kind_name());
        found.push(
            Diagnostic::new(Code::WrongKind, node.at, message)
                .help("write `key: value` on lines below it, or `{key: value}`"),
        );
        return;
    };
    for entry in entries.iter() {
        match table.keys.iter().find(|key| *key.name == *entry.key) {
            Some(key) => check_value(entry, &entry.value, (&key.kind, table.maps()), found),
            None => unknown_key(entry, table, found),
        }
    }
    match table.name {
        "rule" => check_rule(node, found),
        "wish" => check_wish(node, &WISH_KINDS, found),
        "container-wish" => check_wish(node, &CONTAINER_WISH_KINDS, found),
        _ => {}
    }
}

/// The code under which an amount that cannot be read is reported.
pub fn code_of(error: &AmountError) -> Code {
    match error {
        AmountError::MissingUnit { .. } => Code::MissingUnit,
        AmountError::UnknownUnit { .. } => Code::UnknownUnit,
        AmountError::TooFine { .. } => Code::TooFine,
        AmountError::TooLarge { .. } => Code::AmountTooLarge,
        _ => Code::BadAmount,
    }
}

fn unknown_key(entry: &Entry, table: &'static Table, found: &mut Findings) {
    if found.is_full() {
        return;
    }
    let names = table.keys.iter().map(|key| key.name);
    let undivided = &*entry.key == "containers" && matches!(table.name, "reserve" | "overcommit" | "target");
    let of_wish = matches!(table.name, "wish" | "container-wish");
    let help = match (foreign::key(&entry.key, table), closest(&entry.key, names.clone())) {
        _ if of_wish && matches!(&*entry.key, "survive" | "except" | "moves") => {
            "what is to be survived is no wish: write it among the `rules`".to_owned()
        }
        _ if of_wish && &*entry.key == "prefer" => "it is a wish already: leave the inner `prefer` out".to_owned(),
        _ if table.name == "rule" && &*entry.key == "weight" => {
            "a rule holds whatever it costs; a wish has a weight: `prefer: {apart: [s01/db, s02/db], weight: 10}`"
                .to_owned()
        }
        _ if undivided => {
            "how many containers a host takes is neither kept nor promised more than once, and has no target: change its \
             `containers`"
                .to_owned()
        }
        (Some(help), _) => help.to_owned(),
        _ if entry.key.starts_with(|first: char| first.is_ascii_digit()) => {
            "a comma ends an amount: write decimals with a point, as in `1.5GB`".to_owned()
        }
        (None, Some(meant)) => format!("did you mean `{meant}`?"),
        (None, None) => format!("it may have {}", names.map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")),
    };
    let message = format!("{} has no key `{}`", one(table.name), shorten(&entry.key));
    found.push(Diagnostic::new(Code::UnknownKey, entry.at, message).help(help));
}

/// One of [`RULE_KINDS`]: none says nothing, several say several things.
fn check_rule(rule: &Node, found: &mut Findings) {
    let mut kinds: Vec<&Entry> = RULE_KINDS.iter().filter_map(|kind| rule.get(kind)).collect();
    kinds.sort_by_key(|entry| entry.at);
    if kinds.is_empty() {
        let diagnostic = Diagnostic::new(
            Code::MissingKey,
            rule.at,
            "a rule says `apart`, `together`, `at-most`, `survive` or `prefer`",
        );
        found.push(diagnostic.help("write `- apart: [s01/db, s02/db]`"));
    }
    if let Some(second) = kinds.get(1) {
        let message = "a rule says one of `apart`, `together`, `at-most`, `survive` and `prefer`";
        found.push(Diagnostic::new(Code::ConflictingKeys, second.at, message).help("make two rules of it"));
    }
    let survive = rule.get("survive").is_some();
    for (key, belongs, whose) in [
        ("except", survive, "`survive`"),
        ("moves", survive, "`survive`"),
        ("each", rule.get("apart").or(rule.get("together")).is_some(), "`apart` and `together`"),
    ] {
        if let (Some(entry), false, false) = (rule.get(key), belongs, kinds.is_empty()) {
            let message = format!("`{key}` belongs to {whose}");
            let help = match (key, rule.get("prefer")) {
                ("each", Some(_)) => "write it beside them, in the braces of `prefer`",
                _ => "leave it out",
            };
            found.push(Diagnostic::new(Code::ConflictingKeys, entry.at, message).help(help));
        }
    }
}

/// One of these: none wishes nothing, several are several wishes.
fn check_wish(wish: &Node, kinds: &[&'static str], found: &mut Findings) {
    let mut said: Vec<&Entry> = kinds.iter().filter_map(|kind| wish.get(kind)).collect();
    said.sort_by_key(|entry| entry.at);
    let names: Vec<String> = kinds.iter().map(|kind| format!("`{kind}`")).collect();
    let [first, second, third] = &names[..] else { return };
    let of_rule = wish.get("each").is_some() || kinds.contains(&"together");
    if said.is_empty() {
        let message = format!("a wish says {first}, {second} or {third}");
        let help = match of_rule {
            true => "write `prefer: {apart: [s01/db, s02/db], weight: 10}`",
            false => "write `prefer: {on: nuc, weight: 10}`",
        };
        found.push(Diagnostic::new(Code::MissingKey, wish.at, message).help(help));
    }
    if let Some(entry) = said.get(1) {
        let message = format!("a wish says one of {first}, {second} and {third}");
        let help = match of_rule {
            true => "make two wishes of it, each under a `prefer` of its own",
            false => "make two wishes of it: `prefer` may be a list",
        };
        found.push(Diagnostic::new(Code::ConflictingKeys, entry.at, message).help(help));
    }
    if let (Some(entry), true, Some(_)) = (wish.get("each"), said.len() == 1, wish.get("at-most")) {
        let message = "`each` belongs to `apart` and `together`";
        found.push(Diagnostic::new(Code::ConflictingKeys, entry.at, message).help("leave it out"));
    }
}

/// What no further resource may be called.
pub const RESERVED: [&str; 4] = ["cpu", "memory", "disk", "containers"];

/// What a rule may be.
pub const RULE_KINDS: [&str; 5] = ["apart", "together", "at-most", "survive", "prefer"];

/// What a wish among the rules may be.
pub const WISH_KINDS: [&str; 3] = ["apart", "together", "at-most"];

/// What a container may wish.
pub const CONTAINER_WISH_KINDS: [&str; 3] = ["on", "apart", "spread"];

/// The longest text in bytes: stacks and counts repeat some of them a million times.
const LONGEST_TEXT: usize = 1000;

/// What a value looks like, before it is read.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Text,
    List,
    Map,
}

fn form_of(kind: &Kind) -> Option<Form> {
    match kind {
        Kind::Either(_) => None,
        Kind::Map(_)
        | Kind::Named { .. }
        | Kind::Places(_)
        | Kind::Besides { .. }
        | Kind::Labels
        | Kind::PhasedLabels => Some(Form::Map),
        Kind::List(_) => Some(Form::List),
        _ => Some(Form::Text),
    }
}

/// `entry` is the key that the value stands under, for messages; beside the kind of the value, whether amounts may be
/// others in each phase.
fn check_value(entry: &Entry, node: &Node, (kind, maps): (&'static Kind, usize), found: &mut Findings) {
    // Under a key, nothing deletes what is inherited; the merge says where there is nothing to delete.
    if matches!(node.value, Value::Null) && std::ptr::eq(node, &raw const entry.value) {
        return;
    }
    if let (Value::Map(entries), 1.., true) = (&node.value, maps, kind.is_amount()) {
        for inner in entries.iter() {
            check_key(entry, inner, false, found);
            check_value(inner, &inner.value, (kind, maps - 1), found);
        }
        return;
    }
    // How many there are in each phase.
    if let (Kind::Count { .. }, Value::Map(entries)) = (kind, &node.value) {
        for inner in entries.iter() {
            check_key(entry, inner, false, found);
            match &inner.value.value {
                Value::Text(_) => check_value(inner, &inner.value, (kind, 0), found),
                _ => wrong_kind(inner, &inner.value, &[Kind::Name], found),
            }
        }
        return;
    }
    let form = match &node.value {
        Value::Text(_) => Some(Form::Text),
        Value::List(_) => Some(Form::List),
        Value::Map(_) => Some(Form::Map),
        Value::Null | Value::Gone => None,
    };
    let forms: &'static [Kind] = if let Kind::Either(kinds) = kind { kinds } else { std::slice::from_ref(kind) };
    let percent = matches!(&node.value, Value::Text(text) if text.trim_end().ends_with('%'));
    let mut fitting = forms.iter().filter(|kind| form.is_some() && form_of(kind) == form);
    let first = fitting.next();
    let sum = matches!(&node.value, Value::Text(text) if text.contains('+') && text.contains('%'));
    let content = matches!(&node.value, Value::Text(text) if text.trim() == CONTENT);
    let kind = match (sum, percent) {
        _ if content => fitting.find(|kind| matches!(kind, Kind::Content)).or(first),
        (true, _) => fitting.find(|kind| matches!(kind, Kind::Sum(_))).or(first),
        (false, true) => fitting.find(|kind| matches!(kind, Kind::Percent)).or(first),
        (false, false) => first,
    };
    match (kind, &node.value) {
        (Some(Kind::Map(table)), _) => check(node, table, found),
        (Some(Kind::Named { ranges, kind }), Value::Map(entries)) => {
            for inner in entries.iter() {
                check_key(entry, inner, *ranges, found);
                check_value(inner, &inner.value, (kind, maps), found);
            }
        }
        (Some(Kind::Places(kind)), Value::Map(entries)) => {
            for inner in entries.iter() {
                match inner.key.contains('/') {
                    true => check_carrier(&inner.key, inner.at, found),
                    false => check_name(&inner.key, inner.at, found),
                }
                check_value(inner, &inner.value, (kind, 0), found);
            }
        }
        (Some(Kind::Besides { table, kind }), Value::Map(entries)) => {
            for inner in entries.iter() {
                match table.keys.iter().find(|key| *key.name == *inner.key) {
                    Some(key) => check_value(inner, &inner.value, (&key.kind, table.maps()), found),
                    None => {
                        check_key(entry, inner, true, found);
                        check_value(inner, &inner.value, (kind, 0), found);
                    }
                }
            }
        }
        (Some(Kind::Labels), Value::Map(entries)) => {
            for inner in entries.iter() {
                check_key(entry, inner, false, found);
                check_value(inner, &inner.value, (&Kind::Text, 0), found);
            }
        }
        (Some(Kind::PhasedLabels), Value::Map(entries)) => {
            for inner in entries.iter() {
                check_key(entry, inner, false, found);
                match &inner.value.value {
                    Value::Map(texts) => {
                        texts
                            .iter()
                            .for_each(|of_phase| check_value(of_phase, &of_phase.value, (&Kind::Text, 0), found));
                    }
                    _ => check_value(inner, &inner.value, (&Kind::Text, 0), found),
                }
            }
        }
        (Some(Kind::List(kind)), Value::List(items)) => {
            items.iter().for_each(|item| check_value(entry, item, (kind, 0), found));
        }
        (Some(kind), Value::Text(text)) => check_text(entry, node.at, text, kind, found),
        _ => wrong_kind(entry, node, forms, found),
    }
}

fn wrong_kind(entry: &Entry, node: &Node, forms: &'static [Kind], found: &mut Findings) {
    let mut due = Vec::new();
    for kind in forms {
        let name = match form_of(kind) {
            Some(Form::Map) => "a map",
            Some(Form::List) => "a list",
            _ => "a text",
        };
        if !due.contains(&name) {
            due.push(name);
        }
    }
    let inside = if std::ptr::eq(node, &raw const entry.value) { "" } else { "in " };
    let message =
        format!("{inside}`{}`: {} is due, this is {}", shorten(&entry.key), due.join(" or "), node.kind_name());
    let help = match (due.as_slice(), &node.value) {
        (["a list"], Value::Text(text)) => format!("write `[{}]`", shorten(text)),
        (["a map"], Value::Text(_)) => "write `{key: value}`, or keys on lines of their own below it".to_owned(),
        (["a text"], _) => "write one value; quote a text that starts with `[`, `{` or `*`".to_owned(),
        _ => format!("write {}", due.join(" or ")),
    };
    found.add(Code::WrongKind, node.at, message, help);
}

/// A key that the document chooses: a name, or a range of names.
fn check_key(around: &Entry, entry: &Entry, ranges: bool, found: &mut Findings) {
    if &*around.key == "resources" && RESERVED.contains(&&*entry.key) {
        let message = format!("`{}` may not be the name of a further resource", entry.key);
        let help = match &*entry.key {
            "containers" => "write `containers` at a host, for how many it takes".to_owned(),
            key => format!("write `{key}` beside `resources`"),
        };
        found.push(Diagnostic::new(Code::ReservedResource, entry.at, message).help(help));
    }
    match Range::parse(&entry.key, is_name) {
        Some(Ok(_)) if ranges => {}
        Some(Err(error)) if ranges => {
            let message = format!("`{}`: {}", shorten(&entry.key), error.message());
            found.push(Diagnostic::new(Code::BadRange, entry.at, message).help("write it as in `s01..s17`"));
        }
        _ => check_name(&entry.key, entry.at, found),
    }
}

fn check_name(name: &str, at: Place, found: &mut Findings) {
    if !is_name(name) {
        let long = name.len() > LONGEST_NAME;
        let why = if long { format!(": it has more than {LONGEST_NAME} characters") } else { String::new() };
        let message = format!("`{}` is not a name{why}", shorten(name));
        let rules = "names have small letters, digits and `-`";
        let help = match respelled(name) {
            Some(spelled) => format!("write `{spelled}`: {rules}; `title` takes any text"),
            None => format!("{rules}, start with a letter or digit, and are at most {LONGEST_NAME} characters long"),
        };
        found.push(Diagnostic::new(Code::BadName, at, message).help(help));
    }
}

fn check_text(entry: &Entry, at: Place, text: &str, kind: &Kind, found: &mut Findings) {
    if text.len() > LONGEST_TEXT {
        let message = format!("`{}` has a text of more than {LONGEST_TEXT} bytes, the limit", shorten(&entry.key));
        return found.add(Code::TooLarge, at, message, "shorten it");
    }
    match kind {
        Kind::Name => check_name(text, at, found),
        Kind::Hosts => check_hosts(text, at, found),
        Kind::Runner => check_runner(text, at, found),
        Kind::Carriers => check_carriers(text, at, found),
        Kind::Pattern if &*entry.key == "needs" => check_need(text, at, found),
        Kind::Pattern => {
            if let Err((code, message)) = Pattern::parse(text) {
                let spelled =
                    text.split('/').map(respelled).collect::<Option<Vec<_>>>().filter(|parts| parts.len() == 2);
                let help = match spelled {
                    None if is_name(text) => format!("write `{text}/*` for all of its containers"),
                    Some(parts) => format!("write `{}`: names have small letters, digits and `-`", parts.join("/")),
                    None => "write `startup/container`, as in `s01/db`, `s01..s12/*` or `platform/proxy.1`".to_owned(),
                };
                found.push(Diagnostic::new(code, at, format!("`{}`: {message}", shorten(text))).help(help));
            }
        }
        Kind::Whole { least, most } => check_whole(entry, at, text, *least, *most, found),
        Kind::Count { most } => check_whole(entry, at, text, 1, *most, found),
        Kind::Decimal => amount(parse_millionths(text, LARGEST_MILLIONTHS).err(), at, found),
        Kind::Cpu => amount(Resource::Cpu.parse_up(text).err(), at, found),
        Kind::Bytes => amount(Resource::Memory.parse_up(text).err(), at, found),
        // A letter is one of a unit; which of the two is due the hosts say.
        Kind::Amount if text.contains(|c: char| c.is_ascii_alphabetic()) => {
            amount(Resource::Memory.parse_up(text).err(), at, found);
        }
        Kind::Amount => match Resource::Memory.parse_up(text) {
            Err(AmountError::MissingUnit { .. }) | Ok(_) => {
                amount(Resource::Named(String::new()).parse(text).err(), at, found);
            }
            Err(error) => amount(Some(error), at, found),
        },
        Kind::Factor => match Decimal::parse(text.trim()) {
            Ok(factor) if factor.is_zero() => {
                let diagnostic = Diagnostic::new(Code::BadOvercommit, at, "an overcommit of 0 promises nothing");
                found.push(diagnostic.help("leave it out for 1, or write a number above 0"));
            }
            Ok(_) => {}
            Err(_) if text.trim_start().starts_with('-') => {
                let message = format!("the overcommit `{}` is below 0", shorten(text));
                found.push(Diagnostic::new(Code::BadOvercommit, at, message).help("write a number above 0"));
            }
            Err(error) => factor_error(&error, at, text, found),
        },
        Kind::Percent => {
            let Some(number) = text.trim().strip_suffix('%') else {
                let message = format!("`{}` is not a percentage", shorten(text));
                found.push(Diagnostic::new(Code::BadValue, at, message).help("write it with its sign, as in `150%`"));
                return;
            };
            if let Err(error) = Decimal::parse(number.trim_end()) {
                let message = format!("`{}` is not a percentage: {error}", shorten(text));
                found.push(Diagnostic::new(code_of(&error), at, message).help("write it as in `5%`"));
            }
        }
        Kind::Target => check_target(at, text, found),
        Kind::Sum(kind) => {
            let terms: Vec<&str> = text.split('+').map(str::trim).collect();
            let (percents, amounts): (Vec<&str>, Vec<&str>) = terms.into_iter().partition(|term| term.ends_with('%'));
            match (&percents[..], &amounts[..]) {
                ([percent], [amount]) => {
                    check_text(entry, at, percent, &Kind::Percent, found);
                    check_text(entry, at, amount, kind, found);
                }
                _ => {
                    let message = format!("`{}` is not the sum of an amount and a percentage", shorten(text));
                    found.push(Diagnostic::new(Code::BadValue, at, message).help("write it as in `4GiB + 10%`"));
                }
            }
        }
        Kind::Choice(words) => check_choice(entry, at, text, words, found),
        Kind::Date if !is_day(text) => {
            let message = format!("`{}` is not a day", shorten(text));
            found.push(Diagnostic::new(Code::BadValue, at, message).help("write it as in `2026-11-01`"));
        }
        Kind::Path if text.trim().is_empty() => {
            found.push(Diagnostic::new(Code::BadValue, at, "the path is empty").help("write the path of a document"));
        }
        _ => {}
    }
}

fn factor_error(error: &AmountError, at: Place, text: &str, found: &mut Findings) {
    let message = format!("`{}` is not a factor: {error}", shorten(text));
    found.push(Diagnostic::new(code_of(error), at, message).help("write a plain number above 0, as in `4` or `1.5`"));
}

fn amount(error: Option<AmountError>, at: Place, found: &mut Findings) {
    if let Some(error) = error {
        found.push(Diagnostic::new(code_of(&error), at, error.to_string()).help(error.help()));
    }
}

/// Of what a host gives no more than all can be due.
fn check_target(at: Place, text: &str, found: &mut Findings) {
    let number = text.trim().strip_suffix('%').map(|number| Decimal::parse(number.trim_end()));
    let help = "a target is from `0%` to `100%` of what a host gives";
    match number {
        Some(Ok(percent)) if percent.percent_rounded_up(1) > 1 => {
            let message = format!("the target `{}` is above all that there is", shorten(text));
            found.push(Diagnostic::new(Code::BadValue, at, message).help(help));
        }
        Some(Ok(_)) => {}
        Some(Err(error)) => {
            let message = format!("`{}` is not a percentage: {error}", shorten(text));
            found.push(Diagnostic::new(code_of(&error), at, message).help(help));
        }
        None => {
            let message = format!("`{}` is not a percentage", shorten(text));
            found.push(Diagnostic::new(Code::BadValue, at, message).help("write it as in `80%`"));
        }
    }
}

fn check_whole(entry: &Entry, at: Place, text: &str, least: u64, most: u64, found: &mut Findings) {
    let value = match Resource::Named(String::new()).parse(text) {
        Ok(value) => value,
        // Far above every limit is above this one: the message should name it.
        Err(AmountError::TooLarge { .. }) if most < crate::quantity::LARGEST_AMOUNT => u64::MAX,
        Err(error) => return amount(Some(error), at, found),
    };
    if value < least || value > most {
        let message = format!("`{}` is `{}`; it must be from {least} to {most}", shorten(&entry.key), shorten(text));
        found.push(Diagnostic::new(Code::BadNumber, at, message).help("write a number within the limits"));
    }
}

fn check_choice(entry: &Entry, at: Place, text: &str, words: &[&'static str], found: &mut Findings) {
    if words.contains(&text) {
        return;
    }
    let help = match closest(text, words.iter().copied()) {
        Some(meant) => format!("did you mean `{meant}`?"),
        None => format!("write one of {}", words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")),
    };
    let message = format!("`{}` may not be `{}`", shorten(&entry.key), shorten(text));
    found.push(Diagnostic::new(Code::BadValue, at, message).help(help));
}

/// Whether it is `container` or `startup/container`.
pub fn is_need(text: &str) -> bool {
    let (startup, container) = text.split_once('/').unwrap_or(("same", text));
    is_name(startup) && is_name(container)
}

fn check_need(text: &str, at: Place, found: &mut Findings) {
    if !is_need(text) {
        let message = format!("`{}` names no container", shorten(text));
        let spelled = text.split('/').map(respelled).collect::<Option<Vec<_>>>().filter(|parts| parts.len() <= 2);
        let help = match spelled.map(|parts| parts.join("/")) {
            Some(spelled) if spelled != text => format!("write `{spelled}`: names have small letters, digits and `-`"),
            _ => "write `container` of the same startup, or `startup/container`; all its replicas are meant".to_owned(),
        };
        found.push(Diagnostic::new(Code::BadPattern, at, message).help(help));
    }
}

/// The id of one container, which holds others in a placement.
fn check_carrier(id: &str, at: Place, found: &mut Findings) {
    if !Pattern::parse(id).is_ok_and(|pattern| pattern.is_one()) {
        let message = format!("`{}` is neither a host nor one container", shorten(id));
        let help = "write a host, or a carrier: `platform/node.1`";
        found.push(Diagnostic::new(Code::BadPattern, at, message).help(help));
    }
}

/// A pattern, or only its second segment: a container of the same startup.
fn check_carriers(text: &str, at: Place, found: &mut Findings) {
    if let Err((code, message)) = Pattern::parse(&within_startup(text)) {
        let help = "write `container` of the same startup, or `startup/container`, as in `platform/node` or `*/node.1`";
        found.push(Diagnostic::new(code, at, format!("`{}`: {message}", shorten(text))).help(help));
    }
}

/// A pattern with both segments, of one that may name a container alone.
pub fn within_startup(text: &str) -> std::borrow::Cow<'_, str> {
    if text.contains('/') { text.into() } else { format!("own/{text}").into() }
}

/// An amount that is as large as what a carrier holds.
pub const CONTENT: &str = "content";

/// A name, with `*` for any characters, or a range of names.
fn check_hosts(text: &str, at: Place, found: &mut Findings) {
    match Range::parse(text, is_name) {
        Some(Ok(_)) => {}
        Some(Err(error)) => {
            let message = format!("`{}`: {}", shorten(text), error.message());
            found.push(Diagnostic::new(Code::BadRange, at, message).help("write it as in `pve-1..pve-3`"));
        }
        None => check_name(&text.replace('*', "0"), at, found),
    }
}

fn check_runner(text: &str, at: Place, found: &mut Findings) {
    if !is_need(text) {
        let message = format!("`{}` names no startup or container", shorten(text));
        found.add(Code::BadPattern, at, message, "write `startup` or `startup/container`; all its replicas are meant");
    }
}

/// Whether it is a day of the calendar, written `YYYY-MM-DD`.
pub fn is_day(text: &str) -> bool {
    let digits = |part: &str, length: usize| part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
    let mut parts = text.split('-');
    let (Some(year), Some(month), Some(day), None) = (parts.next(), parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    if !digits(year, 4) || !digits(month, 2) || !digits(day, 2) {
        return false;
    }
    let number = |part: &str| part.parse::<u32>().unwrap_or(0);
    let (year, month, day) = (number(year), number(month), number(day));
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        2 => 28 + u32::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    (1..=days).contains(&day)
}

/// `a host`, `an overcommit`.
fn one(name: &str) -> String {
    if name == "pool-reserve" {
        return "the reserve of a pool".to_owned();
    }
    if name == "container-wish" {
        return "the wish of a container".to_owned();
    }
    let article = if name.starts_with(['a', 'e', 'i', 'o', 'u']) { "an" } else { "a" };
    format!("{article} {name}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_those_of_the_calendar() {
        for day in ["2026-11-01", "2024-02-29", "2000-02-29", "0001-12-31"] {
            assert!(is_day(day), "{day}");
        }
        for day in
            ["2026-02-29", "1900-02-29", "2026-13-01", "2026-00-10", "2026-01-00", "26-1-1", "2026-11-1", "", "x"]
        {
            assert!(!is_day(day), "{day}");
        }
    }
}
