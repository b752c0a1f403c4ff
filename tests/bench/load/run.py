#!/usr/bin/env python3
"""shaketable-load beside wrk, h2load, hey, Molotov and Locust: CPU a request of each generator
against one nginx worker, and what each tells of a server that stands still for a second.

CPU a request is user and system time of the generator's whole process tree over the requests that it
counted, so it hardly depends on what else the machine does; rates do. All tools of a round run one
after the other, the table gives medians of the rounds, and the verdicts compare within this run. Each
part takes less than four minutes.

usage: run.py [--rounds 5] [--seconds 3] [--only counts,max,open,co,stall,memory,agreement]
              [--tools ours,wrk,...] [--agreement-seconds 103]
"""
import argparse
import json
import os
import re
import resource
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

import agreement
import counts

HERE = os.path.dirname(os.path.abspath(__file__))
BIN = os.environ.get("SHAKETABLE_BIN", "build/release/bin")
LOAD = os.path.join(BIN, "shaketable-load")
SHAKETABLE = os.path.join(BIN, "shaketable")
CONNECTIONS = 64
# Debian's `molotov` wants a module that Debian does not have; what it would call works.
MOLOTOV = ["/usr/bin/python3", "-c", "import sys; from molotov.run import main; sys.exit(main())"]
# What Molotov's peer does: a GET, its status looked at, its body read.
JOURNEY = """load:
  peer:
    workers: {workers}
    steps: [{{request: GET /, check: [status 200, size == 1024B]}}]
"""


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """nginx with one worker, on ports of its own, pinned to the last core."""

    def __init__(self, folder):
        self.folder = folder
        self.http, self.h2c, self.tls = free_port(), free_port(), free_port()
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout",
                        f"{folder}/server.key", "-out", f"{folder}/server.pem", "-days", "2", "-subj",
                        "/CN=localhost", "-addext", "subjectAltName=DNS:localhost,IP:127.0.0.1"],
                       check=True, stderr=subprocess.DEVNULL)
        with open(f"{HERE}/nginx.conf.in", encoding="utf-8") as source:
            text = source.read()
        for key, value in {"RUN": folder, "HTTP": self.http, "H2C": self.h2c, "TLS": self.tls,
                           "BODY": "0123456789abcdef" * 64}.items():
            text = text.replace(f"@{key}@", str(value))
        with open(f"{folder}/nginx.conf", "w", encoding="utf-8") as config:
            config.write(text)
        self.process = subprocess.Popen(pinned(-1) + ["nginx", "-p", folder, "-c",
                                                      f"{folder}/nginx.conf"])
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.tls), 1).close()
                break
            except OSError:
                if self.process.poll() is not None:
                    sys.exit("run.py: nginx does not start")
                time.sleep(0.05)

    def worker(self):
        path = f"/proc/{self.process.pid}/task/{self.process.pid}/children"
        with open(path, encoding="ascii") as children:
            return int(children.read().split()[0])

    def close(self):
        self.process.terminate()
        self.process.wait()


def pinned(core):
    cores = sorted(os.sched_getaffinity(0))
    return ["taskset", "-c", str(cores[core])] if len(cores) > 1 else []


def number(pattern, text):
    found = re.search(pattern, text)
    return float(found[1]) if found else None


def milliseconds(text):
    found = re.match(r"([\d.]+)\s*(us|ms|s|m)?$", text or "")
    scale = {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4, None: 1}
    return float(found[1]) * scale[found[2]] if found else None


def read_ours(text):
    result = json.loads(text[text.index("{"):text.rindex("}") + 1])
    total = result["total"]
    latency, service = total["latency"], total["service"]
    return {"requests": total["requests"], "failed": total["failed"],
            "p50": latency["p50_ns"] / 1e6, "p90": latency["p90_ns"] / 1e6,
            "p99": latency["p99_ns"] / 1e6, "service_p99": service["p99_ns"] / 1e6,
            "lag_p99": result["loads"][0]["pacing"]["start_lag"].get("p99_ns", 0) / 1e6}


def read_wrk(text):
    quantile = lambda p: milliseconds((re.search(rf"{p}%\s+(\S+)", text) or [None, None])[1])
    return {"requests": number(r"(\d+) requests in", text), "p50": quantile(50),
            "p90": quantile(90), "p99": quantile(99)}


