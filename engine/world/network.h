#pragma once

#include <chrono>
#include <cstdint>
#include <vector>

#include "engine/mesh/model.h"
#include "engine/world/narrow_links.h"
#include "engine/world/place.h"
#include "proxy/base/rng.h"
#include "proxy/base/time.h"

namespace shaketable::engine {

/// A cut or lossy part of the network.
struct NetworkFault {
  std::uint32_t id = 0;  ///< Of the caller, for `remove`.
  /// kNone parts match everything; an `other` of nothing but those is everybody but `one`.
  Place one, other;
  bool one_way = false;                ///< Only messages from `one` to `other`.
  std::uint32_t loss_ppm = 1'000'000;  ///< 1,000,000 = a partition.
  proxy::Instant until = proxy::kNever;
};

/// When TCP sends a message again that nobody acknowledges: after `first`, then after twice the
/// time, and so on up to 120 s.
struct Retransmission {
  Duration first{0};
  int transmissions = 0;  ///< In all; when the last one is not acknowledged either: gives up.
};
/// Of an open connection, whose round trips are known: Linux's minimum of 200 ms, tcp_retries2 15.
inline constexpr Retransmission kDataRetransmission{std::chrono::milliseconds(200), 16};
/// Of the SYN and its answer: nothing is known yet (RFC 6298, 2.1); Linux's tcp_syn_retries 6.
inline constexpr Retransmission kOpeningRetransmission{std::chrono::seconds(1), 7};

/// Delays, losses, partitions and narrow links. Messages are independent of each other, unless a
/// pipe makes them wait for each other: see NarrowLinks.
///
/// A lost message is sent again after TCP's retransmission time-out, which doubles (RFC 6298), so a
/// partition holds messages until some time after it has ended.
class NetworkModel {
 public:
  explicit NetworkModel(const Network& network) : network_(network), narrow_(network) {
    find_plain();
  }

  void add(const NetworkFault& fault) {
    faults_.push_back(fault);
    find_plain();
  }
  void add(const RateLimit& limit) {
    narrow_.add(limit);
    find_plain();
  }
  /// Of either kind.
  void remove(std::uint32_t id);
  /// Changes what a fault loses. Messages that are under way keep the arrival that they have.
  void set_loss(std::uint32_t id, std::uint32_t loss_ppm);

  /// Tells that so many more places (or fewer) are cut off.
  void count_cut_off(int change) {
    cut_off_ += change;
    find_plain();
  }

  /// True while messages between the two zones take a constant time, none is lost, and none waits.
  [[nodiscard]] bool is_plain(bool same_zone) const { return is_plain_[same_zone ? 1 : 0]; }
  /// The constant delay of a plain link.
  [[nodiscard]] Duration plain_delay(bool same_zone) const {
    return (same_zone ? network_.same_zone : network_.cross_zone).latency.sample_with(0);
  }

  /// The pipes that messages pass before and after the way that `delay` knows.
  [[nodiscard]] NarrowLinks& narrow() { return narrow_; }

  /// When the sender of data that nobody acknowledges gives up: its connection ends.
  [[nodiscard]] static Duration give_up_after();
  /// Time until a message sent at `now` arrives; negative if it never does.
  [[nodiscard]] Duration delay(proxy::Instant now, const Place& from, const Place& to,
                               proxy::Rng& rng,
                               const Retransmission& again = kDataRetransmission) const;

 private:
  /// Whether a copy of a message that leaves at `at` is lost.
  [[nodiscard]] bool is_lost(proxy::Instant at, const Place& from, const Place& to,
                             std::uint32_t link_loss_ppm, proxy::Rng& rng) const;

  void find_plain();

  const Network& network_;
  std::vector<NetworkFault> faults_;
  int cut_off_ = 0;
  NarrowLinks narrow_;
  bool is_plain_[2]{};  ///< [same zone]
};

}  // namespace shaketable::engine
