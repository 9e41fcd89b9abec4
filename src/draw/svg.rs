//! The scene as SVG: text stays text, nothing is fetched, and it reads in light and dark.

use super::scene::{Bar, Block, Body, HostBox, LINE, Link, Rect, Scene, View};
use crate::report::color::Color;
use crate::report::text::clean;

/// Which background it is drawn for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the reader prefers.
    #[default]
    Auto,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

const LIGHT: &str = "--bg:#ffffff;--ink:#1b1f24;--dim:#57606a;--line:#8c959f;--room:#f3f5f7;--bar:#3b6ea5;--bad:#b3131b;\
                     --hot:#9a4a00";
const DARK: &str = "--bg:#14181d;--ink:#e8ecf0;--dim:#a3adb8;--line:#66707b;--room:#20262d;--bar:#6fa8dc;--bad:#ff8a80;\
                    --hot:#ffb454";

/// What everything looks like, within a picture and on a page of pictures.
pub(super) const STYLE: &str = "\
svg text{font-family:system-ui,'DejaVu Sans',Verdana,sans-serif;fill:var(--ink);font-size:11px}\
.bg{fill:var(--bg)}svg .t{font-size:21px;font-weight:600}svg .v,svg .h{font-size:15px;font-weight:600}\
svg .z{font-size:13px;font-weight:600}svg .d{fill:var(--dim)}svg .e{text-anchor:end}svg .s{fill:var(--hot);font-weight:600}\
.frame{fill:none;stroke:var(--line)}.room{fill:var(--room);stroke:var(--line)}.pl{stroke-dasharray:6 4}\
.res{fill:url(#hatch)}.tr{fill:var(--room);stroke:var(--line);stroke-width:.5}.fl{fill:var(--bar)}.fl.s{fill:var(--hot)}\
.fl.o,svg .o,svg .bad{fill:var(--bad)}.tick{stroke:var(--bg)}\
.b>rect{stroke:var(--bg)}.b.x>rect:first-of-type{stroke:var(--bad);stroke-width:3}\
.b.m>rect:first-of-type{stroke:var(--ink);stroke-width:2.5;stroke-dasharray:5 3}\
svg .w{fill:#fff}svg .k{fill:#000}svg .w,svg .k{pointer-events:none}.host.x>.room{stroke:var(--bad);stroke-width:2.5}\
.b .wish{fill:none;stroke-width:1.6;stroke-dasharray:1.6 3}.b .wish.w{stroke:#fff}.b .wish.k{stroke:#000}\
.b .edge{fill:#000;stroke:none}.bdg{fill:#1b1f24;stroke:#fff;stroke-width:.7}svg .bt{fill:#fff;text-anchor:middle;pointer-events:none}\
.lim{stroke:var(--dim);stroke-width:1.5;stroke-dasharray:4 3}.lim.o{stroke:var(--bad);stroke-width:2.5}\
.link{fill:none;stroke:var(--ink);stroke-width:1.3;stroke-opacity:.7;marker-start:url(#dot);marker-end:url(#arrow)}\
.halo{fill:none;stroke:var(--bg);stroke-width:3.5;stroke-opacity:.5}.tip{fill:var(--ink);stroke:var(--bg);stroke-width:.8}";

/// The colours of a theme, for every element that `root` names.
pub(super) fn colors(theme: Theme, root: &str) -> String {
    match theme {
        Theme::Light => format!("{root}{{{LIGHT}}}"),
        Theme::Dark => format!("{root}{{{DARK}}}@media print{{{root}{{{LIGHT}}}}}"),
        // What is printed is printed on white.
        Theme::Auto => format!("{root}{{{LIGHT}}}@media screen and (prefers-color-scheme:dark){{{root}{{{DARK}}}}}"),
    }
}

