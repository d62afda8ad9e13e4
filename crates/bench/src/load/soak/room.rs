//! The rooms of a soak while it runs: who publishes now, who leaves, who comes, who reads, and what each has heard.

use anyhow::Result;
use fastrand::Rng;

use super::plan::{Kind, Phases, Plan};
use super::{Arguments, PAYLOAD, line, tokens};
use crate::check::Stream;
use crate::clock::{SECOND, now};
use crate::comeback::Comebacks;
use crate::counts::{Counts, Schedule};
use crate::course::Work;
use crate::dialect::Incoming;
use crate::figures::Times;
use crate::net::{Load, NEVER, Net, Opening};
use crate::options::Options;
use crate::payload::Stamp;
use crate::target::Target;

/// The same course each time.
const SEED: u64 = 7;

/// Times in rooms of one kind, by what the slow readers did.
#[derive(Default)]
pub(super) struct ByPhase {
    pub(super) slow: Times,
    pub(super) reading: Times,
}

/// Times of fast readers.
#[derive(Default)]
pub(super) struct Latency {
    pub(super) with_slow_readers: ByPhase,
    pub(super) without_slow_readers: ByPhase,
}

/// Who left.
#[derive(Default)]
pub(super) struct Churned {
    pub(super) goodbyes: u64,
    pub(super) cuts: u64,
    /// Slow readers whom the server sent away, or who found their connection gone.
    pub(super) slow_lost: u64,
    /// What slow readers had not read in the end.
    pub(super) unread: u64,
}

/// A place in a room, whoever has it.
struct Seat {
    link: Option<usize>,
    /// What was heard since it was subscribed to; none before.
    heard: Option<Stream>,
    /// When one who reads nothing looks again.
    looks_at: u64,
}

pub(super) struct Soak {
    plan: Plan,
    options: Options,
    run: u32,
    payload: usize,
    stall: u64,
    tokens: Vec<Option<String>>,
    seats: Vec<Seat>,
    slow: Vec<usize>,
    /// Of each link: the seat that has it, or had it last.
    seat_of: Vec<usize>,
    sent: Vec<u32>,
    speaking: Schedule,
    leaving: Option<Schedule>,
    /// Who leaves next, if that is a fast reader.
    next_to_leave: usize,
    comebacks: Comebacks,
    phases: Option<Phases>,
    were_slow: bool,
    random: Rng,
    scratch: Vec<u8>,
    pub(super) churn: Churned,
    pub(super) latency: Latency,
    pub(super) counts: Counts,
}

impl Soak {
    /// With everybody on their seats already: link and seat have the same number at first.
    pub(super) fn new(arguments: &Arguments, plan: Plan, target: &Target) -> Result<Self> {
        let seat = |link| Seat { link: Some(link), heard: Some(Stream::default()), looks_at: NEVER };
        let at = now();
        Ok(Self {
            plan,
            options: arguments.options.clone(),
            run: std::process::id(),
            payload: arguments.options.payload_or(PAYLOAD),
            stall: arguments.stall * SECOND,
            tokens: tokens(target, plan.seats())?,
            seats: (0..plan.seats()).map(seat).collect(),
            slow: (0..plan.seats()).filter(|seat| plan.kind(*seat) == Kind::Slow).collect(),
            seat_of: (0..plan.seats()).collect(),
            sent: vec![0; plan.rooms],
            speaking: Schedule::new(arguments.rate, at),
            leaving: (arguments.churn > 0).then(|| Schedule::new(arguments.churn, at)),
            next_to_leave: 0,
            comebacks: Comebacks::new(SEED),
            phases: None,
            were_slow: false,
            random: Rng::with_seed(SEED),
            scratch: Vec::new(),
            churn: Churned::default(),
            latency: Latency::default(),
            counts: Counts::default(),
        })
    }

    /// What a room is called; no two measurements share one.
    pub(super) fn name(&self, room: usize) -> String {
        format!("soak-{}-{room}", self.run)
    }

    /// When the measurement began.
    pub(super) fn begun(&self) -> u64 {
        self.counts.timed_from()
    }

