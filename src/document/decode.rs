//! Bytes to text: byte order marks, UTF-16, UTF-8, and Windows-1252 as the last guess.
//!
//! Decoding never puts a replacement character (U+FFFD) into the text: what has no letter is left
//! out and counted in the warning.

use encoding_rs::WINDOWS_1252;

use crate::error::DocumentError;
use crate::warning::Warning;
use crate::warning::WarningCode;

/// How much of a file is looked at when its kind is guessed, in bytes. Even, so that it never cuts UTF-16.
pub(super) const SAMPLE_BYTES: usize = 64 << 10;

/// Bytes without a character in Windows-1252.
const UNDEFINED_IN_1252: [u8; 5] = [0x81, 0x8D, 0x8F, 0x90, 0x9D];

/// The text that the bytes spell, and a warning where the encoding was guessed or bytes were lost.
///
/// In this order: a byte order mark (UTF-8, UTF-16 in both orders); UTF-16 without a mark, known by its
/// zero bytes; strict UTF-8; UTF-8 with stray Windows-1252 bytes, where good sequences outnumber the bad
/// bytes; Windows-1252. The mark itself is not part of the text. Line ends stay as they are.
///
/// # Errors
/// [`DocumentError::UnknownFormat`] if the bytes are no text in any of these encodings.
pub fn decode(bytes: &[u8]) -> Result<(String, Option<Warning>), DocumentError> {
    if bytes.starts_with(&[0xFF, 0xFE, 0, 0]) || bytes.starts_with(&[0, 0, 0xFE, 0xFF]) {
        return Err(unknown("UTF-32 text (save it as UTF-8)"));
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFF, 0xFE]) {
        return utf16(rest, u16::from_le_bytes, false);
    }
    if let Some(rest) = bytes.strip_prefix(&[0xFE, 0xFF]) {
        return utf16(rest, u16::from_be_bytes, false);
    }
    let bytes = bytes.strip_prefix(&[0xEF, 0xBB, 0xBF]).unwrap_or(bytes);
    if let Some(unit) = utf16_by_zeros(bytes) {
        return utf16(bytes, unit, true);
    }
    if is_binary(bytes) {
        return Err(unknown("binary data"));
    }
    Ok(utf8_or_1252(bytes))
}

fn unknown(seen: &str) -> DocumentError {
    DocumentError::UnknownFormat {
        seen: seen.to_owned(),
    }
}

/// How two bytes make a UTF-16 unit.
type Unit = fn([u8; 2]) -> u16;

/// The byte order of UTF-16 without a mark: Latin text has a zero in nearly every second byte.
fn utf16_by_zeros(bytes: &[u8]) -> Option<Unit> {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let n_pairs = sample.len() / 2;
    if n_pairs == 0 {
        return None;
    }
    let mut n_zeros = [0usize; 2];
    for pair in sample.chunks_exact(2) {
        n_zeros[0] += usize::from(pair[0] == 0);
        n_zeros[1] += usize::from(pair[1] == 0);
    }
    // Curly quotes and dashes have no zero byte, so not every pair has one; junk has zeros on both sides.
    let many = |n: usize| n * 2 > n_pairs;
    let few = |n: usize| n * 50 <= n_pairs;
    if many(n_zeros[1]) && few(n_zeros[0]) {
        Some(u16::from_le_bytes)
    } else if many(n_zeros[0]) && few(n_zeros[1]) {
        Some(u16::from_be_bytes)
    } else {
        None
    }
}

fn utf16(
    bytes: &[u8],
    unit: Unit,
    guessed: bool,
) -> Result<(String, Option<Warning>), DocumentError> {
    let pairs = bytes.chunks_exact(2);
    let mut n_lost = pairs.remainder().len();
    let mut text = String::with_capacity(bytes.len() / 2);
    let mut n_control = 0usize;
    for item in char::decode_utf16(pairs.map(|pair| unit([pair[0], pair[1]]))) {
        match item {
            Ok('\u{FEFF}') if text.is_empty() => {}
            Ok(c) => {
                n_control += usize::from(is_binary_control(c));
                text.push(c);
            }
            Err(_) => n_lost += 1,
        }
    }
    if too_many(n_control + n_lost, bytes.len() / 2) {
        return Err(unknown("binary data"));
    }
    let warning = if n_lost > 0 {
        Some(Warning::new(
            WarningCode::Unreadable,
            format!("{n_lost} broken UTF-16 characters were left out of the text"),
        ))
    } else if guessed {
        Some(Warning::new(
            WarningCode::EncodingGuessed,
            "the text has no byte order mark and was read as UTF-16",
        ))
    } else {
        lost_before(&text)
    };
    Ok((text, warning))
}

