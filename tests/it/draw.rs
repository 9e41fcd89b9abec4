//! What does it look like: blocks are where and as large as the figures say, and no name breaks a format.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use crate::support::program::{Folder, bayplan};
use crate::support::read::layout;
use bayplan::draw::{self, Badge, Block, Body, Format, HostBox, Options, Rect, Scene, Subject, Theme, Together, View};
use bayplan::model::Layout;

fn drawn(layouts: &[&Layout], links: bool) -> Scene {
    drawn_so(layouts, &Options { links, ..Options::default() })
}

fn drawn_so(layouts: &[&Layout], options: &Options) -> Scene {
    let subjects: Vec<Subject> = layouts
        .iter()
        .map(|layout| Subject {
            title: "lab".to_owned(),
            layout,
            placement: layout.placement.as_ref().expect("it has a placement"),
            later: BTreeSet::new(),
        })
        .collect();
    draw::scene(&subjects, options)
}

/// A lab of so many hosts and containers, one startup for every four containers.
fn lab(hosts: usize, containers: usize) -> String {
    let rng = &mut fastrand::Rng::with_seed((hosts * 1_000 + containers) as u64);
    let mut text = "hosts:\n".to_owned();
    for host in 0..hosts {
        let memory = [8, 16, 32, 64][host % 4] * 4;
        let _ = writeln!(text, "  h{host}: {{cpu: 64, memory: {memory}GiB, reserve: {{memory: 1GiB}}}}");
    }
    let (mut startups, mut placement) = (String::new(), vec![Vec::new(); hosts]);
    for container in 0..containers {
        if container % 4 == 0 {
            let _ = writeln!(startups, "  s{}:\n    containers:", container / 4);
        }
        let memory = rng.u32(1..=16) * 32;
        let _ = writeln!(startups, "      c{}: {{cpu: 50m, memory: {memory}MiB}}", container % 4);
        placement[rng.usize(..hosts)].push(format!("s{}/c{}", container / 4, container % 4));
    }
    let _ = write!(text, "startups:\n{startups}placement:\n");
    for (host, held) in placement.iter().enumerate().filter(|(_, held)| !held.is_empty()) {
        let _ = writeln!(text, "  h{host}: [{}]", held.join(", "));
    }
    text
}

fn inside(inner: Rect, outer: Rect) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.x + inner.width <= outer.x + outer.width
        && inner.y + inner.height <= outer.y + outer.height
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height
}

#[test]
fn blocks_are_inside_their_hosts_apart_and_as_large_as_what_they_ask_for() {
    for (hosts, containers) in [(2, 30), (3, 12), (8, 120), (40, 2_000)] {
        let layout = layout(&lab(hosts, containers));
        let scene = drawn(&[&layout], false);
        let view = &scene.views[0];
        let mut seen = BTreeSet::new();
        let all: Vec<&HostBox> = view.hosts().collect();
        for (number, &host) in all.iter().enumerate() {
            for other in &all[..number] {
                assert!(!overlap(host.area, other.area), "{} and {}", host.name, other.name);
            }
            assert!(inside(host.body.area, host.area) && inside(host.body.reserve, host.body.area));
            let area: i64 = host.body.blocks.iter().map(|block| block.area.width * block.area.height).sum();
            let asked = |container| layout.demand.service_of(container).request[1].value;
            let all: u64 = host.body.blocks.iter().map(|block| asked(block.container)).sum();
            for (position, block) in host.body.blocks.iter().enumerate() {
                assert!(seen.insert(block.container), "{} twice", block.id);
                assert!(inside(block.area, host.body.area), "{}", block.id);
                assert!(
                    !overlap(block.area, host.body.reserve) && !overlap(block.area, host.body.free),
                    "{}",
                    block.id
                );
                let clash = host.body.blocks[..position].iter().find(|other| overlap(block.area, other.area));
                assert!(clash.is_none(), "{} and {:?}", block.id, clash.map(|other| &other.id));
                if hosts <= 8 {
                    let share = asked(block.container) as f64 / all as f64;
                    let drawn = (block.area.width * block.area.height) as f64 / area as f64;
                    assert!((share - drawn).abs() < 0.004 + share * 0.05, "{}: {share} drawn as {drawn}", block.id);
                }
                for line in &block.lines {
                    assert!(draw::width_of(line, 110) <= block.area.width, "{}: `{line}` is too long", block.id);
                }
            }
        }
        assert_eq!(seen.len(), containers, "every container is there once");
    }
}

#[test]
fn a_host_looks_as_much_larger_as_it_has_more_memory() {
    let text = "hosts: {a: {memory: 40GiB}, b: {memory: 16GiB}}\n\
                startups: {s: {containers: {c: {memory: 1GiB}}}}\nplacement: {a: [s/c]}\n";
    let scene = drawn(&[&layout(text)], false);
    let [a, b] = hosts(&scene)[..] else { panic!("two hosts") };
    let [a, b] = [a, b].map(|host| host.body.area.height as f64);
    assert!((a / b - 2.5).abs() < 0.01, "{a} and {b}");
}

fn hosts(scene: &Scene) -> Vec<&HostBox> {
    scene.views.iter().flat_map(|view| view.hosts()).collect()
}

/// What a page is drawn with.
fn on_a_page() -> Options {
    Options { format: Format::Page, ..Options::default() }
}

/// GPUs and CPU that are scarce, what asks for no memory, a giant and a dwarf, memory promised twice, too much asked.
const UNLIKE: &str = "\
hosts:
  giant: {cpu: 4, memory: 512GiB, reserve: {memory: 12GiB}, resources: {gpu: 2}, labels: {zone: a}}
  dwarf: {cpu: 4, memory: 1GiB, labels: {zone: a}}
  twice: {cpu: 4, memory: 64GiB, reserve: {memory: 4GiB}, overcommit: {memory: 2}, labels: {zone: b}}
  full: {cpu: 4, memory: 64GiB, labels: {zone: b}}
  empty: {cpu: 4, memory: 8GiB}
  none: {cpu: 4, memory: 0}
