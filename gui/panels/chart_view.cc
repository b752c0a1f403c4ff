#include "gui/panels/chart_view.h"

#include <QFontMetricsF>
#include <QMouseEvent>
#include <QPainter>
#include <QPainterPath>
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/judge/units.h"
#include "gui/run/mesh_look.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr double kLeft = 10, kRight = 10, kBottom = 17, kAxis = 40;
constexpr double kHead = 22;

// 1, 2, 2.5 or 5 times a power of ten, at least `value`.
double round_up(double value) {
  double power = 1e-6;
  while (power * 10 < value) {
    power *= 10;
  }
  for (const double step : {1.0, 2.0, 2.5, 5.0, 10.0}) {
    if (power * step >= value) {
      return power * step;
    }
  }
  return power * 10;
}

QFont small_font(bool bold = false) {
  QFont font;
  font.setPixelSize(11);
  font.setWeight(bold ? QFont::DemiBold : QFont::Normal);
  return font;
}

}  // namespace

QString value_text(ChartUnit unit, double value) {
  if (value < 0) {
    return QStringLiteral("–");
  }
  switch (unit) {
    case ChartUnit::kPerSecond:
      return QString::fromStdString(rate_text(value));
    case ChartUnit::kMilliseconds:
      return QString::fromStdString(
          engine::format_duration(static_cast<std::int64_t>(std::llround(value * 1e6))));
    case ChartUnit::kPercent:
      return QString::fromStdString(share_text(value / 100));
    case ChartUnit::kCount:
      return QString::fromStdString(
          engine::format_millionths(static_cast<std::int64_t>(std::llround(value * 1e6)), 1));
  }
  return {};
}

ChartView::ChartView(const QString& title, ChartUnit unit, QWidget* parent)
    : QWidget(parent), title_(title), unit_(unit) {
  setMouseTracking(true);
  setAccessibleName(title);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void ChartView::set_theme(const Theme& theme) {
  theme_ = theme;
  update();
}

void ChartView::set_lines(std::vector<ChartLine> lines, proxy::Duration bucket) {
  lines_ = std::move(lines);
  bucket_ = std::max(bucket, proxy::Duration(1));
  measure();
  update();
}

void ChartView::set_span(proxy::Instant end) {
  end_ = end;
  update();
}

void ChartView::set_bands(std::vector<ChartBand> bands) {
  bands_ = std::move(bands);
  update();
}

void ChartView::set_moment(proxy::Instant moment) {
  moment_ = moment;
  update();
}

void ChartView::set_cursor(std::optional<proxy::Instant> cursor) {
  if (cursor != cursor_) {
    cursor_ = cursor;
    update();
  }
}

double ChartView::value_at(std::size_t line, proxy::Instant at) const {
  const std::vector<double>& values = lines_[line].values;
  const auto bucket = static_cast<std::size_t>(proxy::nanoseconds_of(at) / bucket_.count());
  return bucket < values.size() ? values[bucket] : -1;
}

void ChartView::measure() {
  double most = 0;
  for (const ChartLine& line : lines_) {
    for (const double value : line.values) {
      most = std::max(most, value);
    }
  }
  const double least = unit_ == ChartUnit::kPercent ? 1 : unit_ == ChartUnit::kCount ? 1 : 0.001;
  top_ = round_up(std::max(most * 1.04, least));
  if (unit_ == ChartUnit::kPercent && most <= 100) {
    top_ = std::min(top_, 100.0);
  }
  const QFontMetricsF metrics(small_font());
  axis_ = kAxis;
  for (const double share : {0.25, 0.5, 0.75, 1.0}) {
    axis_ = std::max(axis_, metrics.horizontalAdvance(value_text(unit_, top_ * share)) + 12);
  }
}

QRectF ChartView::plot() const {
  return {axis_, kHead + 4, std::max(10.0, width() - axis_ - kRight),
          std::max(10.0, height() - kHead - 4 - kBottom)};
}

double ChartView::x_of(proxy::Instant at) const {
  const double end = std::max(proxy::to_seconds(end_.time_since_epoch()), 1e-9);
  return plot().left() + plot().width() * proxy::to_seconds(at.time_since_epoch()) / end;
}

proxy::Instant ChartView::at_x(double x) const {
  const double share = std::clamp((x - plot().left()) / plot().width(), 0.0, 1.0);
  return proxy::Instant(proxy::Duration(
      static_cast<std::int64_t>(share * static_cast<double>(proxy::nanoseconds_of(end_)))));
}

QColor ChartView::color_of(const ChartLine& line) const {
  return line.color == ChartLine::kFailingColor ? theme_.failing : theme_.series[line.color % 6];
}

void ChartView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme_.panel);
  if (lines_.empty()) {
    draw_head(painter);
    painter.setPen(theme_.muted);
    painter.drawText(rect(), Qt::AlignCenter, tr("Nothing has run yet"));
    return;
  }
  draw_frame(painter);
  painter.save();
  painter.setClipRect(plot().adjusted(0, -2, 1, 2));
  for (const ChartLine& line : lines_) {
    draw_line(painter, line);
  }
  painter.restore();
  const QRectF area = plot();
  const auto vertical = [&](proxy::Instant at, const QColor& color, Qt::PenStyle style) {
    painter.setPen(QPen(color, 1.2, style));
    painter.drawLine(QPointF(x_of(at), area.top()), QPointF(x_of(at), area.bottom()));
  };
  vertical(moment_, theme_.accent, Qt::SolidLine);
  if (cursor_) {
    vertical(*cursor_, theme_.muted, Qt::DashLine);
  }
  draw_head(painter);
}

