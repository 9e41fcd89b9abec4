//! The scene as one page: nothing is fetched, and a content security policy forbids it.

use std::collections::BTreeMap;

use super::scene::{Body, Group, HostBox, Link, Rect, Scene, View};
use super::svg::{DEFS, STYLE, Theme, colors, escape, host_svg, needs, px};
use super::{Options, Together};
use crate::report::color::Color;
use crate::report::page::Role;
use crate::report::pages::toolbox as report;

const SCRIPT: &str = include_str!("page.js");
/// The script may run because it is this one: no other, wherever it came from. A test computes it.
const SCRIPT_HASH: &str = "sha256-8ftXZU8cOKt8pOnGgQThQb59UjhWMd+Eyv0f0yg/qEk=";
/// Styles cannot fetch anything under `default-src 'none'`, so they are allowed in place.
const PAGE: &str = "\
body{margin:0 auto;padding:1rem;font:15px/1.45 system-ui,sans-serif;background:var(--bg);color:var(--ink)}\
h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem}h3{font-size:.95rem;margin:0 0 .3rem}h1,h2,h3,p,li{overflow-wrap:anywhere}\
form{display:flex;flex-wrap:wrap;gap:.7rem;align-items:center}label{display:flex;gap:.4rem;align-items:center}\
input,select{font:inherit;min-width:0;max-width:100%}#figures{min-height:1.5em;margin:.2rem 0;font-weight:600}.view p{margin:.2rem 0}\
.defs{position:absolute;width:0;height:0}.views{display:flex;flex-wrap:wrap;gap:1rem}.view{flex:1 1 320px;min-width:0}\
.wide{overflow-x:auto}.map{position:relative;display:flex;flex-wrap:wrap;gap:1rem;margin:.6rem 0}\
.zone{min-width:0;max-width:100%;box-sizing:border-box}.zone.f{border:1px solid var(--line);padding:.6rem}\
.hosts{display:flex;flex-wrap:wrap;gap:1rem;align-items:flex-start}.hosts svg{display:block}\
.links{position:absolute;left:0;top:0;width:100%;height:100%;pointer-events:none;overflow:hidden}.links path{pointer-events:auto}\
ul{display:flex;flex-wrap:wrap;gap:.2rem .5rem;padding:0;margin:.4rem 0;list-style:none}ul.said{display:block;color:var(--bad)}ul.unmet{color:var(--hot)}\
button{font:inherit;display:flex;gap:.4rem;align-items:center;padding:.1rem .4rem;border:1px solid transparent;\
border-radius:4px;background:none;color:inherit;cursor:pointer}button[aria-pressed=true]{border-color:currentColor}\
button i{width:1em;height:1em;box-sizing:border-box}button i.k{border-left:4px solid #000}button i.w{border-bottom:4px solid #000}\
g.off{opacity:.12}.links .off{opacity:.06}tr.off{display:none}g[data-id]:focus{outline:3px solid #0969da}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #8c959f;\
overflow-wrap:anywhere}\
@media print{body{padding:0}form,#figures,details{display:none}.view[hidden]{display:block!important}.hosts svg{break-inside:avoid}\
h2,h3{break-after:avoid}i{-webkit-print-color-adjust:exact;print-color-adjust:exact}}";

/// Startups beyond this many have no button.
const LISTED: usize = 80;

/// Around a host, for edges and marks, in tenths of a pixel.
const EDGE: i64 = 40;

