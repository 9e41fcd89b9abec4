//! The scene as SVG: text stays text, nothing is fetched, and it reads in light and dark.

use super::scene::{Bar, Block, HostBox, LABEL, Rect, Scene, View};
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

const LIGHT: &str =
    "--bg:#ffffff;--ink:#1b1f24;--dim:#57606a;--line:#8c959f;--room:#f3f5f7;--bar:#3b6ea5;--bad:#b3131b";
const DARK: &str = "--bg:#14181d;--ink:#e8ecf0;--dim:#a3adb8;--line:#66707b;--room:#20262d;--bar:#6fa8dc;--bad:#ff8a80";

const STYLE: &str = "\
text{font-family:system-ui,'DejaVu Sans',Verdana,sans-serif;fill:var(--ink);font-size:11px}\
.bg{fill:var(--bg)}.t{font-size:20px;font-weight:600}.v,.h{font-size:15px;font-weight:600}.d{fill:var(--dim)}\
.room{fill:var(--room);stroke:var(--line)}.pl{stroke-dasharray:6 4}.res{fill:url(#hatch)}\
.tr{fill:var(--room);stroke:var(--line);stroke-width:.5}.fl{fill:var(--bar)}.fl.o{fill:var(--bad)}.o{fill:var(--bad)}\
.b rect{stroke:var(--bg)}.b.x>rect:first-of-type{stroke:var(--bad);stroke-width:3}\
.b.m>rect:first-of-type{stroke:var(--ink);stroke-width:2.5;stroke-dasharray:5 3}\
.b .w{fill:#fff}.b .k,.g.k{fill:#000}.g.w{fill:#fff}.bad{fill:var(--bad)}.host.x>.room{stroke:var(--bad);stroke-width:2.5}\
.link{fill:none;stroke:var(--ink);stroke-width:1;stroke-opacity:.5}";

/// The whole picture as a file of its own.
pub fn svg(scene: &Scene, theme: Theme) -> String {
    let whole = Rect { x: 0, y: 0, width: scene.width, height: scene.height };
    let mut out = open(scene, whole, theme, "");
    out += &format!("<text class=\"t\" x=\"24\" y=\"42\">{}</text>\n", escape(&short_title(scene)));
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

fn short_title(scene: &Scene) -> String {
    super::fit(&scene.title, 210, scene.width - 480).unwrap_or_default()
}

/// The head of a picture of `area`; `tag` makes ids unique within a page.
pub(super) fn open(scene: &Scene, area: Rect, theme: Theme, tag: &str) -> String {
    let Rect { x, y, width, height } = area;
    let [x, y, width, height] = [x, y, width, height].map(px);
    let themes = match theme {
        Theme::Light => format!("svg{{{LIGHT}}}"),
        Theme::Dark => format!("svg{{{DARK}}}"),
        Theme::Auto => format!("svg{{{LIGHT}}}@media(prefers-color-scheme:dark){{svg{{{DARK}}}}}"),
    };
    let desc: Vec<String> = scene.views.iter().map(describe).collect();
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"title{tag} desc{tag}\" \
         viewBox=\"{x} {y} {width} {height}\" width=\"{width}\" height=\"{height}\">\n\
         <title id=\"title{tag}\">{}</title>\n<desc id=\"desc{tag}\">{}</desc>\n<style>{themes}{STYLE}</style>\n{}\
         <rect class=\"bg\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"/>\n",
        escape(&scene.title),
        escape(&desc.join(" ")),
        // A page has one for all its pictures: those in a picture that is hidden are not found.
        if tag.is_empty() { HATCH } else { "" }
    )
}

/// What is reserved, planned or to come.
pub(super) const HATCH: &str = "<defs><pattern id=\"hatch\" width=\"7\" height=\"7\" patternUnits=\"userSpaceOnUse\" \
     patternTransform=\"rotate(45)\"><path d=\"M0 0V7\" style=\"stroke:var(--line);stroke-width:2\"/></pattern></defs>\n";

fn describe(view: &View) -> String {
    let hosts = view.hosts.iter().map(|host| {
        let bars: Vec<String> = host.bars.iter().map(|bar| format!("{} {}", bar.name, bar.figures)).collect();
        format!("{}: {}; {}.", host.name, host.full_remark, bars.join(", "))
    });
    format!("{}: {}. {}", view.title, view.summary, hosts.collect::<Vec<_>>().join(" "))
}

/// One arrangement, with its title above it.
pub(super) fn view_svg(view: &View) -> String {
    let mut out = line("v", view.area.x, view.area.y + 140, &view.title);
    out += &line("d", view.area.x, view.area.y + 320, &view.summary);
    out.push('\n');
    out + &arrangement(view)
}

