"""Hot restart, socket activation, endpoints by DNS, and journals of several workers."""
import json
import os
import signal
import socket
import subprocess
import threading
import unittest

from harness import PATIENCE, PROXY, Stack, accepts, curl, free_port, need, simple, wait_until


class Load:
    """Clients that ask all the time: one with a connection for each request, the others with
    connections that they keep until they are told to close."""

    def __init__(self, port, keepers=4):
        self.port = port
        self.stopped = threading.Event()
        self.answered = 0
        self.problems = []
        self.threads = [threading.Thread(target=self.run, args=(keep,)) for keep in
                        [False] * 2 + [True] * keepers]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *error):
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def run(self, keep):
        try:
            while not self.stopped.is_set():
                with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as connection:
                    while self.ask(connection, keep) and not self.stopped.is_set():
                        pass
        except OSError as error:
            self.problems.append(repr(error))

    def ask(self, connection, keep):
        """One request; whether the connection can carry another one."""
        close = "" if keep else "connection: close\r\n"
        connection.sendall(f"GET / HTTP/1.1\r\nhost: a.test\r\n{close}\r\n".encode())
        received = b""
        while not received.endswith(b"hello"):
            piece = connection.recv(65536)
            if not piece:
                raise ConnectionResetError(f"closed after {received!r}")
            received += piece
        self.answered += 1
        if not received.startswith(b"HTTP/1.1 200"):
            self.problems.append(received)
        return b"connection: close" not in received.lower()


