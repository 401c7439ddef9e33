//! Opens a file: what can be said before and while the parser reads its structure.

use std::panic::AssertUnwindSafe;
use std::panic::catch_unwind;
use std::sync::Arc;

use hayro_syntax::DecryptionError;
use hayro_syntax::LoadPdfError;
use hayro_syntax::Pdf;
use hayro_syntax::object::Array;
use hayro_syntax::object::Object;
use hayro_syntax::object::Stream;

use crate::document::pdf::PDF;
use crate::document::pdf::bombs::Meter;
use crate::document::pdf::bombs::check_object;
use crate::document::pdf::bombs::find;
use crate::document::pdf::malformed;
use crate::error::DocumentError;

/// How far from the start the head of a file may stand, after mail headers and the like.
const MAX_JUNK: usize = 1024;

/// Checks the head and the end mark of a file.
///
/// # Errors
/// [`DocumentError`] if the file is empty, has no PDF head, or stops before its end.
pub(super) fn check_frame(bytes: &[u8]) -> Result<(), DocumentError> {
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Err(DocumentError::Empty);
    }
    if find(&bytes[..bytes.len().min(MAX_JUNK)], b"%PDF-", 0).is_none() {
        return Err(malformed("it does not start with %PDF-"));
    }
    if let Some(length) = linearized_length(bytes)
        && length > bytes.len()
    {
        return Err(truncated(format!(
            "{} of {length} bytes are there",
            bytes.len()
        )));
    }
    if find(bytes, b"startxref", 0).is_none() && find(bytes, b"%%EOF", 0).is_none() {
        return Err(truncated(
            "its end, with the list of its parts, is missing".to_owned(),
        ));
    }
    Ok(())
}

fn truncated(detail: String) -> DocumentError {
    DocumentError::Truncated {
        format: PDF,
        detail,
    }
}

/// The length that a file made for the web states at its start.
fn linearized_length(bytes: &[u8]) -> Option<usize> {
    let head = &bytes[..bytes.len().min(MAX_JUNK)];
    let start = find(head, b"/Linearized", 0)?;
    let end = find(head, b">>", start)?;
    // `/L 1234`, but not `/Linearized`.
    let mut words = head[start..end]
        .split(|b| b.is_ascii_whitespace() || *b == b'/')
        .filter(|w| !w.is_empty());
    words.find(|w| *w == b"L")?;
    std::str::from_utf8(words.next()?).ok()?.parse().ok()
}

/// Whether objects stand after the last end mark, as when a file that was changed later is cut off.
pub(super) fn ends_after_last_mark(bytes: &[u8]) -> bool {
    let Some(mark) = bytes.windows(5).rposition(|w| w == b"%%EOF") else {
        return true;
    };
    find(bytes, b" obj", mark).is_some()
}

/// Opens a file with the empty password and checks the streams that its raw bytes do not show.
///
/// # Errors
/// [`DocumentError`] if the file needs a password, is damaged, or unpacks to too much.
pub(super) fn open(bytes: &[u8]) -> Result<Pdf, DocumentError> {
    let data = Arc::new(bytes.to_vec());
    let opened = catch_unwind(AssertUnwindSafe(|| {
        let pdf = Pdf::new(Arc::clone(&data)).map_err(load_error)?;
        check_streams(&pdf, &data)?;
        Ok(pdf)
    }));
    opened.unwrap_or_else(|_| Err(malformed("its structure breaks the parser")))
}

fn load_error(error: LoadPdfError) -> DocumentError {
    match error {
        LoadPdfError::Decryption(DecryptionError::PasswordProtected) => {
            DocumentError::NeedsPassword { format: PDF }
        }
        LoadPdfError::Decryption(_) => malformed("its encryption is of no known kind"),
        LoadPdfError::Invalid => malformed("the list of its parts cannot be read or rebuilt"),
    }
}

fn check_streams(pdf: &Pdf, data: &[u8]) -> Result<(), DocumentError> {
    // Streams that lie open in the file were checked before; these are decrypted or inside others.
    let mut meter = Meter::default();
    let in_file = data.as_ptr_range();
    for object in pdf.objects() {
        if let Object::Stream(stream) = object {
            let raw = stream.raw_data();
            if !in_file.contains(&raw.as_ptr()) && !raw.is_empty() {
                check_object(&stream, &mut meter)?;
            }
        }
    }
    // The same content may be named by many pages, and is unpacked for each.
    let mut meter = Meter::default();
    for page in pdf.pages().iter() {
        let contents = page.raw();
        if let Some(stream) = contents.get::<Stream<'_>>(b"Contents") {
            meter.add(&stream.raw_data(), &stream.filters())?;
        } else if let Some(streams) = contents.get::<Array<'_>>(b"Contents") {
            for stream in streams.iter::<Stream<'_>>() {
                meter.add(&stream.raw_data(), &stream.filters())?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames() {
        assert_eq!(check_frame(b" \n"), Err(DocumentError::Empty));
        assert!(matches!(
            check_frame(b"hello"),
            Err(DocumentError::Malformed { .. })
        ));
        assert!(matches!(
            check_frame(b"%PDF-1.7\n1 0 obj"),
            Err(DocumentError::Truncated { .. })
        ));
        assert_eq!(
            check_frame(b"junk\n%PDF-1.7\n1 0 obj\nstartxref\n0\n%%EOF"),
            Ok(())
        );
    }

    #[test]
    fn files_for_the_web_state_their_length() {
        let file = b"%PDF-1.7\n1 0 obj<</Linearized 1/L 5000/H[1 2]>>endobj startxref 0 %%EOF";
        assert_eq!(linearized_length(file), Some(5000));
        assert!(matches!(
            check_frame(file),
            Err(DocumentError::Truncated { .. })
        ));
    }

    #[test]
    fn objects_after_the_end_mark() {
        assert!(!ends_after_last_mark(b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"));
        assert!(ends_after_last_mark(
            b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n1 0 obj\n"
        ));
    }
}
