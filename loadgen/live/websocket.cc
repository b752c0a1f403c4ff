#include "loadgen/live/websocket.h"

#include <algorithm>
#include <array>

#include <openssl/sha.h>

#include "proxy/base/base64.h"

namespace shaketable::loadgen::live {
namespace {

constexpr std::uint8_t kContinuation = 0;
constexpr std::uint8_t kText = 1;
constexpr std::uint8_t kBinary = 2;
constexpr std::uint8_t kClose = 8;
constexpr std::uint8_t kPing = 9;
constexpr std::uint8_t kPong = 10;
constexpr std::uint8_t kFinal = 0x80;
constexpr std::uint8_t kReserved = 0x70;
constexpr std::uint8_t kMasked = 0x80;
constexpr std::size_t kMostControl = 125;

std::uint8_t byte_of(const std::string& text, std::size_t at) {
  return static_cast<std::uint8_t>(text[at]);
}

bool is_control(std::uint8_t opcode) { return opcode >= kClose; }

void append_number(std::uint64_t value, int bytes, std::string& out) {
  for (int i = bytes - 1; i >= 0; --i) {
    out += static_cast<char>(value >> (8 * static_cast<unsigned>(i)) & 0xffU);
  }
}

}  // namespace

void WebSocketClient::append_frame(std::uint8_t opcode, std::string_view payload,
                                   std::uint32_t mask, std::string& out) {
  out += static_cast<char>(kFinal | opcode);
  if (payload.size() <= kMostControl) {
    out += static_cast<char>(kMasked | payload.size());
  } else if (payload.size() <= 0xffff) {
    out += static_cast<char>(kMasked | 126U);
    append_number(payload.size(), 2, out);
  } else {
    out += static_cast<char>(kMasked | 127U);
    append_number(payload.size(), 8, out);
  }
  std::array<char, 4> key{};
  for (unsigned i = 0; i < 4; ++i) {
    key[i] = static_cast<char>(mask >> (8 * i) & 0xffU);
  }
  out.append(key.data(), key.size());
  for (std::size_t i = 0; i < payload.size(); ++i) {
    out += static_cast<char>(payload[i] ^ key[i % 4]);
  }
}

void WebSocketClient::send_message(std::string_view text, bool is_binary, std::uint32_t mask,
                                   std::string& out) {
  append_frame(is_binary ? kBinary : kText, text, mask, out);
}

void WebSocketClient::send_close(std::uint16_t code, std::uint32_t mask, std::string& out) {
  if (has_closed_) {
    return;
  }
  has_closed_ = true;
  std::string payload;
  append_number(code, 2, payload);
  append_frame(kClose, payload, mask, out);
}

std::size_t WebSocketClient::head_size() const {
  if (head_.size() < 2) {
    return 2;
  }
  const unsigned length = byte_of(head_, 1) & 0x7fU;
  return length == 126 ? 4 : length == 127 ? 10 : 2;
}

bool WebSocketClient::is_head_whole() const {
  return head_.size() >= 2 && head_.size() == head_size();
}

bool WebSocketClient::read_head(std::string_view& input) {
  while (!is_head_whole() && !input.empty()) {
    const std::size_t wanted = std::min(head_size() - head_.size(), input.size());
    head_.append(input.substr(0, wanted));
    input.remove_prefix(wanted);
  }
  return is_head_whole();
}

/// Understands the head; false if no server may send it.
bool WebSocketClient::begin_frame() {
  const std::uint8_t first = byte_of(head_, 0);
  opcode_ = first & 0x0fU;
  is_final_ = (first & kFinal) != 0;
  left_ = byte_of(head_, 1) & 0x7fU;
  if (head_.size() > 2) {
    left_ = 0;
    for (std::size_t i = 2; i < head_.size(); ++i) {
      left_ = left_ << 8U | byte_of(head_, i);
    }
  }
  const bool is_masked = (byte_of(head_, 1) & kMasked) != 0;
  head_.clear();
  if ((first & kReserved) != 0 || is_masked) {
    return false;
  }
  if (is_control(opcode_)) {
    control_.clear();
    return opcode_ <= kPong && is_final_ && left_ <= kMostControl;
  }
  if (is_given_) {
    message_.clear();
    is_given_ = false;
  }
  const bool fits = in_message_ ? opcode_ == kContinuation : opcode_ == kText || opcode_ == kBinary;
  return fits && left_ <= max_message_ && message_.size() + left_ <= max_message_;
}

WebSocketClient::Event WebSocketClient::end_frame(std::uint32_t mask, std::string& out) {
  in_payload_ = false;
  switch (opcode_) {
    case kPing:
      append_frame(kPong, control_, mask, out);
      return Event::kMore;
    case kPong:
      return Event::kMore;
    case kClose: {
      const bool has_code = control_.size() >= 2;
      const auto code = static_cast<std::uint16_t>(
          has_code ? byte_of(control_, 0) << 8U | byte_of(control_, 1) : 1000);
      send_close(code, mask, out);
      return Event::kClosed;
    }
    default:
      in_message_ = !is_final_;
      is_given_ = is_final_;
      return is_final_ ? Event::kMessage : Event::kMore;
  }
}

WebSocketClient::Event WebSocketClient::receive(std::string_view& input, std::uint32_t mask,
                                                std::string& out) {
  while (true) {
    if (!in_payload_) {
      if (!read_head(input)) {
        return Event::kMore;
      }
      if (!begin_frame()) {
        return Event::kBroken;
      }
      in_payload_ = true;
    }
    const auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, input.size()));
    (is_control(opcode_) ? control_ : message_).append(input.substr(0, size));
    input.remove_prefix(size);
    left_ -= size;
    if (left_ > 0) {
      return Event::kMore;
    }
    const Event event = end_frame(mask, out);
    if (event != Event::kMore) {
      return event;
    }
  }
}

std::string WebSocketClient::accept_value(std::string_view key) {
  const std::string text = std::string(key) + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  std::array<unsigned char, SHA_DIGEST_LENGTH> digest{};
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest.data());
  return proxy::to_base64({reinterpret_cast<const char*>(digest.data()), digest.size()});
}

}  // namespace shaketable::loadgen::live
