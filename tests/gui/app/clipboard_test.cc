#include <QClipboard>
#include <QGuiApplication>
#include <QLabel>
#include <QMimeData>
#include <QTest>

#include <gtest/gtest.h>

#include "gui/app/main_window.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

class ClipboardTest : public testing::Test {
 protected:
  ClipboardTest() {
    window_.workbench().create(QStringLiteral("shop.yaml"), kTestShop);
    window_.show();
    window_.canvas().fit();
  }

  Workbench& bench() { return window_.workbench(); }
  CanvasView& canvas() { return window_.canvas(); }
  QAction& action(const char* name) { return *window_.action(QLatin1String(name)); }
  const SceneNode& node(const std::string& service) {
    return canvas().scene().nodes()[*canvas().scene().find(service)];
  }
  QPoint middle_of(const std::string& service) {
    return canvas().to_view(node(service).box.center()).toPoint();
  }

  MainWindow window_;
};

TEST_F(ClipboardTest, WhatIsCopiedIsATextADrawingAndServices) {
  canvas().select_services({"stock"});
  action("copy").trigger();

  const QMimeData* const held = QGuiApplication::clipboard()->mimeData();
  ASSERT_NE(held, nullptr);
  EXPECT_TRUE(held->text().startsWith(QStringLiteral("services:\n  stock: {instances: 3")))
      << held->text().toStdString();
  EXPECT_TRUE(held->text().contains(QStringLiteral("traffic:\n  stock:")));
  const QByteArray drawing = held->data(QStringLiteral("image/svg+xml"));
  EXPECT_TRUE(drawing.contains("<svg"));
  EXPECT_TRUE(drawing.contains("stock"));
  EXPECT_FALSE(drawing.contains("shop")) << "what is not copied is not drawn";
}

TEST_F(ClipboardTest, PastedServicesCallEachOtherAndAreOneStep) {
  canvas().select_all();
  action("copy").trigger();
  action("paste").trigger();
  ASSERT_EQ(bench().scenario()->mesh.services.size(), 4) << text_of(bench());
  EXPECT_TRUE(canvas().scene().find_edge("shop-copy", "stock-copy").has_value())
      << text_of(bench());
  EXPECT_EQ(canvas().selected().size(), 2) << "the copies are selected";
  EXPECT_FALSE(canvas().selected().contains("shop"));
  const QPointF first = node("shop-copy").box.topLeft();
  EXPECT_NE(first, node("shop").box.topLeft());
  action("paste").trigger();
  EXPECT_NE(node("shop-copy2").box.topLeft(), first) << "copies do not hide each other";

  action("undo").trigger();
  action("undo").trigger();
  EXPECT_EQ(text_of(bench()), kTestShop);
  EXPECT_TRUE(canvas().scene().pinned().empty());
  action("redo").trigger();
  EXPECT_EQ(node("shop-copy").box.topLeft(), first);
}

TEST_F(ClipboardTest, TextOfAnyEditorIsPastedWhenItHasServices) {
  QGuiApplication::clipboard()->setText(
      QStringLiteral("services:\n  tax: {endpoints: {GET /: {work: 1ms}}}\n"));
  action("paste").trigger();
  EXPECT_TRUE(canvas().scene().find("tax").has_value());

  const std::string before = text_of(bench());
  QGuiApplication::clipboard()->setText(QStringLiteral("milk, eggs"));
  action("paste").trigger();
  EXPECT_EQ(text_of(bench()), before);
  EXPECT_FALSE(window_.message().text().isEmpty()) << "it says why nothing was pasted";
}

TEST_F(ClipboardTest, WhatIsCutIsGoneAndComesBackWithItsCalls) {
  bench().create(QStringLiteral("three.yaml"),
                 "services:\n  a: {entry: true, endpoints: {GET /: {work: 1ms}}}\n"
                 "  b: {endpoints: {GET /: {work: 1ms, calls: [c: GET /]}}}\n"
                 "  c: {endpoints: {GET /: {work: 1ms}}}\n"
                 "load: {users: {rate: 1/s, request: GET /}}\n");
  canvas().select_services({"b", "c"});
  action("cut").trigger();
  ASSERT_EQ(bench().scenario()->mesh.services.size(), 1) << text_of(bench());
  action("paste").trigger();
  EXPECT_TRUE(canvas().scene().find_edge("b", "c").has_value()) << text_of(bench());
}

TEST_F(ClipboardTest, AltAndADragLeaveTheOriginalAndPutACopyThere) {
  const QPointF original = node("stock").box.topLeft();
  const QPoint from = middle_of("stock");
  const QPoint to = from + QPoint(10, 140);
  QTest::mousePress(&canvas(), Qt::LeftButton, Qt::AltModifier, from);
  QTest::mouseMove(&canvas(), (from + to) / 2);
  QTest::mouseMove(&canvas(), to);
  QTest::mouseRelease(&canvas(), Qt::LeftButton, Qt::AltModifier, to);

  ASSERT_EQ(bench().scenario()->mesh.services.size(), 3) << text_of(bench());
  EXPECT_EQ(node("stock").box.topLeft(), original);
  const std::string copy = *canvas().selected().begin();
  EXPECT_NE(copy, "stock");
  EXPECT_GT(node(copy).box.top(), original.y() + 60);
  action("undo").trigger();
  EXPECT_EQ(text_of(bench()), kTestShop);
}

TEST_F(ClipboardTest, MarkedTextIsCopiedAsThatText) {
  auto* const figures = window_.findChild<QLabel*>(QStringLiteral("figures"));
  figures->setText(QStringLiteral("seed 3"));
  figures->setFocus();
  figures->setSelection(5, 1);
  if (window_.focusWidget() != figures) {
    GTEST_SKIP() << "this platform gives no label the keyboard";
  }
  action("copy").trigger();
  EXPECT_EQ(QGuiApplication::clipboard()->text(), QStringLiteral("3"));
}

}  // namespace
}  // namespace shaketable::gui
