//! `bench chat`: acknowledged messages. Closed loop: every connection keeps so many under way, which shows how many
//! there can be. Open loop (`--rate`): messages are due at fixed times whatever the server does, and their time counts
//! from when they were due, so that a server that falls behind cannot hide it.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde::Serialize;
use tokio::task::JoinSet;
use tutti_core::Clock;
use tutti_core::clock::SystemClock;

use crate::figures::{Figures, Times, now};
use crate::people::{self, Person};
use crate::server::{Choice, Server, Work};
use crate::socket::{Socket, number_at_end};

/// How long to wait in the end for what is not acknowledged yet.
const DRAIN: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Choice,
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
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    rate: Option<u32>,
    /// How long to measure, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// How long to run before that, in seconds.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(0..=60))]
    warm_up: u64,
    /// Length of a message's text, in bytes.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=5000))]
    payload: u16,
}

#[derive(Debug, Serialize)]
struct Report {
    connections: u16,
    conversations: u16,
    payload: u16,
    /// In a closed loop.
    in_flight: Option<u16>,
    /// In an open loop.
    rate: Option<u32>,
    seconds: u64,
    acknowledged: u64,
    acknowledged_per_second: f64,
    pushes: u64,
    unanswered: u64,
    milliseconds: Figures,
    work: Work,
    data: Option<String>,
}

/// When what happens.
#[derive(Debug, Clone, Copy)]
struct Plan {
    begin: Instant,
    end: Instant,
    pace: Pace,
}

#[derive(Debug, Clone, Copy)]
enum Pace {
    /// So many under way.
    Window(usize),
    /// One at `first`, and then one after each `every`.
    Times { first: Instant, every: Duration },
}

/// What one connection saw.
#[derive(Debug, Default)]
struct Seen {
    times: Times,
    pushes: u64,
    unanswered: u64,
}

/// Measures, and prints the result.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let server = arguments.server.server(&[]).await?;
    let people = people::connect(&server, usize::from(arguments.connections), &arguments.server.tokens).await?;
    let rooms = rooms(&server, &people, usize::from(arguments.conversations)).await?;

    let begin = now() + Duration::from_secs(arguments.warm_up);
    let end = begin + Duration::from_secs(arguments.seconds);
    let mut connections = JoinSet::new();
    for (number, person) in people.into_iter().enumerate() {
        let plan = Plan { begin, end, pace: pace(&arguments, number) };
        let line = Line::new(person.socket, &rooms[number % rooms.len()], usize::from(arguments.payload), plan);
        connections.spawn(line.run());
    }
    let clock: &dyn Clock = &SystemClock;
    clock.sleep(begin.saturating_duration_since(now())).await;
    let before = server.mark().await?;
    clock.sleep(end.saturating_duration_since(now())).await;
    let after = server.mark().await?;

    let mut seen = Seen::default();
    while let Some(one) = connections.join_next().await {
        let one = one??;
        seen.times.append(one.times);
        seen.pushes += one.pushes;
        seen.unanswered += one.unanswered;
    }
    let acknowledged = u64::try_from(seen.times.len())?;
    let report = Report {
        connections: arguments.connections,
        conversations: arguments.conversations,
        payload: arguments.payload,
        in_flight: arguments.rate.is_none().then_some(arguments.in_flight),
        rate: arguments.rate,
        seconds: arguments.seconds,
        acknowledged,
        acknowledged_per_second: acknowledged as f64 / arguments.seconds as f64,
        pushes: seen.pushes,
        unanswered: seen.unanswered,
        milliseconds: seen.times.figures(),
        work: after.since(&before, acknowledged),
        data: server.data(),
    };
    if arguments.server.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

fn pace(arguments: &Arguments, number: usize) -> Pace {
    let Some(rate) = arguments.rate else { return Pace::Window(usize::from(arguments.in_flight)) };
    let between = Duration::from_secs(1) / rate;
    let place = u32::try_from(number).unwrap_or(0);
    Pace::Times { first: now() + between * place, every: between * u32::from(arguments.connections) }
}

/// Spreads the users over so many groups.
async fn rooms(server: &Server, people: &[Person], count: usize) -> Result<Vec<String>> {
    let http = reqwest::Client::new();
    let count = count.min(people.len());
    let mut rooms = Vec::with_capacity(count);
    for room in 0..count {
        let members: Vec<&Person> = people.iter().skip(room).step_by(count).collect();
        rooms.push(people::group(&http, server, &members).await?);
    }
    Ok(rooms)
}

