//! The program over kinds of hosts: what every fleet must satisfy, the cheapest that does, and what proves it.

pub mod branch;
pub mod evidence;
pub mod fractional;
pub mod inequalities;
