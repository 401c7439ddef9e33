//! Counts what a damaged deflate stream unpacks to.
//!
//! The parser crate goes on where others stop: it skips copies that point before the start and unpacks
//! whatever follows. A bomb with one such fault would pass a count by any strict decoder, so this one
//! errs to the other side: it follows the codes, and adds up lengths without looking at the bytes.

/// Order in which the lengths of the length codes are stored.
const LENGTH_ORDER: [usize; 19] = [
    16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15,
];

/// Number of bytes that `data` unpacks to at most, with or without its zlib head; counting ends past `limit`.
pub(super) fn damaged_len(data: &[u8], limit: u64) -> u64 {
    let whole = Counter::new(data, limit).count();
    match data {
        [method, flags, rest @ ..]
            if method & 15 == 8 && (u16::from(*method) << 8 | u16::from(*flags)) % 31 == 0 =>
        {
            whole.max(Counter::new(rest, limit).count())
        }
        _ => whole,
    }
}

struct Counter<'d> {
    data: std::slice::Iter<'d, u8>,
    bits: u32,
    n_bits: u32,
    n_bytes: u64,
    limit: u64,
}

impl<'d> Counter<'d> {
    fn new(data: &'d [u8], limit: u64) -> Self {
        Self {
            data: data.iter(),
            bits: 0,
            n_bits: 0,
            n_bytes: 0,
            limit,
        }
    }

    fn count(mut self) -> u64 {
        while let Some(is_last) = self.block() {
            if is_last || self.n_bytes > self.limit {
                break;
            }
        }
        self.n_bytes
    }

    fn bits(&mut self, n: u32) -> Option<u32> {
        while self.n_bits < n {
            self.bits |= u32::from(*self.data.next()?) << self.n_bits;
            self.n_bits += 8;
        }
        let value = self.bits & ((1 << n) - 1);
        self.bits >>= n;
        self.n_bits -= n;
        Some(value)
    }

    /// Counts one block; whether it is the last one, or `None` at the end of the data or of all sense.
    fn block(&mut self) -> Option<bool> {
        let is_last = self.bits(1)? == 1;
        match self.bits(2)? {
            0 => self.stored()?,
            1 => {
                let mut lengths = vec![8_u8; 144];
                lengths.resize(256, 9);
                lengths.resize(280, 7);
                lengths.resize(288, 8);
                self.packed(&Codes::new(&lengths), &Codes::new(&[5; 30]))?;
            }
            2 => {
                let (literals, distances) = self.tables()?;
                self.packed(&literals, &distances)?;
            }
            _ => return None,
        }
        Some(is_last)
    }

    fn stored(&mut self) -> Option<()> {
        (self.bits, self.n_bits) = (0, 0);
        let length = self.bits(16)? as usize;
        self.bits(16)?;
        let n = length.min(self.data.len());
        self.n_bytes += n as u64;
        self.data = self.data.as_slice()[n..].iter();
        (n == length).then_some(())
    }

    fn packed(&mut self, literals: &Codes, distances: &Codes) -> Option<()> {
        while self.n_bytes <= self.limit {
            let symbol = self.symbol(literals)?;
            match symbol {
                0..256 => self.n_bytes += 1,
                256 => return Some(()),
                _ => {
                    self.n_bytes += u64::from(self.copy_length(symbol)?);
                    let distance = u32::from(self.symbol(distances)?);
                    self.bits(if distance < 30 {
                        (distance / 2).saturating_sub(1)
                    } else {
                        0
                    })?;
                }
            }
        }
        None
    }

    /// Length of a copy, with its extra bits.
    fn copy_length(&mut self, symbol: u16) -> Option<u32> {
        let code = u32::from(symbol) - 257;
        Some(match code {
            0..8 => code + 3,
            8..28 => {
                let n_extra = code / 4 - 1;
                ((code % 4 + 4) << n_extra) + 3 + self.bits(n_extra)?
            }
            28 => 258,
            _ => 0,
        })
    }

