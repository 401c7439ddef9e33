//! Editions of the Executive Core Qualifications, as data: what a competency means, and what shows it.
//!
//! A [`Codebook`] is one edition, read from a TOML file that people can read and edit. Three come with
//! the crate ([`builtins`]); any other file of the same form does as well ([`Codebook::parse`]).
//!
//! | id | in force | ECQs | competencies | key characteristics |
//! |---|---|---|---|---|
//! | `opm-1997` | September 1997 to September 2006 | 5 | 27 | 30 |
//! | `opm-2006` | October 2006 to September 2025 | 5 | 28, six of them fundamental | |
//! | `opm-2025` | since October 2025 | 5 | 15 | |
//!
//! # Keys
//! An id means something only together with its edition: the key of a competency is the pair
//! (codebook id, competency id). Names recur with other meanings. `accountability` stands under Results
//! Driven in 2006 and asks for measurable results and respect for controls; in 2025 it stands under
//! Leading People and asks whether people were held to a standard. `strategic-thinking` moved from
//! Leading Change to Achieving Results, `team-building` lost coaching to `developing-others` in 2006, and
//! `lp` is Leading People in three definitions. So nothing in the crate compares ids across codebooks,
//! and whatever stores an id stores the codebook's id, and better its [`sha256`](Codebook::sha256), beside it.
//!
//! # Extending an edition
//! `extends = "opm-2006"` takes the ECQs, competencies and key characteristics of a shipped edition, with all that a
//! model knows of them; the file's own follow. So a vacancy announcement becomes a codebook: a technical qualification
//! is an ECQ with `kind = "technical"` and a `number`, its elements are its competencies. `any_of = "a list"` joins
//! competencies of which one is enough, or so many as `at_least` says.
//!
//! Within one codebook, ids of competencies and key characteristics are unique taken together, since
//! both are labels; ids of ECQs are unique among themselves.
//!
//! # Example
//! ```
//! use ecq::codebook;
//!
//! let then = codebook::builtin("opm-2006").and_then(|book| book.competency("accountability"));
//! let now = codebook::builtin("opm-2025").and_then(|book| book.competency("accountability"));
//! assert_eq!(then.map(|competency| competency.ecq()), Some("rd"));
//! assert_eq!(now.map(|competency| competency.ecq()), Some("lp"));
//! ```

mod builtin;
mod entry;
mod force;
mod id;
mod names;
mod nearest;
mod reader;
pub(crate) mod table;
mod tags;

pub mod edition;
pub mod lint;

pub use self::builtin::{builtin, builtin_ids, builtin_source, builtins, in_force_on};
pub use self::entry::{AnyOf, Competency, Confidence, Ecq, EcqKind, KeyCharacteristic};
pub use self::force::{Date, InForce};
pub use self::id::{CompetencyId, IdError, MAX_ID_BYTES};
pub use self::nearest::nearest;
pub(crate) use self::tags::tags;

use sha2::{Digest, Sha256};

/// One edition: its ECQs, competencies and key characteristics, in the order of the file.
///
/// A value of this type has passed every rule of [`lint`]: ids are unique and well formed, every
/// competency and key characteristic belongs to an ECQ that is there, no definition is empty.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Codebook {
    id: String,
    extends: Option<String>,
    version: String,
    title: String,
    in_force: InForce,
    source: String,
    notes: Vec<String>,
    ecqs: Vec<Ecq>,
    competencies: Vec<Competency>,
    key_characteristics: Vec<KeyCharacteristic>,
    sha256: String,
}

impl Codebook {
    /// Reads a codebook from the text of its file.
    ///
    /// # Errors
    /// All faults found, in the order of their lines; see [`lint`] for the rules. A text that is not
    /// TOML has one fault, since nothing after it can be trusted.
    pub fn parse(source: &str) -> Result<Self, Vec<Fault>> {
        let (codebook, findings) = lint::read(source);
        codebook.ok_or(findings.faults)
    }

    /// First half of every key, for example `opm-2006`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The shipped edition whose ECQs and competencies come before its own, where it extends one.
    #[must_use]
    pub fn extends(&self) -> Option<&str> {
        self.extends.as_deref()
    }

    /// Id of the edition that its ECQs are of: the one it extends, else its own id.
    #[must_use]
    pub fn edition(&self) -> &str {
        self.extends.as_deref().unwrap_or(&self.id)
    }

    /// Version of the wording, for example `1.0.0`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }

    /// What people call this edition.
    #[must_use]
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The time in which the edition was in force; prints as `September 1997 to September 2006`.
    #[must_use]
    pub fn in_force(&self) -> InForce {
        self.in_force
    }

