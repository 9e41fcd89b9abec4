//! The JSON Schema of the document, for editors: made from the key tables that the reader itself uses.

use serde_json::{Map, Value, json};

use super::keys::{CONTAINER_WISH, DOCUMENT, Kind, RULE, Table, WISH};
use super::shape::{CONTAINER_WISH_KINDS, CONTENT, RULE_KINDS, WISH_KINDS};
use crate::quantity::LARGEST_AMOUNT;

/// A name, as a regular expression without its ends.
const NAME: &str = "[a-z0-9][a-z0-9-]*";
/// A number as [`crate::quantity::Decimal`] reads it: no sign, no exponent, no zero in front.
const NUMBER: &str = r"(0|[1-9][0-9]*)(\.[0-9]+)?";
/// The units of memory and disk.
const BYTE_UNIT: &str = "(B|kB|MB|GB|TB|[KMGT]iB?|[kmgtKMGT])";

/// The schema, draft 2020-12. What it rejects the reader rejects, too, except whole numbers and factors in quotes. The
/// reader knows much more: whether names exist, ranges run forwards, amounts are whole numbers of bytes.
pub fn json() -> Value {
    let mut definitions = scalars();
    let mut root = table(&DOCUMENT, &mut definitions);
    if let Value::Object(root) = &mut root {
        root.insert("$schema".into(), json!("https://json-schema.org/draft/2020-12/schema"));
        root.insert("title".into(), json!("A bayplan document"));
        root.insert("$defs".into(), Value::Object(definitions));
    }
    root
}

/// The scalars that have a form of their own. A text may be written as a number: YAML has many scalars, bayplan one.
fn scalars() -> Map<String, Value> {
    let (startup, container) = ("[a-z0-9*-]+", r"[a-z0-9*-]+(\.([0-9]+|\*))?");
    let definitions = [
        ("name", or_digits(texts("A name: small letters, digits and hyphens.", &format!("^{NAME}$")))),
        ("nameOrRange", texts("A name, or a range of names such as `s01..s17`.", &format!(r"^{NAME}(\.\.{NAME})?$"))),
        (
            "hostPattern",
            or_digits(texts(
                "Hosts: a name, with `*` for any characters, or a range of names such as `pve-1..pve-3`.",
                &format!(r"^([a-z0-9*][a-z0-9*-]*|{NAME}\.\.{NAME})$"),
            )),
        ),
        (
            "pattern",
            texts(
                "Containers: `startup/container`, `startup/container.2`, `s01..s12/*`, or `*` for all.",
                &format!(r"^(\*|{startup}(\.\.{startup})?/{container}(\.\.{container})?|{NAME}/{NAME}@{NAME})$"),
            ),
        ),
        (
            "carriers",
            or_digits(texts(
                "Carriers: `container` of the same startup, or `startup/container`, with `*` and ranges.",
                &format!(r"^(\*|({startup}(\.\.{startup})?/)?{container}(\.\.{container})?)$"),
            )),
        ),
        (
            "place",
            texts("A host, or a carrier as in `platform/node.1`.", &format!(r"^{NAME}(/{NAME}(\.[1-9][0-9]*)?)?$")),
        ),
        (
            "need",
            or_digits(texts(
                "`container` of the same startup, or `startup/container`.",
                &format!("^{NAME}(/{NAME})?$"),
            )),
        ),
        ("runner", or_digits(texts("`startup`, or `startup/container`.", &format!("^{NAME}(/{NAME})?$")))),
        (
            "cpu",
            either([
                json!({"type": "number", "minimum": 0}),
                texts("Hardware threads: `2`, `0.5`, `500m`, `2 cores`.", &format!("^{NUMBER} ?(m|cores?)?$")),
            ]),
        ),
        (
            "bytes",
            either([
                json!({"const": 0}),
                texts(
                    "Bytes with a unit: `512MiB`, `1.5GiB` (1024), `4GB` (1000).",
                    &format!("^(0|{NUMBER} ?{BYTE_UNIT})$"),
                ),
            ]),
        ),
        (
            "amount",
            either([
                json!({"type": "integer", "minimum": 0, "maximum": LARGEST_AMOUNT}),
                texts("Bytes with a unit: `200GB`.", &format!("^{NUMBER} ?{BYTE_UNIT}$")),
            ]),
        ),
        ("percent", texts("A percentage: `5%`.", &format!("^{NUMBER} ?%$"))),
        ("share", texts("A percentage of no more than 100: `80%`.", "^(100(\\.0+)?|[1-9]?[0-9](\\.[0-9]{1,12})?) ?%$")),
        (
            "sum",
            texts(
                "An amount and a percentage: `4GiB + 10%`.",
                &format!(
                    "^({NUMBER} ?({BYTE_UNIT}|m)? ?\\+ ?{NUMBER} ?%|{NUMBER} ?% ?\\+ ?{NUMBER} ?({BYTE_UNIT}|m)?)$"
                ),
            ),
        ),
        ("text", json!({"type": ["string", "number", "boolean"]})),
        ("date", texts("A day: `2026-11-01`.", "^[0-9]{4}-[0-9]{2}-[0-9]{2}$")),
    ];
    definitions.into_iter().map(|(name, schema)| (name.to_owned(), schema)).collect()
}

