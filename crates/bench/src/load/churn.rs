//! `tutti bench churn`: connections that are opened, kept for a while and closed, so many a second or as fast as the
//! server takes them. A connection counts once the server has said that it may be used, authenticated where the server
//! wants that; what is measured is what the server pays for one, from the TCP handshake to the goodbye.

use std::collections::VecDeque;
use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::clock::{nanoseconds, now};
use crate::counts::{Counts, Schedule};
use crate::course::{self, Work};
use crate::net::{Load, NEVER, Net, Opening};
use crate::options::Options;
use crate::report::{Report, Setup};
use crate::target::Target;

/// Users who take turns, so that nobody has many connections at once.
const USERS: usize = 10_000;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Connections that are opened in a second [default: as fast as the server takes them].
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: Option<u32>,
    /// Connections that are being opened at the same time, at most.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u16).range(1..=5000))]
    at_once: u16,
    /// How long a connection is kept, in milliseconds.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=600_000))]
    hold: u64,
}

struct Churn<'a> {
    target: &'a Target,
    tokens: Vec<Option<String>>,
    schedule: Option<Schedule>,
    at_once: usize,
    hold: u64,
    asked: usize,
    /// Of each place: when its connection was asked for, and whether it is still being opened.
    begun: Vec<(u64, bool)>,
    opening: usize,
    /// Connections to be closed: when, which place, and when that one was asked for.
    kept: VecDeque<(u64, usize, u64)>,
    sending: bool,
    counts: Counts,
}

pub(crate) fn run(arguments: &Arguments, program: &Path) -> Result<bool> {
    let options = &arguments.options;
    let target = Target::find(options, program, &[])?;
    let mut net = target.net()?;
    let mut churn = Churn {
        target: &target,
        tokens: Vec::new(),
        schedule: arguments.rate.map(|rate| Schedule::new(rate, now())),
        at_once: usize::from(arguments.at_once),
        hold: nanoseconds(Duration::from_millis(arguments.hold)),
        asked: 0,
        begun: Vec::new(),
        opening: 0,
        kept: VecDeque::new(),
        sending: true,
        counts: Counts::default(),
    };
    let span = course::run(&mut net, &mut churn, &target, options)?;
    let flags = json!({ "rate": arguments.rate, "at_once": arguments.at_once, "hold": arguments.hold,
        "duration": options.duration, "warm_up": options.warm_up });
    let opened_per_second = span.messages as f64 / span.seconds;
    let connections = usize::try_from(span.messages)?;
    let setup = Setup { command: "churn", timed: "until it may be used", connections, opened_per_second, flags };
    Report::new(setup, options, &target, &span, churn.counts).publish(options)
}

impl Churn<'_> {
    fn open(&mut self, net: &mut Net, at: u64) -> Result<()> {
        let user = self.asked % USERS;
        if user == self.tokens.len() {
            self.tokens.push(self.target.token(user)?);
        }
        let link = net.open(&Opening { token: self.tokens[user].as_deref(), ..Opening::default() })?;
        self.asked += 1;
        self.opening += 1;
        if link >= self.begun.len() {
            self.begun.resize(link + 1, (0, false));
        }
        self.begun[link] = (at, true);
        Ok(())
    }

    /// Closes what was kept long enough. One that was lost meanwhile left its place to another.
    fn close_due(&mut self, net: &mut Net, now: u64) {
        while let Some((_, link, begun)) = self.kept.pop_front_if(|(due, ..)| *due <= now) {
            if self.begun[link].0 == begun {
                net.close(link);
            }
        }
    }
}

impl Load for Churn<'_> {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    fn opened(&mut self, net: &mut Net, link: usize, _: &[u8]) -> Result<()> {
        let at = now();
        let (begun, opening) = &mut self.begun[link];
        *opening = false;
        self.opening -= 1;
        self.counts.messages += 1;
        let begun = *begun;
        self.counts.took(begun, at);
        if self.hold == 0 {
            net.close(link);
        } else {
            self.kept.push_back((at + self.hold, link, begun));
        }
        Ok(())
    }

    fn lost(&mut self, _: &mut Net, link: usize, why: &str) -> Result<()> {
        self.counts.lost_connection(why);
        if std::mem::take(&mut self.begun[link].1) {
            self.opening -= 1;
        }
        self.begun[link].0 = NEVER;
        Ok(())
    }
}

impl Work for Churn<'_> {
    fn send_due(&mut self, net: &mut Net, now: u64) -> Result<u64> {
        self.close_due(net, now);
        while self.sending && self.opening < self.at_once {
            let at = match &mut self.schedule {
                None => now,
                Some(schedule) => match schedule.take(now) {
                    None => break,
                    Some((_, due)) => due,
                },
            };
            self.open(net, at)?;
        }
        let next = self.schedule.as_ref().map_or(NEVER, Schedule::due);
        Ok(self.kept.front().map_or(next, |(due, ..)| next.min(*due)))
    }

    fn stop(&mut self) {
        self.sending = false;
    }

    fn under_way(&self) -> bool {
        self.opening > 0
    }
}
