#include "loadgen/app/url_load.h"

#include <fstream>
#include <iterator>
#include <utility>

#include "loadgen/live/target_url.h"
#include "proxy/base/base64.h"
#include "proxy/http/grammar.h"
#include "proxy/http/text.h"

namespace shaketable::loadgen::app {
namespace {

using proxy::Duration;
using proxy::fail;
using proxy::Result;

constexpr std::uint32_t kWorkers = 10;
constexpr Duration kDuration = std::chrono::seconds(10);
constexpr std::uintmax_t kMostBody = 64U << 20U;

Result<HeaderTemplate> header_of(const std::string& field) {
  const std::size_t colon = field.find(':');
  HeaderTemplate header;
  header.name = field.substr(0, colon);
  const std::string_view value =
      colon == std::string::npos ? std::string_view()
                                 : proxy::http::trimmed(std::string_view(field).substr(colon + 1));
  if (colon == std::string::npos || !proxy::http::is_token(header.name) ||
      !proxy::http::is_field_value(value)) {
    return fail("--header: '" + field + "' is no header field", "", "\"name: value\"");
  }
  for (char& c : header.name) {
    c = proxy::http::lower(c);
  }
  header.value = TextTemplate::constant(std::string(value));
  return header;
}

void add_header(Request& request, const std::string& name, const std::string& value) {
  request.headers.push_back({name, TextTemplate::constant(value)});
}

Result<Request> request_of(const RunArguments& it, const live::TargetUrl& url) {
  Request request;
  std::string body = it.data;
  if (body.starts_with('@')) {
    auto read = read_body_file(body.substr(1));
    if (!read) {
      return tl::unexpected(read.error());
    }
    body = std::move(*read);
  }
  request.method = !it.method.empty() ? it.method : it.data.empty() ? "GET" : "POST";
  if (!proxy::http::is_token(request.method)) {
    return fail("--method: '" + request.method + "' is no method");
  }
  const std::string path = url.path.empty() ? "/" : url.path;
  request.name = request.method + ' ' + path;
  request.path = TextTemplate::constant(path);
  request.raw_query = TextTemplate::constant(url.query);
  request.redirects = it.redirects;
  if (!body.empty()) {
    request.body.kind = Body::Kind::kText;
    request.body.text = TextTemplate::constant(std::move(body));
    request.body.content_type =
        it.content_type.empty() ? "application/octet-stream" : it.content_type;
  }
  for (const std::string& field : it.headers) {
    auto header = header_of(field);
    if (!header) {
      return tl::unexpected(header.error());
    }
    request.headers.push_back(std::move(*header));
  }
  if (!it.user.empty()) {
    add_header(request, "authorization", "Basic " + proxy::to_base64(it.user));
  }
  if (!it.bearer.empty()) {
    add_header(request, "authorization", "Bearer " + it.bearer);
  }
  return request;
}

LoadPlan plan_of(const RunArguments& it, const Request& request) {
  LoadPlan plan;
  plan.name = "load";
  plan.requests = {request};
  Journey journey;
  journey.name = request.name;
  Step step;
  step.request = 0;
  journey.steps = {step};
  plan.journeys = {journey};
  plan.timeout = it.timeout.value_or(kRequestTimeout);
  plan.processes = it.processes;
  plan.ramp_up = it.ramp_up.value_or(Duration::zero());
  if (it.delay.has_value()) {
    plan.run_delay = proxy::Distribution::constant(*it.delay);
  }
  plan.max_runs = it.max_runs.value_or(0);
  plan.stop_on_failure = it.stop_on_failure;
  plan.fail_threshold = it.fail;
  if (it.single_run) {
    plan.picker = Picker::kSingleRun;
  }
  return plan;
}

/// So many requests in all: the workers share them, the first ones get what does not divide.
std::vector<LoadPlan> divide(const LoadPlan& plan, std::uint64_t requests, std::uint32_t workers) {
  std::vector<LoadPlan> result;
  const auto more = static_cast<std::uint32_t>(requests % workers);
  const std::uint64_t each = requests / workers;
  for (const auto& [count, runs] : {std::pair{more, each + 1}, std::pair{workers - more, each}}) {
    if (count > 0 && runs > 0) {
      result.push_back(plan);
      result.back().workers = count;
      result.back().max_runs = runs;
    }
  }
  return result;
}

}  // namespace

Result<std::string> read_body_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return fail("cannot read the body", path);
  }
  std::string content((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  if (content.size() > kMostBody) {
    return fail("the body is larger than 64 MiB", path);
  }
  return content;
}

Result<LoadFile> load_of_url(const RunArguments& it) {
  const auto url = live::parse_target(it.what);
  if (!url) {
    return tl::unexpected(url.error());
  }
  const auto request = request_of(it, *url);
  if (!request) {
    return tl::unexpected(request.error());
  }
  LoadFile file;
  file.name = it.what;
  file.seed = it.seed.value_or(1);
  LoadPlan plan = plan_of(it, *request);
  const bool has_end = it.requests > 0 || plan.max_runs > 0 || it.single_run;
  file.duration = it.duration.value_or(has_end ? Duration::zero() : kDuration);
  if (it.rate_ups.has_value()) {
    plan.stages = {{*it.rate_ups, *it.rate_ups, Duration::zero()}};
    plan.arrivals = it.arrivals == "poisson" ? Arrivals::kPoisson : Arrivals::kConstant;
    plan.max_in_flight = it.max_in_flight;
    plan.when_full = it.when_full == "wait" ? WhenFull::kWait : WhenFull::kDrop;
    if (it.requests > 0) {
      return fail("--requests belongs to workers; with --rate say --duration");
    }
    if (file.duration <= Duration::zero()) {
      return fail("--rate needs --duration");
    }
    plan.stop = proxy::kStart + file.duration;
    file.loads = {plan};
    return file;
  }
  if (file.duration > Duration::zero()) {
    plan.stop = proxy::kStart + file.duration;
  }
  const std::uint32_t workers = it.workers.value_or(kWorkers);
  if (it.requests > 0) {
    file.loads = divide(plan, it.requests, workers);
    return file;
  }
  plan.workers = workers;
  file.loads = {plan};
  return file;
}

}  // namespace shaketable::loadgen::app
