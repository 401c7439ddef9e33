//! One line of a stream: a document asked about, and the answer.
//!
//! ```text
//! {"id": "7", "text": "..."}            or "path": "packets/7.docx", or "b64", "docx_b64", "pdf_b64": "UEsDB..."
//! {"id": "7", "report": {...}}          ecq.report/1
//! {"id": "7", "coverage": {...}}           ecq.coverage/1, where that was asked for
//! {"id": "7", "error": {"code": "document", "message": "the file is empty", "line": 3}}
//! ```
//!
//! `id` is a string or an integer and comes back as it went in. `name` may say the document's file name; without it
//! the path or the id does. Other keys are ignored, so that rows of a table can be sent as they are; a key that is
//! null is not there. What a document is, its content tells, whatever the key.

use base64::Engine;
use serde::Serialize;
use serde_json::{Map, Value};

use crate::batch::run::made;
use crate::batch::{Failure, FailureKind, Input, Item, Reading, Source, read_input};
use crate::report::Report;
use crate::report::words::inert_json;

/// What an answer holds of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fields {
    /// All of it.
    Report,
    /// Its counts and levels.
    Coverage,
}

/// A line of a stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counted from 1.
    pub number: u64,
    /// Without its line feed; none if it was longer than a line may be.
    pub bytes: Option<Vec<u8>>,
}

/// What is said to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// One line of JSON, with its line feed.
    pub json: String,
    /// Whether it is an error.
    pub is_error: bool,
}

/// Where the text of a document stands in a line.
const CONTENTS: [&str; 5] = ["text", "path", "b64", "docx_b64", "pdf_b64"];

/// The answer to a line; there always is one.
#[must_use]
pub fn answer(line: &Line, fields: Fields, reading: &dyn Reading) -> Answer {
    let mut id = Value::Null;
    let outcome = report(line, &mut id, reading);
    let is_error = outcome.is_err();
    let (key, value) = match outcome {
        Ok(report) if fields == Fields::Coverage => ("coverage", json(&report.brief())),
        Ok(report) => ("report", json(&report)),
        Err(failure) => {
            let error = ErrorView {
                code: failure.kind,
                message: &failure.reason,
                line: line.number,
            };
            ("error", json(&error))
        }
    };
    // Written by hand, so that the id comes first and the report is not built a second time as a value.
    let json = inert_json(&format!("{{\"id\":{},\"{key}\":{value}}}", json(&id))) + "\n";
    Answer { json, is_error }
}

#[derive(Serialize)]
struct ErrorView<'a> {
    code: FailureKind,
    message: &'a str,
    line: u64,
}

/// Structures, lists and maps with string keys are always JSON.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "null".to_owned())
}

/// The report of a line's document; `id` is set as soon as it is known.
fn report(line: &Line, id: &mut Value, reading: &dyn Reading) -> Result<Report, Failure> {
    let (item, input) = request(line, id)?;
    let input = match input {
        Some(input) => input,
        None => read_input(&item)?,
    };
    made(reading, &item, &input).map(|made| made.report)
}

/// What a line asks about; without an input it is on the disk.
fn request(line: &Line, id: &mut Value) -> Result<(Item, Option<Input>), Failure> {
    let number = line.number;
    let Some(bytes) = &line.bytes else {
        return Err(refused(format!(
            "line {number} is longer than {} MiB; name the file by \"path\"",
            super::stream::MAX_LINE_BYTES >> 20
        )));
    };
    if bytes.trim_ascii().is_empty() {
        return Err(refused(format!(
            "line {number} is empty; expected a JSON object with \"id\" and one of {}",
            quoted(&CONTENTS)
        )));
    }
    let value: Value = serde_json::from_slice(bytes)
        .map_err(|error| refused(format!("line {number} is no JSON: {}", told(&error))))?;
    let Value::Object(mut object) = value else {
        return Err(refused(format!("line {number} is no JSON object")));
    };
    match object.remove("id") {
        Some(given @ Value::String(_)) => *id = given,
        Some(Value::Number(given)) if given.is_i64() || given.is_u64() => *id = given.into(),
        _ => {
            return Err(refused(format!(
                "line {number} has no \"id\" that is a string or an integer"
            )));
        }
    }
    object.retain(|_, value| !value.is_null());
    let given: Vec<&str> = CONTENTS
        .into_iter()
        .filter(|&key| object.contains_key(key))
        .collect();
    let &[key] = given.as_slice() else {
        let found = if given.is_empty() {
            "none".to_owned()
        } else {
            quoted(&given)
        };
        return Err(refused(format!(
            "line {number}: expected one of {}; found {found}",
            quoted(&CONTENTS)
        )));
    };
    let name = string(&mut object, "name", number)?;
    let content = string(&mut object, key, number)?.unwrap_or_default();
    if key == "path" {
        let source = Source::File(content.clone().into());
        let id = name.unwrap_or(content);
        return Ok((Item { id, source }, None));
    }
    let bytes = if key == "text" {
        content.into_bytes()
    } else {
        decoded(&content)
            .map_err(|error| refused(format!("line {number}: \"{key}\" is no base64: {error}")))?
    };
    let item = Item {
        id: name.unwrap_or_else(|| match id {
            Value::String(id) => id.clone(),
            id => id.to_string(),
        }),
        // Never opened: the bytes are here.
        source: Source::Fault(refused("no file".to_owned())),
    };
    let input = Input {
        bytes,
        beside: None,
    };
    Ok((item, Some(input)))
}

