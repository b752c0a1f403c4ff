#include <algorithm>
#include <array>
#include <cctype>
#include <string>
#include <utility>

#include <re2/re2.h>

#include "engine/formats/istio_codes.h"
#include "engine/formats/istio_readers.h"
#include "engine/formats/printable.h"

namespace shaketable::engine::istio {
namespace {

using proxy::PathMatch;
using proxy::StringMatch;

constexpr std::string_view kClaims = "@request.auth.claims";
// Names that stand for parts of the request; Istio ignores them among the headers.
constexpr std::array<std::string_view, 4> kPseudoHeaders = {"uri", "scheme", "method", "authority"};

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return result;
}

void read_uri(FieldReader& fields, bool ignore_case, Match& match) {
  const std::string path = fields.path("uri");
  const Node* node = fields.take("uri");
  const std::optional<StringMatch> uri = read_string_match(node, path, fields.diagnostics());
  if (!uri || uri->kind == StringMatch::Kind::kPresent) {
    return;
  }
  PathMatch& target = match.match.path;
  target.text = uri->text;
  switch (uri->kind) {
    case StringMatch::Kind::kExact:
      target.kind = PathMatch::Kind::kExact;
      break;
    case StringMatch::Kind::kPrefix:
      target.kind = PathMatch::Kind::kPrefix;
      break;
    case StringMatch::Kind::kRegex:
      target.kind = PathMatch::Kind::kRegex;
      break;
    case StringMatch::Kind::kSuffix:
    case StringMatch::Kind::kContains:
    case StringMatch::Kind::kPresent:
      break;  // No StringMatch of Istio's is one of these.
  }
  target.ignore_case = ignore_case && target.kind != PathMatch::Kind::kRegex;
}

void read_pseudo_header(FieldReader& fields, std::string_view field, Match& match) {
  const Node* node = fields.take(field);
  if (node == nullptr) {
    return;
  }
  if (std::optional<StringMatch> value =
          read_string_match(node, fields.path(field), fields.diagnostics())) {
    match.match.headers.push_back({":" + std::string(field), std::move(*value), false});
  }
}

// True for a pattern that an empty value fulfils.
bool matches_empty(const StringMatch& value) {
  switch (value.kind) {
    case StringMatch::Kind::kRegex:
      return re2::RE2::FullMatch("", re2::RE2(value.text, re2::RE2::Quiet));
    case StringMatch::Kind::kPresent:
      return false;
    case StringMatch::Kind::kExact:
    case StringMatch::Kind::kPrefix:
    case StringMatch::Kind::kSuffix:
    case StringMatch::Kind::kContains:
      return value.text.empty();
  }
  return false;
}

// A claim of a token that no request of ours carries: the match cannot come true.
bool is_claim(const MapEntry& entry, const std::string& path, const RouteContext& context,
              Match& match, Diagnostics& diagnostics) {
  if (!entry.key->text().starts_with(kClaims)) {
    return false;
  }
  if (context.mesh) {
    say(*entry.key, Severity::kError, code::kIstioRejected,
        "Istio refuses this: claims of a JWT can only be matched at a gateway, and this "
        "VirtualService applies to sidecars",
        {}, diagnostics);
  }
  say(*entry.key, Severity::kWarning, code::kIstioNotModelled,
      path + " is not modelled: requests carry no JWT, so this match never comes true", {},
      diagnostics);
  match.never = true;
  return true;
}

void read_header_map(FieldReader& fields, std::string_view field, bool invert,
                     const RouteContext& context, Match& match) {
  Diagnostics& diagnostics = fields.diagnostics();
  const Node* node = fields.take(field);
  if (node == nullptr) {
    return;
  }
  for (const MapEntry& entry : read_entries(node, diagnostics, "a map of headers")) {
    const std::string path = fields.path(field) + "." + printable(entry.key->text());
    if (entry.key->text().empty()) {
      say(*entry.key, Severity::kError, code::kIstioRejected,
          "Istio refuses this: the name of a header is empty", {}, diagnostics);
      continue;
    }
    if (is_claim(entry, path, context, match, diagnostics)) {
      continue;
    }
    std::string name = lower(entry.key->text());
    if (std::find(kPseudoHeaders.begin(), kPseudoHeaders.end(), name) != kPseudoHeaders.end()) {
      say(*entry.key, Severity::kWarning, code::kIstioNoEffect,
          "Istio ignores " + path + ": " + name + " is a part of the request, not a header",
          "match " + name + " beside headers", diagnostics);
      continue;
    }
    if (entry.value->is_null()) {
      say(*entry.key, Severity::kError, code::kIstioRejected,
          "Istio refuses this: " + path + " is null", "write {} for \"the header is there\"",
          diagnostics);
      continue;
    }
    if (std::optional<StringMatch> value = read_string_match(entry.value, path, diagnostics)) {
      if (invert && matches_empty(*value)) {
        // Istio takes a missing header for an empty one, which this pattern matches too.
        match.match.headers.push_back({name, StringMatch{}, false});
      }
      match.match.headers.push_back({std::move(name), std::move(*value), invert});
    }
  }
}

void read_query(FieldReader& fields, Match& match) {
  const Node* node = fields.take("queryParams");
  if (node == nullptr) {
    return;
  }
  for (const MapEntry& entry :
       read_entries(node, fields.diagnostics(), "a map of query parameters")) {
    const std::string path = fields.path("queryParams") + "." + printable(entry.key->text());
    std::optional<StringMatch> value =
        entry.value->is_null() ? StringMatch{}
                               : read_string_match(entry.value, path, fields.diagnostics());
    if (value) {
      match.match.query.push_back({std::string(entry.key->text()), std::move(*value)});
    }
  }
}

}  // namespace

