#include <QImage>
#include <QPainter>
#include <algorithm>
#include <string>

#include <gtest/gtest.h>

#include "gui/canvas/canvas_painter.h"
#include "gui/canvas/mark_room.h"
#include "gui/document/scenario_document.h"

namespace shaketable::gui {
namespace {

/// Four layers of ten services each, all in trouble: everything has badges, notes and figures.
class MarksTest : public testing::Test {
 protected:
  MarksTest() {
    std::string text = "services:\n";
    for (int layer = 0; layer < 4; ++layer) {
      for (int i = 0; i < 10; ++i) {
        text += "  " + name(layer, i) + ": {entry: " + (layer == 0 ? "true" : "false") +
                ", instances: 4, endpoints: {GET /: {work: 1ms";
        for (const int callee : {i, (i + 3) % 10}) {
          text += (layer == 3    ? ""
                   : callee == i ? ", calls: [" + name(layer + 1, callee) + ": GET /"
                                 : ", " + name(layer + 1, callee) + ": GET /]");
        }
        text += "}}}\n";
      }
    }
    text += "load: {all: {rate: 1/s, request: " + name(0, 0) + " GET /}}\nrun: {duration: 1s}\n";
    const ScenarioDocument document = ScenarioDocument::from_text("forty.yaml", text);
    EXPECT_TRUE(document.scenario());
    scene_.show(document.scenario()->scenario, false);
    look_.nodes.resize(scene_.nodes().size());
    look_.edges.resize(scene_.edges().size());
    for (std::size_t n = 0; n < look_.nodes.size(); ++n) {
      look_.nodes[n] = {.health = NodeHealth::kFailing,
                        .has_run = true,
                        .rate = 120,
                        .error_share = 0.4,
                        .instances = 4,
                        .instances_up = 3,
                        .ejected = 2,
                        .faults = {0}};
      notes_[scene_.nodes()[n].name] = QStringLiteral("%1 · +12.5 s").arg(n + 1);
    }
    for (std::size_t e = 0; e < look_.edges.size(); ++e) {
      look_.edges[e] = {.health = NodeHealth::kFailing,
                        .rate = 120,
                        .error_share = 0.4,
                        .retry_share = 1,
                        .circuit_open = e % 3 == 0};
    }
  }

  static std::string name(int layer, int i) {
    return "service-" + std::to_string(layer) + "-" + std::to_string(i);
  }

  DrawnMarks draw(double scale) {
    const Picture picture{.scene = scene_, .look = &look_, .theme = theme_, .notes = &notes_};
    const QRectF bounds = scene_.bounds().adjusted(-60, -60, 60, 60);
    QImage image((bounds.size() * scale).toSize(), QImage::Format_ARGB32_Premultiplied);
    QPainter painter(&image);
    painter.scale(scale, scale);
    painter.translate(-bounds.topLeft());
    return draw_mesh(painter, picture, scale, bounds);
  }

  CanvasScene scene_;
  MeshLook look_;
  std::map<std::string, QString> notes_;
  Theme theme_ = Theme::light();
};

TEST_F(MarksTest, HideNeitherBoxesNorEachOtherAtAnySize) {
  for (const double scale : {1.25, 1.0, 0.8, 0.6, 0.5, 0.4, 0.33, 0.27}) {
    const DrawnMarks marks = draw(scale);
    EXPECT_GE(marks.on_boxes.size(), scene_.nodes().size()) << scale << ": each has a badge";
    for (std::size_t i = 0; i < marks.on_boxes.size(); ++i) {
      const QRectF& mark = marks.on_boxes[i];
      const auto covers = [&mark](const QRectF& other) { return other.intersects(mark); };
      std::size_t boxes = 0;
      for (const SceneNode& node : scene_.nodes()) {
        boxes += covers(node.box) ? 1 : 0;
      }
      EXPECT_EQ(boxes, 1) << scale << ": its own, at the edge";
      EXPECT_EQ(std::count_if(marks.on_boxes.begin(), marks.on_boxes.end(), covers), 1) << scale;
      EXPECT_EQ(std::count_if(marks.on_lines.begin(), marks.on_lines.end(), covers), 0) << scale;
    }
  }
}

TEST_F(MarksTest, OfTheNameOfABoxNothingIsHidden) {
  for (const double scale : {1.0, 0.5, 0.33, 0.27}) {
    for (const QRectF& mark : draw(scale).on_boxes) {
      for (const SceneNode& node : scene_.nodes()) {
        const QRectF name = node.box.adjusted(10, 5, -6, -20);
        EXPECT_FALSE(name.intersects(mark)) << scale << " " << node.name;
      }
    }
  }
}

TEST_F(MarksTest, BadgesAreWordsNearByAndShapesFromAfar) {
  const double near = draw(1.0).on_boxes.front().width();
  const QSizeF far = draw(0.3).on_boxes.front().size();
  EXPECT_GT(near, 60);
  EXPECT_DOUBLE_EQ(far.width(), far.height());
  EXPECT_GE(far.width() * 0.3, 6.5) << "still to be seen";
}

TEST_F(MarksTest, WhatFailsIsToldOnAShortLineToo) {
  for (EdgeLook& edge : look_.edges) {
    edge = {.health = NodeHealth::kHealthy, .rate = 0};
  }
  look_.edges[0] = {
      .health = NodeHealth::kFailing, .rate = 274, .error_share = 1, .retry_share = 3};
  scene_.move(scene_.edges()[0].to,
              scene_.nodes()[scene_.edges()[0].from].box.topRight() + QPointF(86, 0));
  const DrawnMarks marks = draw(1.0);
  ASSERT_EQ(marks.on_lines.size(), 1);
  EXPECT_LT(marks.on_lines[0].width(), 86) << "between the boxes";
  EXPECT_TRUE(MarkRoom(scene_, scene_.bounds()).is_free(marks.on_lines[0]));
}

TEST_F(MarksTest, OnlyItsOwnBoxMayBeTouched) {
  MarkRoom room(scene_, scene_.bounds());
  const QRectF& box = scene_.nodes()[0].box;
  const QRectF corner(box.topRight() - QPointF(20, 10), QSizeF(18, 13));
  EXPECT_FALSE(room.is_free(corner));
  EXPECT_TRUE(room.is_free(corner, box));
  room.take(corner);
  EXPECT_FALSE(room.is_free(corner, box)) << "a mark stands there";
}

}  // namespace
}  // namespace shaketable::gui
