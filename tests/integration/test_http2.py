"""HTTP/2 and gRPC through the proxy, in all pairings of protocols."""
import subprocess
import unittest

from harness import PATIENCE, Stack, curl, free_port, need, need_module, serve_grpc, simple, status_of


@need("curl", "nginx", "nghttpx")
class Http2(unittest.TestCase):
    def test_prior_knowledge_in_front_of_http1(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            self.assertEqual(status_of("--http2-prior-knowledge", url), (200, "2"))
            self.assertEqual(curl("--http2-prior-knowledge", url), "hello")

    def test_the_upgrade_from_http1(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            stack.proxy(text)
            self.assertEqual(status_of("--http2", f"http://127.0.0.1:{port}/"), (200, "2"))

    def test_http2_upstream_of_both(self):
        with Stack() as stack:
            origin = stack.nginx("location / { return 200 'hello'; }")
            h2 = free_port()
            stack.start("nghttpx", ["nghttpx", "--conf=/dev/null", f"-f127.0.0.1,{h2};no-tls",
                                    f"-b127.0.0.1,{origin}", "--accesslog-file=/dev/null"], h2)
            text, port = simple(h2, extra_cluster="    protocol: http2")
            proxy = stack.proxy(text)
            url = f"http://127.0.0.1:{port}/"
            self.assertEqual(curl("--http1.1", url), "hello")
            self.assertEqual(curl("--http2-prior-knowledge", url), "hello")
            proxy.wait_for("cluster.app.upstream_cx_total", 1)

    @need("h2load")
    def test_many_streams_at_once(self):
        with Stack() as stack:
            text, port = simple(stack.nginx("location / { return 200 'hello'; }"))
            stack.proxy(text)
            done = subprocess.run(["h2load", "-c4", "-m50", "-n5000", f"http://127.0.0.1:{port}/"],
                                  capture_output=True, text=True)
            self.assertIn("5000 succeeded, 0 failed", done.stdout, done.stdout + done.stderr)


@need_module("grpc")
class Grpc(unittest.TestCase):
    """Bytes as messages: no generated code is needed to see what a proxy does to gRPC."""

    @staticmethod
    def serve(stack):
        import grpc

        def reverse(request, context):
            if request == b"fail":
                context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "no more")
            return request[::-1]

        def count(request, context):
            for i in range(int(request)):
                yield str(i).encode()

        def chat(requests, context):
            for request in requests:
                yield request.upper()

        handlers = {
            "Reverse": grpc.unary_unary_rpc_method_handler(reverse),
            "Count": grpc.unary_stream_rpc_method_handler(count),
            "Chat": grpc.stream_stream_rpc_method_handler(chat),
        }
        return serve_grpc(stack, "test.Echo", handlers)

    def test_unary_streaming_and_errors_through_two_proxies(self):
        import grpc
        with Stack() as stack:
            behind, inner = simple(self.serve(stack), extra_cluster="    protocol: http2")
            stack.proxy(behind)
            front, outer = simple(inner, extra_cluster="    protocol: http2")
            proxy = stack.proxy(front)
            with grpc.insecure_channel(f"127.0.0.1:{outer}") as channel:
                reverse = channel.unary_unary("/test.Echo/Reverse")
                self.assertEqual(reverse(b"abc", timeout=PATIENCE), b"cba")
                self.assertEqual(len(reverse(b"x" * 2_000_000, timeout=PATIENCE)), 2_000_000)
                with self.assertRaises(grpc.RpcError) as failed:
                    reverse(b"fail", timeout=PATIENCE)
                self.assertEqual(failed.exception.code(), grpc.StatusCode.RESOURCE_EXHAUSTED)
                self.assertEqual(failed.exception.details(), "no more")
                counted = list(channel.unary_stream("/test.Echo/Count")(b"1000", timeout=PATIENCE))
                self.assertEqual(len(counted), 1000)
                said = channel.stream_stream("/test.Echo/Chat")(iter([b"a", b"b", b"c"]), timeout=PATIENCE)
                self.assertEqual(list(said), [b"A", b"B", b"C"])
            proxy.wait_for_at_least("cluster.app.upstream_rq_total", 5)

    def test_a_breaker_that_is_open_answers_in_grpcs_own_way(self):
        import grpc
        with Stack() as stack:
            text, port = simple(self.serve(stack), extra_cluster="""    protocol: http2
    circuit_breakers: {max_requests: 0, max_pending_requests: 0}""")
            stack.proxy(text)
            with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
                with self.assertRaises(grpc.RpcError) as failed:
                    channel.unary_unary("/test.Echo/Reverse")(b"abc", timeout=PATIENCE)
                self.assertEqual(failed.exception.code(), grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    unittest.main()
