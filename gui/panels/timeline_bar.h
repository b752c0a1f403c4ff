#pragma once

#include <QPixmap>
#include <QWidget>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/panels/chart_view.h"
#include "gui/workbench/workbench.h"

class QComboBox;
class QLabel;
class QToolButton;

namespace shaketable::gui {

/// The time of a run on one line: faults as bands, errors of the clients as a strip, what happened
/// as ticks, notes as flags with their words above all else, and a head that is dragged to go back
/// in time. Faults of the scenario are dragged by their bar, and by its right end to last longer.
/// The moment under the mouse is the cursor of all charts.
class TimelineStrip : public QWidget {
  Q_OBJECT

 public:
  explicit TimelineStrip(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] double x_of(engine::Instant at) const;
  [[nodiscard]] engine::Instant at_x(double x) const;
  /// The words of a note, as much of them as there is room for.
  struct NoteWords {
    QString text;  ///< Empty: there is none; the tip has them.
    QRectF place;
  };
  /// By note, as far as the time goes.
  [[nodiscard]] std::vector<NoteWords> note_words() const;
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override;

 Q_SIGNALS:
  /// A person wants to do something at a moment, or with the note of this number that is there.
  void menu_asked(proxy::Instant at, std::optional<std::size_t> note, const QPoint& where);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mouseReleaseEvent(QMouseEvent* event) override;
  void keyPressEvent(QKeyEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  bool event(QEvent* event) override;

 private:
  /// What the part that stands still was drawn from.
  struct Drawn {
    int run = -1;
    std::uint64_t generation = 0, revision = 0, acts = 0;
    std::size_t buckets = 0, events = 0;
    engine::Instant reached{}, end{};
    QSize size;

    friend bool operator==(const Drawn&, const Drawn&) = default;
  };

  [[nodiscard]] const engine::Scenario* scenario() const;
  [[nodiscard]] Drawn wanted() const;
  void draw_still();
  /// How high the row of the notes is: there is none without notes.
  [[nodiscard]] double notes_high() const;
  void draw_errors(QPainter& painter) const;
  void draw_faults(QPainter& painter) const;
  void draw_fault_names(QPainter& painter, const std::vector<ChartBand>& bands) const;
  void draw_events(QPainter& painter) const;
  void draw_axis(QPainter& painter) const;
  void draw_head(QPainter& painter) const;
  void draw_notes(QPainter& painter) const;
  [[nodiscard]] std::optional<std::size_t> note_at(const QPointF& point) const;
  [[nodiscard]] QString tip_at(double x) const;

  /// A fault of the scenario under the mouse.
  struct Grip {
    std::string fault;
    engine::Instant at{}, to{};
    bool end = false;  ///< By its right end.
    double from = 0;   ///< Where the mouse took it.
    double moved = 0;  ///< Pixels since.
  };
  [[nodiscard]] std::optional<Grip> grip_at(const QPointF& point) const;
  void draw_grip(QPainter& painter) const;
  void drop(const Grip& grip);

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  std::optional<Grip> grip_;
  QPixmap still_;
  std::optional<Drawn> drawn_;
};

/// The strip with the buttons beside it: back, play in both directions at a chosen speed, forth, to
/// the front.
class TimelineBar : public QWidget {
  Q_OBJECT

 public:
  explicit TimelineBar(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  [[nodiscard]] TimelineStrip& strip() { return *strip_; }
  [[nodiscard]] QComboBox& speed() { return *speed_; }

 private:
  void refresh();

  Workbench& workbench_;
  TimelineStrip* strip_ = nullptr;
  QLabel* time_ = nullptr;
  QToolButton* previous_ = nullptr;
  QToolButton* backwards_ = nullptr;
  QToolButton* play_ = nullptr;
  QToolButton* next_ = nullptr;
  QToolButton* front_ = nullptr;
  QComboBox* speed_ = nullptr;
  std::optional<int> shown_direction_;  ///< Of playing, as the buttons show it.
  Theme theme_ = Theme::light();
};

}  // namespace shaketable::gui
