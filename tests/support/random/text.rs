//! The document as text.

use super::*;

impl Spec {
    /// The document.
    pub fn text(&self) -> String {
        // What is written in one of several ways is so by chance, but by the same one each time.
        let mut random = Rng::with_seed(self.seed ^ 0x5eed);
        let mut text = format!("name: random {}\n", self.seed);
        self.write_hosts(&mut random, &mut text);
        self.write_startups(&mut random, &mut text);
        self.write_rules(&mut text);
        self.write_placement(&mut text);
        text
    }

    fn write_hosts(&self, random: &mut Rng, text: &mut String) {
        text.push_str("hosts:\n");
        for kind in &self.kinds {
            let _ = writeln!(text, "  {}:", kind.name);
            let mut keys = vec![format!("memory: {}", show_memory(random, kind.memory))];
            keys.extend(kind.count.map(|count| format!("count: {count}")));
            keys.extend(kind.millicores.map(|amount| format!("cpu: {amount}m")));
            keys.extend(kind.gigabytes.map(|amount| format!("disk: {amount}GB")));
            keys.extend(kind.takes.map(|most| format!("containers: {most}")));
            let mut named: Vec<String> = kind.gpus.map(|amount| format!("gpu: {amount}")).into_iter().collect();
            named.extend(kind.scratch.map(|amount| format!("scratch: {amount}GB")));
            if !named.is_empty() {
                keys.push(format!("resources: {{{}}}", named.join(", ")));
            }
            let mut reserve = Vec::new();
            if !kind.memory_reserve.0.is_empty() {
                reserve.push(format!("memory: {}", kind.memory_reserve.0));
            }
            if kind.cpu_reserve > 0 {
                reserve.push(format!("cpu: {}m", kind.cpu_reserve));
            }
            if !reserve.is_empty() {
                keys.push(format!("reserve: {{{}}}", reserve.join(", ")));
            }
            if kind.overcommit != 10 {
                keys.push(format!("overcommit: {{cpu: {}.{}}}", kind.overcommit / 10, kind.overcommit % 10));
            }
            let shelf = kind.shelf.map(|shelf| format!(", shelf: {shelf}")).unwrap_or_default();
            keys.push(format!("labels: {{arch: {}{shelf}}}", kind.arch));
            keys.push(format!("watts: {}", kind.watts));
            keys.push(format!("price: {}", kind.price.0));
            match kind.state {
                HostState::Up => {}
                HostState::Drain => keys.push("state: drain".to_owned()),
                HostState::Planned => keys.push("state: planned".to_owned()),
            }
            for key in keys {
                let _ = writeln!(text, "    {key}");
            }
        }
    }

    /// The first startup is made from a stack and changes it where it can; some sizes are named.
    fn write_startups(&self, random: &mut Rng, text: &mut String) {
        let named_size = one_in(random, 2);
        if named_size {
            let size = show_memory(random, self.services[0].memory);
            let _ = writeln!(text, "sizes:\n  first: {{memory: {size}, cpu: {}m}}", self.services[0].millicores);
        }
        let of_stack = one_in(random, 2);
        if of_stack {
            text.push_str("stacks:\n  web:\n");
            for service in self.services.iter().filter(|service| service.startup == 0) {
                // The stack says something else, which the startup then overrides.
                let _ = writeln!(text, "    {}: {{memory: 100GiB}}", service.name);
            }
        }
        text.push_str("startups:\n");
        for (startup, priority) in self.priorities.iter().enumerate() {
            let _ = writeln!(text, "  s{}:", startup + 1);
            if let Some(priority) = priority {
                let _ = writeln!(text, "    priority: {priority}");
            }
            if of_stack && startup == 0 {
                text.push_str("    stack: web\n");
            }
            text.push_str("    containers:\n");
            for (index, service) in self.services.iter().enumerate().filter(|(_, service)| service.startup == startup) {
                // Not where a stack says 100 GiB: what a container says wins over its size.
                let size = named_size && index == 0 && !of_stack;
                let _ = writeln!(text, "      {}: {{{}}}", service.name, self.keys(random, service, size));
            }
        }
    }

