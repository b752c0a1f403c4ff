#!/usr/bin/env python3
"""Compares the speed of our simulator with ns-3, SimGrid, SimPy and a bare event loop.

Two models with the same parameters in every program: (a) M/M/1 at utilisation 0.7; (b) ten services
in three tiers, ten synchronous calls a request, a timeout armed and cancelled on every call. All
programs run in turn, round after round, so that the drift of a shared machine hits all alike;
the median of CPU nanoseconds per hop counts, and ratios are those of one run of this script.

Peers are built when their Debian packages are there (libns3-dev, python3-simpy3). SimGrid's conflict
with the Boost of this project, so they are fetched with apt-get download and unpacked into the build
folder. What cannot be built is left out, with a word.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import sys
import tempfile

from measure import (DEFAULT_PROGRAMS, HERE, ROOT, Entry, count_all, measure_rounds, our_entries, run,
                     say)

FLAGS = ["-std=c++20", "-O3", "-march=native", "-Wall", "-Wextra", f"-I{ROOT}"]
SIMGRID_PACKAGES = [
    "libsimgrid-dev", "libsimgrid3.32", "libboost1.74-dev", "libboost-context1.74.0",
    "libboost-stacktrace1.74.0",
]


# --- building -----------------------------------------------------------------------------------


def compile_peer(name, build, flags=()):
    """Returns the program's path, or None if it does not build."""
    source = HERE / f"{name}.cc"
    program = build / name
    newest = max(source.stat().st_mtime, (HERE / "peer.h").stat().st_mtime)
    if program.exists() and program.stat().st_mtime > newest:
        return program
    compiler = os.environ.get("CXX", "g++")
    done = run([compiler, *FLAGS, str(source), "-o", str(program), *flags])
    if done.returncode != 0:
        say(f"{name} is left out, it does not build:\n{done.stderr[-600:]}")
        return None
    return program


def simgrid_flags(build):
    """Compiler flags for SimGrid, unpacked next to the build; None if it cannot be had."""
    root = build / "simgrid"
    library = root / "usr/lib/x86_64-linux-gnu"
    if not (library / "libsimgrid.so").exists():
        if shutil.which("apt-get") is None or shutil.which("dpkg-deb") is None:
            say("SimGrid is left out: apt-get and dpkg-deb are needed to unpack it")
            return None
        with tempfile.TemporaryDirectory() as download:
            done = run(["apt-get", "download", *SIMGRID_PACKAGES], cwd=download)
            packages = list(pathlib.Path(download).glob("*.deb"))
            if done.returncode != 0 or len(packages) < len(SIMGRID_PACKAGES):
                say(f"SimGrid is left out, its packages were not found:\n{done.stderr[-300:]}")
                return None
            for package in packages:
                run(["dpkg-deb", "-x", str(package), str(root)])
    return [
        "-isystem", str(root / "usr/include"), f"-L{library}",
        f"-Wl,--disable-new-dtags,-rpath,{library}", f"-Wl,-rpath-link,{library}", "-lsimgrid",
    ]


def peer_entries(build):
    entries = []
    bare = compile_peer("bare_peer", build)
    if bare:
        entries.append(Entry("bare loop", "a", [str(bare), "a", "{count}"], 3_000_000))
        entries.append(Entry("bare loop", "b", [str(bare), "b", "{count}"], 200_000))
    ns3 = compile_peer("ns3_peer", build, ["-lns3-core"])
    if ns3:
        entries.append(Entry("ns-3", "a", [str(ns3), "a", "{count}", "map"], 1_000_000))
        # Its default scheduler; removing timers was the faster way to cancel them.
        entries.append(Entry("ns-3", "b", [str(ns3), "b", "{count}", "map", "remove"], 50_000))
    flags = simgrid_flags(build)
    simgrid = compile_peer("simgrid_peer", build, flags) if flags else None
    if simgrid:
        entries.append(Entry("SimGrid", "a", [str(simgrid), "a", "{count}"], 200_000))
        entries.append(Entry("SimGrid", "b", [str(simgrid), "b", "{count}"], 10_000))
    python = "/usr/bin/python3"
    if run([python, "-c", "import simpy"]).returncode == 0:
        program = str(HERE / "simpy_peer.py")
        entries.append(Entry("SimPy", "a", [python, program, "a", "{count}"], 50_000))
        entries.append(Entry("SimPy", "b", [python, program, "b", "{count}"], 2_000))
    else:
        say("SimPy is left out: python3-simpy3 is not installed")
    return entries


