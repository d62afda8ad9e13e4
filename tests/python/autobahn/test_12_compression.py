"""Chapter 12: permessage-deflate as offered by default, with messages of many sizes and five kinds of data.

Autobahn offers that the client may be asked for anything, and asks the server for nothing.
"""

from .case import BACK, Chapter
from .compressed import SETTINGS, faust, page, paper, picture, section, table

DEFAULT = "permessage-deflate; client_no_context_takeover; client_max_window_bits"


class Compression(Chapter):
    """12.1 and 12.4 are text, the others binary."""

    chapter = 12
    settings = SETTINGS
    cases = [
        *section("12.1", BACK, table, extensions=DEFAULT),
        *section("12.2", BACK, picture, extensions=DEFAULT, packed=True),
        *section("12.3", BACK, faust, extensions=DEFAULT, packed=True),
        *section("12.4", BACK, page, extensions=DEFAULT),
        *section("12.5", BACK, paper, extensions=DEFAULT, packed=True),
    ]
