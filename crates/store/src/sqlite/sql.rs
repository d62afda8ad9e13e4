//! Small helpers around rusqlite: cached statements, and values on their way in and out.

use rusqlite::{Connection, Params, Row};
use tutti_protocol::chat::{ConversationKind, Role};
use tutti_protocol::{Timestamp, UserId};

use crate::fault::Fault;

/// Runs a statement and says how many rows it changed.
pub(crate) fn run(connection: &Connection, sql: &str, params: impl Params) -> Result<usize, Fault> {
    Ok(connection.prepare_cached(sql)?.execute(params)?)
}

/// All rows.
pub(crate) fn all<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    mut read: impl FnMut(&Row<'_>) -> Result<T, Fault>,
) -> Result<Vec<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(read(row)?);
    }
    Ok(items)
}

/// The first row, if there is one.
pub(crate) fn first<T>(
    connection: &Connection,
    sql: &str,
    params: impl Params,
    read: impl FnOnce(&Row<'_>) -> Result<T, Fault>,
) -> Result<Option<T>, Fault> {
    let mut statement = connection.prepare_cached(sql)?;
    let mut rows = statement.query(params)?;
    rows.next()?.map(read).transpose()
}

/// The number in the first column of the first row; zero when there is none.
pub(crate) fn number(connection: &Connection, sql: &str, params: impl Params) -> Result<u64, Fault> {
    Ok(first(connection, sql, params, |row| uint(row, 0))?.unwrap_or(0))
}

/// Whether there is any row.
pub(crate) fn exists(connection: &Connection, sql: &str, params: impl Params) -> Result<bool, Fault> {
    Ok(first(connection, sql, params, |_| Ok(()))?.is_some())
}

/// A count or position as the database holds it. None of ours comes near the end of the range.
pub(crate) fn int(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A page size as the database takes it.
pub(crate) fn limit(value: usize) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}

/// A count, position or id; null and negative numbers, which none is, read as zero.
pub(crate) fn uint(row: &Row<'_>, column: usize) -> Result<u64, Fault> {
    Ok(u64::try_from(row.get::<_, Option<i64>>(column)?.unwrap_or(0)).unwrap_or(0))
}

/// A time.
pub(crate) fn time(row: &Row<'_>, column: usize) -> Result<Timestamp, Fault> {
    Ok(Timestamp::from_millis(row.get(column)?))
}

/// A time, or none.
pub(crate) fn maybe_time(row: &Row<'_>, column: usize) -> Result<Option<Timestamp>, Fault> {
    Ok(row.get::<_, Option<i64>>(column)?.map(Timestamp::from_millis))
}

/// A user's id.
pub(crate) fn user(row: &Row<'_>, column: usize) -> Result<UserId, Fault> {
    let text = row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)?;
    UserId::new(text).map_err(|_| Fault::Corrupt("user id"))
}

/// A role.
pub(crate) fn role(row: &Row<'_>, column: usize) -> Result<Role, Fault> {
    match row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)? {
        "member" => Ok(Role::Member),
        "admin" => Ok(Role::Admin),
        "owner" => Ok(Role::Owner),
        _ => Err(Fault::Corrupt("role")),
    }
}

/// A role as the database holds it.
pub(crate) fn role_text(role: Role) -> &'static str {
    match role {
        Role::Member => "member",
        Role::Admin => "admin",
        Role::Owner => "owner",
    }
}

/// A kind of conversation.
pub(crate) fn kind(row: &Row<'_>, column: usize) -> Result<ConversationKind, Fault> {
    match row.get_ref(column)?.as_str().map_err(rusqlite::Error::from)? {
        "direct" => Ok(ConversationKind::Direct),
        "group" => Ok(ConversationKind::Group),
        _ => Err(Fault::Corrupt("conversation kind")),
    }
}

/// A kind of conversation as the database holds it.
pub(crate) fn kind_text(kind: ConversationKind) -> &'static str {
    match kind {
        ConversationKind::Direct => "direct",
        ConversationKind::Group => "group",
    }
}

/// Values as a JSON list, for `IN (SELECT value FROM json_each(...))`: however many, one parameter.
pub(crate) fn json<T: serde::Serialize>(values: &[T]) -> Result<String, Fault> {
    Ok(serde_json::to_string(values)?)
}
