"""What a configuration can say, tried as a user would: addresses, TLS, what changes at run time, and what
is told to others."""
import collections
import gzip
import http.server
import json
import os
import signal
import socket
import ssl
import subprocess
import threading
import unittest

from harness import PATIENCE, PROXY, Stack, answers, curl, free_port, need, raw, simple, status_of, wait_until
from test_h2_frames import END, GOAWAY, PREFACE, SETTINGS, HEADERS, Peer, frame, post
from test_mtls import make_certificates


def read_head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    return data


class Echo:
    """Answers each request with its own head as the body, and closes."""

    def __init__(self, stack):
        self.heads = []
        self.port = stack.server(self.serve)

    def serve(self, connection):
        head = read_head(connection)
        self.heads.append(head.decode("latin1"))
        connection.sendall(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n" + head)


def any_certificate():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@need("curl", "nginx")
class Addresses(unittest.TestCase):
    def test_unix_sockets_in_front_and_behind(self):
        with Stack() as stack:
            echo = Echo(stack)
            front, middle = stack.folder / "front.sock", stack.folder / "middle.sock"
            stack.proxy(f"""
listeners: {{in: {{address: "unix:{middle}"}}}}
clusters: {{app: {{endpoints: "127.0.0.1:{echo.port}"}}}}
routes: [{{to: app}}]
""")
            stack.proxy(f"""
listeners: {{in: {{address: "unix:{front}"}}}}
clusters: {{app: {{endpoints: "unix:{middle}"}}}}
routes: [{{to: app}}]
""")
            self.assertIn("GET /through", curl("--unix-socket", front, "http://a.test/through"))

    def test_the_proxy_protocol_of_both_versions_tells_the_client(self):
        with Stack() as stack:
            echo = Echo(stack)
            inner, middle = simple(echo.port, listener=", proxy_protocol: true")
            stack.proxy(inner)
            outer, port = simple(middle, extra_cluster="    send_proxy_protocol: true",
                                 listener=", proxy_protocol: true")
            stack.proxy(outer)
            # In front version 1, by curl's own hand; between the two version 2.
            self.assertIn("x-forwarded-for: 127.0.0.1",
                          curl("--haproxy-protocol", f"http://127.0.0.1:{port}/").lower())
            header = b"\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c" + bytes((203, 0, 113, 7, 127, 0, 0, 1, 18, 103, 0, 80))
            answer = raw(port, header + b"GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n")
            self.assertIn(b"203.0.113.7", answer)

    def test_tcp_is_passed_on_by_server_name(self):
        with Stack() as stack:
            folder = make_certificates(stack, "one", "two")

            def server(name):
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(folder / f"{name}.pem", folder / f"{name}.key")

                def serve(connection):
                    with context.wrap_socket(connection, server_side=True) as secure:
                        secure.sendall(name.encode())
                return stack.server(serve)

            port = free_port()
            proxy = stack.proxy(f"""
listeners:
  in:
    address: "127.0.0.1:{port}"
    protocol: tcp
    tcp_routes: [{{server_names: [one.test], to: one}}, {{server_names: ["*.two.test"], to: two}}]
clusters: {{one: {{endpoints: "127.0.0.1:{server('one')}"}}, two: {{endpoints: "127.0.0.1:{server('two')}"}}}}
""")
            for name, wanted in (("one.test", b"one"), ("a.two.test", b"two")):
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                    with any_certificate().wrap_socket(connection, server_hostname=name) as secure:
                        self.assertEqual(secure.recv(100), wanted)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                with self.assertRaises(OSError):
                    any_certificate().wrap_socket(connection, server_hostname="three.test")
            self.assertIsNone(proxy.process.poll())

    def test_workers_share_a_port_and_are_as_many_as_asked_for(self):
        with Stack() as stack:
            text, port = simple(Echo(stack).port)
            proxy = stack.proxy(text, "--concurrency", "3")
            self.assertEqual(json.loads(proxy.get("/server_info"))["command_line_options"]["concurrency"], 3)
            threads = os.listdir(f"/proc/{proxy.pid}/task")
            self.assertGreaterEqual(len(threads), 4)
            for _ in range(10):
                self.assertEqual(status_of(f"http://127.0.0.1:{port}/")[0], 200)


@need("curl", "nginx")
class Tls(unittest.TestCase):
    def gateway(self, stack, more=""):
        folder = make_certificates(stack, "front")
        port = free_port()
        proxy = stack.proxy(f"""
listeners:
  web:
    address: "127.0.0.1:{port}"
    direction: gateway
    tls: {{mode: strict, certificate: {folder}/front.pem, key: {folder}/front.key, require_client_certificate: false}}
clusters: {{app: {{endpoints: "127.0.0.1:{Echo(stack).port}"}}}}
routes: [{{to: app}}]
{more}""")
        return proxy, port

    def test_a_gateway_speaks_what_the_client_asks_for(self):
        with Stack() as stack:
            _, port = self.gateway(stack)
            url = f"https://127.0.0.1:{port}/"
            self.assertEqual(status_of("-k", "--http2", url), (200, "2"))
            self.assertEqual(status_of("-k", "--http1.1", url), (200, "1.1"))
            self.assertEqual(status_of("-k", "--tls-max", "1.2", url)[0], 200)
            self.assertIn("x-forwarded-proto: https", curl("-k", url).lower())

    def test_a_gateway_shows_the_certificate_of_the_name_that_is_asked_for(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "shop")
            port = free_port()
            stack.proxy(f"""
listeners:
  web:
    address: "127.0.0.1:{port}"
    direction: gateway
    tls:
      certificate: {folder}/front.pem
      key: {folder}/front.key
      certificates: [{{certificate: {folder}/shop.pem, key: {folder}/shop.key}}]
clusters: {{app: {{endpoints: "127.0.0.1:{Echo(stack).port}"}}}}
routes: [{{to: app}}]
""")
            for name in ("front", "shop"):  # curl refuses a certificate of another name
                self.assertEqual(status_of("--cacert", folder / "ca.pem", "--resolve", f"{name}:{port}:127.0.0.1",
                                           f"https://{name}:{port}/")[0], 200)

    def test_sessions_are_resumed_also_after_a_reload(self):
        with Stack() as stack:
            proxy, port = self.gateway(stack)
            context = any_certificate()
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            session = None
            for turn in range(2):
                with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as connection:
                    with context.wrap_socket(connection, server_hostname="a.test", session=session) as secure:
                        self.assertEqual(secure.session_reused, turn == 1)
                        session = secure.session
                proxy.post("/reload")

    def test_the_end_of_certificates_is_a_metric(self):
        with Stack() as stack:
            proxy, _ = self.gateway(stack)
            names = [line for line in proxy.get("/stats").splitlines() if "expir" in line]
            self.assertTrue(any(int(line.rpartition(": ")[2]) > 0 for line in names), names)


@need("curl", "nginx")
class Changes(unittest.TestCase):
    def test_a_file_that_changes_is_loaded_without_a_signal(self):
        with Stack() as stack:
            one, two = (stack.nginx(f"location / {{ return 200 '{name}'; }}") for name in ("one", "two"))
            text, port = simple(one)
            proxy = stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            self.assertEqual(curl(url), "one")
            proxy.path.write_text(text.replace(str(one), str(two)))
            wait_until(lambda: curl(url) == "two", "the new file")
            proxy.path.write_text("listeners: 5\n")
            wait_until(lambda: proxy.stat("server.config_reload_failures") >= 1
                       or json.loads(proxy.get("/server_info"))["config"]["reloads_failed"] >= 1, "the refusal")
            self.assertEqual(curl(url), "two")

    def test_the_admin_port_loads_and_says_what_is_wrong(self):
        with Stack() as stack:
            one, two = (stack.nginx(f"location / {{ return 200 '{name}'; }}") for name in ("one", "two"))
            text, port = simple(one)
            proxy = stack.proxy(text)
            proxy.path.write_text(text.replace(str(one), str(two)))
            proxy.post("/reload")
            wait_until(lambda: curl(f"http://127.0.0.1:{port}/") == "two", "the new file")
            proxy.path.write_text(text.replace("to: app", "to: ap"))
            answer = curl("-X", "POST", f"http://127.0.0.1:{proxy.admin}/reload")
            self.assertIn("app", answer)
            self.assertRegex(answer, r":\d+:\d+:")

    def test_endpoints_of_a_file_move_with_it(self):
        with Stack() as stack:
            one, two = (stack.nginx(f"location / {{ return 200 '{name}'; }}") for name in ("one", "two"))
            path = stack.file("endpoints.json", json.dumps({"app": [f"127.0.0.1:{one}"]}))
            text, port = simple(one)
            stack.proxy(text.replace(f'endpoints: ["127.0.0.1:{one}"]', "endpoints_file: endpoints.json"))
            url = f"http://127.0.0.1:{port}/"
            self.assertEqual(curl(url), "one")
            path.write_text(json.dumps({"app": [f"127.0.0.1:{two}"]}))
            wait_until(lambda: curl(url) == "two", "the new endpoint")
            path.write_text(json.dumps({"app": []}))
            wait_until(lambda: answers(url, 503), "no endpoint to be left")

    def test_the_access_log_rotates_by_size_and_by_signal(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'x'; }"),
                                more="access_log: {format: json, path: access.log, max_size: 4KiB, keep: 2}")
            proxy = stack.proxy(text)
            log = stack.folder / "access.log"

            def ask():
                return status_of(f"http://127.0.0.1:{port}/")[0] == 200

            wait_until(lambda: ask() and (stack.folder / "access.log.2").exists(), "two rotations")
            self.assertFalse((stack.folder / "access.log.3").exists())
            moved = stack.folder / "moved.log"
            log.rename(moved)
            os.kill(proxy.pid, signal.SIGUSR1)
            wait_until(lambda: ask() and log.exists() and log.stat().st_size > 0, "the file to be opened anew")
            for line in log.read_text().splitlines():
                self.assertEqual(json.loads(line)["response_code"], 200)


    def test_the_access_log_follows_a_reload(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'x'; }"))
            proxy = stack.proxy(text)
            log = "access_log: {format: %s, path: %s}\n"

            def ask():
                return status_of(f"http://127.0.0.1:{port}/")[0] == 200

            def load(more):
                proxy.path.write_text(text + more)
                return curl("-X", "POST", f"http://127.0.0.1:{proxy.admin}/reload")

            def lines(name):
                path = stack.folder / name
                return path.read_text().splitlines() if path.exists() else []

            load(log % ("text", "one.log"))
            wait_until(lambda: ask() and lines("one.log"), "the log that was switched on")
            load(log % ("json", "one.log"))
            wait_until(lambda: ask() and lines("one.log")[-1].startswith("{"), "the other format")
            load(log % ("json", "two.log"))
            wait_until(lambda: ask() and lines("two.log"), "the other file")
            self.assertIn("missing", load(log % ("json", "missing/three.log")))
            before = len(lines("two.log"))
            wait_until(lambda: ask() and len(lines("two.log")) > before, "the log of before")
            load("")
            wait_until(lambda: json.loads(proxy.get("/config_dump"))["access_log"]["format"] == "off", "the end of it")
            load("concurrency: 3\n")
            self.assertEqual(json.loads(proxy.get("/config_dump"))["concurrency"], 1)
            wait_until(lambda: "needs_restart" in (stack.folder / "proxy-1.log").read_text(), "the warning")


