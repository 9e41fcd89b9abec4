use fastrand::Rng;

use super::decimal::parse_millionths;
use super::*;

fn gpu() -> Resource {
    Resource::Named("gpu".to_owned())
}

#[test]
fn every_unit_of_memory_and_disk_counts_what_it_says() {
    let cases: [(&str, u64); 27] = [
        ("0", 0),
        ("0.0", 0),
        ("0GiB", 0),
        ("1B", 1),
        ("1KiB", 1024),
        ("1Ki", 1024),
        ("1k", 1024),
        ("1K", 1024),
        ("1kB", 1000),
        ("1MiB", 1_048_576),
        ("1Mi", 1_048_576),
        ("1m", 1_048_576),
        ("1M", 1_048_576),
        ("1MB", 1_000_000),
        ("1GiB", 1_073_741_824),
        ("1Gi", 1_073_741_824),
        ("1g", 1_073_741_824),
        ("1G", 1_073_741_824),
        ("1GB", 1_000_000_000),
        ("1TiB", 1_099_511_627_776),
        ("1Ti", 1_099_511_627_776),
        ("1t", 1_099_511_627_776),
        ("1TB", 1_000_000_000_000),
        ("0.5GiB", 536_870_912),
        (" 40 GiB ", 42_949_672_960),
        ("1.500kB", 1500),
        ("8192TiB", 9_007_199_254_740_992),
    ];
    for (text, bytes) in cases {
        assert_eq!(Resource::Memory.parse(text), Ok(bytes), "{text}");
        assert_eq!(Resource::Disk.parse(text), Ok(bytes), "{text}");
    }
}

#[test]
fn cpu_is_counted_in_thousandths_of_a_core() {
    for (text, millis) in [
        ("2", 2000),
        ("0.5", 500),
        ("500m", 500),
        ("2 cores", 2000),
        ("1.5cores", 1500),
        ("1 core", 1000),
        ("0", 0),
        ("0.001", 1),
    ] {
        assert_eq!(Resource::Cpu.parse(text), Ok(millis), "{text}");
    }
    assert!(matches!(Resource::Cpu.parse("0.0000001"), Err(AmountError::TooFine { .. })));
    assert!(matches!(Resource::Cpu.parse("0.5m"), Err(AmountError::TooFine { .. })));
    assert!(matches!(Resource::Cpu.parse("2GiB"), Err(AmountError::UnknownUnit { .. })));
}

#[test]
fn what_is_finer_than_the_base_unit_is_rounded_where_that_is_asked_for() {
    // 2.352 x 2^20 = 2466250.752, and 7.624 x 2^30 = 8186207666.176.
    for (text, down, up) in
        [("2.352MiB", 2_466_250, 2_466_251), ("7.624GiB", 8_186_207_666, 8_186_207_667), ("1MiB", 1 << 20, 1 << 20)]
    {
        assert_eq!((Resource::Memory.parse_down(text), Resource::Memory.parse_up(text)), (Ok(down), Ok(up)), "{text}");
    }
    assert!(matches!(Resource::Memory.parse("2.352MiB"), Err(AmountError::TooFine { .. })));
    assert_eq!((Resource::Cpu.parse_down("0.0416"), Resource::Cpu.parse_up("0.0416")), (Ok(41), Ok(42)));
    assert!(matches!(gpu().parse_up("0.5"), Err(AmountError::TooFine { .. })));
    assert!(matches!(Resource::Memory.parse_up("9007199254740992.5B"), Err(AmountError::TooLarge { .. })));
}

#[test]
fn named_resources_are_plain_whole_numbers() {
    assert_eq!(gpu().parse("3"), Ok(3));
    assert_eq!(gpu().parse("3.0"), Ok(3));
    assert!(matches!(gpu().parse("0.5"), Err(AmountError::TooFine { .. })));
    assert!(matches!(gpu().parse("3GiB"), Err(AmountError::UnknownUnit { .. })));
    assert_eq!(gpu().parse("9007199254740992"), Ok(LARGEST_AMOUNT));
    assert!(matches!(gpu().parse("9007199254740993"), Err(AmountError::TooLarge { .. })));
}

