//! Counts what a stream unpacks to without keeping it, so that a bomb is found before it goes off.
//!
//! The parser crate unpacks streams without any limit. Everything here runs first, stops at a limit,
//! and keeps only what the next filter of a chain has to read.

use std::io::ErrorKind;
use std::io::Read;

use flate2::read::DeflateDecoder;
use flate2::read::ZlibDecoder;
use hayro_syntax::Filter;

use crate::document::pdf::damaged::damaged_len;

/// Number of bytes that `data` unpacks to, or `None` if any step of the chain passes `limit`.
///
/// A chain that ends in a picture filter (JPEG, fax) counts up to that filter: nobody unpacks the picture.
/// `None` also stands for chains that cannot be followed: one packer on top of a damaged one, or of LZW.
pub(super) fn unpacked_len(data: &[u8], filters: &[Filter], limit: u64) -> Option<u64> {
    let Some((last, inner)) = filters.split_last() else {
        return (data.len() as u64 <= limit).then_some(data.len() as u64);
    };
    let mut held: Option<Vec<u8>> = None;
    for filter in inner {
        let mut next = Vec::new();
        let from = held.as_deref().unwrap_or(data);
        let end = unpack(*filter, from, limit, &mut |part| {
            next.extend_from_slice(part);
        });
        if end != End::Sound || *filter == Filter::LzwDecode {
            return None;
        }
        held = Some(next);
    }
    let data = held.as_deref().unwrap_or(data);
    let mut n_bytes = 0;
    let end = unpack(*last, data, limit, &mut |part| n_bytes += part.len() as u64);
    match (last, end) {
        (_, End::TooMuch) => return None,
        (Filter::FlateDecode, End::Damaged) => n_bytes = n_bytes.max(damaged_len(data, limit)),
        (Filter::LzwDecode, _) => {
            // A parameter says which of two ways to read LZW; only one of them makes sense of the data.
            let mut n_late = 0;
            if unpack_lzw(data, false, limit, &mut |part| n_late += part.len() as u64)
                == End::TooMuch
            {
                return None;
            }
            n_bytes = n_bytes.max(n_late);
        }
        _ => {}
    }
    (n_bytes <= limit).then_some(n_bytes)
}

/// How unpacking ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    /// At the end of the data, or where the data breaks off.
    Sound,
    /// At a fault.
    Damaged,
    /// Past the limit.
    TooMuch,
}

impl End {
    fn within(within: bool) -> Self {
        if within { Self::Sound } else { Self::TooMuch }
    }
}

/// Whether a filter stands for a picture format.
pub(super) fn is_picture(filter: Filter) -> bool {
    matches!(
        filter,
        Filter::DctDecode | Filter::JpxDecode | Filter::Jbig2Decode | Filter::CcittFaxDecode
    )
}

/// Applies one filter, handing its output over in parts of which there are at most `limit` bytes.
fn unpack(filter: Filter, data: &[u8], limit: u64, sink: &mut dyn FnMut(&[u8])) -> End {
    match filter {
        Filter::FlateDecode => {
            // Some writers leave the two bytes of the zlib head out; the parser then reads bare deflate.
            let mut n_bytes = 0;
            let end = copy(ZlibDecoder::new(data), limit, &mut |part| {
                n_bytes += part.len();
                sink(part);
            });
            if end == End::Damaged && n_bytes == 0 {
                copy(DeflateDecoder::new(data), limit, sink)
            } else {
                end
            }
        }
        Filter::LzwDecode => unpack_lzw(data, true, limit, sink),
        Filter::RunLengthDecode => End::within(unpack_run_lengths(data, limit, sink)),
        Filter::Ascii85Decode => End::within(unpack_ascii85(data, limit, sink)),
        Filter::AsciiHexDecode => End::within(unpack_hex(data, limit, sink)),
        Filter::Crypt => {
            sink(data);
            End::within(data.len() as u64 <= limit)
        }
        Filter::DctDecode | Filter::JpxDecode | Filter::Jbig2Decode | Filter::CcittFaxDecode => {
            End::Sound
        }
    }
}

/// Reads to the end, to the first fault or to the limit.
fn copy(mut from: impl Read, limit: u64, sink: &mut dyn FnMut(&[u8])) -> End {
    let mut buffer = [0_u8; 16 << 10];
    let mut n_bytes = 0;
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return End::Sound,
            Ok(n) => {
                n_bytes += n as u64;
                if n_bytes > limit {
                    return End::TooMuch;
                }
                sink(&buffer[..n]);
            }
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => return End::Sound,
            Err(_) => return End::Damaged,
        }
    }
}

