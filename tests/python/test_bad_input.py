"""What a broken or hostile client sends: it gets the documented answer, and nobody else notices."""

import json

from raw_socket import BINARY, CLOSE, PING, TEXT, RawSocket
from tutti_server import TuttiTest


class BadInput(TuttiTest):
    """Every test ends with the same question: do the others still get through to each other?"""

    def setUp(self):
        """Two people who mind their own business."""
        *_, self.bystander, _, self.listener, self.elsewhere = self.pair("carol", "dave")

    def tearDown(self):
        """They still can."""
        self.bystander.say("still here", conversation_id=self.elsewhere)
        self.listener.message("still here")

    def raw(self):
        """A handmade connection that has had its welcome."""
        raw = RawSocket(self.server.url, self.user("raw").token)
        self.addCleanup(raw.close)
        self.assertIn(b'"welcome"', raw.until(TEXT))
        return raw

    def test_text_that_is_no_frame(self):
        client = self.user().connect()
        for text in ("hello", "", "{", "[]", "null", "7", '"ping"', "{}", '{"type":7}', '{"type":"ping"} trailing',
                     '{"ref":1,"type":null}', "[" * 50_000):  # fmt: skip
            with self.subTest(text[:20]):
                client.send_raw(text)
                self.assert_error(client.receive(), "invalid_request")
        self.assertEqual(client.ask("ping")["type"], "pong")

    def test_an_unknown_type(self):
        client = self.user().connect()
        reply = client.request("teleport")
        self.assert_error(reply, "invalid_request")
        self.assertIs(reply["retryable"], False)
        self.assertEqual(client.ask("ping")["type"], "pong")

    def test_types_that_only_a_server_sends(self):
        client = self.user().connect()
        for type_ in ("welcome", "message_sent", "presence", "error", "pong"):
            with self.subTest(type_):
                self.assert_error(client.request(type_), "invalid_request")

    def test_missing_and_ill_typed_fields_are_named(self):
        alice, client, bob, peer, conversation = self.pair()
        for type_, fields, field in (
            ("message", {"conversation_id": conversation}, "message"),
            ("message", {"conversation_id": conversation, "message": 7}, "message"),
            ("message", {"conversation_id": {}, "message": "x"}, "conversation_id"),
            ("message_edit", {"message": "x"}, "message_id"),
            ("message_delete", {}, "message_id"),
            ("reaction_add", {"message_id": "1"}, "emoji"),
            ("history", {}, "conversation_id"),
            ("history", {"conversation_id": conversation, "limit": "many"}, "limit"),
            ("typing", {"conversation_id": conversation}, "is_typing"),
            ("typing", {"conversation_id": conversation, "is_typing": "yes"}, "is_typing"),
            ("presence_set", {}, "status"),
            ("presence_set", {"status": "asleep"}, "status"),
            ("auth", {}, "token"),
        ):
            with self.subTest(f"{type_} {fields}"):
                self.assert_error(client.request(type_, **fields), "invalid_request", field)

    def test_a_message_that_says_not_where_to(self):
        client = self.user().connect()
        reply = client.request("message", message="to nobody")
        self.assert_error(reply, "invalid_request")
        self.assertIn("field", reply["details"])

    def test_a_receipt_that_says_not_of_what(self):
        self.assert_error(self.user().connect().request("read_receipt"), "invalid_request")

    def test_values_out_of_bounds(self):
        alice, client, bob, peer, conversation = self.pair()
        message = client.say("fine", conversation_id=conversation)
        for type_, fields, field, limit in (
            ("message", {"conversation_id": conversation, "message": "x" * 5001}, "message", 5000),
            ("message", {"conversation_id": conversation, "message": ""}, "message", None),
            ("message", {"conversation_id": conversation, "message": "x", "client_id": "c" * 129}, "client_id", 128),
            ("message_edit", {"message_id": message["id"], "message": "\u00fc" * 5001}, "message", 5000),
            ("message_edit", {"message_id": message["id"], "message": ""}, "message", None),
            ("reaction_add", {"message_id": message["id"], "emoji": ""}, "emoji", None),
            ("reaction_add", {"message_id": message["id"], "emoji": "e" * 65}, "emoji", 64),
            ("presence_set", {"status": "away", "text": "t" * 141}, "text", 140),
        ):
            with self.subTest(f"{type_} {field} {limit}"):
                reply = client.request(type_, **fields)
                self.assert_error(reply, "validation_failed", field)
                if limit:
                    self.assertEqual(reply["details"].get("limit"), limit)
        self.assertEqual(client.say("fine too", conversation_id=conversation)["seq"], 3)

    def test_things_that_are_not_there(self):
        client = self.user().connect()
        for id_ in ("1", "9223372036854775807"):
            for type_, fields in {
                "message": {"conversation_id": id_, "message": "x"},
                "message_edit": {"message_id": id_, "message": "x"},
                "message_delete": {"message_id": id_},
                "reaction_add": {"message_id": id_, "emoji": "+1"},
                "history": {"conversation_id": id_},
                "typing": {"conversation_id": id_, "is_typing": True},
            }.items():
                with self.subTest(f"{type_} {id_}"):
                    self.assert_error(client.request(type_, **fields), "not_found")

    def test_ids_that_are_no_ids(self):
        client = self.user().connect()
        for id_ in ("abc", "", "-1", "99999999999999999999999", "1; DROP TABLE messages"):
            with self.subTest(id_):
                reply = client.request("history", conversation_id=id_)
                self.assertEqual(reply["type"], "error")
                self.assertIn(reply["code"], ("invalid_request", "not_found"))

    def test_a_frame_over_the_limit(self):
        client = self.user().connect()
        client.send_raw(json.dumps({"type": "ping", "padding": "x" * 65_536}))
        self.assertEqual(client.closed().code, 1009)

    def test_a_frame_at_the_limit_is_read(self):
        client = self.user().connect()
        frame = json.dumps({"type": "ping", "padding": ""})
        client.send_raw(frame[:-2] + "x" * (65_536 - len(frame)) + frame[-2:])
        self.assertEqual(client.receive()["type"], "pong")

    def test_a_message_in_fragments_over_the_limit(self):
        raw = self.raw()
        raw.send(TEXT, b"x" * 40_000, fin=False)
        raw.send(0, b"x" * 40_000, fin=False)
        self.assertEqual(raw.close_code(), 1009)

    def test_a_big_frame_before_authentication(self):
        client = self.open()
        client.send_raw("x" * 60_000)
        self.assertEqual(client.closed().code, 1009)

    def test_binary_where_text_is_spoken(self):
        client = self.user().connect()
        client.send_raw(b'{"type":"ping"}')
        self.assert_error(client.receive(), "invalid_request")
        self.assertEqual(client.ask("ping")["type"], "pong")

    def test_text_that_is_not_utf_8(self):
        raw = self.raw()
        raw.send(TEXT, b'{"type":"\xff\xfe"}')
        self.assertEqual(raw.close_code(), 1007)

    def test_half_a_surrogate_is_not_utf_8(self):
        raw = self.raw()
        raw.send(TEXT, b'{"type":"\xed\xa0\x80"}')
        self.assertEqual(raw.close_code(), 1007)

    def test_frames_that_break_the_protocol(self):
        for what, opcode, payload, options in (
            ("not masked", TEXT, b'{"type":"ping"}', {"masked": False}),
            ("reserved bit", TEXT, b'{"type":"ping"}', {"reserved": 4}),
            ("unknown opcode", 3, b"", {}),
            ("unknown control opcode", 11, b"", {}),
            ("ping in fragments", PING, b"", {"fin": False}),
            ("ping too long", PING, b"x" * 126, {}),
            ("continuation of nothing", 0, b"x", {}),
            ("close code that is none", CLOSE, b"\x03\xed", {}),
            ("close with half a code", CLOSE, b"\x03", {}),
        ):
            with self.subTest(what):
                raw = self.raw()
                raw.send(opcode, payload, **options)
                self.assertEqual(raw.close_code(), 1002)

    def test_a_message_inside_a_message(self):
        raw = self.raw()
        raw.send(TEXT, b'{"type"', fin=False)
        raw.send(BINARY, b"x")
        self.assertEqual(raw.close_code(), 1002)

    def test_a_close_frame_is_answered_and_the_socket_ends(self):
        raw = self.raw()
        raw.send(CLOSE, b"\x03\xe8bye")
        self.assertEqual(raw.close_code(), 1000)
        self.assertRaises(EOFError, raw.receive)

    def test_the_server_ends_the_socket_once_both_sides_have_said_close(self):
        raw = self.raw()
        raw.send(TEXT, b'{"type":"logout"}')
        self.assertEqual(raw.close_code(), 1000)
        raw.send(CLOSE, b"\x03\xe8")
        # RFC 6455, 7.1.1: the server closes the connection immediately; a client waits for it.
        raw.socket.settimeout(1)
        self.assertRaises(EOFError, raw.receive)

    def test_half_a_frame_and_gone(self):
        raw = self.raw()
        raw.socket.sendall(b"\x81\xfe")
        raw.close()
