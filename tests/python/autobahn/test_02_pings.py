"""Chapter 2: pings are answered with their own payload, pongs that nobody asked for are not."""

from .case import CLEAN, FAIL, FAILED, Case, Chapter, Pong, ping, pong

ANSWERED = "a pong with the payload of the ping"
TEN = [b"payload-%d" % number for number in range(10)]


def answered(number, *payloads, chop=None):
    """Pings that are answered in their order."""
    return Case(number, ANSWERED, map(ping, payloads), [*map(Pong, payloads), CLEAN], chop=chop)


class Pings(Chapter):
    """Pings and pongs."""

    chapter = 2
    cases = [
        answered("2.1", b""),
        answered("2.2", b"Hello, world!"),
        answered("2.3", b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff"),
        answered("2.4", b"\xfe" * 125),
        Case("2.5", FAILED, [ping(b"\xfe" * 126)], [FAIL]),
        answered("2.6", b"\xfe" * 125, chop=1),
        Case("2.7", "nothing in answer to a pong", [pong()], [CLEAN]),
        Case("2.8", "nothing in answer to a pong", [pong(b"unsolicited pong payload")], [CLEAN]),
        Case(
            "2.9",
            "nothing in answer to the pong, and a pong for the ping",
            [pong(b"unsolicited pong payload"), ping(b"ping payload")],
            [Pong(b"ping payload"), CLEAN],
        ),
        answered("2.10", *TEN),
        answered("2.11", *TEN, chop=1),
    ]
