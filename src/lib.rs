//! Packs the containers of many startups onto the hosts of a homelab: exactly, offline, from plain files.
//!
//! `YAML -document-> model -solve-> answer -check-> plan -report-> text`. See `docs/architecture.md` for the plan of
//! the house: which module has which duty, and who may use whom.

pub mod certificate;
pub mod check;
pub mod compare;
pub mod desk;
pub mod diagnostic;
pub mod document;
pub mod draw;
pub mod explain;
pub mod fit;
pub mod graph;
pub mod import;
pub mod model;
pub mod moves;
pub mod operate;
pub mod plan;
pub mod quantity;
pub mod question;
pub mod report;
pub mod roadmap;
pub mod solve;
pub mod what_if;
