#include <cstddef>
#include <cstdint>
#include <sstream>
#include <string>
#include <string_view>

#include "engine/cli/finished_run.h"
#include "engine/result/result_reader.h"
#include "reports/html/html_report.h"
#include "reports/json_result.h"
#include "reports/text_report.h"
#include "tests/fuzz/require.h"
#include "tests/fuzz/small_run.h"

// Feeds results to their reader. When the first byte is even, the rest is the result; else it
// replaces a piece of a real one, so that what lies behind the head is reached: two bytes say
// where, one how much. What must hold: no crash, an end, and whatever is accepted can be judged,
// reported, and read back once more with the same report.
namespace shaketable::engine {
namespace {

const std::string& real_result() {
  static const std::string kText = [] {
    std::string text;
    make_small_run({.runs = 2},
                   [&text](const FinishedRun& run) { text = reports::json_result(run.report()); });
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
