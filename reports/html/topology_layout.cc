#include "reports/html/topology_layout.h"

#include <algorithm>

#include "reports/html/layered_layout.h"

namespace shaketable::reports {
namespace {

using Pairs = std::vector<std::pair<std::size_t, std::size_t>>;

constexpr int kSweeps = 10;

class Placement {
 public:
  Placement(std::size_t nodes, const Pairs& edges, const TopologyMeasures& measures)
      : nodes_(nodes), edges_(edges), measures_(measures) {}

  TopologyLayout place() {
    break_up_long_edges();
    order_layers();
    first_places();
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      for (std::size_t l = 1; l < layers_.size(); ++l) {
        pull(layers_[l], left_);
      }
      for (std::size_t l = layers_.size(); l-- > 0;) {
        pull(layers_[l], right_);
      }
    }
    return result();
  }

 private:
  [[nodiscard]] bool is_box(std::size_t node) const { return node < nodes_; }

  // A chain of points, one in each layer that the edge passes.
  void break_up_long_edges() {
    const LayeredLayout first = lay_out(nodes_, edges_);
    layer_.resize(nodes_);
    for (std::size_t n = 0; n < nodes_; ++n) {
      layer_[n] = first.nodes[n].layer;
    }
    chains_.resize(edges_.size());
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      const auto [from, to] = edges_[e];
      chains_[e].push_back(from);
      for (std::size_t l = layer_[from] + 1; l < layer_[to]; ++l) {
        chains_[e].push_back(layer_.size());
        layer_.push_back(l);
      }
      chains_[e].push_back(to);
      for (std::size_t i = 0; i + 1 < chains_[e].size() && layer_[from] < layer_[to]; ++i) {
        steps_.emplace_back(chains_[e][i], chains_[e][i + 1]);
      }
    }
  }

  void order_layers() {
    const LayeredLayout layout = lay_out(layer_.size(), steps_);
    // A node that only cycles and loops touch may have moved; its own layer stays what it was.
    std::size_t most = 0;
    for (const std::size_t layer : layer_) {
      most = std::max(most, layer + 1);
    }
    layers_.resize(most);
    for (std::size_t n = 0; n < layer_.size(); ++n) {
      layers_[layer_[n]].push_back(n);
    }
    for (auto& layer : layers_) {
      std::stable_sort(layer.begin(), layer.end(), [&](std::size_t l, std::size_t r) {
        return layout.nodes[l].row < layout.nodes[r].row;
      });
    }
    left_.resize(layer_.size());
    right_.resize(layer_.size());
    for (const auto& [from, to] : steps_) {
      right_[from].push_back(to);
      left_[to].push_back(from);
    }
  }

  [[nodiscard]] std::int64_t gap_between(std::size_t upper, std::size_t lower) const {
    const int box = measures_.box_height + measures_.row_gap;
    const int line = measures_.line_gap;
    const int half = (is_box(upper) ? box : line) + (is_box(lower) ? box : line);
    return std::int64_t{half} * 5;  // Tenths of a pixel, half of each.
  }

  void first_places() {
    middle_.assign(layer_.size(), 0);
    std::int64_t tallest = 0;
    for (const auto& layer : layers_) {
      std::int64_t y = 0;
      for (std::size_t i = 0; i < layer.size(); ++i) {
        y += i == 0 ? 0 : gap_between(layer[i - 1], layer[i]);
        middle_[layer[i]] = y;
      }
      tallest = std::max(tallest, y);
    }
    for (const auto& layer : layers_) {
      const std::int64_t shift = layer.empty() ? 0 : (tallest - middle_[layer.back()]) / 2;
      for (const std::size_t node : layer) {
        middle_[node] += shift;
      }
    }
  }

  // Moves each node of a layer to the mean of its neighbours on one side, as far as its layer lets
  // it.
  void pull(const std::vector<std::size_t>& layer,
            const std::vector<std::vector<std::size_t>>& neighbours) {
    std::vector<std::int64_t> wanted;
    std::vector<std::int64_t> gaps;
    for (std::size_t i = 0; i < layer.size(); ++i) {
      const auto& others = neighbours[layer[i]];
      std::int64_t sum = 0;
      for (const std::size_t other : others) {
        sum += middle_[other];
      }
      wanted.push_back(others.empty() ? middle_[layer[i]]
                                      : sum / static_cast<std::int64_t>(others.size()));
      gaps.push_back(i == 0 ? 0 : gap_between(layer[i - 1], layer[i]));
    }
    const std::vector<std::int64_t> places = place_in_order(wanted, gaps);
    for (std::size_t i = 0; i < layer.size(); ++i) {
      middle_[layer[i]] = places[i];
    }
  }

