//! The referee, from a document's text to its verdict. The amounts are worked by hand: the reader's arithmetic is what
//! solver and referee share, so nothing else would notice it being wrong.

use crate::support::program::asked;
use crate::support::read;
use bayplan::check::{Violation, check};
use bayplan::model::{ContainerIndex, HostIndex, Layout, Placement};

/// A document's own placement as `check` judges it: what is placed there ran there before.
fn judged(text: &str) -> (Layout, Vec<Violation>) {
    let layout = read::layout(text);
    let placement = read::placement(&layout);
    let violations = check(&layout, &placement, Some(&placement));
    (layout, violations)
}

/// `code: message` of every violation.
fn verdict(text: &str) -> Vec<String> {
    let (layout, violations) = judged(text);
    violations.iter().map(|violation| format!("{}: {}", violation.kind.code(), violation.message(&layout))).collect()
}

/// One host and what it can give of one resource, worked by hand.
struct Case {
    why: &'static str,
    /// The keys of host `h`.
    host: &'static str,
    resource: &'static str,
    /// How the resource is asked for, `{}` standing for the amount in base units.
    ask: &'static str,
    allocatable: u64,
}

const ALLOCATABLE: &[Case] = &[
    Case {
        why: "nothing kept, nothing promised twice: 2 GiB = 2 x 1073741824",
        host: "memory: 2GiB",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 2_147_483_648,
    },
    Case {
        why: "an amount: 40 GiB - 2 GiB = 38 GiB",
        host: "memory: 40GiB, reserve: {memory: 2GiB}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 40_802_189_312,
    },
    Case {
        why: "a percentage, rounded up: 5 % of 64 GiB = 3435973836.8, so 3435973837; 68719476736 - 3435973837",
        host: "memory: 64GiB, reserve: {memory: 5%}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 65_283_502_899,
    },
    Case {
        why: "of a list the larger, here the percentage: 5 % of 64 GiB is 3.2 GiB, above 2 GiB",
        host: "memory: 64GiB, reserve: {memory: [2GiB, 5%]}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 65_283_502_899,
    },
    Case {
        why: "of a list the larger, here the amount: 5 % of 16 GiB is 0.8 GiB, below 2 GiB; 14 GiB are left",
        host: "memory: 16GiB, reserve: {memory: [5%, 2GiB]}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 15_032_385_536,
    },
    Case {
        why: "a percentage with decimals: 12.5 % of 1000 B = 125 B exactly",
        host: "memory: 1000B, reserve: {memory: 12.5%}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 875,
    },
    Case {
        why: "a percentage of few bytes, rounded up: 33.3 % of 10 B = 3.33, so 4; 6 are left",
        host: "memory: 10B, reserve: {memory: 33.3%}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 6,
    },
    Case {
        why: "all of it kept",
        host: "memory: 1GiB, reserve: {memory: 100%}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 0,
    },
    Case {
        why: "cpu in thousandths, promised four times: (4000 - 500) x 4 = 14000",
        host: "cpu: 4, reserve: {cpu: 0.5}, overcommit: {cpu: 4}",
        resource: "cpu",
        ask: "cpu: {}m",
        allocatable: 14_000,
    },
    Case {
        why: "promised one and a half times, rounded down: 3333 x 1.5 = 4999.5, so 4999",
        host: "cpu: 3333m, overcommit: {cpu: 1.5}",
        resource: "cpu",
        ask: "cpu: {}m",
        allocatable: 4_999,
    },
    Case {
        why: "promised less than once: 3 x 0.5 = 1.5 B, so 1 B",
        host: "memory: 3B, overcommit: {memory: 0.5}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 1,
    },
    Case {
        why: "both roundings, each to the safe side: 7 % of 1001 B = 70.07, so 71; 930 x 1.1 = 1023",
        host: "memory: 1001B, reserve: {memory: 7%}, overcommit: {memory: 1.1}",
        resource: "memory",
        ask: "memory: {}B",
        allocatable: 1_023,
    },
    Case {
        why: "disk counts in thousands: 256 GB - 10 % = 230.4 GB",
        host: "disk: 256GB, reserve: {disk: 10%}",
        resource: "disk",
        ask: "disk: {}B",
        allocatable: 230_400_000_000,
    },
    Case {
        why: "a named resource, some kept: 5 - 20 % (1 exactly) = 4",
        host: "memory: 1GiB, resources: {gpu: 5}, reserve: {resources: {gpu: 20%}}",
        resource: "gpu",
        ask: "resources: {gpu: {}}",
        allocatable: 4,
    },
    Case {
        why: "a host that does not list what others list has none of it",
        host: "memory: 1GiB",
        resource: "disk",
        ask: "disk: {}B",
        allocatable: 0,
    },
];

