//! Arranging by hand: a session is the text of a document and the changes that were made of it, each typed, and each
//! written into the text as it is made. [`ask`] takes requests in JSON and gives answers in JSON, so that a page asks a
//! program and an engine within itself the same way. No input or output and no clock of its own: both come from outside.
//!
//! One law: what it says of a session is, to the byte, what the command line says of the document that the session saves.
//! It holds because every answer is asked of that text, read anew after each change.
//!
//! ```
//! use bayplan::desk::{Desk, ask};
//! use bayplan::solve::{NoLimit, Options};
//!
//! let options = Options { clock: &NoLimit, seed: 0, threads: 1, progress: &|_| (), certify: false };
//! let mut desk = Desk::default();
//! let text = "hosts: {nuc: {memory: 8GiB}}\\nstartups: {s01: {containers: {web: {memory: 1GiB}}}}\\n";
//! let open = format!(r#"{{"ask": "open", "name": "lab.yaml", "text": "{text}"}}"#);
//! assert!(ask(&mut desk, &open, &options).contains(r#""outside": ["#));
//! let place = r#"{"ask": "change", "change": {"do": "place", "containers": ["s01/web"], "on": "nuc"}}"#;
//! assert!(ask(&mut desk, place, &options).contains(r#""outside": []"#));
//! ```

mod answers;
mod history;
mod request;
mod scene;
mod session;

pub use request::{Change, Request};
pub use session::Session;

use crate::report::json;
use crate::solve::Options;

/// What is open; nothing before the first [`Request::Open`].
#[derive(Default)]
pub struct Desk {
    session: Option<Session>,
}

/// Why a request was not met: the answer in JSON that says so, `bayplan/diagnostics/1`.
type Refused = String;

/// The answer to a request, both in JSON. What cannot be met changes nothing, and the answer says why:
/// `bayplan/diagnostics/1`, as the command line has it.
pub fn ask(desk: &mut Desk, request: &str, options: &Options) -> String {
    let request: Request = match serde_json::from_str(request) {
        Ok(request) => request,
        Err(error) => return json::error("request", &format!("this is no request: {error}")),
    };
    met(desk, request, options).unwrap_or_else(|refused| refused)
}

fn met(desk: &mut Desk, request: Request, options: &Options) -> Result<String, Refused> {
    if let Request::Open { name, text, files, changes } = request {
        let session = Session::open(name, text, files, changes)?;
        return Ok(scene::state(desk.session.insert(session)));
    }
    let Some(session) = &mut desk.session else {
        return Err(json::error("nothing-open", "no document is open\n\nhelp: ask `open` first"));
    };
    match request {
        Request::Change { change } => session.change(change)?,
        Request::Undo => session.undo(),
        Request::Redo => session.redo(),
        Request::Phase { phase } => session.at_phase(phase)?,
        Request::Name { name } => session.name(name),
        Request::Forget { name } => session.forget(&name)?,
        Request::Saved => session.saved(),
        Request::Rebase { text } => session.rebase(text)?,
        request => return answers::answer(session, request, options),
    }
    Ok(scene::state(session))
}
