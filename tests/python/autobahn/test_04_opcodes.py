"""Chapter 4: opcodes that mean nothing yet; 3 to 7 for data, 11 to 15 for control."""

from .case import FAIL, FAILED, Case, Chapter, Echo, echo, ping
from .wire import Frame

HELLO = "Hello, world!"
FIRST = "the first message comes back, then the connection is failed; no pong"


def second(number, opcode, payload, chop=None):
    """A good message, a frame with a reserved opcode, a ping."""
    return Case(number, FIRST, [echo(HELLO), Frame(opcode, payload), ping()], [Echo(HELLO), FAIL], chop=chop)


def five(section, first):
    """The five of a section, which go alike."""
    return [
        Case(f"{section}.1", FAILED, [Frame(first)], [FAIL]),
        Case(f"{section}.2", FAILED, [Frame(first + 1, b"reserved opcode payload")], [FAIL]),
        second(f"{section}.3", first + 2, b""),
        second(f"{section}.4", first + 3, HELLO.encode()),
        second(f"{section}.5", first + 4, HELLO.encode(), chop=1),
    ]


class Opcodes(Chapter):
    """4.1 is data, 4.2 is control."""

    chapter = 4
    cases = [*five("4.1", 3), *five("4.2", 11)]
