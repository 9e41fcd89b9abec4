//! Does a further startup fit: as things stand, after moves, or not, because?

use crate::explain::Refusal;
use crate::explain::conflict::{Blame, Why, why};
use crate::explain::evict::{GivesWay, gives_way};
use crate::explain::proof::{count_moves, proof};
use crate::explain::remedies::{Remedy, remedies};
use crate::explain::room::{self, FOR_ORDER, Way, way};
use crate::model::{
    Change, ContainerIndex, Goal, HostUse, Layout, Like, Placement, Ratio, ResourceIndex, StartupIndex,
};
use crate::moves::{Move, moving};
use crate::plan::{
    Changes, OrderVerdict, Pause, Refuted, Steps, begun, broken, copies, fill, further, judged, largest, pause,
    referee, refusals_of, survived,
};
use crate::question::Question;
use crate::solve::{Effort, Options, Packed, Progress, Proof, Scope, Status, near, packs, solve};

/// The answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fits {
    /// They fit and nothing moves.
    AsIs,
    /// They fit after the moves.
    WithMoves,
    /// They do not fit, proven.
    No,
    /// Neither shown nor refuted before the limit.
    Unknown,
}

/// Whether the arrivals fit.
#[derive(Clone, Debug)]
pub struct Fit {
    /// The answer.
    pub answer: Fits,
    /// The layout with the arrivals in it; every index below is into this one.
    pub layout: Layout,
    /// Where things stood.
    pub before: Placement,
    /// Where they would stand. Where the answer is not yes: as they stood, and such of the arrivals' containers as find
    /// room one by one; every refusal is about this placement.
    pub after: Placement,
    /// The startups that come.
    pub arrivals: Vec<StartupIndex>,
    /// What each host holds under `after`.
    pub hosts: Vec<HostUse>,
    /// Who stops for them, where that was asked for and nothing else makes room; the layout is without these.
    pub evicted: Option<Evicted>,
    /// What moves, in an order in which every step is valid; without the arrivals.
    pub moves: Vec<Move>,
    /// What is to be done, where the answer is yes.
    pub changes: Option<Changes>,
    /// Whether fewer moves are proven not to do.
    pub fewest_moves: bool,
    /// Where no sequence of valid steps makes room, or none was found: one on which some containers stop for a while.
    pub pause: Option<Pause>,
    /// Why not, host by host.
    pub refusals: Vec<Refusal>,
    /// What is to blame, where the answer is no and that was found out.
    pub why: Option<Why>,
    /// What would make them fit, cheapest first, where the answer is no.
    pub remedies: Vec<Remedy>,
    /// Other startups that are not placed and were left out.
    pub left_out: Vec<StartupIndex>,
    /// Beyond these arrivals, how many more like the last of them would fit, moves allowed. Where the answer is no: how
    /// many of them would fit at all, where they are several of one stack.
    pub how_many_more: u64,
    /// Whether one more is proven not to fit.
    pub how_many_more_proven: bool,
    /// The resource that binds first.
    pub bottleneck: Option<ResourceIndex>,
    /// What proves the answer.
    pub proof: Proof,
}

/// Who stops for those who come; where nobody does, why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Evicted {
    /// These stop.
    These {
        /// The startups by name, each with its priority.
        startups: Vec<(String, u64)>,
        /// Their containers, by document id.
        containers: Vec<String>,
        /// Whether less priority, or of that fewer containers, are proven not to do.
        least: bool,
    },
    /// None of lower priority runs.
    Nobody,
    /// It would not do if all of lower priority stopped, proven.
    InVain,
    /// Neither was shown before the limit.
    Unknown,
}

/// Why the question could not be asked.
#[derive(Debug)]
pub enum FitError {
    /// The placement has violations of its own.
    Invalid(Box<Layout>, Vec<crate::check::Violation>),
    /// The startup asked about is placed already, in part or whole.
    AlreadyPlaced(String),
    /// The solver was refuted.
    Refuted(Refuted),
}

impl From<Refuted> for FitError {
    fn from(refuted: Refuted) -> Self {
        FitError::Refuted(refuted)
    }
}