/// The whole picture as a file of its own.
pub fn svg(scene: &Scene, theme: Theme) -> String {
    let Rect { x, y, width, height } = scene.area;
    let [x, y, width, height] = [x, y, width, height].map(px);
    let [wide, high] = [scene.size.0, scene.size.1].map(px);
    let desc: Vec<String> = scene.views.iter().map(describe).collect();
    let mut out = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title desc\" \
         viewBox=\"{x} {y} {width} {height}\" width=\"{wide}\" height=\"{high}\">\n\
         <title id=\"title\">{}</title>\n<desc id=\"desc\">{}</desc>\n<style>{}{STYLE}</style>\n{DEFS}\
         <rect class=\"bg\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n",
        escape(&scene.title),
        escape(&desc.join(" ")),
        colors(theme, "svg")
    );
    for (words, at) in &scene.headline {
        out += &(line("t", at.x, at.y + 210, words) + "\n");
    }
    for view in &scene.views {
        out += &view_svg(view);
    }
    for (name, color, at) in &scene.legend {
        let swatch = Rect { y: at.y, width: 140, height: 140, ..*at };
        out += &format!("<g class=\"b\">{}</g>", block_rects(swatch, *color));
        out += &line("", at.x + 200, at.y + 110, name);
        out.push('\n');
    }
    if let (true, Some((.., at))) = (scene.unlisted > 0, scene.legend.last()) {
        out += &line("d", 240, at.y + 330, &format!("and {} further startups", scene.unlisted));
    }
    out + "</svg>\n"
}

/// What is reserved, planned or to come, and the ends of lines.
pub(super) const DEFS: &str = "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
     patternTransform=\"rotate(45)\"><path d=\"M0 0V7\" style=\"stroke:var(--line);stroke-width:2\"/></pattern>\
     <marker id=\"arrow\" viewBox=\"0 0 10 10\" refX=\"8\" refY=\"5\" markerWidth=\"10\" markerHeight=\"10\" \
     markerUnits=\"userSpaceOnUse\" orient=\"auto\"><path class=\"tip\" d=\"M0 1L9 5L0 9Z\"/></marker>\
     <marker id=\"dot\" viewBox=\"0 0 10 10\" refX=\"5\" refY=\"5\" markerWidth=\"7\" markerHeight=\"7\" \
     markerUnits=\"userSpaceOnUse\"><circle class=\"tip\" cx=\"5\" cy=\"5\" r=\"4\"/></marker></defs>\n";

fn describe(view: &View) -> String {
    let hosts = view.hosts().map(|host| {
        let bars: Vec<String> = host.bars.iter().map(|bar| format!("{} {}", bar.name, bar.figures)).collect();
        format!("{}: {}; {}.", host.name, host.full_remark, bars.join(", "))
    });
    format!("{}: {}. {}", view.title, view.summary, hosts.collect::<Vec<_>>().join(" "))
}

/// One arrangement, with its title above it.
fn view_svg(view: &View) -> String {
    let (titles, lines) = &view.heading;
    let mut out = String::new();
    for (nth, (words, at)) in lines.iter().enumerate() {
        out += &(if nth < *titles { line("v", at.x, at.y + 150, words) } else { line("d", at.x, at.y + 120, words) });
        out.push('\n');
    }
    for group in &view.groups {
        if let Some(title) = &group.title {
            out += &rect("frame", group.area);
            out += &(line("z", group.area.x + 100, group.area.y + 230, title) + "\n");
        }
        out += &group.hosts.iter().map(|host| host_svg(host, view.links.is_empty())).collect::<String>();
    }
    if !view.links.is_empty() {
        out += &view.links.iter().map(link_svg).collect::<String>();
        // What is said stands above the lines.
        out += &view.all_blocks().map(words).collect::<String>();
    }
    for (words, at) in &view.objections {
        out += &(line("bad", at.x, at.y + 110, words) + "\n");
    }
    for (words, at) in &view.regrets {
        out += &(line("s", at.x, at.y + 110, words) + "\n");
    }
    out
}

fn link_svg(link: &Link) -> String {
    let ((x, y), (mid_x, mid_y), (to_x, to_y)) = (link.from, link.bend(), link.to);
    let [x, y, mid_x, mid_y, to_x, to_y] = [x, y, mid_x, mid_y, to_x, to_y].map(px);
    let path = format!("M{x} {y}Q{mid_x} {mid_y} {to_x} {to_y}");
    format!("<path class=\"halo\" d=\"{path}\"/><path class=\"link\" d=\"{path}\">{}</path>\n", needs(link))
}

/// What a line says.
pub(super) fn needs(link: &Link) -> String {
    let [from, to] = [0, 1].map(|end: usize| escape(&link.ids[end]));
    format!("<title>{from} needs {to}</title>")
}

