//! Bytes to packets: the way that every document takes, whatever brought it.

use std::path::Path;

use anyhow::Result;
use ecq::analysis::{Toolkit, analyze};
use ecq::batch::{Failure, FailureKind};
use ecq::decisions::{Decision, attach, parse_decisions};
use ecq::document::{Document, decode, parse};
use ecq::error::DocumentError;
use ecq::report::{DocumentName, Narrative, Packet, report};

use crate::commands::explain;

/// The document in bytes: the one place where the content of a file is taken apart.
///
/// # Errors
/// What is wrong with the content.
pub(crate) fn open_document(
    bytes: &[u8],
    extension: Option<&str>,
) -> Result<Document, DocumentError> {
    parse(bytes, extension)
}

/// How packets are made.
#[derive(Clone, Copy)]
pub(crate) struct Making<'a> {
    /// What documents are read with.
    pub(crate) toolkit: &'a Toolkit,
    /// Whether reports say what carried every cell.
    pub(crate) with_why: bool,
}

impl Making<'_> {
    /// The packet of a document that `bytes` hold; `path` is how outputs name the file.
    ///
    /// # Errors
    /// If the model cannot read it.
    pub(crate) fn packet(
        self,
        document: Document,
        bytes: &[u8],
        path: &str,
        name: &DocumentName,
        decisions: &[Decision],
    ) -> Result<Packet> {
        let source = decode::decode(bytes).ok().map(|(text, _)| text);
        let narrative = Narrative::new(&document, source);
        let analysis = analyze(document, self.toolkit)?;
        let mut report = report(&analysis, self.toolkit, name);
        if self.with_why {
            report.why = explain::all(&analysis, self.toolkit)?;
        }
        attach(&mut report, decisions);
        Ok(Packet {
            path: path.to_owned(),
            report,
            narrative,
        })
    }

    /// The packet in bytes, from beginning to end; `decisions` are the bytes of the file beside it.
    ///
    /// # Errors
    /// Why there is none, as programs and people want to know it.
    pub(crate) fn packet_of_bytes(
        self,
        bytes: &[u8],
        path: &str,
        decisions: Option<&[u8]>,
    ) -> Result<Packet, Failure> {
        let file = Path::new(path.rsplit(['/', '!']).next().unwrap_or(path));
        let extension = file.extension().and_then(|extension| extension.to_str());
        let document = open_document(bytes, extension).map_err(|fault| Failure::from(&fault))?;
        let decisions = decisions.map_or(Ok(Vec::new()), decisions_of)?;
        let name = DocumentName::new(file.to_string_lossy(), bytes);
        self.packet(document, bytes, path, &name, &decisions)
            .map_err(|error| Failure::new(FailureKind::Program, format!("{error:#}")))
    }
}

fn decisions_of(bytes: &[u8]) -> Result<Vec<Decision>, Failure> {
    let fault = |what: String| {
        Failure::new(
            FailureKind::Decisions,
            format!("the decisions beside it: {what}"),
        )
    };
    let source = std::str::from_utf8(bytes).map_err(|_| fault("not UTF-8 text".to_owned()))?;
    parse_decisions(source).map_err(|faults| {
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        fault(lines.join("; "))
    })
}
