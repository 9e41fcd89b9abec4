//! Many sizes as few: linear programs see how much is asked of each resource for each other, not how large items are, so
//! sizes that point in nearly one direction may be one there.

/// Several things as one, which has their average size.
#[derive(Clone, Debug)]
pub struct Sample {
    /// Which things.
    pub of: Vec<usize>,
    /// How many they are.
    pub count: f64,
    /// What one of them asks for.
    pub size: Vec<f64>,
}

/// Averages of at most `most` neighbours in direction each of `things`, of each of which `of` says how many there are and
/// what one asks for.
pub fn averages(things: &[usize], of: impl Fn(usize) -> (f64, Vec<f64>), most: usize) -> Vec<Sample> {
    let (counts, sizes): (Vec<f64>, Vec<Vec<f64>>) = things.iter().map(|&thing| of(thing)).unzip();
    let average = |part: Vec<usize>| {
        let count: f64 = part.iter().map(|&at| counts[at]).sum();
        let mut size = vec![0.0; sizes[part[0]].len()];
        for &at in &part {
            size.iter_mut().zip(&sizes[at]).for_each(|(sum, amount)| *sum += amount * counts[at]);
        }
        size.iter_mut().for_each(|sum| *sum /= count);
        Sample { of: part.into_iter().map(|at| things[at]).collect(), count, size }
    };
    by_direction(&sizes, most).into_iter().filter(|part| !part.is_empty()).map(average).collect()
}

/// Parts of `sizes`, as positions, of at most `most` neighbours in direction each: split in halves along the resource
/// whose part of the size differs the most (k-d trees: Bentley, Communications of the ACM 18, 1975).
fn by_direction(sizes: &[Vec<f64>], most: usize) -> Vec<Vec<usize>> {
    let resources = sizes.first().map_or(0, Vec::len);
    let total: Vec<f64> = (0..resources).map(|r| sizes.iter().map(|size| size[r]).sum::<f64>().max(1e-300)).collect();
    let direction = |size: &Vec<f64>| -> Vec<f64> {
        let parts: Vec<f64> = size.iter().zip(&total).map(|(size, total)| size / total).collect();
        let all = parts.iter().sum::<f64>().max(1e-300);
        parts.into_iter().map(|part| part / all).collect()
    };
    let directions: Vec<Vec<f64>> = sizes.iter().map(direction).collect();
    let mut parts = vec![(0..sizes.len()).collect::<Vec<usize>>()];
    let mut done = Vec::new();
    while let Some(mut part) = parts.pop() {
        if part.len() <= most.max(1) {
            done.push(part);
            continue;
        }
        let spread = |r: usize| {
            let of = |&size: &usize| directions[size][r];
            let (least, largest) =
                (part.iter().map(of).fold(f64::INFINITY, f64::min), part.iter().map(of).fold(0.0, f64::max));
            largest - least
        };
        let widest = (0..resources).max_by(|&a, &b| spread(a).total_cmp(&spread(b)).then(b.cmp(&a))).unwrap_or(0);
        let of = |size: usize| directions[size].get(widest).copied().unwrap_or(0.0);
        part.sort_by(|&a, &b| of(a).total_cmp(&of(b)).then(a.cmp(&b)));
        let rest = part.split_off(part.len() / 2);
        parts.extend([rest, part]);
    }
    done
}

#[cfg(test)]
mod tests {
    use super::by_direction;

    #[test]
    fn every_size_is_in_one_part_and_opposite_directions_are_apart() {
        let mut rng = crate::solve::rng::Rng::with_seed(1);
        for most in 1..9 {
            // Two directions, whatever the lengths.
            let size = |number: usize, length: f64| {
                if number.is_multiple_of(2) { vec![length, 0.0] } else { vec![length, 3.0 * length] }
            };
            let sizes: Vec<Vec<f64>> = (0..64).map(|number| size(number, 1.0 + rng.f64() * 100.0)).collect();
            let parts = by_direction(&sizes, most);
            let mut all: Vec<usize> = parts.concat();
            all.sort_unstable();
            assert_eq!(all, (0..64).collect::<Vec<_>>());
            for part in &parts {
                assert!(part.len() <= most && part.iter().all(|size| size % 2 == part[0] % 2), "{part:?}");
            }
        }
        assert!(by_direction(&[], 3).concat().is_empty());
        assert_eq!(by_direction(&vec![Vec::new(); 5], 2).concat().len(), 5);
    }
}
