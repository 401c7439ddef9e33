//! From the text of a file of decisions to [`Decision`]s, with a line for every fault.

use crate::codebook::table::{Faults, Fields, quoted, with_table};
use crate::codebook::{Fault, builtin, nearest};
use crate::decisions::{About, Decision};
use crate::findings::date::Date;
use crate::findings::rule_ids;
use crate::passage::same::digest;
use crate::report::Verdict;

const KEYS: &[&str] = &[
    "verdict",
    "who",
    "when",
    "note",
    "codebook",
    "competency",
    "rule",
    "section",
    "text",
];

/// Reads the text of a file of decisions.
///
/// Where one person decided twice on the same thing the later decision holds; the earlier stays in the file.
///
/// # Errors
/// All faults, in the order of their lines; an unknown key, verdict, competency or rule names the nearest there is.
pub fn parse_decisions(source: &str) -> Result<Vec<Decision>, Vec<Fault>> {
    with_table("the file of decisions", source, |fields, faults| {
        fields.refuse_others(&["format", "decision"], faults);
        if let Some(format) = fields.integer("format", faults)
            && format.value != 1
        {
            let message = format!(
                "format {} is unknown; this program reads format 1",
                format.value
            );
            faults.add(format.line, message);
        }
        let decisions = fields
            .tables("decision", "[[decision]]", faults)
            .iter()
            .filter_map(|table| decision(table, faults))
            .collect();
        Some(in_force(decisions))
    })
}

fn decision(table: &Fields<'_, '_>, faults: &mut Faults) -> Option<Decision> {
    table.refuse_others(KEYS, faults);
    let verdict = verdict(table, faults);
    let who = table.text("who", faults);
    let when = table.optional_text("when", faults);
    if let Some(day) = &when
        && let Err(message) = day.value.parse::<Date>()
    {
        faults.add(day.line, format!("when: {message}"));
    }
    let note = table.optional_text("note", faults);
    let about = about(table, faults);
    let section = table.optional_text("section", faults);
    let text = table.text("text", faults);
    Some(Decision {
        verdict: verdict?,
        who: who?.value,
        when: when.map(|day| day.value),
        note: note.map(|note| note.value),
        about: about?,
        section: section.map(|section| section.value),
        text: text?.value,
    })
}

fn verdict(table: &Fields<'_, '_>, faults: &mut Faults) -> Option<Verdict> {
    let word = table.text("verdict", faults)?;
    let verdict = Verdict::ALL
        .into_iter()
        .find(|verdict| verdict.name() == word.value);
    if verdict.is_none() {
        let message = format!(
            "verdict {} is unknown; known are accept, reject, note",
            quoted(&word.value)
        );
        faults.add(word.line, message);
    }
    verdict
}

fn about(table: &Fields<'_, '_>, faults: &mut Faults) -> Option<About> {
    let codebook = table.optional_text("codebook", faults);
    let competency = table.optional_text("competency", faults);
    let rule = table.optional_text("rule", faults);
    match (codebook, competency, rule) {
        (Some(codebook), Some(competency), None) => {
            // Only shipped codebooks are at hand here; one's own is checked when the decision is made.
            if let Some(book) = builtin(&codebook.value)
                && book.competency(&competency.value).is_none()
            {
                let known = book.competencies().iter().map(|known| known.id().as_str());
                let hint = hint(&competency.value, known, "`ecq codebook show` lists them");
                let message = format!(
                    "unknown competency {} in {}; {hint}",
                    quoted(&competency.value),
                    codebook.value
                );
                faults.add(competency.line, message);
            }
            Some(About::Competency {
                codebook: codebook.value,
                competency: competency.value,
            })
        }
        (None, None, Some(rule)) => {
            if !rule_ids().any(|known| known == rule.value) {
                let hint = hint(&rule.value, rule_ids(), "`ecq rules` lists them");
                faults.add(
                    rule.line,
                    format!("unknown rule {}; {hint}", quoted(&rule.value)),
                );
            }
            Some(About::Finding { rule: rule.value })
        }
        _ => {
            faults.add(
                table.line(),
                "[[decision]] needs either codebook and competency, or rule",
            );
            None
        }
    }
}

fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str>, otherwise: &str) -> String {
    nearest(word, known).map_or_else(
        || otherwise.to_owned(),
        |meant| format!("did you mean \"{meant}\"?"),
    )
}

/// The last decision of each person on each thing, in the order of the file.
fn in_force(decisions: Vec<Decision>) -> Vec<Decision> {
    let key = |decision: &Decision| {
        (
            decision.who.clone(),
            decision.about.clone(),
            decision.section.clone(),
            digest(&decision.text),
        )
    };
    let keys: Vec<_> = decisions.iter().map(key).collect();
    decisions
        .into_iter()
        .enumerate()
        .filter(|(idx, _)| !keys[idx + 1..].contains(&keys[*idx]))
        .map(|(_, decision)| decision)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "format = 1\n[[decision]]\nverdict = \"reject\"\nwho = \"R. Reader\"\ncodebook = \"opm-2006\"\ncompetency = \"vision\"\ntext = \"A boast.\"\n";

    fn faults(source: &str) -> String {
        let faults = parse_decisions(source).unwrap_err();
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn the_later_word_of_one_person_holds() {
        let again = GOOD.replace("format = 1\n", "").replace("reject", "accept");
        let other = again.replace("R. Reader", "S. Second");
        let decisions = parse_decisions(&format!("{GOOD}{again}{other}")).unwrap();
        let said: Vec<(&str, Verdict)> = decisions
            .iter()
            .map(|d| (d.who.as_str(), d.verdict))
            .collect();
        assert_eq!(
            said,
            [
                ("R. Reader", Verdict::Accept),
                ("S. Second", Verdict::Accept)
            ]
        );
    }

    #[test]
    fn slips_are_named_with_their_line() {
        assert_eq!(
            faults(&GOOD.replace("verdict", "verdit")),
            "line 2: [[decision]] has no verdict\n\
             line 3: unknown key \"verdit\" in [[decision]]; did you mean \"verdict\"?"
        );
        assert_eq!(
            faults(&GOOD.replace("\"vision\"", "\"visoin\"")),
            "line 6: unknown competency \"visoin\" in opm-2006; did you mean \"vision\"?"
        );
        assert_eq!(
            faults(&GOOD.replace("\"reject\"", "\"no\"")),
            "line 3: verdict \"no\" is unknown; known are accept, reject, note"
        );
        let on_rule = GOOD.replace(
            "codebook = \"opm-2006\"\ncompetency = \"vision\"",
            "rule = \"acronym\"",
        );
        assert_eq!(
            faults(&on_rule),
            "line 5: unknown rule \"acronym\"; did you mean \"acronyms\"?"
        );
        assert_eq!(
            faults(&GOOD.replace("codebook = \"opm-2006\"\n", "")),
            "line 2: [[decision]] needs either codebook and competency, or rule"
        );
        assert!(
            faults(&GOOD.replace("text = \"A boast.\"", "when = \"May\"\ntext = \"A\""))
                .starts_with("line 7: when: ")
        );
        assert!(faults("format = 2").contains("this program reads format 1"));
        assert!(faults("format = ").starts_with("line 1: "));
    }
}
