"""No case is forgotten, and none is counted that does not run."""

import unittest

from .account import NOT_PORTED, chapters, numbers, ported


class Complete(unittest.TestCase):
    """The account is right."""

    def test_every_case_is_ported_or_left_out_for_a_reason(self):
        """Each is one of the two."""
        run = set().union(*map(ported, chapters()))
        left_out = {number for number in numbers() if number.split(".")[0] in NOT_PORTED}
        self.assertEqual(len(set(numbers())), 517)
        self.assertEqual(run | left_out, set(numbers()))
        self.assertEqual(run & left_out, set())

    def test_a_chapter_has_its_own_cases_only(self):
        """Each number begins with the chapter's."""
        for chapter in chapters():
            self.assertEqual({int(number.split(".")[0]) for number in ported(chapter)}, {chapter.chapter})
