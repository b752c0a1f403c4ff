#include "gui/canvas/overlay_bar.h"

#include <QComboBox>
#include <QEvent>
#include <QFontMetricsF>
#include <QHBoxLayout>
#include <QPainter>

#include "gui/canvas/mesh_categories.h"

namespace shaketable::gui {
namespace {

constexpr int kBarHigh = 30;
constexpr double kLegendGap = 16;

}  // namespace

OverlayBar::OverlayBar(CanvasView& canvas) : QWidget(&canvas), canvas_(canvas) {
  setObjectName(QStringLiteral("overlay_bar"));
  setCursor(Qt::ArrowCursor);
  auto* const row = new QHBoxLayout(this);
  row->setContentsMargins(8, 3, 8, 3);
  choice_ = new QComboBox(this);
  choice_->setObjectName(QStringLiteral("overlay"));
  choice_->setAccessibleName(tr("What the colours tell"));
  choice_->setToolTip(tr("What the colours of boxes and lines tell"));
  choice_->setFocusPolicy(Qt::TabFocus);
  for (const Overlay overlay : kOverlays) {
    choice_->addItem(title_of(overlay));
  }
  row->addWidget(choice_);
  row->addStretch(1);
  connect(choice_, &QComboBox::currentIndexChanged, this, [this](int index) {
    canvas_.set_overlay(kOverlays.at(static_cast<std::size_t>(index)));
  });
  connect(&canvas_, &CanvasView::restyled, this, [this] { update(); });
  canvas_.installEventFilter(this);
  canvas_.reserve_below(kBarHigh);
  place();
}

void OverlayBar::set_theme(const Theme& theme) {
  theme_ = theme;
  update();
}

void OverlayBar::choose(Overlay overlay) {
  for (std::size_t i = 0; i < kOverlays.size(); ++i) {
    if (kOverlays.at(i) == overlay) {
      choice_->setCurrentIndex(static_cast<int>(i));
    }
  }
}

void OverlayBar::place() { setGeometry(0, canvas_.height() - kBarHigh, canvas_.width(), kBarHigh); }

bool OverlayBar::eventFilter(QObject* watched, QEvent* event) {
  if (watched == &canvas_ && event->type() == QEvent::Resize) {
    place();
  }
  return QWidget::eventFilter(watched, event);
}

void OverlayBar::paintEvent(QPaintEvent*) {
  QPainter painter(this);
  painter.setRenderHint(QPainter::Antialiasing);
  QColor ground = theme_.panel;
  ground.setAlphaF(0.9F);
  painter.fillRect(rect(), ground);
  painter.setPen(QPen(theme_.border, 1));
  painter.drawLine(QPointF(0, 0.5), QPointF(width(), 0.5));
  QFont font;
  font.setPixelSize(11);
  painter.setFont(font);
  const double left = choice_->geometry().right() + 14;
  const QRectF target(left, 0, width() - left, height());
  const auto& look = canvas_.look();
  const Overlay overlay = canvas_.overlay();
  const double top = look ? top_of(overlay, *look) : 1;
  const double wide =
      is_of_categories(overlay)
          ? draw_categories(painter, theme_, categories(overlay, canvas_.scene(), theme_), target)
          : draw_legend(painter, theme_, overlay, top, target);
  if (canvas_.is_moving()) {
    draw_dots(painter, target.left() + wide + 2 * kLegendGap);
  }
}

// The shapes of requests, while they are seen.
void OverlayBar::draw_dots(QPainter& painter, double left) const {
  const QFontMetricsF metrics(painter.font());
  for (std::size_t i = 0; i < kDotKinds; ++i) {
    const auto kind = static_cast<DotKind>(i);
    const QString title = title_of(kind);
    const double wide = 14 + metrics.horizontalAdvance(title);
    if (left + wide > width() - 6) {
      return;
    }
    draw_dot(painter, kind, QPointF(left + 5, height() / 2.0), kind == DotKind::kFine ? 3.2 : 4.5,
             theme_);
    painter.setPen(theme_.text);
    painter.drawText(QRectF(left + 14, 0, wide, height()), Qt::AlignLeft | Qt::AlignVCenter, title);
    left += wide + kLegendGap;
  }
}

}  // namespace shaketable::gui
