//! Answers kept under idempotency keys.

use async_trait::async_trait;
use rusqlite::{Row, params};
use tutti_core::Failure;
use tutti_core::idempotency::{Answer, KEEP, Key, Store};
use tutti_protocol::Timestamp;

use super::{SqliteStore, sql};
use crate::fault::Fault;

const GET: &str = "SELECT body_hash, status, body, at FROM idempotency_keys
    WHERE user_id = ?1 AND endpoint = ?2 AND key = ?3 AND at >= ?4";
/// An answer that is kept stays, unless it is too old to be given again.
const PUT: &str = "INSERT INTO idempotency_keys (user_id, endpoint, key, body_hash, status, body, at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)
    ON CONFLICT (user_id, endpoint, key) DO UPDATE
    SET body_hash = excluded.body_hash, status = excluded.status, body = excluded.body, at = excluded.at
    WHERE at < ?8";
/// As many as one transaction should hold others up for.
const PRUNE: &str = "DELETE FROM idempotency_keys
    WHERE id IN (SELECT id FROM idempotency_keys WHERE at < ?1 ORDER BY at LIMIT 1000)";

fn answer(row: &Row<'_>) -> Result<Answer, Fault> {
    Ok(Answer {
        body_hash: row.get(0)?,
        status: row.get(1)?,
        body: row.get::<_, Vec<u8>>(2)?.into(),
        at: sql::time(row, 3)?,
    })
}

#[async_trait]
impl Store for SqliteStore {
    async fn get(&self, key: &Key, not_before: Timestamp) -> Result<Option<Answer>, Failure> {
        let key = key.clone();
        let found = self.read(move |sql| {
            let params = params![key.user.as_str(), key.endpoint, key.key, not_before.millis()];
            sql::first(sql, GET, params, answer)
        });
        Ok(found.await?)
    }

    async fn put(&self, key: Key, answer: Answer) -> Result<(), Failure> {
        let oldest = (answer.at - KEEP).millis();
        let kept = self.write(move |tx| {
            let Answer { body_hash, status, body, at } = &answer;
            let (user, body) = (key.user.as_str(), body.as_ref());
            let params = params![user, key.endpoint, key.key, body_hash, status, body, at.millis(), oldest];
            sql::run(tx.sql, PUT, params).map(drop)
        });
        Ok(kept.await?)
    }

    async fn prune(&self, before: Timestamp) -> Result<(), Failure> {
        while self.write(move |tx| sql::run(tx.sql, PRUNE, [before.millis()])).await? > 0 {}
        Ok(())
    }
}
