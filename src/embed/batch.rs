//! Batches of texts of like length under a budget of tokens, padding counted.

/// Texts that go through the encoder together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Indexes into the caller's texts.
    pub idxs: Vec<usize>,
    /// Length of the longest of them, in tokens; the others are padded to it.
    pub max_tokens: usize,
}

/// Sorts texts by length and closes a batch before it would pass `budget_tokens`.
///
/// The budget counts padding (longest × count), because that is what the encoder computes.
/// Sorting is stable, so that batches depend on the lengths alone.
#[must_use]
pub fn batches(lengths: &[usize], budget_tokens: usize) -> Vec<Batch> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&idx| lengths[idx]);
    let mut batches: Vec<Batch> = Vec::new();
    for idx in order {
        let length = lengths[idx];
        match batches.last_mut() {
            Some(batch) if length * (batch.idxs.len() + 1) <= budget_tokens => {
                batch.idxs.push(idx);
                batch.max_tokens = length;
            }
            _ => batches.push(Batch {
                idxs: vec![idx],
                max_tokens: length,
            }),
        }
    }
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_budget_counts_padding() {
        let batches = batches(&[10, 3, 4, 9], 12);
        let shape: Vec<(Vec<usize>, usize)> = batches
            .into_iter()
            .map(|b| (b.idxs, b.max_tokens))
            .collect();
        assert_eq!(shape, vec![(vec![1, 2], 4), (vec![3], 9), (vec![0], 10)]);
    }

    #[test]
    fn a_text_over_the_budget_stands_alone() {
        assert_eq!(
            batches(&[50], 12),
            vec![Batch {
                idxs: vec![0],
                max_tokens: 50
            }]
        );
        assert!(batches(&[], 12).is_empty());
    }
}
