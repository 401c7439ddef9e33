//! Why the reader decided as it did: the words that carried a cell, and what stands near it.
//!
//! Influence is measured, not read off weights: a sentence or word is left out, the rest is read again, and the fall of
//! the probability is what it carried. Everything else here is likeness of vectors, and says so.

use crate::analysis::{Analysis, Toolkit};
use crate::classify::Level;
use crate::coverage::Cell;
use crate::dataset::Annotation;
use crate::embed::similarity;
use crate::error::Result;
use crate::passage::sentence::sentences;
use crate::span::Span;

/// Fall of the probability from which a word is worth naming.
const LEAST_FALL: f32 = 0.005;

/// Why one cell is as it is.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// Index of the ECQ's coverage in [`Analysis::coverage`].
    pub coverage: usize,
    /// Index of the competency in the codebook.
    pub competency: usize,
    /// Index of the passage that decided the cell; of a missing competency the one that comes nearest.
    pub passage: usize,
    /// Probability of the cell's level in that passage; of a missing competency that it is demonstrated.
    pub p: f32,
    /// Its sentences, in order; a passage of one sentence has one.
    pub sentences: Vec<Influence>,
    /// Words of the sentence that carried most, strongest first; none if no single word carries half a percent.
    pub words: Vec<Influence>,
    /// The annotated example most like the passage, among those that demonstrate the competency.
    pub example: Option<Match>,
    /// The codebook's indicator most like the passage.
    pub indicator: Option<Match>,
    /// The competency that comes next in this passage.
    pub runner_up: Option<RunnerUp>,
}

/// A part of the passage and what it carried.
#[derive(Clone, Debug, PartialEq)]
pub struct Influence {
    /// Bytes of the passage's text.
    pub span: Span,
    /// Fall of the probability when the part is left out; negative where it spoke against the level.
    pub fall: f32,
}

/// A text that is like the passage.
#[derive(Clone, Debug, PartialEq)]
pub struct Match {
    /// Id of an example; of an indicator its number.
    pub id: String,
    /// The text.
    pub text: String,
    /// Cosine of the two vectors, in [−1, 1].
    pub likeness: f32,
}

/// The competency that comes next.
#[derive(Clone, Debug, PartialEq)]
pub struct RunnerUp {
    /// Index of the competency in the codebook.
    pub competency: usize,
    /// Probability that the passage demonstrates it.
    pub p: f32,
    /// The near-miss note that sets the two apart, where the codebook has one.
    pub note: Option<String>,
}

/// What to look at.
#[derive(Clone, Copy, Debug)]
pub struct ExplainOptions<'a> {
    /// Annotated passages to find the nearest example among.
    pub examples: &'a [Annotation],
    /// Most examples of the competency that are compared; each costs as much as reading a passage.
    pub max_examples: usize,
    /// Most words that are returned.
    pub max_words: usize,
}

/// Explains one cell; `None` if the document has no passage in its scope.
///
/// # Errors
/// If a text cannot be tokenized or a tensor operation fails.
pub fn explain(
    analysis: &Analysis,
    toolkit: &Toolkit,
    coverage: usize,
    competency: usize,
    options: ExplainOptions<'_>,
) -> Result<Option<Explanation>> {
    let Some((_, cell)) = analysis.coverage[coverage]
        .competencies
        .iter()
        .find(|(idx, _)| *idx == competency)
    else {
        return Ok(None);
    };
    let Some(passage) = passage_of(cell) else {
        return Ok(None);
    };
    let level = cell.level;
    let text = analysis.passages[passage].text.as_str();
    let examples = examples_of(toolkit, competency, options);
    let indicators = toolkit.codebook.competencies()[competency].indicators();

    let parts = sentences(text);
    let mut texts: Vec<String> = vec![text.to_owned()];
    texts.extend(parts.iter().map(|&part| without(text, part)));
    let n_read = texts.len();
    texts.extend(indicators.iter().cloned());
    texts.extend(examples.iter().filter_map(|one| one.text.clone()));
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = toolkit.embedder().embed(&refs)?;
    let strengths = toolkit.strengths(&vectors, competency, level);
    let p = strengths[0];
    let sentences: Vec<Influence> = parts
        .iter()
        .zip(&strengths[1..n_read])
        .map(|(&span, without)| Influence {
            span,
            fall: p - without,
        })
        .collect();
    let like = |row: usize| similarity(vectors.row(0), vectors.row(row));
    let indicator = nearest(indicators.iter().enumerate().map(|(idx, indicator)| Match {
        id: (idx + 1).to_string(),
        text: indicator.clone(),
        likeness: like(n_read + idx),
    }));
    let first = n_read + indicators.len();
    let example = nearest(examples.iter().enumerate().map(|(idx, one)| Match {
        id: one.id.clone(),
        text: one.text.clone().unwrap_or_default(),
        likeness: like(first + idx),
    }));
    let words = words(toolkit, text, &sentences, competency, level, p, options)?;
    Ok(Some(Explanation {
        coverage,
        competency,
        passage,
        p,
        sentences,
        words,
        example,
        indicator,
        runner_up: runner_up(analysis, toolkit, competency, passage),
    }))
}

