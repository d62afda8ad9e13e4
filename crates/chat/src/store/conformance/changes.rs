//! Editing, deleting, reacting, and what a thread says of its replies.

use tutti_core::caller::Actor;
use tutti_protocol::UserId;
use tutti_protocol::chat::{ConversationKind, Message, ReactionChanged, Role, ThreadSummary};

use super::Harness;
use super::support::{assert_conflict, assert_forbidden, by, invalid_at, text, user, users};
use crate::config::{Config, MAX_REACTION_USERS};
use crate::error::Error;
use crate::event::Event;
use crate::model::{Changed, Draft, NewGroup};

async fn react(h: &Harness, name: &str, to: &Message, emoji: &str) -> Result<Changed<ReactionChanged>, Error> {
    h.store.react(by(name), to.id, emoji.into(), true, h.at()).await
}

async fn take_back(h: &Harness, name: &str, to: &Message, emoji: &str) -> Result<Changed<ReactionChanged>, Error> {
    h.store.react(by(name), to.id, emoji.into(), false, h.at()).await
}

async fn edit(h: &Harness, name: &str, message: &Message, text: &str) -> Result<Changed<Message>, Error> {
    h.store.edit(by(name), message.id, text.into(), h.at()).await
}

async fn delete(h: &Harness, name: &str, message: &Message) -> Result<Option<u64>, Error> {
    h.store.delete_message(by(name), message.id, h.at()).await.map(|changed| changed.offset)
}

/// The reactions as somebody sees them: emoji, count, names.
async fn reactions(h: &Harness, name: &str, message: &Message) -> Vec<(String, u64, Vec<UserId>)> {
    let seen = h.message(name, message).await.reactions;
    seen.into_iter().map(|reaction| (reaction.emoji, reaction.count, reaction.user_ids)).collect()
}

pub(super) async fn an_edit_replaces_the_text_and_says_when(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.post("ann", room, Draft { mentions: vec![user("bob")], ..text("frist") }).await;
    let message = message.expect("a member can post").message;
    let _ = h.fed();
    let at = h.at();
    let edited = h.store.edit(by("ann"), message.id, "first".into(), at).await.expect("the sender can edit");
    let wanted = Message { message: "first".into(), edited_at: Some(at), ..message };
    assert_eq!(edited, Changed { value: wanted.clone(), offset: Some(3) });
    let fed = h.fed();
    assert_eq!(fed.len(), 1);
    assert_eq!((fed[0].offset, &fed[0].event), (3, &Event::Edited(wanted.clone())));
    assert_eq!(h.message("bob", &wanted).await, wanted);
    assert_eq!(h.seen_by("bob", room).await.updated_at, at);
    let same = edit(&h, "ann", &wanted, "first").await.expect("the same text is an edit too");
    assert_eq!(same.offset, Some(4));
    assert!(same.value.edited_at > Some(at));
}

pub(super) async fn only_the_sender_edits_and_only_while_it_stands(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("bob", room, "mine").await;
    let _ = h.fed();
    assert_forbidden(&edit(&h, "ann", &message, "ours").await, "not even the owner");
    assert!(h.fed().is_empty());
    delete(&h, "bob", &message).await.expect("the sender can delete");
    assert_conflict(&edit(&h, "bob", &message, "back").await, "once it is deleted");
    assert_forbidden(&edit(&h, "ann", &message, "ours").await, "whose it is comes first");
}

pub(super) async fn a_deleted_message_keeps_its_place_and_nothing_else(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let first = h.say("bob", room, "first").await;
    let metadata = serde_json::json!({ "key": "secret" }).as_object().cloned().unwrap_or_default();
    let draft = Draft {
        client_id: Some("one".into()),
        reply_to: Some(first.id),
        mentions: vec![user("bob")],
        metadata,
        ..text("secret")
    };
    let message = h.post("ann", room, draft).await.expect("a member can post").message;
    react(&h, "bob", &message, "👍").await.expect("a member can react");
    let _ = h.fed();
    assert_eq!(delete(&h, "ann", &message).await, Ok(Some(5)));
    let fed = h.fed();
    assert_eq!(fed.len(), 1);
    assert_eq!((fed[0].offset, &fed[0].event), (5, &Event::MessageDeleted(message.id)));
    let wanted = Message {
        deleted: true,
        message: String::new(),
        mentions: Vec::new(),
        attachments: Vec::new(),
        metadata: serde_json::Map::new(),
        ..message.clone()
    };
    assert_eq!(h.message("bob", &message).await, wanted);
    assert_eq!(h.seen_by("bob", room).await.last_message, Some(wanted));
    assert_eq!(h.say("ann", room, "next").await.seq, 3);
}

