#include "gui/document/value_edits.h"

#include <gtest/gtest.h>

#include "gui/document/scenario_document.h"
#include "gui/document/text_diff.h"
#include "tests/gui/support/test_shop.h"

namespace shaketable::gui {
namespace {

TEST(ValueEditsTest, SeveralValuesAreOneStepThatIsTakenBackAsAWhole) {
  ScenarioDocument document = ScenarioDocument::from_text("shop.yaml", kTestShop);
  const auto edit = set_values(document.source(), "Request Timeouts",
                               {{{"traffic", "stock", "timeout"}, "1s"},
                                {{"traffic", "stock", "retries", "attempts"}, "4"},
                                {{"traffic", "stock", "outlier_detection"}, ""},
                                {{"traffic", "stock", "mirror"}, ""}});
  ASSERT_TRUE(edit.has_value());
  ASSERT_TRUE(document.apply(*edit).has_value());
  const std::string text = *document.text_of("shop.yaml");
  EXPECT_NE(text.find("timeout: 1s"), std::string::npos) << text;
  EXPECT_NE(text.find("attempts: 4"), std::string::npos) << text;
  EXPECT_EQ(text.find("outlier_detection"), std::string::npos) << text;
  EXPECT_EQ(document.position(), 1);
  document.undo();
  EXPECT_EQ(*document.text_of("shop.yaml"), kTestShop);
}

TEST(ValueEditsTest, ValuesThatAreWrittenSoAlreadyChangeNothing) {
  const ScenarioDocument document = ScenarioDocument::from_text("shop.yaml", kTestShop);
  const auto edit =
      set_values(document.source(), "same", {{{"services", "stock", "instances"}, "3"}});
  ASSERT_TRUE(edit.has_value());
  EXPECT_TRUE(edit->changes.empty());
}

TEST(ValueEditsTest, APolicyForOneCallerStandsUnderItsName) {
  const ScenarioDocument document = ScenarioDocument::from_text("shop.yaml", kTestShop);
  EXPECT_EQ(*policy_path(document.source(), "stock", ""), (KeyPath{"traffic", "stock"}));
  EXPECT_EQ(*policy_path(document.source(), "stock", "shop"),
            (KeyPath{"traffic", "stock", "from", "shop"}));
}

TEST(ValueEditsTest, AnEntryThatIsLimitedToOneCallerIsNotWidened) {
  const ScenarioDocument document = ScenarioDocument::from_text(
      "shop.yaml", "traffic: {stock: {from: shop, timeout: 1s}}\nservices: {}\n");
  EXPECT_FALSE(policy_path(document.source(), "stock", "").has_value());
  EXPECT_FALSE(policy_path(document.source(), "stock", "other").has_value());
  EXPECT_EQ(*policy_path(document.source(), "stock", "shop"), (KeyPath{"traffic", "stock"}));
}

TEST(ValueEditsTest, APushHoldsWhatTheChangesSayBelowTraffic) {
  const std::vector<ValueChange> changes = {{{"services", "stock", "instances"}, "2"},
                                            {{"traffic", "stock", "split", "v1"}, "90%"},
                                            {{"traffic", "stock", "split", "v2"}, "10%"},
                                            {{"traffic", "stock", "mirror"}, ""}};
  EXPECT_EQ(push_of(changes, "500ms"),
            "config_push: {delay: 500ms, traffic: {stock: {split: {v1: 90%, v2: 10%}}}}");
  EXPECT_EQ(push_of({changes.front()}, ""), "");
}

std::string words_of(const std::vector<DiffLine>& lines) {
  std::string all;
  for (const DiffLine& line : lines) {
    constexpr const char* kSigns[] = {" ", "-", "+", "~"};
    all += kSigns[static_cast<int>(line.kind)] + line.text + "\n";
  }
  return all;
}

TEST(TextDiffTest, ShowsWhatChangedWithTheLinesAround) {
  EXPECT_EQ(words_of(diff_lines("a\nb\nc\nd\ne\nf\n", "a\nb\nc\nD\ne\nf\n", 1)),
            "~\n c\n-d\n+D\n e\n~\n");
}

TEST(TextDiffTest, KeepsTheLinesThatBothHave) {
  EXPECT_EQ(words_of(diff_lines("one\ntwo\nthree\n", "zero\none\nthree\nfour\n", 9)),
            "+zero\n one\n-two\n three\n+four\n");
}

TEST(TextDiffTest, EqualTextsHaveNoDifference) {
  EXPECT_TRUE(diff_lines("a\n", "a\n").empty());
  EXPECT_EQ(words_of(diff_lines("", "a\n")), "+a\n");
  EXPECT_EQ(words_of(diff_lines("a\n", "")), "-a\n");
}

TEST(TextDiffTest, HugeDifferencesAreShownAsAWhole) {
  std::string before, after;
  for (int i = 0; i < 2'500; ++i) {
    before += "b" + std::to_string(i) + "\n";
    after += "a" + std::to_string(i) + "\n";
  }
  EXPECT_EQ(diff_lines(before, after).size(), 5'000);
}

}  // namespace
}  // namespace shaketable::gui
