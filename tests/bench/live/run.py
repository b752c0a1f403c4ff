#!/usr/bin/env python3
"""Our proxy beside nginx, haproxy and nghttpx: CPU a request, in one run, as medians and ratios.

Every proxy has one worker, pinned to CPU 0; nginx as the backend (1 KiB, keep-alive) and the load
generator share CPU 1. CPU a request is the time that the proxy's process tree was on a CPU over the
requests that were answered: it holds on a machine that others use, requests a second do not.

    ./dev bench live [--rounds 5] [--seconds 3] [--modes h1,h2c,...] [--only ours,nginx]
"""
import argparse
import glob
import os
import pathlib
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

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent.parent
PROXY = ROOT / "build/release/bin/shaketable-proxy"
PEERS = ("nginx", "haproxy", "nghttpx", "ours")
MODES = ("h1", "tls", "h2c", "tlsh2", "chain", "handshake", "idle", "idletls")
# The targets, microseconds a request (bytes a connection for idle ones).
WANTED = {"h1": 12, "tls": 16, "h2c": 9, "tlsh2": 10, "chain": 36, "handshake": 950,
          "idle": 2048, "idletls": 18432}
BACKEND = 28001
PORTS = {name: {mode: 28100 + 20 * i + j for j, mode in enumerate(("h1", "h2c", "tls", "mtls", "chain", "inner"))}
         for i, name in enumerate(PEERS)}


