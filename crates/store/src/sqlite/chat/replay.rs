//! What somebody missed while they were away.

use std::cmp::Reverse;

use rusqlite::{Connection, params};
use tutti_chat::model::Replay;
use tutti_chat::{Config, Recorded};
use tutti_protocol::{ConversationId, EventId, UserId};

use super::events;
use crate::fault::Fault;
use crate::sqlite::sql;

/// The user's conversations in which something happened.
pub(super) const ACTIVE: &str = "SELECT c.id, m.joined_event_id, c.pruned_event_id
    FROM members m JOIN conversations c ON c.id = m.conversation_id
    WHERE m.user_id = ?1 AND m.left_event_id IS NULL AND c.last_event_id > ?2 ORDER BY c.id";
/// Counts no further than it has to.
pub(super) const COUNT: &str = "SELECT count(*) FROM
    (SELECT 1 FROM events WHERE conversation_id = ?1 AND event_id > ?2 LIMIT ?3)";
pub(super) const EVENTS: &str = select_events!("WHERE e.conversation_id = ?1 AND e.event_id > ?2 ORDER BY e.event_id");
/// The events by which the user left conversations, or by which these were deleted.
pub(super) const DEPARTURES: &str = select_events!(
    "WHERE e.event_id IN \
     (SELECT left_event_id FROM members WHERE user_id = ?1 AND left_event_id IS NOT NULL AND left_event_id > ?2)"
);

/// What somebody missed of one conversation.
struct Missed {
    conversation: ConversationId,
    after: EventId,
    count: usize,
}

/// What a user missed since an event.
pub(super) fn replay(sql: &Connection, user: &UserId, since: EventId, config: &Config) -> Result<Replay, Fault> {
    let latest = events::latest(sql)?;
    if since > latest {
        return Ok(Replay { latest, ..Replay::default() });
    }
    let mut events = sql::all(sql, DEPARTURES, params![user.as_str(), since.as_i64()], events::from_row)?;
    let (mut missed, mut reset) = active(sql, user, since, config)?;
    let budget = config.max_replay.saturating_sub(events.len());
    reset.extend(give_up_largest(&mut missed, budget));
    for room in missed {
        events.extend(of_conversation(sql, &room)?);
    }
    events.sort_unstable_by_key(|recorded| recorded.id);
    events::complete(sql, &mut events)?;
    Ok(Replay { resumed: true, events, reset, latest })
}

/// The conversations with something to tell, and those of which it is too much or no longer known.
fn active(
    sql: &Connection,
    user: &UserId,
    since: EventId,
    config: &Config,
) -> Result<(Vec<Missed>, Vec<ConversationId>), Fault> {
    let rooms = sql::all(sql, ACTIVE, params![user.as_str(), since.as_i64()], |row| {
        let (conversation, joined) = (ConversationId(sql::uint(row, 0)?), sql::uint(row, 1)?);
        // The joining event itself is among what was missed.
        let after = since.max(EventId(joined.saturating_sub(1)));
        Ok((conversation, after, EventId(sql::uint(row, 2)?)))
    })?;
    let (mut missed, mut reset) = (Vec::new(), Vec::new());
    let most = config.max_replay_per_conversation;
    for (conversation, after, pruned) in rooms {
        let count = if pruned > after { usize::MAX } else { count(sql, conversation, after, most)? };
        if count > most {
            reset.push(conversation);
        } else {
            missed.push(Missed { conversation, after, count });
        }
    }
    Ok((missed, reset))
}

fn count(sql: &Connection, id: ConversationId, after: EventId, most: usize) -> Result<usize, Fault> {
    let params = params![id.as_i64(), after.as_i64(), sql::limit(most.saturating_add(1))];
    sql::number(sql, COUNT, params).map(|count| usize::try_from(count).unwrap_or(usize::MAX))
}

fn of_conversation(sql: &Connection, room: &Missed) -> Result<Vec<Recorded>, Fault> {
    sql::all(sql, EVENTS, [room.conversation.as_i64(), room.after.as_i64()], events::from_row)
}

/// Drops the conversations with the most events until the rest is few enough; returns which.
fn give_up_largest(missed: &mut Vec<Missed>, most: usize) -> Vec<ConversationId> {
    missed.sort_by_key(|missed| Reverse(missed.count));
    let mut total: usize = missed.iter().map(|missed| missed.count).sum();
    let mut dropped = 0;
    while total > most && dropped < missed.len() {
        total -= missed[dropped].count;
        dropped += 1;
    }
    missed.drain(..dropped).map(|missed| missed.conversation).collect()
}
