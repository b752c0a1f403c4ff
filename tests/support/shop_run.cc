#include "tests/support/shop_run.h"

#include <chrono>
#include <utility>

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)

void add_traffic(RecordBuilder& shop) {
  shop.service("gateway", {{10, 60, 100, 0, 20ms},
                           {60, 62, 100, 0, 30ms},
                           {62, 91, 60, 40, 400ms},
                           {91, 120, 100, 0, 21ms}})
      .service("catalog", {{10, 120, 80, 0, 8ms}})
      .service("payment", {{10, 60, 20, 0, 12ms}, {60, 90, 12, 8, 2s}, {90, 120, 20, 0, 12ms}})
      .service("erp", {{10, 70, 10, 0, 25ms}, {70, 120, 1, 9, 900ms}})
      .edge("gateway", "catalog", {{10, 120, 80, 0, 9ms}})
      .edge("gateway", "payment",
            {{10, 60, 20, 0, 13ms}, {60, 90, 10, 10, 800ms, 14}, {90, 120, 20, 0, 13ms}})
      .edge("catalog", "erp", {{10, 70, 10, 0, 26ms}, {70, 120, 1, 9, 900ms}})
      .gauges("gateway", 120'000)
      .gauges("catalog", 340'000)
      .gauges("payment", 875'000, 4'200)
      .gauges("erp", 990'000, 31'000);
}

void add_story(RecordBuilder& shop) {
  shop.fault("provider-slow", FaultKind::kDelay, "payment", 60, 30);
  shop.scenario.faults.back().ppm = 600'000;
  shop.event(61200ms, EventKind::kCircuitOpen, "gateway", "payment", "max_pending_requests")
      .event(61900ms, EventKind::kCircuitOpen, "gateway", "payment", "max_pending_requests", 11)
      .event(63s, EventKind::kEjection, "gateway", "catalog", "5 consecutive 5xx")
      .event(93s, EventKind::kUnejection, "gateway", "catalog", "after 30 s")
      .event(95s, EventKind::kCircuitClose, "gateway", "payment", "max_pending_requests", 12);
  shop.record.events[2].instance = 1;
  shop.record.events[3].instance = 1;
  shop.record.explanations.push_back({.text = "not ejected: cap of 10 % of 4 hosts is zero",
                                      .service = shop.index_of("erp"),
                                      .caller = shop.index_of("catalog"),
                                      .count = 812,
                                      .first = proxy::kStart + 71s,
                                      .last = proxy::kStart + 119s});
}

Expectation with_text(Expectation expectation, std::string text, int line) {
  expectation.text = std::move(text);
  expectation.mark = {.file = "shop.yaml", .line = line, .column = 5};
  return expectation;
}

void add_expectations(RecordBuilder& shop) {
  const Subject gateway = shop.service_subject("gateway");
  shop.expect(with_text(
      expect_metric(Metric::kSuccessRate, gateway, Comparison::kGreaterEqual, 990'000, 10, 60),
      "success_rate of gateway >= 99% before provider-slow", 31));
  shop.expect(with_text(expect_metric(Metric::kP99, gateway, Comparison::kLess, 300'000'000),
                        "p99 of gateway < 300ms", 32));
  EventExpectation open{.event = EventKind::kCircuitOpen,
                        .subject = shop.edge_subject("gateway", "payment"),
                        .window = seconds_window(60, 70, "within 10s of provider-slow")};
  shop.expect(with_text({.what = open}, "circuit_open of gateway -> payment", 33));
  RecoveryExpectation back{.subject = gateway, .window = seconds_window(90, 110, "20s")};
  shop.expect(with_text({.what = back}, "gateway recovers within 20s", 34));
  BlastRadiusExpectation radius{.fault = 0,
                                .bound = {.comparison = Comparison::kLessEqual, .value = 2}};
  shop.expect(with_text({.what = radius, .expected_to_fail = true},
                        "blast radius of provider-slow <= 2 services", 35));
  shop.expect(with_text(
      expect_metric(Metric::kErrorRate, shop.edge_subject("payment", "erp"), Comparison::kLess, 1),
      "error_rate of payment -> erp < 1 ppm", 36));
}

}  // namespace

RecordBuilder shop_run() {
  RecordBuilder shop({"gateway", "catalog", "payment", "erp"}, 120);
  shop.scenario.name = "payment-brownout";
  shop.scenario.about = "The payment provider slows down for 30 s.";
  shop.scenario.file = "shop.yaml";
  shop.scenario.run.warm_up = 10s;
  add_traffic(shop);
  add_story(shop);
  add_expectations(shop);
  shop.record.statistics.events = 1'234'567;
  shop.record.statistics.hops = 31'415;
  return shop;
}

}  // namespace shaketable::engine
