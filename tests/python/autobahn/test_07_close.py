"""Chapter 7: how a connection ends. The client's code comes back; a code that nobody may send, a reason that is not
UTF-8 or too long is a violation; and what comes after a close frame is not looked at.
"""

from .case import (
    CLEAN, FAIL, FAIL_UTF8, NORMAL, Case, Chapter, Echo, Refused, close, closed, echo, ping, text,
)  # fmt: skip
from .wire import CLOSE, MORE, Frame, cut

NORMALLY = "a clean close with 1000"
VIOLATION = "the connection is failed (1002), or dropped"
NOT_DEFINED = "not defined by the RFC; Autobahn only looks"
REASON = b"\xce\xba\xe1\xbd\xb9\xcf\x83\xce\xbc\xce\xb5\xed\xa0\x80edited"

GOOD_CODES = 1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 3000, 3999, 4000, 4999
BAD_CODES = 0, 999, 1004, 1005, 1006, 1016, 1100, 2000, 2999


def closing(number, *payload, then=()):
    """A good close frame, perhaps with something behind it: answered with the same code, the rest ignored."""
    code = payload[0] if payload else None
    return Case(number, NORMALLY, [close(*payload), *then], [closed(code)])


class Close(Chapter):
    """Close frames."""

    chapter = 7
    settings = Chapter.settings | {"CONNECTIONS__MAX_FRAME_BYTES": 1 << 20}
    cases = [
        Case("7.1.1", "the message comes back, " + NORMALLY, [echo("Hello World!")], [Echo("Hello World!"), CLEAN]),
        closing("7.1.2", NORMAL, then=[close()]),
        closing("7.1.3", NORMAL, then=[ping()]),
        closing("7.1.4", NORMAL, then=[text("Hello World!")]),
        Case(
            "7.1.5",
            NORMALLY,
            [text("fragment1", fin=False), close(NORMAL), Frame(MORE, b"fragment2")],
            [closed(NORMAL)],
        ),
        Case(
            "7.1.6",
            "256 KiB, a message, a close and a ping at once: whether the messages come back is left open; no pong",
            [text(cut(b"BAsd7&jh23" * 30_000, 256 * 1024)[0]), echo("Hello World!"), close(NORMAL), ping()],
            [Refused(), Echo("Hello World!"), closed(NORMAL)],
        ),
        closing("7.3.1"),
        Case("7.3.2", VIOLATION, [Frame(CLOSE, b"a")], [FAIL]),
        closing("7.3.3", NORMAL),
        closing("7.3.4", NORMAL, b"Hello World!"),
        closing("7.3.5", NORMAL, b"*" * 123),
        Case("7.3.6", VIOLATION, [close(NORMAL, b"*" * 124)], [FAIL]),
        Case("7.5.1", "the connection is failed (1002 or 1007), or dropped", [close(NORMAL, REASON)], [FAIL_UTF8]),
        *(closing(f"7.7.{at}", code) for at, code in enumerate(GOOD_CODES, 1)),
        *(Case(f"7.9.{at}", VIOLATION, [close(code)], [FAIL]) for at, code in enumerate(BAD_CODES, 1)),
        Case("7.13.1", NOT_DEFINED, [close(5000)], [FAIL]),
        Case("7.13.2", NOT_DEFINED, [close(65_535)], [FAIL]),
    ]
