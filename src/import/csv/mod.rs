//! A spreadsheet of hosts, or of containers, saved as text: one in each row, what the columns have above them.

mod cells;
mod columns;
mod rows;

use std::collections::{BTreeSet, HashMap};

use self::cells::{Numbers, amount, count};
use self::columns::{Column, Columns, Role, is_called};
use self::rows::{Cell, first_rows, rows};
use super::found::{Container, Count, Figure, Figures, Found, Machine, Named, Project};
use super::texts::Texts;
use super::{Asked, Given};
use crate::diagnostic::{Code, Diagnostic, Place, plain, quoted};
use crate::document::{Files, Problems, Source};
use crate::quantity::Resource;

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or whose columns do not say what is in it.
pub fn read(asked: &Asked, _files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    let mut texts = Texts::default();
    let mut found = Found::default();
    for given in &asked.files {
        let Some((file, text)) = texts.text(given) else { continue };
        if let Err(diagnostic) = sheet(text, file, given, asked, &mut found) {
            texts.wrong(*diagnostic);
        }
    }
    Ok((found, texts.finish()?))
}

/// Whether each column that `--columns` names is in some sheet, of all that are read.
///
/// # Errors
/// One that is in none.
pub fn columns_are_there(asked: &Asked) -> Result<(), Problems> {
    if asked.columns.is_empty() {
        return Ok(());
    }
    let contents = asked.contents.iter().map(|content| &content.file);
    let all = asked.files.iter().chain(&asked.hosts).chain(&asked.measured).chain(contents);
    let (mut texts, mut there) = (Texts::default(), Vec::new());
    for given in all {
        let header = texts.text(given).and_then(|(file, text)| first_rows(text, file, 1).ok());
        there.extend(header.into_iter().flat_map(|(rows, _)| rows).flatten());
    }
    let missing = asked.columns.iter().find(|(_, name)| !there.iter().any(|cell| is_called(cell, name)));
    let Some((_, name)) = missing else { return Ok(()) };
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    let known: Vec<String> =
        there.iter().take(30).filter(|it| !it.text.is_empty()).map(|it| quoted(&it.text)).collect();
    let diagnostic = Diagnostic::new(Code::BadValue, at, format!("no column is called {}", quoted(name)));
    texts.wrong(diagnostic.help(format!("the columns are {}", known.join(", "))));
    texts.finish().map(drop)
}

fn sheet(text: &str, file: u32, given: &Given, asked: &Asked, found: &mut Found) -> Result<(), Box<Diagnostic>> {
    let (rows, leaves_comma) = rows(text, file)?;
    let Some((header, rows)) = rows.split_first() else {
        let at = Place { file, line: 1, column: 1, length: 0 };
        return Err(Box::new(Diagnostic::new(Code::EmptyDocument, at, "there are no cells").help("save it as CSV")));
    };
    let columns = Columns::of(header, &asked.columns)?;
    for (_, cell) in &columns.others {
        found.note(format!("the column {} says nothing that is read", quoted(&cell.text)), cell.at);
    }
    let has = |role: Role| columns.by_role.contains_key(&role);
    let name = match (has(Role::Container), has(Role::Name), has(Role::Host)) {
        (true, ..) => Role::Container,
        (_, true, _) => Role::Name,
        (.., true) => Role::Host,
        _ => {
            let at = header.first().map_or(Place { file, line: 1, column: 1, length: 0 }, |cell| cell.at);
            let diagnostic = Diagnostic::new(Code::MissingKey, at, "no column has names of containers or hosts");
            let help = "call one `container` or `host`, or say which it is: `--columns container=Name`";
            return Err(Box::new(diagnostic.help(help)));
        }
    };
    if rows.is_empty() {
        let at = header.first().map_or(Place { file, line: 1, column: 1, length: 0 }, |cell| cell.at);
        let diagnostic = Diagnostic::new(Code::EmptyDocument, at, "there are no rows below the names of the columns");
        return Err(Box::new(diagnostic.help("save the whole sheet as CSV")));
    }
    if name == Role::Host
        && let Some(cell) = maybe_containers(&columns, rows)
    {
        let message = "no column has names of containers, and the hosts may be those on which they run";
        let help = format!(
            "say what has the names of containers, `--columns container={}`, or that these are hosts: `--columns host={}`",
            cell,
            columns.by_role.get(&name).and_then(|column| header.get(column.position)).map_or("", |cell| &cell.text)
        );
        let at = columns.by_role.get(&name).map_or(Place::default(), |column| column.at);
        return Err(Box::new(Diagnostic::new(Code::MissingKey, at, message).help(plain(&help))));
    }
    // A column `name` may be of either: the others say of which, or the file's name.
    let of_containers = [Role::Host, Role::Startup, Role::Image, Role::CpuLimit, Role::MemoryLimit, Role::Needs];
    let are_hosts = name == Role::Host
        || name == Role::Name && !of_containers.iter().any(|role| has(*role)) && {
            let file = given.name.rsplit(['/', '\\']).next().unwrap_or("").to_lowercase();
            let are_hosts = ["host", "server", "machine", "node"].iter().any(|word| file.contains(word));
            let what = if are_hosts { "hosts" } else { "containers" };
            let at = columns.by_role.get(&name).map_or(Place::default(), |column| column.at);
            let message =
                format!("taken for {what}: `--columns host=...` or `--columns container=...` says what they are");
            found.note(message, at);
            are_hosts
        };
    let numbers = Numbers::of(rows, &columns, leaves_comma);
    let mut sheet = Sheet { columns, numbers, name, found, projects: HashMap::new(), hosts: BTreeSet::new() };
    for row in rows {
        sheet.row(row, header.len(), are_hosts);
    }
    Ok(())
}

