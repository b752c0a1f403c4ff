#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/results/result_json.h"
#include "tests/fuzz/require.h"

// Results of generators, which `merge` reads. When the first byte is even, the rest is the result;
// else it replaces a piece of a real one: two bytes say where, one how much. What must hold: no
// crash, an end, and what is accepted is written and read again with the same bytes.
namespace shaketable::loadgen {
namespace {

constexpr std::size_t kHead = 4;

RunResult real_result() {
  LoadStats load;
  load.name = "users";
  RequestStats step;
  step.name = "GET /";
  for (int i = 1; i < 20; ++i) {
    step.add({.intended = proxy::kStart,
              .started = proxy::kStart,
              .ended = proxy::kStart + proxy::Duration(i * 1'000'003),
              .status = static_cast<std::uint16_t>(i % 5 == 0 ? 503 : 200),
              .ok = i % 5 != 0,
              .has_latency = true,
              .bytes = 10});
  }
  step.errors.add("status 503");
  load.steps.push_back(step);
  load.total.merge(step);
  JourneyStats journey;
  journey.name = "browse";
  journey.runs = 19;
  journey.requests = step;
  load.journeys.push_back(journey);
  load.series.at(proxy::Duration(1)).requests = 19;
  RunResult result;
  result.name = "shop";
  result.target = "http://127.0.0.1/";
  result.elapsed = std::chrono::seconds(2);
  result.loads.push_back(load);
  result.required = {{"", "p99 < 1s"}, {"users", "rate >= 10/s"}};
  result.shares = {{0, 4}, {2, 4}};
  result.thresholds = {
      {.source = "p99 < 1s", .actual = "19 ms", .holds = true, .was_judged = true}};
  return result;
}

void read(std::string_view text) {
  const auto result = result_from_json(text);
  if (!result) {
    require(!result.error().message.empty());
    return;
  }
  const std::string written = result_json(*result);
  const auto again = result_from_json(written);
  require(again.has_value());
  require(result_json(*again) == written);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const std::string real = result_json(real_result());
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  if (size < kHead || data[0] % 2 == 0) {
    read(bytes.substr(size == 0 ? 0 : 1));
    return 0;
  }
  const std::size_t place = (data[1] * std::size_t{256} + data[2]) % real.size();
  std::string changed = real;
  changed.replace(place, data[3], bytes.substr(kHead));
  read(changed);
  return 0;
}

}  // namespace shaketable::loadgen