/// One arrangement, without its title.
pub(super) fn arrangement(view: &View) -> String {
    let mut out = String::new();
    for host in &view.hosts {
        out += &host_svg(host);
    }
    for link in &view.links {
        let ((x, y), (to_x, to_y)) = (link.from, link.to);
        let bend = (y.min(to_y) - 300).max(0);
        let path = format!("M{} {}Q{} {} {} {}", px(x), px(y), px((x + to_x) / 2), px(bend), px(to_x), px(to_y));
        let [from, to] = [0, 1].map(|end: usize| escape(&link.ids[end]));
        out += &format!("<path class=\"link\" d=\"{path}\"><title>{from} needs {to}</title></path>\n");
    }
    for (words, at) in &view.violations {
        let shown = super::fit(words, LABEL, at.width).unwrap_or_default();
        let text = format!("<text class=\"bad\" x=\"{}\" y=\"{}\">", px(at.x), px(at.y + 110));
        out += &format!("{text}{}<title>{}</title></text>\n", escape(&shown), escape(words));
    }
    out
}

fn host_svg(host: &HostBox) -> String {
    let class = if host.violated { "host x" } else { "host" };
    let mut out = format!("<g class=\"{class}\">");
    out += &line("h", host.area.x, host.area.y + 140, &host.name);
    out += &format!(
        "<text class=\"d\" x=\"{}\" y=\"{}\">{}<title>{}</title></text>\n",
        px(host.area.x),
        px(host.area.y + 320),
        escape(&host.remark),
        escape(&host.full_remark)
    );
    for bar in &host.bars {
        out += &bar_svg(bar, host.area.x);
    }
    out += &rect(if host.planned { "room pl" } else { "room" }, host.body);
    if host.planned {
        out += &rect("res", host.body);
    }
    if host.reserve.height > 0 {
        let held = rect("res", host.reserve);
        out += &format!("<g>{held}<title>reserved for the host</title></g>");
    }
    if let Some(label) = &host.free_label {
        out += &line("d", host.free.x + 60, host.free.y + 120, label);
    }
    for block in &host.blocks {
        out += &block_svg(block);
    }
    for (label, part) in &host.group_labels {
        let white = host.blocks.iter().find(|block| block.area.x >= part.x && block.area.y >= part.y);
        let ink = if white.is_some_and(|block| block.color.wants_white()) { "g w" } else { "g k" };
        out += &line(ink, part.x + 40, part.y + 120, label);
    }
    out + "</g>\n"
}

fn bar_svg(bar: &Bar, left: i64) -> String {
    let base = bar.area.y + 120;
    let mut out = line("d", left, base, &bar.name);
    if bar.area.width >= 200 {
        let track = Rect { y: bar.area.y + 30, height: 100, ..bar.area };
        let filled = Rect { width: bar.filled, ..track };
        out += &rect("tr", track);
        out += &rect(if bar.over { "fl o" } else { "fl" }, filled);
    }
    let x = if bar.area.width >= 200 { bar.area.x + bar.area.width + 60 } else { bar.area.x };
    out + &line(if bar.over { "o" } else { "" }, x, base, &bar.figures) + "\n"
}

fn block_svg(block: &Block) -> String {
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
    let ink = if block.color.wants_white() { "w" } else { "k" };
    for (nth, words) in block.lines.iter().enumerate() {
        out += &line(ink, block.area.x + 50, block.area.y + 140 + nth as i64 * 140, words);
    }
    out + "</g>\n"
}

fn block_rects(area: Rect, color: Color) -> String {
    let Rect { x, y, width, height } = area;
    let [left, top, wide, high] = [x, y, width, height].map(px);
    let mut out =
        format!("<rect x=\"{left}\" y=\"{top}\" width=\"{wide}\" height=\"{high}\" fill=\"{}\"/>", color.hex());
    if color.edge > 0 {
        let ink = if color.edge == 1 { "#000" } else { "#fff" };
        let edge = px(width.min(35));
        out += &format!("<rect x=\"{left}\" y=\"{top}\" width=\"{edge}\" height=\"{high}\" fill=\"{ink}\"/>");
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
fn px(tenths: i64) -> String {
    match tenths % 10 {
        0 => (tenths / 10).to_string(),
        rest => format!("{}{}.{}", if tenths < 0 { "-" } else { "" }, tenths.abs() / 10, rest.abs()),
    }
}

/// Text that no markup can break out of, in elements and in quoted attributes, without what is unseen.
pub(super) fn escape(text: &str) -> String {
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
            for ink in ["--ink:#", "--dim:#", "--bad:#"] {
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
