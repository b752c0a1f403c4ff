#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "loadgen/core/access_log.h"
#include "loadgen/core/csv.h"
#include "tests/fuzz/require.h"

// Reads arbitrary bytes as access logs of every format, and as CSV. What must hold: no crash; the
// moments of a log are in order and begin at zero; the rows of a table are equally long; limits are
// kept.
namespace shaketable::loadgen {
namespace {

void read_log(std::string_view text, LogFormat format) {
  LogLimits limits;
  limits.max_entries = 1'000;
  const auto log = read_access_log(text, format, limits);
  if (!log) {
    require(!log.error().message.empty());
    return;
  }
  require(!log->moments.empty() && log->moments.size() <= limits.max_entries);
  require(log->moments.front() == proxy::Duration::zero());
  require(std::is_sorted(log->moments.begin(), log->moments.end()));
  require((log->unreadable > 0) == (log->first_unreadable > 0));
  const auto twice = scaled(log->moments, 2'000'000, 2'000'000);
  require(twice.size() == 2 * log->moments.size());
}

void read_csv(std::string_view text) {
  const auto rows = parse_csv(text, ',', {100, 10});
  if (!rows) {
    require(!rows.error().where.empty());
    return;
  }
  require(rows->size() <= 100);
  for (const auto& row : *rows) {
    require(row.size() == rows->front().size() && row.size() <= 10);
  }
}

}  // namespace
}  // namespace shaketable::loadgen

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace shaketable::loadgen;  // NOLINT(google-build-using-namespace)
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  for (const LogFormat format :
       {LogFormat::kAuto, LogFormat::kCommon, LogFormat::kCombined, LogFormat::kEnvoy}) {
    read_log(text, format);
  }
  read_csv(text);
  return 0;
}
