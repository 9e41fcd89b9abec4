//! Packing instances made from a seed: equal hosts in the ten classes of the literature, and unequal, priced ones.

use std::collections::BTreeMap;

use fastrand::Rng;

use super::packing::{Bin, Item, Known, Packing};

/// So many `containers` on equal hosts. The classes with two resources are those of Caprara and Toth (Lower bounds
/// and algorithms for the 2-dimensional vector packing problem, Discrete Applied Mathematics 111, 2001); with more
/// resources, each further one is drawn as the second is.
///
/// | class | asked of each resource | hosts |
/// |---|---|---|
/// | 1, 2, 3, 4, 5 | 100-400, 1-1000, 200-800, 50-200, 25-100 | 1000 |
/// | 6 | 20-100 | 150 |
/// | 7 | the first 20-100, further ones within 10 of it: alike | 150 |
/// | 8 | the first *w* 20-100, further ones within 10 of 120 - *w*: opposed | 150 |
/// | 9 | 100-400 | just enough for *ceil(largest sum / 1000)* hosts to hold all |
/// | 10 | triplets that fill a host: two of 25-50, the third what is left; `containers` / 3 hosts are best | 100 |
pub fn equal_hosts(class: u8, containers: usize, resources: usize, seed: u64) -> Packing {
    let rng = &mut Rng::with_seed(seed ^ (u64::from(class) << 48) ^ ((containers as u64) << 16) ^ resources as u64);
    let mut sizes: Vec<Vec<u64>> = (0..containers).map(|_| drawn(rng, class, resources)).collect();
    let mut known = Known::default();
    let mut cap = vec![if class < 6 { 1_000 } else { 150 }; resources];
    match class {
        9 => {
            let sums: Vec<u64> = (0..resources).map(|r| sizes.iter().map(|size| size[r]).sum()).collect();
            let hosts = sums.iter().max().map_or(1, |sum| sum.div_ceil(1_000)).max(1);
            cap = sums.iter().map(|sum| sum.div_ceil(hosts)).collect();
        }
        10 => {
            cap = vec![100; resources];
            for triplet in sizes.chunks_exact_mut(3) {
                triplet[2] = (0..resources).map(|r| 100 - triplet[0][r] - triplet[1][r]).collect();
            }
            sizes.truncate(containers / 3 * 3);
            known.opt = Some(containers as u64 / 3);
        }
        _ => {}
    }
    let name = format!("class {class}, {} containers, {resources} resources, seed {seed}", sizes.len());
    let item = |(number, size)| Item { id: format!("i{number}"), size, count: 1 };
    Packing {
        name,
        dims: dims(resources),
        bins: vec![Bin { id: "b".to_owned(), cap, count: None, cost: 1 }],
        items: sizes.into_iter().enumerate().map(item).collect(),
        known,
    }
}

/// What one container of a class asks for; in class 10 the first two of three.
fn drawn(rng: &mut Rng, class: u8, resources: usize) -> Vec<u64> {
    let range = match class {
        1 | 9 => 100..=400,
        2 => 1..=1_000,
        3 => 200..=800,
        4 => 50..=200,
        5 => 25..=100,
        6..=8 => 20..=100,
        _ => 25..=50,
    };
    let first = rng.u64(range.clone());
    let further = |rng: &mut Rng| match class {
        7 => rng.u64(first - 10..=first + 10),
        8 => rng.u64(110 - first..=130 - first),
        _ => rng.u64(range.clone()),
    };
    std::iter::once(first).chain((1..resources).map(|_| further(rng))).collect()
}

