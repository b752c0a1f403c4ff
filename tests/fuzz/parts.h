#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace shaketable {

/// The parts of a fuzzer's input, with a zero byte between them; the last one takes what is left.
inline std::vector<std::string> parts_of(std::string_view input, std::size_t most) {
  std::vector<std::string> parts;
  while (parts.size() + 1 < most) {
    const std::size_t zero = input.find('\0');
    if (zero == std::string_view::npos) {
      break;
    }
    parts.emplace_back(input.substr(0, zero));
    input.remove_prefix(zero + 1);
  }
  parts.emplace_back(input);
  return parts;
}

}  // namespace shaketable