def read_h2load(text):
    return {"requests": number(r"(\d+) succeeded", text)}


def read_hey(text):
    quantile = lambda p: (number(rf"{p}% in ([\d.]+) secs", text) or 0) * 1e3
    return {"requests": number(r"\[200\]\s+(\d+) responses", text), "p50": quantile(50),
            "p90": quantile(90), "p99": quantile(99)}


def read_molotov(text):
    found = re.findall(r"SUCCESSES: (\d+)", text)
    return {"requests": float(found[-1]) if found else None}


def read_locust(text):
    found = re.findall(r"Aggregated\s+(\d+)\s+\d+\(", text)
    return {"requests": float(found[-1]) if found else None}


def tools(server, seconds):
    http, h2c, tls = (f"http://127.0.0.1:{server.http}/", f"http://127.0.0.1:{server.h2c}/",
                      f"https://127.0.0.1:{server.tls}/")
    journey = os.path.join(server.folder, "peer.yaml")
    with open(journey, "w", encoding="utf-8") as file:
        file.write(JOURNEY.format(workers=CONNECTIONS))
    ours = [LOAD, journey, "-q", "--json", "-", "-d", f"{seconds}s", "--target"]
    wrk = ["wrk", "-t1", f"-c{CONNECTIONS}", f"-d{seconds}s", "--latency"]
    h2load = ["h2load", "-t1", f"-D{seconds}", "--warm-up-time=0"]
    return {
        "ours http/1.1": (ours + [http], read_ours),
        "wrk http/1.1": (wrk + [http], read_wrk),
        "h2load http/1.1": (h2load + ["--h1", f"-c{CONNECTIONS}", http], read_h2load),
        "ours h2c": (ours + [h2c, "--http", "2", "--connections", "4", "--streams", "16"],
                     read_ours),
        "h2load h2c": (h2load + ["-c4", "-m16", h2c], read_h2load),
        "ours https/1.1": (ours + [tls, "--http", "1", "-k"], read_ours),
        "wrk https/1.1": (wrk + [tls], read_wrk),
        "ours h2 tls": (ours + [tls, "--connections", "4", "--streams", "16", "-k"], read_ours),
        "h2load h2 tls": (h2load + ["-c4", "-m16", tls], read_h2load),
        "hey http/1.1": (["hey", "-cpus", "1", "-c", str(CONNECTIONS), "-z", f"{seconds}s", http],
                         read_hey),
        "molotov http/1.1": (MOLOTOV + ["-w", str(CONNECTIONS), "-d", str(max(1, seconds - 1)),
                                        f"{HERE}/molotov_peer.py"], read_molotov),
        "locust http/1.1": (["locust", "--headless", "-u", str(CONNECTIONS), "-r",
                             str(CONNECTIONS), "-t", f"{seconds}s", "--only-summary", "-H",
                             http.rstrip("/"), "-f", f"{HERE}/locust_peer.py"], read_locust),
    }, http


