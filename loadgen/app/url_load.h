#pragma once

#include <string>

#include "loadgen/app/arguments.h"
#include "loadgen/core/load_plan.h"
#include "proxy/base/result.h"

namespace shaketable::loadgen::app {

/// The load that options describe: one journey of one request.
[[nodiscard]] proxy::Result<LoadFile> load_of_url(const RunArguments& arguments);

/// The bytes of a file for a body; at most 64 MiB.
[[nodiscard]] proxy::Result<std::string> read_body_file(const std::string& path);

}  // namespace shaketable::loadgen::app
