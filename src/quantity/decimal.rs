//! Decimal numbers, exactly: a whole number and how many of its digits stand behind the point.

use std::fmt;

use super::{AmountError, LARGEST_AMOUNT, shorten};

/// A number of 0 or more, exactly as written: `mantissa` / 10^`scale`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Decimal {
    /// All digits; at most [`LARGEST_AMOUNT`].
    mantissa: u64,
    /// How many of them stand behind the point; at most [`Decimal::MOST_PLACES`], trailing zeros left out.
    scale: u32,
}

impl Decimal {
    /// One.
    pub const ONE: Decimal = Decimal { mantissa: 1, scale: 0 };

    /// How many digits may stand behind the point, not counting zeros at the end. Enough for a whole number of bytes in
    /// every unit that people write; together with [`LARGEST_AMOUNT`] it keeps every product within 128 bits.
    pub const MOST_PLACES: u32 = 12;

    /// Digits, perhaps with a point between two of them: `2`, `0.5`, `1.50`. No sign, no exponent, no separators.
    ///
    /// # Errors
    /// What is no such number, or has too many digits.
    pub fn parse(text: &str) -> Result<Decimal, AmountError> {
        let wrong = || AmountError::NotANumber { text: shorten(text) };
        let (whole, places) = match text.split_once('.') {
            Some((_, "")) => return Err(wrong()),
            Some((whole, places)) => (whole, places.trim_end_matches('0')),
            None => (text, ""),
        };
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        // A zero in front means eight to some readers of YAML (`010`): no guess.
        let octal = whole.len() > 1 && whole.starts_with('0');
        if whole.is_empty() || octal || !digits(whole) || !digits(places) {
            return Err(wrong());
        }
        let scale = u32::try_from(places.len()).unwrap_or(u32::MAX);
        if scale > Self::MOST_PLACES {
            return Err(AmountError::TooFine { text: shorten(text), smallest: "1e-12" });
        }
        let too_large = || AmountError::TooLarge { text: shorten(text), limit: LARGEST_AMOUNT.to_string() };
        let mut mantissa: u64 = 0;
        for digit in whole.bytes().chain(places.bytes()) {
            // Checked digit by digit, a number of any length stays far below what 64 bits hold.
            mantissa = mantissa * 10 + u64::from(digit - b'0');
            if mantissa > LARGEST_AMOUNT {
                return Err(too_large());
            }
        }
        Ok(Decimal { mantissa, scale })
    }

    /// So many tenths.
    pub fn tenths(tenths: u64) -> Decimal {
        match tenths % 10 {
            0 => Decimal { mantissa: tenths / 10, scale: 0 },
            _ => Decimal { mantissa: tenths, scale: 1 },
        }
    }

    /// A hundredth of it, `1.5` of `150`; `None` where that has more than [`Decimal::MOST_PLACES`].
    pub fn hundredth(self) -> Option<Decimal> {
        let (mut mantissa, mut scale) = (self.mantissa, self.scale + 2);
        while scale > 0 && mantissa.is_multiple_of(10) {
            (mantissa, scale) = (mantissa / 10, scale - 1);
        }
        (scale <= Self::MOST_PLACES).then_some(Decimal { mantissa, scale })
    }

    /// As a percentage: `150%` of 1.5.
    pub fn percent(self) -> String {
        let hundredfold = match self.scale {
            0 => Decimal { mantissa: self.mantissa.saturating_mul(100), scale: 0 },
            1 => Decimal { mantissa: self.mantissa.saturating_mul(10), scale: 0 },
            _ => Decimal { mantissa: self.mantissa, scale: self.scale - 2 },
        };
        format!("{hundredfold}%")
    }

    /// Whether it is 0.
    pub fn is_zero(self) -> bool {
        self.mantissa == 0
    }

    /// Whether it is above 1.
    pub fn is_above_one(self) -> bool {
        u128::from(self.mantissa) > self.denominator()
    }

    /// The product with `factor` where that is a whole number.
    pub fn times_exactly(self, factor: u64) -> Option<u128> {
        let product = u128::from(self.mantissa) * u128::from(factor);
        product.is_multiple_of(self.denominator()).then(|| product / self.denominator())
    }

    /// The product with `factor`, rounded up.
    pub fn times_rounded_up(self, factor: u64) -> u128 {
        (u128::from(self.mantissa) * u128::from(factor)).div_ceil(self.denominator())
    }

    /// The product with `amount`, rounded down.
    pub fn times_rounded_down(self, amount: u64) -> u128 {
        u128::from(self.mantissa) * u128::from(amount) / self.denominator()
    }

    /// How often it is in `amount`, rounded up; it is not 0.
    pub fn divides_rounded_up(self, amount: u64) -> u128 {
        (u128::from(amount) * self.denominator()).div_ceil(u128::from(self.mantissa).max(1))
    }

    /// So many hundredths of `amount`, rounded up.
    pub fn percent_rounded_up(self, amount: u64) -> u128 {
        (u128::from(self.mantissa) * u128::from(amount)).div_ceil(self.denominator() * 100)
    }

    /// So many hundredths of `amount`, rounded down.
    pub fn percent_rounded_down(self, amount: u64) -> u128 {
        u128::from(self.mantissa) * u128::from(amount) / (self.denominator() * 100)
    }

    fn denominator(self) -> u128 {
        10_u128.pow(self.scale)
    }
}

/// Prices and powers, in millionths: a decimal number of 0 or more with up to six places.
///
/// # Errors
/// What is no such number, or is above `limit` millionths.
pub fn parse_millionths(text: &str, limit: u64) -> Result<u64, AmountError> {
    let text = text.trim();
    let (number, unit) = super::split(text)?;
    if !unit.is_empty() {
        return Err(super::unknown_unit(unit, &[]));
    }
    let number = Decimal::parse(number)?;
    let value = number
        .times_exactly(1_000_000)
        .ok_or_else(|| AmountError::TooFine { text: shorten(text), smallest: "0.000001, a millionth" })?;
    match u64::try_from(value) {
        Ok(value) if value <= limit => Ok(value),
        _ => Err(AmountError::TooLarge { text: shorten(text), limit: (limit / 1_000_000).to_string() }),
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = format!("{:0>width$}", self.mantissa, width = self.scale as usize + 1);
        let (whole, places) = digits.split_at(digits.len() - self.scale as usize);
        if places.is_empty() { f.write_str(whole) } else { write!(f, "{whole}.{places}") }
    }
}
