//! The encoder as a peer of `benches/peers/run.py`: `peer COMPUTE THREADS PASSAGES VECTORS`.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    reason = "a program for measuring: it reads passages, answers lines and writes vectors"
)]

use std::error::Error;
use std::io::BufRead;

use ecq::classify::bundled_model;
use ecq::embed::{Compute, PassageTokenizer, open_encoder};

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [compute, threads, passages, out] = args.as_slice() else {
        // `cargo bench` starts every bench; this one measures nothing by itself.
        println!("peer is started by benches/peers/run.py");
        return Ok(());
    };
    let compute = Compute::ALL
        .into_iter()
        .find(|known| known.name() == compute)
        .ok_or("unknown arithmetic")?;
    let texts: Vec<String> = serde_json::from_slice(&std::fs::read(passages)?)?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let mut model = bundled_model()?;
    // The peers read texts as they are.
    model.encoder.lexicon = None;
    let embedder = open_encoder(&model.encoder, compute, threads.parse()?)?;
    let tokenizer = PassageTokenizer::from_bytes(&model.encoder.tokenizer, embedder.max_tokens())?;
    let mut n_tokens = 0;
    for text in &texts {
        n_tokens += tokenizer.ids(text)?.ids.len();
    }
    println!("{n_tokens}");
    let mut vectors = Vec::new();
    for line in std::io::stdin().lock().lines() {
        line?;
        vectors = embedder.embed(&texts)?.rows;
        println!("done");
    }
    let bytes: Vec<u8> = vectors.iter().flat_map(|v| v.to_le_bytes()).collect();
    std::fs::write(out, bytes)?;
    Ok(())
}
