//! Lines in, lines out: several at work at a time, answers in the order of the lines, and memory for a few of each.

use std::collections::{BTreeMap, VecDeque};
use std::io::{self, BufRead, BufWriter, Read, Write};
use std::sync::mpsc::{Receiver, TryRecvError, channel};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use crate::batch::run::STACK_BYTES;
use crate::batch::{Answer, Line};

/// Longest line, in bytes: a packet of 48 MiB as base64.
pub(super) const MAX_LINE_BYTES: usize = 64 << 20;
/// Bytes of lines that are at work or whose answers wait to be written; one line always may.
const MAX_OPEN_BYTES: usize = 128 << 20;
/// Lines for each worker that are at work or whose answers wait to be written.
const OPEN_LINES: usize = 4;

/// What a stream came to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Streamed {
    /// Lines, each answered.
    pub n_lines: u64,
    /// Those answered with an error.
    pub n_errors: u64,
}

/// Answers every line of `input` on `output`, in order, until it ends.
///
/// An answer is on its way as soon as no later one is ready to be written with it: whoever sends a line and waits gets
/// an answer. Whoever sends many must read answers meanwhile, since no more than a few lines a worker are held.
///
/// # Errors
/// If `input` breaks, behind the answers to all lines before; if `output` does, or no thread can be started.
pub fn stream(
    input: impl BufRead + Send + 'static,
    output: impl Write + Send,
    n_threads: usize,
    answer: &(dyn Fn(&Line) -> Answer + Sync),
) -> io::Result<Streamed> {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(n_threads)
        .stack_size(STACK_BYTES)
        .build()
        .map_err(io::Error::other)?;
    let queue = Arc::new(Queue {
        state: Mutex::default(),
        changed: Condvar::new(),
        max_lines: OPEN_LINES * pool.current_num_threads(),
    });
    let fed = Arc::clone(&queue);
    // Nobody waits for this thread: where the output is closed, it may be inside a read that never ends.
    std::thread::Builder::new().spawn(move || fed.feed(input))?;
    let (sender, answers) = channel();
    let written = std::thread::scope(|scope| {
        // Gone behind the workers even where one of them panics: the writer would wait for it.
        let sender = sender;
        let freed = &*queue;
        let writer = scope.spawn(move || {
            let outcome = write(freed, &answers, output);
            freed.end(None);
            outcome
        });
        pool.broadcast(|_| {
            while let Some(line) = queue.next() {
                let size = line.bytes.as_ref().map_or(0, Vec::len);
                let done = (line.number, size, answer(&line));
                if sender.send(done).is_err() {
                    break;
                }
            }
        });
        drop(sender);
        writer.join()
    });
    let streamed = written.unwrap_or_else(|fault| std::panic::resume_unwind(fault))?;
    match queue.lock().fault.take() {
        Some(fault) => Err(fault),
        None => Ok(streamed),
    }
}

/// Number, size of the line, answer.
type Done = (u64, usize, Answer);

/// Writes answers by their numbers, and lets new lines in for those written.
fn write(queue: &Queue, answers: &Receiver<Done>, output: impl Write) -> io::Result<Streamed> {
    let mut out = BufWriter::new(output);
    let mut waiting: BTreeMap<u64, (usize, Answer)> = BTreeMap::new();
    let mut streamed = Streamed::default();
    loop {
        let next = match answers.try_recv() {
            Ok(done) => Ok(done),
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                out.flush()?;
                answers.recv()
            }
        };
        let Ok((number, size, answer)) = next else {
            break;
        };
        waiting.insert(number, (size, answer));
        while let Some((size, answer)) = waiting.remove(&(streamed.n_lines + 1)) {
            out.write_all(answer.json.as_bytes())?;
            streamed.n_lines += 1;
            streamed.n_errors += u64::from(answer.is_error);
            queue.close(size);
        }
    }
    out.flush()?;
    Ok(streamed)
}

/// Lines on their way to the workers.
struct Queue {
    state: Mutex<State>,
    changed: Condvar,
    max_lines: usize,
}

#[derive(Default)]
struct State {
    lines: VecDeque<Line>,
    /// Lines that are not answered yet, and their bytes.
    n_open: usize,
    n_open_bytes: usize,
    is_ended: bool,
    fault: Option<io::Error>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait<'a>(&self, state: MutexGuard<'a, State>) -> MutexGuard<'a, State> {
        let waited = self.changed.wait(state);
        waited.unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes all lines of the input, as there is room for them.
    fn feed(&self, mut input: impl BufRead) {
        for number in 1.. {
            match read_line(&mut input, number) {
                Ok(Some(line)) => {
                    if !self.add(line) {
                        return;
                    }
                }
                Ok(None) => return self.end(None),
                Err(fault) => return self.end(Some(fault)),
            }
        }
    }

    /// Waits until there is room for a line; false if nobody will read it.
    fn add(&self, line: Line) -> bool {
        let size = line.bytes.as_ref().map_or(0, Vec::len);
        let mut state = self.lock();
        while !state.is_ended
            && state.n_open > 0
            && (state.n_open >= self.max_lines || state.n_open_bytes + size > MAX_OPEN_BYTES)
        {
            state = self.wait(state);
        }
        if state.is_ended {
            return false;
        }
        state.n_open += 1;
        state.n_open_bytes += size;
        state.lines.push_back(line);
        drop(state);
        self.changed.notify_all();
        true
    }

    /// The next line to be answered; none behind the last one.
    fn next(&self) -> Option<Line> {
        let mut state = self.lock();
        loop {
            if let Some(line) = state.lines.pop_front() {
                return Some(line);
            }
            if state.is_ended {
                return None;
            }
            state = self.wait(state);
        }
    }

    /// A line is answered.
    fn close(&self, size: usize) {
        let mut state = self.lock();
        state.n_open -= 1;
        state.n_open_bytes -= size;
        drop(state);
        self.changed.notify_all();
    }

    /// No line comes behind those that wait.
    fn end(&self, fault: Option<io::Error>) {
        let mut state = self.lock();
        state.is_ended = true;
        if fault.is_some() {
            state.fault = fault;
        }
        drop(state);
        self.changed.notify_all();
    }
}

