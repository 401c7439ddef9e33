//! An announcement's limits as settings: the text of an `ecq.toml`.

use std::fmt::Write;

use crate::announcement::codebook::comment;
use crate::announcement::{Announcement, DocumentKind, LimitOf, LimitUnit, StatedLimit, Wanted};
use crate::codebook::{EcqKind, builtin};
use crate::profile::LimitName;

/// The shipped profile that fits what is to be submitted.
#[must_use]
pub fn packet_profile(announcement: &Announcement) -> &'static str {
    let asks = |kind: DocumentKind| {
        announcement
            .documents
            .iter()
            .any(|document| document.kind == kind && document.wanted == Wanted::Required)
    };
    if asks(DocumentKind::EcqNarratives) {
        "traditional-narrative"
    } else if asks(DocumentKind::TqNarratives) {
        "tq-statement"
    } else if announcement.is_resume_only() || asks(DocumentKind::Resume) {
        "two-page-resume"
    } else {
        "traditional-narrative"
    }
}

/// The text of a settings file: profile, codebook, and every limit with the words that state it.
///
/// `source` names the announcement's file, `codebook` the codebook that was made from it, if any was.
#[must_use]
pub fn settings_source(
    announcement: &Announcement,
    source: &str,
    codebook: Option<&str>,
) -> String {
    let profile = packet_profile(announcement);
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# Limits that a vacancy announcement states, read from {}.",
        comment(source)
    );
    let _ = writeln!(
        out,
        "# Compare them with the announcement and correct them here; CHECK marks what is a guess.\n"
    );
    let _ = writeln!(out, "profile = \"{profile}\"");
    if let Some(codebook) = codebook {
        let _ = writeln!(
            out,
            "codebook = {}",
            toml::Value::String(codebook.to_owned())
        );
    }
    let _ = writeln!(out, "\n[limits]");
    let mut stated: Vec<LimitName> = Vec::new();
    for limit in &announcement.limits {
        let words = format!("{}: {}", limit.taken.place(), limit.taken.text);
        let _ = writeln!(out, "# {}", comment(&words));
        if let Some(why) = &limit.taken.check {
            let _ = writeln!(out, "# CHECK: {}", comment(why));
        }
        match name_of(limit, profile) {
            // A key may stand once; of two statements the first counts until a person decides.
            Some(name) if stated.contains(&name) => {
                let _ = writeln!(out, "# {} = {}", name.key(), limit.value);
            }
            Some(name) => {
                stated.push(name);
                let _ = writeln!(out, "{} = {}", name.key(), limit.value);
            }
            None => {
                let _ = writeln!(out, "# {}; not a limit of this document", limit.describe());
            }
        }
    }
    pages_in_all(&mut out, announcement, profile, &stated);
    out
}

/// The limit on the whole packet, where it follows from the others or must give way to them.
fn pages_in_all(
    out: &mut String,
    announcement: &Announcement,
    profile: &str,
    stated: &[LimitName],
) {
    let has_tqs = announcement.documents.iter().any(|document| {
        document.kind == DocumentKind::TqNarratives && document.wanted == Wanted::Required
    });
    if profile != "traditional-narrative" || stated.contains(&LimitName::Pages) {
        return;
    }
    let pages = |of: LimitOf| Some(announcement.limit(of, LimitUnit::Pages)?.value);
    let n_ecqs = announcement
        .edition
        .id
        .as_deref()
        .and_then(builtin)
        .map_or(0, |book| {
            let ecqs = book.ecqs().iter();
            ecqs.filter(|ecq| ecq.kind() == EcqKind::Ecq).count()
        });
    let n_tqs = announcement
        .technical
        .iter()
        .filter(|technical| !technical.desired)
        .count();
    #[allow(clippy::cast_precision_loss, reason = "a handful of qualifications")]
    let times = |each: Option<f64>, n: usize| each.map(|each| each * n as f64);
    let ecqs = pages(LimitOf::AllEcqs).or(times(pages(LimitOf::EachEcq), n_ecqs));
    let tqs = if has_tqs {
        pages(LimitOf::AllTqs).or(times(pages(LimitOf::EachTq), n_tqs))
    } else {
        Some(0.0)
    };
    match (ecqs, tqs) {
        (Some(ecqs), Some(tqs)) => {
            let _ = writeln!(
                out,
                "# ECQs and technical qualifications in one file: the sum of the above"
            );
            let _ = writeln!(out, "pages = {}", ecqs + tqs);
        }
        // The ten pages of the profile are no limit of this announcement.
        _ => {
            let _ = writeln!(
                out,
                "# the announcement states no pages for the packet as a whole\npages = \"off\""
            );
        }
    }
    let states_ecqs = announcement
        .limits
        .iter()
        .any(|limit| matches!(limit.of, LimitOf::EachEcq | LimitOf::AllEcqs));
    if states_ecqs && !stated.contains(&LimitName::EcqPages) {
        let _ = writeln!(
            out,
            "# the announcement states no pages for each ECQ\necq_pages = \"off\""
        );
    }
}

/// The setting that a limit becomes; none for a document that is not the packet.
fn name_of(limit: &StatedLimit, profile: &str) -> Option<LimitName> {
    use LimitName as Name;
    let is_resume = profile == "two-page-resume";
    let by_unit = |names: [LimitName; 3]| match limit.unit {
        LimitUnit::Pages => Some(names[0]),
        LimitUnit::Words => Some(names[1]),
        LimitUnit::Characters => Some(names[2]),
        LimitUnit::Points | LimitUnit::Inches | LimitUnit::Years => None,
    };
    match (limit.of, limit.unit) {
        (_, LimitUnit::Points) => Some(Name::FontPoints),
        (_, LimitUnit::Inches) => Some(Name::MarginInches),
        (_, LimitUnit::Years) => Some(Name::Years),
        (LimitOf::EachEcq, _) => by_unit([Name::EcqPages, Name::EcqWords, Name::EcqCharacters]),
        (LimitOf::AllEcqs, _) => by_unit([Name::EcqsPages, Name::EcqsWords, Name::EcqsCharacters]),
        (LimitOf::EachTq, _) => by_unit([Name::TqPages, Name::TqWords, Name::TqCharacters]),
        (LimitOf::AllTqs, _) => by_unit([Name::TqsPages, Name::TqsWords, Name::TqsCharacters]),
        (LimitOf::Whole, _) => by_unit([Name::Pages, Name::Words, Name::Characters]),
        (LimitOf::Resume, _) if is_resume => by_unit([Name::Pages, Name::Words, Name::Characters]),
        (LimitOf::Resume | LimitOf::CoverLetter | LimitOf::Text | LimitOf::Examples, _) => None,
    }
}
