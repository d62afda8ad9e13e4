//! `tutti bench fanout`: rooms with members, of whom the first speaks and everybody hears, the speaker included. In a
//! closed loop a message is outstanding until the last member has it; in an open loop (`--rate`) messages are due at fixed
//! times, and times count from then. Rooms are channels, or with `--over chat` groups of Tutti whose messages are stored.

use std::collections::VecDeque;
use std::path::Path;

use anyhow::{Result, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
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
use crate::server::everything_on;
use crate::target::Target;

const PAYLOAD: usize = 128;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Members of each room, each a connection of another user.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..))]
    members: u16,
    /// Rooms.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..))]
    rooms: u16,
    /// Messages of a room that have not reached everybody, at most [default: as many as a burst].
    #[arg(long, visible_alias = "window", value_name = "W", value_parser = clap::value_parser!(u16).range(1..=10_000))]
    outstanding: Option<u16>,
    /// So many messages are sent together, once there is room for all of them.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    burst: u16,
    /// Messages a second in all rooms together, whatever is outstanding.
    #[arg(long, conflicts_with_all = ["outstanding", "burst"], value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// What a room is.
    #[arg(long, value_enum, default_value = "channel")]
    over: Over,
}

/// What a room is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum Over {
    /// A channel; with another dialect than Tutti's, what that calls a room.
    Channel,
    /// A group of Tutti's chat: every message is stored before it is delivered.
    Chat,
}

struct Room {
    name: String,
    sent: u32,
    /// The number of the first message that is outstanding.
    first: u32,
    /// How many have each of those that are outstanding.
    outstanding: VecDeque<usize>,
}

struct Fanout {
    over: Over,
    payload: usize,
    members: usize,
    burst: usize,
    most: usize,
    schedule: Option<Schedule>,
    rooms: Vec<Room>,
    /// Of each connection: what it has heard of its room.
    heard: Vec<Stream>,
    begun: bool,
    sending: bool,
    under_way: usize,
    counts: Counts,
    scratch: Vec<u8>,
}

pub(crate) fn run(arguments: &Arguments, program: &Path) -> Result<bool> {
    let options = &arguments.options;
    if arguments.over == Over::Chat && options.dialect != Dialect::Tutti {
        bail!("only a Tutti server has chat");
    }
    let (rooms, members) = (usize::from(arguments.rooms), usize::from(arguments.members));
    let connections = rooms * members;
    let target = Target::find(options, program, &settings(arguments))?;
    let mut net = target.net()?;
    let room_of = |person: usize| Place {
        room: (arguments.over == Over::Channel).then(|| channel(person / members)),
        ..Place::default()
    };
    let gathered = crowd::gather(&mut net, &target, options, connections, &room_of)?;
    let mut fanout = Fanout::new(arguments, names(&target, arguments)?);
    let span = course::run(&mut net, &mut fanout, &target, options)?;
    let flags = json!({ "over": arguments.over, "rooms": rooms, "members": members, "burst": arguments.burst,
        "outstanding": arguments.rate.is_none().then_some(fanout.most), "rate": arguments.rate,
        "payload": fanout.payload, "duration": options.duration, "warm_up": options.warm_up, "ramp": options.ramp });
    let setup = Setup {
        command: "fanout",
        timed: "to each member",
        connections,
        opened_per_second: gathered.per_second,
        flags,
    };
    Report::new(setup, options, &target, &span, fanout.counts).publish(options)
}

/// What the server that is started has to allow.
fn settings(arguments: &Arguments) -> Vec<(&'static str, String)> {
    if arguments.over == Over::Chat {
        return vec![("chat.max_members", arguments.members.max(1000).to_string())];
    }
    everything_on()
}

/// What a room is called where it need not be made.
fn channel(room: usize) -> String {
    format!("r{room}")
}

/// What each room is called; groups are made for the purpose.
fn names(target: &Target, arguments: &Arguments) -> Result<Vec<String>> {
    let members = usize::from(arguments.members);
    let rooms = 0..usize::from(arguments.rooms);
    match arguments.over {
        Over::Channel => Ok(rooms.map(channel).collect()),
        Over::Chat => {
            rooms.map(|room| target.group(&(room * members..(room + 1) * members).collect::<Vec<_>>())).collect()
        }
    }
}

