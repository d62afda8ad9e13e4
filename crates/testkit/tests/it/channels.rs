//! Publish and subscribe: rights, offsets, recovery, presence, API keys, slow readers.

use std::time::Duration;

use serde_json::{Value, json};
use tutti_access::key::Scope;
use tutti_server::config::{Namespace, SlowReader};
use tutti_testkit::{Builder, Client, Raw, Said, World, raw};

const ROOM: &str = "public:room";
const LOBBY: &str = "lobby:1";

/// A server with an open namespace, one that also tells who comes and goes, one for a role, and one that only servers
/// publish in.
fn configured() -> Builder {
    World::builder().unlimited().config(|config| {
        let lobby = Namespace { rate: "1000000/1s".parse().unwrap(), ..Namespace::open() };
        let open = Namespace { join_leave: false, ..lobby.clone() };
        let role = "role:editor".parse().unwrap();
        let drafts = Namespace { subscribe: role, publish: "role:editor".parse().unwrap(), ..open.clone() };
        let news = Namespace { history_size: 3, presence: false, join_leave: false, ..Namespace::default() };
        config.namespaces = [("lobby", lobby), ("public", open), ("drafts", drafts), ("news", news)]
            .map(|(name, namespace)| (name.to_owned(), namespace))
            .into();
    })
}

async fn subscribe(client: &mut Client, channel: &str) -> Value {
    let reply = client.request(json!({"type": "subscribe", "channel": channel})).await;
    assert_eq!(reply["type"], "subscribed", "{reply}");
    reply
}

async fn publish(client: &mut Client, channel: &str, data: Value) -> Value {
    let reply = client.request(json!({"type": "publish", "channel": channel, "data": data})).await;
    assert_eq!(reply["type"], "published", "{reply}");
    reply
}

async fn refused(client: &mut Client, frame: Value) -> Value {
    let reply = client.request(frame).await;
    assert_eq!(reply["type"], "error", "{reply}");
    reply["code"].clone()
}

/// An API key for the world's server.
async fn key(world: &World, scopes: &[Scope]) -> String {
    world.server().access.create_key("backend", scopes).await.expect("a key can be made").text
}

#[tokio::test]
async fn what_is_published_reaches_everyone_who_listens_with_the_same_offset() {
    let world = configured().start().await;
    let (mut ann, mut bob) = (world.connect("ann").await, world.connecting("bob").msgpack().open().await);
    let mut away = world.connect("zoe").await;
    assert_eq!(subscribe(&mut ann, ROOM).await["offset"], 0);
    let epoch = subscribe(&mut bob, ROOM).await["epoch"].clone();
    subscribe(&mut away, "public:elsewhere").await;

    let published = publish(&mut ann, ROOM, json!({"x": [1, null, "賴"]})).await;
    assert_eq!((&published["offset"], &published["duplicate"]), (&json!(1), &json!(false)));
    for client in [&mut ann, &mut bob] {
        let push = client.expect("publication").await;
        assert_eq!((&push["channel"], &push["from"], &push["offset"]), (&json!(ROOM), &json!("ann"), &json!(1)));
        assert_eq!(push["data"], json!({"x": [1, null, "賴"]}));
        assert_eq!(push["sent_at"], "2025-11-21T11:01:00.000Z");
    }
    publish(&mut away, "public:elsewhere", json!("only here")).await;
    assert_eq!(away.expect("publication").await["data"], "only here");
    let history = world.http("ann").get("/api/v1/channels/public:room/history").await.is(200);
    assert_eq!((&history["epoch"], &history["offset"], &history["has_more"]), (&epoch, &json!(1), &json!(false)));
}

#[tokio::test]
async fn a_publisher_may_leave_itself_out() {
    let world = configured().start().await;
    let (mut ann, mut bob) = (world.connect("ann").await, world.connect("bob").await);
    subscribe(&mut ann, ROOM).await;
    subscribe(&mut bob, ROOM).await;
    let frame = json!({"type": "publish", "channel": ROOM, "data": 1, "exclude_sender": true});
    assert_eq!(ann.request(frame).await["offset"], 1);
    publish(&mut ann, ROOM, json!(2)).await;
    assert_eq!(ann.expect("publication").await["data"], 2, "the first did not come");
    assert_eq!(bob.expect("publication").await["data"], 1);
    assert_eq!(bob.expect("publication").await["data"], 2);
}

