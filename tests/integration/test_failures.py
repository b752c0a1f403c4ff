"""What breaks around the proxy: peers that die at any byte, disks that are full, a kernel without memory,
a clock that jumps. Requests get the right status and flag, nothing leaks, the proxy goes on."""
import datetime
import email.utils
import json
import os
import pathlib
import re
import signal
import socket
import struct
import subprocess
import threading
import unittest

from harness import PATIENCE, Stack, answers, curl, need, raw, simple, status_of, wait_until

REQUEST = (b"POST /x HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\nConnection: close\r\n\r\n"
           b"0123456789")
JSON_LOG = "access_log: {format: json, path: access.log}"


def descriptors(proxy):
    return len(os.listdir(f"/proc/{proxy.pid}/fd"))


def die(connection, by_reset):
    """Closes a connection: in good order, or with a reset."""
    if by_reset:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def read_request(connection, size=len(REQUEST)):
    data = b""
    while len(data) < size:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    return data


def log_lines(stack, count):
    """The access log, once it has so many lines."""
    path = stack.folder / "access.log"
    lines = []

    def read():
        lines[:] = path.read_text().splitlines() if path.exists() else []
        return len(lines) >= count

    wait_until(read, f"{count} lines in the access log")
    return [json.loads(line) for line in lines]


@need("curl")
class PeersThatDie(unittest.TestCase):
    RESPONSES = {
        "length": b"HTTP/1.1 200 OK\r\nContent-Length: 12\r\n\r\nhello, world",
        "chunked": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nc\r\nhello, world\r\n0\r\n\r\n",
    }

    def test_an_upstream_that_dies_at_any_byte_of_its_answer(self):
        script = []

        def serve(connection):
            read_request(connection, 1)
            answer, by_reset = script[-1]
            connection.sendall(answer)
            die(connection, by_reset)

        with Stack() as stack:
            text, port = simple(stack.server(serve), "    retries: {attempts: 0}", more=JSON_LOG)
            proxy = stack.proxy(text)
            cases = [(whole, cut, by_reset) for whole in self.RESPONSES.values()
                     for cut in range(0, len(whole), 3) for by_reset in (False, True)]
            for whole, cut, by_reset in cases:
                with self.subTest(cut=whole[:cut], by_reset=by_reset):
                    script.append((whole[:cut], by_reset))
                    answer = raw(port, REQUEST)
                    if not answer.startswith(b"HTTP/1.1 200"):
                        self.assertIn(b" 503 ", answer.split(b"\r\n")[0])
                    else:
                        self.assertGreaterEqual(cut, whole.index(b"\r\n\r\n") + 4)
                        self.assertFalse(answer.endswith(b"0\r\n\r\n"), "half a body that looks whole")
                        self.assertFalse(answer.endswith(b"world") and b"ontent-" in answer)
            for line in log_lines(stack, len(cases)):
                self.assertIn("UC", line["response_flags"], line)
                self.assertIn(line["response_code"], (200, 503))
            for gauge in ("upstream_rq_active", "upstream_cx_active", "upstream_rq_pending_active"):
                proxy.wait_for(f"cluster.app.{gauge}", 0)
            script.append((self.RESPONSES["length"], False))
            self.assertTrue(raw(port, REQUEST, until_closed=False).startswith(b"HTTP/1.1 200"))

    def test_a_client_that_dies_at_any_byte_of_its_request_or_its_answer(self):
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n" + b"x" * 200_000

        def serve(connection):
            while read_request(connection):
                connection.sendall(answer)

        with Stack() as stack:
            text, port = simple(stack.server(serve), more=JSON_LOG)
            proxy = stack.proxy(text)
            self.assertTrue(raw(port, REQUEST, until_closed=False).startswith(b"HTTP/1.1 200"))
            proxy.wait_for("listener.in.downstream_cx_active", 0)
            proxy.wait_for("cluster.app.upstream_rq_active", 0)
            for cut in range(1, len(REQUEST) + 1, 2):
                for by_reset in (False, True):
                    client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                    client.sendall(REQUEST[:cut])
                    if cut == len(REQUEST):
                        client.recv(1000)
                    die(client, by_reset)
            proxy.wait_for("listener.in.downstream_cx_active", 0)
            for gauge in ("upstream_rq_active", "upstream_rq_pending_active"):
                proxy.wait_for(f"cluster.app.{gauge}", 0)
            flags = {line["response_flags"] for line in log_lines(stack, 3)}
            self.assertIn("DC", flags)
            self.assertLessEqual(flags, {"DC", "-", None})
            self.assertTrue(raw(port, REQUEST, until_closed=False).startswith(b"HTTP/1.1 200"))

    @need("h2load")
    def test_either_side_killed_at_any_moment_leaks_nothing(self):
        """Clients with many streams, and an upstream, are killed again and again under load."""
        with Stack() as stack:
            upstream = stack.nginx("location / { return 200 'hello'; }")
            nginx = stack.processes[-1]
            text, port = simple(upstream)
            proxy = stack.proxy(text)
            self.assertEqual(status_of(f"http://127.0.0.1:{port}/")[0], 200)
            proxy.wait_for("listener.in.downstream_cx_active", 0)
            before = descriptors(proxy)
            for number in range(6):
                done = proxy.stat("cluster.app.upstream_rq_total")
                load = stack.start("h2load", ["h2load", "-c8", "-m20", "-n1000000", f"http://127.0.0.1:{port}/"])
                proxy.wait_for_at_least("cluster.app.upstream_rq_total", done + 200)
                if number % 2 == 0:
                    load.send_signal(signal.SIGKILL)
                    load.wait(PATIENCE)
                else:
                    nginx.send_signal(signal.SIGKILL)
                    nginx.wait(PATIENCE)
                    proxy.wait_for_at_least("cluster.app.upstream_cx_connect_fail", 1)
                    load.send_signal(signal.SIGKILL)
                    load.wait(PATIENCE)
                    nginx = stack.start("nginx", nginx.args, upstream)
            proxy.wait_for("listener.in.downstream_cx_active", 0)
            proxy.wait_for("cluster.app.upstream_rq_active", 0)
            wait_until(lambda: answers(f"http://127.0.0.1:{port}/", 200), "the upstream to be used again")
            # Connections to the upstream may be kept; what the clients had is gone.
            kept = proxy.stat("cluster.app.upstream_cx_active")
            wait_until(lambda: descriptors(proxy) <= before + kept + 1, "descriptors to be closed")


