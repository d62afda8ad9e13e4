//! The statements that must stay fast however much is stored: each has to search by the index that was made for it,
//! and must not walk a table that grows. Asked of an empty database and of one with statistics.

use std::sync::Arc;

use rusqlite::Connection;
use tutti_chat::model::{Draft, NewGroup, Target};
use tutti_chat::store::Store;
use tutti_core::Snowflake;
use tutti_core::caller::Actor;
use tutti_core::clock::ManualClock;
use tutti_protocol::{Timestamp, UserId};

use super::{conversations, groups, history, members, messages, outbox, prune, read, replay, room};
use crate::sqlite::{Options, SqliteStore};

/// Tables that grow with use.
const GROWING: [&str; 7] = ["m", "e", "c", "messages", "events", "members", "reactions"];

/// A statement, and what its plan has to say.
const PLANS: &[(&str, &str, &[&str])] = &[
    (
        "history, newest and before",
        history::OLDER,
        &["SEARCH m USING INDEX messages_by_seq (conversation_id=? AND seq<?)"],
    ),
    ("history, after", history::NEWER, &["SEARCH m USING INDEX messages_by_seq (conversation_id=? AND seq>?)"]),
    ("thread, before", history::OLDER_REPLIES, &["SEARCH m USING INDEX messages_in_thread (thread_id=? AND seq<?)"]),
    ("thread, after", history::NEWER_REPLIES, &["SEARCH m USING INDEX messages_in_thread (thread_id=? AND seq>?)"]),
    ("message by id", messages::BY_ID, &["SEARCH m USING INTEGER PRIMARY KEY"]),
    (
        "message by client id",
        messages::BY_CLIENT_ID,
        &["SEARCH m USING INDEX messages_client (sender_id=? AND client_id=?)"],
    ),
    ("message by place", messages::BY_SEQ, &["SEARCH m USING INDEX messages_by_seq (conversation_id=? AND seq=?)"]),
    ("reactions", messages::REACTIONS, &["SEARCH reactions USING PRIMARY KEY (message_id=?)"]),
    (
        "membership",
        room::ROOM,
        &["SEARCH c USING INTEGER PRIMARY KEY", "SEARCH m USING PRIMARY KEY (conversation_id=? AND user_id=?)"],
    ),
    ("direct conversation", groups::DIRECT, &["SEARCH direct_pairs USING PRIMARY KEY (low=? AND high=?)"]),
    ("is member", members::IS_MEMBER, &["SEARCH members USING"]),
    ("member ids", members::IDS, &["SEARCH members USING PRIMARY KEY (conversation_id=?)"]),
    ("conversation ids", members::OF_USER, &["SEARCH members USING COVERING INDEX members_of_user (user_id=?)"]),
    (
        "members",
        members::PAGE,
        &["SEARCH members USING INDEX members_by_joining (conversation_id=? AND (joined_at,user_id)>(?,?))"],
    ),
    (
        "acquainted",
        members::ACQUAINTED,
        &["SEARCH a USING COVERING INDEX members_of_user (user_id=?", "SEARCH b USING"],
    ),
    ("a conversation", conversations::ONE, &["SEARCH m USING PRIMARY KEY (conversation_id=? AND user_id=?)"]),
    (
        "my conversations",
        conversations::PAGE,
        &["SEARCH m USING INDEX members_of_user (user_id=?)", "SEARCH c USING INTEGER PRIMARY KEY"],
    ),
    (
        "unread",
        read::UNREAD,
        &["SEARCH m USING INDEX members_of_user (user_id=?)", "SEARCH c USING INTEGER PRIMARY KEY"],
    ),
    (
        "unread, deleted",
        read::OTHERS_DELETED,
        &["SEARCH messages USING COVERING INDEX messages_deleted (conversation_id=? AND seq>?)"],
    ),
    ("unread, own", read::OWN_AFTER, &["SEARCH messages USING INDEX messages_by_seq (conversation_id=? AND seq>?)"]),
    (
        "unread mentions",
        read::MENTIONS,
        &["SEARCH mentions USING PRIMARY KEY (user_id=? AND conversation_id=? AND seq>?)"],
    ),
    (
        "replay, where",
        replay::ACTIVE,
        &["SEARCH m USING INDEX members_of_user (user_id=?)", "SEARCH c USING INTEGER PRIMARY KEY"],
    ),
    (
        "replay, how much",
        replay::COUNT,
        &["SEARCH events USING COVERING INDEX events_of_conversation (conversation_id=? AND rowid>?)"],
    ),
    (
        "replay",
        replay::EVENTS,
        &[
            "SEARCH e USING INDEX events_of_conversation (conversation_id=? AND rowid>?)",
            "SEARCH m USING INTEGER PRIMARY KEY",
        ],
    ),
    (
        "replay, departures",
        replay::DEPARTURES,
        &["SEARCH e USING INTEGER PRIMARY KEY (rowid=?)", "members_left (user_id=? AND left_event_id>?)"],
    ),
    ("outbox", outbox::AFTER, &["SEARCH e USING INTEGER PRIMARY KEY (rowid>?)", "SEARCH m USING INTEGER PRIMARY KEY"]),
    ("pruning", prune::LAST_OF_BATCH, &["SEARCH events USING INTEGER PRIMARY KEY (rowid<?)"]),
    ("pruning, marks", prune::MARK_PRUNED, &["SEARCH events USING INTEGER PRIMARY KEY (rowid<?)"]),
    ("pruning, events", prune::DROP_EVENTS, &["SEARCH events USING INTEGER PRIMARY KEY (rowid<?)"]),
    ("purging, where", prune::TO_PURGE, &["conversations_to_purge"]),
    ("purging, batch", prune::BATCH_OF_MESSAGES, &["messages_by_seq (conversation_id=?)"]),
    ("purging, reactions", prune::DROP_REACTIONS, &["messages_by_seq (conversation_id=? AND seq<?)"]),
    ("purging, mentions", prune::DROP_MENTIONS, &["messages_by_seq (conversation_id=? AND seq<?)"]),
    ("purging, stories", prune::DROP_STORIES, &["events_of_conversation (conversation_id=?)"]),
    ("purging, messages", prune::DROP_MESSAGES, &["messages_by_seq (conversation_id=? AND seq<?)"]),
    ("forgetting departures", prune::DROP_DEPARTURES, &["members_by_leaving (left_event_id>? AND left_event_id<?)"]),
    ("forgetting conversations", prune::DROP_CONVERSATIONS, &["conversations_purged (deleted_event_id<?)"]),
];

