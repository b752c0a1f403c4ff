#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "proxy/live/live_config.h"
#include "proxy/live/text_output.h"

/// The parts of /config_dump, for admin_config_dump*.cc alone.
namespace shaketable::proxy::live {

inline constexpr std::string_view kRedacted = "[redacted]";

/// What a configuration is written with: JSON that leaves out what says nothing.
class ConfigJson {
 protected:
  ConfigJson(const LiveConfig& config, std::string& out) : config_(config), json_(out) {}

  static std::string_view view(const std::string& text) { return text; }
  void text(std::string_view name, const std::string& value) {
    if (!value.empty()) {
      json_.member(name, view(value));
    }
  }
  void flag(std::string_view name, bool value) {
    if (value) {
      json_.member(name, true);
    }
  }
  void duration(std::string_view name, Duration value) {
    std::string seconds;
    append_decimal(value.count(), 9, seconds);
    seconds += 's';
    json_.member(name, view(seconds));
  }
  void percent(std::string_view name, std::uint32_t ppm) {
    std::string number;
    append_decimal(std::int64_t{ppm} * 100'000, 4, number);
    json_.key(name).raw(number);
  }
  template <class Items, class Write>
  void array(std::string_view name, const Items& items, const Write& write) {
    if (items.empty()) {
      return;
    }
    json_.key(name).begin_array();
    for (const auto& item : items) {
      write(item);
    }
    json_.end_array();
  }
  void texts(std::string_view name, const std::vector<std::string>& items) {
    array(name, items, [this](const std::string& item) { json_.value(view(item)); });
  }

  void cluster_name(ClusterIndex index) {
    json_.member("cluster", index < config_.core.clusters.size()
                                ? view(config_.core.clusters[index].name)
                                : std::string_view("missing"));
  }

  const LiveConfig& config_;
  JsonWriter json_;
};

/// Virtual hosts and routes. What is secret stays out: values of headers that carry credentials,
/// bodies.
class RouteDump : public ConfigJson {
 protected:
  using ConfigJson::ConfigJson;
  void virtual_host(const VirtualHost& host);

 private:
  void string_match(const StringMatch& match, bool is_secret);
  void route_match(const RouteMatch& match);
  void mutations(std::string_view name, const std::vector<HeaderMutation>& list);
  void retry(const RetryPolicy& policy);
  void fault(const FaultPolicy& policy);
  void route_action(const Route& route);
  void route(const Route& route);
};

}  // namespace shaketable::proxy::live
