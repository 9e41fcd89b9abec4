//! The document as text, in one of many ways to write it.

use std::fmt::Write;

use fastrand::Rng;

use super::amount::Amount;
use super::spec::{Each, Kept, Kinds, Part, Prefer, RESOURCES, Reach, Span, Spec, Startup, one_in};
use super::world::Goal;

/// What the document is called.
pub const NAME: &str = "lab.yaml";

impl Spec {
    /// The files, the document itself first.
    pub fn files(&self) -> Vec<(String, String)> {
        let mut random = Rng::with_seed(self.seed ^ 0x7e47);
        let rng = &mut random;
        let hosts = self.hosts(rng);
        let startups = self.startups_text(rng);
        let mut rest = self.rules_text(rng);
        if self.toolbox {
            let runs = &self.all_containers()[0];
            let runs = runs.split('.').next().unwrap_or(runs);
            let _ = writeln!(
                rest,
                "toolbox: {{monitoring: {{tools: [Nagios, Prometheus], chosen: Nagios, status: now, runs: {runs}}}}}"
            );
        }
        if !one_in(rng, 6) {
            return vec![(NAME.to_owned(), format!("name: {}\n{hosts}{startups}{rest}", self.seed))];
        }
        // Another file has most of it, and something that this one takes back.
        let gone = "  zz: {containers: {huge: {memory: 1TiB}}}\n";
        let base = format!("name: base\ngoals: [fewest-moves]\n{hosts}{startups}{gone}");
        let back = if self.goals.is_some() { "" } else { "goals: null\n" };
        let top = format!("extends: base.yaml\nname: {}\nstartups: {{zz: null}}\n{back}{rest}", self.seed);
        vec![(NAME.to_owned(), top), ("base.yaml".to_owned(), base)]
    }

    /// The text of all files for people.
    pub fn shown(&self) -> String {
        self.files().iter().map(|(name, text)| format!("# {name}\n{text}")).collect()
    }

    fn spans(&self, span: Span) -> Vec<String> {
        let mut keys = Vec::new();
        if span.from > 0 {
            keys.push(format!("from: {}", self.phases[span.from]));
        }
        if span.until != usize::MAX {
            keys.push(format!("until: {}", self.phases[span.until]));
        }
        keys
    }

    fn hosts(&self, rng: &mut Rng) -> String {
        let mut text = String::new();
        match self.phases.len() {
            0 => {}
            2 => text.push_str("phases: {now: {title: First}, beta: 2027-03-01}\n"),
            _ => text.push_str("phases:\n  now: {}\n  beta: 2027-03-01\n  growth: {date: 2027-09-01, title: Later}\n"),
        }
        targets(&self.targets).into_iter().for_each(|target| text += &format!("{target}\n"));
        if !self.times.is_empty() {
            let _ = writeln!(text, "times: [{}]", self.times.join(", "));
        }
        text.push_str("hosts:\n");
        for kind in &self.kinds {
            let mut keys = each(&kind.has);
            keys.extend(kind.count.map(|count| format!("count: {count}")));
            keys.extend(kind.takes.map(|most| format!("containers: {most}")));
            let kept = |resources: std::ops::Range<usize>| -> Vec<String> {
                let kept = resources.filter(|&resource| !kind.reserve[resource].is_empty()).map(|resource| {
                    let kept = kind.reserve[resource].iter().map(written);
                    let kept: Vec<String> = kept.collect();
                    match &kept[..] {
                        [one] => format!("{}: {one}", RESOURCES[resource]),
                        many => format!("{}: [{}]", RESOURCES[resource], many.join(", ")),
                    }
                });
                kept.collect()
            };
            let (mut reserve, named) = (kept(0..3), kept(3..6));
            if !named.is_empty() {
                reserve.push(format!("resources: {{{}}}", named.join(", ")));
            }
            if !reserve.is_empty() {
                keys.push(format!("reserve: {{{}}}", reserve.join(", ")));
            }
            let factor =
                |resource: usize| kind.overcommit[resource].map(|it| format!("{}: {}", RESOURCES[resource], it.0));
            let mut factors: Vec<String> = (0..3).filter_map(factor).collect();
            let named: Vec<String> = (3..6).filter_map(factor).collect();
            if !named.is_empty() {
                factors.push(format!("resources: {{{}}}", named.join(", ")));
            }
            if !factors.is_empty() {
                keys.push(format!("overcommit: {{{}}}", factors.join(", ")));
            }
            keys.extend(targets(&kind.targets));
            let limits =
                (0..2).filter_map(|it| kind.limits[it].as_ref().map(|of| format!("{}: {}", RESOURCES[it], of.0)));
            let limits: Vec<String> = limits.collect();
            if !limits.is_empty() {
                keys.push(format!("limits: {{{}}}", limits.join(", ")));
            }
            if !kind.labels.is_empty() {
                let labels: Vec<String> = kind.labels.iter().map(|(name, text)| format!("{name}: {text}")).collect();
                keys.push(format!("labels: {{{}}}", labels.join(", ")));
            }
            keys.extend(kind.watts.map(|watts| format!("watts: {}", watts.0)));
            keys.extend(kind.price.map(|price| format!("price: {}", price.0)));
            keys.extend(kind.state.map(|state| format!("state: {state}")));
            keys.extend(self.spans(kind.span));
            rng.shuffle(&mut keys);
            let _ = writeln!(text, "  {}: {{{}}}", kind.name, keys.join(", "));
        }
        if let Some(pool) = &self.pool {
            let mut keys = vec![format!("disk: {}", pool.disk.text)];
            keys.extend(pool.reserve.as_ref().map(|kept| format!("reserve: {{disk: {}}}", written(kept))));
            keys.extend(pool.hosts.as_ref().map(|hosts| match hosts {
                Reach::Named(names) => {
                    format!("hosts: [{}]", names.iter().map(|it| format!("'{it}'")).collect::<Vec<_>>().join(", "))
                }
                Reach::Label(label, value) => format!("hosts: {{{label}: {value}}}"),
            }));
            rng.shuffle(&mut keys);
            let _ = writeln!(text, "pools:\n  ceph: {{{}}}", keys.join(", "));
        }
        text
    }

