//! Taking out what names or reaches a person: names, e-mail, telephone, Social Security numbers, dates of birth and
//! addresses.
//!
//! Patterns find what has a form; names are found by a title before them, by a line that is only a name, or by a common
//! given name, and then wherever they stand alone. What has no form stays: a reader looks before a report is passed on.

mod names;
mod patterns;

use crate::report::redact::names::names;
use crate::report::redact::patterns::Finder;
use crate::report::{Mask, Packet};
use crate::span::Span;

/// Replaces in every text of a packet what names or reaches a person; places stay those of the document's text.
///
/// The file is called `document` with its extension, since its name mostly is that of a person.
pub fn redact(packet: &mut Packet) {
    let finder = Finder::new(&names(&packet.narrative));
    let report = &mut packet.report;
    packet.narrative.masks = finder
        .find(&packet.narrative.text)
        .into_iter()
        .map(|(start, end, label)| Mask {
            span: Span::new(start, end),
            label,
        })
        .collect();
    let anonymous = format!("document.{}", report.document.format);
    packet.path.clone_from(&anonymous);
    report.document.name = anonymous;
    report.redacted = true;
    for section in &mut report.sections {
        section.title = finder.replace(&section.title);
        // The id is made of the title where no ECQ gives one.
        if section.ecq.is_none() {
            section.id = finder.replace(&section.id);
        }
    }
    for passage in &mut report.passages {
        passage.text = packet
            .narrative
            .masks
            .iter()
            .any(|mask| mask.span.start < passage.span.end && passage.span.start < mask.span.end)
            .then(|| {
                packet
                    .narrative
                    .shown(Span::new(passage.span.start, passage.span.end))
            })
            .map_or_else(
                || finder.replace(&passage.text),
                |text| single_spaced(&text),
            );
    }
    for (idx, finding) in report.findings.iter_mut().enumerate() {
        // The id is a digest of the words, from which a short number could be guessed back.
        let id = format!("{}-{}", finding.rule, idx + 1);
        for decision in &mut report.decisions {
            if decision.finding.as_ref() == Some(&finding.id) {
                decision.finding = Some(id.clone());
            }
        }
        finding.id = id;
        finding.quote = finder.replace(&finding.quote);
        finding.message = finder.replace(&finding.message);
    }
    for decision in &mut report.decisions {
        decision.text = finder.replace(&decision.text);
        decision.who = "[name]".to_owned();
        decision.note = decision.note.as_deref().map(|note| finder.replace(note));
    }
    for warning in &mut report.warnings {
        warning.message = finder.replace(&warning.message);
    }
    for hidden in &mut report.hidden {
        hidden.text = finder.replace(&hidden.text);
    }
}

fn single_spaced(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Narrative;

    fn shown(text: &str) -> String {
        let document = crate::document::text::parse(text).unwrap();
        let mut narrative = Narrative::new(&document, None);
        let finder = Finder::new(&names(&narrative));
        narrative.masks = finder
            .find(&narrative.text)
            .into_iter()
            .map(|(start, end, label)| Mask {
                span: Span::new(start, end),
                label,
            })
            .collect();
        narrative.shown(Span::new(0, narrative.text.len()))
    }

    #[test]
    fn what_reaches_a_person_goes() {
        let cases = [
            (
                "Write to jane.doe+x@agency.example.gov now.",
                "Write to [e-mail] now.",
            ),
            (
                "Call (202) 555-0143 or +1 202-555-0143 ext. 5.",
                "Call [telephone] or [telephone].",
            ),
            ("My SSN is 123-45-6789.", "My SSN is [number]."),
            (
                "Born on March 3, 1970, I grew up poor.",
                "Born on [date of birth], I grew up poor.",
            ),
            ("DOB: 03/04/1970.", "DOB: [date of birth]."),
            (
                "I live at 1600 Elm Street NW, Apt. 4, Springfield, VA 22150.",
                "I live at [address].",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text), expected);
        }
    }

    #[test]
    fn names_go_wherever_they_stand() {
        assert_eq!(
            shown(
                "I worked for Dr. Amelia Okafor. Okafor asked me to lead, and James Whitfield agreed."
            ),
            "I worked for Dr. [name]. [name] asked me to lead, and [name] agreed."
        );
        assert_eq!(
            shown(
                "R. T. HALLORIN\n\nEXECUTIVE SUMMARY\n\nIn 2019 Halloran left; Hallorin stayed.\n"
            ),
            "[name]\n\nEXECUTIVE SUMMARY\n\nIn 2019 Halloran left; [name] stayed."
        );
    }

    #[test]
    fn narratives_keep_their_figures_and_offices() {
        for text in [
            "In March 2016 I cut 1,140 items to 85 in 164 days for $2,100,000.",
            "The Director of Field Operations and the Department of Trade Standards agreed.",
            "I manage 5,000 devices on 12 main routes under 5 C.F.R. Part 412.",
            "Executive Core Qualifications 2018-2019, announcement 24-0117.",
        ] {
            assert_eq!(shown(text), text);
        }
    }
}
