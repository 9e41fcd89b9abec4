//! docs/diagnostics.md has every code and no other, and every bad document in it gives its code.

use std::collections::{BTreeMap, BTreeSet};

use bayplan::check::{self, ViolationKind};
use bayplan::diagnostic::{Code, Diagnostic};
use bayplan::document::{Document, Files, Newcomers, Source};
use bayplan::model::{ContainerIndex, HostIndex, Spot};
use bayplan::plan::survival;
use bayplan::solve::{NoLimit, Options};

const PAGE: &str = include_str!("../../docs/diagnostics.md");
const MAIN: &str = "homelab.yaml";

#[test]
fn the_page_has_every_code_in_order_with_its_severity() {
    let documented: Vec<(String, String)> = sections(diagnostics_part())
        .into_iter()
        .map(|section| {
            let severity =
                section.text.split_once('*').and_then(|(_, rest)| rest.split_once(".*")).expect("a severity");
            (section.code.to_owned(), severity.0.to_owned())
        })
        .collect();
    let known: Vec<(String, String)> =
        Code::ALL.iter().map(|code| (code.name().to_owned(), code.severity().name().to_owned())).collect();
    assert_eq!(documented, known);
}

#[test]
fn the_page_has_every_kind_of_violation() {
    let documented: Vec<&str> = sections(violations_part()).iter().map(|section| section.code).collect();
    assert_eq!(documented, kinds().iter().map(ViolationKind::code).collect::<Vec<_>>());
}

#[test]
fn every_section_has_a_cause_a_document_and_a_fix() {
    for section in sections(PAGE) {
        let text = section.text;
        assert!(!section.blocks().is_empty(), "`{}` has no document", section.code);
        assert!(text.contains("\nFix: "), "`{}` has no fix", section.code);
        assert!(
            text.trim_start().starts_with(|c: char| c == '*' || c.is_alphabetic()),
            "`{}` has no cause",
            section.code
        );
    }
}

#[test]
fn every_bad_document_gives_its_code_and_no_other() {
    let mut wrong = Vec::new();
    for section in sections(diagnostics_part()) {
        let found: BTreeSet<&str> = findings(&section.files()).iter().map(|finding| finding.code.name()).collect();
        // What the alias should have stood for is missed, too.
        let found: BTreeSet<&str> = match section.code {
            "unknown-anchor" => found.into_iter().filter(|code| *code != "empty-value").collect(),
            _ => found,
        };
        if found != BTreeSet::from([section.code]) {
            wrong.push(format!("`{}` gave {found:?}", section.code));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_bad_placement_gives_its_violation_and_no_other() {
    for section in sections(violations_part()) {
        let files = section.files();
        let document = Document::read(MAIN, &Texts(&files)).expect("a document");
        let layout = document.resolve().expect("a layout").layout;
        let placement = layout.placement.clone().expect("a placement");
        let mut violations = check::check(&layout, &placement, None);
        if violations.is_empty() {
            let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };
            let survival = survival(&layout, &placement, &options).expect("the referee agrees");
            violations.extend(survival.expect("it is to survive something").violations(&layout, &placement));
        }
        let found: BTreeSet<&str> = violations.iter().map(|violation| violation.kind.code()).collect();
        assert_eq!(found, BTreeSet::from([section.code]));
    }
}

/// All findings about `homelab.yaml`, where there is a `more.yaml` with that added to it.
fn findings(files: &BTreeMap<String, Vec<u8>>) -> Vec<Diagnostic> {
    let document = match Document::read(MAIN, &Texts(files)) {
        Ok(document) => document,
        Err(problems) => return problems.diagnostics,
    };
    if let Some(more) = files.get("more.yaml") {
        let text = String::from_utf8(more.clone()).expect("a text");
        let newcomers = Newcomers::From(Source { name: "more.yaml".to_owned(), text });
        return document.with(&newcomers).err().map(|problems| problems.diagnostics).unwrap_or_default();
    }
    match document.resolve() {
        Ok(resolved) => resolved.diagnostics,
        Err(problems) => problems.diagnostics,
    }
}

struct Texts<'a>(&'a BTreeMap<String, Vec<u8>>);

impl Files for Texts<'_> {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.0.get(path).cloned().ok_or_else(|| "no such file".to_owned())
    }
}

