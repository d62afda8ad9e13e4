"""Prints the account: each case, what Autobahn expects of an echo server, what is asserted here; then the counts."""

from .account import NOT_PORTED, chapters, numbers


def main():
    """See above."""
    for chapter in chapters():
        for case in chapter.cases:
            print(f"{case.number}: {case.says}\n    here: {case.asserted}")
    for chapter in chapters():
        lenient = sum(not case.strict for case in chapter.cases)
        print(f"chapter {chapter.chapter}: {len(chapter.cases)} cases, {lenient} of them asserted as non-strict")
    for left_out, why in NOT_PORTED.items():
        count = sum(number.split(".")[0] == left_out for number in numbers())
        print(f"chapter {left_out}: {count} cases not ported: {why}")


if __name__ == "__main__":
    main()
