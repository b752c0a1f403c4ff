"""What a journey of shaketable-load can do, at servers that answer as a test wants it."""
import base64
import collections
import hashlib
import json
import os
import re
import socket
import subprocess
import threading
import unittest

from harness import PATIENCE, PROXY, Stack, free_port, need, need_module, serve_grpc

LOAD = os.path.join(os.environ.get("SHAKETABLE_BIN", "build/release/bin"), "shaketable-load")


def load(*arguments):
    """Runs it to its end; (exit code, result, what it said on standard error)."""
    done = subprocess.run([LOAD, *map(str, arguments), "-q", "--json", "-"], capture_output=True,
                          text=True, timeout=PATIENCE * 4, check=False)
    if not done.stdout:
        raise AssertionError(f"no result: {done.returncode} {done.stderr}")
    return done.returncode, json.loads(done.stdout), done.stderr


def steps_of(result, name):
    """What a load's steps have counted together: (requests, errors, statuses)."""
    errors, statuses = collections.Counter(), collections.Counter()
    steps = next(it for it in result["loads"] if it["name"] == name)["steps"]
    for step in steps:
        errors.update(step["errors"])
        statuses.update(step["statuses"])
    return sum(step["requests"] for step in steps), errors, statuses


class Request:
    """What a client has sent: an HTTP/1.1 request without a body, or with a content-length."""

    def __init__(self, head, body):
        line, *fields = head.decode().split("\r\n")
        self.method, self.path, _ = line.split(" ")
        self.headers = {}
        for field in fields:
            name, _, value = field.partition(":")
            self.headers[name.lower()] = value.strip()
        self.body = body


def requests_of(connection):
    """The requests of a connection, one after the other, until the client closes it."""
    received = b""
    while True:
        while b"\r\n\r\n" not in received:
            piece = connection.recv(65536)
            if not piece:
                return
            received += piece
        head, _, received = received.partition(b"\r\n\r\n")
        length = re.search(rb"\r\ncontent-length: *(\d+)", head, re.IGNORECASE)
        size = int(length.group(1)) if length else 0
        while len(received) < size:
            received += connection.recv(65536)
        yield Request(head, received[:size])
        received = received[size:]


def answer(status, body="", *fields):
    lines = [f"HTTP/1.1 {status} X", f"content-length: {len(body)}", *fields]
    return ("\r\n".join(lines) + "\r\n\r\n" + body).encode()


class Site:
    """A server whose pages are functions of a request; counts what was asked for."""

    def __init__(self, stack, pages):
        self.pages = pages
        self.seen = collections.Counter()
        self.lock = threading.Lock()
        self.port = stack.server(self.serve)
        self.url = f"http://127.0.0.1:{self.port}"

    def serve(self, connection):
        for request in requests_of(connection):
            with self.lock:
                self.seen[f"{request.method} {request.path}"] += 1
            page = self.pages.get(request.path.partition("?")[0])
            connection.sendall(page(request) if page else answer(404))


