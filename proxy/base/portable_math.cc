#include "proxy/base/portable_math.h"

#include <array>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>

#include "proxy/base/assert.h"

namespace shaketable::proxy {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();
// ln 2 in two parts; the first has so few bits that its product with an exponent is exact.
constexpr double kLn2High = 6.93147180369123816490e-01;
constexpr double kLn2Low = 1.90821492927058770002e-10;
constexpr double kHalfLnTwoPi = 9.18938533204672741780e-01;
constexpr std::uint64_t kMantissaMask = (std::uint64_t{1} << 52) - 1;
constexpr int kExponentBias = 1023;

double absolute(double x) { return x < 0 ? -x : x; }

/// 2^exponent for exponents of normal doubles.
double power_of_two(int exponent) {
  return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + kExponentBias) << 52);
}

template <std::size_t kSize>
double polynomial(const std::array<double, kSize>& coefficients, double x) {
  double sum = coefficients[kSize - 1];
  for (std::size_t i = kSize - 1; i-- > 0;) {
    sum = sum * x + coefficients[i];
  }
  return sum;
}

}  // namespace

double portable_log(double x) {
  ASSERT(x >= 0 && x < kInfinity);
  if (x == 0) {
    return -kInfinity;
  }
  int exponent = 0;
  if (x < std::numeric_limits<double>::min()) {
    x *= power_of_two(54);
    exponent = -54;
  }
  const auto bits = std::bit_cast<std::uint64_t>(x);
  exponent += static_cast<int>(bits >> 52) - kExponentBias;
  double mantissa = std::bit_cast<double>((bits & kMantissaMask) | (std::uint64_t{1023} << 52));
  if (mantissa > 1.4142135623730951) {
    mantissa *= 0.5;
    ++exponent;
  }
  // log(m) = 2 atanh(s) with s = (m - 1) / (m + 1), |s| <= 0.172.
  const double f = mantissa - 1.0;
  const double s = f / (2.0 + f);
  const double z = s * s;
  static constexpr std::array<double, 11> kOddReciprocals = {1.0 / 3,  1.0 / 5,  1.0 / 7,  1.0 / 9,
                                                             1.0 / 11, 1.0 / 13, 1.0 / 15, 1.0 / 17,
                                                             1.0 / 19, 1.0 / 21, 1.0 / 23};
  const double series = 2.0 * s * z * polynomial(kOddReciprocals, z);
  // 2s = f - s f, so that the leading term f enters without a rounding of its own.
  const double k = exponent;
  return k * kLn2High + (f - (s * f - (series + k * kLn2Low)));
}

double portable_exp(double x) {
  if (x > 709.782712893384) {
    return kInfinity;
  }
  if (x < -708.0) {
    return 0;
  }
  const double scaled = x * 1.44269504088896338700;
  const int k = static_cast<int>(scaled < 0 ? scaled - 0.5 : scaled + 0.5);
  const double high = x - k * kLn2High;
  const double low = k * kLn2Low;
  const double r = high - low;
  // e^r - 1 = r + r^2/2 + r^3/6 + ... with |r| <= 0.347; the tail after r^14 is below 1e-19.
  static constexpr std::array<double, 13> kInverseFactorials = {
      1.0 / 2,         1.0 / 6,          1.0 / 24,         1.0 / 120,     1.0 / 720,
      1.0 / 5040,      1.0 / 40320,      1.0 / 362880,     1.0 / 3628800, 1.0 / 39916800,
      1.0 / 479001600, 1.0 / 6227020800, 1.0 / 87178291200};
  const double tail = r * r * polynomial(kInverseFactorials, r);
  const double result = 1.0 + (high - (low - tail));
  // In two factors, because 2^1024 is no double although the product may be one.
  const int half = k / 2;
  return result * power_of_two(half) * power_of_two(k - half);
}

double portable_pow(double base, double exponent) {
  ASSERT(base >= 0);
  if (exponent == 0) {
    return 1;
  }
  if (base == 0) {
    return exponent > 0 ? 0 : kInfinity;
  }
  return portable_exp(exponent * portable_log(base));
}

