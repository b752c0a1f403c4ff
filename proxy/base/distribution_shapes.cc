// The smooth shapes of Distribution: each is a table of exact quantiles.
#include <algorithm>
#include <bit>
#include <cmath>
#include <utility>

#include "proxy/base/assert.h"
#include "proxy/base/distribution.h"
#include "proxy/base/portable_math.h"

namespace shaketable::proxy {
namespace {

using TablePointer = std::shared_ptr<const QuantileTable>;

constexpr std::size_t kNodes = QuantileTable::kNodesPerSide;
constexpr double kNormal99 = 2.3263478740408408;

/// First word of the pool's keys.
enum class Shape : std::uint64_t { kLognormal, kPareto, kGamma, kHyperexponential };

std::uint64_t bits_of(double value) { return std::bit_cast<std::uint64_t>(value); }

double as_double(Duration duration) { return static_cast<double>(duration.count()); }

/// Fills a table with `quantile(tail probability, upper?)`.
template <class Quantile>
TablePointer tabulate(Quantile&& quantile) {
  QuantileTableBuilder builder;
  for (const bool upper : {false, true}) {
    for (std::size_t i = 0; i < kNodes; ++i) {
      builder.set(i, upper, quantile(QuantileTableBuilder::tail_probability(i), upper));
    }
  }
  return builder.build();
}

template <class Make>
TablePointer shared_table(QuantileTablePool* pool, const QuantileTablePool::Key& key, Make&& make) {
  return pool == nullptr ? make() : pool->find_or_make(key, make);
}

/// -ln(1 - p). Tail probabilities are short binary fractions, so 1 - p is exact.
double minus_log_of_complement(double p) { return -portable_log(1 - p); }

/// Immutable, built on first use: a constant that is too large to write down.
const TablePointer& exponential_table() {
  static const TablePointer kTable = tabulate(
      [](double p, bool upper) { return upper ? -portable_log(p) : minus_log_of_complement(p); });
  return kTable;
}

const TablePointer& normal_table() {
  static const TablePointer kTable = tabulate([](double p, bool upper) {
    const double z = normal_quantile(p);
    return upper ? -z : z;
  });
  return kTable;
}

TablePointer lognormal_table(double sigma, QuantileTablePool* pool) {
  return shared_table(pool, {static_cast<std::uint64_t>(Shape::kLognormal), bits_of(sigma)}, [&] {
    return tabulate([sigma](double p, bool upper) {
      const double z = normal_quantile(p);
      return portable_exp(sigma * (upper ? -z : z));
    });
  });
}

/// Quantiles of a gamma distribution with mean 1.
TablePointer make_gamma_table(double shape) {
  QuantileTableBuilder builder;
  for (const bool upper : {false, true}) {
    // From the median outwards, so that each quantile is a good guess for the next one.
    double guess = shape;
    for (std::size_t i = kNodes; i-- > 0;) {
      const double p = QuantileTableBuilder::tail_probability(i);
      guess = gamma_quantile(shape, upper ? Tail::kUpper : Tail::kLower, p, guess);
      builder.set(i, upper, guess / shape);
    }
  }
  return builder.build();
}

/// P(X > x) of a mixture of exponentials, and its complement without cancellation near 0.
struct MixtureTails {
  double upper = 0;
  double lower = 0;
  double density = 0;
};

MixtureTails mixture_tails(std::span<const Distribution::Branch> branches, double weights,
                           double x) {
  MixtureTails tails;
  for (const Distribution::Branch& branch : branches) {
    const double rate = 1 / as_double(branch.mean);
    const double probability = branch.probability / weights;
    const double survival = portable_exp(-rate * x);
    // 1 - e^-y by its series where the difference would lose digits.
    const double y = rate * x;
    const double complement = y < 1e-4 ? y * (1 - y / 2 * (1 - y / 3)) : 1 - survival;
    tails.upper += probability * survival;
    tails.lower += probability * complement;
    tails.density += probability * rate * survival;
  }
  return tails;
}

double mixture_quantile(std::span<const Distribution::Branch> branches, double weights, double p,
                        bool upper, double guess) {
  // Newton in ln x on ln(tail): both tails of a mixture are nearly straight there.
  double y = portable_log(guess);
  for (int i = 0; i < 100; ++i) {
    const double x = portable_exp(y);
    const MixtureTails tails = mixture_tails(branches, weights, x);
    const double tail = upper ? tails.upper : tails.lower;
    const double slope = (upper ? -1 : 1) * x * tails.density / tail;
    const double step = std::fmin(1.0, std::fmax(-1.0, portable_log(tail / p) / slope));
    y -= step;
    if (std::fabs(step) < 1e-13) {
      break;
    }
  }
  return portable_exp(y);
}

}  // namespace

Distribution Distribution::exponential(Duration mean) {
  ASSERT(mean >= Duration::zero());
  return mean == Duration::zero() ? Distribution()
                                  : from_table(exponential_table(), as_double(mean), 0);
}

Distribution Distribution::normal(Duration mean, Duration standard_deviation) {
  ASSERT(standard_deviation >= Duration::zero());
  if (standard_deviation == Duration::zero()) {
    return constant(std::max(mean, Duration::zero()));
  }
  return from_table(normal_table(), as_double(standard_deviation), mean.count());
}

Distribution Distribution::lognormal(Duration median, Duration p99, QuantileTablePool* pool) {
  ASSERT(median > Duration::zero());
  ASSERT(p99 >= median);
  if (p99 == median) {
    return constant(median);
  }
  const double sigma = portable_log(as_double(p99) / as_double(median)) / kNormal99;
  return from_table(lognormal_table(sigma, pool), as_double(median), 0);
}

Distribution Distribution::lognormal_mu_sigma(double mu, double sigma, QuantileTablePool* pool) {
  ASSERT(sigma >= 0);
  const double median_ns = std::fmin(portable_exp(mu) * 1e9, 4.6e18);
  if (sigma == 0) {
    return constant(Duration(static_cast<std::int64_t>(median_ns + 0.5)));
  }
  return from_table(lognormal_table(sigma, pool), median_ns, 0);
}

Distribution Distribution::pareto(Duration scale, double shape, QuantileTablePool* pool) {
  ASSERT(scale >= Duration::zero());
  ASSERT(shape > 0);
  const double exponent = -1 / shape;
  TablePointer table =
      shared_table(pool, {static_cast<std::uint64_t>(Shape::kPareto), bits_of(shape)}, [exponent] {
        return tabulate([exponent](double p, bool upper) {
          const double log_survival = upper ? portable_log(p) : -minus_log_of_complement(p);
          // Beyond e^600 the table saturates anyway; this keeps the values finite.
          return portable_exp(std::fmin(600.0, exponent * log_survival));
        });
      });
  return from_table(std::move(table), as_double(scale), 0);
}

Distribution Distribution::gamma(double shape, Duration scale, QuantileTablePool* pool) {
  ASSERT(shape >= 0.05 && shape <= 10'000);
  ASSERT(scale >= Duration::zero());
  if (shape == 1) {
    return exponential(scale);
  }
  TablePointer table =
      shared_table(pool, {static_cast<std::uint64_t>(Shape::kGamma), bits_of(shape)},
                   [shape] { return make_gamma_table(shape); });
  return from_table(std::move(table), as_double(scale) * shape, 0);
}

Distribution Distribution::erlang(std::uint32_t stages, Duration mean, QuantileTablePool* pool) {
  ASSERT(stages >= 1);
  if (stages == 1) {
    return exponential(mean);
  }
  const Distribution unit = gamma(static_cast<double>(stages), 1s, pool);
  return from_table(unit.table_, as_double(mean), 0);
}

Distribution Distribution::hyperexponential(std::span<const Branch> branches,
                                            QuantileTablePool* pool) {
  ASSERT(!branches.empty());
  double weights = 0;
  double weighted_mean = 0;
  QuantileTablePool::Key key = {static_cast<std::uint64_t>(Shape::kHyperexponential)};
  for (const Branch& branch : branches) {
    ASSERT(branch.probability > 0);
    ASSERT(branch.mean > Duration::zero());
    weights += branch.probability;
    weighted_mean += branch.probability * as_double(branch.mean);
    key.push_back(bits_of(branch.probability));
    key.push_back(static_cast<std::uint64_t>(branch.mean.count()));
  }
  const double mean = weighted_mean / weights;
  TablePointer table = shared_table(pool, key, [&] {
    QuantileTableBuilder builder;
    for (const bool upper : {false, true}) {
      double guess = mean;
      for (std::size_t i = kNodes; i-- > 0;) {
        const double p = QuantileTableBuilder::tail_probability(i);
        guess = mixture_quantile(branches, weights, p, upper, guess);
        builder.set(i, upper, guess / mean);
      }
    }
    return builder.build();
  });
  return from_table(std::move(table), mean, 0);
}

}  // namespace shaketable::proxy