    fn startups_text(&self, rng: &mut Rng) -> String {
        let mut text = String::new();
        for (name, asks) in &self.sizes {
            let _ = writeln!(text, "sizes:\n  {name}: {{{}}}", each(asks).join(", "));
        }
        if !self.stacks.is_empty() {
            text.push_str("stacks:\n");
        }
        for (name, parts) in &self.stacks {
            let mut parts: Vec<String> = parts.iter().map(|part| self.part(rng, part)).collect();
            parts.extend(self.shared.contains(name).then(|| "together: host".to_owned()));
            let _ = writeln!(text, "  {name}: {{{}}}", parts.join(", "));
        }
        text.push_str("startups:\n");
        let mut number = 0;
        while let Some(startup) = self.startups.get(number) {
            // As many as are made from one stack.
            let alike = |it: &&Startup| it.stack.is_some() && it.stack == startup.stack;
            let run = self.startups[number..].iter().take_while(alike).count();
            if run > 1 && !one_in(rng, 3) {
                let stack = self.stacks[startup.stack.unwrap_or(0)].0;
                let last = &self.startups[number + run - 1];
                let _ = writeln!(text, "  {}..{}: {stack}", startup.name, last.name);
                for changed in &self.startups[number..number + run] {
                    let keys = self.startup(rng, changed, false);
                    if !keys.is_empty() {
                        let _ = writeln!(text, "  {}: {{{}}}", changed.name, keys.join(", "));
                    }
                }
                number += run;
                continue;
            }
            number += 1;
            let keys = self.startup(rng, startup, true);
            let plain = startup.stack.filter(|_| keys.len() == 1 && one_in(rng, 2)).map(|stack| self.stacks[stack].0);
            let _ = match plain {
                Some(stack) => writeln!(text, "  {}: {stack}", startup.name),
                None => writeln!(text, "  {}: {{{}}}", startup.name, keys.join(", ")),
            };
        }
        text
    }

    fn startup(&self, rng: &mut Rng, startup: &Startup, stack: bool) -> Vec<String> {
        let mut keys = Vec::new();
        keys.extend(startup.stack.filter(|_| stack).map(|stack| format!("stack: {}", self.stacks[stack].0)));
        keys.extend(startup.priority.map(|priority| format!("priority: {priority}")));
        keys.extend(self.spans(startup.span));
        keys.extend(startup.together.map(|it| format!("together: {}", if it { "host" } else { "none" })));
        let mut parts: Vec<String> = startup.own.iter().map(|part| self.part(rng, part)).collect();
        parts.extend(startup.deleted.iter().map(|name| format!("{name}: null")));
        if !parts.is_empty() {
            keys.push(format!("containers: {{{}}}", parts.join(", ")));
        }
        keys
    }

