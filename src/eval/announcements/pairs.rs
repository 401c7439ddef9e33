//! How well passages are matched to elements of technical qualifications, on labeled pairs.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use crate::analysis::Toolkit;
use crate::classify::Level;
use crate::codebook::Codebook;
use crate::error::{Error, Result};
use crate::eval::metrics::{Counts, average_precision};

/// What a passage is to an element.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PairLabel {
    /// An act of the writer, or a result that the writer caused.
    Demonstrated,
    /// Named, claimed, or a mere duty.
    Asserted,
    /// Nothing of it, though it may be near: the same subject, others' acts.
    Absent,
}

/// An element, a passage, and what the one is to the other.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pair {
    /// Unique in its file.
    pub id: String,
    /// Name of the technical qualification, in kebab-case.
    pub tq: String,
    /// The element in its sentence, as an announcement's codebook defines it.
    pub element: String,
    /// The element's own words.
    pub item: String,
    /// The passage.
    pub text: String,
    /// What it is.
    pub label: PairLabel,
}

/// The pairs of one technical qualification.
#[derive(Clone, Debug, Serialize)]
pub struct TqReport {
    /// Its name.
    pub tq: String,
    /// Pairs.
    pub n_pairs: usize,
    /// Pairs that gold has.
    pub n_gold: usize,
    /// Average precision, where there is gold.
    pub average_precision: Option<f64>,
    /// The threshold that is best on all others.
    pub threshold: f32,
    /// F1 at that threshold.
    pub f1: f64,
}

/// Figures of one question: demonstrated against all else, or at least asserted against absent.
#[derive(Clone, Debug, Serialize)]
pub struct MatchReport {
    /// The level that is asked for: `demonstrated`, or `asserted` for at least that.
    pub level: &'static str,
    /// Pairs.
    pub n_pairs: usize,
    /// Pairs that gold has.
    pub n_gold: usize,
    /// Average precision over all pairs together.
    pub average_precision: f64,
    /// Mean of the technical qualifications' own.
    pub mean_average_precision: f64,
    /// Precision over all, each technical qualification at the threshold that is best on the others.
    pub precision: f64,
    /// Recall, likewise.
    pub recall: f64,
    /// F1, likewise.
    pub f1: f64,
    /// F1 if every pair were called a match.
    pub f1_of_all: f64,
    /// By technical qualification.
    pub tqs: Vec<TqReport>,
}

/// A codebook of the pairs' elements, as an announcement with these technical qualifications would give, and the
/// competency of each pair.
///
/// # Errors
/// [`Error::Codebook`] if a name is no id.
pub fn pairs_codebook(pairs: &[&Pair]) -> Result<(Codebook, Vec<usize>)> {
    let quoted = |text: &str| toml::Value::String(text.to_owned()).to_string();
    let mut elements: Vec<(&str, &str, &str)> = Vec::new();
    let mut of_pair = Vec::with_capacity(pairs.len());
    for pair in pairs {
        let key = (pair.tq.as_str(), pair.element.as_str(), pair.item.as_str());
        let at = elements.iter().position(|other| *other == key);
        of_pair.push(at.unwrap_or_else(|| {
            elements.push(key);
            elements.len() - 1
        }));
    }
    let mut source = "format = 1\nid = \"pairs\"\nversion = \"1\"\ntitle = \"pairs\"\n".to_owned();
    let mut seen: Vec<&str> = Vec::new();
    for (tq, _, _) in &elements {
        if !seen.contains(tq) {
            seen.push(tq);
            let name = quoted(tq);
            let _ = writeln!(
                source,
                "[[ecq]]\nid = {name}\nname = {name}\nkind = \"technical\"\ndefinition = {name}"
            );
        }
    }
    for (n, (tq, element, item)) in elements.iter().enumerate() {
        let _ = writeln!(
            source,
            "[[competency]]\nid = \"e{n}\"\necq = {}\nname = {}\ndefinition = {}\nindicators = [{}]",
            quoted(tq),
            quoted(item),
            quoted(element),
            quoted(item)
        );
    }
    let codebook = Codebook::parse(&source).map_err(|faults| Error::Codebook {
        name: "pairs".to_owned(),
        faults: faults.iter().map(ToString::to_string).collect(),
    })?;
    Ok((codebook, of_pair))
}

/// Reads every pair and compares with the labels.
///
/// `toolkit_of` makes what a codebook is read with: each technical qualification is one by itself, so that the elements
/// of another field are no rivals to its own.
///
/// # Errors
/// If a text cannot be embedded, or as `toolkit_of`.
pub fn match_pairs(
    pairs: &[Pair],
    mut toolkit_of: impl FnMut(Codebook) -> Result<Toolkit>,
) -> Result<Vec<MatchReport>> {
    const LEVELS: [Level; 2] = [Level::Demonstrated, Level::Asserted];
    let mut scores = LEVELS.map(|_| vec![0.0_f32; pairs.len()]);
    let mut by_tq: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (idx, pair) in pairs.iter().enumerate() {
        by_tq.entry(&pair.tq).or_default().push(idx);
    }
    for own in by_tq.values() {
        let own_pairs: Vec<&Pair> = own.iter().map(|&idx| &pairs[idx]).collect();
        let (codebook, of_pair) = pairs_codebook(&own_pairs)?;
        let n_elements = codebook.competencies().len();
        let toolkit = toolkit_of(codebook)?;
        let texts: Vec<&str> = own_pairs.iter().map(|pair| pair.text.as_str()).collect();
        let vectors = toolkit.embedder().embed(&texts)?;
        for (level, scores) in LEVELS.into_iter().zip(&mut scores) {
            let strengths: Vec<Vec<f32>> = (0..n_elements)
                .map(|element| toolkit.strengths(&vectors, element, level))
                .collect();
            for (row, &idx) in own.iter().enumerate() {
                scores[idx] = strengths[of_pair[row]][row];
            }
        }
    }
    Ok(LEVELS
        .into_iter()
        .zip(&scores)
        .map(|(level, scores)| {
            let gold: Vec<bool> = pairs
                .iter()
                .map(|pair| match pair.label {
                    PairLabel::Demonstrated => true,
                    PairLabel::Asserted => level == Level::Asserted,
                    PairLabel::Absent => false,
                })
                .collect();
            figures(level, pairs, scores, &gold)
        })
        .collect())
}

