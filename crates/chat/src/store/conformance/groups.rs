//! Groups: creating them, who may do what, joining and leaving, and how many there may be.

use std::collections::BTreeSet;

use tokio::task::JoinSet;
use tutti_protocol::ConversationId;
use tutti_protocol::chat::{ConversationInfo, ConversationKind, Member, Role};

use super::Harness;
use super::support::{assert_conflict, assert_forbidden, assert_no_conversation, by, invalid_at, text, user};
use crate::config::Config;
use crate::error::Error;
use crate::event::Event;
use crate::model::{NewGroup, Patch, Target};

fn group_of(names: &[&str], client_id: Option<&str>) -> NewGroup {
    let members = names.iter().map(|name| user(name)).collect();
    NewGroup { title: Some("Band".into()), members, metadata: Default::default(), client_id: client_id.map(Into::into) }
}

fn patch(title: &str) -> Patch {
    Patch { title: Some(title.into()), metadata: None }
}

pub(super) async fn a_group_belongs_to_who_created_it(mut h: Harness) {
    let at = h.at();
    let metadata = serde_json::json!({ "color": "blue" }).as_object().cloned().unwrap_or_default();
    let group = NewGroup { metadata: metadata.clone(), ..group_of(&["bob", "cat"], None) };
    let id = h.store.create_group(by("ann"), group, at).await.expect("a group can be created");
    let info = ConversationInfo { id, kind: ConversationKind::Group, title: Some("Band".into()), metadata };
    let fed = h.fed();
    assert_eq!((fed.len(), fed[0].offset, fed[0].at, fed[0].conversation), (1, 1, at, id));
    let Event::Created { info: told, members } = &fed[0].event else { panic!("{fed:?}") };
    assert_eq!(told, &info);
    assert_eq!(members.iter().collect::<BTreeSet<_>>(), ["ann", "bob", "cat"].map(user).iter().collect());
    for (name, role) in [("ann", Role::Owner), ("bob", Role::Member), ("cat", Role::Member)] {
        let seen = h.seen_by(name, id).await;
        assert_eq!((seen.role, seen.kind, seen.title.as_deref()), (role, ConversationKind::Group, Some("Band")));
        assert_eq!((seen.created_by, seen.created_at, seen.updated_at), (user("ann"), at, at));
        assert_eq!((seen.last_seq, seen.offset, seen.last_message), (0, 1, None));
        assert_eq!((seen.unread, seen.unread_mentions, seen.last_read_seq), (0, 0, 0));
        assert_eq!((seen.member_count, seen.metadata), (3, info.metadata.clone()));
        let member = |name, role| Member { user_id: user(name), name: None, role, joined_at: at, last_read_seq: 0 };
        let all = [member("ann", Role::Owner), member("bob", Role::Member), member("cat", Role::Member)];
        assert_eq!(seen.members, all);
    }
}

pub(super) async fn a_group_created_twice_with_one_client_id_exists_once(mut h: Harness) {
    let mut calls = JoinSet::new();
    for _ in 0..10 {
        let (store, at) = (h.store.clone(), h.at());
        calls.spawn(async move { store.create_group(by("ann"), group_of(&["bob"], Some("one")), at).await });
    }
    let ids: BTreeSet<ConversationId> =
        calls.join_all().await.into_iter().map(|id| id.expect("all are answered")).collect();
    assert_eq!(ids.len(), 1);
    assert_eq!(h.fed().len(), 1, "it was created once");
    let other = h.store.create_group(by("bob"), group_of(&["ann"], Some("one")), h.at()).await;
    assert!(!ids.contains(&other.expect("a group can be created")), "client ids belong to their creator");
    let again = h.store.create_group(by("ann"), group_of(&["bob"], Some("two")), h.at()).await;
    assert!(!ids.contains(&again.expect("a group can be created")));
}

/// A group with an owner, an admin and two members, for each attempt anew.
async fn staffed(h: &Harness) -> ConversationId {
    let room = h.group(&["owner", "admin", "member", "other"]).await;
    h.put("owner", room, "admin", Some(Role::Admin)).await.expect("an owner gives roles");
    room
}

/// Asserts who of owner, admin and member may do something; the others must be refused as forbidden.
macro_rules! allowed {
    ($h:ident, [$($name:literal),*], |$who:ident, $room:ident| $call:expr, $what:literal) => {
        for $who in ["owner", "admin", "member"] {
            let $room = staffed(&$h).await;
            let result = $call.await;
            if [$($name),*].contains(&$who) {
                assert!(result.is_ok(), "{} by {}: {result:?}", $what, $who);
            } else {
                assert_forbidden(&result, &format!("{} by {}", $what, $who));
            }
        }
    };
}

