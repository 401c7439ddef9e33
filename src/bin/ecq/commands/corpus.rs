//! `ecq corpus`: whether the annotated passages are fit for use, and examples out of them.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::path::Path;

use anyhow::Result;
use ecq::dataset::{
    CheckOptions, CorpusCheck, FindingKind, check_corpus, choose_examples, read_corpus,
};

use crate::args::{CorpusCheckArgs, Format};
use crate::commands::shipped_label_space;
use crate::errors::Code;
use crate::output;

/// Most findings of one kind that are printed; JSON has all.
const MAX_SHOWN: usize = 20;

/// Checks a corpus; a fault is a failed gate.
pub(crate) fn check(args: &CorpusCheckArgs) -> Result<Code> {
    let files = read_corpus(&args.dir)?;
    let options = CheckOptions {
        min_positives: args.min_positives,
        strict: args.strict,
    };
    let found = check_corpus(&files, &shipped_label_space(), options);
    match args.format {
        Format::Json => output::write(&format!("{}\n", serde_json::to_string_pretty(&found)?))?,
        Format::Text => output::write(&text(&found)?)?,
    }
    Ok(if found.n_faults > 0 {
        Code::Gate
    } else {
        Code::Done
    })
}

/// Prints a few examples for every label.
pub(crate) fn examples(dir: &Path, per_label: usize) -> Result<Code> {
    let mut out = String::new();
    for one in choose_examples(&read_corpus(dir)?, per_label) {
        writeln!(out, "{}", serde_json::to_string(&one)?)?;
    }
    output::write(&out)?;
    Ok(Code::Done)
}

fn text(found: &CorpusCheck) -> Result<String> {
    let mut out = String::new();
    writeln!(
        out,
        "{:<44}{:>9}{:>8}{:>7}{:>7}{:>7}{:>7}{:>7}",
        "file", "passages", "groups", "two", "one", "kc", "c2025", "ccar"
    )?;
    for file in &found.files {
        write!(
            out,
            "{:<44}{:>9}{:>8}",
            file.path, file.n_passages, file.n_groups
        )?;
        for group in [
            "demonstrated",
            "asserted",
            "key-characteristics",
            "opm-2025",
            "ccar",
        ] {
            let n: usize = file
                .labels
                .get(group)
                .map_or(0, |labels| labels.values().sum());
            write!(out, "{n:>7}")?;
        }
        writeln!(out)?;
    }
    let sets: BTreeSet<&str> = found
        .labels
        .iter()
        .flat_map(|label| label.n.keys().map(String::as_str))
        .collect();
    let mut group = "";
    for label in &found.labels {
        if label.group != group {
            group = label.group;
            write!(out, "\n{group:<44}")?;
            for set in &sets {
                write!(out, "{set:>13}")?;
            }
            writeln!(out)?;
        }
        write!(out, "  {:<42}", label.id)?;
        for set in &sets {
            write!(
                out,
                "{:>13}",
                label.n.get(*set).copied().unwrap_or_default()
            )?;
        }
        writeln!(out)?;
    }
    writeln!(out)?;
    findings(&mut out, found)?;
    Ok(out)
}

fn findings(out: &mut String, found: &CorpusCheck) -> Result<()> {
    let kinds: BTreeSet<FindingKind> = found.findings.iter().map(|one| one.kind).collect();
    for kind in kinds {
        let of_kind: Vec<_> = found
            .findings
            .iter()
            .filter(|one| one.kind == kind)
            .collect();
        for one in of_kind.iter().take(MAX_SHOWN) {
            let word = if one.is_fault { "fault" } else { "warning" };
            writeln!(out, "{word}: {}: {}", one.place, one.message)?;
        }
        if of_kind.len() > MAX_SHOWN {
            writeln!(out, "  and {} more of this kind", of_kind.len() - MAX_SHOWN)?;
        }
    }
    writeln!(
        out,
        "{} faults, {} warnings",
        found.n_faults,
        found.findings.len() - found.n_faults
    )?;
    Ok(())
}
