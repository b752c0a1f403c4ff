#include <cctype>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/fidelity/canary_rows.h"
#include "tests/fidelity/coverage.h"
#include "tests/fidelity/runner.h"

/// One test for each row of the table that can be expressed, named after the row.
namespace shaketable::fidelity {
namespace {

constexpr const char* kMissing =
    "no shared/fidelity/cases.tsv beside the tree; set SHAKETABLE_SHARED to its folder";

struct PlannedRow {
  CaseRow row;
  Plan plan;
};

std::string test_name(const std::string& id) {
  std::string name = id;
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

/// All rows of the families of this runner.
const std::vector<PlannedRow>& planned_rows() {
  static const std::vector<PlannedRow> kPlanned = [] {
    std::vector<PlannedRow> planned;
    for (const CaseRow& row : load_rows(planned_families())) {
      planned.push_back({row, plan_of(row)});
    }
    return planned;
  }();
  return kPlanned;
}

/// The rows to run: all that have a plan; in the quick set the cheap ones, and of the rows that
/// read the same runs only the first, because ctest starts a process for each.
std::vector<PlannedRow> rows_to_run() {
  std::vector<PlannedRow> rows;
  std::set<std::string> keys;
  for (const PlannedRow& planned : planned_rows()) {
    const std::vector<Variant>& variants = planned.plan.variants;
    if (variants.empty()) {
      continue;
    }
    if (is_full_run() ||
        (is_quick(planned.row, planned.plan) && keys.insert(variants[0].key).second)) {
      rows.push_back(planned);
    }
  }
  return rows;
}

/// Starts the runs of all selected tests at once, and writes the coverage at the end.
class FidelityEnvironment : public testing::Environment {
 public:
  static FidelityEnvironment*& instance() {
    static FidelityEnvironment* environment = nullptr;
    return environment;
  }

  void SetUp() override {
    runner_ = std::make_unique<Runner>();
    const testing::UnitTest& unit_test = *testing::UnitTest::GetInstance();
    std::set<std::string> selected;
    for (int s = 0; s < unit_test.total_test_suite_count(); ++s) {
      const testing::TestSuite& suite = *unit_test.GetTestSuite(s);
      for (int t = 0; t < suite.total_test_count(); ++t) {
        const testing::TestInfo& test = *suite.GetTestInfo(t);
        if (test.should_run() && test.value_param() != nullptr) {
          selected.insert(test.name());
        }
      }
    }
    for (const PlannedRow& planned : rows_to_run()) {
      if (selected.contains("IsReproduced/" + test_name(planned.row.id))) {
        runner_->want(planned.row, planned.plan);
      }
    }
    runner_->start();
  }

  void TearDown() override {
    if (is_full_run()) {
      report();
    }
    runner_.reset();
  }

  Runner& runner() { return *runner_; }
  void keep(const std::string& id, Coverage::Verdict verdict, const std::string& measured) {
    results_[id] = {verdict, measured};
  }

 private:
  void report() const {
    Coverage coverage;
    for (const PlannedRow& planned : planned_rows()) {
      Coverage::Line line{planned.row, planned.plan, Coverage::Verdict::kNotRun, ""};
      if (const auto result = results_.find(planned.row.id); result != results_.end()) {
        line.verdict = result->second.first;
        line.measured = result->second.second;
      }
      coverage.add(line);
    }
    add_canary_rows(coverage);
    if (coverage.empty()) {
      return;
    }
    const char* wanted = std::getenv("SHAKETABLE_FIDELITY_REPORT");
    const std::string file = wanted == nullptr ? "build/fidelity-coverage.md" : wanted;
    std::ofstream(file) << coverage.table();
    std::printf("\n%s\nThe rows one by one: %s\n", coverage.summary().c_str(), file.c_str());
  }

  std::unique_ptr<Runner> runner_;
  std::map<std::string, std::pair<Coverage::Verdict, std::string>> results_;
};

const bool kRegistered = [] {
  FidelityEnvironment::instance() = new FidelityEnvironment;  // gtest owns it
  testing::AddGlobalTestEnvironment(FidelityEnvironment::instance());
  return true;
}();

class FidelityTest : public testing::TestWithParam<PlannedRow> {};

TEST_P(FidelityTest, IsReproduced) {
  const auto& [row, plan] = GetParam();
  const std::optional<Expected> expected = expected_of(row);
  ASSERT_TRUE(expected.has_value()) << row.expected << " " << row.tolerance;
  bool is_good = true;
  std::string means;

  for (const Variant& variant : plan.variants) {
    const Measured measured = FidelityEnvironment::instance()->runner().result(row, variant);
    std::string seeds;
    for (const std::vector<double>& values : measured) {
      seeds += " [" + as_text(values) + "]";
    }
    means += (means.empty() ? "" : " / ") + as_text(mean_of(measured));
    const bool inside = is_inside(*expected, measured);
    is_good = is_good && inside;
    EXPECT_TRUE(inside) << row.id << " (" << variant.name << "): " << row.description
                        << "\n  expected " << row.expected << ", tolerance " << row.tolerance
                        << "\n  measured " << as_text(mean_of(measured)) << ", by seed" << seeds
                        << "\n  " << plan.how;
  }

  RecordProperty("measured", means);
  FidelityEnvironment::instance()->keep(
      row.id, is_good ? Coverage::Verdict::kPassed : Coverage::Verdict::kFailed, means);
}

INSTANTIATE_TEST_SUITE_P(Rows, FidelityTest, testing::ValuesIn(rows_to_run()),
                         [](const testing::TestParamInfo<PlannedRow>& test) {
                           return test_name(test.param.row.id);
                         });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(FidelityTest);

void PrintTo(const PlannedRow& planned, std::ostream* stream) { *stream << planned.row.id; }

TEST(FidelityCoverageTest, EveryRowIsMeasuredOrSaysWhyNot) {
  const std::vector<PlannedRow>& rows = planned_rows();
  if (rows.empty()) {
    GTEST_SKIP() << kMissing;
  }
  Coverage coverage;

  for (const PlannedRow& planned : rows) {
    coverage.add({planned.row, planned.plan, Coverage::Verdict::kNotRun, ""});
    EXPECT_NE(planned.plan.variants.empty(), planned.plan.why_not.empty()) << planned.row.id;
    EXPECT_TRUE(planned.plan.variants.empty() || expected_of(planned.row).has_value())
        << planned.row.id;
    EXPECT_NE(planned.plan.why_not, "no plan for this kind of row") << planned.row.id;
  }

  std::printf("%s", coverage.summary().c_str());
}

}  // namespace
}  // namespace shaketable::fidelity
