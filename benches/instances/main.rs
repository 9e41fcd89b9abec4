//! Plans every instance of a folder, or of the generated classes, with the release binary, and prints what was reached.
//!
//! `cargo bench --bench instances -- [FOLDER] [--time-limit 60s] [--only TEXT] [--threads N] [--markdown]
//! [--bayplan FILE] [--write FOLDER]`. CONTRIBUTING.md says what the table shows.

mod arguments;
#[path = "../../tests/support/classes.rs"]
mod classes;
mod judge;
#[path = "../../tests/support/labs.rs"]
mod labs;
#[path = "../../tests/support/packing.rs"]
mod packing;
mod run;
mod set;
#[path = "../../tests/support/standing.rs"]
mod standing;
mod table;

use std::io::Write;
use std::process::ExitCode;

use arguments::Arguments;

#[expect(clippy::print_stderr, reason = "this is a program of its own")]
fn main() -> ExitCode {
    let arguments = match Arguments::parse(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(usage) => {
            eprintln!("{usage}");
            return ExitCode::from(2);
        }
    };
    let cases = match set::cases(&arguments) {
        Ok(cases) if !cases.is_empty() => cases,
        Ok(_) => {
            eprintln!("error: there is no such instance");
            return ExitCode::from(2);
        }
        Err(error) => {
            eprintln!("error: {error}");
            return ExitCode::from(2);
        }
    };
    if let Some(folder) = &arguments.write {
        return match set::write(&cases, folder) {
            Ok(()) => ExitCode::SUCCESS,
            Err(error) => {
                eprintln!("error: {}: {error}", folder.display());
                ExitCode::from(2)
            }
        };
    }
    let mut table = table::Table::new(arguments.markdown, &cases);
    say(&table.head());
    for case in &cases {
        match run::run(case, &arguments) {
            Ok(run) => say(&table.row(case, &run, &judge::judge(case, &run, &arguments))),
            Err(error) => {
                eprintln!("error: {}: {error}", case.name);
                return ExitCode::from(2);
            }
        }
    }
    say(&table.summary());
    ExitCode::from(u8::from(table.has_flags()))
}

/// To standard output. A reader who went away is no error.
fn say(text: &str) {
    let mut out = std::io::stdout();
    let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
}
