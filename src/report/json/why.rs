//! What is to blame and what would make it fit, in JSON.

use serde::Serialize;
use serde_json::{Map, Value};

use super::parts::{self, Volume};
use crate::explain::conflict::{Blame, Why};
use crate::explain::remedies::Remedy;
use crate::model::{Layout, Overlay};
use crate::report::pages::why;

/// What is to blame.
#[derive(Debug, Serialize)]
pub struct Blamed {
    blame: &'static str,
    #[serde(flatten)]
    volume: Option<Volume>,
    /// The hosts whose loss is too much.
    #[serde(skip_serializing_if = "Option::is_none")]
    lost: Option<Vec<String>>,
    rules: Vec<String>,
    containers: Vec<String>,
    /// Whether leaving out any one of these is proven to let the others fit.
    minimal: bool,
    /// Whether without any one of these everything else fits.
    enough: bool,
    sentence: String,
}

/// A change that makes it fit.
#[derive(Debug, Serialize)]
pub struct Change {
    kind: &'static str,
    text: String,
    /// Whether less of it is proven not to do.
    least: bool,
    /// What a document would hold besides `extends:`.
    change: Value,
}

/// What is to blame.
pub fn blamed(layout: &Layout, found: &Why) -> Blamed {
    let volume = match &found.blame {
        Blame::Volume { resource, requested, allocatable }
        | Blame::Loss { resource, requested, allocatable, lost: _ } => Some(Volume {
            resource: parts::resource(layout, *resource),
            requested: *requested,
            allocatable: *allocatable,
        }),
        Blame::Agents { crowded } => crowded.first().map(|it| Volume {
            resource: parts::resource(layout, it.resource),
            requested: it.requested,
            allocatable: it.allocatable,
        }),
        Blame::Shape | Blame::Carriers | Blame::Rule | Blame::Standing | Blame::Order => None,
    };
    Blamed {
        blame: why::code(&found.blame),
        volume,
        lost: match &found.blame {
            Blame::Loss { lost, .. } => Some(lost.iter().map(|&host| layout.lab.hosts[host].name.clone()).collect()),
            _ => None,
        },
        rules: found.rules.iter().map(|rule| rule.words(layout)).collect(),
        containers: parts::ids(layout, &found.containers),
        minimal: found.minimal,
        enough: found.enough,
        sentence: why::sentence(layout, found),
    }
}

/// The remedies, in their order.
pub fn remedies(remedies: &[Remedy]) -> Vec<Change> {
    let change = |remedy: &Remedy| Change {
        kind: remedy.kind.name(),
        text: remedy.text.clone(),
        least: remedy.least,
        change: value(&remedy.change),
    };
    remedies.iter().map(change).collect()
}

fn value(overlay: &Overlay) -> Value {
    match overlay {
        Overlay::Null => Value::Null,
        Overlay::Text(text) => Value::String(text.clone()),
        Overlay::List(items) => items.iter().map(value).collect(),
        Overlay::Map(entries) => {
            Value::Object(entries.iter().map(|(key, below)| (key.clone(), value(below))).collect::<Map<_, _>>())
        }
    }
}
