//! Posting: positions, ids, repeats, whom and what a message may name, and the direct conversation that a first
//! message opens.

use std::collections::BTreeSet;

use tokio::task::JoinSet;
use tutti_core::caller::Actor;
use tutti_core::snowflake;
use tutti_protocol::chat::{Attachment, ConversationKind, Role};
use tutti_protocol::{ConnectionId, ConversationId, MessageId};

use super::Harness;
use super::support::{assert_no_conversation, by, invalid_at, text, user, users};
use crate::event::{Event, Recorded};
use crate::model::{Draft, Posted, Standing, Target};

fn once(client_id: &str, message: &str) -> Draft {
    Draft { client_id: Some(client_id.into()), ..text(message) }
}

pub(super) async fn a_message_sent_twice_is_stored_once(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let first = h.post("ann", room, once("one", "hello")).await.expect("a member can post");
    let _ = h.fed();
    let again = h.post("ann", room, once("one", "hello")).await.expect("a repeat is answered");
    assert!(!first.duplicate && again.duplicate);
    assert_eq!((again.message, again.offset), (first.message, None));
    assert!(h.fed().is_empty(), "a repeat is no event");
    let seen = h.seen_by("bob", room).await;
    assert_eq!((seen.last_seq, seen.offset, seen.unread), (1, 2, 1));
}

pub(super) async fn a_repeat_into_another_conversation_returns_the_first(h: Harness) {
    let (room, other) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "cat"]).await);
    let first = h.post("ann", room, once("one", "hello")).await.expect("a member can post");
    let again = h.post("ann", other, once("one", "other text")).await.expect("a repeat is answered");
    assert!(again.duplicate);
    assert_eq!(again.message, first.message);
    let target = Target::Direct(user("dan"));
    let direct = h.store.post(by("ann"), target, once("one", "hello"), h.at()).await.expect("a repeat is answered");
    assert!(direct.duplicate);
    assert_eq!(h.store.direct_with(&user("ann"), &user("dan")).await, Ok(None), "nothing is opened for a repeat");
    assert_eq!(h.seen_by("cat", other).await.last_seq, 0);
}

pub(super) async fn a_repeat_is_answered_before_anything_else_is_checked(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let first = h.post("bob", room, once("one", "hello")).await.expect("a member can post");
    h.remove("ann", room, "bob").await.expect("an owner can remove");
    let again = h.post("bob", room, once("one", "hello")).await.expect("it was stored, whatever came after");
    assert!(again.duplicate);
    assert_eq!(again.message.id, first.message.id);
    assert_no_conversation(h.post("bob", room, once("two", "hello")).await, "a new one by one who was removed");
}

pub(super) async fn client_ids_belong_to_their_sender(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    h.post("ann", room, once("one", "hers")).await.expect("a member can post");
    let his = h.post("bob", room, once("one", "his")).await.expect("a member can post");
    assert!(!his.duplicate);
    assert_eq!((his.message.seq, his.message.message.as_str()), (2, "his"));
}

pub(super) async fn repeats_at_the_same_time_are_stored_once(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let mut posts = JoinSet::new();
    for _ in 0..20 {
        let (store, at) = (h.store.clone(), h.at());
        posts.spawn(async move { store.post(by("ann"), Target::Conversation(room), once("one", "hello"), at).await });
    }
    let posted: Vec<Posted> = posts.join_all().await.into_iter().map(|post| post.expect("all are answered")).collect();
    assert_eq!(posted.iter().filter(|post| !post.duplicate).count(), 1);
    assert_eq!(posted.iter().map(|post| post.message.id).collect::<BTreeSet<_>>().len(), 1);
    assert_eq!(h.seen_by("bob", room).await.last_seq, 1);
}

async fn post_at_once(h: &Harness, rooms: &[ConversationId], posters: usize) -> Vec<Posted> {
    let mut posts = JoinSet::new();
    for number in 0..posters {
        let (store, at, room) = (h.store.clone(), h.at(), rooms[number % rooms.len()]);
        let draft = text(&format!("message {number}"));
        posts.spawn(async move { store.post(by("ann"), Target::Conversation(room), draft, at).await });
    }
    posts.join_all().await.into_iter().map(|post| post.expect("a member can post")).collect()
}

pub(super) async fn positions_are_dense_under_concurrent_posters(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let posted = post_at_once(&h, &[room], 50).await;
    let seqs: BTreeSet<u64> = posted.iter().map(|post| post.message.seq).collect();
    let offsets: BTreeSet<u64> = posted.iter().filter_map(|post| post.offset).collect();
    assert_eq!(seqs, (1..=50).collect());
    assert_eq!(offsets, (2..=51).collect(), "the first event is that the group was created");
    let seen = h.seen_by("bob", room).await;
    assert_eq!((seen.last_seq, seen.offset, seen.unread), (50, 51, 50));
    let mut by_seq = posted;
    by_seq.sort_by_key(|post| post.message.seq);
    assert!(by_seq.is_sorted_by(|a, b| a.message.id < b.message.id && a.offset < b.offset), "all in one order");
}

