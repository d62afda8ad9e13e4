"""What a case is: what is sent, what must come back and nothing else, and how the connection ends. Runs tables of them.

The tables are the chapters' own. An echo is made in one of two ways: a `ping` whose `ref` comes back in the `pong`, for
up to 64 bytes; a `message` whose text comes back in `message_sent`, for more.
"""

import json
from dataclasses import dataclass

import msgpack
from tutti_client import JSON, MSGPACK
from tutti_server import TuttiTest

from .wire import BINARY, CLOSE, PING, PONG, TEXT, Frame, Wire

NORMAL, PROTOCOL_ERROR, NOT_UTF8, TOO_BIG = 1000, 1002, 1007, 1009
SOMEBODY = "somebody"
"""Whom echoed messages are written to."""
LINE = "-ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz+,.;"
"""The rest of a line of 64 characters, behind its number."""

BACK = "the message comes back"
FAILED = "the connection is failed at once (1002)"


# What is sent.


def text(payload, **options):
    """A text frame."""
    return Frame(TEXT, payload.encode() if isinstance(payload, str) else payload, **options)


def binary(payload, **options):
    """A binary frame."""
    return Frame(BINARY, payload, **options)


def ping(payload=b"", **options):
    """A ping."""
    return Frame(PING, payload, **options)


def pong(payload=b""):
    """A pong nobody asked for."""
    return Frame(PONG, payload)


def close(code=None, reason=b"", **options):
    """A close frame; without a code, an empty one."""
    return Frame(CLOSE, b"" if code is None else code.to_bytes(2, "big") + reason, **options)


def echo(words, **options):
    """A text frame that asks for these words, at most 64 bytes."""
    return text(echo_json(words), **options)


def echo_json(words):
    """The bytes of a request that asks for these words, at most 64 bytes, given as text or as bytes that are UTF-8."""
    words = words if isinstance(words, bytes) else words.encode()
    return b'{"type":"ping","ref":"' + words + b'"}'


def small_echo(size, words, packed=False):
    """A request of exactly so many bytes, and its answer. Nothing is no request, 16 bytes have no room for words, what
    is left of more is padding."""
    if size == 0:
        return b"", Refused()
    if size == 16:
        return (msgpack.packb({"type": "ping", "pad": 0}) if packed else b'{"type":"ping" }'), Echo(None)
    if not packed:
        return exactly(size, echo_json(words).ljust(size)), Echo(words)
    head = b"\x83" + msgpack.packb({"type": "ping", "ref": words})[1:] + msgpack.packb("pad")
    padding = size - len(head) - 5
    return exactly(size, head + b"\xdb" + padding.to_bytes(4, "big") + b" " * padding), Echo(words)


def long_echo(size, packed=False):
    """A request of exactly so many bytes, and the text it carries, which comes back. No two stretches of it are
    alike."""
    fields = {"type": "message", "receiver_id": SOMEBODY}
    if packed:
        # The text with a length of four bytes, so that every size can be had.
        head = b"\x83" + msgpack.packb(fields)[1:] + msgpack.packb("message")
        words = filler(size - len(head) - 5)
        data = head + b"\xdb" + len(words).to_bytes(4, "big") + words.encode()
        return exactly(size, data), words
    head, tail = (json.dumps(fields)[:-1] + ',"message":"').encode(), b'"}'
    words = filler(size - len(head) - len(tail))
    return exactly(size, head + words.encode() + tail), words


def exactly(size, data):
    """The same bytes, which are so many."""
    if len(data) != size:
        raise ValueError(f"{len(data)} bytes, not {size}")
    return data