/// One host, in a picture of all or of its own; its blocks with or without what is said on them.
pub(super) fn host_svg(host: &HostBox, said: bool) -> String {
    let class = if host.violated { "host x" } else { "host" };
    let mut out = format!("<g class=\"{class}\" data-host=\"{}\">", escape(&host.name));
    out += &line("h", host.area.x, host.area.y + 140, &host.shown_name);
    out += &format!(
        "<text class=\"d\" x=\"{}\" y=\"{}\">{}<title>{}</title></text>\n",
        px(host.area.x),
        px(host.area.y + 320),
        escape(&host.remark),
        escape(&host.full_remark)
    );
    out += &host.bars.iter().map(bar_svg).collect::<String>();
    out += &rect(if host.planned { "room pl" } else { "room" }, host.body.area);
    if host.planned {
        out += &rect("res", host.body.area);
    }
    out + &body_svg(&host.body, said, "host") + "</g>\n"
}

/// What a host or a carrier holds, keeps and has left.
fn body_svg(body: &Body, said: bool, of: &str) -> String {
    let mut out = String::new();
    if body.reserve.height > 0 {
        let held = rect("res", body.reserve);
        out += &format!("<g>{held}<title>reserved for the {of}</title></g>");
    }
    if let Some(label) = &body.free_label {
        out += &line("d", body.free.x + 60, body.free.y + 120, label);
    }
    out += &body.blocks.iter().map(|block| block_svg(block, said)).collect::<String>();
    for (label, part) in &body.group_labels {
        let white = body.blocks.iter().find(|block| block.area.x >= part.x && block.area.y >= part.y);
        let ink = white.map_or("k", ink);
        out += &line(ink, part.x + 40, part.y + 120, label);
    }
    for (label, at) in &body.beside {
        out += &line("d", at.x, at.y + 120, label);
    }
    if let Some((y, over)) = body.limit {
        let class = if over { "lim o" } else { "lim" };
        let [left, right, y] = [body.area.x - 30, body.area.x + body.area.width + 30, y].map(px);
        out += &format!("<path class=\"{class}\" d=\"M{left} {y}H{right}\"><title>more is not given</title></path>");
    }
    out
}

fn bar_svg(bar: &Bar) -> String {
    let base = bar.area.y + 110;
    let tone = match (bar.over, bar.scarce) {
        (true, _) => " o",
        (_, true) => " s",
        _ => "",
    };
    let title = format!("<title>{} {}</title>", escape(&bar.name), escape(&bar.figures));
    let mut out = format!("<g>{title}{}", line(&format!("d{tone}"), bar.area.x, base, &bar.shown_name));
    out += &line(&format!("e{tone}"), bar.area.x + bar.area.width, base, &bar.shown);
    out += &rect("tr", bar.track);
    out += &rect(&format!("fl{tone}"), Rect { width: bar.filled, ..bar.track });
    // What is beyond the target stands out, and the target itself.
    if let Some(target) = bar.target {
        let beyond = bar.filled - target;
        if beyond > 0 && !bar.over {
            out += &rect("fl s", Rect { x: bar.track.x + target, width: beyond, ..bar.track });
        }
        let [x, top, bottom] = [bar.track.x + target, bar.track.y - 25, bar.track.y + bar.track.height + 25].map(px);
        out += &format!("<path class=\"lim\" d=\"M{x} {top}V{bottom}\"/>");
    }
    let (top, bottom) = (px(bar.track.y), px(bar.track.y + bar.track.height));
    for &x in &bar.ticks {
        out += &format!("<path class=\"tick\" d=\"M{} {top}V{bottom}\"/>", px(x));
    }
    out + "</g>\n"
}

fn block_svg(block: &Block, said: bool) -> String {
    let mut class = "b".to_owned();
    class += if block.violations.is_empty() { "" } else { " x" };
    class += if block.moved_from.is_some() { " m" } else { "" };
    let mut out =
        format!("<g class=\"{class}\" data-s=\"{}\" data-id=\"{}\">", escape(&block.startup), escape(&block.id));
    out += &format!("<title>{}</title>", escape(&block.full));
    out += &block_rects(block.area, block.color);
    if block.later {
        out += &rect("res", block.area);
    }
    if block.unwished {
        out += &rect(&format!("wish {}", ink(block)), inside(block.area));
    }
    if let Some(body) = &block.holds {
        out += &rect("room", body.area);
    }
    if said {
        out += &words(block);
    }
    out += "</g>\n";
    // Beside it, not in it: what is done to it is not done to them.
    out + &block.holds.as_ref().map_or_else(String::new, |body| body_svg(body, said, "carrier"))
}

