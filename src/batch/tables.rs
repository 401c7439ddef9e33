//! What is written over all documents, from their own files, in the order of their ids; no more than a few reports are
//! in memory at a time.

use std::collections::BTreeMap;
use std::io::Write;

use rayon::prelude::*;

use crate::batch::FailureView;
use crate::batch::journal::Record;
use crate::batch::run::REPORTS;
use crate::batch::store::Folder;
use crate::error::{Error, Result};
use crate::report::{Entry, Index, Outcome, Report, coverage_header, coverage_rows};

/// Reports that are read at a time.
const AT_A_TIME: usize = 32;

/// The outcome of a document as its file has it.
enum Stored {
    Read(Box<Report>),
    Failed(FailureView),
}

/// Writes the index, the table of coverage and the list of failures.
pub(super) fn write(out: &Folder<'_>, records: &BTreeMap<String, Record>) -> Result<()> {
    let written = |name: &str| {
        let path = out.path().join(name);
        move |source| Error::Write {
            path: path.clone(),
            source,
        }
    };
    let mut coverage = out.stage("coverage.csv")?;
    let mut failures = out.stage("failures.jsonl")?;
    let mut index = Index::default();
    let mut marking: Option<Option<String>> = None;
    let all: Vec<&Record> = records.values().collect();
    for some in all.chunks(AT_A_TIME) {
        let stored: Vec<Result<Stored>> =
            some.par_iter().map(|record| stored(out, record)).collect();
        for (record, stored) in some.iter().zip(stored) {
            match stored? {
                Stored::Read(report) => {
                    if marking.is_none() {
                        marking = Some(report.marking.clone());
                        let header = coverage_header(report.marking.as_deref());
                        coverage
                            .write_all(header.as_bytes())
                            .map_err(written("coverage.csv"))?;
                    }
                    let rows = coverage_rows(&record.id, &report);
                    coverage
                        .write_all(rows.as_bytes())
                        .map_err(written("coverage.csv"))?;
                    index.add(&Entry {
                        name: record.id.clone(),
                        outcome: Outcome::Read {
                            report: &report,
                            link: link(record),
                        },
                    });
                }
                Stored::Failed(view) => {
                    failures
                        .write_all(view.line().as_bytes())
                        .map_err(written("failures.jsonl"))?;
                    index.add(&Entry {
                        name: record.id.clone(),
                        outcome: Outcome::Failed {
                            reason: view.reason,
                        },
                    });
                }
            }
        }
    }
    if marking.is_none() {
        let header = coverage_header(None);
        coverage
            .write_all(header.as_bytes())
            .map_err(written("coverage.csv"))?;
    }
    coverage.commit()?;
    failures.commit()?;
    let mut page = out.stage("index.html")?;
    let marking = marking.flatten();
    index
        .write(marking.as_deref(), &mut page)
        .map_err(written("index.html"))?;
    page.commit()?;
    out.sync("")
}

/// What the index links to: the page, where there is one.
fn link(record: &Record) -> String {
    let page = record.outputs.keys().find(|name| name.ends_with(".html"));
    let name = page.or_else(|| record.outputs.keys().find(|name| name.ends_with(".json")));
    format!("{REPORTS}/{}", name.map_or("", String::as_str))
}

fn stored(out: &Folder<'_>, record: &Record) -> Result<Stored> {
    let fault = |detail: String| Error::Batch {
        dir: out.path().to_path_buf(),
        detail: format!(
            "{REPORTS}: the report of {} {detail}; run again with --resume",
            record.id
        ),
    };
    let name = record.outputs.keys().find(|name| name.ends_with(".json"));
    let name = name.ok_or_else(|| fault("is not there".to_owned()))?;
    let bytes = out.get(&format!("{REPORTS}/{name}"))?;
    let bytes = bytes.ok_or_else(|| fault("is not there".to_owned()))?;
    let read = || {
        Ok(if record.is_read {
            Stored::Read(serde_json::from_slice(&bytes)?)
        } else {
            Stored::Failed(serde_json::from_slice(&bytes)?)
        })
    };
    read().map_err(|error: serde_json::Error| fault(format!("is damaged: {error}")))
}
