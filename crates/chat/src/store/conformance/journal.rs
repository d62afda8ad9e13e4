//! The log of events as consumers read it.

use tutti_protocol::EventId;

use super::Harness;
use super::support::by;
use crate::event::{Event, Recorded};

pub(super) async fn the_log_can_be_read_in_pieces(mut h: Harness) {
    assert_eq!(h.latest().await, EventId(0), "nothing happened yet");
    assert_eq!(h.logged().await, []);
    let (one, two) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "cat"]).await);
    for _ in 0..5 {
        h.say("ann", one, "here").await;
        h.say("ann", two, "there").await;
    }
    let (fed, mut read) = (h.fed(), Vec::new());
    loop {
        let from = read.last().map_or(EventId(0), |event: &Recorded| event.id);
        let piece = h.log.after(from, 5).await.expect("the log can be read");
        assert!(piece.len() <= 5);
        if piece.is_empty() {
            break;
        }
        read.extend(piece);
        assert!(read.len() <= fed.len(), "the pieces go in circles");
    }
    assert_eq!(read, fed);
    assert_eq!(read.len(), 12);
}

pub(super) async fn every_consumer_has_a_cursor_of_its_own(h: Harness) {
    let cursor = async |name| h.log.cursor(name).await.expect("a cursor can be read");
    assert_eq!(cursor("push").await, EventId(0), "one that never ran");
    h.log.advance("push", EventId(7)).await.expect("a cursor can be kept");
    assert_eq!((cursor("push").await, cursor("search").await), (EventId(7), EventId(0)));
    h.log.advance("search", EventId(3)).await.expect("a cursor can be kept");
    h.log.advance("push", EventId(9)).await.expect("a cursor can be kept");
    assert_eq!((cursor("push").await, cursor("search").await), (EventId(9), EventId(3)));
}

pub(super) async fn the_log_tells_messages_as_they_are_now(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let (kept, gone) = (h.say("ann", room, "frist").await, h.say("ann", room, "secret one").await);
    h.store.edit(by("ann"), kept.id, "first".into(), h.at()).await.expect("the sender can edit");
    h.store.edit(by("ann"), gone.id, "secret two".into(), h.at()).await.expect("the sender can edit");
    h.store.delete_message(by("ann"), gone.id, h.at()).await.expect("the sender can delete");
    let logged = h.logged().await;
    let texts: Vec<(&str, bool)> = logged
        .iter()
        .filter_map(|event| match &event.event {
            Event::Posted(message) | Event::Edited(message) => Some((message.message.as_str(), message.deleted)),
            _ => None,
        })
        .collect();
    assert_eq!(texts, [("first", false), ("", true), ("first", false), ("", true)]);
    assert!(!format!("{logged:?}").contains("secret"));
    assert_eq!(logged.last().map(|event| &event.event), Some(&Event::MessageDeleted(gone.id)));
}

pub(super) async fn pruning_shortens_the_log_and_nothing_else(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let said = h.say_many("ann", room, 6).await;
    let before = h.logged().await;
    h.store.prune(before[4].id).await.expect("a store can be pruned");
    assert_eq!(h.logged().await, before[4..], "the one it was pruned before is kept");
    assert_eq!(h.latest().await, before[6].id);
    assert_eq!(h.message("bob", &said[0]).await, said[0], "messages stay");
    let seen = h.seen_by("bob", room).await;
    assert_eq!((seen.unread, seen.offset, seen.updated_at), (6, 7, before[6].at));
    let next = h.say("ann", room, "next").await;
    assert_eq!(next.seq, 7);
    let last = h.logged().await.pop().expect("there is one");
    assert_eq!((last.offset, last.event), (8, Event::Posted(next)), "positions go on");
}

pub(super) async fn a_log_that_was_pruned_as_a_whole_goes_on_where_it_was(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    h.say_many("ann", room, 2).await;
    let latest = h.latest().await;
    h.store.prune(EventId(latest.0 + 1)).await.expect("a store can be pruned");
    assert_eq!(h.logged().await, []);
    assert_eq!(h.latest().await, latest, "where the log stands does not go back");
    let current = h.missed("bob", latest).await;
    assert!(current.resumed && current.events.is_empty() && current.reset.is_empty(), "{current:?}");
    assert_eq!(current.latest, latest);
    h.say("ann", room, "next").await;
    let next = h.missed("bob", latest).await;
    let offsets: Vec<u64> = next.events.iter().map(|event| event.offset).collect();
    assert_eq!((offsets, next.reset), (vec![4], Vec::new()), "nothing is missing between");
}

pub(super) async fn of_a_pruned_conversation_the_log_has_no_text(h: Harness) {
    let (gone, kept) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let message = h.say("ann", gone, "secret").await;
    h.store.edit(by("ann"), message.id, "still secret".into(), h.at()).await.expect("the sender can edit");
    let said = h.say("ann", kept, "open").await;
    h.store.delete_conversation(by("ann"), gone, h.at()).await.expect("an owner can delete");
    h.store.prune(EventId(0)).await.expect("a store can be pruned");
    let logged = h.logged().await;
    assert!(!format!("{logged:?}").contains("secret"));
    assert!(logged.iter().any(|event| event.event == Event::Posted(said.clone())));
    let last = logged.last().expect("there is one");
    assert_eq!((last.conversation, &last.event), (gone, &Event::Deleted), "that it is gone is still told");
}
