//! The scene in the language of Graphviz: a cluster for each host.

use std::collections::BTreeMap;

use super::scene::{Block, Scene};
use crate::model::ContainerIndex;
use crate::report::text::clean;

/// The whole picture.
pub fn dot(scene: &Scene) -> String {
    let mut out = format!(
        "digraph bayplan {{\n  label=\"{}\";\n  node [shape=box, style=filled, fontname=\"sans-serif\"];\n",
        quote(&scene.title)
    );
    for (v, view) in scene.views.iter().enumerate() {
        let title = format!("{}: {}", view.title, view.summary);
        out += &format!("  subgraph cluster_v{v} {{\n    label=\"{}\";\n", quote(&title));
        for (g, group) in view.groups.iter().enumerate() {
            if let Some(title) = &group.title {
                out += &format!("    subgraph cluster_v{v}g{g} {{\n    label=\"{}\";\n", quote(title));
            }
            for (h, host) in group.hosts.iter().enumerate() {
                let title = format!("{} · {}", host.name, host.full_remark);
                let style = if host.planned { " style=dashed;" } else { "" };
                out += &format!("    subgraph cluster_v{v}g{g}h{h} {{\n      label=\"{}\";{style}\n", quote(&title));
                out += &host.body.blocks.iter().map(|block| node(v, block, "      ")).collect::<String>();
                out += "    }\n";
            }
            out += if group.title.is_some() { "    }\n" } else { "" };
        }
        out += "  }\n";
        let blocks: BTreeMap<&str, ContainerIndex> =
            view.blocks().into_iter().map(|(container, block)| (block.id.as_str(), container)).collect();
        for link in &view.links {
            if let [Some(from), Some(to)] = [0, 1].map(|end: usize| blocks.get(link.ids[end].as_str())) {
                out += &format!("  v{v}c{from} -> v{v}c{to};\n");
            }
        }
    }
    out + "}\n"
}

/// A container; one that carries others is a cluster, with a point for the lines to it.
fn node(view: usize, block: &Block, indent: &str) -> String {
    let ink = if block.color.wants_white() { "#ffffff" } else { "#000000" };
    let edge = match (block.violations.is_empty(), block.unwished) {
        (false, _) => ", color=\"#b3131b\", penwidth=3",
        (true, true) => ", style=\"filled,dotted\", penwidth=2",
        (true, false) => "",
    };
    let (name, words) = (format!("v{view}c{}", block.container), quote(&block.full));
    let looks = format!("label=\"{words}\", fillcolor=\"{}\", fontcolor=\"{ink}\"{edge}", block.color.hex());
    let Some(body) = &block.holds else { return format!("{indent}{name} [{looks}];\n") };
    let held: String = body.blocks.iter().map(|it| node(view, it, &format!("{indent}  "))).collect();
    let style = if looks.contains("style=") { "" } else { ", style=filled" };
    format!(
        "{indent}subgraph cluster_{name} {{\n{indent}  graph [{looks}{style}];\n{indent}  {name} [shape=point];\n{held}{indent}}}\n"
    )
}

fn quote(text: &str) -> String {
    // Graphviz reads entities such as `&lt;` in labels, so an ampersand is written as one.
    clean(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
