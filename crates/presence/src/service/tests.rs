//! The service and its worker under a clock that the test moves.

use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tutti_core::Failure;
use tutti_core::clock::ManualClock;
use tutti_core::tasks::Tasks;
use tutti_protocol::ErrorCode;
use tutti_protocol::presence::Availability;

use super::*;
use crate::store::MemoryStore;
use crate::worker;

const A: ConnectionId = ConnectionId(1);
const B: ConnectionId = ConnectionId(2);
/// As many pushes as the feed takes at once.
const GATE: u32 = 1_000;
const CHAT: ConversationId = ConversationId(9);

/// A feed that writes down what it is given, once it is let.
struct Recorder {
    presence: Mutex<Vec<Presence>>,
    typing: Mutex<Vec<(bool, Option<ConnectionId>)>>,
    gate: Semaphore,
}

impl Default for Recorder {
    fn default() -> Self {
        Self { presence: Mutex::default(), typing: Mutex::default(), gate: Semaphore::new(GATE as usize) }
    }
}

#[async_trait]
impl Feed for Recorder {
    async fn presence(&self, change: Presence) {
        let _open = self.gate.acquire().await.unwrap();
        tokio::task::yield_now().await;
        self.presence.lock().push(change);
    }

    async fn typing(&self, change: TypingPush, except: Option<ConnectionId>) {
        let _open = self.gate.acquire().await.unwrap();
        self.typing.lock().push((change.is_typing, except));
    }
}

impl Recorder {
    fn statuses(&self) -> Vec<Status> {
        self.presence.lock().iter().map(|change| change.status).collect()
    }
}

struct World {
    clock: ManualClock,
    store: Arc<MemoryStore>,
    feed: Arc<Recorder>,
    service: Arc<Service>,
    tasks: Tasks,
}

impl World {
    /// A service with its worker running.
    async fn new() -> Self {
        let clock = ManualClock::at(Timestamp::from_millis(1_000_000));
        let (store, feed) = (Arc::<MemoryStore>::default(), Arc::<Recorder>::default());
        let service = Arc::new(Service::new(&Config::default(), store.clone(), feed.clone(), Arc::new(clock.clone())));
        let tasks = Tasks::new(Arc::new(clock.clone()));
        worker::start(&service, &tasks);
        settle().await;
        Self { clock, store, feed, service, tasks }
    }

    /// Moves the time second by second, letting the worker do what is due.
    async fn pass(&self, seconds: u64) {
        for _ in 0..seconds {
            self.clock.advance(Duration::from_secs(1));
            settle().await;
        }
    }

    async fn snapshot(&self, id: &UserId) -> Presence {
        self.service.snapshot(std::slice::from_ref(id)).await.unwrap().remove(0)
    }
}

/// Lets every task run until it waits.
async fn settle() {
    for _ in 0..20 {
        tokio::task::yield_now().await;
    }
}

fn alice() -> UserId {
    UserId::new("alice").unwrap()
}

fn caller() -> Caller {
    Caller {
        user: alice(),
        name: None,
        roles: vec![],
        scopes: vec![],
        issued_at: Timestamp::default(),
        expires_at: Timestamp::from_millis(i64::MAX),
    }
}

fn asked(status: Availability, text: &str) -> SetPresence {
    SetPresence { status, text: Some(text.into()) }
}

#[tokio::test]
async fn thirty_seconds_after_a_dirty_loss_there_is_one_push_and_last_seen_is_saved() {
    let world = World::new().await;
    world.service.connected(&alice(), A).await;
    world.pass(10).await;
    let lost_at = world.clock.now();
    world.service.disconnected(&alice(), A, Departure::Lost).await;
    world.pass(29).await;
    assert_eq!(world.feed.statuses(), [Status::Online]);
    assert_eq!(world.snapshot(&alice()).await.status, Status::Online);
    world.pass(1).await;
    assert_eq!(world.feed.statuses(), [Status::Online, Status::Offline]);
    assert_eq!(world.feed.presence.lock()[1].last_seen_at, Some(lost_at));
    let view = world.snapshot(&alice()).await;
    assert_eq!((view.status, view.last_seen_at), (Status::Offline, Some(lost_at)));
    world.pass(200).await;
    assert_eq!(world.feed.statuses().len(), 2);
}

