//! Amounts as people write them, and what they mean.

use fastrand::Rng;

/// An amount as written, in base units rounded down and rounded up.
#[derive(Clone, Debug)]
pub struct Amount {
    pub text: String,
    pub floor: u64,
    pub ceil: u64,
}

impl Amount {
    /// Of a named resource.
    pub fn plain(amount: u64) -> Amount {
        Amount { text: amount.to_string(), floor: amount, ceil: amount }
    }

    /// About so many millicores, mostly exactly.
    pub fn cpu(rng: &mut Rng, millicores: u64) -> Amount {
        let exact = |text: String| Amount { text, floor: millicores, ceil: millicores };
        let decimal = |amount: u64| format!("{}.{:03}", amount / 1000, amount % 1000);
        match rng.usize(..8) {
            0 if millicores.is_multiple_of(1000) => exact(format!("{}", millicores / 1000)),
            1 => exact(decimal(millicores)),
            2 => exact(format!("{} cores", decimal(millicores))),
            3 if millicores > 0 => {
                // A tenth of a thousandth more.
                let text = format!("{}7", decimal(millicores));
                Amount { text, floor: millicores, ceil: millicores + 1 }
            }
            _ => exact(format!("{millicores}m")),
        }
    }

    /// About so many bytes of memory, mostly exactly.
    pub fn memory(rng: &mut Rng, bytes: u64) -> Amount {
        let units: [(&str, u64); 8] = [
            ("KiB", 1 << 10),
            ("MiB", 1 << 20),
            ("Mi", 1 << 20),
            ("m", 1 << 20),
            ("GiB", 1 << 30),
            ("G", 1 << 30),
            (" Gi", 1 << 30),
            ("MB", 1_000_000),
        ];
        Amount::of(rng, bytes, &units)
    }

    /// About so many bytes of disk, mostly exactly.
    pub fn disk(rng: &mut Rng, bytes: u64) -> Amount {
        Amount::of(rng, bytes, &[("GB", 1_000_000_000), ("MB", 1_000_000), (" GB", 1_000_000_000), ("kB", 1_000)])
    }

    /// In one of these units, where that can be written with four decimals or for once is not to be exact; else in bytes.
    fn of(rng: &mut Rng, bytes: u64, units: &[(&str, u64)]) -> Amount {
        if bytes == 0 && rng.bool() {
            return Amount::plain(0);
        }
        let (unit, step) = units[rng.usize(..units.len())];
        let parts = u128::from(bytes) * 10_000;
        if rng.usize(..6) > 0 && !parts.is_multiple_of(u128::from(step)) {
            return Amount { text: format!("{bytes}B"), floor: bytes, ceil: bytes };
        }
        // In ten-thousandths of the unit, the next below.
        let parts = parts / u128::from(step);
        let decimals = format!("{:04}", parts % 10_000);
        let decimals = decimals.trim_end_matches('0');
        let text = match decimals {
            "" => format!("{}{unit}", parts / 10_000),
            decimals => format!("{}.{decimals}{unit}", parts / 10_000),
        };
        let whole = parts * u128::from(step);
        Amount { text, floor: (whole / 10_000) as u64, ceil: whole.div_ceil(10_000) as u64 }
    }
}
