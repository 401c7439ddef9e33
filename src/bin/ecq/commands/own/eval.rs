//! `ecq eval --own`: how competencies are read that were left out of making the matcher.

use std::fmt::Write;
use std::path::Path;

use anyhow::{Context, Result};
use ecq::classify::{Classifier, LabelSpace, Matcher, OutputGroup};
use ecq::dataset::{Annotation, read_annotations};
use ecq::embed::{Embedder, open_encoder, similarity};
use ecq::eval::{EvalSet, OwnFigures, OwnPairs, read_eval_set};
use ecq::train::{Pairs, Random, TrainConfig, fit_weights};
use serde::Serialize;

use super::books::{Book, Maker, TRAINED, texts};
use super::draws::{Examples, N_DRAWS, is_enough, with_examples};
use super::leave_out::{foreign_left_out, judged, logits, only};
use super::train::{books, held_out};
use crate::args::{EvalArgs, Format};
use crate::commands::eval::text::interval;
use crate::commands::model;
use crate::errors::Code;
use crate::output;

/// Parts that the competencies of a shipped codebook are left out in.
const FOLDS: usize = 7;
/// Examples a competency that are tried.
const EXAMPLES: [usize; 3] = [5, 10, 20];

/// What was measured.
#[derive(Serialize)]
struct Own {
    model: String,
    sha256: String,
    thresholds: [f32; 2],
    rows: Vec<Row>,
}

/// One way of reading one codebook on one set of passages.
#[derive(Serialize)]
struct Row {
    codebook: String,
    passages: String,
    n_passages: usize,
    /// Whether the encoder was trained on these labels, though the matcher was not.
    encoder_saw_labels: bool,
    /// `likeness`, `matcher`, or `N examples`.
    reader: String,
    level: &'static str,
    figures: OwnFigures,
}

/// What everything is measured with.
struct Bench<'a> {
    classifier: &'a Classifier,
    embedder: &'a dyn Embedder,
    matcher: &'a Matcher,
    books: &'a [Book],
    rows: Vec<Row>,
}

/// Measures codebooks left out.
pub(crate) fn eval(args: &EvalArgs, dir: &Path) -> Result<Code> {
    let model = model(args.model.model.as_deref())?;
    let matcher = model.matcher.read()?;
    let classifier =
        Classifier::new(model.head.clone(), &model.manifest).map_err(anyhow::Error::msg)?;
    let config = TrainConfig::parse(&model.manifest.training.config)
        .map_err(anyhow::Error::msg)
        .context("the model does not say what it was trained on")?;
    let embedder = open_encoder(
        &model.encoder,
        args.model.compute.into(),
        args.model.threads,
    )?;
    let corpus = dir
        .parent()
        .context("the directory of own codebooks stands in a corpus")?;
    let held_out = held_out(corpus, &config)?;
    let books = books(corpus, &held_out, &classifier, &matcher, embedder.as_ref())?;
    let mut bench = Bench {
        classifier: &classifier,
        embedder: embedder.as_ref(),
        matcher: &matcher,
        books: &books,
        rows: Vec::new(),
    };
    bench.foreign()?;
    let train = if args.data.is_empty() {
        Vec::new()
    } else {
        config
            .files
            .iter()
            .map(|file| read_annotations(&corpus.join(&file.path)))
            .collect::<ecq::error::Result<Vec<_>>>()?
            .concat()
    };
    for data in &args.data {
        bench.shipped(&read_eval_set(data)?, &train)?;
    }
    let about = matcher.about();
    let own = Own {
        model: format!("{} {}", model.name.id, model.name.version),
        sha256: model.name.sha256,
        thresholds: [about.demonstrated, about.asserted],
        rows: bench.rows,
    };
    output::write(&match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&own)?),
        Format::Text => table(&own)?,
    })?;
    Ok(Code::Done)
}

