#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include <nghttp2/nghttp2.h>

#include "proxy/http/http2_session.h"

// Inside of Http2Session: for its own sources only.
namespace shaketable::proxy::http {

/// DATA is put into the output up to here, then waits until some was taken.
inline constexpr std::size_t kFill = 64 * 1024;

/// Fields as nghttp2 takes them; views into what is being submitted.
using NativeFields = std::vector<nghttp2_nv>;

struct Http2Session::Native {
  nghttp2_session* session = nullptr;
  NativeFields fields;  ///< Used again for every block.

  ~Native() { nghttp2_session_del(session); }
};

/// Makes the session: callbacks, options, first SETTINGS.
[[nodiscard]] nghttp2_session* make_native_session(Http2Session& session, bool is_server,
                                                   const CodecLimits& limits);

/// How many CONTINUATION frames a block may have: a block of the largest size in frames of the
/// smallest maximum, and some more.
[[nodiscard]] constexpr std::uint32_t max_continuations(const CodecLimits& limits) {
  return static_cast<std::uint32_t>(limits.max_head_bytes / 16384) + 8;
}

void add_field(NativeFields& fields, std::string_view name, std::string_view value);
void add_headers(NativeFields& fields, const HeaderList& headers);

/// The data provider of a stream's queue.
[[nodiscard]] nghttp2_data_provider data_provider(Http2Stream& stream);

}  // namespace shaketable::proxy::http
