#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_precision_loss,
    reason = "small made-up numbers"
)]
//! Training: gradients reach every tensor, the training form equals the reader's, a stopped run goes on.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use candle_core::{Device, Tensor, Var};
use ecq::classify::{LabelSpace, bundled_model};
use ecq::embed::{BertConfig, BertEmbedder, Embedder, PassageTokenizer, similarity};
use ecq::train::{
    Dropout, GroupWeights, TrainConfig, TrainSet, Weights, binary_cross_entropy, embed, fit,
    forward,
};

use crate::support::folder;

fn tiny() -> BertConfig {
    BertConfig {
        vocab_size: 30,
        hidden_size: 8,
        num_hidden_layers: 2,
        num_attention_heads: 2,
        intermediate_size: 16,
        hidden_act: "gelu".to_owned(),
        max_position_embeddings: 12,
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

/// Weights of a tiny encoder in the bytes of a safetensors file, the same at every call.
fn tiny_bytes(config: &BertConfig) -> Vec<u8> {
    let d = config.hidden_size;
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        (
            "embeddings.word_embeddings.weight".into(),
            vec![config.vocab_size, d],
        ),
        (
            "embeddings.position_embeddings.weight".into(),
            vec![config.max_position_embeddings, d],
        ),
        (
            "embeddings.token_type_embeddings.weight".into(),
            vec![config.type_vocab_size, d],
        ),
        ("embeddings.LayerNorm.weight".into(), vec![d]),
        ("embeddings.LayerNorm.bias".into(), vec![d]),
    ];
    for layer in 0..config.num_hidden_layers {
        let at = |name: &str| format!("encoder.layer.{layer}.{name}");
        for name in [
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
        ] {
            shapes.push((at(&format!("{name}.weight")), vec![d, d]));
            shapes.push((at(&format!("{name}.bias")), vec![d]));
        }
        shapes.push((
            at("intermediate.dense.weight"),
            vec![config.intermediate_size, d],
        ));
        shapes.push((
            at("intermediate.dense.bias"),
            vec![config.intermediate_size],
        ));
        shapes.push((at("output.dense.weight"), vec![d, config.intermediate_size]));
        shapes.push((at("output.dense.bias"), vec![d]));
        for name in ["attention.output.LayerNorm", "output.LayerNorm"] {
            shapes.push((at(&format!("{name}.weight")), vec![d]));
            shapes.push((at(&format!("{name}.bias")), vec![d]));
        }
    }
    let mut random = ecq::train::Random::new(3, 0);
    let tensors: HashMap<String, Tensor> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let n: usize = shape.iter().product();
            let center = if name.ends_with("LayerNorm.weight") {
                1.0
            } else {
                0.0
            };
            let values: Vec<f32> = (0..n)
                .map(|_| (center + 0.4 * random.normal()) as f32)
                .collect();
            (name, Tensor::from_vec(values, shape, &Device::Cpu).unwrap())
        })
        .collect();
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!(
        "tiny-{:?}.safetensors",
        std::thread::current().id()
    ));
    candle_core::safetensors::save(&tensors, &path).unwrap();
    #[allow(clippy::disallowed_methods, reason = "tests read what they wrote")]
    std::fs::read(path).unwrap()
}

fn loss(weights: &Weights, config: &BertConfig) -> Tensor {
    let input_ids = Tensor::new(&[[1_u32, 5, 9, 2], [1, 7, 2, 0]], &Device::Cpu).unwrap();
    let mask = Tensor::new(
        &[[1_f32, 1.0, 1.0, 1.0], [1.0, 1.0, 1.0, 0.0]],
        &Device::Cpu,
    )
    .unwrap();
    let logits = forward(weights, config, &input_ids, &mask, &mut Dropout::off()).unwrap();
    let targets: Vec<f32> = (0..logits.elem_count())
        .map(|i| f32::from(u8::from(i % 3 == 0)))
        .collect();
    let targets = Tensor::from_vec(targets, logits.dims(), &Device::Cpu).unwrap();
    binary_cross_entropy(&logits, &targets)
        .unwrap()
        .sum_all()
        .unwrap()
}

