//! Making, changing and deleting conversations.

use rusqlite::{Connection, params};
use tutti_chat::model::{NewGroup, Patch};
use tutti_chat::{Event, decide};
use tutti_protocol::chat::{ConversationInfo, ConversationKind, Metadata, Role};
use tutti_protocol::{ConversationId, EventId, UserId};

use super::Act;
use super::members::{self, Joining};
use super::room::Room;
use crate::fault::Fault;
use crate::sqlite::sql::{self, int, kind_text};
use crate::sqlite::writer::Tx;

const CREATED_BEFORE: &str = "SELECT id FROM conversations WHERE created_by = ?1 AND client_id = ?2";
pub(super) const DIRECT: &str = "SELECT conversation_id FROM direct_pairs WHERE low = ?1 AND high = ?2";
const PAIR: &str = "INSERT INTO direct_pairs (low, high, conversation_id) VALUES (?1, ?2, ?3)";
const INSERT: &str = "INSERT INTO conversations (id, kind, title, metadata, created_by, created_at, client_id,
        updated_at, last_seq, last_offset, last_event_id, active_id, member_count, owner_count)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?6, 0, 0, 0, ?1, ?8, ?9)";
const INFO: &str = "SELECT title, metadata FROM conversations WHERE id = ?1";
const UPDATE: &str = "UPDATE conversations SET title = ?2, metadata = ?3 WHERE id = ?1";
const DELETE: &str = "UPDATE conversations SET deleted_event_id = ?2 WHERE id = ?1";
const VACATE: &str = "UPDATE members SET left_event_id = ?2 WHERE conversation_id = ?1 AND left_event_id IS NULL";

/// What a new conversation is, besides its members.
struct Plan<'a> {
    info: ConversationInfo,
    client_id: Option<&'a str>,
}

/// Creates a group, unless it was created before.
pub(super) fn create(tx: &mut Tx<'_>, act: &Act, group: &NewGroup) -> Result<ConversationId, Fault> {
    let by = &act.by.user;
    if let Some(id) = created_before(tx.sql, by, group.client_id.as_deref())? {
        return Ok(id);
    }
    let mut others: Vec<&UserId> = group.members.iter().filter(|user| *user != by).collect();
    others.sort_unstable();
    others.dedup();
    let mut people = vec![(by, Role::Owner)];
    people.extend(others.into_iter().map(|user| (user, Role::Member)));
    people.iter().try_for_each(|(user, _)| members::has_space(tx, user))?;
    let info = ConversationInfo {
        id: ConversationId(tx.ids.next()),
        kind: ConversationKind::Group,
        title: group.title.clone(),
        metadata: group.metadata.clone(),
    };
    open(tx, act, Plan { info, client_id: group.client_id.as_deref() }, &people).map(|room| room.id)
}

fn created_before(sql: &Connection, by: &UserId, client_id: Option<&str>) -> Result<Option<ConversationId>, Fault> {
    let Some(client_id) = client_id else { return Ok(None) };
    sql::first(sql, CREATED_BEFORE, [by.as_str(), client_id], |row| Ok(ConversationId(sql::uint(row, 0)?)))
}

/// The direct conversation of two users, made if there is none.
pub(super) fn open_direct(tx: &mut Tx<'_>, act: &Act, other: &UserId) -> Result<ConversationId, Fault> {
    match direct(tx.sql, &act.by.user, other)? {
        Some(id) => Ok(id),
        None => make_direct(tx, act, other).map(|room| room.id),
    }
}

/// The direct conversation of two users, if there is one.
pub(super) fn direct(sql: &Connection, user: &UserId, other: &UserId) -> Result<Option<ConversationId>, Fault> {
    sql::first(sql, DIRECT, pair(user, other), |row| Ok(ConversationId(sql::uint(row, 0)?)))
}

/// Two users in an order that does not depend on who asks.
fn pair<'a>(user: &'a UserId, other: &'a UserId) -> [&'a str; 2] {
    if user <= other { [user.as_str(), other.as_str()] } else { [other.as_str(), user.as_str()] }
}

