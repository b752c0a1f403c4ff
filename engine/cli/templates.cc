#include "engine/cli/templates.h"

#include <array>

namespace shaketable::engine {
namespace {

constexpr std::string_view kFirst = R"yaml(scenario: first
about: One service calls another; halfway through, the other becomes slow.
services:
  shop:  {entry: true, endpoints: {GET /: {work: 1ms, calls: [price: GET /price]}}}
  price: {instances: 2, endpoints: {GET /price: {work: {exponential: 4ms}}}}
run: {duration: 60s, warm_up: 5s}
load: {visitors: {rate: 200/s, request: GET /}}
faults: {slow-price: {at: 20s, for: 10s, on: price, delay: {add: 200ms, percent: 50%}}}
expect:
  - {metric: success_rate, of: shop, must: ">= 99%"}
  - {recovered: shop, within: 10s of end of slow-price}
)yaml";

constexpr std::string_view kBookinfo =
    R"yaml(# Istio's Bookinfo: a page made of details and reviews, and reviews in three versions, of which two
# ask for ratings. Ratings loses its only instance; the page must survive without stars.
scenario: bookinfo
about: Ratings dies for 20 s, and the product page does without.
run: {duration: 90s, warm_up: 10s}

services:
  productpage:
    entry: true
    runtime: {gunicorn: {workers: 8}}
    endpoints:
      GET /productpage:
        work: 4ms
        calls:
          - parallel:
              - details: GET /details
              - reviews: {call: GET /reviews, optional: true, timeout: 500ms}
  details:
    endpoints:
      GET /details: {work: 1ms}
  reviews:
    runtime: {threads: {pool: 32}}
    versions:
      v1: {instances: 1}
      v2: {instances: 1}
      v3: {instances: 1}
    endpoints:
      GET /reviews: {work: 3ms, calls: [ratings: {call: GET /ratings, optional: true}]}
  ratings:
    endpoints:
      GET /ratings: {work: 1ms}

traffic:
  reviews: {split: {v1: 34%, v2: 33%, v3: 33%}}

load:
  readers: {rate: 80/s, request: GET /productpage}

faults:
  no-ratings: {at: 30s, on: ratings, kill: 1, restart_after: 20s}

expect:
  - {metric: success_rate, of: productpage, must: ">= 99%"}
  - {metric: p99, of: productpage, must: "< 600ms"}
  - {recovered: ratings, within: 15s of end of no-ratings}
)yaml";

constexpr std::string_view kCanary =
    R"yaml(# A new version takes a tenth of the traffic and fails too often. Outlier detection takes its
# instances out of load balancing for a while; the share that it really got is measured.
scenario: canary
about: 10% of the payments go to a version that fails one request in four.
run: {duration: 90s, warm_up: 10s}

services:
  shop:
    entry: true
    instances: 2
    endpoints:
      POST /checkout: {work: 1ms, calls: [payment: POST /charge]}
  payment:
    versions:
      v1: {instances: 3}
      v2: {instances: 1, endpoints: {POST /charge: {work: 8ms, errors: 25%}}}
    endpoints:
      POST /charge: {work: 8ms}

traffic:
  payment:
    split: {v1: 90%, v2: 10%}
    timeout: 1s
    retries: {attempts: 2, per_try_timeout: 300ms, retry_on: [5xx]}

load:
  buyers: {rate: 150/s, request: POST /checkout}

expect:
  - {metric: share, of: payment v2, must: "12% +- 5%"}
  - {metric: error_rate, of: payment v2, must: "> 15%"}
  - {metric: success_rate, of: shop, must: ">= 99%"}     # the retries hide the bad version
)yaml";

constexpr std::string_view kCascade =
    R"yaml(# Everybody waits for the ERP. When it becomes slow, the workers of price wait for it, then those of
# catalog wait for price, and in the end the shop has none left for anything else. A timeout and a
# circuit breaker in front of the ERP keep the damage where it began: take `traffic` out and see.
scenario: cascade
about: A slow ERP, and a breaker that keeps the shop open.
run: {duration: 120s, warm_up: 10s}

services:
  shop:
    entry: true
    instances: 2
    runtime: {gunicorn: {workers: 16}}
    endpoints:
      GET /: {work: 1ms, calls: [catalog: GET /products]}
  catalog:
    instances: 2
    runtime: {gunicorn: {workers: 8}}
    endpoints:
      GET /products: {work: 3ms, calls: [price: GET /prices]}
  price:
    instances: 2
    runtime: {gunicorn: {workers: 8}}
    endpoints:
      GET /prices: {work: 2ms, calls: [erp: {call: GET /item, optional: true}]}
  erp:
    sidecar: false
    runtime: {threads: {pool: 8, queue: 32}}
    endpoints:
      GET /item: {work: 2ms, wait: {exponential: 15ms}}

traffic:
  erp:
    timeout: 250ms
    circuit_breakers: {max_pending_requests: 4, max_requests: 4}

load:
  visitors: {rate: 100/s, request: GET /}

faults:
  slow-erp: {at: 40s, for: 40s, on: erp, delay: {add: 5s, percent: 100%}}

expect:
  - {metric: success_rate, of: shop, must: ">= 99%"}
  - {event: circuit_open, of: price -> erp, within: 10s of slow-erp}
  - {recovered: shop, within: 10s of end of slow-erp}
)yaml";

constexpr std::string_view kRetryStorm =
    R"yaml(# Two layers that each try three times turn one request into nine. A short slowness of stock is
# enough to drown it; a retry budget keeps the storm small.
scenario: retry-storm
about: Retries at two layers, held down by a budget.
run: {duration: 120s, warm_up: 10s}

services:
  shop:
    entry: true
    instances: 2
    endpoints:
      GET /: {work: 1ms, calls: [catalog: GET /products]}
  catalog:
    instances: 2
    endpoints:
      GET /products: {work: 1ms, calls: [stock: GET /stock]}
  stock:
    instances: 2
    runtime: {gunicorn: {workers: 4}}
    endpoints:
      GET /stock: {work: 8ms}

traffic:
  catalog:
    timeout: 1500ms
    retries: {attempts: 2, per_try_timeout: 500ms, retry_on: [5xx], budget: {ratio: 20%, min_concurrency: 3}}
  stock:
    timeout: 450ms
    retries: {attempts: 2, per_try_timeout: 150ms, retry_on: [5xx], budget: {ratio: 20%, min_concurrency: 3}}

load:
  visitors: {rate: 200/s, request: GET /}

faults:
  slow-stock: {at: 40s, for: 10s, on: stock, slow: 4x}

expect:
  - {metric: retries, of: catalog -> stock, must: "< 50%"}
  - {recovered: shop, within: 20s of end of slow-stock}
)yaml";

constexpr std::array<ScenarioTemplate, 4> kTemplates{{{"bookinfo", kBookinfo},
                                                      {"canary", kCanary},
                                                      {"cascade", kCascade},
                                                      {"retry-storm", kRetryStorm}}};

}  // namespace

std::span<const ScenarioTemplate> scenario_templates() { return kTemplates; }

std::string_view first_scenario() { return kFirst; }

}  // namespace shaketable::engine
