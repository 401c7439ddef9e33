//! Refuses files whose streams unpack to far more than a packet needs, before anything unpacks them.
//!
//! The parser crate unpacks cross-reference and object streams while it opens a file, so this check
//! reads the raw bytes: every `obj` followed by a dictionary and `stream`. Pictures are passed over,
//! since nothing unpacks them. What it cannot see are streams that only exist after decryption or
//! inside another stream; [`check_object`] covers those once the file is open. A hostile file may still
//! pass a picture off as an object stream: a limit on the process is the only cure for that.

use hayro_syntax::Filter;
use hayro_syntax::object::Stream;

use crate::document::pdf::filters::is_picture;
use crate::document::pdf::filters::unpacked_len;
use crate::error::DocumentError;

/// Most bytes that one stream may unpack to.
pub(super) const MAX_STREAM_BYTES: u64 = 64 << 20;
/// Most bytes that all streams together may unpack to.
pub(super) const MAX_TOTAL_BYTES: u64 = 256 << 20;
/// Deflate packs at most 1032 to 1, so encrypted object streams below this many bytes stay within
/// [`MAX_TOTAL_BYTES`] whatever they hold.
const MAX_ENCRYPTED_OBJECT_STREAMS: usize = 256 << 10;
/// Most columns of a predictor row; the parser sets a whole row aside.
const MAX_COLUMNS: u64 = 1 << 20;

/// Counts unpacked bytes over a whole file.
#[derive(Debug, Default)]
pub(super) struct Meter {
    n_bytes: u64,
}

impl Meter {
    /// Adds what `data` unpacks to.
    ///
    /// # Errors
    /// [`DocumentError::TooLarge`] if this stream or the sum passes its cap.
    pub(super) fn add(&mut self, data: &[u8], filters: &[Filter]) -> Result<(), DocumentError> {
        let n = unpacked_len(data, filters, MAX_STREAM_BYTES)
            .ok_or_else(|| too_large("a stream of the PDF", MAX_STREAM_BYTES))?;
        self.n_bytes += n;
        if self.n_bytes > MAX_TOTAL_BYTES {
            return Err(too_large("the unpacked PDF", MAX_TOTAL_BYTES));
        }
        Ok(())
    }
}

fn too_large(what: &str, limit: u64) -> DocumentError {
    DocumentError::TooLarge {
        what: what.to_owned(),
        limit: format!("{} MiB", limit >> 20),
    }
}

/// Checks every stream that can be found in the raw bytes of a file.
///
/// # Errors
/// [`DocumentError::TooLarge`] if a stream, or all of them together, unpack to too much.
pub(super) fn check_raw(bytes: &[u8]) -> Result<(), DocumentError> {
    let encrypted = find(bytes, b"/Encrypt", 0).is_some();
    let mut meter = Meter::default();
    let mut n_sealed = 0;
    let mut at = 0;
    while let Some(found) = find(bytes, b"obj", at) {
        at = found + 3;
        let Some(stream) = read_stream_head(bytes, at) else {
            continue;
        };
        at = stream.data_start;
        if stream.columns > MAX_COLUMNS {
            return Err(DocumentError::TooLarge {
                what: "a predictor row of the PDF".to_owned(),
                limit: format!("{MAX_COLUMNS} columns"),
            });
        }
        let filters = stream
            .filters
            .unwrap_or_else(|| vec![Filter::FlateDecode; 3]);
        let n_packers = filters.iter().filter(|f| !is_text_filter(**f)).count();
        if (stream.is_image && n_packers <= 1) || filters.is_empty() {
            continue;
        }
        // Deflate and LZW know where they end; a length in the dictionary may be a lie.
        let data = &bytes[stream.data_start..];
        let data = if n_packers == filters.len() {
            data
        } else {
            &data[..find(data, b"endstream", 0).unwrap_or(data.len())]
        };
        if encrypted {
            if stream.is_object_stream {
                n_sealed += find(data, b"endstream", 0).unwrap_or(data.len());
                if n_sealed > MAX_ENCRYPTED_OBJECT_STREAMS {
                    return Err(DocumentError::TooLarge {
                        what: "the encrypted part of the PDF that has to be unpacked unseen"
                            .to_owned(),
                        limit: format!("{} KiB", MAX_ENCRYPTED_OBJECT_STREAMS >> 10),
                    });
                }
            }
            continue;
        }
        meter.add(data, &filters)?;
    }
    Ok(())
}