pub(super) async fn events_reach_the_feed_in_the_order_of_ids_and_equal_the_log(mut h: Harness) {
    let mut rooms = Vec::new();
    for _ in 0..5 {
        rooms.push(h.group(&["ann", "bob"]).await);
    }
    post_at_once(&h, &rooms, 60).await;
    let fed = h.fed();
    assert_eq!(fed.len(), 65);
    assert!(fed.is_sorted_by(|a, b| a.id < b.id), "ids ascend, each once");
    assert_eq!(fed, h.logged().await);
    assert_eq!(fed.last().map(|event| event.id), Some(h.latest().await));
    for room in rooms {
        let offsets: Vec<u64> =
            fed.iter().filter(|event| event.conversation == room).map(|event| event.offset).collect();
        assert_eq!(offsets, (1..=13).collect::<Vec<u64>>());
    }
}

pub(super) async fn an_event_is_in_the_feed_before_the_call_returns(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let _ = h.fed();
    let origin = Some(ConnectionId(7));
    let (actor, at) = (Actor { user: user("ann"), origin }, h.at());
    let posted = h.store.post(actor, Target::Conversation(room), text("hello"), at).await.expect("a member can post");
    let [Recorded { conversation, offset, at: when, origin: from, event: Event::Posted(message), id }] = &h.fed()[..]
    else {
        panic!("one message, one event")
    };
    assert_eq!((*conversation, Some(*offset), *when, *from), (room, posted.offset, at, origin));
    assert_eq!(*message, posted.message);
    assert!(id.0 > message.id.0, "the event is made after its message");
    let logged = h.logged().await;
    assert_eq!(logged.last().map(|event| (event.id, event.origin)), Some((*id, None)), "the origin is not stored");
}

pub(super) async fn a_message_carries_what_it_was_given(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let first = h.say("bob", room, "first").await;
    let attachment = Attachment {
        url: "https://example.org/a.png".into(),
        name: Some("ä".into()),
        mime_type: Some("image/png".into()),
        size: Some(u64::from(u32::MAX) + 1),
        width: Some(3),
        height: None,
    };
    let metadata = serde_json::json!({ "b": [1, null, "x"], "a": { "nested": true } }).as_object().cloned();
    let draft = Draft {
        message: "zero \u{0} and 🎻".into(),
        client_id: Some("c".into()),
        reply_to: Some(first.id),
        thread_id: Some(first.id),
        mentions: vec![user("ann"), user("bob")],
        attachments: vec![attachment],
        metadata: metadata.unwrap_or_default(),
    };
    let at = h.at();
    let target = Target::Conversation(room);
    let posted = h.store.post(by("ann"), target, draft.clone(), at).await.expect("a member can post").message;
    assert_eq!((posted.conversation_id, posted.seq, &posted.sender_id), (room, 2, &user("ann")));
    assert_eq!((posted.created_at, posted.edited_at, posted.deleted), (at, None, false));
    assert_eq!((&posted.thread, posted.reactions.len()), (&None, 0));
    assert_eq!(snowflake::time_of(posted.id.0), at, "the id is made when the message is");
    let stored = h.message("bob", &posted).await;
    assert_eq!(stored, posted);
    let given = Draft {
        message: stored.message,
        client_id: stored.client_id,
        reply_to: stored.reply_to,
        thread_id: stored.thread_id,
        mentions: stored.mentions,
        attachments: stored.attachments,
        metadata: stored.metadata,
    };
    assert_eq!(given, draft);
}

pub(super) async fn what_a_message_answers_must_be_in_its_conversation(h: Harness) {
    let (room, other) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let elsewhere = h.say("bob", other, "elsewhere").await;
    for id in [elsewhere.id, MessageId(0), MessageId(12)] {
        let result = h.post("ann", room, Draft { reply_to: Some(id), ..text("answer") }).await;
        assert!(invalid_at(&result, "reply_to"), "{result:?}");
    }
    let answer = h.post("ann", other, Draft { reply_to: Some(elsewhere.id), ..text("answer") }).await;
    assert_eq!(answer.map(|post| post.message.reply_to), Ok(Some(elsewhere.id)));
}

pub(super) async fn a_thread_starts_at_a_message_that_is_in_none(h: Harness) {
    let (room, other) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let (root, elsewhere) = (h.say("bob", room, "root").await, h.say("bob", other, "elsewhere").await);
    let reply = h.answer("ann", &root, "reply").await;
    assert_eq!((reply.thread_id, reply.seq), (Some(root.id), 2));
    for id in [reply.id, elsewhere.id, MessageId(0)] {
        let result = h.post("ann", room, Draft { thread_id: Some(id), ..text("reply") }).await;
        assert!(invalid_at(&result, "thread_id"), "{result:?}");
    }
}

