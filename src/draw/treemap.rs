//! Cuts a rectangle into parts in proportion to weights, as square as can be, in whole numbers: the squarified treemap
//! of Bruls, Huizing and van Wijk (2000).

use super::Rect;

/// A part for each weight, in the order of the weights. Parts never overlap and cover all of `area`.
pub(super) fn squarify(area: Rect, weights: &[u64]) -> Vec<Rect> {
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|&part| (std::cmp::Reverse(weights[part]), part));
    let mut parts = vec![Rect { width: 0, height: 0, ..area }; weights.len()];
    let mut left: u128 = weights.iter().map(|&weight| u128::from(weight)).sum();
    let mut area = area;
    let mut rest = order.as_slice();
    while !rest.is_empty() && left > 0 {
        let taken = row_length(area, rest, weights, left);
        let (row, others) = rest.split_at(taken);
        let sum: u128 = row.iter().map(|&part| u128::from(weights[part])).sum();
        area = lay(area, row, weights, [sum, left], &mut parts);
        left -= sum;
        rest = others;
    }
    parts
}

/// How many of `rest` make the squarest row along the shorter side.
fn row_length(area: Rect, rest: &[usize], weights: &[u64], left: u128) -> usize {
    let side = area.width.min(area.height).max(1) as f64;
    let scale = area.width.max(1) as f64 * area.height.max(1) as f64 / left as f64;
    let largest = weights[rest[0]] as f64 * scale;
    let (mut sum, mut best) = (0.0, f64::INFINITY);
    for (count, &part) in rest.iter().enumerate() {
        let smallest = weights[part] as f64 * scale;
        sum += smallest;
        let worst = (side * side * largest / (sum * sum)).max(sum * sum / (side * side * smallest));
        if worst > best || smallest <= 0.0 {
            return count.max(1);
        }
        best = worst;
    }
    rest.len()
}

/// Lays one row along the shorter side; what is left of the area.
fn lay(area: Rect, row: &[usize], weights: &[u64], [sum, left]: [u128; 2], parts: &mut [Rect]) -> Rect {
    let upright = area.width >= area.height;
    let long = if upright { area.width } else { area.height };
    let short = if upright { area.height } else { area.width };
    let thick = share(long, sum, left);
    let (mut before, mut start) = (0_u128, 0);
    for &part in row {
        before += u128::from(weights[part]);
        let end = share(short, before, sum.max(1));
        parts[part] = match upright {
            true => Rect { x: area.x, y: area.y + start, width: thick, height: end - start },
            false => Rect { x: area.x + start, y: area.y, width: end - start, height: thick },
        };
        start = end;
    }
    match upright {
        true => Rect { x: area.x + thick, width: area.width - thick, ..area },
        false => Rect { y: area.y + thick, height: area.height - thick, ..area },
    }
}

/// `length` times `part` of `whole`, to the nearest.
pub(super) fn share(length: i64, part: impl Into<u128>, whole: impl Into<u128>) -> i64 {
    let (part, whole) = (part.into(), whole.into());
    let whole = whole.max(1);
    let part = part.min(whole);
    let length = u128::from(length.unsigned_abs());
    // A product beyond 128 bits takes lengths that no picture has; the quotient is at most `length`.
    i64::try_from(length.saturating_mul(part).saturating_add(whole / 2) / whole).unwrap_or(0)
}
