//! What the command line does with a database file, whether or not a server has it open: copy it, look it over, keep
//! its API keys.
//!
//! Nothing here makes a database or migrates one: that is for the server that owns it.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};
use tutti_access::{ApiKey, KeyId, StoredKey};

use super::{OpenError, keys, migrations};
use crate::fault::Fault;

/// How long to wait for a server that is writing. Its transactions are short, but may follow one another closely.
const BUSY: Duration = Duration::from_secs(30);

/// Copies a database into a new file, in one consistent state.
///
/// # Errors
/// The database cannot be read, or the copy exists already or cannot be written.
pub fn backup(from: &Path, to: &Path) -> rusqlite::Result<()> {
    let sql = reading(from)?;
    sql.execute("VACUUM INTO ?1", [to.to_string_lossy()])?;
    Ok(())
}

/// Looks a database over for damage.
///
/// # Errors
/// What is wrong with it, in SQLite's words.
pub fn check(path: &Path) -> Result<(), String> {
    let sql = reading(path).map_err(|error| error.to_string())?;
    let said: String =
        sql.query_row("PRAGMA quick_check(1)", [], |row| row.get(0)).map_err(|error| error.to_string())?;
    if said == "ok" { Ok(()) } else { Err(said) }
}

/// The API keys of a database. A server that has it open sees each change with the next request.
pub struct OfflineKeys {
    sql: Connection,
}

/// Why the keys could not be read or changed.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct KeysError(#[from] Fault);

impl OfflineKeys {
    /// Opens a database that a server of this version has made or migrated.
    ///
    /// # Errors
    /// [`OpenError::TooOld`], [`OpenError::TooNew`], or the database cannot be opened.
    pub fn open(path: &Path) -> Result<Self, OpenError> {
        let sql = reading(path)?;
        sql.busy_timeout(BUSY)?;
        sql.pragma_update(None, "synchronous", "FULL")?;
        migrations::check_current(&sql)?;
        Ok(Self { sql })
    }

    /// Keeps a key, durably.
    ///
    /// # Errors
    /// The id is taken, or the database cannot be written.
    pub fn save(&self, key: &StoredKey) -> Result<(), KeysError> {
        Ok(keys::save(&self.sql, key)?)
    }

    /// All keys, oldest first.
    ///
    /// # Errors
    /// The database cannot be read.
    pub fn list(&self) -> Result<Vec<ApiKey>, KeysError> {
        Ok(keys::all(&self.sql)?)
    }

    /// Forgets a key, durably. Returns whether there was one.
    ///
    /// # Errors
    /// The database cannot be written.
    pub fn remove(&self, id: &KeyId) -> Result<bool, KeysError> {
        Ok(keys::remove(&self.sql, id)?)
    }
}

fn reading(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}
