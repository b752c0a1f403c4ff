#!/usr/bin/env python3
"""An origin with known service times: some workers, first come, first served.

A request for PATH takes exactly the time that the arguments say, from the moment at which it is there
and a worker is free of those before it. The schedule is arithmetic, not sleep upon sleep: an answer that leaves a
little late makes none of the next ones later.

usage: known_server.py PORT WORKERS PATH=MILLISECONDS ...
"""
import heapq
import select
import socket
import sys
import time

SPIN = 0.0015  # Seconds: `poll` counts milliseconds, and the kernel may be late.
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class KnownServer:
    def __init__(self, port, workers, times):
        self.times = times
        self.listener = socket.create_server(("127.0.0.1", port), backlog=1024)
        self.listener.setblocking(False)
        self.poll = select.epoll()
        self.poll.register(self.listener, select.EPOLLIN)
        self.peers, self.unread = {}, {}
        self.queue = []  # A heap of (when it is done, descriptor).
        self.free_at = [0.0] * workers  # A heap.

    def accept(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except BlockingIOError:
                return
            peer.setblocking(False)
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self.peers[peer.fileno()] = peer
            self.unread[peer.fileno()] = b""
            self.poll.register(peer, select.EPOLLIN)

    def read(self, descriptor):
        peer = self.peers[descriptor]
        try:
            data = peer.recv(65536)
        except ConnectionError:
            data = b""
        if not data:
            self.poll.unregister(descriptor)
            peer.close()
            del self.peers[descriptor]
            return
        now = time.monotonic()
        self.unread[descriptor] += data
        while b"\r\n\r\n" in self.unread[descriptor]:
            head, self.unread[descriptor] = self.unread[descriptor].split(b"\r\n\r\n", 1)
            path = head.split(b" ", 2)[1].decode()
            done_at = max(self.free_at[0], now) + self.times[path]
            heapq.heapreplace(self.free_at, done_at)
            heapq.heappush(self.queue, (done_at, descriptor))

    def answer(self):
        while self.queue and self.queue[0][0] <= time.monotonic():
            _, descriptor = heapq.heappop(self.queue)
            if descriptor in self.peers:
                self.peers[descriptor].send(ANSWER)

    def run(self):
        while True:
            wait = -1
            if self.queue:
                wait = max(self.queue[0][0] - time.monotonic() - SPIN, 0)
            for descriptor, _ in self.poll.poll(wait):
                if descriptor == self.listener.fileno():
                    self.accept()
                else:
                    self.read(descriptor)
            self.answer()


def main():
    times = {}
    for argument in sys.argv[3:]:
        path, milliseconds = argument.split("=")
        times[path] = float(milliseconds) / 1e3
    KnownServer(int(sys.argv[1]), int(sys.argv[2]), times).run()


if __name__ == "__main__":
    main()
