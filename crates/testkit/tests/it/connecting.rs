//! All ways in, and the ends of a connection.

use tutti_testkit::{Raw, Way, World, raw};

#[tokio::test]
async fn every_way_to_show_a_token_is_welcomed_on_every_path_of_the_endpoint() {
    let world = World::builder().unlimited().start().await;
    for way in Way::ALL {
        for path in ["/ws", "/ws/", "/ws/chat", "/ws/chat/"] {
            let mut client = world.connecting("alice").way(way).path(path).open().await;
            let welcome = &client.welcome;
            assert_eq!((welcome["protocol"].as_u64(), &welcome["resumed"]), (Some(1), &false.into()), "{way:?} {path}");
            assert_eq!(welcome["user"]["id"], "alice");
            assert_eq!(welcome["user"]["name"], "alice by name");
            assert_eq!(welcome["heartbeat_ms"], 30_000);
            assert_eq!(welcome["limits"]["max_message_chars"], 5000);
            assert_eq!(welcome["limits"]["max_frame_bytes"], 65_536);
            assert_eq!(client.drain().await, Vec::<serde_json::Value>::new());
        }
    }
}

#[tokio::test]
async fn any_other_path_is_refused_before_the_upgrade() {
    let world = World::start().await;
    for path in ["/ws/other", "/ws/chat/more", "/ws/chat//"] {
        let Err(response) = world.connecting("alice").path(path).upgrade().await else { panic!("{path} was upgraded") };
        assert_eq!(response.status(), 404, "{path}");
    }
}

#[tokio::test]
async fn what_asks_for_no_upgrade_gets_a_documented_error() {
    let world = World::start().await;
    let answer = world.http("alice").get("/ws").await;
    assert_eq!((answer.status, answer.error()), (400, "invalid_request"));
}

#[tokio::test]
async fn the_server_ends_the_connection_as_soon_as_its_close_is_answered() {
    let world = World::start().await;
    let mut client = Raw::open(world.server().address, Some(&world.token("alice"))).await;
    client.json().await;
    client.frame(raw::TEXT, br#"{"type":"logout"}"#).await;
    assert_eq!(client.closed().await.1, 1000);
    client.frame(raw::CLOSE, &1000_u16.to_be_bytes()).await;
    // RFC 6455 section 7.1.1: the server closes the TCP connection first. No time passes here.
    client.end().await;
}

#[tokio::test]
async fn a_goodbye_of_the_client_is_answered_and_frees_its_place() {
    let world = World::builder().config(|config| config.connections.max_per_user = 1).start().await;
    for _ in 0..3 {
        let client = world.connect("alice").await;
        client.goodbye().await;
        world.connections(0).await;
    }
}
