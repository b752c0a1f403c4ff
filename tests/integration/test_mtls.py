"""Two sidecars with mutual TLS between them, made by the proxy's own test authority."""
import os
import signal
import ssl
import subprocess
import unittest
import urllib.error

from harness import PATIENCE, PROXY, Stack, curl, free_port, need, status_of, wait_until


def make_certificates(stack, *workloads, options=()):
    folder = stack.folder / "certs"
    names = [part for name in workloads for part in ("--workload", name)]
    subprocess.run([PROXY, "certs", "--out", folder, "--trust-domain", "mesh.test", *names, *options],
                   check=True, capture_output=True)
    return folder


def identity(folder, name):
    return (f"{{certificate: {folder}/{name}.pem, key: {folder}/{name}.key, "
            f"ca: {folder}/ca.pem, trust_domains: [mesh.test]}}")


def pair(stack, folder, upstream, extra=""):
    """A caller's and a callee's sidecar; returns (caller, callee, port of the caller)."""
    inner, outer = free_port(), free_port()
    callee = stack.proxy(f"""
node: backend
identity: {identity(folder, "backend")}
listeners:
  in: {{address: "127.0.0.1:{inner}", direction: inbound{extra}}}
app: "127.0.0.1:{upstream}"
""")
    caller = stack.proxy(f"""
node: front
identity: {identity(folder, "front")}
listeners:
  out: {{address: "127.0.0.1:{outer}", direction: outbound}}
clusters:
  backend: {{endpoints: "127.0.0.1:{inner}", protocol: http2, tls: mutual}}
routes: [{{to: backend}}]
""")
    return caller, callee, outer, inner


@need("curl", "nginx")
class MutualTls(unittest.TestCase):
    def test_requests_pass_between_two_workloads_over_http2(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "backend")
            upstream = stack.nginx("location / { return 200 '$http_x_forwarded_client_cert'; }")
            _, callee, port, _ = pair(stack, folder, upstream)
            for _ in range(5):
                self.assertIn("spiffe://mesh.test/", curl(f"http://127.0.0.1:{port}/"))
            self.assertIn("spiffe://mesh.test", callee.get("/certs"))

    def test_nobody_comes_in_without_a_certificate_of_the_mesh(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "backend")
            upstream = stack.nginx("location / { return 200 'hello'; }")
            _, _, _, inner = pair(stack, folder, upstream)
            for arguments in ([], ["--cacert", folder / "ca.pem"]):
                done = subprocess.run(["curl", "-sk", "--max-time", str(PATIENCE), *map(str, arguments),
                                       f"https://127.0.0.1:{inner}/"], capture_output=True)
                self.assertNotEqual(done.returncode, 0)
            done = subprocess.run(["curl", "-s", "--max-time", str(PATIENCE), f"http://127.0.0.1:{inner}/"],
                                  capture_output=True)
            self.assertNotEqual(done.returncode, 0, "plain text on a strict port")
            self.assertEqual(curl("-k", "--cert", folder / "front.pem", "--key", folder / "front.key",
                                  f"https://127.0.0.1:{inner}/"), "hello")

    def test_a_permissive_port_takes_both(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "backend")
            upstream = stack.nginx("location / { return 200 'hello'; }")
            _, _, port, inner = pair(stack, folder, upstream, ", tls: permissive")
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            self.assertEqual(curl(f"http://127.0.0.1:{inner}/"), "hello")

    def test_a_revoked_certificate_is_refused_in_the_handshake(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "backend", options=["--crl"])
            upstream = stack.nginx("location / { return 200 'hello'; }")
            inner = free_port()
            proxy = stack.proxy(f"""
node: backend
identity: {identity(folder, "backend").rstrip("}")}, crl: {folder}/crl.pem}}
listeners: {{in: {{address: "127.0.0.1:{inner}", direction: inbound}}}}
app: "127.0.0.1:{upstream}"
""")

            def ask(name):
                done = subprocess.run(
                    ["curl", "-sk", "--max-time", str(PATIENCE), "--cert", folder / f"{name}.pem",
                     "--key", folder / f"{name}.key", f"https://127.0.0.1:{inner}/"], capture_output=True, text=True)
                return done.returncode, done.stdout

            self.assertEqual(ask("front"), (0, "hello"))
            # The list is a file that may change, like the others: no signal is needed.
            make_certificates(stack, options=["--revoke", "front"])
            wait_until(lambda: ask("front")[0] != 0, "the revocation")
            self.assertEqual(ask("front")[1], "")
            self.assertEqual(ask("backend"), (0, "hello"))
            proxy.wait_for_at_least("listener.in.ssl.fail_verify_error", 1)

    def test_an_upstream_whose_certificate_was_revoked_gets_no_request(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "backend", options=["--crl"])
            upstream = stack.nginx("location / { return 200 'hello'; }")
            inner, outer = free_port(), free_port()
            stack.proxy(f"""
node: backend
identity: {identity(folder, "backend")}
listeners: {{in: {{address: "127.0.0.1:{inner}", direction: inbound}}}}
app: "127.0.0.1:{upstream}"
""")
            make_certificates(stack, options=["--revoke", "backend"])
            caller = stack.proxy(f"""
node: front
identity: {identity(folder, "front").rstrip("}")}, crl: {folder}/crl.pem}}
listeners: {{out: {{address: "127.0.0.1:{outer}"}}}}
clusters: {{backend: {{endpoints: "127.0.0.1:{inner}", tls: mutual}}}}
routes: [{{to: backend}}]
""")
            self.assertEqual(status_of(f"http://127.0.0.1:{outer}/")[0], 503)
            caller.wait_for_at_least("cluster.backend.ssl.fail_verify_error", 1)

    def test_new_certificates_are_used_without_dropping_a_connection(self):
        with Stack() as stack:
            folder = make_certificates(stack, "front", "backend")
            upstream = stack.nginx("location / { return 200 'hello'; }")
            caller, callee, port, inner = pair(stack, folder, upstream)
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            connections = caller.stat("cluster.backend.upstream_cx_total")

            def serial():
                pem = ssl.get_server_certificate(("127.0.0.1", inner))
                return pem

            before = serial()
            make_certificates(stack, "backend", options=["--force"])
            os.kill(callee.pid, signal.SIGHUP)
            wait_until(lambda: serial() != before, "the new certificate")
            self.assertEqual(curl(f"http://127.0.0.1:{port}/"), "hello")
            self.assertEqual(caller.stat("cluster.backend.upstream_cx_total"), connections)


if __name__ == "__main__":
    unittest.main()
