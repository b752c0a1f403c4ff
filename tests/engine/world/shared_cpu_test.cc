#include "engine/world/shared_cpu.h"

#include <map>

#include <gtest/gtest.h>

#include "proxy/base/rng.h"

namespace shaketable::engine {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using proxy::Duration;
using proxy::Instant;

Instant at(Duration offset) { return Instant{} + offset; }

/// Lets everything end; returns when each job did.
std::map<std::uint32_t, Duration> run_out(SharedCpu& cpu, Instant now) {
  std::map<std::uint32_t, Duration> ends;
  while (cpu.jobs() > 0) {
    now = cpu.next_end(now);
    std::uint32_t job = 0;
    while (cpu.take_ended(now, job)) {
      ends[job] = now - Instant{};
    }
  }
  return ends;
}

TEST(SharedCpuTest, RunsAJobAtFullSpeedWhileItIsAlone) {
  SharedCpu cpu(1);
  cpu.add(at(5ms), 7, 10ms);

  EXPECT_EQ(cpu.next_end(at(5ms)), at(15ms));
  EXPECT_EQ(run_out(cpu, at(5ms)), (std::map<std::uint32_t, Duration>{{7, 15ms}}));
  EXPECT_EQ(cpu.next_end(at(20ms)), proxy::kNever);
}

TEST(SharedCpuTest, SharesFairlyAndMovesTheEnds) {
  SharedCpu cpu(1);
  cpu.add(at(0ms), 1, 10ms);
  cpu.add(at(4ms), 2, 3ms);

  // From 4 ms on each has half: the second ends at 10, the first has 3 ms left then.
  EXPECT_EQ(run_out(cpu, at(4ms)), (std::map<std::uint32_t, Duration>{{1, 13ms}, {2, 10ms}}));
}

TEST(SharedCpuTest, SeveralCpusAreSharedOnlyBeyondTheirNumber) {
  SharedCpu cpu(2);
  cpu.add(at(0ms), 1, 10ms);
  cpu.add(at(0ms), 2, 10ms);
  cpu.add(at(5ms), 3, 10ms);

  // Two thirds of the speed from 5 ms on: the first two end at 12.5, the third has 5 left.
  const auto ends = run_out(cpu, at(5ms));
  EXPECT_EQ(ends.at(1), 12'500us);
  EXPECT_EQ(ends.at(2), 12'500us);
  EXPECT_EQ(ends.at(3), 17'500us);
}

TEST(SharedCpuTest, JobsThatEndTogetherComeOutInTheOrderTheyCameIn) {
  SharedCpu cpu(1);
  for (std::uint32_t job = 0; job < 20; ++job) {
    cpu.add(at(0ms), job, 1ms);
  }

  for (std::uint32_t expected = 0; expected < 20; ++expected) {
    std::uint32_t job = 99;
    ASSERT_TRUE(cpu.take_ended(at(20ms), job));
    EXPECT_EQ(job, expected);
  }
}

TEST(SharedCpuTest, StandsStillWhileItIsStopped) {
  SharedCpu cpu(1);
  cpu.add(at(0ms), 1, 10ms);
  cpu.stop(at(4ms));
  cpu.add(at(50ms), 2, 2ms);
  EXPECT_EQ(cpu.next_end(at(50ms)), proxy::kNever);
  cpu.resume(at(104ms));

  EXPECT_EQ(run_out(cpu, at(104ms)), (std::map<std::uint32_t, Duration>{{1, 112ms}, {2, 108ms}}));
}

TEST(SharedCpuTest, ForgetsItsJobs) {
  SharedCpu cpu(1);
  cpu.add(at(0ms), 1, 10ms);
  cpu.stop(at(1ms));
  cpu.clear(at(2ms));

  EXPECT_EQ(cpu.jobs(), 0);
  cpu.add(at(3ms), 2, 1ms);
  EXPECT_EQ(cpu.next_end(at(3ms)), at(4ms)) << "and is not stopped any more";
}

TEST(SharedCpuTest, NoWorkAtAllEndsAtOnce) {
  SharedCpu cpu(1);
  cpu.add(at(3ms), 2, 0ms);

  EXPECT_EQ(cpu.next_end(at(3ms)), at(3ms));
}

TEST(SharedCpuTest, LosesNoWorkToRounding) {
  // A server that is never idle does all the work that it got, whatever the arrivals.
  proxy::Rng rng(11);
  for (std::uint32_t cpus = 1; cpus <= 3; ++cpus) {
    SharedCpu cpu(cpus);
    Duration total{0};
    Instant now{};
    for (std::uint32_t job = 0; job < 2'000; ++job) {
      const Duration work(1'000'000 + static_cast<std::int64_t>(rng.below(1'000'000)));
      total += work;
      cpu.add(now, job, work);
      now += Duration(static_cast<std::int64_t>(rng.below(1'000)));  // all overlap
    }
    Instant last = now;
    std::size_t ended = 0;
    std::uint32_t job = 0;
    while (cpu.jobs() >= cpus && cpu.jobs() > 0) {
      last = cpu.next_end(last);
      while (cpu.take_ended(last, job)) {
        ++ended;
      }
    }
    EXPECT_GE(ended + cpus, 2'000);
    const double busy = proxy::to_seconds(last - Instant{}) * cpus;
    EXPECT_NEAR(busy, proxy::to_seconds(total), 0.003 * cpus);
  }
}

}  // namespace
}  // namespace shaketable::engine
