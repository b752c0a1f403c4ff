#include "loadgen/journey/escape.h"

#include <cstdint>

namespace shaketable::loadgen {
namespace {

constexpr char kHexDigits[] = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '.' || c == '_' || c == '~';
}

void append_json(char c, std::string& out) {
  const auto byte = static_cast<unsigned char>(c);
  if (c == '"' || c == '\\') {
    out += '\\';
    out += c;
  } else if (byte < 0x20) {
    out += "\\u00";
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
  } else {
    out += c;
  }
}

void append_url(char c, std::string& out) {
  const auto byte = static_cast<unsigned char>(c);
  if (is_unreserved(c)) {
    out += c;
  } else {
    out += '%';
    out += kHexDigits[byte >> 4U];
    out += kHexDigits[byte & 15U];
  }
}

}  // namespace

void append_escaped(std::string_view value, Escape escape, std::string& out) {
  switch (escape) {
    case Escape::kNone:
      out += value;
      return;
    case Escape::kJson:
      for (const char c : value) {
        append_json(c, out);
      }
      return;
    case Escape::kUrl:
      for (const char c : value) {
        append_url(c, out);
      }
      return;
    case Escape::kHeader:
      for (const char c : value) {
        const auto byte = static_cast<unsigned char>(c);
        out += byte < 0x20 || byte == 0x7f ? ' ' : c;
      }
      return;
  }
}

void render_escaped(const TextTemplate& text, std::span<const std::string> values, Escape escape,
                    std::string& out) {
  for (const TextTemplate::Piece& piece : text.pieces()) {
    out += piece.literal;
    if (piece.variable < values.size()) {
      append_escaped(values[piece.variable], escape, out);
    }
  }
}

}  // namespace shaketable::loadgen
