//! A merged tree becomes a layout, or every diagnostic at once.

pub mod allowed;
pub mod catalogue;
pub mod demand;
pub mod lab;
pub mod nested;
pub mod patterns;
pub mod phases;
pub mod placed;
pub mod pools;
pub mod services;
pub mod toolbox;
pub mod varying;

use self::patterns::Index;
use super::syntax::findings::Findings;
use super::syntax::tree::Node;
use super::{Document, Problems, Resolved};
use crate::diagnostic::{Code, Diagnostic, Place, Severity};
use crate::model::{Goal, Layout, PhaseIndex};
use crate::quantity::shorten;

/// Resolves a document in the phase asked about.
pub fn resolve(document: &Document) -> Result<Resolved, Problems> {
    let Resolved { mut layout, diagnostics } = whole(document)?;
    if let Some(name) = &document.phase {
        layout = match layout.phases.iter().position(|phase| phase.name == *name) {
            Some(phase) => layout.at(phase),
            None => return Err(no_phase(document, name, &layout)),
        };
    } else if !layout.phases.is_empty() {
        layout = layout.at(0);
    }
    Ok(Resolved { layout, diagnostics })
}

/// The phase asked about is none of the document's.
fn no_phase(document: &Document, name: &str, layout: &Layout) -> Problems {
    let message = format!("there is no phase `{}`", shorten(name));
    let help = match layout.phases.is_empty() {
        true => Some("name the phases under `phases:`, in their order".to_owned()),
        false => Findings::default().help_with(name, layout.phases.iter().map(|phase| phase.name.as_str())),
    };
    let diagnostic = Diagnostic { at: None, ..Diagnostic::new(Code::UnknownPhase, Place::default(), message) };
    let names = layout.phases.iter().map(|phase| format!("`{}`", phase.name)).collect::<Vec<_>>().join(", ");
    let diagnostic = diagnostic.help(help.unwrap_or_else(|| format!("there are {names}")));
    Problems { diagnostics: vec![diagnostic], sources: document.sources.clone() }
}

/// Resolves a document, all its phases together.
pub fn whole(document: &Document) -> Result<Resolved, Problems> {
    resolved(document, |_| false)
}

/// The same of a document that something is to be added to, be it what lies in its carriers.
pub fn before_more(document: &Document) -> Result<Resolved, Problems> {
    resolved(document, |diagnostic| diagnostic.code == Code::NothingCarried)
}

/// Resolves a document in which some things may be wrong.
fn resolved(document: &Document, is_allowed: impl Fn(&Diagnostic) -> bool) -> Result<Resolved, Problems> {
    let mut found = document.found.clone();
    let layout = layout(document, &mut found);
    let mut diagnostics = found.into_sorted();
    diagnostics.retain(|diagnostic| !is_allowed(diagnostic));
    let errors = diagnostics.iter().any(|diagnostic| diagnostic.severity == Severity::Error);
    match layout {
        Some(layout) if !errors => Ok(Resolved { layout, diagnostics }),
        _ => Err(Problems { diagnostics, sources: document.sources.clone() }),
    }
}

/// The layout as far as it can be made out, with all that is said of its phases; `None` where a limit ends the search,
/// which `found` then says.
fn layout(document: &Document, found: &mut Findings) -> Option<Layout> {
    let tree = &document.tree;
    let phases = phases::resolve(tree, found)?;
    let mut times = varying::Times::resolve(tree, &phases, found);
    let mut first = varying::InPhase::new(&phases, 0, &times.names, 0);
    first.of(tree);
    found.extend(&first.found);
    times.resources = std::mem::take(&mut first.timed);
    let turns = std::mem::take(&mut first.turns);
    let mut layout = at_all_times(document, &phases, 0, &times, found)?;
    for phase in turns {
        if found.has_errors() {
            break;
        }
        let mut news = Findings::default();
        let then = at_all_times(document, &phases, phase, &times, &mut news);
        found.extend(&news);
        let then = then?;
        if then.lab.resources != layout.lab.resources {
            let at = phases.list[phase].at;
            let message = "a resource is counted in other units in this phase than in the first";
            found.add(Code::UnknownUnit, at, message, "give all its amounts a unit, or none");
            break;
        }
        varying::keep(&mut layout, &then, phase);
    }
    layout.lab.name_times();
    Some(layout)
}