fn plan(sql: &Connection, statement: &str) -> Vec<String> {
    let mut prepared = sql.prepare(&format!("EXPLAIN QUERY PLAN {statement}")).unwrap();
    let parameters = vec![rusqlite::types::Null; prepared.parameter_count()];
    let rows = prepared.query_map(rusqlite::params_from_iter(parameters), |row| row.get(3)).unwrap();
    rows.map(Result::unwrap).collect()
}

fn check_plans(sql: &Connection, state: &str) {
    let mut wrong = Vec::new();
    for (name, statement, wanted) in PLANS {
        let plan = plan(sql, statement);
        let text = plan.join("\n    ");
        for step in wanted.iter().filter(|step| !plan.iter().any(|line| line.contains(**step))) {
            wrong.push(format!("{name} lacks `{step}`:\n    {text}"));
        }
        for table in GROWING {
            let walks = |line: &String| *line == format!("SCAN {table}") || line.starts_with(&format!("SCAN {table} "));
            if plan.iter().any(walks) {
                wrong.push(format!("{name} walks `{table}`:\n    {text}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{state}:\n  {}", wrong.join("\n  "));
}

fn user(number: usize) -> UserId {
    UserId::new(format!("user-{number}")).unwrap()
}

/// Some of everything, unevenly spread as in life.
async fn fill(store: &SqliteStore) {
    let at = Timestamp::from_millis(1_767_225_600_000);
    for room in 0..20 {
        let by = Actor::of(user(room));
        let members = (0..room).map(user).collect();
        let group = NewGroup { title: None, members, metadata: Default::default(), client_id: None };
        let target = Target::Conversation(store.create_group(by.clone(), group, at).await.unwrap());
        for number in 0..room * 3 {
            let client_id = (number % 2 == 0).then(|| format!("{room}-{number}"));
            let draft = Draft { message: "text".into(), client_id, ..Draft::default() };
            let message = store.post(by.clone(), target.clone(), draft, at).await.unwrap().message.id;
            match number % 5 {
                0 => drop(store.react(by.clone(), message, "+1".into(), true, at).await.unwrap()),
                1 => drop(store.delete_message(by.clone(), message, at).await.unwrap()),
                _ => {}
            }
        }
    }
}

#[tokio::test]
async fn statements_search_and_never_walk_what_grows() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("test.db");
    let open = || {
        let ids = Arc::new(Snowflake::new(Arc::new(ManualClock::at(Timestamp::from_millis(1_767_225_600_000))), 1));
        let (feed, _) = tokio::sync::mpsc::channel(1);
        SqliteStore::open(&path, Options::new(ids, feed)).unwrap()
    };
    let store = open();
    store
        .read(|sql| {
            check_plans(sql, "empty");
            Ok(())
        })
        .await
        .unwrap();
    fill(&store).await;
    store.write(|tx| Ok(tx.sql.execute_batch("ANALYZE")?)).await.unwrap();
    store.close().await;
    let store = open();
    store
        .read(|sql| {
            check_plans(sql, "analyzed");
            Ok(())
        })
        .await
        .unwrap();
    store.close().await;
}
