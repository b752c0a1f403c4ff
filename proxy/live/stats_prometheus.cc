#include <algorithm>
#include <array>
#include <tuple>
#include <utility>

#include "proxy/live/stats_catalogue.h"
#include "proxy/live/text_output.h"

// Prometheus' text format.
namespace shaketable::proxy::live {
namespace {

constexpr std::array<std::string_view, kMetricScopes> kPrometheusPrefix = {
    "envoy_cluster_",
    "envoy_cluster_manager_",
    "envoy_http_",
    "envoy_listener_",
    "envoy_listener_manager_",
    "envoy_",
    "process_",
    "envoy_server_"};
/// The label that names the subject, where a scope has several.
constexpr std::array<std::string_view, kMetricScopes> kSubjectLabel = {
    "envoy_cluster_name",
    "",
    "envoy_http_conn_manager_prefix",
    "envoy_listener_address",
    "",
    "",
    "",
    ""};

/// Envoy's buckets.
constexpr std::array<std::pair<std::string_view, std::int64_t>, 19> kBuckets = {
    {{"0.5", 500'000},
     {"1", 1'000'000},
     {"5", 5'000'000},
     {"10", 10'000'000},
     {"25", 25'000'000},
     {"50", 50'000'000},
     {"100", 100'000'000},
     {"250", 250'000'000},
     {"500", 500'000'000},
     {"1000", 1'000'000'000},
     {"2500", 2'500'000'000},
     {"5000", 5'000'000'000},
     {"10000", 10'000'000'000},
     {"30000", 30'000'000'000},
     {"60000", 60'000'000'000},
     {"300000", 300'000'000'000},
     {"600000", 600'000'000'000},
     {"1800000", 1'800'000'000'000},
     {"3600000", 3'600'000'000'000}}};

/// [a-zA-Z_:][a-zA-Z0-9_:]*, of names that are ours: dots become underscores.
void append_prometheus_name(const Metric& metric, std::string& out) {
  out += kPrometheusPrefix[index_of(metric.scope)];
  for (const char c : metric.family) {
    out += c == '.' ? '_' : c;
  }
}

void append_label(std::string_view name, std::string_view value, std::string& out) {
  out += name;
  out += "=\"";
  for (const char c : value) {
    // Names come escaped; of what may follow, only the backslash has a meaning here.
    out += c == '\\' ? "\\\\" : std::string_view(&c, 1);
  }
  out += '"';
}

/// `envoy_response_code="200",envoy_cluster_name="cart"`, or nothing.
void append_labels(const Metric& metric, std::string_view subject, std::string& out) {
  if (!metric.label.empty()) {
    append_label(metric.label, plain_name(metric.label_value), out);
  }
  if (!subject.empty()) {
    out += metric.label.empty() ? "" : ",";
    append_label(kSubjectLabel[index_of(metric.scope)], subject, out);
  }
}

void append_prometheus_histogram(const std::string& name, const std::string& labels,
                                 const LatencyHistogram& histogram, std::string& out) {
  // One pass over the histogram for all bounds: a bucket belongs where its middle lies.
  std::array<std::uint64_t, kBuckets.size()> at_most{};
  histogram.for_each_bucket([&at_most](std::int64_t low, std::int64_t high, std::uint64_t times) {
    const std::int64_t middle = low + (high - low) / 2;
    const auto* bound = std::lower_bound(
        kBuckets.begin(), kBuckets.end(), middle,
        [](const auto& bucket, std::int64_t value) { return bucket.second < value; });
    if (bound != kBuckets.end()) {
      at_most[static_cast<std::size_t>(bound - kBuckets.begin())] += times;
    }
  });
  const auto line = [&](std::string_view suffix, std::string_view bound) -> std::string& {
    out += name;
    out += suffix;
    if (!labels.empty() || !bound.empty()) {
      out += '{';
      out += labels;
      if (!bound.empty()) {
        out += labels.empty() ? "le=\"" : ",le=\"";
        out += bound;
        out += '"';
      }
      out += '}';
    }
    out += ' ';
    return out;
  };
  std::uint64_t sum = 0;
  for (std::size_t i = 0; i < kBuckets.size(); ++i) {
    sum += at_most[i];
    append_number(sum, line("_bucket", kBuckets[i].first));
    out += '\n';
  }
  append_number(histogram.count(), line("_bucket", "+Inf"));
  out += '\n';
  append_milliseconds(histogram.sum(), line("_sum", ""));
  out += '\n';
  append_number(histogram.count(), line("_count", ""));
  out += '\n';
}

void append_type(const std::string& name, MetricType type, std::string& out) {
  out += "# TYPE ";
  out += name;
  switch (type) {
    case MetricType::kCounter:
      out += " counter\n";
      return;
    case MetricType::kGauge:
      out += " gauge\n";
      return;
    case MetricType::kHistogram:
      out += " histogram\n";
      return;
  }
}

}  // namespace

Result<std::string> stats_as_prometheus(const StatsSnapshot& stats, const ServerInfo& server,
                                        const StatsOptions& options) {
  Catalogue catalogue(stats, server, options);
  if (Result<void> ready = catalogue.prepare(); !ready.has_value()) {
    return tl::unexpected<Error>(std::move(ready.error()));
  }
  std::vector<Metric> all;
  catalogue.for_each_subject(
      [&](std::vector<Metric>& metrics) { all.insert(all.end(), metrics.begin(), metrics.end()); });
  // The samples of a family must stand together.
  std::stable_sort(all.begin(), all.end(), [](const Metric& a, const Metric& b) {
    return std::tie(a.scope, a.family) < std::tie(b.scope, b.family);
  });
  std::string out, name, labels, last;
  for (const Metric& metric : all) {
    name.clear();
    labels.clear();
    append_prometheus_name(metric, name);
    append_labels(metric, catalogue.subject_of(metric), labels);
    if (name != last) {
      append_type(name, metric.type, out);
      last = name;
    }
    if (metric.histogram != nullptr) {
      append_prometheus_histogram(name, labels, *metric.histogram, out);
      continue;
    }
    out += name;
    if (!labels.empty()) {
      out += '{';
      out += labels;
      out += '}';
    }
    out += ' ';
    append_value(metric, out);
    out += '\n';
  }
  return out;
}

}  // namespace shaketable::proxy::live
