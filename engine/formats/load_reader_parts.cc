#include <algorithm>
#include <string>
#include <utility>

#include <re2/re2.h>

#include "engine/formats/codes.h"
#include "engine/formats/load_reader.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/number_text.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"
#include "engine/formats/schema_words.h"

// Captures, authentication, thresholds and the target of a load.
namespace shaketable::engine {
namespace {

using loadgen::Capture;
using loadgen::Threshold;

constexpr std::uint32_t kMaxGroup = 99;
constexpr char kCaptureForms[] =
    "json /pointer, header NAME, cookie NAME, regex EXPRESSION, status or body";

bool check_regex(const Node& node, const std::string& text, std::uint32_t group,
                 LoadContext& context) {
  const RE2 regex(text, RE2::Quiet);
  if (!regex.ok()) {
    context.names.error(node, code::kBadRegex, "the expression is wrong: " + regex.error(),
                        "an RE2 expression");
    return false;
  }
  if (static_cast<std::uint32_t>(regex.NumberOfCapturingGroups()) < group) {
    context.names.error(node, code::kBadRegex,
                        "the expression has no group " + std::to_string(group),
                        "parentheses around what is taken");
    return false;
  }
  return true;
}

bool check_expression(const Node& node, const Capture& capture, LoadContext& context) {
  const bool is_bare =
      capture.from == Capture::From::kStatus || capture.from == Capture::From::kBody;
  if (is_bare != capture.expression.empty() && capture.from != Capture::From::kJson) {
    context.names.error(node, code::kMalformed, "this is no capture", kCaptureForms);
    return false;
  }
  if (capture.from == Capture::From::kJson && !capture.expression.empty() &&
      capture.expression.front() != '/') {
    context.names.error(node, code::kMalformed, "a JSON pointer begins with /", kCaptureForms);
    return false;
  }
  return capture.from != Capture::From::kRegex ||
         check_regex(node, capture.expression, capture.group, context);
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  });
  return text;
}

constexpr EnumWord<Capture::From> kSources[] = {
    {"json", Capture::From::kJson},     {"header", Capture::From::kHeader},
    {"cookie", Capture::From::kCookie}, {"regex", Capture::From::kRegex},
    {"status", Capture::From::kStatus}, {"body", Capture::From::kBody},
};

