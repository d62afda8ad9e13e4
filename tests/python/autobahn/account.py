"""The account of Autobahn's cases: all that its fuzzing client runs, those that are ported, and those that are not, and
why.

As of Autobahn|Testsuite b8a5120d (2025-11-15). What a case asserts is left to the chapters.
"""

import importlib
import pathlib

ALL = {
    "1.1": 8, "1.2": 8,
    "2": 11,
    "3": 7,
    "4.1": 5, "4.2": 5,
    "5": 20,
    "6.1": 3, "6.2": 4, "6.3": 2, "6.4": 4, "6.5": 5, "6.6": 11, "6.7": 4, "6.8": 2, "6.9": 4, "6.10": 3, "6.11": 5,
    "6.12": 8, "6.13": 5, "6.14": 10, "6.15": 1, "6.16": 3, "6.17": 5, "6.18": 5, "6.19": 5, "6.20": 7, "6.21": 8,
    "6.22": 34, "6.23": 7,
    "7.1": 6, "7.3": 6, "7.5": 1, "7.7": 13, "7.9": 9, "7.13": 2,
    "9.1": 6, "9.2": 6, "9.3": 9, "9.4": 9, "9.5": 6, "9.6": 6, "9.7": 6, "9.8": 6,
    "10.1": 1,
    "12.1": 18, "12.2": 18, "12.3": 18, "12.4": 18, "12.5": 18,
    "13.1": 18, "13.2": 18, "13.3": 18, "13.4": 18, "13.5": 18, "13.6": 18, "13.7": 18,
}  # fmt: skip
"""How many cases each section has."""

NOT_PORTED = {}
"""Chapters that are left out, and why: none is. 9.9 and 9.10 (messages without an end) are in Autobahn's source and
not in its list."""


def numbers():
    """Every case's number, chapter by chapter."""
    return [f"{section}.{at}" for section, count in ALL.items() for at in range(1, count + 1)]


def chapters():
    """The classes that have the chapters' tables."""
    from .case import Chapter

    for file in sorted(pathlib.Path(__file__).parent.glob("test_[0-9]*.py")):
        importlib.import_module(f"{__package__}.{file.stem}")
    tables = [chapter for chapter in Chapter.__subclasses__() if chapter.chapter]
    return sorted(tables, key=lambda chapter: chapter.chapter)


def ported(chapter):
    """The numbers of the cases that a chapter runs, by the names of its tests."""
    names = [name for name in vars(chapter) if name.startswith("test_")]
    return {".".join(str(int(part)) for part in name.split("_")[1:]) for name in names}
