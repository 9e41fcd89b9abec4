//! Kubernetes: manifests, and what `kubectl get` writes.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::time::{Duration, Instant};

use bayplan::document::{Document, Problems};
use bayplan::import::{Asked, Format, Import, Origin, import};
use bayplan::quantity::Resource;
use fastrand::Rng;
use serde_json::{Value, json};

use super::{Disk, asked, is_accepted, resolved, samples};
use crate::support::cases;

fn imported(texts: &[&str]) -> Result<Import, Problems> {
    added(texts, None)
}

fn added(texts: &[&str], into: Option<&Document>) -> Result<Import, Problems> {
    let names: Vec<String> = (1..=texts.len()).map(|at| format!("{at}.yaml")).collect();
    let files: Vec<(&str, &[u8])> =
        names.iter().zip(texts).map(|(name, text)| (name.as_str(), text.as_bytes())).collect();
    import(&asked(Format::Kubernetes, &files, into), &Disk)
}

/// The document, the refusals and the notes of an import.
fn told(texts: &[&str]) -> (String, Vec<String>, Vec<String>) {
    let import = imported(texts).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    is_accepted(&import, "it is a document");
    let refused = import.report.refused.iter().map(|one| format!("{}: {}", one.what, one.reason)).collect();
    let notes = import.report.notes.iter().map(|one| one.message.clone()).collect();
    (import.addition.document(), refused, notes)
}

#[track_caller]
fn says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in\n{text}");
    }
}

/// A workload of one container.
fn workload(kind: &str, name: &str, spec: &str, pod: &str) -> String {
    format!(
        "---\napiVersion: apps/v1\nkind: {kind}\nmetadata: {{name: {name}, namespace: shop}}\nspec:\n  {spec}\n  template:\n    \
         metadata: {{labels: {{app: {name}}}}}\n    spec:\n      containers: [{{name: c, image: example/x, resources: \
         {{requests: {{cpu: 100m, memory: 64Mi}}}}}}]\n      {pod}\n"
    )
}

fn node(name: &str, labels: &str, spec: &str) -> String {
    format!(
        "---\napiVersion: v1\nkind: Node\nmetadata: {{name: {name}, labels: {{{labels}}}}}\nspec: {{{spec}}}\nstatus:\n  \
         allocatable: {{cpu: 3920m, memory: 7Gi, ephemeral-storage: 10G, pods: '110', hugepages-2Mi: '0'}}\n  capacity: \
         {{cpu: 4, memory: 8Gi, pods: '110'}}\n"
    )
}

// What is independent of the program: objects by another reader, amounts by other arithmetic.

fn objects(text: &str) -> Vec<Value> {
    fn flat(value: Value, kind: Option<&str>, all: &mut Vec<Value>) {
        let own = value["kind"].as_str().or(kind).unwrap_or("").to_owned();
        match (own.strip_suffix("List"), value.get("items")) {
            (Some(of), Some(items)) => {
                let items = items.as_array().cloned().unwrap_or_default();
                items.into_iter().for_each(|item| flat(item, Some(of), all));
            }
            _ => all.push(value),
        }
    }
    let mut all = Vec::new();
    for part in format!("\n{text}").split("\n---") {
        let value: Value = serde_yaml::from_str(part).unwrap_or(Value::Null);
        if value.is_object() {
            flat(value, None, &mut all);
        }
    }
    all
}

/// In thousandths, rounded up.
fn thousandths(value: &Value) -> u128 {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    let end = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, suffix) = text.split_at(end);
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    let digits: u128 = format!("0{whole}{places}").parse().expect("digits");
    let (up, down): (u128, u32) = match suffix {
        "" => (1, 0),
        "Ki" => (1 << 10, 0),
        "Mi" => (1 << 20, 0),
        "Gi" => (1 << 30, 0),
        "k" => (1000, 0),
        "M" => (1_000_000, 0),
        "G" => (1_000_000_000, 0),
        "m" => (1, 3),
        "u" => (1, 6),
        "n" => (1, 9),
        other => match other[1..].parse::<i32>().expect("an exponent") {
            up if up >= 0 => (10_u128.pow(up as u32), 0),
            down => (1, down.unsigned_abs()),
        },
    };
    (digits * up * 1000).div_ceil(10_u128.pow(down + places.len() as u32))
}

fn amount(value: &Value, resource: &str) -> u128 {
    let thousandths = thousandths(value);
    if resource == "cpu" { thousandths } else { thousandths.div_ceil(1000) }
}

/// What a container asks for: its request, else its limit.
fn of_container(container: &Value, resource: &str) -> Option<u128> {
    let resources = &container["resources"];
    [&resources["requests"], &resources["limits"]]
        .into_iter()
        .find_map(|it| it.get(resource))
        .map(|it| amount(it, resource))
}

/// What a pod asks for, as the documentation of Kubernetes has it.
fn of_pod(spec: &Value, resource: &str) -> Option<u128> {
    let list = |key: &str| spec[key].as_array().cloned().unwrap_or_default();
    let (mut running, mut beside, mut steps, mut said) = (0, 0, 0, false);
    for one in list("containers") {
        let own = of_container(&one, resource);
        said |= own.is_some();
        running += own.unwrap_or(0);
    }
    for one in list("initContainers") {
        let own = of_container(&one, resource);
        said |= own.is_some();
        if one["restartPolicy"] == "Always" {
            running += own.unwrap_or(0);
            beside += own.unwrap_or(0);
            steps = steps.max(beside);
        } else {
            steps = steps.max(beside + own.unwrap_or(0));
        }
    }
    let mut sum = said.then(|| running.max(steps));
    let whole = |key: &str| spec["resources"][key].get(resource).map(|it| amount(it, resource));
    sum = whole("requests").or(sum).or(whole("limits"));
    let over = spec["overhead"].get(resource).map_or(0, |it| amount(it, resource));
    sum.map(|sum| sum + over)
}

