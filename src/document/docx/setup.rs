//! How the pages of a Word file are set.

use std::collections::BTreeMap;

use crate::document::xml::{Space, Token, XmlReader};
use crate::error::DocumentError;

use super::FORMAT;

/// Twentieths of a point in an inch.
const TWIPS: f64 = 1440.0;

/// The narrowest margin of any section, in inches; `None` where no section states margins.
///
/// # Errors
/// If the part is no XML that can be read.
pub(super) fn narrowest_margin(text: &str, part: &str) -> Result<Option<f64>, DocumentError> {
    let mut reader = XmlReader::new(text, FORMAT, part);
    let mut narrowest: Option<f64> = None;
    while let Some(token) = reader.token()? {
        let Token::Start(element) = token else {
            continue;
        };
        if !element.is(Space::Word, "pgMar") {
            continue;
        }
        for side in ["left", "right", "top", "bottom"] {
            let value = reader.attribute(&element, Space::Word, side)?;
            if let Some(twips) = value.and_then(|value| value.trim().parse::<f64>().ok()) {
                // A negative margin at the top lets the text run into the header; its size still counts.
                let inches = (twips.abs() / TWIPS * 100.0).round() / 100.0;
                narrowest = Some(narrowest.map_or(inches, |least| least.min(inches)));
            }
        }
    }
    Ok(narrowest)
}

/// The size in which most letters are set, in points, from letters by half points; of equal ones the smaller.
pub(super) fn usual_size(letters: &BTreeMap<u32, usize>) -> Option<f64> {
    let (&half_points, _) = letters
        .iter()
        .max_by_key(|&(&half_points, &n)| (n, std::cmp::Reverse(half_points)))?;
    Some(f64::from(half_points) / 2.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const W: &str = "xmlns:w='http://schemas.openxmlformats.org/wordprocessingml/2006/main'";

    #[test]
    fn the_narrowest_of_all_sections_counts() {
        let page = |left: u32| {
            format!(
                "<w:sectPr><w:pgMar w:left='{left}' w:right='1440' w:top='1440' w:bottom='1440' w:header='300'/></w:sectPr>"
            )
        };
        let text = format!(
            "<w:document {W}><w:body>{}{}</w:body></w:document>",
            page(1440),
            page(720)
        );
        assert_eq!(narrowest_margin(&text, "x").unwrap(), Some(0.5));
        assert_eq!(
            narrowest_margin(&format!("<w:document {W}/>"), "x").unwrap(),
            None
        );
    }

    #[test]
    fn the_size_of_most_letters_counts() {
        assert_eq!(
            usual_size(&BTreeMap::from([(28, 40), (22, 900), (24, 100)])),
            Some(11.0)
        );
        assert_eq!(usual_size(&BTreeMap::new()), None);
    }
}