#[test]
fn every_tensor_gets_the_gradient_that_finite_differences_give() {
    let config = tiny();
    let weights = Weights::from_base(
        &tiny_bytes(&config),
        &config,
        space().n_outputs(),
        1,
        &Device::Cpu,
    )
    .unwrap();
    assert_eq!(weights.vars.len(), 5 + 2 * 16 + 2);
    let gradients = loss(&weights, &config).backward().unwrap();
    for (name, var) in &weights.vars {
        let gradient = gradients
            .get(var)
            .unwrap_or_else(|| panic!("no gradient reaches {name}"))
            .flatten_all()
            .unwrap()
            .to_vec1::<f32>()
            .unwrap();
        let values = var.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        // The key bias moves all scores of a query alike, so its true gradient is zero.
        let is_key_bias = name.ends_with("key.bias");
        assert!(
            is_key_bias || gradient.iter().any(|g| g.abs() > 1e-5),
            "{name} has a gradient of zeros"
        );
        let largest = (0..gradient.len())
            .max_by(|&a, &b| gradient[a].abs().total_cmp(&gradient[b].abs()))
            .unwrap();
        for idx in [largest, gradient.len() / 2] {
            let at = |step: f32| {
                let mut moved = values.clone();
                moved[idx] += step;
                var.set(&Tensor::from_vec(moved, var.dims(), &Device::Cpu).unwrap())
                    .unwrap();
                loss(&weights, &config).to_scalar::<f32>().unwrap()
            };
            let expected = (at(4e-3) - at(-4e-3)) / 8e-3;
            var.set(&Tensor::from_vec(values.clone(), var.dims(), &Device::Cpu).unwrap())
                .unwrap();
            let gap = (gradient[idx] - expected).abs();
            assert!(
                gap < 0.02 + 0.02 * expected.abs(),
                "{name}[{idx}]: {} {expected}",
                gradient[idx]
            );
        }
    }
}

#[test]
fn the_training_form_equals_the_readers() {
    let model = bundled_model().unwrap();
    let embedder = BertEmbedder::from_files(&model.encoder, 0).unwrap();
    let config: BertConfig = serde_json::from_slice(&model.encoder.config).unwrap();
    let weights = Weights::from_base(&model.encoder.weights, &config, 1, 0, &Device::Cpu).unwrap();
    let tokenizer = PassageTokenizer::from_bytes(&model.encoder.tokenizer, 256).unwrap();
    for text in [
        "I closed two field offices.",
        "The Board had asked for a plan twice, and twice been given a list.",
    ] {
        let ids = tokenizer.ids(text).unwrap().ids;
        let t = ids.len();
        let input_ids = Tensor::from_vec(ids, (1, t), &Device::Cpu).unwrap();
        let mask = Tensor::ones((1, t), candle_core::DType::F32, &Device::Cpu).unwrap();
        let trained = embed(&weights, &config, &input_ids, &mask, &mut Dropout::off()).unwrap();
        let trained = trained.flatten_all().unwrap().to_vec1::<f32>().unwrap();
        let read = embedder.embed(&[text]).unwrap();
        let cosine = similarity(&trained, read.row(0));
        assert!(cosine > 0.99999, "{text}: {cosine}");
    }
}

fn train_config() -> TrainConfig {
    TrainConfig {
        share: 1.0,
        calibration: Vec::new(),
        matcher: Vec::new(),
        id: "tiny".into(),
        version: "1".into(),
        base: "test/tiny".into(),
        base_sha256: String::new(),
        seed: 5,
        average_with: Vec::new(),
        epochs: 40,
        batch_size: 2,
        max_tokens: 12,
        encoder_learning_rate: 1e-3,
        layer_decay: 0.9,
        head_learning_rate: 1e-2,
        warmup: 0.1,
        final_rate: 0.1,
        weight_decay: 0.01,
        dropout: 0.1,
        max_gradient_norm: 5.0,
        label_smoothing: 0.0,
        train_word_embeddings: true,
        freeze_layers: 0,
        neutral: false,
        loss: GroupWeights {
            demonstrated: 1.0,
            asserted: 0.5,
            key_characteristics: 0.5,
            opm_2025: 0.5,
            ccar: 0.5,
        },
        files: Vec::new(),
        dev: Vec::new(),
    }
}

