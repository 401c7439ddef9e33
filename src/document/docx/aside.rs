//! Parts that are counted and not read: comments, headers, footers, diagrams and charts.

use crate::document::docx::FORMAT;
use crate::document::xml::Space;
use crate::document::xml::Token;
use crate::document::xml::XmlReader;
use crate::error::DocumentError;

/// Number of words that a reader of the page would see in a part.
///
/// # Errors
/// As [`XmlReader::token`].
pub(super) fn count_words(text: &str, part: &str) -> Result<usize, DocumentError> {
    let mut reader = XmlReader::new(text, FORMAT, part);
    let mut n_words = 0;
    let mut line = String::new();
    let mut depth = 0_usize;
    // Depth of the element whose content does not count, and of the text element.
    let mut skipped = None;
    let mut inside = None;
    while let Some(token) = reader.token()? {
        match token {
            Token::Start(element) => {
                depth += 1;
                match (element.space, element.local()) {
                    // The fallback repeats the choice.
                    (Space::Compatibility, "Fallback") | (Space::Word, "del" | "moveFrom") => {
                        skipped = skipped.or(Some(depth));
                    }
                    (Space::Word | Space::Drawing, "t") if skipped.is_none() => {
                        inside = Some(depth);
                    }
                    (Space::Word | Space::Drawing, "tab" | "br" | "p") => line.push(' '),
                    _ => {}
                }
            }
            Token::End => {
                if skipped == Some(depth) {
                    skipped = None;
                }
                if inside == Some(depth) {
                    inside = None;
                }
                depth = depth.saturating_sub(1);
            }
            Token::Text(text) if inside.is_some() => line.push_str(&text),
            Token::Text(_) => {}
        }
        // Only whole words leave the buffer, so that it stays small.
        if line.len() > 4096 && line.ends_with(char::is_whitespace) {
            n_words += line.split_whitespace().count();
            line.clear();
        }
    }
    Ok(n_words + line.split_whitespace().count())
}
