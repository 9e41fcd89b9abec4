//! Answers become text: tables for people, JSON for programs, Markdown for pages.