#[test]
fn real_files_have_the_pods_that_another_reader_finds() {
    let Some(folder) = samples("kubernetes") else { return };
    let mut files: Vec<_> = fs::read_dir(folder).expect("a folder").map(|it| it.expect("an entry").path()).collect();
    files.sort();
    assert!(files.len() > 8);
    for path in files {
        let text = fs::read_to_string(&path).expect("a text");
        let name = path.display().to_string();
        let import = imported(&[&text]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        is_accepted(&import, &name);
        let (mut expected, mut hosts, mut off) = (BTreeMap::new(), BTreeMap::new(), 0);
        for object in objects(&text) {
            let kind = object["kind"].as_str().unwrap_or("");
            let template = match kind {
                "Deployment" | "StatefulSet" | "DaemonSet" | "Job" => &object["spec"]["template"]["spec"],
                "CronJob" => &object["spec"]["jobTemplate"]["spec"]["template"]["spec"],
                "Pod" => &object["spec"],
                "Node" if object["status"]["allocatable"].is_null() => {
                    off += 1;
                    continue;
                }
                "Node" => {
                    let said = &object["status"]["allocatable"];
                    let of = |key: &str| said.get(key).map_or(0, |it| amount(it, key) as u64);
                    let name = object["metadata"]["name"].as_str().expect("a name").to_owned();
                    hosts.insert(name, [of("cpu"), of("memory"), of("ephemeral-storage"), of("pods")]);
                    continue;
                }
                _ => continue,
            };
            let replicas = object["spec"]["replicas"].as_u64().unwrap_or(1);
            if replicas == 0 || object["spec"]["suspend"] == true {
                off += 1;
                continue;
            }
            let sums = expected.entry((replicas, of_pod(template, "cpu"), of_pod(template, "memory"))).or_insert(0);
            *sums += 1;
        }
        let mut found = BTreeMap::new();
        for one in &import.report.imported {
            let of = |resource: Resource| {
                let said = one.request.get(&resource).filter(|(_, origin)| *origin == Origin::File);
                said.map(|(amount, _)| u128::from(*amount))
            };
            *found.entry((one.replicas.unwrap_or(1), of(Resource::Cpu), of(Resource::Memory))).or_insert(0) += 1;
        }
        assert_eq!(found, expected, "{name}");
        let refused: Vec<_> = import.report.refused.iter().filter(|one| !one.what.contains(':')).collect();
        assert_eq!(refused.len(), off, "{name}: {refused:?}");
        let of = |host: &bayplan::import::Host, resource| host.capacity.get(&resource).copied().unwrap_or(0);
        let there: BTreeMap<String, [u64; 4]> = (import.report.hosts.iter())
            .map(|host| {
                let figures = [Resource::Cpu, Resource::Memory, Resource::Disk, Resource::Containers];
                (host.title.clone().unwrap_or_else(|| host.name.clone()), figures.map(|resource| of(host, resource)))
            })
            .collect();
        assert_eq!(there, hosts, "{name}");
    }
}

// Cases with their answers.

#[test]
fn the_request_of_a_pod_is_what_kubernetes_makes_of_it() {
    let pod = |spec: &str| format!("apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec: {spec}\n");
    let one =
        |requests: &str, limits: &str| format!("{{resources: {{requests: {{{requests}}}, limits: {{{limits}}}}}}}");
    for (spec, cpu, memory, limit) in [
        (format!("{{containers: [{}]}}", one("cpu: 0.5, memory: 100Mi", "")), Some(500), Some(100 << 20), None),
        // A limit without a request is one.
        (format!("{{containers: [{}]}}", one("cpu: 1", "cpu: 2, memory: 1G")), Some(1000), Some(1_000_000_000), Some(1_000_000_000)),
        // The largest init step, or all that run.
        (
            format!(
                "{{containers: [{0}, {0}], initContainers: [{1}]}}",
                one("cpu: 100m, memory: 10Mi", ""),
                one("cpu: 50m, memory: 64Mi", "")
            ),
            Some(200),
            Some(64 << 20),
            None,
        ),
        // A sidecar runs beside those that follow it, and beside all that run.
        (
            "{containers: [{resources: {requests: {cpu: 100m, memory: 1Mi}}}], initContainers: [{resources: {requests: \
             {memory: 20Mi}}}, {restartPolicy: Always, resources: {requests: {cpu: 300m, memory: 10Mi}}}, {resources: \
             {requests: {cpu: 50m, memory: 15Mi}}}]}"
                .to_owned(),
            Some(400),
            Some(25 << 20),
            None,
        ),
        // Overhead comes on top; what the pod says as a whole stands for its containers.
        (
            "{overhead: {cpu: 250m, memory: 1Mi}, resources: {requests: {memory: 5Mi}}, containers: [{resources: \
             {requests: {cpu: 1, memory: 1Mi}}}]}"
                .to_owned(),
            Some(1250),
            Some(6 << 20),
            None,
        ),
        ("{containers: [{}]}".to_owned(), None, None, None),
        // Without one ceiling there is none.
        (format!("{{containers: [{}, {{}}]}}", one("", "cpu: 1, memory: 1Gi")), Some(1000), Some(1 << 30), None),
    ] {
        let import = imported(&[&pod(&spec)]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
        let [found] = import.report.imported.as_slice() else { panic!("{spec}") };
        let of = |resource| found.request.get(&resource).filter(|(_, from)| *from == Origin::File).map(|it| it.0);
        assert_eq!((of(Resource::Cpu), of(Resource::Memory)), (cpu, memory), "{spec}");
        assert_eq!(found.limit.get(&Resource::Memory).copied(), limit, "{spec}");
    }
}

#[test]
fn nodes_are_hosts_and_taints_decide_who_may_run_there() {
    let taint = "taints: [{key: node-role.kubernetes.io/control-plane, effect: NoSchedule}]";
    let text = [
        node("cp", "'kubernetes.io/arch': arm64, 'node-role.kubernetes.io/control-plane': ''", taint),
        node("w1", "'kubernetes.io/arch': amd64, 'topology.kubernetes.io/zone': a, disk: ssd", ""),
        node("w2", "'kubernetes.io/arch': amd64, 'topology.kubernetes.io/zone': b, disk: hdd", "unschedulable: true"),
        workload("Deployment", "plain", "replicas: 2", ""),
        workload("Deployment", "fast", "replicas: 1", "nodeSelector: {disk: ssd}"),
        workload("DaemonSet", "agent", "{}", "tolerations: [{operator: Exists}]").replace("  {}\n", ""),
        workload("DaemonSet", "some", "{}", "").replace("  {}\n", ""),
        workload("Deployment", "nowhere", "replicas: 1", "nodeSelector: {disk: tape}"),
    ]
    .concat();
    let (document, refused, notes) = told(&[&text]);
    says(
        &document,
        &[
            "cp: {cpu: 3.92, memory: 7GiB, disk: 10GB, containers: 110, labels: {arch: arm64, role-control-plane: \"\"}}",
            "state: drain",
            "plain: {cpu: 100m, memory: 64MiB, replicas: 2, \"on\": [w1, w2]}",
            "\"on\": {disk: ssd}",
            "agent: {cpu: 100m, memory: 64MiB, every: host}",
            "every: [w1, w2]",
        ],
    );
    assert_eq!(refused.len(), 1, "{refused:?}");
    says(&refused.join("\n"), &["nowhere: placement: no host has the labels that it asks for"]);
    says(&notes.join("\n"), &["`w2` is cordoned"]);
}

#[test]
fn many_hosts_without_a_taint_get_one_label() {
    let mut text: String = (0..9).map(|at| node(&format!("w{at}"), "", "")).collect();
    text += &node("cp", "", "taints: [{key: x, effect: NoExecute}]");
    text += &workload("Deployment", "a", "replicas: 2", "");
    let affinity = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                    [{matchFields: [{key: metadata.name, operator: NotIn, values: [w0, w1]}]}]}}}";
    text += &workload("Deployment", "b", "replicas: 2", affinity);
    let (document, refused, notes) = told(&[&text]);
    says(&document, &["\"on\": {untainted: \"yes\"}", "\"on\": {among: \"yes\"}"]);
    assert!(refused.is_empty(), "{refused:?}");
    says(&notes.join("\n"), &["have the label `untainted: yes`", "have the label `among: yes`"]);
    let layout = resolved("lab.yaml", &document);
    let on: Vec<usize> = layout.demand.services.iter().map(|one| one.on.as_ref().map_or(0, |on| on.len())).collect();
    assert_eq!(on, [9, 7]);
}

