//! Variables in texts: `$V`, `${V}`, `${V:-default}`, `${V-default}`, `${V:?message}`, `${V?message}`, `${V:+other}`,
//! `${V+other}`, one within another, and `$$` for the sign itself.

/// The longest text that variables may make.
const LONGEST: usize = 64 << 10;

/// How deep they may stand in each other.
const DEEPEST: usize = 32;

/// A text with its variables put in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Put {
    /// The text.
    pub text: String,
    /// The variables that have no value and no default: nothing stands there.
    pub unset: Vec<String>,
}

/// Puts the variables in.
///
/// # Errors
/// Why that cannot be done, in a few words.
pub fn interpolate<'v>(text: &str, value: &dyn Fn(&str) -> Option<&'v str>) -> Result<Put, String> {
    let mut put = Put::default();
    into(text, value, 0, &mut put)?;
    Ok(put)
}

fn into<'v>(text: &str, value: &dyn Fn(&str) -> Option<&'v str>, depth: usize, put: &mut Put) -> Result<(), String> {
    if depth > DEEPEST {
        return Err("has variables too deep in each other".to_owned());
    }
    let mut rest = text;
    while let Some(sign) = rest.find('$') {
        let (before, after) = rest.split_at(sign);
        put.text.push_str(before);
        let after = &after[1..];
        rest = if let Some(rest) = after.strip_prefix('$') {
            put.text.push('$');
            rest
        } else if let Some(braced) = after.strip_prefix('{') {
            let end = closing(braced).ok_or("has a `${` without its `}`")?;
            self::braced(&braced[..end], value, depth, put)?;
            &braced[end + 1..]
        } else {
            let (name, rest) = name(after).ok_or("has a `$` that begins no variable: `$$` is the sign itself")?;
            one(name, value, put);
            rest
        };
        if put.text.len() > LONGEST {
            return Err("is too long with its variables".to_owned());
        }
    }
    put.text.push_str(rest);
    Ok(())
}

/// What stands between braces.
fn braced<'v>(inner: &str, value: &dyn Fn(&str) -> Option<&'v str>, depth: usize, put: &mut Put) -> Result<(), String> {
    let (name, rest) = name(inner).ok_or("has a `${` that begins no variable")?;
    let known = value(name);
    let (said, operator) = match rest.strip_prefix(':') {
        Some(rest) => (known.filter(|it| !it.is_empty()), rest),
        None => (known, rest),
    };
    match operator.split_at_checked(1) {
        None if rest.is_empty() => one(name, value, put),
        Some(("-", default)) => match said {
            Some(said) => put.text.push_str(said),
            None => into(default, value, depth + 1, put)?,
        },
        Some(("+", other)) => {
            if said.is_some() {
                into(other, value, depth + 1, put)?;
            }
        }
        Some(("?", message)) => match said {
            Some(said) => put.text.push_str(said),
            None => {
                let mut worded = Put::default();
                into(message, value, depth + 1, &mut worded)?;
                let why = if worded.text.is_empty() { String::new() } else { format!(": {}", worded.text) };
                return Err(format!("needs the variable `{name}`{why}"));
            }
        },
        _ => return Err(format!("asks for something of `{name}` that Compose does not know")),
    }
    Ok(())
}

fn one<'v>(name: &str, value: &dyn Fn(&str) -> Option<&'v str>, put: &mut Put) {
    match value(name) {
        Some(value) => put.text.push_str(value),
        None => put.unset.push(name.to_owned()),
    }
}

/// A variable's name and what follows it.
fn name(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    (!name.is_empty() && !name.starts_with(|c: char| c.is_ascii_digit())).then_some((name, rest))
}

/// Where the brace closes that stands open.
fn closing(text: &str) -> Option<usize> {
    let mut open = 0_usize;
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes.get(at - 1) == Some(&b'$') => open += 1,
            b'}' if open == 0 => return Some(at),
            b'}' => open -= 1,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn put(text: &str) -> Result<String, String> {
        let value = |name: &str| match name {
            "A" => Some("a"),
            "E" => Some(""),
            "B" => Some("b$A"),
            _ => None,
        };
        interpolate(text, &value).map(|put| put.text)
    }

    #[test]
    fn variables_and_their_defaults_are_put_in() {
        for (text, put_in) in [
            ("x", "x"),
            ("$A-${A}", "a-a"),
            ("$$A $${A}", "$A ${A}"),
            ("${N:-d}${E:-d}${A:-d}", "dda"),
            ("${N-d}${E-d}${A-d}", "da"),
            ("${N:-${M:-${A}}}", "a"),
            ("${N:-$A}/x", "a/x"),
            ("${A:+y}${N:+y}${E:+y}${E+y}", "yy"),
            ("${N}$N", ""),
            ("$B", "b$A"),
            ("${N:-}", ""),
            ("${N:-a}b}", "ab}"),
            ("é${N:-ü}", "éü"),
        ] {
            assert_eq!(put(text).as_deref(), Ok(put_in), "{text}");
        }
        assert_eq!(put("${N:?is missing}"), Err("needs the variable `N`: is missing".to_owned()));
        assert_eq!(put("${E?no}"), Ok(String::new()));
        for text in ["$", "$1", "a$ b", "${", "${}", "${A", "${A/x/y}", "${A:x}", "${A:}", "${:-x}"] {
            assert!(put(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_deep_or_long_ends() {
        let deep = format!("{}{}", "${N:-".repeat(10_000), "}".repeat(10_000));
        assert!(interpolate(&deep, &|_| None).is_err());
        let long = "x".repeat(60_000);
        assert!(interpolate("$A$A$A", &|_| Some(long.as_str())).is_err());
    }
}