startups:
  media: {containers: {play: {cpu: 3500m, memory: 8GiB, resources: {gpu: 2}, needs: [pg]}, pg: {memory: 30GiB}}}
  web: {containers: {app: {memory: 40GiB, needs: [media/pg]}, cron: {cpu: 100m}, tiny: {memory: 1MiB}}}
  small: {containers: {a: {memory: 512MiB}, b: {memory: 256MiB}}}
  much: {containers: {c: {memory: 50GiB, replicas: 3}, left: {memory: 20GiB}}}
  bare: {containers: {x: {cpu: 1}}}
placement: {giant: [media/*, web/*], dwarf: [small/*], twice: [much/c.1, much/c.2], full: [much/c.3, much/left], none: [bare/*]}
";

#[test]
fn every_block_is_as_large_as_its_memory_on_one_scale_whatever_is_scarce() {
    let layout = layout(UNLIKE);
    for options in [Options::default(), on_a_page(), Options { width: 360, ..Options::default() }] {
        let scene = drawn_so(&[&layout], &options);
        let blocks: Vec<_> =
            hosts(&scene).into_iter().flat_map(|host| host.body.blocks.iter().map(move |it| (host, it))).collect();
        assert_eq!(blocks.len(), layout.demand.containers.len(), "every container is there");
        let memory = |container| layout.demand.service_of(container).request[1].value as f64;
        let app = blocks.iter().find(|(_, block)| block.id == "web/app").expect("it is drawn").1;
        let scale = (app.area.width * app.area.height) as f64 / memory(app.container);
        for (host, block) in blocks {
            let (area, asks) = ((block.area.width * block.area.height) as f64, memory(block.container) * scale);
            assert!(area > 0.0 && inside(block.area, host.body.area), "{} on {}", block.id, host.name);
            match &*block.id {
                "web/cron" | "web/tiny" | "bare/x" => assert_eq!(block.area.height, 180, "{} is thin", block.id),
                _ => assert!((area - asks).abs() < asks * 0.02 + 200.0, "{}: {area} for {asks}", block.id),
            }
        }
    }
}

#[test]
fn without_memory_blocks_are_as_large_as_their_cpu_and_without_anything_alike() {
    let lab = "hosts: {a: {cpu: 4}, b: {cpu: 4, resources: {gpu: 2}}}\nplacement: {a: [s/c, s/e], b: [s/d]}\n\
               startups: {s: {containers: {c: {cpu: 1}, d: {cpu: 2, resources: {gpu: 2}}, e: {cpu: 0}}}}\n";
    let heights = |text: &str| -> Vec<i64> {
        hosts(&drawn(&[&layout(text)], false)).iter().flat_map(|it| &it.body.blocks).map(|it| it.area.height).collect()
    };
    assert_eq!(heights(lab), [1400, 180, 2800]);
    let nothing = lab.replace("cpu: 4", "").replace(", resources: {gpu: 2}", "").replace("{cpu: 1}", "{}");
    let nothing = nothing.replace("{cpu: 2}", "{}").replace("{cpu: 0}", "{}");
    assert_eq!(heights(&nothing), [2800, 2800, 2800]);
}

#[test]
fn what_is_scarce_is_marked_on_blocks_and_bars() {
    let scene = drawn(&[&layout(UNLIKE)], false);
    let all = hosts(&scene);
    let giant = all.iter().find(|host| host.name == "giant").expect("it is drawn");
    let play = giant.body.blocks.iter().find(|block| block.id == "media/play").expect("it is drawn");
    let words: Vec<&str> = play.badges.iter().map(|badge| badge.words.as_str()).collect();
    assert!(words == ["3.5 cpu", "2 gpu"] || words == [""], "{words:?}");
    let scarce: Vec<&str> = giant.bars.iter().filter(|bar| bar.scarce).map(|bar| bar.name.as_str()).collect();
    assert_eq!(scarce, ["cpu", "gpu"]);
    assert!(all.iter().filter(|host| host.name != "giant").all(|host| host.bars.iter().all(|bar| bar.name != "gpu")));
    let full = all.iter().find(|host| host.name == "full").expect("it is drawn");
    assert!(full.body.limit.is_some_and(|(y, over)| over && y > full.body.area.y), "where more is asked than given");
}

#[test]
fn what_is_in_the_way_of_a_wish_is_dotted_and_the_wish_said() {
    let text = "hosts: {a: {memory: 4GiB}, b: {memory: 4GiB}}\n\
                startups: {s1..s2: {containers: {db: {memory: 1GiB}, app: {memory: 1GiB}}}}\n\
                rules:\n- prefer: {apart: [\"*/db\"]}\n- prefer: {apart: [\"*/app\"]}\n\
                placement: {a: [s1/db, s2/db, s1/app], b: [s2/app]}\n";
    let scene = drawn(&[&layout(text)], false);
    let hosts = hosts(&scene);
    let unwished = hosts.iter().flat_map(|host| &host.body.blocks).filter(|block| block.unwished);
    let ids: BTreeSet<&str> = unwished.map(|block| block.id.as_str()).collect();
    assert_eq!(ids, BTreeSet::from(["s1/db", "s2/db"]));
    assert_eq!(scene.views[0].unmet, ["not as wished: `s1/db` and `s2/db` are both on `a`"]);
    assert_eq!(scene.views[0].summary, "4 containers on 2 of 2 hosts · 1 of 2 wishes not met, dotted");
    let svg = draw::svg(&scene, Theme::Auto);
    assert_well_formed(&svg);
    assert_eq!(svg.matches("<rect class=\"wish ").count(), 2);
    assert_eq!(draw::dot(&scene).matches("dotted").count(), 3, "in the summary and on both");
    assert_eq!(draw::mermaid(&scene).matches("stroke-dasharray").count(), 2);
    assert!(draw::text(&scene).contains("\n~ not as wished: "));
}

#[test]
fn what_comes_later_is_said_to_in_every_format_and_its_wishes_are_not_counted() {
    let own = "containers: {db: {memory: 1GiB, replicas: 2, prefer: {apart: host}}}";
    let document = format!(
        "phases: {{now: {{}}, later: '2027-01-01'}}\nhosts: {{a: {{memory: 4GiB}}}}\n\
         startups:\n  s1: {{{own}}}\n  s2: {{from: later, {own}}}\n"
    );
    let folder = Folder::with(&[("lab.yaml", &document)]);
    for format in ["txt", "svg", "mmd", "dot"] {
        let out = folder.run(&["draw", "lab.yaml", "--as", format]).out;
        assert!(out.contains("wish not met, dotted") && out.contains("1 GiB · later"), "{format}: {out}");
    }
}

#[test]
fn who_comes_later_is_in_nobodys_way_now() {
    let document = "phases: {now: {}, later: '2027-01-01'}\nhosts: {a: {memory: 4GiB}}\n\
                    startups:\n  s1: {containers: {app: {memory: 1GiB}}}\n  s2: {from: later, containers: {app: {memory: 1GiB}}}\n\
                    rules: [{prefer: {apart: ['*/app']}}]\nplacement: {a: [s1/app]}\n";
    let folder = Folder::with(&[("lab.yaml", document)]);
    let [now, later] = ["now", "later"].map(|phase| folder.run(&["draw", "lab.yaml", "--phase", phase]).out);
    assert!(now.contains("1 later") && !now.contains("wish"), "{now}");
    assert!(later.contains("wish not met, dotted") && later.matches("not as wished").count() == 3, "{later}");
}

#[test]
fn nothing_is_drawn_beyond_the_width_and_no_share_is_cut() {
    let many = layout(&lab(40, 300));
    let (unlike, few) = (layout(UNLIKE), layout(&lab(3, 12)));
    for layouts in [vec![&many], vec![&unlike], vec![&few], vec![&few, &few], vec![&unlike, &many]] {
        for width in [240, 360, 700, 1400, 2000] {
            for by in [None, Some("zone".to_owned())] {
                let options = Options { width, by, links: true, ..Options::default() };
                let scene = drawn_so(&layouts, &options);
                let all = Rect { x: 0, y: 0, width: i64::from(width) * 10, height: i64::MAX / 2 };
                assert!(inside(scene.area, all), "{:?} of {width}", scene.area);
                assert_fits(&scene);
            }
        }
    }
}

/// Everything is inside the picture, apart, and as wide as its words.
fn assert_fits(scene: &Scene) {
    let within = |area: Rect, what: &str| assert!(inside(area, scene.area), "{what}: {area:?} in {:?}", scene.area);
    let words = |text: &str, size: i64, area: Rect| {
        within(area, text);
        assert!(draw::width_of(text, size) <= area.width, "`{text}` in {area:?}");
    };
    scene.legend.iter().for_each(|(name, _, area)| words(name, 110, *area));
    scene.headline.iter().for_each(|(line, area)| words(line, 210, *area));
    for (number, view) in scene.views.iter().enumerate() {
        assert!(scene.views[..number].iter().all(|other| !overlap(view.area, other.area)), "{}", view.title);
        view.objections.iter().for_each(|(line, area)| words(line, 110, *area));
        view.heading.1.iter().for_each(|(line, area)| words(line, 110, *area));
        for (number, group) in view.groups.iter().enumerate() {
            within(group.area, "a group");
            assert!(view.groups[..number].iter().all(|other| !overlap(group.area, other.area)), "{:?}", group.title);
            for (number, host) in group.hosts.iter().enumerate() {
                assert!(inside(host.area, group.area) && inside(host.body.area, host.area), "{}", host.name);
                assert!(group.hosts[..number].iter().all(|other| !overlap(host.area, other.area)), "{}", host.name);
                words(&host.shown_name, 150, Rect { height: 10, ..host.area });
                for bar in &host.bars {
                    assert!(
                        bar.shown.ends_with('%') || bar.shown.ends_with('-') || bar.shown.ends_with("over"),
                        "{bar:?}"
                    );
                    words(&format!("{}{}", bar.shown_name, bar.shown), 110, bar.area);
                }
                for badge in host.body.blocks.iter().flat_map(|block| &block.badges) {
                    within(badge.area, &badge.words);
                }
            }
        }
        for link in &view.links {
            let ends = [link.from, link.to].map(|(x, y)| Rect { x, y, width: 0, height: 0 });
            ends.into_iter().for_each(|end| within(end, "a link"));
        }
    }
}

#[test]
fn hosts_with_the_same_label_stand_together() {
    let layout = layout(UNLIKE);
    let options = Options { by: Some("zone".to_owned()), ..Options::default() };
    let scene = drawn_so(&[&layout], &options);
    let groups = scene.views[0].groups.iter().map(|group| {
        let names: Vec<&str> = group.hosts.iter().map(|host| host.name.as_str()).collect();
        (group.title.clone().expect("it is framed"), names.join(" "))
    });
    let expected = [("zone: a", "giant dwarf"), ("zone: b", "twice full"), ("without zone", "empty none")];
    assert_eq!(groups.collect::<Vec<_>>(), expected.map(|(title, names)| (title.to_owned(), names.to_owned())));
    assert!(draw::text(&scene).contains("\nzone: b\n\ntwice  "));
    assert!(draw::mermaid(&scene).contains("[\"zone: a\"]") && draw::dot(&scene).contains("label=\"zone: a\""));
    assert!(draw::html(&scene, Theme::Auto, &on_a_page()).contains("<h3><bdi>zone: a</bdi></h3>"));
    let unknown = bayplan(&["draw", "examples/zones.yaml", "--by", "rack"]);
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("no host has a label `rack`\n\nhelp: there are `zone`"), "{}", unknown.err);
}