/// `json /token`.
bool read_capture_text(const Node& node, Capture& capture, LoadContext& context) {
  const auto text = read_string(&node, context.diagnostics, 4'096);
  if (!text) {
    return false;
  }
  const std::size_t space = std::min(text->find(' '), text->size());
  const Node word = NodeEditor::part(node, 0, space);
  const auto from = read_enum(&word, context.diagnostics, kSources, "a source of values");
  if (!from) {
    return false;
  }
  capture.from = *from;
  capture.expression = space < text->size() ? text->substr(space + 1) : "";
  return true;
}

bool read_capture_map(const Node& node, Capture& capture, LoadContext& context) {
  ObjectReader map(&node, spec::kCapture, context.diagnostics);
  constexpr std::pair<const char*, Capture::From> kKeys[] = {{"json", Capture::From::kJson},
                                                             {"regex", Capture::From::kRegex},
                                                             {"header", Capture::From::kHeader},
                                                             {"cookie", Capture::From::kCookie}};
  int count = 0;
  for (const auto& [key, from] : kKeys) {
    if (const Node* const value = map.get(key)) {
      capture.from = from;
      assign(capture.expression, read_string(value, context.diagnostics, 4'096));
      ++count;
    }
  }
  assign(capture.group, read_count(map.get("group"), context.diagnostics, 0, kMaxGroup));
  const auto fallback = read_string(map.get("default"), context.diagnostics);
  capture.optional = fallback.has_value();
  capture.fallback = fallback.value_or("");
  map.finish();
  if (map.ok() && count != 1) {
    context.names.error(node, code::kBadLoad, "a capture takes one thing",
                        "one of json, regex, header, cookie");
  }
  return count == 1;
}

// ---- thresholds
// ----------------------------------------------------------------------------------

/// `p99.9` as ppm.
std::optional<std::uint32_t> quantile_of(std::string_view word) {
  if (!word.starts_with('p')) {
    return std::nullopt;
  }
  const auto quantity = split_quantity(word.substr(1));
  if (!quantity || quantity->negative || !quantity->unit.empty()) {
    return std::nullopt;
  }
  const ScaledQuantity ppm = scale_exactly(*quantity, 10'000);
  return ppm.error || ppm.value > 1'000'000 ? std::nullopt
                                            : std::optional(static_cast<std::uint32_t>(ppm.value));
}

constexpr EnumWord<Threshold::Metric> kMetrics[] = {
    {"error_rate", Threshold::Metric::kErrorRate},
    {"failed_runs", Threshold::Metric::kFailedRuns},
    {"mean", Threshold::Metric::kMean},
    {"max", Threshold::Metric::kMax},
    {"rate", Threshold::Metric::kRate},
    {"dropped", Threshold::Metric::kDropped},
};

constexpr EnumWord<loadgen::Comparison> kOrders[] = {
    {"<", loadgen::Comparison::kLess},    {"<=", loadgen::Comparison::kLessEqual},
    {">", loadgen::Comparison::kGreater}, {">=", loadgen::Comparison::kGreaterEqual},
    {"==", loadgen::Comparison::kEqual},
};

std::optional<std::int64_t> read_limit(const Node& node, Threshold::Metric metric,
                                       Diagnostics& diagnostics) {
  switch (metric) {
    case Threshold::Metric::kErrorRate:
      return read_percent(&node, diagnostics);
    case Threshold::Metric::kLatency:
    case Threshold::Metric::kMean:
    case Threshold::Metric::kMax: {
      const auto time = read_duration(&node, diagnostics);
      return time ? std::optional<std::int64_t>(time->count()) : std::nullopt;
    }
    case Threshold::Metric::kRate:
      return read_rate(&node, diagnostics);
    case Threshold::Metric::kFailedRuns:
    case Threshold::Metric::kDropped:
      return read_integer(&node, diagnostics, {0, 1'000'000'000'000'000});
  }
  return std::nullopt;
}

/// `p99 < 300ms`, `p99 of buy < 300ms`.
bool read_threshold_text(const Node& node, Threshold& threshold, LoadContext& context) {
  const auto text = read_string(&node, context.diagnostics, 1'024);
  if (!text) {
    return false;
  }
  threshold.source = *text;
  const std::size_t mark = text->find_first_of("<>=");
  const std::size_t space = mark == std::string::npos ? mark : text->find_first_not_of("<>=", mark);
  if (mark == std::string::npos || space == std::string::npos) {
    context.names.error(node, code::kBadBound, quoted(*text) + " compares nothing",
                        "such as `p99 < 300ms`, `error_rate < 1%`, `rate >= 100/s`");
    return false;
  }
  std::string what = text->substr(0, mark);
  what.erase(what.find_last_not_of(' ') + 1);
  if (const std::size_t of = what.find(" of "); of != std::string::npos) {
    threshold.of = what.substr(of + 4);
    context.subjects.emplace_back(NodeEditor::part(node, of + 4, threshold.of.size()),
                                  threshold.of);
    what.resize(of);
  }
  const Node order = NodeEditor::part(node, mark, space - mark);
  const auto comparison = read_enum(&order, context.diagnostics, kOrders, "a comparison");
  if (const auto quantile = quantile_of(what)) {
    threshold.metric = Threshold::Metric::kLatency;
    threshold.quantile_ppm = *quantile;
  } else {
    const Node word = NodeEditor::part(node, 0, what.size());
    const auto metric =
        read_enum(&word, context.diagnostics, kMetrics, "a metric (p99 and the like, too)");
    if (!metric) {
      return false;
    }
    threshold.metric = *metric;
  }
  const std::size_t value = text->find_first_not_of(' ', space);
  const std::size_t begin = std::min(value, text->size());
  const Node limit = NodeEditor::part(node, begin, text->size() - begin);
  const auto number = read_limit(limit, threshold.metric, context.diagnostics);
  assign(threshold.comparison, comparison);
  assign(threshold.value, number);
  return comparison && number;
}

}  // namespace

void read_captures(const Node* node, std::vector<Capture>& captures, LoadContext& context) {
  if (node != nullptr) {
    context.live_only.emplace_back(*node, "what answers hold (captures)");
  }
  for (const MapEntry& entry : read_entries(node, context.diagnostics, "a map of captures")) {
    Capture capture;
    const auto name = read_name(entry.key, context.diagnostics);
    const bool is_read = entry.value->is_map() ? read_capture_map(*entry.value, capture, context)
                                               : read_capture_text(*entry.value, capture, context);
    if (name) {
      capture.variable = context.give(*name);
    }
    if (name && is_read && check_expression(*entry.value, capture, context)) {
      if (capture.from == Capture::From::kHeader) {
        capture.expression = lower(capture.expression);
      }
      captures.push_back(std::move(capture));
    }
  }
}

void read_auth(const Node* node, LoadContext& context) {
  if (node == nullptr) {
    return;
  }
  using Kind = loadgen::Authentication::Kind;
  loadgen::Authentication& auth = context.load->authentication;
  ObjectReader map(node, spec::kLoadAuth, context.diagnostics);
  const Node* const basic = map.get("basic");
  const Node* const bearer = map.get("bearer");
  const Node* const key = map.get("api_key");
  map.finish();
  if (basic != nullptr) {
    auth.kind = Kind::kBasic;
    ObjectReader parts(basic, spec::kAuthBasic, context.diagnostics);
    assign(auth.user, context.text(parts.get("user")));
    assign(auth.password, context.text(parts.get("password")));
    parts.finish();
  }
  if (bearer != nullptr) {
    auth.kind = Kind::kBearer;
    assign(auth.token, context.text(bearer));
  }
  if (key != nullptr) {
    auth.kind = Kind::kApiKey;
    ObjectReader parts(key, spec::kAuthKey, context.diagnostics);
    assign(auth.token, context.text(parts.get("key")));
    const auto header = read_name(parts.get("header"), context.diagnostics);
    assign(auth.query, read_name(parts.get("query"), context.diagnostics));
    auth.header = auth.query.empty() ? lower(header.value_or("x-api-key")) : "";
    parts.finish();
  }
}

void read_thresholds(const Node* node, LoadContext& context) {
  for (const Node* item : read_sequence(node, context.diagnostics, "a list of thresholds")) {
    Threshold threshold;
    bool is_read = false;
    if (item->is_map()) {
      ObjectReader map(item, spec::kThreshold, context.diagnostics);
      const Node* const must = map.get("must");
      is_read = must != nullptr && read_threshold_text(*must, threshold, context);
      const Node* const of = map.get("of");
      assign(threshold.of, read_name(of, context.diagnostics));
      if (of != nullptr) {
        context.subjects.emplace_back(*of, threshold.of);
      }
      assign(threshold.aborts, read_bool(map.get("abort"), context.diagnostics));
      map.finish();
    } else {
      is_read = read_threshold_text(*item, threshold, context);
    }
    if (is_read) {
      context.load->thresholds.push_back(std::move(threshold));
    }
  }
}

loadgen::Target read_target_settings(const Node* node, Diagnostics& diagnostics) {
  loadgen::Target target;
  if (node == nullptr || !node->is_map()) {
    assign(target.url, read_string(node, diagnostics, 4'096));
    return target;
  }
  ObjectReader map(node, spec::kLoadTarget, diagnostics);
  assign(target.url, read_string(map.get("url"), diagnostics, 4'096));
  assign(target.certificate, read_string(map.get("certificate"), diagnostics, 4'096));
  assign(target.private_key, read_string(map.get("private_key"), diagnostics, 4'096));
  assign(target.authorities, read_string(map.get("authorities"), diagnostics, 4'096));
  assign(target.server_name, read_name(map.get("server_name"), diagnostics));
  assign(target.verify, read_bool(map.get("verify"), diagnostics));
  assign(target.http, read_enum(map.get("http"), diagnostics, words::kHttpVersion, "a version"));
  assign(target.streams, read_count(map.get("streams"), diagnostics, 1, 10'000));
  assign(target.requests_per_connection,
         read_integer(map.get("requests_per_connection"), diagnostics, {0, 1'000'000'000'000}));
  map.finish();
  return target;
}

}  // namespace shaketable::engine