#[test]
fn what_is_no_decimal_number_is_refused() {
    let texts = ["1_000", "1,5GiB", "١GiB", "1.2.3GiB", ".5GiB", "5.GiB", "GiB", "1  GiB", "010GiB", "+1GiB", "1GiB!"];
    for text in texts.into_iter().chain(["1 GiB x", "½GiB", "1\u{a0}GiB", "1e3B", "0x10", "1e-3"]) {
        let parsed = Resource::Memory.parse(text);
        assert!(matches!(parsed, Err(AmountError::NotANumber { .. })), "{text}: {parsed:?}");
    }
    assert!(matches!(Resource::Memory.parse("1e"), Err(AmountError::UnknownUnit { .. })));
    for text in ["NaN", "nan", ".nan", "inf", "-inf", ".inf", "Infinity", "+.inf"] {
        assert!(matches!(Resource::Memory.parse(text), Err(AmountError::NotFinite { .. })), "{text}");
    }
    for text in ["-1GiB", "-0", "-0.5", "\u{2212}1GiB"] {
        assert!(matches!(Resource::Memory.parse(text), Err(AmountError::Negative { .. })), "{text}");
    }
    assert_eq!(Resource::Memory.parse("  "), Err(AmountError::Empty));
}

#[test]
fn missing_and_unknown_units_say_what_to_write() {
    let help = |text: &str| Resource::Memory.parse(text).unwrap_err().help();
    assert_eq!(help("40"), "say `40GiB`, `40MiB`, `40GB` or `40MB`");
    assert_eq!(help("40gib"), "did you mean `GiB`?");
    assert_eq!(help("40gb"), "did you mean `GB`?");
    assert_eq!(help("40KB"), "did you mean `kB`?");
    assert_eq!(help("1ZB"), "write one of `B`, `kB`, `MB`, `GB`, `TB`, `KiB`, `MiB`, `GiB`, `TiB`");
    assert_eq!(Resource::Cpu.parse("2 vcpu").unwrap_err().help(), "write one of `cores`, `m`");
    assert_eq!(gpu().parse("2x").unwrap_err().help(), "write a plain whole number");
}

#[test]
fn amounts_above_the_limit_are_refused_however_they_are_written() {
    for text in ["9000000000 TB", "8192.5TiB", "9007199254740993B", "99999999999999999999999999999999999999999B"] {
        assert!(matches!(Resource::Memory.parse(text), Err(AmountError::TooLarge { .. })), "{text}");
    }
    let long = format!("0.{}1GiB", "0".repeat(100_000));
    let error = Resource::Memory.parse(&long).unwrap_err();
    assert!(matches!(error, AmountError::TooFine { .. }));
    assert!(error.to_string().len() < 200);
}

#[test]
fn people_read_short_amounts() {
    let show = |resource: &Resource, text: &str| resource.show(resource.parse(text).unwrap());
    for text in
        ["0 B", "512 MiB", "1.5 GiB", "37.5 GiB", "38 GiB", "1994 MiB", "2 GB", "750 MB", "1 B", "1023 B", "1.25 TiB"]
    {
        assert_eq!(show(&Resource::Memory, &text.replace(' ', "")), text);
    }
    for text in ["86 GB", "1 TB", "1.5 TB", "2 GiB", "999 MB", "8 GB", "0 B"] {
        assert_eq!(show(&Resource::Disk, &text.replace(' ', "")), text);
    }
    for (text, shown) in [("4", "4"), ("0.25", "250m"), ("1.5", "1.5"), ("1234m", "1.234"), ("0", "0"), ("14.0", "14")]
    {
        assert_eq!(show(&Resource::Cpu, text), shown);
    }
    // 1 GiB less a byte is no short number in any unit: rounded, and carried to the next prefix.
    assert_eq!(Resource::Memory.show((1 << 30) - 1), "1 GiB");
    assert_eq!(Resource::Memory.show((1 << 30) + (1 << 20) + 1), "1 GiB");
    // 1234567891 / 2^30 = 1.149780...
    assert_eq!(Resource::Memory.show(1_234_567_891), "1.15 GiB");
    assert_eq!(Resource::Disk.show(1_234_567_891), "1.23 GB");
    assert_eq!(gpu().show(7), "7");
}

