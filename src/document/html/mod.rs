//! Hypertext: the words of a page as a reader of it sees them.
//!
//! Reads the tokens of `html5ever` as they come and builds no tree, so any nesting and length costs
//! linear time. Inline styles decide what is hidden; style sheets are not applied.

mod guard;
mod look;
mod notes;
mod page;
mod tags;
#[cfg(test)]
mod tests;

use std::cell::Cell;
use std::cell::RefCell;

use html5ever::tendril::StrTendril;
use html5ever::tokenizer::BufferQueue;
use html5ever::tokenizer::Token;
use html5ever::tokenizer::TokenSink;
use html5ever::tokenizer::TokenSinkResult;
use html5ever::tokenizer::Tokenizer;
use html5ever::tokenizer::TokenizerOpts;

use crate::document::Document;
use crate::document::DocumentBuilder;
use crate::document::Format;
use crate::document::flow::counted;
use crate::document::html::guard::Guard;
use crate::document::html::guard::pieces;
use crate::document::html::page::Page;
use crate::error::DocumentError;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// Reads a page.
///
/// # Errors
/// [`DocumentError::Empty`] for a page without text, [`DocumentError::TooLarge`] past a cap.
pub fn parse(markup: &str) -> Result<Document, DocumentError> {
    let tokenizer = Tokenizer::new(Sink::default(), TokenizerOpts::default());
    let queue = BufferQueue::default();
    let mut guard = Guard::new();
    for piece in pieces(markup) {
        let raw = tokenizer.sink.page.borrow().raw.clone();
        if !guard.admits(piece, raw.as_deref()) {
            return Err(DocumentError::TooLarge {
                what: "the number of attributes of a tag".to_owned(),
                limit: "10000".to_owned(),
            });
        }
        queue.push_back(StrTendril::from(piece));
        // Scripts and encodings are the only reasons to stop early, and the sink asks for neither.
        let _ = tokenizer.feed(&queue);
        if tokenizer.sink.has_settled.take() {
            guard.settle();
        }
        if let Some(fault) = tokenizer.sink.fault.take() {
            return Err(fault);
        }
    }
    tokenizer.end();
    if let Some(fault) = tokenizer.sink.fault.take() {
        return Err(fault);
    }
    let mut builder = DocumentBuilder::new(Format::Html);
    let mut page = tokenizer.sink.page.borrow_mut();
    page.finish(&mut builder)?;
    if page.n_undecoded > 0 {
        builder.warn(Warning::new(
            WarningCode::UnmappedCharacters,
            format!(
                "{} of the page cannot be decoded",
                counted(page.n_undecoded, "character")
            ),
        ));
    }
    if builder.n_blocks() == 0 && page.tally.n_pictures > 0 {
        return Err(DocumentError::NoText {
            pages: "the page, only pictures".to_owned(),
        });
    }
    builder.finish()
}

/// Receives tokens. The tokenizer lends it out shared, hence the cells.
#[derive(Debug, Default)]
struct Sink {
    page: RefCell<Page>,
    fault: RefCell<Option<DocumentError>>,
    /// A comment or declaration has ended.
    has_settled: Cell<bool>,
}

impl TokenSink for Sink {
    type Handle = ();

    fn process_token(&self, token: Token, _line: u64) -> TokenSinkResult<()> {
        let mut page = self.page.borrow_mut();
        let result = match token {
            Token::TagToken(tag) => page.tag(&tag),
            Token::CharacterTokens(text) => page.text(&text).map(|()| None),
            Token::CommentToken(_) | Token::DoctypeToken(_) => {
                self.has_settled.set(true);
                Ok(None)
            }
            Token::NullCharacterToken | Token::EOFToken | Token::ParseError(_) => Ok(None),
        };
        match result {
            Ok(Some(kind)) => TokenSinkResult::RawData(kind),
            Ok(None) => TokenSinkResult::Continue,
            Err(fault) => {
                *self.fault.borrow_mut() = Some(fault);
                TokenSinkResult::Continue
            }
        }
    }
}
