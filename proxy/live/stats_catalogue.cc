#include "proxy/live/stats_catalogue.h"

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include <re2/re2.h>

#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

constexpr std::array<std::string_view, kMetricScopes> kPlainPrefix = {
    "cluster.", "cluster_manager.", "http.",  "listener.", "listener_manager.",
    "",         "process.",         "server."};
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

}  // namespace

std::string plain_name(std::string_view name) {
  std::string result;
  append_escaped(name.substr(0, 1024), result);
  std::replace(result.begin(), result.end(), ':', '_');
  return result.empty() ? "_" : result;
}

void append_milliseconds(std::int64_t nanoseconds, std::string& out) {
  append_decimal((nanoseconds / 1'000) * 1'000'000, 3, out);
}

void append_value(const Metric& metric, std::string& out) {
  if (metric.divisor == 1) {
    append_number(metric.value, out);
  } else {
    const std::uint64_t billionths = 1'000'000'000U / metric.divisor;
    append_decimal(static_cast<std::int64_t>(metric.value * billionths), 3, out);
  }
}

Catalogue::Catalogue(const StatsSnapshot& stats, const ServerInfo& server,
                     const StatsOptions& options)
    : stats_(stats),
      server_(server),
      options_(options),
      clusters_(unique_names(stats.clusters)),
      listeners_(unique_names(stats.listeners)) {}

Catalogue::~Catalogue() = default;

Result<void> Catalogue::prepare() {
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

std::string_view Catalogue::subject_of(const Metric& metric) const {
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

void Catalogue::name_of(const Metric& metric, std::string& out) const {
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

std::vector<std::uint32_t> Catalogue::in_order(const std::vector<std::string>& names) {
  std::vector<std::uint32_t> order(names.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    order[i] = static_cast<std::uint32_t>(i);
  }
  std::sort(order.begin(), order.end(),
            [&names](std::uint32_t a, std::uint32_t b) { return names[a] < names[b]; });
  return order;
}

bool Catalogue::is_wanted(const Metric& metric) {
  if (options_.used_only && metric.value == 0) {
    return false;
  }
  if (filter_ == nullptr) {
    return true;
  }
  name_of(metric, scratch_);
  return RE2::PartialMatch(scratch_, *filter_);
}

}  // namespace shaketable::proxy::live
