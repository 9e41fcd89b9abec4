//! The scene in characters: a line of figures and one of names for each host.

use super::scene::{Block, HostBox, Scene};
use crate::report::text::clean;

/// The whole picture.
pub fn text(scene: &Scene) -> String {
    let mut out = format!("{}\n", scene.title);
    for view in &scene.views {
        out += &format!("\n{}: {}\n", view.title, view.summary);
        for group in &view.groups {
            out += &group.title.as_ref().map_or_else(String::new, |title| format!("\n{title}\n"));
            out += &group.hosts.iter().map(host).collect::<String>();
        }
        for words in &view.violations {
            out += &format!("\n! {words}\n");
        }
        for words in &view.unmet {
            out += &format!("\n~ {words}\n");
        }
    }
    out.lines().map(|line| clean(line) + "\n").collect()
}

fn host(host: &HostBox) -> String {
    let mut out = format!("\n{}  {}\n", host.name, host.full_remark);
    for bar in &host.bars {
        let cells = if bar.track.width > 0 { (bar.filled * 30 / bar.track.width).clamp(0, 30) } else { 0 };
        let cells = usize::try_from(cells).unwrap_or(0);
        let target = bar.target.map(|target| target * 30 / bar.track.width.max(1));
        let target = target.map_or(31, |target| usize::try_from(target).unwrap_or(0));
        let drawn: String = (0..30)
            .map(|cell| match (cell < cells, cell >= target) {
                (true, true) => '▓',
                (true, false) => '█',
                (false, _) if cell == target => '┊',
                (false, _) => '░',
            })
            .collect();
        out += &format!("  {:<8}  {drawn}  {}\n", bar.name, bar.figures);
    }
    out + &host.body.blocks.iter().map(|it| block(it, "  ")).collect::<String>()
}

fn block(of: &Block, indent: &str) -> String {
    let held = of.holds.iter().flat_map(|body| &body.blocks).map(|it| block(it, &format!("{indent}  ")));
    format!("{indent}■ {}\n{}", of.full, held.collect::<String>())
}
