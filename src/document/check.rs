//! Whether a document from elsewhere is one.

use crate::document::{BlockKind, Document};
use crate::span::Span;

impl Document {
    /// Checks what every function over documents relies on, for a document that did not come from a
    /// [`DocumentBuilder`](crate::document::DocumentBuilder) of this process.
    ///
    /// # Errors
    /// What is broken, in a few words.
    pub fn check(&self) -> Result<(), &'static str> {
        if self.blocks.is_empty() {
            return Err("it has no text");
        }
        let is_inside =
            |span: Span| span.start <= span.end && self.text.get(span.start..span.end).is_some();
        let mut end = 0;
        for (number, block) in (1u32..).zip(&self.blocks) {
            let span = block.span;
            if span.start < end || span.start >= span.end || !is_inside(span) {
                return Err("a block is outside the text");
            }
            end = span.end;
            if block.paragraph != number {
                return Err("its blocks are not in order");
            }
            if let BlockKind::Heading { level } = block.kind
                && !(1..=9).contains(&level)
            {
                return Err("a heading has no level");
            }
        }
        let mut spans = self.warnings.iter().filter_map(|warning| warning.span);
        if !spans.all(is_inside) {
            return Err("a warning is about words outside the text");
        }
        let sizes = [self.setup.margin_inches, self.setup.font_points];
        if sizes.into_iter().flatten().any(|size| !size.is_finite()) {
            return Err("its page has no size");
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{PageSetup, parse};
    use crate::warning::{Warning, WarningCode};

    /// A document with blocks of two kinds and letters of two bytes.
    fn sample() -> Document {
        let mut document = parse("# Über\n\nÄhnlich.\n".as_bytes(), Some("md")).unwrap();
        document.setup = PageSetup {
            margin_inches: Some(0.1 + 0.2),
            font_points: None,
        };
        document
    }

    #[test]
    fn a_document_comes_back_as_it_was() {
        let document = sample();
        assert_eq!(document.check(), Ok(()));
        let json = serde_json::to_vec(&document).unwrap();
        assert_eq!(serde_json::from_slice::<Document>(&json).unwrap(), document);
    }

    #[test]
    fn what_would_lead_outside_the_text_is_seen() {
        type Break = fn(&mut Document);
        let breaks: [Break; 9] = [
            |document| document.blocks.clear(),
            |document| document.text.truncate(3),
            |document| document.blocks[0].span.start = 1,
            |document| document.blocks[0].span.end = 0,
            |document| document.blocks[1].span = document.blocks[0].span,
            |document| document.blocks.swap(0, 1),
            |document| document.blocks[1].paragraph = 1,
            |document| document.setup.font_points = Some(f64::NAN),
            |document| {
                let mut warning = Warning::new(WarningCode::LeftOut, "x");
                warning.span = Some(Span { start: 5, end: 4 });
                document.warnings.push(warning);
            },
        ];
        for (idx, damage) in breaks.into_iter().enumerate() {
            let mut document = sample();
            damage(&mut document);
            assert!(document.check().is_err(), "{idx}");
        }
    }
}
