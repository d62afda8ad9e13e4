//! `bench fanout`: one sender, one group, everybody online. A message is under way until the last member has it, so
//! the loop is closed by the slowest. Every member checks that offsets come one after the other.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};
use clap::Args;
use parking_lot::Mutex;
use serde::Serialize;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tutti_core::Clock;
use tutti_core::clock::SystemClock;

use crate::figures::{Figures, Times, now};
use crate::people::{self, Person};
use crate::server::{Choice, Work};
use crate::socket::{Socket, number_at_end};

/// How long to wait in the end for what has not reached everybody.
const DRAIN: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    server: Choice,
    /// Members who listen; the sender is one more.
    #[arg(long, default_value_t = 1000, value_parser = clap::value_parser!(u16).range(1..=9000))]
    members: u16,
    /// Messages that have not reached everybody, at most.
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=1000))]
    window: u16,
    /// How long to measure, in seconds.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=600))]
    seconds: u64,
    /// Length of a message's text, in bytes.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=5000))]
    payload: u16,
}

#[derive(Debug, Serialize)]
struct Report {
    members: u16,
    window: u16,
    payload: u16,
    seconds: u64,
    messages: u64,
    deliveries: u64,
    deliveries_per_second: f64,
    /// Offsets that somebody did not get.
    lost: u64,
    /// Offsets that somebody got again.
    repeated: u64,
    /// From sending to the last member.
    milliseconds: Figures,
    work: Work,
}

/// What everybody writes into.
struct Board {
    members: u64,
    deliveries: AtomicU64,
    lost: AtomicU64,
    repeated: AtomicU64,
    /// Of each message under way: when it was sent, and how many have it. The first one has the offset `first`.
    under_way: Mutex<UnderWay>,
    done: Notify,
}

#[derive(Default)]
struct UnderWay {
    first: u64,
    messages: std::collections::VecDeque<(Instant, u64)>,
    times: Times,
}

impl Board {
    fn delivered(&self, offset: u64) {
        self.deliveries.fetch_add(1, Ordering::Relaxed);
        let mut under_way = self.under_way.lock();
        let Some(place) = offset.checked_sub(under_way.first).and_then(|place| usize::try_from(place).ok()) else {
            return;
        };
        if let Some((_, count)) = under_way.messages.get_mut(place) {
            *count += 1;
        }
        while let Some((since, _)) = under_way.messages.front().filter(|(_, count)| *count >= self.members).copied() {
            under_way.messages.pop_front();
            under_way.first += 1;
            under_way.times.note(now().saturating_duration_since(since));
            self.done.notify_one();
        }
    }
}

/// Measures, and prints the result.
pub(crate) async fn run(arguments: Arguments) -> Result<()> {
    let members = usize::from(arguments.members);
    let server = arguments.server.server(&[("chat.max_members", (members + 1).to_string())]).await?;
    let mut people = people::connect(&server, members + 1, &arguments.server.tokens).await?;
    let all: Vec<&Person> = people.iter().collect();
    let room = people::group(&reqwest::Client::new(), &server, &all).await?;

    let sender = people.swap_remove(0);
    let board = Arc::new(Board {
        members: u64::from(arguments.members),
        deliveries: AtomicU64::new(0),
        lost: AtomicU64::new(0),
        repeated: AtomicU64::new(0),
        // The group's creation has the first offset.
        under_way: Mutex::new(UnderWay { first: 2, ..UnderWay::default() }),
        done: Notify::new(),
    });
    let (stop, stopped) = watch::channel(false);
    let mut listening = JoinSet::new();
    for person in people {
        listening.spawn(listen(person.socket, Arc::clone(&board), stopped.clone()));
    }
    let before = server.mark().await?;
    let messages = send(sender.socket, &room, &arguments, &board).await?;
    let after = server.mark().await?;
    stop.send_replace(true);
    while let Some(ended) = listening.join_next().await {
        ended??;
    }

    let deliveries = board.deliveries.load(Ordering::Relaxed);
    let under_way = std::mem::take(&mut *board.under_way.lock());
    let missing: u64 = under_way.messages.iter().map(|(_, count)| board.members.saturating_sub(*count)).sum();
    let report = Report {
        members: arguments.members,
        window: arguments.window,
        payload: arguments.payload,
        seconds: arguments.seconds,
        messages,
        deliveries,
        deliveries_per_second: deliveries as f64 / arguments.seconds as f64,
        lost: board.lost.load(Ordering::Relaxed).max(missing),
        repeated: board.repeated.load(Ordering::Relaxed),
        milliseconds: under_way.times.figures(),
        work: after.since(&before, deliveries),
    };
    if arguments.server.json {
        println!("{}", serde_json::to_string(&report)?);
    } else {
        print!("{report}");
    }
    Ok(())
}

/// Sends until the time is over, and waits until everybody has everything. Returns how many there were.
async fn send(mut socket: Socket, room: &str, arguments: &Arguments, board: &Board) -> Result<u64> {
    let clock: &dyn Clock = &SystemClock;
    let end = now() + Duration::from_secs(arguments.seconds);
    let mut last = clock.sleep(Duration::from_secs(arguments.seconds) + DRAIN);
    let text = "x".repeat(usize::from(arguments.payload));
    let mut sent = 0;
    loop {
        while now() < end && board.under_way.lock().messages.len() < usize::from(arguments.window) {
            sent += 1;
            board.under_way.lock().messages.push_back((now(), 0));
            let frame =
                format!(r#"{{"type":"message","conversation_id":"{room}","client_id":"{sent}","message":"{text}"}}"#);
            socket.queue(frame.as_bytes());
        }
        socket.write()?;
        if board.under_way.lock().messages.is_empty() && now() >= end {
            return Ok(sent);
        }
        tokio::select! {
            ready = socket.ready() => {
                ready?;
                socket.read()?;
                while let Some(frame) = socket.next()? {
                    if frame.starts_with(br#"{"type":"error""#) {
                        bail!("refused: {}", String::from_utf8_lossy(frame));
                    }
                }
            }
            () = board.done.notified() => {}
            () = &mut last => return Ok(sent),
        }
    }
}

async fn listen(mut socket: Socket, board: Arc<Board>, mut stopped: watch::Receiver<bool>) -> Result<()> {
    let mut newest = 0;
    loop {
        tokio::select! {
            ready = socket.ready() => ready?,
            _ = stopped.changed() => return Ok(()),
        }
        socket.read()?;
        while let Some(frame) = socket.next()? {
            let Some(offset) = number_at_end(frame, b"offset") else { continue };
            if offset <= newest {
                board.repeated.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            board.lost.fetch_add(offset - newest - 1, Ordering::Relaxed);
            newest = offset;
            if frame.starts_with(br#"{"type":"message""#) {
                board.delivered(offset);
            }
        }
        socket.write().context("a listener is gone")?;
    }
}

impl std::fmt::Display for Report {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { members, window, payload, seconds, messages, deliveries, .. } = self;
        writeln!(f, "1 sender, {members} listeners, {payload} bytes each; {window} messages under way")?;
        writeln!(
            f,
            "{:.0} deliveries a second ({messages} messages, {deliveries} deliveries over {seconds} s)",
            self.deliveries_per_second
        )?;
        writeln!(f, "to the last listener: {}", self.milliseconds)?;
        writeln!(f, "{} lost, {} repeated", self.lost, self.repeated)?;
        writeln!(f, "{}", self.work)
    }
}
