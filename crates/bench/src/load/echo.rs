//! `tutti bench echo`: every connection keeps so many echoes under way; each that comes back is followed by another.
//! What is measured is reading, answering and writing, without any fan-out. With Tutti an echo is a `ping` whose
//! reference is the payload, which bounds its length.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::check::Stream;
use crate::clock::now;
use crate::counts::Counts;
use crate::course::{self, Work};
use crate::crowd::{self, Place};
use crate::dialect::Incoming;
use crate::net::{Load, NEVER, Net};
use crate::options::Options;
use crate::payload::Stamp;
use crate::report::{Report, Setup};
use crate::target::Target;

/// What Tutti takes, too.
const PAYLOAD: usize = 64;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Connections, each of another user.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..))]
    connections: u16,
    /// Echoes under way on each connection.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    depth: u16,
}

struct Echo {
    payload: usize,
    /// Of each connection: what it has sent, and what came back.
    lines: Vec<(u32, Stream)>,
    depth: u16,
    begun: bool,
    sending: bool,
    under_way: u64,
    counts: Counts,
    scratch: Vec<u8>,
}

pub(crate) fn run(arguments: &Arguments, program: &Path) -> Result<bool> {
    let options = &arguments.options;
    let payload = options.payload_or(PAYLOAD);
    if let Some(most) = options.dialect.longest_echo().filter(|most| payload > *most) {
        bail!("an echo of this server carries at most {most} bytes (the `ref` of a `ping`)");
    }
    let connections = usize::from(arguments.connections);
    let target = Target::find(options, program, &[])?;
    let mut net = target.net()?;
    let gathered = crowd::gather(&mut net, &target, options, connections, &|_| Place::default())?;
    let mut echo = Echo::new(payload, connections, arguments.depth);
    let span = course::run(&mut net, &mut echo, &target, options)?;
    let flags = json!({ "connections": connections, "depth": arguments.depth, "payload": payload,
        "duration": options.duration, "warm_up": options.warm_up, "ramp": options.ramp });
    let setup =
        Setup { command: "echo", timed: "there and back", connections, opened_per_second: gathered.per_second, flags };
    Report::new(setup, options, &target, &span, echo.counts).publish(options)
}

impl Echo {
    fn new(payload: usize, connections: usize, depth: u16) -> Self {
        let lines = std::iter::repeat_with(<(u32, Stream)>::default).take(connections).collect();
        let (begun, sending, under_way) = (false, true, 0);
        Self { payload, lines, depth, begun, sending, under_way, counts: Counts::default(), scratch: Vec::new() }
    }

    fn send(&mut self, net: &mut Net, link: usize, at: u64) {
        let (sent, _) = &mut self.lines[link];
        self.scratch.clear();
        Stamp { sender: link, number: *sent, at }.write(self.payload, &mut self.scratch);
        *sent += 1;
        self.under_way += 1;
        self.counts.messages += 1;
        let payload = &self.scratch;
        net.send(link, |dialect, out| dialect.echo(payload, out));
    }
}

impl Load for Echo {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    fn incoming(&mut self, net: &mut Net, link: usize, incoming: Incoming<'_>, at: u64) -> Result<()> {
        let Incoming::Echo(payload) = incoming else { return Ok(()) };
        let stamp = Stamp::read(payload).filter(|stamp| stamp.sender == link && payload.len() == self.payload);
        let Some(stamp) = stamp else {
            self.counts.tally.strange += 1;
            return Ok(());
        };
        if self.lines[link].1.note(stamp.number, &mut self.counts.tally) {
            self.counts.deliveries += 1;
            self.counts.took(stamp.at, at);
            self.under_way -= 1;
            if self.sending {
                self.send(net, link, at);
            }
        }
        Ok(())
    }
}

impl Work for Echo {
    fn send_due(&mut self, net: &mut Net, _: u64) -> Result<u64> {
        if !std::mem::replace(&mut self.begun, true) {
            for link in 0..self.lines.len() {
                (0..self.depth).for_each(|_| self.send(net, link, now()));
            }
        }
        Ok(NEVER)
    }

    fn stop(&mut self) {
        self.sending = false;
    }

    fn under_way(&self) -> bool {
        self.under_way > 0
    }

    fn settle(&mut self) {
        self.counts.tally.lost += self.lines.iter().map(|(sent, back)| back.missing(*sent)).sum::<u64>();
    }
}