bool check_regex(const Node& node, std::string_view pattern, const std::string& path,
                 Diagnostics& diagnostics) {
  re2::RE2::Options options(re2::RE2::Quiet);
  const re2::RE2 regex(re2::StringPiece(pattern.data(), pattern.size()), options);
  if (regex.ok()) {
    return true;
  }
  say(node, Severity::kError, code::kIstioRejected,
      "Istio refuses this: " + path +
          " is no regular expression of RE2: " + printable(regex.error(), 200),
      "RE2 has no look-ahead, look-behind and back-references", diagnostics);
  return false;
}

std::optional<StringMatch> read_string_match(const Node* node, const std::string& path,
                                             Diagnostics& diagnostics) {
  if (node == nullptr) {
    return std::nullopt;
  }
  FieldReader fields(node, path, diagnostics);
  const Node* exact = fields.take("exact");
  const Node* prefix = fields.take("prefix");
  const Node* regex = fields.take("regex");
  fields.finish();
  if (fields.node() == nullptr) {
    return std::nullopt;
  }
  if ((exact != nullptr) + (prefix != nullptr) + (regex != nullptr) > 1) {
    fields.reject({}, path + " may have one of exact, prefix and regex");
    return std::nullopt;
  }
  const Node* chosen = exact != nullptr ? exact : prefix != nullptr ? prefix : regex;
  if (chosen == nullptr) {
    return StringMatch{};
  }
  std::optional<std::string> text = read_string(chosen, diagnostics);
  if (!text) {
    return std::nullopt;
  }
  if (text->empty() && chosen != exact) {
    fields.reject(chosen == prefix ? "prefix" : "regex", path + " matches an empty text");
    return std::nullopt;
  }
  if (chosen == exact) {
    return StringMatch{StringMatch::Kind::kExact, std::move(*text), false};
  }
  if (chosen == prefix) {
    return StringMatch{StringMatch::Kind::kPrefix, std::move(*text), false};
  }
  // "*" is no expression of RE2's, but Istio reads it as "any value".
  if (*text == "*") {
    return StringMatch{};
  }
  if (!check_regex(*chosen, *text, path + ".regex", diagnostics)) {
    return std::nullopt;
  }
  return StringMatch{StringMatch::Kind::kRegex, std::move(*text), false};
}

Match read_match(const Node& node, const std::string& path, const RouteContext& context,
                 Diagnostics& diagnostics) {
  Match match;
  match.mark = mark_of(node);
  FieldReader fields(&node, path, diagnostics);
  const bool ignore_case = read_bool(fields.take("ignoreUriCase"), diagnostics).value_or(false);
  read_uri(fields, ignore_case, match);
  for (const std::string_view field : {"scheme", "method", "authority"}) {
    read_pseudo_header(fields, field, match);
  }
  read_header_map(fields, "headers", false, context, match);
  read_header_map(fields, "withoutHeaders", true, context, match);
  read_query(fields, match);
  match.port = read_uint32(fields.take("port"), diagnostics, 65'535).value_or(0);
  for (Host& gateway : read_texts(fields.take("gateways"), diagnostics, "a list of gateways")) {
    match.gateways.push_back(std::move(gateway.text));
  }
  match.source_labels = read_labels(fields.take("sourceLabels"), diagnostics);
  match.source_namespace = read_string(fields.take("sourceNamespace"), diagnostics).value_or("");
  if (!match.gateways.empty() &&
      (!match.source_labels.empty() || !match.source_namespace.empty())) {
    fields.warn(fields.has("sourceLabels") ? "sourceLabels" : "sourceNamespace",
                code::kIstioNoEffect,
                "Istio does not look at " + path + ".sourceLabels and sourceNamespace because " +
                    path + ".gateways is there");
  }
  fields.ignore({"name", "statPrefix"});
  fields.finish();
  return match;
}

}  // namespace shaketable::engine::istio
