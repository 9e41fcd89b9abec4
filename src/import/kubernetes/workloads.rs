//! Which objects run pods, how many, and which pods are those of a controller that stands there, too.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use super::demand::labels_of;
use super::fields::{at, is_true, list, own, text, wrong};
use super::objects::{Object, counted};
use crate::diagnostic::{Place, quoted};
use crate::document::tree::{Node, Value};
use crate::import::amounts::whole;
use crate::import::found::{Count, Found};

/// What runs pods that are alike.
#[derive(Clone, Debug)]
pub struct Workload {
    /// Its namespace, where one is said.
    pub namespace: Option<String>,
    /// Its name.
    pub name: String,
    /// Where that stands.
    pub at: Place,
    /// The spec of its pods.
    pub spec: Node,
    /// The labels of its pods.
    pub labels: BTreeMap<String, String>,
    /// How many there are.
    pub count: Count,
    /// The hosts on which they run.
    pub runs_on: Vec<(String, Place)>,
    /// For a pod that runs without its controller being there: the kind and name of that.
    pub owner: Option<(String, String)>,
    /// Whether it is a pod that runs, and not what one is made from.
    pub runs: bool,
}

/// How pods are made.
#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Replicated,
    Daemon,
    Job,
    Cron,
    Pod,
}

fn kind(object: &Object) -> Option<Kind> {
    Some(match (object.kind.as_str(), object.group.as_str()) {
        ("Deployment" | "StatefulSet" | "ReplicaSet", "apps" | "extensions") => Kind::Replicated,
        ("ReplicationController", "") | ("Rollout", "argoproj.io") | ("DeploymentConfig", "apps.openshift.io") => {
            Kind::Replicated
        }
        ("DaemonSet", "apps" | "extensions") => Kind::Daemon,
        ("Job", "batch") => Kind::Job,
        ("CronJob", "batch") => Kind::Cron,
        ("Pod", "") => Kind::Pod,
        // In a typed list they need not say their group.
        ("Deployment" | "StatefulSet" | "ReplicaSet", "") => Kind::Replicated,
        ("DaemonSet", "") => Kind::Daemon,
        ("Job", "") => Kind::Job,
        ("CronJob", "") => Kind::Cron,
        _ => return None,
    })
}

/// Whether an object runs pods.
pub fn runs_pods(object: &Object) -> bool {
    kind(object).is_some()
}

type Key<'o> = (&'o str, Option<&'o str>, &'o str);

struct Reader<'o, 'f> {
    objects: &'o [Object],
    /// Controllers by kind, namespace and name.
    listed: HashMap<Key<'o>, usize>,
    /// The replicas that an autoscaler keeps of something at the least, and at the most.
    scaled: HashMap<Key<'o>, (u64, u64, Place)>,
    found: &'f mut Found,
    /// What is part of something that is listed, or has finished, and the first of these.
    passed: [(usize, Place); 4],
}

/// What runs pods, in the order of the files; what cannot be carried over is refused.
pub fn read(objects: &[Object], found: &mut Found) -> Vec<Workload> {
    let mut reader =
        Reader { objects, listed: HashMap::new(), scaled: HashMap::new(), found, passed: Default::default() };
    reader.index();
    // The workload of each object that has one.
    let mut workloads: Vec<(usize, Workload)> = Vec::new();
    let mut of_object: HashMap<usize, usize> = HashMap::new();
    let mut pods = Vec::new();
    let mut names = HashSet::new();
    for (position, object) in objects.iter().enumerate() {
        match kind(object) {
            None => {}
            Some(Kind::Pod) if names.insert(key(object)) => pods.push(position),
            Some(Kind::Pod) => {
                reader.refuse(object, "stands here a second time: the first is taken".to_owned(), object.at);
            }
            Some(kind) => {
                if let Some(workload) = reader.controller(position, object, kind) {
                    of_object.insert(position, workloads.len());
                    workloads.push((position, workload));
                }
            }
        }
    }
    for position in pods {
        let Some(object) = objects.get(position) else { continue };
        if let Some(owner) = reader.top(object) {
            reader.pass(PART, object);
            let runs_on = runs_on(object);
            let of = of_object.get(&owner).and_then(|at| workloads.get_mut(*at));
            if let (Some((_, workload)), Some(host), false) = (of, runs_on, is_finished(object)) {
                workload.runs_on.push(host);
            }
        } else if is_finished(object) {
            reader.pass(FINISHED, object);
        } else if let Some(pod) = reader.pod(object) {
            workloads.push((position, pod));
        }
    }
    reader.say_passed();
    // Those that run may be fewer than are wanted, or just now more.
    for (_, workload) in &mut workloads {
        if let Count::Replicas(replicas) = workload.count {
            workload.runs_on.truncate(usize::try_from(replicas).unwrap_or(usize::MAX));
        }
    }
    workloads.sort_by_key(|(position, _)| *position);
    workloads.into_iter().map(|(_, workload)| workload).collect()
}

