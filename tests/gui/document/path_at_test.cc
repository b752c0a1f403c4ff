#include "gui/document/path_at.h"

#include <gtest/gtest.h>

namespace shaketable::gui {
namespace {

engine::ScenarioSource source_of(std::string text) {
  engine::ScenarioSource source;
  source.file = "shop.yaml";
  source.files = {{.name = "shop.yaml", .text = std::move(text)}};
  return source;
}

TEST(PathAtTest, APlaceIsWithinTheLastKeysThatBeginBeforeIt) {
  const auto source = source_of(
      "services:\n"
      "  shop:\n"
      "    instances: 2\n"
      "  stock: {instances: 3, cache: {hit_ratio: 80%}}\n"
      "traffic:\n"
      "  stock:\n"
      "    from: {shop: {timeout: 1s}}\n");
  EXPECT_EQ(path_at(source, "shop.yaml", 3, 7), (KeyPath{"services", "shop", "instances"}));
  EXPECT_EQ(path_at(source, "shop.yaml", 4, 12), (KeyPath{"services", "stock", "instances"}));
  EXPECT_EQ(path_at(source, "shop.yaml", 4, 36),
            (KeyPath{"services", "stock", "cache", "hit_ratio"}));
  EXPECT_EQ(path_at(source, "shop.yaml", 7, 20),
            (KeyPath{"traffic", "stock", "from", "shop", "timeout"}));
}

TEST(PathAtTest, AMeshWithinAScenarioHasItsOwnTop) {
  const auto source = source_of(
      "mesh:\n"
      "  services:\n"
      "    shop: {instances: 2}\n"
      "run: {seed: 3}\n");
  EXPECT_EQ(path_at(source, "shop.yaml", 3, 12), (KeyPath{"services", "shop", "instances"}));
  EXPECT_EQ(path_at(source, "shop.yaml", 4, 8), (KeyPath{"run", "seed"}));
}

TEST(PathAtTest, NoPlaceOfAFileThatIsNotThereOrCannotBeRead) {
  const auto source = source_of("services: {shop: {instances: 2}}\n");
  EXPECT_TRUE(path_at(source, "other.yaml", 1, 1).empty());
  EXPECT_TRUE(path_at(source_of("services: {shop\n"), "shop.yaml", 1, 12).empty());
}

}  // namespace
}  // namespace shaketable::gui