#[test]
fn a_slide_is_sixteen_to_nine_and_as_wide_as_asked() {
    for text in [UNLIKE, &lab(40, 300), &lab(2, 5)] {
        let scene = drawn_so(&[&layout(text)], &Options { format: Format::Slide, ..Options::default() });
        assert!((scene.area.width * 9 - scene.area.height * 16).abs() <= 16, "{:?}", scene.area);
        assert_eq!(scene.size, (14_000, 7_875));
        assert_fits(&scene);
    }
}

#[test]
fn a_startup_keeps_its_colour_over_phases_documents_and_formats() {
    let colors = |args: &[&str]| -> std::collections::BTreeMap<String, String> {
        let picture = bayplan(&[&["draw"], args].concat()).out;
        let blocks = picture.split("data-s=\"").skip(1).filter(|block| block.contains("fill=\"#"));
        let color = |block: &str| {
            let fill = block.split("fill=\"").nth(1).expect("a colour");
            (block[..block.find('"').expect("a name")].to_owned(), fill[..7].to_owned())
        };
        blocks.map(color).collect()
    };
    let all = colors(&["layouts/roadmap.yaml", "--as", "html"]);
    assert_eq!(all.len(), 24);
    for args in [
        ["layouts/roadmap.yaml", "--as", "svg", "--phase", "second"],
        ["layouts/roadmap.yaml", "--as", "svg", "--phase", "now"],
        ["layouts/swarm.yaml", "layouts/seventeen.yaml", "--as", "svg", "-q"],
    ] {
        let some = colors(&args);
        let both = || some.iter().filter_map(|(name, color)| Some((color, all.get(name)?)));
        assert!(both().count() > 10 && both().all(|(color, of_all)| color == of_all), "{args:?}: {some:?}");
    }
}