/// Collects single bytes into parts and keeps count of them.
struct Output<'s> {
    part: Vec<u8>,
    n_bytes: u64,
    limit: u64,
    sink: &'s mut dyn FnMut(&[u8]),
}

impl<'s> Output<'s> {
    fn new(limit: u64, sink: &'s mut dyn FnMut(&[u8])) -> Self {
        Self {
            part: Vec::new(),
            n_bytes: 0,
            limit,
            sink,
        }
    }

    /// Appends bytes; `false` once the limit is passed.
    fn put(&mut self, bytes: &[u8]) -> bool {
        self.n_bytes += bytes.len() as u64;
        if self.n_bytes > self.limit {
            return false;
        }
        self.part.extend_from_slice(bytes);
        if self.part.len() >= 16 << 10 {
            (self.sink)(&self.part);
            self.part.clear();
        }
        true
    }

    fn finish(self) -> bool {
        (self.sink)(&self.part);
        true
    }
}

/// PDF's LZW: codes of 9 to 12 bits, 256 clears the table, 257 ends.
///
/// `early` says whether codes grow longer one code before they have to, as they do by default.
fn unpack_lzw(data: &[u8], early: bool, limit: u64, sink: &mut dyn FnMut(&[u8])) -> End {
    const CLEAR: usize = 256;
    const END: usize = 257;
    const FULL: usize = 4096;
    let mut out = Output::new(limit, sink);
    // Each entry past 257 is an earlier entry and one more byte.
    let mut entries: Vec<(usize, u8)> = Vec::new();
    let mut previous: Option<usize> = None;
    let mut text = Vec::new();
    let (mut bits, mut n_bits) = (0_u32, 0_u32);
    for &byte in data {
        bits = (bits << 8) | u32::from(byte);
        n_bits += 8;
        let width = match 258 + entries.len() + usize::from(early) {
            0..512 => 9,
            512..1024 => 10,
            1024..2048 => 11,
            _ => 12,
        };
        if n_bits < width {
            continue;
        }
        n_bits -= width;
        let code = (bits >> n_bits) as usize & ((1 << width) - 1);
        bits &= (1 << n_bits) - 1;
        match code {
            CLEAR => {
                entries.clear();
                previous = None;
                continue;
            }
            END => break,
            _ => {}
        }
        let known = code < CLEAR || code - 258 < entries.len();
        let source = if known { Some(code) } else { previous };
        let Some(source) = source else { break };
        text.clear();
        let mut at = source;
        while at >= 258 {
            let (before, byte) = entries[at - 258];
            text.push(byte);
            at = before;
        }
        let first = u8::try_from(at).unwrap_or_default();
        text.push(first);
        text.reverse();
        if !known {
            text.push(first);
        }
        if let Some(previous) = previous
            && 258 + entries.len() < FULL
        {
            entries.push((previous, first));
        }
        previous = Some(code.min(257 + entries.len()));
        if !out.put(&text) {
            return End::TooMuch;
        }
    }
    End::within(out.finish())
}

fn unpack_run_lengths(data: &[u8], limit: u64, sink: &mut dyn FnMut(&[u8])) -> bool {
    let mut out = Output::new(limit, sink);
    let mut rest = data;
    while let [length, tail @ ..] = rest {
        let n = usize::from(*length);
        let within = match n {
            0..128 => {
                let n = (n + 1).min(tail.len());
                rest = &tail[n..];
                out.put(&tail[..n])
            }
            128 => break,
            _ => {
                let Some((byte, tail)) = tail.split_first() else {
                    break;
                };
                rest = tail;
                out.put(&vec![*byte; 257 - n])
            }
        };
        if !within {
            return false;
        }
    }
    out.finish()
}