/// One connection at work.
struct Line {
    socket: Socket,
    plan: Plan,
    /// What stands before and after the number in every message.
    parts: (String, String),
    next: u64,
    /// Numbers of what is not acknowledged, and since when it counts.
    under_way: VecDeque<(u64, Instant)>,
    seen: Seen,
}

impl Line {
    fn new(socket: Socket, room: &str, payload: usize, plan: Plan) -> Self {
        let before = format!(r#"{{"type":"message","conversation_id":"{room}","client_id":"#);
        let after = format!(r#","message":"{}"}}"#, "x".repeat(payload));
        Self { socket, plan, parts: (before, after), next: 0, under_way: VecDeque::new(), seen: Seen::default() }
    }

    async fn run(mut self) -> Result<Seen> {
        let clock: &dyn Clock = &SystemClock;
        let last = self.plan.end + DRAIN;
        let mut last_sleep = clock.sleep(last.saturating_duration_since(now()));
        loop {
            let due = self.queue_what_is_due();
            self.socket.write()?;
            if due.is_none() && self.under_way.is_empty() && now() >= self.plan.end {
                return Ok(self.seen);
            }
            tokio::select! {
                ready = self.socket.ready() => {
                    ready?;
                    self.socket.read()?;
                    self.take_frames()?;
                }
                () = wait(due) => {}
                () = &mut last_sleep => {
                    self.seen.unanswered = u64::try_from(self.under_way.len())?;
                    return Ok(self.seen);
                }
            }
        }
    }

    /// Queues what is to be sent now. Returns when there is more to send, if that is known.
    fn queue_what_is_due(&mut self) -> Option<Instant> {
        let moment = now();
        match self.plan.pace {
            Pace::Window(most) => {
                while self.under_way.len() < most && moment < self.plan.end {
                    self.queue(moment);
                }
                // A reply says when; and one that has waited through to the end has nothing more to do.
                (moment < self.plan.end && self.under_way.is_empty()).then_some(self.plan.end)
            }
            Pace::Times { first, every } => loop {
                let due = first + every * u32::try_from(self.next).unwrap_or(u32::MAX);
                if due >= self.plan.end {
                    return (moment < self.plan.end).then_some(self.plan.end);
                }
                if due > moment {
                    return Some(due);
                }
                self.queue(due);
            },
        }
    }

    fn queue(&mut self, since: Instant) {
        let number = self.next;
        self.next += 1;
        let (before, after) = &self.parts;
        self.socket.queue(format!(r#"{before}"{number}","ref":{number}{after}"#).as_bytes());
        self.under_way.push_back((number, since));
    }

    fn take_frames(&mut self) -> Result<()> {
        let moment = now();
        while let Some(frame) = self.socket.next()? {
            if frame.starts_with(br#"{"type":"message_sent""#) {
                let number = number_at_end(frame, b"ref").context("a reply without a reference")?;
                let (expected, since) = self.under_way.pop_front().context("a reply to nothing")?;
                if number != expected {
                    bail!("the reply to {number} came before the one to {expected}");
                }
                if (self.plan.begin..self.plan.end).contains(&moment) {
                    self.seen.times.note(moment.saturating_duration_since(since));
                }
            } else if frame.starts_with(br#"{"type":"message""#) {
                self.seen.pushes += 1;
            } else if frame.starts_with(br#"{"type":"error""#) {
                bail!("refused: {}", String::from_utf8_lossy(frame));
            }
        }
        Ok(())
    }
}

async fn wait(until: Option<Instant>) {
    let clock: &dyn Clock = &SystemClock;
    match until {
        // The clock counts milliseconds; less than one would be none.
        Some(until) => clock.sleep(until.saturating_duration_since(now()).max(Duration::from_millis(1))).await,
        None => std::future::pending().await,
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let loop_ = match (self.in_flight, self.rate) {
            (Some(in_flight), _) => format!("closed loop, {in_flight} under way on each"),
            (None, Some(rate)) => format!("open loop, {rate} a second"),
            (None, None) => String::new(),
        };
        let Self { connections, conversations, payload, seconds, .. } = self;
        writeln!(f, "{connections} connections in {conversations} conversations, {payload} bytes each; {loop_}")?;
        writeln!(f, "{:.0} acknowledged a second, over {seconds} s", self.acknowledged_per_second)?;
        writeln!(f, "{}", self.milliseconds)?;
        writeln!(f, "{} pushes, {} unanswered", self.pushes, self.unanswered)?;
        writeln!(f, "{}", self.work)
    }
}
