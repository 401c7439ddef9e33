//! A data set for measuring: passages, several readers' annotations, and gold out of them.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::classify::{LabelSpace, OutputGroup};
use crate::dataset::{Annotation, majority, read_annotations};
use crate::error::{Error, Result};
use crate::eval::agreement::{Reader, Unit};
use crate::eval::coverage::Plan;
use crate::eval::robustness::{RobustnessSet, Table, fill};

/// Passages with the annotations of several readers.
#[derive(Clone, Debug, Default)]
pub struct EvalSet {
    /// Name of the directory.
    pub name: String,
    /// The passages, in file order.
    pub passages: Vec<Annotation>,
    /// Readers in the order of their names.
    pub readers: Vec<Reader>,
    /// What the writers of packets meant to show, where they left word.
    pub plans: Vec<Plan>,
    /// What is known of the writers, by document.
    pub writers: BTreeMap<String, Writer>,
}

/// The writer of a document, as far as a data set says.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Writer {
    /// Manner of writing, one word or two.
    pub style: String,
    /// Where the writer works: federal, state, local, military, private, nonprofit.
    pub sector: String,
}

/// Gold decisions of a data set.
///
/// # Shape
/// Both are (n, k), row-major, in the order of the model's outputs.
#[derive(Clone, Debug, PartialEq)]
pub struct GoldTargets {
    /// Whether gold has the label.
    pub targets: Vec<bool>,
    /// Whether gold decides at all.
    pub decided: Vec<bool>,
}

/// Reads `passages.jsonl` and every `annotators/*.jsonl` of a directory; where they are, also `plans/*.json`
/// ([`Plan`]) and `writers.toml` (a table of [`Writer`] for each document).
///
/// # Errors
/// If a file is missing or has a bad line, an annotation is of no passage, or there is no annotator.
pub fn read_eval_set(dir: &Path) -> Result<EvalSet> {
    let passages = read_annotations(&dir.join("passages.jsonl"))?;
    let known: BTreeSet<&str> = passages.iter().map(|p| p.id.as_str()).collect();
    let folder = dir.join("annotators");
    let mut readers = Vec::new();
    for path in files(&folder, "jsonl")? {
        let annotations = read_annotations(&path)?;
        if let Some(stray) = annotations
            .iter()
            .position(|a| !known.contains(a.id.as_str()))
        {
            return Err(Error::Dataset {
                path,
                line: stray + 1,
                detail: format!("there is no passage {}", annotations[stray].id),
            });
        }
        readers.push(Reader {
            name: path
                .file_stem()
                .map(|stem| stem.to_string_lossy().into_owned())
                .unwrap_or_default(),
            annotations: annotations.into_iter().map(|a| (a.id.clone(), a)).collect(),
        });
    }
    if readers.is_empty() {
        return Err(Error::Dataset {
            path: folder,
            line: 0,
            detail: "no annotator's file".to_owned(),
        });
    }
    let folder = dir.join("plans");
    let plans = if folder.is_dir() {
        files(&folder, "json")?
            .into_iter()
            .map(|path| read_plan(&path))
            .collect::<Result<Vec<_>>>()?
    } else {
        Vec::new()
    };
    let path = dir.join("writers.toml");
    let writers = if path.is_file() {
        let text = read(&path)?;
        toml::from_str(&text).map_err(|cause| Error::Config {
            path,
            detail: cause.to_string(),
        })?
    } else {
        BTreeMap::new()
    };
    let name = dir
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(EvalSet {
        name,
        passages,
        readers,
        plans,
        writers,
    })
}

/// Reads `gaming.jsonl`, `invariance.jsonl` and `substitutions.toml` of a directory.
///
/// # Errors
/// If a file is missing or has a bad line, or a slot of a passage is in no table.
pub fn read_robustness_set(dir: &Path) -> Result<RobustnessSet> {
    let gaming = read_annotations(&dir.join("gaming.jsonl"))?;
    let path = dir.join("substitutions.toml");
    let text = read(&path)?;
    let table: Table = toml::from_str(&text).map_err(|cause| Error::Config {
        path: path.clone(),
        detail: cause.to_string(),
    })?;
    let mut swaps = Vec::new();
    for one in read_annotations(&dir.join("invariance.jsonl"))? {
        let text = one.text.unwrap_or_default();
        swaps.extend(
            fill(&one.id, &text, &table).map_err(|detail| Error::Config {
                path: path.clone(),
                detail,
            })?,
        );
    }
    Ok(RobustnessSet { gaming, swaps })
}

fn read_plan(path: &Path) -> Result<Plan> {
    let text = read(path)?;
    serde_json::from_str(&text).map_err(|cause| Error::Dataset {
        path: path.to_path_buf(),
        line: cause.line(),
        detail: format!("no plan: {cause}"),
    })
}

fn read(path: &Path) -> Result<String> {
    std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })
}

/// The files of a directory with an extension, sorted by name.
fn files(dir: &Path, extension: &str) -> Result<Vec<PathBuf>> {
    let fault = |source| Error::Read {
        path: dir.to_path_buf(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|found| found == extension) {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}

impl EvalSet {
    /// The majority of the readers, label by label; an even split is left open.
    ///
    /// # Errors
    /// Naming a label that the label order does not know.
    pub fn gold(&self, space: &LabelSpace) -> Result<GoldTargets, String> {
        let k = space.n_outputs();
        let n = self.passages.len();
        let mut gold = GoldTargets {
            targets: vec![false; n * k],
            decided: vec![false; n * k],
        };
        for (row, passage) in self.passages.iter().enumerate() {
            for group in OutputGroup::ALL {
                let sets: Vec<BTreeSet<String>> = self
                    .readers
                    .iter()
                    .filter_map(|reader| reader.annotations.get(&passage.id)?.labels(group))
                    .map(|labels| labels.into_iter().map(str::to_owned).collect())
                    .collect();
                if sets.is_empty() {
                    continue;
                }
                let merged = majority(&sets.iter().collect::<Vec<_>>());
                let ids = space.ids(group);
                if let Some(unknown) = sets.iter().flatten().find(|label| !ids.contains(label)) {
                    return Err(format!(
                        "{}: unknown label {unknown} in {}",
                        passage.id,
                        group.name()
                    ));
                }
                let start = row * k + space.range(group).start;
                for (idx, id) in ids.iter().enumerate() {
                    gold.targets[start + idx] = merged.labels.contains(id);
                    gold.decided[start + idx] = !merged.open.contains(id);
                }
            }
        }
        Ok(gold)
    }

    /// The texts of the passages.
    #[must_use]
    pub fn texts(&self) -> Vec<&str> {
        self.passages
            .iter()
            .map(|p| p.text.as_deref().unwrap_or_default())
            .collect()
    }

    /// The story of every passage: its document and ECQ.
    #[must_use]
    pub fn stories(&self) -> Vec<(&str, Option<&str>)> {
        self.passages.iter().map(Annotation::story).collect()
    }

    /// The passages as units of agreement.
    #[must_use]
    pub fn units(&self) -> Vec<Unit> {
        self.passages
            .iter()
            .map(|passage| Unit {
                id: passage.id.clone(),
                document: passage.group().to_owned(),
            })
            .collect()
    }

    /// The document of every passage.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        self.passages.iter().map(Annotation::group).collect()
    }
}