@unittest.skipUnless(os.path.exists(LOAD), "shaketable-load is not built")
class Protocols(unittest.TestCase):
    def test_redirects_are_followed_as_often_as_allowed(self):
        with Stack() as stack:
            site = Site(stack, {
                "/old": lambda _: answer(301, "", "location: /new?x=1"),
                "/new": lambda _: answer(200, "here"),
                "/form": lambda _: answer(303, "", "location: /new"),
                "/ever": lambda _: answer(302, "", "location: /ever"),
            })
            _, result, _ = load(site.url + "/old", "-n", 5, "-c", 1, "--redirects", 3)
            self.assertEqual(result["total"]["statuses"], {"200": 5})
            self.assertEqual(site.seen, {"GET /old": 5, "GET /new?x=1": 5})
            _, result, _ = load(site.url + "/form", "-n", 1, "--data", "a=b", "--redirects", 1)
            self.assertEqual(result["total"]["failed"], 0)
            self.assertEqual(site.seen["POST /form"], 1)
            self.assertEqual(site.seen["GET /new"], 1)
            _, result, _ = load(site.url + "/ever", "-n", 2, "-c", 1, "--redirects", 4)
            self.assertEqual(result["total"]["failed"], 2)
            self.assertEqual(site.seen["GET /ever"], 2 * 5)
            self.assertIn("redirect", next(iter(result["total"]["errors"])))

    def test_a_redirect_leads_to_another_server_only_when_that_is_wanted(self):
        with Stack() as stack:
            there = Site(stack, {"/": lambda _: answer(200, "there")})
            here = Site(stack, {"/": lambda _: answer(302, "", f"location: {there.url}/")})
            _, result, _ = load(here.url + "/", "-n", 1, "--redirects", 2)
            self.assertEqual(result["total"]["failed"], 1)
            self.assertEqual(there.seen, {})
            _, result, _ = load(here.url + "/", "-n", 1, "--redirects", 2, "--yes")
            self.assertEqual(result["total"]["failed"], 0)
            self.assertEqual(there.seen, {"GET /": 1})

    def test_set_ups_and_tear_downs_are_carried_out_once_for_each_of_theirs(self):
        tokens = {"/login": lambda _: answer(200, '{"token": "t-1"}')}

        def work(request):
            is_known = request.headers.get("authorization") == "Bearer t-1"
            return answer(200 if is_known and request.headers.get("cookie") == "s=1" else 401)

        def cookie(_):
            return answer(200, "", "set-cookie: s=1")

        pages = dict(tokens, **{"/work": work, "/cookie": cookie})
        for page in ("/worker", "/bye-session", "/bye-worker", "/bye"):
            pages[page] = lambda _: answer(204)
        with Stack() as stack:
            site = Site(stack, pages)
            file = stack.file("load.yaml", """
load:
  users:
    workers: 3
    max_runs: 4
    runs_per_session: 2
    set_up:
      global: [{request: GET /login, capture: {token: json /token}}]
      worker: [GET /worker]
      session: [GET /cookie]
    tear_down: {session: [GET /bye-session], worker: [GET /bye-worker], global: [GET /bye]}
    auth: {bearer: "${token}"}
    steps: [GET /work]
""")
            code, result, err = load(file, "--target", site.url)
            self.assertEqual(code, 0, err)
            self.assertEqual(result["total"]["statuses"], {"200": 12})
            self.assertEqual(site.seen, {
                "GET /login": 1, "GET /worker": 3, "GET /cookie": 6, "GET /work": 12,
                "GET /bye-session": 6, "GET /bye-worker": 3, "GET /bye": 1})

    def test_a_set_up_that_fails_ends_the_load(self):
        with Stack() as stack:
            site = Site(stack, {"/login": lambda _: answer(500)})
            file = stack.file("load.yaml", """
load:
  users: {workers: 2, max_runs: 4, set_up: {global: [GET /login]}, steps: [GET /work]}
""")
            done = subprocess.run([LOAD, file, "--target", site.url], capture_output=True,
                                  text=True, timeout=PATIENCE * 4, check=False)
            self.assertEqual(done.returncode, 3)
            self.assertIn("the global set-up failed: GET /login: status 500", done.stderr)
            self.assertEqual(site.seen, {"GET /login": 1})

    def test_server_sent_events_are_listened_to_until_there_are_enough(self):
        def stream(request):
            head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n"
            self.assertEqual(request.headers["accept"], "text/event-stream")
            return (head + "".join(f": note\ndata: tick {i}\n\n" for i in range(5))).encode()

        with Stack() as stack:
            site = Site(stack, {"/stream": stream})
            file = stack.file("load.yaml", """
load:
  users:
    workers: 2
    max_runs: 3
    steps: [{events: GET /stream, count: 5, check: body contains "tick 4"}]
""")
            code, result, err = load(file, "--target", site.url)
            self.assertEqual(code, 0, err)
            self.assertEqual(result["total"]["failed"], 0, result["total"]["errors"])
            self.assertEqual(site.seen["GET /stream"], 6)

    def test_websockets_say_and_expect(self):
        with Stack() as stack:
            port = stack.server(serve_websocket)
            file = stack.file("load.yaml", """
load:
  users:
    workers: 2
    max_runs: 3
    steps:
      - websocket: /chat
        conversation:
          - send: hello
          - {expect: body contains "HELLO", within: 60s, capture: {said: body}}
          - send: {again: "${said}"}
          - {expect: json /AGAIN == HELLO, within: 60s}
          - close
  strangers:
    workers: 1
    max_runs: 1
    steps: [{websocket: /chat, conversation: [{expect: body == never, within: 200ms}]}]
""")
            _, result, err = load(file, "--target", f"http://127.0.0.1:{port}")
            self.assertEqual(steps_of(result, "users"), (6, {}, {"101": 6}), err)
            self.assertEqual(steps_of(result, "strangers"), (1, {"timeout": 1}, {"101": 1}))

    @need_module("grpc", "google.protobuf")
    def test_grpc_unary_and_streaming_with_checks_of_messages_and_status(self):
        with Stack() as stack:
            port = serve_echo(stack)
            (stack.folder / "echo.pb").write_bytes(descriptors())
            file = stack.file("load.yaml", """
load:
  users:
    workers: 2
    max_runs: 2
    steps:
      - grpc: test.Echo/Say
        descriptors: echo.pb
        message: {text: "hello ${worker}", number: 7}
        check: [grpc OK, 'json /number == 7']
        capture: {said: json /text}
      - {grpc: test.Echo/Count, descriptors: echo.pb, message: {text: "${said}", number: 3}, check: grpc OK}
      - grpc: test.Echo/Chat
        descriptors: echo.pb
        messages: [{text: a}, {text: b}]
        check: [grpc OK, 'json /1/text == b']
  refused:
    workers: 1
    max_runs: 1
    steps: [{grpc: test.Echo/Say, descriptors: echo.pb, message: {text: fail}}]
""")
            _, result, err = load(file, "--target", f"http://127.0.0.1:{port}")
            self.assertEqual(steps_of(result, "users"), (12, {}, {"200": 12}), err)
            requests, errors, _ = steps_of(result, "refused")
            self.assertEqual(requests, 1)
            self.assertIn("RESOURCE_EXHAUSTED", next(iter(errors)))

    @need("nginx")
    @unittest.skipUnless(os.path.exists(PROXY), "shaketable-proxy is not built")
    def test_mutual_tls_shows_a_certificate_and_verifies_the_servers(self):
        with Stack() as stack:
            folder = stack.folder / "certs"
            subprocess.run([PROXY, "certs", "--out", folder, "--trust-domain", "mesh.test",
                            "--workload", "front", "--workload", "backend", "--name", "shop.test"],
                           check=True, capture_output=True)
            port = free_port()
            stack.nginx(f"""
                listen 127.0.0.1:{port} ssl;
                ssl_certificate {folder}/backend.pem; ssl_certificate_key {folder}/backend.key;
                ssl_client_certificate {folder}/ca.pem; ssl_verify_client on; ssl_verify_depth 3;
                location / {{ return 200 $ssl_client_verify; }}""")
            url = f"https://127.0.0.1:{port}/"
            named = ["--server-name", "shop.test", "--ca", folder / "ca.pem"]
            own = ["--cert", folder / "front.pem", "--key", folder / "front.key"]
            _, result, err = load(url, "-n", 4, "-c", 2, *named, *own)
            self.assertEqual(result["total"]["statuses"], {"200": 4}, err)
            # nginx answers those who show none by a status of its own.
            _, result, _ = load(url, "-n", 2, "-c", 1, *named)
            self.assertEqual(result["total"]["failed"], 2)
            # Another name, or an authority that nobody believes.
            _, result, _ = load(url, "-n", 1, "--server-name", "other.test", *named[2:], *own)
            self.assertEqual(result["total"]["errors"], {"certificate refused": 1})
            _, result, _ = load(url, "-n", 1, *named[:2], *own)
            self.assertEqual(result["total"]["errors"], {"certificate refused": 1})
            _, result, _ = load(url, "-n", 1, "--insecure", *own)
            self.assertEqual(result["total"]["failed"], 0)

    def test_unix_sockets(self):
        with Stack() as stack:
            path = stack.folder / "app.sock"
            listener = socket.socket(socket.AF_UNIX)
            listener.bind(str(path))
            listener.listen()
            stack.exits.callback(listener.close)
            paths = []

            def serve(connection):
                with connection:
                    for request in requests_of(connection):
                        paths.append(request.path)
                        connection.sendall(answer(200, "x"))

            def accept():
                while True:
                    try:
                        connection, _ = listener.accept()
                    except OSError:
                        return
                    threading.Thread(target=serve, args=(connection,), daemon=True).start()

            threading.Thread(target=accept, daemon=True).start()
            _, result, err = load(f"unix://{path}:/base", "-n", 6, "-c", 2)
            self.assertEqual(result["total"]["statuses"], {"200": 6}, err)
            self.assertEqual(set(paths), {"/base"})

    def test_an_http_proxy_gets_whole_addresses_in_clear_text(self):
        with Stack() as stack:
            proxy = Site(stack, {"http://shop.test:81/a": lambda _: answer(200, "x")})
            _, result, err = load("http://shop.test:81/a", "-n", 6, "-c", 2, "--proxy",
                                  f"127.0.0.1:{proxy.port}")
            self.assertEqual(result["total"]["statuses"], {"200": 6}, err)
            self.assertEqual(proxy.seen, {"GET http://shop.test:81/a": 6})

    @need("nginx")
    @unittest.skipUnless(os.path.exists(PROXY), "shaketable-proxy is not built")
    def test_an_http_proxy_is_asked_for_a_tunnel_for_tls(self):
        with Stack() as stack:
            folder = stack.folder / "certs"
            subprocess.run([PROXY, "certs", "--out", folder, "--trust-domain", "mesh.test",
                            "--workload", "backend", "--name", "shop.test"],
                           check=True, capture_output=True)
            behind = free_port()
            stack.nginx(f"""
                listen 127.0.0.1:{behind} ssl;
                ssl_certificate {folder}/backend.pem; ssl_certificate_key {folder}/backend.key;
                location / {{ return 200 x; }}""")
            asked = []

            def tunnel(connection):
                request = next(requests_of(connection))
                asked.append(f"{request.method} {request.path}")
                if request.path != "shop.test:443":
                    connection.sendall(b"HTTP/1.1 403 no\r\ncontent-length: 0\r\n\r\n")
                    return
                with socket.create_connection(("127.0.0.1", behind)) as far:
                    connection.sendall(b"HTTP/1.1 200 yes\r\n\r\n")
                    threading.Thread(target=copy, args=(far, connection), daemon=True).start()
                    copy(connection, far)

            proxy = ["--proxy", f"127.0.0.1:{stack.server(tunnel)}", "--ca", folder / "ca.pem"]
            _, result, err = load("https://shop.test/", "-n", 6, "-c", 1, *proxy)
            self.assertEqual(result["total"]["statuses"], {"200": 6}, err)
            self.assertEqual(asked, ["CONNECT shop.test:443"])
            _, result, _ = load("https://forbidden.test/", "-n", 1, *proxy)
            self.assertEqual(result["total"]["errors"], {"refused by the proxy": 1})

    def test_recorded_requests_are_sent_again(self):
        with Stack() as stack:
            site = Site(stack, {"/a": lambda _: answer(200), "/b": lambda _: answer(204)})
            stack.file("access.log", "".join(
                f'h - - [10/Oct/2000:13:55:{second:02} +0000] "{line} HTTP/1.1" 200 1\n'
                for second, line in ((1, "GET /a?x=1"), (2, "HEAD /b"), (2, "GET /b"), (3, "GET /a"))))
            file = stack.file("load.yaml", """
load:
  again:
    rate: {recorded: {file: access.log, as: hit, speed: 100}}
    request: ${hit}
""")
            code, result, err = load(file, "--target", site.url)
            self.assertEqual(code, 0, err)
            self.assertEqual(result["total"]["failed"], 0)
            self.assertEqual(site.seen, {"GET /a?x=1": 1, "HEAD /b": 1, "GET /b": 1, "GET /a": 1})

    def test_the_pods_of_an_emitted_job_add_up_to_the_load(self):
        with Stack() as stack:
            site = Site(stack, {"/": lambda _: answer(200, "x")})
            manifest = subprocess.run(
                [LOAD, site.url + "/", "-c", "3", "-r", "5", "--emit", "kubernetes", "--generators",
                 "2"], capture_output=True, text=True, check=True).stdout
            command = json.loads(re.search(r"command: (\[.*\])", manifest).group(1)
                                 .replace("sh, -c", '"sh", "-c"'))
            # The pods of a test begin when they can.
            script = re.sub(r"--start-at \d+", "--start-at +100ms", command[2])
            script = script.replace("exec shaketable-load", f"exec {os.path.abspath(LOAD)}")
            files = []
            for index in range(2):
                log = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True,
                                     env=dict(os.environ, JOB_COMPLETION_INDEX=str(index)))
                files.append(stack.file(f"{index}.json", log.stdout + log.stderr))
            merged = json.loads(subprocess.run([LOAD, "merge", *files, "--json", "-"],
                                               capture_output=True, text=True, check=True).stdout)
            self.assertEqual(merged["total"]["requests"], 15)
            self.assertEqual(merged["generators"], 2)
            self.assertEqual(site.seen, {"GET /": 15})