const PART: usize = 0;
const FINISHED: usize = 1;
const BETWEEN: usize = 2;
const OF_CRON: usize = 3;

impl<'o> Reader<'o, '_> {
    fn index(&mut self) {
        for (position, object) in self.objects.iter().enumerate() {
            if kind(object).is_some_and(|kind| kind != Kind::Pod) {
                self.listed.entry(key(object)).or_insert(position);
            }
            if object.kind == "HorizontalPodAutoscaler" {
                let target = |key: &str| text(&object.node, &["spec", "scaleTargetRef", key]);
                let (Some(kind), Some(name)) = (target("kind"), target("name")) else { continue };
                let number = |key: &str| text(&object.node, &["spec", key]).and_then(|text| text.parse::<u64>().ok());
                let least = number("minReplicas").unwrap_or(1);
                let most = number("maxReplicas").unwrap_or(least);
                let of: Key<'o> = (kind, object.namespace.as_deref(), name);
                self.scaled.entry(of).or_insert((least, most, object.at));
            }
        }
    }

    fn pass(&mut self, why: usize, object: &Object) {
        if let Some((count, at)) = self.passed.get_mut(why) {
            if *count == 0 {
                *at = object.at;
            }
            *count += 1;
        }
    }

    fn say_passed(&mut self) {
        let [part, finished, between, of_cron] = self.passed;
        for ((count, at), one, many) in [
            (part, "pod is that of a controller that is imported", "pods are those of controllers that are imported"),
            (finished, "pod or job has finished, and takes nothing", "pods and jobs have finished, and take nothing"),
            (
                between,
                "controller is that of another that is imported",
                "controllers are those of others that are imported",
            ),
            (of_cron, "job is that of a cron job that is imported", "jobs are those of cron jobs that are imported"),
        ] {
            if count > 0 {
                let verb = if count == 1 { one } else { many };
                self.found.note(format!("{count} {verb}"), at);
            }
        }
    }

    /// The controller of an object that stands there, too, by whatever is between.
    fn top(&self, object: &Object) -> Option<usize> {
        let mut top = self.listed_owner(object)?;
        for _ in 0..8 {
            match self.objects.get(top).and_then(|object| self.listed_owner(object)) {
                Some(above) if above != top => top = above,
                _ => break,
            }
        }
        Some(top)
    }

    fn listed_owner(&self, object: &Object) -> Option<usize> {
        let (kind, name) = object.owner()?;
        let namespace = object.namespace.as_deref();
        if let Some(listed) = self.listed.get(&(kind, namespace, name)) {
            return Some(*listed);
        }
        // What is between is not there: it is named after what is above.
        let above = match kind {
            "ReplicaSet" => ("Deployment", before_hash(object, name)?),
            "Job" => ("CronJob", name.rsplit_once('-')?.0),
            "ReplicationController" => ("DeploymentConfig", name.rsplit_once('-')?.0),
            _ => return None,
        };
        self.listed.get(&(above.0, namespace, above.1)).copied()
    }

    fn controller(&mut self, position: usize, object: &'o Object, kind: Kind) -> Option<Workload> {
        if self.listed.get(&key(object)) != Some(&position) {
            let first = self.listed.get(&key(object)).and_then(|at| self.objects.get(*at));
            if first.is_some_and(|first| first.node.is_alike(&object.node)) {
                self.found.note(format!("{} stands here a second time", quoted(&object.name)), object.at);
            } else {
                self.refuse(object, "stands here a second time: the first is taken".to_owned(), object.at);
            }
            return None;
        }
        if self.listed_owner(object).is_some() {
            self.pass(if kind == Kind::Job { OF_CRON } else { BETWEEN }, object);
            return None;
        }
        let (count, template) = match self.count(object, kind) {
            Ok(Some(count)) => (count, template(object, kind)),
            Ok(None) => return None,
            Err((reason, at)) => {
                self.refuse(object, reason, at);
                return None;
            }
        };
        let spec = template.and_then(|template| at(template, &["spec"]));
        let (Some(template), Some(spec)) = (template, spec) else {
            self.refuse(object, "says nothing of its pods: it has no `template`".to_owned(), object.at);
            return None;
        };
        self.workload(object, template, spec, count)
    }

    fn workload(&mut self, object: &Object, template: &Node, spec: &Node, count: Count) -> Option<Workload> {
        let hook = text(&object.node, &["metadata", "annotations", "helm.sh/hook"]).unwrap_or("");
        if hook.split(',').any(|hook| hook.trim().starts_with("test")) {
            self.refuse(object, "is a test of Helm, which runs when somebody asks for it".to_owned(), object.at);
            return None;
        }
        if list(spec, &["containers"]).is_empty() {
            self.refuse(object, "has no `containers`".to_owned(), spec.at);
            return None;
        }
        Some(Workload {
            namespace: object.namespace.clone(),
            name: object.name.clone(),
            at: object.at,
            spec: spec.clone(),
            labels: labels_of(template, &["metadata", "labels"]),
            count,
            runs_on: Vec::new(),
            owner: None,
            runs: false,
        })
    }

    fn pod(&mut self, object: &'o Object) -> Option<Workload> {
        let Some(spec) = at(&object.node, &["spec"]) else {
            self.refuse(object, "has no `spec`".to_owned(), object.at);
            return None;
        };
        let mut workload = self.workload(object, &object.node, spec, Count::Replicas(1))?;
        workload.runs = at(&object.node, &["status"]).is_some();
        if workload.runs {
            workload.runs_on.extend(runs_on(object));
        }
        match object.owner() {
            // The node's own: it runs there and nowhere else.
            Some(("Node", _)) => workload.runs = false,
            Some((kind, name)) => {
                let plain = if kind == "ReplicaSet" { before_hash(object, name).unwrap_or(name) } else { name };
                plain.clone_into(&mut workload.name);
                if kind == "DaemonSet" {
                    workload.count = Count::EveryHost;
                }
                workload.owner = Some((kind.to_owned(), name.to_owned()));
            }
            None => {}
        }
        Some(workload)
    }

    fn refuse(&mut self, object: &Object, reason: String, at: Place) {
        self.found.refuse(&*object.name, reason, at);
    }

    /// How many there are; `None` where it has finished.
    fn count(&mut self, object: &'o Object, kind: Kind) -> Result<Option<Count>, (String, Place)> {
        let number = |path: &[&str]| -> Result<Option<(u64, Place)>, (String, Place)> {
            let Some(node) = at(&object.node, path) else { return Ok(None) };
            let text = own(node).unwrap_or("");
            let reason = |why: String| format!("how many there are is not known: {}", wrong(text, &why));
            whole(text).map(|number| Some((number, node.at))).map_err(|why| (reason(why), node.at))
        };
        let some = |count: Option<(u64, Place)>| match count {
            Some((0, at)) => Err(("is switched off: no replicas".to_owned(), at)),
            Some((count, _)) => Ok(Some(Count::Replicas(count))),
            None => Ok(Some(Count::Replicas(1))),
        };
        match kind {
            Kind::Daemon => Ok(Some(Count::EveryHost)),
            Kind::Pod => Ok(Some(Count::Replicas(1))),
            Kind::Replicated => {
                let said = number(&["spec", "replicas"])?;
                let Some((least, most, at)) = self.scaled.get(&key(object)).copied() else { return some(said) };
                let count = some(said.or(Some((least, at))))?;
                let name = quoted(&object.name);
                if said.is_none() {
                    let message = format!("{name} says no `replicas`: the {least} of its autoscaler are taken");
                    self.found.note(message, at);
                }
                if let Some(Count::Replicas(count)) = count
                    && most > count
                {
                    self.found.note(format!("{name} may grow to {most} replicas, for which no room is kept"), at);
                }
                Ok(count)
            }
            Kind::Job | Kind::Cron => {
                let base: &[&str] = if kind == Kind::Cron { &["spec", "jobTemplate", "spec"] } else { &["spec"] };
                if let Some(node) = at(&object.node, &["spec", "suspend"])
                    && is_true(&object.node, &["spec", "suspend"])
                {
                    return Err(("is suspended".to_owned(), node.at));
                }
                if kind == Kind::Job && is_over(object) {
                    self.pass(FINISHED, object);
                    return Ok(None);
                }
                let path = |key: &'static str| [base, &[key]].concat();
                let (parallel, complete) = (number(&path("parallelism"))?, number(&path("completions"))?);
                // No more run at once than are to be done.
                let count = match (parallel, complete) {
                    (Some(parallel), Some(complete)) => Some(parallel.min(complete)),
                    (None, Some((0, at))) => Some((0, at)),
                    (parallel, _) => parallel,
                };
                some(count)
            }
        }
    }
}

