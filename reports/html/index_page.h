#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/judge/verdict.h"
#include "reports/report.h"

namespace shaketable::reports {

/// One run in an index of several.
struct IndexEntry {
  std::string name;  ///< The scenario's.
  std::string link;  ///< Address of its page, relative to the index; empty = none.
  std::uint64_t seed = 0;
  engine::Instant ended{};
  bool passed = true;
  bool partial = false;
  std::string headline;
  std::vector<engine::ExpectationState> expectations;
  std::uint64_t requests = 0, errors = 0;  ///< Of the clients.
  std::int64_t p99 = 0;                    ///< Of the clients, ns.
  struct Service {
    std::string name;
    engine::ServiceState worst = engine::ServiceState::kHealthy;
  };
  std::vector<Service> services;
};

/// What the index tells of a run.
[[nodiscard]] IndexEntry index_entry(const Report& report, const std::string& link);

/// All runs in one page: a table with verdicts and figures, their expectations as a row of glyphs,
/// and a matrix of runs by services with the worst state of each. Links lead to the pages of the
/// runs, which stand for themselves. Same rules as write_html(); without charts.
[[nodiscard]] std::string write_index_html(std::span<const IndexEntry> entries);

}  // namespace shaketable::reports