fn texts(about: &str, pattern: &str) -> Value {
    json!({"description": about, "type": "string", "pattern": pattern})
}

/// A name of digits alone is a number to readers of YAML.
fn or_digits(schema: Value) -> Value {
    either([schema, json!({"type": "integer", "minimum": 0})])
}

/// The schema of one map. Tables it leads to are defined on the way.
fn table(table: &'static Table, definitions: &mut Map<String, Value>) -> Value {
    let properties: Map<String, Value> = table
        .keys
        .iter()
        .map(|key| {
            let mut schema = or_nothing(match key.name {
                "needs" => needs(),
                _ if table.maps() > 0 => varying(&key.kind, table.maps(), definitions),
                _ => kind(&key.kind, definitions),
            });
            if let Value::Object(schema) = &mut schema {
                schema.insert("description".into(), json!(key.about));
            }
            (key.name.to_owned(), schema)
        })
        .collect();
    let mut schema = json!({
        "description": table.about,
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    if let (true, Value::Object(schema)) = (std::ptr::eq(table, &RULE), &mut schema) {
        // One of these, each with keys of its own.
        let own = |kind: &str| match kind {
            "survive" => json!({"required": [kind], "propertyNames": {"enum": [kind, "except", "moves"]}}),
            "at-most" | "prefer" => json!({"required": [kind], "propertyNames": {"enum": [kind]}}),
            _ => json!({"required": [kind], "propertyNames": {"enum": [kind, "each"]}}),
        };
        schema.insert("anyOf".into(), RULE_KINDS.map(own).into_iter().collect());
    }
    let wishes: [(&Table, &[&str]); 2] = [(&WISH, &WISH_KINDS), (&CONTAINER_WISH, &CONTAINER_WISH_KINDS)];
    if let (Some((_, kinds)), Value::Object(schema)) =
        (wishes.into_iter().find(|(wish, _)| std::ptr::eq(*wish, table)), &mut schema)
    {
        let own = |kind: &&str| match *kind {
            "apart" | "together" if table.keys.iter().any(|key| key.name == "each") => {
                json!({"required": [kind], "propertyNames": {"enum": [kind, "each", "weight"]}})
            }
            kind => json!({"required": [kind], "propertyNames": {"enum": [kind, "weight"]}}),
        };
        schema.insert("anyOf".into(), kinds.iter().map(own).collect());
    }
    schema
}

/// The schema of a value that may be another in each phase or at each time, where it is an amount, in so many maps.
fn varying(of: &'static Kind, maps: usize, definitions: &mut Map<String, Value>) -> Value {
    match of {
        Kind::Named { kind: inner, .. } => named("name", varying(inner, maps, definitions)),
        amount if amount.is_amount() => {
            let schema = kind(amount, definitions);
            (0..maps).fold(schema.clone(), |inner, _| either([schema.clone(), named("name", inner)]))
        }
        other => kind(other, definitions),
    }
}

/// The schema of one value.
fn kind(of: &'static Kind, definitions: &mut Map<String, Value>) -> Value {
    match of {
        Kind::Text => reference("text"),
        Kind::Path => json!({"type": "string", "minLength": 1}),
        Kind::Date => reference("date"),
        Kind::Name => reference("name"),
        Kind::Runner => reference("runner"),
        Kind::Hosts => reference("hostPattern"),
        Kind::Pattern => reference("pattern"),
        Kind::Cpu => reference("cpu"),
        Kind::Bytes => reference("bytes"),
        Kind::Amount => reference("amount"),
        Kind::Content => json!({"const": CONTENT}),
        Kind::Carriers => reference("carriers"),
        Kind::Percent => reference("percent"),
        Kind::Target => reference("share"),
        Kind::Sum(_) => reference("sum"),
        Kind::Whole { least, most } => json!({"type": "integer", "minimum": least, "maximum": most}),
        Kind::Decimal => json!({"type": "number", "minimum": 0}),
        Kind::Factor => json!({"type": "number", "exclusiveMinimum": 0, "maximum": LARGEST_AMOUNT}),
        Kind::Choice(words) => json!({"enum": words}),
        Kind::Map(map) => {
            if !definitions.contains_key(map.name) {
                // Claimed before it is filled: tables may lead back to themselves.
                definitions.insert(map.name.to_owned(), Value::Null);
                let schema = table(map, definitions);
                definitions.insert(map.name.to_owned(), schema);
            }
            reference(map.name)
        }
        Kind::Named { ranges, kind: inner } => {
            let names = if *ranges { "nameOrRange" } else { "name" };
            named(names, kind(inner, definitions))
        }
        Kind::Places(inner) => named("place", kind(inner, definitions)),
        Kind::Besides { table: keys, kind: inner } => {
            if !definitions.contains_key(keys.name) {
                definitions.insert(keys.name.to_owned(), Value::Null);
                let mut schema = table(keys, definitions);
                let (names, values) = (reference("nameOrRange"), or_nothing(kind(inner, definitions)));
                if let Value::Object(schema) = &mut schema {
                    schema.insert("propertyNames".into(), names);
                    schema.insert("additionalProperties".into(), values);
                }
                definitions.insert(keys.name.to_owned(), schema);
            }
            reference(keys.name)
        }
        Kind::Labels => named("name", reference("text")),
        Kind::PhasedLabels => named("name", either([reference("text"), named("name", reference("text"))])),
        Kind::Count { most } => {
            let count = json!({"type": "integer", "minimum": 1, "maximum": most});
            either([count.clone(), named("name", count)])
        }
        Kind::List(inner) => json!({"type": "array", "items": kind(inner, definitions)}),
        Kind::Either(forms) => either(forms.iter().map(|form| kind(form, definitions))),
    }
}

/// One container or a list of them. The reader's table calls them patterns, but neither `*` nor a range may stand here.
fn needs() -> Value {
    either([reference("need"), json!({"type": "array", "items": reference("need")})])
}

/// A map from names that the document chooses.
fn named(names: &str, values: Value) -> Value {
    json!({"type": "object", "propertyNames": reference(names), "additionalProperties": or_nothing(values)})
}

/// `null` deletes what is inherited.
fn or_nothing(schema: Value) -> Value {
    let mut forms = match schema {
        Value::Object(mut object) if object.len() == 1 && object.contains_key("anyOf") => {
            match object.remove("anyOf") {
                Some(Value::Array(forms)) => forms,
                _ => Vec::new(),
            }
        }
        schema => vec![schema],
    };
    forms.push(json!({"type": "null"}));
    json!({"anyOf": forms})
}

fn either(forms: impl IntoIterator<Item = Value>) -> Value {
    json!({"anyOf": forms.into_iter().collect::<Vec<_>>()})
}

fn reference(name: &str) -> Value {
    json!({"$ref": format!("#/$defs/{name}")})
}
