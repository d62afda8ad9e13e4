"""Chapter 9: great messages, whole, in fragments and in chops; then many small ones, one at a time.

The server is set to frames of 16 MiB, the greatest of the chapter, so every size is Autobahn's own; 9.x.6 is exactly
the limit. What Autobahn measures is not measured here. What happens over the limit, and at the default one, is left to
`test_websocket.py`.
"""

from .case import BACK, CLEAN, Case, Chapter, LongEcho, binary, long_echo, small_echo, text
from .wire import BINARY, TEXT, cut, fragments

KIB, MIB = 1 << 10, 1 << 20
WHOLE = 64 * KIB, 256 * KIB, MIB, 4 * MIB, 8 * MIB, 16 * MIB
FRAGMENTS = 64, 256, KIB, 4 * KIB, 16 * KIB, 64 * KIB, 256 * KIB, MIB, 4 * MIB
CHOPS = 64, 128, 256, 512, KIB, 2 * KIB
SMALL = 0, 16, 64, 256, KIB, 4 * KIB
ROUNDS = 1000


class Great(Case):
    """A case whose message is made when it runs, and not kept."""

    def __init__(self, number, size, packed, fragment=None, chop=None):
        """A message of this size, its echo, the end."""
        super().__init__(number, BACK, [], [CLEAN], chop=chop, packed=packed)
        self.size, self.packed, self.fragment = size, packed, fragment

    @property
    def asserted(self):
        """In words."""
        return f"LongEcho({self.size} bytes asked for); clean"

    def run(self, wire):
        """Plays it."""
        data, words = long_echo(self.size, self.packed)
        parts = cut(data, self.fragment) if self.fragment else [data]
        wire.send(fragments(BINARY if self.packed else TEXT, *parts), self.chop)
        self.expect(wire, LongEcho(words))
        self.expect(wire, CLEAN)


class Rounds(Case):
    """A case of many small messages, each answered before the next is sent."""

    def __init__(self, number, size, packed):
        """Messages of this size."""
        super().__init__(number, f"{ROUNDS} times: {BACK}", [], [CLEAN], packed=packed)
        self.size, self.packed = size, packed

    @property
    def asserted(self):
        """In words."""
        return f"{ROUNDS} times {small_echo(self.size, '00000000', self.packed)[1]}; clean"

    def run(self, wire):
        """Plays it."""
        for number in range(ROUNDS):
            data, reply = small_echo(self.size, f"{number:08}", self.packed)
            wire.send([(binary if self.packed else text)(data)])
            self.expect(wire, reply)
        self.expect(wire, CLEAN)


def numbered(section, make, sizes):
    """A case for each size."""
    return [make(f"{section}.{at}", size) for at, size in enumerate(sizes, 1)]


def both(first, make, sizes):
    """A section with text, and the next one with binary."""
    return [
        *numbered(f"9.{first}", lambda number, size: make(number, size, False), sizes),
        *numbered(f"9.{first + 1}", lambda number, size: make(number, size, True), sizes),
    ]


class Limits(Chapter):
    """Great messages and many."""

    chapter = 9
    settings = Chapter.settings | {
        "CONNECTIONS__MAX_FRAME_BYTES": 16 * MIB,
        "CONNECTIONS__MAX_OUTBOUND_BYTES": 64 * MIB,
        "CHAT__MAX_MESSAGE_CHARS": 16 * MIB,
    }
    cases = [
        *both(1, lambda number, size, packed: Great(number, size, packed), WHOLE),
        *both(3, lambda number, size, packed: Great(number, 4 * MIB, packed, fragment=size), FRAGMENTS),
        *both(5, lambda number, size, packed: Great(number, MIB, packed, chop=size), CHOPS),
        *both(7, lambda number, size, packed: Rounds(number, size, packed), SMALL),
    ]
