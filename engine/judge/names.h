#pragma once

#include <cstdint>
#include <string>

#include "engine/judge/health.h"
#include "engine/scenario/model.h"

/// How reports call the things of a scenario. Names are returned as the files have them: writers
/// escape for their own medium.
namespace shaketable::engine {

/// A service's name; "client" for kNone (who sends the load).
[[nodiscard]] std::string service_name(const Scenario& scenario, ServiceIndex service);

/// "gateway -> payment"; the caller kNone gives the destination alone.
[[nodiscard]] std::string edge_name(const Scenario& scenario, ServiceIndex caller,
                                    ServiceIndex service);

/// "catalog-2": the second instance of catalog. `instance` counts from 0, names from 1.
[[nodiscard]] std::string instance_name(const Scenario& scenario, ServiceIndex service,
                                        std::uint32_t instance);

/// The fault's name, or its kind when it has none.
[[nodiscard]] std::string fault_name(const Scenario& scenario, std::uint32_t fault);

/// What the fault does, in words: "60 % of requests to payment delayed by 2 s".
[[nodiscard]] std::string fault_words(const Scenario& scenario, std::uint32_t fault);

/// What an episode shows: "up to 65.3 % errors, p99 up to 1.09 s (normal: 50.2 ms)".
[[nodiscard]] std::string episode_words(const Episode& episode, const Baseline& baseline);

/// The subject as written, or put together from the names when nobody wrote it.
[[nodiscard]] std::string subject_name(const Scenario& scenario, const Subject& subject);

}  // namespace shaketable::engine
