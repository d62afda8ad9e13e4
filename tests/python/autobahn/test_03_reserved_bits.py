"""Chapter 3: no extension is negotiated, so no reserved bit may be set."""

from .case import FAIL, FAILED, Case, Chapter, Echo, binary, close, echo, ping, text

HELLO = "Hello, world!"
FIRST = "the first message comes back, then the connection is failed; no pong"


def second(number, reserved, chop):
    """A good message, the same with reserved bits, a ping."""
    sent = [echo(HELLO), echo(HELLO, reserved=reserved), ping()]
    return Case(number, FIRST, sent, [Echo(HELLO), FAIL], chop=chop)


class ReservedBits(Chapter):
    """All seven ways to set them."""

    chapter = 3
    cases = [
        Case("3.1", FAILED, [text(HELLO, reserved=1)], [FAIL]),
        second("3.2", 2, chop=None),
        second("3.3", 3, chop=0),
        second("3.4", 4, chop=1),
        Case("3.5", FAILED, [binary(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", reserved=5)], [FAIL]),
        # Autobahn says a ping and sends binary; here it is a ping.
        Case("3.6", FAILED, [ping(b"\x00\xff\xfe\xfd\xfc\xfb\x00\xff", reserved=6)], [FAIL]),
        Case("3.7", FAILED, [close(reserved=7)], [FAIL]),
    ]
