#include "gui/canvas/mesh_categories.h"

#include <QImage>

#include <gtest/gtest.h>

#include "gui/canvas/canvas_view.h"
#include "gui/document/scenario_document.h"

namespace shaketable::gui {
namespace {

constexpr char kZones[] = R"(scenario: zones
zones: [eu-a, eu-b]
services:
  web:
    entry: true
    endpoints: {GET /: {work: 1ms, calls: [shop: GET /, bank: GET /]}}
  shop: {endpoints: {GET /: {work: 1ms}}}
  bank: {instances: 2, sidecar: false, endpoints: {GET /: {work: 1ms}}}
load: {users: {rate: 1/s, request: GET /}}
)";

class MeshCategoriesTest : public testing::Test {
 protected:
  MeshCategoriesTest() {
    EXPECT_NE(document_.scenario(), nullptr);
    scene_.show(document_.scenario()->scenario, false);
  }
  Category node(Overlay overlay, const char* name) {
    return category_of_node(overlay, scene_, *scene_.find(name), theme_);
  }
  Category edge(Overlay overlay, const char* from, const char* to) {
    return category_of_edge(overlay, scene_, *scene_.find_edge(from, to), theme_);
  }

  ScenarioDocument document_ = ScenarioDocument::from_text("zones.yaml", kZones);
  CanvasScene scene_;
  Theme theme_ = Theme::light();
};

TEST_F(MeshCategoriesTest, CallsAreEncryptedBetweenTwoSidecars) {
  EXPECT_EQ(node(Overlay::kTls, "shop").name, QStringLiteral("mTLS"));
  EXPECT_EQ(node(Overlay::kTls, "bank").name, QStringLiteral("plain text"));
  EXPECT_FALSE(edge(Overlay::kTls, "web", "shop").dashed);
  EXPECT_TRUE(edge(Overlay::kTls, "web", "bank").dashed) << "told without colours";
}

TEST_F(MeshCategoriesTest, ZonesHaveTheirColoursAndCallsBetweenThemAreTold) {
  EXPECT_EQ(node(Overlay::kZone, "web").color, node(Overlay::kZone, "shop").color);
  EXPECT_NE(node(Overlay::kZone, "web").color, node(Overlay::kZone, "bank").color);
  EXPECT_EQ(edge(Overlay::kZone, "web", "shop").name, QStringLiteral("eu-a"));
  EXPECT_TRUE(edge(Overlay::kZone, "web", "bank").dashed);
  EXPECT_EQ(categories(Overlay::kZone, scene_, theme_).size(), 3) << "two zones, and between them";
}

TEST_F(MeshCategoriesTest, AreSeenBeforeAnyRun) {
  CanvasView canvas;
  canvas.resize(700, 400);
  canvas.show_mesh(document_.scenario()->scenario);
  canvas.show();
  const QImage health = canvas.grab().toImage();
  canvas.set_overlay(Overlay::kTls);
  const QImage tls = canvas.grab().toImage();
  canvas.set_overlay(Overlay::kZone);
  EXPECT_NE(tls, health);
  EXPECT_NE(canvas.grab().toImage(), health);
  EXPECT_NE(canvas.grab().toImage(), tls);
}

TEST_F(MeshCategoriesTest, ManyZonesShareTheLastPlace) {
  std::string zones, services;
  for (int i = 0; i < 9;
       ++i) {  // Instances are spread over the zones: another number, other zones.
    const std::string n = std::to_string(i);
    zones += (i == 0 ? "z" : ", z") + n;
    services += "  s" + n + ": {entry: true, instances: " + std::to_string(i + 1) +
                ", endpoints: {GET /: {work: 1ms}}}\n";
  }
  const auto document = ScenarioDocument::from_text(
      "many.yaml", "zones: [" + zones + "]\nservices:\n" + services +
                       "load: {users: {rate: 1/s, request: s0 GET /}}\n");
  ASSERT_NE(document.scenario(), nullptr);
  scene_.show(document.scenario()->scenario, false);
  EXPECT_EQ(categories(Overlay::kZone, scene_, theme_).size(), kMostZones + 2);
  EXPECT_EQ(node(Overlay::kZone, "s7").name, node(Overlay::kZone, "s8").name);
}

}  // namespace
}  // namespace shaketable::gui
