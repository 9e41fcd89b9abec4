//! What is asked about, as one value: the same lab, but with planned hosts, with what was measured, under changes, for
//! whoever is to come. Posed once, and handed to every question.

use std::collections::BTreeSet;

use crate::diagnostic::quoted;
use crate::model::{
    Change, ChangeError, ContainerIndex, Layout, ObservedTooLarge, Overlay, Placement, StartupIndex, Survive, apply,
};

/// What a document says that makes changes of a layout, in the phase of that name; `None` where none can.
pub type Say<'a> = dyn Fn(Option<&str>, &[Change]) -> Option<Overlay> + Sync + 'a;

/// What is supposed of a layout, however it was changed before; `None` where it cannot be of that.
pub type Suppose<'a> = dyn Fn(&Layout) -> Option<Vec<Change>> + Sync + 'a;

/// A lab, and what is asked about it.
#[derive(Clone)]
pub struct Question<'a> {
    /// The lab and all that is to run in it, as it is asked about.
    pub layout: Layout,
    /// What runs stays where it is.
    pub keep: bool,
    /// Whole startups are placed, as much priority as can be, where not all fit.
    pub partial: bool,
    /// Where things stand was planned and no document says it: of a changed layout it is planned anew.
    pub planned_first: bool,
    /// Of replicas that run nowhere as many may be down as their `keep:` allows.
    pub may_be_down: bool,
    /// What runs stays where it is unless the plan gains so many millionths of a point of balance, or anything in a goal
    /// before it.
    pub least_gain: Option<u64>,
    /// Who is to come to what runs; `None` where everything is to be placed.
    pub arrivals: Option<Arrivals>,
    suppose: Option<&'a Suppose<'a>>,
    say: &'a Say<'a>,
}

/// Startups that are to come.
#[derive(Clone, Debug)]
pub struct Arrivals {
    /// Startups of the layout that are not placed.
    pub startups: Vec<StartupIndex>,
    /// Whether they are all made from one stack, and say nothing else.
    pub alike: bool,
    /// Whether startups of lower priority may stop for them.
    pub evict: bool,
}

impl Question<'static> {
    /// Where everything of `layout` goes, of which no document knows.
    pub fn about(layout: Layout) -> Self {
        Question {
            layout,
            keep: false,
            partial: false,
            planned_first: false,
            may_be_down: false,
            least_gain: None,
            arrivals: None,
            suppose: None,
            say: &|_, _| None,
        }
    }
}

impl<'a> Question<'a> {
    /// The same, where `say` gives what a document says that makes changes of the layout: what none says is no remedy.
    pub fn said_by<'b>(self, say: &'b Say<'b>) -> Question<'b> {
        let Question { layout, keep, partial, planned_first, may_be_down, least_gain, arrivals, suppose: _, say: _ } =
            self;
        Question { layout, keep, partial, planned_first, may_be_down, least_gain, arrivals, suppose: None, say }
    }

    /// The same, with all besides that `suppose` says of the layout, whatever else changes before.
    pub fn supposed_by<'b>(self, suppose: &'b Suppose<'b>) -> Question<'b>
    where
        'a: 'b,
    {
        Question { suppose: Some(suppose), ..self }
    }

