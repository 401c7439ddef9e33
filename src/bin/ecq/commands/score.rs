//! `ecq score`: JSON lines in, JSON lines out, in the same order.

use std::io::{BufRead, BufReader, Read, Write};

use anyhow::Result;
use ecq::analysis::Toolkit;
use ecq::classify::{Classifier, Level, OutputGroup, Scores};
use ecq::codebook::builtin;
use ecq::report::rounded;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::args::ScoreArgs;
use crate::commands::model;
use crate::errors::Code;

/// Most lines that are embedded together: enough to fill the batches, little enough to answer soon.
const CHUNK_LINES: usize = 256;
/// Most lines of one document that are held for its end.
const MOST_LINES: usize = 4096;
/// Longest line, in bytes; a passage has some hundred.
const MAX_LINE_BYTES: usize = 4 << 20;

#[derive(Deserialize)]
struct Line {
    id: Value,
    text: String,
    /// The document the passage stands in; lines of one document that follow each other are read together.
    #[serde(default, alias = "packet")]
    doc: Option<String>,
    /// The ECQ it stands under: neighbors end with it.
    #[serde(default)]
    ecq: Option<String>,
}

/// What tells the story of a line: its document and ECQ, or the line alone.
#[derive(PartialEq)]
enum Story<'a> {
    Of(&'a str, Option<&'a str>),
    Line(usize),
}

#[derive(Serialize)]
struct LabelScore<'a> {
    id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    level: Option<&'static str>,
    p: f64,
}

/// Answers every line of standard input.
pub(crate) fn run(args: &ScoreArgs) -> Result<Code> {
    let codebook = builtin("opm-2006")
        .cloned()
        .ok_or_else(|| anyhow::anyhow!("no codebook opm-2006"))?;
    let toolkit = Toolkit::with_compute(
        codebook,
        &model(args.model.model.as_deref())?,
        args.model.compute.into(),
        args.model.threads,
    )?;
    let mut input = Lines {
        input: BufReader::with_capacity(1 << 20, std::io::stdin().lock()),
        pending: None,
    };
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut n_bad = 0;
    loop {
        let parsed = input.next_chunk()?;
        if parsed.is_empty() {
            break;
        }
        let texts: Vec<&str> = parsed
            .iter()
            .flatten()
            .map(|line| line.text.as_str())
            .collect();
        let stories: Vec<Story<'_>> = parsed
            .iter()
            .flatten()
            .enumerate()
            .map(|(idx, line)| match &line.doc {
                Some(doc) => Story::Of(doc, line.ecq.as_deref()),
                None => Story::Line(idx),
            })
            .collect();
        let mut scores = toolkit.score_stories(&texts, &stories)?.into_iter();
        for line in parsed {
            let answer = match line {
                Ok(line) => match scores.next() {
                    Some(scores) => answer(&line.id, &scores, toolkit.classifier(), args.all),
                    None => {
                        json!({"id": line.id, "error": {"code": "internal", "message": "no score"}})
                    }
                },
                Err(error) => {
                    n_bad += 1;
                    error
                }
            };
            serde_json::to_writer(&mut out, &answer)?;
            out.write_all(b"\n")?;
        }
        out.flush()?;
    }
    Ok(if n_bad > 0 {
        Code::SomeFailed
    } else {
        Code::Done
    })
}

/// Lines of standard input, parsed, in chunks that never part a document's passages.
struct Lines<R> {
    input: BufReader<R>,
    /// The first line of the next chunk, where reading it showed that a document had ended.
    pending: Option<Result<Line, Value>>,
}

