#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

/// The outside of HTTP/2 frames (RFC 9113 section 4.1), for what must be known before nghttp2 sees
/// a frame.
namespace shaketable::proxy::http {

inline constexpr std::size_t kFrameHeaderSize = 9;

enum class FrameType : std::uint8_t {
  kData = 0,
  kHeaders = 1,
  kPriority = 2,
  kRstStream = 3,
  kSettings = 4,
  kPushPromise = 5,
  kPing = 6,
  kGoaway = 7,
  kWindowUpdate = 8,
  kContinuation = 9,
};  // Any other value is an unknown frame, to be ignored.

inline constexpr std::uint8_t kFlagEndStream = 0x1;
inline constexpr std::uint8_t kFlagAck = 0x1;
inline constexpr std::uint8_t kFlagEndHeaders = 0x4;

/// Error codes of RST_STREAM and GOAWAY.
enum class Http2Code : std::uint32_t {
  kNoError = 0,
  kProtocolError = 1,
  kInternalError = 2,
  kFlowControlError = 3,
  kStreamClosed = 5,
  kRefusedStream = 7,
  kCancel = 8,
  kEnhanceYourCalm = 11,
};

struct FrameHeader {
  std::uint32_t length = 0;
  FrameType type = FrameType::kData;
  std::uint8_t flags = 0;
  std::uint32_t stream = 0;
};

[[nodiscard]] constexpr std::uint32_t read_u32(std::string_view bytes) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    value = value << 8U | static_cast<unsigned char>(bytes[i]);
  }
  return value;
}

/// `bytes` has at least kFrameHeaderSize of them.
[[nodiscard]] constexpr FrameHeader read_frame_header(std::string_view bytes) {
  return {.length = read_u32(bytes) >> 8U,
          .type = static_cast<FrameType>(bytes[3]),
          .flags = static_cast<std::uint8_t>(bytes[4]),
          .stream = read_u32(bytes.substr(5)) & 0x7fff'ffffU};
}

}  // namespace shaketable::proxy::http
