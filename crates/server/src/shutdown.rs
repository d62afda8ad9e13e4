//! The end of a server, in order and within one deadline: take nobody in, send clients away (spread out), let what is
//! under way finish, flush the outbox, close the store.

use std::time::Duration;

use tutti_gateway::openings::Openings;
use tutti_protocol::{CloseCode, Timestamp};

use crate::app::Running;

/// Up to so many connections are sent away at once; more of them in this many steps, so that they do not all come
/// back to the other nodes in the same moment.
const AT_ONCE: usize = 100;
const STEPS: u32 = 20;
/// How often those who came late are sent away.
const LATECOMERS: Duration = Duration::from_millis(500);

impl Running {
    /// Stops the server. Returns whether everything ended in time.
    pub async fn stop(self) -> bool {
        let deadline = self.clock.now() + self.shutdown_time;
        self.groups.doors.begin_stop();
        self.send_clients_away(deadline).await;
        let left = || deadline.since(self.clock.now());
        let mut in_time = tokio::select! {
            in_time = self.groups.lines.stop(left()) => in_time,
            () = self.send_latecomers_away() => false,
        };
        in_time &= self.groups.doors.stop(left()).await;
        if let Err(error) = self.presence.close().await {
            tracing::warn!(%error, "who was here could not be remembered");
        }
        in_time &= self.flush_outbox(left()).await;
        in_time &= self.groups.back.stop(left()).await;
        self.stores.close().await;
        if !in_time {
            tracing::warn!("not everything ended in time");
        }
        in_time
    }

    /// Tells every client to come back, here or elsewhere, and not before the last of them was sent away: what ends
    /// after that takes little.
    async fn send_clients_away(&self, deadline: Timestamp) {
        let (connections, now) = (self.gateway.registry.len(), self.clock.now());
        let within = Openings::time_to_return(connections).min(deadline.since(now) / 2);
        self.gateway.openings.shut_until(now + within);
        let steps = if connections <= AT_ONCE { 1 } else { STEPS };
        for left in (1..=steps).rev() {
            self.gateway.hub.close_some(CloseCode::Draining, left as usize).await;
            if left > 1 {
                self.clock.sleep(within / steps).await;
            }
        }
    }

    /// Sends away those whose connection was just opening when the others were; never ends by itself.
    async fn send_latecomers_away(&self) {
        loop {
            self.clock.sleep(LATECOMERS).await;
            self.gateway.hub.close_some(CloseCode::Draining, 1).await;
        }
    }

    /// Lets the reactions see what was committed last.
    async fn flush_outbox(&self, within: Duration) -> bool {
        let all = async {
            for dispatcher in &self.dispatchers {
                while dispatcher.step().await? {}
            }
            Ok::<(), tutti_core::Failure>(())
        };
        match self.clock.timeout(within, all).await {
            Ok(Ok(())) => true,
            Ok(Err(failure)) => {
                tracing::warn!(%failure, "the outbox could not be flushed; it goes on at the next start");
                true
            }
            Err(_) => false,
        }
    }
}
