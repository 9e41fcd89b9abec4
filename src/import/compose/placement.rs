//! `deploy.placement`: constraints become `on`, preferences become wishes.

use super::super::amounts::whole;
use super::super::found::{Avoid, Where};
use super::load::Loader;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::quantity::shorten;

/// What a placement says of the hosts of a service.
pub fn read(name: &str, placement: Option<Node>, loader: &mut Loader) -> Where {
    let mut place = Where::default();
    let Some(placement) = placement else { return place };
    let what = format!("{name}: placement");
    if let Some(Node { value: Value::List(list), .. }) = placement.get("constraints").map(|entry| &entry.value) {
        for node in list.iter() {
            let Some(text) = loader.text(&what, node) else { continue };
            if let Err(reason) = constraint(&text, node.at, &mut place) {
                loader.report.refuse(&what, format!("{} {reason}", quoted(&shorten(&text))), node.at);
            }
        }
    }
    if let Some(Node { value: Value::List(list), .. }) = placement.get("preferences").map(|entry| &entry.value) {
        for node in list.iter() {
            let spread = node.get("spread").map(|entry| entry.value.clone());
            let Some(text) = spread.and_then(|node| loader.text(&what, &node)) else {
                loader.report.refuse(&what, "a preference that is no `spread`", node.at);
                continue;
            };
            match label(text.trim()) {
                Some(label) => place.spread.push((label.to_owned(), node.at)),
                None => {
                    loader.report.refuse(&what, format!("{} is no label of hosts", quoted(&shorten(&text))), node.at)
                }
            }
        }
    }
    if let Some(entry) = placement.get("max_replicas_per_node")
        && let Some(text) = loader.text(&what, &entry.value)
    {
        match whole(text.trim()) {
            // None is no limit.
            Ok(0) => {}
            Ok(most) => place.at_most = Some((most, entry.at)),
            Err(why) => loader.report.refuse(&what, format!("{} {why}", quoted(&shorten(&text))), entry.at),
        }
    }
    place
}

/// `node.labels.zone == a`, or `!=`.
///
/// # Errors
/// Why it cannot be followed.
pub fn constraint(text: &str, at: Place, place: &mut Where) -> Result<(), String> {
    let (is_not, parts) = match text.split_once("!=") {
        Some(parts) => (true, Some(parts)),
        None => (false, text.split_once("==")),
    };
    let (key, value) = parts.ok_or("is no constraint: they have `==` or `!=`")?;
    let (key, value) = (key.trim(), value.trim());
    if value.is_empty() {
        return Err("names nothing".to_owned());
    }
    if is_not {
        let avoid = match key.eq_ignore_ascii_case("node.hostname") {
            true => Avoid::Host(value.to_owned()),
            false => {
                let label = label(key).ok_or("speaks of something that hosts do not have here")?;
                Avoid::Label(label.to_owned(), value.to_owned())
            }
        };
        place.avoid.push((avoid, at));
        return Ok(());
    }
    if key.eq_ignore_ascii_case("node.hostname") {
        if place.host.as_ref().is_some_and(|(host, _)| host != value) {
            return Err("names a second host: none is both".to_owned());
        }
        place.host = Some((value.to_owned(), at));
        return Ok(());
    }
    let label = label(key).ok_or("speaks of something that hosts do not have here")?;
    if place.labels.get(label).is_some_and(|(known, _)| known != value) {
        return Err("asks for a second value of the label: none has both".to_owned());
    }
    place.labels.insert(label.to_owned(), (value.to_owned(), at));
    Ok(())
}

/// The label of a host by which a document says it.
pub fn label(key: &str) -> Option<&str> {
    match key {
        "node.role" => Some("role"),
        "node.platform.os" => Some("os"),
        "node.platform.arch" => Some("arch"),
        _ => {
            key.strip_prefix("node.labels.").or_else(|| key.strip_prefix("engine.labels.")).filter(|it| !it.is_empty())
        }
    }
}
