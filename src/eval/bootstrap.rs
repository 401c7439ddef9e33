//! Intervals by drawing documents with replacement: passages of one document are alike.

/// Resamples behind an interval: enough for two decimals of a 95 % interval.
const RESAMPLES: usize = 1000;

/// Sums that documents add to.
pub trait Tally: Copy + Default {
    /// Adds another document's sums.
    fn merge(&mut self, other: Self);
}

/// The 95 % interval of a statistic of summed documents, and (0, 0) where there is none.
///
/// The draws are the same at every run.
///
/// # Source
/// B. Efron, "Bootstrap methods: another look at the jackknife", 1979; percentile interval.
pub fn bootstrap_interval<T: Tally>(documents: &[T], statistic: impl Fn(&T) -> f64) -> (f64, f64) {
    if documents.is_empty() {
        return (0.0, 0.0);
    }
    // A linear congruential generator (Knuth's MMIX constants) needs no crate and no seed from outside.
    let mut state = 0x2545_F491_4F6C_DD1D_u64;
    let mut draw = |n: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((state >> 33) % n as u64).unwrap_or(0)
    };
    let mut values: Vec<f64> = (0..RESAMPLES)
        .map(|_| {
            let mut sum = T::default();
            for _ in 0..documents.len() {
                sum.merge(documents[draw(documents.len())]);
            }
            statistic(&sum)
        })
        .collect();
    values.sort_by(f64::total_cmp);
    (
        values[RESAMPLES * 25 / 1000],
        values[RESAMPLES * 975 / 1000 - 1],
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::eval::Counts;

    fn document(true_positive: usize, false_positive: usize) -> Counts {
        Counts {
            true_positive,
            false_positive,
            ..Counts::default()
        }
    }

    #[test]
    fn equal_documents_leave_no_doubt_and_unequal_ones_do() {
        let same = bootstrap_interval(&[document(3, 1); 8], |counts| counts.precision());
        assert_eq!(same, (0.75, 0.75));
        let (low, high) = bootstrap_interval(&[document(4, 0), document(0, 4)], |counts| {
            counts.precision()
        });
        assert_eq!((low, high), (0.0, 1.0));
        assert_eq!(bootstrap_interval::<Counts>(&[], |c| c.f1()), (0.0, 0.0));
    }
}
