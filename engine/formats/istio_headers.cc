#include <cctype>
#include <string>
#include <utility>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

using proxy::HeaderMutation;

enum class ValueForm { kLiteral, kVariables, kBroken };

bool is_word(char c) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
}

// Skips `NAME`, `NAME(arguments)` or `NAME:10` behind a '%'; the end is the closing '%', or npos.
std::size_t end_of_variable(std::string_view text, std::size_t at) {
  const std::size_t start = at;
  while (at < text.size() && is_word(text[at])) {
    ++at;
  }
  if (at == start || at >= text.size()) {
    return std::string_view::npos;
  }
  if (text[at] == '(') {
    at = text.find(')', at);
    if (at == std::string_view::npos) {
      return at;
    }
    ++at;
  }
  if (at < text.size() && text[at] == ':') {
    do {
      ++at;
    } while (at < text.size() && text[at] >= '0' && text[at] <= '9');
  }
  return at < text.size() && text[at] == '%' ? at : std::string_view::npos;
}

// Envoy's format strings: `%%` is a percent sign, `%NAME%` a variable. Unescapes the former.
ValueForm unescape(std::string& text) {
  std::string result;
  ValueForm form = ValueForm::kLiteral;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result += text[i];
    if (text[i] != '%') {
      continue;
    }
    if (i + 1 < text.size() && text[i + 1] == '%') {
      ++i;
      continue;
    }
    const std::size_t end = end_of_variable(text, i + 1);
    if (end == std::string_view::npos) {
      return ValueForm::kBroken;
    }
    result.append(text, i + 1, end - i);
    form = ValueForm::kVariables;
    i = end;
  }
  text = std::move(result);
  return form;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  }
  return result;
}

// One direction of `headers`: the mutations go to `target`, an authority to `authority` (or, in a
// response, nowhere: there is none).
class DirectionReader {
 public:
  DirectionReader(std::vector<HeaderMutation>& target, std::string* authority,
                  Diagnostics& diagnostics)
      : target_(target), authority_(authority), diagnostics_(diagnostics) {}

  void read(const Node* node, const std::string& path) {
    FieldReader fields(node, path, diagnostics_);
    read_values(fields, "set", HeaderMutation::Op::kSet);
    read_values(fields, "add", HeaderMutation::Op::kAdd);
    for (const Host& name : read_texts(fields.take("remove"), diagnostics_, "a list of names")) {
      if (name.text.empty()) {
        fields.reject("remove", fields.path("remove") + " holds an empty name");
      } else {
        target_.push_back({HeaderMutation::Op::kRemove, lower(name.text), {}});
      }
    }
    fields.finish();
  }

 private:
  void read_values(FieldReader& fields, std::string_view field, HeaderMutation::Op op) {
    const Node* node = fields.take(field);
    if (node == nullptr) {
      return;
    }
    for (const MapEntry& entry : read_entries(node, diagnostics_, "a map of headers")) {
      std::optional<std::string> value = read_string(entry.value, diagnostics_);
      if (value) {
        add(*entry.key, std::move(*value), op, fields.path(field));
      }
    }
  }

  void add(const Node& key, std::string value, HeaderMutation::Op op, const std::string& path) {
    std::string name = lower(key.text());
    const std::string place = path + "." + printable(key.text());
    if (name.empty()) {
      say(key, Severity::kError, code::kIstioRejected,
          "Istio refuses this: " + path + " names an empty header", {}, diagnostics_);
      return;
    }
    switch (unescape(value)) {
      case ValueForm::kLiteral:
        break;
      case ValueForm::kVariables:
        say(key, Severity::kWarning, code::kIstioNotModelled,
            place + " holds variables of Envoy, which stay as they are written", {}, diagnostics_);
        break;
      case ValueForm::kBroken:
        say(key, Severity::kError, code::kIstioRejected,
            "Istio refuses this: a single % in " + place, "write %% for a percent sign",
            diagnostics_);
        return;
    }
    if (name == ":authority" || name == "host") {
      set_authority(key, std::move(value), place);
    } else if (name.front() == ':') {
      say(key, Severity::kError, code::kIstioRejected,
          "Istio refuses this: " + place + " is not a header but a part of the request", {},
          diagnostics_);
    } else {
      target_.push_back({op, std::move(name), std::move(value)});
    }
  }

  void set_authority(const Node& key, std::string value, const std::string& place) {
    if (authority_ == nullptr) {
      say(key, Severity::kError, code::kIstioRejected,
          "Istio refuses this: " + place + ": a response has no authority", {}, diagnostics_);
    } else if (!authority_->empty()) {
      say(key, Severity::kError, code::kIstioRejected,
          "Istio refuses this: " + place + " sets the authority a second time", {}, diagnostics_);
    } else {
      *authority_ = std::move(value);
    }
  }

  std::vector<HeaderMutation>& target_;
  std::string* authority_;
  Diagnostics& diagnostics_;
};

}  // namespace

HeaderRules read_headers(const Node* node, const std::string& path, Diagnostics& diagnostics) {
  HeaderRules rules;
  FieldReader fields(node, path, diagnostics);
  DirectionReader request(rules.request, &rules.authority, diagnostics);
  request.read(fields.take("request"), fields.path("request"));
  DirectionReader response(rules.response, nullptr, diagnostics);
  response.read(fields.take("response"), fields.path("response"));
  fields.finish();
  return rules;
}

}  // namespace shaketable::engine::istio
