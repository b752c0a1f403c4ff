#include "loadgen/journey/compiled_load.h"

#include <algorithm>
#include <utility>

#include <re2/re2.h>

#include "loadgen/journey/escape.h"
#include "loadgen/journey/message_codec.h"
#include "loadgen/journey/request_text.h"
#include "proxy/base/assert.h"
#include "proxy/base/base64.h"

namespace shaketable::loadgen {
namespace {

using Prepared = CompiledLoad::Prepared;

bool has_header(const Request& request, std::string_view name) {
  return std::any_of(request.headers.begin(), request.headers.end(),
                     [&](const HeaderTemplate& header) { return header.name == name; });
}

bool has_constant_body(const Request& request) {
  return request.body.text.is_constant() &&
         std::all_of(request.body.fields.begin(), request.body.fields.end(),
                     [](const FormField& field) { return field.value.is_constant(); }) &&
         std::all_of(request.messages.begin(), request.messages.end(),
                     [](const TextTemplate& message) { return message.is_constant(); });
}

bool has_constant_path(const Request& request, const Authentication& authentication) {
  const bool has_constant_key = authentication.kind != Authentication::Kind::kApiKey ||
                                authentication.query.empty() || authentication.token.is_constant();
  return !request.method.empty() && request.path.is_constant() && request.raw_query.is_constant() &&
         has_constant_key &&
         std::all_of(request.query.begin(), request.query.end(),
                     [](const auto& parameter) { return parameter.second.is_constant(); });
}

bool looks_inside(const Condition& condition) {
  switch (condition.kind) {
    case Condition::Kind::kHeader:
    case Condition::Kind::kBody:
    case Condition::Kind::kJson:
      return true;
    case Condition::Kind::kSucceeded:
    case Condition::Kind::kStatus:
    case Condition::Kind::kLatency:
    case Condition::Kind::kBodySize:
    case Condition::Kind::kVariable:
    case Condition::Kind::kChance:
    case Condition::Kind::kGrpcStatus:
      return false;
  }
  return false;
}

bool asks_later(const std::vector<Step>& steps) {
  return std::any_of(steps.begin(), steps.end(), [](const Step& step) {
    return std::any_of(step.condition.begin(), step.condition.end(), looks_inside) ||
           asks_later(step.steps) || asks_later(step.otherwise);
  });
}

bool wants_body(const Request& request) {
  return std::any_of(request.captures.begin(), request.captures.end(),
                     [](const Capture& capture) {
                       return capture.from == Capture::From::kJson ||
                              capture.from == Capture::From::kRegex ||
                              capture.from == Capture::From::kBody;
                     }) ||
         std::any_of(request.checks.begin(), request.checks.end(), [](const Condition& check) {
           return check.kind == Condition::Kind::kBody || check.kind == Condition::Kind::kJson;
         });
}

/// The user's authentication as a header, unless the request has that header itself.
void add_authentication(const Request& request, const Authentication& auth, Prepared& prepared) {
  const auto add = [&](const std::string& name, TextTemplate value) {
    if (!name.empty() && !has_header(request, name)) {
      prepared.headers.push_back({name, std::move(value)});
    }
  };
  switch (auth.kind) {
    case Authentication::Kind::kNone:
      return;
    case Authentication::Kind::kBasic: {
      if (!auth.user.is_constant() || !auth.password.is_constant()) {
        prepared.computes_basic = !has_header(request, "authorization");
        return;
      }
      std::string pair;
      auth.user.render({}, pair);
      pair += ':';
      auth.password.render({}, pair);
      add("authorization", TextTemplate::constant("Basic " + proxy::to_base64(pair)));
      return;
    }
    case Authentication::Kind::kBearer:
      if (auth.token.is_constant()) {
        add("authorization", TextTemplate::constant("Bearer " + std::string(auth.token.prefix())));
      } else if (!has_header(request, "authorization")) {
        prepared.headers.push_back({"authorization", auth.token, "Bearer "});
      }
      return;
    case Authentication::Kind::kApiKey:
      add(auth.header, auth.token);
      return;
  }
}

}  // namespace

CompiledLoad::CompiledLoad() = default;
CompiledLoad::~CompiledLoad() = default;

proxy::Result<std::shared_ptr<const CompiledLoad>> CompiledLoad::compile(LoadPlan plan,
                                                                         std::uint64_t seed,
                                                                         Share share) {
  std::shared_ptr<CompiledLoad> load(new CompiledLoad);
  load->plan_ = std::move(plan);
  if (auto done = load->prepare(); !done) {
    return tl::unexpected(done.error());
  }
  load->feed_ = std::make_unique<VariableFeed>(load->plan_.variables, seed, share);
  return load;
}

proxy::Result<bool> CompiledLoad::prepare() {
  const auto number_of = [&](std::string_view name) {
    const auto& names = plan_.variable_names;
    const auto found = std::find(names.begin(), names.end(), name);
    return found == names.end() ? kNoVariable : static_cast<VariableIndex>(found - names.begin());
  };
  worker_ = number_of("worker");
  run_ = number_of("run");
  uuid_ = number_of("uuid");
  const std::pair<Phase, const std::vector<Step>*> fixtures[] = {
      {Phase::kGlobalSetUp, &plan_.fixtures.global_set_up},
      {Phase::kWorkerSetUp, &plan_.fixtures.worker_set_up},
      {Phase::kSessionSetUp, &plan_.fixtures.session_set_up},
      {Phase::kSessionTearDown, &plan_.fixtures.session_tear_down},
      {Phase::kWorkerTearDown, &plan_.fixtures.worker_tear_down},
      {Phase::kGlobalTearDown, &plan_.fixtures.global_tear_down}};
  std::vector<const std::vector<Step>*> lists;
  for (const auto& [phase, steps] : fixtures) {
    fixtures_[static_cast<std::size_t>(phase)] = compile_steps(*steps);
    lists.push_back(steps);
  }
  for (const Journey& journey : plan_.journeys) {
    programs_.push_back(compile_steps(journey.steps));
    lists.push_back(&journey.steps);
  }
  for (const std::vector<Step>* steps : lists) {
    asks_later_ = asks_later_ || loadgen::asks_later(*steps);
    if (auto done = add_regexes(*steps); !done) {
      return done;
    }
  }
  prepared_.reserve(plan_.requests.size());
  for (const Request& request : plan_.requests) {
    if (auto done = prepare(request); !done) {
      return done;
    }
  }
  return true;
}

proxy::Result<bool> CompiledLoad::prepare(const Request& request) {
  if (auto done = add_regexes(request); !done) {
    return done;
  }
  Prepared& prepared = prepared_.emplace_back();
  for (const HeaderTemplate& header : request.headers) {
    prepared.headers.push_back({header.name, header.value});
  }
  if (const std::string type = content_type_of(request);
      !type.empty() && !has_header(request, "content-type")) {
    prepared.headers.push_back({"content-type", TextTemplate::constant(type)});
  }
  if (request.method.empty() && !plan_.authentication.query.empty()) {
    return proxy::fail("request \"" + request.name + "\": its line is sent as it is, without a key",
                       "", "an API key in a header");
  }
  if (request.protocol == Request::Protocol::kEventStream && !has_header(request, "accept")) {
    prepared.headers.push_back({"accept", TextTemplate::constant("text/event-stream")});
  }
  add_authentication(request, plan_.authentication, prepared);
  prepared.wants_body = asks_later_ || loadgen::wants_body(request);
  prepared.has_constant_body = has_constant_body(request);
  if (request.protocol == Request::Protocol::kGrpc) {
    prepared.headers.push_back({"te", TextTemplate::constant("trailers")});
    if (auto done = prepare_grpc(request, prepared); !done) {
      return done;
    }
  } else if (prepared.has_constant_body) {
    render_body(request, {}, prepared.body);
  }
  const bool has_constant_headers =
      std::all_of(prepared.headers.begin(), prepared.headers.end(),
                  [](const Prepared::Header& header) { return header.value.is_constant(); });
  prepared.is_constant = has_constant_headers && !prepared.computes_basic &&
                         prepared.has_constant_body &&
                         has_constant_path(request, plan_.authentication);
  if (prepared.is_constant) {
    render_path(request, plan_.authentication, {}, prepared.path);
  }
  return true;
}

proxy::Result<bool> CompiledLoad::prepare_grpc(const Request& request, Prepared& prepared) {
  if (request.descriptors >= plan_.descriptor_sets.size()) {
    return proxy::fail("the gRPC request has no descriptors", request.name, "`descriptors`");
  }
  auto codec = MessageCodec::create(plan_.descriptor_sets[request.descriptors],
                                    request.grpc_service, request.grpc_method);
  if (!codec) {
    return proxy::fail(codec.error().message, request.name, codec.error().expected);
  }
  prepared.codec = std::move(*codec);
  if (request.messages.size() > 1 && !prepared.codec->takes_several()) {
    return proxy::fail("several messages for a method that takes one", request.name, "`message`");
  }
  for (const TextTemplate& message : request.messages) {
    if (!prepared.has_constant_body) {
      break;
    }
    const auto bytes = prepared.codec->encode(message.prefix());
    if (!bytes) {
      return proxy::fail(bytes.error().message, request.name, bytes.error().expected);
    }
    append_grpc_frame(*bytes, prepared.body);
  }
  return true;
}

const re2::RE2& CompiledLoad::regex(const std::string& source) const {
  const auto found = regexes_.find(source);
  ASSERT(found != regexes_.end());
  return *found->second;
}

proxy::Result<bool> CompiledLoad::add_regex(const std::string& source, const std::string& where) {
  if (regexes_.contains(source)) {
    return true;
  }
  auto regex = std::make_unique<re2::RE2>(source, re2::RE2::Quiet);
  if (!regex->ok()) {
    return proxy::fail("the expression is wrong: " + regex->error(), where, "an RE2 expression");
  }
  regexes_.emplace(source, std::move(regex));
  return true;
}

proxy::Result<bool> CompiledLoad::add_regexes(const std::vector<Condition>& conditions,
                                              const std::vector<Capture>& captures,
                                              const std::string& where) {
  for (const Condition& condition : conditions) {
    if (condition.comparison == Comparison::kMatches) {
      if (auto done = add_regex(std::string(condition.text.prefix()), where); !done) {
        return done;
      }
    }
  }
  for (const Capture& capture : captures) {
    if (capture.from == Capture::From::kRegex) {
      if (auto done = add_regex(capture.expression, where); !done) {
        return done;
      }
    }
  }
  return true;
}

proxy::Result<bool> CompiledLoad::add_regexes(const Request& request) {
  for (const SocketStep& step : request.conversation) {
    if (auto done = add_regexes(step.checks, step.captures, request.name); !done) {
      return done;
    }
  }
  return add_regexes(request.checks, request.captures, request.name);
}

proxy::Result<bool> CompiledLoad::add_regexes(const std::vector<Step>& steps) {
  for (const Step& step : steps) {
    for (const std::vector<Step>* inner : {&step.steps, &step.otherwise}) {
      if (auto done = add_regexes(*inner); !done) {
        return done;
      }
    }
    if (auto done = add_regexes(step.condition, {}, "a condition"); !done) {
      return done;
    }
  }
  return true;
}

}  // namespace shaketable::loadgen
