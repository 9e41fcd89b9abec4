//! What does not run where it is planned, and the moves back.

use super::rightsize::{above, cut, or};
use super::{moves, titled};
use crate::check::Violation;
use crate::diagnostic::Place;
use crate::document::Source;
use crate::model::{Layout, Spot};
use crate::operate::drift::{Drift, Elsewhere, Missing, Unplanned, Why, name_of};
use crate::operate::names::{NoMatch, Whom};
use crate::report::page::{Block, Column, Page, Role, Says, Table, Text, Tone};
use crate::report::text::{clean, count_of, plain};

/// So many lines of a kind a terminal shows.
const SHOWN: usize = 40;
/// So many things that are wrong are said.
const WRONG: usize = 5;

/// The whole answer; `sources` are the files that say what runs.
pub fn drift(layout: &Layout, drift: &Drift, sources: &[Source]) -> Page {
    let mut page = titled(layout, "Drift");
    page.add(Block::claim(Tone::of(Some(drift.is_none())), &headline(drift))).gap();
    page.join(elsewhere(layout, &drift.elsewhere)).gap();
    page.join(missing(layout, drift)).gap();
    page.join(unplanned(layout, &drift.unplanned, sources)).gap();
    page.join(above(layout, &drift.above)).gap();
    page.join(wrong(layout, &drift.violations, ["as it runs, this is broken", "As it runs, this is broken"])).gap();
    page.join(wrong(layout, &drift.of_plan, ["as it is planned, this is broken", "As it is planned, this is broken"]))
        .gap();
    if let Some(steps) = &drift.steps {
        page.join(moves::steps(layout, steps));
    }
    page
}

/// `drift: 2 run elsewhere, 1 does not run; 28 of 31 run where they are planned`.
fn headline(drift: &Drift) -> String {
    let planned = count_of(drift.planned, "container");
    if drift.is_none() {
        return match drift.planned {
            1 => "no drift: the one container runs where it is planned".to_owned(),
            _ => format!("no drift: all {planned} run where they are planned"),
        };
    }
    let mut words: Vec<String> = Vec::new();
    let mut say = |many: usize, one: &str, several: &str| match many {
        0 => {}
        1 => words.push(format!("1 {one}")),
        many => words.push(format!("{many} {several}")),
    };
    say(drift.elsewhere.len(), "runs elsewhere", "run elsewhere");
    say(drift.missing.len(), "does not run", "do not run");
    say(drift.unplanned.len(), "is not in the plan", "are not in the plan");
    say(drift.above.len(), "takes more than it asks for", "take more than they ask for");
    format!("drift: {}; {} of {planned} run where they are planned", words.join(", "), drift.as_planned)
}

fn elsewhere(layout: &Layout, all: &[Elsewhere]) -> Page {
    let mut page = Page::default();
    if all.is_empty() {
        return page;
    }
    page.section("runs elsewhere", "Runs elsewhere");
    let columns = [Column::words("container"), Column::words("planned"), Column::words("runs")];
    let mut table = Table::new(2, columns);
    for one in all {
        let planned = layout.spot_name(one.planned);
        let runs = plain(&name_of(layout, &one.runs));
        table.row([
            Role::Code.text(layout.container_id(one.container)),
            Role::Name.text(planned),
            Role::Name.text(runs),
        ]);
    }
    cut(&mut page, table, SHOWN);
    page
}

fn missing(layout: &Layout, drift: &Drift) -> Page {
    let mut page = Page::default();
    if drift.missing.is_empty() {
        return page;
    }
    page.section("does not run", "Does not run");
    let mut table = Table::headless(2, [Column::words("container"), Column::words("planned")]);
    let planned = layout.placement.as_ref();
    for one in &drift.missing {
        let (id, host) = match *one {
            Missing::Container(container) => {
                let spot: Option<Spot> = planned.and_then(|it| it.spot(container));
                (layout.container_id(container), spot.map(|spot| layout.spot_name(spot)).unwrap_or_default())
            }
            Missing::Agent(service, host) => (layout.service_id(service), layout.lab.hosts[host].name.clone()),
        };
        table.row([Role::Code.text(id), Text::from(format!("planned on {host}"))]);
    }
    cut(&mut page, table, SHOWN);
    page
}

fn unplanned(layout: &Layout, all: &[Unplanned], sources: &[Source]) -> Page {
    let mut page = Page::default();
    if all.is_empty() {
        return page;
    }
    page.section("not in the plan", "Not in the plan");
    let columns = [Column::words("name"), Column::words("on"), Column::words("why"), Column::words("at")];
    let mut table = Table::headless(2, columns);
    for one in all {
        let on = one.on.as_deref().map(plain).unwrap_or_default();
        table.row([
            Role::Name.text(clean(&plain(&one.name))),
            Role::Name.text(on),
            Text::from(why(layout, &one.why)),
            Text::from(place(one.at, sources)).toned(Tone::Dim),
        ]);
    }
    cut(&mut page, table, SHOWN);
    if all.iter().any(|it| matches!(it.why, Why::Name(_))) {
        page.add(Says::new("`--match NAME=ID` says who a name means", 2));
    }
    page
}

/// Why something is not in the plan.
pub fn why(layout: &Layout, why: &Why) -> String {
    match why {
        Why::Name(NoMatch::Unknown) => "nothing in the document goes by that name".to_owned(),
        Why::Name(NoMatch::Several(ids)) => format!("it may be {}", or(ids)),
        Why::NotPlaced(Whom::Container(container)) => {
            format!("`placement` has no place for `{}`", layout.container_id(*container))
        }
        Why::NotPlaced(Whom::Service(service)) | Why::TooMany(service) => {
            let many = layout.demand.services[*service].containers.len();
            format!("`{}` has {}", layout.service_id(*service), count_of(many, "replica"))
        }
        Why::NotThere(service) => format!("`{}` is not to run on this host", layout.service_id(*service)),
        Why::Twice(container) => format!("`{}` runs more than once", layout.container_id(*container)),
    }
}

fn place(at: Place, sources: &[Source]) -> String {
    if at.line == 0 { String::new() } else { crate::import::place(at, sources) }
}

/// What is wrong, under its heading for terminals and for Markdown.
fn wrong(layout: &Layout, violations: &[Violation], [heading, title]: [&str; 2]) -> Page {
    let mut page = Page::default();
    if violations.is_empty() {
        return page;
    }
    page.section(heading, title);
    for one in violations.iter().take(WRONG) {
        page.add(Says::under(one.message(layout), 2, 4));
    }
    let more = violations.len().saturating_sub(WRONG);
    page.more(more, format!("  and {more} more"));
    page
}
