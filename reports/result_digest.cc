#include "reports/result_digest.h"

#include "reports/sha256.h"

namespace shaketable::reports {
namespace {

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

std::string without_spaces(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  bool in_string = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string && c == '\\' && i + 1 < text.size()) {
      out += c;
      out += text[++i];
      continue;
    }
    in_string = c == '"' ? !in_string : in_string;
    if (in_string || !is_space(c)) {
      out += c;
    }
  }
  return out;
}

}  // namespace

std::string result_digest(std::string_view text) {
  return "sha256:" + lower_hex(sha256(without_spaces(text)));
}

}  // namespace shaketable::reports
