//! The documents that an announcement asks for, and those it refuses.

use std::sync::LazyLock;

use regex::Regex;
use serde::Serialize;

use crate::announcement::Taken;
use crate::announcement::limits::{LimitOf, StatedLimit};
use crate::announcement::outline::{Outline, Topic, body};
use crate::announcement::technical::Technical;
use crate::announcement::words::{pattern, sentences, trimmed};
use crate::document::{BlockKind, Document};
use crate::span::Span;

/// Kinds of documents.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DocumentKind {
    /// The résumé, or the form in place of it.
    Resume,
    /// Narratives on the executive core qualifications.
    EcqNarratives,
    /// Narratives on the technical qualifications.
    TqNarratives,
    /// A cover letter.
    CoverLetter,
    /// The notification of personnel action, SF-50.
    #[serde(rename = "sf-50")]
    Sf50,
    /// A performance appraisal.
    PerformanceAppraisal,
    /// A certificate of the Qualifications Review Board or of a candidate program.
    QrbCertificate,
    /// Transcripts.
    Transcript,
    /// A license, or proof of membership in a bar.
    License,
    /// Proof of military service or preference.
    #[serde(rename = "dd-214")]
    Dd214,
    /// The declaration for Federal employment, OF-306.
    #[serde(rename = "of-306")]
    Of306,
    /// Names of references.
    References,
    /// A sample of writing.
    WritingSample,
    /// Answers to a questionnaire.
    Questionnaire,
    /// Something else that is listed.
    Other,
}

impl DocumentKind {
    /// The kind in words.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Resume => "resume",
            Self::EcqNarratives => "narratives on the ECQs",
            Self::TqNarratives => "narratives on the technical qualifications",
            Self::CoverLetter => "cover letter",
            Self::Sf50 => "SF-50",
            Self::PerformanceAppraisal => "performance appraisal",
            Self::QrbCertificate => "QRB certificate",
            Self::Transcript => "transcript",
            Self::License => "license",
            Self::Dd214 => "DD-214",
            Self::Of306 => "OF-306",
            Self::References => "references",
            Self::WritingSample => "writing sample",
            Self::Questionnaire => "questionnaire",
            Self::Other => "another document",
        }
    }
}

/// Whether a document is wanted. The order is the order in which one mention outweighs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Wanted {
    /// It must not be sent, or is not read.
    Refused,
    /// From some applicants, or at will.
    IfApplicable,
    /// From all.
    Required,
}

impl Wanted {
    /// The word in listings.
    #[must_use]
    pub fn describe(self) -> &'static str {
        match self {
            Self::Refused => "refused",
            Self::IfApplicable => "if it applies",
            Self::Required => "required",
        }
    }
}

/// A document that is asked for or refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AskedDocument {
    /// What it is.
    pub kind: DocumentKind,
    /// Whether it is wanted.
    pub wanted: Wanted,
    /// The sentence or item that says so.
    pub taken: Taken,
}

/// Reads the documents, in the order in which they are first named.
///
/// A limit on narratives asks for them, where nothing else speaks of them.
pub(super) fn documents(
    document: &Document,
    outline: &Outline,
    technical: &[Technical],
    limits: &[StatedLimit],
) -> Vec<AskedDocument> {
    let mut found = named(document, outline, technical);
    for limit in limits {
        let kind = match limit.of {
            LimitOf::EachEcq | LimitOf::AllEcqs => DocumentKind::EcqNarratives,
            LimitOf::EachTq | LimitOf::AllTqs => DocumentKind::TqNarratives,
            _ => continue,
        };
        if !found.iter().any(|document| document.kind == kind) {
            let mut taken = limit.taken.clone();
            taken.check = Some("it is not asked for in words; its limit is stated".to_owned());
            found.push(AskedDocument {
                kind,
                wanted: Wanted::Required,
                taken,
            });
        }
    }
    found
}

