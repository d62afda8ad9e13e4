//! The people of a storm: who is here, who is away and comes back when, and what those hear who stayed.

use std::collections::VecDeque;
use std::time::Duration;

use anyhow::Result;

use super::{Arguments, PAYLOAD, most_within_a_second};
use crate::check::Stream;
use crate::clock::now;
use crate::comeback::{Comebacks, advised};
use crate::counts::{Counts, Schedule};
use crate::dialect::{Incoming, tutti};
use crate::figures::Times;
use crate::net::{Load, NEVER, Net, Opening, after};
use crate::payload::Stamp;
use crate::progress::Progress;
use crate::target::Target;

/// The same course each time.
const SEED: u64 = 11;
/// How many are cut off, or come, before those who stayed are listened to again: else they would wait for this program.
const IN_A_PASS: usize = 128;
/// How long an opening may take; the SDK gives up after as long.
const OPENING: Duration = Duration::from_secs(15);

/// Somebody who is cut off, or stays.
#[derive(Default)]
struct Person {
    link: Option<usize>,
    /// Openings since it was cut off.
    attempts: u32,
    back: bool,
}

/// What the storm looked like.
pub(super) struct Seen {
    pub(super) expected: usize,
    pub(super) back: usize,
    pub(super) resumed: usize,
    pub(super) unavailable: u64,
    pub(super) advised: u64,
    pub(super) peak: usize,
    /// p50, p99, max.
    pub(super) attempts: [f64; 3],
    /// What those who stayed waited for a message, before and in the storm.
    pub(super) others: Option<(Times, Times)>,
}

pub(super) struct Storm {
    run: u32,
    stay: usize,
    rooms: usize,
    payload: usize,
    tokens: Vec<Option<String>>,
    people: Vec<Person>,
    /// Of each link: who has it, or had it last.
    person_of: Vec<usize>,
    /// The last event of everybody: nothing durable happens.
    since: Option<String>,
    comebacks: Comebacks,
    /// Openings that fail if nothing comes of them: when, whose, and the so manieth of it.
    deadlines: VecDeque<(u64, usize, u32)>,
    /// When the storm began; [`NEVER`] before.
    begun: u64,
    /// When each was back.
    moments: Vec<u64>,
    resumed: usize,
    unavailable: u64,
    advised: u64,
    speaking: Schedule,
    sent: u32,
    heard: Vec<Stream>,
    calm: Times,
    stormy: Times,
    scratch: Vec<u8>,
    counts: Counts,
}

impl Storm {
    /// With everybody there already: link and person have the same number at first.
    pub(super) fn new(arguments: &Arguments, stay: usize, target: &Target) -> Result<Self> {
        let people = stay + usize::from(arguments.connections);
        Ok(Self {
            run: std::process::id(),
            stay,
            rooms: usize::from(arguments.rooms),
            payload: arguments.options.payload_or(PAYLOAD),
            tokens: (0..people).map(|person| target.token(person)).collect::<Result<_>>()?,
            people: (0..people).map(|link| Person { link: Some(link), ..Person::default() }).collect(),
            person_of: (0..people).collect(),
            since: None,
            comebacks: Comebacks::new(SEED),
            deadlines: VecDeque::new(),
            begun: NEVER,
            moments: Vec::new(),
            resumed: 0,
            unavailable: 0,
            advised: 0,
            speaking: Schedule::new(arguments.rate, NEVER),
            sent: 0,
            heard: std::iter::repeat_with(Stream::default).take(stay).collect(),
            calm: Times::default(),
            stormy: Times::default(),
            scratch: Vec::new(),
            counts: Counts::default(),
        })
    }

    /// Everybody, those who stay first.
    pub(super) fn people(&self) -> usize {
        self.people.len()
    }

    pub(super) fn stay(&self) -> usize {
        self.stay
    }

    pub(super) fn counted(&self) -> &Counts {
        &self.counts
    }

