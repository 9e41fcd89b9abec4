//! What costs nothing to buy, and has its price: less kept for the host itself, more CPU promised than there is, limits
//! that add up to more.

use super::amounts::{Grown, kinds, step};
use super::probe::{Prober, least, yes};
use super::{Kind, Remedy};
use crate::model::{Change, HostIndex, Layout, ResourceIndex};
use crate::quantity::{Decimal, Resource};

/// At most so many kinds of hosts are tried.
const MOST_KINDS: usize = 12;
/// CPU is promised up to so many tenths of what there is.
const MOST_TENTHS: u64 = 40;
/// Limits are let add up to so many times what they may now, or to so many tenths if that is more.
const MORE_LIMITS: u64 = 4;

/// The smallest cut of what a kind of hosts keeps for itself, and the smallest overcommit of its CPU, that does.
pub fn promises(prober: &Prober) -> Vec<Remedy> {
    let layout = &prober.question.layout;
    let kinds: Vec<Grown> = kinds(layout).into_iter().take(MOST_KINDS).collect();
    let mut remedies = Vec::new();
    for resource in layout.lab.of_hosts() {
        // Where it does not help on all hosts, it does not on one.
        let helps = |change: &dyn Fn(HostIndex) -> Change| {
            let all: Vec<Change> = kinds.iter().map(|kind| change(HostIndex(kind.first))).collect();
            yes(prober.fits(&all))
        };
        let keeps = kinds.iter().any(|kind| layout.lab.hosts[kind.first].reserve[resource] > 0);
        if keeps && helps(&|kind| Change::Reserve { kind, resource, amount: 0 }) {
            remedies.extend(kinds.iter().filter_map(|kind| reserved(prober, kind, resource)));
        }
        let kinds: Vec<&Grown> = kinds.iter().filter(|kind| promises_more(layout, kind, resource)).collect();
        let all = |kind: &&Grown| {
            let tenths = most(layout, kind, resource);
            Change::Overcommit { kind: HostIndex(kind.first), resource, tenths }
        };
        if !kinds.is_empty() && yes(prober.fits(&kinds.iter().map(all).collect::<Vec<Change>>())) {
            remedies.extend(kinds.iter().filter_map(|kind| promised(prober, kind, resource)));
        }
    }
    remedies
}

/// Whether a kind of hosts may promise more of a resource: of CPU, or to what the limits may add up.
pub fn promises_more(layout: &Layout, kind: &Grown, resource: ResourceIndex) -> bool {
    let of = &layout.lab.resources[resource];
    *of == Resource::Cpu && layout.demand.basis.overcommits(resource)
        || of.is_limits() && layout.lab.hosts[kind.first].counts(resource)
}

/// Of so many tenths at the most.
pub fn most(layout: &Layout, kind: &Grown, resource: ResourceIndex) -> u64 {
    match layout.lab.resources[resource].is_limits() {
        true => (tenths(layout, kind, resource).saturating_mul(MORE_LIMITS)).max(MOST_TENTHS),
        false => MOST_TENTHS,
    }
}

fn reserved(prober: &Prober, kind: &Grown, resource: ResourceIndex) -> Option<Remedy> {
    let layout = &prober.question.layout;
    let reserve = layout.lab.hosts[kind.first].reserve[resource];
    let of = &layout.lab.resources[resource];
    // A share of a host is seldom a whole number of steps; what is kept then is.
    let (step, all) = (step(of, reserve), reserve.div_ceil(step(of, reserve)));
    let kept = |steps: u64| (all - steps) * step;
    let change = |steps| [Change::Reserve { kind: HostIndex(kind.first), resource, amount: kept(steps) }];
    let (steps, proven) = least(all, 1, |steps| prober.fits(&change(steps)))?;
    let units = of.like(reserve);
    let old = if reserve.is_multiple_of(step) { units.exact(reserve) } else { units.show(reserve) };
    let text = format!(
        "{}: reserve {} {old} -> {} (if that is enough for the host itself)",
        kind.who(),
        of.base().name(),
        units.exact(kept(steps)),
    );
    prober.remedy(Kind::Reserve, text, &change(steps), proven)
}

fn promised(prober: &Prober, kind: &Grown, resource: ResourceIndex) -> Option<Remedy> {
    let layout = &prober.question.layout;
    let now = tenths(layout, kind, resource);
    let change = |steps| [Change::Overcommit { kind: HostIndex(kind.first), resource, tenths: now + steps }];
    let (steps, proven) =
        least(most(layout, kind, resource).saturating_sub(now), 1, |steps| prober.fits(&change(steps)))?;
    prober.remedy(Kind::Overcommit, said(layout, kind, resource, now + steps), &change(steps), proven)
}

/// How many tenths of what it has of a resource a kind of hosts promises now.
pub fn tenths(layout: &Layout, kind: &Grown, resource: ResourceIndex) -> u64 {
    let written = layout.lab.hosts[kind.first].overcommit[resource].as_deref();
    let now = written.and_then(|text| Decimal::parse(text).ok()).unwrap_or(Decimal::ONE);
    u64::try_from(now.times_rounded_down(10)).unwrap_or(u64::MAX)
}

/// The overcommit of so many tenths in words, with its warning.
pub fn said(layout: &Layout, kind: &Grown, resource: ResourceIndex, tenths: u64) -> String {
    let written = layout.lab.hosts[kind.first].overcommit[resource].as_deref().unwrap_or("1");
    let new = Decimal::tenths(tenths);
    let of = &layout.lab.resources[resource];
    if of.is_limits() {
        let old = Decimal::parse(written).unwrap_or(Decimal::ONE).percent();
        let (who, of) = (kind.who(), of.base().name());
        let warning = if tenths > 10 { " (all at their limits need more than there is)" } else { "" };
        return format!("{who}: limits of {of} {old} -> {}{warning}", new.percent());
    }
    format!("{}: overcommit cpu {written} -> {new} (all get slower when all are busy at once)", kind.who())
}
