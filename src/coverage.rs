//! Passage levels to coverage: what each ECQ's section shows, what it only claims, what is missing.
//!
//! Pure bookkeeping over numbers that are already there; no threshold is decided here.

use crate::classify::Level;

/// How one competency fares, in one ECQ's sections or in the whole packet.
#[derive(Clone, Debug, PartialEq)]
pub struct Cell {
    /// The highest level that a passage reaches.
    pub level: Level,
    /// Probability behind the level, of the best passage; for a missing one, of the nearest passage. In [0, 1].
    pub p: f32,
    /// Passages at that level, best first; for a missing competency empty.
    pub evidence: Vec<usize>,
    /// The passage that comes nearest, whatever its level, if there is any passage.
    pub nearest: Option<usize>,
    /// Passages outside the ECQ's own sections that demonstrate it, best first.
    pub elsewhere: Vec<usize>,
    /// The passage that a person should read and decide on: it is demonstrated by unsure passages alone, or is not and
    /// a passage that might demonstrate it is unsure. `None` where the reader is sure.
    pub to_read: Option<usize>,
}

/// One passage's reading of one competency.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Reading {
    /// The level.
    pub level: Level,
    /// Probability that decided the level, in [0, 1].
    pub p: f32,
    /// Probability that the competency is demonstrated, in [0, 1]; orders what comes nearest.
    pub p_demonstrated: f32,
    /// Whether that probability lies where neither decision can be relied on.
    pub unsure: bool,
}

/// Joins the readings of all passages into one cell.
///
/// `readings` holds one entry a passage; `inside` says which passages stand in the ECQ's own sections (for a
/// competency that is judged over the whole packet: all of them). Adding a passage never lowers a level.
///
/// # Panics
/// If the two slices differ in length.
#[must_use]
pub fn cell(readings: &[Reading], inside: &[bool]) -> Cell {
    assert_eq!(readings.len(), inside.len(), "one entry a passage");
    let ranked = |wanted: bool, keep: &dyn Fn(&Reading) -> bool| -> Vec<usize> {
        let mut idxs: Vec<usize> = (0..readings.len())
            .filter(|&idx| inside[idx] == wanted && keep(&readings[idx]))
            .collect();
        // A stable sort: of equal passages the earlier one comes first.
        idxs.sort_by(|&a, &b| {
            let key = |idx: usize| (readings[idx].p_demonstrated, readings[idx].p);
            key(b)
                .0
                .total_cmp(&key(a).0)
                .then(key(b).1.total_cmp(&key(a).1))
        });
        idxs
    };
    let level = readings
        .iter()
        .zip(inside)
        .filter(|(_, i)| **i)
        .map(|(r, _)| r.level)
        .max()
        .unwrap_or_default();
    let nearest = ranked(true, &|_| true).first().copied();
    let evidence = if level == Level::Absent {
        Vec::new()
    } else {
        ranked(true, &|reading| reading.level == level)
    };
    let p = evidence
        .first()
        .copied()
        .or(nearest)
        .map_or(0.0, |idx| readings[idx].p);
    let to_read = if level == Level::Demonstrated {
        let is_unsure = evidence.iter().all(|&idx| readings[idx].unsure);
        evidence.first().copied().filter(|_| is_unsure)
    } else {
        ranked(true, &|reading| reading.unsure).first().copied()
    };
    let elsewhere = ranked(false, &|reading| reading.level == Level::Demonstrated);
    Cell {
        level,
        p,
        evidence,
        nearest,
        elsewhere,
        to_read,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reading(level: Level, p: f32) -> Reading {
        Reading {
            level,
            p,
            p_demonstrated: p,
            unsure: (0.3..=0.65).contains(&p),
        }
    }

    #[test]
    fn the_strongest_level_inside_counts_and_the_rest_is_elsewhere() {
        let readings = [
            reading(Level::Asserted, 0.6),
            reading(Level::Demonstrated, 0.7),
            reading(Level::Demonstrated, 0.9),
            reading(Level::Demonstrated, 0.8),
        ];
        let found = cell(&readings, &[true, true, true, false]);
        assert_eq!((found.level, found.p), (Level::Demonstrated, 0.9));
        assert_eq!((found.evidence, found.elsewhere), (vec![2, 1], vec![3]));
    }

    #[test]
    fn a_cell_is_unsure_until_one_passage_decides() {
        let to_read = |readings: &[Reading]| cell(readings, &vec![true; readings.len()]).to_read;
        let weak = reading(Level::Demonstrated, 0.6);
        let strong = reading(Level::Demonstrated, 0.9);
        let nearly = reading(Level::Absent, 0.4);
        let nothing = reading(Level::Absent, 0.1);
        assert_eq!(to_read(&[nothing, weak]), Some(1));
        assert_eq!(to_read(&[nothing, nearly]), Some(1));
        assert_eq!(to_read(&[weak, strong, nearly]), None);
        assert_eq!(to_read(&[nothing]), None);
        // What stands in another section does not make this one unsure.
        assert_eq!(cell(&[nothing, nearly], &[true, false]).to_read, None);
    }

    #[test]
    fn a_missing_one_names_the_nearest_passage() {
        let readings = [reading(Level::Absent, 0.1), reading(Level::Absent, 0.2)];
        let found = cell(&readings, &[true, true]);
        assert_eq!(
            (found.level, found.evidence.len(), found.nearest),
            (Level::Absent, 0, Some(1))
        );
        assert_eq!(cell(&[], &[]).nearest, None);
    }
}