#[tokio::test]
async fn a_client_that_returns_in_twenty_nine_seconds_is_not_seen() {
    let world = World::new().await;
    world.service.connected(&alice(), A).await;
    world.service.disconnected(&alice(), A, Departure::Lost).await;
    world.pass(29).await;
    world.service.connected(&alice(), B).await;
    for _ in 0..5 {
        world.pass(30).await;
        world.service.heard(&alice(), B).await;
    }
    assert_eq!(world.feed.statuses(), [Status::Online]);
    world.service.disconnected(&alice(), B, Departure::Goodbye).await;
    assert_eq!(world.feed.statuses(), [Status::Online, Status::Offline], "a goodbye is seen at once");
}

#[tokio::test]
async fn a_connection_that_falls_silent_is_given_up() {
    let world = World::new().await;
    world.service.connected(&alice(), A).await;
    world.pass(75 + 29).await;
    assert_eq!(world.feed.statuses(), [Status::Online]);
    world.pass(1).await;
    assert_eq!(world.feed.statuses(), [Status::Online, Status::Offline]);
}

#[tokio::test]
async fn typing_ends_after_six_seconds_and_its_own_connection_is_spared_the_echo() {
    let world = World::new().await;
    world.service.typing(CHAT, &alice(), true, Some(A)).await;
    world.pass(4).await;
    world.service.typing(CHAT, &alice(), true, Some(A)).await;
    world.pass(5).await;
    assert_eq!(*world.feed.typing.lock(), [(true, Some(A))]);
    world.pass(1).await;
    assert_eq!(*world.feed.typing.lock(), [(true, Some(A)), (false, None)]);
}

#[tokio::test]
async fn typing_ends_with_the_last_connection_and_not_before() {
    let world = World::new().await;
    world.service.connected(&alice(), A).await;
    world.service.connected(&alice(), B).await;
    world.service.typing(CHAT, &alice(), true, Some(A)).await;
    world.service.disconnected(&alice(), A, Departure::Lost).await;
    assert_eq!(world.feed.typing.lock().len(), 1);
    world.service.disconnected(&alice(), B, Departure::Lost).await;
    assert_eq!(*world.feed.typing.lock(), [(true, Some(A)), (false, None)]);
}

#[tokio::test]
async fn a_status_is_checked_and_lives_with_a_connection() {
    let world = World::new().await;
    let set = async |asked| world.service.set(&caller(), asked).await;
    assert_eq!(set(asked(Availability::Busy, "")).await, Err(Error::NotConnected));
    world.service.connected(&alice(), A).await;
    let long = "ä".repeat(140);
    let kept = set(asked(Availability::Busy, &long)).await.unwrap();
    assert_eq!(kept, PresenceSetOk { status: Availability::Busy, text: Some(long.clone()) });
    assert_eq!(world.snapshot(&alice()).await.text, Some(long.clone()));
    assert_eq!(set(asked(Availability::Away, &format!("{long}x"))).await, Err(Error::TextTooLong));
    assert_eq!(set(asked(Availability::Away, "a\nb")).await, Err(Error::TextHasControls));
    assert_eq!(set(asked(Availability::Away, "")).await.unwrap().text, None, "an empty text is none");
    assert_eq!(world.feed.statuses(), [Status::Online, Status::Busy, Status::Away]);
    let failure = Failure::from(Error::TextTooLong);
    assert_eq!((failure.code, failure.field.as_deref()), (ErrorCode::ValidationFailed, Some("text")));
    assert_eq!(failure.limit, Some(140));
    assert_eq!(Failure::from(Error::NotConnected).code, ErrorCode::Conflict);
}

#[tokio::test]
async fn whoever_hides_looks_offline_since_then() {
    let world = World::new().await;
    world.service.connected(&alice(), A).await;
    world.pass(5).await;
    let hidden_at = world.clock.now();
    world.service.set(&caller(), asked(Availability::Invisible, "secret")).await.unwrap();
    world.pass(20).await;
    let view = world.snapshot(&alice()).await;
    assert_eq!((view.status, view.text, view.last_seen_at), (Status::Offline, None, Some(hidden_at)));
    world.service.disconnected(&alice(), A, Departure::Goodbye).await;
    assert_eq!(world.snapshot(&alice()).await.last_seen_at, Some(hidden_at), "leaving is not seen either");
    assert_eq!(world.feed.statuses(), [Status::Online, Status::Offline]);
}

