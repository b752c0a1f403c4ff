#include "reports/html/layered_layout.h"

#include <algorithm>
#include <deque>

namespace shaketable::reports {
namespace {

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;
using Neighbours = std::vector<std::vector<std::size_t>>;

constexpr int kSweeps = 8;

// Longest path by peeling off nodes without unplaced callers; what a cycle holds back is placed as
// far as it got.
std::vector<std::size_t> layers_of(const Neighbours& callees, const Neighbours& callers) {
  const std::size_t nodes = callees.size();
  std::vector<std::size_t> layer(nodes, 0);
  std::vector<std::size_t> waiting(nodes, 0);
  std::vector<bool> placed(nodes, false);
  std::deque<std::size_t> ready;
  for (std::size_t n = 0; n < nodes; ++n) {
    waiting[n] = callers[n].size();
    if (waiting[n] == 0) {
      ready.push_back(n);
    }
  }
  std::size_t next_forced = 0;
  for (std::size_t done = 0; done < nodes; ++done) {
    while (ready.empty()) {  // Only nodes of cycles are left: take the first.
      if (!placed[next_forced]) {
        ready.push_back(next_forced);
      }
      ++next_forced;
    }
    const std::size_t node = ready.front();
    ready.pop_front();
    placed[node] = true;
    for (const std::size_t callee : callees[node]) {
      if (placed[callee]) {
        continue;
      }
      layer[callee] = std::max(layer[callee], layer[node] + 1);
      if (--waiting[callee] == 0) {
        ready.push_back(callee);
      }
    }
  }
  return layer;
}

// Orders one layer by the mean row of its neighbours on the given side.
void order_layer(std::vector<std::size_t>& members, const Neighbours& neighbours,
                 const std::vector<std::size_t>& layer, std::vector<std::size_t>& row,
                 bool from_left) {
  std::vector<std::pair<std::size_t, std::size_t>> keyed;  // Barycentre times 1024, node.
  for (const std::size_t node : members) {
    std::size_t sum = 0;
    std::size_t count = 0;
    for (const std::size_t other : neighbours[node]) {
      if (from_left ? layer[other] < layer[node] : layer[other] > layer[node]) {
        sum += row[other];
        ++count;
      }
    }
    keyed.emplace_back(count == 0 ? row[node] * 1024 : sum * 1024 / count, node);
  }
  std::stable_sort(keyed.begin(), keyed.end(),
                   [](const auto& l, const auto& r) { return l.first < r.first; });
  for (std::size_t i = 0; i < keyed.size(); ++i) {
    members[i] = keyed[i].second;
    row[members[i]] = i;
  }
}

}  // namespace

LayeredLayout lay_out(std::size_t nodes, const Edges& edges) {
  Neighbours callees(nodes);
  Neighbours callers(nodes);
  for (const auto& [from, to] : edges) {
    if (from != to && from < nodes && to < nodes) {
      callees[from].push_back(to);
      callers[to].push_back(from);
    }
  }
  const std::vector<std::size_t> layer = layers_of(callees, callers);
  std::vector<std::vector<std::size_t>> members;
  std::vector<std::size_t> row(nodes, 0);
  for (std::size_t n = 0; n < nodes; ++n) {
    members.resize(std::max(members.size(), layer[n] + 1));
    row[n] = members[layer[n]].size();
    members[layer[n]].push_back(n);
  }
  for (int sweep = 0; sweep < kSweeps; ++sweep) {
    for (std::size_t l = 1; l < members.size(); ++l) {
      order_layer(members[l], callers, layer, row, true);
    }
    for (std::size_t l = members.size(); l-- > 0;) {
      order_layer(members[l], callees, layer, row, false);
    }
  }
  LayeredLayout layout;
  for (std::size_t n = 0; n < nodes; ++n) {
    layout.nodes.push_back({.layer = layer[n], .row = row[n]});
  }
  for (const auto& it : members) {
    layout.rows.push_back(it.size());
  }
  return layout;
}

}  // namespace shaketable::reports
