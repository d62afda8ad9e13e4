//! Forgetting: old events, and what deleted conversations held. Each call removes a bounded number of rows, so that
//! others are not held up for long, and says whether to call again.

use rusqlite::params;
use tutti_protocol::EventId;

use crate::fault::Fault;
use crate::sqlite::sql;
use crate::sqlite::writer::Tx;

/// How much one transaction removes at most.
const BATCH: i64 = 500;

/// The last event of the next batch, if there is one.
pub(super) const LAST_OF_BATCH: &str = "SELECT max(event_id) FROM
    (SELECT event_id FROM events WHERE event_id < ?1 ORDER BY event_id LIMIT ?2)";
/// The plus keeps SQLite from grouping by way of an index over the whole log.
pub(super) const MARK_PRUNED: &str = "UPDATE conversations SET pruned_event_id = gone.newest
    FROM (SELECT conversation_id, max(event_id) AS newest FROM events WHERE event_id <= ?1 GROUP BY +conversation_id)
        AS gone
    WHERE id = gone.conversation_id";
const REMEMBER: &str = "INSERT INTO meta (name, value) VALUES ('pruned_event_id', ?1)
    ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)";
pub(super) const DROP_EVENTS: &str = "DELETE FROM events WHERE event_id <= ?1";

pub(super) const TO_PURGE: &str =
    "SELECT id FROM conversations WHERE deleted_event_id IS NOT NULL AND purged = 0 LIMIT 1";
pub(super) const BATCH_OF_MESSAGES: &str =
    "SELECT max(seq) FROM (SELECT seq FROM messages WHERE conversation_id = ?1 ORDER BY seq LIMIT ?2)";
pub(super) const DROP_REACTIONS: &str = "DELETE FROM reactions
    WHERE message_id IN (SELECT id FROM messages WHERE conversation_id = ?1 AND seq <= ?2)";
pub(super) const DROP_MENTIONS: &str = "DELETE FROM mentions WHERE (user_id, conversation_id, seq) IN
    (SELECT mentioned.value, m.conversation_id, m.seq FROM messages m, json_each(m.extra, '$.mentions') mentioned
        WHERE m.conversation_id = ?1 AND m.seq <= ?2)";
/// Events about messages that will be gone have nothing left to tell.
pub(super) const DROP_STORIES: &str = "DELETE FROM events WHERE event_id IN
    (SELECT event_id FROM events WHERE conversation_id = ?1 AND kind IN ('posted', 'edited') LIMIT ?2)";
pub(super) const DROP_MESSAGES: &str = "DELETE FROM messages WHERE conversation_id = ?1 AND seq <= ?2";
const PURGED: &str = "UPDATE conversations SET purged = 1, client_id = NULL, title = NULL, metadata = NULL
    WHERE id = ?1";

pub(super) const DROP_DEPARTURES: &str = "DELETE FROM members WHERE (conversation_id, user_id) IN
    (SELECT conversation_id, user_id FROM members WHERE left_event_id IS NOT NULL AND left_event_id < ?1 LIMIT ?2)";
/// Nothing speaks of them any more.
pub(super) const DROP_CONVERSATIONS: &str = "DELETE FROM conversations WHERE id IN (
    SELECT id FROM conversations c WHERE purged = 1 AND deleted_event_id < ?1
        AND NOT EXISTS (SELECT 1 FROM events e WHERE e.conversation_id = c.id)
        AND NOT EXISTS (SELECT 1 FROM members m WHERE m.conversation_id = c.id)
    LIMIT ?2)";

/// Removes events before one, and remembers for each conversation how far.
pub(super) fn events(tx: &mut Tx<'_>, before: EventId) -> Result<bool, Fault> {
    let last = sql::number(tx.sql, LAST_OF_BATCH, params![before.as_i64(), BATCH])?;
    if last == 0 {
        return Ok(false);
    }
    let last = [EventId(last).as_i64()];
    for statement in [MARK_PRUNED, REMEMBER, DROP_EVENTS] {
        sql::run(tx.sql, statement, last)?;
    }
    Ok(true)
}

/// Removes the content of deleted conversations.
pub(super) fn deleted(tx: &mut Tx<'_>) -> Result<bool, Fault> {
    let Some(id) = sql::first(tx.sql, TO_PURGE, [], |row| Ok(row.get::<_, i64>(0)?))? else { return Ok(false) };
    if sql::run(tx.sql, DROP_STORIES, [id, BATCH])? > 0 {
        return Ok(true);
    }
    let seq: Option<i64> = sql::first(tx.sql, BATCH_OF_MESSAGES, [id, BATCH], |row| Ok(row.get(0)?))?.flatten();
    let Some(seq) = seq else {
        sql::run(tx.sql, PURGED, [id])?;
        return Ok(true);
    };
    for statement in [DROP_REACTIONS, DROP_MENTIONS, DROP_MESSAGES] {
        sql::run(tx.sql, statement, [id, seq])?;
    }
    Ok(true)
}

/// Removes memberships that ended before an event, and then the deleted conversations that nobody remembers.
pub(super) fn departures(tx: &mut Tx<'_>, before: EventId) -> Result<bool, Fault> {
    let members = sql::run(tx.sql, DROP_DEPARTURES, params![before.as_i64(), BATCH])?;
    let conversations = sql::run(tx.sql, DROP_CONVERSATIONS, params![before.as_i64(), BATCH])?;
    Ok(members + conversations > 0)
}