#[test]
fn no_name_breaks_a_format() {
    let hostile = "\\\"><script>alert('1')</script> & ]] `|` \u{202e}rtl\u{5d0} \u{1f600} -- %% {{";
    let title = hostile.repeat(3);
    let text = format!(
        "name: \"{title}\"\nhosts: {{a: {{memory: 4GiB, title: \"{title}\"}}}}\n\
         startups: {{{name}: {{title: \"{title}\", containers: {{c: {{memory: 1GiB, title: \"{title}\"}}}}}}}}\n\
         placement: {{a: [{name}/c]}}\n",
        name = "n".repeat(60)
    );
    let layout = layout(&text);
    let scene = drawn(&[&layout, &layout], true);
    for picture in [draw::svg(&scene, Theme::Auto), draw::html(&scene, Theme::Dark, &on_a_page())] {
        assert!(!picture.contains("<script>alert"), "{picture}");
    }
    assert_well_formed(&draw::svg(&scene, Theme::Auto));
    for picture in [draw::mermaid(&scene), draw::dot(&scene), draw::text(&scene)] {
        assert!(!picture.chars().any(|c| c.is_control() && c != '\n'), "{picture}");
    }
    // In DOT and Mermaid every label is one quoted string on its line.
    for picture in [draw::mermaid(&scene), draw::dot(&scene)] {
        for line in picture.lines().filter(|line| !line.starts_with("%%")) {
            let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
            assert!(quotes.is_multiple_of(2), "{line}");
        }
    }
}

/// Names are letters, digits and dashes where documents are read; a layout made by other means may say anything.
#[test]
fn nothing_in_a_scene_breaks_a_format() {
    let text = "hosts: {a: {memory: 1GiB}, b: {memory: 2GiB, reserve: {memory: 1GiB}, state: planned}}\n\
                startups: {s: {containers: {c: {memory: 2GiB, needs: [t/d]}}}, t: {containers: {d: {memory: 1GiB}}},\n\
                n: {containers: {vm: {memory: 1GiB, carries: {reserve: {memory: 128MiB}}}, e: {memory: 512MiB, inside: vm}}}}\n\
                rules: [prefer: {apart: [s/c, t/d]}]\ntoolbox: {logs: {tools: [x], chosen: x}}\n\
                placement: {a: [s/c, t/d, n/vm], n/vm: [n/e]}\n";
    let layout = layout(text);
    let by = Some("zone".to_owned());
    let mut scene = drawn_so(&[&layout, &layout], &Options { links: true, by, ..Options::default() });
    let plain = [draw::mermaid(&scene), draw::dot(&scene)].map(|picture| picture.lines().count());
    forge(&mut scene, "\"'><i onload=x>&\u{0}\n]]>--%%{");
    let all = |view: &View| !view.links.is_empty() && !view.violations.is_empty() && !view.unmet.is_empty();
    assert!(scene.views.iter().all(all), "all is drawn");
    let svg = draw::svg(&scene, Theme::Auto);
    assert_well_formed(&svg);
    for picture in [svg, draw::html(&scene, Theme::Dark, &Options { together: Together::InTurn, ..on_a_page() })] {
        assert!(!picture.contains("<i onload") && !picture.contains('\0'), "{picture}");
    }
    let mermaid = draw::mermaid(&scene);
    assert_eq!(mermaid.lines().count(), plain[0], "{mermaid}");
    let dot = draw::dot(&scene);
    let quotes = dot.replace("\\\\", "").replace("\\\"", "").matches('"').count();
    assert!(quotes.is_multiple_of(2) && quotes > plain[1], "{dot}");
}

/// Puts `text` in the place of all that the scene says.
fn forge(scene: &mut Scene, text: &str) {
    let text = || text.to_owned();
    scene.title = text();
    scene.headline.iter_mut().for_each(|(words, _)| *words = text());
    scene.legend.iter_mut().for_each(|(name, ..)| *name = text());
    for (category, when) in &mut scene.toolbox {
        *when = text();
        category.name = text();
        category.tools.iter_mut().for_each(|tool| *tool = text());
    }
    for view in &mut scene.views {
        (view.title, view.summary) = (text(), text());
        view.violations.iter_mut().chain(&mut view.unmet).for_each(|words| *words = text());
        let lines = view.objections.iter_mut().chain(&mut view.regrets).chain(&mut view.heading.1);
        lines.for_each(|(words, _)| *words = text());
        view.groups.iter_mut().for_each(|group| group.title = group.title.as_ref().map(|_| text()));
        view.links.iter_mut().for_each(|link| link.ids = [text(), text()]);
        for host in view.groups.iter_mut().flat_map(|group| &mut group.hosts) {
            (host.name, host.remark, host.full_remark) = (text(), text(), text());
            host.shown_name = text();
            host.bars.iter_mut().for_each(|bar| (bar.name, bar.figures) = (text(), text()));
            host.bars.iter_mut().for_each(|bar| (bar.shown_name, bar.shown) = (text(), text()));
            forge_body(&mut host.body, &text());
        }
    }
}

