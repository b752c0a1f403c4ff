#include <QTest>

#include <gtest/gtest.h>

#include "engine/formats/scenario_loader.h"
#include "gui/canvas/canvas_view.h"
#include "gui/canvas/group_painter.h"
#include "gui/document/scenario_document.h"

namespace shaketable::gui {
namespace {

constexpr char kTwoTeams[] = R"(scenario: teams
zones: [eu-a, eu-b]
services:
  web:   {namespace: front, entry: true, instances: 2, endpoints: {GET /: {calls: [cart: GET /, stock: GET /]}}}
  cart:  {namespace: shop, endpoints: {GET /: {calls: [price: GET /]}}}
  stock: {namespace: shop, endpoints: {GET /: {calls: [price: GET /]}}}
  price: {namespace: back, endpoints: {GET /: {work: 1ms}}}
)";

class GroupsTest : public testing::Test {
 protected:
  GroupsTest() : document_(ScenarioDocument::from_text("teams.yaml", kTwoTeams)) {
    view_.resize(1000, 700);
    view_.show();
    view_.show_mesh(document_.scenario()->scenario);
    view_.fit();
  }

  QPoint middle_of(const std::string& service) {
    return view_.to_view(view_.scene().nodes()[*view_.scene().find(service)].box.center())
        .toPoint();
  }
  const SceneGroup& group(const std::string& name) {
    return view_.scene().groups()[*view_.scene().find_group(name)];
  }

