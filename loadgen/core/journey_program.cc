#include "loadgen/core/journey_program.h"

#include "proxy/base/assert.h"

namespace shaketable::loadgen {
namespace {

class Compiler {
 public:
  std::vector<Op> compile(std::span<const Step> steps) {
    add(steps, 0);
    ops_.push_back({});
    return std::move(ops_);
  }

 private:
  [[nodiscard]] std::uint32_t here() const { return static_cast<std::uint32_t>(ops_.size()); }

  void add(std::span<const Step> steps, std::uint8_t depth) {
    for (const Step& step : steps) {
      add(step, depth);
    }
  }

  void add(const Step& step, std::uint8_t depth) {
    switch (step.kind) {
      case Step::Kind::kRequest:
        ops_.push_back({Op::Kind::kSend, depth, false, step.request, &step});
        return;
      case Step::Kind::kThink:
        ops_.push_back({Op::Kind::kThink, depth, false, 0, &step});
        return;
      case Step::Kind::kSet:
        ops_.push_back({Op::Kind::kSet, depth, false, step.variable, &step});
        return;
      case Step::Kind::kFail:
        ops_.push_back({Op::Kind::kFail, depth, false, 0, &step});
        return;
      case Step::Kind::kEnd:
        ops_.push_back({Op::Kind::kEnd, depth, false, 0, &step});
        return;
      case Step::Kind::kLoop:
        add_loop(step, depth);
        return;
      case Step::Kind::kBranch:
        add_branch(step, depth);
        return;
    }
  }

  void add_loop(const Step& step, std::uint8_t depth) {
    ASSERT(depth < kMaxLoopDepth);
    if (step.count == 0) {
      return;
    }
    ops_.push_back({Op::Kind::kRepeat, depth, false, 0, &step});
    const std::uint32_t begin = here();
    std::uint32_t question = here();
    if (!step.condition.empty() && !step.until) {
      ops_.push_back({Op::Kind::kIf, depth, false, 0, &step});
    }
    add(step.steps, static_cast<std::uint8_t>(depth + 1));
    if (!step.condition.empty() && step.until) {
      question = here();
      ops_.push_back({Op::Kind::kIf, depth, true, 0, &step});
    }
    ops_.push_back({Op::Kind::kAgain, depth, false, begin, &step});
    if (!step.condition.empty()) {
      ops_[question].target = here();
    }
  }

  void add_branch(const Step& step, std::uint8_t depth) {
    const std::uint32_t question = here();
    ops_.push_back({Op::Kind::kIf, depth, false, 0, &step});
    add(step.steps, depth);
    if (step.otherwise.empty()) {
      ops_[question].target = here();
      return;
    }
    const std::uint32_t jump = here();
    ops_.push_back({Op::Kind::kJump, depth, false, 0, nullptr});
    ops_[question].target = here();
    add(step.otherwise, depth);
    ops_[jump].target = here();
  }

  std::vector<Op> ops_;
};

}  // namespace

const Op JourneyCursor::kSpun{Op::Kind::kFail, 0, false, 0, nullptr};

std::vector<Op> compile_steps(std::span<const Step> steps) { return Compiler().compile(steps); }

}  // namespace shaketable::loadgen
