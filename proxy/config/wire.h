#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Numbers and strings as bytes: the letters of the archive and of journals. Every value has
/// exactly one form, so that equal bytes mean equal values and the other way round.
namespace shaketable::proxy {

/// Appends to a string. Integers take 7 bits a byte, the lowest first; the highest bit says that
/// more follow.
class ByteWriter {
 public:
  explicit ByteWriter(std::string& out) : out_(out) {}

  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void number(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<char>(value | 0x80U));
      value >>= 7U;
    }
    out_.push_back(static_cast<char>(value));
  }
  /// Small ones of either sign are short.
  void signed_number(std::int64_t value) {
    number(static_cast<std::uint64_t>(value) << 1U ^ static_cast<std::uint64_t>(value >> 63));
  }
  /// Eight bytes, the lowest first: for random bits.
  void fixed(std::uint64_t value) {
    for (unsigned shift = 0; shift < 64; shift += 8) {
      byte(static_cast<std::uint8_t>(value >> shift));
    }
  }
  void text(std::string_view value) {
    number(value.size());
    out_.append(value);
  }

 private:
  std::string& out_;
};

/// Reads what ByteWriter wrote, and nothing else. After the first mistake `ok()` is false for good
/// and every value is zero or empty; nothing is ever read beyond the end.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  [[nodiscard]] bool ok() const { return ok_; }
  [[nodiscard]] std::size_t remaining() const { return bytes_.size(); }
  /// All of it was read, and it was right.
  [[nodiscard]] bool is_complete() const { return ok_ && bytes_.empty(); }
  void refuse() {
    ok_ = false;
    bytes_ = {};
  }

  std::uint8_t byte() {
    if (bytes_.empty()) {
      refuse();
      return 0;
    }
    const auto value = static_cast<std::uint8_t>(bytes_.front());
    bytes_.remove_prefix(1);
    return value;
  }
  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      value |= std::uint64_t{next & 0x7fU} << shift;
      if (next < 0x80) {
        // Its own length and no other: no zeros on top, nothing beyond 64 bits.
        if ((next == 0 && shift > 0) || (shift == 63 && next > 1)) {
          break;
        }
        return ok_ ? value : 0;
      }
    }
    refuse();
    return 0;
  }
  /// A number of at most `limit`.
  std::uint64_t number_up_to(std::uint64_t limit) {
    const std::uint64_t value = number();
    if (value > limit) {
      refuse();
      return 0;
    }
    return value;
  }
  std::int64_t signed_number() {
    const std::uint64_t value = number();
    return static_cast<std::int64_t>(value >> 1U ^ (~(value & 1U) + 1U));
  }
  std::uint64_t fixed() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 8) {
      value |= std::uint64_t{byte()} << shift;
    }
    return ok_ ? value : 0;
  }
  /// Lives as long as the bytes that are read.
  std::string_view text(std::size_t limit) {
    const std::uint64_t size = number();
    if (size > limit || size > bytes_.size()) {
      refuse();
      return {};
    }
    const std::string_view value = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return value;
  }

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace shaketable::proxy
