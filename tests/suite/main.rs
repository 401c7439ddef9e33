#![cfg(test)]
#![allow(clippy::disallowed_methods, reason = "tests read and write files")]
//! All integration tests in one program: each of its own would link the model and the tensor library once more.

mod annotate;
mod announcement;
mod architecture;
mod batch;
#[cfg(feature = "parquet")]
mod batch_parquet;
mod batch_program;
mod batch_stream;
mod cli;
mod compute;
mod corpus;
mod drafts;
mod findings;
#[cfg(feature = "hub")]
mod hub;
mod isolation;
mod licenses;
mod own_codebook;
mod parity;
mod pdf_samples;
mod reports;
mod samples;
mod sections;
mod support;
mod training;
mod unsure;