pub(super) async fn deleting_twice_changes_nothing(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "oops").await;
    delete(&h, "ann", &message).await.expect("the sender can delete");
    let _ = h.fed();
    let again = h.store.delete_message(by("ann"), message.id, h.at()).await.expect("it is deleted");
    assert_eq!((again.value.message_id, again.value.conversation_id, again.offset), (message.id, room, None));
    assert!(h.fed().is_empty());
}

pub(super) async fn who_may_delete_a_message(h: Harness) {
    let room = h.group(&["ann", "bob", "cat"]).await;
    h.put("ann", room, "cat", Some(Role::Admin)).await.expect("an owner gives roles");
    let owners = h.say("ann", room, "the owner's").await;
    assert_forbidden(&delete(&h, "bob", &owners).await, "a member another's");
    assert!(delete(&h, "cat", &owners).await.is_ok(), "an admin anybody's");
    let members = h.say("bob", room, "a member's").await;
    assert!(delete(&h, "bob", &members).await.is_ok(), "everybody their own");
    let admins = h.say("cat", room, "the admin's").await;
    assert!(delete(&h, "ann", &admins).await.is_ok(), "an owner anybody's");
    let direct = h.tell("ann", "bob", "private").await;
    assert_eq!(h.seen_by("bob", direct.conversation_id).await.kind, ConversationKind::Direct);
    assert_forbidden(&delete(&h, "bob", &direct).await, "nobody moderates a direct conversation");
}

pub(super) async fn a_reaction_counts_once_per_user(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "hello").await;
    let _ = h.fed();
    let changed = |name: &str, count| ReactionChanged {
        conversation_id: room,
        message_id: message.id,
        user_id: user(name),
        emoji: "👍".into(),
        count,
    };
    let (first, second, fifth) = (changed("ann", 1), changed("bob", 2), changed("ann", 1));
    assert_eq!(react(&h, "ann", &message, "👍").await, Ok(Changed { value: first.clone(), offset: Some(3) }));
    assert_eq!(react(&h, "bob", &message, "👍").await, Ok(Changed { value: second.clone(), offset: Some(4) }));
    assert_eq!(react(&h, "bob", &message, "👍").await, Ok(Changed { value: second.clone(), offset: None }));
    assert_eq!(take_back(&h, "ann", &message, "👍").await, Ok(Changed { value: fifth.clone(), offset: Some(5) }));
    assert_eq!(take_back(&h, "ann", &message, "👍").await, Ok(Changed { value: fifth.clone(), offset: None }));
    let events: Vec<Event> = h.fed().into_iter().map(|event| event.event).collect();
    let wanted = [Event::ReactionAdded(first), Event::ReactionAdded(second), Event::ReactionRemoved(fifth)];
    assert_eq!(events, wanted);
    let last = take_back(&h, "bob", &message, "👍").await.expect("a member can take back");
    assert_eq!(last.value.count, 0);
    assert_eq!(reactions(&h, "ann", &message).await, []);
}

pub(super) async fn emoji_are_in_the_order_in_which_they_appeared(h: Harness) {
    let room = h.group(&["ann", "bob", "cat"]).await;
    let message = h.say("ann", room, "hello").await;
    for (name, emoji) in [("ann", "🎻"), ("bob", "🎺"), ("bob", "🎻"), ("cat", "🥁"), ("cat", "🎺"), ("ann", "ok")]
    {
        react(&h, name, &message, emoji).await.expect("a member can react");
    }
    let seen = h.message("ann", &message).await.reactions;
    let order: Vec<(&str, u64)> = seen.iter().map(|reaction| (reaction.emoji.as_str(), reaction.count)).collect();
    assert_eq!(order, [("🎻", 2), ("🎺", 2), ("🥁", 1), ("ok", 1)]);
}

