//! The encoder against stored vectors of sentence-transformers, and against itself in other batches.
//!
//! The vectors in `fixtures/parity.json` were made from the bundled encoder's own weights with (all
//! tensors widened to 32 bits, those of bytes as `(byte - 128) * scale`):
//! ```python
//! from sentence_transformers import SentenceTransformer, models
//! word = models.Transformer("encoder", max_seq_length=256)   # config.json, tokenizer files, model.safetensors
//! model = SentenceTransformer(modules=[word, models.Pooling(384, "mean"), models.Normalize()], device="cpu")
//! vectors = model.encode(texts)
//! ```

use ecq::classify::bundled_model;
use ecq::embed::{BertEmbedder, Embedder, Embeddings, similarity};
use serde::Deserialize;

#[derive(Deserialize)]
struct Parity {
    encoder_sha256: String,
    texts: Vec<String>,
    vectors: Vec<Vec<f32>>,
}

fn parity() -> Parity {
    serde_json::from_str(&std::fs::read_to_string("tests/fixtures/parity.json").unwrap()).unwrap()
}

fn embed(texts: &[&str], n_threads: usize) -> Embeddings {
    let mut model = bundled_model().unwrap();
    // The stored vectors are of texts as they are, names and all.
    model.encoder.lexicon = None;
    BertEmbedder::from_files(&model.encoder, n_threads)
        .unwrap()
        .embed(texts)
        .unwrap()
}

#[test]
fn vectors_equal_those_of_sentence_transformers() {
    let parity = parity();
    let model = bundled_model().unwrap();
    let recorded = model
        .manifest
        .files
        .iter()
        .find(|file| file.name == "encoder.safetensors")
        .unwrap();
    assert_eq!(
        recorded.sha256, parity.encoder_sha256,
        "the vectors are of another encoder: make them anew"
    );
    let texts: Vec<&str> = parity.texts.iter().map(String::as_str).collect();
    assert!(texts.len() >= 12);
    let found = embed(&texts, 0);
    for (idx, expected) in parity.vectors.iter().enumerate() {
        let cosine = similarity(found.row(idx), expected);
        assert!(cosine >= 0.9999, "{}: {cosine}", texts[idx]);
    }
}

#[test]
fn a_vector_does_not_depend_on_its_batch() {
    let parity = parity();
    let texts: Vec<&str> = parity.texts.iter().map(String::as_str).collect();
    let together = embed(&texts, 2);
    let reversed: Vec<&str> = texts.iter().rev().copied().collect();
    let backwards = embed(&reversed, 1);
    for (idx, text) in texts.iter().enumerate() {
        let alone = embed(&[text], 1);
        for other in [alone.row(0), backwards.row(texts.len() - 1 - idx)] {
            let gap = together
                .row(idx)
                .iter()
                .zip(other)
                .map(|(a, b)| (a - b).abs())
                .fold(0.0, f32::max);
            assert!(gap < 2e-6, "{text}: {gap}");
        }
    }
}

#[test]
fn a_long_text_is_cut_and_says_so() {
    let long = "The office closed the account. ".repeat(120);
    let found = embed(&["short", &long], 0);
    assert_eq!(found.truncated.len(), 1);
    let (idx, n_tokens) = found.truncated[0];
    assert!(idx == 1 && n_tokens > 700, "{idx} {n_tokens}");
}
