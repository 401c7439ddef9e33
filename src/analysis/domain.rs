//! Whether a text is of the kind the reader was tested on: narratives in English.
//!
//! Plain counts of words: they need no model, and say what they saw. The bounds were set on 700 statements of the corpus of
//! 100 words or more (dev packets, flat statements, whole training statements), which all keep well clear of them:
//! function words were 38 to 53 % of their words, the first person 0.9 to 12 %, words of statutes 1.5 % at most.

use std::collections::BTreeSet;

use crate::document::{BlockKind, Document};

/// Fewer words than this are too few to judge by.
const MIN_WORDS: usize = 60;
/// Share of function words below which a text is not taken for English; other languages that share a few short
/// words with English stay below a tenth.
const NOT_ENGLISH: f64 = 0.14;
/// Share of function words below which English text is no running prose.
const NOT_PROSE: f64 = 0.30;
/// Share of the words in paragraphs that are not English from which a mixed text is one.
const PART_NOT_ENGLISH: f64 = 0.15;
/// Fewest words of a paragraph whose language is judged by itself.
const MIN_PARAGRAPH_WORDS: usize = 20;
/// Share of words in the first person below which nobody tells a story of their own.
const NO_FIRST_PERSON: f64 = 0.004;
/// Share of words of statutes and contracts from which a text is one.
const LEGAL: f64 = 0.03;
/// Share of words in lists and tables from which a text is mostly that.
const LISTS: f64 = 0.6;

/// Words that English prose is held together by.
const FUNCTION_WORDS: &str = "the of and to in a an is was were are be been that this these those for with as by on \
    at from which who it its had has have not or but i my we our they their he his she her would when all more than \
    after before into between also so if there no each";
/// Words of the first person.
const FIRST_PERSON: &str = "i my me we our us mine myself ours ourselves";
/// Words of statutes and contracts.
const LEGAL_WORDS: &str = "shall pursuant hereby herein hereof thereof thereto hereinafter whereas subsection \
    subparagraph notwithstanding aforesaid lessee lessor licensee";

/// Why a document is outside what was tested, in words for a warning; empty if it is not, or too short to tell.
#[must_use]
pub fn outside_tested(document: &Document) -> Vec<String> {
    let blocks: Vec<(BlockKind, Vec<String>)> = document
        .blocks
        .iter()
        .filter(|block| !matches!(block.kind, BlockKind::Heading { .. }))
        .map(|block| (block.kind, words(block.span.slice(&document.text))))
        .collect();
    let all: Vec<&String> = blocks.iter().flat_map(|(_, words)| words).collect();
    if all.len() < MIN_WORDS {
        return Vec::new();
    }
    let function = set(FUNCTION_WORDS);
    let in_blocks = |keep: &dyn Fn(BlockKind, &[String]) -> bool| -> f64 {
        let kept = blocks.iter().filter(|(kind, words)| keep(*kind, words));
        share_of(kept.map(|(_, words)| words.len()).sum(), all.len())
    };
    let mut reasons = Vec::new();
    let english = share(&all, &function);
    let foreign = in_blocks(&|_, words| {
        let words: Vec<&String> = words.iter().collect();
        words.len() >= MIN_PARAGRAPH_WORDS && share(&words, &function) < NOT_ENGLISH
    });
    if english < NOT_ENGLISH {
        reasons.push("the text does not read like English prose".to_owned());
        return reasons;
    }
    let lists = in_blocks(&|kind, _| matches!(kind, BlockKind::ListItem | BlockKind::TableCell));
    if lists >= LISTS {
        reasons.push(format!(
            "{:.0} % of the words stand in lists or tables",
            100.0 * lists
        ));
    }
    if english < NOT_PROSE {
        reasons.push("it reads like a list or a resume, not like prose".to_owned());
    } else if foreign >= PART_NOT_ENGLISH {
        reasons.push(format!(
            "{:.0} % of the words stand in paragraphs that do not read like English",
            100.0 * foreign
        ));
    }
    if share(&all, &set(LEGAL_WORDS)) >= LEGAL {
        reasons.push("it reads like a statute or a contract".to_owned());
    } else if share(&all, &set(FIRST_PERSON)) < NO_FIRST_PERSON {
        reasons.push("nobody speaks in the first person".to_owned());
    }
    reasons
}

fn set(words: &str) -> BTreeSet<&str> {
    words.split_whitespace().collect()
}

