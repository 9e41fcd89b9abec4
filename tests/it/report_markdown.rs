//! Markdown for pages, from answers made by hand.

use crate::support::small;
use bayplan::model::{Layout, Placement};
use bayplan::plan::Outlook;
use bayplan::report::pages::Details;
use bayplan::report::{markdown, pages};

#[test]
fn a_plan_is_a_page_with_tables() {
    let layout = small::layout();
    insta::assert_snapshot!(markdown::render(&pages::plan(&layout, &small::feasible(&layout), Details::default())), @r#"
    # Small lab

    **7 containers of 5 startups on 2 of 3 hosts.** Not proven best. Memory needs 2 hosts.

    | goal | value | bound | proven |
    | --- | ---: | ---: | --- |
    | fewest-hosts | 2 | 2 | yes |
    | balance | 87.5 % | 75.0 % | no |

    Room left: 4 more startups like `app` as things stand, proven.

    ## nuc

    | resource | used | allocatable | share | free | sum of limits |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | memory | 7 GiB | 8 GiB | 88 % | 1 GiB | 10 GiB, 125 % |
    | cpu | 1.5 | 14 | 11 % | 12.5 |  |

    | startups | how many | containers of each |
    | --- | ---: | --- |
    | platform | 1 | `proxy.1..2` 512 MiB, `db` 3 GiB |
    | s01..s03 | 3 | `app` 1 GiB |

    ## box

    | resource | used | allocatable | share | free |
    | --- | ---: | ---: | ---: | ---: |
    | memory | 1 GiB | 4 GiB | 25 % | 3 GiB |
    | cpu | 250m | 46 | 1 % | 45.75 |

    | startups | how many | containers of each |
    | --- | ---: | --- |
    | s04 | 1 | `app` 1 GiB |

    Empty: spare
    "#);
}

#[test]
fn a_no_is_a_table_of_hosts_and_reasons() {
    let mut layout = small::layout();
    let plan = small::infeasible(&mut layout);
    insta::assert_snapshot!(markdown::render(&pages::plan(&layout, &plan, Details::default())), @r#"
    # Small lab

    **No: 7 containers of 5 startups cannot all be placed.** Proven: 14 GiB of memory would be asked of 13 GiB.

    The most that fits, proven: 4 of 5 startups (priority 4 of 5); left out: s04.

    | all hosts | requested | there is | short |
    | --- | ---: | ---: | ---: |
    | `cpu` | 1.75 | 61 |  |
    | `memory` | 8 GiB | 13 GiB |  |

    ## Why not

    | container | asks for | host | why not |
    | --- | --- | --- | --- |
    | `s04/app` | 2 GiB of memory | nuc | short 1 GiB of memory: 1 GiB is free |
    |  |  | box | must stay apart from `s01/app` (lab.yaml:31) |
    |  |  | spare | too small: 1 GiB of memory in all |

    ## nuc

    | resource | used | allocatable | share | free | sum of limits |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | memory | 7 GiB | 8 GiB | 88 % | 1 GiB | 10 GiB, 125 % |
    | cpu | 1.5 | 14 | 11 % | 12.5 |  |

    | startups | how many | containers of each |
    | --- | ---: | --- |
    | platform | 1 | `proxy.1..2` 512 MiB, `db` 3 GiB |
    | s01..s03 | 3 | `app` 1 GiB |

    Empty: box, spare

    ## Not placed

    | startups | how many | containers of each |
    | --- | ---: | --- |
    | s04 | 1 | `app` 1 GiB |
    "#);
}

#[test]
fn a_fit_lists_its_moves() {
    insta::assert_snapshot!(markdown::render(&pages::fit(&small::with_moves(small::layout()))), @r#"
    # Small lab

    **Yes: `s04` fits after 1 move.**

    The move (fewer will not do):

    | step | container | size | from | to |
    | ---: | --- | ---: | --- | --- |
    | 1 | `s03/app` | 1 GiB | nuc | spare |

    | new container | size | host |
    | --- | ---: | --- |
    | `s04/app` | 1 GiB | box |

    Room after that: 3 more like `s04` and no other, whatever moves; memory binds first.

    ## nuc

    | resource | used | allocatable | share | free | sum of limits |
    | --- | ---: | ---: | ---: | ---: | ---: |
    | memory | 6 GiB | 8 GiB | 75 % | 2 GiB | 9 GiB, 113 % |
    | cpu | 1.25 | 14 | 9 % | 12.75 |  |

    | startups | how many | containers of each |
    | --- | ---: | --- |
    | platform | 1 | `proxy.1..2` 512 MiB, `db` 3 GiB |
    | s01, s02 | 2 | `app` 1 GiB |

    ## box

    | resource | used | allocatable | share | free |
    | --- | ---: | ---: | ---: | ---: |
    | memory | 1 GiB | 4 GiB | 25 % | 3 GiB |
    | cpu | 250m | 46 | 1 % | 45.75 |

    | startups | how many | containers of each |
    | --- | ---: | --- |
    | s04 | 1 | `app` 1 GiB |

    ## spare

    | resource | used | allocatable | share | free |
    | --- | ---: | ---: | ---: | ---: |
    | memory | 1 GiB | 1 GiB | 100 % | 0 B |
    | cpu | 250m | 1 | 25 % | 750m |

    | startups | how many | containers of each |
    | --- | ---: | --- |
    | s03 | 1 | `app` 1 GiB |
    "#);
}

#[test]
fn a_check_is_a_table_of_violations() {
    let (layout, placement) = overfull();
    let uses = small::uses(&layout, &placement);
    let text = markdown::render(&pages::check(
        &layout,
        &placement,
        &uses,
        &[small::over_capacity()],
        &Outlook::default(),
        Details::default(),
    ));
    insta::assert_snapshot!(text.split("\n## ").next().unwrap_or_default(), @r#"
    # Small lab

    **Invalid: 1 violation.** 7 containers of 5 startups on 2 of 3 hosts.

    | violation | where | what |
    | --- | --- | --- |
    | over-capacity | `lab.yaml:12:8` | `nuc`: memory asks 7 GiB of 6 GiB allocatable (1 GiB over); see lab.yaml:3:3 |
    "#);
}

#[test]
fn hostile_titles_stay_text() {
    let mut layout = small::layout();
    layout.name = Some("<script>alert(1)</script> | `x`\n# big".to_owned());
    layout.lab.hosts[0].title = Some("a | b\u{1b}[2J\n| c | d |".to_owned());
    let page = markdown::render(&pages::plan(&layout, &small::feasible(&layout), Details::default()));
    assert!(page.starts_with("# &lt;script&gt;alert(1)&lt;/script&gt; \\| \\`x\\` \\# big\n"), "{page}");
    assert!(page.contains("## nuc: a \\| b\\[2J \\| c \\| d \\|\n"), "{page}");
    assert!(!page.contains('\u{1b}'));
}

fn overfull() -> (Layout, Placement) {
    let mut layout = small::layout();
    layout.lab.hosts[0].allocatable[1] = 6 * small::GIB;
    let placement = layout.placement.clone().unwrap_or_default();
    (layout, placement)
}
