//! A document that is worked on.

use std::collections::BTreeMap;

use super::Refused;
use super::history::History;
use super::request::Change;
use crate::document::{Destination, Document, Problems};
use crate::model::{ContainerIndex, HostIndex, Layout, Placement, Spot};
use crate::report::json;

/// The text of a document, what it means, and what was done to it.
#[derive(Clone)]
pub struct Session {
    name: String,
    files: BTreeMap<String, String>,
    /// What the file says, as far as is known.
    saved: String,
    text: String,
    document: Document,
    layout: Layout,
    history: History,
    /// The placements that were given a name, in texts.
    named: BTreeMap<String, String>,
}

impl Session {
    /// A document with changes made of it.
    ///
    /// # Errors
    /// What is wrong with the document, or with the first change that cannot be made.
    pub fn open(
        name: String,
        text: String,
        files: BTreeMap<String, String>,
        changes: Vec<Change>,
    ) -> Result<Session, Refused> {
        let (document, layout) = read(&name, &text, &files, None)?;
        let saved = text.clone();
        let (history, named) = (History::new(), BTreeMap::new());
        let mut session = Session { name, files, saved, text, document, layout, history, named };
        changes.into_iter().try_for_each(|change| session.change(change))?;
        Ok(session)
    }

    /// The file's name.
    pub fn file(&self) -> &str {
        &self.name
    }

    /// What is to be saved.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What the file says.
    pub fn on_file(&self) -> &str {
        &self.saved
    }

    /// What the text says.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What it means.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// What was done.
    pub fn history(&self) -> &History {
        &self.history
    }

    /// The names of arrangements.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.named.keys().map(String::as_str)
    }

    /// The arrangement of a name, or what the file says.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn other(&self, name: Option<&str>) -> Result<Layout, Refused> {
        let text = match name {
            None => &self.saved,
            Some(name) => self.named.get(name).ok_or_else(|| self.unknown_name(name))?,
        };
        Ok(read(&self.name, text, &self.files, self.document.phase())?.1)
    }

    fn unknown_name(&self, name: &str) -> Refused {
        let known: Vec<&str> = self.names().collect();
        let help = if known.is_empty() { "none has a name yet".to_owned() } else { format!("there are {known:?}") };
        json::error("unknown-arrangement", &format!("no arrangement is called {name:?}\n\nhelp: {help}"))
    }

    /// Where everything is now.
    pub fn placement(&self) -> Placement {
        let nothing = || Placement::empty(self.layout.demand.containers.len());
        self.layout.placement.clone().unwrap_or_else(nothing)
    }

    /// Makes a change and writes it into the text.
    ///
    /// # Errors
    /// Why it cannot be made; then nothing is.
    pub fn change(&mut self, change: Change) -> Result<(), Refused> {
        let placement = self.placed(&change)?;
        let target = Destination { path: &self.name, working_directory: None };
        let unsaid = || {
            let message = "what stands there is written in a way that does not take the change\n\nhelp: write \
                           `placement` and `extends` plainly, without anchors and aliases";
            json::error("not-written", message)
        };
        let text = self.document.text_with_placement(&self.layout, &placement, target).ok_or_else(unsaid)?;
        let (document, layout) = read(&self.name, &text, &self.files, self.document.phase())?;
        let spot = |it| layout.placement.as_ref().and_then(|placement| placement.spot(it));
        let is_same = layout.demand.indices().all(|it| spot(it) == placement.spot(it));
        if !is_same || layout.demand.containers.len() != self.layout.demand.containers.len() {
            return Err(unsaid());
        }
        self.history.push(change, &self.text, &text);
        (self.text, self.document, self.layout) = (text, document, layout);
        Ok(())
    }

    /// Where everything is after a change.
    fn placed(&self, change: &Change) -> Result<Placement, Refused> {
        let all = Names::of(&self.layout);
        let mut placement = self.placement();
        match change {
            Change::Place { containers, on } => {
                let spot = all.spot(on)?;
                for container in all.containers(containers)? {
                    if within(&self.layout, &placement, spot, container) {
                        let id = self.layout.container_id(container);
                        return Err(json::error("in-itself", &format!("`{id}` cannot lie in itself")));
                    }
                    placement.put(container, spot);
                }
                placement.settle();
            }
            Change::TakeOut { containers } => {
                let out = all.containers(containers)?;
                placement = placement.only(|container| !out.contains(&container));
            }
            Change::Arrange { placement: spots } => {
                placement = Placement::empty(self.layout.demand.containers.len());
                for (spot, containers) in spots {
                    let spot = all.spot(spot)?;
                    all.containers(containers)?.into_iter().for_each(|it| placement.put(it, spot));
                }
                placement.settle();
            }
        }
        Ok(placement)
    }

    /// Takes the last change back.
    pub fn undo(&mut self) {
        let text = self.history.undo(&self.text);
        self.turn_to(text);
    }

    /// Makes the change again that was taken back last.
    pub fn redo(&mut self) {
        let text = self.history.redo(&self.text);
        self.turn_to(text);
    }

    /// A text of before, which was read then.
    fn turn_to(&mut self, text: Option<String>) {
        let read = text.map(|text| (read(&self.name, &text, &self.files, self.document.phase()), text));
        if let Some((Ok((document, layout)), text)) = read {
            (self.text, self.document, self.layout) = (text, document, layout);
        }
    }

    /// All is asked about this phase.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn at_phase(&mut self, phase: Option<String>) -> Result<(), Refused> {
        (self.document, self.layout) = read(&self.name, &self.text, &self.files, phase.as_deref())?;
        Ok(())
    }

    /// Keeps the arrangement under a name.
    pub fn name(&mut self, name: String) {
        self.named.insert(name, self.text.clone());
    }

    /// Forgets it.
    ///
    /// # Errors
    /// Where there is none of that name.
    pub fn forget(&mut self, name: &str) -> Result<(), Refused> {
        self.named.remove(name).map(drop).ok_or_else(|| self.unknown_name(name))
    }

    /// The file says what is to be saved.
    pub fn saved(&mut self) {
        self.saved.clone_from(&self.text);
    }

    /// The same changes made of another text; the file says that.
    ///
    /// # Errors
    /// What is wrong with it, or why the first change that cannot be made of it is not; then nothing happens.
    pub fn rebase(&mut self, text: String) -> Result<(), Refused> {
        let changes = self.history.made().cloned().collect();
        let mut session = Session::open(self.name.clone(), text, self.files.clone(), changes)?;
        session.named = std::mem::take(&mut self.named);
        if let Some(phase) = self.document.phase() {
            session.at_phase(Some(phase.to_owned()))?;
        }
        *self = session;
        Ok(())
    }
}

