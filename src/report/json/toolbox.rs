//! `bayplan/toolbox/1`.

use serde::Serialize;

use super::write;
use crate::model::Layout;
use crate::report::pages::toolbox::runners;

#[derive(Serialize)]
struct ToolboxJson<'a> {
    schema: &'static str,
    categories: Vec<CategoryJson<'a>>,
    uncategorised: Vec<String>,
}

#[derive(Serialize)]
struct CategoryJson<'a> {
    name: &'a str,
    title: Option<&'a str>,
    tools: &'a [String],
    chosen: Option<&'a str>,
    with: &'a [String],
    status: &'static str,
    /// `null` where nothing is said of it, empty where it runs elsewhere.
    runs: Option<Vec<String>>,
}

/// The whole answer.
pub fn toolbox(layout: &Layout) -> String {
    write(&ToolboxJson {
        schema: "bayplan/toolbox/1",
        categories: (layout.toolbox.categories.iter())
            .map(|category| CategoryJson {
                name: &category.name,
                title: category.title.as_deref(),
                tools: &category.tools,
                chosen: category.chosen_tool(),
                with: &category.with,
                status: category.status.name(),
                runs: runners(layout, category),
            })
            .collect(),
        uncategorised: layout
            .toolbox
            .uncategorised(&layout.demand)
            .into_iter()
            .map(|it| layout.service_id(it))
            .collect(),
    })
}