pub(super) async fn who_may_change_a_group(h: Harness) {
    allowed!(h, ["owner", "admin"], |who, room| h.store.update(by(who), room, patch("New"), h.at()), "a new title");
    allowed!(h, ["owner"], |who, room| h.store.delete_conversation(by(who), room, h.at()), "deleting");
    allowed!(h, ["owner", "admin"], |who, room| h.put(who, room, "new", None), "adding a member");
    allowed!(h, ["owner"], |who, room| h.put(who, room, "new", Some(Role::Admin)), "adding an admin");
    allowed!(h, ["owner"], |who, room| h.put(who, room, "new", Some(Role::Owner)), "adding an owner");
    allowed!(h, ["owner"], |who, room| h.put(who, room, "other", Some(Role::Admin)), "promoting");
    allowed!(h, ["owner"], |who, room| h.put(who, room, "admin", Some(Role::Member)), "demoting");
    allowed!(h, ["owner", "admin"], |who, room| h.remove(who, room, "other"), "removing a member");
}

pub(super) async fn who_may_remove_whom(h: Harness) {
    let room = staffed(&h).await;
    h.put("owner", room, "second", Some(Role::Owner)).await.expect("an owner gives roles");
    assert_forbidden(&h.remove("admin", room, "owner").await, "an admin an owner");
    assert_forbidden(&h.remove("member", room, "other").await, "a member another");
    h.put("owner", room, "other", Some(Role::Admin)).await.expect("an owner gives roles");
    h.remove("admin", room, "other").await.expect("an admin removes an admin");
    h.remove("member", room, "member").await.expect("anybody can leave");
    h.remove("owner", room, "second").await.expect("an owner removes an owner");
    assert_eq!(h.remove("owner", room, "zoe").await, Err(Error::NotFound("member")), "one who is not there");
    assert_eq!(h.seen_by("owner", room).await.member_count, 2);
}

pub(super) async fn a_role_is_given_once(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let _ = h.fed();
    let at = h.at();
    let added = h.store.put_member(by("ann"), room, user("cat"), None, at).await.expect("an owner can add");
    let wanted = Member { user_id: user("cat"), name: None, role: Role::Member, joined_at: at, last_read_seq: 0 };
    assert_eq!(added, wanted);
    assert_eq!(h.put("ann", room, "cat", None).await, Ok(wanted.clone()), "already there");
    assert_eq!(h.put("ann", room, "cat", Some(Role::Member)).await, Ok(wanted.clone()), "with that role");
    let admin = Member { role: Role::Admin, ..wanted.clone() };
    assert_eq!(h.put("ann", room, "cat", Some(Role::Admin)).await, Ok(admin.clone()));
    let events: Vec<Event> = h.fed().into_iter().map(|event| event.event).collect();
    assert_eq!(events, [Event::MemberAdded(wanted), Event::MemberUpdated(admin)]);
    assert_eq!(h.seen_by("cat", room).await.role, Role::Admin);
}

pub(super) async fn the_last_owner_stays_while_others_do(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    assert_conflict(&h.remove("ann", room, "ann").await, "the only owner leaves");
    assert_conflict(&h.put("ann", room, "ann", Some(Role::Member)).await, "the only owner steps down");
    h.put("ann", room, "bob", Some(Role::Owner)).await.expect("an owner gives roles");
    h.remove("ann", room, "ann").await.expect("there is another owner");
    assert_eq!(h.seen_by("bob", room).await.role, Role::Owner);
    assert_conflict(&h.put("bob", room, "bob", Some(Role::Admin)).await, "now the only owner steps down");
}

pub(super) async fn the_last_to_leave_takes_the_group_along(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    h.say("ann", room, "bye").await;
    h.remove("bob", room, "bob").await.expect("anybody can leave");
    let _ = h.fed();
    h.remove("ann", room, "ann").await.expect("the last one can leave");
    let events: Vec<(u64, Event)> = h.fed().into_iter().map(|event| (event.offset, event.event)).collect();
    assert_eq!(events, [(4, Event::MemberRemoved(user("ann"))), (5, Event::Deleted)]);
    assert_no_conversation(h.store.conversation(&user("ann"), room).await, "it is gone");
    assert_no_conversation(h.put("bob", room, "bob", None).await, "nobody comes back");
}

pub(super) async fn one_who_comes_back_is_as_new(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    h.put("ann", room, "bob", Some(Role::Admin)).await.expect("an owner gives roles");
    let first = h.say("bob", room, "first").await;
    h.say_many("ann", room, 3).await;
    h.remove("bob", room, "bob").await.expect("anybody can leave");
    assert_eq!(h.seen_by("ann", room).await.member_count, 1);
    h.say("ann", room, "while away").await;
    let _ = h.fed();
    let at = h.at();
    let back = h.store.put_member(by("ann"), room, user("bob"), None, at).await.expect("an owner can add");
    let wanted = Member { user_id: user("bob"), name: None, role: Role::Member, joined_at: at, last_read_seq: 5 };
    assert_eq!(back, wanted);
    assert_eq!(h.fed().pop().map(|event| event.event), Some(Event::MemberAdded(wanted)));
    let seen = h.seen_by("bob", room).await;
    assert_eq!((seen.role, seen.unread, seen.last_read_seq), (Role::Member, 0, 5));
    h.say("ann", room, "welcome back").await;
    h.say("bob", room, "thanks").await;
    assert_eq!(h.seen_by("bob", room).await.unread, 1);
    assert_eq!(h.message("bob", &first).await, first, "what was said before is there");
}

