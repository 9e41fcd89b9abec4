//! What should containers ask for, going by what they take? Measure, propose, plan before and after.

use std::collections::{BTreeMap, BTreeSet};

use super::names::Names;
use super::usage::{Above, Asked, Reckoning, Stranger, Taken, Usage, above, service_of, unmeasured, usage};
use crate::diagnostic::Place;
use crate::import::found::Measured;
use crate::model::{
    Carries, Change, ChangeError, ContainerIndex, HostIndex, Layout, Of, Origin, Overlay, ResourceIndex, ServiceIndex,
    StartupIndex,
};
use crate::plan::{Plan, Refuted, Wanted, plan};
use crate::quantity::Resource;
use crate::question::Question;
use crate::solve::{Options, Part, Status};

/// Nobody runs on less cpu, in millicores: what is idle when it is looked at asks for this.
const LEAST_CPU: u64 = 10;

/// What was measured of the containers that the document writes in one place, and what follows.
#[derive(Clone, Debug, PartialEq)]
pub struct Sized {
    /// Where they are written.
    pub at: Place,
    /// The services that are written there: of a stack or range one for each startup.
    pub services: Vec<ServiceIndex>,
    /// How many containers were measured.
    pub containers: usize,
    /// How often the one was that was measured most often.
    pub samples: usize,
    /// Of each resource that was measured.
    pub figures: Vec<Figure>,
}

/// What was measured of a resource, and what is proposed.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// Of which.
    pub resource: ResourceIndex,
    /// What counts of what was measured: of the container that takes most.
    pub observed: u64,
    /// What each asks for now: of what is as large as what it holds, the largest as things stand; `None` where it stands nowhere.
    pub asked: Option<u64>,
    /// Who says so.
    pub origin: Origin,
    /// What each should ask for.
    pub proposed: Proposed,
}

/// What should be asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// So much.
    Amount(u64),
    /// So much, which is the limit: nothing takes more.
    Limit(u64),
    /// It asks for other amounts at other times, and which of them was measured is not known.
    OtherTimes,
    /// It is a budget for what lies in it, whatever that takes.
    Budget,
    /// It is as large as what lies in it.
    Content,
    /// Beyond all amounts.
    TooMuch,
}

impl Proposed {
    /// The amount, where one is proposed.
    pub fn amount(self) -> Option<u64> {
        match self {
            Proposed::Amount(amount) | Proposed::Limit(amount) => Some(amount),
            Proposed::OtherTimes | Proposed::Budget | Proposed::Content | Proposed::TooMuch => None,
        }
    }
}

impl Figure {
    /// What is to be asked for where that is something else.
    pub fn change(&self) -> Option<u64> {
        self.proposed.amount().filter(|amount| Some(*amount) != self.asked)
    }
}

/// What was measured and what is proposed, before anything is planned.
#[derive(Clone, Debug)]
pub struct Proposal {
    /// How figures follow from samples.
    pub reckoning: Reckoning,
    /// In the order of the document.
    pub sized: Vec<Sized>,
    /// Who takes more than it asks for.
    pub above: Vec<Above>,
    /// Names that mean nobody.
    pub strangers: Vec<Stranger>,
    /// The containers of which nothing was measured.
    pub unmeasured: Vec<ContainerIndex>,
}

impl Proposal {
    /// Whether nothing was measured more than once: then it says what was taken at one moment.
    pub fn is_snapshot(&self) -> bool {
        self.sized.iter().all(|it| it.samples <= 1)
    }

    /// The changes that make it so.
    pub fn changes(&self, layout: &Layout) -> Vec<Change> {
        let mut changes = Vec::new();
        for sized in &self.sized {
            for figure in &sized.figures {
                let Some(amount) = figure.change() else { continue };
                for resource in layout.lab.at_all_times(figure.resource) {
                    let change = |of: Of| Change::Request { of, resource, amount };
                    changes.extend(of_stack(layout, sized.at).map(change));
                    let differs =
                        |service: &&ServiceIndex| layout.demand.services[**service].request[resource].value != amount;
                    changes.extend(sized.services.iter().filter(differs).map(|&service| change(Of::Service(service))));
                }
            }
        }
        changes
    }
}

/// Who measured, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The tools.
    pub tool: String,
    /// The date, as a document writes it.
    pub date: String,
}