impl Bench<'_> {
    fn push(
        &mut self,
        book: &Book,
        passages: &str,
        reader: &str,
        level: usize,
        pairs: &OwnPairs,
        threshold: f32,
    ) {
        self.rows.push(Row {
            codebook: book.name.clone(),
            passages: passages.to_owned(),
            n_passages: book.passages.len(),
            encoder_saw_labels: !book.is_foreign,
            reader: reader.to_owned(),
            level: ["demonstrated", "asserted"][level],
            figures: pairs.figures(threshold),
        });
    }

    fn likeness(&mut self, book: &Book, passages: &str) {
        let pairs = likeness(book);
        let best = pairs.best_threshold();
        self.push(book, passages, "likeness", 0, &pairs, best);
    }

    /// Every foreign codebook, left out as a whole.
    fn foreign(&mut self) -> Result<()> {
        let thresholds = [
            self.matcher.about().demonstrated,
            self.matcher.about().asserted,
        ];
        for (book, weights) in foreign_left_out(self.books)? {
            self.likeness(book, "its own");
            let found = logits(book, &weights);
            for level in 0..2 {
                let pairs = judged(book, &found[level], level);
                self.push(book, "its own", "matcher", level, &pairs, thresholds[level]);
            }
            for n in EXAMPLES.into_iter().filter(|&n| is_enough(book, n)) {
                let pairs = with_examples(book, &found[0], self.matcher, n);
                let readers = ["no examples".to_owned(), format!("{n} examples")];
                for (pairs, reader) in pairs.iter().zip(readers) {
                    self.push(book, "not drawn", &reader, 0, pairs, thresholds[0]);
                }
            }
        }
        Ok(())
    }

    /// The shipped codebooks on an annotated set, a part of their competencies left out at a time.
    fn shipped(&mut self, set: &EvalSet, train: &[Annotation]) -> Result<()> {
        let thresholds = [
            self.matcher.about().demonstrated,
            self.matcher.about().asserted,
        ];
        let vectors = self.embedder.embed(&set.texts())?;
        let gold = set
            .gold(self.classifier.space())
            .map_err(anyhow::Error::msg)?;
        let documents: Vec<String> = set.groups().into_iter().map(str::to_owned).collect();
        let maker = Maker {
            classifier: self.classifier,
            embedder: self.embedder,
            matcher: self.matcher,
        };
        for group in TRAINED {
            let book = maker.trained(group, vectors.clone(), documents.clone(), &gold)?;
            self.likeness(&book, &set.name);
            let found = self.left_out(&book)?;
            for (level, found) in found.iter().enumerate() {
                if level == 0 || !book.asserted.is_empty() {
                    let pairs = judged(&book, found, level);
                    self.push(
                        &book,
                        &set.name,
                        "matcher",
                        level,
                        &pairs,
                        thresholds[level],
                    );
                }
            }
            if group.1 != OutputGroup::Demonstrated {
                continue;
            }
            for n in EXAMPLES {
                let Some(pairs) = self.examples(&maker, group.1, &book, &found, train, n)? else {
                    continue;
                };
                self.push(
                    &book,
                    &set.name,
                    &format!("{n} examples"),
                    0,
                    &pairs,
                    thresholds[0],
                );
            }
        }
        Ok(())
    }

    /// The logits of a shipped codebook, every competency under weights that were fitted without it.
    fn left_out(&self, book: &Book) -> Result<[Vec<f32>; 2]> {
        let k = book.n_competencies();
        let mut found = [0, 1].map(|_| vec![0.0; book.pairs.features.len()]);
        for fold in 0..FOLDS {
            for (level, found) in found.iter_mut().enumerate() {
                let sets: Vec<Pairs> = self
                    .books
                    .iter()
                    .filter_map(|other| {
                        let pairs = if level == 0 {
                            Some(other.pairs.clone())
                        } else {
                            other.asserted_pairs()
                        };
                        pairs.map(|pairs| {
                            if other.name == book.name {
                                only(&pairs, k, |label| label % FOLDS != fold)
                            } else {
                                pairs
                            }
                        })
                    })
                    .collect();
                let weights = fit_weights(&sets.iter().collect::<Vec<_>>())
                    .context("too few annotated passages to leave some out")?;
                for (at, features) in book.pairs.features.iter().enumerate() {
                    if at % k % FOLDS == fold {
                        found[at] = weights.logit(features);
                    }
                }
            }
        }
        Ok(found)
    }

    /// The level demonstrated with heads fitted on `n` training passages a competency, all draws one after another.
    fn examples(
        &self,
        maker: &Maker<'_>,
        group: OutputGroup,
        book: &Book,
        found: &[Vec<f32>; 2],
        train: &[Annotation],
        n: usize,
    ) -> Result<Option<OwnPairs>> {
        let k = book.n_competencies();
        let mut all = OwnPairs {
            n_competencies: k,
            ..OwnPairs::default()
        };
        for seed in 0..N_DRAWS {
            let drawn = drawn(train, self.classifier.space(), group, n, seed)?;
            if drawn.is_empty() {
                return Ok(None);
            }
            let vectors = self.embedder.embed(&texts(&drawn))?;
            let mut gold = ecq::eval::GoldTargets {
                targets: Vec::new(),
                decided: Vec::new(),
            };
            for one in &drawn {
                let (targets, mask) = one
                    .targets(self.classifier.space())
                    .map_err(anyhow::Error::msg)?;
                gold.targets.extend(targets.iter().map(|x| *x > 0.5));
                gold.decided.extend(mask.iter().map(|x| *x > 0.5));
            }
            let kind = TRAINED
                .into_iter()
                .find(|one| one.1 == group)
                .unwrap_or(TRAINED[0]);
            let own = maker.trained(kind, vectors, vec![String::new(); drawn.len()], &gold)?;
            let logits = self.left_out(&own)?;
            let examples = Examples {
                vectors: &own.passages,
                demonstrated: &own.demonstrated,
                logits: &logits[0],
                n_competencies: k,
            };
            let rows: Vec<usize> = (0..drawn.len()).collect();
            let added = examples.added(&rows, self.matcher, &book.passages);
            let moved: Vec<f32> = found[0].iter().zip(&added).map(|(x, a)| x + a).collect();
            let pairs = judged(book, &moved, 0);
            all.p.extend(pairs.p);
            all.gold.extend(pairs.gold);
            all.documents.extend(pairs.documents);
        }
        Ok(Some(all))
    }
}