/// What a text says and means.
fn read(
    name: &str,
    text: &str,
    files: &BTreeMap<String, String>,
    phase: Option<&str>,
) -> Result<(Document, Layout), Refused> {
    let said = |problems: Problems| json::diagnostics(&problems);
    let document = Document::from_bytes(name, text.as_bytes(), files).map_err(said)?;
    let document = match phase {
        Some(phase) => document.at(phase),
        None => document,
    };
    let layout = document.resolve().map_err(said)?.layout;
    Ok((document, layout))
}

/// Whether `spot` is `container`, or lies in it.
fn within(layout: &Layout, placement: &Placement, spot: Spot, container: ContainerIndex) -> bool {
    let mut at = spot;
    // No carrier lies in itself: as many steps as there are containers.
    for _ in 0..=layout.demand.containers.len() {
        match at {
            Spot::Carrier(carrier) if carrier == container => return true,
            Spot::Carrier(carrier) => match placement.spot(carrier) {
                Some(outer) => at = outer,
                None => return false,
            },
            Spot::Host(_) => return false,
        }
    }
    true
}

/// What the names of a layout mean.
pub struct Names<'a> {
    hosts: BTreeMap<&'a str, HostIndex>,
    containers: BTreeMap<String, ContainerIndex>,
}

impl Names<'_> {
    /// Those of a layout.
    pub fn of(layout: &Layout) -> Names<'_> {
        Names {
            hosts: layout.lab.indices().map(|host| (layout.lab.hosts[host].name.as_str(), host)).collect(),
            containers: layout.demand.indices().map(|it| (layout.container_id(it), it)).collect(),
        }
    }

    /// The containers of these ids.
    ///
    /// # Errors
    /// The first that is none.
    pub fn containers(&self, ids: &[String]) -> Result<Vec<ContainerIndex>, Refused> {
        let known = |id: &String| {
            let unknown = || json::error("unknown-container", &format!("there is no container {id:?}"));
            self.containers.get(id).copied().ok_or_else(unknown)
        };
        ids.iter().map(known).collect()
    }

    /// The host of that name, or the carrier of that id.
    ///
    /// # Errors
    /// Where it is neither.
    pub fn spot(&self, name: &str) -> Result<Spot, Refused> {
        let host = self.hosts.get(name).map(|&host| Spot::Host(host));
        let carrier = || self.containers.get(name).map(|&carrier| Spot::Carrier(carrier));
        let unknown = || json::error("unknown-host", &format!("there is no host and no carrier {name:?}"));
        host.or_else(carrier).ok_or_else(unknown)
    }
}
