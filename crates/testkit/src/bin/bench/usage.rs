//! What a process takes of the machine, as Linux tells it in `/proc`.

use std::fs;
use std::time::Duration;

use anyhow::{Context as _, Result};
use serde::Serialize;

/// Memory that a process holds, in bytes.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Memory {
    /// All that is in memory.
    pub(crate) resident: u64,
    /// Of that, what belongs to it alone and to no file.
    pub(crate) anonymous: u64,
}

/// The memory that a process holds now.
pub(crate) fn memory(process: u32) -> Result<Memory> {
    let path = format!("/proc/{process}/status");
    let status = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    let bytes = |name: &str| {
        let line = status.lines().find_map(|line| line.strip_prefix(name)).with_context(|| format!("no {name}"))?;
        let kibibytes: u64 = line.trim().trim_end_matches(" kB").parse()?;
        anyhow::Ok(kibibytes * 1024)
    };
    Ok(Memory { resident: bytes("VmRSS:")?, anonymous: bytes("RssAnon:")? })
}

/// How finely Linux counts processor time in `/proc`, on every architecture.
const TICK: Duration = Duration::from_millis(10);

/// The processor time that a process has taken so far, threads that have ended included.
pub(crate) fn processor(process: u32) -> Result<Duration> {
    let path = format!("/proc/{process}/stat");
    let stat = fs::read_to_string(&path).with_context(|| format!("{path} cannot be read"))?;
    ticks(&stat).map(|ticks| TICK * ticks).with_context(|| format!("{path} reads {stat}"))
}

/// User and system time. The second field is a name in parentheses, which may contain anything.
fn ticks(stat: &str) -> Option<u32> {
    let mut fields = stat.rsplit_once(')')?.1.split_ascii_whitespace().skip(11);
    let (user, system): (u32, u32) = (fields.next()?.parse().ok()?, fields.next()?.parse().ok()?);
    Some(user + system)
}

/// How many processes have wanted to run at the same time, over the last minute: who else worked while we measured.
pub(crate) fn load() -> f64 {
    let told = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    told.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn processor_time_is_found_behind_any_name() {
        let stat = "31726 (a ) name) R 31724 31724 2962 0 -1 4194304 161 0 0 0 84 7 0 0 20 0 1 0 553472 4464640";
        assert_eq!(ticks(stat), Some(91));
        assert!(processor(std::process::id()).is_ok());
        assert!(memory(std::process::id()).unwrap().resident > 0);
    }
}
