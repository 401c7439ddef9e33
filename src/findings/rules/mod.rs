//! The rules, one file each, and the one table of them.

mod acronyms;
mod aging_example;
mod ccar_balance;
mod ccar_missing;
mod copied_definition;
mod cross_reference;
mod disparagement;
mod example_count;
mod first_person_in_resume;
mod font_size;
mod hidden_text;
mod jargon;
mod keyword_stuffing;
mod length_limit;
mod level;
mod marking;
mod misplaced_example;
mod named_figure;
mod number_without_baseline;
mod old_example;
mod page_margins;
mod passive_voice;
mod philosophy;
mod politics;
mod private_data;
mod protected_characteristic;
mod result_off_challenge;
mod result_unmeasured;
mod reused_story;
mod scope_missing;
mod third_person;
mod undated_example;
mod we_for_i;

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
pub const RULES: &[&Rule] = &[
    &length_limit::RULE,
    &page_margins::RULE,
    &font_size::RULE,
    &ccar_missing::RULE,
    &ccar_balance::RULE,
    &result_off_challenge::RULE,
    &result_unmeasured::RULE,
    &number_without_baseline::RULE,
    &scope_missing::RULE,
    &level::RULE,
    &we_for_i::RULE,
    &passive_voice::RULE,
    &third_person::RULE,
    &first_person_in_resume::RULE,
    &undated_example::RULE,
    &old_example::RULE,
    &aging_example::RULE,
    &example_count::RULE,
    &misplaced_example::RULE,
    &reused_story::RULE,
    &copied_definition::RULE,
    &cross_reference::RULE,
    &acronyms::RULE,
    &jargon::RULE,
    &philosophy::RULE,
    &politics::RULE,
    &disparagement::RULE,
    &named_figure::RULE,
    &protected_characteristic::RULE,
    &keyword_stuffing::RULE,
    &hidden_text::RULE,
    &private_data::RULE,
    &marking::RULE,
];

/// The rule of an id.
#[must_use]
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().copied().find(|rule| rule.id == id)
}

/// The ids of all rules.
pub fn rule_ids() -> impl Iterator<Item = &'static str> {
    RULES.iter().map(|rule| rule.id)
}
