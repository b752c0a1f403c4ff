#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::engine {

/// The certificates of the sidecars, as Istio's authority issues them, and the clocks by which
/// peers look at them.
///
/// A certificate is good from two minutes before its issue (istiod's ClockSkewGracePeriod) for 24 h
/// after it, and a new one takes its place after 12 h (SECRET_GRACE_PERIOD_RATIO 0.5). The
/// authority's clock is right, and renewals count time that passes, so a wrong clock does not move
/// them. Sidecars that are there from the start are somewhere in their 12 h.
class Certificates {
 public:
  static constexpr proxy::Duration kGoodBefore = std::chrono::minutes(2);
  static constexpr proxy::Duration kGoodFor = std::chrono::hours(24);
  static constexpr proxy::Duration kRenewedAfter = std::chrono::hours(12);

  /// Ages are drawn from streams of `master`, and only for certificates that a wrong clock looks
  /// at.
  explicit Certificates(const proxy::Rng& master) : master_(master) {}

  /// A new sidecar has a new certificate.
  void issue(std::uint32_t instance, proxy::Instant now);
  /// Puts a clock forward by so much; negative: back. What several say adds up.
  void move_clock(std::uint32_t instance, proxy::Duration by);

  /// Whether each of the two takes the other's certificate for good at this moment.
  [[nodiscard]] bool accept_each_other(std::uint32_t one, std::uint32_t other, proxy::Instant now);
  /// How long ago the current certificate was issued.
  [[nodiscard]] proxy::Duration age(std::uint32_t instance, proxy::Instant now);
  /// Random numbers drawn so far.
  [[nodiscard]] std::uint64_t draws() const { return draws_; }

 private:
  struct Sidecar {
    std::optional<proxy::Instant> issued;  ///< None = before the run; not drawn yet.
    proxy::Duration clock{0};              ///< Ahead by.
  };
  Sidecar& sidecar(std::uint32_t instance);
  bool accepts(std::uint32_t one, std::uint32_t other, proxy::Instant now);

  proxy::Rng master_;
  std::vector<Sidecar> sidecars_;  ///< By instance; those that something was said of.
  std::uint64_t draws_ = 0;
};

}  // namespace shaketable::engine
