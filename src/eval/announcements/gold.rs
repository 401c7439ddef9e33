//! What a person took out of an announcement: the file `NAME.gold.toml` beside it.

use serde::Deserialize;

/// Whether an announcement was looked at while the rules were written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Split {
    /// It was.
    Dev,
    /// It was held back until they were done; then they were mended where it showed a fault.
    Heldout,
    /// It was written after that, and nothing was mended for it.
    Fresh,
}

impl Split {
    /// All, in the order of listings.
    pub const ALL: [Self; 3] = [Self::Dev, Self::Heldout, Self::Fresh];

    /// The word in files and listings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Dev => "dev",
            Self::Heldout => "heldout",
            Self::Fresh => "fresh",
        }
    }
}

/// Everything that is to be taken from one announcement.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Gold {
    /// Whether it was looked at.
    pub split: Split,
    /// The position; absent if it is not named.
    pub title: Option<String>,
    /// Who hires.
    pub agency: Option<String>,
    /// The announcement's number.
    pub number: Option<String>,
    /// Id of the edition, if ECQs are spoken of.
    pub edition: Option<String>,
    /// Ids of the ECQs that are named.
    pub ecqs: Vec<String>,
    /// The first words of every paragraph on minimum qualifications.
    pub minimum: Vec<String>,
    /// The limits.
    #[serde(default)]
    pub limit: Vec<GoldLimit>,
    /// The documents, by kind.
    pub documents: GoldDocuments,
    /// The technical qualifications.
    #[serde(default)]
    pub tq: Vec<GoldTechnical>,
}

/// A limit.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldLimit {
    /// What it is of, in the words of [`LimitOf::name`](crate::announcement::LimitOf::name).
    pub of: String,
    /// Its unit, in the words of [`LimitUnit::name`](crate::announcement::LimitUnit::name).
    pub unit: String,
    /// The number.
    pub value: f64,
}

/// Kinds of documents by whether they are wanted.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct GoldDocuments {
    /// From all.
    pub asked: Vec<String>,
    /// From some, or at will.
    pub if_applicable: Vec<String>,
    /// Not to be sent.
    pub refused: Vec<String>,
}

/// A technical qualification.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoldTechnical {
    /// Its number among the mandatory or the desired ones.
    pub number: u32,
    /// Whether it is desired only.
    #[serde(default)]
    pub desired: bool,
    /// Its first words.
    pub begins: String,
    /// Its parts: `all`, `any` or a number, and the words of the elements.
    pub elements: Vec<(String, Vec<String>)>,
}
