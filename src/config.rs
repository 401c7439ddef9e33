//! `ecq.toml`: the settings of a folder, each with the place it came from.
//!
//! A flag beats the environment, the environment beats the file, the file beats what is shipped.

use std::collections::BTreeMap;
use std::fmt;

use crate::codebook::Fault;
use crate::codebook::nearest;
use crate::codebook::table::{At, Faults, Fields, quoted, with_table};
use crate::findings::rule_ids;
use crate::profile::{
    DEFAULT_PROFILE, Limits, Profile, Setting, Skip, profile_ids, read_limits, read_rules,
    shipped_profile,
};

/// Name of the file that is looked for, from the working folder upwards.
pub const FILE_NAME: &str = "ecq.toml";

/// Settings that have one value each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Key {
    /// Kind of document.
    Profile,
    /// Id of a shipped codebook, or a path.
    Codebook,
    /// Directory of a model.
    Model,
    /// Day that ages are counted to.
    AsOf,
    /// Columns of the text report.
    Width,
}

impl Key {
    /// All keys, in the order of listings.
    pub const ALL: [Self; 5] = [
        Self::Profile,
        Self::Codebook,
        Self::Model,
        Self::AsOf,
        Self::Width,
    ];

    /// The key in the file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Profile => "profile",
            Self::Codebook => "codebook",
            Self::Model => "model",
            Self::AsOf => "as_of",
            Self::Width => "width",
        }
    }

    /// The variable of the environment.
    #[must_use]
    pub fn variable(self) -> String {
        format!("ECQ_{}", self.name().to_uppercase())
    }

    /// What holds where nothing is said; none for the model inside the program and each document's own day.
    #[must_use]
    pub fn default(self) -> Option<&'static str> {
        match self {
            Self::Profile => Some(DEFAULT_PROFILE),
            Self::Codebook => Some("opm-2006"),
            Self::Model | Self::AsOf | Self::Width => None,
        }
    }
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// An option of the command line.
    Flag(String),
    /// A variable of the environment.
    Environment(String),
    /// A line of a file.
    File {
        /// Path as found.
        path: String,
        /// Counted from 1.
        line: usize,
    },
    /// A shipped profile.
    Profile(String),
    /// Nothing was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => write!(f, "flag {flag}"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::File { path, line } => write!(f, "{path}:{line}"),
            Self::Profile(id) => write!(f, "profile {id}"),
            Self::Default => f.write_str("default"),
        }
    }
}

/// What a file says.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConfigFile {
    /// Values with their lines.
    pub values: BTreeMap<Key, (String, usize)>,
    /// Limits laid over those of the profile.
    pub limits: Limits,
    /// Rules switched.
    pub rules: BTreeMap<String, Setting>,
    /// Files and sections left out.
    pub skip: Skip,
    /// Lines of the limits and rules, by `limits.pages` and `rules.acronyms`, and of `skip.sections`.
    pub lines: BTreeMap<String, usize>,
}

/// Reads the text of a configuration file.
///
/// # Errors
/// All faults, in the order of their lines; an unknown key, rule or profile names the nearest one there is.
pub fn parse_config(source: &str) -> Result<ConfigFile, Vec<Fault>> {
    let keys: Vec<&str> = Key::ALL
        .into_iter()
        .map(Key::name)
        .chain(["limits", "rules", "skip"])
        .collect();
    let rules: Vec<&str> = rule_ids().collect();
    with_table(FILE_NAME, source, |table, faults| {
        table.refuse_others(&keys, faults);
        let mut file = ConfigFile::default();
        for key in Key::ALL {
            let value = if key == Key::Width {
                table
                    .number(key.name(), faults)
                    .map(|number| (number.value.to_string(), number.line))
            } else {
                table
                    .optional_text(key.name(), faults)
                    .map(|text| (text.value, text.line))
            };
            let Some((value, line)) = value else {
                continue;
            };
            if let Err(message) = check(key, &value) {
                faults.add(line, message);
            }
            file.values.insert(key, (value, line));
        }
        if let Some(limits) = table.table("limits", "[limits]", faults) {
            file.limits = read_limits(&limits, faults);
            for key in limits.keys() {
                file.lines.insert(format!("limits.{}", key.value), key.line);
            }
        }
        if let Some(table) = table.table("rules", "[rules]", faults) {
            file.rules = read_rules(&table, Some(&rules), faults);
            for key in table.keys() {
                file.lines.insert(format!("rules.{}", key.value), key.line);
            }
        }
        if let Some(table) = table.table("skip", "[skip]", faults) {
            read_skip(&table, &rules, &mut file, faults);
        }
        Some(file)
    })
}

