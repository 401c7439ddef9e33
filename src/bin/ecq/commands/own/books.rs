//! Codebooks with annotated passages, as the matcher sees them.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use ecq::analysis::entries;
use ecq::classify::{Classifier, Entry, LabelSpace, Matcher, OutputGroup};
use ecq::codebook::{Codebook, Competency, builtin};
use ecq::dataset::{Annotation, read_annotations};
use ecq::embed::{Embedder, Embeddings};
use ecq::error::Error;
use ecq::eval::GoldTargets;
use ecq::train::Pairs;

use crate::commands::codebook;

/// Whether gold has a label; none where it is open.
pub(super) type Gold = Vec<Option<bool>>;

/// A codebook and passages that were annotated by it.
pub(super) struct Book {
    /// Name for tables.
    pub(super) name: String,
    /// Whether no part of the model was trained on it.
    pub(super) is_foreign: bool,
    pub(super) entries: Vec<Entry>,
    /// Vectors of the definitions, for plain likeness.
    pub(super) definitions: Embeddings,
    pub(super) passages: Embeddings,
    /// (n, k), row-major.
    pub(super) demonstrated: Gold,
    /// The same; empty where the level was not annotated.
    pub(super) asserted: Gold,
    /// Document of every passage.
    pub(super) documents: Vec<String>,
    /// Features of every pair.
    pub(super) pairs: Pairs,
}

impl Book {
    /// Number k of competencies.
    pub(super) fn n_competencies(&self) -> usize {
        self.entries.len()
    }

    /// Pairs with the other level's gold.
    pub(super) fn asserted_pairs(&self) -> Option<Pairs> {
        (!self.asserted.is_empty()).then(|| Pairs {
            features: self.pairs.features.clone(),
            gold: self.asserted.clone(),
        })
    }
}

/// What books are made with.
pub(super) struct Maker<'a> {
    pub(super) classifier: &'a Classifier,
    pub(super) embedder: &'a dyn Embedder,
    /// With the competencies of 2006 as rivals.
    pub(super) matcher: &'a Matcher,
}

/// Texts of a group of outputs, in their order: competencies, or key characteristics as definitions alone.
pub(super) enum Labels<'a> {
    Competencies(Vec<&'a Competency>),
    Texts(Vec<&'a str>),
}

/// The groups of outputs that stand for a codebook each: shown or demonstrated, asserted where it was annotated.
pub(super) const TRAINED: [(&str, OutputGroup, Option<OutputGroup>); 3] = [
    (
        "opm-2006",
        OutputGroup::Demonstrated,
        Some(OutputGroup::Asserted),
    ),
    ("opm-2025", OutputGroup::Opm2025, None),
    (
        "key characteristics of 1997",
        OutputGroup::KeyCharacteristics,
        None,
    ),
];

/// The texts behind a group of outputs.
pub(super) fn labels_of(space: &LabelSpace, group: OutputGroup) -> Result<Labels<'static>> {
    let book = |id: &str| builtin(id).with_context(|| format!("no codebook {id}"));
    let ids = space.ids(group).iter();
    if group == OutputGroup::KeyCharacteristics {
        let book = book("opm-1997")?;
        return ids
            .map(|id| {
                let found = book.key_characteristic(id);
                found
                    .map(|one| one.text())
                    .with_context(|| format!("no key characteristic {id}"))
            })
            .collect::<Result<_>>()
            .map(Labels::Texts);
    }
    let book = book(if group == OutputGroup::Opm2025 {
        "opm-2025"
    } else {
        "opm-2006"
    })?;
    ids.map(|id| {
        book.competency(id)
            .with_context(|| format!("no competency {id}"))
    })
    .collect::<Result<_>>()
    .map(Labels::Competencies)
}

