//! What somebody missed while they were away.

use tutti_protocol::chat::Role;
use tutti_protocol::{ConversationId, EventId};

use super::Harness;
use super::support::{by, text, user};
use crate::config::Config;
use crate::event::{Event, Recorded};
use crate::model::{Draft, ReadMark, Replay};

fn of(events: &[Recorded], rooms: &[ConversationId]) -> Vec<Recorded> {
    let in_rooms = events.iter().filter(|event| rooms.contains(&event.conversation));
    in_rooms.cloned().map(|event| Recorded { origin: None, ..event }).collect()
}

fn sorted(mut rooms: Vec<ConversationId>) -> Vec<ConversationId> {
    rooms.sort_unstable();
    rooms
}

pub(super) async fn nothing_is_missed(mut h: Harness) {
    let (one, two) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let (hers, first) = (h.group(&["ann", "cat"]).await, h.say("ann", one, "seen before").await);
    let since = h.latest().await;
    let _ = h.fed();
    h.say("ann", one, "one").await;
    h.say("ann", hers, "not for bob").await;
    h.say("ann", two, "two").await;
    h.store.react(by("ann"), first.id, "👍".into(), true, h.at()).await.expect("a member can react");
    h.store.mark_read(by("bob"), ReadMark::All(one), h.at()).await.expect("a member can read");
    h.put("ann", two, "cat", Some(Role::Admin)).await.expect("an owner can add");
    h.store.update(by("ann"), two, Default::default(), h.at()).await.expect("an owner can");
    let direct = h.tell("cat", "bob", "new").await.conversation_id;
    let fed = h.fed();
    let missed = h.missed("bob", since).await;
    let wanted =
        Replay { resumed: true, events: of(&fed, &[one, two, direct]), reset: Vec::new(), latest: h.latest().await };
    assert_eq!(wanted.events.len(), 8);
    assert_eq!(missed, wanted);
    for (index, event) in fed.iter().enumerate() {
        let rest = h.missed("ann", event.id).await;
        assert_eq!(rest.events, of(&fed[index + 1..], &[one, two, hers]), "from any place in the log");
    }
}

pub(super) async fn who_is_up_to_date_missed_nothing(h: Harness) {
    let empty = h.missed("ann", EventId(0)).await;
    assert_eq!(empty, Replay { resumed: true, ..Replay::default() }, "of an empty log");
    let room = h.group(&["ann", "bob"]).await;
    h.say("ann", room, "hello").await;
    let latest = h.latest().await;
    assert_eq!(h.missed("bob", latest).await, Replay { resumed: true, latest, ..Replay::default() });
    assert_eq!(h.missed("zoe", EventId(0)).await, Replay { resumed: true, latest, ..Replay::default() });
}

pub(super) async fn an_event_of_the_future_cannot_be_resumed_from(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    h.say("ann", room, "hello").await;
    let latest = h.latest().await;
    let replay = h.missed("bob", EventId(latest.0 + 1)).await;
    assert_eq!(replay, Replay { resumed: false, latest, ..Replay::default() }, "the log was set back");
}

pub(super) fn short_replays() -> Config {
    Config { max_replay_per_conversation: 4, max_replay: 10, ..Config::default() }
}

pub(super) async fn too_much_of_one_conversation_is_loaded_afresh(h: Harness) {
    let (busy, quiet) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let since = h.latest().await;
    h.say_many("ann", busy, 4).await;
    let said = h.say("ann", quiet, "one").await;
    let replay = h.missed("bob", since).await;
    assert_eq!((replay.events.len(), replay.reset), (5, Vec::new()), "as many as there may be");
    h.say("ann", busy, "one too many").await;
    let replay = h.missed("bob", since).await;
    assert_eq!((replay.resumed, replay.reset), (true, vec![busy]));
    assert_eq!(replay.events.iter().map(|event| &event.event).collect::<Vec<_>>(), [&Event::Posted(said)]);
}

