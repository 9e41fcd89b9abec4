//! The scene as one page: nothing is fetched, and a content security policy forbids it.

use super::Together;
use super::scene::{Rect, Scene, View};
use super::svg::{Theme, escape, open, view_svg};
use crate::report::toolbox as report;

const SCRIPT: &str = include_str!("page.js");
/// The script may run because it is this one: no other, wherever it came from. A test computes it.
const SCRIPT_HASH: &str = "sha256-xrCvP2o+Sl6ixrPhfPJkAtzZIDvEiVgvqXEegssHu9c=";
/// Styles cannot fetch anything under `default-src 'none'`, so they are allowed in place.
const STYLE: &str = "\
:root{color-scheme:light dark}body{margin:0 auto;padding:1rem;max-width:1500px;font:15px/1.45 system-ui,sans-serif;\
background:#fff;color:#1b1f24}h1{font-size:1.4rem;margin:.2rem 0}h2{font-size:1.1rem}\
form{display:flex;flex-wrap:wrap;gap:.7rem;align-items:center}label{display:flex;gap:.4rem;align-items:center}\
input,select{font:inherit;min-width:0;max-width:100%}#figures{min-height:1.5em;font-weight:600}\
.views{display:flex;flex-wrap:wrap;gap:1rem}.view{flex:1 1 320px;min-width:0}.view svg{max-width:100%;height:auto}\
.wide{overflow-x:auto}g.off{opacity:.12}tr.off{display:none}g[data-id]:focus{outline:3px solid #0969da}\
table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2rem .6rem;border-bottom:1px solid #8c959f;\
overflow-wrap:anywhere}\
@media(prefers-color-scheme:dark){body{background:#14181d;color:#e8ecf0}}\
@media print{form,#figures{display:none}.view[hidden]{display:block!important}.view{break-inside:avoid}}";

/// The whole page.
pub fn html(scene: &Scene, theme: Theme, together: Together) -> String {
    let title = escape(&scene.title);
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-inline'; script-src '{SCRIPT_HASH}'; base-uri 'none'; form-action 'none'"
    );
    let mut out = format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n\
         <style>{STYLE}</style>\n</head>\n<body>\n<h1><bdi>{title}</bdi></h1>\n"
    );
    out += &controls(scene, together);
    out += "<p id=\"figures\" aria-live=\"polite\"></p>\n<div class=\"views\">\n";
    for (nth, view) in scene.views.iter().enumerate() {
        let area = Rect {
            x: view.area.x - 40,
            y: view.area.y - 40,
            width: view.area.width + 80,
            height: view.area.height + 80,
        };
        out += &format!("<section class=\"view\"><h2><bdi>{}</bdi></h2>\n", escape(&view.title));
        out += &open(scene, area, theme, &nth.to_string());
        out += &view_svg(view);
        out += "</svg>\n";
        out += &table(view);
        out += "</section>\n";
    }
    out += "</div>\n";
    out += &toolbox(scene);
    out + &format!("<script>{SCRIPT}</script>\n</body>\n</html>\n")
}

/// The strategic plan: categories, their tools with the chosen one in bold, when, and what runs it.
fn toolbox(scene: &Scene) -> String {
    if scene.toolbox.is_empty() {
        return String::new();
    }
    let rows = scene.toolbox.iter().map(|(category, when)| {
        let tools = report::tools(category, &|tool| format!("<strong>{}</strong>", escape(tool)), &escape);
        format!("<tr><td><bdi>{}</bdi></td><td>{tools}</td><td>{}</td></tr>\n", escape(category.label()), escape(when))
    });
    let head = "<tr><th>category</th><th>tools</th><th>when</th></tr>";
    format!(
        "<section><h2>Toolbox</h2>\n<div class=\"wide\"><table>\n{head}\n{}</table></div></section>\n",
        rows.collect::<String>()
    )
}

fn controls(scene: &Scene, together: Together) -> String {
    let mut startups: Vec<&str> = Vec::new();
    let mut seen = std::collections::BTreeSet::new();
    for block in scene.views.iter().flat_map(|view| &view.hosts).flat_map(|host| &host.blocks) {
        if seen.insert(block.startup.as_str()) {
            startups.push(&block.startup);
        }
    }
    let options: String = startups.iter().map(|name| format!("<option>{}</option>", escape(name))).collect();
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

fn table(view: &View) -> String {
    let mut out = "<details><summary>As a table</summary>\n<div class=\"wide\"><table>\n\
                   <tr><th>host</th><th>container</th><th>asks</th></tr>\n"
        .to_owned();
    for host in &view.hosts {
        for block in &host.blocks {
            out += &format!(
                "<tr data-s=\"{}\" data-id=\"{}\"><td>{}</td><td>{}</td><td>{}</td></tr>\n",
                escape(&block.startup),
                escape(&block.id),
                escape(&host.name),
                escape(&block.id),
                escape(&block.amounts.join(", "))
            );
        }
    }
    out + "</table></div></details>\n"
}