/// So many containers are named.
const NAMED: usize = 6;
/// How many more fit is searched for to the end among so many containers.
const SEARCHED: usize = 1_000;
/// The count of further startups stops here.
const MORE_MOST: u64 = 1_000;

/// Whether those who are to come fit on top of what runs, where the layout has no placement on top of a plan without
/// them. Amounts are in base units.
///
/// # Errors
/// See [`FitError`]: what stands breaks something, an arrival is placed already, or the solver was refuted.
pub fn fit(question: &Question, options: &Options) -> Result<Fit, FitError> {
    let alike = question.arrivals.as_ref().is_some_and(|it| it.alike);
    let evicts = question.arrivals.as_ref().is_some_and(|it| it.evict);
    match arriving(question, options)? {
        Ok(arriving) if evicts => arriving.evicting(alike),
        Ok(arriving) => arriving.answer(alike),
        Err(base) => Ok(*base),
    }
}

/// Those who are to come on top of what runs, or on top of a plan without them; where there is none, that is the answer.
fn arriving<'a>(question: &'a Question, options: &'a Options) -> Result<Result<Arriving<'a>, Box<Fit>>, FitError> {
    let layout = &question.layout;
    let arrivals = question.arrivals.as_ref().map_or_else(Vec::new, |it| it.startups.clone());
    for &startup in &arrivals {
        let placed = |it: ContainerIndex| layout.placement.as_ref().is_some_and(|p| p.host_of[it].is_some());
        if layout.demand.containers_of(startup).any(placed) {
            return Err(FitError::AlreadyPlaced(layout.demand.startups[startup].name.clone()));
        }
    }
    let base = match &layout.placement {
        Some(placement) => standing(&layout.before(&arrivals), placement)?,
        None => match planned_first(&layout.before(&arrivals), &arrivals, options)? {
            Ok(placement) => placement,
            Err(proof) => return Ok(Err(Box::new(base_does_not_fit(layout.clone(), arrivals, proof)))),
        },
    };
    let unplaced = layout.placement.is_none().then_some(question);
    let question = question.clone().standing(base.clone());
    Ok(Ok(Arriving { included: question.included(), question, unplaced, base, arrivals, options }))
}

/// The answer without those who give way, if it is yes.
fn fit_without(question: &Question, alike: bool, options: &Options) -> Result<Option<Fit>, FitError> {
    let Ok(arriving) = arriving(question, options)? else { return Ok(None) };
    let fit = arriving.answer(alike)?;
    Ok(matches!(fit.answer, Fits::AsIs | Fits::WithMoves).then_some(fit))
}

impl Evicted {
    fn these(layout: &Layout, before: &Placement, startups: &[StartupIndex], least: bool) -> Evicted {
        let containers = startups.iter().flat_map(|&startup| layout.demand.containers_of(startup));
        let containers = containers.filter(|&container| before.host(container).is_some());
        let named = |&startup: &StartupIndex| {
            let its = &layout.demand.startups[startup];
            (its.name.clone(), its.priority)
        };
        Evicted::These {
            containers: containers.map(|container| layout.container_id(container)).collect(),
            startups: startups.iter().map(named).collect(),
            least,
        }
    }
}

impl Fit {
    /// The same, with those who stopped before.
    fn after_stopping(self, evicted: Evicted) -> Fit {
        let stops = if let Evicted::These { containers, .. } = &evicted { containers.len() } else { 0 };
        let changes = self.changes.map(|changes| Changes { stops, ..changes });
        Fit { evicted: Some(evicted), changes, ..self }
    }
}

/// Whether they fit, asked anew.
fn says_yes(question: &Question, options: &Options) -> bool {
    let yes = |verdict: Verdict| matches!(verdict.answer, Fits::AsIs | Fits::WithMoves);
    arriving(question, options).is_ok_and(|it| it.is_ok_and(|it| it.verdict().is_ok_and(yes)))
}

/// The placement that there is, if it is valid as far as it goes.
fn standing(layout: &Layout, placement: &Placement) -> Result<Placement, FitError> {
    let violations = broken(layout, placement);
    match violations.is_empty() {
        true => Ok(placement.clone()),
        false => Err(FitError::Invalid(Box::new(layout.clone()), violations)),
    }
}