fn passage_of(cell: &Cell) -> Option<usize> {
    cell.evidence.first().copied().or(cell.nearest)
}

/// Examples that demonstrate a competency of 2006; other editions have none of their own.
fn examples_of<'a>(
    toolkit: &Toolkit,
    competency: usize,
    options: ExplainOptions<'a>,
) -> Vec<&'a Annotation> {
    let id = toolkit.codebook.competencies()[competency].id().as_str();
    options
        .examples
        .iter()
        .filter(
            |one| match toolkit.codebook.competencies()[competency].edition() {
                "opm-2025" => one.c2025.as_ref().is_some_and(|set| set.contains(id)),
                _ => one.two.as_ref().is_some_and(|set| set.contains(id)),
            },
        )
        .take(options.max_examples)
        .collect()
}

/// The words of the sentence that carried most, each left out by itself.
fn words(
    toolkit: &Toolkit,
    text: &str,
    sentences: &[Influence],
    competency: usize,
    level: Level,
    p: f32,
    options: ExplainOptions<'_>,
) -> Result<Vec<Influence>> {
    let top = sentences.iter().max_by(|a, b| a.fall.total_cmp(&b.fall));
    let Some(top) = top else {
        return Ok(Vec::new());
    };
    let spans = word_spans(text, top.span);
    let texts: Vec<String> = spans.iter().map(|&span| without(text, span)).collect();
    let refs: Vec<&str> = texts.iter().map(String::as_str).collect();
    let vectors = toolkit.embedder().embed(&refs)?;
    let mut words: Vec<Influence> = spans
        .into_iter()
        .zip(toolkit.strengths(&vectors, competency, level))
        .map(|(span, without)| Influence {
            span,
            fall: p - without,
        })
        .filter(|word| word.fall >= LEAST_FALL)
        .collect();
    words.sort_by(|a, b| b.fall.total_cmp(&a.fall));
    words.truncate(options.max_words);
    Ok(words)
}

/// The words of a part of a text, without the punctuation around them.
fn word_spans(text: &str, part: Span) -> Vec<Span> {
    let mut spans = Vec::new();
    let mut start = None;
    let slice = part.slice(text);
    for (at, c) in slice.char_indices().chain([(slice.len(), ' ')]) {
        let inside = c.is_alphanumeric() || matches!(c, '\'' | '\u{2019}' | '-' | '%' | '$');
        match (inside, start) {
            (true, None) => start = Some(at),
            (false, Some(from)) => {
                spans.push(Span {
                    start: part.start + from,
                    end: part.start + at,
                });
                start = None;
            }
            _ => {}
        }
    }
    spans
}

/// A text with a part left out.
fn without(text: &str, part: Span) -> String {
    format!("{}{}", &text[..part.start], &text[part.end..])
        .trim()
        .to_owned()
}

/// The match of highest likeness, the first of equals.
fn nearest(matches: impl Iterator<Item = Match>) -> Option<Match> {
    matches.fold(None, |best: Option<Match>, one| match best {
        Some(best) if best.likeness >= one.likeness => Some(best),
        _ => Some(one),
    })
}

/// The likeliest neighbor of a competency in a passage; where the codebook names none, the likeliest of all others.
fn runner_up(
    analysis: &Analysis,
    toolkit: &Toolkit,
    competency: usize,
    passage: usize,
) -> Option<RunnerUp> {
    let codebook = &toolkit.codebook;
    let id = |idx: usize| codebook.competencies()[idx].id().as_str();
    let others = || (0..codebook.competencies().len()).filter(|&idx| idx != competency);
    let likeliest = |idxs: Vec<usize>| {
        let p = |idx: usize| analysis.readings[idx][passage].p_demonstrated;
        // Of equals the first in the order of the codebook.
        idxs.into_iter()
            .rev()
            .max_by(|&a, &b| p(a).total_cmp(&p(b)))
    };
    let neighbors: Vec<usize> = others()
        .filter(|&idx| codebook.are_neighbors(id(competency), id(idx)))
        .collect();
    let next = likeliest(neighbors).or_else(|| likeliest(others().collect()))?;
    Some(RunnerUp {
        competency: next,
        p: analysis.readings[next][passage].p_demonstrated,
        note: codebook
            .near_miss_note(id(competency), id(next))
            .or_else(|| codebook.near_miss_note(id(next), id(competency)))
            .map(str::to_owned),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_what_is_left_without_them() {
        let text = "Costs fell. I re-let the vendor's contract, twice.";
        let part = Span { start: 12, end: 50 };
        let spans = word_spans(text, part);
        let words: Vec<&str> = spans.iter().map(|span| span.slice(text)).collect();
        assert_eq!(
            words,
            ["I", "re-let", "the", "vendor's", "contract", "twice"]
        );
        assert_eq!(
            without(text, Span { start: 0, end: 11 }),
            "I re-let the vendor's contract, twice."
        );
    }

    #[test]
    fn of_equal_matches_the_first_is_taken() {
        let one = |id: &str, likeness| Match {
            id: id.to_owned(),
            text: String::new(),
            likeness,
        };
        let found = nearest([one("a", 0.2), one("b", 0.7), one("c", 0.7)].into_iter());
        assert_eq!(found.map(|one| one.id), Some("b".to_owned()));
    }
}
