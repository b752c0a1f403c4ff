#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "reports/report.h"

/// Spans as tracing systems know them, before they take one's form.
namespace shaketable::reports {

/// The moment at which exported runs begin, ns since 1970: 2026-01-01T00:00:00Z. Virtual time has
/// no date, and equal runs must give equal files.
inline constexpr std::int64_t kStartOfRuns = 1'767'225'600'000'000'000;

/// OpenTelemetry's kinds.
enum class ExportKind : std::uint8_t { kInternal, kServer, kClient };

using AttributeValue = std::variant<std::string, std::int64_t, bool>;
using Attributes = std::vector<std::pair<std::string, AttributeValue>>;

struct ExportEvent {
  std::int64_t at = 0;  ///< ns since 1970, as all times here.
  std::string name;
  std::string reason;
};

struct ExportSpan {
  std::uint64_t id = 0;      ///< Never 0.
  std::uint64_t parent = 0;  ///< 0 = none.
  std::string name;
  std::string service;
  std::string instance;  ///< "stock-2"; empty for the load.
  ExportKind kind = ExportKind::kInternal;
  std::int64_t from = 0, to = 0;
  bool is_error = false;
  Attributes attributes;
  std::vector<ExportEvent> events;
};

struct ExportTrace {
  std::uint64_t id_high = 0, id_low = 0;
  std::vector<ExportSpan> spans;  ///< Parents first.
};

/// All that a run kept. Names are as in the files: not escaped yet. Ids are functions of the run's
/// seed, the request's number and the span's place.
[[nodiscard]] std::vector<ExportTrace> export_traces(const Report& report);

/// 32 and 16 lower-case hexadecimal digits.
[[nodiscard]] std::string trace_id_text(const ExportTrace& trace);
[[nodiscard]] std::string span_id_text(std::uint64_t id);

/// "outbound|80||stock.default.svc.cluster.local": how Istio names the cluster of a service.
[[nodiscard]] std::string cluster_name(const engine::Scenario& scenario,
                                       engine::ServiceIndex service);
/// "stock.default.svc.cluster.local".
[[nodiscard]] std::string host_name(const engine::Scenario& scenario, engine::ServiceIndex service);
/// "GET" and "/items" of an endpoint's name; the whole name is the path if there is no space.
[[nodiscard]] std::pair<std::string, std::string> method_and_path(const std::string& endpoint);

}  // namespace shaketable::reports
