//! `tutti bench chat`: messages that are acknowledged once they are stored. In a closed loop every connection keeps so
//! many under way, which shows how many there can be. In an open loop (`--rate`) they are due at fixed times whatever the
//! server does, and their time counts from when they were due, so that a server that falls behind cannot hide it. Every
//! member of a conversation speaks, and checks what it hears of every other.

use std::path::Path;

use anyhow::{Result, bail};
use clap::Args;
use serde_json::json;

use crate::check::Stream;
use crate::clock::now;
use crate::counts::{Counts, Schedule};
use crate::course::{self, Work};
use crate::crowd::{self, Place};
use crate::dialect::{Dialect, Incoming, tutti};
use crate::net::{Load, NEVER, Net};
use crate::options::Options;
use crate::payload::Stamp;
use crate::report::{Report, Setup};
use crate::target::Target;

const PAYLOAD: usize = 128;
/// The longest text of a message.
const LONGEST: usize = 5000;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Connections, each of another user.
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    connections: u16,
    /// Messages under way on each connection, in a closed loop.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    in_flight: u16,
    /// Groups that the users are spread over.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    conversations: u16,
    /// Messages a second in all, in an open loop.
    #[arg(long, conflicts_with = "in_flight", value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
}

/// A connection: user number so and so, in the conversation of that number's remainder.
struct Line {
    sent: u32,
    acknowledged: Stream,
    /// What it has heard of each member of its conversation, itself left empty.
    heard: Vec<Stream>,
}

struct Chat {
    payload: usize,
    in_flight: u16,
    schedule: Option<Schedule>,
    conversations: Vec<String>,
    lines: Vec<Line>,
    begun: bool,
    sending: bool,
    /// Acknowledgements and pushes that have not come.
    under_way: u64,
    counts: Counts,
    scratch: Vec<u8>,
}

pub(crate) fn run(arguments: &Arguments, program: &Path) -> Result<bool> {
    let options = &arguments.options;
    let payload = options.payload_or(PAYLOAD);
    if options.dialect != Dialect::Tutti {
        bail!("only a Tutti server has chat");
    }
    if payload > LONGEST {
        bail!("a chat message has at most {LONGEST} characters");
    }
    let connections = usize::from(arguments.connections);
    let target = Target::find(options, program, &[])?;
    let mut net = target.net()?;
    let gathered = crowd::gather(&mut net, &target, options, connections, &|_| Place::default())?;
    let groups = usize::from(arguments.conversations).min(connections);
    let made = (0..groups).map(|group| target.group(&(group..connections).step_by(groups).collect::<Vec<_>>()));
    let mut chat = Chat::new(arguments, payload, made.collect::<Result<_>>()?);
    let span = course::run(&mut net, &mut chat, &target, options)?;
    let flags = json!({ "connections": connections, "conversations": groups, "rate": arguments.rate,
        "in_flight": arguments.rate.is_none().then_some(arguments.in_flight), "payload": payload,
        "duration": options.duration, "warm_up": options.warm_up, "ramp": options.ramp });
    let setup = Setup {
        command: "chat",
        timed: "to the acknowledgement",
        connections,
        opened_per_second: gathered.per_second,
        flags,
    };
    Report::new(setup, options, &target, &span, chat.counts).publish(options)
}

impl Chat {
    fn new(arguments: &Arguments, payload: usize, conversations: Vec<String>) -> Self {
        let (people, groups) = (usize::from(arguments.connections), conversations.len());
        let line = |person: usize| {
            let members = (person % groups..people).step_by(groups).len();
            let heard = std::iter::repeat_with(Stream::default).take(members).collect();
            Line { sent: 0, acknowledged: Stream::default(), heard }
        };
        Self {
            payload,
            in_flight: arguments.in_flight,
            schedule: arguments.rate.map(|rate| Schedule::new(rate, now())),
            conversations,
            lines: (0..people).map(line).collect(),
            begun: false,
            sending: true,
            under_way: 0,
            counts: Counts::default(),
            scratch: Vec::new(),
        }
    }

    fn send(&mut self, net: &mut Net, link: usize, at: u64) {
        let line = &mut self.lines[link];
        let number = line.sent;
        line.sent += 1;
        self.under_way += line.heard.len() as u64;
        self.scratch.clear();
        Stamp { sender: link, number, at }.write(self.payload, &mut self.scratch);
        let conversation = &self.conversations[link % self.conversations.len()];
        net.send(link, |_, out| tutti::message(conversation, number, &self.scratch, out));
    }

    /// The stamp of something that this connection may hear.
    fn stamp(&self, link: usize, payload: &[u8]) -> Option<Stamp> {
        let groups = self.conversations.len();
        let stamp = Stamp::read(payload).filter(|_| payload.len() == self.payload)?;
        (stamp.sender % groups == link % groups && stamp.sender < self.lines.len()).then_some(stamp)
    }

    fn acknowledged(&mut self, net: &mut Net, link: usize, payload: &[u8], at: u64) {
        let Some(stamp) = self.stamp(link, payload).filter(|stamp| stamp.sender == link) else {
            self.counts.tally.strange += 1;
            return;
        };
        if !self.lines[link].acknowledged.note(stamp.number, &mut self.counts.tally) {
            return;
        }
        self.counts.messages += 1;
        self.counts.took(stamp.at, at);
        self.under_way -= 1;
        if self.sending && self.schedule.is_none() {
            self.send(net, link, at);
        }
    }

    fn heard(&mut self, link: usize, payload: &[u8]) {
        let Some(stamp) = self.stamp(link, payload).filter(|stamp| stamp.sender != link) else {
            self.counts.tally.strange += 1;
            return;
        };
        let place = stamp.sender / self.conversations.len();
        if self.lines[link].heard[place].note(stamp.number, &mut self.counts.tally) {
            self.counts.deliveries += 1;
            self.under_way -= 1;
        }
    }
}

impl Load for Chat {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    fn incoming(&mut self, net: &mut Net, link: usize, incoming: Incoming<'_>, at: u64) -> Result<()> {
        match incoming {
            Incoming::Accepted(Some(payload)) => self.acknowledged(net, link, payload, at),
            Incoming::Publication(payload) => self.heard(link, payload),
            _ => {}
        }
        Ok(())
    }
}

impl Work for Chat {
    fn send_due(&mut self, net: &mut Net, now: u64) -> Result<u64> {
        if let Some(mut schedule) = self.schedule.take() {
            while let Some((number, due)) = schedule.take(now) {
                self.send(net, usize::try_from(number % self.lines.len() as u64)?, due);
            }
            return Ok(self.schedule.insert(schedule).due());
        }
        if !std::mem::replace(&mut self.begun, true) {
            for link in 0..self.lines.len() {
                (0..self.in_flight).for_each(|_| self.send(net, link, now));
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
        let groups = self.conversations.len();
        let mut lost = 0;
        for (link, line) in self.lines.iter().enumerate() {
            lost += line.acknowledged.missing(line.sent);
            let speakers = (link % groups..self.lines.len()).step_by(groups);
            let others = speakers.zip(&line.heard).filter(|(speaker, _)| *speaker != link);
            lost += others.map(|(speaker, heard)| heard.missing(self.lines[speaker].sent)).sum::<u64>();
        }
        self.counts.tally.lost += lost;
    }
}
