#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "loadgen/core/load_plan.h"
#include "proxy/base/distribution.h"

namespace shaketable::loadgen {

/// One instruction of a journey: the tree of steps, laid flat.
struct Op {
  enum class Kind : std::uint8_t {
    kSend,    ///< Request `target`.
    kThink,   ///< Pause `think`.
    kSet,     ///< Variable `target` := `step->text`.
    kIf,      ///< Goes on if `step->condition` holds (or does not: `negate`), else to `target`.
    kJump,    ///< To `target`.
    kRepeat,  ///< Enters a loop at `depth`.
    kAgain,   ///< Back to `target` unless the loop at `depth` has run `step->count` times.
    kFail,    ///< Ends the run as a failure.
    kEnd,     ///< Ends the run.
  };
  Kind kind = Kind::kEnd;
  std::uint8_t depth = 0;
  bool negate = false;
  std::uint32_t target = 0;
  const Step* step = nullptr;  ///< What it was made from; null for kJump and the last kEnd.
};

/// Loops may be nested so deep.
inline constexpr std::uint32_t kMaxLoopDepth = 8;

/// The instructions of a list of steps; the last one is kEnd. `steps` must outlive the result and
/// stay where they are. Loops deeper than `kMaxLoopDepth` are a mistake of the caller (asserted):
/// whoever reads a file checks it first.
[[nodiscard]] std::vector<Op> compile_steps(std::span<const Step> steps);

/// Where a run stands in its journey, and how often its loops have run. 44 bytes, no allocation.
///
/// The one who carries the run out calls `next` again and again; it passes what is control flow
/// and stops at what has to be done: kSend, kThink, kSet, kFail, kEnd. After kEnd and kFail it
/// stays there. A loop that sends nothing and waits for nothing ends after `kMaxIdleTurns` turns as
/// a failure, so that a run cannot spin.
class JourneyCursor {
 public:
  static constexpr std::uint32_t kMaxIdleTurns = 100'000;

  void restart() { place_ = 0; }

  /// `holds(std::span<const Condition>)` says whether all of them do.
  template <class Holds>
  const Op& next(std::span<const Op> program, Holds&& holds) {
    std::uint32_t turns = 0;
    while (true) {
      const Op& op = program[place_];
      switch (op.kind) {
        case Op::Kind::kSend:
        case Op::Kind::kThink:
        case Op::Kind::kSet:
          ++place_;
          return op;
        case Op::Kind::kFail:
        case Op::Kind::kEnd:
          return op;
        case Op::Kind::kIf:
          place_ = holds(std::span<const Condition>(op.step->condition)) != op.negate ? place_ + 1
                                                                                      : op.target;
          break;
        case Op::Kind::kJump:
          place_ = op.target;
          break;
        case Op::Kind::kRepeat:
          turns_[op.depth] = 0;
          ++place_;
          break;
        case Op::Kind::kAgain:
          if (++turns > kMaxIdleTurns) {
            return kSpun;
          }
          place_ = ++turns_[op.depth] < op.step->count ? op.target : place_ + 1;
          break;
      }
    }
  }

  /// Passes the think steps that come next; `pause(op)` is called for each.
  template <class Pause>
  void pass_thinking(std::span<const Op> program, Pause&& pause) {
    while (program[place_].kind == Op::Kind::kThink) {
      pause(program[place_++]);
    }
  }
  /// True if nothing but the end can follow, without asking anything.
  [[nodiscard]] bool is_at_end(std::span<const Op> program) const {
    return program[place_].kind == Op::Kind::kEnd;
  }

  /// True if a request is the very next thing, without asking anything.
  [[nodiscard]] bool is_at_request(std::span<const Op> program) const {
    return program[place_].kind == Op::Kind::kSend;
  }
  /// Behind a kSend, kThink or kSet that `next` returned: it comes once more.
  void step_back() { --place_; }

  /// How often the innermost loop around the current step has run before, from 0.
  [[nodiscard]] std::uint32_t turn(std::uint8_t depth) const { return turns_[depth]; }

 private:
  static const Op kSpun;  ///< A kFail without a step.

  std::uint32_t place_ = 0;
  std::array<std::uint32_t, kMaxLoopDepth> turns_{};
};

}  // namespace shaketable::loadgen
