//! What each startup takes and costs, as Markdown.

use super::cells::table;
use crate::model::Layout;
use crate::plan::Costs;
use crate::report::outlook;

/// A section, the startup that takes most first.
pub fn costs(layout: &Layout, costs: &Costs) -> String {
    let mut rows = outlook::table(layout, costs);
    if rows.len() < 2 {
        return String::new();
    }
    let header = rows.remove(0);
    rows.iter_mut().for_each(|row| row.iter_mut().for_each(|cell| *cell = cell.replace('<', "&lt;")));
    let right: Vec<bool> = (0..header.len()).map(|column| column > 0).collect();
    let header: Vec<&str> = header.iter().map(String::as_str).collect();
    format!("## What each startup takes\n\n{}", table(&header, &right, &rows))
}
