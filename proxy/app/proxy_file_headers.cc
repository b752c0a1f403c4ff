#include <algorithm>
#include <string>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "engine/formats/reader.h"
#include "proxy/app/proxy_file_parts.h"
#include "proxy/app/proxy_spec.h"

// `request_headers:` and `response_headers:` of a route.
namespace shaketable::proxy::app {
namespace {

namespace code = engine::code;

constexpr std::size_t kMaxMutations = 100;

bool is_token(std::string_view text) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
           kOthers.find(c) != std::string_view::npos;
  });
}

/// Fields that frame a message or name its hop: to change them is to smuggle.
bool is_reserved(std::string_view name) {
  constexpr std::string_view kReserved[] = {
      "connection", "content-length",    "host",    "keep-alive", "proxy-connection",
      "te",         "transfer-encoding", "trailer", "upgrade",
  };
  return std::find(std::begin(kReserved), std::end(kReserved), name) != std::end(kReserved);
}

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

/// A name that may be changed, in lower case.
std::optional<std::string> read_header_name(const Node& node, FileContext& context) {
  if (!engine::read_name(&node, context.diagnostics)) {
    return std::nullopt;
  }
  std::string name = lower(node.text());
  if (!is_token(name)) {
    context.error(node, code::kBadHeader, engine::quoted(name) + " is no name of a header",
                  "letters, digits, - and _");
    return std::nullopt;
  }
  if (is_reserved(name)) {
    context.error(node, code::kBadHeader, engine::quoted(name) + " belongs to the proxy",
                  name == "host" ? "`rewrite: {authority: ...}`" : "another header");
    return std::nullopt;
  }
  return name;
}

std::optional<std::string> read_header_value(const Node& node, FileContext& context) {
  auto value = engine::read_string(&node, context.diagnostics, 8'192);
  if (!value) {
    return std::nullopt;
  }
  const bool bad = std::any_of(value->begin(), value->end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte < 0x20 && c != '\t') || byte == 0x7f;
  });
  if (bad) {
    context.error(node, code::kBadHeader, "a value of a header has no control characters",
                  "one line of text");
    return std::nullopt;
  }
  return value;
}

}  // namespace

std::vector<HeaderMutation> read_headers(const Node* node, FileContext& context) {
  std::vector<HeaderMutation> mutations;
  if (node == nullptr) {
    return mutations;
  }
  ObjectReader map(node, spec::kHeaders, context.diagnostics);
  const auto read_values = [&](const Node* values, HeaderMutation::Op op) {
    for (const engine::MapEntry& entry :
         engine::read_entries(values, context.diagnostics, "a map of headers")) {
      auto name = read_header_name(*entry.key, context);
      auto value = read_header_value(*entry.value, context);
      if (name && value) {
        mutations.push_back({op, *std::move(name), *std::move(value)});
      }
    }
  };
  read_values(map.get("set"), HeaderMutation::Op::kSet);
  read_values(map.get("add"), HeaderMutation::Op::kAdd);
  for (const Node* item :
       engine::read_sequence(map.get("remove"), context.diagnostics, "a list of headers")) {
    if (auto name = read_header_name(*item, context)) {
      mutations.push_back({HeaderMutation::Op::kRemove, *std::move(name), ""});
    }
  }
  map.finish();
  if (mutations.size() > kMaxMutations) {
    context.error(*node, code::kTooMany, "too many changes of headers", "at most 100");
  }
  return mutations;
}

}  // namespace shaketable::proxy::app
