//! Names of other tools become names of a document: what differs there differs here.

use std::collections::{BTreeSet, HashMap};

use crate::document::names::{LONGEST_NAME, is_name};

/// A name for each of these, in their order, no two alike and none of those taken. What is a name already stays as it is,
/// whoever comes first.
pub fn unique<'a>(
    names: impl IntoIterator<Item = &'a str> + Clone,
    taken: &BTreeSet<&str>,
    nameless: &str,
) -> Vec<String> {
    let mut used: BTreeSet<String> = taken.iter().map(|name| (*name).to_owned()).collect();
    let kept: BTreeSet<&str> =
        names.clone().into_iter().filter(|name| is_name(name) && !taken.contains(name)).collect();
    used.extend(kept.iter().map(|name| (*name).to_owned()));
    let mut given: BTreeSet<&str> = BTreeSet::new();
    let mut next: HashMap<String, u64> = HashMap::new();
    let mut all = Vec::new();
    for name in names {
        if kept.contains(name) && given.insert(name) {
            all.push(name.to_owned());
            continue;
        }
        let spelled = spelled(name, nameless);
        let number = next.entry(spelled.clone()).or_insert(1);
        loop {
            let candidate = if *number == 1 { spelled.clone() } else { format!("{spelled}-{number}") };
            *number += 1;
            if used.insert(candidate.clone()) {
                all.push(candidate);
                break;
            }
        }
    }
    all
}

/// The name that is closest: small letters, digits and hyphens.
pub fn spelled(name: &str, nameless: &str) -> String {
    // Room for a number behind it.
    const LONGEST: usize = LONGEST_NAME - 10;
    let letter = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let mut spelled = String::new();
    for c in name.chars().map(letter).take(4 * LONGEST_NAME) {
        if c != '-' || !spelled.ends_with('-') || name.contains("--") {
            spelled.push(c);
        }
    }
    let spelled: String = spelled.trim_matches('-').chars().take(LONGEST).collect();
    if spelled.is_empty() { nameless.to_owned() } else { spelled }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_names_that_would_become_one_stay_three() {
        let taken = BTreeSet::from(["db"]);
        let names = ["my_app", "my.app", "my-app", "My App", "web", "db", "!!", "", "é", "my-app-2"];
        assert_eq!(
            unique(names, &taken, "x"),
            ["my-app-3", "my-app-4", "my-app", "my-app-5", "web", "db-2", "x", "x-2", "x-3", "my-app-2"]
        );
    }

    #[test]
    fn every_name_is_one() {
        let long = "Ü.".repeat(500) + "end";
        for name in [long.as_str(), "-", "a--b", "../../etc", "$(reboot)", "\u{1b}[31m", "A_B.C"] {
            assert!(is_name(&spelled(name, "x")), "{name}");
        }
        assert_eq!(spelled("A_B.C", "x"), "a-b-c");
        assert_eq!(spelled("../../etc", "x"), "etc");
        assert_eq!(spelled("$(reboot)", "x"), "reboot");
    }

    #[test]
    fn many_names_that_are_alike_are_named_in_time() {
        let names: Vec<String> = (0..20_000).map(|number| format!("a_{}", "_".repeat(number % 7))).collect();
        let all = unique(names.iter().map(String::as_str), &BTreeSet::new(), "x");
        assert_eq!(all.iter().collect::<BTreeSet<_>>().len(), 20_000);
    }
}
