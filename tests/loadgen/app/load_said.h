#pragma once

#include <sstream>
#include <string>
#include <vector>

#include "loadgen/app/load_cli.h"

namespace shaketable::loadgen::app {

/// What `shaketable-load` said to some arguments.
struct LoadSaid {
  engine::ExitCode code = engine::ExitCode::kPassed;
  std::string out, err;

  [[nodiscard]] bool has_out(const std::string& part) const {
    return out.find(part) != std::string::npos;
  }
  [[nodiscard]] bool has_err(const std::string& part) const {
    return err.find(part) != std::string::npos;
  }
};

[[nodiscard]] inline LoadSaid load_said(const std::vector<std::string>& arguments) {
  std::ostringstream out;
  std::ostringstream err;
  LoadSaid said;
  said.code =
      run_load_cli(arguments, engine::Streams{.out = out, .err = err, .github_step_summary = {}});
  said.out = out.str();
  said.err = err.str();
  return said;
}

}  // namespace shaketable::loadgen::app