/// The `[skip]` table; rules in it are switched off.
fn read_skip(table: &Fields<'_, '_>, rules: &[&str], file: &mut ConfigFile, faults: &mut Faults) {
    table.refuse_others(&["sections", "files", "rules"], faults);
    let words = |texts: Vec<At<String>>| texts.into_iter().map(|text| text.value).collect();
    file.skip = Skip {
        sections: words(table.texts("sections", faults)),
        files: words(table.texts("files", faults)),
    };
    for rule in table.texts("rules", faults) {
        if !rules.contains(&rule.value.as_str()) {
            let hint = nearest(&rule.value, rules.iter().copied()).map_or_else(
                || "`ecq rules` lists them".to_owned(),
                |meant| format!("did you mean \"{meant}\"?"),
            );
            faults.add(
                rule.line,
                format!("unknown rule {}; {hint}", quoted(&rule.value)),
            );
        } else if file
            .rules
            .insert(rule.value.clone(), Setting::Off)
            .is_some()
        {
            faults.add(
                rule.line,
                format!("{} stands in [rules] and in [skip]", rule.value),
            );
        } else {
            file.lines
                .insert(format!("rules.{}", rule.value), rule.line);
        }
    }
    for key in table.keys() {
        if key.value != "rules" {
            file.lines.insert(format!("skip.{}", key.value), key.line);
        }
    }
}

/// Whether a value can be right, with one line on what is wrong.
///
/// # Errors
/// The line, for an unknown profile, a malformed day or a width that is no whole number.
pub fn check(key: Key, value: &str) -> Result<(), String> {
    match key {
        Key::Profile if shipped_profile(value).is_none() => {
            let hint = nearest(value, profile_ids()).map_or_else(
                || format!("known are {}", profile_ids().collect::<Vec<_>>().join(", ")),
                |meant| format!("did you mean \"{meant}\"?"),
            );
            Err(format!(
                "unknown profile \"{}\"; {hint}",
                value.escape_debug()
            ))
        }
        Key::AsOf => value.parse::<crate::findings::date::Date>().map(|_| ()),
        Key::Width => match value.parse::<usize>() {
            Ok(_) => Ok(()),
            Err(_) => Err(format!(
                "width \"{}\" is not a whole number",
                value.escape_debug()
            )),
        },
        Key::Profile | Key::Codebook | Key::Model => Ok(()),
    }
}

/// All settings of a run, each with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// One entry a key; a key without a value is not set.
    pub values: BTreeMap<Key, (String, Origin)>,
    /// The kind of document, with the limits and switches of the file laid over it.
    pub profile: Profile,
    /// Files and sections left out.
    pub skip: Skip,
    /// Where each limit and switch came from, by `limits.pages` and `rules.acronyms`.
    pub origins: BTreeMap<String, Origin>,
}

impl Settings {
    /// Joins what the flags, the environment and the file say; `path` names the file in messages.
    ///
    /// `flags` and `environment` hold what was given there, by key, with the option or variable as typed.
    ///
    /// # Errors
    /// One line on a value that cannot be right, with its origin.
    pub fn resolve(
        flags: &BTreeMap<Key, (String, String)>,
        environment: &BTreeMap<Key, String>,
        file: &ConfigFile,
        path: &str,
    ) -> Result<Self, String> {
        let mut values = BTreeMap::new();
        for key in Key::ALL {
            let flag = flags
                .get(&key)
                .map(|(value, flag)| (value.clone(), Origin::Flag(flag.clone())));
            let variable = || {
                let value = environment.get(&key)?;
                Some((value.clone(), Origin::Environment(key.variable())))
            };
            let in_file = || {
                let (value, line) = file.values.get(&key)?;
                let origin = Origin::File {
                    path: path.to_owned(),
                    line: *line,
                };
                Some((value.clone(), origin))
            };
            let shipped = || Some((key.default()?.to_owned(), Origin::Default));
            if let Some((value, origin)) = flag.or_else(variable).or_else(in_file).or_else(shipped)
            {
                check(key, &value).map_err(|message| format!("{message} ({origin})"))?;
                values.insert(key, (value, origin));
            }
        }
        let profile = values
            .get(&Key::Profile)
            .and_then(|(id, _)| shipped_profile(id))
            .cloned()
            .unwrap_or_default();
        let mut origins = BTreeMap::new();
        let shipped = Origin::Profile(profile.id.clone());
        for (name, _) in profile.limits.iter() {
            origins.insert(format!("limits.{}", name.key()), shipped.clone());
        }
        for rule in profile.rules.keys() {
            origins.insert(format!("rules.{rule}"), shipped.clone());
        }
        for (key, &line) in &file.lines {
            let path = path.to_owned();
            origins.insert(key.clone(), Origin::File { path, line });
        }
        Ok(Self {
            values,
            profile: profile.overlay(&file.limits, &file.rules),
            skip: file.skip.clone(),
            origins,
        })
    }

