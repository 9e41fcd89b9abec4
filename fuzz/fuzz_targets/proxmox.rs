//! Any bytes as `bayplan import proxmox`.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| bayplan_fuzz::imported("proxmox", bytes));