#[test]
fn affinity_and_spread_become_rules_and_wishes() {
    let apart = |term: &str| format!("affinity: {{podAntiAffinity: {{{term}}}}}");
    let host = "topologyKey: kubernetes.io/hostname";
    let required = |selector: &str| {
        format!(
            "requiredDuringSchedulingIgnoredDuringExecution: [{{{host}, labelSelector: {{matchLabels: {selector}}}}}]"
        )
    };
    let text = [
        workload("StatefulSet", "db", "replicas: 3", &apart(&required("{app: db}"))),
        workload("Deployment", "web", "replicas: 2", &apart(&required("{app: cache}"))),
        workload("Deployment", "cache", "replicas: 1", ""),
        workload(
            "Deployment",
            "soft",
            "replicas: 3",
            &apart(&format!(
                "preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 7, podAffinityTerm: {{{host}, labelSelector: \
                 {{matchLabels: {{app: soft}}}}}}}}]"
            )),
        ),
        workload(
            "Deployment",
            "near",
            "replicas: 2",
            &format!("affinity: {{podAffinity: {{{}}}}}", required("{app: cache}")),
        ),
        workload(
            "Deployment",
            "even",
            "replicas: 6",
            "topologySpreadConstraints: [{maxSkew: 2, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: \
             DoNotSchedule, labelSelector: {matchLabels: {app: even}}}, {maxSkew: 1, topologyKey: kubernetes.io/hostname, \
             whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: even}}}]",
        ),
        workload("Deployment", "liked", "replicas: 1", "affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [{weight: 5, preference: {matchExpressions: [{key: disk, operator: In, values: [ssd]}]}}]}}"),
        workload("Deployment", "lost", "replicas: 1", &format!("affinity: {{podAffinity: {{{}}}}}", required("{app: none}"))),
    ]
    .concat();
    let (document, refused, _) = told(&[&text]);
    says(
        &document,
        &[
            "apart: host",
            "apart: [shop/web.1, shop/cache]",
            "apart: [shop/web.2, shop/cache]",
            "prefer: {apart: host, weight: 7}",
            "together: [shop/cache, shop/near]",
            "spread: {over: zone, skew: 2}",
            "prefer: {spread: host, weight: 100}",
            "prefer: {\"on\": {disk: ssd}, weight: 5}",
        ],
    );
    assert_eq!(refused, ["lost: podAffinity: what it is to be beside is not there"]);
}

