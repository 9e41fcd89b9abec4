//! Compose files, as `docker compose` reads them: several files merged, what they extend and include, variables,
//! profiles; and of each service what says where it can run and what it takes.

mod env;
mod interpolate;
mod load;
mod merge;
mod placement;
mod projects;
mod service;

use super::Asked;
use super::found::{Found, Project};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};
use crate::document::tree::{Entry, Node, Value};
use crate::document::{Files, Problems, Source};
use load::Loader;

pub use placement::{constraint, label};

/// What the files have, and their texts.
///
/// # Errors
/// A file that cannot be read, or that no Compose file is.
pub fn read(asked: &Asked, files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    let projects = projects::of(asked);
    let (mut all, mut sources) = (Found::default(), Vec::new());
    for project in &projects {
        let (mut found, read) = read_with(Loader::new(files), project)?;
        if projects.len() > 1 {
            projects::one_of_several(project, &mut found);
        }
        found.shift(u32::try_from(sources.len()).unwrap_or(u32::MAX));
        sources.extend(read);
        all.projects.extend(found.projects);
        all.refused.extend(found.refused);
        all.notes.extend(found.notes);
    }
    Ok((all, sources))
}

/// The same of stack files, of which `docker stack deploy` reads `deploy` and passes over what says it otherwise.
///
/// # Errors
/// As above.
pub fn read_stack(asked: &Asked, files: &dyn Files) -> Result<(Found, Vec<Source>), Problems> {
    let mut loader = Loader::new(files);
    loader.is_stack = true;
    read_with(loader, asked)
}

fn read_with(mut loader: Loader, asked: &Asked) -> Result<(Found, Vec<Source>), Problems> {
    let env = loader.environment(asked);
    let loaded = loader.project(&asked.files, env);
    if loader.found.has_errors() {
        return Err(Problems { diagnostics: loader.found.into_sorted(), sources: loader.sources });
    }
    let services = loaded.as_ref().and_then(|loaded| loaded.services.clone());
    let services = services.and_then(|node| if let Value::Map(services) = node.value { Some(services) } else { None });
    let Some(services) = services.filter(|it| !(it.is_empty() && loader.removed.is_empty())) else {
        let at = Place { file: 0, line: 1, column: 1, length: 0 };
        let diagnostic = Diagnostic::new(Code::MissingKey, at, "there are no `services`");
        let diagnostic = diagnostic.help("a Compose file has them; another format is named before the file");
        return Err(Problems { diagnostics: vec![diagnostic], sources: loader.sources });
    };
    let name = loaded.and_then(|loaded| loaded.name);
    let mut project = Project { name: project_name(&mut loader, name.as_ref(), env), ..Project::default() };
    let active = active(&loader, asked, env);
    let names = service::Names::of(&services, &mut loader);
    for Entry { key, at, value } in services.iter() {
        match service::read(key, *at, value, &active, &names, &mut loader) {
            Ok(container) => project.containers.push(container),
            Err((reason, at)) => {
                loader.report.refuse(&**key, reason, at);
                project.off.push(key.to_string());
            }
        }
    }
    project.off.extend(loader.removed.iter().map(|(name, _)| name.clone()));
    for (name, at) in std::mem::take(&mut loader.removed) {
        if !services.iter().any(|entry| *entry.key == *name) {
            loader.report.note(format!("{} is taken out by `!reset`", quoted(&name)), at);
        }
    }
    let mut found = loader.report;
    found.projects.push(project);
    Ok((found, loader.sources))
}

/// What the project is called: as the variables say, else the last file that does.
fn project_name(loader: &mut Loader, name: Option<&Node>, env: usize) -> Option<(String, Place)> {
    let variable = loader.variable(env, "COMPOSE_PROJECT_NAME").filter(|name| !name.is_empty());
    if let Some(variable) = variable {
        return Some((variable.to_owned(), Place::default()));
    }
    name.and_then(|node| Some((loader.text("name", node)?, node.at))).filter(|(name, _)| !name.is_empty())
}

/// The profiles that are on: those asked for, else those that the variables name. Where none is, the empty one is.
fn active(loader: &Loader, asked: &Asked, env: usize) -> Vec<String> {
    if !asked.profiles.is_empty() {
        return asked.profiles.clone();
    }
    let named = loader.variable(env, "COMPOSE_PROFILES").unwrap_or("");
    named.split(',').map(|name| name.trim().to_owned()).collect()
}