fn named(document: &Document, outline: &Outline, technical: &[Technical]) -> Vec<AskedDocument> {
    // "Audits of financial statements" are no statements to submit.
    let is_qualification = |span: Span| {
        let mut spans = technical.iter().map(|technical| technical.taken.span);
        spans.any(|own| own.start < span.end && span.start < own.end)
    };
    let mut found: Vec<AskedDocument> = Vec::new();
    // A paragraph that ends in a colon speaks for the list below it.
    let mut above: Option<Wanted> = None;
    for (idx, block) in document.blocks.iter().enumerate() {
        let topic = outline.topic(idx);
        let Some(span) = body(document, idx, outline.from(idx)) else {
            above = None;
            continue;
        };
        let text = span.slice(&document.text);
        let is_item = block.kind == BlockKind::ListItem;
        if !is_item {
            above = None;
        }
        let mut n_found = 0;
        for (start, end) in sentences(text) {
            for (from, to) in clauses(text, start, end) {
                let clause = Span::new(span.start + from, span.start + to);
                if is_qualification(clause) {
                    continue;
                }
                let words = clause.slice(&document.text);
                let sentence = &text[start..end];
                let Some(wanted) = wanted(words, sentence, is_item.then_some(above).flatten())
                else {
                    continue;
                };
                for kind in kinds(words, sentence, topic) {
                    n_found += 1;
                    let taken = Taken::new(document, clause);
                    add(
                        &mut found,
                        AskedDocument {
                            kind,
                            wanted,
                            taken,
                        },
                    );
                }
            }
        }
        if is_item && topic == Topic::Documents && n_found == 0 {
            let taken = Taken::new(document, span).doubted("an item that is no known document");
            found.push(AskedDocument {
                kind: DocumentKind::Other,
                wanted: above.unwrap_or(Wanted::Required),
                taken,
            });
        }
        if !is_item && text.trim_end().ends_with(':') {
            above = conditional(text).then_some(Wanted::IfApplicable);
        }
    }
    found
}

/// Joins a mention to earlier ones of its kind: the one that asks for more counts.
fn add(found: &mut Vec<AskedDocument>, new: AskedDocument) {
    match found.iter_mut().find(|old| old.kind == new.kind) {
        Some(old) if old.wanted < new.wanted => {
            let is_contradiction = old.wanted == Wanted::Refused && new.wanted == Wanted::Required;
            let place = old.taken.place();
            *old = new;
            if is_contradiction {
                old.taken.check = Some(format!("{place} refuses it"));
            }
        }
        Some(old) => {
            if old.wanted == Wanted::Required && new.wanted == Wanted::Refused {
                old.taken.check = Some(format!("{} refuses it", new.taken.place()));
            }
        }
        None => found.push(new),
    }
}

/// The stretches of a sentence that may differ in what they want.
fn clauses(text: &str, start: usize, end: usize) -> Vec<(usize, usize)> {
    static CUT: LazyLock<Regex> = LazyLock::new(|| pattern(r";\s*(?:and\s)?|,?\s+but\s"));
    let mut clauses = Vec::new();
    let mut from = start;
    for cut in CUT.find_iter(&text[start..end]) {
        clauses.extend(trimmed(text, from, start + cut.start()));
        from = start + cut.end();
    }
    clauses.extend(trimmed(text, from, end));
    clauses
}

fn conditional(words: &str) -> bool {
    static CONDITIONAL: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\bif\b|\bcurrent(?:ly)?\b[^.;]{0,20}\b(?:federal|employee|SES)|\bformer\b[^.;]{0,20}\b(?:federal|employee|SES)|\bfederal employees?\b|\boptional\b|\bwhere applicable\b|\bas applicable\b|\bgraduates? of\b|\breinstatement\b|\bveterans?\b|\bmay (?:also )?(?:submit|include|send)|\bin (?:place|lieu) of\b|\bencouraged\b|\bapplicants claiming\b",
        )
    });
    CONDITIONAL.is_match(words)
}

/// Whether what a clause names is wanted; none if it says that it need not be sent.
fn wanted(words: &str, sentence: &str, above: Option<Wanted>) -> Option<Wanted> {
    static NEEDLESS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\bneed not\b|\b(?:do|does|are) not (?:need|have|required) to\b|\b(?:is|are) not (?:needed|required|necessary)\b",
        )
    });
    static REFUSED: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:do|should|must|may) not (?:submit|send|include|attach|upload|provide|mail)|\b(?:not|neither) (?:be )?(?:accepted|considered|reviewed|read|allowed|permitted)|\bno (?:separate|cover|additional|other)\b|\bwithout (?:a |separate )",
        )
    });
    if NEEDLESS.is_match(words) {
        return None;
    }
    if REFUSED.is_match(words) {
        return Some(Wanted::Refused);
    }
    if conditional(words) || conditional(sentence) && !sentence.contains(';') {
        return Some(Wanted::IfApplicable);
    }
    Some(above.unwrap_or(Wanted::Required))
}

