//! The layouts of the real lab, against sums worked by hand.

use std::fs;
use std::path::PathBuf;

use crate::support::ask::{self, Ask};
use bayplan::check::{self, ViolationKind};
use bayplan::document::{Document, Files, Newcomers};
use bayplan::fit::{self, Fits};
use bayplan::model::{CarrierUse, ContainerIndex, Layout, Placement};
use bayplan::quantity::Resource;
use bayplan::solve::{NoLimit, Options, Status};

const GIB: u64 = 1 << 30;
const GB: u64 = 1_000_000_000;

#[test]
fn the_lab_can_give_what_its_comment_says() {
    let lab = layout("lab.yaml").lab;
    let given: Vec<_> = lab.hosts.iter().map(|host| (host.name.as_str(), host.allocatable.as_slice())).collect();
    assert_eq!(lab.resources, [Resource::Cpu, Resource::Memory, Resource::Disk]);
    assert_eq!(
        given,
        [("nuc", &[14_000, 38 * GIB, 256 * GB][..]), ("workstation", &[46_000, 12 * GIB, 1_000 * GB][..])]
    );
}

#[test]
fn the_shared_layout_is_valid_and_its_sums_are_those_of_its_comment() {
    let layout = layout("shared.yaml");
    assert_eq!(layout.demand.startups.len(), 19);
    assert_eq!(layout.demand.containers.len(), 31);
    let platform = layout.demand.containers_of(startup(&layout, "platform"));
    assert_eq!(platform.len(), 13);
    assert_eq!(asked(&layout, platform), [13 * 250, 13 * GIB, 13 * 4 * GB]);
    assert_eq!(asked(&layout, layout.demand.indices()), [31 * 250, 49 * GIB, 124 * GB]);

    let placement = placement(&layout);
    assert_eq!(violations(&layout, placement), []);
    assert_eq!(held(&layout, placement, "nuc"), (25, [6_250, 37 * GIB, 100 * GB]));
    assert_eq!(held(&layout, placement, "workstation"), (6, [1_500, 12 * GIB, 24 * GB]));
}

#[test]
fn in_seventeen_only_s18_has_no_place() {
    let layout = layout("seventeen.yaml");
    assert_eq!(layout.demand.containers.len(), 31);
    let placement = placement(&layout);
    let unplaced: Vec<_> = placement.unplaced().map(|container| layout.container_id(container)).collect();
    assert_eq!(unplaced, ["s18/app"]);
    assert_eq!(violations(&layout, placement), [("unplaced", "s18/app".to_owned())]);
    assert_eq!(held(&layout, placement, "nuc"), (25, [6_250, 37 * GIB, 100 * GB]));
    assert_eq!(held(&layout, placement, "workstation"), (5, [1_250, 10 * GIB, 20 * GB]));
}

#[test]
fn the_swarm_is_valid_and_its_sums_are_those_of_its_comment() {
    let layout = layout("swarm.yaml");
    assert_eq!(layout.demand.containers.len(), 13 + 18 * 3 + 3);
    let placement = placement(&layout);
    assert_eq!(violations(&layout, placement), []);
    assert_eq!(held(&layout, placement, "nuc"), (15, [11_250, 33 * GIB, 212 * GB]));
    assert_eq!(held(&layout, placement, "workstation"), (1, [4_000, 10 * GIB, 80 * GB]));
    let node = |it: &CarrierUse| (it.containers.len(), it.used.clone(), it.offers.clone());
    let nodes = layout.carrier_usage(placement);
    let each = (18, vec![4_500, 9 * GIB, 72 * GB], vec![8_000, 10 * GIB - 300 * (GIB >> 10), 80 * GB]);
    assert_eq!(nodes.iter().map(node).collect::<Vec<_>>(), [each.clone(), each.clone(), each]);
}

#[test]
fn boxes_of_docker_are_as_large_as_their_comment_says() {
    let layout = layout("docker-in-lxd.yaml");
    let placement = placement(&layout);
    assert_eq!(violations(&layout, placement), []);
    let size = |id: &str| {
        let all = layout.carrier_usage(placement);
        let found = all.iter().find(|it| layout.container_id(it.carrier) == id).expect("a box");
        found.size[1] / (GIB >> 10)
    };
    assert_eq!((size("s01/box"), size("s09/box")), (4096, 1536));
    let used: Vec<u64> = layout.usage(placement).iter().map(|it| it.used[1]).collect();
    assert_eq!(used, [30 * GIB, 11 * GIB]);
    assert_eq!(ask::plan(&layout, Ask::default(), &options()).expect("a plan").status, Status::Optimal);
}

#[test]
fn isolated_holds_six_startups_and_their_sums_are_those_of_its_comment() {
    let layout = layout("isolated.yaml");
    assert_eq!(layout.demand.containers.len(), 108);
    assert_eq!(asked(&layout, ContainerIndex::all(6)), [1_500, 8 * GIB, 24 * GB]);
    assert_eq!(asked(&layout, ContainerIndex::all(108)), [27_000, 144 * GIB, 432 * GB]);
    let placement = placement(&layout);
    assert_eq!(placement.unplaced().collect::<Vec<_>>(), (36..108).map(ContainerIndex).collect::<Vec<_>>());
    assert_eq!(violations(&layout, placement).len(), 72, "those without a place, and nothing else");
    assert_eq!(held(&layout, placement, "nuc"), (28, [7_000, 36 * GIB, 112 * GB]));
    assert_eq!(held(&layout, placement, "workstation"), (8, [2_000, 12 * GIB, 32 * GB]));
}