/// A placement of everything but the arrivals, or why there is none.
fn planned_first(
    layout: &Layout,
    arrivals: &[StartupIndex],
    options: &Options,
) -> Result<Result<Placement, Proof>, FitError> {
    let mut included = vec![true; layout.demand.containers.len()];
    arrivals.iter().flat_map(|&s| layout.demand.containers_of(s)).for_each(|container| included[container] = false);
    let scope = Scope { included: Some(&included), ..Scope::ALL };
    let answer = options.keeping(2, |options| solve(layout, &layout.goals, scope, options));
    let empty = Placement::empty(layout.demand.containers.len());
    match answer.placement {
        Some(placement) => {
            referee(layout, &placement, |container| !included[container])?;
            Ok(Ok(placement))
        }
        None => Ok(Err(proof(layout, &answer, &empty))),
    }
}

fn base_does_not_fit(layout: Layout, arrivals: Vec<StartupIndex>, proof: Proof) -> Fit {
    let empty = Placement::empty(layout.demand.containers.len());
    let proven = proof.kind != "none";
    Fit {
        answer: if proven { Fits::No } else { Fits::Unknown },
        hosts: layout.usage(&empty),
        before: empty.clone(),
        after: empty,
        arrivals,
        evicted: None,
        moves: Vec::new(),
        changes: None,
        fewest_moves: false,
        pause: None,
        refusals: Vec::new(),
        why: None,
        remedies: Vec::new(),
        left_out: Vec::new(),
        how_many_more: 0,
        how_many_more_proven: proven,
        bottleneck: None,
        proof: Proof {
            kind: proof.kind,
            sentence: format!(
                "The startups of the document do not fit by themselves: `bayplan plan` says what would help. {}",
                proof.sentence
            ),
        },
        layout,
    }
}

/// So many names, and how many more there are.
fn named(names: &[String]) -> String {
    match names.len().checked_sub(NAMED) {
        None | Some(0) => names.join(", "),
        Some(more) => format!("{} and {more} more", names[..NAMED].join(", ")),
    }
}

/// Those who are to come, on top of what runs.
struct Arriving<'a> {
    /// With the arrivals in its layout, and where things stand as its placement.
    question: Question<'a>,
    /// The question of a layout without a placement, as it was before one was planned.
    unplaced: Option<&'a Question<'a>>,
    base: Placement,
    arrivals: Vec<StartupIndex>,
    /// Which containers take part.
    included: Vec<bool>,
    options: &'a Options<'a>,
}

/// What was found: the answer, where things end, the moves, whether fewer are proven not to do, and the proof.
struct Verdict {
    answer: Fits,
    after: Placement,
    moves: Vec<Move>,
    fewest: bool,
    pause: Option<Pause>,
    /// Whether there is room, and only no valid moves lead there.
    only_order: bool,
    proof: Proof,
}

