//! The strategic plan: for each category the tools considered, the one chosen, and what runs it.

use std::collections::BTreeSet;

use super::{Demand, ServiceIndex, Span, StartupIndex};
use crate::diagnostic::Place;

/// The `toolbox:` of a document. Nothing in it changes what may run where.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Toolbox {
    /// In the document's order.
    pub categories: Vec<Category>,
}

/// One category of tools.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Category {
    /// Its key.
    pub name: String,
    /// What people call it.
    pub title: Option<String>,
    /// The tools considered, in free text, each once.
    pub tools: Vec<String>,
    /// Which of `tools` is chosen.
    pub chosen: Option<usize>,
    /// What is used along with the chosen one.
    pub with: Vec<String>,
    /// When it is to be there.
    pub status: Status,
    /// What runs it; `None` where that is not said, nothing where the document says that it runs elsewhere.
    pub runs: Option<Vec<Runner>>,
    /// The phases in which the chosen tool is there.
    pub span: Span,
    /// Where the document says so.
    pub at: Place,
}

/// When a category is to have its tool.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It is there.
    Now,
    /// It comes next.
    Next,
    /// When its time comes.
    #[default]
    Later,
    /// It was considered and is not wanted.
    Never,
}

/// What runs a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Runner {
    /// A startup as a whole.
    Startup(StartupIndex),
    /// A container of a startup, all its replicas.
    Service(ServiceIndex),
}

impl Status {
    /// All of them, the nearest first.
    pub const ALL: [Status; 4] = [Status::Now, Status::Next, Status::Later, Status::Never];

    /// As documents write it.
    pub fn name(self) -> &'static str {
        match self {
            Status::Now => "now",
            Status::Next => "next",
            Status::Later => "later",
            Status::Never => "never",
        }
    }
}

impl Category {
    /// What people call it: its title, else its name.
    pub fn label(&self) -> &str {
        self.title.as_deref().unwrap_or(&self.name)
    }

    /// The tool that is chosen.
    pub fn chosen_tool(&self) -> Option<&str> {
        self.tools.get(self.chosen?).map(String::as_str)
    }
}

impl Toolbox {
    /// The services that belong to no category, of startups of which some category names a container: who says of one
    /// what it is for has said it of all.
    pub fn uncategorised(&self, demand: &Demand) -> Vec<ServiceIndex> {
        let (mut spoken_of, mut covered) = (BTreeSet::new(), BTreeSet::new());
        for runner in self.categories.iter().flat_map(|category| category.runs.iter().flatten()) {
            match *runner {
                Runner::Startup(startup) => covered.extend(demand.startups[startup].services.clone()),
                Runner::Service(service) => {
                    spoken_of.insert(demand.services[service].startup);
                    covered.insert(service);
                }
            }
        }
        let services = spoken_of.into_iter().flat_map(|startup| demand.startups[startup].services.clone());
        services.filter(|service| !covered.contains(service)).collect()
    }
}