fn forge_body(body: &mut Body, text: &str) {
    let text = || text.to_owned();
    body.free_label = Some(text());
    body.beside = vec![(text(), Rect::default())];
    body.group_labels.iter_mut().for_each(|(label, _)| *label = text());
    for block in &mut body.blocks {
        (block.id, block.startup, block.full) = (text(), text(), text());
        (block.lines, block.amounts) = (vec![text()], vec![text()]);
        block.badges = vec![Badge { words: text(), area: block.area }];
        block.holds.iter_mut().for_each(|held| forge_body(held, &text()));
    }
}

/// Elements open and close in pairs, and every attribute is quoted.
fn assert_well_formed(svg: &str) {
    let mut open = Vec::new();
    let mut rest = svg;
    while let Some(start) = rest.find('<') {
        assert!(!rest[..start].contains('>') || open.last() == Some(&"style"), "a stray `>` in {}", &rest[..start]);
        let end = rest[start..].find('>').map(|end| start + end).expect("a tag ends");
        let tag = &rest[start + 1..end];
        assert!(tag.matches('"').count().is_multiple_of(2), "{tag}");
        let name = tag.trim_start_matches('/').split([' ', '/', '\n']).next().expect("a name");
        if tag.starts_with('/') {
            assert_eq!(open.pop(), Some(name), "{tag} closes another");
        } else if !tag.ends_with('/') {
            open.push(name);
        }
        rest = &rest[end + 1..];
    }
    assert!(open.is_empty(), "{open:?} are not closed");
}

#[test]
fn the_page_allows_its_own_script_and_nothing_else() {
    let layout = layout(&lab(2, 30));
    let page = draw::html(&drawn(&[&layout], false), Theme::Auto, &on_a_page());
    let script = page.split("<script>").nth(1).and_then(|rest| rest.split("</script>").next()).expect("a script");
    let hash = base64(&sha256(script.as_bytes()));
    assert!(page.contains(&format!("script-src 'sha256-{hash}'")), "the hash of the script is {hash}");
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("http://") || page.matches("http://").count() == page.matches("http://www.w3.org/").count());
    assert!(!page.contains("https://") && !page.contains("src=") && !page.contains("@import"));
}

#[test]
fn the_page_has_the_toolbox_with_what_is_chosen_in_bold() {
    let text =
        lab(2, 8) + "toolbox:\n  logs: {title: \"<Logs>\", tools: [ELK, \"a & b\"], chosen: ELK, status: next}\n";
    let page = draw::html(&drawn(&[&layout(&text)], false), Theme::Auto, &on_a_page());
    let row = "<tr><td><bdi>&lt;Logs&gt;</bdi></td><td><strong>ELK</strong>, a &amp; b</td><td>next</td></tr>";
    assert!(page.contains(row), "{page}");
}

#[test]
fn large_labs_stay_small_files() {
    let layout = layout(&lab(40, 2_000));
    let scene = drawn(&[&layout], false);
    let page = draw::html(&scene, Theme::Auto, &on_a_page());
    assert!(page.len() < 1_500_000, "{} bytes", page.len());
    assert_eq!(page, draw::html(&drawn(&[&layout], false), Theme::Auto, &on_a_page()), "the same bytes");
}

#[test]
fn the_ending_says_the_format_and_nothing_is_replaced_unasked() {
    let folder = Folder::new();
    let draw = |path: &str| bayplan(&["draw", "layouts/shared.yaml", "-o", path]);
    for (ending, start) in [
        ("svg", "<svg "),
        ("html", "<!doctype html>"),
        ("mmd", ""),
        ("dot", "digraph"),
        ("txt", "Shared platform, 18 apps"),
    ] {
        let path = &folder.argument(&format!("picture.{ending}"));
        assert_eq!(draw(path).code, 0, "{ending}");
        let text = std::fs::read_to_string(path).expect("it is written");
        assert!(text.starts_with(start), "{ending}: {}", &text[..40]);
        assert_eq!(draw(path).code, 2, "{ending} is not replaced");
    }
    let unknown = draw(&folder.argument("x.jpg"));
    assert_eq!(unknown.code, 2);
    assert!(unknown.err.contains("help: end it in .svg, .html, .mmd, .dot or .txt"));
}

/// `BAYPLAN_BLESS=1 cargo test --test it draw::` draws them anew.
#[test]
fn the_pictures_in_the_documentation_are_what_is_drawn() {
    for (name, args) in [
        ("shared", "layouts/shared.yaml"),
        ("proxmox", "examples/proxmox.yaml --links"),
        ("zones", "examples/zones.yaml --by zone"),
        ("forty-hosts", "examples/forty-hosts.yaml --by role --slide"),
    ] {
        let args: Vec<&str> = args.split(' ').collect();
        assert_documented(name, &bayplan(&[&["draw", "--as", "svg"], &args[..]].concat()).out);
    }
    // Of the document that the page shows.
    let page = include_str!("../../docs/pictures.md");
    let shown = page.split("```yaml\n").nth(1).and_then(|rest| rest.split("```").next()).expect("a document");
    let folder = Folder::with(&[("nested.yaml", shown)]);
    assert_documented("nested", &folder.run(&["draw", "nested.yaml", "--as", "svg"]).out);
    several().iter().for_each(|options| assert_nested(&layout(shown), options));
}

fn assert_documented(name: &str, drawn: &str) {
    let path = format!("{}/docs/{name}.svg", env!("CARGO_MANIFEST_DIR"));
    if std::env::var_os("BAYPLAN_BLESS").is_some() {
        std::fs::write(&path, drawn).expect("it can be written");
    }
    assert!(std::fs::read_to_string(&path).is_ok_and(|there| there == drawn), "docs/{name}.svg is another picture");
}

/// Virtual machines in which containers run, one in another, as large as what they hold, and with more in them than fits.
const NESTED: &str = "\
hosts:
  big: {cpu: 8, memory: 64GiB, reserve: {memory: 2GiB}, resources: {gpu: 1}}
  small: {cpu: 4, memory: 8GiB}