    fn part(&self, rng: &mut Rng, part: &Part) -> String {
        // What differs by time is a map of all times.
        let at_times = |resource: usize, first: &Amount| match &part.later[resource] {
            None => first.text.clone(),
            Some(later) => {
                let amounts = std::iter::once(first).chain(later);
                let each = self.times.iter().zip(amounts).map(|(time, amount)| format!("{time}: {}", amount.text));
                format!("{{{}}}", each.collect::<Vec<_>>().join(", "))
            }
        };
        let asks: Each<Option<Amount>> = std::array::from_fn(|resource| {
            let first = part.asks[resource].as_ref()?;
            Some(Amount { text: at_times(resource, first), ..first.clone() })
        });
        let mut keys = each(&asks);
        keys.extend(part.pool.then(|| "pool: ceph".to_owned()));
        keys.extend(part.size.map(|size| format!("size: {size}")));
        keys.extend(part.replicas.map(|replicas| format!("replicas: {replicas}")));
        keys.extend(part.keep.map(|keep| format!("keep: {keep}")));
        keys.extend(part.apart.map(|apart| format!("apart: {apart}")));
        keys.extend(part.spread.map(|(over, skew)| match skew {
            None => format!("spread: {over}"),
            Some(skew) => format!("spread: {{over: {over}, skew: {skew}}}"),
        }));
        keys.extend(part.on.as_ref().map(|on| format!("{}: {}", if one_in(rng, 20) { "true" } else { "on" }, on.0)));
        keys.extend(part.every.as_ref().map(|every| format!("every: {}", every.0)));
        let wishes: Vec<String> = part.prefers.iter().map(|(wish, weight)| preferred(wish, *weight)).collect();
        match &wishes[..] {
            [] => {}
            [one] if one_in(rng, 2) => keys.push(format!("prefer: {one}")),
            many => keys.push(format!("prefer: [{}]", many.join(", "))),
        }
        match &part.needs[..] {
            [] => {}
            [one] if one_in(rng, 2) => keys.push(format!("needs: {one}")),
            many => keys.push(format!("needs: [{}]", many.join(", "))),
        }
        let mut observed = each(&part.observed);
        if !observed.is_empty() {
            observed.push("source: docker stats, date: 2026-11-01".to_owned());
            keys.push(format!("observed: {{{}}}", observed.join(", ")));
        }
        keys.extend(part.limit.as_ref().map(|limit| format!("limit: {{memory: {}}}", limit.text)));
        keys.extend(self.spans(part.span.unwrap_or(Span::ALWAYS)));
        rng.shuffle(&mut keys);
        format!("{}: {{{}}}", part.name, keys.join(", "))
    }

