#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

/// The rows of the shared table of results that a run must reproduce. See README.md.
namespace shaketable::fidelity {

/// One line of cases.tsv, as written. `parameters` and `expected` hold JSON.
struct CaseRow {
  std::string id;
  std::string description;
  std::string parameters;
  std::string metric;
  std::string expected;
  std::string tolerance;
  std::string source;
  std::string kind;  ///< exact, analytic, numeric, asymptotic, approx, refsim, published.

  /// The part of the id before the first dash: "Q", "LB", "RT".
  [[nodiscard]] std::string family() const;
};

/// The table's path: $SHAKETABLE_SHARED/fidelity/cases.tsv, else ../shared beside the working
/// directory, which is the root of the tree. Nothing if it is not there.
[[nodiscard]] std::optional<std::filesystem::path> cases_file();

/// The rows of the given families in the order of the file; empty when there is no file.
[[nodiscard]] std::vector<CaseRow> load_rows(const std::vector<std::string>& families);

/// The JSON object of a row's parameters.
class Parameters {
 public:
  explicit Parameters(const std::string& json);

  [[nodiscard]] bool has(const std::string& key) const;
  /// The number under `key`; "a.b" looks into the object under "a". `fallback` if there is none.
  [[nodiscard]] double number(const std::string& key, double fallback = 0) const;
  /// The text under `key`; empty if there is none.
  [[nodiscard]] std::string text(const std::string& key) const;
  /// The list under `key`, lists in it flattened.
  [[nodiscard]] std::vector<double> numbers(const std::string& key) const;

 private:
  std::string json_;
};

/// What a row expects, ready to be compared.
struct Expected {
  std::vector<double> values;
  std::vector<double> tolerances;  ///< Absolute, parallel to `values`.
  bool is_exact = false;           ///< Every seed must be inside, not two of three.
};

/// Nothing when the row states no number with a tolerance (an ordering, a bound).
[[nodiscard]] std::optional<Expected> expected_of(const CaseRow& row);

/// One value for each component and seed.
using Measured = std::vector<std::vector<double>>;  // by seed

/// The mean over the seeds is inside, and so are at least two of three (exact rows: all) of them.
[[nodiscard]] bool is_inside(const Expected& expected, const Measured& measured);

/// Mean over the seeds, by component.
[[nodiscard]] std::vector<double> mean_of(const Measured& measured);

}  // namespace shaketable::fidelity