/// Whether the beginning of `bytes` has more control characters than text ever has.
pub(super) fn is_binary(bytes: &[u8]) -> bool {
    let sample = &bytes[..bytes.len().min(SAMPLE_BYTES)];
    let n_control = sample
        .iter()
        .filter(|&&byte| is_binary_control(char::from(byte)))
        .count();
    too_many(n_control, sample.len())
}

/// Two in a hundred and two more: a stray field code of an old word processor is no reason to refuse a text.
fn too_many(n_bad: usize, n: usize) -> bool {
    n_bad > 2 + n / 50 || (n_bad > 0 && n_bad == n)
}

/// Control characters that no text has: the white ones, the DOS end mark and escape are let through.
fn is_binary_control(c: char) -> bool {
    matches!(c, '\0'..='\u{8}' | '\u{E}'..='\u{19}' | '\u{1C}'..='\u{1F}' | '\u{7F}')
}

fn utf8_or_1252(bytes: &[u8]) -> (String, Option<Warning>) {
    let error = match str::from_utf8(bytes) {
        Ok(text) => return (text.to_owned(), lost_before(text)),
        Err(error) => error,
    };
    let (whole, rest) = bytes.split_at(error.valid_up_to());
    // A single é at the end of a Windows-1252 file looks like a cut UTF-8 character too; other UTF-8
    // characters before it tell the two apart.
    if error.error_len().is_none() && !whole.is_ascii() {
        let text = String::from_utf8_lossy(whole).into_owned();
        let message = format!(
            "the file ends within a character; its last {} bytes were left out",
            rest.len()
        );
        return (text, Some(Warning::new(WarningCode::Unreadable, message)));
    }
    let n_good: usize = bytes
        .utf8_chunks()
        .map(|chunk| chunk.valid().chars().filter(|c| !c.is_ascii()).count())
        .sum();
    let n_bad: usize = bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum();
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    let mut n_undefined = 0;
    let how = if n_good > n_bad {
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            n_undefined += push_1252(chunk.invalid(), &mut text);
        }
        format!("the text is UTF-8 but for {n_bad} bytes, which were read as Windows-1252")
    } else {
        n_undefined += push_1252(bytes, &mut text);
        "the text is not UTF-8 and was read as Windows-1252".to_owned()
    };
    let lost = match n_undefined {
        0 => String::new(),
        n => format!("; {n} bytes without a character were left out"),
    };
    let message = format!("{how}; check quotes, dashes and accents{lost}");
    (
        text,
        Some(Warning::new(WarningCode::EncodingGuessed, message)),
    )
}

/// Appends Windows-1252 bytes and returns how many had no character.
fn push_1252(bytes: &[u8], text: &mut String) -> usize {
    let mut n_undefined = 0;
    // The web's table, which `encoding_rs` follows, gives undefined bytes a control character instead.
    for part in bytes.split(|byte| UNDEFINED_IN_1252.contains(byte)) {
        text.push_str(&WINDOWS_1252.decode_without_bom_handling(part).0);
        n_undefined += 1;
    }
    n_undefined - 1
}