fn key(object: &Object) -> Key<'_> {
    (&object.kind, object.namespace.as_deref(), &object.name)
}

fn template(object: &Object, kind: Kind) -> Option<&Node> {
    match kind {
        Kind::Cron => at(&object.node, &["spec", "jobTemplate", "spec", "template"]),
        Kind::Pod => Some(&object.node),
        _ => at(&object.node, &["spec", "template"]),
    }
}

/// The name of a deployment, from that of its replica set.
fn before_hash<'n>(pod: &Object, name: &'n str) -> Option<&'n str> {
    let hash = text(&pod.node, &["metadata", "labels", "pod-template-hash"])?;
    name.strip_suffix(hash)?.strip_suffix('-').filter(|name| !name.is_empty())
}

/// The host that a pod runs on.
fn runs_on(pod: &Object) -> Option<(String, Place)> {
    let node = at(&pod.node, &["spec", "nodeName"])?;
    Some((own(node).filter(|name| !name.is_empty())?.to_owned(), node.at))
}

fn is_finished(pod: &Object) -> bool {
    matches!(text(&pod.node, &["status", "phase"]), Some("Succeeded" | "Failed"))
}

fn is_over(job: &Object) -> bool {
    let over = |node: &Node| {
        matches!(text(node, &["type"]), Some("Complete" | "Failed")) && text(node, &["status"]) == Some("True")
    };
    list(&job.node, &["status", "conditions"]).iter().any(over)
}

