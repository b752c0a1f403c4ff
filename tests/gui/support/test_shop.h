#pragma once

namespace shaketable::gui {

/// Two services, a fault from 5 to 10 s, and something to expect.
inline constexpr char kTestShop[] = R"(scenario: shop   # what people read
services:
  shop:  {entry: true, instances: 2, endpoints: {GET /: {work: 2ms, calls: [stock: GET /items]}}}
  stock: {instances: 3, runtime: {gunicorn: {workers: 4}}, endpoints: {GET /items: {work: 8ms}}}
traffic:
  stock: {retries: {attempts: 2, per_try_timeout: 200ms, retry_on: [5xx]},
          outlier_detection: {consecutive_5xx: 5, max_ejection_percent: 34%}}
load: {customers: {rate: 100/s, request: GET /}}
run: {duration: 20s, seed: 3}
faults: {slow-disk: {at: 5s, for: 5s, on: stock-2, slow: 50x}}
expect:
  - {metric: p99, of: customers, must: "< 100ms", during: during slow-disk}
)";

}  // namespace shaketable::gui