    /// The room of a person, if any.
    pub(super) fn room(&self, person: usize) -> Option<String> {
        if person < self.stay {
            return Some(self.stayers_room());
        }
        (self.rooms > 0).then(|| format!("storm-{}-{}", self.run, person % self.rooms))
    }

    fn stayers_room(&self) -> String {
        format!("storm-{}-stay", self.run)
    }

    /// Everybody is there, with this event as the last one.
    pub(super) fn begin(&mut self, since: Option<String>) {
        self.since = since;
        if self.stay > 0 {
            self.speaking.begin(now());
        }
    }

    /// Cuts everybody off who does not stay; the first attempts fall within so many milliseconds.
    pub(super) fn cut_all(&mut self, net: &mut Net, spread: u64) -> Result<()> {
        self.expect_losses();
        for person in self.stay..self.people.len() {
            if let Some(link) = self.people[person].link.take() {
                net.cut(link);
                self.comebacks.within(person, spread, now());
            }
            if person % IN_A_PASS == 0 {
                self.speak(net, now());
                net.turn(self, now())?;
            }
        }
        Ok(())
    }

    /// The storm begins; from now on whoever does not stay may be lost.
    pub(super) fn expect_losses(&mut self) {
        self.begun = now();
        self.counts.time_from(self.begun);
    }

    /// Goes on until something is so, or this moment has come.
    pub(super) fn run_until(
        &mut self,
        net: &mut Net,
        last: u64,
        phase: &str,
        done: impl Fn(&Self) -> bool,
    ) -> Result<()> {
        let mut progress = Progress::new();
        while !done(self) && now() < last {
            let at = now();
            self.speak(net, at);
            self.give_up(net, at);
            for _ in 0..IN_A_PASS {
                let Some(person) = self.comebacks.take(at) else { break };
                self.come(net, person);
            }
            let deadline = self.deadlines.front().map_or(NEVER, |(due, ..)| *due);
            let next = self.speaking.due().min(self.comebacks.due()).min(deadline).min(last);
            net.turn(self, next)?;
            progress.tick(phase, "are back", self.moments.len() as u64, self.counts.troubles());
        }
        progress.clear();
        Ok(())
    }

    fn speak(&mut self, net: &mut Net, at: u64) {
        while let Some((_, due)) = self.speaking.take(at) {
            self.scratch.clear();
            Stamp { sender: 0, number: self.sent, at: due }.write(self.payload, &mut self.scratch);
            self.sent += 1;
            self.counts.messages += 1;
            let (room, payload) = (self.stayers_room(), &self.scratch);
            net.send(0, |dialect, out| dialect.publish(&room, payload, out));
        }
    }

    /// Opens a connection again. One that cannot even be begun is tried again later.
    fn come(&mut self, net: &mut Net, person: usize) {
        let opening =
            Opening { token: self.tokens[person].as_deref(), since: self.since.as_deref(), ..Opening::default() };
        let opened = net.open(&opening);
        self.people[person].attempts += 1;
        match opened {
            Ok(link) => {
                if link >= self.person_of.len() {
                    self.person_of.resize(link + 1, usize::MAX);
                }
                self.person_of[link] = person;
                self.people[person].link = Some(link);
                self.deadlines.push_back((after(OPENING), person, self.people[person].attempts));
            }
            Err(error) => self.try_later(person, &error.to_string()),
        }
    }

    fn try_later(&mut self, person: usize, why: &str) {
        self.advised += u64::from(advised(why).is_some());
        // The first attempt after a loss waits for the first step, the one after a failed attempt for the next.
        let attempt = self.people[person].attempts as usize + 1;
        self.comebacks.lost(person, why, attempt, now());
    }

    /// Openings of which nothing has come in time fail.
    fn give_up(&mut self, net: &mut Net, at: u64) {
        while let Some((_, person, attempt)) = self.deadlines.pop_front_if(|(due, ..)| *due <= at) {
            let waits = !self.people[person].back && self.people[person].attempts == attempt;
            if let Some(link) = self.people[person].link.filter(|_| waits) {
                net.cut(link);
                self.people[person].link = None;
                self.try_later(person, "no answer");
            }
        }
    }