  TopologyLayout result() {
    const std::int64_t margin = measures_.margin * 10;
    const std::int64_t half_box = measures_.box_height * 5;
    const std::int64_t column = (measures_.box_width + measures_.column_gap) * 10;
    std::int64_t least = 0;
    std::int64_t greatest = 0;
    for (std::size_t n = 0; n < middle_.size(); ++n) {
      const std::int64_t half = is_box(n) ? half_box : 30;
      least = n == 0 ? middle_[n] - half : std::min(least, middle_[n] - half);
      greatest = n == 0 ? middle_[n] + half : std::max(greatest, middle_[n] + half);
    }
    TopologyLayout layout;
    for (std::int64_t& y : middle_) {
      y += margin - least;
    }
    for (std::size_t n = 0; n < nodes_; ++n) {
      layout.boxes.push_back(
          {margin + static_cast<std::int64_t>(layer_[n]) * column, middle_[n] - half_box});
    }
    layout.width = static_cast<int>(layers_.size()) * (measures_.box_width + measures_.column_gap) -
                   measures_.column_gap + 2 * measures_.margin;
    layout.height = static_cast<int>((greatest - least) / 10) + 2 * measures_.margin;
    draw_lines(layout);
    return layout;
  }

  void draw_lines(TopologyLayout& layout) const {
    const std::int64_t width = measures_.box_width * 10;
    const std::int64_t column = width + measures_.column_gap * 10;
    const std::int64_t margin = measures_.margin * 10;
    layout.lines.resize(edges_.size());
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      const auto [from, to] = edges_[e];
      auto& line = layout.lines[e];
      line.push_back({layout.boxes[from].x + width, port(e, true)});
      for (std::size_t i = 1; i + 1 < chains_[e].size(); ++i) {
        const std::size_t node = chains_[e][i];
        const std::int64_t x = margin + static_cast<std::int64_t>(layer_[node]) * column;
        line.push_back({x, middle_[node]});
        line.push_back({x + width, middle_[node]});
      }
      line.push_back({layout.boxes[to].x, port(e, false)});
    }
  }

  // Where an edge leaves or meets its box: in the order of the other ends.
  [[nodiscard]] std::int64_t port(std::size_t edge, bool leaving) const {
    const auto end_of = [&](std::size_t e) { return leaving ? edges_[e].first : edges_[e].second; };
    const auto next_to = [&](std::size_t e) {
      return middle_[leaving ? chains_[e][1] : chains_[e][chains_[e].size() - 2]];
    };
    const std::size_t box = end_of(edge);
    std::int64_t before = 0;
    std::int64_t all = 0;
    for (std::size_t e = 0; e < edges_.size(); ++e) {
      if (end_of(e) == box) {
        ++all;
        before += std::pair(next_to(e), e) < std::pair(next_to(edge), edge) ? 1 : 0;
      }
    }
    const std::int64_t room = measures_.box_height * 10 - 120;
    const std::int64_t step = all > 1 ? std::min<std::int64_t>(room / (all - 1), 110) : 0;
    return middle_[box] + before * step - (all - 1) * step / 2;
  }

  std::size_t nodes_;
  const Pairs& edges_;
  const TopologyMeasures& measures_;
  std::vector<std::size_t> layer_;                ///< By node, points on the way behind the boxes.
  std::vector<std::vector<std::size_t>> chains_;  ///< By edge, from its caller to its callee.
  Pairs steps_;
  std::vector<std::vector<std::size_t>> layers_;
  std::vector<std::vector<std::size_t>> left_, right_;
  std::vector<std::int64_t> middle_;  ///< Tenths of a pixel.
};

}  // namespace

std::vector<std::int64_t> place_in_order(const std::vector<std::int64_t>& wanted,
                                         const std::vector<std::int64_t>& gaps) {
  // Without the gaps the places must only not fall: neighbours that would are pooled at their mean.
  struct Pool {
    std::int64_t sum = 0;
    std::int64_t count = 0;
    [[nodiscard]] std::int64_t mean() const { return sum / count; }
  };
  std::vector<Pool> pools;
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    offset += i == 0 ? 0 : gaps[i];
    pools.push_back({.sum = wanted[i] - offset, .count = 1});
    while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
      const Pool last = pools.back();
      pools.pop_back();
      pools.back().sum += last.sum;
      pools.back().count += last.count;
    }
  }
  std::vector<std::int64_t> places;
  offset = 0;
  for (const Pool& pool : pools) {
    for (std::int64_t i = 0; i < pool.count; ++i) {
      offset += places.empty() ? 0 : gaps[places.size()];
      places.push_back(pool.mean() + offset);
    }
  }
  return places;
}

TopologyLayout lay_out_topology(std::size_t nodes, const Pairs& edges,
                                const TopologyMeasures& measures) {
  return Placement(nodes, edges, measures).place();
}

}  // namespace shaketable::reports
