//! The same figures by kind of text: style and sector of the writer, ECQ, packet.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::eval::EvalSet;
use crate::eval::calibration::{decisions_error, possible_error};
use crate::eval::decision::Decision;
use crate::eval::metrics::Counts;

/// Figures of the demonstrated level on a part of a set.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Slice {
    /// What the parts differ in: `style`, `sector`, `ecq` or `packet`.
    pub by: &'static str,
    /// The part.
    pub value: String,
    /// Passages in it.
    pub n_passages: usize,
    /// Gold labels in it.
    pub n_gold: usize,
    /// Micro-averaged.
    pub precision: f64,
    /// As above.
    pub recall: f64,
    /// As above.
    pub f1: f64,
    /// Expected calibration error.
    pub calibration_error: f64,
    /// The same over probabilities of at least [`POSSIBLE`](crate::eval::POSSIBLE).
    pub calibration_error_possible: f64,
}

/// Figures by everything that the set says of its passages.
#[must_use]
pub fn slices(set: &EvalSet, decisions: &[Decision]) -> Vec<Slice> {
    let writer = |row: usize| set.writers.get(set.passages[row].group());
    let mut found = by(decisions, "style", |row| Some(&writer(row)?.style));
    found.extend(by(decisions, "sector", |row| Some(&writer(row)?.sector)));
    found.extend(by(decisions, "ecq", |row| set.passages[row].ecq.as_ref()));
    found.extend(by(decisions, "packet", |row| {
        set.passages[row].packet.as_ref()
    }));
    found
}

fn by<'a>(
    decisions: &[Decision],
    by: &'static str,
    value: impl Fn(usize) -> Option<&'a String>,
) -> Vec<Slice> {
    let mut parts: BTreeMap<&String, Vec<Decision>> = BTreeMap::new();
    for one in decisions {
        if let Some(value) = value(one.row) {
            parts.entry(value).or_default().push(*one);
        }
    }
    parts
        .into_iter()
        .map(|(value, decisions)| {
            let mut counts = Counts::default();
            decisions
                .iter()
                .for_each(|one| counts.add(one.given, one.gold));
            let rows: std::collections::BTreeSet<usize> =
                decisions.iter().map(|one| one.row).collect();
            Slice {
                by,
                value: value.clone(),
                n_passages: rows.len(),
                n_gold: counts.n_gold(),
                precision: counts.precision(),
                recall: counts.recall(),
                f1: counts.f1(),
                calibration_error: decisions_error(&decisions),
                calibration_error_possible: possible_error(&decisions),
            }
        })
        .collect()
}
