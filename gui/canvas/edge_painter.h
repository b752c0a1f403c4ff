#pragma once

#include <optional>
#include <vector>

#include "gui/canvas/mesh_brush.h"

namespace shaketable::gui {

/// Draws calls: a line whose width tells the rate, its arrow, and what stands beside it.
class EdgePainter : private MeshBrush {
 public:
  using MeshBrush::MeshBrush;

  /// Whether something is wrong with the call: such lines are drawn over the others.
  [[nodiscard]] bool is_troubled(std::size_t edge) const;
  void draw(std::size_t edge);
  /// Open circuits at every size; figures where they can be read.
  void draw_marks(std::size_t edge);
  /// Where `draw_marks` has drawn.
  [[nodiscard]] const std::vector<QRectF>& marks() const { return marks_; }

 private:
  [[nodiscard]] const EdgeLook* look_of(std::size_t edge) const;
  [[nodiscard]] bool is_on_trail(const SceneEdge& edge) const;
  [[nodiscard]] QColor color_of(std::size_t edge, const EdgeLook* look) const;
  void draw_thread(std::size_t edge);
  void draw_halo(const SceneEdge& edge, const QColor& color, double width);
  void draw_arrow(const SceneEdge& edge, const QColor& color, double width);
  [[nodiscard]] QString label_of(const EdgeLook& look, bool is_selected) const;
  void draw_open_circuit(const QPointF& centre, const QString& label);
  [[nodiscard]] std::optional<QPointF> free_centre(const SceneEdge& edge, const QString& label,
                                                   bool must_be_read);

  std::vector<QRectF> boxes_;  ///< Of services, once a label has looked for a place.
  std::vector<QRectF> marks_;
};

}  // namespace shaketable::gui
