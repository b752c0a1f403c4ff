"""Back-pressure: a side that does not read holds up the side that sends, and bytes pile up nowhere."""
import contextlib
import hashlib
import socket
import threading
import unittest

from harness import PATIENCE, Stack, need, simple, wait_until
from test_h2_frames import (DATA, END, HEADERS, PREFACE, SETTINGS, WHOLE, Peer, frame, get, head,
                            setting)

SIZE = 192 << 20  # far more than the kernel keeps of four sockets
PIECE = bytes(range(256)) * 1024
LONG = "timeouts: {body: 900s, idle: 900s}"  # a machine may be slow


class Sender:
    """Sends SIZE bytes, and knows whether it had to wait for a reader."""

    def __init__(self):
        self.blocked = threading.Event()
        self.done = threading.Event()

    def send(self, connection):
        connection.settimeout(2)
        left = SIZE
        while left > 0:
            with contextlib.suppress(TimeoutError):
                left -= connection.send(PIECE[:min(left, len(PIECE))])
                continue
            self.blocked.set()
        self.done.set()

    def wait_until_blocked(self):
        wait_until(lambda: self.blocked.is_set() or self.done.is_set(), "the sender to be held up")


def read_head(connection):
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        if not piece:
            break
        data += piece
    return data


def resident_mib(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


def read_all(connection, first, size):
    """The digest of `first` and what follows, `size` bytes in all."""
    digest, left = hashlib.sha256(first), size - len(first)
    while left > 0:
        piece = connection.recv(min(left, 1 << 20))
        if not piece:
            raise AssertionError(f"{left} bytes are missing")
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()


DIGEST = hashlib.sha256()
for _ in range(SIZE // len(PIECE)):
    DIGEST.update(PIECE)
DIGEST = DIGEST.hexdigest()


class BackPressure(unittest.TestCase):
    def test_a_client_that_does_not_read_holds_up_the_upstream(self):
        sender = Sender()

        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % SIZE)
            sender.send(connection)

        with Stack() as stack:
            text, port = simple(stack.server(serve), "    timeout: 0s", more=LONG)
            proxy = stack.proxy(text)
            before = resident_mib(proxy.pid)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                client.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
                head, _, body = read_head(client).partition(b"\r\n\r\n")
                self.assertTrue(head.startswith(b"HTTP/1.1 200"), head)
                sender.wait_until_blocked()
                self.assertFalse(sender.done.is_set(), "all of the body is somewhere")
                self.assertLess(resident_mib(proxy.pid), before + 32)
                self.assertEqual(read_all(client, body, SIZE), DIGEST)

    def test_an_upstream_that_does_not_read_holds_up_the_client(self):
        reads = threading.Event()
        digests = []

        def serve(connection):
            _, _, body = read_head(connection).partition(b"\r\n\r\n")
            reads.wait(10 * PATIENCE)
            digests.append(read_all(connection, body, SIZE))
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")

        with Stack() as stack:
            stack.exits.callback(reads.set)
            text, port = simple(stack.server(serve), "    timeout: 0s", more=LONG)
            proxy = stack.proxy(text)
            before = resident_mib(proxy.pid)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                client.sendall(b"POST / HTTP/1.1\r\nHost: a.test\r\nContent-Length: %d\r\n\r\n" % SIZE)
                sender = Sender()
                thread = threading.Thread(target=sender.send, args=(client,))
                thread.start()
                sender.wait_until_blocked()
                self.assertFalse(sender.done.is_set(), "all of the body is somewhere")
                self.assertLess(resident_mib(proxy.pid), before + 32)
                reads.set()
                thread.join()
                client.settimeout(PATIENCE)
                self.assertIn(b" 200 ", read_head(client))
            self.assertEqual(digests, [DIGEST])

    def test_an_http2_client_that_opens_no_window_holds_up_the_upstream(self):
        sender = Sender()
        over = threading.Event()

        def serve(connection):
            read_head(connection)
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % SIZE)
            with contextlib.suppress(OSError):  # it goes away in the middle
                sender.send(connection)
            over.set()

        with Stack() as stack:
            text, port = simple(stack.server(serve), "    timeout: 0s", more=LONG)
            proxy = stack.proxy(text)
            before = resident_mib(proxy.pid)
            peer = Peer(port, None)
            with peer.socket:
                peer.send(PREFACE + frame(SETTINGS, 0, 0) + get())
                self.assertIsNotNone(peer.wait(lambda kind, *_: kind == HEADERS), peer.frames)
                sender.wait_until_blocked()
                self.assertFalse(sender.done.is_set(), "all of the body is somewhere")
                self.assertLess(resident_mib(proxy.pid), before + 32)
                self.assertIsNotNone(peer.wait(lambda kind, *_: kind == DATA), peer.frames)
            # The client is gone: so is the connection to the upstream, and all that was kept.
            self.assertTrue(over.wait(PATIENCE))
            proxy.wait_for("cluster.app.upstream_rq_active", 0)

    def proxy_whose_memory_counts(self, stack, text):
        proxy = stack.proxy(text)
        if proxy.stat("server.memory_allocated") == 0:
            self.skipTest("no figures of the heap: a sanitizer has its own allocator")
        return proxy

    @need("nginx")
    def test_hundreds_of_downloads_without_a_window_cost_little(self):
        """30 bytes ask for a body; a client that then opens no window must not have it kept here."""
        with Stack() as stack:
            (stack.folder / "big").write_bytes(bytes(5_000_000))
            text, port = simple(stack.nginx("location / { root %s; }" % stack.folder), "    timeout: 0s", more=LONG)
            proxy = self.proxy_whose_memory_counts(stack, text)
            before = resident_mib(proxy.pid)
            requests = b"".join(frame(HEADERS, WHOLE | END, 2 * i + 1, head(path=b"/big")) for i in range(100))
            for _ in range(4):
                peer = Peer(port, None)
                stack.exits.enter_context(peer.socket)
                peer.send(PREFACE + frame(SETTINGS, 0, 0, setting(4, 0)) + requests)
                for count in range(1, 101):
                    self.assertIsNotNone(peer.wait(lambda *_: peer.count(HEADERS) >= count), peer.frames)
            self.assertLess(resident_mib(proxy.pid), before + 32)

    @need("nginx")
    def test_an_answer_that_its_client_does_not_read_holds_little(self):
        """Besides what the kernel keeps: the piece that it was read in, not what was asked for."""
        clients, most_each = 100, 48 << 10
        with Stack() as stack:
            (stack.folder / "big").write_bytes(bytes(20_000_000))
            text, port = simple(stack.nginx("location / { root %s; }" % stack.folder), "    timeout: 0s", more=LONG)
            proxy = self.proxy_whose_memory_counts(stack, text)
            before = proxy.stat("server.memory_allocated")
            for _ in range(clients):
                client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                stack.exits.enter_context(client)
                client.sendall(b"GET /big HTTP/1.1\r\nHost: a.test\r\n\r\n")
                self.assertTrue(read_head(client).startswith(b"HTTP/1.1 200"))
            sent = []

            def stands_still():
                sent.append(proxy.stat("listener.in.downstream_cx_tx_bytes_total"))
                return len(sent) >= 20 and len(set(sent[-20:])) == 1
            wait_until(stands_still, "the answers to stand still")
            self.assertLess(proxy.stat("server.memory_allocated") - before, clients * most_each)

    @need("nginx")
    def test_a_pipelined_request_is_served_when_the_answer_before_it_was_held_up(self):
        size = 20_000_000
        with Stack() as stack:
            (stack.folder / "big").write_bytes(bytes(size))
            text, port = simple(stack.nginx("location / { root %s; }" % stack.folder), "    timeout: 0s", more=LONG)
            stack.proxy(text)
            with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as client:
                client.sendall(b"GET /big HTTP/1.1\r\nHost: a.test\r\n\r\n" * 2)
                for _ in range(2):
                    head, _, body = read_head(client).partition(b"\r\n\r\n")
                    self.assertTrue(head.startswith(b"HTTP/1.1 200"), head)
                    read_all(client, body, size)

    def test_the_memory_of_a_peak_goes_back_to_the_system(self):
        with Stack() as stack:
            text, port = simple(1, more="timeouts: {headers: 900s}")
            proxy = self.proxy_whose_memory_counts(stack, text)
            before = resident_mib(proxy.pid)
            for _ in range(2):  # also behind the second peak, which finds what the first one has left
                with contextlib.ExitStack() as clients:
                    for _ in range(400):
                        client = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
                        clients.enter_context(client)
                        client.sendall(b"GET / HTTP/1.1\r\nHost: a.test\r\nX-Long: " + b"x" * 50_000)
                    wait_until(lambda: resident_mib(proxy.pid) > before + 16, "heads to be kept")
                proxy.wait_for("listener.in.downstream_cx_active", 0)
                wait_until(lambda: resident_mib(proxy.pid) < before + 8, "the memory to go back")


if __name__ == "__main__":
    unittest.main()
