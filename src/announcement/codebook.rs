//! An announcement as a codebook: the edition's competencies, then a group for each technical qualification.

use std::fmt::Write;
use std::sync::LazyLock;

use regex::Regex;

use crate::announcement::words::pattern;
use crate::announcement::{Announcement, Joiner, Part, Taken, Technical};

/// Most characters of the id behind `announcement-`.
const MAX_SLUG: usize = 48;

/// Most characters of an element's name.
const MAX_NAME: usize = 60;

/// Words of a qualification that has no title of its own, in its name.
const NAME_WORDS: usize = 6;

/// The text of a codebook file, with the words that everything was read from and marks at what is to be checked; none
/// if the announcement asks for no ECQ and no technical qualification.
///
/// `source` names the announcement's file.
#[must_use]
pub fn codebook_source(announcement: &Announcement, source: &str) -> Option<String> {
    let edition = announcement.edition.id.as_deref();
    if edition.is_none() && announcement.technical.is_empty() {
        return None;
    }
    let words = |taken: &Option<Taken>| taken.as_ref().map(|taken| taken.text.clone());
    let title = words(&announcement.title).unwrap_or_else(|| "Vacancy announcement".to_owned());
    let number = words(&announcement.number);
    let agency = words(&announcement.agency);
    let full: Vec<String> = [Some(title.clone()), agency, number.clone()]
        .into_iter()
        .flatten()
        .collect();
    let mut out = String::new();
    let _ = writeln!(
        out,
        "# What a vacancy announcement asks for, read from {}.",
        comment(source)
    );
    let _ = writeln!(
        out,
        "# Compare it with the announcement and correct it here; CHECK marks what is a guess.\n\
         # Then: ecq analyze packet.docx --codebook THIS-FILE\n"
    );
    let _ = writeln!(out, "format = 1");
    let _ = writeln!(
        out,
        "id = {}",
        quoted(&id(number.as_deref().unwrap_or(&title)))
    );
    let _ = writeln!(out, "version = \"1\"");
    let _ = writeln!(out, "title = {}", quoted(&full.join(", ")));
    if let Some(edition) = edition {
        check(&mut out, announcement.edition.check.as_deref());
        let _ = writeln!(out, "extends = {}", quoted(edition));
    }
    let _ = writeln!(
        out,
        "source = {}",
        quoted(&format!("the announcement, {source}"))
    );
    let _ = writeln!(out, "notes = [");
    for note in notes(announcement) {
        let _ = writeln!(out, "  {},", quoted(&note));
    }
    let _ = writeln!(out, "]");
    for technical in &announcement.technical {
        group(&mut out, technical);
    }
    Some(out)
}

/// What a reader of reports should know of the announcement, a sentence each.
fn notes(announcement: &Announcement) -> Vec<String> {
    let minimum = announcement
        .minimum
        .iter()
        .map(|taken| format!("Minimum qualifications ({}): {}", taken.place(), taken.text));
    let limits = announcement
        .limits
        .iter()
        .map(|limit| format!("Limit ({}): {}", limit.taken.place(), limit.describe()));
    let documents = announcement.documents.iter().map(|document| {
        format!(
            "Document ({}), {}: {}: {}",
            document.taken.place(),
            document.wanted.describe(),
            document.kind.describe(),
            document.taken.text
        )
    });
    minimum.chain(limits).chain(documents).collect()
}

