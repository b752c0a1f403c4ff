#include "gui/document/good_part.h"

#include <gtest/gtest.h>

#include "gui/document/scenario_document.h"

namespace shaketable::gui {
namespace {

constexpr const char* kMesh =
    "services:\n"
    "  shop: {entry: true, endpoints: {GET /: {calls: [stock: GET /]}}}\n"
    "  stock: {instances: 2, endpoints: {GET /: {work: 1ms}}}\n"
    "load: {users: {rate: 10/s, request: GET /}}\n";

std::vector<std::string> services_of(const std::string& text) {
  const ScenarioDocument document = ScenarioDocument::from_text("a.yaml", text);
  EXPECT_FALSE(document.is_good());
  EXPECT_GT(document.errors(), 0);
  std::vector<std::string> names;
  if (document.scenario() != nullptr) {
    for (const engine::Service& service : document.scenario()->scenario.mesh.services) {
      names.push_back(service.name);
    }
  }
  return names;
}

using Names = std::vector<std::string>;

TEST(GoodPartTest, AWrongValueIsLeftOutAndItsServiceIsThere) {
  std::string text = kMesh;
  text.replace(text.find("instances: 2"), 12, "instances: x");
  EXPECT_EQ(services_of(text), (Names{"shop", "stock"}));
}

TEST(GoodPartTest, ManyMistakesLeaveOutNoMoreThanTheyAreAbout) {
  std::string text = kMesh;
  text.replace(text.find("instances: 2"), 12, "instances: x, cache: 7");
  text +=
      "faults:\n  slow: {at: soon, on: stock, slow: 2x}\n  gone: {at: 1s, on: nobody, kill: 1}\n";
  text += "expect:\n  - {metric: p99, of: nowhere, must: '< 3'}\n";
  EXPECT_EQ(services_of(text), (Names{"shop", "stock"}));
}

TEST(GoodPartTest, BeforeABreakOfTheSyntaxEverythingIsThere) {
  EXPECT_EQ(services_of(std::string(kMesh) + "faults: {a: {at: 1s, on: [stock\n"),
            (Names{"shop", "stock"}));
}

TEST(GoodPartTest, WithoutAnyServiceThereIsNothing) {
  EXPECT_EQ(services_of("scenario: empty\nrun: {duration: soon}\n"), Names());
  EXPECT_EQ(services_of("{{{"), Names());
  EXPECT_EQ(services_of("mesh: nowhere.yaml\n"), Names());
  EXPECT_EQ(services_of("- a\n- b\n"), Names());
}

TEST(GoodPartTest, WhileItIsMendedThePartGrowsUntilItIsTheWhole) {
  std::string text = kMesh;
  text.replace(text.find("  stock"), 7, "  stock?");
  ScenarioDocument document = ScenarioDocument::from_text("a.yaml", text);
  ASSERT_FALSE(document.is_good());
  document.type("a.yaml", kMesh);
  EXPECT_TRUE(document.is_good());
  ASSERT_NE(document.scenario(), nullptr);
  EXPECT_EQ(document.scenario()->scenario.mesh.services.size(), 2);
  document.type("a.yaml", text);
  EXPECT_EQ(document.scenario()->scenario.mesh.services.size(), 2) << "the last good one";
}

}  // namespace
}  // namespace shaketable::gui
