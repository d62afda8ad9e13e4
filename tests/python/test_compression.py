"""permessage-deflate (RFC 7692): as an independent stack negotiates, sends and reads it; and where Autobahn does not
look: which offers are taken, every form that a compressor may choose, and what a hostile client sends.

`autobahn/` has sizes and parameters (chapters 12 and 13).
"""

import os
import time
import zlib

from autobahn.case import (
    CLEAN, FAIL, FAIL_UTF8, NOT_UTF8, PROTOCOL_ERROR, TOO_BIG, Case, Chapter, Echo, LongEcho, Pong, Refused, close,
    closed, echo, echo_json, long_echo, ping, pong, text,
)  # fmt: skip
from autobahn.deflate import OFFER, TAIL, Wrong, deflate, inflate
from autobahn.wire import BINARY, MORE, RSV1, TEXT, Frame, Wire, cut, fragments
from tutti_client import MSGPACK
from tutti_server import TuttiTest

LONG = "It was the best of times, it was the worst of times. " * 60
"""Compresses well, and is long enough to be worth it."""
TAKEN = "permessage-deflate; server_no_context_takeover; client_no_context_takeover"
LIMIT = 65_536
LIMIT_BEFORE_AUTH = 16_384


def packed(*parts, opcode=TEXT):
    """A message that says it is compressed, in fragments of these bytes."""
    return fragments(opcode, *parts, reserved=RSV1)


def play(wire, *steps):
    """Frames and expectations, as in a case."""
    Case("-", "", steps, []).run(wire)


class Compression(TuttiTest):
    """Connections that offer it, beside some that do not."""

    def agreed(self, client):
        """The extensions in the server's answer."""
        return client.socket.response.headers.get("Sec-WebSocket-Extensions")

    def test_who_offers_gets_it_without_context_takeover(self):
        client = self.user("alice").connect(compression="deflate")
        self.assertEqual(self.agreed(client), TAKEN)
        self.assertIsNone(self.agreed(self.user("bob").connect()))

    def test_long_and_short_messages_arrive_whole_in_both_codecs_and_for_those_without(self):
        alice, bob, carol = self.user("alice"), self.user("bob"), self.user("carol")
        client = alice.connect(compression="deflate")
        group = self.group(alice, bob, carol)
        readers = [
            bob.connect(compression="deflate"),
            bob.connect(compression="deflate", subprotocol=MSGPACK),
            carol.connect(),
        ]
        for words in [LONG, "short", LONG + "again"]:
            sent = client.ask("message", conversation_id=group, message=words)["message"]
            self.assertEqual(sent["message"], words)
            for reader in readers:
                self.assertEqual(reader.message(words)["message"], sent)

    def test_a_compressed_message_that_grows_over_the_limit_is_closed_with_1009(self):
        client = self.user("alice").connect(compression="deflate")
        client.send("message", receiver_id="bob", message="x" * 1_000_000)
        self.assertEqual(client.closed().code, 1009)


class Bare(Chapter):
    """Connections by hand that have agreed to it."""

    settings = Chapter.settings | {"CONNECTIONS__MAX_FRAME_BYTES": LIMIT}

    def played(self, cases):
        """Plays each on a connection of its own."""
        for what, *steps in cases:
            with self.subTest(what):
                play(self.wire(extensions=OFFER), *steps)


