//! The colours of startups: from their names, told apart by colour-blind readers, and legible under text.

use std::collections::{BTreeMap, BTreeSet};

/// The colours of Okabe and Ito (2008), which readers with any colour vision tell apart.
const HUES: [[u8; 3]; 8] = [
    [0xe6, 0x9f, 0x00],
    [0x56, 0xb4, 0xe9],
    [0x00, 0x9e, 0x73],
    [0xf0, 0xe4, 0x42],
    [0x00, 0x72, 0xb2],
    [0xd5, 0x5e, 0x00],
    [0xcc, 0x79, 0xa7],
    [0x99, 0x99, 0x99],
];
/// How much white each tone has, in hundredths.
const TONES: [u32; 3] = [0, 38, 66];
/// Hues times tones times edges.
const COLORS: usize = HUES.len() * TONES.len() * 3;
const BASIS: u64 = 0xcbf2_9ce4_8422_65a7;

/// What a startup's blocks look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Color {
    /// Red, green, blue.
    pub fill: [u8; 3],
    /// 0 for a plain block, 1 for one with a dark band at its left edge, 2 for one with such a band at its lower edge.
    pub edge: u8,
}

impl Color {
    fn of(number: usize) -> Self {
        let mixed = TONES[number / HUES.len() % TONES.len()];
        let fill = HUES[number % HUES.len()].map(|part| {
            let part = u32::from(part);
            u8::try_from((part * (100 - mixed) + 255 * mixed) / 100).unwrap_or(255)
        });
        Self { fill, edge: u8::try_from(number / (HUES.len() * TONES.len())).unwrap_or(0) }
    }

    /// Whether text on it is white instead of black.
    pub fn wants_white(self) -> bool {
        contrast(self.fill, [255; 3]) > contrast(self.fill, [0; 3])
    }

    /// As `#rrggbb`.
    pub fn hex(self) -> String {
        let [red, green, blue] = self.fill;
        format!("#{red:02x}{green:02x}{blue:02x}")
    }
}

/// The colours of startups that are seen together.
#[derive(Clone, Debug, Default)]
pub struct Colors(BTreeMap<String, Color>);

impl Colors {
    /// Each of `names` has a colour that follows from its name alone, so that it stays the same over phases, documents and
    /// formats, and only where another of them has that one takes the next: no two are alike until all are taken.
    pub fn of<'a>(names: impl IntoIterator<Item = &'a str>) -> Colors {
        let mut left: BTreeSet<&str> = names.into_iter().collect();
        let mut taken = [false; COLORS];
        let mut colors = BTreeMap::new();
        left.retain(|name| {
            let number = number_of(name);
            let is_free = !std::mem::replace(&mut taken[number], true);
            is_free.then(|| colors.insert((*name).to_owned(), Color::of(number)));
            !is_free
        });
        for name in left {
            let own = number_of(name);
            let number = (1..COLORS).map(|next| (own + next) % COLORS).find(|&next| !taken[next]).unwrap_or(own);
            taken[number] = true;
            colors.insert(name.to_owned(), Color::of(number));
        }
        Colors(colors)
    }

    /// The colour of a startup.
    pub fn get(&self, name: &str) -> Color {
        self.0.get(name).copied().unwrap_or_else(|| Color::of(number_of(name)))
    }
}

/// Which colour follows from a name. Names that count up (`s01`, `s02`, ...) take colours side by side, so that no two of
/// a range are alike until all are taken.
fn number_of(name: &str) -> usize {
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    // A longer number is told apart by what it ends in.
    let digits = &name[stem.len()..];
    let number: usize = digits[digits.len().saturating_sub(6)..].parse().unwrap_or(0);
    let plain = HUES.len() * TONES.len();
    let first = usize::try_from(hash(stem) % COLORS as u64).unwrap_or(0);
    (first % plain + number) % plain + (first / plain + number / plain) % 3 * plain
}

/// FNV-1a, its high bits folded in. The basis is one of many: with it what homelabs usually run is told apart.
fn hash(name: &str) -> u64 {
    let mixed = name.bytes().fold(BASIS, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
    mixed ^ (mixed >> 29)
}

/// The contrast of two colours as WCAG 2.1 defines it.
pub fn contrast(a: [u8; 3], b: [u8; 3]) -> f64 {
    let [a, b] = [luminance(a), luminance(b)];
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

fn luminance(color: [u8; 3]) -> f64 {
    let [red, green, blue] = color.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_on_every_colour_is_legible() {
        for number in 0..COLORS {
            let color = Color::of(number);
            let text = if color.wants_white() { [255; 3] } else { [0; 3] };
            assert!(contrast(color.fill, text) >= 4.5, "{}", color.hex());
        }
    }

    #[test]
    fn startups_of_a_range_differ_and_so_do_the_usual_ones() {
        let range: BTreeSet<usize> = (1..=COLORS).map(|number| number_of(&format!("s{number}"))).collect();
        assert_eq!(range.len(), COLORS);
        let usual = "platform wiki gitea nextcloud immich jellyfin paperless homeassistant grafana web shop blog media \
                     monitoring backup mail ci s01 s02 s03 s04 s05 s06 s07 s08 s09 s10 s11 s12 s13 s14 s15 s16 s17 s18";
        let names: Vec<&str> = usual.split_whitespace().collect();
        assert_eq!(names.iter().map(|name| number_of(name)).collect::<BTreeSet<_>>().len(), names.len());
    }

    #[test]
    fn no_two_of_one_picture_are_alike_and_who_has_a_colour_of_its_own_keeps_it() {
        let names: Vec<String> = (0..COLORS)
            .map(|number| format!("{}x", (b'a' + (number % 26) as u8) as char).repeat(1 + number / 26))
            .collect();
        let colors = Colors::of(names.iter().map(String::as_str));
        assert_eq!(names.iter().map(|name| colors.get(name)).collect::<BTreeSet<_>>().len(), COLORS);
        for name in &names {
            let own = number_of(name);
            let alone = names.iter().filter(|other| number_of(other) == own).count() == 1;
            assert!(!alone || colors.get(name) == Color::of(own), "{name}");
        }
    }
}