    /// The same of another layout; of those that are to come, who is known there.
    pub fn of(&self, layout: Layout) -> Question<'a> {
        let named = |name: &str| layout.demand.startups.iter().position(|startup| startup.name == name);
        let arrivals = self.arrivals.as_ref().map(|arrivals| Arrivals {
            startups: arrivals.startups.iter().filter_map(|&it| named(&self.layout.demand.startups[it].name)).collect(),
            alike: arrivals.alike,
            evict: arrivals.evict,
        });
        Question { layout, arrivals, suppose: None, ..*self }
    }

    /// Planned hosts count as if they were there.
    pub fn with_planned_hosts(mut self) -> Self {
        self.layout.admit_planned_hosts();
        self
    }

    /// What was observed gates, and what is asked where nothing was.
    ///
    /// # Errors
    /// Where it adds up to more than is counted exactly.
    pub fn by_observed(mut self) -> Result<Self, ObservedTooLarge> {
        self.layout.use_observed()?;
        Ok(self)
    }

    /// The loss of so many hosts, and of all hosts with any one value of these labels, is to be survived; what may stop and
    /// move is the document's.
    ///
    /// # Errors
    /// Why that cannot be asked, and what helps: it leaves no host, no host has such a label, or it is too much to look
    /// through.
    pub fn surviving(mut self, hosts: usize, labels: &[String]) -> Result<Self, (String, String)> {
        let known: BTreeSet<&String> = self.layout.lab.hosts.iter().flat_map(|host| host.labels.keys()).collect();
        if let Some(unknown) = labels.iter().find(|label| !known.contains(label)) {
            let names: Vec<String> = known.iter().map(|name| format!("`{name}`")).collect();
            let help = match &names[..] {
                [] => "give hosts `labels: {...}`, or ask for a number of hosts".to_owned(),
                names => format!("ask for a number of hosts, or for {}", names.join(" or ")),
            };
            return Err((format!("no host carries the label {}", quoted(unknown)), help));
        }
        let mut each: Vec<String> = Vec::new();
        for label in labels {
            if !each.contains(label) {
                each.push(label.clone());
            }
        }
        let known = self.layout.survive.take();
        let survive = Survive {
            hosts,
            labels: each,
            except: known.as_ref().map_or_else(Vec::new, |it| it.except.clone()),
            reach: known.as_ref().map_or_else(|| [].into(), |it| it.reach.clone()),
            moves: known.as_ref().is_some_and(|it| it.moves),
            at: known.and_then(|it| it.at),
        };
        survive.possible(&self.layout.lab, self.layout.demand.containers.len())?;
        self.layout.survive = Some(survive);
        Ok(self)
    }

    /// At most so many containers move.
    pub fn within_moves(mut self, most: Option<u64>) -> Self {
        self.layout.most_moves = most;
        self
    }

    /// `changes` are made, and then all that is supposed besides: of what was changed, as if it were asked about that.
    ///
    /// # Errors
    /// Why they cannot be made.
    pub fn supposing(&self, changes: &[Change]) -> Result<Question<'a>, ChangeError> {
        let changed = apply(&self.layout, changes)?;
        Ok(self.of(match self.suppose {
            Some(suppose) => apply(&changed, &suppose(&changed).ok_or(ChangeError::Unknown)?)?,
            None => changed,
        }))
    }

    /// What runs now is `placement`.
    pub fn standing(mut self, placement: Placement) -> Self {
        self.layout.placement = Some(placement);
        self
    }

    /// What runs now is `placement`, which was planned and no document says.
    pub fn standing_as_planned(self, placement: Placement) -> Self {
        Question { planned_first: true, ..self.standing(placement) }
    }

    /// What a document says that makes `changes`.
    pub fn said(&self, changes: &[Change]) -> Option<Overlay> {
        let phase = self.layout.phase.and_then(|phase| self.layout.phases.get(phase));
        (self.say)(phase.map(|phase| phase.name.as_str()), changes)
    }

    /// The containers that are to come.
    pub fn arriving(&self) -> impl Iterator<Item = ContainerIndex> {
        let startups = self.arrivals.iter().flat_map(|arrivals| &arrivals.startups);
        startups.flat_map(|&startup| self.layout.demand.containers_of(startup))
    }

    /// The layout before those come who are to come: none of their agents run.
    pub fn before_arrivals(&self) -> Layout {
        self.layout.before(self.arrivals.as_ref().map_or(&[], |arrivals| &arrivals.startups))
    }

    /// Which containers take part: all, or those that run and those that are to come.
    pub fn included(&self) -> Vec<bool> {
        if self.arrivals.is_none() {
            return vec![true; self.layout.demand.containers.len()];
        }
        let runs = |it: ContainerIndex| self.layout.placement.as_ref().is_some_and(|now| now.host_of[it].is_some());
        let mut included: Vec<bool> = self.layout.demand.indices().map(runs).collect();
        self.arriving().for_each(|container| included[container] = true);
        included
    }
}
