//! What may stand on the command line.

use std::time::{Duration, Instant};

use bayplan::draw::Options;
use bayplan::quantity::{Resource, parse_millionths};
use bayplan::report::json::Timing;
use clap::{Args, Parser, Subcommand, ValueEnum};

const EXITS: &str = "\
Exit codes:
  0   yes: it fits, is valid, is planned, nothing differs
  1   no: the answer on standard output says why
  2   wrong usage, or input that cannot be read
  3   nothing found and nothing proven within the time limit
  70  a bug: the referee refuted the solver

Example:
  bayplan plan layouts/shared.yaml";

/// Packs the containers of many startups onto the hosts of a homelab, exactly, and says why.
#[derive(Debug, Parser)]
#[command(version, after_help = EXITS, max_term_width = 100)]
pub struct Cli {
    #[command(flatten)]
    pub common: Common,
    #[command(subcommand)]
    pub command: Command,
}

/// For every command.
#[derive(Debug, Args)]
pub struct Common {
    /// No notes, warnings or progress; errors are always shown
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Whether to colour; `auto` looks at the terminal and at NO_COLOR
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub color: Color,
}

/// Whether to colour.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Plan(Plan),
    Check(Check),
    Fit(Fit),
    Compare(Compare),
    WhatIf(WhatIf),
    Roadmap(Roadmap),
    Draw(Draw),
    Toolbox(Toolbox),
    Import(Import),
    Rightsize(Rightsize),
    Drift(Drift),
    Catalogue(Catalogue),
    Schema(Schema),
    Init(Init),
    Completions(Completions),
}

/// Where should everything go?
///
/// Places every container, the best way for the document's goals, and says what is proven.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan plan layouts/shared.yaml
  bayplan plan lab.yaml --moves
  bayplan plan lab.yaml --max-moves 5 --moves
  bayplan plan lab.yaml --min-gain 5
  bayplan plan lab.yaml --partial --format json -o plan.json
  bayplan plan lab.yaml --save planned.yaml && bayplan check planned.yaml
  bayplan plan lab.yaml --apply 1 -o larger.yaml && bayplan plan larger.yaml
  bayplan plan lab.yaml --proof proof.json && bayplan check lab.yaml --proof proof.json")]