  ScenarioDocument document_;
  CanvasView view_;
};

TEST_F(GroupsTest, MembersStandTogetherInAFrame) {
  view_.set_grouping({.by = GroupBy::kNamespace});
  ASSERT_EQ(view_.scene().groups().size(), 3);
  for (const SceneGroup& group : view_.scene().groups()) {
    for (std::size_t n = 0; n < view_.scene().nodes().size(); ++n) {
      const bool is_member =
          std::find(group.members.begin(), group.members.end(), n) != group.members.end();
      EXPECT_EQ(group.box.intersects(view_.scene().nodes()[n].box), is_member)
          << group.name << " and " << view_.scene().nodes()[n].name;
    }
  }
  EXPECT_FALSE(group("shop").box.intersects(group("back").box));
}

TEST_F(GroupsTest, ZonesArePlacesOfInstances) {
  view_.set_grouping({.by = GroupBy::kZone});
  ASSERT_EQ(view_.scene().groups().size(), 2);
  EXPECT_EQ(group("eu-a, eu-b").members.size(), 1);
  EXPECT_EQ(group("eu-a").members.size(), 3);
}

TEST_F(GroupsTest, ACollapsedGroupIsOneBoxWithTheLinesOfItsMembers) {
  view_.set_grouping({.by = GroupBy::kNamespace, .own = {}, .collapsed = {"shop"}});
  const CanvasScene& scene = view_.scene();
  EXPECT_TRUE(scene.nodes()[*scene.find("cart")].hidden);
  EXPECT_FALSE(scene.nodes()[*scene.find("web")].hidden);
  ASSERT_EQ(scene.links().size(), 2) << "web -> shop -> back";
  EXPECT_EQ(scene.links()[0].edges.size(), 2);
  EXPECT_FALSE(
      scene.node_at(scene.nodes()[*scene.find("cart")].box.center()).has_value() &&
      scene.nodes()[*scene.node_at(scene.nodes()[*scene.find("cart")].box.center())].name ==
          "cart");
  view_.set_grouping({.by = GroupBy::kNamespace});
  EXPECT_FALSE(scene.nodes()[*scene.find("cart")].hidden);
  EXPECT_TRUE(scene.links().empty());
}

TEST_F(GroupsTest, AGroupIsTakenByItsNameAndMovesWithItsMembers) {
  view_.set_grouping({.by = GroupBy::kNamespace});
  const QRectF before = view_.scene().nodes()[*view_.scene().find("cart")].box;
  const QRectF other = view_.scene().nodes()[*view_.scene().find("price")].box;
  const QPoint strip =
      view_.to_view(group("shop").box.topLeft() + QPointF(60, SceneGroup::kTitle / 2)).toPoint();
  int moves = 0;
  QObject::connect(&view_, &CanvasView::boxes_moved, [&] { ++moves; });
  QTest::mousePress(&view_, Qt::LeftButton, {}, strip);
  QTest::mouseMove(&view_, strip + QPoint(0, 30));
  QTest::mouseMove(&view_, strip + QPoint(0, 60));
  QTest::mouseRelease(&view_, Qt::LeftButton, {}, strip + QPoint(0, 60));
  EXPECT_EQ(view_.selected(), (std::set<std::string>{"cart", "stock"}));
  EXPECT_GT(view_.scene().nodes()[*view_.scene().find("cart")].box.top(), before.top() + 20);
  EXPECT_EQ(view_.scene().nodes()[*view_.scene().find("price")].box, other);
  EXPECT_EQ(moves, 1);
}

TEST_F(GroupsTest, ADoubleClickOnANameAsksForTheGroup) {
  view_.set_grouping({.by = GroupBy::kNamespace});
  QString asked;
  QObject::connect(&view_, &CanvasView::group_activated,
                   [&](const QString& name) { asked = name; });
  const QPoint strip =
      view_.to_view(group("shop").box.topLeft() + QPointF(60, SceneGroup::kTitle / 2)).toPoint();
  QTest::mouseDClick(&view_, Qt::LeftButton, {}, strip);
  EXPECT_EQ(asked, QStringLiteral("shop"));
}

TEST_F(GroupsTest, HiddenServicesAndTheirLinesAreGone) {
  view_.hide_services({false, true, false, false});
  const CanvasScene& scene = view_.scene();
  EXPECT_EQ(scene.shown(), 3);
  EXPECT_TRUE(scene.nodes()[*scene.find("cart")].hidden);
  EXPECT_TRUE(scene.edges()[*scene.find_edge("web", "cart")].hidden);
  EXPECT_FALSE(scene.edges()[*scene.find_edge("web", "stock")].hidden);
  view_.hide_services({false, false, false, false});
  EXPECT_EQ(scene.shown(), 4);
}

TEST_F(GroupsTest, ShiftAndDragSelectsWhatItTouches) {
  const QRectF all = view_.scene().bounds();
  const QPoint from = view_.to_view(all.topLeft() - QPointF(12, 12)).toPoint();
  const QPoint to = view_.to_view(all.bottomRight() + QPointF(12, 12)).toPoint();
  QTest::mousePress(&view_, Qt::LeftButton, Qt::ShiftModifier, from);
  QTest::mouseMove(&view_, to - QPoint(4, 4));
  QTest::mouseMove(&view_, to);
  QTest::mouseRelease(&view_, Qt::LeftButton, Qt::ShiftModifier, to);
  EXPECT_EQ(view_.selected().size(), 4);
}

TEST_F(GroupsTest, ArrangesWhatIsSelected) {
  view_.select_services({"cart", "stock", "price"});
  view_.arrange(Arrange::kLeft);
  const CanvasScene& scene = view_.scene();
  EXPECT_EQ(scene.nodes()[*scene.find("cart")].box.left(),
            scene.nodes()[*scene.find("price")].box.left());
  EXPECT_TRUE(scene.nodes()[*scene.find("price")].pinned);
  EXPECT_FALSE(scene.nodes()[*scene.find("web")].pinned);
}

TEST_F(GroupsTest, PlacesOfCollapsedGroupsAreKeptAmongThoseOfServices) {
  const Grouping grouping{.by = GroupBy::kNamespace, .own = {}, .collapsed = {"shop"}};
  view_.set_grouping(grouping);
  view_.scene().move_group(*view_.scene().find_group("shop"), QPointF(0, 200));
  const auto places = view_.scene().pinned();
  ASSERT_TRUE(places.contains(group_key("shop")));
  const QPointF there = group("shop").box.topLeft();
  view_.set_places({});
  EXPECT_NE(group("shop").box.topLeft(), there);
  view_.set_places(places);
  EXPECT_EQ(group("shop").box.topLeft(), there);
}

TEST_F(GroupsTest, ACollapsedGroupTellsTheWorstOfItsMembers) {
  MeshLook look;
  look.nodes.resize(4);
  look.edges.resize(view_.scene().edges().size());
  look.nodes[1].health = NodeHealth::kHealthy;
  look.nodes[2].health = NodeHealth::kFailing;
  look.nodes[1].rate = look.nodes[2].rate = 10;
  view_.set_grouping({.by = GroupBy::kNamespace, .own = {}, .collapsed = {"shop"}});
  const GroupLook all = look_of(group("shop"), &look);
  EXPECT_EQ(all.health, NodeHealth::kFailing);
  EXPECT_EQ(all.failing, 1);
  EXPECT_EQ(all.rate, 20);
  view_.set_look(look);
  EXPECT_FALSE(view_.grab().isNull());
}

TEST(ArrangeTest, GapsBecomeEqualAndTheOuterOnesStay) {
  const std::vector<QRectF> boxes = {{0, 0, 10, 10}, {100, 50, 10, 10}, {20, 90, 10, 10}};
  const std::vector<QPointF> across = arranged(boxes, Arrange::kAcross);
  EXPECT_EQ(across, (std::vector<QPointF>{{0, 0}, {100, 50}, {50, 90}}));
  EXPECT_EQ(arranged(boxes, Arrange::kBottom)[0], QPointF(0, 90));
  EXPECT_EQ(arranged(boxes, Arrange::kCentre)[1].x(), 50);
  EXPECT_EQ(arranged({boxes[0]}, Arrange::kRight)[0], QPointF(0, 0));
}

}  // namespace
}  // namespace shaketable::gui