    /// Whether the edition was in force on a day. The day is passed in: a report never asks a clock.
    #[must_use]
    pub fn in_force_on(&self, date: Date) -> bool {
        self.in_force.contains(date)
    }

    /// Where the content comes from; empty if the file does not say.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// What a reader should know about the edition, one sentence each.
    #[must_use]
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The ECQs and, where the edition has one, the group of fundamental competencies.
    #[must_use]
    pub fn ecqs(&self) -> &[Ecq] {
        &self.ecqs
    }

    /// All competencies.
    #[must_use]
    pub fn competencies(&self) -> &[Competency] {
        &self.competencies
    }

    /// All key characteristics; only the 1997 edition has any.
    #[must_use]
    pub fn key_characteristics(&self) -> &[KeyCharacteristic] {
        &self.key_characteristics
    }

    /// The ECQ with this id.
    #[must_use]
    pub fn ecq(&self, id: &str) -> Option<&Ecq> {
        self.ecqs.iter().find(|ecq| ecq.id() == id)
    }

    /// The competency with this id.
    #[must_use]
    pub fn competency(&self, id: &str) -> Option<&Competency> {
        self.competencies
            .iter()
            .find(|competency| competency.id().as_str() == id)
    }

    /// The note under competency `id` that sets it apart from competency `other`: the first near miss that names
    /// the other by its id.
    #[must_use]
    pub fn near_miss_note(&self, id: &str, other: &str) -> Option<&str> {
        self.competency(id)?
            .near_misses()
            .iter()
            .map(String::as_str)
            .find(|note| names_id(note, other))
    }

    /// Whether a near-miss note of either competency names the other: what is easily taken for each other.
    #[must_use]
    pub fn are_neighbors(&self, a: &str, b: &str) -> bool {
        self.near_miss_note(a, b).is_some() || self.near_miss_note(b, a).is_some()
    }

    /// The key characteristic with this id.
    #[must_use]
    pub fn key_characteristic(&self, id: &str) -> Option<&KeyCharacteristic> {
        self.key_characteristics
            .iter()
            .find(|characteristic| characteristic.id() == id)
    }

    /// The competencies of one ECQ, in order; none if there is no such ECQ.
    pub fn competencies_of<'a>(&'a self, ecq_id: &'a str) -> impl Iterator<Item = &'a Competency> {
        self.competencies
            .iter()
            .filter(move |competency| competency.ecq() == ecq_id)
    }

    /// Whether the edition asks for this competency over the whole packet, in no ECQ of its own.
    ///
    /// Such a competency must not be reported as missing from one ECQ.
    #[must_use]
    pub fn is_fundamental(&self, competency: &Competency) -> bool {
        self.ecq(competency.ecq())
            .is_some_and(|ecq| ecq.kind() == EcqKind::Fundamental)
    }

    /// The ECQ that a heading names, by its name or one of its aliases.
    ///
    /// Numbering and case do not count, nor do `and`, `&`, `/` and `the`: `ECQ #5 – BUILDING COALITIONS` and
    /// `5. Building Coalitions: Example 2` both name Building Coalitions. `None` if no part of the
    /// heading is a name, or if its parts name different ECQs.
    #[must_use]
    pub fn ecq_of_heading(&self, heading: &str) -> Option<&Ecq> {
        let segments = names::segments(heading);
        let mut named = self.ecqs.iter().filter(|ecq| {
            ecq.names()
                .any(|name| segments.contains(&names::fold(name)))
        });
        let first = named.next();
        if named.next().is_some() { None } else { first }
    }

    /// SHA-256 of the bytes of the file, in lower-case hexadecimal: says which wording a result rests on. Where it
    /// extends an edition, the digest of that edition follows the bytes.
    #[must_use]
    pub fn sha256(&self) -> &str {
        &self.sha256
    }
}

/// What is wrong in a codebook file, and where.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct Fault {
    /// Line of the file, counted from 1.
    pub line: usize,
    /// One sentence in plain words, lower case, no full stop.
    pub message: String,
}

/// Whether a note has an id as a word; `vision` is no word of `supervision` nor of `vision-setting`.
fn names_id(note: &str, id: &str) -> bool {
    note.split(|c: char| !c.is_alphanumeric() && c != '-')
        .any(|word| word == id)
}