struct Section<'a> {
    code: &'a str,
    text: &'a str,
}

impl<'a> Section<'a> {
    fn blocks(&self) -> Vec<&'a str> {
        self.text.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```\n")).map(|block| block.0).collect()
    }

    /// The blocks by the name of their file. `\xe9` stands for that byte.
    fn files(&self) -> BTreeMap<String, Vec<u8>> {
        let file = |block: &str| {
            let name =
                block.lines().next().and_then(|line| line.strip_prefix("# ")).filter(|name| name.ends_with(".yaml"));
            let mut bytes = Vec::new();
            for (position, part) in block.split("\\xe9").enumerate() {
                if position > 0 {
                    bytes.push(0xe9);
                }
                bytes.extend_from_slice(part.as_bytes());
            }
            (name.unwrap_or(MAIN).to_owned(), bytes)
        };
        self.blocks().into_iter().map(file).collect()
    }
}

/// The sections `## code` of a part of the page.
fn sections(part: &str) -> Vec<Section<'_>> {
    part.split("\n## ")
        .skip(1)
        .filter_map(|section| section.split_once('\n'))
        .map(|(code, text)| Section { code, text })
        .collect()
}

fn diagnostics_part() -> &'static str {
    PAGE.split_once("\n# Violations").expect("two parts").0
}

fn violations_part() -> &'static str {
    PAGE.split_once("\n# Violations").expect("two parts").1
}

/// One of each kind, in the order of the page.
fn kinds() -> Vec<ViolationKind> {
    // A new kind has to be added below: this match says so.
    let _ = |kind: ViolationKind| match kind {
        ViolationKind::OverCapacity { .. } | ViolationKind::NotAllowed | ViolationKind::ApartByHost => {}
        ViolationKind::PoolOverCapacity { .. } | ViolationKind::PoolOutOfReach => {}
        ViolationKind::ApartByLabel { .. } | ViolationKind::Together { .. } => {}
        ViolationKind::Agents { .. } => {}
        ViolationKind::CarrierOverCapacity { .. } | ViolationKind::NotInside { .. } => {}
        ViolationKind::ApartByCarrier { .. } => {}
        ViolationKind::Drained | ViolationKind::Planned | ViolationKind::Unplaced => {}
        ViolationKind::NotSurvived { .. } | ViolationKind::AtMost { .. } | ViolationKind::Spread { .. } => {}
    };
    vec![
        ViolationKind::OverCapacity { resource: 0, requested: 1, allocatable: 0 },
        ViolationKind::CarrierOverCapacity { carrier: ContainerIndex(0), resource: 0, requested: 1, allocatable: 0 },
        ViolationKind::PoolOverCapacity { resource: 0, requested: 1, allocatable: 0 },
        ViolationKind::PoolOutOfReach,
        ViolationKind::Agents { resource: 0, requested: 1, allocatable: 0, agents: Vec::new() },
        ViolationKind::NotAllowed,
        ViolationKind::NotInside { spot: Spot::Host(HostIndex(0)) },
        ViolationKind::ApartByHost,
        ViolationKind::ApartByLabel { label: String::new(), value: None },
        ViolationKind::ApartByCarrier { spot: Spot::Host(HostIndex(0)) },
        ViolationKind::Together { spots: Vec::new() },
        ViolationKind::AtMost { per: "host".to_owned(), value: None, most: 1 },
        ViolationKind::Spread { over: "host".to_owned(), most: 2, least: 0, skew: 1 },
        ViolationKind::Drained,
        ViolationKind::Planned,
        ViolationKind::NotSurvived { lost: Vec::new() },
        ViolationKind::Unplaced,
    ]
}
