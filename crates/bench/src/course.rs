//! The course of a measurement, the same for every workload: warm up, measure, stop sending, wait for what is still
//! under way. Processor time and deliveries are counted over exactly the same span; losses over all of it.

use std::time::Duration;

use anyhow::Result;

use crate::clock::{SECOND, now};
use crate::counts::Counts;
use crate::net::{Load, Net, Traffic, after};
use crate::options::Options;
use crate::progress::Progress;
use crate::target::Target;
use crate::usage::{Processes, load_average};

/// How long to wait in the end for what has not arrived.
const DRAIN: Duration = Duration::from_secs(10);

/// A load that sends.
pub(crate) trait Work: Load {
    /// Sends what is due now, and says when more will be.
    fn send_due(&mut self, net: &mut Net, now: u64) -> Result<u64>;

    /// Sends nothing more of itself.
    fn stop(&mut self);

    /// Whether something has not arrived yet.
    fn under_way(&self) -> bool;

    /// Counts what never arrived.
    fn settle(&mut self) {}
}

/// What was done in the span that is measured.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Span {
    pub(crate) seconds: f64,
    pub(crate) messages: u64,
    pub(crate) deliveries: u64,
    pub(crate) traffic: Traffic,
    /// Processor time in nanoseconds, if it is known.
    pub(crate) server: Option<u64>,
    pub(crate) client: u64,
    pub(crate) commits: Option<u64>,
    /// How busy the machine was, others included.
    pub(crate) load_average: f64,
}

/// How far everything was at some moment.
pub(crate) struct Mark {
    at: u64,
    messages: u64,
    deliveries: u64,
    traffic: Traffic,
    server: Option<u64>,
    client: u64,
}

impl Mark {
    /// How far it is now.
    pub(crate) fn take(net: &Net, counts: &Counts, target: &Target) -> Self {
        Self {
            at: now(),
            messages: counts.messages,
            deliveries: counts.deliveries,
            traffic: net.traffic,
            server: target.processes.processor(),
            client: Processes::own(),
        }
    }

    /// What was done from another moment to this one.
    pub(crate) fn since(&self, before: &Self, commits: Option<u64>) -> Span {
        Span {
            seconds: (self.at - before.at) as f64 / SECOND as f64,
            messages: self.messages - before.messages,
            deliveries: self.deliveries - before.deliveries,
            traffic: Traffic {
                bytes_in: self.traffic.bytes_in - before.traffic.bytes_in,
                bytes_out: self.traffic.bytes_out - before.traffic.bytes_out,
                reads: self.traffic.reads - before.traffic.reads,
                pings: self.traffic.pings - before.traffic.pings,
            },
            server: self.server.zip(before.server).map(|(now, then)| now.saturating_sub(then)),
            client: self.client.saturating_sub(before.client),
            commits,
            load_average: load_average(),
        }
    }
}

/// Runs a workload through its course.
pub(crate) fn run(net: &mut Net, work: &mut impl Work, target: &Target, options: &Options) -> Result<Span> {
    let mut progress = Progress::new();
    until(net, work, after(options.warm_up()), "warming up", &mut progress)?;
    let commits = target.commits();
    work.counts().time_from(now());
    let before = Mark::take(net, work.counts(), target);
    until(net, work, after(options.duration()), "measuring", &mut progress)?;
    let end = Mark::take(net, work.counts(), target);
    let commits = target.commits().zip(commits).map(|(now, then)| now.saturating_sub(then));
    work.stop();
    let last = after(DRAIN);
    while work.under_way() && now() < last {
        net.turn(work, last)?;
        progress.tick("waiting for the rest", "deliveries", work.counts().deliveries, work.counts().troubles());
    }
    work.settle();
    progress.clear();
    Ok(end.since(&before, commits))
}

fn until(net: &mut Net, work: &mut impl Work, end: u64, phase: &str, progress: &mut Progress) -> Result<()> {
    loop {
        let at = now();
        if at >= end {
            return Ok(());
        }
        let next = work.send_due(net, at)?;
        net.turn(work, next.min(end))?;
        let counts = work.counts();
        let (what, count) =
            if counts.deliveries > 0 { ("deliveries", counts.deliveries) } else { ("done", counts.messages) };
        progress.tick(phase, what, count, counts.troubles());
    }
}
