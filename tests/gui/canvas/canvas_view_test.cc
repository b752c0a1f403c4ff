#include "gui/canvas/canvas_view.h"

#include <QSignalSpy>
#include <QTest>
#include <QWheelEvent>

#include <gtest/gtest.h>

#include "gui/document/scenario_document.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

class CanvasViewTest : public testing::Test {
 protected:
  CanvasViewTest() {
    view_.resize(800, 500);
    view_.show_mesh(document_.scenario()->scenario);
    view_.show();
    view_.fit();
  }

  QPoint middle_of(const char* service) {
    const auto node = view_.scene().find(service);
    return view_.to_view(view_.scene().nodes()[*node].box.center()).toPoint();
  }
  QPoint port_of(const char* service) {
    const QRectF box = view_.scene().nodes()[*view_.scene().find(service)].box;
    return view_.to_view(QPointF(box.right(), box.center().y())).toPoint();
  }

  ScenarioDocument document_ = ScenarioDocument::from_text("shop.yaml", kTestShop);
  CanvasView view_;
};

TEST_F(CanvasViewTest, FitsTheWholeMesh) {
  for (const SceneNode& node : view_.scene().nodes()) {
    const QRectF box(view_.to_view(node.box.topLeft()), view_.to_view(node.box.bottomRight()));
    EXPECT_TRUE(QRectF(view_.rect()).contains(box)) << node.name;
  }
  EXPECT_LT(middle_of("shop").x(), middle_of("stock").x()) << "callers stand on the left";
}

TEST_F(CanvasViewTest, AnEmptyDrawingSaysHowToBegin) {
  EXPECT_TRUE(view_.hint().isEmpty());
  const QImage drawn = view_.grab().toImage();
  view_.clear();
  EXPECT_TRUE(view_.hint().contains(QStringLiteral("double click")));
  EXPECT_NE(view_.grab().toImage(), drawn);
}

TEST_F(CanvasViewTest, AClickSelectsAServiceAndAnotherBesideItNothing) {
  QSignalSpy selected(&view_, &CanvasView::selection_changed);
  QTest::mouseClick(&view_, Qt::LeftButton, {}, middle_of("stock"));
  EXPECT_EQ(view_.selected(), std::set<std::string>{"stock"});

  QTest::mouseClick(&view_, Qt::LeftButton, {}, QPoint(4, 4));
  EXPECT_TRUE(view_.selected().empty());
  EXPECT_EQ(selected.count(), 2);
}

TEST_F(CanvasViewTest, AltAndAnArrowGoAlongTheCalls) {
  view_.select_services({"shop"});
  QTest::keyClick(&view_, Qt::Key_Right, Qt::AltModifier);
  EXPECT_EQ(view_.selected(), std::set<std::string>{"stock"});
  QTest::keyClick(&view_, Qt::Key_Right, Qt::AltModifier);
  EXPECT_EQ(view_.selected(), std::set<std::string>{"stock"}) << "it calls nobody";
  QTest::keyClick(&view_, Qt::Key_Left, Qt::AltModifier);
  EXPECT_EQ(view_.selected(), std::set<std::string>{"shop"});
  EXPECT_TRUE(view_.scene().pinned().empty()) << "no box was moved";
}

TEST_F(CanvasViewTest, AClickOnALineSelectsTheCall) {
  QSignalSpy selected(&view_, &CanvasView::selection_changed);
  QTest::mouseClick(&view_, Qt::LeftButton, {},
                    view_.to_view(view_.scene().edges().front().at(0.5)).toPoint());

  ASSERT_EQ(selected.count(), 1);
  EXPECT_EQ(selected.front().front().value<Selection>(), Selection::of_edge("shop", "stock"));
}

