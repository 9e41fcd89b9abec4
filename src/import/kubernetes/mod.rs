//! Kubernetes: manifests of many documents, and what `kubectl get -o json` or `-o yaml` writes. Namespaces become
//! startups, pods containers, nodes hosts.

mod bonds;
mod demand;
mod fields;
mod metrics;
mod nodes;
mod objects;
mod place;
mod request;
mod words;
mod workloads;

use std::collections::{BTreeMap, BTreeSet, HashMap};

pub use self::objects::template_at;

use super::Asked;
use super::found::{Container, Count, Figure, Found, Member, Project};
use super::json::Json;
use super::texts::large_json;
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::findings::Findings;
use crate::document::reading::text_of;
use crate::document::tree::{Node, parse_foreign};
use crate::document::{Problems, Source};
use crate::quantity::{Resource, shorten};
use bonds::{Binder, Pods};
use demand::Demand;
use fields::{list, text};
use nodes::Nodes;
use objects::Object;
use place::Placer;
use request::{Amounts, Defaults};
use words::{Labels, Resources};
use workloads::Workload;

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or that has no object of Kubernetes.
pub fn read(asked: &Asked) -> Result<(Found, Vec<Source>), Problems> {
    let (roots, sources) = roots(asked)?;
    let mut found = Found::default();
    let objects = objects::collect(&roots, &mut found);
    let top = Place { file: 0, line: 1, column: 1, length: 0 };
    let objects = objects.and_then(|all| if all.is_empty() && found.refused.is_empty() { Err(top) } else { Ok(all) });
    let mut objects = match objects {
        Ok(objects) => objects,
        Err(at) => {
            let diagnostic = Diagnostic::new(Code::MissingKey, at, "there is no object of Kubernetes");
            let diagnostic =
                diagnostic.help("an object has `apiVersion` and `kind`; another format is named before the file");
            return Err(Problems { diagnostics: vec![diagnostic], sources });
        }
    };
    one_default(&mut objects);
    let beside = beside(asked);
    let mut labels = Labels::new(nodes::raw_labels(&objects).chain(nodes::raw_labels(&beside)));
    let (mut resources, mut nodes) = (Resources::default(), Nodes::default());
    nodes::read(&objects, &mut labels, &mut resources, &mut nodes, &mut found);
    nodes::read(&beside, &mut labels, &mut resources, &mut nodes, &mut Found::default());
    if let Some(document) = asked.into {
        nodes.with_document(&document.resolve_before_more()?.layout);
    }
    let workloads = workloads::read(&objects, &mut found);
    workloads::others(&objects, &mut found);
    metrics::read(&objects, &mut found);
    let pods = Scene {
        objects: &objects,
        resources: &mut resources,
        labels: &mut labels,
        nodes: &mut nodes,
        found: &mut found,
    }
    .containers(workloads);
    Binder::new(&pods, &objects, &mut nodes, &mut labels, &mut found).bind();
    finish(&labels, &mut found);
    Ok((found, sources))
}

/// The documents of all files.
fn roots(asked: &Asked) -> Result<(Vec<Node>, Vec<Source>), Problems> {
    let (mut sources, mut wrong, mut roots) = (Vec::new(), Findings::default(), Vec::new());
    for given in &asked.files {
        if let Some(large) = large_json(given, &mut sources) {
            roots.extend(large);
            continue;
        }
        let mut own = Findings::default();
        let Some((file, text)) = text_of(&given.name, &given.bytes, &mut sources, &mut wrong) else { continue };
        let tree = trees(text, file, &mut own);
        match (own.has_errors(), template_at(text, file)) {
            (true, Some(at)) => wrong.push(template(at)),
            _ => wrong.extend(&own),
        }
        roots.extend(tree);
    }
    match wrong.has_errors() {
        true => Err(Problems { diagnostics: wrong.into_sorted(), sources }),
        false => Ok((roots, sources)),
    }
}

/// The documents of a file. What begins as JSON is read as that, which is faster, and as YAML where it is none.
fn trees(text: &str, file: u32, wrong: &mut Findings) -> Vec<Node> {
    let json = text.trim_start().starts_with('{').then(|| Json::new(text, file).and_then(|mut json| json.trees()));
    match json {
        Some(Ok(roots)) => roots,
        _ => parse_foreign(text, file, wrong).map(|tree| tree.roots).unwrap_or_default(),
    }
}