/// The group of a technical qualification with its elements.
fn group(out: &mut String, technical: &Technical) {
    let stem = if technical.desired { "dtq" } else { "tq" };
    let id = format!("{stem}{}", technical.number);
    let label = if technical.desired {
        format!("Desired TQ {}", technical.number)
    } else {
        format!("TQ {}", technical.number)
    };
    let name = technical
        .title
        .clone()
        .unwrap_or_else(|| first_words(&technical.taken.text));
    let _ = writeln!(
        out,
        "\n# {}: {}",
        technical.taken.place(),
        comment(&technical.taken.text)
    );
    check(out, technical.taken.check.as_deref());
    let _ = writeln!(out, "[[ecq]]");
    let _ = writeln!(out, "id = {}", quoted(&id));
    let _ = writeln!(out, "name = {}", quoted(&format!("{label}: {name}")));
    if let Some(title) = &technical.title {
        let _ = writeln!(out, "aliases = [{}]", quoted(title));
    }
    let _ = writeln!(out, "kind = \"technical\"");
    let _ = writeln!(out, "number = {}", technical.number);
    if technical.desired {
        let _ = writeln!(out, "desired = true");
    }
    let _ = writeln!(out, "definition = {}", quoted(&technical.taken.text));
    let mut n = 0;
    for (at, part) in technical.parts.iter().enumerate() {
        for element in &part.elements {
            n += 1;
            let text = &element.taken.text;
            let _ = writeln!(out);
            check(out, element.taken.check.as_deref());
            let _ = writeln!(out, "[[competency]]");
            let _ = writeln!(out, "id = {}", quoted(&format!("{id}-{n}")));
            let _ = writeln!(out, "ecq = {}", quoted(&id));
            let _ = writeln!(out, "name = {}", quoted(&capitalized(&cut(text, MAX_NAME))));
            let _ = writeln!(out, "definition = {}", quoted(&element.reading));
            let _ = writeln!(out, "indicators = [{}]", quoted(&capitalized(text)));
            if let Some(n_needed) = alternatives(part) {
                let _ = writeln!(out, "any_of = {}", quoted(&format!("{id}-list{}", at + 1)));
                if n_needed > 1 {
                    let _ = writeln!(out, "at_least = {n_needed}");
                }
            }
        }
    }
}

/// How many elements of a part are enough, where not all are asked for.
fn alternatives(part: &Part) -> Option<u32> {
    match part.joiner {
        _ if part.elements.len() < 2 => None,
        Joiner::All => None,
        Joiner::Any => Some(1),
        Joiner::AtLeast(n) => Some(n),
    }
}

fn check(out: &mut String, why: Option<&str>) {
    if let Some(why) = why {
        let _ = writeln!(out, "# CHECK: {}", comment(why));
    }
}

/// A text in quotes, as TOML has it.
fn quoted(text: &str) -> String {
    toml::Value::String(text.split_whitespace().collect::<Vec<_>>().join(" ")).to_string()
}

/// A text that ends no comment.
pub(super) fn comment(text: &str) -> String {
    text.chars()
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect()
}

/// An id in kebab-case that begins with a letter.
fn id(name: &str) -> String {
    let mut slug = String::new();
    for c in name.chars() {
        if c.is_ascii_alphanumeric() {
            slug.push(c.to_ascii_lowercase());
        } else if !slug.ends_with('-') && !slug.is_empty() {
            slug.push('-');
        }
        if slug.len() >= MAX_SLUG {
            break;
        }
    }
    let slug = slug.trim_matches('-');
    if slug.is_empty() {
        "announcement".to_owned()
    } else {
        format!("announcement-{slug}")
    }
}

/// The first words that tell a qualification from others: `Demonstrated experience` begins them all.
fn first_words(text: &str) -> String {
    static COMMON: LazyLock<Regex> = LazyLock::new(|| {
        pattern(
            r"^(?:\w+\s+)?(?:experience|ability|knowledge|skills?|expertise|mastery|success)\s+(?:(?:in|of|with|to)\s+)?",
        )
    });
    let text = COMMON.replace(text, "");
    let words: Vec<&str> = text.split_whitespace().collect();
    let dots = if words.len() > NAME_WORDS { " ..." } else { "" };
    let first = words[..words.len().min(NAME_WORDS)].join(" ");
    let first = first.trim_end_matches([',', ';', ':', '.']);
    format!("{}{dots}", capitalized(first))
}

/// A text cut at a word's end.
fn cut(text: &str, max_chars: usize) -> String {
    if text.chars().count() <= max_chars {
        return text.to_owned();
    }
    let start: String = text.chars().take(max_chars).collect();
    let whole = start.rfind(' ').map_or(start.as_str(), |end| &start[..end]);
    format!("{whole} ...")
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| {
        first.to_uppercase().chain(letters).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_and_names_keep_their_form() {
        assert_eq!(id("FWA-SES-2021/0014 "), "announcement-fwa-ses-2021-0014");
        assert_eq!(id("…"), "announcement");
        assert!(id(&"x y ".repeat(99)).len() <= 64);
        assert_eq!(
            first_words("Leads a large, complex office of many"),
            "Leads a large, complex office of ..."
        );
        assert_eq!(
            first_words("Demonstrated experience leading an office."),
            "Leading an office"
        );
        assert_eq!(cut("one two three", 9), "one two ...");
        assert_eq!(quoted("say \"no\""), "'say \"no\"'");
    }
}
