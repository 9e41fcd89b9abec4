//! Of whom a series speaks: a container of Docker by its name, a pod of Kubernetes with its containers, or what the query
//! has grouped by.

use super::series::Labels;

/// Whom a series speaks of.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Subject {
    /// The namespace, or the host, where names repeat between them.
    pub within: String,
    /// Its name.
    pub name: String,
    /// Whether it is a pod.
    pub is_pod: bool,
    /// Whether `within` is a namespace or project, which belongs to its name.
    pub is_grouped: bool,
}

/// What a series says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Who {
    /// Of one container, or of one of a pod, which is named.
    Part(Subject, String),
    /// Of a whole pod.
    Whole(Subject),
    /// Of a group of processes that is no container: the machine, a service of the system, what holds a pod together.
    Nobody,
    /// Of somebody, but no label says of whom.
    Unnamed,
}

/// Whom the labels name.
pub fn who(labels: &Labels) -> Who {
    let get = |names: &[&'static str]| names.iter().find_map(|name| labels.get(*name)).map(String::as_str);
    let id = get(&["id"]);
    let name = get(&["name"]);
    let named = name.and_then(of_kubelet);
    let pod = get(&["container_label_io_kubernetes_pod_name", "pod", "pod_name"]).or(named.map(|(_, pod, _)| pod));
    let container = get(&["container_label_io_kubernetes_container_name", "container", "container_name"])
        .or(named.map(|(container, ..)| container));
    if let Some(pod) = pod {
        let namespace = get(&["container_label_io_kubernetes_pod_namespace", "namespace"]);
        let namespace = namespace.or(named.map(|(.., namespace)| namespace)).unwrap_or("");
        let subject = Subject { within: namespace.to_owned(), name: pod.to_owned(), is_pod: true, is_grouped: true };
        return match container {
            // The pause container, which holds the pod together.
            Some("POD") => Who::Nobody,
            Some(container) => Who::Part(subject, container.to_owned()),
            None => Who::Whole(subject),
        };
    }
    let host = host(labels).unwrap_or("");
    let alone = |name: &str| {
        let subject = Subject { within: host.to_owned(), name: name.to_owned(), is_pod: false, is_grouped: false };
        Who::Part(subject, String::new())
    };
    if let Some(name) = name.filter(|_| named.is_none()) {
        return alone(name);
    }
    if let Some(id) = id {
        // Docker names its groups by the id of the container, systemd adds what it is.
        let last = id.rsplit('/').next().unwrap_or(id);
        let last = last.strip_suffix(".scope").unwrap_or(last);
        let last = last.rsplit('-').next().unwrap_or(last);
        let is_container = last.len() == 64 && last.bytes().all(|byte| byte.is_ascii_hexdigit());
        return match last.get(..12) {
            Some(short) if is_container => alone(short),
            _ => Who::Nobody,
        };
    }
    let grouped =
        ["container_label_com_docker_compose_service", "container_label_com_docker_swarm_service_name", "service"];
    match container.or_else(|| get(&grouped)) {
        Some("POD") => Who::Nobody,
        Some(name) => {
            let group = get(&["namespace", "container_label_com_docker_compose_project"]);
            let within = group.unwrap_or(host).to_owned();
            let is_grouped = group.is_some();
            Who::Part(Subject { within, name: name.to_owned(), is_pod: false, is_grouped }, String::new())
        }
        None => Who::Unnamed,
    }
}

/// The host that a series was seen on.
pub fn host(labels: &Labels) -> Option<&str> {
    let names = ["node", "nodename", "kubernetes_io_hostname", "instance"];
    names.iter().find_map(|name| labels.get(*name)).map(|host| without_port(host))
}

/// `nuc:9100` is `nuc`, `[::1]:9100` is `::1`.
fn without_port(host: &str) -> &str {
    let is_port = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let bare = match host.rsplit_once(':') {
        Some((name, port)) if is_port(port) && (!name.contains(':') || name.ends_with(']')) => name,
        _ => host,
    };
    bare.strip_prefix('[').and_then(|bare| bare.strip_suffix(']')).unwrap_or(bare)
}

/// `k8s_CONTAINER_POD_NAMESPACE_UID_ATTEMPT`: as the kubelet calls the containers of Docker.
fn of_kubelet(name: &str) -> Option<(&str, &str, &str)> {
    let mut parts = name.strip_prefix("k8s_")?.split('_');
    Some((parts.next()?, parts.next()?, parts.next()?))
}

#[cfg(test)]
mod tests {
    use super::super::series::keep;
    use super::*;

    fn of(labels: &[(&str, &str)]) -> Who {
        let mut kept = Labels::new();
        labels.iter().for_each(|(name, value)| keep(&mut kept, name, value));
        who(&kept)
    }

    fn part(within: &str, name: &str, container: &str) -> Who {
        let is_pod = !container.is_empty();
        let is_grouped = is_pod || within == "shop";
        Who::Part(
            Subject { within: within.to_owned(), name: name.to_owned(), is_pod, is_grouped },
            container.to_owned(),
        )
    }

    #[test]
    fn whom_a_series_speaks_of_stands_in_its_labels() {
        let kubelet = "k8s_nginx_web-1_shop_0123_2";
        assert_eq!(
            of(&[("name", kubelet), ("container", "nginx"), ("pod", "web-1"), ("namespace", "shop")]),
            part("shop", "web-1", "nginx")
        );
        assert_eq!(of(&[("name", kubelet), ("id", "/kubepods/x")]), part("shop", "web-1", "nginx"));
        assert_eq!(of(&[("name", "k8s_POD_web-1_shop_0123_2"), ("id", "/kubepods/x")]), Who::Nobody);
        assert_eq!(of(&[("name", "db"), ("id", "/docker/x"), ("instance", "nuc:8080")]), part("nuc", "db", ""));
        assert_eq!(of(&[("id", "/system.slice/ssh.service"), ("instance", "nuc:8080")]), Who::Nobody);
        assert_eq!(of(&[("id", "/")]), Who::Nobody);
        let id = format!("/system.slice/docker-{}.scope", "ab".repeat(32));
        assert_eq!(of(&[("id", &id)]), part("", "abababababab", ""));
        assert_eq!(of(&[("container", "db"), ("namespace", "shop")]), part("shop", "db", ""));
        assert_eq!(of(&[("job", "cadvisor"), ("instance", "nuc:8080")]), Who::Unnamed);
        let Who::Whole(pod) = of(&[("pod", "web-1"), ("container", "")]) else { panic!("a pod") };
        assert_eq!(pod.name, "web-1");
    }

    #[test]
    fn a_port_is_no_part_of_a_host() {
        for (host, bare) in
            [("nuc:9100", "nuc"), ("nuc", "nuc"), ("[::1]:9100", "::1"), ("fe80::1", "fe80::1"), ("a:b", "a:b")]
        {
            assert_eq!(without_port(host), bare);
        }
    }
}
