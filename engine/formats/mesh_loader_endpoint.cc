#include "engine/formats/mesh_loader_endpoint.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/formats/codes.h"
#include "engine/formats/printable.h"
#include "engine/formats/schema_reader.h"

namespace shaketable::engine {
namespace {

void read_errors(const Node* node, EndpointParts& parts, LoaderContext& context) {
  if (node == nullptr || !node->is_map()) {
    assign(parts.error_ppm, read_ppm(node, context.diagnostics));
    return;
  }
  ObjectReader map(node, spec::kErrors, context.diagnostics);
  assign(parts.error_ppm, read_ppm(map.get("rate"), context.diagnostics));
  assign(parts.error_status, read_count(map.get("status"), context.diagnostics, 400, 599));
  map.finish();
}

void push_time(std::vector<Step>& steps, Step::Kind kind, const std::optional<Distribution>& time,
               const SourceMark& mark) {
  if (time) {
    Step step;
    step.kind = kind;
    step.time = *time;
    step.mark = mark;
    steps.push_back(std::move(step));
  }
}

/// At most 1 GiB: more is no message any more.
std::optional<std::uint32_t> read_size(const Node* node, LoaderContext& context) {
  const auto bytes = read_bytes(node, context.diagnostics, {1, std::int64_t{1} << 30});
  return bytes ? std::optional(static_cast<std::uint32_t>(*bytes)) : std::nullopt;
}

bool changes_something(const std::string& method) {
  return method == "POST" || method == "PUT" || method == "PATCH" || method == "DELETE";
}

}  // namespace

std::optional<CacheParts> read_cache(const Node* node, LoaderContext& context) {
  if (node == nullptr) {
    return std::nullopt;
  }
  CacheParts cache;
  ObjectReader map(node, spec::kCache, context.diagnostics);
  assign(cache.hit_ppm, read_ppm(map.get("hit_ratio"), context.diagnostics));
  assign(cache.hit_time, read_time(map.get("hit_time"), context));
  assign(cache.ttl, read_duration(map.get("ttl"), context.diagnostics,
                                  {std::chrono::milliseconds(1), std::chrono::hours(24)}));
  map.finish();
  return cache;
}

EndpointParts read_endpoint(const Node& node, LoaderContext& context) {
  EndpointParts parts;
  parts.mark = mark_of(&node);
  if (node.is_scalar()) {  // `GET /prices: 3ms`
    parts.work = read_time(&node, context);
    parts.work_mark = parts.mark;
    return parts;
  }
  ObjectReader map(&node, spec::kEndpoint, context.diagnostics);
  const Node* const work = map.get("work");
  const Node* const wait = map.get("wait");
  parts.work = read_time(work, context);
  parts.wait = read_time(wait, context);
  parts.work_mark = mark_of(work);
  parts.wait_mark = mark_of(wait);
  if (const Node* calls = map.get("calls")) {
    parts.calls = read_calls(calls, context);
  }
  read_errors(map.get("errors"), parts, context);
  parts.cache = read_cache(map.get("cache"), context);
  parts.request_bytes = read_size(map.get("request_size"), context);
  parts.response_bytes = read_size(map.get("response_size"), context);
  map.finish();
  return parts;
}

void overlay(EndpointParts& parts, EndpointParts over) {
  if (over.work) {
    parts.work_mark = over.work_mark;
  }
  if (over.wait) {
    parts.wait_mark = over.wait_mark;
  }
  assign(parts.work, std::move(over.work));
  assign(parts.wait, std::move(over.wait));
  assign(parts.calls, std::move(over.calls));
  assign(parts.error_ppm, over.error_ppm);
  assign(parts.error_status, over.error_status);
  assign(parts.cache, std::move(over.cache));
  assign(parts.request_bytes, over.request_bytes);
  assign(parts.response_bytes, over.response_bytes);
  parts.mark = over.mark;
}

Endpoint build_endpoint(const std::string& name, const EndpointName& parsed,
                        const EndpointParts& parts, const std::optional<CacheParts>& cache) {
  Endpoint endpoint;
  endpoint.name = name;
  endpoint.method = parsed.method;
  endpoint.path = parsed.path;
  endpoint.mark = parts.mark;
  push_time(endpoint.steps, Step::Kind::kWork, parts.work, parts.work_mark);
  push_time(endpoint.steps, Step::Kind::kWait, parts.wait, parts.wait_mark);
  if (parts.calls) {
    endpoint.steps.insert(endpoint.steps.end(), parts.calls->begin(), parts.calls->end());
  }
  endpoint.error_ppm = parts.error_ppm.value_or(0);
  endpoint.error_status = parts.error_status.value_or(std::uint16_t{500});
  const bool of_service = !parts.cache && cache && !changes_something(parsed.method);
  if (const std::optional<CacheParts>& used = of_service ? cache : parts.cache) {
    endpoint.cache_hit_ppm = used->hit_ppm;
    endpoint.cache_hit_time = used->hit_time;
    endpoint.cache_ttl = used->ttl;
  }
  assign(endpoint.request_bytes, parts.request_bytes);
  assign(endpoint.response_bytes, parts.response_bytes);
  return endpoint;
}

std::optional<EndpointName> read_endpoint_name(const Node& node, LoaderContext& context) {
  if (!read_name(&node, context.diagnostics)) {
    return std::nullopt;
  }
  const std::string_view text = node.text();
  const std::size_t space = text.find(' ');
  EndpointName name;
  if (space != std::string_view::npos) {
    name = {std::string(text.substr(0, space)), std::string(text.substr(space + 1))};
  } else if (text.starts_with('/')) {
    name = {"GET", std::string(text)};
  } else {
    name = {"POST", "/" + std::string(text)};
  }
  const auto is_capital = [](char c) { return c >= 'A' && c <= 'Z'; };
  const bool good = std::all_of(name.method.begin(), name.method.end(), is_capital) &&
                    name.path.starts_with('/') &&
                    name.path.find_first_of(" ?#") == std::string::npos;
  if (!good) {
    context.error(node, code::kBadEndpointName, quoted(text) + " is no name of an endpoint",
                  "\"GET /path\" without query, \"/path\", or a method's name without spaces");
    return std::nullopt;
  }
  return name;
}

}  // namespace shaketable::engine
