//! What a process that takes files apart may use.
//!
//! | | Linux | other Unix | elsewhere |
//! |---|---|---|---|
//! | a crash costs one file | yes | yes | yes |
//! | time by the clock, size of the answer, stack | yes | yes | yes |
//! | processor time | yes | yes | no |
//! | memory | yes | where the system heeds `RLIMIT_AS` (not macOS, OpenBSD) | no |
//! | opens no file, writes none, leaves no core | yes | yes | no |
//! | gains no rights, ends with its parent at once | yes | no | no |
//!
//! Everywhere a reader ends when its parent is gone, at the latest behind the file that it is at.

use std::time::Duration;

use crate::args::LimitArgs;

/// Time by the clock for each second of processor time: a busy machine is no fault of a file.
const CLOCK_FACTOR: u64 = 4;

/// What taking one file apart may cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Limits {
    /// Bytes of address space.
    pub(super) memory: u64,
    /// Seconds of processor time.
    pub(super) seconds: u32,
    /// Bytes of stack.
    pub(super) stack: u64,
    /// Bytes of an answer.
    pub(super) output: u64,
}

impl From<LimitArgs> for Limits {
    fn from(args: LimitArgs) -> Self {
        Self {
            memory: args.limit_memory,
            seconds: args.limit_seconds,
            stack: args.limit_stack,
            output: args.limit_output,
        }
    }
}

impl Limits {
    /// Time by the clock, enforced from outside.
    pub(super) fn clock(self) -> Duration {
        Duration::from_secs(CLOCK_FACTOR * u64::from(self.seconds))
    }

    /// The arguments that make a reader keep to them.
    pub(super) fn args(self) -> [String; 4] {
        [
            format!("--limit-memory={}", self.memory),
            format!("--limit-seconds={}", self.seconds),
            format!("--limit-stack={}", self.stack),
            format!("--limit-output={}", self.output),
        ]
    }

    /// Gives up, for good, what reading files does not need. Called once, by the reader itself.
    ///
    /// # Errors
    /// If the system refuses on Linux; other systems know not every limit.
    #[cfg(unix)]
    pub(super) fn confine(self) -> std::io::Result<()> {
        use rustix::process::{Resource, Rlimit, setrlimit};
        #[cfg(target_os = "linux")]
        {
            rustix::process::set_parent_process_death_signal(Some(rustix::process::Signal::KILL))?;
            rustix::thread::set_no_new_privs(true)?;
        }
        let limits = [
            (Resource::Core, 0),
            (Resource::Fsize, 0),
            // Standard input, output and error are open; nothing else can be.
            (Resource::Nofile, 3),
            #[cfg(not(target_os = "openbsd"))]
            (Resource::As, self.memory),
        ];
        for (resource, limit) in limits {
            let limit = Rlimit {
                current: Some(limit),
                maximum: Some(limit),
            };
            let set = setrlimit(resource, limit);
            if cfg!(target_os = "linux") {
                set?;
            }
        }
        Ok(())
    }

    /// Gives up nothing, where there is nothing to give up by.
    #[cfg(not(unix))]
    pub(super) fn confine(self) -> std::io::Result<()> {
        Ok(())
    }

    /// Sets the processor time for the next file. It counts from the start of the process, so it grows file by file.
    #[cfg(unix)]
    pub(super) fn begin_file(self) {
        use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
        use rustix::time::{ClockId, clock_gettime};
        let used = clock_gettime(ClockId::ProcessCPUTime).tv_sec;
        let until = u64::try_from(used).unwrap_or_default() + u64::from(self.seconds) + 1;
        let limit = Rlimit {
            current: Some(until),
            maximum: getrlimit(Resource::Cpu).maximum,
        };
        // Where the user's own limit is lower, that one holds; the clock is watched from outside in any case.
        let _ = setrlimit(Resource::Cpu, limit);
    }

    /// Nothing, where processor time has no limit.
    #[cfg(not(unix))]
    pub(super) fn begin_file(self) {}
}

/// A size as people write it, in the largest unit that it is a multiple of.
pub(super) fn shown(bytes: u64) -> String {
    let units = [(30, "GiB"), (20, "MiB"), (10, "KiB")];
    let unit = units
        .into_iter()
        .find(|(shift, _)| bytes > 0 && bytes.trailing_zeros() >= *shift);
    match unit {
        Some((shift, unit)) => format!("{} {unit}", bytes >> shift),
        None => format!("{bytes} bytes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_as_people_say_them() {
        let said = [0, 10, 1 << 10, 1500, 256 << 20, 2 << 30].map(shown);
        assert_eq!(
            said,
            [
                "0 bytes",
                "10 bytes",
                "1 KiB",
                "1500 bytes",
                "256 MiB",
                "2 GiB"
            ]
        );
    }
}
