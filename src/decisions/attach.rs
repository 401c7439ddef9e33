//! Decisions find their places by their words.

use crate::decisions::{About, Decision};
use crate::passage::same::{digest, overlap};
use crate::report::{DecisionView, Report};

/// Share of words from which an edited passage is still the one decided on.
///
/// Set by hand: of two texts of equal length that share six words in ten, one is an edit of the other; two
/// passages about one story share three or four.
pub const NEAR: f64 = 0.6;

/// Words that a decision may be about.
struct Target<'a> {
    /// The rule of a finding; empty for a passage.
    group: &'a str,
    id: &'a str,
    section: Option<&'a str>,
    text: String,
    digest: String,
}

/// Adds the decisions to a report, each with the place it was found in; nothing else in the report changes.
pub fn attach(report: &mut Report, decisions: &[Decision]) {
    let views = {
        let targets = targets(report);
        let places = places(decisions, &targets);
        decisions
            .iter()
            .zip(&places)
            .map(|(decision, place)| {
                let place = place.map(|(idx, overlap)| (&targets[idx], overlap));
                view(decision, place, report)
            })
            .collect()
    };
    report.decisions = views;
}

fn targets(report: &Report) -> Vec<Target<'_>> {
    let passages = report.passages.iter().map(|passage| Target {
        group: "",
        id: &passage.id,
        section: Some(&passage.section),
        text: passage.text.clone(),
        digest: digest(&passage.text),
    });
    let findings = report.findings.iter().map(|finding| Target {
        group: &finding.rule,
        id: &finding.id,
        section: finding.place.section.as_deref(),
        digest: digest(&finding.content()),
        text: finding.content(),
    });
    passages.chain(findings).collect()
}

