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
    /// How many groups stand side by side.
    pub panels: usize,
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
    pub fn of(viewers: &[Viewer], options: &Options, room: i64, high: i64) -> Self {
        let most = |count: &dyn Fn(&Viewer) -> usize| viewers.iter().map(count).max().unwrap_or(1).max(1);
        let hosts = most(&|viewer| viewer.hosts());
        let grouped = viewers.iter().any(Viewer::is_grouped);
        let (groups, largest) = (most(&|viewer| viewer.groups.len()), most(&|viewer| viewer.largest_group()));
        let (widest, narrowest, tallest) = match hosts {
            0..=3 => (4600, 3000, 5600),
            4..=8 => (3200, 2300, 4200),
            _ => (2300, 1900, 2600),
        };
        let count = i64::try_from(viewers.len()).unwrap_or(1).max(1);
        let beside = (room - (count - 1) * 2 * GAP) / count;
        let side_by_side = options.together.beside() && (count == 1 || beside >= BESIDE);
        let room = if side_by_side { beside } else { room };
        let frame = if grouped { 2 * PADDING } else { 0 };
        // As many columns as things need in as few rows.
        let balanced = |things: usize, columns: usize| things.div_ceil(things.div_ceil(columns.max(1)).max(1)).max(1);
        let fitting = |panels: usize| {
            let panels = panels as i64;
            usize::try_from((room + GAP - panels * frame) / (narrowest + GAP) / panels).unwrap_or(0)
        };
        let ways = (1..=groups).filter(|&panels| panels == 1 || fitting(panels) > 0);
        let ways = ways.map(|panels| (balanced(groups, panels), balanced(largest, fitting(panels).clamp(1, largest))));
        let rows = |&(panels, columns): &(usize, usize)| {
            (groups.div_ceil(panels) * largest.div_ceil(columns), std::cmp::Reverse(panels))
        };
        let (panels, columns) = ways.min_by_key(rows).unwrap_or((1, 1));
        let (p, c) = (panels as i64, columns as i64);
        let each = (room + GAP - p * frame) / (p * c) - GAP;
        let widest = if fitting(1) <= 1 { 4600 } else { widest };
        let page = options.format == Format::Page;
        let width = each.min(if page { widest.min(ON_A_PAGE) } else { widest }).max(400);
        Self { width, columns, panels, side_by_side, room, tallest: tallest * high / 100, page }
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
