"""Chapter 5: messages in fragments, control frames between them, and fragments that belong to nothing.

Autobahn's "fragment1", "fragment2", ... are here the words of a request, cut at the same places.
"""

from .case import CLEAN, FAIL, FAILED, Case, Chapter, Echo, Pong, echo_json, ping, text
from .wire import MORE, PONG, TEXT, Frame, fragments

BACK = "the message comes back whole"
PONG_FIRST = "a pong, then the message comes back whole"
NOTHING_TO_CONTINUE = "the connection is failed at once: there is nothing to continue"
LOOSE = b"non-continuation payload"


def pieces(count):
    """A request in so many pieces, and its words."""
    words = [f"fragment{number + 1}" for number in range(count)]
    head, tail = echo_json("|").split(b"|")
    parts = [word.encode() for word in words]
    return [head + parts[0], *parts[1:-1], parts[-1] + tail], "".join(words)


TWO, TWO_WORDS = pieces(2)
FIVE, FIVE_WORDS = pieces(5)


def whole(number, chop):
    """Two fragments."""
    return Case(number, BACK, fragments(TEXT, *TWO), [Echo(TWO_WORDS), CLEAN], chop=chop)


def ping_between(number, chop):
    """A ping between two fragments."""
    first, last = fragments(TEXT, *TWO)
    sent = [first, ping(b"ping payload"), last]
    return Case(number, PONG_FIRST, sent, [Pong(b"ping payload"), Echo(TWO_WORDS), CLEAN], chop=chop)


def loose(number, fin, chop):
    """A continuation of nothing, then a good message."""
    return Case(number, NOTHING_TO_CONTINUE, [Frame(MORE, LOOSE, fin=fin), text("Hello, world!")], [FAIL], chop=chop)


def loose_after(number, fin, chop):
    """A good message in two fragments, a continuation of nothing, a good message."""
    sent = [*fragments(TEXT, *TWO), Frame(MORE, b"fragment3", fin=fin), text("fragment4")]
    says = "the first message comes back, then the connection is failed: there is nothing to continue"
    return Case(number, says, sent, [Echo(TWO_WORDS), FAIL], chop=chop)


def loose_twice(number, fin):
    """Twice: a continuation of nothing, then a message in two fragments."""
    sent = 2 * [Frame(MORE, b"fragment1", fin=fin), *fragments(TEXT, b"fragment2", b"fragment3")]
    return Case(number, NOTHING_TO_CONTINUE, sent, [FAIL])


def slowly(number, chop):
    """Five fragments and two pings; the first ping is answered before the message is whole."""
    one, two, three, four, five = fragments(TEXT, *FIVE)
    sent = [one, two, ping(b"pongme 1!"), Pong(b"pongme 1!"), three, four, ping(b"pongme 2!"), five]
    says = "the first ping is answered before the message is whole, then the second, then the message comes back"
    return Case(number, says, sent, [Pong(b"pongme 2!"), Echo(FIVE_WORDS), CLEAN], chop=chop)


class Fragmentation(Chapter):
    """Fragments."""

    chapter = 5
    cases = [
        Case("5.1", FAILED, [ping(b"fragment1", fin=False), Frame(MORE, b"fragment2")], [FAIL]),
        Case("5.2", FAILED, [Frame(PONG, b"fragment1", fin=False), Frame(MORE, b"fragment2")], [FAIL]),
        whole("5.3", None),
        whole("5.4", 0),
        whole("5.5", 1),
        ping_between("5.6", None),
        ping_between("5.7", 0),
        ping_between("5.8", 1),
        loose("5.9", True, None),
        loose("5.10", True, 0),
        loose("5.11", True, 1),
        loose("5.12", False, None),
        loose("5.13", False, 0),
        loose("5.14", False, 1),
        loose_after("5.15", False, None),
        loose_twice("5.16", False),
        loose_twice("5.17", True),
        Case(
            "5.18",
            "the connection is failed at once: only the first fragment says what the message is",
            [text("fragment1", fin=False), text("fragment2")],
            [FAIL],
        ),
        slowly("5.19", None),
        slowly("5.20", 0),
    ]