def copy(source, target):
    """Bytes from one socket to the other, until either end is gone."""
    try:
        while piece := source.recv(65536):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def serve_websocket(connection):
    """Says everything back in capitals (RFC 6455, short frames)."""
    received = b""

    def take(size):
        nonlocal received
        while len(received) < size:
            piece = connection.recv(65536)
            if not piece:
                raise OSError("the client has gone")
            received += piece
        taken, received = received[:size], received[size:]
        return taken

    head = b""
    while not head.endswith(b"\r\n\r\n"):
        head += take(1)
    key = re.search(rb"sec-websocket-key: *(\S+)", head, re.IGNORECASE).group(1)
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()
    connection.sendall(b"HTTP/1.1 101 X\r\nupgrade: websocket\r\nconnection: upgrade\r\n"
                       b"sec-websocket-accept: " + base64.b64encode(digest) + b"\r\n\r\n")
    while True:
        first, length = take(2)
        assert length & 0x80, "a client masks"
        length &= 0x7F
        if length == 126:
            length = int.from_bytes(take(2), "big")
        mask = take(4)
        payload = bytes(c ^ mask[i % 4] for i, c in enumerate(take(length)))
        if first & 0x0F == 8:
            connection.sendall(bytes([0x88, len(payload)]) + payload)
            return
        payload = payload.upper()
        connection.sendall(bytes([first, len(payload)]) + payload)


