#!/usr/bin/env python3
"""Mixed load on two sidecars with faults, reloads and certificate rotation; watches memory and
descriptors of both.

    tests/soak/soak.py [--minutes 10] [--program build/release/bin/shaketable-proxy]

HTTP/1.1 and HTTP/2 clients, uploads, clients that go away in the middle, an upstream that fails now
and then; every few seconds a fault is switched on or off, the configuration is loaded again, or the
workloads get new certificates. Fails (exit code 1) when a proxy ends, when its memory grows by more
than --slope MiB an hour and half a MiB in all, or when it has more descriptors at the end than after
the warm-up.
"""
import argparse
import json
import os
import pathlib
import random
import signal
import subprocess
import sys
import threading
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
sys.path.insert(0, str(ROOT / "tests/integration"))


# A heap grows by this and comes back: only an hour tells a smaller slope from chance.
HEAP_GRAIN_MIB = 0.5


def resident_kib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS"))


def descriptors(pid):
    return len(os.listdir(f"/proc/{pid}/fd"))


def slope(samples):
    """Least squares, MiB an hour, of (seconds, KiB)."""
    count = len(samples)
    mean_x = sum(x for x, _ in samples) / count
    mean_y = sum(y for _, y in samples) / count
    spread = sum((x - mean_x) ** 2 for x, _ in samples) or 1
    return sum((x - mean_x) * (y - mean_y) for x, y in samples) / spread * 3600 / 1024


def floors(samples, windows=12):
    """The least of each stretch of time: what is always held, without what is only just in use."""
    size = max(len(samples) // windows, 1)
    return [min(samples[i:i + size], key=lambda sample: sample[1]) for i in range(0, len(samples) - size + 1, size)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--slope", type=float, default=1.0, help="MiB an hour that may be")
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/bin/shaketable-proxy")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    os.environ["SHAKETABLE_BIN"] = str(options.program.resolve().parent)
    import harness
    import test_mtls

    dice = random.Random(options.seed)
    over = threading.Event()
    pause = threading.Event()

    with harness.Stack() as stack:
        folder = test_mtls.make_certificates(stack, "front", "backend")
        upstream = stack.nginx("location /bad { return 503 'no'; } location / { return 200 'hello'; }"
                               " location /big { root /usr/bin; try_files /openssl =404; }")
        caller, callee, port, _ = test_mtls.pair(stack, folder, upstream)

        def load(*command):
            while not over.is_set():
                subprocess.run(list(map(str, command)), capture_output=True)

        def leave():
            while not over.is_set():
                try:
                    with harness.socket.create_connection(("127.0.0.1", port), timeout=5) as client:
                        client.sendall(b"POST /up HTTP/1.1\r\nHost: backend\r\nContent-Length: 100000\r\n\r\nabc")
                        pause.wait(0.05)
                except OSError:
                    pause.wait(0.1)

        body = stack.file("body", "x" * 300_000)
        url = f"http://127.0.0.1:{port}"
        for command in (["h2load", "-c4", "-m10", "-D5", "--header=host: backend", f"{url}/"],
                        ["curl", "-s", "-o", "/dev/null", "-H", "host: backend", f"{url}/[1-50]"],
                        ["curl", "-s", "-o", "/dev/null", "-H", "host: backend", f"{url}/bad/[1-20]"],
                        ["curl", "-s", "-o", "/dev/null", "-H", "host: backend", f"{url}/big"],
                        ["curl", "-s", "-o", "/dev/null", "-H", "host: backend", "--data-binary", f"@{body}", f"{url}/up"]):
            threading.Thread(target=load, args=command, daemon=True).start()
        threading.Thread(target=leave, daemon=True).start()

        samples = {caller.pid: [], callee.pid: []}
        files = {caller.pid: [], callee.pid: []}
        begin = time.monotonic()
        end = begin + options.minutes * 60
        while time.monotonic() < end:
            pause.wait(2)
            act = dice.randrange(8)
            if act == 0:
                caller.post("/faults", json.dumps({"all": True, "abort": {"percent": 5, "status": 503},
                                                   "delay": {"percent": 5, "duration": "20ms"}, "for": "3s"}))
            elif act == 1:
                os.kill(dice.choice((caller, callee)).pid, signal.SIGHUP)
            elif act == 2:
                test_mtls.make_certificates(stack, "front", "backend", options=["--force"])
            for proxy in (caller, callee):
                if proxy.process.poll() is not None:
                    print(f"a proxy ended with {proxy.process.returncode}")
                    return 1
                samples[proxy.pid].append((time.monotonic() - begin, resident_kib(proxy.pid)))
                files[proxy.pid].append(descriptors(proxy.pid))
        requests = caller.stat("cluster.backend.upstream_rq_total")
        over.set()

        good = requests > 0
        for name, proxy in (("caller", caller), ("callee", callee)):
            late = samples[proxy.pid][len(samples[proxy.pid]) // 3:]
            counts = files[proxy.pid]
            warm = max(counts[len(counts) // 3:2 * len(counts) // 3])
            last = min(counts[-5:])
            growth = slope(floors(late))
            hours = (late[-1][0] - late[0][0]) / 3600
            kept = growth * hours <= max(options.slope * hours, HEAP_GRAIN_MIB) and last <= warm
            good = good and kept
            print(f"{name}: {late[0][1] / 1024:.1f} -> {late[-1][1] / 1024:.1f} MiB, {growth:+.2f} MiB/hour; "
                  f"descriptors {warm} -> {last}; {'ok' if kept else 'GROWS'}")
        print(f"{requests} requests in {options.minutes} minutes; "
              f"reloads {json.loads(callee.get('/server_info'))['config']}")
        return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
