#!/usr/bin/env python3
"""Our proxy beside nginx, haproxy and nghttpx, in one run, as medians and ratios.

Every proxy has one worker, pinned to CPU 0; nginx as the origin (1 KiB, keep-alive) and the load
generator share CPU 1. CPU a request is the time that the proxy's process tree was on a CPU over the
requests that were answered: it holds on a machine that others use, requests a second do not.

    ./dev bench live [--rounds 5] [--seconds 3] [--modes h1,h2c,...] [--only ours,nginx]
"""
import argparse
import os
import pathlib
import resource
import shutil
import signal
import statistics
import subprocess
import tempfile

import measure
from programs import (BACKEND, PEERS, PORTS, ROOT, configurations, make_certificates, start, wait_for)

# Mode: (what it is, the target, digits). Those of `OURS` have no peers.
MODES = {
    "h1": ("us of CPU a request, HTTP/1.1, 64 connections", 12, 1),
    "tls": ("the same over TLS 1.3", 16, 1),
    "h2c": ("the same, HTTP/2, 4 connections x 16 streams", 9, 1),
    "tlsh2": ("the same over TLS 1.3", 10, 1),
    "chain": ("the same, two own hops with mutual TLS between them", 36, 1),
    "handshake": ("us of CPU a connection with mutual TLS", 950, 0),
    "log": ("us of CPU a request that the access log costs", 1.5, 1),
    "latency": (f"us added to the median at {measure.RATE} Poisson requests/s, all on one core", 45, 0),
    "latencytls": ("the same over TLS 1.3", 60, 0),
    "calls": ("system calls a request, HTTP/1.1", None, 1),
    "idle": ("bytes of memory of an idle connection", 2048, 0),
    "idletls": ("the same over TLS", 18432, 0),
    "config": ("ms of CPU to load 1,000 clusters and 10,000 routes", 1000, 0),
}
OURS = ("log", "config")


class Bench:
    """The programs that run, and what was measured of them."""

    def __init__(self, options, folder):
        self.options = options
        self.folder = folder
        self.processes = {}
        self.figures = {}
        self.rates = {}

    def start(self, names):
        self.folder.chmod(0o755)  # nginx's worker is another user
        make_certificates(self.folder)
        (self.folder / "www").mkdir()
        (self.folder / "www/k").write_bytes(b"x" * 1024)
        commands = configurations(self.folder, self.options.program)
        self.processes["backend"] = start(commands["backend"], 1, self.folder)
        wait_for(BACKEND, "the origin")
        for name in [*names, "ours-logged"]:
            self.processes[name] = start(commands[name], 0, self.folder)
        for name in names:
            for port in ("h1", "tls", "mtls", "chain"):
                wait_for(PORTS[name][port], f"{name} ({self.folder}/programs.log)")
        wait_for(PORTS["ours"]["logged"], "ours with its access log")

    def stop(self):
        for group in self.processes.values():
            for process in group:
                for pid in measure.tree([process.pid]):
                    try:
                        os.kill(pid, signal.SIGTERM)
                    except ProcessLookupError:
                        pass
                try:
                    process.wait(3)
                except subprocess.TimeoutExpired:
                    process.kill()

    def load(self, mode, name):
        """Runs the load of a mode once; returns the number of requests."""
        ports, seconds = PORTS[name], self.options.seconds
        if mode in ("h1", "chain"):
            return measure.wrk(ports[mode], seconds)
        if mode == "tls":
            return measure.wrk(ports["tls"], seconds, tls=True)
        if mode == "h2c":
            # nginx and haproxy have a port of its own for it, the others tell by the preface.
            return measure.h2load(ports["h2c" if name in ("nginx", "haproxy") else "h1"], seconds)
        if mode == "tlsh2":
            return measure.h2load(ports["tls"], seconds, tls=True)
        return measure.handshakes(ports["mtls"], self.folder)

    def measure(self, mode, name):
        ports, seconds, processes = PORTS[name], self.options.seconds, self.processes[name]
        if mode.startswith("idle"):
            return measure.idle(processes, ports["h1" if mode == "idle" else "tls"], mode == "idletls")
        if mode == "calls":
            return measure.system_calls(processes, ports["h1"], seconds)
        if mode.startswith("latency"):
            tls = mode == "latencytls"
            return measure.added_latency(self.options.generator, self.processes["backend"],
                                         ports["tls" if tls else "h1"], seconds, tls)
        if mode == "config":
            return measure.milliseconds_to_load(self.options.program, self.folder)
        if mode == "log":
            plain, _ = measure.microseconds(processes, lambda: self.load("h1", name))
            logged, _ = measure.microseconds(self.processes["ours-logged"],
                                             lambda: measure.wrk(ports["logged"], seconds))
            return logged - plain
        figure, rate = measure.microseconds(processes, lambda: self.load(mode, name))
        self.rates.setdefault((mode, name), []).append(rate)
        return figure

    def run(self, names, modes):
        for number in range(self.options.rounds):
            for mode in modes:
                if mode.startswith("idle") and number > 0:
                    continue  # memory that a peak left behind is no connection's
                for name in names[number % len(names):] + names[:number % len(names)]:
                    if name == "ours" or mode not in OURS:
                        self.figures.setdefault((mode, name), []).append(self.measure(mode, name))

    def print(self, names, modes):
        print(f"{'':11}" + "".join(f"{n:>9}" for n in names) + f"{'wanted':>8}  ours/best peer")
        for mode in modes:
            what, wanted, digits = MODES[mode]
            medians = {n: statistics.median(self.figures[mode, n]) for n in names if (mode, n) in self.figures}
            peers = [v for n, v in medians.items() if n != "ours"]
            ratio = f"{medians['ours'] / min(peers):.2f}" if peers and "ours" in medians else ""
            print(f"{mode:11}" + "".join(f"{medians[n]:9.{digits}f}" if n in medians else f"{'':9}" for n in names)
                  + f"{'' if wanted is None else wanted:>8}  {ratio:6}{what}")
        if self.rates:
            print("\nrequests a second, as the machine's other work let them be")
        for mode in dict.fromkeys(mode for mode, _ in self.rates):
            print(f"{mode:11}" + "".join(f"{statistics.median(self.rates[mode, n]):9.0f}" for n in names))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--modes", default=",".join(MODES), help=", ".join(MODES))
    parser.add_argument("--only", default=",".join(PEERS), help=", ".join(PEERS))
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/bin/shaketable-proxy",
                        help="our proxy")
    parser.add_argument("--generator", type=pathlib.Path, default=ROOT / "build/release/bin/poisson_bench",
                        help="the open loop of the modes `latency` and `latencytls`")
    options = parser.parse_args()
    names = [n for n in PEERS if n in options.only.split(",")]
    modes = [m for m in MODES if m in options.modes.split(",")]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    folder = pathlib.Path(tempfile.mkdtemp(prefix="shaketable-bench-"))
    bench = Bench(options, folder)
    try:
        bench.start(names)
        bench.run(names, modes)
        bench.print(names, modes)
    finally:
        bench.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
