//! What a page says and in which order: blocks in which no medium is yet. A terminal and Markdown each render them.

use crate::quantity::Counted;
use crate::report::color::Color;
use crate::report::content::Group;

/// An answer as blocks, from top to bottom.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The blocks, and where each is shown; everywhere where nothing is said.
    pub blocks: Vec<(Option<Only>, Block)>,
}

/// Where alone something is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Only {
    /// On a terminal.
    Terminal,
    /// On a terminal of fewer columns.
    Narrow(usize),
    /// On a terminal of so many columns or more.
    Wide(usize),
    /// In Markdown.
    Markdown,
}

/// One thing that a page says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Block {
    /// What the page is called; a terminal does without.
    Title(String),
    /// What follows is about this. A terminal shows the remark at its right edge.
    Heading(String, String),
    /// The answer: its first words carry the tone.
    Claim {
        /// Whether that is as wished.
        tone: Tone,
        /// What stands out: `valid`.
        claim: String,
        /// What a terminal has between both.
        gap: &'static str,
        /// What is said in the same breath.
        rest: String,
    },
    /// A sentence.
    Says(Says),
    /// A line that a terminal shows as it is, however wide.
    Line(String, Option<Tone>),
    /// Pieces after a label, broken between them where a terminal ends; further lines begin at the column given.
    Flow(String, Vec<String>, usize),
    /// Rows of cells.
    Table(Table),
    /// Numbered things, and whether they are to be ticked off.
    List(Vec<String>, bool),
    /// How much of each resource is used; all bars of a page line up.
    Bars(Vec<Bar>),
    /// Parts of a whole side by side in their colours, where colours can be shown: name, colour, size.
    Strip(Vec<(String, Color, u64)>, u64),
    /// Containers by startup, so many columns from the left.
    Groups(Vec<Group>, usize),
    /// Here a terminal has an empty line; Markdown has one after every block.
    Gap,
}

/// A sentence, and where its lines begin on a terminal.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Says {
    /// The words; what is between backticks is code.
    pub words: String,
    /// What it stands for.
    pub tone: Option<Tone>,
    /// Columns before the first line, which may end so much further to the right.
    pub lead: usize,
    /// Columns before the others.
    pub hang: usize,
    /// Columns at the right edge that stay free.
    pub spare: usize,
    /// Columns before all lines.
    pub inset: usize,
}

/// What a colour stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// The name of a thing that has evidence under it.
    Strong,
    /// As wished.
    Good,
    /// Worth a look.
    Warn,
    /// Not as it must be.
    Bad,
    /// Beside the point.
    Dim,
}

/// What words are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Words of this program: what is between backticks is code.
    Words,
    /// Words of the document, without any meaning of their own.
    Name,
    /// What could stand in the document: an id.
    Code,
    /// What stands out among others.
    Chosen,
    /// The end of a line.
    Break,
}

/// Words in a cell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Text {
    /// What stands side by side.
    pub spans: Vec<(Role, String)>,
    /// What it stands for.
    pub tone: Option<Tone>,
}

/// Rows of cells under one head.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Table {
    /// The columns.
    pub columns: Vec<Column>,
    /// The rows, and where each is shown. Missing cells are empty.
    pub rows: Vec<(Option<Only>, Vec<Text>)>,
    /// Columns of a terminal before the table.
    pub indent: usize,
}

/// One column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// What stands above it.
    pub head: Text,
    /// What a terminal has there instead.
    pub short: Option<Text>,
    /// Whether it holds figures, which are flush to the right.
    pub figures: bool,
    /// Where it is shown.
    pub only: Option<Only>,
}

/// How much is used of one resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bar {
    /// Which resource.
    pub resource: Counted,
    /// How much is used of it.
    pub used: u64,
    /// How much may be used of it.
    pub allocatable: u64,
    /// How much had better be used of it at the most, where that is said.
    pub target: Option<u64>,
    /// To what the limits add up, where any is given.
    pub limits: Option<u64>,
}

impl Page {
    /// Adds a block.
    pub fn add(&mut self, block: impl Into<Block>) -> &mut Self {
        self.blocks.push((None, block.into()));
        self
    }

    /// Adds a block that is not shown everywhere.
    pub fn only(&mut self, only: Only, block: impl Into<Block>) -> &mut Self {
        self.blocks.push((Some(only), block.into()));
        self
    }

    /// Adds the empty line of a terminal.
    pub fn gap(&mut self) -> &mut Self {
        self.add(Block::Gap)
    }

    /// Adds what another page says.
    pub fn join(&mut self, part: Page) -> &mut Self {
        self.blocks.extend(part.blocks);
        self
    }

    /// Adds what another page says in one medium: the other has it elsewhere, or in another form.
    pub fn join_only(&mut self, only: Only, part: Page) -> &mut Self {
        let same = |it: Option<Only>| it.is_none_or(|it| (it == Only::Markdown) == (only == Only::Markdown));
        let blocks = part.blocks.into_iter().filter(|(it, _)| same(*it));
        self.blocks.extend(blocks.map(|(it, block)| (it.or(Some(only)), block)));
        self
    }

    /// Adds how many things a terminal does not show, as `words` say, where there are any: JSON has them all.
    pub fn more(&mut self, left: usize, words: String) -> &mut Self {
        if left > 0 {
            self.only(Only::Terminal, Block::Line(format!("{words} (`--format json` has all)"), None));
        }
        self
    }