#[tokio::test]
async fn a_client_id_is_published_once() {
    let world = configured().start().await;
    let mut ann = world.connect("ann").await;
    subscribe(&mut ann, ROOM).await;
    let frame = json!({"type": "publish", "channel": ROOM, "data": "once", "client_id": "c1"});
    for duplicate in [false, true, true] {
        let reply = ann.request(frame.clone()).await;
        assert_eq!((&reply["offset"], &reply["duplicate"]), (&json!(1), &json!(duplicate)));
    }
    publish(&mut ann, ROOM, json!("next")).await;
    assert_eq!(ann.expect("publication").await["data"], "once");
    assert_eq!(ann.expect("publication").await["data"], "next");
}

#[tokio::test]
async fn who_comes_back_is_given_what_followed_its_position_before_anything_new() {
    let world = configured().start().await;
    let (mut ann, mut bob) = (world.connect("ann").await, world.connect("bob").await);
    let epoch = subscribe(&mut bob, ROOM).await["epoch"].clone();
    for n in 1..=3 {
        publish(&mut ann, ROOM, json!(n)).await;
    }
    drop(bob);
    world.connections(1).await;
    for n in 4..=6 {
        publish(&mut ann, ROOM, json!(n)).await;
    }
    let mut bob = world.connect("bob").await;
    let position = json!({"epoch": epoch, "offset": 3});
    let reply = bob.request(json!({"type": "subscribe", "channel": ROOM, "position": position})).await;
    assert_eq!((&reply["recovered"], &reply["offset"]), (&json!(true), &json!(6)));
    let missed: Vec<&Value> = reply["publications"].as_array().unwrap().iter().map(|one| &one["data"]).collect();
    assert_eq!(missed, [4, 5, 6]);
    publish(&mut ann, ROOM, json!(7)).await;
    assert_eq!(bob.expect("publication").await["offset"], 7);
}

