#include <QSignalSpy>
#include <algorithm>

#include <gtest/gtest.h>

#include "gui/workbench/stop_rules.h"
#include "gui/workbench/words.h"
#include "tests/gui/support/gui_test_support.h"
#include "tests/gui/support/test_trouble.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class RunUntilTest : public testing::Test {
 protected:
  RunUntilTest() {
    bench_.create(QStringLiteral("trouble.yaml"), kTestTrouble);
    QObject::connect(&bench_, &Workbench::said, &bench_,
                     [this](const QString& text, bool) { said_ = text; });
  }
  bool is_paused() const {
    return bench_.shown() != nullptr && bench_.shown()->status.state == RunState::kPaused;
  }
  StopRule when(const char* text) const {
    FindMistake mistake;
    auto expression = FindExpression::parse(text, mistake);
    EXPECT_TRUE(expression.has_value()) << mistake.message;
    return stop_when(bench_.document().scenario(), std::move(*expression));
  }

  Workbench bench_;
  QString said_;
};

TEST_F(RunUntilTest, ARunBeginsAndPausesWhereSomethingHappensAndSaysSo) {
  bench_.run_until(StopRule{.events = event_choices()[0].kinds}, QStringLiteral("a circuit opens"));
  wait_for([&] { return said_.contains(QStringLiteral("a circuit opens")); });
  wait_for([&] { return is_paused(); });
  EXPECT_GT(bench_.moment(), Instant(10s)) << "the fault begins then";
  EXPECT_TRUE(bench_.follows());
}

TEST_F(RunUntilTest, AConditionOnServicesPausesARun) {
  bench_.run_until(when("stock and utilisation > 90%"), QStringLiteral("stock is full"));
  wait_for([&] { return said_.contains(QStringLiteral("stock is full")); });
  wait_for([&] { return is_paused() && bench_.look().has_value(); });
  EXPECT_GT(bench_.moment(), Instant(10s));
  EXPECT_GT(bench_.look()->nodes[2].utilisation, 0.9);
}

TEST_F(RunUntilTest, ARunThatEndsWithoutItSaysSo) {
  bench_.run_until(when("door and rps > 100000"), QStringLiteral("a flood"));
  wait_for([&] { return bench_.shown() != nullptr && bench_.shown()->result != nullptr; });
  EXPECT_TRUE(said_.contains(QStringLiteral("a flood"))) << said_.toStdString();
}

TEST_F(RunUntilTest, ExpressGivesTheSameRunAndItsVerdict) {
  run_to_end(bench_);
  const std::uint64_t fingerprint = bench_.shown()->result->run.record.fingerprint;
  bench_.set_express(true);
  run_to_end(bench_);
  EXPECT_EQ(bench_.shown()->result->run.record.fingerprint, fingerprint);
  EXPECT_EQ(bench_.shown()->status.analyses, 0) << "nothing is judged on the way";
  EXPECT_GT(bench_.shown()->history.buckets(), 0);
}

TEST(MomentFromTest, ReadsMeasuresAndClocks) {
  EXPECT_EQ(moment_from(QStringLiteral("44s")), Instant(44s));
  EXPECT_EQ(moment_from(QStringLiteral(" 250 ms ")), Instant(250ms));
  EXPECT_EQ(moment_from(QStringLiteral("1.5m")), Instant(90s));
  EXPECT_EQ(moment_from(QStringLiteral("1:30")), Instant(90s));
  EXPECT_EQ(moment_from(QStringLiteral("0:44.2")), Instant(44'200ms));
  for (const char* const text : {"", "44", "s", "1:75", "-3s", "1h", "1:2:3"}) {
    EXPECT_FALSE(moment_from(QLatin1String(text)).has_value()) << text;
  }
}

class SubjectsTest : public testing::Test {
 protected:
  SubjectsTest() { bench_.create(QStringLiteral("trouble.yaml"), kTestTrouble); }
  /// The place of the first `text`, from 1.
  bool select_at(const std::string& text) {
    const std::string all = kTestTrouble;
    const std::size_t at = all.find(text);
    EXPECT_NE(at, std::string::npos) << text;
    const auto line = std::count(all.begin(), all.begin() + static_cast<std::ptrdiff_t>(at), '\n');
    const std::size_t begin = all.rfind('\n', at);
    return bench_.select_at("trouble.yaml", static_cast<int>(line) + 1,
                            static_cast<int>(begin == std::string::npos ? at : at - begin - 1) + 1);
  }
  Workbench bench_;
};

TEST_F(SubjectsTest, APlaceOfTheTextSelectsWhatItIsAbout) {
  QSignalSpy revealed(&bench_, &Workbench::reveal_asked);
  EXPECT_TRUE(select_at("instances: 2"));
  EXPECT_EQ(bench_.selection(), Selection::of_service("door"));
  EXPECT_TRUE(select_at("max_requests"));
  EXPECT_EQ(bench_.selection(), Selection::of_service("stock"));
  EXPECT_TRUE(select_at("abort"));
  EXPECT_EQ(bench_.selection(), Selection::of_service("shop")) << "what the fault hits";
  EXPECT_EQ(revealed.count(), 3);
  EXPECT_FALSE(select_at("duration"));
  EXPECT_EQ(bench_.selection(), Selection::of_service("shop")) << "it is about no service";
}

}  // namespace
}  // namespace shaketable::gui
