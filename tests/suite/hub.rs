//! `ecq model pull` and `ecq train --base ORG/NAME` against a hub served on loopback.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;

use ecq::classify::sha256_hex;
use safetensors::tensor::{Dtype, TensorView};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

/// A hub with one repository, `test/tiny`, whose large file carries the given entity tag.
fn serve(files: BTreeMap<&'static str, (Vec<u8>, String)>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let files = Arc::new(files);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let files = Arc::clone(&files);
            std::thread::spawn(move || answer(stream, &files));
        }
    });
    address
}

fn answer(stream: TcpStream, files: &BTreeMap<&'static str, (Vec<u8>, String)>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut stream = stream;
    let mut first = String::new();
    if reader.read_line(&mut first).unwrap_or(0) == 0 {
        return;
    }
    let mut range = None;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line).unwrap_or(0) == 0 || line.trim().is_empty() {
            break;
        }
        if let Some(value) = line.to_lowercase().strip_prefix("range: bytes=") {
            range = Some(value.trim().to_owned());
        }
    }
    let path = first.split(' ').nth(1).unwrap_or_default();
    let found = path
        .strip_prefix("/test/tiny/resolve/main/")
        .and_then(|file| files.get(file));
    let Some((bytes, etag)) = found else {
        let _ = stream
            .write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        return;
    };
    let (start, end) = match range.as_deref().and_then(|range| range.split_once('-')) {
        Some((start, end)) => (
            start.parse().unwrap_or(0),
            end.parse().map_or(bytes.len(), |end: usize| end + 1),
        ),
        None => (0, bytes.len()),
    };
    let (start, end) = (start.min(bytes.len()), end.min(bytes.len()));
    let head = format!(
        "HTTP/1.1 206 Partial Content\r\nContent-Length: {}\r\nContent-Range: bytes {start}-{}/{}\r\n\
         ETag: \"{etag}\"\r\nX-Repo-Commit: {COMMIT}\r\nConnection: close\r\n\r\n",
        end - start,
        end.saturating_sub(1),
        bytes.len()
    );
    let _ = stream.write_all(head.as_bytes());
    let _ = stream.write_all(&bytes[start..end]);
}

fn files(weights_tag: Option<String>) -> BTreeMap<&'static str, (Vec<u8>, String)> {
    let weights: Vec<u8> = (0..70_000_u32).flat_map(u32::to_le_bytes).collect();
    let tag = weights_tag.unwrap_or_else(|| sha256_hex(&weights));
    BTreeMap::from([
        (
            "config.json",
            (b"{\"model_type\":\"bert\"}".to_vec(), "c0ffee".to_owned()),
        ),
        ("tokenizer.json", (b"{}".to_vec(), "beef".to_owned())),
        ("model.safetensors", (weights, tag)),
    ])
}

fn pull(endpoint: &str, home: &PathBuf, extra: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(["model", "pull", "test/tiny", "--endpoint", endpoint])
        .args(extra)
        .env("HF_HOME", home)
        .env_remove("HTTP_PROXY")
        .env_remove("http_proxy")
        .env_remove("ALL_PROXY")
        .output()
        .unwrap()
}

fn fresh(name: &str) -> PathBuf {
    let dir = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&dir);
    std::fs::create_dir_all(&dir).unwrap();
    dir
}

#[test]
fn a_pull_fetches_checks_and_copies() {
    let home = fresh("hub-good");
    let endpoint = serve(files(None));
    let into = home.join("encoder");
    let output = pull(&endpoint, &home, &["--into", into.to_str().unwrap()]);
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let weights = std::fs::read(into.join("model.safetensors")).unwrap();
    assert_eq!(weights, files(None)["model.safetensors"].0);
    let printed = String::from_utf8(output.stdout).unwrap();
    assert!(printed.contains(&sha256_hex(&weights)), "{printed}");
    // The second pull needs no hub: everything lies in the cache.
    let again = pull(
        "http://127.0.0.1:9",
        &home,
        &["--into", home.join("again").to_str().unwrap()],
    );
    assert!(
        again.status.success(),
        "{}",
        String::from_utf8_lossy(&again.stderr)
    );
}

#[test]
fn other_bytes_than_promised_are_refused() {
    let home = fresh("hub-bad");
    let endpoint = serve(files(Some("ab".repeat(32))));
    let output = pull(&endpoint, &home, &[]);
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("the hub promised abab"), "{message}");
}

#[test]
fn a_missing_file_and_a_bad_name_are_named() {
    let home = fresh("hub-missing");
    let mut served = files(None);
    served.remove("tokenizer.json");
    let output = pull(&serve(served), &home, &[]);
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("test/tiny: tokenizer.json")
    );
    let output = Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(["model", "pull", "no-slash"])
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(
        String::from_utf8(output.stderr)
            .unwrap()
            .contains("expected org/name")
    );
}

