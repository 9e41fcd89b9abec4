//! What a host holds as one line of coloured blocks, as long as what each startup asks for: for screens with colour.

use anstyle::{Effects, RgbColor, Style as Ansi};
use unicode_width::UnicodeWidthChar;

use super::style::{Style, width_of};
use crate::report::color::Color;

/// On a narrower screen there are no blocks.
const NARROWEST: usize = 30;
/// The longest line of blocks.
const LONGEST: usize = 100;

/// A line of blocks, one for each part, as wide as its share of the whole; the rest is free. Nothing where the screen has
/// no colour or no room, or there is no whole.
pub fn strip(parts: &[(String, Color, u64)], whole: u64, style: &Style) -> String {
    if !style.color || style.width < NARROWEST || whole == 0 {
        return String::new();
    }
    let cells = style.width.saturating_sub(4).min(LONGEST);
    let sizes: Vec<u64> = parts.iter().map(|(.., size)| *size).collect();
    let widths = widths(&sizes, whole, cells);
    let mut line = String::from("  ");
    for ((name, color, _), &cells) in parts.iter().zip(&widths) {
        let [red, green, blue] = color.fill;
        let ink = if color.wants_white() { RgbColor(255, 255, 255) } else { RgbColor(0, 0, 0) };
        let block = Ansi::new().bg_color(Some(RgbColor(red, green, blue).into())).fg_color(Some(ink.into()));
        line += &format!("{block}{}{block:#}", label(name, cells));
    }
    let free = ".".repeat(cells - widths.iter().sum::<usize>());
    let dim = Ansi::new().effects(Effects::DIMMED);
    format!("{line}{dim}{free}{dim:#}\n")
}

/// How many cells each part takes: its share rounded so that the sums are right to a cell; what asks for something has
/// one, as long as there are any.
fn widths(parts: &[u64], whole: u64, cells: usize) -> Vec<usize> {
    let (mut sum, mut end) = (0_u128, 0_usize);
    let mut widths: Vec<usize> = Vec::new();
    for &part in parts {
        sum += u128::from(part);
        let exact = usize::try_from(sum * cells as u128 / u128::from(whole.max(1))).unwrap_or(cells);
        let next = exact.max(end + usize::from(part > 0)).min(cells);
        widths.push(next - end);
        end = next;
    }
    widths
}

/// The name in so many cells, with a space before it where there is room, cut where there is none.
fn label(name: &str, cells: usize) -> String {
    let mut shown = String::new();
    if width_of(name) < cells {
        shown.push(' ');
    }
    for letter in name.chars() {
        if width_of(&shown) + letter.width().unwrap_or(0) > cells {
            break;
        }
        shown.push(letter);
    }
    let missing = cells.saturating_sub(width_of(&shown));
    shown + &" ".repeat(missing)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_take_their_share_of_the_cells_and_never_more_than_there_are() {
        assert_eq!(widths(&[13, 2, 2, 2], 38, 76), [26, 4, 4, 4]);
        assert_eq!(widths(&[1, 1, 1000], 1002, 20), [1, 1, 18]);
        assert_eq!(widths(&[1; 10], 10, 4).iter().sum::<usize>(), 4);
        assert_eq!(widths(&[0, 5], 10, 10), [0, 5]);
        assert_eq!(widths(&[], 0, 10), Vec::<usize>::new());
    }

    #[test]
    fn a_label_is_as_wide_as_its_block() {
        assert_eq!(label("s01", 5), " s01 ");
        assert_eq!(label("s01", 3), "s01");
        assert_eq!(label("platform", 3), "pla");
        assert_eq!(label("platform", 0), "");
    }
}
