"""Chapter 1: messages of every length that changes the header, in one piece and in chops.

Autobahn sends asterisks. Here the message is a request of exactly that many bytes, and what it carries comes back
whole.
"""

from .case import BACK, CLEAN, Case, Chapter, LongEcho, Refused, binary, long_echo, text

SIZES = (0, 125, 126, 127, 128, 65_535, 65_536, 65_536)


def sized(number, size, packed=False, chop=None):
    """A message of this size and its echo; one without a byte is no request."""
    data, words = long_echo(size, packed) if size else (b"", "")
    frame = (binary if packed else text)(data)
    reply = LongEcho(words) if size else Refused()
    return Case(number, BACK, [frame], [reply, CLEAN], packed=packed, chop=chop)


def sizes(section, packed):
    """A section: each size in one piece, the last one in chops of 997 bytes."""
    rows = [sized(f"{section}.{at}", size, packed) for at, size in enumerate(SIZES[:-1], 1)]
    return [*rows, sized(f"{section}.{len(SIZES)}", SIZES[-1], packed, chop=997)]


class Framing(Chapter):
    """1.1 is text, 1.2 is binary."""

    chapter = 1
    cases = [*sizes("1.1", packed=False), *sizes("1.2", packed=True)]