@need("curl", "nginx")
class HotRestart(unittest.TestCase):
    def check(self, workers_before, workers_after):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            options = ["--hot-restart", stack.folder / "restart", "--concurrency"]
            old = stack.proxy(text, *options, workers_before)
            with Load(port) as load:
                wait_until(lambda: load.answered > 50, "the load")
                new = stack.proxy(text, *options, workers_after)
                self.assertEqual(old.process.wait(PATIENCE), 0)
                seen = load.answered
                wait_until(lambda: load.answered > seen + 200, "requests behind the restart")
            self.assertEqual(load.problems, [])
            self.assertEqual(new.stat("server.hot_restart_epoch"), 1)
            self.assertEqual(new.stop(), 0)
            self.assertFalse((stack.folder / "restart").exists())

    def test_no_request_is_lost(self):
        self.check(1, 1)

    def test_the_successor_may_have_fewer_workers(self):
        self.check(3, 1)

    def test_the_successor_may_have_more_workers(self):
        self.check(1, 3)

    def test_a_successor_that_cannot_start_changes_nothing(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            path = stack.folder / "restart"
            stack.proxy(text, "--hot-restart", path)
            # Its own listener is handed over, but another one cannot be opened.
            blocked = stack.nginx("location / { return 200 'x'; }")
            broken = stack.file("broken.yaml", text.replace(
                "clusters:", f'  more: {{address: "127.0.0.1:{blocked}"}}\nclusters:'))
            done = subprocess.run([PROXY, "run", broken, "--hot-restart", path],
                                  capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            self.assertTrue(path.exists())

    def test_a_restart_follows_a_restart(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            proxies = [stack.proxy(text, "--hot-restart", stack.folder / "restart")]
            for epoch in (1, 2, 3):
                proxies.append(stack.proxy(text, "--hot-restart", stack.folder / "restart"))
                self.assertEqual(proxies[-2].process.wait(PATIENCE), 0)
                self.assertEqual(proxies[-1].stat("server.hot_restart_epoch"), epoch)
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")


@need("curl", "nginx")
class Activation(unittest.TestCase):
    def test_listens_on_the_sockets_that_it_is_given(self):
        with Stack() as stack, socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
            text, _ = simple(stack.nginx("location / { return 200 'hello'; }"))
            # Found by its name, whatever the address says.
            admin = free_port()
            path = stack.file("proxy.yaml", text)
            listener.set_inheritable(True)  # it may be number 3 itself
            command = (f"export LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=in; exec {PROXY} run {path} "
                       f"--admin 127.0.0.1:{admin} --concurrency 2")
            stack.start(
                "proxy", ["sh", "-c", command], lambda: accepts(admin),
                preexec_fn=lambda: os.dup2(listener.fileno(), 3), close_fds=False)
            for _ in range(5):
                self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")


@need("curl", "nginx")
class Names(unittest.TestCase):
    def test_endpoints_are_looked_up_before_it_serves(self):
        with Stack() as stack:
            upstream = stack.nginx("location / { return 200 'hello'; }")
            text, port = simple(upstream)
            text = text.replace(f'endpoints: ["127.0.0.1:{upstream}"]', f'dns: "localhost:{upstream}"')
            proxy = stack.proxy(text)
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            self.assertGreaterEqual(proxy.stat("cluster.app.update_success"), 1)
            self.assertEqual(proxy.stat("cluster.app.update_failure"), 0)
            self.assertEqual(proxy.stat("cluster.app.membership_change"), 1)
            self.assertGreaterEqual(proxy.stat("cluster.app.membership_total"), 1)

    def test_a_reload_keeps_the_addresses_that_were_found(self):
        with Stack() as stack:
            upstream = stack.nginx("location / { return 200 'hello'; }")
            text, port = simple(upstream)
            text = text.replace(f'endpoints: ["127.0.0.1:{upstream}"]', f'dns: "localhost:{upstream}"')
            proxy = stack.proxy(text)
            proxy.path.write_text(text.replace("node: test", "node: test2"))
            with Load(port) as load:
                wait_until(lambda: load.answered > 20, "the load")
                os.kill(proxy.pid, signal.SIGHUP)
                wait_until(lambda: json.loads(proxy.get("/server_info"))["config"]["reloads_ok"] == 1,
                           "the reload")
                seen = load.answered
                wait_until(lambda: load.answered > seen + 50, "requests behind the reload")
            self.assertEqual(load.problems, [])


@need("curl", "nginx")
class Journals(unittest.TestCase):
    def replay(self, *files):
        return subprocess.run([PROXY, "replay", *files], capture_output=True, text=True, timeout=60)

    def test_every_worker_has_one_and_a_restart_keeps_the_one_of_before(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            journal = stack.folder / "journal"
            for _ in range(2):
                proxy = stack.proxy(text, "--journal", journal, "--concurrency", "2")
                with Load(port) as load:
                    wait_until(lambda: load.answered > 100, "the load")
                self.assertEqual(proxy.stop(), 0)
            files = sorted(p for p in stack.folder.iterdir() if p.name.startswith("journal"))
            self.assertEqual([p.name for p in files],
                             ["journal.0", "journal.0.previous", "journal.1", "journal.1.previous"])
            done = self.replay(*files)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertEqual(done.stdout.count("the same again"), 4, done.stdout)

    def test_one_of_a_proxy_that_was_killed_can_be_replayed(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            journal = stack.folder / "journal"
            proxy = stack.proxy(text, "--journal", journal)
            with Load(port) as load:
                wait_until(lambda: journal.stat().st_size > 200_000, "the journal to grow")
                load.stopped.set()
            proxy.process.kill()
            proxy.process.wait()
            done = self.replay(journal)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            self.assertIn("cut off", done.stdout)

    def test_a_full_disk_ends_the_journal_and_not_the_proxy(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            proxy = stack.proxy(text, "--journal", "/dev/full")
            log = stack.folder / f"proxy-{len(stack.processes) - 1}.log"
            with Load(port) as load:
                wait_until(lambda: "journal_stopped" in log.read_text(), "the journal's end")
                seen = load.answered
                wait_until(lambda: load.answered > seen + 100, "requests without a journal")
            self.assertEqual(load.problems, [])
            self.assertIn("No space left", log.read_text())
            self.assertEqual(proxy.stop(), 0)


if __name__ == "__main__":
    unittest.main()
