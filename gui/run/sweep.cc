#include "gui/run/sweep.h"

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>

#include "engine/cli/capacity_trial.h"
#include "engine/cli/run_batch.h"
#include "engine/formats/scenario_loader.h"
#include "engine/judge/judge.h"
#include "engine/judge/run_summary.h"
#include "engine/record/windows.h"
#include "engine/sim/simulation.h"
#include "gui/document/value_edits.h"

namespace shaketable::gui {
namespace {

using engine::Simulation;

constexpr std::int64_t kMostCounted = 100;
constexpr auto kSweepSlice =
    std::chrono::milliseconds(50);  // Virtual, between two looks whether to end.

std::string trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  return begin == std::string_view::npos
             ? std::string()
             : std::string(text.substr(begin, text.find_last_not_of(" \t") - begin + 1));
}

// "2..5" as 2, 3, 4, 5; any other text as itself.
void add_counted(const std::string& text, std::vector<std::string>& values) {
  std::int64_t from = 0, to = 0;
  const std::size_t dots = text.find("..");
  const auto number = [](std::string_view digits, std::int64_t& value) {
    const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return !digits.empty() && read.ec == std::errc() && read.ptr == digits.data() + digits.size();
  };
  const bool counts = dots != std::string::npos && number(text.substr(0, dots), from) &&
                      number(text.substr(dots + 2), to) && from <= to && to - from < kMostCounted;
  if (!counts) {
    values.push_back(text);
    return;
  }
  for (std::int64_t value = from; value <= to; ++value) {
    values.push_back(std::to_string(value));
  }
}

// What is wrong with a scenario; the first mistake.
std::string first_mistake(const engine::Diagnostics& diagnostics) {
  for (const engine::Diagnostic& it : diagnostics.sorted()) {
    if (it.severity == engine::Severity::kError) {
      return it.message + (it.expected.empty() ? "" : "; expected " + it.expected);
    }
  }
  return "the scenario cannot be read";
}

std::int64_t retries_per_request(const engine::RunSummary& summary) {
  std::uint64_t retries = 0;
  for (const engine::SignalSummary& signal : summary.signals) {
    retries += signal.kind == engine::SignalSummary::Kind::kEdge ? signal.retries : 0;
  }
  const std::uint64_t requests = summary.signals.empty() ? 0 : summary.signals.front().count;
  return requests == 0 ? 0 : static_cast<std::int64_t>(retries * 1'000'000 / requests);
}

}  // namespace

std::vector<std::string> sweep_values(const std::string& text) {
  std::vector<std::string> values;
  std::string part;
  int depth = 0;
  char quote = 0;
  const auto end_part = [&] {
    if (std::string value = trimmed(part); !value.empty()) {
      add_counted(value, values);
    }
    part.clear();
  };
  for (const char c : text) {
    if (quote != 0) {
      quote = c == quote ? 0 : quote;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if (c == '}' || c == ']') {
      --depth;
    } else if (c == ',' && depth <= 0) {
      end_part();
      continue;
    }
    part += c;
  }
  end_part();
  return values;
}

Sweep::Sweep(engine::ScenarioSource source, std::vector<SweepAxis> axes, std::size_t jobs)
    : source_(std::move(source)), axes_(std::move(axes)) {
  for (const SweepAxis& axis : axes_) {
    size_ *= axis.values.size();
  }
  cells_.resize(size_);
  const std::size_t cores = std::max(std::thread::hardware_concurrency(), 2U);
  const std::size_t wanted = jobs == 0 ? cores - 1 : jobs;
  for (std::size_t i = 0; i < std::min(wanted, size_); ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

Sweep::~Sweep() {
  must_end_ = true;
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

std::vector<SweepCell> Sweep::cells() const {
  const std::lock_guard lock(mutex_);
  return cells_;
}

proxy::Result<DocumentEdit> Sweep::edit_for(const engine::ScenarioSource& source,
                                            std::size_t cell) const {
  std::vector<ValueChange> changes;
  std::string label = "Set";
  for (const SweepAxis& axis : axes_) {
    const std::string& value = axis.values[cell % axis.values.size()];
    cell /= axis.values.size();
    label += (changes.empty() ? " " : ", ") + axis.path.back() + " to " + value;
    changes.push_back({axis.path, value});
  }
  return set_values(source, label, changes);
}

void Sweep::work() {
  while (!must_end_) {
    const std::size_t cell = next_++;
    if (cell >= size_) {
      return;
    }
    SweepCell result;
    try {
      result = run(cell);
    } catch (const std::exception& error) {  // No memory, above all.
      result = {.state = SweepCell::State::kRefused, .problem = error.what()};
    }
    if (!must_end_) {
      const std::lock_guard lock(mutex_);
      cells_[cell] = std::move(result);
      ++done_;
    }
  }
}

SweepCell Sweep::run(std::size_t cell) const {
  const auto edit = edit_for(source_, cell);
  if (!edit) {
    return {.state = SweepCell::State::kRefused, .problem = edit.error().message};
  }
  engine::Diagnostics diagnostics;
  const auto scenario = engine::load_scenario(with_edit(source_, *edit), diagnostics);
  if (!scenario) {
    return {.state = SweepCell::State::kRefused, .problem = first_mistake(diagnostics)};
  }
  Simulation simulation(*scenario, {.seed = scenario->run.seed,
                                    .bucket = engine::bucket_for(scenario->run.duration),
                                    .windows = engine::windows_of(*scenario)});
  while (!simulation.finished()) {
    if (must_end_) {
      return {};
    }
    simulation.run_until(simulation.now() + kSweepSlice);
  }
  const engine::RunRecord record = simulation.take_record();
  const engine::Verdict verdict = engine::judge(*scenario, record);
  const engine::TrialFigures figures = engine::figures_of(record, engine::kNone);
  return {.state = SweepCell::State::kDone,
          .problem = {},
          .passed = verdict.passed,
          .fingerprint = record.fingerprint,
          .rate = figures.rate,
          .errors_ppm = figures.errors_ppm,
          .p50 = figures.p50,
          .p99 = figures.p99,
          .retries_ppm = retries_per_request(engine::summarise(*scenario, record, verdict))};
}

}  // namespace shaketable::gui
