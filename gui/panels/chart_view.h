#pragma once

#include <QColor>
#include <QPixmap>
#include <QRectF>
#include <QString>
#include <QWidget>
#include <cstdint>
#include <optional>
#include <vector>

#include "gui/canvas/theme.h"
#include "gui/workbench/workbench.h"
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

  friend bool operator==(const ChartBand&, const ChartBand&) = default;
};

/// Fills bands of the same kind behind a drawing: where two or more lie over each other it is
/// darker, once, so that what is drawn over them can be read however many there are.
void fill_bands(QPainter& painter, const std::vector<QRectF>& bands, const QColor& color);

enum class ChartUnit : std::uint8_t { kPerSecond, kMilliseconds, kPercent, kCount };

/// What a chart is exported as.
enum class ChartFormat : std::uint8_t { kPng, kSvg, kCsv, kClipboard };

/// "1,280/s", "12.3 ms", "4 %", "7".
[[nodiscard]] QString value_text(ChartUnit unit, double value);

/// A line chart over the time of a run, drawn by itself: min and max of each pixel, so that a spike
/// of one bucket is seen in an hour. All charts of a window share their cursor, and the two moments
/// A and B, between which each tells the difference.
///
/// What stands still is drawn once; a cursor that moves costs a line.
class ChartView : public QWidget {
  Q_OBJECT

 public:
  ChartView(const QString& title, ChartUnit unit, QWidget* parent = nullptr);

  void set_theme(const Theme& theme);
  void set_lines(std::vector<ChartLine> lines, proxy::Duration bucket);
  /// The stretch of time that is seen.
  void set_span(proxy::Instant end, proxy::Instant from = {});
  void set_bands(std::vector<ChartBand> bands);
  void set_moment(proxy::Instant moment);
  /// The cursor that the mouse moves in one of the charts.
  void set_cursor(std::optional<proxy::Instant> cursor);
  /// The moments A and B.
  void set_marks(std::optional<proxy::Instant> a, std::optional<proxy::Instant> b);
  /// Moments that a person has marked.
  void set_notes(Notes notes);
  /// What it says while it has no lines.
  void set_hint(const QString& hint);
  /// Whether it can be taken away: its menu then says so.
  void set_removable(bool removable) { is_removable_ = removable; }

  [[nodiscard]] const QString& title() const { return title_; }
  [[nodiscard]] ChartUnit unit() const { return unit_; }
  [[nodiscard]] const std::vector<ChartLine>& lines() const { return lines_; }
  /// The value of a line at a moment; negative for none.
  [[nodiscard]] double value_at(std::size_t line, proxy::Instant at) const;
  /// What stands beside the title for a line: its value, or what it was at A and B and the
  /// difference.
  [[nodiscard]] QString reading_of(std::size_t line) const;
  [[nodiscard]] double x_of(proxy::Instant at) const;
  /// Draws it as it is seen, at its own size, as lines that stay sharp.
  void draw(QPainter& painter) const;
  [[nodiscard]] QSize sizeHint() const override { return {280, 150}; }
  [[nodiscard]] QSize minimumSizeHint() const override { return {150, 84}; }

 Q_SIGNALS:
  void cursor_moved(std::optional<proxy::Instant> at);
  void moment_asked(proxy::Instant at);
  /// A moment is to become A or B; nothing takes it away.
  void mark_asked(shaketable::gui::Mark which, std::optional<proxy::Instant> at);
  void removal_asked();
  void export_asked(shaketable::gui::ChartFormat format);
  /// Another stretch of time is to be seen; all of it when `to` is not behind `from`.
  void range_asked(proxy::Instant from, proxy::Instant to);

 protected:
  void paintEvent(QPaintEvent* event) override;
  void mouseMoveEvent(QMouseEvent* event) override;
  void mousePressEvent(QMouseEvent* event) override;
  void mouseDoubleClickEvent(QMouseEvent* event) override;
  void wheelEvent(QWheelEvent* event) override;
  void contextMenuEvent(QContextMenuEvent* event) override;
  void leaveEvent(QEvent* event) override;
  void resizeEvent(QResizeEvent* event) override;

 private:
  [[nodiscard]] QRectF plot() const;
  [[nodiscard]] proxy::Instant at_x(double x) const;
  [[nodiscard]] double seconds() const;  ///< Of the stretch that is seen.
  [[nodiscard]] QColor color_of(const ChartLine& line) const;
  void draw_frame(QPainter& painter) const;
  void draw_line(QPainter& painter, const ChartLine& line) const;
  void draw_head(QPainter& painter) const;
  void draw_moments(QPainter& painter) const;
  void draw_ground(QPainter& painter) const;
  void draw_still();
  void measure();
  /// What stands still has changed.
  void changed();

  QString title_, hint_;
  ChartUnit unit_;
  Theme theme_ = Theme::light();
  std::vector<ChartLine> lines_;
  std::vector<ChartBand> bands_;
  proxy::Duration bucket_ = std::chrono::seconds(1);
  proxy::Instant from_{}, end_{};
  proxy::Instant moment_{};
  std::optional<proxy::Instant> cursor_, a_, b_;
  Notes notes_;
  bool is_removable_ = false;
  QPixmap still_;
  bool is_stale_ = true;
  double top_ = 1;    ///< Value at the upper edge.
  double axis_ = 46;  ///< Pixels of the values beside it.
};

}  // namespace shaketable::gui
