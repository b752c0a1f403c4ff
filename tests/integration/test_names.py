"""Endpoints by name: the name server that the configuration names, A and SRV records, their TTL."""
import collections
import json
import os
import signal
import socket
import struct
import threading
import unittest

from harness import Stack, answers, curl, free_port, need, wait_until

A, SRV = 1, 33
NO_SUCH_NAME = 3


def encode(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def a(address, ttl=1):
    return A, ttl, socket.inet_aton(address)


def srv(priority, weight, port, target, ttl=1):
    return SRV, ttl, struct.pack(">HHH", priority, weight, port) + encode(target)


class NameServer:
    """A name server on 127.0.0.1: answers what is in `zone`, "no such name" for the rest."""

    def __init__(self, stack):
        self.zone = {}
        self.asked = collections.Counter()
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self.socket.getsockname()[1]}"
        thread = threading.Thread(target=self.serve, daemon=True)
        thread.start()
        stack.exits.callback(thread.join)
        stack.exits.callback(self.socket.sendto, b"", self.socket.getsockname())  # the end

    def serve(self):
        with self.socket:
            while True:
                query, peer = self.socket.recvfrom(4096)
                if not query:
                    return
                self.socket.sendto(self.answer(query), peer)

    def answer(self, query):
        labels, at = [], 12
        while query[at] != 0:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        question = query[12:at + 5]
        name, (kind,) = ".".join(labels).lower(), struct.unpack_from(">H", query, at + 1)
        self.asked[name, kind] += 1
        zone = dict(self.zone)  # a test may change it at any time
        known = any(name == other for other, _ in zone)
        records = zone.get((name, kind), [])
        reply = query[:2] + struct.pack(">HHHHH", 0x8180 | (0 if known else NO_SUCH_NAME), 1, len(records), 0, 0)
        reply += question
        for kind, ttl, data in records:
            reply += struct.pack(">HHHIH", 0xC00C, kind, 1, ttl, len(data)) + data
        return reply


def config(server, dns, more=""):
    port = free_port()
    return f"""
node: test
dns_server: {server.address}
listeners: {{in: {{address: "127.0.0.1:{port}"}}}}
clusters: {{app: {{dns: {dns}, load_balancing: round_robin}}}}
routes: [{{to: app}}]
{more}""", f"http://127.0.0.1:{port}/"


@need("curl", "nginx")
class Names(unittest.TestCase):
    def test_addresses_follow_the_answers_of_the_name_server(self):
        with Stack() as stack:
            # The same port on two addresses of the loopback.
            port = stack.nginx("location / { return 200 '$server_addr'; }")
            server = NameServer(stack)
            server.zone["app.mesh.test", A] = [a("127.0.0.1")]
            text, url = config(server, f'"app.mesh.test:{port}"')
            proxy = stack.proxy(text)
            self.assertEqual(curl(url), "127.0.0.1")
            asked = server.asked["app.mesh.test", A]
            wait_until(lambda: server.asked["app.mesh.test", A] > asked + 1, "the answer to be asked for again")
            self.assertEqual(proxy.stat("cluster.app.membership_change"), 1)
            server.zone["app.mesh.test", A] = [a("127.0.0.99")]  # nobody listens there
            wait_until(lambda: answers(url, 503), "the new address")
            self.assertIn("127.0.0.99", proxy.get("/clusters"))
            server.zone["app.mesh.test", A] = [a("127.0.0.1")]
            wait_until(lambda: answers(url, 200), "the old address")

    def test_services_bring_their_ports_weights_and_priorities(self):
        with Stack() as stack:
            one, two, spare = (stack.nginx(f"location / {{ return 200 '{name}'; }}")
                               for name in ("one", "two", "spare"))
            server = NameServer(stack)
            name = "_http._tcp.app.mesh.test"
            server.zone["a.mesh.test", A] = [a("127.0.0.1")]
            server.zone["b.mesh.test", A] = [a("127.0.0.1")]
            server.zone[name, SRV] = [srv(1, 30, one, "a.mesh.test"), srv(1, 10, two, "b.mesh.test"),
                                      srv(2, 10, spare, "a.mesh.test")]
            text, url = config(server, f"{{name: {name}, kind: srv}}")
            stack.proxy(text)
            seen = collections.Counter(curl(url) for _ in range(40))
            self.assertEqual(set(seen), {"one", "two"})
            self.assertGreater(seen["one"], 2 * seen["two"])
            server.zone[name, SRV] = [srv(2, 10, spare, "a.mesh.test")]
            wait_until(lambda: curl(url) == "spare", "the spare one")

    def test_a_name_server_that_fails_changes_nothing(self):
        with Stack() as stack:
            port = stack.nginx("location / { return 200 'hello'; }")
            server = NameServer(stack)
            server.zone["app.mesh.test", A] = [a("127.0.0.1")]
            text, url = config(server, f'"app.mesh.test:{port}"')
            proxy = stack.proxy(text)
            self.assertEqual(curl(url), "hello")
            server.zone.clear()
            proxy.wait_for_at_least("cluster.app.update_failure", 1)
            self.assertEqual(curl(url), "hello")

    def test_a_reload_may_name_another_server(self):
        with Stack() as stack:
            one, two = (stack.nginx(f"location / {{ return 200 '{name}'; }}") for name in ("one", "two"))
            first, second = NameServer(stack), NameServer(stack)
            name = "_http._tcp.app.mesh.test"
            for server, port in ((first, one), (second, two)):
                server.zone["a.mesh.test", A] = [a("127.0.0.1")]
                server.zone[name, SRV] = [srv(1, 1, port, "a.mesh.test", ttl=3600)]
            text, url = config(first, f"{{name: {name}, kind: srv}}")
            proxy = stack.proxy(text)
            self.assertEqual(curl(url), "one")
            proxy.path.write_text(text.replace(first.address, second.address))
            os.kill(proxy.pid, signal.SIGHUP)
            wait_until(lambda: curl(url) == "two", "the other server's answer")
            self.assertEqual(json.loads(proxy.get("/config_dump"))["dns_server"], second.address)

    def test_the_command_line_names_it_too(self):
        with Stack() as stack:
            port = stack.nginx("location / { return 200 'hello'; }")
            server = NameServer(stack)
            server.zone["app.mesh.test", A] = [a("127.0.0.1")]
            text, url = config(server, f'"app.mesh.test:{port}"')
            stack.proxy(text.replace(f"dns_server: {server.address}\n", ""), "--dns-server", server.address)
            self.assertEqual(curl(url), "hello")


if __name__ == "__main__":
    unittest.main()
