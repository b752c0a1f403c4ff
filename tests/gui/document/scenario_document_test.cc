#include "gui/document/scenario_document.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gui/document/mesh_edits.h"
#include "proxy/base/rng.h"
#include "tests/support/temporary_folder.h"

namespace shaketable::gui {
namespace {

constexpr char kShop[] =
    "services:\n"
    "  shop: {entry: true, endpoints: {GET /: {work: 2ms, calls: [stock: GET /items]}}}  # a\n"
    "  stock: {instances: 3, endpoints: {GET /items: {work: 8ms}}}\n"
    "load: {customers: {rate: 40/s, request: GET /}}\n";

TEST(ScenarioDocumentTest, ListsTheProblemsOfABrokenFileWithTheirPlaces) {
  const auto document = ScenarioDocument::from_text("a.yaml", "services:\n  shop: {entri: true}\n");

  EXPECT_FALSE(document.is_good());
  EXPECT_EQ(document.scenario(), nullptr);
  ASSERT_FALSE(document.problems().empty());
  EXPECT_EQ(document.problems().front().line, 2);
  EXPECT_GT(document.errors(), 0);
}

TEST(ScenarioDocumentTest, KeepsTheLastGoodScenarioWhileSomebodyTypes) {
  auto document = ScenarioDocument::from_text("a.yaml", kShop);
  ASSERT_TRUE(document.is_good());

  document.type("a.yaml", std::string(kShop) + "faults:\n  slow: {at: ");

  EXPECT_FALSE(document.is_good());
  ASSERT_NE(document.scenario(), nullptr);
  EXPECT_EQ(document.scenario()->scenario.mesh.services.size(), 2);
}

TEST(ScenarioDocumentTest, TypingIsOneStepUntilItEnds) {
  auto document = ScenarioDocument::from_text("a.yaml", kShop);
  document.type("a.yaml", std::string(kShop) + "#");
  document.type("a.yaml", std::string(kShop) + "# x");
  document.end_typing();
  document.type("a.yaml", std::string(kShop) + "# xy");

  document.undo();
  EXPECT_EQ(*document.text_of("a.yaml"), std::string(kShop) + "# x");
  document.undo();
  EXPECT_EQ(*document.text_of("a.yaml"), kShop);
  EXPECT_FALSE(document.can_undo());
}

TEST(ScenarioDocumentTest, RefusesACommandThatWouldBreakTheFile) {
  auto document = ScenarioDocument::from_text("a.yaml", kShop);

  const auto result =
      document.apply(*set_value(document.source(), {"services", "stock", "instances"}, "many"));

  ASSERT_FALSE(result.has_value());
  EXPECT_NE(result.error().where.find("a.yaml:3"), std::string::npos) << result.error().where;
  EXPECT_EQ(*document.text_of("a.yaml"), kShop);
  EXPECT_TRUE(document.is_good());
  EXPECT_FALSE(document.can_undo());
}

TEST(ScenarioDocumentTest, UndoOfRandomEditsLeadsBackToTheStart) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    proxy::Rng rng(seed);
    auto document = ScenarioDocument::from_text("a.yaml", kShop);
    std::vector<std::string> texts{kShop};
    for (int i = 0; i < 12; ++i) {
      const auto& services = document.scenario()->scenario.mesh.services;
      const auto any = [&] { return services[rng.below(services.size())].name; };
      proxy::Result<DocumentEdit> edit = proxy::fail("none");
      switch (rng.below(6)) {
        case 0:
          edit = add_service(document.source(), free_name(document.source(), "services", "new"));
          break;
        case 1:
          edit = connect_services(document.source(), any(), any());
          break;
        case 2:
          edit = set_value(document.source(), {"services", any(), "instances"},
                           std::to_string(1 + rng.below(9)));
          break;
        case 3:
          edit = set_value(document.source(), {"traffic", any(), "timeout"}, "1s");
          break;
        case 4:
          edit = rename_service(document.source(), any(), "other-" + std::to_string(i));
          break;
        default:
          edit = remove_service(document.source(), any());
      }
      if (edit && document.apply(*edit)) {
        EXPECT_TRUE(document.is_good());
        texts.push_back(*document.text_of("a.yaml"));
      }
    }
    for (std::size_t i = texts.size(); i-- > 1;) {
      EXPECT_EQ(*document.text_of("a.yaml"), texts[i]);
      document.undo();
    }
    EXPECT_EQ(*document.text_of("a.yaml"), kShop);
    for (std::size_t i = 1; i < texts.size(); ++i) {
      document.redo();
      EXPECT_EQ(*document.text_of("a.yaml"), texts[i]);
    }
  }
}

