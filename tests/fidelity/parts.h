#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "tests/fidelity/experiment.h"

/// The parts that the scenarios of the rows are made of.
namespace shaketable::fidelity {

inline constexpr std::uint32_t kNoLimit = proxy::kUnlimited;

/// Seconds as nanoseconds, rounded.
[[nodiscard]] proxy::Duration seconds(double value);
[[nodiscard]] inline proxy::Duration milliseconds(double value) { return seconds(value * 1e-3); }

/// The distributions as the rows write them ("exp", "lognormal scv=4", "hyperexp2 balanced scv=4",
/// "erlang4", "uniform(0,20ms)", "deterministic"), with that mean.
[[nodiscard]] proxy::Distribution named_distribution(const std::string& text, double mean_ms);
[[nodiscard]] proxy::Distribution two_exponentials(double p1, double rate1, double rate2);

/// First come, first served: `servers` workers, `queue` places in front of them.
[[nodiscard]] engine::Runtime fifo(std::uint32_t servers, std::uint32_t queue = kNoLimit);
/// Everybody at once, sharing so many CPUs; `wait` steps and calls need none of them.
[[nodiscard]] engine::Runtime sharing(std::uint32_t cpus = 1);

[[nodiscard]] engine::Step work(const proxy::Distribution& time);
[[nodiscard]] engine::Step wait(const proxy::Distribution& time);
[[nodiscard]] engine::Step call(engine::ServiceIndex service);
/// Calls to all of them at once.
[[nodiscard]] engine::Step calls_at_once(const std::vector<engine::ServiceIndex>& services);

/// A service with one endpoint for each program of steps; without a sidecar.
[[nodiscard]] engine::Service service(const std::string& name, const engine::Runtime& runtime,
                                      const std::vector<std::vector<engine::Step>>& programs,
                                      std::uint32_t instances = 1);
/// The service with a sidecar that costs nothing.
[[nodiscard]] engine::Service with_sidecar(engine::Service service);

/// Open loop on an endpoint of a service.
[[nodiscard]] engine::Load arrivals(engine::ServiceIndex service, double per_second,
                                    engine::EndpointIndex endpoint = 0);
/// Closed loop on the first endpoint of a service, with exponential think times.
[[nodiscard]] engine::Load users(engine::ServiceIndex service, std::uint32_t count,
                                 double think_seconds);

/// An experiment on an empty mesh: a network without delays, routes without timeouts and retries,
/// policies without limits. The load runs for `length` seconds, the first `warm_up` of them are
/// left out; with a `drain` what is under way at the end may finish.
[[nodiscard]] Experiment experiment(double length, double warm_up, bool drain = true);

}  // namespace shaketable::fidelity
