//! Whatever a document says is shown as text: in every answer, in every format, it neither acts nor hides.

use bayplan::diagnostic::is_unseen;

use crate::support::program::{Folder, Ran};

/// What steers a terminal, turns a line around, or cannot be seen.
const UNSEEN: &str = "\u{1}\u{7}\u{8}\u{1b}[31m\u{7f}\u{80}\u{9b}31m\u{9d}0;x\u{9c}\u{ad}\u{34f}\u{600}\u{605}\u{61c}\
                      \u{6dd}\u{70f}\u{890}\u{8e2}\u{115f}\u{1160}\u{17b4}\u{180b}\u{180e}\u{180f}\u{200b}\u{200d}\u{200e}\
                      \u{200f}\u{2028}\u{2029}\u{202a}\u{202e}\u{2060}\u{2064}\u{2066}\u{2069}\u{206a}\u{206f}\u{3164}\
                      \u{fe00}\u{fe0f}\u{feff}\u{ffa0}\u{fff9}\u{fffa}\u{fffb}\u{110bd}\u{13430}\u{1bca0}\u{1d173}\
                      \u{1d17a}\u{e0001}\u{e0020}\u{e0041}\u{e007f}\u{e0100}\u{e01ef}";

/// What Markdown and HTML would make something of.
const LIVE: [&str; 11] = [
    "a`b",
    "``<img src=x onerror=x>",
    "` [x](http://evil.example) `",
    "``[x](http://evil.example)``",
    "x` ![y](z) <b>",
    "http://evil.example",
    "see WWW.evil.example",
    "@someone <a@b.example> #1",
    "\\` <img src=x> \\\\` | | &lt;",
    "<!-- <script>x</script> -->",
    "[x]: http://evil.example",
];

