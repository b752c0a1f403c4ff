#pragma once

#include <cstdint>
#include <string>

#include "loadgen/app/arguments.h"
#include "loadgen/core/load_plan.h"
#include "loadgen/live/live_run.h"
#include "loadgen/live/name_service.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::app {

/// More than this at another machine takes `--yes`.
inline constexpr std::uint64_t kMostWithoutYes = 1'000;

/// Where a run goes, looked up once, before anything is sent.
struct TargetCheck {
  bool is_local = true;  ///< Every address is this machine's own (loopback or a Unix socket).
  std::string sentence;  ///< What the run is about to do, for people; empty when it is local.
};

/// Looks up the target and the other origins that requests name (and keeps the addresses in `names`
/// unless each connection looks again); with a proxy the proxy, and the others are local if their
/// names say so. Fails when one has no address, or when an open loop towards another machine goes
/// beyond kMostWithoutYes without `--yes`.
[[nodiscard]] proxy::Result<TargetCheck> check_target(const LoadFile& file,
                                                      const live::LiveRunOptions& options, bool yes,
                                                      live::NameService& names);

/// Watches the rate of a closed loop, which nobody knows beforehand.
class RateGuard {
 public:
  explicit RateGuard(bool is_on) : is_on_(is_on) {}
  /// True once more than kMostWithoutYes requests a second have ended, over a second or longer.
  [[nodiscard]] bool is_too_much(const live::LiveProgress& progress);

 private:
  bool is_on_;
  proxy::Duration since_{};
  std::uint64_t requests_ = 0;
};

}  // namespace shaketable::loadgen::app
