#include <limits>
#include <ostream>
#include <string>

#include <gtest/gtest.h>

#include "engine/formats/reader.h"

namespace shaketable::engine {
namespace {

constexpr std::int64_t kMax = std::numeric_limits<std::int64_t>::max();

enum class Kind { kDuration, kPercent, kRate, kBytes, kInteger, kDecimal };

std::optional<std::int64_t> read(Kind kind, const Node* node, Diagnostics& diagnostics) {
  switch (kind) {
    case Kind::kDuration: {
      const auto value = read_duration(node, diagnostics);
      return value ? std::optional(value->count()) : std::nullopt;
    }
    case Kind::kPercent:
      return read_percent(node, diagnostics);
    case Kind::kRate:
      return read_rate(node, diagnostics);
    case Kind::kBytes:
      return read_bytes(node, diagnostics);
    case Kind::kInteger:
      return read_integer(node, diagnostics, {-kMax, kMax});
    case Kind::kDecimal:
      return read_decimal(node, diagnostics, {-kMax, kMax});
  }
  return std::nullopt;
}

/// The value, or `code [hint]`.
std::string result_of(Kind kind, const std::string& text) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.yaml", "- '" + text + "'\n", diagnostics);
  const auto value = read(kind, documents->front().root().items()[0], diagnostics);
  if (value) {
    return diagnostics.has_errors() ? "value and error" : std::to_string(*value);
  }
  const auto reports = diagnostics.sorted();
  if (reports.size() != 1) {
    return std::to_string(reports.size()) + " reports";
  }
  const std::string& hint = reports.front().hint;
  return reports.front().code + (hint.empty() ? "" : " [" + hint + ']');
}

struct MeasureCase {
  Kind kind;
  std::string text;
  std::string result;
};

void PrintTo(const MeasureCase& measure, std::ostream* out) { *out << measure.text.substr(0, 40); }

class MeasureTest : public testing::TestWithParam<MeasureCase> {};

TEST_P(MeasureTest, IsReadExactlyOrRefused) {
  EXPECT_EQ(result_of(GetParam().kind, GetParam().text), GetParam().result) << GetParam().text;
}

INSTANTIATE_TEST_SUITE_P(Durations, MeasureTest,
                         testing::Values(MeasureCase{Kind::kDuration, "250ms", "250000000"},
                                         MeasureCase{Kind::kDuration, "10s", "10000000000"},
                                         MeasureCase{Kind::kDuration, "1m30s", "90000000000"},
                                         MeasureCase{Kind::kDuration, "1h0m0s", "3600000000000"},
                                         MeasureCase{Kind::kDuration, "0.25ms", "250000"},
                                         MeasureCase{Kind::kDuration, "1.5h", "5400000000000"},
                                         MeasureCase{Kind::kDuration, "3us", "3000"},
                                         MeasureCase{Kind::kDuration, "7ns", "7"},
                                         MeasureCase{Kind::kDuration, "0s", "0"},
                                         MeasureCase{Kind::kDuration, "5", "ST1104 [5ms]"},
                                         MeasureCase{Kind::kDuration, "0", "ST1104 [0ms]"},
                                         MeasureCase{Kind::kDuration, "10 s", "ST1104 [10s]"},
                                         MeasureCase{Kind::kDuration, "10S", "ST1104 [10s]"},
                                         MeasureCase{Kind::kDuration, "10sec", "ST1104 [10s]"},
                                         MeasureCase{Kind::kDuration, "2min", "ST1104 [2m]"},
                                         MeasureCase{Kind::kDuration, "5\u00b5s", "ST1104 [5us]"},
                                         MeasureCase{Kind::kDuration, "10d", "ST1104"},
                                         MeasureCase{Kind::kDuration, "1e3s", "ST1105"},
                                         MeasureCase{Kind::kDuration, "0.3ns", "ST1106"},
                                         MeasureCase{Kind::kDuration, "-1s", "ST1106"},
                                         MeasureCase{Kind::kDuration, "1s1m", "ST1105"},
                                         MeasureCase{Kind::kDuration, "1s1s", "ST1105"},
                                         MeasureCase{Kind::kDuration, "1m-1s", "ST1105"},
                                         MeasureCase{Kind::kDuration, "", "ST1105"},
                                         MeasureCase{Kind::kDuration, "soon", "ST1105"},
                                         MeasureCase{Kind::kDuration, "100000h", "ST1106"},
                                         MeasureCase{Kind::kDuration, std::string(5000, '9') + "h",
                                                     "ST1106"}));

INSTANTIATE_TEST_SUITE_P(Percentages, MeasureTest,
                         testing::Values(MeasureCase{Kind::kPercent, "12.5%", "125000"},
                                         MeasureCase{Kind::kPercent, "0.0001%", "1"},
                                         MeasureCase{Kind::kPercent, "100%", "1000000"},
                                         MeasureCase{Kind::kPercent, "0%", "0"},
                                         MeasureCase{Kind::kPercent, "0.00001%", "ST1106"},
                                         MeasureCase{Kind::kPercent, "100.0001%", "ST1106"},
                                         MeasureCase{Kind::kPercent, "-1%", "ST1106"},
                                         MeasureCase{Kind::kPercent, "50", "ST1104 [50%]"},
                                         MeasureCase{Kind::kPercent, "0.5", "ST1104 [0.5%]"},
                                         MeasureCase{Kind::kPercent, "50 %", "ST1104 [50%]"},
                                         MeasureCase{Kind::kPercent, "half", "ST1105"}));

INSTANTIATE_TEST_SUITE_P(Rates, MeasureTest,
                         testing::Values(MeasureCase{Kind::kRate, "400/s", "400000000"},
                                         MeasureCase{Kind::kRate, "30/m", "500000"},
                                         MeasureCase{Kind::kRate, "0.5/s", "500000"},
                                         MeasureCase{Kind::kRate, "1/m", "16667"},
                                         MeasureCase{Kind::kRate, "10/h", "2778"},
                                         MeasureCase{Kind::kRate, "0/s", "0"},
                                         MeasureCase{Kind::kRate, "0.000001/h", "ST1106"},
                                         MeasureCase{Kind::kRate, "0.0000001/s", "ST1106"},
                                         MeasureCase{Kind::kRate, "-1/s", "ST1106"},
                                         MeasureCase{Kind::kRate, "10000000000/s", "ST1106"},
                                         MeasureCase{Kind::kRate, "400", "ST1104 [400/s]"},
                                         MeasureCase{Kind::kRate, "400rps", "ST1104 [400/s]"},
                                         MeasureCase{Kind::kRate, "400/sec", "ST1104 [400/s]"},
                                         MeasureCase{Kind::kRate, "5/d", "ST1104 [5/s]"}));

INSTANTIATE_TEST_SUITE_P(Sizes, MeasureTest,
                         testing::Values(MeasureCase{Kind::kBytes, "64KiB", "65536"},
                                         MeasureCase{Kind::kBytes, "1MB", "1000000"},
                                         MeasureCase{Kind::kBytes, "1kB", "1000"},
                                         MeasureCase{Kind::kBytes, "512B", "512"},
                                         MeasureCase{Kind::kBytes, "1.5GiB", "1610612736"},
                                         MeasureCase{Kind::kBytes, "0.1KiB", "ST1106"},
                                         MeasureCase{Kind::kBytes, "64", "ST1104 [64KiB]"},
                                         MeasureCase{Kind::kBytes, "64Ki", "ST1104 [64KiB]"},
                                         MeasureCase{Kind::kBytes, "64 MiB", "ST1104 [64MiB]"},
                                         MeasureCase{Kind::kBytes, "1k", "ST1104 [1kB]"},
                                         MeasureCase{Kind::kBytes, "9000000TiB", "ST1106"}));

INSTANTIATE_TEST_SUITE_P(
    Numbers, MeasureTest,
    testing::Values(
        MeasureCase{Kind::kInteger, "42", "42"}, MeasureCase{Kind::kInteger, "-7", "-7"},
        MeasureCase{Kind::kInteger, "+7", "7"}, MeasureCase{Kind::kInteger, "0", "0"},
        MeasureCase{Kind::kInteger, "9223372036854775807", "9223372036854775807"},
        MeasureCase{Kind::kInteger, "9223372036854775808", "ST1106"},
        MeasureCase{Kind::kInteger, std::string(5000, '9'), "ST1106"},
        MeasureCase{Kind::kInteger, "010", "ST1105 [write it without leading zeros]"},
        MeasureCase{Kind::kInteger, "1_000", "ST1105"},
        MeasureCase{Kind::kInteger, "0x1f", "ST1105"}, MeasureCase{Kind::kInteger, "1e3", "ST1105"},
        MeasureCase{Kind::kInteger, "1e999", "ST1105"},
        MeasureCase{Kind::kInteger, "1.5", "ST1106"}, MeasureCase{Kind::kInteger, "NaN", "ST1105"},
        MeasureCase{Kind::kDecimal, "1.25", "1250000"},
        MeasureCase{Kind::kDecimal, "-0.000001", "-1"},
        MeasureCase{Kind::kDecimal, "0.0000001", "ST1106"},
        MeasureCase{Kind::kDecimal, "1e3", "ST1105"}, MeasureCase{Kind::kDecimal, ".5", "ST1105"},
        MeasureCase{Kind::kDecimal, "inf", "ST1105"}));

TEST(MeasureRangeTest, NamesTheBounds) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.yaml", "[11, 2s, 60%]", diagnostics);
  const auto items = documents->front().root().items();

  EXPECT_FALSE(read_integer(items[0], diagnostics, {1, 10}).has_value());
  EXPECT_FALSE(read_duration(items[1], diagnostics,
                             {std::chrono::milliseconds(1), std::chrono::milliseconds(1500)})
                   .has_value());
  EXPECT_FALSE(read_percent(items[2], diagnostics, {1, 505'000}).has_value());

  const auto reports = diagnostics.sorted();
  ASSERT_EQ(reports.size(), 3U);
  EXPECT_EQ(reports[0].expected, "a whole number from 1 to 10");
  EXPECT_EQ(reports[1].expected, "a duration from 1ms to 1500ms");
  EXPECT_EQ(reports[2].expected, "a percentage from 0.0001% to 50.5%");
}

TEST(MeasureRangeTest, SaysWhatItWantsInsteadOfAMap) {
  Diagnostics diagnostics;
  const auto documents = parse_documents("f.yaml", "[{}]", diagnostics);
  EXPECT_FALSE(read_duration(documents->front().root().items()[0], diagnostics).has_value());
  EXPECT_EQ(diagnostics.sorted().front().expected, "a duration such as 250ms, 10s or 1m30s");
}

}  // namespace
}  // namespace shaketable::engine
