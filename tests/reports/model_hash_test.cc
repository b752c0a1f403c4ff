#include "reports/model_hash.h"

#include <gtest/gtest.h>

namespace shaketable::reports {
namespace {

using engine::ScenarioSource;

TEST(ModelHashTest, ChangesWithTheTextsAndWithWhatIsSet) {
  const ScenarioSource source{.file = "a.yaml", .overrides = {}, .files = {{"a.yaml", "x"}}};
  ScenarioSource text = source;
  text.files[0].text = "y";
  ScenarioSource set = source;
  set.overrides = {"x=1"};

  EXPECT_NE(model_hash(source), model_hash(text));
  EXPECT_NE(model_hash(source), model_hash(set));
}

TEST(ModelHashTest, IsTheSameWhereverTheFilesAre) {
  const ScenarioSource here{.file = "a.yaml", .overrides = {}, .files = {{"a.yaml", "x"}}};
  const ScenarioSource there{.file = "b/a.yaml", .overrides = {}, .files = {{"b/a.yaml", "x"}}};

  EXPECT_EQ(model_hash(here), model_hash(there));
}

TEST(ModelHashTest, TextsDoNotRunIntoEachOther) {
  const ScenarioSource one{.file = "a", .overrides = {}, .files = {{"a", "xy"}, {"b", ""}}};
  const ScenarioSource two{.file = "a", .overrides = {}, .files = {{"a", "x"}, {"b", "y"}}};

  EXPECT_NE(model_hash(one), model_hash(two));
}

}  // namespace
}  // namespace shaketable::reports