startups:
  vms:
    containers:
      outer: {cpu: 6, memory: 40GiB, resources: {gpu: 1}, carries: {reserve: {memory: 1GiB, cpu: 500m}, overcommit: {cpu: 2}}}
      middle: {cpu: 4, memory: 20GiB, carries: {reserve: {memory: 512MiB}}, inside: outer}
      inner: {cpu: 2, memory: 10GiB, carries: {reserve: {memory: 512MiB}}, inside: middle}
      deepest: {cpu: 1, memory: content, carries: {reserve: {memory: 256MiB}, step: {memory: 1GiB}}, inside: inner}
      empty: {memory: 4GiB, carries: {reserve: {memory: 1GiB}}}
      tiny: {cpu: 1, memory: content, carries: {}}
      full: {memory: 4GiB, carries: {}}
  web: {containers: {app: {memory: 2GiB, replicas: 3, inside: [vms/outer, vms/inner]}, db: {memory: 1GiB, inside: vms/deepest, needs: [web/app]}}}
  cron: {containers: {job: {cpu: 100m, inside: vms/tiny}, other: {cpu: 100m, inside: vms/outer}, third: {inside: vms/middle, needs: [vms/middle, vms/outer, vms/empty]}}}
  much: {containers: {a: {memory: 3GiB, inside: vms/full}, b: {memory: 3GiB, inside: vms/full}}}
rules: [prefer: {apart: [web/app.1, web/app.2]}]
placement:
  big: [vms/outer, vms/empty]
  small: [vms/tiny, vms/full]
  vms/outer: [vms/middle, web/app.1, web/app.2, cron/other]
  vms/middle: [vms/inner, cron/third]
  vms/inner: [vms/deepest, web/app.3]
  vms/deepest: [web/db]
  vms/tiny: [cron/job]
  vms/full: [much/a, much/b]
";

/// What a host or a carrier holds is in it, apart, and says no more than there is room for; all of it is seen for the first
/// time.
fn assert_holds(body: &Body, of: &str, seen: &mut BTreeSet<usize>) {
    assert!(inside(body.reserve, body.area) && inside(body.free, body.area), "{of}");
    assert!(!overlap(body.reserve, body.free), "{of}");
    if let Some(label) = &body.free_label {
        assert!(draw::width_of(label, 110) <= body.free.width && body.free.height >= 140, "{of}: `{label}`");
    }
    for (position, block) in body.blocks.iter().enumerate() {
        assert!(seen.insert(block.container.0), "{} twice", block.id);
        assert!(inside(block.area, body.area), "{} in {of}: {:?} in {:?}", block.id, block.area, body.area);
        assert!(block.area.width > 0 && block.area.height > 0, "{} in {of} is not seen: {:?}", block.id, block.area);
        assert!(!overlap(block.area, body.reserve) && !overlap(block.area, body.free), "{} in {of}", block.id);
        let clash = body.blocks[..position].iter().find(|other| overlap(block.area, other.area));
        assert!(clash.is_none(), "{} and {:?} in {of}", block.id, clash.map(|other| &other.id));
        assert!(block.lines.iter().all(|line| draw::width_of(line, 110) <= block.area.width), "{}", block.id);
        assert!(block.lines.len() as i64 * 140 <= block.area.height + 40, "{}: {:?}", block.id, block.lines);
        assert!(block.badges.iter().all(|badge| inside(badge.area, block.area)), "{}", block.id);
        if let Some(held) = &block.holds {
            assert!(inside(held.area, block.area), "{}: {:?} in {:?}", block.id, held.area, block.area);
            assert!(block.lines.is_empty() || held.area.y - block.area.y >= 140, "{} has room for its name", block.id);
            assert!(block.badges.iter().all(|badge| !overlap(badge.area, held.area)), "{}", block.id);
            assert_holds(held, &block.id, seen);
        }
    }
}

/// All that is placed is there once, in every format, within what it lies in.
fn assert_nested(layout: &Layout, options: &Options) {
    let scene = drawn_so(&[layout], options);
    assert_fits(&scene);
    let mut seen = BTreeSet::new();
    hosts(&scene).iter().for_each(|host| assert_holds(&host.body, &host.name, &mut seen));
    assert_eq!(seen.len(), layout.demand.containers.len(), "every container is there");
    let svg = draw::svg(&scene, Theme::Auto);
    assert_well_formed(&svg);
    let (page, text) = (draw::html(&scene, Theme::Auto, options), draw::text(&scene));
    let (mermaid, dot) = (draw::mermaid(&scene), draw::dot(&scene));
    for container in layout.demand.indices() {
        let id = layout.container_id(container);
        let once = |picture: &str, words: &str, times: usize| {
            assert_eq!(picture.matches(words).count(), times, "`{words}` in {picture}");
        };
        once(&svg, &format!(" data-id=\"{id}\">"), 1);
        once(&page, &format!(" data-id=\"{id}\">"), 2);
        once(&text, &format!("■ {id}: "), 1);
        once(&mermaid, &format!(" v0c{container}[\""), 1);
        once(&dot, &format!("[label=\"{id}: "), 1);
    }
    let count =
        |picture: &str, words: &str| picture.lines().filter(|line| line.trim_start().starts_with(words)).count();
    assert_eq!(count(&mermaid, "subgraph "), count(&mermaid, "end"), "{mermaid}");
    assert_eq!(dot.matches('{').count(), dot.matches('}').count(), "{dot}");
    assert_eq!(count(&mermaid, "subgraph "), count(&dot, "subgraph "), "as many in both");
}

/// The widths and formats that nested scenes are tried in.
fn several() -> Vec<Options> {
    let widths = [240, 420, 1400].map(|width| Options { width, links: true, ..Options::default() });
    let others = [on_a_page(), Options { format: Format::Slide, ..Options::default() }];
    widths.into_iter().chain(others).collect()
}

fn block<'a>(scene: &'a Scene, id: &str) -> &'a Block {
    scene.views.iter().flat_map(View::all_blocks).find(|block| block.id == id).expect("it is drawn")
}

