//! What every report of a batch is made with: where it differs, reports differ.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::classify::sha256_hex;

/// What every report of a batch is made with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Basis {
    /// Version of the program.
    pub version: String,
    /// The codebook reported on.
    pub codebook: Named,
    /// The model that reads.
    pub model: Named,
    /// Id of the profile.
    pub profile: String,
    /// The marking that every output carries.
    pub marking: Option<String>,
    /// Everything else that a report depends on, by the name that users know it by: limits, rules, arithmetic.
    pub options: BTreeMap<String, String>,
    /// Extensions of the files written for each document beside its JSON.
    pub forms: Vec<String>,
}

/// Something with a version, and the digest of what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Named {
    /// Id.
    pub id: String,
    /// Version.
    pub version: String,
    /// Digest in lower-case hex.
    pub sha256: String,
}

impl std::fmt::Display for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let digest = self.sha256.get(..12).unwrap_or(&self.sha256);
        write!(f, "{} {} (sha256 {digest})", self.id, self.version)
    }
}

impl Basis {
    /// A digest of all of it.
    #[must_use]
    pub fn key(&self) -> String {
        // Structures, lists and maps with string keys are always JSON.
        sha256_hex(&serde_json::to_vec(self).unwrap_or_default())
    }

    /// Where two differ, in words: `the model is A here and B there`, by the names of the two places; none if they are
    /// equal.
    #[must_use]
    pub fn difference(&self, there: &Self, places: &[String; 2]) -> Option<String> {
        let options = |basis: &Self, key: &str| {
            let value = basis.options.get(key).map(String::as_str);
            value
                .filter(|value| !value.is_empty())
                .unwrap_or("unset")
                .to_owned()
        };
        let marked = |basis: &Self| {
            let marking = basis.marking.as_deref();
            marking.unwrap_or("unset").to_owned()
        };
        let mut pairs = vec![
            (
                "codebook".to_owned(),
                self.codebook.to_string(),
                there.codebook.to_string(),
            ),
            (
                "model".to_owned(),
                self.model.to_string(),
                there.model.to_string(),
            ),
            (
                "program's version".to_owned(),
                self.version.clone(),
                there.version.clone(),
            ),
            ("marking".to_owned(), marked(self), marked(there)),
            (
                "profile".to_owned(),
                self.profile.clone(),
                there.profile.clone(),
            ),
            (
                "list of forms".to_owned(),
                self.forms.join(","),
                there.forms.join(","),
            ),
        ];
        for key in self.options.keys().chain(there.options.keys()) {
            pairs.push((
                format!("option {key}"),
                options(self, key),
                options(there, key),
            ));
        }
        pairs
            .into_iter()
            .find(|(_, here, there)| here != there)
            .map(|(what, here, there)| {
                format!(
                    "the {what} is {here} {} and {there} {}",
                    places[0], places[1]
                )
            })
    }
}
