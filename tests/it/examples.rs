//! Every example does what the file beside it says.
//!
//! The header of `examples/NAME.yaml` names the commands to run, `examples/NAME.out` is what they answer. After a
//! change that is meant: `BAYPLAN_BLESS=1 cargo test --test it examples::`, and read the difference.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use assert_cmd::Command;

#[test]
fn every_example_answers_as_written_beside_it() {
    let bless = std::env::var_os("BAYPLAN_BLESS").is_some();
    let mut wrong = Vec::new();
    for document in documents() {
        let found = transcript(&document);
        let expected_at = document.with_extension("out");
        if bless {
            fs::write(&expected_at, &found).expect("the answer can be written");
        } else if fs::read_to_string(&expected_at).unwrap_or_default() != found {
            wrong.push(format!("{}: expected what stands there, found\n{found}", expected_at.display()));
        }
    }
    assert!(wrong.is_empty(), "{}\nBAYPLAN_BLESS=1 accepts what was found", wrong.join("\n"));
}

#[test]
fn every_example_says_in_its_header_what_it_shows_and_what_to_run() {
    for document in documents() {
        let text = fs::read_to_string(&document).expect("an example");
        let name = document.display();
        assert!(text.starts_with("# yaml-language-server: $schema=../schema/layout.schema.json\n#\n# "), "{name}");
        let itself = format!("examples/{}", document.file_name().expect("a name").to_string_lossy());
        let commands = commands(&text);
        assert!(!commands.is_empty(), "{name} names no command");
        assert!(commands.iter().all(|command| command.contains(&itself)), "{name}: {commands:?}");
    }
}

#[test]
fn no_answer_is_without_its_example() {
    let names = |extension: &str| -> BTreeSet<PathBuf> {
        files(extension).into_iter().map(|path| path.with_extension("")).collect()
    };
    let examples = names("yaml");
    assert!(examples.len() >= 10, "{} examples", examples.len());
    assert_eq!(names("out"), examples);
}

/// The commands and what they print: standard output, then standard error, then the exit code unless it is 0.
fn transcript(document: &Path) -> String {
    let text = fs::read_to_string(document).expect("an example");
    let mut transcript = String::new();
    for command in commands(&text) {
        if !transcript.is_empty() {
            transcript.push('\n');
        }
        let output = Command::cargo_bin("bayplan")
            .expect("the program")
            .current_dir(root())
            .env_remove("COLUMNS")
            .env("NO_COLOR", "1")
            .args(command.split_whitespace().skip(1))
            .output()
            .expect("the program runs");
        transcript.push_str(&format!("$ {command}\n"));
        transcript.push_str(&String::from_utf8(output.stdout).expect("an answer in UTF-8"));
        if !output.stderr.is_empty() {
            transcript.push_str("on standard error:\n");
            transcript.push_str(&String::from_utf8(output.stderr).expect("messages in UTF-8"));
        }
        match output.status.code() {
            Some(0) => {}
            Some(code) => transcript.push_str(&format!("exit code {code}\n")),
            None => transcript.push_str("killed\n"),
        }
    }
    transcript
}

/// The lines `#   $ bayplan ...` at the head of a document.
fn commands(text: &str) -> Vec<&str> {
    text.lines()
        .take_while(|line| line.starts_with('#'))
        .filter_map(|line| line.strip_prefix("#   $ "))
        .filter(|command| command.starts_with("bayplan "))
        .collect()
}

fn documents() -> Vec<PathBuf> {
    files("yaml")
}

/// The files of `examples/` with that extension, by name.
fn files(extension: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(root().join("examples"))
        .expect("the examples")
        .map(|entry| entry.expect("a file").path())
        .filter(|path| path.extension().is_some_and(|found| found == extension))
        .collect();
    files.sort();
    files
}

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}