/// The column that may have names of containers in a sheet of which the usual words say but hosts: where columns say what
/// hosts do not have, a host stands in several rows, or texts stand before the hosts.
fn maybe_containers<'c>(columns: &'c Columns, rows: &[Vec<Cell>]) -> Option<&'c str> {
    if columns.said.contains(&Role::Host) {
        return None;
    }
    let host = columns.by_role.get(&Role::Host)?.position;
    let of_containers = [Role::Startup, Role::Image, Role::CpuLimit, Role::MemoryLimit, Role::Needs];
    let cells =
        |position: usize| rows.iter().filter_map(move |row| row.get(position)).filter(|cell| !cell.text.is_empty());
    let mut seen = BTreeSet::new();
    let repeats = cells(host).any(|cell| !seen.insert(cell.text.as_str()));
    let is_text = |position: usize| cells(position).any(|cell| cell.text.chars().any(char::is_alphabetic));
    let before = columns.others.iter().find(|(position, _)| *position < host && is_text(*position));
    let other = before.or_else(|| columns.others.iter().find(|(position, _)| is_text(*position)));
    let is_maybe = of_containers.iter().any(|role| columns.by_role.contains_key(role)) || repeats && other.is_some();
    (is_maybe || before.is_some()).then(|| other.map_or("NAME", |(_, cell)| cell.text.as_str()))
}

struct Sheet<'a> {
    columns: Columns,
    numbers: Numbers,
    name: Role,
    found: &'a mut Found,
    /// Positions by the name of the startup.
    projects: HashMap<String, usize>,
    hosts: BTreeSet<String>,
}

