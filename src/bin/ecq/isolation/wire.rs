//! What goes over the pipes: a length, then so many bytes.
//!
//! To the reader: the extension of the file's name, empty where there is none, then the file. From the reader: an answer
//! as JSON. Both ends are the same program, so there is no version.

use std::io::{self, Read, Write};

use ecq::batch::Failure;
use ecq::document::Document;
use serde::{Deserialize, Serialize};

/// What a reader answers.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Answer {
    /// The file's content.
    Document(Document),
    /// What is wrong with it.
    Failure(Failure),
}

/// Sends bytes behind their number.
pub(super) fn send(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    out.write_all(&(bytes.len() as u64).to_le_bytes())?;
    out.write_all(bytes)?;
    out.flush()
}

/// What was received.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Received {
    /// All bytes of a message.
    Bytes(Vec<u8>),
    /// A message is longer than it may be; it was not read.
    TooLong,
}

/// Receives bytes, at most so many; memory is taken as they arrive, whatever their number promises.
///
/// # Errors
/// If they stop before their end.
pub(super) fn receive(input: &mut impl Read, max: u64) -> io::Result<Received> {
    let mut size = [0; 8];
    input.read_exact(&mut size)?;
    let size = u64::from_le_bytes(size);
    if size > max {
        return Ok(Received::TooLong);
    }
    let mut bytes = Vec::new();
    let n_read = input.take(size).read_to_end(&mut bytes)?;
    if n_read as u64 != size {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(Received::Bytes(bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_whole_and_no_longer_than_allowed() {
        let mut pipe = Vec::new();
        send(&mut pipe, b"abc").unwrap();
        send(&mut pipe, b"").unwrap();
        let mut input = pipe.as_slice();
        assert_eq!(
            receive(&mut input, 3).unwrap(),
            Received::Bytes(b"abc".to_vec())
        );
        assert_eq!(receive(&mut input, 0).unwrap(), Received::Bytes(Vec::new()));
        assert_eq!(receive(&mut pipe.as_slice(), 2).unwrap(), Received::TooLong);
        for end in 0..11 {
            assert!(receive(&mut &pipe[..end], 3).is_err(), "cut at {end}");
        }
        let promise = u64::MAX.to_le_bytes();
        assert!(receive(&mut promise.as_slice(), u64::MAX).is_err());
    }
}
