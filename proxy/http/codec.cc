#include "proxy/http/codec.h"

namespace shaketable::proxy::http {

std::string_view counter_name(ProtocolError error) {
  switch (error) {
    case ProtocolError::kNone:
      return "none";
    case ProtocolError::kBadRequestLine:
      return "bad_request_line";
    case ProtocolError::kBadStatusLine:
      return "bad_status_line";
    case ProtocolError::kBadHeader:
      return "bad_header";
    case ProtocolError::kBadHost:
      return "bad_host";
    case ProtocolError::kBadFraming:
      return "bad_framing";
    case ProtocolError::kBadChunk:
      return "bad_chunk";
    case ProtocolError::kUnsupportedCoding:
      return "unsupported_coding";
    case ProtocolError::kUnsupportedVersion:
      return "unsupported_version";
    case ProtocolError::kHeadersTooLarge:
      return "headers_too_large";
    case ProtocolError::kTooManyHeaders:
      return "too_many_headers";
    case ProtocolError::kTrailersTooLarge:
      return "trailers_too_large";
    case ProtocolError::kUnexpectedBytes:
      return "unexpected_bytes";
    case ProtocolError::kFlood:
      return "flood";
    case ProtocolError::kHttp2:
      return "http2";
    case ProtocolError::kTooMuchOutput:
      return "too_much_output";
  }
  return "none";
}

}  // namespace shaketable::proxy::http
