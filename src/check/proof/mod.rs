//! The referee of proofs: whether what a certificate claims of a document holds. It shares nothing with the solver, not
//! even the presolve; everything is computed anew from the model, in whole numbers, with overflow checked. A
//! certificate may come from anywhere: work and depth are bounded, and whatever is wrong is said with its place.

mod claims;
mod duals;
mod hosts;
mod knapsack;
mod message;
mod pieces;
mod pool;
mod problem;
mod scene;
mod search;
mod tree;
mod volume;
mod work;

pub use claims::{Finding, Judgement, Outcome, Subject, verify};
use scene::Scene;
use work::{Fault, Work, broken};

use crate::certificate::Proof;

/// Proofs nest no deeper than this.
const DEPTH: usize = 64;

/// That nothing fits in `scene`, for the reason given.
fn prove<'a>(scene: &Scene<'a>, proof: &'a Proof, depth: usize, work: &mut Work) -> Result<(), Fault> {
    if depth >= DEPTH {
        return broken(format!("proofs nest deeper than {DEPTH}"));
    }
    work.spend(scene.problem.items.len() as u64)?;
    match proof {
        Proof::Rules => inside(volume::rules(scene, work), || "rules".to_owned()),
        Proof::Kept => broken("that what is to stay breaks a rule is no reason here"),
        Proof::Volume => inside(volume::volume(scene, work), || "volume".to_owned()),
        Proof::Rounded(step) => inside(volume::rounded(scene, *step, work), || "rounded".to_owned()),
        Proof::Duals(of) => inside(duals::duals(scene, of, work), || "weights".to_owned()),
        Proof::Search(of) => inside(search::search(scene, of, work), || "search".to_owned()),
        Proof::Hosts(cases) => inside(hosts::hosts(scene, cases, depth + 1, work), || "hosts".to_owned()),
        Proof::Tree(of) => inside(tree::tree(scene, of, depth + 1, work), || "tree".to_owned()),
        Proof::Pool(of) => inside(pool::pool(scene, of, depth + 1, work), || "pool".to_owned()),
        Proof::Omitted(_) => broken("the proof was not written"),
    }
}

/// `verdict`, and where in the proof a fault is.
fn inside<T>(verdict: Result<T, Fault>, place: impl FnOnce() -> String) -> Result<T, Fault> {
    verdict.map_err(|fault| match fault {
        Fault::Broken(what) => Fault::Broken(format!("{}: {what}", place())),
        Fault::OutOfWork => Fault::OutOfWork,
    })
}
