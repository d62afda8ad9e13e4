//! Who is in a conversation.

use rusqlite::{Connection, Row, params};
use tutti_chat::decide::{self, PutMember};
use tutti_chat::model::Membership;
use tutti_chat::{Error, Event};
use tutti_core::pages::Page;
use tutti_protocol::chat::{Member, Role};
use tutti_protocol::{ConversationId, EventId, Timestamp, UserId};

use super::room::Room;
use super::{Act, groups};
use crate::fault::Fault;
use crate::sqlite::sql::{self, int, role_text};
use crate::sqlite::writer::Tx;

pub(super) const IS_MEMBER: &str =
    "SELECT 1 FROM members WHERE conversation_id = ?1 AND user_id = ?2 AND left_event_id IS NULL";
/// The conversation's deletion is the event by which its last members left.
pub(super) const IDS: &str = "SELECT user_id FROM members WHERE conversation_id = ?1 AND (left_event_id IS NULL
        OR left_event_id = (SELECT deleted_event_id FROM conversations WHERE id = ?1)) ORDER BY user_id";
/// Somebody who was in it before comes as new.
const SEAT: &str = "INSERT INTO members
        (conversation_id, user_id, role, joined_at, joined_event_id, last_read_seq, own_after_read, left_event_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, 0, NULL)
    ON CONFLICT (conversation_id, user_id) DO UPDATE SET role = excluded.role, joined_at = excluded.joined_at,
        joined_event_id = excluded.joined_event_id, last_read_seq = excluded.last_read_seq, own_after_read = 0,
        left_event_id = NULL";
const UNSEAT: &str = "UPDATE members SET left_event_id = ?3 WHERE conversation_id = ?1 AND user_id = ?2";
const SET_ROLE: &str = "UPDATE members SET role = ?3 WHERE conversation_id = ?1 AND user_id = ?2";
const COUNT_OF_USER: &str = "SELECT count(*) FROM members WHERE user_id = ?1 AND left_event_id IS NULL";
pub(super) const OF_USER: &str =
    "SELECT conversation_id FROM members WHERE user_id = ?1 AND left_event_id IS NULL ORDER BY conversation_id";
pub(super) const PAGE: &str = "SELECT user_id, role, joined_at, last_read_seq FROM members
    WHERE conversation_id = ?1 AND left_event_id IS NULL AND (joined_at, user_id) > (?2, ?3)
    ORDER BY joined_at, user_id LIMIT ?4";
/// One side is walked, the other looked up.
pub(super) const ACQUAINTED: &str = "SELECT 1 FROM members a JOIN members b ON b.conversation_id = a.conversation_id
    WHERE a.user_id = ?1 AND a.left_event_id IS NULL AND b.user_id = ?2 AND b.left_event_id IS NULL LIMIT 1";

/// How somebody joins.
pub(super) struct Joining {
    pub(super) role: Role,
    pub(super) at: Timestamp,
    pub(super) last_read_seq: u64,
    pub(super) event: EventId,
}

/// Makes somebody a member.
pub(super) fn seat(sql: &Connection, id: ConversationId, user: &UserId, joining: &Joining) -> Result<(), Fault> {
    let params = params![
        id.as_i64(),
        user.as_str(),
        role_text(joining.role),
        joining.at.millis(),
        joining.event.as_i64(),
        int(joining.last_read_seq),
    ];
    sql::run(sql, SEAT, params).map(drop)
}

/// Whether a user may be in one more conversation.
pub(super) fn has_space(tx: &Tx<'_>, user: &UserId) -> Result<(), Fault> {
    let held = sql::number(tx.sql, COUNT_OF_USER, [user.as_str()])?;
    if usize::try_from(held).unwrap_or(usize::MAX) >= tx.config.max_conversations {
        return Err(Error::Conflict("a user can be in no more conversations").into());
    }
    Ok(())
}

/// Whether a user is a member.
pub(super) fn is_member(sql: &Connection, user: &UserId, id: ConversationId) -> Result<bool, Fault> {
    sql::exists(sql, IS_MEMBER, params![id.as_i64(), user.as_str()])
}

/// All members; of a deleted conversation those who were in it to the end.
pub(super) fn ids(sql: &Connection, id: ConversationId) -> Result<Vec<UserId>, Fault> {
    sql::all(sql, IDS, [id.as_i64()], |row| sql::user(row, 0))
}

/// All conversations a user is in.
pub(super) fn conversations_of(sql: &Connection, user: &UserId) -> Result<Vec<ConversationId>, Fault> {
    sql::all(sql, OF_USER, [user.as_str()], |row| Ok(ConversationId(sql::uint(row, 0)?)))
}

/// Those who share a conversation with the viewer, or are the viewer.
pub(super) fn acquainted(sql: &Connection, viewer: &UserId, users: Vec<UserId>) -> Result<Vec<UserId>, Fault> {
    let mut known = Vec::with_capacity(users.len());
    for user in users {
        if user == *viewer || sql::exists(sql, ACQUAINTED, [viewer.as_str(), user.as_str()])? {
            known.push(user);
        }
    }
    Ok(known)
}

