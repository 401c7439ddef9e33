//! The head of an announcement: position, agency, number.

use std::sync::LazyLock;

use regex::Regex;

use crate::announcement::Taken;
use crate::announcement::outline::{Outline, Topic};
use crate::announcement::words::{pattern, trimmed, trimmed_of};
use crate::document::{BlockKind, Document};
use crate::span::Span;

/// What stands in the head.
pub(super) struct Fields {
    pub(super) title: Option<Taken>,
    pub(super) agency: Option<Taken>,
    pub(super) number: Option<Taken>,
}

/// Labels of a posting's head; the words of one end where the next begins.
const LABELS: &str = r"(?:job|position|vacancy|announcement|open(?:s|ing)?|clos(?:es|ing)|series|grade|salary|pay|travel|location|department|agency|organization|bureau|appointment|work schedule|title|posted|duty station|who may)(?:\s+[\w&/.]+){0,3}\s*#?:";

/// Reads the head.
pub(super) fn fields(document: &Document, outline: &Outline) -> Fields {
    static NUMBER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:announcement|vacancy|job|control|requisition)(?:\s+(?:announcement|identification|id|opportunity))*\s*(?:number|no\.?|num\.?|#|id)?\s*[:#]?\s*(?P<value>(?:[A-Z]{1,8}[-/ ])?[A-Z0-9]+(?:[-/][A-Z0-9]+)+|\d{5,})",
        )
    });
    static TITLE: LazyLock<Regex> = LazyLock::new(|| {
        pattern(r"(?:^|\W)(?:(?:position|job)\s*(?:title)?|title|vacancy)\s*:\s*")
    });
    static AGENCY: LazyLock<Regex> =
        LazyLock::new(|| pattern(r"(?:^|\W)(?:hiring\s+)?(?:agency|organization|bureau)\s*:\s*"));
    static DEPARTMENT: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?:^|\W)department\s*:\s*"));
    let labeled = |label: &Regex| labeled(document, label);
    let number = document.blocks.iter().find_map(|block| {
        let text = block.span.slice(&document.text);
        let value = NUMBER
            .captures_iter(text)
            .filter_map(|found| found.name("value"))
            .find(|value| value.as_str().contains(|c: char| c.is_ascii_digit()))?;
        let start = block.span.start;
        Some(Taken::new(
            document,
            Span::new(start + value.start(), start + value.end()),
        ))
    });
    let lines: Vec<Span> = front_lines(document, outline).collect();
    let is_agency = |words: &str| {
        let first_part = words.split(',').next().unwrap_or_default();
        is_organization(first_part) && !is_position(first_part) && !is_banner(words)
    };
    let title = labeled(&TITLE)
        .map(|span| Taken::new(document, span))
        .or_else(|| {
            let free = lines.iter().filter(|span| {
                let words = span.slice(&document.text);
                !is_agency(words) && !is_banner(words)
            });
            let mut free = free.copied();
            let first = free.next()?;
            let named = lines
                .iter()
                .copied()
                .find(|span| is_position(span.slice(&document.text)));
            Some(match named {
                Some(span) => Taken::new(document, span),
                None => Taken::new(document, first)
                    .doubted("taken from the first line, which may not be the position"),
            })
        });
    let agency = labeled(&AGENCY)
        .map(|span| Taken::new(document, span))
        .or_else(|| {
            // The department stands above the agency.
            let organizations = lines.iter().filter(|span| {
                is_agency(span.slice(&document.text))
                    && title.as_ref().is_none_or(|title| title.span != **span)
            });
            let organizations: Vec<Span> = organizations.copied().collect();
            let narrower = organizations
                .iter()
                .find(|span| !is_department(span.slice(&document.text)));
            narrower
                .or(organizations.first())
                .map(|&span| Taken::new(document, span))
        })
        .or_else(|| labeled(&DEPARTMENT).map(|span| Taken::new(document, span)))
        .or_else(|| {
            // Beside the title nothing else stands at the top.
            let beside = lines.iter().copied().find(|span| {
                title.as_ref().is_none_or(|title| {
                    title.span.end <= span.start || span.end <= title.span.start
                }) && !is_banner(span.slice(&document.text))
            })?;
            Some(
                Taken::new(document, beside)
                    .doubted("taken from a line beside the title, which may not be the agency"),
            )
        });
    Fields {
        title,
        agency,
        number,
    }
}

