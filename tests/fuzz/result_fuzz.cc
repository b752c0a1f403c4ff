#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "engine/cli/cli.h"
#include "engine/cli/finished_run.h"
#include "engine/formats/diagnostic.h"
#include "engine/formats/scenario_loader.h"
#include "engine/result/result_reader.h"
#include "reports/html/html_report.h"
#include "reports/json_result.h"
#include "reports/text_report.h"

// Feeds results to their reader. When the first byte is even, the rest is the result; else it
// replaces a piece of a real one, so that what lies behind the head is reached: two bytes say
// where, one how much. What must hold: no crash, an end, and whatever is accepted can be judged,
// reported, and read back once more with the same report.
namespace shaketable::engine {
namespace {

void require(bool condition) {
  if (!condition) {
    std::abort();
  }
}

constexpr char kScenario[] =
    "scenario: fuzz\n"
    "services:\n"
    "  a: {entry: true, endpoints: {GET /: {work: 1ms, calls: [b: GET /]}}}\n"
    "  b: {endpoints: {GET /: {work: 1ms}}}\n"
    "run: {duration: 1s}\n"
    "load: {l: {rate: 50/s, request: GET /}}\n"
    "faults: {slow: {at: 500ms, for: 100ms, on: b, delay: 20ms}}\n"
    "expect: [{metric: p99, of: a, must: '< 1s', during: during slow}]\n";

const std::string& real_result() {
  static const std::string kText = [] {
    Diagnostics diagnostics;
    auto scenario = parse_scenario("fuzz.yaml", kScenario, {}, diagnostics);
    require(scenario.has_value());
    const std::vector<LoadedScenario> set{
        {.scenario = std::move(*scenario), .source = source_of("fuzz.yaml", {}, diagnostics)}};
    std::string text;
    run_scenario_set(set, {.runs = 2}, {}, [&text](std::size_t, const FinishedRun& run) {
      text = reports::json_result(run.report());
      return true;
    });
    return text;
  }();
  return kText;
}

std::string spliced(std::string_view input) {
  std::string text = real_result();
  if (input.size() < 3) {
    return text;
  }
  const auto byte = [&input](std::size_t i) { return static_cast<std::uint8_t>(input[i]); };
  const std::size_t at = (byte(0) * 256U + byte(1)) % text.size();
  return text.replace(at, byte(2) % 64U, input.substr(3));
}

void run(std::string_view input) {
  const bool is_whole = (static_cast<std::uint8_t>(input.front()) & 1U) == 0;
  input.remove_prefix(1);
  const std::string text = is_whole ? std::string(input) : spliced(input);
  const auto loaded = parse_result("fuzz.json", text, {.check_digest = false});
  if (!loaded) {
    require(!loaded.error().message.empty() && !loaded.error().where.empty());
    return;
  }
  const FinishedRun first = judged(*loaded);
  static_cast<void>(reports::text_report(first.report(), {}));
  static_cast<void>(reports::write_html(first.report()));
  const std::string again = reports::json_result(first.report());
  const auto reloaded = parse_result("fuzz.json", again);
  require(reloaded.has_value());
  require(reports::json_result(judged(*reloaded).report()) == again);
}

}  // namespace
}  // namespace shaketable::engine

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size > 0) {
    shaketable::engine::run({reinterpret_cast<const char*>(data), size});
  }
  return 0;
}
