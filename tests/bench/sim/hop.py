#!/usr/bin/env python3
"""What a hop costs in the whole simulator: CPU nanoseconds and instructions.

Models (a) and (b) of README.md; (b) without and with sidecars, as one copy, as 100 copies in one mesh
(1,000 services), and with 10,000 requests of users in flight, in ten services and in 1,000. The least
time of the rounds is what the machine can do, the median what it did.
"""
import argparse
import pathlib
import statistics
import sys

from measure import DEFAULT_PROGRAMS, count_all, measure_rounds, simulator_entries


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each model (default 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the requests of each run")
    parser.add_argument("--no-instructions", action="store_true", help="measure times only")
    parser.add_argument("--programs", type=pathlib.Path, default=DEFAULT_PROGRAMS,
                        help="where sim_bench is (default build/release/bin)")
    options = parser.parse_args()

    entries = simulator_entries(options.programs)
    measure_rounds(entries, options.rounds, options.scale)
    if not options.no_instructions:
        count_all(entries)
    print(f"{'':46}{'ns/hop':>8}{'min':>8}{'max':>8}{'instr/hop':>11}{'events/hop':>12}"
          f"{'mean ms':>10}{'in flight':>11}")
    for entry in entries:
        if not entry.results:
            continue
        times = [result["ns_hop"] for result in entry.results]
        first = entry.results[0]
        instructions = f"{entry.instructions:.0f}" if entry.instructions else "-"
        print(f"{entry.label:46}{statistics.median(times):>8.0f}{min(times):>8.0f}{max(times):>8.0f}"
              f"{instructions:>11}{first['events_hop']:>12.2f}{first['mean_ms']:>10.2f}"
              f"{first['requests_in_flight']:>11.0f}")
    return 0 if entries and all(entry.results for entry in entries) else 1


if __name__ == "__main__":
    sys.exit(main())