@need("curl", "nginx")
class Resources(unittest.TestCase):
    def test_a_full_disk_costs_log_lines_and_no_requests(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"),
                                more="access_log: {format: text, path: /dev/full}")
            proxy = stack.proxy(text)
            for _ in range(20):
                self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            log = stack.folder / f"proxy-{len(stack.processes) - 1}.log"
            proxy.wait_for_at_least("access_log.write_errors", 1)
            wait_until(lambda: "access_log_fails" in log.read_text(), "the warning")
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            self.assertEqual(proxy.stop(), 0)

    def test_heads_that_come_in_drops_have_to_hurry_when_there_are_too_many(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"),
                                more="timeouts: {headers: 40s}\nlimits: {slow_heads: 1}")
            proxy = stack.proxy(text)
            begun = b"GET / HTTP/1.1\r\nHost: h.test\r\n"
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as usual:
                usual.sendall(begun)
                self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")  # so the proxy has read it
                self.assertIn(b" 408 ", raw(port, begun))  # after a fifth of the time
                proxy.wait_for("http.in.downstream_rq_header_timeout", 1)
                usual.sendall(b"\r\n")
                self.assertIn(b" 200 ", usual.recv(65536))

    @need("strace")
    def test_a_kernel_without_memory_makes_newcomers_wait_and_nothing_else(self):
        """accept, and what watches a descriptor, fail with ENOMEM for a while."""
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            proxy = stack.proxy(text)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as first:
                first.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                self.assertIn(b"200", first.recv(65536))
                tracer = stack.start("strace", [
                    "strace", "-f", "-p", proxy.pid, "-o", "trace", "-e", "trace=accept4,epoll_ctl",
                    "-e", "inject=accept4:error=ENOMEM:when=1..5", "-e", "inject=epoll_ctl:error=ENOMEM:when=1..4"])
                attached = stack.folder / f"strace-{len(stack.processes) - 1}.log"
                wait_until(lambda: "attached" in attached.read_text() or tracer.poll() is not None, "strace")
                if tracer.poll() is not None:
                    self.skipTest("strace may not attach here: " + attached.read_text())
                for _ in range(3):
                    first.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                    self.assertIn(b"200", first.recv(65536))
                    self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
                tracer.terminate()  # and writes down the rest
                tracer.wait(PATIENCE)
                trace = (stack.folder / "trace").read_text()
                for call in ("accept4", "epoll_ctl"):
                    self.assertRegex(trace, call + r".*ENOMEM.*\(INJECTED\)")
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            self.assertEqual(proxy.stop(), 0)


    @need("strace")
    def test_a_listener_that_paused_goes_on_also_when_nothing_else_happens(self):
        """accept fails once, while the only timer is that of a connection that has just become idle."""
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"), more="timeouts: {idle: 900s}")
            proxy = stack.proxy(text)
            tracer = stack.start("strace", [
                "strace", "-f", "-p", proxy.pid, "-o", "trace", "-e", "trace=accept4",
                "-e", "inject=accept4:error=EMFILE:when=3"])
            attached = stack.folder / f"strace-{len(stack.processes) - 1}.log"
            wait_until(lambda: "attached" in attached.read_text() or tracer.poll() is not None, "strace")
            if tracer.poll() is not None:
                self.skipTest("strace may not attach here: " + attached.read_text())
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as first:
                first.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                self.assertIn(b"200", first.recv(65536))
                self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            tracer.terminate()
            tracer.wait(PATIENCE)
            self.assertRegex((stack.folder / "trace").read_text(), r"accept4.*EMFILE.*\(INJECTED\)")


