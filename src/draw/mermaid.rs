//! The scene as a Mermaid flowchart: a subgraph for each host.

use super::scene::{Block, Scene, columns};
use crate::report::text::clean;

/// The whole picture.
pub fn mermaid(scene: &Scene) -> String {
    let mut out = format!("%% {}\nflowchart TB\n", clean(&scene.title).replace(['{', '}', '%'], " "));
    for (v, view) in scene.views.iter().enumerate() {
        out += &format!("  subgraph v{v}[\"{}\"]\n", quote(&format!("{}: {}", view.title, view.summary)));
        for (g, group) in view.groups.iter().enumerate() {
            if let Some(title) = &group.title {
                out += &format!("    subgraph v{v}g{g}[\"{}\"]\n", quote(title));
            }
            for (h, host) in group.hosts.iter().enumerate() {
                let title = format!("{} · {}", host.name, host.full_remark);
                out += &format!("    subgraph v{v}g{g}h{h}[\"{}\"]\n      direction TB\n", quote(&title));
                out += &inside(v, &host.body.blocks, "      ");
                out += "    end\n";
            }
            out += if group.title.is_some() { "    end\n" } else { "" };
        }
        out += "  end\n";
        let blocks = || view.all_blocks();
        for link in &view.links {
            let find = |id: &str| blocks().find(|block| block.id == id).map(|block| name(v, block));
            if let (Some(from), Some(to)) = (find(&link.ids[0]), find(&link.ids[1])) {
                out += &format!("  {from} --> {to}\n");
            }
        }
        for block in blocks() {
            let ink = if block.color.wants_white() { "#fff" } else { "#000" };
            let stroke = match (block.violations.is_empty(), block.unwished) {
                (false, _) => ",stroke:#b3131b,stroke-width:3px",
                (true, true) => ",stroke-width:2px,stroke-dasharray:2 3",
                (true, false) => "",
            };
            out += &format!("  style {} fill:{},color:{ink}{stroke}\n", name(v, block), block.color.hex());
        }
    }
    out
}

/// What lies in one box, in columns below one another.
fn inside(view: usize, blocks: &[Block], indent: &str) -> String {
    let nodes = blocks.iter().map(|block| node(view, block, indent)).collect::<String>();
    let lower = blocks.iter().skip(columns(blocks.len()));
    let hung = blocks
        .iter()
        .zip(lower)
        .map(|(upper, lower)| format!("{indent}{} ~~~ {}\n", name(view, upper), name(view, lower)));
    nodes + &hung.collect::<String>()
}

/// A container; one that carries others is a subgraph.
fn node(view: usize, block: &Block, indent: &str) -> String {
    let (name, words) = (name(view, block), quote(&block.full));
    let Some(body) = &block.holds else { return format!("{indent}{name}[\"{words}\"]\n") };
    let held = inside(view, &body.blocks, &format!("{indent}  "));
    format!("{indent}subgraph {name}[\"{words}\"]\n{indent}  direction TB\n{held}{indent}end\n")
}

fn name(view: usize, block: &Block) -> String {
    format!("v{view}c{}", block.container)
}

/// Everything that Mermaid or the page around it could read as more than text, as an entity code.
fn quote(text: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || !c.is_ascii() || " .,:·/()-_%".contains(c);
    clean(text).chars().map(|c| if plain(c) { c.to_string() } else { format!("#{};", u32::from(c)) }).collect()
}