/// A lab of three phases that says `words` wherever it may say what it wants.
fn lab(words: &str) -> String {
    let words: String = words
        .chars()
        .map(|c| match c {
            '"' | '\\' => format!("\\{c}"),
            c if is_unseen(c) => format!("\\U{:08x}", u32::from(c)),
            c => c.to_string(),
        })
        .collect();
    r#"
name: "W"
hosts:
  a: {title: "W", memory: 8GiB, labels: {zone: other}}
  b: {title: "W", memory: 4GiB, labels: {zone: "W"}}
  c: {title: "W", memory: 2GiB, labels: {zone: other}, from: next}
phases: {now: {title: "W"}, next: {title: "W", date: 2027-03-01}}
stacks:
  web: {app: {title: "W", memory: 2GiB, replicas: 2, apart: zone, observed: {memory: 1GiB, source: "W"}}}
startups:
  web: {stack: web, title: "W"}
  db: {title: "W", containers: {pg: {title: "W", memory: 1GiB, on: {zone: "W"}}}}
  big: {from: next, containers: {x: {memory: 3GiB, on: {zone: other}}}}
toolbox:
  logs: {title: "W", tools: ["W", other], chosen: "W", with: [other], status: next, runs: [db]}
placement: {a: [web/app.1], b: [web/app.2, db/*]}
"#
    .replace('W', &words)
}

/// Every answer about it in one format, and every picture.
fn answers(words: &str, format: &str) -> Vec<(String, Ran)> {
    let text = lab(words);
    let other =
        text.replace("{a: [web/app.1], b: [web/app.2, db/*]}", "{b: [web/*, db/*]}").replace("2GiB, re", "1GiB, re");
    let folder = Folder::with(&[("lab.yaml", &text), ("other.yaml", &other)]);
    // Files have names of others, too.
    let file = &format!("{}.yaml", words.replace('/', "-").chars().take(60).collect::<String>());
    std::fs::write(folder.path(file), &other).expect("a name that files may have");
    let questions: [&[&str]; 16] = [
        &["check", file],
        &["compare", file, "lab.yaml"],
        &["fit", file, "--stack", "web"],
        &["what-if", file, "--lose", "a"],
        &["plan", "lab.yaml"],
        &["plan", "lab.yaml", "--phase", "next", "--partial"],
        &["check", "lab.yaml"],
        &["check", "other.yaml"],
        &["fit", "lab.yaml", "--stack", "web"],
        &["compare", "lab.yaml", "other.yaml"],
        &["what-if", "lab.yaml", "--lose", "a"],
        &["what-if", "lab.yaml", "--drain", "a"],
        &["roadmap", "lab.yaml"],
        &["toolbox", "lab.yaml"],
        &["plan", "lab.yaml", "--phase", words],
        &["check", words],
    ];
    let pictures = ["svg", "html", "mmd", "dot", "txt"];
    let asked = questions.iter().map(|question| [*question, &["--format", format]].concat());
    let drawn = pictures.iter().map(|picture| vec!["draw", "lab.yaml", file, "--links", "--as", picture]);
    let in_turn = pictures.iter().map(|picture| vec!["draw", "lab.yaml", "--as", picture]);
    let with_pictures = format == "markdown";
    let all = asked.chain(drawn.chain(in_turn).filter(|_| with_pictures));
    let asked = |args: Vec<&str>| {
        let ran = folder.run(&args);
        assert!(ran.code < 2 || args.contains(&words) || args[..2] == ["fit", file], "{args:?}: {ran:?}");
        (args.join(" "), ran)
    };
    all.map(asked).collect()
}

#[test]
fn nothing_unseen_is_printed() {
    for format in ["table", "markdown", "json"] {
        for (asked, Ran { out, err, .. }) in answers(UNSEEN, format) {
            let said = format!("{out}{err}");
            let unseen: Vec<char> = said.chars().filter(|&c| is_unseen(c) && c != '\n').collect();
            assert!(unseen.is_empty(), "{asked:?}: {unseen:?} in {said:?}");
        }
    }
}

/// Programs get what the document says, by its numbers.
#[test]
fn what_is_unseen_is_spelled_out_in_json() {
    let folder = Folder::with(&[("lab.yaml", &lab(UNSEEN))]);
    let out = folder.run(&["toolbox", "lab.yaml", "--format", "json"]).out;
    let answer: serde_json::Value = serde_json::from_str(&out).expect("it is JSON");
    assert!(answer.to_string().contains('\u{9b}') && answer.to_string().contains('\u{e0041}'), "{out}");
    assert!(out.contains("\\u009b") && out.contains("\\udb40\\udc41"), "{out}");
}

#[test]
fn nothing_of_a_document_comes_alive_in_markdown() {
    for words in LIVE {
        for (asked, Ran { out, .. }) in answers(words, "markdown").into_iter().filter(|(it, _)| !it.starts_with("draw"))
        {
            // What the program itself writes.
            let said = live(&out.replace("<br>", " ").replace("- [ ] ", "- "));
            for sign in ["<", "[", "`", "://", "www.", "WWW.", "@", "#1"] {
                assert!(
                    !said.contains(sign),
                    "{asked}: `{sign}` of {words:?} comes alive in\n{out}\nwhich reads\n{said}"
                );
            }
        }
    }
}

#[test]
fn nothing_of_a_document_comes_alive_in_a_picture() {
    for words in LIVE {
        for (asked, Ran { out, .. }) in answers(words, "markdown").into_iter().filter(|(it, _)| it.starts_with("draw"))
        {
            let page = asked.contains("svg") || asked.contains("html");
            for sign in ["<img", "<b>", "<a@", "<script>x", "<!-- "] {
                assert!(!page || !out.contains(sign), "{asked}: `{sign}` in\n{out}");
            }
        }
    }
}

/// What of a Markdown text is neither code nor escaped, read as CommonMark reads it: code lasts from some backticks to
/// as many in the same paragraph, and what is after a backslash means nothing.
fn live(markdown: &str) -> String {
    let mut said = String::new();
    for line in markdown.lines() {
        let letters: Vec<char> = line.chars().collect();
        let run = |from: usize| letters[from..].iter().take_while(|&&c| c == '`').count();
        let mut at = 0;
        while at < letters.len() {
            match letters[at] {
                '\\' if letters.get(at + 1).is_some_and(char::is_ascii_punctuation) => {
                    said.push('\u{1}');
                    at += 2;
                }
                '`' => {
                    let fence = run(at);
                    let mut end = at + fence;
                    while end < letters.len() && run(end) != fence {
                        end += run(end).max(1);
                    }
                    // Backticks without as many to close them are themselves.
                    if end >= letters.len() {
                        said.extend(&letters[at..at + fence]);
                        at += fence;
                    } else {
                        said.push('\u{1}');
                        at = end + fence;
                    }
                }
                c => {
                    said.push(c);
                    at += 1;
                }
            }
        }
        said.push('\n');
    }
    said
}
