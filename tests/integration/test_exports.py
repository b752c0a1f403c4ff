"""What `shaketable run` writes for other programs, read by programs that nobody here wrote."""
import csv
import json
import os
import pathlib
import subprocess
import tempfile
import unittest

import harness

SHAKETABLE = pathlib.Path(os.environ.get("SHAKETABLE_BIN", harness.ROOT / "build/release/bin")) / "shaketable"

SCENARIO = """scenario: small
services:
  shop:  {entry: true, endpoints: {GET /: {work: 1ms, calls: [stock: GET /items]}}}
  stock: {instances: 2, endpoints: {GET /items: {work: 2ms}}}
traffic:
  stock: {retries: {attempts: 2, retry_on: [5xx]}, outlier_detection: {consecutive_5xx: 5}}
run: {duration: 6s}
load: {visitors: {rate: 50/s, request: GET /}}
faults: {broken: {at: 2s, for: 1s, on: stock, abort: 503, percent: 60%}}
expect:
  - {metric: success_rate, of: shop, must: ">= 99.9%"}
  - {metric: rps, of: shop, must: "> 10/s"}
"""


class Exports(unittest.TestCase):
    def setUp(self):
        self.temporary = tempfile.TemporaryDirectory()
        self.addCleanup(self.temporary.cleanup)
        self.folder = pathlib.Path(self.temporary.name)
        (self.folder / "small.yaml").write_text(SCENARIO)

    def export(self, *options):
        done = subprocess.run([SHAKETABLE, "run", "small.yaml", "-q", "--exit-zero", *options],
                              cwd=self.folder, capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)

    def run_reader(self, *command, **options):
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False,
                              **options)

    @harness.need("promtool")
    def test_promtool_reads_the_metrics(self):
        self.export("--metrics", "metrics.txt")
        with open(self.folder / "metrics.txt", encoding="utf-8") as metrics:
            done = self.run_reader("promtool", "check", "metrics", stdin=metrics)
        # 3 means advice about names, which are Istio's and Envoy's; 1 is what cannot be read.
        self.assertIn(done.returncode, (0, 3), done.stderr)
        for line in (done.stdout + done.stderr).splitlines():
            self.assertRegex(line, r"_total|base unit|abbreviated|suffix", "advice about names alone")

    @harness.need("promtool")
    def test_a_database_is_made_of_the_openmetrics(self):
        self.export("--metrics", "metrics.om", "--metrics-format", "openmetrics")
        made = self.run_reader("promtool", "tsdb", "create-blocks-from", "openmetrics", "metrics.om", "data")
        self.assertEqual(made.returncode, 0, made.stderr)
        (self.folder / "data/wal").mkdir()  # which a database that was never written to lacks
        listed = self.run_reader("promtool", "tsdb", "dump", "data")
        self.assertIn("istio_requests_total", listed.stdout)
        self.assertIn('destination_workload="stock"', listed.stdout)

    @harness.need("sqlite3")
    def test_sqlite3_opens_the_record(self):
        self.export("--record", "run.db")
        done = self.run_reader("sqlite3", "-readonly", "run.db",
                               "pragma integrity_check; select count(*) > 100 from requests;"
                               "select count(*) > 0 from span_events where event = 'retry';")
        self.assertEqual(done.stdout.split(), ["ok", "1", "1"], done.stderr)

    @harness.need("xmllint")
    def test_xmllint_finds_the_junit_file_valid(self):
        self.export("--junit", "results.xml")
        done = self.run_reader("xmllint", "--noout", "--nonet", "--schema",
                               harness.HERE / "junit.xsd", "results.xml")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_python_reads_tables_and_lines(self):
        self.export("--csv", "tables", "--ndjson", "run.ndjson")
        for name in ("series", "services", "edges", "events", "spans"):
            with open(self.folder / f"tables/{name}.csv", newline="", encoding="utf-8") as table:
                rows = list(csv.reader(table, strict=True))
            self.assertGreater(len(rows), 1, name)
            self.assertEqual({len(row) for row in rows}, {len(rows[0])}, name)
        lines = [json.loads(line) for line in (self.folder / "run.ndjson").read_text().splitlines()]
        self.assertEqual(lines[0]["type"], "run")
        self.assertEqual(lines[-1]["lines"], len(lines))


if __name__ == "__main__":
    unittest.main()
