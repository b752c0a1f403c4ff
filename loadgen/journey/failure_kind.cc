#include "loadgen/journey/exchange.h"

namespace shaketable::loadgen {

std::string_view name_of(FailureKind kind) {
  switch (kind) {
    case FailureKind::kNone:
      return "none";
    case FailureKind::kStatus:
      return "status";
    case FailureKind::kCheck:
      return "check";
    case FailureKind::kCapture:
      return "capture";
    case FailureKind::kTimeout:
      return "timeout";
    case FailureKind::kRefused:
      return "refused";
    case FailureKind::kUnreachable:
      return "unreachable";
    case FailureKind::kTls:
      return "tls";
    case FailureKind::kReset:
      return "reset";
    case FailureKind::kProtocol:
      return "protocol";
    case FailureKind::kTooLarge:
      return "too_large";
    case FailureKind::kRedirects:
      return "redirects";
    case FailureKind::kStep:
      return "step";
    case FailureKind::kInterrupted:
      return "interrupted";
  }
  return "none";
}

}  // namespace shaketable::loadgen
