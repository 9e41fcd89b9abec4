//! What containers take, what they should ask for, and what that would change.

use std::collections::BTreeSet;

use super::{refusals, titled, why};
use crate::model::{Layout, ResourceIndex};
use crate::operate::names::NoMatch;
use crate::operate::rightsize::{Figure, Proposal, Proposed, Rightsize, Sized, holding};
use crate::operate::usage::{Above, Reckoning};
use crate::plan::Plan;
use crate::quantity::Resource;
use crate::report::content;
use crate::report::page::{Block, Column, Only, Page, Role, Says, Table, Text, Tone};
use crate::report::text::{self, count_of, few, list, plain, quoted};
use crate::solve::Status;

/// So many are named of what is not known, not measured, or takes too much.
const NAMED: usize = 8;
/// So many rows of figures a terminal shows.
const SHOWN: usize = 40;

/// The whole answer; `before` is the layout as it is.
pub fn rightsize(before: &Layout, answer: &Rightsize) -> Page {
    let Rightsize { proposal, layout: after, .. } = answer;
    let mut page = titled(before, "Rightsize");
    page.add(Block::claim(Tone::of(answer.fits()), &headline(before, answer))).gap();
    page.add(Says::new(reckoned(proposal), 2)).gap();
    if !proposal.sized.is_empty() {
        cut(&mut page, figures(before, &proposal.sized), SHOWN);
        page.gap();
    }
    page.join(above(before, &proposal.above));
    page.gap().section("before and after", "Before and after");
    page.add(sides(before, answer));
    page.join(short(after, &answer.after));
    if !proposal.strangers.is_empty() || !proposal.unmeasured.is_empty() {
        page.gap();
    }
    page.join(strangers(proposal));
    if !proposal.unmeasured.is_empty() {
        let ids: Vec<String> = proposal.unmeasured.iter().map(|&it| format!("`{}`", before.container_id(it))).collect();
        let words = format!("of {} nothing was measured: {}", count_of(ids.len(), "container"), few(&ids, NAMED, list));
        page.add(Says::new(words, 2));
    }
    page
}

/// `10 of 31 containers measured; what they should ask for is less: 1 host is freed`.
fn headline(before: &Layout, answer: &Rightsize) -> String {
    let proposal = &answer.proposal;
    let all: usize = before.demand.services.iter().map(|service| service.instances()).sum();
    let measured: usize = proposal.sized.iter().map(|it| it.containers).sum();
    let changed = proposal.sized.iter().filter(|it| it.figures.iter().any(|figure| figure.change().is_some())).count();
    let freed = answer.freed().len();
    let ends = match answer.fits() {
        Some(true) => match (changed, freed) {
            (0, _) => "nothing is to be changed".to_owned(),
            (_, 0) => "everything fits with what is proposed".to_owned(),
            (_, freed) => format!("everything fits with what is proposed, and {} free", are(freed, "host")),
        },
        Some(false) => "not everything fits with what is proposed".to_owned(),
        None => "whether everything fits with what is proposed was not found out".to_owned(),
    };
    format!("{measured} of {} measured; {ends}", count_of(all, "container"))
}

fn are(many: usize, noun: &str) -> String {
    format!("{} {}", count_of(many, noun), if many == 1 { "is" } else { "are" })
}

/// From what the figures follow, and how.
fn reckoned(proposal: &Proposal) -> String {
    let Reckoning { cpu_percentile, headroom } = proposal.reckoning;
    let (percentile, headroom) = (millionths(cpu_percentile), millionths(headroom));
    let most = proposal.sized.iter().map(|it| it.samples).max().unwrap_or(0);
    let how = format!("memory: the most + {headroom} %");
    if proposal.is_snapshot() {
        return format!(
            "a snapshot: what each took at one moment, which says little of cpu; {how}; `--history DIR` keeps snapshots, and \
             of several cpu is the {percentile}th percentile"
        );
    }
    format!("from up to {} of each container; cpu: the {percentile}th percentile; {how}", count_of(most, "sample"))
}

/// `95`, `99.5`.
fn millionths(amount: u64) -> String {
    let (whole, part) = (amount / 1_000_000, amount % 1_000_000);
    let part = format!("{part:06}");
    match part.trim_end_matches('0') {
        "" => whole.to_string(),
        part => format!("{whole}.{part}"),
    }
}

