//! `ecq score`: JSON lines in, JSON lines out, in the same order.

use std::io::{BufRead, BufReader, Write};

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
/// Longest line, in bytes; a passage has some hundred.
const MAX_LINE_BYTES: usize = 4 << 20;

#[derive(Deserialize)]
struct Line {
    id: Value,
    text: String,
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
    let mut input = BufReader::with_capacity(1 << 20, std::io::stdin().lock());
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut n_bad = 0;
    loop {
        let lines = read_chunk(&mut input)?;
        if lines.is_empty() {
            break;
        }
        let parsed: Vec<Result<Line, Value>> = lines.iter().map(|line| parse(line)).collect();
        let texts: Vec<&str> = parsed
            .iter()
            .flatten()
            .map(|line| line.text.as_str())
            .collect();
        let mut scores = toolkit.score(&texts)?.into_iter();
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

/// One line, then as many more as have already arrived: a caller who waits for an answer gets it.
fn read_chunk(input: &mut BufReader<impl std::io::Read>) -> Result<Vec<Vec<u8>>> {
    let mut lines = Vec::new();
    while lines.len() < CHUNK_LINES {
        if !lines.is_empty() && !input.buffer().contains(&b'\n') {
            break;
        }
        let mut line = Vec::new();
        if input.read_until(b'\n', &mut line)? == 0 {
            break;
        }
        while line
            .last()
            .is_some_and(|byte| matches!(byte, b'\n' | b'\r'))
        {
            line.pop();
        }
        lines.push(line);
    }
    Ok(lines)
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
