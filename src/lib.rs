//! Reads Executive Core Qualification (ECQ) narratives as a careful Qualifications Review Board reader would:
//! which competencies a packet demonstrates, which it only asserts, which are missing, each with its words.
//!
//! # Flow
//! ```text
//! bytes ─ document ─ passage ─ embed ─ classify ─ coverage ─ report
//!                      │                   │          │
//!                   codebook (data: editions of the ECQ model)
//! ```
//! [`analysis::analyze`] is the one function that knows the whole flow; everything before and after it is
//! a plain function of values.
//!
//! # Modules
//! | module | holds | may import |
//! |---|---|---|
//! | [`error`], [`span`], [`warning`] | what every module may use | each other |
//! | [`document`] | docx, odt, pdf, html, md, txt → text in blocks with places | – |
//! | [`codebook`] | editions as data, lint, edition detection | – |
//! | [`passage`] | sections from headings; windows of 1-3 sentences | document |
//! | [`embed`] | passages → unit vectors: BERT on its own kernels, and on candle | codebook (names that are tags) |
//! | [`classify`] | vectors → calibrated probabilities → levels | embed, codebook |
//! | [`coverage`] | levels → cells: shown, asserted, missing | classify |
//! | [`profile`] | kinds of document: limits and switched rules, as data | codebook |
//! | [`findings`] | rules: what a board stops at, with its words | document, passage, embed, classify, coverage, codebook, profile |
//! | [`config`] | `ecq.toml`: settings with their origins | codebook, profile, findings |
//! | [`analysis`] | the whole flow | all of the above |
//! | [`explain`] | what carried a cell: words left out, examples, neighbors | analysis, dataset and below |
//! | [`announcement`] | vacancy announcements: qualifications, limits, documents; codebook and settings from them | document, codebook, profile |
//! | [`report`] | the serializable view and every form it is written in | analysis, explain and below |
//! | [`annotate`] | copies of docx and pdf with what was found as comments | report, document |
//! | [`drafts`] | two reports of one packet: gained, lost, findings new and gone | report, passage |
//! | [`decisions`] | what reviewers decided, kept beside the packet | report, passage, codebook, findings |
//! | [`batch`] | many documents: journal, atomic files, shards, tables | report, decisions, document, classify |
//! | [`crosswalk`] | a packet of one edition read for another | analysis and below, report |
//! | [`dataset`], [`eval`], [`train`] | annotated passages, measures, training | classify, embed, dataset, codebook |
//! | `linear` | systems and logistic regressions in doubles, for `eval` and `train` | – |
//! | [`hub`] | fetching a model: the only code that opens a socket | – |
//!
//! `tests/suite/architecture.rs` holds this table.
//!
//! # Invariants
//! * The library never prints; results are values.
//! * Only modules named `read`, `write`, `store`, `lock`, `checkpoint`, `set`, `data` and `hub` touch files; none reads
//!   a clock or the environment.
//! * A report is a function of the document's bytes, the codebook, the model and the options: equal input gives
//!   equal bytes on one machine, whatever the number of threads.
//! * Every statement in a report points to a [`Span`](span::Span) of the document's text.
//! * Nothing is left out of a document silently: what is not scored is a [`Warning`](warning::Warning).
//! * `unsafe` stands in `embed::kernel` alone, behind functions that check lengths and the CPU.
//! * Codebooks are data: no competency is named in code.
//!
//! # Where to change what
//! * A file format: a module under `document`, a line in `document::read`, a fixture in `tests/fixtures/documents`.
//! * The wording of a competency: `corpus/codebooks/*.toml`, with a new `version`.
//! * What editions have in common: `corpus/codebooks/crosswalk.toml`.
//! * What is pointed at: a file under `findings/rules`, a line in its table, a set under `corpus/rules`.
//! * The limits of a kind of document: `corpus/profiles`.
//! * What is read of an announcement: a module under `announcement`, with a case under `corpus/announcements`.
//! * A report format: a module under `report`.
//! * What a reader learns: `corpus/train`, then `ecq train` with `models/train.toml` and `ecq codebook train-matcher`.
//! * How a codebook is read that nothing was trained for: `classify::matcher`; `corpus/own` to measure it.

pub mod analysis;
pub mod annotate;
pub mod announcement;
pub mod batch;
pub mod classify;
pub mod codebook;
pub mod config;
pub mod coverage;
pub mod crosswalk;
pub mod dataset;
pub mod decisions;
pub mod document;
pub mod drafts;
pub mod embed;
pub mod error;
pub mod eval;
pub mod explain;
pub mod findings;
#[cfg(feature = "hub")]
pub mod hub;
mod linear;
pub mod passage;
pub mod profile;
pub mod report;
pub mod span;
pub mod train;
pub mod warning;

/// The examples of the README, compiled.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
pub struct Readme;