/// Who is written in one place: `s01..s17/app`.
pub fn called(layout: &Layout, sized: &Sized) -> String {
    let services = sized.services.iter().map(|&service| &layout.demand.services[service]);
    let startups: Vec<&str> = services.clone().map(|it| layout.demand.startups[it.startup].name.as_str()).collect();
    let names: BTreeSet<&str> = services.map(|it| it.name.as_str()).collect();
    let names: Vec<&str> = names.into_iter().collect();
    let mut seen = BTreeSet::new();
    let startups: Vec<&str> = startups.into_iter().filter(|name| seen.insert(*name)).collect();
    format!("{}/{}", text::ranges(&startups), names.join(", "))
}

fn figures(layout: &Layout, sized: &[Sized]) -> Table {
    let mut columns = vec![Column::words("container"), Column::figures("measured").short("")];
    let resources: Vec<ResourceIndex> =
        [Resource::Cpu, Resource::Memory].iter().filter_map(|it| layout.lab.resource_index(it)).collect();
    for &resource in &resources {
        let name = layout.lab.resources[resource].base().name();
        columns.push(Column::figures(format!("{name} asked")));
        columns.push(Column::figures("taken"));
        columns.push(Column::figures("proposed"));
    }
    let mut table = Table::new(2, columns);
    for one in sized {
        let many = if one.containers > 1 { format!("{} x", one.containers) } else { String::new() };
        let mut cells = vec![Role::Code.text(called(layout, one)), Text::from(many)];
        for &resource in &resources {
            match one.figures.iter().find(|figure| figure.resource == resource) {
                Some(figure) => cells.extend(shown(layout, one, figure)),
                None => cells.extend([Text::default(), Text::default(), Text::default()]),
            }
        }
        table.row(cells);
    }
    table
}

/// What is asked, taken and proposed.
fn shown(layout: &Layout, sized: &Sized, figure: &Figure) -> [Text; 3] {
    let of = &layout.lab.resources[figure.resource];
    let service = sized.services.first().map(|&service| &layout.demand.services[service]);
    let mark = service.map_or("", |service| text::mark(service, figure.resource));
    let asked = figure.asked.map_or_else(|| "content".to_owned(), |asked| format!("{mark}{}", of.show(asked)));
    let above = figure.asked.is_some_and(|asked| figure.observed > asked);
    let taken = Text::from(of.show(figure.observed)).toned(above.then_some(Tone::Bad));
    let proposed = match figure.proposed {
        Proposed::Amount(amount) if Some(amount) == figure.asked => Text::from("as it is").toned(Tone::Dim),
        Proposed::Amount(amount) => Text::from(of.show(amount)),
        Proposed::Limit(amount) => Text::from(format!("{} (limit)", of.show(amount))),
        Proposed::OtherTimes => Text::from("by time").toned(Tone::Dim),
        Proposed::Budget => Text::from("budget").toned(Tone::Dim),
        Proposed::Content => Text::from("content").toned(Tone::Dim),
        Proposed::TooMuch => Text::from("too much").toned(Tone::Warn),
    };
    [Text::from(asked), taken, proposed]
}

/// Who takes more than it asks for.
pub(super) fn above(layout: &Layout, above: &[Above]) -> Page {
    let mut page = Page::default();
    if above.is_empty() {
        return page;
    }
    let who: BTreeSet<_> = above.iter().map(|it| (it.whom, &it.name)).collect();
    let (takes, asks) = if who.len() == 1 { ("takes", "it asks") } else { ("take", "they ask") };
    page.section(&format!("{} {takes} more than {asks} for", count_of(who.len(), "container")), "Above what is asked");
    let columns = [Column::words("container"), Column::figures("asked"), Column::words(""), Column::figures("taken")];
    let mut table = Table::headless(2, columns);
    for one in above {
        let of = &layout.lab.resources[one.resource];
        let id = match one.whom {
            crate::operate::names::Whom::Container(container) => layout.container_id(container),
            crate::operate::names::Whom::Service(service) => layout.service_id(service),
        };
        table.row([
            Role::Code.text(id),
            Text::from(text::amount_of(of, one.asked)),
            Text::from("asked, taken"),
            Text::from(of.show(one.taken)).toned(Tone::Bad),
        ]);
    }
    cut(&mut page, table, NAMED);
    page
}