class Offers(Bare):
    """Section 7.1, server side."""

    TAKEN = (
        "permessage-deflate",
        "permessage-deflate;client_max_window_bits",
        "permessage-deflate ; client_max_window_bits = 8",
        "permessage-deflate; client_max_window_bits=15; server_no_context_takeover; client_no_context_takeover",
        "permessage-deflate; server_max_window_bits=15",
        "x-webkit-deflate-frame, permessage-deflate",
        "permessage-deflate; surprise, permessage-deflate",
        "permessage-deflate; server_max_window_bits=8, permessage-deflate",
    )
    DECLINED = (
        "permessage-bzip2",
        "x-permessage-deflate",
        "permessage-deflate; surprise",
        "permessage-deflate; server_max_window_bits",
        "permessage-deflate; server_max_window_bits=7",
        "permessage-deflate; server_max_window_bits=8",
        "permessage-deflate; server_max_window_bits=14",
        "permessage-deflate; server_max_window_bits=015",
        "permessage-deflate; server_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=0",
        "permessage-deflate; client_max_window_bits=16",
        "permessage-deflate; client_max_window_bits=nine",
        "permessage-deflate; client_no_context_takeover=true",
        "permessage-deflate; server_no_context_takeover=1",
        "permessage-deflate; client_max_window_bits; client_max_window_bits",
    )

    def test_what_can_be_met_is_taken(self):
        """That the answer fits is checked by the reader."""
        for offer in self.TAKEN:
            with self.subTest(offer):
                wire = self.wire(extensions=offer)
                self.assertIsNotNone(wire.deflate)
                play(wire, *packed(deflate(echo_json("taken"))), Echo("taken"), CLEAN)

    def test_what_cannot_be_met_or_is_malformed_is_declined(self):
        """Then the connection is plain, and the bit stays reserved."""
        for offer in self.DECLINED:
            with self.subTest(offer):
                wire = self.wire(extensions=offer)
                self.assertIsNone(wire.deflate)
                play(wire, echo("plain"), Echo("plain"), *packed(deflate(echo_json("not taken"))), FAIL)


class Forms(Bare):
    """All that a compressor may write (7.2.1, 7.2.3), and how messages may be cut (6.1)."""

    def read(self, *cases):
        """Each says `echo_json("Hello")`."""
        self.played((what, *packed(*parts), Echo("Hello"), CLEAN) for what, *parts in cases)

    def test_any_level_and_any_window(self):
        """Stored blocks, fixed and dynamic codes, windows from the smallest to the greatest."""
        data = echo_json("Hello")
        levels = [(f"level {level}", deflate(data, level=level)) for level in range(10)]
        self.read(*levels, *((f"window {bits}", deflate(data, window=bits)) for bits in range(9, 16)))
        for size in (1000, LIMIT - 1000):
            data, words = long_echo(size)
            for level in (0, 1, 9):
                self.played([(f"{size}, level {level}", *packed(deflate(data, level)), LongEcho(words), CLEAN)])

    def test_several_blocks(self):
        """7.2.3.5, also with what flushes leave between them."""
        data = echo_json("Hello")
        for mode in (zlib.Z_SYNC_FLUSH, zlib.Z_FULL_FLUSH, zlib.Z_PARTIAL_FLUSH, zlib.Z_BLOCK):
            compressor = zlib.compressobj(wbits=-15)
            parts = [compressor.compress(data[:9]), compressor.flush(mode), compressor.compress(data[9:])]
            message = b"".join([*parts, compressor.flush(zlib.Z_SYNC_FLUSH)]).removesuffix(TAIL)
            self.read((f"flush {mode}", message))

    def test_a_final_block(self):
        """7.2.3.4: a byte of zero follows, which with the four that are left out is an empty block. The next message is
        read as ever."""
        message = final(echo_json("Hello")) + b"\x00"
        self.read(("whole", message), ("in fragments", *cut(message, 5)), ("the byte apart", message[:-1], b"\x00"))
        again = [*packed(deflate(echo_json("again"))), Echo("again"), CLEAN]
        self.played([("twice", *packed(message), Echo("Hello"), *again)])

    def test_a_block_behind_a_final_block(self):
        """7.2.1: blocks with and without the bit may be mixed. One with it is padded to a byte, then comes the next."""
        data = echo_json("Hello")
        for what, message in (
            ("one, then one without", final(data[:9]) + deflate(data[9:])),
            ("two, then the byte of zero", final(data[:9]) + final(data[9:]) + b"\x00"),
            ("an empty one, then one without", final(b"") + deflate(data)),
        ):
            self.read((what, message))

    def test_an_empty_message(self):
        """7.2.3.6. It is no request, and told so."""
        for what, parts in (
            ("an empty block", [b"\x00"]),
            ("an empty block of fixed codes", [b"\x02\x00"]),
            ("in an empty fragment", [b"", b"\x00"]),
            ("before an empty fragment", [b"\x00", b"", b""]),
        ):
            after = [*packed(deflate(echo_json("after"))), Echo("after"), CLEAN]
            self.played([(what, *packed(*parts), Refused(), *after)])

    def test_fragments_with_a_ping_in_between(self):
        """Cut anywhere, the bit on the first only; a ping is answered at once."""
        for size in (1, 2, 7, 1000):
            parts = packed(*cut(deflate(echo_json("Hello")), size), b"")
            first, rest = parts[0], parts[1:]
            self.played([(size, first, ping(b"between"), pong(), Pong(b"between"), *rest, Echo("Hello"), CLEAN)])

    def test_a_close_between_fragments(self):
        """Ends it; what has arrived of the message is forgotten."""
        first, *_ = packed(*cut(deflate(echo_json("Hello")), 9))
        self.played([("close", first, close(1000), closed(1000))])

    def test_plain_and_compressed_messages_may_be_mixed(self):
        """The bit says which is which; every message begins with an empty window."""
        data, words = long_echo(2000)
        same = [*packed(deflate(data)), LongEcho(words)]
        plain = [text(data), LongEcho(words), *fragments(TEXT, *cut(data, 300)), LongEcho(words)]
        self.played([("mixed", *same, *plain, *same, echo("short"), Echo("short"), *same, CLEAN)])


