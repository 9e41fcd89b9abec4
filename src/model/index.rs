//! Positions in the vectors of a layout, each kind a type of its own: a host's number is no container's.

/// A position of one kind: it indexes vectors and slices, and is written as its number, which counts from 0.
pub trait Position: Copy + Ord {
    /// The position `at`.
    fn new(at: usize) -> Self;

    /// As a number.
    fn number(self) -> usize;
}

/// Positions that follow each other: a [`Range`](std::ops::Range) of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Positions<P> {
    /// The first of them.
    pub start: P,
    /// The first after them.
    pub end: P,
}

impl<P: Position> Positions<P> {
    /// Whether `at` is one of them.
    pub fn contains(&self, at: &P) -> bool {
        (self.start..self.end).contains(at)
    }
}

impl<P: Position> Iterator for Positions<P> {
    type Item = P;

    #[inline]
    fn next(&mut self) -> Option<P> {
        let first = self.start;
        (first < self.end).then(|| {
            self.start = P::new(first.number() + 1);
            first
        })
    }

    #[inline]
    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.start.number()..self.end.number()).size_hint()
    }
}

impl<P: Position> DoubleEndedIterator for Positions<P> {
    fn next_back(&mut self) -> Option<P> {
        (self.start < self.end).then(|| {
            self.end = P::new(self.end.number() - 1);
            self.end
        })
    }
}

impl<P: Position> ExactSizeIterator for Positions<P> {}

/// Counting with positions.
pub trait Numbered: Iterator + Sized {
    /// As [`Iterator::enumerate`], with positions.
    fn numbered<P: Position>(self) -> impl Iterator<Item = (P, Self::Item)> {
        self.enumerate().map(|(at, it)| (P::new(at), it))
    }
}

impl<I: Iterator> Numbered for I {}

/// Makes kinds of positions.
macro_rules! positions {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub usize);

        impl $name {
            /// The first `count` of them.
            pub fn all(count: usize) -> $crate::model::Positions<Self> {
                $crate::model::Positions { start: Self(0), end: Self(count) }
            }

            /// The one after it.
            pub fn next(self) -> Self {
                Self(self.0 + 1)
            }
        }

        impl $crate::model::Position for $name {
            fn new(at: usize) -> Self {
                Self(at)
            }

            fn number(self) -> usize {
                self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.0.fmt(f)
            }
        }

        impl<T> std::ops::Index<$name> for [T] {
            type Output = T;

            #[inline]
            fn index(&self, at: $name) -> &T {
                &self[at.0]
            }
        }

        impl<T> std::ops::IndexMut<$name> for [T] {
            #[inline]
            fn index_mut(&mut self, at: $name) -> &mut T {
                &mut self[at.0]
            }
        }

        impl<T> std::ops::Index<$name> for Vec<T> {
            type Output = T;

            #[inline]
            fn index(&self, at: $name) -> &T {
                &self[at.0]
            }
        }

        impl<T> std::ops::IndexMut<$name> for Vec<T> {
            #[inline]
            fn index_mut(&mut self, at: $name) -> &mut T {
                &mut self[at.0]
            }
        }
    )*};
}

pub(crate) use positions;

positions! {
    /// Position of a host in [`Lab::hosts`](super::Lab::hosts).
    HostIndex
    /// Position of a container in [`Demand::containers`](super::Demand::containers).
    ContainerIndex
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_from_either_end() {
        let all = HostIndex::all(3);
        assert_eq!(all.len(), 3);
        assert_eq!(all.clone().rev().collect::<Vec<_>>(), [2, 1, 0].map(HostIndex));
        assert_eq!("abc".chars().numbered().collect::<Vec<_>>(), all.clone().zip("abc".chars()).collect::<Vec<_>>());
        let (start, end) = (HostIndex(1), HostIndex(2));
        let one = Positions { start, end };
        assert!(one.contains(&start) && !one.contains(&end));
        assert_eq!(one.collect::<Vec<_>>(), [start]);
        assert_eq!(Positions { start: start.next(), end }.next(), None);
    }
}
