//! The rules that a codebook file has to meet, and all the ways in which a file breaks them.
//!
//! Faults (the file is refused): text that is not TOML; a format, date, id, kind or confidence that is
//! unknown or malformed; unknown keys; a missing or empty id, name, definition or text; ids used twice;
//! references to an ECQ that is not there; names of ECQs that cannot be told apart; a first day after
//! the last; more than [`MAX_CODES`] entries.
//!
//! Warnings (the file is read): a competency without indicators, since nothing then tells a coder what
//! shows it; an ECQ to which no competency or key characteristic belongs.
//!
//! # Example
//! ```
//! use ecq::codebook::Codebook;
//!
//! let faults = Codebook::parse("format = 2\nid = \"My Book\"\n").unwrap_err();
//! let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
//! assert_eq!(lines[0], "line 1: format 2 is unknown; this version reads format 1");
//! assert!(lines[5].starts_with("line 2: id \"My Book\" is not in kebab-case"));
//! ```

use toml::de::DeTable;

use crate::codebook::Codebook;
use crate::codebook::Fault;
use crate::codebook::reader;
use crate::codebook::table::{Fields, Lines};

/// The format of the file that this version reads.
pub const FORMAT: u32 = 1;

/// Most ECQs, competencies and key characteristics taken together. The largest edition known has 62.
pub const MAX_CODES: usize = 5_000;

/// All that is to be said of a codebook file, each list in the order of lines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Why the file is refused; empty if it is not.
    pub faults: Vec<Fault>,
    /// What its author should look at.
    pub warnings: Vec<Fault>,
}

/// Checks the text of a codebook file against every rule.
#[must_use]
pub fn lint(source: &str) -> Findings {
    read(source).1
}

