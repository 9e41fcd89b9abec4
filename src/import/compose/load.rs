//! The files of a project become one map of services: those named, what they extend, what they include.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use super::super::found::Found;
use super::super::{Asked, Given};
use super::env;
use super::interpolate::interpolate;
use super::merge::{Merger, Tags};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::findings::Findings;
use crate::document::reading::{join, normal, text_of};
use crate::document::tree::{Entry, Node, Value, parse_foreign};
use crate::document::{Files, Source};
use crate::quantity::shorten;

/// How many files one project may read in all.
const MOST_FILES: usize = 256;

/// The keys of a file; others begin with `x-`.
const KEYS: [&str; 9] =
    ["version", "name", "include", "services", "networks", "volumes", "configs", "secrets", "models"];

/// How often a service may extend one that extends another.
const DEEPEST: usize = 64;

/// Reads the files of a project.
pub struct Loader<'a> {
    files: &'a dyn Files,
    /// What `Place::file` counts.
    pub sources: Vec<Source>,
    /// What cannot be read at all.
    pub found: Findings,
    /// What cannot be carried over.
    pub report: Found,
    /// The services that `!reset` took out.
    pub removed: Vec<(String, Place)>,
    /// Whether the files are stack files, of which a swarm reads less.
    pub is_stack: bool,
    tags: Tags,
    copied: usize,
    /// Whether it was said that there is too much.
    is_full: bool,
    /// The variables of each environment.
    envs: Vec<BTreeMap<String, String>>,
    /// The environment of each source.
    env_of: Vec<usize>,
    /// The services of files that were read, with the environment they were read in.
    trees: HashMap<(String, usize), Option<Node>>,
    /// Services with what they extend.
    extended: HashMap<(String, usize, String), Option<Node>>,
    /// The files that are being included.
    open: Vec<String>,
}

/// A project as its files say it together.
#[derive(Clone, Debug, Default)]
pub struct Loaded {
    /// The services.
    pub services: Option<Node>,
    /// The name.
    pub name: Option<Node>,
}

