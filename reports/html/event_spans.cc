#include <algorithm>
#include <map>
#include <utility>

#include "reports/html/lanes.h"

namespace shaketable::reports {
namespace {

// Opens and closes of one thing: every sidecar has its own, so it is over when the last one is.
template <class Span>
class Pairing {
 public:
  explicit Pairing(std::int64_t end) : end_(end) {}

  template <class Key>
  void open(std::map<Key, std::size_t>& current, const Key& key, Span span, std::uint64_t count) {
    const auto found = current.find(key);
    if (found != current.end()) {
      spans[found->second].count += count;
      depth_[found->second] += count;
      return;
    }
    span.to_ns = end_;
    span.count = count;
    current[key] = spans.size();
    spans.push_back(std::move(span));
    depth_.push_back(count);
  }

  template <class Key>
  void close(std::map<Key, std::size_t>& current, const Key& key, std::int64_t at,
             std::uint64_t count) {
    const auto found = current.find(key);
    if (found == current.end()) {
      return;
    }
    std::uint64_t& depth = depth_[found->second];
    depth = depth > count ? depth - count : 0;
    if (depth == 0) {
      spans[found->second].to_ns = at;
      current.erase(found);
    }
  }

  std::vector<Span> spans;

 private:
  std::int64_t end_;
  std::vector<std::uint64_t> depth_;
};

}  // namespace

std::vector<CircuitSpan> circuit_spans(const engine::RunRecord& record) {
  Pairing<CircuitSpan> pairing(proxy::nanoseconds_of(record.ended));
  std::map<EdgeKey, std::size_t> current;
  for (const engine::RunEvent& event : record.events) {
    const EdgeKey edge{event.caller, event.service};
    const std::int64_t at = proxy::nanoseconds_of(event.at);
    if (event.kind == engine::EventKind::kCircuitOpen) {
      pairing.open(current, edge, {.edge = edge, .from_ns = at, .reason = event.reason}, 1);
    } else if (event.kind == engine::EventKind::kCircuitClose) {
      pairing.close(current, edge, at, 1);
    }
  }
  return std::move(pairing.spans);
}

std::vector<EjectionSpan> ejection_spans(const engine::RunRecord& record) {
  Pairing<EjectionSpan> pairing(proxy::nanoseconds_of(record.ended));
  std::map<std::pair<engine::ServiceIndex, std::uint32_t>, std::size_t> current;
  for (const engine::RunEvent& event : record.events) {
    const std::pair key{event.service, event.instance};
    const std::int64_t at = proxy::nanoseconds_of(event.at);
    if (event.kind == engine::EventKind::kEjection) {
      pairing.open(current, key,
                   {.service = event.service,
                    .instance = event.instance,
                    .from_ns = at,
                    .reason = event.reason},
                   event.count);
    } else if (event.kind == engine::EventKind::kUnejection) {
      pairing.close(current, key, at, event.count);
    }
  }
  return std::move(pairing.spans);
}

}  // namespace shaketable::reports
