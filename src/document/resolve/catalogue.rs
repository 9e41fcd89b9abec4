//! The built-in catalogue: what well-known services ask for, who says so, and on what ground.
//!
//! A figure that a source does not give stays unknown. `GB` and `MB` count thousands and `GiB` and `MiB` 1024, as the
//! source writes them; a range or an "over" counts its lower end.

/// What a figure speaks of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// A machine, real or virtual, that runs nothing else.
    Host,
    /// One process, without what its container needs around it.
    Process,
    /// One container, all that is in it included.
    Container,
    /// Several containers together.
    Stack,
}

impl Scope {
    /// The name in documents about the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Scope::Host => "host",
            Scope::Process => "process",
            Scope::Container => "container",
            Scope::Stack => "stack",
        }
    }
}

/// On what ground the source gives its figure.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Basis {
    /// Below this it is said not to work.
    Minimum,
    /// What the makers advise.
    Recommended,
    /// What an installer gives it unless told otherwise.
    InstallDefault,
    /// What somebody measured.
    Measured,
}

impl Basis {
    /// The name in documents about the catalogue.
    pub fn name(self) -> &'static str {
        match self {
            Basis::Minimum => "minimum",
            Basis::Recommended => "recommended",
            Basis::InstallDefault => "install-time default",
            Basis::Measured => "measured",
        }
    }
}

/// What one service asks for. Plain names are the defaults of an installer where there are any, for those speak of one
/// container and know its disk; the makers' figures stand beside them as `-minimum`, `-recommended`, `-measured`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Entry {
    /// What `size:` calls it.
    pub name: &'static str,
    /// Millicores; `None` where the source does not say.
    pub cpu_millis: Option<u64>,
    /// Bytes; `None` where the source does not say.
    pub memory_bytes: Option<u64>,
    /// Bytes; `None` where the source does not say.
    pub disk_bytes: Option<u64>,
    /// What the figure speaks of.
    pub scope: Scope,
    /// On what ground.
    pub basis: Basis,
    /// The figure as the source gives it.
    pub figure: &'static str,
    /// Who says so.
    pub source: &'static str,
}

impl Entry {
    /// Whether the figure may be the size of a container. That of a single process may not: it leaves out the rest of
    /// the container, and nobody knows how much that is.
    pub fn usable_as_container(&self) -> bool {
        self.scope != Scope::Process
    }

    /// Basis and source in a few words, for the origin of an amount: `minimum, immich docs, requirements`.
    pub fn ground(&self) -> String {
        format!("{}, {}", self.basis.name(), self.source)
    }
}

/// The entry of that name.
pub fn lookup(name: &str) -> Option<&'static Entry> {
    ENTRIES.binary_search_by(|entry| entry.name.cmp(name)).ok().and_then(|position| ENTRIES.get(position))
}

/// The entry for a container of an image: named as the last part of its path is, without tag and digest.
pub fn by_image(image: &str) -> Option<&'static Entry> {
    let last = image.split('@').next()?.rsplit('/').next()?;
    lookup(last.split(':').next()?).filter(|entry| entry.usable_as_container())
}

/// The names of all entries, ascending.
pub fn names() -> impl Iterator<Item = &'static str> {
    ENTRIES.iter().map(|entry| entry.name)
}

/// Facts from the install scripts for LXC containers of the Proxmox VE Helper-Scripts, an MIT-licensed collection.
const HELPER_SCRIPTS: &str = "community-scripts/ProxmoxVE, ct/*.sh at 8386465a927a (MIT)";

