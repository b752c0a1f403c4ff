"""Peers whose bytes are not what they should be: each mistake gets its answer, and a counter of its own."""
import contextlib
import socket
import ssl
import unittest

from harness import PATIENCE, Stack, free_port, raw, simple
from test_failures import JSON_LOG, log_lines, read_request
from test_h2_frames import (ACK, DATA, END, HEADERS, PREFACE, PROTOCOL, RST, SETTINGS, WHOLE, field,
                            frame, u32)
from test_mtls import make_certificates

REQUEST = b"GET /x HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n"
NO_RETRIES = "    retries: {attempts: 0}"


def hold(connection):
    """Reads, and says nothing, until the other side closes."""
    while connection.recv(65536):
        pass


def receive(connection, size):
    data = b""
    while len(data) < size:
        piece = connection.recv(size - len(data))
        if not piece:
            raise OSError("closed")
        data += piece
    return data


def serve_http2(answer):
    """A server that answers the n-th request of a connection with the frames `answer(n, stream)`."""

    def serve(connection):
        receive(connection, len(PREFACE))
        connection.sendall(frame(SETTINGS, 0, 0))
        requests = 0
        while True:
            header = receive(connection, 9)
            receive(connection, int.from_bytes(header[:3], "big"))
            kind, flags, stream = header[3], header[4], int.from_bytes(header[5:9], "big")
            if kind == SETTINGS and not flags & ACK:
                connection.sendall(frame(SETTINGS, ACK, 0))
            elif kind == HEADERS:
                requests += 1
                connection.sendall(answer(requests, stream))

    return serve


def response(stream, *fields, flags=WHOLE | END):
    return frame(HEADERS, flags, stream, b"".join(field(name, value) for name, value in fields))


