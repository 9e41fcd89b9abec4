//! docs/document.md says what is so: its whole documents are valid, its worked figures right.

use std::collections::BTreeMap;

use bayplan::document::Document;
use bayplan::model::{HostIndex, Layout, Rule};
use bayplan::quantity::{Counted, Resource};

const PAGE: &str = include_str!("../../docs/document.md");

#[test]
fn the_document_at_the_head_is_valid_and_nothing_is_to_be_said_about_it() {
    let layout = layout(PAGE.split_once("```yaml\n").and_then(|(_, rest)| rest.split_once("```")).expect("a block").0);
    assert_eq!((layout.lab.hosts.len(), layout.demand.startups.len(), layout.demand.containers.len()), (3, 3, 6));
}

#[test]
fn the_worked_example_of_allocatable_is_what_the_reader_makes_of_it() {
    let worked = "cpu: 4, memory: 64GiB, reserve: {cpu: 0.5, memory: [2GiB, 5%]}, overcommit: {cpu: 4}";
    for written in
        ["`cpu: 4`", "`memory: 64GiB`", "`reserve: {cpu: 0.5, memory: [2GiB, 5%]}`", "`overcommit: {cpu: 4}`"]
    {
        assert!(worked.contains(written.trim_matches('`')) && PAGE.contains(written), "{written}");
    }
    let layout = layout(&format!("hosts: {{nuc: {{{worked}}}}}"));
    let host = &layout.lab.hosts[0];
    assert_eq!(host.capacity, [4_000, 68_719_476_736]);
    assert_eq!(host.reserve, [500, 3_435_973_837]);
    assert_eq!(host.allocatable, [14_000, 65_283_502_899]);
    for figure in ["68 719 476 736 B", "3 435 973 837 B", "65 283 502 899 B", "14 000 m"] {
        assert!(PAGE.contains(figure), "{figure}");
    }
}

#[test]
fn a_range_of_startups_may_be_changed_and_thinned_out_in_the_same_file() {
    let layout = layout(
        "hosts: {nuc: {memory: 64GiB}}\nstacks: {web: {app: {memory: 1GiB}}}\n\
         startups: {s01..s17: web, s03: {containers: {app: {memory: 3GiB}}}, s05: null}",
    );
    assert_eq!(layout.demand.startups.len(), 16);
    let asked: u64 = layout.demand.services.iter().map(|service| service.request[0].value).sum();
    assert_eq!(asked, (15 + 3) << 30);
}

#[test]
fn rules_within_every_startup_are_those_of_the_page() {
    let stacks = example("stacks:\n  web: {together: host");
    let host = "hosts: {nuc: {memory: 64GiB}}\n";
    let shared = layout(&format!("{host}{stacks}"));
    let bound = |layout: &Layout| -> Vec<String> {
        let ids = |rule: &Rule| rule.containers.iter().map(|&it| layout.container_id(it)).collect::<Vec<_>>().join(" ");
        layout.rules.iter().map(|rule| format!("{:?} {}", rule.kind, ids(rule))).collect()
    };
    let pairs = |kind: &str, many: std::ops::RangeInclusive<u32>| -> Vec<String> {
        many.map(|number| format!("{kind} s{number:02}/app s{number:02}/db")).collect()
    };
    assert_eq!(bound(&shared), pairs("Together", 1..=17));
    let rules = example("rules:\n  - together: ['s*/*']");
    let platform = "  platform: {containers: {proxy: {memory: 1GiB, replicas: 2}}}\n";
    let each = layout(&format!("{host}{}{platform}{rules}", stacks.replace("together: host, ", "")));
    let proxies = ["ApartByHost platform/proxy.1 platform/proxy.2".to_owned()];
    assert_eq!(bound(&each), [pairs("Together", 1..=18), pairs("ApartByHost", 1..=17), proxies.to_vec()].concat());
}

#[test]
fn a_host_takes_as_many_containers_as_the_page_says() {
    let read = layout(example("hosts:\n  nuc: {memory: 64GiB, containers: 110}"));
    assert_eq!(read.lab.resources.iter().map(|it| it.name()).collect::<Vec<_>>(), ["memory", "containers"]);
    let takes = |host: usize| read.lab.has_budget(HostIndex(host), 1).then(|| read.lab.hosts[host].allocatable[1]);
    assert_eq!((takes(0), takes(1)), (Some(110), None));
    assert_eq!(read.balanced(), [true, false]);
}

#[test]
fn a_named_resource_with_a_unit_is_counted_as_the_page_says() {
    let read = layout(example("hosts:\n  nuc: {memory: 64GiB, resources: {nvme: 2TB"));
    let [gpu, nvme] = [Resource::Named("gpu".to_owned()), Resource::Sized("nvme".to_owned())];
    assert_eq!(read.lab.resources, [Resource::Memory, gpu, nvme].map(Counted::from));
    assert_eq!(read.lab.hosts[0].allocatable[1..], [1, 1_900_000_000_000]);
    let asked: Vec<u64> = read.demand.services[0].request.iter().map(|amount| amount.value).collect();
    assert_eq!(asked, [4 << 30, 0, 200_000_000_000]);
}

#[test]
fn a_pool_is_drawn_on_as_the_page_says() {
    let read = layout(example("hosts:\n  pve: {count: 3, memory: 32GiB, disk: 500GB}"));
    let pool = &read.lab.pools[0];
    assert_eq!((pool.name.as_str(), &pool.allocatable[..]), ("ceph", &[3_400_000_000_000][..]));
    assert_eq!(pool.hosts.as_deref(), Some(&[0, 1, 2].map(HostIndex)[..]));
    let names: Vec<&str> = read.lab.resources.iter().map(|resource| resource.name()).collect();
    assert_eq!(names, ["memory", "disk", "ceph disk"]);
    let asked = |service: usize| -> Vec<u64> {
        read.demand.services[service].request.iter().map(|amount| amount.value).collect()
    };
    assert_eq!([asked(0), asked(1)], [[2 << 30, 20_000_000_000, 0], [4 << 30, 0, 500_000_000_000]]);
    assert_eq!(read.demand.services[0].on, None);
    assert_eq!(read.demand.services[1].on.as_deref(), Some(&[0, 1, 2].map(HostIndex)[..]));
}

/// The example of the page that begins so.
fn example(start: &str) -> &'static str {
    let (_, rest) = PAGE.split_once(&format!("```yaml\n{start}")).expect("it is there");
    let length = rest.split_once("```").expect("it ends").0.len() + start.len();
    let from = PAGE.len() - rest.len() - start.len();
    &PAGE[from..from + length]
}

/// The layout, where the document is without any finding.
fn layout(text: &str) -> Layout {
    let document = Document::from_bytes("<test>", text.as_bytes(), &BTreeMap::new());
    let resolved = document.and_then(|document| document.resolve());
    let resolved = resolved.unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics));
    assert_eq!(resolved.diagnostics, []);
    resolved.layout
}
