"""The WebSocket endpoint: its paths, sub-protocols, welcome, ping, and what is unknown to it."""

from raw_socket import PING, PONG, TEXT, RawSocket
from tutti_client import JSON, MSGPACK
from tutti_server import TuttiTest
from websockets.exceptions import InvalidStatus

TIME = r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"


class Endpoint(TuttiTest):
    """`GET /ws`."""

    def test_the_endpoint_has_four_paths(self):
        user = self.user()
        for path in ("/ws", "/ws/", "/ws/chat", "/ws/chat/"):
            with self.subTest(path):
                client = user.connect(path=path)
                self.assertEqual(client.ask("ping")["type"], "pong")

    def test_any_other_path_under_it_is_refused_before_the_upgrade(self):
        user = self.user()
        for path in ("/ws/other", "/ws/chat/room", "/ws/chats"):
            with self.subTest(path), self.assertRaises(InvalidStatus) as refused:
                user.connect(path=path)
            self.assertEqual(refused.exception.response.status_code, 404)

    def test_a_request_that_is_no_upgrade_is_refused(self):
        self.assert_http_error(self.user().http.get("/ws"), 400, "invalid_request")

    def test_welcome_says_who_and_what_is_accepted(self):
        user = self.user("alice")
        welcome = user.connect().welcome
        self.assertEqual(welcome["protocol"], 1)
        self.assertIsInstance(welcome["connection_id"], str)
        self.assertEqual(welcome["user"], {"id": user.id, "name": "Alice"})
        self.assertRegex(welcome["server_time"], TIME)
        self.assertEqual(welcome["heartbeat_ms"], 30_000)
        self.assertIs(welcome["resumed"], False)
        self.assertEqual(welcome["reset"], [])
        self.assertIsInstance(welcome["since"], str)
        self.assertEqual(welcome["limits"]["max_frame_bytes"], 65_536)
        self.assertEqual(welcome["limits"]["max_message_chars"], 5_000)

    def test_each_connection_has_its_own_id(self):
        user = self.user()
        self.assertNotEqual(user.connect().welcome["connection_id"], user.connect().welcome["connection_id"])

    def test_json_is_spoken_when_nothing_is_offered(self):
        client = self.user().connect()
        self.assertIsNone(client.socket.subprotocol)
        self.assertEqual(client.ask("ping")["type"], "pong")

    def test_json_can_be_asked_for(self):
        self.assertEqual(self.user().connect(subprotocol=JSON).socket.subprotocol, JSON)

    def test_message_pack_carries_the_same_objects(self):
        alice, bob = self.user("alice"), self.user("bob")
        packed = alice.connect(subprotocol=MSGPACK)
        plain = bob.connect()
        self.assertEqual(packed.socket.subprotocol, MSGPACK)
        sent = packed.say("packed \N{BLACK HEART SUIT}", receiver_id=bob.id, metadata={"n": [1, 2.5, None, True]})
        self.assertEqual(plain.message("packed \N{BLACK HEART SUIT}")["message"], sent)
        answer = plain.say("plain", receiver_id=alice.id)
        push = packed.message("plain")
        self.assertEqual(push["message"], answer)
        self.assertIsInstance(push["event_id"], str)
        page = packed.ask("history", conversation_id=sent["conversation_id"])
        self.assertEqual(page["messages"], [answer, sent])

    def test_message_pack_errors_keep_the_connection(self):
        client = self.user().connect(subprotocol=MSGPACK)
        client.send_raw(b"\xc1 never used")
        self.assert_error(client.receive(), "invalid_request")
        client.send_raw('{"type":"ping"}')
        self.assert_error(client.receive(), "invalid_request")
        self.assertEqual(client.ask("ping")["type"], "pong")

    def test_an_unknown_sub_protocol_is_not_agreed_to(self):
        client = self.user().connect(subprotocol="soap")
        self.assertIsNone(client.socket.subprotocol)

    def test_ping_is_answered_with_the_time(self):
        client = self.user().connect()
        client.send("ping")
        pong = client.receive()
        self.assertEqual(pong["type"], "pong")
        self.assertNotIn("ref", pong)
        self.assertRegex(pong["server_time"], TIME)

    def test_a_reply_carries_the_ref_of_its_request(self):
        client = self.user().connect()
        for ref in ("one", 2, 0, "\N{SNOWMAN}"):
            with self.subTest(ref):
                self.assertEqual(client.ask("ping", ref=ref)["ref"], ref)
                refused = client.request("nonsense", ref=ref)
                self.assert_error(refused, "invalid_request")
                self.assertEqual(refused["ref"], ref)

    def test_unknown_fields_are_ignored(self):
        client = self.user().connect()
        self.assertEqual(client.ask("ping", surprise={"deep": [1]})["type"], "pong")
        bob = self.user("bob")
        self.assertEqual(client.say("hello", receiver_id=bob.id, surprise=1)["message"], "hello")

    def test_replies_come_in_the_order_of_requests(self):
        client = self.user().connect()
        bob = self.user("bob")
        for number in range(20):
            client.send("message", receiver_id=bob.id, message=f"m{number}", ref=number)
        self.assertEqual([client.receive()["ref"] for _ in range(20)], list(range(20)))

    def test_a_message_in_fragments_is_one_message(self):
        user = self.user()
        raw = RawSocket(self.server.url, user.token)
        self.addCleanup(raw.close)
        raw.until(TEXT)
        raw.send(TEXT, b'{"type":', fin=False)
        raw.send(PING, b"between")
        self.assertEqual(raw.until(PONG), b"between")
        raw.send(0, b'"ping","ref":7}')
        self.assertIn(b'"ref":7', raw.until(TEXT))


class Heartbeat(TuttiTest):
    """The server pings; who does not answer is closed."""

    settings = {"CONNECTIONS__HEARTBEAT_SECONDS": 1, "CONNECTIONS__PONG_TIMEOUT_SECONDS": 1}

    def test_a_silent_peer_is_closed_and_one_that_answers_is_not(self):
        alive = self.user("alive").connect()
        self.assertEqual(alive.welcome["heartbeat_ms"], 1000)
        silent = RawSocket(self.server.url, self.user("silent").token)
        self.addCleanup(silent.close)
        silent.until(PING)
        self.assertEqual(silent.close_code(), 4101)
        self.assertEqual(alive.ask("ping")["type"], "pong")
