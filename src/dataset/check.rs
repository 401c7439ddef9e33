//! Whether a corpus is fit to train from and to measure on.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::classify::{LabelSpace, OutputGroup};
use crate::dataset::duplicate::near_duplicates;
use crate::dataset::{Annotation, CorpusFile, Role, TRAIN};

/// Likeness of wording from which two passages are near-duplicates.
///
/// Of the pairs of passages written apart for this corpus (9,493 passages) one reached 0.32 and none more; a
/// passage with a tenth of its words changed still has about 0.5.
pub const NEAR_DUPLICATE: f64 = 0.5;

/// What a corpus is held to.
#[derive(Clone, Copy, Debug)]
pub struct CheckOptions {
    /// Fewest demonstrated passages of a competency in the training files.
    pub min_positives: usize,
    /// Whether warnings count as faults.
    pub strict: bool,
}

/// What was found in a corpus.
#[derive(Clone, Debug, Serialize)]
pub struct CorpusCheck {
    /// Counts of every file.
    pub files: Vec<FileCounts>,
    /// Counts of every label in every set of files.
    pub labels: Vec<LabelCounts>,
    /// Faults and warnings, in the order of the checks.
    pub findings: Vec<Finding>,
    /// Number of findings that are faults.
    pub n_faults: usize,
}

/// One file in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct FileCounts {
    /// Path under the corpus.
    pub path: String,
    /// The set it is counted in: `train`, `second`, `dev/NAME`, `test/NAME` or `robustness`.
    pub set: String,
    /// Lines that are annotations.
    pub n_passages: usize,
    /// Statements, packets, pairs and single passages.
    pub n_groups: usize,
    /// Labels by group of outputs and label.
    pub labels: BTreeMap<&'static str, BTreeMap<String, usize>>,
}

/// One label in numbers.
#[derive(Clone, Debug, Serialize)]
pub struct LabelCounts {
    /// Name of the group of outputs; for `asserted` only passages that do not also demonstrate it.
    pub group: &'static str,
    /// Id of the label.
    pub id: String,
    /// Passages by set of files; where a set has several annotators, every annotator's are counted.
    pub n: BTreeMap<String, usize>,
}

/// Something that is wrong, or may be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Whether the corpus may not be used like this.
    pub is_fault: bool,
    /// What kind it is, for programs.
    pub kind: FindingKind,
    /// `path:line` under the corpus, or the label concerned.
    pub place: String,
    /// One sentence, lower case, no full stop.
    pub message: String,
}

/// The kinds of [`Finding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingKind {
    /// A line is no object of the schema: bad JSON, an unknown key, a value of another type.
    BadLine,
    /// An id stands twice among texts or in one annotator's file.
    DuplicateId,
    /// A passage has no words.
    EmptyText,
    /// A label is of no codebook.
    UnknownLabel,
    /// A competency is demonstrated and asserted at once.
    BothLevels,
    /// A training passage lacks a list of labels: it teaches nothing for that group.
    MissingLabels,
    /// An annotation is of no passage.
    StrayAnnotation,
    /// A statement, packet or pair stands in two splits.
    GroupCrossesSplits,
    /// The wording of two passages is nearly the same.
    NearDuplicate,
    /// A competency is demonstrated in too few training passages.
    FewPositives,
}

/// Checks the files of a corpus against the labels of a model; see [`FindingKind`] for what is looked for.
///
/// Near-duplicates are faults across splits and warnings within one; minimal pairs, which are alike on purpose, are
/// exempt. Too few positives and missing label lists are warnings.
#[must_use]
pub fn check_corpus(
    files: &[CorpusFile],
    space: &LabelSpace,
    options: CheckOptions,
) -> CorpusCheck {
    let mut findings = Vec::new();
    for file in files {
        check_lines(file, space, &mut findings);
    }
    let texts: Vec<Placed<'_>> = files
        .iter()
        .filter(|file| file.role != Role::Annotator)
        .flat_map(|file| {
            file.annotations.iter().map(move |(line, one)| Placed {
                file,
                line: *line,
                one,
            })
        })
        .collect();
    check_ids(files, &texts, &mut findings);
    check_groups(&texts, &mut findings);
    check_duplicates(&texts, &mut findings);
    let labels = label_counts(files, space);
    check_positives(&labels, options.min_positives, &mut findings);
    for finding in &mut findings {
        finding.is_fault |= options.strict;
    }
    CorpusCheck {
        files: files.iter().map(file_counts).collect(),
        labels,
        n_faults: findings.iter().filter(|finding| finding.is_fault).count(),
        findings,
    }
}

