//! Words of one edition that another does not use.

use crate::codebook::{Codebook, EcqKind};
use crate::crosswalk::{CrosswalkTable, WordingPlace, WordingView};
use crate::document::Document;

/// The names of `from` and the words listed for it that stand in the document and have no use in `to`.
///
/// A name counts as spelled in the codebook or in capitals, so that everyday words in running text are left alone;
/// listed words count in any case. Longer words are looked for first, and no place is given twice.
pub(super) fn wording(
    document: &Document,
    from: &Codebook,
    to: &Codebook,
    table: &CrosswalkTable,
) -> Vec<WordingView> {
    let mut wanted = names(from, to);
    for listed in &table.wordings {
        if listed.edition == from.id() && listed.not_in == to.id() {
            wanted.extend(listed.words.iter().map(|words| Wanted {
                words: words.clone(),
                any_case: true,
                note: listed.note.clone(),
                source: listed.source.clone(),
            }));
        }
    }
    wanted.sort_by_key(|wanted| std::cmp::Reverse(wanted.words.len()));
    let mut taken: Vec<(usize, usize)> = Vec::new();
    let mut views = Vec::new();
    for wanted in wanted {
        let mut places = Vec::new();
        for (start, end) in wanted.find(&document.text) {
            if taken.iter().any(|&(from, to)| start < to && from < end) {
                continue;
            }
            taken.push((start, end));
            places.push(place(document, start, end));
        }
        if !places.is_empty() {
            views.push(WordingView {
                words: wanted.words,
                note: wanted.note,
                source: wanted.source,
                places,
            });
        }
    }
    views.sort_by_key(|view| view.places.first().map(|place| place.start));
    views
}

struct Wanted {
    words: String,
    any_case: bool,
    note: String,
    source: String,
}

impl Wanted {
    /// Byte ranges where the words stand as whole words.
    fn find(&self, text: &str) -> Vec<(usize, usize)> {
        // ASCII only, so that offsets hold in the text itself.
        let (text, forms) = if self.any_case {
            (
                text.to_ascii_lowercase(),
                vec![self.words.to_ascii_lowercase()],
            )
        } else {
            (
                text.to_owned(),
                vec![self.words.clone(), self.words.to_uppercase()],
            )
        };
        let is_letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
        let mut found: Vec<(usize, usize)> = forms
            .iter()
            .flat_map(|form| text.match_indices(form.as_str()))
            .map(|(start, form)| (start, start + form.len()))
            .filter(|&(start, end)| {
                !is_letter(text[..start].chars().next_back())
                    && !is_letter(text[end..].chars().next())
            })
            .collect();
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// The names of two words or more that `to` does not have; a single word, such as Vision, is everyday language.
fn names(from: &Codebook, to: &Codebook) -> Vec<Wanted> {
    let known = |name: &str| {
        let ecqs = to.ecqs().iter().flat_map(|ecq| ecq.names());
        let competencies = to.competencies().iter().map(|competency| competency.name());
        ecqs.chain(competencies)
            .any(|other| other.eq_ignore_ascii_case(name))
    };
    let ecqs = from.ecqs().iter().filter(|ecq| ecq.kind() == EcqKind::Ecq);
    let ecqs = ecqs.map(|ecq| (ecq.name(), "an ECQ"));
    let competencies = from
        .competencies()
        .iter()
        .map(|competency| (competency.name(), "a competency"));
    ecqs.chain(competencies)
        .filter(|(name, _)| name.contains([' ', '/']) && !known(name))
        .map(|(name, what)| Wanted {
            words: name.to_owned(),
            any_case: false,
            note: format!(
                "the name of {what} of {}; {} has none of that name",
                from.id(),
                to.id()
            ),
            source: format!("the codebooks {} and {}", from.id(), to.id()),
        })
        .collect()
}

fn place(document: &Document, start: usize, end: usize) -> WordingPlace {
    let block = document
        .blocks
        .iter()
        .find(|block| block.span.start <= start && start < block.span.end);
    WordingPlace {
        start,
        end,
        page: block.and_then(|block| block.page),
        paragraph: block.map_or(0, |block| block.paragraph),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::codebook::builtin;
    use crate::crosswalk::shipped_crosswalk;
    use crate::document::parse;

    fn words(text: &str, from: &str, to: &str) -> Vec<(String, usize)> {
        let document = parse(text.as_bytes(), Some("txt")).unwrap();
        let (from, to) = (builtin(from).unwrap(), builtin(to).unwrap());
        wording(&document, from, to, shipped_crosswalk())
            .into_iter()
            .map(|view| (view.words, view.places.len()))
            .collect()
    }

    #[test]
    fn names_and_listed_words_are_marked_once_and_everyday_words_are_not() {
        let text = "LEADING CHANGE\n\nI improved customer service and built an inclusive workplace. \
                    Leading People was next. Our diversity of views, and Diversity, counted.";
        let found = words(text, "opm-2006", "opm-2025");
        let named = |words: &str, n| (words.to_owned(), n);
        assert_eq!(
            found,
            [
                named("Leading Change", 1),
                named("inclusive workplace", 1),
                named("diversity", 2)
            ]
        );
        assert_eq!(words(text, "opm-2025", "opm-2006"), []);
    }
}
