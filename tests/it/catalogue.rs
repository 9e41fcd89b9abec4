//! The built-in catalogue: sorted, sourced, and true to what its sources say; what it says of images; how it is listed; and
//! that whatever rests on it says so.

use std::collections::{BTreeMap, BTreeSet};

use bayplan::document::catalogue::{self, Basis, ENTRIES, Scope};

use crate::support::program::asked;

#[test]
fn there_are_at_least_150_services_sorted_by_name_and_unique() {
    let services: BTreeSet<&str> = ENTRIES.iter().map(|entry| entry.service()).collect();
    assert!(services.len() >= 150, "{}", services.len());
    for pair in ENTRIES.windows(2) {
        assert!(pair[0].name < pair[1].name, "`{}` stands before `{}`", pair[0].name, pair[1].name);
    }
}

#[test]
fn every_entry_is_found_by_its_name_and_nothing_else_is() {
    for entry in ENTRIES {
        assert_eq!(catalogue::lookup(entry.name), Some(entry));
    }
    assert_eq!(catalogue::names().count(), ENTRIES.len());
    for stranger in ["", "GitLab", "gitlab ", "nagi", "zzz", "a"] {
        assert_eq!(catalogue::lookup(stranger), None, "`{stranger}`");
    }
}

#[test]
fn every_name_can_be_written_in_a_document() {
    for name in catalogue::names() {
        let mut characters = name.chars();
        let first = characters.next().expect("a name");
        assert!(first.is_ascii_lowercase() || first.is_ascii_digit(), "`{name}`");
        assert!(characters.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-'), "`{name}`");
    }
}

#[test]
fn every_entry_says_who_says_so_and_knows_at_least_one_amount() {
    for entry in ENTRIES {
        assert!(!entry.source.is_empty() && !entry.figure.is_empty(), "`{}`", entry.name);
        let amounts = [entry.cpu_millis, entry.memory_bytes, entry.disk_bytes];
        assert!(amounts.iter().any(Option::is_some), "`{}` knows nothing", entry.name);
        assert!(amounts.iter().flatten().all(|amount| *amount > 0), "`{}` knows a nought", entry.name);
        assert!(entry.ground().starts_with(entry.basis.name()) && entry.ground().ends_with(entry.source));
    }
}

#[test]
fn the_figure_of_an_installer_agrees_with_its_numbers() {
    const MIB: u64 = 1024 * 1024;
    let installed: Vec<_> = ENTRIES.iter().filter(|entry| entry.basis == Basis::InstallDefault).collect();
    assert!(installed.len() >= 25);
    for entry in installed {
        let (cpu, memory, disk) = (entry.cpu_millis.unwrap(), entry.memory_bytes.unwrap(), entry.disk_bytes.unwrap());
        let written = format!("{} cpu, {} MiB, {} GiB disk", cpu / 1000, memory / MIB, disk / (1024 * MIB));
        assert_eq!(entry.figure, written, "`{}`", entry.name);
        assert_eq!(entry.scope, Scope::Container, "`{}`", entry.name);
    }
}

/// Read off the sources and multiplied out by hand: name, millicores, bytes of memory, bytes of disk, scope, basis.
#[test]
fn figures_agree_with_a_table_worked_by_hand() {
    type Row = (&'static str, Option<u64>, Option<u64>, Option<u64>, Scope, Basis);
    let rows: &[Row] = &[
        ("appwrite", Some(2_000), Some(4_000_000_000), None, Scope::Stack, Basis::Minimum),
        ("coolify-minimum", Some(2_000), Some(2_000_000_000), Some(10_000_000_000), Scope::Host, Basis::Minimum),
        ("directus", Some(1_000), Some(2_000_000_000), None, Scope::Container, Basis::Recommended),
        ("directus-minimum", Some(250), Some(512_000_000), None, Scope::Container, Basis::Minimum),
        ("discourse-minimum", None, Some(1_000_000_000), None, Scope::Host, Basis::Minimum),
        ("discourse-recommended", Some(2_000), Some(2_000_000_000), None, Scope::Host, Basis::Recommended),
        ("docker-mailserver", Some(1_000), Some(2_000_000_000), None, Scope::Container, Basis::Recommended),
        ("docker-mailserver-minimum", Some(1_000), Some(512_000_000), None, Scope::Container, Basis::Minimum),
        ("elk", None, Some(1_500_000_000), None, Scope::Stack, Basis::Minimum),
        ("etcd", Some(2_000), Some(8_000_000_000), None, Scope::Host, Basis::Recommended),
        ("ghost", None, Some(1_000_000_000), None, Scope::Host, Basis::Minimum),
        ("gitea", Some(1_000), Some(1_073_741_824), Some(8_589_934_592), Scope::Container, Basis::InstallDefault),
        ("gitea-recommended", Some(2_000), Some(1_000_000_000), None, Scope::Host, Basis::Recommended),
        ("gitlab", Some(8_000), Some(16_000_000_000), None, Scope::Host, Basis::Recommended),
        ("gitlab-minimum", None, Some(8_000_000_000), None, Scope::Host, Basis::Minimum),
        ("grafana-minimum", Some(1_000), Some(512_000_000), None, Scope::Host, Basis::Minimum),
        ("graylog", Some(2_000), Some(8_589_934_592), Some(32_212_254_720), Scope::Container, Basis::InstallDefault),
        ("graylog-minimum", None, Some(4_000_000_000), None, Scope::Host, Basis::Minimum),
        ("harbor", Some(4_000), Some(8_000_000_000), Some(160_000_000_000), Scope::Stack, Basis::Recommended),
        ("harbor-minimum", Some(2_000), Some(4_000_000_000), Some(40_000_000_000), Scope::Stack, Basis::Minimum),
        ("immich-minimum", Some(2_000), Some(6_000_000_000), None, Scope::Host, Basis::Minimum),
        ("jenkins-minimum", None, Some(256_000_000), None, Scope::Host, Basis::Minimum),
        ("jenkins-recommended", None, Some(2_000_000_000), None, Scope::Host, Basis::Recommended),
        ("k3s-agent", Some(1_000), Some(512_000_000), None, Scope::Host, Basis::Minimum),
        ("k3s-server", Some(2_000), Some(2_000_000_000), None, Scope::Host, Basis::Minimum),
        ("keycloak-measured", None, Some(1_250_000_000), None, Scope::Container, Basis::Measured),
        ("kubernetes", Some(2_000), Some(2_000_000_000), None, Scope::Host, Basis::Minimum),
        ("mailcow", None, Some(6_442_450_944), Some(21_474_836_480), Scope::Stack, Basis::Minimum),
        ("mattermost-recommended", Some(1_000), Some(2_000_000_000), None, Scope::Host, Basis::Recommended),
        ("openproject-minimum", Some(4_000), Some(4_096_000_000), Some(20_000_000_000), Scope::Host, Basis::Minimum),
        ("peertube", Some(1_000), Some(1_000_000_000), None, Scope::Host, Basis::Minimum),
        ("plausible", None, Some(2_000_000_000), None, Scope::Stack, Basis::Recommended),
        ("rabbitmq", Some(1_000), Some(1_073_741_824), Some(4_294_967_296), Scope::Container, Basis::InstallDefault),
        ("rabbitmq-minimum", None, Some(268_435_456), None, Scope::Host, Basis::Minimum),
        ("rabbitmq-recommended", Some(4_000), Some(4_294_967_296), None, Scope::Host, Basis::Recommended),
        ("rancher", Some(1_000), Some(4_000_000_000), None, Scope::Host, Basis::Minimum),
        ("redis-measured", None, Some(3_000_000), None, Scope::Process, Basis::Measured),
        ("seafile", Some(2_000), Some(2_000_000_000), None, Scope::Host, Basis::Minimum),
        ("sentry", Some(4_000), Some(16_000_000_000), Some(20_000_000_000), Scope::Stack, Basis::Minimum),
        ("strapi-minimum", Some(1_000), Some(2_000_000_000), Some(8_000_000_000), Scope::Host, Basis::Minimum),
        ("strapi-recommended", Some(2_000), Some(4_000_000_000), Some(32_000_000_000), Scope::Host, Basis::Recommended),
        ("supabase", Some(4_000), Some(8_000_000_000), Some(80_000_000_000), Scope::Stack, Basis::Recommended),
        ("supabase-minimum", Some(2_000), Some(4_000_000_000), Some(40_000_000_000), Scope::Stack, Basis::Minimum),
        ("vault", Some(2_000), Some(8_000_000_000), Some(100_000_000_000), Scope::Host, Basis::Recommended),
        (
            "vaultwarden-alpine",
            Some(1_000),
            Some(268_435_456),
            Some(1_073_741_824),
            Scope::Container,
            Basis::InstallDefault,
        ),
        ("zabbix-recommended", Some(2_000), Some(8_589_934_592), None, Scope::Host, Basis::Recommended),
        ("zammad-minimum", Some(2_000), Some(4_000_000_000), None, Scope::Host, Basis::Minimum),
        ("zammad-recommended", Some(4_000), Some(6_000_000_000), None, Scope::Host, Basis::Recommended),
        ("zulip", None, Some(2_000_000_000), Some(10_000_000_000), Scope::Host, Basis::Minimum),
        ("zulip-recommended", Some(2_000), Some(4_000_000_000), None, Scope::Host, Basis::Recommended),
    ];
    for (name, cpu, memory, disk, scope, basis) in rows {
        let entry = catalogue::lookup(name).unwrap_or_else(|| panic!("no `{name}`"));
        let found = (entry.cpu_millis, entry.memory_bytes, entry.disk_bytes, entry.scope, entry.basis);
        assert_eq!(found, (*cpu, *memory, *disk, *scope, *basis), "`{name}`");
    }
    let stated = ENTRIES.iter().filter(|entry| entry.basis != Basis::InstallDefault).count();
    let checked = rows.iter().filter(|row| row.5 != Basis::InstallDefault).count();
    assert_eq!(checked, stated, "every figure of a maker is in the table");
}

#[test]
fn the_figure_of_a_process_is_never_the_size_of_a_container() {
    assert!(!catalogue::lookup("redis-measured").unwrap().usable_as_container());
    assert!(catalogue::lookup("redis").unwrap().usable_as_container());
    for entry in ENTRIES {
        assert_eq!(entry.usable_as_container(), entry.scope != Scope::Process, "`{}`", entry.name);
    }
}

/// Names as people write them, and whose figure is that of one container of the image.
const IMAGES: &[(&str, Option<&str>)] = &[
    ("postgres", Some("postgresql")),
    ("postgres:16-alpine", Some("postgresql")),
    ("postgres:${POSTGRES_VERSION:-16}", Some("postgresql")),
    (
        "docker.io/library/postgres:16@sha256:fd8d9aa63ba2f0982b5304e1ee8d3b90a210bc1ffb5314d980eb6962f1a9715d",
        Some("postgresql"),
    ),
    ("library/postgres", Some("postgresql")),
    ("public.ecr.aws/docker/library/postgres:15", Some("postgresql")),
    ("postgis/postgis:16-3.4", Some("postgresql")),
    ("ghcr.io/immich-app/postgres:14-vectorchord0.3.0-pgvectors0.2.0", Some("postgresql")),
    ("bitnami/postgresql:latest", Some("postgresql")),
    ("mariadb:10.6.4-focal", Some("mariadb")),
    ("lscr.io/linuxserver/mariadb", Some("mariadb")),
    ("mysql:8", Some("mysql")),
    ("mongo:4.2", Some("mongodb")),
    ("redis:alpine", Some("redis")),
    ("bitnami/redis", Some("redis")),
    ("registry.home.arpa:5000/redis:7", Some("redis")),
    ("valkey/valkey:8.1", Some("valkey")),
    ("rabbitmq:3-management", Some("rabbitmq")),
    ("eclipse-mosquitto:2", Some("mqtt")),
    ("influxdb:2.7", Some("influxdb")),
    ("neo4j:5", Some("neo4j")),
    ("cassandra:5", Some("cassandra")),
    ("clickhouse/clickhouse-server:24.3.3.102-alpine", Some("clickhouse")),
    ("getmeili/meilisearch:v1.11", Some("meilisearch")),
    ("qdrant/qdrant", Some("qdrant")),
    ("mcr.microsoft.com/mssql/server:2022-latest", Some("sqlserver")),
    ("caddy:2", Some("caddy")),
    ("traefik:2.6", Some("traefik")),
    ("jc21/nginx-proxy-manager:latest", Some("nginxproxymanager")),
    ("cloudflare/cloudflared:latest", Some("cloudflared")),
    ("visibilityspots/cloudflared", Some("cloudflared")),
    ("quay.io/oauth2-proxy/oauth2-proxy:v7.6.0", Some("oauth2-proxy")),
    ("prom/prometheus", Some("prometheus")),
    ("quay.io/prometheus/prometheus:v2.54.1", Some("prometheus")),
    ("prom/alertmanager", Some("alertmanager")),
    ("grafana/grafana", Some("grafana")),
    ("grafana/grafana-oss:11.2.0", Some("grafana")),
    ("grafana/loki:3.1", Some("loki")),
    ("louislam/uptime-kuma:1", Some("uptimekuma")),
    ("ghcr.io/home-assistant/home-assistant:stable", Some("homeassistant")),
    ("lscr.io/linuxserver/homeassistant", Some("homeassistant")),
    ("koenkk/zigbee2mqtt", Some("zigbee2mqtt")),
    ("nodered/node-red", Some("node-red")),
    ("linuxserver/plex", Some("plex")),
    ("plexinc/pms-docker", Some("plex")),
    ("jellyfin/jellyfin:10.9", Some("jellyfin")),
    ("lscr.io/linuxserver/sonarr", Some("sonarr")),
    ("cr.hotio.dev/hotio/radarr:release", Some("radarr")),
    ("ghcr.io/hotio/prowlarr", Some("prowlarr")),
    ("lscr.io/linuxserver/qbittorrent:4.6.7", Some("qbittorrent")),
    ("linuxserver/wireguard", Some("wireguard")),
    ("ghcr.io/gethomepage/homepage:latest", Some("homepage")),
    ("n8nio/n8n:2.10.4", Some("n8n")),
    ("docker.n8n.io/n8nio/n8n", Some("n8n")),
    ("gitea/gitea:latest", Some("gitea")),
    ("codeberg.org/forgejo/forgejo:9", Some("forgejo")),
    ("code.forgejo.org/forgejo/runner:4", Some("forgejo-runner")),
    ("gitlab/gitlab-ce:17.4.0-ce.0", Some("gitlab")),
    ("jenkins/jenkins:lts-jdk17", Some("jenkins")),
    ("vaultwarden/server:1.32.0", Some("vaultwarden-alpine")),
    ("quay.io/keycloak/keycloak:26.0", Some("keycloak-measured")),
    ("pihole/pihole:latest", Some("pihole")),
    ("adguard/adguardhome", Some("adguard")),
    ("binwiederhier/ntfy", Some("ntfy")),
    ("gotify/server", Some("gotify")),
    ("ollama/ollama:rocm", Some("ollama")),
    ("rancher/rancher", Some("rancher")),
    ("directus/directus:11", Some("directus")),
    ("harbor.home.arpa/proxy/grafana/grafana:11", Some("grafana")),
    // What is a part of what a figure speaks of has none.
    ("ghcr.io/immich-app/immich-server:${IMMICH_VERSION:-release}", None),
    ("ghcr.io/immich-app/immich-machine-learning:release", None),
    ("ghcr.io/goauthentik/server:${AUTHENTIK_TAG:-2025.10.3}", None),
    ("ghcr.io/paperless-ngx/paperless-ngx", None),
    ("nextcloud:apache", None),
    ("wordpress:latest", None),
    ("docker.elastic.co/elasticsearch/elasticsearch:8.10.2", None),
    ("kibana:7.16.1", None),
    ("chrislusf/seaweedfs:4.02", None),
    ("ghcr.io/mealie-recipes/mealie:latest", None),
    ("ghcr.io/plausible/community-edition:v2.1.5", None),
    ("zabbix/zabbix-server-pgsql", None),
    ("sonarqube:lts", None),
    // Others of the same name.
    ("n8nio/runners:2.10.4", None),
    ("example/server", None),
    ("server", None),
    ("app", None),
    ("ghcr.io/windmill-labs/caddy-l4:latest", None),
    ("someone/redis", None),
    ("someone/postgres", None),
    ("localhost:5000/x/y:tag", None),
    ("grafana/agent", None),
    ("grafana/promtail", None),
    ("redis/redisinsight", None),
    ("us-central1-docker.pkg.dev/online-boutique-ci/microservices-demo/frontend:v0.10.6", None),
    ("penpotapp/backend:2.11.1", None),
    ("portainer/portainer-ce:alpine", None),
    ("docker:dind", None),
    ("alpine", None),
    ("ubuntu:24.04", None),
    ("busybox:1.38.0", None),
];

#[test]
fn images_go_by_their_usual_names_and_no_others() {
    for (image, expected) in IMAGES {
        assert_eq!(catalogue::by_image(image).map(|entry| entry.name), *expected, "{image}");
    }
}

#[test]
fn an_image_that_is_a_part_of_a_whole_is_told_by_that() {
    let whole = |image: &str| catalogue::whole_of(image).map(|entry| entry.name);
    assert_eq!(whole("ghcr.io/immich-app/immich-server:release"), Some("immich"));
    assert_eq!(whole("ghcr.io/goauthentik/server:${TAG}"), Some("authentik"));
    assert_eq!(whole("elasticsearch:8"), Some("elk"));
    assert_eq!(whole("bitnami/wordpress"), Some("wordpress"));
    assert_eq!(whole("redis"), None);
}

/// What is no name of an image is nobody's, however much it looks like one.
#[test]
fn hostile_names_of_images_are_nobodys() {
    let long = format!("{}redis", "a/".repeat(200_000));
    let tagged = format!("redis:{}", ":".repeat(100_000));
    let hostile = [
        "",
        " ",
        "/",
        ":",
        "@",
        "$",
        "${",
        "}",
        "postgres:",
        "postgres@",
        ":postgres",
        "/postgres",
        "postgres/",
        "//postgres",
        "docker.io//postgres",
        "library/",
        "Postgres",
        "POSTGRES:16",
        " postgres",
        "postgres ",
        "post\0gres",
        "postgres\n",
        "postgres:16:17",
        "postgres:1/6",
        "postgres:16 --privileged",
        "-redis",
        "redis-",
        ".redis",
        "redis.",
        "${IMAGE}",
        "${IMAGE:-postgres}",
        "$IMAGE",
        "${REGISTRY}/redis",
        "redis${X}",
        "redis:${PORT}/x/y",
        "redis:${A:-x/y",
        "redis$:7",
        "../redis",
        "./redis",
        "a b/redis",
        "регистр/redis",
        "re\u{200b}dis",
        "https://docker.io/library/redis",
        "redis\\",
        "grafana/grafana/",
        "grafana//grafana",
        "server",
        "*",
        "%s",
        "'redis'",
        "\"redis\"",
        "redis@sha256:\u{1b}[31m",
        "not a registry.io/redis",
    ];
    for image in hostile.into_iter().chain([long.as_str(), tagged.as_str()]) {
        assert_eq!(catalogue::by_image(image), None, "{}", &image[..image.len().min(80)]);
        assert_eq!(catalogue::whole_of(image), None, "{}", &image[..image.len().min(80)]);
    }
}

/// Every name that is listed is one, finds its entry with whatever stands around it, and none tells too little.
#[test]
fn every_image_belongs_to_one_entry() {
    let generic = [
        "server", "app", "web", "backend", "frontend", "api", "worker", "core", "main", "proxy", "ui", "base",
        "runner", "agent", "client", "db", "database", "cache", "registry", "docker", "runners", "panel", "sync",
        "recipes", "notes",
    ];
    let mut seen: BTreeMap<&str, &str> = BTreeMap::new();
    for entry in ENTRIES {
        for &image in entry.images.iter().chain(entry.parts) {
            assert_eq!(seen.insert(image, entry.name), None, "`{image}` of `{}`", entry.name);
            assert!(!generic.contains(&image), "`{image}` of `{}`", entry.name);
            assert!(image.split('/').count() <= 2, "`{image}` of `{}`", entry.name);
        }
        for &image in entry.images {
            for around in
                [image.to_owned(), format!("quay.io/{image}:1.2"), format!("localhost:5000/{image}@sha256:0f")]
            {
                assert_eq!(catalogue::by_image(&around), Some(entry), "{around}");
                assert_eq!(catalogue::whole_of(&around), None, "{around}");
            }
        }
        for &image in entry.parts {
            assert_eq!((catalogue::by_image(image), catalogue::whole_of(image)), (None, Some(entry)), "{image}");
        }
        let alone = matches!(entry.scope, Scope::Container | Scope::Host);
        assert!(alone || entry.images.is_empty(), "`{}` is no figure of one image", entry.name);
    }
}

#[test]
fn the_command_shows_what_goes_by_a_word_with_figure_basis_source_and_images() {
    let ran = asked(&["catalogue", "redis"], "");
    let expected = "\
3 figures of 1 service go by `redis`

redis                                            1 cpu  1 GiB memory  4 GiB disk
  install-time default for a container: 1 cpu, 1024 MiB, 4 GiB disk
  source: community-scripts/ProxmoxVE, ct/redis.sh at 8386465a927a (MIT)
  images: redis
";
    assert!(ran.out.starts_with(expected), "{}", ran.out);
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
}

#[test]
fn a_word_may_be_the_name_of_an_image() {
    let ran = asked(&["catalogue", "docker.io/library/postgres:16@sha256:0f"], "");
    assert!(ran.out.starts_with("1 figure of 1 service goes by"), "{}", ran.out);
    let part = asked(&["catalogue", "ghcr.io/immich-app/immich-server:release"], "");
    assert!(part.out.contains("a whole of which these are parts: immich-app/immich-server"), "{}", part.out);
}

#[test]
fn a_word_by_which_nothing_goes_is_said_with_what_is_near() {
    let ran = asked(&["catalogue", "postgresq1", "redis-measured", "qqqqqqq"], "");
    assert_eq!((ran.code, ran.err.as_str()), (1, ""));
    let expected = "\
nothing goes by `postgresq1`; near: `postgresql`

nothing goes by `qqqqqqq`
";
    assert!(ran.out.starts_with("1 figure of 1 service goes by `redis-measured`\n\nredis-measured"), "{}", ran.out);
    assert!(ran.out.ends_with(expected), "{}", ran.out);
    let nothing = asked(&["catalogue", "\u{1b}[31mx"], "");
    assert_eq!((nothing.code, nothing.out.contains('\u{1b}')), (1, false));
}

#[test]
fn all_of_it_is_a_table_with_its_sources_below() {
    let ran = asked(&["catalogue"], "");
    assert_eq!((ran.code, ran.err.as_str()), (0, ""));
    for entry in ENTRIES {
        assert!(ran.out.lines().any(|line| line.split(' ').next() == Some(entry.name)), "`{}`", entry.name);
        let source = entry.source.split_once(", ct/").map_or(entry.source, |(collection, _)| collection);
        assert!(ran.out.contains(source), "`{source}`");
    }
    assert!(ran.out.lines().all(|line| line.chars().count() <= 80), "{}", ran.out);
    assert!(ran.out.contains("\n 1  community-scripts/ProxmoxVE, ct/*.sh at 8386465a927a (MIT)\n"), "{}", ran.out);
}

#[test]
fn json_has_every_entry_and_what_was_not_found() {
    let ran = asked(&["catalogue", "--format", "json"], "");
    let answer: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(answer["schema"], "bayplan/catalogue/1");
    let entries = answer["entries"].as_array().expect("entries");
    assert_eq!(entries.len(), ENTRIES.len());
    for (shown, entry) in entries.iter().zip(ENTRIES) {
        assert_eq!((&shown["name"], &shown["source"]), (&entry.name.into(), &entry.source.into()));
        assert_eq!(
            (&shown["memory"], &shown["usable"]),
            (&entry.memory_bytes.into(), &(entry.scope != Scope::Process).into())
        );
    }
    let ran = asked(&["catalogue", "redsi", "--format", "json"], "");
    let answer: serde_json::Value = serde_json::from_str(&ran.out).expect("JSON");
    assert_eq!(answer["unknown"], serde_json::json!([{"word": "redsi", "near": ["redis"]}]));
    assert_eq!((ran.code, answer["entries"].as_array().map(Vec::len)), (1, Some(0)));
}

#[test]
fn markdown_has_all_columns() {
    let ran = asked(&["catalogue", "redis-measured", "--format", "markdown"], "");
    let expected = "\
## Catalogue

1 figure of 1 service goes by `redis-measured`.

| name | cpu | memory | disk | scope | basis | figure | source | images | parts |
| --- | ---: | ---: | ---: | --- | --- | --- | --- | --- | --- |
| `redis-measured` | - | 3 MB | - | process | measured | 3 MB empty | Redis docs, FAQ |  |  |
";
    assert_eq!((ran.code, ran.out.as_str()), (0, expected));
}

/// Two containers rest on the catalogue, one in part; one has its own figure.
const RESTING: &str = "\
hosts: {nuc: {cpu: 8, memory: 16GiB, disk: 100GB}}
stacks: {site: {web: {cpu: 1, memory: 1GiB, disk: 1GB}}}
startups:
  a: {containers: {db: {size: postgresql}, web: {cpu: 1, memory: 1GiB, disk: 1GB}, queue: {size: rabbitmq, memory: 2GiB}}}
placement: {nuc: [a/*]}
";

#[test]
fn whatever_rests_on_the_catalogue_says_how_much_and_marks_its_figures() {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let commands: [(&[&str], usize); 4] = [
        (&["plan", "-"], 3),
        (&["check", "-"], 3),
        (&["fit", "-", "--stack", "site"], 4),
        (&["what-if", "-", "--grow", "a/web", "memory=+10%"], 3),
    ];
    for (command, containers) in commands {
        let said =
            format!("2 of {containers} containers rest on figures from the catalogue (~): measure them when they run");
        let ran = asked(command, RESTING);
        assert_eq!(flat(&ran.out).matches(&said).count(), 1, "{command:?}\n{}{}", ran.out, ran.err);
        let markdown = asked(&[command, &["--format", "markdown"]].concat(), RESTING);
        assert_eq!(
            flat(&markdown.out).matches("containers rest on figures").count(),
            1,
            "{command:?}\n{}",
            markdown.out
        );
        let json = asked(&[command, &["--format", "json"]].concat(), RESTING);
        assert_eq!(json.out.matches("\"rests_on\"").count(), 1, "{command:?}\n{}", json.out);
    }
    let plan = asked(&["plan", "-"], RESTING).out;
    assert!(plan.contains("db ~1 GiB   web 1 GiB   queue 2 GiB"), "{plan}");
    let json: serde_json::Value =
        serde_json::from_str(&asked(&["plan", "-", "--format", "json"], RESTING).out).expect("JSON");
    assert_eq!(json["rests_on"], serde_json::json!({"containers": 3, "catalogue": 2, "unmeasured": 0}));
    let drawn = asked(&["draw", "-"], RESTING).out;
    assert!(drawn.contains("~1 GiB") && !drawn.contains("~2 GiB"), "{drawn}");
}

#[test]
fn a_default_is_marked_and_counted_as_a_figure_of_the_catalogue_is() {
    let document = "\
hosts: {nuc: {cpu: 8, memory: 16GiB}}
sizes: {unmeasured: {cpu: 100m, memory: 256MiB}, redis-unmeasured: {cpu: 100m, memory: 64MiB}, measured: {cpu: 1, memory: 1GiB}}
startups:
  a: {containers: {x: {size: unmeasured}, y: {size: redis-unmeasured}, z: {size: measured}}}
";
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let plan = flat(&asked(&["plan", "-"], document).out);
    assert!(plan.contains("x ~256 MiB y ~64 MiB z 1 GiB"), "{plan}");
    let said = "2 of 3 containers rest on defaults, size `unmeasured` (~): measure them when they run";
    assert_eq!(plan.matches(said).count(), 1, "{plan}");
    let both = document.replace("z: {size: measured}", "z: {size: postgresql}");
    let plan = flat(&asked(&["plan", "-"], &both).out);
    let said = "all 3 containers rest on figures of others (~), 1 from the catalogue and 2 defaults: measure them";
    assert_eq!(plan.matches(said).count(), 1, "{plan}");
    let json = asked(&["plan", "-", "--format", "json"], &both).out;
    let json: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    assert_eq!(json["rests_on"], serde_json::json!({"containers": 3, "catalogue": 1, "unmeasured": 2}));
}

#[test]
fn what_does_not_fit_rests_on_the_catalogue_too() {
    let tight = RESTING.replace("16GiB", "3GiB").replace("placement: {nuc: [a/*]}\n", "");
    let ran = asked(&["plan", "-"], &tight);
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.matches("rest on figures from the catalogue").count(), 1, "{}", ran.out);
}

#[test]
fn where_everything_is_its_own_or_measured_nothing_is_said() {
    let own = RESTING
        .replace("size: postgresql", "cpu: 1, memory: 1GiB, disk: 1GB")
        .replace("size: rabbitmq", "cpu: 1, disk: 1GB");
    assert!(!asked(&["plan", "-"], &own).out.contains("catalogue"));
    assert!(!asked(&["plan", "-", "--format", "json"], &own).out.contains("rests_on"));
    let observed = "observed: {cpu: 100m, memory: 200MiB, disk: 1GB}";
    let measured = RESTING
        .replace("size: postgresql", &format!("size: postgresql, {observed}"))
        .replace("size: rabbitmq", &format!("size: rabbitmq, {observed}"));
    let ran = asked(&["plan", "-", "--use", "observed"], &measured);
    assert!(!ran.out.contains("catalogue") && !ran.out.contains('~'), "{}", ran.out);
}

/// `BAYPLAN_BLESS=1` writes the table instead.
#[test]
fn the_documentation_lists_the_whole_catalogue() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/catalogue.md");
    let text = std::fs::read_to_string(path).expect("the documentation");
    let (begin, end) = ("<!-- catalogue begins -->\n", "<!-- catalogue ends -->\n");
    let (before, rest) = text.split_once(begin).expect("the table begins");
    let (found, after) = rest.split_once(end).expect("the table ends");
    let page = asked(&["catalogue", "--format", "markdown"], "").out;
    let (_, table) = page.split_once("\n\n").expect("a heading");
    let expected = format!("\n{table}\n");
    if std::env::var_os("BAYPLAN_BLESS").is_some() {
        std::fs::write(path, format!("{before}{begin}{expected}{end}{after}")).expect("the documentation is written");
    } else {
        assert_eq!(found, expected);
    }
}
