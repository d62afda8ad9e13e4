//! `tutti bench soak`: a long time of controlled fan-out, while connections leave and come and some read slowly. Shown are
//! whether the server's memory, files and tasks stay where they are, and whether slow readers delay fast ones: every other
//! room has slow readers, and they are slow in every other phase.

mod plan;
mod room;

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result, bail};
use clap::Args;
use serde_json::json;

use self::plan::{Kind, Plan};
use self::room::{Latency, Soak};
use crate::clock::SECOND;
use crate::course;
use crate::crowd::{self, Place};
use crate::dialect::Dialect;
use crate::net::Line;
use crate::options::Options;
use crate::report::{Report, Setup};
use crate::sample::{Sample, Sampler};
use crate::section::Section;
use crate::server::everything_on;
use crate::target::Target;
use crate::trend::{Trend, trend};
use crate::{http, metrics};

const PAYLOAD: usize = 2048;
/// What may grow beside a twentieth: bytes of memory, and files, threads, tasks or connections.
const ALLOWED_BYTES: f64 = 4.0 * 1024.0 * 1024.0;
const ALLOWED_COUNT: f64 = 16.0;

/// How long the server that is started waits for a pong, in seconds: longer than a slow reader ever reads nothing.
const PONG_TIMEOUT: u32 = 40;

#[derive(Debug, Args)]
#[command(mut_arg("duration", |arg| arg.default_value("600")), mut_arg("warm_up", |arg| arg.default_value("30")))]
pub(crate) struct Arguments {
    #[command(flatten)]
    options: Options,
    /// Connections, each of another user; as many whole rooms as they fill.
    #[arg(long, default_value_t = 3000, value_parser = clap::value_parser!(u16).range(4..=28_000))]
    connections: u16,
    /// Members of each room. The first speaks, all hear.
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(2..=10_000))]
    members: u16,
    /// Messages a second in all rooms together.
    #[arg(long, default_value_t = 300, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Connections that leave in a second, by a goodbye and by a cut in turn; another one comes in each place at once.
    #[arg(long, default_value_t = 20, value_parser = clap::value_parser!(u32).range(0..=10_000))]
    churn: u32,
    /// How many in a hundred members of every other room read slowly in every other phase. A phase is about a minute.
    #[arg(long, value_name = "PERCENT", default_value_t = 10, value_parser = clap::value_parser!(u16).range(0..=90))]
    slow: u16,
    /// How long such a reader reads nothing, before it reads what there is, in seconds: between half of it and half as much
    /// again. With --url, a server that waits less than that for a pong closes it.
    #[arg(long, value_name = "SECONDS", default_value_t = 16, value_parser = clap::value_parser!(u64).range(1..=20))]
    stall: u64,
    /// What may wait for one connection in the server that is started, in bytes, before it is closed as too slow.
    #[arg(long, value_name = "BYTES", default_value_t = 32_768, value_parser = clap::value_parser!(u32).range(16_384..=16_777_216))]
    queue: u32,
    /// Time between two looks at the server, in seconds.
    #[arg(long, value_name = "SECONDS", default_value_t = 5, value_parser = clap::value_parser!(u64).range(1..=600))]
    sample: u64,
}

pub(crate) fn run(arguments: &Arguments, program: &Path) -> Result<bool> {
    let options = &arguments.options;
    if options.dialect != Dialect::Tutti {
        bail!("only a Tutti server is soaked: others do not say where a subscription begins");
    }
    let plan = Plan::new(arguments.connections.into(), arguments.members.into(), arguments.slow.into());
    let mut settings = everything_on();
    settings.push(("connections.max_outbound_bytes", arguments.queue.to_string()));
    settings.push(("connections.pong_timeout_seconds", PONG_TIMEOUT.to_string()));
    let target = Target::find(options, program, &settings)?;
    let mut net = target.net()?;
    let mut soak = Soak::new(arguments, plan, &target)?;
    let place = |seat: usize| Place { room: Some(soak.name(plan.room(seat))), line: line(plan.kind(seat)) };
    let gathered = crowd::gather(&mut net, &target, options, plan.seats(), &place)?;
    let sampler = Sampler::start(&target, Duration::from_secs(arguments.sample));
    let span = course::run(&mut net, &mut soak, &target, options)?;
    let samples = sampler.finish()?;
    let too_slow = http::get(target.address, "/metrics").and_then(|told| closed_as_slow(&told));
    let setup = Setup {
        command: "soak",
        timed: "to each fast reader",
        connections: plan.seats(),
        opened_per_second: gathered.per_second,
        flags: flags(arguments, plan),
    };
    let begun = soak.begun() as f64 / SECOND as f64;
    let while_measured = begun..=begun + span.seconds;
    let measured: Vec<Sample> = samples.into_iter().filter(|sample| while_measured.contains(&sample.at)).collect();
    let trends = trends(&measured);
    let (latency, churn) = (soak.latency, soak.churn);
    Report::new(setup, options, &target, &span, soak.counts)
        .with("left by a goodbye", churn.goodbyes as f64)
        .with("left by a cut", churn.cuts as f64)
        .with("slow readers lost and back", churn.slow_lost as f64)
        .with("not read by them in the end", churn.unread as f64)
        .with("closed as too slow (4100)", too_slow.unwrap_or(0.0))
        .section(flatness(&trends))
        .section(table(&latency))
        .section(ratios(&latency))
        .samples(&measured)?
        .failures(failures(&trends, &target))
        .publish(options)
}