TEST(ScenarioDocumentTest, OpensAScenarioWithItsMeshAndSavesTheFileThatChanged) {
  const TemporaryFolder folder;
  const std::string mesh =
      folder.write("m.yaml", "services:\n  a: {entry: true, endpoints: {GET /: {}}}\n");
  const std::string text = "mesh: m.yaml\nload: {l: {rate: 1/s, request: GET /}}\n";
  const std::string file = folder.write("run.yaml", text);

  auto document = ScenarioDocument::open(file);
  ASSERT_TRUE(document.has_value());
  EXPECT_TRUE(document->is_good());
  EXPECT_FALSE(document->is_modified());
  ASSERT_TRUE(document->apply(*set_value(document->source(), {"services", "a", "instances"}, "3")));
  EXPECT_TRUE(document->is_modified());
  ASSERT_TRUE(document->save());

  EXPECT_FALSE(document->is_modified());
  EXPECT_EQ(TemporaryFolder::read(file), text);
  EXPECT_NE(TemporaryFolder::read(mesh).find("instances: 3"), std::string::npos);
  document->undo();
  EXPECT_TRUE(document->is_modified()) << "the file now holds what was undone";
  for (const engine::SourceFile& each : document->source().files) {
    ASSERT_NE(document->saved(each.name), nullptr);
    EXPECT_EQ(document->saved(each.name)->text, TemporaryFolder::read(each.name));
  }
  EXPECT_EQ(document->saved("other.yaml"), nullptr);
}

TEST(ScenarioDocumentTest, SavedElsewhereItStillFindsItsMesh) {
  const TemporaryFolder folder;
  const TemporaryFolder other;
  static_cast<void>(
      folder.write("m.yaml", "services:\n  a: {entry: true, endpoints: {GET /: {}}}\n"));
  auto document = ScenarioDocument::open(
      folder.write("run.yaml", "mesh: m.yaml\nload: {l: {rate: 1/s, request: GET /}}\n"));
  ASSERT_TRUE(document.has_value());

  ASSERT_TRUE(document->save_as(other / "copy.yaml"));

  EXPECT_TRUE(document->is_good());
  const auto again = ScenarioDocument::open(other / "copy.yaml");
  ASSERT_TRUE(again.has_value());
  EXPECT_TRUE(again->is_good());
}

TEST(ScenarioDocumentTest, FetchesAFileThatTheTextComesToName) {
  const TemporaryFolder folder;
  static_cast<void>(
      folder.write("m.yaml", "services:\n  a: {entry: true, endpoints: {GET /: {}}}\n"));
  const std::string file = folder.write("run.yaml", "load: {l: {rate: 1/s, request: GET /}}\n");
  auto document = ScenarioDocument::open(file);
  ASSERT_TRUE(document.has_value());
  EXPECT_FALSE(document->is_good());

  document->type(file, "mesh: m.yaml\nload: {l: {rate: 1/s, request: GET /}}\n");

  EXPECT_TRUE(document->is_good());
}

TEST(ScenarioDocumentTest, FetchesDataThatTheTextComesToNameAndLeavesItsBytesAlone) {
  constexpr char kLog[] =
      "10.0.0.1 - - [01/Mar/2026:10:00:00 +0000] \"GET / HTTP/1.1\" 200 5 \"-\" \"\xff\"\r\n";
  const TemporaryFolder folder;
  const std::string log = folder.write("access.log", kLog);
  const std::string file = folder.write("a.yaml", kShop);
  auto document = ScenarioDocument::open(file);
  ASSERT_TRUE(document.has_value());
  std::string text = kShop;
  text.replace(text.find("40/s"), 4, "{recorded: access.log}");

  document->type(file, text);

  EXPECT_TRUE(document->is_good());
  EXPECT_EQ(document->scenario()->scenario.loads.at(0).recorded.size(), 1U);
  ASSERT_NE(document->text_of(log), nullptr);
  EXPECT_EQ(*document->text_of(log), kLog);
  ASSERT_TRUE(document->save().has_value());
  EXPECT_EQ(TemporaryFolder::read(log), kLog);
}

TEST(ScenarioDocumentTest, DataThatIsNotThereIsAProblemOfTheText) {
  std::string text = kShop;
  text.replace(text.find("40/s"), 4, "{recorded: no-such.log}");

  const auto document = ScenarioDocument::from_text("a.yaml", text);

  EXPECT_FALSE(document.is_good());
  ASSERT_FALSE(document.problems().empty());
  EXPECT_NE(document.problems().back().message.find("is not on this machine"), std::string::npos);
}

TEST(ScenarioDocumentTest, SaysWhyAFileCannotBeOpened) {
  const TemporaryFolder folder;

  const auto document = ScenarioDocument::open(folder / "nothing.yaml");

  ASSERT_FALSE(document.has_value());
  EXPECT_FALSE(document.error().message.empty());
}

}  // namespace
}  // namespace shaketable::gui
