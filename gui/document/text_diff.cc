#include "gui/document/text_diff.h"

#include <algorithm>
#include <cstddef>

namespace shaketable::gui {
namespace {

constexpr std::size_t kMostLines = 2'000;

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return lines;
}

/// The lines of both texts in one order: a script that leads from one to the other.
class Script {
 public:
  Script(std::string_view before, std::string_view after)
      : before_(lines_of(before)), after_(lines_of(after)) {}

  std::vector<DiffLine> lines() {
    const std::size_t shorter = std::min(before_.size(), after_.size());
    std::size_t head = 0;
    while (head < shorter && before_[head] == after_[head]) {
      ++head;
    }
    std::size_t tail = 0;
    while (tail < shorter - head &&
           before_[before_.size() - 1 - tail] == after_[after_.size() - 1 - tail]) {
      ++tail;
    }
    for (std::size_t i = 0; i < head; ++i) {
      same(i, i);
    }
    middle(head, before_.size() - tail, after_.size() - tail);
    for (std::size_t i = tail; i > 0; --i) {
      same(before_.size() - i, after_.size() - i);
    }
    return std::move(lines_);
  }

 private:
  void same(std::size_t i, std::size_t j) {
    lines_.push_back({DiffLine::Kind::kSame, std::string(before_[i]), static_cast<int>(i) + 1,
                      static_cast<int>(j) + 1});
  }
  void removed(std::size_t i) {
    lines_.push_back(
        {DiffLine::Kind::kRemoved, std::string(before_[i]), static_cast<int>(i) + 1, 0});
  }
  void added(std::size_t j) {
    lines_.push_back({DiffLine::Kind::kAdded, std::string(after_[j]), 0, static_cast<int>(j) + 1});
  }

  // The longest lines in common of what differs.
  void middle(std::size_t from, std::size_t to_before, std::size_t to_after) {
    const std::size_t rows = to_before - from, columns = to_after - from;
    if (rows > kMostLines || columns > kMostLines) {
      for (std::size_t i = from; i < to_before; ++i) {
        removed(i);
      }
      for (std::size_t j = from; j < to_after; ++j) {
        added(j);
      }
      return;
    }
    std::vector<std::uint16_t> common((rows + 1) * (columns + 1), 0);
    const auto at = [&](std::size_t i, std::size_t j) -> std::uint16_t& {
      return common[i * (columns + 1) + j];
    };
    for (std::size_t i = rows; i-- > 0;) {
      for (std::size_t j = columns; j-- > 0;) {
        at(i, j) = before_[from + i] == after_[from + j]
                       ? static_cast<std::uint16_t>(at(i + 1, j + 1) + 1)
                       : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
    std::size_t i = 0, j = 0;
    while (i < rows || j < columns) {
      if (i < rows && j < columns && before_[from + i] == after_[from + j]) {
        same(from + i++, from + j++);
      } else if (i < rows && (j == columns || at(i + 1, j) >= at(i, j + 1))) {
        removed(from + i++);
      } else {
        added(from + j++);
      }
    }
  }

  std::vector<std::string_view> before_, after_;
  std::vector<DiffLine> lines_;
};

}  // namespace

std::vector<DiffLine> diff_lines(std::string_view before, std::string_view after,
                                 std::size_t context) {
  if (before == after) {
    return {};
  }
  std::vector<DiffLine> all = Script(before, after).lines();
  std::vector<bool> is_near(all.size(), false);
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (all[i].kind != DiffLine::Kind::kSame) {
      const std::size_t end = std::min(all.size(), i + context + 1);
      std::fill(is_near.begin() + static_cast<std::ptrdiff_t>(i - std::min(i, context)),
                is_near.begin() + static_cast<std::ptrdiff_t>(end), true);
    }
  }
  std::vector<DiffLine> shown;
  for (std::size_t i = 0; i < all.size(); ++i) {
    if (is_near[i]) {
      shown.push_back(std::move(all[i]));
    } else if (shown.empty() || shown.back().kind != DiffLine::Kind::kGap) {
      shown.push_back({DiffLine::Kind::kGap, {}, 0, 0});
    }
  }
  return shown;
}

}  // namespace shaketable::gui