pub struct Plan {
    /// The document, or `-` for standard input
    pub file: String,
    /// The placement in the document stays as it is; only what it leaves out is placed
    #[arg(long)]
    pub keep: bool,
    /// Where not everything fits, place whole startups, as much priority as can be
    #[arg(long)]
    pub partial: bool,
    /// In which order to get there from the document's placement, every step valid, with the fewest moves
    #[arg(long)]
    pub moves: bool,
    /// The best that can be had by moving at most so many containers
    #[arg(long, value_name = "N", conflicts_with_all = ["keep", "partial", "proof"])]
    pub max_moves: Option<u64>,
    /// Leave everything where it runs unless the plan gains so many points of balance, or anything in a goal before it
    #[arg(long, value_name = "POINTS", value_parser = points, conflicts_with_all = ["keep", "partial", "proof"])]
    pub min_gain: Option<u64>,
    /// Write the document with its placement to this file
    #[arg(long, value_name = "FILE")]
    pub save: Option<String>,
    /// Write a certificate of all that is claimed to this file, for `bayplan check --proof`
    #[arg(long, value_name = "FILE", conflicts_with = "partial")]
    pub proof: Option<String>,
    /// Where it does not fit: write a document that extends FILE and makes the Nth of the remedies
    #[arg(long, value_name = "N", conflicts_with_all = ["partial", "save", "format"])]
    pub apply: Option<std::num::NonZeroUsize>,
    /// Say what each startup takes of the scarcest resource, and its part of price and watts
    #[arg(long)]
    pub costs: bool,
    /// A line for each host instead of what it holds
    #[arg(long)]
    pub summary: bool,
    /// Say how it was proven
    #[arg(long)]
    pub explain: bool,
    #[command(flatten)]
    pub gating: Gating,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// Is this arrangement all right?
///
/// Judges the placement in the document: every violation, with the line that caused it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan check layouts/shared.yaml
  bayplan check lab.yaml --use observed --costs
  bayplan check lab.yaml --survive 1
  bayplan check lab.yaml --survive zone
  bayplan check lab.yaml --proof proof.json")]
pub struct Check {
    /// The document, or `-` for standard input
    pub file: String,
    /// Judge what this certificate claims of the document instead, without the solver: exit code 3 where that takes too
    /// much work
    #[arg(long, value_name = "FILE")]
    pub proof: Option<String>,
    /// The certificate is of `bayplan plan --keep`: what it claims, it claims where what runs stays as it is
    #[arg(long, requires = "proof")]
    pub keep: bool,
    /// Whether it survives the loss of any N hosts, or of all hosts with any one value of a label (`zone`; `1,zone` for
    /// both), whatever the document's `survive` says
    #[arg(long, value_name = "N|LABEL", value_delimiter = ',', value_parser = lost, conflicts_with = "proof")]
    pub survive: Vec<Lost>,
    /// Say what each startup takes of the scarcest resource, and its part of price and watts
    #[arg(long, conflicts_with = "proof")]
    pub costs: bool,
    /// A line for each host instead of what it holds
    #[arg(long, conflicts_with = "proof")]
    pub summary: bool,
    #[command(flatten)]
    pub gating: Gating,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// Does a further startup fit?
///
/// Yes as things stand, yes after the fewest moves, or no with the reason for every host. A document without a
/// placement is planned first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan fit layouts/seventeen.yaml --startup s18
  bayplan fit layouts/seventeen.yaml --stack app --count 2
  bayplan fit layouts/seventeen.yaml --add more.yaml
  bayplan fit layouts/shared.yaml --stack app --apply 1 -o nineteen.yaml")]
#[command(group(clap::ArgGroup::new("who").required(true).args(["startup", "stack", "add"])))]
pub struct Fit {
    /// The document, or `-` for standard input
    pub file: String,
    /// A startup of the document that is not placed yet
    #[arg(long, value_name = "NAME")]
    pub startup: Option<String>,
    /// A new startup of this stack
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// So many of that stack
    #[arg(long, value_name = "N", requires = "stack", conflicts_with_all = ["startup", "add"])]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    pub count: Option<u32>,
    /// The startups of another document, or `-` for standard input
    #[arg(long, value_name = "FILE")]
    pub add: Option<String>,
    /// Startups of lower priority may stop for it: as little priority as can be, then as few containers
    #[arg(long)]
    pub evict: bool,
    /// Where it does not fit: write a document that extends FILE, has the newcomers and makes the Nth of the remedies
    #[arg(long, value_name = "N", conflicts_with = "format")]
    pub apply: Option<std::num::NonZeroUsize>,
    #[command(flatten)]
    pub gating: Gating,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// Which of two arrangements is better?
///
/// What was added, removed and moved, what each has left, and what stops when a host dies. Exit code 0 when nothing
/// differs, 1 when something does, as with `diff`. A document without a placement is planned first.
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bayplan compare layouts/seventeen.yaml layouts/shared.yaml")]
pub struct Compare {
    /// A document, or `-` for standard input
    pub a: String,
    /// Another
    pub b: String,
    /// How many more of this stack have room; the smallest startup of both unless given
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    #[command(flatten)]
    pub gating: Gating,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// What does it look like?
///
/// Hosts on one scale, sized by their memory, with their containers as blocks; what else these take is marked on blocks
/// and bars. Two documents stand beside each other where the width allows it, with what moved marked. A document without
/// a placement is planned first.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan draw layouts/shared.yaml -o shared.svg
  bayplan draw layouts/seventeen.yaml layouts/shared.yaml -o both.html
  bayplan draw lab.yaml --by zone --width 1000 -o zones.svg")]
pub struct Draw {
    /// The document, or `-` for standard input
    pub file: String,
    /// Another, to stand beside it
    pub other: Option<String>,
    /// The format; by the ending of the file unless given, else text
    #[arg(long = "as", value_name = "FORMAT")]
    pub picture: Option<Picture>,
    /// Draw lines from containers to what they need
    #[arg(long)]
    pub links: bool,
    /// Hosts with the same value of the label stand together
    #[arg(long, value_name = "LABEL")]
    pub by: Option<String>,
    /// How wide an SVG or HTML picture may be, in pixels: hosts wrap
    #[arg(long, value_name = "PIXELS", default_value_t = 1400, value_parser = clap::value_parser!(u32)
        .range(i64::from(Options::NARROWEST)..=i64::from(Options::WIDEST)))]
    pub width: u32,
    /// An SVG picture 16 wide and 9 high
    #[arg(long)]
    pub slide: bool,
    /// The background of SVG and HTML; `auto` is as the reader prefers
    #[arg(long, value_name = "THEME", default_value = "auto")]
    pub theme: Theme,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub writing: Writing,
}

/// The format of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Picture {
    Svg,
    Html,
    Mmd,
    Dot,
    Txt,
}

/// The background of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Theme {
    Auto,
    Light,
    Dark,
}

