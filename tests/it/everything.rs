//! Everything that a document can say and all that can be asked about it, together, by an oracle that looks at every
//! placement, every loss, every phase and every step.
//!
//! `BAYPLAN_CASES=20000 cargo test --test it everything::` tries more documents, and asks all about each;
//! `BAYPLAN_CASES=100x` tries a hundred times as many as usual, and asks a quarter of all about each, as usual.

use crate::support::cases;
use crate::support::everything::judge::Verdict;
use crate::support::everything::law;
use crate::support::everything::spec::{HELPED_NOT_ONCE, WRONG_ONCE};

#[test]
fn a_document_of_everything_is_read_as_what_it_means() {
    for_each(2_000, law::reads);
}

#[test]
fn whatever_is_asked_about_a_document_of_everything_is_answered_as_it_is() {
    let some = std::env::var("BAYPLAN_CASES").map_or(true, |cases| cases.ends_with('x'));
    for_each(1_000, |seed| law::answers(seed, some));
}

#[test]
fn what_was_answered_wrong_once_is_answered_as_it_is() {
    for seed in WRONG_ONCE.into_iter().chain(HELPED_NOT_ONCE) {
        law::answers(seed, false).unwrap_or_else(|why| panic!("seed {seed}: {why}"));
    }
}

#[test]
fn a_document_of_everything_that_is_made_wrong_is_refused_with_the_reason() {
    for_each(200, law::refuses);
}

/// `BAYPLAN_SHOW=0` shows what none was found for, `BAYPLAN_SHOW=1` what one was.
#[test]
#[expect(clippy::print_stdout, reason = "for how many there are remedies is worth saying")]
fn what_cannot_be_is_mostly_told_two_ways_out_or_more() {
    let found: Vec<(usize, String)> = cases::each(7_000, 300, law::remedies).into_iter().flatten().collect();
    let of = |most: usize| found.iter().filter(|(remedies, _)| *remedies <= most).count();
    println!("{} questions, {} without a remedy, {} with one", found.len(), of(0), of(1) - of(0));
    if let Ok(shown) = std::env::var("BAYPLAN_SHOW") {
        found.iter().filter(|(remedies, _)| remedies.to_string() == shown).for_each(|(_, asked)| println!("{asked}"));
    }
    assert!(found.len() > 100, "{} questions", found.len());
    // Many have no host that is up, or contradict themselves in several ways: nothing single helps there.
    assert!(of(0) * 100 <= found.len() * 4, "{} of {} are told no way out", of(0), found.len());
    assert!(of(1) * 100 <= found.len() * 24, "{} of {} are told one way out at the most", of(1), found.len());
}

fn for_each(usual: u64, law: impl Fn(u64) -> Verdict + Sync) {
    cases::each(0, usual, |seed| law(seed).unwrap_or_else(|why| panic!("{why}")));
}