/// Checks a stream of an open file that [`check_raw`] could not see.
///
/// # Errors
/// [`DocumentError::TooLarge`] as for [`check_raw`].
pub(super) fn check_object(stream: &Stream<'_>, meter: &mut Meter) -> Result<(), DocumentError> {
    let is_image = stream
        .dict()
        .get::<hayro_syntax::object::Name<'_>>(b"Subtype")
        .is_some_and(|n| n.as_ref() == b"Image");
    if is_image {
        Ok(())
    } else {
        meter.add(&stream.raw_data(), &stream.filters())
    }
}

fn is_text_filter(filter: Filter) -> bool {
    is_picture(filter)
        || matches!(
            filter,
            Filter::AsciiHexDecode
                | Filter::Ascii85Decode
                | Filter::RunLengthDecode
                | Filter::Crypt
        )
}

/// Position of the first `needle` at or after `from`.
pub(super) fn find(bytes: &[u8], needle: &[u8], from: usize) -> Option<usize> {
    let first = *needle.first()?;
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|b| *b == first)?;
        if bytes[at..].starts_with(needle) {
            return Some(at);
        }
        at += 1;
    }
}

/// What the dictionary before `stream` says.
#[derive(Debug, Default)]
struct StreamHead {
    /// `None` if the filters are named in another object.
    filters: Option<Vec<Filter>>,
    is_image: bool,
    is_object_stream: bool,
    columns: u64,
    data_start: usize,
}

/// Reads `<< .. >> stream` at `at`; `None` if something else stands there.
fn read_stream_head(bytes: &[u8], at: usize) -> Option<StreamHead> {
    let mut tokens = Tokens { bytes, at };
    if tokens.next()? != Token::DictOpen {
        return None;
    }
    let mut head = StreamHead {
        filters: Some(Vec::new()),
        ..StreamHead::default()
    };
    let mut depth = 1;
    // The last name seen: a key, where the value decides what it is good for.
    let mut key: Vec<u8> = Vec::new();
    let mut in_filters = false;
    while depth > 0 {
        let token = tokens.next()?;
        match &token {
            Token::DictOpen | Token::ArrayOpen => depth += 1,
            Token::DictClose | Token::ArrayClose => {
                depth -= 1;
                if depth == 1 {
                    in_filters = false;
                    key.clear();
                }
            }
            Token::Name(name) if depth == 1 && (key == b"Filter" || key == b"F") => {
                push_filter(&mut head, name);
                key.clear();
                continue;
            }
            Token::Name(name) if in_filters => {
                push_filter(&mut head, name);
                continue;
            }
            Token::Name(name) if depth == 1 && key == b"Subtype" => {
                head.is_image = *name == b"Image";
            }
            Token::Name(name) if depth == 1 && key == b"Type" => {
                head.is_object_stream = *name == b"ObjStm";
            }
            Token::Other(word) if key == b"Columns" => {
                head.columns = std::str::from_utf8(word)
                    .ok()
                    .and_then(|w| w.parse().ok())
                    .unwrap_or(0);
            }
            Token::Other(b"R") if depth == 1 && key == b"Filter" => head.filters = None,
            Token::Name(_) | Token::Other(_) | Token::Text => {}
        }
        match token {
            Token::ArrayOpen if depth == 2 && (key == b"Filter" || key == b"F") => {
                in_filters = true;
            }
            Token::Name(name) => key = name,
            Token::Other(b"R") | Token::Text => key.clear(),
            _ => {}
        }
    }
    if tokens.next()? != Token::Other(b"stream") {
        return None;
    }
    let line_end = match bytes.get(tokens.at..)? {
        [b'\r', b'\n', ..] => 2,
        [b'\r' | b'\n', ..] => 1,
        _ => return None,
    };
    head.data_start = tokens.at + line_end;
    Some(head)
}

fn push_filter(head: &mut StreamHead, name: &[u8]) {
    let filter = match name {
        b"FlateDecode" | b"Fl" => Filter::FlateDecode,
        b"LZWDecode" | b"LZW" => Filter::LzwDecode,
        b"ASCII85Decode" | b"A85" => Filter::Ascii85Decode,
        b"ASCIIHexDecode" | b"AHx" => Filter::AsciiHexDecode,
        b"RunLengthDecode" | b"RL" => Filter::RunLengthDecode,
        b"DCTDecode" | b"DCT" => Filter::DctDecode,
        b"JPXDecode" => Filter::JpxDecode,
        b"JBIG2Decode" => Filter::Jbig2Decode,
        b"CCITTFaxDecode" | b"CCF" => Filter::CcittFaxDecode,
        _ => return,
    };
    if let Some(filters) = &mut head.filters {
        filters.push(filter);
    }
}

/// The smallest units of PDF syntax, as far as dictionaries need them.
#[derive(Debug, PartialEq, Eq)]
enum Token<'b> {
    DictOpen,
    DictClose,
    ArrayOpen,
    ArrayClose,
    /// A name without its slash, escapes resolved.
    Name(Vec<u8>),
    /// A number or keyword.
    Other(&'b [u8]),
    /// A string, its content not kept.
    Text,
}