/// For each decision the index of its target and the share of words in common.
///
/// The same words come first, those in the same section before others. Of what is left the nearest pair is joined
/// first; a target whose own words were decided on is not taken by a decision on other words.
fn places(decisions: &[Decision], targets: &[Target<'_>]) -> Vec<Option<(usize, f64)>> {
    let digests: Vec<String> = decisions
        .iter()
        .map(|decision| digest(&decision.text))
        .collect();
    let mut places: Vec<Option<(usize, f64)>> = vec![None; decisions.len()];
    for (idx, decision) in decisions.iter().enumerate() {
        let same: Vec<usize> = (0..targets.len())
            .filter(|&t| targets[t].group == group(decision) && targets[t].digest == digests[idx])
            .collect();
        let home = same
            .iter()
            .find(|&&t| targets[t].section == decision.section.as_deref())
            .or(same.first());
        places[idx] = home.map(|&target| (target, 1.0));
    }
    let mut near: Vec<(f64, usize, usize)> = Vec::new();
    for (idx, decision) in decisions.iter().enumerate() {
        if places[idx].is_some() {
            continue;
        }
        for (target_idx, target) in targets.iter().enumerate() {
            let is_free = target.group == group(decision) && !digests.contains(&target.digest);
            let share = if is_free {
                overlap(&decision.text, &target.text)
            } else {
                0.0
            };
            if share >= NEAR {
                near.push((share, idx, target_idx));
            }
        }
    }
    // Stable: of equally near ones the earlier decision and the earlier passage come first.
    near.sort_by(|a, b| b.0.total_cmp(&a.0));
    let mut taken: Vec<(usize, &str)> = Vec::new();
    for (share, idx, target) in near {
        let words = digests[idx].as_str();
        let by_others = taken.iter().any(|&(t, by)| t == target && by != words);
        if places[idx].is_none() && !by_others {
            places[idx] = Some((target, share));
            taken.push((target, words));
        }
    }
    places
}

fn group(decision: &Decision) -> &str {
    match &decision.about {
        About::Competency { .. } => "",
        About::Finding { rule } => rule,
    }
}

fn view(decision: &Decision, place: Option<(&Target<'_>, f64)>, report: &Report) -> DecisionView {
    let id = place.map(|(target, _)| target.id.to_owned());
    let overlap = place.map_or(0.0, |(_, overlap)| overlap);
    let (codebook, competency, rule) = match &decision.about {
        About::Competency {
            codebook,
            competency,
        } => (Some(codebook.clone()), Some(competency.clone()), None),
        About::Finding { rule } => (None, None, Some(rule.clone())),
    };
    let is_finding = rule.is_some();
    let tool = id.as_deref().and_then(|id| match &decision.about {
        About::Competency {
            codebook,
            competency,
        } => (*codebook == report.codebook.id).then(|| level(report, id, competency)),
        About::Finding { .. } => report
            .findings
            .iter()
            .find(|finding| finding.id == id)
            .map(|finding| finding.severity.clone()),
    });
    DecisionView {
        verdict: decision.verdict,
        who: decision.who.clone(),
        when: decision.when.clone(),
        note: decision.note.clone(),
        codebook,
        competency,
        rule,
        passage: id.clone().filter(|_| !is_finding),
        finding: id.filter(|_| is_finding),
        attached: match place {
            None => "unattached",
            Some((target, _)) if target.digest == digest(&decision.text) => "exact",
            Some(_) => "near",
        }
        .to_owned(),
        overlap: (overlap * 100.0).round() / 100.0,
        tool,
        text: decision.text.clone(),
    }
}

/// What the tool reads in a passage.
fn level(report: &Report, passage: &str, competency: &str) -> String {
    report
        .passage(passage)
        .and_then(|passage| passage.labels.iter().find(|label| label.id == competency))
        .map_or_else(|| "absent".to_owned(), |label| label.level.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Verdict;

    fn target<'a>(group: &'a str, id: &'a str, section: &'a str, text: &str) -> Target<'a> {
        Target {
            group,
            id,
            section: Some(section),
            text: text.to_owned(),
            digest: digest(text),
        }
    }

    fn decision(text: &str, rule: Option<&str>) -> Decision {
        Decision {
            verdict: Verdict::Reject,
            who: "R. Reader".to_owned(),
            when: None,
            note: None,
            about: match rule {
                Some(rule) => About::Finding {
                    rule: rule.to_owned(),
                },
                None => About::Competency {
                    codebook: "opm-2006".to_owned(),
                    competency: "vision".to_owned(),
                },
            },
            section: Some("lp".to_owned()),
            text: text.to_owned(),
        }
    }

    #[test]
    fn the_same_words_come_before_near_ones_and_the_rest_is_kept() {
        let targets = [
            target(
                "",
                "p0001",
                "lc",
                "I cut the wait from nine weeks to two in a year.",
            ),
            target(
                "",
                "p0002",
                "lc",
                "I hired forty people for the new office.",
            ),
            target("acronyms", "acronyms-1", "lc", "fte"),
            target("acronyms", "acronyms-2", "lp", "fte"),
        ];
        let decisions = [
            decision("I cut the wait, from nine weeks to two, in one year.", None),
            decision("I hired forty people \u{2013} for the new office.", None),
            decision("Words that stand nowhere any more.", None),
            decision("FTE", Some("acronyms")),
            decision("FTE", Some("jargon")),
        ];
        let ids: Vec<Option<&str>> = places(&decisions, &targets)
            .iter()
            .map(|place| place.map(|(idx, _)| targets[idx].id))
            .collect();
        // The section tells the two acronyms apart; a finding of another rule is no place.
        assert_eq!(
            ids,
            [Some("p0001"), Some("p0002"), None, Some("acronyms-2"), None]
        );
    }

    #[test]
    fn a_passage_with_a_decision_of_its_own_is_not_taken() {
        let targets = [target(
            "",
            "p0001",
            "lc",
            "I led the team of ten in the north.",
        )];
        let decisions = [
            decision("I led the team of ten in the north.", None),
            decision("I led the team of ten in the south.", None),
        ];
        assert_eq!(places(&decisions, &targets), [Some((0, 1.0)), None]);
    }
}
