//! What operators see and do: everything that is listed is right, what they end ends, the tail tells what happens and
//! nothing of what is said, and nobody else gets any of it.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};
use tutti_access::key::Scope;
use tutti_core::tail::{CAPACITY, MAX_WATCHERS};
use tutti_protocol::operator::OperatorEventKind;
use tutti_server::config::{Namespace, SlowReader};
use tutti_testkit::patience::until;
use tutti_testkit::{Builder, Client, Http, Raw, Sse, Way, World};

use crate::support::{into, text};

const HEARTBEAT: Duration = Duration::from_secs(30);

/// A server with an open namespace and one that hides who listens.
fn configured() -> Builder {
    World::builder().unlimited().without_pings().config(|config| {
        let open = Namespace { rate: "1000000/1s".parse().unwrap(), join_leave: false, ..Namespace::open() };
        let hidden = Namespace { presence: false, ..open.clone() };
        config.namespaces = [("public", open), ("hidden", hidden)].map(|(name, one)| (name.to_owned(), one)).into();
    })
}

/// HTTP as an operator.
fn operator(world: &World) -> Http {
    world.http_with(Some(world.token_with("root", Duration::from_secs(24 * 3600), &["operator"])))
}

/// The answer to a question of the operator.
async fn ask(world: &World, path: &str) -> Value {
    operator(world).get(&format!("/api/v1/operator{path}")).await.is(200)
}

async fn tell(world: &World, path: &str) -> u16 {
    operator(world).post(&format!("/api/v1/operator{path}"), &json!({})).await.status
}

/// One field of every item of a list.
fn each(list: &Value, field: &str) -> Vec<Value> {
    list.as_array().expect("a list").iter().map(|item| item[field].clone()).collect()
}

async fn subscribe(client: &mut Client, channel: &str) {
    let reply = client.request(json!({"type": "subscribe", "channel": channel})).await;
    assert_eq!(reply["type"], "subscribed", "{reply}");
}

async fn publish(client: &mut Client, channel: &str, data: Value) {
    let reply = client.request(json!({"type": "publish", "channel": channel, "data": data})).await;
    assert_eq!(reply["type"], "published", "{reply}");
}

/// Leaves for good.
async fn log_out(mut client: Client) {
    client.send(&json!({"type": "logout"})).await;
    assert_eq!(client.closed().await, 1000);
}

/// Watches what happens from now on.
async fn watch(world: &World, query: &str) -> Sse {
    let http = operator(world);
    http.stream(http.request(Method::GET, &format!("/api/v1/operator/events{query}"))).await
}

/// The next event, which must be of this kind.
async fn told(events: &mut Sse, kind: &str) -> Value {
    let event = events.next().await.expect("the stream goes on").data;
    assert_eq!(event["kind"], kind, "{event}");
    event
}

/// Every route of the operator, by method and path, as the server describes them.
async fn routes(world: &World) -> Vec<(Method, String)> {
    let document = world.http_with(None).get("/api/v1/openapi.json").await.is(200);
    let paths = document["paths"].as_object().unwrap();
    let mine = paths.iter().filter(|(path, _)| path.starts_with("/api/v1/operator/"));
    let routes = mine.flat_map(|(path, methods)| {
        let path = path.replace("{user}", "bob").replace("{connection}", "1").replace("{channel}", "public:none");
        let methods = methods.as_object().unwrap().keys();
        methods.map(move |method| (method.to_uppercase().parse().unwrap(), path.clone())).collect::<Vec<_>>()
    });
    routes.collect()
}

