#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace shaketable::loadgen::live {

/// The client side of a WebSocket (RFC 6455) behind its handshake: bytes in, messages out. Sans-IO.
/// No extensions. Pings are answered by themselves; fragments are joined.
class WebSocketClient {
 public:
  /// Longer messages of the server are a mistake (`Event::kBroken`).
  explicit WebSocketClient(std::size_t max_message = 16U << 20U) : max_message_(max_message) {}

  /// Frames of what we say, masked as a client must. `mask` need not be a secret here.
  void send_message(std::string_view text, bool is_binary, std::uint32_t mask, std::string& out);
  /// Says that we are done; at most once.
  void send_close(std::uint16_t code, std::uint32_t mask, std::string& out);

  enum class Event : std::uint8_t {
    kMore,     ///< The input is used up.
    kMessage,  ///< `message()` is whole, text or binary.
    kClosed,   ///< The server says that it is done; the answer is in `out`.
    kBroken,   ///< Not a WebSocket: a masked frame, a reserved bit, too long.
  };
  /// Takes bytes off `input` up to the next event. What must be answered is appended to `out`.
  Event receive(std::string_view& input, std::uint32_t mask, std::string& out);
  /// Of the last kMessage; until the next call of receive.
  [[nodiscard]] std::string_view message() const { return message_; }

  /// The value of `sec-websocket-accept` that a server owes for a key.
  [[nodiscard]] static std::string accept_value(std::string_view key);

 private:
  [[nodiscard]] bool read_head(std::string_view& input);
  [[nodiscard]] bool is_head_whole() const;
  [[nodiscard]] std::size_t head_size() const;
  [[nodiscard]] bool begin_frame();
  Event end_frame(std::uint32_t mask, std::string& out);
  void append_frame(std::uint8_t opcode, std::string_view payload, std::uint32_t mask,
                    std::string& out);

  std::size_t max_message_;
  std::string head_;  ///< Of the frame that is coming.
  bool in_payload_ = false;
  std::uint64_t left_ = 0;  ///< Of its payload.
  std::uint8_t opcode_ = 0;
  bool is_final_ = false;
  bool in_message_ = false;  ///< Fragments of a message have come.
  bool is_given_ = false;    ///< `message_` was told, and goes with the next frame.
  bool has_closed_ = false;  ///< We have.
  std::string message_, control_;
};

}  // namespace shaketable::loadgen::live
