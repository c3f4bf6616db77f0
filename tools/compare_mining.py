#!/usr/bin/env python3
"""Compares what two runs mined from the same pairs: how many rows are equal, and how many of the rest are ties.

    python tools/compare_mining.py OURS.jsonl REFERENCE.jsonl [--tie 1e-5] [--show 3]

Rows are compared in order; where one file has a row more, by their query and positive. A row that differs counts as a tie where both
have a column "scores" and all of them agree to within --tie: then only texts of equal score changed places. Ends with 1 where less
than --at-least of the rows are equal, or a row that differs is no tie.
"""
import argparse
import gzip
import json
import sys
from collections import defaultdict

SCORES = "scores"


def read(path):
    with (gzip.open if path.endswith(".gz") else open)(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def aligned(ours, theirs):
    """Pairs of rows that stand for the same thing; None where the other side has none."""
    if len(ours) == len(theirs):
        return list(zip(ours, theirs))
    waiting = defaultdict(list)
    for row in ours:
        waiting[tuple(map(str, list(row.values())[:2]))].append(row)
    pairs = []
    for row in theirs:
        rows = waiting[tuple(map(str, list(row.values())[:2]))]
        pairs.append((rows.pop(0) if rows else None, row))
    return pairs + [(row, None) for rows in waiting.values() for row in rows]


def texts(row):
    return [value for name, value in row.items() if name != SCORES]


def is_tie(ours, theirs, tolerance):
    if ours is None or theirs is None or SCORES not in ours or SCORES not in theirs:
        return False
    return len(ours[SCORES]) == len(theirs[SCORES]) and all(abs(a - b) <= tolerance for a, b in zip(ours[SCORES], theirs[SCORES]))


def compare(ours, theirs, tolerance):
    """Counts of rows, equal rows and ties; the rows that are neither; the largest difference of scores between equal rows."""
    equal, ties, others, furthest = 0, 0, [], 0.0
    pairs = aligned(ours, theirs)
    for mine, reference in pairs:
        if mine is not None and reference is not None and texts(mine) == texts(reference):
            equal += 1
            furthest = max([furthest, *(abs(a - b) for a, b in zip(mine.get(SCORES, []), reference.get(SCORES, [])))])
        elif is_tie(mine, reference, tolerance):
            ties += 1
        else:
            others.append((mine, reference))
    return len(pairs), equal, ties, others, furthest


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("ours")
    parser.add_argument("reference")
    parser.add_argument("--tie", type=float, default=1e-5)
    parser.add_argument("--at-least", type=float, default=0.995)
    parser.add_argument("--show", type=int, default=3)
    arguments = parser.parse_args()
    rows, equal, ties, others, furthest = compare(read(arguments.ours), read(arguments.reference), arguments.tie)
    if rows == 0:
        sys.exit("no rows to compare")
    print(f"{rows} rows: {equal} equal ({equal / rows:.4%}), {ties} ties ({ties / rows:.4%}), {len(others)} neither; "
          f"scores of equal rows differ by at most {furthest:.1e}")
    for mine, reference in others[:arguments.show]:
        print(f"ours      {json.dumps(mine)[:400]}\nreference {json.dumps(reference)[:400]}")
    sys.exit(0 if equal >= arguments.at_least * rows and not others else 1)


if __name__ == "__main__":
    main()
