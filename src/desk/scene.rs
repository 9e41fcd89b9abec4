//! `bayplan/desk/1`: what stands where, in pictures of each host by the code that draws all pictures.

use std::collections::BTreeSet;

use serde::Serialize;

use super::Session;
use crate::draw::{Format, Group, HostBox, Options, Subject, host_picture, page_look, scene};
use crate::report::json;

#[derive(Serialize)]
struct State<'a> {
    schema: &'static str,
    file: &'a str,
    /// Whether the text is another than that of the file.
    changed: bool,
    /// How many changes can be taken back.
    undo: usize,
    /// How many that were taken back can be made again.
    redo: usize,
    phases: Vec<&'a str>,
    phase: Option<&'a str>,
    arrangements: Vec<&'a str>,
    title: &'a str,
    summary: &'a str,
    groups: Vec<HostsOf<'a>>,
    violations: &'a [String],
    unmet: &'a [String],
    /// The ids of what is nowhere.
    outside: Vec<String>,
}

/// Hosts that stand together, and what is nowhere as one more of them.
#[derive(Serialize)]
struct HostsOf<'a> {
    title: Option<&'a str>,
    hosts: Vec<Host<'a>>,
}

#[derive(Serialize)]
struct Host<'a> {
    name: &'a str,
    remark: &'a str,
    /// As SVG.
    picture: String,
}

#[derive(Serialize)]
struct Look {
    schema: &'static str,
    /// The style sheet of the pictures, in light and in dark.
    style: String,
    /// The SVG that they refer to, to be put into the page once.
    definitions: String,
}

/// What the pictures of all states need besides.
pub fn look() -> String {
    let [style, definitions] = page_look();
    json::write(&Look { schema: "bayplan/desk-look/1", style, definitions })
}

/// All that a page shows of a session.
pub fn state(session: &Session) -> String {
    let (layout, placement) = (session.layout(), session.placement());
    let title = session.file().to_owned();
    let subject = Subject { title, layout, placement: &placement, later: BTreeSet::new() };
    let drawn = scene(&[subject], &Options { format: Format::Page, ..Options::default() });
    let view = drawn.views.first();
    let [undo, redo] = session.history().count();
    json::write(&State {
        schema: "bayplan/desk/1",
        file: session.file(),
        changed: session.text() != session.on_file(),
        undo,
        redo,
        phases: layout.phases.iter().map(|phase| phase.name.as_str()).collect(),
        phase: layout.phase.and_then(|phase| Some(layout.phases.get(phase)?.name.as_str())),
        arrangements: session.names().collect(),
        title: &drawn.title,
        summary: view.map_or("", |view| &view.summary),
        groups: view.iter().flat_map(|view| &view.groups).map(group).collect(),
        violations: view.map_or(&[], |view| &view.violations),
        unmet: view.map_or(&[], |view| &view.unmet),
        outside: placement.unplaced().map(|container| layout.container_id(container)).collect(),
    })
}

fn group(group: &Group) -> HostsOf<'_> {
    HostsOf { title: group.title.as_deref(), hosts: group.hosts.iter().map(host).collect() }
}

fn host(host: &HostBox) -> Host<'_> {
    Host { name: &host.name, remark: &host.full_remark, picture: host_picture(host) }
}
