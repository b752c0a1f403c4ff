#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/printable.h"

// Cycles of synchronous calls: a request that comes back to where it started never ends.
namespace shaketable::engine {
namespace {

/// A call from one endpoint, and where it is written.
struct Edge {
  std::size_t to;
  SourceMark mark;
};

class CycleFinder {
 public:
  explicit CycleFinder(LoaderContext& context) : context_(context) { collect(); }

  /// Depth first with an explicit stack: call chains may be as long as the mesh is large.
  void run() {
    for (std::size_t start = 0; start < edges_.size(); ++start) {
      if (colour_[start] == Colour::kNew) {
        visit(start);
      }
    }
  }

 private:
  enum class Colour : std::uint8_t { kNew, kOpen, kDone };
  struct Frame {
    std::size_t node;
    std::size_t next = 0;
  };

  void collect() {
    for (const Service& service : context_.mesh.services) {
      first_.push_back(edges_.size());
      edges_.resize(edges_.size() + service.endpoint_names.size());
    }
    colour_.assign(edges_.size(), Colour::kNew);
    for (std::size_t i = 0; i < context_.mesh.services.size(); ++i) {
      for (const Version& version : context_.mesh.services[i].versions) {
        for (std::size_t e = 0; e < version.endpoints.size(); ++e) {
          add_edges(version.endpoints[e].steps, edges_[first_[i] + e]);
        }
      }
    }
  }

  void add_edges(const std::vector<Step>& steps, std::vector<Edge>& edges) {
    for (const Step& step : steps) {
      if (step.kind == Step::Kind::kCall) {
        edges.push_back({first_[step.call.service] + step.call.endpoint, step.mark});
      }
      for (const std::vector<Step>& branch : step.branches) {
        add_edges(branch, edges);
      }
    }
  }

  void visit(std::size_t start) {
    std::vector<Frame> stack{{start}};
    colour_[start] = Colour::kOpen;
    while (!stack.empty()) {
      Frame& frame = stack.back();
      if (frame.next == edges_[frame.node].size()) {
        colour_[frame.node] = Colour::kDone;
        stack.pop_back();
        continue;
      }
      const Edge& edge = edges_[frame.node][frame.next++];
      if (colour_[edge.to] == Colour::kOpen) {
        report(stack, edge);
      } else if (colour_[edge.to] == Colour::kNew) {
        colour_[edge.to] = Colour::kOpen;
        stack.push_back({edge.to});
      }
    }
  }

  void report(const std::vector<Frame>& stack, const Edge& closing) {
    constexpr std::size_t kShown = 12;
    std::size_t begin = stack.size() - 1;
    while (stack[begin].node != closing.to) {
      --begin;
    }
    std::string path;
    for (std::size_t i = begin; i < stack.size(); ++i) {
      if (i - begin == kShown) {
        path += "... (" + std::to_string(stack.size() - begin) + " endpoints) -> ";
        break;
      }
      path += name(stack[i].node) + " -> ";
    }
    context_.diagnostics.add({.code = code::kCallCycle,
                              .file = closing.mark.file,
                              .line = closing.mark.line,
                              .column = closing.mark.column,
                              .message = "calls go in a circle: " + path + name(closing.to),
                              .expected = "calls that come to an end"});
  }

  [[nodiscard]] std::string name(std::size_t node) const {
    const auto after = std::upper_bound(first_.begin(), first_.end(), node);
    const auto service = static_cast<std::size_t>(after - first_.begin()) - 1;
    const Service& owner = context_.mesh.services[service];
    return printable(owner.name) + " " + printable(owner.endpoint_names[node - first_[service]]);
  }

  LoaderContext& context_;
  std::vector<std::size_t> first_;  ///< Number of each service's first endpoint.
  std::vector<std::vector<Edge>> edges_;
  std::vector<Colour> colour_;
};

}  // namespace

void check_call_cycles(LoaderContext& context) { CycleFinder(context).run(); }

}  // namespace shaketable::engine