void ChartView::draw_frame(QPainter& painter) const {
  const QRectF area = plot();
  for (const ChartBand& band : bands_) {
    QRectF box(area);
    box.setLeft(x_of(band.from));
    box.setRight(std::max(x_of(std::min(band.to, end_)), box.left() + 1.5));
    painter.fillRect(box, theme_.fault_band);
  }
  painter.setFont(small_font());
  const int steps = area.height() > 110 ? 4 : 2;
  for (int i = 0; i <= steps; ++i) {
    const double y = area.bottom() - area.height() * i / steps;
    painter.setPen(QPen(theme_.grid, 1));
    painter.drawLine(QPointF(area.left(), std::round(y) + 0.5),
                     QPointF(area.right(), std::round(y) + 0.5));
    painter.setPen(theme_.muted);
    painter.drawText(QRectF(0, y - 8, axis_ - 6, 16), Qt::AlignRight | Qt::AlignVCenter,
                     value_text(unit_, top_ * i / steps));
  }
  const auto label = [&](double share, Qt::Alignment align) {
    const proxy::Instant at{proxy::Duration(
        static_cast<std::int64_t>(share * static_cast<double>(proxy::nanoseconds_of(end_))))};
    const double x = x_of(at);
    const QRectF box(align == Qt::AlignLeft    ? x
                     : align == Qt::AlignRight ? x - 60
                                               : x - 30,
                     area.bottom() + 2, 60, 14);
    painter.drawText(box, align | Qt::AlignVCenter, clock_text(at).section('.', 0, 0));
  };
  painter.setPen(theme_.muted);
  label(0, Qt::AlignLeft);
  label(0.5, Qt::AlignHCenter);
  label(1, Qt::AlignRight);
}

void ChartView::draw_line(QPainter& painter, const ChartLine& line) const {
  const QRectF area = plot();
  const double end = std::max<double>(static_cast<double>(proxy::nanoseconds_of(end_)), 1);
  const double per_bucket = area.width() * static_cast<double>(bucket_.count()) / end;
  const auto y_of = [&](double value) {
    return area.bottom() - area.height() * std::clamp(value / top_, 0.0, 1.0);
  };
  QPainterPath path;
  bool is_open = false;
  const std::size_t group =
      std::max<std::size_t>(1, static_cast<std::size_t>(1 / std::max(per_bucket, 1e-6)));
  for (std::size_t i = 0; i < line.values.size(); i += group) {
    double least = -1, most = -1;
    for (std::size_t j = i; j < std::min(i + group, line.values.size()); ++j) {
      const double value = line.values[j];
      if (value >= 0) {
        least = least < 0 ? value : std::min(least, value);
        most = std::max(most, value);
      }
    }
    if (most < 0) {
      is_open = false;
      continue;
    }
    const double x = area.left() + per_bucket * (static_cast<double>(i) + 1);
    is_open ? path.lineTo(x, y_of(most)) : path.moveTo(x, y_of(most));
    if (least < most) {
      path.lineTo(x, y_of(least));
    }
    is_open = true;
  }
  QPen pen(color_of(line), line.dashed ? 1.2 : 1.7, line.dashed ? Qt::DashLine : Qt::SolidLine);
  pen.setJoinStyle(Qt::RoundJoin);
  painter.setPen(pen);
  painter.setBrush(Qt::NoBrush);
  painter.drawPath(path);
}

// The title, and each line's value at the cursor or the moment.
void ChartView::draw_head(QPainter& painter) const {
  painter.setFont(small_font(true));
  painter.setPen(theme_.text);
  const QRectF head(kLeft, 3, width() - kLeft - kRight, kHead - 4);
  painter.drawText(head, Qt::AlignLeft | Qt::AlignVCenter, title_);
  const double title_end = kLeft + QFontMetricsF(painter.font()).horizontalAdvance(title_) + 14;
  painter.setFont(small_font());
  const QFontMetricsF metrics(painter.font());
  const proxy::Instant shown =
      cursor_.value_or(moment_ >= proxy::Instant(bucket_) ? moment_ - bucket_ : proxy::Instant{});
  double x = width() - kRight;
  for (std::size_t i = lines_.size(); i-- > 0;) {
    const QString text = lines_[i].name + QLatin1Char(' ') + value_text(unit_, value_at(i, shown));
    const double wide = metrics.horizontalAdvance(text);
    x -= wide;
    if (x - 16 < title_end) {
      break;
    }
    painter.setPen(theme_.muted);
    painter.drawText(QPointF(x, head.center().y() + metrics.ascent() / 2 - 1), text);
    QPen pen(color_of(lines_[i]), 2.4, lines_[i].dashed ? Qt::DotLine : Qt::SolidLine);
    painter.setPen(pen);
    painter.drawLine(QPointF(x - 13, head.center().y()), QPointF(x - 4, head.center().y()));
    x -= 24;
  }
}

void ChartView::mouseMoveEvent(QMouseEvent* event) {
  if (event->buttons().testFlag(Qt::LeftButton)) {
    Q_EMIT moment_asked(at_x(event->position().x()));
  }
  Q_EMIT cursor_moved(at_x(event->position().x()));
}

void ChartView::mousePressEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) {
    Q_EMIT moment_asked(at_x(event->position().x()));
  }
}

void ChartView::leaveEvent(QEvent*) { Q_EMIT cursor_moved(std::nullopt); }

}  // namespace shaketable::gui
