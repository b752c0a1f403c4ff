#include "gui/find/find_lexer.h"

namespace shaketable::gui {

bool FindLexer::read(FindToken& token, FindMistake& mistake) {
  while (at_ < text_.size() && is_space(text_[at_])) {
    ++at_;
  }
  token = FindToken();
  token.at = at_;
  if (at_ == text_.size()) {
    return true;
  }
  const char first = text_[at_];
  if (first == '(' || first == ')' || first == ',') {
    ++at_;
    token.kind = first == '('   ? FindToken::Kind::kOpen
                 : first == ')' ? FindToken::Kind::kClose
                                : FindToken::Kind::kComma;
    token.text = first;
    return true;
  }
  if (first == '"' || first == '\'') {
    const std::size_t end = text_.find(first, at_ + 1);
    if (end == std::string_view::npos) {
      mistake = {at_, "a quote that does not end", std::string(1, first)};
      return false;
    }
    token.kind = FindToken::Kind::kQuoted;
    token.text = std::string(text_.substr(at_ + 1, end - at_ - 1));
    at_ = end + 1;
    return true;
  }
  const bool is_operator = is_operator_letter(first);
  const std::size_t begin = at_;
  while (at_ < text_.size() && !is_space(text_[at_]) && !is_stop(text_[at_]) &&
         is_operator_letter(text_[at_]) == is_operator) {
    ++at_;
  }
  token.kind = is_operator ? FindToken::Kind::kOperator : FindToken::Kind::kWord;
  token.text = std::string(text_.substr(begin, at_ - begin));
  return true;
}

}  // namespace shaketable::gui