/// And if a host is lost, drained or added, if startups grow or are left out?
///
/// Plans the document under all that is supposed, with as few moves as can be and then by its goals; says the steps to
/// there, and compares with now. A document without a placement is planned first. Hosts may be kinds: all hosts of them.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan what-if layouts/shared.yaml --lose workstation
  bayplan what-if lab.yaml --lose zone=a
  bayplan what-if lab.yaml --drain nuc --add-host worker=2
  bayplan what-if lab.yaml --grow 's01..s12/db' memory=+20% --without s18")]
#[command(group(clap::ArgGroup::new("supposed").required(true).multiple(true)
    .args(["lose", "drain", "add_host", "grow", "without"])))]
pub struct WhatIf {
    /// The document, or `-` for standard input
    pub file: String,
    /// The host is gone, or all with this value of a label; what ran there starts elsewhere
    #[arg(long, value_name = "HOST|LABEL=VALUE")]
    pub lose: Vec<String>,
    /// The host is to become empty, or all with this value of a label; what runs there moves elsewhere
    #[arg(long, value_name = "HOST|LABEL=VALUE")]
    pub drain: Vec<String>,
    /// So many more hosts of the kind, one unless given
    #[arg(long, value_name = "KIND[=N]", value_parser = kind_and_count)]
    pub add_host: Vec<(String, u32)>,
    /// Containers ask for more or less: `'s01..s12/*' memory=+20%`, `'s01/app' cpu=-100m`
    #[arg(long, num_args = 2, value_names = ["PATTERN", "RESOURCE=CHANGE"])]
    pub grow: Vec<String>,
    /// The startup, or those of a range or pattern, are left out
    #[arg(long, value_name = "STARTUP")]
    pub without: Vec<String>,
    #[command(flatten)]
    pub gating: Gating,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// What may be lost at once.
#[derive(Clone, Debug)]
pub enum Lost {
    /// Any so many hosts.
    Hosts(std::num::NonZeroUsize),
    /// All hosts with any one value of this label.
    Label(String),
}

/// `1` or `zone`.
fn lost(text: &str) -> Result<Lost, String> {
    match text.parse() {
        Ok(hosts) => Ok(Lost::Hosts(hosts)),
        Err(_) if text.is_empty() || text.bytes().all(|byte| byte.is_ascii_digit()) => {
            Err("write how many hosts, 1 or more, or a label".to_owned())
        }
        Err(_) => Ok(Lost::Label(text.to_owned())),
    }
}

/// Points of balance, in millionths: `5`, `2.5`.
fn points(text: &str) -> Result<u64, String> {
    parse_millionths(text, 100_000_000)
        .map_err(|_| "write points of balance, as in `5` or `2.5`: 100 at the most".to_owned())
}

/// `worker` or `worker=2`.
fn kind_and_count(text: &str) -> Result<(String, u32), String> {
    let Some((kind, count)) = text.split_once('=') else { return Ok((text.to_owned(), 1)) };
    match count.parse() {
        Ok(count) if count > 0 => Ok((kind.to_owned(), count)),
        _ => Err(format!("`{count}` is no number of hosts: write 1 or more")),
    }
}

/// Which tools are adopted, and when?
///
/// The strategic plan of the document: for each category the tools considered, the one chosen, and what runs it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan toolbox homelab.yaml
  bayplan toolbox homelab.yaml --format markdown -o toolbox.md")]
pub struct Toolbox {
    /// The document, or `-` for standard input
    pub file: String,
    /// For people, programs or pages
    #[arg(long, default_value = "table", help_heading = "Output")]
    pub format: Format,
    #[command(flatten)]
    pub writing: Writing,
}

/// What does a service ask for, and who says so?
///
/// The figures that `size:` finds where the document has no size of that name, with basis and source.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan catalogue
  bayplan catalogue postgres grafana
  bayplan catalogue lscr.io/linuxserver/sonarr:latest
  bayplan catalogue --format json -o catalogue.json")]
pub struct Catalogue {
    /// Parts of the names of services or images; everything is listed where none is given
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
    /// For people, programs or pages
    #[arg(long, default_value = "table", help_heading = "Output")]
    pub format: Format,
    #[command(flatten)]
    pub writing: Writing,
}

/// What comes when, where does it go, and when is there no room any more?
///
/// Plans all phases of the document together, so that little moves from one to the next, and says for each what comes,
/// what goes, what moves and what is left; of the first that does not fit, why and what would help.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan roadmap layouts/roadmap.yaml
  bayplan roadmap lab.yaml --format markdown -o roadmap.md
  bayplan draw lab.yaml -o roadmap.html")]
pub struct Roadmap {
    /// The document, or `-` for standard input
    pub file: String,
    /// Hosts in the state `planned` count as there
    #[arg(long)]
    pub planned: bool,
    #[command(flatten)]
    pub gating: Gating,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// Make a document of what other tools say
///
/// Reads Compose files (`compose`), what `docker stats` and `podman stats` print, Prometheus, spreadsheets (`csv`), jobs of
/// Nomad and more: a wrong word for a format lists them all. What the files do not say is taken from the catalogue by image, else a default that the
/// document shows as size `unmeasured`. What cannot be carried over is listed with its place, and the document is written
/// all the same: exit code 1 then.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  bayplan import compose docker-compose.yml -o lab.yaml && bayplan plan lab.yaml
  bayplan import compose.yaml compose.prod.yaml --profile full
  bayplan import compose docker-compose.yml --into lab.yaml -o lab.yaml --force
  bayplan import compose shop.yml --into lab.yaml --stack shop --startup s01..s17
  docker compose config | bayplan import compose - --report import.json")]
pub struct Import {
    /// The format, such as `compose`, where the first file does not say it by itself; then the files, or `-` for standard
    /// input
    #[arg(required = true, value_name = "[FORMAT] FILE")]
    pub files: Vec<String>,
    /// Add to this document, of which every other byte stays as it is
    #[arg(long, value_name = "DOC")]
    pub into: Option<String>,
    /// Make a stack of this name, and a startup from it
    #[arg(long, value_name = "NAME")]
    pub stack: Option<String>,
    /// The name of the startup, or a range of names (`s01..s17`) [default: that of the project, folder or file]
    #[arg(long, value_name = "NAME")]
    pub startup: Option<String>,
    /// Write what was imported and what was not to this file, as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    pub report: Option<String>,
    /// What a container asks for of cpu where nothing says [default: as size `unmeasured` of DOC has it, else 100m]
    #[arg(long, value_name = "AMOUNT", value_parser = cpu)]
    pub default_cpu: Option<u64>,
    /// The same of memory [default: likewise, else 256MiB]
    #[arg(long, value_name = "AMOUNT", value_parser = memory)]
    pub default_memory: Option<u64>,
    /// Variables of Compose files [default: `.env` beside the first]
    #[arg(long, value_name = "FILE")]
    pub env_file: Vec<String>,
    /// Take the hosts of this file, of any format, and nothing else of it
    #[arg(long, value_name = "FILE")]
    pub hosts: Vec<String>,
    /// Take what this file, of any format, has measured: what a container asks for where its own file does not say
    #[arg(long, value_name = "FILE")]
    pub measured: Vec<String>,
    /// What this file, of any format, has lies in the container CARRIER
    #[arg(long, value_name = "CARRIER=FILE", value_parser = content)]
    pub inside: Vec<(String, String)>,
    #[command(flatten)]
    pub reading: Reading,
    #[command(flatten)]
    pub writing: Writing,
}

/// A carrier, and the file of what lies in it.
fn content(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((carrier, file)) if !carrier.is_empty() && !file.is_empty() => Ok((carrier.to_owned(), file.to_owned())),
        _ => Err("write the carrier and the file of what lies in it: `--inside docker=compose.yml`".to_owned()),
    }
}

/// What should containers ask for, going by what they take?
///
/// Reads what was measured in any format of `bayplan import` that has it, and proposes requests: of cpu a percentile, of
/// memory the most and some more. Says what would change: what fits then, which hosts are free, who takes more than it asks
/// for. With `-o` it writes the document with `observed` and the requests in it, every other byte as it is. Exit code 1
/// where not everything fits with what is proposed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  docker stats --no-stream --format json | bayplan rightsize lab.yaml --from - --input docker-stats
  bayplan rightsize lab.yaml --from stats.json --input docker-stats --history snapshots/
  bayplan rightsize lab.yaml --history snapshots/ --input docker-stats -o lab.yaml --force
  bayplan rightsize lab.yaml --from cpu.json --from memory.json --input prometheus --cpu-percentile 99")]
pub struct Rightsize {
    /// The document, or `-` for standard input
    pub file: String,
    /// What was measured, or `-` for standard input; several files are read together
    #[arg(long, value_name = "STATS", required_unless_present = "history")]
    pub from: Vec<String>,
    /// A folder of such files, each read by itself: what is in it counts, too, and STATS is kept there
    #[arg(long, value_name = "DIR")]
    pub history: Option<String>,
    /// Of memory is asked what was taken at the most and so many percent more
    #[arg(long, value_name = "PERCENT", default_value = "15", value_parser = super::observing::more_percent)]
    pub memory_headroom: u64,
    /// Write `observed` alone: requests stay as they are
    #[arg(long, requires = "output")]
    pub only_observed: bool,
    /// The date that `observed` has, `YYYY-MM-DD` [default: today]
    #[arg(long, value_name = "DATE", value_parser = date)]
    pub date: Option<String>,
    #[command(flatten)]
    pub observing: Observing,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// `YYYY-MM-DD`.
fn date(text: &str) -> Result<String, String> {
    let is_digit = |(at, byte): (usize, u8)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() };
    match text.len() == 10 && text.bytes().enumerate().all(is_digit) {
        true => Ok(text.to_owned()),
        false => Err("write a date as in `2026-11-30`".to_owned()),
    }
}

/// Does everything run where it is planned?
///
/// Compares the document's `placement` with what a file of any format of `bayplan import` says of what runs where: what runs
/// elsewhere, what is not in the plan, what does not run, who takes more than it asks for. Then the moves back, in order.
/// Exit code 1 where there is drift.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  pvesh get /cluster/resources --output-format json | bayplan drift lab.yaml --actual -
  bayplan drift lab.yaml --actual now.json
  bayplan drift lab.yaml --actual now.json --match web-7f9c=shop/web --format json")]
pub struct Drift {
    /// The document, or `-` for standard input
    pub file: String,
    /// What runs where, or `-` for standard input; several files are read together
    #[arg(long, value_name = "FILE", required = true)]
    pub actual: Vec<String>,
    #[command(flatten)]
    pub observing: Observing,
    #[command(flatten)]
    pub hosts: Hosts,
    #[command(flatten)]
    pub searching: Searching,
    #[command(flatten)]
    pub answering: Answering,
}

/// What files of other tools do not say of themselves.
#[derive(Debug, Args)]
#[command(next_help_heading = "Formats")]
pub struct Reading {
    /// A profile of Compose files that is on [default: those of COMPOSE_PROFILES in the variables]
    #[arg(long, value_name = "NAME")]
    pub profile: Vec<String>,
    /// What metrics of Prometheus measure that have no name: `cpu` (cores), `memory` (bytes), or as a metric is called
    #[arg(long, value_name = "METRIC")]
    pub metric: Option<String>,
    /// Which column of a spreadsheet has what: `container`, `host`, `name`, `startup`, `image`, `count`, `cpu`, `memory`,
    /// `disk`, `gpu`, `cpu-limit`, `memory-limit`, `needs` [default: as they are called]
    #[arg(long, value_name = "WHAT=COLUMN", value_delimiter = ',', value_parser = column)]
    pub columns: Vec<(String, String)>,
    /// How many MHz of Nomad a hardware thread has [default: as the slowest of its nodes, else 2000]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub mhz_per_core: Option<u64>,
}

/// How what other tools say is read.
#[derive(Debug, Args)]
#[command(next_help_heading = "What was measured")]
pub struct Observing {
    /// The format, a name of `bayplan import`, where the files do not say it by themselves
    #[arg(long, value_name = "FORMAT")]
    pub input: Option<String>,
    /// All of it is of this startup
    #[arg(long, value_name = "NAME")]
    pub startup: Option<String>,
    /// The name of the file means this container of the document
    #[arg(long = "match", value_name = "NAME=ID", value_parser = super::observing::named)]
    pub matched: Vec<(String, String)>,
    /// What counts of cpu: what a container took so many percent of the time at the most
    #[arg(long, value_name = "PERCENT", default_value = "95", value_parser = super::observing::percent)]
    pub cpu_percentile: u64,
    #[command(flatten)]
    pub reading: Reading,
}

/// What a column has, and what it is called.
fn column(text: &str) -> Result<(String, String), String> {
    let (what, name) = text.split_once('=').ok_or("write what the column has and what it is called: `memory=RAM`")?;
    Ok((what.trim().to_owned(), name.trim().to_owned()))
}

/// An amount of cpu, in millicores.
fn cpu(text: &str) -> Result<u64, String> {
    Resource::Cpu.parse_up(text).map_err(|error| format!("{error}: {}", error.help()))
}

/// An amount of memory, in bytes.
fn memory(text: &str) -> Result<u64, String> {
    Resource::Memory.parse_up(text).map_err(|error| format!("{error}: {}", error.help()))
}

/// Print the JSON Schema of documents, for editors
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bayplan schema -o layout.schema.json")]
pub struct Schema {
    #[command(flatten)]
    pub writing: Writing,
}

impl Command {
    /// Whether the answer is for programs.
    pub fn wants_json(&self) -> bool {
        let format = match self {
            Command::Plan(args) => args.answering.format,
            Command::Check(args) => args.answering.format,
            Command::Fit(args) => args.answering.format,
            Command::Compare(args) => args.answering.format,
            Command::WhatIf(args) => args.answering.format,
            Command::Roadmap(args) => args.answering.format,
            Command::Toolbox(args) => args.format,
            Command::Catalogue(args) => args.format,
            Command::Rightsize(args) => args.answering.format,
            Command::Drift(args) => args.answering.format,
            Command::Draw(_) | Command::Import(_) | Command::Schema(_) | Command::Init(_) | Command::Completions(_) => {
                Format::Table
            }
        };
        format == Format::Json
    }
}

/// Print a commented document to start from
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bayplan init -o homelab.yaml && bayplan plan homelab.yaml")]
pub struct Init {
    /// With a toolbox of twelve categories and the tools that are usual in each
    #[arg(long)]
    pub toolbox: bool,
    #[command(flatten)]
    pub writing: Writing,
}

/// Print completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Example:
  bayplan completions bash > ~/.local/share/bash-completion/completions/bayplan")]
pub struct Completions {
    /// The shell
    pub shell: clap_complete::Shell,
    #[command(flatten)]
    pub writing: Writing,
}

/// Which hosts count.
#[derive(Debug, Args)]
pub struct Hosts {
    /// Hosts in the state `planned` count as there
    #[arg(long)]
    pub planned: bool,
    /// Of a document with phases: the one that is asked about [default: the first]
    #[arg(long, value_name = "NAME")]
    pub phase: Option<String>,
}

/// Which numbers gate.
#[derive(Debug, Args)]
pub struct Gating {
    /// What counts against the budgets: what is asked for, or what was observed where it was measured
    #[arg(long = "use", value_name = "NUMBER", default_value = "request")]
    pub gate: Use,
}

/// Which number of a container counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Use {
    Request,
    Observed,
}

