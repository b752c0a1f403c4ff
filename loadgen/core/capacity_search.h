#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "proxy/base/time.h"

/// Sizing: the highest load that holds, found by trials. Sans-IO: the simulator makes a trial by a
/// run, the live program by sending for a while.
namespace shaketable::loadgen {

struct CapacitySearchOptions {
  std::uint64_t first = 1;               ///< The first level that is tried; > 0.
  std::uint64_t most = 1U << 20U;        ///< No level above it is tried; >= first.
  std::uint32_t growth_ppm = 2'000'000;  ///< Factor from step to step while it holds; > 1.
  std::uint64_t step = 0;  ///< Instead of the factor: so much more each time; 0 = factor.
  std::uint32_t precision_ppm = 50'000;  ///< Ends when fails/holds - 1 is at most this.
  std::uint32_t confirmations = 4;       ///< Further trials that the found level must hold.
};

/// A trial that is due. The same level with another `repeat` is another seed or another minute.
struct CapacityTrial {
  std::uint64_t level = 0;
  std::uint32_t repeat = 0;
};

/// Climbs from `first` by steps until a level fails, halves the gap between the highest level that
/// held and the lowest one that did not, and confirms what it found by repeated trials:
///
///     kClimb --fails--> kBisect --gap small--> kConfirm --all hold--> kDone
///       |                  ^                      |
///       +--first fails: down by the factor        +--one fails: that level has failed, back
///
/// Nothing is decided from a mixture of levels, and what is reported has held in
/// `1 + confirmations` trials. If nothing holds down to level 1, the result is 0. Not thread-safe.
class CapacitySearch {
 public:
  enum class State : std::uint8_t { kClimb, kDescend, kBisect, kConfirm, kDone };

  explicit CapacitySearch(const CapacitySearchOptions& options);

  /// The trial that is due; nothing when the search is over.
  [[nodiscard]] std::optional<CapacityTrial> next() const;
  /// Whether it held. Must follow `next()`.
  void on_result(bool holds);

  [[nodiscard]] State state() const { return state_; }
  /// The highest level that was confirmed; 0 before the end, and if none holds.
  [[nodiscard]] std::uint64_t result() const { return state_ == State::kDone ? holds_ : 0; }
  /// The highest level that has held so far.
  [[nodiscard]] std::uint64_t highest_that_held() const { return holds_; }
  /// The lowest level that has failed so far; 0 if none has.
  [[nodiscard]] std::uint64_t lowest_that_failed() const { return fails_; }
  /// True if `most` held, so that the limit lies beyond.
  [[nodiscard]] bool is_open_ended() const { return state_ == State::kDone && fails_ == 0; }

 private:
  [[nodiscard]] std::uint64_t above(std::uint64_t level) const;
  [[nodiscard]] std::uint64_t below(std::uint64_t level) const;
  void held();
  void failed();
  void narrow();

  CapacitySearchOptions options_;
  State state_ = State::kClimb;
  std::uint64_t level_;
  std::uint64_t holds_ = 0;
  std::uint64_t fails_ = 0;
  std::uint32_t repeat_ = 0;
};

/// What a sliding window says about a level.
enum class WindowVerdict : std::uint8_t { kUndecided, kHolds, kFails };

/// Judges a level by its last seconds: failures over the total with a confidence bound, and
/// optionally a quantile of latency.
///
/// The share of failures is judged by Wilson's interval: kFails as soon as its lower end is above
/// the tolerance, kHolds once the window is full and its upper end is at or below it; in between it
/// waits, at most `longest`, and then says what the plain share says. Nothing that happened before
/// the window, or at another level, counts (Molotov counts a whole minute, over successes only, and
/// divides by zero without any).
class SlidingVerdict {
 public:
  struct Options {
    proxy::Duration window = std::chrono::seconds(10);
    proxy::Duration longest = std::chrono::seconds(60);  ///< At a level.
    std::uint32_t tolerance_ppm = 50'000;
    std::uint32_t confidence = 3;  ///< Standard deviations of the interval: 2 is 95 %, 3 is 99.7 %.
    std::uint64_t least = 100;     ///< Results below which nothing is decided before `longest`.
    proxy::Duration latency_limit{};  ///< 0 = none.
    std::uint32_t latency_quantile_ppm = 990'000;
  };

  SlidingVerdict(const Options& options, proxy::Instant start);

  /// A new level begins.
  void restart(proxy::Instant now);
  /// One result. Moments must not go backwards.
  void add(proxy::Instant now, bool success, proxy::Duration latency);
  [[nodiscard]] WindowVerdict decide(proxy::Instant now);

  [[nodiscard]] std::uint64_t total() const { return total_; }
  [[nodiscard]] std::uint64_t failures() const { return failures_; }
  /// Results with a latency above the limit.
  [[nodiscard]] std::uint64_t slow() const { return slow_; }

 private:
  static constexpr std::size_t kSlots = 20;  ///< Of a window.

  struct Slot {
    std::uint64_t total = 0, failures = 0, slow = 0;
  };
  void move_to(proxy::Instant now);

  Options options_;
  proxy::Duration slot_length_;
  proxy::Instant start_;
  std::int64_t current_ = 0;  ///< Number of the slot that is filled, since `start_`.
  Slot slots_[kSlots];
  std::uint64_t total_ = 0, failures_ = 0, slow_ = 0;
};

/// The ends of Wilson's interval for `part` of `whole`, in ppm: {0, 1'000'000} of nothing.
struct Interval {
  std::uint32_t low_ppm = 0, high_ppm = 1'000'000;
};
[[nodiscard]] Interval wilson(std::uint64_t part, std::uint64_t whole, std::uint32_t deviations);

}  // namespace shaketable::loadgen
