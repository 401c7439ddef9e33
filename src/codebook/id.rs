//! Ids: short names in kebab-case that people type and files store.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Longest id, in bytes: enough for any name of a competency, short enough for a table's column.
pub const MAX_ID_BYTES: usize = 64;

/// The id of a competency within its codebook, for example `strategic-thinking`.
///
/// Kebab-case: small letters and digits in words joined by single hyphens, a letter first. It names a
/// competency only together with the id of its codebook; see the [module](crate::codebook#keys).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CompetencyId(String);

impl CompetencyId {
    /// Checks the form of `id`.
    ///
    /// # Errors
    /// [`IdError`] if it is not in kebab-case or longer than [`MAX_ID_BYTES`].
    pub fn new(id: impl Into<String>) -> Result<Self, IdError> {
        let id = id.into();
        check_form(&id)?;
        Ok(Self(id))
    }

    /// The id as it is written in files.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for CompetencyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl AsRef<str> for CompetencyId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl FromStr for CompetencyId {
    type Err = IdError;

    fn from_str(id: &str) -> Result<Self, IdError> {
        Self::new(id)
    }
}

impl TryFrom<String> for CompetencyId {
    type Error = IdError;

    fn try_from(id: String) -> Result<Self, IdError> {
        Self::new(id)
    }
}

impl From<CompetencyId> for String {
    fn from(id: CompetencyId) -> Self {
        id.0
    }
}

/// Why a text is no id.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum IdError {
    /// Not in kebab-case.
    #[error(
        "id \"{}\" is not in kebab-case; use small letters, digits and single hyphens, a letter first",
        id.escape_debug()
    )]
    Form {
        /// The text, as given.
        id: String,
    },
    /// Longer than [`MAX_ID_BYTES`].
    #[error("an id has {n_bytes} bytes; at most {MAX_ID_BYTES} are allowed")]
    TooLong {
        /// Its length in bytes.
        n_bytes: usize,
    },
}

/// Whether `id` has the form that every id of a codebook has.
pub(super) fn check_form(id: &str) -> Result<(), IdError> {
    if id.len() > MAX_ID_BYTES {
        return Err(IdError::TooLong { n_bytes: id.len() });
    }
    let word = |word: &str| {
        !word.is_empty()
            && word
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit())
    };
    if id.starts_with(|first: char| first.is_ascii_lowercase()) && id.split('-').all(word) {
        Ok(())
    } else {
        Err(IdError::Form { id: id.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kebab_case_is_accepted() {
        for id in [
            "vision",
            "lc-1",
            "commitment-to-rule-of-law",
            "opm-2006",
            "a",
        ] {
            assert_eq!(CompetencyId::new(id).unwrap().as_str(), id);
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for id in [
            "", "-", "Vision", "a_b", "a--b", "-a", "a-", "1a", "a b", "é", "a\n",
        ] {
            assert!(
                matches!(CompetencyId::new(id), Err(IdError::Form { .. })),
                "{id:?}"
            );
        }
        let longest = "a".repeat(MAX_ID_BYTES);
        assert!(CompetencyId::new(longest.clone()).is_ok());
        assert_eq!(
            CompetencyId::new(longest + "a"),
            Err(IdError::TooLong { n_bytes: 65 })
        );
    }

    #[test]
    fn json_holds_the_bare_text_and_is_checked() {
        let id: CompetencyId = serde_json::from_str("\"team-building\"").unwrap();
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"team-building\"");
        assert!(serde_json::from_str::<CompetencyId>("\"Team Building\"").is_err());
    }
}