pub(super) async fn of_too_much_in_all_the_busiest_are_loaded_afresh(h: Harness) {
    let mut rooms = Vec::new();
    for _ in 0..5 {
        rooms.push(h.group(&["ann", "bob"]).await);
    }
    let since = h.latest().await;
    for (room, count) in rooms.iter().zip([4, 2, 1, 4, 1]) {
        h.say_many("ann", *room, count).await;
    }
    let replay = h.missed("bob", since).await;
    assert_eq!(replay.reset.len(), 1, "twelve are two too many");
    assert!(replay.reset[0] == rooms[0] || replay.reset[0] == rooms[3]);
    assert_eq!(replay.events.len(), 8);
    assert!(replay.events.is_sorted_by(|a, b| a.id < b.id));
    assert!(replay.events.iter().all(|event| event.conversation != replay.reset[0]), "one or the other");
}

pub(super) async fn one_who_joined_while_away_hears_from_then_on(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let since = h.latest().await;
    h.say_many("ann", room, 3).await;
    let member = h.put("ann", room, "cat", None).await.expect("an owner can add");
    let welcome = h.say("ann", room, "welcome").await;
    let replay = h.missed("cat", since).await;
    let events: Vec<(u64, Event)> = replay.events.into_iter().map(|event| (event.offset, event.event)).collect();
    assert_eq!(events, [(5, Event::MemberAdded(member)), (6, Event::Posted(welcome))]);
    assert_eq!(replay.reset, []);
    assert_eq!(h.missed("cat", EventId(0)).await.events.len(), 2, "nor what is older than the gap");
}

pub(super) async fn a_long_past_does_not_count_for_one_who_just_joined(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let since = h.latest().await;
    h.say_many("ann", room, 20).await;
    h.put("ann", room, "cat", None).await.expect("an owner can add");
    let replay = h.missed("cat", since).await;
    assert_eq!((replay.events.len(), replay.reset.len()), (1, 0));
    assert_eq!(h.missed("bob", since).await.reset, [room]);
}

pub(super) async fn one_who_was_removed_while_away_hears_only_that(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let since = h.latest().await;
    h.say("ann", room, "about bob").await;
    h.remove("ann", room, "bob").await.expect("an owner can remove");
    let removed = h.logged().await.pop().expect("there is one");
    h.say("ann", room, "without bob").await;
    let replay = h.missed("bob", since).await;
    assert_eq!((replay.events, replay.reset), (vec![removed.clone()], Vec::new()));
    assert_eq!(removed.event, Event::MemberRemoved(user("bob")));
    assert_eq!(h.missed("bob", removed.id).await.events, [], "who knows is not told again");
}

pub(super) async fn one_who_was_away_between_leaving_and_joining_hears_nothing_of_it(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let since = h.latest().await;
    h.remove("bob", room, "bob").await.expect("anybody can leave");
    h.say("ann", room, "secret").await;
    let back = h.put("ann", room, "bob", None).await.expect("an owner can add");
    let welcome = h.say("ann", room, "welcome").await;
    let replay = h.missed("bob", since).await;
    let events: Vec<Event> = replay.events.into_iter().map(|event| event.event).collect();
    assert_eq!(events, [Event::MemberAdded(back), Event::Posted(welcome)], "nor that they had left");
}

