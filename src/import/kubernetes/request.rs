//! What a pod asks for and may take: containers and sidecars together, or its largest init step.

use std::collections::HashMap;

use super::fields::{at, entries, list, own, text, wrong};
use super::nodes::unit;
use super::objects::Object;
use super::words::Resources;
use crate::diagnostic::{Place, quoted};
use crate::document::tree::Node;
use crate::import::amounts::kubernetes;
use crate::import::found::{Figure, Figures, Found};
use crate::quantity::{LARGEST_AMOUNT, Resource};

/// What the containers of a namespace ask for and may take where they do not say.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    request: Figures,
    limit: Figures,
}

/// What pods ask for and may take.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// What gates.
    pub request: Figures,
    /// The ceiling.
    pub limit: Figures,
}

/// Reads amounts.
pub struct Amounts<'a> {
    /// What the resources are called.
    pub resources: &'a mut Resources,
    /// What goes wrong.
    pub found: &'a mut Found,
}

impl Amounts<'_> {
    /// The defaults that a `LimitRange` gives the containers of its namespace.
    pub fn defaults(&mut self, object: &Object, defaults: &mut Defaults) {
        for item in list(&object.node, &["spec", "limits"]) {
            if text(item, &["type"]) != Some("Container") {
                continue;
            }
            let mut of = |key: &str| self.of(&format!("{}: {key}", object.name), at(item, &[key]));
            let (mut limit, mut request, most, least) = (of("default"), of("defaultRequest"), of("max"), of("min"));
            // As the API fills them in.
            fill(&mut limit, &most);
            fill(&mut request, &limit);
            fill(&mut request, &least);
            fill(&mut defaults.limit, &limit);
            fill(&mut defaults.request, &request);
        }
    }

    /// The amounts of a map.
    pub fn of(&mut self, what: &str, node: Option<&Node>) -> Figures {
        let mut figures = Figures::new();
        for entry in node.map_or(&[][..], |node| entries(node, &[])) {
            let what = || format!("{what}: {}", entry.key);
            let Some(text) = own(&entry.value) else {
                self.found.refuse(what(), format!("must be an amount, not {}", entry.value.kind_name()), entry.at);
                continue;
            };
            let at = entry.value.at;
            let resource = match self.resources.of(&entry.key) {
                Ok(Resource::Containers) => {
                    self.found.refuse(what(), "is nothing that a container asks for", at);
                    continue;
                }
                Ok(resource) => resource,
                Err(reason) => {
                    self.found.refuse(what(), reason, at);
                    continue;
                }
            };
            match kubernetes(text, unit(&resource), true, &resource) {
                Ok(value) => {
                    if resource.is_bytes() && value > 0 && text.ends_with('m') {
                        let message =
                            format!("{} of {} is a thousandth of a byte each to Kubernetes", quoted(text), what());
                        self.found.note(message, at);
                    }
                    figures.insert(resource, Figure { value, at });
                }
                Err(reason) => self.found.refuse(what(), wrong(text, &reason), at),
            }
        }
        figures
    }

    /// One container of a pod.
    fn container(&mut self, who: &str, container: &Node, defaults: Option<&Defaults>) -> Asked {
        let what = format!("{who}: {}", text(container, &["name"]).unwrap_or("container"));
        let mut limit = self.of(&format!("{what}: limits"), at(container, &["resources", "limits"]));
        let mut request = self.of(&format!("{what}: requests"), at(container, &["resources", "requests"]));
        fill(&mut request, &limit);
        if let Some(defaults) = defaults {
            fill(&mut limit, &defaults.limit);
            fill(&mut request, &defaults.request);
        }
        Asked { request, limit }
    }

    /// A whole pod. What only some of its containers ask for counts as none of the others, which is said.
    pub fn pod(
        &mut self,
        (who, place): (&str, Place),
        spec: &Node,
        defaults: Option<&Defaults>,
        overhead: Option<&Node>,
    ) -> Asked {
        let mut running: Vec<Asked> =
            list(spec, &["containers"]).iter().map(|one| self.container(who, one, defaults)).collect();
        let mut sidecars = Asked::default();
        let mut steps = Asked::default();
        for one in list(spec, &["initContainers"]) {
            let mut own = self.container(who, one, defaults);
            if text(one, &["restartPolicy"]) == Some("Always") {
                add(&mut sidecars.request, &own.request);
                add(&mut sidecars.limit, &own.limit);
                running.push(own);
                own = sidecars.clone();
            } else {
                add(&mut own.request, &sidecars.request);
                // A step that may take whatever it likes says nothing of the rest.
                for (resource, figure) in &mut own.limit {
                    let beside = sidecars.limit.get(resource).map_or(0, |figure| figure.value);
                    figure.value = figure.value.saturating_add(beside);
                }
            }
            most(&mut steps.request, &own.request);
            most(&mut steps.limit, &own.limit);
        }
        let mut all = Asked::default();
        for one in &running {
            add(&mut all.request, &one.request);
            add(&mut all.limit, &one.limit);
        }
        // Only where each has a ceiling have they one together.
        all.limit.retain(|resource, _| running.iter().all(|one| one.limit.contains_key(resource)));
        let ceilings: Vec<Resource> = all.limit.keys().cloned().collect();
        most(&mut all.request, &steps.request);
        most(&mut all.limit, &steps.limit);
        all.limit.retain(|resource, _| ceilings.contains(resource));
        let whole = self.whole(who, spec, &mut all);
        self.partly((who, place), &running, &whole);
        let overhead = self.of(&format!("{who}: overhead"), at(spec, &["overhead"]).or(overhead));
        for figures in [&mut all.request, &mut all.limit] {
            for (resource, figure) in figures.iter_mut() {
                let over = overhead.get(resource).map_or(0, |figure| figure.value);
                figure.value = figure.value.saturating_add(over);
            }
        }
        self.settled(who, all)
    }

    /// What a pod says of itself as a whole stands for what its containers say. Gives what it says.
    fn whole(&mut self, who: &str, spec: &Node, all: &mut Asked) -> Figures {
        let limit = self.of(&format!("{who}: limits"), at(spec, &["resources", "limits"]));
        let mut request = self.of(&format!("{who}: requests"), at(spec, &["resources", "requests"]));
        for (resource, figure) in &limit {
            if !request.contains_key(resource) && !all.request.contains_key(resource) {
                request.insert(resource.clone(), *figure);
            }
        }
        all.request.extend(request.clone());
        all.limit.extend(limit);
        request
    }

    /// Says where only some of the containers ask for something.
    fn partly(&mut self, (who, place): (&str, Place), running: &[Asked], whole: &Figures) {
        for resource in [Resource::Cpu, Resource::Memory] {
            let asking = running.iter().filter(|one| one.request.contains_key(&resource)).count();
            if asking > 0 && asking < running.len() && !whole.contains_key(&resource) {
                let (silent, of) = (running.len() - asking, running.len());
                let verb = if silent == 1 { "asks" } else { "ask" };
                let name = resource.name();
                let who = quoted(who);
                let message =
                    format!("{silent} of {of} containers of {who} {verb} for no {name}, which counts as none");
                self.found.note(message, place);
            }
        }
    }

    /// Without what says nothing: named resources of which none is asked for, ceilings below what is asked for, amounts
    /// that are too large.
    fn settled(&mut self, who: &str, mut all: Asked) -> Asked {
        let found = &mut *self.found;
        all.request.retain(|resource, figure| {
            let fits = figure.value <= LARGEST_AMOUNT;
            if !fits {
                found.refuse(format!("{who}: {}", resource.name()), "is above the limit of one amount", figure.at);
            }
            fits && (figure.value > 0 || !resource.is_named())
        });
        let request = &all.request;
        // What is counted by ones is asked for as its limit says.
        all.limit.retain(|resource, figure| {
            let asked = request.get(resource).map_or(0, |figure| figure.value);
            !resource.is_named() && figure.value >= asked && figure.value > 0 && figure.value <= LARGEST_AMOUNT
        });
        all
    }
}

/// Takes what is missing from others.
fn fill(figures: &mut Figures, others: &Figures) {
    for (resource, figure) in others {
        figures.entry(resource.clone()).or_insert(*figure);
    }
}

fn add(figures: &mut Figures, others: &Figures) {
    for (resource, figure) in others {
        let there = figures.entry(resource.clone()).or_insert(Figure { value: 0, at: figure.at });
        there.value = there.value.saturating_add(figure.value);
    }
}

fn most(figures: &mut Figures, others: &Figures) {
    for (resource, figure) in others {
        let there = figures.entry(resource.clone()).or_insert(*figure);
        if figure.value > there.value {
            *there = *figure;
        }
    }
}

/// What each runtime class takes beside the containers of a pod.
pub fn overheads(objects: &[Object]) -> HashMap<String, Node> {
    let classes = objects.iter().filter(|object| object.kind == "RuntimeClass");
    classes.filter_map(|it| Some((it.name.clone(), at(&it.node, &["overhead", "podFixed"])?.clone()))).collect()
}
