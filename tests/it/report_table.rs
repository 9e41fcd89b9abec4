//! Tables for people, from answers made by hand.

use crate::support::read::layout;
use crate::support::small;
use bayplan::plan::Outlook;
use bayplan::report::pages;
use bayplan::report::pages::Details;
use bayplan::report::terminal::{self, Style};

#[test]
fn a_plan_shows_what_goes_where_and_what_is_proven() {
    let layout = small::layout();
    let text =
        terminal::render(&pages::plan(&layout, &small::feasible(&layout), Details::default()), &Style::plain(80));
    insta::assert_snapshot!(text, @r#"
    7 containers of 5 startups on 2 of 3 hosts

    nuc                                                                 6 containers
      memory  █████████████████████████████▊         7 of  8 GiB  88 %  1 GiB free
      cpu     ███▋                                 1.5 of 14      11 %   12.5 free
      memory limits add up to 10 of 8 GiB, 125 %: oversubscribed
      cpu is promised 4 times over
        platform  proxy.1..2 512 MiB each   db 3 GiB
        s01..s03  app 1 GiB each

    box                                                                  1 container
      memory  ████████▌                              1 of  4 GiB  25 %  3 GiB free
      cpu     ▏                                   250m of 46       1 %  45.75 free
        s04  app 1 GiB

    all hosts                                                           7 containers
      memory  ████████████████████▉                  8 of 13 GiB  62 %  5 GiB free
      cpu     ▉                                   1.75 of 61       3 %  59.25 free

    empty: spare

    Not proven best. Memory needs 2 hosts.
      fewest-hosts       2  proven
      balance       87.5 %  bound 75.0 %, gap 14.3 %
    room left: 4 more startups like `app` as things stand, proven
    "#);
}

#[test]
fn a_narrow_screen_loses_the_bars_but_no_figure() {
    let layout = small::layout();
    let text =
        terminal::render(&pages::plan(&layout, &small::feasible(&layout), Details::default()), &Style::plain(40));
    insta::assert_snapshot!(text, @r#"
    7 containers of 5 startups on 2 of 3
    hosts

    nuc                         6 containers
      memory     7 of  8 GiB  88 %
      cpu      1.5 of 14      11 %
      memory limits add up to 10 of 8 GiB,
        125 %: oversubscribed
      cpu is promised 4 times over
        platform  proxy.1..2 512 MiB each
                  db 3 GiB
        s01..s03  app 1 GiB each

    box                          1 container
      memory     1 of  4 GiB  25 %
      cpu     250m of 46       1 %
        s04  app 1 GiB

    all hosts                   7 containers
      memory     8 of 13 GiB  62 %
      cpu     1.75 of 61       3 %

    empty: spare

    Not proven best. Memory needs 2 hosts.
      fewest-hosts       2  proven
      balance       87.5 %  bound 75.0 %
    room left: 4 more startups like `app` as
      things stand, proven
    "#);
}

#[test]
fn a_no_names_the_reason_of_every_host() {
    let mut layout = small::layout();
    let plan = small::infeasible(&mut layout);
    insta::assert_snapshot!(terminal::render(&pages::plan(&layout, &plan, Details::default()), &Style::plain(80)), @r#"
    no: 7 containers of 5 startups cannot all be placed. Proven: 14 GiB of memory
    would be asked of 13 GiB.

      all hosts  requested  there is
      cpu             1.75        61  59.25 to spare
      memory         8 GiB    13 GiB  5 GiB to spare

    no host takes `s04/app`, which asks for 2 GiB of memory
      nuc    short 1 GiB of memory: 1 GiB is free
      box    must stay apart from `s01/app` (lab.yaml:31)
      spare  too small: 1 GiB of memory in all

    the most that fits, proven: 4 of 5 startups (priority 4 of 5); left out: s04

    nuc                                                                 6 containers
      memory  █████████████████████████████▊        7 of  8 GiB  88 %  1 GiB free
      cpu     ███▋                                1.5 of 14      11 %   12.5 free
      memory limits add up to 10 of 8 GiB, 125 %: oversubscribed
      cpu is promised 4 times over
        platform  proxy.1..2 512 MiB each   db 3 GiB
        s01..s03  app 1 GiB each

    all hosts                                                           6 containers
      memory  ██████████████████▎                   7 of 13 GiB  54 %  6 GiB free
      cpu     ▊                                   1.5 of 61       2 %   59.5 free

    empty: box, spare

    not placed                                                           1 container
        s04  app 1 GiB
    "#);
}

#[test]
fn a_fit_after_moves_lists_them_in_order() {
    let fit = small::with_moves(small::layout());
    insta::assert_snapshot!(terminal::render(&pages::fit(&fit), &Style::plain(80)), @r#"
    yes: `s04` fits after 1 move

    the move (fewer will not do):
      1.  s03/app  1 GiB  nuc -> spare

    new on box
      s04  app 1 GiB

    nuc                                                                 5 containers
      memory  █████████████████████████▌             6 of  8 GiB   75 %  2 GiB free
      cpu     ███                                 1.25 of 14        9 %  12.75 free
      memory limits add up to 9 of 8 GiB, 113 %: oversubscribed
      cpu is promised 4 times over
        platform  proxy.1..2 512 MiB each   db 3 GiB
        s01, s02  app 1 GiB each

    box                                                                  1 container
      memory  ████████▌                              1 of  4 GiB   25 %  3 GiB free
      cpu     ▏                                   250m of 46        1 %  45.75 free
        s04  app 1 GiB

    spare                                                                1 container
      memory  ██████████████████████████████████     1 of  1 GiB  100 %    0 B free
      cpu     ████████▌                           250m of  1       25 %   750m free
        s03  app 1 GiB

    all hosts                                                           7 containers
      memory  ████████████████████▉                  8 of 13 GiB   62 %  5 GiB free
      cpu     ▉                                   1.75 of 61        3 %  59.25 free

    room after that: 3 more like `s04` and no other, whatever moves; memory binds
      first
    "#);
}

#[test]
fn a_violation_comes_with_its_line() {
    let mut layout = small::layout();
    layout.lab.hosts[0].allocatable[1] = 6 * small::GIB;
    let placement = layout.placement.clone().unwrap();
    let uses = small::uses(&layout, &placement);
    let text = terminal::render(
        &pages::check(&layout, &placement, &uses, &[small::over_capacity()], &Outlook::default(), Details::default()),
        &Style::plain(80),
    );
    insta::assert_snapshot!(text, @r#"
    invalid: 1 violation; 7 containers of 5 startups on 2 of 3 hosts

    lab.yaml:12:8 over-capacity
      `nuc`: memory asks 7 GiB of 6 GiB allocatable (1 GiB over); see lab.yaml:3:3

    nuc                                                                 6 containers
      memory  ██████████████████████████████████     7 of  6 GiB  117 %  1 GiB over
      cpu     ███▋                                 1.5 of 14       11 %   12.5 free
      memory limits add up to 10 of 6 GiB, 167 %: oversubscribed
      cpu is promised 4 times over
        platform  proxy.1..2 512 MiB each   db 3 GiB
        s01..s03  app 1 GiB each

    box                                                                  1 container
      memory  ████████▌                              1 of  4 GiB   25 %  3 GiB free
      cpu     ▏                                   250m of 46        1 %  45.75 free
        s04  app 1 GiB

    all hosts                                                           7 containers
      memory  ████████████████████████▋              8 of 11 GiB   73 %  3 GiB free
      cpu     ▉                                   1.75 of 61        3 %  59.25 free

    empty: spare
    "#);
}

/// Blocks on a screen with colour: as wide as the screen at the most, whatever the names; nothing of them without.
#[test]
fn blocks_stand_where_there_is_colour_and_room() {
    let mut layout = small::layout();
    layout.demand.startups[0].name = "a-platform-with-a-name-that-is-longer-than-any-screen-is-wide-indeed".to_owned();
    let placement = layout.placement.clone().expect("it has one");
    let uses = layout.usage(&placement);
    let answer = |width, color| {
        terminal::render(
            &pages::check(&layout, &placement, &uses, &[], &Outlook::default(), Details::default()),
            &Style { width, color },
        )
    };
    let escape = regex::Regex::new("\x1b\\[[0-9;]*m").expect("a pattern");
    for width in [30, 40, 60, 80, 104, 200] {
        let colored = answer(width, true);
        let strips: Vec<&str> =
            colored.lines().filter(|line| line.contains("\x1b[48;2;") || line.contains(";48;2;")).collect();
        assert_eq!(strips.len(), 2, "{colored}");
        for strip in strips {
            let shown = escape.replace_all(strip, "");
            assert_eq!(shown.chars().count(), (width - 2).min(102), "{shown}");
        }
        let plain = answer(width, false);
        assert!(!plain.contains('\x1b'));
        assert_eq!(plain.lines().count() + 2, colored.lines().count());
    }
    assert!(!answer(29, true).contains("48;2;"));
}

/// One GPU, all taken, is the scarcest there is; what is told apart by it is nothing.
#[test]
fn a_container_is_listed_by_its_memory_whatever_is_scarce() {
    let layout = layout(
        "hosts: {big: {cpu: 32, memory: 64GiB, disk: 10GB, resources: {gpu: 1}}}\n\
         startups:\n  media: {containers: {play: {cpu: 1, memory: 2GiB, resources: {gpu: 1}}}}\n  \
         web: {containers: {app: {cpu: 1, memory: 40GiB}, cron: {cpu: 100m}, none: {}}}\n\
         placement: {big: [media/*, web/*]}\n",
    );
    let placement = layout.placement.clone().expect("it has one");
    let page =
        pages::check(&layout, &placement, &layout.usage(&placement), &[], &Outlook::default(), Details::default());
    let listed = terminal::render(&page, &Style::plain(80));
    assert!(listed.contains("media  play 2 GiB + 1 gpu\n"), "{listed}");
    assert!(listed.contains("web    app 40 GiB   cron 100m cpu   none 0 B\n"), "{listed}");
}

#[test]
fn a_document_of_gb_is_answered_in_gb_and_one_of_both_in_the_unit_of_the_line() {
    let lab = |memory: &str, asks: &str| {
        format!(
            "hosts: {{w: {{count: 2, memory: {memory}, reserve: {{memory: 5%}}}}}}
startups: {{a: {{containers: {{p: {{memory: {asks}}}}}}}, b: {{containers: {{p: {{memory: {asks}}}}}}}, c: {{containers: {{p: {{memory: {asks}}}}}}}}}
"
        )
    };
    let said = |text: &str| {
        let folder = crate::support::program::Folder::with(&[("d.yaml", text)]);
        let ran = folder.run(&["plan", "d.yaml"]);
        assert_eq!(ran.code, 1, "{}", ran.err);
        ran.out
    };
    let gb = said(&lab("10GB", "6GB"));
    assert!(!gb.contains("iB") && gb.contains("each of the 2 `w`: memory 10 GB -> 12632 MB"), "{gb}");
    let gib = said(&lab("10GiB", "6GiB"));
    assert!(!gib.contains("GB") && !gib.contains("MB") && gib.contains("memory 10 GiB -> 12935 MiB"), "{gib}");
    // A line in GB changes in MB, one in GiB in MiB; nothing that adds reads like something that takes away.
    let both = said(&lab("10GB", "6GiB"));
    assert!(both.contains("memory 10 GB -> 13564 MB"), "{both}");
    let over = said(
        "hosts: {a: {memory: 6GiB}}\nstartups: {x: {containers: {p: {memory: 3GiB}, q: {memory: 3221225473B}}}}\n",
    );
    assert!(over.contains("6 GiB + 1 B of\nmemory would be asked of 6 GiB"), "{over}");
}
