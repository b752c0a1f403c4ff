#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::engine {

/// Traffic of one subject over a span of seconds, the same in every bucket.
struct Traffic {
  int from_s = 0;
  int to_s = 0;
  std::uint64_t ok = 0;       ///< Per second.
  std::uint64_t failed = 0;   ///< Per second, as server errors.
  Duration latency{0};        ///< Of every answer.
  std::uint64_t retries = 0;  ///< Per second.
};

/// Builds a scenario and the record of a run of it by hand, second by second, so that the judge and
/// the reports can be tested without a simulator. Buckets are one second.
class RecordBuilder {
 public:
  /// A run of `seconds` on a mesh of these services.
  RecordBuilder(std::vector<std::string> services, int seconds);

  RecordBuilder& service(std::string_view name, const std::vector<Traffic>& traffic);
  RecordBuilder& edge(std::string_view caller, std::string_view callee,
                      const std::vector<Traffic>& traffic);
  RecordBuilder& version(std::string_view service, std::string_view version,
                         const std::vector<Traffic>& traffic);
  /// The same utilisation and queue from start to end.
  RecordBuilder& gauges(std::string_view service, std::uint64_t utilisation_ppm,
                        std::uint64_t queue_milli = 0, std::uint32_t instances_up = 1);
  RecordBuilder& fault(std::string name, FaultKind kind, std::string_view on, int at_s, int for_s);
  RecordBuilder& event(Duration at, EventKind kind, std::string_view caller,
                       std::string_view service, std::string reason, std::uint64_t count = 1);
  RecordBuilder& expect(Expectation expectation);

  [[nodiscard]] Subject service_subject(std::string_view name) const;
  [[nodiscard]] Subject edge_subject(std::string_view caller, std::string_view callee) const;
  [[nodiscard]] ServiceIndex index_of(std::string_view name) const;

  /// Counts the windows that the expectations need; call it last.
  [[nodiscard]] RunRecord finish();

  Scenario scenario;  ///< May be changed before `finish`.
  RunRecord record;   ///< Likewise.

 private:
  struct Described {
    Subject subject;
    std::vector<Traffic> traffic;
  };
  RecordBuilder& add(Subject subject, const std::vector<Traffic>& traffic);
  [[nodiscard]] Series build(const Described& described) const;
  void fill_gauges();

  std::vector<Described> described_;
  int seconds_;
};

/// `metric of subject must ...` over a window of seconds; `to_s` < 0 is the end of the run, and
/// both zero the whole measured run.
[[nodiscard]] Expectation expect_metric(Metric metric, const Subject& subject,
                                        Comparison comparison, std::int64_t value, int from_s = 0,
                                        int to_s = 0);
[[nodiscard]] Window seconds_window(int from_s, int to_s, std::string text);

}  // namespace shaketable::engine
