#include "engine/sim/shapes.h"

#include <algorithm>

#include "proxy/base/assert.h"

namespace shaketable::engine {
namespace {

bool same_labels(const std::vector<Label>& a, const std::vector<Label>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](const Label& x, const Label& y) {
    return x.key == y.key && x.value == y.value;
  });
}

}  // namespace

Shapes::Shapes(const Scenario& scenario, const Plans& plans) {
  sets_.emplace_back();
  for (const Load& load : scenario.loads) {
    for (const LoadRequest& target : load.targets) {
      add(target);
    }
  }
  set_count_ = static_cast<std::uint32_t>(sets_.size());
  for (HeaderSet& set : sets_) {
    for (const Label& label : set.labels) {
      set.views.push_back({label.key, label.value});
    }
  }
  texts_.reserve(std::size_t{plans.endpoint_count} * sets_.size());
  heads_.reserve(texts_.capacity());
  for (const Service& service : scenario.mesh.services) {
    for (const Endpoint& endpoint : service.versions.front().endpoints) {
      for (const HeaderSet& set : sets_) {
        std::string path = endpoint.path;
        if (!set.query.empty()) {
          path += '?' + set.query;
        }
        texts_.push_back(std::move(path));
        proxy::RequestHead head;
        head.method = endpoint.method;
        head.authority = service.name;
        head.path = texts_.back();
        head.headers = set.views;
        head.shape = static_cast<std::uint32_t>(heads_.size());
        heads_.push_back(head);
      }
    }
  }
}

std::uint16_t Shapes::set_of(const LoadRequest& request) const {
  const auto found = std::find_if(sets_.begin(), sets_.end(), [&](const HeaderSet& set) {
    return set.query == request.query && same_labels(set.labels, request.headers);
  });
  return found == sets_.end() ? std::uint16_t{0}
                              : static_cast<std::uint16_t>(found - sets_.begin());
}

void Shapes::add(const LoadRequest& request) {
  if (set_of(request) == 0 && !(request.headers.empty() && request.query.empty())) {
    ASSERT(sets_.size() <= 0xffffU);
    sets_.push_back({request.headers, request.query, {}});
  }
}

}  // namespace shaketable::engine
