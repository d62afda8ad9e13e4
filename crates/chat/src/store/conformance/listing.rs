//! Lists: pages of history from every anchor, pages of conversations and of members, and who knows whom.

use std::collections::BTreeSet;

use tutti_protocol::chat::{Member, Message, MessagePage};
use tutti_protocol::{ConversationId, MessageId};

use super::Harness;
use super::support::{assert_no_message, by, ids, invalid_at, user};
use crate::config::MAX_LISTED_MEMBERS;
use crate::error::Error;
use crate::event::Event;
use crate::model::{Anchor, HistoryQuery};

async fn page(
    h: &Harness,
    conversation: ConversationId,
    thread: Option<MessageId>,
    anchor: Anchor,
    limit: usize,
) -> Result<MessagePage, Error> {
    h.store.history(&user("bob"), HistoryQuery { conversation, thread, anchor, limit }).await
}

/// The page that should come of `all`, which is in the order of time: ids, newest first, and whether there are more.
fn wanted(all: &[MessageId], anchor: Anchor, limit: usize) -> (Vec<MessageId>, bool) {
    let place = |id: MessageId| all.iter().position(|other| *other == id).expect("it is one of them");
    let mut older: Vec<MessageId> = all.to_vec();
    let mut newer: Vec<MessageId> = Vec::new();
    let (mut found, more) = match anchor {
        Anchor::Newest => (older.split_off(older.len().saturating_sub(limit)), !older.is_empty()),
        Anchor::Before(id) => {
            older.truncate(place(id));
            (older.split_off(older.len().saturating_sub(limit)), !older.is_empty())
        }
        Anchor::After(id) => {
            newer.extend(&older[place(id) + 1..]);
            let rest = newer.split_off(limit.min(newer.len()));
            (newer, !rest.is_empty())
        }
        Anchor::Around(id) => {
            let mut found = vec![id];
            newer.extend(&older[place(id) + 1..]);
            older.truncate(place(id));
            // Half of the page newer, then older ones, then whatever there is.
            for _ in 0..limit / 2 {
                found.extend((!newer.is_empty()).then(|| newer.remove(0)));
            }
            while found.len() < limit && !older.is_empty() {
                found.insert(0, older.pop().expect("it is not empty"));
            }
            while found.len() < limit && !newer.is_empty() {
                found.push(newer.remove(0));
            }
            (found, !older.is_empty())
        }
    };
    found.reverse();
    (found, more)
}

async fn check_all_pages(h: &Harness, room: ConversationId, thread: Option<MessageId>, all: &[MessageId]) {
    for limit in 1..=all.len() + 1 {
        let anchors = all.iter().flat_map(|id| [Anchor::Before(*id), Anchor::After(*id), Anchor::Around(*id)]);
        for anchor in anchors.chain([Anchor::Newest]) {
            let got = page(h, room, thread, anchor, limit).await.expect("the anchor is there");
            let got = (ids(&got.messages), got.has_more);
            assert_eq!(got, wanted(all, anchor, limit), "{anchor:?}, limit {limit}, all {all:?}");
        }
    }
}

pub(super) async fn history_is_right_from_every_anchor(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    h.say("ann", h.group(&["ann", "bob"]).await, "elsewhere").await;
    let said = h.say_many("ann", room, 9).await;
    check_all_pages(&h, room, None, &ids(&said)).await;
}

pub(super) async fn history_around_a_message_fills_the_page(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let said = h.say_many("ann", room, 10).await;
    let around = async |seq: usize, limit| {
        let got = page(&h, room, None, Anchor::Around(said[seq - 1].id), limit).await.expect("it is there");
        (got.messages.iter().map(|message| message.seq).collect::<Vec<_>>(), got.has_more)
    };
    assert_eq!(around(5, 5).await, (vec![7, 6, 5, 4, 3], true), "in the middle");
    assert_eq!(around(5, 4).await, (vec![7, 6, 5, 4], true), "half of an even page is newer");
    assert_eq!(around(1, 5).await, (vec![5, 4, 3, 2, 1], false), "nothing is older: newer ones fill it");
    assert_eq!(around(2, 5).await, (vec![5, 4, 3, 2, 1], false));
    assert_eq!(around(10, 5).await, (vec![10, 9, 8, 7, 6], true), "nothing is newer: older ones fill it");
    assert_eq!(around(9, 5).await, (vec![10, 9, 8, 7, 6], true));
    assert_eq!(around(4, 1).await, (vec![4], true), "itself at least");
    assert_eq!(around(4, 50).await, ((1..=10).rev().collect(), false), "all there is");
}

pub(super) async fn history_of_a_thread_has_its_first_message_and_its_replies(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let (root, other) = (h.say("ann", room, "root").await, h.say("ann", room, "other root").await);
    let mut thread = vec![root.id];
    for number in 0..5 {
        thread.push(h.answer("bob", &root, &format!("reply {number}")).await.id);
        h.answer("ann", &other, "elsewhere").await;
        h.say("ann", room, "between").await;
    }
    check_all_pages(&h, room, Some(root.id), &thread).await;
    let lone = h.say("ann", room, "no replies").await;
    check_all_pages(&h, room, Some(lone.id), &[lone.id]).await;
}

