#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "loadgen/core/run_start.h"
#include "proxy/base/rng.h"

namespace shaketable::loadgen {

/// Who asks for values.
struct Taker {
  std::uint32_t worker = 0;
  std::optional<std::uint64_t> arrival;  ///< Its number, of recorded arrivals.
};

/// The values of a load's variables, dealt to its sessions.
///
/// Sources with an order (rows, ranges) have one place for all sessions of the load: who asks takes
/// the next one; of recorded arrivals each takes its own, also when some before were dropped.
/// `share` deals the rows of several generators: each takes its own. Thread-safe: places are
/// atomic; with several threads, who comes first is chance.
class VariableFeed {
 public:
  /// `sources` must outlive it. `seed` gives the shuffled orders.
  VariableFeed(std::span<const VariableSource> sources, std::uint64_t seed, Share share);

  /// Puts new values of the sources that are renewed `when` into `values`. `rng` is the session's.
  /// False if a source with order `once` has run out.
  bool renew(VariableSource::Renewal when, const Taker& taker, proxy::Rng& rng,
             std::vector<std::string>& values);

  /// True if some source is renewed `when`.
  [[nodiscard]] bool renews(VariableSource::Renewal when) const;

 private:
  bool take(std::size_t source, const Taker& taker, proxy::Rng& rng,
            std::vector<std::string>& values);
  /// Which of `count` comes next; nothing if `once` has run out.
  std::optional<std::uint64_t> place_in(std::size_t source, std::uint64_t count, const Taker& taker,
                                        proxy::Rng& rng);
  std::uint64_t next_place(std::size_t source);

  std::span<const VariableSource> sources_;
  std::uint64_t seed_;
  Share share_;
  std::unique_ptr<std::atomic<std::uint64_t>[]> places_;  ///< By source: how many were taken.
};

/// The place of `index` (below `count`) in a random order of `count` things, a different one for
/// each `key`; a bijection for every key. O(1) memory.
[[nodiscard]] std::uint64_t permuted(std::uint64_t index, std::uint64_t count, std::uint64_t key);

/// A random UUID (version 4); two draws.
[[nodiscard]] std::string random_uuid(proxy::Rng& rng);

}  // namespace shaketable::loadgen
