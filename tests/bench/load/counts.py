"""The same scenario by Molotov and by shaketable-load: what the server has seen, and what each says.

Counts that the options decide are equal; those that weights decide are within 3.5 standard deviations
of what they should be, in both.
"""
import collections
import http.server
import json
import math
import os
import re
import subprocess
import threading

HERE = os.path.dirname(os.path.abspath(__file__))
WEIGHTS = {"/browse": 0.6, "/buy": 0.3, "/fail": 0.1}
LOAD = """load:
  molotov:
    workers: 1
    scenarios:
      browse: {weight: 60, steps: [GET /browse]}
      buy: {weight: 30, steps: [GET /buy, GET /paid]}
      fail: {weight: 10, steps: [GET /fail]}
"""
# Options, runs that they decide (None: what weights decide ends it), and whether each scenario has its
# share by weight.
CASES = [
    (["-w", "4", "-r", "100"], 400, True),
    (["-w", "2", "-r", "50", "-p", "2"], 200, True),
    (["-w", "3", "--single-run"], 9, False),
    (["-w", "2", "-r", "40", "-s", "buy"], 80, False),
    (["-w", "2", "-r", "3", "--ramp-up", "0.4", "--delay", "0.05"], 6, False),
]


class Counter(http.server.ThreadingHTTPServer):
    """Counts requests by path; /fail is answered with 500."""

    daemon_threads = True

    def __init__(self):
        self.seen, self.lock = collections.Counter(), threading.Lock()
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def take(self):
        with self.lock:
            seen, self.seen = self.seen, collections.Counter()
        return seen


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):  # pylint: disable=invalid-name
        with self.server.lock:
            self.server.seen[self.path] += 1
        self.send_response(500 if self.path == "/fail" else 200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


def run_molotov(command, url, options):
    done = subprocess.run(command + options + [f"{HERE}/molotov_counts.py"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
                          env=dict(os.environ, TARGET=url, PYTHONWARNINGS="ignore"))
    told = re.findall(r"SUCCESSES: (\d+) \| FAILURES: (\d+)", done.stdout)
    return tuple(map(int, told[-1])) if told else None


def run_ours(load, file, url, options):
    done = subprocess.run([load, file, "--target", url, "-q", "--json", "-", *options],
                          stdout=subprocess.PIPE, text=True, timeout=60, check=False)
    journeys = json.loads(done.stdout)["loads"][0]["journeys"]
    failed = sum(it["failed"] for it in journeys)
    return sum(it["runs"] for it in journeys) - failed, failed


def has_weights(seen, runs):
    return all(abs(seen[path] - runs * share) <= 3.5 * math.sqrt(runs * share * (1 - share))
               for path, share in WEIGHTS.items())


def bench(folder, load, molotov, verdict):
    file = os.path.join(folder, "counts.yaml")
    with open(file, "w", encoding="utf-8") as out:
        out.write(LOAD)
    server = Counter()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    good = True
    for options, runs, by_weight in CASES:
        theirs = run_molotov(molotov, url, options)
        seen_theirs = server.take()
        ours = run_ours(load, file, url, options)
        seen_ours = server.take()
        holds = theirs is not None and sum(theirs) == sum(ours) == runs
        for said, seen in ((theirs, seen_theirs), (ours, seen_ours)):
            holds = holds and said[1] == seen["/fail"] and seen["/paid"] == seen["/buy"]
            holds = holds and (not by_weight or has_weights(seen, runs))
        if not by_weight and "--delay" not in options:
            holds = holds and seen_theirs == seen_ours
        good &= verdict(f"counts of {' '.join(options)}", holds,
                        f"Molotov (ok, failed) {theirs}, ours {ours}, {runs} wanted; seen "
                        f"{dict(sorted(seen_theirs.items()))}, {dict(sorted(seen_ours.items()))}")
    server.shutdown()
    return good
