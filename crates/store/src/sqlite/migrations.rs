//! The schema and its history. A migration, once released, is never edited: add another one.

use rusqlite::Connection;

use super::OpenError;

/// All migrations; the database's `user_version` says how many of them it has had.
const MIGRATIONS: &[&str] =
    &[include_str!("../../migrations/0001_initial.sql"), include_str!("../../migrations/0002_api_keys.sql")];

/// Brings a database to this program's schema, each step in its own transaction.
pub(super) fn migrate(connection: &mut Connection) -> Result<(), OpenError> {
    let found = version(connection)?;
    for (version, sql) in (1_u32..).zip(MIGRATIONS).filter(|(version, _)| *version > found) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
        tracing::info!(version, "the database was migrated");
    }
    Ok(())
}

/// Says no to a database that has another schema than this program's, for those who must not migrate it.
pub(super) fn check_current(connection: &Connection) -> Result<(), OpenError> {
    let (found, known) = (version(connection)?, known());
    if found < known { Err(OpenError::TooOld { found, known }) } else { Ok(()) }
}

/// The version of a database that is none too new.
fn version(connection: &Connection) -> Result<u32, OpenError> {
    let found: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    let known = known();
    if found > known { Err(OpenError::TooNew { found, known }) } else { Ok(found) }
}

fn known() -> u32 {
    u32::try_from(MIGRATIONS.len()).unwrap_or(u32::MAX)
}
