#include <algorithm>
#include <utility>

#include "proxy/live/admin_pages.h"
#include "proxy/live/text_output.h"

namespace shaketable::proxy::live {
namespace {

/// As protocol buffers write durations: "12.5s".
std::string seconds_text(Duration duration) {
  std::string text;
  append_decimal(duration.count(), 3, text);
  return text + 's';
}

std::string utc_text(std::int64_t unix_seconds) {
  std::string text;
  append_utc_seconds(unix_seconds, text);
  text.back() = 'Z';
  return text;
}

void write_certificate(const CertificateInfo& info, std::int64_t now, JsonWriter& json) {
  json.begin_object().member("path", std::string_view(info.path));
  json.member("used_by", std::string_view(info.used_by));
  json.member("serial_number", std::string_view(info.serial));
  json.key("subject_alt_names").begin_array();
  for (const std::string& name : info.names) {
    const std::size_t colon = name.find(':');
    const std::string_view kind = std::string_view(name).substr(0, colon);
    json.begin_object().member(
        kind == "URI"   ? "uri"
        : kind == "DNS" ? "dns"
                        : "ip_address",
        std::string_view(name).substr(colon == std::string::npos ? 0 : colon + 1));
    json.end_object();
  }
  json.end_array();
  const std::int64_t left = std::max<std::int64_t>(info.expires_at - now, 0);
  json.member("days_until_expiration", std::string_view(std::to_string(left / 86'400)));
  json.member("valid_from", std::string_view(utc_text(info.valid_from)));
  json.member("expiration_time", std::string_view(utc_text(info.expires_at)));
  json.end_object();
}

}  // namespace

AdminResponse ready_page(const PageInput& input) {
  const ServerState state = input.context.server->state;
  return text_response(std::string(state_name(state)) + "\n",
                       state == ServerState::kLive ? 200 : 503);
}

AdminResponse server_info_page(const PageInput& input) {
  const ServerInfo& server = *input.context.server;
  const LiveConfig& config = *input.context.config;
  std::string body;
  JsonWriter json(body);
  json.begin_object().member("version", std::string_view(server.version));
  json.member("state", state_name(server.state));
  json.member("uptime_current_epoch", std::string_view(seconds_text(server.uptime)));
  json.member("uptime_all_epochs", std::string_view(seconds_text(server.uptime)));
  json.key("node").begin_object().member("id", std::string_view(config.node)).end_object();
  json.key("command_line_options").begin_object();
  json.member("concurrency", server.concurrency);
  json.member("log_level", level_name(input.context.log_level));
  json.member("restart_epoch", server.restart_epoch);
  json.member("drain_time", std::string_view(seconds_text(config.drain_time))).end_object();
  json.key("config").begin_object().member("version", server.config_version);
  json.member("reloads_ok", server.reloads_ok).member("reloads_failed", server.reloads_failed);
  if (!server.last_reload_error.empty()) {
    json.member("last_error", std::string_view(server.last_reload_error));
  }
  json.end_object();
  json.member("pid", server.process_id).end_object();
  body += '\n';
  return json_response(std::move(body));
}

AdminResponse listeners_page(const PageInput& input) {
  std::string body;
  const bool is_json = input.query.get("format") == "json";
  JsonWriter json(body);
  if (is_json) {
    json.begin_object().key("listener_statuses").begin_array();
  }
  for (const ListenerConfig& listener : input.context.config->listeners) {
    const auto& all = input.context.stats->listeners;
    const auto found = std::find_if(all.begin(), all.end(), [&listener](const auto& snapshot) {
      return snapshot.name == listener.name;
    });
    const std::uint64_t active = found == all.end() ? 0 : found->stats.cx_active;
    if (is_json) {
      json.begin_object().member("name", std::string_view(listener.name));
      json.member("local_address", std::string_view(listener.address));
      json.member("active_connections", active).end_object();
    } else {
      append_escaped(listener.name, body);
      body += "::";
      append_escaped(listener.address, body);
      body += '\n';
    }
  }
  if (!is_json) {
    return text_response(std::move(body));
  }
  json.end_array().end_object();
  body += '\n';
  return json_response(std::move(body));
}

AdminResponse certs_page(const PageInput& input) {
  const ServerInfo& server = *input.context.server;
  std::string body;
  JsonWriter json(body);
  json.begin_object().key("certificates").begin_array();
  // Envoy's grouping: an entry per use, its authorities and its own chain.
  std::vector<std::string_view> done;
  for (const CertificateInfo& first : server.certificates) {
    if (std::find(done.begin(), done.end(), first.used_by) != done.end()) {
      continue;
    }
    done.push_back(first.used_by);
    json.begin_object();
    for (const bool authorities : {true, false}) {
      json.key(authorities ? "ca_cert" : "cert_chain").begin_array();
      for (const CertificateInfo& info : server.certificates) {
        if (info.used_by == first.used_by && info.is_authority == authorities) {
          write_certificate(info, server.unix_seconds, json);
        }
      }
      json.end_array();
    }
    json.end_object();
  }
  json.end_array().end_object();
  body += '\n';
  return json_response(std::move(body));
}

AdminResponse memory_page(const PageInput& input) {
  const ProcessUsage& usage = input.context.server->process;
  std::string body;
  JsonWriter json(body);
  const auto number = [&json](std::string_view name, std::uint64_t value) {
    json.member(name, std::string_view(std::to_string(value)));
  };
  json.begin_object();
  number("allocated", usage.heap_bytes);
  number("heap_size", usage.heap_reserved_bytes);
  number("total_physical_bytes", usage.resident_bytes);
  number("virtual_bytes", usage.virtual_bytes);
  number("open_descriptors", usage.open_descriptors);
  number("max_descriptors", usage.max_descriptors);
  json.end_object();
  body += '\n';
  return json_response(std::move(body));
}

}  // namespace shaketable::proxy::live