    /// Adds an answer that stands out on a terminal alone.
    pub fn verdict(&mut self, tone: Tone, words: &str) -> &mut Self {
        self.only(Only::Terminal, Block::claim(tone, words)).only(Only::Markdown, Says::new(words, 0))
    }

    /// Adds a heading that a terminal shows as a line like others.
    pub fn section(&mut self, terminal: &str, markdown: &str) -> &mut Self {
        self.only(Only::Terminal, Says::new(terminal, 0)).only(Only::Markdown, Block::heading(markdown))
    }

    /// The blocks of a medium: a terminal of so many columns, or Markdown.
    pub fn shown(&self, columns: Option<usize>) -> impl Iterator<Item = &Block> {
        self.blocks.iter().filter(move |(only, _)| shows(*only, columns)).map(|(_, block)| block)
    }
}

/// Whether a terminal of so many columns, or Markdown, shows what is for `only`.
fn shows(only: Option<Only>, columns: Option<usize>) -> bool {
    match (only, columns) {
        (None, _) | (Some(Only::Terminal), Some(_)) | (Some(Only::Markdown), None) => true,
        (Some(Only::Narrow(than)), Some(columns)) => columns < than,
        (Some(Only::Wide(from)), Some(columns)) => columns >= from,
        _ => false,
    }
}

impl Block {
    /// A heading without a remark.
    pub fn heading(words: impl Into<String>) -> Self {
        Self::Heading(words.into(), String::new())
    }

    /// An answer that needs no more words.
    pub fn claim(tone: Tone, claim: &str) -> Self {
        Self::Claim { tone, claim: claim.to_owned(), gap: "", rest: String::new() }
    }
}

impl Says {
    /// A sentence of which further lines are indented.
    pub fn new(words: impl Into<String>, hang: usize) -> Self {
        Self { words: words.into(), hang, ..Self::default() }
    }

    /// What is said under something else.
    pub fn under(words: impl Into<String>, lead: usize, hang: usize) -> Self {
        Self { words: words.into(), lead, hang, ..Self::default() }
    }
}

impl From<Says> for Block {
    fn from(says: Says) -> Self {
        Self::Says(says)
    }
}

impl From<Table> for Block {
    fn from(table: Table) -> Self {
        Self::Table(table)
    }
}

impl<T: Into<String>> From<T> for Text {
    fn from(words: T) -> Self {
        Role::Words.text(words)
    }
}

impl Role {
    /// Words that are this.
    pub fn text(self, words: impl Into<String>) -> Text {
        Text { spans: vec![(self, words.into())], tone: None }
    }
}

impl Tone {
    /// What carries an answer: yes, no, or not known.
    pub fn of(answer: Option<bool>) -> Self {
        answer.map_or(Self::Warn, |yes| if yes { Self::Good } else { Self::Bad })
    }
}

impl Text {
    /// The same in a tone.
    pub fn toned(self, tone: impl Into<Option<Tone>>) -> Self {
        Self { tone: tone.into(), ..self }
    }

    /// Whether nothing is said.
    pub fn is_empty(&self) -> bool {
        self.spans.iter().all(|(_, words)| words.is_empty())
    }
}

impl Table {
    /// A table without rows.
    pub fn new(indent: usize, columns: impl Into<Vec<Column>>) -> Self {
        Self { columns: columns.into(), rows: Vec::new(), indent }
    }

    /// Of which a terminal shows no head.
    pub fn headless(indent: usize, columns: impl Into<Vec<Column>>) -> Self {
        let columns: Vec<Column> = columns.into();
        Self::new(indent, columns.into_iter().map(|column| column.short("")).collect::<Vec<_>>())
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl Into<Vec<Text>>) -> &mut Self {
        self.rows.push((None, cells.into()));
        self
    }

    /// The columns of a medium, and its rows with a cell for each of them.
    pub fn shown(&self, columns: Option<usize>) -> (Vec<&Column>, Vec<Vec<Text>>) {
        let kept: Vec<(usize, &Column)> =
            self.columns.iter().enumerate().filter(|(_, column)| shows(column.only, columns)).collect();
        let rows = self.rows.iter().filter(|(only, _)| shows(*only, columns));
        let cells =
            |(_, row): &(_, Vec<Text>)| kept.iter().map(|&(at, _)| row.get(at).cloned().unwrap_or_default()).collect();
        let rows = rows.map(cells).collect();
        (kept.into_iter().map(|(_, column)| column).collect(), rows)
    }
}

impl Bar {
    /// Whether more is used than had better be.
    pub fn is_above(&self) -> bool {
        self.target.is_some_and(|target| self.used > target)
    }

    /// `3 GiB free`, `1 GiB over`.
    pub fn free(&self) -> String {
        match self.allocatable.checked_sub(self.used) {
            Some(free) => format!("{} free", self.resource.show(free)),
            None => format!("{} over", self.resource.show(self.used - self.allocatable)),
        }
    }
}

impl Column {
    /// A column of words.
    pub fn words(head: impl Into<Text>) -> Self {
        Self { head: head.into(), short: None, figures: false, only: None }
    }

    /// A column of figures.
    pub fn figures(head: impl Into<Text>) -> Self {
        Self { figures: true, ..Self::words(head) }
    }

    /// With another head on a terminal.
    pub fn short(self, head: impl Into<Text>) -> Self {
        Self { short: Some(head.into()), ..self }
    }

    /// Not shown everywhere.
    pub fn only(self, only: Only) -> Self {
        Self { only: Some(only), ..self }
    }
}
