//! The log of chat events as consumers read it.

use async_trait::async_trait;
use rusqlite::params;
use tutti_chat::Recorded;
use tutti_core::Failure;
use tutti_core::outbox::Log;
use tutti_protocol::EventId;

use super::events;
use crate::sqlite::{SqliteStore, sql};

pub(super) const AFTER: &str = select_events!("WHERE e.event_id > ?1 ORDER BY e.event_id LIMIT ?2");
const CURSOR: &str = "SELECT event_id FROM outbox_cursors WHERE name = ?1";
const ADVANCE: &str = "INSERT INTO outbox_cursors (name, event_id) VALUES (?1, ?2)
    ON CONFLICT (name) DO UPDATE SET event_id = excluded.event_id";

#[async_trait]
impl Log<Recorded> for SqliteStore {
    async fn after(&self, event: EventId, limit: usize) -> Result<Vec<Recorded>, Failure> {
        let found = self.read(move |sql| {
            let params = params![event.as_i64(), sql::limit(limit)];
            let mut found = sql::all(sql, AFTER, params, events::from_row)?;
            events::complete(sql, &mut found)?;
            Ok(found)
        });
        Ok(found.await?)
    }

    async fn cursor(&self, consumer: &str) -> Result<EventId, Failure> {
        let name = consumer.to_owned();
        Ok(self.read(move |sql| sql::number(sql, CURSOR, [name])).await.map(EventId)?)
    }

    async fn advance(&self, consumer: &str, event: EventId) -> Result<(), Failure> {
        let name = consumer.to_owned();
        Ok(self.write(move |tx| sql::run(tx.sql, ADVANCE, params![name, event.as_i64()]).map(drop)).await?)
    }
}