/// The nodes of files that are read for their hosts: here they say who may run where.
fn beside(asked: &Asked) -> Vec<Object> {
    let (mut sources, mut wrong) = (Vec::new(), Findings::default());
    let mut objects = Vec::new();
    for given in &asked.hosts {
        let text = text_of(&given.name, &given.bytes, &mut sources, &mut wrong);
        let roots = text.map(|(file, text)| trees(text, file, &mut wrong)).unwrap_or_default();
        objects.extend(objects::collect(&roots, &mut Found::default()).into_iter().flatten());
    }
    objects
}

/// What is said of a template.
pub fn template(at: Place) -> Diagnostic {
    let message = "this is a Helm template, which is no YAML before its values are in it";
    Diagnostic::new(Code::Syntax, at, message).help("run `helm template` first, and import what it writes")
}

/// What says no namespace is in the one called `default` where that is said, too.
fn one_default(objects: &mut [Object]) {
    const DEFAULT: &str = "default";
    let said = |object: &Object| object.namespace.as_deref() == Some(DEFAULT);
    if objects.iter().any(said) {
        for object in objects {
            object.namespace.get_or_insert_with(|| DEFAULT.to_owned());
        }
    }
}

struct Scene<'a> {
    objects: &'a [Object],
    resources: &'a mut Resources,
    labels: &'a mut Labels,
    nodes: &'a mut Nodes,
    found: &'a mut Found,
}

/// What makes pods without their controller one container: namespace, kind and name of the controller, and what they ask
/// for.
type Alike = (Option<String>, String, String, Vec<(Resource, u64)>, Vec<(Resource, u64)>);

impl Scene<'_> {
    /// The containers of all projects. Gives what binds them.
    fn containers(&mut self, workloads: Vec<Workload>) -> Vec<Pods> {
        let defaults = self.defaults();
        let overheads = request::overheads(self.objects);
        let mut positions: HashMap<Option<String>, usize> = HashMap::new();
        let mut alike: HashMap<Alike, usize> = HashMap::new();
        let mut all: Vec<(Workload, Demand, Container, usize)> = Vec::new();
        for workload in workloads {
            let who = workload.name.as_str();
            let of_class = text(&workload.spec, &["runtimeClassName"]).and_then(|class| overheads.get(class));
            let given = defaults.get(&workload.namespace).filter(|_| !workload.runs);
            let mut amounts = Amounts { resources: self.resources, found: self.found };
            let figures = amounts.pod((who, workload.at), &workload.spec, given, of_class);
            let mut container = Container::new(who, workload.at);
            (container.request, container.limit) = (figures.request, figures.limit);
            container.count = workload.count;
            container.image = image(&workload.spec);
            container.runs_on.clone_from(&workload.runs_on);
            if self.merged(&workload, &container, &mut alike, &mut all) {
                continue;
            }
            self.remarks(&workload);
            let demand = self.demand(&workload);
            let count = positions.len();
            let project = *positions.entry(workload.namespace.clone()).or_insert(count);
            if project == self.found.projects.len() {
                let name = workload.namespace.clone().map(|name| (name, workload.at));
                self.found.projects.push(Project { name, ..Project::default() });
            }
            all.push((workload, demand, container, project));
        }
        self.placed(all)
    }

    /// Whether it is a pod like one before, of one controller: then there is one more of that.
    fn merged(
        &mut self,
        workload: &Workload,
        container: &Container,
        alike: &mut HashMap<Alike, usize>,
        all: &mut [(Workload, Demand, Container, usize)],
    ) -> bool {
        let Some((kind, name)) = workload.owner.clone() else { return false };
        let every = workload.count == Count::EveryHost;
        let amounts = |figures: &super::found::Figures| {
            let figures = figures.iter().filter(|_| !every);
            figures.map(|(resource, figure)| (resource.clone(), figure.value)).collect::<Vec<_>>()
        };
        let key = (workload.namespace.clone(), kind, name, amounts(&container.request), amounts(&container.limit));
        let position = *alike.entry(key).or_insert(all.len());
        let Some((_, _, there, _)) = all.get_mut(position) else { return false };
        there.runs_on.extend(container.runs_on.iter().cloned());
        match &mut there.count {
            Count::Replicas(count) => *count += 1,
            // On each host there is one, the largest of which all are taken for.
            Count::EveryHost => {
                for (resource, figure) in &container.request {
                    let most = there.request.entry(resource.clone()).or_insert(*figure);
                    most.value = most.value.max(figure.value);
                }
                there.limit.retain(|resource, figure| match container.limit.get(resource) {
                    Some(other) => {
                        figure.value = figure.value.max(other.value);
                        true
                    }
                    None => false,
                });
            }
        }
        true
    }

    /// What the pods of something demand of their hosts.
    fn demand(&mut self, workload: &Workload) -> Demand {
        let mut wrong = Vec::new();
        let mut demand = demand::read(&workload.spec, workload.runs, self.labels, &mut wrong);
        if workload.runs && workload.count == Count::EveryHost {
            demand::without_host(&mut demand);
        }
        for (reason, at) in wrong {
            self.found.refuse(format!("{}: affinity", workload.name), reason, at);
        }
        // Where it must be spread over a label, or beside something, hosts without that label are no choice.
        let spread = list(&workload.spec, &["topologySpreadConstraints"]).iter();
        let spread = spread.filter(|one| text(one, &["whenUnsatisfiable"]) != Some("ScheduleAnyway"));
        let beside = ["affinity", "podAffinity", "requiredDuringSchedulingIgnoredDuringExecution"];
        for one in spread.chain(list(&workload.spec, &beside)) {
            if let Some(key) = text(one, &["topologyKey"]).filter(|key| *key != words::HOSTNAME) {
                demand.keys.insert(self.labels.spoken(key));
            }
        }
        demand
    }

    /// Says where each may run.
    fn placed(&mut self, all: Vec<(Workload, Demand, Container, usize)>) -> Vec<Pods> {
        let mut placer = Placer::new(self.nodes, self.labels, self.found);
        let mut pods = Vec::new();
        for (workload, demand, mut container, project) in all {
            let every = container.count == Count::EveryHost;
            if every && !placer.nodes.all.is_empty() && placer.nodes.allowed(&demand).is_empty() {
                let reason = "no host has the labels that it asks for, and no taint that it does not tolerate";
                placer.found.refuse(workload.name, reason, workload.at);
                continue;
            }
            container.place = placer.place((&workload.name, workload.at), &workload.spec, &demand, every);
            let Some(of) = placer.found.projects.get_mut(project) else { continue };
            pods.push(Pods {
                member: Member { project, container: of.containers.len(), replica: None },
                name: workload.name,
                namespace: workload.namespace.unwrap_or_default(),
                labels: workload.labels,
                count: container.count,
                spec: workload.spec,
                demand,
            });
            of.containers.push(container);
        }
        pods
    }

    /// The defaults of each namespace.
    fn defaults(&mut self) -> HashMap<Option<String>, Defaults> {
        let mut all: HashMap<Option<String>, Defaults> = HashMap::new();
        let mut amounts = Amounts { resources: self.resources, found: self.found };
        for object in self.objects.iter().filter(|object| object.kind == "LimitRange" && object.group.is_empty()) {
            amounts.defaults(object, all.entry(object.namespace.clone()).or_default());
        }
        all
    }

    /// What pods use that is not counted.
    fn remarks(&mut self, workload: &Workload) {
        let claims = list(&workload.spec, &["resourceClaims"]);
        if let Some(first) = claims.first() {
            let reason = "devices that it claims are not counted";
            self.found.refuse(format!("{}: resourceClaims", workload.name), reason, first.at);
        }
    }
}