    fn is_back(&mut self, person: usize, at: u64) {
        if self.begun != NEVER && person >= self.stay && !std::mem::replace(&mut self.people[person].back, true) {
            self.moments.push(at);
            self.counts.took(self.begun, at);
        }
    }

    /// Whether everybody is back who was lost.
    pub(super) fn all_back(&self) -> bool {
        self.moments.len() == self.people.len() - self.stay
    }

    /// Nothing more is said.
    pub(super) fn hush(&mut self) {
        self.speaking.begin(NEVER);
    }

    /// Whether those who stayed have heard everything.
    pub(super) fn all_heard(&self) -> bool {
        self.heard.iter().all(|heard| heard.missing(self.sent) == 0)
    }

    /// Counts what never arrived.
    pub(super) fn settle(&mut self) {
        self.counts.tally.lost += self.heard.iter().map(|heard| heard.missing(self.sent)).sum::<u64>();
    }

    /// What it looked like, and what was counted.
    pub(super) fn finish(self) -> (Seen, Counts) {
        let mut attempts: Vec<u32> = self.people[self.stay..].iter().map(|person| person.attempts).collect();
        attempts.sort_unstable();
        let at = |percent: usize| f64::from(attempts[(attempts.len() * percent).div_ceil(100).max(1) - 1]);
        let seen = Seen {
            expected: attempts.len(),
            back: self.moments.len(),
            resumed: self.resumed,
            unavailable: self.unavailable,
            advised: self.advised,
            peak: most_within_a_second(&self.moments),
            attempts: [at(50), at(99), at(100)],
            others: (self.stay > 0).then_some((self.calm, self.stormy)),
        };
        (seen, self.counts)
    }
}

impl Load for Storm {
    fn counts(&mut self) -> &mut Counts {
        &mut self.counts
    }

    fn opened(&mut self, net: &mut Net, link: usize, welcome: &[u8]) -> Result<()> {
        let person = self.person_of[link];
        self.resumed += usize::from(tutti::position(welcome).1);
        match self.room(person) {
            Some(room) => net.send(link, |dialect, out| dialect.subscribe(&room, out)),
            None => self.is_back(person, now()),
        }
        Ok(())
    }

    fn incoming(&mut self, _: &mut Net, link: usize, incoming: Incoming<'_>, at: u64) -> Result<()> {
        let person = self.person_of[link];
        match incoming {
            Incoming::Subscribed(_) => self.is_back(person, at),
            Incoming::Publication(payload) => {
                let stamp = Stamp::read(payload).filter(|_| person < self.stay && payload.len() == self.payload);
                let Some(stamp) = stamp else {
                    self.counts.tally.strange += 1;
                    return Ok(());
                };
                if self.heard[person].note(stamp.number, &mut self.counts.tally) {
                    self.counts.deliveries += 1;
                    let times = if stamp.at < self.begun { &mut self.calm } else { &mut self.stormy };
                    times.note(at.saturating_sub(stamp.at));
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// A server that has too much to do says so; that is what a storm is for.
    fn refused(&mut self, _: &mut Net, _: usize, frame: &[u8]) -> Result<()> {
        if memchr::memmem::find(frame, br#""code":"unavailable""#).is_some() {
            self.unavailable += 1;
        } else {
            self.counts.refused(frame);
        }
        Ok(())
    }

    fn lost(&mut self, _: &mut Net, link: usize, why: &str) -> Result<()> {
        let person = self.person_of[link];
        self.people[person].link = None;
        if self.begun == NEVER || person < self.stay || self.people[person].back {
            self.counts.lost_connection(why);
        } else {
            self.try_later(person, why);
        }
        Ok(())
    }
}
