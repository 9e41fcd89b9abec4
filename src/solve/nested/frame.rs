//! What decides what the levels see of each other: where carriers are, and what else a rule, a size or a loss ties to that.
//! Once it is known the levels come apart.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::{ContainerIndex, HostIndex, HostState, Spot};
use crate::solve::Scope;
use crate::solve::problem::{BindingKind, CarrierNumber, Nest, Problem};

/// A container whose place decides what the other level sees.
#[derive(Clone, Debug)]
pub struct Framed {
    /// Which.
    pub container: ContainerIndex,
    /// Where it may be: hosts, or carriers, each once.
    pub spots: Vec<Spot>,
}

/// Which places are left to each of the framed: positions in [`Framed::spots`], ascending.
pub type Left = Vec<Vec<usize>>;

/// The containers of a question whose places are to be decided for both levels.
pub struct Frame {
    /// In the order in which they are decided.
    pub framed: Vec<Framed>,
    /// For each container its position among them.
    position: Vec<Option<usize>>,
    /// For each of the framed the one before it of which nothing tells it apart.
    alike: Vec<Option<usize>>,
}

impl Frame {
    /// That of what of `problem` is in `scope`.
    pub fn of(problem: &Problem, nest: &Nest, scope: &Scope) -> Frame {
        let rank = |container: ContainerIndex| match (nest.is_outside(container), nest.number[container.0]) {
            (true, _) => 0_u8,
            (false, Some(_)) => 1,
            (false, None) => 2,
        };
        let mut wanted: BTreeSet<ContainerIndex> = nest.carriers.iter().copied().collect();
        // Where what follows a loss at one level depends on the other, all is decided together.
        let tied = problem.survive.is_some() && is_tied(problem, nest);
        // What a rule binds together with what lies in carriers; who is to be where that is, where that takes no part.
        let rules = problem.rules.iter().map(|rule| (&rule.containers, rule.kind));
        let wishes = problem.wishes.iter().filter_map(|wish| Some((&wish.containers, wish.kind?)));
        for (containers, kind) in rules.chain(wishes).filter(|(containers, _)| is_crossing(nest, containers)) {
            let bare = || containers.iter().filter(|&&it| scope.includes(it) && nest.is_outside(it));
            wanted.extend(bare());
            if matches!(kind, BindingKind::Together(_)) && bare().next().is_none() {
                wanted.extend(containers.iter());
            }
        }
        // What lies in a carrier that is as large as what it holds, where it may lie elsewhere, too.
        if nest.grows() || tied {
            for container in ContainerIndex::all(nest.number.len()) {
                let grows =
                    |&carrier: &usize| nest.carries(nest.carriers[carrier]).is_some_and(|it| it.is_of_content());
                if tied || nest.inside(container).is_some_and(|inside| inside.len() > 1 && inside.iter().any(grows)) {
                    wanted.insert(container);
                }
            }
        }
        let mut order: Vec<ContainerIndex> = wanted.into_iter().filter(|&it| scope.includes(it)).collect();
        order.sort_by_key(|&container| (rank(container), container));
        let mut position = vec![None; nest.number.len()];
        order.iter().enumerate().for_each(|(at, container)| position[container.0] = Some(at));
        let framed = |container| Framed { container, spots: spots(problem, nest, scope, container) };
        let mut last: BTreeMap<Kind, usize> = BTreeMap::new();
        let said = said_of(problem);
        let alike = |(at, &it): (usize, &ContainerIndex)| last.insert(kind(problem, nest, it, &said[it.0])?, at);
        let alike = order.iter().enumerate().map(alike).collect();
        Frame { framed: order.into_iter().map(framed).collect(), position, alike }
    }

    /// The same without what others are alike to: of containers that nothing tells apart each is where those before it are, or
    /// further behind.
    pub fn ordered(&self, mut left: Left) -> Left {
        for (at, before) in self.alike.iter().enumerate() {
            if let Some(&first) = before.and_then(|before| left[before].first()) {
                left[at].retain(|&nth| nth >= first);
            }
        }
        for (at, before) in self.alike.iter().enumerate().rev() {
            if let (Some(before), Some(&last)) = (*before, left[at].last()) {
                left[before].retain(|&nth| nth <= last);
            }
        }
        left
    }

    /// All places are left.
    pub fn all(&self) -> Left {
        self.framed.iter().map(|it| (0..it.spots.len()).collect()).collect()
    }

    /// Whether a container is framed.
    pub fn has(&self, container: ContainerIndex) -> bool {
        self.at(container).is_some()
    }

    /// The position of a framed container.
    pub fn at(&self, container: ContainerIndex) -> Option<usize> {
        self.position[container.0]
    }

    /// Where a framed container may be.
    pub fn left<'a>(&'a self, left: &'a Left, container: ContainerIndex) -> impl Iterator<Item = Spot> + 'a {
        let position = self.position[container.0];
        position.into_iter().flat_map(move |at| left[at].iter().map(move |&nth| self.framed[at].spots[nth]))
    }