/// The image of a pod of one container.
fn image(spec: &Node) -> Option<String> {
    match list(spec, &["containers"]) {
        [one] => text(one, &["image"]).map(str::to_owned),
        _ => None,
    }
}

/// Resources that nobody has, and labels that are called otherwise.
fn finish(labels: &Labels, found: &mut Found) {
    let asked: BTreeMap<&Resource, &Figure> = found
        .projects
        .iter()
        .flat_map(|project| &project.containers)
        .flat_map(|container| &container.request)
        .filter(|(resource, _)| resource.is_named())
        .collect();
    let there: BTreeSet<&Resource> = found.hosts.iter().flat_map(|host| host.capacity.keys()).collect();
    let missing: Vec<(Resource, Place)> = asked
        .into_iter()
        .filter(|(resource, _)| !there.contains(resource))
        .map(|(resource, figure)| (resource.clone(), figure.at))
        .collect();
    for (resource, at) in missing {
        let Some(first) = found.hosts.first_mut() else { break };
        let message = format!("no node has any {}, which is asked for here", quoted(resource.name()));
        first.capacity.insert(resource, Figure { value: 0, at });
        found.note(message, at);
    }
    if !labels.spoken.is_empty() {
        const MOST: usize = 8;
        let shown = labels.spoken.iter().take(MOST).map(|(raw, name)| format!("{} is `{name}`", quoted(&shorten(raw))));
        let shown = shown.collect::<Vec<_>>().join(", ");
        let more = labels.spoken.len().saturating_sub(MOST);
        let rest = if more > 0 { format!(", and {more} more") } else { String::new() };
        found.note(format!("labels are called as a document can: {shown}{rest}"), Place::default());
    }
}
