"""Starts real programs around the proxy on free ports of 127.0.0.1, and ends them by process id.

Every test gets a Stack: a temporary folder and the processes that it started. Nothing waits for a
time to pass: whoever has to wait asks until the answer is there, up to a deadline.
"""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROXY = pathlib.Path(os.environ.get("SHAKETABLE_BIN", ROOT / "build/release/bin")) / "shaketable-proxy"
PATIENCE = 60  # seconds, for machines that are very busy


def need(*programs):
    """Skips a test when a program of Debian's is missing; tests/integration/README.md names its
    package."""
    missing = [p for p in programs if shutil.which(p) is None]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


def need_module(*names):
    """Skips a test when a Python package of Debian's is missing."""
    import importlib.util
    missing = [n for n in names if importlib.util.find_spec(n) is None]
    return unittest.skipIf(missing, f"not installed: {', '.join(missing)}")


_given = []  # what reserves this process's ports, until it ends


def _reserve(port):
    """Whether the port is this process's alone, among all that use this harness at the same time."""
    mark = socket.socket(socket.AF_UNIX)
    try:
        mark.bind(f"\0shaketable-test-port-{port}")
    except OSError:
        mark.close()
        return False
    _given.append(mark)
    return True


def free_port():
    """A port that nobody listens on, and nobody will but who asked for it: no other test gets it,
    and it lies below those that the kernel gives to outgoing connections and to servers that ask
    for any."""
    while True:
        port = random.randrange(12000, 32000)
        if _reserve(port) and not accepts(port):
            return port


def wait_until(condition, what):
    """Asks again and again until it holds."""
    pause = threading.Event()
    end = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE} s for {what}")
        pause.wait(0.01)


def answers(url, status, *arguments):
    """Whether curl gets this status now; not when it gets no answer at all."""
    try:
        return status_of(*arguments, url)[0] == status
    except AssertionError:
        return False