impl Proposal {
    /// What the containers are to say in the document: what was observed, and where `requests` are wanted what is proposed.
    /// What is observed is rounded up to what people write: millicores, whole MiB.
    pub fn settings(&self, layout: &Layout, seen: &Seen, requests: bool) -> BTreeMap<Place, Overlay> {
        let mut settings = BTreeMap::new();
        for sized in &self.sized {
            let mut said = Overlay::EMPTY;
            for figure in sized.figures.iter().filter(|_| requests) {
                if let Some(amount) = figure.change() {
                    let of = &layout.lab.resources[figure.resource];
                    said = said.with(&[of.base().name()], Overlay::text(of.write(amount)));
                }
            }
            for figure in &sized.figures {
                let of = &layout.lab.resources[figure.resource];
                let step = step(layout, figure.resource);
                let amount = figure.observed.checked_next_multiple_of(step).unwrap_or(figure.observed);
                said = said.with(&["observed", of.base().name()], Overlay::text(of.write(amount)));
            }
            if sized.figures.is_empty() {
                continue;
            }
            let source = match sized.samples {
                0 | 1 => format!("{}, a snapshot", seen.tool),
                many => format!("{}, {many} samples", seen.tool),
            };
            said = said.with(&["observed", "source"], Overlay::text(source));
            said = said.with(&["observed", "date"], Overlay::text(&seen.date));
            settings.insert(sized.at, said);
        }
        settings
    }
}

/// In which steps people write a resource.
fn step(layout: &Layout, resource: ResourceIndex) -> u64 {
    let of = &layout.lab.resources[resource];
    if *of.base() == Resource::Cpu { 1 } else { of.family.step() }
}

/// The container of a stack that is written there.
fn of_stack(layout: &Layout, at: Place) -> Option<Of> {
    layout.stacks.iter().enumerate().find_map(|(stack, known)| {
        let service = known.services.iter().position(|service| service.at == at)?;
        Some(Of::Stack { stack, service })
    })
}

/// What `measured` says of the containers of a layout, and what they should ask for.
pub fn propose<'a>(
    layout: &Layout,
    names: &Names,
    measured: impl IntoIterator<Item = &'a Measured>,
    reckoning: Reckoning,
) -> Proposal {
    let usage = usage(layout, names, measured);
    let asked = Asked::new(layout, &layout.placement);
    let mut by_place: BTreeMap<Place, Vec<&Taken>> = BTreeMap::new();
    for one in &usage.taken {
        by_place.entry(layout.demand.services[service_of(layout, one.whom)].at).or_default().push(one);
    }
    let mut written: BTreeMap<Place, Vec<ServiceIndex>> = BTreeMap::new();
    for (service, of) in layout.demand.services.iter().enumerate() {
        if by_place.contains_key(&of.at) {
            written.entry(of.at).or_default().push(service);
        }
    }
    let sized = by_place.into_iter().filter_map(|(at, taken)| {
        let services = written.remove(&at)?;
        let figures = [Resource::Cpu, Resource::Memory];
        let figures =
            figures.iter().filter_map(|of| figure(layout, &asked, &services, &taken, of, reckoning)).collect();
        let samples = taken.iter().map(|it| it.samples()).max().unwrap_or(0);
        Some(Sized { at, services, containers: taken.len(), samples, figures })
    });
    let sized = sized.collect();
    let (above, unmeasured) = (above(layout, &asked, &usage, reckoning), unmeasured(layout, &usage));
    let Usage { taken: _, strangers } = usage;
    Proposal { reckoning, sized, above, strangers, unmeasured }
}

fn figure(
    layout: &Layout,
    asks: &Asked,
    services: &[ServiceIndex],
    taken: &[&Taken],
    of: &Resource,
    reckoning: Reckoning,
) -> Option<Figure> {
    let observed = taken.iter().filter_map(|one| one.of(of, reckoning)).max()?;
    let &first = services.first()?;
    let service = &layout.demand.services[first];
    let resource = layout.lab.resource_index(of)?;
    // What is drawn from a pool is none of the figures that a tool shows of a host.
    if layout.lab.asked_as(service.pool, resource) != Some(resource) {
        return None;
    }
    let amount = service.request.get(resource)?;
    let times = layout.lab.at_all_times(resource);
    let differs = times.iter().any(|&it| service.request.get(it).is_some_and(|at| at.value != amount.value));
    let wanted = match of {
        Resource::Cpu => Some(observed.max(LEAST_CPU)),
        _ => reckoning.with_headroom(observed),
    };
    let wanted = wanted.and_then(|amount| amount.checked_next_multiple_of(step(layout, resource)));
    let limit = service.limit.get(resource).copied().flatten();
    let content = service.carries.as_deref().is_some_and(|it| it.content[resource]);
    let largest =
        |&service: &ServiceIndex| asks.of(service, layout.demand.services[service].containers.clone(), resource);
    let asked = if content { services.iter().filter_map(largest).max() } else { asks.of(first, [], resource) };
    let proposed = match (wanted, limit) {
        _ if content => Proposed::Content,
        _ if service.carries.is_some() => Proposed::Budget,
        _ if differs => Proposed::OtherTimes,
        (Some(wanted), Some(limit)) if limit < wanted => Proposed::Limit(limit),
        (Some(wanted), _) if wanted <= crate::quantity::LARGEST_AMOUNT => Proposed::Amount(wanted),
        _ => Proposed::TooMuch,
    };
    Some(Figure { resource, observed, asked, origin: amount.origin.clone(), proposed })
}