impl Arriving<'_> {
    fn layout(&self) -> &Layout {
        &self.question.layout
    }

    /// The answer where startups of lower priority may stop.
    fn evicting(self, alike: bool) -> Result<Fit, FitError> {
        let (question, options) = (self.question.clone(), self.options);
        let verdict = self.verdict()?;
        if matches!(verdict.answer, Fits::AsIs | Fits::WithMoves) {
            return self.answered(alike, verdict);
        }
        (options.progress)(Progress::Stage("does not fit; looking for those who could give way"));
        let evicted = match gives_way(&question, options) {
            GivesWay::Some { startups, least } if !startups.is_empty() => {
                let changes: Vec<Change> = startups.iter().copied().map(Change::StartupLeftOut).collect();
                let without = question.supposing(&changes).ok().map(|without| fit_without(&without, alike, options));
                if let Some(fit) = without.transpose()?.flatten() {
                    let evicted = Evicted::these(&question.layout, &self.base, &startups, least);
                    return Ok(fit.after_stopping(evicted));
                }
                Evicted::Unknown
            }
            GivesWay::Some { .. } | GivesWay::Unknown => Evicted::Unknown,
            GivesWay::Nobody => Evicted::Nobody,
            GivesWay::Never => Evicted::InVain,
        };
        Ok(Fit { evicted: Some(evicted), ..self.answered(alike, verdict)? })
    }

    fn answer(self, alike: bool) -> Result<Fit, FitError> {
        let verdict = self.verdict()?;
        self.answered(alike, verdict)
    }

    fn answered(self, alike: bool, verdict: Verdict) -> Result<Fit, FitError> {
        let fits = matches!(verdict.answer, Fits::AsIs | Fits::WithMoves);
        let mut refusals = Vec::new();
        let mut after = verdict.after;
        if !fits {
            // As many of the arrivals' containers as find room; every other one is refused by every host. What is filled
            // in could take the room that is kept for a loss.
            if self.layout().survive.is_none() {
                fill(self.layout(), &mut after, self.question.arriving(), self.options);
            }
            let missing: Vec<ContainerIndex> =
                self.question.arriving().filter(|&container| after.host_of[container].is_none()).collect();
            refusals = refusals_of(self.layout(), &after, &missing);
        }
        let no = verdict.answer == Fits::No;
        let why = match (no, verdict.only_order) {
            (true, true) => Some(Why::alone(Blame::Order)),
            (true, false) => why(self.layout(), &self.included, false, self.options),
            (false, _) => None,
        };
        // What is planned first may be planned otherwise with the change.
        let helps = |changes: &[Change]| {
            let anew = |unplaced: &Question| unplaced.supposing(changes).is_ok_and(|it| says_yes(&it, self.options));
            self.unplaced.is_none_or(anew)
        };
        let remedies = if no { remedies(&self.question, &self.arrivals, &helps, self.options) } else { Vec::new() };
        let (how_many_more, how_many_more_proven, bottleneck) = self.how_many_more(alike, verdict.answer);
        let changes = fits.then(|| Changes {
            moves: self.base.moves_to(&after).count(),
            starts: self.question.arriving().count(),
            stops: 0,
            way: Some(Steps {
                verdict: if verdict.fewest { OrderVerdict::Fewest } else { OrderVerdict::Found },
                stops: Vec::new(),
                moves: verdict.moves.clone(),
                differing: moving(&verdict.moves),
                starts: Vec::new(),
                pause: None,
                gains: Vec::new(),
            }),
            gained: None,
            carried: self
                .layout()
                .burden(&after, &self.base.moves_to(&after).map(|(container, ..)| container).collect::<Vec<_>>()),
        });
        Ok(Fit {
            answer: verdict.answer,
            hosts: self.layout().usage(&after),
            left_out: self.left_out(),
            before: self.base,
            after,
            arrivals: self.arrivals,
            evicted: None,
            moves: verdict.moves,
            changes,
            fewest_moves: verdict.fewest,
            pause: verdict.pause,
            refusals,
            why,
            remedies,
            how_many_more,
            how_many_more_proven,
            bottleneck,
            proof: verdict.proof,
            layout: self.question.layout,
        })
    }

    fn left_out(&self) -> Vec<StartupIndex> {
        let demand = &self.layout().demand;
        let left_out = |&startup: &StartupIndex| demand.containers_of(startup).any(|it| !self.included[it]);
        (0..demand.startups.len()).filter(left_out).collect()
    }

    fn verdict(&self) -> Result<Verdict, FitError> {
        let without_moves: Vec<Goal> =
            self.layout().goals.iter().copied().filter(|&goal| goal != Goal::FewestMoves).collect();
        let scope = |keep| Scope { included: Some(&self.included), keep, start: None };
        // Where neither is shown in half of the time, moves have the rest.
        let still = self.options.keeping(2, |options| solve(self.layout(), &without_moves, scope(true), options));
        if let Some(after) = still.placement.clone() {
            survived(self.layout(), &after, &still.failovers)?;
            return self.fits(Fits::AsIs, after, Vec::new(), true, proof(self.layout(), &still, &self.base));
        }
        (self.options.progress)(Progress::Stage(match still.status {
            Status::Infeasible => "does not fit as things stand; looking for moves that make room",
            _ => "no room found as things stand; looking for moves that make it",
        }));
        let little = self.layout().moving_little();
        let moved = |options: &Options| solve(self.layout(), &little, scope(false), options);
        let moved = self.options.keeping_less_to_move([2, FOR_ORDER], moved);
        let evidence = proof(self.layout(), &moved, &self.base);
        let Some(after) = moved.placement.clone() else {
            if moved.status == Status::Infeasible {
                return Ok(self.stays(Fits::No, evidence));
            }
            let verdict = self.other_way(scope(false))?;
            return Ok(verdict.unwrap_or_else(|| self.stays(Fits::Unknown, evidence)));
        };
        survived(self.layout(), &after, &moved.failovers)?;
        let fewest = self.base.moves_to(&after).count();
        match way(&self.question, &after, moved.goals[0].proven, self.options) {
            Way::There { moves, fewest } => {
                let answer = if moves.is_empty() { Fits::AsIs } else { Fits::WithMoves };
                self.fits(answer, after, moves, fewest, evidence)
            }
            Way::Elsewhere { moves, after } => {
                let count = count_moves(moving(&moves));
                let sentence = format!("Room is made by {count}, each step valid; fewer do not do.");
                self.fits(Fits::WithMoves, after, moves, true, Proof { kind: "search", sentence })
            }
            Way::Never => {
                let moved: Vec<String> = (self.base.moves_to(&after))
                    .map(|(container, ..)| format!("`{}`", self.layout().container_id(container)))
                    .collect();
                let sentence = format!(
                    "Proven: there would be room only if several were exchanged at once ({}); no sequence of \
                     valid moves makes it.",
                    named(&moved)
                );
                let pause = pause(&self.question.before_arrivals(), &self.base, &after, self.options)?;
                Ok(Verdict { pause, only_order: true, ..self.stays(Fits::No, Proof { kind: "search", sentence }) })
            }
            Way::Unknown => {
                if let Some(verdict) = self.other_way(scope(false))? {
                    return Ok(verdict);
                }
                let count = count_moves(fewest);
                let sentence = format!(
                    "The containers would fit after {count}, but no order of the moves was found in which every step is \
                     valid."
                );
                let pause = pause(&self.question.before_arrivals(), &self.base, &after, self.options)?;
                Ok(Verdict { pause, ..self.stays(Fits::Unknown, Proof { kind: "none", sentence }) })
            }
        }
    }

    /// The answer by valid steps to another arrangement than the one that moves least, where that or steps to it were not found:
    /// to the one that remedies are tried with, so that what helps there is a yes here.
    fn other_way(&self, scope: Scope) -> Result<Option<Verdict>, FitError> {
        if let Some((moves, Packed { placement: Some(after), failovers, .. })) =
            room::near(&self.question, self.options)
        {
            survived(self.layout(), &after, &failovers)?;
            if moves.is_empty() {
                let sentence = "There is room as things stand.".to_owned();
                return self.fits(Fits::AsIs, after, moves, true, Proof { kind: "search", sentence }).map(Some);
            }
            let sentence = format!("Room is made by {}, each step valid.", count_moves(moving(&moves)));
            return self.fits(Fits::WithMoves, after, moves, false, Proof { kind: "search", sentence }).map(Some);
        }
        let near = near(self.layout(), scope, self.options);
        let Some(after) = near.placement.clone() else { return Ok(None) };
        let Way::There { moves, .. } = way(&self.question, &after, false, self.options) else { return Ok(None) };
        survived(self.layout(), &after, &near.failovers)?;
        self.fits(Fits::WithMoves, after, moves, false, proof(self.layout(), &near, &self.base)).map(Some)
    }

    /// Nothing changes.
    fn stays(&self, answer: Fits, proof: Proof) -> Verdict {
        let after = self.base.clone();
        Verdict { answer, after, moves: Vec::new(), fewest: false, pause: None, only_order: false, proof }
    }

    /// A yes, if the referee agrees: after every move, and with the arrivals at the end. What stands before the first was
    /// judged when the question was asked.
    fn fits(
        &self,
        answer: Fits,
        after: Placement,
        moves: Vec<Move>,
        fewest: bool,
        proof: Proof,
    ) -> Result<Verdict, FitError> {
        let before = self.question.before_arrivals();
        judged(&before, &self.base, &begun(&before, &self.base, &after), &moves)?;
        referee(self.layout(), &after, |container| !self.included[container])?;
        Ok(Verdict { answer, after, moves, fewest, pause: None, only_order: false, proof })
    }

    /// How many more like the last arrival fit, moves allowed; where the answer is no, how many of the arrivals' kind
    /// fit at all. And the resource that binds first.
    fn how_many_more(&self, alike: bool, answer: Fits) -> (u64, bool, Option<ResourceIndex>) {
        let Some(&last) = self.arrivals.last() else { return (0, true, None) };
        let asked = self.layout().asked_by_startup(last);
        let before = self.question.before_arrivals();
        let mut free = before.free_with(&self.base, self.layout().lab.there(), &before.carriers_of(last));
        let yes = matches!(answer, Fits::AsIs | Fits::WithMoves);
        if yes {
            for &arrival in &self.arrivals {
                let asked = self.layout().asked_by_startup(arrival);
                free.iter_mut().zip(asked).for_each(|(free, asked)| *free = free.saturating_sub(asked));
            }
        }
        let times = |resource: usize| Ratio { part: free[resource], whole: asked[resource] };
        let lab = &self.layout().lab;
        let has = |resource: usize| lab.resources[resource].is_pooled() || lab.have_budget(lab.there(), resource);
        let counts = |&resource: &usize| asked[resource] > 0 && has(resource);
        let bottleneck = (0..asked.len()).filter(counts).min_by_key(|&resource| times(resource));
        let Some(resource) = bottleneck else { return (MORE_MOST, false, None) };
        let by_volume = free[resource] / asked[resource];
        let most = by_volume.min(MORE_MOST).min(copies(self.layout(), last));
        let (count, proven) = match yes {
            true => largest(most, self.options, |more| self.with_more(last, more)),
            false if alike && answer == Fits::No => {
                let most = most.min(self.arrivals.len() as u64 - 1);
                largest(most, self.options, |some| self.with_first(some))
            }
            // Of several that are not alike nobody counted how many fit.
            false => (0, answer == Fits::No && self.arrivals.len() == 1),
        };
        (count, proven && (count < most || most == by_volume), Some(resource))
    }

    /// Whether so many copies of `last` fit besides the arrivals.
    fn with_more(&self, last: StartupIndex, more: u64) -> Status {
        let name = &self.layout().demand.startups[last].name;
        let further = further(self.layout(), name, Like::Startup(last), more);
        let Ok(larger) = self.question.supposing(&further) else { return Status::Unknown };
        let mut included = self.included.clone();
        included.resize(larger.layout.demand.containers.len(), true);
        self.has_room(&larger.layout, &included)
    }

    /// Whether all that is included fits. A whole search may take all the time there is, for what is only said besides.
    fn has_room(&self, layout: &Layout, included: &[bool]) -> Status {
        let scope = Scope { included: Some(included), ..Scope::ALL };
        match layout.survive.is_none() && layout.demand.containers.len() <= SEARCHED {
            true => solve(layout, &[], scope, self.options).status,
            false => packs(layout, scope, Effort::QUICK, self.options).status,
        }
    }

    /// Whether the first `some` of the arrivals fit.
    fn with_first(&self, some: u64) -> Status {
        let mut included: Vec<bool> = self.base.host_of.iter().map(Option::is_some).collect();
        let first = self.arrivals.iter().take(usize::try_from(some).unwrap_or(usize::MAX));
        first.flat_map(|&startup| self.layout().demand.containers_of(startup)).for_each(|c| included[c] = true);
        let later: Vec<StartupIndex> =
            self.arrivals.iter().skip(usize::try_from(some).unwrap_or(usize::MAX)).copied().collect();
        self.has_room(&self.layout().before(&later), &included)
    }
}
