"""One journey file in virtual time and live, against a server with known service times.

Both worlds read the same files with the same seeds, three of them: a p99 of one short run is noise. The
three live ones go on at the same time, each against a server of its own. What must hold at utilisations
0.3, 0.6 and 0.8: throughput within 2 %, p50 and p99 within 5 %, of all requests and of each journey.
"""
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TIMES = {"/list": 29, "/item": 47, "/cart": 103}  # milliseconds; sums of them rarely meet
WORKERS = 4  # of the server
SEEDS = (1, 2, 3)
WARM_UP = 10  # seconds, in which the workers of a closed loop cease to act as one
MEAN = 0.7 * (TIMES["/list"] + TIMES["/item"]) + 0.3 * TIMES["/cart"]  # of a run
PAUSE = 250  # milliseconds between the two requests of a visit
THINK = 1500  # milliseconds, of the closed loop's workers

LOAD = """name: known
target: http://127.0.0.1:{port}
run: {{duration: {seconds}s, warm_up: {warm_up}s, seed: {seed}}}
load:
  visitors:
    {arrivals}
    timeout: 20s
    scenarios:
      browse: {{weight: 70, steps: [GET /list, {{think: {between}ms}}, GET /item{pause}]}}
      buy: {{weight: 30, steps: [POST /cart{pause}]}}
"""

SCENARIO = """scenario: known
mesh:
  network: {{same_zone: {{latency: 0ms}}}}
  services:
    shop:
      entry: true
      sidecar: false
      runtime: {{threads: {{pool: {workers}, cpus: {workers}, queue: 100000}}}}
      endpoints:
        GET /list: {{work: {list}ms}}
        GET /item: {{work: {item}ms}}
        POST /cart: {{work: {cart}ms}}
run: {{duration: {seconds}s, warm_up: {warm_up}s, seed: {seed}}}
load: load.yaml
"""


def arrivals_of(loop, utilisation):
    if loop == "open":
        return f"rate: {utilisation * WORKERS * 1e3 / MEAN:.3f}/s", ""
    # Workers that keep one server so busy: with their pause nearly all of their time.
    cycle = THINK + 0.7 * PAUSE + MEAN
    return f"workers: {round(utilisation * WORKERS * cycle / MEAN)}", f", {{think: {{exponential: {THINK}ms}}}}"


class Part:
    """What the runs of all seeds saw of some requests."""

    def __init__(self):
        self.count, self.seconds, self.buckets = 0, 0, {}

    def add(self, count, seconds, buckets):
        self.count += count
        self.seconds += seconds
        for value, times in buckets:
            self.buckets[value] = self.buckets.get(value, 0) + times

    def rate(self):
        return self.count / self.seconds

    def percentile_ms(self, share):
        left = share * sum(self.buckets.values())
        for value, times in sorted(self.buckets.items()):
            left -= times
            if left <= 0:
                return value / 1e6
        return 0.0


def buckets_of_virtual(histogram):
    """Middles of the buckets; scenarios/result.schema.json says how they are numbered."""
    steps = histogram["steps_and_counts"]
    index = 0
    for step, times in zip(steps[::2], steps[1::2]):
        index += step
        octave = index // 128
        width = 1 if octave == 0 else 1 << (octave - 1)
        low = index if octave == 0 else (128 + index % 128) * width
        yield low + (width - 1) // 2, times


def add_virtual(parts, result, seconds):
    for it in result["series"]:
        if it["kind"] == "journey":
            total = it["total"]
            part = parts.setdefault(it["subject"], Part())
            part.add(total["count"], seconds - WARM_UP, buckets_of_virtual(total["histogram"]))


def add_live(parts, result, seconds):
    seen = {"visitors": result["total"]}
    for journey in result["loads"][0]["journeys"]:
        seen[f"{journey['name']} of visitors"] = journey["requests"]
    for name, it in seen.items():
        parts.setdefault(name, Part()).add(it["requests"], seconds - WARM_UP, it["latency"]["buckets"])


def difference(one, other):
    return abs(one - other) / other * 100 if other else 0.0


