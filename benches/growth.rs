//! Time and memory a packet as packets grow in number: `cargo bench --bench growth [MOST]`.
#![allow(
    missing_docs,
    clippy::disallowed_methods,
    clippy::print_stdout,
    clippy::unwrap_used,
    reason = "a program for measuring: it prints a table and stops at the first fault"
)]

use std::time::Instant;

use ecq::analysis::{Toolkit, analyze};
use ecq::classify::bundled_model;
use ecq::codebook::builtin;
use ecq::document::parse;
use ecq::report::{DocumentName, report};

/// The largest resident set so far, in MiB; nothing where the system does not tell.
fn peak_mib() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace()
        .nth(1)?
        .parse::<u64>()
        .ok()
        .map(|kib| kib / 1024)
}

fn main() {
    let most = std::env::args()
        .find_map(|arg| arg.parse().ok())
        .unwrap_or(1000);
    let packet = std::fs::read_to_string("corpus/samples/packet.txt").unwrap();
    let start = Instant::now();
    let codebook = builtin("opm-2006").unwrap().clone();
    let toolkit = Toolkit::new(codebook, &bundled_model().unwrap(), 0).unwrap();
    println!(
        "start {:.3} s, peak {:?} MiB",
        start.elapsed().as_secs_f64(),
        peak_mib()
    );
    println!(
        "{:>8}{:>12}{:>14}{:>12}",
        "packets", "seconds", "ms a packet", "peak MiB"
    );
    for n_packets in [1, 10, 100, 1000].into_iter().filter(|n| *n <= most) {
        let start = Instant::now();
        for idx in 0..n_packets {
            // No two packets are alike, so that nothing can be kept from one to the next.
            let text = packet.replace(" the ", &format!(" the {idx} "));
            let document = parse(text.as_bytes(), Some("txt")).unwrap();
            let name = DocumentName::new(format!("{idx}.txt"), text.as_bytes());
            let report = report(&analyze(document, &toolkit).unwrap(), &toolkit, &name);
            assert!(!report.to_json().is_empty());
        }
        let seconds = start.elapsed().as_secs_f64();
        let peak = peak_mib().map_or_else(|| "-".to_owned(), |mib| mib.to_string());
        println!(
            "{n_packets:>8}{seconds:>12.2}{:>14.1}{peak:>12}",
            1e3 * seconds / f64::from(n_packets)
        );
    }
}