/// Training passages with at least `n` that show each label of a group, and a third as many that show none.
fn drawn(
    train: &[Annotation],
    space: &LabelSpace,
    group: OutputGroup,
    n: usize,
    seed: u64,
) -> Result<Vec<Annotation>> {
    let mut order: Vec<&Annotation> = train.iter().filter(|one| one.pair.is_none()).collect();
    Random::new(seed, 12).shuffle(&mut order);
    let shows =
        |one: &Annotation, id: &str| one.labels(group).is_some_and(|labels| labels.contains(id));
    let ids = space.ids(group);
    let mut drawn: Vec<&Annotation> = Vec::new();
    for id in ids {
        let have = drawn.iter().filter(|one| shows(one, id)).count();
        let new: Vec<&Annotation> = order
            .iter()
            .copied()
            .filter(|one| shows(one, id) && !drawn.iter().any(|known| known.id == one.id))
            .take(n.saturating_sub(have))
            .collect();
        drawn.extend(new);
    }
    let none = order
        .iter()
        .copied()
        .filter(|one| one.labels(group).is_some_and(|labels| labels.is_empty()));
    drawn.extend(none.take(n * ids.len() / 3));
    Ok(drawn.into_iter().cloned().collect())
}

/// Plain likeness to the definitions.
fn likeness(book: &Book) -> OwnPairs {
    let k = book.n_competencies();
    OwnPairs {
        p: (0..book.passages.len() * k)
            .map(|at| similarity(book.passages.row(at / k), book.definitions.row(at % k)))
            .collect(),
        gold: book.demonstrated.clone(),
        n_competencies: k,
        documents: book.documents.clone(),
    }
}

fn table(own: &Own) -> Result<String> {
    let mut out = String::new();
    writeln!(
        out,
        "model {}, sha256 {}; thresholds {:.2} demonstrated, {:.2} asserted",
        own.model, own.sha256, own.thresholds[0], own.thresholds[1]
    )?;
    writeln!(
        out,
        "competencies left out of making the matcher; * the encoder was trained on these labels; likeness at the \
         threshold that is its best here"
    )?;
    writeln!(
        out,
        "{:<29}{:<10}{:<13}{:<13}{:>6}{:>8}{:>8}{:>8}  {:<16}{:>7}",
        "codebook", "passages", "reader", "level", "gold", "P", "R", "F1", "95% interval", "mAP"
    )?;
    for row in &own.rows {
        let star = if row.encoder_saw_labels { "*" } else { "" };
        let figures = &row.figures;
        writeln!(
            out,
            "{:<29}{:<10}{:<13}{:<13}{:>6}{:>8.3}{:>8.3}{:>8.3}  {:<16}{:>7.3}",
            format!("{}{star}", row.codebook),
            row.passages,
            row.reader,
            row.level,
            figures.n_gold,
            figures.precision,
            figures.recall,
            figures.f1,
            interval(figures.f1_interval),
            figures.mean_average_precision
        )?;
    }
    Ok(out)
}
