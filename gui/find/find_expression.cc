#include "gui/find/find_expression.h"

#include <algorithm>

#include "gui/find/find_node.h"

namespace shaketable::gui {
namespace {

using Node = FindExpression::Node;
using Compare = Node::Compare;
using Kind = Node::Kind;

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
        return numbers(node);
      case Kind::kText:
      case Kind::kWord:
        break;
    }
    std::vector<bool> all =
        node.text == "open" ? ends_of_open_circuits() : std::vector<bool>(services);
    for (std::size_t s = 0; s < services; ++s) {
      all[s] = node.kind == Kind::kText ? text_fits(node, s) : all[s] || word_fits(node, s);
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

  /// By service: how many call it, or how many it calls.
  [[nodiscard]] std::vector<double> degrees(bool of_callers) const {
    std::vector<double> all(subject_.mesh.services.size());
    for (const auto& [from, to] : subject_.shape.edges) {
      ++all[of_callers ? to : from];
    }
    return all;
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

  [[nodiscard]] std::vector<bool> numbers(const Node& node) const {
    const bool of_calls = node.field == FindField::kCallers || node.field == FindField::kCalls;
    const std::vector<double> counted =
        of_calls ? degrees(node.field == FindField::kCallers) : std::vector<double>();
    std::vector<bool> all(subject_.mesh.services.size());
    for (std::size_t s = 0; s < all.size(); ++s) {
      const auto is = of_calls ? std::optional(counted[s]) : value(node.field, s);
      all[s] = is && number_fits(node, *is);
    }
    return all;
  }

  [[nodiscard]] static bool number_fits(const Node& node, double is) {
    switch (node.compare) {
      case Compare::kEqual:
        return is == node.number;
      case Compare::kNotEqual:
        return is != node.number;
      case Compare::kGreater:
        return is > node.number;
      case Compare::kGreaterEqual:
        return is >= node.number;
      case Compare::kLess:
        return is < node.number;
      case Compare::kLessEqual:
        return is <= node.number;
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
      all.emplace_back(name_of(now == nullptr ? NodeHealth::kNoData : now->health));
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
    return now != nullptr && node.text == name_of(now->health);
  }

  [[nodiscard]] std::vector<bool> ends_of_open_circuits() const {
    std::vector<bool> all(subject_.mesh.services.size());
    for (std::size_t e = 0; subject_.look != nullptr && e < subject_.look->edges.size() &&
                            e < subject_.shape.edges.size();
         ++e) {
      if (subject_.look->edges[e].circuit_open) {
        const auto& [from, to] = subject_.shape.edges[e];
        all[from] = all[to] = true;
      }
    }
    return all;
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

std::string lower_case(std::string_view text) {
  std::string all(text);
  for (char& letter : all) {
    letter = letter >= 'A' && letter <= 'Z' ? static_cast<char>(letter - 'A' + 'a') : letter;
  }
  return all;
}

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