/// Base64 as engines write it: in lines or not, padded or not.
fn decoded(text: &str) -> Result<Vec<u8>, base64::DecodeError> {
    use base64::alphabet::STANDARD;
    use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    if text.contains(|c: char| c.is_ascii_whitespace()) {
        let whole: String = text.split_ascii_whitespace().collect();
        return ENGINE.decode(whole);
    }
    ENGINE.decode(text)
}

fn string(
    object: &mut Map<String, Value>,
    key: &str,
    number: u64,
) -> Result<Option<String>, Failure> {
    match object.remove(key) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refused(format!("line {number}: \"{key}\" is no string"))),
    }
}

fn quoted(keys: &[&str]) -> String {
    let quoted: Vec<String> = keys.iter().map(|key| format!("\"{key}\"")).collect();
    quoted.join(", ")
}

/// A fault of JSON by its column: the line that the parser counts is always its first.
fn told(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let what = text.split(" at line ").next().unwrap_or(&text);
    format!("{what} at column {}", error.column())
}

fn refused(reason: String) -> Failure {
    Failure::new(FailureKind::BadLine, reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::Made;

    /// Says what it was given, as a failure.
    struct Echo;

    impl Reading for Echo {
        fn read(&self, item: &Item, input: &Input) -> Result<Made, Failure> {
            assert!(item.id != "fault", "a fault of the program");
            let text = String::from_utf8_lossy(&input.bytes);
            let reason = format!("{}={text}", item.id);
            Err(Failure::new(FailureKind::Document, reason))
        }
    }

    fn said(line: &str) -> (Value, String, String) {
        let line = Line {
            number: 7,
            bytes: Some(line.as_bytes().to_vec()),
        };
        let answer = answer(&line, Fields::Report, &Echo);
        assert!(answer.is_error && answer.json.ends_with("}\n"));
        assert_eq!(answer.json.lines().count(), 1);
        let mut value: Value = serde_json::from_str(&answer.json).unwrap();
        assert_eq!(value["error"]["line"], 7);
        let word = |key: &str| value["error"][key].as_str().unwrap().to_owned();
        let (code, message) = (word("code"), word("message"));
        (value["id"].take(), code, message)
    }

    #[test]
    fn every_way_to_send_a_document_is_read() {
        for (line, what) in [
            (r#"{"id":"a","text":"x"}"#, "a=x"),
            (r#" {"text":"x","id":"a","path":null,"other":[1]} "#, "a=x"),
            (r#"{"id":"a","text":"x","name":"n.md"}"#, "n.md=x"),
            (r#"{"id":"a","b64":"eHk="}"#, "a=xy"),
            (r#"{"id":"a","docx_b64":"eHk"}"#, "a=xy"),
            (r#"{"id":"a","pdf_b64":"eH\nk=\n"}"#, "a=xy"),
        ] {
            assert_eq!(
                said(line),
                ("a".into(), "document".to_owned(), what.to_owned())
            );
        }
        assert_eq!(said(r#"{"id":-3,"text":"x"}"#).0, -3);
        assert_eq!(
            said(r#"{"id":"\u202e\u0000\n","text":"x"}"#).0,
            "\u{202E}\0\n"
        );
    }

    #[test]
    fn every_bad_line_is_answered() {
        for (line, id, what) in [
            ("", Value::Null, "line 7 is empty; expected"),
            (" \r", Value::Null, "line 7 is empty"),
            (
                "{",
                Value::Null,
                "line 7 is no JSON: EOF while parsing an object at column 1",
            ),
            ("[1]", Value::Null, "line 7 is no JSON object"),
            (r#"{"text":"x"}"#, Value::Null, "no \"id\""),
            (r#"{"id":1.5,"text":"x"}"#, Value::Null, "no \"id\""),
            (r#"{"id":"a"}"#, "a".into(), "found none"),
            (
                r#"{"id":"a","text":"x","path":"y"}"#,
                "a".into(),
                "found \"text\", \"path\"",
            ),
            (
                r#"{"id":"a","text":5}"#,
                "a".into(),
                "\"text\" is no string",
            ),
            (
                r#"{"id":"a","b64":"?"}"#,
                "a".into(),
                "\"b64\" is no base64",
            ),
        ] {
            let (seen, code, message) = said(line);
            assert_eq!((seen, code.as_str()), (id, "bad-line"), "{line}");
            assert!(message.contains(what), "{line}: {message}");
        }
        let (id, code, message) = said(r#"{"id":"a","path":"no/such.docx"}"#);
        assert_eq!((id, code.as_str()), ("a".into(), "unreadable"), "{message}");
        assert_eq!(said(r#"{"id":"fault","text":"x"}"#).1, "program");
    }
}
