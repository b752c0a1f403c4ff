#include "reports/escape.h"

#include "reports/utf8.h"

namespace shaketable::reports {
namespace {

void append_utf8(std::string& out, char32_t c) {
  if (c < 0x80) {
    out += static_cast<char>(c);
  } else if (c < 0x800) {
    out += static_cast<char>(0xc0 | (c >> 6));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else if (c < 0x10000) {
    out += static_cast<char>(0xe0 | (c >> 12));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (c >> 18));
    out += static_cast<char>(0x80 | ((c >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((c >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (c & 0x3f));
  }
}

// What a reader would not see as itself in its place.
bool is_invisible(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || (c >= 0x200b && c <= 0x200f) ||
         (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) || c == 0x61c ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c & 0xfffe) == 0xfffe ||
         (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0xe0000 && c <= 0xe0fff);
}

std::string hexadecimal(char32_t value, std::size_t digits) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string text;
  while (value > 0 || text.size() < digits) {
    text.insert(text.begin(), kDigits[value & 0xf]);
    value >>= 4;
  }
  return text;
}

// `\u202e`, beyond the basic plane as the two halves that JSON wants.
void append_u_escape(std::string& out, char32_t c) {
  if (c >= 0x10000) {
    append_u_escape(out, 0xd800 + ((c - 0x10000) >> 10));
    append_u_escape(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
    return;
  }
  out += "\\u" + hexadecimal(c, 4);
}

bool append_short_escape(std::string& out, char32_t c) {
  switch (c) {
    case '\n':
      out += "\\n";
      return true;
    case '\r':
      out += "\\r";
      return true;
    case '\t':
      out += "\\t";
      return true;
    default:
      return false;
  }
}

void append_visible_escape(std::string& out, char32_t c) {
  if (!append_short_escape(out, c)) {
    append_u_escape(out, c);
  }
}

template <class Append>
std::string escaped(std::string_view text, Append&& append) {
  std::string out;
  out.reserve(text.size() + text.size() / 8);
  for (std::size_t offset = 0; offset < text.size();) {
    append(out, next_code_point(text, offset));
  }
  return out;
}

void append_markup(std::string& out, char32_t c) {
  switch (c) {
    case '&':
      out += "&amp;";
      return;
    case '<':
      out += "&lt;";
      return;
    case '>':
      out += "&gt;";
      return;
    case '"':
      out += "&quot;";
      return;
    case '\'':
      out += "&#39;";
      return;
    default:
      append_utf8(out, c);
  }
}

bool is_wide(char32_t c) {
  return (c >= 0x1100 && c <= 0x115f) || (c >= 0x2e80 && c <= 0xa4cf) ||
         (c >= 0xac00 && c <= 0xd7a3) || (c >= 0xf900 && c <= 0xfaff) ||
         (c >= 0xfe30 && c <= 0xfe6f) || (c >= 0xff00 && c <= 0xff60) ||
         (c >= 0x1f300 && c <= 0x1faff) || (c >= 0x20000 && c <= 0x3fffd);
}

std::size_t width_of(char32_t c) {
  const bool combining = (c >= 0x300 && c <= 0x36f) || (c >= 0xfe00 && c <= 0xfe0f);
  return combining ? 0 : (is_wide(c) ? 2 : 1);
}

}  // namespace

std::string for_terminal(std::string_view text) {
  return escaped(text, [](std::string& out, char32_t c) {
    if (!is_invisible(c)) {
      append_utf8(out, c);
    } else if (!append_short_escape(out, c)) {
      out += c < 0x80 ? "\\x" + hexadecimal(c, 2) : "\\u{" + hexadecimal(c, 4) + "}";
    }
  });
}

std::string for_html(std::string_view text) {
  return escaped(text, [](std::string& out, char32_t c) {
    if (c == '\n' || c == '\t' || !is_invisible(c)) {
      append_markup(out, c);  // White space is harmless here.
    } else {
      append_visible_escape(out, c);
    }
  });
}

std::string for_xml(std::string_view text) {
  return escaped(text, [](std::string& out, char32_t c) {
    if (is_invisible(c)) {
      append_visible_escape(out, c);
    } else {
      append_markup(out, c);
    }
  });
}

std::string for_json(std::string_view text) {
  return escaped(text, [](std::string& out, char32_t c) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += static_cast<char>(c);
    } else if (c == '<' || is_invisible(c)) {
      append_visible_escape(out, c);
    } else {
      append_utf8(out, c);
    }
  });
}

std::string for_markdown(std::string_view text) {
  // Signs that matter only at the start of a line are left alone: names never stand there.
  constexpr std::string_view kSigns = "\\`*[]|~";
  const auto is_word = [&text](std::size_t at) {
    const auto c = at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
  };
  std::string out;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t start = offset;
    const char32_t c = next_code_point(text, offset);
    const bool inside_word = start > 0 && is_word(start - 1) && is_word(offset);
    if (c == '<' || c == '&') {
      append_markup(out, c);
    } else if (c == '@' || (c == ':' && text.substr(offset, 2) == "//") ||
               (c == '.' && start >= 3 && text.substr(start - 3, 3) == "www")) {
      out += "&#" + std::to_string(static_cast<int>(c)) + ';';  // No mention, no link by itself.
    } else if (is_invisible(c)) {
      out += '\\';  // The escape's own backslash must survive, too.
      append_visible_escape(out, c);
    } else if (c < 0x80 && (kSigns.find(static_cast<char>(c)) != std::string_view::npos ||
                            (c == '_' && !inside_word))) {
      out += '\\';
      out += static_cast<char>(c);
    } else {
      append_utf8(out, c);
    }
  }
  return out;
}

std::size_t display_width(std::string_view text) {
  std::size_t columns = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    columns += width_of(next_code_point(text, offset));
  }
  return columns;
}

std::string shortened(std::string_view text, std::size_t columns) {
  if (text.size() <= columns || display_width(text) <= columns) {
    return std::string(text);
  }
  constexpr std::string_view kMore = "...";
  const std::size_t room = columns > kMore.size() ? columns - kMore.size() : 0;
  std::size_t used = 0;
  std::size_t end = 0;
  for (std::size_t offset = 0; offset < text.size();) {
    const std::size_t width = width_of(next_code_point(text, offset));
    if (used + width > room) {
      break;
    }
    used += width;
    end = offset;
  }
  return std::string(text.substr(0, end)) + std::string(kMore.substr(0, columns));
}

}  // namespace shaketable::reports
