#include "gui/canvas/overlay.h"

#include <QComboBox>
#include <QImage>

#include <gtest/gtest.h>

#include "gui/canvas/canvas_view.h"
#include "gui/canvas/overlay_bar.h"
#include "gui/document/scenario_document.h"
#include "tests/gui/support/test_shop.h"

namespace shaketable::gui {
namespace {

MeshLook look_of(double stock_queue) {
  MeshLook look;
  look.nodes.resize(2);
  for (NodeLook& node : look.nodes) {
    node.has_run = true;
    node.health = NodeHealth::kHealthy;
    node.rate = 100;
    node.p99_us = 20'000;
    node.instances = node.instances_up = 3;
  }
  look.nodes[1].queue = stock_queue;
  look.nodes[1].utilisation = 0.5;
  look.edges.resize(1);
  look.edges[0].rate = 100;
  look.edges[0].health = NodeHealth::kHealthy;
  look.edges[0].retry_share = 0.5;
  return look;
}

TEST(OverlayTest, MeasuresWhatItsSubjectHas) {
  const MeshLook look = look_of(12);
  EXPECT_EQ(value_of(Overlay::kHealth, look.nodes[0]), std::nullopt);
  EXPECT_EQ(value_of(Overlay::kQueue, look.nodes[1]), 12);
  EXPECT_EQ(value_of(Overlay::kQueue, look.edges[0]), std::nullopt) << "a line has no queue";
  EXPECT_EQ(value_of(Overlay::kRetries, look.edges[0]), 1.5) << "attempts for a request";
  EXPECT_EQ(value_of(Overlay::kRetries, look.nodes[0]), std::nullopt);
  EXPECT_EQ(value_of(Overlay::kRate, NodeLook{}), std::nullopt) << "nothing has run";
  EXPECT_EQ(value_text(Overlay::kRetries, 1.5), QStringLiteral("1.50×"));
  EXPECT_EQ(value_text(Overlay::kUtilisation, 0.5), QStringLiteral("50 %"));
}

TEST(OverlayTest, TheScaleEndsAtARoundValueAboveAll) {
  EXPECT_EQ(top_of(Overlay::kQueue, look_of(12)), 20);
  EXPECT_EQ(top_of(Overlay::kQueue, look_of(0)), 1);
  EXPECT_EQ(top_of(Overlay::kUtilisation, look_of(0)), 1) << "full is full";
  EXPECT_EQ(top_of(Overlay::kRetries, look_of(0)), 2);
  EXPECT_EQ(place_of(Overlay::kRetries, 1, 2), 0) << "one attempt is nothing added";
  EXPECT_EQ(place_of(Overlay::kQueue, 20, 20), 1);
  EXPECT_EQ(place_of(Overlay::kQueue, 40, 20), 1);
}

TEST(OverlayTest, TheRampIsToldApartByLightnessAlone) {
  for (const Theme& theme : {Theme::light(), Theme::night()}) {
    const auto gray = [&theme](double place) { return qGray(ramp(theme, place).rgb()); };
    for (double place = 0.25; place <= 1; place += 0.25) {
      const int step = gray(place) - gray(place - 0.25);
      EXPECT_GT(theme.dark ? step : -step, 5) << place;
    }
  }
}

TEST(OverlayTest, IsChosenBelowTheCanvasAndRecoloursIt) {
  const ScenarioDocument document = ScenarioDocument::from_text("shop.yaml", kTestShop);
  CanvasView canvas;
  OverlayBar bar(canvas);
  canvas.resize(700, 400);
  canvas.show_mesh(document.scenario()->scenario);
  canvas.set_look(look_of(12));
  canvas.show();
  const QImage health = canvas.grab().toImage();
  bar.choice().setCurrentIndex(static_cast<int>(Overlay::kQueue));

  EXPECT_EQ(canvas.overlay(), Overlay::kQueue);
  EXPECT_NE(canvas.grab().toImage(), health);
  bar.choose(Overlay::kHealth);
  EXPECT_EQ(canvas.grab().toImage(), health);
}

TEST(OverlayTest, ATrailAndRingsAreDrawnAroundTheirServices) {
  const ScenarioDocument document = ScenarioDocument::from_text("shop.yaml", kTestShop);
  CanvasView canvas;
  canvas.resize(700, 400);
  canvas.show_mesh(document.scenario()->scenario);
  canvas.set_look(look_of(12));
  canvas.show();
  const QImage plain = canvas.grab().toImage();
  canvas.set_trail({.services = {"shop", "stock"}, .edges = {{"shop", "stock"}}});
  const QImage trail = canvas.grab().toImage();
  EXPECT_NE(trail, plain);
  canvas.set_trail({});
  canvas.set_rings({{"stock", Ring::kWorse}});
  EXPECT_NE(canvas.grab().toImage(), plain);
  EXPECT_NE(canvas.grab().toImage(), trail);
  canvas.set_rings({});
  EXPECT_EQ(canvas.grab().toImage(), plain);
}

}  // namespace
}  // namespace shaketable::gui
