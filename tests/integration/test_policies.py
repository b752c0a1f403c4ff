"""Policies of the core at work between real sockets: retries, breakers, ejection, timeouts, faults,
mirrors, splits, redirects. What each proxy did is replayed from its journal afterwards."""
import collections
import json
import threading
import unittest

from harness import PATIENCE, JournaledStack, answers, curl, free_port, need, simple, status_of, wait_until


class Counter:
    """An HTTP/1.1 server that counts requests and answers what `answer(number)` says."""

    def __init__(self, stack, answer):
        self.count = 0
        self.heads = []
        self.lock = threading.Lock()
        self.answer = answer
        self.port = stack.server(self.serve)

    def serve(self, connection):
        data = b""
        while True:
            while b"\r\n\r\n" not in data:
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            head, _, data = data.partition(b"\r\n\r\n")
            with self.lock:
                self.count += 1
                number = self.count
                self.heads.append(head)
            answer = self.answer(number)
            if answer is None:
                return  # closes without an answer
            connection.sendall(b"HTTP/1.1 %d X\r\ncontent-length: 2\r\n\r\nok" % answer)


@need("curl")
class Policies(unittest.TestCase):
    def test_a_failed_attempt_is_made_again(self):
        with JournaledStack() as stack:
            server = Counter(stack, lambda n: 503 if n < 3 else 200)
            text, port = simple(server.port, """    retries: {attempts: 3, retry_on: [5xx]}""")
            proxy = stack.proxy(text)
            self.assertEqual(status_of(f"http://127.0.0.1:{port}/")[0], 200)
            self.assertEqual(server.count, 3)
            self.assertIn(b"x-envoy-attempt-count: 3", server.heads[2].lower())
            proxy.wait_for("cluster.app.upstream_rq_retry", 2)

    def test_a_body_is_sent_again_with_a_retry(self):
        bodies = []

        def serve(connection):
            data = b""
            while not data.endswith(b"payload"):
                piece = connection.recv(65536)
                if not piece:
                    return
                data += piece
            bodies.append(data)
            status = 503 if len(bodies) == 1 else 200
            connection.sendall(b"HTTP/1.1 %d X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n" % status)

        with JournaledStack() as stack:
            text, port = simple(stack.server(serve), "    retries: {attempts: 1, retry_on: [5xx]}")
            stack.proxy(text)
            self.assertEqual(status_of("-d", "payload", f"http://127.0.0.1:{port}/")[0], 200)
            self.assertEqual(len(bodies), 2)

    def test_an_upstream_that_closes_without_an_answer_is_retried_on_reset(self):
        with JournaledStack() as stack:
            server = Counter(stack, lambda n: None if n == 1 else 200)
            text, port = simple(server.port, "    retries: {attempts: 1, retry_on: [reset]}")
            stack.proxy(text)
            self.assertEqual(status_of(f"http://127.0.0.1:{port}/")[0], 200)

    def test_a_late_answer_becomes_504(self):
        release = threading.Event()

        def serve(connection):
            connection.recv(65536)
            release.wait(2 * PATIENCE)

        with JournaledStack() as stack:
            stack.exits.callback(release.set)
            text, port = simple(stack.server(serve), "    timeout: 100ms")
            proxy = stack.proxy(text)
            self.assertEqual(status_of(f"http://127.0.0.1:{port}/")[0], 504)
            proxy.wait_for("cluster.app.upstream_rq_timeout", 1)

    def test_an_open_breaker_refuses_and_says_so(self):
        arrived = threading.Event()
        release = threading.Event()

        def serve(connection):
            connection.recv(65536)
            arrived.set()
            release.wait(2 * PATIENCE)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

        with JournaledStack() as stack:
            stack.exits.callback(release.set)
            text, port = simple(stack.server(serve), extra_cluster="""
    circuit_breakers: {max_connections: 1, max_pending_requests: 1}""")
            proxy = stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            waiting = [threading.Thread(target=status_of, args=(url,)) for _ in range(2)]
            # One after the other: a request whose connection is being opened is pending, too, so
            # that the breaker would refuse a second one that comes before the upstream has the first.
            waiting[0].start()
            self.assertTrue(arrived.wait(PATIENCE))
            waiting[1].start()
            proxy.wait_for("cluster.app.upstream_rq_pending_active", 1)
            headers = curl("-i", url)
            self.assertIn("HTTP/1.1 503", headers)
            self.assertIn("x-envoy-overloaded: true", headers)
            proxy.wait_for("cluster.app.upstream_rq_pending_overflow", 1)
            release.set()
            for thread in waiting:
                thread.join()

    def test_a_host_that_fails_is_ejected(self):
        with JournaledStack() as stack:
            bad = Counter(stack, lambda n: 500)
            good = Counter(stack, lambda n: 200)
            port = free_port()
            proxy = stack.proxy(f"""
listeners: {{in: {{address: "127.0.0.1:{port}"}}}}
clusters:
  app:
    endpoints: ["127.0.0.1:{bad.port}", "127.0.0.1:{good.port}"]
    load_balancing: round_robin
    outlier_detection: {{consecutive_5xx: 3, max_ejection_percent: 50, base_ejection_time: 250s}}
routes: [{{to: app}}]
""")
            statuses = collections.Counter(status_of(f"http://127.0.0.1:{port}/")[0] for _ in range(30))
            self.assertEqual(statuses[500], 3)
            proxy.wait_for("cluster.app.outlier_detection.ejections_active", 1)
            self.assertIn("failed_outlier_check", proxy.get("/clusters"))

    def test_faults_are_switched_on_and_off_at_run_time(self):
        with JournaledStack() as stack:
            server = Counter(stack, lambda n: 200)
            text, port = simple(server.port)
            proxy = stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            self.assertEqual(status_of(url)[0], 200)
            proxy.post("/faults", json.dumps({"all": True, "abort": {"percent": 100, "status": 418}}))
            wait_until(lambda: answers(url, 418), "the fault to begin")
            curl("-X", "DELETE", f"http://127.0.0.1:{proxy.admin}/faults")
            wait_until(lambda: answers(url, 200), "the fault to end")

    def test_traffic_is_split_and_mirrored(self):
        with JournaledStack() as stack:
            one, two, shadow = (Counter(stack, lambda n: 200) for _ in range(3))
            port = free_port()
            stack.proxy(f"""
seed: 7
listeners: {{in: {{address: "127.0.0.1:{port}"}}}}
clusters:
  one: {{endpoints: "127.0.0.1:{one.port}"}}
  two: {{endpoints: "127.0.0.1:{two.port}"}}
  shadow: {{endpoints: "127.0.0.1:{shadow.port}"}}
routes:
  - split: {{one: 50%, two: 50%}}
    mirror: {{to: shadow}}
""")
            for _ in range(40):
                status_of("-d", "x=1", f"http://127.0.0.1:{port}/")
            self.assertEqual(one.count + two.count, 40)
            self.assertGreater(one.count, 5)
            self.assertGreater(two.count, 5)
            wait_until(lambda: shadow.count == 40, "all copies")
            self.assertIn(b"-shadow", shadow.heads[0])

    def test_redirects_and_direct_responses_need_no_upstream(self):
        with JournaledStack() as stack:
            port = free_port()
            stack.proxy(f"""
listeners: {{in: {{address: "127.0.0.1:{port}"}}}}
routes:
  - match: {{path: /old}}
    redirect: {{path: /new, status: 308}}
  - match: {{prefix: /}}
    direct_response: {{status: 201, body: made here}}
""")
            url = f"http://127.0.0.1:{port}"
            headers = curl("-i", f"{url}/old")
            self.assertIn("HTTP/1.1 308", headers)
            self.assertIn(f"location: {url}/new", headers)
            self.assertEqual(curl(f"{url}/x"), "made here")
            self.assertEqual(status_of(f"{url}/x")[0], 201)


if __name__ == "__main__":
    unittest.main()
