//! The journal: a line for every document that is done, each with a hash of itself.
//!
//! Lines are only ever added while a run goes on; what was torn by a crash is told by its hash and left where it is.
//! A finished run puts the journal in order, by the same careful rename as every other file.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classify::sha256_hex;

/// Characters of the hash at the beginning of a line.
const HASH_CHARS: usize = 16;

/// A document that is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Record {
    /// Its id.
    pub id: String,
    /// Digest of its bytes; none where it could not be read from the disk.
    pub input: Option<String>,
    /// Digest of the decisions beside it, where there are any.
    pub beside: Option<String>,
    /// [`Basis::key`](crate::batch::Basis::key) of the run.
    pub key: String,
    /// Whether there is a report; otherwise its JSON file says why not.
    pub is_read: bool,
    /// Passages that were read.
    pub n_passages: usize,
    /// Digests of the files in `reports`, by name.
    pub outputs: BTreeMap<String, String>,
}

/// A line that is no record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Counted from 1.
    pub line: usize,
    /// Whether it is the last one, as a crash leaves it.
    pub is_last: bool,
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.is_last {
            write!(
                f,
                "line {} of the journal is cut off, as a crash leaves it; its document is read again",
                self.line
            )
        } else {
            write!(
                f,
                "line {} of the journal is damaged; its document is read again",
                self.line
            )
        }
    }
}

impl Record {
    /// The line of the journal, with its line feed.
    #[must_use]
    pub fn line(&self) -> String {
        // Structures, lists and maps with string keys are always JSON.
        let json = serde_json::to_string(self).unwrap_or_default();
        format!("{} {json}\n", hash(&json))
    }
}

fn hash(json: &str) -> String {
    let mut digest = sha256_hex(json.as_bytes());
    digest.truncate(HASH_CHARS);
    digest
}

/// The records of a journal, the last one of each document, and the lines that are none.
#[must_use]
pub fn parse_journal(bytes: &[u8]) -> (BTreeMap<String, Record>, Vec<Fault>) {
    let mut records = BTreeMap::new();
    let mut faults = Vec::new();
    let lines: Vec<&[u8]> = bytes.split_inclusive(|&byte| byte == b'\n').collect();
    for (idx, line) in lines.iter().enumerate() {
        match record(line) {
            Some(record) => {
                records.insert(record.id.clone(), record);
            }
            // A line feed alone ends what a crash cut off.
            None if *line == b"\n" => {}
            None => faults.push(Fault {
                line: idx + 1,
                is_last: idx + 1 == lines.len(),
            }),
        }
    }
    (records, faults)
}

fn record(line: &[u8]) -> Option<Record> {
    let line = std::str::from_utf8(line).ok()?.strip_suffix('\n')?;
    let (written, json) = line.split_at_checked(HASH_CHARS)?;
    let json = json.strip_prefix(' ')?;
    if hash(json) != written {
        return None;
    }
    serde_json::from_str(json).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sample(id: &str) -> Record {
        Record {
            id: id.to_owned(),
            input: Some("ab".to_owned()),
            beside: None,
            key: "k".to_owned(),
            is_read: true,
            n_passages: 3,
            outputs: BTreeMap::from([("a.json".to_owned(), "cd".to_owned())]),
        }
    }

    #[test]
    fn a_journal_cut_at_any_byte_of_its_last_two_records_loses_those_only() {
        let records = ["a", "b\nc", "d"].map(sample);
        let lines = records.each_ref().map(Record::line);
        let whole = lines.concat();
        let first = lines[0].len();
        for end in first..=whole.len() {
            let (found, faults) = parse_journal(&whole.as_bytes()[..end]);
            let n_whole = if end == whole.len() {
                3
            } else if end >= first + lines[1].len() {
                2
            } else {
                1
            };
            assert_eq!(found.len(), n_whole, "cut at {end}");
            let is_torn = ![first, first + lines[1].len(), whole.len()].contains(&end);
            assert_eq!(faults.len(), usize::from(is_torn), "cut at {end}");
            // What a later run adds behind the cut is read.
            let mut continued = whole.as_bytes()[..end].to_vec();
            continued.extend(b"\n");
            continued.extend(sample("e").line().as_bytes());
            assert!(
                parse_journal(&continued).0.contains_key("e"),
                "cut at {end}"
            );
        }
    }

    #[test]
    fn every_flipped_bit_is_seen() {
        let line = sample("a").line().into_bytes();
        for at in 0..line.len() {
            let mut other = line.clone();
            other[at] ^= 1;
            assert!(parse_journal(&other).0.is_empty(), "byte {at}");
        }
    }

    #[test]
    fn the_last_record_of_a_document_holds() {
        let mut newer = sample("a");
        newer.n_passages = 9;
        let journal = sample("a").line() + &newer.line();
        let (records, faults) = parse_journal(journal.as_bytes());
        assert_eq!(records["a"], newer);
        assert!(faults.is_empty());
    }
}
