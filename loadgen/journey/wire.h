#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace shaketable::loadgen {

/// Fields of a protobuf message, one after the other. After the first mistake there are no more,
/// and `is_ok` is false.
class WireReader {
 public:
  enum class Type : std::uint8_t { kVarint = 0, kFixed64 = 1, kBytes = 2, kFixed32 = 5 };

  explicit WireReader(std::string_view bytes) : bytes_(bytes) {}

  /// Goes to the next field; false at the end and after a mistake.
  bool next();
  [[nodiscard]] std::uint32_t number() const { return number_; }
  [[nodiscard]] Type type() const { return type_; }
  /// Of kVarint, kFixed64 and kFixed32.
  [[nodiscard]] std::uint64_t value() const { return value_; }
  /// Of kBytes.
  [[nodiscard]] std::string_view bytes() const { return content_; }
  [[nodiscard]] bool is_ok() const { return is_ok_; }

  /// One varint off the front of `bytes`; false if there is none.
  static bool take_varint(std::string_view& bytes, std::uint64_t& value);
  /// A little-endian number of `size` bytes off the front; false if there are fewer.
  static bool take_fixed(std::string_view& bytes, std::size_t size, std::uint64_t& value);

 private:
  bool fail() {
    is_ok_ = false;
    bytes_ = {};
    return false;
  }

  std::string_view bytes_;
  std::string_view content_;
  std::uint64_t value_ = 0;
  std::uint32_t number_ = 0;
  Type type_ = Type::kVarint;
  bool is_ok_ = true;
};

void append_varint(std::uint64_t value, std::string& out);
void append_tag(std::uint32_t number, WireReader::Type type, std::string& out);
void append_fixed(std::uint64_t value, std::size_t size, std::string& out);
/// A field of kBytes.
void append_bytes(std::uint32_t number, std::string_view bytes, std::string& out);

}  // namespace shaketable::loadgen
