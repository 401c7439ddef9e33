//! The limits that a format may state.

use std::collections::BTreeMap;

/// A limit by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitName {
    /// Most pages of the document.
    Pages,
    /// Most words of the document.
    Words,
    /// Most characters of the document, spaces included.
    Characters,
    /// Most pages of one ECQ.
    EcqPages,
    /// Most words of one ECQ.
    EcqWords,
    /// Most characters of one ECQ, spaces included.
    EcqCharacters,
    /// Most pages of all ECQs together.
    EcqsPages,
    /// Most words of all ECQs together.
    EcqsWords,
    /// Most characters of all ECQs together, spaces included.
    EcqsCharacters,
    /// Most pages of one technical qualification.
    TqPages,
    /// Most words of one technical qualification.
    TqWords,
    /// Most characters of one technical qualification, spaces included.
    TqCharacters,
    /// Most pages of all technical qualifications together.
    TqsPages,
    /// Most words of all technical qualifications together.
    TqsWords,
    /// Most characters of all technical qualifications together, spaces included.
    TqsCharacters,
    /// Least margin, in inches.
    MarginInches,
    /// Least size of running text, in points.
    FontPoints,
    /// Most examples in one ECQ.
    EcqExamples,
    /// Most years since an example ended.
    Years,
    /// Years since an example ended that readers prefer.
    PreferredYears,
}

impl LimitName {
    /// All limits, in the order of listings.
    pub const ALL: [Self; 20] = [
        Self::Pages,
        Self::Words,
        Self::Characters,
        Self::EcqPages,
        Self::EcqWords,
        Self::EcqCharacters,
        Self::EcqsPages,
        Self::EcqsWords,
        Self::EcqsCharacters,
        Self::TqPages,
        Self::TqWords,
        Self::TqCharacters,
        Self::TqsPages,
        Self::TqsWords,
        Self::TqsCharacters,
        Self::MarginInches,
        Self::FontPoints,
        Self::EcqExamples,
        Self::Years,
        Self::PreferredYears,
    ];

    /// The key in files and options.
    #[must_use]
    pub fn key(self) -> &'static str {
        match self {
            Self::Pages => "pages",
            Self::Words => "words",
            Self::Characters => "characters",
            Self::EcqPages => "ecq_pages",
            Self::EcqWords => "ecq_words",
            Self::EcqCharacters => "ecq_characters",
            Self::EcqsPages => "ecqs_pages",
            Self::EcqsWords => "ecqs_words",
            Self::EcqsCharacters => "ecqs_characters",
            Self::TqPages => "tq_pages",
            Self::TqWords => "tq_words",
            Self::TqCharacters => "tq_characters",
            Self::TqsPages => "tqs_pages",
            Self::TqsWords => "tqs_words",
            Self::TqsCharacters => "tqs_characters",
            Self::MarginInches => "margin_inches",
            Self::FontPoints => "font_points",
            Self::EcqExamples => "ecq_examples",
            Self::Years => "years",
            Self::PreferredYears => "preferred_years",
        }
    }
}

/// One limit.
#[derive(Clone, Debug, PartialEq)]
pub struct Limit {
    /// The number; never negative.
    pub value: f64,
    /// Who states it; empty where the file does not say.
    pub source: String,
}

/// The number of a limit that is switched off.
pub(crate) const OFF: f64 = f64::INFINITY;

/// The limits that a format states; a limit that is absent or switched off is not checked.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Limits(BTreeMap<LimitName, Limit>);

impl Limits {
    /// A limit, if the format states it.
    #[must_use]
    pub fn get(&self, name: LimitName) -> Option<&Limit> {
        self.0.get(&name).filter(|limit| limit.value < OFF)
    }

    /// The number of a limit, if the format states it.
    #[must_use]
    pub fn value(&self, name: LimitName) -> Option<f64> {
        self.get(name).map(|limit| limit.value)
    }

    /// States a limit.
    pub fn set(&mut self, name: LimitName, limit: Limit) {
        self.0.insert(name, limit);
    }

    /// Limits of `other` take the place of those of the same name; one that is off there is off.
    pub fn overlay(&mut self, other: &Self) {
        self.0
            .extend(other.0.iter().map(|(&name, limit)| (name, limit.clone())));
    }

    /// The limits that are stated, in the order of [`LimitName::ALL`].
    pub fn iter(&self) -> impl Iterator<Item = (LimitName, &Limit)> {
        let stated = self.0.iter().filter(|(_, limit)| limit.value < OFF);
        stated.map(|(&name, limit)| (name, limit))
    }

    /// Whether no limit is stated.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}
