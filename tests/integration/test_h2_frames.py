"""RFC 9113 and RFC 7541 by raw frames, from socket to socket, over plain TCP and over TLS.

What every conformance checker for HTTP/2 servers asks, section by section; the numbers are those of RFC
7540, by which such checkers name their cases. tests/proxy/http/http2_conformance_test.cc asks more of the
codec alone; here the answers come through the whole proxy.
"""
import socket
import ssl
import struct
import unittest

from harness import PATIENCE, Stack, free_port, need, simple
from test_mtls import make_certificates

DATA, HEADERS, PRIORITY, RST, SETTINGS, PUSH, PING, GOAWAY, WINDOW, CONTINUATION = range(10)
ACK = END = 1
WHOLE, PADDED, PRIO = 4, 8, 32
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
# Error codes.
PROTOCOL, FLOW, CLOSED, SIZE, COMPRESSION = 1, 3, 5, 6, 9


def frame(kind, flags, stream, payload=b""):
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def number(value, prefix, first):
    most = (1 << prefix) - 1
    if value < most:
        return bytes((first | value,))
    out, value = bytes((first | most,)), value - most
    while value >= 128:
        out, value = out + bytes((value & 127 | 128,)), value >> 7
    return out + bytes((value,))


def text(value):
    return number(len(value), 7, 0) + value


def field(name, value, first=0):
    """A literal: 0 is without indexing, 0x10 never indexed, 0x40 with indexing."""
    return bytes((first,)) + text(name) + text(value)


def head(method=b"GET", extra=b"", leave_out=(), path=b"/"):
    fields = ((b":method", method), (b":scheme", b"http"), (b":path", path), (b":authority", b"h.test"))
    return b"".join(field(n, v) for n, v in fields if n not in leave_out) + extra


def u32(value):
    return struct.pack(">I", value)


def setting(key, value):
    return struct.pack(">HI", key, value)


def get(stream=1, extra=b"", flags=WHOLE | END):
    return frame(HEADERS, flags, stream, head(extra=extra))


def post(stream=1, extra=b"", flags=WHOLE):
    return frame(HEADERS, flags, stream, head(b"POST", extra))


def whole(block):
    return frame(HEADERS, WHOLE | END, 1, block)


def request_without(name):
    return whole(head(leave_out=(name,)))


PING8 = frame(PING, 0, 0, b"12345678")
BIG = b"x" * 16385
DEPEND = u32(3) + b"\x0f"

# What the server must do: the number of responses, all in good order; or end the connection, or a stream,
# with one of these codes (without any: in good order). None: it may do what it likes, but stay.


def responses(count):
    return ("responses", count)


def connection(*codes):
    return ("connection", codes)


def stream(*codes):
    return ("stream", codes)


