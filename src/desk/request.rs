//! What can be asked at a desk, as JSON says it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// A request: `{"ask": "check"}`.
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "ask", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// Opens a document, with changes that were made of it before: `{"ask": "open", "name": "lab.yaml", "text": "..."}`.
    Open {
        /// The file's name, as messages say it.
        name: String,
        /// What is in the file.
        text: String,
        /// The files that it extends, by their paths.
        #[serde(default)]
        files: BTreeMap<String, String>,
        /// Made one after another; the first that cannot be made ends it, and nothing is opened.
        #[serde(default)]
        changes: Vec<Change>,
    },
    /// What stands where, in pictures: `bayplan/desk/1`.
    Scene,
    /// Makes a change.
    Change {
        /// Which.
        change: Change,
    },
    /// Takes the last change back; nothing where there is none.
    Undo,
    /// Makes it again.
    Redo,
    /// The phase that all is asked about: the first for `null`.
    Phase {
        /// Its name.
        phase: Option<String>,
    },
    /// Keeps the arrangement under a name; another of that name is forgotten.
    Name {
        /// Which.
        name: String,
    },
    /// Forgets the arrangement of a name.
    Forget {
        /// Which.
        name: String,
    },
    /// The text was saved: what differs from it is told from now on.
    Saved,
    /// The file says something else by now: the changes are made of that instead. Where one cannot be made, nothing happens.
    Rebase {
        /// What it says.
        text: String,
    },
    /// Where these containers could go, all of them together.
    Spots {
        /// Their ids.
        containers: Vec<String>,
    },
    /// As `bayplan check`.
    Check,
    /// As `bayplan check --survive`.
    Survive {
        /// How many hosts may be lost at once.
        #[serde(default)]
        hosts: usize,
        /// The labels of whose values any one may be lost.
        #[serde(default)]
        labels: Vec<String>,
    },
    /// As `bayplan plan`, with what stands staying where it is, or not.
    Plan {
        /// What stands stays.
        #[serde(default)]
        keep: bool,
        /// The order of the moves is looked for.
        #[serde(default)]
        moves: bool,
    },
    /// As `bayplan fit`.
    Fit {
        /// A stack of which more come.
        #[serde(default)]
        stack: Option<String>,
        /// How many.
        #[serde(default)]
        count: Option<u32>,
        /// A startup of the document that is not placed.
        #[serde(default)]
        startup: Option<String>,
    },
    /// As `bayplan what-if`.
    WhatIf {
        /// Hosts that are lost.
        #[serde(default)]
        lose: Vec<String>,
        /// Hosts that are to become empty.
        #[serde(default)]
        drain: Vec<String>,
        /// Kinds of hosts, and how many more.
        #[serde(default)]
        add: Vec<(String, u32)>,
        /// Pattern, resource and by how much.
        #[serde(default)]
        grow: Vec<(String, String, String)>,
        /// Startups that are left out.
        #[serde(default)]
        without: Vec<String>,
    },
    /// As `bayplan compare` of the document, or of an arrangement, with the document as it is now.
    Compare {
        /// The name of an arrangement; what was opened or saved last where none is named.
        #[serde(default)]
        with: Option<String>,
    },
    /// How pictures look, said once for all: `bayplan/desk-look/1`.
    Look,
    /// What is to be saved, and how it differs from what was: `bayplan/desk-text/1`.
    Text,
}

/// A change of a document by hand, all names being those of the document.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(tag = "do", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// Containers are put somewhere, whether they were anywhere before or not; what lies in them goes with them.
    Place {
        /// Their ids.
        containers: Vec<String>,
        /// A host, or the id of a carrier.
        on: String,
    },
    /// Containers are taken out, with what lies in them.
    TakeOut {
        /// Their ids.
        containers: Vec<String>,
    },
    /// Everything is where this says, and nothing else is anywhere: what a plan found, or an arrangement of a name.
    Arrange {
        /// For each host and carrier the ids of what is directly in it.
        placement: BTreeMap<String, Vec<String>>,
    },
}
