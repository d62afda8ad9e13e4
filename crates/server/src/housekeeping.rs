//! What is forgotten from time to time, so that nothing grows for ever: old events, old answers, idle limiters and
//! channels.

use std::sync::Arc;
use std::time::Duration;

use tutti_api::Api;
use tutti_core::{Clock, Failure, Tasks, idempotency, snowflake};
use tutti_protocol::EventId;

use crate::storage::Stores;

/// How often.
const INTERVAL: Duration = Duration::from_secs(60);

/// Forgets what has had its time.
pub struct Housekeeping {
    /// Where events and answers are kept.
    pub stores: Arc<Stores>,
    /// Where operations are counted.
    pub api: Arc<Api>,
    /// Where channels live.
    pub channels: Arc<tutti_channels::Service>,
    /// Where revocations are kept.
    pub access: Arc<tutti_access::Service>,
    /// Tells the time.
    pub clock: Arc<dyn Clock>,
    /// How long events are kept.
    pub keep_events: Duration,
}

impl Housekeeping {
    /// Runs until the server stops.
    pub async fn run(&self, tasks: &Tasks) {
        loop {
            tokio::select! {
                () = tasks.stopping() => return,
                () = self.clock.sleep(INTERVAL) => {}
            }
            if let Err(failure) = self.forget().await {
                tracing::warn!(%failure, "housekeeping failed, trying again later");
            }
        }
    }

    async fn forget(&self) -> Result<(), Failure> {
        let now = self.clock.now();
        self.api.forget_idle();
        self.channels.sweep().await;
        self.access.prune().await?;
        self.stores.idempotency.prune(now - idempotency::KEEP).await?;
        self.stores.chat.prune(EventId(snowflake::first_at(now - self.keep_events))).await?;
        Ok(())
    }
}
