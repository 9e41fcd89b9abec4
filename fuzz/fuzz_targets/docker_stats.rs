//! Any bytes as `bayplan import docker-stats`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("docker-stats", bytes));
