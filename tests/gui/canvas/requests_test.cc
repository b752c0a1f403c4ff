#include <QImage>
#include <QLineF>
#include <QPainter>
#include <QPainterPathStroker>
#include <cstddef>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "gui/canvas/canvas_painter.h"
#include "gui/canvas/canvas_scene.h"
#include "gui/document/scenario_document.h"

namespace shaketable::gui {
namespace {

CanvasScene scene_of(const std::string& text) {
  CanvasScene scene;
  scene.show(ScenarioDocument::from_text("mesh.yaml", text).scenario()->scenario, false);
  return scene;
}

// One service that calls `callees` others.
std::string star(int callees) {
  std::string calls;
  std::string leaves;
  for (int i = 0; i < callees; ++i) {
    const std::string name = "leaf-" + std::to_string(i);
    calls += (i == 0 ? "" : ", ") + name + ": GET /";
    leaves += "  " + name + ": {endpoints: {GET /: {work: 1ms}}}\n";
  }
  return "services:\n  hub: {entry: true, endpoints: {GET /: {calls: [" + calls + "]}}}\n" +
         leaves + "load: {all: {rate: 1/s, request: GET /}}\nrun: {duration: 1s}\n";
}

TEST(RequestsTest, MoveAlongTheLineOfTheirCallAtOneSpeed) {
  const CanvasScene scene = scene_of(star(5));
  ASSERT_EQ(scene.edges().size(), 5);
  for (const SceneEdge& edge : scene.edges()) {
    EXPECT_NEAR(edge.length, edge.path.length(), edge.length / 100);
    QPainterPathStroker stroker;
    stroker.setWidth(4);
    const QPainterPath around = stroker.createStroke(edge.path);
    for (int i = 1; i <= 20; ++i) {
      const QLineF part(edge.at((i - 1) / 20.0), edge.at(i / 20.0));
      EXPECT_NEAR(part.length(), edge.length / 20, edge.length / 400) << i;
      EXPECT_TRUE(i == 20 || around.contains(part.p2())) << i;
    }
  }
}

TEST(RequestsTest, AreSeenOnEveryLineWhenTheyMustBeFew) {
  const CanvasScene scene = scene_of(star(60));
  const QRectF bounds = scene.bounds();
  MeshLook look;
  look.edges.resize(scene.edges().size());
  for (EdgeLook& edge : look.edges) {
    edge.rate = 10'000;
  }
  const Theme theme = Theme::light();
  QImage image(bounds.size().toSize(), QImage::Format_ARGB32_Premultiplied);
  image.fill(Qt::transparent);
  QPainter painter(&image);
  painter.translate(-bounds.topLeft());
  draw_requests(painter, {.scene = scene, .look = &look, .theme = theme}, 1, bounds, 0.3, 60);
  painter.end();

  for (std::size_t e = 0; e < scene.edges().size(); ++e) {
    int inked = 0;
    for (int i = 0; i <= 1000; ++i) {
      const QPoint at = (scene.edges()[e].at(i / 1000.0) - bounds.topLeft()).toPoint();
      inked += image.valid(at) && image.pixelColor(at).alpha() > 0 ? 1 : 0;
    }
    EXPECT_GT(inked, 0) << "line " << e;
  }
}

TEST(RequestsTest, OnTheLineUnderTheMouseStandStill) {
  const CanvasScene scene = scene_of(star(1));
  const QRectF bounds = scene.bounds();
  MeshLook look;
  look.edges.resize(1);
  look.edges[0].rate = 100;
  const Theme theme = Theme::light();
  const auto drawn = [&](double seconds, bool is_still) {
    QImage image(bounds.size().toSize(), QImage::Format_ARGB32_Premultiplied);
    image.fill(Qt::transparent);
    QPainter painter(&image);
    painter.translate(-bounds.topLeft());
    Picture picture{.scene = scene, .look = &look, .theme = theme};
    if (is_still) {
      picture.still = {0, 0.3};
    }
    draw_requests(painter, picture, 1, bounds, seconds, 60);
    return image;
  };
  EXPECT_NE(drawn(0.3, false), drawn(0.5, false));
  EXPECT_EQ(drawn(0.3, true), drawn(0.5, true));
  EXPECT_EQ(drawn(0.3, false), drawn(0.5, true));
}

TEST(RequestsTest, PassBelowWhatIsToBeReadOnTheirLine) {
  const CanvasScene scene = scene_of(star(1));
  const QRectF bounds = scene.bounds();
  MeshLook look;
  look.nodes.resize(scene.nodes().size());
  look.edges.resize(1);
  look.edges[0].rate = 100'000;
  look.edges[0].circuit_open = true;
  const Theme theme = Theme::light();
  Picture picture{.scene = scene, .look = &look, .theme = theme};
  QImage image(bounds.size().toSize(), QImage::Format_ARGB32_Premultiplied);
  QPainter painter(&image);
  painter.translate(-bounds.topLeft());
  const std::vector<QRectF> marks = draw_mesh(painter, picture, 1, bounds).on_lines;
  ASSERT_EQ(marks.size(), 3) << "the glyph, OPEN, the figures";
  EXPECT_TRUE(marks[0].contains(scene.edges()[0].at(0.5)));

  picture.marks = &marks;
  for (const double seconds : {0.3, 0.35, 0.4, 0.45}) {
    const auto inked = [&](double share) {
      image.fill(Qt::transparent);
      draw_requests(painter, picture, 1, bounds, seconds, 60);
      const QPoint at = (scene.edges()[0].at(share) - bounds.topLeft()).toPoint();
      return image.pixelColor(at).alpha() > 0;
    };
    int beside = 0;
    for (int i = 0; i <= 100; ++i) {
      const double share = i / 100.0;
      const bool is_below = marks[0].contains(scene.edges()[0].at(share));
      EXPECT_FALSE(is_below && inked(share)) << share;
      beside += !is_below && inked(share) ? 1 : 0;
    }
    EXPECT_GT(beside, 0);
  }
}

}  // namespace
}  // namespace shaketable::gui