/// What is seen on a block's colour.
fn ink(block: &Block) -> &'static str {
    if block.color.wants_white() { "w" } else { "k" }
}

/// A rectangle within another, as far from its edges as there is room.
fn inside(area: Rect) -> Rect {
    let inset = (area.width.min(area.height) / 4).min(25);
    let Rect { x, y, width, height } = area;
    Rect { x: x + inset, y: y + inset, width: width - 2 * inset, height: height - 2 * inset }
}

/// What is said on a block.
fn words(block: &Block) -> String {
    let mut out = String::new();
    let ink = ink(block);
    // One line stands in the middle of a block that has no room for two.
    let low = block.area.height < 2 * LINE + 40;
    let first = if low { block.area.height / 2 + 40 } else { 130 };
    for (nth, words) in block.lines.iter().enumerate() {
        out += &line(ink, block.area.x + 50, block.area.y + first + nth as i64 * LINE, words);
    }
    for badge in &block.badges {
        let Rect { x, y, width, height } = badge.area;
        let round = px(height.min(width) / 3);
        let [left, top, wide, high] = [x, y, width, height].map(px);
        out += &format!(
            "<rect class=\"bdg\" x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" rx=\"{round}\"/>"
        );
        if !badge.words.is_empty() {
            out += &line("bt", x + width / 2, y + 110, &badge.words);
        }
    }
    out
}

fn block_rects(area: Rect, color: Color) -> String {
    let Rect { x, y, width, height } = area;
    let [left, top, wide, high] = [x, y, width, height].map(px);
    let mut out =
        format!("<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"{}\"/>", color.hex());
    if color.edge > 0 {
        let band = match color.edge {
            1 => Rect { width: width.min(35), ..area },
            _ => Rect { y: y + (height - 35).max(0), height: height.min(35), ..area },
        };
        out += &rect("edge", band);
    }
    out
}

fn rect(class: &str, area: Rect) -> String {
    let Rect { x, y, width, height } = area;
    let [x, y, width, height] = [x, y, width, height].map(px);
    format!("<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>")
}

fn line(class: &str, x: i64, y: i64, words: &str) -> String {
    let class = if class.is_empty() { String::new() } else { format!(" class=\"{class}\"") };
    format!("<text{class} x=\"{}\" y=\"{}\">{}</text>", px(x), px(y), escape(words))
}

/// Tenths of a pixel as pixels.
pub(super) fn px(tenths: i64) -> String {
    let (whole, rest) = (tenths / 10, (tenths % 10).unsigned_abs() as u8);
    let mut out = if tenths < 0 && whole == 0 { "-0".to_owned() } else { whole.to_string() };
    if rest > 0 {
        out.push('.');
        out.push(char::from(b'0' + rest));
    }
    out
}

/// Text that no markup can break out of, in elements and in quoted attributes, without what is unseen.
pub(super) fn escape(text: &str) -> String {
    let is_plain = |byte: u8| matches!(byte, b' '..=b'~') && !matches!(byte, b'&' | b'<' | b'>' | b'"' | b'\'');
    if text.bytes().all(is_plain) {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    for c in clean(text).chars() {
        match c {
            '&' => out += "&amp;",
            '<' => out += "&lt;",
            '>' => out += "&gt;",
            '"' => out += "&quot;",
            '\'' => out += "&#39;",
            c => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::color::contrast;

    #[test]
    fn text_is_legible_in_light_and_dark() {
        for theme in [LIGHT, DARK] {
            let value = |name: &str| {
                let at = theme.find(name).expect("it is there") + name.len();
                let hex = &theme[at..at + 6];
                [0, 2, 4].map(|from| u8::from_str_radix(&hex[from..from + 2], 16).expect("a number"))
            };
            for ink in ["--ink:#", "--dim:#", "--bad:#", "--hot:#"] {
                for ground in ["--bg:#", "--room:#"] {
                    assert!(contrast(value(ink), value(ground)) >= 4.5, "{ink} on {ground}");
                }
            }
        }
    }

    #[test]
    fn markup_in_text_stays_text() {
        assert_eq!(escape("<script>\"'&\u{0}"), "&lt;script&gt;&quot;&#39;&amp;");
    }
}
