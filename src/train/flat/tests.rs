//! The flat form against candle's automatic gradients and against finite differences.

use std::collections::BTreeMap;

use candle_core::{Device, Tensor, Var};

use super::{FlatEngine, example};
use crate::classify::LabelSpace;
use crate::embed::BertConfig;
use crate::train::bert::Weights;
use crate::train::config::{GroupWeights, TrainConfig};
use crate::train::data::TrainSet;
use crate::train::flat::layout::Layout;
use crate::train::flat::ops::Dropout;
use crate::train::flat::worker::Worker;
use crate::train::optim::AdamW;
use crate::train::random::Random;
use crate::train::step::{Engine, Run};
use crate::train::tensors::TensorEngine;

fn encoder() -> BertConfig {
    BertConfig {
        vocab_size: 30,
        hidden_size: 24,
        num_hidden_layers: 2,
        num_attention_heads: 3,
        intermediate_size: 40,
        hidden_act: "gelu".to_owned(),
        max_position_embeddings: 30,
        type_vocab_size: 2,
        layer_norm_eps: 1e-12,
        pad_token_id: 0,
        model_type: None,
        position_embedding_type: None,
    }
}

fn space() -> LabelSpace {
    LabelSpace {
        competencies: vec!["a".into(), "b".into()],
        key_characteristics: vec!["k".into()],
        opm_2025: vec!["x".into()],
        ccar: vec!["action".into()],
    }
}

fn config() -> TrainConfig {
    TrainConfig {
        id: "tiny".into(),
        version: "1".into(),
        base: "test/tiny".into(),
        base_sha256: String::new(),
        seed: 5,
        average_with: Vec::new(),
        share: 1.0,
        calibration: Vec::new(),
        matcher: Vec::new(),
        epochs: 1,
        batch_size: 5,
        max_tokens: 30,
        encoder_learning_rate: 1e-3,
        layer_decay: 0.9,
        head_learning_rate: 1e-2,
        warmup: 0.1,
        final_rate: 0.1,
        weight_decay: 0.01,
        dropout: 0.0,
        max_gradient_norm: 5.0,
        label_smoothing: 0.1,
        train_word_embeddings: true,
        freeze_layers: 0,
        neutral: false,
        loss: GroupWeights {
            demonstrated: 1.0,
            asserted: 0.5,
            key_characteristics: 0.7,
            opm_2025: 0.3,
            ccar: 0.2,
        },
        files: Vec::new(),
        dev: Vec::new(),
    }
}

/// Passages of 2 to 27 tokens, so that batches are ragged.
fn data() -> TrainSet {
    let k = space().n_outputs();
    let lengths = [9, 2, 27, 14, 3];
    let mut random = Random::new(1, 1);
    TrainSet {
        texts: lengths.iter().map(|t| format!("{t} tokens")).collect(),
        ids: lengths
            .iter()
            .map(|&t| {
                (0..t)
                    .map(|_| u32::try_from(random.below(30)).unwrap())
                    .collect()
            })
            .collect(),
        targets: (0..lengths.len() * k)
            .map(|at| f32::from(u8::from(at % 3 == 0)))
            .collect(),
        mask: (0..lengths.len() * k)
            .map(|at| f32::from(u8::from(at % 5 != 1)))
            .collect(),
        repeat: vec![1; lengths.len()],
        lexicon: None,
        digests: BTreeMap::new(),
    }
}

fn weights(layout: &Layout) -> Weights {
    let mut random = Random::new(2, 2);
    let vars = layout
        .places
        .iter()
        .map(|place| {
            let center = f64::from(u8::from(place.name.ends_with("LayerNorm.weight")));
            #[allow(clippy::cast_possible_truncation, reason = "weights are 32-bit floats")]
            let values: Vec<f32> = place
                .range
                .clone()
                .map(|_| (center + 0.3 * random.normal()) as f32)
                .collect();
            let tensor = Tensor::from_vec(values, &place.shape[..], &Device::Cpu).unwrap();
            (place.name.clone(), Var::from_tensor(&tensor).unwrap())
        })
        .collect();
    Weights {
        vars,
        train_words: true,
        freeze_layers: 0,
    }
}

fn norm(values: impl Iterator<Item = f32>) -> f32 {
    values.map(|x| x * x).sum::<f32>().sqrt()
}