fn flags(arguments: &Arguments, plan: Plan) -> serde_json::Value {
    let options = &arguments.options;
    json!({ "connections": plan.seats(), "rooms": plan.rooms, "members": plan.members, "rate": arguments.rate,
        "churn": arguments.churn, "slow": arguments.slow, "stall": arguments.stall, "queue": arguments.queue,
        "phase": plan::phase(options.duration()).as_secs_f64(), "payload": options.payload_or(PAYLOAD),
        "sample": arguments.sample, "duration": options.duration, "warm_up": options.warm_up, "ramp": options.ramp })
}

/// A slow reader must be seen as slow by the server, not by the kernel alone.
fn line(kind: Kind) -> Line {
    if kind == Kind::Slow { Line::Narrow } else { Line::Usual }
}

fn closed_as_slow(told: &str) -> Option<f64> {
    metrics::sum_where(told, "tutti_connections_closed_total", "code=\"4100\"")
}

/// What is known of each figure of the server.
fn trends(samples: &[Sample]) -> Vec<(&'static str, Option<Trend>)> {
    let of = |value: &dyn Fn(&Sample) -> Option<f64>, allowance: f64| {
        let known: Vec<(f64, f64)> = samples.iter().filter_map(|sample| Some((sample.at, value(sample)?))).collect();
        trend(&known, allowance)
    };
    vec![
        ("resident bytes", of(&|sample| Some(sample.memory?.resident as f64), ALLOWED_BYTES)),
        ("anonymous bytes", of(&|sample| Some(sample.memory?.anonymous as f64), ALLOWED_BYTES)),
        ("open files", of(&|sample| Some(sample.files? as f64), ALLOWED_COUNT)),
        ("threads", of(&|sample| Some(sample.threads? as f64), ALLOWED_COUNT)),
        ("tasks", of(&|sample| sample.tasks, ALLOWED_COUNT)),
        ("connections", of(&|sample| sample.connections, ALLOWED_COUNT)),
    ]
}

fn flatness(trends: &[(&'static str, Option<Trend>)]) -> Section {
    let section = Section::new("server", &["first quarter", "last quarter", "per hour"]);
    trends.iter().fold(section, |section, (name, trend)| match trend {
        Some(trend) => {
            let word = if trend.flat { "flat" } else { "not flat" };
            let figures = [trend.first_quarter, trend.last_quarter, trend.per_hour].map(f64::round);
            section.row(&format!("{name}: {word}"), &figures)
        }
        None => section.row(&format!("{name}: not known"), &[]),
    })
}

/// What grew, and what should be known and is not.
fn failures(trends: &[(&'static str, Option<Trend>)], target: &Target) -> Vec<String> {
    let grown = trends.iter().filter(|(_, trend)| trend.is_some_and(|trend| !trend.flat));
    let mut failures: Vec<String> = grown.map(|(name, _)| format!("{name} are not flat")).collect();
    if target.started && trends.iter().take(3).any(|(_, trend)| trend.is_none()) {
        failures.push("memory or files of the server are not known, or were looked at too seldom".to_owned());
    }
    failures
}

/// How fast the fast readers had their messages.
fn table(latency: &Latency) -> Section {
    let [with, without] = [&latency.with_slow_readers, &latency.without_slow_readers];
    Section::of_times("fast readers' latency")
        .times("slow ones slow, rooms with slow ones", &with.slow)
        .times("slow ones slow, rooms without", &without.slow)
        .times("all read, rooms with slow ones", &with.reading)
        .times("all read, rooms without", &without.reading)
}

/// What slow readers cost the fast ones: beside rooms without any, and beside the time in which they read.
fn ratios(latency: &Latency) -> Section {
    let [with, without] = [&latency.with_slow_readers, &latency.without_slow_readers];
    Section::of_ratios("times as long")
        .ratio("rooms with slow ones to without, slow", &with.slow, &without.slow)
        .ratio("rooms with slow ones to without, all read", &with.reading, &without.reading)
        .ratio("slow to all read, rooms with slow ones", &with.slow, &with.reading)
        .ratio("slow to all read, rooms without", &without.slow, &without.reading)
}

/// The user on a seat has a token for as long as the measurement can last.
fn tokens(target: &Target, seats: usize) -> Result<Vec<Option<String>>> {
    (0..seats).map(|seat| target.token(seat)).collect::<Result<_>>().context("no tokens")
}
