//! The built-in catalogue: sorted, sourced, and true to what its sources say.

use bayplan::document::catalogue::{self, Basis, ENTRIES, Scope};

#[test]
fn there_are_at_least_forty_entries_sorted_by_name_and_unique() {
    assert!(ENTRIES.len() >= 40, "{}", ENTRIES.len());
    for pair in ENTRIES.windows(2) {
        assert!(pair[0].name < pair[1].name, "`{}` stands before `{}`", pair[0].name, pair[1].name);
    }
}

#[test]
fn every_entry_is_found_by_its_name_and_nothing_else_is() {
    for entry in ENTRIES {
        assert_eq!(catalogue::lookup(entry.name), Some(entry));
    }
    assert_eq!(catalogue::names().count(), ENTRIES.len());
    for stranger in ["", "GitLab", "gitlab ", "splunk", "zzz", "a"] {
        assert_eq!(catalogue::lookup(stranger), None, "`{stranger}`");
    }
}

#[test]
fn every_name_can_be_written_in_a_document() {
    for name in catalogue::names() {
        let mut characters = name.chars();
        let first = characters.next().expect("a name");
        assert!(first.is_ascii_lowercase() || first.is_ascii_digit(), "`{name}`");
        assert!(characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "`{name}`");
    }
}

#[test]
fn every_entry_says_who_says_so_and_knows_at_least_one_amount() {
    for entry in ENTRIES {
        assert!(!entry.source.is_empty() && !entry.figure.is_empty(), "`{}`", entry.name);
        let amounts = [entry.cpu_millis, entry.memory_bytes, entry.disk_bytes];
        assert!(amounts.iter().any(Option::is_some), "`{}` knows nothing", entry.name);
        assert!(amounts.iter().flatten().all(|amount| *amount > 0), "`{}` knows a nought", entry.name);
        assert!(entry.ground().starts_with(entry.basis.name()) && entry.ground().ends_with(entry.source));
    }
}

#[test]
fn the_figure_of_an_installer_agrees_with_its_numbers() {
    const MIB: u64 = 1024 * 1024;
    let installed: Vec<_> = ENTRIES.iter().filter(|entry| entry.basis == Basis::InstallDefault).collect();
    assert!(installed.len() >= 25);
    for entry in installed {
        let (cpu, memory, disk) = (entry.cpu_millis.unwrap(), entry.memory_bytes.unwrap(), entry.disk_bytes.unwrap());
        let written = format!("{} cpu, {} MiB, {} GiB disk", cpu / 1000, memory / MIB, disk / (1024 * MIB));
        assert_eq!(entry.figure, written, "`{}`", entry.name);
        assert_eq!(entry.scope, Scope::Container, "`{}`", entry.name);
    }
}

