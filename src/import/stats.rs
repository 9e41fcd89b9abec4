//! What `docker stats` and `podman stats` print: JSON, an object a line or a list of them, or the table as it stands on the
//! screen. Docker writes binary units and Podman decimal ones; each is what it says it is.

use std::collections::{BTreeMap, HashMap};

use super::amounts::{cores_percent, printed_bytes};
use super::found::{Container, Figure, Found, Measured, Project};
use super::json::{self, Json, Stop};
use super::texts::Texts;
use super::{Asked, Given};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::tree::{Node, Value};
use crate::document::{Files, Problems, Source};
use crate::quantity::Resource;

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or has nothing of that kind.
pub fn read(asked: &Asked, _files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    let mut texts = Texts::default();
    let mut all = All::default();
    for given in &asked.files {
        let Some((file, text)) = texts.text(given) else { continue };
        all.limits.clear();
        let read = match text.trim_start().as_bytes().first() {
            Some(b'{' | b'[') => all.json(text, file),
            _ => all.table(text, file, given),
        };
        if let Err(stop) = read {
            texts.wrong(*stop);
        }
        all.settle_limits(file);
    }
    let sources = texts.finish()?;
    Ok((all.found(), sources))
}

/// What stands in one row of one look at a container.
struct Row<'a> {
    name: &'a str,
    id: Option<&'a str>,
    at: Place,
    cpu: &'a str,
    memory: &'a str,
    /// The most memory, where it does not stand behind the memory itself.
    limit: Option<&'a str>,
}

#[derive(Default)]
struct All {
    found: Found,
    index: HashMap<String, usize>,
    ids: BTreeMap<String, String>,
    /// What this file gives as the most memory of each container.
    limits: Vec<(usize, u64)>,
}

impl All {
    fn json(&mut self, text: &str, file: u32) -> Result<(), Stop> {
        let mut json = Json::new(text, file)?;
        let mut rows = 0_usize;
        while !json.is_done() {
            rows += self.rows(&json.tree()?);
        }
        match rows {
            0 => Err(nothing(file, "no container stands in it with what it takes")),
            _ => Ok(()),
        }
    }

    /// The rows of one value: an object, a list of them, or a reply that has such a list.
    fn rows(&mut self, node: &Node) -> usize {
        match &node.value {
            Value::List(items) => items.iter().map(|item| self.rows(item)).sum(),
            Value::Map(entries) => {
                if let Some(list) = node.get("Stats") {
                    return self.rows(&list.value);
                }
                let key = |wanted: &[&str]| {
                    let is = |key: &str| wanted.iter().any(|wanted| is_spelled(key, wanted));
                    let mut texts = entries.iter().filter(|entry| is(&entry.key)).map(|entry| &entry.value);
                    texts.find_map(json::text)
                };
                let said = |text: Option<&'_ str>| text.is_some_and(|text| !matches!(text.trim(), "" | "--"));
                let (cpu, memory) = (key(&["cpuperc", "cpupercent", "cpu"]), key(&["memusage"]));
                // What says neither is something else, unless others do.
                let is_one = usize::from(cpu.is_some() || memory.is_some());
                let names = [key(&["name"]), key(&["container"]), key(&["id", "containerid"])];
                let Some(name) = names.into_iter().find(|name| said(*name)).flatten() else {
                    self.found.refuse("container", "it does not say its name", node.at);
                    return is_one;
                };
                if is_one == 0 {
                    self.found.refuse(name, "it says neither what it takes of processors nor of memory", node.at);
                    return 0;
                }
                self.row(&Row {
                    name,
                    id: key(&["id", "containerid"]),
                    at: node.at,
                    cpu: cpu.unwrap_or("--"),
                    memory: memory.unwrap_or("--"),
                    limit: key(&["memlimit"]),
                });
                1
            }
            _ => {
                self.found.refuse(
                    "container",
                    format!("this is {} where a container is due", node.kind_name()),
                    node.at,
                );
                0
            }
        }
    }