    fn symbol(&mut self, codes: &Codes) -> Option<u16> {
        while self.n_bits < codes.max_len
            && let Some(byte) = self.data.next()
        {
            self.bits |= u32::from(*byte) << self.n_bits;
            self.n_bits += 8;
        }
        let (length, symbol) = codes.entries[(self.bits & ((1 << codes.max_len) - 1)) as usize];
        if length == 0 || self.n_bits < length {
            return None;
        }
        self.bits >>= length;
        self.n_bits -= length;
        Some(symbol)
    }

    /// Reads the code tables of a block.
    fn tables(&mut self) -> Option<(Codes, Codes)> {
        let n_literals = self.bits(5)? as usize + 257;
        let n_distances = self.bits(5)? as usize + 1;
        let n_lengths = self.bits(4)? as usize + 4;
        let mut lengths = [0; 19];
        for place in LENGTH_ORDER.iter().take(n_lengths) {
            lengths[*place] = self.bits(3)? as u8;
        }
        let codes = Codes::new(&lengths);
        let total = n_literals + n_distances;
        let mut lengths: Vec<u8> = Vec::with_capacity(total);
        while lengths.len() < total {
            let (value, n) = match self.symbol(&codes)? {
                value @ 0..16 => (value as u8, 1),
                16 => (lengths.last().copied().unwrap_or(0), self.bits(2)? + 3),
                17 => (0, self.bits(3)? + 3),
                _ => (0, self.bits(7)? + 11),
            };
            lengths.resize((lengths.len() + n as usize).min(total), value);
        }
        Some((
            Codes::new(&lengths[..n_literals]),
            Codes::new(&lengths[n_literals..]),
        ))
    }
}

/// A prefix code as a table over the next bits: length and symbol.
struct Codes {
    entries: Vec<(u32, u16)>,
    max_len: u32,
}

impl Codes {
    /// The code whose symbols have these lengths, at most 15; 0 for symbols without a code.
    fn new(lengths: &[u8]) -> Self {
        let max_len = u32::from(lengths.iter().copied().max().unwrap_or(0)).clamp(1, 15);
        let mut entries = vec![(0, 0); 1 << max_len];
        let mut code = 0_u32;
        for length in 1..=max_len {
            for (symbol, _) in (0_u16..)
                .zip(lengths)
                .filter(|(_, l)| u32::from(**l) == length)
            {
                // Codes are stored with their first bit lowest. More codes than bits allow wrap around.
                let first = (code.reverse_bits() >> (32 - length)) as usize;
                for place in (first..entries.len()).step_by(1 << length) {
                    entries[place] = (length, symbol);
                }
                code += 1;
            }
            code <<= 1;
        }
        Self { entries, max_len }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn deflated(data: &[u8], level: u32) -> Vec<u8> {
        let mut encoder =
            flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::new(level));
        encoder.write_all(data).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn sound_streams_are_counted_exactly() {
        let text = "I led a team of ten people in two offices and closed the backlog. ".repeat(40);
        let noise: Vec<u8> = (0..70_000_u32)
            .map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8)
            .collect();
        for data in [text.as_bytes(), &noise, b"a", &[0; 100_000]] {
            for level in [0, 1, 9] {
                let packed = deflated(data, level);
                assert_eq!(
                    Counter::new(&packed[2..], u64::MAX).count(),
                    data.len() as u64,
                    "level {level}"
                );
                assert!(damaged_len(&packed, u64::MAX) >= data.len() as u64);
            }
        }
    }

    #[test]
    fn counting_ends_with_the_data_or_past_the_limit() {
        let mut data = deflated(&vec![0; 4 << 20], 9);
        assert!(damaged_len(&data, 1 << 20) > 1 << 20);
        data.truncate(data.len() / 2);
        assert!(damaged_len(&data, u64::MAX) > 1 << 20);
        assert_eq!(damaged_len(&[], u64::MAX), 0);
    }
}
