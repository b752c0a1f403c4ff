#include "loadgen/live/failure.h"

namespace shaketable::loadgen::live {

std::string_view failure_name(Failure failure) {
  switch (failure) {
    case Failure::kNone:
      return "none";
    case Failure::kNameLookup:
      return "name not found";
    case Failure::kConnectRefused:
      return "connection refused";
    case Failure::kConnectTimeout:
      return "connect timeout";
    case Failure::kConnectFailed:
      return "connect failed";
    case Failure::kNoResources:
      return "out of descriptors or ports";
    case Failure::kTls:
      return "TLS handshake failed";
    case Failure::kTlsCertificate:
      return "certificate refused";
    case Failure::kProxyRefused:
      return "refused by the proxy";
    case Failure::kReset:
      return "connection reset";
    case Failure::kClosed:
      return "connection closed early";
    case Failure::kStreamReset:
      return "stream reset";
    case Failure::kStreamRefused:
      return "stream refused";
    case Failure::kTimeout:
      return "timeout";
    case Failure::kIdleTimeout:
      return "silent server";
    case Failure::kProtocol:
      return "broken response";
    case Failure::kHeadTooLarge:
      return "headers too large";
    case Failure::kBodyTooLarge:
      return "body too large";
    case Failure::kUnsendable:
      return "request cannot be sent";
    case Failure::kCancelled:
      return "cancelled at the end";
  }
  return "unknown";
}

}  // namespace shaketable::loadgen::live
