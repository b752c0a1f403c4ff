#pragma once

#include <QWidget>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/workbench/workbench.h"

namespace shaketable::gui {

/// What was in which state when: circuits, retry budgets, ejected hosts, panics, full queues, dead
/// instances, faults and pushes as lanes on one time axis (engine/judge/lanes.h), with what each is
/// at the moment beside it. A click leads to the time and to the service or call.
class LanesView : public QWidget {
  Q_OBJECT

 public:
  explicit LanesView(Workbench& workbench, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  /// What a lane is at the moment: "OPEN max_requests = 10, refused 7,430"; "closed".
  [[nodiscard]] QString state_of(const engine::Lane& lane) const;
  /// Rows from the top, headings among them.
  [[nodiscard]] std::size_t rows() const { return rows_.size(); }
  [[nodiscard]] const engine::Lane* lane_of(std::size_t row) const;
  [[nodiscard]] QPoint point_of(std::size_t row, engine::Instant at) const;
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return {360, sizeHint().height()}; }

 protected:
  void paintEvent(QPaintEvent* event) override;
  void showEvent(QShowEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;
  bool event(QEvent* event) override;

 private:
  /// A heading without a lane, or one lane.
  struct Row {
    QString heading;
    std::size_t lane = 0;
    [[nodiscard]] bool is_heading() const { return !heading.isEmpty(); }
  };

  void refresh();
  [[nodiscard]] const engine::Lanes* lanes() const;
  [[nodiscard]] QString heading_of(engine::LaneKind kind) const;
  [[nodiscard]] QRectF track_of(std::size_t row) const;
  [[nodiscard]] double x_of(engine::Instant at) const;
  [[nodiscard]] engine::Instant at_x(double x) const;
  [[nodiscard]] QColor color_of(engine::LaneKind kind) const;
  void draw_row(QPainter& painter, std::size_t row) const;
  void draw_times(QPainter& painter) const;
  [[nodiscard]] QString tip_at(const QPoint& point) const;

  Workbench& workbench_;
  Theme theme_ = Theme::light();
  std::shared_ptr<const RunResult> run_;
  std::vector<Row> rows_;
};

}  // namespace shaketable::gui
