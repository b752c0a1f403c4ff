#include <cctype>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <boost/json.hpp>
#include <gtest/gtest.h>

#include "engine/judge/kayenta.h"
#include "engine/judge/rollout.h"
#include "tests/fidelity/canary_rows.h"
#include "tests/fidelity/case_row.h"

/// The rows of family CA: canary judgement, by the judge alone. A test for each.
namespace shaketable::fidelity {
namespace {

namespace json = boost::json;
using engine::FlaggerRollout;
using engine::MetricClass;

constexpr double kScale = 100'000;  // Samples have up to three decimals; the judge has integers.

std::vector<std::int64_t> integers_of(const std::vector<double>& values) {
  std::vector<std::int64_t> integers;
  for (const double value : values) {
    integers.push_back(std::llround(value * kScale));
  }
  return integers;
}

// What a row measures: words and numbers, in the order of its metric.
struct Answer {
  std::string word;
  std::vector<double> numbers;
};

Answer mann_whitney(const Parameters& parameters) {
  const std::vector<std::int64_t> experiment = integers_of(parameters.numbers("experiment"));
  const std::vector<std::int64_t> control = integers_of(parameters.numbers("control"));
  engine::KayentaConfig config;
  config.tolerance_ppm = std::llround(parameters.number("tolerance") * 1e6);
  EXPECT_EQ(parameters.number("confidence"), 0.98) << "whose quantile is the default";
  const std::string direction = parameters.text("direction");
  const engine::MannWhitney test = engine::mann_whitney(experiment, control, config.z_micro);
  const MetricClass metric_class =
      engine::classify(experiment, control,
                       direction == "increase"   ? engine::Direction::kIncrease
                       : direction == "decrease" ? engine::Direction::kDecrease
                                                 : engine::Direction::kEither,
                       config);
  return {engine::name_of(metric_class),
          {static_cast<double>(test.low) / kScale, static_cast<double>(test.high) / kScale,
           static_cast<double>(test.estimate) / kScale,
           static_cast<double>(engine::mean_ratio_ppm(experiment, control)) / 1e6}};
}

// "Pass", "High(critical)"
engine::JudgedMetric metric_of(const std::string& group, const std::string& text) {
  const std::string word = text.substr(0, text.find('('));
  return {group,
          word == "High"     ? MetricClass::kHigh
          : word == "Low"    ? MetricClass::kLow
          : word == "Nodata" ? MetricClass::kNoData
                             : MetricClass::kPass,
          text.find("(critical)") != std::string::npos};
}

Answer score(const json::object& parameters) {
  std::vector<engine::JudgedMetric> metrics;
  std::vector<engine::GroupWeight> weights;
  for (const auto& [key, group] :
       {std::pair{"g1", "group-1"}, {"g2", "group-2"}, {"metrics", "group-1"}}) {
    if (const json::value* list = parameters.if_contains(key)) {
      for (const json::value& it : list->as_array()) {
        metrics.push_back(metric_of(group, std::string(it.as_string())));
      }
    }
  }
  if (const json::value* given = parameters.if_contains("weights")) {
    for (const json::key_value_pair& it : given->as_object()) {
      weights.push_back({std::string(it.key()), it.value().to_number<std::int64_t>()});
    }
  }
  if (const json::value* groups = parameters.if_contains("groups")) {
    const auto passing = parameters.at("pass").to_number<std::int64_t>();
    for (std::int64_t g = 0; g < groups->to_number<std::int64_t>(); ++g) {
      metrics.push_back(metric_of("group-" + std::to_string(g), g < passing ? "Pass" : "High"));
    }
  }
  return {"", {static_cast<double>(engine::kayenta_score(metrics, weights)) / 1e6}};
}

Answer score_class(const Parameters& parameters) {
  return {engine::name_of(engine::classify_score(std::llround(parameters.number("score") * 1e6),
                                                 std::llround(parameters.number("pass")),
                                                 std::llround(parameters.number("marginal")))),
          {}};
}

// The binomial distribution, through the very check: no trial is drawn.
Answer probability_of_failed_check(const Parameters& parameters) {
  const auto n = static_cast<std::uint64_t>(parameters.number("n"));
  const double p = parameters.number("p_error");
  const auto threshold = std::llround(parameters.number("threshold_success") * 1e6);
  double probability = std::pow(1 - p, static_cast<double>(n));
  double failing = 0;
  for (std::uint64_t errors = 0; errors <= n; ++errors) {
    failing += engine::flagger_check(n, errors, threshold) ? 0 : probability;
    probability *= static_cast<double>(n - errors) / static_cast<double>(errors + 1) * p / (1 - p);
  }
  return {"", {failing}};
}

// Every sequence of checks, equal states put together.
double promoted(const FlaggerRollout& rollout, double p_fail,
                std::map<std::pair<std::int64_t, std::uint32_t>, double>& known) {
  if (rollout.state() != FlaggerRollout::State::kProgressing) {
    return rollout.state() == FlaggerRollout::State::kPromoted ? 1 : 0;
  }
  const auto key = std::pair(rollout.weight(), rollout.failed_checks());
  if (const auto found = known.find(key); found != known.end()) {
    return found->second;
  }
  FlaggerRollout good = rollout;
  FlaggerRollout bad = rollout;
  good.on_check(true);
  bad.on_check(false);
  const double result =
      (1 - p_fail) * promoted(good, p_fail, known) + p_fail * promoted(bad, p_fail, known);
  return known[key] = result;
}

Answer probability_of_promotion(const Parameters& parameters) {
  std::vector<std::int64_t> weights;
  for (int step = 1; step <= static_cast<int>(parameters.number("steps")); ++step) {
    weights.push_back(step);
  }
  std::map<std::pair<std::int64_t, std::uint32_t>, double> known;
  return {"",
          {promoted(
              FlaggerRollout({weights, static_cast<std::uint32_t>(parameters.number("threshold"))}),
              parameters.number("p_fail"), known)}};
}

FlaggerRollout linear_rollout(const Parameters& parameters) {
  return FlaggerRollout(
      {FlaggerRollout::linear_weights(std::llround(parameters.number("maxWeight")),
                                      std::llround(parameters.number("stepWeight"))),
       static_cast<std::uint32_t>(parameters.number("threshold"))});
}

double checks_until_end(FlaggerRollout rollout, bool passed) {
  int checks = 0;
  for (; rollout.state() == FlaggerRollout::State::kProgressing; ++checks) {
    rollout.on_check(passed);
  }
  return checks;
}

Answer flagger_times(const Parameters& parameters) {
  const double interval = parameters.number("interval_s");
  return {"",
          {interval * checks_until_end(linear_rollout(parameters), true),
           interval * checks_until_end(linear_rollout(parameters), false)}};
}

Answer flagger_weights(const Parameters& parameters) {
  std::vector<std::int64_t> steps;
  for (const double weight : parameters.numbers("stepWeights")) {
    steps.push_back(std::llround(weight));
  }
  Answer answer;
  for (FlaggerRollout rollout({steps, 5}); rollout.state() == FlaggerRollout::State::kProgressing;
       rollout.on_check(true)) {
    answer.numbers.push_back(static_cast<double>(rollout.weight()));
  }
  return answer;
}

Answer argo_counts(const Parameters& parameters) {
  const auto whole = [&](const char* key) { return std::llround(parameters.number(key)); };
  const auto replicas = [&](const char* key) {
    const std::vector<double> pair = parameters.numbers(key);
    return engine::ArgoReplicas{std::llround(pair.at(0)), std::llround(pair.at(1))};
  };
  const engine::ArgoCounts next =
      engine::argo_next_counts({.replicas = whole("replicas"),
                                .set_weight = whole("setWeight"),
                                .max_surge = whole("maxSurge"),
                                .max_unavailable = whole("maxUnavailable"),
                                .stable = replicas("stable"),
                                .canary = replicas("canary")});
  return {"", {static_cast<double>(next.stable), static_cast<double>(next.canary)}};
}

// The longest beginning that fits decides; nothing when the row is of a kind that nobody knows.
std::function<Answer(const CaseRow&)> way_of(const std::string& id) {
  const auto starts = [&id](const char* with) { return id.rfind(with, 0) == 0; };
  const auto by = [](Answer (*way)(const Parameters&)) {
    return [way](const CaseRow& row) { return way(Parameters(row.parameters)); };
  };
  if (starts("CA-MW-")) {
    return by(mann_whitney);
  }
  if (starts("CA-KSCORE-")) {
    return [](const CaseRow& row) { return score(json::parse(row.parameters).as_object()); };
  }
  if (starts("CA-KCLASS-")) {
    return by(score_class);
  }
  if (starts("CA-CHECK-")) {
    return by(probability_of_failed_check);
  }
  if (starts("CA-FLAGGER-")) {
    return by(probability_of_promotion);
  }
  if (starts("CA-FLAG-T-")) {
    return by(flagger_times);
  }
  if (starts("CA-FLAG-W")) {
    return by(flagger_weights);
  }
  if (starts("CA-ARGO-R-")) {
    return by(argo_counts);
  }
  return nullptr;
}

// "exact:0.01", "abs:0.005", "class exact; abs:0.002 numbers (...)", "abs: one interval"
double tolerance_of(const CaseRow& row) {
  if (row.tolerance.find("one interval") != std::string::npos) {
    return Parameters(row.parameters).number("interval_s");
  }
  const std::size_t colon = row.tolerance.find(':');
  return colon == std::string::npos ? 1e-9 : std::stod(row.tolerance.substr(colon + 1));
}

/// What the tests of this run found, by row.
std::map<std::string, std::pair<Coverage::Verdict, std::string>>& findings() {
  static std::map<std::string, std::pair<Coverage::Verdict, std::string>> all;
  return all;
}

class CanaryRowTest : public testing::TestWithParam<CaseRow> {};

TEST_P(CanaryRowTest, IsReproduced) {
  const CaseRow& row = GetParam();
  const auto way = way_of(row.id);
  ASSERT_TRUE(way) << row.id << " is of a kind that this runner does not know";

  const Answer answer = way(row);

  std::string word;
  std::vector<double> numbers;
  const json::value expected = json::parse(row.expected);
  const json::array list = expected.is_array() ? expected.as_array() : json::array{expected};
  for (const json::value& it : list) {
    if (it.is_string()) {
      word = std::string(it.as_string());
    } else {
      numbers.push_back(it.to_number<double>());
    }
  }
  EXPECT_EQ(answer.word, word);
  ASSERT_EQ(answer.numbers.size(), numbers.size());
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    EXPECT_NEAR(answer.numbers[i], numbers[i], tolerance_of(row) + 1e-9) << "number " << i;
  }
  const std::string measured = as_text(answer.numbers);
  findings()[row.id] = {HasFailure() ? Coverage::Verdict::kFailed : Coverage::Verdict::kPassed,
                        word.empty()       ? measured
                        : measured.empty() ? answer.word
                                           : answer.word + ", " + measured};
}

std::string name_of(const testing::TestParamInfo<CaseRow>& info) {
  std::string name = info.param.id;
  for (char& c : name) {
    c = std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
  }
  return name;
}

// Without the table there are no rows; the other rows' test says so.
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CanaryRowTest);
INSTANTIATE_TEST_SUITE_P(Rows, CanaryRowTest, testing::ValuesIn(load_rows({"CA"})), name_of);

}  // namespace

void add_canary_rows(Coverage& coverage) {
  for (const CaseRow& row : load_rows({"CA"})) {
    Coverage::Line line{row, {}, Coverage::Verdict::kNotRun, ""};
    if (way_of(row.id)) {
      line.plan.how = "the judge alone";
      line.plan.variants.push_back({.name = "judge", .key = row.id, .cost_s = 0, .run = nullptr});
    } else {
      line.plan.why_not = "a kind of row that the runner does not know";
    }
    if (const auto found = findings().find(row.id); found != findings().end()) {
      line.verdict = found->second.first;
      line.measured = found->second.second;
    }
    coverage.add(line);
  }
}

}  // namespace shaketable::fidelity
