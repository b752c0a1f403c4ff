#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/fidelity/plan.h"

namespace shaketable::fidelity {

/// What came of the rows: the table that says which are covered, which not, and why.
class Coverage {
 public:
  enum class Verdict { kPassed, kFailed, kNotRun };

  /// One line of the table.
  struct Line {
    CaseRow row;
    Plan plan;
    Verdict verdict = Verdict::kNotRun;
    std::string measured;  ///< Mean over the seeds, one for each variant.
  };

  void add(const Line& line) { lines_.push_back(line); }
  [[nodiscard]] bool empty() const { return lines_.empty(); }
  /// Markdown: the count of each family, the rows that ran, and the ones that are not covered.
  [[nodiscard]] std::string table() const;
  /// The counts alone, for the terminal.
  [[nodiscard]] std::string summary() const;

 private:
  std::vector<Line> lines_;
};

/// Numbers as the table shows them: six significant digits, commas between components.
[[nodiscard]] std::string as_text(const std::vector<double>& values);

}  // namespace shaketable::fidelity
