//! A client that keeps losing its connection while others go on sending: nothing is lost, nothing is out of order, and
//! nothing comes twice.

use futures_util::join;
use rand::rngs::SmallRng;
use rand::{Rng, SeedableRng};
use serde_json::json;
use tutti_testkit::{Client, World};

use crate::support::{Account, text};

const ROUNDS: u64 = 25;
const MESSAGES: usize = 120;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_in_memory() {
    let world = World::builder().unlimited().start().await;
    for seed in 0..ROUNDS {
        round(&world, seed).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_is_lost_in_sqlite() {
    let world = World::builder().unlimited().sqlite().start().await;
    for seed in 100..100 + ROUNDS {
        round(&world, seed).await;
    }
}

/// One schedule: a sender with several conversations, and a reader who comes and goes.
async fn round(world: &World, seed: u64) {
    let (alice, bob) = (format!("alice-{seed}"), format!("bob-{seed}"));
    let mut conversations = Vec::new();
    for _ in 0..3 {
        conversations.push(world.group(&alice, &[&bob]).await);
    }
    let reader = world.connecting(&bob).open().await;
    let sender = world.connect(&alice).await;
    let (sent, account) = join!(send(sender, &conversations, seed), read(world, &bob, reader, &conversations, seed));
    for (conversation, texts) in conversations.iter().zip(&sent) {
        assert_eq!(account.texts.get(conversation).map_or(&[][..], Vec::as_slice), texts, "seed {seed}");
    }
}

/// Sends in bursts without waiting, into a conversation picked anew each time. Returns what was sent to each.
async fn send(mut client: Client, conversations: &[String], seed: u64) -> Vec<Vec<String>> {
    let mut random = SmallRng::seed_from_u64(seed);
    let mut sent = vec![Vec::new(); conversations.len()];
    let (mut number, mut unanswered) = (0, 0);
    while number < MESSAGES {
        for _ in 0..random.random_range(1..8).min(MESSAGES - number) {
            let picked = random.random_range(0..conversations.len());
            let message = format!("{seed}/{number}");
            client
                .send(&json!({"type": "message", "conversation_id": conversations[picked], "message": message}))
                .await;
            sent[picked].push(message);
            number += 1;
            unanswered += 1;
        }
        while unanswered > random.random_range(0..20) {
            client.expect("message_sent").await;
            unanswered -= 1;
        }
    }
    while unanswered > 0 {
        client.expect("message_sent").await;
        unanswered -= 1;
    }
    sent
}

/// Reads some, goes away without a word, comes back where it left off; until it has seen everything.
async fn read(world: &World, bob: &str, first: Client, conversations: &[String], seed: u64) -> Account {
    let mut random = SmallRng::seed_from_u64(seed ^ 0xBEEF);
    let mut account = Account::from_welcome(&first);
    for conversation in conversations {
        account.starts_at(conversation, 1);
    }
    let mut client = first;
    loop {
        for _ in 0..random.random_range(1..15) {
            let push = client.push().await;
            assert!(account.take(&push), "seed {seed}: nothing comes twice: {push}");
            if account.messages() == MESSAGES {
                return account;
            }
        }
        client.vanish();
        for _ in 0..random.random_range(0..30) {
            tokio::task::yield_now().await;
        }
        let connecting = world.connecting(bob).since(&account.since);
        client = if random.random_bool(0.5) { connecting.open().await } else { connecting.msgpack().open().await };
        assert_eq!(client.welcome["resumed"], true, "seed {seed}: {}", client.welcome);
        assert_eq!(text(&client.welcome, "since"), account.since);
    }
}
