"""Applications that nobody here wrote, behind two sidecars; and Prometheus, which watches one."""
import json
import urllib.error
import urllib.parse
import urllib.request
import unittest

from harness import PATIENCE, Stack, curl, free_port, need, need_module, wait_until
from test_mtls import identity, make_certificates


def query(port, expression):
    """The vector that Prometheus answers; empty while it is still starting."""
    url = f"http://127.0.0.1:{port}/api/v1/query?" + urllib.parse.urlencode({"query": expression})
    try:
        with urllib.request.urlopen(url, timeout=PATIENCE) as answer:
            return json.load(answer)["data"]["result"]
    except urllib.error.HTTPError:
        return []


@need("gunicorn", "uvicorn", "curl")
@need_module("flask", "fastapi")
class Workloads(unittest.TestCase):
    def start(self, stack):
        """FastAPI's catalog behind its sidecar; Flask's shop, which calls it through its own."""
        catalog, shop = free_port(), free_port()
        catalog_in, shop_in, shop_out = free_port(), free_port(), free_port()
        folder = make_certificates(stack, "catalog", "shop")
        stack.file("catalog.py", """
import itertools
from fastapi import FastAPI, Request, Response
app = FastAPI()
numbers = itertools.count(1)

@app.get("/items/{name}")
def item(name: str, request: Request, response: Response):
    number = next(numbers)
    if name == "flaky" and number % 2 == 1:
        response.status_code = 503
    return {"name": name, "attempt": request.headers.get("x-envoy-attempt-count"), "number": number}
""")
        stack.file("shop.py", f"""
import json, urllib.error, urllib.request
from flask import Flask, jsonify, request
app = Flask(__name__)

@app.get("/buy/<name>")
def buy(name):
    call = urllib.request.Request("http://127.0.0.1:{shop_out}/items/" + name, headers={{"Host": "catalog"}})
    try:
        with urllib.request.urlopen(call, timeout={PATIENCE}) as answer:
            return jsonify(bought=json.load(answer))
    except urllib.error.HTTPError as error:
        return "catalog: %d" % error.code, 502

@app.post("/echo")
def echo():
    return request.get_data()
""")
        stack.start("uvicorn", ["uvicorn", "catalog:app", "--port", catalog, "--log-level", "warning"], catalog)
        stack.start("gunicorn", ["gunicorn", "-b", f"127.0.0.1:{shop}", "shop:app"], shop)
        stack.proxy(f"""
node: catalog-1
identity: {identity(folder, "catalog")}
listeners: {{in: {{address: "127.0.0.1:{catalog_in}", direction: inbound}}}}
app: 127.0.0.1:{catalog}
""")
        sidecar = stack.proxy(f"""
node: shop-1
identity: {identity(folder, "shop")}
listeners:
  in: {{address: "127.0.0.1:{shop_in}", direction: inbound, tls: permissive}}
  out: {{address: "127.0.0.1:{shop_out}"}}
app: 127.0.0.1:{shop}
clusters:
  catalog: {{endpoints: "127.0.0.1:{catalog_in}", tls: mutual, retries: {{attempts: 2, retry_on: [5xx]}}}}
""")
        return sidecar, shop_in

    def test_flask_calls_fastapi_through_mutual_tls_and_retries_hide_its_failures(self):
        with Stack() as stack:
            sidecar, port = self.start(stack)
            url = f"http://127.0.0.1:{port}"
            self.assertEqual(json.loads(curl(f"{url}/buy/tea"))["bought"]["name"], "tea")
            for _ in range(6):
                self.assertEqual(json.loads(curl(f"{url}/buy/flaky"))["bought"]["name"], "flaky")
            sidecar.wait_for_at_least("cluster.catalog.upstream_rq_retry", 3)
            path = stack.file("body", "x" * 200_000)
            self.assertEqual(curl("--data-binary", f"@{path}", f"{url}/echo"), "x" * 200_000)

    @need("prometheus")
    def test_prometheus_scrapes_and_answers(self):
        with Stack() as stack:
            sidecar, port = self.start(stack)
            for _ in range(10):
                curl(f"http://127.0.0.1:{port}/buy/tea")
            stack.file("prometheus.yml", f"""
global: {{scrape_interval: 1s}}
scrape_configs:
  - job_name: sidecars
    metrics_path: /stats/prometheus
    static_configs: [{{targets: ["127.0.0.1:{sidecar.admin}"]}}]
""")
            web = free_port()
            stack.start("prometheus", ["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=tsdb",
                                       f"--web.listen-address=127.0.0.1:{web}"], web)
            expression = 'sum(envoy_cluster_upstream_rq_total{envoy_cluster_name="catalog"})'
            wait_until(lambda: any(float(r["value"][1]) >= 10 for r in query(web, expression)), "the scrape")


if __name__ == "__main__":
    unittest.main()