/// Makes a direct conversation.
pub(super) fn make_direct(tx: &mut Tx<'_>, act: &Act, other: &UserId) -> Result<Room, Fault> {
    let by = &act.by.user;
    members::has_space(tx, by)?;
    members::has_space(tx, other)?;
    let id = ConversationId(tx.ids.next());
    let info = ConversationInfo { id, kind: ConversationKind::Direct, title: None, metadata: Metadata::new() };
    let room = open(tx, act, Plan { info, client_id: None }, &[(by, Role::Member), (other, Role::Member)])?;
    let [low, high] = pair(by, other);
    sql::run(tx.sql, PAIR, params![low, high, id.as_i64()])?;
    Ok(room)
}

/// Makes a conversation with its members and its first event. Everything is decided by now.
fn open(tx: &mut Tx<'_>, act: &Act, plan: Plan<'_>, people: &[(&UserId, Role)]) -> Result<Room, Fault> {
    let owners = people.iter().filter(|(_, role)| *role == Role::Owner).count();
    let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
    let mut room = Room {
        id: plan.info.id,
        kind: plan.info.kind,
        last_seq: 0,
        last_offset: 0,
        active_id: plan.info.id.0,
        member_count: count(people.len()),
        owner_count: count(owners),
    };
    insert(tx.sql, act, &plan, &room)?;
    let users = people.iter().map(|(user, _)| (*user).clone()).collect();
    let newest = room.record(tx, act, Event::Created { info: plan.info, members: users })?;
    for (user, role) in people {
        let joining = Joining { role: *role, at: act.at, last_read_seq: 0, event: newest };
        members::seat(tx.sql, room.id, user, &joining)?;
    }
    room.save(tx, newest, act.at)?;
    Ok(room)
}

fn insert(sql: &Connection, act: &Act, plan: &Plan<'_>, room: &Room) -> Result<(), Fault> {
    let ConversationInfo { id, kind, title, metadata } = &plan.info;
    let params = params![
        id.as_i64(),
        kind_text(*kind),
        title,
        metadata_json(metadata)?,
        act.by.user.as_str(),
        act.at.millis(),
        plan.client_id,
        int(room.member_count),
        int(room.owner_count),
    ];
    sql::run(sql, INSERT, params).map(drop)
}

fn metadata_json(metadata: &Metadata) -> Result<Option<String>, Fault> {
    if metadata.is_empty() { Ok(None) } else { Ok(Some(serde_json::to_string(metadata)?)) }
}

/// The application's data as it is stored.
pub(super) fn metadata_from(json: Option<&str>) -> Result<Metadata, Fault> {
    json.map_or_else(|| Ok(Metadata::new()), |json| Ok(serde_json::from_str(json)?))
}

/// Changes title or metadata.
pub(super) fn update(tx: &mut Tx<'_>, act: &Act, id: ConversationId, patch: &Patch) -> Result<(), Fault> {
    let (mut room, membership) = Room::of(tx.sql, id, &act.by.user)?;
    decide::manage(&room.facts(), membership.role)?;
    let present = sql::first(tx.sql, INFO, [id.as_i64()], |row| {
        let metadata = row.get_ref(1)?.as_str_or_null().map_err(rusqlite::Error::from)?;
        Ok((row.get::<_, Option<String>>(0)?, metadata_from(metadata)?))
    })?;
    let (title, metadata) = present.ok_or(Fault::Corrupt("conversation"))?;
    let title = patch.title.clone().or(title);
    let metadata = patch.metadata.clone().unwrap_or(metadata);
    sql::run(tx.sql, UPDATE, params![id.as_i64(), title, metadata_json(&metadata)?])?;
    let info = ConversationInfo { id, kind: room.kind, title, metadata };
    let newest = room.record(tx, act, Event::Updated(info))?;
    room.save(tx, newest, act.at)
}

/// Deletes a group for everybody.
pub(super) fn delete(tx: &mut Tx<'_>, act: &Act, id: ConversationId) -> Result<(), Fault> {
    let (mut room, membership) = Room::of(tx.sql, id, &act.by.user)?;
    decide::delete_conversation(&room.facts(), membership.role)?;
    let newest = vanish(tx, act, &mut room)?;
    room.save(tx, newest, act.at)
}

/// Marks a conversation as gone, for all who are still in it.
pub(super) fn vanish(tx: &mut Tx<'_>, act: &Act, room: &mut Room) -> Result<EventId, Fault> {
    let event = room.record(tx, act, Event::Deleted)?;
    let params = [room.id.as_i64(), event.as_i64()];
    sql::run(tx.sql, DELETE, params)?;
    sql::run(tx.sql, VACATE, params)?;
    (room.member_count, room.owner_count) = (0, 0);
    Ok(event)
}
