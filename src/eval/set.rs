//! A data set for measuring: passages, several readers' annotations, and gold out of them.
#![allow(
    clippy::disallowed_methods,
    reason = "lists the annotators of a data set"
)]

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;

use crate::classify::{LabelSpace, OutputGroup};
use crate::dataset::{Annotation, majority, read_annotations};
use crate::error::{Error, Result};

/// Passages with the annotations of several readers.
#[derive(Clone, Debug)]
pub struct EvalSet {
    /// Name of the directory.
    pub name: String,
    /// The passages, in file order.
    pub passages: Vec<Annotation>,
    /// Readers by name, each with annotations by passage id.
    pub readers: BTreeMap<String, BTreeMap<String, Annotation>>,
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

/// Reads `passages.jsonl` and every `annotators/*.jsonl` of a directory.
///
/// # Errors
/// If a file is missing or has a bad line, an annotation is of no passage, or there is no annotator.
pub fn read_eval_set(dir: &Path) -> Result<EvalSet> {
    let passages = read_annotations(&dir.join("passages.jsonl"))?;
    let known: BTreeSet<&str> = passages.iter().map(|p| p.id.as_str()).collect();
    let folder = dir.join("annotators");
    let fault = |source| Error::Read {
        path: folder.clone(),
        source,
    };
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(&folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path
            .extension()
            .is_some_and(|extension| extension == "jsonl")
        {
            paths.push(path);
        }
    }
    paths.sort();
    let mut readers = BTreeMap::new();
    for path in paths {
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
        let name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        readers.insert(
            name,
            annotations.into_iter().map(|a| (a.id.clone(), a)).collect(),
        );
    }
    if readers.is_empty() {
        return Err(Error::Dataset {
            path: folder,
            line: 0,
            detail: "no annotator's file".to_owned(),
        });
    }
    let name = dir
        .file_name()
        .map(|name| name.to_string_lossy().into_owned())
        .unwrap_or_default();
    Ok(EvalSet {
        name,
        passages,
        readers,
    })
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
                    .values()
                    .filter_map(|reader| reader.get(&passage.id)?.labels(group))
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

    /// The document of every passage.
    #[must_use]
    pub fn groups(&self) -> Vec<&str> {
        self.passages.iter().map(Annotation::group).collect()
    }
}
