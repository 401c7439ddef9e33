//! A process that takes files apart, seen from outside.

use std::io::{self, Read};
use std::process::{ChildStderr, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use ecq::batch::{Failure, FailureKind};
use ecq::document::Document;

use crate::isolation::limits::{Limits, shown};
use crate::isolation::serve::{MAX_EXTENSION_BYTES, out_of_memory};
use crate::isolation::wire::{Answer, Received, receive, send};

/// What a dying process may say about it, in bytes.
const MAX_LAST_WORDS: u64 = 4096;
/// Longest reason that is taken from a process.
const MAX_REASON_CHARS: usize = 1000;

/// A process that takes files apart; it is gone when this is.
#[derive(Debug)]
pub(super) struct Child {
    process: Mutex<std::process::Child>,
    stdin: ChildStdin,
    stdout: ChildStdout,
    stderr: ChildStderr,
}

impl Child {
    /// Starts a process.
    ///
    /// # Errors
    /// Those of the system.
    pub(super) fn start(limits: &Limits) -> io::Result<Self> {
        // On Linux this is the running program even where its file was replaced meanwhile.
        let program = if cfg!(target_os = "linux") {
            "/proc/self/exe".into()
        } else {
            std::env::current_exe()?
        };
        let mut command = Command::new(program);
        command
            .arg("isolated-reader")
            .args(limits.args())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        #[cfg(unix)]
        {
            // Ctrl-C is for the parent, which ends behind the files that are being read.
            std::os::unix::process::CommandExt::process_group(&mut command, 0);
        }
        let mut process = command.spawn()?;
        let pipes = (
            process.stdin.take(),
            process.stdout.take(),
            process.stderr.take(),
        );
        let (Some(stdin), Some(stdout), Some(stderr)) = pipes else {
            return Err(io::Error::other("a pipe is missing"));
        };
        Ok(Self {
            process: Mutex::new(process),
            stdin,
            stdout,
            stderr,
        })
    }

    /// Has a file taken apart. Behind an outer error the process is of no more use.
    ///
    /// # Errors
    /// What became of the process.
    pub(super) fn ask(
        &mut self,
        bytes: &[u8],
        extension: Option<&str>,
        limits: &Limits,
    ) -> Result<Result<Document, Failure>, Failure> {
        let begun = Instant::now();
        let is_late = AtomicBool::new(false);
        let (process, stdin, stdout) = (&self.process, &mut self.stdin, &mut self.stdout);
        let received = std::thread::scope(|scope| {
            let (done, waited) = channel::<()>();
            let is_late = &is_late;
            scope.spawn(move || {
                if waited.recv_timeout(limits.clock()) == Err(RecvTimeoutError::Timeout) {
                    is_late.store(true, Ordering::SeqCst);
                    // If it has ended by itself, there is nothing to kill.
                    let _ = lock(process).kill();
                }
            });
            let received = exchange(stdin, stdout, bytes, extension, limits.output);
            drop(done);
            received
        });
        if is_late.load(Ordering::SeqCst) || begun.elapsed() >= limits.clock() {
            return Err(Failure::new(
                FailureKind::TooSlow,
                format!(
                    "reading it takes longer than {} seconds; --limit-seconds allows more",
                    limits.clock().as_secs()
                ),
            ));
        }
        let bytes = match received {
            Ok(Received::Bytes(bytes)) => bytes,
            Ok(Received::TooLong) => {
                return Err(Failure::new(
                    FailureKind::TooMuchOutput,
                    format!(
                        "what was read of it is larger than {}; --limit-output allows more",
                        shown(limits.output)
                    ),
                ));
            }
            Err(_) => return Err(self.end(*limits)),
        };
        let odd = |what: &str| {
            Failure::new(
                FailureKind::Crashed,
                format!("the process that read it gave an answer that is no document: {what}"),
            )
        };
        let answer: Answer = serde_json::from_slice(&bytes).map_err(|_| odd("no JSON of one"))?;
        match answer {
            Answer::Document(document) => {
                document.check().map_err(odd)?;
                Ok(Ok(document))
            }
            Answer::Failure(failure) => {
                let reason = one_line(&failure.reason);
                Ok(Err(Failure { reason, ..failure }))
            }
        }
    }

    /// Why a process that broke off did so.
    fn end(&mut self, limits: Limits) -> Failure {
        let status = {
            let mut process = lock(&self.process);
            // A pipe that breaks while the process lives is a fault of it too.
            match process.try_wait() {
                Ok(Some(status)) => Some(status),
                _ => settle(&mut process),
            }
        };
        let mut words = Vec::new();
        let _ = (&mut self.stderr)
            .take(MAX_LAST_WORDS)
            .read_to_end(&mut words);
        failure(status, &String::from_utf8_lossy(&words), limits)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        let process = self
            .process
            .get_mut()
            .unwrap_or_else(PoisonError::into_inner);
        // It holds nothing that it would have to put in order.
        let _ = process.kill();
        let _ = process.wait();
    }
}

fn lock(process: &Mutex<std::process::Child>) -> std::sync::MutexGuard<'_, std::process::Child> {
    process.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The end of a process whose pipe is closed: by itself within a second, or by force.
fn settle(process: &mut std::process::Child) -> Option<ExitStatus> {
    for _ in 0..100 {
        std::thread::sleep(Duration::from_millis(10));
        if let Ok(Some(status)) = process.try_wait() {
            return Some(status);
        }
    }
    let _ = process.kill();
    process.wait().ok()
}

fn exchange(
    stdin: &mut ChildStdin,
    stdout: &mut ChildStdout,
    bytes: &[u8],
    extension: Option<&str>,
    max: u64,
) -> io::Result<Received> {
    // One too long says nothing about the format.
    let extension = extension
        .filter(|extension| extension.len() as u64 <= MAX_EXTENSION_BYTES)
        .unwrap_or_default();
    send(stdin, extension.as_bytes())?;
    send(stdin, bytes)?;
    receive(stdout, max)
}

/// What the end of a process says about the file that it was at.
fn failure(status: Option<ExitStatus>, words: &str, limits: Limits) -> Failure {
    let signal = status.and_then(signal);
    // The first are the words of an allocation that aborts, the second those of one that is an error.
    if words.contains("memory allocation of") || words.contains("out of memory") {
        return out_of_memory(limits);
    }
    if signal.as_deref() == Some("SIGXCPU") {
        return Failure::new(
            FailureKind::TooSlow,
            format!(
                "reading it takes more than {} seconds of processor time; --limit-seconds allows more",
                limits.seconds
            ),
        );
    }
    let how = match (signal, status.and_then(|status| status.code())) {
        (Some(signal), _) if words.contains("overflowed its stack") => {
            format!("the stack overflowed ({signal}); --limit-stack allows more")
        }
        (Some(signal), _) if signal == "SIGKILL" => {
            format!("{signal}, as the system sends it when memory is short")
        }
        (Some(signal), _) => signal,
        (None, Some(code)) => format!("exit code {code} {}", one_line(words))
            .trim_end()
            .to_owned(),
        (None, None) => "it broke off".to_owned(),
    };
    Failure::new(
        FailureKind::Crashed,
        format!("the process that read it crashed: {how}"),
    )
}

/// The first line of words from a process that may say anything, no longer than a reason is.
fn one_line(words: &str) -> String {
    let line = words.lines().next().unwrap_or_default();
    line.chars().take(MAX_REASON_CHARS).collect()
}

/// The name of the signal that ended a process.
#[cfg(unix)]
fn signal(status: ExitStatus) -> Option<String> {
    use rustix::process::Signal;
    use std::os::unix::process::ExitStatusExt;
    let number = status.signal()?;
    let names = [
        (Signal::ABORT, "SIGABRT"),
        (Signal::BUS, "SIGBUS"),
        (Signal::FPE, "SIGFPE"),
        (Signal::ILL, "SIGILL"),
        (Signal::KILL, "SIGKILL"),
        (Signal::SEGV, "SIGSEGV"),
        (Signal::SYS, "SIGSYS"),
        (Signal::TERM, "SIGTERM"),
        (Signal::TRAP, "SIGTRAP"),
        (Signal::XCPU, "SIGXCPU"),
        (Signal::XFSZ, "SIGXFSZ"),
    ];
    let name = names.iter().find(|(signal, _)| signal.as_raw() == number);
    Some(name.map_or_else(
        || format!("signal {number}"),
        |(_, name)| (*name).to_owned(),
    ))
}

/// Signals are a matter of Unix.
#[cfg(not(unix))]
fn signal(_: ExitStatus) -> Option<String> {
    None
}
