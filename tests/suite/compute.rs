//! The encoder's arithmetics against each other, on the annotated passages of `corpus/dev` and `corpus/test`.

use std::collections::BTreeMap;
use std::path::Path;

use ecq::classify::{Classifier, OutputGroup, bundled_model};
use ecq::embed::{
    BertEmbedder, CachedEmbedder, Compute, ComputePath, Embedder, Embeddings, FastEmbedder,
    similarity, with_byte_rows,
};
use ecq::eval::{Counts, read_eval_set};
use proptest::prelude::*;

const SETS: [&str; 5] = [
    "corpus/dev/flat",
    "corpus/dev/packets",
    "corpus/dev/varied",
    "corpus/test/unseen-packets",
    "corpus/test/unseen-statements",
];

/// The embedder of an arithmetic, where this CPU has the kernels for it.
fn fast(compute: Compute, n_threads: usize) -> Option<FastEmbedder> {
    let files = bundled_model().unwrap().encoder;
    let path = ComputePath::choose(compute, &files.config().unwrap());
    if path.compute == Compute::Reference {
        eprintln!("not compared: {}", path.reason);
        return None;
    }
    Some(FastEmbedder::from_files(&files, compute, n_threads).unwrap())
}

fn reference() -> BertEmbedder {
    BertEmbedder::from_files(&bundled_model().unwrap().encoder, 0).unwrap()
}

fn cosines(a: &Embeddings, b: &Embeddings) -> Vec<f32> {
    assert_eq!(a.len(), b.len());
    (0..a.len())
        .map(|idx| similarity(a.row(idx), b.row(idx)))
        .collect()
}

#[test]
fn the_same_vectors_labels_and_scores() {
    let model = bundled_model().unwrap();
    let classifier = Classifier::new(model.head.clone(), &model.manifest).unwrap();
    let slow = reference();
    // One decision among a hundred moves F1 by more than rounding does, so F1 is compared over all sets together.
    let mut pooled: BTreeMap<(String, OutputGroup), (Counts, Counts)> = BTreeMap::new();
    for data in SETS {
        let set = read_eval_set(Path::new(data)).unwrap();
        let expected = slow.embed(&set.texts()).unwrap();
        // Decisions as the reader makes them: among a passage's neighbors.
        let stories = set.stories();
        let expected_scores = classifier.classify_stories(&expected, &stories);
        for (compute, mean_bound, least_bound, flip_bound) in [
            (Compute::F32, 0.999_99, 0.999_99, 0.0),
            (Compute::Int8, 0.998, 0.995, 0.005),
        ] {
            let Some(embedder) = fast(compute, 0) else {
                return;
            };
            let found = embedder.embed(&set.texts()).unwrap();
            assert_eq!(found.truncated, expected.truncated);
            let cosines = cosines(&found, &expected);
            let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
            let least = cosines.iter().copied().fold(1.0, f32::min);
            let scores = classifier.classify_stories(&found, &stories);
            let (mut n_flips, mut n_pairs) = (0_u32, 0_u32);
            for (a, b) in scores.iter().zip(&expected_scores) {
                for output in 0..classifier.space().n_outputs() {
                    n_pairs += 1;
                    n_flips +=
                        u32::from(classifier.reaches(a, output) != classifier.reaches(b, output));
                }
            }
            let flips = f64::from(n_flips) / f64::from(n_pairs);
            let what = format!("{data} {}", compute.name());
            eprintln!(
                "{what}: cosine mean {mean:.6} least {least:.6}, {n_flips} of {n_pairs} decisions differ"
            );
            assert!(
                mean >= mean_bound && least >= least_bound,
                "{what}: {mean} {least}"
            );
            assert!(flips <= flip_bound, "{what}: {flips}");
            let gold = set.gold(classifier.space()).unwrap();
            let k = classifier.space().n_outputs();
            for (row, (a, b)) in scores.iter().zip(&expected_scores).enumerate() {
                for group in OutputGroup::ALL {
                    let counts = pooled
                        .entry((compute.name().to_owned(), group))
                        .or_default();
                    for output in classifier.space().range(group) {
                        let at = row * k + output;
                        if gold.decided[at] {
                            counts
                                .0
                                .add(classifier.reaches(a, output), gold.targets[at]);
                            counts
                                .1
                                .add(classifier.reaches(b, output), gold.targets[at]);
                        }
                    }
                }
            }
        }
    }
    for ((compute, group), (found, expected)) in pooled {
        let (found, expected) = (found.f1(), expected.f1());
        eprintln!("{compute} {group:?}: F1 {found:.4} for {expected:.4}");
        assert!(
            (found - expected).abs() <= 0.005,
            "{compute} {group:?}: {found} for {expected}"
        );
    }
}