pub(super) async fn an_anchor_must_be_where_it_is_sought(h: Harness) {
    let (room, other) = (h.group(&["ann", "bob"]).await, h.group(&["ann", "bob"]).await);
    let (root, elsewhere) = (h.say("ann", room, "root").await, h.say("ann", other, "elsewhere").await);
    let (reply, between) = (h.answer("bob", &root, "reply").await, h.say("ann", room, "between").await);
    let hidden = h.say("ann", h.group(&["ann", "cat"]).await, "hidden").await;
    for id in [elsewhere.id, hidden.id, MessageId(0)] {
        for anchor in [Anchor::Before(id), Anchor::After(id), Anchor::Around(id)] {
            assert_no_message(page(&h, room, None, anchor, 5).await, "in another conversation");
        }
        assert_no_message(page(&h, room, Some(id), Anchor::Newest, 5).await, "a thread elsewhere");
    }
    assert_no_message(page(&h, room, Some(reply.id), Anchor::Newest, 5).await, "a reply is no thread");
    for anchor in [Anchor::Before(between.id), Anchor::After(between.id), Anchor::Around(between.id)] {
        assert_no_message(page(&h, room, Some(root.id), anchor, 5).await, "beside the thread");
    }
}

pub(super) async fn deleted_messages_keep_their_place_in_history(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let said = h.say_many("ann", room, 5).await;
    h.store.delete_message(by("ann"), said[2].id, h.at()).await.expect("the sender can delete");
    check_all_pages(&h, room, None, &ids(&said)).await;
    let got = page(&h, room, None, Anchor::Around(said[2].id), 3).await.expect("it is there");
    assert_eq!(got.messages.iter().map(|message| message.deleted).collect::<Vec<_>>(), [false, true, false]);
}

pub(super) async fn an_empty_conversation_has_an_empty_history(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let empty = MessagePage { messages: Vec::<Message>::new(), has_more: false };
    assert_eq!(page(&h, room, None, Anchor::Newest, 5).await, Ok(empty));
}

/// All pages of somebody's conversations.
async fn walk(h: &Harness, name: &str, limit: usize) -> Vec<ConversationId> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = h.store.conversations(&user(name), cursor.as_deref(), limit).await.expect("the cursor is good");
        assert!(page.items.len() <= limit && (page.next.is_none() || page.items.len() == limit));
        found.extend(page.items.into_iter().map(|item| item.id));
        assert!(found.len() <= 100, "the pages go in circles");
        match page.next {
            Some(next) => cursor = Some(next),
            None => return found,
        }
    }
}

/// All conversations in the log, the one with the newest message, or itself the newest, first.
async fn by_activity(h: &Harness) -> Vec<ConversationId> {
    let mut seen = BTreeSet::new();
    let latest_first = h.logged().await.into_iter().rev();
    let active = latest_first.filter(|recorded| matches!(recorded.event, Event::Posted(_) | Event::Created { .. }));
    active.map(|recorded| recorded.conversation).filter(|id| seen.insert(*id)).collect()
}

pub(super) async fn conversations_come_by_activity_page_by_page(h: Harness) {
    let mut rooms = Vec::new();
    for number in 0..44 {
        rooms.push(h.group(&["ann", if number % 2 == 0 { "bob" } else { "cat" }]).await);
    }
    rooms.push(h.tell("zoe", "ann", "hello").await.conversation_id);
    for number in [3, 40, 3, 17, 0] {
        h.say("ann", rooms[number], "again").await;
    }
    h.store.update(by("ann"), rooms[20], Default::default(), h.at()).await.expect("an owner can");
    let wanted = by_activity(&h).await;
    assert_eq!((wanted.len(), wanted[0], wanted[1]), (45, rooms[0], rooms[17]), "a new title is not activity");
    for limit in [1, 7, 20, 44, 45, 46, 100] {
        assert_eq!(walk(&h, "ann", limit).await, wanted, "pages of {limit}");
    }
    let mine: Vec<_> = wanted.into_iter().filter(|id| rooms[..44].iter().step_by(2).any(|other| other == id)).collect();
    assert_eq!(walk(&h, "bob", 5).await, mine);
}

