//! A saved reply of the API: `/api/v1/query` and `/api/v1/query_range`.

use super::super::found::Found;
use super::super::json::{Json, Stop};
use super::series::{Kind, Labels, Metrics, Sample, keep};
use crate::diagnostic::{Code, Diagnostic, Place, quoted};

/// Reads the replies of a file, one behind the other. `unnamed` is what is measured where the reply does not say it, and
/// whether that is by the name of the file.
///
/// # Errors
/// What is no reply, or does not say what it measures.
pub fn read(
    text: &str,
    file: u32,
    unnamed: Option<(Kind, bool)>,
    metrics: &mut Metrics,
    found: &mut Found,
) -> Result<(), Stop> {
    let mut json = Json::new(text, file)?;
    let mut reader = Reader { unnamed, metrics, found, unknown: Vec::new(), is_reply: false };
    while !json.is_done() {
        match json.peek() {
            Some(b'[') => json.array(|json| reader.reply(json))?,
            _ => reader.reply(&mut json)?,
        }
    }
    if !reader.is_reply {
        let at = Place { file, line: 1, column: 1, length: 0 };
        let diagnostic = Diagnostic::new(Code::MissingKey, at, "there is no `data` with a `result`");
        return Err(Box::new(diagnostic.help("save what `/api/v1/query` or `/api/v1/query_range` answers")));
    }
    Ok(())
}

struct Reader<'a> {
    unnamed: Option<(Kind, bool)>,
    metrics: &'a mut Metrics,
    found: &'a mut Found,
    /// Metrics that were refused.
    unknown: Vec<String>,
    is_reply: bool,
}

impl Reader<'_> {
    fn reply(&mut self, json: &mut Json) -> Result<(), Stop> {
        let mut error = None;
        json.object(|json, key, _| match &*key {
            "data" if json.peek() == Some(b'{') => json.object(|json, key, _| match &*key {
                "result" => self.result(json),
                _ => json.skip(),
            }),
            "error" => {
                let at = json.place();
                error = json.scalar()?.map(|error| (error.into_owned(), at));
                Ok(())
            }
            "warnings" | "infos" if json.peek() == Some(b'[') => json.array(|json| {
                let at = json.place();
                if let Some(text) = json.scalar()? {
                    self.found.note(format!("Prometheus says {}", quoted(&text)), at);
                }
                Ok(())
            }),
            _ => json.skip(),
        })?;
        match error {
            Some((error, at)) => {
                let message = format!("Prometheus answered with an error: {}", quoted(&error));
                Err(Box::new(Diagnostic::new(Code::BadValue, at, message).help("mend the query, and save its answer")))
            }
            None => Ok(()),
        }
    }

    fn result(&mut self, json: &mut Json) -> Result<(), Stop> {
        self.is_reply = true;
        let at = json.place();
        if json.peek() != Some(b'[') {
            self.found.refuse("result", "is no list of series", at);
            return json.skip();
        }
        let mut is_number = false;
        json.array(|json| match json.peek() {
            Some(b'{') => self.series(json),
            _ => {
                is_number = true;
                json.skip()
            }
        })?;
        if is_number {
            self.found.refuse("result", "is a single number, which says of no container what it takes", at);
        }
        Ok(())
    }

    fn series(&mut self, json: &mut Json) -> Result<(), Stop> {
        let at = json.place();
        let (mut name, mut labels, mut samples) = (None, Labels::new(), Vec::new());
        let mut is_histogram = false;
        json.object(|json, key, _| match &*key {
            "metric" if json.peek() == Some(b'{') => json.object(|json, key, _| {
                let value = json.scalar()?.unwrap_or_default();
                match &*key {
                    "__name__" => name = Some(value.into_owned()),
                    key => keep(&mut labels, key, &value),
                }
                Ok(())
            }),
            "value" if json.peek() == Some(b'[') => {
                samples.push(sample(json)?);
                Ok(())
            }
            "values" if json.peek() == Some(b'[') => json.array(|json| {
                samples.push(sample(json)?);
                Ok(())
            }),
            "histogram" | "histograms" => {
                is_histogram = true;
                json.skip()
            }
            _ => json.skip(),
        })?;
        if is_histogram {
            self.found.refuse(name.as_deref().unwrap_or("series"), "is a histogram, not what is taken", at);
            return Ok(());
        }
        let kind = match (&name, self.unnamed) {
            (Some(name), _) => match Kind::of_metric(name) {
                Some(kind) => kind,
                None => {
                    if !self.unknown.contains(name) && self.unknown.len() < 100 {
                        let why = "says neither what containers take nor what machines have, as far as is known here";
                        self.found.refuse(name, why, at);
                        self.unknown.push(name.clone());
                    }
                    return Ok(());
                }
            },
            (None, Some((kind, by_file))) => {
                if by_file && !self.unknown.iter().any(String::is_empty) {
                    let what = if kind == Kind::Cpu { "cores" } else { "bytes of memory" };
                    self.found
                        .note(format!("the reply names no metric: taken as {what}, for so the file is called"), at);
                    self.unknown.push(String::new());
                }
                kind
            }
            (None, None) => {
                let message = "the reply names no metric, and so does not say what it measures";
                let help = "say `--metric cpu` (cores) or `--metric memory` (bytes), or call the file so";
                return Err(Box::new(Diagnostic::new(Code::MissingKey, at, message).help(help)));
            }
        };
        self.metrics.add(kind, labels, None, at, &samples);
        Ok(())
    }
}

/// `[1767225600.781, "12.5"]`. What is no number is no number.
fn sample(json: &mut Json) -> Result<Sample, Stop> {
    let mut numbers = [f64::NAN; 2];
    let mut position = 0;
    json.array(|json| {
        match numbers.get_mut(position) {
            Some(number) => *number = json.scalar()?.and_then(|text| text.trim().parse().ok()).unwrap_or(f64::NAN),
            None => json.skip()?,
        }
        position += 1;
        Ok(())
    })?;
    let [time, value] = numbers;
    let time = Some(time).filter(|time| time.is_finite());
    // Milliseconds since 1970 in whole numbers; a time before that, or far behind, is the first or the last.
    let order = time.map_or(0, |time| (time * 1000.0).round() as u64);
    Ok(Sample { time, order, value })
}