/// The next line; the rest of one that is too long is read away, not kept.
fn read_line(input: &mut impl BufRead, number: u64) -> io::Result<Option<Line>> {
    let mut bytes = Vec::new();
    let limit = MAX_LINE_BYTES as u64 + 1;
    if input.by_ref().take(limit).read_until(b'\n', &mut bytes)? == 0 {
        return Ok(None);
    }
    if bytes.last() == Some(&b'\n') {
        bytes.pop();
    } else if bytes.len() > MAX_LINE_BYTES {
        input.skip_until(b'\n')?;
        return Ok(Some(Line {
            number,
            bytes: None,
        }));
    }
    let bytes = Some(bytes);
    Ok(Some(Line { number, bytes }))
}

#[cfg(test)]
mod tests {
    use std::io::{BufReader, Cursor};
    use std::sync::atomic::{AtomicU64, Ordering};

    use super::*;

    fn echo(line: &Line) -> Answer {
        let text = String::from_utf8_lossy(line.bytes.as_deref().unwrap_or(b"too long"));
        Answer {
            json: format!("{}:{text}\n", line.number),
            is_error: text.is_empty(),
        }
    }

    #[test]
    fn answers_come_in_the_order_of_lines_whoever_is_first() {
        let begun = AtomicU64::new(0);
        let slow_first = |line: &Line| {
            begun.fetch_add(1, Ordering::SeqCst);
            // The first waits until others have begun behind it.
            while line.number == 1 && begun.load(Ordering::SeqCst) < 3 {
                std::thread::yield_now();
            }
            echo(line)
        };
        let input = (1..=100).map(|n| format!("l{n}\n")).collect::<String>() + "\nlast";
        let mut out = Vec::new();
        let streamed = stream(Cursor::new(input), &mut out, 3, &slow_first).unwrap();
        let text = String::from_utf8(out).unwrap();
        let expected = (1..=100).map(|n| format!("{n}:l{n}\n")).collect::<String>();
        assert_eq!(text, expected + "101:\n102:last\n");
        assert_eq!((streamed.n_lines, streamed.n_errors), (102, 1));
    }

    #[test]
    fn a_line_that_is_too_long_is_answered_and_the_next_one_read() {
        let long = io::repeat(b'x').take(MAX_LINE_BYTES as u64 + 5);
        let input = BufReader::new(long.chain(Cursor::new("\nshort\n")));
        let mut out = Vec::new();
        let streamed = stream(input, &mut out, 1, &echo).unwrap();
        assert_eq!(out, b"1:too long\n2:short\n");
        assert_eq!(streamed.n_lines, 2);
    }

    /// Gives a line, then whatever it is told to.
    struct Then(Option<&'static [u8]>, fn() -> io::Result<usize>);

    impl Read for Then {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            match self.0.take() {
                Some(bytes) => {
                    buffer[..bytes.len()].copy_from_slice(bytes);
                    Ok(bytes.len())
                }
                None => (self.1)(),
            }
        }
    }

    /// Takes some bytes, then is closed.
    struct Closing(usize);

    impl Write for Closing {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.0 == 0 {
                return Err(io::ErrorKind::BrokenPipe.into());
            }
            let n = self.0.min(bytes.len());
            self.0 -= n;
            Ok(n)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_broken_input_is_told_behind_the_answers() {
        let broken = Then(Some(b"a\nb\n"), || Err(io::Error::other("the cable")));
        let mut out = Vec::new();
        let fault = stream(BufReader::new(broken), &mut out, 2, &echo).unwrap_err();
        assert_eq!(fault.to_string(), "the cable");
        assert_eq!(out, b"1:a\n2:b\n");
    }

    #[test]
    fn a_closed_output_ends_the_stream_though_the_input_stays_open() {
        let open = Then(Some(b"a\nb\nc\n"), || {
            loop {
                std::thread::park();
            }
        });
        let fault = stream(BufReader::new(open), Closing(2), 2, &echo).unwrap_err();
        assert_eq!(fault.kind(), io::ErrorKind::BrokenPipe);
    }
}
