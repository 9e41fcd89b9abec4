//! The JSON Schema for editors: the committed file, its agreement with the reader's tables, and its judgement.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use bayplan::diagnostic::Code;
use bayplan::document::Document;
use bayplan::document::keys::{DOCUMENT, Kind, STACK, Table};
use bayplan::document::schema;
use regex::Regex;
use serde_json::{Map, Value, json};

#[test]
fn the_committed_schema_is_the_one_that_the_program_writes() {
    let path = root().join("schema/layout.schema.json");
    let generated = serde_json::to_string_pretty(&schema::json()).expect("a schema") + "\n";
    if std::env::var_os("BAYPLAN_BLESS").is_some() {
        fs::write(&path, generated).expect("the schema is written");
    } else {
        let committed = fs::read_to_string(&path).expect("a committed schema");
        assert!(committed == generated, "BAYPLAN_BLESS=1 cargo test --test it schema:: writes {}", path.display());
    }
}

#[test]
fn every_key_of_the_readers_tables_is_in_the_schema_and_no_other() {
    let schema = schema::json();
    let tables = tables();
    assert!(tables.len() >= 9, "{} tables", tables.len());
    for table in tables {
        let object = if table.name == DOCUMENT.name { &schema } else { &schema["$defs"][table.name] };
        let known: BTreeSet<&str> = table.keys.iter().map(|key| key.name).collect();
        let properties = object["properties"].as_object().unwrap_or_else(|| panic!("no `{}`", table.name));
        assert_eq!(properties.keys().map(String::as_str).collect::<BTreeSet<_>>(), known, "`{}`", table.name);
        // Beside these a stack has names of its own.
        let open = object["additionalProperties"] != json!(false);
        assert_eq!(open, table.name == STACK.name, "`{}`", table.name);
        assert_eq!(object["description"], json!(table.about));
        for key in table.keys {
            assert_eq!(properties[key.name]["description"], json!(key.about), "`{}.{}`", table.name, key.name);
        }
    }
}

#[test]
fn every_reference_leads_somewhere_and_every_definition_is_used() {
    let schema = schema::json();
    let mut used = BTreeSet::new();
    collect_references(&schema, &mut used);
    let defined: BTreeSet<String> = schema["$defs"].as_object().expect("definitions").keys().cloned().collect();
    assert_eq!(used, defined);
}

#[test]
fn all_layouts_and_examples_and_the_starter_pass() {
    let mut documents = vec![root().join("src/cli/starter.yaml")];
    for folder in ["layouts", "examples"] {
        let entries = fs::read_dir(root().join(folder)).expect("a folder");
        documents.extend(entries.map(|entry| entry.expect("a file").path()).filter(|path| is_yaml(path)));
    }
    assert!(documents.len() >= 16);
    for path in documents {
        let text = fs::read_to_string(&path).expect("a document");
        assert_eq!(problems(&text), Vec::<String>::new(), "{}", path.display());
    }
}