fn unpack_ascii85(data: &[u8], limit: u64, sink: &mut dyn FnMut(&[u8])) -> bool {
    let mut out = Output::new(limit, sink);
    let (mut group, mut n) = (0_u32, 0_usize);
    for &byte in data {
        let within = match byte {
            b'z' if n == 0 => out.put(&[0; 4]),
            b'!'..=b'u' => {
                group = group.wrapping_mul(85).wrapping_add(u32::from(byte - b'!'));
                n += 1;
                if n < 5 {
                    continue;
                }
                let bytes = group.to_be_bytes();
                (group, n) = (0, 0);
                out.put(&bytes)
            }
            b'~' => break,
            _ => continue,
        };
        if !within {
            return false;
        }
    }
    if n > 1 {
        for _ in n..5 {
            group = group.wrapping_mul(85).wrapping_add(84);
        }
        if !out.put(&group.to_be_bytes()[..n - 1]) {
            return false;
        }
    }
    out.finish()
}

fn unpack_hex(data: &[u8], limit: u64, sink: &mut dyn FnMut(&[u8])) -> bool {
    let mut out = Output::new(limit, sink);
    let mut high = None;
    for &byte in data.iter().take_while(|&&b| b != b'>') {
        let Some(digit) = char::from(byte)
            .to_digit(16)
            .and_then(|d| u8::try_from(d).ok())
        else {
            continue;
        };
        match high.take() {
            None => high = Some(digit),
            Some(high) => {
                if !out.put(&[high << 4 | digit]) {
                    return false;
                }
            }
        }
    }
    out.finish()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn unpacked(filter: Filter, data: &[u8]) -> Vec<u8> {
        let mut out = Vec::new();
        assert_eq!(
            unpack(filter, data, 1 << 20, &mut |part| out
                .extend_from_slice(part)),
            End::Sound
        );
        out
    }

    fn deflated(data: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::best());
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn text_filters_unpack() {
        assert_eq!(
            unpacked(Filter::AsciiHexDecode, b"48 65 6C6c6F>tail"),
            b"Hello"
        );
        assert_eq!(
            unpacked(Filter::Ascii85Decode, b"87cURD]i,\"Ebo80~>"),
            b"Hello World!"
        );
        assert_eq!(unpacked(Filter::Ascii85Decode, b"z~>"), [0; 4]);
        assert_eq!(
            unpacked(
                Filter::RunLengthDecode,
                &[2, b'a', b'b', b'c', 254, b'x', 128, 9]
            ),
            b"abcxxx"
        );
    }

    #[test]
    fn lzw_unpacks_the_example_of_the_standard() {
        let data = [0x80, 0x0B, 0x60, 0x50, 0x22, 0x0C, 0x0C, 0x85, 0x01];
        assert_eq!(
            unpacked(Filter::LzwDecode, &data),
            [45, 45, 45, 45, 45, 65, 45, 45, 45, 66]
        );
    }

    #[test]
    fn a_chain_stops_at_the_limit() {
        let bomb = deflated(&deflated(&vec![0; 4 << 20]));
        let twice = [Filter::FlateDecode, Filter::FlateDecode];
        assert_eq!(unpacked_len(&bomb, &twice, 8 << 20), Some(4 << 20));
        assert_eq!(unpacked_len(&bomb, &twice, 1 << 20), None);
    }

    #[test]
    fn data_may_break_off() {
        let mut data = deflated(&vec![7; 100_000]);
        data.truncate(data.len() / 2);
        assert!(unpacked_len(&data, &[Filter::FlateDecode], 1 << 20).is_some_and(|n| n < 100_000));
    }

    #[test]
    fn a_fault_does_not_hide_what_follows() {
        // A copy from before the start and an empty stored block; strict decoders stop at the former.
        let mut data = vec![0x78, 0xDA, 0x02, 0x02, 0, 0, 0, 0, 0xFF, 0xFF];
        data.extend_from_slice(&deflated(&vec![0; 4 << 20])[2..]);
        assert_eq!(
            unpack(Filter::FlateDecode, &data, 1 << 20, &mut |_| {}),
            End::Damaged
        );
        assert_eq!(unpacked_len(&data, &[Filter::FlateDecode], 1 << 20), None);
        assert_eq!(
            unpacked_len(&data, &[Filter::FlateDecode], 8 << 20),
            Some((4 << 20) + 3)
        );
    }

    #[test]
    fn nothing_is_unpacked_on_top_of_damage() {
        let chain = [Filter::FlateDecode, Filter::FlateDecode];
        let mut data = deflated(&deflated(b"text"));
        assert_eq!(unpacked_len(&data, &chain, 1 << 20), Some(4));
        data[4] ^= 0x55;
        assert_eq!(unpacked_len(&data, &chain, 1 << 20), None);
    }
}