def filler(length):
    """So many characters in numbered lines, so that any that is lost, doubled or moved is seen."""
    return "".join(f"{line:07x}{LINE}" for line in range(length // 64 + 1))[:length]


# What comes back.


@dataclass(frozen=True)
class Pong:
    """The WebSocket's pong with this payload."""

    payload: bytes = b""

    def check(self, message):
        """Whether it is what came."""
        return message.kind == "pong" and message.payload == self.payload


class Reply:
    """An application frame, in the encoding of the connection."""

    def check(self, message):
        """Whether it is what came."""
        if message.kind == "text":
            return self.check_frame(json.loads(message.payload))
        return message.kind == "binary" and self.check_frame(msgpack.unpackb(message.payload))


@dataclass(frozen=True)
class Echo(Reply):
    """The answer to `echo`."""

    words: str

    def check_frame(self, frame):
        """Whether the words are there."""
        return frame["type"] == "pong" and frame.get("ref") == self.words


@dataclass(frozen=True)
class LongEcho(Reply):
    """The answer to `long_echo`."""

    words: str

    def check_frame(self, frame):
        """Whether the words are there."""
        return frame["type"] == "message_sent" and frame["message"]["message"] == self.words

    def __repr__(self):
        """Short."""
        return f"LongEcho({len(self.words)} characters)"


@dataclass(frozen=True)
class Refused(Reply):
    """A well-formed message that is no request: it is told so, and the connection stays."""

    def check_frame(self, frame):
        """Whether it is that error."""
        return frame["type"] == "error" and frame["code"] == "invalid_request"


@dataclass(frozen=True)
class Closed:
    """The server's close frame with one of these codes; none is a frame without one. Nothing follows it but the end."""

    codes: tuple

    def check(self, message):
        """Whether it is what came."""
        return message.kind == "close" and message.code in self.codes


def closed(*codes):
    """See `Closed`."""
    return Closed(codes)


FAIL = closed(PROTOCOL_ERROR)
FAIL_UTF8 = closed(NOT_UTF8)
CLEAN = "clean"
"""As the last expectation: the connection is whole, and closes with 1000 on both sides."""


# A case.


class Case:
    """A row of a chapter's table."""

    def __init__(self, number, says, send, expect, *, chop=None, packed=False, extensions=None, not_strict=None):
        """`says`: what Autobahn expects of an echo server. `send`: frames, written together up to an expectation, which
        is waited for. `expect`: all that comes, in order. `not_strict`: all that comes instead, where Autobahn calls
        that "non-strict" and this server does it; then just this is asserted, so that a change is noticed."""
        self.number, self.says, self.chop = number, says, chop
        self.offers = {"subprotocol": MSGPACK if packed else JSON, "extensions": extensions}
        self.steps = [*send, *(expect if not_strict is None else not_strict)]
        self.strict = not_strict is None
        opcodes = [step.opcode for step in self.steps if isinstance(step, Frame)]
        self.goes_on = CLOSE in opcodes[:-1]

    @property
    def asserted(self):
        """What is asserted here, in words."""
        said = [step if isinstance(step, str) else repr(step) for step in self.steps if not isinstance(step, Frame)]
        return "; ".join(said) + ("" if self.strict else " (non-strict)")

    def run(self, wire):
        """Plays it on a connection that has had its welcome."""
        unsent = []
        for step in self.steps:
            if isinstance(step, Frame):
                unsent.append(step)
                continue
            if unsent:
                wire.send(unsent, self.chop)
                unsent = []
            self.expect(wire, step)
        if unsent:
            raise ValueError(f"{self.number}: nothing is expected of the last frames")

    def expect(self, wire, step):
        """One expectation; returns what came."""
        if step == CLEAN:
            wire.send([close(NORMAL)])
            step = closed(NORMAL)
        message = wire.receive()
        if not step.check(message):
            raise AssertionError(f"{self.number}: expected {step}, came {message}")
        if isinstance(step, Closed):
            self.ends(wire, message)
        return message

    def ends(self, wire, message):
        """After both have said close the server closes the socket (7.1.1). One that fails the connection gives the
        client time to read that, so the client closes its side first."""
        if message.code in (PROTOCOL_ERROR, NOT_UTF8, TOO_BIG):
            wire.finish()
        last = wire.receive()
        # What arrives at a socket that is closed makes it answer with a reset; so it may be with what follows a close.
        if last.kind != "end" and not (last.kind == "reset" and self.goes_on):
            raise AssertionError(f"{self.number}: came {last} after the close")


class Chapter(TuttiTest):
    """The cases of a chapter, each on a connection and with a user of its own."""

    settings = {
        "STORAGE__BACKEND": "memory",
        "CONNECTIONS__HEARTBEAT_SECONDS": 600,
        "CHAT__MAX_MESSAGE_CHARS": 100_000,
        "LIMITS__FRAME": "1000000/1s",
    }
    chapter = None
    cases = ()

    def __init_subclass__(cls):
        """Makes a test of each case, named after its number, and keeps the table."""
        for case in cls.cases:
            name = "test_" + "_".join(f"{int(part):02}" for part in case.number.split("."))
            if name in vars(cls):
                raise ValueError(f"{case.number} is there twice")
            setattr(cls, name, test_of(case))

    def wire(self, **options):
        """A connection that has had its welcome."""
        wire = Wire.open(self.server.url, self.user("fuzzer").token, **options)
        self.addCleanup(wire.close)
        return greeted(wire)


def greeted(wire):
    """The connection behind its welcome."""
    welcome = wire.receive()
    if b"welcome" not in welcome.payload:
        raise AssertionError(f"the first message is no welcome: {welcome}")
    return wire


def test_of(case):
    """The test of one case."""

    def test(self):
        case.run(self.wire(**case.offers))

    test.__doc__ = f"{case.number}: {case.says}"
    return test
