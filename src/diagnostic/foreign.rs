//! Words of others: what a document says is shown as text, and as no more.

/// Whether `c` does not show itself: a control character, one that turns the direction of its neighbours, joins or marks
/// them, a tag, a filler, a noncharacter. All of Unicode's categories `Cc` and `Cf`, its line and paragraph separators, and
/// what it calls `Default_Ignorable_Code_Point`.
pub fn is_unseen(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_control();
    }
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{34f}' | '\u{600}'..='\u{605}' | '\u{61c}' | '\u{6dd}' | '\u{70f}' | '\u{890}' | '\u{891}'
            | '\u{8e2}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fdd0}'..='\u{fdef}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}'
            | '\u{110bd}' | '\u{110cd}' | '\u{13430}'..='\u{1343f}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}')
        || u32::from(c) & 0xfffe == 0xfffe
}

/// `text` of a document as a part of a sentence: in one line, without what is [unseen](is_unseen), and without the
/// backticks with which sentences mark what is code.
pub fn plain(text: &str) -> String {
    let shown = |c: char| match c {
        '\n' | '\r' | '\t' => ' ',
        '`' => '\'',
        c => c,
    };
    text.chars().map(shown).filter(|&c| !is_unseen(c)).collect()
}

/// [`plain`] as code.
pub fn quoted(text: &str) -> String {
    format!("`{}`", plain(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_seen_is_not_shown() {
        let hidden = "\0\u{7}\u{1b}\u{7f}\u{9b}\u{ad}\u{61c}\u{180e}\u{200d}\u{202e}\u{2066}\u{206f}\u{fe0f}\u{feff}\
                      \u{fff9}\u{fffb}\u{ffff}\u{1d173}\u{e0001}\u{e0041}\u{e0100}\u{10fffe}";
        assert!(hidden.chars().all(is_unseen));
        assert!(!"aé名\u{5d0}\u{1f600} ·…█`<".chars().any(is_unseen));
        assert_eq!(quoted(&format!("a{hidden}`b\nc")), "`a'b c`");
    }
}