    /// A value, if it is set.
    #[must_use]
    pub fn get(&self, key: Key) -> Option<&str> {
        self.values.get(&key).map(|(value, _)| value.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::LimitName;

    fn faults(source: &str) -> String {
        let faults = parse_config(source).unwrap_err();
        let lines: Vec<String> = faults.iter().map(ToString::to_string).collect();
        lines.join("\n")
    }

    #[test]
    fn slips_are_named_with_their_place() {
        assert_eq!(
            faults("proflie = \"tq-statement\"\n"),
            "line 1: unknown key \"proflie\" in ecq.toml; did you mean \"profile\"?"
        );
        assert_eq!(
            faults("\nprofile = \"tq-statment\"\n"),
            "line 2: unknown profile \"tq-statment\"; did you mean \"tq-statement\"?"
        );
        assert_eq!(
            faults("[rules]\nacronym = \"off\"\n"),
            "line 2: unknown rule \"acronym\"; did you mean \"acronyms\"?"
        );
        assert_eq!(
            faults("[limits]\npage = 5\n"),
            "line 2: unknown key \"page\" in [limits]; did you mean \"pages\"?"
        );
        assert!(faults("as_of = \"May\"").starts_with("line 1: \"May\" is not a date"));
    }

    #[test]
    fn what_is_left_out_is_read_and_checked() {
        let source =
            "[skip]\nsections = [\"resume\"]\nfiles = [\"old/**\"]\nrules = [\"acronyms\"]\n";
        let file = parse_config(source).unwrap();
        assert_eq!(file.skip.sections, ["resume"]);
        assert_eq!(file.skip.files, ["old/**"]);
        assert_eq!(file.rules["acronyms"], Setting::Off);
        assert_eq!(
            (file.lines["rules.acronyms"], file.lines["skip.files"]),
            (4, 3)
        );
        assert_eq!(
            faults("[skip]\nrules = [\"acronym\"]\nsection = []\n"),
            "line 2: unknown rule \"acronym\"; did you mean \"acronyms\"?\n\
             line 3: unknown key \"section\" in [skip]; did you mean \"sections\"?"
        );
        assert_eq!(
            faults("[rules]\nacronyms = \"on\"\n[skip]\nrules = [\"acronyms\"]\n"),
            "line 4: acronyms stands in [rules] and in [skip]"
        );
    }

    #[test]
    fn the_nearer_word_wins() {
        let file = parse_config("profile = \"two-page-resume\"\ncodebook = \"opm-2025\"\n[limits]\npages = 3\n[rules]\nacronyms = \"off\"\n").unwrap();
        let flags = BTreeMap::from([(
            Key::Codebook,
            ("opm-1997".to_owned(), "--codebook".to_owned()),
        )]);
        let environment = BTreeMap::from([
            (Key::Codebook, "opm-2006".to_owned()),
            (Key::AsOf, "2024".to_owned()),
        ]);
        let settings = Settings::resolve(&flags, &environment, &file, "ecq.toml").unwrap();
        assert_eq!(settings.get(Key::Codebook), Some("opm-1997"));
        assert_eq!(
            settings.values[&Key::AsOf].1.to_string(),
            "environment ECQ_AS_OF"
        );
        assert_eq!(settings.values[&Key::Profile].1.to_string(), "ecq.toml:1");
        assert_eq!(settings.profile.limits.value(LimitName::Pages), Some(3.0));
        assert_eq!(settings.origins["limits.pages"].to_string(), "ecq.toml:4");
        assert_eq!(
            settings.origins["limits.years"].to_string(),
            "profile two-page-resume"
        );
        assert_eq!(settings.profile.setting("acronyms"), Some(Setting::Off));
    }

    #[test]
    fn a_wrong_value_names_its_origin() {
        let environment = BTreeMap::from([(Key::Profile, "resume".to_owned())]);
        let error = Settings::resolve(&BTreeMap::new(), &environment, &ConfigFile::default(), "")
            .unwrap_err();
        assert!(error.ends_with("(environment ECQ_PROFILE)"), "{error}");
    }

    #[test]
    fn shipped_profiles_switch_known_rules_only() {
        let known: Vec<&str> = rule_ids().collect();
        for profile in crate::profile::shipped_profiles() {
            for rule in profile.rules.keys() {
                assert!(known.contains(&rule.as_str()), "{}: {rule}", profile.id);
            }
        }
    }
}
