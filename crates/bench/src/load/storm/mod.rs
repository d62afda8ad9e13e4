//! `tutti bench storm`: many connections are lost in one moment and all come back, as the SDK would: when the server says so,
//! else by backoff with jitter. Shown are how long it takes until they are back, and what those feel who stayed.

mod people;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, anyhow, bail};
use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::json;

use self::people::Storm;
use crate::clock::SECOND;
use crate::course::{Mark, Span};
use crate::crowd::{self, Place};
use crate::dialect::Dialect;
use crate::net::{Net, after};
use crate::options::Options;
use crate::report::{Report, Setup};
use crate::section::Section;
use crate::server::everything_on;
use crate::target::Target;
use crate::usage::Processes;

const PAYLOAD: usize = 128;
/// How long those who stayed have for the last messages.
const DRAIN: Duration = Duration::from_secs(10);

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Connections that are lost and come back, each of another user. Server and load each need as many open files.
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u16).range(1..=27_000))]
    connections: u16,
    /// How they are lost.
    #[arg(long, value_enum, default_value = "cut")]
    by: By,
    /// Rooms that those who come back are in, and subscribe to again before they count as back; 0 for none.
    #[arg(long, default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=10_000))]
    rooms: u16,
    /// Connections that stay, in a room of their own in which the first speaks. Nobody can stay when the server drains.
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(1..=1000))]
    stay: u16,
    /// Messages a second in that room. They are timed for --duration before the storm, and during it.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    rate: u32,
    /// With `cut`: the time over which the first attempts are spread, in milliseconds. The SDK spreads them over 1000; 0 is
    /// everybody in the same moment.
    #[arg(long, value_name = "MILLISECONDS", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=60_000))]
    spread: u64,
    /// How long all of them have to come back, in seconds. Whoever is not back then is a failure.
    #[arg(long, value_name = "SECONDS", default_value_t = 120, value_parser = clap::value_parser!(u64).range(1..=3600))]
    patience: u64,
}

/// How connections are lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
enum By {
    /// This program resets them all in one moment.
    Cut,
    /// The server is told to stop, sends everybody away, and is started again at the same address.
    Drain,
}

pub(crate) fn run(arguments: &Arguments, program: &Path) -> Result<bool> {
    let options = &arguments.options;
    if options.dialect != Dialect::Tutti {
        bail!("only a Tutti server says when to come back");
    }
    if arguments.by == By::Drain && options.url.is_some() {
        bail!("only a server that is started here can be told to stop: leave --url out");
    }
    let mut target = Target::find(options, program, &everything_on())?;
    let mut net = target.net()?;
    let stay = if arguments.by == By::Drain { 0 } else { usize::from(arguments.stay) };
    let mut storm = Storm::new(arguments, stay, &target)?;
    let place = |person: usize| Place { room: storm.room(person), ..Place::default() };
    let gathered = crowd::gather(&mut net, &target, options, storm.people(), &place)?;
    storm.begin(gathered.since);
    storm.run_until(&mut net, after(options.warm_up() + options.duration()), "calm", |_| false)?;
    let (span, away) = match arguments.by {
        By::Cut => (cut(&mut net, &mut storm, &target, arguments)?, None),
        By::Drain => {
            let (span, away) = drain(&mut net, &mut storm, &mut target, arguments)?;
            (span, Some(away))
        }
    };
    storm.hush();
    storm.run_until(&mut net, after(DRAIN), "waiting for the rest", Storm::all_heard)?;
    storm.settle();
    report(arguments, storm, &target, &span, (gathered.per_second, away))
}

/// Everybody but those who stay is cut off at once.
fn cut(net: &mut Net, storm: &mut Storm, target: &Target, arguments: &Arguments) -> Result<Span> {
    let before = Mark::take(net, storm.counted(), target);
    storm.cut_all(net, arguments.spread)?;
    storm.run_until(net, after(Duration::from_secs(arguments.patience)), "coming back", Storm::all_back)?;
    Ok(Mark::take(net, storm.counted(), target).since(&before, None))
}

/// The server stops and another one begins, while everybody tries to come back. Only the new one's processor time is known.
/// Returns with the span how long nobody was let in, in seconds.
fn drain(net: &mut Net, storm: &mut Storm, target: &mut Target, arguments: &Arguments) -> Result<(Span, f64)> {
    let mut server = target.take_server().context("it was started here")?;
    let before = Mark::take(net, storm.counted(), target);
    storm.expect_losses();
    let last = after(Duration::from_secs(arguments.patience));
    let away = std::thread::scope(|scope| {
        let restarted = scope.spawn(|| server.restart());
        storm.run_until(net, last, "coming back", Storm::all_back)?;
        restarted.join().map_err(|_| anyhow!("the thread that restarts the server has failed"))?
    })?;
    target.processes = Processes::new(vec![server.process()]);
    let mut span = Mark::take(net, storm.counted(), target).since(&before, None);
    span.server = target.processes.processor();
    target.keep_server(server);
    Ok((span, away.as_secs_f64()))
}

fn report(arguments: &Arguments, storm: Storm, target: &Target, span: &Span, told: (f64, Option<f64>)) -> Result<bool> {
    let options = &arguments.options;
    let (opened_per_second, away) = told;
    let flags = json!({ "connections": arguments.connections, "by": arguments.by, "rooms": arguments.rooms,
        "stay": storm.stay(), "rate": arguments.rate, "spread": arguments.spread, "patience": arguments.patience,
        "payload": options.payload_or(PAYLOAD), "duration": options.duration, "warm_up": options.warm_up,
        "ramp": options.ramp });
    let connections = storm.people();
    let setup = Setup { command: "storm", timed: "until they were back", connections, opened_per_second, flags };
    let (seen, counts) = storm.finish();
    let attempts =
        Section::new("attempts of each", &["p50", "p99", "max"]).row("openings until it was back", &seen.attempts);
    let mut report = Report::new(setup, options, target, span, counts)
        .with("back", seen.back as f64)
        .with("of them resumed", seen.resumed as f64)
        .with("answered unavailable", seen.unavailable as f64)
        .with("sent away with advice", seen.advised as f64)
        .with("most back within a second", seen.peak as f64)
        .section(attempts);
    if let Some(away) = away {
        report = report.with("seconds to restart", away);
    }
    if let Some((calm, stormy)) = &seen.others {
        report = report
            .section(
                Section::of_times("latency of those who stayed").times("before", calm).times("in the storm", stormy),
            )
            .section(Section::of_ratios("times as long").ratio("in the storm to before", stormy, calm));
    }
    let away = seen.expected - seen.back;
    let late = (away > 0).then(|| format!("{away} did not come back within {} s", arguments.patience));
    report.failures(late).publish(options)
}

/// The most of these moments, which are in order, that lie within one second.
fn most_within_a_second(moments: &[u64]) -> usize {
    let mut first = 0;
    let within = moments.iter().enumerate().map(|(last, moment)| {
        while moments[first] + SECOND <= *moment {
            first += 1;
        }
        last - first + 1
    });
    within.max().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::MILLISECOND;

    #[test]
    fn the_peak_is_found_wherever_the_second_begins() {
        let moments = [0, 900, 950, 1100, 1899, 1900, 5000].map(|moment| moment * MILLISECOND);
        assert_eq!(most_within_a_second(&moments), 4, "900 to 1899");
        assert_eq!(most_within_a_second(&[]), 0);
    }
}
