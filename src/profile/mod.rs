//! What kind of document is checked, by which limits, with which rules: data, never code.
//!
//! A profile ships as a TOML file under `corpus/profiles`, with the source of every limit. An announcement's own
//! limits and switches are laid over it by [`Profile::overlay`].

mod limits;
mod parse;
mod shipped;
mod skip;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use self::limits::{Limit, LimitName, Limits};
pub use self::parse::parse_profile;
pub(crate) use self::parse::{read_limits, read_rules};
pub use self::shipped::{
    DEFAULT_PROFILE, profile_ids, profile_source, shipped_profile, shipped_profiles,
};
pub use self::skip::Skip;

/// How much a finding weighs. The order is the order of weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth a look; a careful reader may disagree.
    Note,
    /// Something that boards and their advisers name as a fault.
    Warning,
    /// A stated rule of the format is broken.
    Error,
}

impl Severity {
    /// All severities, lightest first.
    pub const ALL: [Self; 3] = [Self::Note, Self::Warning, Self::Error];

    /// The word used in reports and files.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// What a profile says of a rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setting {
    /// The rule does not run.
    Off,
    /// The rule runs with its own severity.
    On,
    /// The rule runs, and its findings have this severity.
    Severity(Severity),
}

impl Setting {
    /// The words of a file, with what they mean.
    pub const WORDS: [(&'static str, Self); 5] = [
        ("off", Self::Off),
        ("on", Self::On),
        ("note", Self::Severity(Severity::Note)),
        ("warning", Self::Severity(Severity::Warning)),
        ("error", Self::Severity(Severity::Error)),
    ];

    /// The word of a file.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::On => "on",
            Self::Severity(severity) => severity.name(),
        }
    }
}

/// A kind of document with its limits and rules.
#[derive(Clone, Debug, PartialEq)]
pub struct Profile {
    /// Id, for example `traditional-narrative`.
    pub id: String,
    /// What it is, in a few words.
    pub title: String,
    /// Where its limits come from.
    pub source: String,
    /// Remarks for people.
    pub notes: Vec<String>,
    /// What the format states.
    pub limits: Limits,
    /// Rules that it switches, by id.
    pub rules: BTreeMap<String, Setting>,
}

impl Profile {
    /// What it says of a rule.
    #[must_use]
    pub fn setting(&self, rule: &str) -> Option<Setting> {
        self.rules.get(rule).copied()
    }

    /// The profile with other limits and switches laid over its own.
    #[must_use]
    pub fn overlay(mut self, limits: &Limits, rules: &BTreeMap<String, Setting>) -> Self {
        self.limits.overlay(limits);
        self.rules
            .extend(rules.iter().map(|(rule, &setting)| (rule.clone(), setting)));
        self
    }
}

impl Default for Profile {
    /// The shipped profile [`DEFAULT_PROFILE`].
    fn default() -> Self {
        shipped_profile(DEFAULT_PROFILE)
            .cloned()
            .unwrap_or_else(|| Self {
                id: DEFAULT_PROFILE.to_owned(),
                title: String::new(),
                source: String::new(),
                notes: Vec::new(),
                limits: Limits::default(),
                rules: BTreeMap::new(),
            })
    }
}