#[tokio::test]
async fn a_snapshot_keeps_the_order_and_knows_strangers_as_offline() {
    let world = World::new().await;
    world.service.connected(&alice(), A).await;
    let (bob, carol) = (UserId::new("bob").unwrap(), UserId::new("carol").unwrap());
    world.store.save_last_seen(&[(bob.clone(), world.clock.now()), (alice(), world.clock.now())]).await.unwrap();
    let views = world.service.snapshot(&[carol.clone(), alice(), bob.clone()]).await.unwrap();
    let users: Vec<_> = views.iter().map(|view| (view.user_id.clone(), view.status, view.last_seen_at)).collect();
    assert_eq!(users[0], (carol, Status::Offline, None));
    assert_eq!(users[1], (alice(), Status::Online, None), "no last time while here");
    assert_eq!(users[2], (bob, Status::Offline, Some(world.clock.now())));
}

#[tokio::test]
async fn at_the_end_last_seen_is_saved_for_everybody_who_is_here_and_nothing_is_pushed() {
    let world = World::new().await;
    world.service.connected(&alice(), A).await;
    world.pass(3).await;
    assert!(world.tasks.stop(Duration::from_secs(1)).await, "the worker ends");
    world.service.close().await.unwrap();
    assert_eq!(world.store.last_seen(&[alice()]).await.unwrap(), [(alice(), world.clock.now())]);
    assert_eq!(world.feed.statuses(), [Status::Online]);
}

/// A task can be dropped while it sends, when its connection breaks.
#[tokio::test]
async fn what_a_dropped_task_left_unsent_is_sent_by_the_worker_and_in_order() {
    let world = World::new().await;
    let closed = world.feed.gate.acquire_many(GATE).await.unwrap();
    let alice = alice();
    tokio::select! {
        biased;
        () = world.service.connected(&alice, A) => panic!("the feed lets nothing through"),
        () = settle() => {}
    }
    assert_eq!(world.feed.statuses(), []);
    drop(closed);
    settle().await;
    assert_eq!(world.feed.statuses(), [Status::Online]);
    world.service.set(&caller(), asked(Availability::Busy, "")).await.unwrap();
    assert_eq!(world.feed.statuses(), [Status::Online, Status::Busy]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_at_once_do_not_mix_up_the_order_of_one_user() {
    let world = World::new().await;
    for n in 0..8_u64 {
        let service = Arc::clone(&world.service);
        world.tasks.spawn(async move {
            for _ in 0..200 {
                service.connected(&alice(), ConnectionId(n)).await;
                service.disconnected(&alice(), ConnectionId(n), Departure::Goodbye).await;
            }
        });
    }
    assert!(world.tasks.stop(Duration::from_secs(3600)).await);
    let statuses = world.feed.statuses();
    assert!(statuses.windows(2).all(|pair| pair[0] != pair[1]), "online and offline by turns");
    assert_eq!(statuses.first(), Some(&Status::Online));
    assert_eq!(statuses.last(), Some(&Status::Offline));
}

/// A store that is down.
struct Down;

#[async_trait]
impl Store for Down {
    async fn last_seen(&self, _: &[UserId]) -> Result<Vec<(UserId, Timestamp)>, Failure> {
        Err(Failure::unavailable(Duration::from_secs(1)))
    }

    async fn save_last_seen(&self, _: &[(UserId, Timestamp)]) -> Result<(), Failure> {
        Err(Failure::unavailable(Duration::from_secs(1)))
    }
}

#[tokio::test]
async fn a_store_that_is_down_stops_snapshots_but_no_pushes() {
    let feed = Arc::<Recorder>::default();
    let clock = Arc::new(ManualClock::at(Timestamp::from_millis(1_000_000)));
    let service = Service::new(&Config::default(), Arc::new(Down), feed.clone(), clock);
    service.connected(&alice(), A).await;
    service.disconnected(&alice(), A, Departure::Goodbye).await;
    assert_eq!(feed.statuses(), [Status::Online, Status::Offline]);
    assert!(matches!(service.snapshot(&[alice()]).await, Err(Error::Store(_))));
}
