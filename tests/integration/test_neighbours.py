"""Programs that stand beside sidecars: haproxy on either side of the proxy, wrk and nghttp in front of it."""
import re
import subprocess
import unittest

from harness import PATIENCE, Stack, curl, free_port, need, simple, status_of, wait_until
from test_mtls import make_certificates


def haproxy(stack, sections):
    """An haproxy whose configuration has these sections; `sections` is a text with {port}. Its port."""
    port = free_port()
    path = stack.file(f"haproxy-{port}.cfg", f"""
global
    nbthread 1
defaults
    mode http
    timeout connect {PATIENCE}s
    timeout client {PATIENCE}s
    timeout server {PATIENCE}s
{sections.format(port=port)}
""")
    stack.start("haproxy", ["haproxy", "-db", "-f", path], port)
    return port


TELL = ('    http-request return status 200 content-type text/plain lf-string '
        '"from %[src] by %[req.ver] as %[req.hdr(x-forwarded-for)]"')


@need("curl", "haproxy")
class Haproxy(unittest.TestCase):
    def test_as_the_server_in_both_protocols(self):
        with Stack() as stack:
            for protocol, version in (("http1", "1.1"), ("http2", "2.0")):
                with self.subTest(protocol):
                    proto = " proto h2" if protocol == "http2" else ""
                    server = haproxy(stack, "frontend f\n    bind 127.0.0.1:{port}" + proto + "\n" + TELL)
                    text, port = simple(server, extra_cluster=f"    protocol: {protocol}")
                    stack.proxy(text)
                    for option in ("--http1.1", "--http2-prior-knowledge"):
                        self.assertIn(f"by {version} as 127.0.0.1", curl(option, f"http://127.0.0.1:{port}/"))

    def test_reads_our_proxy_headers(self):
        with Stack() as stack:
            server = haproxy(stack, "frontend f\n    bind 127.0.0.1:{port} accept-proxy\n" + TELL)
            text, port = simple(server, extra_cluster="    send_proxy_protocol: true",
                                listener=", proxy_protocol: true")
            stack.proxy(text)
            front = haproxy(stack, "frontend f\n    bind 127.0.0.1:{port}\n    default_backend b\n"
                            f"backend b\n    server s 127.0.0.1:{port} send-proxy\n")
            self.assertIn("from 127.0.0.1 by 1.1", curl(f"http://127.0.0.1:{front}/"))

    def test_as_the_client_in_both_protocols_and_both_versions_of_its_header(self):
        with Stack() as stack:
            origin = stack.nginx("location / { return 200 '$http_x_forwarded_for'; }")
            text, port = simple(origin, listener=", proxy_protocol: true")
            proxy = stack.proxy(text)
            for server in ("send-proxy", "send-proxy-v2", "send-proxy-v2 proto h2"):
                with self.subTest(server):
                    front = haproxy(stack, "frontend f\n    bind 127.0.0.1:{port}\n    default_backend b\n"
                                    f"backend b\n    server s 127.0.0.1:{port} {server}\n")
                    url = f"http://127.0.0.1:{front}/"
                    self.assertEqual(status_of(url)[0], 200)
                    self.assertIn("127.0.0.1", curl(url))
            proxy.wait_for_at_least("http.in.downstream_rq_http2_total", 2)
            self.assertEqual(proxy.stat("listener.in.downstream_listener_filter_error"), 0)

    def test_shows_a_workloads_certificate_to_a_strict_sidecar(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "backend")
            both = (folder / "front.pem").read_text() + (folder / "front.key").read_text()
            bundle = stack.file("front-both.pem", both)
            inner = free_port()
            stack.proxy(f"""
node: backend
identity: {{certificate: {folder}/backend.pem, key: {folder}/backend.key, ca: {folder}/ca.pem,
           trust_domains: [mesh.test]}}
listeners: {{in: {{address: "127.0.0.1:{inner}", direction: inbound}}}}
app: "127.0.0.1:{stack.nginx("location / { return 200 '$http_x_forwarded_client_cert'; }")}"
""")
            to = f"backend b\n    server s 127.0.0.1:{inner} ssl verify required ca-file {folder}/ca.pem"
            front = "frontend f\n    bind 127.0.0.1:{port}\n    default_backend b\n"
            known = haproxy(stack, front + f"{to} crt {bundle} alpn h2\n")
            self.assertIn("spiffe://mesh.test/", curl(f"http://127.0.0.1:{known}/"))
            nobody = haproxy(stack, front + to + "\n")
            self.assertIn(status_of(f"http://127.0.0.1:{nobody}/")[0], (502, 503))


@need("nginx")
class Load(unittest.TestCase):
    def run_one(self, *command):
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, timeout=4 * PATIENCE)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        return done.stdout

    @need("wrk")
    def test_wrk_gets_nothing_but_answers(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            proxy = stack.proxy(text)
            done = 0

            def load():
                nonlocal done
                printed = self.run_one("wrk", "-t1", "-c16", "-d1s", f"http://127.0.0.1:{port}/")
                self.assertNotIn("Non-2xx", printed)
                self.assertNotRegex(printed, r"Socket errors: connect [1-9]")
                done += int(re.search(r"(\d+) requests in", printed)[1])
                return done > 0  # a second may be short on a busy machine

            wait_until(load, "wrk to get an answer")
            proxy.wait_for("listener.in.downstream_cx_active", 0)
            self.assertGreaterEqual(proxy.stat("http.in.downstream_rq_2xx"), done)
            self.assertEqual(proxy.stat("http.in.downstream_rq_5xx"), 0)
            self.assertEqual(proxy.stat("http.in.downstream_cx_protocol_error"), 0)

    @need("nghttp")
    def test_nghttp_comes_by_prior_knowledge_by_upgrade_and_with_a_body(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            proxy = stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            body = stack.file("body", "x" * 100_000)
            for count, options in ((20, ["-m20"]), (1, ["-u"]), (1, [f"-d{body}"]), (5, ["-m5", "--no-dep", "-w1"])):
                with self.subTest(options):
                    printed = self.run_one("nghttp", "-v", *options, url)
                    self.assertEqual(len(re.findall(r":status: 200", printed)), count, printed)
                    # An answer that does not wait for all of a body may end it with a reset of no error.
                    self.assertNotRegex(printed, r"error_code=(?!NO_ERROR)")
            proxy.wait_for("http.in.downstream_rq_2xx", 27)
            self.assertEqual(proxy.stat("http.in.downstream_cx_protocol_error"), 0)


if __name__ == "__main__":
    unittest.main()