def descriptors():
    """A FileDescriptorSet of `service test.Echo`."""
    from google.protobuf import descriptor_pb2

    out = descriptor_pb2.FileDescriptorSet()
    file = out.file.add(name="echo.proto", package="test", syntax="proto3")
    message = file.message_type.add(name="Word")
    for number, (name, kind) in enumerate((("text", 9), ("number", 5)), 1):
        message.field.add(name=name, json_name=name, number=number, type=kind, label=1)
    service = file.service.add(name="Echo")
    for name, streams_in, streams_out in (("Say", 0, 0), ("Count", 0, 1), ("Chat", 1, 1)):
        service.method.add(name=name, input_type=".test.Word", output_type=".test.Word",
                           client_streaming=bool(streams_in), server_streaming=bool(streams_out))
    return out.SerializeToString()


def serve_echo(stack):
    """Messages as bytes: they are said back as they came."""
    import grpc

    def say(request, context):
        if b"fail" in request:
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "no more")
        return request

    def count(request, context):
        for _ in range(3):
            yield request

    def chat(requests, context):
        yield from requests

    handlers = {
        "Say": grpc.unary_unary_rpc_method_handler(say),
        "Count": grpc.unary_stream_rpc_method_handler(count),
        "Chat": grpc.stream_stream_rpc_method_handler(chat),
    }
    return serve_grpc(stack, "test.Echo", handlers)


if __name__ == "__main__":
    unittest.main()
