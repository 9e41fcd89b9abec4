//! Which files are one project. As `docker compose -f a.yml -f b.yml` has it, each changes those before it; files of folders
//! or names of their own are projects of their own.

use super::super::found::Found;
use super::super::{Asked, Given, json};
use crate::diagnostic::{Place, quoted};
use crate::document::findings::Findings;
use crate::document::reading::text_of;
use crate::document::tree::parse_foreign;
use crate::quantity::shorten;

/// What `docker compose` finds in a folder by itself.
const USUAL: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// What is asked for, project by project.
pub fn of<'a>(asked: &Asked<'a>) -> Vec<Asked<'a>> {
    // One file is one project, whatever it says.
    if let [_] = asked.files.as_slice() {
        return vec![asked.clone()];
    }
    // Each with the name that its files say.
    let mut projects: Vec<(Asked<'a>, Option<String>)> = Vec::new();
    for given in &asked.files {
        let name = name(given);
        let of_name = projects.iter().position(|(_, known)| name.is_some() && *known == name);
        let changes = |(project, known): &(Asked, Option<String>)| match (known, &name) {
            (Some(known), Some(name)) if known != name => false,
            _ => project.files.first().is_none_or(|first| !are_apart(first, given)),
        };
        let of =
            of_name.or_else(|| projects.len().checked_sub(1).filter(|&last| projects.get(last).is_some_and(changes)));
        match of.and_then(|at| projects.get_mut(at)) {
            Some((project, known)) => {
                project.files.push(given.clone());
                *known = known.take().or(name);
            }
            None => {
                let folder = if projects.is_empty() { asked.name.clone() } else { self::folder(given).1.to_owned() };
                projects.push((Asked { files: vec![given.clone()], name: folder, ..asked.clone() }, name));
            }
        }
    }
    projects.into_iter().map(|(project, _)| project).collect()
}

/// Says that a project is one of several, and gives it a name.
pub fn one_of_several(project: &Asked, found: &mut Found) {
    let at = Place { file: 0, line: 1, column: 1, length: 0 };
    let files: Vec<String> = project.files.iter().map(|given| quoted(&shorten(&given.name))).collect();
    let verb = if files.len() == 1 { "is a project of its own" } else { "are a project of their own" };
    found.note(format!("{} {verb}, by folder or `name`", files.join(" and ")), at);
    for it in found.projects.iter_mut().filter(|it| it.name.is_none()) {
        it.name = Some((project.name.clone(), at));
    }
}

/// The name that a file says, with its variables as they are written; of several documents the last that says one. What
/// cannot be read is said where the file is read for all else.
fn name(given: &Given) -> Option<String> {
    let (mut sources, mut wrong) = (Vec::new(), Findings::default());
    let (file, text) = text_of(&given.name, &given.bytes, &mut sources, &mut wrong)?;
    let roots = parse_foreign(text, file, &mut wrong)?.roots;
    let said = roots.iter().rev().find_map(|root| root.get("name"))?;
    json::text(&said.value).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// Whether each is found in a folder of its own.
fn are_apart(first: &Given, other: &Given) -> bool {
    let is_usual = |given: &Given| USUAL.contains(&file_name(given));
    is_usual(first) && is_usual(other) && folder(first).0 != folder(other).0
}

fn file_name(given: &Given) -> &str {
    given.name.rsplit('/').next().unwrap_or("")
}

/// The folder of a file, and what that is called; a file in none is called as itself.
fn folder(given: &Given) -> (&str, &str) {
    let (folder, _) = given.name.rsplit_once('/').unwrap_or(("", ""));
    let called = folder.rsplit('/').next().filter(|name| !matches!(*name, "" | "." | ".."));
    (folder, called.unwrap_or_else(|| file_name(given).split('.').next().unwrap_or("")))
}
