#include "loadgen/core/grpc_status.h"

#include <algorithm>
#include <iterator>

namespace shaketable::loadgen {
namespace {

constexpr std::string_view kNames[] = {
    "OK",        "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
    "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
    "ABORTED",   "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
    "DATA_LOSS", "UNAUTHENTICATED"};

}  // namespace

std::optional<std::uint32_t> grpc_status_of(std::string_view text) {
  const auto found = std::find(std::begin(kNames), std::end(kNames), text);
  if (found != std::end(kNames)) {
    return static_cast<std::uint32_t>(found - std::begin(kNames));
  }
  if (text.empty() || text.size() > 2) {
    return std::nullopt;
  }
  std::uint32_t value = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') {
      return std::nullopt;
    }
    value = value * 10 + static_cast<std::uint32_t>(c - '0');
  }
  return value < std::size(kNames) ? std::optional(value) : std::nullopt;
}

std::string_view grpc_status_name(std::uint32_t number) {
  constexpr std::size_t kUnknown = 2;
  return number < std::size(kNames) ? kNames[number] : kNames[kUnknown];
}

}  // namespace shaketable::loadgen