/// The layout in one phase, with what is asked for at each time.
fn at_all_times(
    document: &Document,
    phases: &phases::Phases,
    phase: PhaseIndex,
    times: &varying::Times,
    found: &mut Findings,
) -> Option<Layout> {
    let tree = &document.tree;
    let at = |time: usize, found: &mut Findings| {
        let then = varying::InPhase::new(phases, phase, &times.names, time).of(tree);
        of_phase(document, then.as_ref().unwrap_or(tree), phases.clone(), times, found)
    };
    let mut layout = at(0, found)?;
    let further = if times.resources.is_empty() { 0 } else { times.names.len() };
    for time in 1..further {
        if found.has_errors() {
            break;
        }
        let mut news = Findings::default();
        let then = at(time, &mut news);
        found.extend(&news);
        varying::keep_time(&mut layout, &then?, time, found);
    }
    Some(layout)
}

/// The layout that `tree` says of one phase at one time, as far as it can be made out.
fn of_phase(
    document: &Document,
    tree: &Node,
    phases: phases::Phases,
    times: &varying::Times,
    found: &mut Findings,
) -> Option<Layout> {
    let hosts = lab::resolve(tree, &phases, times, found)?;
    let demanded = demand::resolve(tree, &hosts, &phases, found)?;
    let demand = demanded.demand;
    let newcomers = placed::startups_named(&demand, &document.newcomers);
    let mut index = Index::new(&demand, &demanded.unknown);
    let mut rules = demanded.rules;
    let (written, wishes) = placed::rules(tree, &hosts, &demand, &mut index, found)?;
    rules.extend(written);
    let survive = placed::survive(tree, &hosts, &demand, &mut index, found)?;
    let counts = |startup| !newcomers.contains(&startup);
    let (placement, placed_at) = placed::placement(tree, &hosts, &demand, &mut index, &counts, found)?;
    let toolbox = toolbox::resolve(tree, &index, &phases, found);
    let (rules, dormant) = rules.into_iter().partition(|rule| rule.containers.len() > 1);
    drop(index);
    let (goals, balance) = placed::goals(tree, &hosts.lab.resources, found);
    let mut layout = Layout {
        name: lab::text_at(tree, "name").map(str::to_owned),
        goals,
        balance,
        lab: hosts.lab,
        demand,
        rules,
        wishes,
        dormant,
        survive,
        most_moves: None,
        phases: phases.list,
        phase: None,
        toolbox,
        placement,
        placed_at,
        stacks: demanded.stacks,
        files: document.sources.iter().map(|source| source.name.clone()).collect(),
    };
    if layout.has_wishes() {
        layout.goals = placed::with(Goal::Wishes, &[Goal::Balance], layout.goals);
        placed::check_wishes(&layout, found);
    }
    if layout.has_targets() {
        layout.goals = placed::with(Goal::WithinTarget, &[Goal::Wishes, Goal::Balance], layout.goals);
    }
    // How full carriers are matters next to how full hosts are.
    let carries = layout.demand.has_carriers()
        || layout.stacks.iter().any(|it| it.services.iter().any(|it| it.carries.is_some()));
    if !carries {
        layout.goals.retain(|goal| *goal != Goal::CarrierBalance);
    } else if let (Some(at), false) =
        (layout.goals.iter().position(|goal| *goal == Goal::Balance), layout.goals.contains(&Goal::CarrierBalance))
    {
        layout.goals.insert(at + 1, Goal::CarrierBalance);
    }
    phases::check(&layout, found);
    if !found.has_errors() {
        demand::warn_unasked(&layout.demand, &layout.lab, &demanded.silent, found);
    }
    Some(layout)
}