/// What would change.
#[derive(Clone, Debug)]
pub struct Rightsize {
    /// What was measured, and what is proposed.
    pub proposal: Proposal,
    /// The layout with what is proposed.
    pub layout: Layout,
    /// The plan of what is asked for now.
    pub before: Plan,
    /// The plan of what is proposed.
    pub after: Plan,
}

impl Rightsize {
    /// What everything asks for before and after, for each resource: carriers that are as large as what they hold as large as they
    /// are in the plan, where that places everything.
    pub fn asked(&self, before: &Layout) -> [Vec<u64>; 2] {
        [(before, &self.before), (&self.layout, &self.after)].map(|(layout, plan)| asked(layout, plan))
    }

    /// The hosts that hold something in the plan before and nothing in the one after.
    pub fn freed(&self) -> Vec<HostIndex> {
        let after = holding(&self.after);
        holding(&self.before).difference(&after).copied().collect()
    }

    /// The startups that find no place before and do after.
    pub fn now_fit(&self, before: &Layout) -> Vec<StartupIndex> {
        let left = |plan: &Plan| -> BTreeSet<StartupIndex> {
            plan.unplaced.iter().map(|&it| before.demand.startup_of(it)).collect()
        };
        match self.after.status {
            Status::Optimal | Status::Feasible => left(&self.before).difference(&left(&self.after)).copied().collect(),
            Status::Infeasible | Status::Unknown => Vec::new(),
        }
    }

    /// Whether everything fits with what is proposed; `None` where that is not known.
    pub fn fits(&self) -> Option<bool> {
        match self.after.status {
            Status::Optimal | Status::Feasible => Some(self.after.unplaced.is_empty()),
            Status::Infeasible => Some(false),
            Status::Unknown => None,
        }
    }
}

fn asked(layout: &Layout, plan: &Plan) -> Vec<u64> {
    let grows = layout.demand.services.iter().any(|it| it.carries.as_deref().is_some_and(Carries::is_of_content));
    let whole = matches!(plan.status, Status::Optimal | Status::Feasible) && plan.unplaced.is_empty();
    if !grows || !whole {
        return layout.totals().0;
    }
    let used = layout.used(&plan.placement);
    (0..layout.lab.resources.len()).map(|it| used.iter().map(|of| of[it]).sum()).collect()
}

/// The hosts that hold anything.
pub fn holding(plan: &Plan) -> BTreeSet<HostIndex> {
    plan.hosts.iter().filter(|held| !held.containers.is_empty()).map(|held| held.host).collect()
}

/// Why nothing can be said of what is proposed.
#[derive(Clone, Debug)]
pub enum RightsizeError {
    /// It cannot be asked for.
    Change(ChangeError),
    /// The solver was refuted.
    Refuted(Refuted),
}

impl From<ChangeError> for RightsizeError {
    fn from(error: ChangeError) -> Self {
        RightsizeError::Change(error)
    }
}

impl From<Refuted> for RightsizeError {
    fn from(refuted: Refuted) -> Self {
        RightsizeError::Refuted(refuted)
    }
}

/// What would change if the containers of `question` asked for what is proposed. Where not everything fits, whole
/// startups are placed, before and after.
///
/// # Errors
/// Where the proposed amounts add up to more than is counted, or the solver was refuted.
pub fn rightsize(question: &Question, proposal: Proposal, options: &Options) -> Result<Rightsize, RightsizeError> {
    let mut question = question.clone();
    question.partial = true;
    let changes = proposal.changes(&question.layout);
    let wanted = Wanted { room: true, ..Wanted::default() };
    let part = Part { clock: options.clock, reserve: options.clock.left() / 2 };
    let before = plan(&question, wanted, &Options { clock: &part, ..*options })?;
    if changes.is_empty() {
        let after = before.clone();
        return Ok(Rightsize { proposal, layout: question.layout, before, after });
    }
    let changed = question.supposing(&changes)?;
    let after = plan(&changed, wanted, options)?;
    Ok(Rightsize { proposal, layout: changed.layout, before, after })
}