    fn keys(&self, random: &mut Rng, service: &Spelled, size: bool) -> String {
        let mut keys = Vec::new();
        if size {
            keys.push("size: first".to_owned());
        } else {
            keys.push(format!("memory: {}", show_memory(random, service.memory)));
            keys.push(format!("cpu: {}m", service.millicores));
        }
        keys.push(format!("disk: {}GB", service.gigabytes));
        let mut named = Vec::new();
        named.extend((service.gpus > 0).then(|| format!("gpu: {}", service.gpus)));
        named.extend((service.scratch > 0).then(|| format!("scratch: {}GB", service.scratch)));
        if !named.is_empty() {
            keys.push(format!("resources: {{{}}}", named.join(", ")));
        }
        keys.extend(service.replicas.map(|count| format!("replicas: {count}")));
        keys.extend(service.apart.map(|apart| format!("apart: {apart}")));
        keys.extend(service.spread.map(|(over, skew)| match skew {
            None => format!("spread: {over}"),
            Some(skew) => format!("spread: {{over: {over}, skew: {skew}}}"),
        }));
        keys.extend(service.on.as_ref().map(|(on, _)| format!("on: {on}")));
        keys.extend(service.every.as_ref().map(|(every, _)| format!("every: {every}")));
        if !service.needs.is_empty() {
            let short = |&need: &usize| {
                let need = &self.services[need];
                if need.startup == service.startup { need.name.to_owned() } else { need.id() }
            };
            keys.push(format!("needs: [{}]", service.needs.iter().map(short).collect::<Vec<_>>().join(", ")));
        }
        if one_in(random, 6) {
            keys.push("limit: {memory: 64GiB}".to_owned());
        }
        if one_in(random, 8) {
            keys.push("observed: {memory: 32GiB, source: docker stats, date: 2026-11-01}".to_owned());
        }
        keys.join(", ")
    }

    fn write_rules(&self, text: &mut String) {
        let ids: Vec<String> = self.services.iter().flat_map(Spelled::containers).collect();
        if !self.rules.is_empty() {
            text.push_str("rules:\n");
        }
        let startup_of: Vec<usize> = self.services.iter().flat_map(|it| vec![it.startup; it.count()]).collect();
        for (number, (kind, bound)) in self.rules.iter().enumerate() {
            // Within one startup it is the same.
            let one = bound.iter().all(|&container| startup_of[container] == startup_of[bound[0]]);
            let each = if one && (self.seed + number as u64).is_multiple_of(2) { ", each: startup" } else { "" };
            let names: Vec<&str> = bound.iter().map(|&container| ids[container].as_str()).collect();
            let names = names.join(", ");
            let _ = match kind {
                RuleKind::Together => writeln!(text, "  - {{together: [{names}]{each}}}"),
                RuleKind::AtMost { count, per } => {
                    writeln!(text, "  - at-most: {{count: {count}, per: {}, of: [{names}]}}", per.name())
                }
                _ => writeln!(text, "  - {{apart: [{names}]{each}}}"),
            };
        }
        if !self.goals.is_empty() {
            let name = |goal: &Goal| match (goal, &self.judges[..]) {
                (Goal::Balance, [one]) => format!("{{balance: {one}}}"),
                (Goal::Balance, [_, ..]) => format!("{{balance: [{}]}}", self.judges.join(", ")),
                _ => goal.name().to_owned(),
            };
            let names: Vec<String> = self.goals.iter().map(name).collect();
            let _ = writeln!(text, "goals: [{}]", names.join(", "));
        }
    }

    fn write_placement(&self, text: &mut String) {
        let ids: Vec<String> = self.services.iter().flat_map(Spelled::containers).collect();
        let mut content: BTreeMap<usize, Vec<&str>> = BTreeMap::new();
        for (id, host) in ids.iter().zip(&self.placement) {
            if let Some(host) = host {
                content.entry(*host).or_default().push(id);
            }
        }
        if !content.is_empty() {
            text.push_str("placement:\n");
        }
        let hosts: Vec<String> = self.kinds.iter().flat_map(Kind::hosts).collect();
        for (host, ids) in content {
            let _ = writeln!(text, "  {}: [{}]", hosts[host], ids.join(", "));
        }
    }
}

/// Quarters of a GiB in one of several ways of writing them.
fn show_memory(random: &mut Rng, quarters: u64) -> String {
    match random.usize(0..4) {
        0 => format!("{}MiB", quarters * 256),
        1 => format!("{}.{:02}GiB", quarters / 4, quarters % 4 * 25),
        2 => format!("{}B", quarters * QUARTER),
        _ => format!("{}m", quarters * 256),
    }
}
