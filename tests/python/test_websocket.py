"""RFC 6455 where Autobahn does not look: the upgrade, lengths and masks a client may or may not use, the limit at its
default, and what becomes of what was sent just before a close.

`autobahn/` has the rest of the framing, `test_bad_input.py` what a hostile client gets from the application.
"""

import json
import socket
import struct
import urllib.parse

from autobahn.case import (
    CLEAN, FAIL, FAIL_UTF8, TOO_BIG, Case, Chapter, Echo, LongEcho, Pong, close, closed, echo, echo_json, long_echo,
    ping, text,
)  # fmt: skip
from autobahn.wire import MORE, TEXT, Frame, Wire, cut, fragments, masked

LIMIT = 65_536


def play(wire, *steps, chop=None):
    """Frames and expectations, as in a case."""
    Case("-", "", steps, [], chop=chop).run(wire)


class WebSocket(Chapter):
    """One server for what follows."""


class Upgrade(WebSocket):
    """The opening handshake, server side (section 4.2)."""

    GOOD = {
        "Host": "127.0.0.1",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }

    def ask(self, start="GET /ws HTTP/1.1", behind=b"", **changed):
        """Sends the request with some headers changed, and bytes behind it; returns the connection, status and
        headers."""
        headers = self.GOOD | {name.replace("_", "-"): value for name, value in changed.items()}
        lines = [start, *(f"{name}: {value}" for name, value in headers.items() if value is not None), "", ""]
        host, port = urllib.parse.urlsplit(self.server.url).netloc.split(":")
        wire = Wire(socket.create_connection((host, int(port))))
        self.addCleanup(wire.close)
        wire.write("\r\n".join(lines).encode() + behind)
        status, headers = wire.answer()
        return wire, status, headers

    def test_the_example_of_the_rfc(self):
        _, status, headers = self.ask()
        self.assertEqual(status, 101)
        self.assertEqual(headers["sec-websocket-accept"], "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=")
        self.assertEqual(headers["upgrade"].lower(), "websocket")
        self.assertEqual(headers["connection"].lower(), "upgrade")

    def test_what_may_be_written_in_several_ways(self):
        for changed in (
            {"Upgrade": "WebSocket"},
            {"Connection": "keep-alive, Upgrade"},
            {"Connection": "UPGRADE"},
            {"Upgrade": "h2c, websocket"},
            {"Sec_WebSocket_Extensions": "permessage-deflate; client_max_window_bits, x-unknown"},
            {"Sec_WebSocket_Protocol": "soap, tutti.v1.json"},
        ):
            with self.subTest(changed):
                self.assertEqual(self.ask(**changed)[1], 101)

    def test_what_is_no_upgrade_is_refused(self):
        for what, changed in (
            ("no upgrade", {"Upgrade": None}),
            ("another upgrade", {"Upgrade": "h2c"}),
            ("no connection", {"Connection": None}),
            ("another connection", {"Connection": "keep-alive"}),
            ("no key", {"Sec_WebSocket_Key": None}),
            ("a short key", {"Sec_WebSocket_Key": "c2hvcnQ="}),
            ("a key that is no base64", {"Sec_WebSocket_Key": "?" * 24}),
            ("another method", {"start": "POST /ws HTTP/1.1", "Content_Length": "0"}),
            ("HTTP/1.0", {"start": "GET /ws HTTP/1.0"}),
            ("no host", {"Host": None}),
        ):
            with self.subTest(what):
                status = self.ask(**changed)[1]
                self.assertTrue(400 <= status < 500, status)

    def test_another_version_is_told_the_right_one(self):
        """4.2.2 and 4.4: an error status and `Sec-WebSocket-Version`."""
        for version in (None, "8", "14", "thirteen"):
            with self.subTest(version):
                _, status, headers = self.ask(Sec_WebSocket_Version=version)
                self.assertTrue(400 <= status < 500, status)
                self.assertEqual(headers.get("sec-websocket-version"), "13")

    def test_compression_that_was_not_agreed_to_is_failed(self):
        """Also where it was offered, but in a form that the server cannot meet."""
        for extensions in (None, "permessage-deflate; server_max_window_bits=9", "permessage-bzip2"):
            with self.subTest(extensions):
                wire = self.wire(extensions=extensions)
                self.assertNotIn("sec-websocket-extensions", wire.headers)
                play(wire, echo("compressed", reserved=4), FAIL)

    def test_before_anybody_has_said_who_they_are(self):
        """The framing is the same, and a close is answered."""
        for steps in (
            [ping(b"who?"), Pong(b"who?"), close(1000), closed(1000)],
            [close(), closed(None)],
            [ping(b"x" * 126), FAIL],
            [ping(reserved=4), FAIL],
            [text(b"\xff"), FAIL_UTF8],
        ):
            with self.subTest(steps):
                play(self.ask()[0], *steps)

    def test_frames_right_behind_the_request_are_not_lost(self):
        """No client may write so early, yet a proxy may join what was written apart."""
        token = self.user().token
        behind = text(json.dumps({"type": "auth", "token": token})).encode() + echo("early").encode()
        wire, status, _ = self.ask(behind=behind)
        self.assertEqual(status, 101)
        self.assertIn(b"welcome", wire.receive().payload)
        play(wire, Echo("early"), CLEAN)


