#pragma once

#include <string>

#include "engine/judge/verdict.h"
#include "engine/record/run_record.h"
#include "engine/scenario/model.h"

namespace shaketable::reports {

/// What every writer gets. All three are about the same run; writers only read them.
struct Report {
  const engine::Scenario& scenario;
  const engine::RunRecord& record;
  const engine::Verdict& verdict;
  /// The command that repeats the run, as a person would type it; may be empty.
  std::string command;
};

/// Version of the program as results name it.
inline constexpr char kVersion[] = "0.1.0";

}  // namespace shaketable::reports
