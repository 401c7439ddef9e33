//! Reads annotation files.
#![allow(
    clippy::disallowed_methods,
    reason = "one of the few modules that read files"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::classify::Level;
use crate::dataset::{Annotation, CorpusFile, Role, TRAIN};
use crate::error::{Error, Result};

/// The lines of a file that are not blank, with their numbers counted from 1.
///
/// # Errors
/// [`Error::Read`] if the file cannot be read as UTF-8.
pub fn read_lines(path: &Path) -> Result<Vec<(usize, String)>> {
    let text = std::fs::read_to_string(path).map_err(|source| Error::Read {
        path: path.to_path_buf(),
        source,
    })?;
    Ok(text
        .lines()
        .enumerate()
        .filter(|(_, line)| !line.trim().is_empty())
        .map(|(idx, line)| (idx + 1, line.to_owned()))
        .collect())
}

/// Reads an annotation or training file.
///
/// # Errors
/// [`Error::Dataset`] with the line that is no such object, has an unknown field or repeats an id.
pub fn read_annotations(path: &Path) -> Result<Vec<Annotation>> {
    parse_annotations(path, read_lines(path)?)
}

/// The annotated passages that ship with the program, for `ecq explain`; chosen by `ecq corpus examples`.
///
/// # Errors
/// [`Error::Dataset`] if the program was built from a damaged file.
pub fn examples() -> Result<Vec<Annotation>> {
    let lines = include_str!("../../corpus/examples.jsonl")
        .lines()
        .enumerate()
        .map(|(idx, line)| (idx + 1, line.to_owned()))
        .collect();
    parse_annotations(Path::new("corpus/examples.jsonl"), lines)
}

/// Parses numbered lines; `path` is for messages.
///
/// # Errors
/// [`Error::Dataset`] with the line that is no such object, has an unknown field or repeats an id.
pub fn parse_annotations(path: &Path, lines: Vec<(usize, String)>) -> Result<Vec<Annotation>> {
    let mut seen = BTreeSet::new();
    let mut annotations = Vec::new();
    for (line, json) in lines {
        let fault = |detail: String| Error::Dataset {
            path: path.to_path_buf(),
            line,
            detail,
        };
        let annotation: Annotation =
            serde_json::from_str(&json).map_err(|cause| fault(cause.to_string()))?;
        if !seen.insert(annotation.id.clone()) {
            return Err(fault(format!("id {} stands there twice", annotation.id)));
        }
        annotations.push(annotation);
    }
    Ok(annotations)
}

/// Reads one reader's labels: an annotation file, or the answers of `ecq score`.
///
/// An answer made with `--all` lists every label with its probability; only the levels of its competencies are
/// decisions, so key characteristics and competencies of 2025 count as not judged.
///
/// # Errors
/// [`Error::Dataset`] with the line that is neither, or that repeats an id.
pub fn read_reader(path: &Path) -> Result<Vec<Annotation>> {
    let lines = read_lines(path)?;
    let is_answer = |json: &str| serde_json::from_str::<Answer>(json).is_ok();
    if lines.first().is_none_or(|(_, json)| !is_answer(json)) {
        return read_annotations(path);
    }
    let mut seen = BTreeSet::new();
    let mut annotations = Vec::new();
    for (line, json) in lines {
        let fault = |detail: String| Error::Dataset {
            path: path.to_path_buf(),
            line,
            detail,
        };
        let answer: Answer =
            serde_json::from_str(&json).map_err(|cause| fault(cause.to_string()))?;
        let annotation = answer.annotation();
        if !seen.insert(annotation.id.clone()) {
            return Err(fault(format!("id {} stands there twice", annotation.id)));
        }
        annotations.push(annotation);
    }
    Ok(annotations)
}

/// One line of `ecq score`, as far as it holds decisions.
#[derive(Deserialize)]
struct Answer {
    id: serde_json::Value,
    competencies: Vec<Judged>,
    key_characteristics: Vec<Judged>,
    opm_2025: Vec<Judged>,
    ccar: BTreeSet<String>,
    /// Only there with `--all`.
    ccar_p: Option<Vec<Judged>>,
}