fn train_set() -> TrainSet {
    let k = space().n_outputs();
    let n = 8;
    TrainSet {
        texts: (0..n).map(|i| format!("text {i}")).collect(),
        ids: (0..n as u32)
            .map(|i| vec![1, 3 + i % 4, 9 + i % 2, 2])
            .collect(),
        // The first output follows the third token, so there is something to learn.
        targets: (0..n * k)
            .map(|at| f32::from(u8::from(at % k == 0 && (at / k).is_multiple_of(2))))
            .collect(),
        mask: vec![1.0; n * k],
        repeat: vec![1; n],
        lexicon: None,
        digests: BTreeMap::new(),
    }
}

fn values(weights: &Weights) -> Vec<Vec<f32>> {
    weights
        .vars
        .values()
        .map(|var: &Var| var.flatten_all().unwrap().to_vec1::<f32>().unwrap())
        .collect()
}

#[test]
fn a_run_learns_and_a_stopped_run_ends_with_the_same_weights() {
    let (config, encoder, data) = (train_config(), tiny(), train_set());
    let base = tiny_bytes(&encoder);
    let mut losses = Vec::new();
    let whole = fit(
        &config,
        &encoder,
        &space(),
        &base,
        &data,
        &Device::Cpu,
        None,
        |at| losses.push(at.loss),
    )
    .unwrap();
    let mean = |part: &[f64]| part.iter().sum::<f64>() / part.len() as f64;
    assert_eq!(losses.len(), 160);
    assert!(
        mean(&losses[140..]) < 0.6 * mean(&losses[..20]),
        "{losses:?}"
    );

    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("checkpoint");
    let _ = std::fs::remove_dir_all(&dir);
    let stopped = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        fit(
            &config,
            &encoder,
            &space(),
            &base,
            &data,
            &Device::Cpu,
            Some(&dir),
            |at| {
                assert!(at.step < 130, "stopped here on purpose");
            },
        )
    }));
    assert!(stopped.is_err());
    let mut first_step = None;
    let resumed = fit(
        &config,
        &encoder,
        &space(),
        &base,
        &data,
        &Device::Cpu,
        Some(&dir),
        |at| {
            first_step.get_or_insert(at.step);
        },
    )
    .unwrap();
    assert_eq!(first_step, Some(101));
    assert_eq!(values(&whole), values(&resumed));
}

#[test]
fn runs_of_several_seeds_end_in_the_mean_of_their_weights() {
    let (encoder, data) = (tiny(), train_set());
    let base = tiny_bytes(&encoder);
    let dir = folder("seeds");
    let run = |seed: u64, average_with: Vec<u64>, dir: Option<&Path>| {
        let config = TrainConfig {
            seed,
            average_with,
            epochs: 5,
            ..train_config()
        };
        let mut steps = Vec::new();
        let weights = fit(
            &config,
            &encoder,
            &space(),
            &base,
            &data,
            &Device::Cpu,
            dir,
            |at| steps.push((at.step, at.n_steps)),
        )
        .unwrap();
        (values(&weights), steps)
    };
    let (first, second) = (run(5, vec![], None).0, run(6, vec![], None).0);
    assert_ne!(first, second);
    let (both, steps) = run(5, vec![6], Some(&dir));
    assert_eq!((steps[0], steps.last()), ((1, 40), Some(&(40, 40))));
    for ((a, b), mean) in first.iter().zip(&second).zip(&both) {
        for ((a, b), mean) in a.iter().zip(b).zip(mean) {
            assert!((0.5 * (a + b) - mean).abs() < 1e-6, "{mean} of {a} and {b}");
        }
    }
    // Both runs are done, so nothing is trained again.
    let (again, steps) = run(5, vec![6], Some(&dir));
    assert!(steps.is_empty());
    assert_eq!(again, both);
}
