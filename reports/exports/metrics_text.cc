#include "reports/exports/metrics_text.h"

#include <algorithm>

#include "proxy/base/bits.h"
#include "reports/escape.h"
#include "reports/exports/timestamps.h"

namespace shaketable::reports {
namespace {

/// "0.5", "1", "2500".
std::string bound_text(std::int64_t us) {
  const std::string whole = std::to_string(us / 1'000);
  return us % 1'000 == 0 ? whole : whole + '.' + std::to_string(us % 1'000 / 100);
}

/// Nanoseconds as milliseconds, exact, zeros dropped.
std::string milliseconds_text(std::uint64_t ns) {
  std::string text = decimal_text(ns, 1'000'000, 6);
  text.erase(text.find_last_not_of('0') + 1);
  if (text.back() == '.') {
    text.pop_back();
  }
  return text;
}

}  // namespace

std::string labels_text(const Labels& labels) {
  if (labels.empty()) {
    return {};
  }
  std::string out = "{";
  for (const auto& [name, value] : labels) {
    out += out.size() == 1 ? "" : ",";
    out += name;
    out += "=\"";
    // What cannot be shown has become a visible escape; its backslash is escaped in turn.
    for (const char c : for_terminal(value)) {
      if (c == '\\' || c == '"') {
        out += '\\';
      }
      out += c;
    }
    out += '"';
  }
  return out + '}';
}

std::uint64_t count_at_most(const engine::Point& point, std::int64_t bound_ns) {
  struct Known {
    std::int64_t value;
    std::uint64_t ppm;
  };
  const std::array<Known, 6> known = {{{0, 0},
                                       {point.p50, 500'000},
                                       {point.p90, 900'000},
                                       {point.p95, 950'000},
                                       {point.p99, 990'000},
                                       {point.max, 1'000'000}}};
  if (bound_ns >= point.max) {
    return point.count;
  }
  for (std::size_t i = 1; i < known.size(); ++i) {
    if (bound_ns >= known[i].value) {
      continue;
    }
    const std::int64_t width = known[i].value - known[i - 1].value;
    const auto into =
        static_cast<std::uint64_t>(std::max<std::int64_t>(bound_ns - known[i - 1].value, 0));
    const std::uint64_t ppm =
        known[i - 1].ppm +
        (width <= 0 ? 0
                    : (known[i].ppm - known[i - 1].ppm) * into / static_cast<std::uint64_t>(width));
    return static_cast<std::uint64_t>(static_cast<proxy::Uint128>(point.count) * ppm / 1'000'000);
  }
  return point.count;
}

MetricsText::MetricsText(bool is_openmetrics, std::vector<proxy::Instant> times)
    : is_openmetrics_(is_openmetrics), times_(std::move(times)) {}

void MetricsText::begin(std::string_view name, MetricKind kind, std::string_view help) {
  name_ = name;
  // OpenMetrics knows counters by their "_total"; Envoy's others keep their names without a type.
  std::string family = name_;
  std::string type = kind == MetricKind::kGauge ? "gauge" : "histogram";
  if (kind == MetricKind::kCounter) {
    const bool is_named_so = name.ends_with("_total") && !name.starts_with("envoy_");
    type = !is_openmetrics_ || is_named_so ? "counter" : "unknown";
    if (is_openmetrics_ && is_named_so) {
      family.resize(family.size() - std::string_view("_total").size());
    }
  }
  out_ += "# HELP " + family + ' ' + std::string(help) + '\n';
  out_ += "# TYPE " + family + ' ' + type + '\n';
}

void MetricsText::sample(std::string_view suffix, const std::string& labels, std::size_t bucket,
                         const std::string& value) {
  out_ += name_;
  out_ += suffix;
  out_ += labels + ' ' + value;
  if (is_openmetrics_) {
    out_ += ' ' + unix_seconds_text(times_[bucket]);
  }
  out_ += '\n';
}

void MetricsText::add(const Labels& labels, const std::vector<std::uint64_t>& values,
                      std::uint64_t divisor) {
  const std::string text = labels_text(labels);
  for (std::size_t i = is_openmetrics_ ? 0 : values.size() - 1; i < values.size(); ++i) {
    sample("", text, i,
           divisor == 1 ? std::to_string(values[i]) : decimal_text(values[i], divisor, 6));
  }
}

void MetricsText::add_durations(const Labels& labels, const engine::Series& series) {
  if (!is_openmetrics_) {
    add_exact_durations(labels, series);
    return;
  }
  // A series of samples each: all moments of one bound stand together.
  const auto cumulated = [&](auto&& of_point) {
    std::vector<std::uint64_t> sums(buckets());
    std::uint64_t sum = 0;
    for (std::size_t i = 0; i < sums.size(); ++i) {
      sum += i < series.points.size() ? of_point(series.points[i]) : 0;
      sums[i] = sum;
    }
    return sums;
  };
  Labels bounded = labels;
  bounded.emplace_back("le", "");
  for (const std::int64_t bound : kDurationBoundsUs) {
    bounded.back().second = bound_text(bound);
    const std::string text = labels_text(bounded);
    const auto counts = cumulated(
        [bound](const engine::Point& point) { return count_at_most(point, bound * 1'000); });
    for (std::size_t i = 0; i < counts.size(); ++i) {
      sample("_bucket", text, i, std::to_string(counts[i]));
    }
  }
  const auto counts = cumulated([](const engine::Point& point) { return point.count; });
  const auto sums = cumulated(
      [](const engine::Point& point) { return static_cast<std::uint64_t>(point.latency_sum); });
  bounded.back().second = "+Inf";
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sample("_bucket", labels_text(bounded), i, std::to_string(counts[i]));
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sample("_sum", labels_text(labels), i, milliseconds_text(sums[i]));
  }
  for (std::size_t i = 0; i < counts.size(); ++i) {
    sample("_count", labels_text(labels), i, std::to_string(counts[i]));
  }
}

/// From the histogram of the measured run.
void MetricsText::add_exact_durations(const Labels& labels, const engine::Series& series) {
  const proxy::Histogram& latency = series.total.latency;
  Labels bounded = labels;
  bounded.emplace_back("le", "");
  for (const std::int64_t bound : kDurationBoundsUs) {
    bounded.back().second = bound_text(bound);
    sample("_bucket", labels_text(bounded), 0,
           std::to_string(latency.count_at_most(bound * 1'000)));
  }
  bounded.back().second = "+Inf";
  sample("_bucket", labels_text(bounded), 0, std::to_string(latency.count()));
  sample("_sum", labels_text(labels), 0,
         milliseconds_text(static_cast<std::uint64_t>(latency.sum())));
  sample("_count", labels_text(labels), 0, std::to_string(latency.count()));
}

std::string MetricsText::take() {
  if (is_openmetrics_) {
    out_ += "# EOF\n";
  }
  return std::move(out_);
}

}  // namespace shaketable::reports