impl Fanout {
    fn new(arguments: &Arguments, names: Vec<String>) -> Self {
        let members = usize::from(arguments.members);
        let burst = usize::from(arguments.burst);
        let rooms = |name| Room { name, sent: 0, first: 0, outstanding: VecDeque::new() };
        Self {
            over: arguments.over,
            payload: arguments.options.payload_or(PAYLOAD),
            members,
            burst,
            most: arguments.outstanding.map_or(1, usize::from).max(burst),
            schedule: arguments.rate.map(|rate| Schedule::new(rate, now())),
            heard: std::iter::repeat_with(Stream::default).take(names.len() * members).collect(),
            rooms: names.into_iter().map(rooms).collect(),
            begun: false,
            sending: true,
            under_way: 0,
            counts: Counts::default(),
            scratch: Vec::new(),
        }
    }

    /// Sends as much as may be outstanding.
    fn fill(&mut self, net: &mut Net, room: usize) {
        while self.sending && self.rooms[room].outstanding.len() + self.burst <= self.most {
            (0..self.burst).for_each(|_| self.send(net, room, now()));
        }
    }

    fn send(&mut self, net: &mut Net, number: usize, at: u64) {
        let room = &mut self.rooms[number];
        let stamp = Stamp { sender: number, number: room.sent, at };
        self.scratch.clear();
        stamp.write(self.payload, &mut self.scratch);
        room.sent += 1;
        room.outstanding.push_back(0);
        self.under_way += 1;
        self.counts.messages += 1;
        let (over, payload) = (self.over, &self.scratch);
        net.send(number * self.members, |dialect, out| match over {
            Over::Channel => dialect.publish(&room.name, payload, out),
            Over::Chat => tutti::message(&room.name, stamp.number, payload, out),
        });
    }

    fn delivered(&mut self, net: &mut Net, link: usize, payload: &[u8], at: u64) {
        let room = link / self.members;
        let stamp = Stamp::read(payload).filter(|stamp| stamp.sender == room && payload.len() == self.payload);
        let Some(stamp) = stamp else {
            self.counts.tally.strange += 1;
            return;
        };
        if !self.heard[link].note(stamp.number, &mut self.counts.tally) {
            return;
        }
        self.counts.deliveries += 1;
        self.counts.took(stamp.at, at);
        let done = self.rooms[room].delivered(stamp.number, self.members);
        if done > 0 {
            self.under_way -= done;
            if self.schedule.is_none() {
                self.fill(net, room);
            }
        }
    }
}

impl Room {
    /// One more member has this one. Returns how many are not outstanding any more.
    fn delivered(&mut self, number: u32, members: usize) -> usize {
        let place = usize::try_from(number.wrapping_sub(self.first)).unwrap_or(usize::MAX);
        if let Some(count) = self.outstanding.get_mut(place) {
            *count += 1;
        }
        let mut done = 0;
        while self.outstanding.front().is_some_and(|count| *count >= members) {
            self.outstanding.pop_front();
            self.first += 1;
            done += 1;
        }
        done
    }
}

impl Load for Fanout {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    fn incoming(&mut self, net: &mut Net, link: usize, incoming: Incoming<'_>, at: u64) -> Result<()> {
        match incoming {
            // A speaker in a group has the reply and no push.
            Incoming::Publication(payload) | Incoming::Accepted(Some(payload)) => {
                self.delivered(net, link, payload, at);
            }
            _ => {}
        }
        Ok(())
    }
}

impl Work for Fanout {
    fn send_due(&mut self, net: &mut Net, now: u64) -> Result<u64> {
        if let Some(mut schedule) = self.schedule.take() {
            while let Some((number, due)) = schedule.take(now) {
                let rooms = self.rooms.len() as u64;
                self.send(net, usize::try_from(number % rooms)?, due);
            }
            return Ok(self.schedule.insert(schedule).due());
        }
        if !std::mem::replace(&mut self.begun, true) {
            (0..self.rooms.len()).for_each(|room| self.fill(net, room));
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
        let sent = |link: usize| self.rooms[link / self.members].sent;
        let lost = self.heard.iter().enumerate().map(|(link, heard)| heard.missing(sent(link)));
        self.counts.tally.lost += lost.sum::<u64>();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_outstanding_until_the_last_member_has_it_and_all_before() {
        let mut room = Room { name: String::new(), sent: 2, first: 0, outstanding: VecDeque::from([0, 0]) };
        assert_eq!(room.delivered(0, 2), 0);
        assert_eq!(room.delivered(1, 2), 0);
        assert_eq!(room.delivered(1, 2), 0, "the first one is not with everybody");
        assert_eq!(room.delivered(0, 2), 2);
        assert_eq!(room.delivered(0, 2), 0, "nothing is outstanding");
    }
}