/// The codebook, if the file has no fault, and what is to be said of the file.
pub(super) fn read(source: &str) -> (Option<Codebook>, Findings) {
    let lines = Lines::new(source);
    match DeTable::parse(source) {
        Ok(table) => reader::read(
            source,
            &Fields::new("the codebook", 0..0, table.get_ref(), &lines),
        ),
        Err(error) => {
            let offset = error.span().map_or(source.len(), |span| span.start);
            let message = format!("column {}: {}", lines.column(offset), error.message());
            let faults = vec![Fault {
                line: lines.line(offset),
                message,
            }];
            (
                None,
                Findings {
                    faults,
                    warnings: Vec::new(),
                },
            )
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A file without fault, in lines that the cases below change one by one.
    const GOOD: &str = r#"format = 1
id = "county"
version = "1.0.0"
title = "County executives"
in_force_from = 2020-01-01
in_force_to = 2024-06-30

[[ecq]]
id = "sv"
name = "Serving"
definition = "Serves people."

[[competency]]
id = "listening"
ecq = "sv"
name = "Listening"
definition = "Hears what is said."
indicators = [
  "Changed a plan after hearing someone",
]

[[key_characteristic]]
id = "sv-1"
ecq = "sv"
text = "Opens the door."
"#;

    /// The findings on [`GOOD`] with `old` replaced by `new`, one a line, warnings marked.
    fn after(old: &str, new: &str) -> String {
        assert_eq!(
            GOOD.matches(old).count(),
            1,
            "{old:?} must stand in GOOD once"
        );
        all(&GOOD.replace(old, new))
    }

    fn all(source: &str) -> String {
        let findings = lint(source);
        assert!(findings.faults.is_sorted() && findings.warnings.is_sorted());
        assert_eq!(
            Codebook::parse(source).err().unwrap_or_default(),
            findings.faults
        );
        let faults = findings.faults.iter().map(ToString::to_string);
        let warnings = findings
            .warnings
            .iter()
            .map(|warning| format!("warning: {warning}"));
        faults.chain(warnings).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn a_good_file_has_no_findings() {
        assert_eq!(all(GOOD), "");
        assert_eq!(all(&GOOD.replace('\n', "\r\n")), "");
    }

    #[test]
    fn text_that_is_not_toml_has_one_fault_with_its_column() {
        let found = after("name = \"Listening\"", "name = Listening");
        assert!(found.starts_with("line 16: column 8: "), "{found}");
        assert_eq!(found.lines().count(), 1);
        let found = after("id = \"sv-1\"", "id = \"é\" x");
        assert!(found.starts_with("line 23: column 10: "), "{found}");
        let found = after("version = \"1.0.0\"", "id = \"again\"");
        assert!(found.starts_with("line 3: column 1: "), "{found}");
        let found = all("format = 1\nid = \"open");
        assert!(found.starts_with("line 2: column "), "{found}");
    }

    #[test]
    fn an_empty_file_lacks_everything() {
        assert_eq!(
            all(""),
            "line 1: the codebook has no [[competency]]\n\
             line 1: the codebook has no [[ecq]]\n\
             line 1: the codebook has no format\n\
             line 1: the codebook has no id\n\
             line 1: the codebook has no title\n\
             line 1: the codebook has no version"
        );
    }

    #[test]
    fn an_unknown_format_is_refused() {
        assert_eq!(
            after("format = 1", "format = 2"),
            "line 1: format 2 is unknown; this version reads format 1"
        );
        assert_eq!(
            after("format = 1", "format = \"1\""),
            "line 1: format is not a whole number"
        );
    }

    #[test]
    fn unknown_keys_are_named_where_they_stand() {
        assert_eq!(
            after(
                "name = \"Listening\"",
                "name = \"Listening\"\ndefintion = \"x\""
            ),
            "line 17: unknown key \"defintion\" in [[competency]]; did you mean \"definition\"?"
        );
        assert_eq!(
            after("text = ", "color = 3\ntext = "),
            "line 25: unknown key \"color\" in [[key_characteristic]]; \
             known are id, ecq, text, confidence"
        );
        assert_eq!(
            after("[[key_characteristic]]", "[[key_characteristics]]"),
            "line 22: unknown key \"key_characteristics\" in the codebook; \
             did you mean \"key_characteristic\"?"
        );
    }

    #[test]
    fn ids_used_twice_point_to_the_first() {
        let ecq = "[[ecq]]\nid = \"sv\"\nname = \"Other\"\ndefinition = \"x\"\n\n[[competency]]";
        assert_eq!(
            after("[[competency]]", ecq),
            "line 14: id \"sv\" is already used on line 9"
        );
        assert_eq!(
            after("id = \"sv-1\"", "id = \"listening\""),
            "line 23: id \"listening\" is already used on line 14"
        );
    }

    #[test]
    fn ids_have_one_form() {
        assert_eq!(
            after("id = \"listening\"", "id = \"Listening_Skill\""),
            "line 14: id \"Listening_Skill\" is not in kebab-case; \
             use small letters, digits and single hyphens, a letter first"
        );
        let long = "l".repeat(65);
        assert_eq!(
            after("id = \"county\"", &format!("id = \"{long}\"")),
            "line 2: an id has 65 bytes; at most 64 are allowed"
        );
    }

    #[test]
    fn definitions_are_there_and_say_something() {
        assert_eq!(
            after("definition = \"Hears what is said.\"\n", ""),
            "line 13: [[competency]] has no definition"
        );
        assert_eq!(
            after("definition = \"Serves people.\"", "definition = \" \""),
            "line 11: definition is empty"
        );
        assert_eq!(
            after("text = \"Opens the door.\"", "text = 5"),
            "line 25: text is not a text; write it in quotes"
        );
        assert_eq!(
            after("  \"Changed a plan", "  \"\",\n  \"Changed a plan"),
            "line 19: indicators is empty"
        );
    }

    #[test]
    fn references_lead_to_an_ecq() {
        assert_eq!(
            after("ecq = \"sv\"\nname", "ecq = \"srv\"\nname"),
            "line 15: ecq \"srv\" is not defined; did you mean \"sv\"?"
        );
        assert_eq!(
            after("ecq = \"sv\"\ntext", "ecq = \"leading-change\"\ntext"),
            "line 24: ecq \"leading-change\" is not defined"
        );
    }

    #[test]
    fn kinds_and_degrees_are_of_a_few_words() {
        assert_eq!(
            after("name = \"Serving\"", "name = \"Serving\"\nkind = \"group\""),
            "line 11: kind \"group\" is unknown; known are ecq, fundamental, technical"
        );
        assert_eq!(
            after(
                "name = \"Listening\"",
                "name = \"Listening\"\nconfidence = \"high\""
            ),
            "line 17: confidence \"high\" is unknown; known are inferred, recalled, partly-seen, seen"
        );
    }

    #[test]
    fn names_of_ecqs_can_be_told_apart() {
        let twin = "[[ecq]]\nid = \"tw\"\nname = \"Twin\"\naliases = [\"SERVING\", \"-\"]\ndefinition = \"x\"\n\n[[competency]]";
        assert_eq!(
            after("[[competency]]", twin),
            "line 16: name \"-\" has no letter or digit\n\
             line 16: name \"SERVING\" already stands for ecq \"sv\"\n\
             warning: line 14: nothing belongs to ecq \"tw\""
        );
    }

    #[test]
    fn dates_are_days_in_order() {
        assert_eq!(
            after("in_force_from = 2020-01-01", "in_force_from = 2024-07-01"),
            "line 5: in_force_from is after in_force_to"
        );
        for wrong in ["\"2024-06-30\"", "2024", "2024-06-30T12:00:00"] {
            assert_eq!(
                after(
                    "in_force_to = 2024-06-30",
                    &format!("in_force_to = {wrong}")
                ),
                "line 6: in_force_to is not a date; write it like 1997-09-01, without quotes"
            );
        }
        let found = after("in_force_to = 2024-06-30", "in_force_to = 2024-02-30");
        assert!(found.starts_with("line 6: column "), "{found}");
    }

    #[test]
    fn lists_and_tables_have_their_own_brackets() {
        assert_eq!(
            after(
                "indicators = [\n  \"Changed a plan after hearing someone\",\n]",
                "indicators = \"One\""
            ),
            "line 18: indicators is not a list; write it in [ ]\n\
             warning: line 13: competency \"listening\" has no indicators"
        );
        assert_eq!(
            after("[[key_characteristic]]", "[key_characteristic]"),
            "line 22: key_characteristic is not a table; begin it with [[key_characteristic]]"
        );
    }

    #[test]
    fn a_competency_without_indicators_is_read_with_a_warning() {
        let source = GOOD.replace("  \"Changed a plan after hearing someone\",\n", "");
        assert_eq!(
            all(&source),
            "warning: line 13: competency \"listening\" has no indicators"
        );
        assert!(Codebook::parse(&source).is_ok());
    }

    #[test]
    fn many_faults_are_found_at_once() {
        let source = GOOD
            .replace(
                "definition = \"Hears what is said.\"",
                "defintion = \"Hears what is said.\"",
            )
            .replace("ecq = \"sv\"\ntext", "ecq = \"vs\"\ntext")
            .replace("format = 1", "format = 3")
            .replace("id = \"sv-1\"", "id = \"listening\"");
        assert_eq!(
            all(&source),
            "line 1: format 3 is unknown; this version reads format 1\n\
             line 13: [[competency]] has no definition\n\
             line 17: unknown key \"defintion\" in [[competency]]; did you mean \"definition\"?\n\
             line 23: id \"listening\" is already used on line 14\n\
             line 24: ecq \"vs\" is not defined"
        );
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let more = |n: usize| {
            let entries = (0..n).map(|idx| {
                format!("[[competency]]\nid = \"c{idx}\"\necq = \"sv\"\nname = \"N\"\ndefinition = \"D\"\n")
            });
            format!("{GOOD}{}", entries.collect::<String>())
        };
        // Three entries stand in GOOD.
        assert!(Codebook::parse(&more(MAX_CODES - 3)).is_ok());
        assert_eq!(
            all(&more(MAX_CODES - 2)),
            "line 1: the codebook has 5001 entries; at most 5000 are read"
        );
    }

    #[test]
    fn a_file_that_is_wrong_throughout_has_a_short_list() {
        let keys: String = (0..1_000).map(|idx| format!("key{idx} = 1\n")).collect();
        assert_eq!(lint(&keys).faults.len(), 200);
    }

    proptest::proptest! {
        #[test]
        fn damage_anywhere_is_reported_and_never_fatal(
            at in 0..GOOD.len(),
            n_lost in 0..40_usize,
            put in "\\PC{0,12}|[\\[\\]={}\"'\n\r#-]{0,6}",
        ) {
            // GOOD is ASCII, so that any byte may be cut at.
            let source = format!("{}{put}{}", &GOOD[..at], &GOOD[(at + n_lost).min(GOOD.len())..]);
            let findings = lint(&source);
            let n_lines = source.matches('\n').count() + 1;
            for fault in findings.faults.iter().chain(&findings.warnings) {
                assert!((1..=n_lines).contains(&fault.line), "{fault} of {n_lines} lines");
                assert!(!fault.message.contains('\n'), "{fault}");
            }
            assert_eq!(Codebook::parse(&source).is_ok(), findings.faults.is_empty());
        }
    }
}
