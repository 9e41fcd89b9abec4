//! `toolbox:`: the tools of each category, the one chosen, and what runs it.

use std::collections::BTreeSet;

use super::demand::section;
use super::lab::{text, text_at};
use super::patterns::Index;
use super::phases::Phases;
use crate::diagnostic::{Code, Place};
use crate::document::syntax::findings::Findings;
use crate::document::syntax::shape::is_need;
use crate::document::syntax::tree::{Entry, Node, Value};
use crate::model::{Category, Runner, Status, Toolbox};
use crate::quantity::shorten;

/// Resolves `toolbox:`.
pub fn resolve(tree: &Node, index: &Index, phases: &Phases, found: &mut Findings) -> Toolbox {
    let categories = section(tree, "toolbox").iter().map(|entry| category(entry, index, phases, found)).collect();
    Toolbox { categories }
}

fn category(entry: &Entry, index: &Index, phases: &Phases, found: &mut Findings) -> Category {
    let tools = texts(&entry.value, "tools", found);
    let with = texts(&entry.value, "with", found);
    let status = text_at(&entry.value, "status").and_then(|name| Status::ALL.into_iter().find(|it| it.name() == name));
    let status = status.unwrap_or_default();
    if tools.is_empty() && matches!(entry.value.value, Value::Map(_)) {
        let message = format!("category `{}` names no tools", entry.key);
        found.add(Code::MissingKey, entry.at, message, "list those that are considered: `tools: [prometheus, nagios]`");
    }
    let tools: Vec<String> = tools.into_iter().map(|(tool, _)| tool).collect();
    let chosen = chosen(entry, &tools, status, found);
    for (tool, at) in &with {
        if chosen.and_then(|chosen| tools.get(chosen)) == Some(tool) {
            let message = format!("`{}` is chosen and stands under `with`, too", shorten(tool));
            found.add(Code::Repeated, *at, message, "name under `with` only what is used along with the chosen tool");
        }
    }
    let category = Category {
        name: entry.key.to_string(),
        title: text_at(&entry.value, "title").map(str::to_owned),
        tools,
        chosen,
        with: with.into_iter().map(|(tool, _)| tool).collect(),
        status,
        runs: runs(&entry.value, index, found),
        span: phases.span(&entry.value, found),
        at: entry.at,
    };
    check_runs(entry, &category, found);
    category
}

/// The texts of a list, each once.
fn texts(category: &Node, key: &str, found: &mut Findings) -> Vec<(String, Place)> {
    let mut seen = BTreeSet::new();
    let mut all = Vec::new();
    for node in list(category, key) {
        let Some(tool) = text(node).map(str::trim) else { continue };
        if tool.is_empty() {
            found.add(Code::BadValue, node.at, format!("a tool under `{key}` has no name"), "write its name");
        } else if seen.insert(tool.to_owned()) {
            all.push((tool.to_owned(), node.at));
        } else {
            let message = format!("the tool `{}` stands under `{key}` a second time", shorten(tool));
            found.add(Code::Repeated, node.at, message, "keep the first");
        }
    }
    all
}

/// Which tool is chosen. What is there now or comes next has to be.
fn chosen(entry: &Entry, tools: &[String], status: Status, found: &mut Findings) -> Option<usize> {
    let Some(choice) = entry.value.get("chosen") else {
        if matches!(status, Status::Now | Status::Next) {
            let message =
                format!("category `{}` is for `{}`, and none of its tools is chosen", entry.key, status.name());
            found.add(Code::MissingKey, entry.at, message, "name one: `chosen: prometheus`, or write `status: later`");
        }
        return None;
    };
    let name = text(&choice.value)?.trim();
    let chosen = tools.iter().position(|tool| tool == name);
    if chosen.is_none() && !tools.is_empty() {
        let message = format!("`{}` is not among the tools of `{}`", shorten(name), entry.key);
        let help = found.help_with(name, tools.iter().map(String::as_str));
        let help = help.unwrap_or_else(|| "add it to `tools`".to_owned());
        found.add(Code::UnknownTool, choice.value.at, message, help);
    }
    chosen
}

/// What `runs:` names; `None` where it is not given.
fn runs(category: &Node, index: &Index, found: &mut Findings) -> Option<Vec<Runner>> {
    category.get("runs")?;
    let mut runners: Vec<Runner> = Vec::new();
    for node in list(category, "runs") {
        let Some(name) = text(node).filter(|name| is_need(name)) else { continue };
        let runner = match name.split_once('/') {
            None => index.startup(name, node.at, found).map(Runner::Startup),
            Some((startup, container)) => index
                .startup(startup, node.at, found)
                .and_then(|startup| index.service(startup, container, node.at, found))
                .map(Runner::Service),
        };
        match runner {
            Some(runner) if runners.contains(&runner) => {
                let message = format!("`{}` stands under `runs` a second time", shorten(name));
                found.add(Code::Repeated, node.at, message, "keep the first");
            }
            runner => runners.extend(runner),
        }
    }
    Some(runners)
}

/// What is there now runs somewhere; what is never wanted does not.
fn check_runs(entry: &Entry, category: &Category, found: &mut Findings) {
    let runs = entry.value.get("runs");
    match (category.status, category.chosen_tool(), runs) {
        (Status::Now, Some(tool), None) => {
            let message = format!("`{}` is there now and runs nowhere", shorten(tool));
            let help = "name what runs it, as in `runs: platform/prometheus`; `runs: []` where it runs elsewhere";
            found.add(Code::ToolRunsNowhere, entry.at, message, help);
        }
        (Status::Never, _, Some(runs)) if category.runs.as_ref().is_some_and(|runners| !runners.is_empty()) => {
            let message = format!("category `{}` is for `never`, and something runs it", entry.key);
            found.add(Code::ConflictingKeys, runs.at, message, "leave `runs` out, or give it another `status`");
        }
        _ => {}
    }
}

/// The nodes under a key that holds a list, or one text in its place.
fn list<'a>(category: &'a Node, key: &str) -> &'a [Node] {
    match category.get(key).map(|entry| &entry.value) {
        Some(Node { value: Value::List(items), .. }) => items,
        Some(node @ Node { value: Value::Text(_), .. }) => std::slice::from_ref(node),
        _ => &[],
    }
}
