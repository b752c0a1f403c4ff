#pragma once

#include <QStringList>
#include <optional>

#include "gui/canvas/mark_room.h"
#include "gui/canvas/mesh_brush.h"

namespace shaketable::gui {

/// Draws calls: a line whose width tells the rate, its arrow, and what stands beside it.
class EdgePainter : private MeshBrush {
 public:
  EdgePainter(QPainter& painter, const Picture& picture, double scale, MarkRoom& room)
      : MeshBrush(painter, picture, scale), room_(room) {}

  /// Whether something is wrong with the call: such lines are drawn over the others.
  [[nodiscard]] bool is_troubled(std::size_t edge) const;
  void draw(std::size_t edge);
  /// Open circuits at every size; figures where they can be read.
  void draw_marks(std::size_t edge);

 private:
  [[nodiscard]] const EdgeLook* look_of(std::size_t edge) const;
  [[nodiscard]] bool is_on_trail(const SceneEdge& edge) const;
  [[nodiscard]] QColor color_of(std::size_t edge, const EdgeLook* look) const;
  void draw_thread(std::size_t edge);
  void draw_halo(const SceneEdge& edge, const QColor& color, double width);
  void draw_arrow(const SceneEdge& edge, const QColor& color, double width);
  /// What stands beside a line: rate, errors, retries.
  [[nodiscard]] QStringList figures_of(const EdgeLook& look, bool is_selected) const;
  void draw_figures(std::size_t edge, const QStringList& figures);
  void draw_open_circuit(const SceneEdge& edge, const QStringList& figures);
  [[nodiscard]] std::optional<QPointF> free_centre(const SceneEdge& edge, const QString& label);
  [[nodiscard]] std::optional<QPointF> free_beside(const QRectF& mark, const QString& label) const;

  MarkRoom& room_;
};

}  // namespace shaketable::gui
