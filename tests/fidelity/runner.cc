#include "tests/fidelity/runner.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <iterator>

namespace shaketable::fidelity {
namespace {

/// CPU seconds that a row of the quick set may take with its three seeds, by the estimate.
constexpr double kQuickRow = 2.5;

/// One of its kind each; six to eight seconds.
constexpr const char* kQuickAnyway[] = {"Q-TANDEM3-SD", "LB-RAND-4-80-W", "RT-IND-0.1-1"};

unsigned job_count() {
  const char* wanted = std::getenv("SHAKETABLE_FIDELITY_JOBS");
  const unsigned cpus = std::max(std::thread::hardware_concurrency(), 1U);
  return wanted != nullptr ? static_cast<unsigned>(std::max(std::atoi(wanted), 1))
                           : (is_full_run() ? cpus : 1U);
}

}  // namespace

bool is_full_run() {
  const char* mode = std::getenv("SHAKETABLE_FIDELITY");
  return mode != nullptr && std::string(mode) == "full";
}

bool is_quick(const CaseRow& row, const Plan& plan) {
  if (std::find(std::begin(kQuickAnyway), std::end(kQuickAnyway), row.id) !=
      std::end(kQuickAnyway)) {
    return true;
  }
  double cost = 0;
  for (const Variant& variant : plan.variants) {
    cost += variant.cost_s * static_cast<double>(std::size(kSeeds));
  }
  return cost <= kQuickRow;
}

Runner::~Runner() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  for (std::thread& thread : threads_) {
    thread.join();
  }
}

void Runner::want(const CaseRow& row, const Plan& plan) {
  for (const Variant& variant : plan.variants) {
    add(row, variant);
  }
}

void Runner::add(const CaseRow& row, const Variant& variant) {
  std::vector<Job>& jobs = jobs_[variant.key];
  if (jobs.empty()) {
    order_.push_back(variant.key);
    for (const std::uint64_t seed : kSeeds) {
      jobs.emplace_back().variant = variant;
      jobs.back().seed = seed;
    }
  }
  for (Job& job : jobs) {
    job.metrics.insert(row.metric);
  }
}

void Runner::start() {
  for (unsigned i = 0; i < job_count(); ++i) {
    threads_.emplace_back([this] { work(); });
  }
}

/// Runs a job of that key, or of the first key that has one; false if there is none left.
bool Runner::run_next(std::unique_lock<std::mutex>& lock, const std::string* wanted) {
  for (const std::string& key : order_) {
    if (wanted != nullptr && key != *wanted) {
      continue;
    }
    for (Job& job : jobs_[key]) {
      if (job.state != Job::State::kWaiting) {
        continue;
      }
      job.state = Job::State::kRunning;
      lock.unlock();
      Figures figures = job.variant.run(job.seed, job.metrics);
      lock.lock();
      job.figures = std::move(figures);
      job.state = Job::State::kDone;
      done_.notify_all();
      return true;
    }
  }
  return false;
}

void Runner::work() {
  std::unique_lock lock(mutex_);
  while (!stop_ && run_next(lock, nullptr)) {
  }
}

Measured Runner::result(const CaseRow& row, const Variant& variant) {
  std::unique_lock lock(mutex_);
  if (!jobs_.contains(variant.key)) {
    add(row, variant);
  }
  std::vector<Job>& jobs = jobs_[variant.key];
  if (threads_.empty()) {
    while (run_next(lock, &variant.key)) {
    }
  }
  done_.wait(lock, [&jobs] {
    return std::all_of(jobs.begin(), jobs.end(),
                       [](const Job& job) { return job.state == Job::State::kDone; });
  });
  Measured measured;
  for (const Job& job : jobs) {
    const auto figure = job.figures.find(row.metric);
    measured.push_back(figure == job.figures.end() ? std::vector<double>{NAN} : figure->second);
  }
  return measured;
}

}  // namespace shaketable::fidelity