    /// Where a container is, if it is framed and one place is left.
    pub fn spot(&self, left: &Left, container: ContainerIndex) -> Option<Spot> {
        let mut all = self.left(left, container);
        all.next().filter(|_| all.next().is_none())
    }

    /// The machine of a container that is framed, where that is known.
    pub fn machine(&self, left: &Left, container: ContainerIndex) -> Option<HostIndex> {
        match self.spot(left, container)? {
            Spot::Host(host) => Some(host),
            Spot::Carrier(carrier) => self.machine(left, carrier),
        }
    }

    /// The machines that a framed container may be on.
    pub fn machines(&self, left: &Left, container: ContainerIndex) -> BTreeSet<HostIndex> {
        let of = |spot: Spot| match spot {
            Spot::Host(host) => BTreeSet::from([host]),
            Spot::Carrier(carrier) => self.machines(left, carrier),
        };
        self.left(left, container).flat_map(of).collect()
    }

    /// The position in [`Framed::spots`] of a place of the framed at a position.
    pub fn nth(&self, position: usize, spot: Spot) -> Option<usize> {
        self.framed[position].spots.iter().position(|it| *it == spot)
    }
}

/// All by which something could tell a container in carriers from another.
type Kind<'a> = (&'a [u64], Option<&'a [CarrierNumber]>, Option<&'a [HostIndex]>, &'a [usize]);

/// What is said of each container, numbered: by rules, wishes, `keep:` and `survive:`, which say it of all their containers
/// alike.
fn said_of(problem: &Problem) -> Vec<Vec<usize>> {
    let rules = problem.rules.iter().map(|rule| rule.containers.to_vec());
    let wishes = problem.wishes.iter().map(|wish| wish.containers.to_vec());
    let keeps = problem.keeps.iter().map(|keep| keep.containers.clone().collect());
    let stops = problem.survive.iter().map(|survive| survive.except.clone());
    let mut said = vec![Vec::new(); problem.containers.len()];
    for (nth, containers) in rules.chain(wishes).chain(keeps).chain(stops).enumerate() {
        containers.into_iter().for_each(|container: ContainerIndex| said[container.0].push(nth));
    }
    said
}

/// What kind a container is of; `None` where it is one of its own: where it carries others, or runs now.
fn kind<'a>(problem: &'a Problem, nest: &'a Nest, container: ContainerIndex, said: &'a [usize]) -> Option<Kind<'a>> {
    let stands = || problem.placement.as_ref().is_some_and(|now| now.host(container).is_some());
    if nest.is_outside(container) || nest.number[container.0].is_some() || stands() {
        return None;
    }
    let inside = nest.inside(container).map(|inside| &**inside);
    Some((nest.amounts(container), inside, problem.request(container).on.as_deref(), said))
}

/// Whether one level feels how full the other is, or a rule speaks of both.
pub fn is_tied(problem: &Problem, nest: &Nest) -> bool {
    let rules = problem.rules.iter().map(|rule| &rule.containers);
    let wishes = problem.wishes.iter().filter(|wish| wish.kind.is_some()).map(|wish| &wish.containers);
    nest.grows() || rules.chain(wishes).any(|containers| is_crossing(nest, containers))
}

/// Whether some of these containers lie in carriers and some do not.
pub fn is_crossing(nest: &Nest, containers: &[ContainerIndex]) -> bool {
    let outside = containers.iter().filter(|&&it| nest.is_outside(it)).count();
    outside > 0 && outside < containers.len()
}

/// Where a container may be by what it says, whatever else is where.
fn spots(problem: &Problem, nest: &Nest, scope: &Scope, container: ContainerIndex) -> Vec<Spot> {
    let stays = scope.keep || nest.stays && nest.number[container.0].is_some();
    let kept = problem.placement.as_ref().filter(|_| stays).and_then(|placement| placement.spot(container));
    let all: Vec<Spot> = match nest.inside(container) {
        Some(inside) => {
            let carriers = inside.iter().map(|&carrier| nest.carriers[carrier]);
            carriers.filter(|&carrier| scope.includes(carrier)).map(Spot::Carrier).collect()
        }
        None => {
            let request = problem.request(container);
            let takes = |host: &HostIndex| {
                let room = request.amounts.iter().zip(problem.hosts[*host].allocatable.iter());
                let stays = problem.hosts[*host].state == HostState::Up || problem.home(container) == Some(*host);
                stays && request.may_run_on(*host) && room.into_iter().all(|(asked, give)| asked <= give)
            };
            problem.there().into_iter().filter(takes).map(Spot::Host).collect()
        }
    };
    match kept {
        Some(kept) => all.into_iter().filter(|spot| *spot == kept).collect(),
        None => all,
    }
}
