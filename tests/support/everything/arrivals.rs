//! Whether what is said of startups that are to come is so.

use super::asked::Answer;
use super::judge::{self, Verdict, breaks_nothing, ensure, exits, list, number, walk, word};
use super::truth::{every, losses, survives, violations};
use super::way::{Way, fewest};
use super::world::{At, World};

/// Whether those who arrive find room with all others as they stand, and what is to be survived is.
fn takes(world: &World, at: &At, arriving: &[usize]) -> bool {
    let mut found = false;
    every(world, &world.standing(), &mut at.clone(), arriving, &mut |then| {
        found = losses(world).iter().all(|lost| survives(world, then, lost));
        !found
    });
    found
}

/// `fit`: `arriving` are to come to what runs, the containers of the startups `coming`.
pub fn fit(world: &World, answer: &Answer, coming: &[usize], arriving: &[usize]) -> Verdict {
    let said = &answer.json;
    let standing = world.standing();
    if world.now.is_some() {
        let placed_already = arriving.iter().any(|&it| standing[it].is_some());
        if placed_already || !violations(&world.before(coming), &standing, &standing).is_empty() {
            return exits(answer, 2);
        }
    }
    ensure(answer.code != 2, || format!("refused: {said}"))?;
    let kind = word(said, "answer");
    exits(answer, if kind == "no" { 1 } else { 0 })?;
    ensure(["as-is", "with-moves", "no"].contains(&kind), || format!("`{kind}` without a time limit"))?;
    let after = judge::placed(world, said)?;
    let steps = list(said, "moves");
    if kind != "no" {
        // Without a placement it is planned first: who runs then is where the steps do not begin elsewhere.
        let mut before: At = after.clone();
        arriving.iter().for_each(|&it| before[it] = None);
        for step in steps.iter().rev() {
            before[world.container(word(step, "container"))] = Some(world.host(word(step, "from")));
        }
        ensure(world.now.is_none() || before == standing, || format!("began at {before:?}, not at {standing:?}"))?;
        let mut world = world.clone();
        world.now = Some(before.clone());
        judge::wished(&world, said, &after)?;
        judge::aimed(&world, said, &after)?;
        breaks_nothing(&world, &before, &after)?;
        ensure(losses(&world).iter().all(|lost| survives(&world, &after, lost)), || {
            "a loss is not survived".to_owned()
        })?;
        let mut last = walk(&world.before(coming), &before, steps)?;
        for told in list(said, "arrivals") {
            last[world.container(word(told, "container"))] = told["host"].as_str().map(|name| world.host(name));
        }
        ensure(last == after, || format!("the steps lead to {last:?}, not to {after:?}"))?;
        ensure(arriving.iter().all(|&it| after[it].is_some()), || "not all that arrive have a place".to_owned())?;
        ensure((kind == "as-is") == steps.is_empty(), || format!("`{kind}` with {} steps", steps.len()))?;
        best(&world, answer, &before, (coming, arriving))
    } else if world.now.is_some() {
        best(world, answer, &standing, (coming, arriving))
    } else {
        Ok(())
    }
}

/// The answer is what looking at all that can be reached says.
fn best(world: &World, answer: &Answer, start: &At, (coming, arriving): (&[usize], &[usize])) -> Verdict {
    let said = &answer.json;
    let kind = word(said, "answer");
    let moved = list(said, "moves").len();
    let running: Vec<usize> =
        (0..start.len()).filter(|&it| start[it].is_some()).chain(arriving.iter().copied()).collect();
    let nowhere = vec![None; start.len()];
    let way = match takes(world, &nowhere, &running) {
        true => fewest(&world.before(coming), start, &mut |state| takes(world, state, arriving)),
        false => Way::Never,
    };
    match way {
        Way::Unknown => Ok(()),
        Way::Never => ensure(kind == "no", || format!("`{kind}`, and they do not fit, whatever moves")),
        Way::Fewest(least) => {
            ensure(kind != "no", || format!("no, and {least} moves make room"))?;
            let proven = said["fewest_moves"] == true;
            ensure(moved >= least, || format!("{moved} moves, and {least} are needed"))?;
            ensure(!proven || moved == least, || format!("{moved} moves called fewest, and {least} will do"))?;
            ensure(proven || world.survive.is_some(), || format!("{moved} moves are not proven fewest: {least}"))
        }
    }?;
    ensure(kind == "no" || number(said, "how_many_more") < u64::MAX, || "how many more".to_owned())
}
