#pragma once

namespace shaketable::proxy {

// Elementary functions in plain IEEE operations (+ - * / and bit casts), because the last bits of
// libm's depend on the processor. They give the same bits with every compiler and optimisation
// level as long as nothing contracts a * b + c into one rounding (-ffp-contract=off).
//
// Used to build tables at configuration time; nothing here runs once per request.

/// Natural logarithm, relative error below 1e-15. Requires a finite x >= 0; -infinity at 0.
[[nodiscard]] double portable_log(double x);

/// e^x, relative error below 1e-15. 0 when the result is below the smallest normal double,
/// +infinity above the largest. Requires x not to be NaN.
[[nodiscard]] double portable_exp(double x);

/// base^exponent for base >= 0, as exp(exponent * log(base)); the relative error grows with the
/// size of that product (2e-14 at e^100). 0^0 is 1 and 0^negative is +infinity.
[[nodiscard]] double portable_pow(double base, double exponent);

/// The z with Phi(z) = p, for 0 < p < 1; relative error below 1e-15 (Wichura's AS 241). For the
/// upper tail pass 1 - p and negate the result: a small p keeps its precision.
[[nodiscard]] double normal_quantile(double p);

/// ln(Gamma(x)) for x > 0; absolute error below 1e-13 for moderate x.
[[nodiscard]] double log_gamma(double x);

/// The two tails of the gamma distribution with scale 1; they add up to 1.
struct GammaTails {
  double lower;  ///< P(shape, x), the probability of a value <= x.
  double upper;  ///< Q(shape, x), the probability of a value > x.
};

/// Both tails at x >= 0 for shape > 0; the smaller one keeps its relative precision (1e-12).
[[nodiscard]] GammaTails gamma_tails(double shape, double x);

/// Which end of a distribution a tail probability is measured from.
enum class Tail { kLower, kUpper };

/// The x at which the given tail of the gamma distribution (scale 1) has the probability `p`,
/// 0 < p < 1, starting the search at `guess` > 0: neighbouring quantiles are good guesses.
[[nodiscard]] double gamma_quantile(double shape, Tail tail, double p, double guess);

}  // namespace shaketable::proxy
