//! Looks at a server every few seconds while it is measured: memory, open files, threads, and what it says of itself. On a
//! thread of its own, which sleeps nearly all the time, so that nothing that is timed waits for an answer.

use std::net::SocketAddr;
use std::sync::mpsc::{RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::Duration;

use anyhow::{Result, anyhow};
use serde::Serialize;

use crate::clock::{SECOND, now};
use crate::target::Target;
use crate::usage::{Memory, Processes};
use crate::{http, metrics};

/// How a server was at one moment. What cannot be known is left out.
#[derive(Debug, Clone, Copy, Serialize)]
pub(crate) struct Sample {
    /// On the clock of the measurement, in seconds.
    pub(crate) at: f64,
    #[serde(flatten)]
    pub(crate) memory: Option<Memory>,
    pub(crate) files: Option<u64>,
    pub(crate) threads: Option<u64>,
    /// As its metrics say.
    pub(crate) connections: Option<f64>,
    pub(crate) tasks: Option<f64>,
}

/// The thread that looks.
pub(crate) struct Sampler {
    stop: SyncSender<()>,
    thread: JoinHandle<Vec<Sample>>,
}

impl Sampler {
    /// Looks now, and then so often.
    pub(crate) fn start(target: &Target, every: Duration) -> Self {
        let (address, processes) = (target.address, target.processes.clone());
        let (stop, stopped) = sync_channel(1);
        let thread = std::thread::spawn(move || {
            let mut samples = vec![look(address, &processes)];
            while let Err(RecvTimeoutError::Timeout) = stopped.recv_timeout(every) {
                samples.push(look(address, &processes));
            }
            samples
        });
        Self { stop, thread }
    }

    /// All that it saw.
    pub(crate) fn finish(self) -> Result<Vec<Sample>> {
        drop(self.stop);
        self.thread.join().map_err(|_| anyhow!("the thread that looks at the server has failed"))
    }
}

fn look(address: SocketAddr, processes: &Processes) -> Sample {
    let told = http::get(address, "/metrics").unwrap_or_default();
    Sample {
        at: now() as f64 / SECOND as f64,
        memory: processes.memory(),
        files: processes.files(),
        threads: processes.threads(),
        connections: metrics::sum(&told, "tutti_connections"),
        tasks: metrics::sum(&told, "tutti_tasks"),
    }
}
