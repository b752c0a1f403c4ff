#include "loadgen/journey/wire.h"

namespace shaketable::loadgen {

bool WireReader::take_varint(std::string_view& bytes, std::uint64_t& value) {
  value = 0;
  for (unsigned shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    value |= static_cast<std::uint64_t>(byte & 0x7fU) << shift;
    if (byte < 0x80) {
      return true;
    }
  }
  return false;
}

bool WireReader::take_fixed(std::string_view& bytes, std::size_t size, std::uint64_t& value) {
  if (bytes.size() < size) {
    return false;
  }
  value = 0;
  for (std::size_t i = 0; i < size; ++i) {
    value |= static_cast<std::uint64_t>(static_cast<unsigned char>(bytes[i])) << (8 * i);
  }
  bytes.remove_prefix(size);
  return true;
}

bool WireReader::next() {
  std::uint64_t tag = 0;
  if (bytes_.empty()) {
    return false;
  }
  if (!take_varint(bytes_, tag) || tag >> 3U == 0 || tag >> 32U != 0) {
    return fail();
  }
  number_ = static_cast<std::uint32_t>(tag >> 3U);
  switch (tag & 7U) {
    case 0:
      type_ = Type::kVarint;
      return take_varint(bytes_, value_) || fail();
    case 1:
      type_ = Type::kFixed64;
      return take_fixed(bytes_, 8, value_) || fail();
    case 2: {
      type_ = Type::kBytes;
      std::uint64_t size = 0;
      if (!take_varint(bytes_, size) || size > bytes_.size()) {
        return fail();
      }
      content_ = bytes_.substr(0, size);
      bytes_.remove_prefix(size);
      return true;
    }
    case 5:
      type_ = Type::kFixed32;
      return take_fixed(bytes_, 4, value_) || fail();
    default:
      return fail();  // groups, which nobody writes any more
  }
}

void append_varint(std::uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out += static_cast<char>(value | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void append_tag(std::uint32_t number, WireReader::Type type, std::string& out) {
  append_varint(static_cast<std::uint64_t>(number) << 3U | static_cast<std::uint64_t>(type), out);
}

void append_fixed(std::uint64_t value, std::size_t size, std::string& out) {
  for (std::size_t i = 0; i < size; ++i) {
    out += static_cast<char>(value >> (8 * i));
  }
}

void append_bytes(std::uint32_t number, std::string_view bytes, std::string& out) {
  append_tag(number, WireReader::Type::kBytes, out);
  append_varint(bytes.size(), out);
  out += bytes;
}

}  // namespace shaketable::loadgen