pub(super) async fn title_and_data_change_for_everybody(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let _ = h.fed();
    let metadata = serde_json::json!({ "a": 1 }).as_object().cloned().unwrap_or_default();
    let data = Patch { title: None, metadata: Some(metadata.clone()) };
    h.store.update(by("ann"), room, patch("New"), h.at()).await.expect("an owner can");
    h.store.update(by("ann"), room, data, h.at()).await.expect("an owner can");
    let info =
        |metadata| ConversationInfo { id: room, kind: ConversationKind::Group, title: Some("New".into()), metadata };
    let events: Vec<Event> = h.fed().into_iter().map(|event| event.event).collect();
    assert_eq!(events, [Event::Updated(info(Default::default())), Event::Updated(info(metadata.clone()))]);
    let seen = h.seen_by("bob", room).await;
    assert_eq!((seen.title.as_deref(), seen.metadata, seen.offset), (Some("New"), metadata, 3));
}

pub(super) async fn a_direct_conversation_cannot_be_managed(mut h: Harness) {
    let room = h.tell("ann", "bob", "hello").await.conversation_id;
    let _ = h.fed();
    assert_conflict(&h.store.update(by("ann"), room, patch("New"), h.at()).await, "a title");
    assert_conflict(&h.store.delete_conversation(by("ann"), room, h.at()).await, "deleting");
    assert_conflict(&h.put("ann", room, "cat", None).await, "a third");
    assert_conflict(&h.put("ann", room, "bob", Some(Role::Admin)).await, "a role");
    assert_conflict(&h.remove("ann", room, "bob").await, "removing the other");
    assert_conflict(&h.remove("ann", room, "ann").await, "leaving");
    assert!(h.fed().is_empty());
}

pub(super) fn three_members() -> Config {
    Config { max_members: 3, ..Config::default() }
}

pub(super) async fn a_full_group_takes_nobody(mut h: Harness) {
    let room = h.group(&["ann", "bob", "cat"]).await;
    let _ = h.fed();
    let full = h.put("ann", room, "dan", None).await;
    assert!(invalid_at(&full, "user_id"), "{full:?}");
    assert!(h.fed().is_empty());
    h.put("ann", room, "bob", Some(Role::Admin)).await.expect("a role takes no place");
    h.remove("ann", room, "cat").await.expect("an owner can remove");
    h.put("ann", room, "dan", None).await.expect("there is a place again");
}

pub(super) fn two_conversations() -> Config {
    Config { max_conversations: 2, ..Config::default() }
}

pub(super) async fn a_user_is_in_only_so_many_conversations(mut h: Harness) {
    let first = h.store.create_group(by("ann"), group_of(&["bob"], Some("one")), h.at()).await;
    let first = first.expect("a group can be created");
    h.group(&["ann", "cat"]).await;
    let _ = h.fed();
    let third = h.store.create_group(by("ann"), group_of(&["dan"], None), h.at()).await;
    assert_conflict(&third, "the creator has no place");
    let with_her = h.store.create_group(by("dan"), group_of(&["ann"], None), h.at()).await;
    assert_conflict(&with_her, "one of the others has no place");
    assert!(h.fed().is_empty());
    assert_eq!(h.conversations_of("dan").await, Vec::new());
    let again = h.store.create_group(by("ann"), group_of(&["bob"], Some("one")), h.at()).await;
    assert_eq!(again, Ok(first), "what exists is not one more");
    let dans = h.group(&["dan", "eve"]).await;
    assert_conflict(&h.put("dan", dans, "ann", None).await, "one who is added has no place");
    assert_conflict(&h.store.open_direct(by("ann"), user("eve"), h.at()).await, "a direct one counts too");
    let told = h.store.post(by("eve"), Target::Direct(user("ann")), text("hello"), h.at()).await;
    assert_conflict(&told, "from the other side as well");
    assert_eq!(h.store.direct_with(&user("eve"), &user("ann")).await, Ok(None));
    h.store.delete_conversation(by("ann"), first, h.at()).await.expect("an owner can delete");
    let direct = h.tell("eve", "ann", "now there is a place").await.conversation_id;
    assert_eq!(h.tell("ann", "eve", "what exists is not one more").await.conversation_id, direct);
}

pub(super) async fn members_are_known_to_the_end_of_a_deleted_group(h: Harness) {
    let id = h.store.create_group(by("ann"), group_of(&["bob", "cat"], None), h.at()).await.expect("created");
    h.store.remove_member(by("cat"), id, user("cat"), h.at()).await.expect("anybody may leave");
    let members = |ids: Vec<tutti_protocol::UserId>| ids.into_iter().collect::<BTreeSet<_>>();
    let both: BTreeSet<_> = ["ann", "bob"].map(user).into();
    assert_eq!(members(h.store.member_ids(id).await.expect("told")), both);
    h.store.delete_conversation(by("ann"), id, h.at()).await.expect("an owner may delete");
    assert_eq!(members(h.store.member_ids(id).await.expect("told")), both, "cat left before the end");
    assert!(h.store.member_ids(ConversationId(0)).await.expect("told").is_empty());
}
