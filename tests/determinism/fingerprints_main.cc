// Prints the fingerprints of a swarm of random simulations, one a line. Built once per event set:
// all of them must print the same (tests/tools/same_output.sh).

#include <cstdint>
#include <cstdio>

#include "tests/support/random_scenario.h"

int main() {
  using shaketable::support::RandomScenario;
  using shaketable::support::SwarmOptions;
  using shaketable::support::TestRun;

  SwarmOptions options;
  options.drain = std::chrono::seconds(2);
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    TestRun run(RandomScenario(seed, options).make(), 0, seed);
    run.finish();
    std::printf("%llu %016llx %llu events, %llu draws\n", static_cast<unsigned long long>(seed),
                static_cast<unsigned long long>(run.record().fingerprint),
                static_cast<unsigned long long>(run.record().statistics.events),
                static_cast<unsigned long long>(run.record().statistics.draws));
  }
}