class Framing(WebSocket):
    """Lengths, masks, cuts."""

    def test_lengths_take_no_more_bytes_than_they_need(self):
        """5.2: "the minimal number of bytes MUST be used"."""
        for what, head in (
            ("two bytes for none", struct.pack("!BBH", 0x81, 0xFE, 0)),
            ("two bytes for 125", struct.pack("!BBH", 0x81, 0xFE, 125)),
            ("eight bytes for five", struct.pack("!BBQ", 0x81, 0xFF, 5)),
            ("eight bytes for 65535", struct.pack("!BBQ", 0x82, 0xFF, 65_535)),
            ("the 64th bit", struct.pack("!BBQ", 0x82, 0xFF, 1 << 63)),
            ("two bytes for a ping", struct.pack("!BBH", 0x89, 0xFE, 5)),
        ):
            with self.subTest(what):
                wire = self.wire()
                wire.write(head + b"mask")
                play(wire, FAIL)

    def test_frames_that_are_not_masked(self):
        """5.1: "The server MUST close the connection upon receiving a frame that is not masked"."""
        for head in (b"\x81\x00", b"\x82\x00", b"\x89\x00", b"\x8a\x00", b"\x88\x00", b"\x01\x00"):
            with self.subTest(head):
                wire = self.wire()
                wire.write(head)
                play(wire, FAIL)

    def test_every_mask_and_every_remainder(self):
        """Unmasking goes by words; no length, and no mask, comes out wrong."""
        wire = self.wire()
        for mask in (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\1\2\4\x80", b"{}[]"):
            for length in range(1, 65):
                words = ("0123456789abcdef" * 4)[:length]
                data = echo_json(words)
                wire.write(bytes([0x81, 0x80 | len(data)]) + mask + masked(data, mask))
                play(wire, Echo(words))

    def test_a_frame_is_read_wherever_it_is_cut(self):
        """Also in the middle of the header, with another frame around the cut."""
        wire = self.wire()
        frame = Frame(TEXT, echo_json("x" * 64).ljust(130)).encode()
        for at in range(1, len(frame)):
            wire.write(ping(b"p").encode() + frame[:at], frame[at:])
            play(wire, Pong(b"p"), Echo("x" * 64))

    def test_many_frames_in_one_write_are_answered_in_order(self):
        words = [f"number {number}" for number in range(200)]
        play(self.wire(), *map(echo, words), *map(Echo, words), CLEAN)

    def test_a_message_of_as_many_fragments_as_bytes(self):
        data, words = long_echo(3000)
        play(self.wire(), *fragments(TEXT, *cut(data, 1)), LongEcho(words), CLEAN)

    def test_fragments_without_a_byte_are_as_good_as_none(self):
        first, last = fragments(TEXT, echo_json("thin")[:9], echo_json("thin")[9:])
        play(self.wire(), first, *[Frame(MORE, fin=False)] * 500, last, Echo("thin"), CLEAN)


class Limit(WebSocket):
    """64 KiB for a message, whatever its fragments."""

    TOO_BIG = closed(TOO_BIG)

    def test_at_the_limit(self):
        data, words = long_echo(LIMIT)
        play(self.wire(), text(data), LongEcho(words), *fragments(TEXT, *cut(data, 1000)), LongEcho(words), CLEAN)

    def test_over_the_limit_by_one_and_told_so_before_the_payload(self):
        for length in (LIMIT + 1, 1 << 20, 1 << 32, (1 << 63) - 1):
            with self.subTest(length):
                wire = self.wire()
                wire.write(struct.pack("!BBQ", 0x81, 0xFF, length))
                play(wire, self.TOO_BIG)

    def test_fragments_over_the_limit_by_one(self):
        play(self.wire(), *fragments(TEXT, b" " * LIMIT, b" "), self.TOO_BIG)

    def test_what_stands_between_fragments_does_not_count(self):
        data, words = long_echo(LIMIT)
        first, last = fragments(TEXT, data[:-1], data[-1:])
        play(self.wire(), first, ping(b"p" * 125), Pong(b"p" * 125), last, LongEcho(words), CLEAN)

    def test_the_whole_of_a_message_over_the_limit_may_be_on_its_way(self):
        """The client still reads why, although it went on writing: the server reads on for a while."""
        play(self.wire(), text(b" " * (LIMIT + 1)), self.TOO_BIG)
        play(self.wire(), text(b" " * (1 << 22)), self.TOO_BIG)

    def test_a_message_without_an_end(self):
        """Autobahn's 9.9, which is not in its list: at some point it is enough."""
        wire = self.wire()
        play(wire, text(b" " * 4096, fin=False), *[Frame(MORE, b" " * 4096, fin=False)] * 16, self.TOO_BIG)


class Ending(WebSocket):
    """The closing handshake complements that of TCP, so that nothing is lost (section 1.4)."""

    settings = {"LIMITS__FRAME": "1000000/1s"}

    def said_before(self, *frames):
        """Sends three messages and these frames in one write; returns how many messages the other one has."""
        user, other = self.user("alice"), self.user("bob")
        wire = Wire.open(self.server.url, user.token)
        self.addCleanup(wire.close)
        wire.receive()
        message = text(json.dumps({"type": "message", "receiver_id": other.id, "message": "last words"}))
        wire.send([message, message, message, *frames])
        while wire.receive().kind != "close":
            pass
        wire.finish()
        wire.receive()
        page = other.http.get(f"/api/v1/communication/chats/conversation/{user.id}/")
        return len(page.json["messages"]) if page.status == 200 else 0

    def test_what_was_said_before_a_close_is_carried_out(self):
        for code in (None, 1000, 1001, 4000):
            with self.subTest(code):
                self.assertEqual(self.said_before(close(code)), 3)

    def test_what_was_said_before_a_logout_is_carried_out(self):
        self.assertEqual(self.said_before(text('{"type":"logout"}')), 3)
