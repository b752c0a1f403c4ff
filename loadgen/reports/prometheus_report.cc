#include "loadgen/reports/prometheus_report.h"

#include <array>
#include <iterator>
#include <map>

#include <fmt/format.h>

namespace shaketable::loadgen {
namespace {

/// Upper ends of the histograms' buckets: from 100 us to 60 s, three a decade.
constexpr std::array<std::int64_t, 18> kBounds = {
    100'000,       200'000,       500'000,       1'000'000,      2'000'000,      5'000'000,
    10'000'000,    20'000'000,    50'000'000,    100'000'000,    200'000'000,    500'000'000,
    1'000'000'000, 2'000'000'000, 5'000'000'000, 10'000'000'000, 30'000'000'000, 60'000'000'000};

std::string label_value(std::string_view text) {
  std::string out;
  for (const char c : text) {
    out += c == '\\' ? "\\\\" : c == '"' ? "\\\"" : c == '\n' ? "\\n" : std::string(1, c);
  }
  return out;
}

std::string labels_of(const std::string& load, const RequestStats& step) {
  return "load=\"" + label_value(load) + "\",step=\"" + label_value(step.name) + '"';
}

class Writer {
 public:
  void family(const char* name, const char* type, const char* help) {
    name_ = std::string("shaketable_load_") + name;
    out_ += "# HELP " + name_ + ' ' + help + "\n# TYPE " + name_ + ' ' + type + '\n';
  }
  template <class Value>
  void sample(const std::string& labels, const Value& value, const char* suffix = "") {
    fmt::format_to(std::back_inserter(out_), "{}{}{}{}{} {}\n", name_, suffix,
                   labels.empty() ? "" : "{", labels, labels.empty() ? "" : "}", value);
  }
  void histogram(const std::string& labels, const LatencyHistogram& of) {
    std::array<std::uint64_t, kBounds.size()> counts{};
    of.for_each_bucket([&](std::int64_t low, std::int64_t high, std::uint64_t count) {
      const std::int64_t middle = low + (high - low) / 2;
      for (std::size_t i = 0; i < kBounds.size(); ++i) {
        counts[i] += middle <= kBounds[i] ? count : 0;
      }
    });
    for (std::size_t i = 0; i < kBounds.size(); ++i) {
      sample(fmt::format("{},le=\"{:g}\"", labels, static_cast<double>(kBounds[i]) / 1e9),
             counts[i], "_bucket");
    }
    sample(labels + ",le=\"+Inf\"", of.count(), "_bucket");
    sample(labels, static_cast<double>(of.total()) / 1e9, "_sum");
    sample(labels, of.count(), "_count");
  }
  std::string take() { return std::move(out_); }

 private:
  std::string name_;
  std::string out_;
};

/// Steps by their labels: two of one name are one series.
std::map<std::string, RequestStats> steps_of(const RunResult& result) {
  std::map<std::string, RequestStats> steps;
  for (const LoadStats& load : result.loads) {
    for (const RequestStats& step : load.steps) {
      steps[labels_of(load.name, step)].merge(step);
    }
  }
  return steps;
}

void write_requests(const RunResult& result, Writer& writer) {
  const std::map<std::string, RequestStats> steps = steps_of(result);
  const auto each = [&](auto&& visit) {
    for (const auto& [labels, step] : steps) {
      visit(labels, step);
    }
  };
  writer.family("requests_total", "counter", "Requests that ended, well or not.");
  each([&](const std::string& labels, const RequestStats& it) {
    writer.sample(labels, it.requests);
  });
  writer.family("failed_total", "counter", "Requests that failed, by what was wrong.");
  each([&](const std::string& labels, const RequestStats& it) {
    for (const auto& [what, count] : it.errors.all()) {
      writer.sample(labels + ",error=\"" + label_value(what) + '"', count);
    }
  });
  writer.family("responses_total", "counter", "Answers by status.");
  each([&](const std::string& labels, const RequestStats& it) {
    for (const auto& [status, count] : it.statuses.sorted()) {
      writer.sample(fmt::format("{},status=\"{}\"", labels, status), count);
    }
  });
  writer.family("received_bytes_total", "counter", "Bytes of bodies that came.");
  each([&](const std::string& labels, const RequestStats& it) { writer.sample(labels, it.bytes); });
  writer.family("latency_seconds", "histogram", "From when a request was due to its end.");
  each([&](const std::string& labels, const RequestStats& it) {
    writer.histogram(labels, it.latency);
  });
  writer.family("service_seconds", "histogram", "From when a request was sent to its end.");
  each([&](const std::string& labels, const RequestStats& it) {
    writer.histogram(labels, it.service);
  });
}

void write_loads(const RunResult& result, Writer& writer) {
  const auto each = [&](auto&& visit) {
    for (const LoadStats& load : result.loads) {
      writer.sample("load=\"" + label_value(load.name) + '"', visit(load));
    }
  };
  writer.family("arrivals_total", "counter", "Runs that were due.");
  each([](const LoadStats& load) { return load.pacing.arrivals; });
  writer.family("dropped_total", "counter", "Runs never begun: too many were under way.");
  each([](const LoadStats& load) { return load.pacing.dropped; });
  writer.family("late_total", "counter", "Runs begun more than 1 ms behind their time.");
  each([](const LoadStats& load) { return load.pacing.late; });
  writer.family("start_lag_p99_seconds", "gauge", "From when a run was due to when it began, p99.");
  each([](const LoadStats& load) {
    return static_cast<double>(load.pacing.start_lag.quantile(990'000).count()) / 1e9;
  });
}

}  // namespace

std::string load_prometheus(const RunResult& result) {
  Writer writer;
  write_requests(result, writer);
  write_loads(result, writer);
  writer.family("connections_opened_total", "counter", "Connections, with TLS where it belongs.");
  writer.sample("", result.connections.opened);
  writer.family("connections_failed_total", "counter", "Connections that came to nothing.");
  writer.sample("", result.connections.failed);
  writer.family("duration_seconds", "gauge", "How long the load lasted.");
  writer.sample("", proxy::to_seconds(result.elapsed));
  if (!result.thresholds.empty()) {
    writer.family("threshold_holds", "gauge", "1 if the threshold holds, else 0.");
    for (const ThresholdVerdict& it : result.thresholds) {
      writer.sample("threshold=\"" + label_value(it.source) + '"', it.holds ? 1 : 0);
    }
  }
  return writer.take();
}

}  // namespace shaketable::loadgen
