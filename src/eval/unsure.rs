//! The band of probabilities in which neither decision can be relied on.

use crate::classify::Band;

/// The band around a threshold in which a decision is right less often than `least_right`.
///
/// The share of gold as a function of probability is estimated by isotonic regression, each set counting alike.
/// Below the threshold a decision says "no", and is unsure where that share is above `1 - least_right`; from the
/// threshold up it says "yes", and is unsure where the share is below `least_right`. The band holds every unsure
/// probability that borders on the threshold; it is empty (both ends at the threshold) if the reader is sure there.
///
/// # Source
/// B. Zadrozny, C. Elkan, "Transforming classifier scores into accurate multiclass probability estimates", 2002, for
/// the regression.
#[must_use]
pub fn unsure_band(sets: &[(&[f32], &[bool])], threshold: f32, least_right: f32) -> Band {
    let mut points: Vec<(f32, f64, f64)> = Vec::new();
    for (probabilities, gold) in sets {
        #[allow(clippy::cast_precision_loss, reason = "data sets are small")]
        let weight = 1.0 / probabilities.len().max(1) as f64;
        points.extend(
            probabilities
                .iter()
                .zip(*gold)
                .map(|(&p, &gold)| (p, f64::from(u8::from(gold)) * weight, weight)),
        );
    }
    let mut band = Band {
        from: threshold,
        to: threshold,
        least_right,
    };
    let least_right = f64::from(least_right);
    for block in isotonic(points) {
        if block.to < threshold {
            if block.share() > 1.0 - least_right {
                band.from = band.from.min(block.from);
            }
        } else if block.from >= threshold {
            if block.share() < least_right {
                band.to = band.to.max(block.to);
            }
        } else {
            // The block spans the threshold: its share speaks for both sides.
            if block.share() > 1.0 - least_right {
                band.from = band.from.min(block.from);
            }
            if block.share() < least_right {
                band.to = band.to.max(block.to);
            }
        }
    }
    band
}

/// Neighboring probabilities with one estimated share of gold.
#[derive(Clone, Copy)]
struct Block {
    from: f32,
    to: f32,
    gold: f64,
    weight: f64,
}

impl Block {
    fn share(&self) -> f64 {
        self.gold / self.weight
    }
}

/// Pools neighbors that violate the order, lowest probability first.
fn isotonic(mut points: Vec<(f32, f64, f64)>) -> Vec<Block> {
    points.sort_by(|a, b| a.0.total_cmp(&b.0));
    let mut blocks: Vec<Block> = Vec::new();
    for (p, gold, weight) in points {
        blocks.push(Block {
            from: p,
            to: p,
            gold,
            weight,
        });
        while let [.., before, last] = blocks.as_slice() {
            if before.share() < last.share() {
                break;
            }
            let pooled = Block {
                from: before.from,
                to: last.to,
                gold: before.gold + last.gold,
                weight: before.weight + last.weight,
            };
            blocks.pop();
            blocks.pop();
            blocks.push(pooled);
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Probabilities from 0 to 1, a hundred decisions each, of which that share is gold.
    fn honest() -> (Vec<f32>, Vec<bool>) {
        (0..=100_u8)
            .flat_map(|step| (0..100).map(move |draw| (f32::from(step) / 100.0, draw < step)))
            .unzip()
    }

    #[test]
    fn for_honest_probabilities_the_band_is_what_was_asked_for() {
        let (p, gold) = honest();
        let band = unsure_band(&[(&p, &gold)], 0.45, 0.7);
        assert!(
            (band.from - 0.31).abs() < 0.011 && (band.to - 0.69).abs() < 0.011,
            "{band:?}"
        );
    }

    #[test]
    fn a_reader_that_separates_has_no_band() {
        let (p, _) = honest();
        let gold: Vec<bool> = p.iter().map(|&p| p >= 0.5).collect();
        let band = unsure_band(&[(&p, &gold)], 0.5, 0.75);
        assert_eq!((band.from, band.to), (0.5, 0.5));
    }
}
