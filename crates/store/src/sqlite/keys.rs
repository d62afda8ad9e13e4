//! The table of API keys, for the store and for the command line beside it.

use rusqlite::{Connection, Row, params};
use tutti_access::key::SecretHash;
use tutti_access::{ApiKey, KeyId, Scope, StoredKey};

use super::sql;
use crate::fault::Fault;

const SAVE: &str = "INSERT INTO api_keys (id, name, scopes, created_at, secret_hash) VALUES (?1, ?2, ?3, ?4, ?5)";
const ALL: &str = "SELECT id, name, scopes, created_at FROM api_keys ORDER BY created_at, id";
const ONE: &str = "SELECT id, name, scopes, created_at, secret_hash FROM api_keys WHERE id = ?1";
const REMOVE: &str = "DELETE FROM api_keys WHERE id = ?1";

/// Keeps a key. One whose id is taken is refused by the table.
pub(super) fn save(connection: &Connection, stored: &StoredKey) -> Result<(), Fault> {
    let StoredKey { key, secret_hash } = stored;
    let scopes = key.scopes.iter().map(|scope| scope.as_str()).collect::<Vec<_>>().join(" ");
    let params = params![key.id.as_str(), key.name, scopes, key.created_at.millis(), secret_hash.as_bytes()];
    sql::run(connection, SAVE, params).map(drop)
}

/// All keys, oldest first.
pub(super) fn all(connection: &Connection) -> Result<Vec<ApiKey>, Fault> {
    sql::all(connection, ALL, [], api_key)
}

/// The key with this id.
pub(super) fn one(connection: &Connection, id: &KeyId) -> Result<Option<StoredKey>, Fault> {
    sql::first(connection, ONE, [id.as_str()], |row| {
        Ok(StoredKey { key: api_key(row)?, secret_hash: SecretHash::from_bytes(row.get(4)?) })
    })
}

/// Forgets a key. Returns whether there was one.
pub(super) fn remove(connection: &Connection, id: &KeyId) -> Result<bool, Fault> {
    Ok(sql::run(connection, REMOVE, [id.as_str()])? > 0)
}

fn api_key(row: &Row<'_>) -> Result<ApiKey, Fault> {
    let id = row.get_ref(0)?.as_str().map_err(rusqlite::Error::from)?;
    let words = row.get_ref(2)?.as_str().map_err(rusqlite::Error::from)?;
    let scopes: Result<Vec<Scope>, _> = words.split_ascii_whitespace().map(str::parse).collect();
    Ok(ApiKey {
        id: id.parse().map_err(|_| Fault::Corrupt("API key id"))?,
        name: row.get(1)?,
        scopes: scopes.map_err(|_| Fault::Corrupt("scope"))?,
        created_at: sql::time(row, 3)?,
    })
}
