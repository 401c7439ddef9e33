//! "Did you mean": the known word nearest to one that is not known.

/// Most edits at which a word may still be a slip for another.
const MAX_EDITS: usize = 3;

/// The candidate that `word` is most likely a slip of the keyboard for.
///
/// Distance counts inserted, dropped, changed and swapped neighboring letters, ignoring case. Up to one
/// edit in three letters is a slip, three at most, so that `xy` is not taken for `id`. Between equally
/// near candidates the first wins.
///
/// # Examples
/// ```
/// use ecq::codebook::nearest;
///
/// let keys = ["id", "name", "definition"];
/// assert_eq!(nearest("defintion", keys), Some("definition"));
/// assert_eq!(nearest("color", keys), None);
/// ```
#[must_use]
pub fn nearest<'a>(word: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let word: Vec<char> = word
        .chars()
        .flat_map(char::to_lowercase)
        .take(256)
        .collect();
    let mut best: Option<(usize, &'a str)> = None;
    for candidate in candidates {
        let letters: Vec<char> = candidate.chars().flat_map(char::to_lowercase).collect();
        let limit = MAX_EDITS.min(word.len().max(letters.len()) / 3);
        // The difference in length is a lower bound, and cheap.
        if word.len().abs_diff(letters.len()) > limit {
            continue;
        }
        let edits = edit_distance(&word, &letters);
        if edits <= limit && best.is_none_or(|(fewest, _)| edits < fewest) {
            best = Some((edits, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Optimal string alignment distance, row by row.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before_last: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, &from) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, &to) in b.iter().enumerate() {
            let changed = last[j] + usize::from(from != to);
            let mut fewest = changed.min(last[j + 1] + 1).min(row[j] + 1);
            if i > 0 && j > 0 && from == b[j - 1] && a[i - 1] == to {
                fewest = fewest.min(before_last[j - 1] + 1);
            }
            row.push(fewest);
        }
        before_last = std::mem::replace(&mut last, row);
    }
    last[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn distance(a: &str, b: &str) -> usize {
        edit_distance(
            &a.chars().collect::<Vec<_>>(),
            &b.chars().collect::<Vec<_>>(),
        )
    }

    #[test]
    fn edits_are_counted() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("abc", ""), 3);
        assert_eq!(distance("kitten", "sitting"), 3);
        assert_eq!(distance("nmae", "name"), 1);
        assert_eq!(distance("ca", "abc"), 3);
    }

    #[test]
    fn slips_are_mended_and_other_words_left_alone() {
        let ids = ["vision", "partnering", "opm-1997", "opm-2006"];
        assert_eq!(nearest("visoin", ids), Some("vision"));
        assert_eq!(nearest("Partnerin", ids), Some("partnering"));
        assert_eq!(nearest("opm-1996", ids), Some("opm-1997"));
        assert_eq!(nearest("opm2006", ids), Some("opm-2006"));
        assert_eq!(nearest("fission-reactor", ids), None);
        assert_eq!(nearest("", ids), None);
        assert_eq!(nearest("x", ["id"]), None);
        assert_eq!(nearest("vision", []), None);
    }

    #[test]
    fn the_nearest_wins_and_then_the_first() {
        assert_eq!(nearest("lead", ["load", "lead"]), Some("lead"));
        assert_eq!(nearest("lxad", ["load", "lead"]), Some("load"));
    }
}
