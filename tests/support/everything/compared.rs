//! Two arrangements side by side.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::asked::Answer;
use super::judge::{Verdict, ensure, exits, list, word};
use super::truth::violations;
use super::world::{At, NO_BUDGET, NO_LIMIT, Service, Share, State, World};

/// Where the containers of a lab are, by their ids.
fn by_id(world: &World) -> BTreeMap<&str, Option<&str>> {
    let name = |host: usize| world.hosts[host].name.as_str();
    world.containers.iter().zip(world.standing()).map(|(it, host)| (it.id.as_str(), host.map(name))).collect()
}

/// A figure of a lab as it stands.
fn figure(world: &World, name: &str) -> Option<f64> {
    let at: At = world.standing();
    let used: BTreeSet<usize> = at.iter().copied().flatten().collect();
    let load = |host: usize, resource: usize| -> u64 {
        let here = (0..at.len()).filter(|&it| at[it] == Some(host)).map(|it| world.asks(it)[resource]);
        here.sum::<u64>() + world.agents_ask(&at, host, resource)
    };
    Some(match name {
        "startups-placed" => {
            let runs = |service: &Service| {
                let placed = service.containers.clone().filter(|&it| at[it].is_some()).count();
                placed >= service.keep.unwrap_or(service.containers.len())
            };
            let whole = |&startup: &usize| world.services.iter().filter(|it| it.startup == startup).all(runs);
            (0..world.startups.len()).filter(whole).count() as f64
        }
        "containers-placed" => at.iter().flatten().count() as f64,
        "hosts-used" => used.len() as f64,
        "price" => used.iter().map(|&host| world.hosts[host].price).sum::<u64>() as f64 / 1e6,
        "watts" => used.iter().map(|&host| world.hosts[host].watts).sum::<u64>() as f64 / 1e6,
        "fullest-host" => {
            let shares = (0..world.hosts.len()).flat_map(|host| {
                let judged = (0..world.resources.len()).filter(|&it| world.judged[it]);
                let whole = judged.filter(move |&it| world.hosts[host].give[it] > 0);
                whole.map(move |it| Share(load(host, it), world.hosts[host].give[it]))
            });
            shares.max().map_or(0.0, Share::float)
        }
        name => {
            let resource = world.resources.iter().position(|it| Some(it.as_str()) == name.strip_prefix("free:"))?;
            let open = (0..world.hosts.len()).filter(|&host| world.hosts[host].state == State::Up);
            let budget = |host: usize| match world.hosts[host].give[resource] {
                NO_BUDGET => name != "free:containers",
                NO_LIMIT => !name.ends_with(" limits"),
                _ => true,
            };
            if !open.clone().all(budget) {
                return None;
            }
            open.map(|host| world.hosts[host].give[resource].saturating_sub(load(host, resource)) as f64).sum()
        }
    })
}

/// `compare`, of documents that both have a placement.
pub fn compare(a: &World, b: &World, answer: &Answer) -> Verdict {
    let said = &answer.json;
    let (before, after) = (by_id(a), by_id(b));
    let differing = |from: &BTreeMap<&str, Option<&str>>, to: &BTreeMap<&str, Option<&str>>| -> BTreeSet<String> {
        from.keys().filter(|id| !to.contains_key(*id)).map(|id| (*id).to_owned()).collect()
    };
    let told =
        |key: &str| -> BTreeSet<String> { list(said, key).iter().map(|it| word(it, "container").to_owned()).collect() };
    ensure(told("added") == differing(&after, &before), || format!("added: {}", said["added"]))?;
    ensure(told("removed") == differing(&before, &after), || format!("removed: {}", said["removed"]))?;
    let moved = before.iter().filter(|(id, from)| after.get(*id).is_some_and(|to| to != *from));
    let moved: BTreeSet<String> = moved.map(|(id, _)| (*id).to_owned()).collect();
    ensure(told("moved") == moved, || format!("moved: {}, really {moved:?}", said["moved"]))?;
    let place = |of: &BTreeMap<&str, Option<&str>>, id: &str| of.get(id).copied().flatten().map(str::to_owned);
    let mut to_do = [0_u64; 3];
    for id in before.keys().chain(after.keys()).collect::<BTreeSet<_>>() {
        match (place(&before, id), place(&after, id)) {
            (Some(from), Some(to)) if from != to => to_do[0] += 1,
            (None, Some(_)) => to_do[1] += 1,
            (Some(_), None) => to_do[2] += 1,
            _ => {}
        }
    }
    for (key, many) in ["move", "start", "stop"].into_iter().zip(to_do) {
        ensure(said["to_do"][key] == many, || format!("{many} to {key}, said {}", said["to_do"]))?;
    }
    for metric in list(said, "metrics") {
        for (side, world) in [("a", a), ("b", b)] {
            if metric["name"] == "violations" {
                let at = world.standing();
                let broken = !violations(world, &at, &at).is_empty();
                ensure((metric[side] != 0) == broken, || format!("{side}: {metric}, really broken: {broken}"))?;
            }
            let Some(real) = figure(world, word(metric, "name")) else { continue };
            let close = metric[side].as_f64().is_some_and(|told| (told - real).abs() <= 1e-9 * real.abs().max(1.0));
            // A resource that a side does not budget has no figure there.
            let absent = metric[side].is_null() && word(metric, "name").starts_with("free:");
            ensure(close || absent, || format!("{side}: {metric}, really {real}"))?;
        }
    }
    let same = list(said, "changes").is_empty() && said["moved"] == Value::Array(Vec::new());
    let same = same && told("added").is_empty() && told("removed").is_empty();
    ensure(said["same"] == same, || format!("same: {same}"))?;
    exits(answer, i32::from(!same))
}