/// An encoder of one layer with made-up weights, under the names that BERT with its language head was published with.
fn tiny_encoder() -> BTreeMap<&'static str, (Vec<u8>, String)> {
    let (words, d, inner, positions) = (30_522, 32, 64, 256);
    let config = serde_json::json!({
        "model_type": "bert", "vocab_size": words, "hidden_size": d, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": inner, "hidden_act": "gelu",
        "max_position_embeddings": positions, "type_vocab_size": 2, "layer_norm_eps": 1e-12,
    });
    let mut shapes: Vec<(String, Vec<usize>)> = vec![
        (
            "bert.embeddings.word_embeddings.weight".to_owned(),
            vec![words, d],
        ),
        (
            "bert.embeddings.position_embeddings.weight".to_owned(),
            vec![positions, d],
        ),
        (
            "bert.embeddings.token_type_embeddings.weight".to_owned(),
            vec![2, d],
        ),
        ("cls.predictions.bias".to_owned(), vec![words]),
    ];
    let layer = "bert.encoder.layer.0";
    for norm in [
        "bert.embeddings".to_owned(),
        format!("{layer}.attention.output"),
        format!("{layer}.output"),
    ] {
        shapes.push((format!("{norm}.LayerNorm.gamma"), vec![d]));
        shapes.push((format!("{norm}.LayerNorm.beta"), vec![d]));
    }
    for (part, out, input) in [
        ("attention.self.query", d, d),
        ("attention.self.key", d, d),
        ("attention.self.value", d, d),
        ("attention.output.dense", d, d),
        ("intermediate.dense", inner, d),
        ("output.dense", d, inner),
    ] {
        shapes.push((format!("{layer}.{part}.weight"), vec![out, input]));
        shapes.push((format!("{layer}.{part}.bias"), vec![out]));
    }
    let mut state = 1_u32;
    let tensors: Vec<(String, Vec<usize>, Vec<u8>)> = shapes
        .into_iter()
        .map(|(name, shape)| {
            let middle = if name.ends_with("gamma") { 1.0 } else { 0.0 };
            let bytes = (0..shape.iter().product())
                .flat_map(|_| {
                    state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                    let noise = f32::from((state >> 16) as u16) / 65_536.0 - 0.5;
                    (middle + 0.2 * noise).to_le_bytes()
                })
                .collect();
            (name, shape, bytes)
        })
        .collect();
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap();
        (name.as_str(), view)
    });
    let weights = safetensors::serialize(views, None).unwrap();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let tokenizer = std::fs::read(root.join("models/default/tokenizer.json")).unwrap();
    let tag = sha256_hex(&weights);
    BTreeMap::from([
        (
            "config.json",
            (config.to_string().into_bytes(), "c0ffee".to_owned()),
        ),
        ("tokenizer.json", (tokenizer, "beef".to_owned())),
        ("model.safetensors", (weights, tag)),
    ])
}

#[test]
fn another_base_is_fetched_by_name_and_trained_like_the_shipped_one() {
    let home = fresh("hub-train");
    let files = tiny_encoder();
    let sha256 = files["model.safetensors"].1.clone();
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
    let mut config: toml::Table = std::fs::read_to_string(root.join("models/train.toml"))
        .unwrap()
        .parse()
        .unwrap();
    let mut set = |key: &str, value: toml::Value| config.insert(key.to_owned(), value);
    set("id", "ecq-tiny".into());
    set("base", "test/tiny".into());
    set("base_sha256", sha256.into());
    set("epochs", 1.into());
    set("dev", vec!["dev/flat"].into());
    let file = toml::Table::from_iter([
        ("path".to_owned(), "train/s23.jsonl".into()),
        ("repeat".to_owned(), 1.into()),
    ]);
    set("files", vec![toml::Value::Table(file)].into());
    let config_path = home.join("train.toml");
    std::fs::write(&config_path, config.to_string()).unwrap();
    let model = home.join("model");
    let endpoint = serve(files);
    let run = |args: &[&str]| {
        let output = Command::new(env!("CARGO_BIN_EXE_ecq"))
            .args(args)
            .current_dir(&root)
            .env("HF_HOME", &home)
            .env_remove("HTTP_PROXY")
            .env_remove("http_proxy")
            .env_remove("ALL_PROXY")
            .output()
            .unwrap();
        let message = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{args:?}: {message}");
        String::from_utf8(output.stdout).unwrap()
    };
    let (config, out) = (config_path.to_str().unwrap(), model.to_str().unwrap());
    run(&[
        "train",
        "--base",
        "test/tiny",
        "--endpoint",
        &endpoint,
        "--config",
        config,
        "--out",
        out,
    ]);
    assert!(run(&["model", "verify", out]).contains("ecq-tiny"));
    // What was trained is a reader like any other, on the fast kernels too.
    let report = run(&[
        "analyze",
        "corpus/samples/packet.txt",
        "--model",
        out,
        "--format",
        "json",
    ]);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    assert_eq!(report["model"]["id"], "ecq-tiny");
}

#[test]
fn a_base_that_is_neither_here_nor_a_name_is_refused() {
    let output = Command::new(env!("CARGO_BIN_EXE_ecq"))
        .args(["train", "--base", "./nowhere", "--out", "nothing"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(message.contains("./nowhere is no directory"), "{message}");
}
