#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "loadgen/core/run_start.h"
#include "loadgen/journey/compiled_load.h"
#include "loadgen/live/live_view.h"
#include "loadgen/live/name_service.h"
#include "loadgen/live/target_url.h"
#include "loadgen/live/transport_config.h"
#include "loadgen/results/load_stats.h"
#include "proxy/base/result.h"
#include "proxy/base/time.h"

/// Loads on real connections, from the first thread to the merged counts.
namespace shaketable::loadgen::live {

struct LiveRunOptions {
  TargetUrl target;
  TransportConfig transport;
  std::uint32_t threads = 1;
  Share share;  ///< Of this process; its threads divide it further.
  std::uint64_t seed = 1;
  proxy::Duration start_in{};  ///< From the call of run_live to the begin of load time.
  proxy::Duration stop{};      ///< Of load time: nothing begins after it; 0 = the loads' own end.
  /// What is under way at the stop may still end in this time; then it is cancelled.
  proxy::Duration grace = std::chrono::seconds(5);
  proxy::Duration tick = std::chrono::milliseconds(200);
  proxy::Duration warm_up{};   ///< Of load time: counted apart.
  bool may_leave = false;      ///< Redirects may lead to origins that no load names.
  bool watches_steps = false;  ///< `LiveCounts::watched` has each step ...
  /// ... and these, of every load: journeys, steps, tags, loads; "" = all of it.
  std::vector<std::string> watched;
};

/// How a run stands, for those who watch.
struct LiveProgress {
  proxy::Duration elapsed{};  ///< Of load time; negative before it begins.
  LiveCounts news;            ///< Since the tick before.
  std::uint64_t users = 0;
  std::uint64_t in_flight = 0;
  std::uint64_t connections = 0;
};

/// What a watcher wants.
enum class Wish : std::uint8_t { kGoOn, kStop, kCut };

struct LiveRunResult {
  std::vector<LoadStats> loads;  ///< By load.
  ConnectionStats connections;
  proxy::Duration elapsed{};    ///< Of load time, until the last request had ended.
  bool was_stopped = false;     ///< The watcher wished it.
  std::uint64_t cancelled = 0;  ///< Requests that were under way when the grace was over.
  std::string set_up_error;     ///< Why a set-up failed, which ended the run; empty if none did.
  bool was_stopped_by_failure = false;  ///< A run failed whose load has `stop_on_failure`.
};

/// Carries out loads until they are over. `watch` is called every tick in the calling thread, and
/// says whether to go on. Errors: a target, file or descriptor that cannot be used, before anything
/// was sent.
[[nodiscard]] proxy::Result<LiveRunResult> run_live(
    const std::vector<std::shared_ptr<const CompiledLoad>>& loads, const LiveRunOptions& options,
    NameService& names, const std::function<Wish(const LiveProgress&)>& watch);

}  // namespace shaketable::loadgen::live
