//! Revocations, the directory of people whose tokens were seen, and API keys.

use std::collections::HashMap;

use async_trait::async_trait;
use rusqlite::params;
use rusqlite::types::Value;
use tutti_access::{ApiKey, KeyId, Store, StoredKey};
use tutti_core::Failure;
use tutti_protocol::session::User;
use tutti_protocol::{Timestamp, UserId};

use super::{SqliteStore, keys, sql};
use crate::fault::Fault;

const REVOKE: &str = "INSERT INTO revocations (user_id, at) VALUES (?1, ?2)
    ON CONFLICT (user_id) DO UPDATE SET at = excluded.at WHERE excluded.at > at";
const REVOCATIONS: &str = "SELECT user_id, at FROM revocations";
const PRUNE: &str = "DELETE FROM revocations WHERE at < ?1";
/// A user who is known under this name already costs no write.
const PUT: &str = "INSERT INTO users (id, name, folded_id, folded_name) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (id) DO UPDATE SET name = excluded.name, folded_name = excluded.folded_name
    WHERE excluded.name IS NOT NULL AND name IS NOT excluded.name";
const ONE: &str = "SELECT id, name FROM users WHERE id = ?1";
const FIND: &str = "SELECT id, name FROM users
    WHERE (folded_id >= ?1 AND folded_id < ?2) OR (folded_name >= ?1 AND folded_name < ?2)
    ORDER BY coalesce(folded_name, folded_id), id LIMIT ?3";
const NAMES: &str = "SELECT id, name FROM users WHERE id IN (SELECT value FROM json_each(?1)) AND name IS NOT NULL";

/// The end of the texts that start with a prefix: the least text, as bytes compare, that is greater than all of them.
/// Where there is none, a blob will do, which SQLite holds to be greater than any text.
fn end_of(prefix: &str) -> Value {
    let mut start = prefix.to_owned();
    while let Some(last) = start.pop() {
        // The range of characters knows where the gap between them is.
        if let Some(next) = (last..=char::MAX).nth(1) {
            start.push(next);
            return Value::Text(start);
        }
    }
    Value::Blob(Vec::new())
}

/// The user of a row of id and name.
fn known(row: &rusqlite::Row<'_>) -> Result<User, Fault> {
    Ok(User { id: sql::user(row, 0)?, name: row.get(1)? })
}

#[async_trait]
impl Store for SqliteStore {
    async fn save_revocation(&self, user: &UserId, at: Timestamp) -> Result<(), Failure> {
        let user = user.clone();
        Ok(self.write(move |tx| sql::run(tx.sql, REVOKE, params![user.as_str(), at.millis()]).map(drop)).await?)
    }

    async fn revocations(&self) -> Result<Vec<(UserId, Timestamp)>, Failure> {
        let read = |row: &rusqlite::Row<'_>| Ok((sql::user(row, 0)?, sql::time(row, 1)?));
        Ok(self.read(move |sql| sql::all(sql, REVOCATIONS, [], read)).await?)
    }

    async fn prune_revocations(&self, before: Timestamp) -> Result<(), Failure> {
        Ok(self.write(move |tx| sql::run(tx.sql, PRUNE, [before.millis()]).map(drop)).await?)
    }

    async fn put_user(&self, user: &User) -> Result<(), Failure> {
        let user = user.clone();
        let put = self.write(move |tx| {
            let folded_id = user.id.as_str().to_ascii_lowercase();
            let folded_name = user.name.as_deref().map(str::to_ascii_lowercase);
            sql::run(tx.sql, PUT, params![user.id.as_str(), user.name, folded_id, folded_name]).map(drop)
        });
        Ok(put.await?)
    }

    async fn user(&self, id: &UserId) -> Result<Option<User>, Failure> {
        let id = id.clone();
        Ok(self.read(move |sql| sql::first(sql, ONE, [id.as_str()], known)).await?)
    }

    async fn users(&self, prefix: &str, limit: usize) -> Result<Vec<User>, Failure> {
        let prefix = prefix.to_ascii_lowercase();
        let found = self.read(move |sql| {
            let params = params![prefix, end_of(&prefix), sql::limit(limit)];
            sql::all(sql, FIND, params, known)
        });
        Ok(found.await?)
    }

    async fn names(&self, users: &[UserId]) -> Result<HashMap<UserId, String>, Failure> {
        let users = sql::json(users)?;
        let read = |row: &rusqlite::Row<'_>| Ok((sql::user(row, 0)?, row.get(1)?));
        Ok(self.read(move |sql| sql::all(sql, NAMES, [users], read)).await?.into_iter().collect())
    }

    async fn save_key(&self, key: &StoredKey) -> Result<(), Failure> {
        let key = key.clone();
        Ok(self.write(move |tx| keys::save(tx.sql, &key)).await?)
    }

    async fn keys(&self) -> Result<Vec<ApiKey>, Failure> {
        Ok(self.read(keys::all).await?)
    }

    async fn key(&self, id: &KeyId) -> Result<Option<StoredKey>, Failure> {
        let id = id.clone();
        Ok(self.read(move |sql| keys::one(sql, &id)).await?)
    }

    async fn remove_key(&self, id: &KeyId) -> Result<bool, Failure> {
        let id = id.clone();
        Ok(self.write(move |tx| keys::remove(tx.sql, &id)).await?)
    }
}
