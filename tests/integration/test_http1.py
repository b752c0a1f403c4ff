"""HTTP/1.1 through the proxy, with curl and raw sockets in front and nginx behind."""
import hashlib
import os
import socket
import threading
import unittest

from harness import PATIENCE, Stack, curl, free_port, need, raw, simple, status_of


def answer_head(connection):
    """Reads a request head."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            return data
        data += piece
    return data


@need("curl", "nginx")
class Http1(unittest.TestCase):
    def test_a_large_download_arrives_whole(self):
        with Stack() as stack:
            upstream = stack.nginx("")
            data = os.urandom(8_000_000)
            next(stack.folder.glob("nginx-*/www")).joinpath("big").write_bytes(data)
            text, port = simple(upstream)
            stack.proxy(text)
            out = stack.folder / "out"
            curl("-o", out, f"http://127.0.0.1:{port}/big")
            self.assertEqual(hashlib.sha256(out.read_bytes()).digest(),
                             hashlib.sha256(data).digest())

    def test_an_upload_arrives_whole_with_length_and_chunked(self):
        received = []

        def backend(connection):
            data = answer_head(connection)
            head, _, body = data.partition(b"\r\n\r\n")
            fields = head.lower().split(b"\r\n")
            if b"expect: 100-continue" in fields:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            if b"transfer-encoding: chunked" in fields:
                while not body.endswith(b"0\r\n\r\n"):
                    body += connection.recv(65536)
                whole = b""
                while body:
                    size, _, body = body.partition(b"\r\n")
                    whole += body[:int(size, 16)]
                    body = body[int(size, 16) + 2:]
                body = whole
            else:
                length = next(int(f.split(b":")[1]) for f in fields if f.startswith(b"content-length"))
                while len(body) < length:
                    body += connection.recv(65536)
            received.append(hashlib.sha256(body).digest())
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok")

        with Stack() as stack:
            text, port = simple(stack.server(backend))
            stack.proxy(text)
            data = os.urandom(3_000_000)
            path = stack.folder / "upload"
            path.write_bytes(data)
            url = f"http://127.0.0.1:{port}/up"
            self.assertEqual(curl("--data-binary", f"@{path}", url), "ok")
            self.assertEqual(curl("-H", "transfer-encoding: chunked", "-H", "expect:", "--data-binary",
                                  f"@{path}", url), "ok")
            self.assertEqual(curl("-H", "expect: 100-continue", "--data-binary", f"@{path}", url), "ok")
            self.assertEqual(received, [hashlib.sha256(data).digest()] * 3)

    def test_an_upgrade_becomes_a_tunnel_that_outlives_the_timeout(self):
        over = threading.Event()

        def backend(connection):
            head = answer_head(connection)
            if b"GET /late" in head:
                over.wait(PATIENCE)
                return
            assert b"upgrade: websocket" in head.lower(), head
            connection.sendall(b"HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\n"
                               b"connection: Upgrade\r\n\r\nhello")
            while True:
                data = connection.recv(100)
                if not data:
                    return
                connection.sendall(data.upper())

        with Stack() as stack:
            stack.exits.callback(over.set)
            text, port = simple(stack.server(backend), "    timeout: 2s")
            stack.proxy(text)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                client.sendall(b"GET /chat HTTP/1.1\r\nHost: a.test\r\nUpgrade: websocket\r\n"
                               b"Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                               b"Sec-WebSocket-Key: x3JJHMbDL1EzLkh9GBhXDw==\r\n\r\n")
                data = b""
                while not data.endswith(b"hello"):
                    piece = client.recv(1000)
                    self.assertTrue(piece, data)
                    data += piece
                self.assertTrue(data.startswith(b"HTTP/1.1 101"), data)
                # Once another request has run into the timeout, the tunnel has lived for longer.
                self.assertEqual(status_of(f"http://127.0.0.1:{port}/late")[0], 504)
                for word in (b"one", b"two", b"three"):
                    client.sendall(word)
                    self.assertEqual(client.recv(100), word.upper())

    def test_pipelined_requests_are_answered_in_order(self):
        with Stack() as stack:
            upstream = stack.nginx("location /a { return 200 'first'; } location /b { return 200 'second'; }")
            text, port = simple(upstream)
            stack.proxy(text)
            request = b"GET /%s HTTP/1.1\r\nHost: a.test\r\n%s\r\n"
            answer = raw(port, request % (b"a", b"") + request % (b"b", b"Connection: close\r\n"))
            self.assertEqual(answer.count(b"HTTP/1.1 200"), 2)
            self.assertLess(answer.index(b"first"), answer.index(b"second"))

    def test_an_old_client_gets_a_body_that_ends_with_the_connection_or_has_a_length(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            stack.proxy(text)
            answer = raw(port, b"GET / HTTP/1.0\r\nHost: a.test\r\n\r\n")
            self.assertNotIn(b"chunked", answer.lower())
            self.assertTrue(answer.endswith(b"hello"))

    def test_a_connection_is_used_again_downstream_and_upstream(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            proxy = stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            curl(*[url] * 20)
            proxy.wait_for("cluster.app.upstream_rq_total", 20)
            self.assertEqual(proxy.stat("cluster.app.upstream_cx_total"), 1)

    def test_a_request_without_a_host_is_refused(self):
        with Stack() as stack:
            text, port = simple(stack.nginx(""))
            stack.proxy(text)
            self.assertIn(b" 400 ", raw(port, b"GET / HTTP/1.1\r\n\r\n").split(b"\r\n")[0])

    def test_no_upstream_gives_503_with_the_reason(self):
        with Stack() as stack:
            text, port = simple(free_port())
            proxy = stack.proxy(text)
            self.assertEqual(status_of(f"http://127.0.0.1:{port}/")[0], 503)
            proxy.wait_for_at_least("cluster.app.upstream_cx_connect_fail", 1)


if __name__ == "__main__":
    unittest.main()
