#pragma once

#include <QColor>
#include <QString>
#include <QWidget>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/canvas/theme.h"
#include "proxy/base/time.h"

namespace shaketable::gui {

/// A line of a chart: one value for each bucket.
struct ChartLine {
  QString name;
  std::vector<double> values;  ///< Negative: there was nothing to measure.
  int color = 0;               ///< Of the theme's series; kFailingColor for errors.
  bool dashed = false;         ///< Of the run that is compared with.
  static constexpr int kFailingColor = -1;
};

/// A span of time behind a chart: a fault.
struct ChartBand {
  QString name;
  proxy::Instant from{}, to{};
};

enum class ChartUnit : std::uint8_t { kPerSecond, kMilliseconds, kPercent, kCount };

/// "1,280/s", "12.3 ms", "4 %", "7".
[[nodiscard]] QString value_text(ChartUnit unit, double value);

/// A line chart over the time of a run, drawn by itself: min and max of each pixel, so that a spike
/// of one bucket is seen in an hour. All charts of a window share their cursor.
class ChartView : public QWidget {
  Q_OBJECT

 public:
  ChartView(const QString& title, ChartUnit unit, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  void set_lines(std::vector<ChartLine> lines, proxy::Duration bucket);
  void set_span(proxy::Instant end);
  void set_bands(std::vector<ChartBand> bands);
  void set_moment(proxy::Instant moment);
  /// The cursor that the mouse moves in one of the charts.
  void set_cursor(std::optional<proxy::Instant> cursor);

  [[nodiscard]] const std::vector<ChartLine>& lines() const { return lines_; }
  /// The value of a line at a moment; negative for none.
  [[nodiscard]] double value_at(std::size_t line, proxy::Instant at) const;
  [[nodiscard]] QSize sizeHint() const override { return {280, 150}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {150, 84}; }

 Q_SIGNALS:
  void cursor_moved(std::optional<proxy::Instant> at);
  void moment_asked(proxy::Instant at);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void leaveEvent(QEvent* event) override;

 private:
  [[nodiscard]] QRectF plot() const;
  [[nodiscard]] double x_of(proxy::Instant at) const;
  [[nodiscard]] proxy::Instant at_x(double x) const;
  [[nodiscard]] QColor color_of(const ChartLine& line) const;
  void draw_frame(QPainter& painter) const;
  void draw_line(QPainter& painter, const ChartLine& line) const;
  void draw_head(QPainter& painter) const;
  void measure();

  QString title_;
  ChartUnit unit_;
  Theme theme_ = Theme::light();
  std::vector<ChartLine> lines_;
  std::vector<ChartBand> bands_;
  proxy::Duration bucket_ = std::chrono::seconds(1);
  proxy::Instant end_{};
  proxy::Instant moment_{};
  std::optional<proxy::Instant> cursor_;
  double top_ = 1;    ///< Value at the upper edge.
  double axis_ = 46;  ///< Pixels of the values beside it.
};

}  // namespace shaketable::gui