TEST_F(CanvasViewTest, DraggingMovesABoxAndItsLines) {
  QSignalSpy moved(&view_, &CanvasView::boxes_moved);
  const QPointF before = view_.scene().nodes()[1].box.center();
  const QPoint from = middle_of("stock");
  QTest::mousePress(&view_, Qt::LeftButton, {}, from);
  QTest::mouseMove(&view_, from + QPoint(20, 40));
  QTest::mouseMove(&view_, from + QPoint(40, 80));
  QTest::mouseRelease(&view_, Qt::LeftButton, {}, from + QPoint(40, 80));

  EXPECT_EQ(moved.count(), 1);
  const QPointF step = view_.scene().nodes()[1].box.center() - before;
  EXPECT_NEAR(step.x() * view_.scale(), 40, 1);
  EXPECT_NEAR(step.y() * view_.scale(), 80, 1);
  const QRectF& box = view_.scene().nodes()[1].box;
  const QPointF tip = view_.scene().edges().front().path.pointAtPercent(1);
  EXPECT_NEAR(tip.x(), box.left(), 0.5);
  EXPECT_NEAR(tip.y(), box.center().y(), 0.5);
  EXPECT_EQ(view_.scene().pinned().size(), 1);
}

TEST_F(CanvasViewTest, WhatIsDraggedStandsInLineWithItsNeighbours) {
  view_.scene().move(1, view_.scene().nodes()[0].box.topLeft() + QPointF(300, 60));
  view_.fit();
  const double top = view_.scene().nodes()[0].box.top();
  const QPoint from = middle_of("stock");
  const QPoint near = from - QPoint(0, static_cast<int>(60 * view_.scale()) - 3);
  QTest::mousePress(&view_, Qt::LeftButton, {}, from);
  QTest::mouseMove(&view_, (from + near) / 2);
  QTest::mouseMove(&view_, near);
  EXPECT_TRUE(view_.guides().top.has_value());
  EXPECT_FALSE(view_.guides().left.has_value());
  QTest::mouseRelease(&view_, Qt::LeftButton, {}, near);
  EXPECT_DOUBLE_EQ(view_.scene().nodes()[1].box.top(), top);
  EXPECT_FALSE(view_.guides().top.has_value()) << "nothing is dragged any more";
}

TEST_F(CanvasViewTest, TheSpaceBarRunsWithATapAndPansWhileItIsHeld) {
  QSignalSpy asked(&view_, &CanvasView::run_asked);
  QSignalSpy moved(&view_, &CanvasView::boxes_moved);
  QTest::keyClick(&view_, Qt::Key_Space);
  EXPECT_EQ(asked.count(), 1);

  const QPoint from = middle_of("stock");
  QTest::keyPress(&view_, Qt::Key_Space);
  QTest::mousePress(&view_, Qt::LeftButton, {}, from);
  QTest::mouseMove(&view_, from + QPoint(30, 20));
  QTest::mouseMove(&view_, from + QPoint(60, 40));
  QTest::mouseRelease(&view_, Qt::LeftButton, {}, from + QPoint(60, 40));
  QTest::keyRelease(&view_, Qt::Key_Space);
  EXPECT_EQ(asked.count(), 1) << "it was held to pan";
  EXPECT_EQ(moved.count(), 0);
  EXPECT_NEAR(middle_of("stock").x(), from.x() + 60, 1);
  EXPECT_NEAR(middle_of("stock").y(), from.y() + 40, 1);
}

TEST_F(CanvasViewTest, AltAndADragAskForCopiesWhereItEnds) {
  QSignalSpy copies(&view_, &CanvasView::copies_asked);
  const QRectF before = view_.scene().nodes()[1].box;
  const QPoint from = middle_of("stock");
  QTest::mousePress(&view_, Qt::LeftButton, Qt::AltModifier, from);
  QTest::mouseMove(&view_, from + QPoint(20, 60));
  QTest::mouseMove(&view_, from + QPoint(40, 120));
  QTest::mouseRelease(&view_, Qt::LeftButton, Qt::AltModifier, from + QPoint(40, 120));
  ASSERT_EQ(copies.count(), 1);
  const auto shift = copies.front().front().toPointF();
  EXPECT_NEAR(shift.x() * view_.scale(), 40, 1);
  EXPECT_NEAR(shift.y() * view_.scale(), 120, 1);
  EXPECT_EQ(view_.scene().nodes()[1].box, before);

  QTest::mouseClick(&view_, Qt::LeftButton, Qt::AltModifier, from);
  EXPECT_EQ(copies.count(), 1) << "a click drags nothing";
}