impl Maker<'_> {
    /// Entries of labels, and the vectors of their definitions.
    fn entries(&self, labels: &Labels<'_>) -> Result<(Vec<Entry>, Embeddings)> {
        Ok(match labels {
            Labels::Competencies(all) => {
                let definitions: Vec<&str> = all.iter().map(|one| one.definition()).collect();
                (
                    entries(self.matcher, all, self.embedder)?,
                    self.embedder.embed(&definitions)?,
                )
            }
            Labels::Texts(texts) => {
                let vectors = self.embedder.embed(texts)?;
                let entries = (0..vectors.len())
                    .map(|row| self.matcher.entry(vectors.row(row), &[]))
                    .collect();
                (entries, vectors)
            }
        })
    }

    /// A book of the directory of one codebook: `codebook.toml` and `passages.jsonl`.
    pub(super) fn foreign(&self, dir: &Path) -> Result<Book> {
        let codebook = codebook::load(&dir.join("codebook.toml").to_string_lossy())?;
        let path = dir.join("passages.jsonl");
        let passages = read_annotations(&path)?;
        let (demonstrated, asserted) = gold(&path, &codebook, &passages)?;
        let labels = Labels::Competencies(codebook.competencies().iter().collect());
        let name = codebook.id().to_owned();
        let texts = self.embedder.embed(&texts(&passages))?;
        let mut book = self.book(name, &labels, texts, documents(&passages), self.matcher)?;
        book.is_foreign = true;
        Ok(fill(book, demonstrated, asserted))
    }

    /// A book of a group of outputs and passages with gold of a model's labels.
    pub(super) fn trained(
        &self,
        (name, group, asserted): (&str, OutputGroup, Option<OutputGroup>),
        passages: Embeddings,
        documents: Vec<String>,
        gold: &GoldTargets,
    ) -> Result<Book> {
        let space = self.classifier.space();
        let k = space.n_outputs();
        let column = |group: OutputGroup| -> Gold {
            (0..documents.len())
                .flat_map(|row| space.range(group).map(move |output| row * k + output))
                .map(|at| gold.decided[at].then_some(gold.targets[at]))
                .collect()
        };
        let (demonstrated, asserted) = (column(group), asserted.map(column).unwrap_or_default());
        // Those of 2006 are each other's rivals already, and none may be its own.
        let bare = self.matcher.clone().with_rivals(&[]);
        let matcher = if group == OutputGroup::Demonstrated {
            &bare
        } else {
            self.matcher
        };
        let labels = labels_of(space, group)?;
        let book = self.book(name.to_owned(), &labels, passages, documents, matcher)?;
        Ok(fill(book, demonstrated, asserted))
    }

    fn book(
        &self,
        name: String,
        labels: &Labels<'_>,
        passages: Embeddings,
        documents: Vec<String>,
        matcher: &Matcher,
    ) -> Result<Book> {
        let (entries, definitions) = self.entries(labels)?;
        let features = (0..passages.len())
            .flat_map(|row| {
                let vector = passages.row(row);
                matcher.features(&entries, vector, self.classifier.deed(vector))
            })
            .collect();
        Ok(Book {
            name,
            is_foreign: false,
            entries,
            definitions,
            passages,
            demonstrated: Vec::new(),
            asserted: Vec::new(),
            documents,
            pairs: Pairs {
                features,
                gold: Vec::new(),
            },
        })
    }
}

fn fill(mut book: Book, demonstrated: Gold, asserted: Gold) -> Book {
    book.pairs.gold.clone_from(&demonstrated);
    book.demonstrated = demonstrated;
    book.asserted = asserted;
    book
}

/// Texts of passages.
pub(super) fn texts(passages: &[Annotation]) -> Vec<&str> {
    passages
        .iter()
        .map(|one| one.text.as_deref().unwrap_or_default())
        .collect()
}

/// Documents of passages.
pub(super) fn documents(passages: &[Annotation]) -> Vec<String> {
    passages.iter().map(|one| one.group().to_owned()).collect()
}

/// The directories of a folder that hold a codebook, by name.
pub(super) fn own_dirs(dir: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(dir).with_context(|| format!("cannot read {}", dir.display()))? {
        let path = entry?.path();
        if path.join("codebook.toml").is_file() {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// What passages show of a codebook's competencies, (n, k): demonstrated, and at least asserted.
///
/// # Errors
/// Naming the passage with a label that the codebook does not have.
fn gold(path: &Path, codebook: &Codebook, passages: &[Annotation]) -> Result<(Gold, Gold)> {
    let (mut demonstrated, mut asserted) = (Vec::new(), Vec::new());
    for (idx, passage) in passages.iter().enumerate() {
        let has = |set: &Option<std::collections::BTreeSet<String>>, id: &str| {
            set.as_ref().is_some_and(|set| set.contains(id))
        };
        let sets = [&passage.two, &passage.one];
        for label in sets.into_iter().flatten().flatten() {
            if codebook.competency(label).is_none() {
                return Err(Error::Dataset {
                    path: path.to_path_buf(),
                    line: idx + 1,
                    detail: format!("{} has no competency {label}", codebook.id()),
                }
                .into());
            }
        }
        for one in codebook.competencies() {
            let id = one.id().as_str();
            let two = has(&passage.two, id);
            demonstrated.push(Some(two));
            asserted.push(Some(two || has(&passage.one, id)));
        }
    }
    Ok((demonstrated, asserted))
}
