//! Every stage of an analysis on named inputs: `cargo bench --bench stages`.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::unwrap_used,
    reason = "a bench stops at the first fault"
)]

use std::sync::LazyLock;

use divan::Bencher;
use divan::counter::{BytesCount, ItemsCount};
use ecq::analysis::{Toolkit, analyze};
use ecq::classify::{Classifier, ModelFiles, bundled_model};
use ecq::codebook::{EcqKind, builtin};
use ecq::document::{Document, parse};
use ecq::embed::{Compute, PassageTokenizer, open_encoder};
use ecq::passage::section::{SectionTitle, sections};
use ecq::passage::{PassageConfig, passages};
use ecq::report::{DocumentName, Palette, TerminalOptions, render_terminal, report};

/// The sample packet in its formats: some ten pages.
const PACKETS: [&str; 3] = ["packet.txt", "packet.docx", "packet.pdf"];

static MODEL: LazyLock<ModelFiles<'static>> = LazyLock::new(|| bundled_model().unwrap());

fn main() {
    divan::main();
}

fn bytes(name: &str) -> Vec<u8> {
    std::fs::read(format!("corpus/samples/{name}")).unwrap()
}

fn document(name: &str) -> Document {
    parse(&bytes(name), name.rsplit('.').next()).unwrap()
}

fn titles() -> Vec<SectionTitle> {
    let codebook = builtin("opm-2006").unwrap();
    let ecqs = codebook.ecqs().iter();
    ecqs.filter(|ecq| ecq.kind() == EcqKind::Ecq)
        .map(|ecq| SectionTitle {
            edition: codebook.id().to_owned(),
            ecq: ecq.id().to_owned(),
            names: ecq.names().map(str::to_owned).collect(),
        })
        .collect()
}

fn texts() -> Vec<String> {
    let document = document("packet.txt");
    let (sections, _) = sections(&document, &titles());
    let found = passages(&document, &sections, &PassageConfig::default());
    found.into_iter().map(|passage| passage.text).collect()
}

fn toolkit(compute: Compute, n_threads: usize) -> Toolkit {
    let codebook = builtin("opm-2006").unwrap().clone();
    Toolkit::with_compute(codebook, &MODEL, compute, n_threads).unwrap()
}

#[divan::bench(args = PACKETS)]
fn parse_document(bencher: Bencher<'_, '_>, name: &str) {
    let bytes = bytes(name);
    bencher
        .counter(BytesCount::new(bytes.len()))
        .bench(|| parse(&bytes, name.rsplit('.').next()).unwrap());
}

#[divan::bench]
fn cut_passages(bencher: Bencher<'_, '_>) {
    let (document, titles) = (document("packet.txt"), titles());
    bencher.bench(|| {
        let (sections, _) = sections(&document, &titles);
        passages(&document, &sections, &PassageConfig::default())
    });
}

#[divan::bench]
fn start_tokenizer() -> PassageTokenizer {
    PassageTokenizer::from_bytes(&MODEL.encoder.tokenizer, 256)
        .unwrap()
        .with_lexicon(MODEL.encoder.lexicon.clone())
}

#[divan::bench]
fn tokenize(bencher: Bencher<'_, '_>) {
    let (tokenizer, texts) = (start_tokenizer(), texts());
    bencher.counter(ItemsCount::new(texts.len())).bench(|| {
        texts
            .iter()
            .map(|t| tokenizer.ids(t).unwrap().ids.len())
            .sum::<usize>()
    });
}

#[divan::bench(args = Compute::ALL.map(Compute::name))]
fn start_encoder(bencher: Bencher<'_, '_>, compute: &str) {
    let compute = by_name(compute);
    bencher.bench(|| open_encoder(&MODEL.encoder, compute, 1).unwrap());
}

fn by_name(name: &str) -> Compute {
    Compute::ALL.into_iter().find(|c| c.name() == name).unwrap()
}

#[divan::bench(args = Compute::ALL.map(Compute::name), sample_count = 10)]
fn embed_on_one_thread(bencher: Bencher<'_, '_>, compute: &str) {
    let embedder = open_encoder(&MODEL.encoder, by_name(compute), 1).unwrap();
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    bencher
        .counter(ItemsCount::new(texts.len()))
        .bench(|| embedder.embed(&texts).unwrap());
}

#[divan::bench]
fn heads(bencher: Bencher<'_, '_>) {
    let embedder = open_encoder(&MODEL.encoder, Compute::default(), 0).unwrap();
    let texts = texts();
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let embeddings = embedder.embed(&texts).unwrap();
    let classifier = Classifier::new(MODEL.head.clone(), &MODEL.manifest).unwrap();
    bencher
        .counter(ItemsCount::new(texts.len()))
        .bench(|| classifier.classify(&embeddings));
}

#[divan::bench]
fn build_and_render_report(bencher: Bencher<'_, '_>) {
    let toolkit = toolkit(Compute::default(), 0);
    let analysis = analyze(document("packet.txt"), &toolkit).unwrap();
    let name = DocumentName::new("packet.txt", &bytes("packet.txt"));
    let options = TerminalOptions {
        width: 100,
        palette: Palette::default(),
        quote_chars: 160,
    };
    bencher.bench(|| {
        let report = report(&analysis, &toolkit, &name);
        (report.to_json(), render_terminal(&report, &options))
    });
}

#[divan::bench(args = Compute::ALL.map(Compute::name), sample_count = 10)]
fn whole_packet(bencher: Bencher<'_, '_>, compute: &str) {
    let toolkit = toolkit(by_name(compute), 0);
    bencher
        .with_inputs(|| document("packet.docx"))
        .bench_values(|document| analyze(document, &toolkit).unwrap());
}