/// SHA-256 of a text's bytes, in lower-case hexadecimal.
fn sha256_hex(source: &str) -> String {
    let digest = Sha256::digest(source.as_bytes());
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = include_str!("fixtures/small.toml");

    #[test]
    fn every_field_of_the_file_can_be_read_back() {
        let book = Codebook::parse(SMALL).unwrap();
        assert_eq!(book.id(), "county-2020");
        assert_eq!(book.version(), "0.1.0");
        assert_eq!(book.title(), "County executives");
        assert_eq!(book.in_force().to_string(), "January 2020 to June 2024");
        assert_eq!(book.source(), "made up");
        assert_eq!(book.notes(), ["One note."]);
        let ecq = book.ecq("sv").unwrap();
        assert_eq!(
            (ecq.name(), ecq.kind(), ecq.definition(), ecq.confidence()),
            (
                "Serving",
                EcqKind::Ecq,
                "Serves people.",
                Some(Confidence::Seen)
            )
        );
        assert_eq!(ecq.aliases(), ["Service and Care"]);
        let competency = book.competency("listening").unwrap();
        assert_eq!(competency.id().as_str(), "listening");
        assert_eq!(competency.ecq(), "sv");
        assert_eq!(competency.name(), "Listening");
        assert_eq!(competency.definition(), "Hears what is said.");
        assert_eq!(
            competency.indicators(),
            ["Changed a plan after hearing someone"]
        );
        assert_eq!(competency.near_misses(), ["A meeting held is context"]);
        assert_eq!(competency.source(), Some("made up"));
        assert_eq!(competency.confidence(), Some(Confidence::Inferred));
        let characteristic = book.key_characteristic("sv-1").unwrap();
        assert_eq!(
            (characteristic.ecq(), characteristic.text()),
            ("sv", "Opens the door.")
        );
        assert_eq!(characteristic.confidence(), None);
    }

    #[test]
    fn lookups_of_absent_ids_find_nothing() {
        let book = Codebook::parse(SMALL).unwrap();
        assert!(book.ecq("listening").is_none());
        assert!(book.competency("sv").is_none());
        assert!(book.key_characteristic("listening").is_none());
        assert_eq!(book.competencies_of("zz").count(), 0);
    }

    #[test]
    fn fundamental_competencies_are_told_apart() {
        let book = Codebook::parse(SMALL).unwrap();
        assert!(!book.is_fundamental(book.competency("listening").unwrap()));
        assert!(book.is_fundamental(book.competency("honesty").unwrap()));
    }

    #[test]
    fn near_miss_notes_name_the_neighbors() {
        let book = builtin("opm-2006").unwrap();
        assert!(
            book.near_miss_note("flexibility", "resilience")
                .unwrap()
                .starts_with("Bearing the strain")
        );
        assert!(book.are_neighbors("vision", "strategic-thinking"));
        assert!(!book.are_neighbors("vision", "partnering"));
        assert!(!names_id("supervision of vision-setting", "vision"));
    }

    #[test]
    fn the_digest_is_that_of_the_bytes() {
        // printf abc | sha256sum
        assert_eq!(
            sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
        let book = Codebook::parse(SMALL).unwrap();
        assert_eq!(book.sha256(), sha256_hex(SMALL));
        assert_eq!(Codebook::parse(SMALL).unwrap(), book);
        let touched = format!("{SMALL}\n");
        assert_ne!(Codebook::parse(&touched).unwrap().sha256(), book.sha256());
    }

    #[test]
    fn headings_name_an_ecq_however_they_are_numbered() {
        let book = builtin("opm-2006").unwrap();
        let named = |heading| book.ecq_of_heading(heading).map(Ecq::id);
        assert_eq!(named("ECQ #5 – BUILDING COALITIONS"), Some("bc"));
        assert_eq!(
            named("Executive Core Qualification 4 -- Business Acumen"),
            Some("ba")
        );
        assert_eq!(named("3. Results-Driven – Example 2"), Some("rd"));
        assert_eq!(named("III. Results Driven (continued)"), Some("rd"));
        assert_eq!(named("ECQ1: Leading Change"), Some("lc"));
        assert_eq!(named("Leading Change: rebuilding the port"), Some("lc"));
        assert_eq!(named("Leading Change, Leading People"), None);
        assert_eq!(named("How I was leading change at the port"), None);
        assert_eq!(named("ECQ 5"), None);
        assert_eq!(named(""), None);
        let old = builtin("opm-1997").unwrap();
        assert_eq!(
            old.ecq_of_heading("ECQ 5 Building Coalitions/Communications")
                .map(Ecq::id),
            Some("bcc")
        );
        assert_eq!(
            old.ecq_of_heading("Building Coalitions & Communication")
                .map(Ecq::id),
            Some("bcc")
        );
    }
}
