//! One module a command; each is thin over the library.
#![allow(
    clippy::disallowed_methods,
    reason = "commands read the files they are given"
)]

pub(crate) mod agree;
pub(crate) mod analyze;
pub(crate) mod annotate;
pub(crate) mod announcement;
mod base;
pub(crate) mod batch;
mod batch_progress;
pub(crate) mod codebook;
pub(crate) mod config;
pub(crate) mod corpus;
pub(crate) mod crosswalk;
pub(crate) mod decide;
pub(crate) mod diff;
pub(crate) mod doctor;
pub(crate) mod eval;
pub(crate) mod explain;
pub(crate) mod merge;
pub(crate) mod model;
pub(crate) mod own;
pub(crate) mod reader;
pub(crate) mod rules;
pub(crate) mod score;
pub(crate) mod train;
pub(crate) mod watch;

use std::path::Path;

use anyhow::Result;
use ecq::classify::{LabelSpace, ModelFiles, bundled_model, read_model_dir};
use ecq::codebook::builtin;

pub(crate) use self::base::base_dir;
use crate::errors::Code;
use crate::output;

/// The labels of the shipped codebooks, in their order, and the four parts of a story.
pub(crate) fn shipped_label_space() -> LabelSpace {
    let competencies = |id: &str| -> Vec<String> {
        builtin(id)
            .map(|codebook| {
                codebook
                    .competencies()
                    .iter()
                    .map(|competency| competency.id().as_str().to_owned())
                    .collect()
            })
            .unwrap_or_default()
    };
    LabelSpace {
        competencies: competencies("opm-2006"),
        key_characteristics: builtin("opm-1997")
            .map(|codebook| {
                codebook
                    .key_characteristics()
                    .iter()
                    .map(|characteristic| characteristic.id().to_owned())
                    .collect()
            })
            .unwrap_or_default(),
        opm_2025: competencies("opm-2025"),
        ccar: ["challenge", "context", "action", "result"]
            .map(str::to_owned)
            .to_vec(),
    }
}

/// The model of a directory, or the one inside the program.
pub(crate) fn model(dir: Option<&Path>) -> Result<ModelFiles<'static>> {
    Ok(match dir {
        Some(dir) => read_model_dir(dir)?,
        None => bundled_model()?,
    })
}

/// `ecq schema`.
pub(crate) fn schema() -> Result<Code> {
    output::write(&ecq::report::json_schema())?;
    Ok(Code::Done)
}