TEST_F(CanvasViewTest, DraggingFromAPortToABoxDrawsACall) {
  QSignalSpy drawn(&view_, &CanvasView::connection_drawn);
  QTest::mousePress(&view_, Qt::LeftButton, {}, port_of("stock"));
  QTest::mouseMove(&view_, middle_of("shop") + QPoint(3, 3));
  QTest::mouseRelease(&view_, Qt::LeftButton, {}, middle_of("shop"));

  ASSERT_EQ(drawn.count(), 1);
  EXPECT_EQ(drawn.front().at(0).toString(), QStringLiteral("stock"));
  EXPECT_EQ(drawn.front().at(1).toString(), QStringLiteral("shop"));
}

TEST_F(CanvasViewTest, TheWheelZoomsAroundTheMouse) {
  const QPointF mouse(300, 200);
  const QPointF before = view_.to_scene(mouse);
  const double scale = view_.scale();
  QWheelEvent wheel(mouse, view_.mapToGlobal(mouse), QPoint(), QPoint(0, 240), Qt::NoButton,
                    Qt::ControlModifier, Qt::NoScrollPhase, false);
  QCoreApplication::sendEvent(&view_, &wheel);

  EXPECT_GT(view_.scale(), scale);
  const QPointF away = view_.to_scene(mouse) - before;
  EXPECT_NEAR(away.x(), 0, 1e-6);
  EXPECT_NEAR(away.y(), 0, 1e-6);
}

TEST_F(CanvasViewTest, CanBeUsedWithTheKeyboardAlone) {
  QTest::keyClick(&view_, Qt::Key_Tab);
  EXPECT_EQ(view_.selected(), std::set<std::string>{"shop"});
  QTest::keyClick(&view_, Qt::Key_Tab);
  EXPECT_EQ(view_.selected(), std::set<std::string>{"stock"});
  QTest::keyClick(&view_, Qt::Key_Backtab);
  EXPECT_EQ(view_.selected(), std::set<std::string>{"shop"});

  QSignalSpy activated(&view_, &CanvasView::activated);
  QTest::keyClick(&view_, Qt::Key_Return);
  EXPECT_EQ(activated.count(), 1);
  QTest::keyClick(&view_, Qt::Key_Escape);
  EXPECT_TRUE(view_.selected().empty());
}

TEST_F(CanvasViewTest, WhatIsDrawnOnceIsWhatWouldBeDrawnAnew) {
  const QImage first = view_.grab().toImage();
  view_.update();
  EXPECT_EQ(view_.grab().toImage(), first);
  view_.set_selection(Selection::of_service("stock"));
  EXPECT_NE(view_.grab().toImage(), first) << "a selection is seen";
  view_.set_selection({});
  EXPECT_EQ(view_.grab().toImage(), first) << "nothing stale is left";
}

TEST_F(CanvasViewTest, AHundredServicesBehindOneAreABlockAndNotAThread) {
  std::string text = "services:\n  shop: {entry: true, endpoints: {GET /: {calls: [";
  std::string leaves;
  for (int i = 100; i < 200; ++i) {
    const std::string name = "leaf-" + std::to_string(i);
    text += (i == 100 ? "" : ", ") + name + ": GET /";
    leaves += "  " + name + ": {endpoints: {GET /: {work: 1ms}}}\n";
  }
  text += "]}}}\n" + leaves + "load: {all: {rate: 1/s, request: GET /}}\nrun: {duration: 1s}\n";
  const ScenarioDocument wide = ScenarioDocument::from_text("wide.yaml", text);
  ASSERT_TRUE(wide.scenario());
  CanvasView view;
  view.resize(800, 500);
  view.show_mesh(wide.scenario()->scenario);

  const auto& nodes = view.scene().nodes();
  ASSERT_EQ(nodes.size(), 101);
  const QRectF bounds = view.scene().bounds();
  EXPECT_LT(bounds.height(), bounds.width());
  for (std::size_t a = 1; a < nodes.size(); ++a) {
    EXPECT_GT(nodes[a].box.left(), nodes[0].box.right()) << "callers stand on the left";
    for (std::size_t b = 0; b < a; ++b) {
      EXPECT_FALSE(nodes[a].box.intersects(nodes[b].box)) << nodes[a].name << nodes[b].name;
    }
  }
  for (const SceneEdge& edge : view.scene().edges()) {
    EXPECT_NEAR(edge.path.pointAtPercent(1).y(), nodes[edge.to].box.center().y(), 0.5);
  }
}