/// A passage and where it stands.
struct Placed<'a> {
    file: &'a CorpusFile,
    line: usize,
    one: &'a Annotation,
}

impl Placed<'_> {
    fn place(&self) -> String {
        format!("{}:{}", self.file.path, self.line)
    }
}

fn fault(kind: FindingKind, place: String, message: String) -> Finding {
    Finding {
        is_fault: true,
        kind,
        place,
        message,
    }
}

fn warning(kind: FindingKind, place: String, message: String) -> Finding {
    Finding {
        is_fault: false,
        kind,
        place,
        message,
    }
}

/// What one line shows by itself.
fn check_lines(file: &CorpusFile, space: &LabelSpace, findings: &mut Vec<Finding>) {
    for (line, message) in &file.bad_lines {
        let place = format!("{}:{line}", file.path);
        findings.push(fault(FindingKind::BadLine, place, message.clone()));
    }
    for (line, one) in &file.annotations {
        let placed = Placed {
            file,
            line: *line,
            one,
        };
        if file.role != Role::Annotator
            && one
                .text
                .as_deref()
                .is_none_or(|text| text.trim().is_empty())
        {
            findings.push(fault(
                FindingKind::EmptyText,
                placed.place(),
                format!("{} has no text", one.id),
            ));
        }
        for group in OutputGroup::ALL {
            for label in own_labels(one, group).into_iter().flatten() {
                if !space.ids(group).contains(label) {
                    findings.push(fault(
                        FindingKind::UnknownLabel,
                        placed.place(),
                        format!("{}: {label} is no label of {}", one.id, group.name()),
                    ));
                }
            }
            if file.role == Role::Train && own_labels(one, group).is_none() {
                findings.push(warning(
                    FindingKind::MissingLabels,
                    placed.place(),
                    format!("{} was not annotated for {}", one.id, group.name()),
                ));
            }
        }
        if let (Some(two), Some(asserted)) = (&one.two, &one.one) {
            for label in two.intersection(asserted) {
                findings.push(fault(
                    FindingKind::BothLevels,
                    placed.place(),
                    format!("{}: {label} is demonstrated and asserted at once", one.id),
                ));
            }
        }
    }
}

/// The list of a group as the line has it; `Asserted` is the list `one` alone.
fn own_labels(one: &Annotation, group: OutputGroup) -> Option<&BTreeSet<String>> {
    match group {
        OutputGroup::Demonstrated => one.two.as_ref(),
        OutputGroup::Asserted => one.one.as_ref(),
        OutputGroup::KeyCharacteristics => one.kc.as_ref(),
        OutputGroup::Opm2025 => one.c2025.as_ref(),
        OutputGroup::Ccar => one.ccar.as_ref(),
    }
}

/// Ids of texts are unique in the whole corpus; an annotator's are unique in the file and name a passage.
fn check_ids(files: &[CorpusFile], texts: &[Placed<'_>], findings: &mut Vec<Finding>) {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let mut by_split: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for placed in texts {
        by_split
            .entry(&placed.file.split)
            .or_default()
            .insert(&placed.one.id);
        if let Some(first) = seen.get(placed.one.id.as_str()) {
            findings.push(fault(
                FindingKind::DuplicateId,
                placed.place(),
                format!("id {} also stands at {first}", placed.one.id),
            ));
        } else {
            seen.insert(&placed.one.id, placed.place());
        }
    }
    for file in files.iter().filter(|file| file.role == Role::Annotator) {
        let mut own = BTreeSet::new();
        for (line, one) in &file.annotations {
            let place = format!("{}:{line}", file.path);
            if !own.insert(&one.id) {
                findings.push(fault(
                    FindingKind::DuplicateId,
                    place.clone(),
                    format!("id {} stands there twice", one.id),
                ));
            }
            let is_in = |split: &str| {
                by_split
                    .get(split)
                    .is_some_and(|ids| ids.contains(one.id.as_str()))
            };
            // The second annotation covers passages of training and of calibration.
            let is_known = is_in(&file.split) || (file.set == "second" && is_in("calibration"));
            if !is_known {
                findings.push(fault(
                    FindingKind::StrayAnnotation,
                    place,
                    format!("there is no passage {} in {}", one.id, file.split),
                ));
            }
        }
    }
}

