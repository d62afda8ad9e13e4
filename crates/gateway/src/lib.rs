//! Connections: WebSocket, Server-Sent Events, long poll and one-off commands, and the hub that fans frames out to them.
//!
//! All transports share one session (who is calling, which commands are in flight) and one peer (what is waiting to be
//! read). What is deliberately absent: every domain. A frame is decoded here and handed to the [`Application`]; what a
//! message or a presence is, this crate never learns. Turning failures into HTTP answers is `api`'s.

pub mod application;
pub mod commands;
pub mod config;
pub mod credentials;
pub mod gap;
pub mod hub;
pub mod inspect;
pub mod listener;
pub mod metrics;
pub mod opening;
pub mod openings;
pub mod outbound;
pub mod peer;
pub mod poll;
pub mod registry;
pub mod session;
pub mod sse;
pub mod tail;
pub mod wire;
pub mod ws;

use std::sync::Arc;

use tutti_core::{Caller, Clock, Snowflake, Tail, Tasks};
use tutti_protocol::{CloseCode, Timestamp};

pub use application::{Application, Replay, ReplayedFrame, Standing};
pub use config::Config;
pub use hub::Hub;
pub use metrics::Metrics;
pub use session::Session;

/// What every transport needs.
pub struct Gateway {
    /// Delivers.
    pub hub: Arc<Hub>,
    /// Answers.
    pub app: Arc<dyn Application>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// Owns the connection tasks.
    pub tasks: Tasks,
    /// Names connections.
    pub ids: Arc<Snowflake>,
    /// Which connections there are, in all and by user.
    pub registry: Arc<registry::Registry>,
    /// How many sessions are being opened.
    pub openings: openings::Openings,
    /// Open SSE streams, so that commands posted beside one can act for it.
    pub streams: sse::Streams,
    /// Tells operators what happens.
    pub tail: Arc<Tail>,
    /// Counts and times.
    pub metrics: Arc<Metrics>,
    /// When the server was started.
    pub started_at: Timestamp,
    /// The bounds.
    pub config: Config,
}

impl Gateway {
    /// The close code of a caller whose token is no longer good.
    fn standing(&self, caller: &Caller, now: Timestamp) -> Option<CloseCode> {
        if caller.expired(now) {
            Some(CloseCode::TokenExpired)
        } else if self.app.revoked(caller) {
            Some(CloseCode::Revoked)
        } else {
            None
        }
    }

    /// What a close frame says beside its code. A client that may come back is told when, and each is told another time,
    /// so that they do not all come back in the same moment.
    fn close_reason(&self, code: CloseCode) -> String {
        let reason = code.reason();
        if !matches!(code, CloseCode::Draining | CloseCode::GoingAway) {
            return reason.to_owned();
        }
        let wait = self.openings.when_to_return(self.registry.len(), self.clock.now());
        format!("{reason}; retry_after_ms={}", wait.as_millis())
    }
}
