#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "loadgen/journey/exchange.h"
#include "proxy/http/message.h"

namespace shaketable::loadgen::live {

/// A request as connections want it.
struct EncodedRequest {
  proxy::http::RequestMessage message;
  std::string http1;  ///< Head and body as HTTP/1.1 sends them; empty when it cannot say it.
};

/// What does not come from the session.
struct EncodingContext {
  std::string_view scheme = "http";
  std::string_view authority;
  std::string_view base_path;            ///< Comes before every path; no `/` at its end.
  bool absolute_form = false;            ///< An HTTP proxy wants the whole URL.
  std::string_view proxy_authorization;  ///< With absolute_form; empty = none.
  bool closes = false;                   ///< Says `connection: close`.
  bool wants_http1 = true;               ///< Else only the message is made.
  /// Not empty: asks for a WebSocket with this key, by an upgrade; `http1` stays empty.
  std::string_view websocket_key;
};

/// Fills `out`, whose memory is used again. A `host` header of the request becomes its authority;
/// user-agent and accept are added unless it has them.
void encode(const RenderedRequest& request, const EncodingContext& context, EncodedRequest& out);

}  // namespace shaketable::loadgen::live
