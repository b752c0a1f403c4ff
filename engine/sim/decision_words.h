#pragma once

#include <cstdint>
#include <string>

#include "proxy/base/time.h"
#include "proxy/telemetry/decision.h"
#include "proxy/telemetry/record.h"

/// Decisions of sidecars in words. Integers only, no locale.
namespace shaketable::engine {

/// "850 us", "21 ms", "2.5 s": exact to a thousandth of the unit, zeros dropped.
[[nodiscard]] std::string words_for(proxy::Duration duration);

/// "503", "the connection was refused": why an attempt was not good enough.
[[nodiscard]] std::string words_for_cause(const proxy::Decision& decision);

/// "retry_on does not name it": why there is no other attempt.
[[nodiscard]] std::string words_for(proxy::NoRetryCause cause);

/// "max_pending_requests of 4 is reached".
[[nodiscard]] std::string words_for_overflow(const proxy::Decision& decision);

}  // namespace shaketable::engine