FAKETIME = next(iter(pathlib.Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1")), None)


@need("curl", "nginx")
class Clock(unittest.TestCase):
    @unittest.skipUnless(FAKETIME, "not installed: faketime")
    def test_a_wall_clock_that_jumps_changes_dates_and_nothing_else(self):
        with Stack() as stack:
            offset = stack.file("offset", "+0d")
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"),
                                "    timeout: 200s", more=JSON_LOG + "\ntimeouts: {idle: 300s}")
            text = text.replace("routes:", "routes:\n  - {match: {path: /own}, direct_response: {status: 200, body: own}}")
            proxy = stack.proxy(text, env=dict(
                os.environ, LD_PRELOAD=str(FAKETIME), FAKETIME_TIMESTAMP_FILE=str(offset), FAKETIME_NO_CACHE="1",
                FAKETIME_DONT_FAKE_MONOTONIC="1", DONT_FAKE_MONOTONIC="1"))

            def year():
                head = curl("-i", f"http://127.0.0.1:{port}/own").lower()
                return email.utils.parsedate_to_datetime(re.search(r"\ndate: (.*)\n", head)[1]).year

            this_year = datetime.datetime.now(datetime.timezone.utc).year
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as kept:
                for jump, change in (("+1500d", 4), ("-3000d", -8), ("+0d", 0)):
                    offset.write_text(jump)
                    wait_until(lambda: abs(year() - this_year - change) <= 1, f"the clock to jump by {jump}")
                    kept.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                    answer = kept.recv(65536)
                    self.assertTrue(answer.startswith(b"HTTP/1.1 200"), answer)
                    self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            durations = [line["duration"] for line in log_lines(stack, 9)]
            self.assertTrue(all(0 <= d < 1000 * PATIENCE for d in durations), durations)
            self.assertEqual(proxy.stop(), 0)


if __name__ == "__main__":
    unittest.main()
