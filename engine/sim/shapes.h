#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "engine/scenario/model.h"
#include "engine/world/plan.h"
#include "proxy/base/prefetch.h"
#include "proxy/core/types.h"

namespace shaketable::engine {

/// The finite set of requests that a run can contain: every endpoint with every set of headers that
/// the load sends. Applications pass the headers of a request on with their own calls, as those do
/// that forward tracing headers, so a set travels down the whole tree. Set 0 is empty.
class Shapes {
 public:
  Shapes(const Scenario& scenario, const Plans& plans);

  [[nodiscard]] const proxy::RequestHead& head(GlobalEndpoint endpoint,
                                               std::uint16_t headers) const {
    return heads_[shape_of(endpoint, headers)];
  }
  /// RequestHead::shape of that request.
  [[nodiscard]] std::uint32_t shape_of(GlobalEndpoint endpoint, std::uint16_t headers) const {
    return endpoint * set_count_ + headers;
  }
  /// Asks for what a sidecar reads of it, when it knows the shape.
  void prefetch(GlobalEndpoint endpoint, std::uint16_t headers) const {
    proxy::prefetch(&heads_[shape_of(endpoint, headers)].shape);
  }
  /// The header set of a request of the load.
  [[nodiscard]] std::uint16_t set_of(const LoadRequest& request) const;

 private:
  struct HeaderSet {
    std::vector<Label> labels;
    std::string query;
    std::vector<proxy::Header> views;
  };

  void add(const LoadRequest& request);

  std::vector<HeaderSet> sets_;
  std::uint32_t set_count_ = 0;     ///< sets_.size(), which would cost a division to ask for.
  std::vector<std::string> texts_;  ///< Method, path with query: what the views point to.
  std::vector<proxy::RequestHead> heads_;
};

}  // namespace shaketable::engine
