#include "gui/document/mesh_clipping.h"

#include <gtest/gtest.h>

#include "gui/document/edit_preview.h"

namespace shaketable::gui {
namespace {

using engine::ScenarioSource;

constexpr char kShop[] = R"(scenario: shop
services:
  shop:      # the door
    entry: true
    endpoints:
      GET /:
        work: 2ms
        calls:
          - stock: GET /items
          - {work: 1ms}
          - prices GET /p
  stock: {instances: 3, endpoints: {GET /items: {work: 8ms}}}
  prices: {endpoints: {GET /p: {work: 1ms}}}
traffic:
  stock: {timeout: "1s", retries: {attempts: 2}}
load: {customers: {rate: 10/s, request: GET /}}
run: {duration: 5s, seed: 3}
)";

ScenarioSource source_of(const std::string& text) {
  return {.file = "shop.yaml", .overrides = {}, .files = {{"shop.yaml", text}}};
}

/// The text after the pasting, which must load.
std::string pasted(const std::string& text, const std::string& clipping) {
  const ScenarioSource source = source_of(text);
  const auto pasting = paste_services(source, clipping);
  if (!pasting) {
    return "refused: " + pasting.error().message;
  }
  const EditPreview after = preview(source, pasting->edit);
  EXPECT_TRUE(after.loads) << with_edit(source, pasting->edit).files.front().text;
  return with_edit(source, pasting->edit).files.front().text;
}

TEST(MeshClippingTest, HoldsServicesAndTheirPoliciesAsTheyAreWritten) {
  EXPECT_EQ(clip_services(source_of(kShop), {"stock", "prices"}), R"(services:
  stock: {instances: 3, endpoints: {GET /items: {work: 8ms}}}
  prices: {endpoints: {GET /p: {work: 1ms}}}
traffic:
  stock: {timeout: "1s", retries: {attempts: 2}}
)");
  EXPECT_EQ(clip_services(source_of(kShop), {"nobody"}), "");
}

TEST(MeshClippingTest, CopiesCallEachOtherAndNotTheOriginals) {
  const std::string text = pasted(kShop, clip_services(source_of(kShop), {"shop", "stock"}));

  EXPECT_NE(text.find(R"(
  shop-copy:
    endpoints:
      GET /:
        work: 2ms
        calls:
          - stock-copy: GET /items
          - {work: 1ms}
          - prices GET /p
)"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("  stock-copy: {instances: 3, "), std::string::npos) << text;
  EXPECT_NE(text.find("  stock-copy: {timeout: \"1s\", retries: {attempts: 2}}"), std::string::npos)
      << text;
  EXPECT_NE(text.find("# the door"), std::string::npos) << "the rest stays as it was";
}

TEST(MeshClippingTest, ACopyOfACopyHasANumber) {
  const std::string clipping = clip_services(source_of(kShop), {"prices"});
  std::string text = pasted(kShop, clipping);
  text = pasted(text, clipping);
  text = pasted(text, clip_services(source_of(text), {"prices-copy"}));
  for (const char* const name : {"prices-copy:", "prices-copy2:", "prices-copy3:"}) {
    EXPECT_NE(text.find(name), std::string::npos) << text;
  }
}

TEST(MeshClippingTest, CallsIntoNothingAreLeftOut) {
  constexpr char kOther[] =
      "services:\n  web: {entry: true, endpoints: {GET /: {work: 1ms}}}\n"
      "load: {users: {rate: 1/s, request: GET /}}\n";
  const std::string text = pasted(kOther, clip_services(source_of(kShop), {"shop"}));

  EXPECT_NE(text.find("  shop:\n    endpoints:\n"), std::string::npos)
      << "a second entry would leave it open where load goes: " << text;
  EXPECT_EQ(text.find("stock"), std::string::npos) << text;
  EXPECT_NE(text.find("{work: 1ms}"), std::string::npos) << "other steps stay";
}

TEST(MeshClippingTest, FitsIntoBracesAndIntoAnEmptyMesh) {
  const std::string clipping = clip_services(source_of(kShop), {"shop", "stock", "prices"});
  const std::string braces = pasted(
      "services: {web: {entry: true, endpoints: {GET /: {work: 1ms}}}}\n"
      "load: {users: {rate: 1/s, request: GET /}}\n",
      clipping);
  EXPECT_NE(braces.find("shop: {endpoints: {GET /: {work: 2ms, calls: ["
                        "{stock: GET /items}, {work: 1ms}, prices GET /p]}}}"),
            std::string::npos)
      << braces;
  EXPECT_NE(braces.find("timeout: \"1s\""), std::string::npos) << braces;

  const std::string empty = pasted("scenario: my-mesh\nrun: {duration: 3s}\n", clipping);
  EXPECT_NE(empty.find("services:\n  shop:\n    entry: true\n"), std::string::npos) << empty;
  EXPECT_NE(empty.find("traffic:\n  stock: {timeout"), std::string::npos) << empty;
}

TEST(MeshClippingTest, DeepBlocksAreMovedToTheMarginOfAClipping) {
  const std::string clipping =
      clip_services(source_of("mesh:\n    services:\n        shop:\n            entry: true\n"
                              "            endpoints:\n                GET /: {work: 2ms}\n"),
                    {"shop"});
  EXPECT_EQ(clipping,
            "services:\n  shop:\n    entry: true\n    endpoints:\n        GET /: {work: 2ms}\n");
}

TEST(MeshClippingTest, PoliciesThatNameWhatIsNotHereStayBehind) {
  const std::string clipping =
      "services:\n  stock: {endpoints: {GET /items: {work: 8ms}}}\n"
      "traffic:\n  stock: {from: {stranger: {timeout: 1s}}}\n";
  const std::string text = pasted(kShop, clipping);
  EXPECT_NE(text.find("stock-copy: {endpoints"), std::string::npos) << text;
  EXPECT_EQ(text.find("stranger"), std::string::npos) << text;
}

TEST(MeshClippingTest, ATextWithoutServicesIsRefused) {
  for (const char* const text : {"", "hello", "[1, 2]", "services: 3", "{", "traffic: {a: {}}"}) {
    EXPECT_EQ(pasted(kShop, text).substr(0, 8), "refused:") << text;
  }
}

}  // namespace
}  // namespace shaketable::gui
