//! Bounds the attributes of a tag before the tokenizer sees them.
//!
//! The tokenizer compares each attribute with all before it, so a tag with a million of them would
//! take hours. Markup is fed to it in pieces cut at `<` and `>`; this follows along inside tags.

/// Most attributes of one tag; real tags have a dozen.
const MAX_ATTRIBUTES: usize = 10_000;

/// Where in the markup a piece begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// In text.
    Text,
    /// In a comment or a declaration, until the tokenizer reports its end.
    Opaque,
    /// In the name of a tag.
    TagName,
    /// Where an attribute may begin.
    BeforeName,
    /// In the name of an attribute.
    Name,
    /// Behind a name, where `=` may follow.
    AfterName,
    /// Behind `=`.
    BeforeValue,
    /// In a value without quotes.
    Unquoted,
    /// In a value with quotes.
    Quoted(u8),
}

/// Follows the markup from piece to piece.
#[derive(Debug)]
pub(super) struct Guard {
    state: State,
    n_attributes: usize,
}

impl Guard {
    /// A guard at the start of a document.
    pub(super) fn new() -> Self {
        Self {
            state: State::Text,
            n_attributes: 0,
        }
    }

    /// Looks at the next piece; false if the open tag has too many attributes.
    ///
    /// `raw` is the name of the open element that holds no markup (`script`, `title`), if any.
    pub(super) fn admits(&mut self, piece: &str, raw: Option<&str>) -> bool {
        let mut bytes = piece.as_bytes();
        if self.state == State::Text {
            self.state = opening(bytes, raw);
            self.n_attributes = 0;
            if self.state != State::TagName {
                return true;
            }
            bytes = &bytes[2..];
        }
        for &byte in bytes {
            self.state = self.next(byte);
            if self.n_attributes > MAX_ATTRIBUTES {
                return false;
            }
        }
        true
    }

    /// The tokenizer has reported the end of a comment or declaration.
    pub(super) fn settle(&mut self) {
        if self.state == State::Opaque {
            self.state = State::Text;
        }
    }

    fn next(&mut self, byte: u8) -> State {
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | 0x0C);
        match (self.state, byte) {
            (State::Text | State::Opaque, _) => self.state,
            (State::Quoted(quote), _) if byte == quote => State::BeforeName,
            (State::Quoted(_), _) => self.state,
            (_, b'>') => State::Text,
            (State::Unquoted, _) if is_space => State::BeforeName,
            (State::Unquoted, _) => State::Unquoted,
            (State::BeforeValue, _) if is_space => State::BeforeValue,
            (State::BeforeValue, b'"' | b'\'') => State::Quoted(byte),
            (State::BeforeValue, _) => State::Unquoted,
            (State::TagName, _) if is_space || byte == b'/' => State::BeforeName,
            (State::TagName, _) => State::TagName,
            (_, b'/') => State::BeforeName,
            (State::Name, _) if is_space => State::AfterName,
            (State::AfterName | State::BeforeName, _) if is_space => self.state,
            (State::Name | State::AfterName, b'=') => State::BeforeValue,
            (State::Name, _) => State::Name,
            (State::AfterName | State::BeforeName, _) => {
                self.n_attributes += 1;
                State::Name
            }
        }
    }
}

/// What a piece begins that stands in text.
fn opening(piece: &[u8], raw: Option<&str>) -> State {
    if let Some(name) = raw {
        // Only the end tag of the element itself is markup here.
        let tail = piece.strip_prefix(b"</").unwrap_or_default();
        let is_end =
            tail.len() >= name.len() && tail[..name.len()].eq_ignore_ascii_case(name.as_bytes());
        return if is_end { State::TagName } else { State::Text };
    }
    match piece {
        [b'<', b'/', b'>', ..] => State::Text,
        [b'<', b'/', letter, ..] | [b'<', letter, ..] if letter.is_ascii_alphabetic() => {
            State::TagName
        }
        [b'<', b'!' | b'?' | b'/', ..] => State::Opaque,
        _ => State::Text,
    }
}

/// Cuts markup into pieces that begin at `<` or behind `>`, none longer than a few thousand bytes.
pub(super) fn pieces(markup: &str) -> impl Iterator<Item = &str> {
    const MAX_BYTES: usize = 1 << 14;
    let mut rest = markup;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let is_edge = |&(at, byte): &(usize, &u8)| (at > 0 && *byte == b'<') || *byte == b'>';
        let end = match rest
            .as_bytes()
            .iter()
            .enumerate()
            .take(MAX_BYTES)
            .find(is_edge)
        {
            Some((at, b'>')) => at + 1,
            Some((at, _)) => at,
            None => {
                let mut end = rest.len().min(MAX_BYTES);
                while !rest.is_char_boundary(end) {
                    end += 1;
                }
                end
            }
        };
        let (piece, tail) = rest.split_at(end);
        rest = tail;
        Some(piece)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admits(markup: &str) -> bool {
        let mut guard = Guard::new();
        pieces(markup).all(|piece| guard.admits(piece, None))
    }

    #[test]
    fn pieces_rejoin() {
        let markup = "a<b c='>'>d<<e>ü</b>".to_owned() + &"é".repeat(20_000);
        assert_eq!(pieces(&markup).collect::<String>(), markup);
        assert_eq!(pieces("a<b>c").collect::<Vec<_>>(), ["a", "<b>", "c"]);
    }

    #[test]
    fn many_attributes_are_refused_however_they_are_written() {
        let names: Vec<String> = (0..MAX_ATTRIBUTES + 1).map(|n| format!("a{n}")).collect();
        for separator in [" ", "/", "=1 ", "='<>' ", "=\"'\"", " = x\n"] {
            let tag = format!("text &am<b x='>' {}>", names.join(separator));
            assert!(!admits(&tag), "{separator}");
            assert!(!admits(&tag.replace("<b", "</><b")), "{separator}");
            assert!(!admits(&tag.replace("<b", "<<b")), "{separator}");
        }
    }

    #[test]
    fn long_values_and_comments_are_admitted() {
        assert!(admits(&format!("<img src='{}'>", "a/b c".repeat(100_000))));
        assert!(admits(&format!("<!-- {} -->", "word ".repeat(100_000))));
        assert!(admits(&"<b x y>".repeat(100_000)));
    }

    #[test]
    fn raw_text_is_no_markup() {
        let mut guard = Guard::new();
        assert!(guard.admits(&format!("<b {}", "word ".repeat(20_000)), Some("script")));
        assert_eq!(guard.state, State::Text);
        assert!(guard.admits("</SCRIPT x", Some("script")));
        assert_eq!(guard.state, State::Name);
    }
}
