#include "engine/formats/yaml_parser.h"

#include <algorithm>
#include <istream>
#include <streambuf>
#include <string>
#include <utility>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"

namespace shaketable::engine {
namespace {

using Place = DocumentBuilder::Place;

/// Lets yaml-cpp read a text in place.
class TextBuffer : public std::streambuf {
 public:
  explicit TextBuffer(std::string_view text) {
    // A get area is only read, but the interface of streambuf predates const.
    char* begin = const_cast<char*>(text.data());  // NOLINT(cppcoreguidelines-pro-type-const-cast)
    setg(begin, begin, begin + text.size());
  }
};

Place place_of(const YAML::Mark& mark) { return {mark.line + 1, mark.column + 1}; }

bool is_null_word(std::string_view text) {
  return text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL";
}

/// What yaml-cpp means, in words that help whoever wrote the file.
struct Explanation {
  std::string_view theirs;
  std::string_view message;
  std::string_view expected;
};

constexpr Explanation kExplanations[] = {
    {"illegal map value", "a ':' is not allowed here",
     "one `key: value` a line, its indentation as in the lines around it; quotes around a text "
     "that holds ': '"},
    {"illegal map key", "a '?' is not allowed here", "`key: value`"},
    {"illegal block entry", "a '-' is not allowed here",
     "each list item on a line of its own, indented like the others"},
    {"end of map not found", "this does not continue the map above it",
     "`key: value`, indented like the keys above"},
    {"end of sequence not found", "this does not continue the list above it",
     "`- item`, indented like the items above"},
    {"end of map flow not found", "this does not continue the {...} that it stands in",
     "',' or '}'"},
    {"end of sequence flow not found", "this does not continue the [...] that it stands in",
     "',' or ']'"},
    {"illegal flow end", "this closing bracket was never opened", ""},
    {"unknown token", "a value cannot begin with this character", "quotes around the value"},
    {"illegal tab when looking for indentation", "a tab is used as indentation", "spaces"},
    {"tag handle with no suffix", "this tag has no name", "no tag at all"},
};

/// Turns the events of yaml-cpp into those of the builder.
class EventAdapter : public YAML::EventHandler {
 public:
  EventAdapter(std::string_view text, const YamlOutline& outline, const LoadOptions& options,
               DocumentBuilder& builder)
      : text_(text), outline_(outline), options_(options), builder_(builder) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    (void)mark;
    starts_document_ = true;
  }

  void OnDocumentEnd() override { builder_.finish_document(); }

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    begin_node(mark, /*is_null=*/true);
    if (builder_.pending_key() != nullptr && lacks_colon(*builder_.pending_key())) {
      const Node& key = *builder_.pending_key();
      builder_.stop({key.line(), key.column()},
                    {.code = code::kSyntax,
                     .message = "the ':' after " + quoted(key.text()) + " is missing",
                     .expected = "`key: value`"});
    }
    builder_.add_null(place_of(mark), anchor);
    leave_if_stopped();
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    begin_node(mark);
    builder_.add_alias(place_of(mark), anchor);
    leave_if_stopped();
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    begin_node(mark);
    const Place place = place_of(mark);
    const std::string_view name = core_name(tag);
    if (tag == "!" || name == "str") {
      builder_.add_scalar(place, value, /*plain=*/false, anchor);
    } else if (name == "null" && is_null_word(value)) {
      builder_.add_null(place, anchor);
    } else {
      const bool fits =
          tag.empty() || tag == "?" || name == "int" || name == "float" || name == "bool";
      if (!fits) {
        keep_or_report_tag(place, tag);
      }
      builder_.add_scalar(place, value, /*plain=*/true, anchor);
    }
    leave_if_stopped();
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value style) override {
    (void)style;
    begin_node(mark);
    check_collection_tag(mark, tag, "seq");
    builder_.begin_sequence(place_of(mark), anchor);
    leave_if_stopped();
  }

