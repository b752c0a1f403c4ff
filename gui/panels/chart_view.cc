#include "gui/panels/chart_view.h"

#include <QContextMenuEvent>
#include <QFontMetricsF>
#include <QMenu>
#include <QMouseEvent>
#include <QWheelEvent>
#include <algorithm>
#include <cmath>
#include <utility>

#include "engine/judge/units.h"
#include "gui/run/mesh_look.h"
#include "gui/workbench/words.h"

namespace shaketable::gui {
namespace {

constexpr double kRight = 10, kBottom = 17, kAxis = 40;
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
    : QWidget(parent), title_(title), hint_(tr("Run the scenario to see figures")), unit_(unit) {
  setMouseTracking(true);
  setAccessibleName(title);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
}

void ChartView::set_theme(const Theme& theme) {
  theme_ = theme;
  changed();
}

void ChartView::changed() {
  is_stale_ = true;
  update();
}

void ChartView::resizeEvent(QResizeEvent*) { is_stale_ = true; }

void ChartView::set_lines(std::vector<ChartLine> lines, proxy::Duration bucket) {
  lines_ = std::move(lines);
  bucket_ = std::max(bucket, proxy::Duration(1));
  measure();
  changed();
}

void ChartView::set_span(proxy::Instant end, proxy::Instant from) {
  if (end != end_ || from != from_) {
    end_ = end;
    from_ = std::min(from, end);
    changed();
  }
}

void ChartView::set_bands(std::vector<ChartBand> bands) {
  if (bands != bands_) {
    bands_ = std::move(bands);
    changed();
  }
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

void ChartView::set_marks(std::optional<proxy::Instant> a, std::optional<proxy::Instant> b) {
  if (a != a_ || b != b_) {
    a_ = a;
    b_ = b;
    update();
  }
}

void ChartView::set_hint(const QString& hint) {
  if (hint_ != hint) {
    hint_ = hint;
    changed();
  }
}

void ChartView::set_notes(Notes notes) {
  if (notes != notes_) {
    notes_ = std::move(notes);
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
  const double least = unit_ == ChartUnit::kMilliseconds ? 0.001 : 1;
  top_ = round_up(std::max(most * 1.04, least));
  if (unit_ == ChartUnit::kPercent && most <= 100) {
    top_ = std::min(top_, 100.0);
  }
  QFont font;
  font.setPixelSize(11);
  const QFontMetricsF metrics(font);
  axis_ = kAxis;
  for (const double share : {0.25, 0.5, 0.75, 1.0}) {
    axis_ = std::max(axis_, metrics.horizontalAdvance(value_text(unit_, top_ * share)) + 12);
  }
}

QRectF ChartView::plot() const {
  return {axis_, kHead + 4, std::max(10.0, width() - axis_ - kRight),
          std::max(10.0, height() - kHead - 4 - kBottom)};
}

double ChartView::seconds() const { return std::max(proxy::to_seconds(end_ - from_), 1e-9); }

double ChartView::x_of(proxy::Instant at) const {
  return plot().left() + plot().width() * proxy::to_seconds(at - from_) / seconds();
}

proxy::Instant ChartView::at_x(double x) const {
  const double share = std::clamp((x - plot().left()) / plot().width(), 0.0, 1.0);
  return from_ + proxy::Duration(static_cast<std::int64_t>(
                     share * static_cast<double>((end_ - from_).count())));
}

QString ChartView::reading_of(std::size_t line) const {
  if (a_ && b_) {
    const double from = value_at(line, *a_), to = value_at(line, *b_);
    QString text = value_text(unit_, from) + QStringLiteral(" → ") + value_text(unit_, to);
    if (from >= 0 && to >= 0) {
      text += QStringLiteral(" (%1%2)").arg(to < from ? QStringLiteral("−") : QStringLiteral("+"),
                                            value_text(unit_, std::abs(to - from)));
    }
    return text;
  }
  const proxy::Instant shown =
      cursor_.value_or(moment_ >= proxy::Instant(bucket_) ? moment_ - bucket_ : proxy::Instant{});
  return value_text(unit_, value_at(line, shown));
}

void ChartView::mouseMoveEvent(QMouseEvent* event) {
  const proxy::Instant at = at_x(event->position().x());
  if (event->buttons().testFlag(Qt::LeftButton)) {
    if (event->modifiers().testFlag(Qt::ShiftModifier)) {
      Q_EMIT mark_asked(Mark::kB, at);
    } else {
      Q_EMIT moment_asked(at);
    }
  }
  Q_EMIT cursor_moved(at);
}

// With Shift a span is drawn from A to B.
void ChartView::mousePressEvent(QMouseEvent* event) {
  if (event->button() != Qt::LeftButton) {
    return;
  }
  const proxy::Instant at = at_x(event->position().x());
  if (event->modifiers().testFlag(Qt::ShiftModifier)) {
    Q_EMIT mark_asked(Mark::kA, at);
    Q_EMIT mark_asked(Mark::kB, std::nullopt);
  } else {
    Q_EMIT moment_asked(at);
  }
}

void ChartView::mouseDoubleClickEvent(QMouseEvent* event) {
  if (event->button() == Qt::LeftButton) {
    Q_EMIT range_asked({}, {});
  }
}

// With Ctrl, around what is pointed at.
void ChartView::wheelEvent(QWheelEvent* event) {
  if (!event->modifiers().testFlag(Qt::ControlModifier)) {
    event->ignore();
    return;
  }
  const double factor = std::pow(0.998, event->angleDelta().y());
  const proxy::Instant at = at_x(event->position().x());
  const auto scaled = [factor](proxy::Duration part) {
    return proxy::Duration(static_cast<std::int64_t>(static_cast<double>(part.count()) * factor));
  };
  Q_EMIT range_asked(at - scaled(at - from_), at + scaled(end_ - at));
  event->accept();
}

void ChartView::contextMenuEvent(QContextMenuEvent* event) {
  const proxy::Instant at = at_x(event->pos().x());
  auto* const menu = new QMenu(this);
  menu->setAttribute(Qt::WA_DeleteOnClose);
  menu->addAction(tr("Cursor A here"), this, [this, at] { Q_EMIT mark_asked(Mark::kA, at); });
  menu->addAction(tr("Cursor B here"), this, [this, at] { Q_EMIT mark_asked(Mark::kB, at); });
  QAction* const none = menu->addAction(tr("Remove the cursors"), this, [this] {
    Q_EMIT mark_asked(Mark::kA, std::nullopt);
    Q_EMIT mark_asked(Mark::kB, std::nullopt);
  });
  none->setEnabled(a_.has_value() || b_.has_value());
  menu->addSeparator();
  QAction* const zoom = menu->addAction(tr("Zoom to A–B"), this, [this, a = a_, b = b_] {
    Q_EMIT range_asked(std::min(*a, *b), std::max(*a, *b));
  });
  zoom->setEnabled(a_ && b_ && *a_ != *b_);
  menu->addAction(tr("Show the whole run"), this, [this] { Q_EMIT range_asked({}, {}); });
  menu->addSeparator();
  QMenu* const exports = menu->addMenu(tr("Export this chart"));
  const auto offer = [&](const QString& text, ChartFormat format) {
    exports->addAction(text, this, [this, format] { Q_EMIT export_asked(format); });
  };
  offer(tr("Picture (PNG) …"), ChartFormat::kPng);
  offer(tr("Drawing (SVG) …"), ChartFormat::kSvg);
  offer(tr("Figures (CSV) …"), ChartFormat::kCsv);
  offer(tr("Copy the picture"), ChartFormat::kClipboard);
  exports->setEnabled(!lines_.empty());
  if (is_removable_) {
    menu->addSeparator();
    menu->addAction(tr("Remove this chart"), this, [this] { Q_EMIT removal_asked(); });
  }
  menu->popup(event->globalPos());
}

void ChartView::leaveEvent(QEvent*) { Q_EMIT cursor_moved(std::nullopt); }

}  // namespace shaketable::gui
