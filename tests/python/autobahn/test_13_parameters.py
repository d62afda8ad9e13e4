"""Chapter 13: the parameters of permessage-deflate, with messages of many sizes in text.

A server may decline an offer (RFC 7692 section 7.1.2.1). Autobahn calls that unimplemented and sends nothing; here the
declination is asserted, and that all goes on without compression. That an answer fits an offer is `deflate.py`'s.
"""

from .case import BACK, Chapter
from .compressed import SETTINGS, section, table
from .test_12_compression import DEFAULT

NO_TAKEOVER = "; server_no_context_takeover"
DECLINED = f"{BACK}; a server that declines is unimplemented"


def window(bits):
    """A parameter of the offer."""
    return f"; server_max_window_bits={bits}"


def parameters(at, offer, **options):
    """A section: an offer that is taken, if it is not said to be declined."""
    taken = options.get("taken", True)
    return section(f"13.{at}", f"`{offer}`: {BACK if taken else DECLINED}", table, extensions=offer, **options)


class Parameters(Chapter):
    """A small window is declined; the last section offers it first, and what the server can do after it."""

    chapter = 13
    settings = SETTINGS
    cases = [
        *parameters(1, DEFAULT),
        *parameters(2, DEFAULT + NO_TAKEOVER),
        *parameters(3, DEFAULT + window(9), taken=False),
        *parameters(4, DEFAULT + window(15)),
        *parameters(5, DEFAULT + NO_TAKEOVER + window(9), taken=False),
        *parameters(6, DEFAULT + NO_TAKEOVER + window(15)),
        *parameters(7, f"{DEFAULT}{NO_TAKEOVER}{window(9)}, {DEFAULT}{NO_TAKEOVER}, {DEFAULT}"),
    ]
