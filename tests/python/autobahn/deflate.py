"""permessage-deflate (RFC 7692) by hand, client side: what an answer to an offer may say, one message in, one out.

Strict in what it reads. Each message gets a fresh window on both ways, so what is read stands by itself. How frames are
marked is left to `wire.py`.
"""

import zlib

OFFER = "permessage-deflate"
TAIL = b"\x00\x00\xff\xff"
"""What ends a message in the compressor's output, and is left out on the wire (7.2.1)."""
FINAL_EMPTY_BLOCK = b"\x03\x00"
WINDOWS = {str(bits): bits for bits in range(8, 16)}
GREATEST = 15
FLAGS = "server_no_context_takeover", "client_no_context_takeover"
BITS = "server_max_window_bits", "client_max_window_bits"


class Wrong(ValueError):
    """The server must not say this."""


def refuse(truth, what):
    """Says what the server must not do."""
    if truth:
        raise Wrong(what)


def parsed(extension):
    """The name and the parameters of one extension."""
    name, *parts = (part.strip() for part in extension.split(";"))
    parameters = {}
    for part in parts:
        key, _, value = part.partition("=")
        refuse(key in parameters, f"{key} twice (7.1)")
        parameters[key] = value or None
    return name, parameters


def agreed(offers, answer):
    """The parameters of the server's answer, which section 7.1 lets it give to one of the offers."""
    refuse("," in answer, f"more than one extension: {answer}")
    name, answered = parsed(answer)
    refuse(name != OFFER, f"another extension than the one offered: {name}")
    for key, value in answered.items():
        good = value is None if key in FLAGS else key in BITS and value in WINDOWS
        refuse(not good, f"a parameter of no answer: {key}={value} (7.1)")
    wrong = [mismatch(offered, answered) for _, offered in map(parsed, offers.split(","))]
    refuse(all(wrong), f"`{answer}` answers no offer of `{offers}`: {wrong}")
    return answered


def mismatch(offered, answered):
    """Why this is no answer to that offer; none if it is one."""
    if FLAGS[0] in offered and FLAGS[0] not in answered:
        return "server_no_context_takeover is taken without a word (7.1.1.1)"
    if BITS[0] in offered:
        if BITS[0] not in answered:
            return "server_max_window_bits is taken without a word (7.1.2.1)"
        if WINDOWS[answered[BITS[0]]] > WINDOWS[offered[BITS[0]]]:
            return "server_max_window_bits is greater than offered (7.1.2.1)"
    if BITS[1] in answered and BITS[1] not in offered:
        return "client_max_window_bits was not offered (7.1.2.2)"
    return None


def deflate(data, level=-1, window=GREATEST):
    """A message compressed, in a window of its own."""
    compressor = zlib.compressobj(level, zlib.DEFLATED, -window)
    out = compressor.compress(data) + compressor.flush(zlib.Z_SYNC_FLUSH)
    return out.removesuffix(TAIL)


def inflate(message, window=GREATEST):
    """What a message says, which begins with an empty window and ends where a block does."""
    inflater = zlib.decompressobj(-window)
    try:
        data = inflater.decompress(message + TAIL)
        if inflater.eof:
            refuse(inflater.unused_data != b"\x00" + TAIL, "something else than a byte of zero behind a final block")
        else:
            data += inflater.decompress(FINAL_EMPTY_BLOCK)
            refuse(not inflater.eof or inflater.unused_data, "a message that ends inside a block (7.2.1)")
    except zlib.error as error:
        raise Wrong(f"a message that cannot be inflated by itself: {error}") from None
    return data