def accepts(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Stack:
    """What one test has started."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="shaketable-integration-"))
        self.processes = []
        self.exits = contextlib.ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.exits.close()
        for process in reversed(self.processes):
            if process.poll() is None:
                process.terminate()
        for process in self.processes:
            try:
                process.wait(5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        if error[0] is not None:
            for log in sorted(self.folder.glob("*.log")):
                text = log.read_text(errors="replace")
                if text:
                    print(f"--- {log.name}\n{text[-4000:]}", file=sys.stderr)
        try:
            if error[0] is None:
                self.check_what_is_left()
        finally:
            shutil.rmtree(self.folder, ignore_errors=True)

    def check_what_is_left(self):
        """Looks at the folder of a test that went well, once all processes have ended."""

    def file(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return path

    def start(self, name, command, ready=None, **options):
        """Starts a program; waits until `ready` (a port, or a function) says that it serves."""
        log = self.exits.enter_context(
            open(self.folder / f"{name}-{len(self.processes)}.log", "w"))
        process = subprocess.Popen([str(c) for c in command], stdout=log, stderr=log,
                                   cwd=self.folder, **options)
        self.processes.append(process)
        condition = (lambda: accepts(ready)) if isinstance(ready, int) else ready
        if condition is not None:
            wait_until(lambda: process.poll() is not None or condition(), f"{name} to serve")
            if process.poll() is not None:
                log.flush()
                raise AssertionError(f"{name} ended with {process.returncode}: "
                                     + pathlib.Path(log.name).read_text())
        return process

    def nginx(self, server, http=""):
        """An nginx with one server block's content; returns its port."""
        port = free_port()
        folder = self.folder / f"nginx-{port}"
        (folder / "www").mkdir(parents=True)
        conf = folder / "nginx.conf"
        conf.write_text(f"""
daemon off; master_process off; worker_processes 1; pid {folder}/pid; error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
  fastcgi_temp_path {folder}/f; uwsgi_temp_path {folder}/u; scgi_temp_path {folder}/s;
  client_max_body_size 1g; keepalive_requests 1000000; {http}
  server {{ listen 127.0.0.1:{port}; root {folder}/www; {server} }}
}}
""")
        self.start("nginx", ["nginx", "-c", conf, "-p", folder], port)
        return port

    def proxy(self, config, *options, **keywords):
        """A shaketable-proxy on this file; returns a Proxy."""
        admin = free_port()
        path = self.file(f"proxy-{admin}.yaml", config)
        return Proxy(self, path, admin, options, **keywords)

    def server(self, handle):
        """A TCP server in a thread: `handle(socket)` for every connection. Returns its port."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.exits.callback(listener.close)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                threading.Thread(target=_serve_one, args=(handle, connection), daemon=True).start()

        threading.Thread(target=serve, daemon=True).start()
        return listener.getsockname()[1]


class JournaledStack(Stack):
    """Its proxies keep journals: when the test is over, a fresh core must answer all that came on the
    sockets with the same actions."""

    def proxy(self, config, *options, **keywords):
        journal = self.folder / f"{len(self.processes)}.journal"
        return super().proxy(config, "--journal", journal, *options, **keywords)

    def check_what_is_left(self):
        journals = sorted(self.folder.glob("*.journal"))
        assert journals, "no proxy kept a journal"
        for journal in journals:
            done = subprocess.run([PROXY, "replay", journal], capture_output=True, text=True)
            if done.returncode != 0:
                raise AssertionError(f"{journal.name}: {done.stdout}{done.stderr}")


def _serve_one(handle, connection):
    with connection, contextlib.suppress(OSError):
        handle(connection)


def serve_grpc(stack, service, handlers):
    """A gRPC server of one service, until the stack ends; its port."""
    import grpc

    server = grpc.server(concurrent.futures.ThreadPoolExecutor(8))
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(service, handlers),))
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    stack.exits.callback(server.stop, 0)
    return port


class Proxy:
    """A running shaketable-proxy."""

    def __init__(self, stack, path, admin, options, **keywords):
        self.path = path
        self.admin = admin
        self.process = stack.start(
            "proxy", [PROXY, "run", path, "--admin", f"127.0.0.1:{admin}", *options],
            lambda: accepts(admin), **keywords)
        self.pid = self.process.pid

    def get(self, page):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.admin}{page}", timeout=PATIENCE) as answer:
            return answer.read().decode()

    def post(self, page, body=""):
        request = urllib.request.Request(f"http://127.0.0.1:{self.admin}{page}", body.encode(),
                                         method="POST")
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
            return answer.read().decode()

    def stat(self, name):
        """A counter or gauge of /stats; 0 when it is not there."""
        for line in self.get("/stats").splitlines():
            key, _, value = line.rpartition(": ")
            if key == name:
                return int(value)
        return 0

    def wait_for(self, name, value):
        """Waits until a counter or gauge is this: what a peer sees may be counted a moment later."""
        seen = []

        def reached():
            seen[:] = [self.stat(name)]
            return seen[0] == value

        try:
            wait_until(reached, f"{name} to be {value}")
        except AssertionError as error:
            raise AssertionError(f"{error}; it is {seen[0]}") from None

    def wait_for_at_least(self, name, value):
        wait_until(lambda: self.stat(name) >= value, f"{name} to be at least {value}")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(PATIENCE)


def curl(*arguments):
    """Runs curl; returns what it printed."""
    done = subprocess.run(["curl", "-sS", "--max-time", str(PATIENCE), *map(str, arguments)],
                          capture_output=True, text=True)
    if done.returncode != 0:
        raise AssertionError(f"curl: {done.stderr.strip()} ({done.returncode})")
    return done.stdout


def status_of(*arguments):
    """The status that curl gets, and the protocol version."""
    done = curl("-o", "/dev/null", "-w", "%{http_code} %{http_version}", *arguments)
    code, version = done.split()
    return int(code), version


def raw(port, data, until_closed=True):
    """Sends bytes, and returns all bytes that come until the other side closes or resets."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
        connection.sendall(data)
        received = b""
        while True:
            try:
                piece = connection.recv(65536)
            except ConnectionResetError:
                return received
            if not piece:
                return received
            received += piece
            if not until_closed and b"\r\n\r\n" in received:
                return received


def simple(upstream, extra_route="", extra_cluster="", listener="", more=""):
    """A configuration with one listener and one cluster; returns (its text, the port)."""
    port = free_port()
    return f"""
node: test
listeners:
  in: {{address: "127.0.0.1:{port}", direction: outbound{listener}}}
clusters:
  app:
    endpoints: ["127.0.0.1:{upstream}"]
{extra_cluster}
routes:
  - to: app
{extra_route}
{more}
""", port


def stats_json(proxy):
    return json.loads(proxy.get("/stats?format=json"))