OK = responses(0)
ONE = responses(1)
CASES = [
    # How streams begin and end, frames that must be taken, messages, and all forms of header fields.
    ("generic 1", "preface", b"", OK),
    ("generic 2", "PRIORITY on an idle stream", frame(PRIORITY, 0, 1, DEPEND), OK),
    ("generic 2", "WINDOW_UPDATE on a half-closed stream", get() + frame(WINDOW, 0, 1, u32(100)), ONE),
    ("generic 2", "PRIORITY on a half-closed stream", get() + frame(PRIORITY, 0, 1, DEPEND), ONE),
    ("generic 2", "RST_STREAM on a half-closed stream", get() + frame(RST, 0, 1, u32(8)), None),
    ("generic 2", "PRIORITY on a closed stream", [get(), frame(PRIORITY, 0, 1, DEPEND)], ONE),
    ("generic 3.1", "DATA", post() + frame(DATA, END, 1, b"test"), ONE),
    ("generic 3.1", "several DATA", post() + frame(DATA, 0, 1, b"test") + frame(DATA, END, 1, b"test"), ONE),
    ("generic 3.1", "padded DATA", post() + frame(DATA, END | PADDED, 1, b"\x06test" + b"\0" * 6), ONE),
    ("generic 3.2", "HEADERS", get(), ONE),
    ("generic 3.2", "padded HEADERS",
     frame(HEADERS, WHOLE | END | PADDED, 1, b"\x06" + head() + b"\0" * 6), ONE),
    ("generic 3.2", "HEADERS with priority", frame(HEADERS, WHOLE | END | PRIO, 1, u32(0) + b"\x0f" + head()), ONE),
    ("generic 3.3", "PRIORITY of weight 1", frame(PRIORITY, 0, 1, u32(0) + b"\0"), OK),
    ("generic 3.3", "PRIORITY of weight 256", frame(PRIORITY, 0, 1, u32(0) + b"\xff"), OK),
    ("generic 3.3", "PRIORITY with a dependency", frame(PRIORITY, 0, 1, u32(0) + b"\0") +
     frame(PRIORITY, 0, 3, u32(1) + b"\xff"), OK),
    ("generic 3.3", "exclusive PRIORITY", frame(PRIORITY, 0, 3, u32(0x80000001) + b"\xff"), OK),
    ("generic 3.3", "PRIORITY on an idle stream, HEADERS on a lower one",
     frame(PRIORITY, 0, 5, u32(3) + b"\xff") + get(3), ONE),
    ("generic 3.4", "RST_STREAM", post() + frame(RST, 0, 1, u32(8)), OK),
    ("generic 3.5", "SETTINGS", frame(SETTINGS, 0, 0, setting(3, 100)), OK),
    ("generic 3.7", "PING", frame(PING, 0, 0, b"h2spec!!"), OK),
    ("generic 3.8", "GOAWAY", frame(GOAWAY, 0, 0, u32(0) + u32(0)), connection()),
    ("generic 3.9", "WINDOW_UPDATE of the connection", frame(WINDOW, 0, 0, u32(1)), OK),
    ("generic 3.9", "WINDOW_UPDATE of a stream", post() + frame(WINDOW, 0, 1, u32(1)) + frame(DATA, END, 1), ONE),
    ("generic 3.10", "CONTINUATION", frame(HEADERS, END, 1, head()) +
     frame(CONTINUATION, WHOLE, 1, field(b"x", b"y")), ONE),
    ("generic 3.10", "several CONTINUATION", frame(HEADERS, END, 1, head()) +
     frame(CONTINUATION, 0, 1, field(b"x", b"y")) + frame(CONTINUATION, WHOLE, 1, field(b"z", b"y")), ONE),
    ("generic 4", "GET", get(), ONE),
    ("generic 4", "HEAD", whole(head(b"HEAD")), ONE),
    ("generic 4", "POST", post() + frame(DATA, END, 1, b"test"), ONE),
    ("generic 4", "POST with trailers", post(extra=field(b"trailer", b"x-test")) + frame(DATA, 0, 1, b"test") +
     frame(HEADERS, WHOLE | END, 1, field(b"x-test", b"ok")), ONE),
    ("generic 5", "indexed field", whole(b"\x82\x86\x84" + field(b":authority", b"h.test")), ONE),
    ("generic 5", "literal with indexing, indexed name", get(extra=b"\x7a" + text(b"me")), ONE),
    ("generic 5", "literal with indexing, indexed name, Huffman",
     get(extra=b"\x7a\x83\x49\x50\x9f"), ONE),
    ("generic 5", "literal with indexing, new name", get(extra=field(b"x-test", b"ok", 0x40)), ONE),
    ("generic 5", "literal with indexing, new name, Huffman",
     get(extra=b"\x40\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x9f"), ONE),
    ("generic 5", "literal without indexing, indexed name", get(extra=b"\x0f\x2b" + text(b"me")), ONE),
    ("generic 5", "literal without indexing, new name", get(extra=field(b"x-test", b"ok")), ONE),
    ("generic 5", "literal without indexing, Huffman",
     get(extra=b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x9f"), ONE),
    ("generic 5", "literal never indexed, indexed name", get(extra=b"\x1f\x2b" + text(b"me")), ONE),
    ("generic 5", "literal never indexed, new name", get(extra=field(b"x-test", b"ok", 0x10)), ONE),
    ("generic 5", "literal never indexed, Huffman",
     get(extra=b"\x10\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x9f"), ONE),
    ("generic 5", "dynamic table size update", whole(b"\x21" + head()), ONE),
    ("generic 5", "several dynamic table size updates", whole(b"\x21\x3f\xe1\x1f" + head()), ONE),
    ("generic 5", "a field of the dynamic table",
     get(extra=field(b"x-test", b"ok", 0x40)) + get(3, b"\xbe"), responses(2)),

    ("3.5", "an invalid preface", None, connection()),
    ("4.1", "unknown frame type", frame(0x16, 0, 0, b"x"), OK),
    ("4.1", "undefined flags", frame(PING, 0x16, 0, b"12345678"), OK),
    ("4.1", "reserved bit", frame(PING, 0, 1 << 31, b"12345678"), OK),
    ("4.2", "DATA of 2^14", post() + frame(DATA, END, 1, BIG[1:]), ONE),
    ("4.2", "DATA too large", post() + frame(DATA, END, 1, BIG), connection(SIZE)),
    ("4.2", "HEADERS too large", frame(HEADERS, WHOLE | END, 1, head(extra=field(b"x", BIG))), connection(SIZE)),
    ("4.3", "an invalid header block", whole(b"\x40"), connection(COMPRESSION)),
    ("4.3", "PRIORITY inside a header block", get(flags=END) + frame(PRIORITY, 0, 1, DEPEND), connection(PROTOCOL)),
    ("4.3", "HEADERS of another stream inside one", get(flags=END) + get(3), connection(PROTOCOL)),
    ("5.1", "idle: DATA", frame(DATA, END, 1, b"test"), connection(PROTOCOL)),
    ("5.1", "idle: RST_STREAM", frame(RST, 0, 1, u32(8)), connection(PROTOCOL)),
    ("5.1", "idle: WINDOW_UPDATE", frame(WINDOW, 0, 1, u32(100)), connection(PROTOCOL)),
    ("5.1", "idle: CONTINUATION", frame(CONTINUATION, WHOLE, 1, head()), connection(PROTOCOL)),
    ("5.1", "half closed: DATA", get() + frame(DATA, END, 1, b"test"), connection(CLOSED)),
    ("5.1", "half closed: HEADERS", get() + get(), connection(CLOSED)),
    ("5.1", "half closed: CONTINUATION", get() + frame(CONTINUATION, WHOLE, 1, head()), connection(PROTOCOL, CLOSED)),
    ("5.1", "closed by a reset: DATA", post() + frame(RST, 0, 1, u32(8)) + frame(DATA, END, 1, b"x"),
     connection(CLOSED)),
    ("5.1", "closed by a reset: HEADERS", post() + frame(RST, 0, 1, u32(8)) + get(), connection(CLOSED)),
    ("5.1", "closed by a reset: CONTINUATION", post() + frame(RST, 0, 1, u32(8)) +
     frame(CONTINUATION, WHOLE, 1, head()), connection(PROTOCOL, CLOSED)),
    ("5.1", "closed: DATA", [get(), frame(DATA, END, 1, b"x")], connection(CLOSED)),
    ("5.1", "closed: HEADERS", [get(), get()], connection(CLOSED)),
    ("5.1", "closed: CONTINUATION", [get(), frame(CONTINUATION, WHOLE, 1, head())], connection(PROTOCOL, CLOSED)),
    ("5.1", "closed: PRIORITY", [get(), frame(PRIORITY, 0, 1, DEPEND)], ONE),
    ("5.1.1", "an even number", get(2), connection(PROTOCOL)),
    ("5.1.1", "a number below that of before", [get(5), get(3)], connection(PROTOCOL)),
    ("5.1.2", "more streams than allowed", b"".join(post(1 + 2 * i) for i in range(101)), stream(PROTOCOL, 7)),
    ("5.3.1", "HEADERS that depend on themselves",
     frame(HEADERS, WHOLE | END | PRIO, 1, u32(1) + b"\xff" + head()), stream(PROTOCOL)),
    ("5.3.1", "PRIORITY that depends on itself", frame(PRIORITY, 0, 1, u32(1) + b"\xff"), stream(PROTOCOL)),
    ("5.4.1", "an invalid frame ends the connection", frame(PING, 0, 0, b"short"), connection(SIZE)),
    ("5.5", "unknown extension frame", frame(0xfa, 0, 0, b"x"), OK),
    ("5.5", "unknown extension frame inside a header block", get(flags=END) + frame(0xfa, 0, 0, b"x"),
     connection(PROTOCOL)),
    ("6.1", "DATA of stream 0", frame(DATA, END, 0, b"x"), connection(PROTOCOL)),
    ("6.1", "DATA on a stream that is not open", get() + frame(DATA, END, 1, b"x"), stream(CLOSED)),
    ("6.1", "padding too long", post() + frame(DATA, END | PADDED, 1, b"\x06test"), connection(PROTOCOL)),
    ("6.2", "HEADERS without their end, then PRIORITY", get(flags=END) + frame(PRIORITY, 0, 1, DEPEND),
     connection(PROTOCOL)),
    ("6.2", "HEADERS without their end, then another stream's", get(flags=END) + get(3), connection(PROTOCOL)),
    ("6.2", "HEADERS of stream 0", frame(HEADERS, WHOLE | END, 0, head()), connection(PROTOCOL)),
    ("6.2", "padding too long", frame(HEADERS, WHOLE | END | PADDED, 1, b"\xff" + head()[:20]), connection(PROTOCOL)),
    ("6.3", "PRIORITY of stream 0", frame(PRIORITY, 0, 0, DEPEND), connection(PROTOCOL)),
    ("6.3", "PRIORITY of 4 bytes", frame(PRIORITY, 0, 1, u32(0)), stream(SIZE)),
    ("6.4", "RST_STREAM of stream 0", frame(RST, 0, 0, u32(8)), connection(PROTOCOL)),
    ("6.4", "RST_STREAM of an idle stream", frame(RST, 0, 1, u32(8)), connection(PROTOCOL)),
    ("6.4", "RST_STREAM of 3 bytes", post() + frame(RST, 0, 1, b"abc"), connection(SIZE)),
    ("6.5", "ACK with a payload", frame(SETTINGS, ACK, 0, b"\0"), connection(SIZE)),
    ("6.5", "SETTINGS of a stream", frame(SETTINGS, 0, 1, setting(3, 100)), connection(PROTOCOL)),
    ("6.5", "SETTINGS of 3 bytes", frame(SETTINGS, 0, 0, b"abc"), connection(SIZE)),
    ("6.5.2", "ENABLE_PUSH 2", frame(SETTINGS, 0, 0, setting(2, 2)), connection(PROTOCOL)),
    ("6.5.2", "INITIAL_WINDOW_SIZE too large", frame(SETTINGS, 0, 0, setting(4, 1 << 31)), connection(FLOW)),
    ("6.5.2", "MAX_FRAME_SIZE too small", frame(SETTINGS, 0, 0, setting(5, 16383)), connection(PROTOCOL)),
    ("6.5.2", "MAX_FRAME_SIZE too large", frame(SETTINGS, 0, 0, setting(5, 1 << 24)), connection(PROTOCOL)),
    ("6.5.2", "unknown setting", frame(SETTINGS, 0, 0, setting(0xff, 1)), OK),
    ("6.5.3", "the last of several values counts",
     frame(SETTINGS, 0, 0, setting(4, 100) + setting(4, 1)) + get(), ("window", 1)),
    ("6.5.3", "SETTINGS are acknowledged", frame(SETTINGS, 0, 0), ("settings", None)),
    ("6.7", "PING", PING8, OK),
    ("6.7", "PING with ACK", frame(PING, ACK, 0, b"invalid!"), OK),
    ("6.7", "PING of a stream", frame(PING, 0, 1, b"12345678"), connection(PROTOCOL)),
    ("6.7", "PING of 6 bytes", frame(PING, 0, 0, b"123456"), connection(SIZE)),
    ("6.8", "GOAWAY of a stream", frame(GOAWAY, 0, 1, u32(0) + u32(0)), connection(PROTOCOL)),
    ("6.9", "increment 0 of the connection", frame(WINDOW, 0, 0, u32(0)), connection(PROTOCOL)),
    ("6.9", "increment 0 of a stream", post() + frame(WINDOW, 0, 1, u32(0)), stream(PROTOCOL)),
    ("6.9", "WINDOW_UPDATE of 3 bytes", frame(WINDOW, 0, 0, b"abc"), connection(SIZE)),
    ("6.9.1", "the window is kept", frame(SETTINGS, 0, 0, setting(4, 1)) + get(), ("window", 1)),
    ("6.9.1", "window of the connection too large",
     frame(WINDOW, 0, 0, u32((1 << 31) - 1)) * 2, connection(FLOW)),
    ("6.9.1", "window of a stream too large", post() + frame(WINDOW, 0, 1, u32((1 << 31) - 1)) * 2, stream(FLOW)),
    ("6.9.2", "the initial window is changed behind HEADERS",
     [frame(SETTINGS, 0, 0, setting(4, 0)) + get(), frame(SETTINGS, 0, 0, setting(4, 1))], ("window", 1)),
    ("6.9.2", "a window may become negative",
     [frame(SETTINGS, 0, 0, setting(4, 3)) + get(),
      frame(SETTINGS, 0, 0, setting(4, 2)) + frame(WINDOW, 0, 1, u32(2))], ("window", 4)),
    ("6.9.2", "INITIAL_WINDOW_SIZE too large", frame(SETTINGS, 0, 0, setting(4, 1 << 31)), connection(FLOW)),
    ("6.10", "several CONTINUATION", frame(HEADERS, END, 1, head()) + frame(CONTINUATION, 0, 1, field(b"a", b"b")) +
     frame(CONTINUATION, WHOLE, 1, field(b"c", b"d")), ONE),
    ("6.10", "CONTINUATION not followed by one", get(flags=END) + frame(CONTINUATION, 0, 1, b"") +
     frame(DATA, END, 1, b"x"), connection(PROTOCOL)),
    ("6.10", "CONTINUATION of stream 0", get(flags=END) + frame(CONTINUATION, WHOLE, 0, b""), connection(PROTOCOL)),
    ("6.10", "CONTINUATION behind a whole block", post() + frame(CONTINUATION, WHOLE, 1, head()),
     connection(PROTOCOL)),
    ("6.10", "CONTINUATION behind another one that was the last",
     frame(HEADERS, 0, 1, head(b"POST")) + frame(CONTINUATION, WHOLE, 1, b"") +
     frame(CONTINUATION, WHOLE, 1, field(b"a", b"b")), connection(PROTOCOL)),
    ("6.10", "CONTINUATION behind DATA", post() + frame(DATA, 0, 1, b"x") + frame(CONTINUATION, WHOLE, 1, head()),
     connection(PROTOCOL)),
    ("7", "GOAWAY with an unknown code", frame(GOAWAY, 0, 0, u32(0) + u32(0xff)), connection()),
    ("7", "RST_STREAM with an unknown code", post() + frame(RST, 0, 1, u32(0xff)), OK),
    ("8.1", "a second HEADERS that ends nothing", post() + frame(HEADERS, WHOLE, 1, field(b"x", b"y")),
     stream(PROTOCOL)),
    ("8.1.2", "upper case in a name", get(extra=field(b"X-TEST", b"ok")), stream(PROTOCOL)),
    ("8.1.2.1", "unknown pseudo-header", get(extra=field(b":test", b"ok")), stream(PROTOCOL)),
    ("8.1.2.1", "pseudo-header of responses", get(extra=field(b":status", b"200")), stream(PROTOCOL)),
    ("8.1.2.1", "pseudo-header in trailers", post() + frame(DATA, 0, 1, b"x") +
     frame(HEADERS, WHOLE | END, 1, field(b":method", b"GET")), stream(PROTOCOL)),
    ("8.1.2.1", "pseudo-header behind a field",
     whole(head(leave_out=(b":path",)) + field(b"x", b"y") + field(b":path", b"/")), stream(PROTOCOL)),
    ("8.1.2.2", "connection-specific field", get(extra=field(b"connection", b"keep-alive")), stream(PROTOCOL)),
    ("8.1.2.2", "TE other than trailers", get(extra=field(b"te", b"trailers, deflate")), stream(PROTOCOL)),
    ("8.1.2.3", "empty :path", whole(head(path=b"")), stream(PROTOCOL)),
    ("8.1.2.3", "no :method", request_without(b":method"), stream(PROTOCOL)),
    ("8.1.2.3", "no :scheme", request_without(b":scheme"), stream(PROTOCOL)),
    ("8.1.2.3", "no :path", request_without(b":path"), stream(PROTOCOL)),
    ("8.1.2.3", "two :method", whole(field(b":method", b"GET") + head()), stream(PROTOCOL)),
    ("8.1.2.3", "two :scheme", whole(field(b":scheme", b"http") + head()), stream(PROTOCOL)),
    ("8.1.2.3", "two :path", whole(field(b":path", b"/") + head()), stream(PROTOCOL)),
    ("8.1.2.6", "length of one DATA", post(extra=field(b"content-length", b"1")) + frame(DATA, END, 1, b"test"),
     stream(PROTOCOL)),
    ("8.1.2.6", "length of several DATA", post(extra=field(b"content-length", b"1")) + frame(DATA, 0, 1, b"test") +
     frame(DATA, END, 1, b"test"), stream(PROTOCOL)),
    ("8.2", "PUSH_PROMISE", frame(PUSH, WHOLE, 1, u32(2) + head()), connection(PROTOCOL)),
    ("hpack 2.3.3", "index beyond the tables", whole(b"\xf0"), connection(COMPRESSION)),
    ("hpack 2.3.3", "literal with an index beyond the tables", whole(b"\x7f\x3f" + text(b"x")),
     connection(COMPRESSION)),
    ("hpack 4.2", "size update at the end", whole(head() + b"\x21"), connection(COMPRESSION)),
    ("hpack 5.2", "Huffman padding of more than 7 bits",
     get(extra=b"\x00\x85\xf2\xb2\x4a\x84\xff\x84\x49\x50\x9f\xff"), connection(COMPRESSION)),
    ("hpack 5.2", "Huffman padding of zeros", get(extra=b"\x00\x85\xf2\xb2\x4a\x84\xff\x83\x49\x50\x90"),
     connection(COMPRESSION)),
    ("hpack 5.2", "Huffman end of string",
     get(extra=b"\x00\x85\xf2\xb2\x4a\x84\xff\x87\x49\x51\xff\xff\xff\xfa\x7f"), connection(COMPRESSION)),
    ("hpack 6.1", "index 0", whole(b"\x80"), connection(COMPRESSION)),
    ("hpack 6.3", "size update above the limit", whole(b"\x3f\xe1\xff\x03" + head()), connection(COMPRESSION)),
]


class Peer:
    """A connection, and what the server has said on it."""

    def __init__(self, port, context):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=PATIENCE)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
            assert self.socket.selected_alpn_protocol() == "h2"
        self.buffer = b""
        self.frames = []
        self.is_closed = False

    def send(self, data):
        try:
            self.socket.sendall(data)
        except OSError:
            pass  # the server has seen enough; what it said can still be read

    def receive(self):
        """The next frame; None when the server has closed."""
        while len(self.buffer) < 9 or len(self.buffer) < 9 + int.from_bytes(self.buffer[:3], "big"):
            try:
                piece = self.socket.recv(65536)
            except (ConnectionError, ssl.SSLError):
                piece = b""
            if not piece:
                self.is_closed = True
                return None
            self.buffer += piece
        size = int.from_bytes(self.buffer[:3], "big")
        kind, flags, number_of_stream = struct.unpack(">BBI", self.buffer[3:9])
        payload, self.buffer = self.buffer[9:9 + size], self.buffer[9 + size:]
        found = (kind, flags, number_of_stream, payload)
        self.frames.append(found)
        return found

    def wait(self, condition):
        """Reads until a frame is what is waited for; None when the server closes before."""
        for found in self.frames:
            if condition(*found):
                return found
        while (found := self.receive()) is not None:
            if condition(*found):
                return found
        return None

    def count(self, kind):
        return sum(1 for found in self.frames if found[0] == kind)

    def sync(self, token):
        """Waits until the server has taken everything that was sent."""
        self.send(frame(PING, 0, 0, token))
        return self.wait(lambda kind, flags, _, payload: kind == PING and flags & ACK and payload == token)


@need("nginx")
class Frames(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.stack = Stack()
        cls.addClassCleanup(cls.stack.__exit__, None, None, None)
        folder = make_certificates(cls.stack, "front")
        upstream = cls.stack.nginx("location / { return 200 'hello'; }")
        cls.plain, cls.secure = free_port(), free_port()
        cls.stack.proxy(f"""
listeners:
  plain: {{address: "127.0.0.1:{cls.plain}"}}
  secure:
    address: "127.0.0.1:{cls.secure}"
    tls: {{mode: strict, certificate: {folder}/front.pem, key: {folder}/front.key, require_client_certificate: false}}
clusters: {{app: {{endpoints: "127.0.0.1:{upstream}"}}}}
routes: [{{to: app}}]
""")
        cls.context = ssl.create_default_context()
        cls.context.check_hostname = False
        cls.context.verify_mode = ssl.CERT_NONE
        cls.context.set_alpn_protocols(["h2"])

    def check(self, port, context, steps, verdict):
        peer = Peer(port, context)
        with peer.socket:
            if steps is None:
                peer.send(b"INVALID CONNECTION PREFACE\r\n\r\n")
                while peer.receive() is not None:
                    pass
                return
            peer.send(PREFACE + frame(SETTINGS, 0, 0))
            steps = steps if isinstance(steps, list) else [steps]
            for index, step in enumerate(steps):
                peer.send(step)
                if index + 1 < len(steps):  # the stream is answered, and so closed, in between
                    self.assertIsNotNone(peer.wait(lambda kind, *_: kind == HEADERS))
                    if verdict[0] != "window":
                        self.assertIsNotNone(peer.wait(lambda kind, flags, *_: flags & END and kind in (DATA, HEADERS)))
            self.judge(peer, *(verdict or OK))

    def judge(self, peer, what, wanted):
        if what == "connection":
            peer.send(PING8)
            goaway = peer.wait(lambda kind, *_: kind == GOAWAY)
            if wanted:
                self.assertIsNotNone(goaway, peer.frames)
                self.assertIn(int.from_bytes(goaway[3][4:8], "big"), wanted)
            while peer.receive() is not None:
                pass
            self.assertTrue(peer.is_closed)
        elif what == "stream":
            found = peer.wait(lambda kind, *_: kind in (RST, GOAWAY))
            self.assertIsNotNone(found, peer.frames)
            code = found[3][:4] if found[0] == RST else found[3][4:8]
            self.assertIn(int.from_bytes(code, "big"), wanted)
        elif what == "window":
            for count in range(1, wanted + 1):
                self.assertIsNotNone(peer.wait(
                    lambda *_: sum(len(f[3]) for f in peer.frames if f[0] == DATA) >= count), peer.frames)
            self.assertIsNotNone(peer.sync(b"no more!"))
            self.assertEqual(sum(len(f[3]) for f in peer.frames if f[0] == DATA), wanted)
        elif what == "settings":
            for _ in range(2):
                self.assertIsNotNone(peer.wait(lambda kind, flags, *_: kind == SETTINGS and flags & ACK))
        else:
            for count in range(1, (wanted or 0) + 1):
                self.assertIsNotNone(peer.wait(lambda *_: peer.count(HEADERS) >= count), peer.frames)
            self.assertIsNotNone(peer.sync(b"still up"), peer.frames)
            # A response that does not wait for all of its request may end that with a reset of no error.
            errors = [f for f in peer.frames if f[0] == GOAWAY or f[0] == RST and f[3] != u32(0)]
            self.assertEqual(errors, [])

    def test_all_sections_over_tcp(self):
        for section, name, steps, verdict in CASES:
            with self.subTest(f"{section}: {name}"):
                self.check(self.plain, None, steps, verdict)

    def test_all_sections_over_tls(self):
        for section, name, steps, verdict in CASES:
            with self.subTest(f"{section}: {name}"):
                self.check(self.secure, self.context, steps, verdict)


@need("nginx")
class Streams(unittest.TestCase):
    """What costs a client one stream, and what it does not cost."""

    def setUp(self):
        self.stack = Stack()
        self.addCleanup(self.stack.__exit__, None, None, None)

    def peer(self, text, port, settings=b""):
        self.proxy = self.stack.proxy(text)
        peer = Peer(port, None)
        self.addCleanup(peer.socket.close)
        peer.send(PREFACE + frame(SETTINGS, 0, 0, settings))
        return peer

    def test_a_response_whose_window_stays_closed_is_reset_and_the_others_go_on(self):
        text, port = simple(self.stack.nginx("location / { return 200 'hello'; }"), more="timeouts: {body: 200ms}")
        peer = self.peer(text, port, setting(4, 0))
        peer.send(get(1))
        found = peer.wait(lambda kind, flags, number, _: kind == RST and number == 1)
        self.assertIsNotNone(found, peer.frames)
        self.assertEqual(found[3], u32(8))
        peer.send(get(3) + frame(WINDOW, 0, 3, u32(100)))
        self.assertIsNotNone(peer.wait(lambda kind, flags, number, _: number == 3 and kind == DATA and flags & END),
                             peer.frames)
        self.proxy.wait_for("http2.tx_flush_timeout", 1)

    def test_a_response_that_is_too_large_to_be_kept_is_given_up_upstream_too(self):
        origin = self.stack.nginx("location / { root %s; }" % self.stack.folder)
        (self.stack.folder / "big").write_bytes(b"x" * 20_000_000)
        text, port = simple(origin, more="timeouts: {body: 200ms}")
        peer = self.peer(text, port, setting(4, 0))
        peer.send(frame(HEADERS, WHOLE | END, 1, head(path=b"/big")))
        self.assertIsNotNone(peer.wait(lambda kind, flags, number, _: kind == RST and number == 1), peer.frames)
        self.proxy.wait_for("cluster.app.upstream_rq_active", 0)
        self.proxy.wait_for("http2.tx_flush_timeout", 1)

    def test_a_broken_request_is_counted_by_what_is_wrong_with_it(self):
        text, port = simple(self.stack.nginx("location / { return 200 'hello'; }"))
        peer = self.peer(text, port)
        peer.send(get(1, extra=field(b"connection", b"close")) + get(3))
        self.assertIsNotNone(peer.wait(lambda kind, flags, number, _: kind == RST and number == 1), peer.frames)
        self.assertIsNotNone(peer.wait(lambda kind, flags, number, _: kind == HEADERS and number == 3), peer.frames)
        self.proxy.wait_for("http.in.downstream_cx_protocol_error.bad_header", 1)


if __name__ == "__main__":
    unittest.main()
