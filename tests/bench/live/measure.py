"""What is measured of one proxy, in the units of the issue."""
import glob
import os
import pathlib
import re
import resource
import subprocess
import sys
import threading
import time

from programs import BACKEND, HERE, PORTS

RATE = 2000  # Poisson arrivals a second, for latency


def tree(roots):
    children = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        try:
            text = pathlib.Path(path).read_text()
        except OSError:
            continue
        parent = int(text[text.rindex(")") + 2:].split()[1])
        children.setdefault(parent, []).append(int(text.split()[0]))
    found, todo = [], list(roots)
    while todo:
        pid = todo.pop()
        found.append(pid)
        todo += children.get(pid, [])
    return found


def on_cpu(processes):
    """Nanoseconds that the process trees have been on a CPU."""
    total = 0
    for pid in tree([p.pid for p in processes]):
        for task in glob.glob(f"/proc/{pid}/task/*/schedstat"):
            try:
                total += int(pathlib.Path(task).read_text().split()[0])
            except OSError:
                pass
    return total


def resident(processes):
    total = 0
    for pid in tree([p.pid for p in processes]):
        try:
            total += int(re.search(r"Rss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text())[1])
        except OSError:
            pass
    return total * 1024


def pin(processes, cpu):
    for pid in tree([p.pid for p in processes]):
        for task in glob.glob(f"/proc/{pid}/task/*"):
            try:
                os.sched_setaffinity(int(pathlib.Path(task).name), {cpu})
            except OSError:
                pass


def run(*arguments, cpu=1):
    return subprocess.run(["taskset", "-c", str(cpu), *map(str, arguments)], capture_output=True, text=True).stdout


def complaint(output):
    """The lines of a load generator that tell what went wrong."""
    return "; ".join(line.strip() for line in output.splitlines()
                     if re.search(r"Non-2xx|Socket errors|failed|status codes", line))


def wrk(port, seconds, tls=False):
    out = run("wrk", "-t1", "-c64", f"-d{seconds}s", f"{'https' if tls else 'http'}://127.0.0.1:{port}/k")
    if "Non-2xx" in out or "Socket errors" in out:
        print(f"  errors on port {port}: {complaint(out)}", file=sys.stderr)
    return int(re.search(r"(\d+) requests in", out)[1])


def h2load(port, seconds, tls=False):
    out = run("h2load", "-t1", "-c4", "-m16", f"-D{seconds}", "--warm-up-time=0",
              f"{'https' if tls else 'http'}://127.0.0.1:{port}/k")
    match = re.search(r"(\d+) succeeded, (\d+) failed", out)
    if int(match[2]) > 100:
        print(f"  errors on port {port}: {complaint(out)}", file=sys.stderr)
    return int(match[1])


def handshakes(port, folder):
    out = run("ab", "-q", "-n", "3000", "-c", "16", "-f", "TLS1.3", "-E", f"{folder}/client.both.pem",
              f"https://127.0.0.1:{port}/k")
    return int(re.search(r"Complete requests:\s+(\d+)", out)[1])


def idle(processes, port, tls, count=4000):
    """Bytes of resident memory a connection that has had one request and waits."""
    before = resident(processes)
    helper = subprocess.Popen(["taskset", "-c", "1", sys.executable, str(HERE / "idle.py"), str(port),
                               str(count), "tls" if tls else "plain"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    opened = int(helper.stdout.readline())
    threading.Event().wait(3)  # what is released after a moment of idleness is released
    after = resident(processes)
    helper.stdin.close()
    helper.wait()
    return (after - before) / max(opened, 1)


def microseconds(processes, load):
    """CPU a request, and requests a second."""
    cpu, began = on_cpu(processes), time.monotonic()
    count = max(load(), 1)
    return (on_cpu(processes) - cpu) / 1000 / count, count / (time.monotonic() - began)


def system_calls(processes, port, seconds):
    """System calls a request. strace makes a proxy slower, so that less is found ready at a time."""
    pids = [word for pid in tree([p.pid for p in processes]) for word in ("-p", str(pid))]
    tracer = subprocess.Popen(["strace", "-f", "-c", "-o", "/dev/stderr", *pids], stderr=subprocess.PIPE,
                              stdout=subprocess.DEVNULL, text=True)
    time.sleep(0.5)  # it attaches
    count = wrk(port, seconds)
    tracer.terminate()
    total = re.search(r"^100\.00\s+\S+\s+(?:\d+\s+)?(\d+)", tracer.communicate()[1], re.M)
    return int(total[1]) / max(count, 1)


def latency(program, port, seconds, tls=False):
    """The median from the moment when a request was due, everything on CPU 0."""
    out = run(program, port, RATE, seconds, "tls" if tls else "plain", cpu=0).split()
    if len(out) != 4 or int(out[3]) > 0:
        print(f"  port {port}: {' '.join(out)}", file=sys.stderr)
    return float(out[0])


def added_latency(program, origin, port, seconds, tls):
    """What a proxy adds to the median of the origin's answers."""
    pin(origin, 0)
    try:
        through = latency(program, port, seconds, tls)
        return through - latency(program, BACKEND, seconds)
    finally:
        pin(origin, 1)


def milliseconds_to_load(proxy, folder):
    """CPU time of a program that reads 1,000 clusters and 10,000 routes, checks them and ends."""
    lines = ["listen: 127.0.0.1:1", "clusters:"]
    lines += [f"  c{i}: {{endpoints: [127.0.0.1:{2000 + i}, 127.0.0.1:{3000 + i}]}}" for i in range(1000)]
    lines.append("routes:")
    lines += [f"  - {{match: {{prefix: /a{i}/}}, to: c{i % 1000}, timeout: 3s}}" for i in range(10000)]
    path = folder / "large.yaml"
    path.write_text("\n".join(lines) + "\n")
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([proxy, "check", path], check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return 1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
