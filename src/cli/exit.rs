//! Exit codes, and the errors that carry one.

use std::fmt;
use std::process::ExitCode;

/// How a run ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// It fits; it is valid; it is planned; nothing differs.
    Yes,
    /// It does not; it is not; something is left out or differs. The full answer was written all the same.
    No,
    /// The question could not be asked or the answer not be written.
    Usage,
    /// Nothing found and nothing proven before the time limit.
    Unknown,
    /// The referee refuted the solver.
    Refuted,
}

impl Exit {
    /// Yes or no.
    pub fn from_answer(yes: bool) -> Self {
        if yes { Exit::Yes } else { Exit::No }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Yes => 0,
            Exit::No => 1,
            Exit::Usage => 2,
            Exit::Unknown => 3,
            Exit::Refuted => 70,
        })
    }
}

/// An error that is worded already and has an exit code of its own.
#[derive(Debug)]
pub struct Stop {
    /// The code.
    pub exit: Exit,
    /// What goes to standard error as it is.
    pub text: String,
    /// What goes to standard output, for programs.
    pub json: Option<String>,
}

impl fmt::Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text.trim_end())
    }
}

impl std::error::Error for Stop {}
