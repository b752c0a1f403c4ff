#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/formats/schema.h"
#include "proxy/app/proxy_spec.h"
#include "proxy/app/proxy_words.h"

namespace shaketable::proxy::app {
namespace {

using engine::AliasSpec;
using engine::ObjectSpec;
using engine::ScalarSpec;
using engine::WordSpec;

const ObjectSpec* const kObjects[] = {
    &spec::kProxy,    &spec::kIdentity,   &spec::kListener,    &spec::kListenerTls,
    &spec::kTcpRoute, &spec::kDefaults,   &spec::kCluster,     &spec::kEndpoint,
    &spec::kDns,      &spec::kClusterTls, &spec::kVirtualHost, &spec::kRoute,
    &spec::kMirror,   &spec::kHeaders,    &spec::kAdmin,       &spec::kAccessLog,
    &spec::kTracing,  &spec::kTimeouts,   &spec::kLimits,      &spec::kNamedCertificate,
};

constexpr AliasSpec kAliases[] = {{"upstream_endpoint", "address|weighted_address"}};

constexpr ScalarSpec kScalars[] = {
    {"address",
     R"("type": "string", "pattern": "^(unix:/.+|\\[[0-9A-Fa-f:.]+\\]:[0-9]+|[^:/ ]+:[0-9]+)$", )"
     R"("examples": ["127.0.0.1:8080", "[::1]:8080", "unix:/run/app.sock"])"},
    {"bytes", R"("type": "string", "pattern": "^[0-9]+(\\.[0-9]+)?([KMGT]i?|k)?B$", )"
              R"("examples": ["64KiB", "1MB"])"},
};

constexpr auto kRole = engine::words::words_of(words::kRole);
constexpr auto kDirection = engine::words::words_of(words::kDirection);
constexpr auto kListenerProtocol = engine::words::words_of(words::kListenerProtocol);
constexpr auto kListenerTls = engine::words::words_of(words::kListenerTls);
constexpr auto kClusterTls = engine::words::words_of(words::kClusterTls);
constexpr auto kDnsKind = engine::words::words_of(words::kDnsKind);
constexpr auto kAccessLog = engine::words::words_of(words::kAccessLog);

constexpr WordSpec kWords[] = {
    {"role", kRole},
    {"direction", kDirection},
    {"listener_protocol", kListenerProtocol},
    {"listener_tls", kListenerTls},
    {"cluster_tls", kClusterTls},
    {"dns_kind", kDnsKind},
    {"access_log", kAccessLog},
};

/// The names in a type: "[a|b]|{c}" has a, b and c.
std::vector<std::string_view> names_in(std::string_view type) {
  std::vector<std::string_view> names;
  while (!type.empty()) {
    const std::size_t end = std::min(type.find_first_of("[]{}|"), type.size());
    if (end > 0) {
      names.push_back(type.substr(0, end));
    }
    type.remove_prefix(std::min(end + 1, type.size()));
  }
  return names;
}

/// The objects of the proxy's file, and those of scenario files that they refer to.
class Closure {
 public:
  Closure() {
    for (const ObjectSpec* object : kObjects) {
      add_object(*object);
    }
    for (const AliasSpec& alias : kAliases) {
      add_type(alias.type);
    }
  }

  [[nodiscard]] const std::vector<const ObjectSpec*>& objects() const { return objects_; }
  [[nodiscard]] bool has(std::string_view name) const { return names_.count(name) != 0; }

 private:
  void add_object(const ObjectSpec& object) {
    if (!objects_seen_.insert(object.name).second) {
      return;
    }
    objects_.push_back(&object);
    for (const engine::KeySpec& key : object.keys) {
      add_type(key.type);
    }
    add_type(object.others);
  }

  void add_type(std::string_view type) {
    for (const std::string_view name : names_in(type)) {
      names_.insert(name);
      const bool own = std::any_of(std::begin(kObjects), std::end(kObjects),
                                   [&](const ObjectSpec* object) { return object->name == name; });
      if (const ObjectSpec* shared = own ? nullptr : engine::find_object(name)) {
        add_object(*shared);
      }
    }
  }

  std::vector<const ObjectSpec*> objects_;
  std::set<std::string_view> objects_seen_;
  std::set<std::string_view> names_;
};

}  // namespace

std::string proxy_schema_json() {
  const Closure closure;
  std::vector<ScalarSpec> scalars(std::begin(kScalars), std::end(kScalars));
  for (const ScalarSpec& scalar : engine::scalar_specs()) {
    if (closure.has(scalar.name)) {
      scalars.push_back(scalar);
    }
  }
  std::vector<WordSpec> word_sets(std::begin(kWords), std::end(kWords));
  for (const WordSpec& set : engine::word_specs()) {
    if (closure.has("word:" + std::string(set.name))) {
      word_sets.push_back(set);
    }
  }
  return engine::schema_json(
      {.title = "Shaketable: a proxy",
       .description = "Made by `shaketable-proxy schema` from the tables of the loader.",
       .root = "  \"allOf\": [{\"$ref\": \"#/definitions/proxy\"}],\n",
       .objects = closure.objects(),
       .aliases = kAliases,
       .scalars = scalars,
       .words = word_sets});
}

}  // namespace shaketable::proxy::app
