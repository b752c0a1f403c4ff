#include <algorithm>
#include <utility>

#include "proxy/live/admin_pages.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

AdminResponse not_possible() { return text_response("this process cannot do that\n", 501); }

std::string_view target_name(RuntimeFault::Target target) {
  switch (target) {
    case RuntimeFault::Target::kRoute:
      return "route";
    case RuntimeFault::Target::kCluster:
      return "cluster";
    case RuntimeFault::Target::kAll:
      return "all";
  }
  return "all";
}

void write_duration(JsonWriter& json, std::string_view name, Duration duration) {
  std::string text;
  append_decimal(duration.count(), 9, text);
  json.member(name, std::string_view(text + "s"));
}

void write_percent(JsonWriter& json, std::uint32_t ppm) {
  std::string percent;
  append_decimal(std::int64_t{ppm} * 100'000, 4, percent);
  json.key("percent").raw(percent);
}

void write_fault(JsonWriter& json, const RuntimeFault& fault, const PageInput& input) {
  json.begin_object();
  if (fault.target == RuntimeFault::Target::kAll) {
    json.member("all", true);
  } else {
    json.member(target_name(fault.target), std::string_view(fault.name));
  }
  if (fault.policy.delay_ppm > 0) {
    json.key("delay").begin_object();
    write_percent(json, fault.policy.delay_ppm);
    write_duration(json, "duration", fault.policy.fixed_delay);
    json.end_object();
  }
  if (fault.policy.abort_ppm > 0) {
    json.key("abort").begin_object();
    write_percent(json, fault.policy.abort_ppm);
    json.member("status", fault.policy.abort_status).end_object();
  }
  if (fault.policy.max_active_faults != kUnlimited) {
    json.member("max_active_faults", fault.policy.max_active_faults);
  }
  if (fault.until != kNever) {
    write_duration(json, "ends_in", std::max(fault.until - input.context.now, Duration::zero()));
  }
  const FaultEffect effect = RuntimeFaults::effect_of(fault, input.context.config->core);
  json.member("routes", effect.routes);
  if (!effect.skipped.empty()) {
    json.key("skipped_because_they_split").begin_array();
    for (const std::string& name : effect.skipped) {
      json.value(std::string_view(name));
    }
    json.end_array();
  }
  json.end_object();
}

AdminResponse list_faults(const PageInput& input) {
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("faults").begin_array();
  for (const RuntimeFault& fault : input.context.faults->all()) {
    write_fault(json, fault, input);
  }
  json.end_array().end_object();
  body += '\n';
  return json_response(std::move(body));
}

/// Tells the process; if it refuses, the faults are as before.
AdminResponse apply_faults(const PageInput& input, RuntimeFaults before) {
  const AdminContext& context = input.context;
  if (!context.commands.apply_faults) {
    *context.faults = std::move(before);
    return not_possible();
  }
  if (Result<void> applied = context.commands.apply_faults(); !applied.has_value()) {
    *context.faults = std::move(before);
    return error_response(500, applied.error());
  }
  return list_faults(input);
}

AdminResponse refuse_target(const RuntimeFault& fault, const FaultEffect& effect,
                            const ProxyConfig& config) {
  const std::string where = std::string(target_name(fault.target)) + " " + fault.name;
  if (effect.skipped.empty()) {
    const std::string names = RuntimeFaults::targets_of(fault.target, config);
    return error_response(404, {"no route has this target", where,
                                names.empty() ? "\"all\": true, nothing has a name here" : names});
  }
  return error_response(409, {"every route to this cluster splits its requests between clusters",
                              where, "the name of a route"});
}

AdminResponse set_fault(const PageInput& input) {
  Result<RuntimeFault> fault = read_fault(input.request.body, input.context.now);
  if (!fault.has_value()) {
    return error_response(400, fault.error());
  }
  const ProxyConfig& config = input.context.config->core;
  const FaultEffect effect = RuntimeFaults::effect_of(*fault, config);
  if (effect.routes == 0) {
    return refuse_target(*fault, effect, config);
  }
  RuntimeFaults before = *input.context.faults;
  if (Result<void> set = input.context.faults->set(std::move(*fault)); !set.has_value()) {
    return error_response(409, set.error());
  }
  return apply_faults(input, std::move(before));
}

AdminResponse delete_faults(const PageInput& input) {
  RuntimeFaults& faults = *input.context.faults;
  RuntimeFaults before = faults;
  const auto route = input.query.get("route");
  const auto cluster = input.query.get("cluster");
  bool found = true;
  if (route.has_value()) {
    found = faults.remove(RuntimeFault::Target::kRoute, *route);
  } else if (cluster.has_value()) {
    found = faults.remove(RuntimeFault::Target::kCluster, *cluster);
  } else {
    faults.clear();
  }
  if (!found) {
    return error_response(404, {"there is no such fault", route.value_or(cluster.value_or("")),
                                "a target of GET /faults"});
  }
  return apply_faults(input, std::move(before));
}

}  // namespace

AdminResponse drain_page(const PageInput& input) {
  if (!input.context.commands.drain) {
    return not_possible();
  }
  input.context.commands.drain();
  return text_response("OK\n");
}

AdminResponse quit_page(const PageInput& input) {
  if (!input.context.commands.quit) {
    return not_possible();
  }
  input.context.commands.quit();
  return text_response("OK\n");
}

AdminResponse reload_page(const PageInput& input) {
  if (!input.context.commands.reload) {
    return not_possible();
  }
  const Result<std::uint64_t> version = input.context.commands.reload();
  if (!version.has_value()) {
    return error_response(400, version.error());
  }
  std::string body;
  JsonWriter(body).begin_object().member("version", *version).end_object();
  body += '\n';
  return json_response(std::move(body));
}

AdminResponse logging_page(const PageInput& input) {
  LogLevel level = input.context.log_level;
  if (input.request.method == "POST") {
    const std::string name = input.query.get("level").value_or(std::string(
        input.request.body.substr(0, std::min<std::size_t>(input.request.body.size(), 16))));
    const std::optional<LogLevel> wanted = read_level(name);
    if (!wanted.has_value()) {
      return error_response(400,
                            {"unknown level", "?level=", "error, warning, info, debug or off"});
    }
    if (!input.context.commands.set_log_level) {
      return not_possible();
    }
    input.context.commands.set_log_level(*wanted);
    level = *wanted;
  }
  return text_response("level: " + std::string(level_name(level)) + "\n");
}

AdminResponse faults_page(const PageInput& input) {
  if (input.context.faults == nullptr) {
    return not_possible();
  }
  if (input.request.method == "POST") {
    return set_fault(input);
  }
  return input.request.method == "DELETE" ? delete_faults(input) : list_faults(input);
}

}  // namespace shaketable::proxy::live