def run(command, target, limit=120):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    began = time.monotonic()
    process = subprocess.run(pinned(0) + command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                             text=True, timeout=limit, check=False,
                             env=dict(os.environ, TARGET=target, GOMAXPROCS="1",
                                      PYTHONWARNINGS="ignore"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime
    return process.stdout, cpu, time.monotonic() - began


def median(values):
    return statistics.median(values) if values else None


def verdict(name, holds, text):
    print(f"  {'holds ' if holds else 'MISSED'} {name}: {text}", flush=True)
    return holds


def bench_max(server, args):
    commands, target = tools(server, args.seconds)
    cpu = {}
    for round_number in range(args.rounds):
        for name, (command, read) in commands.items():
            if (args.tools and name.split()[0] not in args.tools) or not shutil.which(command[0]):
                continue
            text, used, wall = run(command, target)
            requests = read(text).get("requests")
            if not requests:
                print(f"  {name}: no result\n{text[-500:]}", file=sys.stderr)
                continue
            cpu.setdefault(name, []).append((used * 1e6 / requests, requests / wall))
        print(f"round {round_number + 1} of {args.rounds} done", file=sys.stderr)
    print(f"\n{'generator':<20} {'us CPU a request':>17} {'a core could':>14} {'seen here':>12}")
    us, seen = {}, {}
    for name, values in cpu.items():
        us[name] = median([value[0] for value in values])
        seen[name] = median([value[1] for value in values])
        print(f"{name:<20} {us[name]:>17.2f} {1e6 / us[name]:>12.0f}/s {seen[name]:>10.0f}/s")
    print()
    good = True

    def is_measured(ours, other, text):
        """A tool that was left out is no matter, one that did not work is."""
        nonlocal good
        absent = [name for name in (ours, other) if name not in us]
        left_out = args.tools and any(name.split()[0] not in args.tools for name in absent)
        if absent and not left_out:
            good &= verdict(text, False, f"nothing was measured of {' and '.join(absent)}")
        return not absent

    def compare(ours, other, most, text):
        nonlocal good
        if is_measured(ours, other, text):
            ratio = us[ours] / us[other]
            good &= verdict(text, ratio <= most, f"{us[ours]:.2f} us of CPU a request, {ratio:.2f} "
                            f"of {other.split()[0]}'s {us[other]:.2f}; limit {most:.2f}")

    compare("ours http/1.1", "wrk http/1.1", 6.0 / 4.5, "HTTP/1.1 (6 us where wrk takes 4.5)")
    compare("ours h2c", "h2load h2c", 7.5 / 6.0, "HTTP/2 (7.5 us where h2load takes 6.0)")
    compare("ours https/1.1", "wrk https/1.1", 1.4, "TLS")
    text = "30 times Molotov's requests a second"
    if is_measured("ours http/1.1", "molotov http/1.1", text):
        times = seen["ours http/1.1"] / seen["molotov http/1.1"]
        of_cpu = us["molotov http/1.1"] / us["ours http/1.1"]
        # What is seen is also what nginx can do with the other core; CPU is the generator's alone.
        good &= verdict(text, times >= 30 or of_cpu >= 30,
                        f"{times:.1f} times as many seen here, {of_cpu:.1f} times as many with the "
                        f"same CPU; limit 30")
    return good


def bench_open(server, args):
    good = True
    for rate in (2_000, 20_000):
        runs = []
        for _ in range(args.rounds):
            text, used, _ = run([LOAD, f"http://127.0.0.1:{server.http}/", "-q", "--json", "-",
                                 "--rate", f"{rate}/s", "-d", f"{args.seconds}s"], "")
            runs.append(dict(read_ours(text), us=used * 1e6 / (rate * args.seconds)))
        exact = all(it["requests"] == rate * args.seconds and it["failed"] == 0 for it in runs)
        lag = median([it["lag_p99"] for it in runs])
        lags = ", ".join(f"{it['lag_p99']:.3f}" for it in runs)
        good &= verdict(f"open loop at {rate}/s on one core", exact and lag < 1.0,
                        f"{'every request' if exact else 'NOT every request'} of "
                        f"{rate * args.seconds}, behind its schedule p99 {lag:.3f} ms (of {lags}), "
                        f"limit 1 ms; {median([it['us'] for it in runs]):.1f} us of CPU each")
    return good


def bench_co(server, args):
    target = f"http://127.0.0.1:{server.http}/"
    asked = [LOAD, target, "-q", "--json", "-", "--rate", "2000/s", "-d", "6s"]
    commands = {
        "ours": (asked + ["--connections", "64"], read_ours),
        "ours, any connections": (asked, read_ours),
        "wrk (no rate)": (["wrk", "-t1", "-c64", "-d6s", "--latency", target], read_wrk),
        "hey -q": (["hey", "-cpus", "1", "-c", "64", "-q", "31.25", "-z", "6s", target], read_hey),
    }
    print(f"\n{'stopped for 1 s of 6':<22} {'requests':>9} {'p50 ms':>9} {'p90 ms':>9} {'p99 ms':>9}"
          f" {'service p99':>12}")
    ours = []
    for _ in range(args.rounds):
        for name, (command, read) in commands.items():
            if not shutil.which(command[0]):
                continue

            def stall():
                time.sleep(2.5)
                os.kill(server.worker(), signal.SIGSTOP)
                time.sleep(1)
                os.kill(server.worker(), signal.SIGCONT)

            thread = threading.Thread(target=stall)
            thread.start()
            text, _, _ = run(command, target)
            thread.join()
            it = read(text)
            show = lambda key: f"{it[key]:.1f}" if it.get(key) is not None else "-"
            print(f"{name:<22} {it['requests'] or 0:>9.0f} {show('p50'):>9} {show('p90'):>9}"
                  f" {show('p99'):>9} {show('service_p99'):>12}")
            if name == "ours":
                ours.append(it)
    p90, p99 = median([it["p90"] for it in ours]), median([it["p99"] for it in ours])
    return verdict("coordinated omission", 380 <= p90 <= 440 and 900 <= p99 <= 960,
                   f"p90 {p90:.0f} ms, limits 380..440; p99 {p99:.0f} ms, limits 900..960")


def bench_stall(server, args):
    """Arrivals go on while nothing is answered: they must neither be lost nor begin late."""
    rate, seconds = 20_000, 5

    def stall():
        time.sleep(2)
        os.kill(server.worker(), signal.SIGSTOP)
        time.sleep(1)
        os.kill(server.worker(), signal.SIGCONT)

    good, lags = True, []
    for _ in range(args.rounds):
        thread = threading.Thread(target=stall)
        thread.start()
        text, _, _ = run([LOAD, f"http://127.0.0.1:{server.http}/", "-q", "--json", "-", "--rate",
                          f"{rate}/s", "-d", f"{seconds}s", "--timeout", "20s", "--grace", "20s"], "")
        thread.join()
        it = read_ours(text)
        whole = it["requests"] == rate * seconds and it["failed"] == 0
        lags.append(it["lag_p99"])
        good &= verdict(f"stopped for 1 s of {seconds} at {rate}/s", whole,
                        f"{it['requests']} requests, {it['failed']} failed, p99 {it['p99']:.0f} ms, "
                        f"behind its schedule p99 {it['lag_p99']:.3f} ms")
    return verdict("the same, begun late", median(lags) < 10,
                   f"p99 {median(lags):.3f} ms, limit 10 ms") and good


def bench_memory(server, args):
    # Sessions and connections of their own; fewer only where descriptors are few.
    count = min(10_000, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 200)
    command = [LOAD, f"http://127.0.0.1:{server.http}/", "-q", "--json", "-", "-c", str(count),
               "--reuse", "session", "-d", f"{args.seconds + 5}s", "--ramp-up", "3s", "--delay", "1s"]
    process = subprocess.Popen(pinned(0) + command, stdout=subprocess.PIPE, text=True)
    text = process.stdout.read()
    _, _, usage = os.wait4(process.pid, 0)
    process.returncode = 0
    it = read_ours(text)
    each = usage.ru_maxrss / 1024 / count * 10_000
    return verdict("10,000 workers with sessions below 500 MB", each < 500,
                   f"{usage.ru_maxrss / 1024:.0f} MB for {count}, so {each:.0f} MB, limit 500 MB;"
                   f" {it['requests']} requests, {it['failed']} failed")


def bench_counts(server, args):
    del server, args
    with tempfile.TemporaryDirectory(prefix="shaketable-bench-counts-") as folder:
        return counts.bench(folder, LOAD, MOLOTOV, verdict)


def bench_agreement(server, args):
    del server  # it has one of its own
    with tempfile.TemporaryDirectory(prefix="shaketable-bench-agreement-") as folder:
        programs = {"shaketable-load": LOAD, "shaketable": SHAKETABLE}
        return agreement.bench(folder, programs, pinned, free_port, args.agreement_seconds)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--only", default="counts,max,open,co,stall,memory,agreement")
    parser.add_argument("--tools", default="", help="of `max`: ours,wrk,h2load,hey,molotov,locust")
    parser.add_argument("--agreement-seconds", type=int, default=103)
    args = parser.parse_args()
    args.tools = [tool for tool in args.tools.split(",") if tool]
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
    benches = {"counts": bench_counts, "max": bench_max, "open": bench_open, "co": bench_co,
               "stall": bench_stall, "memory": bench_memory, "agreement": bench_agreement}
    good = True
    with tempfile.TemporaryDirectory(prefix="shaketable-bench-load-") as folder:
        os.chmod(folder, 0o755)
        server = Server(folder)
        try:
            for name in args.only.split(","):
                began = time.monotonic()
                held = benches[name](server, args)
                good &= held
                print(f"{'HOLDS ' if held else 'MISSED'} {name}, in {time.monotonic() - began:.0f} s\n",
                      flush=True)
        finally:
            server.close()
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
