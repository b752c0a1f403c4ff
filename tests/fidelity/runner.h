#pragma once

#include <condition_variable>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/fidelity/plan.h"

namespace shaketable::fidelity {

inline constexpr std::uint64_t kSeeds[] = {1, 2, 3};

/// Whether all rows are wanted (SHAKETABLE_FIDELITY=full), or the quick ones.
[[nodiscard]] bool is_full_run();

/// Whether a row may belong to the quick set: its three seeds are cheap, or it stands for the rows
/// with sidecars, which are not.
[[nodiscard]] bool is_quick(const CaseRow& row, const Plan& plan);

/// Runs what the wanted rows need, each run once however many rows read it, on a few threads.
///
/// `want` all rows, `start`, then ask for results in any order; asking for one that nobody wanted
/// runs it there and then. The results are the same with every number of threads.
class Runner {
 public:
  ~Runner();

  void want(const CaseRow& row, const Plan& plan);
  /// SHAKETABLE_FIDELITY_JOBS threads; by default one, in a full run one for each CPU.
  void start();

  /// The row's metric by seed, measured in that way. Waits for the runs.
  [[nodiscard]] Measured result(const CaseRow& row, const Variant& variant);

 private:
  struct Job {
    Variant variant;
    std::set<std::string> metrics;
    std::uint64_t seed = 0;
    enum class State : std::uint8_t { kWaiting, kRunning, kDone } state = State::kWaiting;
    Figures figures;
  };

  void add(const CaseRow& row, const Variant& variant);
  bool run_next(std::unique_lock<std::mutex>& lock, const std::string* key);
  void work();

  std::mutex mutex_;
  std::condition_variable done_;
  std::map<std::string, std::vector<Job>> jobs_;  ///< By key: one for each seed.
  std::vector<std::string> order_;                ///< Keys in the order of the rows.
  bool stop_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace shaketable::fidelity