#[test]
fn what_lies_in_a_carrier_is_drawn_within_it() {
    let layout = layout(NESTED);
    several().iter().for_each(|options| assert_nested(&layout, options));
    let scene = drawn(&[&layout], true);
    let held = |id: &str| block(&scene, id).holds.as_ref().expect("it is a carrier that is seen");
    let ids = |id: &str| held(id).blocks.iter().map(|block| block.id.as_str()).collect::<BTreeSet<_>>();
    assert_eq!(ids("vms/outer"), BTreeSet::from(["vms/middle", "web/app.1", "web/app.2", "cron/other"]));
    assert_eq!(ids("vms/deepest"), BTreeSet::from(["web/db"]));
    assert_eq!(ids("vms/tiny"), BTreeSet::from(["cron/job"]));
    assert_eq!(block(&scene, "vms/outer").lines, ["vms/outer · 40 GiB"]);
    assert_eq!(held("vms/outer").free_label.as_deref(), Some("15 GiB free"));
    assert!(held("vms/empty").free.height > 0 && held("vms/empty").blocks.is_empty());
    let full = "vms/deepest: 1 cpu, 2 GiB · holds 1 container: 1 of 1.75 GiB, 0 of 1 cpu";
    assert_eq!(block(&scene, "vms/deepest").full, full, "as large as what it holds");
    assert!(held("vms/outer").reserve.height > 0 && held("vms/full").limit.is_some_and(|(_, over)| over));
    assert_eq!(scene.views[0].summary, "16 containers on 2 of 2 hosts · 1 violation · wish not met, dotted");
    assert_eq!(block(&scene, "vms/full").violations, ["carrier-over-capacity"]);
    assert!(["web/app.1", "web/app.2"].iter().all(|id| block(&scene, id).unwished));
    assert_eq!(hosts(&scene)[0].full_remark, "2 containers · 9 inside");
    let ends: Vec<[&str; 2]> = scene.views[0].links.iter().map(|it| [&*it.ids[0], &*it.ids[1]]).collect();
    assert_eq!(ends, [["cron/third", "vms/empty"], ["web/db", "web/app.1"]], "no line to what it lies in");
}

#[test]
fn a_carrier_is_as_large_as_what_it_asks_for_and_so_is_what_it_holds() {
    let scene = drawn(&[&layout(NESTED)], false);
    let area = |id: &str| (block(&scene, id).area.width * block(&scene, id).area.height) as f64;
    let ratio = |a: &str, b: &str, expected: f64| {
        let drawn = area(a) / area(b);
        assert!((drawn - expected).abs() < expected * 0.03, "{a} and {b}: {drawn}, not {expected}");
    };
    ratio("vms/outer", "vms/empty", 10.0);
    ratio("vms/middle", "web/app.1", 10.0);
    ratio("web/app.3", "vms/deepest", 1.0);
    ratio("much/a", "much/b", 1.0);
}

#[test]
fn what_moved_from_a_carrier_is_marked_but_not_what_it_took_along() {
    let before = layout(NESTED);
    let moved = NESTED.replace("web/app.1, web/app.2, cron/other]", "web/app.2, cron/other]");
    let moved = moved.replace("web/app.3]", "web/app.3, web/app.1]");
    let moved = moved.replace("vms/outer, vms/empty]", "vms/outer]").replace("vms/full]", "vms/full, vms/empty]");
    let after = layout(&moved.replace("small: {cpu: 4, memory: 8GiB}", "small: {cpu: 4, memory: 12GiB}"));
    let scene = drawn(&[&before, &after], false);
    let marked =
        scene.views[1].all_blocks().filter_map(|block| Some((block.id.as_str(), block.moved_from.as_deref()?)));
    assert_eq!(marked.collect::<Vec<_>>(), [("web/app.1", "vms/outer"), ("vms/empty", "big")]);
    assert!(scene.views[1].summary.contains(" · 2 moved"), "{}", scene.views[1].summary);
}

/// Carriers in carriers, and who lies in them; some are as large as what they hold, some hold more than fits.
fn carriers_of(seed: u64) -> String {
    let rng = &mut fastrand::Rng::with_seed(seed);
    let hosts = rng.usize(1..4);
    let mut text = "hosts:\n".to_owned();
    let mut largest = 0;
    for host in 0..hosts {
        let memory = [1, 4, 64, 512][rng.usize(..4)] << 10;
        largest = largest.max(memory);
        let _ = writeln!(text, "  h{host}: {{cpu: 8, memory: {memory}MiB}}");
    }
    let mut startups = String::new();
    let mut at: std::collections::BTreeMap<String, Vec<String>> = std::collections::BTreeMap::new();
    // Every carrier with how deep it is, and how much it offers at the most.
    let mut carriers: Vec<(String, usize, u64)> = Vec::new();
    for nth in 0..rng.usize(1..9) {
        let shallow: Vec<_> = carriers.iter().filter(|(_, depth, _)| *depth < 4).cloned().collect();
        let within = (rng.bool() && !shallow.is_empty()).then(|| shallow[rng.usize(..shallow.len())].clone());
        let (on, depth, most) = match &within {
            Some((carrier, depth, offers)) => (carrier.clone(), depth + 1, *offers),
            None => (format!("h{}", rng.usize(..hosts)), 1, largest),
        };
        let inside = if within.is_some() { format!(", inside: {on}") } else { String::new() };
        let memory = (1_u64 << rng.u32(..20)).min(most);
        let reserve = memory.min(rng.u64(..2));
        let overcommit = if rng.u32(..4) == 0 { 2 } else { 1 };
        let (memory, offers) = match rng.u32(..5) {
            0 => ("content".to_owned(), most.saturating_sub(reserve)),
            _ => (format!("{memory}MiB"), (memory - reserve) * overcommit),
        };
        let carries = format!("{{reserve: {{memory: {reserve}MiB}}, overcommit: {{memory: {overcommit}}}}}");
        let _ = writeln!(
            startups,
            "  v{nth}: {{containers: {{vm: {{cpu: 1, memory: {memory}, carries: {carries}{inside}}}}}}}"
        );
        at.entry(on).or_default().push(format!("v{nth}/vm"));
        carriers.push((format!("v{nth}/vm"), depth, offers));
    }
    // First one for each, because nothing is as large as its content that has none.
    for nth in 0..carriers.len() + rng.usize(..60) {
        let (on, inside, most) = match rng.u32(..5) {
            0 if nth >= carriers.len() => (format!("h{}", rng.usize(..hosts)), String::new(), largest),
            _ => {
                let (carrier, _, offers) = carriers.get(nth).unwrap_or_else(|| &carriers[rng.usize(..carriers.len())]);
                (carrier.clone(), format!(", inside: {carrier}"), *offers)
            }
        };
        let memory = if rng.u32(..4) == 0 { 0 } else { (1_u64 << rng.u32(..18)).min(most) };
        let _ = writeln!(startups, "  s{nth}: {{containers: {{c: {{cpu: 10m, memory: {memory}MiB{inside}}}}}}}");
        at.entry(on).or_default().push(format!("s{nth}/c"));
    }
    let _ = write!(text, "startups:\n{startups}placement:\n");
    for (on, held) in at {
        let _ = writeln!(text, "  {on}: [{}]", held.join(", "));
    }
    text
}

