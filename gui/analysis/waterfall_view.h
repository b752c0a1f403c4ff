#pragma once

#include <QWidget>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/judge/critical_path.h"
#include "engine/record/trace.h"
#include "gui/canvas/theme.h"
#include "gui/run/session.h"

namespace shaketable::gui {

/// One request as bars under each other: callers above those that they call, attempts of one call
/// with their numbers, what the request waited for at each moment as a thick line (its critical
/// path), and the decisions of sidecars as numbered marks.
class WaterfallView : public QWidget {
  Q_OBJECT

 public:
  explicit WaterfallView(QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  /// Shows a trace of the run's record by its place there; none beyond its end.
  void show_trace(std::shared_ptr<const RunResult> run, std::size_t trace);
  [[nodiscard]] const engine::Trace* trace() const { return trace_; }
  /// The spans that have a bar, from the top.
  [[nodiscard]] const std::vector<std::uint32_t>& bars() const { return bars_; }
  /// Marks the span whose decision is looked at, by its place in the trace; kNone: none.
  void highlight(std::uint32_t span);
  /// Where the bar of a span is, or of the nearest one above that has a bar.
  [[nodiscard]] QRectF bar_of(std::uint32_t span) const;
  [[nodiscard]] QSize sizeHint() const override;
  [[nodiscard]] QSize minimumSizeHint() const override { return {320, sizeHint().height()}; }

 Q_SIGNALS:
  void service_asked(const QString& service);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  bool event(QEvent* event) override;

 private:
  [[nodiscard]] double names_width() const;
  [[nodiscard]] double x_of(engine::Instant at) const;
  [[nodiscard]] int depth_of(std::uint32_t span) const;
  void draw_axis(QPainter& painter) const;
  void draw_bar(QPainter& painter, std::uint32_t span) const;
  void draw_path(QPainter& painter) const;
  void draw_decisions(QPainter& painter) const;
  [[nodiscard]] double behind_decisions(std::uint32_t span, double right, double wide) const;
  [[nodiscard]] QString tip_of(std::uint32_t span) const;

  Theme theme_ = Theme::light();
  std::shared_ptr<const RunResult> run_;
  const engine::Trace* trace_ = nullptr;
  std::vector<std::uint32_t> bars_;
  std::vector<std::uint32_t> row_of_;  ///< By span; kNone: in no bar.
  std::vector<engine::CriticalPiece> path_;
  std::uint32_t highlighted_ = engine::kNone;
};

}  // namespace shaketable::gui
