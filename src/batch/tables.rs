//! What is written over all documents, from their own files, in the order of their ids; no more than a few reports are
//! in memory at a time.

use std::collections::BTreeMap;
use std::io::Write;

use rayon::prelude::*;

use crate::batch::FailureView;
use crate::batch::journal::Record;
use crate::batch::run::REPORTS;
use crate::batch::store::{Folder, Staged};
use crate::error::{Error, Result};
use crate::report::{Entry, Index, Outcome, Report, coverage_header, coverage_rows};

/// Reports that are read at a time.
const AT_A_TIME: usize = 32;

/// The outcome of a document as its file has it.
enum Stored {
    Read(Box<Report>),
    Failed(FailureView),
}

/// Writes the index, the tables of coverage and the list of failures.
pub(super) fn write(
    out: &Folder<'_>,
    records: &BTreeMap<String, Record>,
    marking: Option<&str>,
) -> Result<()> {
    let mut tables = Tables::begin(out, marking)?;
    let all: Vec<&Record> = records.values().collect();
    for some in all.chunks(AT_A_TIME) {
        let stored: Vec<Result<Stored>> =
            some.par_iter().map(|record| stored(out, record)).collect();
        for (record, stored) in some.iter().zip(stored) {
            match stored? {
                Stored::Read(report) => tables.report(record, &report)?,
                Stored::Failed(view) => tables.failure(record, view)?,
            }
        }
    }
    tables.finish(marking)
}

/// The files being written.
struct Tables<'a> {
    out: Folder<'a>,
    coverage: Staged<'a>,
    #[cfg(feature = "parquet")]
    parquet: crate::report::CoverageParquet<Staged<'a>>,
    failures: Staged<'a>,
    index: Index,
}

const COVERAGE: &str = "coverage.csv";
#[cfg(feature = "parquet")]
const PARQUET: &str = "coverage.parquet";
const FAILURES: &str = "failures.jsonl";
const INDEX: &str = "index.html";

impl<'a> Tables<'a> {
    fn begin(out: &Folder<'a>, marking: Option<&str>) -> Result<Self> {
        let mut coverage = out.stage(COVERAGE)?;
        coverage
            .write_all(coverage_header(marking).as_bytes())
            .map_err(fault(out, COVERAGE))?;
        Ok(Self {
            out: *out,
            coverage,
            #[cfg(feature = "parquet")]
            parquet: crate::report::CoverageParquet::new(out.stage(PARQUET)?)
                .map_err(fault(out, PARQUET))?,
            failures: out.stage(FAILURES)?,
            index: Index::default(),
        })
    }

    fn report(&mut self, record: &Record, report: &Report) -> Result<()> {
        self.coverage
            .write_all(coverage_rows(&record.id, report).as_bytes())
            .map_err(fault(&self.out, COVERAGE))?;
        #[cfg(feature = "parquet")]
        self.parquet
            .add(&record.id, report)
            .map_err(fault(&self.out, PARQUET))?;
        self.index.add(&Entry {
            name: record.id.clone(),
            outcome: Outcome::Read {
                report,
                link: link(record),
            },
        });
        Ok(())
    }

    fn failure(&mut self, record: &Record, view: FailureView) -> Result<()> {
        self.failures
            .write_all(view.line().as_bytes())
            .map_err(fault(&self.out, FAILURES))?;
        self.index.add(&Entry {
            name: record.id.clone(),
            outcome: Outcome::Failed {
                reason: view.reason,
            },
        });
        Ok(())
    }

    fn finish(self, marking: Option<&str>) -> Result<()> {
        self.coverage.commit()?;
        #[cfg(feature = "parquet")]
        self.parquet
            .finish()
            .map_err(fault(&self.out, PARQUET))?
            .commit()?;
        // One of an earlier program would tell of other documents.
        #[cfg(not(feature = "parquet"))]
        self.out.remove("coverage.parquet")?;
        self.failures.commit()?;
        let mut page = self.out.stage(INDEX)?;
        self.index
            .write(marking, &mut page)
            .map_err(fault(&self.out, INDEX))?;
        page.commit()?;
        self.out.sync("")
    }
}

fn fault(out: &Folder<'_>, name: &str) -> impl FnOnce(std::io::Error) -> Error + use<> {
    let path = out.path().join(name);
    move |source| Error::Write { path, source }
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
