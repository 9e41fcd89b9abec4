//! Answers become text: tables for people, JSON for programs, Markdown for pages.

pub mod content;
pub mod markdown;
pub mod table;
pub mod text;