class BrokenUpstreams(unittest.TestCase):
    ANSWERS = {
        b"220 mail.test ESMTP\r\n": "bad_status_line",
        b"HTTP/1.1 200 OK\r\nno colon\r\n\r\n": "bad_header",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nx": "bad_framing",
        b"HTTP/1.1 200 OK\r\nX-Long: " + b"x" * 70_000 + b"\r\n\r\n": "headers_too_large",
        b"HTTP/1.1 200 OK\r\n" + b"X-Many: 1\r\n" * 300 + b"\r\n": "too_many_headers",
    }

    def test_an_answer_that_is_not_http_is_a_bad_gateway(self):
        script = []

        def serve(connection):
            read_request(connection, 1)
            connection.sendall(script[-1])
            hold(connection)

        with Stack() as stack:
            text, port = simple(stack.server(serve), NO_RETRIES, more=JSON_LOG)
            proxy = stack.proxy(text)
            for answer, reason in self.ANSWERS.items():
                with self.subTest(reason):
                    script.append(answer)
                    self.assertTrue(raw(port, REQUEST).startswith(b"HTTP/1.1 502 "))
                    proxy.wait_for(f"cluster.app.upstream_cx_protocol_error.{reason}", 1)
            proxy.wait_for("cluster.app.upstream_cx_protocol_error", len(self.ANSWERS))
            proxy.wait_for("cluster.app.upstream_rq_rx_reset", len(self.ANSWERS))
            proxy.wait_for("http.in.downstream_rq_flag.UPE", len(self.ANSWERS))
            for line in log_lines(stack, len(self.ANSWERS)):
                self.assertEqual((line["response_code"], line["response_flags"]), (502, "UPE"))

    def test_half_a_body_that_goes_on_with_rubbish_is_reset(self):
        def serve(connection):
            read_request(connection, 1)
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
            connection.sendall(b"rubbish\r\n")
            hold(connection)

        with Stack() as stack:
            text, port = simple(stack.server(serve), NO_RETRIES, more=JSON_LOG)
            proxy = stack.proxy(text)
            self.assertFalse(raw(port, REQUEST).endswith(b"0\r\n\r\n"))
            proxy.wait_for("cluster.app.upstream_cx_protocol_error.bad_chunk", 1)
            proxy.wait_for("http.in.downstream_rq_tx_reset", 1)
            self.assertEqual(log_lines(stack, 1)[0]["response_flags"], "UPE")

    def http2(self, stack, answer):
        text, port = simple(stack.server(serve_http2(answer)), NO_RETRIES, "    protocol: http2", more=JSON_LOG)
        return stack.proxy(text), port

    def test_a_broken_answer_costs_an_http2_upstream_its_stream(self):
        broken = {
            1: lambda stream: response(stream, (b":status", b"200"), (b"Upper", b"x")),
            2: lambda stream: response(stream, (b"x", b"no status")),
            3: lambda stream: (response(stream, (b":status", b"200"), (b"content-length", b"1"), flags=WHOLE)
                               + frame(DATA, END, stream, b"too long")),
        }

        def answer(number, stream):
            return broken.get(number, lambda stream: response(stream, (b":status", b"200")))(stream)

        with Stack() as stack:
            proxy, port = self.http2(stack, answer)
            for count in (1, 2):
                self.assertTrue(raw(port, REQUEST).startswith(b"HTTP/1.1 502 "))
                proxy.wait_for("cluster.app.upstream_cx_protocol_error", count)
            self.assertNotIn(b"too long", raw(port, REQUEST))
            proxy.wait_for("cluster.app.upstream_cx_protocol_error", 3)
            self.assertTrue(raw(port, REQUEST).startswith(b"HTTP/1.1 200 "))
            proxy.wait_for("cluster.app.upstream_cx_http2_total", 1)
            self.assertEqual([line["response_flags"] for line in log_lines(stack, 4)][:2], ["UPE", "UPE"])

    def test_an_http2_connection_that_breaks_is_a_bad_gateway_for_all_of_it(self):
        with Stack() as stack:
            proxy, port = self.http2(stack, lambda number, stream: frame(DATA, 0, 0, b"on no stream"))
            self.assertTrue(raw(port, REQUEST).startswith(b"HTTP/1.1 502 "))
            proxy.wait_for("cluster.app.upstream_cx_protocol_error.http2", 1)

    def test_a_reset_by_an_upstream_is_not_taken_for_a_mistake_of_its(self):
        with Stack() as stack:
            proxy, port = self.http2(stack, lambda number, stream: frame(RST, 0, stream, u32(PROTOCOL)))
            self.assertTrue(raw(port, REQUEST).startswith(b"HTTP/1.1 503 "))
            self.assertEqual(log_lines(stack, 1)[0]["response_flags"], "UR")
            self.assertEqual(proxy.stat("cluster.app.upstream_cx_protocol_error"), 0)
            proxy.wait_for("cluster.app.upstream_rq_rx_reset", 1)