#[test]
fn a_host_gives_what_is_worked_out_by_hand_and_not_one_unit_more() {
    for Case { why, host, resource, ask, allocatable } in ALLOCATABLE {
        let other = "cpu: 1, memory: 1GiB, disk: 1GB, resources: {gpu: 1}";
        let document = |amount: u64| {
            let ask = ask.replace("{}", &amount.to_string());
            format!(
                "hosts:\n  h: {{{host}}}\n  other: {{{other}}}\nstartups:\n  s: {{containers: {{c: {{{ask}}}}}}}\n\
                 placement:\n  h: [s/c]\n"
            )
        };
        assert_eq!(verdict(&document(*allocatable)), Vec::<String>::new(), "{why}");
        let (layout, violations) = judged(&document(allocatable + 1));
        let index = layout.lab.resources.iter().position(|it| it.name() == *resource).expect("it is budgeted");
        let expected = bayplan::check::ViolationKind::OverCapacity {
            resource: index,
            requested: allocatable + 1,
            allocatable: *allocatable,
        };
        assert_eq!(violations.iter().map(|it| &it.kind).collect::<Vec<_>>(), [&expected], "{why}");
    }
}

#[test]
fn what_the_containers_of_a_host_ask_for_is_summed_resource_by_resource() {
    // Memory: 3 x 512 MiB + 2 GiB + 512 MiB = 4 GiB of 4 GiB. cpu: 3 x 250 + 500 + 250 = 1500 of 1500. The second host
    // has one MiB more than it can give: 1 GiB + 1 MiB of 1 GiB.
    let text = "
hosts:
  a: {cpu: 1500m, memory: 4GiB}
  b: {cpu: 1, memory: 1GiB}
sizes:
  small: {cpu: 250m, memory: 512MiB}
startups:
  p: {containers: {proxy: {size: small, replicas: 3}, db: {cpu: 0.5, memory: 2048MiB}}}
  s: {containers: {app: {size: small}, big: {memory: 1025MiB}}}
placement:
  a: [p/*, s/app]
  b: [s/big]
";
    assert_eq!(verdict(text), ["over-capacity: `b`: memory asks 1 GiB + 1 MiB of 1 GiB allocatable (1 MiB over)"]);
}

#[test]
fn every_short_resource_is_a_violation_of_its_own() {
    let text = "
hosts: {a: {cpu: 1, memory: 1GiB, resources: {gpu: 1}}}
startups: {s: {containers: {x: {cpu: 600m, memory: 1GiB, resources: {gpu: 1}}, y: {cpu: 600m, resources: {gpu: 1}}}}}
placement: {a: [s/*]}
";
    assert_eq!(
        verdict(text),
        [
            "over-capacity: `a`: cpu asks 1.2 of 1 allocatable (200m over)",
            "over-capacity: `a`: gpu asks 2 of 1 allocatable (1 over)",
        ]
    );
    let (_, violations) = judged(text);
    assert!(violations.iter().all(|violation| violation.containers == [0, 1].map(ContainerIndex)));
}

#[test]
fn sums_beyond_what_a_number_holds_are_still_too_much() {
    let mut layout =
        read::layout("hosts: {a: {memory: 1GiB}}\nstartups: {s: {containers: {x: {memory: 1GiB, replicas: 5}}}}\n");
    // More than a document may say, but the referee takes nobody's word for it.
    layout.demand.services[0].request[0].value = u64::MAX / 2;
    layout.lab.hosts[0].allocatable[0] = u64::MAX;
    let placement = Placement::on_hosts(vec![Some(HostIndex(0)); 5]);
    let violations = check(&layout, &placement, None);
    assert_eq!(violations.len(), 1);
    assert_eq!(violations[0].kind.code(), "over-capacity");
}

/// Every rule broken once, in a document whose lines are counted below.
const ALL_BROKEN: &str = "\
hosts:
  nuc: {memory: 4GiB, labels: {shelf: a}}
  pi: {memory: 4GiB, labels: {shelf: a}, count: 2}
  old: {memory: 4GiB, state: drain}
  next: {memory: 4GiB, state: planned}
startups:
  p:
    containers:
      proxy: {memory: 1GiB, replicas: 2, apart: host}
      dns: {memory: 1MiB, replicas: 2, apart: shelf}
      db: {memory: 1GiB, on: nuc}
  s:
    containers:
      app: {memory: 3GiB}
      web: {memory: 1GiB}
      new: {memory: 1GiB}
rules:
  - together: [s/app, s/web]
placement:
  nuc: [p/proxy, s/app]
  pi-1: [p/db, p/dns.1]
  pi-2: [p/dns.2]
  next: [s/web]
";

#[test]
fn every_violation_has_its_evidence_its_line_and_the_line_it_offends() {
    let (layout, violations) = judged(ALL_BROKEN);
    let found: Vec<(String, Option<u32>, Option<u32>)> = violations
        .iter()
        .map(|it| (it.message(&layout), it.at.map(|at| at.line), it.because.map(|because| because.line)))
        .collect();
    let expected = [
        ("`nuc`: memory asks 5 GiB of 4 GiB allocatable (1 GiB over)", Some(20), Some(2)),
        ("`p/db` may not run on `pi-1`: its `on` allows `nuc`", Some(21), Some(11)),
        ("`p/proxy.1` and `p/proxy.2` must be on different hosts, but share `nuc`", Some(20), Some(9)),
        ("`p/dns.1` and `p/dns.2` must be on hosts that differ in `shelf`, but are on `shelf: a`", Some(21), Some(10)),
        ("`s/app` and `s/web` must share one host, but are on `nuc` and `next`", Some(20), Some(18)),
        ("`s/web` is on `next`, which is only planned", Some(23), Some(5)),
        ("`s/new` is not placed", Some(16), None),
    ];
    let expected: Vec<_> = expected.map(|(message, at, because)| (message.to_owned(), at, because)).to_vec();
    assert_eq!(found, expected);
}

#[test]
fn a_container_may_stay_on_a_draining_host_and_not_come_to_it() {
    let layout = read::layout(ALL_BROKEN);
    let mut before = Placement::empty(layout.demand.containers.len());
    let old = layout.lab.indices().find(|&host| layout.lab.hosts[host].name == "old");
    let new = layout.demand.containers.len() - 1;
    let mut after = before.clone();
    after.host_of[new] = old;
    let drained = |before: Option<&Placement>| {
        check(&layout, &after, before).iter().filter(|it| it.kind.code() == "drained").count()
    };
    assert_eq!(drained(Some(&before)), 1);
    assert_eq!(drained(None), 1);
    before.host_of[new] = old;
    assert_eq!(drained(Some(&before)), 0);
}

#[test]
fn hosts_without_the_label_count_as_one_value() {
    let text = "
hosts:
  a: {memory: 1GiB}
  b: {memory: 1GiB}
  c: {memory: 1GiB, labels: {shelf: x}}
startups: {s: {containers: {dns: {memory: 1MiB, replicas: 3, apart: shelf}}}}
placement: {a: [s/dns.1], b: [s/dns.2], c: [s/dns.3]}
";
    let message = "`s/dns.1` and `s/dns.2` must be on hosts that differ in `shelf`, but are on hosts without it";
    assert_eq!(verdict(text), [format!("apart-by-label: {message}")]);
}

#[test]
fn rules_speak_of_placed_containers_only() {
    let text = "
hosts: {a: {memory: 1GiB}, b: {memory: 1GiB}}
startups: {s: {containers: {x: {memory: 1MiB}, y: {memory: 1MiB}, z: {memory: 1MiB}}}}
rules: [{together: [s/x, s/y]}, {apart: [s/y, s/z]}]
placement: {a: [s/x, s/z]}
";
    assert_eq!(verdict(text), ["unplaced: `s/y` is not placed"]);
}

#[test]
fn a_placement_that_the_document_does_not_spell_out_is_blamed_on_the_rule() {
    let layout = read::layout(ALL_BROKEN);
    let containers = layout.demand.containers.len();
    let on_nuc = Placement::on_hosts(vec![Some(HostIndex(0)); containers]);
    let violations = check(&layout, &on_nuc, None);
    let apart = violations.iter().find(|it| it.kind.code() == "apart-by-label").expect("both dns are there");
    assert_eq!(apart.at.map(|at| at.line), Some(10));
    assert_eq!(apart.host, Some(HostIndex(0)));
}

#[test]
fn a_placement_of_the_wrong_length_is_judged_all_the_same() {
    let layout = read::layout(ALL_BROKEN);
    let violations = check(&layout, &Placement::empty(0), None);
    assert_eq!(violations.len(), layout.demand.containers.len());
    let too_long = Placement::on_hosts(vec![Some(HostIndex(usize::MAX)); 1000]);
    assert_eq!(check(&layout, &too_long, Some(&too_long)).len(), layout.demand.containers.len());
}

#[test]
fn many_containers_are_counted_not_listed() {
    let text = "
hosts: {a: {memory: 1GiB}}
startups: {s: {containers: {x: {memory: 1MiB, replicas: 9, apart: host}}}}
placement: {a: [s/x]}
";
    let names = "`s/x.1`, `s/x.2`, `s/x.3`, `s/x.4`, `s/x.5` and 4 more";
    assert_eq!(verdict(text), [format!("apart: {names} must be on different hosts, but share `a`")]);
}

/// Two of five replicas would do, and three run: the startup does, though two containers have no place.
#[test]
fn a_startup_runs_where_as_many_replicas_do_as_keep_says() {
    for (keep, run) in [(4, 0), (3, 1), (2, 1)] {
        let text = format!(
            "hosts: {{a: {{memory: 4GiB}}}}\n\
             startups: {{s1: {{containers: {{web: {{memory: 1GiB, replicas: 5, keep: {keep}}}}}}}}}\n\
             placement: {{a: [s1/web.1, s1/web.2, s1/web.3]}}\n"
        );
        let checked = asked(&["check", "-"], &text);
        let startups = if run == 1 { "1 startup" } else { "0 startups" };
        let said = checked.out.replace('\n', " ");
        assert!(said.contains(&format!("3 containers of {startups} on 1 of 1 host")), "{said}");
    }
}