#[tokio::test]
async fn every_route_is_for_operators_only() {
    let world = configured().sqlite().start().await;
    let routes = routes(&world).await;
    assert_eq!(routes.len(), 10);
    let key = world.server().access.create_key("backend", &Scope::ALL).await.unwrap().text;
    let almost = world.token_with("mallory", HEARTBEAT, &["operators", "Operator", "admin"]);
    let callers = [
        (world.http("alice"), (403, "forbidden")),
        (world.http_with(Some(almost)), (403, "forbidden")),
        (world.http_with(None), (401, "unauthenticated")),
        (world.http_with(Some(key)), (401, "unauthenticated")),
    ];
    for (method, path) in routes {
        for (http, refusal) in &callers {
            let answer = http.send(http.request(method.clone(), &path)).await;
            assert_eq!((answer.status, answer.error()), *refusal, "{method} {path}");
        }
        if !path.ends_with("/events") {
            let http = operator(&world);
            let status = http.send(http.request(method.clone(), &path)).await.status;
            assert!([200, 204, 404].contains(&status), "{method} {path} answers an operator {status}");
        }
    }
}

#[tokio::test]
async fn what_is_open_is_listed_as_it_is_and_what_ended_is_not() {
    let world = configured().start().await;
    let mut ann = world.connect("ann").await;
    let bob = world.connecting("bob").msgpack().way(Way::FirstFrame).open().await;
    let mut stream = world.http("ann").events(None).await;
    stream.expect("welcome").await;
    for channel in ["public:a", "public:b"] {
        subscribe(&mut ann, channel).await;
    }
    let connections = ask(&world, "/connections").await["connections"].clone();
    assert_eq!(each(&connections, "user_id"), ["ann", "bob", "ann"]);
    assert_eq!(each(&connections, "transport"), ["websocket", "websocket", "sse"]);
    assert_eq!(each(&connections, "codec"), ["json", "msgpack", "json"]);
    assert_eq!(each(&connections, "channels"), [2, 0, 0]);
    assert_eq!(connections[0]["id"], ann.welcome["connection_id"]);
    for field in ["opened_at", "heard_at"] {
        assert_eq!(connections[1][field], "2025-11-21T11:01:00.000Z");
    }
    assert_eq!((&connections[1]["compressed"], &connections[1]["queued_bytes"]), (&json!(false), &json!(0)));

    let users = ask(&world, "/users").await["users"].clone();
    assert_eq!(users[0], json!({"user_id": "ann", "name": "ann by name", "connections": 2}));
    assert_eq!(each(&users, "user_id"), ["ann", "bob"]);
    let overview = ask(&world, "/overview").await;
    assert_eq!(overview["connections"], json!({"total": 3, "websocket": 2, "sse": 1, "poll": 0}));
    assert_eq!((&overview["users"], &overview["channels"]), (&json!(2), &json!(2)));

    drop(stream);
    bob.goodbye().await;
    world.connections(1).await;
    assert_eq!(each(&ask(&world, "/connections").await["connections"], "user_id"), ["ann"]);
    assert_eq!(each(&ask(&world, "/users").await["users"], "connections"), [1]);
    let overview = ask(&world, "/overview").await;
    assert_eq!(overview["connections"]["total"], 1);
    assert_eq!(overview["counters"]["opened"], 3);
    assert_eq!(overview["node"]["started_at"], "2025-11-21T11:01:00.000Z");
}

/// Everything that is listed under a path, one on a page; how many pages there were.
async fn pages(world: &World, path: &str, list: &str) -> (Vec<Value>, usize) {
    let (mut items, mut pages, mut cursor) = (Vec::new(), 0, String::new());
    let separator = if path.contains('?') { '&' } else { '?' };
    loop {
        let page = ask(world, &format!("{path}{separator}limit=1{cursor}")).await;
        items.extend(page[list].as_array().unwrap().iter().cloned());
        pages += 1;
        match page["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return (items, pages),
        }
    }
}