class BrokenClients(unittest.TestCase):
    def test_a_broken_proxy_header_is_counted(self):
        with Stack() as stack:
            text, port = simple(1, listener=", proxy_protocol: true")
            proxy = stack.proxy(text)
            self.assertEqual(raw(port, b"PROXY TCP4 nonsense\r\n" + REQUEST), b"")
            proxy.wait_for("listener.in.downstream_listener_filter_error", 1)

    def test_a_client_that_leaves_in_mid_request_is_counted(self):
        with Stack() as stack:
            text, port = simple(stack.server(hold))
            proxy = stack.proxy(text)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                client.sendall(REQUEST)
                proxy.wait_for("cluster.app.upstream_rq_active", 1)
            proxy.wait_for("http.in.downstream_cx_destroy_remote_active_rq", 1)
            proxy.wait_for("http.in.downstream_rq_rx_reset", 1)
            proxy.wait_for("cluster.app.upstream_rq_tx_reset", 1)

    def test_a_body_that_stops_is_answered_and_counted(self):
        with Stack() as stack:
            text, port = simple(stack.server(hold), more="timeouts: {body: 300ms}\n" + JSON_LOG)
            proxy = stack.proxy(text)
            answer = raw(port, b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: 10\r\n\r\n012")
            self.assertTrue(answer.startswith(b"HTTP/1.1 408 "), answer)
            proxy.wait_for("http.in.downstream_rq_timeout", 1)
            line = log_lines(stack, 1)[0]
            self.assertEqual((line["response_code"], line["response_flags"]), (408, "SI"))
            proxy.wait_for("cluster.app.upstream_rq_active", 0)

    def secure(self, stack, patience):
        folder = make_certificates(stack, "front")
        port = free_port()
        proxy = stack.proxy(f"""
node: front
listeners:
  in:
    address: "127.0.0.1:{port}"
    direction: gateway
    tls: {{certificate: {folder}/front.pem, key: {folder}/front.key}}
routes: [{{direct_response: {{status: 200}}}}]
timeouts: {{handshake: {patience}}}
""")
        answer, hello = ssl.MemoryBIO(), ssl.MemoryBIO()
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        with self.assertRaises(ssl.SSLWantReadError):
            context.wrap_bio(answer, hello, server_hostname="front").do_handshake()
        return proxy, port, hello.read()

    def test_a_handshake_that_its_client_leaves_is_counted(self):
        with Stack() as stack:
            proxy, port, hello = self.secure(stack, "900s")
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                client.sendall(hello)
                self.assertTrue(client.recv(1))
            proxy.wait_for("listener.in.ssl.failure.broken", 1)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE):
                pass  # a look at whether the port is there is no failure
            proxy.wait_for("listener.in.downstream_cx_total", 2)
            proxy.wait_for("listener.in.downstream_cx_active", 0)
            self.assertEqual(proxy.stat("listener.in.ssl.failure.broken"), 1)

    def test_a_handshake_that_takes_too_long_is_counted(self):
        with Stack() as stack:
            proxy, port, hello = self.secure(stack, "300ms")
            self.assertEqual(raw(port, hello[:10]), b"")
            proxy.wait_for("listener.in.ssl.failure.timeout", 1)
            proxy.wait_for("listener.in.downstream_cx_timeout.handshake", 1)

    def test_a_tunnel_in_which_only_the_server_speaks_is_not_silent(self):
        words = 8

        def serve(connection):
            connection.settimeout(0.2)
            for _ in range(words):
                with contextlib.suppress(TimeoutError):
                    connection.recv(1)  # the client says nothing
                connection.sendall(b"x")

        with Stack() as stack:
            upstream, port = stack.server(serve), free_port()
            proxy = stack.proxy(f"""
listeners: {{in: {{address: "127.0.0.1:{port}", protocol: tcp, to: db}}}}
clusters: {{db: {{endpoints: "127.0.0.1:{upstream}"}}}}
timeouts: {{tunnel_idle: 1s}}
""")
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                heard = b""
                while piece := client.recv(100):
                    heard += piece
                self.assertEqual(heard, b"x" * words)
            self.assertEqual(proxy.stat("listener.in.downstream_cx_timeout.tunnel_idle"), 0)

    def test_a_tunnel_that_is_silent_for_too_long_is_counted_as_one(self):
        with Stack() as stack:
            port = free_port()
            proxy = stack.proxy(f"""
node: test
listeners:
  in: {{address: "127.0.0.1:{port}", direction: gateway, protocol: tcp, to: app}}
clusters: {{app: "127.0.0.1:{stack.server(hold)}"}}
timeouts: {{tunnel_idle: 300ms}}
""")
            self.assertEqual(raw(port, b"hello"), b"")
            proxy.wait_for("listener.in.downstream_cx_timeout.tunnel_idle", 1)
            self.assertEqual(proxy.stat("listener.in.downstream_cx_timeout.idle"), 0)


if __name__ == "__main__":
    unittest.main()
