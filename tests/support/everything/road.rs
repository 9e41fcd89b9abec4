//! The road ahead: every arrangement of every phase.

use std::collections::BTreeMap;

use super::asked::Answer;
use super::judge::{self, Verdict, breaks_nothing, ensure, exits, list, number, word};
use super::meaning::View;
use super::spec::Spec;
use super::truth::{every, losses, survives};
use super::world::{At, World};

/// More arrangements than these are not looked at.
const MOST: usize = 40_000;

/// Whether each phase fits after those before it that do, and the fewest moves through all of these; `None` where that is
/// too much to look at.
fn truth(spec: &Spec, worlds: &[World]) -> Option<(Vec<bool>, u64)> {
    let all = spec.all_containers();
    let position = |id: &String| all.iter().position(|known| known == id).expect("it is one of all");
    let spread = |world: &World, at: &[Option<usize>]| {
        let mut wide: At = vec![None; all.len()];
        world.containers.iter().zip(at).for_each(|(container, host)| wide[position(&container.id)] = *host);
        wide
    };
    let narrow =
        |world: &World, wide: &At| -> At { world.containers.iter().map(|it| wide[position(&it.id)]).collect() };
    let mut reached: BTreeMap<At, u64> = BTreeMap::from([(spread(&worlds[0], &worlds[0].standing()), 0)]);
    let mut fits = Vec::new();
    let mut looked = 0;
    for world in worlds {
        let mut next: BTreeMap<At, u64> = BTreeMap::new();
        let everyone: Vec<usize> = (0..world.containers.len()).collect();
        let mut known: BTreeMap<At, bool> = BTreeMap::new();
        for (before, cost) in &reached {
            let here = narrow(world, before);
            every(world, &here, &mut vec![None; everyone.len()], &everyone, &mut |at| {
                looked += 1;
                let survived = *known
                    .entry(at.to_vec())
                    .or_insert_with(|| losses(world).iter().all(|lost| survives(world, at, lost)));
                if survived {
                    let moved = here.iter().zip(at).filter(|(a, b)| a.is_some() && b.is_some() && a != b).count();
                    let cost = cost + moved as u64;
                    let least = next.entry(spread(world, at)).or_insert(cost);
                    *least = cost.min(*least);
                }
                looked < MOST
            });
        }
        if looked >= MOST {
            return None;
        }
        fits.push(!next.is_empty());
        reached = if next.is_empty() { reached } else { next };
    }
    Some((fits, reached.into_values().min().unwrap_or(0)))
}

/// `roadmap`.
pub fn roadmap(spec: &Spec, view: View, answer: &Answer) -> Verdict {
    let said = &answer.json;
    if spec.phases.is_empty() {
        return exits(answer, 2);
    }
    let worlds: Vec<World> =
        (0..spec.phases.len()).map(|phase| spec.world(View { phase: Some(phase), road: true, ..view })).collect();
    let stages = list(said, "phases");
    ensure(stages.len() == worlds.len(), || "not all phases".to_owned())?;
    let mut before: BTreeMap<String, usize> = BTreeMap::new();
    let mut moved = 0;
    for (container, host) in worlds[0].containers.iter().zip(worlds[0].standing()) {
        before.extend(host.map(|host| (container.id.clone(), host)));
    }
    for (world, stage) in worlds.iter().zip(stages) {
        let name = word(stage, "name");
        let at = judge::placed(world, stage).map_err(|why| format!("{name}: {why}"))?;
        if word(stage, "status") != "feasible" {
            continue;
        }
        let was: At = world.containers.iter().map(|container| before.get(&container.id).copied()).collect();
        breaks_nothing(world, &was, &at).map_err(|why| format!("{name}: {why}"))?;
        ensure(at.iter().all(Option::is_some), || format!("{name}: not all have a place"))?;
        ensure(losses(world).iter().all(|lost| survives(world, &at, lost)), || {
            format!("{name}: a loss is not survived")
        })?;
        let own = was.iter().zip(&at).filter(|(a, b)| a.is_some() && a != b).count();
        ensure(list(stage, "moves").len() == own, || format!("{name}: {own} move, said {}", stage["moves"]))?;
        moved += own as u64;
        before = world.containers.iter().zip(&at).filter_map(|(it, host)| Some((it.id.clone(), (*host)?))).collect();
    }
    let (told, bound) = (number(said, "moves"), number(said, "bound"));
    ensure(told == moved, || format!("{moved} move in all, said {told}"))?;
    let Some((fits, least)) = truth(spec, &worlds) else { return Ok(()) };
    for ((fits, stage), phase) in fits.iter().zip(stages).zip(&spec.phases) {
        let status = word(stage, "status");
        ensure(status == if *fits { "feasible" } else { "infeasible" }, || {
            format!("{phase} fits: {fits}, said {status}")
        })?;
    }
    let misfit = fits.iter().position(|fits| !fits);
    ensure(said["first_misfit"].as_str() == misfit.map(|it| spec.phases[it]), || "the first misfit".to_owned())?;
    exits(answer, i32::from(misfit.is_some()))?;
    ensure(told >= least, || format!("{told} moves, and {least} are needed"))?;
    ensure(bound <= least, || format!("the bound {bound} is above what can be, {least}"))
}