    /// The table as it is printed. Of a stream the columns stand again and again, with the codes that clear a screen.
    fn table(&mut self, text: &str, file: u32, given: &Given) -> Result<(), Stop> {
        let mut columns: Vec<Column> = Vec::new();
        let mut rows = 0_usize;
        for (number, line) in (1..).zip(text.split('\n')) {
            let line = without_codes(line);
            let words: Vec<&str> = line.split_whitespace().collect();
            let at = Place { file, line: number, column: 1, length: 0 };
            match header(&words) {
                _ if words.is_empty() => {}
                Some(header) => columns = header,
                None if columns.is_empty() => {
                    let message = format!("{} has no table of `docker stats` or `podman stats`", quoted(&given.name));
                    let help = "its first line has the names of the columns: NAME, CPU %, MEM USAGE / LIMIT";
                    return Err(Box::new(Diagnostic::new(Code::BadValue, at, message).help(help)));
                }
                None => {
                    rows += 1;
                    let cells = cells(&words, &columns);
                    let cell = |wanted: Column| {
                        cells.iter().find(|(column, _)| *column == wanted).map(|(_, text)| text.as_str())
                    };
                    let name = cell(Column::Name).or_else(|| cell(Column::Id)).filter(|name| *name != "--");
                    let name = name.or_else(|| cell(Column::Id));
                    match (name, cell(Column::Cpu), cell(Column::Memory)) {
                        (Some(name), cpu, memory) if cpu.is_some() || memory.is_some() => self.row(&Row {
                            name,
                            id: cell(Column::Id),
                            at,
                            cpu: cpu.unwrap_or("--"),
                            memory: memory.unwrap_or("--"),
                            limit: None,
                        }),
                        _ => {
                            let what = words.first().copied().unwrap_or("row");
                            self.found.refuse(what, "the row does not have the columns of the first line", at);
                        }
                    }
                }
            }
        }
        match rows {
            0 => Err(nothing(file, "the table has no rows")),
            _ => Ok(()),
        }
    }

    fn row(&mut self, row: &Row) {
        let Row { name, at, .. } = *row;
        let (memory, limit) = match row.memory.split_once('/') {
            Some((memory, limit)) => (memory.trim(), Some(limit.trim())),
            None => (row.memory.trim(), row.limit),
        };
        let is_nothing = |text: &str| matches!(text, "--" | "");
        let limit_of = |text: &str| printed_bytes(text).ok().filter(|limit| *limit > 0);
        let is_off = memory == "0B" && limit.is_some_and(|limit| limit == "0B");
        if is_off || is_nothing(memory) && is_nothing(row.cpu) {
            let why = if is_off { "did not run when it was looked at" } else { "was gone when it was looked at" };
            self.found.refuse(name, format!("{why}: nothing was measured"), at);
            return;
        }
        let mut amount = |what: &str, text: &str, read: fn(&str) -> Result<u64, String>| {
            if is_nothing(text) {
                self.found.refuse(format!("{name}: {what}"), "was not measured", at);
                return None;
            }
            read(text)
                .map_err(|why| self.found.refuse(format!("{name}: {what}"), format!("{} {why}", quoted(text)), at))
                .ok()
        };
        let cpu = amount("cpu", row.cpu.trim(), cores_percent);
        let memory = amount("memory", memory, printed_bytes);
        if cpu.is_none() && memory.is_none() {
            return;
        }
        if let Some(id) = row.id.filter(|id| !is_nothing(id))
            && let Some(before) = self.ids.insert(name.to_owned(), id.to_owned())
            && !alike(&before, id)
        {
            let message = format!(
                "{} has two ids, taken as one container that was made anew: import what runs on other hosts by itself",
                quoted(name)
            );
            self.found.note(message, at);
        }
        let position = *self.index.entry(name.to_owned()).or_insert_with(|| {
            let name = name.to_owned();
            self.found.measured.push(Measured { name, at, on: None, cpu: Vec::new(), memory: Vec::new(), limit: None });
            self.found.measured.len() - 1
        });
        if let Some(measured) = self.found.measured.get_mut(position) {
            measured.cpu.extend(cpu);
            measured.memory.extend(memory);
        }
        if let Some(limit) = limit.and_then(limit_of) {
            self.limits.push((position, limit));
        }
    }