  void OnSequenceEnd() override { builder_.end_sequence(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value style) override {
    (void)style;
    begin_node(mark);
    check_collection_tag(mark, tag, "map");
    builder_.begin_map(place_of(mark), anchor);
    leave_if_stopped();
  }

  void OnMapEnd() override { builder_.end_map(); }

 private:
  /// `str` of YAML's own `!!str`; empty for every other tag.
  static std::string_view core_name(std::string_view tag) {
    constexpr std::string_view kPrefix = "tag:yaml.org,2002:";
    return tag.starts_with(kPrefix) ? tag.substr(kPrefix.size()) : std::string_view();
  }

  void keep_or_report_tag(Place place, const std::string& tag) {
    if (options_.local_tags && tag.size() > 1 && tag.starts_with('!')) {
      builder_.tag_next(std::string_view(tag).substr(1));
      return;
    }
    builder_.report(place, {.code = code::kTag,
                            .message = "the tag " + quoted(tag) + " is not supported here",
                            .expected = "no tag, or one of !!str !!int !!float !!bool !!null "
                                        "!!map !!seq where it fits"});
  }

  void check_collection_tag(const YAML::Mark& mark, const std::string& tag, std::string_view name) {
    if (!tag.empty() && tag != "?" && tag != "!" && core_name(tag) != name) {
      keep_or_report_tag(place_of(mark), tag);
    }
  }

  // yaml-cpp begins a new document wherever the last one cannot go on, so `{a: 1} x` would be two.
  void begin_node(const YAML::Mark& mark, bool is_null = false) {
    if (!starts_document_) {
      return;
    }
    starts_document_ = false;
    const int line = mark.line + 1;
    if (mark.pos == last_root_offset_) {
      // yaml-cpp does not step over a token that no value begins with, and would go on forever.
      builder_.stop(place_of(mark), {.code = code::kSyntax,
                                     .message = "a value cannot begin here",
                                     .expected = "a map, a list or a scalar"});
      leave_if_stopped();
    }
    last_root_offset_ = mark.pos;
    if (!builder_.roots().empty()) {
      const auto marker = std::upper_bound(outline_.marker_lines.begin(),
                                           outline_.marker_lines.end(), last_root_line_);
      if (marker == outline_.marker_lines.end() || *marker > line) {
        builder_.stop(place_of(mark), {.code = code::kSyntax,
                                       .message = "there is more text after the end of the value",
                                       .expected = "the end of the document"});
      } else if (!options_.several_documents && has_content_ && !is_null) {
        builder_.stop(place_of(mark), {.code = code::kSeveralDocuments,
                                       .message = "a second document begins here",
                                       .expected = "one document in this file"});
      }
    }
    // An empty document carries the mark of the `---` that ends it.
    last_root_line_ = is_null ? line - 1 : line;
    has_content_ = has_content_ || !is_null;
    leave_if_stopped();
  }

  // For `key` without a colon, yaml-cpp invents a null value when nothing follows.
  bool lacks_colon(const Node& key) {
    while (line_ < key.line()) {
      const std::size_t end = text_.find('\n', line_start_);
      if (end == std::string_view::npos) {
        return false;
      }
      line_start_ = end + 1;
      ++line_;
    }
    if (line_ != key.line()) {
      return false;  // An alias, whose anchor stands further up.
    }
    const std::size_t start = line_start_ + static_cast<std::size_t>(key.column()) - 1;
    std::size_t at = start < text_.size() ? end_of_key(start, key) : start;
    if (at == start) {
      return false;
    }
    while (at < text_.size() && (text_[at] == ' ' || text_[at] == '\t')) {
      ++at;
    }
    return at >= text_.size() || text_[at] != ':';
  }

  /// Where the key that is written at `start` ends; `start` when it is not written there plainly.
  [[nodiscard]] std::size_t end_of_key(std::size_t start, const Node& key) const {
    if (key.is_plain()) {
      const bool is_here = text_.substr(start, key.text().size()) == key.text();
      return is_here ? start + key.text().size() : start;
    }
    const char quote = text_[start];
    if (quote != '"' && quote != '\'') {
      return start;  // Behind a tag, or a block scalar after `?`.
    }
    std::size_t at = start + 1;
    while (at < text_.size() && text_[at] != quote) {
      at += text_[at] == '\\' && quote == '"' ? 2 : 1;
    }
    // The two quotes of `'it''s'` end the search early, and what follows is no colon either.
    return at >= text_.size() || text_.substr(at, 2) == "''" ? start : at + 1;
  }

  // The parser of yaml-cpp can be left early in no other way; `parse_yaml` catches it.
  void leave_if_stopped() {
    if (builder_.stopped()) {
      throw YAML::ParserException(YAML::Mark::null_mark(), "stopped");
    }
  }

  std::string_view text_;
  const YamlOutline& outline_;
  const LoadOptions& options_;
  DocumentBuilder& builder_;
  bool starts_document_ = false;
  bool has_content_ = false;  ///< A document that is not empty has been seen.
  int last_root_offset_ = -1;
  int last_root_line_ = 0;
  int line_ = 1;  ///< Where `lacks_colon` has come to; keys are asked for in rising order.
  std::size_t line_start_ = 0;
};

void report_syntax(const YAML::Exception& error, DocumentBuilder& builder) {
  const Place place = error.mark.is_null() ? Place{} : place_of(error.mark);
  if (error.msg == "bad file") {  // Said by its guard of depth, which comes after ours.
    builder.stop(place, {.code = code::kTooDeep, .message = "nested too deep"});
    return;
  }
  if (error.msg.starts_with("the referenced anchor is not defined")) {
    builder.stop(place, {.code = code::kAlias,
                         .message = "this alias refers to an anchor that is not defined above it",
                         .expected = "an anchor (&name) before its aliases (*name)"});
    return;
  }
  for (const Explanation& explanation : kExplanations) {
    if (error.msg == explanation.theirs) {
      builder.stop(place, {.code = code::kSyntax,
                           .message = std::string(explanation.message),
                           .expected = std::string(explanation.expected)});
      return;
    }
  }
  builder.stop(place, {.code = code::kSyntax, .message = error.msg});
}

}  // namespace

void parse_yaml(std::string_view text, const YamlOutline& outline, const LoadOptions& options,
                DocumentBuilder& builder) {
  builder.enable_merge_keys();
  TextBuffer buffer(text);
  std::istream stream(&buffer);
  EventAdapter adapter(text, outline, options, builder);
  try {
    YAML::Parser parser(stream);
    while (!builder.stopped() && parser.HandleNextDocument(adapter)) {
    }
  } catch (const YAML::Exception& error) {
    report_syntax(error, builder);  // Silent when the builder has stopped already.
  } catch (const std::exception& error) {
    builder.stop(
        {}, {.code = code::kSyntax, .message = std::string("the parser gave up: ") + error.what()});
  }
}

}  // namespace shaketable::engine
