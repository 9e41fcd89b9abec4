//! A toolbox for people: category and tools, the chosen one in brackets, then when and what runs it.

use super::style::{Align, Grid, Style, Tone};
use crate::model::{Layout, Status};
use crate::report::text::clean;
use crate::report::toolbox;

/// The whole answer.
pub fn toolbox(layout: &Layout, style: &Style) -> String {
    let mut grid = Grid::new(&[Align::Left, Align::Left, Align::Left]);
    for category in &layout.toolbox.categories {
        let tone = match category.status {
            Status::Now => Some(Tone::Good),
            Status::Next => Some(Tone::Warn),
            Status::Later | Status::Never => None,
        };
        let tools = toolbox::tools(category, &|tool| format!("[{tool}]"), &str::to_owned);
        let cells = [clean(category.label()), tools, toolbox::when(layout, category)];
        let [name, tools, when] = cells;
        grid.painted([(name, Some(Tone::Strong)), (tools, None), (when, tone)]);
    }
    format!("{}\n\n{}", toolbox::headline(layout), grid.render(style, 0))
}
