//! The result: the same figures as a table for people and as JSON for programs.

use std::fmt;
use std::path::Path;

use anyhow::{Context as _, Result};
use serde::Serialize;
use serde_json::Value;

use crate::check::Tally;
use crate::counts::Counts;
use crate::course::Span;
use crate::dialect::Dialect;
use crate::figures::Figures;
use crate::options::Options;
use crate::section::Section;
use crate::target::Target;

/// The result of a measurement.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Of this program.
    pub(crate) version: &'static str,
    pub(crate) command: &'static str,
    pub(crate) dialect: Dialect,
    pub(crate) server: String,
    /// The flags, with their defaults.
    pub(crate) setup: Value,
    pub(crate) seconds: f64,
    pub(crate) connections: usize,
    pub(crate) connections_opened_per_second: f64,
    pub(crate) messages: u64,
    pub(crate) messages_per_second: f64,
    pub(crate) deliveries: u64,
    pub(crate) deliveries_per_second: f64,
    pub(crate) bytes_received: u64,
    pub(crate) bytes_sent: u64,
    /// What the times are times of.
    pub(crate) timed: &'static str,
    pub(crate) milliseconds: Figures,
    pub(crate) errors: u64,
    pub(crate) lost_connections: u64,
    #[serde(flatten)]
    pub(crate) tally: Tally,
    pub(crate) first_trouble: Option<String>,
    /// Processor time of the server in microseconds, when its process is known.
    pub(crate) server_us_per_delivery: Option<f64>,
    pub(crate) server_us_per_message: Option<f64>,
    /// Of how many cores the server and this program kept busy.
    pub(crate) server_cores: Option<f64>,
    pub(crate) client_cores: f64,
    pub(crate) client_us_per_delivery: Option<f64>,
    /// Reads that brought something here; the server cannot have written less often.
    pub(crate) reads_per_delivery: Option<f64>,
    pub(crate) commits: Option<u64>,
    pub(crate) load_average: f64,
    /// What only this command tells.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) details: Vec<Detail>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(crate) sections: Vec<Section>,
    /// What it was made from, for programs.
    #[serde(skip_serializing_if = "Value::is_null")]
    pub(crate) samples: Value,
    /// What else is not as it should be.
    pub(crate) failures: Vec<String>,
}

/// A figure that only one command has.
#[derive(Debug, Serialize)]
pub(crate) struct Detail {
    pub(crate) name: &'static str,
    pub(crate) value: f64,
}

/// What a command was asked to do.
pub(crate) struct Setup {
    pub(crate) command: &'static str,
    pub(crate) timed: &'static str,
    pub(crate) connections: usize,
    pub(crate) opened_per_second: f64,
    pub(crate) flags: Value,
}

impl Report {
    /// Puts the figures together.
    pub(crate) fn new(setup: Setup, options: &Options, target: &Target, span: &Span, counts: Counts) -> Self {
        let each = |nanoseconds: u64, count: u64| (count > 0).then(|| nanoseconds as f64 / 1e3 / count as f64);
        let cores = |nanoseconds: u64| nanoseconds as f64 / 1e9 / span.seconds;
        let rate = |count: u64| count as f64 / span.seconds;
        Self {
            version: env!("CARGO_PKG_VERSION"),
            command: setup.command,
            dialect: options.dialect,
            server: target.described(),
            setup: setup.flags,
            seconds: span.seconds,
            connections: setup.connections,
            connections_opened_per_second: setup.opened_per_second,
            messages: span.messages,
            messages_per_second: rate(span.messages),
            deliveries: span.deliveries,
            deliveries_per_second: rate(span.deliveries),
            bytes_received: span.traffic.bytes_in,
            bytes_sent: span.traffic.bytes_out,
            timed: setup.timed,
            milliseconds: counts.times.figures(),
            errors: counts.errors,
            lost_connections: counts.lost_connections,
            tally: counts.tally,
            first_trouble: counts.first_trouble,
            server_us_per_delivery: span.server.and_then(|server| each(server, span.deliveries)),
            server_us_per_message: span.server.and_then(|server| each(server, span.messages)),
            server_cores: span.server.map(cores),
            client_cores: cores(span.client),
            client_us_per_delivery: each(span.client, span.deliveries),
            reads_per_delivery: (span.deliveries > 0).then(|| span.traffic.reads as f64 / span.deliveries as f64),
            commits: span.commits,
            load_average: span.load_average,
            details: Vec::new(),
            sections: Vec::new(),
            samples: Value::Null,
            failures: Vec::new(),
        }
    }