#[test]
fn eighteen_apps_on_the_platform_can_be_planned_and_a_nineteenth_cannot() {
    let document = document("shared.yaml");
    let layout = resolved(&document);
    let plan = ask::plan(&layout, Ask::default(), &options()).expect("a checked plan");
    assert_eq!(plan.status, Status::Optimal);
    assert_eq!(violations(&layout, &plan.placement), []);

    let (more, names) = document.with(&Newcomers::OfStack("app".to_owned(), 1)).expect("a newcomer");
    assert_eq!(names, ["app-new-1"]);
    let plan = ask::plan(&resolved(&more), Ask::default(), &options()).expect("a checked plan");
    assert_eq!(plan.status, Status::Infeasible);
}

/// 37 or 38 GiB go on the nuc in steps of 512 MiB: with 37.5 the workstation holds 11.5 of 12. The fuller host is then
/// the nuc with 37.5 of 38, 98.7 %; every other split fills one of them further.
#[test]
fn the_shared_layout_is_planned_with_the_best_balance_worked_by_hand() {
    let layout = layout("shared.yaml");
    let plan = ask::plan(&layout, Ask::default(), &options()).expect("a checked plan");
    let (_, [_, on_nuc, _]) = held(&layout, &plan.placement, "nuc");
    assert_eq!(on_nuc * 2, 75 * GIB);
}

#[test]
fn seventeen_takes_one_more_as_things_stand_and_not_two() {
    let document = document("seventeen.yaml");
    let ask = |document: &Document, startups: Vec<usize>| {
        fit::fit(&ask::arriving(resolved(document), startups, true), &options()).expect("an answer")
    };
    let named = |name: &str| resolved(&document).demand.startups.iter().position(|it| it.name == name);
    let s18 = ask(&document, named("s18").into_iter().collect());
    assert_eq!((s18.answer, s18.how_many_more, s18.how_many_more_proven), (Fits::AsIs, 0, true));
    let more = |count| {
        let (more, names) = document.with(&Newcomers::OfStack("app".to_owned(), count)).expect("newcomers");
        let startups = resolved(&more).demand.startups.len();
        ask(&more, (startups - names.len()..startups).collect())
    };
    let one = more(1);
    assert_eq!(one.answer, Fits::AsIs);
    let two = more(2);
    assert_eq!(two.answer, Fits::No);
}

#[test]
fn isolated_cannot_be_planned_whole_and_holds_six_at_most() {
    let layout = layout("isolated.yaml");
    let whole = ask::plan(&layout, Ask::default(), &options()).expect("an answer");
    assert_eq!(whole.status, Status::Infeasible);
    let part = ask::plan(&layout, Ask { partial: true, ..Ask::default() }, &options()).expect("an answer");
    let priority = part.priority.expect("what part was placed");
    assert_eq!((priority.placed, priority.bound, priority.total), (6, 6, 18));
}

#[test]
fn a_swarm_of_one_gib_or_spread_over_three_hosts_has_no_plan() {
    for change in ["memory: 1GiB", "apart: host"] {
        let text = format!("extends: layouts/swarm.yaml\nstacks: {{app: {{app: {{{change}}}}}}}\nplacement: null\n");
        let document = Document::from_bytes("<test>", text.as_bytes(), &Disk).expect("a document");
        let plan = ask::plan(&resolved(&document), Ask::default(), &options()).expect("an answer");
        assert_eq!(plan.status, Status::Infeasible, "{change}");
    }
    let swarm = layout("swarm.yaml");
    assert_eq!(ask::plan(&swarm, Ask::default(), &options()).expect("a plan").status, Status::Optimal);
}

/// Reads below the repository.
struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(path)).map_err(|error| error.to_string())
    }
}

fn document(name: &str) -> Document {
    Document::read(&format!("layouts/{name}"), &Disk).unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics))
}

fn resolved(document: &Document) -> Layout {
    document.resolve().unwrap_or_else(|problems| panic!("{:#?}", problems.diagnostics)).layout
}

fn layout(name: &str) -> Layout {
    resolved(&document(name))
}

fn placement(layout: &Layout) -> &Placement {
    layout.placement.as_ref().expect("a placement")
}

fn startup(layout: &Layout, name: &str) -> usize {
    layout.demand.startups.iter().position(|startup| startup.name == name).expect("a startup")
}

fn options() -> Options<'static> {
    Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| {}, certify: false }
}

/// What the containers ask for together: cpu, memory, disk.
fn asked(layout: &Layout, containers: impl IntoIterator<Item = ContainerIndex>) -> [u64; 3] {
    let mut sums = [0; 3];
    for container in containers {
        for (sum, amount) in sums.iter_mut().zip(&layout.demand.service_of(container).request) {
            *sum += amount.value;
        }
    }
    sums
}

/// How many containers a host holds, and what they ask for.
fn held(layout: &Layout, placement: &Placement, host: &str) -> (usize, [u64; 3]) {
    let host = layout.lab.hosts.iter().position(|known| known.name == host).expect("a host");
    let containers = &placement.by_host(layout.lab.hosts.len())[host];
    (containers.len(), asked(layout, containers.iter().copied()))
}

/// Code and first container of every violation.
fn violations(layout: &Layout, placement: &Placement) -> Vec<(&'static str, String)> {
    check::check(layout, placement, None)
        .into_iter()
        .inspect(|violation| assert!(!violation.containers.is_empty() || violation.kind != ViolationKind::Unplaced))
        .map(|violation| (violation.kind.code(), layout.container_id(violation.containers[0])))
        .collect()
}
