//! What the metrics of a cluster say that pods take just now.

use super::fields::{list, text};
use super::objects::Object;
use crate::import::amounts::kubernetes;
use crate::import::found::{Found, Measured};
use crate::quantity::Resource;

/// Whether it is what a pod takes: `kubectl get --raw /apis/metrics.k8s.io/v1beta1/pods`.
pub fn is_of_pod(object: &Object) -> bool {
    object.kind == "PodMetrics"
}

/// What pods take, all containers of each together.
pub fn read(objects: &[Object], found: &mut Found) {
    for object in objects.iter().filter(|object| is_of_pod(object)) {
        let (mut cpu, mut memory) = (None, None);
        for container in list(&object.node, &["containers"]) {
            for (key, resource, unit, sum) in
                [("cpu", Resource::Cpu, 1000, &mut cpu), ("memory", Resource::Memory, 1, &mut memory)]
            {
                let Some(said) = text(container, &["usage", key]) else { continue };
                match kubernetes(said, unit, true, &resource) {
                    Ok(amount) => *sum = Some(sum.unwrap_or(0_u64).saturating_add(amount)),
                    Err(reason) => {
                        let reason = super::fields::wrong(said, &reason);
                        found.refuse(format!("{}: {key}", object.name), reason, container.at);
                    }
                }
            }
        }
        found.measured.push(Measured {
            name: object.namespace.as_ref().map_or_else(|| object.name.clone(), |it| format!("{it}/{}", object.name)),
            at: object.at,
            on: None,
            cpu: cpu.into_iter().collect(),
            memory: memory.into_iter().collect(),
            limit: None,
        });
    }
}
