//! Crashes: the real binary on SQLite is killed (SIGKILL) again and again while messages are pipelined and read, and
//! started again on what it kept. Nothing acknowledged is lost, nothing is stored twice, nothing changes its place, and
//! every reader who resumes ends with exactly what is stored.
//!
//! What it cannot show: that the disk keeps what it was told to keep when the power goes. That is `synchronous=FULL`,
//! and the operating system survives here.
//!
//! Kills come by progress, not by time: after a random number of acknowledgements, from a seed that is printed.

mod checker;
mod reader;
mod sender;
mod wire;

use std::collections::{BTreeMap, HashSet};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tutti_core::Clock;
use tutti_core::clock::SystemClock;
use tutti_protocol::ConversationId;
use tutti_protocol::chat::Conversation;
use tutti_testkit::process::{Launch, Process};

use self::checker::{Evidence, Stored};
use self::reader::{Habit, Reader};
use self::sender::{Sender, Target};
use self::wire::Http;

const KILLS: u64 = 20;
/// Most acknowledgements between a start and the next kill.
const MOST_BETWEEN: u64 = 150;
/// Most events replayed for one conversation: little, so that who was away for some kills has to load afresh.
const MAX_REPLAY: &str = "200";
/// Everybody reads, and two more who are not so well behaved.
const READERS: [(&str, Habit); 6] = [
    ("alice", Habit::Steady),
    ("bob", Habit::Steady),
    ("carol", Habit::Steady),
    ("dave", Habit::Steady),
    ("bob", Habit::Forgetful),
    ("dave", Habit::Seldom(6)),
];
/// The users, each with the other one of a direct conversation.
const USERS: [(&str, &str); 4] = [("alice", "bob"), ("bob", "alice"), ("carol", "dave"), ("dave", "carol")];
/// Far more than the scenario takes.
const PATIENCE: Duration = Duration::from_secs(120);
/// The same, for readers to come to the end of what is stored.
const READING: Duration = Duration::from_secs(30);

/// What the clients are told of the server and of each other.
#[derive(Debug, Clone)]
struct Phase {
    /// Which start of the server this is.
    generation: u64,
    address: SocketAddr,
    /// Whether senders go on with new messages, or come to an end.
    sending: bool,
    /// When all is sent: the last offset of every conversation, with which a reader is at the end.
    heads: Option<Arc<BTreeMap<ConversationId, u64>>>,
    /// Whether readers stop where they are: they had time enough.
    over: bool,
}

type Phases = watch::Receiver<Phase>;

/// The clients, and the strings that hold them.
struct Stage {
    phase: watch::Sender<Phase>,
    acks: Arc<watch::Sender<u64>>,
    senders: JoinSet<Sender>,
    readers: JoinSet<Reader>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn twenty_kills_lose_double_and_reorder_nothing() {
    let seed = std::env::var("TUTTI_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or_else(rand::random);
    println!("crash: seed {seed} (TUTTI_SEED={seed} repeats the times of the kills)");
    let clock: &dyn Clock = &SystemClock;
    clock.timeout(PATIENCE, scenario(seed)).await.expect("the scenario comes to its end in time");
}

async fn scenario(seed: u64) {
    let dir = tempfile::tempdir().unwrap();
    let launch = Launch::new(dir.path()).unwrap().with("chat.max_replay_per_conversation", MAX_REPLAY);
    let mut server = launch.start().await.unwrap();
    let launch = launch.on(server.address());
    let mut stage = Stage::new(server.address());
    stage.begin().await;

    let mut random = SmallRng::seed_from_u64(seed);
    for kill in 1..=KILLS {
        stage.acks_more(random.random_range(0..=MOST_BETWEEN)).await;
        server.kill();
        server = launch.start().await.unwrap();
        stage.phase.send_modify(|phase| phase.generation = kill + 1);
    }
    let evidence = stage.end(&server).await;

    println!("crash: {KILLS} kills; {}", evidence.summary());
    let problems = evidence.check();
    assert!(
        problems.is_empty(),
        "seed {seed}, {} problems, the first: {:#?}",
        problems.len(),
        &problems[..problems.len().min(10)]
    );
    let hit = evidence.resent > 0 && evidence.repeats > 0 && evidence.resets > 0;
    assert!(hit, "the kills hit nothing: {}", evidence.summary());
}

impl Stage {
    fn new(address: SocketAddr) -> Self {
        let (phase, _) = watch::channel(Phase { generation: 1, address, sending: true, heads: None, over: false });
        let acks = Arc::new(watch::channel(0).0);
        Self { phase, acks, senders: JoinSet::new(), readers: JoinSet::new() }
    }

    /// First the readers, so that they see everything from its beginning, then the group, then the senders.
    async fn begin(&mut self) {
        for (user, habit) in READERS {
            let mut reader = Reader::new(user, habit);
            reader.connect_first(&self.phase.borrow().clone()).await;
            self.readers.spawn(reader.run(self.phase.subscribe()));
        }
        let http = Http::of("alice", self.phase.borrow().address);
        let members: Vec<&str> = USERS.iter().map(|(user, _)| *user).filter(|user| *user != "alice").collect();
        let group: Conversation = http.post("conversations", &json!({ "title": "all", "member_ids": members })).await;
        for (user, other) in USERS {
            let targets = [Target::Conversation(group.id), Target::Direct(other)];
            let sender = Sender::new(user, targets, Arc::clone(&self.acks));
            self.senders.spawn(sender.run(self.phase.subscribe()));
        }
    }

    /// Waits until so many more messages are acknowledged.
    async fn acks_more(&mut self, more: u64) {
        let mut acks = self.acks.subscribe();
        let enough = *acks.borrow_and_update() + more;
        tokio::select! {
            enough = acks.wait_for(|acks| *acks >= enough) => drop(enough.unwrap()),
            Some(ended) = self.senders.join_next() => panic!("{} stopped sending", ended.unwrap().user),
        }
    }

    /// Lets everybody come to an end, and gathers what they saw.
    async fn end(self, server: &Process) -> Evidence {
        self.phase.send_modify(|phase| phase.sending = false);
        let senders = self.senders.join_all().await;
        let conversations: HashSet<ConversationId> =
            senders.iter().flat_map(|sender| &sender.acknowledged).map(|(conversation, _)| *conversation).collect();
        let mut histories = BTreeMap::new();
        let mut heads = BTreeMap::new();
        for id in conversations {
            let (head, history) = whole(id, server).await;
            heads.insert(id, head);
            histories.insert(id, history);
        }
        self.phase.send_modify(|phase| phase.heads = Some(Arc::new(heads)));
        let (phase, clock): (_, &dyn Clock) = (self.phase, &SystemClock);
        let mut reading = pin!(self.readers.join_all());
        let readers = match clock.timeout(READING, &mut reading).await {
            Ok(readers) => readers,
            Err(_) => {
                phase.send_modify(|phase| phase.over = true);
                reading.await
            }
        };
        Evidence::of(senders, readers, histories)
    }
}

/// The last offset and the whole history of a conversation, asked by whoever is in it.
async fn whole(id: ConversationId, server: &Process) -> (u64, Vec<Stored>) {
    for (user, _) in USERS {
        let http = Http::of(user, server.address());
        if let Ok(loaded) = http.load(id).await {
            return loaded;
        }
    }
    panic!("nobody sees conversation {id}");
}
