//! A few annotated passages for every label, to show a reader beside what was found.

use std::collections::BTreeMap;

use crate::dataset::{Annotation, CorpusFile, Role};

/// Training passages for every label of `two` and `c2025`: at most `per_label` chosen for each, in the order of ids.
///
/// For a label the passages with the fewest other labels come first, since they show it most purely; the files take
/// turns, so that no manner of writing has all the examples; minimal pairs, made to be odd, are left out. The passages
/// keep their ids, texts, documents and these labels.
#[must_use]
pub fn choose_examples(files: &[CorpusFile], per_label: usize) -> Vec<Annotation> {
    // By label: by file, the passages with the number of their labels.
    let mut by_label: BTreeMap<(bool, &str), Vec<Vec<&Annotation>>> = BTreeMap::new();
    let train: Vec<&CorpusFile> = files
        .iter()
        .filter(|file| file.role == Role::Train)
        .collect();
    for (idx, file) in train.iter().enumerate() {
        for (_, one) in &file.annotations {
            if one.pair.is_some() || one.text.is_none() {
                continue;
            }
            let sets = [(false, &one.two), (true, &one.c2025)];
            for (is_2025, set) in sets {
                for label in set.iter().flatten() {
                    by_label
                        .entry((is_2025, label))
                        .or_insert_with(|| vec![Vec::new(); train.len()])[idx]
                        .push(one);
                }
            }
        }
    }
    let mut chosen: BTreeMap<&str, &Annotation> = BTreeMap::new();
    for files in by_label.values_mut() {
        for passages in files.iter_mut() {
            // Sorted backwards, so that the best is popped first.
            passages.sort_by_key(|one| std::cmp::Reverse((n_labels(one), &one.id)));
        }
        let mut n = 0;
        while n < per_label && files.iter().any(|passages| !passages.is_empty()) {
            for passages in files.iter_mut() {
                if n < per_label
                    && let Some(one) = passages.pop()
                {
                    chosen.insert(&one.id, one);
                    n += 1;
                }
            }
        }
    }
    chosen
        .into_values()
        .map(|one| Annotation {
            id: one.id.clone(),
            doc: one.doc.clone(),
            text: one.text.clone(),
            two: one.two.clone(),
            one: one.one.clone(),
            c2025: one.c2025.clone(),
            ..Annotation::default()
        })
        .collect()
}

fn n_labels(one: &Annotation) -> usize {
    [&one.two, &one.one, &one.c2025]
        .into_iter()
        .flatten()
        .map(std::collections::BTreeSet::len)
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::TRAIN;

    fn file(lines: &[&str]) -> CorpusFile {
        CorpusFile {
            path: "train/a.jsonl".to_owned(),
            role: Role::Train,
            split: TRAIN.to_owned(),
            set: TRAIN.to_owned(),
            annotations: lines
                .iter()
                .map(|line| (1, serde_json::from_str(line).unwrap()))
                .collect(),
            bad_lines: Vec::new(),
        }
    }

    #[test]
    fn the_purest_come_first_and_files_take_turns() {
        let a = file(&[
            r#"{"id":"a1","text":"x","two":["vision","partnering"]}"#,
            r#"{"id":"a2","text":"x","two":["vision"]}"#,
            r#"{"id":"a3","text":"x","two":["vision"]}"#,
            r#"{"id":"a4","text":"x","two":["vision"],"pair":"p"}"#,
        ]);
        let b = file(&[r#"{"id":"b1","text":"x","two":["vision","flexibility"]}"#]);
        let ids: Vec<String> = choose_examples(&[a, b], 2)
            .into_iter()
            .map(|one| one.id)
            .collect();
        // vision: a2 and b1; partnering: a1; flexibility: b1.
        assert_eq!(ids, ["a1", "a2", "b1"]);
    }
}