/// So many `containers` on `hosts` of up to 12 kinds, no two alike, whose price grows with their size but not evenly.
/// Two thirds of what there is of the scarcest resource are asked for.
pub fn unequal_hosts(hosts: usize, containers: usize, resources: usize, seed: u64) -> Packing {
    let rng = &mut Rng::with_seed(seed ^ ((hosts as u64) << 40) ^ ((containers as u64) << 16) ^ resources as u64);
    let kinds = hosts.min(12);
    let bins: Vec<Bin> = (0..kinds)
        .map(|kind| {
            let scale = 4 + 4 * kind as u64;
            let cap: Vec<u64> = (0..resources).map(|_| scale * rng.u64(600..=1_400)).collect();
            let volume: u64 = cap.iter().sum::<u64>() / resources as u64;
            let cost = (volume * rng.u64(80..=120) / 2_000).max(1) * 10;
            let count = hosts / kinds + usize::from(kind < hosts % kinds);
            Bin { id: format!("k{kind}"), cap, count: Some(count as u64), cost }
        })
        .collect();
    let mut sizes: Vec<Vec<u64>> = (0..containers)
        .map(|_| {
            // Few large containers, many small ones.
            let scale = 1 << rng.u32(0..6);
            (0..resources).map(|_| scale * rng.u64(50..=150)).collect()
        })
        .collect();
    for r in 0..resources {
        let there: u64 = bins.iter().map(|bin| bin.cap[r] * bin.count.unwrap_or(0)).sum();
        let asked: u64 = sizes.iter().map(|size| size[r]).sum();
        let target = if r == 0 { there * 2 / 3 } else { there * rng.u64(40..=66) / 100 };
        sizes.iter_mut().for_each(|size| size[r] = (size[r] * target / asked.max(1)).max(1));
    }
    let name = format!("{containers} containers on {hosts} unequal hosts, {resources} resources, seed {seed}");
    let item = |(number, size)| Item { id: format!("i{number}"), size, count: 1 };
    let items = sizes.into_iter().enumerate().map(item).collect();
    Packing { name, dims: dims(resources), bins, items, known: Known::default() }
}

/// Containers of some 740 sizes on 25 kinds of priced hosts, `hosts` in all and six containers a host: few sizes repeat much,
/// and the scarcer of cpu and memory is asked for to 85 %.
pub fn many_sizes(hosts: usize, seed: u64) -> Packing {
    const KINDS: usize = 25;
    let rng = &mut Rng::with_seed(0x0725 ^ seed ^ ((hosts as u64) << 40));
    let one = |rng: &mut Rng, of: &[u64]| of[rng.usize(..of.len())];
    let bin = |kind| {
        let (cpu, memory) = (one(rng, &[4, 6, 8, 12, 16, 24, 32]), one(rng, &[8, 16, 24, 32, 48, 64, 96, 128]));
        let cost = (12 * cpu + 3 * memory) * rng.u64(80..=125) / 200;
        let count = Some((hosts / KINDS) as u64);
        Bin { id: format!("k{kind}"), cap: vec![cpu * 1_000, memory * 1_024], count, cost }
    };
    let bins: Vec<Bin> = (0..KINDS).map(bin).collect();
    let bases: Vec<(u64, u64)> = (0..40)
        .map(|_| {
            let cpu = one(rng, &[100, 200, 250, 300, 500, 750, 1_000, 1_500, 2_000, 3_000]);
            (cpu, one(rng, &[256, 512, 768, 1_024, 1_536, 2_048, 3_072, 4_096, 6_144, 8_192]))
        })
        .collect();
    let shapes: Vec<[u64; 2]> = (0..750)
        .map(|_| {
            let (cpu, memory) = bases[rng.usize(..bases.len())];
            [cpu, memory * rng.u64(700..=1_300) / 1_000]
        })
        .collect();
    let drawn: Vec<[u64; 2]> = (0..6 * hosts).map(|_| shapes[rng.usize(..shapes.len())]).collect();
    let fill = |r: usize| -> f64 {
        let there: u64 = bins.iter().map(|bin| bin.cap[r] * bin.count.unwrap_or(0)).sum();
        drawn.iter().map(|size| size[r]).sum::<u64>() as f64 / there as f64
    };
    let factor = 0.85 / fill(0).max(fill(1));
    let mut counts: BTreeMap<Vec<u64>, u64> = BTreeMap::new();
    for size in &drawn {
        *counts.entry(size.iter().map(|&amount| (amount as f64 * factor) as u64).collect()).or_default() += 1;
    }
    let name = format!("{} containers of {} sizes on {hosts} hosts, seed {seed}", drawn.len(), counts.len());
    let items = counts.into_iter().enumerate();
    let items = items.map(|(number, (size, count))| Item { id: format!("i{number}"), size, count }).collect();
    Packing { name, dims: dims(2), bins, items, known: Known::default() }
}

fn dims(resources: usize) -> Vec<String> {
    (0..resources).map(|r| format!("r{r}")).collect()
}
