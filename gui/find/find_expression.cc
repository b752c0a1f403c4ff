#include "gui/find/find_expression.h"

#include <algorithm>

#include "gui/find/find_node.h"

namespace shaketable::gui {
namespace {

using Node = FindExpression::Node;
using Compare = Node::Compare;
using Kind = Node::Kind;

std::string lower_case(std::string_view text) {
  std::string all(text);
  for (char& letter : all) {
    letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return all;
}

/// Whether `text` is `pattern`, in which `*` is anything. Both in lower case.
bool fits(std::string_view text, std::string_view pattern) {
  std::size_t t = 0, p = 0, star = std::string_view::npos, kept = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      kept = t;
    } else if (p < pattern.size() && pattern[p] == text[t]) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++kept;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

const char* word_of(NodeHealth health) {
  switch (health) {
    case NodeHealth::kNoData:
      return "unknown";
    case NodeHealth::kHealthy:
      return "healthy";
    case NodeHealth::kDegraded:
      return "degraded";
    case NodeHealth::kFailing:
      return "failing";
    case NodeHealth::kDown:
      return "down";
  }
  return "";
}

class Finder {
 public:
  explicit Finder(const FindSubject& subject) : subject_(subject) {}

  std::vector<bool> find(const Node& node) const {
    const std::size_t services = subject_.mesh.services.size();
    switch (node.kind) {
      case Kind::kAnd:
      case Kind::kOr: {
        std::vector<bool> all = find(*node.parts.front());
        for (std::size_t i = 1; i < node.parts.size(); ++i) {
          const std::vector<bool> other = find(*node.parts[i]);
          for (std::size_t s = 0; s < services; ++s) {
            all[s] = node.kind == Kind::kAnd ? all[s] && other[s] : all[s] || other[s];
          }
        }
        return all;
      }
      case Kind::kNot: {
        std::vector<bool> all = find(*node.parts.front());
        all.flip();
        return all;
      }
      case Kind::kNear:
        return near(node);
      case Kind::kNumber:
      case Kind::kText:
      case Kind::kWord:
        break;
    }
    std::vector<bool> all(services);
    for (std::size_t s = 0; s < services; ++s) {
      all[s] = node.kind == Kind::kNumber ? number_fits(node, s)
               : node.kind == Kind::kText ? text_fits(node, s)
                                          : word_fits(node, s);
    }
    return all;
  }

 private:
  [[nodiscard]] const engine::Service& service(std::size_t s) const {
    return subject_.mesh.services[s];
  }
  /// Null before a figure is known.
  [[nodiscard]] const NodeLook* look(std::size_t s) const {
    const bool is_known = subject_.look != nullptr && s < subject_.look->nodes.size() &&
                          subject_.look->nodes[s].has_run;
    return is_known ? &subject_.look->nodes[s] : nullptr;
  }

  [[nodiscard]] double calls(std::size_t s, bool of_callers) const {
    return static_cast<double>(std::count_if(
        subject_.shape.edges.begin(), subject_.shape.edges.end(),
        [&](const auto& edge) { return (of_callers ? edge.second : edge.first) == s; }));
  }

  [[nodiscard]] double instances(std::size_t s) const {
    double all = 0;
    for (const engine::Version& version : service(s).versions) {
      all += version.instances;
    }
    return all;
  }

  /// Nothing for a figure that is not known yet.
  [[nodiscard]] std::optional<double> value(FindField field, std::size_t s) const {
    if (field == FindField::kInstances) {
      return instances(s);
    }
    if (field == FindField::kCallers || field == FindField::kCalls) {
      return calls(s, field == FindField::kCallers);
    }
    const NodeLook* const now = look(s);
    if (now == nullptr) {
      return std::nullopt;
    }
    switch (field) {
      case FindField::kUp:
        return now->instances_up;
      case FindField::kEjected:
        return now->ejected;
      case FindField::kRps:
        return now->rate;
      case FindField::kErrors:
        return now->error_share * 100;
      case FindField::kP50:
        return now->p50_us / 1e3;
      case FindField::kP99:
        return now->p99_us / 1e3;
      case FindField::kUtilisation:
        return now->utilisation * 100;
      case FindField::kQueue:
        return now->queue;
      case FindField::kFaults:
        return static_cast<double>(now->faults.size());
      case FindField::kInstances:
      case FindField::kCallers:
      case FindField::kCalls:
      case FindField::kName:
      case FindField::kNamespace:
      case FindField::kZone:
      case FindField::kVersion:
      case FindField::kRuntime:
      case FindField::kState:
        break;
    }
    return std::nullopt;
  }

  [[nodiscard]] bool number_fits(const Node& node, std::size_t s) const {
    const auto is = value(node.field, s);
    if (!is) {
      return false;
    }
    switch (node.compare) {
      case Compare::kEqual:
        return *is == node.number;
      case Compare::kNotEqual:
        return *is != node.number;
      case Compare::kGreater:
        return *is > node.number;
      case Compare::kGreaterEqual:
        return *is >= node.number;
      case Compare::kLess:
        return *is < node.number;
      case Compare::kLessEqual:
        return *is <= node.number;
      case Compare::kContains:
        return false;
    }
    return false;
  }

  [[nodiscard]] std::vector<std::string> texts(FindField field, std::size_t s) const {
    std::vector<std::string> all;
    if (field == FindField::kNamespace) {
      all.push_back(service(s).kube_namespace);
    } else if (field == FindField::kVersion || field == FindField::kRuntime) {
      for (const engine::Version& version : service(s).versions) {
        all.push_back(field == FindField::kVersion ? version.name : version.runtime.name);
      }
    } else if (field == FindField::kZone) {
      const std::string zones = zones_of(subject_.mesh, service(s));
      for (std::size_t at = 0; at <= zones.size();) {
        const std::size_t comma = std::min(zones.find(", ", at), zones.size());
        all.push_back(zones.substr(at, comma - at));
        at = comma + 2;
      }
    } else if (field == FindField::kState) {
      const NodeLook* const now = look(s);
      all.emplace_back(word_of(now == nullptr ? NodeHealth::kNoData : now->health));
    } else {
      all.push_back(service(s).name);
    }
    return all;
  }

  [[nodiscard]] bool text_fits(const Node& node, std::size_t s) const {
    const std::vector<std::string> all = texts(node.field, s);
    const bool is_there = std::any_of(all.begin(), all.end(), [&](const std::string& each) {
      const std::string text = lower_case(each);
      return node.compare == Compare::kContains ? text.find(node.text) != std::string::npos
                                                : fits(text, node.text);
    });
    return node.compare == Compare::kNotEqual ? !is_there : is_there;
  }

  [[nodiscard]] bool word_fits(const Node& node, std::size_t s) const {
    const std::string name = lower_case(service(s).name);
    if (name.find(node.text) != std::string::npos ||
        (node.text.find('*') != std::string::npos && fits(name, node.text))) {
      return true;
    }
    const NodeLook* const now = look(s);
    if (node.text == "entry") {
      return service(s).entry;
    }
    if (node.text == "outside") {
      return !service(s).sidecar;
    }
    if (node.text == "open") {
      return has_open_circuit(s);
    }
    return now != nullptr && node.text == word_of(now->health);
  }

  [[nodiscard]] bool has_open_circuit(std::size_t s) const {
    for (std::size_t e = 0; subject_.look != nullptr && e < subject_.look->edges.size() &&
                            e < subject_.shape.edges.size();
         ++e) {
      const auto& [from, to] = subject_.shape.edges[e];
      if (subject_.look->edges[e].circuit_open && (from == s || to == s)) {
        return true;
      }
    }
    return false;
  }

  [[nodiscard]] std::vector<bool> near(const Node& node) const {
    std::vector<bool> all(subject_.mesh.services.size());
    std::vector<std::size_t> front;
    for (std::size_t s = 0; s < all.size(); ++s) {
      if (fits(lower_case(service(s).name), node.text)) {
        all[s] = true;
        front.push_back(s);
      }
    }
    std::vector<std::vector<std::size_t>> beside(all.size());
    for (const auto& [from, to] : subject_.shape.edges) {
      beside[from].push_back(to);
      beside[to].push_back(from);
    }
    for (int step = 0; step < static_cast<int>(node.number) && !front.empty(); ++step) {
      std::vector<std::size_t> further;
      for (const std::size_t s : front) {
        for (const std::size_t other : beside[s]) {
          if (!all[other]) {
            all[other] = true;
            further.push_back(other);
          }
        }
      }
      front = std::move(further);
    }
    return all;
  }

  const FindSubject& subject_;
};

}  // namespace

std::vector<bool> FindExpression::find(const FindSubject& subject) const {
  return root_ == nullptr ? std::vector<bool>(subject.mesh.services.size(), true)
                          : Finder(subject).find(*root_);
}

std::string zones_of(const engine::Mesh& mesh, const engine::Service& service) {
  std::uint32_t instances = 0;  // They are spread over the zones round robin.
  for (const engine::Version& version : service.versions) {
    instances += version.instances;
  }
  std::string all;
  for (std::size_t z = 0; z < mesh.zones.size() && z < instances; ++z) {
    all += (all.empty() ? "" : ", ") + mesh.zones[z];
  }
  return all;
}

}  // namespace shaketable::gui
