#pragma once

#include <cstddef>
#include <cstdint>

namespace shaketable::engine {

/// How a request ended, seen from where it is counted.
enum class Outcome : std::uint8_t {
  kOk,           ///< Status below 400.
  kClientError,  ///< 4xx.
  kServerError,  ///< 5xx that the application answered.
  kTimeout,      ///< UT: route or per-try timeout, or the caller's own client gave up.
  kRefused,      ///< UO: a circuit breaker refused it.
  kNoHost,       ///< UH, NC, NR: nobody to send it to.
  kConnection,   ///< UF, UC, UR: connection failed, ended or was reset.
  kInjected,     ///< FI: aborted by a fault filter.
};
inline constexpr std::size_t kOutcomes = 8;

/// The status that most requests of an outcome have. Others are recorded by their number.
[[nodiscard]] constexpr std::uint16_t usual_status(Outcome outcome) {
  switch (outcome) {
    case Outcome::kOk:
      return 200;
    case Outcome::kClientError:
      return 404;
    case Outcome::kServerError:
      return 500;
    case Outcome::kTimeout:
      return 504;
    case Outcome::kRefused:
    case Outcome::kNoHost:
    case Outcome::kConnection:
    case Outcome::kInjected:
      break;
  }
  return 503;
}

}  // namespace shaketable::engine