#[test]
fn pods_of_controllers_are_counted_once() {
    let pod = |name: &str, owner: &str, node: &str, phase: &str, labels: &str| {
        format!(
            "- apiVersion: v1\n  kind: Pod\n  metadata: {{name: {name}, namespace: shop, labels: {{{labels}}}, ownerReferences: \
             [{{{owner}, controller: true}}]}}\n  spec: {{nodeName: {node}, containers: [{{name: c, resources: {{requests: \
             {{cpu: 1, memory: 1Gi}}}}}}]}}\n  status: {{phase: {phase}}}\n"
        )
    };
    let items = [
        pod("web-5f-a", "kind: ReplicaSet, name: web-5f", "w1", "Running", "pod-template-hash: 5f"),
        pod("web-5f-b", "kind: ReplicaSet, name: web-5f", "w2", "Running", "pod-template-hash: 5f"),
        pod("job-1-x", "kind: Job, name: job-1", "w2", "Succeeded", ""),
        pod("proxy-a", "kind: DaemonSet, name: proxy", "w1", "Running", ""),
        pod("proxy-b", "kind: DaemonSet, name: proxy", "w2", "Running", ""),
        pod("etcd-w1", "kind: Node, name: w1", "w1", "Running", ""),
    ]
    .concat();
    let list = format!("apiVersion: v1\nkind: List\nitems:\n{items}");
    let nodes = [node("w1", "", ""), node("w2", "", "")].concat();
    let (document, refused, notes) = told(&[&list, &nodes]);
    says(
        &document,
        &[
            "web: {cpu: 1, memory: 1GiB, replicas: 2}",
            "proxy: {cpu: 1, memory: 1GiB, every: host}",
            "etcd-w1: {cpu: 1, memory: 1GiB, \"on\": w1}",
            "w1: [shop/web.1, shop/etcd-w1]",
            "w2: [shop/web.2]",
        ],
    );
    assert!(refused.is_empty(), "{refused:?}");
    says(&notes.join("\n"), &["1 pod or job has finished"]);
    // With the deployment they are its own.
    let (document, refused, notes) = told(&[&workload("Deployment", "web", "replicas: 3", ""), &list, &nodes]);
    says(&document, &["web: {cpu: 100m, memory: 64MiB, replicas: 3}", "w1: [shop/web.1, shop/etcd-w1]"]);
    assert!(refused.is_empty(), "{refused:?}");
    says(&notes.join("\n"), &["2 pods are those of controllers that are imported"]);
}

#[test]
fn everything_is_accounted_for() {
    let text = [
        workload("Deployment", "off", "replicas: 0", ""),
        workload("Deployment", "scaled", "strategy: {}", ""),
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h, namespace: shop}\nspec: \
         {minReplicas: 3, maxReplicas: 9, scaleTargetRef: {kind: Deployment, name: scaled}}\n"
            .to_owned(),
        "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {replicas: \
         5}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: s}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: \
         t}\n"
            .to_owned(),
        "---\napiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s}\nspec: {replicas: 2}\n".to_owned(),
        "---\napiVersion: batch/v1\nkind: CronJob\nmetadata: {name: night, namespace: shop}\nspec: {jobTemplate: {spec: \
         {parallelism: 4, completions: 2, template: {spec: {containers: [{name: c}]}}}}}\n"
            .to_owned(),
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: held, namespace: shop}\nspec: {suspend: true, template: {spec: \
         {containers: [{name: c}]}}}\n"
            .to_owned(),
        "---\napiVersion: batch/v1\nkind: Job\nmetadata: {name: done, namespace: shop}\nspec: {template: {spec: {containers: \
         [{name: c}]}}}\nstatus: {conditions: [{type: Complete, status: 'True'}]}\n"
            .to_owned(),
        "---\n# nothing\n---\na: b\n---\napiVersion: v1\nkind: Pod\nmetadata: {}\n---\napiVersion: apps/v1\nkind: \
         Deployment\nmetadata: {name: '{{ .Release.Name }}-web'}\n"
            .to_owned(),
        "---\napiVersion: v1\nkind: Pod\nmetadata: {name: try, annotations: {helm.sh/hook: test}}\nspec: {containers: [{name: \
         c}]}\n---\napiVersion: ray.io/v1\nkind: RayCluster\nmetadata: {name: ray}\nspec: {groups: [{template: {spec: \
         {containers: [{name: c}]}}}]}\n"
            .to_owned(),
        "---\napiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q, namespace: shop}\n".to_owned(),
        workload("Deployment", "off", "replicas: 1", ""),
    ]
    .concat();
    let (document, refused, notes) = told(&[&text]);
    says(&document, &["scaled: {cpu: 100m, memory: 64MiB, replicas: 3}", "night: {size: unmeasured, replicas: 2}"]);
    assert!(!document.contains("off:") && !document.contains("done:"), "{document}");
    says(
        &refused.join("\n"),
        &[
            "off: is switched off: no replicas",
            "off: stands here a second time",
            "k8s: is a Prometheus, of which an operator makes pods",
            "ray: is a RayCluster, of which an operator makes pods",
            "try: is a test of Helm",
            "held: is suspended",
            "a document: has no `kind`",
            "a Pod: has no name",
            "{{ .Release.Name }}-web: is a Helm template: run `helm template` first",
        ],
    );
    assert_eq!(refused.len(), 9, "{refused:?}");
    says(
        &notes.join("\n"),
        &[
            "1 `HorizontalPodAutoscaler`, 1 `CustomResourceDefinition`, 2 `Service` and 1 `ResourceQuota` run nothing",
            "`scaled` says no `replicas`: the 3 of its autoscaler are taken",
            "`scaled` may grow to 9 replicas",
            "1 pod or job has finished",
            "the quota of `shop` is not carried over",
        ],
    );
}

