#include "gui/analysis/waterfall_view.h"

#include <QFontMetricsF>
#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <utility>
#include <vector>

#include "engine/judge/names.h"
#include "engine/judge/units.h"
#include "gui/canvas/qt_words.h"
#include "reports/html/waterfall.h"

namespace shaketable::gui {
namespace {

constexpr int kBarRow = 19, kAxisHigh = 20;
constexpr double kAfter = 78;    // Room behind the bars for their length.
constexpr double kDecision = 7;  // Of its number's circle.
constexpr std::size_t kMostBars = 400;

QFont bar_font() {
  QFont font;
  font.setPixelSize(11);
  return font;
}

bool has_failed(const engine::Span& span) {
  return span.outcome != engine::Outcome::kOk && span.outcome != engine::Outcome::kClientError;
}

bool is_waiting(const engine::Span& span) {
  return span.kind == engine::SpanKind::kQueue || span.kind == engine::SpanKind::kPending ||
         span.kind == engine::SpanKind::kBackOff;
}

}  // namespace

WaterfallView::WaterfallView(QWidget* parent) : QWidget(parent) {
  setObjectName(QStringLiteral("waterfall"));
  setAccessibleName(tr("One request"));
  setMouseTracking(true);
  setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void WaterfallView::set_theme(const Theme& theme) {
  theme_ = theme;
  update();
}

void WaterfallView::show_trace(std::shared_ptr<const RunResult> run, std::size_t trace) {
  run_ = std::move(run);
  const bool is_there = run_ != nullptr && trace < run_->run.record.traces.size() &&
                        !run_->run.record.traces[trace].spans.empty();
  trace_ = is_there ? &run_->run.record.traces[trace] : nullptr;
  bars_.clear();
  row_of_.clear();
  path_.clear();
  highlighted_ = engine::kNone;
  if (trace_ != nullptr) {
    bars_ = reports::drawn_spans(*trace_, kMostBars);
    path_ = engine::critical_path(*trace_);
    row_of_.assign(trace_->spans.size(), engine::kNone);
    for (std::size_t row = 0; row < bars_.size(); ++row) {
      row_of_[bars_[row]] = static_cast<std::uint32_t>(row);
    }
    for (std::size_t i = 0; i < trace_->spans.size(); ++i) {  // Parents come first.
      const std::uint32_t parent = trace_->spans[i].parent;
      if (row_of_[i] == engine::kNone && parent < i) {
        row_of_[i] = row_of_[parent];
      }
    }
  }
  updateGeometry();
  update();
}

void WaterfallView::highlight(std::uint32_t span) {
  highlighted_ = span;
  update();
}

QSize WaterfallView::sizeHint() const {
  return {560, kAxisHigh + kBarRow * static_cast<int>(std::max<std::size_t>(bars_.size(), 4)) + 6};
}

double WaterfallView::names_width() const { return std::clamp(width() * 0.38, 130.0, 300.0); }

double WaterfallView::x_of(engine::Instant at) const {
  const double left = names_width();
  const double wide = std::max(40.0, width() - left - kAfter);
  const auto all = std::max<double>(static_cast<double>(trace_->duration().count()), 1);
  const auto inside = static_cast<double>((at - trace_->root().from).count());
  return left + wide * std::clamp(inside / all, 0.0, 1.0);
}

QRectF WaterfallView::bar_of(std::uint32_t span) const {
  if (trace_ == nullptr || span >= row_of_.size() || row_of_[span] == engine::kNone) {
    return {};
  }
  const double top = kAxisHigh + kBarRow * static_cast<double>(row_of_[span]);
  const engine::Span& it = trace_->spans[bars_[row_of_[span]]];
  const double left = x_of(it.from);
  return {left, top + 3, std::max(1.5, x_of(it.to) - left), kBarRow - 7.0};
}

int WaterfallView::depth_of(std::uint32_t span) const {
  int depth = 0;
  for (std::uint32_t at = trace_->spans[span].parent; at < trace_->spans.size();
       at = trace_->spans[at].parent) {
    depth += row_of_[at] != engine::kNone && bars_[row_of_[at]] == at ? 1 : 0;
  }
  return std::min(depth, 14);
}

void WaterfallView::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  painter.fillRect(rect(), theme_.panel);
  painter.setFont(bar_font());
  if (trace_ == nullptr) {
    painter.setPen(theme_.muted);
    painter.drawText(rect(), Qt::AlignCenter, tr("Choose a request"));
    return;
  }
  if (highlighted_ != engine::kNone) {
    QRectF row = bar_of(highlighted_);
    row.setLeft(0);
    row.setRight(width());
    painter.fillRect(row.adjusted(0, -2, 0, 3), theme_.selection);
  }
  draw_axis(painter);
  for (const std::uint32_t span : bars_) {
    draw_bar(painter, span);
  }
  draw_path(painter);
  draw_decisions(painter);
}

void WaterfallView::draw_axis(QPainter& painter) const {
  constexpr double kLabel = 56;  // Labels that stand closer run into each other.
  const double wide = x_of(trace_->root().from + trace_->duration()) - x_of(trace_->root().from);
  const int steps = wide >= 4 * kLabel ? 4 : wide >= 2 * kLabel ? 2 : 1;
  for (int i = 0; i <= steps; ++i) {
    const proxy::Duration at = trace_->duration() * i / steps;
    const double x = x_of(trace_->root().from + at);
    painter.setPen(theme_.grid);
    painter.drawLine(QPointF(x, kAxisHigh - 3), QPointF(x, height()));
    painter.setPen(theme_.muted);
    painter.drawText(QRectF(x - 40, 0, 80, kAxisHigh - 3), Qt::AlignCenter,
                     i == 0 ? QStringLiteral("0") : words(engine::format_duration(at)));
  }
}

void WaterfallView::draw_bar(QPainter& painter, std::uint32_t number) const {
  const engine::Span& span = trace_->spans[number];
  const QRectF bar = bar_of(number);
  const double indent = 8 + 10.0 * depth_of(number);
  const QFontMetricsF metrics(painter.font());
  const bool failed = has_failed(span);
  painter.setPen(span.kind == engine::SpanKind::kBackOff ? theme_.muted : theme_.text);
  painter.drawText(QRectF(indent, bar.top() - 3, names_width() - indent - 6, kBarRow),
                   Qt::AlignLeft | Qt::AlignVCenter,
                   metrics.elidedText(words(reports::span_words(run_->scenario.scenario, span)),
                                      Qt::ElideRight, names_width() - indent - 6));
  QColor color = failed ? theme_.failing : is_waiting(span) ? theme_.degraded : theme_.healthy;
  color.setAlphaF(is_waiting(span) ? 0.5F : 0.85F);
  painter.setPen(span.is_cancelled ? QPen(theme_.muted, 1, Qt::DashLine) : QPen(Qt::NoPen));
  painter.setBrush(color);
  painter.drawRoundedRect(bar, 2, 2);
  QString after = words(engine::format_duration(span.to - span.from));
  if (span.status > 0 && (failed || span.kind == engine::SpanKind::kClient)) {
    after += QStringLiteral(" %1").arg(span.status);
  }
  painter.setPen(failed ? theme_.failing : theme_.muted);
  const double wide = metrics.horizontalAdvance(after);
  const double from = behind_decisions(number, bar.right(), wide) + 5;
  const bool behind = from + wide <= width();
  painter.drawText(QRectF(behind ? from : bar.left() - wide - 5, bar.top() - 3, wide + 2, kBarRow),
                   Qt::AlignLeft | Qt::AlignVCenter, after);
}

// From where on the numbers of decisions leave room for words so wide, from `right` on.
double WaterfallView::behind_decisions(std::uint32_t span, double right, double wide) const {
  std::vector<double> places;
  for (const engine::SpanEvent& event : trace_->events) {
    if (event.span < row_of_.size() && row_of_[event.span] == row_of_[span]) {
      places.push_back(x_of(event.at));
    }
  }
  std::sort(places.begin(), places.end());
  for (const double x : places) {
    if (x + kDecision > right && x - kDecision < right + 5 + wide) {
      right = x + kDecision;
    }
  }
  return right;
}

void WaterfallView::draw_path(QPainter& painter) const {
  for (const engine::CriticalPiece& piece : path_) {
    const QRectF bar = bar_of(piece.span);
    if (bar.isEmpty()) {
      continue;
    }
    const double left = x_of(piece.from);
    painter.fillRect(QRectF(left, bar.bottom() + 0.5, std::max(0.6, x_of(piece.to) - left), 2.5),
                     theme_.text);
  }
}

void WaterfallView::draw_decisions(QPainter& painter) const {
  QFont font = bar_font();
  font.setPixelSize(9);
  font.setWeight(QFont::DemiBold);
  painter.setFont(font);
  for (std::size_t i = 0; i < trace_->events.size(); ++i) {
    const engine::SpanEvent& event = trace_->events[i];
    const QRectF bar = bar_of(event.span);
    if (bar.isEmpty()) {
      continue;
    }
    const QPointF centre(x_of(event.at), bar.center().y());
    painter.setPen(QPen(theme_.text, 1));
    painter.setBrush(theme_.card);
    painter.drawEllipse(centre, kDecision, kDecision);
    painter.drawText(QRectF(centre - QPointF(8, 8), QSizeF(16, 16)), Qt::AlignCenter,
                     QString::number(i + 1));
  }
}

QString WaterfallView::tip_of(std::uint32_t number) const {
  const engine::Span& span = trace_->spans[number];
  QString tip = words(reports::span_words(run_->scenario.scenario, span)) +
                tr("\n%1 after the beginning, %2 long")
                    .arg(words(engine::format_duration(span.from - trace_->root().from)),
                         words(engine::format_duration(span.to - span.from)));
  if (span.status > 0) {
    tip += tr("\nstatus %1").arg(span.status);
  }
  if (has_failed(span)) {
    tip += QStringLiteral("\n") +
           QString::fromLatin1(engine::name_of_outcome(static_cast<std::size_t>(span.outcome)));
  }
  if (span.is_cancelled) {
    tip += tr("\nnobody waited for its end");
  }
  for (std::size_t i = 0; i < trace_->events.size(); ++i) {
    if (trace_->events[i].span < row_of_.size() &&
        row_of_[trace_->events[i].span] == row_of_[number]) {
      tip += QStringLiteral("\n%1  %2").arg(i + 1).arg(words(trace_->events[i].reason));
    }
  }
  return tip;
}

void WaterfallView::mousePressEvent(QMouseEvent* event) {
  const int row = (event->pos().y() - kAxisHigh) / kBarRow;
  if (trace_ == nullptr || event->pos().y() < kAxisHigh ||
      static_cast<std::size_t>(row) >= bars_.size()) {
    return;
  }
  const engine::Span& span = trace_->spans[bars_[static_cast<std::size_t>(row)]];
  const engine::ServiceIndex service =
      span.kind == engine::SpanKind::kInbound || span.peer == engine::kNone ? span.service
                                                                            : span.peer;
  if (service != engine::kNone) {
    Q_EMIT service_asked(words(engine::service_name(run_->scenario.scenario, service)));
  }
}

bool WaterfallView::event(QEvent* event) {
  if (event->type() == QEvent::ToolTip && trace_ != nullptr) {
    auto* const help = static_cast<QHelpEvent*>(event);
    const int row = (help->pos().y() - kAxisHigh) / kBarRow;
    if (help->pos().y() >= kAxisHigh && static_cast<std::size_t>(row) < bars_.size()) {
      QToolTip::showText(help->globalPos(), tip_of(bars_[static_cast<std::size_t>(row)]), this);
    } else {
      QToolTip::hideText();
    }
    return true;
  }
  return QWidget::event(event);
}

}  // namespace shaketable::gui
