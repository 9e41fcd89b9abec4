//! Where hosts stand: how many side by side, how wide each, and on which scale all of them are drawn.

use super::view::Viewer;
use super::{Format, Options};

/// Between hosts, in tenths of a pixel.
pub(super) const GAP: i64 = 240;
/// Between the frame of a group and its hosts.
pub(super) const PADDING: i64 = 100;
/// A host is not drawn wider on a page: telephones are 360 pixels wide.
const ON_A_PAGE: i64 = 3100;
/// Where arrangements have less room than this side by side they stand above each other.
const BESIDE: i64 = 5600;

/// How large things are drawn, and where hosts break: the same in the whole picture.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grid {
    /// The width of a host.
    pub width: i64,
    /// How many hosts of a group stand side by side.
    pub columns: usize,
    /// How many hosts of all groups stand side by side.
    pub across: usize,
    /// Whether arrangements stand beside each other.
    pub side_by_side: bool,
    /// How wide an arrangement may be.
    pub room: i64,
    /// The height of what is largest.
    tallest: i64,
    /// Whether nothing is to be wider than a host.
    page: bool,
}

impl Grid {
    /// What suits the largest of the arrangements.
    pub fn of(viewers: &[Viewer], options: &Options, room: i64, percent: i64) -> Self {
        let (widest, narrowest, tallest) = match viewers.iter().map(Viewer::hosts).max().unwrap_or(0) {
            0..=3 => (4600, 3000, 5600),
            4..=8 => (3200, 2300, 4200),
            _ => (2300, 1900, 2600),
        };
        let count = i64::try_from(viewers.len()).unwrap_or(1).max(1);
        let beside = (room - (count - 1) * 2 * GAP) / count;
        let side_by_side = options.together.beside() && (count == 1 || beside >= BESIDE);
        let room = if side_by_side { beside } else { room };
        let frame = if viewers.iter().any(Viewer::is_grouped) { 2 * PADDING } else { 0 };
        let page = options.format == Format::Page;
        let most = usize::try_from((room + GAP) / (narrowest + GAP)).unwrap_or(1).max(1);
        let widest = if most == 1 { 4600 } else { widest };
        let widest = if page { widest.min(ON_A_PAGE) } else { widest };
        let sizes: Vec<Vec<usize>> = viewers.iter().map(Viewer::group_sizes).collect();
        // As few rows as can be, and then hosts as wide as can be.
        let way = |columns: usize, across: usize| {
            let rows: Vec<Vec<usize>> = sizes.iter().flat_map(|it| panels(it, columns, across)).collect();
            let each = |row: &Vec<usize>| {
                let hosts = row.iter().sum::<usize>().max(1) as i64;
                (room + GAP - row.len() as i64 * frame) / hosts - GAP
            };
            (rows.iter().map(each).min().unwrap_or(room).min(widest), columns, across)
        };
        let high = |columns: usize, across: usize| -> usize {
            let mut high = 0;
            for its in &sizes {
                let mut rest = its.as_slice();
                for row in panels(its, columns, across) {
                    let (these, others) = rest.split_at(row.len());
                    high += these.iter().map(|size| size.div_ceil(columns)).max().unwrap_or(0);
                    rest = others;
                }
            }
            high
        };
        let fitting = |columns: usize| {
            (columns..=most).rev().map(|across| way(columns, across)).find(|(width, ..)| *width >= narrowest)
        };
        let best = (1..=most)
            .filter_map(fitting)
            .min_by_key(|&(width, columns, across)| (high(columns, across), std::cmp::Reverse(width)));
        let (width, columns, across) = best.unwrap_or_else(|| way(1, 1));
        Self { width: width.max(400), columns, across, side_by_side, room, tallest: tallest * percent / 100, page }
    }

    /// The height of `amount`, drawn as wide as a host, where the largest of the picture is `largest`.
    pub fn height(&self, amount: u64, largest: u64) -> i64 {
        Self::part(self.tallest, amount, u128::from(largest))
    }

    /// The width of what would be so high if it were as wide as a host: more columns where it would be very high.
    pub fn wide(&self, height: i64) -> i64 {
        let columns = height / self.tallest.max(1) + 1;
        if self.page { self.width } else { (columns * (self.width + GAP) - GAP).min(self.room.max(self.width)) }
    }

    /// The width of `amount` on the same scale, drawn so high.
    pub fn narrowed(&self, amount: u64, largest: u64, height: i64) -> i64 {
        let whole = u128::from(largest) * u128::from(height.unsigned_abs());
        Self::part(self.tallest * self.width, amount, whole).clamp(10, self.width)
    }

    fn part(length: i64, amount: u64, whole: u128) -> i64 {
        let exact = u128::from(length.unsigned_abs()) * u128::from(amount) + whole / 2;
        i64::try_from(exact / whole.max(1)).unwrap_or(i64::MAX).min(10_000_000)
    }
}

/// Groups of so many hosts in rows of groups, each as so many columns, where so many hosts stand side by side.
pub(super) fn panels(sizes: &[usize], columns: usize, across: usize) -> Vec<Vec<usize>> {
    let mut rows: Vec<Vec<usize>> = Vec::new();
    for size in sizes {
        let wide = columns.min(*size).max(1);
        match rows.last_mut().filter(|row| row.iter().sum::<usize>() + wide <= across) {
            Some(row) => row.push(wide),
            None => rows.push(vec![wide]),
        }
    }
    rows
}