#[test]
fn namespaces_are_startups_and_limit_ranges_fill_in() {
    let bare = |namespace: &str, resources: &str| {
        format!(
            "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: {namespace}}}\nspec: {{template: \
             {{spec: {{containers: [{{name: c, resources: {{{resources}}}}}, {{name: d, resources: {{requests: {{cpu: 1}}}}}}]}}}}}}\n"
        )
    };
    let range = "---\napiVersion: v1\nkind: LimitRange\nmetadata: {name: r, namespace: b}\nspec: {limits: [{type: Container, \
                 default: {memory: 256Mi}, defaultRequest: {memory: 128Mi}, max: {cpu: 2}}]}\n";
    let text = [bare("a", ""), bare("b", "requests: {cpu: 500m}"), range.to_owned()].concat();
    let (document, refused, notes) = told(&[&text]);
    says(
        &document,
        &[
            "  a:\n    containers:\n      web: {size: unmeasured, cpu: 1}",
            "  b:\n    containers:\n      web: {cpu: 1.5, memory: 256MiB, limit: {cpu: 4, memory: 512MiB}}",
        ],
    );
    assert!(refused.is_empty(), "{refused:?}");
    says(&notes.join("\n"), &["1 of 2 containers of `web` asks for no cpu, which counts as none"]);
}

#[test]
fn extended_resources_have_names() {
    let gpu = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{resources: {limits: {nvidia.com/gpu: 2, \
               ephemeral-storage: 1Gi}}}]}\n";
    let nodes = node("w1", "", "").replace("pods: '110',", "pods: '110', nvidia.com/gpu: '4',");
    let (document, refused, _) = told(&[&format!("{gpu}{nodes}")]);
    says(&document, &["resources: {nvidia-com-gpu: 4}", "resources: {nvidia-com-gpu: 2}", "disk: 1GiB"]);
    assert!(refused.is_empty(), "{refused:?}");
    // Where no node has any, none is what they have.
    let (document, _, notes) = told(&[&format!("{gpu}{}", node("w1", "", ""))]);
    says(&document, &["resources: {nvidia-com-gpu: 0}"]);
    says(&notes.join("\n"), &["no node has any `nvidia-com-gpu`"]);
}

#[test]
fn a_helm_template_is_told_from_text_in_braces() {
    for text in [
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Values.name }}\n",
        "{{- if .Values.on }}\napiVersion: v1\nkind: Pod\n{{- end }}\n",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  labels:\n    {{- include \"x\" . | nindent 4 }}\n",
    ] {
        for format in [Some(Format::Kubernetes), None] {
            let asked = Asked { format, ..asked(Format::Kubernetes, &[("t.yaml", text.as_bytes())], None) };
            let problems = import(&asked, &Disk).expect_err(text).render(false);
            says(&problems, &["this is a Helm template", "run `helm template` first"]);
        }
    }
    let harmless = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, annotations: {x: '{{ $labels.pod }}'}}\nspec:\n  containers:\n  - \
                    args:\n    - |\n      {{ range . }}\n      {{ end }}\n";
    let (document, refused, _) = told(&[harmless]);
    says(&document, &["p: {size: unmeasured}"]);
    assert!(refused.is_empty(), "{refused:?}");
    let quoted = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: p}\nspec: {replicas: '{{ .Values.n }}'}\n";
    let (_, refused, _) = told(&[quoted]);
    says(&refused.join("\n"), &["how many there are is not known: is a Helm template"]);
}

#[test]
fn what_a_document_has_decides_where_it_is_added() {
    let lab = "hosts:\n  nuc: {cpu: 4, memory: 8GiB, labels: {disk: ssd, arch: amd64}}\n  pi: {cpu: 4, memory: 8GiB, labels: \
               {arch: arm64}}\n";
    let none: BTreeMap<String, String> = BTreeMap::new();
    let document = Document::from_bytes("lab.yaml", lab.as_bytes(), &none).expect("a document");
    let affinity = "affinity: {nodeAffinity: {requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: \
                    [{matchExpressions: [{key: disk, operator: DoesNotExist}]}]}}}";
    let text = workload("Deployment", "a", "replicas: 1", affinity)
        + &workload("Deployment", "b", "replicas: 1", "nodeSelector: {kubernetes.io/arch: amd64}");
    let import = added(&[&text], Some(&document)).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    says(&import.addition.document(), &["\"on\": pi", "\"on\": {arch: amd64}"]);
    assert!(import.report.refused.is_empty(), "{:?}", import.report.refused);
    // Nobody knows where there are no hosts.
    let (_, refused, _) = told(&[&text]);
    assert_eq!(refused.len(), 1);
    says(&refused.join("\n"), &["a: placement: which hosts are so is not known: import the nodes, too"]);
}

// A generator with an oracle that reads the objects again, by their rules.

const KEYS: [&str; 3] = ["disk", "topology.kubernetes.io/zone", "example.com/Tier"];
const VALUES: [&str; 3] = ["a", "b", "3"];

fn one_of<'a, T>(rng: &mut Rng, list: &'a [T]) -> &'a T {
    &list[rng.usize(..list.len())]
}

/// An amount in one of the ways in which it can be written: thousandths of cpu, or bytes.
fn written(rng: &mut Rng, resource: &str) -> Value {
    if resource == "cpu" {
        let millis = rng.u64(1..4000);
        return match rng.u8(..5) {
            0 => json!(format!("{millis}m")),
            1 => json!(format!("{}.{:03}", millis / 1000, millis % 1000)),
            2 => json!(format!("{}u", millis * 1000 - rng.u64(..1000))),
            3 => json!(format!("{millis}e-3")),
            _ => json!(millis / 1000 + 1),
        };
    }
    let number = rng.u64(1..3000);
    match rng.u8(..6) {
        0 => json!(format!("{number}Mi")),
        1 => json!(number * 1_000_000),
        2 => json!(format!("{}.{}Gi", number % 7, number % 10)),
        3 => json!(format!("{number}M")),
        4 => json!(format!("{number}123456m")),
        _ => json!(format!("{number}e6")),
    }
}

