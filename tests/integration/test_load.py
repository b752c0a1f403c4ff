"""shaketable-load at servers that nobody here wrote."""
import json
import os
import shutil
import signal
import subprocess
import tempfile
import threading
import unittest

from harness import PATIENCE, Stack, free_port, need

LOAD = os.path.join(os.environ.get("SHAKETABLE_BIN", "build/release/bin"), "shaketable-load")


def load(*arguments):
    """Runs it to its end; (exit code, result)."""
    done = subprocess.run([LOAD, *arguments, "-q", "--json", "-"], capture_output=True, text=True,
                          timeout=PATIENCE * 4, check=False)
    if not done.stdout:
        raise AssertionError(f"no result: {done.returncode} {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def buckets(result):
    """All latencies of a result, bucket by bucket."""
    counts = {}
    for low, count in result["total"]["latency"]["buckets"]:
        counts[low] = counts.get(low, 0) + count
    return counts


@unittest.skipUnless(os.path.exists(LOAD), "shaketable-load is not built")
def has_gnu_parallel():
    """moreutils has another program of that name."""
    return shutil.which("parallel") is not None and "GNU" in subprocess.run(
        ["parallel", "--version"], stdin=subprocess.DEVNULL, capture_output=True, text=True).stdout


class Load(unittest.TestCase):
    @need("nginx")
    def test_nginx_gets_every_request_once(self):
        with Stack() as stack:
            port = stack.nginx("location / { return 200 'hello'; } location /no { return 404; }")
            code, result = load(f"http://127.0.0.1:{port}/", "-c", "7", "-n", "500")
            self.assertEqual(code, 0)
            self.assertEqual(result["total"]["statuses"], {"200": 500})
            self.assertEqual(result["total"]["bytes"], 2500)
            code, result = load(f"http://127.0.0.1:{port}/no", "-n", "20", "--threshold",
                                "error_rate < 50%")
            self.assertEqual(code, 1)
            self.assertEqual(result["total"]["errors"], {"status 404": 20})

    @need("nginx")
    def test_a_server_that_closes_after_few_requests_costs_none(self):
        with Stack() as stack:
            port = stack.nginx("keepalive_requests 3; location / { return 200 'x'; }")
            _, result = load(f"http://127.0.0.1:{port}/", "-c", "4", "-n", "100")
            self.assertEqual(result["total"]["failed"], 0)
            self.assertEqual(result["total"]["requests"], 100)
            self.assertGreaterEqual(result["connections"]["opened"], 33)

    @need("nghttpd")
    def test_http2_of_nghttpd_with_many_streams(self):
        with Stack() as stack, tempfile.TemporaryDirectory() as folder:
            with open(f"{folder}/index.html", "w", encoding="ascii") as page:
                page.write("hello")
            port = free_port()
            stack.start("nghttpd", ["nghttpd", "--no-tls", "-d", folder, str(port)], port)
            _, result = load(f"http://127.0.0.1:{port}/", "--http", "2", "-c", "20", "--streams",
                             "10", "--connections", "2", "-n", "400")
            self.assertEqual(result["total"]["statuses"], {"200": 400})
            self.assertEqual(result["connections"]["http2"], result["connections"]["opened"])
            self.assertLessEqual(result["connections"]["opened"], 2)

    @need("nginx")
    def test_shards_add_up_to_the_whole(self):
        with Stack() as stack, tempfile.TemporaryDirectory() as folder:
            port = stack.nginx("location / { return 200 'hello'; }")
            common = [f"http://127.0.0.1:{port}/", "-c", "8", "-r", "25", "-q"]
            for count in (1, 2, 4):
                files = [f"{folder}/{count}-{i}.json" for i in range(count)]
                shards = [subprocess.Popen([LOAD, *common, "--shard", f"{i + 1}/{count}", "--json",
                                            files[i], "--start-at", "+1s"]) for i in range(count)]
                for shard in shards:
                    self.assertEqual(shard.wait(PATIENCE * 4), 0)
                merged = json.loads(subprocess.run([LOAD, "merge", *files, "--json", "-"],
                                                   capture_output=True, text=True,
                                                   check=True).stdout)
                self.assertEqual(merged["total"]["requests"], 200)
                self.assertEqual(merged["generators"], count)
                expected = {}
                for file in files:
                    with open(file, encoding="utf-8") as part:
                        for low, times in buckets(json.load(part)).items():
                            expected[low] = expected.get(low, 0) + times
                self.assertEqual(buckets(merged), expected)

    @need("nginx")
    def test_the_script_for_parallel_starts_shards_that_add_up(self):
        with Stack() as stack, tempfile.TemporaryDirectory() as folder:
            port = stack.nginx("location / { return 200 'hello'; }")
            script = os.path.join(folder, "load.sh")
            with open(script, "w", encoding="utf-8") as file:
                subprocess.run([LOAD, f"http://127.0.0.1:{port}/", "-c", "4", "-r", "5", "-H",
                                "x-note: it's {1} of \"two\"", "--threshold", "error_rate < 1%",
                                "--emit", "parallel", "--generators", "2"], stdout=file, check=True)
            environment = dict(os.environ, PATH=f"{os.path.dirname(os.path.abspath(LOAD))}:"
                               f"{os.environ['PATH']}")
            if has_gnu_parallel():
                done = subprocess.run(["sh", script], cwd=folder, env=environment, text=True,
                                      capture_output=True, check=True)
                self.assertIn("error_rate < 1%", done.stdout)
            else:  # what it would start
                for shard in ("1", "2"):
                    subprocess.run(["sh", script, "--generator", shard, "+1s"], cwd=folder,
                                   env=environment, check=True)
            merged = json.loads(subprocess.run(
                [LOAD, "merge", f"{folder}/shaketable-load-1.json",
                 f"{folder}/shaketable-load-2.json", "--json", "-"], capture_output=True, text=True,
                check=True).stdout)
            self.assertEqual((merged["total"]["requests"], merged["generators"]), (20, 2))

    def test_ctrl_c_ends_with_the_report_of_what_was_done(self):
        answered = threading.Event()

        def answer(connection):
            while connection.recv(65536):
                connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok")
                answered.set()

        with Stack() as stack:
            port = stack.server(answer)
            process = subprocess.Popen([LOAD, f"http://127.0.0.1:{port}/", "-c", "2", "-d", "1h",
                                        "-q", "--json", "-"], stdout=subprocess.PIPE, text=True)
            self.assertTrue(answered.wait(PATIENCE))
            process.send_signal(signal.SIGINT)
            out, _ = process.communicate(timeout=PATIENCE * 4)
            self.assertEqual(process.returncode, 130)
            result = json.loads(out)
            self.assertTrue(result["interrupted"])
            self.assertEqual(result["total"]["failed"], 0)


if __name__ == "__main__":
    unittest.main()