/// The documents that a clause names as such.
fn kinds(words: &str, sentence: &str, topic: Topic) -> Vec<DocumentKind> {
    static SUBMIT: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:submit|submitted|submission|include|attach|upload|provide|send|mail|required|complete application|accepted|optional)\b",
        )
    });
    static NAMED: LazyLock<Vec<(Regex, DocumentKind)>> = LazyLock::new(|| {
        use DocumentKind as Kind;
        [
            (r"\br[eé]sum[eé]s?\b|\bcurriculum vitae\b|\bCV\b|\bOF-?\s?612\b", Kind::Resume),
            (r"\bcover(?:ing)? letters?\b", Kind::CoverLetter),
            (r"\bSF-?\s?50s?\b|\bnotification of personnel action\b", Kind::Sf50),
            (
                r"\bperformance (?:appraisals?|evaluations?|ratings?|reviews?|plans?)\b",
                Kind::PerformanceAppraisal,
            ),
            (
                r"\b(?:QRB|qualifications review board|candidate development program|SESCDP|CDP) certificat\w*|\bcertificat\w+ (?:from|by|of|issued by) (?:the |your |an )?(?:OPM )?(?:QRB|qualifications review board|candidate development)",
                Kind::QrbCertificate,
            ),
            (r"\btranscripts?\b", Kind::Transcript),
            (
                r"\b(?:law|bar|professional|medical|engineering) licen[sc]es?\b|\bgood standing\b|\bproof of (?:bar|licens)",
                Kind::License,
            ),
            (r"\bDD-?\s?(?:form )?214\b|\bSF-?\s?15\b", Kind::Dd214),
            (r"\bOF-?\s?306\b|\bdeclaration for federal employment\b", Kind::Of306),
            (r"\breferences\b", Kind::References),
            (r"\bwriting samples?\b", Kind::WritingSample),
            (
                r"\b(?:occupational |assessment |online |application )questionnaire\b",
                Kind::Questionnaire,
            ),
        ]
        .into_iter()
        .map(|(source, kind)| (pattern(source), kind))
        .collect()
    });
    static NARRATIVE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:narratives?|statements?|essays?|responses?|answers?|write-?ups?|in writing|addendum)\b",
        )
    });
    static ADDRESS: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:must|should|please|application must) (?:also )?(?:address|describe)\b")
    });
    static ECQ: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\bECQs?\b|\bexecutive core qualifications?\b|\bcore qualifications?\b|\b(?:each of the )?five (?:core )?competencies\b",
        )
    });
    static TQ: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b[MPDR]?T[QC](?:['’]?s)?\b|\btechnical (?:qualifications?|competenc(?:y|ies))\b|\bsupplemental statements?\b",
        )
    });
    static WAY: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"\b(?:in|into|through|via|using|of) (?:the|an|your) (?:\w+ )?questionnaire\b")
    });
    let mut kinds = Vec::new();
    let asks = topic == Topic::Documents || SUBMIT.is_match(sentence);
    if asks && topic != Topic::Minimum {
        let named = NAMED.iter().filter(|(regex, _)| regex.is_match(words));
        // What is entered in the questionnaire is asked for, not the questionnaire.
        kinds.extend(
            named
                .map(|&(_, kind)| kind)
                .filter(|&kind| kind != DocumentKind::Questionnaire || !WAY.is_match(words)),
        );
    }
    let is_written = NARRATIVE.is_match(words) || ADDRESS.is_match(words);
    if is_written {
        let ecq = ECQ.is_match(words) || topic == Topic::Ecqs;
        let tq = TQ.is_match(words) || matches!(topic, Topic::Technical | Topic::Desired);
        kinds.extend(ecq.then_some(DocumentKind::EcqNarratives));
        kinds.extend(tq.then_some(DocumentKind::TqNarratives));
    }
    kinds
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::outline::outline;
    use crate::document::text;

    fn read(source: &str) -> Vec<(DocumentKind, Wanted)> {
        let document = text::parse(source).unwrap();
        documents(&document, &outline(&document), &[], &[])
            .iter()
            .map(|document| (document.kind, document.wanted))
            .collect()
    }

    #[test]
    fn documents_are_required_conditional_or_refused() {
        use DocumentKind::{CoverLetter, EcqNarratives, Other, Resume, Sf50, TqNarratives};
        use Wanted::{IfApplicable, Refused, Required};
        assert_eq!(
            read(
                "Required Documents\n\n- Resume\n\n- SF-50 (current Federal employees)\n\n- A signed pledge\n"
            ),
            [(Resume, Required), (Sf50, IfApplicable), (Other, Required)]
        );
        assert_eq!(
            read(
                "How to Apply\n\nSubmit one resume. Do not submit separate ECQ or TQ narratives; they are not read. Cover letters are not accepted.\n"
            ),
            [
                (Resume, Required),
                (EcqNarratives, Refused),
                (TqNarratives, Refused),
                (CoverLetter, Refused)
            ]
        );
        assert_eq!(
            read(
                "How to Apply\n\nYou must submit ECQ narratives. SES members need not submit ECQ narratives but must submit an SF-50 if they have one.\n"
            ),
            [(EcqNarratives, Required), (Sf50, IfApplicable)]
        );
    }
}