fn random_container(rng: &mut Rng) -> Value {
    let mut resources = json!({});
    for side in ["requests", "limits"] {
        for resource in ["cpu", "memory"] {
            if rng.u8(..3) == 0 {
                resources[side][resource] = written(rng, resource);
            }
        }
    }
    json!({ "name": "c", "image": "example/x", "resources": resources })
}

fn random_term(rng: &mut Rng) -> Value {
    let expressions: Vec<Value> = (0..rng.usize(1..3))
        .map(|_| {
            let operator = *one_of(rng, &["In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "In"]);
            let values: Vec<&str> = match operator {
                "In" | "NotIn" => (0..rng.usize(1..3)).map(|_| *one_of(rng, &VALUES)).collect(),
                "Gt" | "Lt" => vec![*one_of(rng, &["2", "3", "4"])],
                _ => Vec::new(),
            };
            json!({ "key": one_of(rng, &KEYS), "operator": operator, "values": values })
        })
        .collect();
    json!({ "matchExpressions": expressions })
}

fn random_pod(rng: &mut Rng) -> Value {
    let mut spec = json!({ "containers": (0..rng.usize(1..4)).map(|_| random_container(rng)).collect::<Vec<_>>() });
    if rng.u8(..3) == 0 {
        let mut steps: Vec<Value> = (0..rng.usize(1..4)).map(|_| random_container(rng)).collect();
        for step in &mut steps {
            if rng.bool() {
                step["restartPolicy"] = json!("Always");
            }
        }
        spec["initContainers"] = json!(steps);
    }
    if rng.u8(..6) == 0 {
        spec["overhead"] = json!({ "cpu": written(rng, "cpu") });
    }
    if rng.u8(..6) == 0 {
        let side = *one_of(rng, &["requests", "limits"]);
        spec["resources"] = json!({ side: { "memory": written(rng, "memory") } });
    }
    if rng.u8(..3) == 0 {
        spec["nodeSelector"] = json!({ *one_of(rng, &KEYS): one_of(rng, &VALUES) });
    }
    if rng.u8(..3) == 0 {
        let terms: Vec<Value> = (0..rng.usize(1..3)).map(|_| random_term(rng)).collect();
        spec["affinity"] = json!({ "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": { "nodeSelectorTerms": terms },
        } });
    }
    if rng.bool() {
        let tolerations: Vec<Value> = (0..rng.usize(1..3))
            .map(|_| match rng.u8(..4) {
                0 => json!({ "operator": "Exists" }),
                1 => json!({ "key": one_of(rng, &["t1", "t2"]), "operator": "Exists", "effect": "NoSchedule" }),
                2 => json!({ "key": one_of(rng, &["t1", "t2"]), "value": "v" }),
                _ => json!({ "key": "t1", "operator": "Equal", "value": "w", "effect": "NoExecute" }),
            })
            .collect();
        spec["tolerations"] = json!(tolerations);
    }
    spec
}

fn random_node(rng: &mut Rng, at: usize) -> Value {
    let mut labels = json!({});
    for key in KEYS {
        if rng.u8(..3) > 0 {
            labels[key] = json!(one_of(rng, &VALUES));
        }
    }
    let mut taints = Vec::new();
    for key in ["t1", "t2"] {
        if rng.u8(..4) == 0 {
            let effect = one_of(rng, &["NoSchedule", "NoExecute"]);
            taints.push(json!({ "key": key, "value": one_of(rng, &["v", "w"]), "effect": effect }));
        }
    }
    json!({
        "apiVersion": "v1", "kind": "Node", "metadata": { "name": format!("node-{at}"), "labels": labels },
        "spec": { "taints": taints },
        "status": { "allocatable": { "cpu": "64", "memory": "256Gi", "pods": "110" } },
    })
}

/// Whether a pod may run on a node.
fn may_run(spec: &Value, node: &Value) -> bool {
    let labels = &node["metadata"]["labels"];
    let holds = |one: &Value| {
        let value = labels.get(one["key"].as_str().expect("a key")).and_then(Value::as_str);
        let is_one = one["values"].as_array().is_some_and(|values| values.iter().any(|it| it.as_str() == value));
        let than = || Some((value?.parse::<i64>().ok()?, one["values"][0].as_str()?.parse::<i64>().ok()?));
        match one["operator"].as_str().expect("an operator") {
            "In" => is_one,
            "NotIn" => !is_one,
            "Exists" => value.is_some(),
            "DoesNotExist" => value.is_none(),
            "Gt" => than().is_some_and(|(a, b)| a > b),
            _ => than().is_some_and(|(a, b)| a < b),
        }
    };
    let selected = spec["nodeSelector"]
        .as_object()
        .is_none_or(|wanted| wanted.iter().all(|(key, value)| labels.get(key) == Some(value)));
    let terms =
        &spec["affinity"]["nodeAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]["nodeSelectorTerms"];
    let fits = terms.as_array().is_none_or(|terms| {
        terms.iter().any(|term| term["matchExpressions"].as_array().expect("a list").iter().all(holds))
    });
    let tolerated = |taint: &Value| {
        spec["tolerations"].as_array().is_some_and(|all| {
            all.iter().any(|it| {
                let same = |key: &str| it.get(key).is_none_or(|own| *own == taint[key]);
                same("effect") && same("key") && (it["operator"] == "Exists" || it["value"] == taint["value"])
            })
        })
    };
    selected && fits && node["spec"]["taints"].as_array().expect("a list").iter().all(tolerated)
}

#[test]
fn random_clusters_have_the_counts_sums_and_hosts_that_the_oracle_has() {
    cases::each(0, 400, |seed| {
        let mut rng = Rng::with_seed(seed);
        let nodes: Vec<Value> = (0..rng.usize(1..12)).map(|at| random_node(&mut rng, at)).collect();
        let mut all = nodes.clone();
        // Name, replicas and pod of each that is to be imported.
        let mut expected: BTreeMap<String, (Option<u64>, Value)> = BTreeMap::new();
        for at in 0..rng.usize(1..12) {
            let kind = *one_of(&mut rng, &["Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "Pod", "Job"]);
            let namespace = *one_of(&mut rng, &["default", "shop", "blog"]);
            let (spec, name) = (random_pod(&mut rng), format!("w{at}"));
            let metadata = json!({ "name": name, "namespace": namespace });
            let replicas = rng.u64(..6);
            let (object, count) = match kind {
                "Pod" => (json!({ "apiVersion": "v1", "kind": kind, "metadata": metadata, "spec": spec }), Some(1)),
                _ => {
                    let group = if kind == "Job" { "batch/v1" } else { "apps/v1" };
                    let template = json!({ "spec": spec, "metadata": { "labels": { "app": name } } });
                    let mut own = json!({ "template": template });
                    let count = match kind {
                        "DaemonSet" => None,
                        _ if rng.u8(..4) == 0 => Some(1),
                        _ => {
                            own[if kind == "Job" { "parallelism" } else { "replicas" }] = json!(replicas);
                            Some(replicas)
                        }
                    };
                    (json!({ "apiVersion": group, "kind": kind, "metadata": metadata, "spec": own }), count)
                }
            };
            all.push(object);
            // One on each host of none is nothing.
            let is_nowhere = count.is_none() && !nodes.iter().any(|node| may_run(&spec, node));
            if count != Some(0) && !is_nowhere {
                expected.insert(format!("{namespace}/{name}"), (count, spec));
            }
        }
        rng.shuffle(&mut all);
        let text = match rng.u8(..3) {
            0 => json!({ "apiVersion": "v1", "kind": "List", "items": all }).to_string(),
            1 => all.iter().map(|object| format!("---\n{object}\n")).collect(),
            _ => serde_json::to_string_pretty(&json!({ "apiVersion": "v1", "kind": "List", "items": all }))
                .expect("JSON"),
        };
        let import = imported(&[&text]).unwrap_or_else(|problems| panic!("{text}\n{}", problems.render(false)));
        is_accepted(&import, &text);
        let found: BTreeMap<String, Option<u64>> =
            import.report.imported.iter().map(|one| (one.id.clone(), one.replicas)).collect();
        let counts: BTreeMap<String, Option<u64>> =
            expected.iter().map(|(id, (count, _))| (id.clone(), *count)).collect();
        assert_eq!(found, counts, "{text}");
        let layout = resolved("lab.yaml", &import.addition.document());
        let host = |at: &bayplan::model::HostIndex| layout.lab.hosts[*at].name.clone();
        for one in &import.report.imported {
            let (_, spec) = &expected[&one.id];
            for (resource, key) in [(Resource::Cpu, "cpu"), (Resource::Memory, "memory")] {
                let said = one.request.get(&resource).filter(|(_, from)| *from == Origin::File);
                let asked = of_pod(spec, key);
                assert_eq!(said.map(|it| u128::from(it.0)), asked, "{} {key}: {spec}", one.id);
            }
            let allowed: BTreeSet<String> = (nodes.iter().filter(|node| may_run(spec, node)))
                .map(|node| node["metadata"]["name"].as_str().expect("a name").to_owned())
                .collect();
            let refused = import.report.refused.iter().any(|it| it.what == format!("{}: placement", one.name));
            assert_eq!(refused, allowed.is_empty(), "{}: {spec}\n{nodes:?}", one.id);
            if refused {
                continue;
            }
            let (startup, name) = one.id.split_once('/').expect("an id");
            let is_it =
                |it: &&bayplan::model::Service| it.name == name && layout.demand.startups[it.startup].name == startup;
            let service = layout.demand.services.iter().find(is_it).expect("a service");
            let on: BTreeSet<String> = match (&service.every, &service.on) {
                (Some(every), _) => every.hosts.iter().map(host).collect(),
                (None, Some(on)) => on.iter().map(host).collect(),
                (None, None) => layout.lab.hosts.iter().map(|host| host.name.clone()).collect(),
            };
            assert_eq!(on, allowed, "{}: {spec}\n{nodes:?}", one.id);
        }
    });
}

/// A file that has some of everything.
fn full() -> String {
    let host = "topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: db}}";
    [
        node("w1", "'topology.kubernetes.io/zone': a, disk: ssd", ""),
        node("w2", "'topology.kubernetes.io/zone': b", "taints: [{key: x, value: y, effect: NoSchedule}]"),
        workload("DaemonSet", "agent", "x: y", "tolerations: [{operator: Exists}]"),
        workload(
            "StatefulSet",
            "db",
            "replicas: 3",
            &format!(
                "affinity: {{podAntiAffinity: {{requiredDuringSchedulingIgnoredDuringExecution: [{{{host}}}], \
                 preferredDuringSchedulingIgnoredDuringExecution: [{{weight: 5, podAffinityTerm: {{{host}}}}}]}}}}\n      \
                 topologySpreadConstraints: [{{maxSkew: 1, topologyKey: topology.kubernetes.io/zone, whenUnsatisfiable: \
                 DoNotSchedule, labelSelector: {{matchLabels: {{app: db}}}}}}]"
            ),
        ),
        "---\napiVersion: v1\nkind: PodList\nitems:\n- metadata: {name: p, namespace: shop, ownerReferences: [{kind: ReplicaSet, \
         name: web-5f, controller: true}], labels: {pod-template-hash: 5f}}\n  spec: {nodeName: w1, overhead: {cpu: 1m}, \
         containers: [{name: c, ports: [{hostPort: 80}], resources: {limits: {nvidia.com/gpu: 1, memory: 1.5Gi}}}], \
         initContainers: [{name: i, restartPolicy: Always, resources: {requests: {cpu: 1e2m}}}]}\n  status: {phase: Running}\n"
            .to_owned(),
        "---\napiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h, namespace: shop}\nspec: \
         {minReplicas: 2, maxReplicas: 4, scaleTargetRef: {kind: StatefulSet, name: db}}\n---\napiVersion: v1\nkind: \
         LimitRange\nmetadata: {name: r, namespace: shop}\nspec: {limits: [{type: Container, default: {memory: 1Gi}}]}\n"
            .to_owned(),
    ]
    .concat()
}

#[test]
fn mutilated_files_are_imported_or_refused_in_time() {
    let whole = full();
    imported(&[&whole]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let json: Vec<u8> = json!({ "kind": "List", "apiVersion": "v1", "items": objects(&whole) }).to_string().into();
    let pieces: [&[u8]; 16] = [
        b"{",
        b"}",
        b"[",
        b"]",
        b"*x",
        b"&x ",
        b"{{ .Values.x }}",
        b"\n---\n",
        b"<<: ",
        b"\xff",
        b"99999999999999999999",
        b"-1",
        b"kind: List\nitems:\n",
        b"null",
        b"\"\\u0085\\u202e\"",
        b"1e999999999999",
    ];
    cases::each(0, 3_000, |seed| {
        let mut rng = Rng::with_seed(seed);
        let mut bytes = if rng.bool() { whole.clone().into_bytes() } else { json.clone() };
        for _ in 0..rng.usize(1..4) {
            let at = rng.usize(..=bytes.len());
            match rng.u8(..6) {
                0 => bytes.truncate(at),
                1 => drop(bytes.splice(at..at, one_of(&mut rng, &pieces).iter().copied())),
                2 => drop(bytes.drain(at..(at + rng.usize(..20)).min(bytes.len()))),
                3 => {
                    let piece = bytes[at..(at + rng.usize(..300)).min(bytes.len())].to_vec();
                    let at = rng.usize(..=bytes.len());
                    drop(bytes.splice(at..at, piece));
                }
                4 => {
                    if let Some(byte) = bytes.get_mut(at) {
                        *byte ^= 1 << rng.u8(..7);
                    }
                }
                _ => {
                    let deep =
                        if rng.bool() { b"[".repeat(rng.usize(1..200)) } else { b"{a: ".repeat(rng.usize(1..200)) };
                    drop(bytes.splice(at..at, deep));
                }
            }
        }
        let start = Instant::now();
        match import(&asked(Format::Kubernetes, &[("x.yaml", &bytes)], None), &Disk) {
            Ok(import) => is_accepted(&import, &String::from_utf8_lossy(&bytes)),
            Err(problems) => assert!(!problems.diagnostics.is_empty(), "{}", String::from_utf8_lossy(&bytes)),
        }
        assert!(start.elapsed() < Duration::from_secs(10), "{}", String::from_utf8_lossy(&bytes));
    });
}

#[test]
fn large_files_are_read_in_time() {
    let pod = |at: usize| {
        json!({
            "apiVersion": "v1", "kind": "Pod",
            "metadata": {
                "name": format!("web-{}-{at}", at / 10), "namespace": format!("ns-{}", at % 50),
                "labels": { "app": format!("web-{}", at / 10), "pod-template-hash": "5f" },
                "annotations": { "checksum/config": "0123456789abcdef".repeat(8) },
                "ownerReferences": [{ "kind": "ReplicaSet", "name": format!("web-{}-5f", at / 500), "controller": true }],
            },
            "spec": {
                "nodeName": format!("node-{}", at % 100),
                "containers": [{
                    "name": "c", "image": "example/x:1", "resources": { "requests": { "cpu": "10m", "memory": "16Mi" } },
                    "env": (0..12).map(|at| json!({ "name": format!("VARIABLE_{at}"), "value": "x".repeat(20) })).collect::<Vec<_>>(),
                    "volumeMounts": [{ "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount", "name": "token", "readOnly": true }],
                }],
                "affinity": { "podAntiAffinity": { "preferredDuringSchedulingIgnoredDuringExecution": [{
                    "weight": 1,
                    "podAffinityTerm": {
                        "topologyKey": "kubernetes.io/hostname",
                        "labelSelector": { "matchLabels": { "app": format!("web-{}", at / 10) } },
                    },
                }] } },
            },
            "status": { "phase": "Running", "podIP": "10.0.0.1" },
        })
    };
    let nodes = (0..100).map(|at| {
        json!({
            "apiVersion": "v1", "kind": "Node", "metadata": { "name": format!("node-{at}") },
            "status": { "allocatable": { "cpu": "64", "memory": "256Gi", "pods": "110" } },
        })
    });
    let items: Vec<Value> = (0..10_000).map(pod).chain(nodes).collect();
    let text = json!({ "apiVersion": "v1", "kind": "List", "items": items }).to_string();
    let start = Instant::now();
    let import = imported(&[&text]).unwrap_or_else(|problems| panic!("{}", problems.render(false)));
    let took = start.elapsed();
    assert_eq!(import.report.containers(), 10_000);
    is_accepted(&import, "many");
    assert!(took < Duration::from_secs(20), "{took:?}");
    if let Some(path) = std::env::var_os("BAYPLAN_KEEP") {
        fs::write(path, &text).expect("it is kept");
    }
}