/// A table of which a terminal shows the first rows.
pub(super) fn cut(page: &mut Page, mut table: Table, shown: usize) {
    let more = table.rows.len().saturating_sub(shown);
    table.rows.iter_mut().skip(shown).for_each(|(only, _)| *only = Some(Only::Markdown));
    page.add(table).more(more, format!("  and {more} more"));
}

/// The plan of what is asked for, and of what is proposed.
fn sides(before: &Layout, answer: &Rightsize) -> Table {
    let columns = [Column::words(""), Column::figures("before"), Column::figures("after"), Column::words("")];
    let mut table = Table::new(2, columns);
    let plans = [(before, &answer.before), (&answer.layout, &answer.after)];
    let names = |hosts: Vec<crate::model::HostIndex>| {
        let names: Vec<String> = hosts.into_iter().map(|host| before.lab.hosts[host].name.clone()).collect();
        few(&names, NAMED, list)
    };
    let startups = plans.map(|(layout, plan)| running(layout, plan));
    let fit: Vec<String> = vec![content::names(before, &answer.now_fit(before))];
    let fit = if answer.now_fit(before).is_empty() { String::new() } else { format!("fits then: {}", fit.join("")) };
    let [now, then] = startups;
    table.row([Text::from("startups that run"), Text::from(now), Text::from(then), Text::from(fit)]);
    let hosts = plans.map(|(_, plan)| holding(plan).len().to_string());
    let freed = answer.freed();
    let freed = if freed.is_empty() { String::new() } else { format!("freed: {}", names(freed)) };
    let [now, then] = hosts;
    table.row([Text::from("hosts in use"), Text::from(now), Text::from(then), Text::from(freed)]);
    for resource in [Resource::Cpu, Resource::Memory].iter().filter_map(|it| before.lab.resource_index(it)) {
        let of = &before.lab.resources[resource];
        let [now, then] = answer.asked(before).map(|asked| of.show(asked[resource]));
        table.row([Text::from(format!("{} asked for", of.base().name())), Text::from(now), Text::from(then)]);
    }
    for room in &answer.after.rooms {
        let now = answer.before.rooms.iter().find(|it| it.of == room.of);
        let said = |room: &crate::plan::Room| match room.proven {
            true => room.count.to_string(),
            false => format!("{} or more", room.count),
        };
        let now = now.map_or_else(|| "-".to_owned(), said);
        let of = format!("room for more like `{}`", plain(&room.of));
        table.row([Text::from(of), Text::from(now), Text::from(said(room))]);
    }
    table
}

/// What does not fit with what is proposed, and why.
fn short(layout: &Layout, plan: &Plan) -> Page {
    let mut page = Page::default();
    if plan.unplaced.is_empty() {
        return page;
    }
    page.gap().section("does not fit with what is proposed", "Does not fit with what is proposed");
    let names: Vec<String> = plan.unplaced.iter().map(|&it| format!("`{}`", layout.container_id(it))).collect();
    page.add(Says::new(few(&names, NAMED, list), 2));
    if let Some(found) = &plan.why {
        page.add(why::blame(layout, found));
    }
    page.join(refusals::refusals(layout, &plan.refusals));
    page
}

/// `18 of 18`; a question mark where that was not found out.
fn running(layout: &Layout, plan: &Plan) -> String {
    let all = layout.demand.startups.len();
    match plan.status {
        Status::Unknown => format!("? of {all}"),
        _ => format!("{} of {all}", layout.startups_that_run(&plan.placement)),
    }
}

/// Names that mean nobody.
fn strangers(proposal: &Proposal) -> Page {
    let mut page = Page::default();
    let unknown: Vec<String> =
        proposal.strangers.iter().filter(|it| it.why == NoMatch::Unknown).map(|it| quoted(&it.name)).collect();
    if !unknown.is_empty() {
        let goes = if unknown.len() == 1 { "name means" } else { "names mean" };
        let words = format!(
            "{} {goes} nobody in the document: {}; `--match NAME=ID` says who it is",
            unknown.len(),
            few(&unknown, NAMED, list)
        );
        page.add(Says::new(words, 2));
    }
    for one in &proposal.strangers {
        if let NoMatch::Several(ids) = &one.why {
            page.add(Says::new(format!("{} may be {}: it is left out", quoted(&one.name), or(ids)), 2));
        }
    }
    page
}

/// `a`, `b` or `c`.
pub(super) fn or(ids: &[String]) -> String {
    ids.iter().map(|id| format!("`{id}`")).collect::<Vec<_>>().join(" or ")
}