#[tokio::test]
async fn lists_come_in_pages_and_filtered() {
    let world = configured().start().await;
    let mut clients = Vec::new();
    for user in ["bob", "ann", "bob"] {
        let mut client = world.connect(user).await;
        subscribe(&mut client, &format!("public:{}", clients.len())).await;
        clients.push(client);
    }
    let (connections, count) = pages(&world, "/connections", "connections").await;
    assert_eq!((each(&json!(connections), "user_id"), count), (vec!["bob".into(), "ann".into(), "bob".into()], 3));
    let (connections, _) = pages(&world, "/connections?user=bob", "connections").await;
    assert_eq!(each(&json!(connections), "channels"), [1, 1]);
    assert_eq!(pages(&world, "/connections?slow=true", "connections").await, (vec![], 1));
    assert_eq!(pages(&world, "/connections?user=nobody", "connections").await, (vec![], 1));
    let (users, count) = pages(&world, "/users", "users").await;
    assert_eq!((each(&json!(users), "user_id"), count), (vec!["ann".into(), "bob".into()], 2));
    let (channels, _) = pages(&world, "/channels", "channels").await;
    assert_eq!(each(&json!(channels), "channel"), ["public:0", "public:1", "public:2"]);
    assert_eq!(pages(&world, "/channels?prefix=public:1", "channels").await.0.len(), 1);
    assert_eq!(pages(&world, "/channels?prefix=hidden", "channels").await, (vec![], 1));
    for path in ["/connections", "/users", "/channels"] {
        let answer = operator(&world).get(&format!("/api/v1/operator{path}?limit=101")).await;
        assert_eq!((answer.status, answer.error()), (422, "validation_failed"), "{path}");
    }
    let answer = operator(&world).get("/api/v1/operator/connections?cursor=no-page").await;
    assert_eq!((answer.status, answer.error()), (422, "validation_failed"), "a cursor of no page");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_reads_too_slowly_is_found() {
    let world = configured()
        .config(|config| {
            config.connections.max_outbound_bytes = 100_000;
            config.namespaces.get_mut("public").unwrap().slow_reader = SlowReader::DropOldest;
        })
        .start()
        .await;
    let mut ann = world.connect("ann").await;
    let mut slow = world.connecting("bob").receive_buffer(16_384).open().await;
    subscribe(&mut slow, "public:flood").await;
    let large = "x".repeat(20_000);
    let mut published = 0;
    while ask(&world, "/connections?slow=true").await["connections"] == json!([]) {
        publish(&mut ann, "public:flood", json!(large)).await;
        published += 1;
        assert!(published < 1000, "the system's own queues are bounded");
    }
    let found = ask(&world, "/connections?slow=true").await["connections"].clone();
    assert_eq!(each(&found, "user_id"), ["bob"]);
    assert_eq!(found[0]["queued_bytes"].as_u64(), Some(world.metric("tutti_outbound_bytes").await));
    assert_eq!(each(&ask(&world, "/connections?slow=true&user=bob").await["connections"], "user_id"), ["bob"]);
    assert_eq!(ask(&world, "/connections?slow=true&user=ann").await["connections"], json!([]));
}

#[tokio::test]
async fn what_an_operator_ends_ends_at_once_and_may_come_back() {
    let world = configured().start().await;
    let (ann, anns_other, mut bob) =
        (world.connect("ann").await, world.connect("ann").await, world.connect("bob").await);
    let id = text(&ann.welcome, "connection_id").to_owned();
    assert_eq!(tell(&world, &format!("/connections/{id}/disconnect")).await, 204);
    assert_eq!(ask(&world, "/users/ann").await["connections"].as_array().unwrap().len(), 1, "listed no more");
    assert_eq!(ann.closed().await, 1001, "a code with which clients come back");
    world.connections(2).await;
    assert_eq!(tell(&world, &format!("/connections/{id}/disconnect")).await, 404);
    assert_eq!(tell(&world, "/connections/nonsense/disconnect").await, 404);

    let ann = world.connect("ann").await;
    assert_eq!(tell(&world, "/users/ann/disconnect").await, 204);
    assert_eq!((ann.closed().await, anns_other.closed().await), (1001, 1001));
    assert_eq!(tell(&world, "/users/nobody/disconnect").await, 204, "nobody is left to send away");
    assert!(bob.drain().await.is_empty(), "others stay");
    let ann = world.connect("ann").await;
    let token = world.token("ann");
    assert_eq!(tell(&world, "/users/ann/revoke").await, 204);
    assert_eq!(ann.closed().await, 4004);
    assert_eq!(world.anonymous().token(token).refused().await.1, 4001, "a revoked token does not come back");
    let counters = ask(&world, "/overview").await["counters"].clone();
    let closed = json!([{"code": 1001, "count": 3}, {"code": 4001, "count": 1}, {"code": 4004, "count": 1}]);
    assert_eq!(counters["closed"], closed);
}

#[tokio::test]
async fn a_user_is_shown_whether_here_or_not() {
    let world = configured().start().await;
    let unknown = operator(&world).get("/api/v1/operator/users/ann").await;
    assert_eq!((unknown.status, unknown.error()), (404, "not_found"));
    let mut ann = world.connect("ann").await;
    ann.request(json!({"type": "presence_set", "status": "busy", "text": "in a call"})).await;
    let shown = ask(&world, "/users/ann").await;
    assert_eq!((&shown["name"], &shown["revoked_at"]), (&json!("ann by name"), &Value::Null));
    assert_eq!(shown["presence"]["status"], "busy");
    assert!(!shown.to_string().contains("in a call"), "what a user says is not for operators");
    assert_eq!(each(&shown["connections"], "id"), [ann.welcome["connection_id"].clone()]);

    log_out(ann).await;
    world.connections(0).await;
    world.advance(Duration::from_secs(1)).await;
    tell(&world, "/users/ann/revoke").await;
    let shown = ask(&world, "/users/ann").await;
    assert_eq!((&shown["presence"]["status"], &shown["connections"]), (&json!("offline"), &json!([])));
    assert_eq!(shown["presence"]["last_seen_at"], "2025-11-21T11:01:00.000Z");
    assert_eq!(shown["revoked_at"], "2025-11-21T11:01:01.000Z");
}

#[tokio::test]
async fn channels_are_shown_with_who_listens_and_how_busy_they_are() {
    let world = configured().start().await;
    let (mut ann, mut other) = (world.connect("ann").await, world.connect("ann").await);
    for client in [&mut ann, &mut other] {
        subscribe(client, "hidden:room").await;
    }
    for n in 0..10 {
        publish(&mut ann, "hidden:room", json!(n)).await;
    }
    world.advance(Duration::from_secs(5)).await;
    let room = ask(&world, "/channels/hidden:room").await;
    assert_eq!((&room["connections"], &room["users"]), (&json!(2), &json!(1)));
    assert_eq!((&room["offset"], &room["kept"], &room["per_second"]), (&json!(10), &json!(10), &json!(2.0)));
    assert_eq!(ask(&world, "/channels").await["channels"], json!([room]));
    world.advance(Duration::from_secs(20)).await;
    assert_eq!(ask(&world, "/channels/hidden:room").await["per_second"], 0.0);

    let members = "/api/v1/channels/hidden:room/presence";
    assert_eq!(world.http("ann").get(members).await.error(), "forbidden");
    assert_eq!(each(&operator(&world).get(members).await.is(200)["members"], "user_id"), ["ann"]);
    for nothing in ["hidden:empty", "nowhere:room"] {
        let answer = operator(&world).get(&format!("/api/v1/operator/channels/{nothing}")).await;
        assert_eq!((answer.status, answer.error()), (404, "not_found"));
    }
    assert_eq!(ask(&world, "/overview").await["channels"], 1, "asking makes none");
    world.advance(Duration::from_secs(300)).await;
    drop((ann, other));
    world.connections(0).await;
    assert_eq!(ask(&world, "/channels").await["channels"], json!([]), "what is past its time is not shown");
}

#[tokio::test]
async fn metrics_say_what_operators_see() {
    let world = configured().start().await;
    let before = world.metric("tutti_tasks").await;
    let mut ann = world.connect("ann").await;
    subscribe(&mut ann, "public:a").await;
    publish(&mut ann, "public:a", json!(1)).await;
    publish(&mut ann, "public:b", json!(1)).await;
    let metrics = ["tutti_channels", "tutti_publications_total", "tutti_users", "tutti_outbound_bytes"];
    for (metric, expected) in metrics.into_iter().zip([2, 2, 1, 0]) {
        assert_eq!(world.metric(metric).await, expected, "{metric}");
    }
    assert_eq!(ask(&world, "/overview").await["counters"]["publications"], 2);
    assert!(world.metric("tutti_tasks").await > before, "a connection has a task");
}

#[tokio::test]
async fn the_tail_tells_what_happens_in_its_order_and_nothing_of_what_is_said() {
    let world = configured().start().await;
    let mut events = watch(&world, "").await;
    let mut ann = world.connect("ann").await;
    let id = ann.welcome["connection_id"].clone();
    let opened = told(&mut events, "connection_opened").await;
    assert_eq!(opened["at"], "2025-11-21T11:01:00.000Z");
    assert_eq!((&opened["user_id"], &opened["connection_id"]), (&json!("ann"), &id));
    assert_eq!(opened["detail"], "websocket");

    let mut all = Vec::new();
    subscribe(&mut ann, "public:room").await;
    publish(&mut ann, "public:room", json!({"secret": "SECRET"})).await;
    for kind in ["channel_created", "subscribed", "published"] {
        let event = told(&mut events, kind).await;
        assert_eq!(event["channel"], "public:room");
        all.push(event);
    }
    assert_eq!((&all[1]["connection_id"], &all[2]["user_id"]), (&id, &json!("ann")));

    let body = json!({"title": "SECRET", "member_ids": ["bob"], "metadata": {"SECRET": 1}});
    let group = text(&world.http("ann").post("/api/v1/conversations", &body).await.is(201), "id").to_owned();
    let sent = ann.say(&group, "SECRET").await;
    let message = &sent["message"]["id"];
    ann.request(json!({"type": "message_edit", "message_id": message, "message": "SECRET 2"})).await;
    ann.request(json!({"type": "message_delete", "message_id": message})).await;
    let chat = ["conversation_created", "message_posted", "message_edited", "message_deleted"];
    for kind in chat {
        let event = told(&mut events, kind).await;
        assert_eq!(event["conversation_id"], group);
        all.push(event);
    }
    assert_eq!((&all[4]["user_id"], &all[4]["connection_id"]), (&json!("ann"), &id));

    for frame in
        [json!({"type": "message", "conversation_id": group, "message": ["SECRET"]}), json!({"type": "SECRET"})]
    {
        assert_eq!(ann.refused(frame).await, "invalid_request");
        let event = told(&mut events, "command_failed").await;
        assert_eq!((&event["code"], &event["user_id"]), (&json!("invalid_request"), &json!("ann")));
        all.push(event);
    }
    ann.refused(into("1", "SECRET")).await;
    let failed = told(&mut events, "command_failed").await;
    assert_eq!((&failed["code"], &failed["detail"]), (&json!("not_found"), &json!("message")));

    log_out(ann).await;
    let closed = told(&mut events, "connection_closed").await;
    assert_eq!((&closed["connection_id"], &closed["code"]), (&id, &json!("1000")));
    told(&mut events, "unsubscribed").await;
    world.advance(Duration::from_secs(360)).await;
    told(&mut events, "channel_forgotten").await;
    assert!(!json!([all, failed, closed]).to_string().contains("SECRET"), "{all:?}");
}

#[tokio::test]
async fn a_tail_tells_only_what_its_filters_let_through() {
    let world = configured().start().await;
    let mut published = watch(&world, "?kind=published&kind=subscribed&channel=public:a").await;
    let mut bobs = watch(&world, "?user=bob").await;
    let (mut ann, mut bob) = (world.connect("ann").await, world.connect("bob").await);
    for client in [&mut ann, &mut bob] {
        subscribe(client, "public:a").await;
        subscribe(client, "public:b").await;
        publish(client, "public:b", json!(1)).await;
        publish(client, "public:a", json!(1)).await;
    }
    for user in ["ann", "bob"] {
        for kind in ["subscribed", "published"] {
            let event = told(&mut published, kind).await;
            assert_eq!((&event["channel"], &event["user_id"]), (&json!("public:a"), &json!(user)));
        }
    }
    for kind in ["connection_opened", "subscribed", "subscribed", "published", "published"] {
        assert_eq!(told(&mut bobs, kind).await["user_id"], "bob");
    }
    let wrong = operator(&world).get("/api/v1/operator/events?kind=nonsense").await;
    assert_eq!((wrong.status, wrong.error()), (422, "validation_failed"));
}

#[tokio::test]
async fn a_tail_that_is_too_slow_is_told_how_much_it_missed() {
    let world = configured().start().await;
    let mut events = watch(&world, "?kind=published").await;
    let tail = &world.server().gateway.tail;
    // All in one go, so that the stream has no turn in between.
    for number in 1..=CAPACITY as u64 + 5 {
        tail.tell(OperatorEventKind::Published, |event| event.count = Some(number));
    }
    assert_eq!(told(&mut events, "missed").await["count"], 5);
    for number in 6..=CAPACITY as u64 + 5 {
        assert_eq!(told(&mut events, "published").await["count"], number);
    }
}

/// Whether anybody watches.
fn watched(world: &World) -> bool {
    let mut watched = false;
    world.server().gateway.tail.tell(OperatorEventKind::Missed, |_| watched = true);
    watched
}

#[tokio::test]
async fn so_many_watch_and_no_more_until_one_has_gone() {
    let world = configured().start().await;
    let mut tails = Vec::new();
    for _ in 0..MAX_WATCHERS {
        tails.push(watch(&world, "").await);
    }
    let refused = operator(&world).get("/api/v1/operator/events").await;
    assert_eq!((refused.status, refused.error()), (429, "rate_limited"));
    drop(tails);
    until("those who watched to be gone", || !watched(&world)).await;
    watch(&world, "").await;
}

#[tokio::test]
async fn a_tail_that_nobody_reads_gives_its_place_back() {
    let world = World::start().await;
    let mut unread = Raw::dial_narrow(world.server().address, 16_384).await;
    let token = world.token_with("root", HEARTBEAT * 1000, &["operator"]);
    let head = format!("GET /api/v1/operator/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\r\n");
    unread.write(head.as_bytes()).await;
    assert!(unread.head().await.starts_with("HTTP/1.1 200"));
    // More than the system and the stream's own queue hold.
    for _ in 0..64 {
        let tail = &world.server().gateway.tail;
        tail.tell(OperatorEventKind::Published, |event| event.detail = Some("x".repeat(250_000)));
    }
    // One heartbeat after it got stuck; when that is, the system's queues decide.
    for _ in 0..20 {
        if watched(&world) {
            world.advance(HEARTBEAT).await;
        }
    }
    assert!(!watched(&world));
}

#[tokio::test]
async fn a_tail_ends_with_the_right_to_it_and_with_the_server() {
    let world = configured().config(|config| config.connections.heartbeat_seconds = HEARTBEAT.as_secs()).start().await;
    let token = world.token_with("root", HEARTBEAT, &["operator"]);
    let http = world.http_with(Some(token));
    let mut expires = http.stream(http.request(Method::GET, "/api/v1/operator/events?kind=message_posted")).await;
    let other = world.token_with("chief", HEARTBEAT * 100, &["operator"]);
    let http = world.http_with(Some(other));
    let mut revoked = http.stream(http.request(Method::GET, "/api/v1/operator/events?kind=published")).await;
    world.timer(HEARTBEAT).await;
    world.advance(HEARTBEAT).await;
    let last = expires.next().await.unwrap();
    assert_eq!((last.name.as_str(), &last.data["code"]), ("close", &json!(4003)));
    assert!(expires.next().await.is_none());

    let mut ann = world.connect("ann").await;
    publish(&mut ann, "public:a", json!(1)).await;
    told(&mut revoked, "published").await;
    assert_eq!(tell(&world, "/users/chief/revoke").await, 204);
    publish(&mut ann, "public:a", json!(2)).await;
    let last = revoked.next().await.unwrap();
    assert_eq!((last.name.as_str(), &last.data["code"]), ("close", &json!(4004)), "before anything else is told");

    drop(ann);
    world.connections(0).await;
    let mut events = watch(&world, "").await;
    let ((in_time, _), last) = tokio::join!(world.stop(), events.next());
    assert!(in_time);
    assert_eq!(last.unwrap().data["code"], 4102);
}
