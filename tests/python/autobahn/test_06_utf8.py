"""Chapter 6: text is UTF-8, whole or in fragments, however exotic; everything else fails the connection with 1007.

6.5 to 6.23 are Markus Kuhn's decoder tests. Each sequence is sent as it is: a good one is no request, and is told so.
Then it comes back as the words of a request. One that is not UTF-8 has the connection failed and nothing said.
"""

from .case import CLEAN, FAIL_UTF8, Case, Chapter, Echo, Pong, Refused, echo, echo_json, greeted, ping, text
from .wire import MORE, TEXT, Frame, cut, fragments

BACK = "the message comes back"
BAD = "the connection is failed at once: the text is not UTF-8"
AT_ONCE = "the connection is failed at the first bad byte, or at the latest when the message is whole"
HELLO = "Hello-\u00b5@\u00df\u00f6\u00e4\u00fc\u00e0\u00e1-UTF-8!!"
MIDDLE = "middle frame payload"
KOSME = "\u03ba\u1f79\u03c3\u03bc\u03b5"
SURROGATE = KOSME.encode() + b"\xed\xa0\x80" + b"edited"
TOO_GREAT = KOSME.encode() + b"\xf4\x90\x80\x80" + b"edited"


def bytewise(number, words):
    """A good text in fragments of one byte."""
    return Case(number, BACK, fragments(TEXT, *cut(echo_json(words), 1)), [Echo(words), CLEAN])


def in_two(number, words, at):
    """A good text in two fragments, cut between two characters."""
    head, tail = echo_json(words[:at]), echo_json(words[at:])
    parts = head[: -len(b'"}')], tail[len(b'{"type":"ping","ref":"') :]
    return Case(number, BACK, fragments(TEXT, *parts), [Echo(words), CLEAN])


def early(number, first, second, third):
    """A bad text in three fragments, the second one makes it bad. A ping behind each of the first two shows that the
    server has looked at it and still waits: this server looks at a text when it is whole."""
    before = [text(first, fin=False), ping(b"1"), Pong(b"1"), Frame(MORE, second, fin=False), ping(b"2")]
    return Case(number, AT_ONCE, before, [FAIL_UTF8], not_strict=[Pong(b"2"), Frame(MORE, third), FAIL_UTF8])


class EarlyInAFrame(Case):
    """As `early`, yet in one frame, which nothing can interrupt: that another connection is answered meanwhile shows
    only that the server has had the time."""

    def __init__(self, number, *parts):
        """The three parts of the text."""
        super().__init__(number, AT_ONCE, [], [], not_strict=[FAIL_UTF8])
        self.parts = parts

    def run(self, wire):
        """Plays it: nothing comes until the text is whole."""
        frame = text(b"".join(self.parts)).encode()
        rest = len(self.parts[1] + self.parts[2])
        for part in (frame[:-rest], frame[-rest : -len(self.parts[2])]):
            wire.write(part)
            roundtrip(wire.again())
            if not wire.silent():
                raise AssertionError(f"{self.number}: it fails fast now, so this is to be asserted as strict")
        wire.write(frame[-len(self.parts[2]) :])
        self.expect(wire, FAIL_UTF8)


def roundtrip(wire):
    """A ping and its pong on a connection that is used for nothing else."""
    try:
        Case("-", "", [ping()], [Pong(), CLEAN]).run(greeted(wire))
    finally:
        wire.close()


HAND_MADE = [
    Case("6.1.1", BACK, [text(b"")], [Refused(), CLEAN]),
    Case("6.1.2", BACK, fragments(TEXT, b"", b"", b""), [Refused(), CLEAN]),
    Case("6.1.3", BACK, fragments(TEXT, b"", echo_json(MIDDLE), b""), [Echo(MIDDLE), CLEAN]),
    Case("6.2.1", BACK, [echo(HELLO)], [Echo(HELLO), CLEAN]),
    in_two("6.2.2", HELLO, HELLO.index("\u00fc")),
    bytewise("6.2.3", HELLO),
    bytewise("6.2.4", KOSME),
    Case("6.3.1", BAD, [text(SURROGATE)], [FAIL_UTF8]),
    Case("6.3.2", BAD, fragments(TEXT, *cut(SURROGATE, 1)), [FAIL_UTF8]),
    early("6.4.1", TOO_GREAT[:11], TOO_GREAT[11:15], TOO_GREAT[15:]),
    early("6.4.2", TOO_GREAT[:12], TOO_GREAT[12:13], TOO_GREAT[13:]),
    EarlyInAFrame("6.4.3", TOO_GREAT[:11], TOO_GREAT[11:15], TOO_GREAT[15:]),
    EarlyInAFrame("6.4.4", TOO_GREAT[:12], TOO_GREAT[12:13], TOO_GREAT[13:]),
]