class Collector:
    """An HTTP server that keeps what it is sent."""

    def __init__(self, stack):
        self.bodies = collections.defaultdict(list)
        bodies = self.bodies

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["content-length"]))
                if self.headers.get("content-encoding") == "gzip":
                    body = gzip.decompress(body)
                bodies[self.path].append(body)
                self.send_response(202)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stack.exits.callback(server.server_close)
        stack.exits.callback(server.shutdown)
        self.port = server.server_address[1]


@need("curl")
class Told(unittest.TestCase):
    TRACE = "0af7651916cd43dd8448eb211c80319c"

    def spans(self, kind, path, header):
        with Stack() as stack:
            echo, collector = Echo(stack), Collector(stack)
            text, port = simple(echo.port, more=f'tracing: {{{kind}: "127.0.0.1:{collector.port}"}}')
            stack.proxy(text)
            self.assertEqual(status_of("-H", header, f"http://127.0.0.1:{port}/traced")[0], 200)
            wait_until(lambda: any(self.TRACE.encode() in body for body in collector.bodies[path]), "the span")
            return echo.heads[0].lower(), [json.loads(body) for body in collector.bodies[path]]

    def test_traces_go_to_otlp_and_the_context_of_w3c_goes_on(self):
        head, batches = self.spans("otlp", "/v1/traces",
                                   f"traceparent: 00-{self.TRACE}-b7ad6b7169203331-01")
        self.assertRegex(head, f"traceparent: 00-{self.TRACE}-[0-9a-f]{{16}}-01")
        self.assertNotIn("b7ad6b7169203331", head)
        self.assertIn("x-request-id: ", head)
        spans = [s for b in batches for r in b["resourceSpans"] for g in r["scopeSpans"] for s in g["spans"]]
        self.assertIn("b7ad6b7169203331", [s.get("parentSpanId") for s in spans])

    def test_traces_go_to_zipkin_and_the_context_of_b3_goes_on(self):
        head, batches = self.spans("zipkin", "/api/v2/spans", f"b3: {self.TRACE}-b7ad6b7169203331-1")
        self.assertIn(self.TRACE, head)
        self.assertIn("b3: ", head)
        self.assertIn("b7ad6b7169203331", [span.get("parentId") for batch in batches for span in batch])

    def test_trailers_pass_both_ways(self):
        requests = []

        def serve(connection):
            data = read_head(connection)
            while not data.endswith(b"\r\n\r\n") or b"0\r\n" not in data.partition(b"\r\n\r\n")[2]:
                data += connection.recv(65536)
            requests.append(data.lower())
            connection.sendall(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\ntrailer: x-sum\r\n\r\n"
                               b"2\r\nok\r\n0\r\nx-sum: 7\r\n\r\n")

        with Stack() as stack:
            text, port = simple(stack.server(serve))
            stack.proxy(text)
            answer = raw(port, b"POST / HTTP/1.1\r\nHost: a.test\r\nTE: trailers\r\nTransfer-Encoding: chunked\r\n"
                               b"Trailer: x-in\r\nConnection: close, TE\r\n\r\n3\r\nabc\r\n0\r\nx-in: 5\r\n\r\n")
            self.assertIn(b"x-sum: 7", answer.lower())
            self.assertIn(b"x-in: 5", requests[0])

    def test_a_drain_is_told_to_http2_clients_and_what_is_under_way_ends(self):
        release, arrived = threading.Event(), threading.Event()

        def serve(connection):
            read_head(connection)
            arrived.set()
            release.wait(2 * PATIENCE)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\ndone")

        with Stack() as stack:
            stack.exits.callback(release.set)
            text, port = simple(stack.server(serve), more="drain_time: 5m")
            proxy = stack.proxy(text)
            peer = Peer(port, None)
            with peer.socket:
                peer.send(PREFACE + frame(SETTINGS, 0, 0) + post(flags=4 | END))
                self.assertTrue(arrived.wait(PATIENCE))
                os.kill(proxy.pid, signal.SIGTERM)
                self.assertIsNotNone(peer.wait(lambda kind, *_: kind == GOAWAY), peer.frames)
                release.set()
                self.assertIsNotNone(peer.wait(lambda kind, *_: kind == HEADERS), peer.frames)
                self.assertIsNotNone(peer.wait(lambda *found: found[3] == b"done"), peer.frames)
            self.assertEqual(proxy.process.wait(PATIENCE), 0)

    def test_the_service_manager_is_told(self):
        with Stack() as stack, socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
            path = stack.folder / "notify"
            manager.bind(str(path))
            manager.settimeout(PATIENCE)
            text, _ = simple(Echo(stack).port)
            proxy = stack.proxy(text, env=dict(os.environ, NOTIFY_SOCKET=str(path)))
            self.assertIn(b"READY=1", manager.recv(1000))
            self.assertEqual(proxy.stop(), 0)
            self.assertIn(b"STOPPING=1", manager.recv(1000))

    def test_an_admin_port_that_others_reach_needs_a_token(self):
        with Stack() as stack:
            text, _ = simple(Echo(stack).port)
            admin = free_port()
            path = stack.file("open.yaml", text + f'admin: {{address: "0.0.0.0:{admin}"}}\n')
            done = subprocess.run([PROXY, "check", path], capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn("token", done.stderr)


if __name__ == "__main__":
    unittest.main()