/// A page of members, the longest-standing first. The cursor is the last one's place in that order.
pub(super) fn page(
    sql: &Connection,
    viewer: &UserId,
    id: ConversationId,
    cursor: Option<&str>,
    limit: usize,
) -> Result<Page<Member>, Fault> {
    if !is_member(sql, viewer, id)? {
        return Err(Error::NotFound("conversation").into());
    }
    let (joined_at, user) = cursor.map(place).transpose()?.unwrap_or((-1, ""));
    let members = listed(sql, id, (joined_at, user), limit.saturating_add(1))?;
    Ok(Page::cut(members, limit, |member| format!("{}:{}", member.joined_at.millis(), member.user_id)))
}

fn place(cursor: &str) -> Result<(i64, &str), Error> {
    let parts = cursor.split_once(':').and_then(|(millis, user)| Some((millis.parse().ok()?, user)));
    parts.ok_or_else(bad_cursor)
}

/// What a cursor of foreign making is answered with.
pub(super) fn bad_cursor() -> Error {
    let message = "`cursor` is not one that this server gave".into();
    Error::Invalid { field: "cursor", message, limit: None }
}

/// The first members.
pub(super) fn longest_standing(sql: &Connection, id: ConversationId, limit: usize) -> Result<Vec<Member>, Fault> {
    listed(sql, id, (-1, ""), limit)
}

fn listed(sql: &Connection, id: ConversationId, after: (i64, &str), limit: usize) -> Result<Vec<Member>, Fault> {
    sql::all(sql, PAGE, params![id.as_i64(), after.0, after.1, sql::limit(limit)], member)
}

fn member(row: &Row<'_>) -> Result<Member, Fault> {
    Ok(Member {
        user_id: sql::user(row, 0)?,
        name: None,
        role: sql::role(row, 1)?,
        joined_at: sql::time(row, 2)?,
        last_read_seq: sql::uint(row, 3)?,
    })
}

fn as_member(user: &UserId, membership: &Membership) -> Member {
    let Membership { role, joined_at, last_read_seq, .. } = *membership;
    Member { user_id: user.clone(), name: None, role, joined_at, last_read_seq }
}

/// Another one's membership in a conversation that the caller is in.
fn membership(sql: &Connection, id: ConversationId, user: &UserId) -> Result<Option<Membership>, Fault> {
    match Room::of(sql, id, user) {
        Ok((_, membership)) => Ok(Some(membership)),
        Err(Fault::Chat(Error::NotFound(_))) => Ok(None),
        Err(fault) => Err(fault),
    }
}

/// Adds a member, or gives one another role.
pub(super) fn put(
    tx: &mut Tx<'_>,
    act: &Act,
    id: ConversationId,
    user: &UserId,
    role: Option<Role>,
) -> Result<Member, Fault> {
    let (room, caller) = Room::of(tx.sql, id, &act.by.user)?;
    let present = membership(tx.sql, id, user)?.map(|present| as_member(user, &present));
    let has = present.as_ref().map(|present| present.role);
    match (decide::put_member(&room.facts(), caller.role, has, role, tx.config)?, present) {
        (PutMember::Add(role), _) => add(tx, act, room, user, role),
        (PutMember::Change(role), Some(present)) => change_role(tx, act, room, present, role),
        (PutMember::Nothing, Some(present)) => Ok(present),
        (PutMember::Change(_) | PutMember::Nothing, None) => Err(Error::NotFound("member").into()),
    }
}

fn add(tx: &mut Tx<'_>, act: &Act, mut room: Room, user: &UserId, role: Role) -> Result<Member, Fault> {
    has_space(tx, user)?;
    let last_read_seq = room.last_seq;
    let member = Member { user_id: user.clone(), name: None, role, joined_at: act.at, last_read_seq };
    let event = room.record(tx, act, Event::MemberAdded(member.clone()))?;
    seat(tx.sql, room.id, user, &Joining { role, at: act.at, last_read_seq, event })?;
    room.member_count += 1;
    room.owner_count += u64::from(role == Role::Owner);
    room.save(tx, event, act.at)?;
    Ok(member)
}

fn change_role(tx: &mut Tx<'_>, act: &Act, mut room: Room, mut member: Member, role: Role) -> Result<Member, Fault> {
    sql::run(tx.sql, SET_ROLE, params![room.id.as_i64(), member.user_id.as_str(), role_text(role)])?;
    room.owner_count = room.owner_count.saturating_sub(u64::from(member.role == Role::Owner));
    room.owner_count += u64::from(role == Role::Owner);
    member.role = role;
    let event = room.record(tx, act, Event::MemberUpdated(member.clone()))?;
    room.save(tx, event, act.at)?;
    Ok(member)
}

/// Removes a member, or lets the caller leave; the last one takes the group along.
pub(super) fn remove(tx: &mut Tx<'_>, act: &Act, id: ConversationId, user: &UserId) -> Result<(), Fault> {
    let (mut room, caller) = Room::of(tx.sql, id, &act.by.user)?;
    let leaving = membership(tx.sql, id, user)?.ok_or(Error::NotFound("member"))?;
    decide::remove_member(&room.facts(), caller.role, act.by.user == *user, leaving.role)?;
    let mut newest = room.record(tx, act, Event::MemberRemoved(user.clone()))?;
    sql::run(tx.sql, UNSEAT, params![id.as_i64(), user.as_str(), newest.as_i64()])?;
    room.member_count = room.member_count.saturating_sub(1);
    room.owner_count = room.owner_count.saturating_sub(u64::from(leaving.role == Role::Owner));
    if room.member_count == 0 {
        newest = groups::vanish(tx, act, &mut room)?;
    }
    room.save(tx, newest, act.at)
}
