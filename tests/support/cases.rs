//! Generated cases: a seed each, spread over the cores.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rayon::prelude::*;

/// How many cases to try where `usual` are tried otherwise: `BAYPLAN_CASES=300` says how many, `BAYPLAN_CASES=10x` how
/// many times as many.
pub fn count(usual: u64) -> u64 {
    let Ok(wanted) = std::env::var("BAYPLAN_CASES") else { return usual };
    let (number, times) = wanted.strip_suffix('x').map_or((wanted.as_str(), 1), |number| (number, usual));
    number.parse::<u64>().unwrap_or_else(|_| panic!("BAYPLAN_CASES is a number or, say, 10x: {wanted}")) * times
}

/// What `law` says of each of the `usual` seeds from `first` on, or of as many as `BAYPLAN_CASES` says, in their order.
/// Fails with the first seed that breaks it by a panic.
pub fn each<T: Send>(first: u64, usual: u64, law: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let seeds: Vec<u64> = (first..first + count(usual)).collect();
    // A case may take a thousand times as long as another: none is tied to its neighbours.
    let tried: Vec<Result<T, String>> = seeds
        .par_iter()
        .with_max_len(1)
        .map(|&seed| {
            catch_unwind(AssertUnwindSafe(|| law(seed))).map_err(|why| format!("seed {seed}: {}", said(&*why)))
        })
        .collect();
    let broken = tried.iter().filter(|one| one.is_err()).count();
    let whole: Result<Vec<T>, String> = tried.into_iter().collect();
    whole.unwrap_or_else(|why| panic!("{broken} of {} cases break the law; {why}", seeds.len()))
}

/// What a panic said.
fn said(why: &(dyn std::any::Any + Send)) -> &str {
    why.downcast_ref::<String>().map_or_else(|| why.downcast_ref::<&str>().copied().unwrap_or(""), String::as_str)
}