pub(super) async fn a_conversation_deleted_while_away_is_told(h: Harness) {
    let (gone, kept) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let since = h.latest().await;
    h.say("ann", gone, "too late").await;
    h.store.delete_conversation(by("ann"), gone, h.at()).await.expect("an owner can delete");
    let deleted = h.logged().await.pop().expect("there is one");
    assert_eq!((deleted.conversation, &deleted.event), (gone, &Event::Deleted));
    let said = h.say("ann", kept, "still here").await;
    let wanted = vec![Event::Deleted, Event::Posted(said)];
    let events = |replay: Replay| replay.events.into_iter().map(|event| event.event).collect::<Vec<_>>();
    assert_eq!(events(h.missed("bob", since).await), wanted);
    assert_eq!(events(h.missed("ann", since).await), wanted, "who deleted it may have other connections");
    h.store.prune(deleted.id).await.expect("a store can be pruned");
    let replay = h.missed("bob", deleted.id).await;
    assert_eq!(replay.events.len(), 1, "who knows is not told again");
    let before = h.logged().await.first().map(|event| event.id);
    assert_eq!(before, Some(deleted.id), "the event itself is not pruned yet");
    let late = h.missed("bob", EventId(deleted.id.0 - 1)).await;
    assert_eq!(events(late), wanted, "nor forgotten with the content");
}

pub(super) async fn deleted_text_is_never_replayed(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let since = h.latest().await;
    let draft = Draft { mentions: vec![user("bob")], ..text("secret one") };
    let message = h.post("ann", room, draft).await.expect("a member can post").message;
    h.store.edit(by("ann"), message.id, "secret two".into(), h.at()).await.expect("the sender can edit");
    h.store.delete_message(by("ann"), message.id, h.at()).await.expect("the sender can delete");
    let replay = h.missed("bob", since).await;
    assert!(!format!("{replay:?}").contains("secret"));
    let gone = h.message("bob", &message).await;
    assert!(gone.deleted);
    let events: Vec<Event> = replay.events.into_iter().map(|event| event.event).collect();
    assert_eq!(events, [Event::Posted(gone.clone()), Event::Edited(gone), Event::MessageDeleted(message.id)]);
}

pub(super) async fn messages_are_replayed_as_they_are_now(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let since = h.latest().await;
    let message = h.say("ann", room, "frist").await;
    h.store.edit(by("ann"), message.id, "first".into(), h.at()).await.expect("the sender can edit");
    h.answer("ann", &message, "reply").await;
    let now = h.message("bob", &message).await;
    assert_eq!((now.message.as_str(), now.thread.as_ref().map(|thread| thread.reply_count)), ("first", Some(1)));
    let replay = h.missed("bob", since).await;
    assert_eq!(replay.events[0].event, Event::Posted(now.clone()));
    assert_eq!(replay.events[1].event, Event::Edited(now));
}

pub(super) async fn a_gap_that_starts_before_what_is_kept_is_loaded_afresh(h: Harness) {
    let (busy, quiet) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let since = h.latest().await;
    h.say_many("ann", busy, 4).await;
    let horizon = h.latest().await;
    let kept = h.say("ann", quiet, "kept").await;
    h.store.prune(horizon).await.expect("a store can be pruned");
    let late = h.missed("bob", since).await;
    assert!(late.resumed && late.reset.contains(&busy), "{late:?}");
    assert!(late.events.iter().all(|event| event.conversation != busy), "no part of what is loaded afresh");
    let in_time = h.missed("bob", horizon).await;
    assert_eq!(in_time.reset, []);
    assert_eq!(in_time.events.into_iter().map(|event| event.event).collect::<Vec<_>>(), [Event::Posted(kept)]);
}

pub(super) async fn a_gap_of_which_nothing_is_kept_is_loaded_afresh(h: Harness) {
    let (one, two) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let since = h.latest().await;
    h.say_many("ann", one, 2).await;
    h.say_many("ann", two, 2).await;
    let latest = h.latest().await;
    h.store.prune(EventId(latest.0 + 1)).await.expect("a store can be pruned");
    let replay = h.missed("bob", since).await;
    assert_eq!((replay.resumed, replay.events.len(), replay.latest), (true, 0, latest));
    assert_eq!(sorted(replay.reset), sorted(vec![one, two]));
    let newcomer = h.put("ann", one, "cat", None).await.expect("an owner can add");
    let missed = h.missed("cat", latest).await;
    assert_eq!((missed.events.len(), missed.reset.len()), (1, 0));
    assert_eq!(missed.events[0].event, Event::MemberAdded(newcomer));
}
