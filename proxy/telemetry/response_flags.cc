#include "proxy/telemetry/response_flags.h"

#include <array>
#include <string_view>

namespace shaketable::proxy {

std::string response_flags_text(std::uint32_t flags) {
  static constexpr std::array<std::string_view, 15> kCodes = {
      "UH", "UF", "UO", "NR", "URX", "UT", "UC", "UR", "LR", "DI", "FI", "DC", "SI", "NC", "UPE"};
  std::string text;
  for (std::size_t bit = 0; bit < kCodes.size(); ++bit) {
    if ((flags >> bit & 1U) == 0) {
      continue;
    }
    if (!text.empty()) {
      text += ',';
    }
    text += kCodes[bit];
  }
  return text.empty() ? "-" : text;
}

}  // namespace shaketable::proxy
