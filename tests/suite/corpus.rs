//! The corpus is sound: labels are known, ids and texts are single, documents keep to one split.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use ecq::codebook::builtin;
use ecq::dataset::{Annotation, read_annotations};
use ecq::train::TrainConfig;

fn files(dir: &str) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = std::fs::read_dir(Path::new("corpus").join(dir))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "jsonl")
        })
        .collect();
    files.sort();
    files
}

fn all(dir: &str) -> Vec<Annotation> {
    files(dir)
        .iter()
        .flat_map(|path| read_annotations(path).unwrap())
        .collect()
}

#[test]
fn labels_are_those_of_the_codebooks() {
    let ids = |edition: &str| -> BTreeSet<String> {
        builtin(edition)
            .unwrap()
            .competencies()
            .iter()
            .map(|c| c.id().as_str().to_owned())
            .collect()
    };
    let (competencies, of_2025) = (ids("opm-2006"), ids("opm-2025"));
    let characteristics: BTreeSet<String> = builtin("opm-1997")
        .unwrap()
        .key_characteristics()
        .iter()
        .map(|c| c.id().to_owned())
        .collect();
    let ccar = ["challenge", "context", "action", "result"]
        .map(str::to_owned)
        .into();
    let known = |set: &Option<BTreeSet<String>>, of: &BTreeSet<String>| {
        set.as_ref().is_none_or(|s| s.is_subset(of))
    };
    for dir in [
        "train",
        "second",
        "dev/packets/annotators",
        "dev/flat/annotators",
    ] {
        for one in all(dir) {
            assert!(
                known(&one.two, &competencies) && known(&one.one, &competencies),
                "{dir} {}",
                one.id
            );
            assert!(
                known(&one.kc, &characteristics) && known(&one.c2025, &of_2025),
                "{dir} {}",
                one.id
            );
            assert!(known(&one.ccar, &ccar), "{dir} {}", one.id);
        }
    }
}

#[test]
fn training_passages_are_fully_annotated_and_single() {
    let mut ids = BTreeSet::new();
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    let train = all("train");
    assert!(train.len() > 9000, "{}", train.len());
    for one in &train {
        assert!(
            ids.insert(one.id.clone()),
            "id {} stands there twice",
            one.id
        );
        let full = one.two.is_some() && one.one.is_some() && one.ccar.is_some();
        assert!(
            full && one.kc.is_some() && one.c2025.is_some(),
            "{} lacks labels",
            one.id
        );
        let both = one
            .two
            .as_ref()
            .unwrap()
            .intersection(one.one.as_ref().unwrap())
            .count();
        assert_eq!(both, 0, "{}: demonstrated and asserted at once", one.id);
        let text = one.text.clone().unwrap().to_lowercase();
        if let Some(other) = texts.insert(text, one.id.clone()) {
            panic!("{} and {other} have the same text", one.id);
        }
    }
    for (id, text) in [("dev/packets", "packets"), ("dev/flat", "flat")] {
        for one in read_annotations(&Path::new("corpus").join(id).join("passages.jsonl")).unwrap() {
            let passage = one.text.unwrap().to_lowercase();
            assert!(
                !texts.contains_key(&passage),
                "{text} {} is in the training text",
                one.id
            );
        }
    }
}

#[test]
fn documents_keep_to_one_split_and_every_file_is_used() {
    let groups = |annotations: &[Annotation]| -> BTreeSet<String> {
        annotations
            .iter()
            .map(|one| one.group().to_owned())
            .collect()
    };
    let train = groups(&all("train"));
    for dev in ["dev/packets", "dev/flat"] {
        let path = Path::new("corpus").join(dev).join("passages.jsonl");
        let dev = groups(&read_annotations(&path).unwrap());
        assert!(train.is_disjoint(&dev));
    }
    let config =
        TrainConfig::parse(&std::fs::read_to_string("models/train.toml").unwrap()).unwrap();
    let used: BTreeSet<String> = config.files.iter().map(|file| file.path.clone()).collect();
    let there: BTreeSet<String> = files("train")
        .iter()
        .map(|path| format!("train/{}", path.file_name().unwrap().to_str().unwrap()))
        .collect();
    assert_eq!(used, there);
}
