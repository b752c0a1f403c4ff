#include "proxy/live/stats_text.h"

#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "proxy/live/stats_catalogue.h"
#include "proxy/live/text_output.h"

// Text and JSON; Prometheus' form is in stats_prometheus.cc.
namespace shaketable::proxy::live {
namespace {

/// Envoy's quantiles.
constexpr std::array<std::pair<std::string_view, std::uint32_t>, 10> kQuantiles = {
    {{"0", 0},
     {"25", 250'000},
     {"50", 500'000},
     {"75", 750'000},
     {"90", 900'000},
     {"95", 950'000},
     {"99", 990'000},
     {"99.5", 995'000},
     {"99.9", 999'000},
     {"100", 1'000'000}}};
void append_quantiles(const LatencyHistogram& histogram, std::string& out) {
  bool is_first = true;
  for (const auto& [name, ppm] : kQuantiles) {
    out += is_first ? "P" : " P";
    is_first = false;
    out += name;
    out += "(nan,";
    append_milliseconds(histogram.percentile(ppm), out);
    out += ')';
  }
}

void sort_by_name(std::vector<Metric>& metrics) {
  std::sort(metrics.begin(), metrics.end(), [](const Metric& a, const Metric& b) {
    return std::tie(a.scope, a.name, a.label_value) < std::tie(b.scope, b.name, b.label_value);
  });
}

void append_histograms_json(const Catalogue& catalogue, const std::vector<Metric>& histograms,
                            JsonWriter& json, std::string& out) {
  std::string name;
  json.begin_object().key("histograms").begin_object().key("supported_quantiles").begin_array();
  for (const auto& [quantile, ppm] : kQuantiles) {
    json.raw(quantile);
  }
  json.end_array().key("computed_quantiles").begin_array();
  for (const Metric& metric : histograms) {
    catalogue.name_of(metric, name);
    json.begin_object().member("name", std::string_view(name)).key("values").begin_array();
    for (const auto& [quantile, ppm] : kQuantiles) {
      json.begin_object().key("interval").null().key("cumulative");
      if (metric.histogram->count() == 0) {
        json.null();
      } else {
        json.raw("");
        append_milliseconds(metric.histogram->percentile(ppm), out);
      }
      json.end_object();
    }
    json.end_array().end_object();
  }
  json.end_array().end_object().end_object();
}

}  // namespace

Result<std::string> stats_as_text(const StatsSnapshot& stats, const ServerInfo& server,
                                  const StatsOptions& options) {
  Catalogue catalogue(stats, server, options);
  if (Result<void> ready = catalogue.prepare(); !ready.has_value()) {
    return tl::unexpected<Error>(std::move(ready.error()));
  }
  std::string out, name;
  catalogue.for_each_subject([&](std::vector<Metric>& metrics) {
    sort_by_name(metrics);
    for (const Metric& metric : metrics) {
      catalogue.name_of(metric, name);
      out += name;
      out += ": ";
      if (metric.histogram == nullptr) {
        append_value(metric, out);
      } else if (metric.value == 0) {
        out += "No recorded values";
      } else {
        append_quantiles(*metric.histogram, out);
      }
      out += '\n';
    }
  });
  return out;
}

Result<std::string> stats_as_json(const StatsSnapshot& stats, const ServerInfo& server,
                                  const StatsOptions& options) {
  Catalogue catalogue(stats, server, options);
  if (Result<void> ready = catalogue.prepare(); !ready.has_value()) {
    return tl::unexpected<Error>(std::move(ready.error()));
  }
  std::string out, name;
  std::vector<Metric> histograms;
  JsonWriter json(out);
  json.begin_object().key("stats").begin_array();
  catalogue.for_each_subject([&](std::vector<Metric>& metrics) {
    sort_by_name(metrics);
    for (const Metric& metric : metrics) {
      if (metric.histogram != nullptr) {
        histograms.push_back(metric);
        continue;
      }
      catalogue.name_of(metric, name);
      json.begin_object().member("name", std::string_view(name)).key("value").raw("");
      append_value(metric, out);
      json.end_object();
    }
  });
  if (!histograms.empty()) {
    append_histograms_json(catalogue, histograms, json, out);
  }
  json.end_array().end_object();
  out += '\n';
  return out;
}

}  // namespace shaketable::proxy::live