def final(data):
    """A block with BFINAL set to 1, padded to a byte."""
    compressor = zlib.compressobj(wbits=-15)
    return compressor.compress(data) + compressor.flush()


def leaning():
    """A request as a client would send it that keeps its window, though it must not."""
    data = echo_json("Hello")
    compressor = zlib.compressobj(wbits=-15)
    compressor.compress(data)
    compressor.flush(zlib.Z_SYNC_FLUSH)
    return (compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)).removesuffix(TAIL)


class Violations(Bare):
    """What fails the connection."""

    def failed(self, expectation, *cases):
        """Each is failed, and the server serves the next."""
        self.played((what, *frames, expectation) for what, *frames in cases)
        play(self.wire(extensions=OFFER), *packed(deflate(echo_json("next"))), Echo("next"), CLEAN)

    def test_data_that_cannot_be_inflated(self):
        """1002, whatever is wrong with it; a distance over the beginning is (RFC 1951 section 3.2.3)."""
        broken = (
            ("a reserved kind of block", b"\x07\xff\xff"),
            ("a stored block whose lengths disagree", b"\x00\x05\x00\xff\xffHello"),
            ("lengths of codes that are no code", b"\x04\xff\xff\xff\xff\xff\xff\xff"),
            ("plain text", b"Hello, world!"),
            ("a zlib header", zlib.compress(b"Hello")),
            ("a distance before the beginning", b"\x02\x0e\x0a\x00"),
            ("a message that leans on the one before", leaning()),
            ("a reserved kind of block behind a request", deflate(echo_json("Hello")) + TAIL + b"\x07"),
        )
        for what, data in broken:
            with self.assertRaises(Wrong, msg=what):
                inflate(data)
        self.failed(FAIL, *((what, *packed(data)) for what, data in broken))
        self.failed(FAIL, *((f"{what}, in fragments", *packed(*cut(data, 3))) for what, data in broken[:2]))
        self.failed(FAIL, *((f"{what}, binary", *packed(data, opcode=BINARY)) for what, data in broken[:2]))

    def test_data_that_end_too_early(self):
        """1002: what ends inside a block is no compressed message, though its beginning can be read. Or 1007, when the
        four bytes that were left out are taken for text."""
        data, dynamic = echo_json("Hello"), deflate(long_echo(1000)[0])
        early = (
            ("inside a stored block", deflate(data, level=0)[:9]),
            ("inside a stored block, behind a request", b"\x00\x64\x00\x9b\xff" + data),
            ("inside a block of fixed codes", deflate(data)[:9]),
            ("inside the head of a dynamic block", dynamic[:9]),
            ("inside the head of a dynamic block, behind a request", deflate(data) + TAIL + dynamic[:9]),
        )
        for what, message in early:
            with self.assertRaises(Wrong, msg=what):
                inflate(message)
        self.failed(closed(PROTOCOL_ERROR, NOT_UTF8), *((what, *packed(message)) for what, message in early))

    def test_the_bit_anywhere_but_on_the_first_frame_of_a_message(self):
        """6.1: 1002."""
        first, last = packed(*cut(deflate(echo_json("Hello")), 20))[:2]
        begun = text(b'{"type":', fin=False)
        self.failed(
            FAIL,
            ("on a continuation", first, Frame(MORE, last.payload, reserved=RSV1)),
            ("on a continuation of a plain message", begun, Frame(MORE, b'"ping"}', reserved=RSV1)),
            ("on a continuation of nothing", Frame(MORE, last.payload, reserved=RSV1)),
            ("on a ping", ping(b"?", reserved=RSV1)),
            ("on a ping without a payload", ping(reserved=RSV1)),
            ("on a ping between fragments", first, ping(b"?", reserved=RSV1)),
            ("on a pong", Frame(10, b"?", reserved=RSV1)),
            ("on a close", close(1000, reserved=RSV1)),
        )

    def test_the_other_rules_hold_for_compressed_frames(self):
        """1002: other reserved bits and opcodes, a message inside a message."""
        good = deflate(echo_json("Hello"))
        first = packed(*cut(good, 9))[0]
        bits = [(f"reserved bits {bits:03b}", text(good, reserved=bits)) for bits in (1, 2, 3, 5, 6, 7)]
        opcodes = [(f"opcode {opcode}", Frame(opcode, good, reserved=RSV1)) for opcode in (3, 7, 11, 15)]
        inside = [("a message inside", first, *packed(good)), ("a plain one inside", first, echo("Hello"))]
        self.failed(FAIL, *bits, *opcodes, *inside)

    def test_text_that_is_not_utf_8_when_inflated(self):
        """1007, as without compression."""
        bad = b'{"type":"ping","ref":"\xed\xa0\x80"}'
        whole = [(f"level {level}", *packed(deflate(bad, level))) for level in (0, 1, 9)]
        cuts = [(f"in fragments of {size}", *packed(*cut(deflate(bad), size))) for size in (1, 10)]
        half = ("half a character", *packed(deflate("€".encode()[:2])))
        self.failed(FAIL_UTF8, *whole, *cuts, half, ("in a final block", *packed(final(bad) + b"\x00")))

    def test_a_message_that_inflates_over_the_limit(self):
        """1009, and soon: no more is inflated than is allowed."""
        blocks = deflate(b"x" * LIMIT) + TAIL
        bomb = deflate(b"x" * 60_000_000, level=9)
        self.assertLess(len(bomb), LIMIT)
        started = time.monotonic()
        self.failed(
            closed(TOO_BIG),
            ("by a byte", *packed(deflate(b" " * (LIMIT + 1)))),
            ("by a byte, stored", *packed(*cut(deflate(b" " * (LIMIT + 1), level=0), 30_000))),
            ("a thousandfold", *packed(bomb)),
            ("a thousandfold, in fragments", *packed(*cut(bomb, 100))),
            ("a thousandfold, binary", *packed(bomb, opcode=BINARY)),
            ("in many blocks", *packed(blocks * 100)),
            ("over the limit even when compressed", *packed(deflate(os.urandom(LIMIT)))),
        )
        self.assertLess(time.monotonic() - started, 10)

    def test_a_message_up_to_the_limit(self):
        """Is read."""
        data, words = long_echo(LIMIT)
        self.played([("at the limit", *packed(deflate(data)), LongEcho(words), CLEAN)])

    def test_before_anybody_has_said_who_they_are(self):
        """The same, with the limit that holds there."""
        for frames, expectation in (
            (packed(b"\x07\xff\xff"), FAIL),
            (packed(deflate(b"\xff")), FAIL_UTF8),
            (packed(deflate(b" " * (LIMIT_BEFORE_AUTH + 1))), closed(TOO_BIG)),
            ([ping(reserved=RSV1)], FAIL),
        ):
            with self.subTest(frames):
                wire = Wire.open(self.server.url, extensions=OFFER)
                self.addCleanup(wire.close)
                play(wire, *frames, expectation)