def good(*sequences):
    """Sequences, in hexadecimal, that are UTF-8."""
    return [(True, bytes.fromhex(sequence)) for sequence in sequences]


def bad(*sequences):
    """Sequences, in hexadecimal or as bytes, that are not."""
    return [(False, sequence if isinstance(sequence, bytes) else bytes.fromhex(sequence)) for sequence in sequences]


def prefixes(whole):
    """Every beginning of a text; good where a character ends."""
    ends = [len(whole.decode()[:count].encode()) for count in range(len(whole.decode()) + 1)]
    return [(length in ends, whole[:length]) for length in range(1, len(whole) + 1)]


def lonely(first, last):
    """Each of these first bytes but the last, with a space behind it."""
    return b"".join(bytes([byte, 0x20]) for byte in range(first, last))


def last_missing():
    """The smallest and the greatest sequence of each length, without the last byte."""
    smallest = "c0", "e080", "f08080", "f8808080", "fc80808080"
    greatest = "df", "efbf", "f7bfbf", "fbbfbfbf", "fdbfbfbfbf"
    return smallest + greatest


def no_characters():
    """The last two code points of each plane, which are no characters and still UTF-8."""
    planes = [chr(plane << 16 | 0xFFFE | last) for plane in range(17) for last in (0, 1)]
    return good(*(character.encode().hex() for character in planes))


SEQUENCES = {
    "6.5": good(
        "68656c6c6f24776f726c64",
        "68656c6c6fc2a2776f726c64",
        "68656c6c6fe282ac776f726c64",
        "68656c6c6ff0a4ada2776f726c64",
        KOSME.encode().hex(),
    ),
    "6.6": prefixes(KOSME.encode()),
    "6.7": good("00", "c280", "e0a080", "f0908080"),
    "6.8": bad("f888808080", "fc8480808080"),
    "6.9": good("7f", "dfbf", "efbfbf", "f48fbfbf"),
    "6.10": bad("f7bfbfbf", "fbbfbfbfbf", "fdbfbfbfbfbf"),
    "6.11": good("ed9fbf", "ee8080", "efbfbd", "f48fbfbf") + bad("f4908080"),
    "6.12": bad("80", "bf", "80bf", "80bf80", "80bf80bf", "80bf80bf80", "80bf80bf80bf", bytes(range(0x80, 0xBF))),
    "6.13": bad(lonely(0xC0, 0xDF), lonely(0xE0, 0xEF), lonely(0xF0, 0xF7), lonely(0xF8, 0xFB), lonely(0xFC, 0xFD)),
    "6.14": bad(*last_missing()),
    "6.15": bad("".join(last_missing())),
    "6.16": bad("fe", "ff", "fefeffff"),
    "6.17": bad("c0af", "e080af", "f08080af", "f8808080af", "fc80808080af"),
    "6.18": bad("c1bf", "e09fbf", "f08fbfbf", "f887bfbfbf", "fc83bfbfbfbf"),
    "6.19": bad("c080", "e08080", "f0808080", "f880808080", "fc8080808080"),
    "6.20": bad("eda080", "edadbf", "edae80", "edafbf", "edb080", "edbe80", "edbfbf"),
    "6.21": bad(
        "eda080edb080",
        "eda080edbfbf",
        "edadbfedb080",
        "edadbfedbfbf",
        "edae80edb080",
        "edae80edbfbf",
        "edafbfedb080",
        "edafbfedbfbf",
    ),
    "6.22": no_characters(),
    "6.23": good("efbfb9", "efbfba", "efbfbb", "efbfbc", "efbfbd", "efbfbe", "efbfbf"),
}
"""6.12 and 6.13 leave out the last byte of each range, as Autobahn does."""


def sequence(number, is_good, data):
    """A sequence as a text of its own, and a good one as words, too."""
    if not is_good:
        return Case(number, BAD, [text(data)], [FAIL_UTF8])
    # JSON has the control characters escaped.
    words = data.replace(b"\x00", b"\\u0000")
    return Case(number, BACK, [text(data), Refused(), echo(words)], [Echo(data.decode()), CLEAN])


class Utf8(Chapter):
    """What is UTF-8 and what is not."""

    chapter = 6
    cases = [
        *HAND_MADE,
        *(
            sequence(f"{section}.{at}", is_good, data)
            for section, rows in SEQUENCES.items()
            for at, (is_good, data) in enumerate(rows, 1)
        ),
    ]
