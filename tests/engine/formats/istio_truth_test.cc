#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <regex>
#include <string>
#include <vector>

#include "engine/formats/document.h"
#include "proxy/core/matcher.h"
#include "tests/engine/formats/istio_fixture.h"
#include "tests/support/shared_folder.h"

// What Istio's own tests expect of VirtualServices: routes to other services, with older and newer
// rules, namespaces and wildcards; matches, redirects and faults. The rows are no part of this
// tree: SHAKETABLE_CORPUS names their folder.
namespace shaketable::engine {
namespace {

namespace fs = std::filesystem;

// Rows that we do not share, with the reason.
struct Deviation {
  const char* id;
  const char* reason;
};
constexpr Deviation kDeviations[] = {
    {"IT082", "corsPolicy is not modelled"},
    {"IT085", "requests are plain HTTP: grpc-status is not modelled"},
};

bool is_deviation(std::string_view id) {
  return std::any_of(std::begin(kDeviations), std::end(kDeviations),
                     [&](const Deviation& deviation) { return id == deviation.id; });
}

std::string_view text_at(const Node& map, std::string_view key) {
  const Node* node = map.find(key);
  return node == nullptr ? std::string_view() : node->text();
}

class IstioTruthTest : public IstioTest {
 protected:
  void SetUp() override {
    const fs::path folder = support::shared_folder() / "corpus";
    if (!fs::is_directory(folder)) {
      GTEST_SKIP() << "no shared/corpus beside the tree; set SHAKETABLE_SHARED to its folder";
    }
    truth_ = folder / "truth";
  }

  /// The rows of a table, one JSON text each.
  std::vector<Document> rows(const std::string& table) {
    std::vector<Document> result;
    std::ifstream file(truth_ / table / "rows.jsonl");
    for (std::string line; std::getline(file, line);) {
      Diagnostics diagnostics;
      if (auto documents = parse_documents("row.json", line, diagnostics)) {
        result.push_back(documents->front());
      }
    }
    return result;
  }

  void read_case(const std::string& table, const Node& row) {
    diagnostics_ = Diagnostics();
    const std::string file = (truth_ / table / text_at(row, "file")).string();
    policies_ = read_istio(std::span(&file, 1), mesh_, diagnostics_);
  }

  fs::path truth_;
};

/// A row of kind "vhost": which clusters the routes of a service lead to.
class VirtualHostRow {
 public:
  explicit VirtualHostRow(const Node& row) : row_(row) {}

  /// Rows whose objects we read: no HTTPRoute, no Sidecar.
  static bool is_ours(const Node& row, const std::string& text) {
    return text_at(row, "kind") == "vhost" && text.find("kind: Sidecar") == std::string::npos &&
           text.find("kind: HTTPRoute") == std::string::npos;
  }

  /// The services of the case, a caller in the right namespace, and what the routes name.
  Mesh mesh(const std::string& file) const {
    Diagnostics diagnostics;
    std::vector<Service> services = {
        make_service("caller", {"v1"}, std::string(text_at(row_, "proxyNamespace")))};
    const auto documents =
        load_documents(file, diagnostics, {.several_documents = true, .limits = {}});
    for (const Document& document : documents.value_or(std::vector<Document>())) {
      if (text_at(document.root(), "kind") == "Service") {
        const Node& meta = *document.root().find("metadata");
        services.push_back(make_service(std::string(text_at(meta, "name")), {"v1"},
                                        std::string(text_at(meta, "namespace"))));
      }
    }
    for (const std::string& host : expected_hosts()) {
      if (!host.ends_with(".svc.cluster.local")) {
        services.push_back(make_service(host, {"v1"}));
      }
    }
    return make_mesh(std::move(services));
  }

  std::vector<std::string> expected_hosts() const {
    std::vector<std::string> hosts;
    for (const MapEntry& entry : row_.find("expectedClustersByVirtualHost")->entries()) {
      for (const Node* cluster : entry.value->items()) {
        hosts.push_back(host_of(cluster->text()));
      }
    }
    return hosts;
  }

  /// "outbound|80||a.b" -> "a.b"
  static std::string host_of(std::string_view cluster) {
    return std::string(cluster.substr(cluster.rfind('|') + 1));
  }