    fn publish(&mut self, net: &mut Net, room: usize, at: u64) {
        let stamp = Stamp { sender: room, number: self.sent[room], at };
        self.sent[room] += 1;
        self.counts.messages += 1;
        self.scratch.clear();
        stamp.write(self.payload, &mut self.scratch);
        let Some(link) = self.seats[self.plan.speaker(room)].link else { return };
        let (name, payload) = (self.name(room), &self.scratch);
        net.send(link, |dialect, out| dialect.publish(&name, payload, out));
    }

    /// The next fast reader who is there leaves, and another one comes.
    fn change_one(&mut self, net: &mut Net, turn: u64) -> Result<()> {
        let seats = self.seats.len();
        let there = |seat: &usize| self.plan.kind(*seat) == Kind::Fast && self.seats[*seat].heard.is_some();
        let Some(seat) = (0..seats).map(|step| (self.next_to_leave + step) % seats).find(there) else { return Ok(()) };
        // A step that has no divisor in common with most sizes, so that all rooms have their turn.
        self.next_to_leave = (seat + 61) % seats;
        if let Some(link) = self.seats[seat].link {
            if turn.is_multiple_of(2) {
                self.churn.goodbyes += 1;
                net.close(link);
            } else {
                self.churn.cuts += 1;
                net.cut(link);
            }
        }
        self.leave(seat);
        self.come(net, seat)
    }

    /// Nobody is on this seat any more. What was left out before the last that was heard is lost.
    fn leave(&mut self, seat: usize) {
        let seat = &mut self.seats[seat];
        seat.link = None;
        seat.looks_at = NEVER;
        self.counts.tally.lost += seat.heard.take().map_or(0, |heard| heard.gaps());
    }

    fn come(&mut self, net: &mut Net, seat: usize) -> Result<()> {
        let line = line(self.plan.kind(seat));
        let link = net.open(&Opening { token: self.tokens[seat].as_deref(), since: None, line })?;
        if link >= self.seat_of.len() {
            self.seat_of.resize(link + 1, usize::MAX);
        }
        self.seat_of[link] = seat;
        self.seats[seat].link = Some(link);
        Ok(())
    }

    fn are_slow(&self, at: u64) -> bool {
        self.phases.is_some_and(|phases| phases.slow_at(at))
    }

    /// From now on this one reads nothing for a while, if that is how it is now.
    fn stall(&mut self, net: &mut Net, seat: usize, at: u64) {
        let Some(link) = self.seats[seat].link.filter(|_| self.are_slow(at)) else { return };
        net.stall(link);
        self.seats[seat].looks_at = at + self.stall / 2 + self.random.u64(0..self.stall);
    }

    /// The slow ones look at what has come when it is time, and all at once when they stop to be slow.
    fn turn_slow_ones(&mut self, net: &mut Net, at: u64) -> Result<()> {
        let slow = self.are_slow(at);
        let changed = std::mem::replace(&mut self.were_slow, slow) != slow;
        for place in 0..self.slow.len() {
            let seat = self.slow[place];
            if self.seats[seat].looks_at <= at || (changed && !slow && self.seats[seat].looks_at != NEVER) {
                self.seats[seat].looks_at = NEVER;
                if let Some(link) = self.seats[seat].link {
                    net.listen(self, link)?;
                }
                self.stall(net, seat, at);
            } else if changed && slow && self.seats[seat].heard.is_some() {
                self.stall(net, seat, at);
            }
        }
        Ok(())
    }

    /// When something is to be done again.
    fn next(&self, at: u64) -> u64 {
        let looks = self.slow.iter().map(|seat| self.seats[*seat].looks_at).min().unwrap_or(NEVER);
        let changes = self.phases.map_or(NEVER, |phases| phases.next(at));
        let leaves = self.leaving.as_ref().map_or(NEVER, Schedule::due);
        [self.speaking.due(), leaves, self.comebacks.due(), looks, changes].into_iter().min().unwrap_or(NEVER)
    }