    /// What stands behind the memory is the limit, or, where there is none, what the host has: the same for all who have
    /// none, and the most of all. What is below the most of a file is a limit for certain.
    fn settle_limits(&mut self, file: u32) {
        let Some(most) = self.limits.iter().map(|(_, limit)| *limit).max() else { return };
        for (position, limit) in std::mem::take(&mut self.limits) {
            if let Some(measured) = self.found.measured.get_mut(position)
                && limit < most
            {
                measured.limit = Some(limit);
            }
        }
        let message = format!(
            "{} of memory stands where no limit is larger: it is what the host has, or a limit, and taken for none",
            Resource::Memory.show(most)
        );
        self.found.note(message, Place { file, line: 1, column: 1, length: 0 });
    }

    fn found(mut self) -> Found {
        let containers = self.found.measured.iter().map(|one| {
            let figure = |value: u64| Figure { value, at: one.at };
            let limit = one.limit.map(|limit| (Resource::Memory, figure(limit))).into_iter().collect();
            Container { limit, ..Container::new(one.name.clone(), one.at) }
        });
        let project = Project { containers: containers.collect(), ..Project::default() };
        self.found.projects.push(project);
        self.found
    }
}

/// Whether a key is this one, whatever its capitals and underscores: `CPUPerc`, `cpu_percent`.
fn is_spelled(key: &str, wanted: &str) -> bool {
    key.bytes().filter(|byte| *byte != b'_').map(|byte| byte.to_ascii_lowercase()).eq(wanted.bytes())
}

/// Whether one id begins as the other: Docker shows twelve letters of them.
fn alike(a: &str, b: &str) -> bool {
    a.starts_with(b) || b.starts_with(a)
}

fn nothing(file: u32, message: &str) -> Stop {
    let at = Place { file, line: 1, column: 1, length: 0 };
    let help = "`docker stats --no-stream --format json` prints it, as does `podman stats --no-stream --format json`";
    Box::new(Diagnostic::new(Code::BadValue, at, message).help(help))
}

/// A column of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Id,
    Name,
    Cpu,
    Memory,
    /// One word that nobody asks for.
    Word,
    /// Two amounts with a slash between them that nobody asks for.
    Pair,
}

/// The columns, as their names stand above them.
const COLUMNS: &[(&[&str], Column)] = &[
    (&["CONTAINER", "ID"], Column::Id),
    (&["CONTAINER"], Column::Id),
    (&["ID"], Column::Id),
    (&["NAME"], Column::Name),
    (&["AVG", "CPU", "%"], Column::Word),
    (&["CPU", "%"], Column::Cpu),
    (&["CPU", "TIME"], Column::Word),
    (&["MEM", "USAGE", "/", "LIMIT"], Column::Memory),
    (&["MEM", "%"], Column::Word),
    (&["NET", "I/O"], Column::Pair),
    (&["NET", "IO"], Column::Pair),
    (&["BLOCK", "I/O"], Column::Pair),
    (&["BLOCK", "IO"], Column::Pair),
    (&["PIDS"], Column::Word),
];

/// The columns that a line of names has; `None` where it is no such line.
fn header(mut words: &[&str]) -> Option<Vec<Column>> {
    let mut columns = Vec::new();
    while !words.is_empty() {
        let (names, column) = COLUMNS.iter().find(|(names, _)| words.starts_with(names))?;
        columns.push(*column);
        words = words.get(names.len()..)?;
    }
    (columns.contains(&Column::Cpu) || columns.contains(&Column::Memory)).then_some(columns)
}

/// The cells of a row, however wide the blanks between them are. Of two amounts there may be but `--`.
fn cells(words: &[&str], columns: &[Column]) -> Vec<(Column, String)> {
    let mut cells = Vec::new();
    let mut rest = words;
    for column in columns {
        let is_pair = matches!(column, Column::Memory | Column::Pair) && rest.get(1) == Some(&"/");
        let length = if is_pair { 3 } else { 1 };
        let Some((cell, after)) = rest.split_at_checked(length) else { return Vec::new() };
        cells.push((*column, cell.join(" ")));
        rest = after;
    }
    if rest.is_empty() { cells } else { Vec::new() }
}