#[test]
fn percentages_round_up_and_overcommit_rounds_down() {
    let five = Decimal::parse("5").unwrap();
    assert_eq!(five.percent_rounded_up(40 << 30), 2 << 30);
    assert_eq!(five.percent_rounded_up(101), 6);
    assert_eq!(Decimal::parse("2.5").unwrap().percent_rounded_up(1000), 25);
    assert_eq!(Decimal::parse("1.5").unwrap().times_rounded_down(3), 4);
    assert!(Decimal::parse("1.0000001").unwrap().is_above_one());
    assert!(!Decimal::parse("1.0").unwrap().is_above_one());
    for (text, shown) in [("0.50", "0.5"), ("4", "4"), ("12.034", "12.034"), ("0.0", "0")] {
        assert_eq!(Decimal::parse(text).unwrap().to_string(), shown);
    }
}

#[test]
fn prices_and_watts_have_up_to_six_places() {
    let parse = |text: &str| parse_millionths(text, LARGEST_MILLIONTHS);
    assert_eq!(parse("15"), Ok(15_000_000));
    assert_eq!(parse("0.0416"), Ok(41_600));
    assert_eq!(parse("1000000000"), Ok(LARGEST_MILLIONTHS));
    assert!(matches!(parse("1000000000.000001"), Err(AmountError::TooLarge { .. })));
    assert!(matches!(parse("0.0000001"), Err(AmountError::TooFine { .. })));
    assert!(matches!(parse("-1"), Err(AmountError::Negative { .. })));
    assert!(matches!(parse("15W"), Err(AmountError::UnknownUnit { .. })));
}

#[test]
fn what_is_written_is_read_back_exactly() {
    let mut rng = Rng::with_seed(1);
    for _ in 0..1_000 {
        let amount = rng.u64(..=LARGEST_AMOUNT) >> rng.u32(..53);
        for resource in [Resource::Cpu, Resource::Memory, Resource::Disk, gpu()] {
            assert_eq!(resource.parse(&resource.write(amount)), Ok(amount));
        }
    }
}

#[test]
fn no_text_makes_the_parser_panic() {
    let digits: Vec<char> = "0123456789.".chars().collect();
    let units: Vec<char> = ('a'..='z').chain('A'..='Z').chain(['%']).collect();
    let mut rng = Rng::with_seed(2);
    for _ in 0..2_000 {
        let some = |of: &[char], most: usize, rng: &mut Rng| -> String {
            (0..rng.usize(..=most)).map(|_| of[rng.usize(..of.len())]).collect()
        };
        let text = match rng.bool() {
            true => (0..rng.usize(..=12)).map(|_| rng.char(..)).collect(),
            false => some(&digits, 30, &mut rng) + ["", " "][rng.usize(..2)] + &some(&units, 4, &mut rng),
        };
        for resource in [Resource::Cpu, Resource::Memory, Resource::Disk, gpu()] {
            if let Err(error) = resource.parse(&text) {
                assert!(!error.help().is_empty() && !error.to_string().is_empty(), "{text:?}");
            }
        }
        let _ = parse_millionths(&text, LARGEST_MILLIONTHS);
    }
}

