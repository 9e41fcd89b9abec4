//! Any bytes as `bayplan import swarm`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("swarm", bytes));
