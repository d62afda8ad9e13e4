//! The domains' own suites over SQLite.

use std::sync::Arc;

use parking_lot::Mutex;
use tutti_chat::store::conformance::{self, Harness};

use crate::support::{fresh, open_in};

/// One after the other, so that a failure names its case.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn chat_conforms() {
    // The directories live until all cases are through.
    let directories = Arc::new(Mutex::new(Vec::new()));
    conformance::run_all(|config| {
        let directories = Arc::clone(&directories);
        async move {
            let (directory, clock) = (tempfile::tempdir().unwrap(), conformance::clock());
            let (store, feed) = open_in(directory.path(), &clock, config).unwrap();
            directories.lock().push(directory);
            let store = Arc::new(store);
            Harness { store: store.clone(), log: store, feed, clock }
        }
    })
    .await;
}

#[tokio::test]
async fn presence_conforms() {
    let (_directory, store, _events) = fresh();
    tutti_presence::store::conformance::all(&store).await;
}

#[tokio::test]
async fn access_conforms() {
    let (_directory, store, _events) = fresh();
    tutti_access::store::conformance::all(&store).await;
}
