#include "reports/html/page_data.h"

#include "reports/escape.h"

namespace shaketable::reports {

std::string page_data(const Page& page) {
  const Report& report = page.report;
  std::string out = "{\"name\":\"" + for_json(shortened(report.scenario.name, 120)) +
                    "\",\"seed\":" + std::to_string(report.record.seed) +
                    ",\"end\":" + std::to_string(proxy::nanoseconds_of(report.record.ended)) +
                    ",\"bucket\":" + std::to_string(report.record.bucket.count()) + ",\"faults\":[";
  for (std::size_t i = 0; i < page.bands.size(); ++i) {
    out += (i == 0 ? "[\"" : ",[\"") + for_json(shortened(page.bands[i].name, 60)) + "\"," +
           std::to_string(page.bands[i].from_ns) + ',' + std::to_string(page.bands[i].to_ns) + ']';
  }
  out += "],\"charts\":[";
  for (std::size_t i = 0; i < page.chart_data.size(); ++i) {
    out += (i == 0 ? "\n" : ",\n") + page.chart_data[i];
  }
  return out + "],\n\"replay\":" + (page.replay_data.empty() ? "null" : page.replay_data) + "}";
}

}  // namespace shaketable::reports