/// Loss and every gradient of both forms; then both take a step, and the weights are compared too.
fn compare(config: &TrainConfig, n_workers: usize) {
    let (encoder, data) = (encoder(), data());
    let run = Run::new(config, &encoder, &space(), &data).unwrap();
    let layout = Layout::new(
        &encoder,
        run.n_outputs,
        config.freeze_layers,
        config.train_word_embeddings,
    );
    let mut weights = weights(&layout);
    weights.train_words = config.train_word_embeddings;
    weights.freeze_layers = config.freeze_layers;
    let mut flat = FlatEngine::new(&run, n_workers, weights.clone(), &AdamW::default()).unwrap();
    let mut tensors = TensorEngine::new(&run, &Device::Cpu, weights, AdamW::default());
    let batch = [3, 0, 4, 2, 1];
    // The second round reads buffers that the first has filled.
    for n_passages in [5, 4] {
        let batch = &batch[..n_passages];
        let (loss, length) = flat.gradients(0, batch).unwrap();
        let (expected_loss, expected_length) = tensors.gradients(0, batch).unwrap();
        assert!(
            (loss - expected_loss).abs() < 1e-5 * expected_loss,
            "{loss} {expected_loss}"
        );
        assert!((length - expected_length).abs() < 1e-4 * expected_length);
        for place in &layout.places {
            let found = &flat.workers[0].gradient;
            let Some(expected) = tensors.gradients.get(&place.name) else {
                assert!(
                    place.range.end > layout.trained.end
                        || place.range.start < layout.trained.start,
                    "{} has no reference",
                    place.name
                );
                continue;
            };
            let found = &found[place.range.clone()];
            let gap = norm(found.iter().zip(expected).map(|(a, b)| a - b));
            // The true gradient of a key bias is zero, so only its size against the others' counts.
            let size = norm(expected.iter().copied()).max(1e-2);
            assert!(gap < 1e-4 * size, "{}: {gap} of {size}", place.name);
        }
    }
    flat.update(0.1, 0.5).unwrap();
    tensors.update(0.1, 0.5).unwrap();
    let ((flat, _), (tensors, _)) = (flat.state().unwrap(), tensors.state().unwrap());
    for (name, var) in &tensors.vars {
        // Where a gradient is only rounding, the first step of AdamW is its sign.
        if name.ends_with("key.bias") {
            continue;
        }
        let values = |var: &Var| var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let (found, expected) = (values(&flat.vars[name]), values(var));
        let n_far = found
            .iter()
            .zip(&expected)
            .filter(|&(a, b)| (a - b).abs() > 1e-5)
            .count();
        assert!(n_far * 200 <= found.len(), "{name}: {n_far} weights differ");
    }
}

#[test]
fn both_forms_give_one_loss_one_gradient_and_one_step() {
    compare(&config(), 1);
    compare(&config(), 3);
    compare(
        &TrainConfig {
            train_word_embeddings: false,
            ..config()
        },
        2,
    );
}

#[test]
fn both_forms_freeze_the_same_layers() {
    for freeze_layers in [1, 2] {
        let config = TrainConfig {
            freeze_layers,
            ..config()
        };
        compare(&config, 2);
    }
}

#[test]
fn frozen_weights_stay_and_others_move() {
    let config = TrainConfig {
        freeze_layers: 1,
        dropout: 0.1,
        ..config()
    };
    let (encoder, data) = (encoder(), data());
    let run = Run::new(&config, &encoder, &space(), &data).unwrap();
    let layout = Layout::new(&encoder, run.n_outputs, 1, true);
    let start = weights(&layout);
    let mut flat = FlatEngine::new(&run, 2, start.clone(), &AdamW::default()).unwrap();
    flat.gradients(0, &[0, 1, 2]).unwrap();
    flat.update(1.0, 1.0).unwrap();
    let (end, _) = flat.state().unwrap();
    for (name, var) in &start.vars {
        let values = |var: &Var| var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let is_frozen = name.starts_with("embeddings.") || name.starts_with("encoder.layer.0.");
        assert_eq!(values(var) == values(&end.vars[name]), is_frozen, "{name}");
    }
}

#[test]
fn gradients_with_dropout_equal_finite_differences() {
    let (encoder, data, config) = (encoder(), data(), config());
    let run = Run::new(&config, &encoder, &space(), &data).unwrap();
    let layout = Layout::new(&encoder, run.n_outputs, 0, true);
    let mut values = vec![0.0; layout.len()];
    let start = weights(&layout);
    for place in &layout.places {
        let tensor = start.vars[&place.name].flatten_all().unwrap();
        values[place.range.clone()].copy_from_slice(&tensor.to_vec1::<f32>().unwrap());
    }
    let examples = [2, 0, 1].map(|idx| example(&run, idx));
    let mut worker = Worker::default();
    let mut at = |values: &[f32]| {
        let dropout = Dropout::new(0.3, 9);
        let loss = worker.run(&encoder, &layout, values, &examples, dropout);
        (loss, worker.gradient.clone())
    };
    let (_, gradient) = at(&values);
    for place in &layout.places {
        let largest = place
            .range
            .clone()
            .max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs()))
            .unwrap();
        assert!(
            place.name.ends_with("key.bias") || gradient[largest].abs() > 1e-4,
            "{} has a gradient of zeros",
            place.name
        );
        for idx in [largest, place.range.start.midpoint(place.range.end)] {
            let value = values[idx];
            let mut moved = |step: f32| {
                values[idx] = value + step;
                at(&values).0
            };
            let expected = (moved(2e-3) - moved(-2e-3)) / 4e-3;
            values[idx] = value;
            let found = f64::from(gradient[idx]);
            assert!(
                (found - expected).abs() < 0.01 + 0.01 * expected.abs(),
                "{}[{}]: {found} {expected}",
                place.name,
                idx - place.range.start
            );
        }
    }
}

#[test]
fn an_unfit_passage_is_refused() {
    let (encoder, config) = (encoder(), config());
    for ids in [Vec::new(), vec![30], vec![1; 31]] {
        let mut data = data();
        data.ids[1] = ids;
        let error = Run::new(&config, &encoder, &space(), &data).unwrap_err();
        assert!(error.to_string().contains("passage 2"), "{error}");
    }
}
