#include <algorithm>
#include <array>
#include <string>
#include <vector>

#include "engine/formats/codes.h"
#include "engine/formats/mesh_loader_context.h"
#include "engine/formats/mesh_loader_parts.h"
#include "engine/formats/node_editor.h"
#include "engine/formats/printable.h"
#include "engine/formats/scenario_override.h"
#include "engine/formats/schema_reader.h"
#include "proxy/base/portable_math.h"

// Distributions: every factory's precondition is checked here, with the place of the mistake.
namespace shaketable::engine {
namespace {

constexpr double kMicro = 1e-6;
constexpr std::size_t kMaxPoints = 10'000;
constexpr std::size_t kMaxMeasured = 100'000;
constexpr std::size_t kMaxMeasuredBytes = 2U << 20;
constexpr std::size_t kMaxPath = 4'096;
constexpr Bounds<Duration> kPositive{Duration(1), kMaxReadDuration};

struct Reader {
  LoaderContext& context;

  std::nullopt_t bad(const Node& node, std::string message, std::string expected) {
    context.error(node, code::kBadDistribution, std::move(message), std::move(expected));
    return std::nullopt;
  }

  /// Two durations in a list.
  std::optional<std::array<Duration, 2>> two(const Node* node, const char* what) {
    const auto items = read_sequence(node, context.diagnostics, what);
    if (!node->is_sequence()) {
      return std::nullopt;
    }
    if (items.size() != 2) {
      return bad(*node, "two values are due here, not " + std::to_string(items.size()), what);
    }
    const auto first = read_duration(items[0], context.diagnostics);
    const auto second = read_duration(items[1], context.diagnostics);
    if (!first || !second) {
      return std::nullopt;
    }
    return std::array<Duration, 2>{*first, *second};
  }

  std::optional<Distribution> normal(const Node* node) {
    const auto values = two(node, "[mean, standard deviation]");
    return values ? std::optional(Distribution::normal((*values)[0], (*values)[1])) : std::nullopt;
  }

  std::optional<Distribution> uniform(const Node* node) {
    const auto values = two(node, "[least, most]");
    if (!values) {
      return std::nullopt;
    }
    if ((*values)[0] > (*values)[1]) {
      return bad(*node, "the first value is above the second", "[least, most]");
    }
    return Distribution::uniform((*values)[0], (*values)[1]);
  }

  std::optional<Distribution> lognormal(const Node* node) {
    constexpr Bounds<std::int64_t> kMu{-50'000'000, 20'000'000};
    constexpr Bounds<std::int64_t> kSigma{0, 10'000'000};
    ObjectReader map(node, spec::kLognormal, context.diagnostics);
    const Node* const p99_node = map.get("p99");
    const auto median = read_duration(map.get("median"), context.diagnostics, kPositive);
    const auto p99 = read_duration(p99_node, context.diagnostics, kPositive);
    const auto mu = read_decimal(map.get("mu"), context.diagnostics, kMu);
    const auto sigma = read_decimal(map.get("sigma"), context.diagnostics, kSigma);
    map.finish();
    if (!map.ok()) {
      return std::nullopt;
    }
    if (median && p99 && !mu && !sigma) {
      if (*p99 < *median) {
        return bad(*p99_node, "p99 is below the median", "a p99 of at least the median");
      }
      return Distribution::lognormal(*median, *p99, &context.tables);
    }
    if (sigma && !p99 && mu.has_value() != median.has_value()) {
      const double log_seconds =
          mu ? static_cast<double>(*mu) * kMicro : proxy::portable_log(proxy::to_seconds(*median));
      return Distribution::lognormal_mu_sigma(log_seconds, static_cast<double>(*sigma) * kMicro,
                                              &context.tables);
    }
    return bad(*node, "these keys make no lognormal distribution",
               "{median, p99}, {median, sigma} or {mu, sigma}");
  }

  std::optional<Distribution> pareto(const Node* node) {
    ObjectReader map(node, spec::kPareto, context.diagnostics);
    const auto scale = read_duration(map.get("scale"), context.diagnostics, kPositive);
    const auto shape =
        read_decimal(map.get("shape"), context.diagnostics, {100'000, 1'000'000'000});
    map.finish();
    if (!scale || !shape) {
      return std::nullopt;
    }
    return Distribution::pareto(*scale, static_cast<double>(*shape) * kMicro, &context.tables);
  }

