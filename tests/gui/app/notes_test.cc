#include <QApplication>
#include <QFile>
#include <QImage>
#include <QInputDialog>
#include <QLineEdit>
#include <QMenu>
#include <QMouseEvent>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>

#include <gtest/gtest.h>

#include "gui/app/history_panel.h"
#include "gui/app/main_window.h"
#include "gui/panels/notes_panel.h"
#include "tests/gui/support/gui_test_support.h"

namespace shaketable::gui {
namespace {

using namespace std::chrono_literals;  // NOLINT(google-build-using-namespace)
using engine::Instant;

class NotesTest : public testing::Test {
 protected:
  NotesTest() {
    window_.workbench().create(QStringLiteral("shop.yaml"), kTestShop);
    window_.show();
  }

  Workbench& bench() { return window_.workbench(); }
  void trigger(const char* name) { window_.action(QLatin1String(name))->trigger(); }
  void undo() { trigger("undo"); }
  TimelineStrip& strip() { return window_.timeline().strip(); }

  MainWindow window_;
};

TEST_F(NotesTest, MMarksTheMomentThatIsShown) {
  run_to_end(bench());
  bench().look_at(Instant(9s));
  QTimer::singleShot(0, &window_, [] {
    auto* const dialog = qobject_cast<QInputDialog*>(QApplication::activeModalWidget());
    ASSERT_NE(dialog, nullptr);
    QTest::keyClicks(dialog->findChild<QLineEdit*>(), QStringLiteral("queue full"));
    QTest::keyClick(dialog->findChild<QLineEdit*>(), Qt::Key_Return);
  });
  trigger("note");

  ASSERT_EQ(bench().notes().size(), 1);
  EXPECT_EQ(bench().notes()[0], (Note{Instant(9s), "queue full"}));
}

TEST_F(NotesTest, AreUndoneInTheirOrderAmongAllSteps) {
  window_.add_note(Instant(4s), "here it begins");
  bench().edit(set_value(bench().document().source(), {"services", "stock", "instances"}, "7"));
  window_.add_note(Instant(2s), "calm");
  ASSERT_EQ(bench().notes().size(), 2);
  EXPECT_EQ(bench().notes()[0].text, "calm") << "in the order of time";
  EXPECT_EQ(window_.action(QStringLiteral("undo"))->text(), QStringLiteral("Undo: Add a note"));

  undo();
  EXPECT_EQ(bench().notes().size(), 1);
  undo();
  EXPECT_EQ(text_of(bench()), kTestShop);
  EXPECT_EQ(bench().notes().size(), 1);
  undo();
  EXPECT_TRUE(bench().notes().empty());
  EXPECT_FALSE(window_.action(QStringLiteral("undo"))->isEnabled());
  for (int i = 0; i < 3; ++i) {
    trigger("redo");
  }
  ASSERT_EQ(bench().notes().size(), 2);
  EXPECT_EQ(bench().notes()[1], (Note{Instant(4s), "here it begins"}));
}

TEST_F(NotesTest, AreKeptBesideTheScenarioAndNotInItsText) {
  const QTemporaryDir folder;
  const QString path = folder.filePath(QStringLiteral("shop.yaml"));
  window_.add_note(Instant(12'345'678'901ns), "it tips \"over\"");
  EXPECT_TRUE(window_.isWindowModified());
  ASSERT_TRUE(window_.save_to(path));
  EXPECT_FALSE(window_.isWindowModified());
  EXPECT_EQ(text_of(bench()), kTestShop);

  MainWindow other;
  ASSERT_TRUE(other.open(path));
  ASSERT_EQ(other.workbench().notes().size(), 1);
  EXPECT_EQ(other.workbench().notes()[0], (Note{Instant(12'345'678'901ns), "it tips \"over\""}));
  other.workbench().create(QStringLiteral("new.yaml"), kTestShop);
  EXPECT_TRUE(other.workbench().notes().empty()) << "they belong to their document";
}

TEST_F(NotesTest, NonsenseInTheFileBesideIsNoNote) {
  const QTemporaryDir folder;
  const std::string path = folder.filePath(QStringLiteral("shop.yaml")).toStdString();
  QFile file(QString::fromStdString(places_file(path)));
  ASSERT_TRUE(file.open(QIODevice::WriteOnly));
  file.write(R"({"notes": [{"at": -1, "text": "before"}, {"at": 1e99, "text": "never"}, 7,
                           {"at": 3}, {"at": "2", "text": "words"}, {"at": 2.5, "text": "good"}]})");
  file.close();
  EXPECT_EQ(read_layout(path).notes, (Notes{{Instant(2500ms), "good"}}));
}

TEST_F(NotesTest, JumpsGoFromNoteToNote) {
  window_.add_note(Instant(3s), "one");
  window_.add_note(Instant(8s), "two");
  EXPECT_FALSE(window_.action(QStringLiteral("next_note"))->isEnabled()) << "nothing has run";
  run_to_end(bench());
  bench().look_at(Instant(0s));

  trigger("next_note");
  EXPECT_EQ(bench().moment(), Instant(3s));
  trigger("next_note");
  EXPECT_EQ(bench().moment(), Instant(8s));
  trigger("next_note");
  EXPECT_EQ(bench().moment(), Instant(8s)) << "there is no other";
  trigger("previous_note");
  EXPECT_EQ(bench().moment(), Instant(3s));
}

TEST_F(NotesTest, TheListLeadsToThemChangesTheirWordsAndTakesThemAway) {
  window_.add_note(Instant(3s), "one");
  window_.add_note(Instant(8s), "two");
  run_to_end(bench());
  trigger("tab14");
  NotesPanel& list = window_.notes_panel();
  ASSERT_TRUE(list.isVisible());
  ASSERT_EQ(list.topLevelItemCount(), 2);
  QTest::mouseClick(list.viewport(), Qt::LeftButton, {},
                    list.visualItemRect(list.topLevelItem(1)).center());
  EXPECT_EQ(bench().moment(), Instant(8s));

  QTest::keyClick(&list, Qt::Key_F2);
  auto* const editor = list.findChild<QLineEdit*>();
  ASSERT_NE(editor, nullptr);
  editor->selectAll();
  QTest::keyClicks(editor, QStringLiteral("the end"));
  QTest::keyClick(editor, Qt::Key_Return);
  wait_for([&] { return bench().notes()[1].text == "the end"; });
  EXPECT_EQ(window_.action(QStringLiteral("undo"))->text(), QStringLiteral("Undo: Change a note"));

  QTest::keyClick(&list, Qt::Key_Delete);
  ASSERT_EQ(bench().notes().size(), 1);
  EXPECT_EQ(bench().notes()[0].text, "one");
  undo();
  EXPECT_EQ(bench().notes()[1].text, "the end");
}

TEST_F(NotesTest, FliesAsAFlagOnTheTimeLineThatAClickGoesToExactly) {
  run_to_end(bench());
  bench().look_at(Instant(0s));
  const QImage before = strip().grab().toImage();
  window_.add_note(Instant(7s), "look");
  EXPECT_NE(strip().grab().toImage(), before);

  const QPoint beside(static_cast<int>(strip().x_of(Instant(7s))) + 3, 39);
  QTest::mouseClick(&strip(), Qt::LeftButton, {}, beside);
  EXPECT_EQ(bench().moment(), Instant(7s));

  const auto menu = window_.note_menu(Instant(7s), 0);
  menu->actions().back()->trigger();
  EXPECT_TRUE(bench().notes().empty());
}

TEST_F(NotesTest, ANoteBesideTheNameOfAFaultKeepsItsWords) {
  window_.add_note(Instant(6s), "queue full");
  const auto words = strip().note_words();
  ASSERT_EQ(words.size(), 1);
  EXPECT_EQ(words[0].text, QStringLiteral("queue full"));
  EXPECT_GT(words[0].place.left(), strip().x_of(Instant(6s)));

  const QImage with_fault = strip().grab().toImage();
  bench().edit(remove_value(bench().document().source(), {"faults"}));
  const QImage without = strip().grab().toImage();
  const QRect row = QRect(0, 0, strip().width(), static_cast<int>(words[0].place.height()));
  EXPECT_EQ(with_fault.copy(row), without.copy(row)) << "no fault reaches into the row of notes";
  EXPECT_NE(with_fault, without);
}

TEST_F(NotesTest, NotesThatAreCloseShareTheRoomForTheirWords) {
  const auto middle = [&](double seconds) {
    return Instant(
        std::chrono::duration_cast<engine::Duration>(std::chrono::duration<double>(seconds)));
  };
  window_.add_note(Instant(10s), "here the stock becomes slow and all wait for it");
  window_.add_note(middle(10.4), "queue full");
  window_.add_note(Instant(20s), "the end of it");
  const auto words = strip().note_words();
  ASSERT_EQ(words.size(), 3);
  for (std::size_t i = 0; i < words.size(); ++i) {
    EXPECT_FALSE(words[i].text.isEmpty()) << i;
    EXPECT_GE(words[i].place.left(), 0);
    EXPECT_LE(words[i].place.right(), strip().width());
    EXPECT_TRUE(i == 0 || words[i].place.left() >= words[i - 1].place.right()) << i;
  }
  EXPECT_LT(words[0].place.right(), strip().x_of(Instant(10s))) << "before its flag";
  EXPECT_EQ(words[1].text, QStringLiteral("queue full"));
  EXPECT_EQ(words[2].text, QStringLiteral("the end of it"));
  EXPECT_LT(words[2].place.right(), strip().x_of(Instant(20s))) << "before its flag";
}

TEST_F(NotesTest, TheRowOfNotesLeavesFaultsWhereTheyCanBeTaken) {
  window_.add_note(Instant(15s), "later");
  QApplication::processEvents();
  const auto point = [&](Instant at) {
    return QPoint(static_cast<int>(strip().x_of(at)), strip().sizeHint().height() - 58 + 6);
  };
  QTest::mousePress(&strip(), Qt::LeftButton, {}, point(Instant(7s)));
  QTest::mouseMove(&strip(), point(Instant(10s)));
  QTest::mouseRelease(&strip(), Qt::LeftButton, {}, point(Instant(10s)));
  const auto at = proxy::to_seconds(bench().scenario()->faults.front().at.time_since_epoch());
  EXPECT_NEAR(at, 8, 0.11) << "it began at 5 s and was moved by 3 s";
}

TEST_F(NotesTest, TheMomentUnderTheMouseInTheTimeLineIsTheCursorOfAllCharts) {
  run_to_end(bench());
  const double x = strip().x_of(Instant(6s));
  const QPointF there(x, 45);  // As an event: an X server brings its own when it likes.
  QMouseEvent move(QEvent::MouseMove, there, strip().mapToGlobal(there), Qt::NoButton, Qt::NoButton,
                   Qt::NoModifier);
  QApplication::sendEvent(&strip(), &move);
  ASSERT_TRUE(bench().cursor().has_value());
  EXPECT_NEAR(proxy::to_seconds(bench().cursor()->time_since_epoch()), 6, 0.1);
  QEvent leave(QEvent::Leave);
  QApplication::sendEvent(&strip(), &leave);
  EXPECT_FALSE(bench().cursor().has_value());
}

}  // namespace
}  // namespace shaketable::gui