/// Read off the sources and multiplied out by hand: name, millicores, bytes of memory, bytes of disk, scope, basis.
#[test]
fn figures_agree_with_a_table_worked_by_hand() {
    type Row = (&'static str, Option<u64>, Option<u64>, Option<u64>, Scope, Basis);
    let rows: &[Row] = &[
        ("elk", None, Some(1_500_000_000), None, Scope::Stack, Basis::Minimum),
        ("ghost", None, Some(1_000_000_000), None, Scope::Host, Basis::Minimum),
        ("gitea", Some(1_000), Some(1_073_741_824), Some(8_589_934_592), Scope::Container, Basis::InstallDefault),
        ("gitea-recommended", Some(2_000), Some(1_000_000_000), None, Scope::Host, Basis::Recommended),
        ("gitlab", Some(8_000), Some(16_000_000_000), None, Scope::Host, Basis::Recommended),
        ("gitlab-minimum", None, Some(8_000_000_000), None, Scope::Host, Basis::Minimum),
        ("grafana-minimum", Some(1_000), Some(512_000_000), None, Scope::Host, Basis::Minimum),
        ("graylog", Some(2_000), Some(8_589_934_592), Some(32_212_254_720), Scope::Container, Basis::InstallDefault),
        ("graylog-minimum", None, Some(4_000_000_000), None, Scope::Host, Basis::Minimum),
        ("immich-minimum", Some(2_000), Some(6_000_000_000), None, Scope::Host, Basis::Minimum),
        ("jenkins-minimum", None, Some(256_000_000), None, Scope::Host, Basis::Minimum),
        ("jenkins-recommended", None, Some(2_000_000_000), None, Scope::Host, Basis::Recommended),
        ("k3s-agent", Some(1_000), Some(512_000_000), None, Scope::Host, Basis::Minimum),
        ("k3s-server", Some(2_000), Some(2_000_000_000), None, Scope::Host, Basis::Minimum),
        ("keycloak-measured", None, Some(1_250_000_000), None, Scope::Container, Basis::Measured),
        ("mattermost-recommended", Some(1_000), Some(2_000_000_000), None, Scope::Host, Basis::Recommended),
        ("rabbitmq", Some(1_000), Some(1_073_741_824), Some(4_294_967_296), Scope::Container, Basis::InstallDefault),
        ("rabbitmq-minimum", None, Some(268_435_456), None, Scope::Host, Basis::Minimum),
        ("rabbitmq-recommended", Some(4_000), Some(4_294_967_296), None, Scope::Host, Basis::Recommended),
        ("rancher", Some(1_000), Some(4_000_000_000), None, Scope::Host, Basis::Minimum),
        ("redis-measured", None, Some(3_000_000), None, Scope::Process, Basis::Measured),
        ("zabbix-recommended", Some(2_000), Some(8_589_934_592), None, Scope::Host, Basis::Recommended),
    ];
    for (name, cpu, memory, disk, scope, basis) in rows {
        let entry = catalogue::lookup(name).unwrap_or_else(|| panic!("no `{name}`"));
        let found = (entry.cpu_millis, entry.memory_bytes, entry.disk_bytes, entry.scope, entry.basis);
        assert_eq!(found, (*cpu, *memory, *disk, *scope, *basis), "`{name}`");
    }
    let stated = ENTRIES.iter().filter(|entry| entry.basis != Basis::InstallDefault).count();
    let checked = rows.iter().filter(|row| row.5 != Basis::InstallDefault).count();
    assert_eq!(checked, stated, "every figure of a maker is in the table");
}

#[test]
fn the_figure_of_a_process_is_never_the_size_of_a_container() {
    assert!(!catalogue::lookup("redis-measured").unwrap().usable_as_container());
    assert!(catalogue::lookup("redis").unwrap().usable_as_container());
    for entry in ENTRIES {
        assert_eq!(entry.usable_as_container(), entry.scope != Scope::Process, "`{}`", entry.name);
    }
}

/// `BAYPLAN_BLESS=1` writes the table instead.
#[test]
fn the_documentation_lists_the_whole_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/document.md");
    let text = std::fs::read_to_string(path).expect("the documentation");
    let (begin, end) = ("<!-- catalogue begins -->\n", "<!-- catalogue ends -->\n");
    let (before, rest) = text.split_once(begin).expect("the table begins");
    let (found, after) = rest.split_once(end).expect("the table ends");
    let expected = table();
    if std::env::var_os("BAYPLAN_BLESS").is_some() {
        std::fs::write(path, format!("{before}{begin}{expected}{end}{after}")).expect("the documentation is written");
    } else {
        assert_eq!(found, expected);
    }
}

fn table() -> String {
    let mut table = String::from("\n| name | cpu | memory | disk | scope | basis | figure | source |\n");
    table.push_str("|---|---:|---:|---:|---|---|---|---|\n");
    for entry in ENTRIES {
        table.push_str(&format!(
            "| `{}` | {} | {} | {} | {} | {} | {} | {} |\n",
            entry.name,
            entry.cpu_millis.map_or("-".to_owned(), |millis| (millis / 1000).to_string()),
            bytes(entry.memory_bytes),
            bytes(entry.disk_bytes),
            entry.scope.name(),
            entry.basis.name(),
            entry.figure,
            entry.source,
        ));
    }
    table.push('\n');
    table
}

/// An amount in the largest unit that gives a whole number.
fn bytes(amount: Option<u64>) -> String {
    let Some(amount) = amount else { return "-".to_owned() };
    let units = [("GiB", 1 << 30), ("GB", 1_000_000_000), ("MiB", 1 << 20), ("MB", 1_000_000)];
    let (unit, size) = units.into_iter().find(|(_, size)| amount % size == 0).expect("a whole number of some unit");
    format!("{} {unit}", amount / size)
}