#[derive(Deserialize)]
struct Judged {
    id: String,
    level: Option<Level>,
}

impl Answer {
    fn annotation(self) -> Annotation {
        let at = |level: Level| -> BTreeSet<String> {
            let ids = self.competencies.iter();
            ids.filter(|one| one.level == Some(level))
                .map(|one| one.id.clone())
                .collect()
        };
        let all = |labels: &[Judged]| -> Option<BTreeSet<String>> {
            self.ccar_p
                .is_none()
                .then(|| labels.iter().map(|one| one.id.clone()).collect())
        };
        Annotation {
            id: match &self.id {
                serde_json::Value::String(id) => id.clone(),
                other => other.to_string(),
            },
            two: Some(at(Level::Demonstrated)),
            one: Some(at(Level::Asserted)),
            kc: all(&self.key_characteristics),
            c2025: all(&self.opm_2025),
            ccar: Some(self.ccar),
            ..Annotation::default()
        }
    }
}

/// Reads every annotated file of a corpus, bad lines and all.
///
/// `train/*.jsonl` are training texts; `second/*.jsonl` annotations of them; `dev/NAME/passages.jsonl` development
/// texts and `dev/NAME/annotators/*.jsonl` annotations of those, `test/NAME` the same of texts on which nothing was chosen; `robustness/*.jsonl` texts that are only measured on.
/// A directory that is not there holds no files. The order is that of the names.
///
/// # Errors
/// [`Error::Read`] if a directory or file cannot be read; [`Error::Dataset`] if there is no training file.
pub fn read_corpus(dir: &Path) -> Result<Vec<CorpusFile>> {
    let mut files = Vec::new();
    let mut add = |folder: &str, role: Role, split: &str, set: &str| -> Result<()> {
        for name in names(&dir.join(folder), "jsonl")? {
            let path = format!("{folder}/{name}");
            files.push(read_corpus_file(dir, path, role, split, set)?);
        }
        Ok(())
    };
    add(TRAIN, Role::Train, TRAIN, TRAIN)?;
    add("calibration", Role::Text, "calibration", "calibration")?;
    add("second", Role::Annotator, TRAIN, "second")?;
    for kind in ["dev", "test"] {
        for name in names(&dir.join(kind), "")? {
            let set = format!("{kind}/{name}");
            add(&set, Role::Text, &set, &set)?;
            add(&format!("{set}/annotators"), Role::Annotator, &set, &set)?;
        }
    }
    add("robustness", Role::Text, "robustness", "robustness")?;
    if files.iter().any(|file| file.role == Role::Train) {
        Ok(files)
    } else {
        Err(Error::Dataset {
            path: dir.join(TRAIN),
            line: 0,
            detail: "no training file; is this a corpus?".to_owned(),
        })
    }
}

fn read_corpus_file(
    dir: &Path,
    path: String,
    role: Role,
    split: &str,
    set: &str,
) -> Result<CorpusFile> {
    let mut file = CorpusFile {
        role,
        split: split.to_owned(),
        set: set.to_owned(),
        annotations: Vec::new(),
        bad_lines: Vec::new(),
        path,
    };
    for (line, json) in read_lines(&dir.join(&file.path))? {
        match serde_json::from_str(&json) {
            Ok(annotation) => file.annotations.push((line, annotation)),
            Err(cause) => file.bad_lines.push((line, cause.to_string())),
        }
    }
    Ok(file)
}

/// Names in a directory with an extension, sorted; with an empty extension its directories.
fn names(dir: &Path, extension: &str) -> Result<Vec<String>> {
    let fault = |source| Error::Read {
        path: dir.to_path_buf(),
        source,
    };
    if !dir.is_dir() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(fault)? {
        let path: PathBuf = entry.map_err(fault)?.path();
        let wanted = if extension.is_empty() {
            path.is_dir()
        } else {
            path.extension().is_some_and(|found| found == extension)
        };
        if let (true, Some(name)) = (wanted, path.file_name()) {
            names.push(name.to_string_lossy().into_owned());
        }
    }
    names.sort();
    Ok(names)
}
