#include "reports/html/chart_data.h"

#include <array>

#include "engine/record/run_record.h"
#include "reports/escape.h"

namespace shaketable::reports {

std::string data_of(const ChartValues& values) {
  constexpr std::size_t kRun = 4;
  const auto word = [&values](std::size_t i) {
    return values[i] ? std::to_string(*values[i]) : std::string("null");
  };
  std::string out = "[";
  for (std::size_t i = 0; i < values.size();) {
    std::size_t end = i + 1;
    while (end < values.size() && values[end] == values[i]) {
      ++end;
    }
    if (end - i >= kRun) {
      out += (i == 0 ? "[" : ",[") + word(i) + ',' + std::to_string(end - i) + ']';
      i = end;
      continue;
    }
    out += (i == 0 ? "" : ",") + word(i);
    ++i;
  }
  return out + ']';
}

std::string data_of(const Chart& chart) {
  std::string out = "{\"t\":\"" + for_json(shortened(chart.title, 90)) +
                    "\",\"u\":" + std::to_string(static_cast<int>(chart.unit)) +
                    ",\"s\":" + std::to_string(chart.step_ns) + ",\"l\":[";
  for (std::size_t i = 0; i < chart.lines.size(); ++i) {
    const ChartLine& line = chart.lines[i];
    out += (i == 0 ? "[\"" : ",[\"") + for_json(shortened(line.name, 60)) + "\"," +
           std::to_string(line.color % 8) + ',' +
           std::to_string((line.filled ? 1 : 0) + (line.on_right ? 2 : 0)) + ',' +
           data_of(line.values) + ']';
  }
  return out + "]}";
}

const char* outcome_words(std::size_t outcome) {
  constexpr std::array<const char*, engine::kOutcomes> kWords{
      "ok", "4xx", "5xx", "timeout", "refused", "no host", "connection", "injected"};
  return outcome < kWords.size() ? kWords[outcome] : "other";
}

}  // namespace shaketable::reports