TEST_F(CanvasViewTest, FiguresAreShownAtTheZoomThatFitsADozenServices) {
  view_.zoom(0.5 / view_.scale());
  MeshLook look;
  look.nodes.resize(2);
  look.edges.resize(1);
  look.nodes[1].has_run = true;
  look.nodes[1].health = NodeHealth::kHealthy;
  look.nodes[1].rate = 42;
  look.nodes[1].p99_us = 1000;
  view_.set_look(look);
  const QImage before = view_.grab().toImage();
  look.nodes[1].p99_us = 9000;
  view_.set_look(look);
  EXPECT_NE(view_.grab().toImage(), before) << "p99";
  view_.zoom(0.2 / view_.scale());
  const QImage far = view_.grab().toImage();
  look.nodes[1].p99_us = 1000;
  view_.set_look(look);
  EXPECT_EQ(view_.grab().toImage(), far) << "what cannot be read is not drawn";
}

TEST_F(CanvasViewTest, PlacesComeBack) {
  view_.set_places({{"stock", QPointF(500, 300)}});
  EXPECT_EQ(view_.scene().nodes()[1].box.topLeft(), QPointF(500, 300));
  view_.show_mesh(document_.scenario()->scenario);
  EXPECT_EQ(view_.scene().nodes()[1].box.topLeft(), QPointF(500, 300));
  view_.lay_out_again();
  EXPECT_TRUE(view_.scene().pinned().empty());
}

TEST_F(CanvasViewTest, WhatIsHeldStaysWhenTheRestIsLaidOutAgain) {
  const QPointF shop = view_.scene().nodes()[0].box.topLeft();
  view_.scene().move(0, shop + QPointF(40, 70));
  view_.scene().move(1, QPointF(500, 300));
  view_.fit();
  view_.select_services({"stock"});
  EXPECT_FALSE(view_.is_selection_held());
  const QImage before = view_.grab().toImage();
  view_.hold_selected();
  EXPECT_TRUE(view_.is_selection_held());
  EXPECT_NE(view_.grab().toImage(), before) << "it is seen";

  view_.lay_out_again();
  EXPECT_EQ(view_.scene().nodes()[1].box.topLeft(), QPointF(500, 300));
  EXPECT_EQ(view_.scene().nodes()[0].box.topLeft(), shop);
  EXPECT_EQ(view_.scene().pinned(), (Places{{"stock", Place(QPointF(500, 300), true)}}));
  view_.hold_selected();
  view_.lay_out_again();
  EXPECT_TRUE(view_.scene().pinned().empty());
}

TEST_F(CanvasViewTest, NothingIsLaidOutOverABoxThatIsHeld) {
  const QPointF shop = view_.scene().nodes()[0].box.topLeft();
  view_.set_places({{"stock", Place(shop + QPointF(20, 10), true)}});
  view_.lay_out_again();
  EXPECT_EQ(view_.scene().nodes()[1].box.topLeft(), shop + QPointF(20, 10));
  EXPECT_FALSE(view_.scene().nodes()[0].box.intersects(view_.scene().nodes()[1].box));
}

}  // namespace
}  // namespace shaketable::gui
