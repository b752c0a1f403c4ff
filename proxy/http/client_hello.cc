#include "proxy/http/client_hello.h"

#include <array>
#include <optional>

#include "proxy/http/text.h"

namespace shaketable::proxy::http {
namespace {

constexpr std::uint8_t kHandshakeRecord = 22;
constexpr std::uint8_t kClientHelloMessage = 1;
constexpr std::size_t kRecordHeader = 5;
constexpr std::size_t kMessageHeader = 4;
constexpr std::size_t kMaxRecord = 16 * 1024;
constexpr std::uint16_t kServerNameExtension = 0;
constexpr std::uint16_t kAlpnExtension = 16;

std::uint8_t byte_at(std::string_view bytes, std::size_t i) {
  return static_cast<std::uint8_t>(bytes[i]);
}

// Takes fields off the front of a message. A field that does not fit makes it fail for good.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  std::string_view take(std::size_t count) {
    if (count > rest_.size()) {
      failed_ = true;
      rest_ = {};
      return {};
    }
    const std::string_view taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::size_t number(std::size_t bytes) {
    std::size_t value = 0;
    for (const char c : take(bytes)) {
      value = value << 8U | static_cast<std::uint8_t>(c);
    }
    return value;
  }
  // A field behind its length of `bytes` bytes.
  std::string_view vector(std::size_t bytes) { return take(number(bytes)); }

  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool at_end() const { return rest_.empty(); }
  // Everything was read, and nothing was missing.
  [[nodiscard]] bool is_done() const { return !failed_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool failed_ = false;
};

// The records in front of us: how many bytes of the handshake they carry, and whether they are
// possible at all.
struct Records {
  HelloProgress progress = HelloProgress::kMore;
  std::size_t message = 0;  // Bytes of the ClientHello with its header, once kWhole.
  bool in_one = false;      // It lies in one record, behind the record's header.
};

// The first bytes of the message decide early: what cannot become a hello is refused at once.
struct MessageStart {
  std::array<std::uint8_t, kMessageHeader> bytes{};
  std::size_t count = 0;

