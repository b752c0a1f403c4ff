#pragma once

#include <cstdint>
#include <vector>

#include "engine/mesh/model.h"
#include "proxy/base/time.h"

namespace shaketable::engine {

/// How many instances there are to be: Kubernetes' HorizontalPodAutoscaler, autoscaling/v2, with
/// one resource metric (kubernetes.io, "Horizontal Pod Autoscaling", algorithm details and
/// stabilization window). Integers only; not thread-safe.
class Autoscaler {
 public:
  /// What it looks at.
  struct Sample {
    std::uint32_t wanted = 0;    ///< Instances that there are to be so far.
    std::uint32_t ready = 0;     ///< Of them: work.
    std::uint32_t starting = 0;  ///< Of them: are not ready yet. The others are down.
    std::uint64_t busy_ppm = 0;  ///< How busy those are that work, since it looked last.
  };

  explicit Autoscaler(const Autoscale& settings) : settings_(settings) {}

  /// How many there are to be from now on. Call it in order of time.
  [[nodiscard]] std::uint32_t decide(proxy::Instant now, const Sample& sample);

 private:
  /// What it would have wanted at a moment, or by how many there were to be more.
  struct Note {
    proxy::Instant at;
    std::uint32_t count;
  };

  [[nodiscard]] std::uint32_t by_metric(const Sample& sample) const;
  [[nodiscard]] std::uint32_t stabilized(proxy::Instant now, std::uint32_t wanted,
                                         std::uint32_t proposed);
  [[nodiscard]] std::uint32_t limited(proxy::Instant now, std::uint32_t wanted,
                                      std::uint32_t proposed);

  Autoscale settings_;
  std::vector<Note> proposals_;  ///< In order of time, as far back as a window reaches.
  std::vector<Note> additions_;  ///< Within kScaleUpPeriod.
};

}  // namespace shaketable::engine