# --- reporting ----------------------------------------------------------------------------------


def summary(entries):
    rows = []
    for entry in entries:
        if not entry.results:
            continue
        times = [result["ns_hop"] for result in entry.results]
        rows.append({
            "name": entry.name,
            "model": entry.model,
            "ours": entry.ours,
            "ns_hop_min": min(times),
            "ns_hop_median": statistics.median(times),
            "ns_hop_max": max(times),
            "instructions_hop": round(entry.instructions, 1) if entry.instructions else None,
            "mean_ms": entry.results[0]["mean_ms"],
            "timeouts": entry.results[0].get("timeouts", 0),
            "rss_mb": round(max(result.get("rss_kb", 0) for result in entry.results) / 1024, 1),
            "runs": len(times),
        })
    return rows


def print_table(rows):
    for model in ("a", "b"):
        chosen = sorted((row for row in rows if row["model"] == model),
                        key=lambda row: row["ns_hop_median"])
        if not chosen:
            continue
        ours = [row for row in chosen if row["ours"]]
        references = [row for row in ours if row["name"] in ("our simulator", "our kernel, radix")]
        print(f"\nmodel ({model})")
        heading = "".join(f"{'x ' + row['name']:>22}" for row in references)
        print(f"{'':42}{'ns/hop':>9}{'min':>9}{'max':>9}{'instr/hop':>11}{'mean ms':>9}{heading}")
        for row in chosen:
            instructions = f"{row['instructions_hop']:.0f}" if row["instructions_hop"] else "-"
            ratios = "".join(f"{row['ns_hop_median'] / reference['ns_hop_median']:>22.2f}"
                             for reference in references)
            print(f"{row['name']:42}{row['ns_hop_median']:>9.1f}{row['ns_hop_min']:>9.1f}"
                  f"{row['ns_hop_max']:>9.1f}{instructions:>11}{row['mean_ms']:>9.3f}{ratios}")


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3, help="runs of each program (default 3)")
    parser.add_argument("--scale", type=float, default=1.0, help="factor on the requests of each run")
    parser.add_argument("--only", default="", help="run what has this text in its name")
    parser.add_argument("--programs", type=pathlib.Path, default=DEFAULT_PROGRAMS,
                        help="where kernel_bench and sim_bench are (default build/release/bin)")
    parser.add_argument("--build-dir", type=pathlib.Path, default=ROOT / "build/peers",
                        help="where the peers are built (default build/peers)")
    parser.add_argument("--no-instructions", action="store_true", help="measure times only")
    parser.add_argument("--ours", action="store_true", help="leave the peers out")
    parser.add_argument("--json", type=pathlib.Path, help="write the figures to this file")
    options = parser.parse_args()

    options.build_dir.mkdir(parents=True, exist_ok=True)
    entries = our_entries(options.programs)
    if not options.ours:
        entries += peer_entries(options.build_dir)
    entries = [entry for entry in entries if options.only.lower() in entry.label.lower()]
    if not entries:
        sys.exit("run.py: nothing to run")

    measure_rounds(entries, options.rounds, options.scale)
    if not options.no_instructions:
        count_all(entries)

    rows = summary(entries)
    print_table(rows)
    if options.json:
        options.json.write_text(json.dumps({"rows": rows}, indent=2) + "\n")


if __name__ == "__main__":
    main()