  std::optional<Distribution> gamma(const Node* node) {
    ObjectReader map(node, spec::kGamma, context.diagnostics);
    const auto shape =
        read_decimal(map.get("shape"), context.diagnostics, {50'000, 10'000'000'000});
    const auto scale = read_duration(map.get("scale"), context.diagnostics, kPositive);
    const auto mean = read_duration(map.get("mean"), context.diagnostics, kPositive);
    map.finish();
    if (!map.ok() || !shape) {
      return std::nullopt;
    }
    if (scale.has_value() == mean.has_value()) {
      return bad(*node, "a gamma distribution needs one of scale and mean", "{shape, mean}");
    }
    const double exact = static_cast<double>(*shape) * kMicro;
    const double unit =
        scale ? static_cast<double>(scale->count()) : static_cast<double>(mean->count()) / exact;
    if (context.gammas >= kMaxGammas) {
      context.error(*node, code::kTooMany, "the file has too many different gamma distributions",
                    "at most 500 shapes");
      return std::nullopt;
    }
    const std::size_t before = context.tables.size();
    const Distribution result = Distribution::gamma(
        exact, Duration(static_cast<std::int64_t>(unit + 0.5)), &context.tables);
    context.gammas += context.tables.size() - before;
    return result;
  }

  /// The two items of `[share, value]`; null pointers when it is something else.
  std::array<const Node*, 2> pair(const Node& node, const char* what) {
    const auto items = read_sequence(&node, context.diagnostics, what);
    if (items.size() == 2) {
      return {items[0], items[1]};
    }
    if (node.is_sequence()) {
      context.error(node, code::kBadDistribution, "two values are due here", what);
    }
    return {nullptr, nullptr};
  }

  std::span<const Node* const> points(const Node* node, const char* what) {
    const auto items = read_sequence(node, context.diagnostics, what);
    if (node->is_sequence() && (items.empty() || items.size() > kMaxPoints)) {
      context.error(*node, code::kBadDistribution, "a distribution has 1 to 10,000 points", what);
      return {};
    }
    return items;
  }

  std::optional<Distribution> hyperexponential(const Node* node) {
    std::vector<Distribution::Branch> branches;
    for (const Node* item : points(node, "a list of [share, mean]")) {
      const auto [share_node, mean_node] = pair(*item, "[share, mean], such as [90%, 5ms]");
      const auto share = read_percent(share_node, context.diagnostics, {1, 1'000'000});
      const auto mean = read_duration(mean_node, context.diagnostics, kPositive);
      if (share && mean) {
        branches.push_back({static_cast<double>(*share) * kMicro, *mean});
      }
    }
    if (branches.empty()) {
      return std::nullopt;
    }
    return Distribution::hyperexponential(branches, &context.tables);
  }

  /// `p99.9`, `99.9%`, `min`, `max` or `0.999` as a number in [0, 1].
  std::optional<double> quantile(const Node* node) {
    if (node == nullptr) {
      return std::nullopt;
    }
    const std::string_view text = node->text();
    if (text == "min" || text == "max") {
      return text == "min" ? 0.0 : 1.0;
    }
    if (text.starts_with('p')) {
      const Node number = NodeEditor::part(*node, 1, text.size() - 1);
      const auto value = read_decimal(&number, context.diagnostics, {0, 100'000'000});
      return value ? std::optional(static_cast<double>(*value) * kMicro / 100) : std::nullopt;
    }
    const auto value = text.ends_with('%')
                           ? read_percent(node, context.diagnostics)
                           : read_decimal(node, context.diagnostics, {0, 1'000'000});
    return value ? std::optional(static_cast<double>(*value) * kMicro) : std::nullopt;
  }

  std::optional<Distribution> empirical(const Node* node) {
    return node->is_scalar() ? measured_in_file(*node) : quantiles(node);
  }