 private:
  const Node& row_;
};

std::string slurp(const fs::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST_F(IstioTruthTest, TheRightVirtualServiceOwnsAHost) {
  int compared = 0;
  for (const Document& document : rows("istio-simulation")) {
    const Node& row = document.root();
    const fs::path file = truth_ / "istio-simulation" / text_at(row, "file");
    if (!VirtualHostRow::is_ours(row, slurp(file)) ||
        row.find("expectedClustersByVirtualHost")->is_null()) {
      continue;
    }
    mesh_ = VirtualHostRow(row).mesh(file.string());
    read_case("istio-simulation", row);
    for (const MapEntry& entry : row.find("expectedClustersByVirtualHost")->entries()) {
      const std::string name(entry.key->text().substr(0, entry.key->text().find('.')));
      const ServiceIndex service = find_service(mesh_, name);
      if (!entry.value->is_sequence() || service == kNone) {
        continue;  // Virtual hosts of hosts outside of the mesh have no counterpart here.
      }
      const DestinationPolicy* policy = find(name, "caller");
      policy = policy == nullptr ? find(name) : policy;
      ServiceIndex target = service;  // Without rules, the service itself.
      if (policy != nullptr && !policy->rules.empty()) {
        target = policy->rules.front().destinations.front().service;
      }
      ASSERT_NE(target, kNone) << text_at(row, "id");
      const std::string expected = VirtualHostRow::host_of(entry.value->items().front()->text());
      const Service& actual = mesh_.services[target];
      EXPECT_TRUE(expected == actual.name ||
                  expected == actual.name + "." + actual.kube_namespace + ".svc.cluster.local")
          << text_at(row, "id") << ": " << expected << " is not " << actual.name;
      ++compared;
    }
  }
  EXPECT_GE(compared, 10);
}

/// What happens to a request that follows the rules, without time and chance.
struct Answer {
  int status = 404;
  std::string path;
  std::string authority;
  std::vector<proxy::HeaderMutation> request_headers;
};

Answer answer(const DestinationPolicy& policy, const proxy::RequestHead& head, int redirects = 1) {
  for (const RouteRule& rule : policy.rules) {
    const proxy::Route& route = rule.route;
    if (!proxy::RouteMatcher(route.match).matches(head, head.path, {})) {
      continue;
    }
    Answer result{200, std::string(head.path), {}, route.request_headers};
    if (route.rewrite) {
      result.authority = route.rewrite->authority;
    }
    if (route.fault && route.fault->abort_ppm == proxy::kPpmOne) {
      result.status = route.fault->abort_status;
    } else if (route.redirect) {
      const proxy::Rewrite rewrite{route.redirect->prefix_rewrite, {}, {}, {}};
      const std::string path = proxy::rewritten_path(rewrite, route.match.path, head.path);
      proxy::RequestHead next = head;
      next.path = path;
      return redirects > 0 ? answer(policy, next, redirects - 1) : Answer{301, path, {}, {}};
    }
    return result;
  }
  return {};
}

void expect_check(const Node& check, const Answer& actual, std::string_view id) {
  for (const MapEntry& entry : check.entries()) {
    const std::string_view kind = entry.key->text();
    const auto item = [&](std::size_t i) { return entry.value->items()[i]->text(); };
    if (kind == "And") {
      for (const Node* part : entry.value->items()) {
        expect_check(*part, actual, id);
      }
    } else if (kind == "OK") {
      EXPECT_EQ(actual.status, 200) << id;
    } else if (kind == "Status") {
      EXPECT_EQ(std::to_string(actual.status), item(0)) << id;
    } else if (kind == "Host") {
      EXPECT_EQ(actual.authority, item(0)) << id;
    } else if (kind == "URL") {
      EXPECT_EQ(actual.path, item(0)) << id;
    } else if (kind == "RequestHeader") {
      const auto sets = [&](const proxy::HeaderMutation& mutation) {
        return mutation.value == item(1);
      };
      EXPECT_TRUE(std::any_of(actual.request_headers.begin(), actual.request_headers.end(), sets))
          << id;
    } else {
      ADD_FAILURE() << id << ": unknown check " << kind;
    }
  }
}

/// Headers out of the Go expression that builds them; views into `built`.
std::vector<proxy::Header> sent_headers(const std::string& built) {
  std::vector<proxy::Header> sent;
  const std::regex with("With\\(\"([^\"]*)\", \"([^\"]*)\"\\)");
  const std::string_view text = built;
  for (std::sregex_iterator it(built.begin(), built.end(), with), end; it != end; ++it) {
    const auto part = [&](std::size_t i) {
      return text.substr(static_cast<std::size_t>(it->position(i)),
                         static_cast<std::size_t>(it->length(i)));
    };
    sent.push_back({part(1), part(2)});
  }
  if (built.find("absurdHeader") != std::string::npos) {
    sent.push_back({"a!#$%&'*+-.^_`|~z", "why"});  // The constant of the table's source.
  }
  return sent;
}

TEST_F(IstioTruthTest, RequestsAreAnsweredAsInIstiosTrafficTests) {
  mesh_ = make_mesh({make_service("a", {"v1"}), make_service("b", {"v1"})});
  int compared = 0;
  for (const Document& document : rows("istio-traffic")) {
    const Node& row = document.root();
    const std::string_view id = text_at(row, "id");
    if (text_at(row, "group") != "VirtualService" || is_deviation(id)) {
      continue;
    }
    read_case("istio-traffic", row);
    ASSERT_FALSE(diagnostics_.has_errors()) << id << reports();
    ASSERT_NE(find("b"), nullptr) << id;
    std::vector<const Node*> calls = {&row};
    if (row.find("children")->is_sequence()) {
      const auto children = row.find("children")->items();
      calls.assign(children.begin(), children.end());
    }
    for (const Node* call : calls) {
      const Node* http = call->find("opts")->find("HTTP");
      const Node* headers = http == nullptr ? nullptr : http->find("Headers");
      const std::string built(headers == nullptr ? std::string_view()
                                                 : headers->entries().front().key->text());
      const std::vector<proxy::Header> sent = sent_headers(built);
      const std::string path(
          http == nullptr || http->find("Path") == nullptr ? "/" : http->find("Path")->text());
      proxy::RequestHead head;
      head.method = "GET";
      head.path = path;
      head.headers = sent;
      expect_check(*call->find("check"), answer(*find("b"), head), id);
      ++compared;
    }
  }
  EXPECT_GE(compared, 15);
}

}  // namespace
}  // namespace shaketable::engine
