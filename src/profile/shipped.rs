//! The profiles that come with the crate, compiled in so that they are always at hand.

use std::sync::LazyLock;

use crate::profile::{Profile, parse_profile};

/// The profile that holds where nothing else is said.
pub const DEFAULT_PROFILE: &str = "traditional-narrative";

macro_rules! sources {
    ($($id:literal),+ $(,)?) => {
        &[$(($id, include_str!(concat!("../../corpus/profiles/", $id, ".toml")))),+]
    };
}

/// Id and text of each profile.
const SOURCES: &[(&str, &str)] = sources![
    "traditional-narrative",
    "accomplishment-record",
    "qrb-template",
    "two-page-resume",
    "tq-statement",
    "interview-outline",
];

/// The ids of the shipped profiles.
pub fn profile_ids() -> impl Iterator<Item = &'static str> + Clone {
    SOURCES.iter().map(|&(id, _)| id)
}

/// The file of a shipped profile, as a start for one's own.
#[must_use]
pub fn profile_source(id: &str) -> Option<&'static str> {
    SOURCES
        .iter()
        .find(|(known, _)| *known == id)
        .map(|&(_, source)| source)
}

/// Read once, on first use; a test proves that each text is without fault.
static PROFILES: LazyLock<Vec<Profile>> = LazyLock::new(|| {
    SOURCES
        .iter()
        .filter_map(|(_, source)| parse_profile(source, None).ok())
        .collect()
});

/// The shipped profiles.
#[must_use]
pub fn shipped_profiles() -> &'static [Profile] {
    &PROFILES
}

/// The shipped profile of an id.
#[must_use]
pub fn shipped_profile(id: &str) -> Option<&'static Profile> {
    shipped_profiles().iter().find(|profile| profile.id == id)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shipped_files_have_no_fault_and_every_limit_a_source() {
        for (id, source) in SOURCES {
            let profile = parse_profile(source, None).unwrap_or_else(|faults| {
                panic!(
                    "{id}: {}",
                    faults.iter().map(ToString::to_string).collect::<String>()
                )
            });
            assert_eq!(profile.id, *id);
            for (name, limit) in profile.limits.iter() {
                assert!(!limit.source.is_empty(), "{id}: {}", name.key());
            }
        }
        assert!(shipped_profile(DEFAULT_PROFILE).is_some());
    }
}