/// The whole page, so many pixels wide where there is room.
pub fn html(scene: &Scene, theme: Theme, options: &Options) -> String {
    let title = escape(&scene.title);
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
    );
    let scheme = match theme {
        Theme::Auto => "light dark",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>:root{{color-scheme:{scheme}}}{}body{{max-width:{}px}}{PAGE}\n{STYLE}</style>\n</head>\n<body>\n\
         <h1><bdi>{title}</bdi></h1>\n",
        colors(theme, ":root"),
        options.width
    );
    out += &definitions();
    out += &controls(scene, options.together);
    out += &legend(scene);
    out += "<p id=\"figures\" aria-live=\"polite\"></p>\n<div class=\"views\">\n";
    for view in &scene.views {
        let (title, summary) = (escape(&view.title), escape(&view.summary));
        out += &format!("<section class=\"view\"><h2><bdi>{title}</bdi></h2>\n<p>{summary}</p>\n<div class=\"map\">");
        out += &view.groups.iter().map(group).collect::<String>();
        out += &lines(view);
        out += "</div>\n";
        for (class, said) in [("said", &view.violations), ("said unmet", &view.unmet)] {
            let said: String = said.iter().map(|words| format!("<li>{}</li>\n", escape(words))).collect();
            out += &if said.is_empty() { said } else { format!("<ul class=\"{class}\">{said}</ul>\n") };
        }
        out += &table(view);
        out += "</section>\n";
    }
    out += "</div>\n";
    out += &toolbox(scene);
    out + &format!("<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// What pictures of hosts need of the page that they are in: a style sheet, and an SVG to which they refer.
pub fn look() -> [String; 2] {
    [colors(Theme::Auto, ":root") + STYLE, definitions()]
}

/// One for all pictures: what is defined in a picture that is hidden is not found.
fn definitions() -> String {
    format!("<svg class=\"defs\" aria-hidden=\"true\">{DEFS}</svg>\n")
}

/// Hosts that stand together, each in a picture of its own, so that a page breaks between them where it ends.
fn group(group: &Group) -> String {
    let head = group.title.as_ref().map(|title| format!("<h3><bdi>{}</bdi></h3>", escape(title)));
    let hosts: String = group.hosts.iter().map(picture).collect();
    let class = match head.is_some() {
        true => format!("class=\"zone f\" style=\"flex:1 1 {}px\"", frame(group)),
        false => "class=\"zone\"".to_owned(),
    };
    format!("<div {class}>{}<div class=\"hosts\">\n{hosts}</div></div>\n", head.unwrap_or_default())
}

/// How wide a frame is, in pixels, that has as many hosts side by side as there is room for beside the other frames.
fn frame(group: &Group) -> i64 {
    /// Between hosts, and around them within the frame.
    const BETWEEN: i64 = 16;
    const AROUND: i64 = 22;
    let first = group.hosts.first().map_or(0, |host| host.area.y);
    let row = group.hosts.iter().take_while(|host| host.area.y == first);
    row.map(|host| (host.area.width + 2 * EDGE + 9) / 10 + BETWEEN).sum::<i64>() - BETWEEN + AROUND
}

/// One host as SVG, for pages.
pub fn picture(host: &HostBox) -> String {
    let Rect { x, y, width, height } = host.area;
    let around = [x - EDGE, y, width + 2 * EDGE, height + EDGE].map(px);
    let [left, top, wide, high] = around;
    let words = escape(&format!("{}: {}", host.name, host.full_remark));
    format!(
        "<svg role=\"img\" aria-label=\"{words}\" viewBox=\"{left} {top} {wide} {high}\" width=\"{wide}\" \
         height=\"{high}\">{}</svg>\n",
        host_svg(host, true)
    )
}

/// The lines to what is needed: the script draws them, which knows where hosts stand.
fn lines(view: &View) -> String {
    if view.links.is_empty() {
        return String::new();
    }
    let line = |link: &Link| {
        let [from, to] = [0, 1].map(|end: usize| escape(&link.ids[end]));
        let ends = format!("data-from=\"{from}\" data-to=\"{to}\"");
        format!("<path class=\"halo\" {ends}/><path class=\"link\" {ends}>{}</path>\n", needs(link))
    };
    format!("<svg class=\"links\">{}</svg>\n", view.links.iter().map(line).collect::<String>())
}

/// The strategic plan: categories, their tools with the chosen one in bold, when, and what runs it.
fn toolbox(scene: &Scene) -> String {
    if scene.toolbox.is_empty() {
        return String::new();
    }
    let rows = scene.toolbox.iter().map(|(category, when)| {
        let tools = report::tools(category).spans.into_iter().map(|(role, tool)| match role {
            Role::Chosen => format!("<strong>{}</strong>", escape(&tool)),
            _ => escape(&tool),
        });
        let tools: String = tools.collect();
        format!("<tr><td><bdi>{}</bdi></td><td>{tools}</td><td>{}</td></tr>\n", escape(category.label()), escape(when))
    });
    let head = "<tr><th>category</th><th>tools</th><th>when</th></tr>";
    format!(
        "<section><h2>Toolbox</h2>\n<div class=\"wide\"><table>\n{head}\n{}</table></div></section>\n",
        rows.collect::<String>()
    )
}

/// The startups that are drawn with their colours, in the order of the documents.
fn startups(scene: &Scene) -> Vec<(&str, Color)> {
    let blocks = scene.views.iter().flat_map(View::all_blocks);
    let drawn: BTreeMap<&str, Color> = blocks.map(|block| (block.startup.as_str(), block.color)).collect();
    scene
        .startups
        .iter()
        .filter_map(|name| drawn.get_key_value(name.as_str()))
        .map(|(&name, &color)| (name, color))
        .collect()
}

fn controls(scene: &Scene, together: Together) -> String {
    let options: String =
        startups(scene).iter().map(|(name, _)| format!("<option>{}</option>", escape(name))).collect();
    let mut out = format!(
        "<form>\n<label>Search <input id=\"search\" type=\"search\" autocomplete=\"off\"></label>\n\
         <label>Startup <select id=\"startup\"><option value=\"\">all</option>{options}</select></label>\n\
         <output id=\"found\"></output>\n"
    );
    if together == Together::InTurn && scene.views.len() > 1 {
        out += &format!(
            "<label>View <input id=\"slider\" type=\"range\" min=\"0\" max=\"{}\" value=\"0\"></label>\
             <output id=\"phase\"></output>\n",
            scene.views.len() - 1
        );
    }
    out + "</form>\n"
}

/// The startups with their colours: each shows its own containers.
fn legend(scene: &Scene) -> String {
    let entries = startups(scene).into_iter().take(LISTED).map(|(name, color)| {
        let edge = ["", " class=\"k\"", " class=\"w\""][usize::from(color.edge).min(2)];
        let swatch = format!("<i{edge} style=\"background:{}\"></i>", color.hex());
        format!("<li><button type=\"button\" data-pick=\"{0}\">{swatch}<bdi>{0}</bdi></button></li>\n", escape(name))
    });
    format!("<ul aria-label=\"Startups\">\n{}</ul>\n", entries.collect::<String>())
}

fn table(view: &View) -> String {
    let mut out = "<details><summary>As a table</summary>\n<div class=\"wide\"><table>\n\
                   <tr><th>host</th><th>container</th><th>asks</th></tr>\n"
        .to_owned();
    for host in view.hosts() {
        out += &rows(&host.body, &host.name);
    }
    out + "</table></div></details>\n"
}

/// What is `on` a host or in a carrier.
fn rows(body: &Body, on: &str) -> String {
    let mut out = String::new();
    for block in &body.blocks {
        out += &format!(
            "<tr data-s=\"{}\" data-id=\"{}\"><td>{}</td><td>{}</td><td>{}</td></tr>\n",
            escape(&block.startup),
            escape(&block.id),
            escape(on),
            escape(&block.id),
            escape(&block.amounts.join(", "))
        );
        out += &block.holds.as_ref().map_or_else(String::new, |held| rows(held, &format!("{on} › {}", block.id)));
    }
    out
}