pub(super) async fn activity_between_pages_loses_no_quiet_conversation(h: Harness) {
    let mut rooms = Vec::new();
    for _ in 0..45 {
        rooms.push(h.group(&["ann", "bob"]).await);
    }
    let first = h.store.conversations(&user("ann"), None, 20).await.expect("a page can be read");
    assert_eq!(
        first.items.iter().map(|item| item.id).collect::<Vec<_>>(),
        rooms[25..].iter().rev().copied().collect::<Vec<_>>()
    );
    h.say("bob", rooms[40], "seen already").await;
    h.say("bob", rooms[10], "moves to the front").await;
    let second = h.store.conversations(&user("ann"), first.next.as_deref(), 20).await.expect("the cursor is good");
    let third = h.store.conversations(&user("ann"), second.next.as_deref(), 20).await.expect("the cursor is good");
    let rest: Vec<ConversationId> = second.items.iter().chain(&third.items).map(|item| item.id).collect();
    let quiet: Vec<ConversationId> = (0..25).rev().filter(|number| *number != 10).map(|number| rooms[number]).collect();
    assert_eq!((rest, third.next), (quiet, None), "each quiet one once, none again");
}

pub(super) async fn a_page_of_conversations_is_as_each_one_alone(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    let message = h.say("ann", room, "hello").await;
    h.tell("ann", "bob", "privately").await;
    h.store.react(by("bob"), message.id, "👍".into(), true, h.at()).await.expect("a member can react");
    for name in ["ann", "bob"] {
        let page = h.store.conversations(&user(name), None, 10).await.expect("a page can be read");
        assert_eq!(page.items.len(), 2);
        for item in page.items {
            assert_eq!(item, h.seen_by(name, item.id).await);
        }
    }
}

pub(super) async fn a_cursor_of_nobodys_making_is_refused(h: Harness) {
    let room = h.group(&["ann", "bob"]).await;
    for cursor in ["", "nonsense", "a:b", "1:2", "-1", "🎻"] {
        let conversations = h.store.conversations(&user("ann"), Some(cursor), 5).await;
        assert!(invalid_at(&conversations, "cursor"), "{cursor}: {conversations:?}");
    }
    for cursor in ["", "nonsense", "🎻"] {
        let members = h.store.members(&user("ann"), room, Some(cursor), 5).await;
        assert!(invalid_at(&members, "cursor"), "{cursor}: {members:?}");
    }
}

async fn walk_members(h: &Harness, room: ConversationId, limit: usize) -> Vec<Member> {
    let (mut found, mut cursor) = (Vec::new(), None);
    loop {
        let page = h.store.members(&user("zed"), room, cursor.as_deref(), limit).await.expect("the cursor is good");
        assert!(page.items.len() <= limit);
        found.extend(page.items);
        assert!(found.len() <= 100, "the pages go in circles");
        match page.next {
            Some(next) => cursor = Some(next),
            None => return found,
        }
    }
}

pub(super) async fn members_come_by_how_long_they_are_there(h: Harness) {
    let room = h.group(&["zed", "mia", "kim:odd", "Äva", "amy"]).await;
    let later: Vec<String> = (0..20).map(|number| format!("user{:02}", 19 - number)).collect();
    for name in &later {
        h.put("zed", room, name, None).await.expect("an owner can add");
    }
    h.remove("zed", room, "mia").await.expect("an owner can remove");
    h.put("zed", room, "mia", None).await.expect("an owner can add");
    let mut wanted: Vec<&str> = vec!["amy", "kim:odd", "zed", "Äva"];
    wanted.extend(later.iter().map(String::as_str));
    wanted.push("mia");
    for limit in [1, 4, 7, 24, 25, 100] {
        let found = walk_members(&h, room, limit).await;
        let names: Vec<&str> = found.iter().map(|member| member.user_id.as_str()).collect();
        assert_eq!(names, wanted, "pages of {limit}");
        assert!(found.iter().all(|member| member.name.is_none()));
    }
    let seen = h.seen_by("zed", room).await;
    assert_eq!(seen.member_count, 25);
    let listed: Vec<&str> = seen.members.iter().map(|member| member.user_id.as_str()).collect();
    assert_eq!(listed, wanted[..MAX_LISTED_MEMBERS]);
}

pub(super) async fn people_are_acquainted_through_what_they_share(h: Harness) {
    h.group(&["ann", "bob"]).await;
    let gone = h.group(&["ann", "cat"]).await;
    let left = h.group(&["ann", "dan"]).await;
    h.tell("eve", "ann", "hello").await;
    h.group(&["bob", "fay"]).await;
    h.store.delete_conversation(by("ann"), gone, h.at()).await.expect("an owner can delete");
    h.remove("ann", left, "dan").await.expect("an owner can remove");
    let asked = ["fay", "eve", "dan", "cat", "bob", "ann", "zoe"].map(user);
    let known = |name: &str| {
        let (viewer, asked) = (user(name), asked.clone());
        let store = h.store.clone();
        async move { store.acquainted(&viewer, &asked).await.map(|known| known.into_iter().collect::<BTreeSet<_>>()) }
    };
    assert_eq!(known("ann").await, Ok(["ann", "bob", "eve"].map(user).into()));
    assert_eq!(known("dan").await, Ok([user("dan")].into()), "oneself always");
    assert_eq!(known("bob").await, Ok(["ann", "bob", "fay"].map(user).into()));
    assert_eq!(h.store.acquainted(&user("ann"), &[]).await, Ok(Vec::new()));
}
