//! The objects of the files: of many documents, and of lists.

use super::fields::{TEMPLATE, at, is_template, list, text};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::import::found::Found;
use crate::quantity::shorten;

/// An object.
#[derive(Clone, Debug)]
pub struct Object {
    /// What it is: `Deployment`.
    pub kind: String,
    /// The group of its kind: `apps`, and nothing for what is in the core.
    pub group: String,
    /// The namespace that it says.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Where its name stands.
    pub at: Place,
    /// All of it.
    pub node: Node,
}

impl Object {
    /// Whether it is of Kubernetes itself, and not of what somebody added.
    pub fn is_built_in(&self) -> bool {
        let built_in = ["", "apps", "batch", "extensions", "policy", "autoscaling"];
        // `snapshot.storage.k8s.io` and such were added; they run nothing all the same.
        built_in.contains(&self.group.as_str()) || self.group.ends_with(".k8s.io")
    }

    /// The one that controls it: its kind and name.
    pub fn owner(&self) -> Option<(&str, &str)> {
        let owners = list(&self.node, &["metadata", "ownerReferences"]);
        let controls = |owner: &&Node| super::fields::is_true(owner, &["controller"]);
        let owner = owners.iter().find(controls).or_else(|| owners.first())?;
        Some((text(owner, &["kind"])?, text(owner, &["name"])?))
    }
}

/// The objects of the documents of a file. What is none is refused.
///
/// # Errors
/// Where the first document stands that is something else, where all are.
pub fn collect(roots: &[Node], found: &mut Found) -> Result<Vec<Object>, Place> {
    let mut objects = Vec::new();
    let mut others = Found::default();
    roots.iter().for_each(|root| take(root, None, &mut objects, found, &mut others));
    let is_known = !objects.is_empty() || !found.refused.is_empty();
    match others.refused.first() {
        Some(first) if !is_known => return Err(first.at),
        _ => found.refused.extend(others.refused),
    }
    Ok(objects)
}

/// Takes an object, or those of a list. What is in a `PodList` need not say that it is a `Pod`. What looks like none is one
/// of `others`.
fn take(node: &Node, kind: Option<&str>, objects: &mut Vec<Object>, found: &mut Found, others: &mut Found) {
    match &node.value {
        Value::Map(_) => {}
        // A document of nothing but comments.
        Value::Null | Value::Gone => return,
        _ => return others.refuse("a document", format!("is {}, and no object", node.kind_name()), node.at),
    }
    let Some(kind) = text(node, &["kind"]).or(kind) else {
        let what = text(node, &["metadata", "name"]).map_or_else(|| "a document".to_owned(), shorten);
        let is_kustomization = node.get("resources").is_some() && node.get("metadata").is_none();
        return match is_kustomization {
            true => found.refuse(what, KUSTOMIZE, node.at),
            false => others.refuse(what, "has no `kind`, and is no object of Kubernetes", node.at),
        };
    };
    if let (Some(of), Some(_)) = (kind.strip_suffix("List"), node.get("items")) {
        let of = Some(of).filter(|kind| !kind.is_empty());
        return list(node, &["items"]).iter().for_each(|item| take(item, of, objects, found, others));
    }
    let version = text(node, &["apiVersion"]).unwrap_or("");
    let group = version.rsplit_once('/').map_or("", |(group, _)| group);
    let named = at(node, &["metadata", "name"]).or_else(|| at(node, &["metadata", "generateName"]));
    let name =
        named.and_then(super::fields::own).map(|name| name.trim_end_matches('-')).filter(|name| !name.is_empty());
    if group == "kustomize.config.k8s.io" {
        return found.refuse(name.unwrap_or(kind), KUSTOMIZE, node.at);
    }
    let place = named.map_or(node.at, |name| name.at);
    if let Some(template) = [Some(kind), name].into_iter().flatten().find(|text| is_template(text)) {
        return found.refuse(shorten(template), TEMPLATE, place);
    }
    let Some(name) = name else {
        return found.refuse(format!("a {}", shorten(kind)), "has no name", node.at);
    };
    let namespace = text(node, &["metadata", "namespace"]).filter(|it| !it.is_empty());
    if namespace.is_some_and(is_template) {
        return found.refuse(name, TEMPLATE, place);
    }
    objects.push(Object {
        kind: kind.to_owned(),
        group: group.to_owned(),
        namespace: namespace.map(str::to_owned),
        name: name.to_owned(),
        at: place,
        node: node.clone(),
    });
}

const KUSTOMIZE: &str = "is a kustomization: run `kubectl kustomize` first, and import what it writes";

/// Where a text that cannot be read has the marks of a Helm template outside of strings.
pub fn template_at(text: &str, file: u32) -> Option<Place> {
    for (number, line) in text.lines().enumerate() {
        let content = line.trim_start();
        if content.starts_with('#') {
            continue;
        }
        let marked = match content.starts_with("{{") || content.starts_with("- {{") {
            true => Some(line.len() - content.len()),
            false => line.find(": {{").map(|at| at + 2),
        };
        if let Some(at) = marked {
            let small = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
            return Some(Place { file, line: small(number + 1), column: small(at + 1), length: 2 });
        }
    }
    None
}

/// How many there are of which kind, in words: `2 Service and 1 Secret`.
pub fn counted(kinds: &[(String, usize)]) -> String {
    let parts: Vec<String> = kinds.iter().map(|(kind, count)| format!("{count} {}", quoted(&shorten(kind)))).collect();
    match parts.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, rest)) => format!("{} and {last}", rest.join(", ")),
        None => String::new(),
    }
}
