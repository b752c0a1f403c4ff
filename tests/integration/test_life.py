"""The proxy's life: drain, reload, journal, limits, what dies around it."""
import concurrent.futures
import json
import os
import resource
import signal
import socket
import subprocess
import threading
import unittest

from harness import (PATIENCE, PROXY, Stack, accepts, answers, curl, free_port, need, raw, simple,
                     status_of, wait_until)


@need("curl", "nginx")
class Life(unittest.TestCase):
    def test_a_drain_loses_no_request(self):
        release = threading.Event()
        waiting = []

        def serve(connection):
            connection.recv(65536)
            waiting.append(1)
            release.wait(2 * PATIENCE)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone")

        with Stack() as stack:
            stack.exits.callback(release.set)
            text, port = simple(stack.server(serve), more="drain_time: 5m")
            proxy = stack.proxy(text)
            with concurrent.futures.ThreadPoolExecutor(8) as pool:
                answers = [pool.submit(curl, "-i", f"http://127.0.0.1:{port}/") for _ in range(8)]
                wait_until(lambda: len(waiting) == 8, "all requests to be under way")
                os.kill(proxy.pid, signal.SIGTERM)
                wait_until(lambda: not accepts(port), "the listener to close")
                release.set()
                for answer in answers:
                    self.assertIn("done", answer.result())
                    self.assertIn("connection: close", answer.result().lower())
            self.assertEqual(proxy.process.wait(PATIENCE), 0)

    def test_a_second_signal_ends_it_at_once(self):
        release = threading.Event()

        def serve(connection):
            connection.recv(65536)
            release.wait(PATIENCE)

        with Stack() as stack:
            stack.exits.callback(release.set)
            text, port = simple(stack.server(serve))
            proxy = stack.proxy(text)
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                proxy.wait_for("cluster.app.upstream_rq_active", 1)
                os.kill(proxy.pid, signal.SIGTERM)
                wait_until(lambda: not accepts(port), "the drain to begin")
                os.kill(proxy.pid, signal.SIGTERM)
                self.assertEqual(proxy.process.wait(PATIENCE), 0)

    def test_a_reload_takes_effect_and_a_bad_one_changes_nothing(self):
        with Stack() as stack:
            one = stack.nginx("location / { return 200 'one'; }")
            two = stack.nginx("location / { return 200 'two'; }")
            text, port = simple(one)
            proxy = stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            self.assertEqual(curl(url), "one")
            proxy.path.write_text(text.replace(str(one), str(two)))
            os.kill(proxy.pid, signal.SIGHUP)
            wait_until(lambda: curl(url) == "two", "the new configuration")
            proxy.path.write_text("clusters: {broken")
            os.kill(proxy.pid, signal.SIGHUP)
            wait_until(lambda: json.loads(proxy.get("/server_info"))["config"]["reloads_failed"] == 1,
                       "the refusal")
            self.assertEqual(curl(url), "two")

    def test_a_journal_replays_to_the_same_actions(self):
        with Stack() as stack:
            upstream = stack.nginx("location /bad { return 503 'no'; } location / { return 200 'ok'; }")
            text, port = simple(upstream, "    retries: {attempts: 2, retry_on: [5xx]}")
            journal = stack.folder / "journal"
            proxy = stack.proxy(text, "--journal", journal)
            for path in ("a", "bad", "b", "bad", "c"):
                status_of(f"http://127.0.0.1:{port}/{path}")
            self.assertEqual(proxy.stop(), 0)
            done = subprocess.run([PROXY, "replay", journal], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_no_descriptors_left_makes_newcomers_wait_and_others_go_on(self):
        def few():
            resource.setrlimit(resource.RLIMIT_NOFILE, (64, 64))

        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            proxy = stack.proxy(text, preexec_fn=few)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as first:
                first.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                self.assertIn(b"200", first.recv(65536))
                idle = [socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) for _ in range(100)]
                first.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                self.assertIn(b"200", first.recv(65536))
                for connection in idle:
                    connection.close()
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/", 200), "room again")
            self.assertIsNone(proxy.process.poll())

    def test_an_upstream_that_dies_in_mid_body_resets_the_client(self):
        def serve(connection):
            connection.recv(65536)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\nhalf")

        with Stack() as stack:
            text, port = simple(stack.server(serve))
            proxy = stack.proxy(text)
            done = subprocess.run(["curl", "-sS", "--max-time", str(PATIENCE), f"http://127.0.0.1:{port}/"],
                                  capture_output=True, text=True)
            self.assertIn(done.returncode, (18, 56), done.stderr)
            proxy.wait_for("cluster.app.upstream_rq_active", 0)

    def test_a_client_that_goes_away_frees_everything(self):
        release = threading.Event()

        def serve(connection):
            connection.recv(65536)
            connection.settimeout(PATIENCE)
            if connection.recv(1) == b"":
                release.set()

        with Stack() as stack:
            text, port = simple(stack.server(serve))
            proxy = stack.proxy(text)
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                proxy.wait_for("cluster.app.upstream_rq_active", 1)
            self.assertTrue(release.wait(PATIENCE), "the upstream connection closes, too")
            proxy.wait_for("cluster.app.upstream_rq_active", 0)

    def test_a_port_that_is_taken_is_said_before_anything_runs(self):
        with Stack() as stack:
            with socket.create_server(("127.0.0.1", 0)) as taken:
                port = taken.getsockname()[1]
                path = stack.file("p.yaml", f"""
listeners: {{in: {{address: "127.0.0.1:{port}"}}}}
clusters: {{app: {{endpoints: "127.0.0.1:1"}}}}
routes: [{{to: app}}]
""")
                done = subprocess.run([PROXY, "run", path], capture_output=True, text=True, timeout=PATIENCE)
                self.assertEqual(done.returncode, 3, done.stderr)
                self.assertIn(str(port), done.stderr)

    def test_a_second_proxy_on_the_same_port_is_refused(self):
        with Stack() as stack:
            text, port = simple(stack.nginx(""))
            stack.proxy(text)
            path = stack.file("second.yaml", text)
            done = subprocess.run([PROXY, "run", path], capture_output=True, text=True, timeout=PATIENCE)
            self.assertEqual(done.returncode, 3, done.stderr)
            self.assertIn(str(port), done.stderr)

    def test_tcp_passes_through_by_server_name_or_without(self):
        def serve(connection):
            connection.sendall(b"welcome\n")
            connection.sendall(connection.recv(100).upper())

        with Stack() as stack:
            upstream = stack.server(serve)
            port = free_port()
            stack.proxy(f"""
listeners: {{in: {{address: "127.0.0.1:{port}", protocol: tcp, to: db}}}}
clusters: {{db: {{endpoints: "127.0.0.1:{upstream}"}}}}
""")
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                self.assertEqual(client.recv(100), b"welcome\n")
                client.sendall(b"abc")
                self.assertEqual(client.recv(100), b"ABC")

    def test_the_proxy_protocol_tells_the_client(self):
        heads = []

        def serve(connection):
            heads.append(connection.recv(65536))
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")

        with Stack() as stack:
            text, port = simple(stack.server(serve), listener=", proxy_protocol: true")
            stack.proxy(text)
            answer = raw(port, b"PROXY TCP4 203.0.113.9 127.0.0.1 4711 80\r\n"
                               b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
            self.assertIn(b"200", answer)
            self.assertIn(b"203.0.113.9", heads[0])
            self.assertEqual(raw(port, b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n"), b"")


if __name__ == "__main__":
    unittest.main()
