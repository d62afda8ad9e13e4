//! What the gateway counts. Each server has its own registry, so that several can live in one test process.

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use tutti_protocol::CloseCode;
use tutti_protocol::operator::TransportKind;

/// Which transport a connection uses.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct TransportLabel {
    /// `websocket`, `sse` or `poll`.
    pub transport: &'static str,
}

impl From<TransportKind> for TransportLabel {
    fn from(transport: TransportKind) -> Self {
        Self { transport: transport.name() }
    }
}

/// Why a connection ended.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
pub struct CloseLabel {
    /// The close code.
    pub code: u16,
}

/// Counters and gauges of the gateway.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Open connections by transport.
    pub connections: Family<TransportLabel, Gauge>,
    /// Connections that were ever authenticated.
    pub opened: Family<TransportLabel, Counter>,
    /// Connections the server closed, by code.
    pub closed: Family<CloseLabel, Counter>,
    /// Frames received.
    pub frames_in: Counter,
    /// Pushes delivered to a connection.
    pub frames_out: Counter,
    /// Ephemeral frames dropped for slow connections.
    pub frames_dropped: Counter,
    /// Requests answered with an error.
    pub errors: Counter,
    /// Connections looked over for pings and expiry.
    pub connections_checked: Counter,
}

impl Metrics {
    /// Makes the metrics known under their names.
    pub fn register(&self, registry: &mut Registry) {
        registry.register("tutti_connections", "Open connections", self.connections.clone());
        registry.register("tutti_connections_opened", "Authenticated connections", self.opened.clone());
        registry.register("tutti_connections_closed", "Connections closed by the server", self.closed.clone());
        registry.register("tutti_frames_received", "Frames received", self.frames_in.clone());
        registry.register("tutti_frames_delivered", "Pushes delivered", self.frames_out.clone());
        registry.register("tutti_frames_dropped", "Ephemeral frames dropped", self.frames_dropped.clone());
        registry.register("tutti_request_errors", "Requests answered with an error", self.errors.clone());
        registry.register(
            "tutti_connections_checked",
            "Connections looked over for pings and expiry",
            self.connections_checked.clone(),
        );
    }

    /// Counts a connection as open until the guard is dropped.
    #[must_use]
    pub fn open(&self, transport: TransportKind) -> OpenGuard {
        let label = TransportLabel::from(transport);
        self.opened.get_or_create(&label).inc();
        let gauge = self.connections.get_or_create(&label).clone();
        gauge.inc();
        OpenGuard(gauge)
    }

    /// Counts a connection that the server closed.
    pub fn close(&self, code: CloseCode) {
        self.closed.get_or_create(&CloseLabel { code: code.number() }).inc();
    }

    /// How many connections are open over a transport.
    #[must_use]
    pub fn open_now(&self, transport: TransportKind) -> u64 {
        let open = self.connections.get(&transport.into()).map_or(0, |gauge| gauge.get());
        u64::try_from(open).unwrap_or(0)
    }

    /// How many connections were ever open over a transport.
    #[must_use]
    pub fn ever_opened(&self, transport: TransportKind) -> u64 {
        self.opened.get(&transport.into()).map_or(0, |counter| counter.get())
    }

    /// How many connections the server closed with this code.
    #[must_use]
    pub fn closed_with(&self, code: CloseCode) -> u64 {
        self.closed.get(&CloseLabel { code: code.number() }).map_or(0, |counter| counter.get())
    }
}

/// Counts a connection as open while it lives.
#[derive(Debug)]
pub struct OpenGuard(Gauge);

impl Drop for OpenGuard {
    fn drop(&mut self) {
        self.0.dec();
    }
}
