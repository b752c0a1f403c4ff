#pragma once

namespace shaketable::gui {

/// Three services in a row. From 10 to 16 s the last one is slow: circuits open, hosts are ejected,
/// requests are tried again, and the trouble climbs to the clients. A third of what the canary v2
/// of the middle one answers is a 500, until it is rolled back at 20 s.
inline constexpr char kTestTrouble[] = R"(scenario: trouble
services:
  door:  {entry: true, instances: 2, endpoints: {GET /: {work: 1ms, calls: [shop: GET /]}}}
  shop:
    versions: {v1: {instances: 3}, v2: {instances: 1}}
    endpoints: {GET /: {work: 2ms, calls: [stock: GET /items]}}
  stock: {instances: 3, runtime: {gunicorn: {workers: 2}}, endpoints: {GET /items: {work: 8ms}}}
traffic:
  shop: {split: {v1: 90%, v2: 10%}, retries: {attempts: 2, retry_on: [5xx]}}
  stock:
    retries: {attempts: 2, per_try_timeout: 100ms, retry_on: [5xx]}
    circuit_breakers: {max_requests: 8}
    outlier_detection: {consecutive_5xx: 3, interval: 1s, base_ejection_time: 4s,
                        max_ejection_percent: 34%}
load: {customers: {rate: 150/s, request: GET /}}
run: {duration: 30s, seed: 3}
faults:
  slow-disk: {at: 10s, for: 6s, on: stock, slow: 20x}
  bad-build: {at: 2s, on: shop v2, abort: {status: 500, percent: 33%}}
  roll-back: {at: 20s, config_push: {traffic: {shop: {split: {v1: 100%}}}}}
expect:
  - {metric: success_rate, of: customers, must: ">= 99%"}
)";

}  // namespace shaketable::gui
