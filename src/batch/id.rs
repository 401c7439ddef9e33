//! Ids of documents: their file names, and the shard they belong to.

use std::str::FromStr;

use crate::classify::sha256_hex;

/// Most characters of an id that show in a file name.
const MAX_SHOWN: usize = 80;

/// The name of a document's files without an extension: letters of the id that are safe on every file system, and a
/// digest that tells ids apart which look alike or differ in capitals only.
#[must_use]
pub fn stem(id: &str) -> String {
    let is_safe = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let shown: String = id
        .chars()
        .map(|c| if is_safe(c) { c } else { '_' })
        .take(MAX_SHOWN)
        .collect();
    // A file name that begins with a dot is hidden, one with a hyphen looks like an option.
    let shown = match shown.trim_start_matches(['.', '-']) {
        "" => "document",
        shown => shown,
    };
    let digest = sha256_hex(id.as_bytes());
    format!("{shown}-{}", &digest[..16])
}

/// One of several parts that a batch is divided into by its ids.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Shard {
    /// Counted from 1.
    pub index: u32,
    /// How many there are.
    pub count: u32,
}

impl Shard {
    /// Whether a document belongs to it; each belongs to exactly one of `count` shards.
    #[must_use]
    pub fn has(self, id: &str) -> bool {
        let digest = sha256_hex(id.as_bytes());
        let hash = u64::from_str_radix(&digest[..16], 16).unwrap_or_default();
        hash % u64::from(self.count.max(1)) + 1 == u64::from(self.index)
    }
}

impl std::fmt::Display for Shard {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl FromStr for Shard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let numbers = text.split_once('/');
        let parsed =
            numbers.and_then(|(index, count)| Some((index.parse().ok()?, count.parse().ok()?)));
        match parsed {
            Some((index, count)) if (1..=count).contains(&index) => Ok(Self { index, count }),
            _ => Err(format!(
                "\"{}\" is no shard; write it as 2/5, the second of five",
                text.escape_debug()
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_safe_and_tell_ids_apart() {
        let ids = [
            "a/b.docx",
            "a_b.docx",
            "A_b.docx",
            "../../etc/x",
            "-rf",
            "...",
            "\u{202E}",
        ];
        let names = ids.map(stem);
        for (idx, name) in names.iter().enumerate() {
            assert!(
                !name.contains(['/', '\\', ':']) && !name.starts_with(['.', '-']),
                "{name}"
            );
            assert!(
                !names[..idx]
                    .iter()
                    .any(|other| other.eq_ignore_ascii_case(name))
            );
        }
        assert!(stem(&"long/".repeat(500)).len() < 120);
    }

    #[test]
    fn every_document_is_in_one_shard() {
        for n in 0..200 {
            let id = format!("folder/{n}.docx");
            let homes = (1..=7).filter(|&index| Shard { index, count: 7 }.has(&id));
            assert_eq!(homes.count(), 1);
        }
        assert_eq!("2/5".parse(), Ok(Shard { index: 2, count: 5 }));
        for bad in ["", "0/5", "6/5", "1", "1/0", "a/b", "-1/5"] {
            assert!(bad.parse::<Shard>().is_err(), "{bad}");
        }
    }
}