/// Whether something within says containers.
fn has_pods(node: &Node) -> bool {
    match &node.value {
        Value::Map(entries) => entries.iter().any(|entry| {
            let is_list = matches!(&entry.value.value, Value::List(list) if !list.is_empty());
            &*entry.key == "containers" && is_list || has_pods(&entry.value)
        }),
        Value::List(list) => list.iter().any(has_pods),
        _ => false,
    }
}

/// What runs no pods: counted by kind, and refused where an operator makes pods of it that do not stand there.
pub fn others(objects: &[Object], found: &mut Found) {
    let owners: HashSet<(&str, &str)> = objects.iter().filter_map(Object::owner).collect();
    let mut counts: Vec<(String, usize)> = Vec::new();
    let mut positions: HashMap<&str, usize> = HashMap::new();
    let mut first = None;
    let mut claims = None;
    let mut quotas: BTreeSet<&str> = BTreeSet::new();
    let is_read =
        |object: &Object| runs_pods(object) || super::nodes::is_node(object) || super::metrics::is_of_pod(object);
    for object in objects.iter().filter(|object| !is_read(object)) {
        let has_pods = !object.is_built_in() && at(&object.node, &["spec"]).is_some_and(has_pods);
        let number = |key: &str| text(&object.node, &["spec", key]).and_then(|text| text.parse::<u64>().ok());
        let many = number("replicas").or_else(|| number("instances")).is_some_and(|count| count > 0)
            || object.group == "kubevirt.io";
        let is_owner = owners.contains(&(object.kind.as_str(), object.name.as_str()));
        if !object.is_built_in() && (has_pods || many) && !is_owner {
            let kind = crate::quantity::shorten(&object.kind);
            let reason = format!(
                "is a {kind}, of which an operator makes pods: import those, as `kubectl get pods -A -o json` has them"
            );
            found.refuse(&*object.name, reason, object.at);
            continue;
        }
        first.get_or_insert(object.at);
        if object.kind == "PersistentVolumeClaim" && object.is_built_in() {
            claims.get_or_insert(object.at);
        }
        if object.kind == "ResourceQuota" && quotas.insert(object.namespace.as_deref().unwrap_or("")) {
            let whose = object.namespace.as_deref().map_or_else(|| "all".to_owned(), quoted);
            let message = format!("the quota of {whose} is not carried over: what is imported may be more");
            found.note(message, object.at);
        }
        match positions.get(object.kind.as_str()).and_then(|at| counts.get_mut(*at)) {
            Some((_, count)) => *count += 1,
            None => {
                positions.insert(&object.kind, counts.len());
                counts.push((object.kind.clone(), 1));
            }
        }
    }
    if let Some(at) = claims {
        found.note(
            "what is claimed of persistent volumes is not counted as disk: it lies where its storage class has it",
            at,
        );
    }
    if let Some(at) = first {
        let verb = if counts.iter().map(|(_, count)| count).sum::<usize>() == 1 { "runs" } else { "run" };
        found.note(format!("{} {verb} nothing, and stay where they are", counted(&counts)), at);
    }
}
