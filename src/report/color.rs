//! The colours of startups: from their names, told apart by colour-blind readers, and legible under text.

use std::collections::BTreeSet;

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

/// What a startup's blocks look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Color {
    /// Red, green, blue.
    pub fill: [u8; 3],
    /// 0 for a plain block, 1 for one with a dark edge, 2 for one with a light edge.
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

/// A colour for each name. It follows from the name alone, but where an earlier name has the same one the next free is
/// taken: a startup added last changes no colour, one added elsewhere at most those of later ones.
pub fn colors<'a>(names: impl Iterator<Item = &'a str>) -> Vec<Color> {
    let mut taken = BTreeSet::new();
    let pick = |name: &str| {
        if taken.len() == COLORS {
            taken.clear();
        }
        // Without an edge as long as there are such.
        let plain = HUES.len() * TONES.len();
        let first = usize::try_from(hash(name) % plain as u64).unwrap_or(0);
        let all = (0..COLORS).map(|step| (first + step) % plain + step / plain * plain);
        let free = all.into_iter().find(|color| !taken.contains(color));
        let number = free.unwrap_or(first);
        taken.insert(number);
        Color::of(number)
    };
    names.map(pick).collect()
}

/// FNV-1a, its high bits folded in.
fn hash(name: &str) -> u64 {
    let mixed = name
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3));
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
    fn a_startup_added_last_changes_no_colour() {
        let names: Vec<String> = (0..COLORS).map(|number| format!("s{number}")).collect();
        let all = colors(names.iter().map(String::as_str));
        let fewer = colors(names[..20].iter().map(String::as_str));
        assert_eq!(all[..20], fewer);
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), COLORS, "all differ");
    }
}
