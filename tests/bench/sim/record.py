#!/usr/bin/env python3
"""What recording a run costs, in instructions a hop.

Runs our simulator while it records nothing, counters, examples of requests, and everything, and
compares each with nothing: the run itself, and in the last line of a model with the spans that are made
of everything afterwards. Fails when counters cost more than 5 %, or everything more than 30 % of a
run's speed. The fingerprint must be the same for all: recording changes nothing of a run.
"""
import argparse
import pathlib
import sys

from measure import DEFAULT_PROGRAMS, count_instructions, perf_works, say

LEVELS = ("nothing", "counters", "examples", "everything")
# Largest share of a run's speed: what takes x times the instructions runs at 1 / x of the speed.
MOST = {"counters": 0.05, "everything": 0.30}
# The model with both sidecars of each hop, which every scenario has, decides; the others are shown.
MODELS = (("b-sidecars", 2_000, 6_000, True), ("b", 2_000, 6_000, False), ("a", 20_000, 60_000, False))


def cost(program, model, few, many, level, part, with_perf):
    """Instructions a hop, and the fingerprint of the longer run."""
    command = [str(program), model, "{}", "1", "250", level, part]
    counts = []
    for requests in (few, many):
        counts.append(count_instructions([part.format(requests) for part in command], with_perf))
    (short, short_run), (long, long_run) = counts
    return (long - short) / (long_run["hops"] - short_run["hops"]), long_run["fingerprint"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--programs", type=pathlib.Path, default=DEFAULT_PROGRAMS,
                        help="where sim_bench is (default build/release/bin)")
    options = parser.parse_args()
    program = options.programs / "sim_bench"
    if not program.exists():
        say(f"no {program} (build the target sim_bench)")
        return 2
    with_perf = perf_works()
    good = True
    print(f"{'model':12} {'recorded':12} {'instructions a hop':>18} {'of the speed':>13}")
    for model, few, many, decides in MODELS:
        bare, fingerprint = None, None
        for level, part in [(it, "run") for it in LEVELS] + [("everything", "all")]:
            figure, seen = cost(program, model, few, many, level, part, with_perf)
            if bare is None:
                bare, fingerprint = figure, seen
            lost = 1 - bare / figure
            judged = decides and part == "run"
            kept = seen == fingerprint and (not judged or lost <= MOST.get(level, 1))
            good = good and kept
            name = level if part == "run" else "with spans"
            print(f"{model:12} {name:12} {figure:18.0f} {-lost:+13.1%}"
                  f"{'' if kept else '  TOO MUCH' if seen == fingerprint else '  OTHER RUN'}", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
