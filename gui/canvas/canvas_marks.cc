#include <QPainter>
#include <cmath>
#include <utility>

#include "gui/canvas/canvas_view.h"
#include "gui/canvas/qt_words.h"

// What is laid over the drawing, and what is said about a place in it.
namespace shaketable::gui {
void CanvasView::set_overlay(Overlay overlay) {
  if (overlay != overlay_) {
    overlay_ = overlay;
    changed();
    Q_EMIT restyled();
  }
}

void CanvasView::set_trail(Trail trail) {
  if (!(trail == trail_)) {
    trail_ = std::move(trail);
    changed();
  }
}

void CanvasView::set_rings(std::map<std::string, Ring> rings) {
  if (rings != rings_) {
    rings_ = std::move(rings);
    changed();
  }
}

QString CanvasView::hint() const {
  return scene_.nodes().empty() && isVisible()
             ? tr("A double click adds a service, and so does one that is dragged out of the "
                  "palette.\nA drag from the right edge of a box draws a call.")
             : QString();
}

// How to begin, where there is nothing yet.
void CanvasView::draw_hint(QPainter& painter) const {
  QFont font;
  font.setPixelSize(14);
  painter.setFont(font);
  painter.setPen(theme_.muted);
  painter.drawText(rect().adjusted(40, 0, -40, -reserved_), Qt::AlignCenter | Qt::TextWordWrap,
                   hint());
}

void CanvasView::set_large(bool large) {
  is_large_ = large;
  fit();
}

void CanvasView::reserve_below(int pixels) {
  reserved_ = pixels;
  if (fitted_) {
    fit();
  }
}

QString CanvasView::tip_at(const QPointF& point) const {
  const QPointF place = to_scene(point);
  if (const auto node = scene_.node_at(place)) {
    QString tip = words(scene_.nodes()[*node].name);
    if (look_ && look_->nodes[*node].has_run) {
      const NodeLook& look = look_->nodes[*node];
      tip += tr("\n%1, %2, p50 %3, p99 %4\n%5 errors, %6 of %7 instances up")
                 .arg(QLatin1String(name_of(look.health)), words(rate_text(look.rate)),
                      words(latency_text(look.p50_us)), words(latency_text(look.p99_us)),
                      words(share_text(look.error_share)))
                 .arg(look.instances_up)
                 .arg(look.instances);
      if (look.ejected > 0) {
        tip += tr("\n%1 of %2 ejected").arg(look.ejected).arg(look.instances);
      }
      if (!look.faults.empty()) {
        tip += tr("\na fault hits it");
      }
    }
    return tip;
  }
  if (const auto edge = scene_.edge_at(place, kReach / scale_)) {
    const Selection selection = scene_.selection_of_edge(*edge);
    QString tip = words(selection.caller + " → " + selection.service);
    if (look_ && look_->edges[*edge].rate > 0) {
      const EdgeLook& look = look_->edges[*edge];
      tip += tr("\n%1, p99 %2\n%3 errors, %4 retries")
                 .arg(words(rate_text(look.rate)), words(latency_text(look.p99_us)),
                      words(share_text(look.error_share)), words(share_text(look.retry_share)));
    }
    if (look_ && look_->edges[*edge].breaker.is_known()) {
      const Fill& fill = look_->edges[*edge].breaker;
      const auto limit = [](std::uint32_t most) {
        return most == proxy::kUnlimited ? tr("any number") : QString::number(most);
      };
      tip += tr("\nin flight %1 of %2, pending %3 of %4, in the sidecar that has most")
                 .arg(fill.requests)
                 .arg(limit(fill.max_requests))
                 .arg(fill.pending)
                 .arg(limit(fill.max_pending));
    }
    if (look_ && look_->edges[*edge].circuit_open) {
      tip += tr("\ncircuit open: %1").arg(words(look_->edges[*edge].reason));
    }
    return tip;
  }
  return {};
}

}  // namespace shaketable::gui
