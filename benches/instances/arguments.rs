//! What may stand on the command line.

use std::path::PathBuf;
use std::time::Duration;

/// What to run and how.
pub struct Arguments {
    /// The instances; the generated ones where there is none.
    pub folder: Option<PathBuf>,
    /// How long each may be planned.
    pub time_limit: Duration,
    /// Only instances whose names contain this.
    pub only: String,
    /// Given to `bayplan plan --threads` as it is.
    pub threads: String,
    /// Whether the table is one for a page.
    pub markdown: bool,
    /// The program; the one that was built with this unless given.
    pub bayplan: PathBuf,
    /// Where to write the instances instead of planning them.
    pub write: Option<PathBuf>,
}

const USAGE: &str = "usage: cargo bench --bench instances -- [FOLDER] [--time-limit 60s] [--only TEXT] [--threads N] \
                     [--markdown] [--bayplan FILE] [--write FOLDER]";

impl Arguments {
    /// Reads what follows the program's name.
    ///
    /// # Errors
    /// How to say it right.
    pub fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut read = Self {
            folder: None,
            time_limit: Duration::from_secs(60),
            only: String::new(),
            threads: "1".to_owned(),
            markdown: false,
            bayplan: PathBuf::from(env!("CARGO_BIN_EXE_bayplan")),
            write: None,
        };
        while let Some(word) = words.next() {
            let mut value = || words.next().ok_or_else(|| format!("error: `{word}` needs a value\n\n{USAGE}"));
            match word.as_str() {
                "--time-limit" => {
                    read.time_limit =
                        duration(&value()?).ok_or_else(|| format!("error: say how long, like `10s`\n\n{USAGE}"))?
                }
                "--write" => read.write = Some(PathBuf::from(value()?)),
                "--only" => read.only = value()?,
                "--threads" => read.threads = value()?,
                "--bayplan" => read.bayplan = PathBuf::from(value()?),
                "--markdown" => read.markdown = true,
                // What cargo itself adds.
                "--bench" => {}
                _ if word.starts_with('-') || read.folder.is_some() => {
                    return Err(format!("error: `{word}` is not understood\n\n{USAGE}"));
                }
                _ => read.folder = Some(PathBuf::from(word)),
            }
        }
        Ok(read)
    }
}

/// `10s`, `500ms`, `2m`, plain seconds.
fn duration(text: &str) -> Option<Duration> {
    let split = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
    let (number, unit) = text.split_at(split);
    let milliseconds = match unit {
        "ms" => 1,
        "s" | "" => 1_000,
        "m" => 60_000,
        _ => return None,
    };
    number.parse::<u32>().ok().map(|number| Duration::from_millis(u64::from(number) * milliseconds))
}
