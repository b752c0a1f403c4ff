#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "engine/judge/cascade.h"
#include "engine/judge/run_view.h"

/// The parts of cascade.cc: what may have caused a step, and how much of it that explains.
namespace shaketable::engine {

/// What may have caused a step.
struct Cause {
  Mechanism mechanism = Mechanism::kUnexplained;
  std::uint32_t parent = kNone;  ///< The step that explains it.
  std::uint32_t fault = kNone;   ///< Or the fault.
  ServiceIndex caller = kNone, callee = kNone;
  std::int64_t strength = 0;  ///< Share of the step's symptoms that it explains, ppm.
  Evidence evidence;          ///< Of the mechanism itself.
};

/// How a fault acts: by itself, or by the policies that it pushes.
[[nodiscard]] inline Mechanism mechanism_of(const Fault& fault) {
  return fault.kind == FaultKind::kConfigPush ? Mechanism::kConfigPush : Mechanism::kFault;
}

/// What a service shows at the beginning of an episode.
struct Symptoms {
  BucketSpan onset;          ///< The first buckets of the episode.
  std::uint64_t errors = 0;  ///< Of its own or of its callers, whichever is more.
  std::uint64_t count = 0;   ///< Answers by the same point of view.
  std::int64_t slower = 0;   ///< ns by which its p99 is above the normal one.
  bool stalled = false;
};

/// Answers what may have caused the steps of one run.
class CauseFinder {
 public:
  /// `steps` in order, without causes. All arguments must outlive it.
  CauseFinder(const RunView& view, const std::vector<ServiceHealth>& health,
              const std::vector<CascadeStep>& steps);

  /// The fault that hits the step's service, or a callee's trouble that came before it. The
  /// strongest, or nothing.
  [[nodiscard]] std::optional<Cause> direct_fault(const CascadeStep& step) const;
  [[nodiscard]] std::optional<Cause> callee(std::uint32_t step) const;
  /// The edge to a callee that is slow or fails although the callee stayed in its normal state,
  /// with the fault that hits the callee then, if there is one.
  [[nodiscard]] std::optional<Cause> quiet_callee(std::uint32_t step) const;
  /// More load than normal that its callers send on, with a step of their own.
  [[nodiscard]] std::optional<Cause> callers(std::uint32_t step) const;
  /// What is left: too much load, a relapse, its callers' own limits, or nothing at all.
  [[nodiscard]] Cause root(std::uint32_t step) const;

  [[nodiscard]] Symptoms symptoms_of(const CascadeStep& step) const;

 private:
  struct Surge {
    bool is_one = false;
    std::uint64_t offered = 0, normal = 0;
  };

  [[nodiscard]] bool is_behind(ServiceIndex caller, ServiceIndex service) const;
  [[nodiscard]] bool may_explain(const Fault& fault, const CascadeStep& step) const;
  [[nodiscard]] std::uint32_t fault_on(ServiceIndex service, const CascadeStep& step) const;
  [[nodiscard]] std::int64_t explained_by_callees(const CascadeStep& step, const Symptoms& symptoms,
                                                  bool errors) const;
  [[nodiscard]] std::optional<Cause> over_edge(const CascadeStep& step, const Symptoms& symptoms,
                                               std::uint32_t edge, std::uint32_t parent) const;
  [[nodiscard]] std::int64_t strength_of(const Fault& fault, const CascadeStep& step,
                                         const Symptoms& symptoms) const;
  [[nodiscard]] bool hits(const Fault& fault, ServiceIndex service) const;
  [[nodiscard]] bool is_overloaded(ServiceIndex service, const BucketSpan& span) const;
  [[nodiscard]] Surge surge_of(ServiceIndex service, const BucketSpan& span) const;
  [[nodiscard]] bool retries_above(ServiceIndex service, const BucketSpan& span) const;
  [[nodiscard]] std::optional<std::uint32_t> active_step(ServiceIndex service,
                                                         const CascadeStep& at) const;
  [[nodiscard]] bool is_needed(const EdgeRecord& edge) const;
  void note_calls(ServiceIndex caller, const std::vector<Step>& steps);

  const RunView& view_;
  const std::vector<ServiceHealth>& health_;
  const std::vector<CascadeStep>& steps_;
  std::vector<std::vector<std::uint32_t>> steps_of_;                   ///< By service.
  std::map<std::pair<ServiceIndex, ServiceIndex>, bool> is_survived_;  ///< All calls optional.
};

/// Attempts over requests on an edge, within `span`: 1,000,000 without retries.
[[nodiscard]] std::int64_t amplification_in(const EdgeRecord& edge, const BucketSpan& span);

}  // namespace shaketable::engine