fn figures(level: Level, pairs: &[Pair], scores: &[f32], gold: &[bool]) -> MatchReport {
    let mut by_tq: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (idx, pair) in pairs.iter().enumerate() {
        by_tq.entry(&pair.tq).or_default().push(idx);
    }
    let of = |idxs: &[usize]| -> (Vec<f32>, Vec<bool>) {
        idxs.iter().map(|&idx| (scores[idx], gold[idx])).unzip()
    };
    let mut all = Counts::default();
    let mut tqs = Vec::new();
    for (tq, own) in &by_tq {
        let others: Vec<usize> = (0..pairs.len()).filter(|idx| !own.contains(idx)).collect();
        let (other_scores, other_gold) = of(&others);
        let threshold = best_threshold(&other_scores, &other_gold);
        let (own_scores, own_gold) = of(own);
        let counts = counts_at(threshold, &own_scores, &own_gold);
        all.merge(counts);
        tqs.push(TqReport {
            tq: (*tq).to_owned(),
            n_pairs: own.len(),
            n_gold: counts.n_gold(),
            average_precision: average_precision(&own_scores, &own_gold),
            threshold,
            f1: counts.f1(),
        });
    }
    let known: Vec<f64> = tqs.iter().filter_map(|tq| tq.average_precision).collect();
    #[allow(clippy::cast_precision_loss, reason = "a few dozen qualifications")]
    let mean = known.iter().sum::<f64>() / known.len().max(1) as f64;
    MatchReport {
        level: level.name(),
        n_pairs: pairs.len(),
        n_gold: all.n_gold(),
        average_precision: average_precision(scores, gold).unwrap_or_default(),
        mean_average_precision: mean,
        precision: all.precision(),
        recall: all.recall(),
        f1: all.f1(),
        f1_of_all: counts_at(f32::NEG_INFINITY, scores, gold).f1(),
        tqs,
    }
}

fn counts_at(threshold: f32, scores: &[f32], gold: &[bool]) -> Counts {
    let mut counts = Counts::default();
    for (&score, &gold) in scores.iter().zip(gold) {
        counts.add(score >= threshold, gold);
    }
    counts
}

/// The score with the best F1 as a threshold; of equal ones the lowest.
fn best_threshold(scores: &[f32], gold: &[bool]) -> f32 {
    let mut candidates: Vec<f32> = scores.to_vec();
    candidates.sort_by(f32::total_cmp);
    candidates.dedup();
    let mut best = (-1.0, 0.5);
    for threshold in candidates {
        let f1 = counts_at(threshold, scores, gold).f1();
        if f1 > best.0 {
            best = (f1, threshold);
        }
    }
    best.1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pair(tq: &str, label: PairLabel) -> Pair {
        Pair {
            id: String::new(),
            tq: tq.to_owned(),
            element: "Leads".to_owned(),
            item: "leads".to_owned(),
            text: String::new(),
            label,
        }
    }

    #[test]
    fn the_threshold_of_a_qualification_comes_from_the_others() {
        use PairLabel::{Absent, Demonstrated};
        let pairs = [
            pair("a", Demonstrated),
            pair("a", Absent),
            pair("b", Demonstrated),
            pair("b", Absent),
        ];
        let gold = [true, false, true, false];
        let report = figures(Level::Demonstrated, &pairs, &[0.9, 0.5, 0.6, 0.1], &gold);
        // b is judged at 0.9 (best on a) and finds nothing; a is judged at 0.6 and is right.
        assert_eq!(report.tqs[0].threshold, 0.6);
        assert_eq!((report.tqs[0].f1, report.tqs[1].f1), (1.0, 0.0));
        assert_eq!((report.precision, report.recall), (1.0, 0.5));
        assert_eq!(report.average_precision, 1.0);
    }

    #[test]
    fn elements_become_competencies_once() {
        let pairs = [
            pair("a", PairLabel::Absent),
            pair("a", PairLabel::Asserted),
            pair("b", PairLabel::Absent),
        ];
        let (codebook, of_pair) = pairs_codebook(&pairs.iter().collect::<Vec<_>>()).unwrap();
        assert_eq!(of_pair, [0, 0, 1]);
        assert_eq!(
            (codebook.ecqs().len(), codebook.competencies().len()),
            (2, 2)
        );
    }
}
