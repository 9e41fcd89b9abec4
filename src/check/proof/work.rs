//! How much a verification may work, and why it ends early.

/// What is left of the work that a verification may do. A step is about as much as adding two numbers.
#[derive(Debug)]
pub(super) struct Work {
    left: u64,
}

impl Work {
    pub fn new(steps: u64) -> Work {
        Work { left: steps }
    }

    /// Takes `steps` from what is left.
    ///
    /// # Errors
    /// [`Fault::OutOfWork`] where there is not so much left.
    pub fn spend(&mut self, steps: u64) -> Result<(), Fault> {
        match self.left.checked_sub(steps) {
            Some(left) => {
                self.left = left;
                Ok(())
            }
            None => {
                self.left = 0;
                Err(Fault::OutOfWork)
            }
        }
    }
}

/// Why a proof was not verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It proves nothing, or not this: where, and why.
    Broken(String),
    /// The work that a verification may do is done.
    OutOfWork,
}

/// A proof that does not hold, because of `what`.
pub(super) fn broken<T>(what: impl Into<String>) -> Result<T, Fault> {
    Err(Fault::Broken(what.into()))
}

/// What could not be computed in 128 bits.
pub(super) fn too_large() -> Fault {
    Fault::Broken("its numbers exceed 128 bits".to_owned())
}