impl Sheet<'_> {
    fn cell<'r>(&self, row: &'r [Cell], role: Role) -> Option<(&'r Cell, Column)> {
        let column = self.columns.by_role.get(&role)?;
        let cell = row.get(column.position)?;
        let is_nothing = matches!(cell.text.as_str(), "" | "-" | "--" | "n/a" | "N/A" | "?" | "none");
        (!is_nothing).then(|| (cell, column.clone()))
    }

    fn row(&mut self, row: &[Cell], width: usize, are_hosts: bool) {
        if let Some(beyond) = row.get(width..).and_then(|rest| rest.iter().find(|cell| !cell.text.is_empty())) {
            let what = row.first().map_or("row", |cell| cell.text.as_str());
            self.found.refuse(what, "the row has more cells than there are columns", beyond.at);
            return;
        }
        let Some((name, _)) = self.cell(row, self.name) else {
            let at = row.first().map_or(Place::default(), |cell| cell.at);
            self.found.refuse(format!("line {}", at.line), "has no name", at);
            return;
        };
        if ["total", "totals", "sum", "summe", "gesamt", "summary"].contains(&name.text.to_lowercase().as_str()) {
            self.found.refuse(&name.text, "is the sum of the rows, by its name", name.at);
            return;
        }
        let name = (name.text.clone(), name.at);
        if are_hosts { self.host(row, name) } else { self.container(row, name) }
    }

    /// The amounts of a row. One that cannot be read is refused, the rest stays.
    fn amounts(&mut self, row: &[Cell], name: &str, roles: &[(Role, Resource)], is_capacity: bool) -> Figures {
        let mut figures = Figures::new();
        for (role, resource) in roles {
            let Some((cell, column)) = self.cell(row, *role) else { continue };
            match amount(&cell.text, resource, column.unit.as_deref(), self.numbers, is_capacity) {
                Ok(value) => {
                    figures.insert(resource.clone(), Figure { value, at: cell.at });
                }
                Err(why) => {
                    let what = format!("{name}: {}", resource.name());
                    self.found.refuse(what, format!("{} {why}", quoted(&cell.text)), cell.at);
                }
            }
        }
        figures
    }

    /// How many there are; `None` where that cannot be read.
    fn count(&mut self, row: &[Cell], name: &str) -> Option<u64> {
        let Some((cell, _)) = self.cell(row, Role::Count) else { return Some(1) };
        match count(&cell.text) {
            Ok(0) => {
                self.found.refuse(name, "is switched off: there are none", cell.at);
                None
            }
            Ok(count) => Some(count),
            Err(why) => {
                let reason = format!("how many there are is not known: {} {why}", quoted(&cell.text));
                self.found.refuse(name, reason, cell.at);
                None
            }
        }
    }

    fn host(&mut self, row: &[Cell], (name, at): (String, Place)) {
        const MOST: u64 = 100_000;
        let Some(count) = self.count(row, &name) else { return };
        let roles = [
            (Role::Cpu, Resource::Cpu),
            (Role::Memory, Resource::Memory),
            (Role::Disk, Resource::Disk),
            (Role::Gpu, Resource::Named("gpu".to_owned())),
        ];
        let capacity = self.amounts(row, &name, &roles, true);
        if capacity.is_empty() {
            self.found.refuse(name, "has no size", at);
            return;
        }
        if count > MOST || self.found.hosts.len() as u64 + count > MOST {
            self.found.refuse(name, format!("there would be more than {MOST} hosts, the limit"), at);
            return;
        }
        for number in 1..=count {
            let name = if count == 1 { name.clone() } else { format!("{name}-{number}") };
            if !self.hosts.insert(name.clone()) {
                self.found.refuse(name, "stands twice: the first is taken", at);
                continue;
            }
            let capacity = capacity.clone();
            let labels = std::collections::BTreeMap::new();
            self.found.hosts.push(Machine { name, at, capacity, labels, drained: false });
        }
    }

    fn container(&mut self, row: &[Cell], (name, at): (String, Place)) {
        let Some(count) = self.count(row, &name) else { return };
        let mut container = Container::new(name.clone(), at);
        container.count = Count::Replicas(count);
        container.image = self.cell(row, Role::Image).map(|(cell, _)| cell.text.clone());
        let roles = [
            (Role::Cpu, Resource::Cpu),
            (Role::Memory, Resource::Memory),
            (Role::Disk, Resource::Disk),
            (Role::Gpu, Resource::Named("gpu".to_owned())),
        ];
        container.request = self.amounts(row, &name, &roles, false);
        let limits = [(Role::CpuLimit, Resource::Cpu), (Role::MemoryLimit, Resource::Memory)];
        container.limit = self.amounts(row, &name, &limits, false);
        if let Some((cell, _)) = self.cell(row, Role::Needs) {
            let names = cell.text.split([',', ';', ' ', '\n']).map(str::trim).filter(|name| !name.is_empty());
            let named = |name: &str| Named { name: name.to_owned(), at: cell.at, optional: false };
            container.needs = names.map(named).collect();
        }
        if let Some((cell, _)) = self.cell(row, Role::Host).filter(|_| self.name != Role::Host) {
            let hosts = cell.text.split([',', ';']).map(str::trim).filter(|name| !name.is_empty());
            container.runs_on = hosts.map(|host| (host.to_owned(), cell.at)).collect();
        }
        let startup = self.cell(row, Role::Startup).map(|(cell, _)| (cell.text.clone(), cell.at));
        let key = startup.as_ref().map_or(String::new(), |(name, _)| name.clone());
        let position = *self.projects.entry(key).or_insert_with(|| {
            self.found.projects.push(Project { name: startup, ..Project::default() });
            self.found.projects.len() - 1
        });
        if let Some(project) = self.found.projects.get_mut(position) {
            project.containers.push(container);
        }
    }
}

#[cfg(test)]
mod tests;
