//! How many posts per second the store acknowledges: `cargo bench -p tutti-store --bench posts [directory]`. Every
//! post is its own call, durable when it returns, with a client id and a text of 100 bytes.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tutti_chat::Feed;
use tutti_chat::model::{Draft, NewGroup, Target};
use tutti_chat::store::Store;
use tutti_core::Snowflake;
use tutti_core::caller::Actor;
use tutti_core::clock::{Clock, SystemClock};
use tutti_protocol::{ConversationId, UserId};
use tutti_store::{Options, SqliteStore};

const ROOMS: usize = 200;

fn main() {
    // Without this flag, cargo only wants to know that it runs.
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        return;
    }
    let place = arguments.iter().find(|argument| !argument.starts_with("--")).map(PathBuf::from);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().expect("a runtime");
    for (posters, posts) in [(1, 2_000), (16, 20_000), (64, 60_000), (256, 150_000), (512, 200_000), (1024, 200_000)] {
        runtime.block_on(measure(place.as_deref(), posters, posts));
    }
}

async fn measure(place: Option<&std::path::Path>, posters: usize, posts: usize) {
    let directory = place.map_or_else(tempfile::tempdir, tempfile::tempdir_in).expect("a directory");
    let clock = Arc::new(SystemClock);
    let (feed, drain) = drained();
    let options = Options::new(Arc::new(Snowflake::new(clock.clone(), 1)), feed);
    let store = SqliteStore::open(&directory.path().join("bench.db"), options).expect("a new database");
    let rooms = Arc::new(rooms(&store).await);
    let before = store.metrics();
    let begun = now();
    let mut running = JoinSet::new();
    for poster in 0..posters {
        running.spawn(post_many(store.clone(), Arc::clone(&rooms), poster, posts / posters));
    }
    let mut times: Vec<Duration> = running.join_all().await.into_iter().flatten().collect();
    let span = begun.elapsed();
    times.sort_unstable();
    let commits = store.metrics().commits - before.commits;
    let at = |percent: usize| times[(times.len() - 1) * percent / 100];
    println!(
        "{posters:>5} posters: {:>6.0} posts/s, p50 {:>9.2?}, p99 {:>9.2?}, {:>5.1} posts per commit",
        f64::from(u32::try_from(times.len()).expect("few")) / span.as_secs_f64(),
        at(50),
        at(99),
        f64::from(u32::try_from(times.len()).expect("few")) / f64::from(u32::try_from(commits).expect("few")),
    );
    store.close().await;
    drop(store);
    let _ = drain.join();
}

#[expect(clippy::disallowed_methods, reason = "this measures real time")]
fn now() -> Instant {
    Instant::now()
}

/// A feed that somebody reads.
fn drained() -> (Feed, std::thread::JoinHandle<()>) {
    let (feed, mut events) = mpsc::channel(64);
    (feed, std::thread::spawn(move || while events.blocking_recv().is_some() {}))
}

/// Groups of five; user n is in group n of every hundred users.
async fn rooms(store: &SqliteStore) -> Vec<ConversationId> {
    let mut rooms = Vec::new();
    for number in 0..ROOMS {
        let members = (1..5).map(|member| user(number + member * ROOMS)).collect();
        let group = NewGroup { title: None, members, metadata: Default::default(), client_id: None };
        let made = store.create_group(Actor::of(user(number)), group, SystemClock.now()).await;
        rooms.push(made.expect("a group"));
    }
    rooms
}

fn user(number: usize) -> UserId {
    UserId::new(format!("user-{number:06}")).expect("a good id")
}

async fn post_many(store: SqliteStore, rooms: Arc<Vec<ConversationId>>, poster: usize, count: usize) -> Vec<Duration> {
    let mut times = Vec::with_capacity(count);
    let by = Actor::of(user(poster % (ROOMS * 5)));
    let target = Target::Conversation(rooms[poster % ROOMS]);
    for number in 0..count {
        let draft = Draft {
            message: format!("{number:0>100}"),
            client_id: Some(format!("{poster:08x}-{number:08x}-4000-8000-000000000000")),
            ..Draft::default()
        };
        let begun = now();
        store.post(by.clone(), target.clone(), draft, SystemClock.now()).await.expect("stored");
        times.push(begun.elapsed());
    }
    times
}
