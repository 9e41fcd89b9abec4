//! Metrics of Prometheus: saved replies of its API, and what exporters print. What containers take becomes measurements,
//! what machines have becomes hosts.

mod combine;
mod exposition;
mod reply;
mod series;
mod who;

use super::found::Found;
use super::texts::Texts;
use super::{Asked, Given};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::{Files, Problems, Source};
use series::{Kind, Metrics};

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, that has no metric of use, or that does not say what it measures.
pub fn read(asked: &Asked, _files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    let mut texts = Texts::default();
    let mut found = Found::default();
    let mut metrics = Metrics::default();
    let said = match asked.metric.as_deref().map(|name| (name, Kind::said(name))) {
        Some((name, None)) => {
            let message = format!("{} is no metric that is known", quoted(name));
            let diagnostic = Diagnostic::new(Code::BadValue, Place::default(), message);
            let help = "say `--metric cpu` (cores), `--metric memory` (bytes), or the name of a metric";
            texts.wrong(Diagnostic { at: None, ..diagnostic.help(help) });
            None
        }
        said => said.and_then(|(_, kind)| kind),
    };
    for given in &asked.files {
        let Some((file, text)) = texts.text(given) else { continue };
        let before = (metrics.count(), found.refused.len());
        let unnamed = said.map(|kind| (kind, false)).or_else(|| Some((Kind::of_file(&given.name)?, true)));
        let is_reply = text.trim_start().starts_with(['{', '[']) && !is_sample(text);
        let read = match is_reply {
            true => reply::read(text, file, unnamed, &mut metrics, &mut found),
            false => {
                exposition::read(text, file, &mut metrics, &mut found);
                Ok(())
            }
        };
        match read {
            Err(stop) => texts.wrong(*stop),
            Ok(()) if before == (metrics.count(), found.refused.len()) => texts.wrong(nothing(file, given)),
            Ok(()) => {}
        }
    }
    let sources = texts.finish()?;
    let names: Vec<&str> = sources.iter().map(|source| source.name.as_str()).collect();
    combine::combine(&metrics, &names, &mut found);
    Ok((found, sources))
}

/// Whether the text begins with a sample whose name stands in quotes within the braces: `{"name", label="x"} 1`.
fn is_sample(text: &str) -> bool {
    let first = text.trim_start().lines().next().unwrap_or("");
    let behind =
        first.strip_prefix("{\"").and_then(|rest| rest.split_once('"')).map_or("", |(_, rest)| rest.trim_start());
    behind.starts_with([',', '}'])
}

fn nothing(file: u32, given: &Given) -> Diagnostic {
    let at = Place { file, line: 1, column: 1, length: 0 };
    let message = format!("{} says neither what containers take nor what machines have", quoted(&given.name));
    let help = "containers take `container_memory_working_set_bytes` and `container_cpu_usage_seconds_total`, machines have \
                `machine_memory_bytes` or `node_memory_MemTotal_bytes`";
    Diagnostic::new(Code::BadValue, at, message).help(help)
}

#[cfg(test)]
mod tests;