  void add(std::string_view payload) {
    for (std::size_t i = 0; i < payload.size() && count < bytes.size(); ++i) {
      bytes[count++] = byte_at(payload, i);
    }
  }
  [[nodiscard]] bool is_possible() const {
    return (count < 1 || bytes[0] == kClientHelloMessage) &&
           (count < kMessageHeader || size() <= kMaxClientHelloBytes);
  }
  [[nodiscard]] std::size_t size() const {
    return kMessageHeader + (std::size_t{bytes[1]} << 16U | std::size_t{bytes[2]} << 8U | bytes[3]);
  }
};

Records walk(std::string_view bytes) {
  MessageStart start;
  std::size_t payload_bytes = 0;
  for (std::size_t records = 0;; ++records) {
    if (guess_tls(bytes) == TlsGuess::kNo || records == kMaxClientHelloRecords) {
      return {HelloProgress::kInvalid};
    }
    if (bytes.size() < kRecordHeader) {
      return {};
    }
    const std::size_t length = std::size_t{byte_at(bytes, 3)} << 8U | byte_at(bytes, 4);
    if (length == 0 || length > kMaxRecord) {
      return {HelloProgress::kInvalid};
    }
    const std::string_view payload = bytes.substr(kRecordHeader, length);
    start.add(payload);
    payload_bytes += payload.size();
    if (!start.is_possible()) {
      return {HelloProgress::kInvalid};
    }
    if (start.count == kMessageHeader && payload_bytes >= start.size()) {
      return {HelloProgress::kWhole, start.size(), records == 0};
    }
    if (payload.size() < length) {
      return {};
    }
    bytes.remove_prefix(kRecordHeader + length);
  }
}

// The message without the records' headers; `joined` keeps it when it was cut.
std::string_view message_of(std::string_view bytes, const Records& records, std::string& joined) {
  if (records.in_one) {
    return bytes.substr(kRecordHeader, records.message);
  }
  while (joined.size() < records.message) {
    const std::size_t length = std::size_t{byte_at(bytes, 3)} << 8U | byte_at(bytes, 4);
    joined.append(bytes.substr(kRecordHeader, length));
    bytes.remove_prefix(std::min(bytes.size(), kRecordHeader + length));
  }
  return std::string_view(joined).substr(0, records.message);
}

// RFC 6066, section 3: a list of names of which only one kind exists.
bool read_server_name(std::string_view extension, ClientHello& hello) {
  Cursor outer(extension);
  Cursor list(outer.vector(2));
  const std::size_t kind = list.number(1);
  const std::string_view name = list.vector(2);
  if (!outer.is_done() || !list.is_done() || kind != 0 || !is_host_name(name)) {
    return false;
  }
  for (const char c : name) {
    hello.server_name += lower(c);
  }
  return true;
}

// RFC 7301, section 3.1.
bool read_alpn(std::string_view extension, ClientHello& hello) {
  constexpr std::size_t kMostProtocols = 64;
  Cursor outer(extension);
  Cursor list(outer.vector(2));
  while (!list.at_end() && hello.alpn.size() < kMostProtocols) {
    const std::string_view protocol = list.vector(1);
    if (protocol.empty()) {
      return false;
    }
    hello.alpn.emplace_back(protocol);
  }
  return outer.is_done() && list.is_done() && !hello.alpn.empty();
}

bool read_extensions(std::string_view bytes, ClientHello& hello) {
  Cursor list(bytes);
  bool has_name = false;
  bool has_alpn = false;
  while (!list.at_end()) {
    const std::size_t kind = list.number(2);
    const std::string_view extension = list.vector(2);
    if (list.failed()) {
      return false;
    }
    bool* seen = kind == kServerNameExtension ? &has_name
                 : kind == kAlpnExtension     ? &has_alpn
                                              : nullptr;
    if (seen == nullptr) {
      continue;
    }
    if (*seen) {
      return false;  // Two names would let us and the server behind us read different ones.
    }
    *seen = true;
    if (!(kind == kServerNameExtension ? read_server_name(extension, hello)
                                       : read_alpn(extension, hello))) {
      return false;
    }
  }
  return true;
}

// RFC 8446, section 4.1.2; the same in TLS 1.2.
bool read_message(std::string_view message, ClientHello& hello) {
  constexpr std::size_t kVersionAndRandom = 34;
  constexpr std::size_t kLongestSessionId = 32;
  Cursor cursor(message);
  cursor.take(kMessageHeader);
  cursor.take(kVersionAndRandom);
  const std::string_view session_id = cursor.vector(1);
  const std::string_view ciphers = cursor.vector(2);
  const std::string_view compressions = cursor.vector(1);
  if (cursor.failed() || session_id.size() > kLongestSessionId || ciphers.size() < 2 ||
      ciphers.size() % 2 != 0 || compressions.empty()) {
    return false;
  }
  if (cursor.at_end()) {
    return true;  // TLS 1.2 without extensions.
  }
  const std::string_view extensions = cursor.vector(2);
  return cursor.is_done() && read_extensions(extensions, hello);
}

}  // namespace

bool matches_name(std::string_view pattern, std::string_view name) {
  if (!pattern.starts_with("*.")) {
    return pattern == name;
  }
  pattern.remove_prefix(1);
  return name.size() > pattern.size() && name.ends_with(pattern);
}

bool is_host_name(std::string_view name) {
  constexpr std::size_t kLongest = 255;
  if (name.empty() || name.size() > kLongest) {
    return false;
  }
  for (const char c : name) {
    const char l = lower(c);
    if (!((l >= 'a' && l <= 'z') || (l >= '0' && l <= '9') || l == '-' || l == '.' || l == '_')) {
      return false;
    }
  }
  return true;
}

TlsGuess guess_tls(std::string_view first_bytes) {
  if ((!first_bytes.empty() && byte_at(first_bytes, 0) != kHandshakeRecord) ||
      (first_bytes.size() > 1 && byte_at(first_bytes, 1) != 3) ||
      (first_bytes.size() > 2 && byte_at(first_bytes, 2) > 4)) {
    return TlsGuess::kNo;
  }
  return first_bytes.size() < 3 ? TlsGuess::kMore : TlsGuess::kYes;
}

HelloProgress hello_progress(std::string_view bytes) { return walk(bytes).progress; }

ClientHello read_client_hello(std::string_view bytes) {
  const Records records = walk(bytes);
  ClientHello hello;
  switch (records.progress) {
    case HelloProgress::kMore:
      return hello;
    case HelloProgress::kInvalid:
      hello.valid = false;
      return hello;
    case HelloProgress::kWhole:
      break;
  }
  std::string joined;
  if (!read_message(message_of(bytes, records, joined), hello)) {
    return {.complete = false, .valid = false, .server_name = {}, .alpn = {}};
  }
  hello.complete = true;
  return hello;
}

}  // namespace shaketable::proxy::http
