//! From an analysis and the readings of the other edition to a [`Crosswalk`].

use crate::analysis::Analysis;
use crate::classify::Level;
use crate::codebook::{Codebook, Competency};
use crate::coverage::{Cell, Reading, cell};
use crate::crosswalk::wording::wording;
use crate::crosswalk::{
    Ask, Crosswalk, CrosswalkTable, EditionView, Home, Homeless, PassageRef, SCHEMA, Serving,
    ShownHere,
};
use crate::report::rounded;

/// Everything that is laid side by side.
struct Sides<'a> {
    analysis: &'a Analysis,
    from: &'a Codebook,
    to: &'a Codebook,
    table: &'a CrosswalkTable,
    /// Readings of the other edition, by competency and passage.
    readings: &'a [Vec<Reading>],
}

/// Reads a packet for another edition.
///
/// `analysis` was made with `from`; `readings` are those of `to` for the same passages, by competency and passage
/// (see [`Toolkit::readings_of`](crate::analysis::Toolkit::readings_of)).
#[must_use]
pub fn crosswalk(
    name: &str,
    analysis: &Analysis,
    from: &Codebook,
    to: &Codebook,
    readings: &[Vec<Reading>],
    table: &CrosswalkTable,
) -> Crosswalk {
    let sides = Sides {
        analysis,
        from,
        to,
        table,
        readings,
    };
    let mut serves = Vec::new();
    let mut no_home = Vec::new();
    for idx in 0..analysis.passages.len() {
        let shows = sides.shows(idx);
        let homes = sides.homes(idx, &shows);
        let passage = sides.passage(idx);
        if !homes.is_empty() {
            serves.push(Serving {
                passage,
                shows,
                homes,
            });
        } else if !shows.is_empty() {
            no_home.push(Homeless { passage, shows });
        }
    }
    let asks = (0..to.competencies().len())
        .map(|idx| sides.ask(idx, &serves))
        .collect();
    Crosswalk {
        schema: SCHEMA.to_owned(),
        document: name.to_owned(),
        crosswalk_version: table.version.clone(),
        from: edition_view(from),
        to: edition_view(to),
        n_passages: analysis.passages.len(),
        serves,
        no_home,
        asks,
        wording: wording(&analysis.document, from, to, table),
    }
}

impl Sides<'_> {
    /// What a passage demonstrates in its own edition, in codebook order.
    fn shows(&self, idx: usize) -> Vec<ShownHere> {
        let competencies = self.from.competencies().iter().zip(&self.analysis.readings);
        competencies
            .filter(|(_, readings)| readings[idx].level == Level::Demonstrated)
            .map(|(competency, readings)| ShownHere {
                ecq: competency.ecq().to_owned(),
                id: competency.id().as_str().to_owned(),
                name: competency.name().to_owned(),
                p: rounded(readings[idx].p),
                has_counterpart: !self
                    .table
                    .counterparts(self.from.id(), competency.id().as_str(), self.to.id())
                    .is_empty(),
            })
            .collect()
    }

    /// Where a passage may serve, best grounds first.
    fn homes(&self, idx: usize, shows: &[ShownHere]) -> Vec<Home> {
        let mut homes: Vec<Home> = Vec::new();
        for (competency, readings) in self.to.competencies().iter().zip(self.readings) {
            let id = competency.id().as_str();
            let mut via = Vec::new();
            let mut extent = None;
            for shown in shows {
                let counterparts = self
                    .table
                    .counterparts(self.from.id(), &shown.id, self.to.id());
                if let Some(found) = counterparts.iter().find(|found| found.competency == id) {
                    via.push(shown.id.clone());
                    extent = extent.max(Some(found.extent));
                }
            }
            let is_read = readings[idx].level == Level::Demonstrated;
            let basis = match (is_read, via.is_empty()) {
                (true, false) => "both",
                (true, true) => "reader",
                (false, false) => "crosswalk",
                (false, true) => continue,
            };
            homes.push(Home {
                ecq: competency.ecq().to_owned(),
                competency: id.to_owned(),
                name: competency.name().to_owned(),
                basis: basis.to_owned(),
                p: rounded(readings[idx].p_demonstrated),
                via,
                extent: extent.map(|extent| extent.name().to_owned()),
            });
        }
        homes.sort_by(|a, b| rank(a).cmp(&rank(b)).then(b.p.total_cmp(&a.p)));
        homes
    }

    fn ask(&self, idx: usize, serves: &[Serving]) -> Ask {
        let competency: &Competency = &self.to.competencies()[idx];
        let id = competency.id().as_str();
        // Headings of another edition say nothing of this one: every passage counts.
        let everywhere = vec![true; self.analysis.passages.len()];
        let cell: Cell = cell(&self.readings[idx], &everywhere);
        let is_shown = cell.level == Level::Demonstrated;
        let mut candidates: Vec<(f64, String)> = serves
            .iter()
            .flat_map(|serving| serving.homes.iter().map(move |home| (serving, home)))
            .filter(|(_, home)| home.competency == id && home.basis == "crosswalk")
            .map(|(serving, home)| (home.p, serving.passage.id.clone()))
            .collect();
        candidates.sort_by(|a, b| b.0.total_cmp(&a.0));
        Ask {
            ecq: competency.ecq().to_owned(),
            ecq_name: self
                .to
                .ecq(competency.ecq())
                .map_or_else(String::new, |ecq| ecq.name().to_owned()),
            competency: id.to_owned(),
            name: competency.name().to_owned(),
            definition: competency.definition().to_owned(),
            level: cell.level.name().to_owned(),
            p: rounded(cell.p),
            shown_by: if is_shown {
                cell.evidence
                    .iter()
                    .map(|&idx| self.analysis.passages[idx].id.clone())
                    .collect()
            } else {
                Vec::new()
            },
            candidates: candidates.into_iter().map(|(_, id)| id).collect(),
            nearest: cell
                .nearest
                .filter(|_| !is_shown)
                .map(|idx| self.passage(idx)),
            would_count: if is_shown {
                Vec::new()
            } else {
                competency.indicators().to_vec()
            },
        }
    }

    fn passage(&self, idx: usize) -> PassageRef {
        let passage = &self.analysis.passages[idx];
        PassageRef {
            id: passage.id.clone(),
            section: self.analysis.sections[passage.section].id.clone(),
            page: passage.page,
            paragraph: passage.paragraph,
            text: passage.text.clone(),
        }
    }
}

fn rank(home: &Home) -> u8 {
    match home.basis.as_str() {
        "both" => 0,
        "reader" => 1,
        _ => 2,
    }
}

fn edition_view(codebook: &Codebook) -> EditionView {
    EditionView {
        id: codebook.id().to_owned(),
        sha256: codebook.sha256().to_owned(),
        in_force: codebook.in_force().to_string(),
    }
}
