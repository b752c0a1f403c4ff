#include "tests/bench/gui/slowdown.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <thread>
#include <utility>
#include <vector>

#include "engine/cli/run_batch.h"
#include "engine/judge/judge.h"
#include "engine/record/windows.h"
#include "gui/app/main_window.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using RealClock = std::chrono::steady_clock;

double ms_of(clockid_t clock) {
  timespec time{};
  clock_gettime(clock, &time);
  return 1e3 * static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e6;
}

double ms_since(RealClock::time_point begin) {
  return std::chrono::duration<double, std::milli>(RealClock::now() - begin).count();
}

/// CPU time of a run's thread, and how busy the window's thread was meanwhile.
struct Round {
  double cost = 0;
  double busy = 0;
};

/// The value that a share of all is below.
double quantile(std::vector<double> values, double share) {
  const auto place =
      static_cast<std::ptrdiff_t>(share * static_cast<double>(values.size() - 1) + 0.5);
  std::nth_element(values.begin(), values.begin() + place, values.end());
  return values[static_cast<std::size_t>(place)];
}

double median(std::vector<double> values) { return quantile(std::move(values), 0.5); }

/// The simulation as a window begins it, with nobody who looks. CPU milliseconds of this thread.
double simulate(const engine::Scenario& scenario) {
  const double begin = ms_of(CLOCK_THREAD_CPUTIME_ID);
  engine::SimulationOptions options{.seed = scenario.run.seed,
                                    .bucket = engine::bucket_for(scenario.run.duration),
                                    .windows = engine::windows_of(scenario)};
  options.traces.sample_ppm = 1'000'000;
  engine::Simulation simulation(scenario, std::move(options));
  simulation.run_to_end();
  const engine::RunRecord record = simulation.take_record();
  const engine::Verdict verdict = engine::judge(scenario, record);
  return ms_of(CLOCK_THREAD_CPUTIME_ID) - begin;
}

/// The bare simulation, while the window plays a run back that is over: as many pictures of the
/// same mesh, and nothing in common with the simulation.
Round run_beside(Workbench& bench, double playing_takes_ms) {
  const double seconds = proxy::to_seconds(bench.reached().time_since_epoch());
  const double speed = 1000 * seconds / playing_takes_ms;
  Round round;
  std::atomic<bool> is_over = false;
  bench.look_at(engine::Instant{});
  bench.play_back(speed);
  const double window = ms_of(CLOCK_THREAD_CPUTIME_ID);
  const auto begin = RealClock::now();
  std::thread thread([&] {
    round.cost = simulate(*bench.scenario());
    is_over = true;
  });
  wait_for([&] {
    if (bench.play_back_speed() == 0) {
      bench.look_at(engine::Instant{});
      bench.play_back(speed);
    }
    return is_over.load();
  });
  thread.join();
  round.busy = 100 * (ms_of(CLOCK_THREAD_CPUTIME_ID) - window) / ms_since(begin);
  bench.play_back(0);
  return round;
}

/// A run of the window: its thread is whatever of this process is not the window's.
Round run_watched(Workbench& bench, double& took_ms) {
  const double window = ms_of(CLOCK_THREAD_CPUTIME_ID), all = ms_of(CLOCK_PROCESS_CPUTIME_ID);
  const auto begin = RealClock::now();
  run_to_end(bench);
  took_ms = ms_since(begin);
  const double own = ms_of(CLOCK_THREAD_CPUTIME_ID) - window;
  return {.cost = ms_of(CLOCK_PROCESS_CPUTIME_ID) - all - own, .busy = 100 * own / took_ms};
}

}  // namespace

Slowdown measure_slowdown(const std::string& scenario, int rounds) {
  MainWindow window;
  Workbench& bench = window.workbench();
  bench.create(QStringLiteral("mesh.yaml"), scenario);
  window.show();
  double took_ms = 0;
  run_watched(bench, took_ms);  // Something to play back, and warm caches.
  std::vector<double> others, alone, beside, watched, percent, busy_beside, busy_watched;
  for (int i = 0; i < rounds; ++i) {
    alone.push_back(simulate(*bench.scenario()));
    const Round control = run_beside(bench, took_ms);
    const Round run = run_watched(bench, took_ms);
    const RunStatus& status = bench.shown()->status;
    others.push_back(100 * (std::chrono::duration<double>(status.cpu) /
                                std::chrono::duration<double>(status.own_cpu) -
                            1));
    beside.push_back(control.cost);
    watched.push_back(run.cost);
    percent.push_back(100 * (run.cost / control.cost - 1));
    busy_beside.push_back(control.busy);
    busy_watched.push_back(run.busy);
  }
  return {.others = median(others),
          .alone = median(alone),
          .beside = median(beside),
          .watched = median(watched),
          .percent = median(percent),
          .low = quantile(percent, 0.25),
          .high = quantile(percent, 0.75),
          .busy_beside = median(busy_beside),
          .busy_watched = median(busy_watched)};
}

}  // namespace shaketable::gui