double normal_quantile(double p) {
  ASSERT(p > 0 && p < 1);
  static constexpr std::array<double, 8> kCentreOver = {
      3.3871328727963666080e0, 1.3314166789178437745e2, 1.9715909503065514427e3,
      1.3731693765509461125e4, 4.5921953931549871457e4, 6.7265770927008700853e4,
      3.3430575583588128105e4, 2.5090809287301226727e3};
  static constexpr std::array<double, 8> kCentreUnder = {1.0,
                                                         4.2313330701600911252e1,
                                                         6.8718700749205790830e2,
                                                         5.3941960214247511077e3,
                                                         2.1213794301586595867e4,
                                                         3.9307895800092710610e4,
                                                         2.8729085735721942674e4,
                                                         5.2264952788528545610e3};
  static constexpr std::array<double, 8> kMiddleOver = {
      1.42343711074968357734e0,  4.63033784615654529590e0, 5.76949722146069140550e0,
      3.64784832476320460504e0,  1.27045825245236838258e0, 2.41780725177450611770e-1,
      2.27238449892691845833e-2, 7.74545014278341407640e-4};
  static constexpr std::array<double, 8> kMiddleUnder = {1.0,
                                                         2.05319162663775882187e0,
                                                         1.67638483018380384940e0,
                                                         6.89767334985100004550e-1,
                                                         1.48103976427480074590e-1,
                                                         1.51986665636164571966e-2,
                                                         5.47593808499534494600e-4,
                                                         1.05075007164441684324e-9};
  static constexpr std::array<double, 8> kFarOver = {
      6.65790464350110377720e0,  5.46378491116411436990e0,  1.78482653991729133580e0,
      2.96560571828504891230e-1, 2.65321895265761230930e-2, 1.24266094738807843860e-3,
      2.71155556874348757815e-5, 2.01033439929228813265e-7};
  static constexpr std::array<double, 8> kFarUnder = {1.0,
                                                      5.99832206555887937690e-1,
                                                      1.36929880922735805310e-1,
                                                      1.48753612908506148525e-2,
                                                      7.86869131145613259100e-4,
                                                      1.84631831751005468180e-5,
                                                      1.42151175831644588870e-7,
                                                      2.04426310338993978564e-15};
  const double q = p - 0.5;
  if (absolute(q) <= 0.425) {
    const double r = 0.180625 - q * q;
    return q * polynomial(kCentreOver, r) / polynomial(kCentreUnder, r);
  }
  const double r = std::sqrt(-portable_log(q < 0 ? p : 1.0 - p));
  const double magnitude =
      r <= 5.0 ? polynomial(kMiddleOver, r - 1.6) / polynomial(kMiddleUnder, r - 1.6)
               : polynomial(kFarOver, r - 5.0) / polynomial(kFarUnder, r - 5.0);
  return q < 0 ? -magnitude : magnitude;
}

double log_gamma(double x) {
  ASSERT(x > 0);
  // Stirling's series is good beyond 15; Gamma(x + 1) = x Gamma(x) leads there.
  double product = 1;
  while (x < 15) {
    product *= x;
    x += 1;
  }
  static constexpr std::array<double, 7> kStirling = {
      1.0 / 12, -1.0 / 360, 1.0 / 1260, -1.0 / 1680, 1.0 / 1188, -691.0 / 360360, 1.0 / 156};
  const double inverse = 1.0 / x;
  const double series = inverse * polynomial(kStirling, inverse * inverse);
  return (x - 0.5) * portable_log(x) - x + kHalfLnTwoPi + series - portable_log(product);
}

GammaTails gamma_tails(double shape, double x) {
  ASSERT(shape > 0 && x >= 0);
  if (x == 0) {
    return {0, 1};
  }
  constexpr double kEpsilon = 1e-16;
  constexpr int kMaxTerms = 100'000;
  const double front = portable_exp(shape * portable_log(x) - x - log_gamma(shape));
  if (x < shape + 1) {
    double term = 1 / shape;
    double sum = term;
    for (int n = 1; n < kMaxTerms && term > sum * kEpsilon; ++n) {
      term *= x / (shape + n);
      sum += term;
    }
    const double lower = front * sum;
    return {lower, 1 - lower};
  }
  // Legendre's continued fraction, evaluated from the front (modified Lentz).
  constexpr double kTiny = 1e-300;
  double b = x + 1 - shape;
  double c = 1 / kTiny;
  double d = 1 / b;
  double fraction = d;
  for (int n = 1; n < kMaxTerms; ++n) {
    const double a = -n * (n - shape);
    b += 2;
    d = 1 / (absolute(a * d + b) < kTiny ? kTiny : a * d + b);
    c = absolute(b + a / c) < kTiny ? kTiny : b + a / c;
    fraction *= d * c;
    if (absolute(d * c - 1) < kEpsilon * 4) {
      break;
    }
  }
  const double upper = front * fraction;
  return {1 - upper, upper};
}

double gamma_quantile(double shape, Tail tail, double p, double guess) {
  ASSERT(p > 0 && p < 1 && guess > 0);
  // Newton's method for ln(tail(e^y)) = ln(p): nearly straight in both tails, and e^y stays > 0.
  const double log_p = portable_log(p);
  const double log_gamma_shape = log_gamma(shape);
  double y = portable_log(guess);
  for (int i = 0; i < 100; ++i) {
    const double x = portable_exp(y);
    const GammaTails tails = gamma_tails(shape, x);
    const double value = tail == Tail::kLower ? tails.lower : -tails.upper;
    // d tail / dy = x * density(x)
    const double slope = portable_exp(shape * y - x - log_gamma_shape);
    double step = (portable_log(absolute(value)) - log_p) * value / slope;
    // Far to the left both tails are flat or straight; far to the right the upper one underflows.
    step = step > 50 ? 50 : (step < -1 ? -1 : step);
    y -= step;
    if (absolute(step) < 1e-12) {
      break;
    }
  }
  return portable_exp(y);
}

}  // namespace shaketable::proxy