impl<'a> Loader<'a> {
    /// One that has read nothing yet.
    pub fn new(files: &'a dyn Files) -> Loader<'a> {
        Loader {
            files,
            sources: Vec::new(),
            found: Findings::default(),
            report: Found::default(),
            removed: Vec::new(),
            is_stack: false,
            tags: Tags::new(),
            copied: 0,
            is_full: false,
            envs: Vec::new(),
            env_of: Vec::new(),
            trees: HashMap::new(),
            extended: HashMap::new(),
            open: Vec::new(),
        }
    }

    /// The environment of the files asked for: the files of variables that are named, else `.env` beside the first.
    pub fn environment(&mut self, asked: &Asked) -> usize {
        let first = asked.files.first().map_or("", |file| file.name.as_str());
        self.envs.push(BTreeMap::new());
        let beside = join(first, ".env");
        let named: Vec<(String, bool)> = match asked.env_files.as_slice() {
            [] => vec![(beside, false)],
            files => files.iter().map(|file| (file.clone(), true)).collect(),
        };
        // The files themselves come first among the sources, so that what has no other place is said of the first.
        for file in &asked.files {
            self.sources.push(Source { name: file.name.clone(), text: String::new() });
            self.env_of.push(0);
        }
        for (name, required) in named {
            self.variables(0, &name, required, false, Place::default());
        }
        0
    }

    /// Adds the variables of a file to an environment.
    fn variables(&mut self, env: usize, name: &str, required: bool, keep: bool, at: Place) {
        let bytes = match self.files.read(name) {
            Ok(bytes) => bytes,
            Err(reason) if required => return self.unreadable(name, &reason, at),
            Err(_) => return,
        };
        let file = u32::try_from(self.sources.len()).unwrap_or(u32::MAX);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let text = text.strip_prefix('\u{feff}').unwrap_or(&text).replace("\r\n", "\n");
        let wrong = self.envs.get_mut(env).map_or_else(Vec::new, |variables| env::read(&text, variables, keep));
        self.sources.push(Source { name: name.to_owned(), text });
        self.env_of.push(env);
        for (line, reason) in wrong {
            self.report
                .note(format!("a line that {reason} is passed over"), Place { file, line, column: 1, length: 0 });
        }
    }

    fn unreadable(&mut self, name: &str, reason: &str, at: Place) {
        let message = format!("cannot read {}: {reason}", quoted(&shorten(name)));
        let diagnostic = Diagnostic::new(Code::UnreadableFile, at, message).help("check the path");
        self.found.push(if at == Place::default() { Diagnostic { at: None, ..diagnostic } } else { diagnostic });
    }

    /// A variable of an environment.
    pub fn variable(&self, env: usize, name: &str) -> Option<&str> {
        self.envs.get(env)?.get(name).map(String::as_str)
    }

    /// A text with its variables; `None` where it says nothing. What cannot be read is refused as `what`.
    pub fn text(&mut self, what: &str, node: &Node) -> Option<String> {
        let text = match &node.value {
            Value::Text(text) => text,
            Value::Null | Value::Gone => return None,
            Value::List(_) | Value::Map(_) => {
                self.report.refuse(what, format!("must be a text, not {}", node.kind_name()), node.at);
                return None;
            }
        };
        if !text.contains('$') {
            return Some(text.to_string());
        }
        match self.put(text, node.at) {
            Ok((text, None)) => Some(text),
            Ok((_, Some(unset))) => {
                let reason = format!("{} needs the variable `{unset}`, which has no value", quoted(&shorten(text)));
                self.report.refuse(what, reason, node.at);
                None
            }
            Err(reason) => {
                self.report.refuse(what, format!("{} {reason}", quoted(&shorten(text))), node.at);
                None
            }
        }
    }

    /// A text with its variables, as far as these have values.
    pub fn as_far_as_known(&self, node: &Node) -> Option<String> {
        let Value::Text(text) = &node.value else { return None };
        match self.put(text, node.at) {
            Ok((text, _)) => Some(text),
            Err(_) => text.split('$').next().map(str::to_owned),
        }
    }

    /// A text with its variables, and one that has no value.
    fn put(&self, text: &str, at: Place) -> Result<(String, Option<String>), String> {
        let env = self.env_of.get(at.file as usize).copied().unwrap_or(0);
        let value = |name: &str| self.variable(env, name);
        interpolate(text, &value).map(|put| (put.text, put.unset.into_iter().next()))
    }

    /// The project of these files, each over those before it.
    pub fn project(&mut self, files: &[Given], env: usize) -> Option<Loaded> {
        let mut loaded = Loaded::default();
        let mut included: Vec<(String, Node)> = Vec::new();
        for (position, given) in files.iter().enumerate() {
            let Some(root) = self.given(given, position, env) else { continue };
            self.note_others(&root, &loaded);
            self.add(&given.name, &root, env, &mut loaded, &mut included);
        }
        self.including(&mut loaded, included, env);
        Some(loaded)
    }

    /// Says that a file changes nothing of those before it, and may be meant as a project of its own.
    fn note_others(&mut self, root: &Node, loaded: &Loaded) {
        let names = |node: &Node| match &node.value {
            Value::Map(entries) => entries.iter().map(|entry| Arc::clone(&entry.key)).collect(),
            _ => Vec::new(),
        };
        let (Some(before), Some(services)) = (&loaded.services, root.get("services")) else { return };
        let (before, own) = (names(before), names(&services.value));
        if !own.is_empty() && own.iter().all(|name| !before.contains(name)) {
            let message = "joins the project of the files before it, as `docker compose -f` has it: a `name` of its own \
                           makes it another";
            self.report.note(message, services.at);
        }
    }

    /// Adds what a file says to what those before it say.
    fn add(&mut self, name: &str, root: &Node, env: usize, loaded: &mut Loaded, included: &mut Vec<(String, Node)>) {
        if let Some(said) = root.get("name") {
            loaded.name = Some(said.value.clone());
        }
        if let Some(include) = root.get("include") {
            included.push((name.to_owned(), include.value.clone()));
        }
        let Some(services) = root.get("services").map(|entry| entry.value.clone()) else { return };
        let services = self.with_extended(name, &services, env, loaded.services.as_ref());
        self.note_removed(&services);
        loaded.services = self.over(loaded.services.as_ref(), &services);
    }

    /// Says which services a file takes out.
    fn note_removed(&mut self, services: &Node) {
        let Value::Map(entries) = &services.value else { return };
        let is_reset = |entry: &&Entry| self.tags.get(&entry.value.at).is_some_and(|tag| &**tag == "!reset");
        let removed = entries.iter().filter(is_reset).map(|entry| (entry.key.to_string(), entry.at));
        let removed: Vec<(String, Place)> = removed.collect();
        self.removed.extend(removed);
    }

    fn over(&mut self, base: Option<&Node>, over: &Node) -> Option<Node> {
        let mut merger = Merger { tags: &self.tags, copied: &mut self.copied };
        let merged = match base {
            Some(base) => merger.merged(base, over, "services"),
            None => merger.alone(over),
        };
        if merger.is_full() {
            self.too_much(over.at);
        }
        merged
    }

    fn too_much(&mut self, at: Place) {
        if std::mem::replace(&mut self.is_full, true) {
            return;
        }
        let message = "the files together say more than can be read, the limit";
        self.found.add(Code::TooLarge, at, message, "let services extend less");
    }

    /// The tree of a file that is given with its bytes.
    fn given(&mut self, given: &Given, position: usize, env: usize) -> Option<Node> {
        // Those before it count, for the places of what is wrong.
        let mut one = vec![Source { name: String::new(), text: String::new() }; position];
        let read = text_of(&given.name, &given.bytes, &mut one, &mut self.found);
        // Its place among the sources is kept for it.
        if let (Some(source), Some(slot)) = (one.pop(), self.sources.get_mut(position)) {
            *slot = source;
        }
        let (_, text) = read?;
        self.env_of.get_mut(position).into_iter().for_each(|slot| *slot = env);
        self.tree(text, u32::try_from(position).unwrap_or(u32::MAX))
    }

    fn tree(&mut self, text: &str, file: u32) -> Option<Node> {
        let foreign = parse_foreign(text, file, &mut self.found)?;
        self.tags.extend(foreign.tags);
        let mut whole: Option<Node> = None;
        for root in foreign.roots {
            let Value::Map(entries) = &root.value else {
                // An override that says nothing.
                if !matches!(root.value, Value::Null | Value::Gone) {
                    let message = format!("a Compose file is a map; this is {}", root.kind_name());
                    self.found.add(Code::WrongKind, root.at, message, "check the file");
                }
                continue;
            };
            self.unknown_keys(entries);
            whole = Some(match whole {
                Some(before) => self.document_over(&before, entries),
                None => root,
            });
        }
        whole
    }

    /// A document of a file over those before it, as over those of a file before it.
    fn document_over(&mut self, before: &Node, entries: &[Entry]) -> Node {
        let mut all = if let Value::Map(before) = &before.value { before.to_vec() } else { Vec::new() };
        for entry in entries {
            let Some(known) = all.iter_mut().find(|known| known.key == entry.key) else {
                all.push(entry.clone());
                continue;
            };
            known.value = match &*entry.key {
                "services" => self.over(Some(&known.value), &entry.value).unwrap_or_else(|| entry.value.clone()),
                _ => entry.value.clone(),
            };
        }
        Node { at: before.at, value: Value::Map(Arc::new(all)) }
    }

    /// Says which keys of a file Compose does not have. One without `services` is no such file, which is said elsewhere.
    fn unknown_keys(&mut self, entries: &[Entry]) {
        if !entries.iter().any(|entry| matches!(&*entry.key, "services" | "include")) {
            return;
        }
        for entry in entries.iter().filter(|entry| !KEYS.contains(&&*entry.key) && !entry.key.starts_with("x-")) {
            let reason = "is no key of a Compose file, and is not read: `x-` marks those of others";
            self.report.refuse(shorten(&entry.key), reason, entry.at);
        }
    }

    /// The tree of a file that another names.
    fn named(&mut self, name: &str, env: usize, at: Place) -> Option<Node> {
        let key = (normal(name), env);
        if let Some(known) = self.trees.get(&key) {
            return known.clone();
        }
        if self.sources.len() >= MOST_FILES {
            let message = format!("the project has more than {MOST_FILES} files, the limit");
            self.found.add(Code::TooLarge, at, message, "include less");
            return None;
        }
        let tree = match self.files.read(name) {
            Ok(bytes) => {
                let (sources, found) = (&mut self.sources, &mut self.found);
                let read = text_of(name, &bytes, sources, found);
                self.env_of.resize(self.sources.len(), env);
                read.and_then(|(file, text)| self.tree(text, file))
            }
            Err(reason) => {
                self.unreadable(name, &reason, at);
                None
            }
        };
        self.trees.insert(key, tree.clone());
        tree
    }

    /// The services of a file, each over what it extends.
    fn with_extended(&mut self, file: &str, services: &Node, env: usize, before: Option<&Node>) -> Node {
        let Value::Map(entries) = &services.value else {
            if !matches!(services.value, Value::Null | Value::Gone) {
                let message = format!("`services` must be a map; this is {}", services.kind_name());
                self.found.add(Code::WrongKind, services.at, message, "write each service under its name");
            }
            return services.clone();
        };
        if !entries.iter().any(|entry| entry.value.get("extends").is_some()) {
            return services.clone();
        }
        let mut all = Vec::with_capacity(entries.len());
        for entry in entries.iter() {
            let mut open = Vec::new();
            let value = self.extended(file, services, &entry.key, env, before, &mut open);
            all.push(Entry { value: value.unwrap_or_else(|| entry.value.clone()), ..entry.clone() });
        }
        Node { at: services.at, value: Value::Map(Arc::new(all)) }
    }

    /// A service over what it extends.
    fn extended(
        &mut self,
        file: &str,
        services: &Node,
        name: &str,
        env: usize,
        before: Option<&Node>,
        open: &mut Vec<(String, String)>,
    ) -> Option<Node> {
        let service = services.get(name).or_else(|| before?.get(name))?.value.clone();
        let Some(extends) = service.get("extends").cloned() else { return Some(service) };
        let key = (normal(file), env, name.to_owned());
        if let Some(known) = self.extended.get(&key) {
            return known.clone();
        }
        let own = without(&service, "extends");
        let (of, other) = match &extends.value.value {
            Value::Text(_) => (self.text(&format!("{name}: extends"), &extends.value), None),
            Value::Map(_) => {
                let of = extends.value.get("service").map(|entry| entry.value.clone());
                let other = extends.value.get("file").map(|entry| entry.value.clone());
                let of = of.and_then(|node| self.text(&format!("{name}: extends"), &node));
                (of, other.and_then(|node| Some((self.text(&format!("{name}: extends"), &node)?, node.at))))
            }
            _ => (None, None),
        };
        let Some(of) = of else {
            self.report.refuse(format!("{name}: extends"), "does not say which service", extends.at);
            return Some(own);
        };
        let at = extends.at;
        let other = other.map(|(path, at)| (join(file, path.trim()), at));
        let step = (other.as_ref().map_or_else(|| normal(file), |(path, _)| normal(path)), of.clone());
        if open.contains(&step) || open.is_empty() && step == (normal(file), name.to_owned()) {
            let message = format!("{} extends itself", quoted(&shorten(&of)));
            self.found.add(Code::ExtendsCycle, at, message, "take one of these `extends` out");
            return None;
        }
        if open.len() >= DEEPEST {
            let message = format!("services extend each other more than {DEEPEST} deep, the limit");
            self.found.add(Code::TooDeep, at, message, "let them extend less");
            return None;
        }
        if open.is_empty() {
            open.push((normal(file), name.to_owned()));
        }
        open.push(step);
        let base = match other {
            Some((path, at)) => {
                let tree = self.named(&path, env, at);
                let services = tree.and_then(|tree| Some(tree.get("services")?.value.clone()));
                services.and_then(|services| self.extended(&path, &services, &of, env, None, open))
            }
            None => self.extended(file, services, &of, env, before, open),
        };
        open.pop();
        let merged = match base {
            Some(base) => {
                let mut merger = Merger { tags: &self.tags, copied: &mut self.copied };
                let merged = merger.merged(&base, &own, "");
                if merger.is_full() {
                    self.too_much(at);
                }
                // The merged service stands where the one stands that extends.
                merged.map(|merged| Node { at: own.at, ..merged })
            }
            None => {
                if !self.found.has_errors() {
                    let reason = format!("there is no service {} to extend", quoted(&shorten(&of)));
                    self.report.refuse(format!("{name}: extends"), reason, at);
                }
                Some(own)
            }
        };
        self.extended.insert(key, merged.clone());
        merged
    }

    /// Says what the project says over all that it includes.
    fn including(&mut self, loaded: &mut Loaded, included: Vec<(String, Node)>, env: usize) {
        let mut base: Option<Node> = None;
        for (from, include) in included {
            let list = match &include.value {
                Value::List(list) => list.to_vec(),
                Value::Null | Value::Gone => Vec::new(),
                _ => vec![include.clone()],
            };
            for one in list {
                if let Some(services) = self.included(&from, &one, env) {
                    base = self.over(base.as_ref(), &services);
                }
            }
        }
        let Some(base) = base else { return };
        loaded.services = match &loaded.services {
            Some(own) => {
                let own = own.clone();
                self.over(Some(&base), &own)
            }
            None => Some(base),
        };
    }

    /// The services of a project that is included.
    fn included(&mut self, from: &str, include: &Node, env: usize) -> Option<Node> {
        let texts = |loader: &mut Self, node: Option<&Entry>| -> Vec<(String, Place)> {
            let nodes: Vec<Node> = match node.map(|entry| &entry.value) {
                Some(Node { value: Value::List(list), .. }) => list.to_vec(),
                Some(node) => vec![node.clone()],
                None => Vec::new(),
            };
            nodes.iter().filter_map(|node| Some((loader.text("include", node)?, node.at))).collect()
        };
        let (paths, env_files, folder) = match &include.value {
            Value::Text(_) => (vec![(self.text("include", include)?, include.at)], Vec::new(), None),
            _ => {
                let folder = include.get("project_directory").map(|entry| entry.value.clone());
                (
                    texts(self, include.get("path")),
                    texts(self, include.get("env_file")),
                    folder.and_then(|node| self.text("include", &node)),
                )
            }
        };
        if paths.is_empty() {
            self.report.refuse("include", "does not say which file", include.at);
            return None;
        }
        if let Some((path, at)) = paths.iter().find(|(path, _)| path.contains("://") || path.starts_with("git@")) {
            let reason = format!("{} is not on this machine", quoted(&shorten(path)));
            self.report.refuse("include", reason, *at);
            return None;
        }
        let paths: Vec<(String, Place)> = paths.into_iter().map(|(path, at)| (join(from, path.trim()), at)).collect();
        let (first, at) = paths.first()?.clone();
        let key = normal(&first);
        if self.open.contains(&key) || normal(from) == key {
            let message = format!("{} includes itself", quoted(&shorten(&first)));
            self.found.add(Code::ExtendsCycle, at, message, "take one of these `include` out");
            return None;
        }
        if self.envs.len() > MOST_FILES {
            let message = format!("the project includes more than {MOST_FILES} files, the limit");
            self.found.add(Code::TooLarge, at, message, "include less");
            return None;
        }
        // Its own variables, where the project says nothing else.
        let inner = self.envs.len();
        self.envs.push(self.envs.get(env)?.clone());
        if env_files.is_empty() {
            let beside = match folder {
                Some(folder) => format!("{}/.env", join(from, folder.trim())),
                None => join(&first, ".env"),
            };
            self.variables(inner, &beside, false, true, at);
        }
        for (file, at) in env_files {
            self.variables(inner, &join(from, file.trim()), true, true, at);
        }
        self.open.push(key);
        let mut loaded = Loaded::default();
        let mut further = Vec::new();
        for (path, at) in &paths {
            if let Some(root) = self.named(path, inner, *at) {
                self.add(path, &root, inner, &mut loaded, &mut further);
            }
        }
        self.including(&mut loaded, further, inner);
        self.open.pop();
        loaded.services
    }
}

fn without(node: &Node, key: &str) -> Node {
    match &node.value {
        Value::Map(entries) => {
            let rest = entries.iter().filter(|entry| &*entry.key != key).cloned().collect();
            Node { at: node.at, value: Value::Map(Arc::new(rest)) }
        }
        _ => node.clone(),
    }
}
