//! Read positions, unread messages and unread mentions.

use tutti_protocol::chat::{Message, ReadPosition};
use tutti_protocol::http::{ConversationUnread, Unread};
use tutti_protocol::{ConversationId, MessageId};

use super::Harness;
use super::support::{assert_no_message, by, text, user};
use crate::error::Error;
use crate::event::Event;
use crate::model::{Draft, ReadMark};

fn position(name: &str, room: ConversationId, message: Option<&Message>) -> ReadPosition {
    ReadPosition {
        conversation_id: room,
        user_id: user(name),
        last_read_id: message.map_or(MessageId(0), |message| message.id),
        last_read_seq: message.map_or(0, |message| message.seq),
    }
}

async fn mark(h: &Harness, name: &str, mark: ReadMark) -> Result<Vec<ReadPosition>, Error> {
    let mut positions = h.store.mark_read(by(name), mark, h.at()).await?;
    positions.sort_by_key(|position| position.conversation_id);
    Ok(positions)
}

async fn unread(h: &Harness, name: &str) -> Unread {
    h.store.unread(&user(name)).await.expect("everybody has a count")
}

pub(super) async fn reading_only_moves_forward(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let said = h.say_many("ann", room, 4).await;
    let _ = h.fed();
    let third = position("bob", room, Some(&said[2]));
    assert_eq!(mark(&h, "bob", ReadMark::Upto(room, said[2].id)).await, Ok(vec![third.clone()]));
    let fed = h.fed();
    assert_eq!((fed.len(), fed[0].offset, &fed[0].event), (1, 6, &Event::Read(third.clone())));
    assert_eq!(mark(&h, "bob", ReadMark::Upto(room, said[0].id)).await, Ok(vec![third.clone()]), "back");
    assert_eq!(mark(&h, "bob", ReadMark::Upto(room, said[2].id)).await, Ok(vec![third.clone()]), "the same");
    assert_eq!(mark(&h, "bob", ReadMark::Messages(vec![said[1].id])).await, Ok(vec![third]), "the other form");
    assert!(h.fed().is_empty(), "a position that stays is no event");
    let seen = h.seen_by("bob", room).await;
    assert_eq!((seen.last_read_seq, seen.unread), (3, 1));
    let last = position("bob", room, Some(&said[3]));
    assert_eq!(mark(&h, "bob", ReadMark::All(room)).await, Ok(vec![last.clone()]));
    assert_eq!(h.fed().pop().map(|event| event.event), Some(Event::Read(last.clone())));
    assert_eq!(mark(&h, "bob", ReadMark::All(room)).await, Ok(vec![last]));
    assert!(h.fed().is_empty());
    let readers = h.seen_by("ann", room).await.members;
    assert_eq!(readers.iter().map(|member| member.last_read_seq).collect::<Vec<_>>(), [0, 4]);
}

