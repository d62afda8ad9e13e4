"""Chapter 10: a long text that the client's library cuts into fragments by itself."""

from .case import BACK, CLEAN, Case, Chapter, LongEcho, long_echo
from .wire import TEXT, cut, fragments

DATA, WORDS = long_echo(65_536)


class AutoFragmentation(Chapter):
    """The one case; that the client cuts well is Autobahn's own concern."""

    chapter = 10
    cases = [Case("10.1.1", BACK, fragments(TEXT, *cut(DATA, 1300)), [LongEcho(WORDS), CLEAN])]
