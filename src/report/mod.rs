//! Answers become text: pages for people, at a terminal or in Markdown, and JSON for programs.

pub mod color;
pub mod content;
pub mod json;
pub mod markdown;
pub mod page;
pub mod pages;
pub mod summary;
pub mod terminal;
pub mod text;
