"""One journey file in virtual time and live, against a server with known service times.

Both worlds read the same file with the same seed. What must hold at utilisations 0.3, 0.6 and 0.8:
throughput within 2 %, p50 and p99 within 5 %, of all requests and of each journey.
"""
import json
import os
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
TIMES = {"/list": 12, "/item": 20, "/cart": 40}  # milliseconds
WORKERS = 4  # of the server
MEAN = 0.7 * (TIMES["/list"] + TIMES["/item"]) + 0.3 * TIMES["/cart"]  # of a run
PAUSE = 100  # milliseconds between the two requests of a visit
THINK = 600  # milliseconds, of the closed loop's workers

LOAD = """name: known
target: http://127.0.0.1:{port}
run: {{duration: {seconds}s, warm_up: 3s, seed: {seed}}}
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
run: {{duration: {seconds}s, warm_up: 3s, seed: {seed}}}
load: load.yaml
"""


def arrivals_of(loop, utilisation):
    if loop == "open":
        return f"rate: {utilisation * WORKERS * 1e3 / MEAN:.3f}/s", ""
    # Workers that keep one server so busy: with their pause nearly all of their time.
    cycle = THINK + 0.7 * PAUSE + MEAN
    return f"workers: {round(utilisation * WORKERS * cycle / MEAN)}", f", {{think: {THINK}ms}}"


def figures_of_virtual(result, seconds):
    series = {it["subject"]: it["total"] for it in result["series"] if it["kind"] == "journey"}
    return {name: (it["count"] / (seconds - 3), it["p50_ns"] / 1e6, it["p99_ns"] / 1e6)
            for name, it in series.items()}


def figures_of_live(result, seconds):
    parts = {"visitors": result["total"]}
    for journey in result["loads"][0]["journeys"]:
        parts[f"{journey['name']} of visitors"] = journey["requests"]
    return {name: (it["requests"] / (seconds - 3), it["latency"]["p50_ns"] / 1e6,
                   it["latency"]["p99_ns"] / 1e6) for name, it in parts.items()}


def difference(one, other):
    return abs(one - other) / other * 100 if other else 0.0


class Agreement:
    """Carries both out in one folder."""

    def __init__(self, folder, programs, pinned, port, seconds):
        self.folder, self.programs, self.pinned = folder, programs, pinned
        self.port, self.seconds = port, seconds

    def write(self, loop, utilisation, seed):
        arrivals, pause = arrivals_of(loop, utilisation)
        common = {"port": self.port, "seconds": self.seconds, "seed": seed}
        times = {path.strip("/"): time for path, time in TIMES.items()}
        for name, text in {
                "load.yaml": LOAD.format(arrivals=arrivals, pause=pause, between=PAUSE, **common),
                "scenario.yaml": SCENARIO.format(**times, workers=WORKERS, **common)}.items():
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as file:
                file.write(text)

    def virtual(self):
        target = os.path.join(self.folder, "virtual.json")
        subprocess.run([self.programs["shaketable"], "run", f"{self.folder}/scenario.yaml", "-q",
                        "--json", target], check=True)
        with open(target, encoding="utf-8") as file:
            result = json.load(file)
        return figures_of_virtual(result, self.seconds), result["services"][0]["utilisation_ppm"]

    def live(self):
        server = subprocess.Popen(
            self.pinned(-1) + [sys.executable, f"{HERE}/known_server.py", str(self.port),
                               str(WORKERS)] +
            [f"{path}={time}" for path, time in TIMES.items()])
        try:
            while True:
                try:
                    socket.create_connection(("127.0.0.1", self.port), 1).close()
                    break
                except OSError:
                    if server.poll() is not None:
                        sys.exit("agreement.py: the server does not start")
                    time.sleep(0.05)
            done = subprocess.run(
                self.pinned(0) + [self.programs["shaketable-load"], f"{self.folder}/load.yaml",
                                  "-q", "--json", "-"],
                stdout=subprocess.PIPE, text=True, check=True)
        finally:
            server.kill()
            server.wait()
        return figures_of_live(json.loads(done.stdout), self.seconds)

    def compare(self, loop, utilisation, seed):
        """True if both agree; prints what each says."""
        self.write(loop, utilisation, seed)
        virtual, busy = self.virtual()
        live = self.live()
        good = True
        for name, (rate, p50, p99) in virtual.items():
            live_rate, live_p50, live_p99 = live[name]
            off = (difference(live_rate, rate), difference(live_p50, p50),
                   difference(live_p99, p99))
            holds = off[0] <= 2 and off[1] <= 5 and off[2] <= 5
            good &= holds
            print(f"  {'holds ' if holds else 'MISSED'} {loop:<6} {busy / 1e6:4.2f} {name:<20}"
                  f" {rate:7.2f}/s {live_rate:7.2f}/s {off[0]:4.1f} % |"
                  f" p50 {p50:7.2f} {live_p50:7.2f} ms {off[1]:4.1f} % |"
                  f" p99 {p99:7.2f} {live_p99:7.2f} ms {off[2]:4.1f} %", flush=True)
        return good


def bench(folder, programs, pinned, port, seconds):
    print(f"\nverdict loop   busy part                   virtual      live  off |"
          f"       virtual    live      off |       virtual    live      off   ({seconds} s each; "
          "limits: 2 % of throughput, 5 % of p50 and p99)")
    agreement = Agreement(folder, programs, pinned, port, seconds)
    good = True
    for loop in ("open", "closed"):
        for utilisation in (0.3, 0.6, 0.8):
            good &= agreement.compare(loop, utilisation, seed=1)
    return good