#[test]
fn sums_of_any_size_are_shown() {
    let mut rng = Rng::with_seed(3);
    for amount in (0..1_000).map(|_| rng.u64(..)).chain([0, u64::MAX]) {
        for resource in [Resource::Cpu, Resource::Memory, Resource::Disk, gpu()] {
            assert!(!resource.show(amount).is_empty(), "{amount}");
        }
    }
}

#[test]
fn a_document_is_answered_in_the_units_in_which_it_speaks() {
    use Family::{Binary, Decimal};
    let gb = Counted::new(Resource::Memory, &[Decimal], &[Decimal, Decimal]);
    let gib = Counted::new(Resource::Disk, &[Binary], &[Binary]);
    let mixed = Counted::new(Resource::Memory, &[Decimal], &[Decimal, Binary]);
    let (three_quarters, half) = (3_221_225_472, 6_000_000_000);
    assert_eq!([gb.show(half), gb.show(three_quarters)], ["6 GB", "3.22 GB"]);
    assert_eq!([gib.show(half), gib.show(three_quarters)], ["5.59 GiB", "3 GiB"]);
    assert_eq!([mixed.show(half), mixed.show(three_quarters)], ["6 GB", "3 GiB"]);
    assert_eq!(gb.exact(11_445_000_000), "11445 MB");
    assert_eq!(gb.exact(3_221_225_473), "3221225473 B");
    // The units of the line that changes.
    assert_eq!(
        (mixed.like(half).family, mixed.like(three_quarters).family, mixed.like(0).family),
        (Decimal, Binary, Decimal)
    );
    assert_eq!(gb.like(three_quarters).family, Decimal);
    let usual = |resource: Resource| Counted::from(resource).family;
    assert_eq!((usual(Resource::Memory), usual(Resource::Disk)), (Binary, Decimal));
    for (text, family) in [
        ("40GiB", Some(Binary)),
        ("1.5 GB", Some(Decimal)),
        ("512m", Some(Binary)),
        ("3Gi", Some(Binary)),
        ("12B", None),
        ("0", None),
        ("5%", None),
        ("", None),
    ] {
        assert_eq!(Family::of(text), family, "{text}");
    }
}

#[test]
fn a_part_and_a_whole_are_in_one_unit_and_never_read_the_same_where_they_differ() {
    let memory = Counted::from(Resource::Memory);
    let (mib, gib): (u64, u64) = (1 << 20, 1 << 30);
    for (part, whole, said) in [
        (9708 * mib, 38 * gib, ["9.48 GiB", "38 GiB"]),
        (512 * mib, 38 * gib, ["512 MiB", "38 GiB"]),
        (6 * gib + 1, 6 * gib, ["6 GiB + 1 B", "6 GiB"]),
        (38 * gib - mib, 38 * gib, ["38 GiB - 1 MiB", "38 GiB"]),
        (6 * gib, 6 * gib, ["6 GiB", "6 GiB"]),
        (0, 6 * gib, ["0 B", "6 GiB"]),
        (6 * gib, 0, ["6 GiB", "0 B"]),
        (11_000_000_000, 10_000_000_000, ["11 GB", "10 GB"]),
        (gib + 1, gib - 1, ["1 GiB + 2 B", "1 GiB"]),
    ] {
        assert_eq!(memory.both(part, whole), said, "{part} of {whole}");
    }
    assert_eq!(Counted::from(Resource::Cpu).both(1500, 4000), ["1.5", "4"]);
    let mut rng = Rng::with_seed(5);
    for _ in 0..2_000 {
        let whole = rng.u64(..=LARGEST_AMOUNT) >> rng.u32(..53);
        let part = whole.saturating_add(rng.u64(..4)).saturating_sub(2);
        for counted in [memory.clone(), Counted::from(Resource::Disk), memory.like(whole)] {
            let [a, b] = counted.both(part, whole);
            assert_eq!(a == b, part == whole, "{part} of {whole}: {a} of {b}");
        }
    }
}
