// What the C++ peers have in common: the random numbers, the CPU clock and the line that they
// print.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <ctime>
#include <string>

#include <sys/resource.h>

namespace peer {

/// xoshiro256++ with exponential times through libm: what a careful user of these engines writes.
class Rng {
 public:
  explicit Rng(std::uint64_t seed) {
    for (std::uint64_t& word : state_) {
      std::uint64_t z = seed += 0x9e3779b97f4a7c15U;
      z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
      z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
      word = z ^ (z >> 31);
    }
  }

  /// An exponential time, in the unit of `mean`.
  double exponential(double mean) {
    const double u = (static_cast<double>(next() >> 11) + 0.5) * 0x1p-53;
    return -std::log(u) * mean;
  }
  std::int64_t exponential_ns(double mean_ns) {
    return static_cast<std::int64_t>(exponential(mean_ns) + 0.5);
  }

 private:
  static std::uint64_t rotate(std::uint64_t x, int k) { return (x << k) | (x >> (64 - k)); }

  std::uint64_t next() {
    const std::uint64_t result = rotate(state_[0] + state_[3], 23) + state_[0];
    const std::uint64_t shifted = state_[1] << 17;
    state_[2] ^= state_[0];
    state_[3] ^= state_[1];
    state_[1] ^= state_[2];
    state_[0] ^= state_[3];
    state_[2] ^= shifted;
    state_[3] = rotate(state_[3], 45);
    return result;
  }

  std::array<std::uint64_t, 4> state_{};
};

/// CPU time of the process: every peer is single-threaded, so this is the time of an idle machine.
inline double cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

struct Tally {
  std::uint64_t requests = 0;
  std::uint64_t hops = 0;
  std::uint64_t timeouts = 0;
  double latency_sum_ms = 0;

  void add_latency_ms(double latency) {
    latency_sum_ms += latency;
    ++requests;
  }
};

/// Prints the one JSON line that run.py reads.
inline void report(const std::string& sim, char model, const Tally& tally, double seconds) {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"sim\":\"%s\",\"model\":\"%c\",\"req\":%llu,\"hops\":%llu,\"cpu_s\":%.6f,"
      "\"ns_hop\":%.2f,\"mean_ms\":%.4f,\"timeouts\":%llu,\"rss_kb\":%ld}\n",
      sim.c_str(), model, static_cast<unsigned long long>(tally.requests),
      static_cast<unsigned long long>(tally.hops), seconds,
      seconds * 1e9 / static_cast<double>(tally.hops),
      tally.latency_sum_ms / static_cast<double>(tally.requests),
      static_cast<unsigned long long>(tally.timeouts), usage.ru_maxrss);
}

}  // namespace peer
