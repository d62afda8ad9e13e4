//! Who is not in a conversation does not learn that it exists, by any way of asking.

use std::future::Future;
use std::pin::Pin;

use tutti_protocol::chat::Message;
use tutti_protocol::{ConversationId, MessageId};

use super::Harness;
use super::support::{assert_no_conversation, assert_no_message, by, text, user};
use crate::error::Error;
use crate::model::{Anchor, HistoryQuery, Patch, ReadMark, Target};

type Answer<'a> = Pin<Box<dyn Future<Output = Result<(), Error>> + Send + 'a>>;

fn without_value<'a, T>(call: impl Future<Output = Result<T, Error>> + Send + 'a) -> Answer<'a> {
    Box::pin(async move { call.await.map(drop) })
}

/// Everything that can be asked of a conversation.
async fn conversation_is_hidden(h: &Harness, name: &str, id: ConversationId, message: MessageId) {
    let (actor, viewer, at) = (by(name), user(name), h.at());
    let store = &h.store;
    let query = |anchor, thread| HistoryQuery { conversation: id, thread, anchor, limit: 5 };
    let calls = [
        ("post", without_value(store.post(actor.clone(), Target::Conversation(id), text("x"), at))),
        ("mark up to", without_value(store.mark_read(actor.clone(), ReadMark::Upto(id, message), at))),
        ("mark all", without_value(store.mark_read(actor.clone(), ReadMark::All(id), at))),
        ("update", without_value(store.update(actor.clone(), id, Patch::default(), at))),
        ("delete", without_value(store.delete_conversation(actor.clone(), id, at))),
        ("add", without_value(store.put_member(actor.clone(), id, user("new"), None, at))),
        ("join", without_value(store.put_member(actor.clone(), id, viewer.clone(), None, at))),
        ("remove", without_value(store.remove_member(actor.clone(), id, user("ann"), at))),
        ("leave", without_value(store.remove_member(actor.clone(), id, viewer.clone(), at))),
        ("conversation", without_value(store.conversation(&viewer, id))),
        ("members", without_value(store.members(&viewer, id, None, 5))),
        ("history", without_value(store.history(&viewer, query(Anchor::Newest, None)))),
        ("history around", without_value(store.history(&viewer, query(Anchor::Around(message), None)))),
        ("thread", without_value(store.history(&viewer, query(Anchor::Newest, Some(message))))),
    ];
    for (what, call) in calls {
        assert_no_conversation(call.await, &format!("{what} by {name}"));
    }
}

/// Everything that can be asked of a message.
async fn message_is_hidden(h: &Harness, name: &str, id: MessageId) {
    let (actor, at) = (by(name), h.at());
    let store = &h.store;
    let calls = [
        ("edit", without_value(store.edit(actor.clone(), id, "x".into(), at))),
        ("delete", without_value(store.delete_message(actor.clone(), id, at))),
        ("react", without_value(store.react(actor.clone(), id, "👍".into(), true, at))),
        ("take back", without_value(store.react(actor.clone(), id, "👍".into(), false, at))),
    ];
    for (what, call) in calls {
        assert_no_message(call.await, &format!("{what} by {name}"));
    }
    assert_eq!(store.mark_read(actor.clone(), ReadMark::Messages(vec![id]), at).await, Ok(Vec::new()));
}

async fn nothing_is_listed(h: &Harness, name: &str, id: ConversationId) {
    let viewer = user(name);
    assert_eq!(h.store.is_member(&viewer, id).await, Ok(false));
    assert_eq!(h.conversations_of(name).await, Vec::new());
    let page = h.store.conversations(&viewer, None, 10).await.expect("everybody has a list");
    assert!(page.items.is_empty() && page.next.is_none());
    let unread = h.store.unread(&viewer).await.expect("everybody has a count");
    assert_eq!((unread.total, unread.mentions, unread.conversations), (0, 0, Vec::new()));
}

async fn all_is_hidden(mut h: Harness, name: &str, message: &Message) {
    let _ = h.fed();
    let before = h.latest().await;
    conversation_is_hidden(&h, name, message.conversation_id, message.id).await;
    message_is_hidden(&h, name, message.id).await;
    nothing_is_listed(&h, name, message.conversation_id).await;
    assert!(h.fed().is_empty(), "nothing happened");
    assert_eq!(h.latest().await, before);
}

pub(super) async fn a_stranger_finds_nothing(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "secret").await;
    all_is_hidden(h, "zoe", &message).await;
}

pub(super) async fn a_stranger_finds_no_direct_conversation(h: Harness) {
    let message = h.tell("ann", "bob", "secret").await;
    assert_eq!(h.store.direct_with(&user("zoe"), &user("bob")).await, Ok(None));
    all_is_hidden(h, "zoe", &message).await;
}

pub(super) async fn one_who_was_removed_finds_nothing(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("bob", room, "once mine").await;
    h.remove("ann", room, "bob").await.expect("an owner can remove");
    all_is_hidden(h, "bob", &message).await;
}

pub(super) async fn a_deleted_conversation_is_gone_for_everybody(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "gone").await;
    h.store.delete_conversation(by("ann"), room, h.at()).await.expect("an owner can delete");
    all_is_hidden(h, "ann", &message).await;
}

pub(super) async fn a_pruned_conversation_stays_gone(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "gone").await;
    h.store.delete_conversation(by("ann"), room, h.at()).await.expect("an owner can delete");
    h.store.prune(h.latest().await).await.expect("a store can be pruned");
    all_is_hidden(h, "ann", &message).await;
}

pub(super) async fn what_was_never_made_is_not_found(h: Harness) {
    conversation_is_hidden(&h, "ann", ConversationId(0), MessageId(0)).await;
    conversation_is_hidden(&h, "ann", ConversationId(5), MessageId(6)).await;
    message_is_hidden(&h, "ann", MessageId(0)).await;
    let room = h.group(&["ann", "bob"]).await;
    message_is_hidden(&h, "ann", MessageId(room.0)).await;
}
