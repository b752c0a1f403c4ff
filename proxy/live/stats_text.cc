#include "proxy/live/stats_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include <re2/re2.h>

#include "proxy/live/stats_metrics.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::array<std::string_view, kMetricScopes> kPlainPrefix = {
    "cluster.", "cluster_manager.", "http.",  "listener.", "listener_manager.",
    "",         "process.",         "server."};
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

/// Envoy's quantiles and buckets.
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

std::size_t index_of(MetricScope scope) { return static_cast<std::size_t>(scope); }

/// As Envoy does, colons become underscores: they separate things in other forms.
std::string plain_name(std::string_view name) {
  std::string result;
  append_escaped(name.substr(0, 1024), result);
  std::replace(result.begin(), result.end(), ':', '_');
  return result.empty() ? "_" : result;
}

/// The names of subjects in statistics. Two that look alike get numbers, because Prometheus refuses
/// the whole page if a series comes twice.
template <class Subjects>
std::vector<std::string> unique_names(const Subjects& subjects) {
  std::vector<std::string> names;
  std::map<std::string, std::uint32_t, std::less<>> seen;
  for (const auto& subject : subjects) {
    std::string name = plain_name(subject.name);
    while (const std::uint32_t times = seen[name]++) {
      name += '#';
      append_number(times + 1, name);
    }
    names.push_back(std::move(name));
  }
  return names;
}

/// Milliseconds with microseconds, as Envoy's histograms of times are.
void append_milliseconds(std::int64_t nanoseconds, std::string& out) {
  append_decimal((nanoseconds / 1'000) * 1'000'000, 3, out);
}

/// Everything to tell, with names and filter.
class Catalogue {
 public:
  Catalogue(const StatsSnapshot& stats, const ServerInfo& server, const StatsOptions& options)
      : stats_(stats),
        server_(server),
        options_(options),
        clusters_(unique_names(stats.clusters)),
        listeners_(unique_names(stats.listeners)) {}

  [[nodiscard]] Result<void> prepare() {
    if (options_.filter.empty()) {
      return {};
    }
    RE2::Options settings;
    settings.set_log_errors(false);
    settings.set_max_mem(1U << 20U);
    filter_ = std::make_unique<RE2>(options_.filter, settings);
    if (options_.filter.size() > 1024 || !filter_->ok()) {
      return fail("the filter is not a regular expression: " + filter_->error(), "filter",
                  "RE2 syntax, at most 1024 characters");
    }
    return {};
  }

  /// Calls `visit(vector<Metric>&)` with the chosen metrics of one subject after the other.
  template <class Visit>
  void for_each_subject(const Visit& visit) {
    std::vector<Metric> metrics;
    const auto finish = [&] {
      std::erase_if(metrics, [this](const Metric& metric) { return !is_wanted(metric); });
      visit(metrics);
      metrics.clear();
    };
    for (const std::uint32_t i : in_order(clusters_)) {
      list_cluster_metrics(stats_.clusters[i], i, metrics);
      finish();
    }
    for (const std::uint32_t i : in_order(listeners_)) {
      list_http_metrics(stats_.listeners[i].stats, i, metrics);
      finish();
    }
    for (const std::uint32_t i : in_order(listeners_)) {
      list_listener_metrics(stats_.listeners[i].stats, i, metrics);
      finish();
    }
    list_server_metrics(stats_, server_, metrics);
    finish();
  }

  [[nodiscard]] std::string_view subject_of(const Metric& metric) const {
    switch (metric.scope) {
      case MetricScope::kCluster:
        return clusters_[metric.subject];
      case MetricScope::kHttp:
      case MetricScope::kListener:
        return listeners_[metric.subject];
      case MetricScope::kClusterManager:
      case MetricScope::kListenerManager:
      case MetricScope::kOther:
      case MetricScope::kProcess:
      case MetricScope::kServer:
        return {};
    }
    return {};
  }

  /// "cluster.cart.upstream_rq_200", in `out`.
  void name_of(const Metric& metric, std::string& out) const {
    out = kPlainPrefix[index_of(metric.scope)];
    if (const std::string_view subject = subject_of(metric); !subject.empty()) {
      out += subject;
      out += '.';
    }
    out += metric.name;
    if (metric.name_ends_with_label) {
      out += plain_name(metric.label_value);
    }
  }

 private:
  static std::vector<std::uint32_t> in_order(const std::vector<std::string>& names) {
    std::vector<std::uint32_t> order(names.size());
    for (std::size_t i = 0; i < order.size(); ++i) {
      order[i] = static_cast<std::uint32_t>(i);
    }
    std::sort(order.begin(), order.end(),
              [&names](std::uint32_t a, std::uint32_t b) { return names[a] < names[b]; });
    return order;
  }

  [[nodiscard]] bool is_wanted(const Metric& metric) {
    if (options_.used_only && metric.value == 0) {
      return false;
    }
    if (filter_ == nullptr) {
      return true;
    }
    name_of(metric, scratch_);
    return RE2::PartialMatch(scratch_, *filter_);
  }

  const StatsSnapshot& stats_;
  const ServerInfo& server_;
  const StatsOptions& options_;
  std::vector<std::string> clusters_, listeners_;
  std::unique_ptr<RE2> filter_;
  std::string scratch_;
};

void append_value(const Metric& metric, std::string& out) {
  if (metric.divisor == 1) {
    append_number(metric.value, out);
  } else {
    const std::uint64_t billionths = 1'000'000'000U / metric.divisor;
    append_decimal(static_cast<std::int64_t>(metric.value * billionths), 3, out);
  }
}

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