pub(super) async fn only_members_can_be_mentioned(h: Harness) {
    let room = h.group(&["ann", "bob", "cat"]).await;
    let mention = |name: &str| Draft { mentions: vec![user("ann"), user(name)], ..text("you") };
    h.post("ann", room, mention("bob")).await.expect("a member can be mentioned");
    let stranger = h.post("ann", room, mention("zoe")).await;
    assert!(invalid_at(&stranger, "mentions"), "{stranger:?}");
    h.remove("ann", room, "cat").await.expect("an owner can remove");
    let removed = h.post("ann", room, mention("cat")).await;
    assert!(invalid_at(&removed, "mentions"), "{removed:?}");
    let direct = |name| h.store.post(by("ann"), Target::Direct(user("bob")), mention(name), h.at());
    assert!(invalid_at(&direct("cat").await, "mentions"), "before the conversation is there");
    direct("bob").await.expect("the two can be mentioned");
    assert!(invalid_at(&direct("cat").await, "mentions"), "once the conversation is there");
}

pub(super) async fn a_refused_message_leaves_nothing_behind(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let _ = h.fed();
    let bad = Draft { mentions: vec![user("zoe")], ..once("one", "you") };
    assert!(h.post("ann", room, bad.clone()).await.is_err());
    assert!(h.store.post(by("ann"), Target::Direct(user("bob")), bad, h.at()).await.is_err());
    assert!(h.fed().is_empty());
    assert_eq!(h.store.direct_with(&user("ann"), &user("bob")).await, Ok(None), "no conversation is opened");
    let good = h.post("ann", room, once("one", "better")).await.expect("a member can post");
    assert_eq!((good.duplicate, good.message.seq, good.offset), (false, 1, Some(2)), "no position was used up");
}

pub(super) async fn the_first_message_opens_a_direct_conversation(mut h: Harness) {
    let message = h.tell("bob", "ann", "hello").await;
    let id = message.conversation_id;
    let [created, posted] = &h.fed()[..] else { panic!("it is created and then posted to") };
    let Event::Created { info, members } = &created.event else { panic!("{created:?}") };
    assert_eq!((info.id, info.kind, &info.title), (id, ConversationKind::Direct, &None));
    assert_eq!(members.iter().collect::<BTreeSet<_>>(), [&user("ann"), &user("bob")].into());
    assert_eq!((created.offset, posted.offset), (1, 2));
    assert_eq!(posted.event, Event::Posted(message.clone()));
    for (one, other) in [("ann", "bob"), ("bob", "ann")] {
        assert_eq!(h.store.direct_with(&user(one), &user(other)).await, Ok(Some(id)));
        let seen = h.seen_by(one, id).await;
        assert_eq!((seen.kind, seen.role, seen.member_count), (ConversationKind::Direct, Role::Member, 2));
        assert_eq!((seen.last_message, seen.offset, seen.created_by), (Some(message.clone()), 2, user("bob")));
    }
    assert_eq!(h.tell("ann", "bob", "hi").await.conversation_id, id, "the answer goes to the same place");
    assert_eq!(h.seen_by("bob", id).await.unread, 1);
}

pub(super) async fn a_direct_conversation_is_made_once_under_concurrent_first_sends(mut h: Harness) {
    let mut posts = JoinSet::new();
    for number in 0..20 {
        let (store, at) = (h.store.clone(), h.at());
        let (one, other) = if number % 2 == 0 { ("ann", "bob") } else { ("bob", "ann") };
        posts.spawn(async move {
            if number < 4 {
                return store.open_direct(by(one), user(other), at).await;
            }
            let posted = store.post(by(one), Target::Direct(user(other)), text("first"), at).await;
            posted.map(|post| post.message.conversation_id)
        });
    }
    let ids: BTreeSet<ConversationId> = posts.join_all().await.into_iter().map(|id| id.expect("all succeed")).collect();
    assert_eq!(ids.len(), 1);
    let created = h.fed().into_iter().filter(|event| matches!(event.event, Event::Created { .. })).count();
    assert_eq!(created, 1);
    let standing = Standing { conversations: ids.into_iter().collect(), latest: h.latest().await };
    assert_eq!(h.store.standing(&user("ann")).await, Ok(standing));
}

pub(super) async fn opening_a_direct_conversation_again_returns_it(mut h: Harness) {
    let id = h.store.open_direct(by("ann"), user("bob"), h.at()).await.expect("anybody can be talked to");
    assert_eq!(h.fed().len(), 1);
    assert_eq!(h.store.open_direct(by("bob"), user("ann"), h.at()).await, Ok(id));
    assert_eq!(h.tell("bob", "ann", "hello").await.conversation_id, id);
    assert_eq!(h.fed().len(), 1, "only the message");
    let other = h.store.open_direct(by("ann"), user("cat"), h.at()).await.expect("anybody can be talked to");
    assert_ne!(other, id);
}

pub(super) async fn many_users_talk_to_one_at_once(h: Harness) {
    let mut posts = JoinSet::new();
    for other in users("user", 50) {
        let (store, at) = (h.store.clone(), h.at());
        posts.spawn(async move {
            let target = Target::Direct(user("ann"));
            store.post(Actor::of(other), target, text("hello"), at).await
        });
    }
    for post in posts.join_all().await {
        let post = post.expect("anybody can be told");
        assert_eq!((post.message.seq, post.offset), (1, Some(2)));
    }
    assert_eq!(h.store.unread(&user("ann")).await.map(|unread| unread.total), Ok(50));
}
