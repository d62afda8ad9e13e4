//! What processes take of the machine, as Linux tells it in `/proc`: processor time from the scheduler's own accounting
//! (nanoseconds, every thread), memory, and how busy the machine was. Elsewhere nothing is told.

use std::fs;
use std::path::Path;

use rustix::process::{Resource, getrlimit, setrlimit};
use serde::Serialize;

/// Memory that processes hold, in bytes.
#[derive(Debug, Default, Clone, Copy, Serialize)]
pub(crate) struct Memory {
    /// All that is in memory.
    pub(crate) resident: u64,
    /// Of that, what belongs to them alone and to no file.
    pub(crate) anonymous: u64,
}

/// Some processes and all that they have started.
#[derive(Debug, Clone, Default)]
pub(crate) struct Processes(Vec<u32>);

impl Processes {
    /// These, and what they start.
    pub(crate) fn new(roots: Vec<u32>) -> Self {
        Self(roots)
    }

    /// This program alone.
    pub(crate) fn own() -> u64 {
        processor(std::process::id())
    }

    /// Processor time so far, in nanoseconds; none when there is no such process. What ended threads took is missing.
    pub(crate) fn processor(&self) -> Option<u64> {
        let all = self.all();
        (!all.is_empty()).then(|| all.into_iter().map(processor).sum())
    }

    /// The memory that they hold now.
    pub(crate) fn memory(&self) -> Option<Memory> {
        let mut sum = Memory::default();
        let mut any = false;
        for memory in self.all().into_iter().filter_map(memory) {
            sum.resident += memory.resident;
            sum.anonymous += memory.anonymous;
            any = true;
        }
        any.then_some(sum)
    }

    /// The files that they have open now, sockets included; none where that is not told.
    pub(crate) fn files(&self) -> Option<u64> {
        self.counted("fd")
    }

    /// Their threads.
    pub(crate) fn threads(&self) -> Option<u64> {
        self.counted("task")
    }

    /// How many entries a folder of each of them has.
    fn counted(&self, folder: &str) -> Option<u64> {
        let entries = |process: u32| Some(fs::read_dir(format!("/proc/{process}/{folder}")).ok()?.count() as u64);
        self.all().into_iter().filter_map(entries).reduce(|sum, count| sum + count)
    }

    /// The processes and their descendants that live now.
    fn all(&self) -> Vec<u32> {
        if self.0.is_empty() {
            return Vec::new();
        }
        let parents = parents();
        let mut found: Vec<u32> =
            self.0.iter().copied().filter(|root| parents.iter().any(|(process, _)| process == root)).collect();
        let mut next = 0;
        while let Some(parent) = found.get(next).copied() {
            let children = parents.iter().filter(|(child, of)| *of == parent && !found.contains(child));
            let children: Vec<u32> = children.map(|(child, _)| *child).collect();
            found.extend(children);
            next += 1;
        }
        found
    }
}

/// Every process with its parent.
fn parents() -> Vec<(u32, u32)> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let numbers = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    numbers.filter_map(|process: u32| Some((process, parent(process)?))).collect()
}

fn parent(process: u32) -> Option<u32> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The second field is a name in parentheses, which may contain anything.
    stat.rsplit_once(')')?.1.split_ascii_whitespace().nth(1)?.parse().ok()
}

fn processor(process: u32) -> u64 {
    let Ok(threads) = fs::read_dir(format!("/proc/{process}/task")) else { return 0 };
    threads.flatten().filter_map(|thread| on_processor(&thread.path())).sum()
}

fn on_processor(thread: &Path) -> Option<u64> {
    fs::read_to_string(thread.join("schedstat")).ok()?.split(' ').next()?.parse().ok()
}

fn memory(process: u32) -> Option<Memory> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse().ok()?;
        Some(kibibytes * 1024)
    };
    Some(Memory { resident: bytes("VmRSS:")?, anonymous: bytes("RssAnon:")? })
}

/// How many processes have wanted to run at the same time, over the last minute: who else worked while we measured.
pub(crate) fn load_average() -> f64 {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// Lets this program, and what it starts from now on, have as many files open as the system allows.
pub(crate) fn raise_open_files() {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = limit.maximum;
    // Where it cannot be raised, it is what it was.
    let _ = setrlimit(Resource::Nofile, limit);
}

/// How many files this program may have open, if there is a bound.
pub(crate) fn open_files() -> Option<u64> {
    getrlimit(Resource::Nofile).current
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;

    #[test]
    fn this_program_takes_time_and_memory_and_nobody_takes_none() {
        let own = Processes::new(vec![std::process::id()]);
        assert!(own.processor().unwrap() > 0);
        assert!(own.memory().unwrap().resident > 0);
        assert!(Processes::default().processor().is_none());
        assert!(own.files().unwrap() > 0 && own.threads().unwrap() > 0);
        raise_open_files();
        assert_eq!(open_files(), getrlimit(Resource::Nofile).maximum);
    }

    #[test]
    fn what_a_process_starts_is_counted_with_it() {
        let mut child = std::process::Command::new("sleep").arg("10").spawn().unwrap();
        let all = Processes::new(vec![std::process::id()]).all();
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(all.contains(&child.id()));
    }
}