#[test]
fn a_long_text_is_cut_alike() {
    let long = "The office closed the account. ".repeat(120);
    let texts = ["", "short", &long];
    let expected = reference().embed(&texts).unwrap();
    for compute in [Compute::F32, Compute::Int8] {
        let Some(embedder) = fast(compute, 2) else {
            return;
        };
        let found = embedder.embed(&texts).unwrap();
        assert_eq!(found.truncated, expected.truncated);
        assert!(
            cosines(&found, &expected)
                .iter()
                .all(|cosine| *cosine > 0.995)
        );
    }
}

#[test]
fn a_changed_paragraph_is_all_that_is_embedded() {
    let Some(embedder) = fast(Compute::Int8, 1) else {
        return;
    };
    let mut texts = vec![
        "I led the merger of two offices.",
        "It saved $2 million.",
        "I then retired.",
    ];
    let cached = CachedEmbedder::new(fast(Compute::Int8, 1).unwrap(), 100);
    cached.embed(&texts).unwrap();
    texts[1] = "It saved $3 million.";
    assert_eq!(
        cached.embed(&texts).unwrap(),
        embedder.embed(&texts).unwrap()
    );
}

/// Texts of the corpus, for properties over their order and company.
fn corpus() -> Vec<String> {
    let set = read_eval_set(Path::new(SETS[0])).unwrap();
    set.texts()
        .into_iter()
        .take(60)
        .map(str::to_owned)
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    /// To the last bit: a text's vector is its own, whatever lies beside it, on however many threads.
    #[test]
    fn a_vector_is_its_own(
        picks in proptest::collection::vec((0_usize..60, 1_usize..400), 1..14),
        n_threads in 1_usize..5,
        int8 in any::<bool>(),
    ) {
        let compute = if int8 { Compute::Int8 } else { Compute::F32 };
        if let (Some(together), Some(alone)) = (fast(compute, n_threads), fast(compute, 1)) {
            let corpus = corpus();
            let texts: Vec<String> = picks
                .iter()
                .map(|&(idx, n_chars)| corpus[idx].chars().take(n_chars).collect())
                .collect();
            let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
            let found = together.embed(&texts).unwrap();
            for (idx, text) in texts.iter().enumerate() {
                let single = alone.embed(&[text]).unwrap();
                prop_assert_eq!(found.row(idx), single.row(0));
                let length = similarity(single.row(0), single.row(0));
                prop_assert!((length - 1.0).abs() < 1e-5);
            }
        }
    }
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    let mut files = bundled_model().unwrap().encoder;
    let mut weights = files.weights.to_vec();
    // The first number of a tensor of floats: the length of the header, the header, then the numbers.
    let header = 8 + usize::try_from(u64::from_le_bytes(weights[..8].try_into().unwrap())).unwrap();
    let tensors: serde_json::Value = serde_json::from_slice(&weights[8..header]).unwrap();
    let bias = &tensors["encoder.layer.0.output.dense.bias"];
    assert_eq!(bias["dtype"], "F16");
    let at = header + usize::try_from(bias["data_offsets"][0].as_u64().unwrap()).unwrap();
    weights[at..at + 2].copy_from_slice(&[0x00, 0x7E]);
    files.weights = weights.into();
    for compute in [Compute::F32, Compute::Int8] {
        if fast(compute, 1).is_some() {
            let error = FastEmbedder::from_files(&files, compute, 1).unwrap_err();
            assert!(error.to_string().contains("not finite"), "{error}");
        }
    }
}

/// Half the size and hardly a difference: this is the measure behind that form.
#[test]
fn weights_of_bytes_keep_the_vectors() {
    let mut files = bundled_model().unwrap().encoder;
    let corpus = corpus();
    let texts: Vec<&str> = corpus.iter().map(String::as_str).collect();
    let expected = reference().embed(&texts).unwrap();
    let narrow = with_byte_rows(&files.weights).unwrap();
    assert!(narrow.len() <= files.weights.len());
    files.weights = narrow.into();
    let slow = BertEmbedder::from_files(&files, 0)
        .unwrap()
        .embed(&texts)
        .unwrap();
    let cosines_to = |found: &Embeddings| cosines(found, &expected).into_iter().fold(1.0, f32::min);
    eprintln!("weights of bytes: least cosine {:.6}", cosines_to(&slow));
    assert!(cosines_to(&slow) > 0.999);
    if fast(Compute::F32, 1).is_some() {
        let found = FastEmbedder::from_files(&files, Compute::F32, 0).unwrap();
        let found = found.embed(&texts).unwrap();
        assert!(
            cosines(&found, &slow)
                .into_iter()
                .all(|cosine| cosine > 0.99999)
        );
    }
}
