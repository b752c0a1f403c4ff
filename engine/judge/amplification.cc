#include "engine/judge/amplification.h"

#include <algorithm>
#include <limits>
#include <numeric>
#include <utility>

#include "engine/judge/call_order.h"
#include "proxy/base/bits.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kOne = 1'000'000;
constexpr std::uint64_t kLeastRequests = 10;
constexpr std::int64_t kMostProduct = std::numeric_limits<std::int64_t>::max() / kOne;

std::int64_t ratio_ppm(std::uint64_t requests, std::uint64_t retries) {
  return requests == 0 ? kOne
                       : static_cast<std::int64_t>(scaled(requests + retries, kOne, requests));
}

std::int64_t product_ppm(std::int64_t left, std::int64_t right) {
  const auto product = static_cast<proxy::Uint128>(static_cast<std::uint64_t>(left)) *
                       static_cast<std::uint64_t>(right) / kOne;
  return static_cast<std::int64_t>(
      std::min<proxy::Uint128>(product, static_cast<std::uint64_t>(kMostProduct)));
}

// The greatest products of one bucket, callers before callees.
class BucketProducts {
 public:
  BucketProducts(const RunView& view, const std::vector<std::size_t>& place)
      : view_(view), place_(place), order_(view.services()) {
    std::iota(order_.begin(), order_.end(), ServiceIndex{0});
    std::sort(order_.begin(), order_.end(),
              [&](ServiceIndex l, ServiceIndex r) { return place[l] > place[r]; });
  }

  // The service at the end of the greatest product.
  ServiceIndex find(std::size_t bucket, std::int64_t& greatest) {
    best_.assign(view_.services(), kOne);
    from_.assign(view_.services(), kNone);
    ServiceIndex last = kNone;
    greatest = kOne;
    for (const ServiceIndex service : order_) {
      for (const std::uint32_t e : view_.into(service)) {
        const EdgeRecord& edge = view_.edges()[e];
        if (place_[edge.caller] <= place_[service] || bucket >= edge.series->points.size()) {
          continue;
        }
        const std::int64_t product =
            product_ppm(best_[edge.caller], amplification_ppm(edge.series->points[bucket]));
        if (product > best_[service]) {
          best_[service] = product;
          from_[service] = edge.caller;
        }
      }
      if (best_[service] > greatest) {
        greatest = best_[service];
        last = service;
      }
    }
    return last;
  }

  // From the first edge that retries to `last`. A caller that multiplies nothing has no
  // predecessor, so the path begins where the product does.
  [[nodiscard]] std::vector<ServiceIndex> path_to(ServiceIndex last) const {
    std::vector<ServiceIndex> path;
    for (ServiceIndex s = last; s != kNone; s = from_[s]) {
      path.push_back(s);
    }
    std::reverse(path.begin(), path.end());
    return path;
  }

 private:
  const RunView& view_;
  const std::vector<std::size_t>& place_;
  std::vector<ServiceIndex> order_;
  std::vector<std::int64_t> best_;
  std::vector<ServiceIndex> from_;
};

}  // namespace

std::int64_t amplification_ppm(const Point& point) {
  return point.count < kLeastRequests ? kOne : ratio_ppm(point.count, point.retries);
}

std::vector<EdgeAmplification> edge_amplification(const RunView& view) {
  std::vector<EdgeAmplification> result;
  for (const EdgeRecord& edge : view.edges()) {
    const Sums all = sums_of(*edge.series, {0, view.buckets()});
    if (all.retries == 0) {
      continue;
    }
    EdgeAmplification it{.caller = edge.caller,
                         .service = edge.service,
                         .requests = all.count,
                         .attempts = all.count + all.retries,
                         .normal_ppm = ratio_ppm(edge.normal.count, edge.normal.retries)};
    for (std::size_t i = 0; i < edge.series->points.size(); ++i) {
      const std::int64_t ppm = amplification_ppm(edge.series->points[i]);
      if (ppm > it.worst_ppm) {
        it.worst_ppm = ppm;
        it.worst_at = view.start_of(i);
      }
    }
    result.push_back(it);
  }
  std::stable_sort(result.begin(), result.end(),
                   [](const EdgeAmplification& l, const EdgeAmplification& r) {
                     return l.worst_ppm > r.worst_ppm;
                   });
  return result;
}

PathAmplification path_amplification(const RunView& view) {
  const std::vector<std::size_t> place = callees_first(view.scenario(), view.record());
  BucketProducts products(view, place);
  PathAmplification worst;
  for (std::size_t i = 0; i < view.buckets(); ++i) {
    std::int64_t greatest = kOne;
    const ServiceIndex last = products.find(i, greatest);
    if (last != kNone && greatest > worst.product_ppm) {
      worst = {products.path_to(last), greatest, view.start_of(i)};
    }
  }
  return worst;
}

}  // namespace shaketable::engine