  /// A file, relative to the one that names it: a list of measured times, or of quantiles.
  std::optional<Distribution> measured_in_file(const Node& node) {
    const auto path = read_string(&node, context.diagnostics, kMaxPath);
    if (!path) {
      return std::nullopt;
    }
    const std::string folder = is_argument(node.file()) ? context.folder : folder_of(node.file());
    const std::string file = in_folder(folder, *path);
    if (const auto known = context.measured.find(file); known != context.measured.end()) {
      return known->second;
    }
    LoadOptions options;
    options.limits.max_bytes = kMaxMeasuredBytes;
    const auto documents = load_documents(file, context.diagnostics, options);
    if (!documents) {
      return bad(node, "the measured times " + quoted(*path, 200) + " cannot be used",
                 "[[p50, 8ms], [p99, 40ms]], or a file with a list of times: `- 8ms`");
    }
    const Node& list = documents->front().root();
    const bool has_quantiles =
        list.is_sequence() && !list.items().empty() && list.items().front()->is_sequence();
    auto times = has_quantiles ? quantiles(&list) : measured(list);
    context.measured.emplace(file, times);
    return times;
  }

  /// One of the times, each as likely as the others.
  std::optional<Distribution> measured(const Node& list) {
    const auto items = read_sequence(&list, context.diagnostics, "a list of times");
    if (list.is_sequence() && (items.empty() || items.size() > kMaxMeasured)) {
      return bad(list, "measured times are 1 to 100,000", "a list such as `- 8ms`");
    }
    std::vector<Duration> times;
    for (const Node* item : items) {
      if (const auto time = read_duration(item, context.diagnostics)) {
        times.push_back(*time);
      }
    }
    if (times.empty() || times.size() < items.size()) {
      return std::nullopt;
    }
    std::sort(times.begin(), times.end());
    std::vector<Distribution::WeightedValue> values;
    for (const Duration time : times) {
      if (values.empty() || values.back().value != time) {
        values.push_back({time, 0});
      }
      ++values.back().weight;
    }
    return Distribution::discrete(values);
  }

  std::optional<Distribution> quantiles(const Node* node) {
    std::vector<Distribution::QuantilePoint> result;
    bool good = true;
    for (const Node* item : points(node, "a list of [quantile, value]")) {
      const auto [quantile_node, value_node] =
          pair(*item, "[quantile, value], such as [p99, 40ms]");
      const auto at = quantile(quantile_node);
      const auto value = read_duration(value_node, context.diagnostics);
      if (!at || !value) {
        good = false;
        continue;
      }
      if (!result.empty() && (*at < result.back().quantile || *value < result.back().value)) {
        return bad(*item, "quantiles and their values must not decrease", "points in order");
      }
      result.push_back({*at, *value});
    }
    return good && !result.empty() ? std::optional(Distribution::empirical(result)) : std::nullopt;
  }
};

}  // namespace

std::optional<Distribution> read_time(const Node* node, LoaderContext& context) {
  if (node == nullptr) {
    return std::nullopt;
  }
  if (!node->is_map()) {
    const auto value = read_duration(node, context.diagnostics);
    return value ? std::optional(Distribution::constant(*value)) : std::nullopt;
  }
  if (context.tables.size() >= kMaxShapes) {
    context.error(*node, code::kTooMany, "the file has too many different distributions",
                  "at most 10,000 forms");
    return std::nullopt;
  }
  ObjectReader map(node, spec::kDistribution, context.diagnostics);
  Reader read{context};
  std::optional<Distribution> result;
  if (const auto value = read_duration(map.get("constant"), context.diagnostics)) {
    result = Distribution::constant(*value);
  }
  if (const auto mean = read_duration(map.get("exponential"), context.diagnostics)) {
    result = Distribution::exponential(*mean);
  }
  const auto apply = [&](const char* key, auto member) {
    if (const Node* value = map.get(key)) {
      result = (read.*member)(value);
    }
  };
  apply("normal", &Reader::normal);
  apply("lognormal", &Reader::lognormal);
  apply("uniform", &Reader::uniform);
  apply("pareto", &Reader::pareto);
  apply("gamma", &Reader::gamma);
  apply("hyperexponential", &Reader::hyperexponential);
  apply("empirical", &Reader::empirical);
  map.finish();
  return result;
}

}  // namespace shaketable::engine