    /// Adds a figure that only this command has.
    pub(crate) fn with(mut self, name: &'static str, value: f64) -> Self {
        self.details.push(Detail { name, value });
        self
    }

    /// Adds a table that only this command has.
    pub(crate) fn section(mut self, section: Section) -> Self {
        self.sections.push(section);
        self
    }

    /// Adds what a table was made from.
    pub(crate) fn samples(mut self, samples: &impl Serialize) -> Result<Self> {
        self.samples = serde_json::to_value(samples)?;
        Ok(self)
    }

    /// Adds what else is not as it should be.
    pub(crate) fn failures(mut self, failures: impl IntoIterator<Item = String>) -> Self {
        self.failures.extend(failures);
        self
    }

    /// Whether everything arrived: once, in order, nothing was refused, and the command itself found nothing.
    pub(crate) fn is_good(&self) -> bool {
        let arrived = self.tally.is_clean() && self.errors == 0 && self.lost_connections == 0;
        arrived && self.failures.is_empty()
    }

    /// Hands it to whoever asked. Returns whether it is good.
    pub(crate) fn publish(&self, options: &Options) -> Result<bool> {
        if let Some(path) = &options.json {
            let text = serde_json::to_string_pretty(self)? + "\n";
            if options.json_to_stdout() {
                print!("{text}");
            } else {
                write(path, &text)?;
            }
        }
        if !options.json_to_stdout() {
            print!("{self}");
        }
        Ok(self.is_good())
    }

    fn rows(&self) -> Vec<(String, String)> {
        let opened = format!("{} (opened {:.0}/s)", self.connections, self.connections_opened_per_second);
        let Figures { p50, p95, p99, max } = self.milliseconds;
        let megabytes = |bytes: u64| format!("{:.1} MB", bytes as f64 / 1e6);
        let us = |us: Option<f64>| us.map(|us| format!("{us:.2} us"));
        let mut rows: Vec<(&str, Option<String>)> = vec![
            ("connections", Some(opened)),
            ("messages", Some(format!("{} ({:.0}/s)", self.messages, self.messages_per_second))),
            ("deliveries", Some(format!("{} ({:.0}/s)", self.deliveries, self.deliveries_per_second))),
            ("received, sent", Some(format!("{}, {}", megabytes(self.bytes_received), megabytes(self.bytes_sent)))),
            (
                self.timed,
                (max > 0.0).then(|| format!("p50 {p50:.2} ms, p95 {p95:.2} ms, p99 {p99:.2} ms, max {max:.2} ms")),
            ),
            ("errors", Some(format!("{}, connections lost {}", self.errors, self.lost_connections))),
            ("lost", Some(self.tally.lost.to_string())),
            ("repeated", Some(self.tally.repeated.to_string())),
            ("out of order", Some(self.tally.out_of_order.to_string())),
            ("strange", (self.tally.strange > 0).then(|| self.tally.strange.to_string())),
            ("first trouble", self.first_trouble.clone()),
            ("server CPU per delivery", us(self.server_us_per_delivery)),
            ("server CPU per message", us(self.server_us_per_message)),
            ("server CPU", self.server_cores.map(|cores| format!("{cores:.2} cores"))),
            ("client CPU", Some(format!("{:.2} cores", self.client_cores))),
            ("client CPU per delivery", us(self.client_us_per_delivery)),
            ("reads per delivery", self.reads_per_delivery.map(|reads| format!("{reads:.3}"))),
            ("commits", self.commits.map(|commits| commits.to_string())),
            ("load average", Some(format!("{:.2}", self.load_average))),
        ];
        rows.extend(self.details.iter().map(|detail| (detail.name, Some(format!("{:.1}", detail.value)))));
        rows.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).with_context(|| format!("{} cannot be written", path.display()))
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "tutti bench {} {}: {}, {:.1} s", self.version, self.command, self.server, self.seconds)?;
        for (name, value) in self.rows() {
            writeln!(f, "  {name:<28}{value}")?;
        }
        self.sections.iter().try_for_each(|section| write!(f, "{section}"))?;
        self.failures.iter().try_for_each(|failure| writeln!(f, "  not as it should be: {failure}"))?;
        Ok(())
    }
}
