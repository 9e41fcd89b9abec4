//! Which files are one project. As `docker compose -f a.yml -f b.yml` has it, each changes those before it; files of folders
//! or names of their own are projects of their own.

use super::super::found::Found;
use super::super::{Asked, Given};
use crate::diagnostic::{Place, quoted};
use crate::quantity::shorten;

/// What `docker compose` finds in a folder by itself.
const USUAL: [&str; 4] = ["compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml"];

/// What is asked for, project by project.
pub fn of<'a>(asked: &Asked<'a>) -> Vec<Asked<'a>> {
    let mut projects: Vec<Asked<'a>> = Vec::new();
    for given in &asked.files {
        let name = name(given);
        let of_name = projects.iter().position(|project| name.is_some() && called(project) == name);
        let changes = |project: &Asked| match called(project) {
            Some(known) if name.is_some_and(|name| name != known) => false,
            _ => project.files.first().is_none_or(|first| !are_apart(first, given)),
        };
        let of =
            of_name.or_else(|| projects.len().checked_sub(1).filter(|&last| projects.get(last).is_some_and(changes)));
        match of.and_then(|at| projects.get_mut(at)) {
            Some(project) => project.files.push(given.clone()),
            None => {
                let folder = if projects.is_empty() { asked.name.clone() } else { self::folder(given).1.to_owned() };
                projects.push(Asked { files: vec![given.clone()], name: folder, ..asked.clone() });
            }
        }
    }
    projects
}

/// The name that the files of a project say.
fn called<'a>(project: &'a Asked) -> Option<&'a str> {
    project.files.iter().find_map(name)
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

/// The name that a file says, with its variables as they are written.
fn name(given: &Given) -> Option<&str> {
    let text = std::str::from_utf8(&given.bytes).ok()?;
    let said = text.lines().find_map(|line| line.strip_prefix("name:"))?;
    let said = said.split(" #").next().unwrap_or("").trim().trim_matches(['"', '\'']);
    Some(said).filter(|name| !name.is_empty())
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