#[test]
fn right_documents_pass() {
    let right = [
        "hosts: {a: {}}",
        "hosts: {a: {cpu: 2}, b: {cpu: 0.5}, c: {cpu: 500m}, d: {cpu: 2 cores}, e: {cpu: '2'}, f: {cpu: 1 core}}",
        "hosts: {a: {memory: 0}, b: {memory: 1.5GiB}, c: {memory: 4 GB}, d: {memory: 512m}, e: {memory: 1Ti}}",
        "hosts: {a: {memory: 1B}, b: {memory: 1KiB}, c: {memory: 1kB}, d: {memory: 3G}, e: {memory: '0'}}",
        "hosts: {a: {count: 3, watts: 15.5, price: 0, state: drain, title: 2026, labels: {arch: amd64, rack: 7}}}",
        "hosts: {a: {resources: {gpu: 1}, reserve: {cpu: 0.5, memory: [2GiB, 5%], disk: 10%, resources: {gpu: 0}}}}",
        "hosts: {a: {overcommit: {cpu: 4, memory: 1.5, resources: {gpu: 2}}}}",
        "name: 18\nextends: lab.yaml\nhosts: {a: null}\nstacks: null\nrules: null\nplacement: null",
        "stacks: {web: {app: {size: small, on: nuc, needs: db}, db: {on: [nuc, pi], apart: host, replicas: 2}}}",
        "stacks: {web: {app: {on: {arch: amd64}, needs: [db, platform/queue], limit: {memory: 1GiB}}}}",
        "stacks: {web: {app: {observed: {memory: 1MiB, source: docker stats, date: 2026-11-01}}}}",
        "startups: {s01..s17: web, s18: null, s03: {stack: web, priority: 0, containers: {app: {memory: null}}}}",
        "rules: [{apart: [s01/db, s0*/db]}, {together: [s18/app.1, s18/*, s01..s03/app]}]",
        "hosts: {a: {resources: {nvme: 2TB, gpu: 0}, reserve: {resources: {nvme: [5%, 1.5 GiB]}}}}",
        "hosts: {a: {containers: 0}, b: {containers: 110}}",
        "rules: [{survive: {any: zone}}, {survive: [1, {any: zone}, {any: 18}]}]",
        "pools: {ceph: {disk: 4TB, reserve: {disk: [5%, 1GB]}, hosts: [a, 'pve*', pve-1..pve-3]}, nfs: {disk: 1TB, hosts: a}}",
        "pools: {ceph: {title: x, disk: 4TB, resources: {iops: 100}, hosts: {zone: a}}, old: null}",
        "stacks: {web: {app: {pool: ceph, disk: 1GB}}}",
        "stacks: {web: {app: {replicas: 3, keep: 2}}}",
        "rules: [{apart: ['*/app'], each: startup}, {each: startup, together: [s01..s18/*]}]",
        "stacks: {web: {together: host, app: {}, db..dc: null}, tool: {together: {memory: 1GiB}, b: {}}, c: {together: null}}",
        "startups: {s01: {stack: web, together: none}, s02: {together: host, containers: {together: {cpu: 1}}}}",
        "toolbox: {ci: {title: CI/CD, tools: [GitLab CI/CD, 3], chosen: 3, with: x, status: never, runs: [], }, b: {tools: [a], runs: s01/db}}",
        "goals: [fewest-moves, fewest-hosts, balance, cheapest, least-power]",
        "placement: {nuc: [platform/*, s01..s12/*, platform/proxy.2], pi-1: [], pi-2: ['*']}",
        "placement: {nuc: [platform/proxy.*, s0*/*-db, s01/w1..w3, platform/proxy.1..proxy.3]}",
    ];
    for text in right {
        assert_eq!(problems(text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn wrong_documents_do_not() {
    let wrong = [
        "[]",
        "host: {a: {}}",
        "hosts: [a, b]",
        "hosts: {NUC: {}}",
        "hosts: {a: {ram: 4GiB}}",
        "hosts: {a: {memory: 4096}}",
        "hosts: {a: {memory: 4 gigs}}",
        "hosts: {a: {memory: -1GiB}}",
        "hosts: {a: {memory: 1e3MB}}",
        "hosts: {a: {memory: 1PiB}}",
        "hosts: {a: {memory: NaN}}",
        "hosts: {a: {cpu: -1}}",
        "hosts: {a: {cpu: two}}",
        "hosts: {a: {cpu: 2GiB}}",
        "hosts: {a: {count: 0}}",
        "hosts: {a: {count: 1.5}}",
        "hosts: {a: {resources: {gpu: 0.5}}}",
        "hosts: {a: {overcommit: {cpu: 0}}}",
        "hosts: {a: {overcommit: 4}}",
        "hosts: {a: {reserve: 2GiB}}",
        "hosts: {a: {reserve: {memory: [5]}}}",
        "hosts: {a: {reserve: {memory: 5 percent}}}",
        "hosts: {a: {state: off}}",
        "hosts: {a: {resources: {nvme: 2 TBs}}}",
        "hosts: {a: {containers: 1.5}}",
        "pools: {ceph: {disk: 4}}",
        "pools: {ceph: {disk: 4TB, hosts: [A]}}",
        "pools: {ceph: {disk: 4TB, memory: 1GiB}}",
        "stacks: {web: {app: {pool: [ceph]}}}",
        "hosts: {a: {overcommit: {containers: 2}}}",
        "hosts: {a: {watts: -3}}",
        "hosts: {a: {labels: [amd64]}}",
        "sizes: {small: 512MiB}",
        "sizes: {small: {replicas: 2}}",
        "stacks: {web: [app]}",
        "stacks: {web: {app: {mem: 1GiB}}}",
        "stacks: {web: {app: {replicas: 0}}}",
        "stacks: {web: {app: {needs: a/b/c}}}",
        "stacks: {web: {app: {needs: a/*}}}",
        "stacks: {web: {app: {needs: [a/b.1]}}}",
        "stacks: {web: {app: {on: [[nuc]]}}}",
        "stacks: {web: {app: {observed: {date: yesterday}}}}",
        "startups: {s01...s17: web}",
        "startups: {s01: [web]}",
        "startups: {s01: {stack: {app: {}}}}",
        "startups: {s01: {priority: -1}}",
        "rules: {apart: [a/b, c/d]}",
        "rules: [{}]",
        "rules: [{near: [a/b, c/d]}]",
        "rules: [{apart: [a/b, c/d], together: [a/b, c/d]}]",
        "rules: [{apart: a/b}]",
        "rules: [{except: [a/b]}]",
        "rules: [{apart: [a/b, c/d], moves: allowed}]",
        "rules: [{survive: 0}]",
        "rules: [{survive: one}]",
        "rules: [{survive: {all: zone}}]",
        "rules: [{survive: [1, {any: [zone]}]}]",
        "rules: [{survive: 1, moves: some}]",
        "rules: [{apart: [a/b, c/d], each: host}]",
        "rules: [{survive: 1, each: startup}]",
        "stacks: {web: {app: {replicas: 3, keep: 0}}}",
        "stacks: {web: {app: {replicas: 3, keep: two}}}",
        "stacks: {web: {together: arch, app: {}}}",
        "stacks: {web: {together: [host], app: {}}}",
        "stacks: {web: {apart: host, app: {}}}",
        "startups: {s01: {stack: web, together: true}}",
        "startups: {s01: {containers: {together: host}}}",
        "goals: balance",
        "goals: [cheap]",
        "placement: [a/b]",
        "placement: {nuc: a/b}",
        "placement: {nuc: [A/b]}",
        "placement: {nuc: [platform]}",
        "placement: {nuc: [s01..s12]}",
        "extends: ''",
    ];
    for text in wrong {
        assert!(!problems(text).is_empty(), "passes, and should not: {text}");
        let findings = findings(text);
        assert!(findings.iter().any(|code| *code != Code::NoHosts), "the reader takes it: {text}");
    }
}

/// What the reader says about it.
fn findings(text: &str) -> Vec<Code> {
    let document = Document::from_bytes("<test>", text.as_bytes(), &BTreeMap::new());
    match document.and_then(|document| document.resolve()) {
        Ok(resolved) => resolved.diagnostics.iter().map(|finding| finding.code).collect(),
        Err(problems) => problems.diagnostics.iter().map(|finding| finding.code).collect(),
    }
}

/// What the schema objects to in a YAML text.
fn problems(text: &str) -> Vec<String> {
    let document: Value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{text}\n{error}"));
    let schema = schema::json();
    let mut problems = Vec::new();
    judge(&schema, &schema, &document, "", &mut problems);
    problems
}

/// The keywords that the schema uses, by draft 2020-12; an unknown one is a panic, so that none is passed over.
fn judge(root: &Value, schema: &Value, value: &Value, at: &str, problems: &mut Vec<String>) {
    let schema = schema.as_object().expect("a schema is an object");
    if let Some(target) = schema.get("$ref").and_then(Value::as_str) {
        let name = target.strip_prefix("#/$defs/").expect("a local reference");
        judge(root, &root["$defs"][name], value, at, problems);
    }
    judge_inside(root, schema, value, at, problems);
    let mut demand = |holds: bool, what: &dyn std::fmt::Display| {
        if !holds {
            problems.push(format!("`{at}`: {what}"));
        }
    };
    for (keyword, rule) in schema {
        match keyword.as_str() {
            "$schema" | "$defs" | "title" | "description" | "$ref" => {}
            "properties" | "additionalProperties" | "propertyNames" | "items" => {}
            "type" => demand(type_is(rule, value), &rule),
            "const" => demand(value == rule, &rule),
            "enum" => demand(rule.as_array().expect("a list").contains(value), &rule),
            "pattern" => demand(
                value.as_str().is_none_or(|text| Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)),
                &rule,
            ),
            "minLength" => demand(value.as_str().is_none_or(|text| text.len() as u64 >= rule.as_u64().unwrap()), &rule),
            "minimum" => demand(value.as_f64().is_none_or(|number| number >= rule.as_f64().unwrap()), &rule),
            "maximum" => demand(value.as_f64().is_none_or(|number| number <= rule.as_f64().unwrap()), &rule),
            "exclusiveMinimum" => demand(value.as_f64().is_none_or(|number| number > rule.as_f64().unwrap()), &rule),
            "required" => {
                let names = rule.as_array().expect("a list");
                let has = |map: &serde_json::Map<String, Value>| {
                    names.iter().filter_map(Value::as_str).all(|name| map.contains_key(name))
                };
                demand(value.as_object().is_none_or(has), &keyword)
            }
            "anyOf" => {
                let passes = |form: &Value| {
                    let mut inner = Vec::new();
                    judge(root, form, value, at, &mut inner);
                    inner.is_empty()
                };
                demand(rule.as_array().expect("forms").iter().any(passes), &"none of the forms");
            }
            unknown => panic!("the schema uses `{unknown}`, which this test does not know"),
        }
    }
}

/// The keywords that go into maps and lists.
fn judge_inside(root: &Value, schema: &Map<String, Value>, value: &Value, at: &str, problems: &mut Vec<String>) {
    for (key, inner) in value.as_object().into_iter().flatten() {
        let at = format!("{at}/{key}");
        if let Some(names) = schema.get("propertyNames") {
            judge(root, names, &json!(key), &at, problems);
        }
        match (schema.get("properties").and_then(|known| known.get(key)), schema.get("additionalProperties")) {
            (Some(known), _) => judge(root, known, inner, &at, problems),
            (None, Some(Value::Bool(false))) => problems.push(format!("`{at}`: unknown")),
            (None, Some(other)) => judge(root, other, inner, &at, problems),
            (None, None) => {}
        }
    }
    if let (Some(items), Some(list)) = (schema.get("items"), value.as_array()) {
        for (position, inner) in list.iter().enumerate() {
            judge(root, items, inner, &format!("{at}/{position}"), problems);
        }
    }
}

fn type_is(rule: &Value, value: &Value) -> bool {
    let one = |name: &str| match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        "number" => value.is_number(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        unknown => panic!("the schema speaks of `{unknown}`"),
    };
    match rule {
        Value::String(name) => one(name),
        Value::Array(names) => names.iter().filter_map(Value::as_str).any(one),
        _ => panic!("`type` is {rule}"),
    }
}

/// Every table that is reached from the root.
fn tables() -> Vec<&'static Table> {
    fn visit(kind: &'static Kind, found: &mut Vec<&'static Table>) {
        match kind {
            Kind::Map(table) if !found.iter().any(|known| std::ptr::eq(*known, *table)) => {
                found.push(table);
                table.keys.iter().for_each(|key| visit(&key.kind, found));
            }
            Kind::Named { kind, .. } | Kind::List(kind) => visit(kind, found),
            Kind::Besides { table, kind } => {
                found.push(table);
                table.keys.iter().for_each(|key| visit(&key.kind, found));
                visit(kind, found);
            }
            Kind::Either(kinds) => kinds.iter().for_each(|kind| visit(kind, found)),
            _ => {}
        }
    }
    let mut found = vec![&DOCUMENT];
    DOCUMENT.keys.iter().for_each(|key| visit(&key.kind, &mut found));
    found
}

fn collect_references(schema: &Value, found: &mut BTreeSet<String>) {
    match schema {
        Value::Object(map) => {
            if let Some(name) = map.get("$ref").and_then(Value::as_str).and_then(|path| path.strip_prefix("#/$defs/")) {
                found.insert(name.to_owned());
            }
            map.values().for_each(|inner| collect_references(inner, found));
        }
        Value::Array(list) => list.iter().for_each(|inner| collect_references(inner, found)),
        _ => {}
    }
}

fn is_yaml(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension == "yaml")
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn the_documentation_speaks_of_every_key() {
    let page = fs::read_to_string(root().join("docs/document.md")).expect("the documentation");
    for table in tables() {
        for key in table.keys {
            assert!(page.contains(&format!("`{}`", key.name)), "`{}.{}`", table.name, key.name);
        }
    }
}

#[test]
fn the_schema_of_diagnostics_takes_every_code() {
    let path = root().join("schema/diagnostics.schema.json");
    let schema: Value = serde_json::from_str(&fs::read_to_string(path).expect("a schema")).expect("JSON");
    let found = &schema["properties"]["diagnostics"]["items"]["properties"];
    let pattern = Regex::new(found["code"]["pattern"].as_str().expect("a pattern")).expect("a regular expression");
    assert!(Code::ALL.iter().all(|code| pattern.is_match(code.name())));
    assert!(
        Code::ALL
            .iter()
            .all(|code| found["severity"]["enum"].as_array().expect("a list").contains(&json!(code.severity().name())))
    );
    assert_eq!(schema["properties"]["schema"]["const"], "bayplan/diagnostics/1");
}
