//! What a codebook is made of: ECQs, competencies, key characteristics.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::codebook::id::CompetencyId;

/// A qualification, or the group of competencies that lie under all qualifications.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ecq {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) aliases: Vec<String>,
    pub(super) kind: EcqKind,
    pub(super) definition: String,
    pub(super) number: Option<u32>,
    pub(super) desired: bool,
    pub(super) confidence: Option<Confidence>,
}

impl Ecq {
    /// Id within the codebook, for example `lc`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Name as the edition spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Other spellings that people write as headings.
    #[must_use]
    pub fn aliases(&self) -> &[String] {
        &self.aliases
    }

    /// The name, then the aliases.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.name.as_str()).chain(self.aliases.iter().map(String::as_str))
    }

    /// Whether narratives are written to it, or the whole packet is judged by it.
    #[must_use]
    pub fn kind(&self) -> EcqKind {
        self.kind
    }

    /// What it asks for; never empty.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Number of a technical qualification, by which headings name it (`TQ 2`).
    #[must_use]
    pub fn number(&self) -> Option<u32> {
        self.number
    }

    /// Whether a technical qualification is desired only.
    #[must_use]
    pub fn is_desired(&self) -> bool {
        self.desired
    }

    /// How far the definition was checked, if the file says.
    #[must_use]
    pub fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
}

/// How the competencies of an [`Ecq`] are to be shown.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum EcqKind {
    /// In a narrative of its own.
    #[default]
    Ecq,
    /// Over the whole packet: no single narrative is at fault for lacking them.
    Fundamental,
    /// A technical qualification of one announcement: in a statement of its own, where there is one.
    Technical,
}

impl EcqKind {
    /// All kinds, in the order in which messages list them.
    pub const ALL: [Self; 3] = [Self::Ecq, Self::Fundamental, Self::Technical];

    /// The word that stands for the kind in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ecq => "ecq",
            Self::Fundamental => "fundamental",
            Self::Technical => "technical",
        }
    }
}

impl fmt::Display for EcqKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// How far the wording of an entry rests on its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Confidence {
    /// Only the name was read; the substance is reasoned from it.
    Inferred,
    /// Written down from memory of the original, not read again.
    Recalled,
    /// Read in part, the rest recalled.
    PartlySeen,
    /// Read in the source named.
    Seen,
}

impl Confidence {
    /// All degrees, from the weakest.
    pub const ALL: [Self; 4] = [Self::Inferred, Self::Recalled, Self::PartlySeen, Self::Seen];

    /// The word that stands for the degree in files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Inferred => "inferred",
            Self::Recalled => "recalled",
            Self::PartlySeen => "partly-seen",
            Self::Seen => "seen",
        }
    }
}

impl fmt::Display for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A leadership competency: the unit that passages are coded by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Competency {
    pub(super) id: CompetencyId,
    pub(super) edition: String,
    pub(super) ecq: String,
    pub(super) name: String,
    pub(super) definition: String,
    pub(super) indicators: Vec<String>,
    pub(super) near_misses: Vec<String>,
    pub(super) any_of: Option<AnyOf>,
    pub(super) source: Option<String>,
    pub(super) confidence: Option<Confidence>,
}

/// A list of competencies of which some are enough.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AnyOf {
    /// What the members of the list share.
    pub list: String,
    /// How many of them are asked for; at least 1.
    pub at_least: u32,
}

impl Competency {
    /// Id within the codebook, for example `team-building`.
    #[must_use]
    pub fn id(&self) -> &CompetencyId {
        &self.id
    }

    /// Id of the codebook that defines it: that of the edition, where a codebook extends one.
    #[must_use]
    pub fn edition(&self) -> &str {
        &self.edition
    }

    /// Id of the [`Ecq`] it belongs to; the codebook has that ECQ.
    #[must_use]
    pub fn ecq(&self) -> &str {
        &self.ecq
    }

    /// Name as the edition spells it.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The list it is one of, where not every one is asked for.
    #[must_use]
    pub fn any_of(&self) -> Option<&AnyOf> {
        self.any_of.as_ref()
    }

    /// What it means in this edition; never empty.
    #[must_use]
    pub fn definition(&self) -> &str {
        &self.definition
    }

    /// Acts that show it.
    #[must_use]
    pub fn indicators(&self) -> &[String] {
        &self.indicators
    }

    /// What looks like it and is something else, with what it is instead.
    #[must_use]
    pub fn near_misses(&self) -> &[String] {
        &self.near_misses
    }

    /// Where name, place and definition come from, if the file says.
    #[must_use]
    pub fn source(&self) -> Option<&str> {
        self.source.as_deref()
    }

    /// How far the definition was checked, if the file says.
    #[must_use]
    pub fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
}

/// One of the numbered descriptions of conduct that the 1997 edition gave for each ECQ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyCharacteristic {
    pub(super) id: String,
    pub(super) ecq: String,
    pub(super) text: String,
    pub(super) confidence: Option<Confidence>,
}

impl KeyCharacteristic {
    /// Id within the codebook, for example `lc-1`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// Id of the [`Ecq`] it belongs to; the codebook has that ECQ.
    #[must_use]
    pub fn ecq(&self) -> &str {
        &self.ecq
    }

    /// What it describes; never empty.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// How far the text was checked, if the file says.
    #[must_use]
    pub fn confidence(&self) -> Option<Confidence> {
        self.confidence
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_in_files_and_in_json_are_the_same() {
        for kind in EcqKind::ALL {
            assert_eq!(serde_json::to_value(kind).unwrap(), kind.as_str());
        }
        for confidence in Confidence::ALL {
            assert_eq!(
                serde_json::to_value(confidence).unwrap(),
                confidence.as_str()
            );
        }
    }

    #[test]
    fn confidence_rises() {
        assert!(Confidence::ALL.is_sorted());
    }
}
