//! Answers become text: tables for people, JSON for programs, Markdown for pages.

pub mod color;
pub mod content;
pub mod differences;
pub mod json;
pub mod markdown;
pub mod moves;
pub mod outlook;
pub mod refusals;
pub mod roadmap;
pub mod summary;
pub mod supposed;
pub mod survival;
pub mod table;
pub mod text;
pub mod toolbox;
pub mod why;