/// What resampling and splitting keep together must not stand on both sides.
fn check_groups(texts: &[Placed<'_>], findings: &mut Vec<Finding>) {
    let mut first: BTreeMap<&str, &Placed<'_>> = BTreeMap::new();
    let mut told = BTreeSet::new();
    for placed in texts {
        let group = placed.one.group();
        // A passage that is a group of its own is a matter of ids.
        if group == placed.one.id {
            continue;
        }
        let earlier = first.entry(group).or_insert(placed);
        if earlier.file.split != placed.file.split && told.insert((group, &placed.file.split)) {
            findings.push(fault(
                FindingKind::GroupCrossesSplits,
                placed.place(),
                format!(
                    "{group} stands in {} and, at {}, in {}",
                    placed.file.split,
                    earlier.place(),
                    earlier.file.split
                ),
            ));
        }
    }
}

fn check_duplicates(texts: &[Placed<'_>], findings: &mut Vec<Finding>) {
    let words: Vec<&str> = texts
        .iter()
        .map(|placed| placed.one.text.as_deref().unwrap_or_default())
        .collect();
    for pair in near_duplicates(&words, NEAR_DUPLICATE) {
        let (first, second) = (&texts[pair.first], &texts[pair.second]);
        if first.one.pair.is_some() && first.one.pair == second.one.pair {
            continue;
        }
        findings.push(Finding {
            is_fault: first.file.split != second.file.split,
            kind: FindingKind::NearDuplicate,
            place: second.place(),
            message: format!(
                "{} is {:.0} % the wording of {} at {}",
                second.one.id,
                100.0 * pair.likeness,
                first.one.id,
                first.place()
            ),
        });
    }
}

fn check_positives(labels: &[LabelCounts], min_positives: usize, findings: &mut Vec<Finding>) {
    for label in labels {
        let n = label.n.get(TRAIN).copied().unwrap_or_default();
        if label.group == OutputGroup::Demonstrated.name() && n < min_positives {
            findings.push(warning(
                FindingKind::FewPositives,
                label.id.clone(),
                format!("demonstrated in {n} training passages, fewer than {min_positives}"),
            ));
        }
    }
}

fn file_counts(file: &CorpusFile) -> FileCounts {
    let mut labels: BTreeMap<&'static str, BTreeMap<String, usize>> = BTreeMap::new();
    for (_, one) in &file.annotations {
        for group in OutputGroup::ALL {
            for label in own_labels(one, group).into_iter().flatten() {
                *labels
                    .entry(group.name())
                    .or_default()
                    .entry(label.clone())
                    .or_default() += 1;
            }
        }
    }
    let groups: BTreeSet<&str> = file
        .annotations
        .iter()
        .map(|(_, one)| one.group())
        .collect();
    FileCounts {
        path: file.path.clone(),
        set: file.set.clone(),
        n_passages: file.annotations.len(),
        n_groups: groups.len(),
        labels,
    }
}

fn label_counts(files: &[CorpusFile], space: &LabelSpace) -> Vec<LabelCounts> {
    let mut counts = Vec::new();
    for group in OutputGroup::ALL {
        for id in space.ids(group) {
            let mut n: BTreeMap<String, usize> = BTreeMap::new();
            for file in files {
                let own = file
                    .annotations
                    .iter()
                    .filter(|(_, one)| own_labels(one, group).is_some_and(|set| set.contains(id)))
                    .count();
                if own > 0 {
                    *n.entry(file.set.clone()).or_default() += own;
                }
            }
            counts.push(LabelCounts {
                group: group.name(),
                id: id.clone(),
                n,
            });
        }
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    fn space() -> LabelSpace {
        LabelSpace {
            competencies: vec!["vision".into(), "partnering".into()],
            key_characteristics: vec!["lc-1".into()],
            opm_2025: vec!["innovation".into()],
            ccar: vec!["action".into()],
        }
    }

    fn file(path: &str, role: Role, split: &str, lines: &[&str]) -> CorpusFile {
        CorpusFile {
            path: path.to_owned(),
            role,
            split: split.to_owned(),
            set: split.to_owned(),
            annotations: lines
                .iter()
                .enumerate()
                .map(|(idx, line)| (idx + 1, serde_json::from_str(line).unwrap()))
                .collect(),
            bad_lines: Vec::new(),
        }
    }

    fn train(lines: &[&str]) -> CorpusFile {
        file("train/a.jsonl", Role::Train, TRAIN, lines)
    }

    fn found(files: &[CorpusFile], strict: bool) -> Vec<(bool, FindingKind, String)> {
        let options = CheckOptions {
            min_positives: 0,
            strict,
        };
        check_corpus(files, &space(), options)
            .findings
            .into_iter()
            .map(|one| (one.is_fault, one.kind, one.place))
            .collect()
    }

    const SOUND: &str = r#"{"id":"t1","text":"I drew the plan.","two":["vision"],"one":[],"ccar":[],"kc":[],"c2025":[]}"#;

    #[test]
    fn a_sound_passage_has_no_finding() {
        assert_eq!(found(&[train(&[SOUND])], true), []);
    }

    #[test]
    fn labels_that_no_codebook_has_and_labels_on_both_levels_are_faults() {
        let line = r#"{"id":"t1","text":"x","two":["vision","visoin"],"one":["vision"],"ccar":[],"kc":["lc-9"],"c2025":[]}"#;
        let place = || "train/a.jsonl:1".to_owned();
        assert_eq!(
            found(&[train(&[line])], false),
            [
                (true, FindingKind::UnknownLabel, place()),
                (true, FindingKind::UnknownLabel, place()),
                (true, FindingKind::BothLevels, place()),
            ]
        );
    }

    #[test]
    fn a_list_that_is_missing_is_a_warning_and_an_empty_text_a_fault() {
        let line = r#"{"id":"t1","text":" ","two":[],"one":[],"ccar":[],"kc":[]}"#;
        let kinds: Vec<_> = found(&[train(&[line])], false)
            .into_iter()
            .map(|(is_fault, kind, _)| (is_fault, kind))
            .collect();
        assert_eq!(
            kinds,
            [
                (true, FindingKind::EmptyText),
                (false, FindingKind::MissingLabels)
            ]
        );
    }

    #[test]
    fn documents_and_wording_keep_to_one_split() {
        let dev = file(
            "dev/flat/passages.jsonl",
            Role::Text,
            "dev/flat",
            &[
                r#"{"id":"d1","doc":"s1","text":"I moved the records office to Denver in four weeks."}"#,
            ],
        );
        let ours = r#"{"id":"t1","doc":"s1","text":"I moved the records office to Denver in four days.","two":[],"one":[],"ccar":[],"kc":[],"c2025":[]}"#;
        let kinds: Vec<_> = found(&[train(&[ours]), dev], false)
            .into_iter()
            .map(|(is_fault, kind, _)| (is_fault, kind))
            .collect();
        assert_eq!(
            kinds,
            [
                (true, FindingKind::GroupCrossesSplits),
                (true, FindingKind::NearDuplicate)
            ]
        );
    }

    #[test]
    fn near_duplicates_within_a_split_warn_and_minimal_pairs_are_exempt() {
        let line = |id: &str, pair: &str| {
            format!(
                r#"{{"id":"{id}",{pair}"text":"I moved the records office to Denver in four weeks.","two":[],"one":[],"ccar":[],"kc":[],"c2025":[]}}"#
            )
        };
        let alike = train(&[&line("t1", ""), &line("t2", "")]);
        assert_eq!(
            found(std::slice::from_ref(&alike), false),
            [(
                false,
                FindingKind::NearDuplicate,
                "train/a.jsonl:2".to_owned()
            )]
        );
        assert!(found(&[alike], true)[0].0, "a fault if strict");
        let pair = r#""pair":"p1","#;
        assert_eq!(
            found(&[train(&[&line("t1", pair), &line("t2", pair)])], true),
            []
        );
    }

    #[test]
    fn ids_are_single_and_annotations_have_their_passage() {
        let second = file(
            "second/a.jsonl",
            Role::Annotator,
            TRAIN,
            &[
                r#"{"id":"t1","two":[],"one":[]}"#,
                r#"{"id":"t1","two":[],"one":[]}"#,
                r#"{"id":"t9","two":[],"one":[]}"#,
            ],
        );
        let kinds: Vec<_> = found(&[train(&[SOUND]), second], false)
            .into_iter()
            .map(|(_, kind, place)| (kind, place))
            .collect();
        assert_eq!(
            kinds,
            [
                (FindingKind::DuplicateId, "second/a.jsonl:2".to_owned()),
                (FindingKind::StrayAnnotation, "second/a.jsonl:3".to_owned())
            ]
        );
    }

    #[test]
    fn rare_competencies_are_named() {
        let options = CheckOptions {
            min_positives: 1,
            strict: false,
        };
        let check = check_corpus(&[train(&[SOUND])], &space(), options);
        let rare: Vec<&str> = check
            .findings
            .iter()
            .map(|one| one.place.as_str())
            .collect();
        assert_eq!((rare, check.n_faults), (vec!["partnering"], 0));
    }
}
