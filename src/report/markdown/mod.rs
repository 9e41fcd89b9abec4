//! Answers for pages: GitHub's Markdown.

pub mod cells;
