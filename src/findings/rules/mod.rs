//! The rules, one file each, and the one table of them.

mod cross_reference;

use crate::findings::{Finding, Subject};
use crate::profile::{Profile, Severity};

/// Something that a board stops at, and how it is found.
pub struct Rule {
    /// Id in reports and files.
    pub id: &'static str,
    /// How much its findings weigh, unless the profile or the finding says otherwise.
    pub severity: Severity,
    /// Whether it runs where the profile does not mention it.
    pub on: bool,
    /// What it looks for, in a few words.
    pub title: &'static str,
    /// Why a reader stops there.
    pub why: &'static str,
    /// Where that was read.
    pub source: &'static str,
    /// What the text would show if the finding were gone; never words to put in.
    pub fix: &'static str,
    /// Whether it needs a model's reading.
    pub needs_model: bool,
    /// Adds what it finds.
    pub(super) check: fn(&Subject<'_>, &Profile, &mut Vec<Finding>),
}

impl std::fmt::Debug for Rule {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Rule({})", self.id)
    }
}

impl PartialEq for Rule {
    fn eq(&self, other: &Self) -> bool {
        self.id == other.id
    }
}

/// All rules, in the order of listings.
pub const RULES: &[&Rule] = &[&cross_reference::RULE];

/// The rule of an id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// The ids of all rules.
pub fn rule_ids() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id)
}
