#include <string>

#include "engine/judge/comparison.h"
#include "engine/judge/comparison_parts.h"
#include "engine/judge/units.h"

// Which way a metric gets better, and how differences are written.
namespace shaketable::engine {
namespace {

std::string with_sign(std::int64_t value, const std::string& text) {
  return value > 0 ? '+' + text : text;
}

}  // namespace

bool is_share(Metric metric) {
  return metric == Metric::kSuccessRate || metric == Metric::kErrorRate ||
         metric == Metric::kRetryRatio || metric == Metric::kUtilisation;
}

int better_direction(Metric metric) {
  switch (metric) {
    case Metric::kSuccessRate:
    case Metric::kGoodput:
      return 1;
    case Metric::kErrorRate:
    case Metric::kMean:
    case Metric::kP50:
    case Metric::kP90:
    case Metric::kP95:
    case Metric::kP99:
    case Metric::kP999:
    case Metric::kMax:
    case Metric::kRetryRatio:
    case Metric::kQueue:
      return -1;
    case Metric::kRps:
    case Metric::kUtilisation:
    case Metric::kRequests:
    case Metric::kShare:
      return 0;
  }
  return 0;
}

std::string format_difference(Metric metric, std::int64_t difference) {
  if (is_share(metric)) {
    std::string text = format_ppm(difference);
    text.pop_back();  // "%": a difference of shares is in points.
    return with_sign(difference, text + "pp");
  }
  if (metric == Metric::kRequests && difference < 0) {
    return '-' + format_metric(metric, -difference);
  }
  if (difference < 0 && (metric == Metric::kRps || metric == Metric::kGoodput)) {
    return '-' + format_rate(-difference);
  }
  return with_sign(difference, format_metric(metric, difference));
}

std::string format_relative(std::int64_t ppm) {
  constexpr std::int64_t kThousandfold = 1'000'000'000;
  if (magnitude(ppm) >= kThousandfold) {
    return ppm > 0 ? "more than a thousandfold" : "-100 %";
  }
  const std::int64_t rounded = (magnitude(ppm) + 500) / 1'000 * 1'000;  // One decimal.
  const std::string text = format_millionths(rounded * 100, 1) + " %";
  return ppm < 0 && rounded > 0 ? '-' + text : with_sign(rounded, text);
}

}  // namespace shaketable::engine