pub(super) async fn many_messages_mark_the_newest_of_each_conversation(mut h: Harness) {
    let (one, two, three) =
        (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let (ones, twos) = (h.say_many("ann", one, 3).await, h.say_many("ann", two, 3).await);
    let threes = h.say_many("ann", three, 1).await;
    mark(&h, "bob", ReadMark::Upto(two, twos[2].id)).await.expect("a member can read");
    let _ = h.fed();
    let ids = vec![ones[1].id, twos[0].id, ones[0].id, threes[0].id, ones[1].id];
    let wanted = vec![
        position("bob", one, Some(&ones[1])),
        position("bob", two, Some(&twos[2])),
        position("bob", three, Some(&threes[0])),
    ];
    assert_eq!(mark(&h, "bob", ReadMark::Messages(ids)).await, Ok(wanted.clone()));
    let mut events: Vec<(ConversationId, Event)> =
        h.fed().into_iter().map(|event| (event.conversation, event.event)).collect();
    events.sort_by_key(|(room, _)| *room);
    let moved = [(one, Event::Read(wanted[0].clone())), (three, Event::Read(wanted[2].clone()))];
    assert_eq!(events, moved, "one event for each that moved");
}

pub(super) async fn messages_one_cannot_see_are_passed_over(mut h: Harness) {
    let (hers, shared) = (h.group(&["ann", "cat"]).await, h.group(&["ann", "bob"]).await);
    let (secret, open) = (h.say("ann", hers, "secret").await, h.say("ann", shared, "open").await);
    let _ = h.fed();
    let ids = vec![secret.id, MessageId(0), MessageId(77), open.id];
    let read = mark(&h, "bob", ReadMark::Messages(ids)).await;
    assert_eq!(read, Ok(vec![position("bob", shared, Some(&open))]));
    assert_eq!(mark(&h, "bob", ReadMark::Messages(vec![secret.id])).await, Ok(Vec::new()));
    assert_eq!(h.fed().len(), 1);
}

pub(super) async fn a_mark_names_a_message_of_its_conversation(mut h: Harness) {
    let (one, two) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    h.say("ann", one, "here").await;
    let there = h.say("ann", two, "there").await;
    let _ = h.fed();
    assert_no_message(mark(&h, "bob", ReadMark::Upto(one, there.id)).await, "another conversation's");
    assert_no_message(mark(&h, "bob", ReadMark::Upto(one, MessageId(0))).await, "nobody's");
    assert!(h.fed().is_empty());
    assert_eq!(h.seen_by("bob", one).await.last_read_seq, 0);
}

pub(super) async fn an_empty_conversation_is_read(mut h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let _ = h.fed();
    assert_eq!(mark(&h, "bob", ReadMark::All(room)).await, Ok(vec![position("bob", room, None)]));
    assert!(h.fed().is_empty());
}

pub(super) async fn own_messages_are_never_unread(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    h.say_many("bob", room, 3).await;
    let middle = h.say("ann", room, "between").await;
    h.say_many("bob", room, 2).await;
    let (ann, bob) = (h.seen_by("ann", room).await, h.seen_by("bob", room).await);
    assert_eq!((bob.unread, bob.last_read_seq), (1, 0), "posting does not read");
    assert_eq!(ann.unread, 5);
    mark(&h, "bob", ReadMark::Upto(room, middle.id)).await.expect("a member can read");
    assert_eq!(h.seen_by("bob", room).await.unread, 0);
    h.say("ann", room, "one more").await;
    assert_eq!(h.seen_by("bob", room).await.unread, 1);
    let own = h.say("bob", room, "mine").await;
    mark(&h, "bob", ReadMark::Upto(room, own.id)).await.expect("own messages can be marked");
    assert_eq!(h.seen_by("bob", room).await.unread, 0);
}

pub(super) async fn deleted_messages_are_not_unread(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let (hers, his) = (h.say_many("ann", room, 4).await, h.say_many("bob", room, 2).await);
    mark(&h, "bob", ReadMark::Upto(room, hers[0].id)).await.expect("a member can read");
    for (name, message) in [("ann", &hers[0]), ("ann", &hers[2]), ("bob", &his[1])] {
        h.store.delete_message(by(name), message.id, h.at()).await.expect("the sender can delete");
    }
    assert_eq!(h.seen_by("bob", room).await.unread, 2, "one was read before, one was his own");
    assert_eq!(h.seen_by("ann", room).await.unread, 1);
    mark(&h, "bob", ReadMark::Upto(room, hers[2].id)).await.expect("a deleted message has a place to read to");
    assert_eq!(h.seen_by("bob", room).await.unread, 1);
    h.store.delete_message(by("ann"), hers[2].id, h.at()).await.expect("again");
    assert_eq!(h.seen_by("bob", room).await.unread, 1);
}

pub(super) async fn mentions_count_until_they_are_read_or_deleted(h: Harness) {
    let room = h.group(&["ann", "bob", "cat"]).await;
    let mention = |names: &[&str]| Draft { mentions: names.iter().map(|name| user(name)).collect(), ..text("you") };
    let mut said = Vec::new();
    for names in [&["bob"][..], &["bob", "cat"], &[], &["bob"]] {
        said.push(h.post("ann", room, mention(names)).await.expect("members can be mentioned").message);
    }
    assert_eq!(h.seen_by("bob", room).await.unread_mentions, 3);
    assert_eq!(h.seen_by("cat", room).await.unread_mentions, 1);
    assert_eq!(h.seen_by("ann", room).await.unread_mentions, 0);
    mark(&h, "bob", ReadMark::Upto(room, said[0].id)).await.expect("a member can read");
    assert_eq!(h.seen_by("bob", room).await.unread_mentions, 2);
    h.store.delete_message(by("ann"), said[1].id, h.at()).await.expect("the sender can delete");
    assert_eq!(h.seen_by("bob", room).await.unread_mentions, 1);
    let counts = unread(&h, "bob").await;
    assert_eq!((counts.total, counts.mentions), (2, 1));
    mark(&h, "bob", ReadMark::All(room)).await.expect("a member can read");
    assert_eq!(h.seen_by("bob", room).await.unread_mentions, 0);
}

pub(super) async fn mentioning_oneself_is_not_unread(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let draft = Draft { mentions: vec![user("ann"), user("bob")], ..text("all of us") };
    let posted = h.post("ann", room, draft.clone()).await.expect("members can be mentioned").message;
    assert_eq!(posted.mentions, draft.mentions, "it is said all the same");
    let (ann, bob) = (h.seen_by("ann", room).await, h.seen_by("bob", room).await);
    assert_eq!((ann.unread, ann.unread_mentions), (0, 0), "mentions are counted among what is unread");
    assert_eq!((bob.unread, bob.unread_mentions), (1, 1));
    h.say("bob", room, "yes").await;
    let counts = unread(&h, "ann").await;
    assert_eq!((counts.total, counts.mentions), (1, 0));
}

pub(super) async fn a_new_member_has_nothing_unread(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let said = h.say_many("ann", room, 3).await;
    let added = h.put("ann", room, "cat", None).await.expect("an owner can add");
    assert_eq!(added.last_read_seq, 3);
    assert_eq!(h.seen_by("cat", room).await.unread, 0);
    h.store.delete_message(by("ann"), said[0].id, h.at()).await.expect("the sender can delete");
    h.say("ann", room, "welcome").await;
    assert_eq!(h.seen_by("cat", room).await.unread, 1);
    assert_eq!(h.seen_by("bob", room).await.unread, 3);
}

pub(super) async fn unread_lists_conversations_with_something_the_latest_first(h: Harness) {
    let (one, two, read) =
        (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let own = h.group(&["bob", "ann"]).await;
    h.say("bob", own, "only mine").await;
    h.say_many("ann", read, 2).await;
    h.say_many("ann", two, 2).await;
    let first = h.say("ann", one, "first").await;
    let draft = Draft { mentions: vec![user("bob")], ..text("you") };
    h.post("ann", one, draft).await.expect("members can be mentioned");
    h.say("ann", one, "third").await;
    mark(&h, "bob", ReadMark::Upto(one, first.id)).await.expect("a member can read");
    mark(&h, "bob", ReadMark::All(read)).await.expect("a member can read");
    let line = |conversation_id, unread, mentions, last_read_seq| ConversationUnread {
        conversation_id,
        unread,
        mentions,
        last_read_seq,
    };
    let wanted = Unread { total: 4, mentions: 1, conversations: vec![line(one, 2, 1, 1), line(two, 2, 0, 0)] };
    assert_eq!(unread(&h, "bob").await, wanted);
    h.say("ann", two, "later").await;
    let wanted = Unread { total: 5, mentions: 1, conversations: vec![line(two, 3, 0, 0), line(one, 2, 1, 1)] };
    assert_eq!(unread(&h, "bob").await, wanted);
    assert_eq!(unread(&h, "ann").await.conversations, [line(own, 1, 0, 0)]);
}
