#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gui/run/run_history.h"

namespace shaketable::gui {

/// What was open, ejected, broken at one moment of a run: the events up to it, added up.
struct MeshState {
  using Pair = std::pair<engine::ServiceIndex, engine::ServiceIndex>;  ///< Caller and callee.

  /// Circuits that are open, with the limit that was met: "max_requests = 10".
  std::map<Pair, std::string> open_circuits;
  /// Hosts that any caller has ejected, by service.
  std::map<engine::ServiceIndex, std::set<std::uint32_t>> ejected;
  std::map<engine::ServiceIndex, std::set<std::uint32_t>> down;
  /// Services that have another number of instances than the file says, or had.
  std::set<engine::ServiceIndex> scaled;
  /// Faults (their numbers) that are on.
  std::set<std::uint32_t> faults;
};

/// The state at `at`, from all events of the run up to then. Linear in their number. `faults` are
/// those of the scenario that ran: no event tells when what was killed is all back.
[[nodiscard]] MeshState state_at(const std::vector<engine::RunEvent>& events,
                                 const std::vector<engine::Fault>& faults, engine::Instant at);

/// What a service looks like; told by glyph, word and border as well as by colour.
enum class NodeHealth : std::uint8_t { kNoData, kHealthy, kDegraded, kFailing, kDown };

/// By the share of failed requests of a bucket: failing from 25 %, degraded from 1 %.
[[nodiscard]] NodeHealth health_of(const Sample& sample);
/// The same for a service: down when no instance is up.
[[nodiscard]] NodeHealth health_of(const Sample& sample, const Level& level, bool has_run);
[[nodiscard]] const char* name_of(NodeHealth health);

}  // namespace shaketable::gui
