#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "engine/cli/scenario_set.h"
#include "gui/document/mesh_edits.h"

namespace shaketable::gui {

/// A setting that is tried with several values.
struct SweepAxis {
  KeyPath path;
  std::vector<std::string> values;  ///< YAML on one line.
};

/// "1, 2, {attempts: 3}" as values: parted by commas outside of braces, quotes and brackets; "1..4"
/// counts. Empty parts are left out.
[[nodiscard]] std::vector<std::string> sweep_values(const std::string& text);

/// What came of one choice of values.
struct SweepCell {
  enum class State : std::uint8_t {
    kWaiting,
    kDone,
    kRefused,  ///< The scenario cannot be read with these values; `problem` says why.
  };
  State state = State::kWaiting;
  std::string problem;
  bool passed = false;  ///< Every expectation held.
  std::uint64_t fingerprint = 0;
  // What all clients saw, behind the warm-up.
  std::int64_t rate = 0;  ///< Answers, micro-requests per second.
  std::int64_t errors_ppm = 0;
  std::int64_t p50 = 0, p99 = 0;  ///< ns
  std::int64_t retries_ppm = 0;   ///< Retries of all sidecars per request of a client.
};

/// Runs a scenario with every choice of values of one or two settings, each from its start with the
/// seed of the file, on threads of its own. The cells are in the order of the first axis within the
/// second.
///
/// Belongs to one thread. The destructor gives up what has not run.
class Sweep {
 public:
  /// `jobs` runs at a time; 0: as many as the machine has cores, but one.
  Sweep(engine::ScenarioSource source, std::vector<SweepAxis> axes, std::size_t jobs = 0);
  ~Sweep();
  Sweep(const Sweep&) = delete;
  Sweep& operator=(const Sweep&) = delete;

  [[nodiscard]] const std::vector<SweepAxis>& axes() const { return axes_; }
  [[nodiscard]] std::vector<SweepCell> cells() const;
  /// How many cells have come to something.
  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] std::size_t size() const { return size_; }
  /// Runs that have not begun never will, and those that have are left.
  void give_up() { must_end_ = true; }
  /// The values of a cell as one edit of a source.
  [[nodiscard]] proxy::Result<DocumentEdit> edit_for(const engine::ScenarioSource& source,
                                                     std::size_t cell) const;

 private:
  void work();
  [[nodiscard]] SweepCell run(std::size_t cell) const;

  engine::ScenarioSource source_;
  std::vector<SweepAxis> axes_;
  std::size_t size_ = 1;
  mutable std::mutex mutex_;
  std::vector<SweepCell> cells_;  // Under the mutex.
  std::atomic<std::size_t> next_ = 0, done_ = 0;
  std::atomic<bool> must_end_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace shaketable::gui