    fn rules_text(&self, rng: &mut Rng) -> String {
        let mut text = String::new();
        let quoted = |patterns: &[String]| -> String {
            let quoted = patterns.iter().map(|it| if it.contains('*') { format!("'{it}'") } else { it.clone() });
            quoted.collect::<Vec<_>>().join(", ")
        };
        if !self.rules.is_empty() || !self.wishes.is_empty() || self.survive.is_some() {
            text.push_str("rules:\n");
        }
        for rule in &self.rules {
            let of = quoted(&rule.patterns);
            let _ = match rule.kind {
                Kinds::Together => writeln!(text, "  - together: [{of}]"),
                Kinds::Apart => writeln!(text, "  - apart: [{of}]"),
                Kinds::AtMost(count, None) => writeln!(text, "  - at-most: {{count: {count}, of: [{of}]}}"),
                Kinds::AtMost(count, Some(per)) => {
                    writeln!(text, "  - at-most: {{count: {count}, per: {per}, of: [{of}]}}")
                }
            };
            if rule.each {
                text.push_str("    each: startup\n");
            }
        }
        for (rule, weight) in &self.wishes {
            let of = quoted(&rule.patterns);
            let said = match rule.kind {
                Kinds::Together => format!("together: [{of}]"),
                Kinds::Apart => format!("apart: [{of}]"),
                Kinds::AtMost(count, None) => format!("at-most: {{count: {count}, of: [{of}]}}"),
                Kinds::AtMost(count, Some(per)) => format!("at-most: {{count: {count}, per: {per}, of: [{of}]}}"),
            };
            let each = if rule.each { ", each: startup" } else { "" };
            let weight = weight.map_or_else(String::new, |weight| format!(", weight: {weight}"));
            let _ = writeln!(text, "  - prefer: {{{said}{each}{weight}}}");
        }
        if let Some(survive) = &self.survive {
            let hosts = (survive.hosts > 0).then(|| survive.hosts.to_string());
            let any = survive.labels.iter().map(|label| format!("{{any: {label}}}"));
            let all: Vec<String> = hosts.into_iter().chain(any).collect();
            let _ = match &all[..] {
                [one] => writeln!(text, "  - survive: {one}"),
                all => writeln!(text, "  - survive: [{}]", all.join(", ")),
            };
            if !survive.except.is_empty() {
                let _ = writeln!(text, "    except: [{}]", quoted(&survive.except));
            }
            if let Some(moves) = survive.moves {
                let _ = writeln!(text, "    moves: {}", if moves { "allowed" } else { "none" });
            }
        }
        if let Some(goals) = &self.goals {
            let goals = goals.iter().map(|goal| match (goal, &self.judges[..]) {
                (Goal::Balance, [one]) => format!("{{balance: {one}}}"),
                (Goal::Balance, [_, ..]) => format!("{{balance: [{}]}}", self.judges.join(", ")),
                (Goal::Memory | Goal::Disk, _) => format!("{{{}}}", goal.name()),
                _ => goal.name().to_owned(),
            });
            let _ = writeln!(text, "goals: [{}]", goals.collect::<Vec<_>>().join(", "));
        }
        if let Some(placement) = &self.placement {
            if placement.is_empty() {
                let _ = writeln!(text, "placement: {{{}: []}}", self.host_names()[0]);
            } else {
                text.push_str("placement:\n");
            }
            for (host, patterns) in placement {
                let quoted: Vec<String> = patterns
                    .iter()
                    .map(|it| if it.contains('*') && one_in(rng, 2) { format!("'{it}'") } else { it.clone() })
                    .collect();
                let _ = writeln!(text, "  {host}: [{}]", quoted.join(", "));
            }
        }
        text
    }
}

/// `cpu: 2, resources: {gpu: 1}`.
fn each(amounts: &Each<Option<Amount>>) -> Vec<String> {
    let named = |resource: usize| amounts[resource].as_ref().map(|it| format!("{}: {}", RESOURCES[resource], it.text));
    let mut keys: Vec<String> = (0..3).filter_map(named).collect();
    let resources: Vec<String> = (3..6).filter_map(named).collect();
    if !resources.is_empty() {
        keys.push(format!("resources: {{{}}}", resources.join(", ")));
    }
    keys
}

/// What had better not be passed, as a document says it.
fn targets(targets: &Each<Option<(&'static str, u64)>>) -> Option<String> {
    let said = |of: std::ops::Range<usize>| -> Vec<String> {
        of.filter_map(|resource| Some(format!("{}: {}", RESOURCES[resource], targets[resource]?.0))).collect()
    };
    let (mut all, named) = (said(0..3), said(3..6));
    if !named.is_empty() {
        all.push(format!("resources: {{{}}}", named.join(", ")));
    }
    (!all.is_empty()).then(|| format!("target: {{{}}}", all.join(", ")))
}

/// A wish of a container as a document says it.
fn preferred(wish: &Prefer, weight: Option<u64>) -> String {
    let said = match wish {
        Prefer::On(text, _) => format!("on: {text}"),
        Prefer::Apart(over) => format!("apart: {over}"),
        Prefer::Spread(over, None) => format!("spread: {over}"),
        Prefer::Spread(over, Some(skew)) => format!("spread: {{over: {over}, skew: {skew}}}"),
    };
    let weight = weight.map_or_else(String::new, |weight| format!(", weight: {weight}"));
    format!("{{{said}{weight}}}")
}

/// A reserve as a document says it.
fn written(kept: &Kept) -> String {
    match kept {
        Kept::Amount(amount) => amount.text.clone(),
        Kept::Percent(written, _) => (*written).to_owned(),
        Kept::Sum(amount, percent, tenths) if tenths % 2 == 0 => format!("{} + {percent}", amount.text),
        Kept::Sum(amount, percent, _) => format!("{percent}+{}", amount.text),
    }
}
