//! A toolbox for pages: two columns, the chosen tool in bold.

use super::cells::{escape, table};
use crate::model::Layout;
use crate::report::text::sentence;
use crate::report::toolbox;

/// The whole answer.
pub fn toolbox(layout: &Layout) -> String {
    let rows: Vec<Vec<String>> = (layout.toolbox.categories.iter())
        .map(|category| {
            let tools = toolbox::tools(category, &|tool| format!("**{}**", escape(tool)), &escape);
            let name = format!("{} ({})", escape(category.label()), escape(&toolbox::when(layout, category)));
            vec![name, tools]
        })
        .collect();
    let name = layout.name.as_deref().map_or_else(|| "Toolbox".to_owned(), escape);
    format!(
        "## {name}\n\n{}\n\n{}",
        sentence(&toolbox::headline(layout)),
        table(&["category", "tools"], &[false, false], &rows)
    )
}