/// The words behind a label, up to the next label or the end of the block.
fn labeled(document: &Document, label: &Regex) -> Option<Span> {
    static NEXT: LazyLock<Regex> = LazyLock::new(|| pattern(&format!(r"\s{LABELS}")));
    document.blocks.iter().find_map(|block| {
        let text = block.span.slice(&document.text);
        let found = label.find(text)?;
        // Farther in, a colon belongs to a sentence.
        if found.start() > 200 {
            return None;
        }
        let rest = &text[found.end()..];
        let mut end = NEXT.find(rest).map_or(rest.len(), |next| next.start());
        if let Some(bracket) = rest[..end].find(" (").filter(|&at| at > 0) {
            end = bracket.max(rest[..end].find(')').map_or(bracket, |close| {
                if rest[bracket..close].contains(char::is_numeric) {
                    close + 1
                } else {
                    bracket
                }
            }));
        }
        if rest[..end].split_whitespace().count() > 20 {
            return None;
        }
        let start = block.span.start + found.end();
        let (start, end) = trimmed_of(&document.text, start, start + end, |c| {
            c.is_whitespace() || "*_;,".contains(c)
        })?;
        Some(Span::new(start, end))
    })
}

/// Lines of the front that are no fields and no sentences.
fn front_lines<'a>(
    document: &'a Document,
    outline: &'a Outline,
) -> impl Iterator<Item = Span> + 'a {
    let front = (0..document.blocks.len()).take_while(|&idx| outline.topic(idx) == Topic::Front);
    front
        .map(|idx| &document.blocks[idx])
        .filter(|block| block.kind != BlockKind::ListItem)
        .map(|block| block.span)
        .filter(|span| {
            let words = span.slice(&document.text);
            words.split_whitespace().count() <= 16
                && !words.contains(':')
                && !words.trim_end().ends_with('.')
        })
        .filter_map(|span| {
            let (start, end) = trimmed(&document.text, span.start, span.end)?;
            Some(Span::new(start, end))
        })
}

/// Words that name no position and no agency: `VACANCY ANNOUNCEMENT`, `Senior Executive Service`.
fn is_banner(words: &str) -> bool {
    static BANNER: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^\W*(?:senior executive service|ses\b|(?:job|vacancy) announcement|vacancy|announcement|executive opportunity|career opportunity)|\b(?:announcement|opportunity)\W*$|\d{4,}",
        )
    });
    BANNER.is_match(words)
}

fn is_organization(words: &str) -> bool {
    static ORGANIZATION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:department|administration|agency|bureau|service|commission|board|institute|authority|center|directorate|registry|corporation|foundation|office|archives|council|corps|command|survey|library|museum)\b",
        )
    });
    ORGANIZATION.is_match(words)
}

fn is_department(words: &str) -> bool {
    let words = words.trim().to_lowercase();
    words.starts_with("department") || words.starts_with("u.s. department")
}

fn is_position(words: &str) -> bool {
    static POSITION: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"\b(?:director|administrator|commissioner|officer|chief|deputy|counsel|secretary|manager|advisor|adviser|inspector general|superintendent|scientist|executive|auditor|judge|librarian|archivist)\b",
        )
    });
    let first = words.split(',').next().unwrap_or_default();
    POSITION.is_match(first) && !words.to_lowercase().contains("senior executive service")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::announcement::outline::outline;
    use crate::document::text;

    fn read(source: &str) -> (String, String, String) {
        let document = text::parse(source).unwrap();
        let found = fields(&document, &outline(&document));
        let words = |taken: Option<Taken>| taken.map_or_else(String::new, |taken| taken.text);
        (words(found.title), words(found.agency), words(found.number))
    }

    #[test]
    fn the_head_is_read_with_labels_and_without() {
        let wanted = |title: &str, agency: &str, number: &str| {
            (title.to_owned(), agency.to_owned(), number.to_owned())
        };
        assert_eq!(
            read(
                "Director of Canals\n\nDepartment of Trade\n\nCanal Service\n\nAnnouncement number: CS-SES-7\n\nDuties\n\nDirects."
            ),
            wanted("Director of Canals", "Canal Service", "CS-SES-7")
        );
        assert_eq!(
            read(
                "VACANCY\n\nPosition Title: Chief of Maps (ES-0340)\n\nAgency: Map Board\n\nVacancy No: 20-114\n"
            ),
            wanted("Chief of Maps (ES-0340)", "Map Board", "20-114")
        );
    }
}
