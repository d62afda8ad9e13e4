//! What the command line does with a database file, whether or not a server has it open: copy it, look it over.

use std::path::Path;

use rusqlite::{Connection, OpenFlags};

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

fn reading(path: &Path) -> rusqlite::Result<Connection> {
    Connection::open_with_flags(path, OpenFlags::SQLITE_OPEN_READ_WRITE)
}
