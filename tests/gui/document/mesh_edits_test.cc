#include "gui/document/mesh_edits.h"

#include <gtest/gtest.h>

#include "engine/formats/scenario_loader.h"

namespace shaketable::gui {
namespace {

constexpr char kShop[] =
    R"(# A shop that people read.
services:
  shop:                       # the entry
    entry: true
    instances: 2              # two of them
    endpoints:
      GET /: {work: 2ms, calls: [stock: GET /items, price: GET /prices]}
  stock:
    endpoints:
      GET /items:
        work: 8ms
        calls:
          - price GET /prices   # for each item
          - parallel:
              - price: GET /prices
              - tax: {call: GET /rate, optional: true}
  price: {endpoints: {GET /prices: {work: 1ms}}}
  tax: {instances: 1, endpoints: {GET /rate: {work: 1ms}}}

traffic:
  price: {timeout: 1s, retries: {attempts: 2}}   # tried twice
load: {customers: {rate: 40/s, request: GET /}}
faults:
  slow: {at: 1s, on: price, delay: {add: 1s}}
  dead: {at: 2s, on: price-1, kill: 1}
expect:
  - {metric: p99, of: shop -> price, must: "< 1s"}
)";

engine::ScenarioSource source_of_text(const std::string& text) {
  return {.file = "shop.yaml", .overrides = {}, .files = {{.name = "shop.yaml", .text = text}}};
}

std::string edited(const std::string& text, const proxy::Result<DocumentEdit>& edit) {
  EXPECT_TRUE(edit.has_value()) << (edit ? "" : edit.error().message);
  return edit ? with_edit(source_of_text(text), *edit).files.front().text : std::string();
}

std::string replaced(std::string text, const std::string& part, const std::string& with) {
  const std::size_t at = text.find(part);
  EXPECT_NE(at, std::string::npos) << part;
  return text.replace(at, part.size(), with);
}

bool loads(const std::string& text) {
  engine::Diagnostics diagnostics;
  const bool good = engine::parse_scenario("shop.yaml", text, {}, diagnostics).has_value();
  EXPECT_TRUE(good) << engine::render(diagnostics, false) << text;
  return good;
}

TEST(MeshEditsTest, SetsAValueAndLeavesEveryOtherByteAlone) {
  const auto source = source_of_text(kShop);

  EXPECT_EQ(edited(kShop, set_value(source, {"services", "shop", "instances"}, "5")),
            replaced(kShop, "instances: 2 ", "instances: 5 "));
  EXPECT_EQ(edited(kShop, set_value(source, {"traffic", "price", "timeout"}, "250ms")),
            replaced(kShop, "timeout: 1s", "timeout: 250ms"));
  EXPECT_EQ(
      edited(kShop, set_value(source, {"services", "stock", "endpoints", "GET /items", "work"},
                              "{exponential: 5ms}")),
      replaced(kShop, "work: 8ms", "work: {exponential: 5ms}"));
}

TEST(MeshEditsTest, AddsAKeyInTheStyleOfItsMap) {
  const auto source = source_of_text(kShop);

  EXPECT_EQ(edited(kShop, set_value(source, {"services", "tax", "entry"}, "true")),
            replaced(kShop, "GET /rate: {work: 1ms}}}", "GET /rate: {work: 1ms}}, entry: true}"));
  EXPECT_EQ(
      edited(kShop, set_value(source, {"traffic", "stock", "retries", "attempts"}, "3")),
      replaced(kShop, "# tried twice\n", "# tried twice\n  stock: {retries: {attempts: 3}}\n"));
  const std::string with_zones = edited(kShop, set_value(source, {"run", "duration"}, "5s"));
  EXPECT_TRUE(with_zones.ends_with("\nrun: {duration: 5s}\n")) << with_zones;
  EXPECT_TRUE(loads(with_zones));
}

TEST(MeshEditsTest, ReplacesABlockAsAWhole) {
  const std::string text =
      edited(kShop, set_value(source_of_text(kShop), {"services", "stock", "endpoints"},
                              "{GET /items: {work: 1ms}}"));

  EXPECT_NE(text.find("  stock:\n    endpoints: {GET /items: {work: 1ms}}\n  price:"),
            std::string::npos)
      << text;
  EXPECT_TRUE(loads(text));
}

TEST(MeshEditsTest, RemovesAKeyWithItsLineOrItsComma) {
  const auto source = source_of_text(kShop);

  EXPECT_EQ(edited(kShop, remove_value(source, {"services", "shop", "instances"})),
            replaced(kShop, "    instances: 2              # two of them\n", ""));
  EXPECT_EQ(edited(kShop, remove_value(source, {"traffic", "price", "timeout"})),
            replaced(kShop, "timeout: 1s, ", ""));
  EXPECT_EQ(edited(kShop, remove_value(source, {"traffic", "price", "retries"})),
            replaced(kShop, ", retries: {attempts: 2}", ""));
  EXPECT_FALSE(remove_value(source, {"traffic", "price", "mtls"}).has_value());
}

TEST(MeshEditsTest, TellsWhatIsWrittenAndWhere) {
  const auto source = source_of_text(kShop);

  EXPECT_EQ(written_value(source, {"traffic", "price"}), "{timeout: 1s, retries: {attempts: 2}}");
  EXPECT_EQ(written_value(source, {"services", "shop", "runtime"}), "");
  EXPECT_EQ(written_place(source, {"services", "stock"}).line, 8);
  EXPECT_EQ(written_place(source, {"services", "nobody"}).file, "");
}

TEST(MeshEditsTest, RenamesAServiceWhereverItIsMeant) {
  const std::string text = edited(kShop, rename_service(source_of_text(kShop), "price", "cost"));

  for (const char* mention : {"price:", "price GET", "price-1", "> price"}) {
    EXPECT_EQ(text.find(mention), std::string::npos) << mention << " in:\n" << text;
  }
  EXPECT_NE(text.find("# for each item"), std::string::npos);
  EXPECT_NE(text.find("on: cost-1"), std::string::npos) << "its instances, too";
  EXPECT_NE(text.find("shop -> cost"), std::string::npos);
  EXPECT_TRUE(loads(text));
  EXPECT_FALSE(rename_service(source_of_text(kShop), "price", "tax").has_value());
}

TEST(MeshEditsTest, AddsConnectsAndDisconnectsServices) {
  const std::string added = edited(kShop, add_service(source_of_text(kShop), "search"));
  EXPECT_TRUE(loads(added));
  const std::string connected =
      edited(added, connect_services(source_of_text(added), "shop", "search"));
  EXPECT_NE(connected.find("price: GET /prices, search: GET /]"), std::string::npos) << connected;
  const std::string block =
      edited(connected, connect_services(source_of_text(connected), "stock", "search"));
  EXPECT_TRUE(loads(block));
  EXPECT_NE(block.find("          - search: GET /\n"), std::string::npos) << block;
  const std::string leaf = edited(block, connect_services(source_of_text(block), "tax", "search"));
  EXPECT_TRUE(loads(leaf));

  const std::string cut =
      edited(connected, disconnect_services(source_of_text(connected), "shop", "search"));

  EXPECT_EQ(cut, added);
}

TEST(MeshEditsTest, DisconnectsInsideOfParallelStepsAsWell) {
  const std::string text =
      edited(kShop, disconnect_services(source_of_text(kShop), "stock", "price"));

  EXPECT_EQ(text.find("price GET"), std::string::npos) << text;
  EXPECT_NE(text.find("- parallel:\n              - tax:"), std::string::npos) << text;
  EXPECT_TRUE(loads(text));
}

TEST(MeshEditsTest, RemovesAServiceWithItsCallsAndPolicies) {
  std::string text = kShop;
  text = text.substr(0, text.find("faults:"));
  const std::string without = edited(text, remove_service(source_of_text(text), "price"));

  EXPECT_EQ(without.find("price"), std::string::npos) << without;
  EXPECT_NE(without.find("tax: {call: GET /rate"), std::string::npos);
}

TEST(MeshEditsTest, FindsFreeNames) {
  EXPECT_EQ(free_name(source_of_text(kShop), "services", "stock"), "stock-2");
  EXPECT_EQ(free_name(source_of_text(kShop), "services", "basket"), "basket");
}

TEST(MeshEditsTest, EditsTheFileThatHoldsTheMesh) {
  engine::ScenarioSource source{
      .file = "dir/run.yaml",
      .overrides = {},
      .files = {{.name = "dir/run.yaml",
                 .text = "mesh: m.yaml\nload: {a: {rate: 1/s, request: GET /}}\n"},
                {.name = "dir/m.yaml",
                 .text = "services:\n  a: {entry: true, endpoints: {GET /: {}}}\n"}}};

  const auto edit = set_value(source, {"services", "a", "instances"}, "3");

  ASSERT_TRUE(edit.has_value());
  ASSERT_EQ(edit->changes.size(), 1);
  EXPECT_EQ(edit->changes.front().file, "dir/m.yaml");
  const auto policy = set_value(source, {"traffic", "a", "timeout"}, "1s");
  ASSERT_TRUE(policy.has_value());
  EXPECT_EQ(policy->changes.front().file, "dir/run.yaml") << "what the scenario says wins";
}

TEST(MeshEditsTest, QuotesOnlyWhatMustBe) {
  EXPECT_EQ(yaml_scalar("GET /items"), "GET /items");
  EXPECT_EQ(yaml_scalar("a -> b"), "a -> b");
  EXPECT_EQ(yaml_scalar("< 400ms"), "\"< 400ms\"");
  EXPECT_EQ(yaml_scalar("a: b"), "\"a: b\"");
  EXPECT_EQ(yaml_scalar(""), "\"\"");
  EXPECT_EQ(yaml_scalar("say \"no\"\n"), "\"say \\\"no\\\"\\n\"");
}

}  // namespace
}  // namespace shaketable::gui