/// The words of a text in lower case; a number is no word, and an apostrophe ends one (`I'd` counts as `I`).
fn words(text: &str) -> Vec<String> {
    text.split(|c: char| !c.is_alphabetic())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

fn share(words: &[&String], of: &BTreeSet<&str>) -> f64 {
    let n = words.iter().filter(|word| of.contains(word.as_str()));
    share_of(n.count(), words.len())
}

fn share_of(part: usize, whole: usize) -> f64 {
    #[allow(clippy::cast_precision_loss, reason = "counts are far below 2^52")]
    let share = part as f64 / whole.max(1) as f64;
    share
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::parse;

    fn reasons(text: &str) -> Vec<String> {
        outside_tested(&parse(text.as_bytes(), Some("md")).unwrap())
    }

    const NARRATIVE: &str = "When I came to the district in 2011 the bridges had not been inspected for three years. I \
        divided them by risk, trained two crews, and went out with each of them for a week. By the end of the second \
        summer all of the bridges had been seen, four were closed for repair, and the State adopted our list. The \
        crews have kept to it since, and none of them has asked to go back to the old way of doing it.";

    #[test]
    fn a_narrative_is_what_was_tested() {
        assert_eq!(reasons(NARRATIVE), Vec::<String>::new());
        assert_eq!(
            reasons("Vision. Tout court."),
            Vec::<String>::new(),
            "too short to tell"
        );
    }

    #[test]
    fn other_languages_are_told() {
        let spanish = "Cuando llegué al distrito en el año 2011 los puentes no habían sido inspeccionados durante tres \
            años. Los clasifiqué según el riesgo, formé dos equipos y salí con cada uno de ellos una semana entera. Al \
            final del segundo verano todos los puentes habían sido revisados, cuatro estaban cerrados por obras y el \
            Estado adoptó nuestra lista, que los equipos han seguido utilizando desde entonces sin cambio alguno.";
        let german = "Als ich im Jahr 2011 in den Bezirk kam, waren die Brücken drei Jahre lang nicht geprüft worden. \
            Ich ordnete sie nach Gefahr, bildete zwei Gruppen aus und ging mit jeder von ihnen eine Woche lang hinaus. \
            Am Ende des zweiten Sommers waren alle Brücken gesehen, vier wurden gesperrt, und das Land übernahm unsere \
            Liste, nach der seither überall gearbeitet wird, ohne dass jemand das alte Verfahren zurückgewünscht hätte.";
        for text in [spanish, german] {
            assert_eq!(reasons(text), ["the text does not read like English prose"]);
        }
        let mixed = format!("{NARRATIVE}\n\n{spanish}");
        assert!(
            reasons(&mixed)[0].contains("paragraphs that do not read like English"),
            "{:?}",
            reasons(&mixed)
        );
    }

    #[test]
    fn resumes_lists_and_statutes_are_told() {
        let resume = "Branch Chief, Water Quality, 2009-2013, GS-14, 40 hours/week\n\nDeputy Division Director, 2013-2016, \
            GS-15, budget $14 million, staff 62\n\nEducation: M.P.A., State University; B.S., Agronomy\n\nAwards: Silver \
            Medal 2012; Honor Award 2015; Customer Service Award 2016\n\nCertifications: Project Management Professional; \
            Lean Six Sigma Green Belt; Contracting Officer Representative Level II\n\nMemberships: Society of Public \
            Administration, American Water Works Association, National Association of Environmental Professionals\n\nTraining: \
            Federal Executive Institute; Contract Law; Grants Management; Emergency Response; Water Sampling";
        assert!(reasons(resume)[0].contains("does not read like English prose"));
        let list = NARRATIVE.replace(". ", ".\n- ");
        assert!(reasons(&format!("- {list}"))[0].contains("lists or tables"));
        let statute = "Notwithstanding any other provision of this title, the Secretary shall, pursuant to subsection (b), \
            issue to each licensee a certificate of compliance. The licensee shall display the certificate at the place \
            of business and shall, upon request of an officer, produce the records thereof. A licensee who fails to \
            comply with the requirements of this section shall be liable to the penalties set out in subsection (d), \
            and the Secretary shall publish the name of such licensee.";
        assert_eq!(reasons(statute), ["it reads like a statute or a contract"]);
        let report = NARRATIVE
            .replace(" I ", " the engineer ")
            .replace("our list", "the list");
        assert_eq!(reasons(&report), ["nobody speaks in the first person"]);
    }
}
