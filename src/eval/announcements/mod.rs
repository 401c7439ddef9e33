//! How well announcements are taken apart, and how well passages are matched to what they ask for.

mod extraction;
mod gold;
mod pairs;
mod read;

pub use self::extraction::{ExtractionKind, ExtractionReport, Miss, compare};
pub use self::gold::{Gold, GoldDocuments, GoldLimit, GoldTechnical, Split};
pub use self::pairs::{MatchReport, Pair, PairLabel, TqReport, match_pairs, pairs_codebook};
pub use self::read::{AnnouncementCase, read_announcement_cases, read_pairs};