/// A warning if characters were lost before the file was saved; nothing can bring them back.
fn lost_before(text: &str) -> Option<Warning> {
    let n = text.matches('\u{FFFD}').count();
    (n > 0).then(|| {
        Warning::new(
            WarningCode::UnmappedCharacters,
            format!("{n} characters were already lost when the file was saved (shown as \u{FFFD})"),
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(bytes: &[u8], text: &str, code: Option<WarningCode>) {
        let (decoded, warning) = decode(bytes).unwrap();
        assert_eq!(decoded, text);
        assert_eq!(warning.map(|warning| warning.code), code);
    }

    fn utf16_bytes(text: &str, bytes: fn(u16) -> [u8; 2]) -> Vec<u8> {
        text.encode_utf16().flat_map(bytes).collect()
    }

    #[test]
    fn byte_order_marks() {
        check(b"\xEF\xBB\xBFI led", "I led", None);
        check(b"\xFF\xFEI\0 \0", "I ", None);
        check(b"\xFE\xFF\0I\0 ", "I ", None);
    }

    #[test]
    fn utf16_without_a_mark() {
        let text = "I led 340 employees \u{2013} in \u{201C}nine\u{201D} field offices.";
        let code = Some(WarningCode::EncodingGuessed);
        check(&utf16_bytes(text, u16::to_le_bytes), text, code);
        check(&utf16_bytes(text, u16::to_be_bytes), text, code);
    }

    #[test]
    fn broken_utf16_loses_only_the_broken_units() {
        let mut bytes = vec![0xFF, 0xFE];
        bytes.extend(utf16_bytes("left ", u16::to_le_bytes));
        bytes.extend([0x00, 0xD8]);
        bytes.extend(utf16_bytes("right", u16::to_le_bytes));
        bytes.push(b'x');
        check(&bytes, "left right", Some(WarningCode::Unreadable));
    }

    #[test]
    fn windows_1252() {
        check(
            b"the \x93modernized\x94 system\x97bought\x85 caf\xE9",
            "the \u{201C}modernized\u{201D} system\u{2014}bought\u{2026} caf\u{E9}",
            Some(WarningCode::EncodingGuessed),
        );
        check(b"caf\xE9", "caf\u{E9}", Some(WarningCode::EncodingGuessed));
        check(
            b"a\x81b\xE9",
            "ab\u{E9}",
            Some(WarningCode::EncodingGuessed),
        );
    }

    #[test]
    fn undefined_bytes_are_counted() {
        let (_, warning) = decode(b"a\x81b\x8D\xE9 c").unwrap();
        assert_eq!(
            warning.unwrap().message,
            "the text is not UTF-8 and was read as Windows-1252; check quotes, dashes and accents; \
             2 bytes without a character were left out"
        );
    }

    #[test]
    fn utf8_with_stray_bytes_keeps_the_utf8() {
        let mut bytes = "\u{201C}one\u{201D} \u{2013} two \u{2014} "
            .as_bytes()
            .to_vec();
        bytes.extend(b"caf\xE9 three");
        let text = "\u{201C}one\u{201D} \u{2013} two \u{2014} caf\u{E9} three";
        check(&bytes, text, Some(WarningCode::EncodingGuessed));
    }

    #[test]
    fn a_cut_last_character_is_left_out() {
        let bytes = "\u{201C}one\u{201D}".as_bytes();
        let cut = &bytes[..bytes.len() - 1];
        check(cut, "\u{201C}one", Some(WarningCode::Unreadable));
    }

    #[test]
    fn characters_lost_earlier_are_told() {
        let text = "caf\u{FFFD}";
        check(text.as_bytes(), text, Some(WarningCode::UnmappedCharacters));
    }

    #[test]
    fn binary_junk_is_refused() {
        let junk: Vec<u8> = (0..4096u32).map(|n| (n * n % 251) as u8).collect();
        assert!(decode(&junk).is_err());
        assert!(decode(&[0; 100]).is_err());
        assert!(decode(&[0]).is_err());
        assert!(decode(b"\xFF\xFE\0\0I\0\0\0").is_err());
        check(
            b"one\x13field\x15 left over from a word processor",
            "one\u{13}field\u{15} left over from a word processor",
            None,
        );
    }

    #[test]
    fn nothing_is_nothing() {
        check(b"", "", None);
    }

    proptest::proptest! {
        #[test]
        fn no_replacement_character_is_made(bytes: Vec<u8>) {
            // The bytes may spell U+FFFD themselves, as UTF-8 or as UTF-16.
            let spelled = bytes.windows(3).any(|w| w == [0xEF, 0xBF, 0xBD])
                || bytes.windows(2).any(|w| w == [0xFD, 0xFF] || w == [0xFF, 0xFD]);
            let made = decode(&bytes).is_ok_and(|(text, _)| text.contains(char::REPLACEMENT_CHARACTER));
            proptest::prop_assert!(spelled || !made);
        }
    }
}
