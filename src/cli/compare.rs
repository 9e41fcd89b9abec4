//! `bayplan compare`: which of two arrangements is better?

use std::time::Instant;

use super::args;
use super::exit::Exit;
use super::screen::Screen;

/// Answers on standard output or in the file that the arguments name.
pub fn run(_args: &args::Compare, _screen: &Screen, _start: Instant) -> anyhow::Result<Exit> {
    unimplemented!()
}