#[tokio::test]
async fn a_position_of_another_epoch_is_not_recovered() {
    let world = configured().start().await;
    let mut ann = world.connect("ann").await;
    publish(&mut ann, ROOM, json!(1)).await;
    let position = json!({"epoch": "from before a restart", "offset": 1});
    let reply = ann.request(json!({"type": "subscribe", "channel": ROOM, "position": position})).await;
    assert_eq!((&reply["recovered"], &reply["publications"]), (&json!(false), &json!([])));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn subscribing_under_fire_misses_nothing_and_repeats_nothing() {
    let world = configured().start().await;
    let mut ann = world.connect("ann").await;
    for n in 0..400 {
        ann.send(&json!({"type": "publish", "channel": ROOM, "data": n})).await;
        if n % 20 == 7 {
            let mut reader = world.connect("bob").await;
            let position = json!({"epoch": subscribe(&mut reader, ROOM).await["epoch"], "offset": 0});
            drop(reader);
            let mut reader = world.connect("carol").await;
            let reply = reader.request(json!({"type": "subscribe", "channel": ROOM, "position": position})).await;
            let next = reply["offset"].as_u64().unwrap() + 1;
            if reply["recovered"] == true {
                let publications = reply["publications"].as_array().unwrap().iter();
                let offsets: Vec<u64> = publications.map(|one| one["offset"].as_u64().unwrap()).collect();
                assert_eq!(offsets, (1..next).collect::<Vec<_>>());
            }
            for offset in next..next + 2 {
                ann.send(&json!({"type": "publish", "channel": ROOM, "data": "more"})).await;
                assert_eq!(reader.expect("publication").await["offset"], offset);
            }
        }
    }
}

#[tokio::test]
async fn publications_of_one_connection_keep_their_order() {
    let world = configured().start().await;
    let (mut ann, mut bob) = (world.connect("ann").await, world.connect("bob").await);
    subscribe(&mut bob, ROOM).await;
    for n in 1..=500 {
        ann.send(&json!({"type": "publish", "channel": ROOM, "data": n, "ref": n})).await;
    }
    for n in 1..=500 {
        let push = bob.expect("publication").await;
        assert_eq!((&push["offset"], &push["data"]), (&json!(n), &json!(n)));
    }
}

#[tokio::test]
async fn rights_are_those_of_the_namespace() {
    let world = configured().start().await;
    let mut ann = world.connect("ann").await;
    let editor = world.token_with("eve", Duration::from_secs(3600), &["editor"]);
    let mut eve = world.connecting("eve").token(editor).open().await;
    subscribe(&mut eve, "drafts:1").await;
    publish(&mut eve, "drafts:1", json!(1)).await;
    for frame in ["subscribe", "publish"] {
        let frame = json!({"type": frame, "channel": "drafts:1", "data": 1});
        assert_eq!(refused(&mut ann, frame).await, "forbidden");
    }
    subscribe(&mut ann, "news:today").await;
    assert_eq!(refused(&mut ann, json!({"type": "publish", "channel": "news:today", "data": 1})).await, "forbidden");
    assert_eq!(refused(&mut ann, json!({"type": "subscribe", "channel": "other:1"})).await, "not_found");
    assert_eq!(refused(&mut ann, json!({"type": "subscribe", "channel": "no namespace"})).await, "invalid_request");
    assert_eq!(refused(&mut ann, json!({"type": "subscribe", "channel": "news:today"})).await, "conflict");
    assert_eq!(refused(&mut ann, json!({"type": "unsubscribe", "channel": "news:never"})).await, "conflict");
    let http = world.http("ann");
    assert_eq!(http.get("/api/v1/channels/drafts:1/history").await.error(), "forbidden");
    assert_eq!(http.get("/api/v1/channels/news:today/presence").await.error(), "forbidden");
}

#[tokio::test]
async fn a_server_publishes_with_a_key() {
    let world = configured().start().await;
    let mut ann = world.connect("ann").await;
    subscribe(&mut ann, "news:today").await;
    let server = world.http_with(Some(key(&world, &[Scope::Publish]).await));
    let at = server.post("/api/v1/channels/news:today/publish", &json!({"data": "hello"})).await.is(200);
    assert_eq!((&at["offset"], &at["duplicate"]), (&json!(1), &json!(false)));
    let push = ann.expect("publication").await;
    assert_eq!((&push["from"], &push["data"]), (&Value::Null, &json!("hello")));

    let channels = json!(["news:today", "other:1", "news:tomorrow"]);
    let body = json!({"channels": channels, "data": "everywhere", "client_id": "b1"});
    let reply = server.post("/api/v1/channels/broadcast", &body).await.is(200);
    assert_eq!(reply["results"][0]["offset"], 2);
    assert_eq!(
        (&reply["results"][1]["error"]["code"], &reply["results"][2]["offset"]),
        (&json!("not_found"), &json!(1))
    );
    assert_eq!(server.post("/api/v1/channels/broadcast", &body).await.is(200)["results"][0]["duplicate"], true);
    assert_eq!(server.post("/api/v1/channels/broadcast", &json!({"channels": [], "data": 1})).await.status, 422);
    assert_eq!(ann.expect("publication").await["data"], "everywhere");

    assert_eq!(server.get("/api/v1/channels/news:today/history").await.error(), "forbidden", "the scope is another");
    assert_eq!(server.get("/api/v1/conversations").await.error(), "unauthenticated", "a key is no user");
    let reader = world.http_with(Some(key(&world, &[Scope::Read]).await));
    let history = reader.get("/api/v1/channels/news:today/history?after=1").await.is(200);
    assert_eq!(history["publications"][0]["data"], "everywhere");
    assert_eq!(reader.get("/api/v1/channels/news:today/presence").await.is(200)["total"], 1);
    let answer = reader.post("/api/v1/channels/news:today/publish", &json!({"data": 1})).await;
    assert_eq!(answer.error(), "forbidden");
    let nobody = world.http_with(Some("tutti_key_1_wrong".into()));
    assert_eq!(nobody.post("/api/v1/channels/news:today/publish", &json!({"data": 1})).await.status, 401);
}

#[tokio::test]
async fn presence_counts_users_and_tells_who_comes_and_goes() {
    let world = configured().start().await;
    let mut ann = world.connect("ann").await;
    subscribe(&mut ann, LOBBY).await;
    let (mut first, mut second) = (world.connect("bob").await, world.connect("bob").await);
    subscribe(&mut first, LOBBY).await;
    subscribe(&mut second, LOBBY).await;
    assert_eq!(ann.expect("channel_member_joined").await["user_id"], "bob");
    let http = world.http("ann");
    let page = http.get("/api/v1/channels/lobby:1/presence?limit=1").await.is(200);
    assert_eq!((&page["total"], &page["members"][0]["user_id"]), (&json!(2), &json!("ann")));
    let next = page["next_cursor"].as_str().unwrap();
    let page = http.get(&format!("/api/v1/channels/lobby:1/presence?limit=1&cursor={next}")).await.is(200);
    assert_eq!(page["members"], json!([{"user_id": "bob", "connections": 2}]));
    assert_eq!(page["next_cursor"], Value::Null);

    let reply = first.request(json!({"type": "unsubscribe", "channel": LOBBY})).await;
    assert_eq!(reply["type"], "unsubscribed");
    second.vanish();
    let left = ann.push().await;
    assert_eq!((&left["type"], &left["user_id"]), (&json!("channel_member_left"), &json!("bob")), "once, at the last");
    publish(&mut ann, LOBBY, json!(1)).await;
    world.direct("ann", "bob").await;
    assert_eq!(first.push().await["type"], "conversation_created", "who left hears nothing more of the channel");
}

#[tokio::test]
async fn bounds_are_kept() {
    let world = configured()
        .config(|config| {
            config.connections.max_channels = 2;
            config.namespaces.get_mut("public").unwrap().max_members = 1;
            config.namespaces.get_mut("public").unwrap().rate = "2/60s".parse().unwrap();
        })
        .start()
        .await;
    let (mut ann, mut bob) = (world.connect("ann").await, world.connect("bob").await);
    subscribe(&mut ann, "public:1").await;
    assert_eq!(refused(&mut bob, json!({"type": "subscribe", "channel": "public:1"})).await, "conflict");
    subscribe(&mut ann, "public:2").await;
    let third = ann.request(json!({"type": "subscribe", "channel": "public:3"})).await;
    assert_eq!((&third["code"], &third["details"]["limit"]), (&json!("validation_failed"), &json!(2)));
    for _ in 0..2 {
        publish(&mut ann, "public:1", json!(1)).await;
    }
    let too_fast = ann.request(json!({"type": "publish", "channel": "public:1", "data": 1})).await;
    assert_eq!((&too_fast["code"], &too_fast["retry_after_ms"]), (&json!("rate_limited"), &json!(30_000)));
    let long = "x".repeat(129);
    for field in ["client_id", "key"] {
        let reply = bob.request(json!({"type": "publish", "channel": "public:9", "data": 1, field: long})).await;
        assert_eq!((&reply["code"], &reply["details"]["field"]), (&json!("validation_failed"), &json!(field)));
    }
}

#[tokio::test]
async fn a_server_has_only_so_many_channels_and_takes_new_ones_when_others_are_gone() {
    let world = configured().config(|config| config.server.max_channels = 1).start().await;
    let mut ann = world.connect("ann").await;
    assert_eq!(refused(&mut ann, json!({"type": "subscribe", "channel": "drafts:1"})).await, "forbidden");
    subscribe(&mut ann, "news:1").await;
    assert_eq!(refused(&mut ann, json!({"type": "subscribe", "channel": "news:2"})).await, "unavailable");
    assert_eq!(refused(&mut ann, json!({"type": "publish", "channel": ROOM, "data": 1})).await, "unavailable");
    ann.request(json!({"type": "unsubscribe", "channel": "news:1"})).await;
    subscribe(&mut ann, "news:2").await;
}

#[tokio::test]
async fn channels_of_which_nothing_is_left_are_forgotten() {
    let world = configured().without_pings().start().await;
    let mut ann = world.connect("ann").await;
    subscribe(&mut ann, "news:1").await;
    assert_eq!(world.server().channels.count(), 1);
    ann.request(json!({"type": "unsubscribe", "channel": "news:1"})).await;
    assert_eq!(world.server().channels.count(), 0, "nothing was kept, so at once");
    let epoch = subscribe(&mut ann, ROOM).await["epoch"].clone();
    publish(&mut ann, ROOM, json!(1)).await;
    ann.vanish();
    world.connections(0).await;
    assert_eq!(world.server().channels.count(), 1, "what is kept for those who come back");
    world.leap(Duration::from_secs(301)).await;
    assert_eq!(world.server().channels.count(), 0);
    let mut ann = world.connect("ann").await;
    let again = subscribe(&mut ann, ROOM).await;
    assert_ne!(again["epoch"], epoch, "the count begins anew, and says so");
    assert_eq!(again["offset"], 0);
}

#[tokio::test]
async fn a_subscriber_by_server_sent_events_has_the_reply_in_its_response() {
    let world = configured().start().await;
    let mut events = world.http("ann").events(None).await;
    let welcome = events.expect("welcome").await.data;
    let id = welcome["connection_id"].as_str().unwrap();
    let http = world.http("ann");
    let subscribed = json!({"type": "subscribe", "channel": ROOM, "ref": 1});
    let path = format!("/api/v1/commands?connection_id={id}");
    assert_eq!(http.post(&path, &subscribed).await.is(200)["type"], "subscribed");
    let alone = http.post("/api/v1/commands", &subscribed).await.is(200);
    assert_eq!(alone["code"], "invalid_request", "a single request listens to nothing");
    let published = json!({"type": "publish", "channel": ROOM, "data": "over HTTP"});
    assert_eq!(http.post("/api/v1/commands", &published).await.is(200)["offset"], 1);
    assert_eq!(events.expect("publication").await.data["data"], "over HTTP");
}

#[tokio::test]
async fn a_namespace_may_let_publications_wait_for_each_other() {
    let slow = |config: &mut tutti_server::Config| {
        config.connections.shards = 1;
        config.namespaces.get_mut("public").unwrap().flush_ms = 250;
    };
    let world = configured().without_pings().config(slow).start().await;
    let (mut ann, mut bob) = (world.connect("ann").await, world.connect("bob").await);
    subscribe(&mut bob, ROOM).await;
    for n in 1..=3 {
        publish(&mut ann, ROOM, json!(n)).await;
    }
    world.timer(Duration::from_millis(250)).await;
    assert_eq!(bob.drain().await, Vec::<Value>::new(), "they wait");
    let mut carol = world.connect("carol").await;
    let epoch = subscribe(&mut carol, "public:other").await["epoch"].clone();
    assert!(epoch.is_string());
    for n in 1..=3 {
        assert_eq!(bob.expect("publication").await["data"], n, "whoever begins to listen lets them go");
    }
    publish(&mut ann, ROOM, json!(4)).await;
    world.timer(Duration::from_millis(250)).await;
    world.advance(Duration::from_millis(250)).await;
    assert_eq!(bob.expect("publication").await["data"], 4);
    assert_eq!(carol.drain().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_history_has_so_many_bytes_and_the_oldest_go_first() {
    let narrow = |config: &mut tutti_server::Config| {
        config.namespaces.get_mut("public").unwrap().history_bytes = 25;
    };
    let world = configured().config(narrow).start().await;
    let mut ann = world.connect("ann").await;
    for text in ["abcdefgh", "12345678", "87654321"] {
        publish(&mut ann, ROOM, json!(text)).await;
    }
    let kept = async || {
        let history = world.http("ann").get("/api/v1/channels/public:room/history").await.is(200);
        history["publications"].as_array().unwrap().iter().map(|one| one["offset"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(kept().await, [2, 3]);
    publish(&mut ann, ROOM, json!("x".repeat(30))).await;
    assert!(kept().await.is_empty(), "what does not fit leaves no gap behind");
}

/// Publishes more than fits anywhere until the reader must be behind, then one last thing.
async fn overrun(world: &World, sender: &mut Client, channel: &str) {
    let large = "x".repeat(20_000);
    for _ in 0..200 {
        publish(sender, channel, json!(large)).await;
    }
    publish(sender, channel, json!("last")).await;
    assert!(world.metric("tutti_frames_dropped_total").await > 0);
}

async fn slow_world(policy: SlowReader) -> World {
    let slow = |config: &mut tutti_server::Config| {
        config.connections.max_outbound_bytes = 100_000;
        config.namespaces.get_mut("public").unwrap().slow_reader = policy;
    };
    configured().without_pings().config(slow).start().await
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_of_the_latest_gets_the_last_and_stays() {
    for policy in [SlowReader::Latest, SlowReader::DropOldest] {
        let world = slow_world(policy).await;
        let mut ann = world.connect("ann").await;
        let mut slow = world.connecting("bob").receive_buffer(16_384).open().await;
        subscribe(&mut slow, ROOM).await;
        overrun(&world, &mut ann, ROOM).await;
        let mut newest = 0;
        loop {
            let push = slow.expect("publication").await;
            let offset = push["offset"].as_u64().unwrap();
            assert!(offset > newest, "in order, with gaps");
            newest = offset;
            if push["data"] == "last" {
                break;
            }
        }
        assert_eq!(newest, 201);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slow_reader_that_must_have_everything_is_sent_away_and_recovers() {
    let world = slow_world(SlowReader::Disconnect).await;
    let mut ann = world.connect("ann").await;
    let mut slow = world.connecting("bob").receive_buffer(16_384).open().await;
    let epoch = subscribe(&mut slow, ROOM).await["epoch"].clone();
    let large = "x".repeat(20_000);
    let mut published = 0;
    while world.metric("tutti_connections_closed_total{code=\"4100\"}").await == 0 {
        publish(&mut ann, ROOM, json!(large)).await;
        published += 1;
        assert!(published < 1000, "the queue is bounded");
    }
    let mut newest = 0;
    let code = loop {
        match slow.said().await {
            Said::Frame(push) => newest = push["offset"].as_u64().unwrap(),
            Said::Ping => {}
            Said::Closed(code) => break code,
        }
    };
    assert_eq!(code, 4100);
    let mut back = world.connect("bob").await;
    let position = json!({"epoch": epoch, "offset": published - 1});
    let reply = back.request(json!({"type": "subscribe", "channel": ROOM, "position": position})).await;
    assert_eq!((&reply["recovered"], reply["publications"].as_array().unwrap().len()), (&json!(true), 1));
    assert!(newest < published);
}

/// A reply that comes with a push takes the way through the hub, a subscription is greeted by it: neither may pass the other.
#[tokio::test]
async fn replies_of_one_connection_come_in_the_order_of_its_requests() {
    let world = configured().start().await;
    let mut alice = Raw::open(world.server().address, Some(&world.token("alice"))).await;
    assert_eq!(alice.json().await["type"], "welcome");
    let requests = (0..20).flat_map(|n| {
        let publish = json!({"type": "publish", "ref": 2 * n, "channel": "public:elsewhere", "data": n});
        let subscribe = json!({"type": "subscribe", "ref": 2 * n + 1, "channel": format!("public:{n}")});
        [publish, subscribe].map(|frame| raw::frame(raw::TEXT, frame.to_string().as_bytes(), true)).concat()
    });
    alice.write(&requests.collect::<Vec<u8>>()).await;
    for n in 0..40 {
        let reply = alice.json().await;
        let kind = if n % 2 == 0 { "published" } else { "subscribed" };
        assert_eq!((&reply["ref"], &reply["type"]), (&json!(n), &json!(kind)));
    }
}