pub(super) async fn the_viewer_comes_first_among_those_who_reacted(h: Harness) {
    let room = h.group(&["ann", "bob", "cat", "dan"]).await;
    let message = h.say("ann", room, "hello").await;
    for name in ["bob", "ann", "cat"] {
        react(&h, name, &message, "👍").await.expect("a member can react");
    }
    let seen = |names: [&str; 3]| vec![("👍".to_owned(), 3, names.map(user).to_vec())];
    assert_eq!(reactions(&h, "dan", &message).await, seen(["bob", "ann", "cat"]), "by time for who did not react");
    assert_eq!(reactions(&h, "cat", &message).await, seen(["cat", "bob", "ann"]));
    assert_eq!(reactions(&h, "bob", &message).await, seen(["bob", "ann", "cat"]));
    let last = h.seen_by("ann", room).await.last_message.expect("there is one");
    assert_eq!(last.reactions[0].user_ids, ["ann", "bob", "cat"].map(user), "in a conversation's preview too");
}

pub(super) async fn of_very_many_reactions_the_first_and_the_viewers_are_listed(h: Harness) {
    let crowd = users("user", MAX_REACTION_USERS + 2);
    let group = NewGroup { title: None, members: crowd.clone(), metadata: Default::default(), client_id: None };
    let room = h.store.create_group(by("ann"), group, h.at()).await.expect("a group can be created");
    let message = h.say("ann", room, "hello").await;
    for member in &crowd {
        let actor = Actor::of(member.clone());
        h.store.react(actor, message.id, "👍".into(), true, h.at()).await.expect("a member can react");
    }
    let total = u64::try_from(crowd.len()).expect("it is small");
    assert_eq!(reactions(&h, "ann", &message).await, [("👍".into(), total, crowd[..MAX_REACTION_USERS].to_vec())]);
    let last = crowd[MAX_REACTION_USERS + 1].clone();
    let mut listed = vec![last.clone()];
    listed.extend_from_slice(&crowd[..MAX_REACTION_USERS - 1]);
    assert_eq!(reactions(&h, last.as_str(), &message).await, [("👍".into(), total, listed)]);
}

pub(super) fn few_emoji() -> Config {
    Config { max_emoji: 2, ..Config::default() }
}

pub(super) async fn a_message_takes_only_so_many_emoji(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "hello").await;
    react(&h, "ann", &message, "1").await.expect("the first fits");
    react(&h, "ann", &message, "2").await.expect("the second fits");
    let third = react(&h, "bob", &message, "3").await;
    assert!(invalid_at(&third, "emoji"), "{third:?}");
    react(&h, "bob", &message, "2").await.expect("one that is there is not one more");
    take_back(&h, "ann", &message, "1").await.expect("a member can take back");
    react(&h, "bob", &message, "3").await.expect("there is room again");
}

pub(super) async fn a_deleted_message_takes_no_reactions(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "hello").await;
    react(&h, "bob", &message, "👍").await.expect("a member can react");
    delete(&h, "ann", &message).await.expect("the sender can delete");
    let _ = h.fed();
    assert_conflict(&react(&h, "ann", &message, "👍").await, "a new one");
    assert_conflict(&react(&h, "bob", &message, "👍").await, "the one that went with the text");
    let gone = take_back(&h, "bob", &message, "👍").await.expect("it is gone already");
    assert_eq!((gone.value.count, gone.offset), (0, None));
    assert!(h.fed().is_empty());
}

pub(super) async fn a_thread_counts_its_replies(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let (root, other) = (h.say("ann", room, "root").await, h.say("ann", room, "other").await);
    assert_eq!(root.thread, None);
    h.answer("bob", &root, "one").await;
    let last = h.answer("ann", &root, "two").await;
    let summary = Some(ThreadSummary { reply_count: 2, last_reply_at: last.created_at });
    assert_eq!(h.message("bob", &root).await.thread, summary);
    assert_eq!(h.message("bob", &last).await.thread, None, "a reply has no thread of its own");
    assert_eq!(h.message("bob", &other).await.thread, None);
    let edited = edit(&h, "ann", &root, "better root").await.expect("the sender can edit");
    assert_eq!(edited.value.thread, summary);
    assert_eq!(h.seen_by("bob", room).await.last_seq, 4, "replies are messages of the conversation");
}