/// How long and how to search.
#[derive(Debug, Args)]
#[command(next_help_heading = "Search")]
pub struct Searching {
    /// Stop searching after this time: `10s`, `500ms`, `2m`, plain seconds
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = super::duration::parse)]
    pub time_limit: Duration,
    /// How many threads may search; the answer does not depend on it [default: one for each core]
    #[arg(long, value_name = "N")]
    pub threads: Option<std::num::NonZeroUsize>,
    /// What the random choices start from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
}

/// In which form, and where to.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Answering {
    /// For people, programs or pages
    #[arg(long, default_value = "table")]
    pub format: Format,
    /// Leave `timing` out of JSON, so that the same question gives the same bytes
    #[arg(long)]
    pub no_timing: bool,
    #[command(flatten)]
    pub writing: Writing,
}

impl Answering {
    /// What the clock shows, where it may be said.
    pub fn timing(&self, start: Instant) -> Option<Timing> {
        (!self.no_timing).then(|| Timing { wall_seconds: start.elapsed().as_secs_f64() })
    }
}

/// Where to write.
#[derive(Debug, Args)]
#[command(next_help_heading = "Output")]
pub struct Writing {
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<String>,
    /// Files that exist may be replaced
    #[arg(long)]
    pub force: bool,
}

/// The form of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    Table,
    Json,
    Markdown,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_are_consistent() {
        Cli::command().debug_assert();
    }
}