/// The line without what moves the cursor: `ESC [ ... letter`.
fn without_codes(line: &str) -> String {
    let mut text = String::new();
    let mut parts = line.split("\u{1b}[");
    text.push_str(parts.next().unwrap_or(""));
    for part in parts {
        text.push_str(part.trim_start_matches(|c: char| c.is_ascii_digit() || ";?".contains(c)).get(1..).unwrap_or(""));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Found {
        let file = Given { name: "stats".to_owned(), bytes: text.as_bytes().into() };
        let asked = Asked { files: vec![file], ..Asked::default() };
        let none: BTreeMap<String, String> = BTreeMap::new();
        read(&asked, &none).unwrap_or_else(|problems| panic!("{}", problems.render(false))).0
    }

    type Seen<'a> = (&'a str, &'a [u64], &'a [u64], Option<u64>);

    fn measured(found: &Found) -> Vec<Seen<'_>> {
        found.measured.iter().map(|it| (it.name.as_str(), &it.cpu[..], &it.memory[..], it.limit)).collect()
    }

    #[test]
    fn what_docker_prints_as_json_is_read_line_by_line() {
        let found = found(
            r#"{"Name":"db","ID":"a1","CPUPerc":"150.25%","MemUsage":"970MiB / 1.5GiB"}
{"Name":"web","ID":"b2","CPUPerc":"0.03%","MemUsage":"2.352MiB / 15.5GiB"}
{"Name":"--","Container":"c3","ID":"c3","CPUPerc":"--","MemUsage":"-- / --"}
{"Name":"off","ID":"d4","CPUPerc":"0.00%","MemUsage":"0B / 0B"}
{"Name":"db","ID":"a1","CPUPerc":"20%","MemUsage":"1GiB / 1.5GiB"}
"#,
        );
        assert_eq!(
            measured(&found),
            [
                ("db", &[1503, 200][..], &[970 << 20, 1 << 30][..], Some(3 << 29)),
                ("web", &[1][..], &[2_466_251][..], None),
            ]
        );
        let refused: Vec<_> = found.refused.iter().map(|it| (it.what.as_str(), it.at.line)).collect();
        assert_eq!(refused, [("c3", 3), ("off", 4)]);
        assert_eq!(found.notes.len(), 1, "{:?}", found.notes);
    }

    #[test]
    fn what_podman_prints_is_decimal() {
        let found = found(
            r#"[
 {"id": "a1", "name": "db", "cpu_time": "20.56ms", "cpu_percent": "3.01%", "mem_usage": "512MB / 16.7GB", "pids": "2"},
 {"id": "b2", "name": "web", "cpu_percent": "NaN%", "mem_usage": "12.29kB / 32MB"}
]"#,
        );
        assert_eq!(
            measured(&found),
            [("db", &[31][..], &[512_000_000][..], None), ("web", &[][..], &[12_290][..], Some(32_000_000)),]
        );
        assert_eq!(found.refused.iter().map(|it| it.what.as_str()).collect::<Vec<_>>(), ["web: cpu"]);
    }

    #[test]
    fn the_table_is_read_whatever_its_blanks() {
        let found = found(
            "\u{1b}[2J\u{1b}[HCONTAINER ID   NAME      CPU %     MEM USAGE / LIMIT     MEM %     NET I/O     BLOCK I/O     PIDS\n\
             ed37317fbf42   nginx     0.03%     2.352MiB / 982.5MiB   0.24%     539kB / 606kB   0B / 13.3kB   2\n\
             b95a83497c91 app 0.28% 5.629MiB / 64MiB 0.29% -- 147kB / 0B 9\n\
             c95a83497c91 gone -- -- / -- -- -- -- --\n\
             x y z\n\
             \u{1b}[2J\u{1b}[HNAME CPU % MEM USAGE / LIMIT\napp 1.00% 6MiB / 64MiB\r\n",
        );
        assert_eq!(
            measured(&found),
            [
                ("nginx", &[1][..], &[2_466_251][..], None),
                ("app", &[3, 10][..], &[5_902_435, 6 << 20][..], Some(64 << 20)),
            ]
        );
        assert_eq!(found.refused.iter().map(|it| it.at.line).collect::<Vec<_>>(), [4, 5]);
    }

    #[test]
    fn the_average_of_podman_is_not_what_is_taken_now() {
        let found = found(
            "ID            NAME        CPU %       MEM USAGE / LIMIT  MEM %       NET IO      BLOCK IO    PIDS        CPU TIME    AVG CPU %\n\
             a9f807ffaacd  frosty      3.01%       3.092MB / 16.7GB   0.02%       -- / --     -- / --     2           20.56ms     9.99%\n",
        );
        assert_eq!(measured(&found), [("frosty", &[31][..], &[3_092_000][..], None)]);
    }
}