#[test]
fn whatever_lies_in_carriers_is_seen_once_within_them() {
    for seed in 0..60 {
        let layout = layout(&carriers_of(seed));
        several().iter().for_each(|options| assert_nested(&layout, options));
    }
}

#[test]
fn agents_and_what_comes_later_stand_beside_and_in_carriers() {
    let text = "hosts: {a: {memory: 16GiB}}\nstartups:\n  \
                vms: {containers: {agent: {memory: 256MiB, every: host}, vm: {memory: content, carries: {reserve: {memory: 1GiB}}}}}\n  \
                s1: {containers: {app: {memory: 1GiB, inside: vms/vm}}}\n  s2: {containers: {app: {memory: 2GiB, inside: vms/vm}}}\n\
                placement: {a: [vms/vm], vms/vm: [s1/app, s2/app]}\n";
    let layout = layout(text);
    let placement = layout.placement.as_ref().expect("it has one");
    let later = layout.demand.indices().filter(|&it| layout.container_id(it) == "s2/app").collect();
    let subject = Subject { title: "lab".to_owned(), layout: &layout, placement, later };
    let scene = draw::scene(&[subject], &Options::default());
    let out = draw::text(&scene);
    assert!(out.contains("  2.25 of 16 GiB") && out.contains(" · 1 later, hatched"), "as large as it is now: {out}");
    assert!(out.contains("\n  ■ vms/vm: 4 GiB · holds 2 containers: 3 of 3 GiB\n    ■ s1/app: 1 GiB\n"), "{out}");
    assert!(out.contains("\n    ■ s2/app: 2 GiB · later\n") && out.contains("\n  ■ vms/agent@a: 256 MiB\n"), "{out}");
}

/// FIPS 180-4.
fn sha256(message: &[u8]) -> Vec<u8> {
    let primes: Vec<u64> = (2..312).filter(|n| (2..*n).all(|d| n % d != 0)).collect();
    let root = |prime: u64, cube: bool| {
        // The first 32 bits of the fraction of a root, in whole numbers.
        let scaled = u128::from(prime) << if cube { 96 } else { 64 };
        let power = |x: u128| if cube { x.checked_mul(x).and_then(|y| y.checked_mul(x)) } else { x.checked_mul(x) };
        let (mut low, mut high) = (0_u128, 1 << 40);
        while high - low > 1 {
            let middle = u128::midpoint(low, high);
            if power(middle).is_some_and(|power| power <= scaled) { low = middle } else { high = middle }
        }
        low as u32
    };
    let k: Vec<u32> = primes.iter().take(64).map(|&prime| root(prime, true)).collect();
    let mut h: Vec<u32> = primes.iter().take(8).map(|&prime| root(prime, false)).collect();
    let mut padded = message.to_vec();
    padded.push(0x80);
    padded.resize(padded.len().div_ceil(64) * 64, 0);
    if padded.len() - message.len() < 9 {
        padded.resize(padded.len() + 64, 0);
    }
    let length = padded.len();
    padded[length - 8..].copy_from_slice(&(message.len() as u64 * 8).to_be_bytes());
    for block in padded.chunks(64) {
        let mut w: Vec<u32> = block.chunks(4).map(|b| u32::from_be_bytes([b[0], b[1], b[2], b[3]])).collect();
        for t in 16..64 {
            let a = w[t - 15].rotate_right(7) ^ w[t - 15].rotate_right(18) ^ (w[t - 15] >> 3);
            let b = w[t - 2].rotate_right(17) ^ w[t - 2].rotate_right(19) ^ (w[t - 2] >> 10);
            w.push(w[t - 16].wrapping_add(a).wrapping_add(w[t - 7]).wrapping_add(b));
        }
        let mut v = h.clone();
        for t in 0..64 {
            let s1 = v[4].rotate_right(6) ^ v[4].rotate_right(11) ^ v[4].rotate_right(25);
            let choice = (v[4] & v[5]) ^ (!v[4] & v[6]);
            let one = v[7].wrapping_add(s1).wrapping_add(choice).wrapping_add(k[t]).wrapping_add(w[t]);
            let s0 = v[0].rotate_right(2) ^ v[0].rotate_right(13) ^ v[0].rotate_right(22);
            let two = s0.wrapping_add((v[0] & v[1]) ^ (v[0] & v[2]) ^ (v[1] & v[2]));
            v.rotate_right(1);
            v[4] = v[4].wrapping_add(one);
            v[0] = one.wrapping_add(two);
        }
        h.iter_mut().zip(v).for_each(|(h, v)| *h = h.wrapping_add(v));
    }
    h.into_iter().flat_map(u32::to_be_bytes).collect()
}

/// RFC 4648.
fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let group = |part: &[u8]| {
        let bits = part.iter().chain([0, 0].iter()).take(3).fold(0_usize, |bits, byte| bits << 8 | usize::from(*byte));
        let letter = |at: usize| if at <= part.len() { LETTERS[bits >> (18 - 6 * at) & 63] as char } else { '=' };
        (0..4).map(letter).collect::<String>()
    };
    bytes.chunks(3).map(group).collect()
}
