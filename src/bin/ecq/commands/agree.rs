//! `ecq agree`: how far readers of the same passages agree, whoever they are.

use std::collections::BTreeMap;
use std::fmt::Write;

use anyhow::{Result, bail};
use ecq::classify::OutputGroup;
use ecq::dataset::{Annotation, read_annotations, read_reader};
use ecq::eval::{Disagreement, GroupAgreement, Reader, disagreements, group_agreement, units};
use serde::Serialize;

use crate::args::{AgreeArgs, Format};
use crate::commands::eval::text;
use crate::commands::shipped_label_space;
use crate::errors::Code;
use crate::output;

/// What is printed as JSON.
#[derive(Serialize)]
struct Agreement {
    readers: Vec<String>,
    n_passages: usize,
    n_documents: usize,
    groups: Vec<GroupAgreement>,
    disagreements: Vec<Disagreement>,
}

/// Compares two or more annotation files.
pub(crate) fn run(args: &AgreeArgs) -> Result<Code> {
    let space = shipped_label_space();
    let mut readers: Vec<Reader> = Vec::new();
    for path in &args.files {
        let annotations = read_reader(path)?;
        for one in &annotations {
            one.targets(&space).map_err(anyhow::Error::msg)?;
        }
        let mut name = path
            .file_stem()
            .map(|stem| stem.to_string_lossy().into_owned())
            .unwrap_or_default();
        // Files of the same name in two folders are told apart by their paths.
        if readers.iter().any(|reader| reader.name == name) {
            name = path.display().to_string();
        }
        readers.push(Reader {
            name,
            annotations: annotations
                .into_iter()
                .map(|one| (one.id.clone(), one))
                .collect(),
        });
    }
    let passages: Vec<Annotation> = match &args.passages {
        Some(path) => read_annotations(path)?,
        None => Vec::new(),
    };
    let texts: BTreeMap<String, String> = passages
        .iter()
        .chain(
            readers
                .iter()
                .flat_map(|reader| reader.annotations.values()),
        )
        .filter_map(|one| Some((one.id.clone(), one.text.clone()?)))
        .collect();
    let units = units(&readers, &passages);
    let groups: Vec<GroupAgreement> = OutputGroup::ALL
        .into_iter()
        .filter_map(|group| group_agreement(&readers, &units, &space, group))
        .collect();
    if groups.is_empty() {
        bail!("no two of these files judge a passage in common");
    }
    let documents: std::collections::BTreeSet<&str> =
        units.iter().map(|unit| unit.document.as_str()).collect();
    let agreement = Agreement {
        readers: readers.iter().map(|reader| reader.name.clone()).collect(),
        n_passages: units.len(),
        n_documents: documents.len(),
        groups,
        disagreements: disagreements(&readers, &units, &texts, &space),
    };
    output::write(&match args.format {
        Format::Json => format!("{}\n", serde_json::to_string_pretty(&agreement)?),
        Format::Text => render(&agreement, args)?,
    })?;
    Ok(Code::Done)
}

fn render(agreement: &Agreement, args: &AgreeArgs) -> Result<String> {
    let mut out = String::new();
    writeln!(
        out,
        "{} passages in {} documents, {} labels disputed",
        agreement.n_passages,
        agreement.n_documents,
        agreement.disagreements.len()
    )?;
    for group in &agreement.groups {
        write!(out, "{}", group.group)?;
        if let (Some(alpha), Some(of)) = (group.alpha, group.alpha_interval) {
            write!(out, ": alpha {alpha:.3} {}", text::interval(of))?;
        }
        writeln!(out)?;
        for pair in &group.pairs {
            writeln!(
                out,
                "  {} / {}: micro-F1 {:.3} {}, kappa {:.3} {}; {} and {} labels, {} common, on {} passages",
                pair.a,
                pair.b,
                pair.f1,
                text::interval(pair.f1_interval),
                pair.kappa,
                text::interval(pair.kappa_interval),
                pair.n_a,
                pair.n_b,
                pair.n_both,
                pair.n_passages
            )?;
        }
        if args.labels {
            for label in &group.labels {
                let n: Vec<String> = label.n.iter().map(|n| format!("{n:>5}")).collect();
                let alpha = label
                    .alpha
                    .map_or_else(|| "-".to_owned(), |alpha| format!("{alpha:.3}"));
                writeln!(out, "    {:<36}{}  alpha {alpha}", label.id, n.join(""))?;
            }
        }
    }
    if args.disagreements {
        text::disagreements(&mut out, &agreement.disagreements)?;
    }
    Ok(out)
}