class Agreement:
    """Carries both out in one folder."""

    def __init__(self, folder, programs, pinned, free_port, seconds):
        self.folder, self.programs, self.pinned = folder, programs, pinned
        self.free_port, self.seconds = free_port, seconds

    def write(self, loop, utilisation, seed):
        """A folder with both files; the port of the server that they name."""
        arrivals, pause = arrivals_of(loop, utilisation)
        port = self.free_port()
        folder = os.path.join(self.folder, f"{loop}-{utilisation}-{seed}")
        os.makedirs(folder)
        common = {"port": port, "seconds": self.seconds, "seed": seed, "warm_up": WARM_UP}
        times = {path.strip("/"): time for path, time in TIMES.items()}
        for name, text in {
                "load.yaml": LOAD.format(arrivals=arrivals, pause=pause, between=PAUSE, **common),
                "scenario.yaml": SCENARIO.format(**times, workers=WORKERS, **common)}.items():
            with open(os.path.join(folder, name), "w", encoding="utf-8") as file:
                file.write(text)
        return folder, port

    def run_virtual(self, folder):
        target = os.path.join(folder, "virtual.json")
        subprocess.run([self.programs["shaketable"], "run", f"{folder}/scenario.yaml", "-q",
                        "--json", target], check=True)
        with open(target, encoding="utf-8") as file:
            return json.load(file)

    def start_server(self, port):
        server = subprocess.Popen(
            self.pinned(-1) + [sys.executable, f"{HERE}/known_server.py", str(port), str(WORKERS)] +
            [f"{path}={time}" for path, time in TIMES.items()])
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return server
            except OSError:
                if server.poll() is not None:
                    sys.exit("agreement.py: the server does not start")
                time.sleep(0.05)

    def run_live(self, cases):
        servers, loads = [], []
        try:
            for _, port in cases:
                servers.append(self.start_server(port))
            for folder, _ in cases:
                loads.append(subprocess.Popen(
                    self.pinned(0) + [self.programs["shaketable-load"], f"{folder}/load.yaml", "-q",
                                      "--json", f"{folder}/live.json"]))
            if any(load.wait() for load in loads):
                sys.exit("agreement.py: a load did not end well")
        finally:
            for process in loads + servers:
                process.kill()
                process.wait()
        results = []
        for folder, _ in cases:
            with open(f"{folder}/live.json", encoding="utf-8") as file:
                results.append(json.load(file))
        return results

    def compare(self, loop, utilisation):
        """True if both agree; prints what each says."""
        cases = [self.write(loop, utilisation, seed) for seed in SEEDS]
        virtual, live, busy = {}, {}, 0
        for folder, _ in cases:
            result = self.run_virtual(folder)
            add_virtual(virtual, result, self.seconds)
            busy += result["services"][0]["utilisation_ppm"] / 1e6 / len(cases)
        for result in self.run_live(cases):
            add_live(live, result, self.seconds)
        good = True
        for name, wanted in virtual.items():
            seen = live[name]
            p50, p99 = wanted.percentile_ms(0.5), wanted.percentile_ms(0.99)
            live_p50, live_p99 = seen.percentile_ms(0.5), seen.percentile_ms(0.99)
            off = (difference(seen.rate(), wanted.rate()), difference(live_p50, p50),
                   difference(live_p99, p99))
            holds = off[0] <= 2 and off[1] <= 5 and off[2] <= 5
            good &= holds
            print(f"  {'holds ' if holds else 'MISSED'} {loop:<6} {busy:4.2f} {name:<20}"
                  f" {wanted.rate():7.2f}/s {seen.rate():7.2f}/s {off[0]:4.1f} % |"
                  f" p50 {p50:7.2f} {live_p50:7.2f} ms {off[1]:4.1f} % |"
                  f" p99 {p99:7.2f} {live_p99:7.2f} ms {off[2]:4.1f} %", flush=True)
        return good


def bench(folder, programs, pinned, free_port, seconds):
    print(f"\nverdict loop   busy part                   virtual      live  off |"
          f"       virtual    live      off |       virtual    live      off   ({len(SEEDS)} times {seconds} s each; "
          "limits: 2 % of throughput, 5 % of p50 and p99)")
    agreement = Agreement(folder, programs, pinned, free_port, seconds)
    good = True
    for loop in ("open", "closed"):
        for utilisation in (0.3, 0.6, 0.8):
            good &= agreement.compare(loop, utilisation)
    return good
