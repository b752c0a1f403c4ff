#include "engine/formats/nearest_name.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace shaketable::engine {
namespace {

constexpr std::size_t kLongestName = 64;

/// Lower case, without the marks by which the same words are joined in different dialects.
std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == '-' || c == '_' || c == ' ' || c == '.') {
      continue;
    }
    out.push_back(c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c);
  }
  return out;
}

/// Distance by insertions, deletions, replacements and swaps of neighbours ("optimal string
/// alignment"). Both words have at most kLongestName bytes.
std::size_t distance(std::string_view a, std::string_view b) {
  using Row = std::array<std::size_t, kLongestName + 1>;
  Row before_last{};
  Row last{};
  Row current{};
  for (std::size_t j = 0; j <= b.size(); ++j) {
    last[j] = j;
  }
  for (std::size_t i = 1; i <= a.size(); ++i) {
    current[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t replace = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      current[j] = std::min({replace, last[j] + 1, current[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        current[j] = std::min(current[j], before_last[j - 2] + 1);
      }
    }
    before_last = last;
    last = current;
  }
  return last[b.size()];
}

}  // namespace

std::string nearest_name(std::string_view word, std::span<const std::string_view> candidates) {
  if (word.empty() || word.size() > kLongestName) {
    return "";
  }
  const std::string wanted = folded(word);
  const std::size_t cut_off = std::min<std::size_t>(3, std::max<std::size_t>(1, word.size() / 3));
  std::size_t best_distance = cut_off + 1;
  std::string_view best;
  for (const std::string_view candidate : candidates) {
    if (candidate.size() > kLongestName || candidate == word) {
      continue;
    }
    const std::string name = folded(candidate);
    const std::size_t longer = std::max(name.size(), wanted.size());
    const std::size_t shorter = std::min(name.size(), wanted.size());
    // A distance as long as the word would turn anything into anything.
    if (longer - shorter >= best_distance || shorter == 0) {
      continue;
    }
    const std::size_t d = distance(wanted, name);
    if (d < best_distance && d < longer) {
      best_distance = d;
      best = candidate;
    }
  }
  return std::string(best);
}

}  // namespace shaketable::engine
