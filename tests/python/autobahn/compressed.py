"""The cases of chapters 12 and 13: compressed messages of many sizes, one at a time, each of which comes back.

Autobahn's data are Goethe's Faust, a picture, a paper, a table in JSON and a page in HTML; here they are made, of the
same kinds and in the same encodings (text or binary), since what is echoed is the text of a `message`. A message is
exactly as long as Autobahn's, with the request around the data; in 16 and 64 bytes no data fit beside it. Autobahn
sends each size 1000 times; `ROUNDS` says what is sent here, `AUTOBAHN_ROUNDS=1000` in the environment makes it
Autobahn's number.
"""

import base64
import functools
import json
import os
import random

import msgpack

from .case import CLEAN, SOMEBODY, Case, Chapter, LongEcho, exactly, small_echo
from .deflate import deflate
from .wire import BINARY, TEXT, cut, fragments

KIB = 1 << 10
COMPRESSED_FROM = 512
"""Shorter frames the server sends as they are."""
SETTINGS = Chapter.settings | {
    "CONNECTIONS__MAX_FRAME_BYTES": 1 << 20,
    "CHAT__MAX_MESSAGE_CHARS": 1 << 18,
    "LIMITS__MESSAGE": "1000000/1s",
}
"""Both chapters'."""

SIZES = (
    *((size, None) for size in (16, 64, 256, KIB, 4 * KIB, 8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB)),
    *((size, 256) for size in (8 * KIB, 16 * KIB, 32 * KIB, 64 * KIB, 128 * KIB)),
    *((128 * KIB, size) for size in (KIB, 4 * KIB, 32 * KIB)),
)
"""The bytes of a message, and of the fragments into which it is cut when it is compressed."""
ROUNDS = ((256, 100), (4 * KIB, 20), (16 * KIB, 5), (128 * KIB, 2))
"""Up to so many bytes, so many times."""
AUTOBAHN = 1000


def rounds(size):
    """How many times a message of this size is sent."""
    return int(os.environ.get("AUTOBAHN_ROUNDS", 0)) or next(count for most, count in ROUNDS if size <= most)


# What is compressed. Nothing in it is escaped in JSON.

LENGTH = 256 * KIB
SYLLABLES = "heut wär zwei ich mensch geh für wein und son ler groß licht ster bü ge wahr ach tür zeit".split()


def faust(chance):
    """Verses in something like German."""
    while True:
        words = ("".join(chance.choices(SYLLABLES, k=chance.randint(1, 3))) for _ in range(chance.randint(4, 8)))
        yield " ".join(words).capitalize() + ", "


def table(chance):
    """Records in the shape of JSON."""
    for at in range(LENGTH):
        name = "".join(chance.choices(SYLLABLES, k=2))
        yield f"{{'id': {at}, 'name': '{name}', 'latitude': {chance.uniform(-90, 90):.6f}, 'tags': ['ü', '€']}}, "


def page(chance):
    """Rows in the shape of HTML."""
    for at, verse in enumerate(faust(chance)):
        yield f"<tr class='row{at % 2}'><td id='r{at}'>{verse}</td><td>&euro; {chance.randint(1, 999)},–</td></tr>"


def picture(chance):
    """Shades that change little from one to the next, in base64."""
    shade = 128
    while True:
        line = bytearray()
        for _ in range(384):
            shade = (shade + chance.choice((-1, 0, 0, 1))) % 256
            line.append(shade)
        yield base64.b64encode(line).decode()


def paper(chance):
    """What is compressed already, in base64: only its letters leave something to win."""
    while True:
        yield base64.b64encode(chance.randbytes(3 * KIB)).decode()


@functools.cache
def data_of(kind):
    """So much of a kind, always the same."""
    parts, length = [], 0
    for part in kind(random.Random(kind.__name__)):
        parts.append(part.encode())
        length += len(parts[-1])
        if length >= LENGTH:
            return b"".join(parts)
    raise ValueError(f"{kind.__name__} ends too early")


def words_at(kind, at, length):
    """So many bytes of a kind from here on, in whole characters, as text."""
    data = data_of(kind)
    at %= len(data) - length
    words = data[at : at + length].decode(errors="ignore")
    return words + "." * (length - len(words.encode()))


def request(kind, at, size, packed):
    """A request of exactly so many bytes, and the text it carries."""
    fields = {"type": "message", "receiver_id": SOMEBODY}
    if packed:
        head = b"\x83" + msgpack.packb(fields)[1:] + msgpack.packb("message") + b"\xdb"
        words = words_at(kind, at, size - len(head) - 4)
        return exactly(size, head + len(words.encode()).to_bytes(4, "big") + words.encode()), words
    head, tail = (json.dumps(fields)[:-1] + ',"message":"').encode(), b'"}'
    words = words_at(kind, at, size - len(head) - len(tail))
    return exactly(size, head + words.encode() + tail), words


# A case.


class Compressed(Case):
    """A case of many messages, each answered before the next is sent."""

    def __init__(self, number, says, kind, size, fragment, *, extensions, packed=False, taken=True):
        """`taken`: whether the server takes an offer of these; if not, all is plain. `fragment`: the size of fragments;
        none for one frame."""
        super().__init__(number, f"{AUTOBAHN} times: {says}", [], [CLEAN], packed=packed, extensions=extensions)
        self.kind, self.size, self.fragment, self.packed, self.taken = kind, size, fragment, packed, taken

    @property
    def asserted(self):
        """In words."""
        how = "compressed" if self.taken else "the offer is declined; plain"
        return f"{rounds(self.size)} times {self.size} bytes, {how}; clean"

    def round(self, at):
        """One message and its answer."""
        if self.size < 256:
            return small_echo(self.size, f"{at:08}", self.packed)
        data, words = request(self.kind, at * self.size, self.size, self.packed)
        return data, LongEcho(words)

    def frames(self, data):
        """A message as the connection has agreed to send it; as Autobahn does, what is cut is the compressed data."""
        data = deflate(data) if self.taken else data
        parts = cut(data, self.fragment) if self.fragment else [data]
        return fragments(BINARY if self.packed else TEXT, *parts, reserved=4 if self.taken else 0)

    def run(self, wire):
        """Plays it."""
        if (wire.deflate is not None) != self.taken:
            raise AssertionError(f"{self.number}: the server answered {wire.headers.get('sec-websocket-extensions')}")
        for at in range(rounds(self.size)):
            data, reply = self.round(at)
            wire.send(self.frames(data))
            message = self.expect(wire, reply)
            self.check_form(message)
        self.expect(wire, CLEAN)

    def check_form(self, message):
        """What is long enough is compressed, and nothing else: all of these data can be."""
        if message.compressed != (self.taken and len(message.payload) >= COMPRESSED_FROM):
            raise AssertionError(f"{self.number}: {len(message.payload)} bytes came, compressed: {message.compressed}")


def section(name, says, kind, **options):
    """A case for each size."""
    return [Compressed(f"{name}.{at}", says, kind, *size, **options) for at, size in enumerate(SIZES, 1)]
