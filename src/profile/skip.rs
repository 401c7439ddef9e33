//! What a folder's settings leave out.

/// Files and sections that are left out; rules are switched off in the profile itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Skip {
    /// Sections by id (`resume`, `tq1`, `lc`), kind (`technical-qualification`) or heading as written.
    pub sections: Vec<String>,
    /// Files by pattern (`*`, `**`, `?`, `[ab]`): their name or, if the pattern has a slash, their path as given.
    pub files: Vec<String>,
}

impl Skip {
    /// Whether a section is left out. Case makes no difference; `tq` and `resume` stand for all of their kind.
    #[must_use]
    pub fn has_section(&self, id: &str, kind: &str, heading: &str) -> bool {
        let digits = |c: char| c.is_ascii_digit();
        let unnumbered = match id.rsplit_once('-') {
            Some((stem, number)) if number.chars().all(digits) => stem,
            _ => id,
        };
        let stem = unnumbered.trim_end_matches(digits);
        self.sections.iter().any(|name| {
            let is = |other: &str| !other.is_empty() && name.to_lowercase() == other.to_lowercase();
            is(id) || is(unnumbered) || is(stem) || is(kind) || is(heading.trim())
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_go_by_id_kind_and_heading() {
        let skip = |name: &str| Skip {
            sections: vec![name.to_owned()],
            files: Vec::new(),
        };
        let kind = "technical-qualification";
        for name in [
            "TQ",
            "tq1",
            "tq1-2",
            "technical-qualification",
            "mtq 1: budget",
        ] {
            assert!(
                skip(name).has_section("tq1-2", kind, "MTQ 1: Budget"),
                "{name}"
            );
        }
        for name in ["tq2", "lc", "MTQ", ""] {
            assert!(
                !skip(name).has_section("tq1-2", kind, "MTQ 1: Budget"),
                "{name}"
            );
        }
        assert!(!skip("").has_section("front", "other", ""));
    }
}
