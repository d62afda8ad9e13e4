//! When users were last here.

use async_trait::async_trait;
use rusqlite::params;
use tutti_core::Failure;
use tutti_presence::Store;
use tutti_protocol::{Timestamp, UserId};

use super::{SqliteStore, sql};

const READ: &str = "SELECT user_id, at FROM last_seen WHERE user_id IN (SELECT value FROM json_each(?1))";
const SAVE: &str = "INSERT INTO last_seen (user_id, at) VALUES (?1, ?2)
    ON CONFLICT (user_id) DO UPDATE SET at = excluded.at WHERE excluded.at > at";

#[async_trait]
impl Store for SqliteStore {
    async fn last_seen(&self, users: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Failure> {
        let users = sql::json(users)?;
        Ok(self
            .read(move |sql| sql::all(sql, READ, [users], |row| Ok((sql::user(row, 0)?, sql::time(row, 1)?))))
            .await?)
    }

    async fn save_last_seen(&self, seen: &[(UserId, Timestamp)]) -> Result<(), Failure> {
        let seen = seen.to_vec();
        let saved = self.write(move |tx| {
            for (user, at) in &seen {
                sql::run(tx.sql, SAVE, params![user.as_str(), at.millis()])?;
            }
            Ok(())
        });
        Ok(saved.await?)
    }
}