impl<R: Read> Lines<R> {
    /// One line, then as many more as have already arrived: a caller who waits for an answer gets it. Only the
    /// lines of a document wait until the next one begins or the input ends.
    fn next_chunk(&mut self) -> Result<Vec<Result<Line, Value>>> {
        let mut lines: Vec<Result<Line, Value>> = self.pending.take().into_iter().collect();
        loop {
            let document = lines.last().and_then(|line| document(line));
            let may_end = lines.len() >= CHUNK_LINES || !self.input.buffer().contains(&b'\n');
            if lines.len() >= MOST_LINES || (!lines.is_empty() && document.is_none() && may_end) {
                return Ok(lines);
            }
            let Some(next) = self.next_line()? else {
                return Ok(lines);
            };
            if may_end && document.is_some() && document != self::document(&next) {
                self.pending = Some(next);
                return Ok(lines);
            }
            lines.push(next);
        }
    }

    fn next_line(&mut self) -> Result<Option<Result<Line, Value>>> {
        let mut line = Vec::new();
        // One byte over the limit is enough to know; the rest of such a line is read away, not kept.
        let limit = MAX_LINE_BYTES as u64 + 1;
        if (&mut self.input).take(limit).read_until(b'\n', &mut line)? == 0 {
            return Ok(None);
        }
        if line.len() > MAX_LINE_BYTES && line.last() != Some(&b'\n') {
            self.input.skip_until(b'\n')?;
        }
        while line
            .last()
            .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
        {
            line.pop();
        }
        Ok(Some(parse(&line)))
    }
}

fn document(line: &Result<Line, Value>) -> Option<&str> {
    line.as_ref().ok()?.doc.as_deref()
}

fn parse(line: &[u8]) -> Result<Line, Value> {
    let error = |id: Value, message: String| json!({"id": id, "error": {"code": "bad-line", "message": message}});
    if line.len() > MAX_LINE_BYTES {
        return Err(error(
            Value::Null,
            format!("the line is longer than {} MiB", MAX_LINE_BYTES >> 20),
        ));
    }
    let value: Value = serde_json::from_slice(line)
        .map_err(|cause| error(Value::Null, format!("no JSON: {cause}")))?;
    let id = value.get("id").cloned().unwrap_or(Value::Null);
    let line: Line = serde_json::from_value(value)
        .map_err(|cause| error(id, format!("expected {{\"id\",\"text\"}}: {cause}")))?;
    if line.text.trim().is_empty() {
        return Err(error(line.id, "the text is empty".to_owned()));
    }
    Ok(line)
}

fn answer(id: &Value, scores: &Scores, classifier: &Classifier, all: bool) -> Value {
    let space = classifier.space();
    let competencies: Vec<LabelScore<'_>> = space
        .competencies
        .iter()
        .enumerate()
        .filter_map(|(idx, id)| {
            let (level, p) = classifier.level(scores, idx);
            // With --all the probability is that of "demonstrated", so that it can be ranked and thresholded.
            let p = if all {
                scores.probabilities[space.range(OutputGroup::Demonstrated).start + idx]
            } else {
                p
            };
            (all || level != Level::Absent).then(|| LabelScore {
                id,
                level: Some(level.name()),
                p: rounded(p),
            })
        })
        .collect();
    let shown = |group: OutputGroup| -> Vec<LabelScore<'_>> {
        space
            .range(group)
            .zip(space.ids(group))
            .filter(|(output, _)| all || classifier.reaches(scores, *output))
            .map(|(output, id)| LabelScore {
                id,
                level: None,
                p: rounded(scores.probabilities[output]),
            })
            .collect()
    };
    let ccar: Vec<&str> = space
        .range(OutputGroup::Ccar)
        .zip(&space.ccar)
        .filter(|(output, _)| classifier.reaches(scores, *output))
        .map(|(_, id)| id.as_str())
        .collect();
    let mut answer = json!({
        "id": id,
        "competencies": competencies,
        "key_characteristics": shown(OutputGroup::KeyCharacteristics),
        "opm_2025": shown(OutputGroup::Opm2025),
        "ccar": ccar,
    });
    if all && let Some(object) = answer.as_object_mut() {
        object.insert("ccar_p".to_owned(), json!(shown(OutputGroup::Ccar)));
    }
    answer
}
