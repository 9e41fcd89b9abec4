//! The changes that were made of a text, each with what it replaced, so that every one can be taken back.

use super::request::Change;

/// A text, with all that was done to it and undone.
#[derive(Clone, Debug)]
pub struct History {
    steps: Vec<Step>,
    /// So many of them are made; the others were taken back.
    made: usize,
}

/// One change, and the one place at which it made the text another.
#[derive(Clone, Debug)]
struct Step {
    change: Change,
    at: usize,
    old: String,
    new: String,
}

impl History {
    /// Nothing was done yet.
    pub const fn new() -> History {
        History { steps: Vec::new(), made: 0 }
    }

    /// `change` made `after` of `before`; what was taken back before is forgotten.
    pub fn push(&mut self, change: Change, before: &str, after: &str) {
        let (at, old, new) = differs(before, after);
        self.steps.truncate(self.made);
        self.steps.push(Step { change, at, old: old.to_owned(), new: new.to_owned() });
        self.made += 1;
    }

    /// The text before the last change that is made; `None` where there is none.
    pub fn undo(&mut self, text: &str) -> Option<String> {
        let step = self.steps.get(self.made.checked_sub(1)?)?;
        let before = replaced(text, step.at, &step.new, &step.old)?;
        self.made -= 1;
        Some(before)
    }

    /// The text with the first change that was taken back; `None` where there is none.
    pub fn redo(&mut self, text: &str) -> Option<String> {
        let step = self.steps.get(self.made)?;
        let after = replaced(text, step.at, &step.old, &step.new)?;
        self.made += 1;
        Some(after)
    }

    /// The changes that are made, in their order.
    pub fn made(&self) -> impl Iterator<Item = &Change> {
        self.steps.iter().take(self.made).map(|step| &step.change)
    }

    /// How many changes are made, and how many were taken back.
    pub fn count(&self) -> [usize; 2] {
        [self.made, self.steps.len() - self.made]
    }
}

/// The one place at which two texts differ, and what they say there.
fn differs<'a>(before: &'a str, after: &'a str) -> (usize, &'a str, &'a str) {
    let same = |(a, b): &(char, char)| a == b;
    let at: usize = before.chars().zip(after.chars()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let (old, new) = (before.get(at..).unwrap_or(""), after.get(at..).unwrap_or(""));
    let end: usize = old.chars().rev().zip(new.chars().rev()).take_while(same).map(|(c, _)| c.len_utf8()).sum();
    let without = |text: &'a str| text.get(..text.len() - end).unwrap_or("");
    (at, without(old), without(new))
}

/// `text` with `new` in the place of `old`; `None` where it does not say that there.
fn replaced(text: &str, at: usize, old: &str, new: &str) -> Option<String> {
    let rest = text.get(at..)?.strip_prefix(old)?;
    Some([text.get(..at)?, new, rest].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(nth: usize) -> Change {
        Change::TakeOut { containers: vec![nth.to_string()] }
    }

    #[test]
    fn all_is_taken_back_and_made_again_to_the_byte() {
        let mut random = fastrand::Rng::with_seed(7);
        let letters = ['a', 'b', 'ä', '\n', '—'];
        let mut texts = vec![String::new()];
        let mut history = History::new();
        for nth in 0..500 {
            let text: String = (0..random.usize(0..12)).map(|_| letters[random.usize(0..letters.len())]).collect();
            history.push(change(nth), texts.last().expect("one"), &text);
            texts.push(text);
        }
        let mut now = texts.last().expect("one").clone();
        for before in texts.iter().rev().skip(1) {
            now = history.undo(&now).expect("made");
            assert_eq!(now, *before);
        }
        assert_eq!((history.undo(&now), history.count()), (None, [0, 500]));
        for after in texts.iter().skip(1) {
            now = history.redo(&now).expect("taken back");
            assert_eq!(now, *after);
        }
        assert_eq!(history.redo(&now), None);
    }

    #[test]
    fn what_is_done_after_something_was_taken_back_takes_its_place() {
        let mut history = History::new();
        history.push(change(1), "a", "ab");
        history.push(change(2), "ab", "abc");
        assert_eq!(history.undo("abc").as_deref(), Some("ab"));
        history.push(change(3), "ab", "b");
        assert_eq!(history.count(), [2, 0]);
        assert_eq!(history.made().collect::<Vec<_>>(), [&change(1), &change(3)]);
        assert_eq!((history.undo("b").as_deref(), history.undo("ab").as_deref()), (Some("ab"), Some("a")));
    }
}
