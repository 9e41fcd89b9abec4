//! The scene in the language of Graphviz: a cluster for each host.

use std::collections::BTreeMap;

use super::scene::{Block, Scene, columns};
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
                out += &inside(v, &host.body.blocks, "      ");
                out += "    }\n";
            }
            out += if group.title.is_some() { "    }\n" } else { "" };
        }
        out += "  }\n";
        let blocks: BTreeMap<&str, ContainerIndex> =
            view.blocks().into_iter().map(|(container, block)| (block.id.as_str(), container)).collect();
        for link in &view.links {
            if let [Some(from), Some(to)] = [0, 1].map(|end: usize| blocks.get(link.ids[end].as_str())) {
                // What stands where is not for the lines to say.
                out += &format!("  v{v}c{from} -> v{v}c{to} [constraint=false];\n");
            }
        }
    }
    out + "}\n"
}

/// What lies in one box, in columns below one another.
fn inside(view: usize, blocks: &[Block], indent: &str) -> String {
    let nodes = blocks.iter().map(|block| node(view, block, indent)).collect::<String>();
    let lower = blocks.iter().skip(columns(blocks.len()));
    let hung = blocks.iter().zip(lower).map(|(upper, lower)| below(view, last(upper), lower, indent));
    nodes + &hung.collect::<String>()
}

/// The lowest block within one, or itself.
fn last(block: &Block) -> &Block {
    block.holds.as_ref().and_then(|body| body.blocks.last()).map_or(block, last)
}

/// Has the one drawn below the other.
fn below(view: usize, upper: &Block, lower: &Block, indent: &str) -> String {
    format!("{indent}v{view}c{} -> v{view}c{} [style=invis];\n", upper.container, lower.container)
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
    let held = inside(view, &body.blocks, &format!("{indent}  "));
    let first = body.blocks.iter().take(columns(body.blocks.len()));
    let hung = first.map(|it| below(view, block, it, &format!("{indent}  "))).collect::<String>();
    let style = if looks.contains("style=") { "" } else { ", style=filled" };
    format!(
        "{indent}subgraph cluster_{name} {{\n{indent}  graph [{looks}{style}];\n{indent}  {name} [shape=point];\n{held}{hung}{indent}}}\n"
    )
}

fn quote(text: &str) -> String {
    // Graphviz reads entities such as `&lt;` in labels, so an ampersand is written as one.
    clean(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
