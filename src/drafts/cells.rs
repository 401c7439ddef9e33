//! Cells of coverage that rose or fell.

use crate::drafts::pairs::Pairs;
use crate::drafts::{Change, Shift, draft_passage};
use crate::report::{PassageView, Report};

/// What changed in the cells.
#[derive(Debug, Default)]
pub(super) struct CellChanges {
    pub(super) gained: Vec<Change>,
    pub(super) lost: Vec<Change>,
    pub(super) shifted: Vec<Shift>,
}

/// One cell of both reports.
struct Cell<'a> {
    ecq: &'a str,
    kind: Kind,
    id: &'a str,
    name: &'a str,
    /// Level in the newer report.
    reported: Level,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Competency,
    Characteristic,
}

impl Kind {
    fn name(self) -> &'static str {
        match self {
            Self::Competency => "competency",
            Self::Characteristic => "key-characteristic",
        }
    }
}

/// A level as reports name it, in its order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
enum Level {
    #[default]
    Absent,
    Asserted,
    Demonstrated,
}

impl Level {
    fn of(name: &str) -> Self {
        match name {
            "demonstrated" => Self::Demonstrated,
            "asserted" => Self::Asserted,
            _ => Self::Absent,
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Absent => "absent",
            Self::Asserted => "asserted",
            Self::Demonstrated => "demonstrated",
        }
    }
}

/// Compares every cell of the newer report with the same cell of the older one.
pub(super) fn compare(old: &Report, new: &Report, pairs: &Pairs) -> CellChanges {
    let mut changes = CellChanges::default();
    for cell in cells(new) {
        let old_inside = inside(old, &cell);
        let new_inside = inside(new, &cell);
        let in_old: Vec<(usize, Level)> = old_inside
            .iter()
            .map(|&idx| (idx, level(&old.passages[idx], &cell)))
            .collect();
        let in_new: Vec<(usize, Level)> = new_inside
            .iter()
            .map(|&idx| {
                let passage = match pairs.old_of_new[idx] {
                    Some(partner) => &old.passages[partner],
                    None => &new.passages[idx],
                };
                (idx, level(passage, &cell))
            })
            .collect();
        let best = |levels: &[(usize, Level)]| {
            levels
                .iter()
                .map(|&(_, level)| level)
                .max()
                .unwrap_or_default()
        };
        let (from, to) = (best(&in_old), best(&in_new));
        let why = |partner: Option<usize>| {
            if partner.is_some() {
                "moved"
            } else {
                "changed"
            }
        };
        let change = |passages| Change {
            ecq: cell.ecq.to_owned(),
            kind: cell.kind.name().to_owned(),
            id: cell.id.to_owned(),
            name: cell.name.to_owned(),
            from: from.name().to_owned(),
            to: to.name().to_owned(),
            passages,
        };
        if from < to {
            let passages = in_new
                .iter()
                .filter(|&&(_, level)| level > from)
                .map(|&(idx, _)| draft_passage(&new.passages[idx], why(pairs.old_of_new[idx])))
                .collect();
            changes.gained.push(change(passages));
        } else if to < from {
            let passages = in_old
                .iter()
                .filter(|&&(_, level)| level > to)
                .map(|&(idx, _)| draft_passage(&old.passages[idx], why(pairs.new_of_old[idx])))
                .collect();
            changes.lost.push(change(passages));
        }
        if to != cell.reported {
            changes.shifted.push(Shift {
                ecq: cell.ecq.to_owned(),
                kind: cell.kind.name().to_owned(),
                id: cell.id.to_owned(),
                name: cell.name.to_owned(),
                held: to.name().to_owned(),
                reported: cell.reported.name().to_owned(),
            });
        }
    }
    changes
}

/// The cells of a report: competencies, those of the whole packet last, then key characteristics.
fn cells(report: &Report) -> Vec<Cell<'_>> {
    let competencies = report.cells().map(|(ecq, _, competency)| Cell {
        ecq,
        kind: Kind::Competency,
        id: &competency.id,
        name: &competency.name,
        reported: Level::of(&competency.level),
    });
    let characteristics = report
        .key_characteristics
        .iter()
        .map(|characteristic| Cell {
            ecq: &characteristic.ecq,
            kind: Kind::Characteristic,
            id: &characteristic.id,
            name: &characteristic.text,
            reported: Level::of(&characteristic.level),
        });
    competencies.chain(characteristics).collect()
}

/// Indexes of the passages that count for a cell.
fn inside(report: &Report, cell: &Cell<'_>) -> Vec<usize> {
    let ecq = report.coverage.iter().find(|ecq| ecq.id == cell.ecq);
    let is_inside = |passage: &PassageView| match ecq {
        Some(ecq) => ecq.scope == "packet" || ecq.sections.contains(&passage.section),
        None => true,
    };
    (0..report.passages.len())
        .filter(|&idx| is_inside(&report.passages[idx]))
        .collect()
}

fn level(passage: &PassageView, cell: &Cell<'_>) -> Level {
    match cell.kind {
        Kind::Competency => passage
            .labels
            .iter()
            .find(|label| label.id == cell.id)
            .map_or(Level::Absent, |label| Level::of(&label.level)),
        Kind::Characteristic => {
            let is_shown = passage.key_characteristics.iter().any(|c| c.id == cell.id);
            if is_shown {
                Level::Demonstrated
            } else {
                Level::Absent
            }
        }
    }
}