struct Tokens<'b> {
    bytes: &'b [u8],
    at: usize,
}

impl<'b> Tokens<'b> {
    fn next(&mut self) -> Option<Token<'b>> {
        loop {
            match self.bytes.get(self.at)? {
                b' ' | b'\t' | b'\r' | b'\n' | b'\x0C' | 0 => self.at += 1,
                b'%' => {
                    self.at += self.bytes[self.at..]
                        .iter()
                        .position(|b| matches!(b, b'\r' | b'\n'))?;
                }
                _ => break,
            }
        }
        let rest = &self.bytes[self.at..];
        let (token, length) = match rest {
            [b'<', b'<', ..] => (Token::DictOpen, 2),
            [b'>', b'>', ..] => (Token::DictClose, 2),
            [b'[', ..] => (Token::ArrayOpen, 1),
            [b']', ..] => (Token::ArrayClose, 1),
            [b'<', ..] => (Token::Text, rest.iter().position(|b| *b == b'>')? + 1),
            [b'(', ..] => (Token::Text, text_len(rest)?),
            [b'/', tail @ ..] => {
                let length = regular_len(tail);
                (Token::Name(unescaped(&tail[..length])), length + 1)
            }
            _ => match regular_len(rest) {
                0 => return None,
                length => (Token::Other(&rest[..length]), length),
            },
        };
        self.at += length;
        Some(token)
    }
}

fn regular_len(bytes: &[u8]) -> usize {
    let ends = |b: &u8| {
        b.is_ascii_whitespace()
            || matches!(
                b,
                0 | b'(' | b')' | b'<' | b'>' | b'[' | b']' | b'/' | b'%' | b'{' | b'}'
            )
    };
    bytes.iter().position(ends).unwrap_or(bytes.len())
}

/// Length of a string in parentheses, which may nest and be escaped.
fn text_len(bytes: &[u8]) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 1,
            b'(' => depth += 1,
            b')' if depth == 1 => return Some(at + 1),
            b')' => depth -= 1,
            _ => {}
        }
        at += 1;
    }
}

/// A name with its `#xx` escapes resolved.
fn unescaped(name: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(name.len());
    let mut rest = name;
    while let [first, tail @ ..] = rest {
        let hex = |b: &u8| {
            char::from(*b)
                .to_digit(16)
                .and_then(|d| u8::try_from(d).ok())
        };
        match (first, tail) {
            (b'#', [high, low, after @ ..]) if hex(high).is_some() && hex(low).is_some() => {
                out.push(hex(high).unwrap_or(0) << 4 | hex(low).unwrap_or(0));
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = tail;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Option<StreamHead> {
        read_stream_head(text.as_bytes(), 0)
    }

    #[test]
    fn filters_are_read_from_names_and_arrays() {
        let plain = head(" <</Length 3 0 R/Filter/FlateDecode>>\nstream\nx").unwrap();
        assert_eq!(plain.filters.as_deref(), Some(&[Filter::FlateDecode][..]));
        let chain = head(
            "<< /F [ /A85 /Fl#61te /Fl ] /DecodeParms [ null << /Columns 5 >> ] >> stream\r\nx",
        )
        .unwrap();
        assert_eq!(
            chain.filters.as_deref(),
            Some(&[Filter::Ascii85Decode, Filter::FlateDecode][..])
        );
        assert_eq!(chain.columns, 5);
        let elsewhere = head("<</Filter 9 0 R/Length 4>>stream\nx").unwrap();
        assert_eq!(elsewhere.filters, None);
    }

    #[test]
    fn pictures_are_known_by_their_subtype() {
        assert!(
            head("<</Type/XObject/Subtype/Image/Filter/FlateDecode>>stream\nx")
                .unwrap()
                .is_image
        );
        assert!(
            !head("<</Subtype/Form/Note(\\)/Subtype/Image)>>stream\nx")
                .unwrap()
                .is_image
        );
    }

    #[test]
    fn a_dictionary_without_a_stream_is_none() {
        assert!(head("<</Type/Page>> endobj").is_none());
        assert!(head("[1 2]").is_none());
        assert!(head("<</A<</B[").is_none());
    }

    #[test]
    fn wide_predictor_rows_are_refused() {
        let file = b"1 0 obj<</Filter/FlateDecode/DecodeParms<</Predictor 2/Columns 4000000000>>>>stream\nx\nendstream";
        assert!(matches!(
            check_raw(file),
            Err(DocumentError::TooLarge { .. })
        ));
    }
}