    fn heard(&mut self, link: usize, payload: &[u8], at: u64) {
        let seat = self.seat_of[link];
        let room = self.plan.room(seat);
        let stamp = Stamp::read(payload).filter(|stamp| stamp.sender == room && payload.len() == self.payload);
        let (Some(stamp), Some(heard)) = (stamp, &mut self.seats[seat].heard) else {
            self.counts.tally.strange += 1;
            return;
        };
        if !heard.note(stamp.number, &mut self.counts.tally) {
            return;
        }
        self.counts.deliveries += 1;
        if self.plan.kind(seat) != Kind::Slow {
            self.counts.took(stamp.at, at);
            self.note_time(room, stamp.at, at);
        }
    }

    fn note_time(&mut self, room: usize, sent: u64, at: u64) {
        let Some(slow) = self.phases.and_then(|phases| phases.timed(sent)) else { return };
        let Latency { with_slow_readers, without_slow_readers } = &mut self.latency;
        let rooms = if self.plan.has_slow(room) { with_slow_readers } else { without_slow_readers };
        let times = if slow { &mut rooms.slow } else { &mut rooms.reading };
        times.note(at.saturating_sub(sent));
    }

    /// How many messages those who are there have not got, the slow ones or all others.
    fn missing(&self, slow: bool) -> u64 {
        let missing = |(number, seat): (usize, &Seat)| {
            let counts = (self.plan.kind(number) == Kind::Slow) == slow;
            Some(seat.heard.as_ref().filter(|_| counts)?.missing(self.sent[self.plan.room(number)]))
        };
        self.seats.iter().enumerate().filter_map(missing).sum()
    }
}

impl Load for Soak {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    fn opened(&mut self, net: &mut Net, link: usize, _: &[u8]) -> Result<()> {
        let name = self.name(self.plan.room(self.seat_of[link]));
        net.send(link, |dialect, out| dialect.subscribe(&name, out));
        Ok(())
    }

    fn incoming(&mut self, net: &mut Net, link: usize, incoming: Incoming<'_>, at: u64) -> Result<()> {
        match incoming {
            Incoming::Publication(payload) => self.heard(link, payload, at),
            Incoming::Subscribed(offset) => {
                let seat = self.seat_of[link];
                self.seats[seat].heard = Some(Stream::from(offset.unwrap_or(0)));
                if self.plan.kind(seat) == Kind::Slow {
                    self.stall(net, seat, at);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// That happens to slow readers, and they come back; to nobody else.
    fn lost(&mut self, _: &mut Net, link: usize, why: &str) -> Result<()> {
        let seat = self.seat_of[link];
        self.leave(seat);
        if self.plan.kind(seat) == Kind::Slow {
            self.churn.slow_lost += 1;
            self.comebacks.lost(seat, why, 1, now());
        } else {
            self.counts.lost_connection(why);
        }
        Ok(())
    }
}

impl Work for Soak {
    fn send_due(&mut self, net: &mut Net, now: u64) -> Result<u64> {
        if self.phases.is_none() && self.begun() != NEVER {
            self.phases = Some(Phases::new(self.begun(), self.options.duration()));
        }
        while let Some((number, due)) = self.speaking.take(now) {
            let rooms = self.plan.rooms as u64;
            self.publish(net, usize::try_from(number % rooms)?, due);
        }
        while let Some((turn, _)) = self.leaving.as_mut().and_then(|leaving| leaving.take(now)) {
            self.change_one(net, turn)?;
        }
        while let Some(seat) = self.comebacks.take(now) {
            self.come(net, seat)?;
        }
        self.turn_slow_ones(net, now)?;
        Ok(self.next(now))
    }

    fn stop(&mut self) {}

    fn under_way(&self) -> bool {
        self.missing(false) + self.missing(true) > 0
    }

    /// What a slow reader has not fetched in the end still waits for it; that is no loss. A gap in what it heard is one.
    fn settle(&mut self) {
        self.churn.unread = self.missing(true);
        let gaps = |seat: &usize| self.seats[*seat].heard.as_ref().map_or(0, Stream::gaps);
        self.counts.tally.lost += self.missing(false) + self.slow.iter().map(gaps).sum::<u64>();
    }
}
