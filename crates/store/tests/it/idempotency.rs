//! Answers under idempotency keys; the same is asked of the in-memory store, so that both agree.

use std::time::Duration;

use tutti_core::idempotency::{Answer, KEEP, Key, MemoryStore, Store};
use tutti_protocol::Timestamp;

use crate::support::{fresh, start, user};

fn key(key: &str) -> Key {
    Key { user: user("ann"), endpoint: "POST /messages".into(), key: key.into() }
}

fn answer(body: &'static str, at: Timestamp) -> Answer {
    Answer { body_hash: [7; 32], status: 201, body: body.as_bytes().to_vec().into(), at }
}

async fn keeps_the_first_answer(store: &dyn Store) {
    assert_eq!(store.get(&key("a"), start()).await.unwrap(), None);
    let first = answer("first", start());
    store.put(key("a"), first.clone()).await.unwrap();
    store.put(key("a"), answer("second", start() + KEEP)).await.unwrap();
    assert_eq!(store.get(&key("a"), start()).await.unwrap(), Some(first));
    let millisecond = Duration::from_millis(1);
    assert_eq!(store.get(&key("a"), start() + millisecond).await.unwrap(), None, "given before");
    let other = Key { user: user("bob"), ..key("a") };
    assert_eq!(store.get(&other, start()).await.unwrap(), None, "the key of somebody else");
    let third = answer("third", start() + KEEP + millisecond);
    store.put(key("a"), third.clone()).await.unwrap();
    assert_eq!(store.get(&key("a"), start()).await.unwrap(), Some(third.clone()), "the first one was too old");
    store.prune(third.at).await.unwrap();
    assert_eq!(store.get(&key("a"), start()).await.unwrap(), Some(third.clone()));
    store.prune(third.at + millisecond).await.unwrap();
    assert_eq!(store.get(&key("a"), start()).await.unwrap(), None);
}

#[tokio::test]
async fn the_first_answer_is_kept_as_long_as_it_is_good() {
    keeps_the_first_answer(&MemoryStore::default()).await;
    let (_directory, store, _events) = fresh();
    keeps_the_first_answer(&store).await;
}

#[tokio::test]
async fn pruning_takes_more_than_one_transaction_if_it_must() {
    let (_directory, store, _events) = fresh();
    let store: &dyn Store = &store;
    for number in 0..1_500 {
        store.put(key(&number.to_string()), answer("", start())).await.unwrap();
    }
    store.prune(start() + KEEP).await.unwrap();
    for number in [0, 999, 1_000, 1_499] {
        assert_eq!(store.get(&key(&number.to_string()), start()).await.unwrap(), None, "{number}");
    }
}
