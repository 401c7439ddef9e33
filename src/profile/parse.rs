//! From the text of a profile file to a [`Profile`], with a line for every fault.

use std::collections::BTreeMap;

use crate::codebook::table::{Faults, Fields, quoted, with_table};
use crate::codebook::{Fault, nearest};
use crate::profile::limits::OFF;
use crate::profile::{Limit, LimitName, Limits, Profile, Setting};

const KEYS: &[&str] = &[
    "id", "title", "source", "notes", "limits", "sources", "rules",
];

/// Reads the text of a profile file; `rules` are the ids that `[rules]` may switch, without it any.
///
/// # Errors
/// All faults, in the order of their lines.
pub fn parse_profile(source: &str, rules: Option<&[&str]>) -> Result<Profile, Vec<Fault>> {
    with_table("the profile", source, |fields, faults| {
        fields.refuse_others(KEYS, faults);
        let id = fields.text("id", faults);
        let title = fields.text("title", faults);
        let from = fields.text("source", faults);
        let notes = fields.texts("notes", faults);
        let mut limits = fields
            .table("limits", "[limits]", faults)
            .map_or_else(Limits::default, |table| read_limits(&table, faults));
        if let Some(table) = fields.table("sources", "[sources]", faults) {
            read_sources(&table, &mut limits, faults);
        }
        let rules = fields
            .table("rules", "[rules]", faults)
            .map_or_else(BTreeMap::new, |table| read_rules(&table, rules, faults));
        Some(Profile {
            id: id?.value,
            title: title?.value,
            source: from?.value,
            notes: notes.into_iter().map(|note| note.value).collect(),
            limits,
            rules,
        })
    })
}

/// The limits of a `[limits]` table.
pub(crate) fn read_limits(table: &Fields<'_, '_>, faults: &mut Faults) -> Limits {
    let keys = LimitName::ALL.map(LimitName::key);
    table.refuse_others(&keys, faults);
    let mut limits = Limits::default();
    for name in LimitName::ALL {
        if let Some(number) = table.number_or_off(name.key(), faults) {
            let limit = Limit {
                value: number.unwrap_or(OFF),
                source: String::new(),
            };
            limits.set(name, limit);
        }
    }
    limits
}

/// Who states each limit.
fn read_sources(table: &Fields<'_, '_>, limits: &mut Limits, faults: &mut Faults) {
    let keys = LimitName::ALL.map(LimitName::key);
    table.refuse_others(&keys, faults);
    for name in LimitName::ALL {
        let Some(source) = table.optional_text(name.key(), faults) else {
            continue;
        };
        match limits.get(name).cloned() {
            Some(limit) => limits.set(
                name,
                Limit {
                    source: source.value,
                    ..limit
                },
            ),
            None => faults.add(
                source.line,
                format!("{} has a source and is not in [limits]", name.key()),
            ),
        }
    }
}

/// The switches of a `[rules]` table.
pub(crate) fn read_rules(
    table: &Fields<'_, '_>,
    known: Option<&[&str]>,
    faults: &mut Faults,
) -> BTreeMap<String, Setting> {
    let mut rules = BTreeMap::new();
    for key in table.keys() {
        if let Some(known) = known
            && !known.contains(&key.value.as_str())
        {
            let hint = nearest(&key.value, known.iter().copied()).map_or_else(
                || "`ecq rules` lists them".to_owned(),
                |meant| format!("did you mean \"{meant}\"?"),
            );
            faults.add(
                key.line,
                format!("unknown rule {}; {hint}", quoted(&key.value)),
            );
            continue;
        }
        let Some(word) = table.optional_text(&key.value, faults) else {
            continue;
        };
        match Setting::WORDS
            .iter()
            .find(|(known, _)| *known == word.value)
        {
            Some(&(_, setting)) => {
                rules.insert(key.value, setting);
            }
            None => {
                let words = Setting::WORDS.map(|(word, _)| word);
                let hint = nearest(&word.value, words).map_or_else(
                    || format!("known are {}", words.join(", ")),
                    |meant| format!("did you mean \"{meant}\"?"),
                );
                faults.add(
                    word.line,
                    format!("{} = {} is unknown; {hint}", key.value, quoted(&word.value)),
                );
            }
        }
    }
    rules
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "id = \"own\"\ntitle = \"Own\"\nsource = \"us\"\n[limits]\npages = 3\n[sources]\npages = \"the announcement\"\n[rules]\nacronyms = \"off\"\n";

    fn faults(text: &str) -> String {
        let found = parse_profile(text, Some(&["acronyms", "jargon"])).unwrap_err();
        let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn a_profile_is_read() {
        let profile = parse_profile(GOOD, None).unwrap();
        assert_eq!(profile.limits.value(LimitName::Pages), Some(3.0));
        assert_eq!(
            profile.limits.get(LimitName::Pages).unwrap().source,
            "the announcement"
        );
        assert_eq!(profile.setting("acronyms"), Some(Setting::Off));
        assert_eq!(profile.setting("jargon"), None);
    }

    #[test]
    fn slips_are_named_with_their_line() {
        assert_eq!(
            faults(&GOOD.replace("pages = 3", "pagse = 3")),
            "line 5: unknown key \"pagse\" in [limits]; did you mean \"pages\"?\n\
             line 7: pages has a source and is not in [limits]"
        );
        assert_eq!(
            faults(&GOOD.replace("pages = 3", "pages = -3")),
            "line 5: pages is not a number of at least 0\n\
             line 7: pages has a source and is not in [limits]"
        );
        assert_eq!(
            faults(&GOOD.replace("acronyms =", "acronmys =")),
            "line 9: unknown rule \"acronmys\"; did you mean \"acronyms\"?"
        );
        assert_eq!(
            faults(&GOOD.replace("\"off\"", "\"of\"")),
            "line 9: acronyms = \"of\" is unknown; did you mean \"off\"?"
        );
        assert!(faults("id = ").starts_with("line 1: "));
    }
}
