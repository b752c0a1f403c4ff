#pragma once

#include <chrono>
#include <string>

#include "loadgen/app/arguments.h"
#include "loadgen/core/load_plan.h"
#include "proxy/base/result.h"
#include "proxy/base/time.h"

namespace shaketable::loadgen::app {

/// Of a request when neither options nor the file say how long it may take: a server that never
/// answers is a failure that is counted, and no load waits for ever.
inline constexpr proxy::Duration kRequestTimeout = std::chrono::seconds(30);

/// The load that options describe: one journey of one request.
[[nodiscard]] proxy::Result<LoadFile> load_of_url(const RunArguments& arguments);

/// The bytes of a file for a body; at most 64 MiB.
[[nodiscard]] proxy::Result<std::string> read_body_file(const std::string& path);

}  // namespace shaketable::loadgen::app