/// All entries, by name.
pub static ENTRIES: &[Entry] = &[
    installer("adguard", 1, 512, 2, "1 cpu, 512 MiB, 2 GiB disk"),
    installer("alertmanager", 1, 1024, 2, "1 cpu, 1024 MiB, 2 GiB disk"),
    installer("authelia", 1, 512, 2, "1 cpu, 512 MiB, 2 GiB disk"),
    installer("authentik", 4, 8192, 16, "4 cpu, 8192 MiB, 16 GiB disk"),
    installer("caddy", 1, 512, 6, "1 cpu, 512 MiB, 6 GiB disk"),
    installer("checkmk", 2, 2048, 6, "2 cpu, 2048 MiB, 6 GiB disk"),
    installer("docker", 2, 2048, 4, "2 cpu, 2048 MiB, 4 GiB disk"),
    stated("elk", None, Some(mb(1_500)), Scope::Stack, Basis::Minimum, "1.5 GB, whole stack", "docker-elk README"),
    installer("forgejo", 2, 2048, 10, "2 cpu, 2048 MiB, 10 GiB disk"),
    stated("ghost", None, Some(gb(1)), Scope::Host, Basis::Minimum, "1 GB", "docs.ghost.org"),
    installer("gitea", 1, 1024, 8, "1 cpu, 1024 MiB, 8 GiB disk"),
    stated(
        "gitea-recommended",
        Some(2_000),
        Some(gb(1)),
        Scope::Host,
        Basis::Recommended,
        "2 cores / 1 GB",
        "Gitea docs, system requirements",
    ),
    installer("github-runner", 2, 2048, 8, "2 cpu, 2048 MiB, 8 GiB disk"),
    stated(
        "gitlab",
        Some(8_000),
        Some(gb(16)),
        Scope::Host,
        Basis::Recommended,
        "8 vCPU / 16 GB",
        "docs.gitlab.com requirements",
    ),
    stated(
        "gitlab-minimum",
        None,
        Some(gb(8)),
        Scope::Host,
        Basis::Minimum,
        "8 GB possible (2 GB + swap constrained)",
        "docs.gitlab.com requirements",
    ),
    installer("grafana", 1, 512, 4, "1 cpu, 512 MiB, 4 GiB disk"),
    stated(
        "grafana-minimum",
        Some(1_000),
        Some(mb(512)),
        Scope::Host,
        Basis::Minimum,
        "1 CPU / 512 MB",
        "grafana.com installation",
    ),
    installer("graylog", 2, 8192, 30, "2 cpu, 8192 MiB, 30 GiB disk"),
    stated("graylog-minimum", None, Some(gb(4)), Scope::Host, Basis::Minimum, "4 GB or more", "Graylog's Ansible role"),
    installer("homeassistant", 2, 2048, 16, "2 cpu, 2048 MiB, 16 GiB disk"),
    installer("immich", 4, 6144, 20, "4 cpu, 6144 MiB, 20 GiB disk"),
    stated(
        "immich-minimum",
        Some(2_000),
        Some(gb(6)),
        Scope::Host,
        Basis::Minimum,
        "6 GB / 2 cores least",
        "immich docs, requirements",
    ),
    installer("influxdb", 2, 2048, 8, "2 cpu, 2048 MiB, 8 GiB disk"),
    installer("jellyfin", 2, 2048, 16, "2 cpu, 2048 MiB, 16 GiB disk"),
    installer("jenkins", 2, 1024, 4, "2 cpu, 1024 MiB, 4 GiB disk"),
    stated(
        "jenkins-minimum",
        None,
        Some(mb(256)),
        Scope::Host,
        Basis::Minimum,
        "256 MB minimum",
        "jenkins.io guided tour",
    ),
    stated(
        "jenkins-recommended",
        None,
        Some(gb(2)),
        Scope::Host,
        Basis::Recommended,
        "over 2 GB recommended",
        "jenkins.io guided tour",
    ),
    stated(
        "k3s-agent",
        Some(1_000),
        Some(mb(512)),
        Scope::Host,
        Basis::Minimum,
        "agent 1 core / 512 MB",
        "k3s docs, requirements",
    ),
    stated(
        "k3s-server",
        Some(2_000),
        Some(gb(2)),
        Scope::Host,
        Basis::Minimum,
        "server 2 cores / 2 GB",
        "k3s docs, requirements",
    ),
    installer("keycloak", 2, 2048, 4, "2 cpu, 2048 MiB, 4 GiB disk"),
    stated(
        "keycloak-measured",
        None,
        Some(mb(1_250)),
        Scope::Container,
        Basis::Measured,
        "1 250 MB base, a pod with 10 000 cached sessions",
        "keycloak.org sizing",
    ),
    installer("loki", 1, 512, 2, "1 cpu, 512 MiB, 2 GiB disk"),
    installer("mariadb", 1, 1024, 4, "1 cpu, 1024 MiB, 4 GiB disk"),
    installer("mattermost", 1, 2048, 8, "1 cpu, 2048 MiB, 8 GiB disk"),
    stated(
        "mattermost-recommended",
        Some(1_000),
        Some(gb(2)),
        Scope::Host,
        Basis::Recommended,
        "1 vCPU / 2 GB to 1 000 users",
        "Mattermost docs, requirements",
    ),
    installer("mongodb", 1, 512, 4, "1 cpu, 512 MiB, 4 GiB disk"),
    installer("mqtt", 1, 512, 2, "1 cpu, 512 MiB, 2 GiB disk"),
    installer("mysql", 1, 1024, 4, "1 cpu, 1024 MiB, 4 GiB disk"),
    installer("n8n", 2, 2048, 10, "2 cpu, 2048 MiB, 10 GiB disk"),
    installer("nagios", 2, 2048, 20, "2 cpu, 2048 MiB, 20 GiB disk"),
    installer("nginxproxymanager", 2, 2048, 8, "2 cpu, 2048 MiB, 8 GiB disk"),
    installer("paperless-ngx", 2, 3072, 12, "2 cpu, 3072 MiB, 12 GiB disk"),
    installer("pihole", 1, 512, 2, "1 cpu, 512 MiB, 2 GiB disk"),
    installer("postgresql", 1, 1024, 4, "1 cpu, 1024 MiB, 4 GiB disk"),
    installer("prometheus", 1, 2048, 4, "1 cpu, 2048 MiB, 4 GiB disk"),
    installer("rabbitmq", 1, 1024, 4, "1 cpu, 1024 MiB, 4 GiB disk"),
    stated(
        "rabbitmq-minimum",
        None,
        Some(mib(256)),
        Scope::Host,
        Basis::Minimum,
        "256 MiB least",
        "RabbitMQ docs, production checklist",
    ),
    stated(
        "rabbitmq-recommended",
        Some(4_000),
        Some(gib(4)),
        Scope::Host,
        Basis::Recommended,
        "4 cores / 4 GiB production",
        "RabbitMQ docs, production checklist",
    ),
    stated(
        "rancher",
        Some(1_000),
        Some(gb(4)),
        Scope::Host,
        Basis::Minimum,
        "1 vCPU / 4 GB, single Docker, test use",
        "Rancher docs, installation requirements",
    ),
    installer("redis", 1, 1024, 4, "1 cpu, 1024 MiB, 4 GiB disk"),
    stated("redis-measured", None, Some(mb(3)), Scope::Process, Basis::Measured, "3 MB empty", "Redis docs, FAQ"),
    installer("semaphore", 2, 2048, 4, "2 cpu, 2048 MiB, 4 GiB disk"),
    installer("sonarqube", 4, 6144, 25, "4 cpu, 6144 MiB, 25 GiB disk"),
    installer("traefik", 1, 512, 2, "1 cpu, 512 MiB, 2 GiB disk"),
    installer("uptimekuma", 1, 1024, 4, "1 cpu, 1024 MiB, 4 GiB disk"),
    installer("valkey", 1, 1024, 4, "1 cpu, 1024 MiB, 4 GiB disk"),
    installer("vaultwarden", 4, 6144, 20, "4 cpu, 6144 MiB, 20 GiB disk"),
    installer("wordpress", 2, 2048, 5, "2 cpu, 2048 MiB, 5 GiB disk"),
    installer("zabbix", 2, 4096, 6, "2 cpu, 4096 MiB, 6 GiB disk"),
    stated(
        "zabbix-recommended",
        Some(2_000),
        Some(gib(8)),
        Scope::Host,
        Basis::Recommended,
        "2 vCPU / 8 GiB for 1 000 metrics",
        "zabbix.com 8.0 requirements",
    ),
];

/// What an install script gives the container that it makes.
const fn installer(name: &'static str, cores: u64, ram_mib: u64, disk_gib: u64, figure: &'static str) -> Entry {
    Entry {
        name,
        cpu_millis: Some(cores * 1_000),
        memory_bytes: Some(mib(ram_mib)),
        disk_bytes: Some(gib(disk_gib)),
        scope: Scope::Container,
        basis: Basis::InstallDefault,
        figure,
        source: HELPER_SCRIPTS,
    }
}

/// What the makers of a service say. None of them states a disk for the service itself.
const fn stated(
    name: &'static str,
    cpu_millis: Option<u64>,
    memory_bytes: Option<u64>,
    scope: Scope,
    basis: Basis,
    figure: &'static str,
    source: &'static str,
) -> Entry {
    Entry { name, cpu_millis, memory_bytes, disk_bytes: None, scope, basis, figure, source }
}

const fn mb(count: u64) -> u64 {
    count * 1_000_000
}

const fn gb(count: u64) -> u64 {
    mb(count * 1_000)
}

const fn mib(count: u64) -> u64 {
    count << 20
}

const fn gib(count: u64) -> u64 {
    mib(count << 10)
}
