#!/usr/bin/env python3
"""Fails when a hop takes more than 5 % more instructions than instructions.json says.

Counts with callgrind, which gives the same number on a busy machine and on an idle one, as the
difference of two runs: neither the start of the program nor its warm-up counts.
"""
import argparse
import json
import pathlib
import sys

from measure import DEFAULT_PROGRAMS, HERE, instructions_a_hop, our_entries, say

TOLERANCE = 1.05


def check(figures, limits):
    """Prints a line for each committed figure; returns whether all are kept."""
    good = True
    for label, limit in limits.items():
        counted = figures.get(label)
        if counted is None:
            print(f"{label:34}  committed {limit:6}  NOT COUNTED")
            good = False
            continue
        kept = counted <= limit * TOLERANCE
        good = good and kept
        print(f"{label:34}  committed {limit:6}  now {counted:8.1f}  {counted / limit - 1:+6.1%}  "
              f"{'ok' if kept else 'TOO MANY'}")
    return good


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, default=DEFAULT_PROGRAMS,
                        help="where kernel_bench and sim_bench are (default build/release/bin)")
    parser.add_argument("--figures", type=pathlib.Path, default=HERE / "instructions.json",
                        help="the committed figures (default instructions.json beside this script)")
    parser.add_argument("--write", action="store_true",
                        help="write what was counted into the file instead of judging it")
    options = parser.parse_args()

    figures = {}
    for entry in our_entries(options.programs):
        if entry.gate:
            figures[entry.label] = instructions_a_hop(entry, *entry.gate, with_perf=False)
    if options.write:
        if not figures or None in figures.values():
            say("not all could be counted: nothing is written")
            return 1
        rounded = {label: round(figure) for label, figure in figures.items()}
        options.figures.write_text(json.dumps(rounded, indent=2) + "\n")
    good = check(figures, json.loads(options.figures.read_text()))
    if not good:
        print("\nA change that is meant to cost instructions commits its figures with its reason: "
              "./dev bench gate --write")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