def serves(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(port, what):
    pause = threading.Event()
    end = time.monotonic() + 10
    while not serves(port):
        if time.monotonic() > end:
            sys.exit(f"{what} does not serve on port {port}")
        pause.wait(0.02)


def make_certificates(folder):
    """A P-256 authority, a server's and a client's certificate with SPIFFE ids."""
    def openssl(*arguments):
        subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, cwd=folder)
    openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
            "ca.key", "-out", "ca.pem", "-days", "30", "-subj", "/CN=bench",
            "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    for name in ("server", "client"):
        openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout",
                f"{name}.key", "-out", f"{name}.csr", "-subj", "/O=bench")
        (folder / "extensions").write_text(
            f"subjectAltName=critical,URI:spiffe://mesh.test/{name},DNS:localhost,IP:127.0.0.1\n"
            "keyUsage=critical,digitalSignature\nextendedKeyUsage=serverAuth,clientAuth\n"
            "basicConstraints=critical,CA:FALSE\n")
        openssl("x509", "-req", "-in", f"{name}.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "30", "-out", f"{name}.pem", "-extfile", "extensions")
        (folder / f"{name}.both.pem").write_text(
            (folder / f"{name}.pem").read_text() + (folder / f"{name}.key").read_text())


def configurations(folder):
    """Writes what each program reads; returns their command lines."""
    values = {"folder": folder, "backend": BACKEND}
    commands = {}
    for name in PEERS:
        ports = PORTS[name]
        for source in sorted((HERE / "conf").glob(f"{name}*")):
            text = source.read_text()
            for key, value in {**values, **ports}.items():
                text = text.replace(f"@{key}@", str(value))
            (folder / source.name).write_text(text)
    def nghttpx(*arguments):
        return ["nghttpx", "--conf=/dev/null", "-n1", "--backlog=4096", "--accesslog-file=/dev/null",
                "--errorlog-file=/dev/null", "--no-ocsp", "--tls-min-proto-version=TLSv1.3",
                "--backend-keep-alive-timeout=600s", "--frontend-keep-alive-timeout=600s",
                "--frontend-read-timeout=600s", "--frontend-http2-read-timeout=600s",
                "--backend-read-timeout=600s", "--rlimit-nofile=20000", *arguments]
    p = PORTS["nghttpx"]
    mutual = ["--verify-client", f"--verify-client-cacert={folder}/ca.pem"]
    key = [f"{folder}/server.key", f"{folder}/server.pem"]
    commands["nghttpx"] = [
        nghttpx(f"-f127.0.0.1,{p['h1']};no-tls", f"-f127.0.0.1,{p['tls']}", f"-b127.0.0.1,{BACKEND}", *key),
        nghttpx(f"-f127.0.0.1,{p['mtls']}", f"-f127.0.0.1,{p['inner']}", f"-b127.0.0.1,{BACKEND}", *mutual, *key),
        nghttpx(f"-f127.0.0.1,{p['chain']};no-tls", f"-b127.0.0.1,{p['inner']};;tls;sni=localhost",
                f"--cacert={folder}/ca.pem", f"--client-private-key-file={folder}/client.key",
                f"--client-cert-file={folder}/client.pem"),
    ]
    commands["nginx"] = [["nginx", "-c", f"{folder}/nginx.conf", "-p", f"{folder}"]]
    commands["haproxy"] = [["haproxy", "-db", "-f", f"{folder}/haproxy.cfg"]]
    commands["ours"] = [[str(PROXY), "run", f"{folder}/ours.yaml", "--log-level", "error"],
                        [str(PROXY), "run", f"{folder}/ours-inner.yaml", "--log-level", "error"]]
    commands["backend"] = [["nginx", "-c", f"{folder}/nginx-backend.conf", "-p", f"{folder}"]]
    return commands


def start(commands, cpu, folder):
    log = open(folder / "programs.log", "a")
    return [subprocess.Popen(["taskset", "-c", str(cpu), *c], stdout=log, stderr=log) for c in commands]


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


def run(*arguments):
    return subprocess.run(["taskset", "-c", "1", *map(str, arguments)], capture_output=True, text=True).stdout


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


def measure(mode, name, processes, seconds, folder):
    ports = PORTS[name]
    if mode in ("idle", "idletls"):
        return idle(processes, ports["h1" if mode == "idle" else "tls"], mode == "idletls")
    before = on_cpu(processes)
    if mode == "h1":
        count = wrk(ports["h1"], seconds)
    elif mode == "tls":
        count = wrk(ports["tls"], seconds, tls=True)
    elif mode == "h2c":
        # nginx and haproxy have a port of its own for it, the others tell by the preface.
        count = h2load(ports["h2c" if name in ("nginx", "haproxy") else "h1"], seconds)
    elif mode == "tlsh2":
        count = h2load(ports["tls"], seconds, tls=True)
    elif mode == "chain":
        count = wrk(ports["chain"], seconds)
    else:
        count = handshakes(ports["mtls"], folder)
    return (on_cpu(processes) - before) / 1000 / max(count, 1)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=3)
    parser.add_argument("--modes", default=",".join(MODES))
    parser.add_argument("--only", default=",".join(PEERS))
    parser.add_argument("--program", type=pathlib.Path, default=PROXY, help="our proxy")
    options = parser.parse_args()
    globals()["PROXY"] = options.program
    names = [n for n in PEERS if n in options.only.split(",")]
    modes = [m for m in MODES if m in options.modes.split(",")]
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))

    folder = pathlib.Path(tempfile.mkdtemp(prefix="shaketable-bench-"))
    processes = {}
    try:
        folder.chmod(0o755)  # nginx's worker is another user
        make_certificates(folder)
        (folder / "www").mkdir()
        (folder / "www/k").write_bytes(b"x" * 1024)
        commands = configurations(folder)
        processes["backend"] = start(commands["backend"], 1, folder)
        wait_for(BACKEND, "the backend")
        for name in names:
            processes[name] = start(commands[name], 0, folder)
        for name in names:
            for port in ("h1", "tls", "mtls", "chain"):
                wait_for(PORTS[name][port], f"{name} ({folder}/programs.log)")
        figures = {}
        for round_number in range(options.rounds):
            for mode in modes:
                if mode.startswith("idle") and round_number > 0:
                    continue
                for name in names[round_number % len(names):] + names[:round_number % len(names)]:
                    figure = measure(mode, name, processes[name], options.seconds, folder)
                    figures.setdefault((mode, name), []).append(figure)
        print(f"{'':12}" + "".join(f"{n:>10}" for n in names) + f"{'wanted':>10}   ours/best peer")
        for mode in modes:
            medians = {n: statistics.median(figures[mode, n]) for n in names}
            peers = [v for n, v in medians.items() if n != "ours"]
            ratio = f"{medians['ours'] / min(peers):.2f}" if peers and "ours" in medians else ""
            print(f"{mode:12}" + "".join(f"{medians[n]:10.1f}" for n in names) + f"{WANTED[mode]:10}   {ratio}")
        print("microseconds of CPU a request (handshake: one connection); bytes a connection for idle ones")
    finally:
        for group in processes.values():
            for process in group:
                for pid in tree([process.pid]):
                    try:
                        os.kill(pid, signal.SIGTERM)
                    except ProcessLookupError:
                        pass
                try:
                    process.wait(3)
                except subprocess.TimeoutExpired:
                    process.kill()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
